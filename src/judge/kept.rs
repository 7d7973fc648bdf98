//! Values that are kept beside a baseline: what a check saw, for whoever compares it with what was accepted.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as JsonValue;

use crate::registry::RegistryId;
use crate::scenario::model::Normalizer;
use crate::verdict::results::Place;

/// A value that a line of a check looked at, as it was.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The check, `<scenario>/<check>`.
    pub id: Arc<str>,
    /// The registry.
    pub registry: RegistryId,
    /// The place of observation.
    pub vantage: String,
    /// Values of the axes.
    pub parameters: BTreeMap<String, String>,
    /// What is kept.
    pub value: KeptValue,
}

/// What is kept of one line of a check.
#[derive(Clone, Debug)]
pub struct KeptValue {
    /// What is looked at, as it is written.
    pub fact: String,
    /// Its name in a baseline.
    pub entry: String,
    /// The value; `None` if a complete answer does not have it.
    pub seen: Option<JsonValue>,
    /// Changes before it is compared.
    pub normalize: Vec<Normalizer>,
    /// Whether it is as near to what was accepted as `within` demands; `None` where nothing does.
    pub near: Option<bool>,
    /// Where the line is written.
    pub place: Place,
    /// Keys of the observations it rests on.
    pub observations: Vec<String>,
    /// What was asked and answered.
    pub asked: Vec<String>,
    /// Digests of bodies.
    pub evidence: Vec<String>,
    /// Whether it is a time or how long something took.
    pub volatile: bool,
}
