//! Axes that probes feed: asked once, drawn once, kept as an event.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::evaluate::Scope;
use super::job::SeenProbes;
use super::queue::Job;
use super::{Event, Executor, RunError, number};
use crate::bundle::Expansion;
use crate::plan::{self, Instance, probes_behind};
use crate::scenario::model::{Axis, AxisValues, Scenario};

/// Returns the axes of a scenario whose values come from probes.
pub(super) fn fed_axes(scenario: &Scenario) -> Vec<&Axis> {
    let fed = |axis: &&Axis| !probes_of_axis(scenario, axis).is_empty();
    scenario.matrix.iter().filter(fed).collect()
}

/// Returns the probes that feed the axes of a scenario, with those that they depend on.
pub(super) fn feeding(scenario: &Scenario) -> Vec<Arc<str>> {
    let mut feeding: BTreeSet<Arc<str>> = scenario
        .matrix
        .iter()
        .flat_map(|axis| probes_of_axis(scenario, axis))
        .collect();
    loop {
        let before: Vec<_> = scenario
            .probes
            .iter()
            .filter(|probe| feeding.contains(&probe.name))
            .flat_map(|probe| probe.after.iter().cloned())
            .filter(|name| !feeding.contains(name))
            .collect();
        if before.is_empty() {
            return feeding.into_iter().collect();
        }
        feeding.extend(before);
    }
}

fn probes_of_axis(scenario: &Scenario, axis: &Axis) -> BTreeSet<Arc<str>> {
    match &axis.values {
        AxisValues::Literal(_) | AxisValues::Patterns(_) => BTreeSet::new(),
        AxisValues::Expression(from) | AxisValues::Sample { from, .. } => {
            probes_behind(scenario, from)
        }
    }
}

impl Executor {
    /// Asks what feeds a scenario's axes, draws their values and returns one job for each instance.
    ///
    /// Where the values cannot be drawn there are no instances; why not is in the
    /// observations of the probes that were to feed them.
    pub(super) async fn expand(&self, job: &Job) -> Result<Vec<Job>, RunError> {
        let scenario = &job.steps.scenario;
        let none = Instance {
            values: std::collections::BTreeMap::new(),
            label: Arc::from(""),
            sampled: false,
        };
        let mut seen = SeenProbes::new();
        for probe in Self::probes_of(job) {
            if !job.steps.feeding.contains(&probe.name) {
                continue;
            }
            let label = Arc::clone(&none.label);
            match self.probe(job, &none, &label, probe, &seen).await? {
                Some(observation) => seen.insert(Arc::clone(&probe.name), observation),
                None => return Ok(Vec::new()),
            };
        }
        let registry = job.registry.id.as_str();
        let scope = Scope::of(self, &job.registry, scenario, &none, &seen);
        let mut axes = Vec::with_capacity(scenario.matrix.len());
        for axis in &scenario.matrix {
            if let Some(kept) = self.run.sink.expanded(&scenario.id, registry, &axis.name) {
                axes.push(kept.values);
                continue;
            }
            let expansion = Expansion {
                scenario: Arc::clone(&scenario.id),
                registry: job.registry.id.clone(),
                axis: axis.name.clone(),
                values: scope.draw(&axis.values),
            };
            self.run.sink.expand(&expansion)?;
            axes.push(expansion.values);
        }
        // Too many instances cannot come of one axis, and lint refuses several that probes feed.
        let instances = plan::instances(&scenario.matrix, &axes).unwrap_or_default();
        let own = scenario.probes.len() - job.steps.feeding.len();
        self.tell(|| Event::Expanded {
            scenario: Arc::clone(&scenario.id),
            registry: job.registry.id.clone(),
            observations: number(own * instances.len()),
        });
        let fed = Arc::new(seen);
        Ok(instances
            .into_iter()
            .map(|instance| Job {
                steps: Arc::clone(&job.steps),
                registry: Arc::clone(&job.registry),
                instance: Some(Arc::new(instance)),
                fed: Arc::clone(&fed),
            })
            .collect())
    }
}
