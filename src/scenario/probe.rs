//! Probes: the key of a kind from the vocabulary, and that kind's arguments.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use super::data::known_registry;
use super::decode::Decoder;
use super::fields::{Fields as _, first_key, many};
use super::keys::{Shape, Table, may, must, one_of};
use super::model::{ArgumentText, Family, Probe, Reach, Retry};
use super::names::Names;
use super::order::order;
use crate::fact::vocabulary::{ArgumentValue, COMMON_ARGUMENTS, PROBES, ProbeKind, REQUIRED};
use crate::yaml::{Node, nearest};

/// Keys of `redirects: { max: 4 }`.
pub(super) const REDIRECTS: Table = Table {
    name: "limit of redirects",
    about: "How many redirects are followed.",
    keys: &[must("max", Shape::Count, "how many hops are followed")],
};

/// Keys of `retry`.
pub(super) const RETRY: Table = Table {
    name: "retry",
    about: "How a probe is repeated after transport failures.",
    keys: &[
        must(
            "attempts",
            Shape::Count,
            "most attempts, the first included, at most 10",
        ),
        may(
            "first",
            Shape::Duration,
            "wait before the second attempt, doubled for each further one; default `1s`",
        ),
        may("max", Shape::Duration, "longest wait; default `30s`"),
    ],
};

/// Most attempts of a probe; ours, because each costs the registry an exchange.
const MOST_ATTEMPTS: u64 = 10;

/// Wait before the second attempt where nothing is said; ours, as a person would.
pub(super) const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(1);

/// Longest wait between attempts where nothing is said; ours.
pub(super) const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(30);

/// Returns what may stand behind an argument.
pub(super) const fn shape_of(value: ArgumentValue) -> Shape {
    match value {
        ArgumentValue::Text | ArgumentValue::Registry => Shape::Template,
        ArgumentValue::Texts => Shape::OneOrMany(&Shape::Template),
        ArgumentValue::Duration => Shape::Duration,
        ArgumentValue::Bytes => Shape::Size,
        ArgumentValue::Count => Shape::Count,
        ArgumentValue::Flag => Shape::Flag,
        ArgumentValue::Word(words) => Shape::Word(words),
        ArgumentValue::Words(words) => Shape::Words(words),
        ArgumentValue::Headers => Shape::MapOf(&Shape::Template),
        ArgumentValue::Redirects => {
            Shape::AnyOf(&[Shape::Word(&["none"]), Shape::Record(&REDIRECTS)])
        }
        ArgumentValue::Retry => Shape::Record(&RETRY),
        ArgumentValue::Condition => Shape::Expression,
        ArgumentValue::Probe => Shape::Identifier,
    }
}

/// Checks the shape of a probe: one kind, and arguments that it has.
pub(super) fn check(decoder: Decoder<'_>, node: &Node) {
    let Some(entries) = node.entries() else {
        decoder.expected(node, &Shape::Probe);
        return;
    };
    let kinds: Vec<&str> = PROBES.iter().map(|k| k.name).collect();
    let found: Vec<_> = entries
        .iter()
        .filter(|e| kinds.contains(&e.key.as_str()))
        .collect();
    let [entry] = found.as_slice() else {
        if let Some(second) = found.get(1) {
            let message = format!("a probe has one kind; `{}` is a second one", second.key);
            decoder.error(second.key_span, message);
            return;
        }
        let common = |key: &str| COMMON_ARGUMENTS.iter().any(|a| a.name == key);
        let near = entries
            .iter()
            .filter(|e| !common(&e.key))
            .find_map(|e| Some((e, nearest(&e.key, kinds.iter().copied())?)));
        match (near, entries.iter().find(|e| !common(&e.key))) {
            (Some((entry, near)), _) => decoder.error(
                entry.key_span,
                format!(
                    "unknown kind of probe `{}`; did you mean `{near}`?",
                    entry.key
                ),
            ),
            (None, Some(entry)) => decoder.error(
                entry.key_span,
                format!(
                    "unknown kind of probe `{}`; expected {}",
                    entry.key,
                    one_of(&kinds)
                ),
            ),
            (None, None) => decoder.error(
                first_key(node),
                format!(
                    "probe has no kind; expected {} with what is asked",
                    one_of(&kinds)
                ),
            ),
        }
        return;
    };
    let Some(kind) = ProbeKind::named(&entry.key) else {
        return;
    };
    decoder.check(&entry.value, &Shape::Template);
    for other in entries.iter().filter(|e| e.key != kind.name) {
        if let Some(argument) = kind.all_arguments().find(|a| a.name == other.key) {
            decoder.check(&other.value, &shape_of(argument.value));
        } else {
            let names: Vec<&str> = kind.all_arguments().map(|a| a.name).collect();
            decoder.unknown_key(other, &format!("the `{}` probe", kind.name), &names);
        }
    }
}

/// Returns the kind of a probe and the node of what it asks; `None` if [`check`] complained.
pub(super) fn kind_of(node: &Node) -> Option<(&'static ProbeKind, &Node)> {
    let mut found = PROBES.iter().filter_map(|k| Some((*k, node.get(k.name)?)));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Reads a probe whose shape was checked; `None` if a part of it had a mistake.
pub(super) fn decode(
    decoder: Decoder<'_>,
    name: &str,
    node: &Node,
    names: &Names<'_>,
    timeout: Option<SignedDuration>,
) -> Option<Probe> {
    let (kind, subject) = kind_of(node)?;
    let subject = names.template(decoder, subject);
    let mut after = Vec::new();
    let mut arguments = BTreeMap::new();
    for argument in kind.arguments.iter().flat_map(|a| a.iter()) {
        let Some(value) = node.at(argument.name) else {
            continue;
        };
        if let Some(text) = decode_argument(decoder, value, argument.value, names) {
            if let ArgumentText::Probe(other) = &text {
                after.push(Arc::clone(other));
            }
            arguments.insert(argument.name, text);
        }
    }
    let when = node.at("when").and_then(|n| names.condition(decoder, n));
    if let Some(other) = node.at("after") {
        after.extend(names.probe(decoder, other));
    }
    let at = node.at("at").and_then(|n| {
        if let Some(text) = n.text().filter(|t| !t.contains("${")) {
            decoder.check(n, &Shape::Registry);
            known_registry(decoder, n.span, text, names.registries);
        }
        names.template(decoder, n)
    });
    check_needed(decoder, node, kind);
    Some(Probe {
        name: Arc::from(name),
        kind,
        subject: subject?,
        arguments,
        when,
        after,
        timeout: node.duration_at("timeout").or(timeout),
        retry: node.at("retry").and_then(|n| decode_retry(decoder, n)),
        family: match node.text_at("family") {
            Some("ipv4") => Family::Ipv4,
            Some("ipv6") => Family::Ipv6,
            _ => Family::Any,
        },
        at,
        reach: match node.text_at("scope") {
            Some("shared") => Reach::All,
            Some("instances") => Reach::Registry,
            _ => Reach::Case,
        },
        place: decoder.place(first_key(node)),
    })
}

/// Reports arguments that a kind cannot do without.
fn check_needed(decoder: Decoder<'_>, node: &Node, kind: &ProbeKind) {
    let required = kind
        .arguments
        .iter()
        .flat_map(|a| a.iter())
        .filter(|a| a.is_required());
    for argument in required {
        if node.get(argument.name).is_none() {
            decoder.missing(
                node,
                &format!("`{}` probe", kind.name),
                argument.name,
                argument.meaning.trim_end_matches(REQUIRED),
            );
        }
    }
}

fn decode_argument(
    decoder: Decoder<'_>,
    node: &Node,
    value: ArgumentValue,
    names: &Names<'_>,
) -> Option<ArgumentText> {
    Some(match value {
        ArgumentValue::Text | ArgumentValue::Registry | ArgumentValue::Word(_) => {
            ArgumentText::Text(names.template(decoder, node)?)
        }
        ArgumentValue::Texts | ArgumentValue::Words(_) => ArgumentText::Texts(
            many(node)
                .into_iter()
                .filter_map(|n| names.template(decoder, n))
                .collect(),
        ),
        ArgumentValue::Headers => ArgumentText::Headers(
            node.entries()?
                .iter()
                .filter_map(|e| Some((e.key.clone(), names.template(decoder, &e.value)?)))
                .collect(),
        ),
        ArgumentValue::Duration => ArgumentText::Duration(super::units::duration(node.text()?)?),
        ArgumentValue::Bytes => ArgumentText::Bytes(super::units::size(node.text()?)?),
        ArgumentValue::Count => ArgumentText::Count(super::units::count(node.text()?)?),
        ArgumentValue::Flag => ArgumentText::Flag(node.text()? == "true"),
        ArgumentValue::Redirects => ArgumentText::Redirects(node.count_at("max").unwrap_or(0)),
        ArgumentValue::Probe => ArgumentText::Probe(names.probe(decoder, node)?),
        ArgumentValue::Retry | ArgumentValue::Condition => return None,
    })
}

/// Reads a `retry` whose shape was checked.
pub(super) fn decode_retry(decoder: Decoder<'_>, node: &Node) -> Option<Retry> {
    let attempts = node.count_at("attempts")?;
    if !(1..=MOST_ATTEMPTS).contains(&attempts) {
        let span = node.at("attempts").map_or(node.span, |n| n.span);
        decoder.error(
            span,
            format!("`{attempts}` attempts; expected 1 to {MOST_ATTEMPTS}"),
        );
    }
    Some(Retry {
        attempts: u32::try_from(attempts).ok()?,
        first: node.duration_at("first").unwrap_or(FIRST_WAIT),
        max: node.duration_at("max").unwrap_or(LONGEST_WAIT),
    })
}

/// Adds the probes that are read in templates and conditions, and reports circles.
pub(super) fn arrange(decoder: Decoder<'_>, node: &Node, probes: &mut [Probe], names: &Names<'_>) {
    for probe in probes.iter_mut() {
        let mut reads = names.probes_read_by(probe);
        reads.extend(probe.after.iter().cloned());
        reads.sort();
        reads.dedup();
        probe.after = reads;
    }
    let done = order(probes, |probe| &probe.name, |probe| &probe.after);
    let stuck = probes.iter().enumerate();
    let stuck = stuck.filter(|(place, _)| !done.contains(place));
    let stuck: Vec<&Probe> = stuck.map(|(_, probe)| probe).collect();
    if let Some(first) = stuck.first() {
        let waits: Vec<String> = stuck.iter().map(|p| format!("`{}`", p.name)).collect();
        let span = node.get(&first.name).map_or(node.span, first_key);
        decoder.error(
            span,
            format!(
                "probe `{}` waits for itself, by way of {}",
                first.name,
                waits.join(", ")
            ),
        );
    }
}
