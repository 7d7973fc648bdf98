//! The gate: whether what was found keeps a release from going out.

use super::{Mode, Terms};
use crate::scenario::suite::Policy;
use crate::verdict::results::Results;
use crate::verdict::{Agreement, Cause, Disposition, DriftClass, Level, Outcome};

/// What the gate says.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Gate {
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
    /// Whether the run ended before everything planned was observed.
    pub partial: bool,
    /// Whether nothing was judged at all.
    pub nothing: bool,
}

impl Gate {
    /// Says whether something fails: exit code 1.
    pub const fn has_failed(&self) -> bool {
        self.failed > 0
            || self.expired > 0
            || (self.stale_fails && self.stale > 0)
            || (self.drift_fails && self.drifted > 0)
    }

    /// Says whether the gate cannot vouch: exit code 3 if nothing fails.
    pub const fn cannot_vouch(&self) -> bool {
        self.unjudged > 0 || self.partial
    }

    /// Says whether the gate is met.
    pub const fn is_met(&self) -> bool {
        !self.has_failed() && !self.cannot_vouch() && !self.nothing
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
        if self.nothing {
            "nothing was selected".to_owned()
        } else if self.has_failed() {
            format!("gate not met: {reasons}")
        } else if self.unjudged > 0 {
            format!("gate cannot vouch: {reasons}")
        } else if self.partial {
            "gate cannot vouch: the run is partial".to_owned()
        } else {
            "gate met".to_owned()
        }
    }
}

/// Says whether a level gates under a policy.
fn gates(policy: &Policy, level: Level) -> bool {
    level.counts() && level <= policy.gate
}

/// Asks the gate about decided results.
pub fn gate(results: &Results, terms: &Terms<'_>) -> Gate {
    let mut gate = Gate {
        stale_fails: terms.mode == Mode::Audit,
        drift_fails: terms.policy.drift_fails,
        drifted: drifted(results),
        partial: results.partial,
        nothing: results.checks.is_empty() && results.comparisons.is_empty(),
        ..Gate::default()
    };
    let holds = |disposition| disposition != Disposition::Withdrawn;
    for check in results
        .checks
        .iter()
        .filter(|c| c.operator.is_registry() && holds(c.disposition))
    {
        let gated = gates(terms.policy, check.level);
        let is_unjudged = match check.outcome {
            Outcome::Error => true,
            Outcome::Inconclusive => check.cause != Some(Cause::NeedsHistory),
            Outcome::Fail | Outcome::Pass | Outcome::Skipped | Outcome::NotApplicable => false,
        };
        count(
            &mut gate,
            check.disposition,
            gated,
            terms.policy.flaky_fails,
        );
        gate.unjudged += u64::from(gated && is_unjudged);
    }
    for comparison in results
        .comparisons
        .iter()
        .filter(|c| c.operator.is_registry() && holds(c.disposition))
    {
        let gated = gates(terms.policy, comparison.level);
        count(
            &mut gate,
            comparison.disposition,
            gated,
            terms.policy.flaky_fails,
        );
        gate.unjudged += u64::from(gated && comparison.agreement == Agreement::NotComparable);
    }
    gate
}

fn count(gate: &mut Gate, disposition: Disposition, gated: bool, flaky_fails: bool) {
    match disposition {
        Disposition::Unexpected => gate.failed += u64::from(gated),
        Disposition::Flaky => gate.failed += u64::from(gated && flaky_fails),
        // Whoever promised a date is held to it at every level.
        Disposition::ExpiredWaiver => gate.expired += 1,
        Disposition::StaleWaiver => gate.stale += 1,
        Disposition::Expected
        | Disposition::Known
        | Disposition::Unconfirmed
        | Disposition::Provisional
        | Disposition::Withdrawn => {}
    }
}

/// Counts the values that are not as they were accepted, or gone.
fn drifted(results: &Results) -> u64 {
    let apart = results.drifts.iter().filter(|drift| match drift.change {
        DriftClass::Changed | DriftClass::Gone => true,
        DriftClass::Unchanged | DriftClass::New => false,
    });
    u64::try_from(apart.count()).unwrap_or(u64::MAX)
}
