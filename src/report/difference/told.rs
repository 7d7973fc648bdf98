//! Changes in the words that all formats share.

use std::collections::BTreeMap;

use crate::audit::difference::{
    CheckChange, CheckState, ComparisonChange, ComparisonState, Difference, Seen, Side, ValueChange,
};
use crate::judge::words::{counted, grouped, joined, put};
use crate::report::words::{symbol, word_of};
use crate::scenario::model::TargetKind;
use crate::verdict::{Change, Disposition, Reason};

/// What is said where nothing changed.
pub(super) const NOTHING: &str = "Nothing changed: every result is what it was";

/// Changes of one rule or check, over registries and instances.
#[derive(Debug)]
pub(super) struct Same<'a> {
    /// The first of them, which names it.
    pub(super) first: &'a CheckChange,
    /// By registry, alphabetically.
    pub(super) by_registry: BTreeMap<&'a str, Vec<&'a CheckChange>>,
}

/// Groups changes by id, in their order.
pub(super) fn by_id<'a>(changes: impl Iterator<Item = &'a CheckChange>) -> Vec<Same<'a>> {
    let mut all: Vec<Same<'a>> = Vec::new();
    for change in changes {
        let registry = change.registry.as_str();
        match all.last_mut() {
            Some(same) if same.first.id == change.id => {
                same.by_registry.entry(registry).or_default().push(change);
            }
            Some(_) | None => all.push(Same {
                first: change,
                by_registry: BTreeMap::from([(registry, vec![change])]),
            }),
        }
    }
    all
}

/// Returns the heading of a class.
pub(in crate::report) const fn heading(class: Change) -> &'static str {
    match class {
        Change::Regressed => "Regressed",
        Change::NowUnjudgeable => "Cannot be judged any more",
        Change::New => "New",
        Change::Gone => "Gone",
        Change::NowJudged => "Can be judged now",
        Change::NowApplies => "Applies now",
        Change::NoLongerApplies => "Does not apply any more",
        Change::StillFailing => "Still failing",
        Change::Fixed => "Fixed",
        Change::ChangedValue => "Changed values",
        Change::Unchanged => "Unchanged",
    }
}

/// Says whether changes of a class are many and alike, so that they are named and not told one by one.
pub(super) const fn is_listed(class: Change) -> bool {
    match class {
        Change::New | Change::Gone | Change::StillFailing => true,
        Change::Regressed
        | Change::NowUnjudgeable
        | Change::NowJudged
        | Change::NowApplies
        | Change::NoLongerApplies
        | Change::Fixed
        | Change::ChangedValue
        | Change::Unchanged => false,
    }
}

/// Returns a reason in words.
const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Service => "what the service answers",
        Reason::Scenario => "the scenario",
        Reason::Rule => "the rule's row in the catalogue",
        Reason::Suite => "the suite",
        Reason::RegistryData => "what the suite's files say of the registry",
        Reason::Target => "the target",
        Reason::Fault => "the fault laid over the mock world",
        Reason::Selection => "what was selected",
        Reason::Partial => "a run that did not end",
        Reason::Vantage => "the place of observation",
        Reason::Harness => "the program that asked or judged",
        Reason::Time => "the time, for bodies have the same octets",
    }
}

/// Returns reasons in words; empty for none.
pub(in crate::report) fn reasons(reasons: &[Reason]) -> String {
    let words: Vec<&str> = reasons.iter().map(|r| reason(*r)).collect();
    joined(&words)
}

/// Returns a verdict in words: `✗ fail`, `? inconclusive (timeout)`, `✗ fail in 12 of 5,000`.
pub(in crate::report) fn verdict(state: Option<&CheckState>) -> String {
    let Some(state) = state else {
        return "–".to_owned();
    };
    let mut words = format!("{} {}", symbol(state.outcome), state.outcome);
    if let Some(cause) = state.cause {
        put!(words, " ({cause})");
    }
    let all: u64 = state.counts.values().sum();
    let same = state.counts.get(&state.outcome).copied().unwrap_or(all);
    if same < all {
        put!(words, " in {} of {}", grouped(same), grouped(all));
    }
    standing(&mut words, state.disposition, state.waiver.as_deref());
    words
}

/// Says how a verdict is taken, where that is not as it stands.
fn standing(words: &mut String, disposition: Disposition, waiver: Option<&str>) {
    match disposition {
        Disposition::Expected | Disposition::Unexpected | Disposition::Known => {}
        Disposition::StaleWaiver
        | Disposition::ExpiredWaiver
        | Disposition::Flaky
        | Disposition::Unconfirmed
        | Disposition::Provisional
        | Disposition::Withdrawn => put!(words, ", {disposition}"),
    }
    if let Some(waiver) = waiver {
        put!(words, ", {}", word_of(waiver));
    }
}

/// Returns what a comparison came to in words.
pub(in crate::report) fn agreement(state: Option<&ComparisonState>) -> String {
    let Some(state) = state else {
        return "–".to_owned();
    };
    let mut words = state.agreement.as_str().to_owned();
    standing(&mut words, state.disposition, state.waiver.as_deref());
    words
}

/// Returns what was seen in one state, or the message that says it.
pub(super) fn seen(state: &CheckState) -> &str {
    if state.seen.is_empty() {
        &state.message
    } else {
        &state.seen
    }
}

/// Longest value that is told whole, in characters; of longer ones what differs is told.
const LONGEST: usize = 120;

/// Characters before the first difference that are told too.
const CONTEXT: usize = 20;

/// Returns a value before and after in words: of long ones only what differs, and where the words
/// do not tell them apart a digest does.
pub(in crate::report) fn values(change: &ValueChange) -> (String, String) {
    let words = |seen: &Option<Seen>| {
        seen.as_ref()
            .map_or("no value", |seen| &seen.words)
            .to_owned()
    };
    let (mut before, mut after) = (words(&change.before), words(&change.after));
    let is_cut = before == after;
    if before.chars().count() > LONGEST || after.chars().count() > LONGEST {
        let pairs = before.chars().zip(after.chars());
        let common = pairs.take_while(|(then, now)| then == now).count();
        let skipped = if is_cut {
            0
        } else {
            common.saturating_sub(CONTEXT)
        };
        (before, after) = (part(&before, skipped), part(&after, skipped));
    }
    if is_cut && let (Some(then), Some(now)) = (&change.before, &change.after) {
        put!(before, " ({})", then.digest);
        put!(after, " ({})", now.digest);
    }
    (before, after)
}

/// Returns what stands behind some characters, at most [`LONGEST`] of it.
fn part(words: &str, skipped: usize) -> String {
    let lead = if skipped > 0 { "…" } else { "" };
    let shown: String = words.chars().skip(skipped).take(LONGEST).collect();
    let more = words.chars().count() > skipped + LONGEST;
    format!("{lead}{shown}{}", if more { "…" } else { "" })
}

/// Returns one of the two judgings in a line.
pub(in crate::report) fn side(side: &Side) -> String {
    let kind = match side.kind {
        TargetKind::Live => "live services",
        TargetKind::Staging => "staging services",
        TargetKind::Mock => "the mock world",
    };
    let mut words = if side.target == "mock" {
        kind.to_owned()
    } else {
        format!("{} ({kind})", word_of(&side.target))
    };
    if !side.faults.is_empty() {
        put!(words, " with fault {}", word_of(&side.faults.join(", ")));
    }
    put!(
        words,
        ", observed {} from {}",
        side.started.strftime("%Y-%m-%d %H:%M UTC"),
        word_of(&joined(&side.vantages))
    );
    let digest = side.suite.strip_prefix("sha256:").unwrap_or(&side.suite);
    let short: String = digest.chars().take(12).collect();
    put!(words, ", suite {} ({short})", word_of(&side.release));
    if side.partial {
        words.push_str(", PARTIAL");
    }
    words
}

/// Returns the counts of a difference in a sentence; empty if there is nothing to count.
pub(super) fn counts(counts: &BTreeMap<Change, u64>) -> String {
    let parts: Vec<String> = counts
        .iter()
        .filter(|(_, number)| **number > 0)
        .map(|(class, number)| format!("{} {class}", grouped(*number)))
        .collect();
    parts.join(", ")
}

/// Says how much of the two can be compared.
pub(in crate::report) fn common(difference: &Difference) -> String {
    let common = &difference.common;
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let mut words = format!("{} in both", counted(number(common.both), "result"));
    for (number, which) in [(common.only_before, "first"), (common.only_after, "second")] {
        if number > 0 {
            put!(words, ", {} in the {which} only", grouped(number));
        }
    }
    words
}

/// Splits comparisons into parameters (quantities side by side) and all others.
pub(in crate::report) fn comparisons(
    difference: &Difference,
    parameters: bool,
) -> impl Iterator<Item = &ComparisonChange> {
    let all = difference.comparisons.iter();
    all.filter(move |change| change.unit.is_some() == parameters)
}
