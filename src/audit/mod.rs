//! The audit: run, suite and past → one value that every report shows.
//!
//! Scenarios are judged one by one, so that the observations of one scenario are in
//! memory at a time. What is written as `results.json` is a pure function of the
//! observations and the suite: values of times and of how long things took stay in
//! the [`Audit`] and are shown in reports, and are left out of the file.

mod against;
mod auditor;
mod checklists;
pub mod difference;
mod expiries;
pub mod history;
mod keep;
mod peers;
mod provenance;
mod routes;
pub mod twin;
mod word;

pub use against::against;
pub use auditor::Auditor;
pub use keep::{AUDIT, RESULTS, keep, results_json, write_results};
pub use peers::{Others, beside_peers};
pub use provenance::Provenance;
pub use routes::{RouteChange, RouteChanges, read_routes, route_changes};
pub use word::{quoted, requoted};

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::decide::{Gate, Mode, RemarkState, WaiverState};
use crate::judge::words::put;
use crate::scenario::model::TargetKind;
use crate::verdict::By;
use crate::verdict::results::{CheckResult, ComparisonResult, Part, Planned, Results};

/// What is known of the run that is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The run's id, as `run.json` has it.
    #[serde(default)]
    pub id: String,
    /// The target's name.
    pub target: String,
    /// What the target is.
    pub kind: TargetKind,
    /// Faults that were laid over the mock world; empty for none.
    pub faults: Vec<String>,
    /// The place of observation.
    pub vantage: String,
    /// The run's time by its clock: `run.started` of expressions.
    pub started: Timestamp,
    /// Whether the run ended before everything planned was observed.
    pub partial: bool,
    /// What was planned, and what finished.
    pub planned: Planned,
    /// The runs that were merged into this one; empty for a run of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// A command line that does the same again.
    pub reproduce: String,
    /// Arguments of it that any part of the run needs again beside target and faults.
    #[serde(default)]
    pub flags: Vec<String>,
    /// The target's file, written for a shell, where it is not one of the suite.
    #[serde(default)]
    pub file: Option<String>,
    /// The part of what was selected that was asked, such as `1/3`; absent for all of it.
    #[serde(default)]
    pub shard: Option<String>,
}

impl Run {
    /// Returns it with command lines that are safe to type: a stranger's bundle may have any text in them.
    #[must_use]
    pub fn requoted(mut self) -> Self {
        for line in self.flags.iter_mut().chain(&mut self.file) {
            *line = requoted(line);
        }
        self.reproduce = requoted(&self.reproduce);
        self
    }

    /// Returns the command line that asks for one result again.
    pub fn again(&self, check: &CheckResult) -> String {
        // A rule is looked at by many scenarios; only one of them found this.
        let what = match check.by {
            By::Rule => &check.scenario,
            By::Check | By::Comparison => &check.id,
        };
        self.asking(&format!("{} -r {}", quoted(what), check.registry))
    }

    /// Returns the command line that compares again.
    pub fn compared_again(&self, comparison: &ComparisonResult) -> String {
        self.asking(&quoted(&comparison.id))
    }

    fn asking(&self, what: &str) -> String {
        let mut command = format!("quintet run {what}");
        match &self.file {
            Some(file) => put!(command, " --target {file}"),
            None if self.target != "mock" => put!(command, " --target {}", quoted(&self.target)),
            None => {}
        }
        for fault in &self.faults {
            put!(command, " --fault {}", quoted(fault));
        }
        for flag in &self.flags {
            put!(command, " {flag}");
        }
        command
    }
}

/// Everything reports show.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audit {
    /// The run.
    pub run: Run,
    /// What was found, decided.
    pub results: Results,
    /// The suite's release.
    pub release: String,
    /// Gate or audit.
    pub mode: Mode,
    /// Name of the policy that decided.
    pub policy: String,
    /// What the gate says.
    pub gate: Gate,
    /// What became of the waivers for this target.
    pub waivers: Vec<WaiverState>,
    /// What became of the registries' remarks on this target.
    #[serde(default)]
    pub remarks: Vec<RemarkState>,
    /// Titles of the scenarios that were judged, by id.
    pub scenarios: BTreeMap<String, String>,
    /// What the judging rests on beside what was seen.
    #[serde(default)]
    pub provenance: Provenance,
}
