//! The command line: the only room that prints, exits and reads the environment.
//!
//! One file per verb. A verb has its arguments as a struct and a function `run`
//! that says how the program ends.

mod against;
mod archive;
mod asking;
pub mod baseline;
pub mod baselines;
pub mod completions;
pub mod diff;
pub mod direct;
pub mod doctor;
pub mod drawn;
mod earlier;
pub mod exit;
pub mod explain;
pub mod export;
pub mod facts;
mod guest;
pub mod here;
pub mod history;
pub mod inspect;
pub mod judge;
pub mod judged;
pub mod judging;
mod kept;
pub mod lint;
pub mod list;
pub mod merge;
pub mod merge_stats;
pub mod mock;
mod observe;
mod out;
pub mod past;
mod peers;
pub mod progress;
mod proof;
mod record;
pub mod replay;
pub mod report;
pub mod run;
pub mod schema;
pub mod seen;
pub mod shell;
mod sides;
pub mod sign;
pub mod site;
pub mod suite;
pub mod target;
pub mod trace;
pub mod twin;
mod twins;
pub mod verify;
pub mod waivers;
pub mod world;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use exit::Exit;
use shell::{Color, Shell};

use crate::fact::Digest;
use crate::scenario::EMBEDDED;

/// Tests the five Regional Internet Registries and compares them.
#[derive(Debug, Parser)]
#[command(name = "quintet", version, about, long_about = None, max_term_width = 100)]
#[command(after_help = "Examples:
  quintet run                          everything against the mock world inside
  quintet run --target live -r apnic   what APNIC's production services do
  quintet explain rdap.link.self-type  what a check wants and why
  quintet list 'tag(rdap) & level(must)'

Exit codes: 0 gate met, 1 unexpected failure, 2 usage or lint error, 3 a gated check could not be
judged, 4 nothing selected, 70 internal error, 130 interrupted (resumable).")]
pub struct Cli {
    /// Folder with the scenarios and everything that judges, `embedded` for those in the program,
    /// or a digest that refuses every other suite; `scenarios`, and without that folder `embedded`,
    /// if absent
    #[arg(
        long,
        global = true,
        env = "QUINTET_SUITE",
        value_parser = suite_named,
        value_name = "DIR"
    )]
    suite: Option<SuiteNamed>,

    /// Refuses every suite but the one with this digest, as `quintet lint` prints it
    #[arg(
        long,
        global = true,
        env = "QUINTET_PIN",
        value_name = "DIGEST",
        value_parser = digest
    )]
    pin: Option<Digest>,

    /// When to use color
    #[arg(
        long,
        global = true,
        env = "QUINTET_COLOR",
        value_enum,
        default_value_t,
        value_name = "WHEN"
    )]
    color: Color,

    /// Print results and errors only
    #[arg(long, short, global = true)]
    quiet: bool,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Asks what scenarios say, keeps the answers, judges them
    Run(Box<run::Args>),
    /// Judges a bundle again, with the scenarios of today
    Judge(judge::Args),
    /// Shows a judged bundle in other formats
    Report(report::Args),
    /// Shows what changed between two judged bundles, and why
    Diff(diff::Args),
    /// Writes static pages over judged bundles
    Site(site::Args),
    /// Traces one resource: what every plane says of it at each registry
    Trace(trace::Args),
    /// Asks two targets the same at the same moment, and shows what differs
    Twin(Box<twin::Args>),
    /// Writes what an audience may read of a judged bundle, with redacted excerpts
    Export(export::Args),
    /// Serves the mock world of five registries for anybody's client
    Mock(mock::Args),
    /// Runs the probes again over what was recorded, and judges what they see
    Replay(replay::Args),
    /// Tells how a check or parameter went on over the runs of an archive
    History(history::Args),
    /// Merges bundles of one plan, from several places or in several parts
    Merge(merge::Args),
    /// Compares bundles with their seals and signatures
    Verify(verify::Args),
    /// Looks at what differs from accepted values, and accepts or rejects it
    Baseline(baseline::Args),
    /// Signs the seals of bundles by a key of OpenSSH
    Sign(sign::Args),
    /// Lists waivers: until when, and which are no longer needed
    Waivers(waivers::Args),
    /// Shows what the rules find in saved documents
    Inspect(inspect::Args),
    /// Makes the NRO's combined statistics and what goes with them again from saved files
    MergeStats(merge_stats::Args),
    /// Checks scenarios and everything beside them, and asks nothing
    Lint(lint::Args),
    /// Tells what this machine and a target allow
    Doctor(doctor::Args),
    /// Lists checks, rules and comparisons, or the faults that prove them
    List(list::Args),
    /// Explains a rule, check, comparison, scenario or fault
    Explain(explain::Args),
    /// Shows the kinds of probes with their arguments and facts
    Facts(facts::Args),
    /// Prints or writes the JSON Schemas of the files of a suite
    Schema(schema::Args),
    /// Prints completions for a shell
    Completions(completions::Args),
}

/// Runs the program with the arguments of this process.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(run(std::env::args_os()).code())
}

fn run(arguments: impl Iterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results and end well; everything else is a usage error.
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Met
            };
            drop(error.print());
            return exit;
        }
    };
    let shipped = PathBuf::from(record::SUITE);
    let folder = if shipped.is_dir() {
        shipped
    } else {
        PathBuf::from(EMBEDDED)
    };
    let mut shell = Shell::of_process(cli.color, cli.quiet, folder);
    choose(&mut shell, cli.suite, cli.pin);
    dispatch(cli.verb, &shell)
}

/// Which suite is meant.
#[derive(Clone, Debug)]
enum SuiteNamed {
    /// The one in a folder.
    Folder(PathBuf),
    /// The usual one, if it has this digest.
    Digest(Digest),
}

/// Tells a digest from a folder.
fn suite_named(text: &str) -> Result<SuiteNamed, String> {
    if text.starts_with("sha256:") {
        digest(text).map(SuiteNamed::Digest)
    } else if text.is_empty() {
        Err("expected a folder, `embedded`, or a digest".to_owned())
    } else {
        Ok(SuiteNamed::Folder(PathBuf::from(text)))
    }
}

/// Makes a shell use the suite that was asked for, and no other than the pinned one.
fn choose(shell: &mut Shell, suite: Option<SuiteNamed>, pin: Option<Digest>) {
    shell.pins.extend(pin);
    match suite {
        Some(SuiteNamed::Folder(folder)) => shell.suite = folder,
        Some(SuiteNamed::Digest(digest)) => shell.pins.push(digest),
        None => {}
    }
}

/// Reads a digest as `quintet lint` prints it; `sha256:` may be left out.
fn digest(text: &str) -> Result<Digest, String> {
    let whole = match text.strip_prefix("sha256:") {
        Some(_) => text.to_owned(),
        None => format!("sha256:{text}"),
    };
    let wrong = || "expected `sha256:` and 64 hex digits, as `quintet lint` prints them".to_owned();
    Digest::parse(&whole).ok_or_else(wrong)
}

/// Runs one command line in a shell, as a test does; the first word is the verb.
///
/// # Errors
///
/// The usage error of `clap`, with its text.
pub fn run_in(shell: &Shell, words: &[&str]) -> Result<Exit, clap::Error> {
    let cli = Cli::try_parse_from(std::iter::once("quintet").chain(words.iter().copied()))?;
    let mut shell = shell.clone();
    choose(&mut shell, cli.suite, cli.pin);
    Ok(dispatch(cli.verb, &shell))
}

fn dispatch(verb: Verb, shell: &Shell) -> Exit {
    match verb {
        Verb::Run(args) => run::run(&args, shell),
        Verb::Judge(args) => judge::run(&args, shell),
        Verb::Report(args) => report::run(&args, shell),
        Verb::Diff(args) => diff::run(&args, shell),
        Verb::Site(args) => site::run(&args, shell),
        Verb::Trace(args) => trace::run(&args, shell),
        Verb::Twin(args) => twin::run(&args, shell),
        Verb::Export(args) => export::run(&args, shell),
        Verb::Mock(args) => mock::run(&args, shell),
        Verb::Replay(args) => replay::run(&args, shell),
        Verb::History(args) => history::run(&args, shell),
        Verb::Merge(args) => merge::run(&args, shell),
        Verb::Verify(args) => verify::run(&args, shell),
        Verb::Baseline(args) => baseline::run(&args, shell),
        Verb::Sign(args) => sign::run(&args, shell),
        Verb::Waivers(args) => waivers::run(&args, shell),
        Verb::Inspect(args) => inspect::run(&args, shell),
        Verb::MergeStats(args) => merge_stats::run(&args, shell),
        Verb::Lint(args) => lint::run(&args, shell),
        Verb::Doctor(args) => doctor::run(&args, shell),
        Verb::List(args) => list::run(&args, shell),
        Verb::Explain(args) => explain::run(&args, shell),
        Verb::Facts(args) => facts::run(&args, shell),
        Verb::Schema(args) => schema::run(&args, shell),
        Verb::Completions(args) => completions::run(&args, shell),
    }
}
