//! The whole of what judges: scenarios, catalogue, clauses, registries, targets, waivers, policies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::allowed::{self, Allowed};
use super::editions::Editions;
use super::model::{Registry, Scenario, Target};
use super::transfer_policy::TransferPolicy;
use crate::fact::Digest;
use crate::registry::{PerRegistry, RegistryId};
use crate::verdict::checklist::Claim;
use crate::verdict::note::{Erratum, Remark};
use crate::verdict::results::Place;
use crate::verdict::{By, Level, Operator};

/// Everything read from one `scenarios` folder, without mistakes.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Digest of all files that judge: names and contents, sorted by name.
    pub digest: Digest,
    /// Digests of its parts.
    pub editions: Editions,
    /// The suite's release, from `scenarios/suite.yaml`.
    pub release: String,
    /// Scenarios by id.
    pub scenarios: Vec<Arc<Scenario>>,
    /// Known ids of the reference catalogues.
    pub catalog: Catalog,
    /// Documents and their sections.
    pub clauses: Clauses,
    /// Agreements among registries by id.
    pub agreements: BTreeMap<String, Agreement>,
    /// Allow lists by id.
    pub allowed: BTreeMap<String, Allowed>,
    /// What registries transfer to one another, by id.
    pub transfer_policies: BTreeMap<String, TransferPolicy>,
    /// Registries by id, without a target's overlay.
    pub registries: PerRegistry<Registry>,
    /// Targets by name.
    pub targets: BTreeMap<String, Target>,
    /// Policies by name; `default` is always there.
    pub policies: BTreeMap<String, Policy>,
    /// Waivers of all registries, in the order of files and lines.
    pub waivers: Vec<Waiver>,
    /// What registries say of findings about themselves, in the order of files and lines.
    pub remarks: Vec<RegistryRemark>,
    /// Verdicts that were wrong, in the order of files and lines.
    pub errata: Vec<Correction>,
    /// Checklists by id.
    pub checklists: BTreeMap<String, Checklist>,
    /// What documents say of registries on the rows of checklists, in the order of files.
    pub attestations: Vec<Attestations>,
    /// Faults of the mock world, by name.
    pub faults: Vec<FaultNote>,
}

impl Suite {
    /// Returns the allow lists as expressions read them.
    pub fn allowed_data(&self) -> serde_json::Value {
        allowed::data(&self.allowed)
    }
}

/// Returns the names of samples that some registry or target declares, alphabetically.
pub fn sample_names(
    registries: &PerRegistry<Registry>,
    targets: &BTreeMap<String, Target>,
) -> BTreeSet<String> {
    let overlays = targets
        .values()
        .flat_map(|t| t.overlays.iter().map(|(_, data)| data));
    let all = registries.iter().map(|(_, r)| &r.data).chain(overlays);
    all.filter_map(|data| data.get("samples")?.as_object())
        .flat_map(|samples| samples.keys().cloned())
        .collect()
}

/// Known ids of the reference catalogues.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Entries by id.
    pub entries: BTreeMap<Arc<str>, Entry>,
}

/// One id of a catalogue.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The id.
    pub id: Arc<str>,
    /// One sentence: what must hold.
    pub sentence: String,
    /// What implements it, or why nothing does.
    pub tested: Tested,
    /// How much it matters.
    pub level: Level,
    /// Whose doing it is.
    pub operator: Operator,
    /// Clauses.
    pub refs: Vec<String>,
    /// Ids of the list of checks that it answers; empty where its own id is on the list.
    pub covers: Vec<String>,
    /// Codes of other tools for the same thing.
    pub peer: Vec<String>,
    /// Where a rule has something to look at; `None` for everywhere.
    pub applies: Option<String>,
    /// The kind of document a rule reads: `rdap`, `bootstrap`, `rpki`, `rrdp`, `iana`; empty for others.
    pub document: String,
    /// The suite release that brought it; provisional in that release.
    pub since: Option<String>,
    /// Former ids.
    pub renamed_from: Vec<String>,
    /// Findings with the same cause are counted as one.
    pub cause: Option<String>,
    /// Where it is written.
    pub place: Place,
}

/// What implements a catalogue id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tested {
    /// An inspector's rule, a check or a comparison.
    By(By),
    /// Nothing, for this reason.
    Not(String),
}

/// Documents that levels rest on.
#[derive(Clone, Debug, Default)]
pub struct Clauses {
    /// Documents by id, such as `rfc9083`.
    pub documents: BTreeMap<String, Document>,
}

/// A document with the sections that were verified.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it can be read.
    pub url: String,
    /// What it is: only adopted ones carry `must`, `should` and `may`.
    pub status: DocumentStatus,
    /// Sections by number, with the day they were verified against the text.
    pub sections: BTreeMap<String, Section>,
    /// Where it is written.
    pub place: Place,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentStatus {
    /// A published RFC.
    Rfc,
    /// An adopted document of the NRO.
    Nro,
    /// A registry's own practice statement or service level.
    Registry,
    /// A draft.
    Draft,
    /// Anything else: strategy papers, manuals, conventions.
    Other,
}

impl DocumentStatus {
    /// Says whether `must`, `should` and `may` can rest on it.
    pub const fn is_adopted(self) -> bool {
        matches!(self, Self::Rfc | Self::Nro | Self::Registry)
    }
}

/// A section of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its title; empty if not given.
    pub title: String,
    /// The day its number and content were verified; `None` if from memory.
    pub verified: Option<Date>,
}

/// Something the registries agreed without a standard.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Its id.
    pub id: String,
    /// What was agreed.
    pub text: String,
    /// Who is bound.
    pub parties: Vec<RegistryId>,
    /// Since when.
    pub since: Date,
    /// Where it is recorded.
    pub recorded: String,
    /// Where it is written.
    pub place: Place,
}

/// Rows that are shown for every registry: what documents say beside what a run measured.
#[derive(Clone, Debug)]
pub struct Checklist {
    /// Its id.
    pub id: String,
    /// What it lists.
    pub title: String,
    /// Where the rows come from; empty for nothing.
    pub note: String,
    /// Rows in the order of the file.
    pub rows: Vec<ChecklistLine>,
    /// Where it is written.
    pub place: Place,
}

/// A row of a checklist.
#[derive(Clone, Debug)]
pub struct ChecklistLine {
    /// Its id within the checklist, such as `F04`.
    pub id: String,
    /// Its name in attestations and expressions.
    pub key: String,
    /// What it is about.
    pub title: String,
    /// The group it belongs to; empty for none.
    pub class: String,
    /// Ids of comparisons whose values are shown, by the words for them.
    pub shows: BTreeMap<String, String>,
    /// Ids of checks and rules that are counted, with `*` and `**`.
    pub counts: Vec<String>,
    /// The check that looks whether documents still say what is attested; empty for none.
    pub document: String,
}

/// What documents say about one registry on the rows of one checklist.
#[derive(Clone, Debug)]
pub struct Attestations {
    /// The checklist's id.
    pub checklist: String,
    /// The registry.
    pub registry: RegistryId,
    /// The target they are about; `None` for production.
    pub target: Option<String>,
    /// Claims by the key of the row.
    pub claims: BTreeMap<String, Claim>,
    /// Where they are written.
    pub place: Place,
}

/// What gates, and what is raised or lowered.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// The lightest level that gates.
    pub gate: Level,
    /// Ids with `*` and `**`, their level under this policy, and why; the last that matches holds.
    pub levels: Vec<(String, Level, String)>,
    /// Whether a flaky check gates as a failure.
    pub flaky_fails: bool,
    /// Whether a value that is not as it was accepted fails the gate.
    pub drift_fails: bool,
    /// Where it is written.
    pub place: Place,
}

impl Default for Policy {
    /// Returns the policy that holds where a suite has none: `must` gates, and nothing else.
    fn default() -> Self {
        Self {
            name: "default".to_owned(),
            gate: Level::Must,
            levels: Vec::new(),
            flaky_fails: false,
            drift_fails: false,
            place: Place::default(),
        }
    }
}

/// A known failure that somebody answers for.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// Its id, such as `W-2026-014`.
    pub id: String,
    /// What it matches; all keys that are set must match.
    pub matches: WaiverMatch,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Who approved it.
    pub approved_by: String,
    /// What it is good for.
    pub scope: WaiverScope,
    /// Where it is discussed.
    pub issue: String,
    /// First day.
    pub issued: Date,
    /// Last day.
    pub expires: Date,
    /// Where it is written.
    pub place: Place,
}

/// What a waiver is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaiverScope {
    /// Release gates only.
    Gate,
    /// Audits only.
    Audit,
    /// Both.
    Both,
}

/// What a waiver matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaiverMatch {
    /// Ids with `*` and `**` by whole components; required.
    pub check: String,
    /// Registries; empty for all, which lint refuses outside comparisons.
    pub registries: Vec<RegistryId>,
    /// The target's name; required.
    pub target: String,
    /// Values of axes that must be equal.
    pub parameters: BTreeMap<String, String>,
    /// Text that must stand in the message or in what was seen; empty for any.
    pub contains: String,
    /// The vantage; empty for any.
    pub vantage: String,
}

/// What a registry says of some findings about itself.
#[derive(Clone, Debug)]
pub struct RegistryRemark {
    /// What it is about; `registries` is the one that says it.
    pub matches: NoteMatch,
    /// What it says.
    pub remark: Remark,
    /// Where it is written.
    pub place: Place,
}

/// An erratum with the verdicts that it takes back.
#[derive(Clone, Debug)]
pub struct Correction {
    /// Which verdicts of the runs.
    pub matches: NoteMatch,
    /// Ids of the runs.
    pub runs: Vec<String>,
    /// Why.
    pub erratum: Erratum,
    /// Where it is written.
    pub place: Place,
}

/// What a remark or an erratum matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteMatch {
    /// Ids with `*` and `**` by whole components.
    pub check: String,
    /// Registries; empty for all.
    pub registries: Vec<RegistryId>,
    /// The target's name; empty for every target of kind `live`, and for errata for every target.
    pub target: String,
    /// Values of axes that must be equal.
    pub parameters: BTreeMap<String, String>,
    /// Text that must stand in the message or in what was seen; empty for any.
    pub contains: String,
}

/// What the language knows of a fault of the mock world: where it is, and who must notice.
#[derive(Clone, Debug)]
pub struct FaultNote {
    /// Its name.
    pub name: String,
    /// One sentence.
    pub title: String,
    /// The registry where one thing is wrong.
    pub registry: RegistryId,
    /// Ids that must fail.
    pub fail: Vec<String>,
    /// Comparisons that must diverge.
    pub divergent: Vec<String>,
    /// Checks whose snapshots must differ from what is accepted.
    pub drift: Vec<String>,
    /// Ids with `*` and `**` that are not judged any more.
    pub inconclusive: Vec<String>,
    /// Why verdicts are inconclusive, exactly, as results name causes.
    pub causes: Vec<String>,
    /// What also changes at other registries; empty if nothing does.
    pub elsewhere: Vec<Elsewhere>,
    /// Where it is written.
    pub place: Place,
}

impl FaultNote {
    /// Says whether the fault makes an id fail, diverge or drift, and so proves that it can.
    pub fn proves(&self, id: &str) -> bool {
        self.fail
            .iter()
            .chain(&self.divergent)
            .chain(&self.drift)
            .any(|proved| proved == id)
    }
}

/// Verdicts that a fault changes at other registries than its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Globs of ids.
    pub ids: Vec<String>,
    /// Why that is so.
    pub reason: String,
}
