//! What a log says, as facts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::super::redirect::cut;
use crate::fact::{Facts, TextSet, Value};
use crate::inspect::transfers::{
    self, Changes, Entry, History, Kind, Line, Log, Rir, Short, Tally,
};
use crate::resource::Resources;

/// Most days, pairs and kinds that are listed.
const MOST_DAYS: usize = 10_000;

/// Most transfers of one list.
const MOST_LISTED: usize = 1_000;

/// Returns all facts of a log; `earlier` is the log of an earlier run, with the run's id.
pub(super) fn facts(
    log: &Log,
    tally: &mut Tally,
    earlier: Option<(String, Short)>,
    at: Timestamp,
    recent: SignedDuration,
) -> Facts {
    let mut facts = Facts::new();
    said(log, at, &mut facts);
    counts(log, &mut facts);
    resources(log, &mut facts);
    facts.set("pair_list", pairs(log));
    facts.set("day_list", days(log, at));
    lists(log, at, recent, &mut facts);
    if let Some((run, short)) = earlier {
        let changes = transfers::compare(log, &short, tally);
        series(&run, &short, &changes, at, &mut facts);
    }
    deviations(tally, &mut facts);
    facts
}

fn said(log: &Log, at: Timestamp, facts: &mut Facts) {
    facts.set("version", Value::text(cut(&log.version_text)));
    facts.set("producer", Value::text(cut(&log.producer_text)));
    facts.set("order", Value::text(log.order.as_str()));
    facts.set("whole", Value::Flag(log.stopped.is_none()));
    let registry = log.registry().map(|rir| Value::text(rir.id()));
    let age = log.produced.map(|produced| at.duration_since(produced));
    for (path, value) in [
        ("registry", registry),
        ("produced", log.produced.map(Value::Time)),
        ("age", age.map(Value::Duration)),
        ("interval.begins", log.begins.map(Value::Time)),
        ("interval.ends", log.ends.map(Value::Time)),
        ("offset_minutes", log.offset_minutes.map(Value::Count)),
    ] {
        set_some(facts, path, value);
    }
}

fn set_some(facts: &mut Facts, path: &str, value: Option<Value>) {
    if let Some(value) = value {
        facts.set(path, value);
    }
}

fn count(number: u64) -> Value {
    Value::Count(i64::try_from(number).unwrap_or(i64::MAX))
}

fn counts(log: &Log, facts: &mut Facts) {
    let of = |wanted: fn(&Entry) -> bool| {
        let those = log.completed().filter(|entry| wanted(entry));
        Value::count(those.count())
    };
    facts.set("transfers.count", of(|_| true));
    facts.set("transfers.between", of(Entry::is_between));
    facts.set(
        "transfers.within",
        of(|e| {
            e.pair()
                .is_some_and(|(source, recipient)| source == recipient)
        }),
    );
    facts.set(
        "transfers.mergers",
        of(|e| e.kind == Some(Kind::MergerAcquisition)),
    );
    facts.set("transfers.undated", of(|e| e.date.is_none()));
    let dates = || log.completed().filter_map(|entry| entry.date);
    set_some(facts, "transfers.first", dates().min().map(Value::Time));
    set_some(facts, "transfers.last", dates().max().map(Value::Time));
    let listed = Value::Flag(log.listed_in_progress.is_some());
    facts.set("in_progress.listed", listed);
    facts.set("in_progress.count", Value::count(log.in_progress().count()));
    facts.set("unread", count(log.unread));
}

fn resources(log: &Log, facts: &mut Facts) {
    let lines = log
        .entries
        .iter()
        .map(|entry| Line::from(entry).to_string());
    facts.set("entries", Value::Set(TextSet::of(lines)));
    let Some(own) = log.registry() else {
        return;
    };
    let history = History::of([(Some(own), log)]);
    let held = history.holdings().remove(&own).unwrap_or_default();
    for (path, resources) in [("received", held), ("departed", history.departed(own))] {
        let Resources { addresses, asns } = resources;
        facts.set(format!("{path}.addresses"), Value::Addresses(addresses));
        facts.set(format!("{path}.asns"), Value::Asns(asns));
    }
}

/// Returns the kinds of resources of a transfer.
fn kinds(entry: &Entry) -> impl Iterator<Item = &'static str> {
    let Resources { addresses, asns } = &entry.resources;
    let all = [
        (addresses.count_ipv4() > 0, "ipv4"),
        (addresses.count_ipv6() > 0, "ipv6"),
        (!asns.is_empty(), "asn"),
    ];
    all.into_iter()
        .filter_map(|(is_there, kind)| is_there.then_some(kind))
}

fn pairs(log: &Log) -> Value {
    type Seen = (i64, Option<Timestamp>, Option<Timestamp>);
    let mut all: BTreeMap<(Rir, Rir, &str), Seen> = BTreeMap::new();
    for entry in log.completed().filter(|entry| entry.is_between()) {
        let Some((source, recipient)) = entry.pair() else {
            continue;
        };
        for kind in kinds(entry) {
            let (number, first, last) = all.entry((source, recipient, kind)).or_default();
            *number = number.saturating_add(1);
            *first = entry
                .date
                .map(|date| first.map_or(date, |f| f.min(date)))
                .or(*first);
            *last = entry.date.max(*last);
        }
    }
    let records = all.into_iter().map(|((source, recipient, kind), seen)| {
        let (number, first, last) = seen;
        let mut record = Facts::new();
        record.set("source", Value::text(source.id()));
        record.set("recipient", Value::text(recipient.id()));
        record.set("kind", Value::text(kind));
        record.set("transfers", Value::Count(number));
        set_some(&mut record, "first", first.map(Value::Time));
        set_some(&mut record, "last", last.map(Value::Time));
        record
    });
    Value::Records(records.collect())
}

fn days(log: &Log, at: Timestamp) -> Value {
    type Key = (Timestamp, Rir, Rir, &'static str, Option<Kind>);
    let mut all: BTreeMap<Key, (i64, String)> = BTreeMap::new();
    for entry in log.completed().chain(log.in_progress()) {
        let date = match entry.stage.is_in_progress() {
            true => Some(at),
            false => entry.date,
        };
        let (Some((source, recipient)), Some(date), true) =
            (entry.pair(), date, entry.is_between())
        else {
            continue;
        };
        for kind in kinds(entry) {
            let key = (day(date), source, recipient, kind, entry.kind);
            let (number, _) = all.entry(key).or_insert_with(|| (0, entry.pointer()));
            *number = number.saturating_add(1);
        }
    }
    let latest = all.into_iter().rev().take(MOST_DAYS);
    let records = latest.map(|((day, source, recipient, kind, of), (number, place))| {
        let mut record = Facts::new();
        record.set("day", Value::Time(day));
        record.set("source", Value::text(source.id()));
        record.set("recipient", Value::text(recipient.id()));
        record.set("kind", Value::text(kind));
        record.set("type", Value::text(of.map_or("", Kind::as_str)));
        record.set("transfers", Value::Count(number));
        record.set("place", Value::text(place));
        record
    });
    Value::Records(records.collect())
}

/// Returns the beginning of a day, UTC.
fn day(at: Timestamp) -> Timestamp {
    let date = TimeZone::UTC.to_datetime(at).date();
    let begins = TimeZone::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight()));
    begins.unwrap_or(at)
}

fn lists(log: &Log, at: Timestamp, recent: SignedDuration, facts: &mut Facts) {
    let since = at.checked_sub(recent).unwrap_or(Timestamp::MIN);
    let new = log.completed().filter(|entry| entry.is_between());
    let new = new.filter(|entry| entry.date.is_some_and(|date| date >= since));
    let mut new: Vec<&Entry> = new.collect();
    new.sort_by_key(|entry| std::cmp::Reverse(entry.date));
    facts.set("recent_list", transfers_of(new));
    facts.set("in_progress_list", transfers_of(log.in_progress()));
}

/// Returns transfers as records.
pub(super) fn transfers_of<'l>(entries: impl IntoIterator<Item = &'l Entry>) -> Value {
    let records = entries.into_iter().take(MOST_LISTED).map(|entry| {
        let mut record = Facts::new();
        record.set("place", Value::text(entry.pointer()));
        record.set("stage", Value::text(entry.stage.as_str()));
        ends(entry.source, entry.recipient, &mut record);
        record.set("type", Value::text(entry.kind.map_or("", Kind::as_str)));
        set_some(&mut record, "date", entry.date.map(Value::Time));
        let Resources { addresses, asns } = &entry.resources;
        record.set("addresses", Value::Addresses(addresses.clone()));
        record.set("asns", Value::Asns(asns.clone()));
        let all = cut(&entry.resources.to_string());
        record.set("resources", Value::text(all));
        record
    });
    Value::Records(records.collect())
}

fn ends(source: Option<Rir>, recipient: Option<Rir>, record: &mut Facts) {
    record.set("source", Value::text(source.map_or("", Rir::id)));
    record.set("recipient", Value::text(recipient.map_or("", Rir::id)));
}

fn deviations(tally: &Tally, facts: &mut Facts) {
    let kinds: BTreeSet<&str> = tally.deviations().map(|(kind, ..)| kind.as_str()).collect();
    let kinds = kinds.into_iter().map(Into::into).collect();
    facts.set("deviations.kinds", Value::Texts(kinds));
    let records = tally.deviations().map(|(kind, number, first)| {
        let mut record = Facts::new();
        record.set("kind", Value::text(kind.as_str()));
        record.set("count", count(number));
        record.set("first", Value::text(first));
        record
    });
    facts.set("deviation_list", Value::Records(records.collect()));
}

fn series(run: &str, earlier: &Short, changes: &Changes<'_>, at: Timestamp, facts: &mut Facts) {
    facts.set("earlier.run", Value::text(run));
    facts.set("earlier.at", Value::Time(earlier.at));
    let produced = earlier.produced.map(Value::Time);
    set_some(facts, "earlier.produced", produced);
    let elapsed = at.duration_since(earlier.at);
    facts.set("elapsed", Value::Duration(elapsed));
    facts.set("gone.count", Value::count(changes.gone.len()));
    facts.set("changed.count", Value::count(changes.changed.len()));
    facts.set("new.count", Value::count(changes.new.len()));
    facts.set("in_progress.still", Value::count(changes.still));
    facts.set("new_list", transfers_of(changes.new.iter().copied()));
    let left = changes.left.iter().take(MOST_LISTED);
    let left = left.map(|(line, completed)| {
        let mut record = Facts::new();
        let (source, recipient) = line.pair.unzip();
        ends(source, recipient, &mut record);
        let Resources { addresses, asns } = &line.resources;
        record.set("addresses", Value::Addresses(addresses.clone()));
        record.set("asns", Value::Asns(asns.clone()));
        record.set("completed", Value::Flag(*completed));
        record
    });
    facts.set("left_list", Value::Records(left.collect()));
}
