//! Rules about the structure that all answers share.

use serde_json::Value;

use super::answer::{Answer, At, asked_class, escaped};
use super::conformance::shortened;
use super::object::Class;
use super::{Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.resp.object-class", object_class),
    rule("rdap.resp.class-matches-query", class_matches_query),
    rule("rdap.resp.no-null", no_null),
    rule("rdap.resp.no-empty-array", no_empty_array),
    rule("rdap.resp.handle-string", handle_string),
    rule("rdap.resp.lang", lang),
    rule("rdap.resp.port43", port43),
];

fn object_class(answer: &Answer<'_>, seen: &mut Seen) {
    for object in &answer.objects {
        seen.look();
        // An empty object in a list of objects is a finding of `rdap.resp.no-empty-array`.
        if object.members.is_empty() {
            continue;
        }
        match object.get("objectClassName") {
            None => seen.find(answer.pointer(object.at), "no `objectClassName`"),
            Some(Value::String(name)) if Class::from_name(name).is_some() => {}
            Some(Value::String(name)) => seen.find(
                answer.below(object.at, "objectClassName"),
                format!("`{}` is not a registered class", shortened(name)),
            ),
            Some(_) => seen.find(answer.below(object.at, "objectClassName"), "not a string"),
        }
    }
}

fn class_matches_query(answer: &Answer<'_>, seen: &mut Seen) {
    let Some(query) = &answer.context.query else {
        return;
    };
    let (Some(asked), Some(object)) = (asked_class(query), answer.topmost()) else {
        return;
    };
    let Some(said) = object.said else { return };
    seen.look();
    if said != asked {
        seen.find(
            "/objectClassName",
            format!(
                "`{}` where `{}` was asked for",
                said.as_str(),
                asked.as_str()
            ),
        );
    }
}

fn no_null(answer: &Answer<'_>, seen: &mut Seen) {
    seen.look();
    for at in &answer.nulls {
        seen.find(
            answer.pointer(*at),
            "the value is null; leave the member out",
        );
    }
}

fn no_empty_array(answer: &Answer<'_>, seen: &mut Seen) {
    seen.look();
    for at in &answer.empties {
        let pointer = answer.pointer(*at);
        // An empty search result says that there is no match.
        if !pointer.ends_with("SearchResults") {
            seen.find(pointer, "empty; leave the member out");
        }
    }
}

fn handle_string(answer: &Answer<'_>, seen: &mut Seen) {
    for object in &answer.objects {
        let Some(handle) = object.get("handle") else {
            continue;
        };
        seen.look();
        if handle.as_str().is_none_or(|text| text.trim().is_empty()) {
            seen.find(answer.below(object.at, "handle"), "not a non-empty string");
        }
    }
}

fn lang(answer: &Answer<'_>, seen: &mut Seen) {
    for part in &answer.langs {
        if part.value.is_null() {
            continue;
        }
        seen.look();
        if !part.value.as_str().is_some_and(is_language_tag) {
            seen.find(answer.pointer(part.at), "not a language tag of RFC 5646");
        }
    }
}

/// Says whether a text is a well-formed language tag by its parts' lengths.
///
/// Source: RFC 5646, section 2.1.
fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let grandfathered = first.eq_ignore_ascii_case("i") || first.eq_ignore_ascii_case("x");
    let language = (2..=8).contains(&first.len()) && first.chars().all(|c| c.is_ascii_alphabetic());
    (language || (grandfathered && text.contains('-')))
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        })
}

fn port43(answer: &Answer<'_>, seen: &mut Seen) {
    for part in &answer.ports {
        seen.look();
        if !part.value.as_str().is_some_and(is_host_name) {
            seen.find(answer.pointer(part.at), "not a host name");
        }
    }
}

/// Says whether a text is a host name with at least two labels, or an IP address.
pub(super) fn is_host_name(text: &str) -> bool {
    if text.parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

/// Builds the pointer of a member of an object.
pub(super) fn member(answer: &Answer<'_>, at: At, name: &str) -> String {
    answer.below(at, &escaped(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_are_told_from_other_words() {
        for good in ["en", "pt-BR", "zh-Hant-TW", "x-quintet", "sl-rozaj-biske"] {
            assert!(is_language_tag(good), "{good}");
        }
        for bad in ["", "e", "en_US", "english-language-", "en--US", "123"] {
            assert!(!is_language_tag(bad), "{bad}");
        }
    }

    #[test]
    fn host_names_have_two_labels_of_letters_digits_and_hyphens() {
        for good in ["whois.example.net", "whois.example.net.", "192.0.2.1"] {
            assert!(is_host_name(good), "{good}");
        }
        for bad in [
            "",
            "whois",
            "whois://x.example",
            "a..b",
            "-a.example",
            "a b.example",
        ] {
            assert!(!is_host_name(bad), "{bad}");
        }
    }
}
