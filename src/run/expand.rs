//! Axes that probes feed: asked once, drawn once, kept as an event.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::evaluate::Scope;
use super::job::SeenProbes;
use super::queue::Job;
use super::{Event, Executor, RunError, count};
use crate::bundle::Expansion;
use crate::fact::Skipped;
use crate::plan::{self, Instance, MAX_INSTANCES, TooManyInstances, probes_feeding};
use crate::scenario::model::Scenario;

/// Returns the probes that feed the axes of a scenario, with those that they depend on.
pub(super) fn feeding(scenario: &Scenario) -> Vec<Arc<str>> {
    let mut feeding: BTreeSet<Arc<str>> = scenario
        .matrix
        .iter()
        .flat_map(|axis| probes_feeding(scenario, axis))
        .cloned()
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

impl Executor {
    /// Asks what feeds a scenario's axes, draws their values and returns one job for each instance.
    ///
    /// Where there are no instances there is one job without values, whose probes say why they
    /// were not asked: a scenario that cannot be expanded must not look like one without checks.
    pub(super) async fn expand(&self, job: &Job) -> Result<Vec<Job>, RunError> {
        let scenario = &job.steps.scenario;
        let none = Instance::without_values();
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
        let partner = self.run.options.partner.as_ref();
        if let Some(partner) = partner.filter(|partner| partner.follows()) {
            tokio::select! {
                () = self.interruption() => return Ok(Vec::new()),
                () = partner.wait_for_draw(&scenario.id, &job.registry.id) => {}
            }
        }
        let drawn = self.draw(job, &none, &seen)?;
        if let Some(partner) = partner {
            partner.has_drawn(&scenario.id, &job.registry.id);
        }
        let (instances, without) = match drawn {
            Ok(instances) => (instances, None),
            Err(why) => (vec![none], Some(why)),
        };
        self.tell(|| Event::Expanded {
            scenario: Arc::clone(&scenario.id),
            registry: job.registry.id.clone(),
            observations: count::drawn(
                scenario,
                instances.len(),
                count::ticks(scenario, &self.run.plan.target),
            ),
        });
        let fed = Arc::new(seen);
        Ok(instances
            .into_iter()
            .map(|instance| Job {
                steps: Arc::clone(&job.steps),
                registry: Arc::clone(&job.registry),
                instance: Some(Arc::new(instance)),
                fed: Arc::clone(&fed),
                without: without.clone(),
                tick: None,
                first: None,
                late: None,
            })
            .collect())
    }

    /// Draws the values of all axes, keeps them, and returns the instances, or why there is none.
    fn draw(
        &self,
        job: &Job,
        none: &Instance,
        seen: &SeenProbes,
    ) -> Result<Result<Vec<Instance>, Skipped>, RunError> {
        let scenario = &job.steps.scenario;
        let registry = job.registry.id.as_str();
        let scope = Scope::of(self, job, none, seen);
        let mut axes = Vec::with_capacity(scenario.matrix.len());
        let mut without = None;
        let partner = self.run.options.partner.as_ref();
        for axis in &scenario.matrix {
            if let Some(taken) = partner.and_then(|p| p.taken(&scenario.id, &job.registry.id, axis))
            {
                match taken {
                    Ok(values) => axes.push(values),
                    Err(why) => without = without.or(Some(why)),
                }
                continue;
            }
            let kept = self.run.sink.expanded(&scenario.id, registry, &axis.name);
            let is_kept = kept.is_some();
            // Why there were no values is not kept, so that they are drawn once more.
            if let Some(kept) = kept.filter(|kept| !kept.values.is_empty()) {
                if let Some(partner) = partner {
                    partner.drew(&scenario.id, &job.registry.id, axis, &kept.values);
                }
                axes.push(kept.values);
                continue;
            }
            let values = scope.draw(axis).and_then(|values| match values.len() {
                0 => Err(Skipped::NotApplicable {
                    reason: format!("axis `{}` has no value here", axis.name),
                }),
                length if length > MAX_INSTANCES => Err(Skipped::Error {
                    reason: format!("axis `{}`: {TooManyInstances}", axis.name),
                }),
                _ => Ok(values),
            });
            if !is_kept || values.is_ok() {
                self.run.sink.expand(&Expansion {
                    scenario: Arc::clone(&scenario.id),
                    registry: job.registry.id.clone(),
                    axis: axis.name.clone(),
                    values: values.as_ref().map_or_else(|_| Vec::new(), Clone::clone),
                })?;
            }
            match values {
                Ok(values) => {
                    if let Some(partner) = partner {
                        partner.drew(&scenario.id, &job.registry.id, axis, &values);
                    }
                    axes.push(values);
                }
                Err(why) => without = without.or(Some(why)),
            }
        }
        if let Some(why) = without {
            return Ok(Err(why));
        }
        let all = plan::instances(&scenario.matrix, &axes).map_err(|too_many| Skipped::Error {
            reason: too_many.to_string(),
        });
        Ok(all.map(|mut all| {
            let started = self.run.options.started;
            all.retain(|one| plan::takes_part(scenario, &job.registry, one, started));
            all
        }))
    }
}
