//! What expires when: dated items of observations, of which somebody must renew each in time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::fact::{Key, Observation, Subject};
use crate::registry::RegistryId;
use crate::verdict::results::Expiry;

/// Dated items by registry, kind and name.
///
/// Where one was observed several times, the last observation says when it ends: it may
/// have been renewed in between.
#[derive(Debug, Default)]
pub(super) struct Expiries(BTreeMap<(RegistryId, String, String), (Timestamp, Expiry)>);

impl Expiries {
    /// Adds what an observation has a date of.
    pub(super) fn add(&mut self, observation: &Observation) {
        let Some(registry) = registry_of(&observation.key) else {
            return;
        };
        for dated in observation.facts.dated() {
            let expiry = Expiry {
                registry: registry.clone(),
                at: dated.at,
                what: dated.what.to_owned(),
                uri: dated.uri.to_owned(),
                tier: dated.tier.to_owned(),
                observation: observation.key.to_string(),
            };
            let place = (registry.clone(), expiry.what.clone(), expiry.uri.clone());
            let seen = (observation.at, expiry);
            // Of two at the same time the order of observations must not decide.
            if self.0.get(&place).is_none_or(|kept| *kept < seen) {
                self.0.insert(place, seen);
            }
        }
    }

    /// Returns the items by registry, then by time.
    pub(super) fn finish(self) -> Vec<Expiry> {
        let mut all: Vec<Expiry> = self.0.into_values().map(|(_, expiry)| expiry).collect();
        all.sort();
        all
    }
}

/// Returns the registry whose service was asked; `None` if the observation is about all alike.
const fn registry_of(key: &Key) -> Option<&RegistryId> {
    match (&key.asked, &key.subject) {
        (Some(asked), _) => Some(asked),
        (None, Subject::Registry(id) | Subject::Pair(_, id)) => Some(id),
        (None, Subject::Shared) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Facts, Value};
    use std::sync::Arc;

    fn seen(at: &str, facts: Facts) -> Observation {
        let registry = RegistryId::parse("arin").unwrap();
        Observation {
            key: Key {
                scenario: Arc::from("rpki.tree"),
                instance: Arc::from(""),
                subject: Subject::Registry(registry),
                asked: None,
                target: Arc::from("mock"),
                probe: Arc::from("tree"),
                tick: 0,
                attempt: 1,
                vantage: Arc::from("here"),
            },
            at: at.parse().unwrap(),
            failure: None,
            skipped: None,
            facts,
            inspected: None,
            asked: Vec::new(),
            evidence: Vec::new(),
        }
    }

    fn record(what: &str, uri: &str, at: &str) -> Facts {
        let mut record = Facts::new();
        record.set("what", Value::text(what));
        record.set("uri", Value::text(uri));
        record.set("tier", Value::text("intermediate"));
        record.set("at", Value::Time(at.parse().unwrap()));
        record
    }

    fn list(records: Vec<Facts>) -> Facts {
        let mut facts = Facts::new();
        facts.set("expiry_list", Value::Records(records));
        facts
    }

    #[track_caller]
    fn check(observations: &[Observation], expected: &[(&str, &str, &str)]) {
        let forward = observations.iter();
        let backward = observations.iter().rev();
        let all = [forward.collect::<Vec<_>>(), backward.collect()];
        for observations in all {
            let mut expiries = Expiries::default();
            for observation in observations {
                expiries.add(observation);
            }
            let expiries = expiries.finish();
            let told: Vec<(String, &str, &str)> = expiries
                .iter()
                .map(|e| (e.at.to_string(), e.what.as_str(), e.uri.as_str()))
                .collect();
            let told: Vec<(&str, &str, &str)> = told
                .iter()
                .map(|(at, what, uri)| (at.as_str(), *what, *uri))
                .collect();
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn the_last_observation_says_when_something_ends() {
        let crl = |at| record("crl", "rsync://a.test/a.crl", at);
        check(
            &[
                seen(
                    "2026-11-22T10:00:00Z",
                    list(vec![crl("2026-11-23T00:00:00Z")]),
                ),
                seen(
                    "2026-11-22T11:00:00Z",
                    list(vec![crl("2026-11-24T00:00:00Z")]),
                ),
            ],
            &[("2026-11-24T00:00:00Z", "crl", "rsync://a.test/a.crl")],
        );
    }

    #[test]
    fn items_stand_by_time_and_a_listed_trust_anchor_once() {
        let mut facts = list(vec![
            record(
                "trust-anchor",
                "rsync://a.test/ta.cer",
                "2030-01-01T00:00:00Z",
            ),
            record("manifest", "rsync://a.test/a.mft", "2026-11-23T00:00:00Z"),
        ]);
        facts.set(
            "anchor.not_after",
            Value::Time("2030-01-01T00:00:00Z".parse().unwrap()),
        );
        check(
            &[seen("2026-11-22T10:00:00Z", facts)],
            &[
                ("2026-11-23T00:00:00Z", "manifest", "rsync://a.test/a.mft"),
                (
                    "2030-01-01T00:00:00Z",
                    "trust-anchor",
                    "rsync://a.test/ta.cer",
                ),
            ],
        );
    }

    #[test]
    fn a_refused_trust_anchor_and_a_leaf_have_dates_too() {
        let mut facts = Facts::new();
        let time = |at: &str| Value::Time(at.parse().unwrap());
        facts.set("anchor.not_after", time("2026-12-01T00:00:00Z"));
        facts.set("anchor.key", Value::text("ab12"));
        facts.set("leaf.not_after", time("2027-02-20T00:00:00Z"));
        facts.set("leaf.subject", Value::text("CN=rdap.arin.test"));
        check(
            &[seen("2026-11-22T10:00:00Z", facts)],
            &[
                ("2026-12-01T00:00:00Z", "trust-anchor", "ab12"),
                (
                    "2027-02-20T00:00:00Z",
                    "tls-certificate",
                    "CN=rdap.arin.test",
                ),
            ],
        );
        check(&[seen("2026-11-22T10:00:00Z", Facts::new())], &[]);
    }
}
