//! `quintet run`: asks what scenarios say, keeps the answers, judges them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::asking::{self, CannotAsk, Ended};
use super::earlier::{self, NoEarlier};
use super::exit::Exit;
use super::guest::{Guests, NoGuest};
use super::here;
use super::judged;
use super::judging::{self, CannotJudge};
use super::proof;
use super::record::{self, Known};
use super::shell::Shell;
use super::sides::{self, Second, Side};
use super::target::TargetError;
use super::twins;
use super::world::NoWorld;
use crate::bundle::{Bundle, BundleError, Here, TargetRecord, Writer};
use crate::clock::{Clock, FixedClock, RealClock, VirtualClock};
use crate::fact::Digest;
use crate::plan::{Filter, FilterError, PlanError, Selection, Shard};
use crate::registry::RegistryId;
use crate::run;
use crate::scenario::is_embedded;
use crate::scenario::suite::Suite;
use crate::transport::Recorder as _;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet run                                   everything against the mock world inside
  quintet run --fault afrinic-self-without-type the same with one thing wrong
  quintet run 'tag(release-gate)' -r apnic --target staging.yaml --gate must --peers reports/20261121T090000Z-live-7f3a2c
  quintet run --target live --contact noc@example.net --audit --state budget.json
  quintet run 'rpki.**' --earlier reports/20261122T070000Z-mock-a1b2c3
  quintet run --resume reports/20261122T090000Z-live-a1b2c3")]
pub struct Args {
    /// Ids, patterns such as `rdap.*`, or set expressions such as `tag(rdap) & level(must)`
    #[arg(value_name = "FILTER")]
    pub(super) filters: Vec<String>,

    /// Name of a target in the suite, or the file of one
    #[arg(
        long,
        env = "QUINTET_TARGET",
        default_value = "mock",
        value_name = "TARGET"
    )]
    pub(super) target: String,

    /// Asks these registries only
    #[arg(long, short, value_name = "ID", value_delimiter = ',')]
    pub(super) registry: Vec<String>,

    /// Asks only this part of what is selected, such as `1/3`: whole scenarios, dealt out by id
    #[arg(long, value_name = "I/N", conflicts_with = "resume")]
    pub(super) shard: Option<Shard>,

    /// Makes one thing wrong in the mock world; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(super) fault: Vec<String>,

    #[command(flatten)]
    pub(super) judging: judging::JudgingArgs,

    /// Folder for the bundle; it must not hold one already
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub(super) out: Option<PathBuf>,

    /// Goes on with an interrupted run, with the target and the vantage it began with
    #[arg(long, value_name = "BUNDLE", conflicts_with_all = ["filters", "registry", "fault", "at"])]
    pub(super) resume: Option<PathBuf>,

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
    pub(super) no_wait: bool,

    /// Asks nothing more after this time, such as `30m`
    #[arg(long, value_name = "DURATION")]
    pub(super) deadline: Option<SignedDuration>,

    /// Jobs at a time within one registry
    #[arg(long, default_value_t = run::Options::JOBS, value_name = "NUMBER")]
    pub(super) jobs: usize,

    /// Keeps budgets of the day here
    #[arg(long, env = "QUINTET_STATE", value_name = "FILE")]
    pub(super) state: Option<PathBuf>,

    /// Who answers for the requests to live targets: a mail address or a URL, part of the User-Agent
    #[arg(long, env = "QUINTET_CONTACT", value_name = "CONTACT")]
    pub(super) contact: Option<String>,

    /// Fixes the time of the mock world and of the run
    #[arg(long, value_name = "TIME")]
    pub(super) at: Option<Timestamp>,

    /// A second target that is asked the same, which `quintet twin` gives
    #[arg(skip)]
    pub(super) second: Option<Second>,
}

/// Says why nothing was asked, or why asking ended.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    World(#[from] NoWorld),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Judge(#[from] CannotJudge),
    #[error(transparent)]
    Earlier(#[from] NoEarlier),
    #[error(transparent)]
    Guest(#[from] NoGuest),
    #[error("unknown registry `{name}`; {meant}")]
    NoRegistry { name: String, meant: String },
    #[error("targets `{first}` and `{second}` have no registry of the selected ones in common")]
    NothingInCommon { first: String, second: String },
    #[error("cannot start the runtime: {0}")]
    Runtime(std::io::Error),
    #[error(transparent)]
    Asking(#[from] CannotAsk),
}

impl Stopped {
    /// Says why on stderr, and returns how the program ends.
    fn complain(&self, shell: &Shell) -> Exit {
        let exit = match self {
            Self::World(none) => return none.complain(shell),
            Self::Bundle(_)
            | Self::Runtime(_)
            | Self::Asking(CannotAsk::Bundle(_) | CannotAsk::Run(_) | CannotAsk::Spool(_))
            // Everything was asked, and the machine failed us.
            | Self::Judge(CannotJudge::Bundle(_) | CannotJudge::Write { .. }) => Exit::Internal,
            Self::Target(_)
            | Self::Asking(_)
            | Self::Plan(_)
            | Self::Filter(_)
            | Self::Judge(_)
            | Self::Earlier(_)
            | Self::Guest(_)
            | Self::NoRegistry { .. }
            | Self::NothingInCommon { .. } => Exit::Usage,
        };
        shell.fail(self);
        exit
    }
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    ended(begin(args, shell), shell)
}

/// Runs with a suite that was read, and files of targets that were read with it.
pub(super) fn with(args: &Args, suite: &Suite, guests: &Guests, shell: &Shell) -> Exit {
    ended(go(args, suite, guests, shell), shell)
}

fn ended(done: Result<Exit, Stopped>, shell: &Shell) -> Exit {
    match done {
        Ok(exit) => exit,
        Err(stopped) => stopped.complain(shell),
    }
}

fn begin(args: &Args, shell: &Shell) -> Result<Exit, Stopped> {
    let guests = match &args.resume {
        Some(folder) => Guests::recorded(&Bundle::open(folder)?)?,
        None => Guests::given(&args.target)?,
    };
    let Some(suite) = super::suite::read_with(shell, &guests) else {
        return Ok(Exit::Usage);
    };
    go(args, &suite, &guests, shell)
}

fn go(args: &Args, suite: &Suite, guests: &Guests, shell: &Shell) -> Result<Exit, Stopped> {
    let target = match (&args.resume, &guests.first) {
        (Some(folder), _) => Bundle::open(folder)?.run().target.name.clone(),
        (None, Some(guest)) => guest.target.clone(),
        (None, None) => args.target.clone(),
    };
    if is_embedded(&shell.suite) {
        let (release, digest) = (&suite.release, &suite.digest);
        shell.note(&format!("suite    embedded, release {release}, {digest}"));
    }
    let asked = Asked {
        target: &target,
        guests,
    };
    let terms = args.judging.terms(suite, shell, &target)?;
    let runtime = tokio::runtime::Runtime::new().map_err(Stopped::Runtime)?;
    let observed = observe(args, asked, suite, &terms, shell);
    let observed = runtime.block_on(observed)?;
    // With its threads ends what they held: judging takes its room.
    drop(runtime);
    let Some((folder, ended, is_twin)) = observed else {
        return Ok(Exit::Nothing);
    };
    if is_twin {
        let exit = twin(args, suite, &terms, &folder, shell)?;
        return Ok(match ended {
            Ended::Interrupted => exit.or(Exit::Interrupted),
            Ended::Fresh(_) | Ended::Written => exit,
        });
    }
    let (audit, was_interrupted) = match ended {
        Ended::Fresh(fresh) => {
            let audit = judging::judge_seen(suite, fresh.run(), &*fresh, &terms)?;
            // Many small things are given back by another core, while this one writes.
            std::thread::spawn(move || drop(fresh));
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
    judged::keep(&audit, &folder, &suite.digest)?;
    args.judging.leave(&audit, &terms, &folder, shell);
    judged::print(&audit, &args.judging.format, args.judging.all, shell);
    proof::tell(suite, &audit, shell);
    shell.note(&format!("bundle   {}", folder.display()));
    let exit = judged::exit(&audit);
    if was_interrupted {
        Ok(exit.or(Exit::Interrupted))
    } else {
        Ok(exit)
    }
}

/// Judges a run of two targets, keeps and prints what differs.
fn twin(
    args: &Args,
    suite: &Suite,
    terms: &judging::Terms,
    folder: &Path,
    shell: &Shell,
) -> Result<Exit, Stopped> {
    let bundle = Bundle::open(folder)?;
    let twin = twins::judge_bundle(suite, &bundle, terms)?;
    twins::print(&twin, &args.judging.format, args.judging.all, shell);
    shell.note(&format!("bundle   {}", folder.display()));
    Ok(twins::exit(&twin))
}

/// The target of a run.
#[derive(Clone, Copy)]
struct Asked<'a> {
    /// Its name.
    target: &'a str,
    /// Files of targets that are not of the suite.
    guests: &'a Guests,
}

/// Asks everything and returns the bundle's folder, how it ended, and whether two targets were
/// asked; `None` if nothing was selected.
async fn observe(
    args: &Args,
    asked: Asked<'_>,
    suite: &Suite,
    terms: &judging::Terms,
    shell: &Shell,
) -> Result<Option<(PathBuf, Ended, bool)>, Stopped> {
    let wall: Arc<dyn Clock> = Arc::new(RealClock::new());
    let resumed = match &args.resume {
        Some(folder) => Some(Writer::resume(folder, wall.now())?),
        None => None,
    };
    let earlier = resumed.as_ref().map(|writer| writer.run().clone());
    let contact = args.contact.as_deref();
    let faults = match &earlier {
        Some(record) => &record.target.faults,
        None => &args.fault,
    };
    let target = sides::find(suite, asked.target, faults, contact)?;
    let second = match &earlier {
        Some(record) => record.twin.as_ref().map(|twin| &twin.target),
        None => None,
    };
    let second = match (second, &args.second) {
        (Some(record), _) => Some((&record.name, &record.faults)),
        (None, Some(second)) if earlier.is_none() => {
            let guest = asked.guests.second.as_ref();
            let name = guest.map_or(&second.target, |guest| &guest.target);
            Some((name, &second.faults))
        }
        (None, _) => None,
    };
    let second = match second {
        Some((name, faults)) => Some((sides::find(suite, name, faults, contact)?, faults)),
        None => None,
    };
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
    let mut selection = match &earlier {
        Some(record) => Selection {
            filter: Filter::any(&record.filters.expressions)?,
            registries: record.registries.iter().map(|r| r.id.clone()).collect(),
            shard: record.filters.shard,
        },
        None => selection(args, suite)?,
    };
    if let Some((second, _)) = second {
        selection.registries = sides::common(suite, target, second, &selection.registries);
        if selection.registries.is_empty() {
            return Err(Stopped::NothingInCommon {
                first: target.name.to_string(),
                second: second.name.to_string(),
            });
        }
    }
    let vantage = earlier
        .as_ref()
        .map_or(&args.vantage, |record| &record.vantage);
    let plan = Arc::new(crate::plan::make(
        suite, target, &selection, vantage, started,
    )?);
    if plan.scenarios.is_empty() {
        shell.error("nothing is selected");
        let files = args.filters.iter().any(|filter| filter.ends_with(".yaml"));
        shell.hint(match files {
            true => "a filter is an id, such as `rdap.help`, and not the file of a scenario",
            false => "`quintet list FILTER` shows what a filter selects",
        });
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
    let rehearsed = is_rehearsal.then_some(started);
    let alone = resumed.is_none() && second.is_none();
    let world = sides::world(target, faults, rehearsed, shell)?;
    let taken = match (&args.earlier, &world) {
        (Some(path), _) => Some(earlier::take(path, &plan, started)?),
        // What the world inside showed before follows from the time: no other run is needed.
        (None, Some(world)) if alone && earlier::is_of_use(&plan) => {
            let before = sides::before(world, target, faults, rehearsed, shell)?;
            Some(earlier::of_world(&before, &plan, started))
        }
        (None, _) => None,
    };
    let served = sides::serve(world, &clock, shell).await?;
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
    let mut all = vec![Side {
        target,
        plan: Arc::clone(&plan),
        served,
        here,
    }];
    let mut twin = None;
    if let Some((second, faults)) = second {
        let world = sides::world(second, faults, rehearsed, shell)?;
        let served = sides::serve(world, &clock, shell).await?;
        let record = match (&earlier, &args.second) {
            (Some(record), _) => record.twin.clone(),
            (None, Some(own)) => {
                let first = TargetRecord {
                    name: target.name.to_string(),
                    kind: target.kind.as_str().to_owned(),
                    file: None,
                    faults: args.fault.clone(),
                };
                let file = asked.guests.second.as_ref();
                let file = file.map(|guest| guest.record.clone());
                let here = here::look(second, served.as_ref(), shell);
                Some(own.record(&first, second, file, &here))
            }
            (None, None) => None,
        };
        if let Some(record) = record {
            let plan = sides::second_plan(
                suite,
                target,
                second,
                &selection,
                (vantage, started),
                &record,
            )?;
            all.push(Side {
                target: second,
                plan: Arc::new(plan),
                served,
                here: record.here.clone(),
            });
            twin = Some(record);
        }
    }
    let writer = match resumed {
        Some(writer) => writer,
        None => {
            let second_plan = all.get(1).map(|side| side.plan.as_ref());
            let record = record::of(Known {
                args,
                shell,
                suite,
                plan: &plan,
                selection: &selection,
                here: all.first().map_or(&Here::default(), |side| &side.here),
                started,
                inputs: record::inputs(args, &terms.baselines, &plan, asked.guests)?,
                clock: record::clock(args, target, &clock, kind, shell).await?,
                earlier: taken.as_ref().map(|taken| taken.record.clone()),
                twin: twin.zip(second_plan),
                guest: asked.guests.first.as_ref(),
            });
            let writer = match &args.out {
                Some(folder) => Writer::create_at(folder, wall.now(), record)?,
                None => Writer::create(Path::new("reports"), wall.now(), record)?,
            };
            // Kept before anything is asked: who resumes or replays needs the earlier run no more.
            for (digest, octets) in taken.iter().flat_map(|taken| &taken.documents) {
                writer.keep(digest, octets);
            }
            let routes = args
                .second
                .as_ref()
                .and_then(|second| second.routes.as_ref());
            if let Some((_, octets)) = routes {
                writer.keep(&Digest::of(octets), octets);
            }
            // So are files of targets: who judges again does not need them where they were.
            for guest in asked.guests.all() {
                writer.keep(&guest.record.digest, &guest.octets);
            }
            writer
        }
    };
    let folder = writer.folder().to_owned();
    let terms = asking::Terms {
        deadline: args.deadline,
        jobs: args.jobs,
        state: args.state.as_deref(),
        contact,
        waits: !args.no_wait,
    };
    let is_twin = all.len() > 1;
    let ended = asking::ask(&terms, &all, &clock, shell, Arc::new(writer)).await;
    for side in all {
        if let Some(served) = side.served
            && let Err(error) = served.shutdown().await
        {
            shell.error(&format!("a task of the mock world failed: {error}"));
        }
    }
    Ok(Some((folder, ended?, is_twin)))
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
        shard: args.shard,
    })
}
