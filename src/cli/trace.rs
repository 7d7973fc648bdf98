//! `quintet trace`: one resource, and what every plane says of it at each registry.

mod ask;
mod saved;
mod shelf;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::exit::Exit;
use super::guest::{Guest, Guests, NoGuest};
use super::record;
use super::shell::Shell;
use super::target::{self, TargetError};
use super::world::NoWorld;
use crate::bundle::{Bundle, BundleError};
use crate::inspect::trace::{NoSubject, Subject, Trace};
use crate::registry::RegistryId;
use crate::report::{self, Options, TRACE_FORMATS};
use crate::run::RunError;
use crate::scenario::model::{Target, TargetKind};
use crate::scenario::suite::Suite;
use crate::transport::options::LiveError;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet trace 203.64.0.0/16                    where a prefix of the mock world is, and how it came there
  quintet trace AS4750 --all                     every plane word for word, with date and source
  quintet trace 203.64.0.0/16 --fault apnic-redirect-withheld
  quintet trace 193.0.6.139 --target live --contact noc@example.net
  quintet trace 2001:db8::/32 --bundle reports/20261122T070000Z-mock-a1b2c3 --format markdown
  quintet trace ORG-CBT1-AP                      a holder, by its handle or its id in statistics

A resource is an address, a prefix, a range with `-`, an AS number, a range of them, or a handle.
Of a live target the RPKI is left out, because whole repositories would be fetched for one
resource: --only names it, or --bundle takes it from a run that has it.

Exit codes: 0 nothing disagrees, 1 something does, 2 usage or lint error, 70 internal error,
130 interrupted.")]
pub struct Args {
    /// Address, prefix, range, AS number or holder's handle
    #[arg(value_name = "RESOURCE")]
    resource: String,

    /// Takes what a recorded run has of the resource, and asks nothing
    #[arg(long, value_name = "BUNDLE", conflicts_with_all = ["out", "fault", "at"])]
    bundle: Option<PathBuf>,

    /// Name of a target in the suite, or a file of your own that is one, such as `staging.yaml`
    #[arg(
        long,
        env = "QUINTET_TARGET",
        default_value = "mock",
        value_name = "TARGET"
    )]
    target: String,

    /// Asks these registries only
    #[arg(long, short, value_name = "ID", value_delimiter = ',')]
    registry: Vec<String>,

    /// Asks about these planes only
    #[arg(long, value_name = "PLANE", value_delimiter = ',', value_enum)]
    only: Vec<Question>,

    /// Makes one thing wrong in the mock world; may be given several times
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,

    /// Format of what is printed
    #[arg(long, short, value_parser = formats(), default_value = "terminal", value_name = "FORMAT")]
    format: String,

    /// Tells what is said word for word, with its date and its source
    #[arg(long)]
    all: bool,

    /// Keeps what is asked and answered in this folder, for `--bundle`; it must not hold a bundle already
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Place of observation
    #[arg(
        long,
        env = "QUINTET_VANTAGE",
        default_value = record::VANTAGE,
        value_name = "NAME"
    )]
    vantage: String,

    /// Keeps budgets of the day here
    #[arg(long, env = "QUINTET_STATE", value_name = "FILE")]
    state: Option<PathBuf>,

    /// Who answers for the requests to live targets: a mail address or a URL, part of the User-Agent
    #[arg(long, env = "QUINTET_CONTACT", value_name = "CONTACT")]
    contact: Option<String>,

    /// Fixes the time of the mock world
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

/// What is asked for: the planes of the RPKI come out of one tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
enum Question {
    /// IANA's number registries
    Iana,
    /// Bootstrap files of RDAP
    Bootstrap,
    /// Delegated statistics
    Statistics,
    /// Transfer logs
    TransferLog,
    /// RDAP
    Rdap,
    /// Whois
    Whois,
    /// Reverse DNS
    ReverseDns,
    /// Certificates, VRPs, ASPAs and constraints: whole repositories
    Rpki,
}

impl Question {
    /// All of them.
    const ALL: &'static [Self] = &[
        Self::Iana,
        Self::Bootstrap,
        Self::Statistics,
        Self::TransferLog,
        Self::Rdap,
        Self::Whois,
        Self::ReverseDns,
        Self::Rpki,
    ];

    /// Says whether a subject has something of this; a holder is known to registers of holders only.
    const fn is_of(self, subject: &Subject) -> bool {
        match self {
            Self::Statistics | Self::Rdap | Self::Whois => true,
            Self::ReverseDns => matches!(
                subject,
                Subject::Address(_) | Subject::Prefix(_) | Subject::Range(_)
            ),
            Self::Iana | Self::Bootstrap | Self::TransferLog | Self::Rpki => {
                !matches!(subject, Subject::Holder(_))
            }
        }
    }
}

fn formats() -> clap::builder::PossibleValuesParser {
    let names: Vec<&'static str> = TRACE_FORMATS.iter().map(|f| f.name()).collect();
    names.into()
}

/// Says why there is no trace.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Subject(#[from] NoSubject),
    #[error(transparent)]
    World(#[from] NoWorld),
    #[error(transparent)]
    Guest(#[from] NoGuest),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error("unknown registry `{name}`; {meant}")]
    NoRegistry { name: String, meant: String },
    #[error("`--fault` needs the mock world; target `{0}` is none")]
    FaultElsewhere(String),
    #[error(
        "nothing of a holder is in IANA's registries, transfer logs, reverse DNS or the RPKI; `--only` leaves nothing"
    )]
    NothingLeft,
    #[error(transparent)]
    Saved(BundleError),
    #[error("the run in `{}` has nothing of `{resource}`", path.display())]
    NothingSaved { path: PathBuf, resource: String },
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("cannot start the runtime: {0}")]
    Runtime(std::io::Error),
    #[error("cannot make a folder for large bodies: {0}")]
    Spool(std::io::Error),
    #[error("interrupted")]
    Interrupted,
}

impl Stopped {
    /// Says why on stderr, and returns how the program ends.
    fn complain(&self, shell: &Shell) -> Exit {
        let exit = match self {
            Self::World(none) => return none.complain(shell),
            Self::Bundle(_) | Self::Run(_) | Self::Runtime(_) | Self::Spool(_) => Exit::Internal,
            Self::Interrupted => Exit::Interrupted,
            Self::Subject(_)
            | Self::Guest(_)
            | Self::Target(_)
            | Self::Live(_)
            | Self::NoRegistry { .. }
            | Self::FaultElsewhere(_)
            | Self::NothingLeft
            | Self::Saved(_)
            | Self::NothingSaved { .. } => Exit::Usage,
        };
        shell.fail(self);
        exit
    }
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let subject = match Subject::read(&args.resource) {
        Ok(subject) => subject,
        Err(none) => return Stopped::from(none).complain(shell),
    };
    match begin(args, &subject, shell) {
        Ok(None) => Exit::Usage,
        Ok(Some(trace)) => {
            print(&trace, args, shell);
            match trace.disagreements.is_empty() {
                true => Exit::Met,
                false => Exit::Failed,
            }
        }
        Err(stopped) => stopped.complain(shell),
    }
}

/// Reads the suite, with a target's file beside it where one was given or is in the bundle, and traces;
/// `None` for a suite with mistakes, which were printed.
fn begin(args: &Args, subject: &Subject, shell: &Shell) -> Result<Option<Trace>, Stopped> {
    let bundle = match &args.bundle {
        Some(path) => Some(Arc::new(Bundle::open(path).map_err(Stopped::Saved)?)),
        None => None,
    };
    let guests = match &bundle {
        Some(bundle) => Guests::recorded(bundle)?,
        None => Guests::given(&args.target)?,
    };
    let Some(suite) = super::suite::read_with(shell, &guests) else {
        return Ok(None);
    };
    let trace = match bundle {
        Some(bundle) => saved::trace(args, &bundle, subject, &suite),
        None => go(args, guests.first.as_ref(), subject, &suite, shell),
    };
    trace.map(Some)
}

fn go(
    args: &Args,
    guest: Option<&Guest>,
    subject: &Subject,
    suite: &Suite,
    shell: &Shell,
) -> Result<Trace, Stopped> {
    let name = guest.map_or(&args.target, |guest| &guest.target);
    let target = target::find(suite, name)?;
    target::who_asks(target, args.contact.as_deref())?;
    if target.kind != TargetKind::Mock && !args.fault.is_empty() {
        return Err(Stopped::FaultElsewhere(target.name.as_ref().to_owned()));
    }
    let questions = questions(args, target, subject)?;
    if target.kind == TargetKind::Live && args.only.is_empty() && Question::Rpki.is_of(subject) {
        shell.note("the RPKI is not asked for; `--only rpki` fetches whole repositories");
    }
    let runtime = tokio::runtime::Runtime::new().map_err(Stopped::Runtime)?;
    runtime.block_on(ask::trace(
        args, guest, target, subject, &questions, suite, shell,
    ))
}

/// Returns what is asked: what was named, else all; of a live target the RPKI only where it is named.
fn questions(args: &Args, target: &Target, subject: &Subject) -> Result<Vec<Question>, Stopped> {
    let is_wanted = |question: &Question| match args.only.is_empty() {
        true => target.kind != TargetKind::Live || *question != Question::Rpki,
        false => args.only.contains(question),
    };
    let all = Question::ALL.iter().copied();
    let wanted = all.filter(|question| is_wanted(question) && question.is_of(subject));
    let wanted: Vec<Question> = wanted.collect();
    match wanted.is_empty() {
        true => Err(Stopped::NothingLeft),
        false => Ok(wanted),
    }
}

/// Returns the registries that were named; none for all.
fn chosen(args: &Args, suite: &Suite) -> Result<Vec<RegistryId>, Stopped> {
    let ids: Vec<&str> = suite.registries.ids().map(RegistryId::as_str).collect();
    let known = |name: &String| {
        let id = RegistryId::parse(name).ok();
        let id = id.filter(|id| suite.registries.of(id.as_str()).is_some());
        id.ok_or_else(|| Stopped::NoRegistry {
            name: name.clone(),
            meant: super::suite::meant(name, &ids),
        })
    };
    args.registry.iter().map(known).collect()
}

fn print(trace: &Trace, args: &Args, shell: &Shell) {
    let Some(format) = report::trace_format(&args.format) else {
        return;
    };
    let options = Options {
        width: shell.width.map_or(Options::default().width, usize::from),
        color: shell.color_out,
        all: args.all,
    };
    let mut text = Vec::new();
    match format.write(trace, &options, &mut text) {
        Ok(()) => shell.print(&String::from_utf8_lossy(&text)),
        Err(error) => shell.error(&format!("cannot write the trace: {error}")),
    }
}
