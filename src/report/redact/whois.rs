//! Redaction of answers of whois: attributes of numbers, nothing that a person wrote.

use super::vocabulary::{is_resource, is_reverse, is_time};
use super::{Excerpt, withheld};

/// Most lines that are shown; ours.
const MOST_LINES: usize = 400;

/// What the value of an attribute may be.
#[derive(Clone, Copy)]
enum Value {
    /// Addresses, prefixes, AS numbers, zones of the reverse tree.
    Resource,
    /// A day or a time.
    Time,
    /// Words of registries.
    Word,
    /// Two capital letters.
    Country,
    /// Nothing that may be shown.
    Withheld,
}

/// Attributes whose names are shown, lower case, in the forms of RPSL, of ARIN and of LACNIC.
const ATTRIBUTES: &[(&str, Value)] = &[
    ("inetnum", Value::Resource),
    ("inet6num", Value::Resource),
    ("aut-num", Value::Resource),
    ("as-block", Value::Resource),
    ("route", Value::Resource),
    ("route6", Value::Resource),
    ("origin", Value::Resource),
    ("domain", Value::Resource),
    ("netrange", Value::Resource),
    ("cidr", Value::Resource),
    ("asnumber", Value::Resource),
    ("originas", Value::Resource),
    ("inetrev", Value::Resource),
    ("created", Value::Time),
    ("changed", Value::Time),
    ("last-modified", Value::Time),
    ("regdate", Value::Time),
    ("updated", Value::Time),
    ("status", Value::Word),
    ("nettype", Value::Word),
    ("source", Value::Word),
    ("country", Value::Country),
    ("netname", Value::Withheld),
    ("nethandle", Value::Withheld),
    ("parent", Value::Withheld),
    ("organization", Value::Withheld),
    ("organisation", Value::Withheld),
    ("org", Value::Withheld),
    ("orgname", Value::Withheld),
    ("orgid", Value::Withheld),
    ("org-name", Value::Withheld),
    ("org-type", Value::Withheld),
    ("as-name", Value::Withheld),
    ("asname", Value::Withheld),
    ("ashandle", Value::Withheld),
    ("descr", Value::Withheld),
    ("remarks", Value::Withheld),
    ("comment", Value::Withheld),
    ("owner", Value::Withheld),
    ("ownerid", Value::Withheld),
    ("responsible", Value::Withheld),
    ("owner-c", Value::Withheld),
    ("routing-c", Value::Withheld),
    ("admin-c", Value::Withheld),
    ("tech-c", Value::Withheld),
    ("abuse-c", Value::Withheld),
    ("zone-c", Value::Withheld),
    ("abuse-mailbox", Value::Withheld),
    ("mnt-by", Value::Withheld),
    ("mnt-lower", Value::Withheld),
    ("mnt-routes", Value::Withheld),
    ("mnt-irt", Value::Withheld),
    ("mnt-ref", Value::Withheld),
    ("irt", Value::Withheld),
    ("person", Value::Withheld),
    ("role", Value::Withheld),
    ("nic-hdl", Value::Withheld),
    ("nic-hdl-br", Value::Withheld),
    ("address", Value::Withheld),
    ("street", Value::Withheld),
    ("city", Value::Withheld),
    ("stateprov", Value::Withheld),
    ("postalcode", Value::Withheld),
    ("phone", Value::Withheld),
    ("fax-no", Value::Withheld),
    ("e-mail", Value::Withheld),
    ("notify", Value::Withheld),
    ("nserver", Value::Withheld),
    ("ref", Value::Withheld),
    ("refer", Value::Withheld),
];

/// Makes an excerpt; `None` of what is no text.
pub(super) fn excerpt(octets: &[u8]) -> Option<Excerpt> {
    if octets.contains(&0) {
        return None;
    }
    let text = String::from_utf8_lossy(octets);
    let mut excerpt = Excerpt {
        text: String::new(),
        withheld: 0,
        cut: false,
    };
    for (number, line) in text.lines().enumerate() {
        if number == MOST_LINES {
            excerpt.cut = true;
            break;
        }
        let (shown, is_whole) = line_of(line);
        excerpt.withheld += u64::from(!is_whole);
        excerpt.text.push_str(&shown);
        excerpt.text.push('\n');
    }
    Some(excerpt)
}

/// Returns a line as it may be shown, and whether that is all of it.
fn line_of(line: &str) -> (String, bool) {
    let line = line.trim_end();
    if line.is_empty() {
        return (String::new(), true);
    }
    if let Some(comment) = line.strip_prefix(['%', '#']) {
        let mark: String = line.chars().take(1).collect();
        return (format!("{mark} {}", withheld(comment)), false);
    }
    let Some((name, value)) = line.split_once(':') else {
        return (withheld(line), false);
    };
    let known = ATTRIBUTES
        .iter()
        .find(|(known, _)| name.trim().eq_ignore_ascii_case(known));
    let Some((known, kind)) = known else {
        return (withheld(line), false);
    };
    let value = value.trim();
    if is_shown(value, *kind) {
        (format!("{known}: {value}"), true)
    } else {
        (format!("{known}: {}", withheld(value)), false)
    }
}

fn is_shown(value: &str, kind: Value) -> bool {
    let words = || {
        value
            .split([' ', ',', '\t'])
            .filter(|word| !word.is_empty())
    };
    match kind {
        Value::Resource => words().all(|word| word == "-" || is_resource(word) || is_reverse(word)),
        Value::Time => words().all(is_time),
        Value::Word => words().all(|word| is_status(word) || is_source(word)),
        Value::Country => value.len() == 2 && value.chars().all(|c| c.is_ascii_uppercase()),
        Value::Withheld => value.is_empty(),
    }
}

/// Says whether it is a part of a status of the databases: `ASSIGNED PA`, `ALLOCATED NON-PORTABLE`.
fn is_status(word: &str) -> bool {
    matches!(
        word,
        "ALLOCATED"
            | "ASSIGNED"
            | "PA"
            | "PI"
            | "ANYCAST"
            | "NON-PORTABLE"
            | "PORTABLE"
            | "LIR-PARTITIONED"
            | "SUB-ALLOCATED"
            | "LEGACY"
            | "AGGREGATED-BY-LIR"
            | "AGGREGATED-BY-RIR"
            | "ALLOCATED-BY-RIR"
            | "ALLOCATED-BY-LIR"
            | "NOT-SET"
            | "UNSPECIFIED"
            | "Direct"
            | "Allocation"
            | "Assignment"
            | "Reassigned"
            | "Reallocated"
            | "reallocated"
            | "Available"
    )
}

/// Says whether it is the name of a database.
fn is_source(word: &str) -> bool {
    matches!(
        word,
        "AFRINIC"
            | "APNIC"
            | "ARIN"
            | "LACNIC"
            | "RIPE"
            | "RIPE-NONAUTH"
            | "IANA"
            | "JPNIC"
            | "KRNIC"
            | "CNNIC"
            | "IDNIC"
            | "IRINN"
            | "TWNIC"
            | "VNNIC"
            | "NICBR"
            | "NICMX"
    )
}
