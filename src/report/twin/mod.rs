//! Reports of what two targets answer in different ways. One file per format.

mod json;
mod markdown;
mod terminal;
mod told;

use std::fmt;
use std::io;

use super::Options;
use crate::audit::twin::Twin;

/// Writes a twin in one format.
pub trait TwinFormat: fmt::Debug + Send + Sync {
    /// Returns the name, by which `-f` finds it.
    fn name(&self) -> &'static str;

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// What the sink says.
    fn write(&self, twin: &Twin, options: &Options, sink: &mut dyn io::Write) -> io::Result<()>;
}

/// All formats, in the order in which they are documented.
pub const TWIN_FORMATS: &[&dyn TwinFormat] =
    &[&terminal::Terminal, &json::Json, &markdown::Markdown];

/// Returns the format of twins with a name; `None` if there is none.
pub fn twin_format(name: &str) -> Option<&'static dyn TwinFormat> {
    let mut all = TWIN_FORMATS.iter().copied();
    all.find(|format| format.name() == name)
}
