//! Located complaints, and how they are shown.

use std::fmt::{self, Write as _};

use super::excerpt::{Excerpt, Paint, visible};
use super::{Source, Span};

/// A complaint about a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file.
    pub source: Source,
    /// The place; the whole file if all is zero.
    pub span: Span,
    /// What is wrong: lower case, no full stop, values in backticks, what would have been right last.
    pub message: String,
    /// Further lines shown below the source line, each with its own word first: `expected …`, `hint: …`.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// Returns a complaint without notes.
    pub fn new(source: &Source, span: Span, message: impl Into<String>) -> Self {
        Self {
            source: source.clone(),
            span,
            message: message.into(),
            notes: Vec::new(),
        }
    }

    /// Adds a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Returns the complaint as lines: place and message, the source line with carets
    /// below the place, the notes. The last line ends with a line break.
    ///
    /// With `color` the same text carries ANSI styles; nothing is said by color alone.
    /// Control characters of the file and of values are shown, never sent to the terminal.
    pub fn render(&self, color: bool) -> String {
        let paint = if color { Paint::COLORED } else { Paint::PLAIN };
        let mut out = String::new();
        // Writing to a string cannot fail.
        self.write(&mut out, &paint).unwrap_or_default();
        out
    }

    fn write(&self, out: &mut String, paint: &Paint) -> fmt::Result {
        let name = visible(&self.source.name);
        let message = visible(&self.message);
        if self.span.line == 0 {
            let place = paint.strong(&name);
            writeln!(out, "{place}: {}", paint.wrong(&message))?;
        } else {
            let place = format!("{name}:{}:{}", self.span.line, self.span.column);
            writeln!(out, "{}: {}", paint.strong(&place), paint.wrong(&message))?;
        }
        let mut indent = 1;
        if let Some(excerpt) = Excerpt::of(&self.source, self.span) {
            let number = self.span.line.to_string();
            indent = number.len() + 1;
            let bar = paint.faint("|");
            writeln!(out, "{:indent$}{bar}", "")?;
            writeln!(
                out,
                "{} {bar} {}",
                paint.faint(&number),
                excerpt.line.trim_end()
            )?;
            let carets = paint.wrong(&"^".repeat(excerpt.width)).to_string();
            writeln!(
                out,
                "{:indent$}{bar} {:skip$}{carets}",
                "",
                "",
                skip = excerpt.skip
            )?;
        }
        for note in &self.notes {
            writeln!(out, "{:indent$}{} {}", "", paint.faint("="), visible(note))?;
        }
        Ok(())
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(false).trim_end())
    }
}

impl std::error::Error for Diagnostic {}

/// Collects the complaints of all files.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Returns no complaints.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a complaint.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Says whether there is nothing to complain about.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of complaints.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Iterates over the complaints.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Sorts by file and place and drops what is said twice of one place.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            (&a.source.name, a.span.start, &a.message).cmp(&(
                &b.source.name,
                b.span.start,
                &b.message,
            ))
        });
        self.0.dedup_by(|a, b| {
            a.source.name == b.source.name && a.span == b.span && a.message == b.message
        });
    }

    /// Returns all complaints in the order of their places, an empty line between them.
    pub fn render(&self, color: bool) -> String {
        let mut sorted = self.clone();
        sorted.sort();
        let texts: Vec<String> = sorted.iter().map(|d| d.render(color)).collect();
        texts.join("\n")
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, iter: I) {
        self.0.extend(iter);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, range: std::ops::Range<usize>) -> Diagnostic {
        let source = Source::new("scenarios/a.yaml", text);
        let span = source.span(range);
        Diagnostic::new(&source, span, "wrong")
    }

    #[track_caller]
    fn check(text: &str, range: std::ops::Range<usize>, expected: &str) {
        assert_eq!(place(text, range).render(false), expected);
    }

    #[test]
    fn a_complaint_shows_its_line_with_carets_below() {
        check(
            "a: 1\nchecks:\n  - id: x\n",
            17..19,
            "scenarios/a.yaml:3:5: wrong\n  |\n3 |   - id: x\n  |     ^^\n",
        );
    }

    #[test]
    fn notes_follow() {
        let text = place("a: 1\n", 3..4).note("hint: two").render(false);
        assert_eq!(
            text,
            "scenarios/a.yaml:1:4: wrong\n  |\n1 | a: 1\n  |    ^\n  = hint: two\n"
        );
    }

    #[test]
    fn an_empty_place_has_one_caret_and_a_long_one_ends_with_its_line() {
        check(
            "ab\ncd\n",
            2..2,
            "scenarios/a.yaml:1:3: wrong\n  |\n1 | ab\n  |   ^\n",
        );
        check(
            "ab\r\ncd\n",
            0..7,
            "scenarios/a.yaml:1:1: wrong\n  |\n1 | ab\n  | ^^\n",
        );
    }

    #[test]
    fn tabs_and_wide_characters_keep_the_carets_in_place() {
        check(
            "a:\t登x\n",
            6..7,
            "scenarios/a.yaml:1:5: wrong\n  |\n1 | a:    登x\n  |         ^\n",
        );
        check(
            "登记: x\n",
            0..6,
            "scenarios/a.yaml:1:1: wrong\n  |\n1 | 登记: x\n  | ^^^^\n",
        );
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let line = format!("{}HERE{}", "a".repeat(5000), "b".repeat(5000));
        let text = place(&line, 5000..5004).render(false);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[2],
            format!("1 | …{}HERE{}…", "a".repeat(30), "b".repeat(65))
        );
        assert_eq!(lines[3], format!("  | {}^^^^", " ".repeat(31)));
        let text = place(&line, 0..10_000).render(false);
        assert!(text.lines().all(|l| l.chars().count() <= 106), "{text}");
    }

    #[test]
    fn a_file_without_a_place_has_no_excerpt() {
        let source = Source::new("x.yaml", "");
        let text = Diagnostic::new(&source, Span::default(), "no such file").render(false);
        assert_eq!(text, "x.yaml: no such file\n");
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let text = place("a: \u{1b}[31m\u{202e}x\n", 3..4).render(false);
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}'),
            "{text:?}"
        );
        assert!(text.contains("␛[31m"), "{text:?}");
    }

    #[test]
    fn color_adds_styles_only() {
        let diagnostic = place("a: 1\n", 3..4).note("hint: two");
        let colored = diagnostic.render(true);
        assert!(colored.contains("\u{1b}["));
        assert_eq!(
            anstream::adapter::strip_str(&colored).to_string(),
            diagnostic.render(false)
        );
    }

    #[test]
    fn complaints_are_sorted_and_said_once() {
        let mut all = Diagnostics::new();
        all.push(place("a: 1\nb: 2\n", 5..6));
        all.push(place("a: 1\nb: 2\n", 0..1));
        all.push(place("a: 1\nb: 2\n", 5..6));
        all.sort();
        let lines: Vec<u32> = all.iter().map(|d| d.span.line).collect();
        assert_eq!(lines, [1, 2]);
    }
}
