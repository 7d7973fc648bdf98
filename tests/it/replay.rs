//! Replays: the same octets in, the same results out, with nothing served and nothing judged before.

use std::fs;
use std::path::{Path, PathBuf};

use quintet::bundle::{Bundle, EVENTS, JUDGEMENTS, SUMS};

use crate::folder::Folder;

/// Runs a verb as a person would; returns the exit code and what was printed.
fn quintet(words: &[&str]) -> (u8, String, String) {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let (shell, out, err) = quintet::cli::shell::Shell::into_buffers(suite);
    let exit = quintet::cli::run_in(&shell, words).unwrap();
    (exit.code(), out.text(), err.text())
}

/// Returns the results of the one judging of a bundle.
fn results(bundle: &Path) -> (PathBuf, Vec<u8>) {
    let mut judgings = fs::read_dir(bundle.join(JUDGEMENTS)).unwrap();
    let path = judgings
        .next()
        .unwrap()
        .unwrap()
        .path()
        .join("results.json");
    assert!(judgings.next().is_none());
    let octets = fs::read(&path).unwrap();
    (path, octets)
}

#[test]
fn a_replay_gives_the_same_results_octet_for_octet() {
    let folder = Folder::new("replay");
    let bundle = folder.path().join("bundle");
    let shown = bundle.to_str().unwrap();
    let fault = "afrinic-self-without-type";
    let (code, _, err) = quintet(&[
        "run",
        "rdap.help",
        "rdap.errors",
        "--fault",
        fault,
        "--out",
        shown,
    ]);
    assert!(matches!(code, 0 | 1), "{code}: {err}");
    let (path, first) = results(&bundle);

    // A run judges what it still has in memory, a judging what it reads.
    let (again, _, err) = quintet(&["judge", shown]);
    assert_eq!(again, code, "{err}");
    assert_eq!(results(&bundle), (path.clone(), first.clone()));

    // The mock is down by now, and nothing is left of the judging.
    fs::remove_dir_all(bundle.join(JUDGEMENTS)).unwrap();
    let (again, _, err) = quintet(&["replay", shown]);
    assert_eq!(again, code, "{err}");
    assert_eq!(results(&bundle), (path.clone(), first));

    // A second replay compares with what is there.
    let (again, _, err) = quintet(&["replay", shown]);
    assert_eq!(again, code);
    assert!(err.contains("replayed: the same octets"), "{err}");
    let (intact, out, _) = quintet(&["verify", shown]);
    assert_eq!(intact, 0, "{out}");
    fs::write(&path, "{}").unwrap();
    let (changed, _, err) = quintet(&["replay", shown]);
    assert_eq!(changed, 1);
    assert!(err.contains("the results differ from"), "{err}");
}

#[test]
fn what_was_not_recorded_is_an_error_and_of_a_partial_run_only_missing() {
    let folder = Folder::new("unrecorded");
    let bundle = folder.path().join("bundle");
    let shown = bundle.to_str().unwrap();
    let (code, _, err) = quintet(&["run", "rdap.help", "-r", "apnic", "--out", shown]);
    assert!(matches!(code, 0 | 3), "{code}: {err}");
    fs::remove_dir_all(bundle.join(JUDGEMENTS)).unwrap();
    fs::remove_file(bundle.join(SUMS)).unwrap();
    let events = fs::read_to_string(bundle.join(EVENTS)).unwrap();
    let is_of_help = |line: &&str| line.contains("\"probe\":\"help\"") && !line.contains("\"run.");

    let without: String = events
        .split_inclusive('\n')
        .filter(|line| !is_of_help(line))
        .collect();
    fs::write(bundle.join(EVENTS), &without).unwrap();
    let (_, out, err) = quintet(&["replay", "--format", "json", shown]);
    assert!(err.contains("differ from those recorded"), "{err}");
    let judged: serde_json::Value = serde_json::from_str(&out).unwrap();
    let outcomes = |judged: &serde_json::Value, outcome: &str| {
        let checks = judged["checks"].as_array().unwrap();
        checks.iter().filter(|c| c["outcome"] == outcome).count()
    };
    assert!(outcomes(&judged, "error") > 0, "{out}");

    fs::remove_dir_all(bundle.join(JUDGEMENTS)).unwrap();
    let (cut, _) = without.rsplit_once("{\"run.finished\"").unwrap();
    fs::write(bundle.join(EVENTS), cut).unwrap();
    assert!(Bundle::open(&bundle).unwrap().is_partial());
    let (_, out, err) = quintet(&["replay", "--format", "json", shown]);
    assert!(!err.contains("differ from those recorded"), "{err}");
    let judged: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(outcomes(&judged, "error"), 0, "{out}");
    assert_eq!(judged["partial"], true);
}
