//! Axes of a matrix: written values, expressions, samples.

use super::decode::Decoder;
use super::fields::Fields as _;
use super::keys::{Shape, Table, may, must};
use super::model::{Axis, AxisValues, Pattern};
use super::names::Names;
use crate::yaml::{Entry, Node, Value};

/// What may stand behind an axis.
pub(super) const AXIS: Shape = Shape::AnyOf(&[
    Shape::Template,
    Shape::List(&Shape::Any),
    Shape::Record(&SAMPLED),
]);

/// Keys of a sampled axis.
pub(super) const SAMPLED: Table = Table {
    name: "sampled axis",
    about: "An axis whose values are drawn from a list; its results are counted, not listed.",
    keys: &[must("sample", Shape::Record(&SAMPLE), "what is drawn")],
};

/// Keys of `sample`.
pub(super) const SAMPLE: Table = Table {
    name: "sample",
    about: "A sample of a list, drawn without replacement.",
    keys: &[
        must(
            "from",
            Shape::Expression,
            "an expression that yields the list; it may read probes",
        ),
        must("count", Shape::Count, "how many are drawn at most"),
        may(
            "seed",
            Shape::Count,
            "the same seed draws the same sample of the same list; default 0",
        ),
    ],
};

/// Reads the axes of a matrix; values see what is `given`, samples the probes too.
pub(super) fn decode(
    decoder: Decoder<'_>,
    axes: &[Entry],
    given: &Names<'_>,
    with_probes: &Names<'_>,
) -> Vec<Axis> {
    let read = |entry: &Entry| {
        let values = axis(decoder, &entry.value, given, with_probes)?;
        Some(Axis {
            name: entry.key.clone(),
            values,
            place: decoder.place(entry.key_span),
        })
    };
    axes.iter().filter_map(read).collect()
}

fn axis(
    decoder: Decoder<'_>,
    node: &Node,
    scope: &Names<'_>,
    all: &Names<'_>,
) -> Option<AxisValues> {
    if let Some(sample) = node.at("sample") {
        let from = sample.at("from")?;
        return Some(AxisValues::Sample {
            from: all.expression(decoder, from)?,
            count: sample.count_at("count")?,
            seed: sample.count_at("seed").unwrap_or(0),
        });
    }
    if let Some(items) = node.items() {
        if items.is_empty() {
            decoder.error(
                node.span,
                "axis has no values, so the scenario would never run",
            );
            return None;
        }
        let patterns: Vec<Pattern> = items
            .iter()
            .filter_map(|i| pattern(decoder, i, scope))
            .collect();
        let plain: Option<Vec<serde_json::Value>> = patterns
            .iter()
            .map(|p| match p {
                Pattern::Plain(value) => Some(value.clone()),
                Pattern::Text(_) | Pattern::List(_) | Pattern::Object(_) => None,
            })
            .collect();
        return Some(plain.map_or(AxisValues::Patterns(patterns), AxisValues::Literal));
    }
    let text = node.text()?;
    let whole = text.strip_prefix("${").and_then(|t| t.strip_suffix('}'));
    let Some(inner) = whole else {
        decoder.error(
            node.span,
            "an axis is text here; expected a list, `${…}` that yields one, or `sample`",
        );
        return None;
    };
    scope
        .expression_within(decoder, node, inner, "${".len())
        .map(AxisValues::Expression)
}

/// Reads a value with `${…}` in its texts; a tree without them is one plain value.
fn pattern(decoder: Decoder<'_>, node: &Node, names: &Names<'_>) -> Option<Pattern> {
    if !holds_template(node) {
        return Some(Pattern::Plain(node.to_json()));
    }
    Some(match &node.value {
        Value::Scalar(_) => Pattern::Text(names.template(decoder, node)?),
        Value::Sequence(items) => Pattern::List(
            items
                .iter()
                .filter_map(|i| pattern(decoder, i, names))
                .collect(),
        ),
        Value::Mapping(entries) => Pattern::Object(
            entries
                .iter()
                .filter_map(|e| Some((e.key.clone(), pattern(decoder, &e.value, names)?)))
                .collect(),
        ),
    })
}

fn holds_template(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.contains("${"),
        Value::Sequence(items) => items.iter().any(holds_template),
        Value::Mapping(entries) => entries.iter().any(|e| holds_template(&e.value)),
    }
}
