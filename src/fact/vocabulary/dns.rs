//! The `dns` probe: one name, some types.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, sourced};
use crate::fact::Kind;

/// Asks a resolver or a name server.
pub const DNS: ProbeKind = ProbeKind {
    name: "dns",
    summary: "asks a resolver or name server for records of one name",
    subject: "the domain name",
    example: "rdap.example.net",
    arguments: &[&[
        Argument {
            name: "types",
            value: ArgumentValue::Words(TYPES),
            meaning: "record types to ask for, each in its own message; default `[A, AAAA]`",
        },
        Argument {
            name: "server",
            value: ArgumentValue::Text,
            meaning: "server to ask, a name or address with optional port; default the target's resolver",
        },
        Argument {
            name: "transport",
            value: ArgumentValue::Word(&["udp", "tcp"]),
            meaning: "`udp` repeats over TCP when the answer is truncated; default `udp`",
        },
        Argument {
            name: "recurse",
            value: ArgumentValue::Flag,
            meaning: "whether recursion is desired; default true",
        },
    ]],
    facts: &[FACTS],
    inspector: None,
};

/// Record types that can be asked for.
const TYPES: &[&str] = &[
    "A", "AAAA", "NS", "CNAME", "SOA", "PTR", "DS", "DNSKEY", "TXT", "MX", "CAA",
];

const FACTS: &[FactSpec] = &[
    sourced(
        "rcode",
        Kind::Text,
        "worst response code of all types asked: `NOERROR`, `NXDOMAIN`, `SERVFAIL` …",
        "RFC 1035, section 4.1.1",
    ),
    sourced(
        "authenticated",
        Kind::Flag,
        "whether every answer has the AD bit",
        "RFC 4035, section 3.2.3",
    ),
    sourced(
        "authoritative",
        Kind::Flag,
        "whether every answer has the AA bit",
        "RFC 1035, section 4.1.1",
    ),
    sourced(
        "truncated",
        Kind::Flag,
        "whether any UDP answer had the TC bit",
        "RFC 1035, section 4.1.1",
    ),
    fact(
        "transport",
        Kind::Text,
        "`udp` or `tcp`, of the last message",
    ),
    fact("server", Kind::Text, "address and port that were asked"),
    fact(
        "ttl",
        Kind::Duration,
        "least time to live of all answers; absent without answers",
    ),
    fact(
        "A",
        Kind::Texts,
        "addresses; empty if there are none, absent if not asked",
    ),
    fact(
        "AAAA",
        Kind::Texts,
        "addresses; empty if there are none, absent if not asked",
    ),
    fact("NS", Kind::Texts, "name servers, sorted, with final dot"),
    fact("CNAME", Kind::Texts, "targets, with final dot"),
    fact("SOA", Kind::Texts, "presentation form"),
    fact("PTR", Kind::Texts, "targets, with final dot"),
    fact(
        "DS",
        Kind::Texts,
        "presentation form, digest in lower-case hex",
    ),
    fact("DNSKEY", Kind::Texts, "presentation form"),
    fact("TXT", Kind::Texts, "strings of a record joined"),
    fact("MX", Kind::Texts, "presentation form"),
    fact("CAA", Kind::Texts, "presentation form"),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
];
