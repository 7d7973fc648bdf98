//! The calendar of what expires, read as strictly as RFC 5545 is written.

use std::collections::{BTreeMap, BTreeSet};

use quintet::report::{Options, named};

use crate::reports::{audit, written};

/// The properties of a component by name; none of ours may stand twice.
type Properties = BTreeMap<String, String>;

/// Reads a calendar: its own properties, and those of its events.
#[track_caller]
fn read(text: &str) -> (Properties, Vec<Properties>) {
    assert!(text.ends_with("\r\n"), "the last line ends, too");
    let bare = text.replace("\r\n", "");
    assert!(!bare.contains(['\r', '\n']), "lines end with CRLF alone");
    for line in text.split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
    }
    let unfolded = text.replace("\r\n ", "");
    let (mut calendar, mut events) = (Properties::new(), Vec::new());
    let mut open: Vec<String> = Vec::new();
    for line in unfolded.trim_end_matches("\r\n").split("\r\n") {
        let (name, value) = line.split_once(':').unwrap();
        assert!(
            name.chars().all(|c| c.is_ascii_uppercase() || c == '-'),
            "{line}"
        );
        assert!(!value.chars().any(char::is_control), "{line}");
        match name {
            "BEGIN" => {
                assert_eq!(value, ["VCALENDAR", "VEVENT"][open.len()]);
                open.push(value.to_owned());
                if value == "VEVENT" {
                    events.push(Properties::new());
                }
            }
            "END" => assert_eq!(open.pop().unwrap(), value),
            _ => {
                let into = match open.len() {
                    1 => &mut calendar,
                    2 => events.last_mut().unwrap(),
                    _ => panic!("outside of the calendar: {line}"),
                };
                let before = into.insert(name.to_owned(), value.to_owned());
                assert_eq!(before, None, "twice: {line}");
            }
        }
    }
    assert!(open.is_empty());
    (calendar, events)
}

/// Reads a value of type TEXT; what must be escaped and is not is a mistake.
#[track_caller]
fn text(value: &str) -> String {
    let mut read = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n' | 'N') => read.push('\n'),
                Some(c @ ('\\' | ';' | ',')) => read.push(c),
                other => panic!("escaped {other:?} in {value}"),
            },
            ';' | ',' => panic!("not escaped in {value}"),
            c => read.push(c),
        }
    }
    read
}

#[track_caller]
fn time(value: &str) -> jiff::Timestamp {
    let format = "%Y%m%dT%H%M%SZ";
    let time = jiff::civil::DateTime::strptime(format, value).unwrap();
    time.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
}

#[test]
fn every_item_is_an_event_of_a_calendar_as_the_rfc_wants_it() {
    let audit = audit(Vec::new(), Vec::new(), false);
    let (calendar, events) = read(&written(&audit, "ics", Options::default()));
    assert_eq!(calendar["VERSION"], "2.0");
    assert!(!text(&calendar["PRODID"]).is_empty());
    assert_eq!(events.len(), audit.results.expiries.len());
    let mut ids = BTreeSet::new();
    for (event, expiry) in events.iter().zip(&audit.results.expiries) {
        assert!(ids.insert(text(&event["UID"])), "{}", event["UID"]);
        assert_eq!(time(&event["DTSTART"]), expiry.at);
        assert_eq!(time(&event["DTSTAMP"]), audit.run.started);
        assert!(text(&event["SUMMARY"]).ends_with(" expires"));
        let described = text(&event["DESCRIPTION"]);
        assert!(described.starts_with(&format!("{}\n", expiry.uri)));
    }
    let summaries: Vec<String> = events.iter().map(|e| text(&e["SUMMARY"])).collect();
    assert_eq!(summaries[0], "ARIN: TLS certificate expires");
    assert_eq!(summaries[1], "LACNIC: CRL of the trust anchor expires");
}

#[test]
fn a_renewal_moves_its_event_and_another_target_has_its_own() {
    let ids = |audit: &quintet::audit::Audit| -> Vec<String> {
        let (_, events) = read(&written(audit, "ics", Options::default()));
        events.into_iter().map(|e| e["UID"].clone()).collect()
    };
    let mut audit = audit(Vec::new(), Vec::new(), false);
    let before = ids(&audit);
    audit.run.started = "2026-12-21T10:02:11Z".parse().unwrap();
    for expiry in &mut audit.results.expiries {
        expiry.at = "2029-01-01T00:00:00Z".parse().unwrap();
        expiry.observation.push_str(" attempt 2");
    }
    assert_eq!(ids(&audit), before);
    "live".clone_into(&mut audit.run.target);
    assert!(ids(&audit).iter().all(|id| !before.contains(id)));
}

#[test]
fn text_of_a_server_cannot_add_a_line_to_the_calendar() {
    let mut audit = audit(Vec::new(), Vec::new(), false);
    let hostile = "x\r\nEND:VCALENDAR\r\n;,\\\u{7}\u{2028}";
    hostile.clone_into(&mut audit.results.expiries[0].uri);
    hostile.clone_into(&mut audit.results.expiries[0].what);
    let (_, events) = read(&written(&audit, "ics", Options::default()));
    assert_eq!(events.len(), audit.results.expiries.len());
}

#[test]
fn what_has_no_dates_keeps_no_calendar() {
    let mut audit = audit(Vec::new(), Vec::new(), false);
    let format = named("ics").unwrap();
    assert!(format.applies(&audit));
    audit.results.expiries.clear();
    assert!(!format.applies(&audit));
    let (_, events) = read(&written(&audit, "ics", Options::default()));
    assert!(events.is_empty());
}
