//! What holds over time: clean, late, violated, open, unobservable.

use jiff::{SignedDuration, Timestamp};
use quintet::audit::{Auditor, Run};
use quintet::decide::Mode;
use quintet::fact::{FailureKind, Observation, Tick};
use quintet::registry::RegistryId;
use quintet::verdict::results::{CheckResult, ComparisonResult, Planned, Results};
use quintet::verdict::{Agreement, Outcome, Punctuality};
use serde_json::json;

use super::{STARTED, failed, plan, seen, suite};

/// What a probe saw at a tick: its hour, and a value; `None` if it failed.
type Seen = (i64, Option<bool>);

fn started() -> Timestamp {
    STARTED.parse().unwrap()
}

fn tick(registry: &str, number: usize, hour: i64) -> Tick {
    let due = started() + SignedDuration::from_hours(hour);
    Tick {
        scenario: "t".into(),
        registry: RegistryId::parse(registry).unwrap(),
        instance: "".into(),
        number: u32::try_from(number).unwrap(),
        poll: started(),
        due,
        at: Some(due),
    }
}

/// Judges a scenario over what was seen at each registry; the value stands in `p.json.v`.
fn judged(scenario: &str, all: &[(&str, &[Seen])], partial: bool) -> Results {
    let suite = suite(scenario, &[]);
    let plan = plan(&suite);
    let (mut observations, mut ticks): (Vec<Observation>, Vec<Tick>) = (Vec::new(), Vec::new());
    for (registry, series) in all {
        for (number, (hour, value)) in series.iter().enumerate() {
            let tick = tick(registry, number, *hour);
            let mut one = match value {
                Some(value) => seen(registry, json!({ "v": value })),
                None => failed(seen(registry, json!({})), FailureKind::Timeout),
            };
            one.key.tick = tick.number;
            one.at = tick.due;
            observations.push(one);
            ticks.push(tick);
        }
    }
    let run = Run {
        id: String::new(),
        target: "test".to_owned(),
        kind: plan.target.kind,
        faults: Vec::new(),
        vantage: "here".to_owned(),
        started: started(),
        partial,
        planned: Planned::default(),
        parts: Vec::new(),
        reproduce: String::new(),
        flags: Vec::new(),
        file: None,
        shard: None,
    };
    let mut auditor = Auditor::new(&suite, &plan.registries, run);
    for planned in &plan.scenarios {
        auditor.add(planned, &observations, &ticks);
    }
    let policy = suite.policies.get("default").unwrap();
    auditor.finish(policy, Mode::Gate, &[]).results
}

fn check_of(over_time: &str, series: &[Seen], partial: bool) -> CheckResult {
    let scenario = format!(
        "scenario: t\ntitle: A test\nregistries: [apnic]\nlevel: proposed\npoll: {{ at: [0h] }}\nwindows: {{ day: 24h }}\n\
        stages: {{ begun: tick.number >= 1, never: \"false\" }}\nprobes:\n  p: {{ rdap: help }}\nchecks:\n  - id: c\n    title: It holds\n    \
        over_time: {over_time}\n    expr: p.json.v\n"
    );
    let results = judged(&scenario, &[("apnic", series)], partial);
    results.checks.into_iter().next().unwrap()
}

const Y: Option<bool> = Some(true);
const N: Option<bool> = Some(false);

/// Checks how a series ends: outcome, class, certain and greatest time in hours.
#[track_caller]
fn ends(
    over_time: &str,
    series: &[Seen],
    outcome: Outcome,
    expected: Option<(Punctuality, u64, Option<u64>)>,
) {
    let check = check_of(over_time, series, false);
    let hours = |seconds: u64| seconds / 3_600;
    let seen = check.series.as_ref().map(|s| {
        let most = s.most_seconds.map(hours);
        (s.punctuality, hours(s.least_seconds), most)
    });
    assert_eq!(
        (check.outcome, seen),
        (outcome, expected),
        "{}",
        check.message
    );
}

const WITHIN: &str = "{ within: day }";

#[test]
fn what_holds_in_time_is_clean() {
    let clean = |least, most| Some((Punctuality::Clean, least, Some(most)));
    ends(
        WITHIN,
        &[(0, Y), (24, Y), (48, Y)],
        Outcome::Pass,
        clean(0, 0),
    );
    ends(
        WITHIN,
        &[(0, N), (12, N), (24, Y), (48, Y)],
        Outcome::Pass,
        clean(12, 24),
    );
    // Nothing is due yet at the end, and what holds then has come in time.
    ends(WITHIN, &[(0, N), (12, Y)], Outcome::Pass, clean(0, 12));
    // Between 12 and 30 hours: nobody saw that it was not there after 24.
    ends(
        WITHIN,
        &[(0, N), (12, N), (30, Y)],
        Outcome::Pass,
        clean(12, 30),
    );
}

#[test]
fn what_holds_within_twice_the_time_is_late() {
    let late = Some((Punctuality::Late, 24, Some(47)));
    ends(WITHIN, &[(0, N), (24, N), (47, Y)], Outcome::Fail, late);
    let check = check_of(WITHIN, &[(0, N), (24, N), (47, Y)], false);
    assert_eq!(
        check.message,
        "late: not yet 24h after the first tick (24h, window `day`); it held 47h after: expected `p.json.v`; seen `p.json` {v: false}"
    );
    // It held, and then it did not any more.
    let late = Some((Punctuality::Late, 36, Some(40)));
    ends(
        WITHIN,
        &[(0, Y), (24, Y), (36, N), (40, Y)],
        Outcome::Fail,
        late,
    );
}

#[test]
fn what_does_not_hold_within_twice_the_time_is_violated() {
    let violated = |least, most| Some((Punctuality::Violated, least, most));
    ends(
        WITHIN,
        &[(0, N), (24, N), (48, N), (50, Y)],
        Outcome::Fail,
        violated(48, Some(50)),
    );
    ends(
        WITHIN,
        &[(0, N), (96, N)],
        Outcome::Fail,
        violated(96, None),
    );
}

#[test]
fn what_was_not_seen_when_it_was_due_is_unobservable() {
    let unobservable = |least, most| Some((Punctuality::Unobservable, least, most));
    ends(
        WITHIN,
        &[(0, N), (12, N)],
        Outcome::Inconclusive,
        unobservable(12, None),
    );
    ends(
        WITHIN,
        &[(0, N), (24, None), (48, None)],
        Outcome::Inconclusive,
        unobservable(0, None),
    );
    // One answer is enough.
    let clean = Some((Punctuality::Clean, 0, Some(48)));
    ends(WITHIN, &[(0, N), (24, None), (48, Y)], Outcome::Pass, clean);
}

#[test]
fn time_counts_from_a_stage_and_ends_at_another() {
    let from = "{ from: begun, within: day }";
    let clean = Some((Punctuality::Clean, 0, Some(12)));
    ends(
        from,
        &[(0, N), (36, N), (48, Y), (60, Y)],
        Outcome::Pass,
        clean,
    );
    ends(
        "{ to: begun, allow: 1h }",
        &[(0, Y), (36, N), (60, N)],
        Outcome::Pass,
        Some((Punctuality::Clean, 0, Some(0))),
    );
    let check = check_of("{ from: never }", &[(0, N)], false);
    assert_eq!(check.outcome, Outcome::NotApplicable);
    assert_eq!(check.message, "stage `never` was not reached");
    assert_eq!(check.series, None);
}

#[test]
fn what_may_fail_to_hold_for_a_while_is_added_up() {
    let allow = "{ allow: day }";
    let figures = |class, least, most| Some((class, least, most));
    let clean = figures(Punctuality::Clean, 24, Some(30));
    ends(
        allow,
        &[(0, Y), (6, N), (30, N), (36, Y)],
        Outcome::Pass,
        clean,
    );
    let late = figures(Punctuality::Late, 40, Some(52));
    ends(
        allow,
        &[(0, N), (20, N), (26, Y), (30, N), (50, N), (56, Y)],
        Outcome::Fail,
        late,
    );
    let violated = figures(Punctuality::Violated, 50, None);
    ends(allow, &[(0, Y), (6, N), (56, N)], Outcome::Fail, violated);
    // Nobody knows what happened before and after one bad tick.
    let clean = figures(Punctuality::Clean, 0, Some(48));
    ends(allow, &[(0, Y), (24, N), (72, Y)], Outcome::Pass, clean);
    let violated = figures(Punctuality::Violated, 0, Some(48));
    ends("each", &[(0, Y), (24, N), (72, Y)], Outcome::Fail, violated);
}

#[test]
fn what_is_not_over_yet_is_open() {
    let open = check_of(WITHIN, &[(0, N), (12, N)], true);
    let series = open.series.unwrap();
    assert_eq!(
        (open.outcome, series.punctuality),
        (Outcome::Skipped, Punctuality::Open)
    );
    assert_eq!(
        open.message,
        "not over yet: 24h after the first tick or later"
    );
    let open = check_of("{ allow: day }", &[(0, Y), (12, Y)], true);
    assert_eq!(open.series.unwrap().punctuality, Punctuality::Open);
    // What is broken stays broken.
    let broken = check_of(WITHIN, &[(0, N), (24, N)], true);
    assert_eq!(broken.outcome, Outcome::Fail);
}

#[test]
fn a_tick_that_begins_at_once_counts_as_of_its_own_time() {
    let mut one = tick("apnic", 0, 24);
    one.at = Some(one.due + SignedDuration::from_millis(9));
    assert_eq!(one.time(), Some(one.due));
    one.at = Some(one.due + SignedDuration::from_mins(9));
    assert_eq!(one.time(), one.at);
    one.at = None;
    assert_eq!(one.time(), None);
}

fn comparison_of(keys: &str, all: &[(&str, &[Seen])]) -> ComparisonResult {
    let scenario = format!(
        "scenario: t\ntitle: A test\nregistries: [apnic, arin]\nlevel: proposed\npoll: {{ at: [0h] }}\nprobes:\n  p: {{ rdap: help }}\n\
        compare:\n  - id: x\n    title: They agree\n    min_participants: 2\n    value: p.json.v\n{keys}"
    );
    let results = judged(&scenario, all, false);
    results.comparisons.into_iter().next().unwrap()
}

#[test]
fn a_comparison_is_made_at_every_tick() {
    let keys = "    over_time: { allow: 24h }\n    rule: exactly_one\n";
    let (moves, takes) = (
        [(0, Y), (20, Y), (22, N), (70, N)],
        [(0, N), (20, N), (22, Y), (70, Y)],
    );
    let held = comparison_of(keys, &[("apnic", &moves), ("arin", &takes)]);
    assert_eq!(held.agreement, Agreement::Consistent);
    let both = [(0, Y), (20, Y), (22, Y), (70, Y)];
    let twice = comparison_of(keys, &[("apnic", &both), ("arin", &takes)]);
    assert_eq!(twice.agreement, Agreement::Divergent);
    assert_eq!(
        twice.message,
        "late: for at least 48h, and at the last tick (24h allowed); last 70h after the first tick: apnic and arin; expected exactly one"
    );
    let silent = [(0, None), (20, None), (22, None), (70, None)];
    let unknown = comparison_of(keys, &[("apnic", &moves), ("arin", &silent)]);
    assert_eq!(unknown.agreement, Agreement::NotComparable);
}

#[test]
fn a_check_sees_the_first_tick_and_the_other_side() {
    let scenario = "scenario: t\ntitle: A test\nregistries: all\nlevel: proposed\nmatrix: { case: [{ id: one, a: apnic, b: arin }] }\n\
        pair: { source: \"${case.a}\", recipient: \"${case.b}\" }\npoll: { at: [0h, 1h] }\nstages: { moved: recipient.p.json.v }\n\
        probes:\n  p: { rdap: help }\nchecks:\n  - id: c\n    title: It moves\n    role: source\n    over_time: { from: moved }\n    \
        expr: \"!p.json.v && first.p.json.v && !recipient.first.p.json.v && stages.moved.since == duration('1h') && role == 'source'\"\n";
    let suite = suite(scenario, &[]);
    let plan = plan(&suite);
    let planned = &plan.scenarios[0];
    let ids: Vec<&str> = planned.instances.ids().map(RegistryId::as_str).collect();
    assert_eq!(ids, ["apnic", "arin"]);
    let results = judged_pair(scenario, [[true, false], [false, true]]);
    assert_eq!(results.checks.len(), 1);
    let check = &results.checks[0];
    assert_eq!(
        (check.registry.as_str(), check.outcome),
        ("apnic", Outcome::Pass),
        "{}",
        check.message
    );
    let results = judged_pair(scenario, [[true, true], [false, true]]);
    assert_eq!(results.checks[0].outcome, Outcome::Fail);
}

/// Judges a scenario about a pair over two ticks of APNIC and of ARIN.
fn judged_pair(scenario: &str, values: [[bool; 2]; 2]) -> Results {
    let suite = suite(scenario, &[]);
    let plan = plan(&suite);
    let (mut observations, mut ticks) = (Vec::new(), Vec::new());
    for (registry, values) in ["apnic", "arin"].into_iter().zip(values) {
        for (number, value) in values.into_iter().enumerate() {
            let mut one = seen(registry, json!({ "v": value }));
            let mut tick = tick(registry, number, i64::try_from(number).unwrap());
            tick.instance = "case=one".into();
            one.key.tick = tick.number;
            one.key.instance = "case=one".into();
            observations.push(one);
            ticks.push(tick);
        }
    }
    let run = Run {
        id: String::new(),
        target: "test".to_owned(),
        kind: plan.target.kind,
        faults: Vec::new(),
        vantage: "here".to_owned(),
        started: started(),
        partial: false,
        planned: Planned::default(),
        parts: Vec::new(),
        reproduce: String::new(),
        flags: Vec::new(),
        file: None,
        shard: None,
    };
    let mut auditor = Auditor::new(&suite, &plan.registries, run);
    auditor.add(&plan.scenarios[0], &observations, &ticks);
    let policy = suite.policies.get("default").unwrap();
    auditor.finish(policy, Mode::Gate, &[]).results
}
