//! Where what was seen goes, and what is remembered of an interrupted run.

use std::fmt;
use std::sync::Arc;

use crate::bundle::{BundleError, Expansion, Writer};
use crate::fact::{Key, Observation, Tick};

/// Keeps what a run sees.
pub trait Sink: fmt::Debug + Send + Sync {
    /// Returns an observation that finished before this run began; `None` if it has to be made.
    ///
    /// # Errors
    ///
    /// What reading says.
    fn finished(&self, key: &Key) -> Result<Option<Arc<Observation>>, BundleError>;

    /// Returns the values of an axis that were drawn before this run began; `None` if they have to be.
    fn expanded(&self, scenario: &str, registry: &str, axis: &str) -> Option<Expansion>;

    /// Keeps an observation: it is finished when this returns.
    ///
    /// # Errors
    ///
    /// What writing says; then the run ends.
    fn observe(&self, observation: &Arc<Observation>) -> Result<(), BundleError>;

    /// Keeps the values of an axis that probes feed.
    ///
    /// # Errors
    ///
    /// What writing says; then the run ends.
    fn expand(&self, expansion: &Expansion) -> Result<(), BundleError>;

    /// Returns the ticks of a scenario that were begun or missed before this run began.
    fn ticks(&self, scenario: &str) -> Vec<Tick>;

    /// Keeps that a tick of a poll begins, or was missed.
    ///
    /// # Errors
    ///
    /// What writing says; then the run ends.
    fn tick(&self, tick: &Tick) -> Result<(), BundleError>;
}

impl Sink for Writer {
    fn finished(&self, key: &Key) -> Result<Option<Arc<Observation>>, BundleError> {
        Ok(Self::finished(self, key)?.map(Arc::new))
    }

    fn expanded(&self, scenario: &str, registry: &str, axis: &str) -> Option<Expansion> {
        Self::expanded(self, scenario, registry, axis)
    }

    fn observe(&self, observation: &Arc<Observation>) -> Result<(), BundleError> {
        Self::observe(self, observation)
    }

    fn expand(&self, expansion: &Expansion) -> Result<(), BundleError> {
        Self::expand(self, expansion.clone())
    }

    fn ticks(&self, scenario: &str) -> Vec<Tick> {
        Self::ticks(self, scenario)
    }

    fn tick(&self, tick: &Tick) -> Result<(), BundleError> {
        Self::tick(self, tick)
    }
}
