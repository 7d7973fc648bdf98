//! Comparisons: one value per participant, a rule, and what a divergence means.

use super::basis::{self, full_id};
use super::check::Reader;
use super::compare_keys::RULES;
use super::decode::{Decoder, shorten};
use super::fields::{Fields as _, first_key, optional};
use super::keys::Shape;
use super::literal;
use super::model::{Attribute, CompareRule, Comparison, Missing, Normalizer, Reference, Tolerance};
use super::units::{self, Quantity};
use crate::expr::Expression;
use crate::fact::{Kind, Value};
use crate::verdict::{By, Level};
use crate::yaml::Node;

/// Fewest participants where a comparison says nothing.
const MIN_PARTICIPANTS: u64 = 3;

/// Reads a comparison whose shape was checked.
pub(super) fn decode(reader: Reader<'_>, node: &Node, axes: &[&str]) -> Option<Comparison> {
    let Reader {
        decoder,
        names,
        defaults,
        shelf,
        times,
        ..
    } = reader;
    let id = full_id(reader.scenario, node.text_at("id")?);
    let over_time = times.over_time(decoder, node);
    let basis = basis::decode(decoder, node, By::Comparison, defaults, shelf);
    let when = optional(node.at("when"), |n| names.condition(decoder, n));
    let group_by = optional(node.at("group_by"), |n| names.expression(decoder, n));
    let declared = optional(node.at("declared"), |n| names.expression(decoder, n));
    if let Some(declared) = node.at("declared") {
        if node.text_at("rule") != Some("report") || node.at("across").is_some() {
            decoder.error(
                declared.span,
                "`declared` stands beside what is only shown; expected `rule: report` without `across`",
            );
        }
    }
    let value = value(reader, node);
    let rule = rule(reader, node);
    let across = node.at("across").and_then(|n| {
        let word = n.text()?;
        if !axes.contains(&word) {
            decoder.unknown(n.span, "axis", word, axes);
        }
        Some(word.to_owned())
    });
    let basis = basis?;
    let attribute = attribute(reader, node, basis.level, &basis.refs);
    let fewest = if across.is_some() || times.is_of_pairs() {
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
        declared: declared?,
        when: when?,
        rule: rule?,
        min_participants: node.count_at("min_participants").unwrap_or(fewest),
        missing: match node.text_at("missing") {
            Some("exclude") => Missing::Exclude,
            Some("outlier") => Missing::Outlier,
            _ => Missing::Inconclusive,
        },
        attribute,
        over_time: over_time?,
        grace: node.duration_at("grace"),
        tolerance: node.at("tolerance").map(|n| tolerance(decoder, n)),
        normalize: node
            .texts_at("normalize")
            .iter()
            .filter_map(|w| normalizer(w))
            .collect(),
        across,
        group_by: group_by?,
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

/// Reads a quantity such as `24h`, `8 MiB` or `5%` as a value with its kind; a bare whole
/// number is a count. `None` if the text is none.
pub fn quantity(text: &str) -> Option<Value> {
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
        let (document, _) = basis::parts(r);
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

pub(super) fn normalizer(word: &str) -> Option<Normalizer> {
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
        "times" => Normalizer::Times,
        "shape" => Normalizer::Shape,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::compare_keys::NORMALIZERS;
    use super::*;

    #[test]
    fn every_normalizer_word_is_read() {
        for word in NORMALIZERS {
            assert!(normalizer(word).is_some(), "{word}");
        }
    }
}
