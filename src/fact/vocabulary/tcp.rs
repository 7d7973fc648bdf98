//! The `tcp` probe: does something listen, on which addresses, and what does it say first.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact};
use crate::fact::Kind;

/// Opens TCP connections.
pub const TCP: ProbeKind = ProbeKind {
    name: "tcp",
    summary: "opens a connection to each address of a name and reads a greeting",
    subject: "the host name",
    example: "whois.example.net",
    arguments: &[&[
        Argument {
            name: "port",
            value: ArgumentValue::Count,
            meaning: "port; required",
        },
        Argument {
            name: "banner",
            value: ArgumentValue::Flag,
            meaning: "whether to wait for a greeting line; default false",
        },
    ]],
    facts: &[FACTS],
    inspector: None,
};

const ADDRESS: &[FactSpec] = &[
    fact("address", Kind::Text, "the address"),
    fact("ok", Kind::Flag, "whether it accepted a connection"),
    fact("failure", Kind::Text, "kind of failure; empty text if ok"),
];

const FACTS: &[FactSpec] = &[
    fact(
        "addresses",
        Kind::Texts,
        "addresses of the name in the family asked for",
    ),
    FactSpec {
        path: "each_address",
        kind: Kind::Records,
        meaning: "every address with its own result",
        source: "",
        fields: ADDRESS,
    },
    fact(
        "each_address_ok",
        Kind::Flag,
        "whether every address accepted a connection",
    ),
    fact(
        "banner",
        Kind::Text,
        "first line the server sent; absent if not asked or none came",
    ),
    fact(
        "timing.connect",
        Kind::Duration,
        "name and TCP of the first address that answered",
    ),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
];
