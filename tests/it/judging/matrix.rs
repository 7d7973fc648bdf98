//! Matrices and samples: instances rolled up, held fixed or compared.

use std::sync::Arc;

use quintet::verdict::results::ComparisonResult;
use quintet::verdict::{Agreement, Outcome};
use serde_json::{Value as JsonValue, json};

use super::{REGISTRIES, audit, body, seen, suite, with_status};

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
