//! Ids of holders, each kept once.

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::BuildHasher as _;

/// Longest id that is kept, in octets; a UUID has 36.
pub(super) const LONGEST: usize = 128;

/// Most octets of all ids of one file together. The largest real file has 1.5 MB.
const MOST_OCTETS: usize = 16 * 1024 * 1024;

/// The id of a holder: an index into the [`Names`] of its file, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HolderId(u32);

impl HolderId {
    /// The field is empty, or absent, or holds what is not kept.
    pub const NONE: Self = Self(u32::MAX);

    /// Returns the index, such as for a table of one entry for each holder; `None` for none.
    pub fn index(self) -> Option<usize> {
        (self != Self::NONE)
            .then_some(self.0)
            .and_then(|n| usize::try_from(n).ok())
    }
}

/// The ids of one file in the order of their first appearance.
#[derive(Clone, Debug, Default)]
pub struct Names {
    text: String,
    ends: Vec<u32>,
}

impl Names {
    /// Returns an id; empty for none.
    pub fn get(&self, id: HolderId) -> &str {
        let text = id.index().and_then(|index| {
            let end = *self.ends.get(index)?;
            let begin = match index.checked_sub(1) {
                Some(before) => *self.ends.get(before)?,
                None => 0,
            };
            self.text
                .get(usize::try_from(begin).ok()?..usize::try_from(end).ok()?)
        });
        text.unwrap_or_default()
    }

    /// Returns how many there are.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Says whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Iterates over all ids in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let last = u32::try_from(self.len()).unwrap_or(u32::MAX);
        (0..last).map(|index| self.get(HolderId(index)))
    }
}

/// Names in the making: a table finds those that are known.
#[derive(Debug, Default)]
pub(super) struct Interner {
    names: Names,
    table: HashTable<u32>,
    hasher: RandomState,
}

impl Interner {
    /// Returns the id of a text that is neither empty nor longer than [`LONGEST`]; `None` if there is no more room.
    pub(super) fn intern(&mut self, text: &str) -> Option<HolderId> {
        let Self {
            names,
            table,
            hasher,
        } = self;
        let hash = hasher.hash_one(text);
        if let Some(known) = table.find(hash, |id| names.get(HolderId(*id)) == text) {
            return Some(HolderId(*known));
        }
        let id = u32::try_from(names.ends.len()).ok()?;
        if names.text.len().saturating_add(text.len()) > MOST_OCTETS {
            return None;
        }
        names.text.push_str(text);
        names.ends.push(u32::try_from(names.text.len()).ok()?);
        table.insert_unique(hash, id, |id| hasher.hash_one(names.get(HolderId(*id))));
        Some(HolderId(id))
    }

    /// Returns the names alone.
    pub(super) fn finish(self) -> Names {
        let mut names = self.names;
        names.text.shrink_to_fit();
        names.ends.shrink_to_fit();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_has_the_same_id() {
        let mut interner = Interner::default();
        let ids: Vec<HolderId> = ["a", "bc", "a", "d"]
            .iter()
            .map(|text| interner.intern(text).unwrap())
            .collect();
        assert_eq!(ids[0], ids[2]);
        assert_ne!(ids[0], ids[1]);
        let names = interner.finish();
        assert_eq!(names.iter().collect::<Vec<_>>(), ["a", "bc", "d"]);
        assert_eq!(names.get(ids[1]), "bc");
        assert_eq!(names.get(HolderId::NONE), "");
    }
}
