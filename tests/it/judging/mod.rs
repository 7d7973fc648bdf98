//! Verdicts over observations made by hand: one small suite, every way a check can end.

mod checks;
mod comparisons;
mod kept;
mod matchers;
mod matrix;
mod over_time;
mod sets;

use std::sync::Arc;

use quintet::audit::{Audit, Auditor, Run};
use quintet::decide::Mode;
use quintet::fact::{Facts, Failure, FailureKind, Json, Key, Observation, Subject, Value};
use quintet::plan::{Plan, Selection};
use quintet::registry::RegistryId;
use quintet::scenario::suite::Suite;
use quintet::scenario::{SuiteFile, read};
use quintet::verdict::baseline::Baselines;
use quintet::verdict::results::{CheckResult, Planned};
use serde_json::{Value as JsonValue, json};

const STARTED: &str = "2026-11-21T10:00:00Z";

const REGISTRIES: [&str; 5] = ["afrinic", "apnic", "arin", "lacnic", "ripe-ncc"];

const BASE: &[(&str, &str)] = &[
    ("suite.yaml", "release: \"0.2\"\n"),
    (
        "policies/default.yaml",
        "policy: default\ntitle: Requirements gate\ngate: must\nflaky_fails: false\n",
    ),
    (
        "clauses/rfc9083.yaml",
        "document: rfc9083\ntitle: JSON responses\nurl: https://www.rfc-editor.org/rfc/rfc9083.html\nstatus: rfc\nsections:\n  - {section: \"4\", title: Common, verified: 2026-11-21}\n",
    ),
    (
        "targets/test.yaml",
        "target: test\nkind: mock\nregistries:\n  afrinic: {}\n  apnic: {}\n  arin: {}\n  lacnic: {}\n  ripe-ncc: {}\n",
    ),
    (
        "catalog/rdap.yaml",
        "catalog: rdap\nentries:\n  - id: rdap.link.self-type\n    sentence: Self links have a type.\n    by: rule\n    document: rdap\n    level: should\n    ref: [rfc9083#4]\n",
    ),
];

fn suite(scenario: &str, further: &[(&str, &str)]) -> Suite {
    let mut files: Vec<SuiteFile> = BASE
        .iter()
        .filter(|(path, _)| !further.iter().any(|(own, _)| own == path))
        .chain(further)
        .map(|(path, text)| SuiteFile::new(path, path, text))
        .collect();
    for registry in REGISTRIES {
        let text = format!(
            "registry: {registry}\nname: {}\nrdap: {{ base: \"https://rdap.{registry}.test/\" }}\ncapabilities: {{ rdap.nameserver: {} }}\nsources:\n  rdap.base: {{ source: made up, date: 2026-11-21 }}\n  capabilities: {{ source: made up, date: 2026-11-21 }}\n",
            registry.to_uppercase(),
            registry == "lacnic"
        );
        let path = format!("registries/{registry}.yaml");
        files.push(SuiteFile::new(&path, &path, &text));
    }
    files.push(SuiteFile::new("rdap/t.yaml", "rdap/t.yaml", scenario));
    let reading = read(&files);
    let errors: Vec<&str> = reading.errors.iter().map(|e| e.message.as_str()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{scenario}");
    reading.suite
}

fn plan(suite: &Suite) -> Plan {
    let target = suite.targets.get("test").unwrap();
    quintet::plan::make(
        suite,
        target,
        &Selection::default(),
        "here",
        STARTED.parse().unwrap(),
    )
    .unwrap()
}

/// Returns the observation of the probe `p` at a registry: status 200 and a JSON body.
fn seen(registry: &str, body: JsonValue) -> Observation {
    let mut facts = Facts::new();
    facts.set("status", Value::Count(200));
    facts.set(
        "url",
        Value::text(format!("https://rdap.{registry}.test/help")),
    );
    facts.set(
        "headers.content-type",
        Value::text("application/rdap+json; charset=utf-8"),
    );
    facts.set("body.bytes", Value::Bytes(312 << 20));
    facts.set(
        "timing.total",
        Value::Duration(jiff::SignedDuration::from_millis(12_040)),
    );
    facts.set(
        "prefixes",
        Value::Addresses("192.0.2.0/24".parse().unwrap()),
    );
    facts.set("json", Value::Json(Json::new(body)));
    Observation {
        key: Key {
            scenario: Arc::from("t"),
            instance: Arc::from(""),
            subject: Subject::Registry(RegistryId::parse(registry).unwrap()),
            asked: Some(RegistryId::parse(registry).unwrap()),
            target: Arc::from("test"),
            probe: Arc::from("p"),
            tick: 0,
            attempt: 1,
            vantage: Arc::from("here"),
        },
        at: STARTED.parse().unwrap(),
        failure: None,
        skipped: None,
        facts,
        inspected: None,
        asked: vec![format!("GET https://rdap.{registry}.test/help 200")],
        evidence: Vec::new(),
    }
}

fn with_status(mut observation: Observation, status: i64) -> Observation {
    observation.facts.set("status", Value::Count(status));
    observation
}

fn failed(mut observation: Observation, kind: FailureKind) -> Observation {
    observation.facts = Facts::new();
    observation.failure = Some(Failure {
        kind,
        detail: "nothing within 20s".to_owned(),
    });
    observation
}

fn audit(suite: &Suite, observations: &[Observation]) -> Audit {
    audit_beside(suite, observations, &Baselines::none())
}

/// Judges beside what was accepted.
fn audit_beside(suite: &Suite, observations: &[Observation], baselines: &Baselines) -> Audit {
    let plan = plan(suite);
    let run = Run {
        id: String::new(),
        target: "test".to_owned(),
        kind: plan.target.kind,
        faults: Vec::new(),
        vantage: "here".to_owned(),
        started: STARTED.parse().unwrap(),
        partial: false,
        planned: Planned::default(),
        parts: Vec::new(),
        reproduce: String::new(),
        flags: Vec::new(),
        file: None,
        shard: None,
    };
    let mut auditor = Auditor::new(suite, &plan.registries, run).beside(baselines);
    for planned in &plan.scenarios {
        auditor.add(planned, observations, &[]);
    }
    auditor.finish(suite.policies.get("default").unwrap(), Mode::Gate, &[])
}

/// A scenario with one check `c` on the probe `p`.
fn scenario(check: &str) -> String {
    format!(
        "scenario: t\ntitle: A test\nregistries: [apnic]\nlevel: must\nref: rfc9083#4\nprobes:\n  p: {{ rdap: help }}\nchecks:\n  - id: c\n    title: It holds\n{check}"
    )
}

/// Judges one check, indented by four, over observations of APNIC.
#[track_caller]
fn judged(check: &str, observations: &[Observation]) -> CheckResult {
    let suite = suite(&scenario(check), &[]);
    let audit = audit(&suite, observations);
    let mut checks = audit.results.checks.into_iter().filter(|c| c.id == "t/c");
    checks.next().unwrap()
}

fn body() -> JsonValue {
    json!({
        "status": ["active", "validated"],
        "handle": "NET-1",
        "startAddress": "192.0.2.0",
        "links": [{"rel": "self", "href": "https://a/"}, {"rel": "up", "href": "http://b/"}, {"rel": "self"}],
        "events": [{"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"}],
        "next": "2026-11-21T12:00:00Z",
        "count": 3
    })
}
