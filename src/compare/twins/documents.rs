//! Where two documents differ.

use std::collections::BTreeMap;

use serde_json::Value as JsonValue;

use crate::judge::look::escape;
use crate::judge::{canonical, words};

/// One place at which two documents differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// JSON Pointer within the first, or within the second where the first has nothing.
    pub(super) at: String,
    pub(super) first: Option<String>,
    pub(super) second: Option<String>,
}

/// Deepest nesting that is looked into; documents of probes are bounded below that.
const DEEPEST: usize = 200;

/// Returns the deepest places at which two documents differ, in the order of the first.
///
/// Items of lists that both have are the same wherever they stand; of the others the first is
/// compared with the first.
pub(super) fn places(first: &JsonValue, second: &JsonValue) -> Vec<Place> {
    let mut found = Vec::new();
    walk(first, second, &mut String::new(), 0, &mut found);
    found
}

fn walk(
    first: &JsonValue,
    second: &JsonValue,
    at: &mut String,
    depth: usize,
    found: &mut Vec<Place>,
) {
    match (first, second) {
        (JsonValue::Object(one), JsonValue::Object(other)) if depth < DEEPEST => {
            for (name, first) in one {
                within(at, &escape(name), |at| match other.get(name) {
                    Some(second) => walk(first, second, at, depth + 1, found),
                    None => found.push(place(at, Some(first), None)),
                });
            }
            for (name, second) in other.iter().filter(|(name, _)| !one.contains_key(*name)) {
                within(at, &escape(name), |at| {
                    found.push(place(at, None, Some(second)))
                });
            }
        }
        (JsonValue::Array(one), JsonValue::Array(other)) if depth < DEEPEST => {
            let (one, other) = (unmatched(one, other), unmatched(other, one));
            for index in 0..one.len().max(other.len()) {
                match (one.get(index), other.get(index)) {
                    (Some((place, first)), Some((_, second))) => {
                        within(at, &place.to_string(), |at| {
                            walk(first, second, at, depth + 1, found)
                        });
                    }
                    (Some((own, first)), None) => {
                        within(at, &own.to_string(), |at| {
                            found.push(place(at, Some(first), None))
                        });
                    }
                    (None, Some((own, second))) => {
                        within(at, &own.to_string(), |at| {
                            found.push(place(at, None, Some(second)))
                        });
                    }
                    (None, None) => {}
                }
            }
        }
        (first, second) if canonical(first) == canonical(second) => {}
        (first, second) => found.push(place(at, Some(first), Some(second))),
    }
}

fn within(at: &mut String, name: &str, then: impl FnOnce(&mut String)) {
    let length = at.len();
    at.push('/');
    at.push_str(name);
    then(at);
    at.truncate(length);
}

fn place(at: &str, first: Option<&JsonValue>, second: Option<&JsonValue>) -> Place {
    Place {
        at: at.to_owned(),
        first: first.map(words::json),
        second: second.map(words::json),
    }
}

/// Returns the items of a list, with their places, that the other has not.
fn unmatched<'j>(own: &'j [JsonValue], other: &[JsonValue]) -> Vec<(usize, &'j JsonValue)> {
    let mut there: BTreeMap<String, usize> = BTreeMap::new();
    for item in other {
        *there.entry(canonical(item)).or_default() += 1;
    }
    own.iter()
        .enumerate()
        .filter(|(_, item)| match there.get_mut(&canonical(item)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            Some(_) | None => true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(first: &JsonValue, second: &JsonValue, expected: &[&str]) {
        let seen: Vec<String> = places(first, second)
            .into_iter()
            .map(|place| {
                let words = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
                format!(
                    "{} {} {}",
                    place.at,
                    words(place.first),
                    words(place.second)
                )
            })
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn the_deepest_places_that_differ_are_named() {
        check(&json!({"a": 1}), &json!({"a": 1.0}), &[]);
        check(
            &json!({"a": {"b/c": 1}}),
            &json!({"a": {"b/c": 2}}),
            &["/a/b~1c 1 2"],
        );
        check(&json!({"a": 1}), &json!({"b": 1}), &["/a 1 –", "/b – 1"]);
        check(&json!(1), &json!("1"), &[" 1 `1`"]);
    }

    #[test]
    fn the_order_of_a_list_is_no_difference_and_what_is_left_is_paired() {
        check(&json!([1, 2, 3]), &json!([3, 1, 2]), &[]);
        check(&json!([1, 1]), &json!([1]), &["/1 1 –"]);
        check(&json!(["a"]), &json!(["a", "b"]), &["/1 – `b`"]);
        let one = json!([{"rel": "self", "href": "x"}, {"rel": "up", "href": "y"}]);
        let other = json!([{"rel": "up", "href": "y"}, {"rel": "self", "href": "z"}]);
        check(&one, &other, &["/0/href `x` `z`"]);
    }
}
