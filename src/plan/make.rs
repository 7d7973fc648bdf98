//! From a suite, a target and a selection to a plan.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::axes::draw;
use super::environment::{Surroundings, is_fed, takes_part};
use super::filter::Filter;
use super::instances::{TooManyInstances, instances};
use super::items::{Item, items_of};
use super::shard::Shard;
use super::{Instance, Plan, PlannedScenario};
use crate::expr::EvalError;
use crate::registry::{PerRegistry, RegistryId};
use crate::scenario::model::{Registry, Scenario, Setting, Target, TargetKind};
use crate::scenario::suite::{Suite, sample_names};
use crate::scenario::transfer_policy::TransferPolicy;
use crate::scenario::{merge, registry_from_data};

/// The tag of scenarios that are asked last.
const NEGATIVE: &str = "negative";

/// The tag of scenarios that are asked only where a filter names them.
const BY_NAME: &str = "by-name";

/// What of a suite is wanted.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Checks, rules and comparisons; all if absent.
    pub filter: Option<Filter>,
    /// Registries; all of the target if empty.
    pub registries: Vec<RegistryId>,
    /// The part of what is selected; all of it if absent.
    pub shard: Option<Shard>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// A registry that the target does not have.
    #[error("target `{target}` has no registry `{registry}`; it has {known}")]
    Registry {
        /// The target.
        target: String,
        /// What was asked for.
        registry: String,
        /// What there is.
        known: String,
    },
    /// A matrix that is too large.
    #[error("scenario `{scenario}` at {registry}: {reason}")]
    TooMany {
        /// The scenario.
        scenario: String,
        /// The registry.
        registry: RegistryId,
        /// How many there may be.
        reason: TooManyInstances,
    },
    /// An axis without values.
    #[error("axis `{axis}` of scenario `{scenario}` at {registry}: {reason}")]
    Axis {
        /// The scenario.
        scenario: String,
        /// The axis.
        axis: String,
        /// The registry.
        registry: RegistryId,
        /// Why.
        reason: EvalError,
    },
}

/// Makes the plan of a run: overlays applied, axes that no probe feeds expanded,
/// negative queries last.
///
/// A scenario of which nothing is selected is not in it, and each of the others is in it once,
/// so that a comparison has all who take part in it. One with the tag `by-name` is in it only
/// where the filter says its id. Of a shard only its scenarios are in it.
///
/// # Errors
///
/// See [`PlanError`].
pub fn make(
    suite: &Suite,
    target: &Target,
    selection: &Selection,
    vantage: &str,
    started: Timestamp,
) -> Result<Plan, PlanError> {
    let all = registries(suite, target);
    for wanted in &selection.registries {
        if all.of(wanted.as_str()).is_none() {
            let known: Vec<&str> = all.ids().map(RegistryId::as_str).collect();
            return Err(PlanError::Registry {
                target: target.name.to_string(),
                registry: wanted.to_string(),
                known: known.join(", "),
            });
        }
    }
    let chosen =
        |id: &RegistryId| selection.registries.is_empty() || selection.registries.contains(id);
    let mut scenarios = Vec::new();
    let named = |scenario: &Scenario| {
        let filter = selection.filter.as_ref();
        filter.is_some_and(|filter| filter.names(&scenario.id))
    };
    for scenario in &suite.scenarios {
        // A poll of a real service takes days.
        let takes_long = scenario.poll.is_some() && !target.is_rehearsal();
        let only_named = takes_long || scenario.tags.iter().any(|tag| tag == BY_NAME);
        if only_named && !named(scenario) {
            continue;
        }
        let mut planned = PlannedScenario {
            scenario: Arc::clone(scenario),
            selected: PerRegistry::new(),
            instances: PerRegistry::new(),
        };
        let items = items_of(suite, scenario);
        for id in scenario.registries.iter().filter(|id| chosen(id)) {
            let Some(registry) = all.of(id.as_str()) else {
                continue;
            };
            if let Some(filter) = &selection.filter {
                let selected = select(&items, filter, id);
                if selected.is_empty() {
                    continue;
                }
                if selected.len() < items.len() {
                    planned.selected.insert(id.clone(), selected);
                }
            }
            let instances = expand(scenario, registry, started)?;
            if scenario.pair.is_none() || is_fed(scenario) || !instances.is_empty() {
                planned.instances.insert(id.clone(), instances);
            }
        }
        if !planned.instances.is_empty() {
            scenarios.push(planned);
        }
    }
    if let Some(shard) = selection.shard {
        // By id, as [`Shard`] says, whatever the order of the suite is.
        scenarios.sort_by(|a, b| a.scenario.id.cmp(&b.scenario.id));
        let mut place = 0..;
        scenarios.retain(|_| place.next().is_some_and(|place| shard.takes(place)));
    }
    scenarios.sort_by_key(|p| p.scenario.tags.iter().any(|t| t == NEGATIVE));
    let registries = all
        .iter()
        .filter(|(id, _)| {
            scenarios
                .iter()
                .any(|p| p.instances.of(id.as_str()).is_some())
        })
        .map(|(id, registry)| (id.clone(), Arc::clone(registry)))
        .collect();
    let everybody = everybody(suite, &all);
    Ok(Plan {
        target: Arc::new(target.clone()),
        registries,
        everybody,
        vantage: Arc::from(vantage),
        scenarios,
    })
}

/// Returns the ids that a filter selects at a registry.
fn select(items: &[Item<'_>], filter: &Filter, registry: &RegistryId) -> Vec<Arc<str>> {
    items
        .iter()
        .filter(|item| filter.holds(item, registry))
        .map(|item| Arc::clone(item.id))
        .collect()
}

/// Returns all registries of a suite, those of a target, with its overlay, in the place of the suite's own.
pub fn everybody(
    suite: &Suite,
    of_target: &PerRegistry<Arc<Registry>>,
) -> PerRegistry<Arc<Registry>> {
    let each = suite.registries.iter().map(|(id, registry)| {
        let own = of_target.of(id.as_str()).map(Arc::clone);
        (
            id.clone(),
            own.unwrap_or_else(|| Arc::new(registry.clone())),
        )
    });
    each.collect()
}

/// Returns the registries of a target, its overlays applied.
///
/// Samples that other registries declare and one does not are its capabilities
/// `samples.<name>: false`, so that `needs: samples.nameserver` can be said.
pub fn registries(suite: &Suite, target: &Target) -> PerRegistry<Arc<Registry>> {
    let member = |id: &RegistryId| target.registries.is_empty() || target.registries.contains(id);
    let mut patched: Vec<(&Registry, serde_json::Value)> = Vec::new();
    for (id, registry) in suite.registries.iter().filter(|(id, _)| member(id)) {
        let mut data = registry.data.clone();
        if let Some(overlay) = target.overlays.of(id.as_str()) {
            replace_samples(&mut data, overlay);
            merge(&mut data, overlay, false);
        }
        if let serde_json::Value::Object(members) = &mut data
            && !suite.checklists.is_empty()
        {
            let is_live = target.kind == TargetKind::Live;
            let attested = suite.attested(id, &target.name, is_live);
            members.insert("attested".to_owned(), attested);
        }
        patched.push((registry, data));
    }
    let by_id: serde_json::Map<String, serde_json::Value> = patched
        .iter()
        .map(|(registry, data)| (registry.id.to_string(), data.clone()))
        .collect();
    let policy = suite.transfer_policy(&target.name, target.kind == TargetKind::Live);
    let setting = Arc::new(Setting {
        bootstrap: target.bootstrap.clone(),
        iana: target.iana.clone(),
        nro: target.nro.clone(),
        registries: serde_json::Value::Object(by_id),
        allowed: suite.allowed_data(),
        transfer_policy: policy.map_or_else(|| json!({}), TransferPolicy::to_json),
    });
    let names = sample_names(&suite.registries, &suite.targets);
    patched
        .into_iter()
        .map(|(registry, data)| {
            let mut made = registry_from_data(registry.id.clone(), data, registry.place.clone());
            made.setting = Arc::clone(&setting);
            for name in &names {
                if made.data.pointer(&format!("/samples/{name}")).is_none() {
                    made.capabilities.insert(format!("samples.{name}"), false);
                }
            }
            (made.id.clone(), Arc::new(made))
        })
        .collect()
}

/// Removes the samples below an overlay that has its own: what production holds, another
/// target's world does not.
fn replace_samples(data: &mut serde_json::Value, overlay: &serde_json::Value) {
    let own = overlay
        .get("samples")
        .is_some_and(serde_json::Value::is_object);
    if let (true, serde_json::Value::Object(members)) = (own, data) {
        members.shift_remove("samples");
    }
}

/// Returns the instances of a scenario at a registry; none if a probe feeds an axis.
///
/// Where an axis has no value because the registry declares none there is one instance
/// without values, so that a reader sees that and why nothing was asked.
fn expand(
    scenario: &Scenario,
    registry: &Registry,
    started: Timestamp,
) -> Result<Vec<Instance>, PlanError> {
    if is_fed(scenario) {
        return Ok(Vec::new());
    }
    let nothing = Instance::without_values();
    // Who is on neither side of a pair has no part in it.
    let none = || match scenario.pair {
        Some(_) => Vec::new(),
        None => vec![Instance::without_values()],
    };
    let around = Surroundings::new(scenario, registry, &nothing, started);
    let mut values = Vec::with_capacity(scenario.matrix.len());
    for axis in &scenario.matrix {
        match draw(&axis.values, &around) {
            Ok(drawn) if drawn.is_empty() => return Ok(none()),
            Ok(drawn) => values.push(drawn),
            Err(EvalError::Undeclared { .. } | EvalError::Absent { .. }) => {
                return Ok(none());
            }
            Err(reason) => {
                return Err(PlanError::Axis {
                    scenario: scenario.id.to_string(),
                    axis: axis.name.clone(),
                    registry: registry.id.clone(),
                    reason,
                });
            }
        }
    }
    let all = instances(&scenario.matrix, &values).map_err(|reason| PlanError::TooMany {
        scenario: scenario.id.to_string(),
        registry: registry.id.clone(),
        reason,
    });
    all.map(|mut all| {
        all.retain(|instance| takes_part(scenario, registry, instance, started));
        all
    })
}
