//! Judges a bundle: the same way after a run, after a replay, and years later.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::against;
use super::baselines;
use super::drawn;
use super::guest::NoGuest;
use super::kept;
use super::peers::Peers;
use super::seen::Seen;
use super::shell::Shell;
use super::sides;
use crate::audit::{self, Audit, Auditor, Provenance, quoted};
use crate::bundle::{Bundle, BundleError, RunRecord, TwinRecord};
use crate::decide::{Mode, Past};
use crate::fact::Observation;
use crate::judge::words::counted;
use crate::plan::{Filter, FilterError, Plan, PlanError, Selection};
use crate::report;
use crate::scenario::suite::{Policy, Suite};
use crate::verdict::baseline::Baselines;
use crate::verdict::results::{Part, Planned};
use crate::yaml::Diagnostics;

/// Says why a bundle cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum CannotJudge {
    /// The bundle cannot be read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The suite has no such target any more.
    #[error("the suite has no target `{0}`, which the bundle was made for")]
    Target(String),
    /// The suite has no such policy.
    #[error("unknown policy `{name}`; {meant}")]
    Policy {
        /// What was asked for.
        name: String,
        /// What was probably meant, in words.
        meant: String,
    },
    /// What was selected cannot be planned with this suite.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// What was selected is no filter of today.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// An earlier bundle has no results.
    #[error("cannot read the results of the earlier bundle `{}`: {why}", path.display())]
    Past {
        /// The bundle.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The newest judging of a bundle cannot be read.
    #[error("cannot read the newest judging of `{}`: {why}; `quintet judge` makes a new one", path.display())]
    Kept {
        /// The bundle.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A target's file is none.
    #[error(transparent)]
    Guest(#[from] NoGuest),
    /// A bundle has nobody who could take part in comparisons.
    #[error("`{}` has no registry beside {}, which the run asks itself", path.display(), .own.join(", "))]
    NoPeers {
        /// The bundle.
        path: PathBuf,
        /// Who is asked.
        own: Vec<String>,
    },
    /// A baseline has mistakes.
    #[error("baselines have mistakes:\n{}", .0.render(false).trim_end())]
    Baselines(Diagnostics),
    /// Two targets were expected.
    #[error("`{}` is a run of one target; `quintet twin` makes one of two", .0.display())]
    NoTwin(PathBuf),
    /// A report cannot be written.
    #[error("cannot write reports into `{}`", path.display())]
    Write {
        /// The folder.
        path: PathBuf,
        /// What the machine said.
        #[source]
        source: io::Error,
    },
}

/// Arguments of every verb that judges and prints.
#[derive(Debug, clap::Args)]
pub struct JudgingArgs {
    /// The lightest level that gates; the policy's otherwise
    #[arg(long, value_name = "LEVEL")]
    gate: Option<crate::verdict::Level>,

    /// Audits: stale waivers fail, and no registry approves its own
    #[arg(long)]
    audit: bool,

    /// Name of the policy
    #[arg(long, default_value = "default", value_name = "NAME")]
    policy: String,

    /// An earlier bundle of the same target, which confirms what is seen again; may be given several times
    #[arg(long, value_name = "BUNDLE")]
    past: Vec<PathBuf>,

    /// Registries that were not asked take part in comparisons as this bundle recorded them
    #[arg(long, value_name = "BUNDLE")]
    peers: Option<PathBuf>,

    /// Only what got worse since this bundle fails the gate
    #[arg(long, value_name = "BUNDLE", conflicts_with = "audit")]
    against: Option<PathBuf>,

    /// Lets the gate pass whatever it says, for this reason, which is recorded and shown
    #[arg(long = "override", value_name = "REASON", conflicts_with = "audit", value_parser = against::reason)]
    overridden: Option<String>,

    /// Folder of accepted values; `snapshots` beside the suite's folder if absent
    #[arg(long, env = "QUINTET_BASELINES", value_name = "DIR")]
    baselines: Option<PathBuf>,

    /// Format of what is printed
    #[arg(long, short, value_parser = formats(), default_value = "terminal", value_name = "FORMAT")]
    pub format: String,

    /// Shows every row, also those where all is well, and parameters side by side
    #[arg(long)]
    pub all: bool,
}

impl JudgingArgs {
    /// Returns what holds for a verb that only prints.
    pub fn printing(policy: &str, format: &str, all: bool) -> Self {
        Self {
            policy: policy.to_owned(),
            format: format.to_owned(),
            all,
            ..Self::default()
        }
    }
}

impl Default for JudgingArgs {
    /// Returns what holds where no argument is given.
    fn default() -> Self {
        Self {
            gate: None,
            audit: false,
            policy: "default".to_owned(),
            past: Vec::new(),
            peers: None,
            against: None,
            overridden: None,
            baselines: None,
            format: "terminal".to_owned(),
            all: false,
        }
    }
}

impl JudgingArgs {
    /// Returns the earlier bundles that are read, with what each is for.
    pub fn bundles(&self) -> impl Iterator<Item = (&'static str, &PathBuf)> {
        let past = self.past.iter().map(|path| ("past", path));
        let peers = self.peers.iter().map(|path| ("peers", path));
        let against = self.against.iter().map(|path| ("against", path));
        past.chain(peers).chain(against)
    }

    /// Finds the policy, and reads the earlier bundles and what was accepted on a target, before
    /// anything is asked.
    ///
    /// # Errors
    ///
    /// [`CannotJudge::Policy`], [`CannotJudge::Past`] and [`CannotJudge::Baselines`].
    pub fn terms(&self, suite: &Suite, shell: &Shell, target: &str) -> Result<Terms, CannotJudge> {
        let names: Vec<&str> = suite.policies.keys().map(String::as_str).collect();
        let policy = suite
            .policies
            .get(&self.policy)
            .ok_or_else(|| CannotJudge::Policy {
                name: self.policy.clone(),
                meant: super::suite::meant(&self.policy, &names),
            })?;
        let past: Result<Vec<Past>, _> = self.past.iter().map(|path| kept::past(path)).collect();
        Ok(Terms {
            policy: Policy {
                gate: self.gate.unwrap_or(policy.gate),
                ..policy.clone()
            },
            mode: if self.audit { Mode::Audit } else { Mode::Gate },
            past: past?,
            baselines: baselines::read(&self.folder(shell), target)
                .map_err(CannotJudge::Baselines)?,
            peers: match &self.peers {
                Some(path) => Some(Arc::new(Peers::open(path, shell)?)),
                None => None,
            },
            against: match &self.against {
                Some(path) => Some(against::judged(suite, path, shell)?),
                None => None,
            },
            overridden: self.overridden.clone(),
        })
    }

    /// Returns the folder of accepted values.
    pub fn folder(&self, shell: &Shell) -> PathBuf {
        baselines::folder(shell, self.baselines.as_deref())
    }

    /// Leaves what differs from accepted values beside them, and says so.
    pub fn leave(&self, audit: &Audit, terms: &Terms, bundle: &Path, shell: &Shell) {
        let folder = self.folder(shell);
        match baselines::leave(audit, &terms.baselines, &folder, bundle) {
            Ok(0) => {}
            Ok(files) => {
                let files = counted(files, "file");
                shell.note(&format!(
                    "drift    {files} of accepted values differ; `quintet baseline review` shows them"
                ));
            }
            Err((path, error)) => {
                let path = path.display();
                shell.warn(&format!("cannot leave what differs at `{path}`: {error}"));
            }
        }
    }
}

/// Returns the names of formats, for arguments.
pub fn formats() -> clap::builder::PossibleValuesParser {
    let names: Vec<&'static str> = report::FORMATS.iter().map(|f| f.name()).collect();
    names.into()
}

/// How a bundle is judged.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What gates.
    pub policy: Policy,
    /// Gate or audit.
    pub mode: Mode,
    /// What earlier bundles of the same target found, for confirmation.
    pub past: Vec<Past>,
    /// What was accepted on the target.
    pub baselines: Baselines,
    /// What registries that were not asked showed elsewhere.
    pub peers: Option<Arc<Peers>>,
    /// An earlier judging, of which only what got worse fails, with the bundle's name.
    pub against: Option<(String, Box<Audit>)>,
    /// Why the gate passes whatever it says.
    pub overridden: Option<String>,
}

impl Terms {
    /// Returns what a gate is judged by that nobody asked anything of: the default policy alone.
    pub fn plain(suite: &Suite) -> Self {
        let policy = suite.policies.get("default").cloned();
        Self {
            policy: policy.unwrap_or_default(),
            mode: Mode::Gate,
            past: Vec::new(),
            baselines: Baselines::none(),
            peers: None,
            against: None,
            overridden: None,
        }
    }
}

/// Which target of a run: most have one, and a twin has a second.
#[derive(Clone, Copy, Debug)]
pub enum Which<'r> {
    /// The first or only one.
    First,
    /// The second.
    Second(&'r TwinRecord),
}

/// Makes the plan of a recorded run again, with the scenarios of today.
///
/// # Errors
///
/// [`CannotJudge::Target`] and [`CannotJudge::Plan`].
pub fn plan_of(suite: &Suite, record: &RunRecord, which: Which<'_>) -> Result<Plan, CannotJudge> {
    let find = |name: &str| {
        let target = suite.targets.get(name);
        target.ok_or_else(|| CannotJudge::Target(name.to_owned()))
    };
    let target = find(&record.target.name)?;
    let selection = Selection {
        filter: Filter::any(&record.filters.expressions)?,
        registries: record.registries.iter().map(|r| r.id.clone()).collect(),
        shard: record.filters.shard,
    };
    let (vantage, started) = (record.vantage.as_str(), record.started);
    let plan = match which {
        Which::First => crate::plan::make(suite, target, &selection, vantage, started),
        Which::Second(twin) => {
            let second = find(&twin.target.name)?;
            sides::second_plan(suite, target, second, &selection, (vantage, started), twin)
        }
    };
    Ok(plan?)
}

/// Judges a bundle.
///
/// # Errors
///
/// [`CannotJudge`].
pub fn judge(suite: &Suite, bundle: &Bundle, terms: &Terms) -> Result<Audit, CannotJudge> {
    judge_seen(suite, bundle.run(), bundle, terms)
}

/// Judges what a run saw.
///
/// # Errors
///
/// [`CannotJudge`].
pub fn judge_seen(
    suite: &Suite,
    record: &RunRecord,
    seen: &impl Seen,
    terms: &Terms,
) -> Result<Audit, CannotJudge> {
    judge_side(suite, record, Which::First, seen, terms)
}

/// Judges what a run saw of one of its targets.
///
/// # Errors
///
/// [`CannotJudge`].
pub fn judge_side(
    suite: &Suite,
    record: &RunRecord,
    which: Which<'_>,
    seen: &impl Seen,
    terms: &Terms,
) -> Result<Audit, CannotJudge> {
    let plan = plan_of(suite, record, which)?;
    let target = match which {
        Which::First => &record.target,
        Which::Second(twin) => &twin.target,
    };
    let run = audit::Run {
        id: record.id.clone(),
        target: target.name.clone(),
        kind: plan.target.kind,
        faults: target.faults.clone(),
        vantage: record.vantage.clone(),
        started: record.started,
        partial: seen.is_partial(),
        planned: Planned::default(),
        parts: record
            .parts
            .iter()
            .map(|part| Part {
                run: part.id.clone(),
                vantage: part.vantage.clone(),
                registries: part.registries.clone(),
                started: part.started,
            })
            .collect(),
        reproduce: record.reproduce.clone(),
        flags: record.flags.clone(),
        file: target.file.as_ref().map(|f| quoted(&f.path)),
        shard: record.filters.shard.map(|shard| shard.to_string()),
    };
    let run = run.requoted();
    let peers = match &terms.peers {
        Some(peers) => Some(peers.beside(suite, &plan, record)?),
        None => None,
    };
    let mut auditor = Auditor::new(suite, &plan.registries, run).beside(&terms.baselines);
    let mut whole = 0;
    for planned in &plan.scenarios {
        let scenario = Arc::clone(&planned.scenario);
        let mut planned = planned.clone();
        drawn::expand(
            &mut planned,
            &plan.registries,
            record.started,
            |registry, axis| {
                let drawn = seen.expansion(&scenario.id, registry, axis)?;
                Some(drawn.values.clone())
            },
        );
        let observations = seen.observations(&planned.scenario.id)?;
        let ticks = seen.ticks(&planned.scenario.id);
        whole += drawn::observations(&planned, &plan.target, &ticks, seen.is_partial());
        let is_of_the_target = |o: &&Observation| {
            record.twin.is_none() || o.key.target.as_ref() == plan.target.name.as_ref()
        };
        let own = observations.iter().filter(is_of_the_target);
        match &peers {
            Some(peers) => {
                let own: Vec<&Observation> = own.collect();
                auditor.add_beside(&planned, &own, &ticks, &peers.of(&planned)?);
            }
            None => auditor.add(&planned, own, &ticks),
        }
        // They are many small things, and each core takes its share of them back.
        if let Cow::Owned(read) = observations {
            read.into_par_iter().for_each(drop);
        }
    }
    let planned = drawn::planned(record, &suite.digest, seen, &plan.target.name, whole);
    let mut audit = auditor
        .planned(planned)
        .finish(&terms.policy, terms.mode, &terms.past);
    audit.provenance = Provenance::of(record, &suite.editions);
    if let Some(peers) = peers {
        audit::beside_peers(&mut audit, peers.told());
    }
    if let Some((name, before)) = &terms.against {
        audit::against(&mut audit, before, name);
    }
    audit.gate.overridden.clone_from(&terms.overridden);
    Ok(audit)
}
