//! Transfers of one or several logs, replayed in the order of their dates.
//!
//! Each resource is where its last transfer took it. A transfer that begins elsewhere than the
//! one before it ended is a [`Break`]. What two registries' logs tell of one transfer is one
//! [`Step`], whichever way they split its resources.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::entry::{Entry, Log};
use super::spans::{Span, Spans};
use super::words::Rir;
use crate::resource::Resources;

/// Most breaks that are kept; beyond them only the number.
const MOST_BREAKS: usize = 1_000;

/// Most transfers of one moment that are brought into an order; ours: with more they come as listed.
const MOST_TRIED: usize = 64;

/// Within which time the same transfer is told again and not made again; ours.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// A transfer as one or several logs tell it.
#[derive(Clone, Debug)]
pub struct Step<'l> {
    /// The transfer, as the log with the earliest date tells it.
    pub entry: &'l Entry,
    /// The registry that it leaves.
    pub source: Rir,
    /// The registry that it comes to.
    pub recipient: Rir,
    /// When.
    pub date: Timestamp,
    /// Whose logs tell it; empty for logs without a registry.
    pub tellers: BTreeSet<Rir>,
}

/// Two transfers of one resource that do not connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// What was transferred by both.
    pub resources: Resources,
    /// The number of the earlier step.
    pub earlier: usize,
    /// The number of the later step, which begins elsewhere than the earlier one ended.
    pub later: usize,
}

/// Transfers replayed.
#[derive(Clone, Debug, Default)]
pub struct History<'l> {
    /// Transfers in the order in which they were replayed.
    pub steps: Vec<Step<'l>>,
    /// Where chains break, the first thousand.
    pub breaks: Vec<Break>,
    /// How many there are in all.
    pub breaks_count: u64,
    /// Completed transfers without date, source or recipient, which cannot be replayed.
    pub untold: u64,
    spans: Spans<Mark>,
}

/// What is known of a resource: the last step, and whose logs told it.
#[derive(Clone, Copy, Debug)]
struct Mark {
    step: usize,
    tellers: Tellers,
}

/// A set of registries.
#[derive(Clone, Copy, Debug, Default)]
struct Tellers(u8);

impl Tellers {
    const fn bit(rir: Rir) -> u8 {
        match rir {
            Rir::Afrinic => 1,
            Rir::Apnic => 2,
            Rir::Arin => 4,
            Rir::Lacnic => 8,
            Rir::RipeNcc => 16,
        }
    }

    fn with(self, rir: Option<Rir>) -> Self {
        Self(self.0 | rir.map_or(0, Self::bit))
    }

    const fn has(self, rir: Rir) -> bool {
        self.0 & Self::bit(rir) != 0
    }
}

/// A transfer with the log that tells it.
#[derive(Clone, Copy, Debug)]
struct Told<'l> {
    entry: &'l Entry,
    teller: Option<Rir>,
    source: Rir,
    recipient: Rir,
    date: Timestamp,
}

impl<'l> History<'l> {
    /// Replays logs, each with the registry that made it.
    pub fn of(logs: impl IntoIterator<Item = (Option<Rir>, &'l Log)>) -> Self {
        let mut history = Self::default();
        let mut told = Vec::new();
        for (teller, log) in logs {
            for entry in log.completed() {
                match (entry.pair(), entry.date) {
                    (Some((source, recipient)), Some(date)) => told.push(Told {
                        entry,
                        teller,
                        source,
                        recipient,
                        date,
                    }),
                    _ => history.untold = history.untold.saturating_add(1),
                }
            }
        }
        // Stable, so that of one moment the order of the logs holds.
        told.sort_by_key(|one| one.date);
        for group in told.chunk_by(|a, b| a.date == b.date) {
            history.replay(group.to_vec());
        }
        history
    }

    /// Replays transfers of one moment, each after the one that brought its resources, if there is one.
    fn replay(&mut self, mut group: Vec<Told<'l>>) {
        if group.len() <= MOST_TRIED {
            // What stays within a registry comes before what leaves it.
            group.sort_by_key(|told| told.source != told.recipient);
            while group.len() > 1 {
                let mut places = (0..group.len()).into_iter();
                let next = places.find(|place| self.is_next(&group, *place));
                let told = group.remove(next.unwrap_or(0));
                self.apply(&told);
            }
        }
        for told in group {
            self.apply(&told);
        }
    }

    /// Says whether a transfer of a group begins where its resources are, and nothing of the group brings them.
    fn is_next(&self, group: &[Told<'_>], place: usize) -> bool {
        let Some(told) = group.get(place) else {
            return false;
        };
        let mut known = Vec::new();
        for (span, mark) in self.spans.over(&told.entry.resources) {
            let step = self.steps.get(mark.step);
            let connects = |step: &Step<'_>| {
                step.recipient == told.source || is_retold(step, mark.tellers, told)
            };
            if !step.is_none_or(connects) {
                return false;
            }
            known.push(span);
        }
        let new = told.entry.resources.minus(&Span::resources(known));
        let brings = |other: &Told<'_>| {
            other.recipient == told.source
                && other.source != told.source
                && other.entry.resources.overlaps(&new)
        };
        new.is_empty() || !group.iter().any(brings)
    }

    fn apply(&mut self, told: &Told<'l>) {
        let number = self.steps.len();
        let mut breaks: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
        let mut again = Vec::new();
        for (span, mark) in self.spans.over(&told.entry.resources) {
            let Some(step) = self.steps.get(mark.step) else {
                continue;
            };
            if is_retold(step, mark.tellers, told) {
                again.push((span, mark));
            } else if step.recipient != told.source {
                breaks.entry(mark.step).or_default().push(span);
            }
        }
        for (earlier, spans) in breaks {
            self.breaks_count = self.breaks_count.saturating_add(1);
            if self.breaks.len() < MOST_BREAKS {
                self.breaks.push(Break {
                    resources: Span::resources(spans),
                    earlier,
                    later: number,
                });
            }
        }
        let mark = Mark {
            step: number,
            tellers: Tellers::default().with(told.teller),
        };
        self.spans.set(&told.entry.resources, mark);
        // What was told before stays the earlier step's.
        for (span, mark) in &again {
            if let Some(step) = self.steps.get_mut(mark.step) {
                step.tellers.extend(told.teller);
            }
            let tellers = mark.tellers.with(told.teller);
            self.spans.put(*span, Mark { tellers, ..*mark });
        }
        let before = Span::resources(again.into_iter().map(|(span, _)| span));
        if before.covers(&told.entry.resources) && !told.entry.resources.is_empty() {
            return;
        }
        self.steps.push(Step {
            entry: told.entry,
            source: told.source,
            recipient: told.recipient,
            date: told.date,
            tellers: told.teller.into_iter().collect(),
        });
    }

    /// Returns those of some resources whose last transfer took them to a registry that is `wanted`.
    pub fn held_where(&self, resources: &Resources, wanted: impl Fn(Rir) -> bool) -> Resources {
        let found = self.spans.over(resources).filter(|(_, mark)| {
            let step = self.steps.get(mark.step);
            step.is_some_and(|step| wanted(step.recipient))
        });
        Span::resources(found.map(|(span, _)| span))
    }

    /// Returns what is at each registry by its last transfer; resources that never moved are nowhere.
    pub fn holdings(&self) -> BTreeMap<Rir, Resources> {
        let mut spans: BTreeMap<Rir, Vec<Span>> = BTreeMap::new();
        for (span, mark) in self.spans.iter() {
            if let Some(step) = self.steps.get(mark.step) {
                spans.entry(step.recipient).or_default().push(span);
            }
        }
        let all = spans.into_iter();
        all.map(|(rir, spans)| (rir, Span::resources(spans)))
            .collect()
    }

    /// Returns what once left a registry and is not there any more.
    pub fn departed(&self, rir: Rir) -> Resources {
        let left = self.steps.iter().filter(|step| step.source == rir);
        let all = Resources {
            addresses: left
                .clone()
                .map(|s| s.entry.resources.addresses.clone())
                .collect(),
            asns: left.map(|s| s.entry.resources.asns.clone()).collect(),
        };
        self.held_where(&all, |holder| holder != rir)
    }

    /// Iterates over the transfers of some resources, the earliest first.
    pub fn story<'h>(&'h self, resources: &'h Resources) -> impl Iterator<Item = &'h Step<'l>> {
        let steps = self.steps.iter();
        steps.filter(|step| step.entry.resources.overlaps(resources))
    }
}

/// Says whether a log tells of a transfer that was told before: by another log, or by the same one
/// again, which dates it otherwise than the other.
fn is_retold(step: &Step<'_>, tellers: Tellers, told: &Told<'_>) -> bool {
    let is_other = told.teller.is_some_and(|teller| !tellers.has(teller));
    let is_near = told.date.duration_since(step.date).abs() <= AGAIN;
    (step.source, step.recipient) == (told.source, told.recipient) && (is_other || is_near)
}
