//! The repositories as files, for programs that read them offline.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jiff::Timestamp;

use super::Repositories;
use super::plan::{host, path};

/// Writes repositories into a folder, which need not exist.
///
/// - `tals/<registry>.tal`: the trust anchor locators;
/// - `cache/<host>/<path>`: every object under its rsync URI, as FORT and, for all but trust
///   anchors, rpki-client want them;
/// - `cache/ta/<registry>/<file>`: the trust anchors' certificates again, as rpki-client wants them.
///
/// A file's modification time is the time it was signed at. Validators tidy their caches:
/// give each a copy.
///
/// # Errors
///
/// What the file system refuses, and `InvalidInput` for a URI that would lead out of the folder.
pub fn write_tree(repositories: &Repositories, folder: &Path) -> io::Result<()> {
    for (registry, rendered) in &repositories.anchors {
        let tal = folder.join("tals").join(format!("{registry}.tal"));
        write(&tal, rendered.tal.as_bytes(), None)?;
        let cache = folder.join("cache");
        for (uri, octets) in &rendered.objects {
            let time = rendered.times.get(uri).copied();
            write(&cache.join(place(uri)?), octets, time)?;
        }
        let uri = &rendered.certificate;
        let octets: &Bytes = rendered.objects.get(uri).ok_or_else(|| refuse(uri))?;
        let name = uri.rsplit('/').next().unwrap_or_default();
        let again = cache.join("ta").join(registry).join(name);
        write(&again, octets, rendered.times.get(uri).copied())?;
    }
    Ok(())
}

/// Writes a file that was signed at a time, and the folders above it.
pub(super) fn write(place: &Path, octets: &[u8], time: Option<Timestamp>) -> io::Result<()> {
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(place, octets)?;
    let seconds = time.and_then(|time| u64::try_from(time.as_second()).ok());
    if let Some(seconds) = seconds {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        File::options()
            .write(true)
            .open(place)?
            .set_modified(time)?;
    }
    Ok(())
}

/// Returns the path below the cache for an rsync URI: host, module and path.
pub(super) fn place(uri: &str) -> io::Result<PathBuf> {
    let whole = format!("{}{}", host(uri).unwrap_or_default(), path(uri));
    let place = PathBuf::from(whole);
    let inside = place
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if inside { Ok(place) } else { Err(refuse(uri)) }
}

fn refuse(uri: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("`{uri}` has no place below the folder"),
    )
}
