//! Reverse DNS of the mock world: really signed, from the root down.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use quintet::cli::direct::Direct;
use quintet::fact::vocabulary::zone::ZONE;
use quintet::fact::{Observation, Value};
use quintet::mock::{IpFamily, Request, World, answer};
use quintet::probe::PROBES;
use quintet::scenario::suite::Suite;
use quintet::transport::live::dns;
use quintet::transport::{DnsRequest, Family};

use crate::asking::about;
use crate::fault_walk::cases::Nobody;
use crate::mock_world::{five, now};
use crate::whole_suite::{clock, folder, runtime};

/// Returns the zones that somebody registers, by operator and name.
fn registered(world: &World) -> Vec<(String, String)> {
    let all = world.operators().flat_map(|operator| {
        let zones = operator.zones.keys();
        zones.map(|zone| (operator.id.clone(), zone.clone()))
    });
    all.collect()
}

/// Looks at a zone of the world.
fn look(world: &World, zone: &str) -> Observation {
    let direct = Direct::new(world.clone(), clock(), Arc::new(Nobody));
    let clock = clock();
    let probe = PROBES.iter().find(|p| p.kind().name == "zone").unwrap();
    let mut ask = about("afrinic", zone, &direct, clock.as_ref());
    let anchor = world.zone_digest("").unwrap();
    ask.trust_anchors = Arc::from([format!(". {anchor}")]);
    runtime().block_on(probe.ask(ask))
}

fn fact(seen: &Observation, path: &str) -> String {
    seen.facts
        .get(path)
        .map_or("(absent)".to_owned(), ToString::to_string)
}

#[test]
fn the_ds_records_of_the_world_are_those_of_its_keys() {
    let world = five();
    let mut wrong = String::new();
    for (operator, name) in registered(&world) {
        let zone = &world.operator(&operator).unwrap().zones[&name];
        let said: Vec<String> = zone.ds.iter().map(|ds| ds.text()).collect();
        let made: Vec<String> = world.zone_digest(&name).into_iter().collect();
        if said != made {
            writeln!(wrong, "{name}: says {said:?}, its key has {made:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let suite = Suite::read(&folder()).unwrap_or_else(|all| panic!("{all:#?}"));
    let root = format!(". {}", world.zone_digest("").unwrap());
    assert_eq!(*suite.targets["mock"].trust_anchors, [root]);
}

#[test]
fn every_zone_is_what_the_world_says_and_nothing_is_found() {
    let world = five();
    for (operator, name) in registered(&world) {
        let zone = &world.operator(&operator).unwrap().zones[&name];
        let seen = look(&world, &name);
        assert!(seen.is_ok(), "{name}: {:?} {:#?}", seen.failure, seen.asked);
        let expected = if zone.ds.is_empty() {
            "unsigned"
        } else {
            "secure"
        };
        assert_eq!(
            fact(&seen, "dnssec.state"),
            expected,
            "{name}: {} {:#?}",
            fact(&seen, "dnssec.reason"),
            seen.asked
        );
        let mut servers: Vec<String> = zone.name_servers.iter().map(|s| format!("{s}.")).collect();
        servers.sort();
        let expected = format!("[{}]", servers.join(", "));
        assert_eq!(fact(&seen, "apex.servers"), expected, "{name}");
        // Who serves the zone above too answers for the zone itself.
        let delegation = fact(&seen, "delegation.servers");
        assert!(
            [expected.as_str(), "(absent)"].contains(&delegation.as_str()),
            "{name} {delegation}"
        );
        assert_eq!(fact(&seen, "lame.servers"), "[]", "{name}");
        let own = world.operator(&operator).unwrap();
        if own.delegated.iter().any(|d| d.block == zone.block) {
            let found = &seen.inspected.as_ref().unwrap().findings;
            assert!(found.is_empty(), "{name}: {found:?}");
        }
    }
}

#[test]
fn what_the_registries_differ_in_is_seen() {
    let world = five();
    let shown = |zone: &str, path: &str| fact(&look(&world, zone), path);
    assert_eq!(
        shown("102.in-addr.arpa", "dnssec.keys"),
        "[256 8 2048, 257 8 2048]"
    );
    assert_eq!(shown("193.in-addr.arpa", "dnssec.keys"), "[257 13 256]");
    assert_eq!(shown("177.in-addr.arpa", "dnssec.denial"), "nsec3");
    assert_eq!(shown("104.in-addr.arpa", "dnssec.opt_out"), "true");
    assert_eq!(shown("203.in-addr.arpa", "dnssec.denial"), "nsec");
    assert_eq!(shown("203.in-addr.arpa", "parent"), "in-addr.arpa.");
    assert_eq!(
        shown("0.0.0.1.f.0.c.2.ip6.arpa", "parent"),
        "0.c.2.ip6.arpa."
    );
    assert_eq!(shown("0.200.104.in-addr.arpa", "delegation.found"), "false");
}

#[test]
fn every_fact_of_the_vocabulary_is_published() {
    let world = five();
    let all = [
        "102.in-addr.arpa",
        "104.in-addr.arpa",
        "16.102.in-addr.arpa",
    ]
    .map(|zone| look(&world, zone));
    for spec in ZONE.all_facts() {
        let seen = all.iter().any(|seen| seen.facts.get(spec.path).is_some());
        assert!(seen, "no zone has {}", spec.path);
    }
    for seen in &all {
        for (path, value) in seen.facts.iter() {
            let spec = ZONE
                .fact(path)
                .unwrap_or_else(|| panic!("{path} is not in the vocabulary"));
            assert_eq!(value.kind(), spec.kind, "{path}");
            let Value::Records(records) = value else {
                continue;
            };
            for (field, value) in records.iter().flat_map(|record| record.iter()) {
                let spec = spec.fields.iter().find(|spec| spec.path == field);
                assert_eq!(
                    spec.map(|spec| spec.kind),
                    Some(value.kind()),
                    "{path}.{field}"
                );
            }
        }
    }
}

#[test]
fn answers_are_the_same_octets_for_the_same_world_and_time() {
    let world = five();
    for zone in [
        "102.in-addr.arpa",
        "16.102.in-addr.arpa",
        "16.203.in-addr.arpa",
        "in-addr.arpa",
    ] {
        for kind in ["SOA", "NS", "DNSKEY", "PTR"] {
            let asked = DnsRequest {
                name: zone.to_owned(),
                record_type: kind.to_owned(),
                server: None,
                tcp: true,
                recurse: true,
                dnssec: true,
                family: Family::Any,
                timeout: Duration::from_secs(1),
            };
            let query = Request::Dns {
                message: dns::message(&asked).unwrap(),
                server: None,
                tcp: true,
                family: IpFamily::V4,
            };
            let first = answer(&world, &query, now());
            assert_eq!(first, answer(&five(), &query, now()), "{zone} {kind}");
            let later = answer(&world, &query, now() + SignedDuration::from_hours(48));
            assert_ne!(first, later, "{zone} {kind}");
        }
    }
}
