//! The `tls` probe: a handshake and what the server showed.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, sourced};
use crate::fact::Kind;

/// Makes TLS handshakes.
pub const TLS: ProbeKind = ProbeKind {
    name: "tls",
    summary: "makes a TLS handshake and tells versions, cipher and the whole chain, also when the chain is not accepted",
    subject: "the host name, sent as server name",
    example: "rdap.example.net",
    arguments: &[&[
        Argument {
            name: "port",
            value: ArgumentValue::Count,
            meaning: "port; default 443",
        },
        Argument {
            name: "versions",
            value: ArgumentValue::Flag,
            meaning: "also asks for each of TLS 1.0 to 1.3 alone, in one more connection each; default false",
        },
        Argument {
            name: "alpn",
            value: ArgumentValue::Texts,
            meaning: "application protocols to offer; default `[h2, http/1.1]`",
        },
    ]],
    facts: &[FACTS],
    inspector: None,
};

const CERTIFICATE: &[FactSpec] = &[
    fact("subject", Kind::Text, "subject name"),
    fact("issuer", Kind::Text, "issuer name"),
    fact("not_before", Kind::Time, "start of validity"),
    fact("not_after", Kind::Time, "end of validity"),
    fact("digest", Kind::Text, "SHA-256 of the certificate"),
];

const FACTS: &[FactSpec] = &[
    sourced(
        "version",
        Kind::Text,
        "negotiated version: `TLSv1.2` or `TLSv1.3`; absent if the handshake failed before",
        "RFC 8446",
    ),
    fact(
        "cipher",
        Kind::Text,
        "negotiated cipher suite; absent if the handshake failed before",
    ),
    fact(
        "alpn",
        Kind::Text,
        "negotiated application protocol; absent if none",
    ),
    fact(
        "chain_valid",
        Kind::Flag,
        "whether the chain leads to a trusted root, is in time, and names the host",
    ),
    fact("chain_error", Kind::Text, "why not; absent if valid"),
    fact(
        "name_matches",
        Kind::Flag,
        "whether the leaf names the host",
    ),
    FactSpec {
        path: "chain",
        kind: Kind::Records,
        meaning: "certificates as sent, the leaf first",
        source: "",
        fields: CERTIFICATE,
    },
    fact("leaf.subject", Kind::Text, "subject of the leaf"),
    fact("leaf.issuer", Kind::Text, "issuer of the leaf"),
    fact(
        "leaf.names",
        Kind::Texts,
        "DNS names and addresses of the leaf",
    ),
    fact(
        "leaf.not_before",
        Kind::Time,
        "start of the leaf's validity",
    ),
    fact("leaf.not_after", Kind::Time, "end of the leaf's validity"),
    fact(
        "versions_accepted",
        Kind::Texts,
        "versions the server accepts when offered alone, lowest first; absent unless asked with `versions: true`",
    ),
    fact("timing.connect", Kind::Duration, "name and TCP"),
    fact("timing.handshake", Kind::Duration, "TLS"),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
];
