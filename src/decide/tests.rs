//! Dispositions and the gate, case by case.

mod notes;
mod vantages;
mod waivers;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::registry::RegistryId;
use crate::scenario::suite::{NoteMatch, WaiverMatch, WaiverScope};
use crate::verdict::note::{Erratum, Remark};
use crate::verdict::results::{FORMAT, Place, Planned, RegistryName};
use crate::verdict::{By, Cause, Operator, Role, Stance, Weight};

fn id(text: &str) -> RegistryId {
    RegistryId::parse(text).unwrap()
}

fn check(level: Level, outcome: Outcome) -> CheckResult {
    CheckResult {
        id: "rdap.help/answers".to_owned(),
        by: By::Check,
        scenario: "rdap.help".to_owned(),
        title: "Help is answered".to_owned(),
        registry: id("apnic"),
        parameters: BTreeMap::from([("prefix".to_owned(), "192.0.2.0/24".to_owned())]),
        vantage: "ams1".to_owned(),
        outcome,
        cause: (outcome == Outcome::Inconclusive).then_some(Cause::Timeout),
        level,
        operator: Operator::RirService,
        disposition: Disposition::Expected,
        waiver: None,
        gate: Weight::None,
        remarks: Vec::new(),
        erratum: None,
        vantages: [].into(),
        same_cause: None,
        since: None,
        refs: vec!["rfc9083#7".to_owned()],
        message: "`help.status`: expected 200, seen 404".to_owned(),
        expected: "200".to_owned(),
        seen: "404".to_owned(),
        locations: Vec::new(),
        findings: 1,
        source: Place::default(),
        observations: Vec::new(),
        evidence: Vec::new(),
        asked: Vec::new(),
        sampled: None,
        series: None,
        flaky: false,
        volatile: false,
    }
}

fn comparison(level: Level, agreement: Agreement) -> ComparisonResult {
    ComparisonResult {
        id: "rdap.help/same".to_owned(),
        scenario: "rdap.help".to_owned(),
        title: "They agree".to_owned(),
        rule: "equal".to_owned(),
        parameters: BTreeMap::new(),
        agreement,
        level,
        operator: Operator::RirService,
        disposition: Disposition::Expected,
        waiver: None,
        gate: Weight::None,
        remarks: Vec::new(),
        erratum: None,
        vantages: [].into(),
        since: None,
        grace_seconds: None,
        refs: Vec::new(),
        message: "2 different values".to_owned(),
        groups: Vec::new(),
        unit: None,
        series: None,
        declared: BTreeMap::new(),
        absent: BTreeMap::new(),
        marks: BTreeMap::new(),
        volatile: false,
        roles: BTreeMap::from([
            ("apnic".to_owned(), Role::Agrees),
            ("arin".to_owned(), Role::Outlier),
        ]),
        attributed: true,
        participants: crate::verdict::results::Participants { need: 2, have: 2 },
        spread_seconds: None,
        source: Place::default(),
        observations: Vec::new(),
    }
}

fn results(checks: Vec<CheckResult>, comparisons: Vec<ComparisonResult>) -> Results {
    let (id, name) = (id("apnic"), "APNIC".to_owned());
    Results {
        format: FORMAT,
        suite: String::new(),
        target: "live".to_owned(),
        partial: false,
        planned: Planned::default(),
        registries: vec![RegistryName { id, name }],
        checks,
        comparisons,
        drifts: Vec::new(),
        baselines: BTreeMap::new(),
        peers: None,
        cases: Vec::new(),
        expiries: Vec::new(),
        checklists: Vec::new(),
        summary: Summary::default(),
    }
}

fn waiver() -> Waiver {
    Waiver {
        id: "W-1".to_owned(),
        matches: WaiverMatch {
            check: "rdap.help/*".to_owned(),
            registries: vec![id("apnic")],
            target: "live".to_owned(),
            ..WaiverMatch::default()
        },
        reason: "known".to_owned(),
        owner: "ops@apnic.test".to_owned(),
        approved_by: "ecg".to_owned(),
        scope: WaiverScope::Both,
        issue: "https://example.net/1".to_owned(),
        issued: "2026-11-01".parse().unwrap(),
        expires: "2026-11-30".parse().unwrap(),
        place: Place::default(),
    }
}

/// What decides, owned, so that a test changes one thing.
struct Court {
    policy: Policy,
    waivers: Vec<Waiver>,
    remarks: Vec<RegistryRemark>,
    errata: Vec<Correction>,
    mode: Mode,
    kind: TargetKind,
    now: &'static str,
    past: Vec<Past>,
}

impl Default for Court {
    fn default() -> Self {
        Self {
            policy: Policy {
                name: "default".to_owned(),
                gate: Level::Must,
                levels: Vec::new(),
                flaky_fails: false,
                drift_fails: false,
                place: Place::default(),
            },
            waivers: Vec::new(),
            remarks: Vec::new(),
            errata: Vec::new(),
            mode: Mode::Gate,
            kind: TargetKind::Staging,
            now: "2026-11-21T10:00:00Z",
            past: Vec::new(),
        }
    }
}

impl Court {
    fn with_waiver(change: impl FnOnce(&mut Waiver)) -> Self {
        let mut waiver = waiver();
        change(&mut waiver);
        Self {
            waivers: vec![waiver],
            ..Self::default()
        }
    }

    fn decide(&self, results: Results) -> (Results, Gate) {
        let (results, gate, _, _) = self.told(results);
        (results, gate)
    }

    fn told(&self, mut results: Results) -> (Results, Gate, Vec<WaiverState>, Vec<RemarkState>) {
        let registry = Registry {
            id: id("apnic"),
            name: "APNIC".to_owned(),
            data: serde_json::Value::Null,
            hosts: vec!["rdap.apnic.test".to_owned()],
            capabilities: BTreeMap::new(),
            maintenance: Vec::new(),
            per_second: None,
            publication: Default::default(),
            setting: Arc::default(),
            place: Place::default(),
        };
        let registries: PerRegistry<Arc<Registry>> =
            [(id("apnic"), Arc::new(registry))].into_iter().collect();
        let terms = Terms {
            policy: &self.policy,
            waivers: &self.waivers,
            remarks: &self.remarks,
            errata: &self.errata,
            run: "run-2",
            mode: self.mode,
            kind: self.kind,
            now: self.now.parse().unwrap(),
            release: "0.2",
            registries: &registries,
            past: &self.past,
        };
        decide(&mut results, &terms);
        let gate = gate(&mut results, &terms);
        let waivers = waiver_states(&results, &terms);
        let remarks = remark_states(&results, &terms);
        (results, gate, waivers, remarks)
    }

    #[track_caller]
    fn check(&self, check: CheckResult, disposition: Disposition) {
        let (results, _) = self.decide(results(vec![check], Vec::new()));
        assert_eq!(results.checks[0].disposition, disposition);
    }
}

#[test]
fn a_failure_is_unexpected_unless_something_says_otherwise() {
    let failing = || check(Level::Must, Outcome::Fail);
    Court::default().check(failing(), Disposition::Unexpected);
    Court::default().check(check(Level::Must, Outcome::Pass), Disposition::Expected);
    Court::default().check(
        check(Level::Must, Outcome::Inconclusive),
        Disposition::Expected,
    );
    let mut new = failing();
    new.since = Some("0.2".to_owned());
    Court::default().check(new.clone(), Disposition::Provisional);
    new.since = Some("0.1".to_owned());
    Court::default().check(new, Disposition::Unexpected);
    let mut flaky = failing();
    flaky.flaky = true;
    Court::default().check(flaky, Disposition::Flaky);
}

#[test]
fn a_waiver_matches_by_all_its_keys() {
    let failing = || check(Level::Must, Outcome::Fail);
    let known =
        |change: fn(&mut Waiver)| Court::with_waiver(change).check(failing(), Disposition::Known);
    let unknown = |change: fn(&mut Waiver)| {
        Court::with_waiver(change).check(failing(), Disposition::Unexpected)
    };
    known(|_| {});
    known(|w| "rdap.**".clone_into(&mut w.matches.check));
    known(|w| "200, seen 404".clone_into(&mut w.matches.contains));
    known(|w| "ams1".clone_into(&mut w.matches.vantage));
    known(|w| {
        drop(
            w.matches
                .parameters
                .insert("prefix".to_owned(), "192.0.2.0/24".to_owned()),
        )
    });
    unknown(|w| "rdap.*".clone_into(&mut w.matches.check));
    unknown(|w| "staging".clone_into(&mut w.matches.target));
    unknown(|w| w.matches.registries = vec![id("arin")]);
    unknown(|w| "500".clone_into(&mut w.matches.contains));
    unknown(|w| "nyc1".clone_into(&mut w.matches.vantage));
    unknown(|w| {
        drop(
            w.matches
                .parameters
                .insert("prefix".to_owned(), "x".to_owned()),
        )
    });
    unknown(|w| w.scope = WaiverScope::Audit);
    unknown(|w| w.issued = "2026-11-22".parse().unwrap());
}

#[test]
fn a_waiver_ends_after_its_last_day() {
    let failing = || check(Level::May, Outcome::Fail);
    let on = |now| Court {
        now,
        ..Court::with_waiver(|_| {})
    };
    on("2026-11-30T23:59:59Z").check(failing(), Disposition::Known);
    on("2026-12-01T00:00:00Z").check(failing(), Disposition::ExpiredWaiver);
    // An expired waiver fails the gate at every level.
    let (_, gate) = on("2026-12-01T00:00:00Z").decide(results(vec![failing()], Vec::new()));
    assert!(gate.has_failed());
    on("2026-12-01T00:00:00Z").check(check(Level::May, Outcome::Pass), Disposition::Expected);
}

#[test]
fn a_waiver_of_what_passes_is_stale_and_fails_an_audit() {
    let passing = || results(vec![check(Level::Must, Outcome::Pass)], Vec::new());
    let (told, gate) = Court::with_waiver(|_| {}).decide(passing());
    assert_eq!(told.checks[0].disposition, Disposition::StaleWaiver);
    assert!(gate.is_met());
    let audit = Court {
        mode: Mode::Audit,
        ..Court::with_waiver(|_| {})
    };
    assert!(audit.decide(passing()).1.has_failed());
}

#[test]
fn a_registry_does_not_approve_its_own_waiver_for_an_audit() {
    for approver in [
        "apnic",
        "Jane Doe, APNIC",
        "jane@apnic.test",
        "jane@rdap.apnic.test",
    ] {
        let court = |mode| Court {
            mode,
            ..Court::with_waiver(|w| approver.clone_into(&mut w.approved_by))
        };
        court(Mode::Gate).check(check(Level::Must, Outcome::Fail), Disposition::Known);
        court(Mode::Audit).check(check(Level::Must, Outcome::Fail), Disposition::Unexpected);
    }
    let other = Court {
        mode: Mode::Audit,
        ..Court::with_waiver(|w| "jane@notapnic.test".clone_into(&mut w.approved_by))
    };
    other.check(check(Level::Must, Outcome::Fail), Disposition::Known);
}

fn past(at: &str, checks: Vec<CheckResult>, comparisons: Vec<ComparisonResult>) -> Past {
    Past {
        run: "run-1".to_owned(),
        at: at.parse().unwrap(),
        results: results(checks, comparisons),
    }
}

#[test]
fn a_live_failure_is_confirmed_by_time_or_by_another_place() {
    let failing = || check(Level::Must, Outcome::Fail);
    let live = |past| Court {
        kind: TargetKind::Live,
        past,
        ..Court::default()
    };
    let before = |at: &str| live(vec![past(at, vec![failing()], Vec::new())]);
    live(Vec::new()).check(failing(), Disposition::Unconfirmed);
    before("2026-11-21T09:30:00Z").check(failing(), Disposition::Unconfirmed);
    before("2026-11-21T09:00:00Z").check(failing(), Disposition::Unexpected);
    let mut elsewhere = failing();
    "nyc1".clone_into(&mut elsewhere.vantage);
    live(vec![past(
        "2026-11-21T09:59:00Z",
        vec![elsewhere.clone()],
        Vec::new(),
    )])
    .check(failing(), Disposition::Unexpected);
    let (both, _) =
        live(Vec::new()).decide(results(vec![failing(), elsewhere.clone()], Vec::new()));
    assert!(
        both.checks
            .iter()
            .all(|c| c.disposition == Disposition::Unexpected)
    );
    elsewhere.outcome = Outcome::Pass;
    let (apart, _) = live(Vec::new()).decide(results(vec![failing(), elsewhere], Vec::new()));
    assert_eq!(apart.checks[0].cause, Some(Cause::VantagesDisagree));
    let mut other = failing();
    other.parameters.clear();
    live(vec![past("2026-11-21T08:00:00Z", vec![other], Vec::new())])
        .check(failing(), Disposition::Unconfirmed);
}

#[test]
fn a_divergence_counts_after_its_grace() {
    let divergent = || {
        let mut one = comparison(Level::Must, Agreement::Divergent);
        one.grace_seconds = Some(3 * 86_400);
        one
    };
    let told = |past| {
        let court = Court {
            past,
            ..Court::default()
        };
        let (told, gate) = court.decide(results(Vec::new(), vec![divergent()]));
        (told.comparisons[0].disposition, gate.has_failed())
    };
    assert_eq!(told(Vec::new()), (Disposition::Unconfirmed, false));
    let seen = |at: &str, agreement| past(at, Vec::new(), vec![comparison(Level::Must, agreement)]);
    let long_ago = || seen("2026-11-18T09:00:00Z", Agreement::Divergent);
    assert_eq!(told(vec![long_ago()]), (Disposition::Unexpected, true));
    let mended = seen("2026-11-20T09:00:00Z", Agreement::Consistent);
    assert_eq!(
        told(vec![long_ago(), mended]),
        (Disposition::Unconfirmed, false)
    );
}

#[test]
fn what_gates_is_said_by_level_operator_and_policy() {
    let failed = |check: CheckResult, gate_level: Level| {
        let mut court = Court::default();
        court.policy.gate = gate_level;
        court
            .decide(results(vec![check], Vec::new()))
            .1
            .has_failed()
    };
    for gate_level in Level::ALL {
        for level in Level::ALL {
            let expected = level.counts() && level <= gate_level;
            assert_eq!(
                failed(check(*level, Outcome::Fail), *gate_level),
                expected,
                "{level} {gate_level}"
            );
        }
    }
    for operator in Operator::ALL {
        let mut one = check(Level::Must, Outcome::Fail);
        one.operator = *operator;
        assert_eq!(
            failed(one, Level::Must),
            operator.is_registry(),
            "{operator}"
        );
    }
    let mut court = Court::default();
    court.policy.levels = vec![("rdap.**".to_owned(), Level::Should, "not yet".to_owned())];
    let (told, gate) = court.decide(results(vec![check(Level::Must, Outcome::Fail)], Vec::new()));
    assert_eq!((told.checks[0].level, gate.is_met()), (Level::Should, true));
}

#[test]
fn a_gate_that_could_not_see_cannot_vouch() {
    let gate = |outcome, cause| {
        let mut one = check(Level::Must, outcome);
        one.cause = cause;
        Court::default().decide(results(vec![one], Vec::new())).1
    };
    assert!(gate(Outcome::Inconclusive, Some(Cause::Timeout)).cannot_vouch());
    assert!(gate(Outcome::Error, None).cannot_vouch());
    assert!(gate(Outcome::Inconclusive, Some(Cause::NeedsHistory)).is_met());
    assert!(gate(Outcome::Skipped, None).is_met());
    assert!(gate(Outcome::NotApplicable, None).is_met());
    let compared = |agreement| {
        Court::default()
            .decide(results(
                Vec::new(),
                vec![comparison(Level::Must, agreement)],
            ))
            .1
    };
    assert!(compared(Agreement::NotComparable).cannot_vouch());
    assert!(compared(Agreement::Insufficient).is_met());
    assert!(compared(Agreement::Divergent).has_failed());
    let mut partial = results(vec![check(Level::Must, Outcome::Pass)], Vec::new());
    partial.partial = true;
    assert!(Court::default().decide(partial).1.cannot_vouch());
    assert!(
        Court::default()
            .decide(results(Vec::new(), Vec::new()))
            .1
            .nothing
    );
}

#[test]
fn failures_of_one_cause_are_counted_once() {
    let mut checks = vec![check(Level::Must, Outcome::Fail); 3];
    checks[0].same_cause = Some("no-handle".to_owned());
    checks[1].same_cause = Some("no-handle".to_owned());
    "rdap.help/other".clone_into(&mut checks[2].id);
    let (told, _) = Court::default().decide(results(checks, Vec::new()));
    assert_eq!(told.summary.causes.of("apnic"), Some(&2));
    let must = &told.summary.by_registry.of("apnic").unwrap()[&Level::Must];
    assert_eq!(must[&Outcome::Fail], 3);
}
