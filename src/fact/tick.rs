//! Ticks: when a scenario that is polled was observed again.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::registry::RegistryId;

/// One tick of a poll, of one instance at one registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tick {
    /// The scenario's id.
    #[serde(deserialize_with = "super::shared::one")]
    pub scenario: Arc<str>,
    /// The registry.
    pub registry: RegistryId,
    /// Values of the matrix axes, as in keys of observations; empty without a matrix.
    #[serde(default = "nothing", skip_serializing_if = "str_is_empty")]
    pub instance: Arc<str>,
    /// Its number, from 0: the tick of the keys of its observations.
    pub number: u32,
    /// When the poll of the scenario began, UTC: what its ticks count from.
    pub poll: Timestamp,
    /// When it was due, UTC.
    pub due: Timestamp,
    /// When it began, UTC; `None` if it was missed, and then nothing was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

fn nothing() -> Arc<str> {
    Arc::from("")
}

fn str_is_empty(text: &Arc<str>) -> bool {
    text.is_empty()
}

/// How late a tick may begin and still count as of its own time: nobody begins at once.
const PROMPT: SignedDuration = SignedDuration::from_mins(1);

impl Tick {
    /// Returns the time that it counts as of: its own, or when it really began where that was more
    /// than a minute later. `None` if it was missed.
    pub fn time(&self) -> Option<Timestamp> {
        let at = self.at?;
        match at.duration_since(self.due) > PROMPT {
            true => Some(at),
            false => Some(self.due),
        }
    }

    /// Says whether it is one of an instance of a scenario at a registry.
    pub fn is_of(&self, scenario: &str, registry: &str, instance: &str) -> bool {
        self.scenario.as_ref() == scenario
            && self.registry.as_str() == registry
            && self.instance.as_ref() == instance
    }

    /// Returns the time from the beginning of the poll to that of the tick; `None` if it was missed.
    pub fn since(&self) -> Option<SignedDuration> {
        Some(self.time()?.duration_since(self.poll))
    }
}
