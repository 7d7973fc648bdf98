//! A capture while it is filled.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::store::{Place, Store};
use crate::inspect::rrdp::{
    Change, Hash, Objects, Reading, Rule, Sink, Tally, read_delta, read_snapshot,
};

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
        Ok(Self::over(file, 0, HashMap::new()))
    }

    /// Goes on with a store that was filled from RRDP, to apply deltas to it; `None` for one of a tree.
    ///
    /// # Errors
    ///
    /// What the machine says.
    pub fn reopen(store: Store) -> io::Result<Option<Self>> {
        let Some((mut file, end, index)) = store.into_pack() else {
            return Ok(None);
        };
        file.seek(SeekFrom::Start(end))?;
        Ok(Some(Self::over(file, end, index)))
    }

    fn over(file: File, end: u64, index: HashMap<Box<str>, Place>) -> Self {
        Self {
            out: BufWriter::with_capacity(256 * 1024, file),
            end,
            index,
        }
    }

    /// Reads a snapshot into the pack; of a URI that comes twice the last object counts.
    pub fn snapshot(
        &mut self,
        input: impl Read,
        reading: &Reading<'_>,
        tally: &mut Tally,
    ) -> Objects {
        let mut filling = Filling {
            pack: self,
            changes: None,
        };
        read_snapshot(input, reading, &mut filling, tally)
    }

    /// Applies a delta; a change that does not fit what is there is found, and applied all the same.
    ///
    /// Source: RFC 8182, section 3.4.2.
    pub fn delta(&mut self, input: impl Read, reading: &Reading<'_>, tally: &mut Tally) -> Objects {
        tally.look(Rule::DeltaChange);
        let mut filling = Filling {
            pack: self,
            changes: Some(reading.url),
        };
        read_delta(input, reading, &mut filling, tally)
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
        Ok(Store::of_pack(file, self.end, self.index))
    }
}

/// A pack that takes the objects of one file.
struct Filling<'a> {
    pack: &'a mut Pack,
    /// Where the delta is from; `None` for a snapshot.
    changes: Option<&'a str>,
}

impl Sink for Filling<'_> {
    fn take(&mut self, change: Change<'_>, at: u64, tally: &mut Tally) -> io::Result<()> {
        let (uri, expected) = match change {
            Change::Publish { uri, replaces, .. } => (uri, replaces),
            Change::Withdraw { uri, hash } => (uri, Some(hash)),
        };
        if let Some(url) = self.changes {
            let known = self.pack.index.get(uri).map(|place| place.hash);
            let wrong = match (known, expected) {
                (None, None) => None,
                (Some(known), Some(hash)) if known == hash => None,
                (Some(_), None) => Some("published as new, and is there"),
                (None, Some(_)) => Some("replaced or withdrawn, and is not there"),
                (Some(_), Some(_)) => Some("replaced or withdrawn by the hash of other octets"),
            };
            if let Some(wrong) = wrong {
                tally.find(
                    Rule::DeltaChange,
                    || format!("{url}#{uri}@{at}"),
                    || wrong.to_owned(),
                );
            }
        }
        match change {
            Change::Publish {
                uri, octets, hash, ..
            } => self.pack.put(uri, octets, hash),
            Change::Withdraw { uri, .. } => {
                self.pack.index.remove(uri);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::super::Difference;
    use super::*;
    use crate::inspect::rrdp::{Limits, digest};
    use crate::inspect::tree::Objects as _;
    use crate::probe::scripted::body;
    use crate::transport::program::{Entry, EntryKind, Tree, TreeWriter};

    const SESSION: &str = "a2d845c4-5b91-4015-a2b7-988c03ce232a";

    fn file(kind: &str, serial: u64, inside: &str) -> String {
        format!(
            r#"<{kind} xmlns="http://www.ripe.net/rpki/rrdp" version="1" session_id="{SESSION}" serial="{serial}">{inside}</{kind}>"#
        )
    }

    fn publish(name: &str, octets: &str, replaces: Option<&str>) -> String {
        let base64 = data_encoding::BASE64.encode(octets.as_bytes());
        let hash = replaces
            .map(|old| format!(" hash=\"{}\"", hex(old)))
            .unwrap_or_default();
        format!(r#"<publish uri="rsync://a.test/m/{name}"{hash}>{base64}</publish>"#)
    }

    fn withdraw(name: &str, octets: &str) -> String {
        format!(
            r#"<withdraw uri="rsync://a.test/m/{name}" hash="{}"/>"#,
            hex(octets)
        )
    }

    fn hex(octets: &str) -> String {
        data_encoding::HEXLOWER.encode(&digest(octets.as_bytes()))
    }

    fn fill(snapshot: &str, deltas: &[String]) -> (Store, Tally) {
        let cancel = AtomicBool::new(false);
        let reading = Reading {
            url: "https://a.test/file.xml",
            limits: Limits::DEFAULT,
            authorities: &[],
            cancel: &cancel,
        };
        let mut tally = Tally::new();
        let mut pack = Pack::create(&std::env::temp_dir()).unwrap();
        let seen = pack.snapshot(snapshot.as_bytes(), &reading, &mut tally);
        assert_eq!(seen.stopped, None);
        for delta in deltas {
            pack = Pack::reopen(pack.finish().unwrap()).unwrap().unwrap();
            let seen = pack.delta(delta.as_bytes(), &reading, &mut tally);
            assert_eq!(seen.stopped, None);
        }
        (pack.finish().unwrap(), tally)
    }

    fn octets(store: &Store, name: &str) -> Option<String> {
        let octets = store.read(&format!("rsync://a.test/m/{name}"))?;
        Some(String::from_utf8(octets.to_vec()).unwrap())
    }

    #[test]
    fn a_snapshot_with_its_deltas_is_the_next_snapshot() {
        let old = file(
            "snapshot",
            1,
            &(publish("a", "1", None) + &publish("b", "22", None)),
        );
        let deltas = [
            file(
                "delta",
                2,
                &(publish("c", "333", None) + &withdraw("a", "1")),
            ),
            file("delta", 3, &publish("b", "4444", Some("22"))),
        ];
        let (seen, mut tally) = fill(&old, &deltas);
        assert_eq!(octets(&seen, "a"), None);
        assert_eq!(octets(&seen, "b").as_deref(), Some("4444"));
        assert_eq!(octets(&seen, "c").as_deref(), Some("333"));
        assert_eq!((seen.len(), seen.bytes()), (2, 7));
        let new = file(
            "snapshot",
            3,
            &(publish("c", "333", None) + &publish("b", "4444", None)),
        );
        let (new, _) = fill(&new, &[]);
        seen.hold_against(&new, "https://a.test/s.xml", &mut tally);
        assert_eq!(seen.state(), new.state());
        assert!(tally.has_looked(Rule::DeltaReplay) && tally.has_looked(Rule::DeltaChange));
        assert!(tally.finish().findings.is_empty());
    }

    #[test]
    fn a_change_that_does_not_fit_is_found_and_applied() {
        let old = file("snapshot", 1, &publish("a", "1", None));
        let wrong = [
            publish("a", "2", None),
            publish("b", "2", Some("1")),
            publish("a", "3", Some("1")),
            withdraw("c", "1"),
            withdraw("a", "1"),
        ];
        let (seen, tally) = fill(&old, &[file("delta", 2, &wrong.concat())]);
        assert_eq!(tally.count(Rule::DeltaChange), 5);
        assert_eq!(seen.len(), 1);
        let (old, _) = fill(&old, &[]);
        let differences = seen.compare(&old);
        assert_eq!((differences.only_here, differences.only_there), (1, 1));
        let mut tally = Tally::new();
        seen.hold_against(&old, "u", &mut tally);
        assert_eq!(tally.count(Rule::DeltaReplay), 2);
        assert_ne!(seen.state(), old.state());
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
        let snapshot = file(
            "snapshot",
            1,
            &(publish("a", "1", None) + &publish("d/c", "x", None)),
        );
        let (other, _) = fill(&snapshot, &[]);
        let differences = store.compare(&other);
        assert_eq!(
            differences.first,
            [("rsync://a.test/m/d/c".to_owned(), Difference::Changed)]
        );
        assert!(Pack::reopen(store).unwrap().is_none());
    }
}
