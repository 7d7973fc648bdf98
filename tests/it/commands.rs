//! Command lines as a person writes them, in a suite of the test's own.

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
        let (shell, out, err) = Shell::into_buffers(self.suite());
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
    assert_eq!(done.code, 3, "{}", done.err);
    assert_eq!(results.len(), 5);
    for result in &results {
        assert_eq!(result.outcome, Outcome::Error, "{result:#?}");
        let reason = "needs the program `rsync`, which this machine has not";
        assert!(result.message.contains(reason), "{result:#?}");
    }
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
    assert_eq!(done.code, 3, "{}", done.err);
    assert_eq!(results.len(), 5);
    for result in &results {
        assert_eq!(result.outcome, Outcome::Error, "{result:#?}");
        assert!(result.message.contains("expected a list"), "{result:#?}");
    }
    let replayed = own.quintet(&["replay", &bundle]);
    assert_eq!(replayed.code, 3, "{}", replayed.err);
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

/// Runs `quintet …` as it was printed, in a shell.
fn again(line: &str, out: &str) -> (Option<i32>, String) {
    let rest = line.strip_prefix("quintet ").unwrap();
    let done = std::process::Command::new("sh")
        .args([
            "-c",
            &format!("\"$QUINTET\" {rest} --format json --out \"$OUT\""),
        ])
        .env("QUINTET", env!("CARGO_BIN_EXE_quintet"))
        .env("OUT", out)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap();
    let said = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
    (done.status.code(), said)
}

#[test]
fn the_line_printed_with_a_finding_finds_it_again() {
    let text = scenario("probes: { p: { rdap: help } }");
    let text = text.replace("p.status: 200", "p.status: 299");
    let own = Own::new("again it's", &[("own/one.yaml", text)]);
    let bundle = own.bundle("bundle");
    let line = [
        "run",
        "own.*",
        "-r",
        "apnic",
        "--at",
        "2026-11-20T09:00:00Z",
        "--vantage",
        "ams1",
        "--out",
        &bundle,
    ];
    let done = own.quintet(&line);
    assert_eq!(done.code, 1, "{} {}", done.out, done.err);
    let printed = done
        .out
        .lines()
        .find_map(|l| l.trim().strip_prefix("again"));
    let of_finding = printed.unwrap().trim().to_owned();
    let record = fs::read_to_string(Path::new(&bundle).join("run.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let of_run = record["reproduce"].as_str().unwrap().to_owned();
    for (line, name) in [(of_finding, "first"), (of_run, "second")] {
        let (code, out) = again(&line, &own.bundle(name));
        assert_eq!(code, Some(1), "{line}: {out}");
        assert!(out.contains("\"id\": \"own.one/answers\""), "{line}: {out}");
        assert!(out.contains("\"vantage\": \"ams1\""), "{line}: {out}");
        let made = fs::read_to_string(Path::new(&own.bundle(name)).join("run.json")).unwrap();
        assert!(made.contains("2026-11-20T09:00:00Z"), "{line}: {made}");
    }
}

#[test]
fn a_report_shows_the_newest_judging_whatever_the_suite_of_today_says() {
    let text = scenario("probes: { p: { rdap: help } }");
    let own = Own::new("report", &[("own/one.yaml", text.clone())]);
    let bundle = own.bundle("bundle");
    let ran = own.quintet(&["run", "own.one", "--all", "--out", &bundle]);
    assert_eq!(ran.code, 0, "{}", ran.err);

    // The suite changes: the report still shows what was judged, also what is left out of results.json.
    let changed = text.replace("p.status: 200", "p.status: 299");
    fs::write(own.suite().join("own/one.yaml"), changed).unwrap();
    let report = own.quintet(&["report", "--all", &bundle]);
    assert_eq!((report.code, report.out.as_str()), (0, ran.out.as_str()));

    // Judged again, the newest judging is what reports show.
    let judged = own.quintet(&["judge", "--all", &bundle]);
    assert_eq!(judged.code, 1, "{}", judged.err);
    let report = own.quintet(&["report", "--all", &bundle]);
    assert_eq!(report.out, judged.out);
    fs::remove_file(own.suite().join("suite.yaml")).unwrap();
    let report = own.quintet(&["report", "--all", &bundle]);
    assert_eq!(report.out, judged.out, "no suite is read: {}", report.err);

    fs::remove_dir_all(Path::new(&bundle).join("judgements")).unwrap();
    let report = own.quintet(&["report", &bundle]);
    assert_eq!(report.code, 2);
    assert!(
        report.err.contains("the bundle was never judged"),
        "{}",
        report.err
    );
}

#[test]
fn inputs_of_a_run_are_recorded_by_digest() {
    let text = scenario("probes: { p: { rdap: help } }");
    let own = Own::new("inputs", &[("own/one.yaml", text)]);
    let (first, second) = (own.bundle("first"), own.bundle("second"));
    assert_eq!(own.quintet(&["run", "own.one", "--out", &first]).code, 0);
    let state = own.bundle("state.json");
    fs::write(&state, "{\"version\":1,\"days\":{}}").unwrap();
    let words = [
        "run", "own.one", "--past", &first, "--state", &state, "--out", &second,
    ];
    let done = own.quintet(&words);
    assert_eq!(done.code, 0, "{}", done.err);
    let record = |bundle: &str| -> serde_json::Value {
        let text = fs::read_to_string(Path::new(bundle).join("run.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    assert_eq!(record(&first).get("inputs"), None);
    let digest = |path: &Path| quintet::fact::Digest::of(&fs::read(path).unwrap());
    let inputs = &record(&second)["inputs"];
    let seal = digest(&Path::new(&first).join("SHA256SUMS"));
    assert_eq!(inputs["past:first"], seal.as_str());
    assert_eq!(
        inputs["state"],
        quintet::fact::Digest::of(b"{\"version\":1,\"days\":{}}").as_str()
    );
    assert_eq!(inputs.as_object().unwrap().len(), 2);

    let missing = own.bundle("missing");
    let done = own.quintet(&[
        "run",
        "own.one",
        "--past",
        &missing,
        "--out",
        &own.bundle("third"),
    ]);
    assert_eq!(done.code, 2, "{}", done.err);
    assert!(!Path::new(&own.bundle("third")).exists());
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

#[test]
fn a_live_target_is_not_asked_without_somebody_who_answers_for_it() {
    let own = Own::new("contact", &[]);
    let bundle = own.bundle("bundle");
    let run = ["run", "rdap.help", "--target", "live", "--out", &bundle];
    let done = own.quintet(&run);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("give `--contact`"), "{}", done.err);
    for nobody in [
        "",
        "me",
        "me@example.net",
        "https://rdap.example/",
        "@",
        "https://localhost/",
    ] {
        let done = own.quintet(&[&run[..], &["--contact", nobody]].concat());
        assert_eq!(done.code, 2, "{nobody}");
        assert!(
            done.err.contains("nobody can be reached"),
            "{nobody}: {}",
            done.err
        );
    }
    assert!(
        !Path::new(&bundle).exists(),
        "nothing was asked and nothing kept"
    );
}

#[test]
fn doctor_says_what_the_example_target_still_lacks() {
    let own = Own::new("doctor", &[]);
    let done = own.quintet(&["doctor", "--target", "staging-example"]);
    assert_eq!(done.code, 1, "{} {}", done.out, done.err);
    let words =
        "targets/staging-example.yaml:21:14: cannot read certificates from `staging-ca.pem`";
    assert!(done.out.contains(words), "{}", done.out);
}

#[test]
fn a_policy_that_is_unknown_is_told_before_anything_is_asked() {
    let text = scenario("probes: { p: { rdap: help } }");
    let own = Own::new("policy", &[("own/one.yaml", text)]);
    let first = own.bundle("first");
    assert_eq!(own.quintet(&["run", "own.one", "--out", &first]).code, 0);
    fs::remove_dir_all(Path::new(&first).join("judgements")).unwrap();
    // A bundle that was never judged confirms nothing, and that is known at once too.
    for (wrong, words) in [
        (
            ["--policy", "defualt"],
            "unknown policy `defualt`; did you mean `default`?",
        ),
        (["--past", &first], "it was never judged"),
    ] {
        let bundle = own.bundle("bundle");
        let line = [["run", "own.one", "--out", &bundle].as_slice(), &wrong].concat();
        let done = own.quintet(&line);
        assert_eq!(done.code, 2, "{}", done.err);
        assert!(done.err.contains(words), "{}", done.err);
        assert!(!Path::new(&bundle).exists(), "{wrong:?}");
    }
}

#[test]
fn faults_are_found_in_a_suite_and_in_the_one_it_extends() {
    let fault = "# its name is in quotes\nfault: \"own-help-is-gone\"\ntitle: help is gone\nregistry: arin\n\
                 change: { http: { on: [help], status: 404 } }\nexpects: { fail: [own.one/answers] }\n";
    let text = scenario("probes: { p: { rdap: help } }");
    let own = Own::new(
        "own-fault",
        &[
            ("own/one.yaml", text),
            ("worlds/faults/own-help-is-gone.yaml", fault.to_owned()),
        ],
    );
    let name = "own-help-is-gone";
    let (done, results) = own.run(&["own.one", "--fault", name, "--out", &own.bundle("own")]);
    assert_eq!(done.code, 1, "{}", done.err);
    let failed = results.iter().filter(|c| c.outcome == Outcome::Fail);
    assert_eq!(
        failed.map(|c| c.registry.as_str()).collect::<Vec<_>>(),
        ["arin"]
    );
    // A suite with a fault of its own once hid all the others.
    let shipped = own.bundle("shipped");
    let (done, _) = own.run(&["own.one", "--fault", "always-503", "--out", &shipped]);
    assert_ne!(done.code, 2, "{}", done.err);
    let done = own.quintet(&["run", "own.one", "--fault", "own-help-is-gon"]);
    assert_eq!(done.code, 2);
    let words = "unknown fault `own-help-is-gon`; did you mean `own-help-is-gone`?";
    assert!(done.err.contains(words), "{}", done.err);
}

#[test]
fn a_fault_has_the_name_of_its_file() {
    let fault = "fault: one\ntitle: T\nregistry: arin\nchange: { http: { on: [help], status: 404 } }\n\
                 expects: { fail: [rdap.http.methods/get] }\n";
    let own = Own::new("named", &[("worlds/faults/other.yaml", fault.to_owned())]);
    let done = own.quintet(&["lint"]);
    assert_eq!(done.code, 2);
    let words = "other.yaml:1:8: `one` stands in a file with another name; expected `one.yaml`";
    assert!(done.out.contains(words), "{}", done.out);
}

#[test]
fn reports_are_written_into_a_folder_and_what_is_in_the_way_is_told_once() {
    let text = scenario("probes: { p: { rdap: help } }");
    let own = Own::new("report-out", &[("own/one.yaml", text)]);
    let bundle = own.bundle("bundle");
    assert_eq!(own.quintet(&["run", "own.one", "--out", &bundle]).code, 0);
    let build = own.bundle("new/build");
    let line = [
        "report", "-f", "csv", "-f", "terminal", "--out", &build, &bundle,
    ];
    assert_eq!(own.quintet(&line).code, 0);
    let kept = fs::read(Path::new(&build).join("results.csv")).unwrap();
    let judgings = fs::read_dir(Path::new(&bundle).join("judgements")).unwrap();
    let judging = judgings.last().unwrap().unwrap().path();
    assert_eq!(kept, fs::read(judging.join("results.csv")).unwrap());
    assert!(Path::new(&build).join("report.txt").is_file());

    let in_the_way = own.suite().join("suite.yaml");
    let out = in_the_way.to_string_lossy();
    let done = own.quintet(&["report", "-f", "csv", "--out", &out, &bundle]);
    assert_eq!(done.code, 2);
    assert_eq!(done.err.matches("os error").count(), 1, "{}", done.err);
    let done = own.quintet(&["report", &own.suite().to_string_lossy()]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("is not a bundle"), "{}", done.err);
}

#[test]
fn a_run_goes_on_where_the_environment_names_a_target() {
    // Clap took the variable for an argument, and refused what the interrupted run had printed.
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_quintet"))
        .args(["run", "--resume", "/nonexistent"])
        .env("QUINTET_TARGET", "live")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains("is not a bundle"), "{said}");
}
