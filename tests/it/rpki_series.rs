//! Two runs of the program over one repository: what the later one says of the earlier one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use quintet::bundle::{EVENTS, EVIDENCE, JUDGEMENTS, RUN, SUMS};
use quintet::cli::run_in;
use quintet::cli::shell::Shell;
use quintet::verdict::results::{CheckResult, Results};
use quintet::verdict::{By, Outcome};

use crate::folder::{Folder, copy};

const EARLIER: &str = "2026-11-21T08:00:00Z";
const LATER: &str = "2026-11-21T10:00:00Z";

/// Runs a verb as a person would; returns the exit code and what was printed.
fn quintet(words: &[&str]) -> (u8, String, String) {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let (shell, out, err) = Shell::into_buffers(suite);
    let exit = run_in(&shell, words).unwrap();
    (exit.code(), out.text(), err.text())
}

/// A bundle in a folder of its own.
struct Bundle(Folder);

impl Bundle {
    fn path(&self) -> PathBuf {
        self.0.path().join("bundle")
    }

    fn shown(&self) -> String {
        self.path().to_string_lossy().into_owned()
    }

    /// Returns a copy that may be broken.
    fn again(&self) -> Self {
        let folder = Folder::new("series-copy");
        copy(&self.path(), &folder.path().join("bundle"));
        Self(folder)
    }
}

/// An earlier run, which asked for the repository of AFRINIC for reasons of its own.
static BEFORE: LazyLock<Bundle> = LazyLock::new(|| {
    let bundle = Bundle(Folder::new("series-earlier"));
    let out = bundle.shown();
    let asked = ["run", "rpki.rrdp", "rpki.tal", "-r", "afrinic"];
    let words = [&asked[..], &["--at", EARLIER, "--out", &out]].concat();
    let (code, _, err) = quintet(&words);
    assert_eq!(code, 0, "{err}");
    bundle
});

/// Runs the series after an earlier run; returns the bundle, the checks by rules, and what was said.
fn after(earlier: Option<&Bundle>, more: &[&str]) -> (Bundle, Vec<CheckResult>, String) {
    let bundle = Bundle(Folder::new("series-later"));
    let (out, given) = (bundle.shown(), earlier.map(Bundle::shown));
    let mut words = vec!["run", "rpki.series", "-r", "afrinic", "--format", "json"];
    words.extend(["--at", LATER, "--out", &out]);
    if let Some(given) = &given {
        words.extend(["--earlier", given]);
    }
    words.extend(more);
    let (_, out, err) = quintet(&words);
    let results: Results =
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out} {err}"));
    let rules = results.checks.into_iter().filter(|c| c.by == By::Rule);
    (bundle, rules.collect(), err)
}

/// Returns the ids of checks with an outcome.
fn with(outcome: Outcome, checks: &[CheckResult]) -> Vec<&str> {
    let its = checks.iter().filter(|check| check.outcome == outcome);
    its.map(|check| check.id.as_str()).collect()
}

#[test]
fn two_captures_of_a_sound_repository_pass_and_the_later_stands_alone() {
    let earlier = BEFORE.again();
    let (later, checks, _) = after(Some(&earlier), &[]);
    assert!(checks.len() >= 19, "{}", checks.len());
    assert_eq!(with(Outcome::Pass, &checks).len(), checks.len());
    // Nobody needs the earlier run any more.
    drop(earlier);
    let shown = later.shown();
    for verb in ["replay", "verify", "judge"] {
        let (code, out, err) = quintet(&[verb, &shown]);
        assert_eq!(code, 0, "{verb}: {out} {err}");
    }
    // Nor does a run that goes on: its first line is written, and nothing was asked.
    let path = later.path();
    let events = fs::read_to_string(path.join(EVENTS)).unwrap();
    let first = events.lines().next().unwrap();
    fs::write(path.join(EVENTS), format!("{first}\n")).unwrap();
    fs::remove_file(path.join(SUMS)).unwrap();
    fs::remove_dir_all(path.join(JUDGEMENTS)).unwrap();
    let (code, out, err) = quintet(&["run", "--resume", &shown, "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let results: Results = serde_json::from_str(&out).unwrap();
    let rules = results.checks.iter().filter(|c| c.by == By::Rule);
    assert!(rules.clone().count() >= 19);
    assert!(rules.into_iter().all(|c| c.outcome == Outcome::Pass));
}

#[test]
fn what_begins_between_two_captures_is_noticed() {
    for fault in [
        "rpki-series-deleted-roa-revoked",
        "rpki-series-tak-successor",
    ] {
        let (later, checks, _) = after(Some(&BEFORE), &["--fault", fault]);
        let id = fault.replacen("rpki-series-", "rpki.series.", 1);
        assert_eq!(with(Outcome::Fail, &checks), [id.as_str()]);
        let others = with(Outcome::Pass, &checks).len();
        assert_eq!(others, checks.len() - 1);
        let (_, _, err) = quintet(&["replay", &later.shown()]);
        assert!(err.contains("the same octets"), "{err}");
    }
}

#[test]
fn the_world_inside_shows_what_it_was_before() {
    let (later, checks, _) = after(None, &[]);
    assert!(checks.len() >= 19, "{}", checks.len());
    assert_eq!(with(Outcome::Pass, &checks).len(), checks.len());
    let (_, _, err) = quintet(&["replay", &later.shown()]);
    assert!(err.contains("the same octets"), "{err}");
    // What always was wrong was so before, too.
    let (_, checks, _) = after(None, &["--fault", "rpki-roa-covered"]);
    assert!(with(Outcome::Fail, &checks).is_empty());
}

#[test]
fn what_begins_with_a_run_was_not_there_before() {
    let (_, checks, _) = after(None, &["--fault", "rpki-series-deleted-roa-revoked"]);
    assert_eq!(
        with(Outcome::Fail, &checks),
        ["rpki.series.deleted-roa-revoked"]
    );
    let folder = Folder::new("series-statistics");
    let out = folder.path().join("bundle").to_string_lossy().into_owned();
    let asked = ["run", "stats.file", "-r", "apnic", "--format", "json"];
    let fault = ["--fault", "apnic-stats-new-ids", "--out", &out];
    let (code, out, err) = quintet(&[&asked[..], &fault].concat());
    assert_eq!(code, 0, "{err}");
    let results: Results = serde_json::from_str(&out).unwrap();
    assert_eq!(
        with(Outcome::Fail, &results.checks),
        ["stats.file/series-ids"]
    );
}

#[track_caller]
fn refused(earlier: &Bundle, more: &[&str], why: &str) {
    let folder = Folder::new("series-refused");
    let out = folder.path().join("bundle");
    let (given, out) = (earlier.shown(), out.to_string_lossy().into_owned());
    let words = ["run", "rpki.series", "--earlier", &given, "--out", &out];
    let (code, _, err) = quintet(&[&words[..], more].concat());
    assert_eq!(code, 2, "{err}");
    assert!(err.contains(why), "{err}");
    assert!(!Path::new(&out).exists());
}

#[test]
fn an_earlier_run_of_something_else_is_refused() {
    let own = ["-r", "afrinic", "--at", LATER];
    refused(
        &BEFORE,
        &["--at", LATER],
        "did not ask apnic, arin, lacnic, ripe-ncc",
    );
    refused(
        &BEFORE,
        &["-r", "afrinic", "--at", EARLIER],
        "expected before 2026-11-21T08",
    );
    let other = BEFORE.again();
    let run = fs::read_to_string(other.path().join(RUN)).unwrap();
    let name = run.replacen("\"name\": \"mock\"", "\"name\": \"live\"", 1);
    assert_ne!(run, name);
    fs::write(other.path().join(RUN), name).unwrap();
    refused(
        &other,
        &own,
        "asked the target `live`; expected one of `mock`",
    );
    let partial = BEFORE.again();
    let events = partial.path().join(EVENTS);
    let text = fs::read_to_string(&events).unwrap();
    let all: Vec<&str> = text.lines().collect();
    let lines = all.split_last().unwrap().1.join("\n");
    fs::write(&events, lines + "\n").unwrap();
    refused(&partial, &own, "has not ended");
    let nothing = Bundle(Folder::new("series-nothing"));
    refused(&nothing, &own, "cannot read the earlier run");
}

#[test]
fn an_earlier_run_whose_evidence_is_gone_is_no_reason_to_fail() {
    let broken = BEFORE.again();
    let evidence = broken.path().join(EVIDENCE);
    for entry in fs::read_dir(&evidence).unwrap() {
        let path = entry.unwrap().path();
        let mut octets = fs::read(&path).unwrap();
        for octet in octets.iter_mut().skip(64) {
            *octet ^= 0x55;
        }
        fs::write(&path, octets).unwrap();
    }
    let (later, checks, _) = after(Some(&broken), &[]);
    assert!(with(Outcome::Fail, &checks).is_empty());
    assert!(with(Outcome::Pass, &checks).is_empty());
    for check in &checks {
        assert!(
            check.message.contains("of the earlier run"),
            "{}",
            check.message
        );
    }
    let (_, _, err) = quintet(&["replay", &later.shown()]);
    assert!(err.contains("the same octets"), "{err}");
    drop(fs::remove_dir_all(&evidence));
    let (_, checks, _) = after(Some(&broken), &[]);
    assert!(with(Outcome::Pass, &checks).is_empty());
}
