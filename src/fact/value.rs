//! Values with kinds and units.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::distribution::{Distribution, SampleUnit};
use super::json::{Documents, Json};
use super::shared::{Shared, shared};
use super::text_set::TextSet;
use crate::resource::{AddressSet, AsnSet};

/// What kind of value a fact has; kinds with units refuse each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// True or false.
    Flag,
    /// A number of things.
    Count,
    /// A share or ratio without unit.
    Ratio,
    /// A number of octets.
    Bytes,
    /// A length of time.
    Duration,
    /// A point in time, UTC.
    Time,
    /// Text.
    Text,
    /// A JSON value of unknown shape.
    Json,
    /// A list of texts.
    Texts,
    /// A list of records whose fields are facts.
    Records,
    /// A set of IP addresses.
    Addresses,
    /// A set of AS numbers.
    Asns,
    /// A set of texts, which may be large.
    Set,
    /// Many samples of one parameter, summed up.
    Distribution(SampleUnit),
}

impl Kind {
    /// Returns the word for messages: `a number of bytes`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Count => "a count",
            Self::Ratio => "a ratio",
            Self::Bytes => "a size in bytes",
            Self::Duration => "a duration",
            Self::Time => "a time",
            Self::Text => "text",
            Self::Json => "JSON",
            Self::Texts => "a list of texts",
            Self::Records => "a list of records",
            Self::Addresses => "a set of addresses",
            Self::Asns => "a set of AS numbers",
            Self::Set => "a set of texts",
            Self::Distribution(SampleUnit::Count) => "a distribution of counts",
            Self::Distribution(SampleUnit::Bytes) => "a distribution of sizes",
            Self::Distribution(SampleUnit::Duration) => "a distribution of durations",
        }
    }

    /// Returns the short word of tables: `bytes`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Count => "count",
            Self::Ratio => "ratio",
            Self::Bytes => "bytes",
            Self::Duration => "duration",
            Self::Time => "time",
            Self::Text => "text",
            Self::Json => "json",
            Self::Texts => "texts",
            Self::Records => "records",
            Self::Addresses => "addresses",
            Self::Asns => "asns",
            Self::Set => "set",
            Self::Distribution(SampleUnit::Count) => "counts",
            Self::Distribution(SampleUnit::Bytes) => "sizes",
            Self::Distribution(SampleUnit::Duration) => "durations",
        }
    }
}

/// A value with its kind, as written in the journal: `{"bytes": 312}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// True or false.
    Flag(bool),
    /// A number of things.
    Count(i64),
    /// A share or ratio without unit.
    Ratio(f64),
    /// A number of octets.
    Bytes(u64),
    /// A length of time.
    Duration(SignedDuration),
    /// A point in time, UTC.
    Time(Timestamp),
    /// Text.
    Text(Arc<str>),
    /// A JSON value.
    Json(Json),
    /// A list of texts.
    Texts(Vec<Arc<str>>),
    /// A list of records.
    Records(Vec<Facts>),
    /// A set of IP addresses.
    Addresses(AddressSet),
    /// A set of AS numbers.
    Asns(AsnSet),
    /// A set of texts, which may be large.
    Set(TextSet),
    /// Many samples of one parameter, summed up.
    Distribution(Distribution),
}

impl Value {
    /// Returns the kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Flag(_) => Kind::Flag,
            Self::Count(_) => Kind::Count,
            Self::Ratio(_) => Kind::Ratio,
            Self::Bytes(_) => Kind::Bytes,
            Self::Duration(_) => Kind::Duration,
            Self::Time(_) => Kind::Time,
            Self::Text(_) => Kind::Text,
            Self::Json(_) => Kind::Json,
            Self::Texts(_) => Kind::Texts,
            Self::Records(_) => Kind::Records,
            Self::Addresses(_) => Kind::Addresses,
            Self::Asns(_) => Kind::Asns,
            Self::Set(_) => Kind::Set,
            Self::Distribution(samples) => Kind::Distribution(samples.unit),
        }
    }

    /// Wraps text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// Wraps a number of things; more than `i64` holds is cut to its largest.
    pub fn count(count: usize) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Ratio(ratio) => write!(f, "{ratio}"),
            Self::Bytes(bytes) => write!(f, "{bytes} B"),
            Self::Duration(duration) => write!(f, "{duration:#}"),
            Self::Time(time) => write!(f, "{time}"),
            Self::Text(text) => f.write_str(text),
            Self::Json(json) => match json.get() {
                Some(value) => write!(f, "{value}"),
                None => f.write_str("(no document)"),
            },
            Self::Texts(texts) => write!(f, "[{}]", texts.join(", ")),
            Self::Records(records) => write!(f, "{} records", records.len()),
            Self::Addresses(set) => write!(f, "{set}"),
            Self::Asns(set) => write!(f, "{set}"),
            Self::Set(set) => write!(f, "{set}"),
            Self::Distribution(samples) => write!(f, "{samples}"),
        }
    }
}

/// Facts by dotted path, such as `status`, `headers.content-type`, `timing.total`.
///
/// A path that is the prefix of others is a group: `headers` is the record of all
/// `headers.*`. Names of headers are lower case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<Shared, Value>);

impl Facts {
    /// Returns no facts.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets a fact; a later one replaces an earlier one.
    pub fn set(&mut self, path: impl AsRef<str>, value: Value) {
        self.0.insert(Shared(shared(path.as_ref())), value);
    }

    /// Returns the fact at a path; `None` if it is absent or a group.
    pub fn get(&self, path: &str) -> Option<&Value> {
        self.0.get(path)
    }

    /// Iterates over the facts below a group, with paths relative to it.
    pub fn group<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.0.iter().filter_map(move |(key, value)| {
            let rest = key.0.strip_prefix(path)?.strip_prefix('.')?;
            Some((rest, value))
        })
    }

    /// Iterates over all facts in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(k, v)| (k.0.as_ref(), v))
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes the facts whose path `unwanted` accepts.
    pub fn remove(&mut self, mut unwanted: impl FnMut(&str) -> bool) {
        self.0.retain(|path, _| !unwanted(&path.0));
    }

    /// Lets documents read from a journal find their octets.
    pub fn attach(&mut self, documents: &Arc<dyn Documents>) {
        for value in self.0.values_mut() {
            match value {
                Value::Json(json) => {
                    if let Some(digest) = json.digest().cloned() {
                        *json = Json::lazy(digest, Arc::clone(documents));
                    }
                }
                Value::Records(records) => records.iter_mut().for_each(|r| r.attach(documents)),
                Value::Set(set) => set.attach(documents),
                Value::Flag(_)
                | Value::Count(_)
                | Value::Ratio(_)
                | Value::Bytes(_)
                | Value::Duration(_)
                | Value::Time(_)
                | Value::Text(_)
                | Value::Texts(_)
                | Value::Addresses(_)
                | Value::Asns(_)
                | Value::Distribution(_) => {}
            }
        }
    }
}
