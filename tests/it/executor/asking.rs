//! What is asked, in what order, how often, and why something is not asked.

use std::sync::Arc;

use quintet::clock::{Clock as _, VirtualClock};
use quintet::fact::{Skipped, Value};
use quintet::run::{Ended, count};
use quintet::scenario::model::{ArgumentText, Family, Need, Reach};
use quintet::verdict::results::Place;

use super::{
    Bench, asked, error, expression, not_applicable, scenario, skipped, started, template,
};

#[tokio::test]
async fn probes_are_asked_in_the_order_of_what_they_read() {
    let mut second = asked("second", "ip/${first.json.said}/${registry.id}");
    second.after = vec!["first".into()];
    let bench = Bench::new(vec![scenario(vec![second, asked("first", "help")])]);
    let ended = bench.execute().await;
    assert_eq!(
        ended,
        Ended {
            complete: true,
            observed: 4
        }
    );
    assert_eq!(
        bench.probe.asked(),
        [
            "s/first@apnic help 1",
            "s/first@arin help 1",
            "s/second@apnic ip/help/apnic 1",
            "s/second@arin ip/help/arin 1"
        ]
    );
}

#[tokio::test]
async fn lets_are_read_where_they_are_needed() {
    let mut second = asked("second", "${known}");
    second.after = vec!["first".into()];
    let mut s = scenario(vec![asked("first", "help"), second]);
    s.lets = [
        ("base".to_owned(), expression("first.json.said + '!'")),
        (
            "known".to_owned(),
            expression("registry.id + first.json.said"),
        ),
    ]
    .into_iter()
    .collect();
    let bench = Bench::new(vec![s]);
    bench.execute().await;
    assert!(
        bench
            .probe
            .asked()
            .contains(&"s/second@arin arinhelp 1".to_owned())
    );
}

#[tokio::test]
async fn transport_failures_are_tried_again_and_every_attempt_is_kept() {
    let mut bench = Bench::new(vec![scenario(vec![
        asked("first", "fail:2"),
        asked("second", "fail:9"),
        asked("third", "refuse:1"),
    ])]);
    let clock = Arc::new(VirtualClock::new(started()));
    bench.clock = clock.clone();
    bench.execute().await;
    assert!(bench.seen("first", "arin").is_ok());
    assert_eq!(bench.seen("first", "arin").key.attempt, 3);
    assert!(!bench.seen("second", "arin").is_ok());
    assert_eq!(bench.seen("second", "arin").key.attempt, 3);
    // What was said is not asked again.
    assert_eq!(bench.seen("third", "arin").key.attempt, 1);
    assert_eq!(bench.sink.observations().len(), 14);
    // Twice 2 s, then 3 s instead of 4 s.
    assert_eq!(clock.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn a_panicking_probe_is_an_error_and_the_others_go_on() {
    let mut third = asked("third", "${first.json.said}");
    third.after = vec!["first".into()];
    let bench = Bench::new(vec![scenario(vec![
        asked("first", "panic:${registry.id}"),
        asked("second", "help"),
        third,
    ])]);
    assert!(bench.execute().await.complete);
    let reason = "probe `rdap` panicked: out of panic:arin";
    bench.check_skipped(
        "first",
        "arin",
        &Skipped::Error {
            reason: reason.to_owned(),
        },
    );
    assert!(bench.seen("second", "arin").is_ok());
    bench.check_skipped(
        "third",
        "arin",
        &Skipped::Error {
            reason: format!("needs probe `first`, which was not asked: {reason}"),
        },
    );
}

#[tokio::test]
async fn what_reads_a_failed_or_absent_answer_is_skipped() {
    let reading = |subject: &str| {
        let mut second = asked("second", subject);
        second.after = vec!["first".into()];
        second
    };
    let bench = Bench::new(vec![scenario(vec![
        asked("first", "refuse:1"),
        reading("${first.json.said}"),
    ])]);
    bench.execute().await;
    let reason = "needs probe `first`, which failed: body-limit";
    bench.check_skipped("second", "arin", &skipped(reason));

    let bench = Bench::new(vec![scenario(vec![
        asked("first", "help"),
        reading("${first.json.nothing}"),
    ])]);
    bench.execute().await;
    let reason = "needs `first.json.nothing`, which is absent from the answer of probe `first`";
    bench.check_skipped("second", "arin", &skipped(reason));

    let mut conditional = reading("help");
    conditional
        .arguments
        .insert("conditional", ArgumentText::Probe("first".into()));
    let bench = Bench::new(vec![scenario(vec![
        asked("first", "refuse:1"),
        conditional,
    ])]);
    bench.execute().await;
    let reason = "needs probe `first`, which failed: body-limit";
    bench.check_skipped("second", "arin", &skipped(reason));
}

#[tokio::test]
async fn when_and_needs_say_why_a_probe_was_not_asked() {
    let mut first = asked("first", "help");
    first.when = Some(expression("registry.id == 'arin'"));
    let mut second = asked("second", "help");
    second.family = Family::Ipv6;
    let mut bench = Bench::new(vec![scenario(vec![first, second])]);
    bench.options.here.ipv6 = false;
    bench.execute().await;
    assert!(bench.seen("first", "arin").is_ok());
    let reason = "`when` does not hold: registry.id == 'arin'";
    bench.check_skipped("first", "apnic", &not_applicable(reason));
    let reason = "needs `ipv6`: this machine has no IPv6";
    bench.check_skipped("second", "arin", &skipped(reason));

    let mut s = scenario(vec![asked("first", "nameserver/a")]);
    s.needs = vec![Need {
        name: "rdap.nameserver".to_owned(),
        place: Place::default(),
    }];
    let bench = Bench::new(vec![s]);
    bench.execute().await;
    let reason = "APNIC declares that it has no `rdap.nameserver`";
    bench.check_skipped("first", "apnic", &not_applicable(reason));
    assert_eq!(bench.probe.asked(), ["s/first@arin nameserver/a 1"]);
}

#[tokio::test]
async fn a_program_that_this_machine_has_not_is_our_error() {
    let mut s = scenario(vec![asked("first", "help")]);
    s.needs = vec![Need {
        name: "rsync".to_owned(),
        place: Place::default(),
    }];
    let bench = Bench::new(vec![s.clone()]);
    bench.execute().await;
    let reason = "needs the program `rsync`, which this machine has not";
    bench.check_skipped("first", "apnic", &error(reason));
    assert!(bench.probe.asked().is_empty());

    let mut bench = Bench::new(vec![s]);
    bench.options.here.programs = vec!["rsync".to_owned()];
    bench.execute().await;
    assert!(bench.seen("first", "apnic").is_ok());
}

#[tokio::test]
async fn a_shared_probe_is_asked_once_and_another_registry_can_be_asked() {
    let mut first = asked("first", "bootstrap/${registry.id}");
    first.reach = Reach::All;
    let mut second = asked("second", "ip/1");
    second.at = Some(template("arin"));
    let bench = Bench::new(vec![scenario(vec![first, second])]);
    let planned = count(&bench.plan);
    let ended = bench.execute().await;
    assert_eq!(
        bench.probe.asked(),
        [
            "s/first@shared bootstrap/apnic 1",
            "s/second@apnic asked arin ip/1 1",
            "s/second@arin ip/1 1"
        ]
    );
    assert_eq!(bench.sink.observations().len(), 3);
    assert_eq!((planned.observations, ended.observed), (3, 3));
    let Some(Value::Json(json)) = bench.seen("second", "apnic").facts.get("json").cloned() else {
        panic!("no document")
    };
    assert_eq!(json.get().unwrap()["base"], "https://rdap.arin.test/");
}
