//! The `consensus` probe: what trust anchors publish about who is authoritative for what.
//!
//! Every participant has a folder with the certificate of who signs, its newest state, the
//! states before it, and events by number. All of it is hostile until its signature is
//! verified, and names of files lead nowhere but into that folder.

mod publish;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::file::{self, What};
use super::notes::{Notes, skip};
use super::redirect::cut;
use super::{Ask, Probe, body};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Observation, Skipped};
use crate::inspect::consensus::{self, Participant};
use crate::inspect::rpki::{BpkiAnchor, Event, Message, State, Types, is_name};
use crate::registry::RegistryId;
use crate::transport::Boxed;
pub(super) use publish::object;

/// Reads what participants of a consensus publish.
#[derive(Debug)]
pub(super) struct ConsensusProbe;

/// Largest file, in octets; ours. A state of all that registries have today would have less than half.
const FILE_BYTES: u64 = 8 * 1024 * 1024;

/// Largest event, in octets; ours. A transfer of a thousand prefixes has a tenth of it.
const EVENT_BYTES: u64 = 128 * 1024;

/// Most states before the newest that are read of one participant; ours.
const MOST_STATES: usize = 16;

/// Most events that are read of one participant; ours.
const MOST_EVENTS: u64 = 5_000;

/// How many numbers behind the last event are asked for, to see whether one was left out.
const AHEAD: u64 = 2;

impl Probe for ConsensusProbe {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::consensus::CONSENSUS
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let types = match ask.pairs("types").map(Types::of) {
                Some(Ok(types)) => types,
                Some(Err(reason)) => {
                    let reason = format!("`types`: {reason}");
                    return skip(&ask, Skipped::Error { reason });
                }
                None => {
                    let reason = "`types` is not given".to_owned();
                    return skip(&ask, Skipped::Error { reason });
                }
            };
            let wanted: Vec<&str> = ask.subject.split_whitespace().collect();
            let is_wanted = |id: &RegistryId| wanted == ["all"] || wanted.contains(&id.as_str());
            let services = ask.services.iter();
            let places: Vec<Place> = services
                .filter(|(id, service)| is_wanted(id) && !service.rpki.consensus.url.is_empty())
                .map(|(id, service)| Place {
                    id: id.clone(),
                    name: service.rpki.consensus.name.clone(),
                    url: service.rpki.consensus.url.clone(),
                    certificate: service.rpki.consensus.certificate.clone(),
                    state: service.rpki.consensus.state.clone(),
                })
                .collect();
            if places.len() < 2 {
                let reason =
                    "fewer than two of these registries declare `rpki.consensus`".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let mut reading = Reading {
                ask: &ask,
                notes: Notes::new(),
                types,
                now: ask.clock.now(),
            };
            let mut all = Vec::new();
            for place in places {
                all.push(reading.repository(place).await);
            }
            let participants: Vec<Participant> = all.iter().map(|one| one.read.clone()).collect();
            let report = consensus::judge(&participants);
            let mut notes = reading.notes;
            publish::publish(&mut notes.facts, &all, &report);
            notes.finish(&ask)
        })
    }
}

/// Where a participant publishes.
#[derive(Clone, Debug)]
struct Place {
    id: RegistryId,
    name: String,
    url: String,
    certificate: String,
    state: String,
}

/// What one participant published.
#[derive(Debug)]
struct Repository {
    place: Place,
    anchor: Option<BpkiAnchor>,
    /// What is wrong with the certificate or the newest state.
    reason: String,
    /// What could not be seen; nothing is played then, for what is missing could be in it.
    failure: Option<String>,
    read: Participant,
    /// What is wrong with files: matter, place, words.
    wrong: Vec<(&'static str, String, String)>,
}

impl Repository {
    /// Notes what could not be seen, and forgets what was read: what is missing could be in it.
    fn unseen(&mut self, url: &str, why: &str) {
        self.failure = Some(format!("`{}`: {why}", cut(url)));
        self.read.states.clear();
        self.read.events.clear();
    }
}

/// An answer to a request for a file.
enum File {
    There(Vec<u8>),
    /// The service says that there is none, with this status.
    Gone(u16),
    /// Whether it is there could not be seen; in words.
    Unseen(String),
}

struct Reading<'a, 'b> {
    ask: &'a Ask<'b>,
    notes: Notes,
    types: Types,
    now: Timestamp,
}

impl Reading<'_, '_> {
    /// Reads everything of one participant.
    async fn repository(&mut self, place: Place) -> Repository {
        let mut found = Repository {
            anchor: None,
            reason: String::new(),
            failure: None,
            read: Participant {
                name: place.name.clone(),
                ..Participant::default()
            },
            wrong: Vec::new(),
            place,
        };
        let place = found.place.clone();
        for name in [&place.certificate, &place.state] {
            if !is_name(name) {
                found.reason = format!("`{}` is no name of a file", cut(name));
                return found;
            }
        }
        let url = format!("{}{}", place.url, place.certificate);
        let certificate = match self.get(&url, FILE_BYTES).await {
            File::There(octets) => BpkiAnchor::read(&octets, self.now),
            File::Gone(status) => Err(format!("status {status}")),
            File::Unseen(why) => {
                found.unseen(&url, &why);
                return found;
            }
        };
        let anchor = match certificate {
            Ok(anchor) => anchor,
            Err(why) => {
                found.reason = format!("`{}`: {why}", cut(&found.place.certificate));
                return found;
            }
        };
        let mut keys = BTreeSet::new();
        self.states(&mut found, &anchor, &mut keys).await;
        if !found.read.states.is_empty() {
            self.events(&mut found, &anchor, &mut keys).await;
        }
        found.anchor = Some(anchor);
        found
    }

    /// Reads the newest state and those before it.
    async fn states(
        &mut self,
        found: &mut Repository,
        anchor: &BpkiAnchor,
        keys: &mut BTreeSet<String>,
    ) {
        let mut url = format!("{}{}", found.place.url, found.place.state);
        let mut asked = BTreeSet::new();
        while found.read.states.len() < MOST_STATES {
            let version = found.read.states.last().map(|state| state.version);
            let of = version.map_or_else(String::new, |v| format!("state {v}"));
            if !asked.insert(url.clone()) {
                let what = format!("`{}`, the state before it, comes after it", cut(&url));
                found.wrong.push(("next-set", of, what));
                return;
            }
            let state = match self.get(&url, FILE_BYTES).await {
                File::There(octets) => self.state(&octets, anchor),
                // An old one may have been removed.
                File::Gone(_) if version.is_some() => return,
                File::Gone(status) => Err(format!("status {status}")),
                File::Unseen(why) => return found.unseen(&url, &why),
            };
            let (state, key) = match state {
                Ok(read) => read,
                Err(why) => {
                    let what = format!("`{}`: {why}", cut(&url));
                    match version {
                        None => found.reason = what,
                        Some(_) => found.wrong.push(("next-set", of, what)),
                    }
                    return;
                }
            };
            if !keys.insert(key) {
                let place = format!("state {}", state.version);
                let what = "its key signed something else too".to_owned();
                found.wrong.push(("next-set", place, what));
            }
            let (before, place) = (state.previous.clone(), format!("state {}", state.version));
            found.read.states.push(state);
            let Some(before) = before else { return };
            if inside(&found.place.url, &before).is_none() {
                let what = format!("`{}`, the state before it, lies elsewhere", cut(&before));
                found.wrong.push(("next-set", place, what));
                return;
            }
            url = before;
        }
    }

    /// Reads events from the oldest state on.
    async fn events(
        &mut self,
        found: &mut Repository,
        anchor: &BpkiAnchor,
        keys: &mut BTreeSet<String>,
    ) {
        let Some(oldest) = found.read.states.last() else {
            return;
        };
        let prefix = match oldest.prefix.contains("://") {
            true => inside(&found.place.url, &oldest.prefix).map(str::to_owned),
            false => Some(oldest.prefix.clone()),
        };
        let Some(prefix) = prefix.filter(|prefix| is_name(prefix)) else {
            let what = format!(
                "`{}`, which events begin with, lies elsewhere",
                cut(&oldest.prefix)
            );
            found.wrong.push(("events", "state".to_owned(), what));
            return;
        };
        let first = self.ask.count("first").unwrap_or(1);
        let first = oldest
            .index
            .map_or(first, |index| index.saturating_add(1).max(first));
        let mut missing: Vec<u64> = Vec::new();
        let mut number = first;
        while number < first.saturating_add(MOST_EVENTS) {
            let url = format!("{}{prefix}{number}.cms", found.place.url);
            let place = format!("event {number}");
            match self.get(&url, EVENT_BYTES).await {
                File::Unseen(why) => return found.unseen(&url, &why),
                File::Gone(_) => {
                    missing.push(number);
                    if u64::try_from(missing.len()).unwrap_or(u64::MAX) > AHEAD {
                        break;
                    }
                }
                File::There(octets) => {
                    for gone in missing.drain(..) {
                        let what = "not there, though one behind it is".to_owned();
                        found.wrong.push(("events", format!("event {gone}"), what));
                    }
                    match self.event(&octets, anchor) {
                        Ok((event, key)) => {
                            if !keys.insert(key) {
                                let what = "its key signed something else too".to_owned();
                                found.wrong.push(("events", place, what));
                            }
                            found.read.events.push((number, event));
                        }
                        Err(why) => found.wrong.push(("events", place, why)),
                    }
                }
            }
            number = number.saturating_add(1);
        }
    }

    fn state(&self, octets: &[u8], anchor: &BpkiAnchor) -> Result<(State, String), String> {
        let message = Message::read(octets, anchor, self.now)?;
        Ok((State::read(&message, &self.types)?, message.key))
    }

    fn event(&self, octets: &[u8], anchor: &BpkiAnchor) -> Result<(Event, String), String> {
        let message = Message::read(octets, anchor, self.now)?;
        Ok((Event::read(&message, &self.types)?, message.key))
    }

    /// Asks for a file; what goes wrong is this file's and no failure of the probe.
    async fn get(&mut self, url: &str, limit: u64) -> File {
        let what = What {
            method: "GET",
            url,
            headers: &[("accept-encoding", "identity")],
            limit,
        };
        let before = self.notes.failure.take();
        let fetched = file::get(self.ask, &mut self.notes, what).await;
        let failure = std::mem::replace(&mut self.notes.failure, before);
        let Some(fetched) = fetched else {
            let why = failure.map(|failure| format!("{}: {}", failure.kind, failure.detail));
            return File::Unseen(why.unwrap_or_else(|| "no answer".to_owned()));
        };
        match fetched.answer.status {
            200 => match body::octets(&fetched.answer.body) {
                Ok(octets) => File::There(octets.to_vec()),
                Err(failure) => File::Unseen(failure.detail),
            },
            status @ (404 | 410) => File::Gone(status),
            status => File::Unseen(format!("status {status}")),
        }
    }
}

/// Returns what stands behind a folder's URL in another; `None` for one that is not inside.
fn inside<'a>(folder: &str, url: &'a str) -> Option<&'a str> {
    url.strip_prefix(folder).filter(|name| is_name(name))
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn only_files_of_the_folder_are_followed() {
        let folder = "https://rdr.test/consensus/";
        for (url, name) in [
            (
                "https://rdr.test/consensus/state-1.rds",
                Some("state-1.rds"),
            ),
            ("https://rdr.test/consensus/2026/1.rds", Some("2026/1.rds")),
            ("https://rdr.test/consensus/", None),
            ("https://rdr.test/other/1.rds", None),
            ("https://other.test/consensus/1.rds", None),
            ("https://rdr.test/consensus/../secret", None),
            ("https://rdr.test/consensus/%2e%2e/secret", None),
            ("https://rdr.test/consensus/a?b", None),
            ("file:///etc/passwd", None),
        ] {
            assert_eq!(inside(folder, url), name, "{url}");
        }
    }
}
