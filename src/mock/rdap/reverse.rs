//! Reverse searches: numbers by the organization that holds them (RFC 9536, RFC 9910).

use serde_json::{Value, json};

use super::find::{self, Registration};
use super::results::{self, List};
use super::search::{handle_of, key_of, unsupported, write_number};
use super::write::Writer;
use crate::mock::Space;
use crate::mock::document::{Draft, Kind, Object};
use crate::mock::world::{Holder, Search};

/// Properties of an entity that can be searched for, with their JSONPath in a result.
const PROPERTIES: &[(&str, &str)] = &[
    ("handle", "$.entities[*].handle"),
    ("fn", "$.entities[*].vcardArray[1][?(@[0]=='fn')][3]"),
];

/// Returns what help says about reverse searches.
pub(super) fn properties() -> Value {
    let all = ["ips", "autnums"].into_iter().flat_map(|searched| {
        let property = move |(name, _): &(&str, &str)| json!({ "searchableResourceType": searched, "relatedResourceType": "entity", "property": name });
        PROPERTIES.iter().map(property)
    });
    all.collect()
}

/// Answers `ips/reverse_search/entity?…` and the same of `autnums`; all properties given must fit.
pub(super) fn answer(writer: &Writer<'_>, space: Space, parameters: &[(String, String)]) -> Draft {
    if !writer.dialect().searches(Search::Reverse) {
        return unsupported(writer);
    }
    let asked: Vec<(&(&str, &str), &str)> = parameters
        .iter()
        .filter_map(|(name, value)| {
            let property = PROPERTIES.iter().find(|(known, _)| known == name)?;
            Some((property, value.as_str()))
        })
        .collect();
    if asked.is_empty() {
        return writer.error(
            Kind::Search,
            400,
            "A reverse search needs a handle or a name.",
        );
    }
    let fits = |holder: &Holder| {
        asked.iter().all(|((name, _), value)| {
            let text = if *name == "fn" {
                &holder.name
            } else {
                &holder.handle
            };
            text.eq_ignore_ascii_case(value)
        })
    };
    let all: Vec<Registration<'_>> = match space {
        Space::Asn => find::autnums(writer.operator, false),
        Space::V4 | Space::V6 => find::networks(writer.world, writer.operator),
    };
    let found: Vec<Registration<'_>> = all
        .into_iter()
        .filter(|r| r.status == "active" && r.holder.is_some_and(fits))
        .collect();
    if found.is_empty() {
        return writer.error(Kind::Search, 404, "Nothing here is held by such an entity.");
    }
    let mapping = asked
        .iter()
        .map(|((name, path), _)| json!({ "property": name, "propertyPath": path }));
    let mut further = Object::new();
    further.insert(
        "reverse_search_properties_mapping".to_owned(),
        mapping.collect(),
    );
    let key = key_of(space);
    let list = List {
        key,
        identifiers: &[key, "reverse_search"],
        found,
        parameters,
        further,
    };
    let handle = |net: &Registration<'_>| handle_of(writer, net);
    results::answer(writer, list, handle, |net, path| {
        write_number(writer, net, path)
    })
}
