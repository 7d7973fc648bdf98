//! The fault walk: every fault of the mock world changes exactly the verdicts it names.
//!
//! The whole suite is run on the world without faults once. For a fault only that is asked
//! and judged again which it can change, and this loses nothing:
//!
//! - What the mock answers is a pure function of world, request and time. The requests of the
//!   baseline are put to the faulty world; a *case* (one scenario, instance and registry) all of
//!   whose answers are the same is the same case, because probes read nothing but their own case.
//!   Within a poll the same holds of each probe at each tick, with the probes that it waits for.
//! - Cases with another answer are asked again, everything else is remembered from the baseline
//!   in the way a resumed run remembers it. A registry with such a case is judged again in that
//!   scenario, and all five are compared again, the others with the values that they had: no verdict
//!   rests on what another registry shows.
//! - A fault of the wire is no matter of pure answers. It runs over sockets, and every case that
//!   meets a host of its registry is asked again, but for hosts whose connections it leaves alone.
//!
//! `QUINTET_BLESS=1 cargo test --test it fault_walk` writes what was seen into `expects` of the
//! files that are wrong; look at each difference before you keep it.

mod bless;
pub(crate) mod cases;
mod difference;
mod ground;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Instant;

use quintet::mock::fault::{Change, Fault, Kind};
use quintet::verdict::results::Results;
use quintet::verdict::{self, Agreement, Level, Outcome};

use crate::whole_suite::{ACCEPTED, Beside, rehearsed, runtime};
use ground::{GROUND, Walked, patience};

/// Threads of the walk: as many as the machine of `.ci/run` has cores, and one for when another waits for its
/// probes. Faults that wait all the time have threads of their own.
const THREADS: usize = 3;

/// Most failures of a fault that shows what one id is for.
const FEW: usize = 4;

/// Returns what the whole suite finds in the world without faults.
pub(crate) fn baseline() -> &'static Results {
    &GROUND.results
}

/// Walked once for all tests of this file.
static WALKED: LazyLock<Vec<Walked>> = LazyLock::new(|| {
    let ground = &*GROUND;
    let began = Instant::now();
    // Those that wait go first, so that the others are walked meanwhile.
    let (waiting, mut faults): (Vec<&Fault>, Vec<&Fault>) = ground
        .faults
        .iter()
        .partition(|fault| patience(fault).is_some());
    faults.sort_by_key(|fault| std::cmp::Reverse(weight(fault)));
    let next = AtomicUsize::new(0);
    let walked = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for fault in waiting {
            let walked = &walked;
            scope.spawn(move || {
                let runtime = runtime();
                let beside = runtime.block_on(Beside::serve(rehearsed()));
                let one = runtime.block_on(ground.walk(fault, &beside.live));
                walked.lock().unwrap().push(one);
                runtime.block_on(beside.close());
            });
        }
        for _ in 0..THREADS {
            scope.spawn(|| {
                let runtime = runtime();
                let beside = runtime.block_on(Beside::serve(rehearsed()));
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = runtime.block_on(ground.walk(fault, &beside.live));
                    walked.lock().unwrap().push(one);
                }
                runtime.block_on(beside.close());
            });
        }
    });
    let mut walked = walked.into_inner().unwrap();
    walked.sort_by(|a, b| a.name.cmp(&b.name));
    eprintln!(
        "fault walk: {} faults in {:.1} s",
        walked.len(),
        began.elapsed().as_secs_f64()
    );
    let mut slow: Vec<&Walked> = walked.iter().collect();
    slow.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    for one in slow.iter().take(5) {
        eprintln!("  {:5.1} s  {}", one.seconds, one.name);
    }
    walked
});

/// Says roughly how long a fault is walked, to walk the longest first.
fn weight(fault: &Fault) -> u8 {
    let heavy = |change: &Change| match change {
        Change::Wire { .. } => 3,
        Change::Http { when, .. } if when.on.contains(&Kind::All) => 2,
        Change::World(_) => 1,
        _ => 0,
    };
    fault.changes.iter().map(heavy).max().unwrap_or(0)
}

#[test]
fn the_baseline_fails_nothing_and_says_why_something_does_not_apply() {
    let results = &GROUND.results;
    let mut wrong = String::new();
    let (mut can_fail, mut pass) = (0_usize, 0_usize);
    for check in &results.checks {
        if check.level == Level::Observe || !check.operator.is_registry() {
            continue;
        }
        can_fail += 1;
        pass += usize::from(check.outcome == Outcome::Pass);
        let is_declared = check.outcome == Outcome::NotApplicable && !check.message.is_empty();
        if check.outcome != Outcome::Pass && !is_declared {
            writeln!(
                wrong,
                "{} at {} {:?}: {} {}",
                check.id, check.registry, check.parameters, check.outcome, check.message
            )
            .unwrap();
        }
    }
    for comparison in &results.comparisons {
        let holds = comparison.agreement == Agreement::Consistent;
        if !holds && comparison.level != Level::Observe {
            writeln!(
                wrong,
                "{} {:?}: {} {}",
                comparison.id, comparison.parameters, comparison.agreement, comparison.message
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    eprintln!("baseline: {pass} of {can_fail} cells that can fail are pass");
}

#[test]
fn what_is_accepted_of_the_mock_world_is_what_it_shows() {
    let drifts = &GROUND.results.drifts;
    let apart: Vec<_> = drifts
        .iter()
        .filter(|d| d.change != verdict::DriftClass::Unchanged)
        .collect();
    assert!(
        apart.is_empty(),
        "run `quintet run`, then `quintet baseline accept BUNDLE`: {apart:#?}"
    );
    let of_all = drifts
        .iter()
        .map(|d| d.registry.as_str())
        .collect::<BTreeSet<_>>();
    assert_eq!(of_all.len(), 5);
    let files = ACCEPTED.iter().map(|(_, _, file)| &file.path);
    let unused: Vec<&String> = files
        .filter(|p| !GROUND.results.baselines.contains_key(*p))
        .collect();
    assert!(unused.is_empty(), "nothing looks at {unused:#?}");
}

#[test]
fn every_fault_changes_exactly_the_verdicts_it_names() {
    let mut fails: Vec<usize> = WALKED.iter().map(|w| w.fails).collect();
    fails.sort_unstable();
    let median = fails[fails.len() / 2];
    let wrong: String = WALKED
        .iter()
        .filter(|w| !w.wrong.is_empty())
        .map(|w| format!("{}:\n{}", w.name, w.wrong))
        .collect();
    eprintln!("median of `fail`: {median}");
    assert!(
        wrong.is_empty(),
        "{wrong}`QUINTET_BLESS=1` writes what was seen into these files"
    );
    assert!(median <= FEW, "the median of `fail` is {median}");
}

#[test]
fn every_id_that_can_fail_is_reached_by_a_fault() {
    let reached: BTreeSet<&String> = WALKED.iter().flat_map(|w| &w.reached).collect();
    let all = GROUND.can_fail();
    let never: Vec<&String> = all.iter().filter(|id| !reached.contains(id)).collect();
    eprintln!(
        "{} ids can fail, {} are never reached",
        all.len(),
        never.len()
    );
    assert!(never.is_empty(), "no fault reaches {never:#?}");
    let narrow = WALKED.iter().filter(|w| w.fails <= FEW);
    let reached: BTreeSet<&String> = narrow.flat_map(|w| &w.reached).collect();
    let never: Vec<&String> = all.iter().filter(|id| !reached.contains(id)).collect();
    assert!(
        never.is_empty(),
        "no fault with at most {FEW} failures reaches {never:#?}"
    );
}

#[test]
fn a_rule_that_always_passes_turns_a_fault_red() {
    let proved: BTreeSet<&String> = WALKED.iter().flat_map(|w| &w.proved).collect();
    let rules = &GROUND.rules;
    let unproved: Vec<&String> = rules.iter().filter(|id| !proved.contains(id)).collect();
    eprintln!(
        "{} rules can fail, {} were proved",
        rules.len(),
        proved.len()
    );
    assert!(
        unproved.is_empty(),
        "nothing notices if these always pass: {unproved:#?}"
    );
}
