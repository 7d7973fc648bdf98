//! The `edges` probe: one file at every address of its name.

use super::{FactSpec, ProbeKind, fact, sourced};
use crate::fact::Kind;

/// Asks for a file at every address of its name.
pub const EDGES: ProbeKind = ProbeKind {
    name: "edges",
    summary: "asks for a file at each address of its name, at most eight, and for what an RRDP notification among them names; at each address one GET, one conditional GET and two HEAD",
    subject: "an absolute https URL; redirects are not followed",
    example: "https://rrdp.example.net/notification.xml",
    arguments: &[],
    facts: &[FACTS],
    inspector: None,
};

const EDGE: &[FactSpec] = &[
    fact("address", Kind::Text, "the address"),
    fact(
        "ok",
        Kind::Flag,
        "whether it gave the file, by a status from 200 to 299",
    ),
    fact(
        "failure",
        Kind::Text,
        "kind of failure; empty text if there is a complete answer",
    ),
    fact("status", Kind::Count, "status code; absent if none came"),
    fact("etag", Kind::Text, "ETag as sent; absent if none was sent"),
    fact(
        "last_modified",
        Kind::Text,
        "Last-Modified as sent; absent if none was sent",
    ),
    fact(
        "digest",
        Kind::Text,
        "SHA-256 of the file as `sha256:` and hex; absent if none came",
    ),
    fact("bytes", Kind::Bytes, "its size; absent if none came"),
    fact(
        "session",
        Kind::Text,
        "session of an RRDP notification; absent for other files",
    ),
    fact(
        "serial",
        Kind::Count,
        "serial of an RRDP notification; absent for other files",
    ),
    fact(
        "again",
        Kind::Count,
        "status of a request with the validator that another address sent with the same file; absent if there was none",
    ),
];

const FACTS: &[FactSpec] = &[
    fact("url", Kind::Text, "the URL"),
    fact(
        "addresses",
        Kind::Texts,
        "addresses that were asked, IPv4 first",
    ),
    fact("count", Kind::Count, "how many those are"),
    fact(
        "left_out",
        Kind::Count,
        "further addresses of the name, which were not asked",
    ),
    FactSpec {
        path: "each",
        kind: Kind::Records,
        meaning: "what came of each address, in their order",
        source: "",
        fields: EDGE,
    },
    fact(
        "silent",
        Kind::Texts,
        "addresses that did not give the file, and why; one that cannot be reached over a family over which no address can is left out",
    ),
    sourced(
        "validators_differ",
        Kind::Texts,
        "addresses whose validators do not fit those of another address: the same file with another ETag or Last-Modified, another file with the same strong ETag, or a validator of the same file that is not known",
        "RFC 9110, sections 8.8 and 13",
    ),
    sourced(
        "documents_differ",
        Kind::Texts,
        "addresses whose RRDP notification is of another session than that of the first, or another document of the same session and serial; absent for other files",
        "RFC 8182, section 3.5.1",
    ),
    fact(
        "behind",
        Kind::Count,
        "how many serials the addresses are apart, at most; absent for other files than RRDP notifications",
    ),
    fact(
        "missing",
        Kind::Texts,
        "addresses at which the snapshot or the last delta of the newest notification is not there, with its URL; absent for other files",
    ),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
];
