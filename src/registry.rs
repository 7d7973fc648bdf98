//! Registries: ids, display names, and one value for each.
//!
//! Ids come from data (`scenarios/registries/*.yaml`); the five Regional Internet
//! Registries are shipped, and a sixth one is added by a file, not by code.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The id of a registry: lower-case ASCII letters, digits and `-`, such as `ripe-ncc`.
///
/// Ids order alphabetically, which is the only order in which registries are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegistryId(Arc<str>);

/// Says that a text is not a registry id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a registry id; expected lower-case letters, digits and `-`, at most 40")]
pub struct InvalidRegistryId(pub String);

impl RegistryId {
    /// Longest id that is accepted, in characters; ours, so that tables stay readable.
    pub const MAX_LENGTH: usize = 40;

    /// Reads an id.
    ///
    /// # Errors
    ///
    /// [`InvalidRegistryId`] if the text is empty, too long, or has other characters.
    pub fn parse(text: &str) -> Result<Self, InvalidRegistryId> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > Self::MAX_LENGTH || !text.chars().all(plain) {
            return Err(InvalidRegistryId(text.to_owned()));
        }
        Ok(Self(Arc::from(text)))
    }

    /// Returns the id as written in files and reports.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegistryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Borrow<str> for RegistryId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RegistryId {
    type Error = InvalidRegistryId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<RegistryId> for String {
    fn from(id: RegistryId) -> Self {
        id.0.as_ref().to_owned()
    }
}

/// One value for each of some registries, in alphabetical order of their ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PerRegistry<T>(BTreeMap<RegistryId, T>);

impl<T> PerRegistry<T> {
    /// Returns an empty collection.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets the value of a registry and returns the one it had.
    pub fn insert(&mut self, id: RegistryId, value: T) -> Option<T> {
        self.0.insert(id, value)
    }

    /// Returns the value of a registry; `None` if it has none.
    pub fn of(&self, id: &str) -> Option<&T> {
        self.0.get(id)
    }

    /// Returns the value of a registry for changing; `None` if it has none.
    pub fn of_mut(&mut self, id: &str) -> Option<&mut T> {
        self.0.get_mut(id)
    }

    /// Returns the value of a registry, made by `make` where it has none.
    pub fn entry_or(&mut self, id: &RegistryId, make: impl FnOnce() -> T) -> &mut T {
        self.0.entry(id.clone()).or_insert_with(make)
    }

    /// Iterates over ids and values in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&RegistryId, &T)> {
        self.0.iter()
    }

    /// Iterates over the ids in alphabetical order.
    pub fn ids(&self) -> impl Iterator<Item = &RegistryId> {
        self.0.keys()
    }

    /// Returns how many registries have a value.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether no registry has a value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for PerRegistry<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> FromIterator<(RegistryId, T)> for PerRegistry<T> {
    fn from_iter<I: IntoIterator<Item = (RegistryId, T)>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_lower_case_words() {
        assert_eq!(RegistryId::parse("ripe-ncc").unwrap().as_str(), "ripe-ncc");
        for bad in ["", "RIPE", "ripe ncc", "ripe_ncc", "é", &"a".repeat(41)] {
            assert_eq!(
                RegistryId::parse(bad),
                Err(InvalidRegistryId(bad.to_owned()))
            );
        }
    }

    #[test]
    fn registries_are_listed_alphabetically() {
        let id = |text| RegistryId::parse(text).unwrap();
        let all: PerRegistry<u8> = [(id("ripe-ncc"), 1), (id("afrinic"), 2)]
            .into_iter()
            .collect();
        let seen: Vec<&str> = all.ids().map(RegistryId::as_str).collect();
        assert_eq!(seen, ["afrinic", "ripe-ncc"]);
    }
}
