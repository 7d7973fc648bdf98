//! The `transfer_logs` probe: the transfer logs of several registries against each other.

use super::rpki_tree::records;
use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact};
use crate::fact::Kind;

/// Reads several transfer logs.
pub const TRANSFER_LOGS: ProbeKind = ProbeKind {
    name: "transfer_logs",
    summary: "fetches the transfer logs of several registries and compares what each says it gave with what the other says it got",
    subject: "ids of the registries, with blanks between them, or `all` for those of the run",
    example: "all",
    arguments: &[&[Argument {
        name: "grace",
        value: ArgumentValue::Duration,
        meaning: "how long after a transfer the other log need not tell it; default 48h",
    }]],
    facts: &[FACTS],
    inspector: None,
};

const LOG: &[FactSpec] = &[
    fact("registry", Kind::Text, "id of the registry"),
    fact("url", Kind::Text, "URL of its log"),
    fact(
        "whole",
        Kind::Flag,
        "whether its log was read to its end, and is its own",
    ),
    fact("reason", Kind::Text, "why not; empty text if it was"),
    fact(
        "produced",
        Kind::Time,
        "when it was made; absent if that cannot be read",
    ),
    fact(
        "in_progress",
        Kind::Flag,
        "whether it has a list of transfers in progress; absent if it was not read",
    ),
];

const SOURCE: FactSpec = fact("source", Kind::Text, "id of the registry that it leaves");
const RECIPIENT: FactSpec = fact(
    "recipient",
    Kind::Text,
    "id of the registry that it comes to",
);

const PAIR: &[FactSpec] = &[
    SOURCE,
    RECIPIENT,
    fact(
        "by_source",
        Kind::Count,
        "completed transfers in the source's log",
    ),
    fact(
        "by_recipient",
        Kind::Count,
        "completed transfers in the recipient's log",
    ),
];

const MISSING: &[FactSpec] = &[
    SOURCE,
    RECIPIENT,
    fact(
        "teller",
        Kind::Text,
        "id of the registry whose log tells it",
    ),
    fact(
        "missing_at",
        Kind::Text,
        "id of the registry whose log does not",
    ),
    fact("stage", Kind::Text, "`COMPLETED`"),
    fact(
        "date",
        Kind::Time,
        "when it was completed; absent if the log does not say",
    ),
    fact("place", Kind::Text, "JSON Pointer in the log that tells it"),
    fact("resources", Kind::Text, "what of it is missing"),
];

const UNACCEPTED: &[FactSpec] = &[
    SOURCE,
    RECIPIENT,
    fact(
        "teller",
        Kind::Text,
        "id of the registry whose log lists it",
    ),
    fact(
        "missing_at",
        Kind::Text,
        "id of the registry whose log does not",
    ),
    fact(
        "stage",
        Kind::Text,
        "`SOURCE_INITIALIZED` or `RECIPIENT_ACCEPTED`",
    ),
    fact("place", Kind::Text, "JSON Pointer in the log that lists it"),
    fact("resources", Kind::Text, "what of it is missing"),
];

const DIFFERS: &[FactSpec] = &[
    SOURCE,
    RECIPIENT,
    fact("what", Kind::Text, "`date`, `type`, `country` or `name`"),
    fact("by_source", Kind::Text, "what the source's log says"),
    fact("by_recipient", Kind::Text, "what the recipient's log says"),
    fact("place", Kind::Text, "JSON Pointer in the source's log"),
    fact(
        "other_place",
        Kind::Text,
        "JSON Pointer in the recipient's log",
    ),
    fact("resources", Kind::Text, "what both transfer"),
];

const BROKEN: &[FactSpec] = &[
    fact("resources", Kind::Text, "what was transferred twice"),
    fact(
        "came_to",
        Kind::Text,
        "id of the registry that the earlier transfer took it to",
    ),
    fact("came_on", Kind::Time, "when"),
    fact(
        "left_from",
        Kind::Text,
        "id of the registry that the later transfer took it from",
    ),
    fact("left_on", Kind::Time, "when"),
    fact(
        "tellers",
        Kind::Texts,
        "ids of the registries whose logs tell the later one",
    ),
];

const HELD: &[FactSpec] = &[
    fact("registry", Kind::Text, "id of the registry"),
    fact(
        "addresses",
        Kind::Addresses,
        "addresses whose last transfer took them there, or left them there",
    ),
    fact("asns", Kind::Asns, "AS numbers, likewise"),
];

const FACTS: &[FactSpec] = &[
    records("log_list", LOG, "the logs, in alphabetical order"),
    records(
        "pair_list",
        PAIR,
        "ordered pairs of registries both of whose logs were read, those without any transfer left out",
    ),
    fact(
        "missing.count",
        Kind::Count,
        "completed transfers, or parts, that one of both logs does not tell",
    ),
    records("missing_list", MISSING, "the first 1,000 of them"),
    fact(
        "young.count",
        Kind::Count,
        "completed transfers that one of both logs does not tell yet, within the grace",
    ),
    fact(
        "differs.count",
        Kind::Count,
        "things that two logs say differently of one transfer",
    ),
    records("differs_list", DIFFERS, "the first 1,000 of them"),
    fact(
        "unaccepted.count",
        Kind::Count,
        "transfers in progress that one log does not list where both list such: what the recipient accepted stands in both, all else in the source's",
    ),
    records("unaccepted_list", UNACCEPTED, "the first 1,000 of them"),
    fact(
        "broken.count",
        Kind::Count,
        "transfers that begin elsewhere than the one before them ended, by all logs together",
    ),
    records("broken_list", BROKEN, "the first 1,000 of them"),
    records(
        "held_list",
        HELD,
        "what is where after all transfers of all logs; what never moved is nowhere",
    ),
    fact("attempts", Kind::Count, "attempts that were made"),
];
