//! The `relying_party` probe: what another validator makes of the tree of a trust anchor.

use super::rpki_tree::{CAPTURE, records};
use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact};
use crate::fact::Kind;

/// Runs a validator over a capture and compares what it finds with what we find.
pub const RELYING_PARTY: ProbeKind = ProbeKind {
    name: "relying_party",
    summary: "captures all repositories below a trust anchor, runs an installed validator over the capture without a network, and compares its payloads with ours",
    subject: "https URL of a trust anchor locator; `${registry.rpki.tal}` is the registry's own",
    example: "https://rpki.example.net/tal/example.tal",
    arguments: &[&[
        Argument {
            name: "program",
            value: ArgumentValue::Word(&["fort", "routinator", "rpki-client"]),
            meaning: "the validator; what reads the probe is not-applicable where it is not installed; required",
        },
        Argument {
            name: "repositories",
            value: ArgumentValue::Count,
            meaning: "most repositories that are captured; default 64",
        },
        Argument {
            name: "memory",
            value: ArgumentValue::Bytes,
            meaning: "most memory that each process of the validator may reserve; default 8 GiB",
        },
    ]],
    facts: &[RUN, CAPTURE, PAYLOADS],
    inspector: None,
};

const RUN: &[FactSpec] = &[
    fact("program", Kind::Text, "the validator"),
    fact(
        "version",
        Kind::Text,
        "its version; absent if it does not tell one",
    ),
    fact(
        "anchor.uri",
        Kind::Text,
        "URI the trust anchor's certificate was taken from",
    ),
    fact(
        "judged",
        Kind::Time,
        "when the validator began; we judge the capture at the same time",
    ),
    fact(
        "exit",
        Kind::Count,
        "its exit code; absent if it was not run to its end",
    ),
    fact("duration", Kind::Duration, "how long it took"),
    fact(
        "complaints",
        Kind::Count,
        "complaints about objects in the first 256 KiB it wrote",
    ),
    fact(
        "error",
        Kind::Text,
        "first line of its complaints of any kind; absent without any",
    ),
];

const VRP: &[FactSpec] = &[
    fact("prefix", Kind::Text, "the prefix"),
    fact("max_length", Kind::Count, "longest length"),
    fact("asn", Kind::Text, "AS number that may originate"),
    fact(
        "uri",
        Kind::Text,
        "URI of an object that says so, see `disagreement_list`; empty text if none was found",
    ),
];

const ASPA: &[FactSpec] = &[
    fact("customer", Kind::Text, "AS number of the customer"),
    fact("providers", Kind::Texts, "AS numbers of its providers"),
    fact("uri", Kind::Text, "as for validated ROA payloads"),
];

const ROUTER_KEY: &[FactSpec] = &[
    fact("asn", Kind::Text, "AS number"),
    fact("key", Kind::Text, "key identifier, 40 hex digits"),
    fact("uri", Kind::Text, "as for validated ROA payloads"),
];

const DISAGREEMENT: &[FactSpec] = &[
    fact("uri", Kind::Text, "URI of the object"),
    fact(
        "ours",
        Kind::Text,
        "what we make of it: `accepted`, `dropped`, `refused/` and the reason, or `unlisted` if no manifest that counts lists it",
    ),
    fact(
        "words",
        Kind::Text,
        "why we do not accept it; empty text if we do",
    ),
    fact(
        "complaint",
        Kind::Text,
        "first line in which the validator names it or the manifest that lists it; empty text if none does",
    ),
    fact("only_here", Kind::Count, "its payloads that only we find"),
    fact(
        "only_there",
        Kind::Count,
        "its payloads that only the validator finds",
    ),
];

const PAYLOADS: &[FactSpec] = &[
    fact(
        "agrees",
        Kind::Flag,
        "whether all sets that the validator knows are equal to ours; this and what follows is absent if it gave no result",
    ),
    fact(
        "vrps.count",
        Kind::Count,
        "validated ROA payloads of the validator, each once",
    ),
    fact("vrps.ours", Kind::Count, "ours"),
    fact(
        "vrps.set",
        Kind::Set,
        "those of the validator, a text `prefix-length AS` each, as of the probe `rpki_tree`",
    ),
    fact("vrps.only_here", Kind::Count, "those that only we find"),
    fact(
        "vrps.only_there",
        Kind::Count,
        "those that only the validator finds",
    ),
    records(
        "vrps.only_here_list",
        VRP,
        "those that only we find, in order, the first 1,000",
    ),
    records(
        "vrps.only_there_list",
        VRP,
        "those that only the validator finds, in order, the first 1,000",
    ),
    fact(
        "aspas.count",
        Kind::Count,
        "customers with a validated ASPA payload of the validator; this group is absent if its version knows none of today's profile",
    ),
    fact("aspas.ours", Kind::Count, "ours"),
    fact(
        "aspas.set",
        Kind::Set,
        "those of the validator, a text with customer and providers each, as of the probe `rpki_tree`",
    ),
    fact(
        "aspas.only_here",
        Kind::Count,
        "those that only we find with these providers",
    ),
    fact(
        "aspas.only_there",
        Kind::Count,
        "those that only the validator finds with these providers",
    ),
    records(
        "aspas.only_here_list",
        ASPA,
        "those that only we find, in order, the first 1,000",
    ),
    records(
        "aspas.only_there_list",
        ASPA,
        "those that only the validator finds, in order, the first 1,000",
    ),
    fact(
        "router_keys.count",
        Kind::Count,
        "pairs of AS number and router key of the validator; this group is absent if it tells none",
    ),
    fact("router_keys.ours", Kind::Count, "ours"),
    fact(
        "router_keys.set",
        Kind::Set,
        "those of the validator, a text with AS number and key identifier each, as of the probe `rpki_tree`",
    ),
    fact(
        "router_keys.only_here",
        Kind::Count,
        "those that only we find",
    ),
    fact(
        "router_keys.only_there",
        Kind::Count,
        "those that only the validator finds",
    ),
    records(
        "router_keys.only_here_list",
        ROUTER_KEY,
        "those that only we find, in order, the first 1,000",
    ),
    records(
        "router_keys.only_there_list",
        ROUTER_KEY,
        "those that only the validator finds, in order, the first 1,000",
    ),
    records(
        "disagreement_list",
        DISAGREEMENT,
        "objects that the validator and we make different things of, by URI, the first 1,000",
    ),
];
