//! Rules about jCards. Messages name properties and parameters, never their values.

use serde_json::Value;

use super::answer::Answer;
use super::conformance::shortened;
use super::object::{Class, Members, Object, items};
use super::registered::is_vcard_property;
use super::{Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.entity.vcard-shape", shape),
    rule("rdap.entity.vcard-fn", formatted_name),
    rule("rdap.entity.vcard-kind", kind),
    rule("rdap.entity.vcard-props", props),
    rule("rdap.entity.vcard-types", types),
    rule("rdap.entity.vcard-params", params),
    rule("rdap.entity.adr-label", adr_label),
    rule("rdap.entity.tel-uri-form", tel_uri_form),
];

/// Properties that NRO RDAP Profile, section 5.1.1, permits.
const PERMITTED: &[&str] = &[
    "kind",
    "fn",
    "n",
    "adr",
    "tel",
    "email",
    "lang",
    "geo",
    "title",
    "role",
    "org",
    "version",
    "contact-uri",
];

/// Values of `type` on `tel`: those of every property and those of RFC 6350, section 6.4.1.
const TEL_TYPES: &[&str] = &[
    "work",
    "home",
    "text",
    "voice",
    "fax",
    "cell",
    "video",
    "pager",
    "textphone",
];

/// Iterates over the properties of an entity's jCard that are arrays, with their index.
pub(super) fn properties<'a>(
    object: &Object<'a>,
) -> impl Iterator<Item = (usize, &'a Vec<Value>)> + use<'a> {
    items(object.get("vcardArray"))
        .get(1)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
        .filter_map(|(index, property)| Some((index, property.as_array()?)))
}

fn name(property: &[Value]) -> &str {
    property.first().and_then(Value::as_str).unwrap_or_default()
}

fn parameters(property: &[Value]) -> Option<&Members> {
    property.get(1).and_then(Value::as_object)
}

fn value_type(property: &[Value]) -> Option<&str> {
    property.get(2).and_then(Value::as_str)
}

/// Iterates over the entities whose jCard is the server's own.
fn cards<'a, 'b>(answer: &'b Answer<'a>) -> impl Iterator<Item = &'b Object<'a>> {
    answer
        .of_class(Class::Entity)
        .filter(|object| !object.stand_in && object.get("vcardArray").is_some())
}

/// Builds the pointer of a property, or of what lies in it.
fn place(answer: &Answer<'_>, object: &Object<'_>, index: usize, rest: &str) -> String {
    answer.below(object.at, &format!("vcardArray/1/{index}{rest}"))
}

fn shape(answer: &Answer<'_>, seen: &mut Seen) {
    for object in cards(answer) {
        seen.look();
        let at = || answer.below(object.at, "vcardArray");
        let list = match object
            .get("vcardArray")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
        {
            Some([first, Value::Array(list)]) if first.as_str() == Some("vcard") => list,
            _ => {
                seen.find(at(), "not `[\"vcard\", [properties]]`");
                continue;
            }
        };
        for (index, property) in list.iter().enumerate() {
            if let Err(why) = property_shape(property) {
                seen.find(place(answer, object, index, ""), why);
            }
        }
        let version = properties(object).find(|(_, property)| name(property) == "version");
        match version {
            None => seen.find(at(), "no `version`"),
            Some((_, property)) if property.get(3).and_then(Value::as_str) == Some("4.0") => {}
            Some((index, _)) => {
                seen.find(
                    place(answer, object, index, "/3"),
                    "the version is not the text `4.0`",
                );
            }
        }
    }
}

/// Says why a property has not the shape of RFC 7095, section 3.3.
fn property_shape(property: &Value) -> Result<(), &'static str> {
    let list = property.as_array().ok_or("the property is not an array")?;
    if list.len() < 4 {
        return Err("fewer than four items in the property");
    }
    if !list.first().is_some_and(Value::is_string) {
        return Err("the property's name is not a string");
    }
    if !list.get(1).is_some_and(Value::is_object) {
        return Err("the property's parameters are not a JSON object");
    }
    if !list.get(2).is_some_and(Value::is_string) {
        return Err("the property's type is not a string");
    }
    Ok(())
}

fn formatted_name(answer: &Answer<'_>, seen: &mut Seen) {
    for object in cards(answer) {
        seen.look();
        let names: Vec<(usize, &Vec<Value>)> = properties(object)
            .filter(|(_, property)| name(property) == "fn")
            .collect();
        match names.as_slice() {
            [(_, property)] if property.get(3).is_some_and(Value::is_string) => {}
            [(index, _)] => seen.find(place(answer, object, *index, "/3"), "`fn` is not a string"),
            [] => seen.find(answer.below(object.at, "vcardArray"), "no `fn`"),
            [_, (index, _), ..] => seen.find(place(answer, object, *index, ""), "a second `fn`"),
        }
    }
}

fn kind(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.is_profiled() {
        return;
    }
    for object in cards(answer) {
        seen.look();
        match properties(object).find(|(_, property)| name(property) == "kind") {
            None => seen.find(answer.below(object.at, "vcardArray"), "no `kind`"),
            Some((index, property)) => {
                let value = property.get(3).and_then(Value::as_str).unwrap_or_default();
                if !["individual", "group", "org"].contains(&value) {
                    seen.find(
                        place(answer, object, index, "/3"),
                        "none of `individual`, `group` and `org`",
                    );
                }
            }
        }
    }
}

/// Looks at every property of every card, where the profile is claimed.
fn each_property(
    answer: &Answer<'_>,
    seen: &mut Seen,
    mut look: impl FnMut(&mut Seen, &Object<'_>, usize, &[Value]),
) {
    if !answer.is_profiled() {
        return;
    }
    for object in cards(answer) {
        seen.look();
        for (index, property) in properties(object) {
            look(seen, object, index, property);
        }
    }
}

fn props(answer: &Answer<'_>, seen: &mut Seen) {
    each_property(answer, seen, |seen, object, index, property| {
        let name = name(property);
        if !PERMITTED.contains(&name) {
            let word = if is_vcard_property(name) || name.starts_with("x-") {
                "not permitted"
            } else {
                "unknown"
            };
            seen.find(
                place(answer, object, index, "/0"),
                format!("the property `{}` is {word}", shortened(name)),
            );
        }
    });
}

fn types(answer: &Answer<'_>, seen: &mut Seen) {
    each_property(answer, seen, |seen, object, index, property| {
        let name = name(property);
        if !PERMITTED.contains(&name) {
            return;
        }
        let allowed: &[&str] = match name {
            "geo" | "contact-uri" => &["uri"],
            "tel" => &["uri", "text"],
            "lang" => &["language-tag"],
            _ => &["text"],
        };
        let found = value_type(property).unwrap_or_default();
        if !allowed.contains(&found) {
            seen.find(
                place(answer, object, index, "/2"),
                format!(
                    "`{name}` of type `{}`; expected `{}`",
                    shortened(found),
                    allowed.join("` or `")
                ),
            );
        }
    });
}

fn params(answer: &Answer<'_>, seen: &mut Seen) {
    each_property(answer, seen, |seen, object, index, property| {
        let name = name(property);
        for (parameter, value) in parameters(property).into_iter().flatten() {
            if let Err(why) = permitted(name, parameter, value) {
                let rest = format!("/1/{}", super::answer::escaped(parameter));
                seen.find(place(answer, object, index, &rest), why);
            }
        }
    });
}

/// Says why the profile does not permit a parameter on a property.
fn permitted(property: &str, parameter: &str, value: &Value) -> Result<(), String> {
    let types: &[&str] = match (parameter, property) {
        ("language" | "altid" | "pref", _) | ("cc" | "label", "adr") => return Ok(()),
        ("type", "email" | "org" | "adr") => &["work", "home"],
        ("type", "tel") => TEL_TYPES,
        _ => {
            return Err(format!(
                "the parameter `{}` is not permitted on `{}`",
                shortened(parameter),
                shortened(property)
            ));
        }
    };
    let one = std::slice::from_ref(value);
    for item in value.as_array().map_or(one, Vec::as_slice) {
        let word = item.as_str().unwrap_or_default();
        if !types.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            return Err(format!(
                "`{property};type={}` is not permitted",
                shortened(word)
            ));
        }
    }
    Ok(())
}

fn adr_label(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.is_profiled() {
        return;
    }
    for object in cards(answer) {
        for (index, property) in properties(object).filter(|(_, property)| name(property) == "adr")
        {
            seen.look();
            if !parameters(property).is_some_and(|all| all.contains_key("label")) {
                seen.find(
                    place(answer, object, index, "/1"),
                    "`adr` without the parameter `label`",
                );
            }
        }
    }
}

fn tel_uri_form(answer: &Answer<'_>, seen: &mut Seen) {
    for object in cards(answer) {
        for (index, property) in properties(object).filter(|(_, property)| name(property) == "tel")
        {
            let Some(text) = property.get(3).and_then(Value::as_str) else {
                continue;
            };
            seen.look();
            let is_uri = text
                .get(..4)
                .is_some_and(|start| start.eq_ignore_ascii_case("tel:"));
            match value_type(property) {
                Some("uri") if !is_uri => {
                    seen.find(
                        place(answer, object, index, "/3"),
                        "of type uri, but it does not begin with `tel:`",
                    );
                }
                Some("text") if is_uri => {
                    seen.find(
                        place(answer, object, index, "/3"),
                        "of type text, but it begins with `tel:`",
                    );
                }
                _ => {}
            }
        }
    }
}
