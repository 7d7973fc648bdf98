//! A capture while it is filled.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::store::{Place, Store};
use crate::inspect::rrdp::{Change, Hash, Objects, Reading, Sink, Tally, read_snapshot};

/// Numbers the packs of this process.
static PACKS: AtomicU64 = AtomicU64::new(0);

/// Octets of objects one after the other in a file of the spool, and where each is.
///
/// The file has no name any more: it is gone when nobody reads it.
#[derive(Debug)]
pub struct Pack {
    out: BufWriter<File>,
    end: u64,
    index: HashMap<Box<str>, Place>,
}

impl Pack {
    /// Makes an empty pack in a folder, such as the transport's spool.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub fn create(folder: &Path) -> io::Result<Self> {
        let number = PACKS.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{}-{number}.capture", std::process::id()));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        std::fs::remove_file(&path)?;
        Ok(Self {
            out: BufWriter::with_capacity(256 * 1024, file),
            end: 0,
            index: HashMap::new(),
        })
    }

    /// Reads a snapshot into the pack; of a URI that comes twice the last object counts.
    pub fn snapshot(
        &mut self,
        input: impl Read,
        reading: &Reading<'_>,
        tally: &mut Tally,
    ) -> Objects {
        read_snapshot(input, reading, &mut Filling(self), tally)
    }

    /// Adds an object; one with the same URI is replaced.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub fn put(&mut self, uri: &str, octets: &[u8], hash: Hash) -> io::Result<()> {
        let place = Place {
            offset: self.end,
            length: u32::try_from(octets.len()).map_err(io::Error::other)?,
            hash,
        };
        self.out.write_all(octets)?;
        self.end = self.end.saturating_add(u64::from(place.length));
        match self.index.get_mut(uri) {
            Some(known) => *known = place,
            None => {
                self.index.insert(uri.into(), place);
            }
        }
        Ok(())
    }

    /// Returns the number of objects.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Ends the filling.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub fn finish(self) -> io::Result<Store> {
        let file = self
            .out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        Ok(Store::of_pack(file, self.index))
    }
}

/// A pack that takes the objects of a snapshot.
struct Filling<'a>(&'a mut Pack);

impl Sink for Filling<'_> {
    fn take(&mut self, change: Change<'_>, _at: u64, _tally: &mut Tally) -> io::Result<()> {
        match change {
            Change::Publish {
                uri, octets, hash, ..
            } => self.0.put(uri, octets, hash),
            Change::Withdraw { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::super::Difference;
    use super::*;
    use crate::inspect::rrdp::Limits;
    use crate::inspect::tree::Objects as _;
    use crate::probe::scripted::body;
    use crate::transport::program::{Entry, EntryKind, Tree, TreeWriter};

    const SESSION: &str = "a2d845c4-5b91-4015-a2b7-988c03ce232a";

    fn file(kind: &str, serial: u64, inside: &str) -> String {
        format!(
            r#"<{kind} xmlns="http://www.ripe.net/rpki/rrdp" version="1" session_id="{SESSION}" serial="{serial}">{inside}</{kind}>"#
        )
    }

    fn publish(name: &str, octets: &str) -> String {
        let base64 = data_encoding::BASE64.encode(octets.as_bytes());
        format!(r#"<publish uri="rsync://a.test/m/{name}">{base64}</publish>"#)
    }

    fn fill(snapshot: &str) -> Store {
        let cancel = AtomicBool::new(false);
        let reading = Reading {
            url: "https://a.test/file.xml",
            limits: Limits::DEFAULT,
            authorities: &[],
            cancel: &cancel,
        };
        let mut pack = Pack::create(&std::env::temp_dir()).unwrap();
        let seen = pack.snapshot(snapshot.as_bytes(), &reading, &mut Tally::new());
        assert_eq!(seen.stopped, None);
        pack.finish().unwrap()
    }

    fn octets(store: &Store, name: &str) -> Option<String> {
        let octets = store.read(&format!("rsync://a.test/m/{name}"))?;
        Some(String::from_utf8(octets.to_vec()).unwrap())
    }

    #[test]
    fn captures_are_compared_by_uri_and_hash() {
        let old = fill(&file(
            "snapshot",
            1,
            &(publish("a", "1") + &publish("b", "22")),
        ));
        let new = fill(&file(
            "snapshot",
            2,
            &(publish("b", "23") + &publish("c", "3")),
        ));
        assert_eq!(octets(&old, "b").as_deref(), Some("22"));
        assert_eq!((old.len(), old.bytes()), (2, 3));
        let seen = old.compare(&new);
        assert_eq!((seen.only_here, seen.only_there, seen.changed), (1, 1, 1));
        assert_ne!(old.state(), new.state());
    }

    #[test]
    fn a_tree_is_a_store_without_a_copy() {
        let entry = |kind, path: &str| Entry {
            kind,
            path: path.to_owned(),
            offset: 0,
            length: 0,
            modified: jiff::Timestamp::UNIX_EPOCH,
            mode: 0o644,
            target: String::new(),
        };
        let mut writer = TreeWriter::new(Vec::new()).unwrap();
        writer.add(entry(EntryKind::File, "a"), &b"1"[..]).unwrap();
        writer
            .add(entry(EntryKind::Folder, "d"), io::empty())
            .unwrap();
        writer
            .add(entry(EntryKind::File, "d/b b"), &b"22"[..])
            .unwrap();
        writer
            .add(entry(EntryKind::File, "d/c"), &b"333"[..])
            .unwrap();
        writer
            .add(entry(EntryKind::Link, "d/d"), io::empty())
            .unwrap();
        let tree = Tree::open(&body(&writer.finish().unwrap()), 10).unwrap();
        let store = Store::of_tree(tree, "rsync://a.test/m/").unwrap();
        assert_eq!(store.len(), 2);
        assert_eq!(octets(&store, "a").as_deref(), Some("1"));
        assert_eq!(octets(&store, "d/c").as_deref(), Some("333"));
        let snapshot = file("snapshot", 1, &(publish("a", "1") + &publish("d/c", "x")));
        let other = fill(&snapshot);
        let differences = store.compare(&other);
        assert_eq!(
            differences.first,
            [("rsync://a.test/m/d/c".to_owned(), Difference::Changed)]
        );
    }
}
