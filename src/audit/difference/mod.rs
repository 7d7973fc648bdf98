//! The difference of two judgings: what became of each result, and why as far as that is known.
//!
//! A pure function of two audits. Results are paired by id, scenario, registry, place of
//! observation, parameters and operator; `renamed_from` is followed. What differs from run to
//! run by nature (times, how long things took, what is older or nearer its end by the time in
//! between) is no change.

mod caveats;
mod class;
mod pairs;
mod reasons;
mod values;

pub use class::class_of_check;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Audit;
use crate::scenario::model::TargetKind;
use crate::verdict::measure::{Measure, Unit};
use crate::verdict::results::{CheckResult, ComparisonResult, RegistryName};
use crate::verdict::{Agreement, By, Cause, Change, Disposition, Level, Operator, Outcome, Reason};
use class::class_of_comparison;
use pairs::{Pair, Renames, paired};
use values::Between;

/// The version of this schema; raised when a reader of the old one would err.
pub const FORMAT: u32 = 1;

/// What changed between two judgings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// The first judging.
    pub before: Side,
    /// The second judging.
    pub after: Side,
    /// What a reader must know before reading on; empty where the runs differ in nothing but their time.
    pub caveats: Vec<Caveat>,
    /// How much of the two can be compared.
    pub common: Common,
    /// Registries of either run, alphabetically.
    pub registries: Vec<RegistryName>,
    /// Changes that count by class: of the registries' own doing, at levels that count, not withdrawn. Unchanged ones too.
    pub counts: BTreeMap<Change, u64>,
    /// All other changes by class: what is proposed, observed or withdrawn, and what others operate.
    pub apart: BTreeMap<Change, u64>,
    /// Changes of rules and checks, by class, id, registry, place and parameters; unchanged ones are only counted.
    pub checks: Vec<CheckChange>,
    /// Changes of comparisons, by class, id and parameters; unchanged ones are only counted.
    pub comparisons: Vec<ComparisonChange>,
}

/// One of the two judgings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// The run's id; empty if the judging does not say it.
    pub run: String,
    /// The target's name.
    pub target: String,
    /// What the target is.
    pub kind: TargetKind,
    /// Faults that were laid over the mock world; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Places of observation, alphabetically.
    pub vantages: Vec<String>,
    /// When the run began, by its clock, UTC.
    pub started: Timestamp,
    /// Whether the run ended before everything planned was observed.
    pub partial: bool,
    /// Digest of the suite that judged.
    pub suite: String,
    /// The suite's release.
    pub release: String,
    /// Name of the policy that decided.
    pub policy: String,
    /// A command line that does the same again.
    pub reproduce: String,
}

/// Something a reader must know before reading on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caveat {
    /// What differs; [`Reason::Time`] for clocks and the order of the runs.
    pub about: Reason,
    /// In a sentence without full stop.
    pub words: String,
}

/// How much of two judgings can be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Common {
    /// Results of checks and comparisons that both have.
    pub both: u64,
    /// Results that only the first has.
    pub only_before: u64,
    /// Results that only the second has.
    pub only_after: u64,
}

/// What became of the verdict of one rule or check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckChange {
    /// The class.
    pub class: Change,
    /// Its id in the second judging; where it is gone, in the first.
    pub id: String,
    /// Its id in the first judging where it had another; empty elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub was: String,
    /// Whether a rule or a check.
    pub by: By,
    /// The scenario.
    pub scenario: String,
    /// One sentence: what must hold.
    pub title: String,
    /// The registry judged.
    pub registry: crate::registry::RegistryId,
    /// Values of the matrix axes, empty without a matrix.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The place of observation, in the second judging where there is one.
    pub vantage: String,
    /// How much it matters, in the second judging where there is one.
    pub level: Level,
    /// Whose doing it is.
    pub operator: Operator,
    /// Clauses.
    pub refs: Vec<String>,
    /// What it was; absent if it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<CheckState>,
    /// What it is; absent if it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<CheckState>,
    /// Whether both rest on bodies with the same octets; absent if one of them rests on none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_evidence: Option<bool>,
    /// What changed that has a part in it, and so may explain it; empty for what still fails as before.
    pub reasons: Vec<Reason>,
}

/// The verdict of a rule or check in one of the judgings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckState {
    /// What the evidence shows.
    pub outcome: Outcome,
    /// Why there is no verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// How the outcome compares with what was expected.
    pub disposition: Disposition,
    /// How much it mattered.
    pub level: Level,
    /// The waiver that matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<String>,
    /// What was wrong or why it was not judged, in words; empty for a plain pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What was expected, in words; empty where the message says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expected: String,
    /// What was seen, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seen: String,
    /// What was asked and answered, one line per exchange; empty for a plain pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// Counts over the instances of a sampled axis; empty elsewhere.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<Outcome, u64>,
    /// A command line that asks for it again.
    pub again: String,
}

/// What became of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonChange {
    /// The class.
    pub class: Change,
    /// Its id in the second judging; where it is gone, in the first.
    pub id: String,
    /// Its id in the first judging where it had another; empty elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub was: String,
    /// The scenario.
    pub scenario: String,
    /// One sentence: what should agree.
    pub title: String,
    /// The rule's word, such as `equal`.
    pub rule: String,
    /// Values of the matrix axes that were held fixed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// How much it matters, in the second judging where there is one.
    pub level: Level,
    /// Whose doing it is.
    pub operator: Operator,
    /// The unit of a parameter: quantities that are shown side by side, not compared; absent elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// What it was; absent if it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ComparisonState>,
    /// What it is; absent if it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ComparisonState>,
    /// Participants whose value is another one, alphabetically; empty where values are times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ValueChange>,
    /// What changed that has a part in it, and so may explain it; empty for what diverges as before.
    pub reasons: Vec<Reason>,
}

/// A comparison in one of the judgings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonState {
    /// Whether the set agrees.
    pub agreement: Agreement,
    /// How the agreement compares with what was expected.
    pub disposition: Disposition,
    /// How much it mattered.
    pub level: Level,
    /// The waiver that matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<String>,
    /// What differs, or why nothing was compared.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// A participant's value before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueChange {
    /// Who: a registry, a target, a vantage or the value of an axis.
    pub participant: String,
    /// What it was; absent if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Seen>,
    /// What it is; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Seen>,
}

/// A value in words, and as data where it is a quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// In words with its unit.
    pub words: String,
    /// As data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// A short digest of the whole where the words do not say all of it; empty elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
}

impl Difference {
    /// Returns what changed from one judging to another.
    pub fn of(before: &Audit, after: &Audit) -> Self {
        let renames = Renames::of(before, after);
        let ground = reasons::Ground::of(before, after, &renames);
        let mut difference = Self {
            format: FORMAT,
            before: Side::of(before),
            after: Side::of(after),
            caveats: caveats::caveats(before, after, &renames),
            common: Common::default(),
            registries: registries(before, after),
            counts: BTreeMap::new(),
            apart: BTreeMap::new(),
            checks: Vec::new(),
            comparisons: Vec::new(),
        };
        let key = pairs::check_key(before, after, &renames);
        let (then, now) = (&before.results.checks, &after.results.checks);
        for pair in paired(then, now, key) {
            difference.add_check(&ground, &pair);
        }
        let key = |comparison: &ComparisonResult, is_old: bool| {
            let id = renames.id(&comparison.id, &comparison.scenario, is_old);
            (id, comparison.parameters.clone())
        };
        let (then, now) = (&before.results.comparisons, &after.results.comparisons);
        for pair in paired(then, now, key) {
            difference.add_comparison(&ground, &pair);
        }
        let place = |change: &CheckChange| {
            let (id, scenario) = (change.id.clone(), change.scenario.clone());
            let at = (change.registry.clone(), change.vantage.clone());
            (change.class, id, scenario, at, change.parameters.clone())
        };
        difference.checks.sort_by_cached_key(place);
        let place = |c: &ComparisonChange| (c.class, c.id.clone(), c.parameters.clone());
        difference.comparisons.sort_by_cached_key(place);
        difference
    }

    /// Says whether the judgings have no result in common, so that nothing can be said of them together.
    pub const fn has_nothing_in_common(&self) -> bool {
        self.common.both == 0
    }

    /// Says whether nothing changed: what failed or diverged before does so in the same way.
    pub fn is_unchanged(&self) -> bool {
        let still =
            |class: Change, reasons: &[Reason]| class == Change::StillFailing && reasons.is_empty();
        self.checks.iter().all(|c| still(c.class, &c.reasons))
            && self.comparisons.iter().all(|c| still(c.class, &c.reasons))
    }

    /// Iterates over the changes of checks that count: of the registries' own doing, at levels that count.
    pub fn counted(&self) -> impl Iterator<Item = &CheckChange> {
        self.checks.iter().filter(|change| change.counts())
    }

    fn note(&mut self, class: Change, counts: bool, pair: (bool, bool)) {
        match pair {
            (true, true) => self.common.both += 1,
            (true, false) => self.common.only_before += 1,
            (false, _) => self.common.only_after += 1,
        }
        let tally = if counts {
            &mut self.counts
        } else {
            &mut self.apart
        };
        *tally.entry(class).or_default() += 1;
    }

    fn add_check(&mut self, ground: &reasons::Ground<'_>, pair: &Pair<'_, CheckResult>) {
        let Some(shown) = pair.after.or(pair.before) else {
            return;
        };
        let class = class_of_check(pair.before, pair.after);
        let is_withdrawn = [pair.before, pair.after]
            .into_iter()
            .flatten()
            .any(|check| check.disposition == Disposition::Withdrawn);
        let counts = shown.operator.is_registry() && shown.level.counts() && !is_withdrawn;
        self.note(class, counts, pair.is_there());
        if class == Change::Unchanged {
            return;
        }
        let same_evidence = pair.both().and_then(|(b, a)| values::same_evidence(b, a));
        let state = |check: &CheckResult, audit: &Audit| CheckState::of(check, audit);
        self.checks.push(CheckChange {
            class,
            id: shown.id.clone(),
            was: pair
                .both()
                .filter(|(before, after)| before.id != after.id)
                .map_or_else(String::new, |(before, _)| before.id.clone()),
            by: shown.by,
            scenario: shown.scenario.clone(),
            title: shown.title.clone(),
            registry: shown.registry.clone(),
            parameters: shown.parameters.clone(),
            vantage: shown.vantage.clone(),
            level: shown.level,
            operator: shown.operator,
            refs: shown.refs.clone(),
            before: pair.before.map(|check| state(check, ground.before)),
            after: pair.after.map(|check| state(check, ground.after)),
            same_evidence,
            reasons: ground.of_check(class, pair, same_evidence),
        });
    }

    fn add_comparison(&mut self, ground: &reasons::Ground<'_>, pair: &Pair<'_, ComparisonResult>) {
        let Some(shown) = pair.after.or(pair.before) else {
            return;
        };
        let between = Between::of(ground.before.run.started, ground.after.run.started);
        let changed = values::changed(pair, between);
        let class = class_of_comparison(pair, &changed);
        let is_withdrawn = [pair.before, pair.after]
            .into_iter()
            .flatten()
            .any(|comparison| comparison.disposition == Disposition::Withdrawn);
        let counts = shown.operator.is_registry() && shown.level.counts() && !is_withdrawn;
        self.note(class, counts, pair.is_there());
        if class == Change::Unchanged {
            return;
        }
        self.comparisons.push(ComparisonChange {
            class,
            id: shown.id.clone(),
            was: pair
                .both()
                .filter(|(before, after)| before.id != after.id)
                .map_or_else(String::new, |(before, _)| before.id.clone()),
            scenario: shown.scenario.clone(),
            title: shown.title.clone(),
            rule: shown.rule.clone(),
            parameters: shown.parameters.clone(),
            level: shown.level,
            operator: shown.operator,
            unit: shown.unit,
            before: pair.before.map(ComparisonState::of),
            after: pair.after.map(ComparisonState::of),
            reasons: ground.of_comparison(class, pair, &changed),
            values: changed,
        });
    }
}

impl CheckChange {
    /// Says whether it counts: of the registry's own doing, at a level that counts, and not withdrawn.
    pub fn counts(&self) -> bool {
        let states = [&self.before, &self.after];
        let mut states = states.into_iter().flatten();
        self.operator.is_registry()
            && self.level.counts()
            && states.all(|state| state.disposition != Disposition::Withdrawn)
    }

    /// Says whether something fails now that did not fail before, as far as that was known.
    pub fn is_worse(&self) -> bool {
        let failed = |state: &Option<CheckState>| {
            state
                .as_ref()
                .is_some_and(|state| state.outcome == Outcome::Fail)
        };
        failed(&self.after) && !failed(&self.before)
    }
}

impl ComparisonChange {
    /// Says whether it counts: of the registries' own doing, at a level that counts, and not withdrawn.
    pub fn counts(&self) -> bool {
        let states = [&self.before, &self.after];
        let mut states = states.into_iter().flatten();
        self.operator.is_registry()
            && self.level.counts()
            && states.all(|state| state.disposition != Disposition::Withdrawn)
    }

    /// Says whether something diverges now that did not diverge before, as far as that was known.
    pub fn is_worse(&self) -> bool {
        let diverged = |state: &Option<ComparisonState>| {
            state
                .as_ref()
                .is_some_and(|state| state.agreement == Agreement::Divergent)
        };
        self.level.can_fail() && diverged(&self.after) && !diverged(&self.before)
    }
}

impl Side {
    fn of(audit: &Audit) -> Self {
        let run = &audit.run;
        Self {
            run: audit.provenance.run.clone(),
            target: run.target.clone(),
            kind: run.kind,
            faults: run.faults.clone(),
            vantages: pairs::vantages(audit),
            started: run.started,
            partial: audit.results.partial,
            suite: audit.results.suite.clone(),
            release: audit.release.clone(),
            policy: audit.policy.clone(),
            reproduce: run.reproduce.clone(),
        }
    }
}

impl CheckState {
    fn of(check: &CheckResult, audit: &Audit) -> Self {
        Self {
            outcome: check.outcome,
            cause: check.cause,
            disposition: check.disposition,
            level: check.level,
            waiver: check.waiver.clone(),
            message: check.message.clone(),
            expected: check.expected.clone(),
            seen: check.seen.clone(),
            asked: check.asked.clone(),
            counts: check
                .sampled
                .as_ref()
                .map_or_else(BTreeMap::new, |sampled| sampled.counts.clone()),
            again: audit.run.again(check),
        }
    }
}

impl ComparisonState {
    fn of(comparison: &ComparisonResult) -> Self {
        Self {
            agreement: comparison.agreement,
            disposition: comparison.disposition,
            level: comparison.level,
            waiver: comparison.waiver.clone(),
            message: comparison.message.clone(),
        }
    }
}

/// Returns the registries of either run, alphabetically, by their newer names.
fn registries(before: &Audit, after: &Audit) -> Vec<RegistryName> {
    let all = before
        .results
        .registries
        .iter()
        .chain(&after.results.registries);
    let by_id: BTreeMap<_, _> = all.map(|registry| (&registry.id, registry)).collect();
    by_id.into_values().cloned().collect()
}
