//! Tests of what `quintet inspect` prints.

use std::path::PathBuf;

use super::super::run_in;
use super::*;

/// Runs the verb over files with these contents; returns exit, stdout and stderr.
fn inspect(name: &str, words: &[&str], contents: &[&str]) -> (Exit, String, String) {
    let folder = std::env::temp_dir().join(format!("quintet-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let files: Vec<String> = contents
        .iter()
        .enumerate()
        .map(|(number, content)| {
            let file = folder.join(format!("{number}.json"));
            std::fs::write(&file, content).unwrap();
            file.to_string_lossy().into_owned()
        })
        .collect();
    let suite = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"));
    let (shell, out, err) = Shell::into_buffers(suite);
    let words: Vec<&str> = ["inspect"]
        .into_iter()
        .chain(words.iter().copied())
        .chain(files.iter().map(String::as_str))
        .collect();
    let exit = run_in(&shell, &words).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    (exit, out.text(), err.text())
}

const ERROR: &str = r#"{"rdapConformance": ["rdap_level_0"], "errorCode": 404, "title": null}"#;

#[test]
fn findings_have_place_rule_level_and_clause() {
    let (exit, out, err) = inspect("place", &["rdap"], &[ERROR]);
    assert_eq!((exit, err.as_str()), (Exit::Failed, ""));
    let line = out
        .lines()
        .find(|l| l.contains("rdap.resp.no-null"))
        .unwrap();
    assert!(
        line.starts_with("  proposed") && line.ends_with("/title"),
        "{line}"
    );
    assert!(out.contains("[nro-rdap-profile-0#"), "{out}");
    assert!(out.contains("rules had something to look at"), "{out}");
}

#[test]
fn a_broken_file_is_one_error_and_the_others_go_on() {
    let all = ["{", ERROR, "", "[[[["];
    let (exit, out, err) = inspect("broken", &["rdap", "--format", "json"], &all);
    assert_eq!(exit, Exit::Usage);
    assert_eq!(err.lines().count(), 3, "{err}");
    assert!(
        err.lines()
            .all(|line| line.starts_with("error: ") && line.contains("line 1, column"))
    );
    let findings: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert!(!findings.is_empty());
    for finding in findings {
        let members: Vec<&str> = finding
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(
            members,
            ["file", "rule", "location", "level", "refs", "message"]
        );
        assert!(finding["file"].as_str().unwrap().ends_with("1.json"));
    }
}

#[test]
fn what_was_asked_can_be_said() {
    let (_, guessed, _) = inspect("guessed", &["rdap"], &[r#"{"notices": []}"#]);
    let (_, said, _) = inspect("said", &["rdap", "--as", "ip"], &[r#"{"notices": []}"#]);
    assert!(said.contains("rdap.resp.object-class") && !guessed.contains("rdap.resp.object-class"));
}

#[test]
fn a_bootstrap_file_without_mistake_is_met() {
    let file = r#"{"version": "1.0", "publication": "2026-01-01T00:00:00Z", "description": "x",
        "services": [[["192.0.2.0/24"], ["https://a.example/"]]]}"#;
    let (exit, out, _) = inspect("bootstrap", &["bootstrap"], &[file]);
    assert_eq!(exit, Exit::Met, "{out}");
    assert!(out.contains("no findings; "), "{out}");
}

#[test]
fn a_registry_of_iana_is_read_in_either_form() {
    let csv = "AS Number,Reason for Reservation,Reference\n0,Reserved,[RFC7607]\nx,,\n";
    let xml = "<registry id=\"iana-as-numbers-special-registry\"><record><number>0</number></record></registry>";
    let (exit, out, _) = inspect("iana", &["iana"], &[csv, xml]);
    assert_eq!(exit, Exit::Met, "{out}");
    assert!(out.contains("iana.file.form  3#number"), "{out}");
    assert!(out.contains("no findings; 1 rules"), "{out}");
}

#[test]
fn an_object_of_the_rpki_is_known_by_its_name_or_by_what_is_said() {
    let (exit, out, err) = inspect("rpki", &["rpki"], &["x"]);
    assert_eq!((exit, out.as_str()), (Exit::Usage, ""));
    assert!(err.contains("say so with `--as`"), "{err}");
    let tal = "https://a.example/ta.cer\n\nAAAA\n";
    let said = ["rpki", "--as", "tal", "--at", "2026-01-01T00:00:00Z"];
    let (_, out, err) = inspect("rpki-tal", &said, &[tal]);
    assert!(err.is_empty() && out.contains("rpki.tal.key"), "{out}{err}");
    assert!(out.contains("#uri@0"), "{out}");
}

#[test]
fn a_transfer_log_is_read_whatever_is_wrong_in_it() {
    let log = r#"{"version": {"stats_version": "4.0", "producer": "ARIN"}, "transfers": [{}, null"#;
    let (exit, out, err) = inspect("transfers", &["transfers", "--format", "json"], &[log]);
    assert_eq!((exit, err.as_str()), (Exit::Failed, ""));
    let findings: Vec<Value> = serde_json::from_str(&out).unwrap();
    let of = |rule: &str| {
        let found = findings.iter().find(|f| f["rule"] == rule);
        found.map(|f| f["location"].as_str().unwrap().to_owned())
    };
    assert_eq!(of("xfer.form.json").as_deref(), Some("line 1, column 80"));
    assert_eq!(of("xfer.entry.members").as_deref(), Some("/transfers/0"));
    assert_eq!(of("xfer.set.form"), None);
    let (exit, _, err) = inspect("transfers-none", &["transfers", "/nonexistent"], &[]);
    assert!(exit == Exit::Usage && err.contains("/nonexistent"), "{err}");
}

#[test]
fn a_dump_of_a_routing_registry_has_findings_by_line() {
    let dump = "route: 192.0.2.1/24\norigin: AS64496\nsource: TEST\n";
    let words = ["irr", "--format", "json", "--source", "OTHER"];
    let (_, out, err) = inspect("irr", &words, &[dump]);
    let found: Vec<Value> = serde_json::from_str(&out).unwrap();
    let rules: Vec<&str> = found.iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["irr.object.source", "irr.route.prefix"], "{err}");
    assert_eq!(found[1]["location"], "line 1, route");
}

#[test]
fn statistics_have_findings_by_line_and_field_plain_and_packed() {
    let text = "2|arin|1|1|19700101|20261120|-0500\narin|US|ipv4|10.0.0.0|0|19990101|allocated|x\n";
    let (exit, out, _) = inspect("stats", &["stats", "--format", "json"], &[text]);
    assert_eq!(exit, Exit::Failed);
    let found: Vec<Value> = serde_json::from_str(&out).unwrap();
    let value = found.iter().find(|f| f["rule"] == "stats.record.value");
    assert_eq!(value.unwrap()["location"], "line 2, value");
    assert_eq!(value.unwrap()["level"], "must");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::Write::write_all(&mut gzip, text.as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    let inspected = |octets: &[u8]| {
        let read = |source: &mut dyn BufRead| {
            let (read, mut tally, _) = stats::read(source);
            stats::look(&read, &mut tally);
            tally.finish()
        };
        unpacked(octets, read).unwrap()
    };
    assert_eq!(inspected(&packed).findings.len(), found.len());
    // A file that is cut is read as far as it goes, and says so.
    let cut = inspected(&packed[..packed.len() - 4]);
    let ended = cut
        .findings
        .iter()
        .find(|f| &*f.rule == "stats.file.limits");
    assert!(ended.unwrap().message.starts_with("the file ends early"));
}

#[test]
fn a_missing_suite_is_a_usage_error() {
    let (shell, _, err) = Shell::into_buffers(PathBuf::from("/nonexistent/suite"));
    let exit = run_in(&shell, &["inspect", "rdap", "a.json"]).unwrap();
    assert_eq!(exit, Exit::Usage);
    assert!(err.text().contains("hint: "), "{}", err.text());
}
