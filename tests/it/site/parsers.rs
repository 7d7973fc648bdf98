//! Feeds, metrics and the calendar before readers that nobody here wrote: Debian's `feedparser`,
//! `prometheus_client` and `icalendar`.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use serde_json::Value;

use super::{files, two};
use crate::folder::Folder;
use crate::oracles::installed;

/// Runs a program of Python over files and returns what it prints as JSON; `None` where a module is missing.
#[track_caller]
fn python(module: &str, program: &str, files: &[&str]) -> Option<Value> {
    if !installed("python3") {
        return None;
    }
    let run = |python: &str, program: &str, files: &[&str]| {
        let mut python = Command::new(python);
        python.args(["-c", program]).args(files).output()
    };
    // Debian's modules belong to Debian's Python, which may not be the first one.
    let has_module = |python: &&&str| {
        let output = run(python, &format!("import {module}"), &[]);
        output.is_ok_and(|output| output.status.success())
    };
    let Some(python) = ["python3", "/usr/bin/python3"].iter().find(has_module) else {
        let required = std::env::var_os("QUINTET_ORACLES").is_some_and(|v| v == "required");
        assert!(
            !required,
            "Python's `{module}` is required and not installed"
        );
        writeln!(std::io::stderr(), "skipped: Python has no `{module}`").unwrap();
        return None;
    };
    let output = run(python, program, files).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{module}: {said}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn feeds_are_read_by_feedparser() {
    let program = "
import feedparser, json, sys
def read(path):
    feed = feedparser.parse(open(path, 'rb').read())
    if feed.bozo: raise feed.bozo_exception
    assert feed.version == 'atom10', feed.version
    assert feed.feed.updated_parsed, 'no time'
    return [[e.id, e.title, e.link, e.updated, e.summary] for e in feed.entries]
print(json.dumps([read(path) for path in sys.argv[1:]]))";
    let site = files(two(), "ecg");
    let folder = Folder::new("feeds");
    let (all, own) = (
        folder.path().join("feed.atom"),
        folder.path().join("arin.atom"),
    );
    fs::write(&all, &site["feed.atom"]).unwrap();
    fs::write(&own, &site["registries/arin.atom"]).unwrap();
    let paths = [all.to_string_lossy(), own.to_string_lossy()];
    let Some(read) = python("feedparser", program, &[&*paths[0], &*paths[1]]) else {
        return;
    };
    for (place, path) in ["feed.atom", "registries/arin.atom"].iter().enumerate() {
        let entries = read[place].as_array().unwrap();
        assert_eq!(
            entries.len(),
            site[*path].matches("<entry>").count(),
            "{path}"
        );
        assert!(!entries.is_empty(), "{path}");
        for entry in entries {
            let link = entry[2].as_str().unwrap();
            let page = link.strip_prefix("https://reports.example.net/").unwrap();
            assert!(site.contains_key(page), "{path}: {link} leads nowhere");
        }
    }
}

#[test]
fn metrics_are_read_by_the_client_of_prometheus() {
    let program = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
families = list(read(open(sys.argv[1], encoding='utf-8').read()))
print(json.dumps({f.name: [f.type, f.unit, len(f.samples)] for f in families}))";
    let site = files(two(), "ecg");
    let folder = Folder::new("metrics");
    let path = folder.path().join("metrics.txt");
    fs::write(&path, &site["metrics.txt"]).unwrap();
    let Some(read) = python("prometheus_client", program, &[&path.to_string_lossy()]) else {
        return;
    };
    let families = read.as_object().unwrap();
    let samples: u64 = families.values().map(|f| f[2].as_u64().unwrap()).sum();
    let lines = site["metrics.txt"].lines().filter(|l| !l.starts_with('#'));
    assert_eq!(u64::try_from(lines.count()).unwrap(), samples);
    assert_eq!(families["quintet_run_timestamp_seconds"][1], "seconds");
    assert!(families.values().all(|f| f[0] == "gauge"), "{families:?}");
}

#[test]
fn the_calendar_is_read_by_icalendar() {
    let program = "
import icalendar, json, sys
calendar = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())
events = calendar.walk('VEVENT')
assert not any(e.errors for e in calendar.walk()), [e.errors for e in calendar.walk()]
print(json.dumps([[str(e['UID']), str(e['SUMMARY']), e['DTSTART'].dt.isoformat()] for e in events]))";
    let site = files(two(), "ecg");
    let folder = Folder::new("calendar");
    let path = folder.path().join("expiry.ics");
    fs::write(&path, &site["expiry.ics"]).unwrap();
    let Some(read) = python("icalendar", program, &[&path.to_string_lossy()]) else {
        return;
    };
    let events = read.as_array().unwrap();
    assert_eq!(
        events.len(),
        site["expiry.ics"].matches("BEGIN:VEVENT").count()
    );
    assert!(!events.is_empty());
}
