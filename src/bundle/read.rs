//! A bundle for reading: observations by scenario, exchanges by owner, documents by digest.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _,
};

use super::event::{Event, Expansion};
use super::evidence::Evidence;
use super::journal::{Journal, Span};
use super::record::{FORMAT, RunRecord};
use super::{BundleError, EVENTS, EVIDENCE, JUDGEMENTS, RUN, io, open_file};
use crate::fact::{Digest, Documents, Key, Observation, Tick};
use crate::transport::{Answer, Exchange, Recording};

/// Largest `run.json` that is read, in octets; ours.
const MAX_RECORD: u64 = 16 * 1024 * 1024;

/// Fewest observations that are read by one thread: a thread costs more than a few lines.
const BATCH: usize = 32;

/// A run on disk, for reading. The journal stays on disk; only keys and places are in memory.
#[derive(Debug)]
pub struct Bundle {
    folder: PathBuf,
    record: RunRecord,
    pub(super) journal: Journal,
    pub(super) evidence: Arc<Evidence>,
}

impl Bundle {
    /// Opens a bundle, whole or partial.
    ///
    /// # Errors
    ///
    /// [`BundleError::NoBundle`], [`BundleError::Record`], [`BundleError::Format`], and what the journal says.
    pub fn open(folder: &Path) -> Result<Self, BundleError> {
        let record = read_record(folder)?;
        let journal = Journal::open(&folder.join(EVENTS))?;
        let evidence = Evidence::open(folder.join(EVIDENCE))?;
        Ok(Self {
            folder: folder.to_owned(),
            record,
            journal,
            evidence: Arc::new(evidence),
        })
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns what the run set out to do.
    pub fn run(&self) -> &RunRecord {
        &self.record
    }

    /// Returns when the run ended, by wall time; `None` for a partial one.
    pub fn finished(&self) -> Option<Timestamp> {
        self.journal.finished
    }

    /// Says whether the run ended before everything planned was observed.
    pub fn is_partial(&self) -> bool {
        self.journal.finished.is_none()
    }

    /// Returns the number of observations that finished.
    pub fn observed(&self) -> usize {
        self.journal.observations.len()
    }

    /// Returns the number of first attempts that finished, at one target or, for `None`, at all: what was
    /// asked again counts once.
    pub fn first_attempts(&self, target: Option<&str>) -> usize {
        let keys = self.journal.observations.keys();
        keys.filter(|key| key.attempt == 1)
            .filter(|key| target.is_none_or(|name| key.target.as_ref() == name))
            .count()
    }

    /// Returns the ids of scenarios that have observations, in their order.
    pub fn scenarios(&self) -> impl Iterator<Item = &Arc<str>> {
        self.journal.by_scenario.keys()
    }

    /// Reads all observations of a scenario on all cores, in the order of their keys; none for an unknown one.
    ///
    /// # Errors
    ///
    /// [`BundleError::Line`] and [`BundleError::Io`].
    pub fn observations(&self, scenario: &str) -> Result<Vec<Observation>, BundleError> {
        let keys = self.journal.by_scenario.get(scenario);
        let read: Vec<_> = keys
            .map_or(&[][..], Vec::as_slice)
            .par_iter()
            .with_min_len(BATCH)
            .map(|key| self.observation(key).transpose())
            .collect();
        read.into_iter().flatten().collect()
    }

    /// Reads the observation of a key; `None` if it did not finish.
    ///
    /// # Errors
    ///
    /// [`BundleError::Line`] and [`BundleError::Io`].
    pub fn observation(&self, key: &Key) -> Result<Option<Observation>, BundleError> {
        let Some(span) = self.journal.observations.get(key) else {
            return Ok(None);
        };
        let evidence = Arc::clone(&self.evidence);
        let documents: Arc<dyn Documents> = evidence;
        let Event::Observation(finished) = self.journal.read(*span)? else {
            return Ok(None);
        };
        let mut seen = finished.into_owned();
        seen.facts.attach(&documents);
        Ok(Some(seen))
    }

    /// Returns the values of axes that probes fed, in the order of their events.
    pub fn expansions(&self) -> &[Expansion] {
        &self.journal.expansions
    }

    /// Returns the values of an axis of a scenario that probes fed; `None` if it was not expanded.
    pub fn expansion(&self, scenario: &str, registry: &str, axis: &str) -> Option<&Expansion> {
        let mut all = self.expansions().iter();
        all.find(|expansion| expansion.is_of(scenario, registry, axis))
    }

    /// Returns the ticks of a scenario that is polled, in the order of their events.
    pub fn ticks(&self, scenario: &str) -> Vec<Tick> {
        let all = self.journal.ticks.iter();
        all.filter(|tick| tick.scenario.as_ref() == scenario)
            .cloned()
            .collect()
    }

    /// Returns the bodies.
    pub fn evidence(&self) -> &Arc<Evidence> {
        &self.evidence
    }

    /// Returns the folder of the judging by a suite with this digest.
    pub fn judgement(&self, suite: &Digest) -> PathBuf {
        judgement(&self.folder, suite)
    }

    pub(super) fn exchange(&self, span: Span) -> Result<Option<Exchange>, BundleError> {
        let Event::Exchange(exchange) = self.journal.read(span)? else {
            return Ok(None);
        };
        Ok(Some(exchange.into_owned()))
    }

    /// Reads all exchanges that were not abandoned, by key and step.
    ///
    /// # Errors
    ///
    /// [`BundleError::Line`] and [`BundleError::Io`].
    pub fn exchanges(&self) -> Result<BTreeMap<(Arc<Key>, u32), Exchange>, BundleError> {
        let mut all = BTreeMap::new();
        for span in self.journal.all_exchanges() {
            if let Some(exchange) = self.exchange(span)? {
                all.insert((Arc::clone(&exchange.key), exchange.step), exchange);
            }
        }
        Ok(all)
    }
}

impl Recording for Bundle {
    fn find(&self, key: &Key, step: u32) -> Option<Exchange> {
        let span = self.journal.exchange(key, step)?;
        let mut exchange = self.exchange(span).ok()??;
        if let Some(body) = exchange.answer.as_mut().and_then(Answer::body_mut) {
            body.content = self.evidence.content(&body.digest)?;
        }
        Some(exchange)
    }
}

/// Returns the folder in a bundle of the judging by the suite with a digest.
pub fn judgement(bundle: &Path, suite: &Digest) -> PathBuf {
    let digits = suite.hex().chars().filter(char::is_ascii_hexdigit);
    let name: String = digits.take(64).collect();
    bundle.join(JUDGEMENTS).join(name)
}

/// What every format of `run.json` has.
#[derive(serde::Deserialize)]
struct Version {
    format: u32,
}

/// Reads `run.json`.
///
/// # Errors
///
/// As [`Bundle::open`].
pub(super) fn read_record(folder: &Path) -> Result<RunRecord, BundleError> {
    let path = folder.join(RUN);
    let file = match open_file(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(BundleError::NoBundle(folder.to_owned()));
        }
        Err(error) => return Err(io("read", &path)(error)),
    };
    let mut text = Vec::new();
    file.take(MAX_RECORD + 1)
        .read_to_end(&mut text)
        .map_err(io("read", &path))?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_RECORD {
        return Err(BundleError::Limit {
            path,
            what: "text",
            limit: MAX_RECORD,
        });
    }
    let version: Result<Version, _> = serde_json::from_slice(&text);
    if let Ok(Version { format }) = version
        && format != FORMAT
    {
        return Err(BundleError::Format {
            path,
            found: format,
        });
    }
    serde_json::from_slice(&text).map_err(|source| BundleError::Record { path, source })
}
