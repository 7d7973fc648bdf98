//! What verbs say of a run that was made.

use super::*;

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

/// A fault of a notice's type, with what its file says of ids.
fn fault(fails: &str) -> String {
    format!(
        "fault: own-notice\ntitle: the terms have a type that is none\nregistry: arin\nchange:\n  answer:\n    on: [help]\n    edits:\n      - {{ set: /rdapConformance, to: [other] }}\nexpects:\n  fail: [{fails}]\n  divergent: []\n  inconclusive: []\n"
    )
}

#[test]
fn a_run_with_a_fault_says_whether_it_did_what_its_file_says() {
    let shipped = Own::new("proof", &[]);
    let said = |own: &Own, words: &[&str]| {
        let done = own.quintet(&[&["run", "-r", "arin,ripe-ncc"], words].concat());
        let lines = done.err.lines().filter(|line| line.starts_with("fault "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let out = shipped.bundle("one");
    let fault_of = ["rdap.networks", "--fault", "ripe-no-class", "--out", &out];
    assert_eq!(
        said(&shipped, &fault_of),
        ["fault    as expected: 1 id fails"]
    );
    let out = shipped.bundle("two");
    let elsewhere = ["rdap.limits", "--fault", "ripe-no-class", "--out", &out];
    assert_eq!(
        said(&shipped, &elsewhere),
        ["fault    nothing that was asked is expected to notice it, and nothing did"]
    );
    let out = shipped.bundle("three");
    assert!(said(&shipped, &["rdap.limits", "--out", &out]).is_empty());
    // One that does something else than its file says.
    let text = fault("rdap.notice.type-registered");
    let own = Own::new("proof-own", &[("worlds/faults/own-notice.yaml", text)]);
    let out = own.bundle("one");
    let lines = said(&own, &["rdap.help", "--fault", "own-notice", "--out", &out]);
    let [missing, more, ..] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(
        missing,
        "fault    expected to fail, and does not: `rdap.notice.type-registered`"
    );
    assert!(
        more.starts_with("fault    fails, and is not expected to: `rdap."),
        "{more}"
    );
}
