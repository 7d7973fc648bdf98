//! Ghostbusters records: rules about their vCard.
//!
//! Findings show no contents: a record is about a person.
//!
//! Source: RFC 6493, section 5.

use super::der::Item;
use super::kind::{Kind, Kinds};
use super::object::{Content, Object};
use super::{Context, Rule, Seen, rule};

const RECORDS: Kinds = Kinds::of(&[Kind::Ghostbusters]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.gbr.vcard", RECORDS, vcard),
    rule("rpki.gbr.properties", RECORDS, properties),
    rule("rpki.gbr.contact", RECORDS, contact),
];

/// Properties that a record may have.
const ALLOWED: &[&str] = &[
    "BEGIN", "VERSION", "FN", "ORG", "ADR", "TEL", "EMAIL", "END",
];

const FIELD: &str = "eContent";

fn record<'a>(object: &Object<'a>) -> Option<Item<'a>> {
    if let Content::Ghostbusters(record) = &object.content {
        Some(*record)
    } else {
        None
    }
}

/// Iterates over the lines of a vCard that begin a property: offset, name and the whole line.
///
/// A line that begins with a space or tab continues the one before.
fn lines<'a>(record: &Item<'a>) -> impl Iterator<Item = (usize, &'a [u8], &'a [u8])> {
    let mut at = record.start;
    let lines = record.octets.split_inclusive(|octet| *octet == b'\n');
    lines.filter_map(move |line| {
        let start = at;
        at += line.len();
        let begins = !line
            .first()
            .is_some_and(|first| matches!(first, b' ' | b'\t'));
        let end = line.iter().position(|octet| matches!(octet, b':' | b';'));
        let name = line.get(..end.unwrap_or_default()).unwrap_or_default();
        begins.then_some((start, name, line))
    })
}

fn vcard(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(record) = record(object) else { return };
    seen.look();
    if std::str::from_utf8(record.octets).is_err() {
        return seen.find(record.at, FIELD, "not UTF-8");
    }
    let is = |line: &[u8], text: &str| line.trim_ascii_end().eq_ignore_ascii_case(text.as_bytes());
    let mut all = lines(&record);
    let first = all
        .next()
        .is_some_and(|(_, _, line)| is(line, "BEGIN:VCARD"));
    let second = all
        .next()
        .is_some_and(|(_, _, line)| is(line, "VERSION:4.0"));
    let last = all.last();
    if !first {
        seen.find(record.start, FIELD, "the first line is not `BEGIN:VCARD`");
    }
    if !second {
        seen.find(record.start, FIELD, "the second line is not `VERSION:4.0`");
    }
    if !last.is_some_and(|(_, _, line)| is(line, "END:VCARD")) {
        let at = last.map_or(record.start, |(at, _, _)| at);
        seen.find(at, FIELD, "the last line is not `END:VCARD`");
    }
    if record
        .octets
        .windows(2)
        .any(|pair| matches!(pair, [before, b'\n'] if *before != b'\r'))
    {
        seen.find(
            record.start,
            FIELD,
            "a line that does not end with CR and LF",
        );
    }
}

fn properties(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(record) = record(object) else { return };
    let is = |name: &[u8], known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    seen.look();
    for (at, name, _) in lines(&record) {
        if !ALLOWED.iter().any(|known| is(name, known)) {
            seen.find(at, FIELD, "a property that a record does not have");
        }
    }
    if !lines(&record).any(|(_, name, _)| is(name, "FN")) {
        seen.find(record.start, FIELD, "no property `FN`");
    }
}

fn contact(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(record) = record(object) else { return };
    seen.look();
    let ways = ["ADR", "TEL", "EMAIL"];
    let is_way = |name: &[u8]| {
        ways.iter()
            .any(|way| name.eq_ignore_ascii_case(way.as_bytes()))
    };
    if !lines(&record).any(|(_, name, _)| is_way(name)) {
        seen.find(record.start, FIELD, "none of `ADR`, `TEL` and `EMAIL`");
    }
}
