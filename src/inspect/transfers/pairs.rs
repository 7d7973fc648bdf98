//! Logs of several registries against each other: what one gave, the other got.
//!
//! A transfer between two registries stands in both logs. They may split its resources in
//! different ways, and one log may be made before the other, so that resources are compared by
//! ordered pair of registries, and what is younger than a grace is left out.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::entry::{Entry, Log, Organization};
use super::history::History;
use super::spans::Spans;
use super::words::{Rir, Stage};
use crate::resource::Resources;

/// Most things of one kind that are kept; beyond them only the number.
const MOST: usize = 1_000;

/// How far apart both logs may date one transfer, at most; ours.
pub const APART: SignedDuration = SignedDuration::from_hours(24);

/// A list of which the first thousand are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted<T> {
    /// How many there are.
    pub count: u64,
    /// The first of them.
    pub kept: Vec<T>,
}

impl<T> Default for Counted<T> {
    fn default() -> Self {
        Self {
            count: 0,
            kept: Vec::new(),
        }
    }
}

impl<T> Counted<T> {
    fn push(&mut self, one: T) {
        self.count = self.count.saturating_add(1);
        if self.kept.len() < MOST {
            self.kept.push(one);
        }
    }
}

/// A transfer, or a part of one, that one log tells and the other does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The registry that it leaves.
    pub source: Rir,
    /// The registry that it comes to.
    pub recipient: Rir,
    /// Whose log tells it.
    pub teller: Rir,
    /// Whose log does not.
    pub at: Rir,
    /// How far it is.
    pub stage: Stage,
    /// When it was completed; absent while it is in progress.
    pub date: Option<Timestamp>,
    /// JSON Pointer in the log that tells it.
    pub place: String,
    /// What of it is missing.
    pub resources: Resources,
}

/// What two logs tell differently of one transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Dates more than [`APART`] from each other.
    Date,
    /// Types.
    Type,
    /// Countries of organizations.
    Country,
    /// Names of organizations, case and punctuation left out.
    Name,
}

impl Difference {
    /// Returns the word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Type => "type",
            Self::Country => "country",
            Self::Name => "name",
        }
    }
}

/// A transfer that two logs tell differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// The registry that it leaves.
    pub source: Rir,
    /// The registry that it comes to.
    pub recipient: Rir,
    /// In what.
    pub what: Difference,
    /// What the source's log says, in words.
    pub by_source: String,
    /// What the recipient's log says, in words.
    pub by_recipient: String,
    /// JSON Pointer in the source's log.
    pub place: String,
    /// JSON Pointer in the recipient's log.
    pub other_place: String,
    /// What both transfer.
    pub resources: Resources,
}

/// Two transfers of one resource that do not connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// What both transferred.
    pub resources: Resources,
    /// Where the earlier one took it, and when.
    pub came: (Rir, Timestamp),
    /// From where the later one took it, and when.
    pub left: (Rir, Timestamp),
    /// Whose logs tell the later one.
    pub tellers: Vec<Rir>,
}

/// How many transfers two logs tell of an ordered pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Those in the source's log.
    pub by_source: u64,
    /// Those in the recipient's log.
    pub by_recipient: u64,
}

/// Logs against each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// How many completed transfers both logs of a pair tell; pairs without any are left out.
    pub told: BTreeMap<(Rir, Rir), Told>,
    /// Completed transfers that only one of both logs tells.
    pub missing: Counted<Missing>,
    /// Completed transfers of which the grace is not over.
    pub young: u64,
    /// What both logs tell differently.
    pub differs: Counted<Differs>,
    /// Transfers in progress that only one of two logs tells that list such.
    pub unaccepted: Counted<Missing>,
    /// Chains that break.
    pub broken: Counted<Broken>,
    /// What is where after all transfers of all logs; resources that never moved are nowhere.
    pub holdings: BTreeMap<Rir, Resources>,
}

/// Compares logs, each with the registry that published it and when it was asked for.
pub fn pairs(logs: &BTreeMap<Rir, (&Log, Timestamp)>, grace: SignedDuration) -> Pairs {
    let mut pairs = Pairs::default();
    for (source, (ours, ours_at)) in logs {
        for (recipient, (theirs, theirs_at)) in logs {
            if source == recipient {
                continue;
            }
            let ends = (*source, *recipient);
            let left = Side::of(ours, *ours_at, ends);
            let came = Side::of(theirs, *theirs_at, ends);
            pairs.compare(ends, &left, &came, grace);
            pairs.progress(ends, ours, theirs);
        }
    }
    let history = History::of(logs.iter().map(|(rir, (log, _))| (Some(*rir), *log)));
    for one in &history.breaks {
        let steps = (history.steps.get(one.earlier), history.steps.get(one.later));
        if let (Some(earlier), Some(later)) = steps {
            pairs.broken.push(Broken {
                resources: one.resources.clone(),
                came: (earlier.recipient, earlier.date),
                left: (later.source, later.date),
                tellers: later.tellers.iter().copied().collect(),
            });
        }
    }
    pairs.broken.count = history.breaks_count;
    pairs.holdings = history.holdings();
    pairs
}

/// What one log says of one ordered pair.
struct Side<'l> {
    entries: Vec<&'l Entry>,
    all: Resources,
    /// Up to when it can be expected to know transfers.
    until: Timestamp,
    /// From when on it tells transfers; `None` if it does not say.
    since: Option<Timestamp>,
    is_whole: bool,
}

impl<'l> Side<'l> {
    fn of(log: &'l Log, at: Timestamp, ends: (Rir, Rir)) -> Self {
        let own = |entry: &&Entry| entry.pair() == Some(ends);
        let entries: Vec<&Entry> = log.completed().filter(own).collect();
        Self {
            all: together(&entries),
            entries,
            until: log.produced.unwrap_or(at),
            since: log.begins,
            is_whole: log.stopped.is_none(),
        }
    }

    /// Returns where its resources are told.
    fn spans(&self) -> Spans<usize> {
        let mut spans = Spans::default();
        for (place, entry) in self.entries.iter().enumerate() {
            spans.set(&entry.resources, place);
        }
        spans
    }
}

fn together(entries: &[&Entry]) -> Resources {
    let each = || entries.iter().map(|entry| &entry.resources);
    Resources {
        addresses: each().flat_map(|own| own.addresses.ranges()).collect(),
        asns: each().flat_map(|own| own.asns.ranges()).collect(),
    }
}

impl Pairs {
    fn compare(
        &mut self,
        ends: (Rir, Rir),
        left: &Side<'_>,
        came: &Side<'_>,
        grace: SignedDuration,
    ) {
        let number = |side: &Side<'_>| u64::try_from(side.entries.len()).unwrap_or(u64::MAX);
        if !left.entries.is_empty() || !came.entries.is_empty() {
            let told = Told {
                by_source: number(left),
                by_recipient: number(came),
            };
            self.told.insert(ends, told);
        }
        self.missing(ends, (ends.0, left), (ends.1, came), grace);
        self.missing(ends, (ends.1, came), (ends.0, left), grace);
        self.differences(ends, left, came);
    }

    fn missing(
        &mut self,
        ends: (Rir, Rir),
        (teller, told): (Rir, &Side<'_>),
        (at, other): (Rir, &Side<'_>),
        grace: SignedDuration,
    ) {
        // A log that is cut off may have it behind its end.
        if !other.is_whole {
            return;
        }
        let missing = told.all.minus(&other.all);
        if missing.is_empty() {
            return;
        }
        for entry in &told.entries {
            let resources = entry.resources.intersect(&missing);
            if resources.is_empty() {
                continue;
            }
            let is_before = |since| entry.date.is_some_and(|date| date < since);
            if other.since.is_some_and(is_before) {
                continue;
            }
            let due = entry.date.and_then(|date| date.checked_add(grace).ok());
            if due.is_some_and(|due| due > other.until) {
                self.young = self.young.saturating_add(1);
                continue;
            }
            self.missing.push(Missing {
                source: ends.0,
                recipient: ends.1,
                teller,
                at,
                stage: entry.stage,
                date: entry.date,
                place: entry.pointer(),
                resources,
            });
        }
    }

    fn differences(&mut self, ends: (Rir, Rir), left: &Side<'_>, came: &Side<'_>) {
        let spans = came.spans();
        for entry in &left.entries {
            let mut others: Vec<usize> = spans
                .over(&entry.resources)
                .map(|(_, place)| place)
                .collect();
            others.sort_unstable();
            others.dedup();
            for place in others {
                let Some(latest) = came.entries.get(place).copied() else {
                    continue;
                };
                let other = nearest(entry, latest, &came.entries);
                for (what, ours, theirs) in differences(entry, other) {
                    self.differs.push(Differs {
                        source: ends.0,
                        recipient: ends.1,
                        what,
                        by_source: ours,
                        by_recipient: theirs,
                        place: entry.pointer(),
                        other_place: other.pointer(),
                        resources: entry.resources.intersect(&other.resources),
                    });
                }
            }
        }
    }

    /// Compares what two logs that list transfers in progress say of those between their registries.
    fn progress(&mut self, ends: (Rir, Rir), ours: &Log, theirs: &Log) {
        let lists = |log: &Log| log.listed_in_progress.is_some() && log.stopped.is_none();
        if !lists(ours) || !lists(theirs) {
            return;
        }
        let own = |log: &Log, wanted: fn(Stage) -> bool| -> Resources {
            let all = log.in_progress();
            let all = all.filter(|entry| entry.pair() == Some(ends) && wanted(entry.stage));
            together(&all.collect::<Vec<_>>())
        };
        let accepted = |stage| stage == Stage::RecipientAccepted;
        for (teller, told, at, other) in [
            (ends.0, ours, ends.1, theirs),
            (ends.1, theirs, ends.0, ours),
        ] {
            // What the recipient accepted is in both logs; what it has not, at least in the source's.
            let wanted: fn(Stage) -> bool = match at == ends.0 {
                true => Stage::is_in_progress,
                false => accepted,
            };
            let missing = own(told, wanted).minus(&own(other, Stage::is_in_progress));
            if missing.is_empty() {
                continue;
            }
            let all = told.in_progress();
            for entry in all.filter(|entry| entry.pair() == Some(ends) && wanted(entry.stage)) {
                let resources = entry.resources.intersect(&missing);
                if !resources.is_empty() {
                    self.unaccepted.push(Missing {
                        source: ends.0,
                        recipient: ends.1,
                        teller,
                        at,
                        stage: entry.stage,
                        date: None,
                        place: entry.pointer(),
                        resources,
                    });
                }
            }
        }
    }
}

/// Returns the entry that tells the same transfer: of several of one resource the one dated nearest.
fn nearest<'l>(entry: &Entry, latest: &'l Entry, all: &[&'l Entry]) -> &'l Entry {
    let far = |other: &Entry| match (entry.date, other.date) {
        (Some(a), Some(b)) => a.duration_since(b).abs(),
        _ => SignedDuration::MAX,
    };
    if far(latest) <= APART || entry.date.is_none() {
        return latest;
    }
    let overlapping = all
        .iter()
        .copied()
        .filter(|other| other.resources.overlaps(&entry.resources));
    overlapping.min_by_key(|other| far(other)).unwrap_or(latest)
}

/// Returns in what two entries of one transfer differ, with what each says.
fn differences(ours: &Entry, theirs: &Entry) -> Vec<(Difference, String, String)> {
    let mut all = Vec::new();
    if let (Some(a), Some(b)) = (ours.date, theirs.date)
        && a.duration_since(b).abs() > APART
    {
        all.push((Difference::Date, a.to_string(), b.to_string()));
    }
    if let (Some(a), Some(b)) = (ours.kind, theirs.kind)
        && a != b
    {
        all.push((Difference::Type, a.to_string(), b.to_string()));
    }
    for (a, b) in [(&ours.from, &theirs.from), (&ours.to, &theirs.to)] {
        let (Some(a), Some(b)) = (a, b) else { continue };
        let pairs: [(Difference, fn(&Organization) -> &str); 2] = [
            (Difference::Country, |one| &one.country),
            (Difference::Name, |one| &one.name),
        ];
        for (what, of) in pairs {
            let (a, b) = (of(a), of(b));
            if !a.is_empty() && !b.is_empty() && folded(a) != folded(b) {
                all.push((what, a.to_owned(), b.to_owned()));
            }
        }
    }
    all
}

/// Returns letters and digits of a text in one case.
fn folded(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}
