//! Lines of `expect`: what is looked at on the left, matchers on the right.

use std::sync::Arc;

use super::decode::{Decoder, shorten};
use super::grammar::is_identifier;
use super::kept;
use super::keys::Shape;
use super::matcher::{self, Looked};
use super::matcher_keys;
use super::model::{Expectation, Left};
use super::names::{Names, nearest_fact};
use crate::fact::Kind;
use crate::fact::vocabulary::ProbeKind;
use crate::yaml::{Entry, Node, Span};

/// Checks the shape of a mapping of facts to matchers.
pub(super) fn check(decoder: Decoder<'_>, node: &Node) {
    let Some(entries) = node.entries() else {
        decoder.expected(node, &Shape::Expect);
        return;
    };
    if entries.is_empty() {
        decoder.error(
            node.span,
            "`expect` expects nothing; expected a fact and what must hold of it",
        );
    }
    for entry in entries {
        if entry.value.is_null() {
            decoder.error(
                entry.key_span,
                format!(
                    "nothing is expected of `{}`; expected a value or matchers",
                    shorten(&entry.key)
                ),
            );
        } else {
            matcher_keys::check(decoder, &entry.value);
        }
    }
}

/// Reads the lines of an `expect` whose shape was checked.
pub(super) fn decode(decoder: Decoder<'_>, node: &Node, names: &Names<'_>) -> Vec<Expectation> {
    let entries = node.entries().unwrap_or_default();
    entries
        .iter()
        .filter(|entry| !entry.value.is_null())
        .filter_map(|entry| line(decoder, entry, names))
        .collect()
}

fn line(decoder: Decoder<'_>, entry: &Entry, names: &Names<'_>) -> Option<Expectation> {
    let (left, kind) = left(decoder, entry, names)?;
    let looked = Looked {
        kind,
        words: left_words(&entry.key),
        is_whole: true,
    };
    let matchers = matcher::decode(decoder, &entry.value, &looked, names);
    kept::volatile(decoder, entry.key_span, &left, &matchers);
    Some(Expectation {
        left,
        matchers,
        place: decoder.place(entry.key_span),
        text: written(decoder, entry),
    })
}

fn left_words(key: &str) -> String {
    format!("`{}`", shorten(key))
}

/// Returns a line as it was written, on one line.
fn written(decoder: Decoder<'_>, entry: &Entry) -> String {
    let span = Span {
        end: entry.value.span.end.max(entry.key_span.end),
        ..entry.key_span
    };
    let text = decoder.source.slice(span);
    if text.is_empty() {
        return entry.key.clone();
    }
    let lines: Vec<&str> = text
        .lines()
        .map(|l| l.split(" #").next().unwrap_or(l))
        .collect();
    lines
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Reads the left side: `probe.fact.path` or `probe $.selector`.
fn left(decoder: Decoder<'_>, entry: &Entry, names: &Names<'_>) -> Option<(Left, Kind)> {
    let key = entry.key.trim();
    let span = entry.key_span;
    if let Some((probe, selector)) = key.split_once(char::is_whitespace) {
        let (probe, kind, _) = known_probe(decoder, span, probe, names)?;
        let selector = selector.trim_start();
        if !has_json(kind) {
            decoder.error(
                span,
                format!("probe `{probe}` has no JSON body; expected a fact such as `{probe}.ok`"),
            );
            return None;
        }
        let begins = entry.key.len() - selector.len();
        let selector = names.selector(decoder, span, selector, begins)?;
        return Some((Left::Nodes { probe, selector }, Kind::Json));
    }
    if !key.contains('.') {
        decoder.error(
            span,
            format!(
                "`{}` is no fact; expected `probe.fact` or `probe $.json.path`",
                shorten(key)
            ),
        );
        return None;
    }
    let (probe, kind, length) = known_probe(decoder, span, key, names)?;
    let path = key.get(length + 1..).unwrap_or_default();
    if let Some(fact) = kind.fact(path) {
        let left = Left::Fact {
            probe,
            path: path.to_owned(),
        };
        return Some((left, fact.kind));
    }
    if let Some(below) = path.strip_prefix("json.").filter(|_| has_json(kind)) {
        let members: Vec<String> = below.split('.').map(|m| format!("['{m}']")).collect();
        if below.split('.').all(is_identifier) {
            let selector = names.selector(decoder, span, &format!("${}", members.concat()), 0)?;
            return Some((Left::Nodes { probe, selector }, Kind::Json));
        }
    }
    decoder.error(span, unknown_fact(&probe, kind, path));
    None
}

fn unknown_fact(probe: &str, kind: &'static ProbeKind, path: &str) -> String {
    if kind.is_group(path) {
        let example = kind
            .all_facts()
            .find(|f| f.path.starts_with(&format!("{path}.")))
            .map_or("", |f| f.path);
        return format!(
            "`{probe}.{path}` is a group of facts; expected one of them, such as `{probe}.{example}`"
        );
    }
    let hint = match nearest_fact(kind, path) {
        Some(near) => format!("did you mean `{probe}.{near}`?"),
        None => format!(
            "`quintet facts {}` lists those of a `{}` probe",
            kind.name, kind.name
        ),
    };
    format!("unknown fact `{probe}.{path}`; {hint}")
}

/// Returns the probe that a path begins with, its kind, and the length of its name there.
fn known_probe(
    decoder: Decoder<'_>,
    span: Span,
    path: &str,
    names: &Names<'_>,
) -> Option<(Arc<str>, &'static ProbeKind, usize)> {
    let found = names.probe_of(path);
    if found.is_none() {
        names.unknown_path(decoder, span, path);
    }
    found
}

fn has_json(kind: &'static ProbeKind) -> bool {
    kind.fact("json").is_some_and(|f| f.kind == Kind::Json)
}
