//! Normalizers: named changes of a value before it is compared.

use jiff::Timestamp;
use serde_json::Value as JsonValue;

use super::shape::shape;
use crate::fact::{Json, Value};
use crate::judge::canonical;
use crate::judge::look::{json_of, time};
use crate::resource::AddressSet;
use crate::scenario::model::{Normalizer, Registry};

/// Applies one normalizer to a value; a value it does not concern stays as it is.
pub fn normalize(normalizer: Normalizer, value: Value, registry: &Registry) -> Value {
    if let (Normalizer::UtcSeconds, Value::Time(at)) = (normalizer, &value) {
        return Value::Time(whole_second(*at));
    }
    match &value {
        Value::Text(_) | Value::Texts(_) | Value::Json(_) | Value::Records(_) => {
            let mut json = json_of(&value);
            apply(normalizer, &mut json, registry);
            if let JsonValue::String(text) = json {
                Value::text(text)
            } else {
                Value::Json(Json::new(json))
            }
        }
        Value::Flag(_)
        | Value::Count(_)
        | Value::Ratio(_)
        | Value::Bytes(_)
        | Value::Duration(_)
        | Value::Time(_)
        | Value::Addresses(_)
        | Value::Asns(_)
        | Value::Set(_)
        | Value::Distribution(_) => value,
    }
}

fn apply(normalizer: Normalizer, json: &mut JsonValue, registry: &Registry) {
    match normalizer {
        Normalizer::Sort => sort(json),
        Normalizer::Unique => unique(json),
        Normalizer::Lower => each_text(json, &|text| text.to_lowercase()),
        Normalizer::Whitespace => each_text(json, &whitespace),
        Normalizer::FinalDot => each_text(json, &final_dot),
        Normalizer::SortKeys => sort_keys(json),
        Normalizer::Urls => {
            let base = rdap_base(registry);
            each_text(json, &|text| url(&text, base, &registry.hosts));
        }
        Normalizer::UtcSeconds => each_text(json, &utc_seconds),
        Normalizer::Times => each_text(json, &times),
        Normalizer::HandlePattern => each_text(json, &|text| handle_pattern(&text)),
        Normalizer::Shape => *json = shape(json),
    }
}

/// Sorts the items of a list, numbers by size and everything else by its text.
fn sort(json: &mut JsonValue) {
    if let JsonValue::Array(items) = json {
        items.sort_by_cached_key(|item| (item.as_f64().map(ordered_bits), canonical(item)));
    }
}

/// Returns bits that order as the number does.
fn ordered_bits(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

/// Keeps the first of equal items.
fn unique(json: &mut JsonValue) {
    if let JsonValue::Array(items) = json {
        let mut known = std::collections::HashSet::new();
        items.retain(|item| known.insert(canonical(item)));
    }
}

/// Changes every text, at any depth; names of members stay.
fn each_text(json: &mut JsonValue, change: &dyn Fn(String) -> String) {
    match json {
        JsonValue::String(text) => *text = change(std::mem::take(text)),
        JsonValue::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        JsonValue::Object(members) => members
            .values_mut()
            .for_each(|member| each_text(member, change)),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) => {}
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape of all changes of text"
)]
fn whitespace(text: String) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn final_dot(mut text: String) -> String {
    if text.ends_with('.') {
        text.pop();
    }
    text
}

/// Sorts the members of objects by name, at any depth.
fn sort_keys(json: &mut JsonValue) {
    match json {
        JsonValue::Array(items) => items.iter_mut().for_each(sort_keys),
        JsonValue::Object(members) => {
            members.values_mut().for_each(sort_keys);
            members.sort_keys();
        }
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) | JsonValue::String(_) => {}
    }
}

/// Returns the RDAP base URL a registry declares; empty if it declares none.
fn rdap_base(registry: &Registry) -> &str {
    registry
        .data
        .pointer("/rdap/base")
        .and_then(JsonValue::as_str)
        .unwrap_or_default()
}

/// Replaces the registry's base by `{base}`, and any other address of its hosts by `{host}`.
fn url(text: &str, base: &str, hosts: &[String]) -> String {
    let base = base.trim_end_matches('/');
    if !base.is_empty()
        && let Some(rest) = text.strip_prefix(base)
        && (rest.is_empty() || rest.starts_with(['/', '?', '#']))
    {
        return format!("{{base}}{rest}");
    }
    let after = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let Some(after) = after else {
        return text.to_owned();
    };
    let end = after.find(['/', '?', '#']).unwrap_or(after.len());
    let (host, path) = after.split_at_checked(end).unwrap_or((after, ""));
    if hosts.iter().any(|own| own.eq_ignore_ascii_case(host)) {
        format!("{{host}}{path}")
    } else {
        text.to_owned()
    }
}

/// Writes a time in UTC and whole seconds; text that is no time stays.
fn utc_seconds(text: String) -> String {
    match time(&text) {
        Some(at) => whole_second(at).to_string(),
        None => text,
    }
}

/// Replaces text that is a time by `{time}`.
fn times(text: String) -> String {
    if time(&text).is_some() {
        "{time}".to_owned()
    } else {
        text
    }
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Replaces a handle by its pattern: `range`, `cidr`, `NET-…`, `AS<n>`, `<id>-<tag>`, `AS<n>-AS<n>`, else `<id>`.
pub(super) fn handle_pattern(text: &str) -> String {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let is_asn = |text: &str| text.strip_prefix("AS").is_some_and(digits);
    if is_asn(text) {
        return "AS<n>".to_owned();
    }
    if digits(text) {
        return "<n>".to_owned();
    }
    if let Some((first, last)) = text.split_once('-') {
        let (first, last) = (first.trim(), last.trim());
        if is_address(first) && is_address(last) {
            return "range".to_owned();
        }
        if is_asn(first) && is_asn(last) {
            return "AS<n>-AS<n>".to_owned();
        }
    }
    if let Some((address, length)) = text.split_once('/')
        && is_address(address)
        && digits(length)
    {
        return "cidr".to_owned();
    }
    if is_address(text) {
        return "address".to_owned();
    }
    if text.starts_with("NET-") || text.starts_with("NET6-") {
        return "NET-".to_owned();
    }
    match text.rsplit_once('-') {
        Some((id, tag)) if !id.is_empty() && !tag.is_empty() => format!("<id>-{tag}"),
        Some(_) | None => "<id>".to_owned(),
    }
}

/// Says whether text is an address, also a shortened one such as `192.0`.
pub(super) fn is_address(text: &str) -> bool {
    let is_single = !text.contains(['/', '-', ',']);
    (is_single && !text.is_empty() && text.parse::<AddressSet>().is_ok())
        || (text.contains('.')
            && text.split('.').count() <= 4
            && text.split('.').all(|part| part.parse::<u8>().is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::RegistryId;
    use serde_json::json;

    pub(crate) fn registry() -> Registry {
        Registry {
            id: RegistryId::parse("apnic").unwrap(),
            name: "APNIC".to_owned(),
            data: json!({"rdap": {"base": "https://rdap.apnic.test/"}}),
            hosts: vec!["rdap.apnic.test".to_owned(), "www.apnic.test".to_owned()],
            capabilities: std::collections::BTreeMap::default(),
            maintenance: Vec::new(),
            per_second: None,
            publication: Default::default(),
            setting: std::sync::Arc::default(),
            place: crate::verdict::results::Place::default(),
        }
    }

    #[track_caller]
    fn check(normalizer: Normalizer, input: JsonValue, expected: &JsonValue) {
        let value = normalize(normalizer, Value::Json(Json::new(input)), &registry());
        assert_eq!(canonical(&json_of(&value)), canonical(expected));
    }

    #[test]
    fn each_normalizer_does_what_its_name_says() {
        check(
            Normalizer::Sort,
            json!(["b", "a", 10, 9]),
            &json!(["a", "b", 9, 10]),
        );
        check(
            Normalizer::Unique,
            json!(["b", "a", "b"]),
            &json!(["b", "a"]),
        );
        check(Normalizer::Lower, json!({"A": "B"}), &json!({"A": "b"}));
        check(Normalizer::Whitespace, json!(" a \n b "), &json!("a b"));
        check(Normalizer::FinalDot, json!(["a.", "b"]), &json!(["a", "b"]));
        check(
            Normalizer::UtcSeconds,
            json!(["2026-11-21T12:00:00.5+02:00", "soon"]),
            &json!(["2026-11-21T10:00:00Z", "soon"]),
        );
        check(
            Normalizer::Times,
            json!({"eventDate": "2026-11-21T12:00:00+02:00", "date": "Sat, 21 Nov 2026 10:00:00 GMT", "n": "2026"}),
            &json!({"eventDate": "{time}", "date": "{time}", "n": "2026"}),
        );
    }

    #[test]
    fn keys_are_sorted_at_every_level() {
        let value = Value::Json(Json::new(json!({"b": {"d": 1, "c": 2}, "a": 3})));
        let sorted = json_of(&normalize(Normalizer::SortKeys, value, &registry()));
        assert_eq!(sorted.to_string(), r#"{"a":3,"b":{"c":2,"d":1}}"#);
    }

    #[test]
    fn urls_of_the_registry_lose_its_name() {
        for (text, expected) in [
            (
                "https://rdap.apnic.test/ip/192.0.2.0/24",
                "{base}/ip/192.0.2.0/24",
            ),
            ("https://rdap.apnic.test", "{base}"),
            (
                "https://rdap.apnic.test.evil/x",
                "https://rdap.apnic.test.evil/x",
            ),
            ("http://WWW.apnic.test/terms", "{host}/terms"),
            ("https://example.net/x", "https://example.net/x"),
            ("no url", "no url"),
        ] {
            check(Normalizer::Urls, json!([text]), &json!([expected]));
        }
    }

    #[test]
    fn handles_become_patterns() {
        for (handle, pattern) in [
            ("192.0.2.0 - 192.0.2.255", "range"),
            ("2001:db8::/32", "cidr"),
            ("192.0/16", "cidr"),
            ("NET-192-0-2-0-1", "NET-"),
            ("NET6-2001-DB8-1", "NET-"),
            ("AS64500", "AS<n>"),
            ("AS64496-AS64511", "AS<n>-AS<n>"),
            ("64500", "<n>"),
            ("ORG-EX1-RIPE", "<id>-RIPE"),
            ("EXAMPLE", "<id>"),
        ] {
            assert_eq!(handle_pattern(handle), pattern, "{handle}");
        }
    }
}
