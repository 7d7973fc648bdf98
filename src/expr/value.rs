//! Values of expressions: views into facts and documents, and what is computed from them.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as JsonValue;

use crate::fact::vocabulary::ProbeKind;
use crate::fact::{Distribution, Facts, Json, Observation, TextSet, Value as Fact};
use crate::resource::{AddressSet, AsnSet};

/// Something borrowed or shared; cloning is cheap.
#[derive(Debug)]
pub enum Shared<'e, T: ?Sized> {
    /// Owned by the environment or the expression.
    Borrowed(&'e T),
    /// Computed.
    Owned(Arc<T>),
}

impl<T: ?Sized> Clone for Shared<'_, T> {
    fn clone(&self) -> Self {
        match self {
            Self::Borrowed(value) => Self::Borrowed(value),
            Self::Owned(value) => Self::Owned(Arc::clone(value)),
        }
    }
}

impl<T: ?Sized> Deref for Shared<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Borrowed(value) => value,
            Self::Owned(value) => value,
        }
    }
}

/// A value of an expression. Documents and facts are looked into, never converted as a whole.
#[derive(Clone, Debug)]
pub enum Val<'e> {
    /// JSON's null.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// A number of octets.
    Bytes(u64),
    /// A length of time.
    Duration(SignedDuration),
    /// A point in time.
    Time(Timestamp),
    /// Text.
    Text(Shared<'e, str>),
    /// A set of addresses.
    Addresses(Shared<'e, AddressSet>),
    /// A set of AS numbers.
    Asns(Shared<'e, AsnSet>),
    /// A list.
    List(List<'e>),
    /// Members by name.
    Map(Map<'e>),
    /// A probe, or a group of its facts.
    Group(Group<'e>),
}

/// A list; items are made into values when they are looked at.
#[derive(Clone, Debug)]
pub enum List<'e> {
    /// Of a JSON document.
    Json(&'e [JsonValue]),
    /// Of a fact.
    Texts(&'e [Arc<str>]),
    /// Of a fact.
    Records(&'e [Facts]),
    /// Of a fact: a set of texts, in order.
    Set(TextSet),
    /// Computed.
    Owned(Arc<[Val<'e>]>),
}

/// Members by name.
#[derive(Clone, Debug)]
pub enum Map<'e> {
    /// Of a JSON document.
    Json(&'e serde_json::Map<String, JsonValue>),
    /// A record of facts, or a group within it: the facts whose path begins with the text.
    Record(&'e Facts, Arc<str>),
    /// A fact: samples of one parameter, summed up.
    Distribution(Distribution),
    /// Computed.
    Owned(Arc<[(Val<'e>, Val<'e>)]>),
}

/// The facts of a probe whose path begins with a prefix.
#[derive(Clone, Debug)]
pub struct Group<'e> {
    /// The probe's name in the scenario.
    pub(super) probe: &'e str,
    /// Its kind.
    pub(super) kind: &'static ProbeKind,
    /// What it saw.
    pub(super) observation: &'e Observation,
    /// Dotted path; empty for the probe itself.
    pub(super) prefix: Arc<str>,
}

impl<'e> List<'e> {
    /// Returns the number of items.
    pub fn len(&self) -> usize {
        match self {
            Self::Json(items) => items.len(),
            Self::Texts(items) => items.len(),
            Self::Records(items) => items.len(),
            Self::Set(set) => set.len(),
            Self::Owned(items) => items.len(),
        }
    }

    /// Says whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns an item, counted from 0; `None` behind the last.
    pub fn get(&self, at: usize) -> Option<Val<'e>> {
        match self {
            Self::Json(items) => items.get(at).map(Val::from_json),
            Self::Texts(items) => items.get(at).map(|t| Val::Text(Shared::Borrowed(t))),
            Self::Records(items) => items
                .get(at)
                .map(|r| Val::Map(Map::Record(r, Arc::from("")))),
            Self::Set(set) => set.get(at).map(Val::text),
            Self::Owned(items) => items.get(at).cloned(),
        }
    }

    /// Iterates over the items.
    pub fn iter(&self) -> impl Iterator<Item = Val<'e>> + '_ {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

impl<'e> Map<'e> {
    /// Returns the member with a name; `None` if there is none.
    pub fn get(&self, name: &str) -> Option<Val<'e>> {
        match self {
            Self::Json(members) => members.get(name).map(Val::from_json),
            Self::Record(facts, prefix) => {
                let path = join(prefix, name);
                match facts.get(&path) {
                    Some(fact) => Val::from_fact(fact),
                    None if has_group(facts, &path) => {
                        Some(Val::Map(Map::Record(facts, Arc::from(path))))
                    }
                    None => None,
                }
            }
            Self::Distribution(samples) => samples.member(name).as_ref().and_then(Val::of_sample),
            Self::Owned(members) => members
                .iter()
                .find(|(key, _)| key.as_text() == Some(name))
                .map(|(_, value)| value.clone()),
        }
    }

    /// Returns the keys in their order.
    pub fn keys(&self) -> Vec<Val<'e>> {
        match self {
            Self::Json(members) => members
                .keys()
                .map(|k| Val::Text(Shared::Borrowed(k)))
                .collect(),
            Self::Record(facts, prefix) => first_words(facts, prefix)
                .into_iter()
                .map(Val::text)
                .collect(),
            Self::Distribution(_) => Distribution::MEMBERS.iter().map(Val::text).collect(),
            Self::Owned(members) => members.iter().map(|(key, _)| key.clone()).collect(),
        }
    }

    /// Returns the number of members.
    pub fn len(&self) -> usize {
        match self {
            Self::Json(members) => members.len(),
            Self::Record(facts, prefix) => first_words(facts, prefix).len(),
            Self::Distribution(_) => Distribution::MEMBERS.len(),
            Self::Owned(members) => members.len(),
        }
    }

    /// Says whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Returns `prefix.name`, or `name` alone.
pub(super) fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}

fn has_group(facts: &Facts, path: &str) -> bool {
    facts.group(path).next().is_some()
}

/// Returns the names that stand next below a group, each once.
pub(super) fn first_words<'f>(facts: &'f Facts, prefix: &'f str) -> Vec<&'f str> {
    let mut words: Vec<&str> = if prefix.is_empty() {
        facts.iter().map(|(path, _)| path).collect()
    } else {
        facts.group(prefix).map(|(path, _)| path).collect()
    };
    // Names below `headers` may hold dots themselves, but no fact has them.
    for word in &mut words {
        *word = word.split('.').next().unwrap_or_default();
    }
    words.dedup();
    words
}

impl<'e> Val<'e> {
    /// Wraps text, copied.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Shared::Owned(Arc::from(text.as_ref())))
    }

    /// Wraps a count; more than `i64` holds is cut to its largest.
    pub fn count(count: usize) -> Self {
        Self::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// Wraps items as a list.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(List::Owned(items.into_iter().collect()))
    }

    /// Wraps members, such as those of the root `run`.
    pub fn map<'n>(members: impl IntoIterator<Item = (&'n str, Self)>) -> Self {
        let members = members
            .into_iter()
            .map(|(name, value)| (Self::text(name), value));
        Self::Map(Map::Owned(members.collect()))
    }

    /// Wraps a set of addresses.
    pub fn addresses(set: AddressSet) -> Self {
        Self::Addresses(Shared::Owned(Arc::new(set)))
    }

    /// Wraps a set of AS numbers.
    pub fn asns(set: AsnSet) -> Self {
        Self::Asns(Shared::Owned(Arc::new(set)))
    }

    /// Looks into a JSON value. Whole numbers are `Int`, so that they mix with literals.
    pub fn from_json(json: &'e JsonValue) -> Self {
        match json {
            JsonValue::Null => Self::Null,
            JsonValue::Bool(flag) => Self::Bool(*flag),
            JsonValue::Number(number) => match number.as_i64() {
                Some(int) => Self::Int(int),
                None => Self::Double(number.as_f64().unwrap_or(f64::NAN)),
            },
            JsonValue::String(text) => Self::Text(Shared::Borrowed(text)),
            JsonValue::Array(items) => Self::List(List::Json(items)),
            JsonValue::Object(members) => Self::Map(Map::Json(members)),
        }
    }

    /// Looks into a fact; `None` for a document that is not kept.
    pub fn from_fact(fact: &'e Fact) -> Option<Self> {
        Some(match fact {
            Fact::Flag(flag) => Self::Bool(*flag),
            Fact::Count(count) => Self::Int(*count),
            Fact::Ratio(ratio) => Self::Double(*ratio),
            Fact::Bytes(bytes) => Self::Bytes(*bytes),
            Fact::Duration(duration) => Self::Duration(*duration),
            Fact::Time(time) => Self::Time(*time),
            Fact::Text(text) => Self::Text(Shared::Borrowed(text)),
            Fact::Json(json) => Self::from_json(json.get()?),
            Fact::Texts(texts) => Self::List(List::Texts(texts)),
            Fact::Records(records) => Self::List(List::Records(records)),
            Fact::Addresses(set) => Self::Addresses(Shared::Borrowed(set)),
            Fact::Asns(set) => Self::Asns(Shared::Borrowed(set)),
            Fact::Set(set) if !set.is_kept() => return None,
            Fact::Set(set) => Self::List(List::Set(set.clone())),
            Fact::Distribution(samples) => Self::Map(Map::Distribution(*samples)),
        })
    }

    /// Wraps a member of a distribution: a count, a size or a duration.
    const fn of_sample(sample: &Fact) -> Option<Self> {
        match sample {
            Fact::Count(count) => Some(Self::Int(*count)),
            Fact::Bytes(bytes) => Some(Self::Bytes(*bytes)),
            Fact::Duration(duration) => Some(Self::Duration(*duration)),
            Fact::Flag(_)
            | Fact::Ratio(_)
            | Fact::Time(_)
            | Fact::Text(_)
            | Fact::Json(_)
            | Fact::Texts(_)
            | Fact::Records(_)
            | Fact::Addresses(_)
            | Fact::Asns(_)
            | Fact::Set(_)
            | Fact::Distribution(_) => None,
        }
    }

    /// Returns the text; `None` for anything else.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the truth value; `None` for anything else.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Says what kind of value it is, for messages.
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Int(_) | Self::Double(_) => "a number",
            Self::Bytes(_) => "a size in bytes",
            Self::Duration(_) => "a duration",
            Self::Time(_) => "a time",
            Self::Text(_) => "text",
            Self::Addresses(_) => "a set of addresses",
            Self::Asns(_) => "a set of AS numbers",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Group(_) => "a probe",
        }
    }

    /// Copies what is borrowed, so that the value outlives the environment.
    pub fn into_owned(self) -> Val<'static> {
        match self {
            Self::Null => Val::Null,
            Self::Bool(v) => Val::Bool(v),
            Self::Int(v) => Val::Int(v),
            Self::Double(v) => Val::Double(v),
            Self::Bytes(v) => Val::Bytes(v),
            Self::Duration(v) => Val::Duration(v),
            Self::Time(v) => Val::Time(v),
            Self::Text(text) => match text {
                Shared::Owned(text) => Val::Text(Shared::Owned(text)),
                Shared::Borrowed(text) => Val::text(text),
            },
            Self::Addresses(set) => match set {
                Shared::Owned(set) => Val::Addresses(Shared::Owned(set)),
                Shared::Borrowed(set) => Val::addresses(set.clone()),
            },
            Self::Asns(set) => match set {
                Shared::Owned(set) => Val::Asns(Shared::Owned(set)),
                Shared::Borrowed(set) => Val::asns(set.clone()),
            },
            Self::List(List::Set(set)) => Val::List(List::Set(set)),
            Self::List(list) => Val::list(list.iter().map(Val::into_owned)),
            Self::Map(Map::Distribution(samples)) => Val::Map(Map::Distribution(samples)),
            Self::Map(map) => {
                let members = map.keys().into_iter().filter_map(|key| {
                    let value = map.get(key.as_text()?)?;
                    Some((key.into_owned(), value.into_owned()))
                });
                Val::Map(Map::Owned(members.collect()))
            }
            Self::Group(group) => {
                let facts = Map::Record(&group.observation.facts, group.prefix);
                Val::Map(facts).into_owned()
            }
        }
    }

    /// Returns the value as a fact: numbers are counts and ratios, lists of texts are
    /// texts, other lists and objects are JSON.
    pub fn to_fact(&self) -> Fact {
        match self {
            Self::Bool(flag) => Fact::Flag(*flag),
            Self::Int(int) => Fact::Count(*int),
            Self::Double(double) => Fact::Ratio(*double),
            Self::Bytes(bytes) => Fact::Bytes(*bytes),
            Self::Duration(duration) => Fact::Duration(*duration),
            Self::Time(time) => Fact::Time(*time),
            Self::Text(text) => Fact::text(&**text),
            Self::Addresses(set) => Fact::Addresses((**set).clone()),
            Self::Asns(set) => Fact::Asns((**set).clone()),
            Self::List(List::Records(records)) => Fact::Records(records.to_vec()),
            Self::List(List::Set(set)) => Fact::Set(set.clone()),
            Self::List(list) => {
                let texts: Option<Vec<Arc<str>>> = list
                    .iter()
                    .map(|item| item.as_text().map(Arc::from))
                    .collect();
                match texts {
                    Some(texts) => Fact::Texts(texts),
                    None => Fact::Json(Json::new(self.to_json())),
                }
            }
            Self::Map(Map::Distribution(samples)) => Fact::Distribution(*samples),
            Self::Null | Self::Map(_) | Self::Group(_) => Fact::Json(Json::new(self.to_json())),
        }
    }

    /// Returns the value as JSON: sizes as numbers of octets, durations and times as
    /// text, sets as lists of texts.
    pub fn to_json(&self) -> JsonValue {
        match self {
            Self::Null => JsonValue::Null,
            Self::Bool(flag) => JsonValue::from(*flag),
            Self::Int(int) => JsonValue::from(*int),
            Self::Double(double) => JsonValue::from(*double),
            Self::Bytes(bytes) => JsonValue::from(*bytes),
            Self::Duration(duration) => JsonValue::from(format!("{duration:#}")),
            Self::Time(time) => JsonValue::from(time.to_string()),
            Self::Text(text) => JsonValue::from(&**text),
            Self::Addresses(set) => serde_json::to_value(&**set).unwrap_or_default(),
            Self::Asns(set) => serde_json::to_value(&**set).unwrap_or_default(),
            Self::List(List::Json(items)) => JsonValue::Array(items.to_vec()),
            Self::List(list) => list.iter().map(|item| item.to_json()).collect(),
            Self::Map(Map::Json(members)) => JsonValue::Object((*members).clone()),
            Self::Map(map) => {
                let members = map.keys().into_iter().filter_map(|key| {
                    let name = key.key_text();
                    let value = map.get(&name)?;
                    Some((name.into_owned(), value.to_json()))
                });
                JsonValue::Object(members.collect())
            }
            Self::Group(group) => Self::Map(Map::Record(
                &group.observation.facts,
                Arc::clone(&group.prefix),
            ))
            .to_json(),
        }
    }

    /// Returns a key as text.
    pub(super) fn key_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            other => Cow::Owned(other.render()),
        }
    }

    /// Returns the value as a person reads it, units included; objects as JSON.
    pub fn render(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Double(double) => format!("{double}"),
            Self::List(List::Set(set)) => set.to_string(),
            Self::List(list) => {
                let items: Vec<String> = list.iter().map(|item| item.render()).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(Map::Distribution(samples)) => samples.to_string(),
            Self::Map(_) => self.to_json().to_string(),
            Self::Group(group) => join(group.probe, &group.prefix)
                .trim_end_matches('.')
                .to_owned(),
            Self::Bool(_)
            | Self::Int(_)
            | Self::Bytes(_)
            | Self::Duration(_)
            | Self::Time(_)
            | Self::Text(_)
            | Self::Addresses(_)
            | Self::Asns(_) => self.to_fact().to_string(),
        }
    }
}
