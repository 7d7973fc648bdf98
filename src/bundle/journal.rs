//! The journal for reading: which events there are, and where.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _,
};
use serde::de::DeserializeOwned;

use super::event::{Event, Expansion, Glance};
use super::{BundleError, io, open_file};
use crate::fact::{Digest, Key};

/// Longest line that is read, in octets; ours. An observation with 1,000 findings for each of 200 rules has 40 MB.
const MAX_LINE: u64 = 64 * 1024 * 1024;

/// Most events that are read; ours, ten times the largest sweep that is planned for.
const MAX_EVENTS: u64 = 50_000_000;

/// Octets of lines that are read before they are parsed on all cores.
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
        let mut lines =
            BufReader::with_capacity(256 * 1024, file.try_clone().map_err(io("read", path))?);
        let mut journal = Self::empty(path.to_owned(), file);
        journal.take(&mut lines)?;
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
            evidence: Vec::new(),
            end: 0,
            finished: None,
        }
    }

    /// Takes all whole lines, those of a batch at once.
    fn take(&mut self, lines: &mut impl BufRead) -> Result<(), BundleError> {
        let mut line = 0;
        loop {
            let (text, spans) = self.batch(lines, &mut line)?;
            let texts: Vec<&[u8]> = text.split(|octet| *octet == b'\n').collect();
            let glances: Vec<Result<Glance, BundleError>> = texts
                .par_iter()
                .zip(&spans)
                .map(|(text, span)| self.parse(text, span.line))
                .collect();
            for (glance, span) in glances.into_iter().zip(spans) {
                self.keep(glance?, span);
            }
            // Behind a torn line nothing is read: what comes there now is the rest of that line.
            if text.last() != Some(&b'\n') {
                return Ok(());
            }
        }
    }

    /// Reads lines that are parsed together, and says where the whole ones are; a text that does
    /// not end with a line feed is the end of the journal.
    fn batch(
        &mut self,
        lines: &mut impl BufRead,
        line: &mut u64,
    ) -> Result<(Vec<u8>, Vec<Span>), BundleError> {
        let (mut text, mut spans) = (Vec::new(), Vec::new());
        while text.len() < BATCH {
            let before = text.len();
            lines
                .by_ref()
                .take(MAX_LINE + 1)
                .read_until(b'\n', &mut text)
                .map_err(io("read", &self.path))?;
            let length = u64::try_from(text.len() - before).unwrap_or(u64::MAX);
            if length > MAX_LINE {
                return Err(self.limit("a line", MAX_LINE));
            }
            if length == 0 || text.last() != Some(&b'\n') {
                break;
            }
            *line += 1;
            if *line > MAX_EVENTS {
                return Err(self.limit("events", MAX_EVENTS));
            }
            spans.push(Span {
                offset: self.end,
                length: u32::try_from(length - 1).unwrap_or(u32::MAX),
                line: *line,
            });
            self.end += length;
        }
        Ok((text, spans))
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
        self.parse(&text, span.line)
    }

    fn parse<T: DeserializeOwned>(&self, text: &[u8], line: u64) -> Result<T, BundleError> {
        serde_json::from_slice(text).map_err(|source| BundleError::Line {
            path: self.path.clone(),
            line,
            source,
        })
    }

    fn limit(&self, what: &'static str, limit: u64) -> BundleError {
        BundleError::Limit {
            path: self.path.clone(),
            what,
            limit,
        }
    }
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
            journal
                .take(&mut BufReader::new(Growing(parts.clone())))
                .unwrap();
            assert_eq!(journal.end, u64::try_from(end).unwrap(), "{parts:?}");
        }
    }
}
