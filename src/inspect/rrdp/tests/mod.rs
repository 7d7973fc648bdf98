mod files;
mod notifications;

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

const SESSION: &str = "a2d845c4-5b91-4015-a2b7-988c03ce232a";
const XMLNS: &str = r#"xmlns="http://www.ripe.net/rpki/rrdp""#;

fn head(kind: &str, serial: &str) -> String {
    format!(r#"<{kind} {XMLNS} version="1" session_id="{SESSION}" serial="{serial}">"#)
}

fn hash_hex(octets: &[u8]) -> String {
    data_encoding::HEXUPPER.encode(&digest(octets))
}

fn notification(serial: &str, deltas: &[u64]) -> String {
    let hash = hash_hex(b"");
    let mut text = head("notification", serial);
    text += &format!(r#"<snapshot uri="https://rrdp.test/s/9f86d081884c7d65.xml" hash="{hash}"/>"#);
    for serial in deltas {
        let uri = format!("https://rrdp.test/d/9f86d081884c7d6{serial}a.xml");
        text += &format!(r#"<delta serial="{serial}" uri="{uri}" hash="{hash}"/>"#);
    }
    text + "</notification>"
}

fn snapshot(objects: &[(&str, &str)]) -> String {
    let mut text = head("snapshot", "3");
    for (uri, base64) in objects {
        text += &format!(r#"<publish uri="{uri}">{base64}</publish>"#);
    }
    text + "</snapshot>"
}

const LIMITS: Limits = Limits {
    element_bytes: 1_000,
    object_bytes: 3_000,
    objects: 5,
    deltas: 5,
};

/// Keeps what comes.
#[derive(Default)]
struct Kept(Vec<String>);

impl Sink for Kept {
    fn take(&mut self, change: Change<'_>, at: u64, _tally: &mut Tally) -> io::Result<()> {
        self.0.push(match change {
            Change::Publish {
                uri,
                octets,
                hash,
                replaces,
            } => {
                assert_eq!(hash, digest(octets));
                let text = String::from_utf8_lossy(octets);
                format!(
                    "{uri} {text}{}@{at}",
                    if replaces.is_some() { " again " } else { "" }
                )
            }
            Change::Withdraw { uri, .. } => format!("-{uri}@{at}"),
        });
        Ok(())
    }
}

fn reading(cancel: &AtomicBool) -> Reading<'_> {
    Reading {
        url: "https://rrdp.test/n.xml",
        limits: LIMITS,
        authorities: &[],
        cancel,
    }
}

/// Returns findings as `rule place message` without what all have in common.
fn found(tally: Tally) -> Vec<String> {
    let inspected = tally.finish();
    let each = inspected.findings.iter().map(|finding| {
        let rule = finding.rule.trim_start_matches("rpki.rrdp.");
        let place = finding
            .location
            .trim_start_matches("https://rrdp.test/n.xml#");
        format!("{rule} {place} {}", finding.message)
    });
    each.collect()
}

#[track_caller]
fn same(seen: &[String], expected: &[&str]) {
    let fits = seen.len() == expected.len()
        && seen
            .iter()
            .zip(expected)
            .all(|(seen, part)| seen.contains(part));
    assert!(fits, "{seen:#?}, expected {expected:#?}");
}

#[track_caller]
fn check_notification(text: &str, expected: &[&str]) -> Notification {
    let cancel = AtomicBool::new(false);
    let mut tally = Tally::new();
    let seen = read_notification(text.as_bytes(), &reading(&cancel), &mut tally);
    let file = seen.file.unwrap();
    assert_eq!(
        (file.hash, file.bytes),
        (digest(text.as_bytes()), text.len() as u64)
    );
    same(&found(tally), expected);
    seen
}

#[track_caller]
fn check_snapshot(text: &str, expected: &[&str]) -> (Objects, Vec<String>) {
    let cancel = AtomicBool::new(false);
    let (mut tally, mut kept) = (Tally::new(), Kept::default());
    let seen = read_snapshot(text.as_bytes(), &reading(&cancel), &mut kept, &mut tally);
    assert_eq!(seen.file.unwrap().hash, digest(text.as_bytes()));
    same(&found(tally), expected);
    (seen, kept.0)
}

#[track_caller]
fn check_delta(text: &str, expected: &[&str]) -> (Objects, Vec<String>) {
    let cancel = AtomicBool::new(false);
    let (mut tally, mut kept) = (Tally::new(), Kept::default());
    let seen = read_delta(text.as_bytes(), &reading(&cancel), &mut kept, &mut tally);
    same(&found(tally), expected);
    (seen, kept.0)
}

#[test]
fn files_are_held_against_their_notification() {
    let cancel = AtomicBool::new(false);
    let reading = reading(&cancel);
    let text = snapshot(&[("rsync://a.test/m/a", "")]);
    let snapshot = read_snapshot(text.as_bytes(), &reading, &mut (), &mut Tally::new());
    let mut notification = Notification {
        head: snapshot.head.clone(),
        ..Notification::default()
    };
    let mut link = Link {
        serial: 3,
        uri: String::new(),
        hash: digest(text.as_bytes()),
        at: 0,
    };
    let mut tally = Tally::new();
    relate_snapshot(&notification, &link, &snapshot, &reading, &mut tally);
    assert!(tally.has_looked(Rule::SnapshotHash) && tally.has_looked(Rule::SnapshotMatch));
    same(&found(tally), &[]);
    link.hash[0] ^= 1;
    link.serial = 4;
    notification.head.session = Some("b".to_owned());
    let mut tally = Tally::new();
    relate_deltas(&notification, &link, &snapshot, &reading, &mut tally);
    same(
        &found(tally),
        &[
            "delta-hash delta@0",
            "delta-match delta/@session_id",
            "delta-match delta/@serial@0 3; expected 4",
        ],
    );
    let mut tally = Tally::new();
    let two = [snapshot.clone(), snapshot.clone()];
    relate_volume(&snapshot, &two[..1], &reading, &mut tally);
    assert_eq!(tally.count(Rule::DeltaVolume), 0);
    relate_volume(&snapshot, &two, &reading, &mut tally);
    assert_eq!(tally.count(Rule::DeltaVolume), 1);
}

/// Sets a flag at its end and goes on for ever.
struct Endless<'a>(&'a [u8], &'a AtomicBool);

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            self.1.store(true, Ordering::Relaxed);
            return io::repeat(b' ').take(100).read(buffer);
        }
        self.0.read(buffer)
    }
}

#[test]
fn a_cancelled_reading_ends_at_once_and_blames_nobody() {
    let cancel = AtomicBool::new(false);
    let text = notification("3", &[]);
    let mut tally = Tally::new();
    let seen = read_notification(
        Endless(text.as_bytes(), &cancel),
        &reading(&cancel),
        &mut tally,
    );
    assert_eq!(seen.stopped, Some(Stopped::Cancelled));
    assert_eq!(seen.file, None);
    same(&found(tally), &[]);
}

#[test]
fn paths_that_can_be_guessed_are_found() {
    let cancel = AtomicBool::new(false);
    let mut tally = Tally::new();
    let text = notification("3", &[3]).replace("s/9f86d081884c7d65", "3/snapshot");
    let seen = read_notification(text.as_bytes(), &reading(&cancel), &mut tally);
    relate_paths(&seen, &reading(&cancel), &mut tally);
    same(&found(tally), &["unpredictable-path"]);
}

/// The real files of `../shared/data`, where they are there.
#[test]
fn real_files_are_read() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/data/rpki/rrdp/rpki-crate"
    );
    let Ok(octets) = std::fs::read(format!("{folder}/ripe-snapshot.xml")) else {
        use std::io::Write as _;
        writeln!(io::stderr(), "skipped: no real RRDP files").unwrap();
        return;
    };
    let cancel = AtomicBool::new(false);
    let reading = Reading {
        limits: Limits::DEFAULT,
        ..reading(&cancel)
    };
    let mut tally = Tally::new();
    let snapshot = read_snapshot(octets.as_slice(), &reading, &mut (), &mut tally);
    assert_eq!(snapshot.stopped, None);
    assert!(snapshot.published.count > 100, "{snapshot:?}");
    same(&found(tally), &[]);
    for (name, rules) in [
        ("ripe-notification.xml", &[][..]),
        ("ripe-notification-unsorted.xml", &[][..]),
        (
            "ripe-notification-with-gaps.xml",
            &[Rule::DeltaSequence][..],
        ),
        ("lolz-notification.xml", &[Rule::NoDoctype][..]),
    ] {
        let octets = std::fs::read(format!("{folder}/{name}")).unwrap();
        let reading = Reading {
            url: "https://rrdp.ripe.net/notification.xml",
            ..reading
        };
        let mut tally = Tally::new();
        read_notification(octets.as_slice(), &reading, &mut tally);
        let seen: Vec<_> = Rule::ALL
            .iter()
            .filter(|rule| tally.count(**rule) > 0)
            .collect();
        assert_eq!(seen, rules.iter().collect::<Vec<_>>(), "{name}");
    }
}
