//! What differs between two answers by nature, and says nothing of either service.

use serde_json::Value as JsonValue;

use crate::scenario::glob;

/// Facts that are not compared: the probe's kind (`*` for any), and the fact with `*` and `**`.
///
/// Each is a matter of the moment, of the way there, or of the one server that answered.
const BY_NATURE: &[(&str, &str)] = &[
    // When, how often and how fast, and from where.
    ("*", "**.at"),
    ("*", "**.timing.**"),
    ("*", "attempts"),
    ("*", "**.address"),
    ("dns", "server"),
    ("tal", "certificates/*/total"),
    // Marks that a server or a cache sets for one answer.
    ("*", "**.headers.date"),
    ("*", "**.headers.age"),
    ("*", "**.headers.expires"),
    ("*", "**.headers.etag"),
    ("*", "**.headers.set-cookie"),
    ("*", "**.headers.via"),
    ("*", "**.headers.x-request-id"),
    ("*", "**.headers.x-cache"),
    ("*", "**.headers.x-amz*"),
    ("*", "**.headers.cf-*"),
    ("*", "**.headers.report-to"),
    ("*", "**.headers.nel"),
    ("*", "**.headers.server-timing"),
    ("*", "**.headers.alt-svc"),
    // Each target has a certificate of its own; that it is accepted and names the host is compared.
    ("tls", "leaf.**"),
    ("tls", "chain.**"),
];

/// Facts that follow from the octets of a document: compared only where both targets have the same
/// names, and the document says the same.
const OF_OCTETS: &[&str] = &[
    "headers.content-length",
    "body.bytes",
    "body.decoded_bytes",
    "body.digest",
];

/// Says whether a fact is not compared; `same_names` says whether both targets have the same names.
pub(super) fn is_left_out(kind: &str, fact: &str, same_names: bool) -> bool {
    let named =
        |(of, pattern): &(&str, &str)| (*of == "*" || *of == kind) && glob::matches(pattern, fact);
    BY_NATURE.iter().any(named) || (!same_names && is_of_octets(fact))
}

/// Says whether a fact follows from the octets of a document.
pub(super) fn is_of_octets(fact: &str) -> bool {
    OF_OCTETS.contains(&fact)
}

/// Takes the time at which a server last copied its registry out of an RDAP answer (RFC 9083, section 10.2.3).
pub(super) fn forget_copy_time(json: &mut JsonValue) {
    match json {
        JsonValue::Object(members) => {
            let is_copy = members.get("eventAction").and_then(JsonValue::as_str)
                == Some("last update of RDAP database");
            if is_copy {
                members.shift_remove("eventDate");
            }
            members.values_mut().for_each(forget_copy_time);
        }
        JsonValue::Array(items) => items.iter_mut().for_each(forget_copy_time),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn marks_of_one_answer_are_left_out_and_what_a_server_says_is_not() {
        for (kind, fact, expected) in [
            ("rdap", "timing.total", true),
            ("rdap", "headers.date", true),
            ("rdap", "hop_list/0/address", true),
            ("rrdp", "snapshot.headers.date", true),
            ("rpki_tree", "holdings.addresses", false),
            ("rdap", "headers.content-type", false),
            ("rdap", "status", false),
            ("tls", "leaf.not_after", true),
            ("tls", "chain_valid", false),
            ("rpki_tree", "anchor.not_after", false),
        ] {
            assert_eq!(is_left_out(kind, fact, true), expected, "{kind} {fact}");
        }
        assert!(is_left_out("rdap", "body.bytes", false));
        assert!(!is_left_out("rdap", "body.bytes", true));
    }

    #[test]
    fn only_the_time_of_the_copy_is_forgotten() {
        let mut json = json!({"events": [
            {"eventAction": "last update of RDAP database", "eventDate": "2026-11-29T10:00:00Z"},
            {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"}]});
        forget_copy_time(&mut json);
        assert_eq!(
            json,
            json!({"events": [
                {"eventAction": "last update of RDAP database"},
                {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"}]})
        );
    }
}
