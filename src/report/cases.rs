//! Cases as data: what two registries did together, and what it comes to for each pair of them.

use std::io;

use serde::Serialize;

use super::pairs::{Pair, pairs};
use super::{Format, Options};
use crate::audit::Audit;
use crate::verdict::case::CaseResult;
use crate::verdict::results::FORMAT;

/// Writes cases and pairs for programs.
#[derive(Debug)]
pub(super) struct Cases;

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    pairs: Vec<Pair<'a>>,
    cases: &'a [CaseResult],
}

impl Format for Cases {
    fn name(&self) -> &'static str {
        "cases"
    }

    fn summary(&self) -> &'static str {
        "what two registries did together, such as transfers: each case, and figures for each pair, for programs"
    }

    fn file(&self) -> Option<&'static str> {
        Some("cases.json")
    }

    fn applies(&self, audit: &Audit) -> bool {
        !audit.results.cases.is_empty()
    }

    fn write(&self, audit: &Audit, _options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let document = Document {
            format: FORMAT,
            pairs: pairs(audit),
            cases: &audit.results.cases,
        };
        serde_json::to_writer_pretty(&mut *sink, &document)?;
        sink.write_all(b"\n")
    }
}
