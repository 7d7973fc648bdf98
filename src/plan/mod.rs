//! The plan: targets and filters over scenarios, to instances and jobs.

mod axes;
mod environment;
mod filter;
mod instances;
mod items;
mod make;
mod shard;
mod twin;

pub use axes::draw;
pub use environment::{Surroundings, Yield, is_fed, probes_feeding, takes_part};
pub use filter::{Filter, FilterError, PREDICATES};
pub use instances::{MAX_INSTANCES, TooManyInstances, instances, sample};
pub use items::{Item, items_of};
pub use make::{PlanError, Selection, everybody, make, registries};
pub use shard::Shard;
pub use twin::with_samples_of;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::registry::{PerRegistry, RegistryId};
use crate::scenario::model::{Registry, Scenario, Target};

/// What a run will do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The target, overlays applied to the registries.
    pub target: Arc<Target>,
    /// Registries of the run with the target's overlay.
    pub registries: PerRegistry<Arc<Registry>>,
    /// All registries of the suite, those of the target with its overlay: an answer may lead to one
    /// that is not asked.
    pub everybody: PerRegistry<Arc<Registry>>,
    /// Place of observation.
    pub vantage: Arc<str>,
    /// Selected scenarios with their instances; negative queries last.
    pub scenarios: Vec<PlannedScenario>,
}

impl Plan {
    /// Says whether anything is observed more than once.
    pub fn polls(&self) -> bool {
        let mut all = self.scenarios.iter();
        all.any(|planned| planned.scenario.poll.is_some())
    }
}

/// One selected scenario.
#[derive(Clone, Debug)]
pub struct PlannedScenario {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// Ids of the checks, rules and comparisons that were selected, by registry; all at a
    /// registry that is not named.
    pub selected: PerRegistry<Vec<Arc<str>>>,
    /// Instances by registry; empty for those with an axis that a probe feeds.
    pub instances: PerRegistry<Vec<Instance>>,
}

impl PlannedScenario {
    /// Says whether a check, rule or comparison was selected at a registry.
    pub fn selects(&self, registry: &RegistryId, id: &Arc<str>) -> bool {
        self.selected
            .of(registry.as_str())
            .is_none_or(|ids| ids.contains(id))
    }
}

/// One point of a scenario's matrix for one registry.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// Values of the axes as expressions read them.
    pub values: BTreeMap<String, serde_json::Value>,
    /// Values of the axes as ids show them, `axis=value,axis=value`; empty without a matrix.
    pub label: Arc<str>,
    /// Whether an axis of it is sampled.
    pub sampled: bool,
}

impl Instance {
    /// Returns the instance that stands for a matrix without values, so that a reader sees that
    /// and why nothing was asked.
    pub fn without_values() -> Self {
        Self {
            values: BTreeMap::new(),
            label: Arc::from(""),
            sampled: false,
        }
    }
}
