//! Transfers as they are followed: cases out of logs and declared ones, and what each comes to.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use quintet::cli::direct::Direct;
use quintet::clock::{Clock, VirtualClock};
use quintet::mock::World;
use quintet::registry::PerRegistry;
use quintet::run::Memory;
use quintet::scenario::suite::Suite;
use quintet::verdict::Punctuality;
use quintet::verdict::case::CaseResult;

use crate::fault_walk::cases::Nobody;
use crate::mock_world::{five, now};
use crate::whole_suite::{ask, folder, judge, plan, runtime};

/// The scenario that is looked at here.
const LIFECYCLE: &str = "transfers.lifecycle";

/// Follows transfers in a world, by a suite.
fn follow(suite: &Suite, world: World) -> Vec<CaseResult> {
    let mut plan = plan(suite, None);
    let scenarios = &mut plan.scenarios;
    scenarios.retain(|planned| planned.scenario.id.as_ref() == LIFECYCLE);
    let plan = Arc::new(plan);
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new(now()));
    let direct = Direct::new(world, Arc::clone(&clock), Arc::new(Nobody));
    let asked = ask(&plan, Arc::new(direct), Memory::default(), clock);
    let memory = runtime().block_on(asked);
    judge(suite, &plan, &memory, &|_| true).cases
}

#[test]
fn cases_are_opened_from_logs_where_no_transfer_is_declared() {
    let mut suite = Arc::unwrap_or_clone(Suite::read(&folder()).unwrap());
    let target = suite.targets.get_mut("mock").unwrap();
    let mut overlays = PerRegistry::new();
    for (id, overlay) in target.overlays.iter() {
        let mut overlay = overlay.clone();
        let samples = overlay.pointer_mut("/samples").unwrap();
        samples.as_object_mut().unwrap().remove("transfers");
        overlays.insert(id.clone(), overlay);
    }
    target.overlays = overlays;
    // Six days after the beginning of the script everything of it has happened, and both logs have it.
    let began = now() - SignedDuration::from_hours(144);
    let cases = follow(&suite, five().rehearsed(began).unwrap());
    let found: BTreeMap<(&str, &str, &str), Punctuality> = { cases.iter() }
        .map(|case| {
            let ends = (case.source.as_str(), case.recipient.as_str());
            (
                (case.parameters["case"].as_str(), ends.0, ends.1),
                case.verdict,
            )
        })
        .collect();
    // What is only in progress reaches no cut-over while it is followed.
    let expected = BTreeMap::from([
        (("104.16.128.0/20", "arin", "ripe-ncc"), Punctuality::Open),
        (("104.97.0.0/16", "arin", "ripe-ncc"), Punctuality::Clean),
        (("193.16.224.0/19", "ripe-ncc", "apnic"), Punctuality::Open),
    ]);
    assert_eq!(found, expected, "{cases:#?}");
}

#[test]
fn a_rehearsed_transfer_is_clean_and_goes_through_all_stages() {
    let suite = Suite::read(&folder()).unwrap();
    let cases = follow(&suite, five().rehearsed(now()).unwrap());
    let [case] = cases.as_slice() else {
        panic!("{cases:#?}");
    };
    assert_eq!(case.verdict, Punctuality::Clean, "{}", case.reason);
    let hours = |stage: &str| case.stages[stage].duration_since(now()).as_hours();
    assert_eq!(
        ["initialized", "accepted", "cut_over"].map(hours),
        [27, 54, 80]
    );
    assert_eq!(case.ticks.len(), 14);
    assert!(case.parts.iter().all(|part| !part.observations.is_empty()));
}
