//! Text of strangers in every field of an audit: harmless on every page.

use proptest::prelude::*;
use quintet::audit::Audit;

use super::{data, files, html};
use crate::reports::hostile::{NASTY, fill};
use crate::reports::noted;

/// Reads every page as strictly as ours must be; what is not harmless panics.
#[track_caller]
fn harmless(audit: Audit) {
    for (path, text) in files(vec![audit], "ecg") {
        assert!(path.len() < 400, "{path}");
        let is_plain =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_./~".contains(c);
        let name = path
            .strip_prefix("runs/")
            .unwrap_or(&path)
            .replace(['T', 'Z'], "");
        assert!(name.chars().all(is_plain), "{path}");
        match path.rsplit('.').next().unwrap() {
            "html" => drop(html::read(&path, &text)),
            "atom" | "svg" => drop(data::xml(&path, &text)),
            "json" => drop(serde_json::from_str::<serde_json::Value>(&text).unwrap()),
            "txt" => drop(data::metrics(&text)),
            "csv" => spreadsheet(&path, &text),
            "ics" => assert!(
                !text.replace("\r\n", "").contains(char::is_control),
                "{path}"
            ),
            _ => {}
        }
    }
}

/// Reads a table as a spreadsheet does, which takes some texts for formulas.
#[track_caller]
fn spreadsheet(path: &str, text: &str) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    for record in reader.records() {
        for field in &record.unwrap() {
            let is_number = field.parse::<f64>().is_ok();
            assert!(
                is_number || !field.starts_with(['=', '+', '-', '@']),
                "{path}: {field}"
            );
            assert!(!field.contains(char::is_control), "{path}: {field:?}");
        }
    }
}

#[test]
fn what_has_broken_reports_before_is_shown_as_text() {
    for text in NASTY {
        let mut audit = noted();
        fill(&mut audit, text);
        harmless(audit);
    }
}

#[test]
fn a_text_of_a_million_octets_is_cut() {
    let long = "<b>é\u{202e}".repeat(130_000);
    let mut audit = noted();
    let results = &mut audit.results;
    for check in results.checks.iter_mut().take(2) {
        check.title.clone_from(&long);
        check.seen.clone_from(&long);
        check.asked = vec![long.clone()];
    }
    if let Some(group) = results.comparisons[0].groups.first_mut() {
        group.value.clone_from(&long);
    }
    results.registries[0].name.clone_from(&long);
    results.expiries[0].uri.clone_from(&long);
    let pages = files(vec![audit.clone()], "ecg");
    let most = pages.values().map(String::len).max().unwrap();
    assert!(most < 400_000, "{most}");
    harmless(audit);
}

#[test]
fn ids_of_a_stranger_make_no_path_of_their_own() {
    for id in [
        "../../up",
        "/etc/passwd",
        "a/../../b",
        "A B",
        "con\u{0}",
        "x.html",
        "..",
        "é\u{202e}",
    ] {
        let mut audit = noted();
        for check in audit.results.checks.iter_mut().take(3) {
            check.id = id.to_owned();
            check.scenario = id.to_owned();
        }
        audit.scenarios.insert(id.to_owned(), id.to_owned());
        for comparison in audit.results.comparisons.iter_mut().take(1) {
            comparison.id = id.to_owned();
            comparison.scenario = id.to_owned();
        }
        harmless(audit);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_anywhere_is_shown_as_text(text in "(?s)(\\PC|[<>&\"'`=/{}$\u{0}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{202e}\u{2066}-\u{2069}]){0,60}") {
        let mut audit = noted();
        fill(&mut audit, &text);
        harmless(audit);
    }
}
