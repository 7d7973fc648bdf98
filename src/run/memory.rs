//! A run without files: observations and exchanges in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;

use super::Sink;
use crate::bundle::{BundleError, Expansion};
use crate::fact::{Digest, Key, Observation, Tick};
use crate::probe::earlier::Answers;
use crate::transport::{Exchange, HttpAnswer, Recorder, Recording};

/// Keeps a run in memory: replays, fault walks and tests.
#[derive(Debug, Default)]
pub struct Memory {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    observations: BTreeMap<Key, Arc<Observation>>,
    expansions: Vec<Expansion>,
    ticks: Vec<Tick>,
    exchanges: BTreeMap<(Arc<Key>, u32), Exchange>,
}

impl Memory {
    /// Returns all observations in the order of their keys.
    pub fn observations(&self) -> Vec<Arc<Observation>> {
        self.kept().observations.values().cloned().collect()
    }

    /// Returns all exchanges in the order of their keys and steps.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.kept().exchanges.values().cloned().collect()
    }

    /// Returns the values of axes that probes fed.
    pub fn expansions(&self) -> Vec<Expansion> {
        self.kept().expansions.clone()
    }

    /// Returns the ticks of all polls.
    pub fn all_ticks(&self) -> Vec<Tick> {
        self.kept().ticks.clone()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Memory {
    fn finished(&self, key: &Key) -> Result<Option<Arc<Observation>>, BundleError> {
        Ok(self.kept().observations.get(key).cloned())
    }

    fn expanded(&self, scenario: &str, registry: &str, axis: &str) -> Option<Expansion> {
        let kept = self.kept();
        let mut all = kept.expansions.iter();
        all.find(|expansion| expansion.is_of(scenario, registry, axis))
            .cloned()
    }

    fn observe(&self, observation: &Arc<Observation>) -> Result<(), BundleError> {
        let key = observation.key.clone();
        self.kept()
            .observations
            .insert(key, Arc::clone(observation));
        Ok(())
    }

    fn expand(&self, expansion: &Expansion) -> Result<(), BundleError> {
        self.kept().expansions.push(expansion.clone());
        Ok(())
    }

    fn ticks(&self, scenario: &str) -> Vec<Tick> {
        let kept = self.kept();
        let all = kept.ticks.iter();
        all.filter(|tick| tick.scenario.as_ref() == scenario)
            .cloned()
            .collect()
    }

    fn tick(&self, tick: &Tick) -> Result<(), BundleError> {
        self.kept().ticks.push(tick.clone());
        Ok(())
    }
}

impl Recorder for Memory {
    /// Keeps an exchange; a spooled body stays where it is.
    fn record(&self, exchange: &Exchange) {
        let owner = (Arc::clone(&exchange.key), exchange.step);
        self.kept().exchanges.insert(owner, exchange.clone());
    }

    /// Keeps nothing: observations in memory hold their documents themselves.
    fn keep(&self, _digest: &Digest, _octets: &Bytes) {}
}

impl Recording for Memory {
    fn find(&self, key: &Key, step: u32) -> Option<Exchange> {
        let owner = (Arc::new(key.clone()), step);
        self.kept().exchanges.get(&owner).cloned()
    }
}

impl Answers for Memory {
    fn answers(&self, url: &str) -> Box<dyn Iterator<Item = (Timestamp, HttpAnswer)> + '_> {
        let kept = self.kept();
        let of_url = kept.exchanges.values().filter_map(|exchange| {
            let (asked, answer) = exchange.fetched()?;
            (asked == url).then(|| (exchange.at, answer.clone()))
        });
        let mut known: Vec<(Timestamp, HttpAnswer)> = of_url.collect();
        drop(kept);
        known.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Box::new(known.into_iter())
    }
}
