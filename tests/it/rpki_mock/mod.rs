//! The RPKI of the mock world: deterministic, consistent over RRDP, and accepted by others.

mod faults;
mod validators;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::str::FromStr as _;
use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use quintet::mock::rpki::{Payloads, Repositories, write_tree};
use quintet::mock::{Request, World, answer};
use quintet::scenario::suite::Suite;
use rpki::rrdp::{DeltaElement, Hash, NotificationFile, PublishElement, Snapshot};

pub(crate) use self::validators::{FAULTS, faulty, faulty_at, left};
use crate::folder::Folder;
use crate::mock_world::{five, get, now};
use crate::oracles::{installed, run};
use crate::whole_suite::folder;

/// What is rendered at the time of all tests, once.
fn rendered() -> &'static Repositories {
    static RENDERED: LazyLock<Repositories> =
        LazyLock::new(|| Repositories::of(&five(), now()).unwrap());
    &RENDERED
}

/// Returns what relying parties must find below all trust anchors.
fn payloads(world: &World) -> Payloads {
    let mut all = Payloads::default();
    for plan in world.rpki_plans() {
        let its = plan.payloads();
        all.vrps.extend(its.vrps);
        all.aspas.extend(its.aspas);
        all.routers.extend(its.routers);
    }
    all
}

#[test]
fn two_readings_of_the_world_give_the_same_octets() {
    let again = Repositories::of(&World::five().unwrap(), now()).unwrap();
    assert_eq!(again.anchors.len(), 5);
    for (registry, first) in &rendered().anchors {
        let second = &again.anchors[registry];
        assert_eq!(first.tal, second.tal);
        assert_eq!(first.objects, second.objects);
        for (one, other) in first.feeds.iter().zip(&second.feeds) {
            assert_eq!(one.notification, other.notification);
            assert_eq!(one.deltas, other.deltas);
        }
        let count = first.objects.len();
        assert!((20..=60).contains(&count), "{registry}: {count} objects");
    }
}

#[test]
fn minutes_change_nothing_and_an_hour_does() {
    let later = |minutes: i64| {
        Repositories::of(&five(), now() + SignedDuration::from_mins(minutes)).unwrap()
    };
    let (soon, next) = (later(59), later(60));
    for (registry, first) in &rendered().anchors {
        assert_eq!(first.objects, soon.anchors[registry].objects);
    }
    let own = |all: &Repositories| all.anchors["ripe-ncc"].objects.clone();
    assert_ne!(own(rendered()), own(&next));
}

#[test]
fn no_key_signs_two_objects_of_a_registry() {
    for (registry, rendered) in &rendered().anchors {
        let mut seen = BTreeSet::new();
        for (uri, octets) in &rendered.objects {
            if uri.ends_with(".crl") || uri.ends_with(".cer") {
                continue;
            }
            let object = rpki::repository::sigobj::SignedObject::decode(octets.clone(), true)
                .unwrap_or_else(|error| panic!("{uri}: {error}"));
            let key = object.cert().subject_key_identifier();
            assert!(seen.insert(key), "{registry}: {uri}");
        }
    }
}

#[test]
fn transferred_numbers_are_certified_by_who_received_them() {
    let world = five();
    for transfer in world.transfers() {
        let holding = |registry: &str| {
            let plan = world.rpki_plan(registry).unwrap();
            // Those that certify everything do not count.
            plan.authorities()
                .filter(|a| a.holds.blocks().all(|b| b.first != 0))
                .any(|a| a.holds.blocks().any(|b| b.overlaps(&transfer.block)))
        };
        assert!(holding(&transfer.to), "{}", transfer.block);
        assert!(!holding(&transfer.from), "{}", transfer.block);
    }
}

fn https(url: &str) -> bytes::Bytes {
    let answer = get(&five(), url);
    assert_eq!(answer.status, 200, "{url}");
    answer.body.octets().to_vec().into()
}

#[test]
fn locators_and_certificates_are_served() {
    for plan in five().rpki_plans() {
        let rendered = &rendered().anchors[&plan.operator];
        assert_eq!(https(&plan.tal), rendered.tal.as_bytes());
        let tal = rpki::repository::tal::Tal::read_named(
            plan.operator.clone(),
            &mut rendered.tal.as_bytes(),
        )
        .unwrap();
        let certificate = &rendered.objects[&rendered.certificate];
        let read = rpki::repository::cert::Cert::decode(certificate.clone()).unwrap();
        assert_eq!(read.subject_public_key_info(), tal.key_info());
        for url in plan.certificate.iter().filter(|u| u.starts_with("https:")) {
            assert_eq!(https(url), certificate);
        }
    }
}

fn objects_of(snapshot: &Snapshot) -> BTreeMap<String, bytes::Bytes> {
    let element = |e: &PublishElement| (e.uri().to_string(), e.data().clone());
    snapshot.elements().iter().map(element).collect()
}

#[test]
fn deltas_lead_from_an_earlier_snapshot_to_this_one() {
    for (registry, rendered) in &rendered().anchors {
        let mut withdrawn = 0;
        for feed in &rendered.feeds {
            let octets = https(&feed.notify);
            let mut file = NotificationFile::parse(octets.as_ref()).unwrap();
            assert!(file.sort_and_verify_deltas(None), "{}", feed.notify);
            let listed = https(file.snapshot().uri().as_str());
            assert!(file.snapshot().hash().matches(&listed));
            let newest = objects_of(&Snapshot::parse(listed.as_ref()).unwrap());
            // The earliest snapshot that is still there and that deltas begin at.
            let first = file.deltas().first().unwrap().serial();
            let earlier = feed.snapshots.values();
            let earlier = earlier.map(|o| Snapshot::parse(o.as_ref()).unwrap());
            let earlier = earlier.filter(|s| s.serial() + 1 >= first);
            let earlier = earlier.min_by_key(Snapshot::serial).unwrap();
            assert!(earlier.serial() < feed.serial, "{}", feed.notify);
            let mut objects = objects_of(&earlier);
            let deltas: usize = feed.deltas.values().map(bytes::Bytes::len).sum();
            assert!(
                deltas <= listed.len(),
                "{}: {deltas} of {}",
                feed.notify,
                listed.len()
            );
            for delta in file.deltas() {
                let octets = https(delta.uri().as_str());
                assert!(delta.hash().matches(&octets));
                let read = rpki::rrdp::Delta::parse(octets.as_ref()).unwrap();
                assert!(!read.elements().is_empty());
                let old = read.serial() <= earlier.serial();
                for element in read.elements() {
                    withdrawn += usize::from(matches!(element, DeltaElement::Withdraw(_)));
                    if !old {
                        apply(&mut objects, element);
                    }
                }
            }
            assert_eq!(objects, newest, "{}", feed.notify);
        }
        assert!(withdrawn > 0, "{registry}: no delta withdraws anything");
    }
}

fn apply(objects: &mut BTreeMap<String, bytes::Bytes>, element: &DeltaElement) {
    let check = |objects: &BTreeMap<String, bytes::Bytes>, uri: &str, hash: &Hash| {
        assert!(hash.matches(&objects[uri]), "{uri}");
    };
    match element {
        DeltaElement::Publish(publish) => {
            let uri = publish.uri().to_string();
            assert!(objects.insert(uri, publish.data().clone()).is_none());
        }
        DeltaElement::Update(update) => {
            let uri = update.uri().to_string();
            check(objects, &uri, update.hash());
            objects.insert(uri, update.data().clone());
        }
        DeltaElement::Withdraw(withdraw) => {
            let uri = withdraw.uri().to_string();
            check(objects, &uri, withdraw.hash());
            objects.remove(&uri);
        }
    }
}

#[test]
fn a_notification_that_is_known_is_not_sent_again() {
    let world = five();
    let notify = "https://rrdp.ripe.test/notification.xml";
    let first = get(&world, notify);
    for (name, from) in [
        ("if-none-match", "etag"),
        ("if-modified-since", "last-modified"),
    ] {
        let value = first.header(from).unwrap();
        let request = Request::get(notify).with_header(name, value);
        let again = answer(&world, &request, now());
        assert_eq!(again.status, 304, "{name}");
        assert!(again.body.is_empty());
        let next = answer(&world, &request, now() + SignedDuration::from_hours(1));
        assert_eq!(next.status, 200, "{name}");
    }
    assert_eq!(get(&world, "https://rrdp.ripe.test/other.xml").status, 404);
}

#[test]
fn the_target_names_the_authorities_of_the_world() {
    let suite = Suite::read(&folder()).unwrap_or_else(|all| panic!("{all:#?}"));
    let registries = quintet::plan::registries(&suite, &suite.targets["mock"]);
    for (operator, rendered) in Repositories::of(&five(), now()).unwrap().anchors {
        // What publishes in a folder of the world is named after its authority.
        let mut keys = BTreeMap::new();
        for octets in rendered.objects.values() {
            let Ok(cert) = rpki::repository::Cert::decode(octets.as_ref()) else {
                continue;
            };
            let Some(folder) = cert.ca_repository() else {
                continue;
            };
            let name = folder.as_str().trim_end_matches('/').rsplit('/').next();
            let key = cert.subject_key_identifier().to_string().to_lowercase();
            keys.insert(name.unwrap().to_owned(), key);
        }
        let (_, registry) = registries
            .iter()
            .find(|(id, _)| id.as_str() == operator)
            .unwrap();
        let named = registry
            .data
            .pointer("/rpki/cas")
            .unwrap()
            .as_array()
            .unwrap();
        assert!(!named.is_empty(), "{operator}");
        for ca in named {
            let name = ca["name"].as_str().unwrap();
            assert_eq!(
                keys.get(name).map(String::as_str),
                ca["key"].as_str(),
                "{operator}: {name}"
            );
        }
    }
}
