//! Tests of the probe of every address.

use super::super::scripted::{Reply, Script, check_vocabulary, fact, failing, http};
use super::*;

const URL: &str = "https://rrdp.test/notification.xml";

fn notification(session: &str, serial: u64) -> String {
    let hash = "00".repeat(32);
    format!(
        "<notification xmlns=\"http://www.ripe.net/rpki/rrdp\" version=\"1\" session_id=\"{session}\" serial=\"{serial}\">\
         <snapshot uri=\"https://rrdp.test/snapshot.xml\" hash=\"{hash}\"/>\
         <delta serial=\"{serial}\" uri=\"https://rrdp.test/delta.xml\" hash=\"{hash}\"/></notification>"
    )
}

fn good(serial: u64, etag: &str) -> Reply {
    let session = "9df4b597-af9e-4dca-bdda-719cce2c4e28";
    let text = notification(session, serial);
    let headers = [format!("etag: {etag}"), "last-modified: then".to_owned()];
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    http(200, &headers, text.as_bytes())
}

fn known(etag: &str) -> Reply {
    http(304, &[&format!("etag: {etag}")], b"")
}

fn ask(replies: impl IntoIterator<Item = Reply>) -> (Observation, Vec<Request>) {
    let mut script = Script::new(replies);
    let addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::1"];
    script.addresses = addresses.map(|address| address.parse().unwrap()).to_vec();
    let seen = script.ask(&Edges, URL, &[]);
    (seen, script.requests.into_inner().unwrap())
}

#[track_caller]
fn check(seen: &Observation, expected: &[(&str, &str)]) {
    for (path, expected) in expected {
        assert_eq!(fact(seen, path), *expected, "{path}");
    }
}

#[test]
fn every_address_is_asked_once_and_then_with_another_ones_validator() {
    // The first answer came from the IPv6 address.
    let replies = [good(3, "\"a\""), good(3, "\"a\""), good(3, "\"a\"")];
    let files = (0..6).map(|_| http(200, &[], b""));
    let again = (0..3).map(|_| known("\"a\""));
    let (seen, requests) = ask(replies.into_iter().chain(again).chain(files));
    check(
        &seen,
        &[
            ("failure", ""),
            ("addresses", "[192.0.2.1, 192.0.2.2, 2001:db8::1]"),
            ("silent", "[]"),
            ("validators_differ", "[]"),
            ("documents_differ", "[]"),
            ("behind", "0"),
            ("missing", "[]"),
        ],
    );
    let asked: Vec<String> = requests
        .iter()
        .map(|request| {
            let Request::Http(http) = request else {
                panic!()
            };
            let address = http.address.map_or("any".to_owned(), |a| a.to_string());
            format!("{} {address}", http.method)
        })
        .collect();
    assert_eq!(asked.len(), 12);
    assert_eq!(asked[..3], ["GET any", "GET 192.0.2.1", "GET 192.0.2.2"]);
    check_vocabulary(&vocabulary::edges::EDGES, &[seen]);
}

#[test]
fn one_address_that_fails_is_silent_and_a_family_nobody_reaches_is_not() {
    let replies = [
        failing(FailureKind::Connect),
        good(3, "\"a\""),
        http(503, &[], b""),
        failing(FailureKind::Connect),
        http(200, &[], b""),
    ];
    let (seen, _) = ask(replies);
    check(
        &seen,
        &[("failure", ""), ("silent", "[192.0.2.2 answers 503]")],
    );
}

#[test]
fn a_name_of_which_no_address_answers_is_a_failure_of_the_whole() {
    let (seen, _) = ask((0..4).map(|_| failing(FailureKind::Timeout)));
    check(&seen, &[("failure", "timeout"), ("silent", "(absent)")]);
}

#[test]
fn validators_are_those_of_the_file_wherever_it_is() {
    let replies = [
        good(3, "\"a\""),
        good(3, "\"b\""),
        good(3, "\"a\""),
        good(3, "\"b\""),
        known("\"a\""),
        known("\"c\""),
    ];
    let (seen, _) = ask(replies);
    let texts = fact(&seen, "validators_differ");
    for text in [
        "192.0.2.2 sends the same file with another ETag than 192.0.2.1",
        "192.0.2.1 does not know the validator of 192.0.2.2",
        "2001:db8::1 answers 304 with another ETag than 200",
    ] {
        assert!(texts.contains(text), "{texts}");
    }
    let (seen, _) = ask([good(3, "\"a\""), good(4, "\"a\""), good(3, "W/\"a\"")]);
    let texts = fact(&seen, "validators_differ");
    assert!(
        !texts.contains("192.0.2.2 sends another file with the same ETag")
            && texts.contains("2001:db8::1 sends another file with the same ETag as 192.0.2.1"),
        "{texts}"
    );
}

#[test]
fn the_newest_notification_names_files_that_every_address_has() {
    let replies = [good(4, "\"b\""), good(3, "\"a\""), good(3, "\"a\"")];
    let again = [known("\"a\""), known("\"a\"")];
    let files = [200, 404, 200, 404, 200, 200].map(|status| http(status, &[], b""));
    let (seen, _) = ask(replies.into_iter().chain(again).chain(files));
    check(
        &seen,
        &[
            ("behind", "1"),
            (
                "missing",
                "[192.0.2.2 https://rrdp.test/snapshot.xml, 192.0.2.1 https://rrdp.test/delta.xml]",
            ),
            ("documents_differ", "[]"),
        ],
    );
}

#[test]
fn sessions_and_documents_of_one_serial_are_the_same() {
    let other = notification("00000000-af9e-4dca-bdda-719cce2c4e28", 3);
    let changed = notification("9df4b597-af9e-4dca-bdda-719cce2c4e28", 3).replace("00", "11");
    let replies = [
        good(3, "\"a\""),
        http(200, &[], other.as_bytes()),
        http(200, &[], changed.as_bytes()),
    ];
    let (seen, _) = ask(replies);
    let texts = fact(&seen, "documents_differ");
    assert!(texts.contains("has another session than"), "{texts}");
    let (seen, _) = ask([
        good(3, "\"a\""),
        good(3, "\"a\""),
        http(200, &[], changed.as_bytes()),
    ]);
    let texts = fact(&seen, "documents_differ");
    assert_eq!(
        texts.matches("another document of the serial").count(),
        2,
        "{texts}"
    );
}
