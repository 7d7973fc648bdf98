//! Two targets that were asked the same at the same moment: what they answer in different ways.
//!
//! No rule is needed: every fact of a pair of observations is compared, so that a change shows
//! that nobody thought of. What differs by nature is left out, names of the second target are
//! written as the first has them, and what somebody declared beforehand is told apart.

mod documents;
mod names;
mod nature;

pub use names::SameNames;

use std::collections::{BTreeMap, HashMap};

use crate::fact::{Distribution, Key, Observation, SampleUnit, Skipped, Subject, TextSet, Value};
use crate::judge::look::json_of;
use crate::judge::{end_of, parameters, words};
use crate::plan::{Instance, PlannedScenario};
use crate::registry::RegistryId;
use crate::scenario::glob;
use crate::scenario::model::Scenario;
use crate::verdict::Cause;
use crate::verdict::measure::Samples;
use crate::verdict::twin::{ExpectedChange, FactChange, PlaceChange, Unanswered};

/// Most places that are kept for one fact.
const MOST_PLACES: usize = 100;

/// How far ages and remaining times of the same thing may be apart, in seconds; ours: a pair is asked
/// within a moment, and a paced target takes its turn.
const SAME_MOMENT: u64 = 90;

/// What is compared, beside the observations.
#[derive(Debug)]
pub struct Comparing<'a> {
    /// Names of the second target.
    pub names: &'a SameNames,
    /// Changes that somebody declared.
    pub expected: &'a [ExpectedChange],
}

/// What comparing two targets found.
#[derive(Clone, Debug, Default)]
pub struct Twins {
    /// Facts that differ, in the order of scenarios, probes, registries and instances.
    pub changes: Vec<FactChange>,
    /// Pairs without two answers.
    pub unanswered: Vec<Unanswered>,
    /// Pairs of observations that were compared.
    pub compared: u64,
    /// How many places each declared change explains, in their order.
    pub explained: Vec<u64>,
}

/// One scenario as one target answered it.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The scenario with its instances.
    pub planned: &'a PlannedScenario,
    /// Its observations, in any order.
    pub observations: &'a [&'a Observation],
}

/// What makes a pair: subject, place of the instance among those of the registry, probe, tick, vantage.
type Couple<'a> = (String, String, &'a str, u32, &'a str);

impl Twins {
    /// Compares one scenario.
    pub fn add(&mut self, comparing: &Comparing<'_>, first: Answered<'_>, second: Answered<'_>) {
        self.explained.resize(comparing.expected.len(), 0);
        let ones = last_attempts(&first);
        let others = last_attempts(&second);
        for (couple, one) in &ones {
            if let Some(other) = others.get(couple) {
                self.pair(comparing, first.planned, one, other);
            }
        }
    }

    fn pair(
        &mut self,
        comparing: &Comparing<'_>,
        planned: &PlannedScenario,
        first: &Observation,
        second: &Observation,
    ) {
        let scenario: &Scenario = &planned.scenario;
        let parameters = labelled(planned, &first.key);
        let (why_first, why_second) = (no_answer(first), no_answer(second));
        if why_first.is_some() || why_second.is_some() {
            // What is not asked of both, for the same reason, is no question at all.
            if why_first != why_second || first.failure.is_some() {
                self.unanswered.push(Unanswered {
                    scenario: scenario.id.as_ref().to_owned(),
                    probe: first.key.probe.as_ref().to_owned(),
                    registry: registry_of(&first.key),
                    parameters,
                    first: why_first,
                    second: why_second,
                });
            }
            return;
        }
        self.compared += 1;
        let mut probes = scenario.probes.iter();
        let kind = probes
            .find(|probe| probe.name == first.key.probe)
            .map_or("", |probe| probe.kind.name);
        for (fact, places) in differences(comparing.names, kind, first, second) {
            let id = format!("{}/{}.{fact}", scenario.id, first.key.probe);
            let number = u64::try_from(places.len()).unwrap_or(u64::MAX);
            let registry = registry_of(&first.key);
            let mut unexpected = 0;
            let mut kept = Vec::new();
            for place in places {
                let expected = self.expected(comparing.expected, &id, registry.as_ref(), &place.at);
                unexpected += u64::from(expected.is_none());
                if kept.len() < MOST_PLACES {
                    kept.push(PlaceChange {
                        at: place.at,
                        first: place.first,
                        second: place.second,
                        expected,
                    });
                }
            }
            self.changes.push(FactChange {
                id,
                scenario: scenario.id.as_ref().to_owned(),
                probe: first.key.probe.as_ref().to_owned(),
                fact,
                registry,
                parameters: parameters.clone(),
                vantage: first.key.vantage.as_ref().to_owned(),
                places: kept,
                number,
                unexpected,
                first_asked: first.asked.clone(),
                second_asked: second.asked.clone(),
            });
        }
    }

    /// Returns why a place is declared to differ; `None` if nobody did.
    fn expected(
        &mut self,
        all: &[ExpectedChange],
        id: &str,
        registry: Option<&RegistryId>,
        at: &str,
    ) -> Option<String> {
        let holds = |one: &ExpectedChange| {
            let of_registry = one.registries.is_empty()
                || registry.is_none_or(|registry| one.registries.contains(registry));
            of_registry && glob::matches(&one.change, id) && is_within(&one.at, at)
        };
        let (place, one) = all.iter().enumerate().find(|(_, one)| holds(one))?;
        if let Some(count) = self.explained.get_mut(place) {
            *count += 1;
        }
        Some(one.reason.clone())
    }
}

/// Says whether a pointer is at, or below, what a pattern names.
fn is_within(pattern: &str, at: &str) -> bool {
    if pattern.is_empty() {
        return true;
    }
    let below = format!("{}/**", pattern.trim_end_matches('/'));
    glob::matches(pattern, at) || glob::matches(&below, at)
}

/// Returns the last attempt of each probe, by what makes a pair.
fn last_attempts<'a>(answered: &Answered<'a>) -> BTreeMap<Couple<'a>, &'a Observation> {
    let mut all: BTreeMap<Couple<'a>, &'a Observation> = BTreeMap::new();
    let places = places(answered.planned);
    for observation in answered.observations {
        let key = &observation.key;
        let subject = key.subject.to_string();
        let instance = places
            .get(&(subject.as_str(), key.instance.as_ref()))
            .map_or_else(|| key.instance.to_string(), |place| format!("#{place}"));
        let couple = (
            subject,
            instance,
            key.probe.as_ref(),
            key.tick,
            key.vantage.as_ref(),
        );
        let kept = all.entry(couple).or_insert(observation);
        if kept.key.attempt < key.attempt {
            *kept = observation;
        }
    }
    all
}

/// Returns the place of each instance among those of its registry: where targets have samples of
/// their own, the first is compared with the first.
fn places(planned: &PlannedScenario) -> HashMap<(&str, &str), usize> {
    let mut all = HashMap::new();
    for (registry, instances) in planned.instances.iter() {
        for (place, instance) in instances.iter().enumerate() {
            all.insert((registry.as_str(), instance.label.as_ref()), place);
        }
    }
    all
}

/// Returns the values of an observation's instance, by axis.
fn labelled(planned: &PlannedScenario, key: &Key) -> BTreeMap<String, String> {
    let instance = Instance {
        label: std::sync::Arc::clone(&key.instance),
        ..Instance::without_values()
    };
    parameters(&planned.scenario, &instance)
}

fn registry_of(key: &Key) -> Option<RegistryId> {
    let id = match (&key.subject, &key.asked) {
        (Subject::Registry(id), _) | (_, Some(id)) | (Subject::Pair(_, id), None) => Some(id),
        (Subject::Shared, None) => None,
    };
    id.cloned()
}

/// Says why an observation is no answer of the service; `None` if it is one, also where the service
/// refused the connection or broke off: that is an answer beside another one.
fn no_answer(observation: &Observation) -> Option<String> {
    match &observation.skipped {
        Some(
            Skipped::NotApplicable { reason }
            | Skipped::Skipped { reason }
            | Skipped::Error { reason },
        ) => return Some(reason.clone()),
        None => {}
    }
    let failure = observation.failure.as_ref()?;
    let (_, cause) = end_of(failure.kind);
    let is_of_the_service = matches!(cause, Some(Cause::Unreadable));
    (!is_of_the_service).then(|| {
        if failure.detail.is_empty() {
            failure.kind.to_string()
        } else {
            format!("{}: {}", failure.kind, failure.detail)
        }
    })
}

/// Returns the facts that differ, each with its places.
fn differences(
    names: &SameNames,
    kind: &str,
    first: &Observation,
    second: &Observation,
) -> Vec<(String, Vec<documents::Place>)> {
    let one: BTreeMap<&str, &Value> = first.facts.iter().collect();
    let other: BTreeMap<&str, &Value> = second.facts.iter().collect();
    let failed = first.failure.is_some() || second.failure.is_some();
    let mut all = Vec::new();
    let facts: std::collections::BTreeSet<&str> = one.keys().chain(other.keys()).copied().collect();
    for fact in facts {
        // Beside a failure nothing else says anything.
        let is_told = !failed || matches!(fact, "ok" | "failure");
        if !is_told || nature::is_left_out(kind, fact, names.is_empty()) {
            continue;
        }
        let mut places = match (one.get(fact), other.get(fact)) {
            (Some(Value::Set(first)), Some(Value::Set(second))) => members(names, first, second),
            (first, second) => {
                if let (Some(first), Some(second)) = (first, second)
                    && is_near(first, second)
                {
                    continue;
                }
                values(names, first.copied(), second.copied())
            }
        };
        places.retain(|place| {
            let within = format!("{fact}{}", place.at);
            !nature::is_left_out(kind, &within, names.is_empty())
        });
        if !places.is_empty() {
            all.push((fact.to_owned(), places));
        }
    }
    let is_document = |fact: &str| {
        let values = [one.get(fact), other.get(fact)];
        values.iter().flatten().any(|v| matches!(v, Value::Json(_)))
    };
    // Where the document is another one, its octets are of no interest.
    if all.iter().any(|(fact, _)| is_document(fact)) {
        all.retain(|(fact, _)| !nature::is_of_octets(fact));
    }
    all
}

/// Says whether two lengths of time are those of one thing, seen at one moment.
fn is_near(first: &Value, second: &Value) -> bool {
    match (first, second) {
        (Value::Duration(first), Value::Duration(second)) => {
            first.as_secs().abs_diff(second.as_secs()) <= SAME_MOMENT
        }
        (Value::Distribution(first), Value::Distribution(second)) => {
            let is_time = |samples: &Distribution| samples.unit == SampleUnit::Duration;
            let samples = |samples: &Samples| {
                let (min, max) = (samples.min, samples.max);
                [min, samples.p5, samples.median, samples.p95, max]
            };
            let (one, other) = (samples(&first.samples), samples(&second.samples));
            let near = |(a, b): (&i64, &i64)| a.abs_diff(*b) <= SAME_MOMENT;
            is_time(first)
                && is_time(second)
                && first.samples.count == second.samples.count
                && one.iter().zip(&other).all(near)
        }
        (_, _) => false,
    }
}

fn values(
    names: &SameNames,
    first: Option<&Value>,
    second: Option<&Value>,
) -> Vec<documents::Place> {
    let json = |value: &Value| {
        let mut json = json_of(value);
        nature::forget_copy_time(&mut json);
        json
    };
    match (first, second) {
        (Some(first), Some(second)) => {
            let mut second = json(second);
            names.apply_to(&mut second);
            documents::places(&json(first), &second)
        }
        (first, second) => vec![documents::Place {
            at: String::new(),
            first: first.map(words::value),
            second: second.map(words::value),
        }],
    }
}

/// Returns the members that one of two sets has alone.
fn members(names: &SameNames, first: &TextSet, second: &TextSet) -> Vec<documents::Place> {
    if first.digest() == second.digest() {
        return Vec::new();
    }
    let second = if names.is_empty() {
        second.clone()
    } else {
        let own = |text: &str| names.apply(text).unwrap_or_else(|| text.to_owned());
        TextSet::of(second.iter().map(own))
    };
    let gone = first.minus(&second);
    let new = second.minus(first);
    let gone = gone.iter().map(|text| documents::Place {
        at: String::new(),
        first: Some(words::quoted(text)),
        second: None,
    });
    let new = new.iter().map(|text| documents::Place {
        at: String::new(),
        first: None,
        second: Some(words::quoted(text)),
    });
    gone.chain(new).collect()
}
