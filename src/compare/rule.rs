//! The rules of comparison: what holds of values, and who breaks it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as JsonValue;

use super::numbers::{ordered, within_abs, within_ratio};
use super::sets::{claimed, disjoint, subset_of_common, union_covers};
use crate::fact::Value;
use crate::judge::look::{escape, json_of};
use crate::judge::quantity::Quantity;
use crate::judge::sets::Members;
use crate::judge::{canonical, words};
use crate::scenario::model::{CompareRule, Tolerance};

/// A participant that has a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holder<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a Value,
}

/// What a rule says of some values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ruling {
    /// Whether it holds; `None` if the values cannot be compared.
    pub(super) holds: Option<bool>,
    /// Who breaks it, or differs where it holds; empty if it is nobody's in particular.
    pub(super) apart: BTreeSet<String>,
    /// Whether a further value could not mend it.
    pub(super) proven: bool,
    /// What differs, in words.
    pub(super) message: String,
}

impl Ruling {
    pub(super) fn held() -> Self {
        Self {
            holds: Some(true),
            ..Self::default()
        }
    }

    pub(super) fn broken(
        message: String,
        apart: impl IntoIterator<Item = String>,
        proven: bool,
    ) -> Self {
        Self {
            holds: Some(false),
            apart: apart.into_iter().collect(),
            proven,
            message: words::shortened(message),
        }
    }

    pub(super) fn incomparable(message: impl Into<String>) -> Self {
        Self {
            holds: None,
            message: message.into(),
            ..Self::default()
        }
    }
}

/// Applies a rule to values, ordered by the names of their holders.
///
/// `set` is the set of `union_covers`; it is not looked at for other rules.
pub(super) fn rule(
    rule: &CompareRule,
    holders: &[Holder<'_>],
    tolerance: Option<&Tolerance>,
    set: Option<&Members>,
) -> Ruling {
    match rule {
        CompareRule::Equal => equal(holders, tolerance),
        CompareRule::OneOf(list) => one_of(holders, list),
        CompareRule::WithinRatio(ratio) => within_ratio(holders, *ratio),
        CompareRule::WithinAbs { abs, reference } => within_abs(holders, abs, reference),
        CompareRule::Ordered { sequence, max_gap } => ordered(holders, sequence, max_gap.as_ref()),
        CompareRule::Disjoint => disjoint(holders),
        CompareRule::ExactlyOne => claimed(holders, true),
        CompareRule::AtMostOne => claimed(holders, false),
        CompareRule::Quorum { agree, of } => quorum(holders, *agree, *of, tolerance),
        CompareRule::SubsetOfCommon => subset_of_common(holders),
        CompareRule::UnionCovers { .. } => union_covers(holders, set),
        CompareRule::Report => Ruling::held(),
    }
}

/// Groups of equal values, the largest first, then by the first name; names are in order.
pub(super) fn groups<'a>(holders: &[Holder<'a>]) -> Vec<Vec<Holder<'a>>> {
    let mut by_value: BTreeMap<String, Vec<Holder<'a>>> = BTreeMap::new();
    for holder in holders {
        by_value
            .entry(canonical(&json_of(holder.value)))
            .or_default()
            .push(*holder);
    }
    let mut groups: Vec<Vec<Holder<'a>>> = by_value.into_values().collect();
    for group in &mut groups {
        group.sort_by_key(|holder| holder.name);
    }
    groups.sort_by(|a, b| {
        let first = |group: &[Holder<'a>]| group.first().map(|holder| holder.name);
        b.len().cmp(&a.len()).then_with(|| first(a).cmp(&first(b)))
    });
    groups
}

/// Says whether two values are equal within a tolerance.
fn is_equal(a: &Value, b: &Value, tolerance: Option<&Tolerance>) -> bool {
    if canonical(&json_of(a)) == canonical(&json_of(b)) {
        return true;
    }
    let Some(tolerance) = tolerance else {
        return false;
    };
    let near = tolerance.absolute.as_ref().is_some_and(|bound| {
        match (Quantity::of(a), Quantity::of(b), Quantity::of(bound)) {
            (Some(a), Some(b), Some(bound)) if a.unit == b.unit => {
                a.number.distance(b.number).order(bound.number) != Ordering::Greater
            }
            (None | Some(_), _, _) => false,
        }
    });
    let alike = tolerance.symmetric_difference.is_some_and(|share| {
        let (a, b) = (Members::of(a), Members::of(b));
        let apart = a
            .minus(&b)
            .zip(b.minus(&a))
            .map(|(a, b)| a.weight() + b.weight());
        match (apart, a.union(&b)) {
            (Some(apart), Some(all)) => apart <= share * all.weight(),
            (None | Some(_), None) | (None, Some(_)) => false,
        }
    });
    near || alike
}

/// Splits holders into those near the value of the largest group, and the others.
fn apart_from_largest(
    holders: &[Holder<'_>],
    tolerance: Option<&Tolerance>,
) -> (usize, BTreeSet<String>, bool) {
    let groups = groups(holders);
    let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
    let Some(reference) = groups.first().and_then(|group| group.first()) else {
        return (0, BTreeSet::new(), false);
    };
    let apart: BTreeSet<String> = holders
        .iter()
        .filter(|holder| !is_equal(holder.value, reference.value, tolerance))
        .map(|holder| holder.name.to_owned())
        .collect();
    let is_tied = matches!(sizes.as_slice(), [first, second, ..] if first == second);
    (holders.len() - apart.len(), apart, is_tied)
}

fn equal(holders: &[Holder<'_>], tolerance: Option<&Tolerance>) -> Ruling {
    let (_, apart, is_tied) = apart_from_largest(holders, tolerance);
    if apart.is_empty() {
        return Ruling::held();
    }
    let groups = groups(holders);
    let message = match differences(&groups) {
        Some(places) => format!("{} different values; they differ at {places}", groups.len()),
        None => format!("{} different values", groups.len()),
    };
    // With two largest groups nobody can say who stands apart.
    Ruling::broken(message, if is_tied { BTreeSet::new() } else { apart }, true)
}

/// Names the first places where the documents of the first two groups differ; `None` for scalars.
fn differences(groups: &[Vec<Holder<'_>>]) -> Option<String> {
    const SHOWN: usize = 5;
    let reference = json_of(groups.first()?.first()?.value);
    if !reference.is_object() && !reference.is_array() {
        return None;
    }
    let mut places = BTreeSet::new();
    for group in groups.iter().skip(1) {
        let other = json_of(group.first()?.value);
        pointers(&reference, &other, &mut String::new(), &mut places);
    }
    places.remove("");
    let all = places.len();
    let mut shown: Vec<String> = places
        .iter()
        .take(SHOWN)
        .map(|p| words::quoted(p))
        .collect();
    if shown.is_empty() {
        return None;
    }
    if all > SHOWN {
        shown.push(words::counted(all - SHOWN, "more place"));
    }
    Some(words::joined(&shown))
}

/// Collects the pointers of the deepest values that differ; lists of different members count as one place.
fn pointers(a: &JsonValue, b: &JsonValue, at: &mut String, found: &mut BTreeSet<String>) {
    match (a, b) {
        (JsonValue::Object(x), JsonValue::Object(y)) => {
            let names: BTreeSet<&String> = x.keys().chain(y.keys()).collect();
            for name in names {
                let length = at.len();
                at.push('/');
                at.push_str(&escape(name));
                match (x.get(name), y.get(name)) {
                    (Some(x), Some(y)) => pointers(x, y, at, found),
                    (None | Some(_), _) => {
                        found.insert(at.clone());
                    }
                }
                at.truncate(length);
            }
        }
        _ if canonical(a) == canonical(b) => {}
        _ => {
            found.insert(at.clone());
        }
    }
}

fn one_of(holders: &[Holder<'_>], list: &[JsonValue]) -> Ruling {
    let wrong: Vec<Holder<'_>> = holders
        .iter()
        .filter(|holder| {
            !list
                .iter()
                .any(|item| canonical(item) == canonical(&json_of(holder.value)))
        })
        .copied()
        .collect();
    if wrong.is_empty() {
        return Ruling::held();
    }
    let expected: Vec<String> = list.iter().map(words::json).collect();
    Ruling::broken(
        format!("{} not {}", values(&wrong), words::either(&expected)),
        names(&wrong),
        true,
    )
}

/// Lists holders with their values.
pub(super) fn values(holders: &[Holder<'_>]) -> String {
    let each: Vec<String> = holders
        .iter()
        .map(|holder| format!("{} has {}", holder.name, words::value(holder.value)))
        .collect();
    words::joined(&each)
}

pub(super) fn names(holders: &[Holder<'_>]) -> Vec<String> {
    holders
        .iter()
        .map(|holder| holder.name.to_owned())
        .collect()
}

fn quorum(
    holders: &[Holder<'_>],
    agree: u64,
    of: Option<u64>,
    tolerance: Option<&Tolerance>,
) -> Ruling {
    let have = u64::try_from(holders.len()).unwrap_or(u64::MAX);
    let (agreeing, apart, is_tied) = apart_from_largest(holders, tolerance);
    let agreeing = u64::try_from(agreeing).unwrap_or(u64::MAX);
    if agreeing >= agree {
        return Ruling {
            apart,
            ..Ruling::held()
        };
    }
    let needed = of.map_or_else(|| agree.to_string(), |of| format!("{agree} of {of}"));
    // Those who are still missing could complete the quorum.
    Ruling::broken(
        format!("{agreeing} of {have} agree; expected at least {needed}"),
        if is_tied { BTreeSet::new() } else { apart },
        false,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::Reference;
    use proptest::prelude::*;

    const NAMES: [&str; 5] = ["afrinic", "apnic", "arin", "lacnic", "ripe-ncc"];

    fn rules() -> Vec<CompareRule> {
        vec![
            CompareRule::Equal,
            CompareRule::OneOf(vec![JsonValue::from(1), JsonValue::from(2)]),
            CompareRule::WithinRatio(1.5),
            CompareRule::WithinAbs {
                abs: Value::Count(1),
                reference: Reference::Median,
            },
            CompareRule::Ordered {
                sequence: NAMES.iter().map(|n| (*n).to_owned()).collect(),
                max_gap: Some(Value::Count(2)),
            },
            CompareRule::Disjoint,
            CompareRule::Quorum { agree: 3, of: None },
            CompareRule::SubsetOfCommon,
            CompareRule::ExactlyOne,
            CompareRule::AtMostOne,
            CompareRule::Report,
        ]
    }

    proptest! {
        #[test]
        fn the_order_of_participants_never_matters(
            values in proptest::collection::vec(0_i64..4, 1..6),
            order in Just((0..5_usize).collect::<Vec<_>>()).prop_shuffle(),
            flags in any::<bool>(),
        ) {
            let values: Vec<Value> = values
                .into_iter()
                .map(|v| if flags { Value::Flag(v == 1) } else { Value::Count(v) })
                .collect();
            let holders: Vec<Holder<'_>> = values
                .iter()
                .zip(NAMES)
                .map(|(value, name)| Holder { name, value })
                .collect();
            let shuffled: Vec<Holder<'_>> =
                order.iter().filter_map(|at| holders.get(*at).copied()).collect();
            let named = |groups: Vec<Vec<Holder<'_>>>| -> Vec<Vec<String>> {
                groups.iter().map(|group| names(group)).collect()
            };
            prop_assert_eq!(named(groups(&holders)), named(groups(&shuffled)));
            for compare_rule in rules() {
                let (a, b) = (
                    rule(&compare_rule, &holders, None, None),
                    rule(&compare_rule, &shuffled, None, None),
                );
                prop_assert_eq!(a.holds, b.holds);
                prop_assert_eq!(a.apart, b.apart);
            }
        }
    }

    #[test]
    fn a_tolerance_makes_near_values_equal() {
        let values = [Value::Bytes(1000), Value::Bytes(1010), Value::Bytes(1000)];
        let holders: Vec<Holder<'_>> = values
            .iter()
            .zip(NAMES)
            .map(|(value, name)| Holder { name, value })
            .collect();
        let within = |octets| Tolerance {
            symmetric_difference: None,
            absolute: Some(Value::Bytes(octets)),
        };
        let ruled = |tolerance: &Tolerance| {
            rule(&CompareRule::Equal, &holders, Some(tolerance), None).holds
        };
        assert_eq!(ruled(&within(10)), Some(true));
        assert_eq!(ruled(&within(9)), Some(false));
    }

    #[test]
    fn sets_may_differ_by_a_share() {
        let big: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let list =
            |items: &[String]| Value::Texts(items.iter().map(|t| t.as_str().into()).collect());
        let values = [list(&big), list(&big[..99])];
        let holders: Vec<Holder<'_>> = values
            .iter()
            .zip(NAMES)
            .map(|(value, name)| Holder { name, value })
            .collect();
        let share = |share| Tolerance {
            symmetric_difference: Some(share),
            absolute: None,
        };
        let ruled = |tolerance: &Tolerance| {
            rule(&CompareRule::Equal, &holders, Some(tolerance), None).holds
        };
        assert_eq!(ruled(&share(0.01)), Some(true));
        assert_eq!(ruled(&share(0.005)), Some(false));
    }

    #[test]
    fn different_units_are_not_compared() {
        let values = [Value::Bytes(1), Value::Count(1)];
        let holders: Vec<Holder<'_>> = values
            .iter()
            .zip(NAMES)
            .map(|(value, name)| Holder { name, value })
            .collect();
        assert_eq!(
            rule(&CompareRule::WithinRatio(2.0), &holders, None, None).holds,
            None
        );
    }
}
