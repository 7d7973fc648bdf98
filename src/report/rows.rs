//! The matrix: rows of checks, grouped by scenario, with one cell per registry.

use std::collections::BTreeMap;

use super::words::{cell, parameters, short, symbol};
use crate::audit::Audit;
use crate::judge::words::put;
use crate::verdict::results::CheckResult;
use crate::verdict::{Level, Outcome};

/// The rows of one scenario.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The scenario's id.
    pub(super) scenario: &'a str,
    /// Its title; empty if it is not known.
    pub(super) title: &'a str,
    /// One cell per registry that sums the scenario up.
    pub(super) sums: Vec<String>,
    /// Rows, ordered by id.
    pub(super) rows: Vec<Row<'a>>,
}

/// One row of the matrix: a check or rule over all its instances, or one instance of it.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// The id without the scenario's.
    pub(super) id: &'a str,
    /// The values of the axes; empty for the row over all instances.
    pub(super) instance: String,
    /// How much it matters.
    pub(super) level: Level,
    /// One cell per registry; `None` where the check was not judged.
    pub(super) cells: Vec<Option<Cell>>,
}

/// One cell of the matrix.
#[derive(Debug)]
pub(super) struct Cell {
    /// The weightiest outcome of its instances.
    pub(super) outcome: Outcome,
    /// Symbol and word.
    pub(super) text: String,
    /// Whether errata take back all there is.
    pub(super) withdrawn: bool,
    /// Whether it says something that has to be read: not a plain pass, and not "does not apply".
    pub(super) is_notable: bool,
}

impl Row<'_> {
    /// Says whether some cell of the row has to be read.
    pub(super) fn is_notable(&self) -> bool {
        self.cells.iter().flatten().any(|cell| cell.is_notable)
    }
}

/// Which results are shown in a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What counts, of the registries' own doing.
    Counted,
    /// What is proposed or only observed, of the registries' own doing.
    Uncounted,
}

/// Returns the matrix; with `each_instance` every instance has a row below its check's.
pub(super) fn matrix(audit: &Audit, part: Part, each_instance: bool) -> Vec<Group<'_>> {
    let mut scenarios: BTreeMap<&str, BTreeMap<(&str, String), Vec<&CheckResult>>> =
        BTreeMap::new();
    for check in audit
        .results
        .checks
        .iter()
        .filter(|c| c.operator.is_registry())
    {
        if check.level.counts() != (part == Part::Counted) {
            continue;
        }
        let rows = scenarios.entry(&check.scenario).or_default();
        let id = short(&check.id, &check.scenario);
        rows.entry((id, String::new())).or_default().push(check);
        if each_instance && !check.parameters.is_empty() {
            rows.entry((id, parameters(&check.parameters)))
                .or_default()
                .push(check);
        }
    }
    scenarios
        .into_iter()
        .map(|(scenario, rows)| {
            let rows: Vec<Row<'_>> = rows
                .into_iter()
                .map(|((id, instance), checks)| row(audit, id, instance, &checks))
                .collect();
            Group {
                scenario,
                title: audit.scenarios.get(scenario).map_or("", String::as_str),
                sums: sums(audit, &rows),
                rows,
            }
        })
        .collect()
}

fn row<'a>(audit: &Audit, id: &'a str, instance: String, checks: &[&CheckResult]) -> Row<'a> {
    let cells = audit
        .results
        .registries
        .iter()
        .map(|registry| {
            let own: Vec<&CheckResult> = checks
                .iter()
                .filter(|c| c.registry == registry.id)
                .copied()
                .collect();
            cell_of(&own)
        })
        .collect();
    Row {
        id,
        instance,
        level: checks
            .iter()
            .map(|c| c.level)
            .min()
            .unwrap_or(Level::Observe),
        cells,
    }
}

/// Sums the instances of one check at one registry up; the weightiest is shown, with how many share its outcome.
fn cell_of(own: &[&CheckResult]) -> Option<Cell> {
    let plain =
        |check: &CheckResult| cell(check) == "✓ pass" || check.outcome == Outcome::NotApplicable;
    // What was withdrawn is shown where nothing else is.
    let holds: Vec<&CheckResult> = own
        .iter()
        .copied()
        .filter(|c| c.erratum.is_none())
        .collect();
    let withdrawn = holds.is_empty();
    let own = if withdrawn { own } else { &holds };
    let worst = own.iter().min_by_key(|c| (c.outcome, plain(c)))?;
    let mut text = cell(worst);
    if let Some(sampled) = &worst.sampled {
        let all: u64 = sampled.counts.values().sum();
        let same = sampled
            .counts
            .get(&worst.outcome)
            .copied()
            .unwrap_or_default();
        if same < all {
            put!(text, " {same}/{all}");
        }
    } else {
        // Instances that do not apply say nothing about those that do.
        let applying = own
            .iter()
            .filter(|c| c.outcome != Outcome::NotApplicable)
            .count();
        let same = own.iter().filter(|c| c.outcome == worst.outcome).count();
        if same < applying {
            put!(text, " {same}/{applying}");
        }
    }
    Some(Cell {
        outcome: worst.outcome,
        text,
        withdrawn,
        is_notable: !own.iter().all(|check| plain(check)),
    })
}

/// Sums the rows of a scenario up, registry by registry.
fn sums(audit: &Audit, rows: &[Row<'_>]) -> Vec<String> {
    (0..audit.results.registries.len())
        .map(|column| {
            let cells: Vec<&Cell> = rows
                .iter()
                .filter(|row| row.instance.is_empty())
                .filter_map(|row| row.cells.get(column)?.as_ref())
                .filter(|cell| !cell.withdrawn)
                .collect();
            let Some(worst) = cells.iter().map(|cell| cell.outcome).min() else {
                return String::new();
            };
            let same: Vec<&Cell> = cells.into_iter().filter(|c| c.outcome == worst).collect();
            let (number, mark) = (same.len(), symbol(worst));
            let all_known = same.iter().all(|cell| cell.text.starts_with("✗ known"));
            match worst {
                Outcome::Error => format!("{mark} {number} error"),
                Outcome::Fail if all_known => format!("{mark} {number} known"),
                Outcome::Fail => format!("{mark} {number} fail"),
                Outcome::Inconclusive => format!("{mark} {number} open"),
                Outcome::Pass => format!("{mark} {number} pass"),
                Outcome::Skipped => format!("{mark} skipped"),
                Outcome::NotApplicable => format!("{mark} n/a"),
            }
        })
        .collect()
}
