//! The `zone` probe: one zone, at its parent and at each of its name servers.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, sourced};
use crate::fact::Kind;

/// Looks at a zone.
pub const ZONE: ProbeKind = ProbeKind {
    name: "zone",
    summary: "reads the delegation of a zone at its parent and asks each of its name servers, signatures included",
    subject: "the zone's name, with or without final dot",
    example: "102.in-addr.arpa",
    arguments: &[&[
        Argument {
            name: "parent",
            value: ArgumentValue::Text,
            meaning: "name of the zone above; default the one that the target's resolver names",
        },
        Argument {
            name: "look",
            value: ArgumentValue::Word(&["whole", "delegation"]),
            meaning: "`delegation` asks each server of the delegation once for its SOA and follows no chain of trust; default `whole`",
        },
    ]],
    facts: &[DELEGATION, SERVERS, SOA, DNSSEC],
    inspector: Some("zone"),
};

const DELEGATION: &[FactSpec] = &[
    fact(
        "zone",
        Kind::Text,
        "the zone's name, lower case, with final dot",
    ),
    fact(
        "parent",
        Kind::Text,
        "name of the zone above; absent if it was not found",
    ),
    sourced(
        "delegation.found",
        Kind::Flag,
        "whether the parent delegates the zone; absent if no server of the parent told",
        "RFC 1034, section 4.2.1",
    ),
    fact(
        "delegation.servers",
        Kind::Texts,
        "name servers at the parent, sorted, with final dot; empty where there is no delegation, absent if no server of the parent told",
    ),
    sourced(
        "delegation.ds",
        Kind::Texts,
        "DS records at the parent, sorted, digest in lower-case hex; absent if no server of the parent told",
        "RFC 4034, section 5.3",
    ),
    fact(
        "apex.servers",
        Kind::Texts,
        "name servers that the zone itself names at any of its servers, sorted, with final dot",
    ),
];

const SERVERS: &[FactSpec] = &[
    FactSpec {
        path: "servers",
        kind: Kind::Records,
        meaning: "name servers of the delegation, and those that the zone itself names",
        source: "",
        fields: &[
            fact("name", Kind::Text, "its name, with final dot"),
            fact("delegated", Kind::Flag, "whether the parent names it"),
            fact(
                "addresses",
                Kind::Texts,
                "its addresses; empty where they were not asked for",
            ),
            fact(
                "serves",
                Kind::Flag,
                "whether it answers for the zone with authority, any way",
            ),
        ],
    },
    FactSpec {
        path: "answers",
        kind: Kind::Records,
        meaning: "what each name server answered to SOA, for each way it was asked",
        source: "",
        fields: &[
            fact("server", Kind::Text, "its name, with final dot"),
            fact("transport", Kind::Text, "`udp` or `tcp`"),
            fact("family", Kind::Text, "`ipv4` or `ipv6`"),
            fact(
                "rcode",
                Kind::Text,
                "its response code; empty without an answer",
            ),
            fact("authoritative", Kind::Flag, "whether it has the AA bit"),
            fact("serial", Kind::Count, "serial number; absent without one"),
            fact(
                "failure",
                Kind::Text,
                "kind of failure; empty with an answer",
            ),
        ],
    },
    sourced(
        "lame.servers",
        Kind::Texts,
        "servers of the delegation that do not answer for the zone with authority",
        "RFC 1912, section 2.8 (lame delegations)",
    ),
    fact(
        "lame.all",
        Kind::Flag,
        "whether no server of the delegation answers for the zone",
    ),
];

const SOA: &[FactSpec] = &[
    sourced(
        "soa.serial",
        Kind::Count,
        "the newest serial number; absent without an answer",
        "RFC 1982, section 3.2",
    ),
    fact(
        "soa.serial_spread",
        Kind::Count,
        "how far the oldest serial number of all answers is behind the newest",
    ),
    fact("soa.primary", Kind::Text, "MNAME, with final dot"),
    fact("soa.mailbox", Kind::Text, "RNAME, with final dot"),
    sourced(
        "soa.refresh",
        Kind::Duration,
        "REFRESH",
        "RFC 1035, section 3.3.13",
    ),
    sourced(
        "soa.retry",
        Kind::Duration,
        "RETRY",
        "RFC 1035, section 3.3.13",
    ),
    sourced(
        "soa.expire",
        Kind::Duration,
        "EXPIRE",
        "RFC 1035, section 3.3.13",
    ),
    sourced(
        "soa.negative_ttl",
        Kind::Duration,
        "for how long an absence is remembered: the lesser of MINIMUM and the record's time to live",
        "RFC 2308, section 5",
    ),
    fact(
        "soa.signed_at",
        Kind::Time,
        "when the newest signature of the SOA begins; absent without one",
    ),
];

const DNSSEC: &[FactSpec] = &[
    sourced(
        "dnssec.state",
        Kind::Text,
        "`secure`, `unsigned`, `bogus`, or `unknown` where no trust anchor is above, or no answer has signatures; absent where no chain was followed",
        "RFC 4033, section 5",
    ),
    fact(
        "dnssec.reason",
        Kind::Text,
        "why it is not secure; empty if it is; absent where no chain was followed",
    ),
    fact(
        "dnssec.algorithms",
        Kind::Texts,
        "numbers of the algorithms of the zone's keys, sorted",
    ),
    fact(
        "dnssec.digests",
        Kind::Texts,
        "numbers of the digest types of the DS records at the parent, sorted",
    ),
    fact(
        "dnssec.keys",
        Kind::Texts,
        "the zone's keys: flags, number of the algorithm, length in bits, sorted",
    ),
    fact(
        "dnssec.ends",
        Kind::Time,
        "when the first of the signatures that were seen ends; absent without any",
    ),
    fact(
        "dnssec.life",
        Kind::Duration,
        "from beginning to end of the newest signature of the SOA; absent without one",
    ),
    sourced(
        "dnssec.denial",
        Kind::Text,
        "`nsec` or `nsec3`, by an answer that there is no PTR at the zone's own name; absent without a proof",
        "RFC 4034, section 4; RFC 5155, section 3",
    ),
    sourced(
        "dnssec.iterations",
        Kind::Count,
        "further iterations of the hash of NSEC3; absent without it",
        "RFC 5155, section 3.1.3",
    ),
    fact(
        "dnssec.salt",
        Kind::Bytes,
        "length of the salt of NSEC3; absent without it",
    ),
    fact(
        "dnssec.opt_out",
        Kind::Flag,
        "whether NSEC3 leaves out unsigned delegations; absent without it",
    ),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
];
