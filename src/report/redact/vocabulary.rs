//! Words that are nobody's: of protocols, of registries of IANA, of ourselves.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use crate::inspect::rdap::is_registered;

/// Longest number that says nothing of anybody, in digits: counts, ports, codes, prefix lengths.
const LONGEST_NUMBER: usize = 5;

/// Words of HTTP, TLS, DNS, RPKI, statistics and RDAP that may stand in a value, lower case.
const WORDS: &[&str] = &[
    // HTTP
    "accept",
    "accept-encoding",
    "access-control-allow-origin",
    "age",
    "allow",
    "application",
    "br",
    "cache-control",
    "charset",
    "chunked",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "delete",
    "deflate",
    "etag",
    "expires",
    "get",
    "gzip",
    "head",
    "http",
    "https",
    "identity",
    "immutable",
    "last-modified",
    "location",
    "max-age",
    "must-revalidate",
    "no-cache",
    "no-store",
    "nosniff",
    "options",
    "patch",
    "post",
    "preload",
    "private",
    "public",
    "put",
    "rdap+json",
    "json",
    "problem+json",
    "retry-after",
    "s-maxage",
    "server",
    "strict-transport-security",
    "includesubdomains",
    "text",
    "html",
    "plain",
    "xml",
    "csv",
    "octet-stream",
    "trace",
    "utf-8",
    "vary",
    "weak",
    "http/1.0",
    "http/1.1",
    "http/2",
    "http/2.0",
    "h2",
    "*",
    // TLS
    "tls",
    "tlsv1",
    "tlsv1.0",
    "tlsv1.1",
    "tlsv1.2",
    "tlsv1.3",
    "1.0",
    "1.1",
    "1.2",
    "1.3",
    "ecdsa",
    "rsa",
    "ed25519",
    // DNS
    "a",
    "aaaa",
    "cname",
    "dnskey",
    "ds",
    "mx",
    "ns",
    "nsec",
    "nsec3",
    "ptr",
    "rrsig",
    "soa",
    "txt",
    "noerror",
    "nxdomain",
    "servfail",
    "refused",
    "formerr",
    "notimp",
    "tcp",
    "udp",
    "in-addr.arpa",
    "ip6.arpa",
    // RPKI
    "aspa",
    "cer",
    "crl",
    "delta",
    "gbr",
    "manifest",
    "mft",
    "notification",
    "roa",
    "rrdp",
    "rsc",
    "rsync",
    "snapshot",
    "spl",
    "tak",
    "tal",
    "sha-1",
    "sha-256",
    "sha1",
    "sha256",
    "valid",
    "invalid",
    "unknown",
    "as0",
    "as",
    // Statistics and registries
    "afrinic",
    "apnic",
    "arin",
    "lacnic",
    "ripe",
    "ripe-ncc",
    "ripencc",
    "iana",
    "nro",
    "ietf",
    "nir",
    "available",
    "allocated",
    "assigned",
    "reserved",
    "legacy",
    "asn",
    "ipv4",
    "ipv6",
    "v4",
    "v6",
    "direct",
    "allocation",
    "assignment",
    "reassigned",
    // RDAP
    "rdap_level_0",
    "network",
    "ip",
    "autnum",
    "entity",
    "domain",
    "nameserver",
    "help",
    "error",
    "errors",
    "rdapconformance",
    "notices",
    "links",
    "status",
    "objectclassname",
    "name",
    "type",
    "rel",
    "href",
    "value",
    "title",
    "description",
    "handle",
    "events",
    "roles",
    // Ours
    "absent",
    "agrees",
    "and",
    "at",
    "body",
    "bytes",
    "count",
    "days",
    "empty",
    "every",
    "expected",
    "false",
    "for",
    "from",
    "hours",
    "is",
    "items",
    "median",
    "minutes",
    "more",
    "no",
    "none",
    "not",
    "null",
    "octets",
    "of",
    "or",
    "over",
    "seconds",
    "seen",
    "to",
    "true",
    "yes",
    "…",
];

/// Units that may stand behind a number.
const UNITS: &[&str] = &[
    "s", "ms", "us", "m", "min", "h", "d", "b", "kib", "mib", "gib", "kb", "mb", "gb", "%",
];

/// Says whether a value in words has nothing in it that a person may have written.
///
/// Texts in backticks with a space are texts, unless they are a registered value.
pub fn is_public(value: &str) -> bool {
    for (place, part) in value.split('`').enumerate() {
        let is_quoted = place % 2 == 1;
        let is_known = if is_quoted {
            is_registered(part) || (!part.contains(' ') && is_public_word(part))
        } else {
            let mut items = part.split(['[', ']', '{', '}', ',', '(', ')']);
            items.all(is_public_item)
        };
        if !is_known {
            return false;
        }
    }
    true
}

/// Says whether words between two commas are nobody's: several numbers in a row may be one of a telephone.
fn is_public_item(item: &str) -> bool {
    let bare = item
        .split(' ')
        .filter(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit()));
    bare.count() <= 1 && item.split(' ').all(is_public_word)
}

/// Says whether a word is nobody's.
pub(super) fn is_public_word(word: &str) -> bool {
    if word.is_empty() || is_known(word) {
        return true;
    }
    // `max-age=300`, `status:`, `text/html;charset=utf-8`.
    let parts = word.split(['=', ':', ';', '/']);
    word.len() <= 80
        && parts
            .into_iter()
            .all(|part| part.is_empty() || is_known(part))
}

fn is_known(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    WORDS.contains(&lower.as_str())
        || is_registered(word)
        || is_number(&lower)
        || is_resource(word)
        || is_time(word)
}

/// Says whether it is a number that is too short to be somebody's, or one with a unit.
fn is_number(word: &str) -> bool {
    let word = word
        .strip_prefix(['-', '<', '>', '≤', '≥', '~'])
        .unwrap_or(word);
    let digits = word
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .count();
    let (number, unit) = word.split_at_checked(digits).unwrap_or((word, ""));
    let is_decimal = number.chars().any(|c| c.is_ascii_digit()) && number.matches('.').count() <= 1;
    if !is_decimal {
        return false;
    }
    if unit.is_empty() {
        number.len() <= LONGEST_NUMBER
    } else {
        UNITS.contains(&unit) && number.len() <= 12
    }
}

/// Says whether it is an address, a prefix, a range of addresses, or an AS number.
pub(super) fn is_resource(word: &str) -> bool {
    let is_prefix = |text: &str| {
        let (address, length) = text.split_once('/').unwrap_or((text, "0"));
        let is_length = length.len() <= 3 && length.chars().all(|c| c.is_ascii_digit() || c == '-');
        address.parse::<IpAddr>().is_ok() && is_length && !length.is_empty()
    };
    let is_asn = |text: &str| {
        let digits = text.strip_prefix("AS").or_else(|| text.strip_prefix("as"));
        digits.is_some_and(|d| {
            !d.is_empty() && d.len() <= 10 && d.chars().all(|c| c.is_ascii_digit())
        })
    };
    let is_range = |text: &str| {
        text.split_once('-').is_some_and(|(first, last)| {
            (is_prefix(first) && is_prefix(last)) || (is_asn(first) && is_asn(last))
        })
    };
    is_prefix(word) || is_asn(word) || is_range(word) || is_reverse(word)
}

/// Says whether it is a zone of the reverse tree.
pub(super) fn is_reverse(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let lower = lower.strip_suffix('.').unwrap_or(&lower);
    let labels = |end: &str| {
        lower.strip_suffix(end).map(|labels| {
            labels
                .split('.')
                .filter(|l| !l.is_empty())
                .collect::<Vec<_>>()
        })
    };
    let is_v4 =
        |labels: Vec<&str>| labels.len() <= 4 && labels.iter().all(|l| l.parse::<u8>().is_ok());
    let is_v6 = |labels: Vec<&str>| {
        labels.len() <= 32
            && labels
                .iter()
                .all(|l| l.len() == 1 && l.chars().all(|c| c.is_ascii_hexdigit()))
    };
    labels(".in-addr.arpa").is_some_and(is_v4) || labels(".ip6.arpa").is_some_and(is_v6)
}

/// Says whether it is a day or a time, in one of the forms that services write.
pub(super) fn is_time(word: &str) -> bool {
    let is_compact = word.len() == 8
        && word.chars().all(|c| c.is_ascii_digit())
        && (word.starts_with("19") || word.starts_with("20"))
        && Date::strptime("%Y%m%d", word).is_ok();
    is_compact
        || (word.contains('-')
            && (word.parse::<Timestamp>().is_ok()
                || word.parse::<Date>().is_ok()
                || word.parse::<DateTime>().is_ok()))
}
