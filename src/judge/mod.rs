//! Judging: expectation × observation → outcome.
//!
//! Pure: no I/O, no clock but the run's, no measuring room. The same observations
//! and the same suite give the same verdicts.

mod case;
mod cases;
mod check;
mod demand;
mod evaluate;
mod evidence;
mod expected;
mod kept;
mod lists;
pub mod look;
mod looked;
pub mod matcher;
mod observed;
pub mod quantity;
mod rules;
pub mod series;
pub mod sets;
mod share;
mod sheet;
mod ticks;
pub mod words;

pub use case::{Case, Evaluated, Read, excuse, parameters};
pub use cases::cases;
pub use evidence::{end_of, names};
pub use kept::{Kept, KeptValue};
pub use lists::canonical;
pub use observed::Observed;
pub use sheet::{Judged, Question, judge, vantages_of};

use crate::verdict::{Cause, Outcome};

/// Why something ended without its expectation being looked at, or with an absent value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How it ended.
    pub outcome: Outcome,
    /// The cause of an `inconclusive`.
    pub cause: Option<Cause>,
    /// Why, in words.
    pub message: String,
}

impl Ended {
    /// Ends with an outcome that has no cause.
    pub fn with(outcome: Outcome, message: impl Into<String>) -> Self {
        Self {
            outcome,
            cause: None,
            message: message.into(),
        }
    }

    /// Ends without verdict.
    pub fn inconclusive(cause: Cause, message: impl Into<String>) -> Self {
        Self {
            outcome: Outcome::Inconclusive,
            cause: Some(cause),
            message: message.into(),
        }
    }
}
