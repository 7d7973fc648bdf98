//! What an expectation looks at: a fact, a JSON value, or the nodes a selector found.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value as JsonValue;

use super::words;
use crate::fact::{Distribution, Facts, Observation, Value};

/// One thing that matchers look at.
#[derive(Clone, Debug)]
pub enum Thing<'a> {
    /// A fact that is not JSON.
    Fact(Cow<'a, Value>),
    /// A JSON value.
    Json(&'a JsonValue),
    /// Text that is an item of a list.
    Text(&'a str),
    /// A record: an item of a list of records.
    Record(&'a Facts),
}

impl<'a> Thing<'a> {
    /// Wraps a fact; a JSON fact becomes its document. `None` if its document, or that of a large set, is not kept.
    pub fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::Json(json) => json.get().map(Self::Json),
            Value::Set(set) if !set.is_kept() => None,
            Value::Flag(_)
            | Value::Count(_)
            | Value::Ratio(_)
            | Value::Bytes(_)
            | Value::Duration(_)
            | Value::Time(_)
            | Value::Text(_)
            | Value::Texts(_)
            | Value::Records(_)
            | Value::Addresses(_)
            | Value::Asns(_)
            | Value::Set(_)
            | Value::Distribution(_) => Some(Self::Fact(Cow::Borrowed(value))),
        }
    }

    /// Returns the text; `None` if it is none.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Fact(value) => match value.as_ref() {
                Value::Text(text) => Some(text),
                Value::Flag(_)
                | Value::Count(_)
                | Value::Ratio(_)
                | Value::Bytes(_)
                | Value::Duration(_)
                | Value::Time(_)
                | Value::Json(_)
                | Value::Texts(_)
                | Value::Records(_)
                | Value::Addresses(_)
                | Value::Asns(_)
                | Value::Set(_)
                | Value::Distribution(_) => None,
            },
            Self::Json(value) => value.as_str(),
            Self::Text(text) => Some(text),
            Self::Record(_) => None,
        }
    }

    /// Returns the items of a list, or the values of an object; `None` for anything else.
    pub fn items(&self) -> Option<Vec<Thing<'_>>> {
        match self {
            Self::Fact(value) => match value.as_ref() {
                Value::Texts(texts) => Some(texts.iter().map(|t| Thing::Text(t)).collect()),
                Value::Records(records) => Some(records.iter().map(Thing::Record).collect()),
                Value::Set(set) => Some(set.iter().map(Thing::Text).collect()),
                Value::Flag(_)
                | Value::Count(_)
                | Value::Ratio(_)
                | Value::Bytes(_)
                | Value::Duration(_)
                | Value::Time(_)
                | Value::Text(_)
                | Value::Json(_)
                | Value::Addresses(_)
                | Value::Asns(_)
                | Value::Distribution(_) => None,
            },
            Self::Json(JsonValue::Array(items)) => Some(items.iter().map(Thing::Json).collect()),
            Self::Json(JsonValue::Object(members)) => {
                Some(members.values().map(Thing::Json).collect())
            }
            Self::Json(_) | Self::Text(_) => None,
            Self::Record(record) => Some(record.iter().filter_map(|(_, v)| Thing::of(v)).collect()),
        }
    }

    /// Returns the thing as JSON: sizes in octets, durations in seconds, times as RFC 3339 text, sets as lists of text.
    pub fn to_json(&self) -> Cow<'_, JsonValue> {
        match self {
            Self::Fact(value) => Cow::Owned(json_of(value)),
            Self::Json(value) => Cow::Borrowed(value),
            Self::Text(text) => Cow::Owned(JsonValue::from(*text)),
            Self::Record(record) => Cow::Owned(json_of_record(record)),
        }
    }

    /// Returns the thing in words.
    pub fn words(&self) -> String {
        match self {
            Self::Fact(value) => words::value(value),
            Self::Json(value) => words::json(value),
            Self::Text(text) => words::shortened(words::quoted(text)),
            Self::Record(record) => words::json(&json_of_record(record)),
        }
    }

    /// Says what kind of thing it is, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Fact(value) => value.kind().words(),
            Self::Json(JsonValue::Null) => "null",
            Self::Json(JsonValue::Bool(_)) => "true or false",
            Self::Json(JsonValue::Number(_)) => "a number",
            Self::Json(JsonValue::String(_)) | Self::Text(_) => "text",
            Self::Json(JsonValue::Array(_)) => "a list",
            Self::Json(JsonValue::Object(_)) => "an object",
            Self::Record(_) => "a record",
        }
    }

    /// Returns the path of an item below the thing: its index, or the name of the member.
    pub fn step(&self, index: usize) -> String {
        match self {
            Self::Json(JsonValue::Object(members)) => members
                .keys()
                .nth(index)
                .map_or_else(String::new, |name| escape(name)),
            Self::Record(record) => record
                .iter()
                .nth(index)
                .map_or_else(String::new, |(name, _)| escape(name)),
            Self::Json(_) | Self::Fact(_) | Self::Text(_) => index.to_string(),
        }
    }
}

/// Escapes a member's name for a JSON Pointer (RFC 6901, section 3).
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Returns a value as JSON; see [`Thing::to_json`].
pub fn json_of(value: &Value) -> JsonValue {
    match value {
        Value::Flag(flag) => JsonValue::from(*flag),
        Value::Count(count) => JsonValue::from(*count),
        Value::Ratio(ratio) => JsonValue::from(*ratio),
        Value::Bytes(bytes) => JsonValue::from(*bytes),
        Value::Duration(duration) => JsonValue::from(duration.as_secs_f64()),
        Value::Time(time) => JsonValue::from(time.to_string()),
        Value::Text(text) => JsonValue::from(text.as_ref()),
        Value::Json(json) => json.get().cloned().unwrap_or_default(),
        Value::Texts(texts) => texts.iter().map(|t| JsonValue::from(t.as_ref())).collect(),
        Value::Records(records) => records.iter().map(json_of_record).collect(),
        Value::Addresses(set) => JsonValue::from(set.to_string()),
        Value::Asns(set) => JsonValue::from(set.to_string()),
        // What a large set has is compared by its digest, and shown by its number.
        Value::Set(set) if set.is_large() || !set.is_kept() => JsonValue::from_iter([
            ("count", JsonValue::from(set.len())),
            ("digest", JsonValue::from(set.digest().as_str())),
        ]),
        Value::Set(set) => set.iter().map(JsonValue::from).collect(),
        Value::Distribution(samples) => Distribution::MEMBERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), json_of(&samples.member(name)?))))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

fn json_of_record(record: &Facts) -> JsonValue {
    JsonValue::Object(
        record
            .iter()
            .map(|(name, value)| (name.to_owned(), json_of(value)))
            .collect(),
    )
}

/// What an expectation looks at.
#[derive(Clone, Debug)]
pub enum Look<'a> {
    /// Nothing is there.
    Absent,
    /// One thing, with its JSON Pointer where it is part of a document.
    One(Thing<'a>, Option<String>),
    /// The nodes of a selector that may find several, with their JSON Pointers.
    Nodes(Vec<(String, &'a JsonValue)>),
}

impl Look<'_> {
    /// Returns what is there in words.
    pub fn words(&self) -> String {
        match self {
            Self::Absent => "absent".to_owned(),
            Self::One(thing, _) => thing.words(),
            Self::Nodes(nodes) => match nodes.as_slice() {
                [] => "no node".to_owned(),
                [(_, only)] => words::json(only),
                [..] => words::shortened(format!(
                    "{}: {}",
                    words::counted(nodes.len(), "node"),
                    words::list(nodes.iter().map(|(_, node)| words::json(node)))
                )),
            },
        }
    }
}

/// Finds the fact at a path of an observation.
///
/// `ok`, `failure` and `at` are known of every observation. A path that goes on below
/// a JSON fact looks into the document.
pub fn fact<'a>(observation: &'a Observation, path: &str) -> Look<'a> {
    if let Some(thing) = known(observation, path) {
        return Look::One(thing, None);
    }
    if let Some(value) = observation.facts.get(path) {
        let pointer = matches!(value, Value::Json(_)).then(String::new);
        return Thing::of(value).map_or(Look::Absent, |thing| Look::One(thing, pointer));
    }
    within_document(&observation.facts, path).unwrap_or(Look::Absent)
}

fn known<'a>(observation: &Observation, path: &str) -> Option<Thing<'a>> {
    let value = match path {
        "ok" => Value::Flag(observation.is_ok()),
        "failure" => Value::text(
            observation
                .failure
                .as_ref()
                .map_or("", |failure| failure.kind.as_str()),
        ),
        "at" => Value::Time(observation.at),
        _ => return None,
    };
    Some(Thing::Fact(Cow::Owned(value)))
}

/// Looks below a JSON fact: `json.notices.0.title`.
fn within_document<'a>(facts: &'a Facts, path: &str) -> Option<Look<'a>> {
    let mut end = path.len();
    while let Some(dot) = path.get(..end)?.rfind('.') {
        end = dot;
        let Some(Value::Json(json)) = facts.get(path.get(..dot)?) else {
            continue;
        };
        let mut node = json.get()?;
        let mut pointer = String::new();
        for name in path.get(dot + 1..)?.split('.') {
            node = match node {
                JsonValue::Array(items) => items.get(name.parse::<usize>().ok()?)?,
                JsonValue::Object(members) => members.get(name)?,
                JsonValue::Null
                | JsonValue::Bool(_)
                | JsonValue::Number(_)
                | JsonValue::String(_) => return None,
            };
            pointer.push('/');
            pointer.push_str(&escape(name));
        }
        return Some(Look::One(Thing::Json(node), Some(pointer)));
    }
    None
}

/// Reads a time out of text: RFC 3339, or the date of an HTTP header (RFC 9110, section 5.6.7).
pub fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        jiff::fmt::rfc2822::DateTimeParser::new()
            .relaxed_weekday(true)
            .parse_timestamp(text)
            .ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Json;
    use serde_json::json;

    #[test]
    fn a_path_below_json_looks_into_the_document() {
        let mut facts = Facts::new();
        facts.set("json", Value::Json(Json::new(json!({"a/b": [{"c": "d"}]}))));
        let Some(Look::One(Thing::Json(node), Some(pointer))) =
            within_document(&facts, "json.a/b.0.c")
        else {
            panic!("not found");
        };
        assert_eq!((node, pointer.as_str()), (&json!("d"), "/a~1b/0/c"));
        assert!(within_document(&facts, "json.x").is_none());
        assert!(within_document(&facts, "status").is_none());
    }

    #[test]
    fn times_are_read_from_json_and_from_headers() {
        for (text, expected) in [
            ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"),
            ("2026-11-21T12:00:00+02:00", "2026-11-21T10:00:00Z"),
            ("Sat, 21 Nov 2026 10:00:00 GMT", "2026-11-21T10:00:00Z"),
        ] {
            assert_eq!(time(text).unwrap().to_string(), expected);
        }
        assert_eq!(time("yesterday"), None);
    }
}
