//! A capture for reading.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;

use crate::inspect::rrdp::{Hash, RsyncUri, digest};
use crate::inspect::tree::Objects;
use crate::transport::program::{EntryKind, Tree};

/// Most differences that are kept with their URI.
const MOST_SHOWN: usize = 1_000;

/// Where an object is, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// First octet.
    pub offset: u64,
    /// Number of octets.
    pub length: u32,
    /// SHA-256.
    pub hash: Hash,
}

/// The objects of a repository by rsync URI.
#[derive(Debug)]
pub struct Store {
    octets: Octets,
    index: HashMap<Box<str>, Place>,
    authorities: BTreeSet<Box<str>>,
}

#[derive(Debug)]
enum Octets {
    /// A file of the spool.
    Pack(File),
    Tree(Tree),
}

impl Store {
    pub(super) fn of_pack(file: File, index: HashMap<Box<str>, Place>) -> Self {
        Self {
            octets: Octets::Pack(file),
            authorities: authorities(&index),
            index,
        }
    }

    /// Makes a store of what rsync fetched from a URI that names a folder; nothing is copied.
    ///
    /// Links, devices and names that no rsync URI can have are left out.
    ///
    /// # Errors
    ///
    /// What the machine says: every file is read once, for its hash.
    pub fn of_tree(tree: Tree, folder: &str) -> io::Result<Self> {
        let folder = folder.trim_end_matches('/');
        let mut index = HashMap::new();
        for entry in &tree.entries {
            let uri = format!("{folder}/{}", entry.path);
            if entry.kind != EntryKind::File || RsyncUri::read(&uri).is_err() {
                continue;
            }
            let octets = tree.read(entry)?;
            let place = Place {
                offset: entry.offset,
                length: u32::try_from(entry.length).map_err(io::Error::other)?,
                hash: digest(&octets),
            };
            index.insert(uri.into_boxed_str(), place);
        }
        Ok(Self {
            octets: Octets::Tree(tree),
            authorities: authorities(&index),
            index,
        })
    }

    /// Returns where an object is; `None` if there is no such one.
    pub fn place(&self, uri: &str) -> Option<&Place> {
        self.index.get(uri)
    }

    /// Iterates over all objects, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.index.iter().map(|(uri, place)| (uri.as_ref(), place))
    }

    /// Returns the number of objects.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Returns the number of octets of all objects.
    pub fn bytes(&self) -> u64 {
        self.index
            .values()
            .map(|place| u64::from(place.length))
            .sum()
    }

    /// Returns a SHA-256 over all URIs and hashes, in the order of URIs: equal for equal sets of objects.
    pub fn state(&self) -> Hash {
        let mut all: Vec<(&str, &Place)> = self.iter().collect();
        all.sort_unstable_by_key(|(uri, _)| *uri);
        let mut hash = Context::new(&SHA256);
        for (uri, place) in all {
            hash.update(uri.as_bytes());
            hash.update(&[0]);
            hash.update(&place.hash);
        }
        Hash::try_from(hash.finish().as_ref()).unwrap_or_default()
    }

    /// Compares two captures, URI by URI and hash by hash.
    pub fn compare(&self, other: &Self) -> Differences {
        let mut seen = Differences::default();
        let mut uris: Vec<&str> = Vec::new();
        for (uri, place) in &self.index {
            match other.index.get(uri) {
                None => seen.only_here += 1,
                Some(there) if there.hash != place.hash => seen.changed += 1,
                Some(_) => continue,
            }
            uris.push(uri);
        }
        for uri in other.index.keys() {
            if !self.index.contains_key(uri) {
                seen.only_there += 1;
                uris.push(uri);
            }
        }
        uris.sort_unstable();
        seen.first = uris
            .into_iter()
            .take(MOST_SHOWN)
            .map(|uri| {
                let what = match (self.index.contains_key(uri), other.index.contains_key(uri)) {
                    (true, true) => Difference::Changed,
                    (true, false) => Difference::OnlyHere,
                    (false, _) => Difference::OnlyThere,
                };
                (uri.to_owned(), what)
            })
            .collect();
        seen
    }
}

impl Objects for Store {
    fn read(&self, uri: &str) -> Option<Bytes> {
        let place = self.index.get(uri)?;
        match &self.octets {
            Octets::Pack(file) => {
                let mut octets = vec![0; usize::try_from(place.length).ok()?];
                file.read_exact_at(&mut octets, place.offset).ok()?;
                Some(octets.into())
            }
            Octets::Tree(tree) => tree.octets(place.offset, u64::from(place.length)).ok(),
        }
    }

    fn fetched(&self, uri: &str) -> bool {
        authority(uri).is_some_and(|authority| self.authorities.contains(authority))
    }
}

/// Several captures as one: of an object that more than one has, the first counts.
#[derive(Debug, Default)]
pub struct Stores(pub Vec<Store>);

impl Objects for Stores {
    fn read(&self, uri: &str) -> Option<Bytes> {
        self.0.iter().find_map(|store| store.read(uri))
    }

    fn fetched(&self, uri: &str) -> bool {
        self.0.iter().any(|store| store.fetched(uri))
    }
}

/// Returns the authority of a URI as written; `None` if there is none.
fn authority(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    Some(rest.split_once('/')?.0)
}

/// Returns all authorities of an index.
fn authorities(index: &HashMap<Box<str>, Place>) -> BTreeSet<Box<str>> {
    let mut all = BTreeSet::new();
    for authority in index.keys().filter_map(|uri| authority(uri)) {
        if !all.contains(authority) {
            all.insert(authority.into());
        }
    }
    all
}

/// How two captures differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Number of objects that only the one has that was asked.
    pub only_here: u64,
    /// Number of objects that only the other has.
    pub only_there: u64,
    /// Number of objects that both have with other octets.
    pub changed: u64,
    /// The first 1,000 in the order of URIs.
    pub first: Vec<(String, Difference)>,
}

impl Differences {
    /// Returns the number of all.
    pub const fn count(&self) -> u64 {
        self.only_here
            .saturating_add(self.only_there)
            .saturating_add(self.changed)
    }
}

/// How an object differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only the store that was asked has it.
    OnlyHere,
    /// Only the other has it.
    OnlyThere,
    /// Both have it, with other octets.
    Changed,
}
