//! Asking: what a plan says, of one target, or of two at the same moment.

use std::path::Path;
use std::sync::Arc;

use futures_util::future::try_join_all;
use jiff::SignedDuration;
use tokio::sync::{mpsc, watch};

use super::shell::Shell;
use super::sides::Side;
use super::target::{self, TargetError};
use super::{earlier, progress, world};
use crate::bundle::{BundleError, Fresh, Writer};
use crate::clock::{Clock, RealClock};
use crate::probe::PROBES;
use crate::run::{self, Partner, Run, RunError};
use crate::transport::live::Live;
use crate::transport::options::LiveError;
use crate::transport::recorded::Recorded;

/// How asking ended.
pub(super) enum Ended {
    /// All was asked, and what was seen is still at hand.
    Fresh(Box<Fresh>),
    /// All was asked; what was seen is in the bundle.
    Written,
    /// Not all was asked.
    Interrupted,
}

/// Says why asking ended before it was done.
#[derive(Debug, thiserror::Error)]
pub(super) enum CannotAsk {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("cannot make a folder for large bodies: {0}")]
    Spool(std::io::Error),
}

/// What is the same for all targets of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    /// For how long is asked.
    pub(super) deadline: Option<SignedDuration>,
    /// Jobs at a time within one registry.
    pub(super) jobs: usize,
    /// Where budgets of the day are kept.
    pub(super) state: Option<&'a Path>,
    /// Who answers for the requests.
    pub(super) contact: Option<&'a str>,
    /// Whether ticks of polls that are not due yet are waited for.
    pub(super) waits: bool,
}

/// Asks all that the plans of one or two targets say.
///
/// # Errors
///
/// [`CannotAsk`]; what was observed until then is in the bundle.
pub(super) async fn ask(
    terms: &Terms<'_>,
    sides: &[Side<'_>],
    clock: &Arc<dyn Clock>,
    shell: &Shell,
    writer: Arc<Writer>,
) -> Result<Ended, CannotAsk> {
    let wall = RealClock::new();
    std::fs::create_dir_all(writer.spool()).map_err(CannotAsk::Spool)?;
    let partners = match sides {
        [first, second] => {
            let (leads, follows) = run::pair(&first.plan, &second.plan);
            vec![Some(leads), Some(follows)]
        }
        sides => vec![None; sides.len()],
    };
    let mut runs = Vec::with_capacity(sides.len());
    let mut budgets = Vec::new();
    for (place, (side, partner)) in sides.iter().zip(partners).enumerate() {
        // One state is one day's of one target; a second one counts for itself.
        let state = terms.state.filter(|_| place == 0);
        let terms = Terms { state, ..*terms };
        let (run, budget) = run_of(&terms, side, partner, clock, shell, &writer)?;
        runs.push(run);
        budgets.extend(budget);
    }
    let (events, heard) = mpsc::unbounded_channel();
    let shown = tokio::spawn(progress::show(
        heard,
        shell.clone(),
        Arc::new(RealClock::new()),
    ));
    let (interrupt, interrupted) = watch::channel(false);
    let listener = tokio::spawn(interrupt_on_signal(interrupt, shell.clone()));
    let runs = runs
        .into_iter()
        .map(|run| run::execute(run, Some(events.clone()), interrupted.clone()));
    let ended = try_join_all(runs).await;
    drop(events);
    listener.abort();
    if let Err(error) = shown.await {
        shell.error(&format!("showing progress failed: {error}"));
    }
    for budget in budgets {
        budget.save().map_err(TargetError::from)?;
    }
    if ended?.iter().all(|ended| ended.complete) {
        let fresh = writer.finish(wall.now())?;
        return Ok(fresh.map_or(Ended::Written, |fresh| Ended::Fresh(Box::new(fresh))));
    }
    shell.error("interrupted");
    shell.hint(&format!(
        "`quintet run --resume {}` goes on",
        writer.folder().display()
    ));
    Ok(Ended::Interrupted)
}

/// Returns the run that asks one target, and its budget.
fn run_of(
    terms: &Terms<'_>,
    side: &Side<'_>,
    partner: Option<Partner>,
    clock: &Arc<dyn Clock>,
    shell: &Shell,
    writer: &Arc<Writer>,
) -> Result<(Run, Option<Arc<crate::transport::budget::Budget>>), CannotAsk> {
    let mut options = target::options(
        side.target,
        &side.plan.everybody,
        &writer.run().id,
        writer.spool(),
        terms.state,
        clock,
        shell,
        terms.contact,
    )?;
    if let Some(served) = &side.served {
        world::lead_to(&mut options, served);
    }
    let budget = options.budget.clone();
    let live = Live::new(options, Arc::clone(clock))?;
    let recorder = Arc::clone(writer);
    let sink = Arc::clone(writer);
    let run = Run {
        plan: Arc::clone(&side.plan),
        probes: PROBES,
        transport: Arc::new(Recorded::new(Arc::new(live), recorder)),
        clock: Arc::clone(clock),
        sink,
        options: run::Options {
            here: side.here.clone(),
            earlier: earlier::of(writer.run(), &writer.evidence()),
            deadline: terms.deadline.map(|time| clock.now() + time),
            jobs: terms.jobs,
            waits: terms.waits,
            partner,
            ..run::Options::at(writer.run().started)
        },
    };
    Ok((run, budget))
}

/// Turns the first interrupt into a clean end.
pub(super) async fn interrupt_on_signal(interrupt: watch::Sender<bool>, shell: Shell) {
    if tokio::signal::ctrl_c().await.is_ok() {
        shell.note("finishing what is being written");
        interrupt.send_replace(true);
    }
    // The sender lives as long as the run, or nobody could be interrupted.
    std::future::pending::<()>().await;
}
