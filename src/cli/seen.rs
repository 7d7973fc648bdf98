//! What is judged: the same of a bundle, of a run that just ended, and of a replay.

use std::borrow::Cow;

use crate::bundle::{Bundle, BundleError, Expansion, Fresh};
use crate::fact::{Observation, Tick};

/// What a run saw: a bundle, or a replay of one.
pub trait Seen {
    /// Says whether the run ended before everything planned was observed.
    fn is_partial(&self) -> bool;

    /// Returns the number of first attempts that finished, at one target or at all.
    fn first_attempts(&self, target: Option<&str>) -> usize;

    /// Returns the observations of a scenario in the order of their keys.
    ///
    /// # Errors
    ///
    /// What reading says.
    fn observations(&self, scenario: &str) -> Result<Cow<'_, [Observation]>, BundleError>;

    /// Returns the values of an axis that probes fed; `None` if it was not expanded.
    fn expansion(&self, scenario: &str, registry: &str, axis: &str) -> Option<&Expansion>;

    /// Returns the ticks of a scenario that is polled, in the order of their events.
    fn ticks(&self, scenario: &str) -> Vec<Tick>;
}

impl Seen for Bundle {
    fn is_partial(&self) -> bool {
        Self::is_partial(self)
    }

    fn first_attempts(&self, target: Option<&str>) -> usize {
        Self::first_attempts(self, target)
    }

    fn observations(&self, scenario: &str) -> Result<Cow<'_, [Observation]>, BundleError> {
        Self::observations(self, scenario).map(Cow::Owned)
    }

    fn expansion(&self, scenario: &str, registry: &str, axis: &str) -> Option<&Expansion> {
        Self::expansion(self, scenario, registry, axis)
    }

    fn ticks(&self, scenario: &str) -> Vec<Tick> {
        Self::ticks(self, scenario)
    }
}

impl Seen for Fresh {
    fn is_partial(&self) -> bool {
        false
    }

    fn first_attempts(&self, target: Option<&str>) -> usize {
        Self::first_attempts(self, target)
    }

    fn observations(&self, scenario: &str) -> Result<Cow<'_, [Observation]>, BundleError> {
        Ok(Cow::Borrowed(Self::observations(self, scenario)))
    }

    fn expansion(&self, scenario: &str, registry: &str, axis: &str) -> Option<&Expansion> {
        Self::expansion(self, scenario, registry, axis)
    }

    fn ticks(&self, scenario: &str) -> Vec<Tick> {
        Self::ticks(self, scenario)
    }
}
