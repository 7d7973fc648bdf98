//! Baselines as somebody accepts, reviews and loses them.

use super::*;

const CHECK: &str = "    expect:\n      p $.notices: { snapshot: { normalize: [urls] } }\n";

fn kept() -> String {
    let text = scenario("probes: { p: { rdap: help } }");
    text.replace("level: must\nref: rfc9083#7\n", "level: observe\n")
        .replace(
            "  - { id: answers, title: It answers, expect: { p.status: 200 } }\n",
            &format!("  - id: notices\n    title: Notices are as accepted\n{CHECK}"),
        )
}

/// A suite with one snapshot, a run of it at two registries, and what was accepted of that.
fn accepted(name: &str) -> (Own, String) {
    let own = Own::new(name, &[("own/one.yaml", kept())]);
    let bundle = own.bundle("bundle");
    let done = run_in_bundle(&own, &bundle);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.out.contains("2 new; `quintet baseline accept BUNDLE`"),
        "{}",
        done.out
    );
    assert!(!snapshots(&own).exists(), "a run writes no baseline");
    let done = own.quintet(&["baseline", "accept", &bundle]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.out.matches("accepted").count(), 2, "{}", done.out);
    (own, bundle)
}

fn run_in_bundle(own: &Own, bundle: &str) -> Done {
    own.quintet(&["run", "own.one", "-r", "apnic,arin", "--out", bundle])
}

fn snapshots(own: &Own) -> PathBuf {
    own.folder.path().join("snapshots")
}

fn file(own: &Own, registry: &str, pending: bool) -> PathBuf {
    let end = if pending { ".new" } else { "" };
    snapshots(own).join(format!("mock/{registry}/own.one.snap{end}"))
}

/// Changes what was accepted, as if the service had been otherwise.
fn change(own: &Own, registry: &str) {
    let path = file(own, registry, false);
    let text = fs::read_to_string(&path).unwrap();
    let changed = text.replace("\"Whois Inaccuracy Reporting\"", "\"Reports of Old\"");
    assert_ne!(text, changed);
    fs::write(path, changed).unwrap();
}

fn record(bundle: &str) -> serde_json::Value {
    let text = fs::read_to_string(Path::new(bundle).join("run.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Runs a verb with what a person types.
fn typing(own: &Own, words: &[&str], typed: &str) -> Done {
    let (shell, out, err) = Shell::into_buffers(own.suite());
    let code = run_in(&shell.with_input(typed), words).unwrap().code();
    Done {
        code,
        out: out.text(),
        err: err.text(),
    }
}

#[test]
fn what_was_accepted_is_unchanged_and_an_input_of_the_next_run() {
    let (own, first) = accepted("baseline-same");
    let text = fs::read_to_string(file(&own, "apnic", false)).unwrap();
    let (head, values) = text
        .strip_prefix("---\n")
        .unwrap()
        .split_once("\n---\n")
        .unwrap();
    assert!(
        head.contains("source: suite/own/one.yaml\nexpression: own.one at apnic on mock\n"),
        "{head}"
    );
    assert!(
        !head.contains("bundle") && values.starts_with("notices: p $.notices\n  [\n"),
        "{text}"
    );
    // Accepting the same again writes nothing.
    let again = own.quintet(&["baseline", "accept", &first]);
    assert_eq!((again.code, again.out.as_str()), (0, ""));
    assert!(
        again.err.contains("everything is as it was accepted"),
        "{}",
        again.err
    );

    let second = own.bundle("second");
    let done = run_in_bundle(&own, &second);
    assert!(
        done.out
            .contains("Values beside what was accepted: 2 unchanged."),
        "{}",
        done.out
    );
    assert!(!file(&own, "apnic", true).exists());
    assert_eq!(record(&first).get("inputs"), None);
    let digest = quintet::fact::Digest::of(text.as_bytes());
    assert_eq!(
        record(&second)["inputs"]["baseline:mock/apnic/own.one.snap"],
        digest.as_str()
    );

    // A replay is the same while the baseline is, and says when it is another one.
    let replayed = own.quintet(&["replay", &second]);
    assert_eq!(replayed.code, 0, "{} {}", replayed.out, replayed.err);
    assert!(replayed.err.contains("the same octets"), "{}", replayed.err);
    change(&own, "apnic");
    let replayed = own.quintet(&["replay", &second]);
    assert_eq!(replayed.code, 0, "{} {}", replayed.out, replayed.err);
    assert!(
        replayed.err.contains("accepted values have changed since"),
        "{}",
        replayed.err
    );
}

#[test]
fn a_run_that_differs_leaves_its_values_for_review() {
    let (own, _) = accepted("baseline-review");
    change(&own, "apnic");
    change(&own, "arin");
    let bundle = own.bundle("second");
    let done = run_in_bundle(&own, &bundle);
    assert_eq!(
        done.code, 0,
        "drift is no failure: {} {}",
        done.out, done.err
    );
    for words in [
        "Drift from accepted values",
        "APNIC   changed   `p $.notices`",
        "/2/title: `Reports of Old` → `Whois Inaccuracy Reporting`",
        "2 changed; `quintet baseline review` shows what differs",
    ] {
        assert!(done.out.contains(words), "{words}: {}", done.out);
    }
    assert!(
        done.err
            .contains("drift    2 files of accepted values differ"),
        "{}",
        done.err
    );

    let review = typing(
        &own,
        &["baseline", "review", "-r", "apnic"],
        "x\ne\nn\no\ns\n",
    );
    for words in [
        "1 of 1",
        "own.one at apnic on mock, seen ",
        "-       \"title\": \"Reports of Old\"",
        "+       \"title\": \"Whois Inaccuracy Reporting\"",
        "accept (a), reject (r)",
        "GET https://rdap.apnic.test/help 200",
        "\"rdapConformance\"",
        "0 accepted, 0 rejected, 1 skipped",
    ] {
        assert!(review.out.contains(words), "{words}: {}", review.out);
    }
    assert!(
        review.err.contains("`x` is none of these letters"),
        "{}",
        review.err
    );
    let before = fs::read_to_string(file(&own, "apnic", false)).unwrap();
    assert!(before.contains("Reports of Old"));

    // The first is accepted, the second rejected.
    let review = typing(&own, &["baseline", "review"], "a\nr\n");
    assert!(
        review.out.contains("1 accepted, 1 rejected, 0 skipped"),
        "{}",
        review.out
    );
    let after = fs::read_to_string(file(&own, "apnic", false)).unwrap();
    assert!(
        !after.contains("Reports of Old") && !after.contains("bundle:"),
        "{after}"
    );
    assert!(
        fs::read_to_string(file(&own, "arin", false))
            .unwrap()
            .contains("Reports of Old")
    );
    assert!(!file(&own, "apnic", true).exists() && !file(&own, "arin", true).exists());
    let review = typing(&own, &["baseline", "review"], "a\n");
    assert!(review.err.contains("nothing waits"), "{}", review.err);

    // At the end of input nothing more is done.
    let judged = own.quintet(&["judge", &bundle]);
    assert!(judged.err.contains("drift    1 file of"), "{}", judged.err);
    let review = typing(&own, &["baseline", "review"], "");
    assert!(
        review.out.contains("0 accepted, 0 rejected, 1 skipped"),
        "{}",
        review.out
    );
    assert!(file(&own, "arin", true).exists());
    let rejected = own.quintet(&["baseline", "reject"]);
    assert!(rejected.out.starts_with("rejected  "), "{}", rejected.out);
    assert!(!file(&own, "arin", true).exists());
}

#[test]
fn what_waits_is_accepted_by_choice_and_removed_when_it_is_no_longer_true() {
    let (own, _) = accepted("baseline-accept");
    change(&own, "apnic");
    change(&own, "arin");
    run_in_bundle(&own, &own.bundle("second"));
    let none = own.quintet(&["baseline", "accept", "--only", "rdap.**"]);
    assert!(none.err.contains("nothing waits"), "{}", none.err);
    let one = own.quintet(&["baseline", "accept", "--only", "own.*", "-r", "arin"]);
    assert_eq!(one.out.matches("accepted").count(), 1, "{}", one.out);
    assert!(file(&own, "apnic", true).exists());
    // The service is again as it was accepted, so nothing waits any more.
    let text = fs::read_to_string(file(&own, "arin", false)).unwrap();
    fs::write(
        file(&own, "apnic", false),
        text.replace("ARIN", "APNIC").replace("arin", "apnic"),
    )
    .unwrap();
    let done = own.quintet(&["baseline", "accept"]);
    assert_eq!(done.code, 0);
    fs::write(file(&own, "apnic", true), "---\na: 1\n---\n").unwrap();
    let done = run_in_bundle(&own, &own.bundle("third"));
    assert!(done.out.contains("2 unchanged"), "{}", done.out);
    assert!(!file(&own, "apnic", true).exists());
}

#[test]
fn a_policy_may_let_drift_fail_the_gate() {
    let (own, _) = accepted("baseline-policy");
    change(&own, "arin");
    let policy = "policy: strict\ndrift_fails: true\n";
    fs::create_dir_all(own.suite().join("policies")).unwrap();
    fs::write(own.suite().join("policies/strict.yaml"), policy).unwrap();
    let bundle = own.bundle("second");
    let line = [
        "run",
        "own.one",
        "-r",
        "apnic,arin",
        "--out",
        &bundle,
        "--policy",
        "strict",
    ];
    let done = own.quintet(&line);
    assert_eq!(done.code, 1, "{} {}", done.out, done.err);
    let words = "Gate not met: 1 value that is not as it was accepted (policy `strict`)";
    assert!(done.out.contains(words), "{}", done.out);
    let accepted = own.quintet(&["baseline", "accept"]);
    assert_eq!(accepted.code, 0);
    let judged = own.quintet(&["judge", "--policy", "strict", &bundle]);
    assert_eq!(judged.code, 0, "{} {}", judged.out, judged.err);
}

#[test]
fn a_broken_baseline_is_told_before_anything_is_asked() {
    let (own, _) = accepted("baseline-broken");
    let path = file(&own, "apnic", false);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("  [\n", "  [,\n", 1)).unwrap();
    let bundle = own.bundle("second");
    let done = run_in_bundle(&own, &bundle);
    assert_eq!(done.code, 2, "{} {}", done.out, done.err);
    assert!(done.err.contains("own.one.snap:"), "{}", done.err);
    assert!(done.err.contains("is no JSON"), "{}", done.err);
    assert!(!Path::new(&bundle).exists());
    // Another folder has no such file.
    let other = own.bundle("elsewhere");
    let line = [
        "run",
        "own.one",
        "-r",
        "apnic",
        "--out",
        &bundle,
        "--baselines",
        &other,
    ];
    assert_eq!(own.quintet(&line).code, 0);
    let missing = own.quintet(&["baseline", "accept", &own.bundle("nowhere")]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("is not a bundle"), "{}", missing.err);
}

#[test]
fn a_value_that_nobody_looks_at_is_gone_and_accepted_away() {
    let (own, _) = accepted("baseline-gone");
    let text = kept().replace("p $.notices:", "p $.rdapConformance:");
    fs::write(own.suite().join("own/one.yaml"), text).unwrap();
    let bundle = own.bundle("second");
    let done = run_in_bundle(&own, &bundle);
    assert!(done.out.contains("2 new, 2 gone"), "{}", done.out);
    let accepted = own.quintet(&["baseline", "accept", &bundle]);
    assert_eq!(accepted.code, 0, "{}", accepted.err);
    let text = fs::read_to_string(file(&own, "apnic", false)).unwrap();
    assert!(
        !text.contains("$.notices") && text.contains("$.rdapConformance"),
        "{text}"
    );
    assert!(!file(&own, "apnic", true).exists());
}

/// insta's own program shows and accepts what waits, where it is installed.
#[test]
fn cargo_insta_accepts_what_waits() {
    use std::io::Write as _;
    let (own, _) = accepted("baseline-insta");
    change(&own, "apnic");
    run_in_bundle(&own, &own.bundle("second"));
    let root = own.folder.path();
    let pending = quintet::yaml::Source::new(
        "own.one.snap.new",
        &fs::read_to_string(file(&own, "apnic", true)).unwrap(),
    );
    let (_, waiting) = quintet::verdict::baseline::read(&pending).unwrap();
    let installed = std::process::Command::new("cargo-insta")
        .arg("--version")
        .output();
    if !installed.is_ok_and(|done| done.status.success()) {
        writeln!(std::io::stderr(), "skipped: cargo-insta is not installed").unwrap();
        return;
    }
    fs::create_dir_all(root.join("src")).unwrap();
    fs::write(root.join("src/lib.rs"), "").unwrap();
    let manifest =
        "[package]\nname = \"reviewed\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::write(root.join("Cargo.toml"), manifest).unwrap();
    let insta = |words: &[&str]| {
        let done = std::process::Command::new("cargo-insta")
            .args(["insta"])
            .args(words)
            .current_dir(root)
            .env("CARGO_NET_OFFLINE", "true")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
        said.into_owned()
    };
    let listed = insta(&["pending-snapshots"]);
    assert!(listed.contains("mock/apnic/own.one.snap"), "{listed}");
    insta(&["accept"]);
    assert!(!file(&own, "apnic", true).exists());
    let text = fs::read_to_string(file(&own, "apnic", false)).unwrap();
    let accepted = quintet::yaml::Source::new("own.one.snap", &text);
    let (_, accepted) = quintet::verdict::baseline::read(&accepted).unwrap();
    assert_eq!(accepted, waiting, "{text}");
    let done = run_in_bundle(&own, &own.bundle("third"));
    assert!(done.out.contains("2 unchanged"), "{}", done.out);
}
