//! The journal for reading: which events there are, and where.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};
use jiff::Timestamp;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::de::DeserializeOwned;

use super::event::{Event, Expansion, Glance};
use super::{BundleError, io, open_file};
use crate::fact::{Digest, Key, Tick};

/// Longest line that is read, in octets; ours. An observation with 1,000 findings for each of 200 rules has 40 MB.
const MAX_LINE: u64 = 64 * 1024 * 1024;

/// Most events that are read; ours, ten times the largest sweep that is planned for.
const MAX_EVENTS: u64 = 50_000_000;

/// Octets that are read before their lines are parsed on all cores.
const BATCH: usize = 1024 * 1024;

/// Where a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    offset: u64,
    length: u32,
    line: u64,
}

/// Which events a journal has, and where.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Observations that finished; the first of a key counts.
    pub(super) observations: HashMap<Arc<Key>, Span>,
    /// The same by scenario, in the order of keys.
    pub(super) by_scenario: BTreeMap<Arc<str>, Vec<Arc<Key>>>,
    /// Exchanges that were not abandoned, by step.
    exchanges: HashMap<Arc<Key>, Vec<(u32, Span)>>,
    /// Expansions in the order of their events.
    pub(super) expansions: Vec<Expansion>,
    /// Ticks of polls in the order of their events.
    pub(super) ticks: Vec<Tick>,
    /// Bodies that finished observations rest on.
    pub(super) evidence: Vec<(Arc<Key>, Vec<Digest>)>,
    /// Where the last whole line ends.
    pub(super) end: u64,
    /// When the run ended; `None` for a partial one.
    pub(super) finished: Option<Timestamp>,
}

impl Journal {
    /// Reads a journal; a torn last line is left out.
    ///
    /// # Errors
    ///
    /// [`BundleError::Line`] for a whole line that is no event, [`BundleError::Limit`], [`BundleError::Io`].
    pub(super) fn open(path: &Path) -> Result<Self, BundleError> {
        let file = open_file(path).map_err(io("read", path))?;
        let lines = file.try_clone().map_err(io("read", path))?;
        let mut journal = Self::empty(path.to_owned(), file);
        journal.take(lines)?;
        for keys in journal.by_scenario.values_mut() {
            keys.sort_unstable();
        }
        Ok(journal)
    }

    fn empty(path: PathBuf, file: File) -> Self {
        Self {
            path,
            file,
            observations: HashMap::new(),
            by_scenario: BTreeMap::new(),
            exchanges: HashMap::new(),
            expansions: Vec::new(),
            ticks: Vec::new(),
            evidence: Vec::new(),
            end: 0,
            finished: None,
        }
    }

    /// Takes all whole lines: while those of a batch are parsed on all cores, the next are read.
    fn take(&mut self, source: impl Read + Send) -> Result<(), BundleError> {
        let path = self.path.clone();
        let mut lines = Lines::of(source, &path);
        let mut batch = lines.batch()?;
        while !batch.spans.is_empty() {
            let parse = || {
                let spans = batch.spans.par_iter();
                let glances = spans.map(|span| parse(batch.line(span), &path, span.line));
                glances.collect::<Vec<Result<Glance, BundleError>>>()
            };
            let (glances, next) = rayon::join(parse, || lines.batch());
            for (glance, span) in glances.into_iter().zip(&batch.spans) {
                self.keep(glance?, *span);
            }
            self.end = batch.end;
            batch = next?;
        }
        Ok(())
    }

    fn keep(&mut self, glance: Glance, span: Span) {
        match glance {
            Glance::Started {} => {}
            Glance::Resumed {} => self.finished = None,
            Glance::Exchange { key, step } => {
                self.exchanges
                    .entry(Arc::new(key))
                    .or_default()
                    .push((step, span));
            }
            Glance::Abandoned { key } => {
                self.exchanges.remove(&key);
                if self.observations.remove(&key).is_some()
                    && let Some(keys) = self.by_scenario.get_mut(&key.scenario)
                {
                    keys.retain(|k| **k != key);
                    self.evidence.retain(|(k, _)| **k != key);
                }
            }
            Glance::Expansion(expansion) => self.expansions.push(expansion),
            Glance::Tick(tick) => self.ticks.push(tick),
            Glance::Observation(seen) => {
                let key = Arc::new(seen.key);
                if self.observations.contains_key(&key) {
                    return;
                }
                self.by_scenario
                    .entry(Arc::clone(&key.scenario))
                    .or_default()
                    .push(Arc::clone(&key));
                if !seen.evidence.is_empty() {
                    self.evidence.push((Arc::clone(&key), seen.evidence));
                }
                self.observations.insert(key, span);
            }
            Glance::Finished { at } => self.finished = Some(at),
        }
    }

    /// Returns the keys of exchanges whose observation did not finish.
    pub(super) fn unfinished(&self) -> BTreeSet<Arc<Key>> {
        self.exchanges
            .keys()
            .filter(|key| !self.observations.contains_key(*key))
            .cloned()
            .collect()
    }

    /// Returns where the exchange of an owner and step is; the last one, if there are several.
    pub(super) fn exchange(&self, key: &Key, step: u32) -> Option<Span> {
        let exchanges = self.exchanges.get(key)?;
        let (_, span) = exchanges.iter().rev().find(|(s, _)| *s == step)?;
        Some(*span)
    }

    /// Returns where all exchanges are, abandoned ones left out.
    pub(super) fn all_exchanges(&self) -> impl Iterator<Item = Span> {
        self.exchanges.values().flatten().map(|(_, span)| *span)
    }

    /// Reads one event.
    ///
    /// # Errors
    ///
    /// [`BundleError::Line`] and [`BundleError::Io`].
    pub(super) fn read(&self, span: Span) -> Result<Event<'static>, BundleError> {
        let mut text = vec![0; usize::try_from(span.length).unwrap_or(0)];
        self.file
            .read_exact_at(&mut text, span.offset)
            .map_err(io("read", &self.path))?;
        parse(&text, &self.path, span.line)
    }
}

/// Lines that are parsed together.
#[derive(Debug, Default)]
struct Batch {
    text: Vec<u8>,
    /// Offset of the text in the journal, and where its last whole line ends.
    start: u64,
    end: u64,
    /// Whole lines; empty at the end of the journal.
    spans: Vec<Span>,
}

impl Batch {
    fn line(&self, span: &Span) -> &[u8] {
        let from = usize::try_from(span.offset - self.start).unwrap_or(usize::MAX);
        let length = usize::try_from(span.length).unwrap_or(usize::MAX);
        let to = from.saturating_add(length);
        self.text.get(from..to).unwrap_or_default()
    }
}

/// Reads whole lines, many at once.
#[derive(Debug)]
struct Lines<'a, R> {
    source: R,
    path: &'a Path,
    /// What was read behind the last whole line.
    rest: Vec<u8>,
    /// Whether the last line is torn: what comes behind it later is the rest of that line.
    torn: bool,
    end: u64,
    line: u64,
}

impl<'a, R: Read> Lines<'a, R> {
    const fn of(source: R, path: &'a Path) -> Self {
        Self {
            source,
            path,
            rest: Vec::new(),
            torn: false,
            end: 0,
            line: 0,
        }
    }

    /// Reads the next lines; none at the end, and none behind a torn line.
    fn batch(&mut self) -> Result<Batch, BundleError> {
        let mut batch = Batch {
            text: Vec::with_capacity(self.rest.len() + BATCH),
            start: self.end,
            ..Batch::default()
        };
        batch.text.append(&mut self.rest);
        while batch.spans.is_empty() && !self.torn {
            let most = wide(BATCH);
            let mut some = self.source.by_ref().take(most);
            let read = some.read_to_end(&mut batch.text);
            let read = read.map_err(io("read", self.path))?;
            self.split(&mut batch)?;
            if read < BATCH {
                self.torn = self.end - batch.start != wide(batch.text.len());
                break;
            }
        }
        batch.end = self.end;
        Ok(batch)
    }

    /// Finds the whole lines of a text, and puts what is behind them aside.
    fn split(&mut self, batch: &mut Batch) -> Result<(), BundleError> {
        let mut left = batch.text.as_slice();
        loop {
            let whole = left;
            let length = left.skip_until(b'\n').map_err(io("read", self.path))?;
            let octets = wide(length);
            if octets > MAX_LINE {
                return Err(self.limit("a line", MAX_LINE));
            }
            if length == 0 || whole.get(length - 1) != Some(&b'\n') {
                if !batch.spans.is_empty() {
                    whole.clone_into(&mut self.rest);
                }
                return Ok(());
            }
            self.line += 1;
            if self.line > MAX_EVENTS {
                return Err(self.limit("events", MAX_EVENTS));
            }
            batch.spans.push(Span {
                offset: self.end,
                length: u32::try_from(length - 1).unwrap_or(u32::MAX),
                line: self.line,
            });
            self.end += octets;
        }
    }

    fn limit(&self, what: &'static str, limit: u64) -> BundleError {
        BundleError::Limit {
            path: self.path.to_owned(),
            what,
            limit,
        }
    }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn parse<T: DeserializeOwned>(text: &[u8], path: &Path, line: u64) -> Result<T, BundleError> {
    serde_json::from_slice(text).map_err(|source| BundleError::Line {
        path: path.to_owned(),
        line,
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that grows while it is read: each part is followed by an end of file.
    struct Growing(Vec<&'static [u8]>);

    impl Read for Growing {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let part = self.0.remove(0);
            to[..part.len()].copy_from_slice(part);
            Ok(part.len())
        }
    }

    #[test]
    fn a_line_that_is_written_while_the_journal_is_read_is_left_out() {
        let whole: &[u8] = b"{\"run.resumed\":{\"at\":\"2026-11-21T10:00:00Z\"}}\n";
        let (half, rest) = whole.split_at(20);
        for (parts, end) in [
            (vec![whole, half, b"", rest], whole.len()),
            (vec![half, b"", rest], 0),
            (vec![whole, b"", whole, b"", b""], 2 * whole.len()),
        ] {
            let null = File::open("/dev/null").unwrap();
            let mut journal = Journal::empty("events.ndjson".into(), null);
            journal.take(Growing(parts.clone())).unwrap();
            assert_eq!(journal.end, u64::try_from(end).unwrap(), "{parts:?}");
        }
    }

    #[test]
    fn lines_longer_than_a_batch_and_across_its_end_are_whole() {
        let line = |length: usize| {
            let run = "x".repeat(length);
            format!("{{\"run.started\":{{\"run\":\"{run}\",\"at\":\"2026-11-21T10:00:00Z\"}}}}\n")
        };
        let last = "{\"run.finished\":{\"at\":\"2026-11-21T10:00:00Z\",\"observed\":0}}\n";
        for lengths in [
            vec![BATCH * 2 + 5, 7],
            vec![BATCH - 100, 300, 9],
            vec![400; 8_000],
        ] {
            let mut text: String = lengths.into_iter().map(line).collect();
            text.push_str(last);
            let null = File::open("/dev/null").unwrap();
            let mut journal = Journal::empty("events.ndjson".into(), null);
            journal.take(text.as_bytes()).unwrap();
            assert_eq!(journal.end, wide(text.len()));
            assert!(journal.finished.is_some(), "the last line was read");
        }
    }
}
