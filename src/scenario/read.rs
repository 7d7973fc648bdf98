//! From files to a suite: data first, then scenarios, then what only the whole shows.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::decode::{Decoder, Problems};
use super::editions::{Editions, editions};
use super::fields::{Fields as _, first_key};
use super::files::{FileKind, SuiteFile, Text, digest, parse, texts};
use super::fragment::{self, Fragment};
use super::keys::{Shape, Table};
use super::known::Known;
use super::lint;
use super::model::{Registry, Target};
use super::shelf::Shelf;
use super::suite::{
    Attestations, Correction, FaultNote, Policy, RegistryRemark, Suite, Waiver, sample_names,
};
use super::transfer_policy::TransferPolicy;
use super::{allowed, attested, transfer_policy};
use super::{data, document, fault_file, notes, registry_file, target};
use crate::fact::Digest;
use crate::registry::{PerRegistry, RegistryId};
use crate::yaml::{Diagnostic, Diagnostics, Node, Source, Span};

/// What was read, with everything that is wrong with it.
#[derive(Debug)]
pub struct Reading {
    /// The suite; what had mistakes is not in it.
    pub suite: Suite,
    /// Mistakes of all files, in the order of their places.
    pub errors: Diagnostics,
    /// What is allowed but not well done.
    pub warnings: Diagnostics,
}

impl Suite {
    /// Reads the suite in a folder.
    ///
    /// # Errors
    ///
    /// Every mistake of every file that judges, in the order of their places. Mistakes of
    /// faults change no verdict; `quintet lint` shows them.
    pub fn read(folder: &Path) -> Result<Arc<Self>, Diagnostics> {
        Self::read_with(folder, Vec::new())
    }

    /// Reads the suite in a folder, with files beside it that have no part in its digest.
    ///
    /// A process that reads the same files again is given what it read: parsing and checking them
    /// takes ten times as long as reading them.
    ///
    /// # Errors
    ///
    /// As [`Suite::read`], mistakes of the files beside it included.
    pub fn read_with(folder: &Path, beside: Vec<SuiteFile>) -> Result<Arc<Self>, Diagnostics> {
        let texts = texts(folder).map_err(|problem| Diagnostics(vec![problem]))?;
        let key = key_of(&texts, &beside);
        if let Some(known) = key.as_ref().and_then(|key| known(key)) {
            return Ok(known);
        }
        let mut files = parse(texts);
        let own = digest(&files);
        files.extend(beside);
        let mut reading = read(&files);
        reading.suite.digest = own;
        reading.errors.0.retain(|d| {
            let file = files.iter().find(|f| f.source.name == d.source.name);
            file.is_none_or(|f| f.kind().judges())
        });
        if !reading.errors.is_empty() {
            return Err(reading.errors);
        }
        let suite = Arc::new(reading.suite);
        if let Some(key) = key {
            let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= MOST_KEPT {
                kept.remove(0);
            }
            kept.push((key, Arc::clone(&suite)));
        }
        Ok(suite)
    }
}

/// Most suites that are kept; a process reads one, unless it is one of tests.
const MOST_KEPT: usize = 4;

/// The suites that were read last, each with what names and texts its files have.
static KEPT: Mutex<Vec<(Digest, Arc<Suite>)>> = Mutex::new(Vec::new());

/// Returns the suite of a key if it was read before.
fn known(key: &Digest) -> Option<Arc<Suite>> {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let found = kept.iter().find(|(known, _)| known == key);
    found.map(|(_, suite)| Arc::clone(suite))
}

/// Returns a digest of paths, names and texts; `None` if a file could not be read.
fn key_of(texts: &[Text], beside: &[SuiteFile]) -> Option<Digest> {
    let mut all = String::new();
    let mut add = |path: &str, source: &Source| {
        let digest = Digest::of(source.text.as_bytes());
        all.extend([digest.hex(), "\0", path, "\0", &source.name, "\0"]);
    };
    for text in texts {
        add(&text.path, text.source.as_ref().ok()?);
    }
    for file in beside {
        file.tree.as_ref().ok()?;
        add(&file.path, &file.source);
    }
    Some(Digest::of(all.as_bytes()))
}

/// Reads a suite out of files at hand.
pub fn read(files: &[SuiteFile]) -> Reading {
    let problems = Problems::default();
    let mut reader = Reader {
        files,
        problems: &problems,
    };
    let suite = reader.suite();
    let (errors, warnings) = problems.into_parts();
    Reading {
        suite,
        errors,
        warnings,
    }
}

struct Reader<'a> {
    files: &'a [SuiteFile],
    problems: &'a Problems,
}

impl<'a> Reader<'a> {
    fn suite(&mut self) -> Suite {
        for file in self.files {
            if let Err(problem) = &file.tree {
                self.problems.error(problem.clone());
            } else if file.path.ends_with(".yml") {
                let message = "file ends with `.yml`; expected `.yaml`";
                self.problems
                    .error(Diagnostic::new(&file.source, Span::default(), message));
            }
        }
        let registries = self.registries();
        let ids: Vec<RegistryId> = registries.ids().cloned().collect();
        let mut shelf = self.shelf(ids);
        let fragments = self.fragments();
        let targets = self.targets(&shelf.registries);
        shelf.samples = sample_names(&registries, &targets);
        let policies = self.policies();
        let mut broken = shelf.broken.clone();
        broken.others = !self.is_parsed(FileKind::Scenario) || !self.is_parsed(FileKind::Fragment);
        let scenarios: Vec<_> = self
            .trees(FileKind::Scenario)
            .filter_map(|(decoder, node, _)| {
                document::decode(decoder, node, &shelf, &fragments, &mut broken)
            })
            .map(Arc::new)
            .collect();
        let mut suite = Suite {
            digest: digest(self.files),
            editions: Editions::default(),
            release: self.release(),
            scenarios,
            catalog: shelf.catalog.clone(),
            clauses: shelf.clauses.clone(),
            agreements: shelf.agreements.clone(),
            allowed: self.each(FileKind::Allowed, &allowed::ALLOWED, allowed::decode, |a| {
                a.id.clone()
            }),
            transfer_policies: self.transfer_policies(&shelf, &targets),
            registries,
            targets,
            policies,
            waivers: Vec::new(),
            remarks: Vec::new(),
            errata: Vec::new(),
            checklists: shelf.checklists.clone(),
            attestations: Vec::new(),
            faults: Vec::new(),
        };
        suite.scenarios.sort_by(|a, b| a.id.cmp(&b.id));
        suite.editions = editions(self.files, &suite);
        let mut known = Known::of(&suite);
        known.broken = broken;
        suite.waivers = self.waivers(&suite, &known, &shelf);
        suite.remarks = self.remarks(&suite, &known, &shelf);
        suite.errata = self.errata(&shelf);
        suite.attestations = self.attestations(&suite, &known, &shelf);
        suite.faults = self.faults(&known, &shelf);
        lint::suite(self.files, self.problems, &suite, &shelf, &fragments);
        suite
    }

    /// Says whether all files of a kind could be parsed.
    fn is_parsed(&self, kind: FileKind) -> bool {
        let mut files = self.files.iter().filter(|f| f.kind() == kind);
        files.all(|f| f.tree.is_ok())
    }

    /// Iterates over the files of a kind that could be parsed.
    fn trees(
        &self,
        kind: FileKind,
    ) -> impl Iterator<Item = (Decoder<'a>, &'a Node, &'a SuiteFile)> + use<'a> {
        let problems = self.problems;
        self.files
            .iter()
            .filter(move |f| f.kind() == kind)
            .filter_map(move |f| {
                let node = f.tree.as_ref().ok()?;
                Some((Decoder::new(&f.source, problems), node, f))
            })
    }

    /// Reads the files of a kind that have an id each, and reports ids that stand twice.
    fn each<T>(
        &self,
        kind: FileKind,
        table: &'static Table,
        read: impl Fn(Decoder<'a>, &'a Node) -> Option<T>,
        id: impl Fn(&T) -> String,
    ) -> BTreeMap<String, T> {
        let mut all = BTreeMap::new();
        for (decoder, node, file) in self.trees(kind) {
            decoder.check(node, &Shape::Record(table));
            let Some(value) = read(decoder, node) else {
                continue;
            };
            let id = id(&value);
            named_after(decoder, node, file, table, &id);
            if all.insert(id.clone(), value).is_some() {
                decoder.error(
                    first_key(node),
                    format!("{} `{id}` is described twice", table.name),
                );
            }
        }
        all
    }

    fn registries(&self) -> PerRegistry<Registry> {
        let all = self.each(
            FileKind::Registry,
            &registry_file::REGISTRY,
            registry_file::decode,
            |r| r.id.to_string(),
        );
        all.into_values().map(|r| (r.id.clone(), r)).collect()
    }

    fn shelf(&self, registries: Vec<RegistryId>) -> Shelf {
        let mut shelf = Shelf {
            registries,
            whole: [FileKind::Catalog, FileKind::Clauses, FileKind::Agreement]
                .into_iter()
                .all(|kind| self.is_parsed(kind)),
            ..Shelf::default()
        };
        shelf.clauses.documents =
            self.each(FileKind::Clauses, &data::CLAUSES, data::document, |d| {
                d.id.clone()
            });
        shelf.agreements = self.each(
            FileKind::Agreement,
            &data::AGREEMENT,
            |decoder, node| data::agreement(decoder, node, &shelf.registries),
            |a| a.id.clone(),
        );
        shelf.checklists = self.each(
            FileKind::Checklist,
            &attested::CHECKLIST,
            attested::checklist,
            |c| c.id.clone(),
        );
        for (decoder, node, _) in self.trees(FileKind::Catalog) {
            decoder.check(node, &Shape::Record(&data::CATALOG));
            for item in node.nodes_at("entries") {
                let Some(entry) = data::entry(decoder, item) else {
                    shelf
                        .broken
                        .ids
                        .extend(item.text_at("id").map(str::to_owned));
                    continue;
                };
                let (id, place) = (Arc::clone(&entry.id), entry.place.clone());
                if let Some(other) = shelf.catalog.entries.insert(Arc::clone(&id), entry) {
                    let span = lint::span_of(decoder.source, &place);
                    decoder.error(
                        span,
                        format!(
                            "catalogue id `{id}` stands twice; the other is at {}:{}",
                            other.place.file, other.place.line
                        ),
                    );
                }
            }
        }
        shelf
    }

    fn fragments(&self) -> Vec<Fragment> {
        self.trees(FileKind::Fragment)
            .filter_map(|(decoder, node, file)| {
                fragment::decode(decoder, &file.source, node.clone())
            })
            .collect()
    }

    fn targets(&self, registries: &[RegistryId]) -> BTreeMap<String, Target> {
        self.each(
            FileKind::Target,
            &target::TARGET,
            |decoder, node| target::decode(decoder, node, registries),
            |t| t.name.to_string(),
        )
    }

    fn policies(&self) -> BTreeMap<String, Policy> {
        let mut all = self.each(FileKind::Policy, &data::POLICY, data::policy, |p| {
            p.name.clone()
        });
        all.entry("default".to_owned()).or_default();
        all
    }

    fn transfer_policies(
        &self,
        shelf: &Shelf,
        targets: &BTreeMap<String, Target>,
    ) -> BTreeMap<String, TransferPolicy> {
        let targets: Vec<&str> = targets.keys().map(String::as_str).collect();
        let all = self.each(
            FileKind::TransferPolicy,
            &transfer_policy::TRANSFER_POLICY,
            |decoder, node| transfer_policy::decode(decoder, node, &shelf.registries, &targets),
            |policy| policy.id.clone(),
        );
        for (decoder, node, _) in self.trees(FileKind::TransferPolicy) {
            transfer_policy::check_targets(decoder, node, &all);
        }
        all
    }

    fn release(&self) -> String {
        let mut release = String::new();
        for (decoder, node, _) in self.trees(FileKind::Suite) {
            decoder.check(node, &Shape::Record(&data::SUITE));
            release = node.string_at("release");
        }
        if !self.files.iter().any(|f| f.kind() == FileKind::Suite) {
            let name = self
                .files
                .first()
                .and_then(|f| f.source.name.strip_suffix(&f.path))
                .unwrap_or_default();
            let source = Source::new(&format!("{name}suite.yaml"), "");
            let message = "there is no such file; expected one with `release`";
            self.problems
                .error(Diagnostic::new(&source, Span::default(), message));
        }
        release
    }

    fn waivers(&self, suite: &Suite, known: &Known, shelf: &Shelf) -> Vec<Waiver> {
        let mut waivers = Vec::new();
        for (decoder, node, file) in self.trees(FileKind::Waivers) {
            decoder.check(node, &Shape::Record(&data::WAIVERS));
            let owner = shelf
                .registries
                .iter()
                .find(|id| id.as_str() == file.stem());
            for item in node.nodes_at("waivers") {
                lint::waiver(decoder, item, owner, known, suite);
            }
            waivers.extend(data::waivers(decoder, node, owner, &shelf.registries));
        }
        waivers
    }

    fn remarks(&self, suite: &Suite, known: &Known, shelf: &Shelf) -> Vec<RegistryRemark> {
        let targets: Vec<&str> = suite.targets.keys().map(String::as_str).collect();
        let mut all = Vec::new();
        for (decoder, node, file) in self.trees(FileKind::Remarks) {
            decoder.check(node, &Shape::Record(&notes::REMARKS));
            let registries = &shelf.registries;
            all.extend(notes::remarks(
                decoder, node, file, registries, &targets, known,
            ));
        }
        all
    }

    fn errata(&self, shelf: &Shelf) -> Vec<Correction> {
        let mut all = Vec::new();
        for (decoder, node, _) in self.trees(FileKind::Errata) {
            decoder.check(node, &Shape::Record(&notes::ERRATA));
            all.extend(notes::errata(decoder, node, &shelf.registries));
        }
        all
    }

    /// Reads attestations, and reports what checklists name and no scenario has.
    fn attestations(&self, suite: &Suite, known: &Known, shelf: &Shelf) -> Vec<Attestations> {
        for (decoder, node, _) in self.trees(FileKind::Checklist) {
            attested::check_ids(decoder, node, known);
        }
        let targets: Vec<&str> = suite.targets.keys().map(String::as_str).collect();
        let lists = &shelf.checklists;
        let mut all: Vec<Attestations> = Vec::new();
        for (decoder, node, file) in self.trees(FileKind::Attestations) {
            decoder.check(node, &Shape::Record(&attested::ATTESTATIONS));
            let registries = &shelf.registries;
            let read = attested::attestations(decoder, node, file, lists, registries, &targets);
            let Some(one) = read else {
                continue;
            };
            attested::check_twice(decoder, node, &one, &all);
            all.push(one);
        }
        all
    }

    fn faults(&self, known: &Known, shelf: &Shelf) -> Vec<FaultNote> {
        let mut faults = Vec::new();
        for (decoder, node, file) in self.trees(FileKind::Fault) {
            if let Some(fault) = fault_file::fault(decoder, node, &shelf.registries) {
                named_after(decoder, node, file, &fault_file::FAULT, &fault.name);
                lint::fault(decoder, node, known);
                faults.push(fault);
            }
        }
        faults.sort_by(|a, b| a.name.cmp(&b.name));
        faults
    }
}

/// Reports an id that is not the name of its file, by which it is found.
fn named_after(decoder: Decoder<'_>, node: &Node, file: &SuiteFile, table: &Table, id: &str) {
    if file.stem() != id {
        let first = table.keys.first().map_or("", |k| k.name);
        let span = node.at(first).map_or(node.span, |n| n.span);
        decoder.error(
            span,
            format!("`{id}` stands in a file with another name; expected `{id}.yaml`"),
        );
    }
}
