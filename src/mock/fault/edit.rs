//! Edits of documents, at places named by JSON Pointers with wildcards.

use std::collections::HashSet;

use serde_json::Value;

/// One edit of a document.
///
/// Paths are JSON Pointers (RFC 6901) in which a segment may also be `*` (any child),
/// `**` (any depth, none included) or `[key=text]` (items whose member is that text or a
/// list that has it). An edit applies at every place that fits.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Puts a value at a place, replacing what stands there; `-` appends to a list.
    Set(String, Value),
    /// Takes away what stands at a place.
    Remove(String),
    /// Gives a member another name, at the end of its object.
    Rename(String, String),
    /// Replaces a part of a text.
    Replace {
        /// The place.
        path: String,
        /// What is replaced.
        from: String,
        /// What stands there instead.
        to: String,
    },
    /// Repeats an item of a list right behind it.
    Duplicate(String),
}

impl Edit {
    /// Changes a document; returns at how many places.
    pub fn apply(&self, document: &mut Value) -> usize {
        let (path, create) = match self {
            Self::Set(path, _) => (path, true),
            Self::Remove(path)
            | Self::Rename(path, _)
            | Self::Replace { path, .. }
            | Self::Duplicate(path) => (path, false),
        };
        let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let mut places = Vec::new();
        find(document, &segments, create, &mut Vec::new(), &mut places);
        // Only two segments `**` lead to one place in several ways.
        if segments.iter().filter(|s| **s == "**").count() > 1 {
            let mut known = HashSet::new();
            places.retain(|place| known.insert(place.clone()));
        }
        // From the last to the first, so that earlier places keep their positions.
        for place in places.iter().rev() {
            self.apply_at(document, place);
        }
        places.len()
    }

    fn apply_at(&self, document: &mut Value, place: &[String]) {
        let Some((key, above)) = place.split_last() else {
            if let Self::Set(_, value) = self {
                *document = value.clone();
            }
            return;
        };
        let mut parent = document;
        for step in above {
            let next = match parent {
                Value::Object(object) => object.get_mut(step),
                Value::Array(items) => step.parse::<usize>().ok().and_then(|i| items.get_mut(i)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
            };
            let Some(next) = next else { return };
            parent = next;
        }
        match parent {
            Value::Object(object) => match self {
                Self::Set(_, value) => {
                    object.insert(key.clone(), value.clone());
                }
                Self::Remove(_) => {
                    object.shift_remove(key);
                }
                Self::Rename(_, to) => {
                    if let Some(value) = object.shift_remove(key) {
                        object.insert(to.clone(), value);
                    }
                }
                Self::Replace { from, to, .. } => replace(object.get_mut(key), from, to),
                Self::Duplicate(_) => {}
            },
            Value::Array(items) => {
                let index = key.parse::<usize>().unwrap_or(items.len()).min(items.len());
                match self {
                    Self::Set(_, value) => match items.get_mut(index) {
                        Some(item) => *item = value.clone(),
                        None => items.push(value.clone()),
                    },
                    Self::Remove(_) if index < items.len() => {
                        items.remove(index);
                    }
                    Self::Replace { from, to, .. } => replace(items.get_mut(index), from, to),
                    Self::Duplicate(_) => {
                        if let Some(item) = items.get(index).cloned() {
                            items.insert(index.saturating_add(1), item);
                        }
                    }
                    Self::Remove(_) | Self::Rename(..) => {}
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn replace(value: Option<&mut Value>, from: &str, to: &str) {
    if let Some(Value::String(text)) = value {
        *text = text.replace(from, to);
    }
}

/// Collects the places that fit, parents before children.
fn find(
    value: &Value,
    segments: &[&str],
    create: bool,
    place: &mut Vec<String>,
    places: &mut Vec<Vec<String>>,
) {
    let Some((segment, rest)) = segments.split_first() else {
        places.push(place.clone());
        return;
    };
    if *segment == "**" {
        find(value, rest, create, place, places);
        for (key, child) in children(value) {
            place.push(key);
            find(child, segments, create, place, places);
            place.pop();
        }
        return;
    }
    let literal = segment.replace("~1", "/").replace("~0", "~");
    let mut found = false;
    for (key, child) in children(value) {
        if *segment == "*" || key == literal || has(child, segment) {
            found = true;
            place.push(key);
            find(child, rest, create, place, places);
            place.pop();
        }
    }
    let creates = match value {
        Value::Object(_) => *segment != "*" && !segment.starts_with('['),
        Value::Array(_) => *segment == "-",
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if !found && create && rest.is_empty() && creates {
        place.push(literal);
        places.push(place.clone());
        place.pop();
    }
}

fn children(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, child)| (key.clone(), child))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, child)| (i.to_string(), child))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// Says whether a value fits `[key=text]`.
fn has(value: &Value, segment: &str) -> bool {
    let inner = segment.strip_prefix('[').and_then(|s| s.strip_suffix(']'));
    let Some((key, text)) = inner.and_then(|s| s.split_once('=')) else {
        return false;
    };
    // In a jCard a property is a list whose first item is its name.
    let member = match value {
        Value::Array(items) => key.parse::<usize>().ok().and_then(|i| items.get(i)),
        Value::Object(object) => object.get(key),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    member.is_some_and(|member| match member {
        Value::Array(items) => items.iter().any(|item| item == text),
        Value::String(found) => found == text,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(edit: &Edit, before: Value, expected: &Value) {
        let mut document = before;
        edit.apply(&mut document);
        assert_eq!(document, *expected);
    }

    #[test]
    fn edits_apply_at_every_place_that_fits() {
        let before = json!({"links": [{"rel": "self", "type": "a"}, {"rel": "up", "type": "a"}],
            "entities": [{"roles": ["abuse"], "links": [{"rel": "self", "type": "a"}]}]});
        let remove = |path: &str| Edit::Remove(path.to_owned());
        check(
            &remove("/**/links/[rel=self]/type"),
            before.clone(),
            &json!({"links": [{"rel": "self"}, {"rel": "up", "type": "a"}],
            "entities": [{"roles": ["abuse"], "links": [{"rel": "self"}]}]}),
        );
        check(
            &remove("/entities/[roles=abuse]"),
            before.clone(),
            &json!({"links": before["links"], "entities": []}),
        );
        check(
            &remove("/links/*"),
            json!({"links": [1, 2, 3]}),
            &json!({"links": []}),
        );
        check(&remove("/nothing/here"), json!({"a": 1}), &json!({"a": 1}));
        check(
            &Edit::Set("/a/-".into(), json!(3)),
            json!({"a": [1]}),
            &json!({"a": [1, 3]}),
        );
        check(
            &Edit::Set("/**/lang".into(), json!(null)),
            json!({"a": {"b": 1}}),
            &json!({"a": {"b": 1, "lang": null}, "lang": null}),
        );
        check(
            &Edit::Rename("/a".into(), "z".into()),
            json!({"a": 1, "b": 2}),
            &json!({"b": 2, "z": 1}),
        );
        check(
            &Edit::Duplicate("/a/0".into()),
            json!({"a": [1, 2]}),
            &json!({"a": [1, 1, 2]}),
        );
        let replace = Edit::Replace {
            path: "/**/href".into(),
            from: "https:".into(),
            to: "http:".into(),
        };
        check(
            &replace,
            json!([{"href": "https://x"}]),
            &json!([{"href": "http://x"}]),
        );
        let card =
            json!({"vcardArray": ["vcard", [["fn", {}, "text", "a"], ["email", {}, "text", "b"]]]});
        check(
            &remove("/**/vcardArray/1/[0=email]"),
            card,
            &json!({"vcardArray": ["vcard", [["fn", {}, "text", "a"]]]}),
        );
    }
}
