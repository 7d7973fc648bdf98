//! The successor of a trust anchor: the key that its key object announces, followed once (RFC 9691, section 4).

use std::sync::Arc;

use bytes::Bytes;

use super::super::answer::apart;
use super::super::file;
use super::super::payloads;
use super::super::redirect;
use super::Capture;
use crate::fact::{Facts, Value};
use crate::inspect::MAX_FINDINGS;
use crate::inspect::rpki::{NamedKey, NamedKeys};
use crate::inspect::tree::{Anchor, Kind, NoLook, Objects as _, Outcome, Tree};

/// Most URIs of a successor's certificate that are asked.
const URIS: usize = 4;

impl Capture<'_, '_> {
    /// Follows the successor that a trust anchor names, if it names one, and publishes what came of it.
    ///
    /// What goes wrong is the successor's, and no failure of the capture. A successor of the
    /// successor is not followed.
    pub(in crate::probe) async fn follow(&mut self, anchor: &Anchor, tree: &Tree) {
        let Some(NamedKeys {
            current: Some(current),
            successor: Some(next),
            ..
        }) = self.keys(tree).await
        else {
            return;
        };
        // A key object of another key is ignored (section 2.3), and one whose successor is the same
        // key tells new places of its certificate only (section 4).
        if anchor.key.as_ref() != Some(&current.info) || next.info == current.info {
            return;
        }
        let before = self.notes.failure.take();
        let (certificate, mut said) = self.certificate(&next).await;
        self.notes.failure = before;
        if let Some(certificate) = certificate {
            let is_rsync = |uri: &&String| uri.starts_with("rsync:");
            let uri = next.uris.iter().find(is_rsync).or(next.uris.first());
            let followed = Anchor {
                name: format!("{}, successor", anchor.name),
                uri: uri.cloned().unwrap_or_default(),
                uris: next.uris.clone(),
                key: Some(next.info.clone()),
                certificate,
            };
            let (second, ()) = self.rounds(&Arc::new(followed), NoLook).await;
            if let (Some(refusal), true) = (second.anchor.outcome.refusal(), said.is_empty()) {
                said = refusal.to_string();
            }
            let keys = self.keys(&second).await;
            let facts = &mut self.notes.facts;
            let named = Value::text(named_back(keys, &current, &next));
            facts.set("successor.predecessor", named);
            compare(tree, &second, facts);
        }
        let facts = &mut self.notes.facts;
        facts.set("successor.certificate", Value::text(said));
        let uris = next.uris.iter().take(URIS).map(|uri| redirect::cut(uri));
        let uris: Vec<_> = uris.map(|uri| uri.to_string()).collect();
        facts.set("successor.uris", Value::text(uris.join(" ")));
    }

    /// Reads the one valid key object of a tree's trust anchor; `None` if there is none, or several.
    async fn keys(&self, tree: &Tree) -> Option<NamedKeys> {
        let root = tree.cas.first()?;
        let all = tree.objects_of(root).iter();
        let mut all = all.filter(|object| object.kind == Kind::Tak);
        let one = all.next().filter(|o| o.outcome == Outcome::Accepted)?;
        if all.next().is_some() {
            return None;
        }
        let (stores, uri) = (Arc::clone(&self.stores), tree.uri(one));
        apart(move || stores.read(&uri).map(|octets| NamedKeys::read(&octets))).await
    }

    /// Fetches a certificate by all its https URIs; what is wrong with one of them in words, empty if nothing is.
    async fn certificate(&mut self, of: &NamedKey) -> (Option<Bytes>, String) {
        let mut found: Option<Bytes> = None;
        let mut said = String::new();
        let https = of.uris.iter().filter(|uri| uri.starts_with("https://"));
        for url in https.take(URIS) {
            let shown = redirect::cut(url);
            match (file::small(self.ask, &mut self.notes, url).await, &found) {
                (Some(octets), None) => found = Some(octets),
                (Some(octets), Some(first)) if octets != *first => {
                    said = format!("`{shown}` gives another certificate than the URI before it");
                }
                (Some(_), Some(_)) => {}
                (None, _) => {
                    let failure = self.notes.failure.take();
                    let why =
                        failure.map_or_else(String::new, |f| format!("{}: {}", f.kind, f.detail));
                    said = format!("`{shown}` gives none: {why}");
                }
            }
        }
        if found.is_none() && said.is_empty() {
            "it has no https URI".clone_into(&mut said);
        }
        (found, said)
    }
}

/// Says what keeps the key object of a successor from naming the key before it; empty text if nothing does.
fn named_back(keys: Option<NamedKeys>, current: &NamedKey, next: &NamedKey) -> &'static str {
    let Some(keys) = keys else {
        return "it has no valid key object";
    };
    let is = |key: &Option<NamedKey>, other: &NamedKey| {
        key.as_ref().is_some_and(|key| key.info == other.info)
    };
    if !is(&keys.current, next) {
        "its key object is about another key"
    } else if keys.predecessor.is_none() {
        "its key object names no predecessor"
    } else if !is(&keys.predecessor, current) {
        "its key object names another predecessor"
    } else {
        ""
    }
}

/// Publishes what the trees of two keys of one trust anchor have in common.
fn compare(tree: &Tree, second: &Tree, facts: &mut Facts) {
    let (ours, theirs) = (payloads::of_tree(tree), payloads::of_tree(second));
    let (missing, extra) = ours.differing(&theirs);
    facts.set("successor.payloads.missing", Value::count(missing.len()));
    facts.set("successor.payloads.extra", Value::count(extra.len()));
    let named = |texts: Vec<String>, below: &'static str| {
        texts.into_iter().take(MAX_FINDINGS).map(move |text| {
            let mut record = Facts::new();
            record.set("payload", Value::text(text));
            record.set("below", Value::text(below));
            record
        })
    };
    let all = named(missing, "current").chain(named(extra, "successor"));
    facts.set("successor.differences", Value::Records(all.collect()));
    let roots = tree.cas.first().zip(second.cas.first());
    let same = roots.is_some_and(|(one, other)| {
        let (one, other) = (&one.resources, &other.resources);
        one.ipv4 == other.ipv4 && one.ipv6 == other.ipv6 && one.asns == other.asns
    });
    facts.set("successor.same_resources", Value::Flag(same));
}
