//! What differs between two targets that were asked the same at the same moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::registry::RegistryId;

/// Something that two targets answer in different ways: one fact of one pair of observations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactChange {
    /// `<scenario>/<probe>.<fact>`, which declarations of expected changes name.
    pub id: String,
    /// The scenario.
    pub scenario: String,
    /// The probe.
    pub probe: String,
    /// The fact, as the vocabulary names it.
    pub fact: String,
    /// Whose service was asked; absent for a probe that all registries share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryId>,
    /// Values of the matrix axes, empty without a matrix.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// The place of observation.
    pub vantage: String,
    /// What differs, place by place, in the order of the document; at most 100.
    pub places: Vec<PlaceChange>,
    /// Number of places or members that differ; exact where `places` is cut.
    pub number: u64,
    /// Number of them that nobody declared.
    pub unexpected: u64,
    /// What was asked and answered at the first target, one line per exchange.
    pub first_asked: Vec<String>,
    /// The same at the second.
    pub second_asked: Vec<String>,
}

impl FactChange {
    /// Says whether somebody declared all of it.
    pub const fn is_expected(&self) -> bool {
        self.unexpected == 0
    }
}

/// One place of a fact at which two targets differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceChange {
    /// JSON Pointer within the fact, as in the first target's; empty for all of it, and for members of a set.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub at: String,
    /// What the first has, in words; absent if it has nothing there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// What the second has; absent if it has nothing there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<String>,
    /// Why that is as it should be; absent if nobody declared it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
}

/// A pair of observations of which one at least is no answer, so that nothing is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unanswered {
    /// The scenario.
    pub scenario: String,
    /// The probe.
    pub probe: String,
    /// Whose service was asked; absent for a probe that all registries share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<RegistryId>,
    /// Values of the matrix axes, empty without a matrix.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Why the first has no answer; absent if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Why the second has none; absent if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<String>,
}

/// A change that somebody declared beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedChange {
    /// Which facts, as `<scenario>/<probe>.<fact>` with `*` and `**`.
    pub change: String,
    /// Where in them, a JSON Pointer with `*` and `**`, with all that is below; empty for anywhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub at: String,
    /// At which registries; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registries: Vec<RegistryId>,
    /// Why.
    pub reason: String,
}
