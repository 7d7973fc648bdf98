//! What a verdict rests on: level, operator, clauses, agreements, catalogue ids.

use std::sync::Arc;

use super::decode::Decoder;
use super::fields::{Fields as _, first_key};
use super::keys::{Key, Shape, may};
use super::model::Basis;
use super::shelf::Shelf;
use super::suite::Tested;
use crate::registry::RegistryId;
use crate::verdict::{By, Level, Operator};
use crate::yaml::{Node, Span, hint, nearest};

/// Levels as words.
pub(super) const LEVELS: &[&str] = &["must", "should", "may", "parity", "proposed", "observe"];

/// Operators as words.
pub(super) const OPERATORS: &[&str] = &[
    "rir-service",
    "rir-hosted-ca",
    "delegated-ca",
    "nir",
    "member-data",
    "third-party",
];

/// Most catalogue ids that one check covers; more, and a failure no longer says which.
const MOST_COVERED: usize = 3;

pub(super) const LEVEL: Key = may(
    "level",
    Shape::Word(LEVELS),
    "how much it matters, and what it must rest on; default from the scenario, else from the catalogue ids it covers",
);
pub(super) const REF: Key = may(
    "ref",
    Shape::OneOrMany(&Shape::Reference),
    "clauses and agreements it rests on, such as `rfc9083#4.2`; default from the scenario, else from the catalogue ids it covers",
);
pub(super) const OPERATOR: Key = may(
    "operator",
    Shape::Word(OPERATORS),
    "whose doing it is; default `rir-service`. Only `rir-service` and `rir-hosted-ca` can fail a registry",
);
pub(super) const COVERS: Key = may(
    "covers",
    Shape::OneOrMany(&Shape::Id),
    "ids of the catalogue that it tests, at most three",
);
pub(super) const SINCE: Key = may(
    "since",
    Shape::Text,
    "suite release that brought it; its failures are provisional in that release",
);
pub(super) const RENAMED_FROM: Key = may(
    "renamed_from",
    Shape::OneOrMany(&Shape::CheckId),
    "former ids, so that history and waivers are found",
);
pub(super) const CAUSE: Key = may(
    "cause",
    Shape::Name,
    "findings with the same cause are counted as one",
);

/// What a scenario says for all its checks.
#[derive(Clone, Debug, Default)]
pub(super) struct Defaults {
    pub(super) level: Option<Level>,
    /// Whether something stands there as level that is none.
    pub(super) level_is_wrong: bool,
    pub(super) operator: Option<Operator>,
    pub(super) refs: Vec<String>,
    pub(super) since: Option<String>,
    pub(super) registries: Vec<RegistryId>,
}

/// Reads the basis of a check or comparison, and reports what a level lacks to rest on;
/// `None` if there is no level.
pub(super) fn decode(
    decoder: Decoder<'_>,
    node: &Node,
    by: By,
    defaults: &Defaults,
    shelf: &Shelf,
) -> Option<Basis> {
    let covers = covers(decoder, node, by, shelf);
    let covered: Vec<_> = covers
        .iter()
        .filter_map(|id| shelf.catalog.entries.get(id.as_str()))
        .collect();
    let lightest = covered.iter().map(|e| e.level).max();
    let reports = node.text_at("rule") == Some("report");
    let level = node
        .word_at::<Level>("level")
        .or(reports.then_some(Level::Observe))
        .or(defaults.level)
        .or(lightest);
    let Some(level) = level else {
        // A word that is none was reported where it stands, as was an id with mistakes.
        let elsewhere = node.at("level").is_some()
            || defaults.level_is_wrong
            || covers.iter().any(|id| shelf.broken.matches(id));
        if !elsewhere {
            decoder.error(
                first_key(node),
                format!("{by} has no `level`; expected one here or in the scenario"),
            );
        }
        return None;
    };
    if let Some(entry) = covered.iter().find(|e| e.level > level) {
        let span = node
            .at("level")
            .or_else(|| node.at("covers"))
            .map_or(node.span, |n| n.span);
        decoder.error(
            span,
            format!(
                "level `{level}` is heavier than `{}` of `{}`, which it covers",
                entry.level, entry.id
            ),
        );
    }
    if reports && level != Level::Observe {
        let span = node.at("level").map_or(node.span, |n| n.span);
        decoder.error(
            span,
            format!(
                "rule `report` always holds, so its level cannot be `{level}`; expected `observe`"
            ),
        );
    }
    let mut refs = node.texts_at("ref");
    let mut span = node.at("ref").map_or_else(|| first_key(node), |n| n.span);
    if refs.is_empty() {
        refs.clone_from(&defaults.refs);
        if refs.is_empty() {
            refs = covered
                .iter()
                .flat_map(|e| e.refs.iter().cloned())
                .collect();
            refs.dedup();
        }
    } else if let Some(first) = node.nodes_at("ref").first() {
        span = first.span;
    }
    for reference in node.nodes_at("ref") {
        if let Some(text) = reference.text() {
            known_reference(decoder, reference.span, text, shelf);
        }
    }
    let owner = by.to_string();
    rests(
        decoder,
        span,
        &owner,
        level,
        &refs,
        &defaults.registries,
        shelf,
    );
    Some(Basis {
        level,
        operator: node
            .word_at("operator")
            .or(defaults.operator)
            .or_else(|| covered.first().map(|e| e.operator))
            .unwrap_or(Operator::RirService),
        refs,
        covers,
        since: node
            .text_at("since")
            .map(str::to_owned)
            .or_else(|| defaults.since.clone()),
        renamed_from: node.texts_at("renamed_from"),
        cause: node.text_at("cause").map(str::to_owned),
        applies: None,
    })
}

/// Reads `covers`: ids that exist and that a check or comparison may cover.
fn covers(decoder: Decoder<'_>, node: &Node, by: By, shelf: &Shelf) -> Vec<String> {
    let nodes = node.nodes_at("covers");
    if nodes.len() > MOST_COVERED {
        let span = node.at("covers").map_or(node.span, |n| n.span);
        decoder.error(
            span,
            format!(
                "covers {} ids; expected at most {MOST_COVERED}, a failure must say which",
                nodes.len()
            ),
        );
    }
    for item in &nodes {
        let Some(id) = item.text() else { continue };
        match shelf.catalog.entries.get(id).map(|e| &e.tested) {
            None if !shelf.whole || shelf.broken.matches(id) => {}
            None => {
                let known: Vec<&str> = shelf.catalog.entries.keys().map(AsRef::as_ref).collect();
                unknown_id(decoder, item.span, "catalogue id", id, &known);
            }
            Some(Tested::By(other)) if *other == by => {}
            Some(Tested::By(By::Check | By::Comparison)) => decoder.error(
                item.span,
                format!("`{id}` is tested by another kind of definition than a {by}; see its `by` in the catalogue"),
            ),
            Some(Tested::By(By::Rule)) => decoder.error(
                item.span,
                format!("`{id}` is tested by an inspector's rule; use `rules: [{id}]`"),
            ),
            Some(Tested::Not(reason)) => decoder.error(
                item.span,
                format!("the catalogue says that `{id}` is not tested ({reason}); expected `by: {by}` there"),
            ),
        }
    }
    nodes
        .iter()
        .filter_map(|n| n.text())
        .map(str::to_owned)
        .collect()
}

/// Reports an id that is not known, without listing hundreds of them.
pub(super) fn unknown_id(decoder: Decoder<'_>, span: Span, what: &str, id: &str, known: &[&str]) {
    let hint = match nearest(id, known.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if what == "catalogue id" => "; a new one is added in `catalog/`".to_owned(),
        None => "; `quintet list` shows what there is".to_owned(),
    };
    decoder.error(span, format!("unknown {what} `{id}`{hint}"));
}

/// Splits a reference into its document or agreement and the section.
pub(super) fn parts(reference: &str) -> (&str, Option<&str>) {
    match reference.split_once('#') {
        Some((document, section)) => (document, Some(section)),
        None => (reference, None),
    }
}

/// Reports a reference whose document, section or agreement does not exist.
pub(super) fn known_reference(decoder: Decoder<'_>, span: Span, text: &str, shelf: &Shelf) {
    if !shelf.whole {
        return;
    }
    let (name, section) = parts(text);
    if shelf.agreements.contains_key(name) {
        return;
    }
    let Some(document) = shelf.clauses.documents.get(name) else {
        let known: Vec<&str> = shelf
            .clauses
            .documents
            .keys()
            .chain(shelf.agreements.keys())
            .map(String::as_str)
            .collect();
        let hint = hint(name, known, || {
            "expected one of `clauses/` or an agreement of `agreements/`".to_owned()
        });
        decoder.error(span, format!("unknown document `{name}`; {hint}"));
        return;
    };
    let Some(section) = section else { return };
    if !document.sections.contains_key(section) {
        let known: Vec<&str> = document.sections.keys().map(String::as_str).collect();
        let hint = match nearest(section, known.iter().copied()) {
            Some(near) => format!("did you mean `{name}#{near}`?"),
            None => format!("add it to `{}` when it was read", document.place.file),
        };
        decoder.error(
            span,
            format!("unknown section `{section}` of `{name}`; {hint}"),
        );
    }
}

/// Reports what a level lacks to rest on.
pub(super) fn rests(
    decoder: Decoder<'_>,
    span: Span,
    owner: &str,
    level: Level,
    refs: &[String],
    registries: &[RegistryId],
    shelf: &Shelf,
) {
    if !shelf.whole {
        return;
    }
    match level {
        Level::Must | Level::Should | Level::May => {
            if refs.is_empty() {
                decoder.error(span, format!("{owner} has no `ref`; name the document and section that level `{level}` rests on"));
                return;
            }
            let reasons: Vec<String> = refs.iter().filter_map(|r| unfit(r, shelf)).collect();
            // Unknown references were reported where they stand.
            if reasons.len() == refs.len()
                && let Some(reason) = reasons.iter().find(|r| !r.is_empty())
            {
                decoder.error(span, format!("level `{level}` cannot rest on {reason}; expected a verified section of an adopted document, or level `proposed`"));
            }
        }
        Level::Parity => {
            let agreement = refs.iter().find_map(|r| shelf.agreements.get(parts(r).0));
            let Some(agreement) = agreement else {
                decoder.error(span, format!("{owner} at level `parity` rests on no agreement; expected a `ref` to one of `agreements/`"));
                return;
            };
            let outside: Vec<&str> = registries
                .iter()
                .filter(|r| !agreement.parties.contains(r))
                .map(RegistryId::as_str)
                .collect();
            if !outside.is_empty() {
                decoder.error(span, format!("agreement `{}` does not bind {}; expected `registries` to name its parties only", agreement.id, outside.join(", ")));
            }
        }
        Level::Proposed | Level::Observe => {}
    }
}

/// Says why a reference cannot carry `must`, `should` or `may`; `None` if it can, empty if it is unknown.
fn unfit(reference: &str, shelf: &Shelf) -> Option<String> {
    let (name, section) = parts(reference);
    let Some(document) = shelf.clauses.documents.get(name) else {
        return Some(if shelf.agreements.contains_key(name) {
            format!("the agreement `{name}`, which is for `parity`")
        } else {
            String::new()
        });
    };
    if !document.status.is_adopted() {
        return Some(format!("`{name}`, which is not adopted"));
    }
    let Some(section) = section else {
        return Some(format!("`{name}` without a section"));
    };
    match document.sections.get(section) {
        None => Some(String::new()),
        Some(section_of) if section_of.verified.is_none() => {
            Some(format!("`{reference}`, which nobody has verified"))
        }
        Some(_) => None,
    }
}

/// Joins a scenario's id and a check's name.
pub(super) fn full_id(scenario: &str, name: &str) -> Arc<str> {
    Arc::from(format!("{scenario}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_verdict_room() {
        let levels: Vec<&str> = Level::ALL.iter().map(|l| l.as_str()).collect();
        let operators: Vec<&str> = Operator::ALL.iter().map(|o| o.as_str()).collect();
        assert_eq!(
            (levels.as_slice(), operators.as_slice()),
            (LEVELS, OPERATORS)
        );
    }
}
