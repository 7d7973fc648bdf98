//! Verdicts over observations made by hand: one small suite, every way a check can end.

use std::sync::Arc;

use quintet::audit::{Audit, Auditor, Run};
use quintet::decide::Mode;
use quintet::fact::{
    Facts, Failure, FailureKind, Finding, Inspected, Json, Key, Looked, Observation, Skipped,
    Subject, Value,
};
use quintet::plan::{Plan, Selection};
use quintet::registry::RegistryId;
use quintet::scenario::suite::Suite;
use quintet::scenario::{SuiteFile, read};
use quintet::verdict::results::{CheckResult, ComparisonResult, Planned};
use quintet::verdict::{Agreement, Cause, Operator, Outcome, Role};
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
    let plan = plan(suite);
    let run = Run {
        target: "test".to_owned(),
        kind: plan.target.kind,
        faults: Vec::new(),
        vantage: "here".to_owned(),
        started: STARTED.parse().unwrap(),
        partial: false,
        planned: Planned::default(),
        reproduce: String::new(),
        flags: Vec::new(),
    };
    let mut auditor = Auditor::new(suite, &plan.registries, run);
    for planned in &plan.scenarios {
        auditor.add(planned, observations);
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

#[track_caller]
fn passes(expect: &str) {
    let check = format!("    expect:\n      {expect}\n");
    let result = judged(&check, &[seen("apnic", body())]);
    assert_eq!(
        (result.outcome, result.message.as_str()),
        (Outcome::Pass, ""),
        "{expect}"
    );
}

#[track_caller]
fn fails(expect: &str, expected: &str, seen_words: &str) {
    let check = format!("    expect:\n      {expect}\n");
    let result = judged(&check, &[seen("apnic", body())]);
    assert_eq!(
        (
            result.outcome,
            result.expected.as_str(),
            result.seen.as_str()
        ),
        (Outcome::Fail, expected, seen_words),
        "{expect}: {}",
        result.message
    );
}

#[test]
fn scalar_matchers_say_what_they_expect_and_see() {
    passes("p.status: 200");
    fails("p.status: 404", "404", "200");
    passes("p.status: { not: 404 }");
    fails("p.status: { not: 200 }", "not 200", "200");
    passes("p.status: { one_of: [200, 404] }");
    fails(
        "p.status: { one_of: [301, 302] }",
        "one of 301 or 302",
        "200",
    );
    passes("p.status: { none_of: [500] }");
    fails(
        "p.status: { none_of: [200, 500] }",
        "none of 200 and 500",
        "200",
    );
    passes("p.headers.content-type: { media_type: application/rdap+json }");
    fails(
        "p.headers.content-type: { media_type: text/html }",
        "media type `text/html`",
        "`application/rdap+json; charset=utf-8`",
    );
    passes(
        "p.headers.content-type: { starts_with: application/, ends_with: utf-8, contains: rdap }",
    );
    fails(
        "p $.handle: { starts_with: AS }",
        "text that begins with `AS`",
        "`NET-1`",
    );
    fails(
        "p $.handle: { matches: '^AS[0-9]+$' }",
        "text that matches `^AS[0-9]+$`",
        "`NET-1`",
    );
    passes("p $.handle: { type: string }");
    fails("p $.handle: { type: integer }", "a whole number", "`NET-1`");
    passes("p $.handle: { present: true }");
    fails("p $.handle: { present: false }", "absent", "`NET-1`");
    passes("p $.nothing: { present: false }");
}

#[test]
fn what_is_absent_from_an_answer_fails() {
    fails("p $.nothing: { equals: x }", "`x`", "absent");
    fails("p.headers.etag: { present: true }", "present", "absent");
    fails("p $.nothing: { not: { equals: x } }", "not `x`", "absent");
    fails("p $.nothing: { empty: true }", "empty", "absent");
    fails(
        "p $.nothing[*]: { count: { min: 1 } }",
        "at least 1 item",
        "none",
    );
}

#[test]
fn bounds_keep_their_units() {
    fails(
        "p.body.bytes: { max: 250 MiB }",
        "at most 250 MiB",
        "312 MiB",
    );
    passes("p.body.bytes: { min: 1 KiB, max: 312 MiB }");
    fails("p.timing.total: { max: 10s }", "at most 10s", "12s 40ms");
    passes("p.body.bytes: { between: [1 MiB, 1 GiB] }");
    fails(
        "p.body.bytes: { between: [1 MiB, 2 MiB] }",
        "from 1 MiB to 2 MiB",
        "312 MiB",
    );
    passes("p $.count: { within: { of: 4, ratio: 30% } }");
    fails(
        "p $.count: { within: { of: 4, ratio: 10% } }",
        "within 10 % of 4",
        "3",
    );
    passes("p $.next: { after: \"2026-11-21T11:00:00Z\", before: \"2026-11-22T00:00:00Z\" }");
    fails(
        "p $.next: { expires_in: { min: 4h } }",
        "at least 4h ahead",
        "2026-11-21T12:00:00Z, 2h ahead",
    );
    passes("p $.events[0].eventDate: { age: { min: 24h } }");
    fails(
        "p $.next: { age: { max: 1h, min: 0s } }",
        "from 0s to 1h old",
        "2026-11-21T12:00:00Z, 2h ahead",
    );
}

#[test]
fn lists_and_nodes_are_looked_at_item_by_item() {
    passes(
        "p $.status: { contains: active, contains_all: [active, validated], unique: true, sorted: true }",
    );
    fails(
        "p $.status: { contains_all: [active, locked] }",
        "something that contains `active` and `locked`",
        "[`active`, `validated`]; missing: `locked`",
    );
    fails(
        "p $.status: { contains_none: [validated] }",
        "something that does not contain `validated`",
        "`validated` in [`active`, `validated`]",
    );
    passes("p $.links: { count: { equals: 3 } }");
    fails(
        "p $.links[?@.rel == 'about']: { count: { min: 1 } }",
        "at least 1 item",
        "none",
    );
    fails(
        "p $.links[*].rel: { unique: true }",
        "no item more than once",
        "`self` more than once",
    );
    passes("p $.links[*].rel: { any: { equals: up } }");
    fails(
        "p $.links[*].rel: { any: { equals: about } }",
        "some item `about`",
        "none of 3: [`self`, `up`, `self`]",
    );
    fails(
        "p $.links[*].rel: { none: { equals: up } }",
        "no item `up`",
        "`up`",
    );
    passes(
        "p $.status: { subset_of: [active, validated, locked], superset_of: [active], disjoint_from: [locked] }",
    );
    passes("p.prefixes: { covers: 192.0.2.128/25 }");
    fails(
        "p.prefixes: { covers: 198.51.100.0/24 }",
        "something that covers 198.51.100.0/24",
        "192.0.2.0/24; missing: 198.51.100.0/24",
    );
    passes("p.prefixes: { subset_of: 192.0.0.0/16 }");
    passes("p $.links: { empty: false }");
}

#[test]
fn failing_nodes_are_named_by_their_pointers() {
    let check = "    expect:\n      p $.links[*].href: { each: { starts_with: 'https://' } }\n";
    let result = judged(check, &[seen("apnic", body())]);
    assert_eq!(result.outcome, Outcome::Fail);
    assert_eq!(result.seen, "1 of 2 otherwise, the first `http://b/`");
    let places: Vec<&str> = result
        .locations
        .iter()
        .map(|l| l.pointer.as_str())
        .collect();
    assert_eq!(places, ["/links/1/href"]);
    assert_eq!(result.locations[0].document, "https://rdap.apnic.test/help");
    assert_eq!(result.findings, 1);
    assert_eq!(
        (result.source.file.as_str(), result.source.line),
        ("rdap/t.yaml", 12)
    );
}

#[test]
fn all_lines_of_an_expect_are_looked_at() {
    let check = "    expect:\n      p.status: 404\n      p $.handle: AS1\n";
    let result = judged(check, &[seen("apnic", body())]);
    assert_eq!(result.expected, "`p.status` 404; `p $.handle` `AS1`");
    assert_eq!(
        result.message,
        "`p.status`: expected 404, seen 200; `p $.handle`: expected `AS1`, seen `NET-1`"
    );
}

#[test]
fn expressions_show_their_message_and_what_they_read() {
    let check =
        "    expr: size(p.json.links) == 2\n    message: \"two links for ${p.json.handle}\"\n";
    let result = judged(check, &[seen("apnic", body())]);
    assert_eq!(result.outcome, Outcome::Fail);
    assert_eq!(result.expected, "two links for NET-1");
    let absent = judged("    expr: p.json.nothing == 1\n", &[seen("apnic", body())]);
    assert_eq!(
        (absent.outcome, absent.seen.as_str()),
        (Outcome::Fail, "absent")
    );
}

#[test]
fn a_failed_probe_is_no_verdict_on_its_content() {
    let lost = |kind| vec![failed(seen("apnic", body()), kind)];
    for check in [
        "    expect:\n      p.status: 200\n",
        "    expr: \"!has(p.json.x)\"\n",
        "    expr: p.json.x == 1 || true\n",
    ] {
        let result = judged(check, &lost(FailureKind::Timeout));
        assert_eq!(
            (result.outcome, result.cause),
            (Outcome::Inconclusive, Some(Cause::Timeout)),
            "{check}"
        );
        assert_eq!(
            result.message,
            "probe `p` failed: timeout: nothing within 20s"
        );
    }
    let guarded = judged(
        "    expr: p.ok && p.json.x == 1\n",
        &lost(FailureKind::Timeout),
    );
    assert_eq!(guarded.outcome, Outcome::Fail);
    let asked = judged("    expect:\n      p.ok: true\n", &lost(FailureKind::Tls));
    assert_eq!(
        (asked.outcome, asked.seen.as_str()),
        (Outcome::Fail, "false")
    );
    for (kind, outcome, cause) in [
        (
            FailureKind::Reset,
            Outcome::Inconclusive,
            Some(Cause::Blocked),
        ),
        (
            FailureKind::Connect,
            Outcome::Inconclusive,
            Some(Cause::Unreachable),
        ),
        (
            FailureKind::BodyLimit,
            Outcome::Inconclusive,
            Some(Cause::Unreadable),
        ),
        (FailureKind::Budget, Outcome::Skipped, None),
        (FailureKind::NotRecorded, Outcome::Error, None),
    ] {
        let result = judged("    expect:\n      p.status: 200\n", &lost(kind));
        assert_eq!((result.outcome, result.cause), (outcome, cause), "{kind}");
    }
}

#[test]
fn an_answer_without_observation_is_our_error() {
    let result = judged("    expect:\n      p.status: 200\n", &[]);
    assert_eq!(result.outcome, Outcome::Error);
    assert_eq!(result.message, "no observation of probe `p` was recorded");
}

#[test]
fn a_refusal_is_no_verdict_unless_it_is_the_question() {
    let answered = |status| vec![with_status(seen("apnic", json!({})), status)];
    for (check, status, outcome, cause) in [
        (
            "expect: { p.status: 200 }",
            429,
            Outcome::Inconclusive,
            Some(Cause::Blocked),
        ),
        (
            "expect: { p.status: 200 }",
            403,
            Outcome::Inconclusive,
            Some(Cause::Blocked),
        ),
        (
            "expect: { p.status: { not: 403 } }",
            403,
            Outcome::Fail,
            None,
        ),
        ("expr: p.status != 429", 429, Outcome::Fail, None),
        (
            "when: p.status == 429\n    expect: { p.headers.retry-after: { present: true } }",
            429,
            Outcome::Fail,
            None,
        ),
        ("expect: { p.status: 200 }", 500, Outcome::Fail, None),
        ("expect: { p.status: 200 }", 501, Outcome::Fail, None),
        (
            "expect: { p $.handle: x }",
            500,
            Outcome::Inconclusive,
            Some(Cause::ServerError),
        ),
        (
            "expect: { p.status: 200, p $.handle: x }",
            503,
            Outcome::Inconclusive,
            Some(Cause::ServerError),
        ),
        ("expect: { p $.handle: x }", 501, Outcome::Fail, None),
        ("expect: { p $.handle: x }", 404, Outcome::Fail, None),
    ] {
        let result = judged(&format!("    {check}\n"), &answered(status));
        assert_eq!(
            (result.outcome, result.cause),
            (outcome, cause),
            "{check} {status}: {}",
            result.message
        );
    }
}

#[test]
fn skipped_probes_say_why() {
    for (skipped, outcome) in [
        (
            Skipped::NotApplicable {
                reason: "no redirect".to_owned(),
            },
            Outcome::NotApplicable,
        ),
        (
            Skipped::Skipped {
                reason: "no redirect".to_owned(),
            },
            Outcome::Skipped,
        ),
        (
            Skipped::Error {
                reason: "no redirect".to_owned(),
            },
            Outcome::Error,
        ),
    ] {
        let mut observation = seen("apnic", body());
        observation.facts = Facts::new();
        observation.skipped = Some(skipped);
        for check in [
            "    expect:\n      p.status: 200\n",
            "    expr: p.status == 200\n",
        ] {
            let result = judged(check, std::slice::from_ref(&observation));
            assert_eq!(
                (result.outcome, result.message.as_str()),
                (outcome, "no redirect"),
                "{check}"
            );
        }
    }
}

#[test]
fn conditions_needs_and_requirements_hold_checks_back() {
    let when = judged(
        "    when: p.status == 404\n    expect:\n      p.status: 200\n",
        &[seen("apnic", body())],
    );
    assert_eq!(when.outcome, Outcome::NotApplicable);
    assert_eq!(when.message, "only when `p.status == 404`");
    let needs = judged(
        "    needs: [rdap.nameserver]\n    expect:\n      p.status: 200\n",
        &[seen("apnic", body())],
    );
    assert_eq!(
        (needs.outcome, needs.message.as_str()),
        (
            Outcome::NotApplicable,
            "APNIC declares that it has no `rdap.nameserver`"
        )
    );
    let chain = "    requires: [b]\n    expect:\n      p.status: 200\n  - id: b\n    title: B\n    requires: [a]\n    expect:\n      p.status: 200\n  - id: a\n    title: A\n    expect:\n      p.status: 404\n";
    let result = judged(chain, &[seen("apnic", body())]);
    assert_eq!(
        (result.outcome, result.message.as_str()),
        (Outcome::Skipped, "requires `t/b`, which is skipped")
    );
}

#[test]
fn attempts_that_differ_make_a_check_flaky() {
    let mut second = seen("apnic", body());
    second.key.attempt = 2;
    let first = failed(seen("apnic", body()), FailureKind::Reset);
    let asks_ok = "    expect:\n      p.ok: true\n";
    let result = judged(asks_ok, &[second.clone(), first.clone()]);
    assert_eq!((result.outcome, result.flaky), (Outcome::Pass, true));
    assert_eq!(result.disposition.as_str(), "flaky");
    let reads_content = judged("    expect:\n      p.status: 200\n", &[first, second]);
    assert_eq!(
        (reads_content.outcome, reads_content.flaky),
        (Outcome::Pass, false)
    );
}

#[test]
fn at_observe_nothing_fails() {
    let result = judged(
        "    level: observe\n    expect:\n      p.status: 404\n",
        &[seen("apnic", body())],
    );
    assert_eq!(result.outcome, Outcome::NotApplicable);
    assert_eq!(
        result.message,
        "observed only: `p.status`: expected 404, seen 200"
    );
}

#[test]
fn within_announced_maintenance_there_is_no_verdict() {
    let scenario = scenario("    expect:\n      p.status: 404\n");
    let window = "{ from: 2026-11-21T09:00:00Z, until: 2026-11-21T11:00:00Z, source: https://status.apnic.test/1 }";
    let target =
        format!("target: test\nkind: mock\nregistries:\n  apnic: {{ maintenance: [{window}] }}\n");
    let suite = suite(&scenario, &[("targets/test.yaml", &target)]);
    let audit = audit(&suite, &[seen("apnic", body())]);
    let check = &audit.results.checks[0];
    assert_eq!(
        (check.outcome, check.cause),
        (Outcome::Inconclusive, Some(Cause::Maintenance))
    );
}

#[test]
fn rules_pass_fail_or_have_nothing_to_look_at() {
    let scenario = "scenario: t\ntitle: A test\nregistries: [apnic, arin, lacnic, ripe-ncc]\nlevel: must\nprobes:\n  p: { rdap: help }\nchecks:\n  - rules: [rdap.link.self-type]\n    of: p\n";
    let inspected = |looked: bool, places: &[&str]| {
        let rule: Arc<str> = Arc::from("rdap.link.self-type");
        Some(Inspected {
            looked: Looked::of(looked.then_some("rdap.link.self-type")),
            findings: places
                .iter()
                .map(|place| Finding {
                    rule: Arc::clone(&rule),
                    location: (*place).to_owned(),
                    message: "self link without `type`".to_owned(),
                })
                .collect(),
            ..Inspected::default()
        })
    };
    let observation = |registry: &str, inspected| {
        let mut observation = seen(registry, body());
        observation.inspected = inspected;
        observation
    };
    let audit = audit(
        &suite(scenario, &[]),
        &[
            observation("apnic", inspected(true, &[])),
            observation("arin", inspected(true, &["/links/0", "/links/2"])),
            observation("lacnic", inspected(false, &[])),
            with_status(observation("ripe-ncc", inspected(true, &["/links/0"])), 500),
        ],
    );
    let told: Vec<(Outcome, &str, u64)> = audit
        .results
        .checks
        .iter()
        .map(|c| (c.outcome, c.message.as_str(), c.findings))
        .collect();
    assert_eq!(
        told,
        [
            (Outcome::Pass, "", 0),
            (
                Outcome::Fail,
                "self link without `type`, and at 1 more place",
                2
            ),
            (Outcome::NotApplicable, "nothing to look at", 0),
            (
                Outcome::Inconclusive,
                "probe `p` was answered with status 500",
                0
            ),
        ]
    );
    let failing = &audit.results.checks[1];
    assert_eq!(failing.title, "Self links have a type.");
    assert_eq!(failing.id, "rdap.link.self-type");
    assert_eq!(failing.locations[1].pointer, "/links/2");
}

#[test]
fn what_others_operate_is_judged_under_their_name_and_fails_no_registry() {
    let scenario = "scenario: t\ntitle: A test\nregistries: [apnic]\nlevel: must\nprobes:\n  p: { rdap: help }\nchecks:\n  - rules: [rdap.link.self-type]\n    of: p\n";
    let finding = |location: &str| Finding {
        rule: Arc::from("rdap.link.self-type"),
        location: location.to_owned(),
        message: "self link without `type`".to_owned(),
    };
    let part = |places: &[&str]| Inspected {
        looked: Looked::of(["rdap.link.self-type"]),
        findings: places.iter().map(|place| finding(place)).collect(),
        ..Inspected::default()
    };
    let mut observation = seen("apnic", body());
    observation.inspected = Some(Inspected {
        others: [
            (Operator::DelegatedCa, part(&["/links/1", "/links/2"])),
            (Operator::Nir, part(&[])),
        ]
        .into(),
        ..part(&[])
    });
    let audit = audit(&suite(scenario, &[]), &[observation]);
    let told: Vec<(&str, Operator, Outcome, u64)> = audit
        .results
        .checks
        .iter()
        .map(|c| (c.id.as_str(), c.operator, c.outcome, c.findings))
        .collect();
    let link = "rdap.link.self-type";
    assert_eq!(
        told,
        [
            (link, Operator::RirService, Outcome::Pass, 0),
            (link, Operator::DelegatedCa, Outcome::Fail, 2),
            (link, Operator::Nir, Outcome::Pass, 0),
        ]
    );
    assert!(!audit.gate.has_failed());
    let others = &audit.results.summary.by_operator;
    assert_eq!(others[&Operator::DelegatedCa][&Outcome::Fail], 1);
}

/// Compares `value` of five registries by a rule, written as the keys of a comparison.
#[track_caller]
fn compared(keys: &str, values: [JsonValue; 5]) -> ComparisonResult {
    let scenario = format!(
        "scenario: t\ntitle: A test\nregistries: all\nlevel: must\nref: rfc9083#4\nprobes:\n  p: {{ rdap: help }}\ncompare:\n  - id: x\n    title: They agree\n{keys}"
    );
    let observations: Vec<Observation> = REGISTRIES
        .iter()
        .zip(values)
        .map(|(registry, value)| {
            if value == json!("timeout") {
                failed(seen(registry, json!({})), FailureKind::Timeout)
            } else {
                seen(registry, json!({ "v": value }))
            }
        })
        .collect();
    let forward = audit(&suite(&scenario, &[]), &observations);
    let backward: Vec<Observation> = observations.into_iter().rev().collect();
    let again = audit(&suite(&scenario, &[]), &backward);
    assert_eq!(
        forward.results.comparisons, again.results.comparisons,
        "order matters"
    );
    forward.results.comparisons.into_iter().next().unwrap()
}

fn roles(comparison: &ComparisonResult) -> String {
    let word = |role: &Role| role.as_str().chars().take(2).collect::<String>();
    comparison
        .roles
        .values()
        .map(word)
        .collect::<Vec<_>>()
        .join(" ")
}

#[track_caller]
fn comparing(
    keys: &str,
    values: [JsonValue; 5],
    agreement: Agreement,
    expected: &str,
    message: &str,
) {
    let result = compared(keys, values);
    assert_eq!(
        (
            result.agreement,
            roles(&result).as_str(),
            result.message.as_str()
        ),
        (agreement, expected, message),
        "{keys}"
    );
}

const EQUAL: &str = "    value: p.json.v\n    rule: equal\n";

#[test]
fn equal_values_agree_and_others_form_groups() {
    let result = compared(
        EQUAL,
        [json!(["b", "a"]), json!(1), json!(1), json!(2), json!(1)],
    );
    assert_eq!(result.agreement, Agreement::Divergent);
    let groups: Vec<(&str, String)> = result
        .groups
        .iter()
        .map(|g| (g.value.as_str(), g.members.join(" ")))
        .collect();
    assert_eq!(
        groups,
        [
            ("1", "apnic arin ripe-ncc".to_owned()),
            ("[`b`, `a`]", "afrinic".to_owned()),
            ("2", "lacnic".to_owned())
        ]
    );
    comparing(
        EQUAL,
        [1, 1, 1, 1, 1].map(JsonValue::from),
        Agreement::Consistent,
        "ag ag ag ag ag",
        "",
    );
    comparing(
        EQUAL,
        [1, 1, 1, 1, 2].map(JsonValue::from),
        Agreement::Divergent,
        "di di di di di",
        "2 different values",
    );
    let outlier = format!("{EQUAL}    attribute: outlier\n");
    comparing(
        &outlier,
        [1, 1, 1, 1, 2].map(JsonValue::from),
        Agreement::Divergent,
        "ag ag ag ag ou",
        "2 different values",
    );
    // Two largest groups: nobody can say who stands apart.
    comparing(
        &outlier,
        [1, 1, 2, 2, 3].map(JsonValue::from),
        Agreement::Divergent,
        "di di di di di",
        "3 different values",
    );
    let lists = [
        json!(["A", "b"]),
        json!(["b", "a"]),
        json!(["a", "b"]),
        json!(["B", "A"]),
        json!(["b", "A"]),
    ];
    assert_eq!(compared(EQUAL, lists.clone()).groups.len(), 5);
    let lowered = format!("{EQUAL}    normalize: [lower, sort]\n");
    comparing(&lowered, lists, Agreement::Consistent, "ag ag ag ag ag", "");
}

#[test]
fn a_missing_value_is_what_the_comparison_says() {
    let lost = [json!(1), json!(1), json!("timeout"), json!(1), json!(1)];
    let why = "no value from arin: probe `p` failed: timeout: nothing within 20s";
    comparing(
        EQUAL,
        lost.clone(),
        Agreement::NotComparable,
        "ag ag ab ag ag",
        why,
    );
    comparing(
        &format!("{EQUAL}    missing: exclude\n"),
        lost.clone(),
        Agreement::Consistent,
        "ag ag ab ag ag",
        "",
    );
    comparing(
        &format!("{EQUAL}    missing: outlier\n    attribute: outlier\n"),
        lost,
        Agreement::Divergent,
        "ag ag ou ag ag",
        why,
    );
    // What is already different stays different, whatever the missing one would say.
    let broken = [json!(1), json!(2), json!("timeout"), json!(1), json!(1)];
    comparing(
        EQUAL,
        broken,
        Agreement::Divergent,
        "di di ab di di",
        &format!("2 different values; {why}"),
    );
    let few = [
        json!(1),
        json!(1),
        json!("timeout"),
        json!("timeout"),
        json!("timeout"),
    ];
    assert_eq!(compared(EQUAL, few).agreement, Agreement::Insufficient);
    let excluded = format!("{EQUAL}    when: registry.id != 'arin'\n");
    comparing(
        &excluded,
        [json!(1), json!(1), json!(9), json!(1), json!(1)],
        Agreement::Consistent,
        "ag ag ex ag ag",
        "",
    );
}

#[test]
fn every_rule_of_comparison_holds_and_breaks() {
    let rule = |rule: &str| format!("    value: p.json.v\n    rule: {rule}\n");
    let n = |values: [i64; 5]| values.map(JsonValue::from);
    let all = "ag ag ag ag ag";
    comparing(
        &rule("one_of\n    args: { values: [1, 2] }"),
        n([1, 2, 1, 2, 1]),
        Agreement::Consistent,
        all,
        "",
    );
    comparing(
        &rule("one_of\n    args: { values: [1, 2] }"),
        n([1, 2, 3, 2, 1]),
        Agreement::Divergent,
        "ag ag di ag ag",
        "arin has 3 not 1 or 2",
    );
    comparing(
        &rule("within_ratio\n    args: { ratio: 2 }"),
        n([10, 12, 20, 11, 10]),
        Agreement::Consistent,
        all,
        "",
    );
    comparing(
        &rule("within_ratio\n    args: { ratio: 2 }\n    attribute: outlier"),
        n([10, 12, 50, 11, 10]),
        Agreement::Divergent,
        "ag ag ou ag ag",
        "afrinic has 10 and arin has 50; expected at most 2 times the smallest",
    );
    comparing(
        &rule("within_abs\n    args: { abs: 2, reference: median }"),
        n([10, 12, 11, 9, 10]),
        Agreement::Consistent,
        all,
        "",
    );
    comparing(
        &rule("within_abs\n    args: { abs: 2, reference: apnic }"),
        n([10, 20, 19, 21, 20]),
        Agreement::Divergent,
        "di ag ag ag ag",
        "afrinic has 10; expected within 2 of apnic",
    );
    let text = |values: [&str; 5]| values.map(JsonValue::from);
    let flags = |values: [bool; 5]| values.map(JsonValue::from);
    comparing(
        &rule("exactly_one"),
        flags([false, true, false, false, false]),
        Agreement::Consistent,
        all,
        "",
    );
    comparing(
        &rule("exactly_one\n    attribute: outlier"),
        flags([true, true, false, false, false]),
        Agreement::Divergent,
        "ou ou ag ag ag",
        "afrinic and apnic; expected exactly one",
    );
    comparing(
        &rule("exactly_one"),
        flags([false; 5]),
        Agreement::Divergent,
        "di di di di di",
        "nobody; expected exactly one",
    );
    comparing(
        &rule("at_most_one"),
        flags([false; 5]),
        Agreement::Consistent,
        all,
        "",
    );
    comparing(
        &rule("quorum\n    args: { agree: 4, of: 5 }"),
        n([1, 1, 1, 1, 2]),
        Agreement::Consistent,
        "ag ag ag ag di",
        "",
    );
    comparing(
        &rule("quorum\n    args: { agree: 4, of: 5 }"),
        n([1, 1, 1, 2, 2]),
        Agreement::Divergent,
        "di di di di di",
        "3 of 5 agree; expected at least 4 of 5",
    );
    let sets = [
        json!(["a", "b"]),
        json!(["a", "b", "x"]),
        json!(["a"]),
        json!(["b", "a"]),
        json!(["a", "b"]),
    ];
    comparing(
        &rule("subset_of_common"),
        sets,
        Agreement::Divergent,
        "ag ag di ag ag",
        "arin lacks `b`",
    );
    let prefixes = text([
        "10.0.0.0/8",
        "11.0.0.0/8",
        "12.0.0.0/8",
        "10.1.0.0/16",
        "13.0.0.0/8",
    ]);
    comparing(
        &rule("disjoint"),
        prefixes.clone(),
        Agreement::Divergent,
        "di ag ag di ag",
        "afrinic and lacnic have 10.1.0.0/16 in common",
    );
    comparing(
        &rule("union_covers\n    args: { set: \"${['10.0.0.0/7', '14.0.0.0/16']}\" }"),
        prefixes,
        Agreement::Divergent,
        "di di di di di",
        "nobody covers 14.0.0.0/16",
    );
    let steps = |late: &str| json!({"logged": "2026-11-01T00:00:00Z", "rdap": late});
    let ordered = "ordered\n    args: { sequence: [logged, rdap] }";
    let good = steps("2026-11-02T00:00:00Z");
    comparing(
        &rule(ordered),
        [
            good.clone(),
            good.clone(),
            good.clone(),
            good.clone(),
            good.clone(),
        ],
        Agreement::Consistent,
        all,
        "",
    );
    let result = compared(
        &rule(ordered),
        [
            good.clone(),
            steps("2026-10-01T00:00:00Z"),
            good.clone(),
            good.clone(),
            good,
        ],
    );
    assert_eq!(
        (result.agreement, roles(&result).as_str()),
        (Agreement::Divergent, "ag di ag ag ag")
    );
    comparing(
        &rule("report"),
        [json!(1), json!(2), json!("timeout"), json!(3), json!(4)],
        Agreement::Consistent,
        "ag ag ab ag ag",
        "",
    );
}

#[test]
fn documents_that_differ_say_where() {
    let one = json!({"a": 1, "b": {"c": 1}});
    let other = json!({"b": {"c": 2, "d": 1}, "a": 1});
    comparing(
        EQUAL,
        [one.clone(), one.clone(), one.clone(), one, other],
        Agreement::Divergent,
        "di di di di di",
        "2 different values; they differ at `/b/c` and `/b/d`",
    );
}

#[test]
fn a_sampled_axis_has_one_result_with_counts() {
    let scenario = "scenario: t\ntitle: A test\nregistries: [apnic]\nlevel: must\nref: rfc9083#4\nmatrix:\n  kind: [a, b]\n  n: { sample: { from: registry.samples.n, count: 300 } }\nprobes:\n  p: { rdap: \"ip/${n}\" }\nchecks:\n  - id: c\n    title: It holds\n    expect:\n      p.status: 200\n";
    let list: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    let target = format!(
        "target: test\nkind: mock\nregistries:\n  apnic: {{ samples: {{ n: [{}] }} }}\n",
        list.join(", ")
    );
    let suite = suite(scenario, &[("targets/test.yaml", &target)]);
    let mut observations = Vec::new();
    for kind in ["a", "b"] {
        for n in 0..300 {
            let status = if kind == "a" && n % 2 == 0 { 404 } else { 200 };
            let mut observation = with_status(seen("apnic", body()), status);
            observation.key.instance = Arc::from(format!("kind={kind},n={n}"));
            observations.push(observation);
        }
    }
    let results = audit(&suite, &observations).results;
    assert_eq!(results.checks.len(), 2);
    let [a, b] = results.checks.as_slice() else {
        panic!("two results");
    };
    assert_eq!(a.parameters["kind"], "a");
    assert_eq!(
        a.message,
        "fail in 150 of 300, first: `p.status`: expected 200, seen 404"
    );
    let sampled = a.sampled.as_ref().unwrap();
    assert_eq!(
        (
            sampled.counts[&Outcome::Fail],
            sampled.counts[&Outcome::Pass]
        ),
        (150, 150)
    );
    assert_eq!(sampled.shown.len(), 100);
    assert_eq!((b.outcome, b.message.as_str()), (Outcome::Pass, ""));
}

/// Compares over a matrix `kind: [a, b]`, with one value for each registry and kind.
fn compared_over_kinds(
    keys: &str,
    value: impl Fn(&str, &str) -> JsonValue,
) -> Vec<ComparisonResult> {
    let scenario = format!(
        "scenario: t\ntitle: A test\nregistries: all\nlevel: must\nref: rfc9083#4\nmatrix:\n  kind: [a, b]\nprobes:\n  p: {{ rdap: \"help?${{kind}}\" }}\ncompare:\n  - id: x\n    title: They agree\n    value: p.json.v\n    rule: equal\n{keys}"
    );
    let mut observations = Vec::new();
    for registry in REGISTRIES {
        for kind in ["a", "b"] {
            let mut observation = seen(registry, json!({ "v": value(registry, kind) }));
            observation.key.instance = Arc::from(format!("kind={kind}"));
            observations.push(observation);
        }
    }
    audit(&suite(&scenario, &[]), &observations)
        .results
        .comparisons
}

#[test]
fn a_matrix_is_held_fixed_or_compared_within_each_registry() {
    let fixed = compared_over_kinds("", |_, kind| json!(kind));
    let told: Vec<(&str, Agreement)> = fixed
        .iter()
        .map(|c| (c.parameters["kind"].as_str(), c.agreement))
        .collect();
    assert_eq!(
        told,
        [("a", Agreement::Consistent), ("b", Agreement::Consistent)]
    );
    let within = "    across: kind\n    min_participants: 2\n";
    let across = compared_over_kinds(within, |registry, kind| {
        json!(if registry == "arin" { kind } else { "same" })
    });
    let told: Vec<(&str, Agreement, usize)> = across
        .iter()
        .map(|c| {
            (
                c.parameters["registry"].as_str(),
                c.agreement,
                c.roles.len(),
            )
        })
        .collect();
    assert_eq!(
        told,
        REGISTRIES.map(|registry| {
            let agreement = if registry == "arin" {
                Agreement::Divergent
            } else {
                Agreement::Consistent
            };
            (registry, agreement, 2)
        })
    );
    let grouped = compared_over_kinds(
        "    group_by: p.json.v\n    min_participants: 2\n",
        |registry, _| json!(if registry < "b" { "early" } else { "late" }),
    );
    let told: Vec<(&str, usize)> = grouped
        .iter()
        .filter(|c| c.parameters["kind"] == "a")
        .map(|c| (c.parameters["group"].as_str(), c.roles.len()))
        .collect();
    assert_eq!(told, [("early", 3), ("late", 2)]);
}

#[test]
fn samples_of_each_registry_are_compared_by_their_place() {
    let scenario = "scenario: t\ntitle: A test\nregistries: all\nlevel: must\nref: rfc9083#4\nmatrix:\n  net: \"${registry.samples.nets}\"\nprobes:\n  p: { rdap: \"ip/${net}\" }\ncompare:\n  - id: x\n    title: They agree\n    value: p.json.v\n    rule: equal\n";
    let mut target = String::from("target: test\nkind: mock\nregistries:\n");
    let mut observations = Vec::new();
    for registry in REGISTRIES {
        target.push_str(&format!(
            "  {registry}: {{ samples: {{ nets: [{registry}-four, {registry}-six] }} }}\n"
        ));
        for kind in ["four", "six"] {
            let mut observation = seen(registry, json!({ "v": kind }));
            observation.key.instance = Arc::from(format!("net={registry}-{kind}"));
            observations.push(observation);
        }
    }
    let suite = suite(scenario, &[("targets/test.yaml", &target)]);
    let comparisons = audit(&suite, &observations).results.comparisons;
    let told: Vec<(&str, Agreement, u64)> = comparisons
        .iter()
        .map(|c| {
            (
                c.parameters["net"].as_str(),
                c.agreement,
                c.participants.have,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("#1", Agreement::Consistent, 5),
            ("#2", Agreement::Consistent, 5)
        ]
    );
}
