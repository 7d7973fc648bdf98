//! The tables of the terminal report.

use std::collections::BTreeMap;

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::Page;
use crate::judge::words::{counted, put};
use crate::report::rows::{Group, Row};
use crate::report::words::columns;
use crate::verdict::{Disposition, Level, Outcome};

/// Fewest and most columns of one cell with a verdict; `? no conn` and a space.
const CELL: (usize, usize) = (11, 15);

/// Columns of the level.
const LEVEL: usize = 10;

/// Columns of the names of checks that are kept before cells grow.
const NAME: usize = 34;

/// Fewest columns of the names of checks.
const NARROW_NAME: usize = 22;

/// Width from which the level has a column of its own.
const WIDE: usize = 100;

/// How the columns of the matrix share the page.
#[derive(Clone, Copy)]
struct Columns {
    name: usize,
    /// Columns of the level; `None` on narrow pages.
    level: Option<usize>,
    cell: usize,
}

impl Columns {
    fn of(page: &Page<'_>) -> Self {
        let registries = page.audit.results.registries.len().max(1);
        let level = (page.width >= WIDE).then_some(LEVEL);
        let rest = page.width.saturating_sub(level.unwrap_or(0));
        let cell = (rest.saturating_sub(NAME) / registries).clamp(CELL.0, CELL.1);
        Self {
            name: rest.saturating_sub(cell * registries).max(NARROW_NAME),
            level,
            cell,
        }
    }
}

/// Writes the matrix: one line per scenario that sums it up, and a row for each check that has to be read.
pub(super) fn matrix(page: &Page<'_>, groups: &[Group<'_>], text: &mut String) {
    let registries = &page.audit.results.registries;
    let columns = Columns::of(page);
    let mut table = bare();
    let mut head = vec![Cell::new("")];
    head.extend(columns.level.map(|_| Cell::new("level")));
    head.extend(registries.iter().map(|registry| Cell::new(&registry.name)));
    table.set_header(head);
    for group in groups {
        let mut sums = vec![Cell::new(folded("", group.scenario, columns.name))];
        sums.extend(columns.level.map(|_| Cell::new("")));
        sums.extend(group.sums.iter().map(Cell::new));
        table.add_row(sums);
        for row in group.rows.iter().filter(|row| page.all || row.is_notable()) {
            table.add_row(cells(row, columns));
        }
    }
    let mut widths = vec![columns.name];
    widths.extend(columns.level);
    widths.extend(registries.iter().map(|_| columns.cell));
    finish(&mut table, &widths, text);
}

fn cells(row: &Row<'_>, columns: Columns) -> Vec<Cell> {
    let name = if row.instance.is_empty() {
        folded("  ", row.id, columns.name)
    } else {
        folded("    ", &row.instance, columns.name)
    };
    let mut cells = vec![Cell::new(name)];
    cells.extend(columns.level.map(|_| Cell::new(row.level)));
    cells.extend(row.cells.iter().map(|cell| match cell {
        Some(cell) => Cell::new(&cell.text),
        None => Cell::new(""),
    }));
    cells
}

/// Breaks a name into lines that fit, after a `.`, `/`, `-` or `,` where there is one; all lines are indented.
pub(super) fn folded(indent: &str, name: &str, width: usize) -> String {
    let room = width.saturating_sub(indent.len() + 1).max(8);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for part in name.split_inclusive(['.', '/', '-', ',']) {
        if !line.is_empty() && columns(&line) + columns(part) > room {
            lines.push(std::mem::take(&mut line));
        }
        for character in part.chars() {
            if columns(&line) == room {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    lines.push(line);
    let indented: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(place, line)| {
            if place == 0 {
                format!("{indent}{line}")
            } else {
                format!("{indent} {line}")
            }
        })
        .collect();
    indented.join("\n")
}

/// Breaks a sentence into lines that fit, between words; further lines are indented by two more columns.
pub(super) fn hanging(indent: &str, words: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut line = indent.to_owned();
    let mut is_empty = true;
    for word in words.split(' ') {
        let wanted = columns(&line) + columns(word) + 2;
        if !is_empty && wanted > width {
            lines.push(std::mem::replace(&mut line, format!("{indent}  ")));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line);
    lines.join("\n")
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
    let mut lines: Vec<(Level, String, Vec<&str>)> = Vec::new();
    for level in Level::ALL.iter().filter(|level| level.counts()) {
        for registry in &results.registries {
            let Some(counts) = by.get(&(*level, registry.id.as_str())) else {
                continue;
            };
            let words = counts.words();
            match lines
                .iter_mut()
                .find(|(own, told, _)| own == level && *told == words)
            {
                Some((_, _, names)) => names.push(&registry.name),
                None => lines.push((*level, words, vec![&registry.name])),
            }
        }
    }
    let widest = lines.iter().map(|(_, words, _)| columns(words)).max();
    // Beyond this the names would be pushed off a narrow page.
    let widest = widest.unwrap_or_default().min(44);
    let all = results.registries.len();
    let mut before = None;
    for (level, words, names) in &lines {
        let lead = if before == Some(level) {
            ""
        } else {
            level.as_str()
        };
        before = Some(level);
        let who = if names.len() == all && all > 1 {
            format!("each of the {all}")
        } else {
            names.join(", ")
        };
        let line = format!("{lead:<8}  {words:<widest$}  {who}");
        page.hanging(text, "", &" ".repeat(10), &line);
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
            .filter(|c| c.level.counts() && c.operator.is_registry() && c.erratum.is_none())
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
    withdrawn: usize,
}

impl Counts {
    fn add(&mut self, outcome: Outcome, disposition: Disposition) {
        let number = match (outcome, disposition) {
            (_, Disposition::Withdrawn) => &mut self.withdrawn,
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
        if self.withdrawn > 0 {
            put!(words, "; {} withdrawn", self.withdrawn);
        }
        words
    }
}

/// Returns a table without lines.
pub(super) fn bare() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table
}

pub(super) fn finish(table: &mut Table, widths: &[usize], text: &mut String) {
    for (column, width) in table.column_iter_mut().zip(widths) {
        let width = u16::try_from(*width).unwrap_or(u16::MAX);
        column
            .set_padding((0, 1))
            .set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
    }
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
