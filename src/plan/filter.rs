//! Filters: ids with `*` and `**`, and set expressions such as `tag(rpki) & level(must)`.

use std::fmt;
use std::ops::Range;

use super::items::Item;
use crate::registry::RegistryId;
use crate::scenario::glob;
use crate::verdict::{By, Level, Operator};
use crate::yaml::hint;

/// Deepest brackets; ours, a filter is typed by hand.
const DEEPEST: usize = 32;

/// Longest filter, in octets.
const LONGEST: usize = 4_096;

/// Predicates with what they say.
pub const PREDICATES: &[(&str, &str)] = &[
    (
        "id",
        "ids of checks, rules and comparisons, with `*` and `**`",
    ),
    ("scenario", "ids of scenarios, with `*` and `**`"),
    (
        "area",
        "first component of the scenario's id, such as `rdap`",
    ),
    ("tag", "tags of the scenario"),
    ("level", "levels, such as `must`"),
    ("operator", "whose doing it is, such as `rir-service`"),
    ("by", "`rule`, `check` or `comparison`"),
    ("covers", "ids of the catalogue, with `*` and `**`"),
    ("registry", "ids of registries"),
];

/// Says what is wrong with a filter, with a caret below the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// The filter as typed.
    pub text: String,
    /// The octets that are wrong.
    pub range: Range<usize>,
    /// What is wrong, what would have been right last.
    pub message: String,
}

impl std::error::Error for FilterError {}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line: String = self
            .text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let before = self
            .text
            .get(..self.range.start)
            .unwrap_or_default()
            .chars()
            .count();
        let width = self
            .text
            .get(self.range.clone())
            .unwrap_or_default()
            .chars()
            .count()
            .max(1);
        writeln!(f, "filter: {}", self.message)?;
        writeln!(f, "  | {line}")?;
        write!(f, "  | {}{}", " ".repeat(before), "^".repeat(width))
    }
}

/// A set of checks, rules and comparisons at registries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(Node);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    /// A predicate and the words of which one must hold.
    Is(Predicate, Vec<String>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Predicate {
    /// A bare word: an id, a scenario's id, or a catalogue id.
    Any,
    Id,
    Scenario,
    Area,
    Tag,
    Level,
    Operator,
    By,
    Covers,
    Registry,
}

impl Predicate {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "id" => Self::Id,
            "scenario" => Self::Scenario,
            "area" => Self::Area,
            "tag" => Self::Tag,
            "level" => Self::Level,
            "operator" => Self::Operator,
            "by" => Self::By,
            "covers" => Self::Covers,
            "registry" => Self::Registry,
            _ => return None,
        })
    }
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// [`FilterError`] at the first place that is wrong.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let mut parser = Parser {
            text,
            at: 0,
            depth: 0,
        };
        if text.len() > LONGEST {
            return Err(parser.error(0..0, format!("longer than {LONGEST} octets")));
        }
        let node = parser.union()?;
        match parser.peek() {
            None => Ok(Self(node)),
            Some(')') => Err(parser.error_here("bracket closes nothing")),
            Some(_) => Err(parser.error_here("expected `&`, `|` or `-` between two sets")),
        }
    }

    /// Returns the filter that holds where one of some texts does; `None` without texts.
    ///
    /// # Errors
    ///
    /// [`FilterError`] of the first text that is wrong.
    pub fn any(texts: &[String]) -> Result<Option<Self>, FilterError> {
        let mut all: Option<Self> = None;
        for text in texts {
            let one = Self::parse(text)?;
            all = Some(match all {
                Some(Self(before)) => Self(Node::Or(Box::new(before), Box::new(one.0))),
                None => one,
            });
        }
        Ok(all)
    }

    /// Says whether it asks for a scenario by its id, or by the id of one of its checks: a pattern that
    /// holds for more, a tag or an area does not.
    pub fn names(&self, scenario: &str) -> bool {
        names(&self.0, scenario)
    }

    /// Says whether an item at a registry is in the set.
    pub fn holds(&self, item: &Item<'_>, registry: &RegistryId) -> bool {
        holds(&self.0, item, registry)
    }
}

fn holds(node: &Node, item: &Item<'_>, registry: &RegistryId) -> bool {
    match node {
        Node::And(a, b) => holds(a, item, registry) && holds(b, item, registry),
        Node::Or(a, b) => holds(a, item, registry) || holds(b, item, registry),
        Node::Not(a) => !holds(a, item, registry),
        Node::Is(predicate, words) => words
            .iter()
            .any(|word| is(*predicate, word, item, registry)),
    }
}

fn names(node: &Node, scenario: &str) -> bool {
    match node {
        Node::And(a, b) | Node::Or(a, b) => names(a, scenario) || names(b, scenario),
        Node::Not(_) => false,
        Node::Is(Predicate::Any | Predicate::Id | Predicate::Scenario, words) => {
            words.iter().any(|word| {
                let rest = word.strip_prefix(scenario);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        }
        Node::Is(..) => false,
    }
}

fn is(predicate: Predicate, word: &str, item: &Item<'_>, registry: &RegistryId) -> bool {
    let covers = || item.basis.covers.iter().any(|c| glob::matches(word, c));
    match predicate {
        Predicate::Any => {
            glob::matches(word, item.id) || glob::matches(word, &item.scenario.id) || covers()
        }
        Predicate::Id => glob::matches(word, item.id),
        Predicate::Scenario => glob::matches(word, &item.scenario.id),
        Predicate::Area => item.scenario.id.split('.').next() == Some(word),
        Predicate::Tag => item.scenario.tags.iter().any(|t| t == word),
        Predicate::Level => item.basis.level.as_str() == word,
        Predicate::Operator => item.basis.operator.as_str() == word,
        Predicate::By => item.by.as_str() == word,
        Predicate::Covers => covers(),
        Predicate::Registry => registry.as_str() == word,
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn error(&self, range: Range<usize>, message: impl Into<String>) -> FilterError {
        FilterError {
            text: self.text.to_owned(),
            range,
            message: message.into(),
        }
    }

    fn error_here(&mut self, message: &str) -> FilterError {
        self.skip_space();
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        self.error(self.at..self.at + width, message)
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.rest().chars().next()
    }

    /// Takes an operator; `-` is one only with white space behind it, since ids contain it.
    fn take(&mut self, sign: char) -> bool {
        if self.peek() != Some(sign) {
            return false;
        }
        let behind = self.rest().get(sign.len_utf8()..).unwrap_or_default();
        if sign == '-' && !behind.starts_with([' ', '(', '\t']) {
            return false;
        }
        self.at += sign.len_utf8();
        true
    }

    fn union(&mut self) -> Result<Node, FilterError> {
        let mut left = self.intersection()?;
        while self.take('|') {
            left = Node::Or(Box::new(left), Box::new(self.intersection()?));
        }
        Ok(left)
    }

    fn intersection(&mut self) -> Result<Node, FilterError> {
        let mut left = self.one()?;
        loop {
            if self.take('&') {
                left = Node::And(Box::new(left), Box::new(self.one()?));
            } else if self.take('-') {
                let right = Node::Not(Box::new(self.one()?));
                left = Node::And(Box::new(left), Box::new(right));
            } else {
                return Ok(left);
            }
        }
    }

    fn one(&mut self) -> Result<Node, FilterError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error_here("brackets are nested too deep"));
        }
        let node = if self.take('!') {
            Node::Not(Box::new(self.one()?))
        } else if self.peek() == Some('(') {
            let open = self.at;
            self.at += 1;
            let inner = self.union()?;
            if !self.take(')') {
                return Err(self.error(open..open + 1, "bracket is not closed"));
            }
            inner
        } else {
            self.atom()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn atom(&mut self) -> Result<Node, FilterError> {
        self.skip_space();
        let start = self.at;
        let stop = |c: char| c.is_whitespace() || "()&|!,".contains(c);
        let word = self
            .rest()
            .split(stop)
            .next()
            .unwrap_or_default()
            .to_owned();
        self.at += word.len();
        if word.is_empty() {
            return Err(self.error_here(
                "a set is missing; expected an id such as `rdap.**`, or `level(must)`",
            ));
        }
        if !self.rest().starts_with('(') {
            if glob_is_wrong(&word) {
                return Err(self.error(
                    start..self.at,
                    format!("`{word}` is no id; expected words with `.` between them, `*` or `**`"),
                ));
            }
            return Ok(Node::Is(Predicate::Any, vec![word]));
        }
        let Some(predicate) = Predicate::named(&word) else {
            let names: Vec<&str> = PREDICATES.iter().map(|(name, _)| *name).collect();
            let hint = hint(&word, names.iter().copied(), || {
                format!("expected one of {}", names.join(", "))
            });
            return Err(self.error(start..self.at, format!("unknown set `{word}`; {hint}")));
        };
        let open = self.at;
        let Some(length) = self.rest().find(')') else {
            return Err(self.error(open..open + 1, "bracket is not closed"));
        };
        let inner = self.rest().get(1..length).unwrap_or_default().to_owned();
        let mut words = Vec::new();
        let mut begins = open + 1;
        for part in inner.split(',') {
            let value = part.trim();
            let from = begins + (part.len() - part.trim_start().len());
            begins += part.len() + 1;
            self.check(predicate, value, from)?;
            words.push(value.to_owned());
        }
        self.at = open + length + 1;
        Ok(Node::Is(predicate, words))
    }

    /// Reports a word that a predicate cannot have.
    fn check(&self, predicate: Predicate, word: &str, from: usize) -> Result<(), FilterError> {
        let range = from..from + word.len();
        let known: Vec<&str> = match predicate {
            Predicate::Level => Level::ALL.iter().map(|l| l.as_str()).collect(),
            Predicate::Operator => Operator::ALL.iter().map(|o| o.as_str()).collect(),
            Predicate::By => By::ALL.iter().map(|b| b.as_str()).collect(),
            Predicate::Any
            | Predicate::Id
            | Predicate::Scenario
            | Predicate::Area
            | Predicate::Tag
            | Predicate::Covers
            | Predicate::Registry => {
                if glob_is_wrong(word) {
                    return Err(self.error(range, "expected a word, or ids with `*` and `**`"));
                }
                return Ok(());
            }
        };
        if known.contains(&word) {
            return Ok(());
        }
        let hint = hint(word, known.iter().copied(), || {
            format!("expected one of {}", known.join(", "))
        });
        Err(self.error(range, format!("unknown word `{word}`; {hint}")))
    }
}

fn glob_is_wrong(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.*/:".contains(c);
    word.is_empty() || !word.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn wrong(text: &str, expected: &str) {
        assert_eq!(Filter::parse(text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn mistakes_have_a_caret() {
        wrong(
            "levl(must)",
            "filter: unknown set `levl`; did you mean `level`?\n  | levl(must)\n  | ^^^^",
        );
        wrong(
            "level(must, shoud)",
            "filter: unknown word `shoud`; did you mean `should`?\n  | level(must, shoud)\n  |             ^^^^^",
        );
        wrong(
            "tag(rpki) level(must)",
            "filter: expected `&`, `|` or `-` between two sets\n  | tag(rpki) level(must)\n  |           ^",
        );
        wrong(
            "(tag(rpki)",
            "filter: bracket is not closed\n  | (tag(rpki)\n  | ^",
        );
        wrong(
            "tag(rpki))",
            "filter: bracket closes nothing\n  | tag(rpki))\n  |          ^",
        );
        wrong(
            "tag(rpki) &",
            "filter: a set is missing; expected an id such as `rdap.**`, or `level(must)`\n  | tag(rpki) &\n  |            ^",
        );
        wrong(
            "",
            "filter: a set is missing; expected an id such as `rdap.**`, or `level(must)`\n  | \n  | ^",
        );
        wrong(
            "tag(rpki",
            "filter: bracket is not closed\n  | tag(rpki\n  |    ^",
        );
    }

    #[test]
    fn a_scenario_is_named_by_its_id_only() {
        let named = |text: &str| Filter::parse(text).unwrap().names("rpki.relying-party");
        for text in [
            "rpki.relying-party",
            "rpki.relying-party/*",
            "id(rpki.relying-party/fort)",
            "rpki.tree | scenario(rpki.relying-party)",
            "rpki.relying-party & registry(arin)",
        ] {
            assert!(named(text), "{text}");
        }
        for text in [
            "rpki.**",
            "rpki.relying-party-two",
            "tag(relying-party)",
            "!rpki.relying-party",
        ] {
            assert!(!named(text), "{text}");
        }
    }

    #[test]
    fn deep_brackets_end() {
        assert!(Filter::parse(&"(".repeat(1_000)).is_err());
        assert!(Filter::parse(&"!".repeat(4_000)).is_err());
        assert!(Filter::parse(&"é".repeat(5_000)).is_err());
    }

    #[test]
    fn a_hyphen_within_an_id_is_no_difference() {
        assert_eq!(
            Filter::parse("rdap.link.self-type").unwrap(),
            Filter(Node::Is(
                Predicate::Any,
                vec!["rdap.link.self-type".to_owned()]
            ))
        );
        assert!(matches!(
            Filter::parse("tag(a) - tag(b)").unwrap().0,
            Node::And(_, _)
        ));
        assert!(matches!(
            Filter::parse("tag(a) & !tag(b) | x").unwrap().0,
            Node::Or(_, _)
        ));
    }
}
