//! Scenarios that are observed more than once: polls, stages, windows, and what holds over time.

use std::sync::Arc;

use jiff::SignedDuration;

use super::Target;
use crate::expr::{Expression, Template};
use crate::verdict::results::Place;

/// When a scenario is observed again, counted from its first observation.
#[derive(Clone, Debug)]
pub struct Poll {
    /// When each tick is due, ascending; the first is that of tick 0.
    pub at: Vec<SignedDuration>,
    /// The same on a world whose clock jumps.
    pub rehearse: Vec<SignedDuration>,
    /// The poll of an instance ends after the first tick at which this holds.
    pub until: Option<Expression>,
    /// How late a tick may begin; later it is missed. `None` for until the next one is due.
    pub grace: Option<SignedDuration>,
    /// Where it is written.
    pub place: Place,
}

impl Poll {
    /// Returns when each tick is due at a target.
    pub fn times(&self, target: &Target) -> &[SignedDuration] {
        match target.is_rehearsal() {
            true => &self.rehearse,
            false => &self.at,
        }
    }
}

/// Something that happens while a scenario is observed.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its name, below `stages` in expressions.
    pub name: Arc<str>,
    /// It is reached at the first tick at which this holds.
    pub until: Expression,
    /// Yields when it was reached; `None` for the time of that tick.
    pub at: Option<Expression>,
    /// Where it is written.
    pub place: Place,
}

/// Who gives and who takes, in scenarios about two registries.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Yields the id of the registry that gives.
    pub source: Template,
    /// Yields the id of the registry that takes.
    pub recipient: Template,
    /// Where it is written.
    pub place: Place,
}

/// One side of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Who gives.
    Source,
    /// Who takes.
    Recipient,
}

impl Side {
    /// Both sides.
    pub const ALL: [Self; 2] = [Self::Source, Self::Recipient];

    /// Returns the word, which is also the name of its probes in expressions.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Recipient => "recipient",
        }
    }
}

/// The name of the first tick's probes in expressions.
pub const FIRST: &str = "first";

/// Over which ticks something must hold.
#[derive(Clone, Debug)]
pub struct OverTime {
    /// The stage that must be reached; earlier ticks are not looked at. `None` for the first tick.
    pub from: Option<Arc<str>>,
    /// The stage from which ticks are not looked at any more; `None` for all.
    pub to: Option<Arc<str>>,
    /// How much time there is.
    pub bound: Bounded,
}

/// How much time there is until something must hold, or while it need not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bounded {
    /// It holds at every tick.
    Always,
    /// It holds at every tick that is so long after the beginning, or longer.
    Within(Length),
    /// It does not hold for so long in all, or less.
    Allow(Length),
}

/// A length of time, or the name of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Length {
    /// Written where it is used.
    Literal(SignedDuration),
    /// A window of the scenario.
    Window(Arc<str>),
}
