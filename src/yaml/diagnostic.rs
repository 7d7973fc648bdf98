//! Located complaints, and how they are shown.

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

/// Collects the complaints of all files.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics(pub Vec<Diagnostic>);

/// Returns the known word nearest to `word`; `None` if none is near enough to be meant.
pub fn nearest<'a>(_word: &str, _known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    None
}
