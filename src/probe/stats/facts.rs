//! Facts of a statistics file.

use std::sync::Arc;

use jiff::civil;
use jiff::tz::TimeZone;

use super::Seen;
use crate::fact::{Facts, Value};
use crate::inspect::MAX_FINDINGS;
use crate::inspect::stats::{self, Census, Kind, Row, Stats, Status};
use crate::resource::Resources;

/// Publishes what a file says; `day` is that of the request.
pub(super) fn publish(facts: &mut Facts, seen: &Seen, wire: u64, day: civil::Date) {
    let (stats, census) = (&seen.stats, &seen.census);
    facts.set("bytes", Value::Bytes(stats.octets));
    if stats.octets > 0 {
        facts.set("coding_ratio", Value::Ratio(ratio(wire, stats.octets)));
    }
    facts.set("digest", Value::text(seen.digest.as_str()));
    facts.set("md5", Value::text(&seen.md5));
    let format = stats.format().map_or("", stats::Format::as_str);
    facts.set("format", Value::text(format));
    version(facts, stats, census, day);
    habits(facts, census);
    amounts(facts, stats, census);
    facts.set("ids.count", Value::count(stats.holders.len()));
    if let Some((unlike, examples)) = &seen.unlike {
        let examples = examples.iter().map(|id| Arc::from(id.as_str())).collect();
        facts.set("ids.unlike", count(*unlike));
        facts.set("ids.examples", Value::Texts(examples));
    }
}

fn version(facts: &mut Facts, stats: &Stats, census: &Census, day: civil::Date) {
    let Some(version) = &stats.version else {
        return;
    };
    for (path, field) in [
        ("version", 0),
        ("registry", 1),
        ("serial.text", 2),
        ("start.text", 4),
        ("end.text", 5),
        ("offset.text", 6),
    ] {
        facts.set(path, Value::text(version.field(field)));
    }
    facts.set("serial.form", Value::text(census.serial));
    facts.set("start.form", Value::text(census.start));
    facts.set("offset.form", Value::text(&census.offset));
    facts.set("comments", count(census.comments));
    if let Some(days) = census.serial_ahead {
        facts.set("serial.ahead", Value::Count(days));
    }
    let end = version.end.day().and_then(|end| day.since(end).ok());
    if let Some(end) = end {
        facts.set("end.days", Value::Count(i64::from(end.get_days())));
    }
}

fn habits(facts: &mut Facts, census: &Census) {
    for (path, text) in [
        ("order.summaries", &census.summary_order),
        ("order.records", &census.record_order),
        ("order.runs", &census.runs),
        ("order.groups", &census.status_order),
        ("available.fields", &census.available_fields),
        ("reserved.fields", &census.reserved_fields),
        ("pool.countries", &census.pool_countries),
        ("pool.dates", &census.pool_dates),
        ("asns.statuses", &census.asn_statuses),
        ("ids.form", &census.id_form),
        ("countries.beside", &census.beside),
    ] {
        facts.set(path, Value::text(text));
    }
    for (path, number) in [
        ("held.undated", census.undated),
        ("asns.blocks", census.asn_blocks),
        ("ipv4.not_prefixes", census.not_prefixes),
        ("ids.countries", census.countries_of_one),
    ] {
        facts.set(path, count(number));
    }
}

fn amounts(facts: &mut Facts, stats: &Stats, census: &Census) {
    facts.set("records.count", count(stats.records));
    for (kind, records) in Kind::ALL.into_iter().zip(stats.records_of) {
        facts.set(format!("records.{kind}"), count(records));
    }
    for status in [
        Status::Allocated,
        Status::Assigned,
        Status::Available,
        Status::Reserved,
    ] {
        facts.set(format!("records.{status}"), count(census.of_status(status)));
    }
    let [asns, addresses] = census.numbers;
    facts.set("asns.listed", count(asns));
    facts.set("ipv4.listed", count(addresses));
}

/// Publishes what a file says of some resources.
pub(super) fn about(facts: &mut Facts, stats: &Stats, asked: &Resources) {
    let of = |row: &&Row| {
        let numbers = Resources {
            addresses: row.addresses().into_iter().collect(),
            asns: row.asns().into_iter().collect(),
        };
        numbers.overlaps(asked)
    };
    let rows: Vec<&Row> = stats.rows.iter().filter(of).collect();
    let listed = Resources {
        addresses: rows.iter().filter_map(|row| row.addresses()).collect(),
        asns: rows.iter().filter_map(|row| row.asns()).collect(),
    };
    let listed = listed.intersect(asked);
    facts.set("about.addresses", Value::Addresses(listed.addresses));
    facts.set("about.asns", Value::Asns(listed.asns));
    let rows = rows.into_iter().take(MAX_FINDINGS);
    let rows = rows.map(|row| record(stats, row)).collect();
    facts.set("about.row_list", Value::Records(rows));
}

/// Returns a record about some resources.
fn record(stats: &Stats, row: &Row) -> Facts {
    let mut record = Facts::new();
    record.set("line", count(u64::from(row.line)));
    let addresses = row.addresses().into_iter().collect();
    record.set("addresses", Value::Addresses(addresses));
    record.set("asns", Value::Asns(row.asns().into_iter().collect()));
    record.set("status", Value::text(row.status.as_str()));
    record.set("held", Value::Flag(row.status.is_held()));
    record.set("country", Value::text(row.country.to_string()));
    let day = row
        .date
        .day()
        .and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    if let Some(day) = day {
        record.set("date", Value::Time(day.timestamp()));
    }
    record.set("holder", Value::text(stats.holder_of(row)));
    record
}

/// Publishes what changed from the file of an earlier run to this one.
pub(super) fn series(facts: &mut Facts, run: &str, earlier: &Stats, later: &Stats) {
    let change = stats::change(earlier, later);
    facts.set("series.run", Value::text(run));
    let end = |stats: &Stats| stats.version.as_ref().and_then(|v| v.end.day());
    let days = end(later).zip(end(earlier));
    if let Some(days) = days.and_then(|(later, earlier)| later.since(earlier).ok()) {
        facts.set("series.days", Value::Count(i64::from(days.get_days())));
    }
    let [before, after] = change.records;
    let moved = before.abs_diff(after);
    let fell = |(before, after): (u64, u64)| ratio(before.saturating_sub(after), before.max(1));
    let [before_of, after_of] = change.records_of;
    let most = before_of.into_iter().zip(after_of).map(fell);
    facts.set("series.records", Value::Ratio(ratio(moved, before.max(1))));
    facts.set("series.fell", Value::Ratio(most.fold(0.0, f64::max)));
    for (path, number) in [
        ("series.common", change.common),
        ("series.dates", change.dates),
        ("series.countries", change.countries),
        ("series.statuses", change.statuses),
        ("series.gone", change.gone),
    ] {
        facts.set(path, count(number));
    }
    if change.common > 0 {
        let other = change.common.saturating_sub(change.same_holder);
        facts.set("series.ids", Value::Ratio(ratio(other, change.common)));
    }
}

/// Wraps a number of things; more than `i64` holds is cut to its largest.
pub(super) fn count(number: u64) -> Value {
    Value::Count(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Divides two counts of octets or records.
fn ratio(part: u64, whole: u64) -> f64 {
    // Both are far below 2^53.
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "no conversion of u64 to f64 is without loss, and none is needed"
    )]
    let ratio = part as f64 / whole as f64;
    ratio
}
