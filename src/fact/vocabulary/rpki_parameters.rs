//! Operational parameters of a tree and its dark clock, as the probe `rpki_tree` publishes them.

use super::{FactSpec, fact, sourced};
use crate::fact::{Kind, SampleUnit};

pub(super) const SECONDS: Kind = Kind::Distribution(SampleUnit::Duration);
const OCTETS: Kind = Kind::Distribution(SampleUnit::Bytes);
const THINGS: Kind = Kind::Distribution(SampleUnit::Count);

/// Operational parameters. The last word is the level: `anchor`, `intermediate`, `hosted`,
/// `delegated` or `nir`; a level without samples is absent.
pub(super) const OPERATIONAL: &[FactSpec] = &[
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
pub(super) const DARK: &[FactSpec] = &[
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
