//! Waivers: which failure is known, and which waiver has outlived its failure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Mode, Terms};
use crate::scenario::glob;
use crate::scenario::model::Registry;
use crate::scenario::suite::{Waiver, WaiverScope};
use crate::verdict::results::{CheckResult, ComparisonResult, Results};
use crate::verdict::{Disposition, Outcome};

/// Where a waiver stands on the day of the run.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Within its dates.
    Current,
    /// After its last day.
    Expired,
}

/// What a waiver is held against.
pub(super) struct Subject<'a> {
    id: &'a str,
    target: &'a str,
    /// The registry judged; of a comparison those that stand apart.
    registries: BTreeSet<&'a str>,
    parameters: &'a BTreeMap<String, String>,
    /// Message, what was seen, and the places: where `contains` looks.
    texts: Vec<&'a str>,
    vantage: Option<&'a str>,
    /// Whether there is something to waive; a passing check has no text to look into.
    is_broken: bool,
}

impl<'a> Subject<'a> {
    pub(super) fn of_check(check: &'a CheckResult, target: &'a str) -> Self {
        let places = check
            .locations
            .iter()
            .flat_map(|l| [l.pointer.as_str(), l.message.as_str()]);
        Self {
            id: &check.id,
            target,
            registries: BTreeSet::from([check.registry.as_str()]),
            parameters: &check.parameters,
            texts: [check.message.as_str(), check.seen.as_str()]
                .into_iter()
                .chain(places)
                .collect(),
            vantage: Some(&check.vantage),
            is_broken: check.outcome == Outcome::Fail,
        }
    }

    pub(super) fn of_comparison(comparison: &'a ComparisonResult, target: &'a str) -> Self {
        use crate::verdict::Role;
        let apart = |role: &Role| match role {
            Role::Outlier | Role::Differs => true,
            Role::Agrees | Role::Absent | Role::Excluded => false,
        };
        let mut registries: BTreeSet<&str> = comparison
            .roles
            .iter()
            .filter(|(_, role)| apart(role))
            .map(|(name, _)| name.as_str())
            .collect();
        // A comparison within one registry names it as a parameter.
        if let Some(registry) = comparison.parameters.get("registry") {
            registries = BTreeSet::from([registry.as_str()]);
        }
        Self {
            id: &comparison.id,
            target,
            registries,
            parameters: &comparison.parameters,
            texts: std::iter::once(comparison.message.as_str())
                .chain(comparison.groups.iter().map(|g| g.value.as_str()))
                .collect(),
            vantage: None,
            is_broken: comparison.agreement == crate::verdict::Agreement::Divergent,
        }
    }
}

/// Finds the waiver that matches: a current one before an expired one, the first written first.
pub(super) fn find(terms: &Terms<'_>, subject: &Subject<'_>) -> Option<(String, Standing)> {
    let today = terms.now.to_zoned(TimeZone::UTC).date();
    terms
        .waivers
        .iter()
        .filter(|waiver| is_good_for(waiver, terms.mode) && matches(waiver, subject))
        .filter(|waiver| terms.mode == Mode::Gate || !is_self_approved(waiver, subject, terms))
        .filter_map(|waiver| Some((waiver.id.clone(), standing(waiver, today)?)))
        .min_by_key(|(_, standing)| *standing)
}

/// Returns where a waiver stands on a day; `None` before its first.
fn standing(waiver: &Waiver, today: Date) -> Option<Standing> {
    if today < waiver.issued {
        None
    } else if today <= waiver.expires {
        Some(Standing::Current)
    } else {
        Some(Standing::Expired)
    }
}

fn is_good_for(waiver: &Waiver, mode: Mode) -> bool {
    match (waiver.scope, mode) {
        (WaiverScope::Both, _)
        | (WaiverScope::Gate, Mode::Gate)
        | (WaiverScope::Audit, Mode::Audit) => true,
        (WaiverScope::Gate, Mode::Audit) | (WaiverScope::Audit, Mode::Gate) => false,
    }
}

fn matches(waiver: &Waiver, subject: &Subject<'_>) -> bool {
    let keys = &waiver.matches;
    let covers_registries = keys.registries.is_empty()
        || (!subject.registries.is_empty()
            && subject
                .registries
                .iter()
                .all(|registry| keys.registries.iter().any(|r| r.as_str() == *registry)));
    keys.target == subject.target
        && covers_registries
        && glob::matches(&keys.check, subject.id)
        && keys
            .parameters
            .iter()
            .all(|(axis, value)| subject.parameters.get(axis) == Some(value))
        && (keys.vantage.is_empty() || subject.vantage.is_none_or(|v| v == keys.vantage))
        && (keys.contains.is_empty()
            || !subject.is_broken
            || subject
                .texts
                .iter()
                .any(|text| text.contains(&keys.contains)))
}

/// Says whether a waiver was approved by a registry it is good for.
fn is_self_approved(waiver: &Waiver, subject: &Subject<'_>, terms: &Terms<'_>) -> bool {
    subject
        .registries
        .iter()
        .filter_map(|id| terms.registries.of(id))
        .any(|registry| is_own(&waiver.approved_by, registry))
}

/// Says whether an approver belongs to a registry: is its id or name, or has an address in its domain.
pub fn is_own(approver: &str, registry: &Registry) -> bool {
    let approver = approver.trim().to_lowercase();
    let words = |text: &str, word: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '-')
            .any(|w| w == word)
    };
    if let Some((_, domain)) = approver.rsplit_once('@') {
        let domain = domain.trim_end_matches(['>', ' ', '.']);
        return registry.hosts.iter().any(|host| {
            host == domain || host.strip_suffix(domain).is_some_and(|h| h.ends_with('.'))
        });
    }
    words(&approver, registry.id.as_str()) || approver.contains(&registry.name.to_lowercase())
}

/// What became of one waiver in one judging.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WaiverState {
    /// The waiver's id.
    pub id: String,
    /// Where it stands on the day of the run; `None` before its first day.
    pub standing: Option<Standing>,
    /// Results whose failure it makes known.
    pub known: u64,
    /// Results that it matches and that pass.
    pub stale: u64,
    /// Results that it would match, had it not expired.
    pub expired: u64,
}

/// Says what became of each waiver for the results' target, in the order of files and lines.
pub fn waiver_states(results: &Results, terms: &Terms<'_>) -> Vec<WaiverState> {
    let today = terms.now.to_zoned(TimeZone::UTC).date();
    let count = |id: &str, wanted: Disposition| {
        let checks = results.checks.iter().map(|c| (&c.waiver, c.disposition));
        let comparisons = results
            .comparisons
            .iter()
            .map(|c| (&c.waiver, c.disposition));
        let number = checks
            .chain(comparisons)
            .filter(|(waiver, disposition)| waiver.as_deref() == Some(id) && *disposition == wanted)
            .count();
        u64::try_from(number).unwrap_or(u64::MAX)
    };
    terms
        .waivers
        .iter()
        .filter(|waiver| waiver.matches.target == results.target)
        .map(|waiver| WaiverState {
            id: waiver.id.clone(),
            standing: standing(waiver, today),
            known: count(&waiver.id, Disposition::Known),
            stale: count(&waiver.id, Disposition::StaleWaiver),
            expired: count(&waiver.id, Disposition::ExpiredWaiver),
        })
        .collect()
}
