//! A trace for a program.

use std::io;

use serde::Serialize;

use super::TraceFormat;
use crate::inspect::trace::Trace;
use crate::report::Options;

/// The version of this format; raised when a reader of the old one would err.
const FORMAT: u32 = 1;

/// Writes the whole trace as one JSON object.
#[derive(Debug)]
pub(super) struct Json;

#[derive(Serialize)]
struct Document<'t> {
    format: u32,
    #[serde(flatten)]
    trace: &'t Trace,
}

impl TraceFormat for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn write(&self, trace: &Trace, _: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let document = Document {
            format: FORMAT,
            trace,
        };
        serde_json::to_writer_pretty(&mut *sink, &document)?;
        sink.write_all(b"\n")
    }
}
