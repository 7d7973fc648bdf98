//! `quintet run`: asks what scenarios say, keeps the answers, judges them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};

use super::earlier::{self, NoEarlier};
use super::exit::Exit;
use super::judging::{self, CannotJudge};
use super::record::{self, Known};
use super::shell::Shell;
use super::target::{self, TargetError};
use super::world::{self, NoWorld};
use super::{here, progress};
use crate::bundle::{Bundle, BundleError, Fresh, Writer};
use crate::clock::{Clock, FixedClock, RealClock, VirtualClock};
use crate::mock::serve::{Options as ServeOptions, Served};
use crate::plan::{Filter, FilterError, Plan, PlanError, Selection};
use crate::probe::PROBES;
use crate::registry::RegistryId;
use crate::run::{self, Run, RunError};
use crate::scenario::model::{Target, TargetKind};
use crate::scenario::suite::Suite;
use crate::transport::Recorder as _;
use crate::transport::live::Live;
use crate::transport::options::LiveError;
use crate::transport::recorded::Recorded;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet run                                   everything against the mock world inside
  quintet run --fault afrinic-self-without-type the same with one thing wrong
  quintet run 'tag(release-gate)' -r apnic --target staging-example --gate must
  quintet run --target live --contact noc@example.net --audit --state budget.json
  quintet run 'rpki.**' --earlier reports/20261122T070000Z-mock-a1b2c3
  quintet run --resume reports/20261122T090000Z-live-a1b2c3")]
pub struct Args {
    /// Ids, patterns such as `rdap.*`, or set expressions such as `tag(rdap) & level(must)`
    #[arg(value_name = "FILTER")]
    pub(super) filters: Vec<String>,

    /// Name of a target in the suite
    #[arg(
        long,
        env = "QUINTET_TARGET",
        default_value = "mock",
        value_name = "NAME"
    )]
    pub(super) target: String,

    /// Asks these registries only
    #[arg(long, short, value_name = "ID", value_delimiter = ',')]
    pub(super) registry: Vec<String>,

    /// Makes one thing wrong in the mock world; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(super) fault: Vec<String>,

    #[command(flatten)]
    pub(super) judging: judging::JudgingArgs,

    /// Folder for the bundle; it must not hold one already
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,

    /// Goes on with an interrupted run, with the target and the vantage it began with
    #[arg(long, value_name = "BUNDLE", conflicts_with_all = ["filters", "registry", "fault", "at"])]
    resume: Option<PathBuf>,

    /// Compares repositories with what this earlier run of the same target captured
    #[arg(long, value_name = "BUNDLE", conflicts_with = "resume")]
    pub(super) earlier: Option<PathBuf>,

    /// Place of observation
    #[arg(
        long,
        env = "QUINTET_VANTAGE",
        default_value = record::VANTAGE,
        value_name = "NAME"
    )]
    pub(super) vantage: String,

    /// Does not wait for ticks of polls that are not due yet; `--resume` goes on with them later
    #[arg(long)]
    no_wait: bool,

    /// Asks nothing more after this time, such as `30m`
    #[arg(long, value_name = "DURATION")]
    deadline: Option<SignedDuration>,

    /// Jobs at a time within one registry
    #[arg(long, default_value_t = run::Options::JOBS, value_name = "NUMBER")]
    jobs: usize,

    /// Keeps budgets of the day here
    #[arg(long, env = "QUINTET_STATE", value_name = "FILE")]
    pub(super) state: Option<PathBuf>,

    /// Who answers for the requests to live targets: a mail address or a URL, part of the User-Agent
    #[arg(long, env = "QUINTET_CONTACT", value_name = "CONTACT")]
    pub(super) contact: Option<String>,

    /// Fixes the time of the mock world and of the run
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

/// Says why nothing was asked, or why asking ended.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    World(#[from] NoWorld),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Judge(#[from] CannotJudge),
    #[error(transparent)]
    Earlier(#[from] NoEarlier),
    #[error("unknown registry `{name}`; {meant}")]
    NoRegistry { name: String, meant: String },
    #[error("`--fault` needs the mock world; target `{0}` is none")]
    FaultElsewhere(String),
    #[error("cannot start the runtime: {0}")]
    Runtime(std::io::Error),
    #[error("cannot make a folder for large bodies: {0}")]
    Spool(std::io::Error),
}

impl Stopped {
    /// Says why on stderr, and returns how the program ends.
    fn complain(&self, shell: &Shell) -> Exit {
        let exit = match self {
            Self::World(none) => return none.complain(shell),
            Self::Bundle(_)
            | Self::Run(_)
            | Self::Runtime(_)
            | Self::Spool(_)
            // Everything was asked, and the machine failed us.
            | Self::Judge(CannotJudge::Bundle(_) | CannotJudge::Write { .. }) => Exit::Internal,
            Self::Target(_)
            | Self::Live(_)
            | Self::Plan(_)
            | Self::Filter(_)
            | Self::Judge(_)
            | Self::Earlier(_)
            | Self::NoRegistry { .. }
            | Self::FaultElsewhere(_) => Exit::Usage,
        };
        shell.fail(self);
        exit
    }
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let Some(suite) = super::suite::read(shell) else {
        return Exit::Usage;
    };
    match go(args, &suite, shell) {
        Ok(exit) => exit,
        Err(stopped) => stopped.complain(shell),
    }
}

fn go(args: &Args, suite: &Suite, shell: &Shell) -> Result<Exit, Stopped> {
    let target = match &args.resume {
        Some(folder) => Bundle::open(folder)?.run().target.name.clone(),
        None => args.target.clone(),
    };
    let terms = args.judging.terms(suite, shell, &target)?;
    let runtime = tokio::runtime::Runtime::new().map_err(Stopped::Runtime)?;
    let Some((folder, ended)) = runtime.block_on(observe(args, suite, &terms, shell))? else {
        return Ok(Exit::Nothing);
    };
    let (audit, was_interrupted) = match ended {
        Ended::Fresh(fresh) => {
            let audit = judging::judge_seen(suite, fresh.run(), &*fresh, &terms)?;
            // The process is about to end: many small things need not be given back one by one.
            std::mem::forget(fresh);
            (audit, false)
        }
        Ended::Written => (
            judging::judge(suite, &Bundle::open(&folder)?, &terms)?,
            false,
        ),
        Ended::Interrupted => (
            judging::judge(suite, &Bundle::open(&folder)?, &terms)?,
            true,
        ),
    };
    judging::keep(&audit, &folder, &suite.digest)?;
    args.judging.leave(&audit, &terms, &folder, shell);
    judging::print(&audit, &args.judging.format, args.judging.all, shell);
    shell.note(&format!("bundle   {}", folder.display()));
    let exit = judging::exit(&audit);
    if was_interrupted {
        Ok(exit.or(Exit::Interrupted))
    } else {
        Ok(exit)
    }
}

/// How asking ended.
enum Ended {
    /// All was asked, and what was seen is still at hand.
    Fresh(Box<Fresh>),
    /// All was asked; what was seen is in the bundle.
    Written,
    /// Not all was asked.
    Interrupted,
}

/// Asks everything and returns the bundle's folder; `None` if nothing was selected.
async fn observe(
    args: &Args,
    suite: &Suite,
    terms: &judging::Terms,
    shell: &Shell,
) -> Result<Option<(PathBuf, Ended)>, Stopped> {
    let wall: Arc<dyn Clock> = Arc::new(RealClock::new());
    let resumed = match &args.resume {
        Some(folder) => Some(Writer::resume(folder, wall.now())?),
        None => None,
    };
    let earlier = resumed.as_ref().map(|writer| writer.run().clone());
    let target = target::find(
        suite,
        earlier.as_ref().map_or(&args.target, |r| &r.target.name),
    )?;
    target::who_asks(target, args.contact.as_deref())?;
    let faults = earlier
        .as_ref()
        .map_or(&args.fault, |record| &record.target.faults);
    if target.kind != TargetKind::Mock && !faults.is_empty() {
        return Err(Stopped::FaultElsewhere(target.name.as_ref().to_owned()));
    }
    let fixed = earlier
        .as_ref()
        .map_or(args.at, |r| (r.clock.kind == "fixed").then_some(r.started));
    let flowing: Arc<dyn Clock> = match fixed {
        Some(time) => Arc::new(FixedClock(time)),
        None => Arc::clone(&wall),
    };
    let started = earlier
        .as_ref()
        .map_or_else(|| flowing.now(), |record| record.started);
    let selection = match &earlier {
        Some(record) => Selection {
            filter: Filter::any(&record.filters.expressions)?,
            registries: record.registries.iter().map(|r| r.id.clone()).collect(),
        },
        None => selection(args, suite)?,
    };
    let vantage = earlier
        .as_ref()
        .map_or(&args.vantage, |record| &record.vantage);
    let plan = Arc::new(crate::plan::make(
        suite, target, &selection, vantage, started,
    )?);
    if plan.scenarios.is_empty() {
        shell.error("nothing is selected");
        shell.hint("`quintet list FILTER` shows what a filter selects");
        return Ok(None);
    }
    let is_rehearsal = target.is_rehearsal() && plan.polls();
    let clock: Arc<dyn Clock> = match is_rehearsal {
        // What goes on later goes on at the tick where it stopped.
        true => {
            let last = resumed.as_ref().and_then(Writer::last_tick);
            let start = last.map_or(started, |last| last.max(started));
            Arc::new(VirtualClock::from(flowing, start))
        }
        false => flowing,
    };
    let taken = match &args.earlier {
        Some(path) => Some(earlier::take(path, &plan, started)?),
        None => None,
    };
    let served = match target.kind {
        TargetKind::Mock if target.access.connect_to.is_empty() => {
            let mut world = world::read(&shell.suite, faults)?;
            if is_rehearsal {
                world = world.rehearsed(started).map_err(NoWorld::from)?;
            }
            let options = ServeOptions {
                rsync: world::rsync(shell),
                ..ServeOptions::default()
            };
            Some(world::serve(world, Arc::clone(&clock), &options).await?)
        }
        TargetKind::Mock | TargetKind::Live | TargetKind::Staging => None,
    };
    let kind = match (fixed, is_rehearsal) {
        (Some(_), _) => "fixed",
        (None, true) => "virtual",
        (None, false) => "machine",
    };
    // What goes on later keeps to what the run began with, so that a replay sees the same.
    let here = earlier.as_ref().map_or_else(
        || here::look(target, served.as_ref(), shell),
        |record| record.here.clone(),
    );
    let writer = match resumed {
        Some(writer) => writer,
        None => {
            let record = record::of(Known {
                args,
                shell,
                suite,
                plan: &plan,
                selection: &selection,
                here: &here,
                started,
                inputs: record::inputs(args, &terms.baselines, &plan)?,
                clock: record::clock(args, target, &clock, kind, shell).await?,
                earlier: taken.as_ref().map(|taken| taken.record.clone()),
            });
            let writer = match &args.out {
                Some(folder) => Writer::create_at(folder, wall.now(), record)?,
                None => Writer::create(Path::new("reports"), wall.now(), record)?,
            };
            // Kept before anything is asked: who resumes or replays needs the earlier run no more.
            for (digest, octets) in taken.iter().flat_map(|taken| &taken.documents) {
                writer.keep(digest, octets);
            }
            writer
        }
    };
    let folder = writer.folder().to_owned();
    let ended = ask(
        args,
        target,
        &plan,
        &clock,
        shell,
        Arc::new(writer),
        served.as_ref(),
        here,
    )
    .await;
    if let Some(served) = served {
        if let Err(error) = served.shutdown().await {
            shell.error(&format!("a task of the mock world failed: {error}"));
        }
    }
    Ok(Some((folder, ended?)))
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call, and each is a thing of its own"
)]
async fn ask(
    args: &Args,
    target: &Target,
    plan: &Arc<Plan>,
    clock: &Arc<dyn Clock>,
    shell: &Shell,
    writer: Arc<Writer>,
    served: Option<&Served>,
    here: crate::bundle::Here,
) -> Result<Ended, Stopped> {
    let wall = RealClock::new();
    let spool = writer.spool();
    std::fs::create_dir_all(&spool).map_err(Stopped::Spool)?;
    let run_id = writer.run().id.clone();
    let mut options = target::options(
        target,
        &plan.registries,
        &run_id,
        spool,
        args.state.as_deref(),
        clock,
        shell,
        args.contact.as_deref(),
    )?;
    if let Some(served) = served {
        world::lead_to(&mut options, served);
    }
    let budget = options.budget.clone();
    let live = Live::new(options, Arc::clone(clock))?;
    let recorder = Arc::clone(&writer);
    let sink: Arc<dyn run::Sink> = writer.clone();
    let run = Run {
        plan: Arc::clone(plan),
        probes: PROBES,
        transport: Arc::new(Recorded::new(Arc::new(live), recorder)),
        clock: Arc::clone(clock),
        sink,
        options: run::Options {
            here,
            earlier: earlier::of(writer.run(), &writer.evidence()),
            deadline: args.deadline.map(|time| clock.now() + time),
            jobs: args.jobs,
            waits: !args.no_wait,
            ..run::Options::at(writer.run().started)
        },
    };
    let (events, heard) = mpsc::unbounded_channel();
    let shown = tokio::spawn(progress::show(
        heard,
        shell.clone(),
        Arc::new(RealClock::new()),
    ));
    let (interrupt, interrupted) = watch::channel(false);
    let listener = tokio::spawn(interrupt_on_signal(interrupt, shell.clone()));
    let ended = run::execute(run, Some(events), interrupted).await;
    listener.abort();
    if let Err(error) = shown.await {
        shell.error(&format!("showing progress failed: {error}"));
    }
    if let Some(budget) = budget {
        budget.save().map_err(TargetError::from)?;
    }
    if ended?.complete {
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

/// Turns the first interrupt into a clean end.
pub(super) async fn interrupt_on_signal(interrupt: watch::Sender<bool>, shell: Shell) {
    if tokio::signal::ctrl_c().await.is_ok() {
        shell.note("finishing what is being written");
        interrupt.send_replace(true);
    }
    // The sender lives as long as the run, or nobody could be interrupted.
    std::future::pending::<()>().await;
}

/// Reads filters, and tells known registries from unknown ones.
fn selection(args: &Args, suite: &Suite) -> Result<Selection, Stopped> {
    let ids: Vec<&str> = suite.registries.ids().map(RegistryId::as_str).collect();
    let mut registries = Vec::new();
    for name in &args.registry {
        let known = RegistryId::parse(name)
            .ok()
            .filter(|id| suite.registries.of(id.as_str()).is_some());
        registries.push(known.ok_or_else(|| Stopped::NoRegistry {
            name: name.clone(),
            meant: super::suite::meant(name, &ids),
        })?);
    }
    Ok(Selection {
        filter: Filter::any(&args.filters)?,
        registries,
    })
}
