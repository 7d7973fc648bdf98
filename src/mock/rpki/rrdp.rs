//! The RRDP files of a repository (RFC 8182): notification, snapshots, deltas.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;

use super::issue::{Hour, Published, time};
use super::keys::sha256;
use super::plan::Repository;

/// The hour from which serial numbers count: 2020 began.
const FIRST: Hour = 438_288;

/// Snapshots that are there beside the newest: what a client may still be reading (the
/// publication server practice says two hours).
const EARLIER_SNAPSHOTS: usize = 2;

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
}

/// A state of a repository: objects by URI.
pub(super) type State = BTreeMap<String, Published>;

/// Writes the files of a repository from its states, the newest first, and the hours of them.
pub(super) fn feed(repository: &Repository, session_seed: &str, states: &[(Hour, State)]) -> Feed {
    let session = uuid(session_seed);
    let serial = |hour: Hour| {
        let count = hour.saturating_sub(FIRST).div_euclid(repository.step);
        u64::try_from(count).unwrap_or(0).max(1)
    };
    let folder = repository.notify.rsplit_once('/').map_or("", |(f, _)| f);
    let place = |serial: u64, kind: &str| {
        let part = sha256(format!("{session}/{serial}/{kind}").as_bytes());
        let part = data_encoding::HEXLOWER.encode(&part);
        let part: String = part.chars().take(16).collect();
        format!("{folder}/{session}/{serial}/{part}/{kind}.xml")
    };
    let newest = states.first().map_or(0, |(hour, _)| *hour);
    let mut notification = head("notification", &session, serial(newest));
    let mut snapshots = BTreeMap::new();
    // All deltas together are no larger than the snapshot (RFC 8182, section 3.3.2).
    let mut room = 0;
    for (hour, state) in states.iter().take(EARLIER_SNAPSHOTS + 1) {
        let number = serial(*hour);
        let octets = snapshot(&session, number, state);
        let url = place(number, "snapshot");
        if *hour == newest {
            room = octets.len();
            let hash = hex(&octets);
            notification
                .push_str(&["<snapshot uri=\"", &url, "\" hash=\"", &hash, "\"/>\n"].concat());
        }
        snapshots.insert(url, octets);
    }
    let mut deltas = BTreeMap::new();
    for pair in states.windows(2) {
        let [(hour, new), (_, old)] = pair else {
            continue;
        };
        let number = serial(*hour);
        let octets = delta(&session, number, old, new);
        match room.checked_sub(octets.len()) {
            Some(left) => room = left,
            None => break,
        }
        let url = place(number, "delta");
        let hash = hex(&octets);
        let text = number.to_string();
        notification.push_str(
            &[
                "<delta serial=\"",
                &text,
                "\" uri=\"",
                &url,
                "\" hash=\"",
                &hash,
                "\"/>\n",
            ]
            .concat(),
        );
        deltas.insert(url, octets);
    }
    notification.push_str("</notification>\n");
    Feed {
        name: repository.name.clone(),
        notify: repository.notify.clone(),
        session,
        serial: serial(newest),
        notification: notification.into(),
        published: time(newest),
        snapshots,
        deltas,
    }
}

fn head(element: &str, session: &str, serial: u64) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"US-ASCII\"?>\n<{element} xmlns=\"{NAMESPACE}\" version=\"1\" session_id=\"{session}\" serial=\"{serial}\">\n"
    )
}

fn snapshot(session: &str, serial: u64, state: &State) -> Bytes {
    let mut text = head("snapshot", session, serial);
    for object in state.values() {
        publish(&mut text, object, None);
    }
    text.push_str("</snapshot>\n");
    text.into()
}

fn delta(session: &str, serial: u64, old: &State, new: &State) -> Bytes {
    let mut text = head("delta", session, serial);
    for (uri, object) in new {
        match old.get(uri) {
            Some(before) if before.octets == object.octets => {}
            before => publish(&mut text, object, before),
        }
    }
    for (uri, object) in old.iter().filter(|(uri, _)| !new.contains_key(*uri)) {
        let hash = hex(&object.octets);
        text.push_str(&["<withdraw uri=\"", uri, "\" hash=\"", &hash, "\"/>\n"].concat());
    }
    text.push_str("</delta>\n");
    text.into()
}

/// Writes a publish element; with the hash of what it replaces, if anything.
fn publish(text: &mut String, object: &Published, before: Option<&Published>) {
    text.push_str(&["<publish uri=\"", &object.uri, "\""].concat());
    if let Some(before) = before {
        text.push_str(&[" hash=\"", &hex(&before.octets), "\""].concat());
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
