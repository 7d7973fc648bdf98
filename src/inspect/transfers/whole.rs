//! Rules over a whole log, when all of it was read.

use std::hash::BuildHasher as _;

use foldhash::{HashMap, HashMapExt as _};
use jiff::Timestamp;

use super::at::At;
use super::entry::{Entry, List, Log, Order};
use super::history::History;
use super::read_entry::Reader;
use super::rules::{Rule, cut};
use super::words::Rir;

/// Applies the rules that need more than one transfer.
pub(super) fn look(reader: &mut Reader<'_>, log: &mut Log) {
    log.order = order(log);
    interval(reader, log);
    dates(reader, log);
    once(reader, log);
    removed(reader, log);
}

fn find(reader: &mut Reader<'_>, rule: Rule, entry: &Entry, message: impl FnOnce() -> String) {
    reader.tally.find(rule, || entry.pointer(), message);
}

/// Returns in which order completed transfers come by their dates.
fn order(log: &Log) -> Order {
    let dates = || {
        let listed = log.entries.iter().filter(|e| e.list == List::Transfers);
        listed.filter_map(|entry| entry.date)
    };
    let pairs = || dates().zip(dates().skip(1));
    match (pairs().all(|(a, b)| a <= b), pairs().all(|(a, b)| a >= b)) {
        (true, true) => Order::Untold,
        (true, false) => Order::Ascending,
        (false, true) => Order::Descending,
        (false, false) => Order::Mixed,
    }
}

/// The interval of records begins, ends, and then the log was made.
fn interval(reader: &mut Reader<'_>, log: &Log) {
    let version = At::member("version");
    let at = version.name("records_interval");
    let mut before = |first: Option<Timestamp>, then: Option<Timestamp>, words: [&str; 2]| {
        let (Some(first), Some(then)) = (first, then) else {
            return;
        };
        reader.tally.look(Rule::IntervalOrder);
        if first > then {
            let [begins, ends] = words;
            reader.find(Rule::IntervalOrder, &at, || {
                format!("{begins} {first}, {ends} {then}")
            });
        }
    };
    before(log.begins, log.ends, ["begins", "ends"]);
    before(log.ends, log.produced, ["ends", "the log was made"]);
}

/// Dates lie within the interval, and not after the log was made.
fn dates(reader: &mut Reader<'_>, log: &Log) {
    for entry in log.completed() {
        let Some(date) = entry.date else {
            continue;
        };
        if let (Some(begins), Some(ends)) = (log.begins, log.ends) {
            reader.tally.look(Rule::IntervalCovers);
            if date < begins || date > ends {
                find(reader, Rule::IntervalCovers, entry, || {
                    format!("dated {date}, in a log from {begins} to {ends}")
                });
            }
        }
        if let Some(produced) = log.produced {
            reader.tally.look(Rule::DateAhead);
            if date > produced {
                find(reader, Rule::DateAhead, entry, || {
                    format!("dated {date}, in a log made {produced}")
                });
            }
        }
    }
}

/// No transfer stands twice in its list.
fn once(reader: &mut Reader<'_>, log: &Log) {
    let hasher = foldhash::fast::FixedState::default();
    let mut known: HashMap<u64, Vec<&Entry>> = HashMap::with_capacity(log.entries.len());
    for entry in &log.entries {
        // What could not be read may differ.
        if entry.resources.is_empty() || entry.pair().is_none() {
            continue;
        }
        reader.tally.look(Rule::EntryOnce);
        let key = hasher.hash_one((entry.list, entry.date, &entry.resources));
        let alike = known.entry(key).or_default();
        let same = |other: &&&Entry| {
            other.list == entry.list
                && other.pair() == entry.pair()
                && other.date == entry.date
                && other.kind == entry.kind
                && other.resources == entry.resources
        };
        match alike.iter().find(same) {
            Some(first) => find(reader, Rule::EntryOnce, entry, || {
                format!("the same as `{}`", first.pointer())
            }),
            None => alike.push(entry),
        }
    }
}

/// What is in progress is still at its source, as far as this log knows.
fn removed(reader: &mut Reader<'_>, log: &Log) {
    if log.in_progress().next().is_none() {
        return;
    }
    let history = History::of([(log.registry(), log)]);
    for entry in log.in_progress() {
        let Some(source) = entry.source else {
            continue;
        };
        reader.tally.look(Rule::ProgressRemoved);
        let elsewhere = |holder: Rir| holder != source;
        let gone = history.held_where(&entry.resources, elsewhere);
        if !gone.is_empty() {
            find(reader, Rule::ProgressRemoved, entry, || {
                let gone = cut(&gone.to_string());
                format!("`{gone}` was transferred from {source} by this log")
            });
        }
    }
}
