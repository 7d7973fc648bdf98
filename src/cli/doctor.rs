//! `quintet doctor`: what this machine and a target allow, before a run finds out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::exit::Exit;
use super::guest::Guests;
use super::shell::{Shell, in_full};
use super::{suite, target};
use crate::clock::{Clock, RealClock};
use crate::registry::PerRegistry;
use crate::scenario::model::{Target, TargetKind};
use crate::transport::Family;
use crate::transport::budget::{Spent, spent_by_day};
use crate::transport::live::Live;
use crate::transport::machine::{self, FamilyState, Offset};

/// Clock offset from which the times of observations mislead; ours: Date headers count seconds.
const CLOCK_OFF: SignedDuration = SignedDuration::from_secs(5);

/// Programs that some probes, oracle tests and benchmarks use, and for what. None is needed to run.
const PROGRAMS: &[(&str, &str)] = &[
    ("chromium", "tests of the site in a browser"),
    ("fort", "probe relying_party"),
    ("hurl", "a peer of the lookup benchmark"),
    ("nginx", "the lookup benchmark's server"),
    ("python3", "a peer of the lookup benchmark"),
    ("routinator", "probe relying_party"),
    ("rpki-client", "probe relying_party"),
    ("rsync", "rsync repositories"),
];

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet doctor                                     what this machine can do
  quintet doctor --target live --state state.json    what a run would find, and what it may still ask")]
pub struct Args {
    /// Target whose access, clock and budgets are examined
    #[arg(long, value_name = "NAME")]
    target: Option<String>,

    /// Who answers for the requests to live targets, as for `run`
    #[arg(long, env = "QUINTET_CONTACT", value_name = "CONTACT")]
    contact: Option<String>,

    /// File with the budgets of the day, as for `run`
    #[arg(long, env = "QUINTET_STATE", value_name = "FILE")]
    state: Option<PathBuf>,

    /// How the result is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// Everything that was found.
#[derive(Debug, Serialize)]
struct Report {
    version: &'static str,
    system: String,
    ipv4: FamilyState,
    ipv6: FamilyState,
    /// What is wrong with the machine's trust store; `None` if it can be used.
    trust_error: Option<String>,
    name_server: Option<String>,
    programs: Vec<Program>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<TargetState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<Vec<BudgetLine>>,
    /// What would keep a run from judging well, in words.
    problems: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Program {
    name: &'static str,
    path: Option<PathBuf>,
    used_for: &'static str,
}

#[derive(Debug, Serialize)]
struct TargetState {
    name: String,
    kind: &'static str,
    clock: ClockState,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum ClockState {
    /// The target declares no time source.
    NotDeclared,
    /// How far our clock is off.
    Seen(Offset),
    /// Why that is not known.
    Failed(String),
}

#[derive(Debug, Serialize)]
struct BudgetLine {
    registry: String,
    #[serde(flatten)]
    spent: Spent,
    requests_limit: Option<u64>,
    bytes_limit: Option<u64>,
}

/// Examines machine and target, and prints what was found.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let target = match &args.target {
        None => None,
        Some(name) => {
            let guests = match Guests::given(name) {
                Ok(guests) => guests,
                Err(error) => {
                    shell.fail(&error);
                    return Exit::Usage;
                }
            };
            let Some(suite) = suite::read_with(shell, &guests) else {
                return Exit::Usage;
            };
            let name = guests.first.as_ref().map_or(name, |guest| &guest.target);
            match target::find(&suite, name) {
                Ok(target) => Some(target.clone()),
                Err(error) => {
                    shell.fail(&error);
                    return Exit::Usage;
                }
            }
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            shell.error(&format!("starting the runtime: {error}"));
            return Exit::Internal;
        }
    };
    let report = match runtime.block_on(examine(args, target.as_ref(), shell)) {
        Ok(report) => report,
        Err(why) => {
            shell.error(&why);
            return Exit::Usage;
        }
    };
    match args.format {
        Format::Text => shell.print(&text(&report)),
        Format::Json => match serde_json::to_string_pretty(&report) {
            Ok(json) => shell.line(&json),
            Err(error) => {
                shell.error(&format!("writing the report: {error}"));
                return Exit::Internal;
            }
        },
    }
    if report.problems.is_empty() {
        Exit::Met
    } else {
        Exit::Failed
    }
}

async fn examine(args: &Args, target: Option<&Target>, shell: &Shell) -> Result<Report, String> {
    let clock: Arc<dyn Clock> = Arc::new(RealClock::new());
    let path = shell.variable("PATH").unwrap_or_default();
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION"),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        ipv4: machine::family(Family::Ipv4),
        ipv6: machine::family(Family::Ipv6),
        trust_error: machine::trust_store().err(),
        name_server: machine::name_server().map(|server| server.to_string()),
        programs: PROGRAMS
            .iter()
            .map(|(name, used_for)| Program {
                name,
                path: machine::program(path, name),
                used_for,
            })
            .collect(),
        target: None,
        budget: None,
        problems: Vec::new(),
    };
    if !report.ipv4.loopback && !report.ipv6.loopback {
        let problem = "no loopback address works; the mock world cannot be served";
        report.problems.push(problem.to_owned());
    }
    if let Some(target) = target {
        let contact = args.contact.as_deref();
        let state = examine_target(target, shell, &clock, contact, &mut report.problems).await;
        if target.kind == TargetKind::Live {
            live_problems(&mut report);
        }
        report.target = Some(state);
    }
    if let Some(state) = &args.state {
        let today = clock.now().to_zoned(TimeZone::UTC).date();
        let mut days = spent_by_day(state).map_err(|error| in_full(&error))?;
        let spent = days.remove(&today).unwrap_or_default();
        report.budget = Some(budget_lines(&spent, target));
    }
    Ok(report)
}

/// Adds what would keep a run from asking services in production.
fn live_problems(report: &mut Report) {
    if let Some(error) = &report.trust_error {
        let problem = format!("no certificate can be accepted: {error}");
        report.problems.push(problem);
    }
    if !report.ipv4.route && !report.ipv6.route {
        let problem = "there is no route to the Internet";
        report.problems.push(problem.to_owned());
    }
}

async fn examine_target(
    target: &Target,
    shell: &Shell,
    clock: &Arc<dyn Clock>,
    contact: Option<&str>,
    problems: &mut Vec<String>,
) -> TargetState {
    let state = |clock: ClockState| TargetState {
        name: target.name.to_string(),
        kind: target.kind.as_str(),
        clock,
    };
    if target.kind == TargetKind::Mock {
        return state(ClockState::NotDeclared);
    }
    // Certificates, places and secrets are looked at whether or not there is a time source.
    let spool = std::env::temp_dir();
    let options = target::options(
        target,
        &PerRegistry::new(),
        "doctor",
        spool,
        None,
        clock,
        shell,
        contact,
    );
    let live = options
        .map_err(|error| in_full(&error))
        .and_then(|options| Live::new(options, Arc::clone(clock)).map_err(|error| in_full(&error)));
    let live = match live {
        Ok(live) => live,
        Err(why) => {
            problems.push(why);
            let why = "the target cannot be asked".to_owned();
            return state(ClockState::Failed(why));
        }
    };
    let Some(url) = &target.time_source else {
        return state(ClockState::NotDeclared);
    };
    let timeout = target.timeout.unsigned_abs();
    state(
        match machine::offset(&live, clock.as_ref(), url, timeout).await {
            Ok(seen) => {
                if seen.offset.abs() > CLOCK_OFF {
                    problems.push(format!(
                        "our clock is off by {:#}; times of observations would mislead",
                        seen.offset
                    ));
                }
                ClockState::Seen(seen)
            }
            Err(failure) => {
                problems.push(format!(
                    "the clock could not be compared: {}",
                    failure.detail
                ));
                ClockState::Failed(failure.detail)
            }
        },
    )
}

fn budget_lines(
    spent: &BTreeMap<crate::registry::RegistryId, Spent>,
    target: Option<&Target>,
) -> Vec<BudgetLine> {
    let limit = |pick: fn(&Target) -> Option<u64>| target.and_then(pick);
    spent
        .iter()
        .map(|(registry, spent)| BudgetLine {
            registry: registry.to_string(),
            spent: *spent,
            requests_limit: limit(|target| target.pacing.requests_per_day),
            bytes_limit: limit(|target| target.pacing.bytes_per_day),
        })
        .collect()
}

/// Writes the report as lines of a word and what is known of it.
fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    let mut line = |what: &str, words: &str| lines.push(format!("{what:<12} {words}\n"));
    line(
        "quintet",
        &format!("{} on {}", report.version, report.system),
    );
    for (name, state) in [("IPv4", report.ipv4), ("IPv6", report.ipv6)] {
        let loopback = if state.loopback {
            "loopback works"
        } else {
            "no loopback"
        };
        let route = if state.route {
            "a route outward"
        } else {
            "no route outward"
        };
        line(name, &format!("{loopback}, {route}"));
    }
    line(
        "trust store",
        &report.trust_error.as_ref().map_or_else(
            || "can be used".to_owned(),
            |why| format!("of no use: {why}"),
        ),
    );
    line(
        "name server",
        report.name_server.as_deref().unwrap_or("none is known"),
    );
    for program in &report.programs {
        let words = program.path.as_ref().map_or_else(
            || format!("not found (for {})", program.used_for),
            |path| path.display().to_string(),
        );
        line(program.name, &words);
    }
    if let Some(target) = &report.target {
        line("target", &format!("{} ({})", target.name, target.kind));
        line("clock", &clock_words(&target.clock));
    }
    for budget in report.budget.iter().flatten() {
        line("budget", &budget_words(budget));
    }
    if report.budget.as_ref().is_some_and(Vec::is_empty) {
        line("budget", "nothing was asked today");
    }
    for problem in &report.problems {
        line("problem", problem);
    }
    lines.concat()
}

fn clock_words(clock: &ClockState) -> String {
    match clock {
        ClockState::NotDeclared => "not compared: the target declares no `time_source`".to_owned(),
        ClockState::Seen(seen) if seen.offset.abs() <= seen.within => {
            format!("right within {:#}", seen.within)
        }
        ClockState::Seen(seen) => {
            format!("off by {:#}, give or take {:#}", seen.offset, seen.within)
        }
        ClockState::Failed(why) => format!("not compared: {why}"),
    }
}

fn budget_words(budget: &BudgetLine) -> String {
    let of = |limit: Option<u64>| limit.map_or_else(String::new, |limit| format!(" of {limit}"));
    format!(
        "{}: {}{} exchanges and {}{} octets today (UTC)",
        budget.registry,
        budget.spent.requests,
        of(budget.requests_limit),
        budget.spent.bytes,
        of(budget.bytes_limit)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::run_in;

    #[test]
    fn a_machine_is_described_in_lines_and_as_json() {
        let (shell, out, err) = Shell::into_buffers("scenarios".into());
        assert_eq!(run_in(&shell, &["doctor"]).unwrap(), Exit::Met);
        assert!(
            out.text().contains("IPv4         loopback works"),
            "{}",
            out.text()
        );
        assert_eq!(err.text(), "");
        let (shell, out, _) = Shell::into_buffers("scenarios".into());
        let exit = run_in(&shell, &["doctor", "--format", "json"]).unwrap();
        assert_eq!(exit, Exit::Met);
        let json: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
        assert_eq!(json["ipv4"]["loopback"], true);
        assert_eq!(json["programs"].as_array().unwrap().len(), PROGRAMS.len());
    }

    #[test]
    fn a_state_file_that_is_broken_is_an_error_of_usage() {
        let path = std::env::temp_dir().join(format!("quintet-doctor-{}", std::process::id()));
        std::fs::write(&path, "[").unwrap();
        let (shell, _, err) = Shell::into_buffers("scenarios".into());
        let words = ["doctor", "--state", path.to_str().unwrap()];
        assert_eq!(run_in(&shell, &words).unwrap(), Exit::Usage);
        assert!(err.text().contains("cannot be read"), "{}", err.text());
        std::fs::remove_file(path).unwrap();
    }
}
