//! Edits of a served text: how a fault breaks a file before its digest is made.

use regex::bytes::Regex;

use crate::mock::decode::Decoder;
use crate::mock::fault::{Edit, read_json_edit};
use crate::yaml::Node;

/// One edit of a text.
#[derive(Clone, Debug)]
pub enum TextEdit {
    /// What fits is replaced; `$1` stands for the first group of the pattern.
    Replace {
        /// What is replaced.
        pattern: Regex,
        /// What stands there instead.
        with: String,
        /// How often, from the beginning; 0 for everywhere.
        times: usize,
    },
    /// Lines that fit are left out.
    RemoveLines {
        /// Which ones.
        pattern: Regex,
        /// How many, from the beginning; 0 for all.
        times: usize,
    },
    /// Lines are put before or after the first that fits; at the end where none does.
    Insert {
        /// The lines, with their ends.
        text: String,
        /// Which line.
        pattern: Regex,
        /// Whether they stand after it.
        after: bool,
    },
    /// What comes behind so many octets is cut off.
    Cut(usize),
    /// What comes behind so many lines is cut off.
    CutLines(usize),
    /// The document is edited, which is JSON.
    Json(Edit),
}

impl TextEdit {
    /// Returns the text with the edit made.
    pub(super) fn apply(&self, text: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Replace {
                pattern,
                with,
                times,
            } => pattern
                .replacen(&text, *times, with.as_bytes())
                .into_owned(),
            Self::RemoveLines { pattern, times } => {
                let mut left = match times {
                    0 => usize::MAX,
                    times => *times,
                };
                let mut kept = Vec::with_capacity(text.len());
                for line in text.split_inclusive(|octet| *octet == b'\n') {
                    if left > 0 && pattern.is_match(bare(line)) {
                        left = left.saturating_sub(1);
                    } else {
                        kept.extend_from_slice(line);
                    }
                }
                kept
            }
            Self::Insert {
                text: new,
                pattern,
                after,
            } => {
                let mut at = text.len();
                let mut begin = 0_usize;
                for line in text.split_inclusive(|octet| *octet == b'\n') {
                    let end = begin.saturating_add(line.len());
                    if pattern.is_match(bare(line)) {
                        at = if *after { end } else { begin };
                        break;
                    }
                    begin = end;
                }
                let (head, tail) = text.split_at_checked(at).unwrap_or((&text, &[]));
                [head, new.as_bytes(), tail].concat()
            }
            Self::Cut(octets) => {
                let mut text = text;
                text.truncate(*octets);
                text
            }
            Self::CutLines(lines) => {
                let kept = text.split_inclusive(|octet| *octet == b'\n').take(*lines);
                kept.collect::<Vec<_>>().concat()
            }
            Self::Json(edit) => match edited(&text, edit) {
                Some(edited) => edited,
                None => text,
            },
        }
    }
}

/// Returns a document with an edit made, written as the mock writes its documents; `None` for no JSON.
fn edited(text: &[u8], edit: &Edit) -> Option<Vec<u8>> {
    let mut document: serde_json::Value = serde_json::from_slice(text).ok()?;
    edit.apply(&mut document);
    let mut text = serde_json::to_vec_pretty(&document).ok()?;
    text.push(b'\n');
    Some(text)
}

/// Returns a line without its end, so that `$` fits there.
fn bare(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

/// Reads an edit: `replace` a text or what is `matching` `with` another, `remove_lines`,
/// `insert` lines `before` or `after` one, `cut` behind so many octets, `cut_lines` behind so many lines;
/// `json` is an edit of a document.
pub(in crate::mock) fn read_edit(d: &Decoder, node: &Node) -> Option<TextEdit> {
    d.known(
        node,
        &[
            "replace",
            "matching",
            "with",
            "times",
            "remove_lines",
            "insert",
            "before",
            "after",
            "cut",
            "cut_lines",
            "json",
        ],
    );
    if let Some(edit) = node.get("json") {
        return read_json_edit(d, edit).map(TextEdit::Json);
    }
    let times = || d.optional(node, "times", "a number of times").unwrap_or(0);
    if let Some(literal) = d.optional_text(node, "replace") {
        return Some(TextEdit::Replace {
            pattern: pattern(d, node, &regex::escape(&literal))?,
            with: d.text(node, "with")?.replace('$', "$$"),
            times: times(),
        });
    }
    if let Some(text) = d.optional_text(node, "matching") {
        return Some(TextEdit::Replace {
            pattern: pattern(d, node, &text)?,
            with: d.text(node, "with")?,
            times: times(),
        });
    }
    if let Some(text) = d.optional_text(node, "remove_lines") {
        return Some(TextEdit::RemoveLines {
            pattern: pattern(d, node, &text)?,
            times: times(),
        });
    }
    if let Some(mut text) = d.optional_text(node, "insert") {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let after = node.get("before").is_none();
        let place = d.text(node, if after { "after" } else { "before" })?;
        return Some(TextEdit::Insert {
            text,
            pattern: pattern(d, node, &place)?,
            after,
        });
    }
    if node.get("cut").is_some() {
        return d
            .optional(node, "cut", "a number of octets")
            .map(TextEdit::Cut);
    }
    let lines = d.member(node, "cut_lines")?;
    d.parse(lines, "a number of lines").map(TextEdit::CutLines)
}

/// Reads a pattern in which `^` and `$` stand for ends of lines and no text needs to be UTF-8.
fn pattern(d: &Decoder, node: &Node, text: &str) -> Option<Regex> {
    match Regex::new(&format!("(?m-u){text}")) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            d.complain(node.span, format!("`{text}` is no pattern: {error}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Source, parse};

    /// Makes the edits of a YAML text.
    #[track_caller]
    fn check(edits: &str, before: &str, after: &str) {
        let source = Source {
            name: "edits".into(),
            text: edits.into(),
        };
        let tree = parse(&source).unwrap();
        let d = Decoder::new(&source);
        let mut text = before.as_bytes().to_vec();
        for node in tree.items().unwrap() {
            text = read_edit(&d, node).unwrap().apply(text);
        }
        assert!(d.finish(Some(())).is_ok());
        assert_eq!(String::from_utf8(text).unwrap(), after, "{edits}");
    }

    #[test]
    fn texts_and_patterns_are_replaced() {
        check("[{ replace: a|b, with: $1 }]", "a|b\na|b\n", "$1\n$1\n");
        check(
            "[{ replace: a|b, with: c, times: 1 }]",
            "a|b\na|b\n",
            "c\na|b\n",
        );
        check(
            r"[{ matching: '^(\w+)\|b$', with: '$1|x' }]",
            "a|b\nab|bc\n",
            "a|x\nab|bc\n",
        );
    }

    #[test]
    fn lines_are_left_out_put_in_and_cut_off() {
        check("[{ remove_lines: '^b' }]", "a\nb\nbc\nd\n", "a\nd\n");
        check(
            "[{ remove_lines: '^b', times: 1 }]",
            "a\nb\nbc\nd\n",
            "a\nbc\nd\n",
        );
        check("[{ insert: x, before: '^b$' }]", "a\nb\n", "a\nx\nb\n");
        check("[{ insert: x, after: '^a$' }]", "a\nb\n", "a\nx\nb\n");
        check("[{ insert: x, after: '^c$' }]", "a\nb\n", "a\nb\nx\n");
        check(
            "[{ json: { set: /a, to: 2 } }]",
            "{\"a\": 1}",
            "{\n  \"a\": 2\n}\n",
        );
        check("[{ json: { remove: /a } }]", "no JSON", "no JSON");
        check("[{ cut: 3 }]", "a\nb\n", "a\nb");
        check("[{ cut_lines: 1 }]", "a\nb\n", "a\n");
    }
}
