//! What differs between two targets, in the words that all formats share.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::Run;
use crate::audit::twin::Twin;
use crate::judge::words::{counted, grouped, put};
use crate::report::words::word_of;
use crate::scenario::model::TargetKind;
use crate::verdict::twin::{FactChange, PlaceChange};

/// The same thing that differs at one registry, in however many answers.
#[derive(Debug)]
pub(super) struct Thing<'a> {
    /// The first answer in which it differs.
    pub(super) first: &'a FactChange,
    /// Where and how in it.
    pub(super) place: &'a PlaceChange,
    /// The pointer, with `*` for places in lists.
    pub(super) at: String,
    /// Number of answers.
    pub(super) answers: usize,
    /// Number of places in all of them.
    pub(super) places: usize,
    /// Scenarios in which it differs.
    pub(super) scenarios: BTreeSet<&'a str>,
}

/// What tells things apart: registry, fact, pointer, whether the first and the second have something there.
type Kind<'a> = (Option<&'a str>, &'a str, String, bool, bool);

/// Gathers what differs: the places that are declared, or those that are not.
pub(super) fn things(twin: &Twin, is_expected: bool) -> Vec<Thing<'_>> {
    let mut all: BTreeMap<Kind<'_>, Thing<'_>> = BTreeMap::new();
    for change in &twin.changes {
        let mut in_answer: BTreeSet<Kind<'_>> = BTreeSet::new();
        for place in change
            .places
            .iter()
            .filter(|p| p.expected.is_some() == is_expected)
        {
            let at = pattern(&place.at);
            let registry = change.registry.as_ref().map(|id| id.as_str());
            let (first, second) = (place.first.is_some(), place.second.is_some());
            let kind = (registry, change.fact.as_str(), at.clone(), first, second);
            let is_new = in_answer.insert(kind.clone());
            let thing = all.entry(kind).or_insert_with(|| Thing {
                first: change,
                place,
                at,
                answers: 0,
                places: 0,
                scenarios: BTreeSet::new(),
            });
            thing.answers += usize::from(is_new);
            thing.places += 1;
            thing.scenarios.insert(&change.scenario);
        }
    }
    all.into_values().collect()
}

/// Returns a pointer with `*` for places in lists.
fn pattern(at: &str) -> String {
    let parts: Vec<&str> = at
        .split('/')
        .map(|part| {
            let is_place = !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
            if is_place { "*" } else { part }
        })
        .collect();
    parts.join("/")
}

/// Returns one of the two targets in a line.
pub(super) fn side(run: &Run) -> String {
    let kind = match run.kind {
        TargetKind::Live => "live services",
        TargetKind::Staging => "staging services",
        TargetKind::Mock => "the mock world",
    };
    let mut words = if run.target == "mock" {
        kind.to_owned()
    } else {
        format!("{} ({kind})", word_of(&run.target))
    };
    if !run.faults.is_empty() {
        put!(words, " with fault {}", word_of(&run.faults.join(", ")));
    }
    words
}

/// Says how much was compared.
pub(super) fn compared(twin: &Twin) -> String {
    let number = usize::try_from(twin.compared).unwrap_or(usize::MAX);
    let mut words = format!("{} of answers compared", counted(number, "pair"));
    if !twin.unanswered.is_empty() {
        put!(words, ", {} without two answers", twin.unanswered.len());
    }
    let started = twin.first.started.strftime("%Y-%m-%d %H:%M UTC");
    put!(
        words,
        "; observed {started} from {}",
        word_of(&twin.first.vantage)
    );
    words
}

/// Returns what both have at a place: before and after an arrow.
pub(super) fn values(place: &PlaceChange) -> String {
    let words = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    format!(
        "{} → {}",
        short(&words(&place.first)),
        short(&words(&place.second))
    )
}

/// Longest value that is shown, in characters.
const LONGEST: usize = 160;

fn short(words: &str) -> String {
    if words.chars().count() <= LONGEST {
        return words.to_owned();
    }
    let shown: String = words.chars().take(LONGEST).collect();
    format!("{shown}…")
}

/// Says in how many answers something differs; empty for one place.
pub(super) fn extent(thing: &Thing<'_>) -> String {
    if thing.places == 1 {
        return String::new();
    }
    let places = counted(thing.places, "place");
    let answers = counted(thing.answers, "answer");
    let scenarios = counted(thing.scenarios.len(), "scenario");
    format!("{places} in {answers} of {scenarios}")
}

/// Says how it ends in a sentence without full stop.
pub(super) fn verdict(twin: &Twin) -> String {
    let unexpected = things(twin, false).len();
    let mut words = match unexpected {
        0 => "No unexpected change".to_owned(),
        number => format!("{} that nobody declared", counted(number, "change")),
    };
    let regressed = twin
        .difference
        .counts
        .get(&crate::verdict::Change::Regressed);
    if let Some(regressed) = regressed.filter(|number| **number > 0) {
        put!(
            words,
            "; {} at the second target only",
            counted(usize::try_from(*regressed).unwrap_or(usize::MAX), "failure")
        );
    }
    let stale = twin.expected.iter().filter(|e| e.places == 0).count();
    if stale > 0 {
        put!(
            words,
            "; {} did not come",
            counted(stale, "declared change")
        );
    }
    if !twin.unanswered.is_empty() {
        let number = u64::try_from(twin.unanswered.len()).unwrap_or(u64::MAX);
        put!(words, "; {} pairs could not be compared", grouped(number));
    }
    words
}
