//! What became of one result: its class, from the verdicts before and after.

use super::pairs::Pair;
use super::{ValueChange, values};
use crate::verdict::results::{CheckResult, ComparisonResult};
use crate::verdict::{Agreement, Change, Outcome};

/// What a verdict comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    Broken,
    /// Nobody can say.
    Open,
    /// The question does not arise.
    NotAsked,
}

const fn of_outcome(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Pass => Verdict::Holds,
        Outcome::Fail => Verdict::Broken,
        Outcome::Error | Outcome::Inconclusive | Outcome::Skipped => Verdict::Open,
        Outcome::NotApplicable => Verdict::NotAsked,
    }
}

const fn of_agreement(agreement: Agreement) -> Verdict {
    match agreement {
        Agreement::Consistent => Verdict::Holds,
        Agreement::Divergent => Verdict::Broken,
        Agreement::Insufficient | Agreement::NotComparable => Verdict::Open,
    }
}

/// Returns the class of two verdicts of one thing; `is_same` says whether all that was seen is the same.
fn class(before: Verdict, after: Verdict, is_same: bool) -> Change {
    use Verdict::{Broken, Holds, NotAsked, Open};
    match (before, after) {
        (Holds, Broken) => Change::Regressed,
        (Broken, Holds) => Change::Fixed,
        (Broken, Broken) => Change::StillFailing,
        (Holds | Broken | NotAsked, Open) => Change::NowUnjudgeable,
        (Open, Holds | Broken) => Change::NowJudged,
        (NotAsked, Holds | Broken) => Change::NowApplies,
        (Holds | Broken | Open, NotAsked) => Change::NoLongerApplies,
        (Holds, Holds) | (Open, Open) | (NotAsked, NotAsked) if is_same => Change::Unchanged,
        (Holds, Holds) | (Open, Open) | (NotAsked, NotAsked) => Change::ChangedValue,
    }
}

/// Returns what became of a verdict; both absent is unchanged.
pub fn class_of_check(before: Option<&CheckResult>, after: Option<&CheckResult>) -> Change {
    match (before, after) {
        (None, None) => Change::Unchanged,
        (None, Some(_)) => Change::New,
        (Some(_), None) => Change::Gone,
        (Some(before), Some(after)) => class(
            of_outcome(before.outcome),
            of_outcome(after.outcome),
            values::is_same_check(before, after),
        ),
    }
}

/// Returns what became of a comparison; both absent is unchanged.
///
/// At a level that cannot fail nobody is right: a divergence that comes or goes is a changed value.
pub(super) fn class_of_comparison(
    pair: &Pair<'_, ComparisonResult>,
    changed: &[ValueChange],
) -> Change {
    let (before, after) = match (pair.before, pair.after) {
        (None, None) => return Change::Unchanged,
        (None, Some(_)) => return Change::New,
        (Some(_), None) => return Change::Gone,
        (Some(before), Some(after)) => (before, after),
    };
    let is_same = before.agreement == after.agreement && changed.is_empty();
    let verdicts = (
        of_agreement(before.agreement),
        of_agreement(after.agreement),
    );
    let class = class(verdicts.0, verdicts.1, is_same);
    let is_a_verdict = matches!(
        class,
        Change::Regressed | Change::Fixed | Change::StillFailing
    );
    if after.level.can_fail() || !is_a_verdict {
        class
    } else if is_same {
        Change::Unchanged
    } else {
        Change::ChangedValue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_outcomes_has_its_class() {
        use Outcome::{Error, Fail, Inconclusive, NotApplicable, Pass, Skipped};
        for (before, after, expected) in [
            (Pass, Fail, "regressed"),
            (Fail, Pass, "fixed"),
            (Fail, Fail, "still-failing"),
            (Pass, Inconclusive, "now-unjudgeable"),
            (Fail, Error, "now-unjudgeable"),
            (NotApplicable, Skipped, "now-unjudgeable"),
            (Inconclusive, Pass, "now-judged"),
            (Error, Fail, "now-judged"),
            (NotApplicable, Fail, "now-applies"),
            (Pass, NotApplicable, "no-longer-applies"),
            (Skipped, NotApplicable, "no-longer-applies"),
            (Pass, Pass, "unchanged"),
            (Skipped, Inconclusive, "unchanged"),
            (NotApplicable, NotApplicable, "unchanged"),
        ] {
            let seen = class(of_outcome(before), of_outcome(after), true);
            assert_eq!(seen.as_str(), expected, "{before} to {after}");
        }
        let changed = class(Verdict::Holds, Verdict::Holds, false);
        assert_eq!(changed, Change::ChangedValue);
    }
}
