//! What must hold of one registry: checks, uses of rules, and what they rest on.

use std::sync::Arc;

use super::{Matcher, Need, OverTime, Side};
use crate::expr::{Expression, Selector, Template};
use crate::verdict::results::Place;
use crate::verdict::{Level, Operator};

/// What a verdict rests on, common to checks, rules and comparisons.
#[derive(Clone, Debug)]
pub struct Basis {
    /// How much it matters.
    pub level: Level,
    /// Whose doing it is.
    pub operator: Operator,
    /// Clauses or agreements, such as `rfc9083#4.2`.
    pub refs: Vec<String>,
    /// Catalogue ids it covers.
    pub covers: Vec<String>,
    /// The suite release that brought it; provisional in that release.
    pub since: Option<String>,
    /// Former ids.
    pub renamed_from: Vec<String>,
    /// Findings with the same cause are counted as one.
    pub cause: Option<String>,
    /// Where a rule has something to look at; `None` for everywhere, and for checks.
    pub applies: Option<String>,
}

/// A check of a scenario.
#[derive(Clone, Debug)]
pub struct Check {
    /// `<scenario>/<check>`.
    pub id: Arc<str>,
    /// One sentence: what must hold.
    pub title: String,
    /// What it rests on.
    pub basis: Basis,
    /// Judged only if this holds; otherwise not-applicable.
    pub when: Option<Expression>,
    /// Checks that must pass first, as `<scenario>/<check>`; otherwise skipped.
    pub requires: Vec<Arc<str>>,
    /// Capabilities that must not be declared absent.
    pub needs: Vec<Need>,
    /// The side of the pair it is about; `None` for both, and where there is no pair.
    pub side: Option<Side>,
    /// The ticks at which it must hold; `None` for the last one.
    pub over_time: Option<OverTime>,
    /// What must hold.
    pub condition: Condition,
    /// Where it is written.
    pub place: Place,
}

/// What a check demands.
#[derive(Clone, Debug)]
pub enum Condition {
    /// All of these.
    Expect(Vec<Expectation>),
    /// This expression yields true.
    Expression {
        /// The expression.
        expression: Expression,
        /// What to say if it does not.
        message: Option<Template>,
    },
}

/// One line of `expect`.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// What is looked at.
    pub left: Left,
    /// What must hold of it; all of them.
    pub matchers: Vec<Matcher>,
    /// Where it is written.
    pub place: Place,
    /// The line as written, for messages: `help.status: 200`.
    pub text: String,
}

impl Expectation {
    /// Says whether the value that it looks at is kept beside a baseline.
    pub fn is_kept(&self) -> bool {
        self.matchers.iter().any(Matcher::is_kept)
    }

    /// Names the value in a baseline, of an instance of a check, by [`entry`](crate::verdict::baseline::entry).
    pub fn entry(&self, check: &str, instance: &str) -> String {
        let short = check.rsplit('/').next().unwrap_or(check);
        let fact = self.left.text();
        crate::verdict::baseline::entry(short, instance, &fact)
    }
}

/// What an expectation looks at.
#[derive(Clone, Debug)]
pub enum Left {
    /// A fact of a probe, such as `help.status`.
    Fact {
        /// The probe.
        probe: Arc<str>,
        /// The path.
        path: String,
    },
    /// Nodes of a probe's JSON body, such as `help $.notices[*].links`.
    Nodes {
        /// The probe.
        probe: Arc<str>,
        /// The selector.
        selector: Selector,
    },
}

impl Left {
    /// Returns the left side as it is written: `help.status`, `help $.notices[*]`.
    pub fn text(&self) -> String {
        match self {
            Self::Fact { probe, path } => format!("{probe}.{path}"),
            Self::Nodes { probe, selector } => format!("{probe} {}", selector.text()),
        }
    }
}

/// A use of inspector rules on the document of a probe.
#[derive(Clone, Debug)]
pub struct RuleUse {
    /// Ids, globs expanded and exceptions removed, in catalogue order, each with what it rests on (overrides applied).
    pub rules: Vec<(Arc<str>, Basis)>,
    /// The probe.
    pub of: Arc<str>,
    /// Judged only if this holds.
    pub when: Option<Expression>,
    /// Ids left out, with the reason.
    pub except: Vec<(Arc<str>, String)>,
    /// Where it is written.
    pub place: Place,
}
