//! Sets of texts that may be large: what validators found, looked into and held beside each other.

use std::sync::Arc;

use quintet::fact::{Facts, Observation, TextSet, Value};
use quintet::verdict::{Agreement, Outcome};
use serde_json::json;

use super::{REGISTRIES, audit, seen, suite};

/// Returns a set of `AS1` to `AS<count>` with the same prefix each.
fn payloads(count: u32, beside: &[&str]) -> TextSet {
    let all = (1..=count).map(|asn| format!("192.0.2.0/24-26 AS{asn}"));
    TextSet::of(all.chain(beside.iter().map(|text| (*text).to_owned())))
}

fn observed(probe: &str, registry: &str, set: TextSet) -> Observation {
    let mut observation = seen(registry, json!({}));
    observation.key.probe = Arc::from(probe);
    observation.facts = Facts::new();
    observation.facts.set("vrps.set", Value::Set(set));
    observation
}

/// Judges one line of `expect` over a tree with a large set and a validator that finds a little else.
#[track_caller]
fn check(expect: &str, outcome: Outcome, words: &str) {
    let tree = "{ rpki_tree: https://example.test/a.tal }";
    let other = "{ relying_party: https://example.test/a.tal, program: fort }";
    let scenario = format!(
        "scenario: t\ntitle: A test\nregistries: [apnic]\nlevel: must\nref: rfc9083#4\nprobes:\n  p: {tree}\n  q: {other}\nchecks:\n  - id: c\n    title: It holds\n{expect}\n"
    );
    let observations = [
        observed("p", "apnic", payloads(20_000, &[])),
        observed("q", "apnic", payloads(20_000, &["2001:db8::/32-48 AS0"])),
    ];
    let audit = audit(&suite(&scenario, &[]), &observations);
    let mut checks = audit.results.checks.into_iter().filter(|c| c.id == "t/c");
    let result = checks.next().unwrap();
    assert_eq!(result.outcome, outcome, "{expect}: {}", result.message);
    assert!(result.seen.contains(words), "{expect}: {}", result.seen);
}

#[test]
fn what_is_in_a_large_set_is_looked_for() {
    use Outcome::{Fail, Pass};
    let expect = |line: &str| format!("    expect:\n      {line}");
    let is = |line: &str, outcome, words| check(&expect(line), outcome, words);
    is("p.vrps.set: { contains: 192.0.2.0/24-26 AS7 }", Pass, "");
    is(
        "p.vrps.set: { contains: 192.0.2.0/24-26 AS0 }",
        Fail,
        "20000 texts: `192.0.2.0/24-26 AS1`",
    );
    is(
        "p.vrps.set: { contains_all: [192.0.2.0/24-26 AS7, 192.0.2.0/24-26 AS8] }",
        Pass,
        "",
    );
    is(
        "p.vrps.set: { contains_none: [192.0.2.0/24-26 AS0] }",
        Pass,
        "",
    );
    is("p.vrps.set: { count: 20000 }", Pass, "");
    is("p.vrps.set: { count: { max: 10 } }", Fail, "20000: ");
    is("p.vrps.set: { empty: true }", Fail, "20000 texts");
    is("p.vrps.set: { subset_of: '${q.vrps.set}' }", Pass, "");
    is(
        "q.vrps.set: { subset_of: '${p.vrps.set}' }",
        Fail,
        "beyond it: 1 text: `2001:db8::/32-48 AS0`",
    );
    is("p.vrps.set: '${q.vrps.set}'", Fail, "20000 texts");
    is("q.vrps.set: '${q.vrps.set}'", Pass, "");
    check(
        "    expr: size(p.vrps.set) + 1 == size(q.vrps.set)",
        Pass,
        "",
    );
    check(
        "    expr: \"'192.0.2.0/24-26 AS7' in p.vrps.set\"",
        Pass,
        "",
    );
    check("    expr: p.vrps.set == q.vrps.set", Fail, "");
}

#[test]
fn large_sets_agree_by_their_digest_or_within_a_share() {
    let compared = |keys: &str| {
        let scenario = format!(
            "scenario: t\ntitle: A test\nregistries: all\nlevel: must\nref: rfc9083#4\nprobes:\n  p: {{ rpki_tree: https://example.test/a.tal }}\ncompare:\n  - id: x\n    title: They agree\n    value: p.vrps.set\n{keys}"
        );
        let observations: Vec<Observation> = REGISTRIES
            .iter()
            .map(|registry| {
                let beside: &[&str] = if *registry == "arin" {
                    &["one more"]
                } else {
                    &[]
                };
                observed("p", registry, payloads(20_000, beside))
            })
            .collect();
        let audit = audit(&suite(&scenario, &[]), &observations);
        audit.results.comparisons.into_iter().next().unwrap()
    };
    let equal = compared("    rule: equal\n");
    assert_eq!(equal.agreement, Agreement::Divergent);
    assert_eq!(equal.groups.len(), 2);
    let value = equal.groups[0].value.as_str();
    assert!(value.contains("20000") && value.len() < 500, "{value}");
    let near = compared("    rule: equal\n    tolerance: { symmetric_difference: 0.1% }\n");
    assert_eq!(near.agreement, Agreement::Consistent, "{}", near.message);
    let common = compared("    rule: subset_of_common\n");
    assert_eq!(
        common.agreement,
        Agreement::Consistent,
        "{}",
        common.message
    );
}
