//! The snapshot beside what another probe fetched by rsync.

use std::io;
use std::sync::Arc;

use super::super::answer::apart;
use super::super::capture::{self, Pack, Store};
use super::super::notes::Notes;
use super::super::payloads;
use super::super::views::{Compared, ComparedPayloads, line_of};
use super::super::{Argument, Ask};
use crate::fact::{Failure, FailureKind, Observation, TextSet, Value};
use crate::inspect::rrdp::{Change, Sink, Tally};

/// What of a snapshot is kept for the comparison; nothing if nobody wants it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// A line for each object.
    lines: Option<Vec<String>>,
    /// Its octets, where the snapshot is to be validated.
    pack: Option<Pack>,
}

impl Kept {
    /// Prepares for what the arguments ask.
    ///
    /// # Errors
    ///
    /// `here` if the spool takes no file.
    pub(super) fn new(ask: &Ask<'_>) -> Result<Self, Failure> {
        let wanted = ask.arguments.contains_key("against");
        let octets = wanted && ask.text("anchor").is_some_and(|url| !url.trim().is_empty());
        let pack = octets.then(|| Pack::create(&ask.transport.spool()));
        Ok(Self {
            lines: wanted.then(Vec::new),
            pack: pack.transpose().map_err(|error| Failure {
                kind: FailureKind::Here,
                detail: error.to_string(),
            })?,
        })
    }
}

impl Sink for Kept {
    fn take(&mut self, change: Change<'_>, _at: u64, _tally: &mut Tally) -> io::Result<()> {
        let Change::Publish {
            uri, octets, hash, ..
        } = change
        else {
            return Ok(());
        };
        if let Some(lines) = &mut self.lines {
            lines.push(line_of(uri, octets, &hash));
        }
        match &mut self.pack {
            Some(pack) => pack.put(uri, octets, hash),
            None => Ok(()),
        }
    }
}

/// Compares the snapshot with what the probe in `against` fetched, if one is named and has objects.
pub(super) async fn compare(ask: &Ask<'_>, notes: &mut Notes, kept: Kept) {
    let Some(Argument::Probe(name)) = ask.arguments.get("against") else {
        return;
    };
    let (Some(earlier), Some(lines)) = (ask.earlier.get(name), kept.lines) else {
        return;
    };
    let fact = |path| earlier.facts.get(path);
    let (Some(Value::Text(url)), Some(Value::Set(here))) = (fact("url"), fact("objects.set"))
    else {
        return;
    };
    if lines.is_empty() {
        return;
    }
    let (base, here) = (Arc::clone(url), here.clone());
    let broken = match fact("manifests.broken_set") {
        Some(Value::Set(broken)) => broken.clone(),
        _ => TextSet::of([]),
    };
    let compare = move || Compared::of(&base, &here, &TextSet::of(lines), &broken);
    let compared = apart(compare).await;
    compared.publish(&mut notes.facts);
    if let Some(pack) = kept.pack {
        let store = match pack.finish() {
            Ok(store) => store,
            Err(error) => return notes.fail(FailureKind::Here, error.to_string()),
        };
        compare_payloads(ask, notes, earlier, url, store).await;
    }
}

/// Validates the snapshot at the time at which the rsync view was, and compares payloads.
async fn compare_payloads(
    ask: &Ask<'_>,
    notes: &mut Notes,
    earlier: &Observation,
    url: &str,
    store: Store,
) {
    let fact = |path| earlier.facts.get(path);
    let (Some(Value::Set(here)), Some(Value::Time(at))) =
        (fact("payloads.set"), fact("payloads.at"))
    else {
        return;
    };
    let Some(anchor) = capture::beside(ask, notes).await else {
        return;
    };
    let (url, here, at) = (url.to_owned(), here.clone(), *at);
    let compare = move || {
        let there = payloads::of_view(&anchor, &store, at);
        ComparedPayloads::of(&url, &here, &there)
    };
    let compared = apart(compare).await;
    compared.publish(&mut notes.facts);
}
