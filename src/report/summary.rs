//! A short page in Markdown about the gate alone, for the summary of a pipeline.
//!
//! It stays far below the megabyte that a step of a GitHub workflow may add to its summary; everything
//! else is in `report.md`.

use std::collections::BTreeMap;
use std::io;

use super::markdown::{code, counts, in_cell, mixed, plain};
use super::words::{
    bounds, clause, compared, drifted, name_of, remarked, titled, waived, withdrawn, write_page,
};
use super::{Format, Options};
use crate::audit::Audit;
use crate::decide::{Mode, NOTICE_DAYS, Standing};
use crate::judge::words::{counted, put, put_line};
use crate::verdict::results::{CheckResult, ComparisonResult};
use crate::verdict::{Cause, DriftClass, Outcome, Role, Weight};

/// Most failures that are told.
const MOST_FAILURES: usize = 30;

/// Most reasons why something could not be judged that are told.
const MOST_REASONS: usize = 15;

/// Writes what the gate says, and why.
#[derive(Debug)]
pub(super) struct Summary;

impl Format for Summary {
    fn name(&self) -> &'static str {
        "summary"
    }

    fn summary(&self) -> &'static str {
        "what the gate says and why, on a short page in Markdown, for the summary of a pipeline"
    }

    fn file(&self) -> Option<&'static str> {
        Some("summary.md")
    }

    fn is_kept(&self) -> bool {
        false
    }

    fn write(&self, audit: &Audit, _options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let mut text = String::new();
        head(audit, &mut text);
        failures(audit, &mut text);
        unjudged(audit, &mut text);
        drift(audit, &mut text);
        waivers(audit, &mut text);
        counts(audit, &mut text);
        rest(audit, &mut text);
        write_page(&text, sink)
    }
}

fn head(audit: &Audit, text: &mut String) {
    let (run, gate) = (&audit.run, &audit.gate);
    let mark = if gate.is_met() { "✓" } else { "✗" };
    let words = mixed(&gate.words());
    let mut letters = words.chars();
    let sentence: String = letters
        .next()
        .map(|c| c.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    put_line!(text, "## {mark} {sentence}\n");
    if audit.results.partial {
        let planned = &audit.results.planned;
        put_line!(
            text,
            "> **Partial run.** It ended after {} of {} observations. What is missing is skipped, not passed.\n",
            planned.observed,
            planned.observations
        );
    }
    let kind = match audit.mode {
        Mode::Gate => "gate",
        Mode::Audit => "audit",
    };
    let names: Vec<&str> = audit
        .results
        .registries
        .iter()
        .map(|r| r.name.as_str())
        .collect();
    put_line!(
        text,
        "{} on {}, observed {} from {}; {kind} at level {}, policy {}, suite {} {}",
        plain(&names.join(", ")),
        plain(&run.target),
        run.started.strftime("%Y-%m-%d %H:%M UTC"),
        plain(&run.vantage),
        gate.level,
        plain(&audit.policy),
        plain(&audit.release),
        code(&audit.results.suite)
    );
    if let Some(compared) = compared(gate) {
        put_line!(text, "\n{}", mixed(&compared));
    }
    for line in bounds(audit) {
        put_line!(text, "\n{}", mixed(&line));
    }
    for fault in &run.faults {
        put_line!(text, "\nWith fault {}", code(fault));
    }
    text.push('\n');
}

/// What fails the gate, each with what somebody needs to mend it.
fn failures(audit: &Audit, text: &mut String) {
    let checks: Vec<&CheckResult> = audit
        .results
        .checks
        .iter()
        .filter(|c| c.gate == Weight::Fails)
        .collect();
    let comparisons: Vec<&ComparisonResult> = audit
        .results
        .comparisons
        .iter()
        .filter(|c| c.gate == Weight::Fails)
        .collect();
    let all = checks.len() + comparisons.len();
    if all == 0 {
        return;
    }
    put_line!(text, "### What fails ({all})\n");
    for check in checks.iter().take(MOST_FAILURES) {
        failure(audit, check, text);
    }
    let room = MOST_FAILURES.saturating_sub(checks.len());
    for comparison in comparisons.iter().take(room) {
        divergence(audit, comparison, text);
    }
    if all > MOST_FAILURES {
        put_line!(text, "- and {} more", all - MOST_FAILURES);
    }
    text.push('\n');
}

fn failure(audit: &Audit, check: &CheckResult, text: &mut String) {
    let name = name_of(&audit.results, check.registry.as_str());
    let id = titled(&check.id, &check.parameters);
    let clauses: Vec<String> = check.refs.iter().map(|r| clause(r)).collect();
    put!(
        text,
        "- **{}** at {}: {}",
        plain(&id),
        plain(name),
        check.level
    );
    if let Some(waiver) = &check.waiver {
        put!(text, ", waiver {} ({})", plain(waiver), check.disposition);
    }
    if !clauses.is_empty() {
        put!(text, "; {}", plain(&clauses.join("; ")));
    }
    text.push('\n');
    if check.expected.is_empty() {
        put_line!(text, "  - {}", mixed(&check.message));
    } else {
        put_line!(
            text,
            "  - expected {}, seen {}",
            mixed(&check.expected),
            mixed(&check.seen)
        );
    }
    for remark in &check.remarks {
        put_line!(text, "  - {}", plain(&remarked(audit, remark)));
    }
    put_line!(
        text,
        "  - {}:{}, again: {}",
        plain(&check.source.file),
        check.source.line,
        code(&audit.run.again(check))
    );
}

fn divergence(audit: &Audit, comparison: &ComparisonResult, text: &mut String) {
    let id = titled(&comparison.id, &comparison.parameters);
    put_line!(
        text,
        "- **{}**: divergent, {}",
        plain(&id),
        comparison.level
    );
    put_line!(text, "  - {}", mixed(&comparison.message));
    for group in &comparison.groups {
        let mut who: Vec<String> = Vec::new();
        for member in &group.members {
            let outlier = comparison.roles.get(member) == Some(&Role::Outlier);
            let name = plain(name_of(&audit.results, member));
            who.push(if outlier {
                format!("{name} (outlier)")
            } else {
                name
            });
        }
        put_line!(text, "  - {}: {}", who.join(", "), mixed(&group.value));
    }
}

/// What gates and could not be judged, by reason.
fn unjudged(audit: &Audit, text: &mut String) {
    let mut reasons: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for check in audit
        .results
        .checks
        .iter()
        .filter(|c| c.gate == Weight::Unjudged)
    {
        let cause = match check.outcome {
            Outcome::Error => "our error",
            Outcome::Fail
            | Outcome::Inconclusive
            | Outcome::Pass
            | Outcome::Skipped
            | Outcome::NotApplicable => check.cause.map_or("inconclusive", Cause::as_str),
        };
        let name = name_of(&audit.results, check.registry.as_str());
        *reasons.entry((cause, name, &check.message)).or_default() += 1;
    }
    for comparison in &audit.results.comparisons {
        if comparison.gate == Weight::Unjudged {
            let id = (comparison.agreement.as_str(), comparison.id.as_str());
            *reasons
                .entry((id.0, id.1, &comparison.message))
                .or_default() += 1;
        }
    }
    if reasons.is_empty() {
        return;
    }
    let all: usize = reasons.values().sum();
    put_line!(text, "### What could not be judged ({all})\n");
    for ((cause, name, message), number) in reasons.iter().take(MOST_REASONS) {
        let number = counted(*number, "result");
        put_line!(
            text,
            "- {cause}, {}, {number}: {}",
            plain(name),
            mixed(message)
        );
    }
    if reasons.len() > MOST_REASONS {
        put_line!(text, "- and {} more reasons", reasons.len() - MOST_REASONS);
    }
    text.push('\n');
}

fn drift(audit: &Audit, text: &mut String) {
    let mut numbers: BTreeMap<DriftClass, usize> = BTreeMap::new();
    for drift in &audit.results.drifts {
        *numbers.entry(drift.change).or_default() += 1;
    }
    if !numbers.is_empty() {
        put_line!(text, "{}\n", plain(&drifted(&numbers)));
    }
}

/// Waivers that somebody should look at.
fn waivers(audit: &Audit, text: &mut String) {
    let mut lines = String::new();
    for waiver in &audit.waivers {
        let has_ended = waiver.outlook.standing == Some(Standing::Expired);
        let is_due = waiver.stale > 0
            || waiver.own > 0
            || waiver.matches_nothing()
            || has_ended
            || waiver.outlook.ends_within(NOTICE_DAYS);
        let words = waived(waiver).join(", ");
        if is_due && !words.is_empty() {
            put_line!(lines, "- {}: {}", plain(&waiver.id), plain(&words));
        }
    }
    if !lines.is_empty() {
        put_line!(text, "### Waivers to look at\n\n{lines}");
    }
}

/// What is left out here, in numbers.
fn rest(audit: &Audit, text: &mut String) {
    let results = &audit.results;
    let of = |weight: Weight| {
        let checks = results.checks.iter().filter(|c| c.gate == weight).count();
        checks
            + results
                .comparisons
                .iter()
                .filter(|c| c.gate == weight)
                .count()
    };
    let failing = results.checks.iter().filter(|c| {
        c.outcome == Outcome::Fail && c.gate == Weight::None && c.operator.is_registry()
    });
    let mut parts = Vec::new();
    let before = of(Weight::Before);
    if before > 0 {
        let verb = if before == 1 { "was" } else { "were" };
        parts.push(format!(
            "{} {verb} there before",
            counted(before, "failure")
        ));
    }
    let others = failing.filter(|c| c.erratum.is_none()).count();
    if others > 0 {
        parts.push(format!("{} do not gate", counted(others, "other failure")));
    }
    if !parts.is_empty() {
        put_line!(text, "{}: report.md has them all.\n", parts.join(", "));
    }
    let errata = results.checks.iter().filter_map(|c| c.erratum.as_ref());
    let mut errata: Vec<String> = errata.map(withdrawn).collect();
    errata.dedup();
    for erratum in errata {
        put_line!(text, "- {}", in_cell(&plain(&erratum)));
    }
}
