//! The `rpki_tree` probe: captures everything below a trust anchor and validates it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use url::Url;

use super::answer::apart;
use super::capture::{Pack, Store, Stores, Stream};
use super::file::{self, Cancel, Fetched, Terms, What};
use super::notes::{Notes, skip};
use super::{Ask, Probe, Rpki, body, redirect, tree_facts};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{FailureKind, Inspected, Observation, Skipped, Value};
use crate::inspect::rpki::Tally as SyntaxTally;
use crate::inspect::rrdp::{self, Link, Notification, Reading, Stopped, Tally};
use crate::inspect::tree::{self, Anchor, Labels, Options, Repository, SyntaxRules, Tree};
use crate::inspect::{MAX_FINDINGS, inspected};
use crate::transport::Boxed;
use crate::verdict::Operator;

/// Captures and validates the tree of one trust anchor.
#[derive(Debug)]
pub(super) struct RpkiTree;

/// Largest locator and largest certificate of a trust anchor, in octets; real ones have 500 and 2,000.
const LARGEST: u64 = 1024 * 1024;

/// Most repositories that are captured, unless a scenario says otherwise; some sixty are known world-wide.
const REPOSITORIES: u64 = 64;

/// Most rounds of walking and capturing what the walk met; one for each level of delegation.
const ROUNDS: usize = 32;

impl Probe for RpkiTree {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::rpki_tree::RPKI_TREE
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            if ask.subject.trim().is_empty() {
                let reason = "`rpki.tal` is not declared for this registry".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let mut capture = Capture::new(&ask);
            match capture.anchor().await {
                Some(anchor) => capture.tree(anchor).await,
                None => capture.notes.finish(&ask),
            }
        })
    }
}

/// A capture in progress.
struct Capture<'a, 'b> {
    ask: &'a Ask<'b>,
    notes: Notes,
    stores: Arc<Stores>,
    /// What came of each repository that was tried, by its notification file; empty text if it was captured.
    tried: BTreeMap<String, String>,
    cancel: Cancel,
}

/// One walk with everything its rules found.
struct Walked {
    tree: Tree,
    inspected: Inspected,
}

impl<'a, 'b> Capture<'a, 'b> {
    fn new(ask: &'a Ask<'b>) -> Self {
        Self {
            ask,
            notes: Notes::new(),
            stores: Arc::default(),
            tried: BTreeMap::new(),
            cancel: Cancel::default(),
        }
    }

    /// Asks for a file; `None` if it did not come whole, which is noted as a failure.
    async fn get(&mut self, url: &str, coding: &str, limit: u64) -> Option<Fetched> {
        let what = What {
            method: "GET",
            url,
            headers: &[("accept-encoding", coding)],
            limit,
        };
        let fetched = file::get(self.ask, &mut self.notes, what).await?;
        let status = fetched.answer.status;
        if status != 200 {
            let detail = format!("`{}` answered {status}", redirect::cut(url));
            self.notes.fail(FailureKind::Protocol, detail);
            return None;
        }
        Some(fetched)
    }

    /// Fetches a small file; `None` if it did not come, which is noted as a failure.
    async fn small(&mut self, url: &str) -> Option<Bytes> {
        let fetched = self.get(url, "identity", LARGEST).await?;
        body::octets(&fetched.answer.body)
            .map_err(|failure| self.notes.fail(failure.kind, failure.detail))
            .ok()
    }

    /// Fetches the locator and the trust anchor's certificate by its first https URI.
    async fn anchor(&mut self) -> Option<Anchor> {
        let url = self.ask.subject.trim().to_owned();
        let locator = self.small(&url).await?;
        let name = match &self.ask.key.asked {
            Some(registry) => registry.to_string(),
            None => url,
        };
        let read = Anchor::of_tal(&name, &locator, Bytes::new());
        let mut anchor = read
            .map_err(|error| self.notes.fail(FailureKind::Protocol, error.to_string()))
            .ok()?;
        let https = anchor.uris.iter().find(|uri| uri.starts_with("https://"));
        let Some(https) = https.cloned() else {
            let detail = "the locator has no https URI".to_owned();
            self.notes.fail(FailureKind::Protocol, detail);
            return None;
        };
        anchor.certificate = self.small(&https).await?;
        let facts = &mut self.notes.facts;
        facts.set("anchor.uri", Value::text(redirect::cut(&https)));
        Some(anchor)
    }

    /// Walks and captures until a walk meets nothing new.
    async fn tree(mut self, anchor: Anchor) -> Observation {
        let anchor = Arc::new(anchor);
        let now = self.notes.at().unwrap_or_else(|| self.ask.clock.now());
        let most = self.ask.count("repositories").unwrap_or(REPOSITORIES);
        let mut walked = self.walk(&anchor, now).await;
        for _ in 0..ROUNDS {
            let fresh = self.fresh(&walked.tree.repositories);
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
            walked = self.walk(&anchor, now).await;
        }
        tree_facts::publish(&walked.tree, &mut self.notes.facts);
        self.publish_capture(&walked.tree);
        self.notes.inspected = Some(walked.inspected);
        self.notes.finish(self.ask)
    }

    /// Returns notification files that were not tried yet, each once.
    fn fresh(&self, met: &[Repository]) -> Vec<String> {
        let all: BTreeSet<&str> = met.iter().filter_map(|r| r.notify.as_deref()).collect();
        all.into_iter()
            .filter(|url| !self.tried.contains_key(*url))
            .map(str::to_owned)
            .collect()
    }

    /// Walks what was captured so far, on threads of its own.
    async fn walk(&self, anchor: &Arc<Anchor>, now: Timestamp) -> Walked {
        let (anchor, stores) = (Arc::clone(anchor), Arc::clone(&self.stores));
        let options = Options {
            labels: labels(&self.ask.service.rpki),
            cancel: Some(self.cancel.flag()),
            ..Options::default()
        };
        apart(move || {
            let (tree, syntax) = tree::walk_with(&anchor, &*stores, now, &options, &SyntaxRules);
            let inspected = judged_apart(tree::rules::look(&tree), syntax);
            Walked { tree, inspected }
        })
        .await
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
        let same = Url::parse(url)
            .ok()
            .zip(Url::parse(&uri).ok())
            .is_some_and(|(base, uri)| rrdp::is_same_origin(&uri, &base));
        if !same {
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
        let fetched = self.get(url, "gzip", limit).await?;
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

    fn publish_capture(&mut self, tree: &Tree) {
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

/// Joins what the rules of trees and of objects found, and puts what others than the registry
/// operate below their names.
fn judged_apart(
    tree: BTreeMap<Operator, tree::rules::Tally>,
    syntax: BTreeMap<Operator, SyntaxTally>,
) -> Inspected {
    let mut all: BTreeMap<Operator, (tree::rules::Tally, SyntaxTally)> = BTreeMap::new();
    // What the registry runs for members is its own doing too.
    let whose = |operator: Operator| match operator.is_registry() {
        true => Operator::RirService,
        false => operator,
    };
    for (operator, tally) in tree {
        all.entry(whose(operator)).or_default().0.merge(tally);
    }
    for (operator, tally) in syntax {
        all.entry(whose(operator)).or_default().1.merge(tally);
    }
    let mut parts: BTreeMap<Operator, Inspected> = all
        .into_iter()
        .map(|(who, (tree, syntax))| (who, inspected(tree.into_found().chain(syntax.into_found()))))
        .collect();
    let own = parts.remove(&Operator::RirService).unwrap_or_default();
    Inspected {
        others: parts,
        ..own
    }
}
