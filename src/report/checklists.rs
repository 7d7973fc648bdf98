//! Checklists: what is attested and what was measured, one row each, one cell per registry.
//!
//! Both look different in every format: what is attested stands in quotation marks with the number of its
//! source, what was measured stands plain.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::parameters::line;
use super::words::{symbol, word_of};
use crate::audit::Audit;
use crate::judge::words::put;
use crate::verdict::checklist::{
    ChecklistCell, ChecklistRow, ChecklistTable, Claim, Judged, Measured,
};

/// Days after which a claim is marked as old.
const OLD: i64 = 365;

/// Sources of the claims of one checklist, each once, in the order in which the table meets them.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// Numbers from 1, by source in words.
    numbers: BTreeMap<String, usize>,
    /// Sources in words.
    pub(super) all: Vec<String>,
}

impl Sources {
    /// Returns the sources of a checklist: row by row, registries alphabetically.
    pub(super) fn of(table: &ChecklistTable) -> Self {
        let mut sources = Self::default();
        for claim in claims(table) {
            let words = source(claim);
            if !sources.numbers.contains_key(&words) {
                sources.all.push(words.clone());
                sources.numbers.insert(words, sources.all.len());
            }
        }
        sources
    }

    /// Returns the number of a claim's source.
    fn number(&self, claim: &Claim) -> usize {
        self.numbers.get(&source(claim)).copied().unwrap_or(0)
    }
}

/// Iterates over the claims of a checklist.
fn claims(table: &ChecklistTable) -> impl Iterator<Item = &Claim> {
    let cells = table.rows.iter().flat_map(|row| row.cells.values());
    cells.filter_map(|cell| cell.attested.as_ref())
}

/// Returns a source with its days: `fort(8), read on 2026-11-21`.
fn source(claim: &Claim) -> String {
    let mut words = word_of(&claim.source);
    if let Some(dated) = claim.dated {
        put!(words, ", of {dated}");
    }
    put!(words, ", read on {}", claim.read);
    if !claim.url.is_empty() {
        put!(words, ", {}", word_of(&claim.url));
    }
    words
}

/// Returns what is attested: `“yes” [3]`; a claim that was read more than a year before the run has a `†`,
/// one whose document was asked for the symbol of what came of that.
pub(super) fn attested(
    cell: &ChecklistCell,
    sources: &Sources,
    started: Timestamp,
) -> Option<String> {
    let claim = cell.attested.as_ref()?;
    let old = if is_old(claim, started) { "†" } else { "" };
    let mut words = format!("“{}”{old} [{}]", claim.state, sources.number(claim));
    if let Some(outcome) = cell.document {
        put!(words, " {}", symbol(outcome));
    }
    Some(words)
}

/// Says how claims of a checklist are read.
pub(super) fn reading(audit: &Audit, table: &ChecklistTable) -> String {
    let day = audit.run.started.strftime("%Y-%m-%d");
    let mut words = format!(
        "“yes” [1] is what source 1 says: words, no evidence. What has no quotation marks was measured on {day} by this run. \
         – nothing is known."
    );
    let mut cells = table.rows.iter().flat_map(|row| row.cells.values());
    if cells.any(|cell| cell.document.is_some()) {
        words.push_str(
            " ✓ or ✗ behind a source: its document was asked for, and still says so or does not.",
        );
    }
    if claims(table).any(|claim| is_old(claim, audit.run.started)) {
        words.push_str(" † read more than a year before the run.");
    }
    words
}

/// Says whether a claim was read more than a year before a run.
fn is_old(claim: &Claim, started: Timestamp) -> bool {
    let day = started.to_zoned(jiff::tz::TimeZone::UTC).date();
    let since = claim.read.until(day).map(|span| i64::from(span.get_days()));
    since.is_ok_and(|days| days > OLD)
}

/// Returns the measured values of a cell in the order of their words, then how many checks hold.
pub(super) fn measured(cell: &ChecklistCell) -> Vec<String> {
    let values = cell.measured.values().map(value);
    values.chain(cell.judged.map(held)).collect()
}

/// Returns a measured value in words that fit a cell.
pub(super) fn value(measured: &Measured) -> String {
    match &measured.measure {
        Some(measure) => line(measure),
        None => word_of(&measured.value),
    }
}

/// Returns how many checks hold: `14/15 hold`, with those without a verdict.
pub(super) fn held(judged: Judged) -> String {
    let mut words = format!("{}/{} hold", judged.pass, judged.all());
    if judged.open > 0 {
        put!(words, ", {} open", judged.open);
    }
    words
}

/// Returns what the plain values of a row are, in the order in which a cell shows them; empty if nothing is measured.
pub(super) fn legend(row: &ChecklistRow) -> String {
    let mut words: Vec<String> = row.shows.keys().map(|words| word_of(words)).collect();
    if !row.counts.is_empty() {
        words.push("checks that hold".to_owned());
    }
    words.join(" · ")
}

/// Returns ids whose values or verdicts a row shows.
pub(super) fn ids(row: &ChecklistRow) -> Vec<&str> {
    let shown = row.shows.values().map(String::as_str);
    shown.chain(row.counts.iter().map(String::as_str)).collect()
}

/// Returns what a reader should know of the claims of a row: since when, for when, notes, by registry.
pub(super) fn notes(row: &ChecklistRow) -> Vec<(&str, String)> {
    let said = row.cells.iter().filter_map(|(registry, cell)| {
        let claim = cell.attested.as_ref()?;
        let since = (!claim.since.is_empty()).then(|| format!("since {}", claim.since));
        let planned = (!claim.planned.is_empty()).then(|| format!("planned: {}", claim.planned));
        let note = (!claim.note.is_empty()).then(|| claim.note.clone());
        let parts: Vec<String> = [since, planned, note].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| (registry.as_str(), word_of(&parts.join("; "))))
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{ClaimState, Outcome};

    fn claim(read: &str) -> Claim {
        Claim {
            state: ClaimState::TestOnly,
            read: read.parse().unwrap(),
            dated: Some("2026-01-02".parse().unwrap()),
            source: "fort(8)".to_owned(),
            url: "https://example.net/a".to_owned(),
            says: String::new(),
            since: "2025".to_owned(),
            planned: String::new(),
            note: "in\u{1b}[31m red".to_owned(),
        }
    }

    fn table(claims: &[Claim]) -> ChecklistTable {
        let cells = claims.iter().enumerate().map(|(i, claim)| {
            let cell = ChecklistCell {
                attested: Some(claim.clone()),
                ..ChecklistCell::default()
            };
            (format!("r{i}"), cell)
        });
        ChecklistTable {
            id: "list".to_owned(),
            title: "A list".to_owned(),
            note: String::new(),
            rows: vec![ChecklistRow {
                id: "F01".to_owned(),
                title: "First".to_owned(),
                class: String::new(),
                shows: BTreeMap::new(),
                counts: Vec::new(),
                document: String::new(),
                cells: cells.collect(),
            }],
        }
    }

    #[test]
    fn a_source_is_numbered_once_and_an_old_claim_is_marked() {
        let claims = [
            claim("2026-01-03"),
            claim("2026-01-03"),
            claim("2026-10-01"),
        ];
        let sources = Sources::of(&table(&claims));
        assert_eq!(
            sources.all,
            [
                "fort(8), of 2026-01-02, read on 2026-01-03, https://example.net/a",
                "fort(8), of 2026-01-02, read on 2026-10-01, https://example.net/a",
            ]
        );
        let started = "2027-01-04T00:00:00Z".parse().unwrap();
        let shown = |claim: &Claim, document| {
            let cell = ChecklistCell {
                attested: Some(claim.clone()),
                document,
                ..ChecklistCell::default()
            };
            attested(&cell, &sources, started).unwrap()
        };
        assert_eq!(shown(&claims[0], None), "“test-only”† [1]");
        assert_eq!(shown(&claims[1], Some(Outcome::Pass)), "“test-only”† [1] ✓");
        assert_eq!(shown(&claims[2], Some(Outcome::Fail)), "“test-only” [2] ✗");
    }

    #[test]
    fn notes_have_no_control_characters() {
        let table = table(&[claim("2026-01-03")]);
        let notes = notes(&table.rows[0]);
        assert_eq!(notes.len(), 1);
        assert!(notes[0].1.starts_with("since 2025; in"), "{notes:?}");
        assert!(!notes[0].1.contains('\u{1b}'));
    }

    #[test]
    fn what_holds_is_told_with_what_is_open() {
        let judged = |pass, fail, open| held(Judged { pass, fail, open });
        assert_eq!(judged(3, 0, 0), "3/3 hold");
        assert_eq!(judged(3, 1, 2), "3/6 hold, 2 open");
    }
}
