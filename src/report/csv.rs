//! CSV: one row per check result and per participant of a comparison.

use std::io;

use super::words::{moved, parameters, remarked, withdrawn, word_of};
use super::{Format, Options};
use crate::audit::Audit;
use crate::verdict::baseline::Drift;
use crate::verdict::checklist::ChecklistTable;
use crate::verdict::measure::{Amount, Measure};
use crate::verdict::note::{Erratum, Remark};
use crate::verdict::{By, Cause};

/// Writes a table for spreadsheets.
#[derive(Debug)]
pub(super) struct Csv;

/// Names of the columns; they are only ever added to.
const COLUMNS: [&str; 31] = [
    "id",
    "by",
    "scenario",
    "parameters",
    "registry",
    "vantage",
    "level",
    "operator",
    "outcome",
    "cause",
    "disposition",
    "waiver",
    "refs",
    "expected",
    "seen",
    "message",
    "source",
    "unit",
    "number",
    "samples",
    "min",
    "p5",
    "median",
    "p95",
    "max",
    "declared",
    "attested_by",
    "read_on",
    "remarks",
    "erratum",
    "mark",
];

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn summary(&self) -> &'static str {
        "one row per check and registry, and per comparison and participant with what was measured, for spreadsheets"
    }

    fn file(&self) -> Option<&'static str> {
        Some("results.csv")
    }

    fn write(&self, audit: &Audit, _options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(sink);
        table.write_record(COLUMNS)?;
        for check in &audit.results.checks {
            let record = [
                check.id.clone(),
                check.by.as_str().to_owned(),
                check.scenario.clone(),
                parameters(&check.parameters),
                check.registry.as_str().to_owned(),
                check.vantage.clone(),
                check.level.as_str().to_owned(),
                check.operator.as_str().to_owned(),
                check.outcome.as_str().to_owned(),
                check.cause.map_or("", Cause::as_str).to_owned(),
                check.disposition.as_str().to_owned(),
                check.waiver.clone().unwrap_or_default(),
                check.refs.join(" "),
                check.expected.clone(),
                check.seen.clone(),
                check.message.clone(),
                format!("{}:{}", check.source.file, check.source.line),
            ];
            let more = measured(None, None);
            let notes = noted(audit, &check.remarks, check.erratum.as_ref());
            let unmarked = [String::new()];
            let all = record.iter().chain(&more).chain(&NOBODY).chain(&notes);
            row(&mut table, all.chain(&unmarked))?;
        }
        for comparison in &audit.results.comparisons {
            for (participant, role) in &comparison.roles {
                let value = comparison
                    .groups
                    .iter()
                    .find(|group| group.members.contains(participant))
                    .map_or("", |group| group.value.as_str());
                let why = comparison.absent.get(participant);
                let record = [
                    comparison.id.clone(),
                    By::Comparison.as_str().to_owned(),
                    comparison.scenario.clone(),
                    parameters(&comparison.parameters),
                    participant.clone(),
                    String::new(),
                    comparison.level.as_str().to_owned(),
                    comparison.operator.as_str().to_owned(),
                    comparison.agreement.as_str().to_owned(),
                    role.as_str().to_owned(),
                    comparison.disposition.as_str().to_owned(),
                    comparison.waiver.clone().unwrap_or_default(),
                    comparison.refs.join(" "),
                    comparison.rule.clone(),
                    value.to_owned(),
                    why.unwrap_or(&comparison.message).clone(),
                    format!("{}:{}", comparison.source.file, comparison.source.line),
                ];
                let measured = measured(
                    comparison.measured(participant),
                    comparison.declared.get(participant),
                );
                let own = comparison.remarks.iter();
                let own = own.filter(|r| r.registry.as_str() == participant);
                let own: Vec<Remark> = own.cloned().collect();
                let notes = noted(audit, &own, comparison.erratum.as_ref());
                let mark = comparison.marks.get(participant);
                let mark = [mark.map_or("", |m| m.as_str()).to_owned()];
                let all = record.iter().chain(&measured).chain(&NOBODY).chain(&notes);
                row(&mut table, all.chain(&mark))?;
            }
        }
        for drift in &audit.results.drifts {
            row(&mut table, &drifted(drift))?;
        }
        for list in &audit.results.checklists {
            for record in claims(list) {
                row(&mut table, &record)?;
            }
        }
        table.flush()
    }
}

/// The columns of who attests what was measured: nobody.
static NOBODY: [String; 2] = [String::new(), String::new()];

/// Returns the columns of what people say about a verdict.
fn noted(audit: &Audit, remarks: &[Remark], erratum: Option<&Erratum>) -> [String; 2] {
    let remarks: Vec<String> = remarks.iter().map(|r| remarked(audit, r)).collect();
    [
        remarks.join("; "),
        erratum.map(withdrawn).unwrap_or_default(),
    ]
}

/// Returns a row for a value beside what was accepted: no verdict, but how it stands to that.
fn drifted(drift: &Drift) -> [String; 31] {
    let mut record = [const { String::new() }; 31];
    let [
        id,
        by,
        scenario,
        values,
        registry,
        vantage,
        _,
        _,
        change,
        ..,
    ] = &mut record;
    drift.id.clone_into(id);
    "drift".clone_into(by);
    drift.scenario.clone_into(scenario);
    *values = parameters(&drift.parameters);
    drift.registry.as_str().clone_into(registry);
    drift.vantage.clone_into(vantage);
    drift.change.as_str().clone_into(change);
    let places: Vec<String> = drift.places.iter().map(moved).collect();
    let [
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        before,
        after,
        message,
        source,
        ..,
    ] = &mut record;
    drift.before.clone_into(before);
    drift.after.clone_into(after);
    format!("{} {}", drift.fact, places.join("; "))
        .trim_end()
        .clone_into(message);
    *source = format!("{}:{}", drift.source.file, drift.source.line);
    record
}

/// Returns a row for each claim of a checklist: no verdict and no measure, but words with their source.
fn claims(list: &ChecklistTable) -> impl Iterator<Item = [String; 31]> {
    let cells = list
        .rows
        .iter()
        .flat_map(|row| row.cells.iter().map(move |cell| (row, cell)));
    cells.filter_map(move |(row, (registry, cell))| {
        let claim = cell.attested.as_ref()?;
        let mut record = [const { String::new() }; 31];
        let [id, by, _, _, who, ..] = &mut record;
        *id = format!("{}/{}", list.id, row.id);
        "attestation".clone_into(by);
        registry.clone_into(who);
        let [
            ..,
            said,
            note,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            source,
            read,
            _,
            _,
            _,
        ] = &mut record;
        claim.state.as_str().clone_into(said);
        format!("{} {} {}", claim.since, claim.planned, claim.note)
            .trim()
            .clone_into(note);
        claim.source.clone_into(source);
        *read = claim.read.to_string();
        Some(record)
    })
}

/// Returns the columns of a measure: its unit, then one number, or samples summed up, and what
/// is declared.
fn measured(measure: Option<&Measure>, declared: Option<&Measure>) -> [String; 9] {
    let unit = measure.or(declared).map_or("", |m| m.unit.as_str());
    let number = |measure: Option<&Measure>| match measure.map(|m| &m.amount) {
        Some(Amount::Number(number)) => number.to_string(),
        Some(Amount::Samples(_)) | None => String::new(),
    };
    let samples = match measure.map(|m| &m.amount) {
        Some(Amount::Samples(samples)) => [
            samples.count.to_string(),
            samples.min.to_string(),
            samples.p5.to_string(),
            samples.median.to_string(),
            samples.p95.to_string(),
            samples.max.to_string(),
        ],
        Some(Amount::Number(_)) | None => Default::default(),
    };
    let [count, min, p5, median, p95, max] = samples;
    let (unit, declared) = (unit.to_owned(), number(declared));
    let own = number(measure);
    [unit, own, count, min, p5, median, p95, max, declared]
}

/// Writes a row, each of its fields so that it is read as what it is.
///
/// # Errors
///
/// What the table's writer says.
pub(super) fn row<'f, W: io::Write>(
    table: &mut csv::Writer<W>,
    fields: impl IntoIterator<Item = &'f String>,
) -> csv::Result<()> {
    for field in fields {
        if is_number(field) {
            table.write_field(field)?;
        } else {
            table.write_field(safe(field))?;
        }
    }
    table.write_record(None::<&[u8]>)
}

/// Returns a table that was written in memory; empty where it could not be, which does not happen.
pub(super) fn finished(table: csv::Writer<Vec<u8>>, written: &csv::Result<()>) -> String {
    let octets = table.into_inner().unwrap_or_default();
    match written {
        Ok(()) => String::from_utf8_lossy(&octets).into_owned(),
        Err(_) => String::new(),
    }
}

/// Says whether a field is a number, which may begin with a sign and is no formula.
fn is_number(field: &str) -> bool {
    let of_numbers = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    field.chars().all(of_numbers) && field.parse::<f64>().is_ok()
}

/// Keeps a spreadsheet from taking text of a server for a formula.
pub(super) fn safe(text: &str) -> String {
    let text = word_of(text);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}
