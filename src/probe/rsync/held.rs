//! What a fetched folder consists of: files by kind, links, devices, executables.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::notes::Notes;
use super::super::redirect;
use super::super::rrdp::{by_extension, count};
use super::{MOST_STRANGE, MUNGED};
use crate::fact::Value;
use crate::inspect::rrdp::{Amount, Extension, RsyncUri};
use crate::transport::program::{EntryKind, Tree};

/// What a fetched tree holds.
#[derive(Debug, Default)]
pub(super) struct Held {
    all: Amount,
    largest: u64,
    extensions: BTreeMap<Extension, Amount>,
    newest: Option<jiff::Timestamp>,
    oldest: Option<jiff::Timestamp>,
    folders: usize,
    links: usize,
    others: usize,
    executables: usize,
    strange: Vec<Arc<str>>,
}

impl Held {
    pub(super) fn read(tree: &Tree, folder: &str) -> Self {
        let mut held = Self::default();
        for entry in &tree.entries {
            let mut strange = None;
            match entry.kind {
                EntryKind::Folder => held.folders += 1,
                EntryKind::Other => held.others += 1,
                EntryKind::Link => {
                    held.links += 1;
                    let target = entry.target.strip_prefix(MUNGED);
                    let target = target.unwrap_or(&entry.target);
                    strange = Some(format!("{} -> {target}", entry.path));
                }
                EntryKind::File => {
                    held.all.add(entry.length);
                    held.largest = held.largest.max(entry.length);
                    held.newest = held.newest.max(Some(entry.modified));
                    held.oldest = Some(held.oldest.unwrap_or(entry.modified).min(entry.modified));
                    let uri = format!("rsync://h/{}/{}", folder.trim_end_matches('/'), entry.path);
                    let extension = RsyncUri::read(&uri).ok().and_then(|uri| uri.extension());
                    if let Some(extension) = extension
                        && (held.extensions.len() < 64 || held.extensions.contains_key(&extension))
                    {
                        held.extensions
                            .entry(extension)
                            .or_default()
                            .add(entry.length);
                    }
                    if entry.mode & 0o111 != 0 {
                        held.executables += 1;
                        strange = Some(entry.path.clone());
                    }
                }
            }
            if let Some(strange) = strange.filter(|_| held.strange.len() < MOST_STRANGE) {
                held.strange.push(Arc::from(redirect::cut(&strange)));
            }
        }
        held
    }

    pub(super) fn publish(self, notes: &mut Notes, devices: usize) {
        let facts = &mut notes.facts;
        facts.set("objects.count", count(self.all.count));
        facts.set("objects.bytes", Value::Bytes(self.all.bytes));
        facts.set("objects.largest", Value::Bytes(self.largest));
        facts.set("objects.by_extension", by_extension(&self.extensions));
        facts.set("folders", Value::count(self.folders));
        facts.set("links", Value::count(self.links));
        facts.set("devices", Value::count(devices.saturating_add(self.others)));
        facts.set("executables", Value::count(self.executables));
        facts.set("strange", Value::Texts(self.strange));
        notes.set_some("objects.newest", self.newest.map(Value::Time));
        notes.set_some("objects.oldest", self.oldest.map(Value::Time));
    }
}
