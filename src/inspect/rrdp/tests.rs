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
fn a_good_notification_is_read_whole() {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"US-ASCII\"?>\n<!-- a -->{}\n",
        notification("3", &[3, 1, 2])
    );
    let seen = check_notification(&text, &[]);
    assert_eq!(seen.head.serial, Some(3));
    assert_eq!(seen.head.session.as_deref(), Some(SESSION));
    assert_eq!(
        seen.deltas.iter().map(|d| d.serial).collect::<Vec<_>>(),
        [3, 1, 2]
    );
    assert_eq!(seen.snapshot.unwrap().hash, digest(b""));
    let prefixed = notification("3", &[])
        .replace("xmlns=", "xmlns:r=")
        .replace("<notification", "<r:notification")
        .replace("</notification", "</r:notification")
        .replace("<snapshot", "<r:snapshot");
    check_notification(&prefixed, &[]);
}

#[test]
fn the_head_is_looked_at_attribute_by_attribute() {
    let good = notification("3", &[]);
    for (from, to, expected) in [
        (
            "rpki/rrdp\"",
            "rpki/rrdp/\"",
            "namespace notification@0 the namespace is",
        ),
        (XMLNS, "", "namespace notification@0 no namespace"),
        (
            "version=\"1\"",
            "version=\"2\"",
            "version notification/@version@0 `2`; expected `1`",
        ),
        (
            "version=\"1\"",
            "",
            "version notification/@version@0 missing",
        ),
        ("-4015-", "-1015-", "session-id notification/@session_id@0"),
        (
            "serial=\"3\"",
            "serial=\"0\"",
            "serial notification/@serial@0 `0`; expected a positive",
        ),
        (
            "serial=\"3\"",
            "serial=\"-3\"",
            "serial notification/@serial@0",
        ),
        (
            "serial=\"3\"",
            "serial=\" 3\"",
            "serial notification/@serial@0",
        ),
        ("serial=\"3\"", "", "serial notification/@serial@0 missing"),
        (
            "serial=\"3\"",
            "serial=\"99999999999999999999\"",
            "limits notification/@serial@0 the serial has 20",
        ),
        (
            "serial=\"3\"",
            "serial=\"3\" more=\"\"",
            "form notification/@more@0 the schema has no",
        ),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        check_notification(&text, &[expected]);
    }
}

#[test]
fn links_are_https_with_a_hash_and_of_the_same_origin() {
    let good = notification("3", &[3]);
    for (from, to, expected) in [
        (
            "uri=\"https://rrdp.test/s",
            "uri=\"http://rrdp.test/s",
            "snapshot-element notification/snapshot[1]/@uri",
        ),
        (
            "uri=\"https://rrdp.test/s",
            "uri=\"rsync://rrdp.test/s",
            "snapshot-element notification/snapshot[1]/@uri",
        ),
        (
            "uri=\"https://rrdp.test/d",
            "uri=\"d",
            "delta-element notification/delta[1]/@uri",
        ),
        (
            "https://rrdp.test/d",
            "https://rrdp.test:444/d",
            "same-origin notification/delta[1]/@uri",
        ),
        (
            "https://rrdp.test/s",
            "https://other.test/s",
            "same-origin notification/snapshot[1]/@uri",
        ),
        (
            "E3B0C4",
            "",
            "snapshot-element notification/snapshot[1]/@hash",
        ),
        (
            "<delta serial=\"3\"",
            "<delta",
            "delta-element notification/delta[1]/@serial",
        ),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        let seen = check_notification(&text, &[expected]);
        assert!(seen.stopped.is_none());
    }
    let none = head("notification", "3") + "</notification>";
    check_notification(&none, &["snapshot-element notification@0 0 snapshots"]);
    let two = good.replacen("<delta serial=\"3\"", "<snapshot", 1);
    check_notification(&two, &["2 snapshots"]);
}

#[test]
fn deltas_are_contiguous_up_to_the_serial() {
    check_notification(&notification("5", &[5, 4, 3]), &[]);
    check_notification(
        &notification("5", &[5, 3]),
        &["delta-sequence notification@0 serial 4 is"],
    );
    check_notification(&notification("9", &[9, 3]), &["serials 4 to 8 are missing"]);
    check_notification(&notification("5", &[5, 5, 4]), &["serial 5 comes twice"]);
    check_notification(&notification("5", &[4, 3]), &["the highest serial is 4"]);
    check_notification(&notification("5", &[6, 5]), &["the highest serial is 6"]);
    let seen = check_notification(&notification("6", &[1, 2, 3, 4, 5, 6]), &["limits @"]);
    assert!(matches!(
        seen.stopped,
        Some(Stopped::Limit { what: "deltas", .. })
    ));
}

#[test]
fn what_is_no_notification_ends_the_reading() {
    let good = notification("3", &[]);
    for (text, expected) in [
        (String::new(), "form @0 octet 0: the file ends"),
        ("  ".to_owned(), "the file ends"),
        ("x".to_owned(), "form"),
        ("<a>".to_owned(), "the root element is not `notification`"),
        (snapshot(&[]), "the root element is not `notification`"),
        (good.replace("</notification>", ""), "ends before"),
        (good.replace("/>", "><a/></snapshot>"), "deeper"),
        (good.replace("/>", ">x</snapshot>"), "text that no"),
        (
            good.replace("</notification>", "<publish/></notification>"),
            "does not have",
        ),
        (good.replace("</notification>", "</b>"), "form"),
        (good.clone() + "<notification/>", "second root"),
        (
            good.clone() + "<?xml version=\"1.0\"?>",
            "not at the beginning",
        ),
        (good.clone() + "x", "text"),
        (format!("<?xml version=\"1.1\"?>{good}"), "expected XML 1.0"),
        (good.replacen("serial=", "version=", 1), "form"),
        (good.replace("/>", "/"), "form"),
        (format!("<![CDATA[x]]>{good}"), "text where the root"),
    ] {
        let seen = check_notification(&text, &[expected]);
        assert!(seen.stopped.is_some(), "{text}");
    }
}

#[test]
fn no_entity_is_ever_expanded() {
    let good = notification("3", &[]);
    let bomb = "<!DOCTYPE l [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    for (text, expected) in [
        (
            format!("{bomb}{good}"),
            "no-doctype @0 octet 0: a document type",
        ),
        (
            good.replace("<snapshot", "&b;<snapshot"),
            "a reference `&b;`",
        ),
        (
            good.replace("<snapshot", "&#32;<snapshot"),
            "a reference `&#32;`",
        ),
    ] {
        let seen = check_notification(&text, &[expected]);
        assert!(seen.stopped.unwrap().is_of_the_file());
    }
    let text = good.replace("rrdp.test/s", "rrdp.test/&b;");
    check_notification(&text, &["form"]);
    let text = good.replace("rrdp.test/s/", "rrdp.test/&amp;/");
    let seen = check_notification(&text, &[]);
    assert!(seen.snapshot.unwrap().uri.contains("test/&/"));
}

#[test]
fn bombs_are_bounded_before_they_are_held() {
    let good = notification("3", &[]);
    let blank = " ".repeat(2_000);
    for text in [
        format!("{blank}{good}"),
        good.replace("<snapshot", &format!("{blank}<snapshot")),
        good.replace("<snapshot", &format!("<!--{blank}--><snapshot")),
        good.replace("<snapshot", &format!("<snapshot{blank}")),
        good.replacen(
            "serial=\"3\"",
            &format!("serial=\"{}\"", "1".repeat(2_000)),
            1,
        ),
    ] {
        let seen = check_notification(&text, &["limits @"]);
        assert!(matches!(
            seen.stopped,
            Some(Stopped::Limit { limit: 1_000, .. })
        ));
    }
    let attributes: String = (0..40).map(|n| format!(" a{n}=\"\"")).collect();
    check_notification(
        &good.replacen(" serial", &format!("{attributes} serial"), 1),
        &["more attributes"],
    );
}

#[test]
fn only_ascii_is_read_without_complaint() {
    let good = notification("3", &[]);
    check_notification(
        &good.replace("<snapshot", "<!-- é --><snapshot"),
        &["encoding @"],
    );
    check_notification(
        &format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{good}"),
        &["encoding encoding@0 the encoding is declared as `UTF-8`"],
    );
    let cancel = AtomicBool::new(false);
    let mut tally = Tally::new();
    let octets = good
        .replace("<snapshot", "<!-- \u{1} --><snapshot")
        .into_bytes();
    let octets: Vec<u8> = octets
        .into_iter()
        .map(|o| if o == 1 { 0xe9 } else { o })
        .collect();
    let seen = read_notification(octets.as_slice(), &reading(&cancel), &mut tally);
    assert!(seen.stopped.is_some());
    assert_eq!(tally.count(Rule::Encoding), 1);
}

#[test]
fn a_snapshot_gives_its_objects_in_order() {
    let text = snapshot(&[
        ("rsync://a.test/m/a.cer", "YWJj"),
        ("rsync://a.test/m/b.ROA", "\n  YWJj\n  ZGVm \r\n"),
        ("rsync://A.test/m/c", ""),
        ("rsync://a.test/m/d.cer", "<![CDATA[YWJj]]>"),
        ("rsync://a.test/m/e.cer", "YWI=<!-- here -->"),
    ]);
    let (seen, kept) = check_snapshot(&text, &[]);
    let texts: Vec<&str> = kept.iter().map(|k| k.split('@').next().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "rsync://a.test/m/a.cer abc",
            "rsync://a.test/m/b.ROA abcdef",
            "rsync://A.test/m/c ",
            "rsync://a.test/m/d.cer abc",
            "rsync://a.test/m/e.cer ab",
        ]
    );
    let at = text.find("<publish uri=\"rsync://a.test/m/b").unwrap();
    assert!(kept[1].ends_with(&format!("@{at}")), "{}", kept[1]);
    assert_eq!(
        seen.published,
        Amount {
            count: 5,
            bytes: 14
        }
    );
    assert_eq!(seen.largest, 6);
    let extensions: Vec<_> = seen
        .by_extension
        .iter()
        .map(|(e, a)| (e.as_str(), a.count))
        .collect();
    assert_eq!(extensions, [("cer", 3), ("roa", 1)]);
    assert_eq!(seen.authorities.get("a.test"), Some(&5));
}

#[test]
fn objects_that_cannot_be_read_are_found_and_left_out() {
    let text = snapshot(&[
        ("rsync://a.test/m/../a.cer", "YWJj"),
        ("rsync://a.test/m/b.cer", "YWJ"),
        ("rsync://a.test/m/c.cer", "YW&quot;Jj"),
    ]);
    let (seen, kept) = check_snapshot(
        &text,
        &[
            "no-doctype",
            "object-uri publish[1]/@uri",
            "base64 publish[2]",
        ],
    );
    assert!(kept.is_empty());
    assert_eq!(seen.unreadable, 2);
    let text = snapshot(&[
        ("rsync://a.test/m/a.cer", "YWJj"),
        ("rsync://b.test/m/a.cer", "YWJj"),
        ("rsync://a.test/m/a.cer", "YWJk"),
    ]);
    let (seen, _) = check_snapshot(
        &text,
        &["one-authority publish[2]/@uri", "unique-uri publish[3]"],
    );
    assert_eq!(seen.authorities.len(), 2);
    check_snapshot(
        &snapshot(&[("rsync://a.test/m/a", "")]).replace(" uri=", " hash=\"\" uri="),
        &["form publish[1]/@hash"],
    );
}

#[test]
fn authorities_that_are_declared_are_held_to() {
    let cancel = AtomicBool::new(false);
    let mut tally = Tally::new();
    let ours = ["b.test".to_owned()];
    let reading = Reading {
        authorities: &ours,
        ..reading(&cancel)
    };
    let text = snapshot(&[
        ("rsync://a.test/m/a.cer", ""),
        ("rsync://b.test/m/a.cer", ""),
    ]);
    read_snapshot(text.as_bytes(), &reading, &mut (), &mut tally);
    same(&found(tally), &["one-authority publish[1]"]);
}

#[test]
fn objects_are_bounded_in_size_and_number() {
    let large = "A".repeat(4 * 1_000);
    check_snapshot(&snapshot(&[("rsync://a.test/m/a", &large)]), &[]);
    let text = snapshot(&[("rsync://a.test/m/a", &"A".repeat(80_000))]);
    let (seen, _) = check_snapshot(&text, &["limits @"]);
    assert!(matches!(
        seen.stopped,
        Some(Stopped::Limit {
            what: "an object",
            ..
        })
    ));
    let text = snapshot(&[("rsync://a.test/m/a", &" ".repeat(80_000))]);
    check_snapshot(&text, &["limits @"]);
    let six: Vec<String> = (0..6).map(|n| format!("rsync://a.test/m/{n}")).collect();
    let six: Vec<(&str, &str)> = six.iter().map(|uri| (uri.as_str(), "")).collect();
    let (seen, kept) = check_snapshot(&snapshot(&six), &["limits @"]);
    assert_eq!((seen.published.count, kept.len()), (5, 5));
}

#[test]
fn a_delta_publishes_replaces_and_withdraws() {
    let hash = hash_hex(b"old");
    let text = head("delta", "3")
        + &format!(
            r#"<publish uri="rsync://a.test/m/a">YWJj</publish>
            <publish uri="rsync://a.test/m/b" hash="{hash}">YWJj</publish>
            <withdraw uri="rsync://a.test/m/c" hash="{hash}"/>
            <withdraw uri="rsync://a.test/m/d" hash="{hash}"></withdraw></delta>"#
        );
    let (seen, kept) = check_delta(&text, &[]);
    let texts: Vec<&str> = kept.iter().map(|k| k.split('@').next().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "rsync://a.test/m/a abc",
            "rsync://a.test/m/b abc again ",
            "-rsync://a.test/m/c",
            "-rsync://a.test/m/d",
        ]
    );
    assert_eq!((seen.published.count, seen.withdrawn), (2, 2));
    let bad = text.replacen(&format!(" hash=\"{hash}\"/>"), "/>", 1);
    check_delta(&bad, &["form withdraw[3]/@hash"]);
    check_delta(&(head("delta", "3") + "</delta>"), &["form @"]);
    check_delta(
        &text.replacen("></withdraw>", ">x</withdraw>", 1),
        &["form @"],
    );
    check_delta(&text.replace("withdraw", "snapshot"), &["form @"]);
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
