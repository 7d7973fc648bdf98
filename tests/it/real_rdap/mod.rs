//! The inspectors on real answers, against a table made by hand.
//!
//! The files are read from `../shared/data/rdap` where that folder exists; their
//! origins stand beside them. Each row says at which places a rule must find something
//! in a file, all of them, or that it must stay silent.

mod table;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use self::table::{FOUND, SILENT};
use quintet::fact::Inspected;
use quintet::inspect::rdap::{Context, Query};
use quintet::inspect::{bootstrap, json, rdap};

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/rdap");
    if folder.is_dir() {
        return Some(folder);
    }
    let mut stderr = std::io::stderr();
    writeln!(
        stderr,
        "skipped: no real RDAP answers at ../shared/data/rdap"
    )
    .unwrap();
    None
}

/// Reads and inspects a file; what was asked is taken from its name, as `--as` would say it.
fn inspect(folder: &Path, name: &str) -> Inspected {
    let octets = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
    let document = json::parse(&octets, json::MAX_DEPTH).unwrap();
    if name.starts_with("iana-bootstrap-") {
        return bootstrap::inspect(&document);
    }
    let word = name.split('-').nth(1).unwrap();
    let word = if word.ends_with("search") {
        "search"
    } else {
        word
    };
    let query = Query::from_word(word);
    assert!(query.is_some(), "{name}");
    rdap::inspect(
        &document,
        &Context {
            query,
            ..Context::default()
        },
    )
}

fn places<'a>(inspected: &'a Inspected, rule: &str) -> BTreeSet<&'a str> {
    let of_rule = inspected
        .findings
        .iter()
        .filter(|finding| finding.rule.as_ref() == rule);
    of_rule.map(|finding| finding.location.as_str()).collect()
}

#[test]
fn every_known_fault_of_the_real_answers_is_found_at_its_place() {
    let Some(folder) = folder() else { return };
    let mut wrong = String::new();
    for (file, rule, expected) in FOUND {
        let inspected = inspect(&folder, file);
        let (seen, expected) = (places(&inspected, rule), expected.iter().copied().collect());
        if seen != expected {
            writeln!(
                wrong,
                "{file} {rule}\n  expected {expected:?}\n  seen     {seen:?}"
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn rules_stay_silent_where_nothing_is_wrong() {
    let Some(folder) = folder() else { return };
    let mut wrong = String::new();
    for (file, rule, why) in SILENT {
        let inspected = inspect(&folder, file);
        let seen = places(&inspected, rule);
        if !seen.is_empty() {
            writeln!(wrong, "{file} {rule} ({why})\n  seen {seen:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_real_answer_is_read_and_every_finding_points_into_it() {
    let Some(folder) = folder() else { return };
    let mut read = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        read += 1;
        let document: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let inspected = inspect(&folder, &name);
        assert!(!inspected.looked.is_empty(), "{name}");
        for finding in &inspected.findings {
            assert!(
                document.pointer(&finding.location).is_some(),
                "{name} {} {}",
                finding.rule,
                finding.location
            );
        }
    }
    assert!(read >= 56, "{read} files");
}

#[test]
fn no_message_shows_a_contact() {
    let Some(folder) = folder() else { return };
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        for finding in inspect(&folder, &name).findings {
            assert!(
                !finding.message.contains('@'),
                "{name} {}: {}",
                finding.rule,
                finding.message
            );
        }
    }
}
