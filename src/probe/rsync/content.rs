//! What the objects of a fetched folder say of the service: manifests with their files, times, names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use jiff::Timestamp;

use super::super::notes::Notes;
use super::super::redirect;
use super::super::views::{line, parts};
use super::MOST_STRANGE;
use crate::fact::{Digest, Failure, FailureKind, TextSet, Value};
use crate::inspect::rpki::{Kind, Object};
use crate::inspect::rrdp::{Hash, digest};
use crate::transport::program::{EntryKind, Tree};

/// The objects of a folder, each read once.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// Everything by path.
    files: BTreeMap<String, Read>,
    manifests: usize,
    unreadable: usize,
    newest: Option<Timestamp>,
    /// Files that a manifest lists and that are not as it says.
    broken: Vec<String>,
    /// Folders of manifests of which not every file is as they say, with their slash.
    broken_folders: BTreeSet<String>,
    /// How many such manifests there are.
    broken_manifests: usize,
    /// Folders of more than one manifest.
    crowded: Vec<String>,
    /// Objects with another time than they say.
    odd_times: Vec<String>,
    /// Objects with another name than their key gives.
    odd_names: Vec<String>,
    /// Where little changes; path with its slash.
    quiet: Option<String>,
}

/// An object of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Read {
    hash: Hash,
    /// When its file was changed last.
    modified: Timestamp,
    /// `thisUpdate` of a manifest.
    this_update: Option<Timestamp>,
}

impl Objects {
    /// Reads every regular file of a tree.
    ///
    /// # Errors
    ///
    /// `here` if the tree cannot be read.
    pub(super) fn read(tree: &Tree) -> Result<Self, Failure> {
        let mut all = Self::default();
        let mut lists: Vec<(String, Vec<(String, Hash)>)> = Vec::new();
        // Manifests that list more than a CRL, by folder: of two keys of an authority in a key roll
        // one has nothing else (RFC 6489, section 2).
        let mut folders: BTreeMap<String, usize> = BTreeMap::new();
        for entry in tree.entries.iter().filter(|e| e.kind == EntryKind::File) {
            let octets = tree.read(entry).map_err(|error| Failure {
                kind: FailureKind::Here,
                detail: format!("reading the fetched tree: {error}"),
            })?;
            let mut read = Read {
                hash: digest(&octets),
                modified: entry.modified,
                this_update: None,
            };
            if let Some(kind) = Kind::of_file(&entry.path, &octets) {
                let told = Object::read(kind, &octets).told();
                if told.time.is_some_and(|time| time != entry.modified) {
                    all.odd_times.push(entry.path.clone());
                }
                if told.key.is_some_and(|key| !is_named(&entry.path, &key)) {
                    all.odd_names.push(entry.path.clone());
                }
                if let Some(listed) = told.manifest {
                    read.this_update = listed.this_update;
                    all.newest = all.newest.max(listed.this_update);
                    if listed.count > 1 {
                        *folders.entry(parts(&entry.path).0.to_owned()).or_default() += 1;
                    }
                    lists.push((entry.path.clone(), listed.files));
                } else if kind == Kind::Manifest {
                    all.unreadable += 1;
                }
            }
            all.files.insert(entry.path.clone(), read);
        }
        all.manifests = lists.len();
        folders.retain(|_, count| *count > 1);
        all.crowded = folders.into_keys().collect();
        all.relate(lists);
        Ok(all)
    }

    /// Holds manifests against the files beside them.
    fn relate(&mut self, lists: Vec<(String, Vec<(String, Hash)>)>) {
        for (path, files) in &lists {
            let (folder, _) = parts(path);
            let before = self.broken.len();
            for (name, hash) in files {
                let wrong = match self.files.get(&format!("{folder}{name}")) {
                    None => "is not there",
                    Some(read) if read.hash != *hash => "has other octets",
                    Some(_) => continue,
                };
                self.broken.push(format!("{folder}{name} {wrong}"));
            }
            if self.broken.len() > before {
                self.broken_manifests += 1;
                self.broken_folders.insert(folder.to_owned());
            }
        }
        let above: BTreeSet<&str> = self
            .files
            .keys()
            .map(|path| parts(parts(path).0.trim_end_matches('/')).0)
            .collect();
        let quiet = lists.iter().filter_map(|(path, _)| {
            let (folder, _) = parts(path);
            let time = self.files.get(path)?.this_update?;
            (!folder.is_empty() && !above.contains(folder)).then_some((time, folder))
        });
        self.quiet = quiet.min().map(|(_, folder)| folder.to_owned());
    }

    /// Publishes everything; `url` is where the folder was fetched from.
    pub(super) fn publish(&self, url: &str, notes: &mut Notes) {
        let facts = &mut notes.facts;
        let texts = |all: &[String]| {
            let first = all.iter().take(MOST_STRANGE);
            Value::Texts(first.map(|text| Arc::from(redirect::cut(text))).collect())
        };
        facts.set("manifests.count", Value::count(self.manifests));
        facts.set("manifests.unreadable", Value::count(self.unreadable));
        facts.set("manifests.broken", Value::count(self.broken_manifests));
        facts.set("manifests.broken_list", texts(&self.broken));
        facts.set("manifests.crowded_list", texts(&self.crowded));
        facts.set("manifests.crowded", Value::count(self.crowded.len()));
        facts.set("times.odd", Value::count(self.odd_times.len()));
        facts.set("times.odd_list", texts(&self.odd_times));
        facts.set("names.odd", Value::count(self.odd_names.len()));
        facts.set("names.odd_list", texts(&self.odd_names));
        let (state, times) = self.digests("");
        facts.set("state", Value::text(state.as_str()));
        facts.set("times.state", Value::text(times.as_str()));
        if let Some(quiet) = &self.quiet {
            let (state, times) = self.digests(quiet);
            let url = format!("{}/{quiet}", url.trim_end_matches('/'));
            facts.set("quiet.url", Value::text(url));
            facts.set("quiet.state", Value::text(state.as_str()));
            facts.set("quiet.times", Value::text(times.as_str()));
        }
        notes.set_some("manifests.newest", self.newest.map(Value::Time));
    }

    /// Returns all objects as a set of lines; `url` is where the folder was fetched from.
    pub(super) fn set(&self, url: &str) -> TextSet {
        let base = url.trim_end_matches('/');
        TextSet::of(
            self.files
                .iter()
                .map(|(path, read)| line(&format!("{base}/{path}"), &read.hash, read.this_update)),
        )
    }

    /// Returns the publication points of which not every file is as the manifest says, as URIs.
    pub(super) fn broken(&self, url: &str) -> TextSet {
        let base = url.trim_end_matches('/');
        TextSet::of(self.broken_folders.iter().map(|at| format!("{base}/{at}")))
    }

    /// Returns a SHA-256 over paths and hashes of what is below a folder, and one over paths and times.
    fn digests(&self, folder: &str) -> (Digest, Digest) {
        let (mut state, mut times) = (String::new(), String::new());
        for (path, read) in &self.files {
            if let Some(inside) = path.strip_prefix(folder) {
                let hash = HEXLOWER.encode(&read.hash);
                state.extend([inside, " ", hash.as_str(), "\n"]);
                let time = read.modified.as_second().to_string();
                times.extend([inside, " ", time.as_str(), "\n"]);
            }
        }
        (Digest::of(state.as_bytes()), Digest::of(times.as_bytes()))
    }
}

/// Says whether a file is named after a key: its identifier in Base64 for URLs, or in hex.
///
/// Source: RFC 6481, section 2.2.
fn is_named(path: &str, key: &[u8]) -> bool {
    let (_, name) = parts(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.trim_end_matches('=') == BASE64URL_NOPAD.encode(key)
        || stem.eq_ignore_ascii_case(&HEXLOWER.encode(key))
}
