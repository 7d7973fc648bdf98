//! Axes that probes feed, and many instances.

use quintet::fact::Skipped;
use quintet::run::{Event, Sink as _, count, execute};
use quintet::scenario::model::{Axis, AxisValues, Scenario};
use quintet::verdict::results::Place;
use tokio::sync::{mpsc, watch};

use super::{Bench, asked, error, expression, not_applicable, scenario, skipped};

fn sampled() -> Scenario {
    let mut s = scenario(vec![asked("first", "list"), asked("second", "ip/${case}")]);
    s.matrix = vec![Axis {
        name: "case".to_owned(),
        values: AxisValues::Sample {
            from: expression("first.json.cases"),
            count: 2,
            seed: 1,
        },
        place: Place::default(),
    }];
    s
}

#[tokio::test]
async fn an_axis_that_a_probe_feeds_is_drawn_once_and_kept() {
    let bench = Bench::new(vec![sampled()]);
    let planned = count(&bench.plan);
    assert!(planned.at_least);
    assert_eq!(
        planned.observations, 2,
        "what feeds the axis, at two registries"
    );
    let (progress, mut heard) = mpsc::unbounded_channel();
    let (_stop, interrupted) = watch::channel(false);
    execute(bench.run(), Some(progress), interrupted)
        .await
        .unwrap();
    let asked = bench.probe.asked();
    let of_arin: Vec<_> = asked.iter().filter(|a| a.contains("@arin")).collect();
    let drawn = bench.sink.expansions();
    assert_eq!(drawn.len(), 2);
    let values: Vec<&str> = drawn[0]
        .values
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect();
    let mut expected: Vec<String> = values
        .iter()
        .map(|v| format!("s[case={v}]/second@arin ip/{v} 1"))
        .collect();
    expected.insert(0, "s/first@arin list 1".to_owned());
    expected.sort();
    assert_eq!(of_arin, expected.iter().collect::<Vec<_>>());
    let (mut finished, mut told) = (Vec::new(), planned.observations);
    while let Some(event) = heard.recv().await {
        if let Event::Expanded { observations, .. } = event {
            told += observations;
        } else if let Event::Finished(observation) = event {
            finished.push(observation.key.clone());
        }
    }
    let all = finished.len();
    finished.sort();
    finished.dedup();
    assert_eq!(
        (all, finished.len()),
        (6, 6),
        "each observation is told once"
    );
    assert_eq!(told, 6, "and none that was not planned");

    // A second run over the same sink asks nothing and draws nothing.
    bench.execute().await;
    assert_eq!(bench.probe.asked(), asked);
    assert_eq!(bench.sink.expansions(), drawn);
}

#[tokio::test]
async fn an_axis_that_cannot_be_drawn_says_why_in_the_probes_that_were_to_be_asked() {
    async fn check(feeding: &str, from: &str, expected: Skipped) {
        let mut s = sampled();
        s.probes[0] = asked("first", feeding);
        s.matrix[0].values = AxisValues::Expression(expression(from));
        let bench = Bench::new(vec![s]);
        bench.execute().await;
        bench.check_skipped("second", "arin", &expected);
        assert_eq!(
            bench.probe.asked().len(),
            2,
            "the second probe is not asked"
        );
        // A second run over the same sink says the same, and keeps it once.
        bench.execute().await;
        bench.check_skipped("second", "arin", &expected);
        assert_eq!(bench.sink.expansions().len(), 2);
    }
    let cases = "first.json.cases.map(c, c)";
    let reason = "evaluating `matrix.case`: takes more than 2000000 steps or walks over more than 10000 items";
    check("long:10001", cases, error(reason)).await;
    let reason = "axis `case`: the matrix has more than 1000000 instances";
    check("long:1000001", "first.json.cases", error(reason)).await;
    let reason = "needs probe `first`, which failed: body-limit";
    check("refuse:", "first.json.cases", skipped(reason)).await;
    let reason = "needs `first.json.none`, which is absent from the answer of probe `first`";
    check("help", "first.json.none", skipped(reason)).await;
    let reason = "axis `case` has no value here";
    check("long:0", "first.json.cases", not_applicable(reason)).await;
}

#[tokio::test]
async fn many_instances_are_all_observed_once() {
    let mut s = scenario(vec![asked("first", "ip/${case}")]);
    s.matrix = vec![Axis {
        name: "case".to_owned(),
        values: AxisValues::Literal((0..500).map(serde_json::Value::from).collect()),
        place: Place::default(),
    }];
    let bench = Bench::new(vec![s]);
    assert_eq!(count(&bench.plan).observations, 1_000);
    assert_eq!(bench.execute().await.observed, 1_000);
    let mut asked = bench.probe.asked();
    asked.dedup();
    assert_eq!(asked.len(), 1_000);
    let key = bench.seen("first", "arin").key.clone();
    assert!(bench.sink.finished(&key).unwrap().is_some());
}
