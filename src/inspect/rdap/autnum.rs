//! Rules about AS number objects, and about the contacts of all number resources.

use serde_json::Value;

use super::answer::Answer;
use super::jcard::properties;
use super::network::{is_principal, missing_members};
use super::object::{Class, Object, items};
use super::{Query, Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.asn.required", required),
    rule("rdap.asn.integers", integers),
    rule("rdap.inr.abuse", abuse),
    rule("rdap.inr.abuse-email", abuse_email),
    rule("rdap.inr.registrant", registrant),
    rule("rdap.inr.registrant-one", registrant_one),
];

fn required(answer: &Answer<'_>, seen: &mut Seen) {
    missing_members(
        answer,
        seen,
        Class::Autnum,
        &["handle", "startAutnum", "endAutnum", "status"],
    );
}

fn integers(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.of_class(Class::Autnum) {
        let mut ends = [None, None];
        let mut present = 0;
        for (name, end) in ["startAutnum", "endAutnum"].into_iter().zip(&mut ends) {
            let Some(value) = object.get(name) else {
                continue;
            };
            seen.look();
            present += 1;
            *end = value
                .as_u64()
                .filter(|number| *number <= u64::from(u32::MAX));
            if end.is_none() {
                seen.find(
                    answer.below(object.at, name),
                    "not an AS number as a JSON integer",
                );
            }
        }
        let [Some(first), Some(last)] = ends else {
            continue;
        };
        if present == 2 && first > last {
            seen.find(
                answer.below(object.at, "startAutnum"),
                "greater than `endAutnum`",
            );
        } else if object.is_topmost()
            && let Query::Autnum(Some(text)) = &answer.asked
            && let Ok(asked) = text.trim_start_matches(['A', 'S', 'a', 's']).parse::<u64>()
            && !(first..=last).contains(&asked)
        {
            seen.find(
                answer.below(object.at, "startAutnum"),
                "the range does not contain the number that was asked for",
            );
        }
    }
}

/// Returns the number resources that are looked up or found by a search.
fn resources<'a, 'b>(answer: &'b Answer<'a>) -> impl Iterator<Item = (usize, &'b Object<'a>)> {
    let profiled = answer.is_profiled();
    answer
        .objects
        .iter()
        .enumerate()
        .filter(move |(_, object)| profiled && object.is_resource() && is_principal(object))
}

/// Returns the entities inside an object, at any depth, with a role.
///
/// Whether a contact inside the registrant counts as one "for the INR" is an open
/// reading of NRO RDAP Profile, section 5.3; here it counts.
fn with_role<'a, 'b>(
    answer: &'b Answer<'a>,
    resource: usize,
    role: &'static str,
) -> impl Iterator<Item = &'b Object<'a>> {
    answer
        .objects
        .iter()
        .filter(move |object| object.is(Class::Entity) && object.has_text("roles", role))
        .filter(move |object| belongs_to(answer, object, resource))
}

/// Says whether an object is inside a resource through entities only.
fn belongs_to(answer: &Answer<'_>, object: &Object<'_>, resource: usize) -> bool {
    let mut parent = object.parent;
    while let Some(index) = parent {
        if index == resource {
            return true;
        }
        let Some(outer) = answer.objects.get(index) else {
            return false;
        };
        if !outer.is(Class::Entity) {
            return false;
        }
        parent = outer.parent;
    }
    false
}

fn has_role(answer: &Answer<'_>, seen: &mut Seen, role: &'static str) {
    for (index, object) in resources(answer) {
        seen.look();
        if with_role(answer, index, role).next().is_none() {
            seen.find(
                answer.pointer(object.at),
                format!("no entity with the role `{role}`"),
            );
        }
    }
}

fn abuse(answer: &Answer<'_>, seen: &mut Seen) {
    has_role(answer, seen, "abuse");
}

fn registrant(answer: &Answer<'_>, seen: &mut Seen) {
    has_role(answer, seen, "registrant");
}

fn abuse_email(answer: &Answer<'_>, seen: &mut Seen) {
    for (index, _) in resources(answer) {
        for entity in with_role(answer, index, "abuse") {
            seen.look();
            let has_email = properties(entity).any(|(_, property)| {
                property.first().and_then(Value::as_str) == Some("email")
                    && property
                        .iter()
                        .skip(3)
                        .any(|value| value.as_str().is_some_and(|text| !text.trim().is_empty()))
            });
            if !has_email {
                seen.find(
                    answer.pointer(entity.at),
                    "the abuse contact has no e-mail address",
                );
            }
        }
    }
}

fn registrant_one(answer: &Answer<'_>, seen: &mut Seen) {
    for (index, object) in resources(answer) {
        // The registrant of a contact inside is not the resource's.
        let registrants: Vec<&Object<'_>> = with_role(answer, index, "registrant")
            .filter(|entity| entity.parent == Some(index))
            .collect();
        if registrants.is_empty() {
            continue;
        }
        seen.look();
        let organizations = registrants
            .iter()
            .filter(|entity| is_organization(entity))
            .count();
        if organizations != 1 || registrants.len() != 1 {
            seen.find(
                answer.pointer(object.at),
                format!(
                    "{} registrants, {organizations} of kind org",
                    registrants.len()
                ),
            );
        }
    }
}

fn is_organization(entity: &Object<'_>) -> bool {
    let card = items(entity.get("vcardArray")).get(1);
    items(card).iter().any(|property| {
        property.get(0).and_then(Value::as_str) == Some("kind")
            && property.get(3).and_then(Value::as_str) == Some("org")
    })
}
