//! Reports of a trace: one resource, plane by plane. One file per format.

mod json;
mod markdown;
mod terminal;
mod told;

use std::fmt;
use std::io;

use super::Options;
use crate::inspect::trace::Trace;

/// Writes a trace in one format.
pub trait TraceFormat: fmt::Debug + Send + Sync {
    /// Returns the name, by which `--format` finds it.
    fn name(&self) -> &'static str;

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// What the sink says.
    fn write(&self, trace: &Trace, options: &Options, sink: &mut dyn io::Write) -> io::Result<()>;
}

/// All formats, in the order in which they are documented.
pub const TRACE_FORMATS: &[&dyn TraceFormat] =
    &[&terminal::Terminal, &json::Json, &markdown::Markdown];

/// Returns the format of traces with a name; `None` if there is none.
pub fn trace_format(name: &str) -> Option<&'static dyn TraceFormat> {
    let mut all = TRACE_FORMATS.iter().copied();
    all.find(|format| format.name() == name)
}
