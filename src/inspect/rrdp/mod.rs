//! The RRDP inspector: notification, snapshot and delta files, read as streams.
//!
//! A snapshot of 760 MB is read in the memory of its largest object, beside 16 octets
//! for each object by which a URI that comes twice is told. Objects go to a [`Sink`]
//! as they come. The SHA-256 of a file and of each object is computed on the way.
//!
//! What cannot be read ends the reading and is named ([`Stopped`]); what is wrong is
//! found by a [`Rule`] and counted in a [`Tally`]. Neither a document type nor an
//! entity is ever expanded.
//!
//! Source: RFC 8182, section 3.5; RFC 9674; the limits are those of relying parties.

mod head;
mod notification;
mod objects;
mod relate;
mod rules;
mod source;
mod uri;
mod xml;

use std::fmt;
use std::io;
use std::sync::atomic::AtomicBool;

pub use head::Head;
pub use notification::{Link, Notification};
pub use objects::{Amount, Objects};
pub use relate::{relate_deltas, relate_paths, relate_snapshot, relate_volume};
pub use rules::{Rule, Tally};
pub use uri::{Extension, RsyncUri, is_same_origin, is_unpredictable, share_origin};

/// The 32 octets of a SHA-256.
pub type Hash = [u8; 32];

/// Most deltas that relying parties read (rpki-client 9.8: `MAX_RRDP_DELTAS`); Routinator reads 500.
pub const MOST_DELTAS: u64 = 300;

/// Largest object that relying parties read, in octets (rpki-client 9.8: `MAX_FILE_SIZE`); Routinator reads 20 MB.
pub const LARGEST_OBJECT: u64 = 8_000_000;

/// What is read at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of one tag, comment, or run of blanks between elements.
    pub element_bytes: u64,
    /// Octets of one object, decoded.
    pub object_bytes: u64,
    /// Objects, and withdrawals, of one file.
    pub objects: u64,
    /// Deltas of one notification.
    pub deltas: u64,
}

impl Limits {
    /// Limits far above what repositories publish, and far below what a machine cannot bear.
    ///
    /// Tags of relying parties end at 1,000,000 octets and objects at 100,000,000 (`rpki` crate 0.20.1); a path has
    /// at most 3,072 octets, so that a tag has no use for more than some thousand.
    pub const DEFAULT: Self = Self {
        element_bytes: 64 * 1024,
        object_bytes: 100_000_000,
        objects: 5_000_000,
        deltas: 50_000,
    };
}

/// How a file is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Where the file is from; the first part of a finding's location.
    pub url: &'a str,
    /// What is read at most.
    pub limits: Limits,
    /// Authorities of rsync URIs that are this repository's, in lower case; empty for that of the first object.
    pub authorities: &'a [String],
    /// Ends the reading when set.
    pub cancel: &'a AtomicBool,
}

impl Reading<'_> {
    /// Returns the location of something in the file: `<url>#<path>@<offset of the first octet>`.
    fn place(&self, path: impl fmt::Display, at: u64) -> String {
        format!("{}#{path}@{at}", self.url)
    }
}

/// What a whole file was, whatever is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// SHA-256 of its octets.
    pub hash: Hash,
    /// Their number.
    pub bytes: u64,
}

/// Why a file was not read to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// Somebody set the cancel flag.
    #[error("the reading was canceled")]
    Cancelled,
    /// The octets could not be read.
    #[error("reading octet {at}: {reason}")]
    Input {
        /// Where.
        at: u64,
        /// What the machine said.
        reason: String,
    },
    /// An object could not be kept.
    #[error("keeping an object: {0}")]
    Sink(String),
    /// There is a document type.
    #[error("octet {at}: a document type, which RRDP files do not have")]
    Doctype {
        /// Where.
        at: u64,
    },
    /// There is a reference to an entity or character where none belongs.
    #[error("octet {at}: a reference `&{name};`, which RRDP files do not have")]
    Reference {
        /// Where.
        at: u64,
        /// To what.
        name: String,
    },
    /// The file is not well-formed XML, or has something that the schema does not know.
    #[error("octet {at}: {reason}")]
    Form {
        /// Where.
        at: u64,
        /// What is wrong.
        reason: String,
    },
    /// Something is larger than is read.
    #[error("octet {at}: {what} beyond the limit of {limit}")]
    Limit {
        /// Where.
        at: u64,
        /// What is too large.
        what: &'static str,
        /// The most that is read.
        limit: u64,
    },
}

impl Stopped {
    /// Says whether it is the file that is to blame, and not the way it was read.
    pub const fn is_of_the_file(&self) -> bool {
        match self {
            Self::Cancelled | Self::Input { .. } | Self::Sink(_) => false,
            Self::Doctype { .. }
            | Self::Reference { .. }
            | Self::Form { .. }
            | Self::Limit { .. } => true,
        }
    }

    /// Returns the rule that names it, and where it is; `None` if the file is not to blame.
    const fn rule(&self) -> Option<(Rule, u64)> {
        match self {
            Self::Cancelled | Self::Input { .. } | Self::Sink(_) => None,
            Self::Doctype { at } | Self::Reference { at, .. } => Some((Rule::NoDoctype, *at)),
            Self::Form { at, .. } => Some((Rule::Form, *at)),
            Self::Limit { at, .. } => Some((Rule::Limits, *at)),
        }
    }
}

/// An element of a snapshot or delta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// An object is there.
    Publish {
        /// Its rsync URI, of the right form.
        uri: &'a str,
        /// Its octets.
        octets: &'a [u8],
        /// Their SHA-256.
        hash: Hash,
        /// The SHA-256 of the object that it replaces; `None` for a new one, and in a snapshot.
        replaces: Option<Hash>,
    },
    /// An object is there no more.
    Withdraw {
        /// Its rsync URI.
        uri: &'a str,
        /// Its SHA-256.
        hash: Hash,
    },
}

/// Takes the objects of a file as they come.
pub trait Sink {
    /// Takes an element at an offset of the file; what cannot be read never comes here.
    ///
    /// # Errors
    ///
    /// What the machine says; it ends the reading.
    fn take(&mut self, change: Change<'_>, at: u64, tally: &mut Tally) -> io::Result<()>;
}

/// Keeps nothing: for those who want the rules only.
impl Sink for () {
    fn take(&mut self, _change: Change<'_>, _at: u64, _tally: &mut Tally) -> io::Result<()> {
        Ok(())
    }
}

/// Reads a notification file.
pub fn read_notification(
    input: impl io::Read,
    reading: &Reading<'_>,
    tally: &mut Tally,
) -> Notification {
    notification::read(input, reading, tally)
}

/// Reads a snapshot file; its objects go to the sink in the order of the file.
pub fn read_snapshot(
    input: impl io::Read,
    reading: &Reading<'_>,
    sink: &mut dyn Sink,
    tally: &mut Tally,
) -> Objects {
    objects::read(head::Kind::Snapshot, input, reading, sink, tally)
}

/// Reads a delta file; its changes go to the sink in the order of the file.
pub fn read_delta(
    input: impl io::Read,
    reading: &Reading<'_>,
    sink: &mut dyn Sink,
    tally: &mut Tally,
) -> Objects {
    objects::read(head::Kind::Delta, input, reading, sink, tally)
}

/// Returns the octets of a hash that was computed.
fn hash_of(octets: &[u8]) -> Hash {
    Hash::try_from(octets).unwrap_or_default()
}

/// Returns the SHA-256 of some octets.
pub fn digest(octets: &[u8]) -> Hash {
    hash_of(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, octets).as_ref())
}

/// Reads 64 hex digits of either case.
///
/// Source: RFC 8182, section 3.5.1.3.
fn hash_of_hex(text: &str) -> Option<Hash> {
    let octets = data_encoding::HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .ok()?;
    Hash::try_from(octets).ok()
}

#[cfg(test)]
mod tests;
