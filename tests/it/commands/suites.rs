//! What verbs say of a suite and of a target.

use super::*;

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
