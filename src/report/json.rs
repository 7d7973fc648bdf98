//! JSON: `results.json` as it is kept.

use std::io;

use super::{Format, Options};
use crate::audit::{Audit, RESULTS, write_results};

/// Writes the results for programs.
#[derive(Debug)]
pub(super) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn summary(&self) -> &'static str {
        "everything that was found, for programs; the same octets for the same observations"
    }

    fn file(&self) -> Option<&'static str> {
        Some(RESULTS)
    }

    fn write(&self, audit: &Audit, _options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        write_results(audit, sink)
    }
}
