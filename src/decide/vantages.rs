//! Several places of observation: where they agree a verdict is confirmed, where they do not there is none.

use std::collections::{BTreeMap, BTreeSet};

use super::{OwnIdentity, identity};
use crate::verdict::results::{CheckResult, ComparisonResult, Results};
use crate::verdict::{Agreement, Cause, Outcome};

/// The parameter that says where a comparison was seen from, if there are several places.
const VANTAGE: &str = "vantage";

/// What several places of observation say alike.
#[derive(Debug, Default)]
pub(super) struct Confirmed {
    checks: BTreeSet<OwnIdentity>,
    comparisons: BTreeSet<(String, BTreeMap<String, String>)>,
}

impl Confirmed {
    /// Says whether a failure was seen from two places.
    pub(super) fn failed(&self, check: &CheckResult) -> bool {
        self.checks.contains(&identity(check))
    }

    /// Says whether a divergence was seen from two places.
    pub(super) fn diverged(&self, comparison: &ComparisonResult) -> bool {
        let parameters = without_vantage(&comparison.parameters);
        self.comparisons
            .contains(&(comparison.id.clone(), parameters))
    }
}

/// Makes one verdict of those of several places; results of one place stay as they are.
pub(super) fn settle(results: &mut Results) -> Confirmed {
    let places: BTreeSet<String> = results.checks.iter().map(|c| c.vantage.clone()).collect();
    let named = results.comparisons.iter();
    let compared: BTreeSet<&String> = named.filter_map(|c| c.parameters.get(VANTAGE)).collect();
    let mut confirmed = Confirmed::default();
    if places.len() > 1 {
        let checks = std::mem::take(&mut results.checks);
        results.checks = settle_checks(checks, &mut confirmed);
    }
    // Comparisons of one place have no such parameter, unless an axis has that name.
    if compared.len() > 1 && compared.iter().all(|place| places.contains(*place)) {
        let comparisons = std::mem::take(&mut results.comparisons);
        results.comparisons = settle_comparisons(comparisons, &mut confirmed);
    }
    confirmed
}

fn settle_checks(checks: Vec<CheckResult>, confirmed: &mut Confirmed) -> Vec<CheckResult> {
    let mut groups: BTreeMap<_, Vec<CheckResult>> = BTreeMap::new();
    for check in checks {
        let own = (identity(&check), check.operator);
        groups.entry(own).or_default().push(check);
    }
    let settled = groups.into_values().filter_map(|group| {
        let failed = group.iter().filter(|c| c.outcome == Outcome::Fail);
        if failed.count() > 1
            && let Some(first) = group.first()
        {
            confirmed.checks.insert(identity(first));
        }
        one_of(group)
    });
    settled.collect()
}

/// Makes one verdict of those of all places on one thing; `None` of none.
fn one_of(mut group: Vec<CheckResult>) -> Option<CheckResult> {
    if group.len() < 2 {
        return group.pop();
    }
    let vantages: BTreeMap<String, Outcome> = group
        .iter()
        .map(|check| (check.vantage.clone(), check.outcome))
        .collect();
    let has = |outcome: Outcome| vantages.values().any(|own| *own == outcome);
    let disagree = has(Outcome::Fail) && has(Outcome::Pass);
    // What was judged says more than what was not, and a failure more than a pass.
    group.sort_by_key(|check| match check.outcome {
        Outcome::Fail => 0,
        Outcome::Pass => 1,
        Outcome::Error => 2,
        Outcome::Inconclusive => 3,
        Outcome::Skipped => 4,
        Outcome::NotApplicable => 5,
    });
    let mut others = group.into_iter();
    let mut one = others.next()?;
    let alike = |outcome: Outcome| {
        let own = vantages.iter().filter(|(_, own)| **own == outcome);
        own.map(|(place, _)| place.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    if disagree {
        let said = std::mem::take(&mut one.message);
        let (passes, fails) = (alike(Outcome::Pass), alike(Outcome::Fail));
        one.message = format!("passes from {passes}, fails from {fails}: {said}");
        one.outcome = Outcome::Inconclusive;
        one.cause = Some(Cause::VantagesDisagree);
        one.vantage = vantages.keys().cloned().collect::<Vec<_>>().join(", ");
    } else {
        one.vantage = alike(one.outcome);
    }
    for other in others {
        one.flaky |= other.flaky;
        one.volatile |= other.volatile;
        add(&mut one.observations, other.observations);
        add(&mut one.evidence, other.evidence);
        add(&mut one.asked, other.asked);
    }
    one.vantages = vantages;
    Some(one)
}

fn add(to: &mut Vec<String>, more: Vec<String>) {
    for text in more {
        if !to.contains(&text) {
            to.push(text);
        }
    }
}

fn settle_comparisons(
    comparisons: Vec<ComparisonResult>,
    confirmed: &mut Confirmed,
) -> Vec<ComparisonResult> {
    let mut groups: BTreeMap<_, Vec<ComparisonResult>> = BTreeMap::new();
    for comparison in comparisons {
        let own = (
            comparison.id.clone(),
            without_vantage(&comparison.parameters),
        );
        groups.entry(own).or_default().push(comparison);
    }
    let mut settled = Vec::new();
    for (own, mut group) in groups {
        let vantages: BTreeMap<String, Agreement> = group
            .iter()
            .filter_map(|c| Some((c.parameters.get(VANTAGE)?.clone(), c.agreement)))
            .collect();
        let number = |agreement: Agreement| vantages.values().filter(|a| **a == agreement).count();
        let (divergent, consistent) = (number(Agreement::Divergent), number(Agreement::Consistent));
        if divergent > 1 && consistent == 0 {
            confirmed.comparisons.insert(own);
        }
        if divergent > 0 && consistent > 0 {
            // The divergence is shown, and says nothing of the set.
            let is_divergent = |c: &ComparisonResult| c.agreement == Agreement::Divergent;
            let place = group.iter().position(is_divergent).unwrap_or_default();
            let mut one = group.swap_remove(place);
            let alike = |agreement: Agreement| {
                let own = vantages.iter().filter(|(_, own)| **own == agreement);
                own.map(|(place, _)| place.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            one.message = format!(
                "consistent from {}, divergent from {}",
                alike(Agreement::Consistent),
                alike(Agreement::Divergent)
            );
            one.agreement = Agreement::NotComparable;
            one.attributed = false;
            one.parameters.remove(VANTAGE);
            one.vantages = vantages;
            settled.push(one);
            continue;
        }
        let same = |pair: &[ComparisonResult]| match pair {
            [a, b] => a.agreement == b.agreement && a.groups == b.groups,
            [] | [_] | [_, _, ..] => true,
        };
        if vantages.len() > 1 && group.windows(2).all(same) {
            group.truncate(1);
            for one in &mut group {
                one.parameters.remove(VANTAGE);
                one.vantages.clone_from(&vantages);
            }
        }
        // Values that differ from place to place stand beside each other.
        settled.append(&mut group);
    }
    settled
}

fn without_vantage(parameters: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut parameters = parameters.clone();
    parameters.remove(VANTAGE);
    parameters
}
