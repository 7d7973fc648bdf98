//! Baselines on disk: read before a run is judged, and what a run leaves beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::shell::Shell;
use crate::audit::Audit;
use crate::fact::Digest;
use crate::plan::Plan;
use crate::verdict::DriftClass;
use crate::verdict::baseline::{self, Baseline, Baselines, Drift, Head, PENDING, SUFFIX};
use crate::yaml::{Diagnostic, Diagnostics, Source, Span};

/// The folder of baselines, beside that of the suite, where nothing else is said.
const FOLDER: &str = "snapshots";

/// Largest file of a baseline that is read, in octets; ours, a hundred times the largest value.
const LARGEST: u64 = 8 << 20;

/// Most files of baselines of one target.
const MOST_FILES: usize = 20_000;

/// Returns the folder of baselines: the one asked for, or `snapshots` beside the suite's folder.
pub fn folder(shell: &Shell, wanted: Option<&Path>) -> PathBuf {
    match wanted {
        Some(folder) => folder.to_owned(),
        None => shell
            .suite
            .parent()
            .map_or_else(|| PathBuf::from(FOLDER), |parent| parent.join(FOLDER)),
    }
}

/// Reads what was accepted on a target; nothing was where there is no folder of its name.
///
/// # Errors
///
/// Every mistake of every file.
pub fn read(folder: &Path, target: &str) -> Result<Baselines, Diagnostics> {
    let mut all = Baselines::none();
    let mut wrong = Vec::new();
    for file in files(&folder.join(target), SUFFIX).map_err(|one| Diagnostics(vec![one]))? {
        let path = format!("{target}/{}/{}{SUFFIX}", file.registry, file.scenario);
        match read_file(&file.path) {
            Ok((_, values, digest)) => {
                let own = Baseline {
                    path,
                    digest,
                    values,
                };
                all.insert(&file.registry, &file.scenario, own);
            }
            Err(problem) => wrong.push(problem),
        }
    }
    if wrong.is_empty() {
        Ok(all)
    } else {
        Err(Diagnostics(wrong))
    }
}

/// A file of a baseline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct File {
    /// The registry's folder.
    pub(super) registry: String,
    /// The scenario.
    pub(super) scenario: String,
    /// Where it is.
    pub(super) path: PathBuf,
}

/// Lists the files of a target's folder that end so, by registry and scenario.
pub(super) fn files(target: &Path, suffix: &str) -> Result<Vec<File>, Diagnostic> {
    let wrong = |path: &Path, why: String| {
        let source = Source::new(&path.to_string_lossy(), "");
        Diagnostic::new(&source, Span::default(), why)
    };
    let list = |folder: &Path| -> Result<Vec<PathBuf>, Diagnostic> {
        match std::fs::read_dir(folder) {
            Ok(entries) => entries
                .map(|entry| Ok(entry?.path()))
                .collect::<io::Result<Vec<PathBuf>>>()
                .map_err(|e| wrong(folder, format!("cannot list this folder: {e}"))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(wrong(folder, format!("cannot list this folder: {e}"))),
        }
    };
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned());
    let mut found = Vec::new();
    for registry in list(target)?.iter().filter(|path| path.is_dir()) {
        for path in list(registry)? {
            let Some(scenario) = name(&path).and_then(|n| Some(n.strip_suffix(suffix)?.to_owned()))
            else {
                continue;
            };
            found.push(File {
                registry: name(registry).unwrap_or_default(),
                scenario,
                path,
            });
            if found.len() > MOST_FILES {
                let why = format!("more than {MOST_FILES} files of baselines");
                return Err(wrong(target, why));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads one file: its head, its values and its digest.
pub(super) fn read_file(
    path: &Path,
) -> Result<(Head, BTreeMap<String, Value>, String), Diagnostic> {
    let wrong = |why: String| {
        let source = Source::new(&path.to_string_lossy(), "");
        Diagnostic::new(&source, Span::default(), why)
    };
    let size = std::fs::metadata(path).map(|m| m.len());
    if size.is_ok_and(|size| size > LARGEST) {
        return Err(wrong(format!(
            "baseline is larger than {} MiB",
            LARGEST >> 20
        )));
    }
    let octets = std::fs::read(path).map_err(|e| wrong(format!("cannot read this file: {e}")))?;
    let digest = Digest::of(&octets).as_str().to_owned();
    let text = String::from_utf8(octets).map_err(|_| wrong("file is not UTF-8".to_owned()))?;
    let (head, values) = baseline::read(&Source::new(&path.to_string_lossy(), &text))?;
    Ok((head, values, digest))
}

/// Returns the digests of the baselines that a plan has to do with, for `run.json`.
pub(super) fn digests(baselines: &Baselines, plan: &Plan) -> BTreeMap<String, String> {
    let is_planned = |registry: &str, scenario: &str| {
        plan.scenarios.iter().any(|planned| {
            *planned.scenario.id == *scenario && planned.instances.of(registry).is_some()
        })
    };
    let own = baselines.iter();
    let own = own.filter(|(registry, scenario, _)| is_planned(registry, scenario));
    own.map(|(_, _, file)| (format!("baseline:{}", file.path), file.digest.clone()))
        .collect()
}

/// The drifts of one file.
type Group<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Drift>>;

/// Sorts drifts by registry and scenario; those on which places of observation disagree are left out.
pub(super) fn grouped(drifts: &[Drift]) -> Group<'_> {
    let mut groups: Group<'_> = BTreeMap::new();
    for drift in drifts {
        let place = (drift.registry.as_str(), drift.scenario.as_str());
        groups.entry(place).or_default().push(drift);
    }
    for group in groups.values_mut() {
        let disputed: BTreeSet<&str> = group
            .iter()
            .filter(|a| {
                let others = group.iter().filter(|b| b.entry == a.entry);
                let mut apart = others.filter(|b| b.change != a.change || b.seen != a.seen);
                apart.next().is_some()
            })
            .map(|drift| drift.entry.as_str())
            .collect();
        group.retain(|drift| !disputed.contains(drift.entry.as_str()));
    }
    groups
}

/// Returns accepted values with what was seen in their place.
pub(super) fn renewed(accepted: Option<&Baseline>, drifts: &[&Drift]) -> BTreeMap<String, Value> {
    let mut values = accepted.map(|own| own.values.clone()).unwrap_or_default();
    for drift in drifts {
        match (drift.change, &drift.seen) {
            (DriftClass::Changed | DriftClass::New, Some(seen)) => {
                values.insert(drift.entry.clone(), seen.clone());
            }
            (DriftClass::Gone, _) => {
                values.remove(&drift.entry);
            }
            (DriftClass::Unchanged, _) | (DriftClass::Changed | DriftClass::New, None) => {}
        }
    }
    values
}

/// Returns the head of a file: what the values are of, and which run saw them.
pub(super) fn head(audit: &Audit, registry: &str, scenario: &str, drifts: &[&Drift]) -> Head {
    let run = &audit.run;
    let mut info = Map::new();
    let mut set = |key: &str, value: Value| {
        info.insert(key.to_owned(), value);
    };
    set("target", json!(run.target));
    set("registry", json!(registry));
    set("scenario", json!(scenario));
    set("release", json!(audit.release));
    set("suite", json!(audit.results.suite));
    set("run", json!(run.id));
    set("observed", json!(run.started));
    if !run.faults.is_empty() {
        set("faults", json!(run.faults));
    }
    Head {
        source: drifts
            .first()
            .map_or_else(String::new, |drift| drift.source.file.clone()),
        expression: format!("{scenario} at {registry} on {}", run.target),
        info,
    }
}

/// Leaves what a run saw beside the baselines from which it differs, for `quintet baseline review`
/// and `cargo insta review`; a file of an earlier run that is no longer true is removed.
///
/// Nothing is left where nothing was accepted yet. Returns how many files wait.
///
/// # Errors
///
/// What the machine says, with the file.
pub(super) fn leave(
    audit: &Audit,
    baselines: &Baselines,
    folder: &Path,
    bundle: &Path,
) -> Result<usize, (PathBuf, io::Error)> {
    let mut waiting = 0;
    for ((registry, scenario), drifts) in grouped(&audit.results.drifts) {
        let Some(accepted) = baselines.of(registry, scenario) else {
            continue;
        };
        let path = folder.join(format!("{}{PENDING}", accepted.path));
        let values = renewed(Some(accepted), &drifts);
        if values == accepted.values {
            let looked_at: BTreeSet<&str> = drifts.iter().map(|d| d.entry.as_str()).collect();
            let is_whole = accepted
                .values
                .keys()
                .all(|e| looked_at.contains(e.as_str()));
            if is_whole && path.is_file() {
                std::fs::remove_file(&path).map_err(|e| (path, e))?;
            }
            continue;
        }
        let mut head = head(audit, registry, scenario, &drifts);
        let mut behind = Map::new();
        for drift in drifts.iter().filter(|d| d.change != DriftClass::Unchanged) {
            let lines = drift.asked.iter().chain(&drift.evidence).cloned();
            behind.insert(drift.entry.clone(), lines.collect::<Vec<_>>().into());
        }
        let bundle = bundle.to_string_lossy();
        head.info.insert("bundle".to_owned(), json!(bundle));
        head.info.insert("evidence".to_owned(), behind.into());
        write(&path, &baseline::write(&head, &values)).map_err(|e| (path, e))?;
        waiting += 1;
    }
    Ok(waiting)
}

/// Writes a file under another name first: a reader never sees half of it.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)?;
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    let unfinished = folder.join(name);
    std::fs::write(&unfinished, text)?;
    std::fs::rename(unfinished, path)
}
