//! Walks node trees along the tables of keys, and collects every mistake.

use std::cell::RefCell;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::keys::{Choice, Shape, Table, one_of};
use super::units::{self, Quantity};
use super::{expect, matcher_keys, probe};
use crate::registry::RegistryId;
use crate::verdict::results::Place;
use crate::yaml::{Diagnostic, Diagnostics, Entry, Node, Source, Span, Value, nearest};

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
        self.report(Diagnostic::new(self.source, span, message));
    }

    /// Notes a mistake that has notes of its own.
    pub(super) fn report(&self, mut diagnostic: Diagnostic) {
        if let Some(used) = self.used {
            diagnostic = diagnostic.note(used);
        }
        self.problems.error(diagnostic);
    }

    /// Notes a warning at a place.
    pub(super) fn warn(&self, span: Span, message: impl Into<String>) {
        let mut diagnostic = Diagnostic::new(self.source, span, message);
        if let Some(used) = self.used {
            diagnostic = diagnostic.note(used);
        }
        self.problems.warning(diagnostic);
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
        let message = match nearest(word, known.iter().copied()) {
            Some(near) => format!("unknown {what} `{word}`; did you mean `{near}`?"),
            None if known.is_empty() => format!("unknown {what} `{word}`; there is none"),
            None => format!("unknown {what} `{word}`; expected {}", one_of(known)),
        };
        self.error(span, message);
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
    pub(super) fn walk_record(&self, node: &Node, table: &Table) {
        let Some(entries) = node.entries() else {
            let expected = Shape::MapOf(&Shape::Any).words();
            self.error(
                node.span,
                format!(
                    "{} is {}; expected {expected} with {}",
                    table.name,
                    node.kind(),
                    keys_of(table)
                ),
            );
            return;
        };
        for entry in entries {
            match table.key(&entry.key) {
                Some(key) => self.walk(&entry.value, &key.shape),
                None => self.unknown_key(entry, table.name, &table.names().collect::<Vec<_>>()),
            }
        }
        for key in table.keys.iter().filter(|k| k.required) {
            if node.get(key.name).is_none() {
                self.missing(node, table.name, key.name, key.meaning);
            }
        }
    }

    /// Reports a key that a mapping may not have.
    pub(super) fn unknown_key(&self, entry: &Entry, what: &str, known: &[&str]) {
        let message = match nearest(&entry.key, known.iter().copied()) {
            Some(near) => format!(
                "unknown key `{}` of {what}; did you mean `{near}`?",
                entry.key
            ),
            None => format!(
                "unknown key `{}` of {what}; expected {}",
                entry.key,
                one_of(known)
            ),
        };
        self.error(entry.key_span, message);
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
        let seen = match node.text() {
            Some(text) => format!("`{}`", shorten(text)),
            None => node.kind().to_owned(),
        };
        self.error(
            node.span,
            format!("{seen} stands here; expected {}", shape.words()),
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
        Shape::Text | Shape::Template | Shape::Expression => {
            !text.trim().is_empty() || matches!(shape, Shape::Text | Shape::Template)
        }
        Shape::Id => is_id(text),
        Shape::Name => is_name(text),
        Shape::Identifier => is_identifier(text),
        Shape::CheckId => is_check_id(text),
        Shape::Glob => is_glob(text),
        Shape::Reference => is_reference(text),
        Shape::Registry => RegistryId::parse(text).is_ok(),
        Shape::Flag => matches!(text, "true" | "false"),
        Shape::Count => count(text).is_some(),
        Shape::Number => matches!(units::quantity(text), Some(Quantity::Number(_))),
        Shape::Share => units::share(text).is_some(),
        Shape::Duration => units::duration(text).is_some(),
        Shape::Size => units::size(text).is_some(),
        Shape::Quantity => units::quantity(text).is_some(),
        Shape::Rate => rate(text).is_some(),
        Shape::Date => units::date(text).is_some(),
        Shape::Time => units::time(text).is_some(),
        Shape::Url => text.parse::<url::Url>().is_ok(),
        Shape::Word(words) => {
            if words.contains(&text) {
                return None;
            }
            return Some(match nearest(text, words.iter().copied()) {
                Some(near) => format!(
                    "`{}` is not known here; did you mean `{near}`?",
                    shorten(text)
                ),
                None => format!(
                    "`{}` is not known here; expected {}",
                    shorten(text),
                    one_of(words)
                ),
            });
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

/// Returns the place of a mapping's first key, which says more than the whole mapping.
pub(super) fn first_key(node: &Node) -> Span {
    node.entries()
        .and_then(|e| e.first())
        .map_or(node.span, |e| e.key_span)
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

/// Says whether a text is a dotted id: words of lower-case letters, digits and `-`.
pub(super) fn is_id(text: &str) -> bool {
    text.len() <= 120 && text.split('.').all(is_name)
}

/// Says whether a text is one lower-case word with `-`.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.len() <= 80
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && !text.ends_with('-')
        && text.chars().all(plain)
}

/// Says whether a text can be a root of expressions.
pub(super) fn is_identifier(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Says whether a text is an id of a rule, check or comparison.
pub(super) fn is_check_id(text: &str) -> bool {
    match text.split_once('/') {
        Some((scenario, check)) => is_id(scenario) && is_name(check),
        None => is_id(text),
    }
}

fn is_glob(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 200
        && text.split(['.', '/']).all(|part| {
            part == "**" || part.replace('*', "x").as_str() == "x" || is_glob_part(part)
        })
}

fn is_glob_part(part: &str) -> bool {
    part.len() <= 80 && is_name(&part.replace('*', "x"))
}

fn is_reference(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let (document, section) = text.split_once('#').unwrap_or((text, "0"));
    is_name(document) && !section.is_empty() && section.len() <= 60 && section.chars().all(plain)
}

/// Reads a whole number without sign.
pub(super) fn count(text: &str) -> Option<u64> {
    let plain = text.chars().all(|c| c.is_ascii_digit());
    (plain && !(text.len() > 1 && text.starts_with('0')))
        .then(|| text.parse().ok())
        .flatten()
}

/// Reads a rate such as `2/s` or `10/m` as a number a second.
pub(super) fn rate(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once('/')?;
    let Some(Quantity::Number(number)) = units::quantity(number) else {
        return None;
    };
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    (number > 0.0).then_some(number / seconds)
}

/// Getters for mappings that were checked: what is absent or was reported is `None` or empty.
pub(super) trait Fields {
    /// Returns the value of a key that is neither absent nor null.
    fn at(&self, key: &str) -> Option<&Node>;

    /// Returns the text of a scalar.
    fn text_at(&self, key: &str) -> Option<&str> {
        self.at(key)?.text()
    }

    /// Returns the text of a scalar, empty where there is none.
    fn string_at(&self, key: &str) -> String {
        self.text_at(key).unwrap_or_default().to_owned()
    }

    /// Returns the nodes of one or many.
    fn nodes_at(&self, key: &str) -> Vec<&Node> {
        self.at(key).map(many).unwrap_or_default()
    }

    /// Returns the texts of one or many.
    fn texts_at(&self, key: &str) -> Vec<String> {
        let nodes = self.nodes_at(key);
        nodes
            .iter()
            .filter_map(|n| n.text())
            .map(str::to_owned)
            .collect()
    }

    /// Returns a flag.
    fn flag_at(&self, key: &str) -> Option<bool> {
        match self.text_at(key)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Returns a whole number.
    fn count_at(&self, key: &str) -> Option<u64> {
        count(self.text_at(key)?)
    }

    /// Returns a duration.
    fn duration_at(&self, key: &str) -> Option<SignedDuration> {
        units::duration(self.text_at(key)?)
    }

    /// Returns a size.
    fn size_at(&self, key: &str) -> Option<u64> {
        units::size(self.text_at(key)?)
    }

    /// Returns a share or number.
    fn share_at(&self, key: &str) -> Option<f64> {
        units::share(self.text_at(key)?)
    }

    /// Returns a day.
    fn date_at(&self, key: &str) -> Option<Date> {
        units::date(self.text_at(key)?)
    }

    /// Returns a time.
    fn time_at(&self, key: &str) -> Option<Timestamp> {
        units::time(self.text_at(key)?)
    }

    /// Returns the id of a registry.
    fn registry_at(&self, key: &str) -> Option<RegistryId> {
        RegistryId::parse(self.text_at(key)?).ok()
    }

    /// Returns a word of a closed set.
    fn word_at<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.text_at(key)?.parse().ok()
    }
}

impl Fields for Node {
    fn at(&self, key: &str) -> Option<&Node> {
        self.get(key).filter(|n| !n.is_null())
    }
}

/// Returns the items of a sequence, or the node itself.
pub(super) fn many(node: &Node) -> Vec<&Node> {
    node.items()
        .map_or_else(|| vec![node], |items| items.iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_a_grammar() {
        for good in [
            "rdap",
            "rdap.help.profile",
            "rdap.http.429-status",
            "a.b/c-d",
        ] {
            assert!(is_check_id(good), "{good}");
        }
        for bad in [
            "", "Rdap", "rdap.", ".a", "a b", "a/b/c", "a/b.c", "a-", "a..b",
        ] {
            assert!(!is_check_id(bad), "{bad}");
        }
        assert!(
            is_glob("rdap.**")
                && is_glob("rdap.*/x")
                && is_glob("*")
                && is_glob("rdap.link.self-*")
        );
        assert!(!is_glob("rdap..x") && !is_glob(""));
    }

    #[test]
    fn references_name_document_and_section() {
        assert!(
            is_reference("rfc9083#4.2")
                && is_reference("rfc6487")
                && is_reference("nro-rdap-profile-0#6.1.2")
        );
        assert!(
            !is_reference("rfc9083#") && !is_reference("RFC 9083") && !is_reference("rfc9083#4 2")
        );
    }

    #[test]
    fn numbers_are_plain() {
        assert_eq!(count("200"), Some(200));
        for bad in ["-1", "010", "1.5", "", "99999999999999999999999"] {
            assert_eq!(count(bad), None, "{bad}");
        }
        assert_eq!(rate("30/m"), Some(0.5));
        assert_eq!(rate("0/s"), None);
    }
}
