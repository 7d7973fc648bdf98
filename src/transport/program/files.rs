//! Files that a program finds in its working folder.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Says what files there are.
pub trait Layout: fmt::Debug + Send + Sync {
    /// Writes them.
    ///
    /// # Errors
    ///
    /// What the machine says.
    fn write(&self, folder: &mut Writer) -> io::Result<()>;
}

/// What a program finds in its working folder, written only when it is run: a replay writes nothing.
///
/// It is made of what was asked before, so it is neither recorded nor compared.
#[derive(Clone, Debug, Default)]
pub struct Files(Option<Arc<dyn Layout>>);

impl Files {
    /// Wraps a layout.
    pub fn new(layout: impl Layout + 'static) -> Self {
        Self(Some(Arc::new(layout)))
    }

    /// Writes the files into an empty folder; does nothing without any.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let Some(layout) = &self.0 else {
            return Ok(());
        };
        layout.write(&mut Writer {
            root: folder.to_owned(),
            made: HashSet::new(),
        })
    }
}

impl PartialEq for Files {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Writes files below one folder, which every user can read who can enter it.
#[derive(Debug)]
pub struct Writer {
    root: PathBuf,
    made: HashSet<PathBuf>,
}

impl Writer {
    /// Writes a file and the folders above it; a file that is there is replaced.
    ///
    /// # Errors
    ///
    /// What the machine says; [`io::ErrorKind::InvalidInput`] for a path that leads elsewhere.
    pub fn file(&mut self, path: &str, octets: &[u8]) -> io::Result<()> {
        let path = Path::new(path);
        let mut parts = path.components();
        if !parts.all(|part| matches!(part, Component::Normal(_))) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if let Some(folder) = path.parent() {
            self.folder(folder)?;
        }
        let mut file = File::create(self.root.join(path))?;
        file.write_all(octets)?;
        file.set_permissions(Permissions::from_mode(0o644))
    }

    /// Makes a folder and those above it, in which any user who can enter them may write: some programs
    /// move or remove what they have read.
    ///
    /// # Errors
    ///
    /// As for files.
    pub fn folder(&mut self, path: &Path) -> io::Result<()> {
        if path.as_os_str().is_empty() || self.made.contains(path) {
            return Ok(());
        }
        if let Some(above) = path.parent() {
            self.folder(above)?;
        }
        let place = self.root.join(path);
        fs::create_dir(&place)?;
        fs::set_permissions(&place, Permissions::from_mode(0o777))?;
        self.made.insert(path.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Some(&'static [&'static str]);

    impl Layout for Some {
        fn write(&self, folder: &mut Writer) -> io::Result<()> {
            self.0.iter().try_for_each(|path| folder.file(path, b"x"))
        }
    }

    fn kind(paths: &'static [&'static str]) -> Option<io::ErrorKind> {
        static FOLDERS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = FOLDERS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("quintet-files-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        let written = Files::new(Some(paths)).write(&folder);
        fs::remove_dir_all(folder).unwrap();
        written.err().map(|error| error.kind())
    }

    #[test]
    fn no_path_leads_out_of_the_folder() {
        assert_eq!(kind(&["a", "b/c/d", "b/c/e", "a"]), None);
        for path in [&["../a"][..], &["a/../b"], &["/a"], &["a", "./b", "../c"]] {
            let seen = kind(path);
            assert_eq!(seen, Option::Some(io::ErrorKind::InvalidInput), "{path:?}");
        }
        assert_eq!(
            kind(&["a", "a/b"]),
            Option::Some(io::ErrorKind::AlreadyExists)
        );
        assert_eq!(
            kind(&["a/b", "a"]),
            Option::Some(io::ErrorKind::IsADirectory)
        );
    }
}
