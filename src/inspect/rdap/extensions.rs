//! Rules about extensions that have no file of their own.

use serde_json::Value;

use super::answer::Answer;
use super::conformance::shortened;
use super::object::Class;
use super::{Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.ext.geofeed-link", geofeed_link),
    rule("rdap.ext.originas", originas),
];

/// Source: RFC 9877, sections 2.1 and 2.2.
fn geofeed_link(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.of_class(Class::Ip) {
        let mut languages: Vec<&str> = Vec::new();
        for link in answer.links.iter().filter(|link| link.has_rel("geofeed")) {
            if link
                .owner
                .and_then(|owner| answer.objects.get(owner))
                .map(|owner| owner.at)
                != Some(object.at)
            {
                continue;
            }
            seen.look();
            if let Some(href) = link.text("href")
                && !href
                    .get(..8)
                    .is_some_and(|start| start.eq_ignore_ascii_case("https://"))
            {
                seen.find(
                    answer.below(link.at, "href"),
                    "the geofeed's URL is not https",
                );
            }
            match link.text("type") {
                Some("application/geofeed+csv") => {}
                Some(other) => seen.find(
                    answer.below(link.at, "type"),
                    format!(
                        "`{}` instead of `application/geofeed+csv`",
                        shortened(other)
                    ),
                ),
                None => seen.find(answer.pointer(link.at), "the geofeed link has no `type`"),
            }
            let language = match link.get("hreflang") {
                Some(Value::Array(list)) => list.first().and_then(Value::as_str),
                Some(one) => one.as_str(),
                None => None,
            };
            let language = language.unwrap_or_default();
            if languages.contains(&language) {
                seen.find(
                    answer.pointer(link.at),
                    "a second geofeed link of the same language",
                );
            }
            languages.push(language);
        }
    }
}

/// That the identifier is claimed is looked at by `rdap.resp.conformance-used`.
fn originas(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.of_class(Class::Ip) {
        let Some(value) = object.get("arin_originas0_originautnums") else {
            continue;
        };
        seen.look();
        let fits = value.as_array().is_some_and(|list| {
            list.iter().all(|item| {
                item.as_u64()
                    .is_some_and(|number| u32::try_from(number).is_ok())
            })
        });
        if !fits {
            seen.find(
                answer.below(object.at, "arin_originas0_originautnums"),
                "not an array of AS numbers",
            );
        }
    }
}
