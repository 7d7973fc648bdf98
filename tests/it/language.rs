//! The language as a user meets it: messages, hostile files, schemas, the README.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use quintet::cli::shell::Shell;
use quintet::cli::{exit::Exit, run_in};
use quintet::scenario::suite::Suite;
use quintet::scenario::{
    FileKind, Reading, SuiteFile, coverage, read, read_folder, schema, schema_names, schema_text,
};

use crate::golden::golden;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shipped() -> Vec<SuiteFile> {
    read_folder(&root().join("scenarios")).unwrap()
}

const RELEASE: &str = "release: \"0.1\"\n";

fn registry(id: &str) -> String {
    format!(
        "registry: {id}\nname: {id}\nrdap: {{ base: \"https://rdap.{id}.test/\" }}\nsamples: {{ ip4: [192.0.2.0/24] }}\n\
        sources:\n  rdap: {{ source: a page, date: 2026-11-01 }}\n  samples: {{ source: a page, date: 2026-11-01 }}\n"
    )
}

const CLAUSES: &str = "document: rfc9083\ntitle: RDAP\nurl: https://www.rfc-editor.org/info/rfc9083\nstatus: rfc\n\
    sections:\n  - { section: \"7\", title: Help, verified: 2026-11-22 }\n  - { section: \"8\" }\n";
const DRAFT: &str = "document: draft-x\ntitle: A draft\nurl: https://example.net/\nstatus: draft\nsections: [{ section: \"1\", verified: 2026-11-22 }]\n";
const AGREEMENT: &str = "agreement: age\ntext: Files are fresh\nparties: [apnic]\nsince: 2020-01-01\nrecorded: minutes\n";
const CATALOG: &str = "catalog: x\nentries:\n  \
    - { id: x.rule, sentence: A rule., by: rule, document: rdap, level: must, ref: rfc9083#7 }\n  \
    - { id: x.check, sentence: A check., by: check, level: should, ref: rfc9083#7 }\n  \
    - { id: x.later, sentence: Later., not_tested: planned, level: may }\n";
const TARGET: &str = "target: mock\nkind: mock\n";
const GOOD: &str = "scenario: good.one\ntitle: Good\nlevel: must\nref: rfc9083#7\nprobes: { help: { rdap: help } }\n\
    checks:\n  - { id: a, expect: { help.status: 200 } }\n  - { rules: x.rule, of: help }\n\
    compare:\n  - { id: c, value: help.status, rule: equal, level: observe }\n";

/// Returns a small suite without mistakes, with further files.
fn suite(further: &[(&str, &str)]) -> Vec<SuiteFile> {
    let (apnic, arin) = (registry("apnic"), registry("arin"));
    let mut files = vec![
        ("suite.yaml", RELEASE),
        ("registries/apnic.yaml", apnic.as_str()),
        ("registries/arin.yaml", arin.as_str()),
        ("clauses/rfc9083.yaml", CLAUSES),
        ("clauses/draft-x.yaml", DRAFT),
        ("agreements/age.yaml", AGREEMENT),
        ("catalog/x.yaml", CATALOG),
        ("targets/mock.yaml", TARGET),
        ("good/one.yaml", GOOD),
    ];
    files.retain(|(path, _)| !further.iter().any(|(other, _)| other == path));
    files.extend(further);
    files
        .iter()
        .map(|(path, text)| SuiteFile::new(path, &format!("scenarios/{path}"), text))
        .collect()
}

/// Compares all messages about further files with a golden.
#[track_caller]
fn messages(name: &str, further: &[(&str, &str)]) -> Reading {
    let reading = read(&suite(further));
    let mut text = String::new();
    for warning in &reading.warnings {
        writeln!(text, "warning: {}", warning.render(false)).unwrap();
    }
    text.push_str(&reading.errors.render(false));
    golden(&format!("lint-{name}"), &text);
    reading
}

#[test]
fn the_small_suite_has_no_mistakes() {
    let reading = read(&suite(&[]));
    assert_eq!(reading.errors.render(false), "");
    assert_eq!(reading.warnings.render(false), "");
    assert_eq!(reading.suite.scenarios.len(), 1);
}

#[test]
fn the_shipped_suite_has_no_mistakes() {
    let files = shipped();
    let reading = read(&files);
    assert_eq!(reading.errors.render(false), "");
    assert_eq!(reading.warnings.render(false), "");
    assert!(Suite::read(&root().join("scenarios")).is_ok());
}

#[test]
fn ten_mistakes_are_ten_located_errors() {
    let reading = messages(
        "ten-mistakes",
        &[(
            "bad/ten.yaml",
            "scenario: bad.ten\ntitel: Ten mistakes\ntitle: Ten\nlevel: must\nref: rfc9083#7\nprobes:\n  \
             help: { rdap: help, timeout: 8 MiB, timeot: 3s }\n  page: { htpp: \"https://x\" }\nchecks:\n  \
             - id: one\n    expect:\n      help.stauts: 200\n      help.timing.total: { max: 8 MiB, mx: 3 }\n      \
             hlp.status: 200\n  - id: one\n    expr: help.jsn.x == 1\n",
        )],
    );
    assert_eq!(reading.errors.len(), 10);
    assert!(
        reading
            .errors
            .iter()
            .all(|d| d.span.line > 0 && d.span.column > 0)
    );
}

#[test]
fn messages_about_the_shape_of_scenarios() {
    messages(
        "shape",
        &[
            (
                "bad/empty-parts.yaml",
                "scenario: Bad.Id\nlevel: heavy\nregistries: some\ntags: a\nmatrix: { a: [], b: text }\nchecks: []\n",
            ),
            ("bad/list.yaml", "- a\n- b\n"),
            (
                "bad/names.yaml",
                "scenario: bad.names\ntitle: T.\nlevel: observe\nregistries: { except: [ripe], reason: none }\n\
              per_registry: { arin: { x: 1 }, nobody: { x: 2 } }\nmatrix: { run: [1], help: [2] }\nlet: { help: \"1\" }\n\
              probes: { help: { rdap: help } }\nchecks:\n  - { id: a, requires: [b, a], expect: {} }\n  - { id: c, requires: d, expr: \"true\" }\n  \
              - { id: d, requires: c, expr: \"true\" }\n  - { id: e }\n  - { id: f, expr: \"true\", expect: { help.status: 1 } }\n",
            ),
            ("bad/nothing.yaml", "scenario: bad.nothing\ntitle: T\n"),
            (
                "bad/twice.yaml",
                "scenario: good.one\ntitle: T\nlevel: observe\nprobes: { a: { rdap: help } }\nchecks: [{ id: a, expr: a.ok }]\n",
            ),
        ],
    );
}

#[test]
fn messages_about_probes() {
    messages(
        "probes",
        &[(
            "bad/probes.yaml",
            "scenario: bad.probes\ntitle: T\nlevel: observe\nprobes:\n  a: { rdap: help, http: x }\n  b: { timeout: 3s }\n  \
             c: { rdapp: help }\n  d: { rdap: help, family: ipv5, retry: { attempts: 99 }, redirects: some }\n  \
             e: { tcp: host }\n  f: { dns: x, types: [A, AAAAA] }\n  g: { rdap: \"${nobody.x}\", after: nobody, at: ripe }\n  \
             h: { rdap: \"${i.status}\" }\n  i: { rdap: help, after: h }\n  j: { rdap: help, when: \"3\", conditional: a2 }\n  \
             k: text\nchecks: [{ id: a, expr: i.ok }]\n",
        )],
    );
}

#[test]
fn messages_about_expectations() {
    messages(
        "expect",
        &[(
            "bad/expect.yaml",
            "scenario: bad.expect\ntitle: T\nlevel: observe\nprobes:\n  help: { rdap: help }\n  tls: { tls: host }\nchecks:\n  \
             - id: a\n    expect:\n      help: 1\n      help.headers: 1\n      help.timing.total: { min: 5, max: 8 MiB }\n      \
             help.body.bytes: { max: 36h }\n      help.status: { contains: 2, type: number, max: many }\n      \
             help.prefixes: { covers: nothing }\n      help.hop_list: { each: 1 }\n      tls $.x: 1\n      \
             help $.x[: 1\n      help.at: { after: yesterday, age: {} }\n      \
             help.json_error: { matches: \"(\", media_type: json, schema: x, snapshot: y, wrong: 1 }\n      \
             help.redirect: maybe\n      help.attempts: { between: [1, 2, 3], within: { of: baseline, ratio: 5% }, count: {} }\n      \
             help.hops: { within: { of: 3 } }\n      help.class: null\n",
        )],
    );
}

#[test]
fn messages_about_expressions() {
    messages(
        "expressions",
        &[(
            "bad/expressions.yaml",
            "scenario: bad.expressions\ntitle: T\nlevel: observe\nlet: { a: help.jsn, b: a }\n\
             matrix: { x: \"${registry.samples.ip5}\", y: \"${help.json}\" }\nprobes:\n  help: { rdap: \"ip/${registry.rdap.bse}\" }\nchecks:\n  \
             - { id: a, expr: help.status + }\n  - { id: b, expr: help.timing.total < 3 }\n  - { id: c, expr: help.status }\n  \
             - { id: d, expr: nobody.x == 1, message: \"${vars.x} ${\" }\n  - id: e\n    expr: >\n      help.status == 200 &&\n      \
             help.statuss == 3\n  - id: f\n    when: help.ok && help.ok && help.ok && help.ok && help.ok && help.ok && help.ok && help.ok && help.ok && help.ok\n    \
             expr: help.ok\n",
        )],
    );
}

#[test]
fn messages_about_what_levels_rest_on() {
    messages(
        "rests",
        &[(
            "bad/rests.yaml",
            "scenario: bad.rests\ntitle: T\nprobes: { help: { rdap: help } }\nchecks:\n  \
             - { id: a, level: must, expr: help.ok }\n  - { id: b, level: must, ref: rfc9083, expr: help.ok }\n  \
             - { id: c, level: should, ref: rfc9083#8, expr: help.ok }\n  - { id: d, level: may, ref: draft-x#1, expr: help.ok }\n  \
             - { id: e, level: parity, ref: rfc9083#7, expr: help.ok }\n  - { id: f, level: parity, ref: age, expr: help.ok }\n  \
             - { id: g, level: must, ref: age, expr: help.ok }\n  - { id: h, level: must, ref: [rfc9038#7, rfc9083#70], expr: help.ok }\n  \
             - { id: i, expr: help.ok }\n  - { id: j, level: must, ref: rfc9083#7, covers: x.check, expr: help.ok }\n  \
             - { id: k, covers: [x.rule, x.later, x.nobody, x.check], level: observe, expr: help.ok }\n  \
             - { rules: [x.nobody, x.check, x.later, y.*], of: help, except: [{ id: x.rule, reason: r }] }\n  \
             - { rules: x.*, of: nobody }\n  - { rules: x.rule, of: help, overrides: [{ id: x.rule, level: may }, { id: x.rule, level: must, reason: r }] }\n",
        )],
    );
}

#[test]
fn messages_about_comparisons() {
    messages(
        "compare",
        &[(
            "bad/compare.yaml",
            "scenario: bad.compare\ntitle: T\nlevel: proposed\nmatrix: { family: [ipv4, ipv6] }\nprobes: { help: { rdap: help } }\ncompare:\n  \
             - { id: a, value: help.status, rule: equals }\n  - { id: b, value: help.status, rule: quorum }\n  \
             - { id: c, value: help.status, rule: equal, args: { x: 1 }, across: famly }\n  \
             - { id: d, value: help.status, rule: within_ratio, args: { ratio: 0.5 } }\n  \
             - { id: e, value: help.status, rule: within_abs, args: { abs: 1d, reference: middle } }\n  \
             - { id: f, value: help.status, rule: report, level: must, ref: rfc9083#7 }\n  \
             - { id: g, value: help.status, rule: equal, attribute: outlier }\n  \
             - { id: h, value: { a: help.status }, rule: equal, over_time: x, tolerance: {} }\n  \
             - { id: i, value: help.status, rule: equal, normalize: [sort, upper], missing: maybe }\n  \
             - { id: j, value: { a: help.stat }, rule: ordered, args: { sequence: [a], gap: 3s } }\n",
        )],
    );
}

#[test]
fn messages_about_fragments_name_both_places() {
    messages(
        "fragments",
        &[
            (
                "fragments/page.yaml",
                "fragment: page\ntitle: A page\nwith:\n  name: { meaning: the probe }\n  path: { meaning: the path, default: help }\n\
              probes:\n  \"${with.name}\": { http: \"${with.path}\", timeout: soon }\nchecks:\n  - { id: \"${with.name}-ok\", level: observe, expect: { \"${with.name}.stat\": 200, \"${with.nmae}.status\": 1 } }\n",
            ),
            (
                "fragments/unused.yaml",
                "fragment: unused\ntitle: Nobody uses it\nuse: [{ fragment: page }]\n",
            ),
            (
                "bad/fragments.yaml",
                "scenario: bad.fragments\ntitle: T\nlevel: observe\nuse:\n  - { fragment: page, with: { name: a } }\n  \
              - { fragment: page, with: { nam: b } }\n  - { fragment: pages }\n",
            ),
        ],
    );
}

#[test]
fn messages_about_data() {
    messages(
        "data",
        &[
            (
                "agreements/other.yaml",
                "agreement: age2\ntext: x\nparties: [ripe]\nsince: soon\nrecorded: y\n",
            ),
            (
                "catalog/y.yaml",
                "catalog: y\nentries:\n  - { id: x.rule, sentence: Again., not_tested: planned, level: may }\n  - { id: y.a, sentence: S., level: must, by: rule }\n  - { id: y.b, sentence: S., level: must }\n  - { id: y.c, sentence: S., level: must, by: check, ref: rfc1#1 }\n",
            ),
            (
                "policies/strict.yaml",
                "policy: strict\ngate: heavy\nlevels: [{ id: \"x y\", level: must }]\n",
            ),
            (
                "registries/ripe-ncc.yaml",
                "registry: ripe-ncc\nname: RIPE NCC\nrdap: { base: nowhere, bsae: x }\nlimits: { rate: fast }\nmaintenance: [{ from: 2026-11-22, until: 2026-11-21, source: s }]\nsources: { whois: { source: s, date: 2026-11-22 } }\n",
            ),
            (
                "targets/other.yaml",
                "target: live2\nkind: live\nregistries: { ripe: {}, apnic: { rdpa: {} } }\nlimits: { body: 3s }\npacing: { rate: 1 }\naccess: { connect_to: { a: b } }\n",
            ),
            (
                "waivers/apnic.yaml",
                "waivers:\n  - { id: W-1, match: { check: good.one/b, target: nowhere }, reason: r, owner: o, approved_by: \"apnic: x\", scope: audit, issue: \"https://example.net/1\", issued: 2026-02-01, expires: 2026-01-01 }\n  \
              - { id: W-1, match: { check: good.one/a, target: mock }, reason: r, owner: o, approved_by: me, scope: both, issue: none, issued: 2026-01-01, expires: 2026-02-01 }\n  - { id: W-2, match: { check: good.one/c } }\n",
            ),
            (
                "worlds/faults/a.yaml",
                "fault: a\ntitle: T\nregistry: ripe\nexpects: { fail: [good.one/a] }\n",
            ),
            (
                "worlds/faults/b.yaml",
                "fault: b\ntitle: T\nregistry: apnic\nexpects: { fail: [good.one/b, good.one/c, x.check], divergent: [good.one/a], inconclusive: [\"nothing.**\"], wrong: [] }\n",
            ),
            (
                "worlds/faults/c.yaml",
                "fault: c\ntitle: T\nregistry: apnic\nexpects: { fail: [good.one/b, good.one/c, x.check], divergent: [good.one/a], inconclusive: [\"nothing.**\"] }\n",
            ),
            (
                "good/old.yml",
                "scenario: good.old\ntitle: T\nlevel: observe\nrenamed_from: [good.one, good.gone]\nprobes: { a: { rdap: help } }\nchecks: [{ id: a, expr: a.ok, renamed_from: good.gone }]\n",
            ),
        ],
    );
}

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
            "scenarios/targets/other.yaml:3:24: unknown key `registry` of an overlay on a registry; expected `name`, `contact`, `terms`, `rdap`, `whois`, `dns`, `stats`, `rpki`, `hosts`, `endpoints`, `samples`, `capabilities` …",
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

#[test]
fn hostile_files_are_one_clear_error_each() {
    let mut bomb = String::from("scenario: bad.bomb\na: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
    for (from, to) in ('a'..='y').zip('b'..='z') {
        writeln!(
            bomb,
            "{to}: &{to} [*{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}, *{from}]"
        )
        .unwrap();
    }
    let brackets = "[".repeat(20_000);
    let chain = format!(
        "scenario: bad.chain\ntitle: T\nlevel: observe\nprobes: {{ p: {{ rdap: help }} }}\nchecks: [{{ id: a, expr: \"p.json{}\" }}]\n",
        ".a".repeat(400)
    );
    let nested = format!(
        "scenario: bad.nested\ntitle: T\nlevel: observe\nprobes: {{ p: {{ rdap: help }} }}\nchecks: [{{ id: a, expr: \"{}p.ok{}\" }}]\n",
        "(".repeat(300),
        ")".repeat(300)
    );
    for (name, text, expected) in [
        ("bomb", bomb.as_str(), "more than 200000 values"),
        ("brackets", &brackets, "deep"),
        ("twice", "scenario: a\nscenario: b\n", "scenario"),
        ("empty", "", ""),
        ("chain", &chain, ""),
        ("nested", &nested, ""),
        (
            "regex",
            "scenario: bad.regex\ntitle: T\nlevel: observe\nprobes: { p: { rdap: help } }\nchecks: [{ id: a, expect: { p.class: { matches: \"((a{1000}){1000}){1000}\" } } }]\n",
            "regular expression",
        ),
    ] {
        let path = format!("bad/{name}.yaml");
        let reading = read(&suite(&[(&path, text)]));
        let errors = reading.errors.render(false);
        assert_eq!(reading.errors.len(), 1, "{name}: {errors}");
        assert!(errors.contains(expected), "{name}: {errors}");
        assert_eq!(
            reading
                .suite
                .scenarios
                .iter()
                .filter(|s| s.id.as_ref() == "good.one")
                .count(),
            1
        );
    }
}

#[test]
fn hostile_folders_are_one_clear_error_each() {
    let folder = std::env::temp_dir().join(format!("quintet-language-{}", std::process::id()));
    let suite = folder.join("scenarios");
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(suite.join("bad/folder.yaml")).unwrap();
    std::fs::write(suite.join("suite.yaml"), RELEASE).unwrap();
    std::fs::write(suite.join("bad/latin.yaml"), b"scenario: \xe9\n").unwrap();
    std::fs::write(suite.join("bad/large.yaml"), vec![b'#'; 5 << 20]).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", suite.join("bad/lost.yaml")).unwrap();
    let errors = Suite::read(&suite).unwrap_err();
    golden("lint-folder", &errors.render(false));
    let (shell, _, err) = Shell::into_buffers(folder.join("nowhere"));
    assert_eq!(run_in(&shell, &["lint"]).unwrap(), Exit::Usage);
    assert!(
        err.text().contains("there is no such folder"),
        "{}",
        err.text()
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn schemas_are_committed_as_they_are_made() {
    for name in schema_names() {
        let path = root().join(format!("scenarios/schema/{name}.v1.json"));
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == schema_text(name).unwrap(),
            "{name} differs; run `quintet schema --write`"
        );
    }
}

fn schema_of(kind: FileKind) -> Option<&'static str> {
    Some(match kind {
        FileKind::Suite => "suite",
        FileKind::Registry => "registry",
        FileKind::Target => "target",
        FileKind::Catalog => "catalog",
        FileKind::Clauses => "clauses",
        FileKind::Agreement => "agreement",
        FileKind::Fragment => "fragment",
        FileKind::Policy => "policy",
        FileKind::Waivers => "waivers",
        FileKind::Fault => "fault",
        FileKind::Scenario => "scenario",
        FileKind::World => return None,
    })
}

#[test]
fn schemas_accept_what_the_language_accepts() {
    for name in schema_names() {
        let validator = jsonschema::draft202012::new(&schema(name).unwrap()).unwrap();
        for file in shipped()
            .iter()
            .filter(|f| schema_of(f.kind()) == Some(name))
        {
            let value = file.tree.as_ref().unwrap().to_json();
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|e| format!("{} at {}", e, e.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}: {errors:?}", file.path);
        }
        assert!(
            !validator.is_valid(&serde_json::json!({ "nonsense": 1 })),
            "{name}"
        );
    }
}

#[test]
fn the_fact_reference_is_committed_as_it_is_made() {
    let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
    assert_eq!(run_in(&shell, &["facts", "--markdown"]).unwrap(), Exit::Met);
    let committed = std::fs::read_to_string(root().join("docs/facts.md")).unwrap_or_default();
    assert!(
        committed == out.text(),
        "docs/facts.md differs; run `quintet facts --markdown > docs/facts.md`"
    );
}

/// Returns the fenced YAML blocks of a document.
fn blocks(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "```yaml" {
            let block: Vec<&str> = lines.by_ref().take_while(|l| l.trim() != "```").collect();
            all.push(format!("{}\n", block.join("\n")));
        }
    }
    all
}

#[test]
fn every_block_of_the_readme_is_read_without_mistakes() {
    let text = std::fs::read_to_string(root().join("scenarios/README.md")).unwrap();
    let mut files = shipped();
    let blocks = blocks(&text);
    assert!(blocks.len() >= 6);
    for (number, block) in blocks.iter().enumerate() {
        let first = block
            .lines()
            .find(|l| !l.starts_with('#'))
            .unwrap_or_default();
        let (key, id) = first.split_once(": ").unwrap();
        let folder = match key {
            "scenario" => "readme",
            "fragment" => "fragments",
            "fault" => "worlds/faults",
            other => panic!("block {number} begins with `{other}`"),
        };
        let id = id.split(" #").next().unwrap().trim();
        let path = format!("{folder}/{id}.yaml");
        files.push(SuiteFile::new(
            &path,
            &format!("scenarios/README.md block {}", number + 1),
            block,
        ));
    }
    let reading = read(&files);
    assert_eq!(reading.errors.render(false), "");
    assert_eq!(reading.warnings.render(false), "");
    assert!(
        reading
            .suite
            .faults
            .iter()
            .any(|f| f.fail.contains(&"readme.browsers/media-type".to_owned()))
    );
}

#[test]
fn lists_have_the_fields_that_tools_read() {
    let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
    assert_eq!(
        run_in(
            &shell,
            &[
                "list",
                "--format",
                "json",
                "scenario(rdap.help) & by(check)"
            ]
        )
        .unwrap(),
        Exit::Met
    );
    let rows: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
    let row = rows[0].as_object().unwrap();
    let mut keys: Vec<&str> = row.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "by",
            "covers",
            "faults",
            "file",
            "id",
            "level",
            "line",
            "operator",
            "refs",
            "registries"
        ]
    );
    let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
    assert_eq!(
        run_in(&shell, &["list", "--faults", "--format", "json"]).unwrap(),
        Exit::Met
    );
    let rows: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
    let keys: Vec<&str> = rows[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, ["name", "registry", "expects"]);
}

#[test]
fn faults_are_shown_with_all_that_they_change() {
    let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
    let words = ["list", "--faults", "always-503", "--format", "json"];
    assert_eq!(run_in(&shell, &words).unwrap(), Exit::Met);
    let rows: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
    let expects = &rows[0]["expects"];
    assert_eq!(expects["causes"], serde_json::json!(["server-error"]));
    let ids = &expects["elsewhere"][0]["ids"];
    assert_eq!(*ids, serde_json::json!(["rdap.authority/redirect-ends"]));
    let reason = expects["elsewhere"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("is redirected to it"), "{reason}");

    for words in [
        ["list", "--faults", "always-503"].as_slice(),
        &["explain", "always-503"],
    ] {
        let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
        assert_eq!(run_in(&shell, words).unwrap(), Exit::Met);
        let text = out.text();
        for part in [
            "not judged",
            "because of",
            "server-error",
            "elsewhere",
            "redirect-ends: what another",
        ] {
            assert!(text.contains(part), "{words:?} {part}: {text}");
        }
    }
}

#[test]
fn verbs_say_what_is_wrong_with_their_words() {
    for (words, expected) in [
        (
            vec!["explain", "rdap.link.self-typ"],
            "did you mean `rdap.link.self-type`?",
        ),
        (vec!["facts", "rdapp"], "did you mean `rdap`?"),
        (vec!["schema", "scenarios"], "did you mean `scenario`?"),
        (vec!["list", "levl(must)"], "did you mean `level`?"),
    ] {
        let (shell, _, err) = Shell::into_buffers(root().join("scenarios"));
        assert_eq!(run_in(&shell, &words).unwrap(), Exit::Usage, "{words:?}");
        assert!(err.text().contains(expected), "{}", err.text());
    }
    let (shell, _, _) = Shell::into_buffers(root().join("scenarios"));
    assert_eq!(
        run_in(&shell, &["list", "nothing.at.all"]).unwrap(),
        Exit::Nothing
    );
}

#[test]
fn explain_tells_clause_place_and_proof() {
    let (shell, out, _) = Shell::into_buffers(root().join("scenarios"));
    assert_eq!(
        run_in(&shell, &["explain", "rdap.link.self-type"]).unwrap(),
        Exit::Met
    );
    let text = out.text();
    for word in [
        "https://www.rfc-editor.org/rfc/rfc9083#section-",
        "scenarios/catalog/rdap.yaml:",
        "proved by",
        "level must",
    ] {
        assert!(text.contains(word), "{word} is missing in\n{text}");
    }
}

#[test]
fn a_suite_of_one_file_is_read_from_anywhere() {
    assert!(Path::new(&root().join("scenarios/suite.yaml")).is_file());
    let (shell, out, err) = Shell::into_buffers(root().join("scenarios"));
    let file = root().join("scenarios/rdap/help.yaml");
    assert_eq!(
        run_in(&shell, &["lint", file.to_str().unwrap()]).unwrap(),
        Exit::Met,
        "{}{}",
        out.text(),
        err.text()
    );
}
