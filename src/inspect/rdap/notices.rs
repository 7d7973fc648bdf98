//! Rules about notices and remarks.

use serde_json::Value;

use super::answer::Answer;
use super::conformance::shortened;
use super::object::{Part, items, rels};
use super::registered::NOTICE_TYPES;
use super::{Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.notice.present", present),
    rule("rdap.notice.tos", terms_of_service),
    rule("rdap.notice.inaccuracy", inaccuracy),
    rule("rdap.notice.description", description),
    rule("rdap.notice.type-registered", type_registered),
    rule("rdap.notice.truncation-typed", truncation_typed),
];

fn present(answer: &Answer<'_>, seen: &mut Seen) {
    // Errors have a rule of their own, `rdap.err.notices`.
    if answer.is_error() || !answer.is_profiled() {
        return;
    }
    seen.look();
    if items(answer.document.get("notices")).is_empty() {
        seen.find("", "no `notices` in the topmost object");
    }
}

/// Says whether a notice of the topmost object has a link with this relation.
pub(super) fn has_notice(answer: &Answer<'_>, relation: &str) -> bool {
    items(answer.document.get("notices")).iter().any(|notice| {
        items(notice.get("links"))
            .iter()
            .any(|link| rels(link.get("rel").and_then(Value::as_str)).any(|rel| rel == relation))
    })
}

fn linked(answer: &Answer<'_>, seen: &mut Seen, relation: &str) {
    // Without any notice there is one finding, that of `rdap.notice.present`.
    if answer.is_error() || !answer.is_profiled() || answer.notices.is_empty() {
        return;
    }
    seen.look();
    if !has_notice(answer, relation) {
        seen.find(
            "/notices",
            format!("no notice with a link of relation `{relation}`"),
        );
    }
}

fn terms_of_service(answer: &Answer<'_>, seen: &mut Seen) {
    linked(answer, seen, "terms-of-service");
}

fn inaccuracy(answer: &Answer<'_>, seen: &mut Seen) {
    linked(answer, seen, "inaccuracy-report");
}

fn description(answer: &Answer<'_>, seen: &mut Seen) {
    for note in answer.notes() {
        seen.look();
        match note.get("description") {
            None => seen.find(answer.pointer(note.at), "no `description`"),
            Some(Value::Array(lines)) if lines.iter().all(Value::is_string) => {}
            Some(_) => seen.find(
                answer.below(note.at, "description"),
                "not an array of strings",
            ),
        }
    }
}

fn type_registered(answer: &Answer<'_>, seen: &mut Seen) {
    for note in answer.notes() {
        let Some(kind) = note.get("type") else {
            continue;
        };
        seen.look();
        if !kind
            .as_str()
            .is_some_and(|text| NOTICE_TYPES.contains(&text))
        {
            let shown = kind.as_str().map(shortened).unwrap_or_default();
            seen.find(
                answer.below(note.at, "type"),
                format!("`{shown}` is not a registered notice type"),
            );
        }
    }
}

/// Says whether a notice or remark speaks of truncation.
fn speaks_of_truncation(note: &Part<'_>) -> bool {
    let speaks = |text: &str| text.to_ascii_lowercase().contains("truncated");
    note.text("title").is_some_and(speaks)
        || note.text("type").is_some_and(speaks)
        || items(note.get("description"))
            .iter()
            .filter_map(Value::as_str)
            .any(speaks)
}

fn truncation_typed(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.is_profiled() {
        return;
    }
    for note in answer.notes().filter(|note| speaks_of_truncation(note)) {
        seen.look();
        if !note
            .text("type")
            .is_some_and(|text| text.contains("truncated"))
        {
            seen.find(
                answer.pointer(note.at),
                "speaks of truncation, but has no `type` that says so",
            );
        }
    }
}
