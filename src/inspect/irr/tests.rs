//! Dumps, good and bad.

use super::*;

const GOOD: &str = "\
# A dump.
% of everything

route:          192.0.2.0/24 # documentation
descr:          one
 and more
+
origin:         AS64496
source:         TEST

route6:         2001:db8::/32
origin:
+               AS64497
source:         test

as-set:         AS-TEST
members:        AS64496,
                AS64497
source:         TEST
";

fn inspect(text: &[u8], source: &str) -> (Dump, Vec<String>) {
    let mut tally = Tally::default();
    let (dump, stopped) = read(text, source, &mut tally);
    assert!(stopped.is_none());
    let found = tally.finish().findings;
    let told = found
        .iter()
        .map(|f| format!("{}: {}: {}", f.rule, f.location, f.message));
    (dump, told.collect())
}

#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(GOOD.contains(from), "{from}");
    let (dump, found) = inspect(GOOD.replacen(from, to, 1).as_bytes(), "TEST");
    assert_eq!(found, expected);
    assert!(dump.objects >= 3, "{dump:?}");
}

#[test]
fn a_good_dump_is_read_whole_and_nothing_is_found() {
    let (dump, found) = inspect(GOOD.as_bytes(), "TEST");
    assert!(found.is_empty(), "{found:?}");
    assert_eq!((dump.objects, dump.lines), (3, 19));
    assert_eq!(dump.octets, GOOD.len() as u64);
    let classes: Vec<(&str, u64)> = dump
        .classes
        .iter()
        .map(|(name, n)| (name.as_str(), *n))
        .collect();
    assert_eq!(classes, [("as-set", 1), ("route", 1), ("route6", 1)]);
    let routes: Vec<String> = dump
        .routes
        .iter()
        .map(|route| {
            format!(
                "{} {} {}",
                route.line,
                route.addresses.prefix().unwrap(),
                route.origin
            )
        })
        .collect();
    assert_eq!(
        routes,
        ["4 192.0.2.0/24 AS64496", "11 2001:db8::/32 AS64497"]
    );
}

#[test]
fn every_object_has_the_source_of_the_dump() {
    check(
        "AS64496\nsource:         TEST",
        "AS64496\nsource:         OTHER",
        &["irr.object.source: line 4, source: `OTHER` for `192.0.2.0/24`; expected TEST"],
    );
    check(
        "AS64496\nsource:         TEST\n",
        "AS64496\n",
        &["irr.object.source: line 4, source: nothing for `192.0.2.0/24`; expected TEST"],
    );
    let (dump, found) = inspect(GOOD.as_bytes(), "");
    assert!(found.is_empty() && dump.sources.len() == 2, "{found:?}");
}

#[test]
fn routes_have_a_prefix_and_an_origin() {
    for (from, to, expected) in [
        (
            "192.0.2.0/24",
            "192.0.2.1/24",
            "irr.route.prefix: line 4, route: `192.0.2.1/24`; expected a prefix of IPv4",
        ),
        (
            "192.0.2.0/24",
            "2001:db8::/32",
            "irr.route.prefix: line 4, route: `2001:db8::/32`; expected a prefix of IPv4",
        ),
        (
            "2001:db8::/32",
            "192.0.2.0/24",
            "irr.route.prefix: line 11, route6: `192.0.2.0/24`; expected a prefix of IPv6",
        ),
        (
            "AS64496",
            "AS1.10",
            "irr.route.origin: line 4, origin: `AS1.10` for `192.0.2.0/24`; expected an AS number",
        ),
        (
            "AS64496",
            "AS4294967296",
            "irr.route.origin: line 4, origin: `AS4294967296` for `192.0.2.0/24`; expected an AS number",
        ),
        (
            "origin:         AS64496\n",
            "",
            "irr.route.origin: line 4, origin: `` for `192.0.2.0/24`; expected an AS number",
        ),
    ] {
        check(from, to, &[expected]);
    }
}

#[test]
fn lines_that_are_nothing_are_told_and_the_rest_is_read() {
    check(
        "descr:          one",
        "descr one",
        &["irr.dump.line: line 5: `descr one`; expected an attribute and its value"],
    );
    check(
        "% of everything\n",
        "% of everything\n\n  more\n",
        &["irr.dump.line: line 4: it goes on with a value, and there is none before"],
    );
    let long = format!("descr: {}\n", "x".repeat(LONGEST_LINE));
    check(
        "descr:          one\n",
        &long,
        &["irr.dump.line: line 5: a line of more than 262144 octets is not read to its end"],
    );
}

#[test]
fn a_dump_that_breaks_off_says_so_and_keeps_what_was_read() {
    use std::io::{BufReader, Read, Write as _};
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(GOOD.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let cut = flate2::read::GzDecoder::new(&packed[..packed.len() - 10]).take(1 << 20);
    let mut tally = Tally::default();
    let (dump, stopped) = read(BufReader::new(cut), "TEST", &mut tally);
    assert!(stopped.is_some() && dump.objects > 0, "{dump:?}");
    assert_eq!(tally.count(WHOLE.id), 1);
}

#[test]
fn octets_of_any_kind_are_read() {
    for length in 0..GOOD.len() {
        inspect(&GOOD.as_bytes()[..length], "TEST");
        let mut changed = GOOD.as_bytes().to_vec();
        changed[length] ^= 0xff;
        inspect(&changed, "TEST");
    }
    inspect(&[0; 4_096], "");
    inspect(&[b':'; 4_096], "");
}
