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
        .filter(|waiver| !is_refused(waiver, subject, terms))
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

/// Says whether a waiver that matches is none in an audit, because the registry itself approved it.
fn is_refused(waiver: &Waiver, subject: &Subject<'_>, terms: &Terms<'_>) -> bool {
    terms.mode == Mode::Audit && is_self_approved(waiver, subject, terms)
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

/// How many days before a waiver ends its owner is warned.
///
/// Ours: a month is time enough to mend a service or to ask for longer.
pub const NOTICE_DAYS: i64 = 30;

/// Where a waiver stands on a day, and how long it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Outlook {
    /// Where it stands; `None` before its first day.
    pub standing: Option<Standing>,
    /// Days until its last day, which is 0; negative after it.
    pub days_left: i64,
}

impl Outlook {
    /// Says whether it is current and ends within a number of days.
    pub fn ends_within(self, days: i64) -> bool {
        self.standing == Some(Standing::Current) && self.days_left <= days
    }

    /// Returns it in words: `ends in 12 days`.
    pub fn words(self) -> String {
        let days = |n: i64| format!("{n} {}", if n == 1 { "day" } else { "days" });
        match (self.standing, self.days_left) {
            (None, _) => "has not begun".to_owned(),
            (Some(Standing::Expired), left) => format!("expired {} ago", days(-left)),
            (Some(Standing::Current), 0) => "ends today".to_owned(),
            (Some(Standing::Current), left) => format!("ends in {}", days(left)),
        }
    }
}

/// Says where a waiver stands on a day.
pub fn outlook(waiver: &Waiver, today: Date) -> Outlook {
    let left = today
        .until(waiver.expires)
        .map_or(0, |span| span.get_days());
    Outlook {
        standing: standing(waiver, today),
        days_left: i64::from(left),
    }
}

/// What became of one waiver in one judging.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WaiverState {
    /// The waiver's id.
    pub id: String,
    /// Where it stands on the day of the run, and how long it goes on.
    #[serde(flatten)]
    pub outlook: Outlook,
    /// Its last day.
    pub expires: Date,
    /// Who answers for it.
    pub owner: String,
    /// Why it was given.
    pub reason: String,
    /// Where it is discussed.
    pub issue: String,
    /// Results that pass or fail and that it is about, by id and registry.
    pub asked: u64,
    /// Results whose failure it makes known.
    pub known: u64,
    /// Results that it matches and that pass.
    pub stale: u64,
    /// Results that it would match, had it not expired.
    pub expired: u64,
    /// Failures of an audit that it does not make known, because the registry itself approved it.
    pub own: u64,
}

impl WaiverState {
    /// Says whether the run judged what it is about, and none of that matches it.
    pub const fn matches_nothing(&self) -> bool {
        self.asked > 0 && self.is_idle()
    }

    /// Says whether no result has to do with it.
    pub const fn is_idle(&self) -> bool {
        self.known == 0 && self.stale == 0 && self.expired == 0 && self.own == 0
    }
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
    let refused = |waiver: &Waiver| {
        if terms.mode == Mode::Gate || !is_good_for(waiver, terms.mode) {
            return 0;
        }
        let checks = results.checks.iter();
        let checks = checks.map(|c| Subject::of_check(c, &results.target));
        let comparisons = results.comparisons.iter();
        let comparisons = comparisons.map(|c| Subject::of_comparison(c, &results.target));
        let own = checks.chain(comparisons).filter(|subject| {
            subject.is_broken && matches(waiver, subject) && is_refused(waiver, subject, terms)
        });
        u64::try_from(own.count()).unwrap_or(u64::MAX)
    };
    terms
        .waivers
        .iter()
        .filter(|waiver| waiver.matches.target == results.target)
        .map(|waiver| WaiverState {
            id: waiver.id.clone(),
            outlook: outlook(waiver, today),
            expires: waiver.expires,
            owner: waiver.owner.clone(),
            reason: waiver.reason.clone(),
            issue: waiver.issue.clone(),
            asked: asked(waiver, results),
            known: count(&waiver.id, Disposition::Known),
            stale: count(&waiver.id, Disposition::StaleWaiver),
            expired: count(&waiver.id, Disposition::ExpiredWaiver),
            own: refused(waiver),
        })
        .collect()
}

/// Counts the results that pass or fail and that a waiver is about, by id and registry.
fn asked(waiver: &Waiver, results: &Results) -> u64 {
    let keys = &waiver.matches;
    let is_of = |id: &str| {
        keys.registries.is_empty() || keys.registries.iter().any(|own| own.as_str() == id)
    };
    let checks = results.checks.iter().filter(|check| {
        matches!(check.outcome, Outcome::Pass | Outcome::Fail)
            && check.erratum.is_none()
            && is_of(check.registry.as_str())
            && glob::matches(&keys.check, &check.id)
    });
    let comparisons = results.comparisons.iter().filter(|comparison| {
        use crate::verdict::Agreement;
        let is_judged = matches!(
            comparison.agreement,
            Agreement::Consistent | Agreement::Divergent
        );
        is_judged && comparison.erratum.is_none() && glob::matches(&keys.check, &comparison.id)
    });
    u64::try_from(checks.count() + comparisons.count()).unwrap_or(u64::MAX)
}
