//! Walks node trees along the tables of keys, and collects every mistake.

use std::cell::RefCell;

use super::fields::first_key;
use super::grammar::{is_check_id, is_glob, is_id, is_identifier, is_name, is_reference};
use super::keys::{Choice, Shape, Table, one_of};
use super::units::{self, Quantity};
use super::{expect, matcher_keys, probe};
use crate::registry::RegistryId;
use crate::verdict::results::Place;
use crate::yaml::{Diagnostic, Diagnostics, Entry, Node, Source, Span, Value, hint};

/// Mistakes, which keep a suite from being used, and warnings, which do not.
#[derive(Debug, Default)]
pub(super) struct Problems {
    errors: RefCell<Diagnostics>,
    warnings: RefCell<Diagnostics>,
}

impl Problems {
    /// Notes a mistake.
    pub(super) fn error(&self, diagnostic: Diagnostic) {
        self.errors.borrow_mut().push(diagnostic);
    }

    /// Notes a warning.
    pub(super) fn warning(&self, diagnostic: Diagnostic) {
        self.warnings.borrow_mut().push(diagnostic);
    }

    /// Returns how many mistakes there are so far.
    pub(super) fn count(&self) -> usize {
        self.errors.borrow().len()
    }

    /// Returns mistakes and warnings, each in the order of their places.
    pub(super) fn into_parts(self) -> (Diagnostics, Diagnostics) {
        let (mut errors, mut warnings) = (self.errors.into_inner(), self.warnings.into_inner());
        errors.sort();
        warnings.sort();
        (errors, warnings)
    }
}

/// Reads the nodes of one file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoder<'a> {
    /// The file.
    pub(super) source: &'a Source,
    /// Where the nodes are used, if they are a fragment's: a line added to every mistake.
    pub(super) used: Option<&'a str>,
    /// Where mistakes go.
    pub(super) problems: &'a Problems,
}

impl<'a> Decoder<'a> {
    /// Returns a reader of a file.
    pub(super) const fn new(source: &'a Source, problems: &'a Problems) -> Self {
        Self {
            source,
            used: None,
            problems,
        }
    }

    /// Notes a mistake at a place.
    pub(super) fn error(&self, span: Span, message: impl Into<String>) {
        self.problems.error(self.at(span, message));
    }

    /// Notes a warning at a place.
    pub(super) fn warn(&self, span: Span, message: impl Into<String>) {
        self.problems.warning(self.at(span, message));
    }

    /// Returns a complaint about a place, with where a fragment is used.
    fn at(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        let diagnostic = Diagnostic::new(self.source, span, message);
        match self.used {
            Some(used) => diagnostic.note(used),
            None => diagnostic,
        }
    }

    /// Returns a span as a place for reports.
    pub(super) fn place(&self, span: Span) -> Place {
        Place {
            file: self.source.name.to_string(),
            line: span.line,
            column: span.column,
        }
    }

    /// Reports an unknown word with what was near.
    pub(super) fn unknown(&self, span: Span, what: &str, word: &str, known: &[&str]) {
        let hint = hint(word, known.iter().copied(), || match known {
            [] => "there is none".to_owned(),
            known => format!("expected {}", one_of(known)),
        });
        self.error(span, format!("unknown {what} `{word}`; {hint}"));
    }

    /// Checks a node against a shape and reports every mistake; says whether there was none.
    pub(super) fn check(&self, node: &Node, shape: &Shape) -> bool {
        let before = self.problems.count();
        self.walk(node, shape);
        self.problems.count() == before
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other shapes are scalars"
    )]
    fn walk(&self, node: &Node, shape: &Shape) {
        match shape {
            Shape::Any => {}
            Shape::Record(table) => self.walk_record(node, table),
            Shape::Choice(choice) => self.walk_record(node, choose(node, choice)),
            Shape::OneOrMany(item) => match node.items() {
                Some(items) => items.iter().for_each(|i| self.walk(i, item)),
                None if matches!(node.value, Value::Mapping(_)) && !item.takes(node) => {
                    self.expected(node, shape);
                }
                None => self.walk(node, item),
            },
            Shape::List(item) => match node.items() {
                Some(items) => items.iter().for_each(|i| self.walk(i, item)),
                None => self.expected(node, shape),
            },
            Shape::MapOf(value) => self.walk_entries(node, shape, value, |_| true, ""),
            Shape::NamesOf(value) => {
                self.walk_entries(
                    node,
                    shape,
                    value,
                    is_identifier,
                    Shape::Identifier.words().as_str(),
                );
            }
            Shape::PerRegistry(value) => {
                let known = |key: &str| key == "default" || RegistryId::parse(key).is_ok();
                let words = "`default` or the id of a registry such as `apnic`";
                self.walk_entries(node, shape, value, known, words);
            }
            Shape::AnyOf(shapes) => match shapes.iter().find(|s| s.takes(node)) {
                Some(found) => self.walk(node, found),
                None => self.expected(node, shape),
            },
            Shape::Probe => probe::check(*self, node),
            Shape::Expect => expect::check(*self, node),
            Shape::Matchers => matcher_keys::check(*self, node),
            Shape::Words(words) => match node.items() {
                Some(items) => items.iter().for_each(|i| self.walk(i, &Shape::Word(words))),
                None => self.walk_scalar(node, &Shape::Word(words)),
            },
            _ => self.walk_scalar(node, shape),
        }
    }

    fn walk_entries(
        &self,
        node: &Node,
        shape: &Shape,
        value: &Shape,
        known: impl Fn(&str) -> bool,
        words: &str,
    ) {
        let Some(entries) = node.entries() else {
            self.expected(node, shape);
            return;
        };
        for entry in entries {
            if !known(&entry.key) {
                self.error(
                    entry.key_span,
                    format!("`{}` cannot stand here; expected {words}", entry.key),
                );
            }
            self.walk(&entry.value, value);
        }
    }

    /// Checks a mapping with known keys.
    fn walk_record(&self, node: &Node, table: &Table) {
        for entry in self.walk_known(node, table) {
            self.unknown_key(entry, table.name, &table.names().collect::<Vec<_>>());
        }
    }

    /// Checks the keys of a table in a mapping whose other keys another room reads; says
    /// whether there was no mistake.
    pub(super) fn check_known(&self, node: &Node, table: &Table) -> bool {
        let before = self.problems.count();
        self.walk_known(node, table);
        self.problems.count() == before
    }

    /// Checks the keys of a table in a mapping; returns its other entries.
    fn walk_known<'n>(&self, node: &'n Node, table: &Table) -> Vec<&'n Entry> {
        let Some(entries) = node.entries() else {
            let (what, kind) = (table.name, node.kind());
            let keys = keys_of(table);
            let message = format!("{what} is {kind}; expected a mapping with {keys}");
            self.error(node.span, message);
            return Vec::new();
        };
        let mut others = Vec::new();
        for entry in entries {
            match table.key(&entry.key) {
                Some(key) => self.walk(&entry.value, &key.shape),
                None => others.push(entry),
            }
        }
        for key in table.keys.iter().filter(|k| k.required) {
            if node.get(key.name).is_none() {
                self.missing(node, table.name, key.name, key.meaning);
            }
        }
        others
    }

    /// Reports a key that a mapping may not have.
    pub(super) fn unknown_key(&self, entry: &Entry, what: &str, known: &[&str]) {
        let key = &entry.key;
        let expected = || format!("expected {}", one_of(known));
        let hint = hint(key, known.iter().copied(), expected);
        self.error(
            entry.key_span,
            format!("unknown key `{key}` of {what}; {hint}"),
        );
    }

    /// Reports a key that is not there, at the first line of its mapping.
    pub(super) fn missing(&self, node: &Node, what: &str, key: &str, meaning: &str) {
        self.error(
            first_key(node),
            format!("{what} has no `{key}`; expected {meaning}"),
        );
    }

    /// Reports that something else was expected.
    pub(super) fn expected(&self, node: &Node, shape: &Shape) {
        self.error(
            node.span,
            format!("{} stands here; expected {}", seen(node), shape.words()),
        );
    }

    fn walk_scalar(&self, node: &Node, shape: &Shape) {
        let Some(text) = node.text() else {
            self.expected(node, shape);
            return;
        };
        if let Some(problem) = scalar_problem(text, shape) {
            self.error(node.span, problem);
        }
    }
}

/// Says what is wrong with a scalar; `None` if nothing is.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "shapes of collections were told apart before"
)]
fn scalar_problem(text: &str, shape: &Shape) -> Option<String> {
    let fits = match shape {
        Shape::Expression => !text.trim().is_empty(),
        Shape::Id => is_id(text),
        Shape::Name => is_name(text),
        Shape::Identifier => is_identifier(text),
        Shape::CheckId => is_check_id(text),
        Shape::Glob => is_glob(text),
        Shape::Reference => is_reference(text),
        Shape::Registry => RegistryId::parse(text).is_ok(),
        Shape::Flag => matches!(text, "true" | "false"),
        Shape::Count => units::count(text).is_some(),
        Shape::Number => matches!(units::quantity(text), Some(Quantity::Number(_))),
        Shape::Share => units::share(text).is_some(),
        Shape::Duration => units::duration(text).is_some(),
        Shape::Size => units::size(text).is_some(),
        Shape::Quantity => units::quantity(text).is_some(),
        Shape::Rate => units::rate(text).is_some(),
        Shape::Date => units::date(text).is_some(),
        Shape::Time => units::time(text).is_some(),
        Shape::Url => text.parse::<url::Url>().is_ok(),
        Shape::Word(words) => {
            if words.contains(&text) {
                return None;
            }
            let expected = || format!("expected {}", one_of(words));
            let hint = hint(text, words.iter().copied(), expected);
            return Some(format!("`{}` is not known here; {hint}", shorten(text)));
        }
        _ => true,
    };
    if fits {
        return None;
    }
    let what = match (shape, units::quantity(text)) {
        (
            Shape::Share | Shape::Duration | Shape::Size | Shape::Count | Shape::Number,
            Some(quantity),
        ) => {
            format!("`{}` is {}", shorten(text), quantity.words())
        }
        _ if text.trim().is_empty() => "empty text stands here".to_owned(),
        _ => format!("`{}` stands here", shorten(text)),
    };
    Some(format!("{what}; expected {}", shape.words()))
}

impl Shape {
    /// Says whether a node could be of this shape, by scalar, sequence or mapping.
    fn takes(&self, node: &Node) -> bool {
        match (self, &node.value) {
            (Self::Any | Self::OneOrMany(_) | Self::Words(_) | Self::Matchers, _) => true,
            (Self::Word(words), Value::Scalar(scalar)) => words.contains(&scalar.text.as_str()),
            (
                Self::Record(_)
                | Self::Choice(_)
                | Self::MapOf(_)
                | Self::NamesOf(_)
                | Self::PerRegistry(_)
                | Self::Probe
                | Self::Expect,
                value,
            ) => matches!(value, Value::Mapping(_)),
            (Self::List(_), value) => matches!(value, Value::Sequence(_)),
            (Self::AnyOf(shapes), _) => shapes.iter().any(|s| s.takes(node)),
            (_, value) => matches!(value, Value::Scalar(_)) && !node.is_null(),
        }
    }
}

/// Returns the table that holds for a mapping.
pub(super) fn choose(node: &Node, choice: &Choice) -> &'static Table {
    choice
        .by
        .iter()
        .find(|(key, _)| node.get(key).is_some())
        .map_or(choice.otherwise, |(_, table)| table)
}

fn keys_of(table: &Table) -> String {
    let required: Vec<&str> = table
        .keys
        .iter()
        .filter(|k| k.required)
        .map(|k| k.name)
        .collect();
    if required.is_empty() {
        one_of(&table.names().collect::<Vec<_>>())
    } else {
        one_of(&required).replace(" or ", " and ")
    }
}

/// Returns what stands somewhere, for a message.
pub(super) fn seen(node: &Node) -> String {
    node.text()
        .map_or_else(|| node.kind().to_owned(), |t| format!("`{}`", shorten(t)))
}

/// Returns text for a message, at most 60 characters.
pub(super) fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST {
        return line;
    }
    let cut: String = line.chars().take(MOST - 1).collect();
    format!("{cut}…")
}
