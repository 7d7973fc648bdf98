//! What is made once and shown often.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Things by what they are made from; worlds that came of one another may share them.
pub(super) struct Kept<K, V> {
    most: usize,
    things: Mutex<HashMap<K, Arc<OnceLock<V>>>>,
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// Keeps at most so many; with one more it begins anew.
    pub(super) fn at_most(most: usize) -> Self {
        Self {
            most,
            things: Mutex::default(),
        }
    }

    /// Returns a thing; makes it if no one has yet.
    pub(super) fn get(&self, key: K, make: impl FnOnce() -> V) -> V {
        let place = {
            let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
            if things.len() >= self.most && !things.contains_key(&key) {
                things.clear();
            }
            Arc::clone(things.entry(key).or_default())
        };
        // Another thread that needs the same waits here, and no thread makes it twice.
        place.get_or_init(make).clone()
    }
}

impl<K, V> fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;

    #[test]
    fn a_thing_is_made_once_and_few_are_kept() {
        let kept = Kept::at_most(2);
        let made = std::cell::Cell::new(0);
        let get = |key: u8| {
            kept.get(key, || {
                made.set(made.get() + 1);
                key
            })
        };
        assert_eq!([get(1), get(2), get(1), get(2)], [1, 2, 1, 2]);
        assert_eq!(made.get(), 2);
        assert_eq!([get(3), get(1)], [3, 1]);
        assert_eq!(made.get(), 4, "the third began anew");
    }
}
