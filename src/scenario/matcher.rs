//! Matchers: what must hold of a fact, checked against the kind of value it has.

use super::decode::{Decoder, Fields, first_key, many, shorten};
use super::keys::{Shape, Table, may};
use super::model::{Bound, CountBounds, JsonType, Matcher, Nearness, Operand, SetOperand};
use super::names::Names;
use super::units::{self, Quantity};
use crate::fact::{Json, Kind, Value};
use crate::resource::{AddressSet, AsnSet};
use crate::yaml::{Node, nearest};

const OPERAND: Shape = Shape::Any;
const OPERANDS: Shape = Shape::List(&Shape::Any);

/// Keys of `within`.
pub(super) const WITHIN: Table = Table {
    name: "`within`",
    about: "Near another value.",
    keys: &[
        super::keys::must("of", OPERAND, "the other value, often `${…}`"),
        may(
            "ratio",
            Shape::Share,
            "how near, as a share of the other value",
        ),
        may("abs", Shape::Quantity, "how near, in its unit"),
    ],
};

/// Keys of `count`.
pub(super) const COUNT: Table = Table {
    name: "`count`",
    about: "Bounds on the number of items or nodes.",
    keys: &[
        may("min", Shape::Count, "at least"),
        may("max", Shape::Count, "at most"),
        may("equals", Shape::Count, "exactly"),
    ],
};

/// Keys of `age`.
pub(super) const AGE: Table = Table {
    name: "`age`",
    about: "How long ago a time is, by the run's clock.",
    keys: &[
        may("min", Shape::Duration, "at least"),
        may("max", Shape::Duration, "at most"),
    ],
};

/// Keys of `expires_in`.
pub(super) const EXPIRES_IN: Table = Table {
    name: "`expires_in`",
    about: "How far ahead a time is, by the run's clock.",
    keys: &[super::keys::must("min", Shape::Duration, "at least")],
};

/// JSON types that `type` knows.
const TYPES: &[&str] = &[
    "string", "number", "integer", "boolean", "array", "object", "null",
];

/// Matchers in the order in which they are documented.
pub(super) const MATCHERS: Table = Table {
    name: "matcher",
    about: "What must hold of a value; all of them. A bare value means `equals`.",
    keys: &[
        may("equals", OPERAND, "equal; a bare value means this"),
        may(
            "not",
            Shape::Matchers,
            "none of these hold; a bare value means not equal",
        ),
        may("one_of", OPERANDS, "equal to one of these"),
        may("none_of", OPERANDS, "equal to none of these"),
        may("present", Shape::Flag, "there (`true`) or not (`false`)"),
        may(
            "absent",
            Shape::Flag,
            "not there (`true`) or there (`false`)",
        ),
        may("type", Shape::Word(TYPES), "of this JSON type"),
        may(
            "matches",
            Shape::Text,
            "text that matches a regular expression somewhere",
        ),
        may("contains", OPERAND, "text or a list that contains this"),
        may(
            "contains_all",
            OPERANDS,
            "a list that contains all of these",
        ),
        may(
            "contains_none",
            OPERANDS,
            "text or a list that contains none of these",
        ),
        may("starts_with", Shape::Template, "text that begins with this"),
        may("ends_with", Shape::Template, "text that ends with this"),
        may(
            "media_type",
            Shape::Text,
            "a media type, parameters and case ignored",
        ),
        may("min", OPERAND, "at least this, with its unit"),
        may("max", OPERAND, "at most this, with its unit"),
        may(
            "between",
            OPERANDS,
            "at least the first, at most the second",
        ),
        may("within", Shape::Record(&WITHIN), "near another value"),
        may(
            "count",
            Shape::AnyOf(&[Shape::Count, Shape::Record(&COUNT)]),
            "the number of items or nodes",
        ),
        may(
            "each",
            Shape::Matchers,
            "every item or node holds these; an empty list holds",
        ),
        may("any", Shape::Matchers, "some item or node holds these"),
        may("none", Shape::Matchers, "no item or node holds these"),
        may("unique", Shape::Flag, "no two items are equal"),
        may("sorted", Shape::Flag, "items are in ascending order"),
        may("before", Shape::Template, "a time before this"),
        may("after", Shape::Template, "a time after this"),
        may(
            "age",
            Shape::Record(&AGE),
            "a time this long ago, by the run's clock",
        ),
        may(
            "expires_in",
            Shape::Record(&EXPIRES_IN),
            "a time this far ahead, by the run's clock",
        ),
        may(
            "subset_of",
            Shape::OneOrMany(&Shape::Template),
            "every item, address or AS number is in this",
        ),
        may(
            "superset_of",
            Shape::OneOrMany(&Shape::Template),
            "every item, address or AS number of this is there",
        ),
        may(
            "disjoint_from",
            Shape::OneOrMany(&Shape::Template),
            "nothing in common with this",
        ),
        may(
            "covers",
            Shape::OneOrMany(&Shape::Template),
            "addresses or AS numbers that contain all of this",
        ),
        may(
            "empty",
            Shape::Flag,
            "nothing in it (`true`), or something (`false`)",
        ),
    ],
};

/// Matchers that the language reserves.
const RESERVED: &[&str] = &["schema", "snapshot"];

/// Checks the shape of the right side of an expectation.
pub(super) fn check(decoder: Decoder<'_>, node: &Node) {
    let Some(entries) = node.entries() else {
        return;
    };
    if entries.is_empty() {
        decoder.error(
            node.span,
            "no matcher stands here; expected one such as `min`",
        );
    }
    let names: Vec<&str> = MATCHERS.names().collect();
    for entry in entries {
        match MATCHERS.key(&entry.key) {
            Some(key) => {
                decoder.check(&entry.value, &key.shape);
            }
            None if RESERVED.contains(&entry.key.as_str()) => decoder.error(
                entry.key_span,
                format!("matcher `{}` is reserved; it is not there yet", entry.key),
            ),
            None => {
                let hint = match nearest(&entry.key, names.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "expected one such as `equals`, `min`, `contains` or `count`".to_owned()
                    }
                };
                decoder.error(
                    entry.key_span,
                    format!("unknown matcher `{}`; {hint}", entry.key),
                );
            }
        }
    }
}

/// What matchers are applied to.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    /// The kind of its value.
    pub(super) kind: Kind,
    /// What it is called in messages, in backticks.
    pub(super) words: String,
}

/// Reads matchers whose shape was checked.
pub(super) fn decode(
    decoder: Decoder<'_>,
    node: &Node,
    looked: &Looked,
    names: &Names<'_>,
) -> Vec<Matcher> {
    let reader = Reader {
        decoder,
        looked,
        names,
    };
    let Some(entries) = node.entries() else {
        return reader
            .operand(node)
            .map(Matcher::Equals)
            .into_iter()
            .collect();
    };
    let mut matchers = Vec::new();
    for entry in entries {
        let Some(key) = MATCHERS.key(&entry.key) else {
            continue;
        };
        if !applies(key.name, looked.kind) {
            decoder.error(
                entry.key_span,
                format!(
                    "`{}` cannot be asked of {}, which is {}; expected {}",
                    key.name,
                    looked.words,
                    looked.kind.words(),
                    applicable(looked.kind),
                ),
            );
            continue;
        }
        matchers.extend(reader.matcher(key.name, &entry.value));
    }
    matchers
}

/// Says whether a matcher has a meaning for values of a kind.
fn applies(matcher: &str, kind: Kind) -> bool {
    let number = matches!(
        kind,
        Kind::Count | Kind::Ratio | Kind::Bytes | Kind::Duration
    );
    let list = matches!(kind, Kind::Texts | Kind::Json);
    let set = matches!(kind, Kind::Addresses | Kind::Asns);
    match matcher {
        "present" | "absent" => true,
        "equals" | "not" | "one_of" | "none_of" => kind != Kind::Records,
        "type" => kind == Kind::Json,
        "matches" | "starts_with" | "ends_with" | "media_type" => {
            matches!(kind, Kind::Text | Kind::Json)
        }
        "contains" | "contains_none" => list || kind == Kind::Text,
        "contains_all" | "each" | "any" | "none" | "unique" | "sorted" => list,
        "min" | "max" | "between" => number || matches!(kind, Kind::Time | Kind::Json),
        "within" => number || kind == Kind::Json,
        "count" => list || kind == Kind::Records,
        "before" | "after" | "age" | "expires_in" => matches!(kind, Kind::Time | Kind::Json),
        "subset_of" | "superset_of" | "disjoint_from" => list || set,
        "covers" => set,
        "empty" => list || set || matches!(kind, Kind::Text | Kind::Records),
        _ => false,
    }
}

fn applicable(kind: Kind) -> String {
    let words: Vec<&str> = MATCHERS
        .names()
        .filter(|m| applies(m, kind) && !matches!(*m, "present" | "absent" | "not" | "none_of"))
        .take(5)
        .collect();
    super::keys::one_of(&words)
}

struct Reader<'a> {
    decoder: Decoder<'a>,
    looked: &'a Looked,
    names: &'a Names<'a>,
}

impl Reader<'_> {
    fn matcher(&self, name: &str, node: &Node) -> Option<Matcher> {
        let flag = || node.text().map(|t| t == "true");
        Some(match name {
            "equals" => Matcher::Equals(self.operand(node)?),
            "not" => Matcher::Not(self.nested(node, self.looked.kind)),
            "one_of" => Matcher::OneOf(self.operands(node)),
            "none_of" => Matcher::NoneOf(self.operands(node)),
            "present" => Matcher::Present(flag()?),
            "absent" => Matcher::Present(!flag()?),
            "type" => Matcher::Type(json_type(node.text()?)?),
            "matches" => Matcher::Matches(self.pattern(node)?),
            "contains" => Matcher::Contains(self.item(node)?),
            "contains_all" => Matcher::ContainsAll(self.items(node)),
            "contains_none" => Matcher::ContainsNone(self.items(node)),
            "starts_with" => Matcher::StartsWith(self.text(node)?),
            "ends_with" => Matcher::EndsWith(self.text(node)?),
            "media_type" => Matcher::MediaType(self.media_type(node)?),
            "min" => Matcher::Min(self.operand(node)?),
            "max" => Matcher::Max(self.operand(node)?),
            "between" => self.between(node)?,
            "within" => self.within(node)?,
            "count" => Matcher::Count(self.count(node)?),
            "each" => Matcher::Each(self.nested(node, item_kind(self.looked.kind))),
            "any" => Matcher::Any(self.nested(node, item_kind(self.looked.kind))),
            "none" => Matcher::None(self.nested(node, item_kind(self.looked.kind))),
            "unique" => Matcher::Unique(flag()?),
            "sorted" => Matcher::Sorted(flag()?),
            "before" => Matcher::Before(self.time(node)?),
            "after" => Matcher::After(self.time(node)?),
            "age" => self.age(node)?,
            "expires_in" => Matcher::ExpiresIn {
                min: node.duration_at("min")?,
            },
            "subset_of" => Matcher::SubsetOf(self.set(node)?),
            "superset_of" => Matcher::SupersetOf(self.set(node)?),
            "disjoint_from" => Matcher::DisjointFrom(self.set(node)?),
            "covers" => Matcher::Covers(self.set(node)?),
            "empty" => Matcher::Empty(flag()?),
            _ => return None,
        })
    }

    fn nested(&self, node: &Node, kind: Kind) -> Vec<Matcher> {
        let looked = Looked {
            kind,
            words: if kind == self.looked.kind {
                self.looked.words.clone()
            } else {
                format!("an item of {}", self.looked.words)
            },
        };
        decode(self.decoder, node, &looked, self.names)
    }

    fn operands(&self, node: &Node) -> Vec<Operand> {
        many(node)
            .into_iter()
            .filter_map(|n| self.operand(n))
            .collect()
    }

    /// Reads a value of the kind that is looked at.
    fn operand(&self, node: &Node) -> Option<Operand> {
        self.value(node, self.looked.kind)
    }

    /// Reads an item of what is looked at.
    fn item(&self, node: &Node) -> Option<Operand> {
        self.value(node, item_kind(self.looked.kind))
    }

    fn items(&self, node: &Node) -> Vec<Operand> {
        many(node)
            .into_iter()
            .filter_map(|n| self.item(n))
            .collect()
    }

    fn text(&self, node: &Node) -> Option<Operand> {
        self.value(node, Kind::Text)
    }

    fn time(&self, node: &Node) -> Option<Bound> {
        self.value(node, Kind::Time)
    }

    fn value(&self, node: &Node, kind: Kind) -> Option<Operand> {
        if node.text().is_some_and(|t| t.contains("${")) {
            return self
                .names
                .template(self.decoder, node)
                .map(Operand::Template);
        }
        match literal(node, kind) {
            Ok(value) => Some(Operand::Value(value)),
            Err(problem) => {
                self.decoder.error(
                    node.span,
                    format!(
                        "{problem}, and {} is {}; expected {}",
                        self.looked.words,
                        kind.words(),
                        example(kind)
                    ),
                );
                None
            }
        }
    }

    fn pattern(&self, node: &Node) -> Option<regex::Regex> {
        /// Largest compiled pattern, in octets; ours, a pattern is read by people.
        const LARGEST: usize = 1 << 20;
        let text = node.text()?;
        match regex::RegexBuilder::new(text).size_limit(LARGEST).build() {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ");
                self.decoder.error(
                    node.span,
                    format!("`{}` is no regular expression: {reason}", shorten(text)),
                );
                None
            }
        }
    }

    fn media_type(&self, node: &Node) -> Option<String> {
        let text = node.text()?;
        let parts: Vec<&str> = text.split('/').collect();
        let token = |t: &&str| {
            !t.is_empty()
                && t.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c))
        };
        if parts.len() == 2 && parts.iter().all(token) {
            return Some(text.to_ascii_lowercase());
        }
        self.decoder.error(
            node.span,
            format!(
                "`{}` is no media type; expected one such as `application/rdap+json`",
                shorten(text)
            ),
        );
        None
    }

    fn between(&self, node: &Node) -> Option<Matcher> {
        let bounds = self.operands(node);
        if node.items().is_some_and(|items| items.len() != 2) {
            self.decoder.error(
                node.span,
                "`between` has other than two values; expected `[least, most]`",
            );
            return None;
        }
        let mut bounds = bounds.into_iter();
        Some(Matcher::Between(bounds.next()?, bounds.next()?))
    }

    fn within(&self, node: &Node) -> Option<Matcher> {
        let of = node.at("of")?;
        if of.text() == Some("baseline") {
            self.decoder.error(
                of.span,
                "`within` of the baseline is reserved; it is not there yet",
            );
            return None;
        }
        let of = self.operand(of)?;
        let by = match (node.at("ratio"), node.at("abs")) {
            (Some(ratio), None) => Nearness::Ratio(units::share(ratio.text()?)?),
            (None, Some(abs)) => match self.operand(abs)? {
                Operand::Value(value) => Nearness::Absolute(value),
                Operand::Template(_) => return None,
            },
            (None, None) | (Some(_), Some(_)) => {
                self.decoder
                    .error(first_key(node), "`within` needs either `ratio` or `abs`");
                return None;
            }
        };
        Some(Matcher::Within { of, by })
    }

    fn count(&self, node: &Node) -> Option<CountBounds> {
        if let Some(text) = node.text() {
            return Some(CountBounds {
                equals: Some(super::decode::count(text)?),
                ..CountBounds::default()
            });
        }
        let bounds = CountBounds {
            min: node.count_at("min"),
            max: node.count_at("max"),
            equals: node.count_at("equals"),
        };
        if bounds == CountBounds::default() {
            self.decoder.error(
                node.span,
                "`count` bounds nothing; expected `min`, `max` or `equals`",
            );
            return None;
        }
        Some(bounds)
    }

    fn age(&self, node: &Node) -> Option<Matcher> {
        let (min, max) = (node.duration_at("min"), node.duration_at("max"));
        if min.is_none() && max.is_none() {
            self.decoder
                .error(node.span, "`age` bounds nothing; expected `min` or `max`");
            return None;
        }
        Some(Matcher::Age { min, max })
    }

    fn set(&self, node: &Node) -> Option<SetOperand> {
        if let Some(text) = node.text().filter(|t| t.contains("${"))
            && (text.starts_with("${") && text.ends_with('}') || self.looked.kind != Kind::Json) {
                return self
                    .names
                    .template(self.decoder, node)
                    .map(SetOperand::Template);
            }
        let kind = self.looked.kind;
        if kind == Kind::Addresses {
            self.resources(node).map(SetOperand::Addresses)
        } else if kind == Kind::Asns {
            self.resources(node).map(SetOperand::Asns)
        } else {
            Some(SetOperand::Items(self.items(node)))
        }
    }

    fn resources<T: std::str::FromStr>(&self, node: &Node) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let texts: Vec<&str> = many(node).into_iter().filter_map(Node::text).collect();
        match texts.join(", ").parse() {
            Ok(set) => Some(set),
            Err(error) => {
                self.decoder.error(node.span, format!("{error}"));
                None
            }
        }
    }
}

/// Returns the kind of a list's items.
const fn item_kind(kind: Kind) -> Kind {
    if matches!(kind, Kind::Texts) {
        Kind::Text
    } else {
        kind
    }
}

fn json_type(word: &str) -> Option<JsonType> {
    Some(match word {
        "string" => JsonType::String,
        "number" => JsonType::Number,
        "integer" => JsonType::Integer,
        "boolean" => JsonType::Boolean,
        "array" => JsonType::Array,
        "object" => JsonType::Object,
        "null" => JsonType::Null,
        _ => return None,
    })
}

/// Reads a literal of a kind; says what stands there instead where it is none.
pub(super) fn literal(node: &Node, kind: Kind) -> Result<Value, String> {
    if kind == Kind::Json {
        return Ok(Value::Json(Json::new(node.to_json())));
    }
    if kind == Kind::Texts {
        let items = node
            .items()
            .ok_or_else(|| format!("{} stands here", seen(node)))?;
        let texts: Option<Vec<_>> = items
            .iter()
            .map(|i| i.text().map(std::sync::Arc::from))
            .collect();
        return texts
            .map(Value::Texts)
            .ok_or_else(|| "a list of other than texts stands here".to_owned());
    }
    let Some(text) = node.text() else {
        return Err(format!("{} stands here", seen(node)));
    };
    let value = match kind {
        Kind::Flag => match text {
            "true" => Some(Value::Flag(true)),
            "false" => Some(Value::Flag(false)),
            _ => None,
        },
        Kind::Count => text.parse().ok().map(Value::Count),
        Kind::Ratio => units::share(text).map(Value::Ratio),
        Kind::Bytes => units::size(text).map(Value::Bytes),
        Kind::Duration => units::duration(text).map(Value::Duration),
        Kind::Time => units::time(text).map(Value::Time),
        Kind::Text => Some(Value::text(text)),
        Kind::Addresses => text.parse::<AddressSet>().ok().map(Value::Addresses),
        Kind::Asns => text.parse::<AsnSet>().ok().map(Value::Asns),
        Kind::Json | Kind::Texts | Kind::Records => None,
    };
    value.ok_or_else(|| match units::quantity(text) {
        Some(quantity)
            if !matches!(quantity, Quantity::Number(_))
                || kind == Kind::Bytes
                || kind == Kind::Duration =>
        {
            format!("`{}` is {}", shorten(text), quantity.words())
        }
        _ => format!("{} stands here", seen(node)),
    })
}

fn seen(node: &Node) -> String {
    node.text()
        .map_or_else(|| node.kind().to_owned(), |t| format!("`{}`", shorten(t)))
}

/// Returns an example of a literal of a kind.
const fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Flag => "`true` or `false`",
        Kind::Count => "a whole number",
        Kind::Ratio => "a share such as `5%`",
        Kind::Bytes => "a size such as `8 MiB`",
        Kind::Duration => "a duration such as `20s`",
        Kind::Time => "a time such as `2026-11-22T06:00:00Z`",
        Kind::Text => "text",
        Kind::Json => "a value",
        Kind::Texts => "a list of texts",
        Kind::Records => "`count`, or an `expr` over its records",
        Kind::Addresses => "addresses such as `192.0.2.0/24`",
        Kind::Asns => "AS numbers such as `AS64496-AS64511`",
    }
}
