//! Reports: an audit in the words of a format. One file per format.
//!
//! Reports state facts, name the source, order registries alphabetically, and
//! neither rank nor praise. A partial run is said first.

mod cases;
mod checklists;
pub mod course;
mod csv;
mod difference;
pub mod export;
mod github;
mod habits;
pub mod history;
mod ics;
mod json;
mod junit;
mod markdown;
mod pairs;
mod parameters;
pub mod redact;
mod rows;
mod sarif;
pub mod site;
mod summary;
mod terminal;
mod trace;
mod twin;
mod words;

pub use difference::{DIFFERENCE_FORMATS, DifferenceFormat, difference_format};
pub use trace::{TRACE_FORMATS, TraceFormat, trace_format};
pub use twin::{TWIN_FORMATS, TwinFormat, twin_format};

use std::fmt;
use std::io;

use crate::audit::Audit;

/// Writes an audit in one format.
pub trait Format: fmt::Debug + Send + Sync {
    /// Returns the name, by which `-f` finds it.
    fn name(&self) -> &'static str;

    /// Says in one sentence what it is for.
    fn summary(&self) -> &'static str;

    /// Returns the name of its file; `None` if it is only shown.
    fn file(&self) -> Option<&'static str>;

    /// Says whether a judging keeps its file beside the results.
    fn is_kept(&self) -> bool {
        self.file().is_some()
    }

    /// Says whether an audit has what the format shows; a judging keeps no file of it otherwise.
    fn applies(&self, _audit: &Audit) -> bool {
        true
    }

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// What the sink says, or an error of the format's writer as [`io::ErrorKind::Other`].
    fn write(&self, audit: &Audit, options: &Options, sink: &mut dyn io::Write) -> io::Result<()>;
}

/// What a reader asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Width in columns.
    pub width: usize,
    /// Whether color may be used.
    pub color: bool,
    /// Whether every row is shown, also those where all is well.
    pub all: bool,
}

impl Default for Options {
    /// Returns 100 columns, no color, and only what is not well.
    fn default() -> Self {
        Self {
            width: 100,
            color: false,
            all: false,
        }
    }
}

/// All formats, in the order in which they are documented.
pub const FORMATS: &[&dyn Format] = &[
    &terminal::Terminal,
    &terminal::Checklists,
    &json::Json,
    &markdown::Markdown,
    &csv::Csv,
    &junit::Junit,
    &sarif::Sarif,
    &github::Github,
    &summary::Summary,
    &ics::Ics,
    &cases::Cases,
];

/// Returns the format with a name; `None` if there is none.
pub fn named(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}
