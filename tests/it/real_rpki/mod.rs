//! The RPKI inspector on real objects, against a table made by hand.
//!
//! The files are read from `../shared/data/rpki` where that folder exists; their
//! origins and the verdicts of four validators stand beside them in `ORIGINS.md`.
//! `docs/rpki-real-objects.md` lists every disagreement; its table is compared with
//! what this test computes.

mod reasons;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use quintet::inspect::rpki::{Context, Kind, Object, Tally, look};
use quintet::scenario::suite::Suite;
use quintet::verdict::Level;

use self::reasons::REASONS;
use crate::whole_suite::folder as suite;

/// Exactly the rules that find something in a file, none about the present among them: `file: rule rule`.
///
/// Files of the conformance suite have older profiles' faults everywhere ([`SUITE`]),
/// which are left out of their rows.
const FOUND: &str = include_str!("found.txt");

/// What is found in objects of the conformance suite besides their faults: they are older
/// than RFC 9582 and RFC 9589, and the subjects of many are the names of their files. The others
/// are no faults but counts.
const SUITE: &[&str] = &[
    "cer.subject-identity",
    "sig.signing-time",
    "roa.no-as-resources",
    "roa.one-prefix",
    "roa.exact",
    "roa.max-length-used",
    "roa.max-length-needless",
    "mft.file-name-length",
    "ta.notify",
];

/// Returns the folder of real objects, or writes that it is not there.
fn folder() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/rpki"));
    if path.is_dir() {
        return Some(path);
    }
    let line = "skipped: no real RPKI objects in ../shared/data/rpki\n";
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    None
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Returns the short ids of the rules that find something.
fn found(kind: Kind, octets: &[u8], context: &Context) -> BTreeSet<String> {
    let mut tally = Tally::default();
    look(&Object::read(kind, octets), "", context, &mut tally);
    let all = tally.finish().findings.into_iter();
    all.map(|finding| finding.rule.trim_start_matches("rpki.").to_owned())
        .collect()
}

/// Reads the table: the files, and the short ids of the rules that find something in each.
fn table() -> impl Iterator<Item = (&'static str, BTreeSet<String>)> {
    FOUND.lines().map(|line| {
        let (file, rules) = line.split_once(':').unwrap();
        let rules = rules.split_whitespace().map(str::to_owned).collect();
        (file, rules)
    })
}

/// When and how deep the table's files are read: at no particular time, with their signatures.
const TIMELESS: Context = Context {
    now: None,
    signatures: true,
};

#[test]
fn every_real_file_is_read_as_every_kind() {
    let Some(folder) = folder() else { return };
    let mut files = Vec::new();
    collect(&folder, &mut files);
    assert!(files.len() > 700, "{} files", files.len());
    for file in files {
        let octets = std::fs::read(&file).unwrap();
        for kind in Kind::ALL {
            let context = Context {
                now: "2026-11-22T00:00:00Z".parse().ok(),
                signatures: false,
            };
            found(*kind, &octets, &context);
        }
    }
}

#[test]
fn real_objects_have_exactly_the_findings_of_the_table() {
    let Some(folder) = folder() else { return };
    let mut wrong = String::new();
    for (file, expected) in table() {
        let octets = std::fs::read(folder.join(file)).unwrap();
        let kind = Kind::of_file(file, &octets).unwrap();
        let mut rules = found(kind, &octets, &TIMELESS);
        if file.starts_with("conformance") {
            rules.retain(|rule| !SUITE.contains(&rule.as_str()));
        }
        if rules != expected {
            writeln!(wrong, "{file}: {rules:?}, not {expected:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A file with what four validators say of it: name and whether they accept.
struct Judged {
    file: String,
    verdicts: Vec<(&'static str, bool)>,
}

/// Reads the table of `ORIGINS.md`.
fn judged(folder: &Path) -> Vec<Judged> {
    let text = std::fs::read_to_string(folder.join("ORIGINS.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    rows.filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [file, .., client, fort, routinator, library] = cells.as_slice() else {
            return None;
        };
        Kind::of_file(file, b"")?;
        let mut verdicts = Vec::new();
        for (name, accepts, rejects) in [
            ("rpki-client 8.2", "8.2 parses", "8.2 rejects"),
            ("rpki-client 9.8", "9.8 parses", "9.8 rejects"),
        ] {
            if client.contains(accepts) || client.contains(rejects) {
                verdicts.push((name, client.contains(accepts)));
            }
        }
        for (name, cell, accepts) in [
            ("FORT", fort, "accepts"),
            ("Routinator", routinator, "no complaint"),
            ("rpki crate", library, "ok"),
        ] {
            if !cell.is_empty() {
                verdicts.push((name, *cell == accepts));
            }
        }
        Some(Judged {
            file: (*file).to_owned(),
            verdicts,
        })
    })
    .collect()
}

/// Words a reference of the catalogue: `rfc8630#2.2` is RFC 8630 §2.2.
fn clause(reference: &str) -> String {
    let (document, section) = reference.split_once('#').unwrap_or((reference, ""));
    let document = document
        .strip_prefix("rfc")
        .map_or_else(|| document.to_owned(), |n| format!("RFC {n}"));
    if section.is_empty() {
        document
    } else {
        format!("{document} §{section}")
    }
}

/// Returns the list of disagreements as Markdown.
fn disagreements(folder: &Path) -> String {
    let suite = Suite::read(&suite()).unwrap_or_else(|all| panic!("{all:#?}"));
    let row = |rule: &str| {
        let entries = &suite.catalog.entries;
        let entry = entries.get(format!("rpki.{rule}").as_str());
        entry.unwrap_or_else(|| panic!("no row for rpki.{rule}"))
    };
    let reasons: BTreeMap<&str, &str> = REASONS.iter().copied().collect();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut files = 0;
    for one in judged(folder) {
        let octets = std::fs::read(folder.join(&one.file)).unwrap();
        let kind = Kind::of_file(&one.file, &octets).unwrap();
        let mut rules = found(kind, &octets, &TIMELESS);
        rules.retain(|rule| row(rule).level == Level::Must);
        files += 1;
        let others = one
            .verdicts
            .iter()
            .filter(|(_, ok)| *ok != rules.is_empty());
        let others: Vec<&str> = others.map(|(name, _)| *name).collect();
        if others.is_empty() {
            continue;
        }
        let others = others.join(", ");
        if rules.is_empty() {
            let why = reasons
                .get(one.file.as_str())
                .unwrap_or_else(|| panic!("no reason for {}", one.file));
            theirs.push(format!("| {} | {others} | {why} |", one.file));
        } else {
            let why = rules.iter().map(|rule| {
                let clauses: Vec<String> = row(rule).refs.iter().map(|r| clause(r)).collect();
                format!("`{rule}` ({})", clauses.join(", "))
            });
            let why: Vec<String> = why.collect();
            ours.push(format!("| {} | {others} | {} |", one.file, why.join(", ")));
        }
    }
    let mut text = format!(
        "Of {files} files, {} have a finding at level must that a validator does not have, and {} have none though a validator rejects.\n",
        ours.len(),
        theirs.len()
    );
    text.push_str("\n### Found by us, accepted by a validator\n\n");
    text.push_str("| file | accepted by | rules and the clauses that decide |\n|---|---|---|\n");
    for row in ours {
        writeln!(text, "{row}").unwrap();
    }
    text.push_str("\n### Rejected by a validator, nothing found by us\n\n");
    text.push_str("| file | rejected by | reason |\n|---|---|---|\n");
    for row in theirs {
        writeln!(text, "{row}").unwrap();
    }
    text
}

#[test]
fn every_disagreement_with_a_validator_has_its_clause_in_the_documentation() {
    let Some(folder) = folder() else { return };
    let text = disagreements(&folder);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rpki-real-objects.md");
    let written = std::fs::read_to_string(path).unwrap();
    let (_, table) = written.split_once(MARK).unwrap();
    if table.trim() != text.trim() {
        let copy = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rpki-real-objects.md");
        std::fs::write(&copy, &text).unwrap();
        panic!(
            "the table in docs/rpki-real-objects.md is old; the new one is {}",
            copy.display()
        );
    }
}

/// What stands before the table in the documentation.
const MARK: &str = "<!-- tests/it/real_rpki compares what follows -->";
