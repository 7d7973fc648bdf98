//! Registries that a run did not ask, as another bundle recorded them: `--peers BUNDLE`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::against;
use super::drawn;
use super::judging::CannotJudge;
use super::shell::Shell;
use crate::audit::Others;
use crate::bundle::{Bundle, RunRecord};
use crate::fact::{Observation, Subject};
use crate::plan::{self, Plan, PlannedScenario, Selection};
use crate::registry::{PerRegistry, RegistryId};
use crate::scenario::model::Registry;
use crate::scenario::suite::Suite;
use crate::verdict::results;

/// A bundle whose registries take part in comparisons.
#[derive(Debug)]
pub struct Peers {
    path: PathBuf,
    bundle: Bundle,
    /// The suite with the target's file that the run was given; `None` of a target in the suite.
    own: Option<Arc<Suite>>,
}

impl Peers {
    /// Opens the bundle, with the target's file in it if the run was given one.
    ///
    /// # Errors
    ///
    /// [`CannotJudge::Bundle`] and [`CannotJudge::Guest`].
    pub fn open(path: &Path, shell: &Shell) -> Result<Self, CannotJudge> {
        let bundle = Bundle::open(path)?;
        Ok(Self {
            path: path.to_owned(),
            own: against::own_suite(&bundle, shell)?,
            bundle,
        })
    }

    /// Puts those of its registries that a run did not ask beside the run's plan.
    ///
    /// # Errors
    ///
    /// [`CannotJudge::NoPeers`] if there is none, [`CannotJudge::Target`] and [`CannotJudge::Plan`].
    pub(super) fn beside(
        &self,
        suite: &Suite,
        own: &Plan,
        record: &RunRecord,
    ) -> Result<Beside<'_>, CannotJudge> {
        let theirs = self.bundle.run();
        let suite = self.own.as_deref().unwrap_or(suite);
        let target = suite
            .targets
            .get(&theirs.target.name)
            .ok_or_else(|| CannotJudge::Target(theirs.target.name.clone()))?;
        let is_asked = |id: &RegistryId| record.registries.iter().any(|r| r.id == *id);
        let known = plan::registries(suite, target);
        let others: Vec<RegistryId> = theirs
            .registries
            .iter()
            .map(|registry| registry.id.clone())
            .filter(|id| !is_asked(id) && known.of(id.as_str()).is_some())
            .collect();
        if others.is_empty() {
            return Err(CannotJudge::NoPeers {
                path: self.path.clone(),
                own: record.registries.iter().map(|r| r.name.clone()).collect(),
            });
        }
        let selection = Selection {
            registries: others,
            ..Selection::default()
        };
        let plan = plan::make(suite, target, &selection, &record.vantage, theirs.started)?;
        let mut registries = own.registries.clone();
        for (id, registry) in plan.registries.iter() {
            registries.insert(id.clone(), Arc::clone(registry));
        }
        Ok(Beside {
            peers: self,
            plan,
            registries,
        })
    }
}

/// Peers beside the plan of a run.
#[derive(Debug)]
pub(super) struct Beside<'p> {
    peers: &'p Peers,
    plan: Plan,
    /// The registries of both, each with the overlay of its own target.
    registries: PerRegistry<Arc<Registry>>,
}

impl Beside<'_> {
    /// Returns what the peers showed of a scenario.
    ///
    /// # Errors
    ///
    /// [`CannotJudge::Bundle`].
    pub(super) fn of(&self, own: &PlannedScenario) -> Result<Others<'_>, CannotJudge> {
        let id = &own.scenario.id;
        let mut planned = own.clone();
        let mut observations: Vec<Observation> = Vec::new();
        if let Some(found) = self.plan.scenarios.iter().find(|p| p.scenario.id == *id) {
            let bundle = &self.peers.bundle;
            let mut theirs = found.clone();
            let started = bundle.run().started;
            drawn::expand(
                &mut theirs,
                &self.plan.registries,
                started,
                |registry, axis| {
                    let drawn = bundle.expansion(id, registry, axis)?;
                    Some(drawn.values.clone())
                },
            );
            let chosen = selected(own);
            for (registry, instances) in theirs.instances.iter() {
                planned
                    .instances
                    .insert(registry.clone(), instances.clone());
                if let Some(chosen) = &chosen {
                    planned.selected.insert(registry.clone(), chosen.clone());
                }
            }
            observations = bundle.observations(id)?;
            observations.retain(|seen| {
                let whose = match &seen.key.subject {
                    Subject::Registry(id) => Some(id),
                    Subject::Pair(..) => seen.key.asked.as_ref(),
                    // What all registries share this run has asked itself.
                    Subject::Shared => None,
                };
                whose.is_some_and(|id| theirs.instances.of(id.as_str()).is_some())
                    && *seen.key.vantage == *bundle.run().vantage
            });
            for seen in &mut observations {
                seen.key.vantage = Arc::clone(&self.plan.vantage);
            }
        }
        Ok(Others {
            registries: &self.registries,
            planned,
            observations,
        })
    }

    /// Says who they are.
    pub(super) fn told(&self) -> results::Peers {
        let theirs = self.peers.bundle.run();
        let is_peer = |id: &RegistryId| self.plan.registries.of(id.as_str()).is_some();
        results::Peers {
            run: theirs.id.clone(),
            target: theirs.target.name.clone(),
            started: theirs.started,
            partial: self.peers.bundle.is_partial(),
            registries: theirs
                .registries
                .iter()
                .filter(|registry| is_peer(&registry.id))
                .cloned()
                .collect(),
        }
    }
}

/// Returns the ids that are selected at any registry of a scenario; `None` for all.
fn selected(own: &PlannedScenario) -> Option<Vec<Arc<str>>> {
    let mut all: Vec<Arc<str>> = Vec::new();
    for id in own.instances.ids() {
        for selected in own.selected.of(id.as_str())? {
            if !all.contains(selected) {
                all.push(Arc::clone(selected));
            }
        }
    }
    Some(all)
}
