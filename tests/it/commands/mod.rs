//! Command lines as a person writes them, in a suite of the test's own.

mod baseline;
mod diff;
mod export;
mod findings;
mod gate;
mod history;
mod merge;
mod notes;
mod sign;
mod suites;
mod twin;

use std::fs;
use std::path::{Path, PathBuf};

use quintet::cli::run_in;
use quintet::cli::shell::Shell;
use quintet::mock::serve::Options;
use quintet::verdict::Outcome;
use quintet::verdict::results::{CheckResult, Results};

use crate::folder::Folder;
use crate::mock_serve::serve;
use crate::mock_world::five;

/// A suite that has all files of the shipped one, and its own.
struct Own {
    folder: Folder,
}

/// What a command line did.
struct Done {
    code: u8,
    out: String,
    err: String,
}

impl Own {
    fn new(name: &str, files: &[(&str, String)]) -> Self {
        let folder = Folder::new(name);
        let suite = folder.path().join("suite");
        fs::create_dir_all(&suite).unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let extends = format!("release: \"0.1\"\nextends: {}\n", shipped.display());
        fs::write(suite.join("suite.yaml"), extends).unwrap();
        for (path, text) in files {
            let path = suite.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder }
    }

    fn suite(&self) -> PathBuf {
        self.folder.path().join("suite")
    }

    fn bundle(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_string_lossy().into_owned()
    }

    fn quintet(&self, words: &[&str]) -> Done {
        self.quintet_with(&[], words)
    }

    /// Runs with variables of the environment.
    fn quintet_with(&self, variables: &[(&str, &str)], words: &[&str]) -> Done {
        let (mut shell, out, err) = Shell::into_buffers(self.suite());
        for (name, value) in variables {
            shell = shell.with(name, value);
        }
        let code = run_in(&shell, words).unwrap().code();
        Done {
            code,
            out: out.text(),
            err: err.text(),
        }
    }

    /// Runs with JSON on stdout, and returns the results of checks too.
    fn run(&self, words: &[&str]) -> (Done, Vec<CheckResult>) {
        let all = [&["run", "--format", "json"], words].concat();
        let done = self.quintet(&all);
        let results: Results = serde_json::from_str(&done.out)
            .unwrap_or_else(|error| panic!("{error}: {} {}", done.out, done.err));
        (done, results.checks)
    }
}

/// Holds that all five registries' results are errors of ours for a reason, and the gate says so.
#[track_caller]
fn is_our_error(done: &Done, results: &[CheckResult], reason: &str) {
    assert_eq!(done.code, 3, "{}", done.err);
    assert_eq!(results.len(), 5);
    for result in results {
        assert_eq!(result.outcome, Outcome::Error, "{result:#?}");
        assert!(result.message.contains(reason), "{result:#?}");
    }
}

/// A scenario of one probe and one check at `must`.
fn scenario(more: &str) -> String {
    format!(
        "scenario: own.one\ntitle: One\nwhy: A test.\ntags: [test]\nregistries: all\nlevel: must\n\
         ref: rfc9083#7\n{more}\nchecks:\n  - {{ id: answers, title: It answers, expect: {{ p.status: 200 }} }}\n"
    )
}

#[test]
fn a_program_that_is_missing_is_our_error_and_the_gate_cannot_vouch() {
    let text = scenario("needs: [rsync]\nprobes: { p: { rdap: help } }");
    let own = Own::new("needs-rsync", &[("own/one.yaml", text)]);
    // A shell of a test has no environment, hence no path and no program.
    let bundle = own.bundle("bundle");
    let (done, results) = own.run(&["own.one", "--out", &bundle]);
    let reason = "needs the program `rsync`, which this machine has not";
    is_our_error(&done, &results, reason);
}

#[test]
fn what_probes_need_is_no_need_of_a_check() {
    let text = "scenario: own.one\ntitle: One\nlevel: observe\nprobes: { p: { rdap: help } }\nchecks:\n  \
                - { id: a, needs: [rsync], expr: p.ok }\n";
    let own = Own::new("needs-check", &[("own/one.yaml", text.to_owned())]);
    let done = own.quintet(&["lint"]);
    assert_eq!(done.code, 2);
    let words = "own/one.yaml:6:22: `rsync` is needed by probes, not by a check";
    assert!(done.out.contains(words), "{} {}", done.out, done.err);
}

#[test]
fn a_matrix_that_cannot_be_expanded_is_in_the_report() {
    let text = scenario(
        "matrix: { case: { sample: { from: \"list.json.rdapConformance[0]\", count: 2, seed: 1 } } }\n\
         probes: { list: { rdap: help }, p: { rdap: \"${case}\" } }",
    );
    let own = Own::new("fed", &[("own/one.yaml", text)]);
    let bundle = own.bundle("bundle");
    let (done, results) = own.run(&["own.one", "--out", &bundle]);
    is_our_error(&done, &results, "expected a list");
    let replayed = own.quintet(&["replay", &bundle]);
    assert_eq!(replayed.code, 3, "{}", replayed.err);
}

#[test]
fn what_is_planned_has_what_axes_drew_and_a_run_that_was_cut_says_what_is_missing() {
    let text = scenario(
        "matrix: { case: { sample: { from: \"list.json.rdapConformance\", count: 2, seed: 1 } } }\n\
         probes: { list: { rdap: help }, p: { rdap: help, headers: { x-case: \"${case}\" } } }",
    );
    let own = Own::new("planned", &[("own/one.yaml", text)]);
    let bundle = own.bundle("bundle");
    let planned = |text: &str| -> (bool, u64, u64) {
        let results: Results = serde_json::from_str(text).unwrap();
        let planned = &results.planned;
        (results.partial, planned.observations, planned.observed)
    };
    let (done, _) = own.run(&["own.one", "--out", &bundle]);
    // At each of five registries the list is asked once, and two of it are drawn.
    assert_eq!(planned(&done.out), (false, 15, 15));

    let journal = Path::new(&bundle).join("events.ndjson");
    let text = fs::read_to_string(&journal).unwrap();
    let finished = |line: &&str| line.starts_with("{\"observation\"");
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.iter().rposition(|line| finished(&line)).unwrap();
    fs::write(&journal, lines[..last].join("\n") + "\n").unwrap();
    let cut = own.quintet(&["judge", &bundle, "-f", "json"]);
    assert_eq!(planned(&cut.out), (true, 15, 14), "{}", cut.err);
    let shown = own.quintet(&["report", &bundle]).out;
    assert!(shown.contains("14 of 15 observations"), "{shown}");

    // Before anything was drawn there is only what feeds the axes.
    let drawn = lines
        .iter()
        .position(|line| line.starts_with("{\"expansion\""));
    fs::write(&journal, lines[..drawn.unwrap()].join("\n") + "\n").unwrap();
    let cut = own.quintet(&["judge", &bundle, "-f", "json"]);
    let (partial, planned, observed) = planned(&cut.out);
    assert!(partial && observed < 6, "{}", cut.err);
    assert!((5..15).contains(&planned), "{planned}");
}

#[test]
fn a_comparison_is_there_once_however_registries_differ_in_what_is_selected() {
    let text = "scenario: own.two\ntitle: Two\nwhy: A test.\ntags: [test]\nregistries: all\nlevel: observe\n\
                probes: { p: { rdap: help } }\nchecks:\n  - { id: answers, title: It answers, expr: p.ok }\n\
                compare:\n  - { id: same, title: Same, value: p.status, rule: equal }\n";
    let own = Own::new("split", &[("own/two.yaml", text.to_owned())]);
    let bundle = own.bundle("bundle");
    let filter = "(id(own.two/answers) & registry(apnic)) | id(own.two/same)";
    let done = own.quintet(&["run", "--format", "json", filter, "--out", &bundle]);
    let results: Results = serde_json::from_str(&done.out).unwrap();
    let checked: Vec<&str> = results.checks.iter().map(|c| c.registry.as_str()).collect();
    assert_eq!(checked, ["apnic"]);
    assert_eq!(results.comparisons.len(), 1, "{:#?}", results.comparisons);
    assert_eq!(results.comparisons[0].roles.len(), 5);
}

/// A target that leads to a world served by the test, and its certificate.
pub(crate) fn outside(own: &Path, served: &quintet::mock::serve::Served) -> String {
    let ca = own.join("ca.pem");
    fs::write(&ca, served.ca_pem()).unwrap();
    let mut places = String::new();
    for (host, port, addresses) in served.services() {
        if let Some(address) = addresses.iter().find(|a| a.is_ipv4()) {
            places += &format!("    \"{host}:{port}\": \"{address}\"\n");
        }
    }
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/targets/mock.yaml");
    fs::read_to_string(shipped)
        .unwrap()
        .replace("target: mock\n", "target: outside\n")
        .replace(
            "\nregistries:",
            &format!(
                "\naccess:\n  ca_bundle: {}\n  connect_to:\n{places}registries:",
                ca.display()
            ),
        )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_accept_that_is_recorded_is_the_one_that_came() {
    let served = serve(five(), &Options::default()).await;
    let text = scenario(
        "probes:\n  p: { rdap: help }\n  none: { rdap: help, accept: \"\" }\n  \
         left: { rdap: help, headers: { accept: \"\" } }\n  own: { rdap: help, accept: text/xml }",
    );
    let own = Own::new("accept", &[("own/one.yaml", text)]);
    let target = outside(own.folder.path(), &served);
    fs::create_dir_all(own.suite().join("targets")).unwrap();
    fs::write(own.suite().join("targets/outside.yaml"), target).unwrap();
    let bundle = own.bundle("bundle");
    let events = Path::new(&bundle).join("events.ndjson");
    let ran = tokio::task::spawn_blocking(move || {
        own.run(&[
            "own.one", "-r", "apnic", "--target", "outside", "--out", &bundle,
        ]);
        own
    });
    let _own = ran.await.unwrap();
    let mut came: Vec<String> = served
        .log()
        .all()
        .into_iter()
        .map(|access| access.accept.unwrap_or_else(|| "none".to_owned()))
        .collect();
    served.shutdown().await.unwrap();
    came.sort();
    assert_eq!(came, ["*/*", "*/*", "application/rdap+json", "text/xml"]);
    let events = fs::read_to_string(events).unwrap();
    assert_eq!(events.matches("\"*/*\"").count(), 2, "{events}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_far_our_clock_is_off_is_recorded() {
    let served = serve(five(), &Options::default()).await;
    let text = scenario("probes: { p: { rdap: help } }");
    let own = Own::new("offset", &[("own/one.yaml", text)]);
    let base = five().operators().next().unwrap().base_url();
    let target = outside(own.folder.path(), &served).replace(
        "kind: mock",
        &format!("kind: staging\ntime_source: \"{base}help\""),
    );
    fs::create_dir_all(own.suite().join("targets")).unwrap();
    fs::write(own.suite().join("targets/outside.yaml"), target).unwrap();
    let bundle = own.bundle("bundle");
    let ran = tokio::task::spawn_blocking(move || {
        let done = own.quintet(&[
            "run", "own.one", "-r", "apnic", "--target", "outside", "--out", &bundle,
        ]);
        let text = fs::read_to_string(Path::new(&bundle).join("run.json"));
        (done.err, text.unwrap_or_default())
    });
    let (said, record) = ran.await.unwrap();
    served.shutdown().await.unwrap();
    let record: serde_json::Value =
        serde_json::from_str(&record).unwrap_or_else(|_| panic!("{said}"));
    let ahead = record["clock"]["ahead_milliseconds"].as_i64();
    // A Date counts seconds, and this machine is compared with itself.
    assert!(
        ahead.is_some_and(|ms| ms.abs() < 5_000),
        "{record:#} {said}"
    );
    assert_eq!(record["clock"]["source"], format!("{base}help"));
}
