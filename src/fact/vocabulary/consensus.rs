//! The `consensus` probe, and what `rpki_tree` says of consensus objects: what trust anchors
//! agree on about who is authoritative for what.
//!
//! Source: draft-nro-sidrops-ta-constraints-00.

use super::rpki_tree::records;
use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact};
use crate::fact::Kind;

/// Reads what participants of a consensus publish.
pub const CONSENSUS: ProbeKind = ProbeKind {
    name: "consensus",
    summary: "fetches what several trust anchors publish about who is authoritative for what: the certificate of who signs, states and events; verifies all of it and plays the events from state to state",
    subject: "ids of the registries, with blanks between them, or `all` for those of the run; those that declare `rpki.consensus` count",
    example: "all",
    arguments: &[&[
        Argument {
            name: "types",
            value: ArgumentValue::Headers,
            meaning: "the object identifiers of `state`, `initiation`, `acceptance`, `finalization`, `cancellation`, `inclusion` and `exclusion`, which the draft leaves open; required",
        },
        Argument {
            name: "first",
            value: ArgumentValue::Count,
            meaning: "the number of the first event, which the draft leaves open; default 1",
        },
    ]],
    facts: &[FACTS],
    inspector: None,
};

const REPOSITORY: &[FactSpec] = &[
    fact("registry", Kind::Text, "id of the registry"),
    fact("name", Kind::Text, "its name in the consensus, as declared"),
    fact(
        "url",
        Kind::Text,
        "the URL that names of files are put behind, as declared",
    ),
    fact(
        "key",
        Kind::Text,
        "SHA-256 of the key of who signs (DER of the SubjectPublicKeyInfo), 64 hex digits; absent without a certificate",
    ),
    fact(
        "reason",
        Kind::Text,
        "what is wrong with its certificate or its newest state, in words; empty text if nothing is, absent with `failure`",
    ),
    fact(
        "failure",
        Kind::Text,
        "what could not be seen, in words, so that nothing else is said of it; absent if all was",
    ),
    fact(
        "version",
        Kind::Count,
        "number of the newest state; absent without one",
    ),
    fact(
        "date",
        Kind::Time,
        "the time that the newest state is about; absent without one",
    ),
    fact("states", Kind::Count, "states that were read"),
    fact("events", Kind::Count, "events that were read"),
    fact(
        "agreed",
        Kind::Text,
        "of the newest state that all have: number, time and a digest of who has what; absent if there is none",
    ),
];

const VIOLATION: &[FactSpec] = &[
    fact(
        "registry",
        Kind::Text,
        "id of the registry that published it",
    ),
    fact(
        "matter",
        Kind::Text,
        "`initial-set`, `events`, `transfers` or `next-set`",
    ),
    fact("place", Kind::Text, "`event` or `state` and its number"),
    fact("what", Kind::Text, "what is wrong, in words"),
];

const HELD: &[FactSpec] = &[
    fact("registry", Kind::Text, "id of the registry"),
    fact(
        "addresses",
        Kind::Addresses,
        "addresses that it has after all events",
    ),
    fact(
        "asns",
        Kind::Asns,
        "AS numbers that it has after all events",
    ),
];

const FACTS: &[FactSpec] = &[
    records(
        "repository_list",
        REPOSITORY,
        "what each registry publishes, in alphabetical order of ids",
    ),
    records(
        "violation_list",
        VIOLATION,
        "what is wrong, the first 1,000",
    ),
    fact("violations", Kind::Count, "things that are wrong"),
    records(
        "held_list",
        HELD,
        "who has what; empty where not all have a state in common",
    ),
    fact(
        "unfinished",
        Kind::Count,
        "transfers that are neither completed nor canceled",
    ),
];

/// Fields of a trust anchor in a consensus object.
const PARTICIPANT: &[FactSpec] = &[
    fact("name", Kind::Text, "its name"),
    fact(
        "keys",
        Kind::Texts,
        "SHA-256 of each of its keys (DER of the SubjectPublicKeyInfo), 64 hex digits",
    ),
];

/// What `rpki_tree` says of the consensus object of a trust anchor.
pub(super) const OBJECT: &[FactSpec] = &[
    fact(
        "consensus.count",
        Kind::Count,
        "consensus objects that the trust anchor's manifest lists; all that follows is absent unless there is one and it is valid",
    ),
    fact(
        "consensus.type",
        Kind::Text,
        "object identifier of its content, which the draft leaves open, as dotted numbers",
    ),
    records(
        "consensus.participant_list",
        PARTICIPANT,
        "trust anchors that agree, in the order of the object",
    ),
    fact(
        "consensus.participants",
        Kind::Texts,
        "the same, each as its name and its keys with blanks between them",
    ),
    fact(
        "consensus.others",
        Kind::Texts,
        "trust anchors that those constrain without their consent, likewise",
    ),
    fact(
        "consensus.key",
        Kind::Text,
        "SHA-256 of the key of who signs states and events (DER of the SubjectPublicKeyInfo), 64 hex digits",
    ),
    fact(
        "consensus.base",
        Kind::Text,
        "the URL that names of files are put behind",
    ),
    fact(
        "consensus.certificate",
        Kind::Text,
        "name of the certificate of who signs states and events",
    ),
    fact("consensus.state", Kind::Text, "name of the newest state"),
];
