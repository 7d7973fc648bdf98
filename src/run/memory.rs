//! A run without files: observations, exchanges and bodies in memory.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::Sink;
use crate::bundle::{BundleError, Expansion};
use crate::fact::{Digest, Documents, Key, Observation};
use crate::transport::{Answer, Content, Exchange, Recorder, Recording};

/// Keeps a run in memory, for fault walks and tests.
#[derive(Debug, Default)]
pub struct Memory {
    kept: Mutex<Kept>,
    spool: PathBuf,
}

#[derive(Debug, Default)]
struct Kept {
    observations: BTreeMap<Key, Arc<Observation>>,
    expansions: Vec<Expansion>,
    exchanges: HashMap<(Arc<Key>, u32), Exchange>,
    bodies: HashMap<Digest, Bytes>,
}

impl Memory {
    /// Returns an empty memory; `spool` is the folder of large bodies, needed by a recorded live transport only.
    pub fn new(spool: PathBuf) -> Self {
        Self {
            kept: Mutex::default(),
            spool,
        }
    }

    /// Returns all observations in the order of their keys.
    pub fn observations(&self) -> Vec<Arc<Observation>> {
        self.kept().observations.values().cloned().collect()
    }

    /// Returns the values of axes that probes fed.
    pub fn expansions(&self) -> Vec<Expansion> {
        self.kept().expansions.clone()
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
        let found = kept.expansions.iter().find(|e| {
            e.scenario.as_ref() == scenario && e.registry.as_str() == registry && e.axis == axis
        });
        found.cloned()
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
}

impl Recorder for Memory {
    fn record(&self, exchange: &Exchange) {
        let mut kept = self.kept();
        if let Some(body) = exchange.answer.as_ref().and_then(Answer::body) {
            let octets = match &body.content {
                Content::Memory(octets) => Some(octets.clone()),
                Content::File(path) => std::fs::read(path).ok().map(Bytes::from),
                Content::Elsewhere => None,
            };
            if let Some(octets) = octets {
                kept.bodies.insert(body.digest.clone(), octets);
            }
        }
        let owner = (Arc::clone(&exchange.key), exchange.step);
        kept.exchanges.insert(owner, exchange.clone());
    }

    fn keep(&self, digest: &Digest, octets: &Bytes) {
        self.kept().bodies.insert(digest.clone(), octets.clone());
    }

    fn spool(&self) -> PathBuf {
        self.spool.clone()
    }
}

impl Recording for Memory {
    fn find(&self, key: &Key, step: u32) -> Option<Exchange> {
        let owner = (Arc::new(key.clone()), step);
        self.kept().exchanges.get(&owner).cloned()
    }
}

impl Documents for Memory {
    fn load(&self, digest: &Digest) -> Option<Bytes> {
        self.kept().bodies.get(digest).cloned()
    }
}
