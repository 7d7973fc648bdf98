//! The `transfer_log` probe: the transfer log of one registry.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, sourced};
use crate::fact::Kind;

/// Reads a transfer log.
pub const TRANSFER_LOG: ProbeKind = ProbeKind {
    name: "transfer_log",
    summary: "fetches a transfer log of version 4.0, 4.1 or 5.0 and reads it, whatever form it has; compares it with that of an earlier run, given by `quintet run --earlier`",
    subject: "URL of the log; `${registry.transfers.url}` is the registry's own",
    example: "https://ftp.example.net/pub/stats/example/transfers/transfers_latest.json",
    arguments: &[&[Argument {
        name: "recent",
        value: ArgumentValue::Duration,
        meaning: "how far back `recent_list` goes; default 30d",
    }]],
    facts: &[FILE, SAID, TRANSFERS, RESOURCES, LISTS, DEVIATIONS, SERIES],
    inspector: Some("transfers"),
};

const FORMAT: &str = "transfer_log.jcr, version 4.0";

const FILE: &[FactSpec] = &[
    fact("url", Kind::Text, "URL that was asked"),
    fact(
        "status",
        Kind::Count,
        "status of the last answer; without 200 there are no facts about the log",
    ),
    fact(
        "headers.*",
        Kind::Text,
        "headers of the last answer, names in lower case",
    ),
    fact("hops", Kind::Count, "redirects that were followed"),
    fact("wire_bytes", Kind::Bytes, "size on the wire"),
    fact("attempts", Kind::Count, "attempts that were made"),
];

const SAID: &[FactSpec] = &[
    sourced(
        "version",
        Kind::Text,
        "version that the log declares; empty if it declares none",
        FORMAT,
    ),
    sourced(
        "producer",
        Kind::Text,
        "who made it, as it says; empty if it does not",
        FORMAT,
    ),
    fact(
        "registry",
        Kind::Text,
        "id of the registry that made it; absent for the NRO and for a name that is none",
    ),
    sourced(
        "produced",
        Kind::Time,
        "when it was made; absent if that cannot be read",
        FORMAT,
    ),
    fact("age", Kind::Duration, "from then to when it was asked for"),
    sourced(
        "interval.begins",
        Kind::Time,
        "beginning of the time that it covers; absent if that cannot be read",
        FORMAT,
    ),
    sourced(
        "interval.ends",
        Kind::Time,
        "end of the time that it covers; absent if that cannot be read",
        FORMAT,
    ),
    sourced(
        "offset_minutes",
        Kind::Count,
        "the producer's offset from UTC in minutes; absent if that cannot be read",
        FORMAT,
    ),
    fact(
        "order",
        Kind::Text,
        "order of completed transfers by date: `ascending`, `descending` or `mixed`; empty if it cannot be told",
    ),
    fact(
        "whole",
        Kind::Flag,
        "whether the log is JSON to its end; what comes before its end is read anyway",
    ),
];

const TRANSFERS: &[FactSpec] = &[
    fact("transfers.count", Kind::Count, "completed transfers"),
    fact(
        "transfers.between",
        Kind::Count,
        "those between two registries",
    ),
    fact("transfers.within", Kind::Count, "those within one registry"),
    fact(
        "transfers.mergers",
        Kind::Count,
        "those of type MERGER_ACQUISITION",
    ),
    fact(
        "transfers.undated",
        Kind::Count,
        "those without a date that can be read",
    ),
    fact(
        "transfers.first",
        Kind::Time,
        "earliest date; absent without one",
    ),
    fact(
        "transfers.last",
        Kind::Time,
        "latest date; absent without one",
    ),
    fact(
        "in_progress.listed",
        Kind::Flag,
        "whether the log has a list of transfers in progress",
    ),
    fact("in_progress.count", Kind::Count, "transfers in progress"),
    fact(
        "unread",
        Kind::Count,
        "things listed that are no transfers, or too large",
    ),
];

const RESOURCES: &[FactSpec] = &[
    fact(
        "received.addresses",
        Kind::Addresses,
        "addresses that by this log are at its registry since their last transfer; absent without a registry",
    ),
    fact(
        "received.asns",
        Kind::Asns,
        "AS numbers that by this log are at its registry since their last transfer; absent without a registry",
    ),
    fact(
        "departed.addresses",
        Kind::Addresses,
        "addresses that by this log left its registry and are elsewhere; absent without a registry",
    ),
    fact(
        "departed.asns",
        Kind::Asns,
        "AS numbers that by this log left its registry and are elsewhere; absent without a registry",
    ),
    fact(
        "entries",
        Kind::Set,
        "transfers, a line each: `COMPLETED arin>apnic RESOURCE_TRANSFER 2018-03-14T00:00:00Z 192.0.2.0/24, AS64500`, with `-` for what the log does not say",
    ),
];

/// Fields of one transfer.
pub(super) const TRANSFER: &[FactSpec] = &[
    fact("place", Kind::Text, "JSON Pointer in the log"),
    fact(
        "stage",
        Kind::Text,
        "`SOURCE_INITIALIZED`, `RECIPIENT_ACCEPTED`, `COMPLETED` or `CANCELED`",
    ),
    fact(
        "source",
        Kind::Text,
        "id of the registry that it leaves; empty if that cannot be read",
    ),
    fact(
        "recipient",
        Kind::Text,
        "id of the registry that it comes to; empty if that cannot be read",
    ),
    fact(
        "type",
        Kind::Text,
        "type as the format writes it; empty if that cannot be read",
    ),
    fact(
        "date",
        Kind::Time,
        "when it was completed; absent if the log does not say",
    ),
    fact(
        "addresses",
        Kind::Addresses,
        "addresses that are transferred",
    ),
    fact("asns", Kind::Asns, "AS numbers that are transferred"),
    fact(
        "resources",
        Kind::Text,
        "all that is transferred, its beginning",
    ),
];

const LISTS: &[FactSpec] = &[
    FactSpec {
        path: "pair_list",
        kind: Kind::Records,
        meaning: "completed transfers between registries, by source, recipient and kind of resource",
        source: "",
        fields: &[
            fact("source", Kind::Text, "id of the registry that they leave"),
            fact(
                "recipient",
                Kind::Text,
                "id of the registry that they come to",
            ),
            fact("kind", Kind::Text, "`ipv4`, `ipv6` or `asn`"),
            fact(
                "transfers",
                Kind::Count,
                "transfers with resources of this kind",
            ),
            fact("first", Kind::Time, "earliest date; absent without one"),
            fact("last", Kind::Time, "latest date; absent without one"),
        ],
    },
    FactSpec {
        path: "day_list",
        kind: Kind::Records,
        meaning: "transfers between registries by day, source, recipient, type and kind of resource, the latest days first; those in progress count for the day on which the log was asked for; at most 10,000",
        source: "",
        fields: &[
            fact("day", Kind::Time, "beginning of the day, UTC"),
            fact("source", Kind::Text, "id of the registry that they leave"),
            fact(
                "recipient",
                Kind::Text,
                "id of the registry that they come to",
            ),
            fact("kind", Kind::Text, "`ipv4`, `ipv6` or `asn`"),
            fact(
                "type",
                Kind::Text,
                "type as the format writes it; empty if that cannot be read",
            ),
            fact("transfers", Kind::Count, "how many"),
            fact("place", Kind::Text, "JSON Pointer of the first of them"),
        ],
    },
    FactSpec {
        path: "recent_list",
        kind: Kind::Records,
        meaning: "completed transfers between registries of the last days, the latest first; at most 1,000",
        source: "",
        fields: TRANSFER,
    },
    FactSpec {
        path: "in_progress_list",
        kind: Kind::Records,
        meaning: "transfers in progress in the order of the log; at most 1,000",
        source: "",
        fields: TRANSFER,
    },
];

const DEVIATIONS: &[FactSpec] = &[
    fact(
        "deviations.kinds",
        Kind::Texts,
        "how the log differs from what its format says or from what others do: `set-as-array`, `date-form` …",
    ),
    FactSpec {
        path: "deviation_list",
        kind: Kind::Records,
        meaning: "each of them with its number",
        source: "",
        fields: &[
            fact("kind", Kind::Text, "which one"),
            fact("count", Kind::Count, "how often"),
            fact("first", Kind::Text, "JSON Pointer of the first"),
        ],
    },
];

const SERIES: &[FactSpec] = &[
    fact(
        "earlier.run",
        Kind::Text,
        "id of the earlier run; absent without one that has this log",
    ),
    fact(
        "earlier.at",
        Kind::Time,
        "when it asked for the log; absent without one that has this log",
    ),
    fact(
        "earlier.produced",
        Kind::Time,
        "when the log that it was given was made; absent without one that has this log",
    ),
    fact(
        "elapsed",
        Kind::Duration,
        "from then to when the log was asked for now; absent without an earlier one",
    ),
    fact(
        "gone.count",
        Kind::Count,
        "completed transfers of the earlier log that are gone; absent without an earlier one",
    ),
    fact(
        "changed.count",
        Kind::Count,
        "completed transfers that the earlier log told otherwise; absent without an earlier one",
    ),
    fact(
        "new.count",
        Kind::Count,
        "completed transfers that the earlier log did not have; absent without an earlier one",
    ),
    fact(
        "in_progress.still",
        Kind::Count,
        "transfers in progress that the earlier log had too; absent without an earlier one",
    ),
    FactSpec {
        path: "new_list",
        kind: Kind::Records,
        meaning: "completed transfers that the earlier log did not have; at most 1,000; absent without an earlier one",
        source: "",
        fields: TRANSFER,
    },
    FactSpec {
        path: "left_list",
        kind: Kind::Records,
        meaning: "transfers that were in progress in the earlier log and are not any more; at most 1,000; absent without an earlier one",
        source: "",
        fields: &[
            fact(
                "source",
                Kind::Text,
                "id of the registry that it leaves; empty if that cannot be read",
            ),
            fact(
                "recipient",
                Kind::Text,
                "id of the registry that it comes to; empty if that cannot be read",
            ),
            fact("addresses", Kind::Addresses, "its addresses"),
            fact("asns", Kind::Asns, "its AS numbers"),
            fact(
                "completed",
                Kind::Flag,
                "whether all of it is at the recipient by this log; otherwise it was given up",
            ),
        ],
    },
];
