//! The `rpki_tree` probe: the whole tree of one trust anchor, captured and validated.

use super::rpki_parameters::{DARK, OPERATIONAL, SECONDS};
use super::{Argument, ArgumentValue, FactSpec, ProbeKind, consensus, fact, sourced};
use crate::fact::Kind;

/// Captures and validates a tree.
pub const RPKI_TREE: ProbeKind = ProbeKind {
    name: "rpki_tree",
    summary: "captures all repositories below a trust anchor, validates the tree and reads every object",
    subject: "https URL of a trust anchor locator; `${registry.rpki.tal}` is the registry's own",
    example: "https://rpki.example.net/tal/example.tal",
    arguments: &[&[
        Argument {
            name: "repositories",
            value: ArgumentValue::Count,
            meaning: "most repositories that are captured; default 64",
        },
        ABOUT,
    ]],
    facts: &[
        ANCHOR,
        CONSTRAINTS,
        consensus::OBJECT,
        SUCCESSOR,
        CAPTURE,
        TREE,
        PAYLOADS,
        SOME,
        OPERATIONAL,
        DARK,
    ],
    inspector: Some("rpki"),
};

/// The argument that names resources to tell of.
const ABOUT: Argument = Argument {
    name: "about",
    value: ArgumentValue::Texts,
    meaning: "prefixes, ranges or AS numbers that the facts below `about` tell of; default none, and they are absent",
};

const ANCHOR: &[FactSpec] = &[
    fact(
        "anchor.uri",
        Kind::Text,
        "URI the trust anchor's certificate was taken from",
    ),
    fact(
        "anchor.outcome",
        Kind::Text,
        "`accepted`, or `refused/` and the reason",
    ),
    fact("anchor.bytes", Kind::Bytes, "size of the certificate"),
    fact(
        "anchor.key",
        Kind::Text,
        "its key identifier, 40 hex digits; absent if it cannot be read",
    ),
    fact(
        "anchor.not_before",
        Kind::Time,
        "first moment of validity; absent if it cannot be read",
    ),
    fact(
        "anchor.not_after",
        Kind::Time,
        "last moment of validity; absent if it cannot be read",
    ),
    fact(
        "anchor.lifetime",
        Kind::Duration,
        "from first to last moment; absent if it cannot be read",
    ),
    fact(
        "anchor.remaining",
        Kind::Duration,
        "from the capture to the last moment; absent if it cannot be read",
    ),
    fact(
        "anchor.addresses",
        Kind::Addresses,
        "addresses that the certificate lists; absent if it was refused",
    ),
    fact(
        "anchor.asns",
        Kind::Asns,
        "AS numbers that the certificate lists; absent if it was refused",
    ),
];

/// The constraints file that is declared for the registry; absent without one.
const CONSTRAINTS: &[FactSpec] = &[
    fact(
        "constraints.url",
        Kind::Text,
        "URL of the constraints file declared for the registry; absent without one",
    ),
    fact(
        "constraints.failure",
        Kind::Text,
        "why it did not come; empty text if it did, absent without one",
    ),
    fact(
        "constraints.entries",
        Kind::Count,
        "lines of it that allow or deny; absent if it did not come",
    ),
    fact(
        "constraints.addresses",
        Kind::Addresses,
        "addresses that may be certified: what is allowed, or everything, without what is denied",
    ),
    fact(
        "constraints.asns",
        Kind::Asns,
        "AS numbers that may be certified, likewise",
    ),
];

const DIFFERENCE: &[FactSpec] = &[
    fact(
        "payload",
        Kind::Text,
        "the payload, as in `vrps.set`, `aspas.set` or `router_keys.set`",
    ),
    fact(
        "below",
        Kind::Text,
        "the only key below which it is: `current` or `successor`",
    ),
];

/// The successor that the trust anchor's key object names; absent without one.
const SUCCESSOR: &[FactSpec] = &[
    sourced(
        "successor.uris",
        Kind::Text,
        "URIs of the successor's certificate, the first four; absent without one",
        "RFC 9691, section 2.2.2",
    ),
    fact(
        "successor.certificate",
        Kind::Text,
        "why the https URIs do not give a trust anchor's certificate with the successor's key; empty text if they do, absent without one",
    ),
    sourced(
        "successor.predecessor",
        Kind::Text,
        "why the successor's key object does not name the current key as predecessor; empty text if it does, absent without a certificate",
        "RFC 9691, section 4",
    ),
    fact(
        "successor.same_resources",
        Kind::Flag,
        "whether both trust anchors' certificates have the same resources; absent without one",
    ),
    fact(
        "successor.payloads.missing",
        Kind::Count,
        "payloads of ROAs, ASPAs and router keys below the current key only; absent without a successor's certificate",
    ),
    fact(
        "successor.payloads.extra",
        Kind::Count,
        "those below the successor's key only, likewise",
    ),
    records(
        "successor.differences",
        DIFFERENCE,
        "those payloads, the first 1,000 of each",
    ),
];

const REPOSITORY: &[FactSpec] = &[
    fact(
        "notify",
        Kind::Text,
        "its RRDP notification file; empty text if its authorities name none",
    ),
    fact("module", Kind::Text, "its rsync module"),
    fact("cas", Kind::Count, "authorities that publish in it"),
    fact("captured", Kind::Flag, "whether it was captured"),
    fact(
        "reason",
        Kind::Text,
        "why it was not captured; empty text if it was",
    ),
];

const AUTHORITY: &[FactSpec] = &[
    fact("manifest", Kind::Text, "URI of its manifest"),
    fact("key", Kind::Text, "its key identifier"),
    fact("role", Kind::Text, "what it is for"),
    fact("operator", Kind::Text, "who operates it"),
    fact("depth", Kind::Count, "how many authorities stand above it"),
    fact(
        "outcome",
        Kind::Text,
        "`accepted`, or what became of it and why",
    ),
    fact(
        "manifest_number",
        Kind::Text,
        "number of its manifest; absent if it cannot be read",
    ),
    fact(
        "next_update",
        Kind::Time,
        "until when its manifest holds; absent if it cannot be read",
    ),
];

const DEAD: &[FactSpec] = &[
    fact("manifest", Kind::Text, "URI of its manifest"),
    fact("key", Kind::Text, "its key identifier"),
    fact(
        "level",
        Kind::Text,
        "`anchor`, `intermediate`, `hosted`, `delegated` or `nir`",
    ),
    fact("outcome", Kind::Text, "what became of it and why"),
    fact(
        "since",
        Kind::Time,
        "when its last manifest ended; absent if it has not or cannot be read",
    ),
];

const REFUSED: &[FactSpec] = &[
    fact("uri", Kind::Text, "URI of the object"),
    fact("kind", Kind::Text, "what it is"),
    fact("operator", Kind::Text, "who operates its authority"),
    fact("reason", Kind::Text, "why it does not count"),
];

const KINDS: &[FactSpec] = &[
    fact("kind", Kind::Text, "what they are"),
    fact("count", Kind::Count, "how many"),
    fact("bytes", Kind::Bytes, "their size together"),
];

const EXPIRY: &[FactSpec] = &[
    fact(
        "what",
        Kind::Text,
        "`trust-anchor`, `ca-certificate`, `manifest` or `crl`",
    ),
    fact("uri", Kind::Text, "URI of it"),
    fact("tier", Kind::Text, "`trust-anchor` or `intermediate`"),
    fact("at", Kind::Time, "when it ends"),
];

/// What the capture of a tree publishes.
pub(super) const CAPTURE: &[FactSpec] = &[
    records(
        "repository_list",
        REPOSITORY,
        "the repositories met, in the order of the tree",
    ),
    fact(
        "repositories.count",
        Kind::Count,
        "repositories that authorities of the tree publish in",
    ),
    fact(
        "repositories.captured",
        Kind::Count,
        "those of them that were captured",
    ),
    fact("capture.objects", Kind::Count, "objects of all captures"),
    fact("capture.bytes", Kind::Bytes, "octets of all captures"),
];

const TREE: &[FactSpec] = &[
    fact(
        "cas.count",
        Kind::Count,
        "authorities, the trust anchor included",
    ),
    fact(
        "cas.accepted",
        Kind::Count,
        "authorities whose publication point counts",
    ),
    fact(
        "cas.by_operator.*",
        Kind::Count,
        "authorities by who operates them, such as `rir-hosted-ca`",
    ),
    fact(
        "cas.failed.registry",
        Kind::Count,
        "authorities of the registry, hosted ones included, that do not count",
    ),
    fact(
        "cas.failed.others",
        Kind::Count,
        "authorities of others that do not count",
    ),
    sourced(
        "cas.dead.*",
        SECONDS,
        "from the end of the last manifest to the capture, of authorities that have none that holds, by level; absent if there is none or nothing tells",
        "RFC 9286, section 4.2.1",
    ),
    records(
        "dead_list",
        DEAD,
        "authorities that are certified and have no manifest that holds, the first 1,000",
    ),
    fact(
        "cas.outliving",
        Kind::Count,
        "authorities whose certificate is valid for longer than that of their issuer",
    ),
    sourced(
        "manifests.longest_number",
        Kind::Count,
        "bits of the longest manifest number; at 159 the numbers of a name are used up; 0 without manifests",
        "RFC 9981, section 3",
    ),
    fact("cas.deepest", Kind::Count, "greatest depth of an authority"),
    records(
        "failed_list",
        AUTHORITY,
        "authorities that do not count, the first 1,000",
    ),
    records(
        "own_list",
        AUTHORITY,
        "the registry's own authorities, the first 1,000",
    ),
    fact("objects.count", Kind::Count, "objects of the tree"),
    fact(
        "objects.refused",
        Kind::Count,
        "objects that do not count for a reason of their own",
    ),
    records("refused_list", REFUSED, "those objects, the first 1,000"),
    records("objects.by_kind", KINDS, "objects by kind"),
    records(
        "expiry_list",
        EXPIRY,
        "what the trust anchor and the registry's own authorities must sign again, by time, the first 1,000",
    ),
];

const VRP: &[FactSpec] = &[
    fact("prefix", Kind::Text, "the prefix"),
    fact("length", Kind::Count, "its length"),
    fact("most", Kind::Count, "longest length that may be originated"),
    fact(
        "origin",
        Kind::Text,
        "who may originate it, such as `AS64496`",
    ),
];

const OVERCLAIMING: &[FactSpec] = &[
    fact("uri", Kind::Text, "URI of the object"),
    fact("kind", Kind::Text, "what it is"),
];

/// What the tree says of the resources of the argument `about`.
const SOME: &[FactSpec] = &[
    fact(
        "about.addresses",
        Kind::Addresses,
        "addresses of them that are certified to members and others; absent without `about`",
    ),
    fact(
        "about.asns",
        Kind::Asns,
        "AS numbers of them that are certified to members and others; absent without `about`",
    ),
    fact(
        "about.vrps.count",
        Kind::Count,
        "validated ROA payloads with addresses or an origin of them; absent without `about`",
    ),
    records(
        "about.vrps.list",
        VRP,
        "those payloads, the first 1,000; absent without `about`",
    ),
    records(
        "about.overclaiming",
        OVERCLAIMING,
        "objects of the whole tree that are refused because their certificate claims what its issuer does not have, the first 1,000; absent without `about`",
    ),
];

const PAYLOADS: &[FactSpec] = &[
    fact(
        "vrps.count",
        Kind::Count,
        "validated ROA payloads, each once",
    ),
    fact(
        "vrps.set",
        Kind::Set,
        "the payloads, a text `prefix-length AS` each, such as `192.0.2.0/24-26 AS64496`",
    ),
    fact("vrps.v4", Kind::Count, "those of IPv4 prefixes"),
    fact("vrps.v6", Kind::Count, "those of IPv6 prefixes"),
    fact(
        "vrps.repeated.within",
        Kind::Count,
        "those that several ROAs of one authority say",
    ),
    fact(
        "vrps.repeated.across",
        Kind::Count,
        "those that ROAs of several authorities say",
    ),
    fact(
        "vrps.digest",
        Kind::Text,
        "SHA-256 over the payloads in order, one line `prefix-length AS` each",
    ),
    fact(
        "vrps.addresses",
        Kind::Addresses,
        "addresses of their prefixes",
    ),
    fact(
        "vrps.routed.addresses",
        Kind::Addresses,
        "the same of payloads that let an AS originate: those of AS 0 are left out",
    ),
    fact("vrps.asns", Kind::Asns, "AS numbers that may originate"),
    fact(
        "aspas.count",
        Kind::Count,
        "customers with a validated ASPA payload",
    ),
    fact(
        "aspas.set",
        Kind::Set,
        "the payloads, a text with the customer and its providers each, such as `AS64496 AS64500 AS64501`",
    ),
    fact("aspas.customers", Kind::Asns, "those customers"),
    fact(
        "aspas.providers",
        Kind::Asns,
        "their providers; AS0, which stands for none, is not among them",
    ),
    fact("router_keys.count", Kind::Count, "validated router keys"),
    fact(
        "router_keys.set",
        Kind::Set,
        "the keys, a text with AS number and key identifier each",
    ),
    fact("router_keys.asns", Kind::Asns, "their AS numbers"),
    fact(
        "holdings.addresses",
        Kind::Addresses,
        "certified holdings: addresses certified to members and others, the registry's own authorities excluded",
    ),
    fact(
        "holdings.asns",
        Kind::Asns,
        "certified holdings: AS numbers",
    ),
    fact(
        "holdings.members.addresses",
        Kind::Addresses,
        "the same without what National Internet Registries are certified themselves, who hold more than they have given",
    ),
    fact(
        "holdings.members.asns",
        Kind::Asns,
        "certified holdings of members: AS numbers",
    ),
];

/// Returns the description of a list of records.
pub(super) const fn records(
    path: &'static str,
    fields: &'static [FactSpec],
    meaning: &'static str,
) -> FactSpec {
    FactSpec {
        path,
        kind: Kind::Records,
        meaning,
        source: "",
        fields,
    }
}
