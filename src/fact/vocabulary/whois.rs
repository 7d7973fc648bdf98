//! The `whois` probe: one query on port 43.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, sourced};
use crate::fact::Kind;

/// Asks a whois service.
pub const WHOIS: ProbeKind = ProbeKind {
    name: "whois",
    summary: "sends one query line to a whois service and reads to the end",
    subject: "the query line; the registry's declared flags, such as `-r`, are put before it",
    example: "192.0.2.0/24",
    arguments: &[&[
        Argument {
            name: "host",
            value: ArgumentValue::Text,
            meaning: "host to ask instead of the registry's `whois.host`",
        },
        Argument {
            name: "port",
            value: ArgumentValue::Count,
            meaning: "port; default from the registry, else 43",
        },
    ]],
    facts: &[FACTS],
    inspector: None,
};

const FACTS: &[FactSpec] = &[
    sourced(
        "text",
        Kind::Text,
        "the whole answer, its first 64 KiB; octets that are no UTF-8 are read as Latin-1",
        "RFC 3912",
    ),
    fact("bytes", Kind::Bytes, "size of the answer"),
    fact(
        "lines",
        Kind::Count,
        "number of lines that are neither empty nor comments",
    ),
    fact("utf8", Kind::Flag, "whether the answer is UTF-8"),
    fact(
        "fields.*",
        Kind::Text,
        "value of the first line with this field name, lower case; absent if there is none",
    ),
    fact(
        "field_names",
        Kind::Texts,
        "names of all fields in order, each once",
    ),
    fact(
        "prefixes",
        Kind::Addresses,
        "addresses of the first inetnum, inet6num, NetRange or CIDR; absent if there is none",
    ),
    fact(
        "asns",
        Kind::Asns,
        "AS numbers of the first aut-num or ASNumber; absent if there is none",
    ),
    fact(
        "referral",
        Kind::Text,
        "host named by a refer, ReferralServer or whois line; absent if there is none",
    ),
    fact("timing.connect", Kind::Duration, "name and TCP"),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
];
