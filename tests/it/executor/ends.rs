//! A run that ends early.

use std::sync::Arc;

use jiff::SignedDuration;
use quintet::clock::VirtualClock;
use quintet::run::{Ended, Event, execute};
use tokio::sync::{mpsc, watch};

use super::{Bench, Scripted, asked, plan, scenario, skipped, started};

#[tokio::test]
async fn a_deadline_skips_what_was_not_begun_with_a_reason() {
    let mut bench = Bench::new(vec![scenario(vec![
        asked("first", "fail:9"),
        asked("second", "help"),
    ])]);
    bench.clock = Arc::new(VirtualClock::new(started()));
    bench.options.deadline = Some(started() + SignedDuration::from_secs(3));
    assert!(bench.execute().await.complete);
    bench.check_skipped("second", "arin", &skipped("the run's deadline had passed"));
}

#[tokio::test]
async fn an_interrupted_run_keeps_what_finished_and_goes_on_later() {
    let bench = Bench::new(vec![scenario(vec![
        asked("first", "help"),
        asked("second", "hang:1"),
    ])]);
    let (stop, interrupted) = watch::channel(false);
    let (progress, mut heard) = mpsc::unbounded_channel();
    let running = tokio::spawn(execute(bench.run(), Some(progress), interrupted));
    let mut hanging = 0;
    while hanging < 2 {
        if let Some(Event::Started(key)) = heard.recv().await {
            hanging += usize::from(key.probe.as_ref() == "second");
        }
    }
    stop.send(true).unwrap();
    let ended = running.await.unwrap().unwrap();
    assert_eq!(
        ended,
        Ended {
            complete: false,
            observed: 2
        }
    );
    assert_eq!(bench.sink.observations().len(), 2);

    let later = Bench {
        plan: Arc::new(plan(vec![scenario(vec![
            asked("first", "help"),
            asked("second", "help"),
        ])])),
        probe: Scripted::leaked(),
        ..bench
    };
    assert_eq!(
        later.execute().await,
        Ended {
            complete: true,
            observed: 4
        }
    );
    assert_eq!(
        later.probe.asked(),
        ["s/second@apnic help 1", "s/second@arin help 1"]
    );
}
