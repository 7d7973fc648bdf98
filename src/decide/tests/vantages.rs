//! Several places of observation.

use super::*;

fn live() -> Court {
    Court {
        kind: TargetKind::Live,
        ..Court::default()
    }
}

/// A verdict as it is from a second place.
fn elsewhere(outcome: Outcome) -> CheckResult {
    let mut check = check(Level::Must, outcome);
    "nyc1".clone_into(&mut check.vantage);
    check
}

#[test]
fn there_is_one_verdict_of_two_places_and_none_where_they_disagree() {
    let failing = || check(Level::Must, Outcome::Fail);
    let both = vec![failing(), elsewhere(Outcome::Fail)];
    let (both, _) = live().decide(results(both, Vec::new()));
    assert_eq!(both.checks.len(), 1);
    assert_eq!(both.checks[0].vantage, "ams1, nyc1");
    assert_eq!(both.checks[0].disposition, Disposition::Unexpected);
    let apart = vec![failing(), elsewhere(Outcome::Pass)];
    let (apart, _) = live().decide(results(apart, Vec::new()));
    assert_eq!(apart.checks.len(), 1);
    let one = &apart.checks[0];
    assert_eq!(one.cause, Some(Cause::VantagesDisagree));
    assert!(
        one.message
            .starts_with("passes from nyc1, fails from ams1: ")
    );
    assert_eq!(one.vantages.len(), 2);
    // Who saw nothing takes nothing away from who did.
    let unseen = vec![elsewhere(Outcome::Inconclusive), failing()];
    let (seen, _) = live().decide(results(unseen, Vec::new()));
    assert_eq!(seen.checks.len(), 1);
    assert_eq!(seen.checks[0].disposition, Disposition::Unconfirmed);
    assert_eq!(seen.checks[0].vantage, "ams1");
}

#[test]
fn a_divergence_is_one_of_two_places_that_agree_and_of_none_that_do_not() {
    let seen = |place: &str, agreement: Agreement| {
        let mut one = comparison(Level::Must, agreement);
        one.parameters
            .insert("vantage".to_owned(), place.to_owned());
        one
    };
    let of = |agreements: [Agreement; 2]| {
        let checks = vec![check(Level::Must, Outcome::Pass), elsewhere(Outcome::Pass)];
        let [first, second] = agreements;
        let both = vec![seen("ams1", first), seen("nyc1", second)];
        live().decide(results(checks, both)).0.comparisons
    };
    let both = of([Agreement::Divergent, Agreement::Divergent]);
    assert_eq!(both.len(), 1);
    assert_eq!(both[0].disposition, Disposition::Unexpected);
    assert!(!both[0].parameters.contains_key("vantage"));
    let apart = of([Agreement::Consistent, Agreement::Divergent]);
    assert_eq!(apart.len(), 1);
    assert_eq!(apart[0].agreement, Agreement::NotComparable);
    assert_eq!(
        apart[0].message,
        "consistent from ams1, divergent from nyc1"
    );
}
