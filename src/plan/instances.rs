//! Instances: the points of a scenario's matrix, with the labels that ids show.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as JsonValue;

use super::Instance;
use crate::scenario::model::Axis;

/// Most instances of one scenario at one registry; ours, the largest sweep that is planned for.
pub const MAX_INSTANCES: usize = 1_000_000;

/// Longest text of one value in a label, in characters; ours, so that ids stay readable.
const MAX_LABEL: usize = 80;

/// Says that a matrix has more instances than are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the matrix has more than {MAX_INSTANCES} instances")]
pub struct TooManyInstances;

/// Returns all combinations of the values of some axes, the last axis fastest.
///
/// `values` holds the values of each axis in the order of `axes`; an axis without
/// values leaves no instance, no axis leaves the one instance of a scenario without
/// a matrix.
///
/// # Errors
///
/// [`TooManyInstances`].
pub fn instances(
    axes: &[Axis],
    values: &[Vec<JsonValue>],
) -> Result<Vec<Instance>, TooManyInstances> {
    let count = values
        .iter()
        .try_fold(1_usize, |count, values| count.checked_mul(values.len()));
    if count.is_none_or(|count| count > MAX_INSTANCES) {
        return Err(TooManyInstances);
    }
    let labels: Vec<Vec<String>> = values.iter().map(|v| labels(v)).collect();
    let sampled = axes.iter().any(|axis| axis.values.is_sampled());
    let mut points: Vec<BTreeMap<&str, (&JsonValue, &str)>> = vec![BTreeMap::new()];
    for ((axis, values), labels) in axes.iter().zip(values).zip(&labels) {
        points = points
            .into_iter()
            .flat_map(|point| {
                values.iter().zip(labels).map(move |(value, label)| {
                    let mut point = point.clone();
                    point.insert(axis.name.as_str(), (value, label.as_str()));
                    point
                })
            })
            .collect();
    }
    Ok(points
        .into_iter()
        .map(|point| {
            let parts: Vec<String> = point
                .iter()
                .map(|(name, (_, label))| format!("{name}={label}"))
                .collect();
            Instance {
                values: point
                    .into_iter()
                    .map(|(name, (value, _))| (name.to_owned(), value.clone()))
                    .collect(),
                label: Arc::from(parts.join(",")),
                sampled,
            }
        })
        .collect())
}

/// Returns the labels of an axis' values; equal ones are told apart by `#2`, `#3` …
fn labels(values: &[JsonValue]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    values
        .iter()
        .map(|value| {
            let label = label(value);
            let count = seen.entry(label.clone()).or_default();
            *count += 1;
            match *count {
                1 => label,
                again => format!("{label}#{again}"),
            }
        })
        .collect()
}

/// Returns a value as ids show it: a scalar as it is, a record by its `label`, else by its first scalar.
fn label(value: &JsonValue) -> String {
    let scalar = |v: &&JsonValue| !v.is_object() && !v.is_array();
    let shown = match value.as_object() {
        Some(members) => {
            let named = members.get("label").filter(scalar);
            named.or_else(|| members.values().find(scalar))
        }
        None => Some(value),
    };
    let text = match shown {
        None => "{}".to_owned(),
        Some(JsonValue::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    // Brackets end a label in an id, and control characters stand in no line.
    text.chars()
        .take(MAX_LABEL)
        .map(|c| match c {
            '[' => '(',
            ']' => ')',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

/// Draws `count` items without replacement and returns them in the order of the list.
///
/// The same seed draws the same items of the same list, on every machine and in every
/// release; a list that is not longer is returned whole.
pub fn sample(items: Vec<JsonValue>, count: u64, seed: u64) -> Vec<JsonValue> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let length = items.len();
    if count >= length {
        return items;
    }
    // Floyd's algorithm: one draw for each item that is wanted.
    let mut random = SplitMix(seed);
    let mut drawn = std::collections::BTreeSet::new();
    for last in length - count..length {
        let candidate = random.below(last);
        if !drawn.insert(candidate) {
            drawn.insert(last);
        }
    }
    items
        .into_iter()
        .enumerate()
        .filter_map(|(index, item)| drawn.contains(&index).then_some(item))
        .collect()
}

/// The generator `SplitMix64` (Steele, Lea, Flood 2014): small, and the same for ever.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number from 0 to `last`; lists are far shorter than 2^64, so that the bias is nothing.
    fn below(&mut self, last: usize) -> usize {
        let bound = u64::try_from(last).unwrap_or(u64::MAX).saturating_add(1);
        usize::try_from(self.next() % bound).unwrap_or(last)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scenario::model::AxisValues;
    use crate::verdict::results::Place;

    fn axis(name: &str) -> Axis {
        Axis {
            name: name.to_owned(),
            values: AxisValues::Literal(Vec::new()),
            place: Place::default(),
        }
    }

    #[track_caller]
    fn check(axes: &[(&str, JsonValue)], expected: &[&str]) {
        let values: Vec<Vec<JsonValue>> = axes
            .iter()
            .map(|(_, v)| v.as_array().unwrap().clone())
            .collect();
        let axes: Vec<Axis> = axes.iter().map(|(name, _)| axis(name)).collect();
        let all = instances(&axes, &values).unwrap();
        let seen: Vec<&str> = all.iter().map(|i| i.label.as_ref()).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn instances_are_all_combinations_labelled_by_axis_name() {
        check(&[], &[""]);
        check(&[("a", json!([]))], &[]);
        check(
            &[("b", json!([1, true])), ("a", json!(["x", "y"]))],
            &["a=x,b=1", "a=y,b=1", "a=x,b=true", "a=y,b=true"],
        );
    }

    #[test]
    fn a_record_is_shown_by_its_label_or_its_first_scalar() {
        check(
            &[(
                "case",
                json!([{"prefix": "192.0.2.0/24", "to": "arin"}, {"n": [1], "label": "odd"}, {}, [1]]),
            )],
            &["case=192.0.2.0/24", "case=odd", "case={}", "case=(1)"],
        );
    }

    #[test]
    fn equal_labels_are_told_apart() {
        check(
            &[("a", json!(["x", "x", {"p": "x"}]))],
            &["a=x", "a=x#2", "a=x#3"],
        );
    }

    #[test]
    fn too_many_instances_are_refused_before_they_are_made() {
        let values = vec![JsonValue::Null; 1_001];
        let axes = [axis("a"), axis("b")];
        assert_eq!(
            instances(&axes, &[values.clone(), values]),
            Err(TooManyInstances)
        );
    }

    #[test]
    fn a_seed_draws_the_same_items_for_ever() {
        let list: Vec<JsonValue> = (0..100).map(JsonValue::from).collect();
        let drawn = sample(list.clone(), 5, 42);
        assert_eq!(drawn, sample(list.clone(), 5, 42));
        assert_eq!(serde_json::to_string(&drawn).unwrap(), "[6,45,50,84,85]");
        assert_ne!(drawn, sample(list.clone(), 5, 43));
        assert_eq!(sample(list.clone(), 100, 1), list);
        assert_eq!(sample(list, 0, 1), Vec::<JsonValue>::new());
    }
}
