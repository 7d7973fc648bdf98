//! Markdown: the matrix and what is behind it, for issues, mails and wikis.

mod checklists;
mod drift;
mod expiries;
mod habits;
mod pairs;
mod parameters;

use std::io;

use super::rows::{Part, matrix};
use super::words::{
    bounds, cell, clause, compared, name_of, parameters, remarked, titled, waived, withdrawn,
    word_of, write_page,
};
use super::{Format, Options};
use crate::audit::Audit;
use crate::judge::words::{put, put_line};
use crate::verdict::results::{CheckResult, ComparisonResult};
use crate::verdict::{Agreement, Cause, Level, Outcome, Role};

/// Writes a page for people who read it elsewhere.
#[derive(Debug)]
pub(super) struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn summary(&self) -> &'static str {
        "the matrix and everything behind it, for issues, mails and wikis"
    }

    fn file(&self) -> Option<&'static str> {
        Some("report.md")
    }

    fn write(&self, audit: &Audit, _options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let mut text = String::new();
        head(audit, &mut text);
        counts(audit, &mut text);
        checks(audit, &mut text);
        comparisons(audit, &mut text);
        parameters::parameters(audit, &mut text);
        habits::habits(audit, &mut text);
        pairs::cases(audit, &mut text);
        checklists::checklists(audit, &mut text);
        expiries::expiries(audit, &mut text);
        drift::drift(audit, &mut text);
        failures(audit, &mut text);
        withdrawn_verdicts(audit, &mut text);
        unjudged(audit, &mut text);
        waivers(audit, &mut text);
        write_page(&text, sink)
    }
}

/// Keeps text of a server from being read as Markdown or HTML.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in word_of(text).chars() {
        match character {
            '*' | '_' | '[' | ']' | '<' | '>' | '\\' | '#' | '`' | '~' => {
                plain.push('\\');
                plain.push(character);
            }
            c => plain.push(c),
        }
    }
    plain
}

/// Writes text as code, where only backticks have a meaning; nothing for an empty text, of which there is no code.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("`{}`", word_of(text).replace('`', "'"))
}

/// Writes a place in a document; of none, the whole is meant.
pub(super) fn pointed(pointer: &str) -> String {
    if pointer.is_empty() {
        "the whole document".to_owned()
    } else {
        code(pointer)
    }
}

/// Keeps the bars of Markdown from ending a cell; only in tables would a reader not see the backslash.
///
/// A reader looks for bars before it looks for code: a backslash of the text before one, which code
/// does not escape, would escape ours.
pub(super) fn in_cell(markdown: &str) -> String {
    let mut cell = String::with_capacity(markdown.len());
    let mut is_escaped = false;
    for character in markdown.chars() {
        if character == '|' {
            cell.push_str(if is_escaped { "\\\\|" } else { "\\|" });
        } else {
            cell.push(character);
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    cell
}

/// Returns text with its own backticks kept and everything else plain.
pub(super) fn mixed(text: &str) -> String {
    let mut out = String::new();
    for (place, part) in word_of(text).split('`').enumerate() {
        if place % 2 == 1 && !part.is_empty() {
            out.push_str(&code(part));
        } else {
            out.push_str(&plain(part));
        }
    }
    out
}

fn head(audit: &Audit, text: &mut String) {
    let run = &audit.run;
    put_line!(text, "# {} seen by Quintet\n", plain(&run.target));
    if audit.results.partial {
        let planned = &audit.results.planned;
        put_line!(
            text,
            "> **Partial run.** It ended after {} of {} observations. What is missing is skipped, not passed.\n",
            planned.observed,
            planned.observations
        );
    }
    put_line!(text, "- {}", mixed(&audit.gate.words()));
    if let Some(compared) = compared(&audit.gate) {
        put_line!(text, "- {}", mixed(&compared));
    }
    for line in bounds(audit) {
        put_line!(text, "- {}", mixed(&line));
    }
    put_line!(
        text,
        "- observed {} from {}",
        run.started.strftime("%Y-%m-%d %H:%M UTC"),
        plain(&run.vantage)
    );
    put_line!(
        text,
        "- suite {}, {}",
        plain(&audit.release),
        code(&audit.results.suite)
    );
    for fault in &run.faults {
        put_line!(text, "- with fault {}", code(fault));
    }
    put_line!(text, "- again: {}\n", code(&run.reproduce));
}

fn registries(audit: &Audit, text: &mut String, first: &[&str]) {
    text.push('|');
    for name in first
        .iter()
        .copied()
        .chain(audit.results.registries.iter().map(|r| r.name.as_str()))
    {
        put!(text, " {} |", in_cell(&plain(name)));
    }
    text.push_str("\n|");
    for _ in 0..first.len() + audit.results.registries.len() {
        text.push_str(" --- |");
    }
    text.push('\n');
}

pub(super) fn counts(audit: &Audit, text: &mut String) {
    text.push_str("## Counts\n\n");
    registries(audit, text, &["level"]);
    for level in Level::ALL.iter().filter(|level| level.counts()) {
        let cells: Vec<String> = audit
            .results
            .registries
            .iter()
            .map(|registry| {
                let outcomes = audit.results.summary.by_registry.of(registry.id.as_str());
                let outcomes = outcomes.and_then(|levels| levels.get(level));
                outcomes.map_or_else(String::new, |outcomes| {
                    let count = |o: Outcome| outcomes.get(&o).copied().unwrap_or_default();
                    let planned: u64 = outcomes
                        .iter()
                        .filter(|(o, _)| **o != Outcome::NotApplicable)
                        .map(|(_, n)| n)
                        .sum();
                    format!("{} of {planned}", count(Outcome::Pass))
                })
            })
            .collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            put_line!(text, "| {level} | {} |", cells.join(" | "));
        }
    }
    text.push('\n');
}

fn checks(audit: &Audit, text: &mut String) {
    text.push_str("## Checks\n\n");
    for group in matrix(audit, Part::Counted, false) {
        put_line!(
            text,
            "### {}\n\n{}\n",
            plain(group.scenario),
            mixed(group.title)
        );
        registries(audit, text, &["check", "level"]);
        for row in &group.rows {
            let cells: Vec<&str> = row
                .cells
                .iter()
                .map(|cell| cell.as_ref().map_or("", |cell| cell.text.as_str()))
                .collect();
            put_line!(
                text,
                "| {} | {} | {} |",
                in_cell(&code(row.id)),
                row.level,
                cells.join(" | ")
            );
        }
        text.push('\n');
    }
    let uncounted = matrix(audit, Part::Uncounted, false);
    let proposed: Vec<_> = uncounted
        .iter()
        .flat_map(|group| &group.rows)
        .filter(|row| row.level == Level::Proposed)
        .collect();
    if !proposed.is_empty() {
        text.push_str("### Proposed, never counted\n\n");
        registries(audit, text, &["check"]);
        for row in proposed {
            let cells: Vec<&str> = row
                .cells
                .iter()
                .map(|c| c.as_ref().map_or("", |c| c.text.as_str()))
                .collect();
            let id = in_cell(&code(row.id));
            put_line!(text, "| {id} | {} |", cells.join(" | "));
        }
        text.push('\n');
    }
}

fn comparisons(audit: &Audit, text: &mut String) {
    let mut all: Vec<&ComparisonResult> = audit
        .results
        .comparisons
        .iter()
        .filter(|comparison| !comparison.is_parameter() && !comparison.is_habit())
        .collect();
    if all.is_empty() {
        return;
    }
    text.push_str("## Comparisons\n\n");
    let order = |comparison: &&ComparisonResult| match comparison.agreement {
        Agreement::Divergent => 0,
        Agreement::NotComparable | Agreement::Insufficient => 1,
        Agreement::Consistent => 2,
    };
    all.sort_by_key(order);
    for comparison in all {
        self::comparison(audit, comparison, text);
    }
}

fn comparison(audit: &Audit, comparison: &ComparisonResult, text: &mut String) {
    let id = titled(&comparison.id, &comparison.parameters);
    put_line!(
        text,
        "### {}: {} ({})\n\n{}\n",
        plain(&id),
        comparison.agreement,
        comparison.level,
        mixed(&comparison.title)
    );
    if !comparison.message.is_empty() {
        put_line!(text, "{}\n", mixed(&comparison.message));
    }
    let name = |participant: &str| in_cell(&plain(name_of(&audit.results, participant)));
    text.push_str("| value | who |\n| --- | --- |\n");
    for group in &comparison.groups {
        let who: Vec<String> = group.members.iter().map(|m| name(m)).collect();
        let is_outlier = |m: &String| comparison.roles.get(m) == Some(&Role::Outlier);
        let mark = if group.members.iter().any(is_outlier) {
            " (outlier)"
        } else {
            ""
        };
        put_line!(
            text,
            "| {} | {}{mark} |",
            in_cell(&mixed(&group.value)),
            who.join(", ")
        );
    }
    for (participant, role) in &comparison.roles {
        let has_value = comparison
            .groups
            .iter()
            .any(|group| group.members.contains(participant));
        match role {
            Role::Excluded => put_line!(text, "| left out | {} |", name(participant)),
            Role::Absent | Role::Outlier if !has_value => {
                put_line!(text, "| no value | {} |", name(participant));
            }
            Role::Agrees | Role::Outlier | Role::Differs | Role::Absent => {}
        }
    }
    if let Some(spread) = comparison.spread_seconds.filter(|s| *s > 0) {
        put_line!(text, "\nCaptured within {spread} s.");
    }
    for remark in &comparison.remarks {
        put_line!(text, "\nRemark: {}", plain(&remarked(audit, remark)));
    }
    if let Some(erratum) = &comparison.erratum {
        put_line!(text, "\n**{}**", plain(&withdrawn(erratum)));
    }
    if comparison.agreement == Agreement::Divergent {
        let again = audit.run.compared_again(comparison);
        put_line!(text, "\nAgain: {}", code(&again));
    }
    text.push('\n');
}

fn failures(audit: &Audit, text: &mut String) {
    let failed: Vec<&CheckResult> = audit
        .results
        .checks
        .iter()
        .filter(|c| c.outcome == Outcome::Fail && c.erratum.is_none())
        .collect();
    if failed.is_empty() {
        return;
    }
    text.push_str("## Failures\n\n");
    for check in failed {
        failure(audit, check, text);
    }
}

fn failure(audit: &Audit, check: &CheckResult, text: &mut String) {
    let name = name_of(&audit.results, check.registry.as_str());
    put_line!(
        text,
        "### {} at {}: {}\n",
        plain(&check.id),
        plain(name),
        cell(check)
    );
    put_line!(text, "{}\n", mixed(&check.title));
    let mut line = |name: &str, words: String| {
        if !words.is_empty() {
            put_line!(text, "- {name}: {words}");
        }
    };
    let clauses: Vec<String> = check.refs.iter().map(|r| clause(r)).collect();
    line("level", format!("{} ({})", check.level, check.disposition));
    if !check.operator.is_registry() {
        line(
            "operated by",
            format!("{}, counted for no registry", check.operator),
        );
    }
    line("rests on", plain(&clauses.join("; ")));
    line("waiver", plain(check.waiver.as_deref().unwrap_or_default()));
    line("instance", plain(&parameters(&check.parameters)));
    line("expected", mixed(&check.expected));
    line("seen", mixed(&check.seen));
    if check.expected.is_empty() {
        line("found", mixed(&check.message));
    }
    for place in check.locations.iter().take(10) {
        line(
            "at",
            format!("{}: {}", pointed(&place.pointer), mixed(&place.message)),
        );
    }
    for asked in &check.asked {
        line("asked", code(asked));
    }
    for digest in &check.evidence {
        line("evidence", code(digest));
    }
    for remark in &check.remarks {
        line("remark", plain(&remarked(audit, remark)));
    }
    line(
        "written",
        format!("{}:{}", plain(&check.source.file), check.source.line),
    );
    line("again", code(&audit.run.again(check)));
    text.push('\n');
}

fn unjudged(audit: &Audit, text: &mut String) {
    let mut rows = std::collections::BTreeMap::<(&str, &str, &str), usize>::new();
    for check in &audit.results.checks {
        let cause = match check.outcome {
            Outcome::Error => "our error",
            Outcome::Inconclusive => check.cause.map_or("inconclusive", Cause::as_str),
            Outcome::Skipped => "skipped",
            Outcome::NotApplicable => "not applicable",
            Outcome::Fail | Outcome::Pass => continue,
        };
        let name = name_of(&audit.results, check.registry.as_str());
        *rows.entry((cause, name, &check.message)).or_default() += 1;
    }
    if rows.is_empty() {
        return;
    }
    text.push_str(
        "## Not judged\n\n| why | registry | checks | reason |\n| --- | --- | --- | --- |\n",
    );
    for ((cause, name, message), number) in rows {
        put_line!(
            text,
            "| {cause} | {} | {number} | {} |",
            in_cell(&plain(name)),
            in_cell(&mixed(message))
        );
    }
    text.push('\n');
}

/// Verdicts that errata take back stay visible, and count nowhere.
fn withdrawn_verdicts(audit: &Audit, text: &mut String) {
    let wrong = audit.results.checks.iter();
    let wrong = wrong.filter_map(|check| Some((check, check.erratum.as_ref()?)));
    let mut lines = String::new();
    for (check, erratum) in wrong {
        let id = titled(&check.id, &check.parameters);
        let name = name_of(&audit.results, check.registry.as_str());
        put_line!(
            lines,
            "| {} | {} | {} | {} |",
            in_cell(&code(&id)),
            in_cell(&plain(name)),
            check.outcome,
            in_cell(&plain(&withdrawn(erratum)))
        );
    }
    if !lines.is_empty() {
        put_line!(
            text,
            "## Withdrawn, counted nowhere\n\n| verdict | registry | said | erratum |\n| --- | --- | --- | --- |\n{lines}"
        );
    }
}

/// Waivers for this target, each with what became of it.
fn waivers(audit: &Audit, text: &mut String) {
    if audit.waivers.is_empty() {
        return;
    }
    text.push_str(
        "## Waivers\n\n| waiver | last day | what became of it | why | owner | discussed |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for waiver in &audit.waivers {
        put_line!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            in_cell(&plain(&waiver.id)),
            waiver.expires,
            waived(waiver).join(", "),
            in_cell(&plain(&waiver.reason)),
            in_cell(&plain(&waiver.owner)),
            in_cell(&plain(&waiver.issue))
        );
    }
    text.push('\n');
}
