//! Seals: `SHA256SUMS` in the format of sha256sum, and what is wrong with a bundle.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::read::Bundle;
use super::signature::{self, MAX_SIGNATURE, SIGNATURE, SigningKey};
use super::signers::Signers;
use super::{BundleError, EVENTS, EVIDENCE, EXPORT, JUDGEMENTS, RUN, SUMS, io, open_file};
use crate::fact::Digest;

/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 8;

/// Most files of a folder that is sealed or verified.
const MAX_FILES: usize = 2_000_000;

/// Largest `SHA256SUMS` that is read, in octets.
const MAX_SUMS: u64 = 512 * 1024 * 1024;

/// What was found by verifying a bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Whether the run ended before everything planned was observed; such a bundle has no seal.
    pub partial: bool,
    /// Number of files whose octets were compared with a seal.
    pub files: u64,
    /// Number of bodies whose octets were compared with their digest.
    pub bodies: u64,
    /// The seals, with the key that signed each.
    pub seals: Vec<Seal>,
    /// What is wrong, by path.
    pub problems: BTreeSet<Problem>,
}

impl Verification {
    /// Says whether nothing is wrong; a partial bundle may be intact.
    pub fn is_intact(&self) -> bool {
        self.problems.is_empty()
    }

    /// Asks for a signature of somebody on a list at every seal, and names who signed.
    pub fn ask_for(&mut self, signers: &Signers, now: Timestamp) {
        for seal in &mut self.seals {
            let Some(key) = &seal.signed_by else {
                // One that does not hold is told already.
                if !seal.has_signature {
                    self.problems.insert(Problem::Unsigned(seal.file.clone()));
                }
                continue;
            };
            match signers.who(key, now) {
                Ok(who) => seal.signer = Some(who.to_owned()),
                Err(why) => {
                    let why = format!("made by {} {}: {why}", key.kind, key.fingerprint());
                    let problem = Problem::Signature(seal.file.with_file_name(SIGNATURE), why);
                    self.problems.insert(problem);
                }
            }
        }
    }
}

/// A seal, and what is known of who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Path of the `SHA256SUMS`, relative to the bundle.
    pub file: PathBuf,
    /// Whether there is a signature beside it.
    pub has_signature: bool,
    /// The key whose signature of it holds; `None` without one.
    pub signed_by: Option<SigningKey>,
    /// Whose key that is; `None` before [`Verification::ask_for`], and if nobody on the list has it.
    pub signer: Option<String>,
}

/// Something that is wrong with a bundle; paths are relative to its folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// A file has other octets than were sealed.
    Changed(PathBuf),
    /// A file that was sealed is not there.
    Missing(PathBuf),
    /// A file that was not sealed is there.
    Extra(PathBuf),
    /// Neither a file nor a folder: a link, a socket.
    NotAFile(PathBuf),
    /// A line of a seal is not a digest and a name within the folder.
    Seal(PathBuf, u64),
    /// A run that ended, or a judging, has no seal.
    Unsealed(PathBuf),
    /// Something cannot be read as what it should be, in words.
    Unreadable(PathBuf, String),
    /// A body that an exchange names is not kept, or has other octets.
    Body(String),
    /// A signature does not hold, or nobody who may sign made it, in words.
    Signature(PathBuf, String),
    /// A seal has no signature, and one was asked for.
    Unsigned(PathBuf),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(path) => write!(f, "changed: `{}`", path.display()),
            Self::Missing(path) => write!(f, "missing: `{}`", path.display()),
            Self::Extra(path) => write!(f, "extra: `{}`", path.display()),
            Self::NotAFile(path) => write!(f, "neither file nor folder: `{}`", path.display()),
            Self::Seal(path, line) => write!(
                f,
                "`{}`:{line}: not a digest and a name within the folder",
                path.display()
            ),
            Self::Unsealed(path) => write!(f, "no seal: `{}`", path.display()),
            Self::Unreadable(path, why) => write!(f, "unreadable: `{}`: {why}", path.display()),
            Self::Body(digest) => write!(f, "body missing or changed: `{digest}`"),
            Self::Signature(path, why) => write!(f, "signature `{}`: {why}", path.display()),
            Self::Unsigned(path) => write!(f, "not signed: `{}`", path.display()),
        }
    }
}

/// Returns the digest and the size of a file.
///
/// # Errors
///
/// What the machine says.
pub(super) fn digest_of_file(path: &Path) -> std::io::Result<(Digest, u64)> {
    let mut file = open_file(path)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 128 * 1024];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((Digest::from_hash(context.finish().as_ref()), size));
        }
        size += u64::try_from(read).unwrap_or(u64::MAX);
        context.update(buffer.get(..read).unwrap_or_default());
    }
}

/// Seals a folder: writes the digests of all its files, those of judgings left out.
///
/// # Errors
///
/// [`BundleError::Io`].
pub fn seal(folder: &Path) -> Result<(), BundleError> {
    let files: Vec<PathBuf> = files_of(folder)?.files.into_iter().collect();
    let lines: Vec<Result<String, BundleError>> = files
        .par_iter()
        .map(|path| {
            let (digest, _) = digest_of_file(&folder.join(path)).map_err(io("read", path))?;
            Ok(format!("{}  {}\n", digest.hex(), path.to_string_lossy()))
        })
        .collect();
    let text = lines.into_iter().collect::<Result<String, _>>()?;
    let path = folder.join(SUMS);
    // A signature of other octets would be taken for a forgery.
    let signature = folder.join(SIGNATURE);
    if signature.exists() && std::fs::read(&path).is_ok_and(|old| old != text.as_bytes()) {
        std::fs::remove_file(&signature).map_err(io("remove", &signature))?;
    }
    write_whole(&path, text.as_bytes())
}

/// Returns the folders of a bundle that have a seal, relative to it: its own, then those of its judgings.
///
/// # Errors
///
/// [`BundleError::NoBundle`] without any seal, and [`BundleError::Io`].
pub fn seals(folder: &Path) -> Result<Vec<PathBuf>, BundleError> {
    let mut all = vec![PathBuf::new()];
    if let Ok(entries) = std::fs::read_dir(folder.join(JUDGEMENTS)) {
        for entry in entries {
            let entry = entry.map_err(io("read", folder.join(JUDGEMENTS)))?;
            all.push(Path::new(JUDGEMENTS).join(entry.file_name()));
        }
    }
    all.retain(|inner| folder.join(inner).join(SUMS).is_file());
    all.sort();
    if all.is_empty() {
        return Err(BundleError::NoBundle(folder.to_owned()));
    }
    Ok(all)
}

/// Writes the signature of a folder's seal beside it, after it was checked.
///
/// # Errors
///
/// [`BundleError::Signature`] if it does not hold, and [`BundleError::Io`].
pub fn sign(folder: &Path, sums: &[u8], armored: &[u8]) -> Result<SigningKey, BundleError> {
    let path = folder.join(SIGNATURE);
    let key = signature::check(sums, armored).map_err(|why| BundleError::Signature {
        path: path.clone(),
        why,
    })?;
    write_whole(&path, armored)?;
    Ok(key)
}

/// How a file stands beside the seal of its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// It has the octets that were sealed.
    Same,
    /// It has others.
    Changed,
    /// The folder has no seal, or the seal does not name the file.
    Not,
}

/// Compares the octets of a file with the seal of its folder.
///
/// # Errors
///
/// [`BundleError::Io`] if there is a seal that cannot be read.
pub fn sealed(folder: &Path, name: &str, octets: &[u8]) -> Result<Sealed, BundleError> {
    let path = folder.join(SUMS);
    if !path.exists() {
        return Ok(Sealed::Not);
    }
    let sums = read_sums(&path, Path::new(SUMS), &mut Verification::default())?;
    Ok(match sums.get(Path::new(name)) {
        None => Sealed::Not,
        Some(hex) if hex == Digest::of(octets).hex() => Sealed::Same,
        Some(_) => Sealed::Changed,
    })
}

/// Compares octets with what a seal says of a name.
pub fn sealed_by(sums: &[u8], name: &str, octets: &[u8]) -> Sealed {
    let sums = String::from_utf8_lossy(sums);
    let mut lines = sums.lines().filter_map(|line| line.split_once("  "));
    match lines.find(|(_, own)| *own == name) {
        None => Sealed::Not,
        Some((hex, _)) if hex == Digest::of(octets).hex() => Sealed::Same,
        Some(_) => Sealed::Changed,
    }
}

/// Writes a file so that it is there with all its octets or not at all.
///
/// # Errors
///
/// [`BundleError::Io`].
pub(super) fn write_whole(path: &Path, octets: &[u8]) -> Result<(), BundleError> {
    use std::io::Write;
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let mut file = File::create(&new).map_err(io("write", &new))?;
    file.write_all(octets).map_err(io("write", &new))?;
    file.sync_data().map_err(io("sync", &new))?;
    std::fs::rename(&new, path).map_err(io("write", path))
}

/// What a folder holds, by path relative to it.
#[derive(Debug, Default)]
struct Found {
    files: BTreeSet<PathBuf>,
    others: BTreeSet<PathBuf>,
}

/// Lists a folder, its seal and its judgings left out.
fn files_of(folder: &Path) -> Result<Found, BundleError> {
    let mut found = Found::default();
    let mut folders = vec![(PathBuf::new(), 0)];
    while let Some((inner, depth)) = folders.pop() {
        let full = folder.join(&inner);
        for entry in std::fs::read_dir(&full).map_err(io("read", &full))? {
            let entry = entry.map_err(io("read", &full))?;
            let path = inner.join(entry.file_name());
            let own = [SUMS, SIGNATURE, JUDGEMENTS];
            if depth == 0 && own.iter().any(|name| path.as_os_str() == *name) {
                continue;
            }
            let kind = entry.file_type().map_err(io("read", &full))?;
            if kind.is_dir() && depth < MAX_DEPTH {
                folders.push((path, depth + 1));
            } else if kind.is_file() {
                found.files.insert(path);
            } else {
                found.others.insert(path);
            }
            if found.files.len() + found.others.len() + folders.len() > MAX_FILES {
                return Err(BundleError::Limit {
                    path: folder.to_owned(),
                    what: "files",
                    limit: u64::try_from(MAX_FILES).unwrap_or(u64::MAX),
                });
            }
        }
    }
    Ok(found)
}

impl Bundle {
    /// Compares a bundle with its seals and its bodies with their digests.
    ///
    /// # Errors
    ///
    /// [`BundleError::NoBundle`] and [`BundleError::Io`]; what is wrong with the content is in the answer.
    pub fn verify(folder: &Path) -> Result<Verification, BundleError> {
        if !folder.join(RUN).exists() && !folder.join(SUMS).exists() {
            return Err(BundleError::NoBundle(folder.to_owned()));
        }
        let mut seen = Verification::default();
        let sealed = folder.join(SUMS).exists();
        // What was exported is files and their seal, nothing else.
        if sealed && folder.join(EXPORT).is_file() && !folder.join(RUN).exists() {
            verify_seal(folder, Path::new(""), &mut seen)?;
            return Ok(seen);
        }
        let content = verify_content(folder, &mut seen);
        if sealed {
            verify_seal(folder, Path::new(""), &mut seen)?;
        } else {
            if content == Some(true) {
                seen.problems.insert(Problem::Unsealed(PathBuf::from(SUMS)));
            }
            for path in files_of(folder)?.files {
                if !may_be_partial(&path) {
                    seen.problems.insert(Problem::Extra(path));
                }
            }
        }
        seen.partial = content == Some(false);
        verify_judgings(folder, &mut seen)?;
        Ok(seen)
    }
}

/// Reads everything and compares bodies with digests; says whether the run ended, `None` if that cannot be told.
fn verify_content(folder: &Path, seen: &mut Verification) -> Option<bool> {
    let mut wrong = |path: &str, error: &BundleError| {
        let mut why = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            why.push_str(": ");
            why.push_str(&inner.to_string());
            source = inner.source();
        }
        seen.problems
            .insert(Problem::Unreadable(PathBuf::from(path), why));
    };
    let bundle = match Bundle::open(folder) {
        Ok(bundle) => bundle,
        Err(error @ (BundleError::Record { .. } | BundleError::Format { .. })) => {
            wrong(RUN, &error);
            return None;
        }
        Err(error) => {
            wrong(EVENTS, &error);
            return None;
        }
    };
    for keys in bundle.journal.by_scenario.values() {
        for key in keys {
            if let Err(error) = bundle.observation(key) {
                wrong(EVENTS, &error);
            }
        }
    }
    match bundle.exchanges() {
        Ok(exchanges) => {
            let digests: BTreeSet<Digest> = exchanges
                .into_values()
                .filter_map(|exchange| Some(exchange.answer?.body()?.digest.clone()))
                .collect();
            for digest in digests {
                seen.bodies += 1;
                if bundle.evidence.content(&digest).is_none() {
                    seen.problems.insert(Problem::Body(digest.to_string()));
                }
            }
        }
        Err(error) => wrong(EVENTS, &error),
    }
    Some(!bundle.is_partial())
}

/// Says whether a file belongs to a bundle that is not sealed.
fn may_be_partial(path: &Path) -> bool {
    let mut parts = path.iter().map(|p| p.to_string_lossy());
    match (parts.next().as_deref(), parts.next()) {
        (Some(RUN | EVENTS), None) => true,
        (Some(EVIDENCE), Some(name)) => {
            name == "spool"
                || name.starts_with("pack-")
                || super::pack::hash_of_hex(&name).is_some()
        }
        _ => false,
    }
}

/// Compares a folder within the bundle with its seal.
fn verify_seal(bundle: &Path, inner: &Path, seen: &mut Verification) -> Result<(), BundleError> {
    let folder = bundle.join(inner);
    let sums = read_sums(&folder.join(SUMS), &inner.join(SUMS), seen)?;
    verify_signature(&folder, inner, seen)?;
    let found = files_of(&folder)?;
    for (path, digest) in &sums {
        let shown = inner.join(path);
        if found.others.contains(path) {
            continue;
        }
        if !found.files.contains(path) {
            seen.problems.insert(Problem::Missing(shown));
            continue;
        }
        let full = folder.join(path);
        let (actual, _) = digest_of_file(&full).map_err(io("read", &full))?;
        seen.files += 1;
        if actual.hex() != digest {
            seen.problems.insert(Problem::Changed(shown));
        }
    }
    for path in found.files {
        if !sums.contains_key(&path) {
            seen.problems.insert(Problem::Extra(inner.join(path)));
        }
    }
    for path in found.others {
        seen.problems.insert(Problem::NotAFile(inner.join(path)));
    }
    Ok(())
}

/// Checks the signature of a seal, if there is one.
fn verify_signature(
    folder: &Path,
    inner: &Path,
    seen: &mut Verification,
) -> Result<(), BundleError> {
    let mut seal = Seal {
        file: inner.join(SUMS),
        has_signature: false,
        signed_by: None,
        signer: None,
    };
    let path = folder.join(SIGNATURE);
    if std::fs::symlink_metadata(&path).is_ok() {
        seal.has_signature = true;
        let sums = std::fs::read(folder.join(SUMS)).map_err(io("read", folder.join(SUMS)))?;
        let mut armored = Vec::new();
        let most = u64::try_from(MAX_SIGNATURE).unwrap_or(u64::MAX);
        let read = open_file(&path).and_then(|f| f.take(most).read_to_end(&mut armored));
        let checked = match read {
            Ok(_) => signature::check(&sums, &armored),
            Err(error) => Err(error.to_string()),
        };
        match checked {
            Ok(key) => seal.signed_by = Some(key),
            Err(why) => {
                let problem = Problem::Signature(inner.join(SIGNATURE), why);
                seen.problems.insert(problem);
            }
        }
    }
    seen.seals.push(seal);
    Ok(())
}

/// Reads a seal: paths within the folder and hex digits.
fn read_sums(
    path: &Path,
    shown: &Path,
    seen: &mut Verification,
) -> Result<BTreeMap<PathBuf, String>, BundleError> {
    let mut text = Vec::new();
    open_file(path)
        .and_then(|f| f.take(MAX_SUMS).read_to_end(&mut text))
        .map_err(io("read", path))?;
    let text = String::from_utf8_lossy(&text);
    let mut sums = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let entry = line.split_once("  ").and_then(|(hex, name)| {
            super::pack::hash_of_hex(hex)?;
            let path = PathBuf::from(name);
            let plain = path
                .components()
                .all(|c| matches!(c, std::path::Component::Normal(_)));
            (plain && !name.is_empty() && !name.chars().any(char::is_control))
                .then(|| (path, hex.to_owned()))
        });
        match entry {
            Some((path, hex)) if !sums.contains_key(&path) => {
                sums.insert(path, hex);
            }
            _ => {
                seen.problems
                    .insert(Problem::Seal(shown.to_owned(), number));
            }
        }
    }
    Ok(sums)
}

/// Compares each judging with its seal.
fn verify_judgings(folder: &Path, seen: &mut Verification) -> Result<(), BundleError> {
    let judgings = folder.join(JUDGEMENTS);
    match std::fs::symlink_metadata(&judgings) {
        Err(_) => return Ok(()),
        Ok(meta) if !meta.is_dir() => {
            seen.problems
                .insert(Problem::NotAFile(PathBuf::from(JUDGEMENTS)));
            return Ok(());
        }
        Ok(_) => {}
    }
    for entry in std::fs::read_dir(&judgings).map_err(io("read", &judgings))? {
        let entry = entry.map_err(io("read", &judgings))?;
        let inner = Path::new(JUDGEMENTS).join(entry.file_name());
        let kind = entry.file_type().map_err(io("read", &judgings))?;
        if kind.is_file() {
            seen.problems.insert(Problem::Extra(inner));
        } else if !kind.is_dir() {
            seen.problems.insert(Problem::NotAFile(inner));
        } else if folder.join(&inner).join(SUMS).exists() {
            verify_seal(folder, &inner, seen)?;
        } else {
            seen.problems.insert(Problem::Unsealed(inner.join(SUMS)));
        }
    }
    Ok(())
}
