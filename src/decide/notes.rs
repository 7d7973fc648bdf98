//! Remarks and errata: what people say about verdicts, put beside them.

use std::collections::BTreeSet;

use super::{Terms, summarize};
use crate::scenario::glob;
use crate::scenario::model::TargetKind;
use crate::scenario::suite::{Correction, NoteMatch, RegistryRemark};
use crate::verdict::note::Remark;
use crate::verdict::results::{CheckResult, ComparisonResult, Results};
use crate::verdict::{Agreement, Disposition, Outcome, Role};

/// Puts remarks beside failures and divergences of the registries that made them.
pub(super) fn remark(results: &mut Results, terms: &Terms<'_>) {
    let target = &results.target;
    let is_about = |keys: &NoteMatch| {
        if keys.target.is_empty() {
            terms.kind == TargetKind::Live
        } else {
            keys.target == *target
        }
    };
    let all: Vec<&RegistryRemark> = terms
        .remarks
        .iter()
        .filter(|line| is_about(&line.matches))
        .collect();
    if all.is_empty() {
        return;
    }
    for check in &mut results.checks {
        if check.outcome == Outcome::Fail {
            let own = all.iter().filter(|line| is_on_check(&line.matches, check));
            check.remarks = own.map(|line| line.remark.clone()).collect();
        }
    }
    for comparison in &mut results.comparisons {
        if comparison.agreement == Agreement::Divergent {
            let own = all.iter();
            let own = own.filter(|line| is_on_comparison(&line.matches, comparison));
            comparison.remarks = own.map(|line| line.remark.clone()).collect();
        }
    }
}

fn is_on_check(keys: &NoteMatch, check: &CheckResult) -> bool {
    let has = |text: &str| text.contains(&keys.contains);
    keys.registries.contains(&check.registry)
        && is_on_id(keys, &check.id, &check.parameters)
        && (has(&check.message)
            || has(&check.seen)
            || check
                .locations
                .iter()
                .any(|place| has(&place.pointer) || has(&place.message)))
}

fn is_on_comparison(keys: &NoteMatch, comparison: &ComparisonResult) -> bool {
    let has = |text: &str| text.contains(&keys.contains);
    let takes_part = |role: &Role| match role {
        Role::Agrees | Role::Outlier | Role::Differs | Role::Absent => true,
        Role::Excluded => false,
    };
    let is_of = |registry: &str| {
        comparison.roles.get(registry).is_some_and(takes_part)
            || comparison.parameters.get("registry").map(String::as_str) == Some(registry)
    };
    keys.registries.iter().any(|id| is_of(id.as_str()))
        && is_on_id(keys, &comparison.id, &comparison.parameters)
        && (has(&comparison.message) || comparison.groups.iter().any(|g| has(&g.value)))
}

fn is_on_id(
    keys: &NoteMatch,
    id: &str,
    parameters: &std::collections::BTreeMap<String, String>,
) -> bool {
    glob::matches(&keys.check, id)
        && keys
            .parameters
            .iter()
            .all(|(axis, value)| parameters.get(axis) == Some(value))
}

/// Marks the verdicts of a run that errata take back, and counts anew.
///
/// It is for results as they were decided, however long ago: outcomes and what was seen stay, so
/// that a withdrawn verdict is still visible with the reason beside it.
pub fn withdraw(results: &mut Results, run: &str, errata: &[Correction]) {
    if mark(results, run, errata) {
        results.summary = summarize(results);
    }
}

/// Marks withdrawn verdicts; says whether there were any.
pub(super) fn mark(results: &mut Results, run: &str, errata: &[Correction]) -> bool {
    let own: Vec<&Correction> = errata
        .iter()
        .filter(|erratum| erratum.runs.iter().any(|id| id == run))
        .collect();
    if own.is_empty() {
        return false;
    }
    let mut marked = false;
    for check in &mut results.checks {
        let wrong = own.iter().find(|one| {
            let keys = &one.matches;
            (keys.registries.is_empty() || keys.registries.contains(&check.registry))
                && is_on_id(keys, &check.id, &check.parameters)
        });
        if let Some(wrong) = wrong {
            check.disposition = Disposition::Withdrawn;
            check.waiver = None;
            check.erratum = Some(wrong.erratum.clone());
            marked = true;
        }
    }
    for comparison in &mut results.comparisons {
        let wrong = own.iter().find(|one| {
            let keys = &one.matches;
            (keys.registries.is_empty()
                || keys.registries.iter().any(|id| {
                    comparison.roles.contains_key(id.as_str())
                        || comparison.parameters.get("registry").map(String::as_str)
                            == Some(id.as_str())
                }))
                && is_on_id(keys, &comparison.id, &comparison.parameters)
        });
        if let Some(wrong) = wrong {
            comparison.disposition = Disposition::Withdrawn;
            comparison.waiver = None;
            comparison.erratum = Some(wrong.erratum.clone());
            marked = true;
        }
    }
    marked
}

/// What became of one remark in one judging.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RemarkState {
    /// The remark.
    pub remark: Remark,
    /// Findings that it stands beside.
    pub findings: u64,
    /// Whether the day for which a remedy was planned has passed.
    pub overdue: bool,
}

/// Says what became of each remark on the results' target, in the order of files and lines.
pub fn remark_states(results: &Results, terms: &Terms<'_>) -> Vec<RemarkState> {
    let today = terms.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut seen = BTreeSet::new();
    let states = terms.remarks.iter().filter(|line| {
        let target = &line.matches.target;
        let is_own = if target.is_empty() {
            terms.kind == TargetKind::Live
        } else {
            *target == results.target
        };
        is_own && seen.insert(&line.remark.id)
    });
    states
        .map(|line| {
            let id = &line.remark.id;
            let beside = |remarks: &[Remark]| remarks.iter().any(|remark| remark.id == *id);
            let checks = results.checks.iter().filter(|c| beside(&c.remarks)).count();
            let comparisons = results.comparisons.iter();
            let comparisons = comparisons.filter(|c| beside(&c.remarks)).count();
            RemarkState {
                findings: u64::try_from(checks + comparisons).unwrap_or(u64::MAX),
                overdue: line.remark.planned.is_some_and(|day| day < today),
                remark: line.remark.clone(),
            }
        })
        .collect()
}
