//! Expressions of probes, with reasons why a probe is not asked where they have no value.

use crate::expr::{EvalError, Expression, Template};
use crate::fact::Skipped;
use crate::plan::{self, Instance, Surroundings};
use crate::scenario::model::{Axis, FIRST, Registry};

use super::Executor;
use super::job::{SeenProbes, Step};
use super::queue::Job;

/// What expressions of one case may read while it is observed.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    surroundings: Surroundings<'a>,
    seen: &'a SeenProbes,
}

impl Executor {
    /// Returns what the expressions of a probe may read.
    pub(super) fn scope<'a>(&self, step: Step<'a>) -> Scope<'a> {
        Scope::at(self, step.job, step.registry, step.instance, step.seen)
    }
}

impl<'a> Scope<'a> {
    /// Returns what expressions of an instance of a job may read.
    pub(super) fn of(
        executor: &Executor,
        job: &'a Job,
        instance: &'a Instance,
        seen: &'a SeenProbes,
    ) -> Self {
        Self::at(executor, job, &job.registry, instance, seen)
    }

    fn at(
        executor: &Executor,
        job: &'a Job,
        registry: &'a Registry,
        instance: &'a Instance,
        seen: &'a SeenProbes,
    ) -> Self {
        let started = executor.run.options.started;
        let scenario = &job.steps.scenario;
        let mut surroundings = Surroundings::new(scenario, registry, instance, started);
        for (name, observation) in seen {
            surroundings.see(name.as_ref(), observation);
        }
        if let Some(tick) = &job.tick {
            surroundings.tick(tick);
            // At the first tick it is what was seen so far.
            for (name, observation) in job.first.as_deref().unwrap_or(seen) {
                surroundings.see(format!("{FIRST}.{name}"), observation);
            }
        }
        Self { surroundings, seen }
    }

    /// Says whether a condition holds.
    pub(super) fn holds(&self, condition: &Expression) -> Result<bool, Skipped> {
        let held = self.surroundings.holds(condition);
        held.map_err(|error| self.reason(condition.text(), &error))
    }

    /// Fills a template in.
    pub(super) fn fill(&self, template: &Template) -> Result<String, Skipped> {
        let filled = self.surroundings.render(template);
        filled.map_err(|error| self.reason(template.text(), &error))
    }

    /// Returns the values of an axis.
    pub(super) fn draw(&self, axis: &Axis) -> Result<Vec<serde_json::Value>, Skipped> {
        plan::draw(&axis.values, &self.surroundings).map_err(|error| {
            let text = format!("matrix.{}", axis.name);
            self.reason(&text, &error)
        })
    }

    /// Says why a probe that rests on the answer of another one is not asked; nothing if there is an answer.
    pub(super) fn answered(&self, probe: &str) -> Result<(), Skipped> {
        match self.seen.get(probe) {
            Some(observation) if observation.is_ok() => Ok(()),
            _ => Err(self.without(probe)),
        }
    }

    /// Says why there is no answer of a probe.
    fn without(&self, probe: &str) -> Skipped {
        let Some(observation) = self.seen.get(probe) else {
            return Skipped::Error {
                reason: format!("needs probe `{probe}`, which was not asked before"),
            };
        };
        let because =
            |reason: &str| format!("needs probe `{probe}`, which was not asked: {reason}");
        match (&observation.skipped, &observation.failure) {
            (Some(Skipped::NotApplicable { reason }), _) => Skipped::NotApplicable {
                reason: because(reason),
            },
            (Some(Skipped::Skipped { reason }), _) => Skipped::Skipped {
                reason: because(reason),
            },
            (Some(Skipped::Error { reason }), _) => Skipped::Error {
                reason: because(reason),
            },
            (None, Some(failure)) => Skipped::Skipped {
                reason: format!("needs probe `{probe}`, which failed: {}", failure.kind),
            },
            (None, None) => Skipped::Error {
                reason: format!("needs probe `{probe}`"),
            },
        }
    }

    fn reason(&self, text: &str, error: &EvalError) -> Skipped {
        match error {
            EvalError::FailedProbe { probe, .. } | EvalError::SkippedProbe { probe } => {
                self.without(probe)
            }
            EvalError::Absent { probe, path } => Skipped::Skipped {
                reason: format!(
                    "needs `{path}`, which is absent from the answer of probe `{probe}`"
                ),
            },
            // Lint knows all names: what is missing here, this registry does not declare.
            EvalError::Undeclared { path } => Skipped::NotApplicable {
                reason: format!("the registry declares no `{path}`"),
            },
            EvalError::NotKept { .. } | EvalError::Wrong { .. } | EvalError::TooMuch => {
                Skipped::Error {
                    reason: format!("evaluating `{text}`: {error}"),
                }
            }
        }
    }
}
