use std::sync::LazyLock;

use data_encoding::BASE64;

use super::super::Argument;
use super::super::scripted::{self, Reply, Script, check_vocabulary, fact, failing, http};
use super::*;
use crate::transport::ProgramAnswer;
use crate::transport::program::{Entry, EntryKind, TreeWriter};

/// A certificate and the key in it; another one.
static CERTIFICATES: LazyLock<[(Vec<u8>, Vec<u8>); 2]> = LazyLock::new(|| {
    [(); 2].map(|()| {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["a.test".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let der = certificate.der().to_vec();
        let key = key_of(&der).unwrap();
        (der, key)
    })
});

fn locator(uris: &[&str]) -> String {
    let key = BASE64.encode(&CERTIFICATES[0].1);
    let (left, right) = key.split_at(40);
    format!(
        "# one\r\n#two\r\n{}\r\n\r\n{left}\r\n{right}\r\n",
        uris.join("\r\n")
    )
}

const HTTPS: &str = "https://rrdp.test/ta.cer";
const RSYNC: &str = "rsync://rpki.test/ta/ta.cer";

fn fetched(octets: &[u8]) -> Reply {
    let entry = Entry {
        kind: EntryKind::File,
        path: "ta.cer".to_owned(),
        offset: 0,
        length: 0,
        modified: Timestamp::UNIX_EPOCH,
        mode: 0o644,
        target: String::new(),
    };
    let mut tree = TreeWriter::new(Vec::new()).unwrap();
    tree.add(entry, octets).unwrap();
    let answer = ProgramAnswer {
        exit: Some(0),
        output: String::new(),
        errors: String::new(),
        cut: false,
        tree: scripted::body(&tree.finish().unwrap()),
    };
    (Some(crate::transport::Answer::Program(answer)), None)
}

#[test]
fn every_fact_of_the_vocabulary_is_published() {
    let [(certificate, _), _] = &*CERTIFICATES;
    let text = locator(&[HTTPS, RSYNC]);
    let script = Script::new([
        http(200, &["content-type: text/plain"], text.as_bytes()),
        http(
            200,
            &["content-type: application/octet-stream"],
            certificate,
        ),
        fetched(certificate),
    ]);
    let seen = script.ask(&Tal, "https://tal.test/a.tal", &[]);
    assert_eq!(seen.failure, None);
    for (path, expected) in [
        ("status", "200"),
        ("headers.content-type", "text/plain"),
        ("form_error", ""),
        ("comments", "2"),
        ("line_ends", "crlf"),
        ("https_uris", "1"),
        ("rsync_uris", "1"),
        ("key.algorithm", "1.2.840.10045.2.1"),
        ("certificates_ok", "true"),
        ("certificates_equal", "true"),
        ("keys_match", "true"),
        ("addresses_disjoint", "false"),
    ] {
        assert_eq!(fact(&seen, path), expected, "{path}");
    }
    // A key that a browser has: the parts of an RSA key.
    let rsa = "30819f300d06092a864886f70d010101050003818d0030818902818100";
    let rsa = format!("{rsa}{}0203010001", "ab".repeat(128));
    let rsa = data_encoding::HEXLOWER.decode(rsa.as_bytes()).unwrap();
    let text = format!("{HTTPS}\n\n{}\n", BASE64.encode(&rsa));
    let other = Script::new([http(200, &[], certificate)]).ask(&Tal, &text, &[]);
    assert_eq!(fact(&other, "key.bits"), "1024");
    assert_eq!(fact(&other, "key.exponent"), "65537");
    assert_eq!(fact(&other, "keys_match"), "false");
    assert_eq!(fact(&other, "status"), "(absent)");
    check_vocabulary(&vocabulary::tal::TAL, &[seen, other]);
}

#[test]
fn a_certificate_that_differs_or_is_missing_is_told_apart() {
    let [(one, _), (other, _)] = &*CERTIFICATES;
    let text = locator(&[HTTPS, RSYNC]);
    let seen = Script::new([http(200, &[], one), fetched(other)]).ask(&Tal, &text, &[]);
    assert_eq!(fact(&seen, "certificates_equal"), "false");
    assert_eq!(fact(&seen, "keys_match"), "false");
    let seen = Script::new([http(404, &[], b""), fetched(one)]).ask(&Tal, &text, &[]);
    assert!(seen.is_ok());
    assert_eq!(fact(&seen, "certificates_ok"), "false");
    assert_eq!(fact(&seen, "certificates_equal"), "(absent)");
    assert_eq!(fact(&seen, "keys_match"), "true");
    let late = failing(FailureKind::Timeout);
    let seen = Script::new([late.clone(), fetched(one)]).ask(&Tal, &text, &[]);
    assert!(seen.is_ok());
    let seen = Script::new([late.clone(), late]).ask(&Tal, &text, &[]);
    assert_eq!(fact(&seen, "failure"), "timeout");
}

#[test]
fn a_missing_program_is_our_fault_and_can_be_done_without() {
    let [(one, _), _] = &*CERTIFICATES;
    let text = locator(&[HTTPS, RSYNC]);
    let missing = || Script::new([http(200, &[], one), failing(FailureKind::Here)]);
    assert_eq!(fact(&missing().ask(&Tal, &text, &[]), "failure"), "here");
    let https = ("schemes", Argument::Texts(vec!["https".to_owned()]));
    let seen = missing().ask(&Tal, &text, &[https]);
    assert!(seen.is_ok());
    assert_eq!(fact(&seen, "certificates"), "1 records");
}

#[track_caller]
fn check_form(text: &str, expected: &str) {
    assert_eq!(
        Locator::read(text.as_bytes()).error().unwrap_or_default(),
        expected,
        "{text:?}"
    );
}

#[test]
fn the_form_of_a_locator_is_looked_at() {
    check_form("https://a.test/a.cer\n\nQUJD\n", "");
    check_form("rsync://a.test/a.cer\nhttps://a.test/a.cer\n\nQU\nJD", "");
    check_form("", "no empty line before the key");
    check_form("\nQUJD\n", "no URI");
    check_form(
        "https://a.test/a.cer\nQUJD\n",
        "no empty line before the key",
    );
    check_form(
        "http://a.test/a.cer\n\nQUJD\n",
        "a URI that is neither https nor rsync",
    );
    check_form("https://a.test/a.cer\n", "no empty line before the key");
    check_form("https://a.test/a.cer\n\n", "no key");
    check_form("https://a.test/a.cer\n\nQUJ\n", "the key is not Base64");
    assert_eq!(
        Locator::read(b"\xff").error(),
        Some("no empty line before the key")
    );
}

#[test]
fn real_locators_are_of_the_right_form() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/rpki/tal");
    let Ok(files) = std::fs::read_dir(folder) else {
        use std::io::Write as _;
        writeln!(std::io::stderr(), "skipped: no real locators").unwrap();
        return;
    };
    let mut read = 0;
    for file in files {
        let path = file.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        // The examples have invented keys, the extended form is of another tool.
        if name.contains("example") || name.contains("extended") {
            continue;
        }
        let octets = std::fs::read(&path).unwrap();
        let locator = Locator::read(&octets);
        // One is of 2015 and has a URI with plain http.
        let expected = if name.contains("cfrpki__apnic") {
            "a URI that is neither https nor rsync"
        } else {
            ""
        };
        assert_eq!(locator.error().unwrap_or_default(), expected, "{name}");
        read += 1;
    }
    assert!(read > 10);
}
