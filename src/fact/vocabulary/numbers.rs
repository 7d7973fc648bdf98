//! The `numbers` probe: statistics of all registries against each other and IANA.

use super::rpki_tree::records;
use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact};
use crate::fact::Kind;

/// Compares the statistics of all registries with each other and with IANA.
pub const NUMBERS: ProbeKind = ProbeKind {
    name: "numbers",
    summary: "fetches the statistics of all registries of the run and IANA's number registries, lays them over each other, and compares the NRO's combined statistics with what they give",
    subject: "base URL of IANA's registries, with final slash; `${run.iana}` is the target's",
    example: "https://www.iana.org/assignments/",
    arguments: &[&[
        Argument {
            name: "form",
            value: ArgumentValue::Word(&["csv", "xml"]),
            meaning: "which form of IANA's registries is read; default `csv`",
        },
        Argument {
            name: "nro",
            value: ArgumentValue::Text,
            meaning: "base URL of the NRO's combined statistics, with final slash, such as `${run.nro}`; without it they are not asked for",
        },
    ]],
    facts: &[FACTS, COMBINED],
    inspector: Some("nro"),
};

const SHARE: &[FactSpec] = &[
    fact("registry", Kind::Text, "id of the registry"),
    fact(
        "url",
        Kind::Text,
        "where its file is; empty if none is declared, and then it lists nothing",
    ),
    fact("rows", Kind::Count, "records that were read"),
    fact(
        "samples",
        Kind::Texts,
        "some records that are held, the same as long as they are listed: numbers, country and day, as `192.0.2.0/24 NL 2010-01-31`",
    ),
    fact(
        "free_samples",
        Kind::Texts,
        "the same of records that are available or reserved",
    ),
    fact(
        "day",
        Kind::Time,
        "the last day that the file is about, its first moment UTC; absent if it says none",
    ),
    fact(
        "age",
        Kind::Duration,
        "from that moment to the first request, in whole seconds; absent likewise",
    ),
    fact("addresses", Kind::Addresses, "addresses that it lists"),
    fact("asns", Kind::Asns, "AS numbers that it lists"),
    fact(
        "held_addresses",
        Kind::Addresses,
        "addresses that it lists as allocated or assigned",
    ),
    fact("held_asns", Kind::Asns, "AS numbers, likewise"),
    fact(
        "free_addresses",
        Kind::Addresses,
        "addresses that it lists as available or reserved",
    ),
    fact("free_asns", Kind::Asns, "AS numbers, likewise"),
    fact(
        "others_addresses",
        Kind::Addresses,
        "addresses that other registries list and it does not",
    ),
    fact("others_asns", Kind::Asns, "AS numbers, likewise"),
    fact(
        "given_addresses",
        Kind::Addresses,
        "addresses that IANA allocated to it",
    ),
    fact("given_asns", Kind::Asns, "AS numbers, likewise"),
    fact(
        "missing_addresses",
        Kind::Addresses,
        "addresses that IANA allocated to it by the day of the oldest file, and no file lists",
    ),
    fact("missing_asns", Kind::Asns, "AS numbers, likewise"),
    fact(
        "late_addresses",
        Kind::Addresses,
        "addresses that IANA allocated to it after that day, and no file lists",
    ),
    fact(
        "beyond_addresses",
        Kind::Addresses,
        "addresses that it lists and IANA allocated to no registry",
    ),
    fact("beyond_asns", Kind::Asns, "AS numbers, likewise"),
    fact(
        "moved_addresses",
        Kind::Addresses,
        "addresses that it lists and IANA allocated to another registry",
    ),
    fact("moved_asns", Kind::Asns, "AS numbers, likewise"),
];

const OVERLAP: &[FactSpec] = &[
    fact("numbers", Kind::Text, "the numbers, as `192.0.2.0/24`"),
    fact(
        "first",
        Kind::Text,
        "id of the registry whose record begins first",
    ),
    fact("first_line", Kind::Count, "line of that record"),
    fact("second", Kind::Text, "id of the other registry"),
    fact("second_line", Kind::Count, "line of its record"),
];

const BEYOND: &[FactSpec] = &[
    fact("registry", Kind::Text, "id of the registry that lists it"),
    fact("line", Kind::Count, "line of the record"),
    fact(
        "numbers",
        Kind::Text,
        "the numbers of it that IANA allocated to no registry",
    ),
    fact("status", Kind::Text, "its status"),
];

const FLOW: &[FactSpec] = &[
    fact(
        "designated",
        Kind::Text,
        "id of the registry that IANA names",
    ),
    fact("listed", Kind::Text, "id of the registry that lists them"),
    fact("asns", Kind::Count, "AS numbers"),
    fact("ipv4", Kind::Count, "IPv4 addresses"),
    fact("held_ipv4", Kind::Count, "IPv4 addresses that are held"),
    fact("held_rows", Kind::Count, "records of those"),
];

const FACTS: &[FactSpec] = &[
    records(
        "share_list",
        SHARE,
        "the registries of the run, in alphabetical order",
    ),
    records(
        "overlap_list",
        OVERLAP,
        "records of two files about the same numbers, the first 1,000 pairs",
    ),
    fact("overlaps", Kind::Count, "such pairs"),
    fact(
        "repeats",
        Kind::Count,
        "pairs of records of one file about the same numbers",
    ),
    records(
        "beyond_list",
        BEYOND,
        "records with numbers that IANA allocated to no registry, the first 1,000",
    ),
    records(
        "flow_list",
        FLOW,
        "what registries list of what IANA allocated to others",
    ),
    fact(
        "listed.addresses",
        Kind::Addresses,
        "addresses of all files",
    ),
    fact("listed.asns", Kind::Asns, "AS numbers of all files"),
    fact(
        "legacy.addresses",
        Kind::Addresses,
        "addresses of blocks that IANA calls legacy",
    ),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
];

const DIFFERENCE: &[FactSpec] = &[
    fact(
        "file",
        Kind::Text,
        "`combined-stat`, `conflicts`, `unclaimed` or `overclaimed`",
    ),
    fact(
        "published",
        Kind::Text,
        "the row that is published, or both of a conflict; empty for none of these numbers",
    ),
    fact(
        "own",
        Kind::Text,
        "the row that the same inputs give here; empty for none of these numbers",
    ),
];

const GONE: &[FactSpec] = &[
    fact("registry", Kind::Text, "id of the registry"),
    fact(
        "addresses",
        Kind::Addresses,
        "addresses that the combined file of the day before has from its statistics, and no file lists now",
    ),
    fact("asns", Kind::Asns, "AS numbers, likewise"),
];

/// Of the NRO's files; absent without the argument `nro`, and but for the first two where one of them did not come.
const COMBINED: &[FactSpec] = &[
    fact(
        "combined.failure",
        Kind::Text,
        "why one of the NRO's files did not come, as `failure` says it; empty if all came",
    ),
    fact(
        "combined.why",
        Kind::Text,
        "the same in words; empty if all came",
    ),
    fact("combined.url", Kind::Text, "where the newest one is"),
    fact(
        "combined.day",
        Kind::Time,
        "the day of the newest one, its first moment UTC",
    ),
    fact("combined.rows", Kind::Count, "rows of it that were read"),
    fact(
        "combined.newer",
        Kind::Texts,
        "ids of the registries whose statistics were written after it, so that it was made from others",
    ),
    fact(
        "combined.differences",
        Kind::Count,
        "rows, and pairs of rows, that are published and not what the same inputs give here, or the other way round",
    ),
    records(
        "combined.difference_list",
        DIFFERENCE,
        "such rows, the first 100 of each file",
    ),
    fact("combined.conflicts", Kind::Count, "published conflicts"),
    fact(
        "combined.in_conflict.addresses",
        Kind::Addresses,
        "addresses of rows in published conflicts",
    ),
    fact(
        "combined.in_conflict.asns",
        Kind::Asns,
        "AS numbers, likewise",
    ),
    fact(
        "combined.unclaimed.addresses",
        Kind::Addresses,
        "addresses that are published as unclaimed",
    ),
    fact(
        "combined.unclaimed.asns",
        Kind::Asns,
        "AS numbers, likewise",
    ),
    fact(
        "combined.overclaimed.addresses",
        Kind::Addresses,
        "addresses that are published as overclaimed",
    ),
    fact(
        "combined.overclaimed.asns",
        Kind::Asns,
        "AS numbers, likewise",
    ),
    fact(
        "combined.stayed.addresses",
        Kind::Addresses,
        "addresses in conflict or unclaimed that were so two days before, in the same rows but for their days",
    ),
    fact("combined.stayed.asns", Kind::Asns, "AS numbers, likewise"),
    records(
        "combined.gone_list",
        GONE,
        "what left the registries' statistics since the day before",
    ),
];
