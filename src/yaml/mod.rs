//! YAML: text to a tree of nodes with positions, and located diagnostics.
//!
//! This is the one room that knows the YAML crate. Everything a person writes is
//! read through [`parse`], decoded by hand from [`Node`]s, and every complaint is a
//! [`Diagnostic`] that shows the place.

mod diagnostic;
mod read;

pub use diagnostic::{Diagnostic, Diagnostics, nearest};
pub use read::{Limits, parse};

use std::sync::Arc;

/// A file of the suite: its name for messages and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path as messages show it, such as `scenarios/rdap/help.yaml`.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
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
                _ => "text",
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
