//! `quintet run`: asks what scenarios say, keeps the answers, judges them.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::asking::{CannotAsk, Ended};
use super::earlier::NoEarlier;
use super::exit::Exit;
use super::guest::{Guests, NoGuest};
use super::judged;
use super::judging::{self, CannotJudge};
use super::observe::{Asked, observe};
use super::proof;
use super::record;
use super::shell::Shell;
use super::sides::Second;
use super::target::TargetError;
use super::twins;
use super::world::NoWorld;
use crate::bundle::{Bundle, BundleError};
use crate::plan::{FilterError, PlanError, Shard};
use crate::run;
use crate::scenario::is_embedded;
use crate::scenario::suite::Suite;

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
pub(super) enum Stopped {
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
