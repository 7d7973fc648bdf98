//! What a run drew: the instances of its axes, and how much was planned when all was drawn.

use std::sync::Arc;

use jiff::Timestamp;

use super::seen::Seen;
use crate::bundle::RunRecord;
use crate::fact::{Digest, Tick};
use crate::plan::{Instance, PlannedScenario, takes_part};
use crate::registry::{PerRegistry, RegistryId};
use crate::run;
use crate::scenario::model::{Registry, Target};
use crate::verdict::results::Planned;

/// Sets the instances of axes that probes fed to what the run drew: the values by registry and axis.
///
/// Where it drew none, or was interrupted before, one instance without values stands for all, so
/// that every check says why it was not asked.
pub fn expand(
    planned: &mut PlannedScenario,
    registries: &PerRegistry<Arc<Registry>>,
    started: Timestamp,
    drawn: impl Fn(&str, &str) -> Option<Vec<serde_json::Value>>,
) {
    let scenario = Arc::clone(&planned.scenario);
    if !crate::plan::is_fed(&scenario) {
        return;
    }
    let ids: Vec<_> = planned.instances.ids().cloned().collect();
    for id in ids {
        let values: Option<Vec<_>> = scenario
            .matrix
            .iter()
            .map(|axis| drawn(id.as_str(), &axis.name))
            .collect();
        let instances = values
            .and_then(|values| crate::plan::instances(&scenario.matrix, &values).ok())
            .filter(|instances| !instances.is_empty())
            .unwrap_or_else(|| vec![Instance::without_values()]);
        let registry = registries.of(id.as_str());
        let takes_part = |one: &Instance| {
            let is_none = one.label.is_empty();
            is_none || registry.is_some_and(|r| takes_part(&scenario, r, one, started))
        };
        let instances: Vec<Instance> = instances.into_iter().filter(takes_part).collect();
        planned.instances.insert(id, instances);
    }
}

/// Counts what was planned of a scenario whose axes are drawn.
///
/// In a run that ended, a poll has the ticks that came or were missed: it may have ended before its
/// last one was due. Of a partial run nobody knows, and all are counted.
pub fn observations(
    planned: &PlannedScenario,
    target: &Target,
    ticks: &[Tick],
    partial: bool,
) -> u64 {
    let all = run::ticks(&planned.scenario, target);
    run::observations(planned, |registry: &RegistryId, label| {
        if planned.scenario.poll.is_none() || partial {
            return all;
        }
        let own = ticks.iter();
        own.filter(|tick| tick.registry == *registry && tick.instance.as_ref() == label)
            .count()
    })
}

/// Returns what a run planned of one of its targets, never less than it observed; `counted` is the
/// sum of its scenarios as they stand today.
///
/// Where the suite has changed since, or runs were merged, today's scenarios are not what was planned:
/// then a run that ended observed all of it, and of a partial one there is only what it wrote down
/// before its axes were drawn.
pub fn planned(
    record: &RunRecord,
    suite: &Digest,
    seen: &impl Seen,
    target: &str,
    counted: u64,
) -> Planned {
    let target = record.twin.is_some().then_some(target);
    let observed = u64::try_from(seen.first_attempts(target)).unwrap_or(u64::MAX);
    let is_counted = record.suite == *suite && record.parts.is_empty();
    let planned = match (is_counted, seen.is_partial()) {
        (true, _) => counted,
        (false, true) => record.planned.observations,
        (false, false) => observed,
    };
    Planned {
        scenarios: record.planned.scenarios,
        observations: planned.max(observed),
        observed,
    }
}
