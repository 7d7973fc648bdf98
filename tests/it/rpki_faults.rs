//! Every rule over single objects of the RPKI is found by a fault, and every fault by the rules it names.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Instant;

use bytes::Bytes;
use quintet::inspect::rpki::{Context, Kind, Object, Tally, look, rules};
use quintet::mock::World;
use quintet::mock::fault::{Change, Fault, Kind as Asked};
use quintet::yaml::{Source, parse};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::mock_world::{five, get, now};

/// Rules that no fault can show, with the reason.
const UNREACHED: &[(&[&str], &str)] = &[(
    &[
        "rpki.rsc.covered",
        "rpki.rsc.digest-algorithm",
        "rpki.rsc.entries",
        "rpki.rsc.families",
        "rpki.rsc.file-name",
        "rpki.rsc.file-unique",
        "rpki.rsc.form",
        "rpki.rsc.hash-length",
        "rpki.rsc.inherit",
        "rpki.rsc.no-subject-access",
        "rpki.rsc.resources",
        "rpki.rsc.version",
    ],
    "checklists are handed over, not published (RFC 9323, section 2)",
)];

/// Rules whose findings are no failures of the suite, so that no fault can name them: those that verify a
/// signature, which a walk of the tree leaves to rules of its own, and what is observed and allowed.
const UNNAMED: &[&str] = &[
    "rpki.roa.as0",
    "rpki.roa.exact",
    "rpki.roa.max-length-used",
    "rpki.roa.one-prefix",
    "rpki.sig.signature",
    "rpki.ta.self-signed",
];

/// A fault with the rules over single objects that it names.
struct Shipped {
    fault: Fault,
    fail: BTreeSet<String>,
}

/// Returns all shipped faults of the RPKI's objects and locators.
fn shipped() -> Vec<Shipped> {
    let ids: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/worlds/faults");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let source = Source::new(&path.to_string_lossy(), &text);
        let fault = Fault::read(&source).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let about = |change: &Change| match change {
            Change::Rpki(_) => true,
            Change::Http { when, .. } => when.on.contains(&Asked::Tal),
            _ => false,
        };
        if !fault.changes.iter().any(about) {
            continue;
        }
        let tree = parse(&source).unwrap();
        let expects = tree.get("expects").and_then(|node| node.get("fail"));
        let texts = expects.and_then(|node| node.items()).unwrap_or_default();
        let fail = texts.iter().filter_map(|node| node.text());
        let fail = fail.filter(|id| ids.contains(id)).map(str::to_owned);
        all.push(Shipped {
            fail: fail.collect(),
            fault,
        });
    }
    all.sort_by(|a, b| a.fault.name.cmp(&b.fault.name));
    all
}

/// Returns what the rules find in an object: the finding's text by rule.
fn found(kind: Kind, uri: &str, octets: &[u8]) -> BTreeMap<String, String> {
    let context = Context {
        now: Some(now()),
        signatures: true,
    };
    let mut tally = Tally::default();
    look(&Object::read(kind, octets), uri, &context, &mut tally);
    let findings = tally.finish().findings.into_iter();
    findings
        .map(|finding| (finding.rule.to_string(), finding.message))
        .collect()
}

/// What a registry publishes now: objects by their URIs.
type Published = BTreeMap<String, Bytes>;

/// Returns what the rules find in objects of a registry that a world without faults has not.
fn new_findings(anchor: &str, good: &Published, bad: &Published) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (uri, octets) in bad {
        let old = good.get(uri);
        if old == Some(octets) {
            continue;
        }
        let look = |octets: &Bytes| {
            let kind = Kind::of_file(uri, octets).unwrap();
            // What is at a trust anchor's place is asked to be one.
            let kind = if uri == anchor {
                Kind::TrustAnchor
            } else {
                kind
            };
            found(kind, uri, octets)
        };
        let mut new = look(octets);
        for rule in old.map(look).unwrap_or_default().keys() {
            new.remove(rule);
        }
        all.extend(new);
    }
    all
}

/// Returns the locator of a registry as it is served.
fn locator(world: &World, registry: &str) -> Vec<u8> {
    let plan = world.rpki_plan(registry).unwrap();
    get(world, &plan.tal).body.octets().to_vec()
}

/// Returns what every registry of the world without faults publishes.
fn good() -> &'static BTreeMap<String, Published> {
    static GOOD: LazyLock<BTreeMap<String, Published>> = LazyLock::new(|| {
        let plans = five();
        let plans = plans.rpki_plans();
        plans
            .map(|plan| (plan.operator.clone(), plan.objects(now()).unwrap()))
            .collect()
    });
    &GOOD
}

fn walk(fault: &Fault) -> BTreeMap<String, String> {
    let registry = fault.registry.as_str();
    let bad = five().with_fault(fault).unwrap();
    let plan = bad.rpki_plan(registry).unwrap();
    let mut anchors = plan.certificate.iter();
    let anchor = anchors.find(|uri| uri.starts_with("rsync:")).unwrap();
    let mut new = new_findings(anchor, &good()[registry], &plan.objects(now()).unwrap());
    let changes = &mut fault.changes.iter();
    if changes.any(|change| matches!(change, Change::Http { .. })) {
        new.extend(found(Kind::Tal, "", &locator(&bad, registry)));
    }
    new
}

#[test]
fn every_fault_is_found_by_the_rules_it_names_and_every_rule_by_a_fault() {
    let began = Instant::now();
    let walked: Vec<_> = shipped()
        .into_par_iter()
        .map(|shipped| (walk(&shipped.fault), shipped))
        .collect();
    let mut wrong = String::new();
    let mut reached: BTreeSet<String> = BTreeSet::new();
    for (new, Shipped { fault, fail }) in &walked {
        reached.extend(new.keys().cloned());
        let seen: BTreeSet<&String> = new
            .keys()
            .filter(|rule| !UNNAMED.contains(&rule.as_str()))
            .collect();
        if seen != fail.iter().collect() {
            writeln!(wrong, "{}: {new:#?} instead of {fail:?}", fault.name).unwrap();
        }
    }
    // What a registry may do, the world without faults does.
    for (uri, octets) in good().values().flatten() {
        let kind = Kind::of_file(uri, octets).unwrap();
        reached.extend(found(kind, uri, octets).into_keys());
    }
    eprintln!(
        "{} faults of objects, {} rules in {:.1} s",
        walked.len(),
        reached.len(),
        began.elapsed().as_secs_f64()
    );
    let unreached: BTreeSet<&str> = UNREACHED
        .iter()
        .flat_map(|(ids, _)| *ids)
        .copied()
        .collect();
    for rule in rules() {
        match (reached.contains(rule.id), unreached.contains(rule.id)) {
            (false, false) => writeln!(wrong, "no fault shows {}", rule.id).unwrap(),
            (true, true) => writeln!(wrong, "a fault shows {}", rule.id).unwrap(),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
