//! `quintet replay`: runs the probes again over what was recorded, and judges what they see.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::try_join_all;
use tokio::sync::watch;

use super::earlier;
use super::exit::Exit;
use super::guest::Guests;
use super::judged;
use super::judging::{self, CannotJudge, Which};
use super::seen::Seen;
use super::shell::Shell;
use super::twins;
use crate::audit::twin::TWIN;
use crate::audit::{self, Audit};
use crate::bundle::{Bundle, BundleError, Expansion, Here};
use crate::clock::{Clock, VirtualClock};
use crate::fact::{FailureKind, Observation, Tick};
use crate::plan::Plan;
use crate::probe::PROBES;
use crate::run::{self, Memory, Partner, Run, RunError};
use crate::scenario::suite::Suite;
use crate::transport::replaying::Replaying;
use crate::verdict::results::Results;

/// Most observations that are named when they differ.
const SHOWN: usize = 10;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  quintet replay reports/20261121T100211Z-mock-7f3a2c

Nothing is asked: the probes of today's scenarios read the recorded exchanges at the recorded time.
With the same suite the observations and results.json are the same, octet for octet; if they are
not, the differences are named and the exit code is 1. What was not recorded is an `error`.")]
pub struct Args {
    /// Folder of a bundle
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,

    #[command(flatten)]
    judging: judging::JudgingArgs,
}

/// Says why nothing was replayed.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Judge(#[from] CannotJudge),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("`{}` is merged from several runs; replay its parts", .0.display())]
    Merged(PathBuf),
    #[error("cannot start the runtime")]
    Runtime(#[source] std::io::Error),
    #[error("cannot write the results")]
    Results(#[from] std::io::Error),
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    match replay(args, shell) {
        Ok(exit) => exit,
        Err(stopped) => {
            shell.fail(&stopped);
            match stopped {
                Stopped::Bundle(_) | Stopped::Judge(_) | Stopped::Merged(_) => Exit::Usage,
                Stopped::Run(_) | Stopped::Runtime(_) | Stopped::Results(_) => Exit::Internal,
            }
        }
    }
}

fn replay(args: &Args, shell: &Shell) -> Result<Exit, Stopped> {
    let bundle = Arc::new(Bundle::open(&args.bundle)?);
    if !bundle.run().parts.is_empty() {
        return Err(Stopped::Merged(args.bundle.clone()));
    }
    let guests = Guests::recorded(&bundle).map_err(CannotJudge::from)?;
    let Some(suite) = &super::suite::read_with(shell, &guests) else {
        return Ok(Exit::Usage);
    };
    let target = &bundle.run().target.name;
    let terms = args.judging.terms(suite, shell, target)?;
    let same_suite = bundle.run().suite == suite.digest;
    if !same_suite {
        shell.note(
            "the suite has changed since the run; what it asks now and did not then is an error",
        );
    }
    let replayed = observe(suite, &bundle)?;
    let different = replayed.differences(&bundle)?;
    let (mut exit, agrees) = match &bundle.run().twin {
        None => {
            let audit = judging::judge_seen(suite, bundle.run(), &replayed, &terms)?;
            judged::print(&audit, &args.judging.format, args.judging.all, shell);
            let agrees = agrees(&audit, suite, &bundle, shell)?;
            (judged::exit(&audit), agrees)
        }
        Some(twin) => {
            let (run, evidence) = (bundle.run(), bundle.evidence());
            let judged = twins::judge(suite, run, twin, &replayed, evidence, &terms)?;
            twins::print(&judged.twin, &args.judging.format, args.judging.all, shell);
            let agrees = twin_agrees(&judged, suite, &bundle, shell)?;
            (twins::exit(&judged.twin), agrees)
        }
    };
    if same_suite && !different.is_empty() {
        shell.error(&format!(
            "{} observations differ from those recorded",
            different.len()
        ));
        for key in different.iter().take(SHOWN) {
            shell.note(&format!("  {key}"));
        }
        exit = exit.or(Exit::Failed);
    }
    if !agrees {
        exit = exit.or(Exit::Failed);
    }
    Ok(exit)
}

/// Runs the probes over the recorded exchanges, at the recorded time.
fn observe(suite: &Suite, bundle: &Arc<Bundle>) -> Result<Replayed, Stopped> {
    let record = bundle.run();
    // Ticks of polls are replayed at their times, everything else at the time of the run.
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new(record.started));
    let memory = Arc::new(Memory::default());
    let first = judging::plan_of(suite, record, Which::First)?;
    let runs = match &record.twin {
        None => vec![replayed(bundle, &memory, &clock, first, &record.here, None)],
        Some(twin) => {
            let second = judging::plan_of(suite, record, Which::Second(twin))?;
            let (leads, follows) = run::pair(&first, &second);
            vec![
                replayed(bundle, &memory, &clock, first, &record.here, Some(leads)),
                replayed(bundle, &memory, &clock, second, &twin.here, Some(follows)),
            ]
        }
    };
    let runtime = tokio::runtime::Runtime::new().map_err(Stopped::Runtime)?;
    let (interrupt, interrupted) = watch::channel(false);
    let runs = runs
        .into_iter()
        .map(|run| run::execute(run, None, interrupted.clone()));
    runtime.block_on(try_join_all(runs))?;
    drop(interrupt);
    let mut by_scenario: BTreeMap<Arc<str>, Vec<Observation>> = BTreeMap::new();
    for observation in memory.observations() {
        // What an interrupted run had not reached is missing here too.
        let unreached = bundle.is_partial()
            && observation
                .failure
                .as_ref()
                .is_some_and(|f| f.kind == FailureKind::NotRecorded)
            && bundle.observation(&observation.key)?.is_none();
        if !unreached {
            let scenario = Arc::clone(&observation.key.scenario);
            let list = by_scenario.entry(scenario).or_default();
            list.push(Arc::unwrap_or_clone(observation));
        }
    }
    Ok(Replayed {
        by_scenario,
        expansions: memory.expansions(),
        ticks: memory.all_ticks(),
        partial: bundle.is_partial(),
    })
}

/// Returns the run that asks a recording what a plan says.
fn replayed(
    bundle: &Arc<Bundle>,
    memory: &Arc<Memory>,
    clock: &Arc<dyn Clock>,
    plan: Plan,
    here: &Here,
    partner: Option<Partner>,
) -> Run {
    let record = bundle.run();
    let recording = Arc::clone(bundle);
    let sink = Arc::clone(memory);
    Run {
        plan: Arc::new(plan),
        probes: PROBES,
        transport: Arc::new(Replaying::new(recording, Arc::clone(clock))),
        clock: Arc::clone(clock),
        sink,
        options: run::Options {
            here: here.clone(),
            earlier: earlier::of(record, bundle.evidence()),
            replayed: Some(Arc::clone(bundle)),
            partner,
            ..run::Options::at(record.started)
        },
    }
}

/// What the probes saw in the recorded exchanges.
#[derive(Debug)]
struct Replayed {
    by_scenario: BTreeMap<Arc<str>, Vec<Observation>>,
    expansions: Vec<Expansion>,
    ticks: Vec<Tick>,
    partial: bool,
}

impl Replayed {
    /// Returns the keys of observations that are not what was recorded.
    fn differences(&self, bundle: &Bundle) -> Result<Vec<String>, BundleError> {
        let mut different = Vec::new();
        for observation in self.by_scenario.values().flatten() {
            if bundle.observation(&observation.key)?.as_ref() != Some(observation) {
                different.push(observation.key.to_string());
            }
        }
        Ok(different)
    }
}

impl Seen for Replayed {
    fn is_partial(&self) -> bool {
        self.partial
    }

    fn first_attempts(&self, target: Option<&str>) -> usize {
        let seen = self.by_scenario.values().flatten();
        seen.filter(|o| o.key.attempt == 1)
            .filter(|o| target.is_none_or(|name| o.key.target.as_ref() == name))
            .count()
    }

    fn observations(&self, scenario: &str) -> Result<Cow<'_, [Observation]>, BundleError> {
        let known = self.by_scenario.get(scenario).map(Vec::as_slice);
        Ok(Cow::Borrowed(known.unwrap_or_default()))
    }

    fn expansion(&self, scenario: &str, registry: &str, axis: &str) -> Option<&Expansion> {
        let mut all = self.expansions.iter();
        all.find(|expansion| expansion.is_of(scenario, registry, axis))
    }

    fn ticks(&self, scenario: &str) -> Vec<Tick> {
        let all = self.ticks.iter();
        all.filter(|tick| tick.scenario.as_ref() == scenario)
            .cloned()
            .collect()
    }
}

/// Compares with the judging by the same suite, or keeps the first one; says whether they agree.
fn agrees(audit: &Audit, suite: &Suite, bundle: &Bundle, shell: &Shell) -> Result<bool, Stopped> {
    let path = bundle.judgement(&suite.digest).join(audit::RESULTS);
    let Ok(kept) = std::fs::read(&path) else {
        let folder = judged::keep(audit, bundle.folder(), &suite.digest)?;
        shell.note(&format!("judging  {}", folder.display()));
        return Ok(true);
    };
    let before: Option<Results> = serde_json::from_slice(&kept).ok();
    let now = audit::results_json(audit)?;
    let changed = before.filter(|_| kept != now).and_then(|before| {
        if before.baselines != audit.results.baselines {
            Some("accepted values have changed since")
        } else if before.peers != audit.results.peers {
            Some("other peers were compared with when")
        } else {
            None
        }
    });
    if let Some(changed) = changed {
        shell.note(&format!(
            "{changed} `{}` was written; the results are not compared",
            path.display()
        ));
        return Ok(true);
    }
    Ok(compare(&kept, &now, &path, shell))
}

/// As [`agrees`], for a run of two targets.
fn twin_agrees(
    judged: &twins::Judged,
    suite: &Suite,
    bundle: &Bundle,
    shell: &Shell,
) -> Result<bool, Stopped> {
    let path = bundle.judgement(&suite.digest).join(TWIN);
    let Ok(kept) = std::fs::read(&path) else {
        let folder = twins::keep(judged, bundle.folder(), &suite.digest)?;
        shell.note(&format!("judging  {}", folder.display()));
        return Ok(true);
    };
    Ok(compare(&kept, &twins::json(&judged.twin)?, &path, shell))
}

/// Compares octets with those that were kept, and says whether they are the same.
fn compare(kept: &[u8], now: &[u8], path: &Path, shell: &Shell) -> bool {
    let name = path.display();
    if kept == now {
        shell.note(&format!("replayed: the same octets as `{name}`"));
    } else {
        shell.error(&format!("the results differ from `{name}`"));
    }
    kept == now
}
