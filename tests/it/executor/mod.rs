//! The executor: order, attempts, deadlines, panics, expansion, interruption, resumption.

mod asking;
mod axes;
mod ends;
mod polls;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use quintet::clock::{Clock, FixedClock};
use quintet::expr::{Expression, Scope, Template, Type};
use quintet::fact::vocabulary::ProbeKind;
use quintet::fact::{Facts, Failure, FailureKind, Json, Observation, Skipped, Subject, Value};
use quintet::plan::{Instance, Plan, PlannedScenario, instances};
use quintet::probe::{Ask, Probe};
use quintet::registry::{PerRegistry, RegistryId};
use quintet::run::{Ended, Memory, Options, Run, execute};
use quintet::scenario::model::{
    Access, AxisValues, Family, Lets, Limits, Pacing, Probe as Asked, Reach, Registry, Retry,
    Scenario, Target, TargetKind,
};
use quintet::transport::Boxed;
use quintet::transport::replaying::Replaying;
use quintet::verdict::results::Place;
use serde_json::json;
use tokio::sync::watch;

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
        reach: Reach::Case,
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
        lets: Lets::default(),
        needs: Vec::new(),
        pair: None,
        poll: None,
        stages: Vec::new(),
        windows: BTreeMap::new(),
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
            publication: Default::default(),
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
            iana: String::new(),
            nro: String::new(),
            trust_anchors: Arc::from([]),
            limits: Limits {
                body_bytes: 1,
                decoded_bytes: 1,
                capture_bytes: 1,
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
        everybody: PerRegistry::new(),
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
