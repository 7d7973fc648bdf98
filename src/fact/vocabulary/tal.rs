//! The `tal` probe: a trust anchor locator, and the certificate at each of its URIs.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, sourced};
use crate::fact::Kind;

/// Reads a trust anchor locator.
pub const TAL: ProbeKind = ProbeKind {
    name: "tal",
    summary: "reads a trust anchor locator and fetches the certificate by every URI of it",
    subject: "https URL of a locator, or its text; `${registry.rpki.tal}` is the registry's own",
    example: "https://rpki.example.net/tal/example.tal",
    arguments: &[&[Argument {
        name: "schemes",
        value: ArgumentValue::Words(&["https", "rsync"]),
        meaning: "schemes of URIs by which the certificate is fetched, rsync needing the program rsync; default both",
    }]],
    facts: &[FACTS],
    inspector: Some("rpki"),
};

const CERTIFICATE: &[FactSpec] = &[
    fact("uri", Kind::Text, "the URI"),
    fact("scheme", Kind::Text, "its scheme"),
    fact("ok", Kind::Flag, "whether a certificate was fetched"),
    fact(
        "failure",
        Kind::Text,
        "kind of failure; empty text if there is a complete answer",
    ),
    fact(
        "status",
        Kind::Count,
        "status code; absent for rsync and if no answer came",
    ),
    fact(
        "content_type",
        Kind::Text,
        "its media type as sent; absent for rsync and if none was sent",
    ),
    fact(
        "address",
        Kind::Text,
        "address that answered; absent if none did",
    ),
    fact("bytes", Kind::Bytes, "size; absent if nothing was fetched"),
    fact(
        "digest",
        Kind::Text,
        "SHA-256 as `sha256:` and hex; absent if nothing was fetched",
    ),
    fact(
        "key_matches",
        Kind::Flag,
        "whether the certificate has the locator's key; absent if it is none",
    ),
    fact("total", Kind::Duration, "how long it took"),
];

const FACTS: &[FactSpec] = &[
    fact(
        "url",
        Kind::Text,
        "URL of the locator; absent if its text was given",
    ),
    fact(
        "status",
        Kind::Count,
        "status code; absent if its text was given",
    ),
    fact(
        "headers.*",
        Kind::Text,
        "header by lower-case name; absent if not sent",
    ),
    fact(
        "bytes",
        Kind::Bytes,
        "size of the locator; absent if it was not fetched",
    ),
    fact(
        "redirect",
        Kind::Flag,
        "whether the locator was asked for elsewhere in the end",
    ),
    sourced(
        "form_error",
        Kind::Text,
        "what is wrong with its form; empty text if nothing is",
        "RFC 8630, section 2.2",
    ),
    fact("comments", Kind::Count, "comment lines"),
    fact("line_ends", Kind::Text, "`lf`, `crlf` or `mixed`"),
    sourced(
        "uris",
        Kind::Texts,
        "its URIs in order",
        "RFC 8630, section 2.2",
    ),
    fact("https_uris", Kind::Count, "URIs with scheme https"),
    fact("rsync_uris", Kind::Count, "URIs with scheme rsync"),
    fact(
        "key.digest",
        Kind::Text,
        "SHA-256 of the key's SubjectPublicKeyInfo as `sha256:` and hex; absent if it is not Base64",
    ),
    fact(
        "key.algorithm",
        Kind::Text,
        "object identifier of its algorithm; absent if it is no key",
    ),
    fact(
        "key.bits",
        Kind::Count,
        "length of an RSA modulus; absent for other keys",
    ),
    fact(
        "key.exponent",
        Kind::Count,
        "RSA exponent; absent for other keys",
    ),
    FactSpec {
        path: "certificates",
        kind: Kind::Records,
        meaning: "what came of every URI that was asked, in the locator's order",
        source: "",
        fields: CERTIFICATE,
    },
    fact(
        "certificates_ok",
        Kind::Flag,
        "whether every URI that was asked gave a certificate; absent if none was asked",
    ),
    sourced(
        "certificates_equal",
        Kind::Flag,
        "whether all that were fetched are equal, octet by octet; absent for fewer than two",
        "RFC 8630, section 2.3",
    ),
    sourced(
        "keys_match",
        Kind::Flag,
        "whether every certificate that was fetched has the locator's key; absent if none was",
        "RFC 8630, section 2.3",
    ),
    sourced(
        "addresses_disjoint",
        Kind::Flag,
        "whether https and rsync were answered by different addresses; absent if either was not",
        "RFC 8630, section 2.3",
    ),
    fact(
        "certificate.bytes",
        Kind::Bytes,
        "size of the first certificate that was fetched; absent if none was",
    ),
    fact("certificate.digest", Kind::Text, "its SHA-256"),
    fact("certificate.serial", Kind::Text, "its serial number in hex"),
    fact(
        "certificate.not_before",
        Kind::Time,
        "from when it is valid",
    ),
    fact(
        "certificate.not_after",
        Kind::Time,
        "until when it is valid",
    ),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
];
