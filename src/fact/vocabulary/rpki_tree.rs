//! The `rpki_tree` probe: the whole tree of one trust anchor, captured and validated.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, sourced};
use crate::fact::{Kind, SampleUnit};

/// Captures and validates a tree.
pub const RPKI_TREE: ProbeKind = ProbeKind {
    name: "rpki_tree",
    summary: "captures all repositories below a trust anchor, validates the tree and reads every object",
    subject: "https URL of a trust anchor locator; `${registry.rpki.tal}` is the registry's own",
    example: "https://rpki.example.net/tal/example.tal",
    arguments: &[&[Argument {
        name: "repositories",
        value: ArgumentValue::Count,
        meaning: "most repositories that are captured; default 64",
    }]],
    facts: &[
        ANCHOR,
        CONSTRAINTS,
        CAPTURE,
        TREE,
        PAYLOADS,
        OPERATIONAL,
        DARK,
    ],
    inspector: Some("rpki"),
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

const SECONDS: Kind = Kind::Distribution(SampleUnit::Duration);
const OCTETS: Kind = Kind::Distribution(SampleUnit::Bytes);
const THINGS: Kind = Kind::Distribution(SampleUnit::Count);

/// Operational parameters. The last word is the level: `anchor`, `intermediate`, `hosted`,
/// `delegated` or `nir`; a level without samples is absent.
const OPERATIONAL: &[FactSpec] = &[
    sourced(
        "ops.ca.lifetime.*",
        SECONDS,
        "from notBefore to notAfter of certificates of authorities, by level",
        "RFC 6487, section 4.6",
    ),
    sourced(
        "ops.ca.remaining.*",
        SECONDS,
        "from the capture to notAfter of certificates of authorities, by level",
        "RFC 6487, section 4.6",
    ),
    sourced(
        "ops.manifest.window.*",
        SECONDS,
        "from thisUpdate to nextUpdate of manifests, by level",
        "RFC 9286, section 4.2.1",
    ),
    sourced(
        "ops.manifest.age.*",
        SECONDS,
        "from thisUpdate of manifests to the capture, by level",
        "RFC 9286, section 4.2.1",
    ),
    sourced(
        "ops.manifest.remaining.*",
        SECONDS,
        "from the capture to nextUpdate of manifests, by level",
        "RFC 9286, section 4.2.1",
    ),
    fact(
        "ops.manifest.entries.*",
        THINGS,
        "files that manifests list, by level",
    ),
    fact(
        "ops.manifest.bytes.*",
        OCTETS,
        "size of manifests, by level",
    ),
    sourced(
        "ops.crl.window.*",
        SECONDS,
        "from thisUpdate to nextUpdate of CRLs, by level",
        "RFC 6487, section 5",
    ),
    sourced(
        "ops.crl.remaining.*",
        SECONDS,
        "from the capture to nextUpdate of CRLs, by level",
        "RFC 6487, section 5",
    ),
    fact(
        "ops.crl.ahead.*",
        SECONDS,
        "from nextUpdate of manifests to that of the CRLs on them, by level",
    ),
    fact(
        "ops.crl.entries.*",
        THINGS,
        "certificates that CRLs revoke, by level",
    ),
    fact("ops.crl.bytes.*", OCTETS, "size of CRLs, by level"),
    fact(
        "ops.roa.lifetime.*",
        SECONDS,
        "from notBefore to notAfter of ROAs' certificates, by level",
    ),
    fact(
        "ops.roa.remaining.*",
        SECONDS,
        "from the capture to notAfter of ROAs' certificates, by level",
    ),
    fact("ops.roa.bytes.*", OCTETS, "size of ROAs, by level"),
    fact("ops.roa.prefixes.*", THINGS, "prefixes of ROAs, by level"),
    fact(
        "ops.aspa.lifetime.*",
        SECONDS,
        "from notBefore to notAfter of ASPAs' certificates, by level",
    ),
    fact(
        "ops.aspa.remaining.*",
        SECONDS,
        "from the capture to notAfter of ASPAs' certificates, by level",
    ),
    fact("ops.aspa.bytes.*", OCTETS, "size of ASPAs, by level"),
    fact(
        "ops.aspa.providers.*",
        THINGS,
        "providers of ASPAs, by level",
    ),
    fact(
        "ops.tak.lifetime.*",
        SECONDS,
        "from notBefore to notAfter of certificates of trust anchor key objects, by level",
    ),
    fact(
        "ops.tak.remaining.*",
        SECONDS,
        "from the capture to notAfter of certificates of trust anchor key objects, by level",
    ),
    fact(
        "ops.router.lifetime.*",
        SECONDS,
        "from notBefore to notAfter of router certificates, by level",
    ),
    fact(
        "ops.router.remaining.*",
        SECONDS,
        "from the capture to notAfter of router certificates, by level",
    ),
];

/// The dark clock. The last word is the time since signing stopped: `h1`, `h8`, `h24`, `h48`.
const DARK: &[FactSpec] = &[
    fact(
        "dark.all.*",
        Kind::Ratio,
        "share of the validated ROA payloads lost if nobody signed any more; absent without payloads",
    ),
    fact(
        "dark.anchor.*",
        Kind::Ratio,
        "the same if only the trust anchor stopped",
    ),
    fact(
        "dark.intermediate.*",
        Kind::Ratio,
        "the same if only the registry's intermediate authorities stopped",
    ),
    fact(
        "dark.member.*",
        Kind::Ratio,
        "the same if only members' authorities stopped",
    ),
];
