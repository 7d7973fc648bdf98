//! The reader and its rules over small files, each with one thing wrong.

use super::*;
use crate::inspect::RuleId as _;

/// A file of the extended format in which everything is right.
const GOOD: &str = "\
2|ripencc|1539467999|6|19830705|20181013|+0200
ripencc|*|ipv4|*|3|summary
ripencc|*|asn|*|2|summary
ripencc|*|ipv6|*|1|summary
ripencc|NL|ipv4|192.0.2.0|256|19940325|allocated|6c170944-abac-4543-8948-6130b9a05faf
ripencc|EU|ipv4|198.51.100.0|768|20010102|assigned|6c170944-abac-4543-8948-6130b9a05faf
ripencc||ipv4|203.0.113.0|256||available|
ripencc|NL|asn|64496|1|19940325|allocated|6c170944-abac-4543-8948-6130b9a05faf
ripencc|ZZ|asn|64511|1||reserved|
ripencc|NO|ipv6|2001:db8::|32|20010102|allocated|0a170944-abac-4543-8948-6130b9a05faf
";

fn inspect(text: &[u8]) -> (Stats, Tally) {
    let (stats, mut tally, stopped) = read(text);
    assert!(stopped.is_none());
    look(&stats, &mut tally);
    (stats, tally)
}

/// Checks what is found if a text of the good file is replaced: `rule: place: message`.
#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(GOOD.contains(from), "{from}");
    let text = GOOD.replace(from, to);
    let (_, tally) = inspect(text.as_bytes());
    let found = tally.finish().findings;
    let found: Vec<String> = found
        .iter()
        .map(|f| format!("{}: {}: {}", f.rule, f.location, f.message))
        .collect();
    assert_eq!(found, expected, "{from} -> {to}");
}

#[test]
fn a_good_file_is_read_whole_and_nothing_is_found() {
    check("ripencc", "ripencc", &[]);
    let (stats, tally) = inspect(GOOD.as_bytes());
    assert_eq!(stats.rows.len(), 6);
    assert_eq!(stats.records_of, [2, 3, 1]);
    assert_eq!(stats.format(), Some(Format::Extended));
    assert_eq!(stats.holders.len(), 2);
    let unseen: Vec<&str> = Rule::ALL
        .iter()
        .filter(|rule| !tally.has_looked(**rule))
        .map(|rule| rule.id())
        .collect();
    assert!(unseen.is_empty(), "{unseen:?}");
    let mut written = Vec::new();
    write(&stats, &mut written).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), GOOD);
}

#[test]
fn however_the_octets_come_the_file_is_the_same() {
    let (whole, _) = inspect(GOOD.as_bytes());
    for size in [1, 2, 7, 64, 100] {
        let mut reader = Reader::new();
        for part in GOOD.as_bytes().chunks(size) {
            reader.feed(part);
        }
        let (stats, tally) = reader.finish();
        assert_eq!(stats.rows, whole.rows, "{size}");
        assert!(tally.finish().findings.is_empty(), "{size}");
    }
}

#[test]
fn the_version_line_is_first_and_whole() {
    let version = "2|ripencc|1539467999|6|19830705|20181013|+0200\n";
    check(
        version,
        "",
        &["stats.version.line: line 1: there is no version line"],
    );
    check(
        "|20181013|+0200",
        "|20181013",
        &["stats.version.line: line 1: 6 fields; expected 7"],
    );
    check(
        "ripencc|*|ipv4|*|3|summary\n",
        "ripencc|*|ipv4|*|3|summary\n2|ripencc|1|6|||\n",
        &["stats.version.line: line 3: another version line; expected one"],
    );
    check(
        "|1539467999|6|19830705|20181013|",
        "|15394x|-6|19830705|20181313|",
        &[
            "stats.version.values: line 1, serial: `15394x`; expected a number",
            "stats.version.values: line 1, records: `-6`; expected a number",
            "stats.version.values: line 1, enddate: `20181313`; expected a day as YYYYMMDD",
        ],
    );
    check(
        "|6|1983",
        "|7|1983",
        &["stats.version.records: line 1, records: 7, and there are 6 records"],
    );
}

#[test]
fn a_version_line_behind_records_is_read_all_the_same() {
    let (version, rest) = GOOD.split_once('\n').unwrap();
    let (stats, tally) = inspect(format!("{rest}{version}\n").as_bytes());
    assert_eq!(stats.rows.len(), 6);
    let found = tally.finish().findings;
    assert_eq!(
        found[0].message,
        "it stands behind line 1; expected the version line first"
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn registries_are_those_of_the_version_line() {
    check(
        "ripencc|NL|asn",
        "arin|NL|asn",
        &[
            "stats.record.registry: line 8, registry: `arin`; expected `ripencc` of the version line",
        ],
    );
    check(
        "ripencc|*|asn",
        "arin|*|asn",
        &["stats.summary.form: line 3, registry: `arin`; expected `ripencc` of the version line"],
    );
    let (_, tally) = inspect(GOOD.replace("ripencc", "ripe").as_bytes());
    assert_eq!(tally.count(Rule::VersionRegistry), 1);
    assert_eq!(tally.count(Rule::Registry), 0);
}

#[test]
fn summary_lines_count_the_records_of_each_type() {
    check(
        "ripencc|*|asn|*|2|summary\n",
        "",
        &["stats.summary.each: file: there is no summary line for asn"],
    );
    check(
        "ripencc|*|asn|*|2|summary\n",
        "ripencc|*|asn|*|2|summary\nripencc|*|asn|*|2|summary\n",
        &["stats.summary.each: line 4: another summary line for asn beside that of line 3"],
    );
    check(
        "asn|*|2|",
        "asn|*|3|",
        &["stats.summary.count: line 3, count: 3, and there are 2 records of asn"],
    );
    check(
        "asn|*|2|summary",
        "asn|*|two|summary",
        &["stats.summary.form: line 3, count: no number of records"],
    );
    check(
        "ripencc|*|asn|*|2|summary",
        "ripencc|*|asn|2|summary",
        &[
            "stats.file.line: line 3: 5 fields of a summary line; expected 6",
            "stats.summary.each: file: there is no summary line for asn",
        ],
    );
}

#[test]
fn a_cut_file_is_told_by_its_numbers_and_its_end() {
    let cut = &GOOD[..GOOD.len() - 40];
    let (stats, tally) = inspect(cut.as_bytes());
    assert_eq!(stats.rows.len(), 6);
    let found = tally.finish().findings;
    assert!(found[0].message.contains("the last line has no end"));
    let (_, tally) = inspect(&GOOD.as_bytes()[..GOOD.len() - 88]);
    for rule in [Rule::Records, Rule::SummaryCount] {
        assert_eq!(tally.count(rule), 1);
    }
}

#[test]
fn numbers_are_such_as_there_are() {
    let start = "stats.record.start: line 8, start";
    let value = "stats.record.value: line 8, value";
    let asn = "asn|64496|1|";
    for (to, expected) in [
        ("asn|x|1|", format!("{start}: `x`; expected an AS number")),
        (
            "asn|1.10|1|",
            format!("{start}: `1.10`; expected an AS number"),
        ),
        (
            "asn|4294967296|1|",
            format!("{start}: `4294967296`; expected an AS number"),
        ),
        (
            "asn|64496|0|",
            format!("{value}: 0 from 64496; expected 1 and more, none beyond AS4294967295"),
        ),
        (
            "asn|4294967295|2|",
            format!("{value}: 2 from 4294967295; expected 1 and more, none beyond AS4294967295"),
        ),
        (
            "asn|64496|18446744073709551616|",
            format!("{value}: `18446744073709551616`; expected a number"),
        ),
        (
            "asn|64496|18446744073709551615|",
            format!(
                "{value}: 18446744073709551615 from 64496; expected 1 and more, none beyond AS4294967295"
            ),
        ),
        (
            "asn|064496|1|",
            "stats.record.canonical: line 8, start: `064496`; expected `64496`".to_owned(),
        ),
        (
            "as|64496|1|",
            "stats.record.type: line 8, type: `as`; expected asn, ipv4 or ipv6".to_owned(),
        ),
    ] {
        let mut all = vec![expected.as_str()];
        if to.starts_with("as|") {
            all.insert(
                0,
                "stats.summary.count: line 3, count: 2, and there are 1 records of asn",
            );
        }
        check(asn, to, &all);
    }
    let (start, value) = (start.replace('8', "5"), value.replace('8', "5"));
    for (to, expected) in [
        (
            "|2001:db8:1::|256|",
            format!("{start}: `2001:db8:1::`; expected an IPv4 address"),
        ),
        (
            "|192.000.002.000|256|",
            "stats.record.canonical: line 5, start: `192.000.002.000`; expected `192.0.2.0`"
                .to_owned(),
        ),
        (
            "|255.255.255.0|257|",
            format!(
                "{value}: 257 from 255.255.255.0; expected 1 and more, none beyond 255.255.255.255"
            ),
        ),
        (
            "|192.0.2.0|/24|",
            format!("{value}: `/24`; expected a number"),
        ),
        (
            "|192.0.2.0|0256|",
            "stats.record.canonical: line 5, value: `0256`; expected `256`".to_owned(),
        ),
    ] {
        check("|192.0.2.0|256|", to, &[&expected]);
    }
    let start = start.replace('5', "10");
    for (to, expected) in [
        ("|192.0.2.0|32|", format!("{start}: `192.0.2.0`; expected an IPv6 address")),
        ("|2001:db8::|129|", "stats.record.value: line 10, value: 129 from 2001:db8::; expected a length of at most 128".to_owned()),
        ("|2001:0db8::|32|", "stats.record.canonical: line 10, start: `2001:0db8::`; expected `2001:db8::`".to_owned()),
        ("|2001:db8:1::|32|", "stats.record.aligned: line 10, start: 2001:db8:1:: has bits behind its length of 32; expected 2001:db8::/32".to_owned()),
    ] {
        check("|2001:db8::|32|", to, &[&expected]);
    }
}

#[test]
fn what_is_held_has_country_date_and_holder() {
    let row = "ripencc|NL|asn|64496|1|19940325|allocated|6c170944-abac-4543-8948-6130b9a05faf";
    for (to, expected) in [
        (
            "ripencc||asn|64496|1|19940325|allocated|6c",
            "stats.record.country: line 8, cc: AS64496 is allocated to no country; expected two letters",
        ),
        (
            "ripencc|NLD|asn|64496|1|19940325|allocated|6c",
            "stats.record.country: line 8, cc: `NLD`; expected two letters",
        ),
        (
            "ripencc|XX|asn|64496|1|19940325|allocated|6c",
            "stats.record.country-known: line 8, cc: `XX`; expected a code of ISO 3166-1",
        ),
        (
            "ripencc|nl|asn|64496|1|19940325|allocated|6c",
            "stats.record.country-known: line 8, cc: `nl`; expected a code of ISO 3166-1",
        ),
        (
            "ripencc|NL|asn|64496|1||allocated|6c",
            "stats.record.date: line 8, date: AS64496 is allocated since no day; expected YYYYMMDD",
        ),
        (
            "ripencc|NL|asn|64496|1|1994-03-25|allocated|6c",
            "stats.record.date: line 8, date: `1994-03-25`; expected a day as YYYYMMDD",
        ),
        (
            "ripencc|NL|asn|64496|1|20181014|allocated|6c",
            "stats.record.period: line 8, date: 20181014; expected a day from 19820101 to 20181013",
        ),
        (
            "ripencc|NL|asn|64496|1|19811231|allocated|6c",
            "stats.record.period: line 8, date: 19811231; expected a day from 19820101 to 20181013",
        ),
        (
            "ripencc|NL|asn|64496|1|19940325|allocated|",
            "stats.record.holder: line 8, opaque-id: AS64496 is allocated to nobody; expected an id",
        ),
        (
            "ripencc|NL|asn|64496|1|19940325|legacy|6c",
            "stats.record.status: line 8, status: `legacy`; expected allocated, assigned, available or reserved",
        ),
    ] {
        check(row, to, &[expected]);
    }
    // Eight zeros stand for a first delegation whose day is not known.
    check(row, &row.replace("19940325", "00000000"), &[]);
}

#[test]
fn records_of_too_few_fields_are_one_finding_for_each_status() {
    check(
        "available|",
        "available",
        &[
            "stats.record.fields: line 7: 1 records with status available have 7 fields, this one first; expected 8",
        ],
    );
}

#[test]
fn the_old_format_is_told_apart_and_has_no_holders() {
    let old = "\
2|apnic|20140702|2|19830101|20140630|+1000
apnic|*|asn|*|1|summary
apnic|*|ipv4|*|1|summary
apnic|*|ipv6|*|0|summary
apnic|JP|asn|173|1|20020801|allocated
apnic|AU|ipv4|1.0.0.0|256|20110811|assigned
";
    let (stats, tally) = inspect(old.as_bytes());
    assert_eq!(stats.format(), Some(Format::Old));
    assert!(!tally.has_looked(Rule::Holder) && !tally.has_looked(Rule::Fields));
    assert!(tally.finish().findings.is_empty());
    // With what is not held it is the extended format without ids.
    let more = format!("{old}apnic||ipv4|2.0.0.0|256||available\n");
    assert_eq!(inspect(more.as_bytes()).0.format(), Some(Format::Extended));
    assert_eq!(inspect(b"# nothing\n").0.format(), None);
}

#[test]
fn the_combined_file_names_the_registry_of_each_record() {
    let combined = "\
2|nro|20181013|3|19821213|20181013|+0000
nro|*|asn|*|1|summary
nro|*|ipv4|*|2|summary
nro|*|ipv6|*|0|summary
arin|US|asn|1|1|20010920|assigned|e5e3b9c1|e-stats
iana|ZZ|ipv4|0.0.0.0|16777216|19810901|reserved|ietf|iana
iana|ZZ|ipv4|8.0.0.0|256|20181013|ianapool|iana|iana
";
    let (stats, tally) = inspect(combined.as_bytes());
    assert_eq!(stats.format(), Some(Format::Combined));
    let sources: Vec<Source> = stats.rows.iter().map(|row| row.source).collect();
    assert_eq!(sources, [Source::Registry, Source::Iana, Source::Iana]);
    assert_eq!(stats.registry_of(&stats.rows[1]), "iana");
    assert!(tally.finish().findings.is_empty());
    let mut written = Vec::new();
    write(&stats, &mut written).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), combined);
}

#[test]
fn no_number_stands_twice() {
    let row = "ripencc|NL|asn|64496|1|19940325|allocated|6c170944-abac-4543-8948-6130b9a05faf";
    check(
        row,
        &row.replace("|64496|1|", "|64500|12|"),
        &["stats.numbers.held-or-not: line 9: AS64511 is reserved, and allocated in line 8"],
    );
    check(
        "198.51.100.0|768",
        "192.0.2.128|128",
        &["stats.numbers.once: line 6: 192.0.2.128/25 overlaps what stands in line 5 too"],
    );
    check(
        "198.51.100.0|768",
        "192.0.2.0|256",
        &["stats.numbers.once: line 6: 192.0.2.0/24 stands in line 5 too"],
    );
}

#[test]
fn octets_that_are_no_text_are_told_and_the_rest_is_read() {
    for (octet, shown) in [
        (0_u8, "0x00"),
        (0xff, "0xff"),
        (b'\r', "0x0d"),
        (b'\t', "0x09"),
    ] {
        let mut text = GOOD.as_bytes().to_vec();
        let end = GOOD.find("\nripencc|*|ipv4").unwrap();
        text.insert(end, octet);
        let (stats, tally) = inspect(&text);
        assert_eq!(stats.rows.len(), 6, "{octet}");
        let found = tally.finish().findings;
        let expected = format!("the octet {shown}; expected printable ASCII");
        assert_eq!(
            (found[0].location.as_str(), &found[0].message),
            ("line 1", &expected)
        );
    }
}

#[test]
fn blank_lines_and_comments_may_stand_anywhere_and_blanks_mean_nothing() {
    let text = GOOD
        .replace('\n', "\n\n# comment | with bars\n")
        .replace('|', " | ");
    let (stats, tally) = inspect(text.as_bytes());
    assert_eq!(stats.rows.len(), 6);
    assert_eq!(stats.comment_lines, 10);
    assert!(tally.finish().findings.is_empty());
}

#[test]
fn a_line_without_end_costs_no_memory_and_hides_nothing() {
    let mut reader = Reader::new();
    reader.feed(GOOD.as_bytes());
    for _ in 0..10_000 {
        reader.feed(&[b'|'; 10_000]);
    }
    reader.feed(b"\nripencc||asn|64512|1||available|\n");
    let (stats, tally) = reader.finish();
    assert_eq!((stats.rows.len(), stats.lines), (7, 12));
    let found = tally.finish().findings;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].location.as_str(), found[0].message.as_str()),
        ("line 11", "a line of more than 4096 octets is not read")
    );
}

#[test]
fn lines_that_are_nothing_are_told() {
    check(
        "ripencc|ZZ|asn|64511|1||reserved|\n",
        "ripencc|ZZ|asn|64511|1||reserved|\n<html>\n",
        &[
            "stats.file.line: line 10: 1 field of `<html>`; expected 6 of a summary line, or 7 and more of a record",
        ],
    );
}

#[test]
fn serials_are_days_or_times() {
    for (number, word) in [
        (20_181_013, "day"),
        (1_539_467_999, "seconds"),
        (1_539_406_814_230, "milliseconds"),
        (42, "other"),
        (u64::MAX, "other"),
    ] {
        assert_eq!(Serial::of(number).as_str(), word, "{number}");
    }
}
