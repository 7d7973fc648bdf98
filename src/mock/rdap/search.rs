//! Searches: entities by name and handle (RFC 9082), relations of numbers (RFC 9910).

use super::find::{self, Registration};
use super::number::network_handle;
use super::results::{self, List};
use super::reverse;
use super::write::Writer;
use crate::mock::document::{Draft, Kind, Object};
use crate::mock::world::{Contact, Holder, Search};
use crate::mock::{Block, Space};

/// Answers a search.
pub(super) fn answer(
    writer: &Writer<'_>,
    kind: &[String],
    parameters: &[(String, String)],
) -> Draft {
    let words: Vec<&str> = kind.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["entities"] => entities(writer, parameters),
        ["ips", "rirSearch1", relation, object] => {
            relations(writer, Space::V4, relation, object, parameters)
        }
        ["autnums", "rirSearch1", relation, object] => {
            relations(writer, Space::Asn, relation, object, parameters)
        }
        ["ips", "reverse_search", "entity"] => reverse::answer(writer, Space::V4, parameters),
        ["autnums", "reverse_search", "entity"] => reverse::answer(writer, Space::Asn, parameters),
        _ => unsupported(writer),
    }
}

/// Refuses a search that the service does not have.
pub(super) fn unsupported(writer: &Writer<'_>) -> Draft {
    writer.error(Kind::Search, 501, "This search is not supported here.")
}

/// An entity that a search finds.
#[derive(Clone, Copy, Debug)]
enum Entity<'w> {
    Holder(&'w Holder),
    Contact(&'w Contact),
}

impl<'w> Entity<'w> {
    fn name(self) -> &'w str {
        match self {
            Self::Holder(holder) => &holder.name,
            Self::Contact(contact) => &contact.name,
        }
    }

    fn handle(self) -> &'w str {
        match self {
            Self::Holder(holder) => &holder.handle,
            Self::Contact(contact) => &contact.handle,
        }
    }
}

fn entities(writer: &Writer<'_>, parameters: &[(String, String)]) -> Draft {
    let given = |name: &str| {
        parameters
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    let by_name = given("fn").filter(|_| writer.dialect().searches(Search::EntitiesByName));
    let by_handle = given("handle").filter(|_| writer.dialect().searches(Search::EntitiesByHandle));
    let (pattern, text_of): (&str, fn(Entity<'_>) -> &str) = match (by_name, by_handle) {
        (Some(pattern), _) => (pattern, |entity| entity.name()),
        (None, Some(pattern)) => (pattern, |entity| entity.handle()),
        (None, None) => return unsupported(writer),
    };
    // RFC 9082, section 4.1: a pattern that cannot be processed is answered 422.
    let (start, any_end) = match pattern.strip_suffix('*') {
        Some(start) => (start, true),
        None => (pattern, false),
    };
    if start.is_empty() || start.contains('*') {
        return writer.error(
            Kind::Search,
            422,
            "Only one asterisk at the end of a text is supported.",
        );
    }
    let start = start.to_lowercase();
    let fits = |entity: &Entity<'_>| {
        let text = text_of(*entity).to_lowercase();
        if any_end {
            text.starts_with(&start)
        } else {
            text == start
        }
    };
    let operator = writer.operator;
    let holders = operator.holders.values().map(Entity::Holder);
    let contacts = operator.contacts.values().map(Entity::Contact);
    let found: Vec<Entity<'_>> = holders.chain(contacts).filter(fits).collect();
    if found.is_empty() {
        return writer.error(Kind::Search, 404, "No entity here fits the pattern.");
    }
    let list = List {
        key: "entitySearchResults",
        identifiers: &[],
        found,
        parameters,
        further: Object::new(),
    };
    let handle = |entity: &Entity<'_>| entity.handle().to_owned();
    results::answer(writer, list, handle, |entity, path| match entity {
        Entity::Holder(holder) => writer.found_holder(holder, path),
        Entity::Contact(contact) => writer.found_contact(contact, path),
    })
}

/// Answers `ips/rirSearch1/<relation>/<object>` and the same of `autnums`.
fn relations(
    writer: &Writer<'_>,
    space: Space,
    relation: &str,
    object: &str,
    parameters: &[(String, String)],
) -> Draft {
    if !writer.dialect().searches(Search::Rir) {
        return unsupported(writer);
    }
    let text = if space == Space::Asn {
        format!("AS{object}")
    } else {
        object.to_owned()
    };
    let Some(block) = Block::parse(&text)
        .ok()
        .filter(|b| (b.space == Space::Asn) == (space == Space::Asn))
    else {
        return writer.error(
            Kind::Search,
            400,
            "The object of the relation is not a number.",
        );
    };
    let upward = matches!(relation, "rdap-up" | "rdap-top");
    let status = parameters
        .iter()
        .find(|(n, _)| n == "status")
        .map(|(_, v)| v.as_str());
    if status.is_some_and(|s| !upward || s != "active") {
        return writer.error(
            Kind::Search,
            501,
            "This status filter is not supported here.",
        );
    }
    let all: Vec<Registration<'_>> = match space {
        Space::Asn => find::autnums(writer.operator, false),
        Space::V4 | Space::V6 => find::networks(writer.world, writer.operator),
    };
    let here = find::smallest(all.clone(), &block).map_or(block, |r| r.block);
    let above = |r: &&Registration<'_>| {
        r.block.covers(&here) && r.block != here && (status.is_none() || r.status == "active")
    };
    let below: Vec<&Registration<'_>> = all
        .iter()
        .filter(|r| here.covers(&r.block) && r.block != here)
        .collect();
    match relation {
        "rdap-up" => one(
            writer,
            space,
            all.iter().filter(above).min_by_key(|r| r.block.span()),
        ),
        "rdap-top" => one(
            writer,
            space,
            all.iter().filter(above).max_by_key(|r| r.block.span()),
        ),
        "rdap-down" => {
            let covered = |r: &&&Registration<'_>| {
                !below
                    .iter()
                    .any(|b| b.block.covers(&r.block) && b.block != r.block)
            };
            let found = below.iter().filter(covered).copied().collect();
            many(writer, space, found, parameters)
        }
        "rdap-bottom" => {
            let leaf = |r: &&&Registration<'_>| {
                !below
                    .iter()
                    .any(|b| r.block.covers(&b.block) && b.block != r.block)
            };
            let found = below.iter().filter(leaf).copied().collect();
            many(writer, space, found, parameters)
        }
        _ => unsupported(writer),
    }
}

fn one<'w>(writer: &Writer<'w>, space: Space, found: Option<&Registration<'w>>) -> Draft {
    let Some(found) = found else {
        return writer.error(Kind::Search, 404, "Nothing stands above this object.");
    };
    let mut object = writer.open(Kind::Search);
    match space {
        Space::Asn => writer.autnum_into(&mut object, found),
        Space::V4 | Space::V6 => writer.network_into(&mut object, found, None),
    }
    writer.close(Kind::Search, object)
}

fn many<'w>(
    writer: &Writer<'w>,
    space: Space,
    found: Vec<&Registration<'w>>,
    parameters: &[(String, String)],
) -> Draft {
    let key = key_of(space);
    let list = List {
        key,
        identifiers: &[key],
        found,
        parameters,
        further: Object::new(),
    };
    let handle = |net: &&Registration<'w>| handle_of(writer, net);
    results::answer(writer, list, handle, |net, path| {
        write_number(writer, net, path)
    })
}

/// Returns the handle of a network or an AS number.
pub(super) fn handle_of(writer: &Writer<'_>, net: &Registration<'_>) -> String {
    match net.block.space {
        Space::Asn => net.block.to_string(),
        Space::V4 | Space::V6 => network_handle(writer.operator, &net.block),
    }
}

/// Returns the member and the identifier of a search for numbers.
pub(super) const fn key_of(space: Space) -> &'static str {
    match space {
        Space::Asn => "autnumSearchResults",
        Space::V4 | Space::V6 => "ipSearchResults",
    }
}

/// Writes a network or an AS number as one result of a search.
pub(super) fn write_number<'w>(
    writer: &Writer<'w>,
    net: &Registration<'w>,
    path: &str,
) -> serde_json::Value {
    match net.block.space {
        Space::Asn => writer.nested_autnum(net, path),
        Space::V4 | Space::V6 => writer.nested_network(net, path),
    }
}
