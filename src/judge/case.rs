//! One case: one instance of a scenario at one registry, seen from one place.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::evidence;
use super::{Ended, evaluate};
use crate::expr::{Expression, Template};
use crate::fact::{Observation, Subject, Value};
use crate::plan::{Instance, Surroundings};
use crate::scenario::model::{Need, Registry, Scenario};
use crate::verdict::baseline::Baseline;
use crate::verdict::{Cause, Outcome};

/// Observations of one scenario, found by subject, instance, vantage and probe.
#[derive(Debug, Default)]
pub struct Observed<'a> {
    /// Attempts of the last tick in order.
    attempts: BTreeMap<Coordinates<'a>, Vec<&'a Observation>>,
}

/// Subject (empty text for `shared`), instance, vantage, probe.
type Coordinates<'a> = (&'a str, &'a str, &'a str, &'a str);

impl<'a> Observed<'a> {
    /// Sorts observations in; their order does not matter.
    pub fn of(observations: impl IntoIterator<Item = &'a Observation>) -> Self {
        let mut attempts: BTreeMap<Coordinates<'a>, Vec<&'a Observation>> = BTreeMap::new();
        for observation in observations {
            let key = &observation.key;
            let subject = match &key.subject {
                Subject::Registry(id) => id.as_str(),
                Subject::Shared => "",
                // A pair is judged at the registry that was asked.
                Subject::Pair(_, recipient) => key.asked.as_ref().unwrap_or(recipient).as_str(),
            };
            attempts
                .entry((subject, &key.instance, &key.vantage, &key.probe))
                .or_default()
                .push(observation);
        }
        for list in attempts.values_mut() {
            list.sort_by_key(|o| (o.key.tick, o.key.attempt));
            // Polls end with the tick that is judged.
            if let Some(last) = list.last().map(|o| o.key.tick) {
                list.retain(|o| o.key.tick == last);
            }
        }
        Self { attempts }
    }

    /// Returns the places something was observed from, alphabetically.
    pub fn vantages(&self) -> Vec<&'a str> {
        let mut all: Vec<&'a str> = self
            .attempts
            .keys()
            .map(|(_, _, vantage, _)| *vantage)
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Returns the attempts of a probe, the last one last: the registry's own for this
    /// instance, else one for all instances, else one for all registries.
    pub fn attempts(
        &self,
        registry: &'a str,
        instance: &'a str,
        vantage: &'a str,
        probe: &'a str,
    ) -> Option<&[&'a Observation]> {
        [
            (registry, instance),
            (registry, ""),
            ("", instance),
            ("", ""),
        ]
        .into_iter()
        .find_map(|(subject, instance)| {
            self.attempts
                .get(&(subject, instance, vantage, probe))
                .map(Vec::as_slice)
        })
    }
}

/// One instance of a scenario at one registry, seen from one place.
#[derive(Debug)]
pub struct Case<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The registry, the target's overlay applied.
    pub registry: &'a Registry,
    /// The instance.
    pub instance: &'a Instance,
    /// The place of observation.
    pub vantage: &'a str,
    /// Whether the run ended before everything planned was observed.
    pub partial: bool,
    /// What was accepted of the scenario at the registry; `None` if nothing was.
    pub(super) accepted: Option<&'a Baseline>,
    /// Attempts of each probe of the scenario; a probe without any is not listed.
    attempts: BTreeMap<&'a str, Vec<&'a Observation>>,
    /// Which attempt is judged, from 0; a probe with fewer shows its last.
    attempt: usize,
    now: Timestamp,
    surroundings: OnceCell<Surroundings<'a>>,
}

impl<'a> Case<'a> {
    /// Gathers what is known of a case.
    pub fn new(
        scenario: &'a Scenario,
        registry: &'a Registry,
        instance: &'a Instance,
        vantage: &'a str,
        observed: &Observed<'a>,
        run: &super::Question<'a>,
    ) -> Self {
        let attempts: BTreeMap<&'a str, Vec<&'a Observation>> = scenario
            .probes
            .iter()
            .filter_map(|probe| {
                let name: &'a str = &probe.name;
                let found =
                    observed.attempts(registry.id.as_str(), &instance.label, vantage, name)?;
                Some((name, found.to_vec()))
            })
            .collect();
        Self {
            scenario,
            registry,
            instance,
            vantage,
            partial: run.partial,
            accepted: run.baselines.of(registry.id.as_str(), &scenario.id),
            now: run.now,
            surroundings: OnceCell::new(),
            attempts,
            attempt: usize::MAX,
        }
    }

    /// Returns the number of attempts of the probe that was repeated most.
    pub(super) fn most_attempts(&self) -> usize {
        self.attempts.values().map(Vec::len).max().unwrap_or(0)
    }

    /// Judges another attempt, from 0.
    pub(super) fn show_attempt(&mut self, attempt: usize) {
        self.attempt = attempt;
        self.surroundings = OnceCell::new();
    }

    /// Returns the observation of a probe that is judged.
    ///
    /// # Errors
    ///
    /// [`Ended`] if there is none: `skipped` if the run was interrupted, else an error of ours.
    pub fn observation(&self, probe: &str) -> Result<&'a Observation, Ended> {
        let found = self.attempts.get(probe).and_then(|attempts| {
            attempts
                .get(self.attempt)
                .or_else(|| attempts.last())
                .copied()
        });
        found.ok_or_else(|| {
            if self.partial {
                Ended::with(
                    Outcome::Skipped,
                    format!("the run ended before probe `{probe}` was asked"),
                )
            } else {
                Ended::with(
                    Outcome::Error,
                    format!("no observation of probe `{probe}` was recorded"),
                )
            }
        })
    }

    /// Iterates over the observations that are judged, by probe.
    fn observations(&self) -> impl Iterator<Item = (&'a str, &'a Observation)> + '_ {
        self.attempts
            .keys()
            .filter_map(|probe| Some((*probe, self.observation(probe).ok()?)))
    }

    /// Says that something needs what the registry declares it has not; `None` if it has all.
    pub fn lacks(&self, needs: &[Need]) -> Option<Ended> {
        let absent = needs
            .iter()
            .find(|need| self.registry.capabilities.get(&need.name) == Some(&false))?;
        Some(Ended::with(
            Outcome::NotApplicable,
            format!(
                "{} declares that it has no `{}`",
                self.registry.name, absent.name
            ),
        ))
    }

    /// Returns the run's time.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns what expressions may read, gathered when the first asks.
    pub(super) fn surroundings(&self) -> &Surroundings<'a> {
        self.surroundings.get_or_init(|| {
            let mut surroundings =
                Surroundings::new(self.scenario, self.registry, self.instance, self.now);
            for (probe, observation) in self.observations() {
                surroundings.see(probe, observation);
            }
            surroundings
        })
    }

    /// Evaluates an expression.
    ///
    /// The result is an [`Ended`] before anything else if the expression reads beyond
    /// `ok` and `failure` of a probe that failed or was not asked.
    pub fn evaluate(&self, expression: &Expression) -> Evaluated<'a> {
        self.settle(evaluate::expression(self, expression))
    }

    /// Fills a template in.
    pub fn fill(&self, template: &Template) -> Evaluated<'a> {
        self.settle(evaluate::template(self, template))
    }

    fn settle(&self, (value, raw): evaluate::Raw) -> Evaluated<'a> {
        let mut reads: Vec<Read<'a>> = Vec::with_capacity(raw.len());
        let mut ended: Option<Ended> = None;
        for read in raw {
            match self.observation(&read.probe) {
                Err(missing) => worse(&mut ended, missing),
                Ok(observation) => {
                    if !evidence::is_known_of_failures(&read.path)
                        && let Some(unavailable) = evidence::unavailable(observation)
                    {
                        worse(&mut ended, unavailable);
                    }
                    reads.push(Read {
                        observation,
                        path: read.path,
                    });
                }
            }
        }
        Evaluated {
            value: ended.map_or(value, Err),
            reads,
        }
    }
}

/// Keeps the weightier of two reasons: ours, then no verdict, then skipped, then not-applicable.
pub(super) fn worse(kept: &mut Option<Ended>, other: Ended) {
    if kept
        .as_ref()
        .is_none_or(|kept| other.outcome < kept.outcome)
    {
        *kept = Some(other);
    }
}

/// What an expression yielded, and what it read.
#[derive(Debug)]
pub struct Evaluated<'a> {
    /// The value; an [`Ended`] with `fail` if what it reads is absent from a complete answer.
    pub value: Result<Value, Ended>,
    /// What was read of which observation.
    pub reads: Vec<Read<'a>>,
}

/// A fact that was read.
#[derive(Clone, Debug)]
pub struct Read<'a> {
    /// Of which observation.
    pub observation: &'a Observation,
    /// The path.
    pub path: Arc<str>,
}

impl Read<'_> {
    /// Says whether what was read differs from run to run: times and how long things took.
    pub fn is_volatile(&self) -> bool {
        matches!(&*self.path, "at" | "timing") || self.path.starts_with("timing.")
    }
}

/// Names an instance's values as results show them: text as it is, records by their label.
pub fn parameters(scenario: &Scenario, instance: &Instance) -> BTreeMap<String, String> {
    let mut axes: Vec<&str> = scenario
        .matrix
        .iter()
        .map(|axis| axis.name.as_str())
        .collect();
    axes.sort_unstable();
    let mut rest: &str = &instance.label;
    let mut parameters = BTreeMap::new();
    // Labels are `axis=value,axis=value` in the order of names; values may hold commas.
    for (index, axis) in axes.iter().enumerate() {
        let Some(value) = rest.strip_prefix(axis).and_then(|r| r.strip_prefix('=')) else {
            continue;
        };
        let end = axes
            .get(index + 1)
            .and_then(|next| value.find(&format!(",{next}=")))
            .unwrap_or(value.len());
        let (own, others) = value.split_at_checked(end).unwrap_or((value, ""));
        parameters.insert((*axis).to_owned(), own.to_owned());
        rest = others.strip_prefix(',').unwrap_or(others);
    }
    parameters
}

/// Says why an answer that was read is no evidence against a service: we were refused,
/// or content was the question and a server error the answer; `None` if it is.
///
/// A refusal stays evidence where that very status `is_the_question`.
pub fn excuse(
    reads: &[Read<'_>],
    is_the_question: impl Fn(&Observation, i128) -> bool,
) -> Option<Ended> {
    reads.iter().find_map(|read| {
        let observation = read.observation;
        let status = evidence::status(observation)?;
        let ended = evidence::refused(observation)?;
        let stands = if ended.cause == Some(Cause::Blocked) {
            is_the_question(observation, status)
        } else {
            reads
                .iter()
                .filter(|r| std::ptr::eq(r.observation, observation))
                .all(|r| evidence::is_about_the_envelope(&r.path))
        };
        (!stands).then_some(ended)
    })
}
