//! A real process, killed at thirty points of its run, goes on where it was.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use quintet::bundle::{Bundle, EVENTS, EVIDENCE};
use quintet::mock::serve::{AccessLog, Options, Served};
use quintet::transport::Request;

use crate::folder::Folder;
use crate::mock_serve::serve;
use crate::mock_world::five;

/// How often a run is killed.
const POINTS: usize = 30;

/// Instances of the scenario at each of the five registries, each with two probes.
const INSTANCES: usize = 6;

/// Observations of a whole run.
const ALL: usize = INSTANCES * 2 * 5;

/// A suite of its own: every probe asks for something that no other one asks for.
fn suite(folder: &Path, served: &Served) -> PathBuf {
    let suite = folder.join("scenarios");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for name in ["clauses", "policies", "registries"] {
        copy(&shipped.join(name), &suite.join(name));
    }
    fs::copy(shipped.join("suite.yaml"), suite.join("suite.yaml")).unwrap();
    let numbers: Vec<String> = (1..=INSTANCES).map(|n| n.to_string()).collect();
    fs::create_dir_all(suite.join("crash")).unwrap();
    fs::write(
        suite.join("crash/walk.yaml"),
        format!(
            "scenario: crash.walk
title: Some things are asked, each of them once
why: A run that was killed has to go on where it was.
tags: [test]
registries: all
level: observe
matrix:
  n: [{}]
probes:
  first: {{ rdap: \"ip/198.18.${{n}}.1\" }}
  second: {{ rdap: \"autnum/${{n + 64600}}\", after: first }}
compare:
  - id: answers
    title: The answers have a status
    value: second.status
    rule: report
",
            numbers.join(", ")
        ),
    )
    .unwrap();
    let ca = folder.join("ca.pem");
    fs::write(&ca, served.ca_pem()).unwrap();
    let mut places = String::new();
    for (host, port, addresses) in served.services() {
        if let Some(address) = addresses.iter().find(|a| a.is_ipv4()) {
            places += &format!("    \"{host}:{port}\": \"{address}\"\n");
        }
    }
    let mock = fs::read_to_string(shipped.join("targets/mock.yaml")).unwrap();
    let outside = mock
        .replace("target: mock\n", "target: outside\n")
        .replace("pacing: {", "pacing: { rate: 150/s,")
        .replace(
            "\nregistries:",
            &format!(
                "\naccess:\n  ca_bundle: {}\n  connect_to:\n{places}registries:",
                ca.display()
            ),
        );
    fs::create_dir_all(suite.join("targets")).unwrap();
    fs::write(suite.join("targets/outside.yaml"), outside).unwrap();
    suite
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn start(suite: &Path, words: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_quintet"))
        .arg("--suite")
        .arg(suite)
        .arg("run")
        .args(words)
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Counts what was asked by URL, from a place in the log on.
fn asked(log: &AccessLog, from: usize) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for access in log.all().into_iter().skip(from) {
        let target = access.asked.trim_start_matches("GET ").to_owned();
        *asked
            .entry(format!("https://{}{target}", access.host))
            .or_default() += 1;
    }
    asked
}

/// Returns the URLs of observations that finished.
fn finished(bundle: &Path) -> Vec<String> {
    let bundle = Bundle::open(bundle).unwrap();
    let keys: Vec<_> = bundle
        .observations("crash.walk")
        .unwrap()
        .into_iter()
        .map(|o| o.key)
        .collect();
    let exchanges = bundle.exchanges().unwrap();
    exchanges
        .into_iter()
        .filter(|((key, _), _)| keys.contains(key))
        .filter_map(|(_, exchange)| match exchange.request {
            Request::Http(http) => Some(http.url),
            _ => None,
        })
        .collect()
}

/// Kills a run when so much was asked; says whether it was under way then.
fn kill(suite: &Path, bundle: &Path, log: &AccessLog, asked: usize) -> bool {
    let shown = bundle.to_str().unwrap();
    let before = log.len();
    let mut child = start(suite, &["--target", "outside", "--out", shown]);
    // A process killed before its bundle is there leaves nothing to resume.
    let events = bundle.join(EVENTS);
    let begun = || log.len() - before >= asked && events.metadata().is_ok_and(|m| m.len() > 0);
    while !begun() && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(events.exists(), "{words}");
    running
}

/// Makes what a kill in the middle of a write leaves.
fn tear(bundle: &Path, point: usize) {
    let torn: (PathBuf, &[u8]) = match point % 3 {
        0 => return,
        1 => (
            bundle.join(EVENTS),
            b"{\"observation\":{\"key\":{\"scenario\":\"crash.wa",
        ),
        _ => (
            bundle.join(EVIDENCE).join("pack-00001"),
            b"sha256:00000000000000000000",
        ),
    };
    let (path, octets) = torn;
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .unwrap();
    file.write_all(octets).unwrap();
}

fn kill_and_resume(suite: &Path, folder: &Path, log: &AccessLog, point: usize) -> bool {
    let bundle = folder.join(format!("bundle-{point}"));
    let before = log.len();
    let under_way = kill(suite, &bundle, log, point * ALL / POINTS);
    if !Bundle::open(&bundle).unwrap().is_partial() {
        return false;
    }
    tear(&bundle, point);
    let done = finished(&bundle);
    let shown = bundle.to_str().unwrap();
    let output = start(suite, &["--resume", shown])
        .wait_with_output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        matches!(output.status.code(), Some(0 | 1 | 3)),
        "{:?}: {words}",
        output.status
    );
    let asked = asked(log, before);
    for url in &done {
        assert_eq!(asked.get(url), Some(&1), "{url} was finished at {point}");
    }
    assert_eq!(asked.len(), ALL);
    // What was in flight is asked again, and once more at most.
    assert!(asked.values().all(|times| *times <= 2), "{asked:?}");
    let resumed = Bundle::open(&bundle).unwrap();
    assert!(!resumed.is_partial());
    assert_eq!(resumed.observed(), ALL);
    let verified = Bundle::verify(&bundle).unwrap();
    assert!(verified.is_intact(), "{:?}", verified.problems);
    under_way
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_killed_at_thirty_points_asks_nothing_finished_again() {
    let folder = Folder::new("resume");
    let served = serve(five(), &Options::default()).await;
    let suite = suite(folder.path(), &served);
    let (log, path) = (served.log().clone(), folder.path().to_owned());
    let killed = tokio::task::spawn_blocking(move || {
        (0..POINTS)
            .filter(|point| kill_and_resume(&suite, &path, &log, *point))
            .count()
    });
    let killed = killed.await.unwrap();
    served.shutdown().await.unwrap();
    assert!(
        killed >= POINTS / 2,
        "only {killed} runs were under way when they were killed"
    );
}

/// Sends what Ctrl-C sends.
fn interrupt(child: &Child) {
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_run_ends_with_130_and_resumes() {
    let folder = Folder::new("interrupt");
    let served = serve(five(), &Options::default()).await;
    let suite = suite(folder.path(), &served);
    let (log, bundle) = (served.log().clone(), folder.path().join("bundle"));
    let ended = tokio::task::spawn_blocking(move || {
        let shown = bundle.to_str().unwrap().to_owned();
        let mut child = start(&suite, &["--target", "outside", "--out", &shown]);
        while log.len() < ALL / 4 && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        interrupt(&child);
        let interrupted = child.wait_with_output().unwrap();
        let partial = Bundle::open(&bundle).unwrap().is_partial();
        let resumed = start(&suite, &["--resume", &shown])
            .wait_with_output()
            .unwrap();
        let whole = Bundle::open(&bundle).unwrap();
        assert!(!whole.is_partial());
        assert_eq!(whole.observed(), ALL);
        (interrupted, partial, resumed)
    });
    let (interrupted, partial, resumed) = ended.await.unwrap();
    served.shutdown().await.unwrap();
    let words = String::from_utf8_lossy(&interrupted.stderr).into_owned();
    assert!(partial, "{words}");
    assert_eq!(interrupted.status.code(), Some(130), "{words}");
    assert!(words.contains("--resume"), "{words}");
    let words = String::from_utf8_lossy(&resumed.stderr).into_owned();
    assert!(matches!(resumed.status.code(), Some(0 | 1 | 3)), "{words}");
}
