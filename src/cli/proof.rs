//! What a fault of the mock world did, beside what its file says that it does.

use std::collections::BTreeSet;

use super::shell::Shell;
use crate::audit::Audit;
use crate::judge::words::{counted, quoted};
use crate::scenario::glob;
use crate::scenario::suite::{FaultNote, Suite};
use crate::verdict::{Agreement, Outcome};

/// Ids that did something, or were to do it.
type Ids<'a> = BTreeSet<&'a str>;

/// Most ids that are named.
const MOST: usize = 12;

/// Says on stderr whether the faults of a run did what their files say, as far as the run asked; says
/// nothing where there were none, or where the run ended before its time.
///
/// What is not judged any more is told where it is expected nowhere: without a run beside it, in which
/// nothing is wrong, nobody knows what else is missing.
pub(super) fn tell(suite: &Suite, audit: &Audit, shell: &Shell) {
    let notes: Vec<&FaultNote> = { audit.run.faults.iter() }
        .filter_map(|name| suite.faults.iter().find(|note| note.name == *name))
        .collect();
    if notes.is_empty() || notes.len() != audit.run.faults.len() || audit.results.partial {
        return;
    }
    let lines = told(&notes, audit);
    for line in &lines {
        shell.note(&format!("fault    {line}"));
    }
}

fn told(notes: &[&FaultNote], audit: &Audit) -> Vec<String> {
    let checks = &audit.results.checks;
    let comparisons = &audit.results.comparisons;
    let asked: Ids<'_> = checks.iter().map(|check| check.id.as_str()).collect();
    let compared: Ids<'_> = comparisons.iter().map(|c| c.id.as_str()).collect();
    let with = |outcomes: &[Outcome]| -> Ids<'_> {
        let own = checks.iter().filter(|c| outcomes.contains(&c.outcome));
        own.map(|check| check.id.as_str()).collect()
    };
    let failed = with(&[Outcome::Fail]);
    // What others operate, and what is only observed, is as it is without a fault too.
    let others = checks.iter().filter(|c| !c.operator.is_registry());
    let others: Ids<'_> = others.map(|check| check.id.as_str()).collect();
    let observed = comparisons.iter().filter(|c| !c.level.can_fail());
    let observed: Ids<'_> = observed.map(|c| c.id.as_str()).collect();
    let diverged: Ids<'_> = comparisons
        .iter()
        .filter(|c| c.agreement == Agreement::Divergent)
        .map(|c| c.id.as_str())
        .collect();
    let expected = |of: fn(&FaultNote) -> &[String], asked: &Ids<'_>| -> Ids<'_> {
        let all = notes.iter().flat_map(|note| of(note));
        let all = all.map(String::as_str);
        all.filter(|id| asked.contains(id)).collect()
    };
    let fails = expected(|note| &note.fail, &asked);
    let diverges = expected(|note| &note.divergent, &compared);
    let is_lost = |id: &&&str| {
        let mut globs = notes.iter().flat_map(|note| &note.inconclusive);
        !failed.contains(**id) && !globs.any(|glob| glob::matches(glob, id))
    };
    let open = with(&[Outcome::Inconclusive, Outcome::Error]);
    let mut lines = otherwise("fail", &fails, &failed, &others);
    lines.extend(otherwise("diverge", &diverges, &diverged, &observed));
    let lost: Ids<'_> = open.iter().filter(is_lost).copied().collect();
    if !lost.is_empty() {
        lines.push(format!(
            "could not be judged, and is not expected to be lost: {}",
            named(&lost)
        ));
    }
    if !lines.is_empty() {
        return lines;
    }
    if fails.is_empty() && diverges.is_empty() {
        let losses = notes.iter().any(|note| !note.inconclusive.is_empty());
        if !losses || open.is_empty() {
            return vec![
                "nothing that was asked is expected to notice it, and nothing did".to_owned(),
            ];
        }
    }
    let mut parts = Vec::new();
    for (number, does, do_so) in [
        (fails.len(), "fails", "fail"),
        (diverges.len(), "diverges", "diverge"),
    ] {
        if number > 0 {
            let verb = if number == 1 { does } else { do_so };
            parts.push(format!("{} {verb}", counted(number, "id")));
        }
    }
    if !open.is_empty() {
        parts.push(format!("{} could not be judged", counted(open.len(), "id")));
    }
    vec![format!("as expected: {}", parts.join(", "))]
}

/// Says which ids did not do what is expected of them, and which others did, but for those that
/// may do so without a fault too.
fn otherwise(verb: &str, expected: &Ids<'_>, seen: &Ids<'_>, as_ever: &Ids<'_>) -> Vec<String> {
    let missing: Ids<'_> = expected.difference(seen).copied().collect();
    let more = seen.difference(expected).copied();
    let more: Ids<'_> = more.filter(|id| !as_ever.contains(*id)).collect();
    let mut lines = Vec::new();
    if !missing.is_empty() {
        lines.push(format!(
            "expected to {verb}, and does not: {}",
            named(&missing)
        ));
    }
    if !more.is_empty() {
        lines.push(format!("{verb}s, and is not expected to: {}", named(&more)));
    }
    lines
}

fn named(ids: &Ids<'_>) -> String {
    let mut text: Vec<String> = ids.iter().take(MOST).map(|id| quoted(id)).collect();
    if ids.len() > MOST {
        text.push(format!("and {} more", ids.len() - MOST));
    }
    text.join(", ")
}
