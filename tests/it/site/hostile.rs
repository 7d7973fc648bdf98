//! Text of strangers in every field of an audit: harmless on every page.

use std::collections::BTreeMap;

use proptest::prelude::*;
use quintet::audit::Audit;
use quintet::verdict::results::Location;

use super::{data, files, html};
use crate::reports::noted;

/// Puts a text wherever an audit has text that came from elsewhere.
fn fill(audit: &mut Audit, text: &str) {
    let own = || text.to_owned();
    audit.release = own();
    audit.policy = own();
    audit.run.vantage = own();
    audit.run.reproduce = own();
    audit.run.faults = vec![own()];
    for title in audit.scenarios.values_mut() {
        *title = own();
    }
    for state in &mut audit.remarks {
        let remark = &mut state.remark;
        (remark.id, remark.text, remark.by, remark.url) = (own(), own(), own(), own());
    }
    for waiver in &mut audit.waivers {
        (waiver.id, waiver.reason, waiver.issue, waiver.owner) = (own(), own(), own(), own());
    }
    let results = &mut audit.results;
    results.suite = own();
    for registry in &mut results.registries {
        registry.name = own();
    }
    for check in &mut results.checks {
        check.title = own();
        check.vantage = own();
        check.message = own();
        check.expected = own();
        check.seen = own();
        check.refs = vec![own(), format!("rfc9083#{text}")];
        check.asked = vec![own()];
        check.evidence = vec![own()];
        check.waiver = Some(own());
        check.source.file = own();
        check.parameters = BTreeMap::from([(own(), own())]);
        for remark in &mut check.remarks {
            (remark.id, remark.text, remark.by, remark.url) = (own(), own(), own(), own());
        }
        if let Some(erratum) = &mut check.erratum {
            (erratum.id, erratum.reason, erratum.url) = (own(), own(), own());
        }
        check.locations = vec![Location {
            document: own(),
            pointer: own(),
            message: own(),
        }];
    }
    for comparison in &mut results.comparisons {
        comparison.title = own();
        comparison.rule = own();
        comparison.message = own();
        comparison.parameters = BTreeMap::from([(own(), own())]);
        for group in &mut comparison.groups {
            group.value = own();
            group.members.push(own());
        }
        comparison.absent = BTreeMap::from([(own(), own())]);
    }
    for expiry in &mut results.expiries {
        expiry.what = own();
        expiry.uri = own();
        expiry.tier = own();
    }
    for list in &mut results.checklists {
        list.title = own();
        list.note = own();
        for row in &mut list.rows {
            row.title = own();
            row.class = own();
            for cell in row.cells.values_mut() {
                if let Some(claim) = &mut cell.attested {
                    claim.source = own();
                    claim.url = own();
                    claim.note = own();
                    claim.since = own();
                }
            }
        }
    }
}

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

/// What has broken reports before.
const NASTY: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'\" onmouseover=\"alert(1)",
    "javascript:alert(1)",
    "</title></style></textarea><svg onload=alert(1)>",
    "<!-- --><![CDATA[ ]]>",
    "&lt;b&gt; &amp; &#60; &",
    "\u{202e}moc.elpmaxe\u{202c} \u{2066}\u{2069}\u{200f}\u{61c}",
    "a\u{0}b\u{7}\u{8}\u{1b}[31m\u{1b}]0;title\u{7}\u{9b}31m\u{7f}\u{85}",
    "`code` ``` `unclosed",
    "../../../etc/passwd",
    "=HYPERLINK(\"http://example.net\")",
    "\u{feff}\u{2028}\u{2029}\u{e0041}\u{fffe}\u{ffff}",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "\r\n\r\n\tx",
    "",
];

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
