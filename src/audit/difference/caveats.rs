//! What a reader must know of two judgings before reading what changed.

use std::collections::BTreeMap;

use super::pairs::{Renames, vantages};
use super::{Audit, Caveat};
use crate::judge::words::{counted, joined, quoted};
use crate::verdict::Reason;

/// How far a clock may be off before that is worth a word, in milliseconds; ours: a Date header
/// has whole seconds, and a request takes its time.
const CLOCK_OFF: u64 = 5_000;

/// Returns everything that differs between two judgings as a whole.
pub(super) fn caveats(before: &Audit, after: &Audit, renames: &Renames<'_>) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let mut add = |about: Reason, words: String| caveats.push(Caveat { about, words });
    for (which, audit) in [("first", before), ("second", after)] {
        if audit.results.partial {
            let planned = &audit.results.planned;
            let (seen, all) = (planned.observed, planned.observations);
            add(
                Reason::Partial,
                format!(
                    "the {which} run is partial: it ended after {seen} of {all} observations, and what is missing there is no change"
                ),
            );
        }
    }
    let (then, now) = (&before.run, &after.run);
    if then.target != now.target {
        add(
            Reason::Target,
            format!(
                "the runs asked different targets, {} and {}: a difference may be one between the two, and only what both have is compared",
                quoted(&then.target),
                quoted(&now.target)
            ),
        );
    }
    if then.faults != now.faults {
        let faults = |faults: &[String]| {
            let names: Vec<String> = faults.iter().map(|fault| quoted(fault)).collect();
            if names.is_empty() {
                "no fault".to_owned()
            } else {
                joined(&names)
            }
        };
        add(
            Reason::Fault,
            format!(
                "the mock world had {} in the first run and {} in the second",
                faults(&then.faults),
                faults(&now.faults)
            ),
        );
    }
    if before.results.suite != after.results.suite {
        add(Reason::Suite, suites(before, after, renames));
    }
    let (places_then, places_now) = (vantages(before), vantages(after));
    if places_then != places_now {
        add(
            Reason::Vantage,
            format!(
                "the runs observed from different places, {} and {}",
                joined(&quotes(&places_then)),
                joined(&quotes(&places_now))
            ),
        );
    }
    selections(before, after, &mut add);
    if before.policy != after.policy {
        add(
            Reason::Suite,
            format!(
                "different policies decided, {} and {}",
                quoted(&before.policy),
                quoted(&after.policy)
            ),
        );
    }
    let (then, now) = (&before.provenance, &after.provenance);
    for (what, then, now) in [
        ("asked", &then.asked_by, &now.asked_by),
        ("judged", &then.judged_by, &now.judged_by),
    ] {
        if !then.is_empty() && !now.is_empty() && then != now {
            add(
                Reason::Harness,
                format!(
                    "different programs {what}, {} and {}",
                    quoted(then),
                    quoted(now)
                ),
            );
        }
    }
    clocks(before, after, &mut add);
    caveats
}

fn quotes(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| quoted(text)).collect()
}

/// Says what of the suite is another edition.
fn suites(before: &Audit, after: &Audit, renames: &Renames<'_>) -> String {
    let lead = "different editions of the suite judged";
    let (then, now) = (&before.provenance.editions, &after.provenance.editions);
    if then.targets.is_empty() || now.targets.is_empty() {
        return format!("{lead}; one of the judgings does not say what the suite was made of");
    }
    let changed = |then: &BTreeMap<String, String>, now: &BTreeMap<String, String>| {
        let then: BTreeMap<&str, &String> = then
            .iter()
            .map(|(id, digest)| (renames.scenario(id), digest))
            .collect();
        let differs = |(id, digest): &(&String, &String)| {
            then.get(id.as_str()).is_some_and(|then| then != digest)
        };
        let other = now.iter().filter(differs).count();
        let new = now
            .keys()
            .filter(|id| !then.contains_key(id.as_str()))
            .count();
        let gone = then.keys().filter(|id| !now.contains_key(**id)).count();
        [other, new, gone]
    };
    let mut parts = Vec::new();
    for (thing, then, now) in [
        ("scenario", &then.scenarios, &now.scenarios),
        ("rule", &then.rules, &now.rules),
        ("registry", &then.registries, &now.registries),
        ("target", &then.targets, &now.targets),
    ] {
        let [other, new, gone] = changed(then, now);
        for (number, word) in [(other, "changed"), (new, "new"), (gone, "gone")] {
            if number > 0 {
                parts.push(format!("{} {word}", counted(number, thing)));
            }
        }
    }
    if parts.is_empty() {
        format!("{lead}; what differs has no part in these verdicts")
    } else {
        format!("{lead}: {}", joined(&parts))
    }
}

fn selections(before: &Audit, after: &Audit, add: &mut impl FnMut(Reason, String)) {
    let only = |own: &Audit, other: &Audit| -> Vec<String> {
        let known = |id| other.results.registries.iter().any(|r| r.id == id);
        let own = own.results.registries.iter();
        own.filter(|r| !known(r.id.clone()))
            .map(|registry| registry.name.clone())
            .collect()
    };
    for (which, names) in [
        ("first", only(before, after)),
        ("second", only(after, before)),
    ] {
        if !names.is_empty() {
            let verb = if names.len() == 1 { "was" } else { "were" };
            add(
                Reason::Selection,
                format!("{} {verb} asked in the {which} run only", joined(&names)),
            );
        }
    }
    let (then, now) = (
        &before.provenance.filters.expressions,
        &after.provenance.filters.expressions,
    );
    if then != now {
        let shown = |filters: &[String]| {
            if filters.is_empty() {
                "everything".to_owned()
            } else {
                joined(&quotes(filters))
            }
        };
        add(
            Reason::Selection,
            format!(
                "the runs asked different questions: {} and {}",
                shown(then),
                shown(now)
            ),
        );
    }
}

fn clocks(before: &Audit, after: &Audit, add: &mut impl FnMut(Reason, String)) {
    if after.run.started < before.run.started {
        add(
            Reason::Time,
            "the second run began before the first: what is called new here is what is gone by now"
                .to_owned(),
        );
    }
    let clock = |audit: &Audit| audit.provenance.clock.clone();
    let (Some(then), Some(now)) = (clock(before), clock(after)) else {
        return;
    };
    if then.kind != now.kind {
        add(
            Reason::Time,
            format!(
                "the runs went by different clocks, {} and {}: what expires when is not comparable",
                quoted(&then.kind),
                quoted(&now.kind)
            ),
        );
    }
    for (which, clock) in [("first", then), ("second", now)] {
        let off = clock.ahead_milliseconds.unwrap_or(0);
        if off.unsigned_abs() > CLOCK_OFF {
            let direction = if off > 0 { "ahead of" } else { "behind" };
            add(
                Reason::Time,
                format!(
                    "the clock of the {which} run was {} s {direction} the target's",
                    off.unsigned_abs() / 1_000
                ),
            );
        }
    }
}
