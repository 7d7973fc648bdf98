//! The `http` probe: one URL, with every redirect hop.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, sourced};
use crate::fact::Kind;

/// Asks a URL.
pub const HTTP: ProbeKind = ProbeKind {
    name: "http",
    summary: "asks a URL and follows redirects up to a limit, keeping every hop",
    subject: "an absolute http or https URL",
    example: "https://data.iana.org/rdap/ipv4.json",
    arguments: &[
        ARGUMENTS,
        &[Argument {
            name: "inspect",
            value: ArgumentValue::Word(&["bootstrap"]),
            meaning: "reads the body as this kind of document, so that its rules can be applied; default none",
        }],
    ],
    facts: &[FACTS],
    inspector: Some("bootstrap"),
};

/// Arguments of every probe that speaks HTTP.
pub(super) const ARGUMENTS: &[Argument] = &[
    Argument {
        name: "method",
        value: ArgumentValue::Word(&["GET", "HEAD"]),
        meaning: "request method; default `GET`",
    },
    Argument {
        name: "headers",
        value: ArgumentValue::Headers,
        meaning: "request headers to add or replace; an empty value leaves a default header out, of Accept it sends `*/*`; defaults are Accept, `Accept-Encoding: identity` and the harness's User-Agent",
    },
    Argument {
        name: "accept",
        value: ArgumentValue::Text,
        meaning: "value of Accept; default `application/rdap+json` for rdap, `*/*` for http; empty sends `*/*`, which says what none would (RFC 9110, section 12.5.1)",
    },
    Argument {
        name: "origin",
        value: ArgumentValue::Text,
        meaning: "value of Origin, as a browser would send it; default none",
    },
    Argument {
        name: "redirects",
        value: ArgumentValue::Redirects,
        meaning: "`none`, or how many hops are followed; default `none` for rdap, `{ max: 4 }` for http",
    },
    Argument {
        name: "conditional",
        value: ArgumentValue::Probe,
        meaning: "sends If-None-Match and If-Modified-Since from that probe's answer",
    },
    Argument {
        name: "body_limit",
        value: ArgumentValue::Bytes,
        meaning: "largest body on the wire; default and maximum from the target file",
    },
];

const HOP: &[FactSpec] = &[
    fact("url", Kind::Text, "URL asked"),
    fact("status", Kind::Count, "status code"),
    fact(
        "location",
        Kind::Text,
        "Location as sent; absent without one",
    ),
    fact("address", Kind::Text, "address that answered"),
];

/// Facts of every probe that speaks HTTP. `status`, `headers` and bodies are of the last hop.
pub(super) const FACTS: &[FactSpec] = &[
    sourced("status", Kind::Count, "status code", "RFC 9110, section 15"),
    fact("http_version", Kind::Text, "`HTTP/1.1` or `HTTP/2.0`"),
    sourced(
        "headers.*",
        Kind::Text,
        "header by lower-case name; several values joined by `, `; absent if not sent",
        "RFC 9110, section 5",
    ),
    sourced(
        "last_modified",
        Kind::Time,
        "Last-Modified; absent without one that is a time",
        "RFC 9110, section 8.8.2",
    ),
    fact("url", Kind::Text, "URL asked first"),
    sourced(
        "redirect",
        Kind::Flag,
        "whether the status is 301, 302, 303, 307 or 308 and a Location is there",
        "RFC 9110, section 15.4",
    ),
    fact(
        "location.raw",
        Kind::Text,
        "Location as sent; absent without one",
    ),
    fact(
        "location.url",
        Kind::Text,
        "Location resolved against the URL asked; absent without one or if it is no URL",
    ),
    fact("location.scheme", Kind::Text, "its scheme"),
    fact("location.host", Kind::Text, "its host"),
    fact("location.path", Kind::Text, "its path"),
    fact(
        "location.query",
        Kind::Text,
        "its query; empty text without one",
    ),
    fact(
        "location.registry",
        Kind::Text,
        "id of the registry that declares that host; absent if none does",
    ),
    fact("hops", Kind::Count, "number of redirects followed"),
    FactSpec {
        path: "hop_list",
        kind: Kind::Records,
        meaning: "every exchange in order, the last answer included",
        source: "",
        fields: HOP,
    },
    fact("final.url", Kind::Text, "URL of the last answer"),
    fact("final.host", Kind::Text, "its host"),
    fact(
        "final.registry",
        Kind::Text,
        "id of the registry that declares that host; absent if none does",
    ),
    fact("body.bytes", Kind::Bytes, "size of the body on the wire"),
    fact(
        "body.decoded_bytes",
        Kind::Bytes,
        "size after content decoding",
    ),
    fact(
        "body.text",
        Kind::Text,
        "body as text, its first 64 KiB; absent for no body, if it is not UTF-8, or if it is JSON: then read `json`",
    ),
    fact("body.utf8", Kind::Flag, "whether the decoded body is UTF-8"),
    fact(
        "body.bom",
        Kind::Flag,
        "whether the decoded body begins with a byte order mark",
    ),
    fact(
        "body.digest",
        Kind::Text,
        "SHA-256 of the decoded body as `sha256:` and hex; absent for no body",
    ),
    fact("json", Kind::Json, "body as JSON; absent if it is not JSON"),
    fact(
        "json_error",
        Kind::Text,
        "why the body is not JSON, with line and column; absent if it is or if there is none",
    ),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
    fact(
        "timing.dns",
        Kind::Duration,
        "looking up the name; absent where an open connection was used",
    ),
    fact(
        "timing.connect",
        Kind::Duration,
        "name, TCP and TLS together; absent where an open connection was used",
    ),
    fact(
        "timing.first_byte",
        Kind::Duration,
        "from sending the last request to its status line",
    ),
];
