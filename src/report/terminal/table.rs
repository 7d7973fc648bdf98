//! The tables of the terminal report.

use std::collections::BTreeMap;

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::Page;
use crate::judge::words::counted;
use crate::judge::words::put;
use crate::report::rows::{Group, Row};
use crate::verdict::{Disposition, Level, Outcome};

/// Columns of one cell with a verdict: `? no conn`, and two between cells.
const CELL: u16 = 11;

/// Columns of the level.
const LEVEL: u16 = 9;

/// Width from which the level has a column of its own.
const WIDE: usize = 100;

/// Writes the matrix: one line per scenario that sums it up, and a row for each check that has to be read.
pub(super) fn matrix(page: &Page<'_>, groups: &[Group<'_>], text: &mut String) {
    let registries = &page.audit.results.registries;
    let has_level = page.width >= WIDE;
    let mut table = bare();
    let mut head = vec![Cell::new("")];
    if has_level {
        head.push(Cell::new("level"));
    }
    head.extend(registries.iter().map(|registry| Cell::new(&registry.name)));
    table.set_header(head);
    for group in groups {
        let mut sums = vec![Cell::new(group.scenario)];
        if has_level {
            sums.push(Cell::new(""));
        }
        sums.extend(group.sums.iter().map(Cell::new));
        table.add_row(sums);
        for row in group.rows.iter().filter(|row| page.all || row.is_notable()) {
            table.add_row(cells(row, has_level));
        }
    }
    let verdicts = u16::try_from(registries.len())
        .unwrap_or(u16::MAX)
        .saturating_mul(CELL);
    let level = if has_level { LEVEL } else { 0 };
    let name = u16::try_from(page.width)
        .unwrap_or(u16::MAX)
        .saturating_sub(verdicts)
        .saturating_sub(level)
        .max(24);
    let mut widths = vec![name];
    if has_level {
        widths.push(LEVEL);
    }
    widths.extend(registries.iter().map(|_| CELL));
    finish(&mut table, &widths, text);
}

fn cells(row: &Row<'_>, has_level: bool) -> Vec<Cell> {
    let name = if row.instance.is_empty() {
        format!("  {}", row.id)
    } else {
        format!("  {}[{}]", row.id, row.instance)
    };
    let mut cells = vec![Cell::new(name)];
    if has_level {
        cells.push(Cell::new(row.level));
    }
    cells.extend(row.cells.iter().map(|cell| match cell {
        Some(cell) => Cell::new(&cell.text),
        None => Cell::new(""),
    }));
    cells
}

/// Writes how many checks of each level pass at each registry, and what became of the others.
pub(super) fn counts(page: &Page<'_>, text: &mut String) {
    let results = &page.audit.results;
    let mut by: BTreeMap<(Level, &str), Counts> = BTreeMap::new();
    for check in results.checks.iter().filter(|c| c.operator.is_registry()) {
        by.entry((check.level, check.registry.as_str()))
            .or_default()
            .add(check.outcome, check.disposition);
    }
    for level in Level::ALL.iter().filter(|level| level.counts()) {
        let lines: Vec<(&str, &Counts)> = results
            .registries
            .iter()
            .filter_map(|r| Some((r.name.as_str(), by.get(&(*level, r.id.as_str()))?)))
            .collect();
        let Some((_, first)) = lines.first() else {
            continue;
        };
        if lines.len() > 1 && lines.iter().all(|(_, counts)| *counts == *first) {
            let everybody = format!("each of {}", counted(lines.len(), "registry"));
            page.paragraph(
                text,
                "",
                &format!("{:<7} {everybody}: {}", level.as_str(), first.words()),
            );
            continue;
        }
        for (place, (name, counts)) in lines.iter().enumerate() {
            let lead = if place == 0 { level.as_str() } else { "" };
            page.paragraph(text, "", &format!("{lead:<7} {name:<9} {}", counts.words()));
        }
    }
    causes(page, text);
}

/// Says where several failures have one cause.
fn causes(page: &Page<'_>, text: &mut String) {
    let results = &page.audit.results;
    for registry in &results.registries {
        let failures = results
            .checks
            .iter()
            .filter(|c| c.registry == registry.id && c.outcome == Outcome::Fail)
            .filter(|c| c.level.counts() && c.operator.is_registry())
            .count();
        let causes = results
            .summary
            .causes
            .of(registry.id.as_str())
            .copied()
            .unwrap_or_default();
        let causes = usize::try_from(causes).unwrap_or(usize::MAX);
        if causes < failures {
            let (failures, causes) = (counted(failures, "failure"), counted(causes, "cause"));
            page.paragraph(
                text,
                "",
                &format!("{}: {failures}, {causes}", registry.name),
            );
        }
    }
}

/// Counts of one level at one registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    known: usize,
    unconfirmed: usize,
    provisional: usize,
    open: usize,
    skipped: usize,
    errors: usize,
    not_applicable: usize,
}

impl Counts {
    fn add(&mut self, outcome: Outcome, disposition: Disposition) {
        let number = match (outcome, disposition) {
            (Outcome::Pass, _) => &mut self.passed,
            (Outcome::Fail, Disposition::Known) => &mut self.known,
            (Outcome::Fail, Disposition::Unconfirmed) => &mut self.unconfirmed,
            (Outcome::Fail, Disposition::Provisional) => &mut self.provisional,
            (
                Outcome::Fail,
                Disposition::Expected
                | Disposition::Unexpected
                | Disposition::StaleWaiver
                | Disposition::ExpiredWaiver
                | Disposition::Flaky,
            ) => &mut self.failed,
            (Outcome::Inconclusive, _) => &mut self.open,
            (Outcome::Skipped, _) => &mut self.skipped,
            (Outcome::Error, _) => &mut self.errors,
            (Outcome::NotApplicable, _) => &mut self.not_applicable,
        };
        *number += 1;
    }

    /// Returns the counts in words: `18 of 20 pass, 2 known`.
    fn words(&self) -> String {
        let planned = self.passed
            + self.failed
            + self.known
            + self.unconfirmed
            + self.provisional
            + self.open
            + self.skipped
            + self.errors;
        let mut words = if planned == 0 {
            "nothing applies".to_owned()
        } else {
            format!("{} of {planned} pass", self.passed)
        };
        for (number, what) in [
            (self.failed, "fail"),
            (self.known, "known"),
            (self.unconfirmed, "unconfirmed"),
            (self.provisional, "provisional"),
            (self.open, "open"),
            (self.skipped, "skipped"),
            (self.errors, "our error"),
        ] {
            if number > 0 {
                put!(words, ", {number} {what}");
            }
        }
        if self.not_applicable > 0 && planned > 0 {
            put!(words, "; {} do not apply", self.not_applicable);
        }
        words
    }
}

/// Returns a table without lines.
fn bare() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn finish(table: &mut Table, widths: &[u16], text: &mut String) {
    for (column, width) in table.column_iter_mut().zip(widths) {
        column
            .set_padding((0, 2))
            .set_constraint(ColumnConstraint::Absolute(Width::Fixed(*width)));
    }
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
