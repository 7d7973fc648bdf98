use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::super::capture::{Pack, Stores};
use super::super::payloads::{Payloads, Vrp, differences};
use super::super::scripted::{Script, fact, failing};
use super::super::{Argument, scripted};
use super::results;
use super::*;
use crate::inspect::rrdp::digest;
use crate::resource::Asn;
use crate::transport::program::{Entry, EntryKind, TreeWriter};

fn vrp(text: &str) -> Vrp {
    let mut parts = text.split(' ');
    let (prefix, longest) = (parts.next().unwrap(), parts.next().unwrap());
    let asn = parts.next().unwrap().parse().unwrap();
    (prefix.parse().unwrap(), longest.parse().unwrap(), asn)
}

#[test]
fn the_results_of_all_validators_are_read() {
    let vrps = vec![vrp("192.0.2.0/24 26 AS64496"), vrp("2001:db8::/32 48 AS0")];
    let key = "00112233445566778899aabbccddeeff00112233";
    let aspas = Some(vec![(Asn(64496), vec![Asn(64500), Asn(64501)])]);
    let full = Payloads {
        vrps: vrps.clone(),
        aspas,
        router_keys: Some(vec![(Asn(64496), key.parse().unwrap())]),
    };
    // FORT, with a line twice.
    let text = "ASN,Prefix,Max prefix length\nAS0,2001:db8::/32,48\nAS64496,192.0.2.0/24,26\nAS0,2001:db8::/32,48\n";
    let csv = Payloads {
        vrps: vrps.clone(),
        ..Payloads::default()
    };
    assert_eq!(results::of_csv(text.as_bytes()), Ok(csv));
    // rpki-client 8.2, which knows ASPAs of an old profile only.
    let text = r#"{"metadata": {"roas": 2}, "roas": [
        { "asn": 64496, "prefix": "192.0.2.0/24", "maxLength": 26, "ta": "anchor", "expires": 1 },
        { "asn": 0, "prefix": "2001:db8::/32", "maxLength": 48, "ta": "anchor", "expires": 1 }],
        "bgpsec_keys": [], "provider_authorizations": {"ipv4": [], "ipv6": []}}"#;
    let old = Payloads {
        vrps: vrps.clone(),
        aspas: None,
        router_keys: Some(Vec::new()),
    };
    assert_eq!(results::of_json(text.as_bytes()), Ok(old));
    // rpki-client of today: two rows for one customer are one set.
    let text = format!(
        r#"{{"roas": [
        {{ "asn": 0, "prefix": "2001:db8::/32", "maxLength": 48, "ta": "anchor", "expires": 1 }},
        {{ "asn": 64496, "prefix": "192.0.2.0/24", "maxLength": 26, "ta": "anchor", "expires": 1 }}],
        "bgpsec_keys": [{{ "asn": 64496, "ski": "{}", "pubkey": "AA==", "ta": "anchor", "expires": 1 }}],
        "aspas": [{{ "customer_asid": 64496, "expires": 1, "providers": [64501] }},
                  {{ "customer_asid": 64496, "expires": 1, "providers": [64500] }}]}}"#,
        key.to_uppercase()
    );
    assert_eq!(results::of_json(text.as_bytes()).as_ref(), Ok(&full));
    // Routinator's `jsonext`.
    let text = format!(
        r#"{{"metadata": {{"generated": 1}}, "roas": [
        {{ "asn": "AS64496", "prefix": "192.0.2.0/24", "maxLength": 26, "source": [{{"type": "roa", "uri": "rsync://h/m/a.roa"}}] }},
        {{ "asn": "AS0", "prefix": "2001:db8::/32", "maxLength": 48, "source": [] }}],
        "routerKeys": [{{ "asn": "AS64496", "SKI": "{key}", "routerPublicKey": "AA==", "source": [] }}],
        "aspas": [{{ "customer": "AS64496", "providers": ["AS64500", "AS64501"], "source": [] }}]}}"#
    );
    assert_eq!(results::of_json(text.as_bytes()), Ok(full));
    for wrong in [
        "",
        "{",
        r#"{"roas": [{"asn": -1}]}"#,
        r#"{"roas": [{"asn": "ASx"}]}"#,
    ] {
        assert!(results::of_json(wrong.as_bytes()).is_err(), "{wrong}");
    }
    assert!(results::of_csv(b"heading\nAS1,192.0.2.0/33,33\n").is_err());
    assert!(results::of_csv(b"heading\n\xff\n").is_err());
}

#[test]
fn sets_differ_by_what_only_one_has() {
    #[track_caller]
    fn check(ours: &[u8], theirs: &[u8], here: &[u8], there: &[u8]) {
        let (one, other) = differences(ours, theirs);
        assert!(one.into_iter().eq(here) && other.into_iter().eq(there));
    }
    check(&[], &[], &[], &[]);
    check(&[1, 2, 4], &[2, 3, 5], &[1, 4], &[3, 5]);
    check(&[1, 2], &[], &[1, 2], &[]);
    check(&[2], &[1, 2, 3], &[], &[1, 3]);
}

#[test]
fn complaints_are_told_from_chatter_and_found_by_their_object() {
    let path = "h.test/m/a/b.roa";
    let uri = format!("rsync://{path}");
    #[track_caller]
    fn check(program: Program, line: &str, is: bool, about: bool) {
        assert_eq!(program.is_complaint(line), is, "{line}");
        assert!(!is || program.is_about_object(line) == about, "{line}");
    }
    let client = Program::RpkiClient;
    check(client, "rpki-client: ta/anchor: using cache", false, false);
    check(client, "rpki-client:  ...trace: error:06", false, false);
    check(
        client,
        "rpki-client: all files parsed: generating output",
        false,
        false,
    );
    check(
        client,
        "rpki-client: no _rpki-client user to revoke to",
        true,
        false,
    );
    let line = format!("rpki-client: .rsync/{path}: certificate revoked");
    check(client, &line, true, true);
    let said = [format!("rpki-client: {path}x: other"), line];
    let told = client.complaint_about(&said, &uri);
    assert_eq!(told.as_deref(), Some("certificate revoked"));
    assert_eq!(
        client.complaint_about(&said, "rsync://h.test/m/c.roa"),
        None
    );
    let fort = Program::Fort;
    check(
        fort,
        "Nov 22 10:00:00 WRN: The validation has begun.",
        false,
        false,
    );
    let line = "Nov 22 10:00:00 WRN [Validation]: anchor.tal: Looking for the TA certificate at the local files.";
    check(fort, line, false, false);
    let line =
        format!("Nov 22 10:00:00 ERR [Validation]: {uri}: Certificate validation failed: revoked");
    check(fort, &line, true, true);
    let told = fort.complaint_about(&[line], &uri);
    assert_eq!(
        told.as_deref(),
        Some("Certificate validation failed: revoked")
    );
    let line =
        format!("Nov 22 10:00:00 ERR [Validation]: rsync://h.test/m/a/m.mft: File '{uri}' is gone");
    assert_eq!(
        fort.complaint_about(&[line], &uri).as_deref(),
        Some("is gone")
    );
}

#[test]
fn a_validator_is_run_as_its_version_has_to_be() {
    let client = Program::RpkiClient;
    for old in ["8.2", "8.0", "7.9", "6.8p1"] {
        assert_eq!(client.of_version(old), Program::OldRpkiClient, "{old}");
    }
    for new in ["8.3", "8.10", "9.8", "10.0", "unknown"] {
        assert_eq!(client.of_version(new), client, "{new}");
    }
    assert_eq!(Program::Fort.of_version("1.5.4"), Program::Fort);
    for name in ["rpki-client", "fort", "routinator"] {
        assert_eq!(Program::named(name).unwrap().as_str(), name);
    }
    assert_eq!(Program::named("sh"), None);
}

/// A folder that is removed in the end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        static FOLDERS: AtomicU64 = AtomicU64::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("quintet-party-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Returns the files below a folder with their contents, in order.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(below) = folders.pop() {
        for entry in std::fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let octets = std::fs::read(&path).unwrap();
                let name = path.strip_prefix(folder).unwrap().to_string_lossy();
                all.insert(name.into_owned(), String::from_utf8(octets).unwrap());
            }
        }
    }
    all
}

fn laid_out(program: Program, uris: &[&str]) -> Vec<String> {
    let mut stores = Vec::new();
    for (number, objects) in [
        &[
            "rsync://h.test/m/a.roa",
            "rsync://h.test/m/b/c.cer",
            // No name of a file, or the folder of another.
            "rsync://../m/d.roa",
            "rsync://.rrdp/m/d.roa",
            "rsync://h.test/m/../../d.roa",
            "rsync://h.test/m/a.roa/d.roa",
            "https://h.test/m/d.roa",
        ][..],
        &["rsync://h.test/m/a.roa", "rsync://other.test/m/e.mft"],
    ]
    .into_iter()
    .enumerate()
    {
        let mut pack = Pack::create(&std::env::temp_dir()).unwrap();
        for uri in objects {
            let text = format!("{number}");
            pack.put(uri, text.as_bytes(), digest(text.as_bytes()))
                .unwrap();
        }
        stores.push(pack.finish().unwrap());
    }
    let anchor = Anchor {
        name: "afrinic".to_owned(),
        uri: String::new(),
        uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
        key: Some(vec![7; 60]),
        certificate: Bytes::from_static(b"certificate"),
    };
    let folder = Folder::new();
    let captured = Captured::new(program, Arc::new(anchor), Arc::new(Stores(stores)));
    Files::new(captured).write(&folder.0).unwrap();
    let all = files(&folder.0);
    let object = format!("{}/h.test/m/a.roa", program.objects());
    // Either the file or the folder of its name is written, as they come.
    assert!(
        all.get(&object).is_none_or(|octets| octets == "0"),
        "{all:?}"
    );
    let locator = all.iter().find(|(name, _)| name.ends_with("anchor.tal"));
    let read = Anchor::of_tal("a", locator.unwrap().1.as_bytes(), Bytes::new());
    assert_eq!(read.unwrap().key, Some(vec![7; 60]));
    assert!(locator.unwrap().1.starts_with("rsync://"));
    let shadowed = |name: &String| !name.contains("/a.roa");
    all.into_keys().filter(shadowed).collect()
}

#[test]
fn every_validator_finds_the_capture_where_it_looks() {
    let uris = ["https://h.test/ta.cer", "rsync://h.test/ta/t.cer"];
    let fort = laid_out(Program::Fort, &uris);
    let expected = [
        "anchor.tal",
        "cache/h.test/m/b/c.cer",
        "cache/h.test/ta/t.cer",
        "cache/other.test/m/e.mft",
    ];
    assert_eq!(fort, expected);
    let client = laid_out(Program::RpkiClient, &uris);
    let expected = [
        "anchor.tal",
        "cache/anchor.tal",
        "cache/h.test/m/b/c.cer",
        "cache/h.test/ta/t.cer",
        "cache/other.test/m/e.mft",
        "cache/ta/anchor/t.cer",
        "skiplist",
    ];
    assert_eq!(client, expected);
    let old = laid_out(Program::OldRpkiClient, &uris);
    assert!(
        old.contains(&"cache/.rsync/h.test/m/b/c.cer".to_owned()),
        "{old:?}"
    );
    let routinator = laid_out(Program::Routinator, &uris[..1]);
    let expected = [
        "anchor.tal",
        "cache/rsync/anchor.invalid/ta/anchor.cer",
        "cache/rsync/h.test/m/b/c.cer",
        "cache/rsync/other.test/m/e.mft",
        "routinator.conf",
        "tals/anchor.tal",
    ];
    assert_eq!(routinator, expected);
}

fn answer(exit: Option<i32>, errors: &str, files: &[(&str, &str)]) -> ProgramAnswer {
    let mut tree = TreeWriter::new(Vec::new()).unwrap();
    for (path, text) in files {
        let entry = Entry {
            kind: EntryKind::File,
            path: (*path).to_owned(),
            offset: 0,
            length: 0,
            modified: Timestamp::UNIX_EPOCH,
            mode: 0o644,
            target: String::new(),
        };
        tree.add(entry, text.as_bytes()).unwrap();
    }
    ProgramAnswer {
        exit,
        output: String::new(),
        errors: errors.to_owned(),
        cut: false,
        tree: scripted::body(&tree.finish().unwrap()),
    }
}

#[test]
fn a_result_that_is_not_there_is_a_failure_with_a_reason() {
    let none = answer(Some(0), "", &[]);
    let failure = Program::Fort.read(&none.tree).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Here);
    assert!(
        failure.detail.contains("no file `roas.csv`"),
        "{}",
        failure.detail
    );
    let empty = answer(Some(0), "", &[("json", "")]);
    assert!(Program::Routinator.read(&empty.tree).is_err());
    let ended = answer(None, "one\ntwo\n", &[]);
    let failure = failure_of(Program::Fort, &ended);
    assert_eq!(failure.detail, "`fort` was ended by a signal: two");
    let ended = answer(Some(3), "", &[]);
    let failure = failure_of(Program::RpkiClient, &ended);
    assert_eq!(failure.detail, "`rpki-client` ended with code 3: ");
}

const TAL: &str = "https://tal.test/a.tal";

#[test]
fn the_version_is_asked_before_anything_is_captured() {
    let version = answer(Some(0), "rpki-client-portable 9.8\n", &[]);
    let script = Script::new([
        (Some(Answer::Program(version)), None),
        failing(FailureKind::Timeout),
    ]);
    let arguments = [("program", Argument::Text("rpki-client".to_owned()))];
    let seen = script.ask(&RelyingParty, TAL, &arguments);
    assert_eq!(fact(&seen, "version"), "9.8");
    assert_eq!(fact(&seen, "program"), "rpki-client");
    assert_eq!(seen.failure.as_ref().unwrap().kind, FailureKind::Timeout);
    let requests = script.requests.lock().unwrap();
    let Request::Program(request) = &requests[0] else {
        panic!("{requests:?}");
    };
    assert_eq!(request.arguments, ["-V"]);
    assert_eq!(requests.len(), 2);
    let text = serde_json::to_string(request).unwrap();
    assert!(!text.contains("host") && !text.contains("files"), "{text}");
}

#[test]
fn what_cannot_be_asked_is_left_out() {
    for (program, subject) in [("fort", ""), ("sh", TAL)] {
        let arguments = [("program", Argument::Text(program.to_owned()))];
        let seen = Script::new([]).ask(&RelyingParty, subject, &arguments);
        assert!(seen.skipped.is_some(), "{program}");
    }
}
