//! JSON: the difference as it is, for programs; `docs/diff.md` has its members.

use std::io;

use super::{DifferenceFormat, Options};
use crate::audit::difference::Difference;

/// Writes a difference for programs.
#[derive(Debug)]
pub(super) struct Json;

impl DifferenceFormat for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn write(
        &self,
        difference: &Difference,
        _options: &Options,
        sink: &mut dyn io::Write,
    ) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *sink, difference)?;
        sink.write_all(b"\n")
    }
}
