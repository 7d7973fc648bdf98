//! The gate: whether what was found keeps a release from going out.

use super::{Mode, Terms};
use crate::judge::words::{plain, put};
use crate::scenario::suite::Policy;
use crate::verdict::results::Results;
use crate::verdict::{Agreement, Cause, Disposition, DriftClass, Level, Outcome, Weight};

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Gate {
    /// The lightest level that gates.
    #[serde(default = "must")]
    pub level: Level,
    /// Unexpected failures that gate.
    pub failed: u64,
    /// Failures whose waiver has expired.
    pub expired: u64,
    /// Waivers that match what passes.
    pub stale: u64,
    /// Whether stale waivers fail, as in an audit.
    pub stale_fails: bool,
    /// Values that are not as they were accepted, or gone.
    #[serde(default)]
    pub drifted: u64,
    /// Whether such values fail, as a policy may say.
    #[serde(default)]
    pub drift_fails: bool,
    /// Gated checks and comparisons that could not be judged.
    pub unjudged: u64,
    /// What fails or could not be judged, and was so in the run that is compared with.
    #[serde(default)]
    pub before: u64,
    /// The run that is compared with; `None` if everything that fails counts.
    #[serde(default)]
    pub against: Option<Compared>,
    /// Why somebody lets it pass all the same; `None` if nobody does.
    #[serde(default)]
    pub overridden: Option<String>,
    /// Whether the run ended before everything planned was observed.
    pub partial: bool,
    /// Whether nothing was judged at all.
    pub nothing: bool,
}

/// The run that a gate compares with, and how the two differ in what counts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Compared {
    /// The bundle's folder, as it was given.
    pub name: String,
    /// The run's id; empty if its judging does not say it.
    pub run: String,
    /// What held then and does not now.
    pub regressed: u64,
    /// What failed then and does now.
    pub still: u64,
    /// What failed then and holds now.
    pub fixed: u64,
    /// What a reader must know before comparing the two, in sentences without full stop.
    pub caveats: Vec<String>,
}

const fn must() -> Level {
    Level::Must
}

impl Default for Gate {
    /// Returns a gate at `must` that has nothing against it.
    fn default() -> Self {
        Self {
            level: Level::Must,
            failed: 0,
            expired: 0,
            stale: 0,
            stale_fails: false,
            drifted: 0,
            drift_fails: false,
            unjudged: 0,
            before: 0,
            against: None,
            overridden: None,
            partial: false,
            nothing: false,
        }
    }
}

impl Gate {
    /// Says whether something fails: exit code 1, unless somebody lets it pass.
    pub const fn has_failed(&self) -> bool {
        self.failed > 0
            || self.expired > 0
            || (self.stale_fails && self.stale > 0)
            || (self.drift_fails && self.drifted > 0)
    }

    /// Says whether the gate cannot vouch: exit code 3 if nothing fails, unless somebody lets it pass.
    pub const fn cannot_vouch(&self) -> bool {
        self.unjudged > 0 || self.partial
    }

    /// Says whether the gate is met, be it by somebody's decision.
    pub const fn is_met(&self) -> bool {
        let holds = !self.has_failed() && !self.cannot_vouch();
        (holds || self.overridden.is_some()) && !self.nothing
    }

    /// Counts what results do in the gate.
    pub fn recount(&mut self, results: &Results) {
        let checks = results.checks.iter().map(|c| (c.gate, c.disposition));
        let comparisons = results.comparisons.iter();
        let comparisons = comparisons.map(|c| (c.gate, c.disposition));
        (self.failed, self.expired, self.unjudged, self.before) = (0, 0, 0, 0);
        for (weight, disposition) in checks.chain(comparisons) {
            match weight {
                Weight::None => {}
                Weight::Fails if disposition == Disposition::ExpiredWaiver => self.expired += 1,
                Weight::Fails => self.failed += 1,
                Weight::Unjudged => self.unjudged += 1,
                Weight::Before => self.before += 1,
            }
        }
    }

    /// Returns the gate in a sentence without full stop.
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        let mut add = |number: u64, one: &str, many: &str| {
            if number > 0 {
                parts.push(format!("{number} {}", if number == 1 { one } else { many }));
            }
        };
        add(self.failed, "unexpected failure", "unexpected failures");
        add(
            self.expired,
            "failure with an expired waiver",
            "failures with an expired waiver",
        );
        if self.stale_fails {
            add(self.stale, "stale waiver", "stale waivers");
        }
        if self.drift_fails {
            add(
                self.drifted,
                "value that is not as it was accepted",
                "values that are not as they were accepted",
            );
        }
        add(
            self.unjudged,
            "gated check could not be judged",
            "gated checks could not be judged",
        );
        let reasons = parts.join(", ");
        let words = if self.nothing {
            "nothing was selected".to_owned()
        } else if self.has_failed() {
            format!("gate not met: {reasons}")
        } else if self.unjudged > 0 {
            format!("gate cannot vouch: {reasons}")
        } else if self.partial {
            "gate cannot vouch: the run is partial".to_owned()
        } else {
            "gate met".to_owned()
        };
        self.beside(words)
    }

    /// Adds what was there before, and who lets it pass.
    fn beside(&self, mut words: String) -> String {
        if let Some(against) = &self.against {
            let was = if self.before == 1 { "was" } else { "were" };
            put!(
                words,
                "; {} {was} there before, in {}",
                self.before,
                plain(&against.name)
            );
        }
        match &self.overridden {
            Some(reason) if self.has_failed() || self.cannot_vouch() => {
                format!("gate overridden: {} ({words})", plain(reason))
            }
            Some(_) | None => words,
        }
    }
}

/// Says whether a level gates under a policy.
fn gates(policy: &Policy, level: Level) -> bool {
    level.counts() && level <= policy.gate
}

/// Weighs decided results, and says what the gate makes of them.
pub fn gate(results: &mut Results, terms: &Terms<'_>) -> Gate {
    for check in &mut results.checks {
        let is_unjudged = match check.outcome {
            Outcome::Error => true,
            Outcome::Inconclusive => check.cause != Some(Cause::NeedsHistory),
            Outcome::Fail | Outcome::Pass | Outcome::Skipped | Outcome::NotApplicable => false,
        };
        check.gate = if check.operator.is_registry() {
            weigh(terms.policy, check.disposition, check.level, is_unjudged)
        } else {
            Weight::None
        };
    }
    for comparison in &mut results.comparisons {
        let is_unjudged = comparison.agreement == Agreement::NotComparable;
        comparison.gate = if comparison.operator.is_registry() {
            weigh(
                terms.policy,
                comparison.disposition,
                comparison.level,
                is_unjudged,
            )
        } else {
            Weight::None
        };
    }
    let mut gate = Gate {
        level: terms.policy.gate,
        stale: stale(results),
        stale_fails: terms.mode == Mode::Audit,
        drift_fails: terms.policy.drift_fails,
        drifted: drifted(results),
        partial: results.partial,
        nothing: results.checks.is_empty() && results.comparisons.is_empty(),
        ..Gate::default()
    };
    gate.recount(results);
    gate
}

/// Weighs one result of a registry's own doing.
fn weigh(policy: &Policy, disposition: Disposition, level: Level, is_unjudged: bool) -> Weight {
    let gated = gates(policy, level);
    match disposition {
        Disposition::Unexpected if gated => Weight::Fails,
        Disposition::Flaky if gated && policy.flaky_fails => Weight::Fails,
        // Whoever promised a date is held to it at every level.
        Disposition::ExpiredWaiver => Weight::Fails,
        Disposition::Withdrawn => Weight::None,
        Disposition::Unexpected
        | Disposition::Flaky
        | Disposition::Expected
        | Disposition::Known
        | Disposition::StaleWaiver
        | Disposition::Unconfirmed
        | Disposition::Provisional => {
            if gated && is_unjudged {
                Weight::Unjudged
            } else {
                Weight::None
            }
        }
    }
}

/// Counts what passes although it is waived, of the registries' own doing.
fn stale(results: &Results) -> u64 {
    let is_stale = |disposition| disposition == Disposition::StaleWaiver;
    let checks = results.checks.iter();
    let checks = checks.filter(|c| c.operator.is_registry() && is_stale(c.disposition));
    let comparisons = results.comparisons.iter();
    let comparisons = comparisons.filter(|c| c.operator.is_registry() && is_stale(c.disposition));
    u64::try_from(checks.count() + comparisons.count()).unwrap_or(u64::MAX)
}

/// Counts the values that are not as they were accepted, or gone.
fn drifted(results: &Results) -> u64 {
    let apart = results.drifts.iter().filter(|drift| match drift.change {
        DriftClass::Changed | DriftClass::Gone => true,
        DriftClass::Unchanged | DriftClass::New => false,
    });
    u64::try_from(apart.count()).unwrap_or(u64::MAX)
}
