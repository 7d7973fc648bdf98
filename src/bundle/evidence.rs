//! Evidence: bodies by digest, small ones in packs, large ones in files of their own.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;

use super::pack::{Hash, LARGE, Packs, Record, hash_of, hash_of_hex};
use super::{BundleError, io, open_file};
use crate::fact::{Digest, Documents};
use crate::transport::{Body, Content};

/// Largest document that is loaded into memory, in octets; ours, above every limit of a target file.
const MAX_DOCUMENT: u64 = 512 * 1024 * 1024;

/// Name of the folder within the evidence into which large bodies are spooled.
const SPOOL: &str = "spool";

/// Bodies by digest, content-addressed, each kept once.
#[derive(Debug)]
pub struct Evidence {
    folder: PathBuf,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    bodies: HashMap<Hash, Place>,
    packs: Packs,
    /// Large files written since the last sync.
    unsynced: Vec<PathBuf>,
}

/// Where a body is.
#[derive(Clone, Copy, Debug)]
enum Place {
    Pack(Record),
    File,
}

impl Evidence {
    /// Opens the evidence of a bundle; a folder that is not there has none.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`].
    pub(super) fn open(folder: PathBuf) -> Result<Self, BundleError> {
        let mut state = State::default();
        let bodies = &mut state.bodies;
        state.packs = Packs::open(&folder, |hash, record| {
            bodies.entry(hash).or_insert(Place::Pack(record));
        })
        .map_err(io("read", &folder))?;
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => Some(entries),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(io("read", &folder)(error)),
        };
        for entry in entries.into_iter().flatten() {
            let entry = entry.map_err(io("read", &folder))?;
            if let Some(hash) = entry.file_name().to_str().and_then(hash_of_hex) {
                state.bodies.entry(hash).or_insert(Place::File);
            }
        }
        Ok(Self {
            folder,
            state: RwLock::new(state),
        })
    }

    /// Makes the evidence writable; what was spooled by a killed process is removed.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`].
    pub(super) fn reopen(&self) -> Result<(), BundleError> {
        let spool = self.spool();
        if spool.exists() {
            std::fs::remove_dir_all(&spool).map_err(io("remove", &spool))?;
        }
        std::fs::create_dir_all(&spool).map_err(io("write", &spool))?;
        self.write()
            .packs
            .reopen(&self.folder)
            .map_err(io("write", &self.folder))
    }

    /// Returns the folder into which large bodies are spooled.
    pub(super) fn spool(&self) -> PathBuf {
        self.folder.join(SPOOL)
    }

    /// Says whether a body is kept; an empty one always is.
    pub fn has(&self, digest: &Digest) -> bool {
        let Some(hash) = hash_of(digest) else {
            return false;
        };
        *digest == Digest::of(b"") || self.read().bodies.contains_key(&hash)
    }

    /// Keeps a body and returns when the machine has it; a body that is kept already, or is elsewhere, is left.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`].
    pub(super) fn keep(&self, body: &Body) -> Result<(), BundleError> {
        let Some(hash) = hash_of(&body.digest) else {
            return Ok(());
        };
        if body.bytes == 0 {
            return Ok(());
        }
        if self.read().bodies.contains_key(&hash) {
            return Ok(());
        }
        match &body.content {
            Content::Elsewhere => Ok(()),
            Content::Memory(octets) => self.keep_octets(&body.digest, octets),
            Content::File(path) if body.bytes < LARGE => {
                let octets = std::fs::read(path).map_err(io("read", path))?;
                self.pack(hash, &body.digest, &octets)
            }
            Content::File(path) => self.adopt(hash, &body.digest, path),
        }
    }

    /// Keeps octets under their digest, each once.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`].
    pub(super) fn keep_octets(&self, digest: &Digest, octets: &[u8]) -> Result<(), BundleError> {
        let Some(hash) = hash_of(digest) else {
            return Ok(());
        };
        if octets.is_empty() || self.read().bodies.contains_key(&hash) {
            return Ok(());
        }
        if u64::try_from(octets.len()).unwrap_or(u64::MAX) < LARGE {
            return self.pack(hash, digest, octets);
        }
        let path = self.spool().join(digest.hex());
        std::fs::write(&path, octets).map_err(io("write", &path))?;
        self.adopt(hash, digest, &path)
    }

    fn pack(&self, hash: Hash, digest: &Digest, octets: &[u8]) -> Result<(), BundleError> {
        let mut state = self.write();
        let record = state
            .packs
            .append(&self.folder, digest, octets)
            .map_err(io("write", &self.folder))?;
        state.bodies.insert(hash, Place::Pack(record));
        Ok(())
    }

    /// Gives a spooled file its place; its first name stays for the probe that reads it, until the spool is removed.
    fn adopt(&self, hash: Hash, digest: &Digest, spooled: &Path) -> Result<(), BundleError> {
        let path = self.folder.join(digest.hex());
        match std::fs::hard_link(spooled, &path) {
            Ok(()) => {}
            // Two connections got the same body.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(_) => {
                // A disk without links, or a spool on another one.
                let copy = self.spool().join(format!("{}.copy", digest.hex()));
                std::fs::copy(spooled, &copy).map_err(io("write", &copy))?;
                std::fs::rename(&copy, &path).map_err(io("write", &path))?;
            }
        }
        let mut state = self.write();
        state.bodies.insert(hash, Place::File);
        state.unsynced.push(path);
        Ok(())
    }

    /// Returns a body's octets where they are; `None` if they are not kept or not what the digest says.
    pub(super) fn content(&self, digest: &Digest) -> Option<Content> {
        if *digest == Digest::of(b"") {
            return Some(Content::Memory(Bytes::new()));
        }
        let hash = hash_of(digest)?;
        let place = self.read().bodies.get(&hash).copied()?;
        match place {
            Place::Pack(record) => {
                let octets = self.read().packs.read(record).ok()?;
                (Digest::of(&octets) == *digest).then(|| Content::Memory(octets.into()))
            }
            Place::File => {
                let path = self.folder.join(digest.hex());
                let (found, _) = super::seal::digest_of_file(&path).ok()?;
                (found == *digest).then_some(Content::File(path))
            }
        }
    }

    /// Returns a body's octets; `None` if they are not kept, too many, or not what the digest says.
    pub fn body(&self, digest: &Digest) -> Option<Bytes> {
        match self.content(digest)? {
            Content::Memory(octets) => Some(octets),
            Content::File(path) => {
                let file = open_file(&path).ok()?;
                read_at_most(file, MAX_DOCUMENT)
            }
            Content::Elsewhere => None,
        }
    }

    /// Copies all bodies into other evidence; a large one is linked where the disk can.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`].
    pub(super) fn copy_into(&self, other: &Self) -> Result<(), BundleError> {
        let mut all: Vec<Hash> = self.read().bodies.keys().copied().collect();
        // The same evidence makes the same packs.
        all.sort_unstable();
        for hash in all {
            let digest = Digest::from_hash(&hash);
            match self.content(&digest) {
                Some(Content::Memory(octets)) => other.keep_octets(&digest, &octets)?,
                Some(Content::File(path)) if !other.has(&digest) => {
                    other.adopt(hash, &digest, &path)?;
                }
                Some(Content::File(_) | Content::Elsewhere) | None => {}
            }
        }
        Ok(())
    }

    /// Hands what was written since the last time to the disk.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`].
    pub(super) fn sync(&self) -> Result<(), BundleError> {
        let (files, pack) = {
            let mut state = self.write();
            (std::mem::take(&mut state.unsynced), state.packs.handle())
        };
        for path in files {
            File::open(&path)
                .and_then(|f| f.sync_data())
                .map_err(io("sync", &path))?;
        }
        pack.map_or(Ok(()), |pack| pack.sync_data())
            .map_err(io("sync", &self.folder))
    }

    /// Writes the indexes and removes the spool: nothing more is kept.
    ///
    /// # Errors
    ///
    /// [`BundleError::Io`].
    pub(super) fn close(&self) -> Result<(), BundleError> {
        let spool = self.spool();
        if spool.exists() {
            std::fs::remove_dir_all(&spool).map_err(io("remove", &spool))?;
        }
        let state = self.read();
        let records = state.bodies.iter().filter_map(|(hash, place)| match place {
            Place::Pack(record) => Some((*hash, *record)),
            Place::File => None,
        });
        state
            .packs
            .write_indexes(&self.folder, records)
            .map_err(io("write", &self.folder))
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Documents for Evidence {
    fn load(&self, digest: &Digest) -> Option<Bytes> {
        self.body(digest)
    }
}

/// Reads to the end; `None` if that fails or there is more than `limit`.
fn read_at_most(reader: impl Read, limit: u64) -> Option<Bytes> {
    let mut octets = Vec::new();
    reader.take(limit + 1).read_to_end(&mut octets).ok()?;
    let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
    (length <= limit).then(|| octets.into())
}
