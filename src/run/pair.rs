//! Two runs of one plan in step: what one target is asked, the other is asked at the same moment.
//!
//! Both runs meet before each probe of a case that both have, so that two targets are asked the
//! same within one round trip. The first draws the samples, and the second takes them. Who waits
//! too long goes on alone: a pair is a matter of time, never of correctness.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value as JsonValue;
use tokio::sync::Notify;

use crate::fact::Skipped;
use crate::plan::{Plan, is_fed};
use crate::registry::RegistryId;
use crate::scenario::model::Axis;

/// Longest time that one run waits for the other; ours: a paced target makes its turn in less.
const LONGEST: Duration = Duration::from_secs(60);

/// Where both meet: scenario, instance, registry (empty for a shared probe), probe.
type Place = (Arc<str>, Arc<str>, String, Arc<str>);

/// Which axis: scenario, registry, name.
type AxisPlace = (Arc<str>, String, String);

/// One of the two runs, with what it knows of the other.
#[derive(Clone, Debug)]
pub struct Partner {
    pairing: Arc<Pairing>,
    leads: bool,
}

#[derive(Debug, Default)]
struct Pairing {
    /// Cases that both plans have: scenario, instance, registry.
    cases: HashSet<(Arc<str>, Arc<str>, String)>,
    /// Scenarios at registries that both plans have.
    scenarios: HashSet<(Arc<str>, String)>,
    meetings: Mutex<HashMap<Place, Meeting>>,
    drawn: Mutex<Drawn>,
    news: Notify,
}

/// Who is at a place.
#[derive(Debug)]
enum Meeting {
    /// One waits.
    Waiting(Arc<Notify>),
    /// One was there and went on alone.
    Missed,
}

/// What the first run drew.
#[derive(Debug, Default)]
struct Drawn {
    values: HashMap<AxisPlace, Vec<JsonValue>>,
    /// Scenarios at registries of which all axes are drawn.
    done: HashSet<(Arc<str>, String)>,
}

/// Returns the two runs of a pair of plans, the first leading.
pub fn pair(first: &Plan, second: &Plan) -> (Partner, Partner) {
    let mut pairing = Pairing::default();
    let cases = |plan: &Plan| -> HashSet<(Arc<str>, Arc<str>, String)> {
        let all = plan.scenarios.iter().flat_map(|planned| {
            planned.instances.iter().flat_map(|(registry, instances)| {
                instances.iter().map(|instance| {
                    let (id, label) = (&planned.scenario.id, &instance.label);
                    (Arc::clone(id), Arc::clone(label), registry.to_string())
                })
            })
        });
        all.collect()
    };
    let scenarios = |plan: &Plan| -> HashSet<(Arc<str>, String)> {
        let fed = plan.scenarios.iter().filter(|p| is_fed(&p.scenario));
        let all = fed.flat_map(|planned| {
            let ids = planned.instances.ids();
            ids.map(|registry| (Arc::clone(&planned.scenario.id), registry.to_string()))
        });
        all.collect()
    };
    pairing.cases = cases(first).intersection(&cases(second)).cloned().collect();
    pairing.scenarios = scenarios(first)
        .intersection(&scenarios(second))
        .cloned()
        .collect();
    let pairing = Arc::new(pairing);
    let partner = |leads| Partner {
        pairing: Arc::clone(&pairing),
        leads,
    };
    (partner(true), partner(false))
}

impl Partner {
    /// Says whether the other run draws the samples.
    pub(super) const fn follows(&self) -> bool {
        !self.leads
    }

    /// Waits until the other run is about to ask the same; `registry` is `None` for a shared probe.
    pub(super) async fn meet(
        &self,
        scenario: &Arc<str>,
        label: &Arc<str>,
        registry: Option<&RegistryId>,
        probe: &Arc<str>,
    ) {
        let name = registry.map_or_else(String::new, RegistryId::to_string);
        if !self.is_common(scenario, label, &name) {
            return;
        }
        let place: Place = (
            Arc::clone(scenario),
            Arc::clone(label),
            name,
            Arc::clone(probe),
        );
        let own = {
            let mut meetings = lock(&self.pairing.meetings);
            match meetings.remove(&place) {
                Some(Meeting::Waiting(other)) => {
                    other.notify_one();
                    return;
                }
                Some(Meeting::Missed) => return,
                None => {
                    let own = Arc::new(Notify::new());
                    meetings.insert(place.clone(), Meeting::Waiting(Arc::clone(&own)));
                    own
                }
            }
        };
        if tokio::time::timeout(LONGEST, own.notified()).await.is_err() {
            let mut meetings = lock(&self.pairing.meetings);
            if let Some(meeting) = meetings.get_mut(&place) {
                *meeting = Meeting::Missed;
            }
        }
    }

    fn is_common(&self, scenario: &Arc<str>, label: &Arc<str>, registry: &str) -> bool {
        let own = (Arc::clone(scenario), registry.to_owned());
        if self.pairing.scenarios.contains(&own) {
            return true;
        }
        if registry.is_empty() {
            // All registries share the probe: whoever of them has the case.
            let mut cases = self.pairing.cases.iter();
            return cases.any(|(id, own, _)| id == scenario && own == label);
        }
        let case = (Arc::clone(scenario), Arc::clone(label), registry.to_owned());
        self.pairing.cases.contains(&case)
    }

    /// Tells the other run the values of an axis.
    pub(super) fn drew(
        &self,
        scenario: &Arc<str>,
        registry: &RegistryId,
        axis: &Axis,
        values: &[JsonValue],
    ) {
        if self.leads {
            let place = place_of(scenario, registry, axis);
            lock(&self.pairing.drawn)
                .values
                .insert(place, values.to_vec());
        }
    }

    /// Tells the other run that all axes of a scenario are drawn at a registry.
    pub(super) fn has_drawn(&self, scenario: &Arc<str>, registry: &RegistryId) {
        let place = (Arc::clone(scenario), registry.to_string());
        lock(&self.pairing.drawn).done.insert(place);
        self.pairing.news.notify_waiters();
    }

    /// Waits until the other run has drawn the axes of a scenario at a registry.
    pub(super) async fn wait_for_draw(&self, scenario: &Arc<str>, registry: &RegistryId) {
        let place = (Arc::clone(scenario), registry.to_string());
        if !self.pairing.scenarios.contains(&place) {
            return;
        }
        let drawn = async {
            loop {
                let news = self.pairing.news.notified();
                tokio::pin!(news);
                news.as_mut().enable();
                if lock(&self.pairing.drawn).done.contains(&place) {
                    return;
                }
                news.await;
            }
        };
        drop(tokio::time::timeout(LONGEST, drawn).await);
    }

    /// Returns the values of an axis that the other run drew, or that it drew none; `None` if this
    /// run draws them itself.
    pub(super) fn taken(
        &self,
        scenario: &Arc<str>,
        registry: &RegistryId,
        axis: &Axis,
    ) -> Option<Result<Vec<JsonValue>, Skipped>> {
        let is_common = || {
            let place = (Arc::clone(scenario), registry.to_string());
            self.pairing.scenarios.contains(&place)
        };
        if self.leads || !is_common() {
            return None;
        }
        let place = place_of(scenario, registry, axis);
        let drawn = lock(&self.pairing.drawn).values.get(&place).cloned();
        Some(drawn.ok_or_else(|| Skipped::NotApplicable {
            reason: format!("the first target has no value for axis `{}`", axis.name),
        }))
    }
}

fn place_of(scenario: &Arc<str>, registry: &RegistryId, axis: &Axis) -> AxisPlace {
    (
        Arc::clone(scenario),
        registry.to_string(),
        axis.name.clone(),
    )
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
