//! Events: the lines of the journal.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fact::{Digest, Key, Observation, Tick};
use crate::registry::RegistryId;
use crate::transport::Exchange;

/// One line of the journal: `{"observation": {…}}`.
///
/// The name of the event is the first thing of its line, so that a reader can tell
/// lines apart without reading them.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Event<'a> {
    /// The first line.
    #[serde(rename = "run.started")]
    Started {
        /// The run's id, as in `run.json`.
        run: String,
        /// Wall time.
        at: Timestamp,
    },
    /// The run goes on after it was interrupted.
    #[serde(rename = "run.resumed")]
    Resumed {
        /// Wall time.
        at: Timestamp,
    },
    /// Something was asked and answered.
    #[serde(rename = "exchange")]
    Exchange(Cow<'a, Exchange>),
    /// Exchanges so far of an observation that did not finish: they stay, and count for nothing.
    #[serde(rename = "abandoned")]
    Abandoned {
        /// The observation.
        key: Key,
    },
    /// The values of an axis that probes feed.
    #[serde(rename = "expansion")]
    Expansion(Expansion),
    /// A tick of a poll began, or was missed.
    #[serde(rename = "tick")]
    Tick(Cow<'a, Tick>),
    /// An observation finished.
    #[serde(rename = "observation")]
    Observation(Cow<'a, Observation>),
    /// Everything planned was observed or skipped with a reason.
    #[serde(rename = "run.finished")]
    Finished {
        /// Wall time.
        at: Timestamp,
        /// Number of observations.
        observed: u64,
    },
}

/// A value that is borrowed when written and owned when read.
#[derive(Debug)]
pub(super) enum Cow<'a, T> {
    /// To be written.
    Borrowed(&'a T),
    /// Read.
    Owned(Box<T>),
}

impl<T> Cow<'_, T> {
    /// Returns the value.
    pub(super) fn get(&self) -> &T {
        match self {
            Self::Borrowed(value) => value,
            Self::Owned(value) => value,
        }
    }
}

impl<T: Clone> Cow<'_, T> {
    /// Returns the value, copied if it was borrowed.
    pub(super) fn into_owned(self) -> T {
        match self {
            Self::Borrowed(value) => value.clone(),
            Self::Owned(value) => *value,
        }
    }
}

impl<T: Serialize> Serialize for Cow<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Cow<'_, T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::Owned(Box::new(T::deserialize(deserializer)?)))
    }
}

/// The values of an axis that probes feed, for one registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expansion {
    /// The scenario's id.
    pub scenario: Arc<str>,
    /// The registry.
    pub registry: RegistryId,
    /// The axis.
    pub axis: String,
    /// Its values, drawn and in order; empty where there were none to draw.
    pub values: Vec<serde_json::Value>,
}

impl Expansion {
    /// Says whether it is that of an axis of a scenario for a registry.
    pub fn is_of(&self, scenario: &str, registry: &str, axis: &str) -> bool {
        self.scenario.as_ref() == scenario
            && self.registry.as_str() == registry
            && self.axis == axis
    }
}

/// What the index needs to know of a line.
#[derive(Debug, Deserialize)]
pub(super) enum Glance {
    #[serde(rename = "run.started")]
    Started {},
    #[serde(rename = "run.resumed")]
    Resumed {},
    #[serde(rename = "exchange")]
    Exchange { key: Key, step: u32 },
    #[serde(rename = "abandoned")]
    Abandoned { key: Key },
    #[serde(rename = "expansion")]
    Expansion(Expansion),
    #[serde(rename = "tick")]
    Tick(Tick),
    #[serde(rename = "observation")]
    Observation(Seen),
    #[serde(rename = "run.finished")]
    Finished { at: Timestamp },
}

/// What the index needs to know of an observation.
#[derive(Debug, Deserialize)]
pub(super) struct Seen {
    pub(super) key: Key,
    #[serde(default)]
    pub(super) evidence: Vec<Digest>,
}
