//! Nearly every cell of the matrix is judged on the world without faults.
//!
//! A cell is an id at a registry; what is only observed cannot fail and has none.

use std::collections::BTreeMap;

use quintet::verdict::results::{CheckResult, Results};
use quintet::verdict::{Level, Outcome};

use crate::fault_walk::baseline;

/// Least share of cells that pass, in percent.
const LEAST: usize = 95;

#[test]
fn nearly_every_cell_passes_and_every_other_one_says_why_not() {
    let mut cells: BTreeMap<(&str, &str), Vec<&CheckResult>> = BTreeMap::new();
    let results = baseline();
    let own = |c: &&CheckResult| c.level != Level::Observe && c.operator.is_registry();
    for check in results.checks.iter().filter(own) {
        let cell = (check.id.as_str(), check.registry.as_str());
        cells.entry(cell).or_default().push(check);
    }
    let mut passed = 0;
    let mut reasons = Vec::new();
    for ((id, registry), checks) in &cells {
        let all_fit = checks
            .iter()
            .all(|c| matches!(c.outcome, Outcome::Pass | Outcome::NotApplicable));
        assert!(all_fit, "{id} at {registry}: {checks:#?}");
        if let Some(check) = checks.iter().find(|c| c.outcome == Outcome::Pass) {
            // A pass rests on something that was seen.
            assert!(!check.observations.is_empty(), "{id} at {registry}");
            passed += 1;
            continue;
        }
        let declared = |check: &&&CheckResult| {
            let reason = check.message.as_str();
            !reason.is_empty() && reason != "nothing to look at"
        };
        let reason = checks.iter().find(declared);
        let reason = reason.unwrap_or_else(|| panic!("{id} at {registry} says not why"));
        reasons.push(format!("{id} at {registry}: {}", reason.message));
    }
    let total = cells.len();
    assert!(
        passed * 100 >= total * LEAST,
        "{passed} of {total} cells pass; these do not apply:\n{}",
        reasons.join("\n")
    );
}

#[test]
fn every_id_that_can_fail_passes_somewhere() {
    let mut passed: BTreeMap<&str, bool> = BTreeMap::new();
    for check in &baseline().checks {
        if check.level != Level::Observe {
            *passed.entry(&check.id).or_default() |= check.outcome == Outcome::Pass;
        }
    }
    let never: Vec<_> = passed.iter().filter(|(_, passed)| !**passed).collect();
    assert!(never.is_empty(), "nowhere judged: {never:?}");
}

#[test]
fn results_written_one_by_one_are_those_of_which_everything_was_forgotten() {
    // On a clock that stands still nothing is volatile.
    let mut whole = baseline().clone();
    whole
        .checks
        .iter_mut()
        .step_by(3)
        .for_each(|check| check.volatile = true);
    whole
        .comparisons
        .iter_mut()
        .step_by(3)
        .for_each(|comparison| comparison.volatile = true);
    whole
        .drifts
        .iter_mut()
        .step_by(3)
        .for_each(|drift| drift.volatile = true);
    assert!(whole.cases.iter().any(|case| !case.parts.is_empty()));
    let mut forgotten = whole.clone();
    forgotten.forget_volatile();
    assert_ne!(whole, forgotten);
    let lasting = serde_json::to_string(&whole.lasting()).unwrap();
    assert_eq!(lasting, serde_json::to_string(&forgotten).unwrap());
    let again: Results = serde_json::from_str(&serde_json::to_string(&whole).unwrap()).unwrap();
    assert_eq!(again, whole);
}
