//! The walk over the trees of the mock world: it finds what the world says, as others do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use quintet::inspect::tree::{
    Anchor, Ca, Census, Failure, Kind, Known, Labels, Options, Role, Scope, SyntaxRules, Tier,
    Tree, walk, walk_with,
};
use quintet::mock::rpki::{Authority, Plan, Rendered, Repositories};
use quintet::resource::{AddressRange, AddressSet, Asn, AsnSet};
use quintet::verdict::Operator;

use crate::mock_world::{five, now};
use crate::rpki_mock::{FAULTS, faulty, faulty_at, left};

fn rendered() -> &'static Repositories {
    static RENDERED: LazyLock<Repositories> =
        LazyLock::new(|| Repositories::of(&five(), now()).unwrap());
    &RENDERED
}

fn walk_labelled(plan: &Plan, rendered: &Rendered, labels: Labels) -> Tree {
    let certificate = rendered.objects[&rendered.certificate].clone();
    let anchor = Anchor::of_tal(&plan.operator, rendered.tal.as_bytes(), certificate).unwrap();
    let options = Options {
        labels,
        ..Options::default()
    };
    walk(&anchor, &rendered.objects, now(), &options)
}

/// What an authority of the world is for.
fn role(plan: &Plan, authority: &Authority) -> Role {
    match authority.name.as_str() {
        name if name == plan.anchor.name => Role::TrustAnchor,
        "aca" => Role::AllResources,
        name if name.contains("-to-") => Role::Transfer,
        name if name.starts_with("nir-") => Role::Nir,
        name if name == plan.operator || plan.operator.starts_with(name) => Role::Production,
        _ => Role::Member,
    }
}

/// Walks the tree of a registry with what a registry file would say about its CAs.
fn tree(plan: &Plan) -> Tree {
    let rendered = &rendered().anchors[&plan.operator];
    let bare = walk_labelled(plan, rendered, Labels::default());
    let mut labels = Labels::default();
    for authority in plan.authorities() {
        let role = role(plan, authority);
        let folder = format!("/{}/", authority.folder);
        let ca = bare
            .cas
            .iter()
            .find(|ca| ca.publication_point.ends_with(&folder));
        let ca = ca.unwrap_or_else(|| panic!("{}: {folder}", plan.operator));
        let name = authority.name.clone();
        labels.known.insert(ca.key, Known { name, role });
    }
    walk_labelled(plan, rendered, labels)
}

#[test]
fn the_walk_finds_what_the_world_says() {
    for plan in five().rpki_plans() {
        let (tree, said) = (tree(plan), plan.payloads());
        let vrps: BTreeSet<_> = tree
            .unique_vrps()
            .into_iter()
            .map(|(prefix, most, asn)| (asn.0, prefix.to_string(), u32::from(most)))
            .collect();
        assert_eq!(vrps, said.vrps, "{}", plan.operator);
        let aspas: BTreeMap<_, Vec<_>> = tree
            .aspas
            .iter()
            .map(|a| (a.customer.0, a.providers.iter().map(|p| p.0).collect()))
            .collect();
        assert_eq!(aspas, said.aspas, "{}", plan.operator);
        let routers = tree.router_keys.iter().flat_map(|key| key.asns.ranges());
        let routers: BTreeSet<_> = routers.map(|(first, _)| first.0).collect();
        assert_eq!(routers, said.routers, "{}", plan.operator);
    }
}

#[test]
fn everything_is_accepted_but_what_a_dead_server_serves() {
    let mut failed = Vec::new();
    for plan in five().rpki_plans() {
        let tree = tree(plan);
        assert_eq!(tree.cas.len(), plan.authorities().count());
        for object in &tree.objects {
            let uri = tree.uri(object);
            let dead = uri.contains("prairie");
            assert!(
                dead || object.outcome.as_str() == "accepted",
                "{uri}: {:?}",
                object.outcome
            );
        }
        let lost = tree.cas.iter().filter(|ca| ca.outcome.failure().is_some());
        failed.extend(lost.map(|ca| (ca.host().to_owned(), ca.operator, ca.outcome.failure())));
    }
    let stale = Some(Failure::ManifestStale);
    let dead = ("rpki.prairie.test".to_owned(), Operator::DelegatedCa, stale);
    assert_eq!(failed, [dead]);
}

#[test]
fn a_routers_certificate_that_the_library_cannot_read_is_no_cas() {
    let critical = "{ insert: /7/0/extended-usage/1, to: \"0101ff\" }";
    let change = format!(
        "{{ rpki: {{ authority: cedar, object: router-1, part: certificate, edits: [{critical}] }} }}"
    );
    let world = faulty_at("arin", &change);
    let plan = world.rpki_plan("arin").unwrap();
    let bad = &Repositories::of(&world, now()).unwrap().anchors["arin"];
    let tree = walk_labelled(plan, bad, Labels::default());
    let routers = tree
        .objects
        .iter()
        .filter(|o| o.kind == Kind::RouterCertificate);
    let outcomes: Vec<&str> = routers.map(|o| o.outcome.as_str()).collect();
    assert_eq!(outcomes.len(), 1);
    assert_ne!(outcomes, ["accepted"]);
}

#[test]
fn every_ca_is_its_operators() {
    let mut found = BTreeMap::new();
    for plan in five().rpki_plans() {
        let Census { cas, .. } = tree(plan).census();
        for ((outcome, operator), count) in cas {
            *found.entry((operator, outcome)).or_insert(0) += count;
        }
    }
    let of =
        |operator: Operator, outcome: &str| found.get(&(operator, outcome.to_owned())).copied();
    assert_eq!(of(Operator::Nir, "accepted"), Some(4));
    assert_eq!(of(Operator::DelegatedCa, "accepted"), Some(2));
    assert_eq!(of(Operator::DelegatedCa, "failed/manifest-stale"), Some(1));
    assert!(of(Operator::RirService, "accepted") > Some(10));
    assert!(of(Operator::RirHostedCa, "accepted") > Some(10));
}

#[test]
fn holdings_are_what_the_worlds_holders_have() {
    for plan in five().rpki_plans() {
        let mut ranges = Vec::new();
        let mut asns: Vec<(Asn, Asn)> = Vec::new();
        for authority in plan.authorities().filter(|a| role(plan, a).holds()) {
            for block in authority.holds.blocks() {
                let (first, last) = (block.first_text(), block.last_text());
                match (first.parse(), last.parse()) {
                    (Ok(first), Ok(last)) => ranges.push(AddressRange::new(first, last).unwrap()),
                    _ => asns.push((first.parse().unwrap(), last.parse().unwrap())),
                }
            }
        }
        let holdings = tree(plan).holdings();
        let addresses: AddressSet = ranges.into_iter().collect();
        assert_eq!(holdings.addresses, addresses, "{}", plan.operator);
        let asns: AsnSet = asns.into_iter().collect();
        assert_eq!(holdings.asns, asns, "{}", plan.operator);
    }
}

#[test]
fn the_dark_clock_knows_every_payload() {
    for plan in five().rpki_plans() {
        let tree = tree(plan);
        let ends = tree.dark_clock(Scope::default());
        assert_eq!(ends.len(), plan.payloads().vrps.len());
        assert!(ends.iter().all(|end| *end > now()));
        let anchor = tree.dark_clock(Scope {
            tier: Some(Tier::Anchor),
            operator: None,
        });
        assert!(ends.first() <= anchor.first());
    }
}

#[test]
fn the_rules_look_at_every_object_on_the_way() {
    for plan in five().rpki_plans() {
        let rendered = &rendered().anchors[&plan.operator];
        let certificate = rendered.objects[&rendered.certificate].clone();
        let anchor = Anchor::of_tal(&plan.operator, rendered.tal.as_bytes(), certificate).unwrap();
        let (objects, options) = (&rendered.objects, Options::default());
        let (tree, tallies) = walk_with(&anchor, objects, now(), &options, &SyntaxRules);
        assert_eq!(tree, walk(&anchor, objects, now(), &options));
        let operators: BTreeSet<_> = tree.cas.iter().map(|ca| ca.operator).collect();
        assert!(tallies.keys().copied().eq(operators), "{}", plan.operator);
        let mut wrong = Vec::new();
        for (operator, tally) in tallies {
            assert!(tally.counts().count() > 10);
            let found = tally.finish().findings;
            wrong.extend(
                found
                    .into_iter()
                    .map(|f| format!("{operator} {} {}: {}", f.rule, f.location, f.message)),
            );
        }
        // What the world's members wrote into ROAs is told, and nothing is wrong with it.
        let told = [
            "rpki.roa.one-prefix",
            "rpki.roa.max-length-used",
            "rpki.roa.as0",
        ];
        wrong.retain(|line: &String| !told.iter().any(|rule| line.contains(rule)));
        wrong.retain(|line| !line.contains("prairie"));
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// What the walk says about the faults that rpki-client and FORT are tried with.
const SAID: &[(&str, &str)] = &[
    ("wrong-hash", "failed/hash-mismatch"),
    ("missing", "failed/file-missing"),
    ("late-manifest", "failed/manifest-stale"),
    ("late-crl", "failed/crl-stale"),
    ("unlisted", "accepted"),
    ("beyond", "overclaim"),
    ("revoked", "revoked"),
    ("bad-signature", "signature"),
    ("own-provider", "content"),
    ("key-usage", "refused/profile"),
    ("certificate-revoked", "refused/revoked"),
    ("content", "content"),
];

#[test]
fn a_wrong_object_costs_as_much_as_at_other_validators_and_is_named() {
    assert_eq!(SAID.len(), FAULTS.len());
    for ((name, change, without), (same, said)) in FAULTS.iter().zip(SAID) {
        assert_eq!(name, same);
        let world = faulty(&format!("{{ rpki: {change} }}"));
        let rendered = Repositories::of(&world, now()).unwrap();
        let mut found = BTreeSet::new();
        for plan in world.rpki_plans() {
            let tree = walk_labelled(plan, &rendered.anchors[&plan.operator], Labels::default());
            let vrps = tree.unique_vrps().into_iter();
            found.extend(vrps.map(|(p, most, asn)| (asn.0, p.to_string(), u32::from(most))));
            if plan.operator != "afrinic" {
                continue;
            }
            let savanna = |ca: &&Ca| ca.publication_point.ends_with("/savanna/");
            let ca = tree.cas.iter().find(savanna).unwrap();
            let reasons = tree
                .objects_of(ca)
                .iter()
                .filter_map(|o| o.outcome.reason());
            let mut words: Vec<_> = reasons.map(|reason| reason.as_str().to_owned()).collect();
            words.push(ca.outcome.name());
            assert!(words.iter().any(|word| word == said), "{name}: {words:?}");
        }
        assert_eq!(found, left(without), "{name}");
    }
}
