//! The language as a user meets it: messages, hostile files, schemas, the README.

mod faults;
mod generated;
mod hostile;
mod messages;
mod verbs;

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
fn a_suite_is_read_again_only_where_a_file_changed() {
    let folder = crate::folder::Folder::new("kept-suite");
    let file = folder.path().join("rdap/one.yaml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(
        folder.path().join("suite.yaml"),
        "release: \"1\"\nextends: embedded\n",
    )
    .unwrap();
    let write = |title: &str| {
        let text = format!(
            "scenario: rdap.one\ntitle: {title}\nregistries: all\nlevel: observe\nprobes:\n  help: {{ rdap: help }}\n\
             checks:\n  - {{ id: there, title: It is there, expect: {{ help.status: 200 }} }}\n"
        );
        std::fs::write(&file, text).unwrap();
    };
    let read = || Suite::read(folder.path()).unwrap_or_else(|all| panic!("{all:#?}"));
    let title = |suite: &Suite| {
        let mut all = suite.scenarios.iter();
        all.find(|s| s.id.as_ref() == "rdap.one")
            .unwrap()
            .title
            .clone()
    };
    write("First");
    let first = read();
    // Tests beside this one read suites too, and few are kept.
    assert!((0..20).any(|_| std::sync::Arc::ptr_eq(&read(), &read())));
    write("Other");
    let second = read();
    assert_eq!(
        (title(&first).as_str(), title(&second).as_str()),
        ("First", "Other")
    );
    assert_ne!(first.digest, second.digest);
    write("First");
    assert_eq!(read().digest, first.digest);
    std::fs::write(&file, "scenario: [").unwrap();
    assert!(Suite::read(folder.path()).is_err());
}
