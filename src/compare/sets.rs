//! Rules over sets and claims: disjointness, what is common, what is covered, who claims.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as JsonValue;

use super::rule::{Holder, Ruling, names};
use crate::judge::look::{Look, Thing, json_of};
use crate::judge::sets::{Members, both};
use crate::judge::{canonical, words};

pub(super) fn disjoint(holders: &[Holder<'_>]) -> Ruling {
    let mut apart = BTreeSet::new();
    let mut messages = Vec::new();
    for (index, a) in holders.iter().enumerate() {
        for b in holders.iter().skip(index + 1) {
            let Some(thing) = Thing::of(a.value) else {
                continue;
            };
            let look = Look::One(thing, None);
            let Some((x, y)) = both(&look, &Members::of(b.value), true) else {
                return Ruling::incomparable(format!(
                    "{} and {} have different kinds of sets",
                    a.name, b.name
                ));
            };
            if let Some(common) = x.intersect(&y).filter(|common| !common.is_empty()) {
                messages.push(format!(
                    "{} and {} have {} in common",
                    a.name,
                    b.name,
                    common.words()
                ));
                apart.insert(a.name.to_owned());
                apart.insert(b.name.to_owned());
            }
        }
    }
    if apart.is_empty() {
        Ruling::held()
    } else {
        Ruling::broken(messages.join("; "), apart, true)
    }
}

pub(super) fn claimed(holders: &[Holder<'_>], needs_one: bool) -> Ruling {
    let mut claimants = Vec::new();
    for holder in holders {
        match json_of(holder.value) {
            JsonValue::Bool(true) => claimants.push(*holder),
            JsonValue::Bool(false) => {}
            JsonValue::Null
            | JsonValue::Number(_)
            | JsonValue::String(_)
            | JsonValue::Array(_)
            | JsonValue::Object(_) => {
                let kind = holder.value.kind().words();
                return Ruling::incomparable(format!(
                    "the value of {} is {kind}, not true or false",
                    holder.name
                ));
            }
        }
    }
    match claimants.as_slice() {
        [] if needs_one => Ruling::broken("nobody; expected exactly one".to_owned(), [], false),
        [] | [_] => Ruling::held(),
        [_, ..] => {
            let expected = if needs_one {
                "exactly one"
            } else {
                "at most one"
            };
            let who = names(&claimants);
            Ruling::broken(
                format!("{}; expected {expected}", words::joined(&who)),
                who,
                true,
            )
        }
    }
}

/// Common is what more than half of the participants have; everybody should have it.
pub(super) fn subset_of_common(holders: &[Holder<'_>]) -> Ruling {
    let mut counts: BTreeMap<String, (JsonValue, usize)> = BTreeMap::new();
    let mut lists: Vec<(Holder<'_>, BTreeSet<String>)> = Vec::new();
    for holder in holders {
        let items = match Members::of(holder.value) {
            Members::Items(items) => items,
            Members::Texts(set) if set.is_kept() => set.iter().map(JsonValue::from).collect(),
            Members::Texts(_) | Members::Addresses(_) | Members::Asns(_) => {
                return Ruling::incomparable(format!("the value of {} is no list", holder.name));
            }
        };
        let own: BTreeSet<String> = items
            .into_iter()
            .map(|item| {
                let key = canonical(&item);
                counts.entry(key.clone()).or_insert((item, 0));
                key
            })
            .collect();
        for key in &own {
            if let Some((_, count)) = counts.get_mut(key) {
                *count += 1;
            }
        }
        lists.push((*holder, own));
    }
    let common: Vec<(&String, &JsonValue)> = counts
        .iter()
        .filter(|(_, (_, count))| count * 2 > holders.len())
        .map(|(key, (item, _))| (key, item))
        .collect();
    let mut apart = BTreeSet::new();
    let mut messages = Vec::new();
    for (holder, own) in &lists {
        let missing: Vec<String> = common
            .iter()
            .filter(|(key, _)| !own.contains(*key))
            .map(|(_, item)| words::json(item))
            .collect();
        if !missing.is_empty() {
            messages.push(format!("{} lacks {}", holder.name, words::joined(&missing)));
            apart.insert(holder.name.to_owned());
        }
    }
    if apart.is_empty() {
        Ruling::held()
    } else {
        Ruling::broken(messages.join("; "), apart, false)
    }
}

pub(super) fn union_covers(holders: &[Holder<'_>], set: Option<&Members>) -> Ruling {
    let Some(set) = set else {
        return Ruling::incomparable("the set to cover has no value");
    };
    let mut rest = set.clone();
    for holder in holders {
        let Some(thing) = Thing::of(holder.value) else {
            continue;
        };
        let look = Look::One(thing, None);
        let Some((own, wanted)) = both(&look, &rest, true) else {
            return Ruling::incomparable(format!(
                "the value of {} is another kind of set",
                holder.name
            ));
        };
        match wanted.minus(&own) {
            Some(smaller) => rest = smaller,
            None => return Ruling::incomparable("the values are different kinds of sets"),
        }
    }
    if rest.is_empty() {
        Ruling::held()
    } else {
        Ruling::broken(format!("nobody covers {}", rest.words()), [], false)
    }
}
