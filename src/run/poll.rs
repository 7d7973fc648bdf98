//! Polls: scenarios that are asked again and again, each instance at its own pace.
//!
//! They begin when everything else was asked. A tick is an event before anything of it is
//! asked: a run that was stopped between two ticks goes on with the next, and one that was
//! stopped within a tick asks what is missing of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::evaluate::Scope;
use super::job::SeenProbes;
use super::queue::{Job, Steps};
use super::{Executor, RunError, ask, queue};
use crate::clock::Busy;
use crate::fact::{Skipped, Tick};
use crate::plan::PlannedScenario;
use crate::registry::{PerRegistry, RegistryId};
use crate::scenario::model::Poll;

/// What the ticks of one scenario have in common.
#[derive(Debug)]
pub(super) struct Schedule {
    /// When the poll began.
    began: Timestamp,
    /// When each tick is due.
    due: Vec<Timestamp>,
    /// How late a tick may begin; `None` for until the next one is due.
    grace: Option<SignedDuration>,
    /// Ticks that began or were missed before this run did, or in the run that is replayed.
    known: BTreeMap<(RegistryId, Arc<str>, u32), Tick>,
}

impl Schedule {
    /// Returns the last moment at which a tick may begin; `None` if it is never too late.
    fn latest(&self, number: usize) -> Option<Timestamp> {
        match self.grace {
            Some(grace) => self.due.get(number)?.checked_add(grace).ok(),
            None => self.due.get(number + 1).copied(),
        }
    }
}

/// What becomes of a tick.
enum Turn {
    /// It is asked; of one that had begun and is too late now, what is missing is left out.
    Ask(Tick, Option<Skipped>),
    /// It was missed.
    Missed,
    /// Nothing more is asked: the run was interrupted, or does not wait.
    Stop,
}

impl Executor {
    /// Works all polls off; `interrupted` or left waiting is a run to be resumed.
    pub(super) async fn poll(self: &Arc<Self>) -> Result<(), RunError> {
        let polled = self.run.plan.scenarios.iter();
        let polled: Vec<&PlannedScenario> = polled.filter(|p| p.scenario.poll.is_some()).collect();
        if polled.is_empty() {
            return Ok(());
        }
        let busy = self.run.clock.busy();
        let gates: PerRegistry<Arc<Semaphore>> = self
            .run
            .plan
            .registries
            .ids()
            .map(|id| {
                (
                    id.clone(),
                    Arc::new(Semaphore::new(self.run.options.jobs.max(1))),
                )
            })
            .collect();
        let mut tasks = JoinSet::new();
        let mut owners = BTreeMap::new();
        for planned in polled {
            let Some(poll) = &planned.scenario.poll else {
                continue;
            };
            let schedule = Arc::new(self.schedule(planned, poll));
            for job in queue::jobs(
                planned,
                &self.run.plan,
                &Arc::new(Steps::of(&planned.scenario)),
            ) {
                let Some(gate) = gates.of(job.registry.id.as_str()).cloned() else {
                    continue;
                };
                let (executor, schedule) = (Arc::clone(self), Arc::clone(&schedule));
                // Each has its guard before the first may wait.
                let busy = self.run.clock.busy();
                let registry = job.registry.id.clone();
                let task =
                    async move { executor.expand_and_follow(job, schedule, gate, busy).await };
                owners.insert(tasks.spawn(task).id(), registry);
            }
        }
        drop(busy);
        self.join(tasks, &owners).await
    }

    /// Waits for tasks; the first error is kept.
    pub(super) async fn join(
        &self,
        mut tasks: JoinSet<Result<(), RunError>>,
        owners: &BTreeMap<tokio::task::Id, RegistryId>,
    ) -> Result<(), RunError> {
        let mut failed = None;
        while let Some(ended) = tasks.join_next_with_id().await {
            let error = match ended {
                Ok((_, Ok(()))) => continue,
                Ok((_, Err(error))) => error,
                Err(joined) => {
                    let registry = owners.get(&joined.id()).cloned();
                    let why = ask::panic_text(joined.try_into_panic().ok());
                    match registry {
                        Some(registry) => RunError::Panicked { registry, why },
                        None => continue,
                    }
                }
            };
            failed.get_or_insert(error);
        }
        failed.map_or(Ok(()), Err)
    }

    fn schedule(&self, planned: &PlannedScenario, poll: &Poll) -> Schedule {
        let id = &planned.scenario.id;
        let mut ticks = self.run.sink.ticks(id);
        if let Some(replayed) = &self.run.options.replayed {
            ticks.extend(replayed.ticks(id));
        }
        let began = ticks
            .first()
            .map_or_else(|| self.run.clock.now(), |tick| tick.poll);
        let times = poll.times(&self.run.plan.target);
        let due = times.iter();
        let due = due.map(|time| began.checked_add(*time).unwrap_or(Timestamp::MAX));
        let known = ticks.into_iter().map(|tick| {
            let place = (
                tick.registry.clone(),
                Arc::clone(&tick.instance),
                tick.number,
            );
            (place, tick)
        });
        Schedule {
            began,
            due: due.collect(),
            grace: poll.grace,
            known: known.collect(),
        }
    }

    /// Expands a job where a probe feeds an axis, and follows each instance to its end.
    async fn expand_and_follow(
        self: Arc<Self>,
        job: Job,
        schedule: Arc<Schedule>,
        gate: Arc<Semaphore>,
        busy: Busy,
    ) -> Result<(), RunError> {
        if job.instance.is_some() {
            return self.follow(job, schedule, gate, busy).await;
        }
        let jobs = self.expand(&job).await?;
        let mut tasks = JoinSet::new();
        let mut owners = BTreeMap::new();
        for job in jobs {
            let registry = job.registry.id.clone();
            let (executor, schedule) = (Arc::clone(&self), Arc::clone(&schedule));
            let (gate, busy) = (Arc::clone(&gate), self.run.clock.busy());
            let task = async move { executor.follow(job, schedule, gate, busy).await };
            owners.insert(tasks.spawn(task).id(), registry);
        }
        drop(busy);
        self.join(tasks, &owners).await
    }

    /// Observes one instance at one registry at each tick.
    async fn follow(
        self: Arc<Self>,
        mut job: Job,
        schedule: Arc<Schedule>,
        gate: Arc<Semaphore>,
        mut busy: Busy,
    ) -> Result<(), RunError> {
        let Some(instance) = job.instance.clone() else {
            return Ok(());
        };
        for number in 0..schedule.due.len() {
            let (turn, held) = self
                .turn(&job, &instance.label, &schedule, number, busy)
                .await?;
            busy = held;
            let tick = match turn {
                Turn::Ask(tick, late) => {
                    job.late = late;
                    tick
                }
                Turn::Missed => continue,
                Turn::Stop => {
                    self.left.store(true, Ordering::Relaxed);
                    return Ok(());
                }
            };
            job.tick = Some(Arc::new(tick));
            let permit = gate.acquire().await;
            let seen = self.observe(&job).await?;
            drop(permit);
            let Some(seen) = seen else {
                return Ok(());
            };
            let ends = self.ends(&job, &instance, &seen);
            if job.first.is_none() {
                job.first = Some(Arc::new(seen));
            }
            // Why an instance cannot be asked does not change.
            if ends || job.without.is_some() {
                break;
            }
        }
        drop(busy);
        Ok(())
    }

    /// Waits for a tick and says what becomes of it.
    async fn turn(
        &self,
        job: &Job,
        instance: &Arc<str>,
        schedule: &Schedule,
        number: usize,
        mut busy: Busy,
    ) -> Result<(Turn, Busy), RunError> {
        let clock = &self.run.clock;
        let counted = u32::try_from(number).unwrap_or(u32::MAX);
        let registry = &job.registry.id;
        let place = (registry.clone(), Arc::clone(instance), counted);
        let known = schedule.known.get(&place);
        let due = schedule.due.get(number).copied().unwrap_or(Timestamp::MAX);
        if let Some(Tick { at: None, .. }) = known {
            return Ok((Turn::Missed, busy));
        }
        if known.is_none() && self.run.options.replayed.is_some() {
            // The run that is replayed ended before.
            return Ok((Turn::Stop, busy));
        }
        let begins = known.and_then(|tick| tick.at).unwrap_or(due);
        if begins > clock.now() {
            if !self.run.options.waits {
                return Ok((Turn::Stop, busy));
            }
            busy = tokio::select! {
                biased;
                () = self.interruption() => return Ok((Turn::Stop, clock.busy())),
                held = clock.wait(begins, busy) => held,
            };
        }
        if self.is_interrupted() {
            return Ok((Turn::Stop, busy));
        }
        let now = clock.now();
        let is_late = schedule.latest(number).is_some_and(|latest| now > latest);
        let is_late = is_late && self.run.options.replayed.is_none();
        if let Some(known) = known {
            if self.run.options.replayed.is_some() {
                self.run.sink.tick(known)?;
            }
            let late = is_late.then(|| Skipped::Skipped {
                reason: format!("the run stopped within tick {number} and went on too late for it"),
            });
            return Ok((Turn::Ask(known.clone(), late), busy));
        }
        let tick = Tick {
            scenario: Arc::clone(&job.steps.scenario.id),
            registry: registry.clone(),
            instance: Arc::clone(instance),
            number: counted,
            poll: schedule.began,
            due,
            at: (!is_late).then_some(now),
        };
        self.run.sink.tick(&tick)?;
        Ok(match is_late {
            true => (Turn::Missed, busy),
            false => (Turn::Ask(tick, None), busy),
        })
    }

    /// Says whether the poll of an instance ends with what was seen.
    fn ends(&self, job: &Job, instance: &crate::plan::Instance, seen: &SeenProbes) -> bool {
        let poll = job.steps.scenario.poll.as_ref();
        let Some(until) = poll.and_then(|poll| poll.until.as_ref()) else {
            return false;
        };
        // What cannot be told has not happened.
        let scope = Scope::of(self, job, instance, seen);
        scope.holds(until).unwrap_or(false)
    }
}
