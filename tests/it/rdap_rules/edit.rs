//! Edits of an answer and of what is known about it.

use quintet::inspect::rdap::Context;
use serde_json::{Value, json};

/// One edit: where, and what stands there then; null removes the member.
pub(super) type Edit = (&'static str, Value);

/// Returns the place of the first property with a name in the first jCard, and what stands at a path of it.
fn card_place(document: &Value, name: &str) -> String {
    let list = document["entities"][0]["vcardArray"][1].as_array().unwrap();
    let index = list
        .iter()
        .position(|property| property[0] == name)
        .unwrap();
    format!("/entities/0/vcardArray/1/{index}/3")
}

/// Sets a value at a JSON Pointer; null removes, `-` at the end appends.
pub(super) fn set(document: &mut Value, pointer: &str, value: Value) {
    if pointer.is_empty() {
        *document = value;
        return;
    }
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent) {
        Some(Value::Object(members)) if value.is_null() => {
            drop(members.remove(last).expect(pointer))
        }
        Some(Value::Object(members)) => drop(members.insert(last.to_owned(), value)),
        Some(Value::Array(list)) if last == "-" => list.push(value),
        Some(Value::Array(list)) if value.is_null() => drop(list.remove(last.parse().unwrap())),
        Some(Value::Array(list)) => list[last.parse::<usize>().unwrap()] = value,
        _ => panic!("nothing at {pointer}"),
    }
}

/// Calls `each` with every entity in a document, nested ones too.
fn entities(document: &mut Value, each: &mut impl FnMut(&mut Value)) {
    if let Some(list) = document.get_mut("entities").and_then(Value::as_array_mut) {
        for entity in list {
            each(entity);
            entities(entity, each);
        }
    }
}

/// Applies an edit; those that begin with `$` are about what has no fixed place.
pub(super) fn apply(document: &mut Value, context: &mut Context, edit: &Edit) {
    let (place, value) = edit;
    match *place {
        "$content-type" => {
            let headers = context.headers.as_mut().unwrap();
            headers.retain(|(name, _)| name != "content-type");
            headers.push((
                "content-type".to_owned(),
                value.as_str().unwrap().to_owned(),
            ));
        }
        "$unclaim" => {
            let list = document["rdapConformance"].as_array_mut().unwrap();
            list.retain(|identifier| identifier != value);
        }
        "$status" => context.status = Some(value.as_u64().unwrap().try_into().unwrap()),
        "$card" => set(document, "/entities/0/vcardArray/1/-", value.clone()),
        "$kind" => set(document, &card_place(document, "kind"), value.clone()),
        "$role" => entities(document, &mut |entity| {
            for role in entity["roles"].as_array_mut().unwrap() {
                if *role == value[0] {
                    *role = value[1].clone();
                }
            }
        }),
        "$abuse-email" => entities(document, &mut |entity| {
            if entity["roles"]
                .as_array()
                .unwrap()
                .contains(&json!("abuse"))
            {
                for property in entity["vcardArray"][1].as_array_mut().unwrap() {
                    if property[0] == "email" {
                        property[3] = value.clone();
                    }
                }
            }
        }),
        "$related" => {
            let url = context.url.clone().unwrap();
            let link = json!({"value": url, "rel": "rdap-up", "href": value, "type": "application/rdap+json"});
            document["links"]
                .as_array_mut()
                .unwrap()
                .retain(|link| !link["rel"].as_str().unwrap().starts_with("rdap-"));
            set(document, "/links/-", link);
        }
        pointer => set(document, pointer, value.clone()),
    }
}
