//! How a source line is shown: what fits, with carets below the place, and nothing that a terminal obeys.

use std::fmt;

use anstyle::{AnsiColor, Style};

use super::{Source, Span};

/// The styles of a rendering.
pub(super) struct Paint {
    strong: Style,
    wrong: Style,
    faint: Style,
}

impl Paint {
    pub(super) const PLAIN: Self = Self {
        strong: Style::new(),
        wrong: Style::new(),
        faint: Style::new(),
    };
    pub(super) const COLORED: Self = Self {
        strong: Style::new().bold(),
        wrong: AnsiColor::Red.on_default().bold(),
        faint: AnsiColor::Blue.on_default(),
    };

    pub(super) const fn strong<'a>(&self, text: &'a str) -> Painted<'a> {
        Painted(self.strong, text)
    }

    pub(super) const fn wrong<'a>(&self, text: &'a str) -> Painted<'a> {
        Painted(self.wrong, text)
    }

    pub(super) const fn faint<'a>(&self, text: &'a str) -> Painted<'a> {
        Painted(self.faint, text)
    }
}

pub(super) struct Painted<'a>(Style, &'a str);

impl fmt::Display for Painted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:#}", self.0, self.1, self.0)
    }
}

/// Widest excerpt of a source line, in columns of a terminal.
const WINDOW: usize = 100;

/// Columns kept before the place when a long line is cut.
const BEFORE: usize = 30;

/// A source line as shown, with the columns before and below the carets.
pub(super) struct Excerpt {
    pub(super) line: String,
    pub(super) skip: usize,
    pub(super) width: usize,
}

impl Excerpt {
    /// Returns the line of a span; `None` if the span is not a place of the source.
    pub(super) fn of(source: &Source, span: Span) -> Option<Self> {
        if span.line == 0 {
            return None;
        }
        let before = source.text.get(..span.start)?;
        let after = source.text.get(span.start..)?;
        let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let head = before.get(start..)?.trim_start_matches('\u{feff}');
        let tail = after.split(['\n', '\r']).next().unwrap_or_default();
        let marked = span.end.saturating_sub(span.start).min(tail.len());
        let marked = tail.get(..marked).unwrap_or(tail);
        let rest = tail.get(marked.len()..).unwrap_or_default();

        // Only what fits is laid out, so that a line of megabytes costs nothing.
        let (head, cut) = last_columns(head);
        let skip = columns(&head) + usize::from(cut);
        let room = WINDOW.saturating_sub(skip);
        let (marked, _) = first_columns(marked, room);
        let width = columns(&marked);
        let (rest, more) = first_columns(rest, room.saturating_sub(width));
        let more = more || width >= room;
        Some(Self {
            line: format!(
                "{}{head}{marked}{rest}{}",
                if cut { "…" } else { "" },
                if more { "…" } else { "" }
            ),
            skip,
            width: width.max(1),
        })
    }
}

/// Returns the end of a text as shown, and whether its beginning was cut.
fn last_columns(text: &str) -> (String, bool) {
    if text.len() <= WINDOW - BEFORE && columns(&visible(text)) <= WINDOW - BEFORE {
        return (visible(text), false);
    }
    let mut kept = 0;
    let mut from = text.len();
    for (at, character) in text.char_indices().rev() {
        kept += columns_of(character).max(1);
        if kept > BEFORE {
            break;
        }
        from = at;
    }
    (visible(text.get(from..).unwrap_or_default()), from > 0)
}

/// Returns the beginning of a text as shown, and whether its end was cut.
fn first_columns(text: &str, room: usize) -> (String, bool) {
    let mut kept = 0;
    for (at, character) in text.char_indices() {
        kept += columns_of(character);
        if kept > room {
            return (visible(text.get(..at).unwrap_or_default()), true);
        }
    }
    (visible(text), false)
}

/// Columns that a tab takes in an excerpt; a fixed number keeps the carets in place.
const TAB: &str = "    ";

/// Returns a text with its control characters made visible and tabs as spaces.
///
/// Directional overrides could make a line read as something it is not, so they are
/// replaced too.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => out.push_str(TAB),
            '\u{7f}' => out.push('\u{2421}'),
            '\u{0}'..='\u{1f}' => {
                let picture = 0x2400 + u32::from(character);
                out.push(char::from_u32(picture).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            '\u{80}'..='\u{9f}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => out.push(char::REPLACEMENT_CHARACTER),
            _ => out.push(character),
        }
    }
    out
}

fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// Returns the columns a character takes in a terminal: 0, 1, 2, or a tab's four.
///
/// Source: the wide and fullwidth ranges of Unicode's `EastAsianWidth`, in blocks.
const fn columns_of(character: char) -> usize {
    match character {
        '\t' => TAB.len(),
        '\u{300}'..='\u{36f}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{200b}'..='\u{200d}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fe20}'..='\u{fe2f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}
