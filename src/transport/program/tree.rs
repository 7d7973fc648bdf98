//! The file tree that a program leaves behind, as one body.
//!
//! So it is recorded, replayed and sealed as every other: a line `quintet-tree-1`, the
//! contents of all regular files one after the other, an index with a line for each
//! entry, and a last line with the offset of the index. Entries are in the order of
//! their paths. Links and devices are listed, never followed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use bytes::Bytes;
use jiff::Timestamp;

use crate::transport::{Body, Content};

/// First line of a tree.
const MAGIC: &[u8] = b"quintet-tree-1\n";

/// Octets of the last line: 16 hex digits and a line feed.
const FOOTER: u64 = 17;

/// Longest line of an index, in octets: a path and the target of a link, each octet written as three.
const LONGEST_LINE: u64 = 32 * 1024;

/// Kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, pipe or socket.
    Other,
}

impl EntryKind {
    const fn letter(self) -> char {
        match self {
            Self::File => 'f',
            Self::Folder => 'd',
            Self::Link => 'l',
            Self::Other => 'o',
        }
    }

    fn of(letter: &str) -> Option<Self> {
        match letter {
            "f" => Some(Self::File),
            "d" => Some(Self::Folder),
            "l" => Some(Self::Link),
            "o" => Some(Self::Other),
            _ => None,
        }
    }
}

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Path below the tree, without first slash; octets that are no UTF-8 are replaced.
    pub path: String,
    /// First octet of its content within the tree's octets; 0 where there is none.
    pub offset: u64,
    /// Octets of its content; 0 where there is none.
    pub length: u64,
    /// When it was changed last; to the second.
    pub modified: Timestamp,
    /// Permission bits, such as `0o644`.
    pub mode: u32,
    /// Where a link leads, as written; empty for others.
    pub target: String,
}

impl Entry {
    /// Writes the line of the index.
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        write!(
            out,
            "{} {} {} {} {:o} ",
            self.kind.letter(),
            self.offset,
            self.length,
            self.modified.as_second(),
            self.mode
        )?;
        escape(&self.path, out)?;
        out.write_all(b" ")?;
        escape(&self.target, out)?;
        out.write_all(b"\n")
    }

    /// Reads a line of an index without its line feed.
    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split(' ');
        let entry = Self {
            kind: EntryKind::of(parts.next()?)?,
            offset: parts.next()?.parse().ok()?,
            length: parts.next()?.parse().ok()?,
            modified: Timestamp::from_second(parts.next()?.parse().ok()?).ok()?,
            mode: u32::from_str_radix(parts.next()?, 8).ok()?,
            path: unescape(parts.next()?)?,
            target: unescape(parts.next()?)?,
        };
        parts.next().is_none().then_some(entry)
    }
}

/// Writes a text with its blanks, controls and percent signs as `%` and two hex digits.
fn escape(text: &str, out: &mut impl Write) -> io::Result<()> {
    for octet in text.bytes() {
        match octet {
            b'%' | 0..=b' ' | 0x7f => write!(out, "%{octet:02X}")?,
            _ => out.write_all(&[octet])?,
        }
    }
    Ok(())
}

fn unescape(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        if octet == b'%' {
            let digits = [rest.next()?, rest.next()?];
            octets.extend(data_encoding::HEXUPPER.decode(&digits).ok()?);
        } else {
            octets.push(octet);
        }
    }
    String::from_utf8(octets).ok()
}

/// Writes a tree; entries come in the order of their paths.
#[derive(Debug)]
pub struct TreeWriter<W> {
    out: W,
    entries: Vec<Entry>,
    written: u64,
}

impl<W: Write> TreeWriter<W> {
    /// Begins a tree.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self {
            out,
            entries: Vec::new(),
            written: wide(MAGIC.len()),
        })
    }

    /// Adds an entry; `content` is read for a file only. Offset and length are those that are written.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub fn add(&mut self, mut entry: Entry, content: impl Read) -> io::Result<()> {
        (entry.offset, entry.length) = (0, 0);
        if entry.kind == EntryKind::File {
            let mut content = content;
            entry.offset = self.written;
            entry.length = io::copy(&mut content, &mut self.out)?;
            self.written = self.written.saturating_add(entry.length);
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Ends a tree and returns what it was written to.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub fn finish(mut self) -> io::Result<W> {
        for entry in &self.entries {
            entry.write(&mut self.out)?;
        }
        writeln!(self.out, "{:016x}", self.written)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A tree for reading; the index is in memory, the contents are where they are.
#[derive(Debug)]
pub struct Tree {
    /// Entries in the order of their paths.
    pub entries: Vec<Entry>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Memory(Bytes),
    File(File),
}

impl Tree {
    /// Opens the tree of an answer; an empty body is a tree without entries.
    ///
    /// # Errors
    ///
    /// What the machine says, or that it is no tree, or has more than `most` entries.
    pub fn open(body: &Body, most: usize) -> io::Result<Self> {
        let source = match &body.content {
            Content::Memory(octets) => Source::Memory(octets.clone()),
            Content::File(path) => Source::File(File::open(path)?),
            Content::Elsewhere if body.bytes == 0 => Source::Memory(Bytes::new()),
            Content::Elsewhere => return Err(bad("the tree is not at hand")),
        };
        if body.bytes == 0 {
            let entries = Vec::new();
            return Ok(Self { entries, source });
        }
        let entries = match &source {
            Source::Memory(octets) => read_index(io::Cursor::new(octets), body.bytes, most)?,
            Source::File(file) => {
                read_index(BufReader::with_capacity(256 * 1024, file), body.bytes, most)?
            }
        };
        Ok(Self { entries, source })
    }

    /// Reads the content of a file.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub fn read(&self, entry: &Entry) -> io::Result<Bytes> {
        self.octets(entry.offset, entry.length)
    }

    /// Reads some octets of the tree, such as the content of a file by its offset and length.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub fn octets(&self, offset: u64, length: u64) -> io::Result<Bytes> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        match &self.source {
            Source::Memory(octets) => {
                let start = usize::try_from(offset).map_err(io::Error::other)?;
                let end = start.saturating_add(length);
                if end > octets.len() {
                    return Err(bad("the entry ends behind the tree"));
                }
                Ok(octets.slice(start..end))
            }
            Source::File(file) => {
                use std::os::unix::fs::FileExt as _;
                let mut octets = vec![0; length];
                file.read_exact_at(&mut octets, offset)?;
                Ok(octets.into())
            }
        }
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Reads an index; the octets may come from a stranger.
fn read_index(mut source: impl BufRead + Seek, bytes: u64, most: usize) -> io::Result<Vec<Entry>> {
    let mut magic = vec![0; MAGIC.len()];
    source.read_exact(&mut magic)?;
    if magic != MAGIC || bytes < wide(MAGIC.len()) + FOOTER {
        return Err(bad("not a tree"));
    }
    let footer = bytes - FOOTER;
    source.seek(SeekFrom::Start(footer))?;
    let mut last = String::new();
    (&mut source).take(FOOTER).read_to_string(&mut last)?;
    let index = u64::from_str_radix(last.trim_end_matches('\n'), 16)
        .ok()
        .filter(|index| (wide(MAGIC.len())..=footer).contains(index))
        .ok_or_else(|| bad("the tree's index is nowhere"))?;
    source.seek(SeekFrom::Start(index))?;
    let mut rest = source.take(footer - index);
    let mut entries = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        if (&mut rest).take(LONGEST_LINE).read_line(&mut line)? == 0 {
            return Ok(entries);
        }
        let entry = line
            .strip_suffix('\n')
            .and_then(Entry::read)
            .filter(|entry| {
                entry
                    .offset
                    .checked_add(entry.length)
                    .is_some_and(|end| end <= index)
            })
            .ok_or_else(|| bad("a line of the tree's index cannot be read"))?;
        if entries.len() >= most {
            return Err(bad("the tree has more entries than are read"));
        }
        entries.push(entry);
    }
}

/// Writes a folder as a tree, in the order of paths; nothing is followed out of it.
///
/// # Errors
///
/// What the machine says, or that there are more entries or octets than allowed; then `out` holds a part.
pub fn pack<W: Write>(folder: &Path, out: W, limits: PackLimits) -> Result<W, PackError> {
    let mut writer = TreeWriter::new(out)?;
    let mut left = limits;
    pack_folder(folder, "", 0, &mut writer, &mut left)?;
    Ok(writer.finish()?)
}

/// How much of a folder is packed.
#[derive(Clone, Copy, Debug)]
pub struct PackLimits {
    /// Octets of all files.
    pub bytes: u64,
    /// Number of entries.
    pub entries: u64,
}

/// Says why a folder could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It holds more than allowed.
    #[error("the folder has more {0} than allowed")]
    Limit(&'static str),
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Deepest folder that is packed: a path of 3,072 octets has no more.
const DEEPEST: usize = 256;

fn pack_folder<W: Write>(
    folder: &Path,
    prefix: &str,
    depth: usize,
    writer: &mut TreeWriter<W>,
    left: &mut PackLimits,
) -> Result<(), PackError> {
    if depth > DEEPEST {
        return Err(PackError::Limit("levels"));
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        if wide(names.len()) >= left.entries {
            return Err(PackError::Limit("entries"));
        }
        names.push(entry?.file_name());
    }
    names.sort_unstable();
    for name in names {
        left.entries = left
            .entries
            .checked_sub(1)
            .ok_or(PackError::Limit("entries"))?;
        let path = folder.join(&name);
        let about = std::fs::symlink_metadata(&path)?;
        let mut entry = entry_of(&about, format!("{prefix}{}", name.to_string_lossy()));
        match entry.kind {
            EntryKind::File => {
                left.bytes = left
                    .bytes
                    .checked_sub(about.len())
                    .ok_or(PackError::Limit("octets"))?;
                let file = open(&path, &about)?;
                writer.add(entry, file.take(about.len()))?;
            }
            EntryKind::Folder => {
                let below = format!("{}/", entry.path);
                writer.add(entry, io::empty())?;
                pack_folder(&path, &below, depth + 1, writer, left)?;
            }
            EntryKind::Link => {
                entry.target = std::fs::read_link(&path)?.to_string_lossy().into_owned();
                writer.add(entry, io::empty())?;
            }
            EntryKind::Other => writer.add(entry, io::empty())?,
        }
    }
    Ok(())
}

/// Opens a regular file, although its permissions may not allow us to.
fn open(path: &Path, about: &std::fs::Metadata) -> io::Result<File> {
    use std::os::unix::fs::PermissionsExt as _;
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let mode = about.permissions().mode() | 0o400;
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
            File::open(path)
        }
        opened => opened,
    }
}

fn entry_of(about: &std::fs::Metadata, path: String) -> Entry {
    use std::os::unix::fs::MetadataExt as _;
    let kind = about.file_type();
    Entry {
        kind: if kind.is_file() {
            EntryKind::File
        } else if kind.is_dir() {
            EntryKind::Folder
        } else if kind.is_symlink() {
            EntryKind::Link
        } else {
            EntryKind::Other
        },
        path,
        offset: 0,
        length: 0,
        modified: Timestamp::from_second(about.mtime()).unwrap_or_default(),
        mode: about.mode() & 0o7777,
        target: String::new(),
    }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
