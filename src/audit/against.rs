//! A gate against an earlier judging: only what got worse fails.

use std::collections::BTreeMap;

use super::Audit;
use super::difference::{CheckChange, CheckState, ComparisonChange, Difference};
use crate::decide::Compared;
use crate::verdict::results::{CheckResult, ComparisonResult};
use crate::verdict::{Change, Outcome, Role, Weight};

/// Takes out of the gate of an audit what an earlier judging already had, and says how many that are.
///
/// A failure that is new, or of which nobody knew before, still fails: only what failed then is no
/// news. A check of samples fails if a larger share of them fails, a comparison if somebody more
/// stands apart.
pub fn against(audit: &mut Audit, before: &Audit, name: &str) {
    let difference = Difference::of(before, audit);
    let checks: BTreeMap<Key<'_>, &CheckChange> = difference
        .checks
        .iter()
        .map(|change| (key_of_change(change), change))
        .collect();
    let comparisons: BTreeMap<(&str, &BTreeMap<String, String>), &ComparisonChange> = difference
        .comparisons
        .iter()
        .map(|change| ((change.id.as_str(), &change.parameters), change))
        .collect();
    let apart_before: BTreeMap<(&str, &BTreeMap<String, String>), Vec<&str>> = before
        .results
        .comparisons
        .iter()
        .map(|c| ((c.id.as_str(), &c.parameters), apart(c)))
        .collect();
    for check in &mut audit.results.checks {
        let change = checks.get(&key_of(check)).copied();
        if is_no_news(check.gate, change.map(|c| c.class)) && !has_grown(change) {
            check.gate = Weight::Before;
        }
    }
    for comparison in &mut audit.results.comparisons {
        let change = comparisons
            .get(&(comparison.id.as_str(), &comparison.parameters))
            .copied();
        let was = change.map_or(comparison.id.as_str(), |c| {
            if c.was.is_empty() { &c.id } else { &c.was }
        });
        let then = apart_before.get(&(was, &comparison.parameters));
        let then = then.map(Vec::as_slice).unwrap_or_default();
        let more = apart(comparison).iter().any(|who| !then.contains(who));
        if is_no_news(comparison.gate, change.map(|c| c.class)) && !more {
            comparison.gate = Weight::Before;
        }
    }
    audit.gate.recount(&audit.results);
    let of = |class: Change| difference.counts.get(&class).copied().unwrap_or_default();
    audit.gate.against = Some(Compared {
        name: name.to_owned(),
        run: difference.before.run.clone(),
        regressed: of(Change::Regressed),
        still: of(Change::StillFailing),
        fixed: of(Change::Fixed),
        caveats: difference.caveats.iter().map(|c| c.words.clone()).collect(),
    });
}

/// What tells results apart: id, scenario, registry, place of observation, parameters, operator.
type Key<'a> = (
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a BTreeMap<String, String>,
    &'static str,
);

fn key_of(check: &CheckResult) -> Key<'_> {
    (
        &check.id,
        &check.scenario,
        check.registry.as_str(),
        &check.vantage,
        &check.parameters,
        check.operator.as_str(),
    )
}

fn key_of_change(change: &CheckChange) -> Key<'_> {
    (
        &change.id,
        &change.scenario,
        change.registry.as_str(),
        &change.vantage,
        &change.parameters,
        change.operator.as_str(),
    )
}

/// Says whether what weighs in the gate did so before; no change at all is none.
const fn is_no_news(weight: Weight, class: Option<Change>) -> bool {
    match weight {
        Weight::Fails => matches!(class, Some(Change::StillFailing)),
        Weight::Unjudged => matches!(class, None | Some(Change::Unchanged | Change::ChangedValue)),
        Weight::None | Weight::Before => false,
    }
}

/// Says whether a larger share of samples fails than before.
fn has_grown(change: Option<&CheckChange>) -> bool {
    let failing = |state: &Option<CheckState>| {
        let counts = &state.as_ref()?.counts;
        let all: u64 = counts.values().sum();
        let failed = counts.get(&Outcome::Fail).copied().unwrap_or_default();
        (all > 0).then_some((u128::from(failed), u128::from(all)))
    };
    let Some(change) = change else { return false };
    match (failing(&change.before), failing(&change.after)) {
        // Shares are compared as fractions, without rounding.
        (Some((failed, all)), Some((fails, of))) => fails * all > failed * of,
        (None, _) | (_, None) => false,
    }
}

/// Returns who stands apart.
fn apart(comparison: &ComparisonResult) -> Vec<&str> {
    let is_apart = |role: &Role| match role {
        Role::Outlier | Role::Differs => true,
        Role::Agrees | Role::Absent | Role::Excluded => false,
    };
    let roles = comparison.roles.iter();
    roles
        .filter(|(_, role)| is_apart(role))
        .map(|(who, _)| who.as_str())
        .collect()
}
