//! Rules about redaction; RFC 9537.

use serde_json::Value;
use serde_json_path::JsonPath;

use super::answer::Answer;
use super::conformance::shortened;
use super::jcard::properties;
use super::object::{Class, items};
use super::registered::is_vcard_property;
use super::{Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.ext.redacted-declared", declared),
    rule("rdap.ext.redacted-shape", shape),
    rule("rdap.ext.redacted-path", path),
    rule("rdap.ext.redacted-no-placeholder", no_placeholder),
];

/// Most paths that are parsed in one answer; ours, so that a hostile answer costs little.
const MOST_PATHS: usize = 256;

/// Longest path that is parsed, in octets; ours.
const LONGEST_PATH: usize = 1_000;

/// Calls `each` with the place and value of every item of a `redacted` member.
fn redactions<'a>(answer: &Answer<'a>, mut each: impl FnMut(&dyn Fn(&str) -> String, &'a Value)) {
    for (base, list) in lists(answer) {
        for (index, item) in items(Some(list)).iter().enumerate() {
            each(&|rest| format!("{base}/{index}{rest}"), item);
        }
    }
}

/// Returns the `redacted` members: of the topmost object and of the results of a search.
fn lists<'a>(answer: &Answer<'a>) -> Vec<(String, &'a Value)> {
    let mut lists = Vec::new();
    if let Some(list) = answer.document.get("redacted") {
        lists.push(("/redacted".to_owned(), list));
    }
    for object in answer.objects.iter().filter(|object| !object.is_topmost()) {
        if let Some(list) = object.get("redacted") {
            lists.push((answer.below(object.at, "redacted"), list));
        }
    }
    lists
}

fn declared(answer: &Answer<'_>, seen: &mut Seen) {
    // Without any list there is one finding, that of `rdap.resp.conformance-present`.
    if answer.document.get("rdapConformance").is_none() {
        return;
    }
    for (at, _) in lists(answer) {
        seen.look();
        if !answer.claims_one("redacted") {
            seen.find(at, "`redacted` is used, but not declared");
        }
    }
}

const METHODS: &[&str] = &["removal", "emptyValue", "partialValue", "replacementValue"];

fn shape(answer: &Answer<'_>, seen: &mut Seen) {
    for (at, list) in lists(answer) {
        seen.look();
        if !list.is_array() {
            seen.find(at, "not an array");
        }
    }
    redactions(answer, |at, item| {
        let text = |outer: &str, inner: &str| {
            item.get(outer)
                .and_then(|value| value.get(inner))
                .is_some_and(Value::is_string)
        };
        if !item.is_object() {
            seen.find(at(""), "not a JSON object");
            return;
        }
        if !text("name", "type") && !text("name", "description") {
            seen.find(at(""), "no `name` with a `type` or a `description`");
        }
        if let Some(method) = item.get("method")
            && !method
                .as_str()
                .is_some_and(|method| METHODS.contains(&method))
        {
            seen.find(at("/method"), "not one of the four methods");
        }
        if item.get("prePath").is_some() && item.get("postPath").is_some() {
            seen.find(at(""), "both `prePath` and `postPath`");
        }
    });
}

fn path(answer: &Answer<'_>, seen: &mut Seen) {
    let mut parsed = 0;
    redactions(answer, |at, item| {
        let language = item
            .get("pathLang")
            .and_then(Value::as_str)
            .unwrap_or("jsonpath");
        if language != "jsonpath" {
            return;
        }
        for name in ["prePath", "postPath", "replacementPath"] {
            let Some(text) = item.get(name).and_then(Value::as_str) else {
                continue;
            };
            parsed += 1;
            if parsed > MOST_PATHS || text.len() > LONGEST_PATH {
                continue;
            }
            seen.look();
            let place = || at(&format!("/{name}"));
            let Ok(path) = JsonPath::parse(text) else {
                seen.find(place(), "not a JSONPath of RFC 9535");
                continue;
            };
            if let Some(property) =
                compared_names(text).find(|property| !is_vcard_property(property))
            {
                seen.find(
                    place(),
                    format!("`{}` is no jCard property", shortened(property)),
                );
            } else if name == "postPath" && path.query(answer.document).is_empty() {
                seen.find(place(), "the path leads to nothing in this answer");
            }
        }
    });
}

/// Iterates over the property names that a path compares with a jCard property's name,
/// as in `vcardArray[1][?(@[0]=='email')]`.
fn compared_names(path: &str) -> impl Iterator<Item = &str> {
    path.split("@[0]").skip(1).filter_map(|rest| {
        let rest = rest.trim_start().strip_prefix("==")?.trim_start();
        let quote = rest
            .chars()
            .next()
            .filter(|first| matches!(first, '\'' | '"'))?;
        rest.get(1..)?.split(quote).next()
    })
}

/// Texts that stand where something was taken away; RFC 9537, section 3.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    upper == "REDACTED"
        || upper == "REDACTED FOR PRIVACY"
        || upper == "DATA REDACTED"
        || (text.len() >= 4 && text.chars().all(|c| c == 'X' || c == 'x' || c == '*'))
}

fn no_placeholder(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.claims_one("redacted") {
        return;
    }
    for object in &answer.objects {
        seen.look();
        for (name, value) in object.members {
            if value.as_str().is_some_and(is_placeholder) {
                seen.find(
                    super::structure::member(answer, object.at, name),
                    "a placeholder stands for what was redacted",
                );
            }
        }
        if !object.is(Class::Entity) {
            continue;
        }
        for (index, property) in properties(object) {
            for (place, value) in property.iter().enumerate().skip(3) {
                let one = std::slice::from_ref(value);
                let values = value.as_array().map_or(one, Vec::as_slice);
                if values.iter().filter_map(Value::as_str).any(is_placeholder) {
                    seen.find(
                        answer.below(object.at, &format!("vcardArray/1/{index}/{place}")),
                        "a placeholder stands for what was redacted",
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_names_are_found_in_paths() {
        let path = "$.entities[?(@.handle=='A')].vcardArray[1][?(@[0]=='e-mail')]";
        assert_eq!(compared_names(path).collect::<Vec<_>>(), ["e-mail"]);
        assert_eq!(
            compared_names("$.x[?(@[0] == \"tel\")]").collect::<Vec<_>>(),
            ["tel"]
        );
        assert_eq!(compared_names("$.handle").count(), 0);
    }

    #[test]
    fn placeholders_are_whole_values() {
        assert!(is_placeholder("REDACTED FOR PRIVACY") && is_placeholder("XXXX"));
        assert!(
            !is_placeholder("XX")
                && !is_placeholder("Redacted Networks Ltd")
                && !is_placeholder("")
        );
    }
}
