//! JSON: the twin as it is, for programs; `docs/twin.md` has its members.

use std::io;

use super::{Options, TwinFormat};
use crate::audit::twin::Twin;

/// Writes a twin for programs.
#[derive(Debug)]
pub(super) struct Json;

impl TwinFormat for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn write(&self, twin: &Twin, _options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *sink, twin)?;
        sink.write_all(b"\n")
    }
}
