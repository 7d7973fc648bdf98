//! What became of each id from run to run: each run beside the one before it, and what that says of one id.

use std::collections::BTreeMap;

use super::audience::Audience;
use super::model::Site;
use crate::audit::difference::{CheckChange, ComparisonChange, Difference};
use crate::verdict::{Change, Disposition};

/// All differences of a site, oldest first, and where in them each id stands.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// What each run but the first brought; the first of them is the second run's.
    differences: Vec<Difference>,
    /// Places of changes by id: of the difference, then within it.
    checks: BTreeMap<String, Vec<(usize, usize)>>,
    /// The same of comparisons.
    comparisons: BTreeMap<String, Vec<(usize, usize)>>,
}

impl Past {
    /// Looks at each run beside the one before it.
    pub(super) fn of(site: &Site<'_>) -> Self {
        let pairs = site.runs.iter().zip(site.runs.iter().skip(1));
        let mut past = Self::default();
        for (number, (before, after)) in pairs.enumerate() {
            let mut difference = Difference::of(before.audit, after.audit);
            if site.about.audience == Audience::Public {
                difference.checks.retain(is_settled);
            }
            for (place, change) in difference.checks.iter().enumerate() {
                if is_turn(change.class) {
                    let places = past.checks.entry(change.id.clone()).or_default();
                    places.push((number, place));
                }
            }
            for (place, change) in difference.comparisons.iter().enumerate() {
                let places = past.comparisons.entry(change.id.clone()).or_default();
                places.push((number, place));
            }
            past.differences.push(difference);
        }
        past
    }

    /// Returns what a run brought; `None` for the first run.
    pub(super) fn brought(&self, run: usize) -> Option<&Difference> {
        self.differences.get(run.checked_sub(1)?)
    }

    /// Returns what became of a check or rule, newest first, each with the number of its run.
    pub(super) fn of_check(&self, id: &str) -> Vec<(usize, &CheckChange)> {
        let places = self.checks.get(id).into_iter().flatten().rev();
        places
            .filter_map(|(number, place)| {
                let difference = self.differences.get(*number)?;
                Some((number + 1, difference.checks.get(*place)?))
            })
            .collect()
    }

    /// Returns what became of a comparison, newest first, each with the number of its run.
    pub(super) fn of_comparison(&self, id: &str) -> Vec<(usize, &ComparisonChange)> {
        let places = self.comparisons.get(id).into_iter().flatten().rev();
        places
            .filter_map(|(number, place)| {
                let difference = self.differences.get(*number)?;
                Some((number + 1, difference.comparisons.get(*place)?))
            })
            .collect()
    }
}

/// Says whether a class is a change of the verdict; what still fails or saw something else is none.
pub(super) const fn is_turn(class: Change) -> bool {
    match class {
        Change::Regressed
        | Change::NowUnjudgeable
        | Change::New
        | Change::Gone
        | Change::NowJudged
        | Change::NowApplies
        | Change::NoLongerApplies
        | Change::Fixed => true,
        Change::StillFailing | Change::ChangedValue | Change::Unchanged => false,
    }
}

/// Says whether a change may be told to everybody: what was seen once or is taken back is not.
fn is_settled(change: &CheckChange) -> bool {
    let is_open = |disposition: Disposition| match disposition {
        Disposition::Unconfirmed
        | Disposition::Provisional
        | Disposition::Flaky
        | Disposition::Withdrawn => true,
        Disposition::Expected
        | Disposition::Unexpected
        | Disposition::Known
        | Disposition::StaleWaiver
        | Disposition::ExpiredWaiver => false,
    };
    let states = [&change.before, &change.after];
    !states
        .into_iter()
        .flatten()
        .any(|state| is_open(state.disposition))
}
