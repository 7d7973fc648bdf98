//! Values beside what was accepted: drift, and `within` of the baseline.

use std::collections::BTreeMap;

use quintet::audit::Audit;
use quintet::fact::{FailureKind, Observation, Value};
use quintet::verdict::baseline::{Baseline, Baselines};
use quintet::verdict::{Cause, DriftClass, Outcome};
use serde_json::{Value as JsonValue, json};

use super::{audit_beside, failed, scenario, seen, suite, with_status};

/// What is accepted at APNIC.
fn accepted(values: &[(&str, JsonValue)]) -> Baselines {
    let owned = values.iter();
    let mut all = Baselines::none();
    let baseline = Baseline {
        path: "test/apnic/t.snap".to_owned(),
        digest: "sha256:00".to_owned(),
        values: owned
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<BTreeMap<_, _>>(),
    };
    all.insert("apnic", "t", baseline);
    all
}

fn judged(check: &str, observations: &[Observation], baselines: &Baselines) -> Audit {
    let suite = suite(&scenario(&format!("    level: observe\n{check}")), &[]);
    audit_beside(&suite, observations, baselines)
}

fn changes(audit: &Audit) -> Vec<(&str, DriftClass)> {
    let drifts = audit.results.drifts.iter();
    drifts.map(|d| (d.entry.as_str(), d.change)).collect()
}

const SNAPSHOT: &str =
    "    expect:\n      p $.notices: { snapshot: { normalize: [urls, whitespace] } }\n";
const NAME: &str = "c: p $.notices";

fn notices(text: &str) -> JsonValue {
    json!({"notices": [{"title": "Terms", "text": text, "href": "https://rdap.apnic.test/help"}]})
}

#[test]
fn a_snapshot_says_how_a_value_stands_to_the_accepted_one_and_never_fails() {
    let see = |text: &str| [seen("apnic", notices(text))];
    let first = judged(SNAPSHOT, &see("a  b"), &Baselines::none());
    assert_eq!(changes(&first), [(NAME, DriftClass::New)]);
    let own = first.results.checks.iter();
    let mut own = own.filter(|c| c.registry.as_str() == "apnic");
    assert_eq!(own.next().unwrap().outcome, Outcome::Pass);
    let value = first.results.drifts[0].seen.clone().unwrap();
    assert_eq!(
        value,
        json!([{"href": "{base}/help", "text": "a b", "title": "Terms"}])
    );
    assert_eq!(first.results.summary.drift[&DriftClass::New], 1);

    let baselines = accepted(&[(NAME, value)]);
    let same = judged(SNAPSHOT, &see(" a b"), &baselines);
    assert_eq!(changes(&same), [(NAME, DriftClass::Unchanged)]);
    assert_eq!(same.results.drifts[0].seen, None);
    assert_eq!(same.results.baselines["test/apnic/t.snap"], "sha256:00");

    let other = judged(SNAPSHOT, &see("a c"), &baselines);
    let drift = &other.results.drifts[0];
    assert_eq!(drift.change, DriftClass::Changed);
    let place = &drift.places[0];
    assert_eq!(
        (
            place.pointer.as_str(),
            place.before.as_str(),
            place.after.as_str()
        ),
        ("/0/text", "`a b`", "`a c`")
    );
    assert_eq!((drift.differences, drift.asked.len()), (1, 1));
    assert_eq!(other.gate.drifted, 1);
    assert!(other.gate.is_met(), "{:?}", other.gate);
    let own = other.results.checks.iter();
    let mut own = own.filter(|c| c.registry.as_str() == "apnic");
    assert_eq!(own.next().unwrap().outcome, Outcome::Pass);

    let none = judged(SNAPSHOT, &[seen("apnic", json!({}))], &baselines);
    assert_eq!(changes(&none), [(NAME, DriftClass::Gone)]);
    let never = judged(SNAPSHOT, &[seen("apnic", json!({}))], &Baselines::none());
    assert_eq!(changes(&never), []);
}

#[test]
fn what_could_not_be_seen_is_no_drift() {
    let baselines = accepted(&[(NAME, json!([]))]);
    let page = || seen("apnic", json!({"error": "busy"}));
    for observation in [
        failed(page(), FailureKind::Timeout),
        with_status(page(), 503),
        with_status(page(), 429),
    ] {
        let audit = judged(SNAPSHOT, &[observation], &baselines);
        assert_eq!(changes(&audit), []);
    }
    // A status that a check does not expect is an answer of the service all the same.
    let audit = judged(SNAPSHOT, &[with_status(page(), 404)], &baselines);
    assert_eq!(changes(&audit), [(NAME, DriftClass::Gone)]);
    // What requires something that does not hold is not looked at.
    let check = format!(
        "    requires: other\n{SNAPSHOT}  - id: other\n    level: observe\n    expr: p.status == 201\n"
    );
    let audit = judged(&check, &[page()], &baselines);
    assert_eq!(changes(&audit), []);
}

#[test]
fn what_nobody_looks_at_any_more_is_gone() {
    let old = ("old: p.status", json!(200));
    let baselines = accepted(&[(NAME, json!([])), old]);
    let audit = judged(
        SNAPSHOT,
        &[seen("apnic", json!({"notices": []}))],
        &baselines,
    );
    assert_eq!(
        changes(&audit),
        [
            (NAME, DriftClass::Unchanged),
            ("old: p.status", DriftClass::Gone)
        ]
    );
    let gone = &audit.results.drifts[1];
    assert_eq!((gone.id.as_str(), gone.before.as_str()), ("t/old", "200"));
}

#[test]
fn a_normalizer_that_is_new_does_not_change_what_was_accepted() {
    let baselines = accepted(&[(NAME, json!([{"text": "a   b"}]))]);
    let seen = [seen("apnic", json!({"notices": [{"text": "a b"}]}))];
    let audit = judged(SNAPSHOT, &seen, &baselines);
    assert_eq!(changes(&audit), [(NAME, DriftClass::Unchanged)]);
}

fn near(fact: &str, by: &str) -> String {
    format!("    expect:\n      {fact}: {{ within: {{ of: baseline, {by} }} }}\n")
}

/// Judges one line beside an accepted value, at a level at which it can fail.
fn within(
    line: &str,
    observation: Observation,
    value: Option<(&str, JsonValue)>,
) -> (Outcome, Option<Cause>, String, Vec<DriftClass>) {
    let suite = suite(&scenario(line), &[]);
    let baselines = value.map_or(Baselines::none(), |one| accepted(&[one]));
    let audit = audit_beside(&suite, &[observation], &baselines);
    let mut own = audit.results.checks.iter();
    let check = own.find(|c| c.registry.as_str() == "apnic").unwrap();
    let drifts = audit.results.drifts.iter();
    let changes = drifts.map(|d| d.change).collect();
    (check.outcome, check.cause, check.message.clone(), changes)
}

#[test]
fn a_number_is_held_to_the_accepted_one_in_its_unit() {
    #[track_caller]
    fn check(fact: &str, by: &str, value: JsonValue, holds: bool) {
        let name = format!("c: {fact}");
        let told = within(
            &near(fact, by),
            seen("apnic", json!({"n": 100})),
            Some((&name, value)),
        );
        let expected = if holds {
            (Outcome::Pass, DriftClass::Unchanged)
        } else {
            (Outcome::Fail, DriftClass::Changed)
        };
        assert_eq!((told.0, told.3[0]), expected, "{fact} {by}: {}", told.2);
    }
    // 312 MiB was seen, 200 as status, 12.04 s as time.
    check("p.body.bytes", "ratio: 5%", json!(300 << 20), true);
    check("p.body.bytes", "ratio: 1%", json!(300 << 20), false);
    check("p.body.bytes", "abs: 12 MiB", json!(300 << 20), true);
    check("p.body.bytes", "abs: 11 MiB", json!(300 << 20), false);
    check("p.status", "abs: 0", json!(200), true);
    check("p.status", "abs: 3", json!(204), false);
    check("p.timing.total", "ratio: 10%", json!(11.5), true);
    check("p.timing.total", "abs: 500ms", json!(11.5), false);
    check("p $.n", "ratio: 50%", json!(150), true);
    check("p $.n", "ratio: 50%", json!("many"), false);
    let message = within(
        &near("p.body.bytes", "ratio: 1%"),
        seen("apnic", json!({})),
        Some(("c: p.body.bytes", json!(100))),
    );
    assert_eq!(
        message.2,
        "`p.body.bytes`: expected within 1 % of the accepted 100, seen 312 MiB"
    );
}

#[test]
fn without_a_baseline_a_near_value_needs_history() {
    let line = near("p.body.bytes", "ratio: 1%");
    let told = within(&line, seen("apnic", json!({})), None);
    assert_eq!(told.0, Outcome::Inconclusive);
    assert_eq!(told.1, Some(Cause::NeedsHistory));
    assert_eq!(told.3, [DriftClass::New]);
    let mut without = seen("apnic", json!({}));
    without.facts.set("body", Value::Count(1));
    let lost = failed(without, FailureKind::Timeout);
    let told = within(&line, lost, None);
    assert_eq!((told.1, told.3.len()), (Some(Cause::Timeout), 0));
}

#[test]
fn values_of_times_are_left_out_of_the_results() {
    let suite = suite(&scenario(&near("p.timing.total", "ratio: 1%")), &[]);
    let baselines = accepted(&[("c: p.timing.total", json!(1))]);
    let audit = audit_beside(&suite, &[seen("apnic", json!({}))], &baselines);
    let text = quintet::audit::results_json(&audit).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(
        audit.results.drifts[0].volatile && !text.contains("12.04"),
        "{text}"
    );
    assert!(text.contains("\"change\": \"changed\""), "{text}");
}
