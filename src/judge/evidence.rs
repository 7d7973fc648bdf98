//! What an observation allows to be said.

use super::Ended;
use super::look::{Look, Thing, fact};
use super::quantity::{Number, Quantity, Unit};
use crate::fact::{FailureKind, Observation, Skipped, Value};
use crate::scenario::model::Registry;
use crate::verdict::{Cause, Outcome};

/// Says how what reads a failed observation ends, with the cause of an `inconclusive`.
pub const fn end_of(kind: FailureKind) -> (Outcome, Option<Cause>) {
    match kind {
        FailureKind::Timeout => (Outcome::Inconclusive, Some(Cause::Timeout)),
        FailureKind::Reset | FailureKind::LeftAlone => {
            (Outcome::Inconclusive, Some(Cause::Blocked))
        }
        FailureKind::Dns | FailureKind::Connect | FailureKind::Tls => {
            (Outcome::Inconclusive, Some(Cause::Unreachable))
        }
        FailureKind::Truncated
        | FailureKind::BodyLimit
        | FailureKind::DecodedLimit
        | FailureKind::Decoding
        | FailureKind::RedirectLimit
        | FailureKind::RedirectRefused
        | FailureKind::Protocol
        | FailureKind::DepthLimit => (Outcome::Inconclusive, Some(Cause::Unreadable)),
        FailureKind::Budget => (Outcome::Skipped, None),
        FailureKind::NotRecorded | FailureKind::Here => (Outcome::Error, None),
    }
}

/// Says why nothing beyond `ok` and `failure` can be read of an observation; `None` if it can.
pub(super) fn unavailable(observation: &Observation) -> Option<Ended> {
    let probe = &observation.key.probe;
    if let Some(skipped) = &observation.skipped {
        return Some(match skipped {
            Skipped::NotApplicable { reason } => {
                Ended::with(Outcome::NotApplicable, reason.as_str())
            }
            Skipped::Skipped { reason } => Ended::with(Outcome::Skipped, reason.as_str()),
            Skipped::Error { reason } => Ended::with(Outcome::Error, reason.as_str()),
        });
    }
    let failure = observation.failure.as_ref()?;
    let message = if failure.detail.is_empty() {
        format!("probe `{probe}` failed: {}", failure.kind)
    } else {
        format!(
            "probe `{probe}` failed: {}: {}",
            failure.kind, failure.detail
        )
    };
    let (outcome, cause) = end_of(failure.kind);
    Some(Ended {
        outcome,
        cause,
        message,
    })
}

/// Says that a document that is looked into is not in the bundle; `None` if it is there or was never one.
pub(super) fn not_kept(observation: &Observation, path: &str) -> Option<Ended> {
    let (name, value) = observation.facts.iter().find(|(name, _)| {
        path.strip_prefix(*name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })?;
    let Value::Json(json) = value else {
        return None;
    };
    json.get().is_none().then(|| {
        let probe = &observation.key.probe;
        Ended::with(
            Outcome::Error,
            format!("the document of `{probe}.{name}` is not kept"),
        )
    })
}

/// Returns the final status of an answer; `None` if it has none.
pub(super) fn status(observation: &Observation) -> Option<i128> {
    let Look::One(thing @ Thing::Fact(_), _) = fact(observation, "status") else {
        return None;
    };
    match Quantity::beside(&thing, Unit::Plain)?.number {
        Number::Whole(status) => Some(status),
        Number::Real(_) => None,
    }
}

/// Says why an answer's status keeps its content from being judged; `None` if it does not.
pub(super) fn refused(observation: &Observation) -> Option<Ended> {
    let status = status(observation)?;
    let probe = &observation.key.probe;
    match status {
        403 | 429 => Some(Ended::inconclusive(
            Cause::Blocked,
            format!("probe `{probe}` was refused with status {status}"),
        )),
        501 => None,
        500.. => Some(Ended::inconclusive(
            Cause::ServerError,
            format!("probe `{probe}` was answered with status {status}"),
        )),
        _ => None,
    }
}

/// Says whether a fact is known of every observation, failed ones too.
pub(super) fn is_known_of_failures(path: &str) -> bool {
    matches!(path, "ok" | "failure")
}

/// Says whether a fact is about the status and the headers of an answer, not its content.
pub(super) fn is_about_the_envelope(path: &str) -> bool {
    matches!(path, "ok" | "failure" | "status" | "headers") || path.starts_with("headers.")
}

/// Says that an observation was made within a maintenance window its registry had announced.
pub(super) fn maintenance(registry: &Registry, observation: &Observation) -> Option<Ended> {
    let window = registry
        .maintenance
        .iter()
        .find(|window| (window.from..=window.until).contains(&observation.at))?;
    Some(Ended::inconclusive(
        Cause::Maintenance,
        format!(
            "within the maintenance from {} to {}, announced in {}",
            window.from, window.until, window.source
        ),
    ))
}

/// Says whether text names a number as a word of its own: `403` in `p.status != 403`.
pub fn names(text: &str, number: i128) -> bool {
    let number = number.to_string();
    text.match_indices(&number).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + number.len()..).and_then(|t| t.chars().next());
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_part(before) && !is_part(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_failure_has_a_cause_or_is_our_doing() {
        let ours: Vec<&str> = FailureKind::ALL
            .iter()
            .filter(|kind| end_of(**kind).1.is_none())
            .map(|kind| kind.as_str())
            .collect();
        assert_eq!(ours, ["budget", "not-recorded", "here"]);
        for kind in FailureKind::ALL {
            let (outcome, cause) = end_of(*kind);
            assert_eq!(outcome == Outcome::Inconclusive, cause.is_some(), "{kind}");
        }
    }

    #[test]
    fn a_status_is_named_as_a_word() {
        assert!(names("p.status != 403", 403));
        assert!(names("p.status in [403,429]", 429));
        assert!(!names("p.size < 4030", 403));
        assert!(!names("p.x1403", 403));
    }
}
