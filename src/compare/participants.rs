//! Who takes part in a comparison, with which value.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::normalize::normalize;
use crate::fact::Value;
use crate::judge::{Case, Ended, Read, excuse, names, words};
use crate::scenario::model::{AxisValues, Comparison, Scenario};
use crate::verdict::Outcome;

/// One participant of one comparison.
#[derive(Clone, Debug)]
pub(super) struct Participant {
    /// A registry's id, or the value of an axis.
    pub(super) name: String,
    /// Its value, or why it has none.
    pub(super) value: Result<Value, Ended>,
    /// What the registry declares it to be; `None` where it declares nothing.
    pub(super) declared: Option<Value>,
    /// Capture times of the observations behind it.
    pub(super) at: Vec<Timestamp>,
    /// Keys of these observations.
    pub(super) observations: Vec<String>,
    /// Whether the value rests on times or on how long things took.
    pub(super) volatile: bool,
}

impl Participant {
    /// Says whether it is left out by declaration instead of missing.
    pub(super) fn is_excluded(&self) -> bool {
        matches!(&self.value, Err(ended) if ended.outcome == Outcome::NotApplicable)
    }
}

/// What is held fixed in one comparison, and who takes part in it.
pub(super) type Sets = BTreeMap<BTreeMap<String, String>, Vec<Participant>>;

/// Sorts one case into the set of participants it belongs to.
pub(super) fn add(
    sets: &mut Sets,
    comparison: &Comparison,
    case: &Case<'_>,
    mut fixed: BTreeMap<String, String>,
) {
    let name = match &comparison.across {
        None => case.registry.id.as_str().to_owned(),
        Some(axis) => {
            fixed.insert("registry".to_owned(), case.registry.id.as_str().to_owned());
            let Some(value) = fixed.remove(axis) else {
                return;
            };
            value
        }
    };
    let mut reads: Vec<Read<'_>> = Vec::new();
    let mut value = value_of(case, comparison, &mut reads);
    if let (Some(group_by), Ok(_)) = (&comparison.group_by, &value) {
        let group = case.evaluate(group_by);
        reads.extend(group.reads);
        match group.value {
            Ok(group) => {
                fixed.insert("group".to_owned(), group.to_string());
            }
            Err(ended) => value = Err(ended),
        }
    }
    let mut participant = Participant {
        name,
        value,
        declared: comparison
            .declared
            .as_ref()
            .and_then(|declared| case.evaluate(declared).value.ok()),
        at: Vec::new(),
        observations: Vec::new(),
        volatile: false,
    };
    for read in reads {
        participant.volatile |= read.is_volatile();
        let key = read.observation.key.to_string();
        if !participant.observations.contains(&key) {
            participant.observations.push(key);
            participant.at.push(read.observation.at);
        }
    }
    sets.entry(fixed).or_default().push(participant);
}

fn value_of<'a>(
    case: &Case<'a>,
    comparison: &Comparison,
    reads: &mut Vec<Read<'a>>,
) -> Result<Value, Ended> {
    if let Some(ended) = case.lacks(&case.scenario.needs) {
        return Err(ended);
    }
    if let Some(when) = &comparison.when {
        let condition = case.evaluate(when);
        reads.extend(condition.reads);
        let value = condition.value?;
        let Value::Flag(holds) = value else {
            return Err(Ended::with(
                Outcome::Error,
                format!(
                    "`when` yields {}; expected true or false",
                    words::value(&value)
                ),
            ));
        };
        if !holds {
            return Err(Ended::with(
                Outcome::NotApplicable,
                format!("only when {}", words::quoted(when.text())),
            ));
        }
    }
    let evaluated = case.evaluate(&comparison.value);
    reads.extend(evaluated.reads.iter().cloned());
    let text = comparison.value.text();
    // A refusal or a server error is no value of the service.
    if let Some(ended) = excuse(&evaluated.reads, |_, status| names(text, status)) {
        return Err(ended);
    }
    let mut value = evaluated.value?;
    for normalizer in &comparison.normalize {
        value = normalize(*normalizer, value, case.registry);
    }
    Ok(value)
}

/// Axes whose values differ between registries: there the first value of one is compared
/// with the first of another, the second with the second.
pub(super) fn aligned_axes<'a>(
    scenario: &'a Scenario,
    by_registry: &[Vec<BTreeMap<String, String>>],
) -> Vec<&'a str> {
    // The two sides of a pair have the same values.
    let axes = scenario.matrix.iter().filter(|_| scenario.pair.is_none());
    axes.filter(|axis| match axis.values {
        AxisValues::Expression(_) | AxisValues::Patterns(_) => true,
        AxisValues::Literal(_) | AxisValues::Sample { .. } => false,
    })
    .map(|axis| axis.name.as_str())
    .filter(|axis| {
        let mut own = by_registry
            .iter()
            .map(|instances| ordinals(axis, instances));
        own.next()
            .is_some_and(|first| own.any(|other| other != first))
    })
    .collect()
}

/// Returns the distinct values of an axis with their places, from 1, in the order of a
/// registry's instances.
pub(super) fn ordinals<'i>(
    axis: &str,
    instances: &'i [BTreeMap<String, String>],
) -> HashMap<&'i str, usize> {
    let mut places = HashMap::new();
    for value in instances.iter().filter_map(|i| i.get(axis)) {
        let next = places.len() + 1;
        places.entry(value.as_str()).or_insert(next);
    }
    places
}
