//! What was observed more than once, summed up: since when something holds, or for how long not.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Counts, Punctuality};

/// What holds over time, as one check or comparison saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// How it ended.
    pub punctuality: Punctuality,
    /// When it began to count: a stage was reached, or the first tick; UTC.
    pub from: Timestamp,
    /// The time there is, in seconds; absent where it has to hold at every tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_seconds: Option<u64>,
    /// The window's name in the scenario; absent where the time is written with the check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// What the seconds below count.
    pub counts: Counts,
    /// What is certain: from the beginning, or the first tick, to the last tick at which it was seen not to hold.
    pub least_seconds: u64,
    /// At most: to the next tick, at which it held; absent if it never did again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_seconds: Option<u64>,
    /// Number of ticks that were judged.
    pub ticks: u64,
}
