//! The bundle: cut at every octet, resumed, tampered with, and read from a stranger.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use quintet::bundle::{
    Bundle, BundleError, ClockRecord, EVENTS, EVIDENCE, Expansion, FORMAT, Filters, Here, Planned,
    Problem, RUN, RunRecord, SUMS, TargetRecord, Tool, Writer, seal,
};
use quintet::fact::{Digest, Documents as _, Facts, Json, Key, Observation, Subject, Value};
use quintet::registry::RegistryId;
use quintet::transport::{
    Answer, Body, Content, Exchange, Family, HttpAnswer, HttpRequest, Recorder as _,
    Recording as _, Request, Timing,
};

fn now() -> Timestamp {
    "2026-11-21T10:02:11Z".parse().unwrap()
}

fn record() -> RunRecord {
    RunRecord {
        format: FORMAT,
        id: "test".to_owned(),
        tool: Tool {
            name: "quintet".to_owned(),
            version: "0".to_owned(),
        },
        suite: Digest::of(b"suite"),
        release: "2026.11".to_owned(),
        target: TargetRecord {
            name: "mock".to_owned(),
            kind: "mock".to_owned(),
            faults: Vec::new(),
        },
        vantage: "here".to_owned(),
        started: now(),
        clock: ClockRecord {
            kind: "fixed".to_owned(),
            ahead_milliseconds: None,
            source: None,
        },
        here: Here::default(),
        registries: Vec::new(),
        filters: Filters::default(),
        planned: Planned::default(),
        inputs: [].into(),
        reproduce: "quintet run".to_owned(),
        flags: Vec::new(),
    }
}

fn key(scenario: &str, registry: &str) -> Key {
    let id = RegistryId::parse(registry).unwrap();
    Key {
        scenario: scenario.into(),
        instance: "".into(),
        subject: Subject::Registry(id.clone()),
        asked: Some(id),
        target: "mock".into(),
        probe: "help".into(),
        tick: 0,
        attempt: 1,
        vantage: "here".into(),
    }
}

fn exchange(key: &Key, step: u32, octets: &[u8]) -> Exchange {
    Exchange {
        key: Arc::new(key.clone()),
        step,
        at: now(),
        request: Request::Http(HttpRequest {
            method: "GET".to_owned(),
            url: "https://rdap.example.net/help".to_owned(),
            headers: vec![("accept".to_owned(), "*/*".to_owned())],
            family: Family::Any,
            body_limit: 1000,
            timeout: Duration::MAX,
        }),
        source: None,
        destination: Some("127.0.0.1:443".parse().unwrap()),
        addresses: Vec::new(),
        timing: Timing::default(),
        answer: Some(Answer::Http(HttpAnswer {
            status: 200,
            version: "HTTP/1.1".to_owned(),
            headers: Vec::new(),
            body: Body {
                digest: Digest::of(octets),
                bytes: octets.len() as u64,
                content: Content::Memory(Bytes::copy_from_slice(octets)),
            },
        })),
        failure: None,
        masked: false,
    }
}

fn observation(key: &Key, octets: &[u8]) -> Observation {
    let mut facts = Facts::new();
    facts.set("status", Value::Count(200));
    let digest = Digest::of(octets);
    if let Ok(json) = serde_json::from_slice(octets) {
        facts.set("json", Value::Json(Json::parsed(digest.clone(), json)));
    }
    Observation {
        key: key.clone(),
        at: now(),
        failure: None,
        skipped: None,
        facts,
        inspected: None,
        asked: vec!["GET https://rdap.example.net/help 200".to_owned()],
        evidence: vec![digest],
    }
}

const REGISTRIES: [&str; 3] = ["afrinic", "apnic", "arin"];

fn body(registry: &str) -> Vec<u8> {
    format!("{{\"rdapConformance\": [\"{registry}\"]}}").into_bytes()
}

/// Observes one registry and returns the keys of what was asked.
fn observe(writer: &Writer, registry: &str) -> bool {
    let key = key("rdap.help", registry);
    if writer.finished(&key).unwrap().is_some() {
        return false;
    }
    let octets = body(registry);
    writer.record(&exchange(&key, 0, b"moved"));
    writer.record(&exchange(&key, 1, &octets));
    writer.observe(&observation(&key, &octets)).unwrap();
    true
}

/// Writes a whole bundle and returns its folder.
fn whole(parent: &Path) -> PathBuf {
    let writer = Writer::create(parent, now(), record()).unwrap();
    for registry in REGISTRIES {
        observe(&writer, registry);
    }
    writer
        .expand(Expansion {
            scenario: "rdap.sample".into(),
            registry: RegistryId::parse("apnic").unwrap(),
            axis: "case".to_owned(),
            values: vec![serde_json::json!({"prefix": "192.0.2.0/24"})],
        })
        .unwrap();
    writer.finish(now()).unwrap();
    writer.folder().to_owned()
}

fn observed(bundle: &Bundle) -> Vec<String> {
    bundle
        .observations("rdap.help")
        .unwrap()
        .iter()
        .map(|o| {
            let Some(Value::Json(json)) = o.facts.get("json") else {
                panic!("no document")
            };
            json.get().unwrap()["rdapConformance"][0]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[test]
fn what_was_written_is_read() {
    let folder = Folder::new("written");
    let path = whole(folder.path());
    let bundle = Bundle::open(&path).unwrap();
    assert!(!bundle.is_partial());
    assert_eq!(bundle.run(), &record());
    assert_eq!(observed(&bundle), REGISTRIES);
    assert!(
        bundle
            .expansion("rdap.sample", "apnic", "case")
            .is_some_and(|e| e.values.len() == 1)
    );
    let found = bundle.find(&key("rdap.help", "arin"), 1).unwrap();
    let expected = exchange(&key("rdap.help", "arin"), 1, &body("arin"));
    // The time-out is the asker's and is not written.
    assert_eq!(found.answer, expected.answer);
    assert!(bundle.find(&key("rdap.help", "arin"), 2).is_none());
    assert!(bundle.find(&key("rdap.other", "arin"), 0).is_none());
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("20261121T100211Z-mock-"), "{name}");
    assert!(Bundle::verify(&path).unwrap().is_intact());
}

#[test]
fn a_journal_cut_at_any_octet_loses_nothing_finished_and_resumes() {
    let folder = Folder::new("cut");
    let path = whole(folder.path());
    let journal = fs::read(path.join(EVENTS)).unwrap();
    let last_line = journal[..journal.len() - 1]
        .iter()
        .rposition(|o| *o == b'\n')
        .unwrap()
        + 1;
    let cut_path = folder.path().join("cut");
    let restore = || {
        drop(fs::remove_dir_all(&cut_path));
        copy(&path, &cut_path);
        fs::remove_file(cut_path.join(SUMS)).unwrap();
    };
    restore();
    for cut in 0..journal.len() {
        fs::write(cut_path.join(EVENTS), &journal[..cut]).unwrap();
        let finished = journal[..cut]
            .split_inclusive(|o| *o == b'\n')
            .filter(|line| line.ends_with(b"\n") && line.starts_with(b"{\"observation\""))
            .count();
        let bundle = Bundle::open(&cut_path).unwrap();
        assert!(bundle.is_partial());
        assert_eq!(bundle.observed(), finished, "cut at {cut}");
        // Resuming is the dearer half: at both sides of every line feed, and here and there between.
        let near = cut < 3
            || cut == last_line + 9
            || journal[cut - 1] == b'\n'
            || journal[cut] == b'\n'
            || cut % 509 == 0;
        if near {
            assert_eq!(observed(&bundle), REGISTRIES[..finished], "cut at {cut}");
            drop(bundle);
            resumes(&cut_path, finished, cut);
            restore();
        }
    }
}

#[track_caller]
fn resumes(path: &Path, finished: usize, cut: usize) {
    let writer = Writer::resume(path, now()).unwrap();
    let asked = REGISTRIES.iter().filter(|r| observe(&writer, r)).count();
    assert_eq!(asked, REGISTRIES.len() - finished, "cut at {cut}");
    writer.finish(now()).unwrap();
    drop(writer);
    let bundle = Bundle::open(path).unwrap();
    assert!(!bundle.is_partial());
    assert_eq!(observed(&bundle), REGISTRIES, "cut at {cut}");
    for registry in REGISTRIES {
        let found = bundle.find(&key("rdap.help", registry), 1).unwrap();
        assert!(matches!(
            found.answer,
            Some(Answer::Http(HttpAnswer { body: Body { content: Content::Memory(octets), .. }, .. })) if octets == body(registry)
        ));
    }
    let verified = Bundle::verify(path).unwrap();
    assert!(
        verified.is_intact(),
        "cut at {cut}: {:?}",
        verified.problems
    );
}

#[test]
fn evidence_cut_at_any_octet_makes_what_rests_on_it_unfinished() {
    let folder = Folder::new("evidence");
    let path = folder.path().join("bundle");
    let writer = Writer::create_at(&path, now(), record()).unwrap();
    for registry in &REGISTRIES[..2] {
        observe(&writer, registry);
    }
    drop(writer);
    let pack = fs::read(path.join(EVIDENCE).join("pack-00001")).unwrap();
    let cut_path = folder.path().join("cut");
    for cut in 0..=pack.len() {
        drop(fs::remove_dir_all(&cut_path));
        copy(&path, &cut_path);
        fs::write(cut_path.join(EVIDENCE).join("pack-00001"), &pack[..cut]).unwrap();
        let has = |octets: &[u8]| {
            let record = [&octets[..], b"\n"].concat();
            pack[..cut].windows(record.len()).any(|w| w == record)
        };
        let finished = REGISTRIES[..2].iter().filter(|r| has(&body(r))).count();
        // Resuming waits for the disk: where records and headers end, and here and there between.
        let near = cut % 53 == 0 || pack[..cut].ends_with(b"\n") || pack[cut..].starts_with(b"\n");
        if !near {
            continue;
        }
        resumes(&cut_path, finished, cut);
    }
}

#[test]
fn a_run_killed_while_it_sealed_is_sealed_when_it_is_resumed() {
    let folder = Folder::new("sealing");
    let path = whole(folder.path());
    fs::remove_file(path.join(SUMS)).unwrap();
    fs::remove_file(path.join(EVIDENCE).join("pack-00001.index")).unwrap();
    assert!(matches!(
        Writer::resume(&path, now()),
        Err(BundleError::Finished(_))
    ));
    assert!(Bundle::verify(&path).unwrap().is_intact());
}

#[test]
fn the_exchanges_of_an_unfinished_probe_stay_and_are_abandoned() {
    let folder = Folder::new("abandoned");
    let path = folder.path().join("bundle");
    let writer = Writer::create_at(&path, now(), record()).unwrap();
    let key = key("rdap.help", "apnic");
    writer.record(&exchange(&key, 0, b"first"));
    writer.record(&exchange(&key, 1, b"second"));
    drop(writer);
    drop(Writer::resume(&path, now()).unwrap());
    let text = fs::read_to_string(path.join(EVENTS)).unwrap();
    assert_eq!(text.matches("{\"exchange\":").count(), 2);
    assert_eq!(text.matches("{\"abandoned\":").count(), 1);
    let bundle = Bundle::open(&path).unwrap();
    assert!(bundle.find(&key, 0).is_none() && bundle.find(&key, 1).is_none());
    assert!(bundle.evidence().has(&Digest::of(b"first")));
}

#[test]
fn a_finished_run_and_one_that_is_being_written_are_not_resumed() {
    let folder = Folder::new("locked");
    let path = whole(folder.path());
    assert!(matches!(
        Writer::resume(&path, now()),
        Err(BundleError::Finished(_))
    ));
    let writer = Writer::create(folder.path(), now(), record()).unwrap();
    assert!(matches!(
        Writer::resume(writer.folder(), now()),
        Err(BundleError::Locked(_))
    ));
}

#[test]
fn equal_bodies_are_kept_once_and_large_ones_in_files_of_their_own() {
    let folder = Folder::new("large");
    let path = folder.path().join("bundle");
    let writer = Writer::create_at(&path, now(), record()).unwrap();
    let large = vec![b'x'; 100_000];
    let spooled = writer.spool().join("body-1");
    fs::write(&spooled, &large).unwrap();
    for (number, registry) in REGISTRIES.iter().enumerate() {
        let key = key("rdap.help", registry);
        writer.record(&exchange(&key, 0, b"the same"));
        let mut exchange = exchange(&key, 1, &large);
        if let (0, Some(Answer::Http(answer))) = (number, &mut exchange.answer) {
            answer.body.content = Content::File(spooled.clone());
        }
        writer.record(&exchange);
        assert_eq!(
            fs::read(&spooled).unwrap(),
            large,
            "the probe still reads it"
        );
        writer.observe(&observation(&key, &large)).unwrap();
    }
    let decoded = Bytes::from_static(b"decoded");
    writer.keep(&Digest::of(&decoded), &decoded);
    writer.finish(now()).unwrap();
    let names: BTreeSet<String> = fs::read_dir(path.join(EVIDENCE))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    let digest = Digest::of(&large);
    assert_eq!(
        names,
        [digest.hex(), "pack-00001", "pack-00001.index"]
            .map(str::to_owned)
            .into()
    );
    let bundle = Bundle::open(&path).unwrap();
    assert_eq!(bundle.evidence().load(&digest).unwrap(), large);
    assert_eq!(
        bundle.evidence().load(&Digest::of(&decoded)).unwrap(),
        decoded
    );
    assert_eq!(
        bundle.evidence().load(&Digest::of(b"")).unwrap(),
        Bytes::new()
    );
    assert!(Bundle::verify(&path).unwrap().is_intact());
    // An index that is missing or belongs to another pack is not needed.
    for index in [None, Some("quintet-pack-index-1 5\n"), Some("\0")] {
        let file = path.join(EVIDENCE).join("pack-00001.index");
        match index {
            None => fs::remove_file(&file).unwrap(),
            Some(text) => fs::write(&file, text).unwrap(),
        }
        let bundle = Bundle::open(&path).unwrap();
        assert_eq!(
            bundle.evidence().load(&Digest::of(b"the same")).unwrap(),
            "the same"
        );
    }
}

#[track_caller]
fn check_tampering(tamper: impl FnOnce(&Path), expected: &[Problem]) {
    let folder = Folder::new("tampered");
    let path = whole(folder.path());
    let judgement = Bundle::open(&path)
        .unwrap()
        .judgement(&Digest::of(b"suite"));
    fs::create_dir_all(&judgement).unwrap();
    fs::write(judgement.join("results.json"), "{}").unwrap();
    seal(&judgement).unwrap();
    assert!(Bundle::verify(&path).unwrap().is_intact());
    tamper(&path);
    let verified = Bundle::verify(&path).unwrap();
    for problem in expected {
        assert!(
            verified.problems.contains(problem),
            "{problem:?} not in {:?}",
            verified.problems
        );
    }
    assert_eq!(verified.is_intact(), expected.is_empty());
}

fn edit(path: PathBuf, from: &str, to: &str) {
    let text = String::from_utf8(fs::read(&path).unwrap()).unwrap();
    assert!(text.contains(from));
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn every_kind_of_tampering_is_found_and_named() {
    let changed = |p: &str| Problem::Changed(p.into());
    let missing = |p: &str| Problem::Missing(p.into());
    let extra = |p: &str| Problem::Extra(p.into());
    check_tampering(|_| {}, &[]);
    check_tampering(
        |p| edit(p.join(EVENTS), "GET https", "get https"),
        &[changed(EVENTS)],
    );
    check_tampering(|p| edit(p.join(RUN), "2026.11", "2026.12"), &[changed(RUN)]);
    check_tampering(
        |p| edit(p.join("evidence/pack-00001"), "arin", "evil"),
        &[
            changed("evidence/pack-00001"),
            Problem::Body(Digest::of(&body("arin")).to_string()),
        ],
    );
    check_tampering(
        |p| fs::remove_file(p.join("evidence/pack-00001")).unwrap(),
        &[missing("evidence/pack-00001")],
    );
    check_tampering(
        |p| fs::remove_file(p.join(EVENTS)).unwrap(),
        &[missing(EVENTS)],
    );
    check_tampering(
        |p| fs::write(p.join("evidence/note"), "").unwrap(),
        &[extra("evidence/note")],
    );
    check_tampering(
        |p| fs::write(p.join("site.html"), "").unwrap(),
        &[extra("site.html")],
    );
    check_tampering(
        |p| std::os::unix::fs::symlink("/dev/zero", p.join("link")).unwrap(),
        &[Problem::NotAFile("link".into())],
    );
    check_tampering(
        |p| {
            fs::remove_file(p.join(RUN)).unwrap();
            std::os::unix::fs::symlink("/dev/zero", p.join(RUN)).unwrap();
        },
        &[Problem::NotAFile(RUN.into())],
    );
    let judging = format!("judgements/{}", Digest::of(b"suite").hex());
    check_tampering(
        |p| fs::write(p.join(&judging).join("results.json"), "[]").unwrap(),
        &[changed(&format!("{judging}/results.json"))],
    );
    check_tampering(
        |p| fs::write(p.join("judgements/more"), "[]").unwrap(),
        &[extra("judgements/more")],
    );
    check_tampering(
        |p| fs::remove_file(p.join(&judging).join(SUMS)).unwrap(),
        &[Problem::Unsealed(format!("{judging}/{SUMS}").into())],
    );
    check_tampering(
        |p| fs::remove_file(p.join(SUMS)).unwrap(),
        &[Problem::Unsealed(SUMS.into())],
    );
    for name in ["../../../etc/passwd", "/etc/passwd", "a/../../b", ""] {
        let line = format!("{}  {name}\n", "0".repeat(64));
        check_tampering(
            |p| {
                let sums = fs::read_to_string(p.join(SUMS)).unwrap();
                fs::write(p.join(SUMS), line + &sums).unwrap();
            },
            &[Problem::Seal(SUMS.into(), 1)],
        );
    }
}

#[test]
fn a_partial_bundle_is_intact_and_said_to_be_partial() {
    let folder = Folder::new("partial");
    let path = folder.path().join("bundle");
    let writer = Writer::create_at(&path, now(), record()).unwrap();
    observe(&writer, "apnic");
    drop(writer);
    let verified = Bundle::verify(&path).unwrap();
    assert!(verified.partial && verified.is_intact(), "{verified:?}");
    fs::write(path.join("stranger"), "").unwrap();
    assert_eq!(
        Bundle::verify(&path).unwrap().problems,
        [Problem::Extra("stranger".into())].into()
    );
}

#[test]
fn a_strangers_bundle_cannot_name_files_elsewhere() {
    let folder = Folder::new("stranger");
    let path = whole(folder.path());
    fs::write(folder.path().join("secret"), "secret").unwrap();
    for digest in [
        "sha256:../../secret",
        "../secret",
        "sha256:",
        "sha256:/etc/passwd",
    ] {
        let digest: Digest = serde_json::from_value(digest.into()).unwrap();
        let bundle = Bundle::open(&path).unwrap();
        assert!(bundle.evidence().load(&digest).is_none());
        assert!(!bundle.evidence().has(&digest));
    }
}

#[track_caller]
fn check_refused(events: &[u8], expected: &str) {
    let folder = Folder::new("refused");
    let path = whole(folder.path());
    fs::write(path.join(EVENTS), events).unwrap();
    let error = Bundle::open(&path).unwrap_err();
    assert!(error.to_string().ends_with(expected), "{error}");
}

#[test]
fn lines_that_are_no_events_are_located() {
    check_refused(b"hello\n", "events.ndjson`:1: not an event");
    check_refused(
        b"{\"run.started\":{\"run\":\"a\",\"at\":\"2026-01-01T00:00:00Z\"}}\n{}\n",
        "events.ndjson`:2: not an event",
    );
    check_refused(
        &[b"[".repeat(20_000), b"\n".to_vec()].concat(),
        ":1: not an event",
    );
    check_refused(b"\0\0\0\n", ":1: not an event");
}

#[test]
fn another_format_and_no_bundle_are_said() {
    let folder = Folder::new("format");
    assert!(matches!(
        Bundle::open(folder.path()),
        Err(BundleError::NoBundle(_))
    ));
    let path = whole(folder.path());
    edit(path.join(RUN), "\"format\": 1", "\"format\": 2");
    assert!(matches!(
        Bundle::open(&path),
        Err(BundleError::Format { found: 2, .. })
    ));
}

/// Runs the program's verbs as a person would; returns the exit code and what was printed.
fn quintet(words: &[&str]) -> (u8, String, String) {
    let (shell, out, err) = quintet::cli::shell::Shell::into_buffers("scenarios".into());
    let exit = quintet::cli::run_in(&shell, words).unwrap();
    (exit.code(), out.text(), err.text())
}

#[test]
fn the_verb_names_what_is_wrong_and_ends_with_its_code() {
    let folder = Folder::new("verb");
    let path = whole(folder.path());
    let shown = path.to_str().unwrap();
    let (code, out, _) = quintet(&["verify", shown]);
    assert_eq!(
        (code, out),
        (0, format!("{shown}: intact: 4 files, 4 bodies\n"))
    );
    fs::write(path.join("extra"), "").unwrap();
    let (code, out, _) = quintet(&["verify", shown]);
    assert_eq!((code, out), (1, format!("{shown}: extra: `extra`\n")));
    let (code, out, _) = quintet(&["verify", "--format", "json", shown]);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &found[0]["problems"][0]["kind"]),
        (1, &"extra".into())
    );
    let nothing = folder.path().to_str().unwrap();
    let (code, _, err) = quintet(&["verify", nothing]);
    assert_eq!(
        (code, err),
        (
            2,
            format!("error: `{nothing}` is not a bundle: it has no `run.json`\n")
        )
    );
    fs::remove_file(path.join("extra")).unwrap();
    fs::remove_file(path.join(SUMS)).unwrap();
    let events = fs::read_to_string(path.join(EVENTS)).unwrap();
    let (cut, _) = events.rsplit_once("{\"run.finished\"").unwrap();
    fs::write(path.join(EVENTS), cut).unwrap();
    let (code, out, _) = quintet(&["verify", shown]);
    assert_eq!(code, 0);
    assert!(out.contains("partial: the run did not finish"), "{out}");
}
