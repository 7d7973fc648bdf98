//! Tables, feeds, metrics and badges, read as strictly as their forms are written.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::{files, two};

/// Reads XML; panics where it is not well-formed or has characters that XML 1.0 does not know.
#[track_caller]
pub(crate) fn xml(path: &str, text: &str) -> Vec<(String, String)> {
    let is_known = |c: char| {
        matches!(c, '\t' | '\n' | '\r')
            || (c >= ' ' && !matches!(u32::from(c), 0x7f..=0x9f | 0xfffe | 0xffff))
    };
    assert!(
        text.chars().all(is_known),
        "{path}: a character that XML has not"
    );
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut open, mut elements): (Vec<String>, Vec<(String, String)>) = (Vec::new(), Vec::new());
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|e| panic!("{path}: {e}"))
        {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                for attribute in start.attributes() {
                    attribute.unwrap();
                }
                open.push(name.clone());
                elements.push((name, String::new()));
            }
            Event::Empty(start) => {
                for attribute in start.attributes() {
                    attribute.unwrap();
                }
            }
            Event::End(_) => drop(open.pop()),
            Event::Text(text) => {
                if let Some((_, own)) = elements.last_mut() {
                    own.push_str(&text.xml10_content());
                }
            }
            Event::GeneralRef(name) => {
                let known = ["amp", "lt", "gt", "quot", "apos"].contains(&&*name.xml10_content());
                assert!(known, "{path}: {name:?}");
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "{path}: {open:?}");
    let trimmed = |(name, text): (String, String)| (name, text.trim().to_owned());
    elements.into_iter().map(trimmed).collect()
}

/// Reads the samples of OpenMetrics: name with labels, and value.
#[track_caller]
pub(super) fn metrics(text: &str) -> BTreeMap<String, f64> {
    let body = text.strip_suffix("# EOF\n").expect("the last line says so");
    let mut samples = BTreeMap::new();
    for line in body.lines().filter(|line| !line.starts_with("# ")) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(
            samples.insert(series.to_owned(), value).is_none(),
            "twice: {line}"
        );
    }
    samples
}

#[test]
fn every_table_is_what_its_schema_says_and_the_same_in_csv() {
    let files = files(two(), "ecg");
    let tables: Vec<&String> = files
        .keys()
        .filter(|p| p.starts_with("data/") && p.ends_with(".csv"))
        .collect();
    assert!(tables.len() >= 8, "{tables:?}");
    for path in tables {
        let name = path.trim_start_matches("data/").trim_end_matches(".csv");
        let json: Value = serde_json::from_str(&files[&format!("data/{name}.json")]).unwrap();
        let reference = format!("data/{}", json["$schema"].as_str().unwrap());
        let schema: Value = serde_json::from_str(&files[&reference]).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let wrong: Vec<String> = validator
            .iter_errors(&json)
            .map(|e| format!("{} {e}", e.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
        let mut reader = csv::Reader::from_reader(files[path].as_bytes());
        let head: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        let rows = json["rows"].as_array().unwrap();
        assert_eq!(
            reader.records().map(Result::unwrap).count(),
            rows.len(),
            "{name}"
        );
        for row in rows {
            let members: Vec<&String> = row.as_object().unwrap().keys().collect();
            assert_eq!(members, head.iter().collect::<Vec<_>>(), "{name}");
        }
    }
}

#[test]
fn a_feed_tells_what_changed_and_the_same_entry_has_the_same_id() {
    let elements = |audits| xml("feed.atom", &files(audits, "ecg")["feed.atom"]);
    let texts = |elements: &[(String, String)], name: &str| -> Vec<String> {
        let all = elements.iter().filter(|(own, _)| own == name);
        all.map(|(_, text)| text.clone()).collect()
    };
    let feed = elements(two());
    assert_eq!(feed[0].0, "feed");
    for name in ["id", "title", "updated", "author"] {
        assert!(!texts(&feed, name).is_empty(), "{name}");
    }
    let ids = texts(&feed, "id");
    assert!(ids.len() > 1, "something changed");
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>().len(),
        ids.len(),
        "{ids:?}"
    );
    assert!(ids.iter().all(|id| id.starts_with("urn:uuid:")), "{ids:?}");
    assert!(
        texts(&feed, "title")
            .iter()
            .any(|t| t.ends_with(": regressed")),
        "{feed:?}"
    );
    // A third run later tells the former changes by the ids they had.
    let mut third = two().remove(0);
    third.run.started = "2026-11-28T10:02:11Z".parse().unwrap();
    let mut audits = two();
    audits.push(third);
    let later: BTreeSet<String> = texts(&elements(audits), "id").into_iter().collect();
    assert!(ids.iter().all(|id| later.contains(id)));
    // A registry's feed has what is its own.
    let own = &files(two(), "ecg")["registries/arin.atom"];
    assert!(own.contains("ARIN") && !own.contains("LACNIC:"), "{own}");
}

#[test]
fn metrics_have_each_series_once_and_end_as_they_must() {
    let files = files(two(), "public");
    let samples = metrics(&files["metrics.txt"]);
    assert!(
        samples
            .keys()
            .any(|s| s.starts_with("quintet_results{target=\"staging\",registry=\"arin\""))
    );
    assert!(samples.keys().any(|s| s.starts_with("quintet_quantity{")));
    assert_eq!(samples["quintet_run_partial{target=\"staging\"}"], 0.0);
}

#[test]
fn a_badge_is_an_image_and_says_the_same_as_data() {
    let files = files(two(), "public");
    let value: Value = serde_json::from_str(&files["badges/arin.json"]).unwrap();
    let words = value["message"].as_str().unwrap();
    assert!(words.contains(" must · 2026-11-21"), "{words}");
    let image = xml("badges/arin.svg", &files["badges/arin.svg"]);
    assert!(
        image
            .iter()
            .any(|(name, text)| name == "text" && text == words),
        "{image:?}"
    );
}
