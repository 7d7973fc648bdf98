//! The form of a baseline's file: that of insta, a YAML head between lines `---`, and the values.
//!
//! ```text
//! ---
//! source: scenarios/rdap/help.yaml
//! expression: rdap.help at apnic on live
//! info:
//!   target: live
//! ---
//! terms: help $.notices[0]
//!   {
//!     "title": "Terms and Conditions"
//!   }
//! banner: p.text
//!   | % This is the database
//!   | % of somebody
//! ```
//!
//! Each value stands below its name, indented by two spaces: JSON with sorted members, or text line
//! by line behind bars where that says the same. `cargo insta review` shows and accepts such files.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::yaml::{self, Diagnostic, Source};

/// How the name of an accepted file ends.
pub const SUFFIX: &str = ".snap";

/// What is put behind it while somebody has to look at it.
pub const PENDING: &str = ".new";

/// The line around the head.
const FENCE: &str = "---";

/// What stands in the head of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Head {
    /// The scenario's file, such as `scenarios/rdap/help.yaml`.
    pub source: String,
    /// What the values are of, for people.
    pub expression: String,
    /// Everything else that is known, in the order in which it is written.
    pub info: Map<String, Value>,
}

/// Reads a file: its head, and the values by their names.
///
/// # Errors
///
/// A [`Diagnostic`] at the line that is not as it should be. A head with keys that are not ours is none.
pub fn read(source: &Source) -> Result<(Head, BTreeMap<String, Value>), Diagnostic> {
    let mut lines = Lines::of(source);
    let wrong = |at: Line<'_>, message: String| {
        let range = at.start..at.start + at.text.len();
        Diagnostic::new(source, source.span(range), message)
    };
    match lines.next() {
        Some(first) if first.text.trim_end() == FENCE => {}
        first => {
            let at = first.unwrap_or_default();
            let message = "a baseline begins with a head between lines `---`".to_owned();
            return Err(wrong(at, message));
        }
    }
    // An empty line in place of the fence keeps the numbers of lines.
    let mut head = "\n".to_owned();
    loop {
        let Some(line) = lines.next() else {
            let message = "the head of this baseline has no end; expected a line `---`".to_owned();
            return Err(wrong(Line::default(), message));
        };
        if line.text.trim_end() == FENCE {
            break;
        }
        head.push_str(line.text);
        head.push('\n');
    }
    let head = head_of(source, &head)?;
    let mut values = BTreeMap::new();
    let mut open: Option<(Line<'_>, Vec<&str>)> = None;
    for line in lines {
        if let Some(inner) = line.text.strip_prefix("  ") {
            match &mut open {
                Some((_, below)) => below.push(inner),
                None => return Err(wrong(line, "a value stands here without a name".to_owned())),
            }
        } else if !line.text.trim().is_empty() {
            if line.text.starts_with(' ') {
                let message = "a line of a value begins with two spaces".to_owned();
                return Err(wrong(line, message));
            }
            close(open.take(), &mut values).map_err(|(at, message)| wrong(at, message))?;
            open = Some((line, Vec::new()));
        }
    }
    close(open, &mut values).map_err(|(at, message)| wrong(at, message))?;
    Ok((head, values))
}

/// Reads the value below a name.
fn close<'t>(
    open: Option<(Line<'t>, Vec<&'t str>)>,
    values: &mut BTreeMap<String, Value>,
) -> Result<(), (Line<'t>, String)> {
    let Some((name, below)) = open else {
        return Ok(());
    };
    let value = match below.first() {
        None => {
            let message = format!(
                "`{}` has no value; expected one below it, indented",
                name.text
            );
            return Err((name, message));
        }
        Some(first) if first.starts_with('|') => {
            let lines: Option<Vec<&str>> = below.iter().map(|line| text_of(line)).collect();
            let Some(lines) = lines else {
                let message = format!("text of `{}` has a line without `|`", name.text);
                return Err((name, message));
            };
            Value::from(lines.join("\n"))
        }
        Some(_) => serde_json::from_str(&below.join("\n")).map_err(|error| {
            (
                name,
                format!("value of `{}` is no JSON: {error}", name.text),
            )
        })?,
    };
    let key = name.text.trim_end().to_owned();
    if values.insert(key, value).is_some() {
        return Err((name, format!("`{}` stands here twice", name.text)));
    }
    Ok(())
}

fn text_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('|')?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix(' ')
    }
}

fn head_of(source: &Source, head: &str) -> Result<Head, Diagnostic> {
    let tree = yaml::parse(&Source::new(&source.name, head))?;
    let text = |key: &str| {
        let node = tree.get(key).and_then(yaml::Node::text);
        node.unwrap_or_default().to_owned()
    };
    let info = match tree.get("info").map(yaml::Node::to_json) {
        Some(Value::Object(info)) => info,
        Some(_) | None => Map::new(),
    };
    Ok(Head {
        source: text("source"),
        expression: text("expression"),
        info,
    })
}

/// Writes a file; the same octets for the same head and values.
pub fn write(head: &Head, values: &BTreeMap<String, Value>) -> String {
    let mut text = format!(
        "{FENCE}\nsource: {}\nexpression: {}\n",
        quoted(&head.source),
        quoted(&head.expression)
    );
    if !head.info.is_empty() {
        text.push_str("info:\n");
        nested(&head.info, 1, &mut text);
    }
    text.push_str(FENCE);
    text.push('\n');
    text.push_str(&body(values));
    text
}

/// Writes the values, as they stand below the head.
pub fn body(values: &BTreeMap<String, Value>) -> String {
    let mut text = String::new();
    for (name, value) in values {
        text.push_str(name);
        text.push('\n');
        for line in lines_of(value) {
            text.push_str("  ");
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// Writes a mapping of the head; lists and texts stand on one line, as JSON, which is YAML too.
fn nested(map: &Map<String, Value>, depth: usize, text: &mut String) {
    for (key, value) in map {
        text.push_str(&"  ".repeat(depth));
        text.push_str(&quoted(key));
        text.push(':');
        let inner = value.as_object().filter(|inner| !inner.is_empty());
        if let Some(inner) = inner {
            text.push('\n');
            nested(inner, depth + 1, text);
        } else {
            text.push(' ');
            text.push_str(&value.to_string());
            text.push('\n');
        }
    }
}

/// Returns text as a YAML scalar: as it is where nothing in it has a meaning, else quoted as in JSON.
fn quoted(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-/ ".contains(c))
        && !text.ends_with(' ')
        && !matches!(
            text,
            "true" | "false" | "null" | "yes" | "no" | "on" | "off"
        );
    if is_plain {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

/// Returns the lines of a value.
fn lines_of(value: &Value) -> Vec<String> {
    if let Value::String(text) = value
        && text.contains('\n')
        && text.lines().all(|line| line.trim_end() == line)
        && text.chars().all(|c| c == '\n' || !c.is_control())
    {
        let bar = |line: &str| {
            if line.is_empty() {
                "|".to_owned()
            } else {
                format!("| {line}")
            }
        };
        return text.split('\n').map(bar).collect();
    }
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    let text = serde_json::to_string_pretty(&sorted).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// A line with its place.
#[derive(Clone, Copy, Default)]
struct Line<'t> {
    start: usize,
    text: &'t str,
}

/// The lines of a text, with their places.
struct Lines<'t> {
    rest: &'t str,
    at: usize,
}

impl<'t> Lines<'t> {
    fn of(source: &'t Source) -> Self {
        Self {
            rest: &source.text,
            at: 0,
        }
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest, length) = match self.rest.split_once('\n') {
            Some((line, rest)) => (line, rest, line.len() + 1),
            None => (self.rest, "", self.rest.len()),
        };
        let start = self.at;
        self.at += length;
        self.rest = rest;
        Some(Line {
            start,
            text: line.strip_suffix('\r').unwrap_or(line),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn values(all: &[(&str, Value)]) -> BTreeMap<String, Value> {
        let owned = all.iter();
        owned
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    }

    fn head() -> Head {
        let info = json!({"target": "mock", "run": "20261122T090000Z-0a", "evidence": {"a: b.c": ["GET x 200"]}});
        Head {
            source: "scenarios/rdap/help.yaml".to_owned(),
            expression: "rdap.help at apnic on mock".to_owned(),
            info: info.as_object().unwrap().clone(),
        }
    }

    #[track_caller]
    fn returns(values: &BTreeMap<String, Value>) -> String {
        let text = write(&head(), values);
        let (read_head, again) = read(&Source::new("a.snap", &text)).unwrap();
        assert_eq!((&read_head, &again), (&head(), values), "{text}");
        // insta writes the contents without white space at their end.
        let trimmed = format!("{}\n", text.trim_end());
        let (_, again) = read(&Source::new("a.snap", &trimmed)).unwrap();
        assert_eq!(&again, values, "{trimmed}");
        text
    }

    #[test]
    fn what_is_written_is_what_a_person_reads() {
        let text = returns(&values(&[
            (
                "terms: help $.notices[0]",
                json!({"b": [1, true], "a": null}),
            ),
            ("banner: p.text", json!("% one\n\n%  two")),
            ("plain: p.word", json!("one")),
        ]));
        let expected = "---\nsource: scenarios/rdap/help.yaml\nexpression: rdap.help at apnic on mock\ninfo:\n  \
            target: \"mock\"\n  run: \"20261122T090000Z-0a\"\n  evidence:\n    \"a: b.c\": [\"GET x 200\"]\n---\n\
            banner: p.text\n  | % one\n  |\n  | %  two\nplain: p.word\n  \"one\"\nterms: help $.notices[0]\n  {\n    \
            \"a\": null,\n    \"b\": [\n      1,\n      true\n    ]\n  }\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn hostile_text_comes_back_as_it_was() {
        for text in [
            "",
            "\n",
            "a\n",
            "a \nb",
            "a\r\nb",
            "---\n---",
            "| a\n| b",
            "\u{1b}[2J\n\u{202e}x",
            "x\u{0}\ny",
            "a\u{85}\nb",
            "a\u{2028}b\nc",
        ] {
            returns(&values(&[
                ("a: b.c", json!(text)),
                ("b: b.c", json!([text])),
            ]));
        }
        returns(&BTreeMap::new());
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        #[track_caller]
        fn check(text: &str, line: u32, words: &str) {
            let error = read(&Source::new("a.snap", text)).unwrap_err();
            assert!(error.message.contains(words), "{error}");
            assert_eq!(error.span.line, line, "{error}");
        }
        check("", 1, "begins with a head");
        check("a: b\n", 1, "begins with a head");
        check("---\na: 1\n", 1, "has no end");
        check("---\na: [\n---\n", 2, "");
        check("---\na: 1\n---\n  1\n", 4, "without a name");
        check("---\na: 1\n---\nx: y.z\nw: y.z\n  1\n", 4, "has no value");
        check("---\na: 1\n---\nx: y.z\n  [1\n", 4, "is no JSON");
        check(
            "---\na: 1\n---\nx: y.z\n  1\nx: y.z\n  2\n",
            6,
            "stands here twice",
        );
        check("---\na: 1\n---\nx: y.z\n  | a\n  b\n", 4, "without `|`");
        check("---\na: 1\n---\nx: y.z\n 1\n", 5, "two spaces");
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in any::<String>(), lines in "[a-z |\\n-]{0,40}") {
            returns(&values(&[("a: b.c", json!(text)), ("b: b.c", json!(lines))]));
        }
    }
}
