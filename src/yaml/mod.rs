//! YAML: text to a tree of nodes with positions, and located diagnostics.
//!
//! This is the one room that knows the YAML crate. Everything a person writes is
//! read through [`parse`], decoded by hand from [`Node`]s, and every complaint is a
//! [`Diagnostic`] that shows the place.

mod diagnostic;
mod excerpt;
mod nearest;
mod read;
#[cfg(test)]
mod tests;
mod tree;
mod write;

pub use diagnostic::{Diagnostic, Diagnostics};
pub use nearest::{hint, nearest};
pub use read::{Limits, decode, parse, parse_bytes, parse_within, read_file, read_text};
pub use write::to_text;

use std::ops::Range;
use std::sync::Arc;

/// A file of the suite: its name for messages and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path as messages show it, such as `scenarios/rdap/help.yaml`.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

impl Source {
    /// Returns a source with a name and a text.
    pub fn new(name: &str, text: &str) -> Self {
        Self {
            name: Arc::from(name),
            text: Arc::from(text),
        }
    }

    /// Returns the text of a range; empty if the range is not one of this source.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// Returns the span of a range of octets, with its line and column counted.
    pub fn span(&self, range: Range<usize>) -> Span {
        let before = self.text.get(..range.start).unwrap_or(&self.text);
        let (mut line, mut column) = (1_u32, 1_u32);
        let mut characters = before
            .strip_prefix('\u{feff}')
            .unwrap_or(before)
            .chars()
            .peekable();
        while let Some(character) = characters.next() {
            let ends = character == '\n' || character == '\r' && characters.peek() != Some(&'\n');
            (line, column) = if ends {
                (line.saturating_add(1), 1)
            } else {
                (line, column.saturating_add(1))
            };
        }
        Span {
            start: range.start,
            end: range.end.max(range.start),
            line,
            column,
        }
    }

    /// Returns the span of a range of octets within the text of a scalar, such as an
    /// expression, a selector or a `${…}`.
    ///
    /// Works for plain, quoted and block scalars over any number of lines; where
    /// escapes make text and source differ it is the span of the whole scalar.
    pub fn inside(&self, node: &Node, range: Range<usize>) -> Span {
        let Value::Scalar(scalar) = &node.value else {
            return node.span;
        };
        let written = self.slice(node.span);
        let quote = match written.chars().next() {
            Some(quote @ ('\'' | '"')) if !scalar.plain => quote.len_utf8(),
            _ => 0,
        };
        let find = |offset| align(&scalar.text, written.get(quote..)?, offset);
        let Some(start) = find(range.start) else {
            return node.span;
        };
        // The end is where the last character begins, plus that character.
        let last = scalar
            .text
            .get(range.clone())
            .and_then(|t| t.char_indices().next_back())
            .map(|(at, c)| (range.start + at, c.len_utf8()));
        let end = last.and_then(|(at, width)| Some(find(at)? + width));
        let base = node.span.start + quote;
        self.span(base + start..base + end.unwrap_or(start))
    }
}

/// Finds the octet of `written` that holds the octet `offset` of `text`, where both
/// differ in white space only; `None` where they differ in more.
fn align(text: &str, written: &str, offset: usize) -> Option<usize> {
    let mut source = written.char_indices().filter(|(_, c)| !c.is_whitespace());
    let mut behind = 0;
    for (at, character) in text.char_indices() {
        if character.is_whitespace() {
            if at >= offset {
                return Some(behind);
            }
            continue;
        }
        let (place, other) = source.next()?;
        if other != character {
            return None;
        }
        if at >= offset {
            return Some(place);
        }
        behind = place + character.len_utf8();
    }
    Some(behind)
}

/// A range of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First octet, from 0.
    pub start: usize,
    /// The octet behind the last.
    pub end: usize,
    /// Line of the first octet, from 1.
    pub line: u32,
    /// Column of the first octet in characters, from 1.
    pub column: u32,
}

/// A node of the tree with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it stands; of an alias, where it is used.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A scalar; the text is what was written, quotes and escapes resolved.
    Scalar(Scalar),
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping in the order written; keys are scalars and unique.
    Mapping(Vec<Entry>),
}

/// A scalar with its text exactly as written: `010`, `1.10` and `no` stay what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text.
    pub text: String,
    /// Whether it was written without quotes, so that `true`, `null` and `5` have their meaning.
    pub plain: bool,
}

/// One key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// Returns the text of a scalar; `None` for a collection or a plain null.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) if !self.is_null() => Some(&scalar.text),
            Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// Says whether this is a plain `null`, `~` or nothing.
    pub fn is_null(&self) -> bool {
        match &self.value {
            Value::Scalar(s) => {
                s.plain && matches!(s.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            Value::Sequence(_) | Value::Mapping(_) => false,
        }
    }

    /// Returns the entries of a mapping; `None` for anything else.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            Value::Scalar(_) | Value::Sequence(_) => None,
        }
    }

    /// Returns the items of a sequence; `None` for anything else.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            Value::Scalar(_) | Value::Mapping(_) => None,
        }
    }

    /// Returns the value of a key of a mapping; `None` where there is none.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?
            .iter()
            .find(|e| e.key == key)
            .map(|e| &e.value)
    }

    /// Returns the tree as JSON: plain scalars by YAML's core schema (`true`, `null`,
    /// decimal integers and floats without leading zeros), everything else as text.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar(scalar) => scalar.to_json(),
            Value::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Value::Mapping(entries) => serde_json::Value::Object(
                entries
                    .iter()
                    .map(|e| (e.key.clone(), e.value.to_json()))
                    .collect(),
            ),
        }
    }

    /// Says what the node is, for messages: `a mapping`, `a sequence`, `text`.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Mapping(_) => "a mapping",
            Value::Sequence(_) => "a sequence",
            Value::Scalar(_) if self.is_null() => "nothing",
            Value::Scalar(scalar) => match scalar.to_json() {
                serde_json::Value::Bool(_) => "true or false",
                serde_json::Value::Number(_) => "a number",
                serde_json::Value::Null
                | serde_json::Value::String(_)
                | serde_json::Value::Array(_)
                | serde_json::Value::Object(_) => "text",
            },
        }
    }
}

impl Scalar {
    /// Returns the scalar as JSON; see [`Node::to_json`].
    pub fn to_json(&self) -> serde_json::Value {
        if !self.plain {
            return serde_json::Value::String(self.text.clone());
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => return serde_json::Value::Null,
            "true" | "True" | "TRUE" => return serde_json::Value::Bool(true),
            "false" | "False" | "FALSE" => return serde_json::Value::Bool(false),
            _ => {}
        }
        // JSON's number grammar refuses leading zeros and signs, so that `010` and `+1` stay text.
        match serde_json::from_str::<serde_json::Number>(&self.text) {
            Ok(number) => serde_json::Value::Number(number),
            Err(_) => serde_json::Value::String(self.text.clone()),
        }
    }
}
