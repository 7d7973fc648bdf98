//! Rules over numbers: ratios, distances and order.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Value as JsonValue;

use super::rule::{Holder, Ruling, names, values};
use crate::fact::{Json, Value};
use crate::judge::look::{json_of, time};
use crate::judge::quantity::{Number, Quantity};
use crate::judge::words;
use crate::scenario::model::Reference;

/// Reads all values as numbers of one unit.
fn quantities<'a>(holders: &[Holder<'a>]) -> Result<Vec<(Holder<'a>, Number)>, Ruling> {
    let mut unit = None;
    let mut numbers = Vec::with_capacity(holders.len());
    for holder in holders {
        let Some(quantity) = Quantity::of(holder.value) else {
            let kind = holder.value.kind().words();
            return Err(Ruling::incomparable(format!(
                "the value of {} is {kind}, not a number",
                holder.name
            )));
        };
        if *unit.get_or_insert(quantity.unit) != quantity.unit {
            return Err(Ruling::incomparable("the values have different units"));
        }
        numbers.push((*holder, quantity.number));
    }
    Ok(numbers)
}

pub(super) fn within_ratio(holders: &[Holder<'_>], ratio: f64) -> Ruling {
    let mut numbers = match quantities(holders) {
        Ok(numbers) => numbers,
        Err(ruling) => return ruling,
    };
    numbers.sort_by(|(_, a), (_, b)| a.order(*b));
    let (Some((low_holder, low)), Some((high_holder, high))) = (numbers.first(), numbers.last())
    else {
        return Ruling::held();
    };
    let exceeds = |a: Number, b: Number| {
        let (a, b) = (a.as_f64(), b.as_f64());
        let (low, high) = (a.min(b), a.max(b));
        // A ratio to nothing is beyond any bound, unless both are nothing.
        high > low * ratio && !(high == 0.0 && low == 0.0)
    };
    if !exceeds(*low, *high) {
        return Ruling::held();
    }
    let median = median(&numbers);
    let mut apart: Vec<String> = numbers
        .iter()
        .filter(|(_, number)| median.is_some_and(|median| exceeds(*number, median)))
        .map(|(holder, _)| holder.name.to_owned())
        .collect();
    if apart.is_empty() {
        apart = vec![low_holder.name.to_owned(), high_holder.name.to_owned()];
    }
    Ruling::broken(
        format!(
            "{}; expected at most {ratio} times the smallest",
            values(&[*low_holder, *high_holder])
        ),
        apart,
        true,
    )
}

/// Returns the median of numbers in order; between the two middle ones for an even number.
fn median(sorted: &[(Holder<'_>, Number)]) -> Option<Number> {
    let upper = sorted.get(sorted.len() / 2)?.1;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = sorted.get(sorted.len() / 2 - 1)?.1;
    Some(match (lower, upper) {
        (Number::Whole(a), Number::Whole(b)) => Number::Whole(a + (b - a) / 2),
        (a, b) => Number::Real(f64::midpoint(a.as_f64(), b.as_f64())),
    })
}

pub(super) fn within_abs(holders: &[Holder<'_>], abs: &Value, reference: &Reference) -> Ruling {
    let mut numbers = match quantities(holders) {
        Ok(numbers) => numbers,
        Err(ruling) => return ruling,
    };
    numbers.sort_by(|(a, x), (b, y)| x.order(*y).then_with(|| a.name.cmp(b.name)));
    let Some(bound) = Quantity::of(abs) else {
        return Ruling::incomparable("the distance is not a number");
    };
    let (middle, what) = match reference {
        Reference::Median => (median(&numbers), "the median".to_owned()),
        Reference::Participant(id) => (
            numbers
                .iter()
                .find(|(h, _)| h.name == id.as_str())
                .map(|(_, n)| *n),
            format!("{id}"),
        ),
        Reference::Constant(value) => (Quantity::of(value).map(|q| q.number), words::value(value)),
    };
    let Some(middle) = middle else {
        return Ruling::incomparable(format!("{what} has no value to compare with"));
    };
    let wrong: Vec<Holder<'_>> = numbers
        .iter()
        .filter(|(_, number)| number.distance(middle).order(bound.number) == Ordering::Greater)
        .map(|(holder, _)| *holder)
        .collect();
    if wrong.is_empty() {
        return Ruling::held();
    }
    let proven = !matches!(reference, Reference::Median);
    Ruling::broken(
        format!(
            "{}; expected within {} of {what}",
            values(&wrong),
            words::value(abs)
        ),
        names(&wrong),
        proven,
    )
}

pub(super) fn ordered(
    holders: &[Holder<'_>],
    sequence: &[String],
    max_gap: Option<&Value>,
) -> Ruling {
    let is_among_participants = sequence
        .iter()
        .any(|name| holders.iter().any(|h| h.name == name));
    if is_among_participants {
        let steps: Vec<(String, Option<Value>)> = sequence
            .iter()
            .map(|name| {
                let held = holders
                    .iter()
                    .find(|h| h.name == name)
                    .map(|h| h.value.clone());
                (name.clone(), held)
            })
            .collect();
        return match out_of_order(&steps, max_gap) {
            None => Ruling::held(),
            Some((violator, message)) => Ruling::broken(message, [violator], true),
        };
    }
    let mut wrong = BTreeSet::new();
    let mut messages = Vec::new();
    for holder in holders {
        let JsonValue::Object(members) = json_of(holder.value) else {
            return Ruling::incomparable(format!(
                "the value of {} has no named parts",
                holder.name
            ));
        };
        let steps: Vec<(String, Option<Value>)> = sequence
            .iter()
            .map(|name| {
                let member = members.get(name).cloned();
                (name.clone(), member.map(|m| Value::Json(Json::new(m))))
            })
            .collect();
        if let Some((_, message)) = out_of_order(&steps, max_gap) {
            messages.push(format!("{}: {message}", holder.name));
            wrong.insert(holder.name.to_owned());
        }
    }
    if wrong.is_empty() {
        Ruling::held()
    } else {
        Ruling::broken(messages.join("; "), wrong, true)
    }
}

/// Finds the first step that is before the one it should follow, or too far after it; absent steps are left out.
fn out_of_order(
    steps: &[(String, Option<Value>)],
    max_gap: Option<&Value>,
) -> Option<(String, String)> {
    let known: Vec<(&str, &Value, Number)> = steps
        .iter()
        .filter_map(|(name, value)| {
            let value = value.as_ref()?;
            let number = Quantity::of(value).map(|q| q.number).or_else(|| {
                let json = json_of(value);
                let time = time(json.as_str()?)?;
                Some(Quantity::time(time).number)
            })?;
            Some((name.as_str(), value, number))
        })
        .collect();
    for pair in known.windows(2) {
        let [(before, earlier, low), (after, later, high)] = pair else {
            continue;
        };
        if high.order(*low) == Ordering::Less {
            let message = format!(
                "{after} {} is before {before} {}",
                words::value(later),
                words::value(earlier)
            );
            return Some(((*after).to_owned(), message));
        }
        let gap = max_gap.and_then(Quantity::of);
        if gap.is_some_and(|gap| high.distance(*low).order(gap.number) == Ordering::Greater) {
            let message = format!(
                "{after} {} is more than {} after {before} {}",
                words::value(later),
                max_gap.map_or_else(String::new, words::value),
                words::value(earlier)
            );
            return Some(((*after).to_owned(), message));
        }
    }
    None
}
