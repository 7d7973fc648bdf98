//! Baselines: values that somebody accepted, and how what a run saw differs from them.

mod file;

pub use file::{Head, PENDING, SUFFIX, body, read, write};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::DriftClass;
use super::results::Place;
use crate::registry::RegistryId;

/// Accepted values of one scenario at one registry: one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    /// The file below the folder of baselines: `live/apnic/rdap.help.snap`.
    pub path: String,
    /// Digest of the file, `sha256:` and 64 hex digits.
    pub digest: String,
    /// Values by what they are of, as [`entry`] names it.
    pub values: BTreeMap<String, Value>,
}

/// Accepted values on one target, by registry and scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baselines(BTreeMap<(String, String), Baseline>);

impl Baselines {
    /// Returns no accepted value at all.
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds the values of a scenario at a registry.
    pub fn insert(&mut self, registry: &str, scenario: &str, baseline: Baseline) {
        let place = (registry.to_owned(), scenario.to_owned());
        self.0.insert(place, baseline);
    }

    /// Returns what was accepted of a scenario at a registry; `None` if nothing was.
    pub fn of(&self, registry: &str, scenario: &str) -> Option<&Baseline> {
        self.0.get(&(registry.to_owned(), scenario.to_owned()))
    }

    /// Iterates over the files, by registry and scenario.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Baseline)> {
        let files = self.0.iter();
        files.map(|((registry, scenario), own)| (registry.as_str(), scenario.as_str(), own))
    }
}

/// Names a value in a baseline: `terms[family=ipv4]: help $.notices`.
///
/// `check` is the name within the scenario, `instance` the values of the axes, `fact` the left side
/// as it is written.
pub fn entry(check: &str, instance: &str, fact: &str) -> String {
    let instance = if instance.is_empty() {
        String::new()
    } else {
        format!("[{instance}]")
    };
    let whole = format!("{check}{instance}: {fact}");
    let words: Vec<&str> = whole.split_whitespace().collect();
    words.join(" ")
}

/// Returns the name of the check in the name of a value.
pub fn check_of(entry: &str) -> &str {
    entry.split(['[', ':']).next().unwrap_or(entry)
}

/// How a value that a run saw stands to the accepted one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The check that looks at it, `<scenario>/<check>`.
    pub id: String,
    /// Its scenario.
    pub scenario: String,
    /// The registry.
    pub registry: RegistryId,
    /// Values of the matrix axes, empty without a matrix.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Where it was observed from.
    pub vantage: String,
    /// What is looked at, as it is written: `help $.notices`.
    pub fact: String,
    /// Its name in the baseline.
    pub entry: String,
    /// How it stands to what was accepted.
    pub change: DriftClass,
    /// What was accepted, in words; empty if nothing was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// What was seen, in words; empty if nothing is there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// Places within a document that differ, the first 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Moved>,
    /// Number of such places.
    #[serde(default)]
    pub differences: u64,
    /// What was seen, whole, normalized as the scenario says; absent if nothing is there, and where
    /// it is as accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Value>,
    /// Where the check is written; of a value that no check looks at any more, the scenario.
    pub source: Place,
    /// Keys of the observations it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observations: Vec<String>,
    /// What was asked and answered, one line per exchange; empty where it is as accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// Evidence, `sha256:` digests of bodies; empty where it is as accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// Whether it is a time or how long something took; `results.json` then leaves values out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub volatile: bool,
}

/// A place of a document that is not as it was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// JSON Pointer.
    pub pointer: String,
    /// What was accepted there, in words; empty if nothing was.
    pub before: String,
    /// What was seen there, in words; empty if nothing is there.
    pub after: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_named_by_check_instance_and_fact() {
        assert_eq!(
            entry("terms", "", "help  $.notices"),
            "terms: help $.notices"
        );
        let name = entry("terms", "family=ipv4,kind=a: b", "p.text");
        assert_eq!(name, "terms[family=ipv4,kind=a: b]: p.text");
        assert_eq!(check_of(&name), "terms");
        assert_eq!(check_of(&entry("a-b", "", "p.x")), "a-b");
    }
}
