//! Every shipped fault is read and changes nothing at other registries.

use std::collections::BTreeSet;

use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RecordType};

use jiff::Timestamp;
use quintet::cli::world;
use quintet::mock::fault::{Change, Fault, Kind};
use quintet::mock::world::{NodeEdit, Operator};
use quintet::mock::{Answer, IpFamily, Request, World, answer};

use crate::mock_serve::shipped;
use crate::mock_world::{five, now};
use crate::rdap_rules::asked;
use crate::whole_suite::{folder, rehearsed};

/// Returns the names of all shipped faults, from their files.
pub(crate) fn names() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/worlds/faults");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files
        .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
        .collect()
}

/// Returns a handful of requests that between them reach every kind of answer of an operator.
fn requests(world: &World, operator: &Operator) -> Vec<Request> {
    let base = operator.base_url();
    let id = |what: &str| {
        operator
            .networks
            .iter()
            .find(|n| n.id == what)
            .map(|n| n.block.first_text())
    };
    let mut paths: Vec<String> = [
        "help",
        "help?__cb=1",
        "autnum/0",
        "ip/0.0.0.0",
        "ip/300.0.0.1",
        "nameserver/ns1.lacnic.test",
        "nameserver/ns1.nowhere.test",
        "entities?fn=*a*",
        "entities?fn=C*",
        "entity/@@@",
        "nowhere",
        "entity/QUINTET-NO-SUCH-HANDLE",
        "autnum/4000000000",
        "ips/rirSearch1/rdap-down/193.16.8.0/22",
    ]
    .map(str::to_owned)
    .into();
    for what in [
        "allocation",
        "assignment",
        "sub-assignment",
        "range",
        "transferred",
        "allocation-v6",
    ] {
        paths.extend(id(what).map(|first| format!("ip/{first}")));
    }
    paths.extend(
        operator
            .autnums
            .iter()
            .map(|a| format!("autnum/{}", a.block.first)),
    );
    paths.extend(
        operator
            .delegated
            .iter()
            .filter(|d| d.block.to_string().starts_with("AS"))
            .map(|d| format!("autnum/{}", d.block.last)),
    );
    paths.extend(operator.zones.keys().map(|zone| format!("domain/{zone}")));
    paths.extend(
        operator
            .holders
            .keys()
            .take(2)
            .map(|handle| format!("entity/{handle}")),
    );
    paths.extend(operator.limited.clone());
    for transfer in world.transfers().iter().filter(|t| t.from == operator.id) {
        let kind = if transfer.block.to_string().starts_with("AS") {
            "autnum"
        } else {
            "ip"
        };
        paths.push(format!("{kind}/{}?__cb=1", transfer.block.first_text()));
    }
    let sampled = asked().into_iter().filter(|(at, ..)| *at == base);
    paths.extend(sampled.flat_map(|(.., paths)| paths));
    let mut all: Vec<Request> = paths
        .iter()
        .map(|path| Request::get(&format!("{base}{path}")))
        .collect();
    let block = operator.networks[0].block.first_text();
    all.push(Request::get(&format!("{base}ip/{block}")).with_method("HEAD"));
    all.push(Request::get(&format!("{base}ip/{block}?__cb=1")));
    let mut v6 = Request::get(&format!("{base}ip/{block}"));
    if let Request::Http { address, .. } = &mut v6 {
        *address = std::net::Ipv6Addr::LOCALHOST.into();
    }
    all.push(v6);
    if let Some(whois) = &operator.whois {
        let moved = world
            .transfers()
            .iter()
            .filter(|t| t.from == operator.id)
            .map(|t| t.block.first_text());
        let own = operator.networks.iter().map(|n| n.block.first_text());
        let lines = own.chain(moved);
        all.extend(lines.map(|line| Request::Whois {
            host: whois.host.clone(),
            line,
        }));
    }
    let zones = operator.zones.keys().map(String::as_str);
    for name in std::iter::once(operator.rdap.host.as_str()).chain(zones) {
        for kind in [
            RecordType::A,
            RecordType::AAAA,
            RecordType::NS,
            RecordType::DS,
        ] {
            let mut message = Message::query();
            message.metadata.id = 7;
            message.add_query(Query::query(
                Name::from_ascii(format!("{name}.")).unwrap(),
                kind,
            ));
            all.push(Request::Dns {
                message: message.to_vec().unwrap(),
                server: None,
                tcp: false,
                family: IpFamily::V4,
            });
        }
    }
    all
}

fn ask_all(world: &World, requests: &[Request]) -> Vec<Answer> {
    requests
        .iter()
        .map(|request| answer(world, request, now()))
        .collect()
}

/// Says whether a fault is about IANA's files, which belong to no registry.
fn about_bootstrap(fault: &Fault) -> bool {
    fault.changes.iter().any(|change| match change {
        Change::Answer { when, .. } | Change::Http { when, .. } => {
            when.on.contains(&Kind::Bootstrap)
        }
        _ => false,
    })
}

/// Says whether a fault changes what any registry knows.
fn edits_world(fault: &Fault) -> bool {
    let changes = &mut fault.changes.iter();
    changes.any(|change| matches!(change, Change::World(_) | Change::File { .. }))
}

/// Says whether a fault is one of certification, which changes no registration data anywhere.
pub(crate) fn certified(fault: &Fault) -> bool {
    let one = |change: &Change| {
        matches!(
            change,
            Change::Rpki(_) | Change::Rrdp { .. } | Change::Rsync { .. }
        )
    };
    fault.changes.iter().all(one)
}

#[test]
fn a_fault_changes_nothing_at_other_registries() {
    let baseline = five();
    let asked: Vec<Vec<Request>> = baseline
        .operators()
        .map(|o| requests(&baseline, o))
        .collect();
    let before: Vec<Vec<Answer>> = asked.iter().map(|all| ask_all(&baseline, all)).collect();
    for name in names() {
        let fault = shipped(&name);
        assert_eq!(fault.name, name);
        let world = baseline.with_fault(&fault).unwrap();
        if certified(&fault) {
            // The registration data knows nothing of these; what they change follows from plans.
            for (plan, old) in world.rpki_plans().zip(baseline.rpki_plans()) {
                assert_eq!(plan == old, plan.operator != fault.registry, "{name}");
            }
            continue;
        }
        // What a fault changes at its own registry is for the fault walk; IANA's files are nobody's.
        let of_iana = about_bootstrap(&fault);
        let mut changed = Vec::new();
        for (operator, (asked, before)) in baseline.operators().zip(asked.iter().zip(&before)) {
            let own = operator.id == fault.registry;
            if own && !of_iana {
                continue;
            }
            // Where nothing may change every fourth request is enough to see a leak; a fault that edits no world
            // leaves the hosts of others alone before it looks at a request.
            let step = match (own, edits_world(&fault)) {
                (true, _) => 1,
                (false, true) => 4,
                (false, false) => 32,
            };
            let differs = asked
                .iter()
                .zip(before)
                .step_by(step)
                .any(|(request, before)| answer(&world, request, now()) != *before);
            if differs {
                changed.push(operator.id.as_str());
            }
        }
        assert_eq!(changed, [""; 0], "{name}");
        if of_iana {
            let files = ["ipv4", "ipv6", "asn", "object-tags"].map(|file| {
                let request = Request::get(&format!("https://data.iana.test/rdap/{file}.json"));
                answer(&world, &request, now()) != answer(&baseline, &request, now())
            });
            assert!(files.contains(&true), "{name} changes nothing");
        }
    }
}

/// Returns the places that a fault edits in the world's file; `None` for one that changes anything else.
fn edited(fault: &Fault) -> Option<Vec<&str>> {
    let mut places = Vec::new();
    for change in &fault.changes {
        let Change::World(edits) = change else {
            return None;
        };
        places.extend(edits.iter().map(|edit| match edit {
            NodeEdit::Set(place, _) | NodeEdit::Remove(place) => place.as_str(),
        }));
    }
    Some(places)
}

/// The fault walk passes over registration data where only what is certified is edited.
#[test]
fn edits_of_what_is_certified_change_no_registration_data() {
    let baseline = five();
    let mut seen = 0;
    for fault in names().iter().map(|name| shipped(name)) {
        let only = |places: Vec<&str>| places.iter().all(|p| p.split('/').nth(3) == Some("rpki"));
        if !edited(&fault).is_some_and(only) {
            continue;
        }
        seen += 1;
        let world = baseline.with_fault(&fault).unwrap();
        let operator = baseline.operator(&fault.registry).unwrap();
        let asked = requests(&baseline, operator);
        let asked = asked.iter().filter(|r| matches!(r, Request::Http { .. }));
        for request in asked {
            let answers = [&baseline, &world].map(|world| answer(world, request, now()));
            assert_eq!(answers[0], answers[1], "{}: {request:?}", fault.name);
        }
    }
    assert!(seen > 10, "{seen}");
}

/// The fault walk asks nothing again until something happens that did not.
#[test]
fn a_world_in_which_something_else_happens_later_is_the_same_until_then() {
    let sound = rehearsed();
    let mut seen = 0;
    for fault in names().iter().map(|name| shipped(name)) {
        let Some(places) = edited(&fault) else {
            continue;
        };
        let faulty = sound.with_fault(&fault).unwrap();
        let later = places.iter().all(|place| place.starts_with("/rehearsal"));
        let is_as = |at: Timestamp| faulty.is_as(&sound, at);
        let steps: Vec<Timestamp> = sound.steps().chain(faulty.steps()).collect();
        let end = steps.into_iter().max().unwrap();
        assert!(!is_as(end), "{}", fault.name);
        if !later {
            assert!(!is_as(now()), "{}", fault.name);
            continue;
        }
        seen += usize::from(is_as(now()));
        for at in faulty.steps().filter(|at| is_as(*at)) {
            for operator in five().operators() {
                let asked = requests(&sound, operator);
                for request in asked.iter().step_by(16) {
                    let answers = [&sound, &faulty].map(|world| answer(world, request, at));
                    assert_eq!(
                        answers[0], answers[1],
                        "{} at {at}: {request:?}",
                        fault.name
                    );
                }
            }
        }
    }
    assert!(seen > 5, "{seen}");
}

/// A run plays a fault as the walk does: what is registered and edited is certified as it was, at
/// every step of a rehearsal.
#[test]
fn a_run_certifies_what_the_walk_does_under_a_fault_of_what_is_registered() {
    let sound = rehearsed();
    let is_registered = |places: Vec<&str>| {
        let mut parts = places.iter().flat_map(|place| place.split(['/', '~']));
        parts.all(|part| !part.ends_with("rpki") && part != "rehearsal")
    };
    let mut seen = 0;
    for name in names() {
        if !edited(&shipped(&name)).is_some_and(is_registered) {
            continue;
        }
        seen += 1;
        let played = world::rehearsed(&folder(), std::slice::from_ref(&name), now()).unwrap();
        for at in played.steps() {
            let [own, others] = [&played, &sound].map(|world| world.at(at));
            for plan in others.rpki_plans() {
                let own = own.rpki_plan(&plan.operator);
                assert!(own == Some(plan), "{name} at {at}: {}", plan.operator);
            }
        }
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn a_fault_file_with_mistakes_names_each_of_them() {
    let text = "fault: x\ntitle: y\nregistry: arin\nchange:\n  wire: { kind: sulky }\n  answr: 1\n  answer: { on: [ip, ipp], edits: [ { remvoe: /a }, { set: a, to: 1 } ] }\nexpect: {}\n";
    let source = quintet::yaml::Source {
        name: "x.yaml".into(),
        text: text.into(),
    };
    let problems = Fault::read(&source).unwrap_err();
    let messages: Vec<String> = problems
        .iter()
        .map(|p| format!("{}: {}", p.span.line, p.message))
        .collect();
    assert!(
        messages.iter().any(|m| m.contains("unknown word `sulky`")),
        "{messages:#?}"
    );
    assert!(
        messages.contains(&"6: unknown key `answr`; did you mean `answer`?".to_owned()),
        "{messages:#?}"
    );
    assert!(
        messages.contains(&"7: unknown word `ipp`; did you mean `ip`?".to_owned()),
        "{messages:#?}"
    );
    assert!(
        messages.contains(&"7: unknown key `remvoe`; did you mean `remove`?".to_owned()),
        "{messages:#?}"
    );
    assert!(
        messages.contains(&"8: unknown key `expect`; did you mean `expects`?".to_owned()),
        "{messages:#?}"
    );
    assert!(
        messages.iter().any(|m| m.contains("`a` is not a path")),
        "{messages:#?}"
    );
}

#[test]
fn a_fault_that_does_not_fit_the_world_is_refused() {
    let text = "fault: x\ntitle: y\nregistry: arin\nchange:\n  world: { remove: /registries/arin/networks/nothing }\n";
    let source = quintet::yaml::Source {
        name: "x.yaml".into(),
        text: text.into(),
    };
    let error = five()
        .with_fault(&Fault::read(&source).unwrap())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "fault `x` does not fit the world: the world has no `nothing` of `/registries/arin/networks/nothing`"
    );
}
