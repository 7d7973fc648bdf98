//! Tests of the room as a whole: every trap that was met has one.

mod language;
mod mistakes;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as JsonValue, json};

use super::*;
use crate::fact::vocabulary::ProbeKind;
use crate::fact::{
    Digest, Facts, Failure, FailureKind, Json, Key, Observation, Skipped, Subject, Value,
};

fn at() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn observation(facts: Facts) -> Observation {
    Observation {
        key: Key {
            scenario: Arc::from("rdap.help"),
            instance: Arc::from(""),
            subject: Subject::Shared,
            asked: None,
            target: Arc::from("mock"),
            probe: Arc::from("help"),
            tick: 0,
            attempt: 1,
            vantage: Arc::from("here"),
        },
        at: at(),
        failure: None,
        skipped: None,
        facts,
        inspected: None,
        asked: Vec::new(),
        evidence: Vec::new(),
    }
}

fn help() -> Observation {
    let mut facts = Facts::new();
    facts.set("status", Value::Count(200));
    facts.set("redirect", Value::Flag(false));
    facts.set("headers.content-type", Value::text("application/rdap+json"));
    facts.set("headers.etag", Value::text("\"x\""));
    facts.set("body.bytes", Value::Bytes(312));
    facts.set(
        "timing.total",
        Value::Duration(SignedDuration::from_millis(1500)),
    );
    facts.set(
        "prefixes",
        Value::Addresses("192.0.2.0/24".parse().unwrap()),
    );
    let mut hop = Facts::new();
    hop.set("url", Value::text("https://rdap.example/help"));
    hop.set("status", Value::Count(200));
    facts.set("hop_list", Value::Records(vec![hop]));
    facts.set(
        "json",
        Value::Json(Json::new(json!({
            "rdapConformance": ["rdap_level_0", "nro_rdap_profile_0", "nro_rdap_profile_asn_flat_0"],
            "events": [
                {"eventAction": "registration", "eventDate": "2020-01-01T00:00:00Z"},
                {"eventAction": "last changed", "eventDate": "2026-01-01T00:00:00Z"},
                {"eventAction": "expiration"},
            ],
            "entities": [{"handle": "E1", "roles": ["abuse"]}, {"handle": "E2", "roles": ["technical"]}],
            "ttl": 100, "ratio": 0.5, "huge": 18_446_744_073_709_551_615_u64, "nothing": null,
            "port43": "whois.example",
        }))),
    );
    observation(facts)
}

fn failed() -> Observation {
    Observation {
        failure: Some(Failure {
            kind: FailureKind::Timeout,
            detail: "no answer".to_owned(),
        }),
        ..observation(Facts::new())
    }
}

fn skipped() -> Observation {
    let reason = "its `when` was false".to_owned();
    Observation {
        skipped: Some(Skipped::NotApplicable { reason }),
        ..observation(Facts::new())
    }
}

fn scope() -> Scope {
    let rdap = ProbeKind::named("rdap").unwrap();
    Scope::new()
        .with_probe("help", rdap)
        .with_probe("down", rdap)
        .with_probe("left", rdap)
        .with_probe("tls", ProbeKind::named("tls").unwrap())
        .with("vars", Type::Dynamic)
        .with("registry", Type::Dynamic)
        .with("run", Type::members([("started", Type::Time)]))
        .with("role", Type::Text)
}

/// Evaluates and hands value and reads to a test.
fn with<T>(text: &str, look: impl FnOnce(Result<Val<'_>, EvalError>, Vec<String>) -> T) -> T {
    let expression =
        Expression::compile(text, &scope()).unwrap_or_else(|p| panic!("{text}: {p:?}"));
    let (help, down, left) = (help(), failed(), skipped());
    let vars = json!({"asn_models": ["nro_rdap_profile_asn_flat_0"], "limit": 3});
    let registry = json!({"id": "apnic", "rdap": {"base": "https://rdap.example/"}});
    let mut environment = Environment::new();
    environment.set_probe("help", &help);
    environment.set_probe("down", &down);
    environment.set_probe("left", &left);
    environment.set_json("vars", &vars);
    environment.set_json("registry", &registry);
    environment.set("run", Val::map([("started", Val::Time(at()))]));
    environment.set("role", Val::text("source"));
    let evaluation = expression.run(&environment);
    let reads = evaluation
        .reads
        .iter()
        .map(|r| format!("{}.{}", r.probe, r.path))
        .collect();
    look(evaluation.value, reads)
}

#[track_caller]
fn yields(text: &str, expected: JsonValue) {
    with(text, |value, _| match value {
        Ok(value) => assert_eq!(value.to_json(), expected, "{text}"),
        Err(error) => panic!("{text}: {error}"),
    });
}

#[track_caller]
fn fails(text: &str, expected: &str) {
    with(text, |value, _| match value {
        Ok(value) => panic!("{text} yields {}", value.render()),
        Err(error) => assert_eq!(error.to_string(), expected, "{text}"),
    });
}

#[track_caller]
fn refused(text: &str, part: &str, message: &str) {
    let problems = Expression::compile(text, &scope()).expect_err(text);
    let seen: Vec<_> = problems
        .iter()
        .map(|p| (text.get(p.range.clone()).unwrap_or("?"), p.message.as_str()))
        .collect();
    assert_eq!(seen, [(part, message)], "{text}");
}

#[test]
fn facts_and_documents_are_read() {
    yields("help.status == 200", json!(true));
    yields("help.headers.etag", json!("\"x\""));
    yields(
        "help.headers['content-type']",
        json!("application/rdap+json"),
    );
    yields(
        "help.headers['Content-Type']",
        json!("application/rdap+json"),
    );
    yields("help.json.rdapConformance.size()", json!(3));
    yields("'rdap_level_0' in help.json.rdapConformance", json!(true));
    yields("help.json.events[0].eventAction", json!("registration"));
    yields("help.ok && help.failure == ''", json!(true));
    yields("help.at == run.started", json!(true));
    yields(
        "help.hop_list.map(h, h.url)",
        json!(["https://rdap.example/help"]),
    );
    yields("help.hop_list[0].status + 1", json!(201));
    yields("registry.id == 'apnic' && role == 'source'", json!(true));
    yields("help.prefixes.covers('192.0.2.128/25')", json!(true));
    yields("help.headers.size()", json!(2));
    yields("help.headers.filter(h, h.startsWith('e'))", json!(["etag"]));
    yields(
        "'etag' in help.headers && !('age' in help.headers)",
        json!(true),
    );
}

#[test]
fn the_scenarios_of_the_design_work() {
    yields(
        "help.json.rdapConformance.filter(c, c in vars.asn_models).size() == 1",
        json!(true),
    );
    yields(
        "help.json.rdapConformance.filter(c, !c.startsWith('nro_rdap_profile_asn_'))",
        json!(["rdap_level_0", "nro_rdap_profile_0"]),
    );
    yields(
        "role == 'source' ? 'a' : (role == 'x' ? 'b' : 'c')",
        json!("a"),
    );
    yields(
        "(help.redirect ? left : help).json.port43",
        json!("whois.example"),
    );
    yields("help.timing.total <= duration('10s')", json!(true));
    yields(
        "help.json.events.exists(e, e.eventAction == 'last changed' && e.eventDate.matches('^[0-9]{4}-.*Z$'))",
        json!(true),
    );
    yields(
        "help.json.entities.filter(e, 'abuse' in e.roles).map(e, e.handle)",
        json!(["E1"]),
    );
    yields(
        "double(help.json.ttl) / double(help.status) <= 0.5",
        json!(true),
    );
    yields("abs(help.at - run.started) <= hours(1)", json!(true));
}

#[test]
fn whole_numbers_of_documents_mix_with_literals() {
    yields("help.json.ttl / 3", json!(33));
    yields("help.json.ttl * 2 + 1 == 201", json!(true));
    yields("help.json.ratio * 2", json!(1.0));
    yields("help.json.ttl < 100.5 && help.json.ratio < 1", json!(true));
    yields("help.json.huge > 9223372036854775807", json!(true));
    fails("help.json.ttl / 0", "division by zero");
    fails(
        "9223372036854775807 + help.json.ttl",
        "`+` goes beyond whole numbers of 64 bits",
    );
}

#[test]
fn a_failed_probe_is_never_a_verdict() {
    let expected = |path: &str| format!("reads `down.{path}`, but probe `down` failed");
    fails("!has(down.json.x)", &expected("json"));
    fails("has(down.json)", &expected("json"));
    fails("down.json.x == 1 || true", &expected("json"));
    fails("down.status == 200 && false", &expected("status"));
    fails(
        "help.json.missing == 1 || down.status == 200",
        &expected("status"),
    );
    fails("[1].exists(x, down.status == 200)", &expected("status"));
    fails("'etag' in down.headers", &expected("headers.etag"));
    fails("down.headers.size() == 0", &expected("headers"));
    fails("down.at == run.started", &expected("at"));
    yields("down.ok", json!(false));
    yields("down.failure", json!("timeout"));
    yields("down.ok && down.json.x == 1", json!(false));
    yields("down.ok ? down.status : 0", json!(0));
    yields("help.ok || down.json.x == 1", json!(true));
    with("down.json.x == 1 || true", |value, reads| {
        assert!(matches!(value, Err(EvalError::FailedProbe { .. })));
        assert_eq!(reads, ["down.json"]);
    });
}

#[test]
fn a_skipped_probe_does_not_apply() {
    fails(
        "left.status == 200 || true",
        "reads probe `left`, which was not asked",
    );
    fails("left.ok", "reads probe `left`, which was not asked");
    yields("help.redirect ? left.status : help.status", json!(200));
}

#[test]
fn what_is_absent_is_told_with_its_path() {
    fails("help.json.zz.y == 1", "`help.json.zz` is absent");
    fails(
        "help.json.events[9].x == 1",
        "`help.json.events[9]` is absent",
    );
    fails("help.json.nothing.x", "`help.json.nothing.x` is absent");
    fails("help.headers.age == '1'", "`help.headers.age` is absent");
    fails(
        "help.json.events.all(e, e.eventDate != '')",
        "`e.eventDate` is absent",
    );
    with("help.json.events.map(e, e.eventDate)", |value, _| {
        let probe = Arc::from("help");
        assert_eq!(
            value.unwrap_err(),
            EvalError::Absent {
                probe,
                path: "e.eventDate".to_owned()
            }
        );
    });
    yields(
        "has(help.json.port43) && !has(help.json.zz) && !has(help.json.zz.y.z)",
        json!(true),
    );
    yields(
        "has(help.headers.etag) && !has(help.headers['age'])",
        json!(true),
    );
    yields(
        "help.json.events.filter(e, has(e.eventDate)).size()",
        json!(2),
    );
    yields("help.json.zz == 1 || true", json!(true));
    yields("help.json.nothing == null", json!(true));
}

#[test]
fn what_we_do_not_declare_is_no_fault_of_a_registry() {
    fails(
        "vars.missing == 1 || true",
        "`vars.missing` is not declared",
    );
    fails(
        "vars.asn_models[7] == ''",
        "`vars.asn_models[7]` is not declared",
    );
    yields("has(vars.missing.more)", json!(false));
    fails("tls.ok", "`tls` is not declared");
}

#[test]
fn reads_are_known_before_and_noted_after() {
    let expression = Expression::compile(
        "help.ok && (vars.x ? help : down).json.a == help.headers['ETag']",
        &scope(),
    )
    .unwrap();
    let reads: Vec<String> = expression
        .reads()
        .iter()
        .map(|r| format!("{}.{}", r.probe, r.path))
        .collect();
    assert_eq!(
        reads,
        ["down.json", "help.headers.etag", "help.json", "help.ok"]
    );
    assert_eq!(
        expression.roots().collect::<Vec<_>>(),
        ["down", "help", "vars"]
    );
    with("help.status == 200 || help.json.x == 1", |_, reads| {
        assert_eq!(reads, ["help.status"])
    });
    with("help.status == 0 || help.json.ttl == 1", |_, reads| {
        assert_eq!(reads, ["help.json", "help.status"])
    });
}

#[test]
fn loops_are_bounded() {
    refused(
        "[1].all(a, [1].all(b, [1].all(c, true)))",
        "[1].all(c, true)",
        "more than 2 loops within each other; split the expression with `let`",
    );
    let many = json!({"list": vec![1; 9_999], "longer": vec![1; 10_001]});
    let scope = Scope::new().with("vars", Type::Dynamic);
    let mut environment = Environment::new();
    environment.set_json("vars", &many);
    let run = |text: &str| {
        let expression = Expression::compile(text, &scope).unwrap();
        expression.evaluate(&environment).map(Val::into_owned)
    };
    assert_eq!(
        run("vars.list.all(a, vars.list.all(b, a == b))").unwrap_err(),
        EvalError::TooMuch
    );
    assert_eq!(
        run("vars.list.exists(a, 2 in vars.list) || true").unwrap_err(),
        EvalError::TooMuch
    );
    assert_eq!(
        run("vars.longer.all(a, true)").unwrap_err(),
        EvalError::TooMuch
    );
    assert_eq!(run("vars.list.map(a, a).size()").unwrap().render(), "9999");
    assert!(matches!(
        run("(vars.list + vars.list).size()"),
        Err(EvalError::Wrong { .. })
    ));
}

#[test]
fn errors_in_one_side_do_not_hide_the_other() {
    yields("help.json.zz == 1 || help.status == 200", json!(true));
    yields("help.json.zz == 1 && help.status == 0", json!(false));
    yields(
        "help.json.events.exists(e, e.eventDate == '2026-01-01T00:00:00Z')",
        json!(true),
    );
    yields("help.json.events.all(e, e.eventDate == 'x')", json!(false));
    fails("help.json.zz == 1 && true", "`help.json.zz` is absent");
}

#[test]
fn a_let_keeps_its_error_and_its_origin() {
    let scope = Scope::new()
        .with("a", Type::Dynamic)
        .with("b", Type::Dynamic);
    let down = EvalError::FailedProbe {
        probe: Arc::from("p"),
        path: Arc::from("json"),
    };
    let mut environment = Environment::new();
    environment.set_failed("a", down.clone());
    environment.set_observed("b", "p", Val::map([("x", Val::Int(1))]));
    let run = |text: &str| {
        Expression::compile(text, &scope)
            .unwrap()
            .holds(&environment)
    };
    assert_eq!(run("a == 1 || true"), Err(down));
    assert_eq!(run("true || a == 1"), Ok(true));
    assert_eq!(
        run("b.y == 1"),
        Err(EvalError::Absent {
            probe: Arc::from("p"),
            path: "b.y".to_owned()
        })
    );
    assert!(matches!(run("b.x"), Err(EvalError::Wrong { .. })));
}

#[test]
fn conditions_must_be_true_or_false() {
    assert!(Expression::compile_condition("help.status == 200", &scope()).is_ok());
    assert!(Expression::compile_condition("help.json.x", &scope()).is_ok());
    let problems = Expression::compile_condition("help.status", &scope()).unwrap_err();
    assert_eq!(
        problems[0].message,
        "this yields a number; expected true or false"
    );
}

#[test]
fn values_become_facts() {
    let fact = |text: &str| with(text, |value, _| value.unwrap().to_fact());
    assert_eq!(fact("help.status"), Value::Count(200));
    assert_eq!(fact("help.body.bytes"), Value::Bytes(312));
    assert_eq!(fact("help.ok"), Value::Flag(true));
    assert_eq!(
        fact("['a', 'b']"),
        Value::Texts(vec![Arc::from("a"), Arc::from("b")])
    );
    assert_eq!(
        fact("help.prefixes"),
        Value::Addresses("192.0.2.0/24".parse().unwrap())
    );
    assert_eq!(fact("{'a': 1}"), Value::Json(Json::new(json!({"a": 1}))));
    assert_eq!(fact("[1, 2]"), Value::Json(Json::new(json!([1, 2]))));
    with("help.json", |value, _| {
        assert_eq!(value.unwrap().into_owned().to_json()["ttl"], json!(100))
    });
}

#[test]
fn a_document_that_is_not_kept_is_our_mistake() {
    let mut facts = Facts::new();
    let text = serde_json::to_string(&Json::parsed(Digest::of(b"{}"), json!({}))).unwrap();
    facts.set("json", Value::Json(serde_json::from_str(&text).unwrap()));
    let seen = observation(facts);
    let scope = scope();
    let expression = Expression::compile("help.json.x == 1 || true", &scope).unwrap();
    let mut environment = Environment::new();
    environment.set_probe("help", &seen);
    assert_eq!(
        environment_error(&expression, &environment),
        "the document of `help.json` is not kept"
    );
}

fn environment_error(expression: &Expression, environment: &Environment<'_>) -> String {
    expression.evaluate(environment).unwrap_err().to_string()
}
