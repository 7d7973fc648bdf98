//! The `rrdp` probe: a repository as RRDP shows it.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, sourced};
use crate::fact::Kind;

/// Fetches the files of an RRDP repository.
pub const RRDP: ProbeKind = ProbeKind {
    name: "rrdp",
    summary: "fetches a notification file, the snapshot and the deltas it names, and reads them with the RRDP inspector",
    subject: "the https URL of the notification file",
    example: "https://rrdp.example.net/notification.xml",
    arguments: &[&[
        Argument {
            name: "snapshot",
            value: ArgumentValue::Flag,
            meaning: "whether the snapshot is fetched; default true",
        },
        Argument {
            name: "deltas",
            value: ArgumentValue::Flag,
            meaning: "whether all deltas are fetched; default false: then the oldest is asked for its headers only",
        },
        Argument {
            name: "conditional",
            value: ArgumentValue::Flag,
            meaning: "whether the notification is asked for once more with the validators of its first answer; default true",
        },
        Argument {
            name: "coding",
            value: ArgumentValue::Word(&["gzip", "identity"]),
            meaning: "content coding that is asked for; default `gzip`",
        },
        Argument {
            name: "authorities",
            value: ArgumentValue::Texts,
            meaning: "authorities of rsync URIs that belong to this repository; default that of the first object",
        },
        Argument {
            name: "against",
            value: ArgumentValue::Probe,
            meaning: "a probe `rsync` of the same repository with `objects: true`, whose objects are compared with those of the snapshot",
        },
        Argument {
            name: "anchor",
            value: ArgumentValue::Text,
            meaning: "https URL of the trust anchor locator that the probe in `against` was given: the snapshot is validated by it, at the same time, and payloads are compared; default: none",
        },
        Argument {
            name: "size_limit",
            value: ArgumentValue::Bytes,
            meaning: "largest file, on the wire and after decoding; default and maximum from the target file",
        },
    ]],
    facts: &[FACTS],
    inspector: Some("rrdp"),
};

const EXTENSION: &[FactSpec] = &[
    fact(
        "extension",
        Kind::Text,
        "extension in lower case, such as `roa`",
    ),
    fact("count", Kind::Count, "number of objects"),
    fact("bytes", Kind::Bytes, "their octets"),
];

/// The description of the objects by extension, of every probe that counts them.
pub(super) const BY_EXTENSION: FactSpec = FactSpec {
    path: "objects.by_extension",
    kind: Kind::Records,
    meaning: "objects by extension, in the order of extensions; those without one are left out",
    source: "",
    fields: EXTENSION,
};

const DELTA: &[FactSpec] = &[
    fact("serial", Kind::Count, "serial that it leads to"),
    fact(
        "status",
        Kind::Count,
        "status code; absent if no answer came",
    ),
    fact(
        "wire_bytes",
        Kind::Bytes,
        "size on the wire; absent if no answer came",
    ),
    fact(
        "bytes",
        Kind::Bytes,
        "size after decoding; absent if it was not read",
    ),
    fact(
        "published",
        Kind::Count,
        "objects that are published in it; absent if it was not read",
    ),
    fact(
        "withdrawn",
        Kind::Count,
        "objects that are withdrawn; absent if it was not read",
    ),
    fact(
        "hash_matches",
        Kind::Flag,
        "whether it has the SHA-256 that the notification names; absent if it was not read",
    ),
];

const FACTS: &[FactSpec] = &[
    fact("url", Kind::Text, "URL of the notification"),
    sourced(
        "notification.status",
        Kind::Count,
        "status code",
        "RFC 9110, section 15",
    ),
    sourced(
        "notification.headers.*",
        Kind::Text,
        "header by lower-case name; several values joined by `, `; absent if not sent",
        "RFC 9110, section 5",
    ),
    fact("notification.wire_bytes", Kind::Bytes, "size on the wire"),
    fact(
        "notification.bytes",
        Kind::Bytes,
        "size after decoding; absent if it was not read",
    ),
    fact(
        "notification.first_byte",
        Kind::Duration,
        "from sending the request to the status line",
    ),
    fact(
        "notification.total",
        Kind::Duration,
        "from sending the request to the last octet",
    ),
    sourced(
        "session",
        Kind::Text,
        "session id as written; absent if there is none",
        "RFC 8182, section 3.5.1.3",
    ),
    sourced(
        "serial",
        Kind::Count,
        "serial of the notification; absent if there is none that can be read",
        "RFC 8182, section 3.5.1.3",
    ),
    sourced(
        "conditional.status",
        Kind::Count,
        "status of the second request; absent if it was not made: the first answer had no validator",
        "RFC 9110, section 13.1",
    ),
    fact(
        "conditional.not_modified",
        Kind::Flag,
        "whether that status is 304; absent as it is",
    ),
    fact(
        "same_origin",
        Kind::Flag,
        "whether snapshot and deltas have the origin of the notification; absent if there are none",
    ),
    fact(
        "redirected",
        Kind::Flag,
        "whether any file that was asked for answered with a redirect; none is followed",
    ),
    fact(
        "hashes_match",
        Kind::Flag,
        "whether every file that was fetched has the SHA-256 that the notification names; absent if none was",
    ),
    fact(
        "notification.clock",
        Kind::Duration,
        "how far the Date of its answer is from when the request was sent, in whole seconds; absent without Date",
    ),
    fact(
        "deltas.count",
        Kind::Count,
        "deltas that the notification names",
    ),
    fact(
        "deltas.lowest",
        Kind::Count,
        "their lowest serial; absent if there are none",
    ),
    fact(
        "deltas.oldest_modified",
        Kind::Time,
        "Last-Modified of the delta with the lowest serial; absent if not sent",
    ),
    fact(
        "deltas.reach",
        Kind::Duration,
        "from that time to the Date of the notification's answer; absent if either was not sent",
    ),
    fact(
        "deltas.fetched",
        Kind::Count,
        "deltas that were fetched whole",
    ),
    fact(
        "deltas.bytes",
        Kind::Bytes,
        "their size after decoding; absent if none was",
    ),
    FactSpec {
        path: "delta_list",
        kind: Kind::Records,
        meaning: "every delta that was asked for whole, the newest first",
        source: "",
        fields: DELTA,
    },
    fact(
        "snapshot.url",
        Kind::Text,
        "URL of the snapshot; absent if the notification names none that can be fetched",
    ),
    fact(
        "snapshot.status",
        Kind::Count,
        "status code; absent if it was not asked for",
    ),
    fact(
        "snapshot.headers.*",
        Kind::Text,
        "header by lower-case name, as of the notification",
    ),
    fact("snapshot.wire_bytes", Kind::Bytes, "size on the wire"),
    fact(
        "snapshot.bytes",
        Kind::Bytes,
        "size after decoding; absent if it was not read",
    ),
    fact(
        "snapshot.first_byte",
        Kind::Duration,
        "from sending the request to the status line",
    ),
    fact(
        "snapshot.total",
        Kind::Duration,
        "from sending the request to the last octet",
    ),
    fact(
        "snapshot.hash_matches",
        Kind::Flag,
        "whether it has the SHA-256 that the notification names; absent if it was not read",
    ),
    fact(
        "objects.count",
        Kind::Count,
        "objects of the snapshot that can be read; absent if it was not read",
    ),
    fact("objects.bytes", Kind::Bytes, "their octets"),
    fact("objects.largest", Kind::Bytes, "size of the largest"),
    fact(
        "objects.authorities",
        Kind::Texts,
        "authorities of their rsync URIs in lower case, in order, at most 64",
    ),
    BY_EXTENSION,
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
    fact(
        "compared.count",
        Kind::Count,
        "objects of publication points that both views have; this and what follows is absent unless `against` names a probe that has objects",
    ),
    fact(
        "compared.equal",
        Kind::Flag,
        "whether all publication points are the same in both views",
    ),
    fact(
        "compared.different",
        Kind::Count,
        "objects that differ although the manifest of their publication point is the same in both views",
    ),
    fact(
        "compared.different_list",
        Kind::Texts,
        "what is different, the first 20",
    ),
    fact(
        "compared.broken",
        Kind::Count,
        "publication points of whose manifest a file is not there by rsync, or has other octets, and which RRDP shows otherwise",
    ),
    fact(
        "compared.moved",
        Kind::Count,
        "publication points of which one view has another manifest: published meanwhile, or not yet",
    ),
    fact(
        "compared.behind",
        Kind::Duration,
        "how much later `thisUpdate` of such a manifest is by RRDP than by rsync, at most; 0 if nowhere",
    ),
    fact(
        "compared.only_rsync",
        Kind::Texts,
        "publication points that only the rsync view has, the first 20",
    ),
    fact(
        "compared.only_rrdp",
        Kind::Texts,
        "publication points that only the RRDP view has, the first 20",
    ),
    fact(
        "compared.payloads.count",
        Kind::Count,
        "validated payloads of objects below the folder in either view; this group is absent unless both probes are given the same `anchor` and its files came",
    ),
    fact(
        "compared.payloads.only_rsync",
        Kind::Count,
        "those of an object that counts by rsync only",
    ),
    fact(
        "compared.payloads.only_rrdp",
        Kind::Count,
        "those of an object that counts by RRDP only",
    ),
    fact(
        "compared.payloads.list",
        Kind::Texts,
        "both, as `URI payload` with the view, the first 20",
    ),
];
