//! The capture of a whole tree: locator, certificate of the trust anchor, and every repository below it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::super::answer::apart;
use super::super::file::{self, Cancel, Terms};
use super::super::notes::Notes;
use super::super::{Ask, Rpki, redirect, tree_facts};
use super::{Pack, Store, Stores, Stream};
use crate::fact::{FailureKind, Value};
use crate::inspect::MAX_FINDINGS;
use crate::inspect::constraints::{self, Constraints};
use crate::inspect::rrdp::{self, Link, Notification, Reading, Stopped, Tally};
use crate::inspect::tree::{self, Anchor, Labels, Look, Options, Repository, Tree};

/// Most repositories that are captured, unless a scenario says otherwise; some sixty are known world-wide.
const REPOSITORIES: u64 = 64;

/// Most rounds of walking and capturing what the walk met; one for each level of delegation.
const ROUNDS: usize = 32;

/// A capture in progress, with the notes of the probe that makes it.
#[derive(Debug)]
pub(in crate::probe) struct Capture<'a, 'b> {
    pub(super) ask: &'a Ask<'b>,
    /// What was seen so far.
    pub(in crate::probe) notes: Notes,
    /// What was captured.
    pub(in crate::probe) stores: Arc<Stores>,
    /// What came of each repository that was tried, by its notification file; empty text if it was captured.
    tried: BTreeMap<String, String>,
    cancel: Cancel,
}

impl<'a, 'b> Capture<'a, 'b> {
    /// Begins a capture; `notes` may hold what was asked before.
    pub(in crate::probe) fn new(ask: &'a Ask<'b>, notes: Notes) -> Self {
        Self {
            ask,
            notes,
            stores: Arc::default(),
            tried: BTreeMap::new(),
            cancel: Cancel::default(),
        }
    }

    /// Fetches the locator and the trust anchor's certificate by its first https URI.
    pub(in crate::probe) async fn anchor(&mut self) -> Option<Arc<Anchor>> {
        let url = self.ask.subject.trim();
        let (anchor, https) = fetch_anchor(self.ask, &mut self.notes, url).await?;
        let facts = &mut self.notes.facts;
        facts.set("anchor.uri", Value::text(redirect::cut(&https)));
        Some(Arc::new(anchor))
    }

    /// Fetches and reads the constraints file that is declared for the registry; `None` if there
    /// is none or it did not come, which is published and no failure of the capture.
    pub(in crate::probe) async fn constraints(&mut self) -> Option<(String, Constraints)> {
        let url = self.ask.service.rpki.constraints.clone();
        if url.is_empty() {
            return None;
        }
        let before = self.notes.failure.take();
        let octets = file::small(self.ask, &mut self.notes, &url).await;
        let failure = std::mem::replace(&mut self.notes.failure, before);
        let said = failure.map_or_else(String::new, |failure| {
            format!("{}: {}", failure.kind, failure.detail)
        });
        let facts = &mut self.notes.facts;
        let shown = redirect::cut(&url);
        facts.set("constraints.url", Value::text(&*shown));
        facts.set("constraints.failure", Value::text(said));
        let read = constraints::read(&octets?);
        facts.set("constraints.entries", Value::count(read.entries.len()));
        let addresses = Value::Addresses(read.addresses.clone());
        facts.set("constraints.addresses", addresses);
        facts.set("constraints.asns", Value::Asns(read.asns.clone()));
        Some((shown.to_string(), read))
    }

    /// Walks and captures until a walk meets nothing new; returns the last walk, with what `look` saw in it.
    ///
    /// Everything is judged at the time of the first exchange.
    pub(in crate::probe) async fn rounds<L>(
        &mut self,
        anchor: &Arc<Anchor>,
        look: L,
    ) -> (Tree, L::Tally)
    where
        L: Look + Copy + Send + 'static,
        L::Tally: 'static,
    {
        let now = self.notes.at().unwrap_or_else(|| self.ask.clock.now());
        let most = self.ask.count("repositories").unwrap_or(REPOSITORIES);
        let mut walked = self.walk(anchor, now, look).await;
        for _ in 0..ROUNDS {
            let fresh = self.fresh(&walked.0.repositories);
            if fresh.is_empty() {
                break;
            }
            for url in fresh {
                let tried = u64::try_from(self.tried.len()).unwrap_or(u64::MAX);
                let came = if tried >= most {
                    Err(format!("more than {most} repositories"))
                } else {
                    self.repository(&url).await
                };
                self.tried.insert(url, came.err().unwrap_or_default());
            }
            walked = self.walk(anchor, now, look).await;
        }
        walked
    }

    /// Returns notification files that were not tried yet, each once.
    fn fresh(&self, met: &[Repository]) -> Vec<String> {
        let all: BTreeSet<&str> = met.iter().filter_map(|r| r.notify.as_deref()).collect();
        all.into_iter()
            .filter(|url| !self.tried.contains_key(*url))
            .map(str::to_owned)
            .collect()
    }

    /// Walks what was captured so far, on threads of its own, at a time.
    pub(in crate::probe) async fn walk<L>(
        &self,
        anchor: &Arc<Anchor>,
        now: Timestamp,
        look: L,
    ) -> (Tree, L::Tally)
    where
        L: Look + Send + 'static,
        L::Tally: 'static,
    {
        let (anchor, stores) = (Arc::clone(anchor), Arc::clone(&self.stores));
        let options = Options {
            labels: labels(&self.ask.service.rpki),
            cancel: Some(self.cancel.flag()),
            ..Options::default()
        };
        apart(move || tree::walk_with(&anchor, &*stores, now, &options, &look)).await
    }

    /// Captures one repository by RRDP; what went wrong in words if it cannot be had.
    async fn repository(&mut self, url: &str) -> Result<(), String> {
        let before = self.notes.failure.take();
        let came = self.by_rrdp(url).await;
        // A repository that cannot be had is a finding on it, and the others go on.
        let failure = std::mem::replace(&mut self.notes.failure, before);
        match came {
            Some(store) => {
                // Nobody walks now, so the stores are ours alone.
                match Arc::get_mut(&mut self.stores) {
                    Some(stores) => stores.0.push(store),
                    None => return Err("the capture is still being read".to_owned()),
                }
                Ok(())
            }
            None => Err(failure.map_or_else(
                || "it was not answered".to_owned(),
                |failure| format!("{}: {}", failure.kind, failure.detail),
            )),
        }
    }

    async fn by_rrdp(&mut self, url: &str) -> Option<Store> {
        let seen = self
            .read(url, |stream, reading, tally| {
                let seen = rrdp::read_notification(stream, reading, tally);
                let stopped = seen.stopped.clone();
                (seen, stopped)
            })
            .await?;
        let Notification {
            snapshot: Some(Link { uri, hash, .. }),
            ..
        } = seen
        else {
            let detail = "the notification file names no snapshot".to_owned();
            self.notes.fail(FailureKind::Protocol, detail);
            return None;
        };
        if !rrdp::share_origin(url, &uri) {
            let detail = format!("the snapshot `{}` has another origin", redirect::cut(&uri));
            self.notes.fail(FailureKind::RedirectRefused, detail);
            return None;
        }
        let spool = self.ask.transport.spool();
        let captured = self
            .read(&uri, move |stream, reading, tally| {
                let mut pack = match Pack::create(&spool) {
                    Ok(pack) => pack,
                    Err(error) => return (Err(error), None),
                };
                let seen = pack.snapshot(stream, reading, tally);
                let hashed = seen.file.map(|file| file.hash);
                (pack.finish().map(|store| (store, hashed)), seen.stopped)
            })
            .await?;
        let (store, hashed) = captured
            .map_err(|error| self.notes.fail(FailureKind::Here, error.to_string()))
            .ok()?;
        if hashed != Some(hash) {
            let detail = "the snapshot does not have the hash of the notification file".to_owned();
            self.notes.fail(FailureKind::Protocol, detail);
            return None;
        }
        Some(store)
    }

    /// Fetches a file of RRDP and reads it; `None` if it cannot be had, which is noted as a failure.
    async fn read<T: Send + 'static>(
        &mut self,
        url: &str,
        read: impl FnOnce(&mut Stream, &Reading<'_>, &mut Tally) -> (T, Option<Stopped>)
        + Send
        + 'static,
    ) -> Option<T> {
        let limit = self.ask.limits.capture_bytes;
        let fetched = file::whole(self.ask, &mut self.notes, url, "gzip", limit).await?;
        let terms = Terms {
            url: url.to_owned(),
            limit,
            authorities: Arc::default(),
            cancel: self.cancel.flag(),
        };
        let whole = move |stream: &mut Stream, reading: &Reading<'_>, tally: &mut Tally| {
            let (seen, stopped) = read(stream, reading, tally);
            ((seen, stopped.clone()), stopped)
        };
        match file::read_rrdp(&fetched, terms, whole).await {
            Ok(((seen, None), _)) => Some(seen),
            Ok(((_, Some(stopped)), _)) => {
                self.notes.fail(FailureKind::Protocol, stopped.to_string());
                None
            }
            Err(failure) => {
                self.notes.fail(failure.kind, failure.detail);
                None
            }
        }
    }

    /// Iterates over the URIs of everything that was captured, in no order; an object of two captures comes twice.
    pub(in crate::probe) fn published(&self) -> impl Iterator<Item = &str> {
        let stores = self.stores.0.iter();
        stores.flat_map(|store| store.iter().map(|(uri, _)| uri))
    }

    /// Publishes which repositories a tree met and what was captured of them.
    pub(in crate::probe) fn publish(&mut self, tree: &Tree) {
        let (mut objects, mut bytes) = (0_usize, 0_u64);
        for store in &self.stores.0 {
            objects = objects.saturating_add(store.len());
            bytes = bytes.saturating_add(store.bytes());
        }
        let facts = &mut self.notes.facts;
        facts.set("capture.objects", Value::count(objects));
        facts.set("capture.bytes", Value::Bytes(bytes));
        let reason = |repository: &Repository| match &repository.notify {
            None => "its authorities name no notification file",
            Some(url) => self
                .tried
                .get(url.as_ref())
                .map_or("it was not asked", String::as_str),
        };
        let records = tree.repositories.iter().take(MAX_FINDINGS);
        let records =
            records.map(|repository| tree_facts::repository(repository, reason(repository)));
        facts.set("repository_list", Value::Records(records.collect()));
        let captured = tree.repositories.iter().filter(|r| reason(r).is_empty());
        facts.set("repositories.captured", Value::count(captured.count()));
        facts.set("repositories.count", Value::count(tree.repositories.len()));
    }
}

/// Fetches a locator and the trust anchor's certificate by its first https URI, which is returned too;
/// `None` if one of them did not come, which is noted as a failure.
async fn fetch_anchor(ask: &Ask<'_>, notes: &mut Notes, url: &str) -> Option<(Anchor, String)> {
    let locator = file::small(ask, notes, url).await?;
    let name = match &ask.key.asked {
        Some(registry) => registry.to_string(),
        None => url.to_owned(),
    };
    let mut anchor = Anchor::of_tal(&name, &locator, Bytes::new())
        .map_err(|error| notes.fail(FailureKind::Protocol, error.to_string()))
        .ok()?;
    let Some(https) = anchor.https_uri().map(str::to_owned) else {
        let detail = "the locator has no https URI".to_owned();
        notes.fail(FailureKind::Protocol, detail);
        return None;
    };
    anchor.certificate = file::small(ask, notes, &https).await?;
    Some((anchor, https))
}

/// Fetches the trust anchor that the argument `anchor` names; `None` if it names none or one of the
/// files did not come, which is no failure of what the probe asks.
pub(in crate::probe) async fn beside(ask: &Ask<'_>, notes: &mut Notes) -> Option<Anchor> {
    let url = ask.text("anchor").map(str::trim)?;
    if url.is_empty() {
        return None;
    }
    let before = notes.failure.take();
    let anchor = fetch_anchor(ask, notes, url).await;
    notes.failure = before;
    anchor.map(|(anchor, _)| anchor)
}

/// Returns what a registry declares of its authorities.
fn labels(declared: &Rpki) -> Labels {
    Labels::declared(
        declared
            .cas
            .iter()
            .map(|(key, name, role)| (key.as_str(), name.as_str(), role.as_str())),
        declared.rsync.iter().map(String::as_str),
    )
}
