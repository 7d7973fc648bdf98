//! Archives in a folder of this machine.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{EVIDENCE, open_file};
use crate::transport::store::{Store, Stored};

/// Largest object that is read into memory, in octets; ours, above any judging.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;

/// Deepest folder of an archive that is looked into.
const MAX_DEPTH: usize = 12;

/// An archive in a folder of this machine.
#[derive(Clone, Debug)]
pub struct FolderStore(PathBuf);

impl FolderStore {
    /// Keeps objects below a folder, which is made when something is put.
    pub const fn at(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Returns where an object is; a path that leads out of the folder is refused.
    fn place(&self, path: &str) -> io::Result<PathBuf> {
        let inner = Path::new(path);
        let mut parts = inner.components();
        if parts.all(|part| matches!(part, std::path::Component::Normal(_))) {
            Ok(self.0.join(inner))
        } else {
            Err(io::Error::other(format!(
                "`{path}` is no path within an archive"
            )))
        }
    }

    /// Makes a place ready for a file, and returns where it is written first.
    fn beside(place: &Path) -> io::Result<PathBuf> {
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        Ok(place.with_file_name(format!(".{name}.unfinished")))
    }
}

impl Store for FolderStore {
    fn put(&self, path: &str, octets: &[u8]) -> io::Result<()> {
        let place = self.place(path)?;
        let unfinished = Self::beside(&place)?;
        std::fs::write(&unfinished, octets)?;
        std::fs::rename(unfinished, place)
    }

    fn put_file(&self, path: &str, file: &Path) -> io::Result<()> {
        let place = self.place(path)?;
        let unfinished = Self::beside(&place)?;
        if unfinished.exists() {
            std::fs::remove_file(&unfinished)?;
        }
        // Evidence is never written again, so that one copy of it is enough.
        let is_evidence = path.split('/').any(|part| part == EVIDENCE);
        if !is_evidence || std::fs::hard_link(file, &unfinished).is_err() {
            std::fs::copy(file, &unfinished)?;
        }
        std::fs::rename(unfinished, place)
    }

    fn get(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let place = self.place(path)?;
        let file = match open_file(&place) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut octets = Vec::new();
        file.take(LARGEST).read_to_end(&mut octets)?;
        Ok(Some(octets))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        match std::fs::remove_file(self.place(path)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn list(&self, prefix: &str) -> io::Result<Vec<Stored>> {
        let mut found = Vec::new();
        let mut folders = vec![(prefix.trim_end_matches('/').to_owned(), 0)];
        while let Some((inner, depth)) = folders.pop() {
            let entries = match std::fs::read_dir(self.place(&inner)?) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let path = format!("{inner}/{name}");
                let kind = entry.file_type()?;
                if kind.is_dir() && depth < MAX_DEPTH {
                    folders.push((path, depth + 1));
                } else if kind.is_file() && !name.ends_with(".unfinished") {
                    found.push(Stored {
                        path,
                        modified: entry.metadata()?.modified()?,
                    });
                }
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }
}
