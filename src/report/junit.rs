//! `JUnit`: one suite per scenario and registry, for build servers.

use std::collections::BTreeMap;
use std::io;

use quick_junit::{
    FlakyOrRerun, NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite,
};

use super::words::{
    clause, moved, name_of, remarked, something, titled, withdrawn, word_of, write_page,
};
use super::{Format, Options};
use crate::audit::Audit;
use crate::verdict::baseline::Drift;
use crate::verdict::results::{CheckResult, ComparisonResult};
use crate::verdict::{Agreement, Disposition, DriftClass, Outcome, Weight};

/// Writes results for build servers.
#[derive(Debug)]
pub(super) struct Junit;

impl Format for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn summary(&self) -> &'static str {
        "JUnit XML: a suite per scenario and registry, for build servers"
    }

    fn file(&self) -> Option<&'static str> {
        Some("junit.xml")
    }

    fn write(&self, audit: &Audit, _options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let mut suites: BTreeMap<String, TestSuite> = BTreeMap::new();
        let mut add = |name: String, case: TestCase| {
            suites
                .entry(name.clone())
                .or_insert_with(|| TestSuite::new(name))
                .add_test_case(case);
        };
        for check in &audit.results.checks {
            let registry = name_of(&audit.results, check.registry.as_str());
            let mut case =
                TestCase::new(titled(&check.id, &check.parameters), status(audit, check));
            case.set_classname(check.scenario.clone());
            add(format!("{} @ {registry}", check.scenario), case);
        }
        for comparison in &audit.results.comparisons {
            let name = titled(&comparison.id, &comparison.parameters);
            let mut case = TestCase::new(name, compared(audit, comparison));
            case.set_classname(comparison.scenario.clone());
            add(format!("{} @ all", comparison.scenario), case);
        }
        for drift in &audit.results.drifts {
            let registry = name_of(&audit.results, drift.registry.as_str());
            let name = format!("{} {}", titled(&drift.id, &drift.parameters), drift.fact);
            let mut case = TestCase::new(word_of(&name), drifted(audit, drift));
            case.set_classname(drift.scenario.clone());
            add(format!("baseline of {} @ {registry}", drift.scenario), case);
        }
        let mut report = Report::new(format!("quintet {}", audit.run.target));
        report.add_test_suites(suites.into_values());
        let text = report.to_string().map_err(io::Error::other)?;
        write_page(&text, sink)
    }
}

/// Returns the status of a check; what is no verdict on the service is `skipped`, the word first.
fn status(audit: &Audit, check: &CheckResult) -> TestCaseStatus {
    let is_gating = check.operator.is_registry() && check.level.counts();
    if let Some(erratum) = &check.erratum {
        return skipped("withdrawn", &withdrawn(erratum));
    }
    if check.gate == Weight::Before {
        return skipped("there before", &check.message);
    }
    match (check.outcome, check.disposition) {
        (Outcome::Pass, Disposition::Flaky) => {
            let mut status = TestCaseStatus::success();
            let mut rerun = TestRerun::new(NonSuccessKind::Failure);
            rerun.set_message("an earlier attempt failed");
            status.set_rerun_kind(FlakyOrRerun::Flaky);
            status.add_rerun(rerun);
            status
        }
        (Outcome::Pass, _) => TestCaseStatus::success(),
        (
            Outcome::Fail,
            Disposition::Unexpected | Disposition::ExpiredWaiver | Disposition::Flaky,
        ) if is_gating => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(check.level.as_str());
            status.set_message(word_of(&check.message));
            status.set_description(described(audit, check));
            status
        }
        (Outcome::Fail, Disposition::Known) => {
            let waiver = check.waiver.as_deref().unwrap_or_default();
            skipped(&format!("known ({waiver})"), &check.message)
        }
        (Outcome::Fail, Disposition::Unconfirmed | Disposition::Provisional) => {
            skipped(check.disposition.as_str(), &check.message)
        }
        (Outcome::Fail, _) if !check.operator.is_registry() => {
            skipped(check.operator.as_str(), &check.message)
        }
        (Outcome::Fail, _) => skipped(check.level.as_str(), &check.message),
        (Outcome::Error, _) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(word_of(&check.message));
            status
        }
        (Outcome::Inconclusive | Outcome::Skipped | Outcome::NotApplicable, _) => {
            let cause = check
                .cause
                .map_or(String::new(), |cause| format!(" ({cause})"));
            skipped(&format!("{}{cause}", check.outcome), &check.message)
        }
    }
}

fn skipped(word: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(if message.is_empty() {
        word.to_owned()
    } else {
        format!("{word}: {}", word_of(message))
    });
    status
}

fn described(audit: &Audit, check: &CheckResult) -> String {
    let mut lines = vec![word_of(&check.title)];
    lines.extend(check.refs.iter().map(|r| clause(r)));
    if !check.expected.is_empty() {
        lines.push(format!("expected {}", word_of(&check.expected)));
        lines.push(format!("seen {}", word_of(&check.seen)));
    }
    lines.extend(
        check
            .locations
            .iter()
            .take(20)
            .map(|l| format!("at {}: {}", word_of(&l.pointer), word_of(&l.message))),
    );
    lines.extend(check.asked.iter().map(|asked| word_of(asked)));
    lines.extend(check.remarks.iter().map(|r| remarked(audit, r)));
    lines.push(format!("{}:{}", check.source.file, check.source.line));
    lines.join("\n")
}

/// Returns the status of a value beside what was accepted; drift fails where the policy says so.
fn drifted(audit: &Audit, drift: &Drift) -> TestCaseStatus {
    let message = match drift.places.first() {
        Some(first) => moved(first),
        None => {
            let (before, after) = (something(&drift.before), something(&drift.after));
            word_of(&format!("accepted {before}, seen {after}"))
        }
    };
    match drift.change {
        DriftClass::Unchanged => TestCaseStatus::success(),
        DriftClass::Changed | DriftClass::Gone if audit.gate.drift_fails => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(drift.change.as_str());
            status.set_message(message);
            status
        }
        DriftClass::Changed | DriftClass::Gone | DriftClass::New => {
            skipped(drift.change.as_str(), &message)
        }
    }
}

fn compared(audit: &Audit, comparison: &ComparisonResult) -> TestCaseStatus {
    if let Some(erratum) = &comparison.erratum {
        return skipped("withdrawn", &withdrawn(erratum));
    }
    if comparison.gate == Weight::Before {
        return skipped("there before", &comparison.message);
    }
    match comparison.agreement {
        Agreement::Consistent => TestCaseStatus::success(),
        Agreement::Divergent => match comparison.disposition {
            Disposition::Unexpected | Disposition::ExpiredWaiver if comparison.level.counts() => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_type(comparison.level.as_str());
                status.set_message(word_of(&comparison.message));
                let mut groups: Vec<String> = comparison
                    .groups
                    .iter()
                    .map(|group| format!("{}: {}", group.members.join(", "), word_of(&group.value)))
                    .collect();
                groups.extend(comparison.remarks.iter().map(|r| remarked(audit, r)));
                status.set_description(groups.join("\n"));
                status
            }
            Disposition::Expected
            | Disposition::Unexpected
            | Disposition::Known
            | Disposition::StaleWaiver
            | Disposition::ExpiredWaiver
            | Disposition::Flaky
            | Disposition::Unconfirmed
            | Disposition::Provisional
            | Disposition::Withdrawn => skipped(
                &format!("divergent ({})", comparison.level),
                &comparison.message,
            ),
        },
        Agreement::Insufficient | Agreement::NotComparable => {
            skipped(comparison.agreement.as_str(), &comparison.message)
        }
    }
}
