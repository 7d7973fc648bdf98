//! Names of the second target as the first one has them, so that a link to itself is no difference.

use std::collections::BTreeMap;

use serde_json::Value as JsonValue;

use crate::scenario::model::{Registry, Target};

/// Members of registry data that name no service.
const NO_SERVICES: &[&str] = &[
    "samples",
    "parameters",
    "attested",
    "capabilities",
    "maintenance",
];

/// Names of the second target by which those of the first stand in their place, the longest first.
#[derive(Clone, Debug, Default)]
pub struct SameNames(Vec<(String, String)>);

impl SameNames {
    /// Finds them: whatever a registry's file says at the same place for both targets, and what the
    /// second target's file says of names.
    pub fn of<'r>(
        registries: impl IntoIterator<Item = (&'r Registry, &'r Registry)>,
        second: &Target,
    ) -> Self {
        let mut names = BTreeMap::new();
        for (one, other) in registries {
            walk(&one.data, &other.data, &mut names);
            for (first, second) in one.hosts.iter().zip(&other.hosts) {
                add(second, first, &mut names);
            }
        }
        for (production, staging) in &second.access.names {
            add(staging, production, &mut names);
        }
        let mut all: Vec<(String, String)> = names.into_iter().collect();
        all.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        Self(all)
    }

    /// Says whether both targets have the same names.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the names of the first target into text of the second.
    pub(super) fn apply(&self, text: &str) -> Option<String> {
        let mut changed: Option<String> = None;
        for (from, to) in &self.0 {
            let now = changed.as_deref().unwrap_or(text);
            if now.contains(from.as_str()) {
                changed = Some(replaced(now, from, to));
            }
        }
        changed
    }

    /// Writes the names of the first target into all texts of a document.
    pub(super) fn apply_to(&self, json: &mut JsonValue) {
        if self.is_empty() {
            return;
        }
        match json {
            JsonValue::String(text) => {
                if let Some(changed) = self.apply(text) {
                    *text = changed;
                }
            }
            JsonValue::Array(items) => items.iter_mut().for_each(|item| self.apply_to(item)),
            JsonValue::Object(members) => members.values_mut().for_each(|m| self.apply_to(m)),
            JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) => {}
        }
    }
}

fn walk(first: &JsonValue, second: &JsonValue, names: &mut BTreeMap<String, String>) {
    match (first, second) {
        (JsonValue::String(first), JsonValue::String(second)) => add(second, first, names),
        (JsonValue::Array(first), JsonValue::Array(second)) => {
            for (first, second) in first.iter().zip(second) {
                walk(first, second, names);
            }
        }
        (JsonValue::Object(first), JsonValue::Object(second)) => {
            for (name, first) in first {
                if NO_SERVICES.contains(&name.as_str()) {
                    continue;
                }
                if let Some(second) = second.get(name) {
                    walk(first, second, names);
                }
            }
        }
        (_, _) => {}
    }
}

/// Adds a name or URL of the second target, and the host in it.
fn add(second: &str, first: &str, names: &mut BTreeMap<String, String>) {
    if first == second || !second.contains('.') {
        return;
    }
    names
        .entry(second.to_owned())
        .or_insert_with(|| first.to_owned());
    if let (Some(second), Some(first)) = (host(second), host(first))
        && first != second
    {
        names
            .entry(second.to_owned())
            .or_insert_with(|| first.to_owned());
    }
}

/// Returns the host of a URL; `None` for a text that is none.
fn host(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let end = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
    rest.get(..end).filter(|host| host.contains('.'))
}

/// Replaces a name where it stands by itself: `a.test` in `https://a.test/x`, not in `ba.test`.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, found) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let behind = found.get(from.len()..).unwrap_or_default();
        let is_part =
            |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '.'));
        let last = before
            .chars()
            .next_back()
            .or_else(|| out.chars().next_back());
        let ends_in_name = from.chars().next_back().is_some_and(char::is_alphanumeric);
        let next = behind.chars().next();
        // A full stop ends a sentence; what stands behind it begins another name.
        let goes_on = match next {
            Some('.') => is_part(behind.chars().nth(1)),
            other => is_part(other),
        };
        out.push_str(before);
        if is_part(last) || (ends_in_name && goes_on) {
            out.push_str(from);
        } else {
            out.push_str(to);
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_replaced_where_it_stands_by_itself() {
        let names = SameNames(vec![
            (
                "https://rdap.staging.example/".to_owned(),
                "https://rdap.apnic.net/".to_owned(),
            ),
            (
                "rdap.staging.example".to_owned(),
                "rdap.apnic.net".to_owned(),
            ),
        ]);
        for (text, expected) in [
            (
                "https://rdap.staging.example/ip/192.0.2.0/24",
                "https://rdap.apnic.net/ip/192.0.2.0/24",
            ),
            ("see rdap.staging.example.", "see rdap.apnic.net."),
            ("xrdap.staging.example", "xrdap.staging.example"),
            ("rdap.staging.example.org", "rdap.staging.example.org"),
            ("rdap.staging.example:8443", "rdap.apnic.net:8443"),
        ] {
            let seen = names.apply(text).unwrap_or_else(|| text.to_owned());
            assert_eq!(seen, expected);
        }
        assert_eq!(names.apply("nothing"), None);
    }

    #[test]
    fn names_come_from_the_same_place_of_both_files() {
        let mut names = BTreeMap::new();
        walk(
            &serde_json::json!({"rdap": {"base": "https://a.test/rdap/"}, "samples": {"ip4": "192.0.2.1"}}),
            &serde_json::json!({"rdap": {"base": "https://b.test/"}, "samples": {"ip4": "198.51.100.1"}}),
            &mut names,
        );
        let expected = [
            ("b.test", "a.test"),
            ("https://b.test/", "https://a.test/rdap/"),
        ];
        assert_eq!(
            names,
            expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into()
        );
    }
}
