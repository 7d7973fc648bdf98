//! One capture in short: everything that a later one is compared with.

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::inspect::rpki::{Kind, Object, Outline};
use crate::inspect::rrdp::{Change, Hash, Sink, Tally};

/// Most objects of one capture; the largest repository of a registry has some hundred thousand.
pub const MOST_OBJECTS: usize = 2_000_000;

/// A repository at one time, with the trust anchor above it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// When the notification file was fetched.
    pub at: Timestamp,
    /// Where the notification file is.
    pub notify: String,
    /// The session.
    pub session: String,
    /// The serial number.
    pub serial: u64,
    /// The snapshot that the notification names.
    pub snapshot: File,
    /// The deltas that it lists, by serial number.
    pub deltas: BTreeMap<u64, File>,
    /// The trust anchor's certificate; `None` if it was not to be had.
    pub anchor: Option<Outline>,
    /// The objects of the snapshot, by URI.
    pub objects: BTreeMap<String, Held>,
}

/// A file that a notification names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Where it is.
    pub uri: String,
    /// Its SHA-256, 64 hex digits.
    pub hash: String,
}

/// An object with the hash of its octets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// SHA-256 of its octets, 64 hex digits.
    pub hash: String,
    /// What it says.
    #[serde(flatten)]
    pub outline: Outline,
}

impl File {
    /// Returns a file at a URI.
    pub fn new(uri: &str, hash: &Hash) -> Self {
        Self {
            uri: uri.to_owned(),
            hash: hex(hash),
        }
    }
}

impl Capture {
    /// Writes the capture as a document of JSON.
    ///
    /// # Errors
    ///
    /// What the writer of JSON says.
    pub fn to_octets(&self) -> Result<Vec<u8>, String> {
        serde_json::to_vec(self).map_err(|error| error.to_string())
    }

    /// Reads a document that [`Capture::to_octets`] wrote.
    ///
    /// # Errors
    ///
    /// What is wrong with it, with its place.
    pub fn read(octets: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(octets).map_err(|error| error.to_string())
    }
}

/// Returns what a trust anchor's certificate says; `None` if it has no certificate.
pub fn anchor(octets: &[u8]) -> Option<Outline> {
    let outline = Outline::of(&Object::read(Kind::TrustAnchor, octets));
    outline.certificate.is_some().then_some(outline)
}

/// Takes the objects of a snapshot as they come.
#[derive(Debug, Default)]
pub struct Filling(pub BTreeMap<String, Held>);

impl Sink for Filling {
    fn take(&mut self, change: Change<'_>, _at: u64, _tally: &mut Tally) -> io::Result<()> {
        let Change::Publish {
            uri, octets, hash, ..
        } = change
        else {
            return Ok(());
        };
        if self.0.len() >= MOST_OBJECTS {
            let why = format!("more than {MOST_OBJECTS} objects");
            return Err(io::Error::other(why));
        }
        let held = Held {
            hash: hex(&hash),
            outline: Outline::read(uri, octets),
        };
        self.0.insert(uri.to_owned(), held);
        Ok(())
    }
}

/// Returns a hash as hex digits in lower case.
pub(super) fn hex(hash: &Hash) -> String {
    data_encoding::HEXLOWER.encode(hash)
}
