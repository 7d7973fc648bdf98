use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::Argument;
use super::super::scripted::{self, Reply, Script, check_vocabulary, fact, failing, http};
use super::*;
use crate::fact::TextSet;
use crate::fact::{FailureKind, Inspected};
use crate::inspect::rrdp::digest;
use crate::transport::Request;

const SESSION: &str = "a2d845c4-5b91-4015-a2b7-988c03ce232a";
const URL: &str = "https://rrdp.test/notification.xml";
const DATE: &str = "date: Sun, 22 Nov 2026 08:00:00 GMT";

fn file(kind: &str, serial: u64, inside: &str) -> String {
    format!(
        r#"<{kind} xmlns="http://www.ripe.net/rpki/rrdp" version="1" session_id="{SESSION}" serial="{serial}">{inside}</{kind}>"#
    )
}

fn hex(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&digest(text.as_bytes()))
}

fn snapshot() -> String {
    let filler = "QUJD".repeat(200);
    file(
        "snapshot",
        3,
        &format!(
            r#"<publish uri="rsync://rpki.test/m/a.cer">{filler}</publish><publish uri="rsync://rpki.test/m/b.roa">QUJD</publish>"#
        ),
    )
}

fn delta(serial: u64) -> String {
    file(
        "delta",
        serial,
        r#"<publish uri="rsync://rpki.test/m/b.roa">QUJD</publish>"#,
    )
}

fn notification(deltas: &[u64]) -> String {
    let part = "0a1b2c3d4e5f60718293";
    let mut inside = format!(
        r#"<snapshot uri="https://rrdp.test/{part}/s.xml" hash="{}"/>"#,
        hex(&snapshot())
    );
    for serial in deltas {
        inside += &format!(
            r#"<delta serial="{serial}" uri="https://rrdp.test/{part}/{serial}.xml" hash="{}"/>"#,
            hex(&delta(*serial))
        );
    }
    file("notification", 3, &inside)
}

fn good(text: &str) -> Reply {
    http(200, &[], text.as_bytes())
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

const DELTAS: (&str, Argument) = ("deltas", Argument::Flag(true));

fn ask(replies: impl IntoIterator<Item = Reply>, more: &[(&'static str, Argument)]) -> Observation {
    Script::new(replies).ask(&Rrdp, URL, more)
}

fn findings(inspected: Option<&Inspected>) -> Vec<String> {
    let all = inspected.unwrap().findings.iter();
    all.map(|f| format!("{} {}", f.rule, f.message)).collect()
}

#[test]
fn every_fact_of_the_vocabulary_is_published() {
    let old = "last-modified: Sun, 22 Nov 2026 02:00:00 GMT";
    let notification = notification(&[3, 2]);
    let seen = ask(
        [
            http(200, &[DATE, "etag: \"a\""], notification.as_bytes()),
            http(304, &[], b""),
            http(
                200,
                &["content-encoding: gzip"],
                &gzip(snapshot().as_bytes()),
            ),
            good(&delta(3)),
            http(200, &[old], delta(2).as_bytes()),
        ],
        &[DELTAS],
    );
    assert_eq!(seen.failure, None);
    for (path, expected) in [
        ("notification.status", "200"),
        ("session", SESSION),
        ("serial", "3"),
        ("conditional.not_modified", "true"),
        ("same_origin", "true"),
        ("redirected", "false"),
        ("hashes_match", "true"),
        ("deltas.count", "2"),
        ("deltas.lowest", "2"),
        ("deltas.fetched", "2"),
        ("deltas.reach", "6h"),
        ("snapshot.headers.content-encoding", "gzip"),
        ("objects.count", "2"),
        ("objects.bytes", "603 B"),
        ("objects.largest", "600 B"),
        ("objects.authorities", "[rpki.test]"),
    ] {
        assert_eq!(fact(&seen, path), expected, "{path}");
    }
    let bytes = format!("{} B", snapshot().len());
    assert_eq!(fact(&seen, "snapshot.bytes"), bytes);
    assert_ne!(fact(&seen, "snapshot.wire_bytes"), bytes);
    assert_eq!(findings(seen.inspected.as_ref()), [""; 0]);
    let looked = &seen.inspected.as_ref().unwrap().looked;
    for rule in [
        "delta-volume",
        "snapshot-hash",
        "delta-match",
        "same-origin",
        "base64",
    ] {
        assert!(looked.contains(&format!("rpki.rrdp.{rule}")), "{rule}");
    }
    let mut by_rsync = seen.clone();
    let set = TextSet::of(["rsync://rpki.test/repo/a/b.mft 00".to_owned()]);
    by_rsync
        .facts
        .set("url", Value::text("rsync://rpki.test/repo/"));
    by_rsync.facts.set("objects.set", Value::Set(set));
    let payloads =
        TextSet::of(["rsync://rpki.test/repo/a/c.roa 192.0.2.0/24-24 AS64496".to_owned()]);
    let facts = &mut by_rsync.facts;
    facts.set("payloads.set", Value::Set(payloads));
    facts.set("payloads.at", Value::Time(jiff::Timestamp::UNIX_EPOCH));
    let [locator, certificate] = scripted::anchor();
    let script = Script::new([
        good(&notification),
        good(&snapshot()),
        locator,
        certificate,
        good(""),
    ]);
    let compared = script.ask_as(&Rrdp, URL, |ask| {
        ask.earlier.insert("module".into(), Arc::new(by_rsync));
        ask.arguments.extend([
            ("against", Argument::Probe("module".into())),
            ("anchor", Argument::Text(scripted::ANCHOR.to_owned())),
            ("conditional", Argument::Flag(false)),
        ]);
    });
    assert_eq!(fact(&compared, "compared.payloads.only_rsync"), "1");
    assert_eq!(fact(&compared, "compared.payloads.only_rrdp"), "0");
    assert_eq!(fact(&compared, "compared.equal"), "false");
    let only = fact(&compared, "compared.only_rsync");
    assert_eq!(only, "[rsync://rpki.test/repo/a/]");
    check_vocabulary(&vocabulary::rrdp::RRDP, &[seen, compared]);
}

#[test]
fn only_what_is_asked_for_is_fetched() {
    let script = Script::new([good(&notification(&[3, 2])), good(&snapshot()), good("")]);
    let seen = script.ask(
        &Rrdp,
        URL,
        &[("coding", Argument::Text("identity".to_owned()))],
    );
    assert_eq!(fact(&seen, "conditional.status"), "(absent)");
    assert_eq!(fact(&seen, "deltas.fetched"), "(absent)");
    let asked: Vec<(String, bool)> = script
        .requests
        .lock()
        .unwrap()
        .iter()
        .map(|request| match request {
            Request::Http(request) => (
                request.method.clone(),
                request
                    .headers
                    .contains(&("accept-encoding".to_owned(), "identity".to_owned())),
            ),
            other => panic!("{other:?}"),
        })
        .collect();
    let yes = |method: &str| (method.to_owned(), true);
    assert_eq!(asked, [yes("GET"), yes("GET"), yes("HEAD")]);
    let no = ("snapshot", Argument::Flag(false));
    let seen = ask([good(&notification(&[]))], &[no]);
    assert!(seen.is_ok());
    assert_eq!(seen.asked.len(), 1);
}

#[test]
fn what_does_not_match_the_notification_is_found() {
    let other = snapshot().replace("QUJD</publish></snap", "QUJE</publish></snap");
    let wrong = delta(3).replace(SESSION, "b2d845c4-5b91-4015-a2b7-988c03ce232a");
    let seen = ask(
        [good(&notification(&[3])), good(&other), good(&wrong)],
        &[DELTAS],
    );
    assert_eq!(fact(&seen, "hashes_match"), "false");
    assert_eq!(fact(&seen, "snapshot.hash_matches"), "false");
    let all = findings(seen.inspected.as_ref());
    assert_eq!(all.len(), 3, "{all:#?}");
    assert!(all[0].starts_with("rpki.rrdp.snapshot-hash the SHA-256 is"));
    assert!(all[1].starts_with("rpki.rrdp.delta-hash"));
    assert!(all[2].starts_with("rpki.rrdp.delta-match `b2d845c4"));
    let elsewhere = notification(&[]).replace("https://rrdp.test/0", "https://cdn.test/0");
    let seen = ask([good(&elsewhere)], &[]);
    assert_eq!(fact(&seen, "same_origin"), "false");
    assert_eq!(fact(&seen, "snapshot.status"), "(absent)");
    assert!(findings(seen.inspected.as_ref())[0].contains("same-origin"));
    let moved = http(301, &["location: /x"], b"");
    let seen = ask([good(&notification(&[])), moved], &[]);
    assert_eq!(fact(&seen, "redirected"), "true");
    assert_eq!(fact(&seen, "snapshot.status"), "301");
}

#[test]
fn an_answer_that_is_no_file_is_no_failure_and_shows_nothing() {
    let seen = ask([http(404, &[], b"<html>")], &[]);
    assert!(seen.is_ok());
    assert_eq!(fact(&seen, "notification.status"), "404");
    assert_eq!(fact(&seen, "serial"), "(absent)");
    let seen = ask([good("<html>")], &[]);
    assert!(seen.is_ok());
    assert_eq!(findings(seen.inspected.as_ref()).len(), 1);
}

#[test]
fn what_cannot_be_fetched_or_decoded_is_a_failure() {
    let seen = ask([failing(FailureKind::Connect)], &[]);
    assert_eq!(fact(&seen, "failure"), "connect");
    let seen = ask(
        [good(&notification(&[3, 2])), failing(FailureKind::Timeout)],
        &[DELTAS],
    );
    assert_eq!(fact(&seen, "failure"), "timeout");
    let coded = http(200, &["content-encoding: gzip"], b"no gzip");
    let seen = ask([good(&notification(&[])), coded], &[]);
    assert_eq!(fact(&seen, "failure"), "decoding");
    let bomb = gzip(&vec![b' '; 2 << 20]);
    let bomb = http(200, &["content-encoding: gzip"], &bomb);
    let seen = ask([good(&notification(&[])), bomb], &[]);
    // A megabyte of blanks is no object, and is not read to its end.
    assert_eq!(fact(&seen, "failure"), "decoded-limit");
    let seen = ask([], &[]);
    assert_eq!(fact(&seen, "failure"), "not-recorded");
}

#[test]
fn nobody_is_led_to_private_places() {
    let inside = notification(&[]).replace("https://rrdp.test/0", "https://127.0.0.1/0");
    let script = Script::new([good(&inside), good(&snapshot())]);
    let seen = script.ask_as(&Rrdp, URL, |ask| ask.limits.public_only = true);
    assert_eq!(fact(&seen, "same_origin"), "false");
    assert_eq!(script.requests.lock().unwrap().len(), 1);
    let script = Script::new([good(&inside)]);
    let private = "https://127.0.0.1/notification.xml";
    let seen = script.ask_as(&Rrdp, private, |ask| ask.limits.public_only = true);
    assert_eq!(fact(&seen, "failure"), "redirect-refused");
    assert_eq!(script.requests.lock().unwrap().len(), 0);
}
