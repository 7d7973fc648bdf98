//! Terminal: the matrix, then divergences, parameters, failures, what could not be judged, and the counts.

mod checklists;
mod drift;
mod findings;
mod habits;
mod paint;
mod pairs;
mod parameters;
mod table;

use std::io;

pub(super) use checklists::Checklists;
pub(super) use paint::paint;

use super::rows::{Part, matrix};
use super::words::{bounds, compared, name_of, waived, word_of, wrapped, write_colored};
use super::{Format, Options};
use crate::audit::Audit;
use crate::decide::{Mode, NOTICE_DAYS, Standing, WaiverState};
use crate::judge::words::counted;
use crate::scenario::model::TargetKind;
use crate::verdict::{Level, Outcome};

/// Shows an audit on a terminal.
#[derive(Debug)]
pub(super) struct Terminal;

/// Narrowest width that is laid out for; narrower terminals wrap.
const NARROWEST: usize = 60;

impl Format for Terminal {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn summary(&self) -> &'static str {
        "the matrix of checks and registries, and what is behind it, for people at a terminal"
    }

    fn file(&self) -> Option<&'static str> {
        None
    }

    fn write(&self, audit: &Audit, options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let page = Page {
            audit,
            width: options.width.max(NARROWEST),
            all: options.all,
        };
        let mut text = String::new();
        page.banner(&mut text);
        page.head(&mut text);
        page.matrix(&mut text);
        page.divergences(&mut text);
        page.parameters(&mut text);
        page.habits(&mut text);
        page.pairs(&mut text);
        page.checklists(&mut text);
        page.failures(&mut text);
        page.proposed(&mut text);
        page.withdrawn(&mut text);
        page.others(&mut text);
        page.unjudged(&mut text);
        page.drift(&mut text);
        page.waivers(&mut text);
        page.counts(&mut text);
        page.gate(&mut text);
        write_colored(&text, options.color, sink)
    }
}

/// What one page is made of.
pub(super) struct Page<'a> {
    pub(super) audit: &'a Audit,
    pub(super) width: usize,
    pub(super) all: bool,
}

impl Page<'_> {
    fn banner(&self, text: &mut String) {
        let planned = &self.audit.results.planned;
        if self.audit.results.partial {
            let words = format!(
                "PARTIAL RUN: it ended after {} of {} observations. What is missing is skipped, not passed.",
                planned.observed, planned.observations
            );
            self.paragraph(text, "", &words);
            text.push('\n');
        }
    }

    fn head(&self, text: &mut String) {
        let run = &self.audit.run;
        let kind = match run.kind {
            TargetKind::Live => "live services",
            TargetKind::Staging => "staging services",
            TargetKind::Mock => "the mock world",
        };
        let mut parts = vec![
            if run.target == "mock" {
                kind.to_owned()
            } else {
                format!("{} ({kind})", run.target)
            },
            counted(self.audit.results.registries.len(), "registry"),
            counted(self.audit.scenarios.len(), "scenario"),
            format!(
                "observed {} from {}",
                run.started.strftime("%Y-%m-%d %H:%M UTC"),
                run.vantage
            ),
            format!("suite {}", self.audit.release),
        ];
        if !run.faults.is_empty() {
            parts.push(format!(
                "with {} {}",
                if run.faults.len() == 1 {
                    "fault"
                } else {
                    "faults"
                },
                run.faults.join(", ")
            ));
        }
        if self.audit.mode == Mode::Audit {
            parts.push("audit".to_owned());
        }
        self.paragraph(text, "", &parts.join(" · "));
        for line in bounds(self.audit) {
            self.paragraph(text, "", &line);
        }
        text.push('\n');
    }

    fn matrix(&self, text: &mut String) {
        let groups = matrix(self.audit, Part::Counted, self.all);
        if groups.is_empty() {
            return;
        }
        table::matrix(self, &groups, text);
        text.push('\n');
        let shown: std::collections::BTreeSet<Outcome> = self
            .audit
            .results
            .checks
            .iter()
            .filter(|check| check.operator.is_registry() && check.level.counts())
            .map(|check| check.outcome)
            .collect();
        let legend: Vec<&str> = shown
            .iter()
            .rev()
            .map(|outcome| match outcome {
                Outcome::Error => "! our error",
                Outcome::Fail => "✗ fails",
                Outcome::Inconclusive => "? open: the evidence allows no verdict",
                Outcome::Pass => "✓ passes",
                Outcome::Skipped => "· skipped by choice",
                Outcome::NotApplicable => "– does not apply",
            })
            .collect();
        if legend.len() > 1 {
            self.paragraph(text, "", &legend.join("   "));
            text.push('\n');
        }
    }

    /// What is proposed stands apart and is never counted.
    fn proposed(&self, text: &mut String) {
        let mut groups = matrix(self.audit, Part::Uncounted, self.all);
        let mut quiet = 0;
        for group in &mut groups {
            group.rows.retain(|row| row.level == Level::Proposed);
            let all = group.rows.len();
            group.rows.retain(|row| self.all || row.is_notable());
            quiet += all - group.rows.len();
        }
        groups.retain(|group| !group.rows.is_empty());
        if quiet > 0 {
            let (ids, are) = match quiet {
                1 => ("id", "is"),
                _ => ("ids", "are"),
            };
            let words = format!(
                "{quiet} more {ids} {are} proposed and never counted, and nothing is wrong there: --all shows them"
            );
            self.paragraph(text, "", &words);
            text.push('\n');
        }
        if groups.is_empty() {
            return;
        }
        text.push_str("Proposed, never counted\n\n");
        for group in &mut groups {
            group.sums = group.sums.iter().map(|_| String::new()).collect();
        }
        table::matrix(&Page { all: true, ..*self }, &groups, text);
        text.push('\n');
        self.told(self.failing(false), text);
    }

    fn waivers(&self, text: &mut String) {
        let told: Vec<&WaiverState> = self
            .audit
            .waivers
            .iter()
            .filter(|w| {
                let ends = w.outlook.ends_within(NOTICE_DAYS);
                !w.is_idle()
                    || w.matches_nothing()
                    || ends
                    || w.outlook.standing == Some(Standing::Expired)
            })
            .collect();
        if told.is_empty() {
            return;
        }
        text.push_str("Waivers\n\n");
        for waiver in told {
            let words = waived(waiver).join(", ");
            self.paragraph(text, "  ", &format!("{}  {words}", waiver.id));
        }
        text.push('\n');
    }

    fn counts(&self, text: &mut String) {
        if !self.audit.results.checks.is_empty() {
            table::counts(self, text);
            text.push('\n');
        }
    }

    fn gate(&self, text: &mut String) {
        let words = self.audit.gate.words();
        let mut first = words.chars();
        let sentence: String = first
            .next()
            .map(|c| c.to_uppercase().chain(first).collect())
            .unwrap_or_default();
        if let Some(compared) = compared(&self.audit.gate) {
            self.paragraph(text, "", &compared);
        }
        let policy = word_of(&self.audit.policy);
        self.paragraph(text, "", &format!("{sentence} (policy `{policy}`)"));
    }

    /// Returns the display names of some registries, joined.
    pub(super) fn names(&self, ids: &[String]) -> String {
        let results = &self.audit.results;
        let names: Vec<&str> = ids.iter().map(|id| name_of(results, id)).collect();
        names.join(", ")
    }

    /// Writes text, wrapped between words, with further lines indented by two more columns.
    pub(super) fn paragraph(&self, text: &mut String, indent: &str, words: &str) {
        self.hanging(text, indent, &format!("{indent}  "), words);
    }

    /// Writes text, wrapped between words, with an indent for the first line and one for the others.
    pub(super) fn hanging(&self, text: &mut String, first: &str, others: &str, words: &str) {
        wrapped(text, self.width, first, others, words);
    }
}
