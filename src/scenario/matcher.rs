//! Matchers: what must hold of a fact, checked against the kind of value it has.

use super::decode::{Decoder, shorten};
use super::fields::{Fields as _, first_key, many};
use super::kept;
use super::literal::{example, literal};
use super::matcher_keys::MATCHERS;
use super::model::{Bound, CountBounds, JsonType, Matcher, Nearness, Operand, SetOperand};
use super::names::Names;
use super::units;
use crate::fact::Kind;
use crate::yaml::Node;

/// What matchers are applied to.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    /// The kind of its value.
    pub(super) kind: Kind,
    /// What it is called in messages, in backticks.
    pub(super) words: String,
    /// Whether it is the whole left side of a line, which a baseline can hold.
    pub(super) is_whole: bool,
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
        if key.name == "snapshot" && !looked.is_whole {
            decoder.error(
                entry.key_span,
                "`snapshot` keeps what stands on the left of a line; it cannot stand within another matcher",
            );
            continue;
        }
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
    // Items of a large set are looked for, not looked at one by one.
    let items = list || kind == Kind::Set;
    let set = matches!(kind, Kind::Addresses | Kind::Asns);
    match matcher {
        "present" | "absent" | "snapshot" => true,
        "equals" | "not" | "one_of" | "none_of" => {
            !matches!(kind, Kind::Records | Kind::Distribution(_))
        }
        "type" => kind == Kind::Json,
        "matches" | "starts_with" | "ends_with" | "media_type" => {
            matches!(kind, Kind::Text | Kind::Json)
        }
        "contains" | "contains_none" => items || kind == Kind::Text,
        "contains_all" => items,
        "each" | "any" | "none" | "unique" | "sorted" => list,
        "min" | "max" | "between" => number || matches!(kind, Kind::Time | Kind::Json),
        "within" => number || kind == Kind::Json,
        "count" => items || kind == Kind::Records,
        "before" | "after" | "age" | "expires_in" => matches!(kind, Kind::Time | Kind::Json),
        "subset_of" | "superset_of" | "disjoint_from" => items || set,
        "covers" => set,
        "empty" => items || set || matches!(kind, Kind::Text | Kind::Records),
        _ => false,
    }
}

fn applicable(kind: Kind) -> String {
    let words: Vec<&str> = MATCHERS
        .names()
        .filter(|m| {
            applies(m, kind) && !matches!(*m, "present" | "absent" | "not" | "none_of" | "snapshot")
        })
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
            "snapshot" => kept::snapshot(node),
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
            is_whole: false,
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
        let accepted = of.text() == Some("baseline");
        if accepted && !self.looked.is_whole {
            self.decoder.error(
                of.span,
                "a baseline holds what stands on the left of a line, not a part of it; expected `within` of the baseline at the top of a line",
            );
            return None;
        }
        let of = if accepted {
            None
        } else {
            Some(self.operand(of)?)
        };
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
        Some(match of {
            Some(of) => Matcher::Within { of, by },
            None => Matcher::WithinBaseline(by),
        })
    }

    fn count(&self, node: &Node) -> Option<CountBounds> {
        if let Some(text) = node.text() {
            return Some(CountBounds {
                equals: Some(units::count(text)?),
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
            && (text.starts_with("${") && text.ends_with('}') || self.looked.kind != Kind::Json)
        {
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
    if matches!(kind, Kind::Texts | Kind::Set) {
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
