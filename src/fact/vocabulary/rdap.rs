//! The `rdap` probe: one RDAP query.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, http, sourced};
use crate::fact::Kind;

/// Asks an RDAP service.
pub const RDAP: ProbeKind = ProbeKind {
    name: "rdap",
    summary: "asks a registry's RDAP service and reads the answer with the RDAP inspector",
    subject: "path below the registry's RDAP base URL, or an absolute URL",
    example: "ip/192.0.2.0/24",
    arguments: &[
        http::ARGUMENTS,
        &[Argument {
            name: "base",
            value: ArgumentValue::Text,
            meaning: "base URL to use instead of the registry's `rdap.base`",
        }],
    ],
    facts: &[http::FACTS, FACTS],
    inspector: Some("rdap"),
};

const FACTS: &[FactSpec] = &[
    sourced(
        "class",
        Kind::Text,
        "objectClassName of the topmost object; absent if it has none",
        "RFC 9083, section 4.9",
    ),
    sourced(
        "prefixes",
        Kind::Addresses,
        "addresses from startAddress to endAddress; absent for other classes",
        "RFC 9083, section 5.4",
    ),
    sourced(
        "asns",
        Kind::Asns,
        "AS numbers from startAutnum to endAutnum; absent for other classes",
        "RFC 9083, section 5.5",
    ),
    fact("base", Kind::Text, "base URL that was used"),
];
