//! JSON values of one entry: bounded in number and length, members that come twice told.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Longest text that is kept, in characters; names of organizations have some dozen.
pub(super) const LONGEST_TEXT: usize = 1_000;

/// Most values of one entry that are read; ours: the largest entries of logs have some hundred.
pub(super) const MOST_VALUES: usize = 100_000;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Whole(i128),
    /// Another number.
    Fraction,
    /// Text, at most [`LONGEST_TEXT`] characters of it.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object.
    Object(Object),
    /// Something that was not read, because the entry has more than [`MOST_VALUES`].
    Beyond,
}

/// The members of an object in their order; of a name that comes twice the last one is [found](Self::get).
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object(pub(super) Vec<(String, Node)>);

impl Object {
    /// Returns the value of a member.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        let mut members = self.0.iter().rev();
        members.find(|(known, _)| known == name).map(|(_, v)| v)
    }

    /// Iterates over names that come again, at each further coming.
    pub(super) fn repeated(&self) -> impl Iterator<Item = &str> {
        let mut known = BTreeSet::new();
        let names = self.0.iter().map(|(name, _)| name.as_str());
        names.filter(move |name| !known.insert(*name))
    }
}

impl Node {
    /// Returns the object; `None` if it is none.
    pub(super) const fn object(&self) -> Option<&Object> {
        let Self::Object(object) = self else {
            return None;
        };
        Some(object)
    }

    /// Returns the text; `None` if it is none.
    pub(super) fn text(&self) -> Option<&str> {
        let Self::Text(text) = self else {
            return None;
        };
        Some(text)
    }

    /// Says what it is, with its article.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Flag => "true or false",
            Self::Whole(_) | Self::Fraction => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
            Self::Beyond => "more than is read",
        }
    }
}

/// Reads one value; counts what it makes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed<'b> {
    /// How many values may still be made.
    left: &'b Cell<usize>,
}

impl<'b> Seed<'b> {
    /// Returns a seed for one entry; `left` is set to what one entry may have.
    pub(super) fn new(left: &'b Cell<usize>) -> Self {
        left.set(MOST_VALUES);
        Self { left }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                deserializer.deserialize_any(self)
            }
            None => {
                deserializer.deserialize_ignored_any(IgnoredAny)?;
                Ok(Node::Beyond)
            }
        }
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Flag)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Whole(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Whole(value.into()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Fraction)
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(kept(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            if list.last() != Some(&Node::Beyond) {
                list.push(item);
            }
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut object = Object::default();
        while let Some(name) = members.next_key_seed(Name)? {
            let value = members.next_value_seed(self)?;
            if value != Node::Beyond {
                object.0.push((name, value));
            }
        }
        Ok(Node::Object(object))
    }
}

/// Reads a member's name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(kept(text))
    }
}

/// Returns what is kept of a text.
fn kept(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Node {
        let left = Cell::new(0);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        Seed::new(&left).deserialize(&mut deserializer).unwrap()
    }

    #[test]
    fn values_are_what_they_are() {
        for (text, kind) in [
            ("null", "null"),
            ("true", "true or false"),
            ("-7", "a number"),
            ("18446744073709551616", "a number"),
            ("\"a\"", "text"),
            ("[]", "an array"),
            ("{}", "an object"),
        ] {
            assert_eq!(read(text).kind(), kind, "{text}");
        }
        assert_eq!(read("4294967296"), Node::Whole(4_294_967_296));
        assert_eq!(read("1.0"), Node::Fraction);
    }

    #[test]
    fn of_a_member_that_comes_twice_the_last_one_holds_and_it_is_told() {
        let node = read(r#"{"a": 1, "b": 2, "a": 3, "a": 4}"#);
        let object = node.object().unwrap();
        assert_eq!(object.get("a"), Some(&Node::Whole(4)));
        assert_eq!(object.repeated().collect::<Vec<_>>(), ["a", "a"]);
        assert_eq!(object.get("c"), None);
    }

    #[test]
    fn an_entry_with_too_many_values_is_cut_and_read_to_its_end() {
        let many = format!("[{}1]", "1,".repeat(2 * MOST_VALUES));
        let Node::List(items) = read(&many) else {
            panic!("no list")
        };
        assert_eq!(items.len(), MOST_VALUES);
        assert_eq!(items.last(), Some(&Node::Beyond));
        let long = format!("\"{}\"", "é".repeat(10_000));
        assert_eq!(read(&long).text().unwrap().chars().count(), LONGEST_TEXT);
    }
}
