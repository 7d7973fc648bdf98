//! What verdicts and values rest on, observation by observation.

use std::collections::{BTreeMap, BTreeSet};

use super::{Captured, Seen};
use crate::audit::Audit;
use crate::fact::Subject;
use crate::registry::RegistryId;
use crate::report::site::{Answered, Excerpt, Observed, Permits};
use crate::verdict::results::ComparisonResult;

/// Most questions of one observation that are named; ours: an RPKI tree has thousands of files.
const MOST_ANSWERS: usize = 20;

/// Returns the observations that results name, by key. Hosts are told to those who may read what was
/// asked: one that a holder of resources runs may have a person's name.
pub(super) fn observed<'a>(
    audit: &'a Audit,
    seen: &BTreeMap<String, Seen>,
    permits: &dyn Permits,
) -> BTreeMap<&'a str, Observed> {
    let checks = audit.results.checks.iter().map(|check| &check.observations);
    let comparisons = audit.results.comparisons.iter();
    let comparisons = comparisons.map(|comparison| &comparison.observations);
    let keys: BTreeSet<&str> = checks
        .chain(comparisons)
        .flatten()
        .map(String::as_str)
        .collect();
    let known = keys.into_iter();
    known
        .filter_map(|key| Some((key, told(seen.get(key)?, permits))))
        .collect()
}

fn told(seen: &Seen, permits: &dyn Permits) -> Observed {
    let key = &seen.key;
    let about = match &key.subject {
        Subject::Registry(id) => Some(id),
        Subject::Pair(..) | Subject::Shared => None,
    };
    let is_read = |host: &str| permits.permits(Excerpt::Asked, host, about);
    let others = |asked: &&RegistryId| key.subject != Subject::Registry((*asked).clone());
    let more = seen.answers.len().saturating_sub(MOST_ANSWERS);
    Observed {
        scenario: key.scenario.to_string(),
        instance: key.instance.to_string(),
        probe: key.probe.to_string(),
        subject: key.subject.to_string(),
        asked: key.asked.as_ref().filter(others).map(ToString::to_string),
        vantage: key.vantage.to_string(),
        tick: key.tick,
        answers: { seen.answers.iter().take(MOST_ANSWERS) }
            .map(|captured| answered(captured, is_read(&captured.host)))
            .collect(),
        more: u32::try_from(more).unwrap_or(u32::MAX),
    }
}

fn answered(captured: &Captured, with_host: bool) -> Answered {
    Answered {
        by: captured.by.to_owned(),
        host: with_host.then(|| captured.host.clone()).unwrap_or_default(),
        status: captured.status,
        failure: captured.failure.map(|kind| kind.as_str().to_owned()),
        asked_at: captured.at,
        bytes: captured.bytes,
        original: captured
            .digest
            .as_ref()
            .map(|digest| digest.as_str().to_owned()),
    }
}

/// Returns the digests of the bodies behind the values of comparisons.
pub(super) fn behind_values(audit: &Audit, seen: &BTreeMap<String, Seen>) -> BTreeSet<String> {
    let has_values = |comparison: &&ComparisonResult| !comparison.groups.is_empty();
    let comparisons = audit.results.comparisons.iter().filter(has_values);
    let keys: BTreeSet<&String> = comparisons.flat_map(|c| &c.observations).collect();
    let seen = keys.into_iter().filter_map(|key| seen.get(key));
    let answers = seen.flat_map(|seen| seen.answers.iter().take(MOST_ANSWERS));
    let digests = answers.filter_map(|captured| captured.digest.as_ref());
    digests.map(|digest| digest.as_str().to_owned()).collect()
}
