//! Rules about links.

use serde_json::Value;

use super::answer::{Answer, Shape};
use super::conformance::shortened;
use super::object::{Class, Object, Standing, items, rels};
use super::registered::is_link_relation;
use super::uri::{authority, same_uri};
use super::{Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.link.required-members", required_members),
    rule("rdap.link.self-each-object", self_each_object),
    rule("rdap.link.self-type", self_type),
    rule("rdap.link.self-same-authority", self_same_authority),
    rule("rdap.link.related-not-self", related_not_self),
    rule("rdap.link.rel-registered", rel_registered),
    rule("rdap.link.rel-single", rel_single),
    rule("rdap.link.value-is-context", value_is_context),
    rule("rdap.link.up", up),
];

fn required_members(answer: &Answer<'_>, seen: &mut Seen) {
    for link in &answer.links {
        seen.look();
        let Some(members) = link.value.as_object() else {
            seen.find(answer.pointer(link.at), "not a JSON object");
            continue;
        };
        let missing: Vec<&str> = ["value", "rel", "href"]
            .into_iter()
            .filter(|name| !members.get(*name).is_some_and(Value::is_string))
            .collect();
        if !missing.is_empty() {
            seen.find(
                answer.pointer(link.at),
                format!("no text in `{}`", missing.join("`, `")),
            );
        }
    }
}

/// Returns the self links of an object.
fn self_links<'a>(object: &Object<'a>) -> impl Iterator<Item = &'a super::object::Members> {
    object
        .links()
        .filter(|link| rels(link.get("rel").and_then(Value::as_str)).any(|rel| rel == "self"))
}

fn self_each_object(answer: &Answer<'_>, seen: &mut Seen) {
    // Whether objects inside a search result need their own is an open reading of the
    // profile; the results themselves are looked at by `rdap.search.each-has-class`.
    if !answer.is_profiled() || answer.shape == Shape::Search {
        return;
    }
    for object in &answer.objects {
        let excepted = object.is(Class::Nameserver)
            && object.standing == Standing::Nested
            && answer.context.nameserver != Some(true);
        if excepted || object.stand_in || object.members.is_empty() {
            continue;
        }
        seen.look();
        if self_links(object).next().is_none() {
            let class = object.class().map_or("object", Class::as_str);
            seen.find(
                answer.pointer(object.at),
                format!("the {class} has no self link"),
            );
        }
    }
}

fn is_self(link: &Value) -> bool {
    rels(link.get("rel").and_then(Value::as_str)).any(|rel| rel == "self")
}

/// Calls `each` with the place and value of the self links of objects; a self link in a
/// notice is not one of an object.
fn each_self_link<'a>(
    answer: &Answer<'a>,
    mut each: impl FnMut(&dyn Fn(&str) -> String, &'a Value),
) {
    for object in &answer.objects {
        for (index, link) in items(object.get("links")).iter().enumerate() {
            if is_self(link) {
                each(
                    &|rest| answer.below(object.at, &format!("links/{index}{rest}")),
                    link,
                );
            }
        }
    }
}

fn self_type(answer: &Answer<'_>, seen: &mut Seen) {
    each_self_link(answer, |at, link| {
        seen.look();
        match link.get("type").and_then(Value::as_str) {
            None => seen.find(at(""), "the self link has no `type`"),
            Some("application/rdap+json") => {}
            Some(other) => seen.find(
                at("/type"),
                format!("`{}` instead of `application/rdap+json`", shortened(other)),
            ),
        }
    });
}

fn self_same_authority(answer: &Answer<'_>, seen: &mut Seen) {
    let context = answer.context;
    let mut known: Vec<&str> = context.authorities.iter().map(String::as_str).collect();
    known.extend(context.url.as_deref().and_then(authority));
    if known.is_empty() {
        return;
    }
    each_self_link(answer, |at, link| {
        let Some(found) = link.get("href").and_then(Value::as_str).and_then(authority) else {
            return;
        };
        seen.look();
        if !known.iter().any(|name| name.eq_ignore_ascii_case(found)) {
            seen.find(
                at("/href"),
                format!(
                    "`{}` is not the answering server's authority",
                    shortened(found)
                ),
            );
        }
    });
}

fn related_not_self(answer: &Answer<'_>, seen: &mut Seen) {
    for object in &answer.objects {
        let links = items(object.get("links"));
        for (index, link) in links.iter().enumerate() {
            let Some(href) = link.get("href").and_then(Value::as_str) else {
                continue;
            };
            if !rels(link.get("rel").and_then(Value::as_str)).any(|rel| rel == "related") {
                continue;
            }
            seen.look();
            if self_links(object).any(|own| own.get("href").and_then(Value::as_str) == Some(href)) {
                seen.find(
                    answer.below(object.at, &format!("links/{index}/href")),
                    "the related link has the href of the self link",
                );
            }
        }
    }
}

fn rel_registered(answer: &Answer<'_>, seen: &mut Seen) {
    for link in &answer.links {
        for rel in rels(link.text("rel")) {
            seen.look();
            // An extension relation is a URI; RFC 8288, section 2.1.2.
            if !is_link_relation(rel) && !rel.contains(':') {
                seen.find(
                    answer.below(link.at, "rel"),
                    format!("`{}` is not a registered link relation", shortened(rel)),
                );
            }
        }
    }
}

fn rel_single(answer: &Answer<'_>, seen: &mut Seen) {
    for link in &answer.links {
        let Some(rel) = link.text("rel") else {
            continue;
        };
        seen.look();
        if rels(Some(rel)).count() > 1 {
            seen.find(
                answer.below(link.at, "rel"),
                format!("`{}` is more than one relation", shortened(rel)),
            );
        }
    }
}

fn value_is_context(answer: &Answer<'_>, seen: &mut Seen) {
    // Without the URL that was asked nobody knows which value would be right.
    let Some(url) = answer.context.url.as_deref() else {
        return;
    };
    let top: Vec<&str> = answer
        .topmost()
        .into_iter()
        .flat_map(self_links)
        .filter_map(|link| link.get("href").and_then(Value::as_str))
        .chain([url])
        .collect();
    for link in &answer.links {
        let Some(value) = link.text("value") else {
            continue;
        };
        seen.look();
        let is_own = || {
            link.owner
                .and_then(|owner| answer.objects.get(owner))
                .into_iter()
                .flat_map(self_links)
                .any(|own| {
                    own.get("href")
                        .and_then(Value::as_str)
                        .is_some_and(|href| same_uri(href, value))
                })
        };
        if !top.iter().any(|uri| same_uri(uri, value)) && !is_own() {
            seen.find(
                answer.below(link.at, "value"),
                "neither the URI of the query nor the one of the object",
            );
        }
    }
}

fn up(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.of_class(Class::Ip) {
        if object.standing == Standing::Nested || object.get("parentHandle").is_none() {
            continue;
        }
        seen.look();
        let has_up = object.links().any(|link| {
            rels(link.get("rel").and_then(Value::as_str)).any(|rel| rel == "up" || rel == "rdap-up")
        });
        if !has_up {
            seen.find(
                answer.pointer(object.at),
                "`parentHandle` without a link `up` or `rdap-up`",
            );
        }
    }
}
