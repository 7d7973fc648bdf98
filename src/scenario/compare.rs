//! Comparisons: one value per participant, a rule, and what a divergence means.

use super::basis::{self, full_id};
use super::check::Reader;
use super::decode::{Decoder, Fields, first_key, shorten};
use super::keys::{Shape, Table, may, must};
use super::literal;
use super::model::{Attribute, CompareRule, Comparison, Missing, Normalizer, Reference, Tolerance};
use super::units::{self, Quantity};
use crate::expr::Expression;
use crate::fact::{Kind, Value};
use crate::verdict::{By, Level};
use crate::yaml::Node;

/// Fewest participants where a comparison says nothing.
const MIN_PARTICIPANTS: u64 = 3;

/// Rules of comparison with their arguments.
pub(super) const RULES: &[(&str, &Table)] = &[
    ("equal", &NO_ARGS),
    ("one_of", &ONE_OF),
    ("within_ratio", &WITHIN_RATIO),
    ("within_abs", &WITHIN_ABS),
    ("ordered", &ORDERED),
    ("disjoint", &NO_ARGS),
    ("exactly_one", &NO_ARGS),
    ("at_most_one", &NO_ARGS),
    ("quorum", &QUORUM),
    ("subset_of_common", &NO_ARGS),
    ("union_covers", &UNION_COVERS),
    ("report", &NO_ARGS),
];

/// Names of the rules.
const RULE_WORDS: &[&str] = &[
    "equal",
    "one_of",
    "within_ratio",
    "within_abs",
    "ordered",
    "disjoint",
    "exactly_one",
    "at_most_one",
    "quorum",
    "subset_of_common",
    "union_covers",
    "report",
];

/// Names of normalizers.
const NORMALIZERS: &[&str] = &[
    "sort",
    "unique",
    "lower",
    "whitespace",
    "final_dot",
    "sort_keys",
    "urls",
    "utc_seconds",
    "handle_pattern",
    "shape",
];

const NO_ARGS: Table = Table {
    name: "rule without arguments",
    about: "This rule has no arguments.",
    keys: &[],
};
const ONE_OF: Table = Table {
    name: "`args` of `one_of`",
    about: "Each value is one of these.",
    keys: &[must(
        "values",
        Shape::List(&Shape::Any),
        "the values that are allowed",
    )],
};
const WITHIN_RATIO: Table = Table {
    name: "`args` of `within_ratio`",
    about: "The largest value over the smallest is at most this.",
    keys: &[must(
        "ratio",
        Shape::Number,
        "largest over smallest, at least 1",
    )],
};
const WITHIN_ABS: Table = Table {
    name: "`args` of `within_abs`",
    about: "Each value is this near to a reference.",
    keys: &[
        must("abs", Shape::Quantity, "how near, with the value's unit"),
        may(
            "reference",
            Shape::Text,
            "`median`, the id of a registry, or a constant; default `median`",
        ),
    ],
};
const ORDERED: Table = Table {
    name: "`args` of `ordered`",
    about: "Named values do not decrease in this order.",
    keys: &[
        must("sequence", Shape::List(&Shape::Text), "names in order"),
        may("max_gap", Shape::Quantity, "largest step between neighbors"),
    ],
};
const QUORUM: Table = Table {
    name: "`args` of `quorum`",
    about: "A group of equal values has at least this many members.",
    keys: &[
        must(
            "agree",
            Shape::Count,
            "members of the largest group, at least",
        ),
        may("of", Shape::Count, "participants with a value, at least"),
    ],
};
const UNION_COVERS: Table = Table {
    name: "`args` of `union_covers`",
    about: "The values together cover a set.",
    keys: &[must("set", Shape::Template, "`${…}` that yields the set")],
};

/// Keys of `tolerance`.
pub(super) const TOLERANCE: Table = Table {
    name: "tolerance",
    about: "Difference that is still equal.",
    keys: &[
        may(
            "symmetric_difference",
            Shape::Share,
            "largest share of members that are in one set only",
        ),
        may(
            "absolute",
            Shape::Quantity,
            "largest difference of numbers, with their unit",
        ),
    ],
};

/// Keys of a comparison.
pub(super) const COMPARISON: Table = Table {
    name: "comparison",
    about: "What should agree among registries, or along an axis of the matrix.",
    keys: &[
        must(
            "id",
            Shape::Name,
            "its name within the scenario, never reused",
        ),
        may(
            "title",
            Shape::Text,
            "one sentence: what should agree; default from the catalogue id it covers",
        ),
        basis::LEVEL,
        basis::REF,
        basis::OPERATOR,
        basis::COVERS,
        must(
            "value",
            Shape::AnyOf(&[Shape::Expression, Shape::MapOf(&Shape::Expression)]),
            "an expression with one value per participant; for `ordered` a mapping of names to expressions",
        ),
        may(
            "when",
            Shape::Expression,
            "participants for which this does not hold are excluded",
        ),
        must(
            "rule",
            Shape::Word(RULE_WORDS),
            "what must hold of the values",
        ),
        may("args", Shape::MapOf(&Shape::Any), "arguments of the rule"),
        may(
            "min_participants",
            Shape::Count,
            "fewest participants with a value, fewer are insufficient; default 3, or 2 along an axis",
        ),
        may(
            "missing",
            Shape::Word(&["exclude", "outlier", "inconclusive"]),
            "what a participant without a value is; default `inconclusive`",
        ),
        may(
            "attribute",
            Shape::Word(&["set", "outlier"]),
            "whose a divergence is; `outlier` makes it the outliers' `fail`, which needs a clause; default `set`",
        ),
        may(
            "grace",
            Shape::Duration,
            "how long a divergence must have been seen before it counts",
        ),
        may(
            "tolerance",
            Shape::Record(&TOLERANCE),
            "difference that is still equal",
        ),
        may(
            "normalize",
            Shape::Words(NORMALIZERS),
            "named changes of the value before it is compared, in order",
        ),
        may(
            "across",
            Shape::Identifier,
            "compares the values of this axis within each registry, instead of registries",
        ),
        may(
            "group_by",
            Shape::Expression,
            "splits the participants; each group is compared by itself",
        ),
        may("over_time", Shape::Any, "reserved for polling"),
        basis::SINCE,
        basis::RENAMED_FROM,
        basis::CAUSE,
    ],
};

/// Reads a comparison whose shape was checked.
pub(super) fn decode(reader: Reader<'_>, node: &Node, axes: &[&str]) -> Option<Comparison> {
    let Reader {
        decoder,
        names,
        defaults,
        shelf,
        ..
    } = reader;
    let id = full_id(reader.scenario, node.text_at("id")?);
    if let Some(over_time) = node.at("over_time") {
        decoder.error(
            over_time.span,
            "`over_time` is reserved; it comes with polling",
        );
    }
    let basis = basis::decode(decoder, node, By::Comparison, defaults, shelf);
    let when = node.at("when").map(|n| names.condition(decoder, n));
    let group_by = node.at("group_by").map(|n| names.expression(decoder, n));
    let value = value(reader, node);
    let rule = rule(reader, node);
    let across = node.at("across").and_then(|n| {
        let word = n.text()?;
        if !axes.contains(&word) {
            decoder.unknown(n.span, "axis", word, axes);
        }
        Some(word.to_owned())
    });
    let attribute = attribute(reader, node, basis.level, &basis.refs);
    let fewest = if across.is_some() {
        2
    } else {
        MIN_PARTICIPANTS
    };
    let title = node.text_at("title").map_or_else(
        || {
            let covered = basis
                .covers
                .first()
                .and_then(|c| shelf.catalog.entries.get(c.as_str()));
            covered.map_or_else(
                || node.string_at("id").replace('-', " "),
                |e| e.sentence.clone(),
            )
        },
        str::to_owned,
    );
    Some(Comparison {
        title,
        value: value?,
        when: match when {
            Some(compiled) => Some(compiled?),
            None => None,
        },
        rule: rule?,
        min_participants: node.count_at("min_participants").unwrap_or(fewest),
        missing: match node.text_at("missing") {
            Some("exclude") => Missing::Exclude,
            Some("outlier") => Missing::Outlier,
            _ => Missing::Inconclusive,
        },
        attribute,
        grace: node.duration_at("grace"),
        tolerance: node.at("tolerance").map(|n| tolerance(decoder, n)),
        normalize: node
            .texts_at("normalize")
            .iter()
            .filter_map(|w| normalizer(w))
            .collect(),
        across,
        group_by: match group_by {
            Some(compiled) => Some(compiled?),
            None => None,
        },
        place: decoder.place(first_key(node)),
        basis,
        id,
    })
}

/// Reads `value`: an expression, or for `ordered` a mapping that becomes one.
fn value(reader: Reader<'_>, node: &Node) -> Option<Expression> {
    let Reader { decoder, names, .. } = reader;
    let value = node.at("value")?;
    let ordered = node.text_at("rule") == Some("ordered");
    let Some(entries) = value.entries() else {
        return names.expression(decoder, value);
    };
    if !ordered {
        decoder.error(
            value.span,
            "`value` is a mapping; expected an expression, a mapping is for rule `ordered`",
        );
        return None;
    }
    let mut text = String::from("{");
    for entry in entries {
        names.expression(decoder, &entry.value)?;
        let separator = if text.len() > 1 { ", " } else { "" };
        let written = entry.value.text()?;
        let name = entry.key.replace(['\'', '\\'], "_");
        text.extend([separator, "'", &name, "': (", written, ")"]);
    }
    text.push('}');
    names.expression_text(decoder, value, &text)
}

fn rule(reader: Reader<'_>, node: &Node) -> Option<CompareRule> {
    let Reader { decoder, names, .. } = reader;
    let word = node.text_at("rule")?;
    let (_, table) = RULES.iter().find(|(name, _)| *name == word)?;
    let empty = Node {
        span: first_key(node),
        value: crate::yaml::Value::Mapping(Vec::new()),
    };
    let args = match node.at("args") {
        Some(args) if table.keys.is_empty() => {
            decoder.error(args.span, format!("rule `{word}` has no arguments"));
            return None;
        }
        Some(args) => args,
        None if table.keys.iter().any(|k| k.required) => {
            let key = table.keys.first().map_or("", |k| k.name);
            let span = node.at("rule").map_or(node.span, |n| n.span);
            decoder.error(
                span,
                format!("rule `{word}` has no `args`; expected `args` with `{key}`"),
            );
            return None;
        }
        None => &empty,
    };
    if !decoder.check(args, &Shape::Record(table)) {
        return None;
    }
    Some(match word {
        "equal" => CompareRule::Equal,
        "one_of" => CompareRule::OneOf(
            args.at("values")?
                .items()?
                .iter()
                .map(Node::to_json)
                .collect(),
        ),
        "within_ratio" => CompareRule::WithinRatio(ratio(decoder, args.at("ratio")?)?),
        "within_abs" => CompareRule::WithinAbs {
            abs: quantity(args.text_at("abs")?)?,
            reference: reference(reader, args)?,
        },
        "ordered" => CompareRule::Ordered {
            sequence: args.texts_at("sequence"),
            max_gap: args.text_at("max_gap").and_then(quantity),
        },
        "disjoint" => CompareRule::Disjoint,
        "exactly_one" => CompareRule::ExactlyOne,
        "at_most_one" => CompareRule::AtMostOne,
        "quorum" => CompareRule::Quorum {
            agree: args.count_at("agree")?,
            of: args.count_at("of"),
        },
        "subset_of_common" => CompareRule::SubsetOfCommon,
        "union_covers" => CompareRule::UnionCovers {
            set: names.template(decoder, args.at("set")?)?,
        },
        "report" => CompareRule::Report,
        _ => return None,
    })
}

fn ratio(decoder: Decoder<'_>, node: &Node) -> Option<f64> {
    let ratio = units::share(node.text()?)?;
    if ratio < 1.0 {
        decoder.error(
            node.span,
            format!("ratio `{ratio}` is below 1; expected largest over smallest"),
        );
        return None;
    }
    Some(ratio)
}

/// Reads a quantity as a value with its kind; a bare whole number is a count.
fn quantity(text: &str) -> Option<Value> {
    Some(match units::quantity(text)? {
        Quantity::Number(number) => match text.trim().parse() {
            Ok(count) => Value::Count(count),
            Err(_) => Value::Ratio(number),
        },
        Quantity::Share(share) => Value::Ratio(share),
        Quantity::Size(bytes) => Value::Bytes(bytes),
        Quantity::Duration(duration) => Value::Duration(duration),
    })
}

fn reference(reader: Reader<'_>, args: &Node) -> Option<Reference> {
    let Some(node) = args.at("reference") else {
        return Some(Reference::Median);
    };
    let text = node.text()?;
    if text == "median" {
        return Some(Reference::Median);
    }
    if let Some(id) = reader
        .names
        .registries
        .iter()
        .find(|id| id.as_str() == text)
    {
        return Some(Reference::Participant(id.clone()));
    }
    let constant = quantity(text).or_else(|| literal::literal(node, Kind::Time).ok());
    if constant.is_none() {
        reader.decoder.error(
            node.span,
            format!(
                "`{}` is no reference; expected `median`, the id of a registry, or a constant",
                shorten(text)
            ),
        );
    }
    constant.map(Reference::Constant)
}

fn tolerance(decoder: Decoder<'_>, node: &Node) -> Tolerance {
    let tolerance = Tolerance {
        symmetric_difference: node.share_at("symmetric_difference"),
        absolute: node.text_at("absolute").and_then(quantity),
    };
    if tolerance.symmetric_difference.is_none() && tolerance.absolute.is_none() {
        decoder.error(
            node.span,
            "`tolerance` allows nothing; expected `symmetric_difference` or `absolute`",
        );
    }
    tolerance
}

/// Reads `attribute`; an outlier can only be named where a clause decides.
fn attribute(reader: Reader<'_>, node: &Node, level: Level, refs: &[String]) -> Attribute {
    let Some(word) = node.at("attribute").filter(|n| n.text() == Some("outlier")) else {
        return Attribute::Set;
    };
    let clause = refs.iter().any(|r| {
        let document = r.split('#').next().unwrap_or(r);
        reader
            .shelf
            .clauses
            .documents
            .get(document)
            .is_some_and(|d| d.status.is_adopted())
    });
    if !clause || !matches!(level, Level::Must | Level::Should | Level::May) {
        reader.decoder.error(
            word.span,
            "`attribute: outlier` names who is wrong, which only a clause can decide; expected a `ref` to an adopted document and level `must`, `should` or `may`",
        );
    }
    Attribute::Outlier
}

fn normalizer(word: &str) -> Option<Normalizer> {
    Some(match word {
        "sort" => Normalizer::Sort,
        "unique" => Normalizer::Unique,
        "lower" => Normalizer::Lower,
        "whitespace" => Normalizer::Whitespace,
        "final_dot" => Normalizer::FinalDot,
        "sort_keys" => Normalizer::SortKeys,
        "urls" => Normalizer::Urls,
        "utc_seconds" => Normalizer::UtcSeconds,
        "handle_pattern" => Normalizer::HandlePattern,
        "shape" => Normalizer::Shape,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_and_normalizer_word_is_read() {
        let words: Vec<&str> = RULES.iter().map(|(word, _)| *word).collect();
        assert_eq!(words, RULE_WORDS);
        for word in NORMALIZERS {
            assert!(normalizer(word).is_some(), "{word}");
        }
    }
}
