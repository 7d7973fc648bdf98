//! Bundles of strangers, and those somebody changed.

use std::fs;
use std::path::{Path, PathBuf};

use quintet::bundle::{Bundle, BundleError, EVENTS, Problem, RUN, SUMS, Writer, seal};
use quintet::fact::{Digest, Documents as _};

use super::{body, now, observe, record, whole};
use crate::folder::Folder;

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
