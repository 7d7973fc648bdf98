//! The `rpki_tree` probe over the mock world: it captures by RRDP, and finds what the world says.

use std::sync::Arc;

use jiff::Timestamp;
use quintet::cli::direct::Direct;
use quintet::clock::FixedClock;
use quintet::fact::{Finding, Kind, Observation, SampleUnit, Value, vocabulary};
use quintet::mock::World;
use quintet::mock::rpki::Plan;
use quintet::probe::{Ask, PROBES, Rpki, Service};
use quintet::verdict::Operator;

use crate::asking::about;
use crate::fault_walk::cases::Nobody;
use crate::mock_world::{five, now};

/// Rules that only tell what there is.
const OBSERVED: &[&str] = &[
    "rpki.roa.as0",
    "rpki.roa.max-length-used",
    "rpki.roa.one-prefix",
    // Here nobody declares which authorities are the registry's own, and those hold what is reserved.
    "rpki.tac.special",
];

/// Runs the probe at one registry of a world.
fn ask(world: &World, operator: &str, tal: &str, rsync: &[&str]) -> Observation {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let clock = FixedClock(now());
    let transport = Direct::new(world.clone(), Arc::new(FixedClock(now())), Arc::new(Nobody));
    let probe = PROBES.iter().find(|p| p.kind().name == "rpki_tree");
    let rpki = Rpki {
        rsync: rsync.iter().map(|url| (*url).to_owned()).collect(),
        ..Rpki::default()
    };
    let service = Service {
        rpki,
        ..Service::default()
    };
    let ask = Ask {
        service: Arc::new(service),
        ..about(operator, tal, &transport, &clock)
    };
    runtime.block_on(probe.unwrap().ask(ask))
}

fn asked(plan: &Plan) -> Observation {
    ask(&five(), &plan.operator, &plan.tal, &[])
}

fn count(seen: &Observation, path: &str) -> i64 {
    match seen.facts.get(path) {
        Some(Value::Count(count)) => *count,
        other => panic!("`{path}` is {other:?}"),
    }
}

#[test]
fn the_probe_finds_the_payloads_of_the_world() {
    for plan in five().rpki_plans() {
        let seen = asked(plan);
        let name = &plan.operator;
        assert!(seen.is_ok(), "{name}: {:?}", seen.failure);
        let said = plan.payloads();
        let expected = i64::try_from(said.vrps.len()).unwrap();
        assert_eq!(count(&seen, "vrps.count"), expected, "{name}");
        let expected = i64::try_from(said.aspas.len()).unwrap();
        assert_eq!(count(&seen, "aspas.count"), expected, "{name}");
        let authorities = i64::try_from(plan.authorities().count()).unwrap();
        assert_eq!(count(&seen, "cas.count"), authorities, "{name}");
        assert_eq!(count(&seen, "cas.failed.registry"), 0, "{name}");
        assert_eq!(
            count(&seen, "repositories.captured"),
            count(&seen, "repositories.count"),
            "{name}"
        );
    }
}

#[test]
fn the_baseline_has_no_finding_but_on_the_dead_authority() {
    let mut wrong = Vec::new();
    for plan in five().rpki_plans() {
        let inspected = asked(plan).inspected.unwrap();
        assert!(inspected.looked.contains("rpki.mft.fetch-current"));
        assert!(inspected.looked.contains("rpki.cer.key-usage"));
        let told = |who, findings: &[Finding]| {
            let lines = findings.iter();
            let lines = lines.filter(|f| !OBSERVED.contains(&f.rule.as_ref()));
            let lines = lines.map(|f| format!("{who}: {} {} {}", f.rule, f.location, f.message));
            lines.collect::<Vec<_>>()
        };
        wrong.extend(told(Operator::RirService, &inspected.findings));
        for (who, part) in &inspected.others {
            wrong.extend(told(*who, &part.findings));
        }
    }
    wrong.retain(|line| !(line.starts_with("delegated-ca") && line.contains("rpki.prairie.test")));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_dead_authority_is_a_finding_under_its_own_operator() {
    let world = five();
    let plan = world.rpki_plans().find(|plan| plan.operator == "arin");
    let seen = asked(plan.unwrap());
    let inspected = seen.inspected.as_ref().unwrap();
    let delegated = &inspected.others[&Operator::DelegatedCa];
    let current: Vec<&str> = delegated
        .findings
        .iter()
        .filter(|finding| finding.rule.as_ref() == "rpki.mft.fetch-current")
        .map(|finding| finding.location.as_str())
        .collect();
    assert_eq!(current.len(), 1, "{:?}", delegated.findings);
    assert!(current[0].starts_with("rsync://rpki.prairie.test/"));
    assert_eq!(count(&seen, "cas.failed.others"), 1);
}

#[test]
fn operational_parameters_are_distributions_by_level() {
    let world = five();
    let plan = world.rpki_plans().find(|plan| plan.operator == "afrinic");
    let seen = asked(plan.unwrap());
    let Some(Value::Distribution(window)) = seen.facts.get("ops.manifest.window.anchor") else {
        panic!("{:?}", seen.facts.get("ops.manifest.window.anchor"));
    };
    // The world's file: 720 hours at the trust anchor of AFRINIC.
    assert_eq!(window.unit, SampleUnit::Duration);
    assert_eq!(
        (window.samples.count, window.samples.median),
        (1, 720 * 3_600)
    );
    let share = |path: &str| match seen.facts.get(path) {
        Some(Value::Ratio(share)) => *share,
        other => panic!("`{path}` is {other:?}"),
    };
    assert!(share("dark.all.h1") <= share("dark.all.h48"));
    assert!(share("dark.all.h48") > 0.9, "{}", share("dark.all.h48"));
    let Some(Value::Records(expiry)) = seen.facts.get("expiry_list") else {
        panic!("no list of what expires");
    };
    let times: Vec<Timestamp> = expiry
        .iter()
        .filter_map(|record| match record.get("at") {
            Some(Value::Time(at)) => Some(*at),
            _ => None,
        })
        .collect();
    assert_eq!(times.len(), expiry.len());
    assert!(times.is_sorted() && !times.is_empty());
}

#[test]
fn every_fact_is_in_the_vocabulary_and_of_its_kind() {
    let known = |path: &str| {
        let own = vocabulary::rpki_tree::RPKI_TREE.facts;
        let all = own.iter().copied().chain([vocabulary::COMMON_FACTS]);
        let mut all = all.flatten();
        all.find(|spec| match spec.path.strip_suffix('*') {
            Some(group) => path.starts_with(group),
            None => spec.path == path,
        })
        .map(|spec| spec.kind)
    };
    for plan in five().rpki_plans() {
        let seen = asked(plan);
        for (path, value) in seen.facts.iter() {
            let common = ["attempts"].contains(&path);
            assert!(
                common || known(path) == Some(value.kind()),
                "{path}: {}",
                value.kind().words()
            );
        }
        let text = serde_json::to_string(&seen).unwrap();
        let again: Observation = serde_json::from_str(&text).unwrap();
        assert_eq!(again.facts, seen.facts);
        assert_eq!(again.inspected, seen.inspected);
    }
    assert_eq!(known("vrps.addresses"), Some(Kind::Addresses));
}

#[test]
fn what_is_no_locator_and_what_does_not_answer_are_failures_with_a_reason() {
    let world = five();
    let page = ask(&world, "afrinic", "https://www.afrinic.test/rpki/cps", &[]);
    let failure = page.failure.unwrap();
    assert!(failure.detail.contains("locator"), "{}", failure.detail);
    let nowhere = ask(&world, "afrinic", "https://tal.nowhere.test/a.tal", &[]);
    assert_eq!(nowhere.failure.unwrap().kind.as_str(), "dns");
    let none = ask(&world, "afrinic", "", &[]);
    assert!(none.skipped.is_some());
}
