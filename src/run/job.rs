//! One job: the probes of one scenario for one instance at one registry, in order.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::queue::Job;
use super::{Executor, RunError};
use crate::fact::{Key, Observation, Skipped, Subject};
use crate::plan::Instance;
use crate::registry::RegistryId;
use crate::scenario::local;
use crate::scenario::model::{Family, Need, Probe, Reach, Registry};

/// Observations of one case by probe.
pub(super) type SeenProbes = BTreeMap<Arc<str>, Arc<Observation>>;

/// Scenario, registry, instance, probe and tick of a shared observation: of one that all registries
/// share the registry is empty, of one that all instances share the instance.
type SharedKey = (Arc<str>, String, Arc<str>, Arc<str>, u32);

/// An observation that several share; absent after an interruption.
type SharedCell = Arc<OnceCell<Option<Arc<Observation>>>>;

/// Observations that registries or instances share: the first who needs one asks.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<HashMap<SharedKey, SharedCell>>);

impl Shared {
    fn cell(&self, key: SharedKey) -> SharedCell {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(cells.entry(key).or_default())
    }
}

/// One probe of a job, with what it may read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'a> {
    pub(super) job: &'a Job,
    pub(super) instance: &'a Instance,
    /// The instance as keys show it: empty for a probe that feeds an axis.
    pub(super) label: &'a Arc<str>,
    pub(super) probe: &'a Probe,
    pub(super) seen: &'a SeenProbes,
    /// Whose values expressions read: the registry's, of a shared probe the alphabetically first one's.
    pub(super) registry: &'a Registry,
}

impl Job {
    /// Returns the number of the tick; 0 for what is asked once.
    pub(super) fn number(&self) -> u32 {
        self.tick.as_ref().map_or(0, |tick| tick.number)
    }
}

impl Executor {
    /// Observes one instance of a scenario at one registry; `None` if the run was interrupted.
    pub(super) async fn observe(&self, job: &Job) -> Result<Option<SeenProbes>, RunError> {
        let Some(instance) = &job.instance else {
            return Ok(None);
        };
        let mut seen = job.fed.as_ref().clone();
        for probe in Self::probes_of(job) {
            if seen.contains_key(&probe.name) {
                continue;
            }
            let label = &instance.label;
            match self.probe(job, instance, label, probe, &seen).await? {
                Some(observation) => seen.insert(Arc::clone(&probe.name), observation),
                None => return Ok(None),
            };
        }
        Ok(Some(seen))
    }

    /// Iterates over the probes of a job in the order of their dependencies.
    pub(super) fn probes_of(job: &Job) -> impl Iterator<Item = &Probe> {
        let scenario = &job.steps.scenario;
        job.steps
            .order
            .iter()
            .filter_map(|index| scenario.probes.get(*index))
    }

    /// Observes one probe; `None` if the run was interrupted.
    pub(super) async fn probe(
        &self,
        job: &Job,
        instance: &Instance,
        label: &Arc<str>,
        probe: &Probe,
        seen: &SeenProbes,
    ) -> Result<Option<Arc<Observation>>, RunError> {
        let step = Step {
            job,
            instance,
            label,
            probe,
            seen,
            registry: &job.registry,
        };
        let scenario = &job.steps.scenario;
        let all = Arc::from("");
        let (owner, label) = match probe.reach {
            Reach::Case => return self.attempts(step).await,
            Reach::Registry => (job.registry.id.to_string(), &all),
            Reach::All => (String::new(), label),
        };
        let step = Step { label, ..step };
        let cell = self.shared.cell((
            Arc::clone(&scenario.id),
            owner,
            Arc::clone(label),
            Arc::clone(&probe.name),
            job.number(),
        ));
        if probe.reach == Reach::Registry {
            let ask = || self.attempts(step);
            return cell.get_or_try_init(ask).await.cloned();
        }
        // Whoever comes first asks, but always for the same registry, so that runs are alike.
        let first = scenario
            .registries
            .iter()
            .find_map(|id| self.run.plan.registries.of(id.as_str()));
        let registry = first.map_or(step.registry, AsRef::as_ref);
        let ask = || self.attempts(Step { registry, ..step });
        cell.get_or_try_init(ask).await.cloned()
    }

    /// Returns the key of an attempt.
    pub(super) fn key(&self, step: Step<'_>, asked: Option<&RegistryId>, attempt: u32) -> Key {
        let plan = &self.run.plan;
        Key {
            scenario: Arc::clone(&step.job.steps.scenario.id),
            instance: Arc::clone(step.label),
            subject: match step.probe.reach {
                Reach::All => Subject::Shared,
                Reach::Case | Reach::Registry => Subject::Registry(step.registry.id.clone()),
            },
            asked: asked.cloned(),
            target: Arc::clone(&plan.target.name),
            probe: Arc::clone(&step.probe.name),
            tick: step.job.number(),
            attempt,
            vantage: Arc::clone(&plan.vantage),
        }
    }

    /// Says why a probe is not asked here and now; `None` if nothing is in the way.
    pub(super) fn obstacle(&self, step: Step<'_>) -> Option<Skipped> {
        if let Some(why) = step.job.without.as_ref().or(step.job.late.as_ref()) {
            return Some(why.clone());
        }
        let scenario = &step.job.steps.scenario;
        let needs = scenario.needs.iter();
        let family = match step.probe.family {
            Family::Any => None,
            Family::Ipv4 => Some("ipv4"),
            Family::Ipv6 => Some("ipv6"),
        };
        needs
            .map(|need: &Need| need.name.as_str())
            .chain(family)
            .find_map(|need| self.lacks(need, step.registry))
    }

    /// Says that a need is not met.
    fn lacks(&self, need: &str, registry: &Registry) -> Option<Skipped> {
        let here = &self.run.options.here;
        let missing = match need {
            "ipv4" if here.ipv4 => return None,
            "ipv6" if here.ipv6 => return None,
            "credentials" if here.credentials => return None,
            "ipv4" => "this machine has no IPv4",
            "ipv6" => "this machine has no IPv6",
            "credentials" => "a credential of the target is not set",
            _ if registry.capabilities.get(need) == Some(&false) => {
                let reason = format!("{} declares that it has no `{need}`", registry.name);
                return Some(Skipped::NotApplicable { reason });
            }
            program if local::is_program(program) => {
                let found = here.programs.iter().any(|found| found == program);
                let reason = format!("needs the program `{program}`, which this machine has not");
                return (!found).then_some(Skipped::Error { reason });
            }
            _ => return None,
        };
        let reason = format!("needs `{need}`: {missing}");
        Some(Skipped::Skipped { reason })
    }
}
