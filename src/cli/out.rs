//! A folder that is filled beside the one that is asked for, and takes its place when it is whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::report::site::Sink;

/// Says why a folder is not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Occupied {
    /// It has something else.
    #[error("`{}` has files and is nothing of the kind; only what is of the same kind is replaced", .0.display())]
    Other(PathBuf),
    /// It cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The folder.
        path: PathBuf,
        /// What the machine said.
        #[source]
        source: io::Error,
    },
}

/// A folder that is being filled.
#[derive(Debug)]
pub(super) struct Folder {
    place: PathBuf,
    unfinished: PathBuf,
}

impl Folder {
    /// Begins to fill a folder that is not there, is empty, or has files of all these names, by which its kind is known.
    ///
    /// # Errors
    ///
    /// [`Occupied`].
    pub(super) fn open(place: &Path, marks: &[&str]) -> Result<Self, Occupied> {
        let wrong = |source| Occupied::Write {
            path: place.to_owned(),
            source,
        };
        let is_empty = match fs::read_dir(place) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(wrong(error)),
        };
        if !is_empty && !marks.iter().all(|mark| place.join(mark).is_file()) {
            return Err(Occupied::Other(place.to_owned()));
        }
        let folder = Self {
            unfinished: beside(place, "unfinished"),
            place: place.to_owned(),
        };
        remove(&folder.unfinished).map_err(wrong)?;
        fs::create_dir_all(&folder.unfinished).map_err(wrong)?;
        Ok(folder)
    }

    /// Returns where it is filled.
    pub(super) fn path(&self) -> &Path {
        &self.unfinished
    }

    /// Puts the whole folder where it was asked for.
    ///
    /// # Errors
    ///
    /// [`Occupied::Write`].
    pub(super) fn finish(self) -> Result<(), Occupied> {
        let former = beside(&self.place, "former");
        let swap = || {
            remove(&former)?;
            if self.place.exists() {
                fs::rename(&self.place, &former)?;
            }
            fs::rename(&self.unfinished, &self.place)?;
            remove(&former)
        };
        swap().map_err(|source| Occupied::Write {
            path: self.place.clone(),
            source,
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is not finished is nothing; once it was, there is nothing here any more.
        drop(remove(&self.unfinished));
    }
}

impl Sink for Folder {
    fn put(&self, path: &str, octets: &[u8]) -> io::Result<()> {
        let file = self.unfinished.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, octets)
    }
}

/// Returns a folder beside another: `.public.unfinished` beside `public`.
fn beside(place: &Path, word: &str) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    place.with_file_name(format!(".{name}.{word}"))
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
