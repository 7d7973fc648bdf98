//! The one expression language of scenarios: CEL over facts, text with `${…}`, and JSONPath.
//!
//! A text is compiled against a [`Scope`] that says which names exist and what they
//! are: unknown names, facts and functions and units that do not fit are
//! [`Problem`]s with their place. It is evaluated over an [`Environment`] that gives
//! each name its value; facts and documents are looked into, never converted.
//!
//! A read beyond `ok` and `failure` of a failed probe ends the evaluation whatever
//! surrounds it, so that `!has(p.json.x)` is no verdict; `p.ok && …` and
//! `p.ok ? … : …` guard, because what is not evaluated is not read. The work of one
//! evaluation is bounded in steps, list lengths and depth.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an operator or function takes a few kinds of values and refuses all others alike"
)]

mod bound;
mod check;
mod cost;
mod environment;
mod evaluate;
mod functions;
mod loops;
mod operate;
mod parse;
mod scope;
mod selector;
mod template;
#[cfg(test)]
mod tests;
mod tree;
mod value;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

pub use environment::{Environment, EvalError, Evaluation};
pub use functions::{FUNCTIONS, Function, all as functions};
pub use scope::{Scope, Type};
pub use selector::{Located, Selector};
pub use template::Template;
pub use value::{Group, List, Map, Shared, Val};

/// Longest list that an expression may make or walk over.
pub const LONGEST_LIST: usize = 10_000;

/// Longest text that an expression may make, in octets.
pub const LONGEST_TEXT: usize = 1 << 20;

/// A mistake in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The octets of the text that are wrong; `yaml::Source::inside` finds their place in the file.
    pub range: Range<usize>,
    /// What is wrong, what would have been right last.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            range,
            message: message.into(),
        }
    }

    /// Returns a problem with an unknown word, and the known one that was probably meant.
    pub(crate) fn unknown<'a>(
        range: Range<usize>,
        message: String,
        word: &str,
        known: impl IntoIterator<Item = &'a str>,
        prefix: &str,
    ) -> Self {
        let nearest = crate::yaml::nearest(word, known);
        let message = match nearest {
            Some(nearest) => format!("{message}; did you mean `{prefix}{nearest}`?"),
            None => message,
        };
        Self::new(range, message)
    }

    /// Returns the same problem of a text that stands `by` octets further on.
    #[must_use]
    pub(crate) fn moved(mut self, by: usize) -> Self {
        self.range = self.range.start + by..self.range.end + by;
        self
    }
}

/// A fact of a probe that an expression reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Read {
    /// The probe's name in the scenario.
    pub probe: Arc<str>,
    /// The dotted path, such as `status`, `json` or `headers.etag`; a group's own path if it is read as a whole.
    pub path: Arc<str>,
}

/// A compiled CEL expression. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Expression(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    text: Arc<str>,
    node: tree::Node,
    kind: Type,
    roots: BTreeSet<Arc<str>>,
    /// Those of the names that are probes.
    probes: BTreeSet<Arc<str>>,
    reads: BTreeSet<Read>,
    scope: Scope,
}

impl Expression {
    /// Compiles an expression and checks its names, kinds and units.
    ///
    /// # Errors
    ///
    /// All [`Problem`]s of an expression that can be parsed; the first syntax error otherwise.
    pub fn compile(text: &str, scope: &Scope) -> Result<Self, Vec<Problem>> {
        let mut node = parse::parse(text)?;
        let checked = check::check(text, scope, &mut node)?;
        let scope = scope.only(&checked.roots);
        let probes = scope.probes().cloned().collect();
        Ok(Self(Arc::new(Compiled {
            text: Arc::from(text),
            node,
            kind: checked.kind,
            roots: checked.roots,
            probes,
            reads: checked.reads,
            scope,
        })))
    }

    /// Compiles an expression that must yield true or false: `expr`, `when`, `until`.
    ///
    /// # Errors
    ///
    /// As [`Expression::compile`]; also a [`Problem`] if it yields something else.
    pub fn compile_condition(text: &str, scope: &Scope) -> Result<Self, Vec<Problem>> {
        let expression = Self::compile(text, scope)?;
        match expression.kind() {
            Type::Bool | Type::Dynamic => Ok(expression),
            other => {
                let message = format!("this yields {}; expected true or false", other.words());
                Err(vec![Problem::new(0..text.len(), message)])
            }
        }
    }

    /// Returns the text as written.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Returns what it yields, as far as that is known.
    pub fn kind(&self) -> &Type {
        &self.0.kind
    }

    /// Iterates over the names that are read, in alphabetical order: probes and others.
    pub fn roots(&self) -> impl Iterator<Item = &str> {
        self.0.roots.iter().map(AsRef::as_ref)
    }

    /// Returns the probes that are read, as they are named; not those that are read through other names.
    pub fn probes(&self) -> &BTreeSet<Arc<str>> {
        &self.0.probes
    }

    /// Returns the facts that may be read, as far as the text says; an evaluation reads some of them.
    pub fn reads(&self) -> &BTreeSet<Read> {
        &self.0.reads
    }

    /// Evaluates and says what was read.
    pub fn run<'e>(&'e self, environment: &'e Environment<'e>) -> Evaluation<'e> {
        evaluate::run(self, environment)
    }

    /// Evaluates.
    ///
    /// # Errors
    ///
    /// See [`EvalError`].
    pub fn evaluate<'e>(&'e self, environment: &'e Environment<'e>) -> Result<Val<'e>, EvalError> {
        self.run(environment).value
    }

    /// Evaluates an expression that must yield true or false.
    ///
    /// # Errors
    ///
    /// See [`EvalError`]; [`EvalError::Wrong`] if it yields something else.
    pub fn holds(&self, environment: &Environment<'_>) -> Result<bool, EvalError> {
        let value = self.run(environment).value?;
        value.as_bool().ok_or_else(|| EvalError::Wrong {
            message: format!("yields {}; expected true or false", value.words()),
            range: 0..self.0.text.len(),
        })
    }
}
