//! Sets on both sides of a matcher: addresses, AS numbers, or items.

use serde_json::Value as JsonValue;

use super::look::{Look, Thing, json_of};
use super::words;
use crate::fact::{TextSet, Value};
use crate::resource::{AddressSet, AsnSet};

/// Members of one side.
#[derive(Clone, Debug, PartialEq)]
pub enum Members {
    /// IP addresses.
    Addresses(AddressSet),
    /// AS numbers.
    Asns(AsnSet),
    /// Texts of a set that may be large.
    Texts(TextSet),
    /// Anything else, compared as JSON.
    Items(Vec<JsonValue>),
}

impl Members {
    /// Returns what is here and not there; `None` if the kinds differ.
    pub fn minus(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Addresses(a), Self::Addresses(b)) => Some(Self::Addresses(a.minus(b))),
            (Self::Asns(a), Self::Asns(b)) => Some(Self::Asns(a.minus(b))),
            (Self::Texts(a), Self::Texts(b)) => Some(Self::Texts(a.minus(b))),
            (Self::Items(a), Self::Items(b)) => Some(Self::Items(
                a.iter().filter(|x| !b.contains(x)).cloned().collect(),
            )),
            (Self::Addresses(_) | Self::Asns(_) | Self::Texts(_) | Self::Items(_), _) => None,
        }
    }

    /// Returns what is here and there; `None` if the kinds differ.
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Addresses(a), Self::Addresses(b)) => Some(Self::Addresses(a.intersect(b))),
            (Self::Asns(a), Self::Asns(b)) => Some(Self::Asns(a.intersect(b))),
            (Self::Texts(a), Self::Texts(b)) => Some(Self::Texts(a.intersect(b))),
            (Self::Items(a), Self::Items(b)) => Some(Self::Items(
                a.iter().filter(|x| b.contains(x)).cloned().collect(),
            )),
            (Self::Addresses(_) | Self::Asns(_) | Self::Texts(_) | Self::Items(_), _) => None,
        }
    }

    /// Returns what is here or there; `None` if the kinds differ.
    pub fn union(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Addresses(a), Self::Addresses(b)) => Some(Self::Addresses(a.union(b))),
            (Self::Asns(a), Self::Asns(b)) => Some(Self::Asns(a.union(b))),
            (Self::Texts(a), Self::Texts(b)) => Some(Self::Texts(a.union(b))),
            (Self::Items(a), Self::Items(b)) => {
                let mut all = a.clone();
                all.extend(b.iter().filter(|x| !a.contains(x)).cloned());
                Some(Self::Items(all))
            }
            (Self::Addresses(_) | Self::Asns(_) | Self::Texts(_) | Self::Items(_), _) => None,
        }
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Addresses(set) => set.is_empty(),
            Self::Asns(set) => set.count() == 0,
            Self::Texts(set) => set.is_empty(),
            Self::Items(items) => items.is_empty(),
        }
    }

    /// Returns how many there are, as a share is computed from it.
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "shares are compared with bounds such as 0.1 %"
    )]
    pub fn weight(&self) -> f64 {
        match self {
            Self::Addresses(set) => set.count() as f64,
            Self::Asns(set) => set.count() as f64,
            Self::Texts(set) => set.len() as f64,
            Self::Items(items) => items.len() as f64,
        }
    }

    /// Returns the members in words.
    pub fn words(&self) -> String {
        words::shortened(match self {
            Self::Addresses(set) if set.is_empty() => "no addresses".to_owned(),
            Self::Addresses(set) => set.to_string(),
            Self::Asns(set) if set.count() == 0 => "no AS numbers".to_owned(),
            Self::Asns(set) => set.to_string(),
            Self::Texts(set) => words::set(set),
            Self::Items(items) if items.is_empty() => "nothing".to_owned(),
            Self::Items(items) => words::list(items.iter().map(words::json)),
        })
    }

    /// Reads the members of a value; text that is no resource is one item.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Addresses(set) => Self::Addresses(set.clone()),
            Value::Asns(set) => Self::Asns(set.clone()),
            Value::Set(set) => Self::Texts(set.clone()),
            Value::Texts(texts) => {
                Self::Items(texts.iter().map(|t| JsonValue::from(t.as_ref())).collect())
            }
            Value::Records(_) | Value::Json(_) => {
                let json = json_of(value);
                if let JsonValue::Array(items) = json {
                    Self::Items(items)
                } else {
                    Self::Items(vec![json])
                }
            }
            Value::Flag(_)
            | Value::Count(_)
            | Value::Ratio(_)
            | Value::Bytes(_)
            | Value::Duration(_)
            | Value::Time(_)
            | Value::Text(_)
            | Value::Distribution(_) => Self::Items(vec![json_of(value)]),
        }
    }

    fn of_look(look: &Look<'_>) -> Option<Self> {
        match look {
            Look::Absent => None,
            Look::One(Thing::Fact(value), _) => Some(Self::of(value)),
            Look::One(Thing::Json(JsonValue::Array(items)), _) => Some(Self::Items(items.clone())),
            Look::One(thing, _) => Some(Self::Items(vec![thing.to_json().into_owned()])),
            Look::Nodes(nodes) => Some(Self::Items(
                nodes.iter().map(|(_, node)| (*node).clone()).collect(),
            )),
        }
    }

    fn addresses(&self) -> Option<AddressSet> {
        match self {
            Self::Addresses(set) => Some(set.clone()),
            Self::Asns(_) | Self::Texts(_) => None,
            Self::Items(items) => items
                .iter()
                .map(|item| item.as_str()?.parse::<AddressSet>().ok())
                .collect(),
        }
    }

    fn texts(&self) -> Option<TextSet> {
        match self {
            Self::Texts(set) => Some(set.clone()),
            Self::Addresses(_) | Self::Asns(_) => None,
            Self::Items(items) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
                texts.collect::<Option<Vec<_>>>().map(TextSet::of)
            }
        }
    }

    fn asns(&self) -> Option<AsnSet> {
        match self {
            Self::Asns(set) => Some(set.clone()),
            Self::Addresses(_) | Self::Texts(_) => None,
            Self::Items(items) => items
                .iter()
                .map(|item| match item {
                    JsonValue::String(text) => text.parse::<AsnSet>().ok(),
                    JsonValue::Number(number) => number.to_string().parse::<AsnSet>().ok(),
                    JsonValue::Null
                    | JsonValue::Bool(_)
                    | JsonValue::Array(_)
                    | JsonValue::Object(_) => None,
                })
                .collect(),
        }
    }
}

/// Reads both sides as sets of the same kind.
///
/// Where one side is a set of addresses, AS numbers or texts, text on the other is read as
/// such. With `resources`, text on both sides is read as resources where that works.
/// `None` if the left is absent or the sides are of different kinds.
pub fn both(left: &Look<'_>, right: &Members, resources: bool) -> Option<(Members, Members)> {
    let left = Members::of_look(left)?;
    let addresses = || {
        Some((
            Members::Addresses(left.addresses()?),
            Members::Addresses(right.addresses()?),
        ))
    };
    let asns = || Some((Members::Asns(left.asns()?), Members::Asns(right.asns()?)));
    match (&left, right) {
        (Members::Addresses(_), _) | (_, Members::Addresses(_)) => addresses(),
        (Members::Asns(_), _) | (_, Members::Asns(_)) => asns(),
        (Members::Texts(_), _) | (_, Members::Texts(_)) => Some((
            Members::Texts(left.texts()?),
            Members::Texts(right.texts()?),
        )),
        (Members::Items(_), Members::Items(_)) if resources => addresses().or_else(asns),
        (Members::Items(_), Members::Items(_)) => Some((left.clone(), right.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_beside_addresses_is_read_as_addresses() {
        let held = Value::Addresses("192.0.2.0/24".parse().unwrap());
        let held = Look::One(Thing::of(&held).unwrap(), None);
        let asked = Members::of(&Value::text("192.0.2.128/25"));
        let (left, right) = both(&held, &asked, false).unwrap();
        assert!(right.minus(&left).unwrap().is_empty());
        let no_prefix = Members::of(&Value::text("active"));
        assert!(both(&held, &no_prefix, false).is_none());
    }

    #[test]
    fn a_large_set_stands_beside_lists_of_texts_and_other_sets() {
        let set = |from: u32, to: u32| TextSet::of((from..to).map(|number| format!("{number:06}")));
        let held = Value::Set(set(0, 50_000));
        assert!(json_of(&held).is_object());
        let held = Look::One(Thing::of(&held).unwrap(), None);
        let listed = Members::Items(vec![json!("000007"), json!("050000")]);
        let (left, right) = both(&held, &listed, false).unwrap();
        assert_eq!(right.minus(&left).unwrap().words(), "1 text: `050000`");
        let other = Members::of(&Value::Set(set(10, 50_010)));
        let (left, right) = both(&held, &other, false).unwrap();
        let (here, there) = (left.minus(&right).unwrap(), right.minus(&left).unwrap());
        assert_eq!((here.weight(), there.weight()), (10.0, 10.0));
        assert_eq!(left.union(&right).unwrap().weight(), 50_010.0);
        assert!(there.words().starts_with("10 texts: `050000`, `050001`"));
        let numbers = Members::Items(vec![json!(7)]);
        assert!(both(&held, &numbers, false).is_none());
    }

    #[test]
    fn lists_are_sets_of_items() {
        let list = json!(["a", "b"]);
        let list = Look::One(Thing::Json(&list), None);
        let wanted = Members::Items(vec![json!("b"), json!("c")]);
        let (left, right) = both(&list, &wanted, false).unwrap();
        assert_eq!(right.minus(&left).unwrap().words(), "[`c`]");
        assert_eq!(right.intersect(&left).unwrap().words(), "[`b`]");
    }
}
