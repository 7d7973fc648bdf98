//! Which rules of an inspector had something to look at.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use foldhash::{HashSet, HashSetExt as _};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// Most lists that a thread holds; documents of one kind have a few dozen.
const MAX_LISTS: usize = 1_024;

/// Longest list that is held, in octets.
const MAX_OCTETS: usize = 64 * 1024;

thread_local! {
    static LISTS: RefCell<HashSet<Held>> = RefCell::new(HashSet::new());
}

/// Ids of rules in the order of the inspector's list, each once; empty if none had anything to look at.
///
/// Documents of one kind have the same few lists, so one thread holds each once, and a
/// journal holds it as one text: the ids with a space between.
#[derive(Clone, PartialEq, Eq)]
pub struct Looked(Arc<List>);

#[derive(Default, PartialEq, Eq)]
struct List {
    text: String,
    rules: HashSet<Box<str>>,
}

/// Iterates over the ids of a text.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|rule| !rule.is_empty())
}

/// A list in the thread's table, found by its text.
struct Held(Looked);

impl std::borrow::Borrow<str> for Held {
    fn borrow(&self) -> &str {
        &self.0.0.text
    }
}

impl std::hash::Hash for Held {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.0.text.hash(state);
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.0.0.text == other.0.0.text
    }
}

impl Eq for Held {}

impl Looked {
    /// Returns the list of some rules; ids have no spaces.
    pub fn of<'a>(rules: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = String::new();
        for rule in rules {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(rule);
        }
        Self::read(&text)
    }

    /// Returns the list that a text writes.
    fn read(text: &str) -> Self {
        LISTS.with_borrow_mut(|lists| {
            if let Some(Held(known)) = lists.get(text) {
                return known.clone();
            }
            let new = Self(Arc::new(List {
                text: text.to_owned(),
                rules: ids(text).map(Box::from).collect(),
            }));
            if lists.len() < MAX_LISTS && text.len() <= MAX_OCTETS {
                lists.insert(Held(new.clone()));
            }
            new
        })
    }

    /// Says whether a rule had something to look at.
    pub fn contains(&self, rule: &str) -> bool {
        self.0.rules.contains(rule)
    }

    /// Iterates over the ids in the order of the inspector's list.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        ids(&self.0.text)
    }

    /// Returns the number of rules.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Says whether no rule had anything to look at.
    pub fn is_empty(&self) -> bool {
        self.0.text.is_empty()
    }
}

impl Default for Looked {
    fn default() -> Self {
        Self::of([])
    }
}

impl fmt::Debug for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for Looked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.text)
    }
}

impl<'de> Deserialize<'de> for Looked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Looked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ids of rules with a space between")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Looked, E> {
        Ok(Looked::read(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_knows_its_rules_in_order() {
        let looked = Looked::of(["rdap.b", "rdap.a"]);
        assert_eq!(looked.iter().collect::<Vec<_>>(), ["rdap.b", "rdap.a"]);
        assert_eq!((looked.len(), looked.is_empty()), (2, false));
        assert!(looked.contains("rdap.a") && !looked.contains("rdap") && !looked.contains(""));
        assert_eq!(format!("{looked:?}"), r#"["rdap.b", "rdap.a"]"#);
    }

    #[test]
    fn no_rules_are_an_empty_list() {
        let none = Looked::default();
        assert_eq!((none.len(), none.iter().next()), (0, None));
        assert!(none.is_empty() && none == Looked::of([]));
    }

    #[test]
    fn a_list_is_one_text_in_a_journal_and_the_same_list_afterwards() {
        let looked = Looked::of(["a", "b.c"]);
        let text = serde_json::to_string(&looked).unwrap();
        assert_eq!(text, r#""a b.c""#);
        let again: Looked = serde_json::from_str(&text).unwrap();
        assert!(again == looked && Arc::ptr_eq(&again.0, &looked.0));
        assert!(serde_json::from_str::<Looked>("[]").is_err());
    }

    #[test]
    fn no_more_than_a_bounded_number_is_held() {
        for number in 0..2 * MAX_LISTS {
            Looked::of([format!("bounded-{number}").as_str()]);
        }
        Looked::of(["x".repeat(MAX_OCTETS + 1).as_str()]);
        assert!(LISTS.with_borrow(HashSet::len) <= MAX_LISTS);
    }
}
