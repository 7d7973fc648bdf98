//! The probe over a script.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::Argument;
use super::super::scripted::{Reply, Script, check_vocabulary, fact, failing, http};
use super::*;
use crate::fact::Facts;
use crate::transport::Request;

const URL: &str = "https://ftp.test/pub/stats/ripencc/delegated-ripencc-extended-latest";

const FILE: &str = "\
2|ripencc|20261120|3|19830705|20261119|+0100
ripencc|*|ipv4|*|1|summary
ripencc|*|asn|*|1|summary
ripencc|*|ipv6|*|1|summary
ripencc|NL|ipv4|192.0.2.0|256|19940325|allocated|6c170944-abac-4543-8948-6130b9a05faf
ripencc||asn|64511|1||reserved|
ripencc|NO|ipv6|2001:db8::|32|20010102|allocated|0a170944-abac-4543-8948-6130b9a05faf
";

/// A signature of it, and the key that made it; by GnuPG.
const SIGNATURE: &str = "\
-----BEGIN PGP SIGNATURE-----

iIMEABYIACsWIQRT1mcVkCsihlFtu1BvSZPtGtRXDAUCawyVLw0cZUBzdGF0cy50
ZXN0AAoJEG9Jk+0a1FcMTb0BAMY9ge16rmqUeg2NNCy/zkt3JKJNaeULaWBXtCDA
7n+lAQC/mIxHt1YHIM4X81l/6bSx+jIgXI36ztK325OhfIgjCQ==
=qX8G
-----END PGP SIGNATURE-----
";
const KEY: &str = "\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawyUFRYJKwYBBAHaRw8BAQdA6XTxEYYNQK3hTohfX5gkrWMOvq1ElUzKcox/
Pi1R6dq0FVRlc3QgZSA8ZUBzdGF0cy50ZXN0PoiQBBMWCAA4FiEEU9ZnFZArIoZR
bbtQb0mT7RrUVwwFAmsMlBUCGwMFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQ
b0mT7RrUVwwNEAEA7wX0Pra1UiwGU4lq26Q0UWxdn5K+Kjy0UnFZHhF+394A/3qv
B9HevxNEn7RCKmwcEPRwYKQ0AnHogVHSpX/Q8NQM
=aVic
-----END PGP PUBLIC KEY BLOCK-----
";
const FINGERPRINT: &str = "53D66715902B2286516DBB506F4993ED1AD4570C";

fn packed() -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(FILE.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

const VALIDATORS: [&str; 2] = [
    "etag: \"a\"",
    "last-modified: Fri, 20 Nov 2026 12:00:00 GMT",
];

/// Returns the answers of a service at which everything is right.
fn replies(md5: &str) -> Vec<Reply> {
    let headers = [&VALIDATORS[..], &["content-encoding: gzip"]].concat();
    let length = format!("content-length: {}", FILE.len());
    vec![
        http(200, &headers, &packed()),
        http(200, &[&length], b""),
        http(304, &VALIDATORS, b""),
        http(304, &VALIDATORS, b""),
        http(304, &VALIDATORS, b""),
        http(304, &VALIDATORS, b""),
        http(200, &[], md5.as_bytes()),
        http(200, &[], SIGNATURE.as_bytes()),
        http(200, &[], KEY.as_bytes()),
    ]
}

fn ask(replies: Vec<Reply>) -> (Observation, Vec<Request>) {
    let script = Script::new(replies);
    let ids = Argument::Text("[0-9a-f-]{36}".to_owned());
    let seen = script.ask(&StatsProbe, URL, &[("ids", ids)]);
    (seen, script.requests.into_inner().unwrap())
}

#[track_caller]
fn check(seen: &Observation, expected: &[(&str, &str)]) {
    for (path, expected) in expected {
        assert_eq!(fact(seen, path), *expected, "{path}");
    }
}

fn good_md5() -> String {
    let digest = md5::compute(FILE);
    format!("MD5 (delegated-ripencc-extended-latest) = {digest:x}\n")
}

#[test]
fn a_file_is_fetched_once_and_asked_about_seven_times() {
    let (seen, requests) = ask(replies(&good_md5()));
    let bytes = format!("{} B", FILE.len());
    check(
        &seen,
        &[
            ("failure", ""),
            ("status", "200"),
            ("coding", "gzip"),
            ("bytes", &bytes),
            ("plain.bytes", &bytes),
            ("age", "12h 1s"),
            ("again.etag", "304"),
            ("again.time", "304"),
            ("families_differ", "[]"),
            ("side.md5.form", "bsd"),
            ("side.md5.equal", "true"),
            ("side.md5.names", "asked"),
            ("side.asc.armored", "true"),
            ("format", "extended"),
            ("registry", "ripencc"),
            ("end.days", "2"),
            ("serial.ahead", "1"),
            ("ids.form", "uuid"),
            ("ids.unlike", "0"),
            ("records.count", "3"),
            ("ipv4.listed", "256"),
        ],
    );
    assert_eq!(requests.len(), 8);
    let digest = Digest::of(FILE.as_bytes());
    assert_eq!(fact(&seen, "digest"), digest.as_str());
    let inspected = seen.inspected.as_ref().unwrap();
    assert!(inspected.findings.is_empty(), "{:?}", inspected.findings);
}

#[test]
fn a_service_without_validators_is_asked_for_heads() {
    let plain = http(200, &[], FILE.as_bytes());
    let mut all = vec![plain, http(200, &[], b"")];
    all.extend([http(200, &[], b""), http(200, &["etag: \"b\""], b"")]);
    all.extend([http(404, &[], b""), http(404, &[], b"")]);
    let (seen, requests) = ask(all);
    check(
        &seen,
        &[
            ("failure", ""),
            ("coding", ""),
            ("again.etag", "(absent)"),
            ("families_differ", "[ipv6 answers 200 with another file]"),
            ("side.md5.status", "404"),
            ("side.md5.equal", "(absent)"),
            ("side.asc.status", "404"),
        ],
    );
    let methods = requests.iter().map(|request| match request {
        Request::Http(http) => http.method.clone(),
        other => panic!("{other:?}"),
    });
    let methods: Vec<String> = methods.collect();
    assert_eq!(methods, ["GET", "HEAD", "HEAD", "HEAD", "GET", "GET"]);
}

/// Returns what is said of the signature where a key with a fingerprint is declared.
fn signed(replies: Vec<Reply>, fingerprint: &str) -> [String; 3] {
    let arguments = [
        ("key", Argument::Text("https://ftp.test/key.asc".to_owned())),
        ("fingerprint", Argument::Text(fingerprint.to_owned())),
    ];
    let seen = Script::new(replies).ask(&StatsProbe, URL, &arguments);
    assert_eq!(fact(&seen, "failure"), "");
    ["good", "why", "signer"].map(|name| fact(&seen, &format!("side.asc.{name}")))
}

#[test]
fn a_signature_is_verified_where_a_key_is_declared() {
    let all = || replies(&good_md5());
    assert_eq!(signed(all(), FINGERPRINT), ["true", "", FINGERPRINT]);
    let other = "0000000000000000000000000000000000000000";
    let [good, why, signer] = signed(all(), other);
    assert_eq!((good.as_str(), signer.as_str()), ("false", FINGERPRINT));
    assert!(why.ends_with(&format!("expected `{other}`")), "{why}");
    // Of another file, whose validators nobody asks for here.
    let mut changed = all();
    changed[0] = http(200, &VALIDATORS, FILE.replace("NO", "SE").as_bytes());
    let [good, why, _] = signed(changed, FINGERPRINT);
    assert_eq!(
        (good.as_str(), why.as_str()),
        ("false", "it is not the signature of this file")
    );
    let mut without_key = all();
    without_key[8] = http(404, &[], b"not found");
    let [good, why, _] = signed(without_key, FINGERPRINT);
    assert_eq!(
        (good.as_str(), why.as_str()),
        ("false", "it is no file with the declared key")
    );
    let mut silent = all();
    silent[8] = failing(FailureKind::Timeout);
    assert_eq!(signed(silent, FINGERPRINT)[..2], ["(absent)", "(absent)"]);
    assert_eq!(
        signed(all(), "a key")[..2],
        ["(absent)", "the declared fingerprint is not supported"]
    );
    assert_eq!(ask(all()).0.facts.get("side.asc.good"), None);
}

#[test]
fn what_fails_beside_the_file_is_no_failure_of_the_whole() {
    let mut all = replies("nothing");
    all[1] = failing(FailureKind::Reset);
    all[4] = failing(FailureKind::Connect);
    all[5] = failing(FailureKind::Here);
    all[7] = failing(FailureKind::Timeout);
    let (seen, _) = ask(all);
    check(
        &seen,
        &[
            ("failure", ""),
            ("plain.status", "(absent)"),
            ("families_differ", "[ipv4: connect]"),
            ("side.md5.form", "other"),
            ("side.md5.equal", "false"),
            ("side.asc.status", "(absent)"),
        ],
    );
}

#[test]
fn a_file_that_is_not_there_has_a_status_and_nothing_else() {
    let (seen, requests) = ask(vec![http(404, &[], b"no")]);
    check(
        &seen,
        &[("failure", ""), ("status", "404"), ("bytes", "(absent)")],
    );
    assert_eq!((requests.len(), seen.inspected), (1, None));
}

#[test]
fn a_broken_coding_is_a_failure() {
    let cut = packed();
    let all = vec![http(
        200,
        &["content-encoding: gzip"],
        &cut[..cut.len() - 12],
    )];
    let (seen, _) = ask(all);
    check(&seen, &[("failure", "decoding"), ("status", "200")]);
}

#[test]
fn every_fact_of_the_vocabulary_is_published() {
    let script = Script::new(replies(&good_md5()));
    let earlier = crate::probe::earlier::tests::of_statistics(URL, FILE.as_bytes());
    let missing = crate::probe::earlier::tests::of_statistics("https://other.test/", b"");
    let ids = Argument::Text("x".to_owned());
    let ask = |script: &Script, run: &Arc<crate::probe::earlier::EarlierRun>| {
        script.ask_as(&StatsProbe, URL, |ask| {
            ask.earlier_run = Some(Arc::clone(run));
            ask.arguments.insert("ids", ids.clone());
            let text = |text: &str| Argument::Text(text.to_owned());
            ask.arguments
                .insert("key", text("https://ftp.test/key.asc"));
            ask.arguments.insert("fingerprint", text(FINGERPRINT));
            ask.arguments
                .insert("about", text("0.0.0.0/0, AS0-AS65535"));
        })
    };
    let seen = ask(&script, &earlier);
    check(
        &seen,
        &[
            ("series.common", "2"),
            ("series.days", "0"),
            ("series.ids", "0"),
            ("series.records", "0"),
            ("series.gone", "0"),
            ("ids.unlike", "2"),
        ],
    );
    let other = ask(&Script::new(replies("")), &missing);
    assert!(fact(&other, "series.why").contains("did not ask for"));
    check_vocabulary(&vocabulary::stats::STATS, &[seen, other]);
}

#[test]
fn of_some_resources_it_says_what_the_file_lists_and_asks_for_nothing_beside() {
    let script = Script::new(vec![replies(&good_md5()).remove(0)]);
    let about = Argument::Texts(vec![
        "192.0.2.128/25, AS64500-AS64511".into(),
        "::/0".into(),
    ]);
    let seen = script.ask(
        &StatsProbe,
        URL,
        &[("about", about), ("beside", Argument::Flag(false))],
    );
    check(
        &seen,
        &[
            ("failure", ""),
            ("about.addresses", "192.0.2.128/25, 2001:db8::/32"),
            ("about.asns", "AS64511"),
        ],
    );
    let Some(Value::Records(rows)) = seen.facts.get("about.row_list") else {
        panic!("no rows");
    };
    let shown = |row: &Facts| {
        let text = |path| row.get(path).map_or("-".to_owned(), ToString::to_string);
        [
            "line",
            "addresses",
            "asns",
            "status",
            "held",
            "country",
            "date",
        ]
        .map(text)
        .join(" ")
    };
    let shown: Vec<String> = rows.iter().map(shown).collect();
    assert_eq!(
        shown,
        [
            "5 192.0.2.0/24  allocated true NL 1994-03-25T00:00:00Z",
            "6  AS64511 reserved false  -",
            "7 2001:db8::/32  allocated true NO 2001-01-02T00:00:00Z",
        ]
    );
    assert_eq!(script.requests.into_inner().unwrap().len(), 1);
    let (seen, _) = ask(replies(&good_md5()));
    assert_eq!(seen.facts.get("about.addresses"), None);
}
