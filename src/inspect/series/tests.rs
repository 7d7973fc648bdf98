use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use super::*;
use crate::inspect::rpki::{Certified, Kind, Outline};
use crate::inspect::rrdp::{Limits, Reading, Tally, digest, read_delta};

const DAY: i64 = 86_400;

/// Returns a capture without objects, so many hours after the first one.
fn capture(hour: i64, serial: u64) -> Capture {
    let file = |name: &str| File::new(name, &digest(name.as_bytes()));
    Capture {
        at: jiff::Timestamp::from_second(1_800_000_000 + hour * 3_600).unwrap(),
        notify: "https://a.test/notification.xml".to_owned(),
        session: "session".to_owned(),
        serial,
        snapshot: file(&format!("https://a.test/{serial}/snapshot.xml")),
        deltas: (1..=serial)
            .map(|serial| (serial, file(&format!("https://a.test/{serial}/delta.xml"))))
            .collect(),
        anchor: None,
        objects: BTreeMap::new(),
    }
}

/// Returns an object of issuer `ca` that lasts for a day.
fn held(kind: Kind, serial: &str, octets: &str) -> Held {
    let hash = data_encoding::HEXLOWER.encode(&digest(octets.as_bytes()));
    let certificate = Certified {
        issuer: "ca".to_owned(),
        subject: format!("key of {octets}"),
        serial: serial.to_owned(),
        digest: hash.clone(),
        not_before: Some(1_800_000_000 - DAY),
        not_after: Some(1_800_000_000 + DAY),
        asns: Vec::new(),
    };
    Held {
        hash,
        outline: Outline {
            kind: Some(kind),
            certificate: Some(certificate),
            content: Some(octets.to_owned()),
            ..Outline::default()
        },
    }
}

fn manifest(number: &str, issued: i64, octets: &str) -> Held {
    let mut held = held(Kind::Manifest, octets, octets);
    held.outline.number = Some(number.to_owned());
    held.outline.issued = Some(issued);
    held
}

fn crl(revoked: &[&str]) -> Held {
    Held {
        hash: revoked.concat(),
        outline: Outline {
            kind: Some(Kind::Crl),
            issuer: Some("ca".to_owned()),
            revoked: revoked.iter().map(|serial| (*serial).to_owned()).collect(),
            ..Outline::default()
        },
    }
}

fn with(mut capture: Capture, objects: &[(&str, Held)]) -> Capture {
    let objects = objects.iter();
    capture
        .objects
        .extend(objects.map(|(uri, held)| ((*uri).to_owned(), held.clone())));
    capture
}

/// Returns the rules that find something, without what all their ids begin with.
fn found(earlier: &Capture, present: &Capture) -> Vec<String> {
    let pair = Pair::of(earlier, present, None, None);
    let inspected = look(&pair);
    let rules = inspected.findings.iter();
    let mut ids: Vec<String> = rules
        .map(|finding| finding.rule.trim_start_matches("rpki.series.").to_owned())
        .collect();
    ids.dedup();
    ids
}

#[track_caller]
fn check(earlier: &Capture, present: &Capture, expected: &[&str]) {
    assert_eq!(found(earlier, present), expected);
}

#[test]
fn files_of_a_session_never_change() {
    let earlier = capture(0, 7);
    check(&earlier, &capture(1, 8), &[]);
    check(&earlier, &capture(1, 6), &["serial-grows"]);
    check(&earlier, &capture(1, 69), &["delta-rate"]);
    let mut other = capture(1, 8);
    other.deltas.get_mut(&3).unwrap().hash = "other".to_owned();
    check(&earlier, &other, &["delta-immutable"]);
    let mut other = capture(1, 7);
    other.snapshot.hash = "other".to_owned();
    check(&earlier, &other, &["snapshot-immutable"]);
    let reset = Capture {
        session: "another".to_owned(),
        ..capture(1, 1)
    };
    check(&earlier, &reset, &[]);
    let pair = Pair::of(&earlier, &reset, None, None);
    assert!(measure(&pair).session_changed);
    assert_eq!(measure(&pair).publication_interval, None);
}

#[test]
fn an_earlier_snapshot_that_is_there_is_the_same() {
    let (earlier, present) = (capture(0, 7), capture(1, 8));
    for (status, hash, expected) in [
        (200, Some(earlier.snapshot.hash.clone()), None),
        (200, Some("other".to_owned()), Some("snapshot-immutable")),
        (404, None, Some("files-remain")),
    ] {
        let kept = Kept { status, hash };
        let inspected = look(&Pair::of(&earlier, &present, None, Some(&kept)));
        let rule = inspected.findings.first().map(|finding| &*finding.rule);
        let expected = expected.map(|id| format!("rpki.series.{id}"));
        assert_eq!(rule, expected.as_deref());
    }
}

#[test]
fn numbers_times_and_keys_of_manifests_are_used_once() {
    let earlier = with(capture(0, 1), &[("a.mft", manifest("ff", 10, "one"))]);
    let present = |held| with(capture(1, 2), &[("a.mft", held)]);
    check(&earlier, &present(manifest("100", 11, "two")), &[]);
    let smaller = manifest("fe", 11, "two");
    check(&earlier, &present(smaller), &["manifest-number"]);
    let same = manifest("ff", 11, "two");
    check(&earlier, &present(same), &["manifest-number-once"]);
    let older = manifest("100", 10, "two");
    check(&earlier, &present(older), &["manifest-this-update"]);
    let mut key = manifest("100", 11, "two");
    key.outline.certificate.as_mut().unwrap().subject = "key of one".to_owned();
    check(&earlier, &present(key), &["manifest-key"]);
    let pair = present(manifest("101", 30, "two"));
    let pair = Pair::of(&earlier, &pair, None, None);
    assert_eq!(measure(&pair).manifest_intervals, [10]);
}

#[test]
fn what_is_gone_before_its_end_is_revoked() {
    let objects = [
        ("a.roa", held(Kind::Roa, "1", "a")),
        ("b.asa", held(Kind::Aspa, "2", "b")),
        ("a.crl", crl(&[])),
    ];
    let earlier = with(capture(0, 1), &objects);
    let left = |revoked: &[&str]| with(capture(1, 2), &[("a.crl", crl(revoked))]);
    check(&earlier, &left(&["1", "2"]), &[]);
    check(&earlier, &left(&["1"]), &["superseded-revoked"]);
    check(&earlier, &left(&["2"]), &["deleted-roa-revoked"]);
    // A ROA that says the same is a replacement, not a deletion.
    let mut again = held(Kind::Roa, "3", "a");
    again.outline.certificate.as_mut().unwrap().digest = "another".to_owned();
    let replaced = with(left(&["2"]), &[("c.roa", again)]);
    check(&earlier, &replaced, &["superseded-revoked"]);
    // What has ended need not be revoked, and what issuer says so is not known without a CRL.
    check(&earlier, &with(capture(48, 2), &[("a.crl", crl(&[]))]), &[]);
    check(&earlier, &capture(1, 2), &[]);
}

#[test]
fn a_serial_number_stands_for_one_certificate() {
    let earlier = with(capture(0, 1), &[("a.roa", held(Kind::Roa, "1", "a"))]);
    let present = with(capture(1, 2), &[("b.roa", held(Kind::Roa, "1", "b"))]);
    check(&earlier, &present, &["serial-unique"]);
    // Two at one time are no matter of series.
    let twice = with(present, &[("c.roa", held(Kind::Roa, "1", "c"))]);
    check(&capture(0, 1), &twice, &[]);
    check(
        &twice,
        &with(capture(1, 2), &[("d.roa", held(Kind::Roa, "1", "d"))]),
        &[],
    );
}

#[test]
fn what_is_certified_no_more_publishes_no_more() {
    let mut ca = held(Kind::CaCertificate, "9", "ca");
    ca.outline.certificate.as_mut().unwrap().issuer = "ta".to_owned();
    ca.outline.certificate.as_mut().unwrap().subject = "ca".to_owned();
    let mut aspa = held(Kind::Aspa, "1", "a");
    aspa.outline.customer = Some(64_500);
    ca.outline.certificate.as_mut().unwrap().asns = vec![(64_496, 64_511)];
    let all = [("ca.cer", ca.clone()), ("a.asa", aspa.clone())];
    let earlier = with(capture(0, 1), &all);
    check(&earlier, &with(capture(1, 2), &all), &[]);
    let left = with(capture(1, 2), &[("a.asa", aspa.clone())]);
    check(&earlier, &left, &["old-point-empty"]);
    ca.outline.certificate.as_mut().unwrap().asns = vec![(64_501, 64_511)];
    let less = with(capture(1, 2), &[("ca.cer", ca), ("a.asa", aspa)]);
    let ids = found(&earlier, &less);
    assert_eq!(ids, ["aspa-number-held"]);
}

#[test]
fn a_trust_anchor_goes_forward() {
    let anchor = |serial: &str, octets: &str, not_before: i64| {
        let mut outline = held(Kind::TrustAnchor, serial, octets).outline;
        let certificate = outline.certificate.as_mut().unwrap();
        certificate.subject = "key".to_owned();
        certificate.not_before = Some(not_before);
        Capture {
            anchor: Some(outline),
            ..capture(0, 1)
        }
    };
    let earlier = anchor("1", "a", 10);
    check(&earlier, &anchor("1", "a", 10), &[]);
    check(&earlier, &anchor("2", "b", 20), &[]);
    check(&earlier, &anchor("1", "b", 20), &["ta-reissued"]);
    check(&earlier, &anchor("2", "b", 9), &["ta-not-older"]);
    let reissued = anchor("2", "b", 20);
    let pair = Pair::of(&earlier, &reissued, None, None);
    assert_eq!(measure(&pair).anchor_reissued, Some(true));
}

#[test]
fn a_key_of_a_trust_anchor_is_followed_by_its_successor() {
    let tak = |current: &str, successor: Option<&str>| {
        let mut held = held(Kind::Tak, "1", "tak");
        let text = |key: &str| Some(key.to_owned());
        held.outline.keys = Some([text(current), None, successor.and_then(text)]);
        with(capture(0, 1), &[("a.tak", held)])
    };
    check(&tak("a", None), &tak("a", Some("b")), &[]);
    check(&tak("a", Some("b")), &tak("b", None), &[]);
    check(&tak("a", Some("b")), &tak("c", None), &["tak-successor"]);
}

/// Applies a delta to the objects `a` = `1`, and says what is found if the result is held against a snapshot.
fn replayed(changes: &str, snapshot: &[(&str, &str)]) -> Vec<String> {
    let delta = format!(
        r#"<delta xmlns="http://www.ripe.net/rpki/rrdp" version="1" session_id="a2d845c4-5b91-4015-a2b7-988c03ce232a" serial="2">{changes}</delta>"#
    );
    let of = |name: &str, octets: &str| {
        let mut one = held(Kind::Roa, name, octets);
        one.outline.certificate = None;
        (format!("rsync://a.test/m/{name}"), one)
    };
    let mut earlier = capture(0, 1);
    earlier.objects.extend([of("a", "1")]);
    let mut present = capture(1, 2);
    let snapshot = snapshot.iter().map(|(name, octets)| of(name, octets));
    present.objects.extend(snapshot);
    let mut replay = Replay::of(&earlier);
    replay.begin("https://a.test/2/delta.xml");
    let cancel = AtomicBool::new(false);
    let reading = Reading {
        url: "https://a.test/2/delta.xml",
        limits: Limits::DEFAULT,
        authorities: &[],
        cancel: &cancel,
    };
    let seen = read_delta(delta.as_bytes(), &reading, &mut replay, &mut Tally::new());
    assert_eq!(seen.stopped, None);
    let inspected = look(&Pair::of(&earlier, &present, Some(&replay), None));
    assert!(inspected.looked.contains("rpki.rrdp.delta-change"));
    assert!(inspected.looked.contains("rpki.rrdp.delta-replay"));
    let findings = inspected.findings.iter();
    findings.map(|finding| finding.rule.to_string()).collect()
}

fn publish(name: &str, octets: &str, replaces: Option<&str>) -> String {
    let base64 = data_encoding::BASE64.encode(octets.as_bytes());
    let hash = replaces
        .map(|old| format!(" hash=\"{}\"", hex(old)))
        .unwrap_or_default();
    format!(r#"<publish uri="rsync://a.test/m/{name}"{hash}>{base64}</publish>"#)
}

fn withdraw(name: &str, octets: &str) -> String {
    let hash = hex(octets);
    format!(r#"<withdraw uri="rsync://a.test/m/{name}" hash="{hash}"/>"#)
}

fn hex(octets: &str) -> String {
    data_encoding::HEXLOWER.encode(&digest(octets.as_bytes()))
}

#[test]
fn an_earlier_snapshot_with_its_deltas_is_the_present_one() {
    let fits = publish("b", "22", None) + &publish("a", "3", Some("1"));
    assert!(replayed(&fits, &[("a", "3"), ("b", "22")]).is_empty());
    assert!(replayed(&withdraw("a", "1"), &[]).is_empty());
    let lost = replayed(&fits, &[("a", "3"), ("c", "4")]);
    assert_eq!(lost, ["rpki.rrdp.delta-replay"; 2]);
    let wrong = [
        publish("a", "2", None),
        publish("b", "2", Some("1")),
        publish("a", "3", Some("1")),
        withdraw("c", "1"),
        withdraw("a", "1"),
    ];
    let odd = replayed(&wrong.concat(), &[("b", "2")]);
    assert_eq!(odd, ["rpki.rrdp.delta-change"; 5]);
}

#[test]
fn a_capture_is_read_as_it_was_written_and_nothing_else_is() {
    let mut written = with(capture(0, 2), &[("a.mft", manifest("ff", 10, "one"))]);
    written.anchor = Some(held(Kind::TrustAnchor, "1", "ta").outline);
    let octets = written.to_octets().unwrap();
    assert_eq!(Capture::read(&octets).unwrap(), written);
    for hostile in [&b""[..], b"[]", b"{}", &octets[..octets.len() / 2]] {
        assert!(Capture::read(hostile).is_err());
    }
}
