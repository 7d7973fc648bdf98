//! The `iana` probe: IANA's number registries together.

use super::rpki_tree::records;
use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact};
use crate::fact::Kind;

/// Reads IANA's number registries.
pub const IANA: ProbeKind = ProbeKind {
    name: "iana",
    summary: "fetches IANA's number registries and tells whose every number is",
    subject: "base URL of the registries, with final slash; `${run.iana}` is the target's",
    example: "https://www.iana.org/assignments/",
    arguments: &[&[
        Argument {
            name: "form",
            value: ArgumentValue::Word(&["csv", "xml"]),
            meaning: "which form of them is read; default `csv`",
        },
        Argument {
            name: "only",
            value: ArgumentValue::Words(&[
                "ipv4-address-space",
                "ipv4-recovered-address-space-1",
                "ipv4-recovered-address-space-2",
                "iana-ipv4-special-registry",
                "ipv6-address-space",
                "ipv6-unicast-address-assignments",
                "iana-ipv6-special-registry",
                "as-numbers",
                "iana-as-numbers-special-registry",
            ]),
            meaning: "which registries are read; default all",
        },
    ]],
    facts: &[FACTS],
    inspector: Some("iana"),
};

const FILE: &[FactSpec] = &[
    fact("url", Kind::Text, "where it is"),
    fact(
        "registry",
        Kind::Text,
        "which registry it is, such as `as-numbers`; empty text if it does not tell",
    ),
    fact("entries", Kind::Count, "entries that were read"),
    fact("unreadable", Kind::Count, "places that cannot be read"),
    fact(
        "updated",
        Kind::Text,
        "the day it was changed last; empty text if it does not say, as in CSV",
    ),
];

const ENTRY: &[FactSpec] = &[
    fact("registry", Kind::Text, "the registry it is in"),
    fact("line", Kind::Count, "its line"),
    fact(
        "numbers",
        Kind::Text,
        "its addresses or AS numbers, such as `102.0.0.0/8`",
    ),
    fact("designation", Kind::Text, "for whom or what, as written"),
    fact(
        "holder",
        Kind::Text,
        "id of the registry that has it, `special` for what is the IETF's, `free` for what is IANA's still, else `unknown`",
    ),
    fact(
        "whois",
        Kind::Text,
        "the whois server that it names; empty text without one",
    ),
    fact("rdap", Kind::Texts, "the RDAP services that it names"),
    fact(
        "bases",
        Kind::Texts,
        "the same with a final slash each, as base URLs have it",
    ),
];

const SHARE: &[FactSpec] = &[
    fact("registry", Kind::Text, "id of the registry"),
    fact(
        "blocks",
        Kind::Addresses,
        "addresses of the blocks that the address space registries designate to it, what is special in them included",
    ),
    fact(
        "addresses",
        Kind::Addresses,
        "addresses that it was allocated: its blocks without what is special or went elsewhere, and what was allocated again to it",
    ),
    fact("asns", Kind::Asns, "AS numbers that it was allocated"),
];

const FACTS: &[FactSpec] = &[
    records("file_list", FILE, "the files, in the order of asking"),
    records(
        "entry_list",
        ENTRY,
        "entries that say whose numbers are, the first 5,000",
    ),
    records(
        "share_list",
        SHARE,
        "what each registry of the run was allocated, in alphabetical order",
    ),
    fact(
        "allocated.addresses",
        Kind::Addresses,
        "addresses that registries of the run were allocated",
    ),
    fact(
        "allocated.asns",
        Kind::Asns,
        "AS numbers that registries of the run were allocated",
    ),
    fact(
        "special.addresses",
        Kind::Addresses,
        "addresses that are the IETF's, or special",
    ),
    fact(
        "special.asns",
        Kind::Asns,
        "AS numbers that are reserved, or special",
    ),
    fact(
        "free.addresses",
        Kind::Addresses,
        "addresses that IANA has still",
    ),
    fact("free.asns", Kind::Asns, "AS numbers that IANA has still"),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
];
