//! Rules about entities, their jCards apart.

use serde_json::Value;

use super::answer::Answer;
use super::conformance::shortened;
use super::object::{Class, Standing};
use super::registered::ROLES;
use super::{Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.entity.roles-registered", roles_registered),
    rule("rdap.entity.roles-nested", roles_nested),
    rule("rdap.entity.networks", networks),
    rule("rdap.entity.autnums", autnums),
];

fn roles_registered(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.of_class(Class::Entity) {
        let Some(roles) = object.get("roles") else {
            continue;
        };
        seen.look();
        let Some(list) = roles.as_array() else {
            seen.find(answer.below(object.at, "roles"), "not an array of strings");
            continue;
        };
        for (index, item) in list.iter().enumerate() {
            let at = || answer.below(object.at, &format!("roles/{index}"));
            match item {
                Value::String(text) if ROLES.contains(&text.as_str()) => {}
                Value::String(text) => {
                    seen.find(
                        at(),
                        format!("`{}` is not a registered role", shortened(text)),
                    );
                }
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_) => seen.find(at(), "not a string"),
            }
        }
    }
}

fn roles_nested(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.of_class(Class::Entity) {
        if object.standing != Standing::Nested || object.members.is_empty() {
            continue;
        }
        seen.look();
        if object.texts("roles").next().is_none() {
            seen.find(answer.pointer(object.at), "the nested entity has no role");
        }
    }
}

fn networks(answer: &Answer<'_>, seen: &mut Seen) {
    resources(answer, seen, "networks");
}

fn autnums(answer: &Answer<'_>, seen: &mut Seen) {
    resources(answer, seen, "autnums");
}

/// A list of resources stands in entities that are looked up, and is not cut to nothing.
///
/// That it holds exactly the resources of the registrant needs more than one answer.
fn resources(answer: &Answer<'_>, seen: &mut Seen, name: &str) {
    if !answer.is_profiled() {
        return;
    }
    for object in answer.of_class(Class::Entity) {
        let Some(list) = object.get(name) else {
            continue;
        };
        seen.look();
        let at = || answer.below(object.at, name);
        if object.standing == Standing::Nested {
            seen.find(at(), "in an entity that is not the topmost object");
        } else if list.as_array().is_none_or(Vec::is_empty) {
            seen.find(at(), "an empty list; the limit must not be zero");
        }
    }
}
