//! `run.json`: what a run set out to do, in which circumstances.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fact::Digest;
use crate::plan::Shard;
use crate::registry::RegistryId;
use crate::verdict::results::RegistryName;
use crate::verdict::twin::ExpectedChange;

/// The version of the bundle's format; raised when a reader of the old one would err.
pub const FORMAT: u32 = 1;

/// What a run set out to do. Written once, before the first event; no secret stands in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// Identifies the run, also in the User-Agent.
    pub id: String,
    /// The program that ran.
    pub tool: Tool,
    /// Digest of the suite that was asked.
    pub suite: Digest,
    /// The suite's release.
    pub release: String,
    /// What was asked.
    pub target: TargetRecord,
    /// Place of observation.
    pub vantage: String,
    /// The run's time by its clock, UTC: `run.started` of expressions.
    pub started: Timestamp,
    /// The clock.
    pub clock: ClockRecord,
    /// What this machine has.
    pub here: Here,
    /// Registries of the run, alphabetically.
    pub registries: Vec<RegistryName>,
    /// What was selected.
    pub filters: Filters,
    /// Counts of what is planned.
    pub planned: Planned,
    /// Digests of inputs beside the suite, by name: past bundles, baselines, budget state.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// A second target that was asked the same at the same moment; absent for one target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<TwinRecord>,
    /// The runs that were merged into this one, by place of observation and time; empty for a run of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartRecord>,
    /// What an earlier run captured, for probes that compare; absent if none was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierRecord>,
    /// A command line that does the same again.
    pub reproduce: String,
    /// Arguments of it, written for a shell, that any part of the run needs again beside target and
    /// faults: the suite, the place, the time; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

/// An earlier run, as far as a later one took something from it.
///
/// What was taken is evidence of the later run: nothing else of the earlier one is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierRecord {
    /// Its id.
    pub id: String,
    /// The run's time by its clock.
    pub started: Timestamp,
    /// What it captured of repositories, by the URL of the notification file.
    pub captures: BTreeMap<String, Taken>,
}

/// What was taken of an earlier capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Taken {
    /// The capture in short, by its digest.
    Digest(Digest),
    /// Nothing, and why.
    Missing(String),
}

/// A run that was merged with others of one plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRecord {
    /// Its id.
    pub id: String,
    /// Its place of observation.
    pub vantage: String,
    /// Its time by its clock: what it saw is judged by that.
    pub started: Timestamp,
    /// When it ended, by wall time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// Registries that it asked.
    pub registries: Vec<RegistryId>,
    /// The part of the plan that it asked; absent for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// Its clock.
    pub clock: ClockRecord,
    /// What its machine had.
    pub here: Here,
    /// Digest of its seal.
    pub seal: Digest,
}

/// A second target that was asked the same at the same moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwinRecord {
    /// The target.
    pub target: TargetRecord,
    /// What keys of its observations call it: its name, or another where both are one target.
    pub label: String,
    /// What this machine has for it.
    pub here: Here,
    /// Whether each target was asked about samples of its own; otherwise both about the first one's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_samples: bool,
    /// Changes that were declared beforehand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<ExpectedChange>,
    /// Digest of a list of routes whose validity is compared; it is evidence of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<Digest>,
}

/// A program with its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRecord {
    /// The target's name.
    pub name: String,
    /// `live`, `staging` or `mock`.
    pub kind: String,
    /// Its file, where it is not one of the suite; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<TargetFile>,
    /// Faults that were laid over the mock world; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// A target's file beside the suite, which is evidence of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetFile {
    /// As it was given to the run.
    pub path: String,
    /// Digest of its octets.
    pub digest: Digest,
}

/// The clock of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockRecord {
    /// `machine`, `fixed` or `virtual`.
    pub kind: String,
    /// How far it is ahead of the target's time source, in milliseconds; absent if that was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead_milliseconds: Option<i64>,
    /// The time source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What the machine of the run has, so that a check that needs more is skipped with a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Here {
    /// Whether IPv4 works.
    pub ipv4: bool,
    /// Whether IPv6 works.
    pub ipv6: bool,
    /// Whether every credential that the target declares is set.
    pub credentials: bool,
    /// Programs that were found, alphabetically.
    #[serde(default)]
    pub programs: Vec<String>,
}

impl Default for Here {
    /// Returns a machine with both families, all credentials and no program.
    fn default() -> Self {
        Self {
            ipv4: true,
            ipv6: true,
            credentials: true,
            programs: Vec::new(),
        }
    }
}

/// What was selected, as it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filters {
    /// Filter expressions, of which any must hold; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expressions: Vec<String>,
    /// Registries; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registries: Vec<RegistryId>,
    /// The part of what was selected that was asked; absent for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
}

/// Counts of what is planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Scenarios selected.
    pub scenarios: u64,
    /// Observations, first attempts only.
    pub observations: u64,
    /// Whether there will be more: an axis that probes feed is not expanded yet.
    #[serde(default)]
    pub at_least: bool,
}
