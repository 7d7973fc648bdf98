//! Evaluates expressions over the observations of one case.

use std::collections::BTreeSet;

use super::Ended;
use super::case::Case;
use super::evidence::unavailable;
use super::look::{self, Look, Thing};
use crate::expr::{EvalError, Expression, Read, Selector, Template};
use crate::fact::{Observation, Value};
use crate::plan::Yield;
use crate::verdict::Outcome;

/// What an evaluation yielded, and which facts of which probes were read.
pub(super) type Raw = (Result<Value, Ended>, BTreeSet<Read>);

/// Evaluates an expression.
pub(super) fn expression(case: &Case<'_>, expression: &Expression) -> Raw {
    let probes = case.scenario.lets.probes_behind(expression);
    if let Some(missing) = probes
        .iter()
        .find_map(|probe| case.observation(probe).err())
    {
        return (Err(missing), BTreeSet::new());
    }
    let Some(around) = case.surroundings() else {
        return (Err(case.without_ticks()), BTreeSet::new());
    };
    let Yield { value, reads } = around.evaluate(expression);
    let value = value
        .map(|value| value.to_fact())
        .map_err(|error| ended(case, &error, expression.text()));
    (value, reads)
}

/// Fills a template in.
pub(super) fn template(case: &Case<'_>, template: &Template) -> Raw {
    if let Some(text) = template.literal() {
        return (Ok(Value::text(text)), BTreeSet::new());
    }
    let Some(around) = case.surroundings() else {
        return (Err(case.without_ticks()), BTreeSet::new());
    };
    let Yield { value, mut reads } = around.fill(template);
    let value = value
        .map(|value| value.to_fact())
        .map_err(|error| ended(case, &error, template.text()));
    // A template says what it may read, not what it read: what could not be read was guarded.
    reads.retain(|read| case.observation(&read.probe).is_ok_and(Observation::is_ok));
    (value, reads)
}

/// Says what an evaluation that yields nothing comes to.
fn ended(case: &Case<'_>, error: &EvalError, text: &str) -> Ended {
    match error {
        EvalError::FailedProbe { probe, .. } | EvalError::SkippedProbe { probe } => {
            match case.observation(probe) {
                Err(missing) => missing,
                Ok(observation) => unavailable(observation)
                    .unwrap_or_else(|| Ended::with(Outcome::Error, error.to_string())),
            }
        }
        EvalError::Absent { .. } => Ended::with(Outcome::Fail, error.to_string()),
        EvalError::NotKept { .. } => Ended::with(Outcome::Error, error.to_string()),
        EvalError::Undeclared { path } if path.starts_with("stages.") => Ended::with(
            Outcome::NotApplicable,
            format!("`{path}` is not known: the stage was not reached"),
        ),
        // Lint knows all names: what is missing here, this registry does not declare.
        EvalError::Undeclared { path } => Ended::with(
            Outcome::NotApplicable,
            format!("the registry declares no `{path}`"),
        ),
        EvalError::Wrong { .. } | EvalError::TooMuch => {
            Ended::with(Outcome::Error, format!("`{text}`: {error}"))
        }
    }
}

/// Finds the nodes of an observation's JSON body.
pub(super) fn select<'a>(observation: &'a Observation, selector: &Selector) -> Look<'a> {
    let Some(Value::Json(json)) = observation.facts.get("json") else {
        return Look::Absent;
    };
    let Some(document) = json.get() else {
        return Look::Absent;
    };
    let mut nodes = selector.select(document);
    if selector.is_single() {
        return match nodes.pop() {
            None => Look::Absent,
            Some(node) => Look::One(Thing::Json(node.value), Some(node.pointer)),
        };
    }
    Look::Nodes(
        nodes
            .into_iter()
            .map(|node| (node.pointer, node.value))
            .collect(),
    )
}

/// Returns the fact at a path in words, for messages.
pub(super) fn shown(observation: &Observation, path: &str) -> String {
    look::fact(observation, path).words()
}
