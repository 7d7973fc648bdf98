//! What one line of an `expect` looks at.

use std::cell::RefCell;

use serde_json::Value as JsonValue;

use super::case::{Case, Evaluated, Read, excuse};
use super::evidence::{self, unavailable};
use super::kept::KeptValue;
use super::look::{self, Look};
use super::matcher::Scope;
use super::{Ended, evaluate};
use crate::expr::Template;
use crate::fact::{Observation, Value};
use crate::scenario::model::{Expectation, Left, Matcher};

/// What an expectation looks at, and what filling in its templates read.
pub(super) struct Looked<'c, 'a> {
    case: &'c Case<'a>,
    pub(super) observation: &'a Observation,
    pub(super) look: Look<'a>,
    /// The name of the value in a baseline; empty where the line keeps nothing.
    entry: String,
    pub(super) filled: RefCell<Vec<Read<'a>>>,
}

impl<'c, 'a> Looked<'c, 'a> {
    pub(super) fn at(
        case: &'c Case<'a>,
        id: &str,
        expectation: &'a Expectation,
        reads: &mut Vec<Read<'a>>,
    ) -> Result<Self, Ended> {
        let (Left::Fact { probe, .. } | Left::Nodes { probe, .. }) = &expectation.left;
        let path = path_of(&expectation.left);
        let observation = case.observation(probe)?;
        reads.push(Read {
            observation,
            path: path.into(),
        });
        if !evidence::is_known_of_failures(path)
            && let Some(ended) = unavailable(observation)
        {
            return Err(ended);
        }
        if let Some(ended) = evidence::not_kept(observation, path) {
            return Err(ended);
        }
        let look = match &expectation.left {
            Left::Fact { .. } => look::fact(observation, path),
            Left::Nodes { selector, .. } => evaluate::select(observation, selector),
        };
        Ok(Self {
            case,
            observation,
            look,
            entry: if expectation.is_kept() {
                expectation.entry(id, &case.instance.label)
            } else {
                String::new()
            },
            filled: RefCell::default(),
        })
    }

    /// Returns what is kept of the line beside a baseline; `None` if it keeps nothing, or its answer
    /// is no evidence.
    ///
    /// A refusal, a server error where content was the question, and whatever is said in an announced
    /// maintenance window are not what a service is like.
    pub(super) fn keep(&self, expectation: &Expectation, near: Option<bool>) -> Option<KeptValue> {
        if !expectation.is_kept() {
            return None;
        }
        let observation = self.observation;
        let read = Read {
            observation,
            path: path_of(&expectation.left).into(),
        };
        let volatile = read.is_volatile();
        if evidence::maintenance(self.case.registry, observation).is_some()
            || excuse(&[read], |_, _| false).is_some()
        {
            return None;
        }
        let normalize = expectation.matchers.iter().find_map(|matcher| {
            let Matcher::Snapshot(names) = matcher else {
                return None;
            };
            Some(names.clone())
        });
        let digests = observation.evidence.iter();
        Some(KeptValue {
            fact: expectation.left.text(),
            entry: self.entry.clone(),
            seen: match &self.look {
                Look::Absent => None,
                Look::One(thing, _) => Some(thing.to_json().into_owned()),
                Look::Nodes(nodes) => Some(nodes.iter().map(|(_, node)| (*node).clone()).collect()),
            },
            normalize: normalize.unwrap_or_default(),
            near,
            place: expectation.place.clone(),
            observations: vec![observation.key.to_string()],
            asked: observation.asked.clone(),
            evidence: digests.map(|digest| digest.as_str().to_owned()).collect(),
            volatile,
        })
    }
}

/// Returns the path that a line reads.
fn path_of(left: &Left) -> &str {
    match left {
        Left::Fact { path, .. } => path,
        Left::Nodes { .. } => "json",
    }
}

impl Scope for Looked<'_, '_> {
    fn fill(&self, template: &Template) -> Result<Value, Ended> {
        let Evaluated { value, reads } = self.case.fill(template);
        self.filled.borrow_mut().extend(reads);
        value
    }

    fn now(&self) -> jiff::Timestamp {
        self.case.now()
    }

    fn accepted(&self) -> Option<&JsonValue> {
        self.case.accepted?.values.get(&self.entry)
    }
}
