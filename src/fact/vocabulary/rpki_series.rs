//! The `rpki_series` probe: a repository beside an earlier capture of it.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact};
use crate::fact::{Kind, SampleUnit};

/// Compares a repository with what an earlier run captured of it.
pub const RPKI_SERIES: ProbeKind = ProbeKind {
    name: "rpki_series",
    summary: "captures a repository by RRDP and compares it with what an earlier run captured of it, given by `quintet run --earlier`",
    subject: "https URL of an RRDP notification file; `${registry.rpki.rrdp[0]}` is the registry's own",
    example: "https://rrdp.example.net/notification.xml",
    arguments: &[&[Argument {
        name: "locator",
        value: ArgumentValue::Text,
        meaning: "https URL of the locator of the trust anchor above it; default none, and nothing is said of the trust anchor",
    }]],
    facts: &[CAPTURES, FEED, OBJECTS, ANCHOR],
    inspector: Some("rpki-series"),
};

const CAPTURES: &[FactSpec] = &[
    fact(
        "earlier.run",
        Kind::Text,
        "id of the run that made the earlier capture",
    ),
    fact(
        "earlier.at",
        Kind::Time,
        "when the earlier capture was made",
    ),
    fact(
        "elapsed",
        Kind::Duration,
        "from the earlier capture to this one",
    ),
];

const FEED: &[FactSpec] = &[
    fact(
        "session.changed",
        Kind::Flag,
        "whether the RRDP session is another one",
    ),
    fact(
        "serials.present",
        Kind::Count,
        "serial number of this capture",
    ),
    fact(
        "serials.earlier",
        Kind::Count,
        "serial number of the earlier capture",
    ),
    fact(
        "serials.growth",
        Kind::Count,
        "by how much the serial number grew; absent for another session and where it did not",
    ),
    fact(
        "publication.interval",
        Kind::Duration,
        "time for one serial number, on the average; absent where the serial number did not grow",
    ),
    fact(
        "deltas.applied",
        Kind::Count,
        "deltas since the earlier capture that were applied to it; absent if they do not reach back",
    ),
    fact(
        "snapshot.earlier.status",
        Kind::Count,
        "status of the snapshot that the earlier notification named; absent if that is more than two hours ago or it did not come",
    ),
];

const OBJECTS: &[FactSpec] = &[
    fact("objects.count", Kind::Count, "objects of this capture"),
    fact("objects.new", Kind::Count, "URIs that had no object"),
    fact(
        "objects.gone",
        Kind::Count,
        "URIs that have no object any more",
    ),
    fact("objects.changed", Kind::Count, "URIs with other octets"),
    fact(
        "manifests.replaced",
        Kind::Count,
        "manifests that were replaced",
    ),
    fact(
        "manifests.interval",
        Kind::Distribution(SampleUnit::Duration),
        "time from one manifest of an authority to the next; absent if none was replaced",
    ),
    fact(
        "roas.gone",
        Kind::Count,
        "ROAs that are gone, and nothing says the same",
    ),
    fact(
        "aspas.gone",
        Kind::Count,
        "customers of ASPAs that have none any more",
    ),
    fact(
        "keys.age",
        Kind::Distribution(SampleUnit::Duration),
        "how long the keys of authorities have been certified at least; absent without authorities",
    ),
    fact(
        "keys.gone",
        Kind::Count,
        "keys of authorities that are certified no more",
    ),
    fact(
        "crl.entries",
        Kind::Distribution(SampleUnit::Count),
        "entries of revocation lists; absent without any",
    ),
    fact(
        "crl.expired",
        Kind::Count,
        "entries for certificates that have expired, as far as the earlier capture has them",
    ),
];

const ANCHOR: &[FactSpec] = &[
    fact(
        "anchor.reissued",
        Kind::Flag,
        "whether the trust anchor's certificate is another one; absent if it is not known twice",
    ),
    fact(
        "anchor.left",
        Kind::Duration,
        "what is left of its earlier certificate; absent if it was not replaced",
    ),
    fact(
        "tak.lifetime",
        Kind::Duration,
        "lifetime of the certificate of the TAK; absent without one",
    ),
    fact(
        "tak.interval",
        Kind::Duration,
        "time from one TAK to the next; absent if it was not replaced",
    ),
];
