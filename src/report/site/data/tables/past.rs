//! Run by run: what became of verdicts, and the runs themselves.

use super::super::table::{Cell, Column, Table, Type};
use super::{column, list, words};
use crate::audit::difference::CheckState;
use crate::report::site::View;
use crate::report::site::model::Run;
use crate::report::site::past::is_turn;
use crate::report::words::parameters;
use crate::verdict::{Change, Level, Outcome, Reason};

/// What became of verdicts from run to run.
#[derive(Debug)]
pub(super) struct Changes;

impl Table for Changes {
    fn name(&self) -> &'static str {
        "changes"
    }

    fn row(&self) -> &'static str {
        "One row for each verdict that is another than in the run before"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            column("at", Type::Time, "the time of the later run"),
            column("class", words!(Change), "how it changed"),
            column("id", Type::Text, "what was judged"),
            column("registry", Type::Text, "the registry"),
            column("parameters", Type::Text, "the instance, as axis=value"),
            column("level", words!(Level), "how much it matters"),
            column("before", words!(Outcome), "the outcome before"),
            column("after", words!(Outcome), "the outcome after"),
            column(
                "reasons",
                Type::List,
                "what changed with it and has a part in it",
            ),
        ];
        COLUMNS
    }

    fn rows(&self, view: &View<'_>) -> Vec<Vec<Cell>> {
        let mut rows = Vec::new();
        for (number, run) in view.site.runs.iter().enumerate() {
            let Some(difference) = view.past.brought(number) else {
                continue;
            };
            let turns = difference.checks.iter().filter(|c| is_turn(c.class));
            for change in turns {
                let reasons = change.reasons.iter().map(|r| Reason::as_str(*r).to_owned());
                let outcome = |state: &Option<CheckState>| {
                    Cell::text(state.as_ref().map_or("", |state| state.outcome.as_str()))
                };
                rows.push(vec![
                    Cell::Text(run.audit.run.started.to_string()),
                    Cell::text(change.class.as_str()),
                    Cell::text(&change.id),
                    Cell::text(change.registry.as_str()),
                    Cell::text(&parameters(&change.parameters)),
                    Cell::text(change.level.as_str()),
                    outcome(&change.before),
                    outcome(&change.after),
                    Cell::List(reasons.collect()),
                ]);
            }
        }
        rows
    }
}

/// The runs.
#[derive(Debug)]
pub(super) struct Runs;

impl Table for Runs {
    fn name(&self) -> &'static str {
        "runs"
    }

    fn row(&self) -> &'static str {
        "One row for each run of the site, oldest first"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            column("started", Type::Time, "when it began"),
            column("target", Type::Text, "what was asked"),
            column("vantage", Type::Text, "the place of observation"),
            column(
                "faults",
                Type::List,
                "faults that were laid over the mock world",
            ),
            column(
                "partial",
                Type::Flag,
                "whether it ended before everything planned was observed",
            ),
            column("scenarios", Type::Count, "scenarios selected"),
            column("planned", Type::Count, "observations planned"),
            column("observed", Type::Count, "observations that finished"),
            column("release", Type::Text, "release of the suite that judged"),
            column("suite", Type::Text, "digest of that suite"),
            column("results", Type::Text, "digest of results.json"),
            column(
                "reproduce",
                Type::Text,
                "a command that does the same again",
            ),
        ];
        COLUMNS
    }

    fn rows(&self, view: &View<'_>) -> Vec<Vec<Cell>> {
        let row = |run: &Run<'_>| {
            let (audit, planned) = (run.audit, &run.audit.results.planned);
            vec![
                Cell::Text(audit.run.started.to_string()),
                Cell::text(&audit.run.target),
                Cell::text(&audit.run.vantage),
                list(&audit.run.faults),
                Cell::Flag(audit.results.partial),
                Cell::count(planned.scenarios),
                Cell::count(planned.observations),
                Cell::count(planned.observed),
                Cell::text(&audit.release),
                Cell::text(&audit.results.suite),
                Cell::text(run.digest),
                Cell::text(&audit.run.reproduce),
            ]
        };
        view.site.runs.iter().map(row).collect()
    }
}
