//! Matchers over the items of a list or the nodes of a selector.

use std::cmp::Ordering;
use std::collections::HashMap;

use serde_json::Value as JsonValue;

use super::look::{self, Look, Thing};
use super::matcher::{MAX_PLACES, Scope, Seen, Stop, equals, hold, order_beside};
use super::words;
use super::words::put;
use crate::fact::{Json, TextSet, Value};
use crate::scenario::model::{CountBounds, Matcher};

/// The items that are looked at, with what is needed to name one.
struct Items<'l> {
    things: Vec<Thing<'l>>,
    look: &'l Look<'l>,
}

impl<'l> Items<'l> {
    /// Returns the items of a list, the values of an object, or the nodes; `None` for anything else.
    fn of(look: &'l Look<'_>) -> Option<Self> {
        let things = match look {
            Look::Absent => return None,
            Look::One(thing, _) => thing.items()?,
            Look::Nodes(nodes) => nodes.iter().map(|(_, node)| Thing::Json(node)).collect(),
        };
        Some(Self { things, look })
    }

    /// Returns the JSON Pointer of an item; `None` for items of no document.
    fn pointer(&self, index: usize) -> Option<String> {
        match self.look {
            Look::Absent | Look::One(_, None) => None,
            Look::One(thing, Some(pointer)) => Some(format!("{pointer}/{}", thing.step(index))),
            Look::Nodes(nodes) => nodes.get(index).map(|(pointer, _)| pointer.clone()),
        }
    }

    /// Returns an item as a thing to be looked at.
    fn look<'s>(&'s self, index: usize, thing: &Thing<'s>) -> Look<'s> {
        Look::One(thing.clone(), self.pointer(index))
    }

    fn len(&self) -> u64 {
        u64::try_from(self.things.len()).unwrap_or(u64::MAX)
    }
}

/// `contains` and `contains_all`: every value is a part of the text, or an item of the list.
pub(super) fn contains(look: &Look<'_>, wanted: &[Value]) -> Seen {
    let missing: Vec<String> = wanted
        .iter()
        .filter(|value| !has(look, value))
        .map(words::value)
        .collect();
    if missing.is_empty() {
        Seen::AsExpected
    } else if wanted.len() == 1 || matches!(look, Look::Absent) {
        Seen::Otherwise
    } else {
        Seen::Words(words::shortened(format!(
            "{}; missing: {}",
            look.words(),
            words::joined(&missing)
        )))
    }
}

/// `contains_none`: no value is a part of the text, or an item of the list.
pub(super) fn contains_none(look: &Look<'_>, unwanted: &[Value]) -> Seen {
    let there: Vec<String> = unwanted
        .iter()
        .filter(|value| has(look, value))
        .map(words::value)
        .collect();
    if there.is_empty() {
        Seen::AsExpected
    } else {
        Seen::Words(words::shortened(format!(
            "{} in {}",
            words::joined(&there),
            look.words()
        )))
    }
}

/// Returns the large set that is looked at; `None` for anything else.
fn set_of<'l>(look: &'l Look<'_>) -> Option<&'l TextSet> {
    match look {
        Look::One(Thing::Fact(value), _) if let Value::Set(set) = value.as_ref() => Some(set),
        Look::Absent | Look::One(..) | Look::Nodes(_) => None,
    }
}

fn has(look: &Look<'_>, value: &Value) -> bool {
    if let (Some(set), Value::Text(text)) = (set_of(look), value) {
        return set.contains(text);
    }
    if let Look::One(thing, _) = look {
        if let (Some(text), Value::Text(part)) = (thing.text(), value) {
            return text.contains(part.as_ref());
        }
        // An object contains the names of its members.
        if let (Thing::Json(JsonValue::Object(members)), Value::Text(name)) = (thing, value) {
            return members.contains_key(name.as_ref());
        }
    }
    Items::of(look).is_some_and(|items| items.things.iter().any(|item| equals(item, value)))
}

/// `count`: the number of items is within bounds.
pub(super) fn count(look: &Look<'_>, bounds: &CountBounds) -> Seen {
    let Some(items) = Items::of(look) else {
        return Seen::Otherwise;
    };
    let number = set_of(look).map_or_else(
        || items.len(),
        |set| u64::try_from(set.len()).unwrap_or(u64::MAX),
    );
    let within = bounds.min.is_none_or(|min| number >= min)
        && bounds.max.is_none_or(|max| number <= max)
        && bounds.equals.is_none_or(|equals| number == equals);
    if within {
        Seen::AsExpected
    } else if number == 0 {
        Seen::Words("none".to_owned())
    } else {
        Seen::Words(words::shortened(format!("{number}: {}", shown(&items))))
    }
}

/// Returns the items in words.
fn shown(items: &Items<'_>) -> String {
    words::list(items.things.iter().map(Thing::words))
}

/// `each`: every item holds.
pub(super) fn each(look: &Look<'_>, inner: &[Matcher], scope: &dyn Scope) -> Result<Seen, Stop> {
    let Some(items) = Items::of(look) else {
        return Ok(Seen::Otherwise);
    };
    let mut places = Vec::new();
    let mut count = 0;
    let mut first = String::new();
    for (index, thing) in items.things.iter().enumerate() {
        let item = items.look(index, thing);
        for matcher in inner {
            match hold(matcher, &item, scope) {
                Ok(()) => {}
                Err(Stop::Mismatch(mismatch)) => {
                    count += 1;
                    if first.is_empty() {
                        first.clone_from(&mismatch.seen);
                    }
                    if places.len() < MAX_PLACES
                        && let Some(pointer) = items.pointer(index)
                    {
                        places.push((pointer, mismatch.seen));
                    }
                    break;
                }
                Err(ended @ Stop::Ended(_)) => return Err(ended),
            }
        }
    }
    Ok(if count == 0 {
        Seen::AsExpected
    } else {
        let seen = match (count, items.len()) {
            (_, 1) => first,
            (wrong, all) => format!("{wrong} of {all} otherwise, the first {first}"),
        };
        Seen::At(places, count, words::shortened(seen))
    })
}

/// Returns the indexes of the items that hold.
fn holding(items: &Items<'_>, inner: &[Matcher], scope: &dyn Scope) -> Result<Vec<usize>, Stop> {
    let mut found = Vec::new();
    'items: for (index, thing) in items.things.iter().enumerate() {
        let item = items.look(index, thing);
        for matcher in inner {
            match hold(matcher, &item, scope) {
                Ok(()) => {}
                Err(Stop::Mismatch(_)) => continue 'items,
                Err(ended @ Stop::Ended(_)) => return Err(ended),
            }
        }
        found.push(index);
    }
    Ok(found)
}

/// `any`: some item holds.
pub(super) fn any(look: &Look<'_>, inner: &[Matcher], scope: &dyn Scope) -> Result<Seen, Stop> {
    let Some(items) = Items::of(look) else {
        return Ok(Seen::Otherwise);
    };
    if !holding(&items, inner, scope)?.is_empty() {
        return Ok(Seen::AsExpected);
    }
    Ok(match items.len() {
        0 => Seen::Words("none".to_owned()),
        number => Seen::Words(words::shortened(format!(
            "none of {number}: {}",
            shown(&items)
        ))),
    })
}

/// `none`: no item holds.
pub(super) fn none(look: &Look<'_>, inner: &[Matcher], scope: &dyn Scope) -> Result<Seen, Stop> {
    let Some(items) = Items::of(look) else {
        return Ok(Seen::Otherwise);
    };
    let found = holding(&items, inner, scope)?;
    Ok(at(&items, &found))
}

/// Reports the items with these indexes as wrong; none is as expected.
fn at(items: &Items<'_>, wrong: &[usize]) -> Seen {
    if wrong.is_empty() {
        return Seen::AsExpected;
    }
    let words_of = |index: usize| items.things.get(index).map_or(String::new(), Thing::words);
    let places = wrong
        .iter()
        .take(MAX_PLACES)
        .filter_map(|index| Some((items.pointer(*index)?, words_of(*index))))
        .collect();
    let seen = words::joined(
        &wrong
            .iter()
            .take(5)
            .map(|i| words_of(*i))
            .collect::<Vec<_>>(),
    );
    let count = u64::try_from(wrong.len()).unwrap_or(u64::MAX);
    Seen::At(places, count, words::shortened(seen))
}

/// `unique`: no two items are equal, or some are.
pub(super) fn unique(look: &Look<'_>, wanted: bool) -> Seen {
    let Some(items) = Items::of(look) else {
        return Seen::Otherwise;
    };
    let mut known: HashMap<String, usize> = HashMap::new();
    let twice: Vec<usize> = items
        .things
        .iter()
        .enumerate()
        .filter(|(index, thing)| known.insert(canonical(&thing.to_json()), *index).is_some())
        .map(|(index, _)| index)
        .collect();
    match (wanted, twice.is_empty()) {
        (true, true) | (false, false) => Seen::AsExpected,
        (true, false) => match at(&items, &twice) {
            Seen::At(places, count, seen) => {
                Seen::At(places, count, format!("{seen} more than once"))
            }
            other @ (Seen::AsExpected | Seen::Otherwise | Seen::Words(_)) => other,
        },
        (false, true) => Seen::Otherwise,
    }
}

/// Returns a text that is the same for equal JSON values, whatever the order of members.
pub fn canonical(value: &JsonValue) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &JsonValue, text: &mut String) {
    match value {
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::String(_) => {
            text.push_str(&value.to_string());
        }
        JsonValue::Number(number) => match number.as_f64() {
            // 1 and 1.0 are the same number.
            Some(real) if !number.is_i64() && !number.is_u64() && real.fract() == 0.0 => {
                put!(text, "{real:.0}");
            }
            Some(_) | None => text.push_str(&number.to_string()),
        },
        JsonValue::Array(items) => {
            text.push('[');
            for item in items {
                write_canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        JsonValue::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            text.push('{');
            for (name, member) in members {
                text.push_str(&JsonValue::from(name.as_str()).to_string());
                text.push(':');
                write_canonical(member, text);
                text.push(',');
            }
            text.push('}');
        }
    }
}

/// `sorted`: items are in ascending order, or not.
pub(super) fn sorted(look: &Look<'_>, wanted: bool) -> Seen {
    let Some(items) = Items::of(look) else {
        return Seen::Otherwise;
    };
    let mut wrong = Vec::new();
    for (index, pair) in items.things.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        if order(before, after) == Some(Ordering::Greater) {
            wrong.push(index + 1);
        }
    }
    match (wanted, wrong.is_empty()) {
        (true, true) | (false, false) => Seen::AsExpected,
        (true, false) => match at(&items, &wrong) {
            Seen::At(places, count, seen) => {
                Seen::At(places, count, format!("{seen} after a larger one"))
            }
            other @ (Seen::AsExpected | Seen::Otherwise | Seen::Words(_)) => other,
        },
        (false, true) => Seen::Otherwise,
    }
}

/// Returns the order of two items: as times where both are, as numbers, as text.
fn order(before: &Thing<'_>, after: &Thing<'_>) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (before.text(), after.text()) {
        let times = look::time(a).zip(look::time(b));
        return Some(times.map_or_else(|| a.cmp(b), |(a, b)| a.cmp(&b)));
    }
    let after = Value::Json(Json::new(after.to_json().into_owned()));
    order_beside(before, &after)
}

/// `empty`: nothing is in it, or something.
pub(super) fn empty(look: &Look<'_>, wanted: bool) -> Seen {
    let is_empty = match look {
        Look::Absent => return Seen::Otherwise,
        Look::Nodes(nodes) => nodes.is_empty(),
        Look::One(Thing::Fact(value), _) => match value.as_ref() {
            Value::Text(text) => text.is_empty(),
            Value::Texts(texts) => texts.is_empty(),
            Value::Records(records) => records.is_empty(),
            Value::Addresses(set) => set.is_empty(),
            Value::Asns(set) => set.count() == 0,
            Value::Set(set) => set.is_empty(),
            Value::Flag(_)
            | Value::Count(_)
            | Value::Ratio(_)
            | Value::Bytes(_)
            | Value::Duration(_)
            | Value::Time(_)
            | Value::Json(_)
            | Value::Distribution(_) => return Seen::Otherwise,
        },
        Look::One(thing, _) => match thing.text() {
            Some(text) => text.is_empty(),
            None => match thing.items() {
                Some(items) => items.is_empty(),
                None => return Seen::Otherwise,
            },
        },
    };
    (is_empty == wanted).into()
}
