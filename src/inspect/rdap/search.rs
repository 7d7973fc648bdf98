//! Rules about searches, among them those of RFC 9910.

use serde_json::Value;

use super::answer::{Answer, Shape};
use super::network::Span;
use super::object::{Class, Part, Standing, items, rels};
use super::{Query, Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.search.result-array", result_array),
    rule("rdap.search.each-has-class", each_has_class),
    rule("rdap.search.rir-conformance-lookup", rir_conformance_lookup),
    rule("rdap.search.rir-conformance-search", rir_conformance_search),
    rule("rdap.search.rir-conformance-help", rir_conformance_help),
    rule("rdap.search.rir-path-syntax", rir_path_syntax),
    rule("rdap.search.reverse", reverse),
    rule("rdap.search.paging", paging),
];

const RESULTS: &[&str] = &[
    "domainSearchResults",
    "nameserverSearchResults",
    "entitySearchResults",
    "ipSearchResults",
    "autnumSearchResults",
];

fn result_array(answer: &Answer<'_>, seen: &mut Seen) {
    if answer.shape != Shape::Search {
        return;
    }
    seen.look();
    let present: Vec<&str> = RESULTS
        .iter()
        .copied()
        .filter(|name| answer.document.get(*name).is_some())
        .collect();
    match present.as_slice() {
        [] => seen.find("", "no result array, such as `ipSearchResults`"),
        [name] => {
            if !answer.document.get(*name).is_some_and(Value::is_array) {
                seen.find(format!("/{name}"), "not an array");
            }
        }
        _ => seen.find("", "more than one result array"),
    }
}

fn each_has_class(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer
        .objects
        .iter()
        .filter(|object| object.standing == Standing::Result)
    {
        seen.look();
        let has_self = object
            .links()
            .any(|link| rels(link.get("rel").and_then(Value::as_str)).any(|rel| rel == "self"));
        let missing = match (object.get("objectClassName").is_some(), has_self) {
            (true, true) => continue,
            (false, true) => "no `objectClassName`",
            (true, false) => "no self link",
            (false, false) => "neither `objectClassName` nor a self link",
        };
        seen.find(answer.pointer(object.at), missing);
    }
}

/// Relations of RFC 9910 that lead to a search.
const RELATIONS: &[&str] = &["rdap-up", "rdap-down", "rdap-top", "rdap-bottom"];

fn leads_to_search(link: &Part<'_>) -> bool {
    rels(link.text("rel")).any(|rel| RELATIONS.contains(&rel))
}

/// Finds identifiers that are not claimed.
fn unclaimed(answer: &Answer<'_>, seen: &mut Seen, identifiers: &[&str]) {
    // Without any list there is one finding, that of `rdap.resp.conformance-present`.
    if answer.document.get("rdapConformance").is_none() {
        return;
    }
    seen.look();
    let missing: Vec<&str> = identifiers
        .iter()
        .copied()
        .filter(|identifier| !answer.claims_one(identifier))
        .collect();
    if !missing.is_empty() {
        seen.find(
            "/rdapConformance",
            format!("`{}` is missing", missing.join("`, `")),
        );
    }
}

fn rir_conformance_lookup(answer: &Answer<'_>, seen: &mut Seen) {
    if answer.shape != Shape::Lookup || !answer.links.iter().any(leads_to_search) {
        return;
    }
    match answer.topmost().and_then(super::object::Object::class) {
        Some(Class::Ip) => unclaimed(answer, seen, &["rirSearch1", "ips"]),
        Some(Class::Autnum) => unclaimed(answer, seen, &["rirSearch1", "autnums"]),
        Some(Class::Domain) => unclaimed(answer, seen, &["rirSearch1"]),
        Some(Class::Entity | Class::Nameserver) | None => {}
    }
}

fn rir_conformance_search(answer: &Answer<'_>, seen: &mut Seen) {
    if answer.shape != Shape::Search {
        return;
    }
    if answer.document.get("ipSearchResults").is_some() {
        unclaimed(answer, seen, &["rirSearch1", "ips", "ipSearchResults"]);
    } else if answer.document.get("autnumSearchResults").is_some() {
        unclaimed(
            answer,
            seen,
            &["rirSearch1", "autnums", "autnumSearchResults"],
        );
    }
}

fn rir_conformance_help(answer: &Answer<'_>, seen: &mut Seen) {
    if answer.shape == Shape::Help && answer.claims_one("rirSearch1") {
        unclaimed(
            answer,
            seen,
            &["ips", "autnums", "ipSearchResults", "autnumSearchResults"],
        );
    }
}

/// The object value behind the relation in a search URL is an address, a prefix, an AS
/// number or range, or a domain name.
fn rir_path_syntax(answer: &Answer<'_>, seen: &mut Seen) {
    for link in answer.links.iter().filter(|link| leads_to_search(link)) {
        let Some(href) = link.text("href") else {
            continue;
        };
        let path = href.split(['?', '#']).next().unwrap_or(href);
        let Some((head, tail)) = path.split_once("/rirSearch1/") else {
            continue;
        };
        seen.look();
        let kind = head.rsplit('/').next().unwrap_or_default();
        let value = tail.split_once('/').map_or("", |(_, value)| value);
        let value = match Query::from_path(&format!("entity/{value}")) {
            Some(Query::Entity(Some(value))) => value,
            _ => String::new(),
        };
        let fits = match kind {
            "ips" => !value.contains(' ') && Span::read(&value).is_some(),
            "autnums" => is_asn_range(&value),
            "domains" => super::structure::is_host_name(&value),
            _ => true,
        };
        if !fits {
            seen.find(
                answer.below(link.at, "href"),
                match kind {
                    "ips" => "the object value is no address and no prefix",
                    "autnums" => "the object value is no AS number and no range of them",
                    _ => "the object value is no domain name",
                },
            );
        }
    }
}

fn is_asn_range(text: &str) -> bool {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse::<u32>(), last.parse::<u32>()) {
        (Ok(first), Ok(last)) => first <= last,
        _ => false,
    }
}

fn reverse(answer: &Answer<'_>, seen: &mut Seen) {
    if answer.shape != Shape::Help || !answer.claims_one("reverse_search") {
        return;
    }
    seen.look();
    if items(answer.document.get("reverse_search_properties")).is_empty() {
        seen.find("", "`reverse_search` without `reverse_search_properties`");
    }
}

fn paging(answer: &Answer<'_>, seen: &mut Seen) {
    if answer.shape != Shape::Search {
        return;
    }
    for (identifier, member) in [
        ("paging", "paging_metadata"),
        ("sorting", "sorting_metadata"),
    ] {
        if !answer.claims_one(identifier) {
            continue;
        }
        seen.look();
        if answer.document.get(member).is_none() {
            seen.find("", format!("`{identifier}` without `{member}`"));
        }
    }
}
