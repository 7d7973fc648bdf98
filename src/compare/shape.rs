//! The shape tree of an RDAP answer: which members are there and of which type.
//!
//! Texts that are nobody's business are dropped, values become classes, and lists
//! whose order says nothing are sorted, so that two servers that serve the same
//! structure have the same tree.

use serde_json::{Map, Value as JsonValue};

use super::normalize::{handle_pattern, is_address};
use crate::judge::canonical;
use crate::judge::look::time;

/// Returns the shape tree of an answer.
pub(super) fn shape(json: &JsonValue) -> JsonValue {
    below("", json)
}

/// Returns the shape of a value that is the member `name`.
fn below(name: &str, json: &JsonValue) -> JsonValue {
    match (name, json) {
        // A vocabulary is what it says; its order says nothing.
        ("rdapConformance" | "status" | "roles", JsonValue::Array(items)) => sorted(items.clone()),
        ("vcardArray", JsonValue::Array(items)) => jcard(items),
        // Texts of notices and remarks are the registry's own.
        ("description", _) => JsonValue::from("<text>"),
        ("events", JsonValue::Array(items)) => by(items, name, &["eventAction"]),
        ("links", JsonValue::Array(items)) => by(items, name, &["rel", "type"]),
        ("notices" | "remarks", JsonValue::Array(items)) => by(items, name, &["type", "title"]),
        ("entities", JsonValue::Array(items)) => by(items, name, &["roles", "kind"]),
        // A class and a relation are words of the protocol.
        (
            "objectClassName" | "eventAction" | "rel" | "ipVersion" | "errorCode" | "algorithm",
            value,
        ) if !value.is_array() && !value.is_object() => value.clone(),
        ("type", JsonValue::String(text)) if text.contains('/') => JsonValue::from(text.as_str()),
        ("handle" | "parentHandle", JsonValue::String(text)) => {
            JsonValue::from(format!("<{}>", handle_pattern(text)))
        }
        (_, JsonValue::Object(members)) => JsonValue::Object(
            members
                .iter()
                .map(|(name, member)| (name.clone(), below(name, member)))
                .collect(),
        ),
        (_, JsonValue::Array(items)) => {
            let mut shapes: Vec<JsonValue> = items.iter().map(|item| below("", item)).collect();
            // How many there are is data; which shapes there are is structure.
            shapes.sort_by_cached_key(canonical);
            shapes.dedup();
            JsonValue::Array(shapes)
        }
        (_, value) => JsonValue::from(class(value)),
    }
}

fn sorted(mut items: Vec<JsonValue>) -> JsonValue {
    items.sort_by_cached_key(canonical);
    items.dedup();
    JsonValue::Array(items)
}

/// Shapes a list and sorts it by some members of its items, each shape once.
fn by(items: &[JsonValue], name: &str, keys: &[&str]) -> JsonValue {
    let mut shapes: Vec<(String, JsonValue)> = items
        .iter()
        .map(|item| {
            let key: String = keys
                .iter()
                .map(|key| item.get(key).map(canonical).unwrap_or_default() + "\u{0}")
                .collect();
            let mut shape = below("", item);
            if let (JsonValue::Object(members), "notices" | "remarks") = (&mut shape, name) {
                keep_vocabulary(members, item);
            }
            (key + &canonical(&shape), shape)
        })
        .collect();
    shapes.sort_by(|(a, _), (b, _)| a.cmp(b));
    shapes.dedup();
    JsonValue::Array(shapes.into_iter().map(|(_, shape)| shape).collect())
}

/// Keeps the registered `type` of a notice, which is a word of the protocol.
fn keep_vocabulary(members: &mut Map<String, JsonValue>, item: &JsonValue) {
    if let Some(kind @ JsonValue::String(_)) = item.get("type") {
        members.insert("type".to_owned(), kind.clone());
    }
}

/// Returns the class of a value.
fn class(value: &JsonValue) -> &'static str {
    match value {
        JsonValue::Null => "<null>",
        JsonValue::Bool(_) => "<boolean>",
        JsonValue::Number(_) => "<number>",
        JsonValue::Array(_) => "<list>",
        JsonValue::Object(_) => "<object>",
        JsonValue::String(text) => {
            if text.starts_with("https://") {
                "<https url>"
            } else if text.starts_with("http://") {
                "<http url>"
            } else if time(text).is_some() {
                "<time>"
            } else if is_address(text) {
                "<address>"
            } else {
                "<text>"
            }
        }
    }
}

/// Keeps name, parameters and value type of each jCard property (RFC 7095); values become `<text>`.
fn jcard(items: &[JsonValue]) -> JsonValue {
    let mut shape: Vec<JsonValue> = items.iter().take(1).cloned().collect();
    if let Some(JsonValue::Array(properties)) = items.get(1) {
        let properties = properties.iter().map(|property| {
            let JsonValue::Array(parts) = property else {
                return JsonValue::from(class(property));
            };
            JsonValue::Array(
                parts
                    .iter()
                    .enumerate()
                    .map(|(place, part)| match place {
                        0 | 2 => part.clone(),
                        1 => parameters(part),
                        _ => JsonValue::from("<text>"),
                    })
                    .collect(),
            )
        });
        shape.push(sorted(properties.collect()));
    }
    JsonValue::Array(shape)
}

/// Keeps the names of a property's parameters, and the values of those that are vocabulary.
fn parameters(part: &JsonValue) -> JsonValue {
    let JsonValue::Object(members) = part else {
        return JsonValue::from(class(part));
    };
    JsonValue::Object(
        members
            .iter()
            .map(|(name, value)| {
                let value = if name == "type" {
                    value.clone()
                } else {
                    JsonValue::from("<text>")
                };
                (name.clone(), value)
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn two_networks_of_one_structure_have_one_shape() {
        let one = json!({
            "objectClassName": "ip network", "handle": "192.0.2.0 - 192.0.2.255",
            "startAddress": "192.0.2.0", "name": "EXAMPLE", "status": ["active"],
            "events": [
                {"eventAction": "last changed", "eventDate": "2026-01-01T00:00:00Z"},
                {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"}],
            "notices": [{"title": "Terms", "description": ["a", "b"]}]
        });
        let other = json!({
            "handle": "198.51.100.0 - 198.51.100.255", "objectClassName": "ip network",
            "name": "OTHER", "startAddress": "198.51.100.0", "status": ["active"],
            "notices": [{"title": "Conditions", "description": ["c"]}],
            "events": [
                {"eventAction": "registration", "eventDate": "2021-01-01T02:00:00+02:00"},
                {"eventAction": "last changed", "eventDate": "2026-02-01T00:00:00Z"}]
        });
        assert_eq!(canonical(&shape(&one)), canonical(&shape(&other)));
    }

    #[test]
    fn a_missing_member_another_class_and_another_parameter_show() {
        let with = |name: &str, value: JsonValue| canonical(&shape(&json!({ name: value })));
        assert_ne!(with("country", json!("NL")), with("name", json!("NL")));
        assert_ne!(with("handle", json!("AS1")), with("handle", json!("NET-1")));
        let card = |parameters: JsonValue| {
            with(
                "vcardArray",
                json!(["vcard", [["tel", parameters, "uri", "tel:+1"]]]),
            )
        };
        assert_ne!(card(json!({"type": "voice"})), card(json!({})));
        assert_eq!(card(json!({"pref": "1"})), card(json!({"pref": "2"})));
    }

    #[test]
    fn personal_values_never_stay() {
        let tree = canonical(&shape(&json!({
            "entities": [{"roles": ["abuse"], "vcardArray": ["vcard", [
                ["fn", {}, "text", "Jane Doe"], ["adr", {"label": "1 Main St"}, "text", ["", ""]]]]}]
        })));
        assert!(!tree.contains("Jane") && !tree.contains("Main"), "{tree}");
    }
}
