//! Deciding: policy, waivers and the past → dispositions and the gate.
//!
//! Outcomes of one place of observation are never changed here; a waiver changes how
//! a failure is taken, not what was seen. Where places disagree there is no verdict.

mod gate;
mod notes;
mod vantages;
mod waivers;

pub use gate::{Compared, Gate, gate};
pub use notes::{RemarkState, remark_states, withdraw};
pub use waivers::{NOTICE_DAYS, Outlook, Standing, WaiverState, is_own, outlook, waiver_states};

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::registry::PerRegistry;
use crate::scenario::glob;
use crate::scenario::model::{Registry, TargetKind};
use crate::scenario::suite::{Correction, Policy, RegistryRemark, Waiver};
use crate::verdict::results::{CheckResult, ComparisonResult, Results, Summary};
use crate::verdict::{Agreement, Disposition, Level, Outcome};

/// How long after a first sight a failure must be seen again to be confirmed.
///
/// Ours, by design §3: a disturbance of minutes is not a failure of a service.
pub const CONFIRMED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What the results are decided for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A release gate: a stale waiver is a warning.
    Gate,
    /// An audit: a stale waiver is a failure, and no registry approves its own waivers.
    Audit,
}

/// An earlier judging of another bundle, for confirmation and grace.
#[derive(Clone, Debug)]
pub struct Past {
    /// The id of that run.
    pub run: String,
    /// When that run started.
    pub at: Timestamp,
    /// What it found.
    pub results: Results,
}

/// Everything that decides beside the results.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// What gates.
    pub policy: &'a Policy,
    /// Known failures.
    pub waivers: &'a [Waiver],
    /// What registries say of findings.
    pub remarks: &'a [RegistryRemark],
    /// Verdicts that were wrong.
    pub errata: &'a [Correction],
    /// The id of the run, by which errata name it.
    pub run: &'a str,
    /// Gate or audit.
    pub mode: Mode,
    /// What the target is; only failures of live targets need confirmation.
    pub kind: TargetKind,
    /// The run's clock: when the run started.
    pub now: Timestamp,
    /// The suite's release, in which new checks are provisional.
    pub release: &'a str,
    /// The registries of the run, to tell who approved a waiver.
    pub registries: &'a PerRegistry<std::sync::Arc<Registry>>,
    /// Earlier runs against the same target.
    pub past: &'a [Past],
}

/// Sets levels by policy, dispositions and the summary of results.
pub fn decide(results: &mut Results, terms: &Terms<'_>) {
    let confirmed = vantages::settle(results);
    let past = terms.believed(&results.target);
    let earlier = Earlier::of(&past, terms.now);
    for check in &mut results.checks {
        check.level = terms.level(&check.id, check.level);
        let is_confirmed =
            terms.kind != TargetKind::Live || confirmed.failed(check) || earlier.failed(check);
        decide_check(check, terms, &results.target, is_confirmed);
    }
    for comparison in &mut results.comparisons {
        comparison.level = terms.level(&comparison.id, comparison.level);
        let is_confirmed = terms.kind != TargetKind::Live
            || confirmed.diverged(comparison)
            || earlier.diverged(comparison, CONFIRMED_AFTER);
        let grace = comparison.grace_seconds.and_then(|s| i64::try_from(s).ok());
        let is_persistent = grace
            .is_none_or(|grace| earlier.diverged(comparison, SignedDuration::from_secs(grace)));
        decide_comparison(
            comparison,
            terms,
            &results.target,
            is_confirmed && is_persistent,
        );
    }
    notes::remark(results, terms);
    notes::mark(results, terms.run, terms.errata);
    results.summary = summarize(results);
}

impl Terms<'_> {
    /// Returns the earlier runs against the same target, without what errata take back.
    fn believed(&self, target: &str) -> Vec<std::borrow::Cow<'_, Past>> {
        use std::borrow::Cow;
        let own = self
            .past
            .iter()
            .filter(|past| past.results.target == target);
        own.map(|past| {
            let is_named = |one: &Correction| one.runs.contains(&past.run);
            if !self.errata.iter().any(is_named) {
                return Cow::Borrowed(past);
            }
            let mut past = past.clone();
            notes::mark(&mut past.results, &past.run, self.errata);
            Cow::Owned(past)
        })
        .collect()
    }

    /// Returns the level of an id under the policy; the last matching line holds.
    fn level(&self, id: &str, own: Level) -> Level {
        self.policy
            .levels
            .iter()
            .rev()
            .find(|(pattern, _, _)| glob::matches(pattern, id))
            .map_or(own, |(_, level, _)| *level)
    }
}

/// What makes two results of one thing comparable: everything but the place of observation.
type Identity<'a> = (&'a str, &'a str, &'a str, &'a BTreeMap<String, String>);

/// An [`Identity`] that outlives what it was read from.
type OwnIdentity = (String, String, String, BTreeMap<String, String>);

fn identity(check: &CheckResult) -> OwnIdentity {
    (
        check.id.clone(),
        check.scenario.clone(),
        check.registry.as_str().to_owned(),
        check.parameters.clone(),
    )
}

fn identity_of(check: &CheckResult) -> Identity<'_> {
    (
        &check.id,
        &check.scenario,
        check.registry.as_str(),
        &check.parameters,
    )
}

/// A comparison: its id and what was held fixed.
type Sides<'a> = (&'a str, &'a BTreeMap<String, String>);

/// What earlier runs against the same target saw.
struct Earlier<'a> {
    /// Failures, with the vantage and how long before this run.
    failed: BTreeMap<Identity<'a>, Vec<(&'a str, SignedDuration)>>,
    /// What each earlier run said of a comparison, with how long before this run.
    compared: BTreeMap<Sides<'a>, Vec<(SignedDuration, Agreement)>>,
}

impl<'a> Earlier<'a> {
    fn of(past: &'a [std::borrow::Cow<'_, Past>], now: Timestamp) -> Self {
        let mut earlier = Self {
            failed: BTreeMap::new(),
            compared: BTreeMap::new(),
        };
        for past in past {
            let ago = now.duration_since(past.at);
            for check in
                past.results.checks.iter().filter(|c| {
                    c.outcome == Outcome::Fail && c.disposition != Disposition::Withdrawn
                })
            {
                earlier
                    .failed
                    .entry(identity_of(check))
                    .or_default()
                    .push((&check.vantage, ago));
            }
            for comparison in past
                .results
                .comparisons
                .iter()
                .filter(|c| c.disposition != Disposition::Withdrawn)
            {
                earlier
                    .compared
                    .entry((&comparison.id, &comparison.parameters))
                    .or_default()
                    .push((ago, comparison.agreement));
            }
        }
        earlier
    }

    /// Says whether a failure was seen an hour or more before, or from another place.
    fn failed(&self, check: &CheckResult) -> bool {
        self.failed.get(&identity_of(check)).is_some_and(|seen| {
            seen.iter().any(|(vantage, ago)| {
                *ago >= CONFIRMED_AFTER || (*vantage != check.vantage && !ago.is_negative())
            })
        })
    }

    /// Says whether a divergence has been there for so long: diverged that long ago, and in every run since.
    fn diverged(&self, comparison: &ComparisonResult, long: SignedDuration) -> bool {
        let Some(seen) = self
            .compared
            .get(&(comparison.id.as_str(), &comparison.parameters))
        else {
            return false;
        };
        let diverged_then = seen
            .iter()
            .filter(|(ago, agreement)| *ago >= long && *agreement == Agreement::Divergent)
            .map(|(ago, _)| *ago)
            .min();
        diverged_then.is_some_and(|then| {
            !seen.iter().any(|(ago, agreement)| {
                !ago.is_negative() && *ago < then && *agreement == Agreement::Consistent
            })
        })
    }
}

fn decide_check(check: &mut CheckResult, terms: &Terms<'_>, target: &str, is_confirmed: bool) {
    let subject = waivers::Subject::of_check(check, target);
    let waiver = waivers::find(terms, &subject);
    let (disposition, named) = match check.outcome {
        Outcome::Fail => match waiver {
            Some((id, Standing::Current)) => (Disposition::Known, Some(id)),
            Some((id, Standing::Expired)) => (Disposition::ExpiredWaiver, Some(id)),
            None if check.flaky => (Disposition::Flaky, None),
            None if is_new(check.since.as_deref(), terms) => (Disposition::Provisional, None),
            None if !is_confirmed => (Disposition::Unconfirmed, None),
            None => (Disposition::Unexpected, None),
        },
        Outcome::Pass => match waiver {
            Some((id, Standing::Current)) => (Disposition::StaleWaiver, Some(id)),
            Some((_, Standing::Expired)) | None if check.flaky => (Disposition::Flaky, None),
            Some((_, Standing::Expired)) | None => (Disposition::Expected, None),
        },
        Outcome::Error | Outcome::Inconclusive | Outcome::Skipped | Outcome::NotApplicable => {
            (Disposition::Expected, None)
        }
    };
    check.disposition = disposition;
    check.waiver = named;
}

fn is_new(since: Option<&str>, terms: &Terms<'_>) -> bool {
    since.is_some_and(|since| since == terms.release)
}

fn decide_comparison(
    comparison: &mut ComparisonResult,
    terms: &Terms<'_>,
    target: &str,
    is_confirmed: bool,
) {
    let subject = waivers::Subject::of_comparison(comparison, target);
    let waiver = waivers::find(terms, &subject);
    let (disposition, named) = match comparison.agreement {
        // What is only observed is shown, and expected to be as it is.
        Agreement::Divergent if !comparison.level.can_fail() => (Disposition::Expected, None),
        Agreement::Divergent => match waiver {
            Some((id, Standing::Current)) => (Disposition::Known, Some(id)),
            Some((id, Standing::Expired)) => (Disposition::ExpiredWaiver, Some(id)),
            None if is_new(comparison.since.as_deref(), terms) => (Disposition::Provisional, None),
            None if !is_confirmed => (Disposition::Unconfirmed, None),
            None => (Disposition::Unexpected, None),
        },
        Agreement::Consistent => match waiver {
            Some((id, Standing::Current)) => (Disposition::StaleWaiver, Some(id)),
            Some((_, Standing::Expired)) | None => (Disposition::Expected, None),
        },
        Agreement::Insufficient | Agreement::NotComparable => (Disposition::Expected, None),
    };
    comparison.disposition = disposition;
    comparison.waiver = named;
}

/// Counts results for the heads of reports.
pub fn summarize(results: &Results) -> Summary {
    let mut summary = Summary::default();
    let mut causes: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for registry in &results.registries {
        summary
            .by_registry
            .insert(registry.id.clone(), BTreeMap::new());
        summary.causes.insert(registry.id.clone(), 0);
    }
    for check in &results.checks {
        // What was withdrawn is shown, and counts for nobody.
        if check.disposition == Disposition::Withdrawn {
            *summary.dispositions.entry(check.disposition).or_default() += 1;
            continue;
        }
        if check.operator.is_registry() {
            *summary
                .by_registry
                .entry_or(&check.registry, BTreeMap::new)
                .entry(check.level)
                .or_default()
                .entry(check.outcome)
                .or_default() += 1;
            if check.outcome == Outcome::Fail && check.level.counts() {
                causes
                    .entry(check.registry.as_str())
                    .or_default()
                    .insert(cause_key(check));
            }
        } else {
            *summary
                .by_operator
                .entry(check.operator)
                .or_default()
                .entry(check.outcome)
                .or_default() += 1;
        }
        *summary.dispositions.entry(check.disposition).or_default() += 1;
    }
    for comparison in &results.comparisons {
        if comparison.disposition == Disposition::Withdrawn {
            *summary
                .dispositions
                .entry(comparison.disposition)
                .or_default() += 1;
            continue;
        }
        *summary
            .comparisons
            .entry(comparison.level)
            .or_default()
            .entry(comparison.agreement)
            .or_default() += 1;
        *summary
            .dispositions
            .entry(comparison.disposition)
            .or_default() += 1;
    }
    for drift in &results.drifts {
        *summary.drift.entry(drift.change).or_default() += 1;
    }
    for (registry, causes) in causes {
        if let Some(count) = summary.causes.of_mut(registry) {
            *count = u64::try_from(causes.len()).unwrap_or(u64::MAX);
        }
    }
    summary
}

/// Returns what failures of one registry share if they are to be counted once.
fn cause_key(check: &CheckResult) -> String {
    check.same_cause.as_ref().map_or_else(
        || format!("id {}", check.id),
        |cause| format!("cause {cause}"),
    )
}

#[cfg(test)]
mod tests;
