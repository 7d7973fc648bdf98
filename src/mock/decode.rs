//! Reads typed values out of positioned YAML nodes and collects every mistake.

use std::cell::RefCell;
use std::str::FromStr;

use crate::yaml::{Diagnostic, Entry, Node, Source, Span, nearest};

/// Declares a closed set of words as they stand in world and fault files.
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $crate::mock::decode::Word for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($text, Self::$variant),)+];
        }
    };
}
pub(super) use words;

/// A closed set of words.
pub trait Word: Copy + 'static {
    /// Every word with its meaning.
    const WORDS: &'static [(&'static str, Self)];
}

/// Reads nodes of one file; mistakes are collected, and reading goes on.
#[derive(Debug)]
pub(super) struct Decoder {
    source: Source,
    problems: RefCell<Vec<Diagnostic>>,
}

impl Decoder {
    /// Returns a decoder for nodes of a file.
    pub(super) fn new(source: &Source) -> Self {
        Self {
            source: source.clone(),
            problems: RefCell::default(),
        }
    }

    /// Returns the value if there was no mistake, else all mistakes.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Diagnostic>> {
        let mut problems = self.problems.into_inner();
        match value {
            Some(value) if problems.is_empty() => Ok(value),
            _ => {
                problems.sort_by_key(|p| p.span);
                Err(problems)
            }
        }
    }

    /// Notes a mistake.
    pub(super) fn complain(&self, span: Span, message: impl Into<String>) {
        self.problems.borrow_mut().push(Diagnostic {
            source: self.source.clone(),
            span,
            message: message.into(),
            notes: Vec::new(),
        });
    }

    /// Reads a mapping whose keys are all free, such as handles.
    pub(super) fn entries<'n>(&self, node: &'n Node) -> &'n [Entry] {
        node.entries().unwrap_or_else(|| {
            if !node.is_null() {
                self.complain(
                    node.span,
                    format!("{} stands here; expected a mapping", node.kind()),
                );
            }
            &[]
        })
    }

    /// Checks that a node is a mapping that has known keys only.
    pub(super) fn known<'n>(&self, node: &'n Node, keys: &[&str]) -> &'n Node {
        for entry in self.entries(node) {
            if !keys.contains(&entry.key.as_str()) {
                self.complain(entry.key_span, unknown("key", &entry.key, keys));
            }
        }
        node
    }

    /// Returns a required member.
    pub(super) fn member<'n>(&self, node: &'n Node, key: &str) -> Option<&'n Node> {
        let found = node.get(key);
        if found.is_none() && node.entries().is_some() {
            self.complain(node.span, format!("`{key}` is missing here"));
        }
        found
    }

    /// Returns the items of an optional sequence; none where it is absent.
    pub(super) fn items<'n>(&self, node: &'n Node, key: &str) -> &'n [Node] {
        let Some(node) = node.get(key) else {
            return &[];
        };
        node.items().unwrap_or_else(|| {
            self.complain(
                node.span,
                format!("`{key}` is {}; expected a sequence", node.kind()),
            );
            &[]
        })
    }

    /// Reads a scalar as text.
    pub(super) fn scalar(&self, node: &Node) -> Option<String> {
        let text = node.text().map(str::to_owned);
        if text.is_none() {
            self.complain(
                node.span,
                format!("{} stands here; expected text", node.kind()),
            );
        }
        text
    }

    /// Reads a required text.
    pub(super) fn text(&self, node: &Node, key: &str) -> Option<String> {
        self.scalar(self.member(node, key)?)
    }

    /// Reads an optional text.
    pub(super) fn optional_text(&self, node: &Node, key: &str) -> Option<String> {
        node.get(key)
            .filter(|n| !n.is_null())
            .and_then(|n| self.scalar(n))
    }

    /// Reads an optional sequence of texts.
    pub(super) fn texts(&self, node: &Node, key: &str) -> Vec<String> {
        self.items(node, key)
            .iter()
            .filter_map(|item| self.scalar(item))
            .collect()
    }

    /// Reads a scalar by its type's own grammar; `expected` names it with an article.
    pub(super) fn parse<T: FromStr>(&self, node: &Node, expected: &str) -> Option<T> {
        let text = self.scalar(node)?;
        let value = text.parse().ok();
        if value.is_none() {
            self.complain(node.span, format!("`{text}` is not {expected}"));
        }
        value
    }

    /// Reads an optional scalar by its type's own grammar.
    pub(super) fn optional<T: FromStr>(&self, node: &Node, key: &str, expected: &str) -> Option<T> {
        node.get(key).and_then(|n| self.parse(n, expected))
    }

    /// Reads an optional `true` or `false`; false where it is absent.
    pub(super) fn flag(&self, node: &Node, key: &str) -> bool {
        self.optional(node, key, "true or false").unwrap_or(false)
    }

    /// Reads one of a closed set of words.
    pub(super) fn word<W: Word>(&self, node: &Node) -> Option<W> {
        let text = self.scalar(node)?;
        let found = W::WORDS
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = W::WORDS.iter().map(|(word, _)| *word).collect();
            self.complain(node.span, unknown("word", &text, &words));
        }
        found
    }

    /// Reads an optional word; `default` where it is absent.
    pub(super) fn word_or<W: Word>(&self, node: &Node, key: &str, default: W) -> W {
        node.get(key).and_then(|n| self.word(n)).unwrap_or(default)
    }

    /// Reads an optional sequence of words.
    pub(super) fn words<W: Word>(&self, node: &Node, key: &str) -> Vec<W> {
        self.items(node, key)
            .iter()
            .filter_map(|item| self.word(item))
            .collect()
    }
}

/// Says that a word is unknown, with the nearest known one or all of them.
fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{word}`; did you mean `{near}`?"),
        None => format!(
            "unknown {what} `{word}`; expected one of `{}`",
            known.join("`, `")
        ),
    }
}
