//! The RRDP files of a repository (RFC 8182): notification, snapshots, deltas.

use std::collections::BTreeMap;
use std::io::{self, Write};

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use jiff::Timestamp;

use super::issue::{Hour, Published, time};
use super::keys::sha256;
use super::plan::{FeedAct, FeedFile, FeedSpoil, Repository, path};

/// The hour from which serial numbers count: 2020 began.
const FIRST: Hour = 438_288;

/// Snapshots that are there beside the newest: what a client may still be reading (the
/// publication server practice says two hours).
const EARLIER_SNAPSHOTS: usize = 2;

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"US-ASCII\"?>\n";
/// Octets that make a delta larger than any snapshot of a mock world.
const HEAVY: usize = 256 * 1024;

/// Octets of an object that relying parties do not read; rpki-client reads 8,000,000.
const LARGE: usize = 8_000_001;

/// Deltas that relying parties do not read; rpki-client reads 300.
const MANY: u64 = 301;

/// By how much serial numbers are moved.
const MOVED: u64 = 1_000;

/// What a file says that was written anew.
const REWRITTEN: &str = "<!-- written anew -->\n";

const NAMESPACE: &str = "http://www.ripe.net/rpki/rrdp";

/// A repository as RRDP serves it.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Its name in the world file.
    pub name: String,
    /// URL of the notification file.
    pub notify: String,
    /// The session: a UUID of version 4.
    pub session: String,
    /// The serial number.
    pub serial: u64,
    /// The notification file.
    pub notification: Bytes,
    /// When the state was published.
    pub published: Timestamp,
    /// Snapshots by URL, the one that is listed and a few earlier.
    pub snapshots: BTreeMap<String, Bytes>,
    /// Deltas by URL, those that are listed.
    pub deltas: BTreeMap<String, Bytes>,
    /// When each snapshot and each delta was published, by URL.
    pub times: BTreeMap<String, Timestamp>,
}

/// A state of a repository: objects by URI.
pub(super) type State = BTreeMap<String, Published>;

/// What files of one repository have in common.
struct Writer<'a> {
    repository: &'a Repository,
    session: String,
    acts: &'a [FeedSpoil],
}

/// Writes the files of a repository from its states, the newest first, and the hours of them.
pub(super) fn feed(
    repository: &Repository,
    session_seed: &str,
    states: &[(Hour, State)],
    acts: &[FeedSpoil],
) -> Feed {
    let writer = Writer {
        repository,
        session: uuid(session_seed),
        acts,
    };
    let newest = states.first().map_or(0, |(hour, _)| *hour);
    let mut listed = Vec::new();
    let mut snapshots = BTreeMap::new();
    let mut times = BTreeMap::new();
    // All deltas together are no larger than the snapshot (RFC 8182, section 3.3.2).
    let mut room = 0;
    for (hour, state) in states.iter().take(EARLIER_SNAPSHOTS + 1) {
        let number = writer.serial(*hour);
        let octets = writer.snapshot(number, state, *hour == newest);
        let url = writer.url(number, "snapshot");
        if *hour != newest && writer.does(FeedAct::NoEarlierSnapshots) {
            continue;
        }
        if *hour == newest {
            room = octets.len();
            listed.push(writer.list(None, &url, hex(&octets)));
        }
        times.insert(url.clone(), time(*hour));
        snapshots.insert(url, octets);
    }
    let mut deltas = BTreeMap::new();
    let oldest = states.iter().rev().nth(1).map_or(0, |(hour, _)| *hour);
    for pair in states.windows(2) {
        let [(hour, new), (_, old)] = pair else {
            continue;
        };
        let number = writer.serial(*hour);
        let mut octets = writer.delta(number, old, new, *hour == newest);
        let is_old = deltas.len() == 3 || *hour == oldest;
        if is_old && writer.does(FeedAct::RewrittenDelta) {
            octets = [octets.as_ref(), REWRITTEN.as_bytes()].concat().into();
        }
        match room.checked_sub(octets.len()) {
            Some(left) => room = left,
            // What makes the newest too heavy must not take the others away.
            None if writer.has_a_heavy_delta() && deltas.is_empty() => {}
            None => break,
        }
        let url = writer.url(number, "delta");
        let hidden =
            writer.does(FeedAct::NoDeltas) || (writer.does(FeedAct::DeltaGap) && deltas.len() == 1);
        if !hidden {
            listed.push(writer.list(Some((number, *hour == newest)), &url, hex(&octets)));
        }
        times.insert(url.clone(), time(*hour));
        deltas.insert(url, octets);
    }
    if writer.does(FeedAct::ManyDeltas) {
        let kept = u64::try_from(deltas.len()).unwrap_or(0);
        let last = writer.serial(newest).saturating_sub(kept);
        for number in last.saturating_sub(MANY)..=last {
            let url = writer.url(number, "delta");
            listed.push(writer.list(Some((number, false)), &url, hex(b"")));
        }
    }
    Feed {
        name: repository.name.clone(),
        notify: repository.notify.clone(),
        serial: writer.serial(newest),
        notification: writer.notification(writer.serial(newest), &listed),
        published: time(newest),
        snapshots,
        deltas,
        times,
        session: writer.session,
    }
}

impl Writer<'_> {
    fn does(&self, act: FeedAct) -> bool {
        self.acts.contains(&FeedSpoil::Act(act))
    }

    /// Returns a newest file with the texts replaced that a fault replaces in its kind.
    fn replaced(&self, kind: FeedFile, mut text: String) -> Bytes {
        for act in self.acts {
            if let FeedSpoil::Replace { file, from, to } = act
                && *file == kind
            {
                text = text.replacen(from.as_str(), to, 1);
            }
        }
        text.into()
    }

    fn has_a_heavy_delta(&self) -> bool {
        self.does(FeedAct::HeavyDelta) || self.does(FeedAct::LargeObject)
    }

    fn serial(&self, hour: Hour) -> u64 {
        let count = hour.saturating_sub(FIRST).div_euclid(self.repository.step);
        let serial = u64::try_from(count).unwrap_or(0).max(1);
        if self.does(FeedAct::SmallerSerials) {
            return serial.saturating_sub(MOVED).max(1);
        }
        if self.does(FeedAct::GreaterSerials) {
            return serial.saturating_add(MOVED);
        }
        serial
    }

    /// Returns the URL of a file; a part of it cannot be guessed.
    fn url(&self, serial: u64, kind: &str) -> String {
        let notify = &self.repository.notify;
        let folder = notify.rsplit_once('/').map_or("", |(folder, _)| folder);
        let session = &self.session;
        let part = sha256(format!("{session}/{serial}/{kind}").as_bytes());
        let part = data_encoding::HEXLOWER.encode(&part);
        let part: String = part.chars().take(16).collect();
        if self.does(FeedAct::PlainPaths) {
            return format!("{folder}/{serial}/{kind}.xml");
        }
        format!("{folder}/{session}/{serial}/{part}/{kind}.xml")
    }

    /// Returns the beginning of a file.
    fn head(element: &str, version: u8, session: &str, serial: u64) -> String {
        format!(
            "<{element} xmlns=\"{NAMESPACE}\" version=\"{version}\" session_id=\"{session}\" serial=\"{serial}\">\n"
        )
    }

    fn notification(&self, serial: u64, listed: &[String]) -> Bytes {
        let version = if self.does(FeedAct::OtherVersion) {
            2
        } else {
            1
        };
        let mut text = DECLARATION.to_owned();
        if self.does(FeedAct::Doctype) {
            text.push_str("<!DOCTYPE notification [<!ENTITY many \"entities\">]>\n");
        }
        text.push_str(&Self::head("notification", version, &self.session, serial));
        text.extend(listed.iter().map(String::as_str));
        text.push_str("</notification>\n");
        self.replaced(FeedFile::Notification, text)
    }

    /// Returns the line that names the snapshot, or a delta by serial number and whether it is the newest.
    fn list(&self, delta: Option<(u64, bool)>, url: &str, mut hash: String) -> String {
        let wrong = match delta {
            None => self.does(FeedAct::SnapshotHash),
            Some((_, newest)) => newest && self.does(FeedAct::DeltaHash),
        };
        if wrong {
            hash = hash.chars().rev().collect();
        }
        match delta {
            Some((serial, _)) => {
                format!("<delta serial=\"{serial}\" uri=\"{url}\" hash=\"{hash}\"/>\n")
            }
            None => {
                let mut url = url.to_owned();
                if self.does(FeedAct::OtherOrigin) {
                    url = format!("https://elsewhere.test{}", path(&url));
                }
                format!("<snapshot uri=\"{url}\" hash=\"{hash}\"/>\n")
            }
        }
    }

    fn snapshot(&self, serial: u64, state: &State, newest: bool) -> Bytes {
        let does = |act| newest && self.does(act);
        let session = if does(FeedAct::OtherSession) {
            uuid(&self.session)
        } else {
            self.session.clone()
        };
        let shown = serial + u64::from(does(FeedAct::OtherSerial));
        let mut text = DECLARATION.to_owned();
        text.push_str(&Self::head("snapshot", 1, &session, shown));
        for (place, object) in state.values().enumerate() {
            let whole = text.len();
            publish(&mut text, object, None);
            if place > 0 {
                continue;
            }
            let one = text.get(whole..).unwrap_or_default().to_owned();
            if does(FeedAct::Twice) {
                text.push_str(&one);
            }
            if does(FeedAct::ForeignObject) {
                text.push_str(
                    &one.replace(&object.uri, "rsync://elsewhere.test/module/object.cer"),
                );
            }
            if does(FeedAct::NoBase64) {
                text.truncate(whole);
                text.push_str(&one.replacen("\">", "\">*", 1));
            }
        }
        text.push_str("</snapshot>\n");
        if !newest && self.does(FeedAct::RewrittenSnapshot) {
            text.push_str(REWRITTEN);
        }
        match newest {
            true => self.replaced(FeedFile::Snapshot, text),
            false => text.into(),
        }
    }

    fn delta(&self, serial: u64, old: &State, new: &State, newest: bool) -> Bytes {
        let wrong = newest && self.does(FeedAct::OldHash);
        let old_hash = |object: &Published| {
            let hash = hex(&object.octets);
            if wrong {
                hash.chars().rev().collect()
            } else {
                hash
            }
        };
        let mut text = DECLARATION.to_owned();
        text.push_str(&Self::head("delta", 1, &self.session, serial));
        let mut lost = newest && self.does(FeedAct::LostChange);
        for (uri, object) in new {
            match old.get(uri) {
                Some(before) if before.octets == object.octets => {}
                _ if lost => lost = false,
                before => publish(&mut text, object, before.map(old_hash)),
            }
        }
        if newest && self.does(FeedAct::LargeObject) {
            let base = &self.repository.base;
            let zeros = data_encoding::BASE64.encode(&vec![0; LARGE]);
            text.push_str(&["<publish uri=\"", base, "large.gbr\">", &zeros].concat());
            text.push_str("</publish>\n");
        }
        for (uri, object) in old.iter().filter(|(uri, _)| !new.contains_key(*uri)) {
            let hash = old_hash(object);
            text.push_str(&["<withdraw uri=\"", uri, "\" hash=\"", &hash, "\"/>\n"].concat());
        }
        text.push_str("</delta>\n");
        if newest && self.does(FeedAct::HeavyDelta) {
            text.push_str(&["<!--", &"+ ".repeat(HEAVY / 2), "-->\n"].concat());
        }
        match newest {
            true => self.replaced(FeedFile::Delta, text),
            false => text.into(),
        }
    }
}

/// A snapshot that is too large to be held: written while its objects are made.
pub(super) struct Stream<'a> {
    writer: Writer<'a>,
    serial: u64,
    hash: Context,
    /// What is not written yet.
    text: String,
}

impl<'a> Stream<'a> {
    /// Begins the snapshot of an hour, the only file of its session.
    pub(super) fn begin(repository: &'a Repository, session_seed: &str, hour: Hour) -> Self {
        let writer = Writer {
            repository,
            session: uuid(session_seed),
            acts: &[],
        };
        let serial = writer.serial(hour);
        let head = Writer::head("snapshot", 1, &writer.session, serial);
        Self {
            text: [DECLARATION, &head].concat(),
            hash: Context::new(&SHA256),
            serial,
            writer,
        }
    }

    /// Returns the URL of the snapshot.
    pub(super) fn url(&self) -> String {
        self.writer.url(self.serial, "snapshot")
    }

    /// Adds an object.
    pub(super) fn add(&mut self, object: &Published) {
        publish(&mut self.text, object, None);
    }

    /// Writes what was added since it was written last.
    pub(super) fn write(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.hash.update(self.text.as_bytes());
        out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    /// Ends the snapshot and returns the notification file.
    pub(super) fn finish(mut self, out: &mut impl Write) -> io::Result<Bytes> {
        self.text.push_str("</snapshot>\n");
        self.write(out)?;
        let hash = data_encoding::HEXLOWER.encode(self.hash.finish().as_ref());
        let url = self.writer.url(self.serial, "snapshot");
        let listed = self.writer.list(None, &url, hash);
        Ok(self.writer.notification(self.serial, &[listed]))
    }
}

/// Writes a publish element; with the hash of what it replaces, if anything.
fn publish(text: &mut String, object: &Published, before: Option<String>) {
    text.push_str(&["<publish uri=\"", &object.uri, "\""].concat());
    if let Some(hash) = before {
        text.push_str(&[" hash=\"", &hash, "\""].concat());
    }
    text.push('>');
    data_encoding::BASE64.encode_append(&object.octets, text);
    text.push_str("</publish>\n");
}

fn hex(octets: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&sha256(octets))
}

/// Returns a UUID of version 4 that follows from a text.
fn uuid(seed: &str) -> String {
    let mut octets = sha256(seed.as_bytes());
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut octets;
    *version = *version & 0x0f | 0x40;
    *variant = *variant & 0x3f | 0x80;
    let text = data_encoding::HEXLOWER.encode(&octets);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}
