mod subjects;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::fact::{Facts, Failure, FailureKind, Json, Key, Subject as About, TextSet, Value};
use crate::resource::AsnSet;

const PREFIX: &str = "203.64.0.0/16";

fn id(text: &str) -> RegistryId {
    RegistryId::parse(text).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The registries of these tests.
fn known() -> PerRegistry<Known> {
    let all = [
        ("apnic", "APNIC", "203.in-addr.arpa"),
        ("arin", "ARIN", "104.in-addr.arpa"),
        ("ripe-ncc", "RIPE NCC", "193.in-addr.arpa"),
    ];
    all.into_iter()
        .map(|(name, shown, zone)| {
            let known = Known {
                name: shown.to_owned(),
                rdap: format!("https://rdap.{name}.test/"),
                whois: format!("whois.{name}.test"),
                zones: vec![zone.to_owned()],
            };
            (id(name), known)
        })
        .collect()
}

/// Returns an observation of a registry, or a shared one.
fn seen(asked: &str, facts: impl IntoIterator<Item = (&'static str, Value)>) -> Arc<Observation> {
    let asked = (!asked.is_empty()).then(|| id(asked));
    let mut all = Facts::new();
    for (path, value) in facts {
        all.set(path, value);
    }
    Arc::new(Observation {
        key: Key {
            scenario: Arc::from("trace"),
            instance: Arc::from(""),
            subject: asked.clone().map_or(About::Shared, About::Registry),
            asked,
            target: Arc::from("mock"),
            probe: Arc::from("probe"),
            tick: 0,
            attempt: 1,
            vantage: Arc::from("here"),
        },
        at: at("2026-11-22T07:00:00Z"),
        failure: None,
        skipped: None,
        facts: all,
        inspected: None,
        asked: Vec::new(),
        evidence: Vec::new(),
    })
}

fn failed(asked: &str) -> Arc<Observation> {
    let one = seen(asked, []);
    Arc::new(Observation {
        failure: Some(Failure {
            kind: FailureKind::Timeout,
            detail: "nothing within 5s".to_owned(),
        }),
        ..(*one).clone()
    })
}

fn addresses(text: &str) -> Value {
    Value::Addresses(text.parse().unwrap())
}

fn set(lines: &[&str]) -> Value {
    Value::Set(TextSet::of(lines.iter().map(|line| (*line).to_owned())))
}

fn rdap_object(asked: &str, name: &str, prefix: &str) -> Arc<Observation> {
    let json = json!({ "name": name, "country": "NL", "status": ["active"],
        "events": [{ "eventAction": "registration", "eventDate": "2001-11-05T00:00:00Z" }] });
    seen(
        asked,
        [
            ("status", Value::Count(200)),
            (
                "url",
                Value::text("https://rdap.ripe-ncc.test/ip/203.64.0.0/16"),
            ),
            ("prefixes", addresses(prefix)),
            ("json", Value::Json(Json::new(json))),
        ],
    )
}

fn rdap_redirect(asked: &str, to: &str) -> Arc<Observation> {
    let facts = [
        ("status", Value::Count(301)),
        ("location.registry", Value::text(to)),
        ("location.url", Value::text("https://elsewhere.test/")),
    ];
    seen(asked, facts)
}

fn rdap_nothing(asked: &str) -> Arc<Observation> {
    seen(asked, [("status", Value::Count(404))])
}

fn log(asked: &str, lines: &[&str]) -> Arc<Observation> {
    let facts = [
        ("status", Value::Count(200)),
        ("produced", Value::Time(at("2026-11-21T21:30:00Z"))),
        ("entries", set(lines)),
    ];
    seen(asked, facts)
}

fn tree(asked: &str, holdings: &str, vrps: &[&str]) -> Arc<Observation> {
    let facts = [
        ("anchor.outcome", Value::text("accepted")),
        ("holdings.addresses", addresses(holdings)),
        ("holdings.asns", Value::Asns(AsnSet::new())),
        ("vrps.set", set(vrps)),
        ("aspas.set", set(&["AS4750 AS3200 AS3300"])),
    ];
    seen(asked, facts)
}

const MOVED: &str = "COMPLETED apnic>ripe-ncc RESOURCE_TRANSFER 2019-08-20T00:00:00Z 203.64.0.0/16";

/// What is seen of a prefix that went from APNIC to the RIPE NCC, where all is well.
fn transferred() -> Seen<'static> {
    let per = |all: [(&str, Arc<Observation>); 3]| -> PerRegistry<Arc<Observation>> {
        all.into_iter().map(|(name, one)| (id(name), one)).collect()
    };
    let share = |registry: &str, blocks: &str| {
        let mut facts = Facts::new();
        facts.set("registry", Value::text(registry));
        facts.set("addresses", addresses(blocks));
        facts
    };
    let iana = seen(
        "",
        [(
            "share_list",
            Value::Records(vec![
                share("apnic", "203.0.0.0/8"),
                share("arin", "104.0.0.0/8"),
            ]),
        )],
    );
    let services = json!({ "publication": "2026-11-02T00:00:00Z", "services": [
        [["203.0.0.0/8"], ["https://rdap.apnic.test/"]],
        [["104.0.0.0/8"], ["https://rdap.arin.test/"]] ] });
    let bootstrap = seen("", [("json", Value::Json(Json::new(services)))]);
    let rdap = [
        ("apnic", rdap_redirect("apnic", "ripe-ncc")),
        ("arin", rdap_redirect("arin", "apnic")),
        ("ripe-ncc", rdap_object("ripe-ncc", "TULIP-MOVED", PREFIX)),
    ];
    let whois = [
        (
            "apnic",
            seen("apnic", [("referral", Value::text("whois.ripe-ncc.test"))]),
        ),
        ("arin", seen("arin", [])),
        (
            "ripe-ncc",
            seen(
                "ripe-ncc",
                [
                    ("prefixes", addresses(PREFIX)),
                    ("fields.netname", Value::text("TULIP-MOVED")),
                ],
            ),
        ),
    ];
    let within =
        "COMPLETED ripe-ncc>ripe-ncc MERGER_ACQUISITION 2021-03-25T00:00:00Z 203.64.0.0/16";
    Seen {
        iana: Some(iana),
        bootstrap: vec![bootstrap],
        statistics: PerRegistry::new(),
        logs: per([
            ("apnic", log("apnic", &[MOVED])),
            ("arin", log("arin", &[])),
            ("ripe-ncc", log("ripe-ncc", &[MOVED, within])),
        ]),
        rdap: rdap
            .into_iter()
            .map(|(name, one)| (id(name), vec![one]))
            .collect(),
        whois: whois
            .into_iter()
            .map(|(name, one)| (id(name), vec![one]))
            .collect(),
        zone: Some(seen(
            "",
            [
                ("zone", Value::text("64.203.in-addr.arpa.")),
                ("parent", Value::text("203.in-addr.arpa.")),
                ("delegation.found", Value::Flag(true)),
                (
                    "delegation.servers",
                    Value::Texts(vec![Arc::from("ns1.tulip.test.")]),
                ),
            ],
        )),
        trees: per([
            (
                "apnic",
                tree("apnic", "203.16.0.0/16", &["203.16.0.0/16-24 AS4650"]),
            ),
            ("arin", tree("arin", "104.0.0.0/16", &[])),
            (
                "ripe-ncc",
                tree("ripe-ncc", PREFIX, &["203.64.0.0/16-24 AS4750"]),
            ),
        ]),
    }
}

fn trace(seen: &Seen<'_>) -> Trace {
    join(&Subject::read(PREFIX).unwrap(), &known(), seen)
}

/// Returns the shortest forms of a row in the order of registries.
fn cells(trace: &Trace, plane: Plane) -> Vec<&str> {
    let row = trace.row(plane).unwrap();
    row.registries
        .values()
        .map(|cell| cell.forms.last().map_or("", String::as_str))
        .collect()
}

#[track_caller]
fn disagrees(seen: &Seen<'_>, expected: &[&str]) {
    let trace = trace(seen);
    let found: Vec<String> = trace
        .disagreements
        .iter()
        .map(|one| format!("{}: {}", one.plane.title(), one.words))
        .collect();
    assert_eq!(found, expected);
    for row in &trace.rows {
        let named = trace.disagreements.iter().any(|one| one.plane == row.plane);
        assert_eq!(row.disagrees, named, "{:?}", row.plane);
    }
}

#[test]
fn a_transferred_prefix_tells_its_story_and_nothing_disagrees() {
    let all = transferred();
    let trace = trace(&all);
    assert_eq!(cells(&trace, Plane::Iana), ["designated", "–", "–"]);
    assert_eq!(cells(&trace, Plane::Bootstrap), ["begins", "–", "–"]);
    assert_eq!(
        cells(&trace, Plane::TransferLogs),
        ["gave 2019", "–", "got 2019"]
    );
    assert_eq!(
        cells(&trace, Plane::Rdap),
        ["→ RIPE NCC", "→ APNIC", "registered"]
    );
    assert_eq!(
        cells(&trace, Plane::Whois),
        ["→ RIPE NCC", "–", "registered"]
    );
    assert_eq!(cells(&trace, Plane::ReverseDns), ["delegated", "–", "–"]);
    assert_eq!(cells(&trace, Plane::Certificates), ["–", "–", "certified"]);
    assert_eq!(cells(&trace, Plane::Vrps), ["–", "–", "1 VRP"]);
    assert_eq!(cells(&trace, Plane::Aspas), ["1 ASPA", "1 ASPA", "1 ASPA"]);
    assert_eq!(cells(&trace, Plane::Statistics), ["not asked"; 3]);
    let [held] = trace.held.as_slice() else {
        panic!("{:?}", trace.held)
    };
    assert_eq!(held.registry, Some(id("ripe-ncc")));
    let by = [
        Plane::TransferLogs,
        Plane::Rdap,
        Plane::Whois,
        Plane::Certificates,
        Plane::Vrps,
    ];
    assert_eq!(held.by, by);
    assert!(held.unlike.is_empty());
    let [first, second] = trace.moved.as_slice() else {
        panic!("{:?}", trace.moved)
    };
    assert_eq!((first.told_by.len(), second.told_by.len()), (2, 1));
    assert_eq!(second.kind, "MERGER_ACQUISITION");
    disagrees(&all, &[]);
}

#[test]
fn the_words_of_a_cell_carry_dates_and_sources() {
    let trace = trace(&transferred());
    let cell = |plane: Plane, registry: &str| {
        let row = trace.row(plane).unwrap();
        row.registries.get(&id(registry)).unwrap().clone()
    };
    let rdap = cell(Plane::Rdap, "ripe-ncc");
    assert_eq!(
        rdap.words,
        "TULIP-MOVED 203.64.0.0/16 NL active, registered 2001-11-05"
    );
    assert_eq!(rdap.forms, ["TULIP-MOVED NL", "TULIP-MOVED", "registered"]);
    let log = cell(Plane::TransferLogs, "ripe-ncc");
    assert_eq!(
        log.words,
        "2019-08-20 APNIC to RIPE NCC RESOURCE_TRANSFER; 2021-03-25 within RIPE NCC MERGER_ACQUISITION"
    );
    assert_eq!(log.day(), Some(at("2026-11-21T21:30:00Z")));
    let bootstrap = cell(Plane::Bootstrap, "apnic");
    assert_eq!(bootstrap.words, "203.0.0.0/8 at https://rdap.apnic.test/");
    assert_eq!(bootstrap.dated, Some(at("2026-11-02T00:00:00Z")));
    let zone = cell(Plane::ReverseDns, "apnic");
    assert_eq!(
        zone.words,
        "64.203.in-addr.arpa by 203.in-addr.arpa to ns1.tulip.test"
    );
    let vrps = cell(Plane::Vrps, "ripe-ncc");
    assert_eq!(vrps.words, "203.64.0.0/16-24 AS4750");
}

#[test]
fn a_withheld_redirect_is_two_registrations_at_once() {
    let mut all = transferred();
    all.rdap
        .insert(id("apnic"), vec![rdap_object("apnic", "BANKSIA", PREFIX)]);
    disagrees(&all, &["RDAP: at APNIC and RIPE NCC, both at once"]);
}

#[test]
fn a_registration_at_one_registry_only_and_the_wrong_one_is_unlike_the_others() {
    let mut all = transferred();
    all.rdap
        .insert(id("apnic"), vec![rdap_object("apnic", "BANKSIA", PREFIX)]);
    all.rdap
        .insert(id("ripe-ncc"), vec![rdap_nothing("ripe-ncc")]);
    disagrees(&all, &["RDAP: at APNIC, unlike at RIPE NCC"]);
}

#[test]
fn nobody_and_referrals_to_nobody_are_told() {
    let mut all = transferred();
    all.rdap
        .insert(id("ripe-ncc"), vec![rdap_nothing("ripe-ncc")]);
    disagrees(
        &all,
        &[
            "RDAP: APNIC → RIPE NCC, which has nothing",
            "RDAP: ARIN → APNIC → RIPE NCC, which has nothing",
            "RDAP: at no registry",
        ],
    );
    // Who did not answer may have it.
    all.rdap.insert(id("ripe-ncc"), vec![failed("ripe-ncc")]);
    disagrees(&all, &[]);
}

#[test]
fn clients_that_begin_where_nothing_leads_on_are_told() {
    let mut all = transferred();
    all.rdap.insert(id("apnic"), vec![rdap_nothing("apnic")]);
    disagrees(
        &all,
        &[
            "RDAP: ARIN → APNIC, which has nothing",
            "RDAP: clients begin at APNIC, which has nothing and leads nowhere",
        ],
    );
}

#[test]
fn referrals_in_a_circle_end() {
    let mut all = transferred();
    all.rdap
        .insert(id("apnic"), vec![rdap_redirect("apnic", "arin")]);
    disagrees(
        &all,
        &[
            "RDAP: APNIC → ARIN → APNIC is a circle",
            "RDAP: ARIN → APNIC → ARIN is a circle",
        ],
    );
}

#[test]
fn logs_that_tell_a_transfer_differently_are_told() {
    let mut all = transferred();
    all.logs.insert(id("ripe-ncc"), log("ripe-ncc", &[]));
    let missing = "transfer log: from APNIC to RIPE NCC on 2019-08-20 by the log of APNIC; that of RIPE NCC has no such transfer";
    disagrees(&all, &[missing]);
    // A log that was not read has no say.
    all.logs.insert(id("ripe-ncc"), failed("ripe-ncc"));
    disagrees(&all, &[]);
    let later = MOVED.replace("08-20", "08-24");
    all.logs.insert(id("ripe-ncc"), log("ripe-ncc", &[&later]));
    disagrees(
        &all,
        &[
            "transfer log: APNIC says that it left on 2019-08-20, RIPE NCC that it came on 2019-08-24",
        ],
    );
}

#[test]
fn a_designation_that_no_log_leads_on_from_is_told() {
    let mut all = transferred();
    for name in ["apnic", "ripe-ncc"] {
        all.logs.insert(id(name), log(name, &[]));
    }
    disagrees(
        &all,
        &[
            "IANA: APNIC, and no log tells how it came to RIPE NCC",
            "bootstrap: APNIC, and no log tells how it came to RIPE NCC",
        ],
    );
}

#[test]
fn certificates_below_two_trust_anchors_are_told_unless_the_transfer_is_under_way() {
    let mut all = transferred();
    all.trees
        .insert(id("apnic"), tree("apnic", "203.0.0.0/8", &[]));
    disagrees(&all, &["certificates: at APNIC and RIPE NCC, both at once"]);
    let accepted = "RECIPIENT_ACCEPTED apnic>ripe-ncc RESOURCE_TRANSFER - 203.64.0.0/16";
    for name in ["apnic", "ripe-ncc"] {
        all.logs.insert(id(name), log(name, &[MOVED, accepted]));
    }
    disagrees(&all, &[]);
}

#[test]
fn constraints_that_deny_the_holder_are_told() {
    let mut all = transferred();
    let one = tree("ripe-ncc", PREFIX, &[]);
    let mut denied = (*one).clone();
    denied
        .facts
        .set("constraints.url", Value::text("https://a.test/c"));
    denied
        .facts
        .set("constraints.addresses", addresses("193.0.0.0/8"));
    all.trees.insert(id("ripe-ncc"), Arc::new(denied));
    disagrees(&all, &["constraints: RIPE NCC may not certify what it has"]);
}

#[test]
fn parts_of_a_resource_are_judged_by_themselves() {
    let mut all = transferred();
    let half = MOVED.replace("203.64.0.0/16", "203.64.128.0/17");
    for name in ["apnic", "ripe-ncc"] {
        all.logs.insert(id(name), log(name, &[&half]));
    }
    all.rdap.insert(
        id("ripe-ncc"),
        vec![rdap_object("ripe-ncc", "TULIP", "203.64.128.0/17")],
    );
    all.rdap.insert(
        id("apnic"),
        vec![rdap_object("apnic", "BANKSIA", "203.64.0.0/17")],
    );
    all.whois = PerRegistry::new();
    all.trees = PerRegistry::new();
    let trace = trace(&all);
    let held: Vec<(String, Option<&str>)> = trace
        .held
        .iter()
        .map(|held| {
            let registry = held.registry.as_ref().map(RegistryId::as_str);
            (held.resources.to_string(), registry)
        })
        .collect();
    assert_eq!(
        held,
        [
            ("203.64.0.0/17".to_owned(), Some("apnic")),
            ("203.64.128.0/17".to_owned(), Some("ripe-ncc")),
        ]
    );
    assert_eq!(trace.disagreements, []);
}
