//! The `irr` probe: a dump of a routing registry.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, sourced};
use crate::fact::Kind;

/// Fetches and reads a dump.
pub const IRR: ProbeKind = ProbeKind {
    name: "irr",
    summary: "fetches a dump of a routing registry, as gzip or plain, reads every object, and lays its routes over the statistics of its registry",
    subject: "http or https URL of the dump",
    example: "https://ftp.example.net/dbase/example.db.gz",
    arguments: &[&[
        Argument {
            name: "source",
            value: ArgumentValue::Text,
            meaning: "source that every object should have; default any",
        },
        Argument {
            name: "serial",
            value: ArgumentValue::Text,
            meaning: "URL of the current serial number; default none, and nothing is said of it",
        },
        Argument {
            name: "statistics",
            value: ArgumentValue::Text,
            meaning: "URL of the registry's statistics file; default none, and nothing is said of routes outside",
        },
    ]],
    facts: &[FACTS],
    inspector: Some("irr"),
};

const FACTS: &[FactSpec] = &[
    fact("url", Kind::Text, "URL asked"),
    sourced(
        "status",
        Kind::Count,
        "status code of the dump; nothing else is said of a dump that is not answered 200",
        "RFC 9110, section 15",
    ),
    fact(
        "wire_bytes",
        Kind::Bytes,
        "size of the dump as it is served",
    ),
    fact("bytes", Kind::Bytes, "size of what it holds"),
    fact(
        "packed",
        Kind::Flag,
        "whether it is gzip, as its first octets say",
    ),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
    fact(
        "last_modified",
        Kind::Time,
        "Last-Modified; absent without one that is a time",
    ),
    fact(
        "age",
        Kind::Duration,
        "from Last-Modified to the request; absent without it",
    ),
    fact("objects.count", Kind::Count, "objects"),
    fact(
        "objects.classes",
        Kind::Text,
        "objects by class: `as-set 12, route 345`",
    ),
    fact(
        "objects.sources",
        Kind::Texts,
        "sources of objects, each once, as written",
    ),
    fact("routes.ipv4", Kind::Count, "route objects that can be read"),
    fact(
        "routes.ipv6",
        Kind::Count,
        "route6 objects that can be read",
    ),
    fact(
        "routes.origins",
        Kind::Count,
        "distinct AS numbers that they begin at",
    ),
    fact(
        "statistics.status",
        Kind::Count,
        "status code of the statistics file; absent without an answer",
    ),
    fact(
        "routes.unlisted",
        Kind::Count,
        "routes with an address that the statistics do not list; absent unless they could be read",
    ),
    fact(
        "routes.unlisted_examples",
        Kind::Texts,
        "the first of these, at most 20: `192.0.2.0/24 AS64496, line 4`; absent likewise",
    ),
    fact(
        "serial.status",
        Kind::Count,
        "status code of the serial number; absent without an answer",
    ),
    fact(
        "serial.number",
        Kind::Count,
        "the serial number; absent if it is no number",
    ),
    fact(
        "serial.age",
        Kind::Duration,
        "from the Last-Modified of the serial number to the request; absent without it",
    ),
];
