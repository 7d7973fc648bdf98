//! Fragments: groups of probes and checks that scenarios reuse, expanded once.
//!
//! A fragment's variables stand as `${with.name}` anywhere in its texts and keys, and
//! are replaced before anything is compiled. A fragment uses no fragment.

use std::collections::BTreeMap;

use super::decode::{Decoder, shorten};
use super::document;
use super::fields::{Fields as _, first_key};
use super::grammar::is_identifier;
use super::keys::{Shape, Table, may, must};
use crate::yaml::{Entry, Node, Scalar, Source, Span, Value, nearest};

/// Keys of a fragment.
pub(super) const FRAGMENT: Table = Table {
    name: "fragment",
    about: "A group of probes and checks that scenarios reuse with `use`.",
    keys: &[
        must("fragment", Shape::Id, "its id"),
        must("title", Shape::Text, "one sentence: what it adds"),
        may(
            "with",
            Shape::NamesOf(&Shape::Record(&VARIABLE)),
            "its variables, written `${with.name}`",
        ),
        may("probes", Shape::MapOf(&Shape::Any), "probes that it adds"),
        may(
            "checks",
            Shape::List(&Shape::Any),
            "checks and uses of rules that it adds",
        ),
        may(
            "compare",
            Shape::List(&Shape::Any),
            "comparisons that it adds",
        ),
    ],
};

/// Keys of a variable.
pub(super) const VARIABLE: Table = Table {
    name: "variable",
    about: "A variable of a fragment.",
    keys: &[
        must("meaning", Shape::Text, "what it is"),
        may(
            "default",
            Shape::Any,
            "its value where the scenario gives none; without a default it must be given",
        ),
    ],
};

/// Keys of an entry of `use`.
pub(super) const USE: Table = Table {
    name: "use of a fragment",
    about: "A fragment whose probes and checks are added.",
    keys: &[
        must("fragment", Shape::Id, "its id"),
        may(
            "with",
            Shape::NamesOf(&Shape::Any),
            "values of its variables",
        ),
    ],
};

/// A fragment file.
#[derive(Debug)]
pub(super) struct Fragment {
    pub(super) id: String,
    pub(super) source: Source,
    pub(super) node: Node,
}

/// A fragment with its variables filled in, and a line that says where it is used.
#[derive(Debug)]
pub(super) struct Filled<'a> {
    pub(super) source: &'a Source,
    pub(super) node: Node,
    pub(super) used: String,
}

/// Fills in a fragment for one entry of `use`; `None` if there is no such fragment.
pub(super) fn expand<'f>(
    decoder: Decoder<'_>,
    entry: &Node,
    fragments: &'f [Fragment],
) -> Option<Filled<'f>> {
    let named = entry.at("fragment")?;
    let id = named.text()?;
    let Some(fragment) = fragments.iter().find(|f| f.id == id) else {
        let known: Vec<&str> = fragments.iter().map(|f| f.id.as_str()).collect();
        decoder.unknown(named.span, "fragment", id, &known);
        return None;
    };
    let place = decoder.place(named.span);
    let used = format!(
        "note: fragment `{id}` is used at {}:{}:{}",
        place.file, place.line, place.column
    );
    let values = values(decoder, entry, named.span, fragment)?;
    let inner = Decoder {
        source: &fragment.source,
        used: Some(&used),
        problems: decoder.problems,
    };
    let mut filled = Vec::new();
    for part in fragment.node.entries().unwrap_or_default() {
        if matches!(part.key.as_str(), "probes" | "checks" | "compare") {
            filled.push(Entry {
                key: part.key.clone(),
                key_span: part.key_span,
                value: fill(inner, &part.value, &values),
            });
        }
    }
    let node = Node {
        span: fragment.node.span,
        value: Value::Mapping(filled),
    };
    inner.check(&node, &Shape::Record(&document::PARTS));
    Some(Filled {
        source: &fragment.source,
        node,
        used,
    })
}

/// Returns the values of a fragment's variables; reports unknown and missing ones, and
/// then returns none, since what they leave open would be reported again and again.
fn values<'n>(
    decoder: Decoder<'_>,
    entry: &'n Node,
    span: Span,
    fragment: &'n Fragment,
) -> Option<BTreeMap<&'n str, &'n Node>> {
    let before = decoder.problems.count();
    let declared = fragment
        .node
        .at("with")
        .and_then(Node::entries)
        .unwrap_or_default();
    let mut values: BTreeMap<&str, &Node> = declared
        .iter()
        .filter_map(|d| Some((d.key.as_str(), d.value.get("default")?)))
        .collect();
    for given in entry.at("with").and_then(Node::entries).unwrap_or_default() {
        if declared.iter().any(|d| d.key == given.key) {
            values.insert(&given.key, &given.value);
        } else {
            let known = declared.iter().map(|d| d.key.as_str());
            let hint = match nearest(&given.key, known) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => String::new(),
            };
            decoder.error(
                given.key_span,
                format!(
                    "unknown variable `{}` of fragment `{}`{hint}",
                    given.key, fragment.id
                ),
            );
        }
    }
    for variable in declared
        .iter()
        .filter(|d| !values.contains_key(d.key.as_str()))
    {
        let meaning = variable.value.text_at("meaning").unwrap_or("a value");
        decoder.error(
            span,
            format!(
                "fragment `{}` needs `{}` in `with`: {}",
                fragment.id,
                variable.key,
                shorten(meaning)
            ),
        );
    }
    (decoder.problems.count() == before).then_some(values)
}

/// Copies a tree with its variables replaced.
fn fill(decoder: Decoder<'_>, node: &Node, values: &BTreeMap<&str, &Node>) -> Node {
    let value = match &node.value {
        Value::Scalar(scalar) => {
            if let Some(name) = whole_variable(&scalar.text)
                && let Some(given) = values.get(name)
            {
                return at_place(given, node.span);
            }
            Value::Scalar(Scalar {
                text: fill_text(decoder, node.span, &scalar.text, values),
                plain: scalar.plain,
            })
        }
        Value::Sequence(items) => {
            Value::Sequence(items.iter().map(|i| fill(decoder, i, values)).collect())
        }
        Value::Mapping(entries) => Value::Mapping(
            entries
                .iter()
                .map(|e| Entry {
                    key: fill_text(decoder, e.key_span, &e.key, values),
                    key_span: e.key_span,
                    value: fill(decoder, &e.value, values),
                })
                .collect(),
        ),
    };
    Node {
        span: node.span,
        value,
    }
}

/// Returns the name if a text is `${with.name}` and nothing else.
fn whole_variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${with.")?.strip_suffix('}')?;
    is_identifier(name).then_some(name)
}

/// Copies a tree with all places set to one.
fn at_place(node: &Node, span: Span) -> Node {
    let value = match &node.value {
        Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
        Value::Sequence(items) => {
            Value::Sequence(items.iter().map(|i| at_place(i, span)).collect())
        }
        Value::Mapping(entries) => Value::Mapping(
            entries
                .iter()
                .map(|e| Entry {
                    key: e.key.clone(),
                    key_span: span,
                    value: at_place(&e.value, span),
                })
                .collect(),
        ),
    };
    Node { span, value }
}

/// Replaces every `${with.name}` within a text.
fn fill_text(
    decoder: Decoder<'_>,
    span: Span,
    text: &str,
    values: &BTreeMap<&str, &Node>,
) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${with.") {
        filled.push_str(before);
        let Some((name, tail)) = behind.split_once('}') else {
            filled.push_str("${with.");
            rest = behind;
            continue;
        };
        match values.get(name).map(|n| n.text()) {
            Some(Some(value)) => filled.push_str(value),
            Some(None) => decoder.error(
                span,
                format!(
                    "`with.{name}` is no text, so it can only stand alone, as `${{with.{name}}}`"
                ),
            ),
            None => {
                let known: Vec<&str> = values.keys().copied().collect();
                decoder.unknown(span, "variable", name, &known);
            }
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

/// Returns a fragment out of its file; reports what its head lacks.
pub(super) fn decode(decoder: Decoder<'_>, source: &Source, node: Node) -> Option<Fragment> {
    decoder.check(&node, &Shape::Record(&FRAGMENT));
    let Some(id) = node.text_at("fragment") else {
        decoder.error(first_key(&node), "fragment cannot be used without its id");
        return None;
    };
    Some(Fragment {
        id: id.to_owned(),
        source: source.clone(),
        node,
    })
}
