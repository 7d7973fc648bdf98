//! How much a plan observes, as far as it can be told.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{expand, number};
use crate::bundle::Planned;
use crate::plan::{Plan, PlannedScenario, is_fed};
use crate::registry::RegistryId;
use crate::scenario::model::{Probe, Reach, Scenario, Target};

/// Counts what a plan will observe, first attempts only.
///
/// Of a scenario whose axes are fed by probes, as long as nobody drew their values, these probes are
/// all that is counted, and `at_least` is set.
pub fn count(plan: &Plan) -> Planned {
    let mut planned = Planned {
        scenarios: number(plan.scenarios.len()),
        ..Planned::default()
    };
    for one in &plan.scenarios {
        let ticks = ticks(&one.scenario, &plan.target);
        planned.observations += observations(one, |_, _| ticks);
        planned.at_least |= is_fed(&one.scenario);
    }
    planned
}

/// Returns how often an instance of a scenario is observed at a target: once where nothing polls.
pub fn ticks(scenario: &Scenario, target: &Target) -> usize {
    let poll = scenario.poll.as_ref();
    poll.map_or(1, |poll| poll.times(target).len())
}

/// Counts what is observed of a scenario's instances, first attempts only.
///
/// Probes that feed an axis are asked once at a registry, whatever they yield, and those that all
/// share once. `ticks` says how often an instance, by its label, is observed at a registry.
pub fn observations(planned: &PlannedScenario, ticks: impl Fn(&RegistryId, &str) -> usize) -> u64 {
    let scenario = &planned.scenario;
    let feeding = expand::feeding(scenario);
    let feeds = |probe: &Probe| feeding.contains(&probe.name);
    let of = |reach: Reach, fed: bool| {
        let probes = scenario.probes.iter();
        probes
            .filter(|probe| probe.reach == reach && feeds(probe) == fed)
            .count()
    };
    let own = of(Reach::Case, false);
    let once = of(Reach::Registry, false);
    let feeding = of(Reach::Case, true) + of(Reach::Registry, true);
    // A probe that all registries share is asked for an instance as often as the registry that asks longest.
    let mut shared: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    let mut total = 0;
    for (registry, instances) in planned.instances.iter() {
        let mut longest = 0;
        for instance in instances {
            let ticks = ticks(registry, &instance.label);
            let most = shared.entry(Arc::clone(&instance.label)).or_default();
            *most = ticks.max(*most);
            longest = ticks.max(longest);
            total += own * ticks;
        }
        total += once * longest + feeding;
    }
    total += of(Reach::All, false) * shared.values().sum::<usize>();
    if !planned.instances.is_empty() {
        total += of(Reach::All, true);
    }
    number(total)
}

/// Counts what comes when a registry's axes were drawn, beside what fed them: at most so many.
///
/// Probes that all registries share are counted for each, because whoever is first asks them.
pub(super) fn drawn(scenario: &Scenario, instances: usize, ticks: usize) -> u64 {
    let feeding = expand::feeding(scenario);
    let own = scenario
        .probes
        .iter()
        .filter(|p| !feeding.contains(&p.name));
    let times = own.map(|probe| match probe.reach {
        Reach::Case | Reach::All => instances,
        Reach::Registry => usize::from(instances > 0),
    });
    number(times.sum::<usize>() * ticks)
}
