//! The `consensus` probe over the mock world, and its readers over files of the mock world that are
//! cut and changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use quintet::cli::direct::Direct;
use quintet::clock::FixedClock;
use quintet::fact::{Facts, Observation, Value, vocabulary};
use quintet::inspect::rpki::{BpkiAnchor, Consensus, Event, Message, State, Types};
use quintet::mock::World;
use quintet::mock::rpki::Consensus as Published;
use quintet::probe::{Argument, Ask, Consensus as Declared, PROBES, Rpki, Service};
use quintet::registry::{PerRegistry, RegistryId};

use crate::asking::about;
use crate::fault_walk::cases::Nobody;
use crate::mock_world::{five, now};

/// The object identifiers of the mock world.
const TYPES: [(&str, &str); 7] = [
    ("state", "1.3.6.1.4.1.32473.16.1.1"),
    ("initiation", "1.3.6.1.4.1.32473.16.1.2"),
    ("acceptance", "1.3.6.1.4.1.32473.16.1.3"),
    ("finalization", "1.3.6.1.4.1.32473.16.1.4"),
    ("cancellation", "1.3.6.1.4.1.32473.16.1.5"),
    ("inclusion", "1.3.6.1.4.1.32473.16.1.6"),
    ("exclusion", "1.3.6.1.4.1.32473.16.1.7"),
];

fn published(world: &World, registry: &str) -> Published {
    let plan = world.rpki_plan(registry).unwrap();
    plan.consensus.clone().unwrap()
}

/// Asks with the places that the world has, changed by `change`.
fn ask(types: &[(&str, &str)], change: impl Fn(&str, &mut Declared)) -> Observation {
    ask_from(types, 1, change)
}

/// Asks for events from a number on.
fn ask_from(
    types: &[(&str, &str)],
    first: u64,
    change: impl Fn(&str, &mut Declared),
) -> Observation {
    let world = five();
    let services: PerRegistry<Arc<Service>> = world
        .rpki_plans()
        .map(|plan| {
            let place = plan.consensus.clone().unwrap();
            let mut declared = Declared {
                name: place.name,
                url: place.url,
                certificate: place.certificate,
                state: place.state,
            };
            change(&plan.operator, &mut declared);
            let rpki = Rpki {
                consensus: declared,
                ..Rpki::default()
            };
            let service = Service {
                rpki,
                ..Service::default()
            };
            (
                RegistryId::parse(&plan.operator).unwrap(),
                Arc::new(service),
            )
        })
        .collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let clock = FixedClock(now());
    let transport = Direct::new(world, Arc::new(FixedClock(now())), Arc::new(Nobody));
    let probe = PROBES.iter().find(|p| p.kind().name == "consensus");
    let types = types.iter();
    let types = types.map(|(name, oid)| ((*name).to_owned(), (*oid).to_owned()));
    let ask = Ask {
        services: Arc::new(services),
        arguments: [
            ("types", Argument::Headers(types.collect())),
            ("first", Argument::Count(first)),
        ]
        .into(),
        ..about("apnic", "all", &transport, &clock)
    };
    runtime.block_on(probe.unwrap().ask(ask))
}

fn records<'a>(seen: &'a Observation, path: &str) -> &'a [Facts] {
    match seen.facts.get(path) {
        Some(Value::Records(records)) => records,
        other => panic!("`{path}` is {other:?}"),
    }
}

fn text(record: &Facts, path: &str) -> String {
    record.get(path).map_or(String::new(), ToString::to_string)
}

#[test]
fn everything_that_the_five_publish_is_read_and_agrees() {
    let seen = ask(&TYPES, |_, _| ());
    assert!(seen.is_ok(), "{:?}", seen.failure);
    let all = records(&seen, "repository_list");
    assert_eq!(all.len(), 5);
    let agreed: BTreeSet<String> = all.iter().map(|one| text(one, "agreed")).collect();
    assert_eq!(agreed.len(), 1);
    assert!(
        agreed
            .first()
            .unwrap()
            .starts_with("2 2021-01-01T00:00:00Z sha256:")
    );
    for one in all {
        assert_eq!(text(one, "reason"), "");
        assert_eq!(text(one, "states"), "2");
        let world = published(&five(), &text(one, "registry"));
        assert_eq!(text(one, "events"), world.events.len().to_string());
    }
    assert_eq!(seen.facts.get("violations"), Some(&Value::Count(0)));
    assert_eq!(seen.facts.get("unfinished"), Some(&Value::Count(2)));
    // What came by a transfer is the recipient's, and the source has it no more.
    let held = |registry: &str| {
        let all = records(&seen, "held_list").iter();
        let found = { all }.find(|one| text(one, "registry") == registry);
        text(found.unwrap(), "addresses")
    };
    assert!(held("ripe-ncc").contains("203.64.0.0/16"));
    assert!(!held("apnic").contains("203.64.0.0/16"));
}

#[test]
fn every_fact_of_the_vocabulary_is_published() {
    let lost = ask(&TYPES, |id, declared| {
        if id == "arin" {
            declared.state = "gone.rds".to_owned();
        }
    });
    let whole = ask(&TYPES, |_, _| ());
    let unseen = ask(&TYPES, |id, declared| {
        if id == "arin" {
            declared.url = "https://nowhere.test/consensus/".to_owned();
        }
    });
    // Without the first event of each nothing that follows is right.
    let late = ask_from(&TYPES, 2, |_, _| ());
    let seen = [lost, whole, unseen, late];
    for fact in vocabulary::consensus::CONSENSUS
        .facts
        .iter()
        .copied()
        .flatten()
    {
        let there = seen.iter().filter_map(|seen| seen.facts.get(fact.path));
        let there: Vec<&Value> = there.collect();
        assert!(!there.is_empty(), "`{}` is never published", fact.path);
        for field in fact.fields {
            let records = there.iter().filter_map(|value| match value {
                Value::Records(records) => Some(records),
                _ => None,
            });
            let mut records = records.flatten();
            assert!(
                records.any(|one| one.get(field.path).is_some()),
                "`{}` of `{}` is never published",
                field.path,
                fact.path
            );
        }
    }
}

#[test]
fn a_place_that_gives_nothing_says_why_and_the_others_are_read() {
    #[track_caller]
    fn check(change: impl Fn(&mut Declared), expected: &str) {
        let seen = ask(&TYPES, |id, declared| {
            if id == "lacnic" {
                change(declared);
            }
        });
        let all = records(&seen, "repository_list");
        let reasons: Vec<String> = all.iter().map(|one| text(one, "reason")).collect();
        assert_eq!(reasons, ["", "", "", expected, ""]);
        assert!(all.iter().all(|one| one.get("agreed").is_none()));
    }
    check(
        |place| place.certificate = "none.cer".to_owned(),
        "`none.cer`: status 404",
    );
    check(
        |place| place.certificate = "current.rds".to_owned(),
        "`current.rds`: it has no key",
    );
    check(
        |place| place.state = "../other".to_owned(),
        "`../other` is no name of a file",
    );
    check(
        |place| place.state = "bpki-ta.cer".to_owned(),
        "`https://rrdp.lacnic.test/consensus/bpki-ta.cer`: `contentType` at octet 4: not there, not of its type, or cut off",
    );
    check(
        |place| place.state = "event-1.cms".to_owned(),
        "`https://rrdp.lacnic.test/consensus/event-1.cms`: it is an event, and no state",
    );
}

#[test]
fn a_place_that_cannot_be_seen_is_nothing_wrong_and_nothing_is_played() {
    let seen = ask(&TYPES, |id, declared| {
        if id == "apnic" {
            declared.url = "https://nowhere.test/consensus/".to_owned();
        }
    });
    assert!(seen.is_ok(), "{:?}", seen.failure);
    let apnic = &records(&seen, "repository_list")[1];
    assert_eq!(apnic.get("reason"), None);
    assert!(text(apnic, "failure").starts_with("`https://nowhere.test/consensus/bpki-ta.cer`"));
    assert_eq!(seen.facts.get("violations"), Some(&Value::Count(0)));
    assert!(records(&seen, "held_list").is_empty());
}

#[test]
fn events_are_read_from_the_number_that_is_asked_for() {
    let seen = ask_from(&TYPES, 2, |_, _| ());
    let all = records(&seen, "violation_list");
    assert!(all.iter().all(|one| text(one, "matter") != "events"));
    let what = all.iter().map(|one| text(one, "what"));
    assert!({ what }.any(|what| what.contains("initiated no such transfer")));
}

#[test]
fn identifiers_are_parameters_and_each_stands_for_one_content() {
    let reason = |types: &[(&str, &str)]| {
        let seen = ask(types, |_, _| ());
        format!("{:?}", seen.skipped)
    };
    assert!(reason(&TYPES[1..]).contains("there is no identifier for `state`"));
    let mut twice = TYPES;
    twice[2].1 = twice[1].1;
    let said = reason(&twice);
    assert!(
        said.contains("stands for `initiation` and for `acceptance`"),
        "{said}"
    );
    let mut other = TYPES;
    other[0].0 = "states";
    assert!(reason(&other).contains("`states` is no content"));
    // With other identifiers nothing can be read, and that is said.
    let mut swapped = TYPES;
    (swapped[0].1, swapped[1].1) = (swapped[1].1, swapped[0].1);
    let seen = ask(&swapped, |_, _| ());
    let all = records(&seen, "repository_list");
    assert!(
        all.iter()
            .all(|one| text(one, "reason").contains("it is an event, and no state"))
    );
}

#[test]
fn fewer_than_two_places_are_nothing_to_compare() {
    let seen = ask(&TYPES, |id, declared| {
        if id != "arin" {
            *declared = Declared::default();
        }
    });
    let said = format!("{:?}", seen.skipped);
    assert!(
        said.contains("fewer than two of these registries"),
        "{said}"
    );
}

/// Returns the certificate, a state and an event of a registry.
fn files(registry: &str) -> [Vec<u8>; 3] {
    let all = published(&five(), registry);
    let file = |name: &str| all.file(name, now()).unwrap().0;
    [
        file(&all.certificate),
        file(&all.state),
        file(&format!("{}1.cms", all.prefix)),
    ]
}

#[test]
fn a_message_that_is_cut_or_changed_anywhere_is_refused_and_nothing_panics() {
    let [certificate, state, event] = files("ripe-ncc");
    let types = Types::of(TYPES).unwrap();
    let anchor = BpkiAnchor::read(&certificate, now()).unwrap();
    let read = |octets: &[u8]| {
        let message = Message::read(octets, &anchor, now())?;
        let state = State::read(&message, &types).map(|_| ());
        state.or_else(|_| Event::read(&message, &types).map(|_| ()))
    };
    assert_eq!(read(&state), Ok(()));
    assert_eq!(read(&event), Ok(()));
    for whole in [&state, &event] {
        for length in (0..whole.len()).step_by(7) {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
        let mut accepted = 0;
        for at in (0..whole.len()).step_by(5) {
            let mut octets = whole.clone();
            octets[at] ^= 0x10;
            accepted += usize::from(read(&octets).is_ok());
        }
        // Of what no signature covers a few octets can be others: versions, names of algorithms.
        assert!(
            accepted < whole.len() / 50,
            "{accepted} of {}",
            whole.len() / 5
        );
    }
    for length in (0..certificate.len()).step_by(3) {
        assert!(BpkiAnchor::read(&certificate[..length], now()).is_err());
    }
    let [other, ..] = files("arin");
    let other = BpkiAnchor::read(&other, now()).unwrap();
    let refused = Message::read(&event, &other, now()).unwrap_err();
    assert!(refused.contains("not signed with the key"), "{refused}");
    let late = "2060-01-01T00:00:00Z".parse().unwrap();
    let refused = Message::read(&event, &anchor, late).unwrap_err();
    assert!(refused.contains("was valid until"), "{refused}");
}

#[test]
fn a_consensus_object_that_is_cut_says_what_can_be_read_of_it() {
    let world = five();
    let repositories = quintet::mock::rpki::Repositories::of(&world, now()).unwrap();
    let rendered = &repositories.anchors["apnic"];
    let object = { rendered.objects.iter() }.find(|(uri, _)| uri.ends_with(".rdc"));
    let (_, octets) = object.unwrap();
    let read = Consensus::read(octets);
    let names: Vec<&str> = read
        .participants
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["AFRINIC", "APNIC", "ARIN", "LACNIC", "RIPE NCC"]);
    assert_eq!(read.content_type, "1.3.6.1.4.1.32473.16.1.0");
    assert_eq!(read.base, published(&world, "apnic").url);
    assert!(read.others.is_empty() && read.key.len() > 250);
    for length in 0..octets.len() {
        let cut = Consensus::read(&octets[..length]);
        assert!(cut.participants.len() <= 5);
    }
}
