//! Formats of a gate: SARIF, annotations, the summary of a pipeline, and hostile values in all of them.

use quintet::audit::against;
use quintet::verdict::Weight;

use super::*;

/// What the schema of SARIF 2.1.0 demands of the parts that are written, in words of our own: members
/// that must be there, members that may, and the values of closed sets.
fn sarif() -> serde_json::Value {
    let object = |required: &[&str], properties: serde_json::Value| {
        serde_json::json!({
            "type": "object",
            "required": required,
            "additionalProperties": false,
            "properties": properties,
        })
    };
    let text = serde_json::json!({ "type": "string" });
    let bag = serde_json::json!({ "type": "object" });
    let message = object(&["text"], serde_json::json!({ "text": text }));
    let level = serde_json::json!({ "enum": ["none", "note", "warning", "error"] });
    let rule = object(
        &["id"],
        serde_json::json!({
            "id": text,
            "shortDescription": message,
            "helpUri": { "type": "string", "pattern": "^https://[!-~]+$" },
            "defaultConfiguration": object(&[], serde_json::json!({ "level": level })),
            "properties": bag,
        }),
    );
    let region = object(
        &["startLine"],
        serde_json::json!({
            "startLine": { "type": "integer", "minimum": 1 },
            "startColumn": { "type": "integer", "minimum": 1 },
        }),
    );
    let physical = object(
        &["artifactLocation"],
        serde_json::json!({
            "artifactLocation": object(&[], serde_json::json!({
                "uri": { "type": "string", "pattern": "^[A-Za-z0-9._~/%-]+$" },
            })),
            "region": region,
        }),
    );
    let location = object(
        &[],
        serde_json::json!({
            "physicalLocation": physical,
            "logicalLocations": {
                "type": "array",
                "items": object(&[], serde_json::json!({ "name": text, "kind": text })),
            },
        }),
    );
    let suppression = object(
        &["kind"],
        serde_json::json!({
            "kind": { "enum": ["inSource", "external"] },
            "status": { "enum": ["accepted", "underReview", "rejected"] },
            "justification": text,
        }),
    );
    let result = object(
        &["message"],
        serde_json::json!({
            "ruleId": text,
            "ruleIndex": { "type": "integer", "minimum": -1 },
            "kind": { "enum": ["notApplicable", "pass", "fail", "review", "open", "informational"] },
            "level": level,
            "message": message,
            "locations": { "type": "array", "items": location },
            "partialFingerprints": { "type": "object", "additionalProperties": text },
            "baselineState": { "enum": ["new", "unchanged", "updated", "absent"] },
            "suppressions": { "type": "array", "minItems": 0, "items": suppression },
            "properties": bag,
        }),
    );
    let driver = object(
        &["name"],
        serde_json::json!({
            "name": text,
            "semanticVersion": { "type": "string", "pattern": r"^\d+\.\d+\.\d+" },
            "rules": { "type": "array", "uniqueItems": true, "items": rule },
        }),
    );
    let invocation = object(
        &["executionSuccessful"],
        serde_json::json!({
            "commandLine": text,
            "startTimeUtc": { "type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$" },
            "executionSuccessful": { "type": "boolean" },
        }),
    );
    let run = object(
        &["tool"],
        serde_json::json!({
            "tool": object(&["driver"], serde_json::json!({ "driver": driver })),
            "automationDetails": object(&[], serde_json::json!({ "id": text })),
            "invocations": { "type": "array", "items": invocation },
            "columnKind": { "enum": ["utf16CodeUnits", "unicodeCodePoints"] },
            "results": { "type": ["array", "null"], "items": result },
            "properties": bag,
        }),
    );
    object(
        &["version", "runs"],
        serde_json::json!({
            "$schema": text,
            "version": { "enum": ["2.1.0"] },
            "runs": { "type": ["array", "null"], "items": run },
        }),
    )
}

#[track_caller]
fn holds_sarif(audit: &Audit) -> serde_json::Value {
    let text = written(audit, "sarif", Options::default());
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::draft202012::new(&sarif()).unwrap();
    let wrong: Vec<String> = validator
        .iter_errors(&log)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"], "{result}");
        // Section 3.27.10: a result of another kind than `fail` has the level `none`.
        let is_fail = result["kind"] == "fail";
        assert!(is_fail || result["level"] == "none", "{result}");
    }
    log
}

#[test]
fn sarif_has_what_its_schema_demands_and_the_lines_of_scenarios() {
    let notes = (remarks(), [erratum()]);
    let audit = audit_with(went_wrong(), comparisons(), false, (&notes.0, &notes.1));
    let log = holds_sarif(&audit);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() > 3, "{log:#}");
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("scenarios/"), "{result:#}");
    }
    let suppressed = results.iter().filter(|r| r.get("suppressions").is_some());
    assert!(suppressed.count() > 0, "a withdrawn verdict is suppressed");
    let errors = results.iter().filter(|r| r["level"] == "error").count();
    let failing = usize::try_from(audit.gate.failed + audit.gate.expired).unwrap();
    assert_eq!(
        errors, failing,
        "what fails the gate is an error, and nothing else"
    );
    // A fingerprint depends on what is wrong where, not on what was seen.
    let mut other = audit.clone();
    for check in &mut other.results.checks {
        "something else".clone_into(&mut check.message);
    }
    let prints = |log: &serde_json::Value| -> Vec<String> {
        let results = log["runs"][0]["results"].as_array().unwrap();
        let all = results.iter().map(|r| r["partialFingerprints"].to_string());
        all.collect()
    };
    let before = prints(&log);
    assert_eq!(before, prints(&holds_sarif(&other)));
    let distinct: std::collections::BTreeSet<&String> = before.iter().collect();
    assert_eq!(distinct.len(), before.len(), "{before:?}");
}

#[test]
fn annotations_say_what_fails_first_and_sum_up_what_is_too_much() {
    let audit = audit(went_wrong(), comparisons(), false);
    let text = written(&audit, "github", Options::default());
    let gate = text.lines().last().unwrap();
    assert!(
        gate.starts_with("::error title=quintet::gate not met"),
        "{gate}"
    );
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("::error file=scenarios/"), "{first}");
    // More of a kind than a step shows.
    let mut many = audit.clone();
    let one = many
        .results
        .checks
        .iter()
        .find(|c| c.gate == Weight::Fails)
        .unwrap()
        .clone();
    many.results.checks.extend(std::iter::repeat_n(one, 30));
    let text = written(&many, "github", Options::default());
    let errors = text.lines().filter(|l| l.starts_with("::error")).count();
    assert_eq!(errors, 12, "ten, how many more, and the gate: {text}");
    assert!(text.contains("more of this kind"), "{text}");
}

#[test]
fn what_was_there_before_is_said_and_fails_nothing() {
    let before = audit(went_wrong(), comparisons(), false);
    let mut after = before.clone();
    assert!(after.gate.has_failed());
    against(&mut after, &before, "build/before");
    assert!(!after.gate.has_failed(), "{}", after.gate.words());
    assert!(after.gate.before > 0);
    let log = holds_sarif(&after);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(
        results.iter().all(|r| r["baselineState"] != "new"),
        "{log:#}"
    );
    assert!(results.iter().any(|r| r["baselineState"] == "unchanged"));
    for format in ["terminal", "markdown", "summary"] {
        let text = written(&after, format, Options::default());
        assert!(text.contains("there before"), "{format}: {text}");
        assert!(text.contains("build/before"), "{format}: {text}");
    }
    let junit = written(&after, "junit", Options::default());
    assert!(
        junit.contains("<skipped message=\"there before: "),
        "{junit}"
    );
    // One more failure than before, and it fails.
    let mut clean = went_wrong();
    clean.retain(|c| c.outcome != Outcome::Fail || c.level != Level::Must);
    let clean = audit(clean, Vec::new(), false);
    let mut worse = before.clone();
    against(&mut worse, &clean, "clean");
    assert!(worse.gate.has_failed(), "{}", worse.gate.words());
}

#[test]
fn an_override_is_said_first_and_hides_nothing() {
    let mut audit = audit(went_wrong(), comparisons(), false);
    audit.gate.overridden = Some("INC-1: goes first".to_owned());
    assert!(audit.gate.is_met() && audit.gate.has_failed());
    let words = "gate overridden: INC-1: goes first (gate not met: ";
    assert!(
        audit.gate.words().starts_with(words),
        "{}",
        audit.gate.words()
    );
    for format in ["terminal", "markdown", "summary", "github", "sarif"] {
        let text = written(&audit, format, Options::default());
        let lower = text.to_lowercase();
        assert!(
            lower.contains("gate overridden: inc-1: goes first"),
            "{format}: {text}"
        );
    }
    // Nothing to override, nothing said.
    let met = quintet::decide::Gate {
        overridden: audit.gate.overridden.clone(),
        ..quintet::decide::Gate::default()
    };
    assert_eq!(met.words(), "gate met");
}

/// Puts a text into every place where a service, a registry or a file of somebody may have put it.
fn poisoned(poison: &str) -> Audit {
    let mut audit = audit(went_wrong(), comparisons(), false);
    let text = || poison.to_owned();
    for check in &mut audit.results.checks {
        (check.title, check.message) = (text(), text());
        (check.expected, check.seen) = (text(), text());
        check.asked = vec![text()];
        for (_, value) in &mut check.parameters {
            *value = text();
        }
        for location in &mut check.locations {
            (location.pointer, location.message) = (text(), text());
        }
        check.remarks = vec![remarks().remove(0).remark];
        check.remarks[0].text = text();
        check.remarks[0].by = text();
    }
    for comparison in &mut audit.results.comparisons {
        (comparison.title, comparison.message) = (text(), text());
        for group in &mut comparison.groups {
            group.value = text();
        }
    }
    for state in &mut audit.waivers {
        state.reason = text();
    }
    audit.run.shard = Some(text());
    audit.gate.overridden = Some(text());
    audit
}

const POISONS: &[&str] = &[
    "\u{1b}[2J\u{7}\0\u{9b}31m",
    "a\r\n::error file=x::owned\n::stop-commands::x\n::set-env name=PATH::/x",
    "\u{202e}gnitset\u{2066}\u{200f}\u{2028}",
    "]]></failure><script>alert(1)</script><!--",
    "|\n\n# Heading\n[link](javascript:alert(1)) ![i](https://x.example/y) `a``b`\n> quote",
    "=HYPERLINK(\"https://x.example\")",
    "%0A::error::x,file=y:z",
];

#[test]
fn no_value_leaves_its_place_in_any_format_of_a_gate() {
    let quiet = poisoned("quiet");
    let lines =
        |audit: &Audit, format: &str| written(audit, format, Options::default()).lines().count();
    let expected = lines(&quiet, "github");
    let headings = |text: &str| text.lines().filter(|l| l.starts_with('#')).count();
    let plain_headings = headings(&written(&quiet, "summary", Options::default()));
    for poison in POISONS {
        let audit = poisoned(poison);
        for format in [
            "github", "summary", "sarif", "junit", "terminal", "markdown",
        ] {
            let text = written(&audit, format, Options::default());
            let bad = text.chars().find(|c| {
                (c.is_control() && *c != '\n')
                    || matches!(c, '\u{200f}' | '\u{2028}' | '\u{202e}' | '\u{2066}')
            });
            assert_eq!(bad, None, "{format} with {poison:?}");
        }
        let text = written(&audit, "github", Options::default());
        assert_eq!(text.lines().count(), expected, "{text}");
        let is_ours = |line: &str| {
            ["::error ", "::warning ", "::notice "]
                .iter()
                .any(|c| line.starts_with(c))
        };
        assert!(text.lines().all(is_ours), "{text}");
        let text = written(&audit, "summary", Options::default());
        assert_eq!(headings(&text), plain_headings, "{text}");
        assert!(
            !text.contains("<script>") && !text.contains("![i]"),
            "{text}"
        );
        assert!(!text.replace("\\]", "").contains("](javascript:"), "{text}");
        holds_sarif(&audit);
        let junit = written(&audit, "junit", Options::default());
        assert!(!junit.contains("<script>"), "{junit}");
        well_formed(&junit);
    }
}

/// Holds that XML can be read to its end, by a reader that the writer does not use for this.
#[track_caller]
fn well_formed(xml: &str) {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut open = 0_i32;
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e}: {xml}")) {
            quick_xml::events::Event::Start(_) => open += 1,
            quick_xml::events::Event::End(_) => open -= 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0, "{xml}");
}
