//! What names stand for while an expression is evaluated, and how that can end.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::{LONGEST_LIST, Read, Val};
use crate::fact::Observation;

/// Most steps of one evaluation: nodes, items of lists, and 16 octets of text each.
///
/// Ours: about 0.1 s on a slow machine.
pub(super) const STEPS: u64 = 2_000_000;

/// What a name stands for while an expression is evaluated.
#[derive(Clone, Debug)]
pub(super) enum Root<'e> {
    Probe(&'e Observation),
    Value(Val<'e>),
    Observed(Arc<str>, Val<'e>),
    Failed(EvalError),
}

/// The value of each name.
#[derive(Clone, Debug, Default)]
pub struct Environment<'e>(pub(super) BTreeMap<Cow<'e, str>, Root<'e>>);

impl<'e> Environment<'e> {
    /// Returns an environment without names.
    pub fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets a probe to what it saw.
    pub fn set_probe(&mut self, name: impl Into<Cow<'e, str>>, observation: &'e Observation) {
        self.0.insert(name.into(), Root::Probe(observation));
    }

    /// Sets a name to a JSON value, such as `registry`, `vars` or a matrix axis.
    ///
    /// What is absent there is a mistake of ours, not of a registry.
    pub fn set_json(&mut self, name: impl Into<Cow<'e, str>>, value: &'e serde_json::Value) {
        self.set(name, Val::from_json(value));
    }

    /// Sets a name to a value, such as `run`.
    pub fn set(&mut self, name: impl Into<Cow<'e, str>>, value: Val<'e>) {
        self.0.insert(name.into(), Root::Value(value));
    }

    /// Sets a name to a value computed from what a probe saw, such as a `let`: what is
    /// absent there was absent from the probe's answer.
    pub fn set_observed(&mut self, name: impl Into<Cow<'e, str>>, probe: &str, value: Val<'e>) {
        self.0
            .insert(name.into(), Root::Observed(Arc::from(probe), value));
    }

    /// Sets a name whose value could not be computed; whoever reads it gets the error.
    pub fn set_failed(&mut self, name: impl Into<Cow<'e, str>>, error: EvalError) {
        self.0.insert(name.into(), Root::Failed(error));
    }
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// It reads a fact of a probe that failed: no verdict on the content.
    #[error("reads `{probe}.{path}`, but probe `{probe}` failed")]
    FailedProbe {
        /// The probe's name.
        probe: Arc<str>,
        /// What would have been read.
        path: Arc<str>,
    },
    /// It reads a probe that was not asked: it does not apply.
    #[error("reads probe `{probe}`, which was not asked")]
    SkippedProbe {
        /// The probe's name.
        probe: Arc<str>,
    },
    /// It reads what is absent from a successful observation.
    #[error("`{path}` is absent")]
    Absent {
        /// The probe whose answer lacks it.
        probe: Arc<str>,
        /// As written in the expression.
        path: String,
    },
    /// It reads what the suite does not declare, such as a variable; a mistake of ours.
    #[error("`{path}` is not declared")]
    Undeclared {
        /// As written in the expression.
        path: String,
    },
    /// It reads a document that is not in the bundle; a mistake of ours.
    #[error("the document of `{probe}.{path}` is not kept")]
    NotKept {
        /// The probe's name.
        probe: Arc<str>,
        /// The fact.
        path: Arc<str>,
    },
    /// Kinds do not go together, or a value is out of range.
    #[error("{message}")]
    Wrong {
        /// What.
        message: String,
        /// The octets of the expression where it happened.
        range: Range<usize>,
    },
    /// It takes more work than is allowed.
    #[error("takes more than {STEPS} steps or walks over more than {LONGEST_LIST} items")]
    TooMuch,
}

impl EvalError {
    /// Says whether the error ends an evaluation whatever surrounds it.
    ///
    /// CEL lets `x || true` be true where `x` is an error; a failed probe must not
    /// become a verdict that way.
    pub const fn is_final(&self) -> bool {
        match self {
            Self::FailedProbe { .. }
            | Self::SkippedProbe { .. }
            | Self::Undeclared { .. }
            | Self::NotKept { .. }
            | Self::TooMuch => true,
            Self::Absent { .. } | Self::Wrong { .. } => false,
        }
    }
}

/// The outcome of an evaluation.
#[derive(Clone, Debug)]
pub struct Evaluation<'e> {
    /// The value.
    pub value: Result<Val<'e>, EvalError>,
    /// The facts that were read, whether they were there or not.
    pub reads: BTreeSet<Read>,
}
