//! Services that refuse, hang, cut, flood or lie: a named cause, bytes within limits, and
//! nothing changes for the other four registries.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use quintet::fact::{FailureKind, Observation, Subject};
use quintet::plan::Plan;
use quintet::run::Memory;
use quintet::scenario::suite::Suite;
use quintet::transport::{Answer, Content, Exchange, Transport};

use crate::fault_walk::{Beside, Noting, Verdicts, ask, folder, judge, plan, runtime, verdicts};
use crate::mock_serve::shipped;
use crate::mock_world::five;

/// Enough to meet every service: lookups, answers followed through redirects, whois.
const SCENARIOS: &[&str] = &["rdap.help", "rdap.exclusive", "whois.agreement"];

/// Each endpoint with the causes it may have; a page in place of a document is an answer, only no
/// JSON.
const ENDPOINTS: &[(&str, &[FailureKind])] = &[
    ("wire-refuse", &[FailureKind::Connect]),
    ("wire-silent", &[FailureKind::Timeout]),
    ("wire-cut", &[FailureKind::Truncated]),
    ("body-endless", &[FailureKind::BodyLimit]),
    ("gzip-bomb", &[FailureKind::DecodedLimit]),
    ("redirect-chain", &[FailureKind::RedirectLimit]),
    ("wire-wrong-certificate", &[FailureKind::Tls]),
    ("json-deep", &[FailureKind::DepthLimit]),
    ("json-long", &[FailureKind::BodyLimit]),
    ("html-for-json", &[]),
];

/// A run over sockets: what was observed, exchanged and judged.
struct Seen {
    memory: Memory,
    exchanges: Vec<Exchange>,
    verdicts: Verdicts,
}

fn run(suite: &Suite, plan: &Arc<Plan>, fault: Option<&str>) -> Seen {
    let world = match fault {
        Some(name) => five().with_fault(&shipped(name)).unwrap(),
        None => five(),
    };
    runtime().block_on(async {
        let beside = Beside::serve(world).await;
        let noting = Arc::new(Noting {
            inner: Arc::clone(&beside.live),
            noted: Mutex::default(),
        });
        let transport = Arc::clone(&noting) as Arc<dyn Transport>;
        let memory = ask(plan, transport, Memory::default()).await;
        let exchanges = std::mem::take(&mut *noting.noted.lock().unwrap());
        for exchange in &exchanges {
            hold_to_limits(plan, exchange);
        }
        beside.close().await;
        let results = judge(suite, plan, &memory, &|_| true, None);
        Seen {
            verdicts: verdicts(&results),
            memory,
            exchanges,
        }
    })
}

/// No body is kept beyond the target's limit, in memory or in a file.
fn hold_to_limits(plan: &Plan, exchange: &Exchange) {
    let limit = plan.target.limits.body_bytes;
    let body = match &exchange.answer {
        Some(Answer::Http(http)) => &http.body,
        Some(Answer::Tcp { body }) => body,
        Some(Answer::Dns { .. } | Answer::Tls(_)) | None => return,
    };
    let held = match &body.content {
        Content::Memory(octets) => u64::try_from(octets.len()).unwrap(),
        Content::File(path) => std::fs::metadata(path).unwrap().len(),
        Content::Elsewhere => 0,
    };
    assert!(
        body.bytes <= limit && held <= limit,
        "{held} B of {} B are held, {limit} B are allowed: {:?}",
        body.bytes,
        exchange.request
    );
}

/// Returns what probes of RDAP saw at a registry.
fn at(seen: &Seen, registry: &str) -> Vec<Arc<Observation>> {
    let mut all = seen.memory.observations();
    all.retain(|o| {
        matches!(&o.key.subject, Subject::Registry(id) if id.as_str() == registry)
            && !matches!(o.key.probe.as_ref(), "old" | "moved")
            && o.skipped.is_none()
    });
    all
}

#[test]
fn hostile_services_have_a_named_cause_and_harm_nobody_else() {
    let suite = Suite::read(&folder()).unwrap_or_else(|all| panic!("{all:#?}"));
    let planned = |timeout: Option<SignedDuration>| {
        let mut plan = plan(&suite, timeout);
        plan.scenarios
            .retain(|p| SCENARIOS.contains(&p.scenario.id.as_ref()));
        Arc::new(plan)
    };
    let patient = planned(None);
    let sound = run(&suite, &patient, None);
    assert!(sound.exchanges.iter().all(|e| e.failure.is_none()));
    for (name, expected) in ENDPOINTS {
        let registry = shipped(name).registry;
        let hurried = *name == "wire-silent";
        let plan = match hurried {
            true => planned(Some(SignedDuration::from_secs(3))),
            false => Arc::clone(&patient),
        };
        let seen = run(&suite, &plan, Some(name));
        let observations = at(&seen, &registry);
        assert!(!observations.is_empty(), "{name}");
        let kinds: BTreeSet<String> = observations
            .iter()
            .filter_map(|o| o.failure.as_ref())
            .map(|failure| format!("{:?}", failure.kind))
            .collect();
        let named: BTreeSet<String> = expected.iter().map(|kind| format!("{kind:?}")).collect();
        assert!(kinds.is_subset(&named), "{name}: {kinds:?}");
        assert_eq!(kinds.is_empty(), named.is_empty(), "{name}: {kinds:?}");
        if expected.is_empty() {
            let help = observations
                .iter()
                .find(|o| o.key.probe.as_ref() == "help")
                .unwrap();
            assert!(help.facts.get("json").is_none(), "{name}: {help:#?}");
            assert!(help.facts.get("json_error").is_some(), "{name}: {help:#?}");
        }
        for (cell, said) in &sound.verdicts {
            let (scenario, id, judged, ..) = cell;
            let other = !judged.is_empty() && *judged != registry;
            // Whoever is led to the hostile service sees it too; nothing else may change.
            let follows = scenario == "rdap.exclusive";
            if other && !follows {
                assert_eq!(
                    seen.verdicts.get(cell),
                    Some(said),
                    "{name}: {id} at {judged}"
                );
            }
        }
    }
}
