//! What a run wrote and still has in memory, so that it is judged without being read again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::event::Expansion;
use super::record::RunRecord;
use crate::fact::{Documents, Observation, Tick};

/// Most octets of journal lines that are kept in memory too; 5,000 lookups write 14 MiB.
const MOST: usize = 32 * 1024 * 1024;

/// All that a finished run saw: what reading its bundle would give.
#[derive(Debug)]
pub struct Fresh {
    record: RunRecord,
    by_scenario: BTreeMap<Arc<str>, Vec<Observation>>,
    expansions: Vec<Expansion>,
    ticks: Vec<Tick>,
}

impl Fresh {
    /// Returns what the run set out to do.
    pub fn run(&self) -> &RunRecord {
        &self.record
    }

    /// Returns the number of observations.
    pub fn observed(&self) -> usize {
        self.by_scenario.values().map(Vec::len).sum()
    }

    /// Returns the number of first attempts, as [`Bundle::first_attempts`](super::Bundle::first_attempts).
    pub fn first_attempts(&self, target: Option<&str>) -> usize {
        let seen = self.by_scenario.values().flatten();
        seen.filter(|o| o.key.attempt == 1)
            .filter(|o| target.is_none_or(|name| o.key.target.as_ref() == name))
            .count()
    }

    /// Returns the observations of a scenario in the order of their keys; none for an unknown one.
    pub fn observations(&self, scenario: &str) -> &[Observation] {
        self.by_scenario.get(scenario).map_or(&[], Vec::as_slice)
    }

    /// Returns the values of an axis of a scenario that probes fed; `None` if it was not expanded.
    pub fn expansion(&self, scenario: &str, registry: &str, axis: &str) -> Option<&Expansion> {
        let mut all = self.expansions.iter();
        all.find(|expansion| expansion.is_of(scenario, registry, axis))
    }

    /// Returns the ticks of a scenario that is polled, in the order of their events.
    pub fn ticks(&self, scenario: &str) -> Vec<Tick> {
        let all = self.ticks.iter();
        all.filter(|tick| tick.scenario.as_ref() == scenario)
            .cloned()
            .collect()
    }
}

/// Keeps what is written as long as there is room.
#[derive(Debug, Default)]
pub(super) struct Keeper(Mutex<Option<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    by_scenario: BTreeMap<Arc<str>, Vec<Observation>>,
    expansions: Vec<Expansion>,
    ticks: Vec<Tick>,
    octets: usize,
}

impl Keeper {
    /// Returns one for a run from its beginning; the default one keeps nothing.
    pub(super) fn from_the_beginning() -> Self {
        Self(Mutex::new(Some(Kept::default())))
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an observation that took `octets` in the journal; its documents are left on the disk, as if it had been read.
    pub(super) fn observe(
        &self,
        observation: &Observation,
        octets: usize,
        documents: &Arc<dyn Documents>,
    ) {
        {
            let mut kept = self.kept();
            let Some(room) = kept.as_mut() else {
                return;
            };
            room.octets = room.octets.saturating_add(octets);
            if room.octets > MOST {
                // Half of a run is no use: all of it will be read.
                *kept = None;
                return;
            }
        }
        let mut seen = observation.clone();
        seen.facts.attach(documents);
        if let Some(kept) = self.kept().as_mut() {
            let scenario = Arc::clone(&seen.key.scenario);
            kept.by_scenario.entry(scenario).or_default().push(seen);
        }
    }

    pub(super) fn expand(&self, expansion: &Expansion) {
        if let Some(kept) = self.kept().as_mut() {
            kept.expansions.push(expansion.clone());
        }
    }

    pub(super) fn tick(&self, tick: &Tick) {
        if let Some(kept) = self.kept().as_mut() {
            kept.ticks.push(tick.clone());
        }
    }

    /// Returns all that was kept, each scenario's in the order of keys; `None` if it is not all of the run.
    pub(super) fn take(&self, record: &RunRecord) -> Option<Fresh> {
        let mut kept = self.kept().take()?;
        for observations in kept.by_scenario.values_mut() {
            observations.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        }
        Some(Fresh {
            record: record.clone(),
            by_scenario: kept.by_scenario,
            expansions: kept.expansions,
            ticks: kept.ticks,
        })
    }
}
