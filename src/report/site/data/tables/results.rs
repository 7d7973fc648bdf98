//! What the newest run found: verdicts, and values side by side.

use serde_json::Number;

use super::super::table::{Cell, Column, Table, Type};
use super::{column, list, words};
use crate::report::site::View;
use crate::report::words::parameters;
use crate::verdict::measure::{Amount, Measure};
use crate::verdict::results::CheckResult;
use crate::verdict::{Agreement, By, Cause, Disposition, Level, Operator, Outcome, Role};

/// Verdicts of the newest run.
#[derive(Debug)]
pub(super) struct Checks;

impl Table for Checks {
    fn name(&self) -> &'static str {
        "checks"
    }

    fn row(&self) -> &'static str {
        "One row for each verdict of the newest run: a check or rule, a registry, an instance"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            column("id", Type::Text, "what was judged"),
            column(
                "by",
                words!(By),
                "whether a rule of an inspector or a check of a scenario",
            ),
            column("scenario", Type::Text, "the scenario that judged it"),
            column("title", Type::Text, "what must hold"),
            column("registry", Type::Text, "the registry"),
            column("parameters", Type::Text, "the instance, as axis=value"),
            column("vantage", Type::Text, "the place of observation"),
            column("level", words!(Level), "how much it matters"),
            column("operator", words!(Operator), "whose doing it is"),
            column("outcome", words!(Outcome), "what the evidence shows"),
            column("cause", words!(Cause), "why there is no verdict"),
            column(
                "disposition",
                words!(Disposition),
                "how it compares with what was expected",
            ),
            column("waiver", Type::Text, "the waiver that matched"),
            column("refs", Type::List, "what it rests on"),
            column("expected", Type::Text, "what was expected"),
            column("seen", Type::Text, "what was seen"),
            column(
                "message",
                Type::Text,
                "what was wrong, or why it was not judged",
            ),
            column(
                "findings",
                Type::Count,
                "number of findings or of failed places",
            ),
            column("source", Type::Text, "where it is written, as file:line"),
            column("again", Type::Text, "the command that asks for it again"),
        ];
        COLUMNS
    }

    fn rows(&self, view: &View<'_>) -> Vec<Vec<Cell>> {
        let audit = view.site.newest.audit;
        let row = |check: &CheckResult| {
            vec![
                Cell::text(&check.id),
                Cell::text(check.by.as_str()),
                Cell::text(&check.scenario),
                Cell::text(&check.title),
                Cell::text(check.registry.as_str()),
                Cell::text(&parameters(&check.parameters)),
                Cell::text(&check.vantage),
                Cell::text(check.level.as_str()),
                Cell::text(check.operator.as_str()),
                Cell::text(check.outcome.as_str()),
                Cell::text(check.cause.map_or("", Cause::as_str)),
                Cell::text(check.disposition.as_str()),
                Cell::text(check.waiver.as_deref().unwrap_or_default()),
                list(&check.refs),
                Cell::text(&check.expected),
                Cell::text(&check.seen),
                Cell::text(&check.message),
                Cell::count(check.findings),
                Cell::text(&format!("{}:{}", check.source.file, check.source.line)),
                Cell::text(&audit.run.again(check)),
            ]
        };
        audit.results.checks.iter().map(row).collect()
    }
}

/// Compared values and quantities of the newest run.
#[derive(Debug)]
pub(super) struct Values;

impl Table for Values {
    fn name(&self) -> &'static str {
        "values"
    }

    fn row(&self) -> &'static str {
        "One row for each comparison of the newest run and participant: a registry, or a value of an axis"
    }

    fn columns(&self) -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            column("id", Type::Text, "what was compared"),
            column("scenario", Type::Text, "the scenario that compared it"),
            column("title", Type::Text, "what should agree, or what is shown"),
            column("rule", Type::Text, "the rule of comparison"),
            column(
                "parameters",
                Type::Text,
                "what was held fixed, as axis=value",
            ),
            column("level", words!(Level), "how much it matters"),
            column("agreement", words!(Agreement), "whether the set agrees"),
            column("participant", Type::Text, "who"),
            column("role", words!(Role), "its part in the comparison"),
            column("value", Type::Text, "its value in words"),
            column("unit", Type::Text, "the unit of a quantity"),
            column("number", Type::Number, "a quantity that is one number"),
            column(
                "samples",
                Type::Count,
                "number of samples of one that is many",
            ),
            column("min", Type::Number, "the smallest sample"),
            column("p5", Type::Number, "the 5th percentile"),
            column("median", Type::Number, "the 50th percentile"),
            column("p95", Type::Number, "the 95th percentile"),
            column("max", Type::Number, "the largest sample"),
            column(
                "declared",
                Type::Number,
                "what the participant declares it to be",
            ),
            column("absent", Type::Text, "why there is no value"),
        ];
        COLUMNS
    }

    fn rows(&self, view: &View<'_>) -> Vec<Vec<Cell>> {
        let mut rows = Vec::new();
        for comparison in &view.site.newest.audit.results.comparisons {
            for (participant, role) in &comparison.roles {
                let own = |m: &String| m == participant;
                let group = comparison.groups.iter().find(|g| g.members.iter().any(own));
                let mut row = vec![
                    Cell::text(&comparison.id),
                    Cell::text(&comparison.scenario),
                    Cell::text(&comparison.title),
                    Cell::text(&comparison.rule),
                    Cell::text(&parameters(&comparison.parameters)),
                    Cell::text(comparison.level.as_str()),
                    Cell::text(comparison.agreement.as_str()),
                    Cell::text(participant),
                    Cell::text(role.as_str()),
                    Cell::text(group.map_or("", |group| &group.value)),
                ];
                let declared = comparison.declared.get(participant);
                row.extend(measured(group.and_then(|g| g.measure.as_ref()), declared));
                row.push(Cell::text(
                    comparison
                        .absent
                        .get(participant)
                        .map_or("", String::as_str),
                ));
                rows.push(row);
            }
        }
        rows
    }
}

fn measured(measure: Option<&Measure>, declared: Option<&Measure>) -> [Cell; 9] {
    let unit = measure.or(declared).map_or("", |m| m.unit.as_str());
    let number = |measure: Option<&Measure>| match measure.map(|m| &m.amount) {
        Some(Amount::Number(number)) => Cell::Number(number.clone()),
        Some(Amount::Samples(_)) | None => Cell::Nothing,
    };
    let [count, min, p5, median, p95, max] = match measure.map(|m| &m.amount) {
        Some(Amount::Samples(samples)) => [
            Cell::count(samples.count),
            Cell::Number(Number::from(samples.min)),
            Cell::Number(Number::from(samples.p5)),
            Cell::Number(Number::from(samples.median)),
            Cell::Number(Number::from(samples.p95)),
            Cell::Number(Number::from(samples.max)),
        ],
        Some(Amount::Number(_)) | None => [const { Cell::Nothing }; 6],
    };
    let (own, declared) = (number(measure), number(declared));
    [
        Cell::text(unit),
        own,
        count,
        min,
        p5,
        median,
        p95,
        max,
        declared,
    ]
}
