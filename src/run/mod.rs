//! The executor: asks what a plan says, in order, in parallel, within deadlines.
//!
//! For each scenario, instance and registry the probes are asked in the order of
//! their dependencies. Registries go in parallel, and so do some jobs within one;
//! how often one host is asked is the transport's business. What finished is in
//! the sink before anybody hears of it, and is never asked again: a run that was
//! killed goes on with the same plan and a sink that remembers.

mod ask;
mod count;
mod evaluate;
mod expand;
mod job;
mod memory;
mod pair;
mod poll;
mod queue;
mod service;
mod sink;

pub use count::{count, observations, ticks};
pub use memory::Memory;
pub use pair::{Partner, pair};
pub use service::{hosts_of, service_of};
pub use sink::Sink;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::bundle::{Bundle, BundleError, Here, Planned};
use crate::clock::Clock;
use crate::fact::{Key, Observation};
use crate::plan::Plan;
use crate::probe::Probe;
use crate::probe::earlier::EarlierRun;
use crate::registry::{PerRegistry, RegistryId};
use crate::transport::Transport;

/// Everything a run needs.
#[derive(Debug)]
pub struct Run {
    /// What is asked.
    pub plan: Arc<Plan>,
    /// Who asks.
    pub probes: &'static [&'static dyn Probe],
    /// How it is asked.
    pub transport: Arc<dyn Transport>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Keeps what is seen, and remembers what was seen before.
    pub sink: Arc<dyn Sink>,
    /// Circumstances.
    pub options: Options,
}

/// Circumstances of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// `run.started` of expressions.
    pub started: Timestamp,
    /// What this machine has.
    pub here: Here,
    /// When nothing more is asked; `None` for never.
    pub deadline: Option<Timestamp>,
    /// Jobs at a time within one registry; at least one is run.
    pub jobs: usize,
    /// Whether ticks of polls are waited for; if not, the run ends when none is due, to be resumed.
    pub waits: bool,
    /// What an earlier run captured, for probes that compare; `None` if none was given.
    pub earlier: Option<Arc<EarlierRun>>,
    /// The recorded run that is replayed: what its deadline left out is left out again.
    pub replayed: Option<Arc<Bundle>>,
    /// The other run of a pair that asks another target the same; `None` for a run by itself.
    pub partner: Option<Partner>,
}

impl Options {
    /// Jobs at a time within one registry where nothing else is said; ours: a loopback
    /// server is kept busy, and a paced one is paced by the transport anyway.
    pub const JOBS: usize = 16;

    /// Returns options for a machine that has everything and a run without deadline.
    pub fn at(started: Timestamp) -> Self {
        Self {
            started,
            here: Here::default(),
            deadline: None,
            jobs: Self::JOBS,
            waits: true,
            earlier: None,
            replayed: None,
            partner: None,
        }
    }
}

/// What happens during a run, for whoever shows progress.
#[derive(Clone, Debug)]
pub enum Event {
    /// What is planned, before anything is asked.
    Planned(Planned),
    /// An axis was expanded: so many more observations will come.
    Expanded {
        /// The scenario.
        scenario: Arc<str>,
        /// The registry.
        registry: RegistryId,
        /// How many.
        observations: u64,
    },
    /// A probe is asked.
    Started(Arc<Key>),
    /// An observation finished, in this run or in the one that is resumed.
    Finished(Arc<Observation>),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whether everything planned was observed or skipped with a reason; if not, the run was interrupted,
    /// or did not wait for ticks that are not due yet.
    pub complete: bool,
    /// Number of observations that finished, those of a resumed run included.
    pub observed: u64,
}

/// Says why a run could not go on; what finished before is kept.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing can be kept any more.
    #[error("keeping what was observed")]
    Sink(#[from] BundleError),
    /// A bug of ours outside the probes.
    #[error("the executor of `{registry}` panicked: {why}")]
    Panicked {
        /// Whose.
        registry: RegistryId,
        /// The message.
        why: String,
    },
}

/// Asks everything a plan says.
///
/// `progress` hears of everything; `interrupted` turning true ends the run after what
/// is being written, with everything that finished kept.
///
/// # Errors
///
/// [`RunError`].
pub async fn execute(
    run: Run,
    progress: Option<mpsc::UnboundedSender<Event>>,
    interrupted: watch::Receiver<bool>,
) -> Result<Ended, RunError> {
    let services: PerRegistry<_> = run
        .plan
        .registries
        .iter()
        .map(|(id, registry)| (id.clone(), Arc::new(service_of(registry))))
        .collect();
    let mut hosts = hosts_of(&run.plan.everybody);
    hosts.extend(hosts_of(&run.plan.registries));
    let hosts = Arc::new(hosts);
    let executor = Arc::new(Executor {
        services: Arc::new(services),
        hosts,
        shared: job::Shared::default(),
        progress,
        interrupted,
        observed: AtomicU64::new(0),
        left: AtomicBool::new(false),
        run,
    });
    executor.tell(|| Event::Planned(count(&executor.run.plan)));
    let queues = queue::of(&executor);
    let mut workers = tokio::task::JoinSet::new();
    let mut owners = BTreeMap::new();
    for (registry, queue) in queues.iter() {
        for _ in 0..executor.run.options.jobs.max(1) {
            let worker = Arc::clone(queue).work(Arc::clone(&executor));
            let handle = workers.spawn(worker);
            owners.insert(handle.id(), registry.clone());
        }
    }
    executor.join(workers, &owners).await?;
    if !executor.is_interrupted() {
        executor.poll().await?;
    }
    let left = executor.left.load(Ordering::Relaxed);
    Ok(Ended {
        complete: !executor.is_interrupted() && !left,
        observed: executor.observed.load(Ordering::Relaxed),
    })
}

/// What all workers have in common.
#[derive(Debug)]
struct Executor {
    run: Run,
    services: Arc<PerRegistry<Arc<crate::probe::Service>>>,
    hosts: Arc<BTreeMap<String, RegistryId>>,
    shared: job::Shared,
    progress: Option<mpsc::UnboundedSender<Event>>,
    interrupted: watch::Receiver<bool>,
    observed: AtomicU64,
    /// Whether ticks were left for a run that goes on later.
    left: AtomicBool,
}

impl Executor {
    /// Tells whoever shows progress; nobody may be listening any more.
    fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(progress) = &self.progress {
            drop(progress.send(event()));
        }
    }

    fn is_interrupted(&self) -> bool {
        *self.interrupted.borrow()
    }

    /// Waits until the run is interrupted; for ever if nobody can interrupt it.
    async fn interruption(&self) {
        let mut interrupted = self.interrupted.clone();
        if interrupted.wait_for(|is| *is).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Returns a length as a count.
fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
