//! The executor: order, attempts, deadlines, panics, expansion, interruption, resumption.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use quintet::clock::{Clock, FixedClock, VirtualClock};
use quintet::expr::{Expression, Scope, Template, Type};
use quintet::fact::vocabulary::ProbeKind;
use quintet::fact::{Facts, Failure, FailureKind, Json, Observation, Skipped, Subject, Value};
use quintet::plan::{Instance, Plan, PlannedScenario, instances};
use quintet::probe::{Ask, Probe};
use quintet::registry::{PerRegistry, RegistryId};
use quintet::run::{Ended, Event, Memory, Options, Run, Sink as _, count, execute};
use quintet::scenario::model::{
    Access, ArgumentText, Axis, AxisValues, Family, Limits, Need, Pacing, Probe as Asked, Registry,
    Retry, Scenario, Target, TargetKind,
};
use quintet::transport::Boxed;
use quintet::transport::replaying::Replaying;
use quintet::verdict::results::Place;
use serde_json::json;
use tokio::sync::{mpsc, watch};

/// A probe that does what its subject says and remembers who asked.
#[derive(Debug, Default)]
struct Scripted {
    asked: Mutex<Vec<String>>,
}

impl Scripted {
    fn leaked() -> &'static Self {
        Box::leak(Box::default())
    }

    fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked
    }
}

impl Probe for Scripted {
    fn kind(&self) -> &'static ProbeKind {
        ProbeKind::named("rdap").unwrap()
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        let attempt = ask.key.attempt;
        self.asked.lock().unwrap().push(format!(
            "{} {} {attempt}",
            ask.key.to_string().split(" on ").next().unwrap(),
            ask.subject
        ));
        Box::pin(async move {
            tokio::task::yield_now().await;
            let mut facts = Facts::new();
            let mut failure = None;
            match ask.subject.split_once(':') {
                Some(("panic", _)) => panic!("out of {}", ask.subject),
                Some(("hang", _)) => std::future::pending().await,
                Some(("fail", until)) => {
                    failure = (attempt <= until.parse().unwrap()).then(|| Failure {
                        kind: FailureKind::Timeout,
                        detail: "nothing came".to_owned(),
                    });
                }
                Some(("long", count)) => {
                    let cases: Vec<u32> = (0..count.parse().unwrap()).collect();
                    facts.set("json", Value::Json(Json::new(json!({"cases": cases}))));
                }
                Some(("refuse", _)) => {
                    failure = Some(Failure {
                        kind: FailureKind::BodyLimit,
                        detail: "too much came".to_owned(),
                    });
                }
                _ => {}
            }
            if failure.is_none() && facts.get("json").is_none() {
                facts.set("status", Value::Count(200));
                let said = json!({"said": ask.subject, "cases": ["a", "b", "c"], "base": ask.service.rdap_base});
                facts.set("json", Value::Json(Json::new(said)));
            }
            Observation {
                key: ask.key.as_ref().clone(),
                at: ask.clock.now(),
                failure,
                skipped: None,
                facts,
                inspected: None,
                asked: Vec::new(),
                evidence: Vec::new(),
            }
        })
    }
}

fn started() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn id(text: &str) -> RegistryId {
    RegistryId::parse(text).unwrap()
}

fn scope() -> Scope {
    let rdap = ProbeKind::named("rdap").unwrap();
    ["first", "second", "third"]
        .iter()
        .fold(Scope::new(), |scope, name| scope.with_probe(name, rdap))
        .with("registry", Type::Dynamic)
        .with("vars", Type::Dynamic)
        .with("case", Type::Dynamic)
        .with("known", Type::Dynamic)
        .with("run", Type::members([("started", Type::Time)]))
}

fn template(text: &str) -> Template {
    Template::compile(text, &scope()).unwrap()
}

fn expression(text: &str) -> Expression {
    Expression::compile(text, &scope()).unwrap()
}

fn asked(name: &str, subject: &str) -> Asked {
    Asked {
        name: name.into(),
        kind: ProbeKind::named("rdap").unwrap(),
        subject: template(subject),
        arguments: BTreeMap::new(),
        when: None,
        after: Vec::new(),
        timeout: None,
        retry: None,
        family: Family::Any,
        at: None,
        shared: false,
        place: Place::default(),
    }
}

fn scenario(probes: Vec<Asked>) -> Scenario {
    Scenario {
        id: "s".into(),
        title: String::new(),
        why: String::new(),
        tags: Vec::new(),
        registries: vec![id("apnic"), id("arin")],
        vars: PerRegistry::new(),
        matrix: Vec::new(),
        lets: Vec::new(),
        needs: Vec::new(),
        probes,
        checks: Vec::new(),
        rules: Vec::new(),
        compare: Vec::new(),
        renamed_from: Vec::new(),
        place: Place::default(),
    }
}

fn plan(scenarios: Vec<Scenario>) -> Plan {
    let registry = |name: &str| {
        Arc::new(Registry {
            id: id(name),
            name: name.to_uppercase(),
            data: json!({"id": name, "rdap": {"base": format!("https://rdap.{name}.test")}}),
            hosts: vec![format!("rdap.{name}.test")],
            capabilities: [("rdap.nameserver".to_owned(), name == "arin")].into(),
            maintenance: Vec::new(),
            per_second: None,
            setting: Arc::default(),
            place: Place::default(),
        })
    };
    let fed = |s: &Scenario| {
        s.matrix
            .iter()
            .any(|a| !matches!(a.values, AxisValues::Literal(_)))
    };
    Plan {
        target: Arc::new(Target {
            name: "mock".into(),
            kind: TargetKind::Mock,
            overlays: PerRegistry::new(),
            registries: Vec::new(),
            bootstrap: String::new(),
            limits: Limits {
                body_bytes: 1,
                decoded_bytes: 1,
                depth: 1,
                redirects: 1,
            },
            pacing: Pacing {
                per_second: None,
                connections: 1,
                requests_per_day: None,
                bytes_per_day: None,
            },
            retry: Retry {
                attempts: 3,
                first: SignedDuration::from_secs(2),
                max: SignedDuration::from_secs(3),
            },
            timeout: SignedDuration::from_secs(20),
            access: Access::default(),
            contact: None,
            time_source: None,
            place: Place::default(),
        }),
        registries: ["apnic", "arin"]
            .map(|r| (id(r), registry(r)))
            .into_iter()
            .collect(),
        vantage: "here".into(),
        scenarios: scenarios
            .into_iter()
            .map(|s| PlannedScenario {
                instances: s
                    .registries
                    .iter()
                    .map(|r| {
                        let values: Vec<_> = s
                            .matrix
                            .iter()
                            .map(|a| match &a.values {
                                AxisValues::Literal(values) => values.clone(),
                                _ => Vec::new(),
                            })
                            .collect();
                        let all: Vec<Instance> = if fed(&s) {
                            Vec::new()
                        } else {
                            instances(&s.matrix, &values).unwrap()
                        };
                        (r.clone(), all)
                    })
                    .collect(),
                scenario: Arc::new(s),
                selected: PerRegistry::new(),
            })
            .collect(),
    }
}

/// A run that can be made again.
struct Bench {
    plan: Arc<Plan>,
    probe: &'static Scripted,
    sink: Arc<Memory>,
    clock: Arc<dyn Clock>,
    options: Options,
}

impl Bench {
    fn new(scenarios: Vec<Scenario>) -> Self {
        Self {
            plan: Arc::new(plan(scenarios)),
            probe: Scripted::leaked(),
            sink: Arc::default(),
            clock: Arc::new(FixedClock(started())),
            options: Options::at(started()),
        }
    }

    fn run(&self) -> Run {
        let probe: &'static dyn Probe = self.probe;
        Run {
            plan: Arc::clone(&self.plan),
            probes: Box::leak(Box::new([probe])),
            transport: Arc::new(Replaying::new(
                Arc::new(Memory::default()),
                Arc::clone(&self.clock),
            )),
            clock: Arc::clone(&self.clock),
            sink: self.sink.clone(),
            options: self.options.clone(),
        }
    }

    async fn execute(&self) -> Ended {
        let (_stop, interrupted) = watch::channel(false);
        execute(self.run(), None, interrupted).await.unwrap()
    }

    /// Returns the observation of a probe at a registry, of its last attempt.
    #[track_caller]
    fn seen(&self, probe: &str, registry: &str) -> Arc<Observation> {
        let all = self.sink.observations();
        let subject = Subject::Registry(id(registry));
        all.into_iter()
            .rfind(|o| o.key.probe.as_ref() == probe && o.key.subject == subject)
            .unwrap()
    }

    #[track_caller]
    fn check_skipped(&self, probe: &str, registry: &str, expected: &Skipped) {
        assert_eq!(self.seen(probe, registry).skipped.as_ref(), Some(expected));
    }
}

fn not_applicable(reason: &str) -> Skipped {
    Skipped::NotApplicable {
        reason: reason.to_owned(),
    }
}

fn skipped(reason: &str) -> Skipped {
    Skipped::Skipped {
        reason: reason.to_owned(),
    }
}

fn error(reason: &str) -> Skipped {
    Skipped::Error {
        reason: reason.to_owned(),
    }
}

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
    s.lets = vec![
        ("base".to_owned(), expression("first.json.said + '!'")),
        (
            "known".to_owned(),
            expression("registry.id + first.json.said"),
        ),
    ];
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
    first.shared = true;
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
    assert!(count(&bench.plan).at_least);
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
    let mut finished = Vec::new();
    while let Some(event) = heard.recv().await {
        if let Event::Finished(observation) = event {
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
