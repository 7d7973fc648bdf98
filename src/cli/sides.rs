//! The targets of a run: one, or two that are asked the same at the same moment.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use super::shell::Shell;
use super::target::{self, TargetError};
use super::world::{self, NoWorld};
use crate::audit::quoted;
use crate::bundle::{Here, TargetFile, TargetRecord, TwinRecord};
use crate::clock::Clock;
use crate::fact::Digest;
use crate::mock::World;
use crate::mock::serve::{Options as ServeOptions, Served};
use crate::plan::{Plan, PlanError, Selection};
use crate::registry::RegistryId;
use crate::scenario::model::{Target, TargetKind};
use crate::scenario::suite::Suite;
use crate::verdict::twin::ExpectedChange;

/// What `quintet twin` asks beside what `quintet run` asks.
#[derive(Clone, Debug)]
pub(super) struct Second {
    /// The second target as it was given: a name in the suite, or a file.
    pub(super) target: String,
    /// Faults of its mock world.
    pub(super) faults: Vec<String>,
    /// Whether each target is asked about samples of its own.
    pub(super) own_samples: bool,
    /// Changes that were declared.
    pub(super) expected: Vec<ExpectedChange>,
    /// The files that declare them.
    pub(super) expect: Vec<PathBuf>,
    /// A list of routes, with its file.
    pub(super) routes: Option<(PathBuf, Bytes)>,
}

impl Second {
    /// Returns the arguments that say the same again.
    pub(super) fn words(&self) -> Vec<String> {
        let path = |path: &PathBuf| quoted(&path.to_string_lossy());
        let faults = self.faults.iter();
        let mut words: Vec<String> = faults
            .map(|fault| format!("--second-fault {}", quoted(fault)))
            .collect();
        if self.own_samples {
            words.push("--own-samples".to_owned());
        }
        words.extend(
            self.expect
                .iter()
                .map(|file| format!("--expect {}", path(file))),
        );
        words.extend(
            self.routes
                .iter()
                .map(|(file, _)| format!("--routes {}", path(file))),
        );
        words
    }

    /// Returns what the run writes down of it, for the first target and what this machine has for the second.
    pub(super) fn record(
        &self,
        first: &TargetRecord,
        target: &Target,
        file: Option<TargetFile>,
        here: &Here,
    ) -> TwinRecord {
        let own = TargetRecord {
            name: target.name.as_ref().to_owned(),
            kind: target.kind.as_str().to_owned(),
            file,
            faults: self.faults.clone(),
        };
        TwinRecord {
            label: label(first, &own),
            target: own,
            here: here.clone(),
            own_samples: self.own_samples,
            expected: self.expected.clone(),
            routes: self.routes.as_ref().map(|(_, octets)| Digest::of(octets)),
        }
    }
}

/// Returns what keys of the second target's observations call it.
pub(super) fn label(first: &TargetRecord, second: &TargetRecord) -> String {
    if first.name != second.name {
        return second.name.clone();
    }
    if second.faults.is_empty() || first.faults == second.faults {
        return format!("{}#2", second.name);
    }
    format!("{}+{}", second.name, second.faults.join("+"))
}

/// Makes the plan of the second target: what the first one holds is asked, and keys name it by its label.
///
/// # Errors
///
/// [`PlanError`].
pub(super) fn second_plan(
    suite: &Suite,
    first: &Target,
    second: &Target,
    selection: &Selection,
    (vantage, started): (&str, jiff::Timestamp),
    twin: &TwinRecord,
) -> Result<Plan, PlanError> {
    let asked = if twin.own_samples {
        second.clone()
    } else {
        crate::plan::with_samples_of(suite, first, second)
    };
    let mut plan = crate::plan::make(suite, &asked, selection, vantage, started)?;
    plan.target = Arc::new(Target {
        name: Arc::from(twin.label.as_str()),
        ..asked
    });
    Ok(plan)
}

/// Returns the registries that both of two targets have, of those that were asked for.
pub(super) fn common(
    suite: &Suite,
    first: &Target,
    second: &Target,
    wanted: &[RegistryId],
) -> Vec<RegistryId> {
    let has = |target: &Target, id: &RegistryId| {
        target.registries.is_empty() || target.registries.contains(id)
    };
    let all = suite.registries.ids();
    all.filter(|id| has(first, id) && has(second, id))
        .filter(|id| wanted.is_empty() || wanted.contains(id))
        .cloned()
        .collect()
}

/// A target with what is asked of it, and the mock world where it is one.
pub(super) struct Side<'a> {
    pub(super) target: &'a Target,
    pub(super) plan: Arc<Plan>,
    pub(super) served: Option<Served>,
    pub(super) here: Here,
}

/// Reads the mock world of a target that is one inside this process; `None` for any other. A
/// rehearsal plays what happens in it from a time on.
///
/// # Errors
///
/// [`NoWorld`].
pub(super) fn world(
    target: &Target,
    faults: &[String],
    rehearsed: Option<jiff::Timestamp>,
    shell: &Shell,
) -> Result<Option<World>, NoWorld> {
    if !target.is_rehearsal() {
        return Ok(None);
    }
    Ok(Some(match rehearsed {
        Some(started) => world::rehearsed(&shell.suite, faults, started)?,
        None => world::read(&shell.suite, faults)?,
    }))
}

/// Returns what a mock world was before a run: that without the faults that begin only with it.
///
/// # Errors
///
/// [`NoWorld`].
pub(super) fn before(
    world: &World,
    target: &Target,
    faults: &[String],
    rehearsed: Option<jiff::Timestamp>,
    shell: &Shell,
) -> Result<World, NoWorld> {
    let mut lasting = Vec::new();
    for name in faults {
        if !world::fault(&shell.suite, name)?.begins_now {
            lasting.push(name.clone());
        }
    }
    if lasting.len() == faults.len() {
        return Ok(world.clone());
    }
    let before = self::world(target, &lasting, rehearsed, shell)?;
    Ok(before.unwrap_or_else(|| world.clone()))
}

/// Serves the mock world of a target, if it is one.
///
/// # Errors
///
/// [`NoWorld`].
pub(super) async fn serve(
    world: Option<World>,
    clock: &Arc<dyn Clock>,
    shell: &Shell,
) -> Result<Option<Served>, NoWorld> {
    let Some(world) = world else {
        return Ok(None);
    };
    let options = ServeOptions {
        rsync: world::rsync(shell),
        ..ServeOptions::default()
    };
    Ok(Some(
        world::serve(world, Arc::clone(clock), &options).await?,
    ))
}

/// Finds a target and refuses faults where there is no mock world.
///
/// # Errors
///
/// [`TargetError`].
pub(super) fn find<'s>(
    suite: &'s Suite,
    name: &str,
    faults: &[String],
    contact: Option<&str>,
) -> Result<&'s Target, TargetError> {
    let target = target::find(suite, name)?;
    target::who_asks(target, contact)?;
    if target.kind != TargetKind::Mock && !faults.is_empty() {
        return Err(TargetError::FaultElsewhere(target.name.as_ref().to_owned()));
    }
    Ok(target)
}
