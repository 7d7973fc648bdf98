//! The jobs of one registry, in the order of the plan, and those who work them off.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::job::SeenProbes;
use super::{Executor, RunError, expand};
use crate::fact::{Skipped, Tick};
use crate::plan::{Instance, Plan, PlannedScenario};
use crate::registry::{PerRegistry, RegistryId};
use crate::scenario::model::{Registry, Scenario};
use crate::scenario::order;

/// Something to do at one registry.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) steps: Arc<Steps>,
    pub(super) registry: Arc<Registry>,
    /// The instance; `None` if an axis has to be expanded first.
    pub(super) instance: Option<Arc<Instance>>,
    /// What fed an axis, the same for all instances; empty where nothing does.
    pub(super) fed: Arc<SeenProbes>,
    /// Why there is no instance to ask for; its probes say so.
    pub(super) without: Option<Skipped>,
    /// The tick of a poll; `None` for what is asked once.
    pub(super) tick: Option<Arc<Tick>>,
    /// What was seen at the first tick; `None` at that one itself.
    pub(super) first: Option<Arc<SeenProbes>>,
    /// Why what is missing of the tick is not asked any more.
    pub(super) late: Option<Skipped>,
}

/// A scenario with the order in which its probes are asked.
#[derive(Debug)]
pub(super) struct Steps {
    pub(super) scenario: Arc<Scenario>,
    /// Places in the scenario's list of probes, each after those it depends on.
    pub(super) order: Vec<usize>,
    /// Probes that feed an axis: asked once for all instances.
    pub(super) feeding: Vec<Arc<str>>,
}

impl Steps {
    pub(super) fn of(scenario: &Arc<Scenario>) -> Self {
        Self {
            scenario: Arc::clone(scenario),
            order: order(&scenario.probes, |probe| &probe.name, |probe| &probe.after),
            feeding: expand::feeding(scenario),
        }
    }
}

/// The jobs of one registry.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    more: Notify,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Jobs under way that may bring more.
    expanding: usize,
}

/// Returns the jobs of all registries of a run.
pub(super) fn of(executor: &Executor) -> PerRegistry<Arc<Queue>> {
    let plan = &executor.run.plan;
    let mut queues: PerRegistry<VecDeque<Job>> = PerRegistry::new();
    let once = plan.scenarios.iter().filter(|p| p.scenario.poll.is_none());
    for planned in once {
        let steps = Arc::new(Steps::of(&planned.scenario));
        for job in jobs(planned, plan, &steps) {
            let queue = queues.entry_or(&job.registry.id, VecDeque::new);
            queue.push_back(job);
        }
    }
    let ids: Vec<RegistryId> = queues.ids().cloned().collect();
    ids.into_iter()
        .map(|id| {
            let jobs = queues.of_mut(id.as_str()).map(std::mem::take);
            let state = Mutex::new(State {
                jobs: jobs.unwrap_or_default(),
                expanding: 0,
            });
            let more = Notify::new();
            (id, Arc::new(Queue { state, more }))
        })
        .collect()
}

/// Returns the jobs of a scenario, by registry: one for each instance, or one that has to be expanded.
pub(super) fn jobs(planned: &PlannedScenario, plan: &Plan, steps: &Arc<Steps>) -> Vec<Job> {
    let nothing = Arc::new(SeenProbes::new());
    let mut jobs = Vec::new();
    for (id, instances) in planned.instances.iter() {
        let Some(registry) = plan.registries.of(id.as_str()) else {
            continue;
        };
        let job = |instance| Job {
            steps: Arc::clone(steps),
            registry: Arc::clone(registry),
            instance,
            fed: Arc::clone(&nothing),
            without: None,
            tick: None,
            first: None,
            late: None,
        };
        if steps.feeding.is_empty() {
            jobs.extend(instances.iter().map(|i| job(Some(Arc::new(i.clone())))));
        } else {
            jobs.push(job(None));
        }
    }
    jobs
}

/// What a worker does next.
enum Next {
    Job(Job),
    Wait,
    End,
}

impl Queue {
    /// Works jobs off until there are none left and none can come.
    pub(super) async fn work(self: Arc<Self>, executor: Arc<Executor>) -> Result<(), RunError> {
        loop {
            let more = self.more.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            if executor.is_interrupted() {
                return Ok(());
            }
            match self.next() {
                Next::End => return Ok(()),
                Next::Wait => more.await,
                Next::Job(job) if job.instance.is_some() => {
                    executor.observe(&job).await.inspect_err(|_| self.end())?;
                }
                Next::Job(job) => {
                    let jobs = executor.expand(&job).await;
                    let mut state = self.state();
                    state.expanding -= 1;
                    match jobs {
                        // In front, so that the plan's order holds.
                        Ok(jobs) => jobs
                            .into_iter()
                            .rev()
                            .for_each(|j| state.jobs.push_front(j)),
                        Err(error) => {
                            drop(state);
                            self.end();
                            return Err(error);
                        }
                    }
                    drop(state);
                    self.more.notify_waiters();
                }
            }
        }
    }

    fn next(&self) -> Next {
        let mut state = self.state();
        match state.jobs.pop_front() {
            Some(job) => {
                if job.instance.is_none() {
                    state.expanding += 1;
                }
                Next::Job(job)
            }
            None if state.expanding > 0 => Next::Wait,
            None => Next::End,
        }
    }

    /// Leaves everything that was not begun: nothing can be kept any more.
    fn end(&self) {
        let mut state = self.state();
        state.jobs.clear();
        state.expanding = 0;
        drop(state);
        self.more.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
