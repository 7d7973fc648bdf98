//! The consensus inspector: what participants of a consensus of trust anchors publish about who
//! is authoritative for which resources, laid side by side and played from state to state.
//!
//! Events of all participants are played in the order of their dates, those of one participant in
//! the order of their numbers, from the oldest state that all of them publish. A transfer is begun
//! by who holds the resources, accepted by who is to get them, and completed or canceled by who
//! began it; each later state is what the one before it and the events until its date give.
//!
//! Source: draft-nro-sidrops-ta-constraints-00, "Protocol Walkthrough".

mod play;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::rpki::{Delegation, Event, Happening, State};
use crate::resource::Resources;
use play::Play;

/// What one participant publishes, as far as it could be read and verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participant {
    /// Its name in the consensus.
    pub name: String,
    /// Its states, the newest first.
    pub states: Vec<State>,
    /// Its events with their numbers, ascending.
    pub events: Vec<(u64, Event)>,
}

impl Participant {
    /// Returns its state of a version.
    fn state(&self, version: u64) -> Option<&State> {
        self.states.iter().find(|state| state.version == version)
    }
}

/// What something that is wrong is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// The first state, and that the resources of participants are apart.
    InitialSet,
    /// The steps of transfers, inclusions and exclusions.
    Transfers,
    /// A state after the first.
    NextSet,
}

impl Matter {
    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InitialSet => "initial-set",
            Self::Transfers => "transfers",
            Self::NextSet => "next-set",
        }
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The participant that published it.
    pub by: String,
    /// What it is about.
    pub matter: Matter,
    /// Where: `event 12`, `state 2`.
    pub place: String,
    /// What is wrong, in words.
    pub what: String,
}

/// What participants together say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The version of the newest state that all participants have; `None` if there is none.
    pub common: Option<u64>,
    /// The version of the oldest such state, from which events were played; `None` if there is none.
    pub from: Option<u64>,
    /// Who has what after all events, by name; empty where nothing was played.
    pub holdings: BTreeMap<String, Resources>,
    /// Transfers that are neither completed nor canceled.
    pub unfinished: usize,
    /// What is wrong, in order.
    pub violations: Vec<Violation>,
}

/// Lays what participants publish side by side and plays their events.
pub fn judge(all: &[Participant]) -> Report {
    let mut report = Report::default();
    for one in all {
        alone(one, &mut report.violations);
    }
    let versions = |one: &Participant| -> BTreeSet<u64> {
        one.states.iter().map(|state| state.version).collect()
    };
    let common = all.iter().map(versions);
    let common = common.reduce(|a, b| a.intersection(&b).copied().collect());
    let common = common.unwrap_or_default();
    report.common = common.last().copied();
    report.from = common.first().copied();
    if let Some(from) = report.from {
        played(all, from, &mut report);
    }
    report.violations.sort();
    report.violations.dedup();
    report
}

/// Judges the states of one participant.
fn alone(one: &Participant, found: &mut Vec<Violation>) {
    for (place, state) in one.states.iter().enumerate() {
        let before = one.states.get(place.saturating_add(1));
        let mut find = |matter, what: String| {
            let place = format!("state {}", state.version);
            let by = one.name.clone();
            found.push(Violation {
                by,
                matter,
                place,
                what,
            });
        };
        for (overlap, first, second) in overlaps(&state.delegations) {
            let what = format!("{overlap} of `{first}` and of `{second}`");
            find(Matter::InitialSet, what);
        }
        if state.previous.is_none() {
            if state.version != 1 {
                find(
                    Matter::InitialSet,
                    "it is the first, and not version 1".to_owned(),
                );
            }
            if state.index.is_some() {
                let what = "it is the first, and has a number of a last event";
                find(Matter::InitialSet, what.to_owned());
            }
        }
        let Some(before) = before else { continue };
        if before.version.checked_add(1) != Some(state.version) {
            let what = format!("version {} comes before it", before.version);
            find(Matter::NextSet, what);
        }
        if before.prefix != state.prefix {
            let what = format!(
                "the URLs of its events begin with `{}`, not as before",
                state.prefix
            );
            find(Matter::NextSet, what);
        }
        let mut last = None;
        for (place, (number, event)) in one.events.iter().enumerate() {
            // What is unfinished when a state is made is published again behind it.
            let mut earlier = one.events.iter().take(place);
            if event.date < state.date && !earlier.any(|(_, other)| other == event) {
                last = Some(*number);
            }
        }
        let last = last.max(before.index);
        if state.index != last {
            let shown = |index: Option<u64>| index.map_or("none".to_owned(), |i| i.to_string());
            let what = format!(
                "the last event before it is {}, it says {}",
                shown(last),
                shown(state.index)
            );
            find(Matter::NextSet, what);
        }
    }
}

/// Returns what two delegations of a state both have; one name for both where it stands twice.
fn overlaps(all: &[Delegation]) -> Vec<(Resources, &str, &str)> {
    let mut found = Vec::new();
    for (place, first) in all.iter().enumerate() {
        for second in all.iter().skip(place.saturating_add(1)) {
            let both = first.resources.intersect(&second.resources);
            if !both.is_empty() {
                found.push((both, first.name.as_str(), second.name.as_str()));
            }
        }
    }
    found
}

/// Plays events from a state that all participants have.
fn played(all: &[Participant], from: u64, report: &mut Report) {
    let Some(first) = all.iter().find_map(|one| one.state(from)) else {
        return;
    };
    let names: BTreeSet<&str> = all.iter().map(|one| one.name.as_str()).collect();
    let mut play = Play::of(first, names);
    // Later states, each to be compared once all events before its date have been played.
    let later = all.iter().flat_map(|one| {
        let states = one.states.iter().filter(|state| state.version > from);
        states.map(move |state| (state.date, one.name.as_str(), state))
    });
    let mut later: Vec<(Timestamp, &str, &State)> = later.collect();
    later.sort_by_key(|(date, name, _)| (*date, *name));
    let mut later = later.into_iter().peekable();
    let mut queues: Vec<_> = all
        .iter()
        .map(|one| {
            let played = one.state(from).and_then(|state| state.index).unwrap_or(0);
            let events = one
                .events
                .iter()
                .filter(move |(number, _)| *number > played);
            (one.name.as_str(), events.peekable())
        })
        .collect();
    loop {
        let heads = queues.iter_mut().enumerate();
        let heads = heads.filter_map(|(place, (_, queue))| {
            let (_, event) = queue.peek()?;
            Some(((event.date, rank(&event.what)), place))
        });
        let next = heads.min();
        while let Some((_, name, state)) =
            later.next_if(|(date, ..)| next.is_none_or(|((event, _), _)| event >= *date))
        {
            play.compare(name, state);
        }
        let Some((_, place)) = next else { break };
        if let Some((name, queue)) = queues.get_mut(place)
            && let Some((number, event)) = queue.next()
        {
            play.event(name, *number, event);
        }
    }
    report.unfinished = play.unfinished();
    report.violations.append(&mut play.violations);
    report.holdings = play.holdings();
}

/// Returns the order of what happens at the same time.
const fn rank(what: &Happening) -> u8 {
    match what {
        Happening::Exclusion(_) => 0,
        Happening::Inclusion(_) => 1,
        Happening::Initiation { .. } => 2,
        Happening::Acceptance { .. } => 3,
        Happening::Finalization => 4,
        Happening::Cancellation => 5,
    }
}
