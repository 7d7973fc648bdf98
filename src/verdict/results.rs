//! The schema of `results.json`: one judging of one bundle.
//!
//! The file is a pure function of the bundle's observations and the suite: no run
//! id, no wall time, no `timing.*` value stands in it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::baseline::Drift;
use super::case::CaseResult;
use super::checklist::ChecklistTable;
use super::measure::{Measure, Unit};
use super::note::{Erratum, Remark, counts_publicly};
use super::series::Series;
use super::{
    Agreement, By, Cause, Disposition, DriftClass, Level, Mark, Operator, Outcome, Role, Weight,
};
use crate::registry::{PerRegistry, RegistryId};

/// The version of the results schema; raised when a reader of the old one would err.
pub const FORMAT: u32 = 1;

/// Everything one judging found.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Results {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// Digest of the suite that judged, `sha256:` and 64 hex digits.
    pub suite: String,
    /// Name of the target: `mock`, `live`, or the name in a target file.
    pub target: String,
    /// Whether the run ended before everything planned was observed.
    pub partial: bool,
    /// What the run planned and what was judged.
    pub planned: Planned,
    /// The registries of the run, alphabetically.
    pub registries: Vec<RegistryName>,
    /// Verdicts of rules and checks, ordered by id, registry, vantage, parameters.
    pub checks: Vec<CheckResult>,
    /// Comparisons, ordered by id and parameters.
    pub comparisons: Vec<ComparisonResult>,
    /// Values that scenarios take snapshots of, beside what was accepted: ordered by id, registry,
    /// vantage and entry. No verdicts.
    #[serde(default)]
    pub drifts: Vec<Drift>,
    /// Baselines that were compared with: digests by path.
    #[serde(default)]
    pub baselines: BTreeMap<String, String>,
    /// Whom comparisons include beside the registries of the run; absent for nobody.
    #[serde(default)]
    pub peers: Option<Peers>,
    /// Cases of scenarios about two registries, by scenario and parameters.
    #[serde(default)]
    pub cases: Vec<CaseResult>,
    /// What expires when, by registry and time.
    #[serde(default)]
    pub expiries: Vec<Expiry>,
    /// What is attested and what was measured, row by row, of checklists that the run has a part in.
    #[serde(default)]
    pub checklists: Vec<ChecklistTable>,
    /// Counts by registry, level and outcome.
    pub summary: Summary,
}

/// Registries that take part in comparisons as another run saw them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peers {
    /// The other run's id.
    pub run: String,
    /// Its target.
    pub target: String,
    /// When it was, by its clock.
    pub started: Timestamp,
    /// Whether it ended before everything planned was observed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The registries, alphabetically.
    pub registries: Vec<RegistryName>,
}

/// Something that a registry must renew before a known time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Expiry {
    /// The registry that must renew it.
    pub registry: RegistryId,
    /// The last moment at which it holds, UTC.
    pub at: Timestamp,
    /// What it is: `trust-anchor`, `ca-certificate`, `manifest`, `crl` or `tls-certificate`.
    pub what: String,
    /// Its URI; of a TLS certificate the first name in it.
    pub uri: String,
    /// Its level below the trust anchor, as `rpki_tree` names it; empty outside of the RPKI.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tier: String,
    /// Key of the observation that saw it.
    pub observation: String,
}

/// A run that was merged with others of one plan: what it saw is judged by its own time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its id.
    pub run: String,
    /// Its place of observation.
    pub vantage: String,
    /// Registries that it asked.
    pub registries: Vec<RegistryId>,
    /// Its time by its clock.
    pub started: Timestamp,
}

/// Counts of what a run set out to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Scenarios selected.
    pub scenarios: u64,
    /// Observations planned; a lower bound until sampled axes are expanded.
    pub observations: u64,
    /// Observations that finished.
    pub observed: u64,
}

/// A registry with the name reports show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryName {
    /// Its id.
    pub id: RegistryId,
    /// Its display name, such as `RIPE NCC`.
    pub name: String,
}

/// The verdict of one rule or check on one registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// `<rule>` or `<scenario>/<check>`.
    pub id: String,
    /// Whether a rule or a check.
    pub by: By,
    /// The scenario that judged it.
    pub scenario: String,
    /// One sentence: what must hold.
    pub title: String,
    /// The registry judged.
    pub registry: RegistryId,
    /// Values of the matrix axes, empty without a matrix.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Where it was observed from; several places that say the same with commas between them.
    pub vantage: String,
    /// What each place of observation shows; empty where there is one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vantages: BTreeMap<String, Outcome>,
    /// What the evidence shows.
    pub outcome: Outcome,
    /// Why there is no verdict; set exactly when the outcome is `inconclusive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// How much it matters.
    pub level: Level,
    /// Whose doing it is.
    pub operator: Operator,
    /// How the outcome compares with what was expected.
    pub disposition: Disposition,
    /// The waiver that matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<String>,
    /// What it does in the gate; left out of `results.json`, since it depends on what was asked of
    /// the gate.
    #[serde(default, skip_serializing_if = "Weight::is_none")]
    pub gate: Weight,
    /// What registries themselves say of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// Why it does not hold any more; set exactly when the disposition is `withdrawn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erratum: Option<Erratum>,
    /// Results of one registry with the same text here have one cause, and are counted as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_cause: Option<String>,
    /// The suite release that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Clauses, such as `rfc9083#4.2`.
    pub refs: Vec<String>,
    /// What was wrong or why it was not judged, in words; empty for a plain pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What was expected, in words; empty where the message says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expected: String,
    /// What was seen, in words, shortened to 400 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seen: String,
    /// Places in documents, the first 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// Number of findings or of failed places; exact where `locations` is cut.
    #[serde(default)]
    pub findings: u64,
    /// Where the check is written.
    pub source: Place,
    /// Keys of the observations it rests on.
    pub observations: Vec<String>,
    /// Evidence, `sha256:` digests of bodies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// What was asked and answered, one line per exchange, such as `GET https://… 200 over IPv6`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// Counts over the instances of a sampled axis; absent elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<Sampled>,
    /// What it comes to over the ticks of a poll; absent elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
    /// Whether attempts of what it rests on have different outcomes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub flaky: bool,
    /// Whether it rests on times or on how long things took; `results.json` then leaves
    /// [`CheckResult::seen`] and what the message says of it out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub volatile: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Counts over a sampled axis, with the first 100 instances that did not pass.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// Number of instances for each outcome.
    pub counts: BTreeMap<Outcome, u64>,
    /// The first 100 instances with an error, a failure or no verdict.
    pub shown: Vec<SampledInstance>,
}

/// One instance of a sampled axis that did not pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampledInstance {
    /// Values of the axes.
    pub parameters: BTreeMap<String, String>,
    /// What the evidence shows.
    pub outcome: Outcome,
    /// What was wrong.
    pub message: String,
    /// Evidence of this instance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// A place in a document that was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// The document: a URL or the name of an observation.
    pub document: String,
    /// JSON Pointer, line number or field path within it.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

/// A place in a file of the suite.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Path relative to the suite's parent, such as `scenarios/rdap/help.yaml`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// The result of one comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonResult {
    /// `<scenario>/<comparison>`.
    pub id: String,
    /// The scenario that compared.
    pub scenario: String,
    /// One sentence: what should agree.
    pub title: String,
    /// The rule's word, such as `equal`.
    pub rule: String,
    /// Values of the matrix axes that were held fixed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Whether the set agrees.
    pub agreement: Agreement,
    /// What each place of observation shows; empty where there is one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vantages: BTreeMap<String, Agreement>,
    /// How much it matters.
    pub level: Level,
    /// Whose doing it is.
    pub operator: Operator,
    /// How the agreement compares with what was expected.
    pub disposition: Disposition,
    /// The waiver that matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<String>,
    /// What it does in the gate; left out of `results.json`, since it depends on what was asked of
    /// the gate.
    #[serde(default, skip_serializing_if = "Weight::is_none")]
    pub gate: Weight,
    /// What registries themselves say of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// Why it does not hold any more; set exactly when the disposition is `withdrawn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erratum: Option<Erratum>,
    /// The suite release that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// How long a divergence must have been seen before it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_seconds: Option<u64>,
    /// Clauses or agreements.
    pub refs: Vec<String>,
    /// What differs, or why nothing was compared.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Participants with equal values, the largest group first, then alphabetically; left
    /// out of `results.json` where they are times or how long things took.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// The unit of a parameter: registries' quantities that are shown side by side, not
    /// compared; absent elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// What it comes to over the ticks of a poll; absent elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
    /// What participants declare a parameter to be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub declared: BTreeMap<String, Measure>,
    /// Why a participant of a `report` has no value, in words, by participant.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub absent: BTreeMap<String, String>,
    /// How each registry's habit is beside those of others, of a `report` of texts or amounts; absent
    /// elsewhere, and for what is never twice the same.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub marks: BTreeMap<String, Mark>,
    /// Whether the values are times or how long things took.
    #[serde(default, skip_serializing_if = "is_false")]
    pub volatile: bool,
    /// The part each participant plays; participants are registries, targets, vantages or axis values.
    pub roles: BTreeMap<String, Role>,
    /// Whether the outliers' `fail` is attributed to them.
    pub attributed: bool,
    /// How many participants were needed and had a value.
    pub participants: Participants,
    /// Seconds between the first and the last capture of the values; left out of `results.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread_seconds: Option<u64>,
    /// Where the comparison is written.
    pub source: Place,
    /// Keys of the observations it rests on.
    pub observations: Vec<String>,
}

/// Participants that share a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The value in words with its unit, shortened to 400 characters.
    pub value: String,
    /// The value as data, where it is a quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// The first 16 hex digits of the SHA-256 of the whole value, where the words do not say all
    /// of it; empty elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// Who has it, alphabetically.
    pub members: Vec<String>,
}

/// How many participants a comparison needs and had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participants {
    /// Least number.
    pub need: u64,
    /// Number with a value.
    pub have: u64,
}

/// Counts for the heads of reports; no score, no ranking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Checks of each registry by level and outcome.
    pub by_registry: PerRegistry<BTreeMap<Level, BTreeMap<Outcome, u64>>>,
    /// Findings on what others operate, by operator and outcome.
    pub by_operator: BTreeMap<Operator, BTreeMap<Outcome, u64>>,
    /// Comparisons by level and agreement.
    pub comparisons: BTreeMap<Level, BTreeMap<Agreement, u64>>,
    /// Checks and comparisons by disposition.
    pub dispositions: BTreeMap<Disposition, u64>,
    /// Snapshots by how they stand to what was accepted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub drift: BTreeMap<DriftClass, u64>,
    /// Distinct causes behind each registry's failures that count; findings that share a cause are one.
    #[serde(default)]
    pub causes: PerRegistry<u64>,
}

impl CheckResult {
    /// Says whether it may be counted where everybody can read: settled, not disputed, not withdrawn.
    pub fn counts_publicly(&self) -> bool {
        counts_publicly(self.disposition, &self.remarks)
    }
}

impl ComparisonResult {
    /// Says whether it may be counted where everybody can read: settled, not disputed, not withdrawn.
    pub fn counts_publicly(&self) -> bool {
        counts_publicly(self.disposition, &self.remarks)
    }

    /// Says whether it is a parameter of the registries: quantities side by side.
    pub const fn is_parameter(&self) -> bool {
        self.unit.is_some()
    }

    /// Says whether it is a habit of the registries: words side by side that no rule decides.
    pub fn is_habit(&self) -> bool {
        !self.marks.is_empty() && self.unit.is_none()
    }

    /// Returns what was measured of a participant; `None` if it has no value or one that is no quantity.
    pub fn measured(&self, participant: &str) -> Option<&Measure> {
        let own = |group: &&Group| group.members.iter().any(|m| m == participant);
        self.groups.iter().find(own)?.measure.as_ref()
    }

    /// Iterates over the participants that failed: outliers of a divergence that is theirs by a clause.
    pub fn failed(&self) -> impl Iterator<Item = &str> {
        self.roles.iter().filter_map(|(participant, role)| {
            (self.attributed && *role == Role::Outlier).then_some(participant.as_str())
        })
    }
}
