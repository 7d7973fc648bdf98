//! Files of a suite: which folder holds what, and reading them all.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

use super::embedded::{self, EMBEDDED, is_embedded};
use crate::fact::Digest;
use crate::yaml::{self, Diagnostic, Node, Source, Span};

/// Most files of a suite; ours, far above what people maintain.
const MOST_FILES: usize = 20_000;

/// Deepest folder below the suite.
const DEEPEST: usize = 6;

/// Most suites that extend one another; ours: one's own, a team's and the shipped one.
const MOST_SUITES: usize = 4;

/// What a file of the suite describes, by its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// `suite.yaml`.
    Suite,
    /// `registries/`.
    Registry,
    /// `targets/`.
    Target,
    /// `catalog/`.
    Catalog,
    /// `clauses/`.
    Clauses,
    /// `agreements/`.
    Agreement,
    /// `allowed/`.
    Allowed,
    /// `transfer-policy/`.
    TransferPolicy,
    /// `fragments/`.
    Fragment,
    /// `policies/`.
    Policy,
    /// `waivers/`.
    Waivers,
    /// `remarks/`.
    Remarks,
    /// `errata/`.
    Errata,
    /// `checklists/`.
    Checklist,
    /// `attestations/`.
    Attestations,
    /// `worlds/faults/`.
    Fault,
    /// `worlds/`, which the mock reads.
    World,
    /// Any other folder: scenarios of an area.
    Scenario,
}

impl FileKind {
    /// Returns the kind of a file by its path below the suite, such as `rdap/help.yaml`.
    pub fn of(path: &str) -> Self {
        let (folder, rest) = path.split_once('/').unwrap_or(("", path));
        match folder {
            "" if rest == "suite.yaml" => Self::Suite,
            "registries" => Self::Registry,
            "targets" => Self::Target,
            "catalog" => Self::Catalog,
            "clauses" => Self::Clauses,
            "agreements" => Self::Agreement,
            "allowed" => Self::Allowed,
            "transfer-policy" => Self::TransferPolicy,
            "fragments" => Self::Fragment,
            "policies" => Self::Policy,
            "waivers" => Self::Waivers,
            "remarks" => Self::Remarks,
            "errata" => Self::Errata,
            "checklists" => Self::Checklist,
            "attestations" => Self::Attestations,
            "worlds" if rest.starts_with("faults/") => Self::Fault,
            "worlds" => Self::World,
            _ => Self::Scenario,
        }
    }

    /// Says whether the file has a part in verdicts, so that its content is in the suite's digest.
    pub(super) const fn judges(self) -> bool {
        !matches!(self, Self::Fault | Self::World)
    }
}

/// A file of a suite with its tree, or with why it could not be read.
#[derive(Clone, Debug)]
pub struct SuiteFile {
    /// Path below the suite, with `/`.
    pub path: String,
    /// Name for messages, and the text; empty if it could not be read.
    pub source: Source,
    /// The tree.
    pub tree: Result<Node, Diagnostic>,
}

impl SuiteFile {
    /// Returns a file with its tree parsed.
    pub fn new(path: &str, name: &str, text: &str) -> Self {
        let source = Source::new(name, text);
        Self {
            path: path.to_owned(),
            tree: yaml::parse(&source),
            source,
        }
    }

    /// Reads a file.
    pub fn read(file: &Path, path: &str, name: &str) -> Self {
        Self::of(yaml::read_file(file, name), path)
    }

    /// Takes the octets of a file; `name` is how messages call it.
    pub fn from_octets(path: &str, name: &str, octets: &[u8]) -> Self {
        Self::of(yaml::parse_bytes(name, octets), path)
    }

    /// Takes what reading a file came to.
    fn of(read: Result<(Source, Node), Diagnostic>, path: &str) -> Self {
        let (source, tree) = match read {
            Ok((source, node)) => (source, Ok(node)),
            Err(problem) => (problem.source.clone(), Err(problem)),
        };
        Self {
            path: path.to_owned(),
            source,
            tree,
        }
    }

    /// Returns its name without folder and ending.
    pub(super) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".yaml").unwrap_or(name)
    }

    /// Returns what it describes.
    pub fn kind(&self) -> FileKind {
        FileKind::of(&self.path)
    }
}

/// Reads all YAML files of a suite, sorted by path within each folder.
///
/// A suite whose `suite.yaml` says `extends: PATH` has the files of that suite too; where
/// both have a file of the same path, its own stands.
///
/// # Errors
///
/// One [`Diagnostic`] if a folder cannot be listed, is too deep, or has too many files, or
/// if more than four suites extend one another. A file that cannot be read is no error
/// here; its [`SuiteFile::tree`] says why.
pub fn read_folder(folder: &Path) -> Result<Vec<SuiteFile>, Diagnostic> {
    Ok(parse(texts(folder)?))
}

/// A file of a suite that is not parsed yet.
#[derive(Debug)]
pub(super) struct Text {
    /// Path below the suite, with `/`.
    pub(super) path: String,
    /// Its text, or why there is none.
    pub(super) source: Result<Source, Diagnostic>,
}

/// Reads the texts of all YAML files of a suite, in the order of [`read_folder`].
///
/// # Errors
///
/// As [`read_folder`].
pub(super) fn texts(folder: &Path) -> Result<Vec<Text>, Diagnostic> {
    let mut files = Vec::new();
    let mut seen = BTreeSet::new();
    for folder in folders(folder)? {
        let more = read_one(&folder, &seen)?;
        seen.extend(more.iter().map(|f| f.path.clone()));
        files.extend(more);
    }
    Ok(files)
}

/// Parses texts, on as many threads as there are processors.
pub(super) fn parse(texts: Vec<Text>) -> Vec<SuiteFile> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = texts.len().div_ceil(threads.max(1)).max(1);
    let parsed = |text: &Text| {
        let source = text.source.clone();
        let read = source.and_then(|source| Ok((yaml::parse(&source)?, source)));
        SuiteFile::of(read.map(|(node, source)| (source, node)), &text.path)
    };
    let parts: Vec<Vec<SuiteFile>> = std::thread::scope(|scope| {
        let workers: Vec<_> = texts
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(parsed).collect()))
            .collect();
        // A file that is left out would make the suite another one without a word.
        let join = |worker: std::thread::ScopedJoinHandle<'_, _>| {
            worker.join().unwrap_or_else(|panic| resume_unwind(panic))
        };
        workers.into_iter().map(join).collect()
    });
    parts.into_iter().flatten().collect()
}

/// Reads a file of a suite: its own, or that of the nearest suite it extends that has it.
///
/// # Errors
///
/// As [`yaml::read_file`]; a file that is nowhere is missing in the suite's own folder.
pub fn open(folder: &Path, path: &str) -> Result<(Source, Node), Diagnostic> {
    let all = folders(folder).unwrap_or_default();
    let has = |folder: &&PathBuf| {
        if is_embedded(folder) {
            embedded::file(path).is_some()
        } else {
            folder.join(path).exists()
        }
    };
    let own = all.iter().find(has).map_or(folder, PathBuf::as_path);
    read_in(own, path, &format!("{}/{path}", place_of(own)))
}

/// Returns the paths of all YAML files right below a folder of a suite, such as `worlds/faults`, and
/// of that folder in the suites it extends.
///
/// # Errors
///
/// As [`read_folder`]; a folder that is not there has no files.
pub fn below(suite: &Path, folder: &str) -> Result<BTreeSet<String>, Diagnostic> {
    let mut paths = BTreeSet::new();
    let is_own = |path: &str| {
        let rest = path.strip_prefix(folder).and_then(|p| p.strip_prefix('/'));
        rest.is_some_and(|name| !name.contains('/') && name.ends_with(".yaml"))
    };
    for suite in folders(suite)? {
        if is_embedded(&suite) {
            let own = embedded::paths().filter(|p| is_own(p));
            paths.extend(own.map(str::to_owned));
            continue;
        }
        let entries = std::fs::read_dir(suite.join(folder)).into_iter().flatten();
        for entry in entries.flatten() {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if is_own(&path) {
                paths.insert(path);
            }
        }
    }
    Ok(paths)
}

/// Reads a file in one suite's folder.
fn read_in(folder: &Path, path: &str, name: &str) -> Result<(Source, Node), Diagnostic> {
    let source = text_in(folder, path, name)?;
    let node = yaml::parse(&source)?;
    Ok((source, node))
}

/// Reads the text of a file in one suite's folder.
fn text_in(folder: &Path, path: &str, name: &str) -> Result<Source, Diagnostic> {
    if !is_embedded(folder) {
        return yaml::read_text(&folder.join(path), name);
    }
    match embedded::file(path) {
        Some(octets) => yaml::decode(name, octets),
        None => {
            let source = Source::new(name, "");
            let message = "the embedded suite has no such file".to_owned();
            Err(Diagnostic::new(&source, Span::default(), message))
        }
    }
}

/// Returns a suite's folder as messages about its world name it.
fn place_of(folder: &Path) -> String {
    if is_embedded(folder) {
        embedded::ROOT.to_owned()
    } else {
        folder.to_string_lossy().into_owned()
    }
}

/// Returns the folders a suite is made of, its own first.
///
/// # Errors
///
/// One [`Diagnostic`] if a suite extends what is none, or too many extend one another.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let mut folders = vec![folder.to_owned()];
    while let Some(last) = folders.last() {
        let name = format!("{}/suite.yaml", name_of(last));
        let Ok((source, tree)) = read_in(last, "suite.yaml", &name) else {
            break;
        };
        let Some(node) = tree.get("extends") else {
            break;
        };
        let text = node.text().unwrap_or_default();
        let base = last.join(text);
        let base = if text == EMBEDDED && !base.is_dir() {
            PathBuf::from(EMBEDDED)
        } else {
            base
        };
        if !is_embedded(&base) && !base.join("suite.yaml").is_file() {
            let message = "there is no suite; expected the folder of one, relative to this file's, \
                           or `embedded`";
            return Err(Diagnostic::new(&source, node.span, message.to_owned()));
        }
        if folders.len() == MOST_SUITES {
            let message = format!("more than {MOST_SUITES} suites extend one another");
            return Err(Diagnostic::new(&source, node.span, message));
        }
        folders.push(base);
    }
    Ok(folders)
}

/// Returns the last component of a folder's path, for messages.
fn name_of(folder: &Path) -> String {
    if is_embedded(folder) {
        return embedded::ROOT.to_owned();
    }
    folder.file_name().map_or_else(
        || "scenarios".to_owned(),
        |n| n.to_string_lossy().into_owned(),
    )
}

/// Reads the texts of YAML files below one folder, but those of paths that were seen.
fn read_one(folder: &Path, seen: &BTreeSet<String>) -> Result<Vec<Text>, Diagnostic> {
    let root = name_of(folder);
    let mut paths = Vec::new();
    if is_embedded(folder) {
        paths.extend(embedded::paths().map(str::to_owned));
    } else {
        list(folder, "", 0, &mut paths).map_err(|reason| {
            let source = Source::new(&folder.to_string_lossy(), "");
            Diagnostic::new(&source, Span::default(), reason)
        })?;
    }
    paths.retain(|p| FileKind::of(p) != FileKind::World && !seen.contains(p));
    paths.sort();
    let read = |path: String| {
        let name = format!("{root}/{path}");
        let source = text_in(folder, &path, &name);
        Text { path, source }
    };
    Ok(paths.into_iter().map(read).collect())
}

fn list(folder: &Path, below: &str, depth: usize, paths: &mut Vec<String>) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("folders are nested deeper than {DEEPEST}"));
    }
    let entries = std::fs::read_dir(folder.join(below)).map_err(|e| {
        if e.kind() == std::io::ErrorKind::NotFound {
            "there is no such folder".to_owned()
        } else if e.kind() == std::io::ErrorKind::NotADirectory {
            "this is a file; expected the folder of a suite".to_owned()
        } else {
            format!("cannot list this folder: {e}")
        }
    })?;
    for entry in entries {
        let entry = entry.map_err(|e| format!("cannot list this folder: {e}"))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = if below.is_empty() {
            name.clone()
        } else {
            format!("{below}/{name}")
        };
        let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
        if is_folder && !name.ends_with(".yaml") {
            if path != "schema" {
                list(folder, &path, depth + 1, paths)?;
            }
        } else if name.ends_with(".yaml") || name.ends_with(".yml") {
            paths.push(path);
        }
        if paths.len() > MOST_FILES {
            return Err(format!("more than {MOST_FILES} files"));
        }
    }
    Ok(())
}

/// Returns the digest of all files that judge: names and contents, sorted by name.
pub(super) fn digest(files: &[SuiteFile]) -> Digest {
    let mut files: Vec<&SuiteFile> = files.iter().filter(|f| f.kind().judges()).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut list = String::new();
    for file in files {
        let digest = Digest::of(file.source.text.as_bytes());
        list.extend([digest.hex(), " ", &file.path, "\n"]);
    }
    Digest::of(list.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_say_what_files_are() {
        for (path, kind) in [
            ("suite.yaml", FileKind::Suite),
            ("rdap/help.yaml", FileKind::Scenario),
            ("catalog/rdap.yaml", FileKind::Catalog),
            ("worlds/five.yaml", FileKind::World),
            ("worlds/faults/x.yaml", FileKind::Fault),
        ] {
            assert_eq!(FileKind::of(path), kind, "{path}");
        }
    }

    /// Makes a suite of files in a fresh folder below the machine's one for passing things.
    fn suites(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("quintet-{name}-{}", std::process::id()));
        for (path, text) in files {
            let file = root.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        root
    }

    #[test]
    fn a_suite_that_extends_another_has_its_files_too_and_its_own_stand() {
        let root = suites(
            "extends",
            &[
                ("base/suite.yaml", "release: \"0.1\""),
                ("base/rdap/help.yaml", "a: 1"),
                ("base/policies/default.yaml", "b: 1"),
                ("base/worlds/five.yaml", "w: 1"),
                ("own/suite.yaml", "release: \"0.1\"\nextends: ../base"),
                ("own/policies/default.yaml", "b: 2"),
            ],
        );
        let files = read_folder(&root.join("own")).unwrap();
        let mut seen: Vec<(&str, &str)> = files
            .iter()
            .map(|f| (f.path.as_str(), f.source.name.as_ref()))
            .collect();
        seen.sort_unstable();
        assert_eq!(
            seen,
            [
                ("policies/default.yaml", "own/policies/default.yaml"),
                ("rdap/help.yaml", "base/rdap/help.yaml"),
                ("suite.yaml", "own/suite.yaml"),
            ]
        );
        let (source, _) = open(&root.join("own"), "worlds/five.yaml").unwrap();
        assert_eq!(source.text.as_ref(), "w: 1");
        let missing = open(&root.join("own"), "worlds/six.yaml").unwrap_err();
        assert_eq!(missing.message, "no such file");
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_suite_may_extend_the_one_that_the_program_carries() {
        let root = suites(
            "extends-embedded",
            &[
                ("own/suite.yaml", "release: \"0.1\"\nextends: embedded"),
                ("own/policies/default.yaml", "b: 2"),
                ("own/worlds/faults/mine.yaml", "f: 1"),
            ],
        );
        let own = root.join("own");
        let files = read_folder(&own).unwrap();
        let name = |path: &str| {
            let file = files.iter().find(|f| f.path == path);
            file.map(|f| f.source.name.to_string())
        };
        let of = |text: &str| Some(text.to_owned());
        assert_eq!(
            name("policies/default.yaml"),
            of("own/policies/default.yaml")
        );
        assert_eq!(name("rdap/help.yaml"), of("scenarios/rdap/help.yaml"));
        assert!(open(&own, "worlds/five.yaml").is_ok());
        let faults = below(&own, "worlds/faults").unwrap();
        assert!(faults.contains("worlds/faults/mine.yaml") && faults.len() > 100);
        // The embedded suite is the folder it was made of, octet by octet.
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"));
        let whole = digest(&read_folder(Path::new(EMBEDDED)).unwrap());
        assert_eq!(whole, digest(&read_folder(folder).unwrap()));
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn suites_in_a_circle_and_suites_that_are_none_are_refused_where_it_is_written() {
        let root = suites(
            "circle",
            &[
                ("one/suite.yaml", "release: \"0.1\"\nextends: ../two"),
                ("two/suite.yaml", "release: \"0.1\"\nextends: ../one"),
                ("three/suite.yaml", "release: \"0.1\"\nextends: ../four"),
            ],
        );
        let circle = read_folder(&root.join("one")).unwrap_err();
        assert!(circle.message.starts_with("more than 4 suites"), "{circle}");
        let none = read_folder(&root.join("three")).unwrap_err();
        assert!(none.message.starts_with("there is no suite"), "{none}");
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn the_digest_depends_on_names_and_contents_but_not_on_faults() {
        let file = |path: &str, text: &str| SuiteFile::new(path, path, text);
        let one = digest(&[file("a/x.yaml", "a: 1"), file("a/y.yaml", "b: 1")]);
        let swapped = digest(&[file("a/y.yaml", "b: 1"), file("a/x.yaml", "a: 1")]);
        let changed = digest(&[file("a/x.yaml", "a: 2"), file("a/y.yaml", "b: 1")]);
        let renamed = digest(&[file("a/z.yaml", "a: 1"), file("a/y.yaml", "b: 1")]);
        let fault = digest(&[
            file("a/x.yaml", "a: 1"),
            file("a/y.yaml", "b: 1"),
            file("worlds/faults/f.yaml", "f: 1"),
        ]);
        assert_eq!(one, swapped);
        assert_eq!(one, fault);
        assert!(one != changed && one != renamed);
    }
}
