//! Observations of one scenario, sorted for judging.

use std::collections::BTreeMap;

use crate::fact::{Observation, Subject, Tick};

/// Observations of one scenario, found by subject, instance, vantage, probe and tick.
#[derive(Debug, Default)]
pub struct Observed<'a> {
    /// Attempts in order, by tick.
    attempts: BTreeMap<Coordinates<'a>, BTreeMap<u32, Vec<&'a Observation>>>,
    /// Ticks that began, by registry and instance.
    ticks: BTreeMap<(&'a str, &'a str), BTreeMap<u32, &'a Tick>>,
}

/// Subject (empty text for `shared`), instance, vantage, probe.
type Coordinates<'a> = (&'a str, &'a str, &'a str, &'a str);

impl<'a> Observed<'a> {
    /// Sorts observations in; their order does not matter.
    pub fn of(observations: impl IntoIterator<Item = &'a Observation>) -> Self {
        let mut attempts: BTreeMap<_, BTreeMap<u32, Vec<&'a Observation>>> = BTreeMap::new();
        for observation in observations {
            let key = &observation.key;
            let subject = match &key.subject {
                Subject::Registry(id) => id.as_str(),
                Subject::Shared => "",
                // A pair is judged at the registry that was asked.
                Subject::Pair(_, recipient) => key.asked.as_ref().unwrap_or(recipient).as_str(),
            };
            let (instance, vantage): (&str, &str) = (&key.instance, &key.vantage);
            let place = (subject, instance, vantage, key.probe.as_ref());
            let own = attempts.entry(place).or_default();
            own.entry(key.tick).or_default().push(observation);
        }
        for list in attempts.values_mut().flat_map(BTreeMap::values_mut) {
            list.sort_by_key(|o| o.key.attempt);
        }
        Self {
            attempts,
            ticks: BTreeMap::new(),
        }
    }

    /// Sorts ticks of polls in; those that were missed say nothing.
    #[must_use]
    pub fn with_ticks(mut self, ticks: impl IntoIterator<Item = &'a Tick>) -> Self {
        for tick in ticks.into_iter().filter(|tick| tick.at.is_some()) {
            let place = (tick.registry.as_str(), tick.instance.as_ref());
            let own = self.ticks.entry(place).or_default();
            own.entry(tick.number).or_insert(tick);
        }
        self
    }

    /// Returns the places something was observed from, alphabetically.
    pub fn vantages(&self) -> Vec<&'a str> {
        let all = self.attempts.keys();
        let mut all: Vec<&'a str> = all.map(|(_, _, vantage, _)| *vantage).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Says whether something of a registry was observed from a place, beside what all registries share.
    pub fn is_from(&self, registry: &str, vantage: &str) -> bool {
        let mut places = self.attempts.keys();
        places.any(|(subject, _, place, _)| *subject == registry && *place == vantage)
    }

    /// Returns the ticks of an instance at a registry that began, in order.
    pub fn ticks(
        &self,
        registry: &'a str,
        instance: &'a str,
    ) -> impl Iterator<Item = &'a Tick> + '_ {
        let own = self.ticks.get(&(registry, instance));
        own.into_iter().flat_map(|own| own.values().copied())
    }

    /// Returns the attempts of a probe, the last one last: the registry's own for this instance,
    /// else one for all instances, else one for all registries; of a tick, or of the only one
    /// where the probe was asked once for all ticks.
    pub fn attempts(
        &self,
        registry: &'a str,
        instance: &'a str,
        vantage: &'a str,
        probe: &'a str,
        tick: Option<u32>,
    ) -> Option<&[&'a Observation]> {
        let places = [
            (registry, instance),
            (registry, ""),
            ("", instance),
            ("", ""),
        ];
        places.into_iter().find_map(|(subject, instance)| {
            let all = self.attempts.get(&(subject, instance, vantage, probe))?;
            let own = match tick {
                Some(tick) => all.get(&tick),
                None => all.values().next_back(),
            };
            own.map(Vec::as_slice)
        })
    }
}
