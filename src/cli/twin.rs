//! `quintet twin`: two targets are asked the same at the same moment, and what differs is told.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::exit::Exit;
use super::guest::{Guest, Guests, NoGuest};
use super::judging::JudgingArgs;
use super::record::VANTAGE;
use super::run as asking;
use super::shell::Shell;
use super::sides::Second;
use super::twins;
use crate::audit::read_routes;
use crate::registry::RegistryId;
use crate::run::Options;
use crate::scenario::expected;
use crate::scenario::suite::Suite;
use crate::verdict::twin::ExpectedChange;
use crate::yaml::read_file;

/// Largest list of routes that is read, in octets; ours: a full table with 40 octets a line has 40 MB.
const MAX_ROUTES: u64 = 256 * 1024 * 1024;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet twin live staging-example -r apnic --contact noc@example.net
  quintet twin live staging.yaml -r apnic 'rdap.**' --expect release-42.yaml
  quintet twin live staging-example 'rpki.tree' --routes table.csv
  quintet twin mock mock --second-fault ripe-no-class

Both targets are asked the same, about what the first one holds, probe by probe at the same moment.
Every fact of both answers is compared, so that a change shows for which there is no rule. What
differs by nature is left out (`docs/twin.md`), and what a file of expected changes declares is told
apart. The bundle can be resumed, judged, replayed and verified like any other.

Exit codes: 0 nothing differs but what was declared, 1 something does, or a rule fails at the second
target only, 3 some of it could not be compared, 4 nothing was compared.")]
pub struct Args {
    /// The first target, such as production: its name in the suite, or the file of one
    first: String,

    /// The second target, such as staging: its name in the suite, or the file of one
    second: String,

    /// Ids, patterns such as `rdap.*`, or set expressions such as `tag(rdap) & level(must)`
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,

    /// Asks these registries only; both targets must have them
    #[arg(long, short, value_name = "ID", value_delimiter = ',')]
    registry: Vec<String>,

    /// Makes one thing wrong in the first mock world; may be given several times
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,

    /// Makes one thing wrong in the second mock world; may be given several times
    #[arg(long, value_name = "NAME")]
    second_fault: Vec<String>,

    /// A file of changes that are expected, with reasons; may be given several times
    #[arg(long, value_name = "FILE")]
    expect: Vec<PathBuf>,

    /// A change that is expected: facts as `<scenario>/<probe>.<fact>`, and why; may be given several times
    #[arg(long, value_name = "FACTS=REASON", value_parser = change)]
    expect_change: Vec<ExpectedChange>,

    /// A list of routes, prefix and origin a line, whose validity under both targets' payloads is compared
    #[arg(long, value_name = "FILE")]
    routes: Option<PathBuf>,

    /// Asks each target about samples of its own; the first one's are compared with the second one's in order
    #[arg(long)]
    own_samples: bool,

    /// Folder for the bundle; it must not hold one already
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Place of observation
    #[arg(long, env = "QUINTET_VANTAGE", default_value = VANTAGE, value_name = "NAME")]
    vantage: String,

    /// Asks nothing more after this time, such as `30m`
    #[arg(long, value_name = "DURATION")]
    deadline: Option<SignedDuration>,

    /// Jobs at a time within one registry
    #[arg(long, default_value_t = Options::JOBS, value_name = "NUMBER")]
    jobs: usize,

    /// Keeps budgets of the day of the first target here
    #[arg(long, env = "QUINTET_STATE", value_name = "FILE")]
    state: Option<PathBuf>,

    /// Who answers for the requests to live targets: a mail address or a URL, part of the User-Agent
    #[arg(long, env = "QUINTET_CONTACT", value_name = "CONTACT")]
    contact: Option<String>,

    /// Fixes the time of the mock worlds and of the run
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,

    /// Name of the policy by which both targets are judged
    #[arg(long, default_value = "default", value_name = "NAME")]
    policy: String,

    /// Format of what is printed
    #[arg(long, short, value_parser = formats(), default_value = "terminal", value_name = "FORMAT")]
    format: String,

    /// Tells everything that differs
    #[arg(long)]
    all: bool,
}

fn formats() -> clap::builder::PossibleValuesParser {
    twins::formats().into()
}

fn change(text: &str) -> Result<ExpectedChange, String> {
    let (change, reason) = text
        .split_once('=')
        .filter(|(change, reason)| !change.trim().is_empty() && !reason.trim().is_empty())
        .ok_or("expected facts and a reason, such as `rdap.help/help.json=new terms of use`")?;
    Ok(ExpectedChange {
        change: change.trim().to_owned(),
        at: String::new(),
        registries: Vec::new(),
        reason: reason.trim().to_owned(),
    })
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let guests = match guests(args) {
        Ok(guests) => guests,
        Err(error) => {
            shell.fail(&error);
            return Exit::Usage;
        }
    };
    let Some(suite) = super::suite::read_with(shell, &guests) else {
        return Exit::Usage;
    };
    let Some(expected) = declared(args, &suite, shell) else {
        return Exit::Usage;
    };
    let routes = match &args.routes {
        None => None,
        Some(path) => match list(path, shell) {
            Some(octets) => Some((path.clone(), octets)),
            None => return Exit::Usage,
        },
    };
    let asked = asking::Args {
        filters: args.filters.clone(),
        target: args.first.clone(),
        registry: args.registry.clone(),
        fault: args.fault.clone(),
        judging: JudgingArgs::printing(&args.policy, &args.format, args.all),
        out: args.out.clone(),
        resume: None,
        shard: None,
        earlier: None,
        no_wait: false,
        vantage: args.vantage.clone(),
        deadline: args.deadline,
        jobs: args.jobs,
        state: args.state.clone(),
        contact: args.contact.clone(),
        at: args.at,
        second: Some(Second {
            target: args.second.clone(),
            faults: args.second_fault.clone(),
            own_samples: args.own_samples,
            expected,
            expect: args.expect.clone(),
            routes,
        }),
    };
    asking::with(&asked, &suite, &guests, shell)
}

/// Takes the targets that are files.
fn guests(args: &Args) -> Result<Guests, NoGuest> {
    Ok(Guests {
        first: Guest::given(&args.first)?,
        second: Guest::given(&args.second)?,
    })
}

/// Reads what is declared; what is wrong with it was printed where this is `None`.
fn declared(args: &Args, suite: &Suite, shell: &Shell) -> Option<Vec<ExpectedChange>> {
    let ids: Vec<RegistryId> = suite.registries.ids().cloned().collect();
    let mut all = args.expect_change.clone();
    let mut is_whole = true;
    for path in &args.expect {
        let read = read_file(path, &path.to_string_lossy());
        let read = read
            .map_err(|problem| crate::yaml::Diagnostics(vec![problem]))
            .and_then(|(source, _)| expected(&source, &ids));
        match read {
            Ok(changes) => all.extend(changes),
            Err(problems) => {
                shell.complain(&problems);
                is_whole = false;
            }
        }
    }
    is_whole.then_some(all)
}

/// Reads a list of routes; what is wrong with it was printed where this is `None`.
fn list(path: &Path, shell: &Shell) -> Option<Bytes> {
    use std::io::Read as _;
    let mut octets = Vec::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(MAX_ROUTES + 1).read_to_end(&mut octets));
    let name = path.display();
    match read {
        Err(error) => {
            shell.error(&format!("cannot read `{name}`: {error}"));
            return None;
        }
        Ok(length) if u64::try_from(length).unwrap_or(u64::MAX) > MAX_ROUTES => {
            shell.error(&format!("`{name}` is larger than {MAX_ROUTES} octets"));
            return None;
        }
        Ok(_) => {}
    }
    match read_routes(&octets) {
        Ok(routes) if routes.is_empty() => {
            shell.error(&format!("`{name}` has no route"));
            None
        }
        Ok(_) => Some(octets.into()),
        Err(wrong) => {
            for (line, error) in wrong {
                shell.error(&format!("{name}:{line}: {error}"));
            }
            None
        }
    }
}
