//! What was seen for a trace, sorted by plane.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::fact::Observation;
use crate::inspect::stats::Stats;
use crate::inspect::trace::{self, File, Known, Seen, Subject, Trace};
use crate::probe::earlier::Answers;
use crate::probe::saved;
use crate::registry::{PerRegistry, RegistryId};
use crate::run::service_of;
use crate::scenario::model::Registry;

/// A statistics file with its URL and when it was asked for, or why there is none.
type Listed = Result<(String, Timestamp, Stats), String>;

/// Observations and files of one trace.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    observations: BTreeMap<Place, Arc<Observation>>,
    statistics: BTreeMap<RegistryId, Listed>,
}

/// Where an observation belongs: kind of probe, registry, and what was asked.
type Place = (&'static str, Option<RegistryId>, String);

/// Kinds of probes that a trace takes something from, but for statistics.
const KINDS: &[&str] = &[
    "iana",
    "http",
    "transfer_log",
    "rdap",
    "whois",
    "zone",
    "rpki_tree",
];

impl Shelf {
    /// Puts an observation at its place; the newest stays, and of those that failed only the last.
    pub(super) fn put(&mut self, kind: &str, question: &str, observation: Arc<Observation>) {
        let Some(kind) = KINDS.iter().find(|known| **known == kind) else {
            return;
        };
        let place = (*kind, observation.key.asked.clone(), question.to_owned());
        let rank = |one: &Observation| (one.is_ok(), one.at, one.key.attempt);
        let known = self.observations.get(&place);
        if known.is_none_or(|known| rank(known) <= rank(&observation)) {
            self.observations.insert(place, observation);
        }
    }

    /// Reads the statistics of registries from what a run was given.
    pub(super) fn read_statistics(
        &mut self,
        registries: &PerRegistry<Arc<Registry>>,
        answers: &dyn Answers,
        limit: u64,
    ) {
        for (id, registry) in registries.iter() {
            let url = registry.data.pointer("/stats/url");
            let Some(url) = url.and_then(|url| url.as_str()) else {
                continue;
            };
            let listed = saved::statistics(answers, url, limit);
            let listed = listed.map(|(at, stats)| (url.to_owned(), at, stats));
            self.statistics.insert(id.clone(), listed);
        }
    }

    /// Leaves out statistics that nobody asked for.
    pub(super) fn keep_answered_statistics(&mut self) {
        self.statistics.retain(|_, listed| listed.is_ok());
    }

    /// Says whether there is nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.observations.is_empty() && self.statistics.values().all(Result::is_err)
    }

    /// Puts everything together.
    pub(super) fn trace(
        &self,
        subject: &Subject,
        registries: &PerRegistry<Arc<Registry>>,
    ) -> Trace {
        let known: PerRegistry<Known> = registries
            .iter()
            .map(|(id, registry)| (id.clone(), known(registry)))
            .collect();
        let mut seen = Seen::default();
        for ((kind, asked, _), observation) in &self.observations {
            let observation = Arc::clone(observation);
            match (*kind, asked) {
                ("iana", _) => seen.iana = Some(observation),
                ("http", _) => seen.bootstrap.push(observation),
                ("zone", _) => seen.zone = Some(observation),
                ("transfer_log", Some(id)) => {
                    seen.logs.insert(id.clone(), observation);
                }
                ("rpki_tree", Some(id)) => {
                    seen.trees.insert(id.clone(), observation);
                }
                ("rdap", Some(id)) => seen.rdap.entry_or(id, Vec::new).push(observation),
                ("whois", Some(id)) => seen.whois.entry_or(id, Vec::new).push(observation),
                _ => {}
            }
        }
        for (id, listed) in &self.statistics {
            let listed = match listed {
                Ok((url, at, stats)) => Ok(File {
                    stats,
                    url: url.clone(),
                    at: *at,
                }),
                Err(why) => Err(why.clone()),
            };
            seen.statistics.insert(id.clone(), listed);
        }
        trace::join(subject, &known, &seen)
    }
}

/// Returns what a trace needs to know of a registry.
fn known(registry: &Registry) -> Known {
    let service = service_of(registry);
    let zones = registry.data.pointer("/dns/zones");
    let zones = zones.and_then(|zones| zones.as_array());
    let zones = zones.into_iter().flatten().filter_map(|zone| zone.as_str());
    Known {
        name: registry.name.clone(),
        rdap: service.rdap_base,
        whois: service.whois_host,
        zones: zones.map(str::to_owned).collect(),
    }
}
