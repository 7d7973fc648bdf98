//! Texts that come again and again: names of facts, ids of rules, scenarios and probes.
//!
//! A bundle of 5,000 observations holds each such name 5,000 times; here it is one
//! text for each thread, which costs a lookup instead of two allocations.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use foldhash::{HashSet, HashSetExt as _};
use serde::de::{Deserializer, Visitor};

/// Most texts that a thread holds: names of headers are the services' choice.
const MAX_TEXTS: usize = 4_096;

/// Longest text that is held, in octets.
const MAX_OCTETS: usize = 128;

thread_local! {
    static TEXTS: RefCell<HashSet<Arc<str>>> = RefCell::new(HashSet::new());
}

/// Returns a text, the same one as before where this thread has seen it.
pub fn shared(text: &str) -> Arc<str> {
    TEXTS.with_borrow_mut(|texts| {
        if let Some(known) = texts.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        if texts.len() < MAX_TEXTS && text.len() <= MAX_OCTETS {
            texts.insert(Arc::clone(&new));
        }
        new
    })
}

/// A shared text as a value that can be read and written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub(super) struct Shared(pub(super) Arc<str>);

impl Borrow<str> for Shared {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> serde::Deserialize<'de> for Shared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one(deserializer).map(Self)
    }
}

/// Reads one text.
pub(super) fn one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    deserializer.deserialize_str(Text)
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Arc<str>, E> {
        Ok(shared(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_was_seen_is_the_same_one() {
        assert!(Arc::ptr_eq(
            &shared("rdap.ip.order"),
            &shared("rdap.ip.order")
        ));
        let long = "x".repeat(MAX_OCTETS + 1);
        assert!(!Arc::ptr_eq(&shared(&long), &shared(&long)));
    }

    #[test]
    fn no_more_than_a_bounded_number_is_held() {
        for number in 0..2 * MAX_TEXTS {
            shared(&format!("bounded-{number}"));
        }
        assert!(TEXTS.with_borrow(HashSet::len) <= MAX_TEXTS);
    }

    #[test]
    fn texts_with_escapes_are_read_too() {
        let text: Shared = serde_json::from_str(r#""a\n\u00e9""#).unwrap();
        assert_eq!(text.0.as_ref(), "a\né");
        assert!(serde_json::from_str::<Shared>("1").is_err());
    }
}
