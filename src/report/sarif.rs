//! SARIF: failures as results of a static analysis, at the lines of scenarios that were not met.
//!
//! Version 2.1.0. What code hosts do with it: annotate the lines of the suite, keep a list of open
//! alerts, and close those that are gone. So a result has a fingerprint that depends on id, registry
//! and axis values only.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Value, json};

use super::words::{clause, name_of, remarked, titled, withdrawn, word_of};
use super::{Format, Options};
use crate::audit::Audit;
use crate::fact::Digest;
use crate::judge::words::plain;
use crate::verdict::note::{Erratum, Remark};
use crate::verdict::results::{CheckResult, ComparisonResult, Place};
use crate::verdict::{Agreement, Disposition, Outcome, Weight};

/// The schema that the file follows.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Where the program is described.
const ABOUT: &str = env!("CARGO_PKG_NAME");

/// Writes failures for code hosts.
#[derive(Debug)]
pub(super) struct Sarif;

impl Format for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn summary(&self) -> &'static str {
        "SARIF 2.1.0: failures at the lines of scenarios, for code hosts"
    }

    fn file(&self) -> Option<&'static str> {
        Some("results.sarif")
    }

    fn is_kept(&self) -> bool {
        false
    }

    fn write(&self, audit: &Audit, _options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let mut rules = Rules::default();
        let mut results = Vec::new();
        for check in audit.results.checks.iter().filter(|c| is_told(c)) {
            results.push(result_of_check(audit, check, &mut rules));
        }
        for comparison in &audit.results.comparisons {
            if comparison.agreement == Agreement::Divergent && comparison.level.can_fail() {
                results.push(result_of_comparison(audit, comparison, &mut rules));
            }
        }
        let run = &audit.run;
        let mut log = json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": ABOUT,
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules.all,
                } },
                "automationDetails": { "id": format!("quintet/{}/", run.target) },
                "invocations": [{
                    "commandLine": run.reproduce,
                    "startTimeUtc": run.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                    // Whether the analysis itself came to its end, not whether it found something.
                    "executionSuccessful": !audit.results.partial,
                }],
                "columnKind": "unicodeCodePoints",
                "results": results,
                "properties": {
                    "gate": audit.gate.words(),
                    "suite": audit.results.suite,
                    "release": audit.release,
                    "target": run.target,
                    "vantage": run.vantage,
                    "run": run.id,
                },
            }],
        });
        make_plain(&mut log);
        serde_json::to_writer_pretty(&mut *sink, &log)?;
        sink.write_all(b"\n")
    }
}

/// Takes out of all texts what would move a cursor or change a direction: code hosts show them.
fn make_plain(value: &mut Value) {
    match value {
        Value::String(text) => {
            *text = plain(text);
        }
        Value::Array(items) => items.iter_mut().for_each(make_plain),
        Value::Object(members) => {
            let own = std::mem::take(members);
            for (name, mut value) in own {
                make_plain(&mut value);
                members.insert(plain(&name), value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Says whether a check is a result: a failure of a registry, or a gated check that could not be judged.
fn is_told(check: &CheckResult) -> bool {
    check.operator.is_registry()
        && match check.outcome {
            Outcome::Fail => true,
            Outcome::Error | Outcome::Inconclusive => check.gate == Weight::Unjudged,
            Outcome::Pass | Outcome::Skipped | Outcome::NotApplicable => false,
        }
}

/// Rules in the order of their first result.
#[derive(Default)]
struct Rules {
    all: Vec<Value>,
    places: BTreeMap<String, usize>,
}

impl Rules {
    /// Returns the place of a rule, which is added where it is new.
    fn place(&mut self, id: &str, title: &str, level: &'static str, refs: &[String]) -> usize {
        if let Some(place) = self.places.get(id) {
            return *place;
        }
        let clauses: Vec<String> = refs.iter().map(|r| clause(r)).collect();
        let mut rule = json!({
            "id": id,
            "shortDescription": { "text": word_of(title) },
            "defaultConfiguration": { "level": level },
            "properties": { "clauses": clauses },
        });
        if let (Some(url), Some(members)) =
            (refs.iter().find_map(|r| rfc_url(r)), rule.as_object_mut())
        {
            members.insert("helpUri".to_owned(), url.into());
        }
        let place = self.all.len();
        self.all.push(rule);
        self.places.insert(id.to_owned(), place);
        place
    }
}

/// Returns where a section of an RFC can be read; `None` for other documents.
fn rfc_url(reference: &str) -> Option<String> {
    let (document, section) = reference.split_once('#').unwrap_or((reference, ""));
    let number = document.strip_prefix("rfc")?;
    if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let section = if section.is_empty() {
        String::new()
    } else {
        format!("#section-{section}")
    };
    Some(format!(
        "https://www.rfc-editor.org/rfc/rfc{number}{section}"
    ))
}

/// Returns the level of a result: what fails the gate is an error, what counts a warning.
const fn level(weight: Weight, counts: bool) -> &'static str {
    match weight {
        Weight::Fails => "error",
        Weight::Unjudged => "none",
        Weight::None | Weight::Before if counts => "warning",
        Weight::None | Weight::Before => "note",
    }
}

fn result_of_check(audit: &Audit, check: &CheckResult, rules: &mut Rules) -> Value {
    let weight = check.gate;
    let level = level(weight, check.level.counts());
    let name = name_of(&audit.results, check.registry.as_str());
    let mut text = format!("{name}: {}", word_of(&check.message));
    if check.message.is_empty() {
        text = format!("{name}: {}", word_of(&check.title));
    }
    let rule = rules.place(&check.id, &check.title, level, &check.refs);
    let id = titled(&check.id, &check.parameters);
    let mut result = json!({
        "ruleId": check.id,
        "ruleIndex": rule,
        "kind": if weight == Weight::Unjudged { "open" } else { "fail" },
        "level": level,
        "message": { "text": text },
        "locations": [location(&check.source, &check.registry.to_string())],
        "partialFingerprints": { "quintet/v1": fingerprint(&[&id, check.registry.as_str(), check.operator.as_str()]) },
        "properties": {
            "registry": check.registry,
            "level": check.level,
            "outcome": check.outcome,
            "disposition": check.disposition,
            "gate": check.gate,
            "parameters": said_of(&check.parameters),
            "expected": word_of(&check.expected),
            "seen": word_of(&check.seen),
            "asked": check.asked.iter().map(|asked| word_of(asked)).collect::<Vec<_>>(),
            "evidence": check.evidence,
            "remarks": said(audit, &check.remarks),
        },
    });
    baseline(&mut result, audit, check.gate);
    suppress(
        &mut result,
        audit,
        check.disposition,
        check.waiver.as_deref(),
        check.erratum.as_ref(),
    );
    result
}

fn result_of_comparison(audit: &Audit, comparison: &ComparisonResult, rules: &mut Rules) -> Value {
    let level = level(comparison.gate, comparison.level.counts());
    let rule = rules.place(&comparison.id, &comparison.title, level, &comparison.refs);
    let id = titled(&comparison.id, &comparison.parameters);
    let groups: Vec<Value> = comparison
        .groups
        .iter()
        .map(|group| json!({ "value": word_of(&group.value), "members": group.members }))
        .collect();
    let mut result = json!({
        "ruleId": comparison.id,
        "ruleIndex": rule,
        "kind": "fail",
        "level": level,
        "message": { "text": format!("{}: {}", word_of(&comparison.title), word_of(&comparison.message)) },
        "locations": [location(&comparison.source, "all")],
        "partialFingerprints": { "quintet/v1": fingerprint(&[&id, "all"]) },
        "properties": {
            "agreement": comparison.agreement,
            "level": comparison.level,
            "disposition": comparison.disposition,
            "gate": comparison.gate,
            "parameters": said_of(&comparison.parameters),
            "roles": comparison.roles,
            "groups": groups,
            "remarks": said(audit, &comparison.remarks),
        },
    });
    baseline(&mut result, audit, comparison.gate);
    let (waiver, erratum) = (comparison.waiver.as_deref(), comparison.erratum.as_ref());
    suppress(&mut result, audit, comparison.disposition, waiver, erratum);
    result
}

fn said(audit: &Audit, remarks: &[Remark]) -> Vec<String> {
    remarks
        .iter()
        .map(|remark| remarked(audit, remark))
        .collect()
}

/// Returns the values of axes without characters that would move a cursor.
fn said_of(parameters: &BTreeMap<String, String>) -> BTreeMap<&str, String> {
    let each = parameters.iter();
    each.map(|(axis, value)| (axis.as_str(), word_of(value)))
        .collect()
}

/// Says whether a result is new since the run that the gate compares with.
fn baseline(result: &mut Value, audit: &Audit, weight: Weight) {
    if audit.gate.against.is_none() {
        return;
    }
    let state = match weight {
        Weight::Before => "unchanged",
        Weight::Fails | Weight::Unjudged => "new",
        Weight::None => return,
    };
    if let Some(members) = result.as_object_mut() {
        members.insert("baselineState".to_owned(), state.into());
    }
}

/// Says of a result that somebody answers for it, or that it was taken back.
fn suppress(
    result: &mut Value,
    audit: &Audit,
    disposition: Disposition,
    waiver: Option<&str>,
    erratum: Option<&Erratum>,
) {
    let why = match (disposition, waiver, erratum) {
        (Disposition::Known, Some(id), _) => {
            let state = audit.waivers.iter().find(|state| state.id == id);
            let reason = state.map_or("", |state| state.reason.as_str());
            format!("{id}: {}", word_of(reason))
        }
        (_, _, Some(erratum)) => withdrawn(erratum),
        (_, _, None) => return,
    };
    if let Some(members) = result.as_object_mut() {
        let suppression =
            json!([{ "kind": "external", "status": "accepted", "justification": why }]);
        members.insert("suppressions".to_owned(), suppression);
    }
}

/// Returns the line of the suite that was not met, and whose service did not meet it.
fn location(place: &Place, registry: &str) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": encoded(&place.file) },
            "region": { "startLine": place.line.max(1), "startColumn": place.column.max(1) },
        },
        "logicalLocations": [{ "name": registry, "kind": "resource" }],
    })
}

/// Returns a path as a relative URI (RFC 3986, section 4.2).
fn encoded(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if plain(byte) {
            uri.push(char::from(byte));
        } else {
            crate::judge::words::put!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// Returns what stays the same as long as a finding is there.
fn fingerprint(parts: &[&str]) -> String {
    let digest = Digest::of(parts.join("\n").as_bytes());
    digest.hex().chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_relative_uri() {
        assert_eq!(
            encoded("scenarios/rdap/help.yaml"),
            "scenarios/rdap/help.yaml"
        );
        assert_eq!(encoded("my suite/ä?.yaml"), "my%20suite/%C3%A4%3F.yaml");
    }

    #[test]
    fn sections_of_rfcs_are_linked() {
        let url = "https://www.rfc-editor.org/rfc/rfc9083#section-4.2";
        assert_eq!(rfc_url("rfc9083#4.2").as_deref(), Some(url));
        assert_eq!(rfc_url("nro-rdap-profile-0#6.4"), None);
        assert_eq!(rfc_url("rfc#1"), None);
    }
}
