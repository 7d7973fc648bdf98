//! What is behind the matrix: divergences, failures, and what could not be judged.

use std::collections::{BTreeMap, BTreeSet};

use super::Page;
use crate::judge::words::{counted, joined, put, put_line};
use crate::report::words::{
    cell, clause, name_of, parameters, remarked, titled, withdrawn, word_of,
};
use crate::verdict::results::{CheckResult, ComparisonResult};
use crate::verdict::{Agreement, Cause, Outcome, Role};

/// Most failures that are told in full; the others are in the files.
const MOST_TOLD: usize = 20;

/// Most instances of one check that are told for one registry.
const MOST_INSTANCES: usize = 5;

/// Most exchanges that are shown for one failure.
const MOST_ASKED: usize = 2;

/// Most places that are named for one failure.
const MOST_PLACES: usize = 3;

impl Page<'_> {
    pub(super) fn divergences(&self, text: &mut String) {
        let all: Vec<&ComparisonResult> = self
            .audit
            .results
            .comparisons
            .iter()
            .filter(|comparison| !comparison.is_parameter() && !comparison.is_habit())
            .collect();
        let divergent: Vec<&ComparisonResult> = all
            .iter()
            .copied()
            .filter(|c| c.agreement == Agreement::Divergent && (self.all || c.level.can_fail()))
            .filter(|c| c.erratum.is_none())
            .collect();
        let shown_only = all.iter().filter(|c| !c.level.can_fail()).count();
        if !divergent.is_empty() {
            text.push_str("Divergences\n\n");
            for comparison in divergent {
                self.divergence(comparison, text);
            }
        }
        if self.all {
            let reports: Vec<_> = all.iter().filter(|c| c.rule == "report").collect();
            if !reports.is_empty() {
                text.push_str("Side by side\n\n");
                for comparison in reports {
                    self.divergence(comparison, text);
                }
            }
        } else if !all.is_empty() {
            let judged = all.len() - shown_only;
            let agreeing = all
                .iter()
                .filter(|c| c.level.can_fail() && c.agreement == Agreement::Consistent)
                .count();
            let mut parts = Vec::new();
            if judged > 0 {
                parts.push(format!("{agreeing} of {judged} comparisons agree"));
            }
            if shown_only > 0 {
                let differ = all
                    .iter()
                    .filter(|c| !c.level.can_fail() && c.agreement == Agreement::Divergent)
                    .count();
                let are = if shown_only == 1 { "is" } else { "are" };
                let more = if judged > 0 { "more " } else { "" };
                parts.push(format!(
                    "{shown_only} {more}{are} only observed, {differ} differ: report.md and --all show the values"
                ));
            }
            let words = parts.join("; ");
            self.paragraph(text, "", &words);
            text.push('\n');
        }
    }

    fn divergence(&self, comparison: &ComparisonResult, text: &mut String) {
        let id = titled(&comparison.id, &comparison.parameters);
        put_line!(text, "  {id}   {}", comparison.level);
        self.paragraph(text, "    ", &word_of(&comparison.title));
        for group in &comparison.groups {
            let members = self.names(&group.members);
            let mark = |role: Role| {
                group
                    .members
                    .iter()
                    .any(|m| comparison.roles.get(m) == Some(&role))
            };
            let outlier = if mark(Role::Outlier) {
                " (outlier)"
            } else {
                ""
            };
            let lead = format!("      {members}{outlier}:");
            self.hanging(
                text,
                "",
                "        ",
                &format!("{lead} {}", word_of(&group.value)),
            );
        }
        for (role, word) in [(Role::Absent, "no value"), (Role::Excluded, "left out")] {
            let members: Vec<String> = comparison
                .roles
                .iter()
                .filter(|(_, own)| **own == role)
                .map(|(member, _)| member.clone())
                .collect();
            if !members.is_empty() {
                put_line!(text, "      {}: {word}", self.names(&members));
            }
        }
        if !comparison.message.is_empty() {
            self.paragraph(text, "    ", &comparison.message);
        }
        for remark in &comparison.remarks {
            self.paragraph(text, "    ", &remarked(self.audit, remark));
        }
        let mut notes = Vec::new();
        if let Some(spread) = comparison.spread_seconds.filter(|s| *s > 0) {
            notes.push(format!(
                "captured within {}",
                counted(usize::try_from(spread).unwrap_or(usize::MAX), "second")
            ));
        }
        notes.extend(comparison.refs.iter().map(|r| clause(r)));
        notes.push(format!(
            "{}:{}",
            comparison.source.file, comparison.source.line
        ));
        self.paragraph(text, "    ", &notes.join(" · "));
        if comparison.agreement == Agreement::Divergent {
            let again = self.audit.run.compared_again(comparison);
            put_line!(text, "    again {again}");
        }
        text.push('\n');
    }

    pub(super) fn failures(&self, text: &mut String) {
        if self.failing(true).next().is_some() {
            text.push_str("Failures\n\n");
            self.told(self.failing(true), text);
        }
    }

    /// Iterates over the failures of registries that count, or over those that do not.
    pub(super) fn failing(&self, counted: bool) -> impl Iterator<Item = &CheckResult> {
        let all = self.audit.results.checks.iter();
        all.filter(move |c| {
            c.operator.is_registry()
                && c.outcome == Outcome::Fail
                && c.level.counts() == counted
                && c.erratum.is_none()
        })
    }

    /// Writes failures with what was expected and seen.
    pub(super) fn told<'c>(
        &self,
        failing: impl Iterator<Item = &'c CheckResult>,
        text: &mut String,
    ) {
        let mut by_id: BTreeMap<&str, Vec<&CheckResult>> = BTreeMap::new();
        for check in failing {
            by_id.entry(&check.id).or_default().push(check);
        }
        let all = by_id.len();
        let most = if self.all { usize::MAX } else { MOST_TOLD };
        for checks in by_id.into_values().take(most) {
            self.failure(&checks, text);
        }
        if all > most {
            put_line!(text, "  {} more; --all shows them\n", all - most);
        }
    }

    fn failure(&self, checks: &[&CheckResult], text: &mut String) {
        let Some(first) = checks.first() else { return };
        let clauses: Vec<String> = first.refs.iter().map(|r| clause(r)).collect();
        let mut head = format!("{}   {}", first.id, first.level);
        if !clauses.is_empty() {
            put!(head, "   {}", clauses.join("; "));
        }
        self.paragraph(text, "  ", &head);
        self.paragraph(text, "    ", &first.title);
        let places: BTreeSet<String> = checks
            .iter()
            .map(|c| format!("{}:{}", c.source.file, c.source.line))
            .collect();
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        self.paragraph(text, "    ", &places.join(", "));
        let mut by_registry: BTreeMap<&str, Vec<&CheckResult>> = BTreeMap::new();
        for check in checks {
            by_registry
                .entry(check.registry.as_str())
                .or_default()
                .push(check);
        }
        let most = if self.all { usize::MAX } else { MOST_INSTANCES };
        for own in by_registry.into_values() {
            for check in own.iter().take(most) {
                self.failed_at(check, text);
            }
            if own.len() > most {
                put_line!(
                    text,
                    "      and {}",
                    counted(own.len() - most, "more instance")
                );
            }
            let mut commands: Vec<String> = own.iter().map(|c| self.audit.run.again(c)).collect();
            commands.dedup();
            for command in commands {
                // It is one line however long it is, so that it can be copied.
                put_line!(text, "      {:<9} {command}", "again");
            }
        }
        text.push('\n');
    }

    /// Writes one detail of a failure: its name, and words that wrap beside it.
    pub(super) fn detail(&self, text: &mut String, name: &str, words: &str) {
        if !words.is_empty() {
            let (lead, others) = (format!("      {name:<9}"), " ".repeat(16));
            self.hanging(text, &lead, &others, &format!(" {words}"));
        }
    }

    fn failed_at(&self, check: &CheckResult, text: &mut String) {
        let name = name_of(&self.audit.results, check.registry.as_str());
        let mut head = format!("{name}   {}", cell(check));
        if !check.parameters.is_empty() {
            put!(head, "   {}", parameters(&check.parameters));
        }
        if let Some(waiver) = &check.waiver {
            put!(head, "   {waiver}");
        }
        put_line!(text, "    {head}");
        self.detail(text, "expected", &check.expected);
        self.detail(text, "seen", &check.seen);
        if check.expected.is_empty() {
            self.detail(text, "found", &check.message);
        }
        for place in check.locations.iter().take(MOST_PLACES) {
            let pointer = if place.pointer.is_empty() {
                "the whole document"
            } else {
                &place.pointer
            };
            self.detail(text, "at", pointer);
        }
        let all = usize::try_from(check.findings).unwrap_or(usize::MAX);
        if check.locations.len() > MOST_PLACES {
            let more = counted(all.saturating_sub(MOST_PLACES), "more place");
            self.detail(text, "", &format!("and {more}"));
        }
        for asked in check.asked.iter().take(MOST_ASKED) {
            self.detail(text, "asked", asked);
        }
        for remark in &check.remarks {
            self.detail(text, "remark", &remarked(self.audit, remark));
        }
    }

    /// Verdicts that errata take back stay visible, and count nowhere.
    pub(super) fn withdrawn(&self, text: &mut String) {
        let results = &self.audit.results;
        let mut by_erratum: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for check in &results.checks {
            if let Some(erratum) = &check.erratum {
                let id = titled(&check.id, &check.parameters);
                let name = name_of(results, check.registry.as_str());
                let words = format!("{id} at {name}, which said {}", check.outcome);
                by_erratum
                    .entry(withdrawn(erratum))
                    .or_default()
                    .push(words);
            }
        }
        for comparison in &results.comparisons {
            if let Some(erratum) = &comparison.erratum {
                let id = titled(&comparison.id, &comparison.parameters);
                let words = format!("{id}, which said {}", comparison.agreement);
                by_erratum
                    .entry(withdrawn(erratum))
                    .or_default()
                    .push(words);
            }
        }
        if by_erratum.is_empty() {
            return;
        }
        text.push_str("Withdrawn, counted nowhere\n\n");
        for (erratum, verdicts) in by_erratum {
            self.paragraph(text, "  ", &erratum);
            for verdict in verdicts {
                self.paragraph(text, "    ", &verdict);
            }
        }
        text.push('\n');
    }

    /// Findings on what others operate stand apart and count for no registry.
    pub(super) fn others(&self, text: &mut String) {
        let mut lines: BTreeMap<(&str, &str), Vec<&CheckResult>> = BTreeMap::new();
        for check in self
            .audit
            .results
            .checks
            .iter()
            .filter(|c| !c.operator.is_registry())
        {
            if check.outcome == Outcome::Fail {
                lines
                    .entry((check.operator.as_str(), &check.id))
                    .or_default()
                    .push(check);
            }
        }
        if lines.is_empty() {
            return;
        }
        text.push_str("What others operate, counted for no registry\n\n");
        for ((operator, id), checks) in lines {
            let Some(first) = checks.first() else {
                continue;
            };
            let at: Vec<String> = checks
                .iter()
                .map(|c| c.registry.as_str().to_owned())
                .collect();
            let words = format!(
                "{operator}: {id}, seen at {}: {}",
                self.names(&at),
                first.message
            );
            self.paragraph(text, "  ", &words);
        }
        text.push('\n');
    }

    /// What could not be judged, by cause; an unreachable service is told once, not once per check.
    pub(super) fn unjudged(&self, text: &mut String) {
        let mut causes: BTreeMap<(&str, &str, &str), Vec<&CheckResult>> = BTreeMap::new();
        for check in &self.audit.results.checks {
            let cause = match check.outcome {
                Outcome::Error => "our error",
                Outcome::Inconclusive => check.cause.map_or("inconclusive", Cause::as_str),
                Outcome::Skipped => "skipped",
                Outcome::Fail | Outcome::Pass | Outcome::NotApplicable => continue,
            };
            causes
                .entry((cause, check.registry.as_str(), &check.message))
                .or_default()
                .push(check);
        }
        let comparisons: Vec<&ComparisonResult> = self
            .audit
            .results
            .comparisons
            .iter()
            .filter(|c| c.level.can_fail())
            .filter(|c| {
                matches!(
                    c.agreement,
                    Agreement::Insufficient | Agreement::NotComparable
                )
            })
            .collect();
        if causes.is_empty() && comparisons.is_empty() {
            return;
        }
        text.push_str("Not judged\n\n");
        for ((cause, registry, message), checks) in causes {
            let name = name_of(&self.audit.results, registry);
            let mut scenarios: Vec<&str> = checks.iter().map(|c| c.scenario.as_str()).collect();
            scenarios.dedup();
            scenarios.sort_unstable();
            scenarios.dedup();
            let head = format!(
                "{cause} · {name}: {} of {}",
                counted(checks.len(), "check"),
                few(&scenarios)
            );
            self.paragraph(text, "  ", &head);
            self.hanging(text, "      ", "      ", message);
        }
        for comparison in comparisons {
            let id = titled(&comparison.id, &comparison.parameters);
            let words = format!("{} · {id}: {}", comparison.agreement, comparison.message);
            self.paragraph(text, "  ", &words);
        }
        text.push('\n');
    }
}

/// Names the first few of some words.
fn few(words: &[&str]) -> String {
    match words {
        [a, b, c, rest @ ..] if !rest.is_empty() => {
            format!("{a}, {b}, {c} and {} more", rest.len())
        }
        all => joined(all),
    }
}
