//! Packs: many small bodies in one append-only file.
//!
//! A record is a line `sha256:<64 hex digits> <length>`, the octets, and a line
//! feed. Records describe themselves: the index beside a pack only saves reading
//! it, and a torn record at the end of a pack is left where it is.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::open_file;
use crate::fact::Digest;

/// Bodies of this size and larger get a file of their own, in octets; ours, from the
/// measured cost of a file (46 µs and an inode).
pub(super) const LARGE: u64 = 64 * 1024;

/// A pack is closed when it is larger than this, in octets; ours, so that copies stay handy.
const FULL: u64 = 256 * 1024 * 1024;

/// Most packs that are read from one bundle.
const MAX_PACKS: u32 = 99_999;

/// Most records of all packs that are read from one bundle.
const MAX_RECORDS: usize = 50_000_000;

/// Longest header of a record, in octets: `sha256:`, 64 digits, space, 10 digits, line feed.
const MAX_HEADER: u64 = 7 + 64 + 1 + 10 + 1;

/// First word of an index.
const INDEX: &str = "quintet-pack-index-1";

/// The 32 octets of a SHA-256.
pub(super) type Hash = [u8; 32];

/// Returns the octets of a digest; `None` if it is not `sha256:` and 64 lower-case hex digits.
pub(super) fn hash_of(digest: &Digest) -> Option<Hash> {
    hash_of_hex(digest.as_str().strip_prefix("sha256:")?)
}

/// Returns the octets for 64 lower-case hex digits; `None` for anything else.
pub(super) fn hash_of_hex(hex: &str) -> Option<Hash> {
    let octets = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?;
    Hash::try_from(octets).ok()
}

/// Where the octets of a record are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Number of the pack, from 1.
    pub(super) pack: u32,
    /// First octet of the body.
    pub(super) offset: u64,
    /// Number of octets.
    pub(super) length: u32,
}

/// Returns the path of a pack.
pub(super) fn path_of(folder: &Path, pack: u32) -> PathBuf {
    folder.join(format!("pack-{pack:05}"))
}

/// Returns the path of a pack's index.
fn index_of(folder: &Path, pack: u32) -> PathBuf {
    folder.join(format!("pack-{pack:05}.index"))
}

/// The packs of a folder, for reading and appending.
#[derive(Debug, Default)]
pub(super) struct Packs {
    files: Vec<File>,
    /// Length of the last pack's whole records.
    end: u64,
    /// Whether the last pack goes on behind `end`.
    torn: bool,
}

impl Packs {
    /// Reads which records a folder has and tells `found` of each.
    ///
    /// # Errors
    ///
    /// What the machine says; packs that hold something else end where that begins.
    pub(super) fn open(
        folder: &Path,
        mut found: impl FnMut(Hash, Record),
    ) -> std::io::Result<Self> {
        let mut packs = Self::default();
        let mut records = 0;
        for pack in 1..=MAX_PACKS {
            let file = match open_file(&path_of(folder, pack)) {
                Ok(file) => file,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
                Err(error) => return Err(error),
            };
            let length = file.metadata()?.len();
            let mut keep = |hash, record| {
                records += 1;
                if records <= MAX_RECORDS {
                    found(hash, record);
                }
            };
            packs.end = match read_index(&index_of(folder, pack), pack, length, &mut keep) {
                Some(()) => length,
                None => scan(&file, pack, length, &mut keep)?,
            };
            packs.torn = packs.end < length;
            packs.files.push(file);
        }
        Ok(packs)
    }

    /// Appends a body with one write and returns where it is.
    ///
    /// # Errors
    ///
    /// What the machine says; then the pack may end with a torn record.
    pub(super) fn append(
        &mut self,
        folder: &Path,
        digest: &Digest,
        octets: &[u8],
    ) -> std::io::Result<Record> {
        if self.files.is_empty() || self.torn || self.end >= FULL {
            let pack = u32::try_from(self.files.len() + 1).unwrap_or(u32::MAX);
            let file = OpenOptions::new()
                .read(true)
                .append(true)
                .create_new(true)
                .open(path_of(folder, pack))?;
            self.files.push(file);
            (self.end, self.torn) = (0, false);
        }
        let pack = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        let length = u32::try_from(octets.len()).map_err(std::io::Error::other)?;
        let header = format!("{digest} {length}\n");
        let mut record = Vec::with_capacity(header.len() + octets.len() + 1);
        record.extend_from_slice(header.as_bytes());
        record.extend_from_slice(octets);
        record.push(b'\n');
        // The file may have been opened for reading by `open`; the first append opens it again.
        let Some(file) = self.files.last_mut() else {
            return Err(std::io::Error::other("no pack"));
        };
        if let Err(error) = file.write_all(&record) {
            self.torn = true;
            return Err(error);
        }
        let offset = self.end + u64::try_from(header.len()).unwrap_or(u64::MAX);
        self.end += u64::try_from(record.len()).unwrap_or(u64::MAX);
        Ok(Record {
            pack,
            offset,
            length,
        })
    }

    /// Makes the last pack writable, or leaves it for a new one if it is torn.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub(super) fn reopen(&mut self, folder: &Path) -> std::io::Result<()> {
        let pack = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        if let Some(last) = self.files.last_mut()
            && !self.torn
        {
            *last = OpenOptions::new()
                .read(true)
                .append(true)
                .open(path_of(folder, pack))?;
        }
        Ok(())
    }

    /// Reads a record; its digest is checked by the caller.
    ///
    /// # Errors
    ///
    /// What the machine says, or that there is no such pack.
    pub(super) fn read(&self, record: Record) -> std::io::Result<Vec<u8>> {
        let index = usize::try_from(record.pack).unwrap_or(0).wrapping_sub(1);
        let file = self
            .files
            .get(index)
            .ok_or_else(|| std::io::Error::other("no such pack"))?;
        let mut octets = vec![0; usize::try_from(record.length).unwrap_or(0)];
        file.read_exact_at(&mut octets, record.offset)?;
        Ok(octets)
    }

    /// Returns a second handle of the pack that is written, to be synced elsewhere.
    pub(super) fn handle(&self) -> Option<File> {
        self.files.last()?.try_clone().ok()
    }

    /// Writes the indexes that are missing; `records` are those of all packs.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub(super) fn write_indexes(
        &self,
        folder: &Path,
        records: impl Iterator<Item = (Hash, Record)>,
    ) -> std::io::Result<()> {
        let mut by_pack: Vec<Vec<(u64, u32, Hash)>> = vec![Vec::new(); self.files.len()];
        for (hash, record) in records {
            let index = usize::try_from(record.pack).unwrap_or(0).wrapping_sub(1);
            if let Some(list) = by_pack.get_mut(index) {
                list.push((record.offset, record.length, hash));
            }
        }
        for (number, (mut list, file)) in (1..).zip(by_pack.into_iter().zip(&self.files)) {
            list.sort_unstable();
            let mut text = format!("{INDEX} {}\n", file.metadata()?.len()).into_bytes();
            for (offset, length, hash) in list {
                let hex = data_encoding::HEXLOWER.encode(&hash);
                writeln!(text, "{hex} {offset} {length}")?;
            }
            std::fs::write(index_of(folder, number), text)?;
        }
        Ok(())
    }
}

/// Reads an index; `None` if there is none for a pack of this length.
fn read_index(
    path: &Path,
    pack: u32,
    length: u64,
    found: &mut impl FnMut(Hash, Record),
) -> Option<()> {
    let mut lines = BufReader::new(open_file(path).ok()?);
    let mut line = String::new();
    let mut next = move || {
        line.clear();
        (&mut lines).take(128).read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    };
    let (word, covered) = next()?
        .split_once(' ')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    if word != INDEX || covered.parse() != Ok(length) {
        return None;
    }
    loop {
        let line = next()?;
        if line.is_empty() {
            return Some(());
        }
        let mut parts = line.split(' ');
        let hash = hash_of_hex(parts.next()?)?;
        let offset = parts.next()?.parse().ok()?;
        let record = Record {
            pack,
            offset,
            length: parts.next()?.parse().ok()?,
        };
        if u64::from(record.length) > LARGE || offset.checked_add(LARGE).is_none() {
            return None;
        }
        found(hash, record);
    }
}

/// Reads the headers of a pack; returns where its whole records end.
fn scan(
    file: &File,
    pack: u32,
    length: u64,
    found: &mut impl FnMut(Hash, Record),
) -> std::io::Result<u64> {
    let mut reader = BufReader::with_capacity(128 * 1024, file.try_clone()?);
    let mut end = 0;
    let mut header = Vec::new();
    loop {
        header.clear();
        (&mut reader)
            .take(MAX_HEADER)
            .read_until(b'\n', &mut header)?;
        let Some((hash, body)) = parse_header(&header) else {
            return Ok(end);
        };
        let offset = end + u64::try_from(header.len()).unwrap_or(u64::MAX);
        let next = offset + u64::from(body) + 1;
        if next > length {
            return Ok(end);
        }
        reader.seek_relative(i64::from(body))?;
        let mut last = [0];
        reader.read_exact(&mut last)?;
        if last != [b'\n'] {
            return Ok(end);
        }
        found(
            hash,
            Record {
                pack,
                offset,
                length: body,
            },
        );
        end = next;
    }
}

/// Reads the header of a record; `None` if it is torn or something else.
fn parse_header(header: &[u8]) -> Option<(Hash, u32)> {
    let line = std::str::from_utf8(header).ok()?.strip_suffix('\n')?;
    let (digest, length) = line.strip_prefix("sha256:")?.split_once(' ')?;
    let length: u32 = length.parse().ok()?;
    (u64::from(length) <= LARGE).then_some((hash_of_hex(digest)?, length))
}
