//! Comparisons: rules, groups, roles, and who is missing.

use quintet::fact::{FailureKind, Observation};
use quintet::verdict::measure::Unit;
use quintet::verdict::results::ComparisonResult;
use quintet::verdict::{Agreement, Role};
use serde_json::{Value as JsonValue, json};

use super::{REGISTRIES, audit, failed, seen, suite};

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
fn quantities_that_are_only_reported_are_parameters_with_their_data() {
    const REPORT: &str = "    value: p.json.v\n    rule: report\n";
    let values = [json!(1), json!(2), json!("timeout"), json!(3.5), json!(1)];
    let result = compared(REPORT, values);
    assert_eq!(result.unit, Some(Unit::Ratio), "one of them is no count");
    let numbers: Vec<_> = result
        .groups
        .iter()
        .map(|g| serde_json::to_value(&g.measure).unwrap()["number"].clone())
        .collect();
    assert_eq!(numbers, [json!(1), json!(2), json!(3.5)]);
    let why = &result.absent[REGISTRIES[2]];
    assert!(why.starts_with("probe `p` failed: timeout"), "{why}");
    assert!(result.declared.is_empty());
    let declaring = format!("{REPORT}    declared: \"registry.id == 'arin' ? '2' : 'daily'\"\n");
    let ones = || [json!(1), json!(1), json!(1), json!(1), json!(1)];
    let result = compared(&declaring, ones());
    let declared = serde_json::to_value(&result.declared).unwrap();
    assert_eq!(declared, json!({"arin": {"unit": "count", "number": 2}}));
    // What is compared is no parameter, nor is what has no unit.
    assert_eq!(compared(EQUAL, ones()).unit, None);
    let mut mixed = ones();
    mixed[4] = json!("a");
    assert_eq!(compared(REPORT, mixed).unit, None);
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
