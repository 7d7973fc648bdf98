//! Polls: ticks at their times, stopped anywhere and gone on with, missed, ended.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use quintet::clock::{FixedClock, VirtualClock};
use quintet::fact::{Observation, Tick};
use quintet::run::{Event, Memory, Sink as _, execute};
use quintet::scenario::model::{AxisValues, Poll, Reach, Scenario};
use quintet::verdict::results::Place;
use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::{Bench, Scripted, asked, expression, plan, scenario, started};

const HOURS: [i64; 4] = [0, 1, 6, 24];

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn polled(probes: Vec<quintet::scenario::model::Probe>) -> Scenario {
    let at: Vec<SignedDuration> = HOURS.iter().map(|h| hours(*h)).collect();
    let mut scenario = scenario(probes);
    scenario.poll = Some(Poll {
        rehearse: at.clone(),
        at,
        until: None,
        grace: None,
        place: Place::default(),
    });
    scenario
}

fn bench(scenario: Scenario) -> Bench {
    let mut bench = Bench::new(vec![scenario]);
    bench.clock = Arc::new(VirtualClock::new(started()));
    bench
}

fn ticks(bench: &Bench, registry: &str) -> Vec<(u32, Option<i64>)> {
    let mut all: Vec<(u32, Option<i64>)> = bench
        .sink
        .all_ticks()
        .into_iter()
        .filter(|tick| tick.registry.as_str() == registry)
        .map(|tick| {
            let hour = |at: Timestamp| at.duration_since(started()).as_secs() / 3_600;
            (tick.number, tick.at.map(hour))
        })
        .collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn everything_is_asked_again_at_every_tick() {
    let bench = bench(polled(vec![
        asked("first", "help"),
        asked("second", "help"),
    ]));
    let ended = bench.execute().await;
    assert!(ended.complete);
    assert_eq!(ended.observed, 2 * 2 * 4);
    let expected: Vec<(u32, Option<i64>)> = (0..).zip(HOURS.map(Some)).collect();
    assert_eq!(ticks(&bench, "apnic"), expected);
    assert_eq!(ticks(&bench, "arin"), expected);
    for observation in bench.sink.observations() {
        let tick = usize::try_from(observation.key.tick).unwrap();
        assert_eq!(observation.at, started() + hours(HOURS[tick]));
    }
    assert_eq!(bench.clock.now(), started() + hours(24));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_at_another_time_than_that_of_the_tick() {
    for _ in 0..20 {
        let mut polled = polled(vec![asked("first", "help"), asked("second", "help")]);
        polled.matrix = vec![quintet::scenario::model::Axis {
            name: "case".to_owned(),
            values: AxisValues::Literal((0..8).map(|n| json!(n)).collect()),
            place: Place::default(),
        }];
        let bench = bench(polled);
        bench.execute().await;
        for observation in bench.sink.observations() {
            let tick = usize::try_from(observation.key.tick).unwrap();
            assert_eq!(
                observation.at,
                started() + hours(HOURS[tick]),
                "{}",
                observation.key
            );
        }
    }
}

#[tokio::test]
async fn a_poll_begins_when_everything_else_was_asked() {
    let mut once = scenario(vec![asked("first", "fail:2")]);
    once.id = "once".into();
    let mut bench = Bench::new(vec![polled(vec![asked("first", "help")]), once]);
    bench.clock = Arc::new(VirtualClock::new(started()));
    bench.execute().await;
    // Two failures are retried after 2 and 3 seconds.
    let began: BTreeSet<Timestamp> = bench.sink.all_ticks().iter().map(|t| t.poll).collect();
    assert_eq!(began, [started() + SignedDuration::from_secs(5)].into());
}

#[tokio::test]
async fn a_condition_ends_the_poll_of_an_instance() {
    let mut polled = polled(vec![asked("first", "help")]);
    let until = "registry.id == 'arin' && first.json.said == 'help'";
    polled.poll.as_mut().unwrap().until = Some(expression(until));
    let bench = bench(polled);
    assert!(bench.execute().await.complete);
    assert_eq!(ticks(&bench, "arin").len(), 1);
    assert_eq!(ticks(&bench, "apnic").len(), 4);
}

#[tokio::test]
async fn a_probe_that_serves_all_instances_is_asked_once_at_every_tick() {
    let mut first = asked("first", "help");
    first.reach = Reach::Registry;
    let mut polled = polled(vec![
        first,
        asked("second", "ip/${case}/${first.json.said}"),
    ]);
    polled.probes[1].after = vec!["first".into()];
    polled.matrix = vec![quintet::scenario::model::Axis {
        name: "case".to_owned(),
        values: AxisValues::Literal(vec![json!("a"), json!("b")]),
        place: Place::default(),
    }];
    let bench = bench(polled);
    bench.execute().await;
    let count = |probe: &str| {
        let asked = bench.probe.asked();
        asked.iter().filter(|line| line.contains(probe)).count()
    };
    assert_eq!((count("first@"), count("second@")), (4 * 2, 4 * 2 * 2));
    let all = bench.sink.observations();
    let mut own = all.iter().filter(|o| o.key.probe.as_ref() == "first");
    assert!(own.all(|o| o.key.instance.is_empty()));
}

/// One line of a journal.
#[derive(Clone)]
enum Line {
    Tick(Tick),
    Seen(Arc<Observation>),
}

/// Returns what a whole run writes, in some order in which it may be written.
async fn journal(scenario: Scenario) -> Vec<Line> {
    let bench = bench(scenario);
    bench.execute().await;
    let mut lines: Vec<(u32, String, usize, Line)> = Vec::new();
    for tick in bench.sink.all_ticks() {
        lines.push((tick.number, tick.registry.to_string(), 0, Line::Tick(tick)));
    }
    for seen in bench.sink.observations() {
        let place = 1 + usize::from(seen.key.probe.as_ref() == "second");
        let registry = seen.key.subject.to_string();
        lines.push((seen.key.tick, registry, place, Line::Seen(seen)));
    }
    lines.sort_by(|a, b| (a.0, &a.1, a.2).cmp(&(b.0, &b.1, b.2)));
    lines.into_iter().map(|(.., line)| line).collect()
}

#[tokio::test]
async fn a_run_stopped_anywhere_asks_nothing_finished_again() {
    let polled = || polled(vec![asked("first", "help"), asked("second", "help")]);
    let whole = journal(polled()).await;
    let all: Vec<Observation> = whole
        .iter()
        .filter_map(|line| match line {
            Line::Seen(seen) => Some(Observation::clone(seen)),
            Line::Tick(_) => None,
        })
        .collect();
    for stopped in 0..=whole.len() {
        let memory = Memory::default();
        let (mut finished, mut latest) = (0, started());
        for line in whole.iter().take(stopped) {
            match line {
                Line::Tick(tick) => {
                    latest = latest.max(tick.at.unwrap());
                    memory.tick(tick).unwrap();
                }
                Line::Seen(seen) => {
                    finished += 1;
                    memory.observe(seen).unwrap();
                }
            }
        }
        let bench = Bench {
            sink: Arc::new(memory),
            clock: Arc::new(VirtualClock::new(latest)),
            ..bench(polled())
        };
        assert!(bench.execute().await.complete);
        assert_eq!(bench.probe.asked().len(), all.len() - finished, "{stopped}");
        assert_eq!(bench.sink.all_ticks().len(), 2 * HOURS.len(), "{stopped}");
        let seen: Vec<Observation> = bench
            .sink
            .observations()
            .iter()
            .map(|o| Observation::clone(o))
            .collect();
        let key = |o: &Observation| o.key.clone();
        let mut expected = all.clone();
        expected.sort_by_key(key);
        assert_eq!(seen, expected, "{stopped}");
    }
}

#[tokio::test]
async fn ticks_that_are_too_late_are_missed_and_the_others_asked_late() {
    let mut polled = polled(vec![asked("first", "help")]);
    polled.poll.as_mut().unwrap().grace = Some(SignedDuration::from_mins(30));
    let mut bench = bench(polled);
    bench.options.waits = false;
    assert!(!bench.execute().await.complete);
    assert_eq!(ticks(&bench, "arin"), [(0, Some(0))]);
    // The run goes on six hours and ten minutes after it began.
    let late = started() + hours(6) + SignedDuration::from_mins(10);
    bench.clock = Arc::new(FixedClock(late));
    assert!(!bench.execute().await.complete);
    assert_eq!(
        ticks(&bench, "arin"),
        [(0, Some(0)), (1, None), (2, Some(6))]
    );
    bench.clock = Arc::new(FixedClock(started() + hours(48)));
    assert!(bench.execute().await.complete);
    assert_eq!(
        ticks(&bench, "arin"),
        [(0, Some(0)), (1, None), (2, Some(6)), (3, None)]
    );
    assert_eq!(bench.probe.asked().len(), 2 * 2);
}

#[tokio::test]
async fn without_grace_the_last_of_several_ticks_is_asked_late() {
    let mut bench = bench(polled(vec![asked("first", "help")]));
    bench.options.waits = false;
    assert!(!bench.execute().await.complete);
    bench.clock = Arc::new(FixedClock(started() + hours(30)));
    assert!(bench.execute().await.complete);
    assert_eq!(
        ticks(&bench, "arin"),
        [(0, Some(0)), (1, None), (2, None), (3, Some(30))]
    );
}

#[tokio::test]
async fn what_is_missing_of_a_tick_is_left_out_when_it_is_too_late() {
    let mut bench = bench(polled(vec![
        asked("first", "help"),
        asked("second", "help"),
    ]));
    bench.options.waits = false;
    bench.execute().await;
    // The process was killed between two observations of the first tick.
    let memory = Memory::default();
    for tick in bench.sink.all_ticks() {
        memory.tick(&tick).unwrap();
    }
    for seen in bench.sink.observations() {
        if seen.key.probe.as_ref() == "first" {
            memory.observe(&seen).unwrap();
        }
    }
    bench.sink = Arc::new(memory);
    bench.clock = Arc::new(FixedClock(started() + hours(2)));
    bench.execute().await;
    let all = bench.sink.observations();
    let left_out: Vec<_> = all.iter().filter(|o| o.skipped.is_some()).collect();
    assert_eq!(left_out.len(), 2);
    for one in left_out {
        assert_eq!((one.key.tick, one.key.probe.as_ref()), (0, "second"));
        let reason = "the run stopped within tick 0 and went on too late for it";
        assert_eq!(one.skipped, Some(super::skipped(reason)));
    }
}

#[tokio::test]
async fn an_interrupted_run_that_sleeps_ends_at_once() {
    let mut sleeping = Bench::new(vec![polled(vec![asked("first", "help")])]);
    sleeping.plan = Arc::new({
        let mut plan = plan(vec![polled(vec![asked("first", "help")])]);
        Arc::make_mut(&mut plan.target).kind = quintet::scenario::model::TargetKind::Live;
        plan
    });
    sleeping.clock = Arc::new(quintet::clock::RealClock::new());
    let (stop, interrupted) = watch::channel(false);
    let (progress, mut heard) = mpsc::unbounded_channel();
    let running = tokio::spawn(execute(sleeping.run(), Some(progress), interrupted));
    let mut finished = 0;
    while finished < 2 {
        finished += usize::from(matches!(heard.recv().await, Some(Event::Finished(_))));
    }
    stop.send(true).unwrap();
    let ended = running.await.unwrap().unwrap();
    assert!(!ended.complete);
    assert_eq!(sleeping.sink.observations().len(), 2);
    assert_eq!(Scripted::leaked().asked().len(), 0);
}
