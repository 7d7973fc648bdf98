//! What is told of mistakes that others rest on: once, and nothing else is called wrong.

use super::*;

/// Compares the first lines of all complaints about further files with what is expected.
#[track_caller]
fn told(further: &[(&str, &str)], expected: &[&str]) {
    let reading = read(&suite(further));
    let lines: Vec<String> = reading
        .errors
        .iter()
        .filter_map(|d| Some(d.render(false).lines().next()?.to_owned()))
        .collect();
    assert_eq!(lines, expected);
}

const FAULT: &str = "fault: a\ntitle: T\nregistry: apnic\nexpects: { fail: [bad.one/a], inconclusive: [\"bad.one/*\"] }\n";

#[test]
fn a_missing_or_wrong_level_is_told_once() {
    let scenario = |head: &str, check: &str| {
        format!(
            "scenario: bad.one\ntitle: T\n{head}probes: {{ help: {{ rdap: help }} }}\nchecks:\n  - {check}\n"
        )
    };
    let missing = scenario("", "{ id: a, expr: help.ok }");
    told(
        &[("bad/one.yaml", &missing), ("worlds/faults/a.yaml", FAULT)],
        &["scenarios/bad/one.yaml:5:7: check has no `level`; expected one here or in the scenario"],
    );
    let wrong = scenario("level: heavy\n", "{ id: a, expr: help.ok }");
    told(
        &[("bad/one.yaml", &wrong), ("worlds/faults/a.yaml", FAULT)],
        &[
            "scenarios/bad/one.yaml:3:8: `heavy` is not known here; expected `must`, `should`, `may`, `parity`, `proposed` or `observe`",
        ],
    );
    let catalog = "catalog: y\nentries:\n  - { id: y.rule, sentence: S., by: rule, document: rdap }\n  \
        - { id: y.check, sentence: S., by: check, level: havy }\n";
    let uses = scenario(
        "",
        "{ id: a, covers: y.check, expr: help.ok }\n  - { rules: y.*, of: help }",
    );
    told(
        &[
            ("catalog/y.yaml", catalog),
            ("bad/one.yaml", &uses),
            ("worlds/faults/a.yaml", FAULT),
        ],
        &[
            "scenarios/catalog/y.yaml:3:7: catalogue entry has no `level`; expected how much it matters",
            "scenarios/catalog/y.yaml:4:52: `havy` is not known here; expected `must`, `should`, `may`, `parity`, `proposed` or `observe`",
        ],
    );
}

#[test]
fn a_check_with_a_mistake_is_not_unknown_to_faults_too() {
    told(
        &[
            (
                "bad/one.yaml",
                "scenario: bad.one\ntitle: T\nlevel: must\nref: rfc9083#7\nprobes: { help: { rdap: help } }\nchecks:\n  - { id: a, expr: help.jsn }\n",
            ),
            ("worlds/faults/a.yaml", FAULT),
        ],
        &["scenarios/bad/one.yaml:7:20: unknown fact `help.jsn`; did you mean `help.json`?"],
    );
}

#[test]
fn what_cannot_be_read_at_all_is_not_unknown_to_faults_too() {
    told(
        &[
            ("bad/one.yaml", "scenario: bad.one\ntitle: a: b\n"),
            ("worlds/faults/a.yaml", FAULT),
        ],
        &["scenarios/bad/one.yaml:2:9: `: ` may not stand here"],
    );
    told(
        &[
            (
                "bad/one.yaml",
                "scenario: bad.one\ntitle: T\nlevel: must\nref: rfc9083#7\nuse: [{ fragment: nowhere }]\n",
            ),
            ("worlds/faults/a.yaml", FAULT),
        ],
        &["scenarios/bad/one.yaml:5:19: unknown fragment `nowhere`; there is none"],
    );
    let good = GOOD.replace("of: help", "of: hlp");
    let fault = "fault: a\ntitle: T\nregistry: apnic\nexpects: { fail: [x.rule] }\n";
    told(
        &[("good/one.yaml", &good), ("worlds/faults/a.yaml", fault)],
        &["scenarios/good/one.yaml:8:26: unknown probe `hlp`; did you mean `help`?"],
    );
}

#[test]
fn a_fault_that_lacks_what_every_fault_has_is_told() {
    told(
        &[(
            "worlds/faults/a.yaml",
            "title: T\nregistry: APNIC\nchange: {}\nexpects: { fail: [good.one/a] }\n",
        )],
        &[
            "scenarios/worlds/faults/a.yaml:1:1: fault has no `fault`; expected its name, which is the file's",
            "scenarios/worlds/faults/a.yaml:2:11: `APNIC` stands here; expected the id of a registry such as `apnic`",
        ],
    );
    told(
        &[("worlds/faults/a.yaml", "- fault: a\n")],
        &[
            "scenarios/worlds/faults/a.yaml:1:1: fault is a sequence; expected a mapping with `fault`, `title`, `registry` and `expects`",
        ],
    );
}

#[test]
fn a_change_that_the_mock_cannot_read_is_told_once() {
    let folder = std::env::temp_dir().join(format!("quintet-change-{}", std::process::id()));
    let faults = folder.join("scenarios/worlds/faults");
    std::fs::create_dir_all(&faults).unwrap();
    let base = root().join("scenarios");
    let extends = format!("{RELEASE}extends: {}\n", base.display());
    std::fs::write(folder.join("scenarios/suite.yaml"), extends).unwrap();
    let fault = "fault: x\ntitle: T\nregistry: apnic\nchange: { htpp: [] }\nexpects: { fail: [rdap.help/answers] }\n";
    std::fs::write(faults.join("x.yaml"), fault).unwrap();
    let (shell, out, _) = Shell::into_buffers(folder.join("scenarios"));
    assert_eq!(run_in(&shell, &["lint"]).unwrap(), Exit::Usage);
    let text = out.text();
    let place = "scenarios/worlds/faults/x.yaml:4:11: ";
    assert_eq!(text.matches(place).count(), 1, "{text}");
    assert!(
        text.contains("unknown key `htpp`; did you mean `http`?"),
        "{text}"
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_name_that_is_no_registry_is_told_once() {
    told(
        &[
            (
                "bad/one.yaml",
                "scenario: bad.one\ntitle: T\nlevel: observe\nprobes: { a: { rdap: help, at: RIPE } }\nchecks: [{ id: a, expr: a.ok }]\n",
            ),
            (
                "targets/other.yaml",
                "target: other\nkind: staging\nregistries: { apnic: { registry: arin } }\n",
            ),
        ],
        &[
            "scenarios/bad/one.yaml:4:32: `RIPE` stands here; expected the id of a registry such as `apnic`",
            "scenarios/targets/other.yaml:3:24: unknown key `registry` of an overlay on a registry; expected `name`, `contact`, `terms`, `rdap`, `whois`, `dns`, `stats`, `irr`, `transfers`, `rpki`, `hosts`, `endpoints` …",
        ],
    );
}

#[test]
fn a_probe_that_reads_one_with_a_mistake_does_not_wait_for_itself() {
    told(
        &[(
            "bad/one.yaml",
            "scenario: bad.one\ntitle: T\nlevel: observe\nprobes:\n  a: { rdap: \"${nobody}\" }\n  b: { rdap: \"${a.class}\" }\nchecks: [{ id: a, expr: b.ok }]\n",
        )],
        &["scenarios/bad/one.yaml:5:17: unknown name `nobody`"],
    );
}

#[test]
fn what_nothing_proves_is_told_by_coverage() {
    let files = suite(&[(
        "worlds/faults/a.yaml",
        "fault: a\ntitle: T\nregistry: apnic\nexpects: { fail: [good.one/a] }\n",
    )]);
    let reading = read(&files);
    assert_eq!(reading.errors.render(false), "");
    golden(
        "lint-coverage",
        &coverage(&reading.suite, &files).render(false),
    );
}
