//! Drift: what a run saw beside what somebody accepted.
//!
//! A value that is not as it was accepted is no failure: nobody's document says that it must stay.
//! So drift has words of its own, and stands apart from verdicts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as JsonValue;

use super::normalize::normalize;
use crate::fact::{Digest, Json, Value};
use crate::judge::look::escape;
use crate::judge::{Kept, Question, canonical, words};
use crate::plan::PlannedScenario;
use crate::scenario::model::{Condition, Normalizer, Registry};
use crate::verdict::DriftClass;
use crate::verdict::baseline::{Baseline, Drift, Moved, check_of};

/// Largest value that a baseline holds, in octets of its JSON; of a larger one it holds the digest.
///
/// Ours: a file that people read line by line in a review.
const LARGEST: usize = 64 * 1024;

/// Most places of a document that are named.
const MOST_PLACES: usize = 20;

/// Compares what one scenario keeps with what was accepted.
///
/// Values that nobody looks at any more are `gone`, where the whole scenario was asked.
pub fn drift(question: &Question<'_>, planned: &PlannedScenario, kept: Vec<Kept>) -> Vec<Drift> {
    let mut drifts: Vec<Drift> = kept
        .into_iter()
        .filter_map(|one| {
            let registry = question.registries.of(one.registry.as_str())?;
            let accepted = question
                .baselines
                .of(one.registry.as_str(), &planned.scenario.id);
            stand(registry, accepted, one, &planned.scenario.id)
        })
        .collect();
    for (id, _) in planned.instances.iter() {
        let accepted = question.baselines.of(id.as_str(), &planned.scenario.id);
        let Some(accepted) = accepted.filter(|_| planned.selected.of(id.as_str()).is_none()) else {
            continue;
        };
        if let Some(looked_at) = looked_at(planned, id) {
            let left = accepted.values.iter();
            let left = left.filter(|(entry, _)| !looked_at.contains(entry.as_str()));
            drifts
                .extend(left.map(|(entry, value)| forgotten(question, planned, id, entry, value)));
        }
    }
    drifts
}

/// Compares one value with what was accepted; `None` if nothing was, and nothing is there.
fn stand(
    registry: &Registry,
    accepted: Option<&Baseline>,
    one: Kept,
    scenario: &str,
) -> Option<Drift> {
    let value = one.value;
    let before = accepted.and_then(|own| own.values.get(&value.entry));
    let seen = value
        .seen
        .map(|seen| bounded(normalized(&value.normalize, seen, registry)));
    let change = match (before, &seen) {
        (None, None) => return None,
        (None, Some(_)) => DriftClass::New,
        (Some(_), None) => DriftClass::Gone,
        (Some(before), Some(seen)) => {
            let is_same = value.near == Some(true)
                || canonical(before) == canonical(seen)
                // A normalizer that was added since leaves what was accepted as it is.
                || canonical(&normalized(&value.normalize, before.clone(), registry))
                    == canonical(seen);
            if is_same {
                DriftClass::Unchanged
            } else {
                DriftClass::Changed
            }
        }
    };
    let (mut places, mut differences) = (Vec::new(), 0);
    if let (DriftClass::Changed, Some(before), Some(seen)) = (change, before, &seen)
        && is_document(before)
        && is_document(seen)
    {
        moved(
            before,
            seen,
            &mut String::new(),
            &mut places,
            &mut differences,
        );
    }
    let is_same = change == DriftClass::Unchanged;
    let in_words = |value: Option<&JsonValue>| value.map(words::json).unwrap_or_default();
    Some(Drift {
        id: one.id.to_string(),
        scenario: scenario.to_owned(),
        registry: one.registry,
        parameters: one.parameters,
        vantage: one.vantage,
        fact: value.fact,
        entry: value.entry,
        change,
        before: in_words(before.filter(|_| !is_same)),
        after: in_words(seen.as_ref().filter(|_| !is_same)),
        places,
        differences,
        seen: seen.filter(|_| !is_same),
        source: value.place,
        observations: value.observations,
        asked: if is_same { Vec::new() } else { value.asked },
        evidence: if is_same { Vec::new() } else { value.evidence },
        volatile: value.volatile,
    })
}

/// Returns a value that was accepted and that nobody looks at any more.
fn forgotten(
    question: &Question<'_>,
    planned: &PlannedScenario,
    registry: &crate::registry::RegistryId,
    entry: &str,
    value: &JsonValue,
) -> Drift {
    let scenario = &planned.scenario;
    Drift {
        id: format!("{}/{}", scenario.id, check_of(entry)),
        scenario: scenario.id.to_string(),
        registry: registry.clone(),
        parameters: BTreeMap::new(),
        vantage: question.vantage.to_owned(),
        fact: entry
            .split_once(": ")
            .map_or(entry, |(_, fact)| fact)
            .to_owned(),
        entry: entry.to_owned(),
        change: DriftClass::Gone,
        before: words::json(value),
        after: String::new(),
        places: Vec::new(),
        differences: 0,
        seen: None,
        source: scenario.place.clone(),
        observations: Vec::new(),
        asked: Vec::new(),
        evidence: Vec::new(),
        volatile: false,
    }
}

/// Returns the names of all values that the scenario looks at; `None` if an axis could not be expanded.
fn looked_at(
    planned: &PlannedScenario,
    registry: &crate::registry::RegistryId,
) -> Option<BTreeSet<String>> {
    let scenario = &planned.scenario;
    let instances = planned.instances.of(registry.as_str())?;
    if !scenario.matrix.is_empty() && instances.iter().any(|i| i.label.is_empty()) {
        return None;
    }
    let mut names = BTreeSet::new();
    for check in &scenario.checks {
        let Condition::Expect(lines) = &check.condition else {
            continue;
        };
        for line in lines.iter().filter(|line| line.is_kept()) {
            names.extend(instances.iter().map(|i| line.entry(&check.id, &i.label)));
        }
    }
    Some(names)
}

/// Applies normalizers, and sorts members by name: their order is no content.
fn normalized(names: &[Normalizer], value: JsonValue, registry: &Registry) -> JsonValue {
    let mut value = Value::Json(Json::new(value));
    for name in names {
        value = normalize(*name, value, registry);
    }
    let mut json = crate::judge::look::json_of(&value);
    json.sort_all_objects();
    json
}

/// Returns a value that a baseline can hold: of a large one its digest and size.
fn bounded(value: JsonValue) -> JsonValue {
    let text = value.to_string();
    if text.len() <= LARGEST {
        return value;
    }
    JsonValue::from_iter([
        ("bytes", JsonValue::from(text.len())),
        (
            "digest",
            JsonValue::from(Digest::of(text.as_bytes()).as_str()),
        ),
    ])
}

const fn is_document(value: &JsonValue) -> bool {
    matches!(value, JsonValue::Array(_) | JsonValue::Object(_))
}

/// Collects the deepest places that differ, and counts them.
fn moved(
    before: &JsonValue,
    after: &JsonValue,
    at: &mut String,
    places: &mut Vec<Moved>,
    count: &mut u64,
) {
    let mut below = |name: &str, before: Option<&JsonValue>, after: Option<&JsonValue>| {
        let length = at.len();
        at.push('/');
        at.push_str(&escape(name));
        match (before, after) {
            (Some(before), Some(after)) => moved(before, after, at, places, count),
            (before, after) => note(before, after, at, places, count),
        }
        at.truncate(length);
    };
    match (before, after) {
        (JsonValue::Object(x), JsonValue::Object(y)) => {
            let names: BTreeSet<&String> = x.keys().chain(y.keys()).collect();
            for name in names {
                below(name, x.get(name), y.get(name));
            }
        }
        (JsonValue::Array(x), JsonValue::Array(y)) => {
            for index in 0..x.len().max(y.len()) {
                below(&index.to_string(), x.get(index), y.get(index));
            }
        }
        _ if canonical(before) == canonical(after) => {}
        _ => note(Some(before), Some(after), at, places, count),
    }
}

fn note(
    before: Option<&JsonValue>,
    after: Option<&JsonValue>,
    at: &str,
    places: &mut Vec<Moved>,
    count: &mut u64,
) {
    *count += 1;
    if places.len() < MOST_PLACES {
        let in_words = |value: Option<&JsonValue>| value.map(words::json).unwrap_or_default();
        places.push(Moved {
            pointer: at.to_owned(),
            before: in_words(before),
            after: in_words(after),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(before: &JsonValue, after: &JsonValue, expected: &[(&str, &str, &str)]) {
        let (mut places, mut count) = (Vec::new(), 0);
        moved(before, after, &mut String::new(), &mut places, &mut count);
        let told: Vec<(&str, &str, &str)> = places
            .iter()
            .map(|m| (m.pointer.as_str(), m.before.as_str(), m.after.as_str()))
            .collect();
        assert_eq!(told, expected);
        assert_eq!(usize::try_from(count).unwrap(), expected.len());
    }

    #[test]
    fn the_deepest_places_that_differ_are_named() {
        check(&json!({"a": 1}), &json!({"a": 1}), &[]);
        check(
            &json!({"a/b": [1, {"c": "x"}], "d": true, "e": 1}),
            &json!({"a/b": [1, {"c": "y"}, 3], "d": true, "f": 1}),
            &[
                ("/a~1b/1/c", "`x`", "`y`"),
                ("/a~1b/2", "", "3"),
                ("/e", "1", ""),
                ("/f", "", "1"),
            ],
        );
        check(&json!([1]), &json!({"a": 1}), &[("", "[1]", "{a: 1}")]);
    }

    #[test]
    fn of_a_large_value_the_digest_is_kept() {
        let small = json!(["x".repeat(LARGEST - 10)]);
        assert_eq!(bounded(small.clone()), small);
        let large = bounded(json!(["x".repeat(LARGEST)]));
        assert_eq!(large["bytes"], LARGEST + 4);
        assert!(large["digest"].as_str().unwrap().starts_with("sha256:"));
    }
}
