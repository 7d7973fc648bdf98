//! Embargo: what is not public yet, by what each registry agreed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::audit::Audit;
use crate::fact::Key;
use crate::registry::RegistryId;
use crate::report::site::Audience;
use crate::scenario::suite::Suite;
use crate::verdict::Agreement;
use crate::verdict::results::ComparisonResult;

/// Returns the registries whose results of a run are not public yet at a time, with the time from which they are.
///
/// Only the public waits: engineers of registries read what was found to mend it.
pub fn embargoed(
    audit: &Audit,
    suite: &Suite,
    audience: &Audience,
    at: Timestamp,
) -> BTreeMap<RegistryId, Timestamp> {
    if *audience != Audience::Public {
        return BTreeMap::new();
    }
    let all = audit.results.registries.iter().filter_map(|registry| {
        let known = suite.registries.of(registry.id.as_str())?;
        let until = audit
            .run
            .started
            .checked_add(known.publication.embargo?)
            .ok()?;
        (at < until).then(|| (registry.id.clone(), until))
    });
    all.collect()
}

/// Takes out of an audit all that is about some registries.
///
/// A comparison that is not consistent is taken out whole if one of them takes part: who differs
/// from the others could be told from what is left.
pub fn withhold(audit: &mut Audit, registries: &BTreeMap<RegistryId, Timestamp>) {
    if registries.is_empty() {
        return;
    }
    let ids: BTreeSet<&str> = registries.keys().map(RegistryId::as_str).collect();
    let is_held = |id: &str| ids.contains(id);
    let results = &mut audit.results;
    results
        .checks
        .retain(|check| !is_held(check.registry.as_str()));
    results
        .expiries
        .retain(|expiry| !is_held(expiry.registry.as_str()));
    results.comparisons.retain(|comparison| {
        let takes_part = comparison
            .roles
            .keys()
            .any(|participant| is_held(participant))
            || comparison
                .parameters
                .get("registry")
                .is_some_and(|id| is_held(id));
        let is_within = comparison.parameters.contains_key("registry");
        !takes_part
            || (comparison.agreement == Agreement::Consistent && !is_within)
            || comparison.is_parameter()
    });
    results
        .drifts
        .retain(|drift| !is_held(drift.registry.as_str()));
    for check in &mut results.checks {
        check.observations.retain(|key| !is_about(key, &is_held));
    }
    for comparison in &mut results.comparisons {
        without(comparison, &is_held);
    }
    for list in &mut results.checklists {
        for row in &mut list.rows {
            row.cells.retain(|registry, _| !is_held(registry));
        }
    }
    audit
        .remarks
        .retain(|state| !is_held(state.remark.registry.as_str()));
    results.summary = crate::decide::summarize(results);
}

/// Takes the part of some registries out of a comparison.
fn without(comparison: &mut ComparisonResult, is_held: &impl Fn(&str) -> bool) {
    for group in &mut comparison.groups {
        group.members.retain(|member| !is_held(member));
    }
    comparison.groups.retain(|group| !group.members.is_empty());
    comparison
        .declared
        .retain(|participant, _| !is_held(participant));
    comparison
        .marks
        .retain(|participant, _| !is_held(participant));
    comparison
        .absent
        .retain(|participant, _| !is_held(participant));
    comparison
        .roles
        .retain(|participant, _| !is_held(participant));
    comparison
        .observations
        .retain(|key| !is_about(key, is_held));
}

/// Says whether the key of an observation names one of some registries.
fn is_about(key: &str, is_held: &impl Fn(&str) -> bool) -> bool {
    Key::registries(key).any(is_held)
}
