//! Checks: every way one can end.

use std::sync::Arc;

use quintet::fact::{Facts, FailureKind, Finding, Inspected, Looked, Skipped};
use quintet::verdict::{Cause, Operator, Outcome};
use serde_json::json;

use super::{audit, body, failed, judged, scenario, seen, suite, with_status};

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
