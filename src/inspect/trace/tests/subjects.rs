//! Statistics, holders, and who did not answer.

use serde_json::json;

use super::*;
use crate::fact::Json;
use crate::inspect::stats;

#[test]
fn statistics_are_read_record_by_record_and_by_holder() {
    let text = "2|ripencc|20261121|3|19830705|20261121|+0100\n\
        ripencc|NL|ipv4|203.64.0.0|65536|20011105|allocated|abc-1\n\
        ripencc|NL|asn|4750|1|20011106|allocated|abc-1\n\
        ripencc||ipv4|193.200.0.0|256||available\n";
    let stats = stats::read(text.as_bytes()).0;
    let cell = |subject: &str| {
        let file = File {
            stats: &stats,
            url: "https://ftp.ripe-ncc.test/stats".to_owned(),
            at: at("2026-11-22T07:00:00Z"),
        };
        let mut seen = Seen::default();
        seen.statistics.insert(id("ripe-ncc"), Ok(file));
        seen.statistics
            .insert(id("apnic"), Err("no answer".to_owned()));
        let trace = join(&Subject::read(subject).unwrap(), &known(), &seen);
        let row = trace.row(Plane::Statistics).unwrap();
        row.registries.get(&id("ripe-ncc")).unwrap().clone()
    };
    let prefix = cell(PREFIX);
    assert_eq!(prefix.claim, Claim::Holds);
    assert_eq!(prefix.forms.first().unwrap(), "allocated NL 2001-11-05");
    assert_eq!(
        prefix.words,
        "203.64.0.0/16 allocated NL 2001-11-05 of abc-1"
    );
    assert_eq!(prefix.dated, Some(at("2026-11-21T00:00:00Z")));
    assert_eq!(
        cell("203.64.0.0/15").words,
        "203.64.0.0/16 allocated NL 2001-11-05 of abc-1 (of 203.64.0.0/16)"
    );
    assert_eq!(cell("193.200.0.7").forms.last().unwrap(), "available");
    assert_eq!(cell("193.200.0.7").claim, Claim::Says);
    assert_eq!(cell("10.0.0.0/8").claim, Claim::Nothing);
    assert_eq!(
        cell("AS4750").words,
        "AS4750 allocated NL 2001-11-06 of abc-1"
    );
    let holder = cell("ABC-1");
    assert_eq!(holder.claim, Claim::Holds);
    assert_eq!(holder.forms.first().unwrap(), "allocated, 2 records");
}

#[test]
fn what_was_not_answered_says_so_and_takes_no_part() {
    let mut all = transferred();
    all.rdap.insert(id("apnic"), vec![failed("apnic")]);
    let trace = trace(&all);
    let row = trace.row(Plane::Rdap).unwrap();
    let cell = row.registries.get(&id("apnic")).unwrap();
    assert_eq!(cell.forms, ["? timeout"]);
    assert_eq!(cell.words, "timeout: nothing within 5s");
    disagrees(&all, &[]);
}

#[test]
fn a_holder_is_known_where_rdap_and_whois_know_it() {
    let json = json!({ "handle": "ORG-T1", "objectClassName": "entity",
        "vcardArray": ["vcard", [["kind", {}, "text", "org"], ["fn", {}, "text", "Tulip\u{1b}[2J"]]],
        "networks": [{ "startAddress": "203.64.0.0", "endAddress": "203.64.255.255" }],
        "autnums": [{ "startAutnum": 4750, "endAutnum": 4750 }] });
    let facts = [
        ("status", Value::Count(200)),
        ("json", Value::Json(Json::new(json))),
    ];
    let mut seen_of = Seen::default();
    seen_of
        .rdap
        .insert(id("ripe-ncc"), vec![seen("ripe-ncc", facts)]);
    let named = seen("ripe-ncc", [("fields.organisation", Value::text("org-t1"))]);
    seen_of.whois.insert(id("ripe-ncc"), vec![named]);
    let trace = join(&Subject::read("ORG-T1").unwrap(), &known(), &seen_of);
    let planes: Vec<Plane> = trace.rows.iter().map(|row| row.plane).collect();
    assert_eq!(planes, [Plane::Statistics, Plane::Rdap, Plane::Whois]);
    let row = trace.row(Plane::Rdap).unwrap();
    let cell = row.registries.get(&id("ripe-ncc")).unwrap();
    assert_eq!(cell.words, "ORG-T1 (Tulip[2J) with 203.64.0.0/16, AS4750");
    let row = trace.row(Plane::Whois).unwrap();
    let cell = row.registries.get(&id("ripe-ncc")).unwrap();
    assert_eq!(cell.claim, Claim::Holds);
    assert_eq!((trace.held, trace.disagreements), (vec![], vec![]));
}
