//! The RPKI of the mock world: deterministic, consistent over RRDP, and accepted by others.

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

/// Writes the world as it is at a time; what each program does to its copy is its own.
fn written(world: &World, at: Timestamp) -> Folder {
    let folder = Folder::new("rpki");
    write_tree(&Repositories::of(world, at).unwrap(), folder.path()).unwrap();
    folder
}

/// Returns the current time: validators of old take it from the machine.
fn present() -> Timestamp {
    use quintet::clock::{Clock as _, RealClock};
    RealClock::new().now()
}

/// Reads lines of `AS1,192.0.2.0/24,24,…` behind a heading.
fn vrps(path: &Path) -> BTreeSet<(u32, String, u32)> {
    let text = fs::read_to_string(path).unwrap();
    let line = |line: &str| {
        let mut fields = line.split(',');
        let origin = fields.next()?.trim_start_matches("AS").parse().ok()?;
        let prefix = fields.next()?.to_owned();
        Some((origin, prefix, fields.next()?.parse().ok()?))
    };
    text.lines().skip(1).map(|l| line(l).unwrap()).collect()
}

fn by_rpki_client(folder: &Path) -> (BTreeSet<(u32, String, u32)>, String) {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (cache, out) = (text(&folder.join("cache")), text(&folder.join("out")));
    fs::create_dir_all(&out).unwrap();
    // Started by root it becomes its own user, who must be able to write.
    if String::from_utf8_lossy(&Command::new("id").arg("-u").output().unwrap().stdout).trim() == "0"
    {
        run("chown", &["-R", "_rpki-client", &cache, &out]);
    }
    let mut tals: Vec<String> = Vec::new();
    for tal in fs::read_dir(folder.join("tals")).unwrap() {
        tals.push(text(&tal.unwrap().path()));
    }
    tals.sort();
    let mut words = vec!["-n", "-v", "-c", "-d", &cache];
    words.extend(tals.iter().flat_map(|tal| ["-t", tal.as_str()]));
    words.push(&out);
    let said = run("rpki-client", &words);
    assert_eq!(said.code, 0, "{}", said.all());
    (vrps(&folder.join("out/csv")), said.all())
}

fn by_fort(folder: &Path) -> (BTreeSet<(u32, String, u32)>, String) {
    let option = |name: &str, path: &str| format!("--{name}={}", folder.join(path).display());
    let said = run(
        "fort",
        &[
            "--mode=standalone",
            "--work-offline",
            &option("tal", "tals"),
            &option("local-repository", "cache"),
            &option("output.roa", "fort.csv"),
            "--validation-log.enabled=true",
            "--validation-log.level=warning",
            "--validation-log.output=console",
        ],
    );
    assert_eq!(said.code, 0, "{}", said.all());
    (vrps(&folder.join("fort.csv")), said.all())
}

#[test]
fn rpki_client_finds_what_the_world_says() {
    if !installed("rpki-client") {
        return;
    }
    let world = five();
    let folder = written(&world, present());
    let (found, said) = by_rpki_client(folder.path());
    assert_eq!(found, payloads(&world).vrps, "{said}");
}

#[test]
fn fort_finds_what_the_world_says() {
    if !installed("fort") {
        return;
    }
    let world = five();
    let folder = written(&world, present());
    let (found, said) = by_fort(folder.path());
    assert_eq!(found, payloads(&world).vrps, "{said}");
}

/// Everything that savanna's ROAs say.
const SAVANNA: &[&str] = &[
    "37100 102.16.0.0/16-20",
    "37100 2c0f:1000::/32-48",
    "327700 102.16.32.0/24-24",
    "327700 102.16.33.0/24-24",
];
/// What the first of them says.
const FIRST: &[&str] = &["37100 102.16.0.0/16-20"];

/// Changes at AFRINIC's member savanna, and what relying parties then do without: a wrong file
/// costs the whole publication point (RFC 9286, section 6.6), a wrong object only itself.
pub(crate) const FAULTS: &[(&str, &str, &[&str])] = &[
    (
        "wrong-hash",
        "{ authority: savanna, object: roa-1, act: wrong-hash }",
        SAVANNA,
    ),
    (
        "missing",
        "{ authority: savanna, object: roa-1, act: missing }",
        SAVANNA,
    ),
    (
        "late-manifest",
        "{ authority: savanna, object: manifest, late_hours: 48 }",
        SAVANNA,
    ),
    (
        "late-crl",
        "{ authority: savanna, object: crl, late_hours: 48 }",
        SAVANNA,
    ),
    (
        "unlisted",
        "{ authority: savanna, object: roa-1, act: unlisted }",
        FIRST,
    ),
    (
        "beyond",
        "{ authority: savanna, object: roa-1, beyond: [102.200.0.0/16] }",
        FIRST,
    ),
    (
        "revoked",
        "{ authority: savanna, object: roa-1, act: revoked }",
        FIRST,
    ),
    (
        "bad-signature",
        "{ authority: savanna, object: roa-1, act: bad-signature }",
        FIRST,
    ),
    (
        "own-provider",
        "{ authority: savanna, object: aspa-1, act: own-provider }",
        &[],
    ),
    // Key usage of savanna's certificate, patched before it is signed: digitalSignature.
    (
        "key-usage",
        "{ authority: afrinic, object: savanna, part: certificate, edits: [{ set: /7/0/3/2/0, to: \"03020780\" }] }",
        SAVANNA,
    ),
    (
        "certificate-revoked",
        "{ authority: afrinic, object: savanna, act: revoked }",
        SAVANNA,
    ),
    // A ROA of version 1: its content is another one, and is signed as such.
    (
        "content",
        "{ authority: savanna, object: roa-1, part: content, edits: [{ set: /0, to: \"0401ff\" }] }",
        FIRST,
    ),
];

pub(crate) fn faulty(change: &str) -> World {
    faulty_at("afrinic", change)
}

pub(crate) fn faulty_at(registry: &str, change: &str) -> World {
    let text = format!(
        "fault: one\ntitle: one thing is wrong\nregistry: {registry}\nchange: {change}\nexpects: {{}}\n"
    );
    let source = quintet::yaml::Source {
        name: "one.yaml".into(),
        text: text.into(),
    };
    let fault = quintet::mock::fault::Fault::read(&source).unwrap();
    five().with_fault(&fault).unwrap()
}

/// Returns what is left of the payloads of the world without faults.
pub(crate) fn left(without: &[&str]) -> BTreeSet<(u32, String, u32)> {
    let mut all = payloads(&five()).vrps;
    for text in without {
        let (origin, rest) = text.split_once(' ').unwrap();
        let (prefix, most) = rest.rsplit_once('-').unwrap();
        let one = (
            origin.parse().unwrap(),
            prefix.to_owned(),
            most.parse().unwrap(),
        );
        assert!(all.remove(&one), "{text}");
    }
    all
}

#[test]
fn a_wrong_object_costs_what_the_documents_say() {
    let (client, fort) = (installed("rpki-client"), installed("fort"));
    if !client && !fort {
        return;
    }
    let now = present();
    for (name, change, without) in FAULTS {
        let world = faulty(&format!("{{ rpki: {change} }}"));
        if client {
            let folder = written(&world, now);
            let (found, said) = by_rpki_client(folder.path());
            assert_eq!(found, left(without), "rpki-client, {name}: {said}");
        }
        if fort {
            let folder = written(&world, now);
            let (found, said) = by_fort(folder.path());
            assert_eq!(found, left(without), "fort, {name}: {said}");
        }
    }
}

#[test]
fn a_fault_changes_what_it_names_and_what_covers_it() {
    for (change, kinds) in [
        (
            "{ authority: savanna, object: roa-1, act: bad-signature }",
            &["mft", "roa"][..],
        ),
        (
            "{ authority: savanna, object: roa-1, act: wrong-hash }",
            &["mft"],
        ),
        (
            "{ authority: savanna, object: roa-1, act: missing }",
            &["roa"],
        ),
        (
            "{ authority: savanna, object: roa-1, act: revoked }",
            &["crl", "mft"],
        ),
        (
            "{ authority: savanna, object: manifest, late_hours: 48 }",
            &["mft"],
        ),
        (
            "{ authority: afrinic, object: savanna, act: bad-signature }",
            &["cer", "mft"],
        ),
        (
            "{ authority: anchor, object: anchor, late_hours: 90000 }",
            &["cer"],
        ),
    ] {
        let world = faulty(&format!("{{ rpki: {change} }}"));
        let seen = Repositories::of(&world, now()).unwrap();
        let mut changed = BTreeSet::new();
        for (registry, before) in &rendered().anchors {
            let after = &seen.anchors[registry];
            for (uri, octets) in &before.objects {
                if after.objects.get(uri) != Some(octets) {
                    assert_eq!(registry, "afrinic");
                    changed.insert(uri.rsplit('.').next().unwrap());
                }
            }
        }
        assert_eq!(changed, kinds.iter().copied().collect(), "{change}");
    }
}

/// Says what a client that follows RFC 8182 makes of AFRINIC's feed.
fn trouble(world: &World) -> &'static str {
    let of = |url: &str| -> bytes::Bytes { get(world, url).body.octets().to_vec().into() };
    let notify = "https://rrdp.afrinic.test/notification.xml";
    let octets = of(notify);
    let Ok(mut file) = NotificationFile::parse(octets.as_ref()) else {
        return "unreadable notification";
    };
    let base = rpki::uri::Https::from_str(notify).unwrap();
    if !file.has_matching_origins(&base) {
        return "other origin";
    }
    let octets = of(file.snapshot().uri().as_str());
    if !file.snapshot().hash().matches(&octets) {
        return "snapshot hash";
    }
    let Ok(snapshot) = Snapshot::parse(octets.as_ref()) else {
        return "unreadable snapshot";
    };
    if snapshot.session_id() != file.session_id() || snapshot.serial() != file.serial() {
        return "other snapshot";
    }
    let objects = objects_of(&snapshot);
    if objects.len() != snapshot.elements().len() {
        return "twice";
    }
    if objects
        .keys()
        .any(|uri| !uri.starts_with("rsync://rpki.afrinic.test/"))
    {
        return "foreign object";
    }
    if file.deltas().is_empty() {
        return "no deltas";
    }
    if !file.sort_and_verify_deltas(None) {
        return "gap";
    }
    let last = file.deltas().last().unwrap();
    if !last.hash().matches(&of(last.uri().as_str())) {
        return "delta hash";
    }
    "none"
}

#[test]
fn rrdp_files_can_be_wrong_in_many_ways() {
    assert_eq!(trouble(&five()), "none");
    for (act, seen) in [
        ("snapshot-hash", "snapshot hash"),
        ("delta-hash", "delta hash"),
        ("delta-gap", "gap"),
        ("no-deltas", "no deltas"),
        ("other-session", "other snapshot"),
        ("other-serial", "other snapshot"),
        ("other-origin", "other origin"),
        ("other-version", "unreadable notification"),
        // The `rpki` crate passes over a document type and over hashes of what is replaced.
        ("doctype", "none"),
        ("foreign-object", "foreign object"),
        ("twice", "twice"),
        ("no-base64", "unreadable snapshot"),
        ("old-hash", "none"),
    ] {
        let world = faulty(&format!("{{ rrdp: {{ repository: own, act: {act} }} }}"));
        assert_eq!(trouble(&world), seen, "{act}");
    }
}

#[test]
fn a_fault_that_names_nothing_is_refused() {
    for (change, reason) in [
        (
            "{ rpki: { authority: nobody, object: roa-1, act: revoked } }",
            "no authority `nobody`",
        ),
        (
            "{ rpki: { authority: nile, object: roa-9, act: revoked } }",
            "publishes no `roa-9`",
        ),
        (
            "{ rrdp: { repository: other, act: twice } }",
            "no repository `other`",
        ),
    ] {
        let caught = std::panic::catch_unwind(|| faulty(change)).unwrap_err();
        let said = caught.downcast_ref::<String>().unwrap();
        assert!(said.contains(reason), "{said}");
    }
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
        let named = registry.data.pointer("/rpki/cas").unwrap().as_array().unwrap();
        assert!(!named.is_empty(), "{operator}");
        for ca in named {
            let name = ca["name"].as_str().unwrap();
            assert_eq!(keys.get(name).map(String::as_str), ca["key"].as_str(), "{operator}: {name}");
        }
    }
}
