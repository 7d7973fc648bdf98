//! The `stats` probe: a delegated statistics file and what stands beside it.

use super::{Argument, ArgumentValue, FactSpec, ProbeKind, fact, sourced};
use crate::fact::Kind;

/// Fetches and reads a statistics file.
pub const STATS: ProbeKind = ProbeKind {
    name: "stats",
    summary: "fetches a delegated statistics file once, reads it whole, and asks for what stands beside it: its digest, its signature, its validators, the other address family",
    subject: "http or https URL of the file; `${registry.stats.url}` is the registry's own",
    example: "https://ftp.example.net/pub/stats/example/delegated-example-extended-latest",
    arguments: &[&[
        Argument {
            name: "ids",
            value: ArgumentValue::Text,
            meaning: "regular expression that an id of a holder fits as a whole; default none, and nothing is said of `ids.unlike`",
        },
        Argument {
            name: "key",
            value: ArgumentValue::Text,
            meaning: "URL of the OpenPGP key that signs the file; default none, and nothing is said of `side.asc.good`",
        },
        Argument {
            name: "fingerprint",
            value: ArgumentValue::Text,
            meaning: "fingerprint of that key, 40 hex digits; it is what makes the key trusted",
        },
        Argument {
            name: "about",
            value: ArgumentValue::Texts,
            meaning: "prefixes, ranges or AS numbers that the facts below `about` tell of; default none, and they are absent",
        },
        Argument {
            name: "beside",
            value: ArgumentValue::Flag,
            meaning: "whether what stands beside the file is asked for too; default true; where a poll asks again and again, the file alone is enough",
        },
    ]],
    facts: &[FETCHED, BESIDE, HEADER, CONTENT, AMOUNTS, SOME, SERIES],
    inspector: Some("stats"),
};

const FETCHED: &[FactSpec] = &[
    fact("url", Kind::Text, "URL asked"),
    sourced(
        "status",
        Kind::Count,
        "status code of the file; nothing else is said of a file that is not answered 200",
        "RFC 9110, section 15",
    ),
    sourced(
        "headers.*",
        Kind::Text,
        "header by lower-case name; several values joined by `, `; absent if not sent",
        "RFC 9110, section 5",
    ),
    fact(
        "wire_bytes",
        Kind::Bytes,
        "size on the wire, as gzip if the service offers it",
    ),
    fact("bytes", Kind::Bytes, "size after content decoding"),
    fact(
        "coding",
        Kind::Text,
        "content codings that the service applied where gzip was accepted; empty for none",
    ),
    fact(
        "coding_ratio",
        Kind::Ratio,
        "size on the wire by size after content decoding; absent for an empty file",
    ),
    fact(
        "digest",
        Kind::Text,
        "SHA-256 of the file as `sha256:` and hex",
    ),
    fact("md5", Kind::Text, "MD5 of the file in hex"),
    fact(
        "first_byte",
        Kind::Duration,
        "from sending the request for the file to its status line",
    ),
    fact(
        "total",
        Kind::Duration,
        "from sending the request for the file to its last octet",
    ),
    fact(
        "attempts",
        Kind::Count,
        "attempts that were made, this one included",
    ),
    fact(
        "last_modified",
        Kind::Time,
        "Last-Modified; absent without one that is a time",
    ),
    fact(
        "age",
        Kind::Duration,
        "from Last-Modified to the request; absent without it",
    ),
];

const BESIDE: &[FactSpec] = &[
    fact(
        "plain.status",
        Kind::Count,
        "status of a HEAD without content coding; absent without an answer",
    ),
    fact(
        "plain.bytes",
        Kind::Bytes,
        "Content-Length of a HEAD without content coding; absent without one",
    ),
    fact(
        "again.etag",
        Kind::Count,
        "status of a request with If-None-Match and the file's ETag; absent without an ETag",
    ),
    fact(
        "again.time",
        Kind::Count,
        "status of a request with If-Modified-Since and the file's Last-Modified; absent without one",
    ),
    FactSpec {
        path: "families",
        kind: Kind::Records,
        meaning: "the file over each address family that is here",
        source: "",
        fields: FAMILY,
    },
    fact(
        "families_differ",
        Kind::Texts,
        "families that answered otherwise than the first answer, with how; one that nobody reaches from here is not among them",
    ),
    fact(
        "side.md5.status",
        Kind::Count,
        "status of the URL with `.md5`; absent without an answer",
    ),
    fact(
        "side.md5.form",
        Kind::Text,
        "how the digest is written: `bsd`, `gnu`, `bare` or `other`; absent without one",
    ),
    fact(
        "side.md5.ended",
        Kind::Flag,
        "whether the last line of the digest ends with a line feed; absent without one",
    ),
    fact(
        "side.md5.equal",
        Kind::Flag,
        "whether the digest is that of the file; absent without one",
    ),
    fact(
        "side.md5.name",
        Kind::Text,
        "file name beside the digest; empty for none, absent without a digest",
    ),
    fact(
        "side.md5.names",
        Kind::Text,
        "what the name is: `asked` for the name asked for, `dated` for the same with a day, `none`, `other`; absent without a digest",
    ),
    fact(
        "side.asc.status",
        Kind::Count,
        "status of the URL with `.asc`; absent without an answer",
    ),
    fact(
        "side.asc.armored",
        Kind::Flag,
        "whether that is an armored OpenPGP signature; absent unless answered 200",
    ),
    sourced(
        "side.asc.signer",
        Kind::Text,
        "who signed, as the signature says: the key's fingerprint or its id in hex; empty if it does not say, absent unless it can be read",
        "RFC 9580, section 5.2.3",
    ),
    sourced(
        "side.asc.made",
        Kind::Time,
        "when it was signed, as the signature says; absent if it does not",
        "RFC 9580, section 5.2.3.11",
    ),
    fact(
        "side.asc.good",
        Kind::Flag,
        "whether it is the signature of this file by the key of the probe; absent without a key or a signature, and where we cannot tell",
    ),
    fact(
        "side.asc.why",
        Kind::Text,
        "why it is not good, or why we cannot tell; empty if it is good, absent without a key or a signature",
    ),
];

const FAMILY: &[FactSpec] = &[
    fact("family", Kind::Text, "`ipv4` or `ipv6`"),
    fact(
        "failure",
        Kind::Text,
        "kind of failure; empty text if there was an answer",
    ),
    fact(
        "status",
        Kind::Count,
        "status code; absent without an answer",
    ),
    fact(
        "same",
        Kind::Flag,
        "whether the file is the same, by its ETag or its octets; absent without an answer",
    ),
];

/// What the file says of the resources of the argument `about`.
const SOME: &[FactSpec] = &[
    fact(
        "about.addresses",
        Kind::Addresses,
        "addresses of them that the file lists, held or not; absent without `about`",
    ),
    fact(
        "about.asns",
        Kind::Asns,
        "AS numbers of them that the file lists, held or not; absent without `about`",
    ),
    FactSpec {
        path: "about.row_list",
        kind: Kind::Records,
        meaning: "records about them in the order of the file, the first 1,000; absent without `about`",
        source: "",
        fields: ROW,
    },
];

/// Fields of one record.
const ROW: &[FactSpec] = &[
    fact("line", Kind::Count, "line of the file, from 1"),
    fact(
        "addresses",
        Kind::Addresses,
        "addresses of the record, beyond those asked about too; empty for AS numbers",
    ),
    fact(
        "asns",
        Kind::Asns,
        "AS numbers of the record, beyond those asked about too; empty for addresses",
    ),
    fact(
        "status",
        Kind::Text,
        "`allocated`, `assigned`, `available`, `reserved`; `?` for another word",
    ),
    fact("held", Kind::Flag, "whether somebody holds them"),
    fact(
        "country",
        Kind::Text,
        "country as two letters; empty for none",
    ),
    fact(
        "date",
        Kind::Time,
        "beginning of the day of the first delegation, UTC; absent if it is no day",
    ),
    fact("holder", Kind::Text, "id of the holder; empty for none"),
];

const HEADER: &[FactSpec] = &[
    fact(
        "format",
        Kind::Text,
        "`old`, `extended` or `combined`, as records of what is held show it; empty where nothing shows it",
    ),
    fact(
        "registry",
        Kind::Text,
        "registry of the version line; this and all of the line absent without one",
    ),
    fact("version", Kind::Text, "version of the format as written"),
    fact("serial.text", Kind::Text, "serial number as written"),
    fact(
        "serial.form",
        Kind::Text,
        "what it counts: `day`, `seconds`, `milliseconds`, `other`; empty if it is no number",
    ),
    fact(
        "serial.ahead",
        Kind::Count,
        "days from the last day of the file to that of the serial number; absent without both",
    ),
    fact("start.text", Kind::Text, "first day as written"),
    fact(
        "start.form",
        Kind::Text,
        "how it is written: `day`, `empty`, `zeros` or `other`",
    ),
    fact("end.text", Kind::Text, "last day as written"),
    fact(
        "end.days",
        Kind::Count,
        "days from the last day to that of the request, in UTC; absent if it is no day",
    ),
    fact("offset.text", Kind::Text, "offset from UTC as written"),
    fact(
        "offset.form",
        Kind::Text,
        "`+0000` for a sign and four digits, else what is written",
    ),
    fact("comments", Kind::Count, "comments before the version line"),
    fact(
        "order.summaries",
        Kind::Text,
        "types in the order of the summary lines",
    ),
    fact(
        "order.records",
        Kind::Text,
        "types in the order of the records; `mixed` where one comes again",
    ),
    fact(
        "order.runs",
        Kind::Text,
        "`ascending`, or in how many ascending runs the records of types are",
    ),
    fact(
        "order.groups",
        Kind::Text,
        "groups of records of IPv4 in order: held, reserved, available; `mixed` where they do not stand apart",
    ),
];

const CONTENT: &[FactSpec] = &[
    fact(
        "available.fields",
        Kind::Text,
        "number of fields of records that are available, and whether the last is empty; empty for none",
    ),
    fact(
        "reserved.fields",
        Kind::Text,
        "number of fields of records that are reserved, and whether the last is empty; empty for none",
    ),
    fact(
        "pool.countries",
        Kind::Text,
        "countries of what is not held: `empty`, or letters",
    ),
    fact(
        "pool.dates",
        Kind::Text,
        "dates of what is not held: `empty`, `zeros`, `day`",
    ),
    fact(
        "held.undated",
        Kind::Count,
        "records of what is held whose date is no day",
    ),
    fact(
        "asns.statuses",
        Kind::Text,
        "statuses of AS numbers that are held",
    ),
    fact(
        "asns.blocks",
        Kind::Count,
        "records over more than one AS number",
    ),
    fact(
        "ipv4.not_prefixes",
        Kind::Count,
        "records of IPv4 that are no prefix",
    ),
    fact(
        "ids.form",
        Kind::Text,
        "how ids of holders are written, such as `uuid` or `hex upper, 8, A9…`; empty for none",
    ),
    fact("ids.count", Kind::Count, "distinct ids of holders"),
    fact(
        "ids.unlike",
        Kind::Count,
        "distinct ids that do not fit `ids` of the probe; absent without it",
    ),
    fact(
        "ids.examples",
        Kind::Texts,
        "the first of these; absent without `ids` of the probe",
    ),
    fact(
        "ids.countries",
        Kind::Count,
        "the most countries that the records of one id have",
    ),
    fact(
        "countries.beside",
        Kind::Text,
        "AP, EU, UK and XK, which are no codes of ISO 3166-1, with their numbers of records; empty for none",
    ),
];

const AMOUNTS: &[FactSpec] = &[
    fact("records.count", Kind::Count, "records"),
    fact("records.asn", Kind::Count, "records of AS numbers"),
    fact("records.ipv4", Kind::Count, "records of IPv4"),
    fact("records.ipv6", Kind::Count, "records of IPv6"),
    fact(
        "records.allocated",
        Kind::Count,
        "records of what is allocated",
    ),
    fact(
        "records.assigned",
        Kind::Count,
        "records of what is assigned",
    ),
    fact(
        "records.available",
        Kind::Count,
        "records of what is available",
    ),
    fact(
        "records.reserved",
        Kind::Count,
        "records of what is reserved",
    ),
    fact("asns.listed", Kind::Count, "AS numbers in all records"),
    fact("ipv4.listed", Kind::Count, "IPv4 addresses in all records"),
];

const SERIES: &[FactSpec] = &[
    fact(
        "series.run",
        Kind::Text,
        "id of the earlier run that has this file; this and all of the series absent without one, given by `quintet run --earlier`",
    ),
    fact(
        "series.why",
        Kind::Text,
        "why an earlier run that was given has nothing to compare with; absent otherwise",
    ),
    fact(
        "series.days",
        Kind::Count,
        "days from the last day of the earlier file to that of this one; absent if either is no day",
    ),
    fact(
        "series.records",
        Kind::Ratio,
        "by which part of the earlier file's records their number changed",
    ),
    fact(
        "series.fell",
        Kind::Ratio,
        "the largest part of its earlier number by which the records of a type became fewer; 0 if none did",
    ),
    fact(
        "series.common",
        Kind::Count,
        "records that are held in both, with the same type, start and value",
    ),
    fact(
        "series.ids",
        Kind::Ratio,
        "part of these whose holder has another id; absent without any",
    ),
    fact(
        "series.dates",
        Kind::Count,
        "of these, records with another date",
    ),
    fact(
        "series.countries",
        Kind::Count,
        "of these, records of another country",
    ),
    fact(
        "series.statuses",
        Kind::Count,
        "of these, records that were allocated and are assigned, or the other way round",
    ),
    fact(
        "series.gone",
        Kind::Count,
        "records that were held and are not listed in this form any more",
    ),
];
