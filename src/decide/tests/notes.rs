//! Remarks and errata.

use super::*;

fn remark(change: impl FnOnce(&mut RegistryRemark)) -> RegistryRemark {
    let mut line = RegistryRemark {
        matches: NoteMatch {
            check: "rdap.help/*".to_owned(),
            registries: vec![id("apnic")],
            target: "live".to_owned(),
            ..NoteMatch::default()
        },
        remark: Remark {
            id: "R-1".to_owned(),
            registry: id("apnic"),
            stance: Stance::Disputed,
            planned: None,
            text: "The clause is about something else".to_owned(),
            by: "RDAP team".to_owned(),
            on: "2026-11-10".parse().unwrap(),
            url: String::new(),
        },
        place: Place::default(),
    };
    change(&mut line);
    line
}

#[test]
fn a_remark_stands_beside_the_finding_and_changes_no_verdict() {
    let court = |line: RegistryRemark| Court {
        remarks: vec![line],
        ..Court::default()
    };
    let told = |court: &Court, outcome| {
        let one = results(vec![check(Level::Must, outcome)], Vec::new());
        let (mut results, gate, _, mut states) = court.told(one);
        (results.checks.remove(0), gate, states.pop())
    };
    let (failed, gate, state) = told(&court(remark(|_| {})), Outcome::Fail);
    assert_eq!(failed.remarks.len(), 1);
    assert_eq!(failed.disposition, Disposition::Unexpected);
    assert!(gate.has_failed() && !failed.counts_publicly());
    assert_eq!(state.unwrap().findings, 1);
    let (passed, _, state) = told(&court(remark(|_| {})), Outcome::Pass);
    assert!(passed.remarks.is_empty() && passed.counts_publicly());
    assert_eq!(state.unwrap().findings, 0);

    for (change, is_beside) in [
        (
            remark(|r| "rdap.ip/*".clone_into(&mut r.matches.check)),
            false,
        ),
        (remark(|r| "mock".clone_into(&mut r.matches.target)), false),
        // Without a target it is about production, and this is a staging target.
        (remark(|r| r.matches.target.clear()), false),
        (
            remark(|r| "seen 404".clone_into(&mut r.matches.contains)),
            true,
        ),
        (
            remark(|r| "seen 500".clone_into(&mut r.matches.contains)),
            false,
        ),
        (remark(|r| r.matches.registries = vec![id("arin")]), false),
        (
            remark(|r| {
                let axis = ("prefix".to_owned(), "192.0.2.0/24".to_owned());
                r.matches.parameters.extend([axis]);
            }),
            true,
        ),
    ] {
        let (failed, _, _) = told(&court(change.clone()), Outcome::Fail);
        assert_eq!(!failed.remarks.is_empty(), is_beside, "{change:?}");
    }
    let live = Court {
        kind: TargetKind::Live,
        ..court(remark(|r| r.matches.target.clear()))
    };
    assert_eq!(told(&live, Outcome::Fail).0.remarks.len(), 1);

    let planned = remark(|r| {
        r.remark.stance = Stance::Planned;
        r.remark.planned = Some("2026-11-20".parse().unwrap());
    });
    let (failed, _, state) = told(&court(planned), Outcome::Fail);
    assert!(failed.counts_publicly() && state.unwrap().overdue);

    let divergent = results(
        Vec::new(),
        vec![comparison(Level::Must, Agreement::Divergent)],
    );
    let (told, _) = court(remark(|_| {})).decide(divergent);
    assert_eq!(told.comparisons[0].remarks.len(), 1);
}

#[test]
fn a_withdrawn_verdict_is_there_and_counts_nowhere() {
    let erratum = |runs: &[&str], check: &str| Correction {
        matches: NoteMatch {
            check: check.to_owned(),
            ..NoteMatch::default()
        },
        runs: runs.iter().map(|run| (*run).to_owned()).collect(),
        erratum: Erratum {
            id: "E-1".to_owned(),
            reason: "The check read another clause".to_owned(),
            on: "2026-11-24".parse().unwrap(),
            url: String::new(),
        },
        place: Place::default(),
    };
    let court = |one| Court {
        errata: vec![one],
        ..Court::with_waiver(|_| {})
    };
    let both = || {
        results(
            vec![check(Level::Must, Outcome::Fail)],
            vec![comparison(Level::Must, Agreement::Divergent)],
        )
    };
    let (told, gate) = court(erratum(&["run-1", "run-2"], "rdap.help/*")).decide(both());
    let withdrawn = &told.checks[0];
    assert_eq!(withdrawn.disposition, Disposition::Withdrawn);
    assert_eq!(
        (withdrawn.outcome, &withdrawn.waiver),
        (Outcome::Fail, &None)
    );
    assert!(withdrawn.erratum.is_some() && !withdrawn.counts_publicly());
    assert_eq!(told.comparisons[0].disposition, Disposition::Withdrawn);
    assert!(gate.is_met(), "{gate:?}");
    assert!(told.summary.by_registry.of("apnic").unwrap().is_empty());
    assert_eq!(told.summary.causes.of("apnic"), Some(&0));
    assert_eq!(told.summary.dispositions[&Disposition::Withdrawn], 2);

    for other in [
        erratum(&["run-1"], "rdap.help/*"),
        erratum(&["run-2"], "rdap.ip/*"),
    ] {
        let (told, _) = court(other).decide(both());
        assert_eq!(told.checks[0].disposition, Disposition::Known);
    }
    // What was withdrawn confirms nothing.
    let live = |errata| Court {
        kind: TargetKind::Live,
        past: vec![past("2026-11-21T08:00:00Z", both().checks, Vec::new())],
        errata,
        ..Court::default()
    };
    let failing = || check(Level::Must, Outcome::Fail);
    live(Vec::new()).check(failing(), Disposition::Unexpected);
    live(vec![erratum(&["run-1"], "**")]).check(failing(), Disposition::Unconfirmed);

    // An old judging is marked as it is, without being judged again.
    let (mut old, _) = Court::default().decide(both());
    withdraw(&mut old, "run-9", &[erratum(&["run-9"], "**")]);
    assert_eq!(old.checks[0].disposition, Disposition::Withdrawn);
    assert_eq!(old.summary.dispositions.len(), 1);
}
