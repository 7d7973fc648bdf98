//! Reports of what changed between two judgings. One file per format.

mod json;
mod markdown;
mod terminal;
pub(super) mod told;

use std::fmt;
use std::io;

use super::Options;
use crate::audit::difference::Difference;

/// Writes a difference in one format.
pub trait DifferenceFormat: fmt::Debug + Send + Sync {
    /// Returns the name, by which `-f` finds it.
    fn name(&self) -> &'static str;

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// What the sink says.
    fn write(
        &self,
        difference: &Difference,
        options: &Options,
        sink: &mut dyn io::Write,
    ) -> io::Result<()>;
}

/// All formats, in the order in which they are documented.
pub const DIFFERENCE_FORMATS: &[&dyn DifferenceFormat] =
    &[&terminal::Terminal, &json::Json, &markdown::Markdown];

/// Returns the format of differences with a name; `None` if there is none.
pub fn difference_format(name: &str) -> Option<&'static dyn DifferenceFormat> {
    let mut all = DIFFERENCE_FORMATS.iter().copied();
    all.find(|format| format.name() == name)
}
