//! What a tree tells beside its payloads: labels, parameters, dark clock, holdings, repositories.

use std::collections::{BTreeMap, BTreeSet};

use super::build::{EVERYTHING, Holds, Issuer, Publish, World, hour, v4};
use super::{ca, engine_stamp};
use crate::inspect::tree::{Holder, Known, Labels, Options, Parameter, Role, Scope, Tier, Tree};
use crate::inspect::tree::{Kind, Reason};
use crate::verdict::Operator;

/// A registry with a production CA, a hosted member, a delegated member and a national registry.
fn registry() -> Tree {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut production = Issuer::new(1, "production");
    anchor.certify(&mut production, &EVERYTHING);
    let mut member = Issuer::new(2, "member");
    production.certify(
        &mut member,
        &Holds {
            v4: "10.0.0.0/8",
            v6: "2001:db8::/32",
            asns: "AS64496",
        },
    );
    let mut delegated = Issuer::at(3, "rsync://ca.isp.example/repo/isp/");
    delegated.notify = Some("https://ca.isp.example/notification.xml");
    production.certify(&mut delegated, &v4("172.16.0.0/12"));
    let mut nir = Issuer::at(4, "rsync://rpki.nir.example/repo/nir/");
    nir.notify = None;
    production.certify(&mut nir, &v4("192.168.0.0/16"));
    let mut below = Issuer::at(5, "rsync://rpki.nir.example/repo/below/");
    nir.certify(&mut below, &v4("192.168.7.0/24"));
    production.roa("own.roa", 64511, &["198.51.100.0/24"]);
    production.router(64510, |_| {});
    member.roa("a.roa", 64496, &["10.0.0.0/16"]);
    member.roa("b.roa", 64496, &["10.0.0.0/16", "10.1.0.0/16"]);
    delegated.roa("c.roa", 64496, &["172.16.0.0/16"]);
    member.aspa("a.asa", 64496, &[64497]);
    below.publish(&mut world);
    nir.publish(&mut world);
    delegated.publish_with(
        &mut world,
        &Publish {
            crl: (-1, 8),
            ..Publish::default()
        },
    );
    member.publish_with(
        &mut world,
        &Publish {
            manifest: (-2, 22),
            ..Publish::default()
        },
    );
    production.publish_with(
        &mut world,
        &Publish {
            manifest: (-1, 48),
            ee: (-1, 48),
            crl: (-1, 48),
            ..Publish::default()
        },
    );
    anchor.publish_with(
        &mut world,
        &Publish {
            manifest: (-1, 720),
            ee: (-1, 720),
            crl: (-1, 720),
            ..Publish::default()
        },
    );
    let known = |issuer: &Issuer, role| {
        let key = issuer.public.key_identifier().to_string().parse().unwrap();
        (
            key,
            Known {
                name: "known".to_owned(),
                role,
            },
        )
    };
    let labels = Labels {
        known: BTreeMap::from([known(&production, Role::Production), known(&nir, Role::Nir)]),
        hosts: BTreeSet::from(["rpki.example".to_owned()]),
    };
    world.walk_by(&Options {
        labels,
        ..Options::default()
    })
}

#[test]
fn every_ca_has_an_operator_and_a_tier() {
    let tree = registry();
    // Siblings stand in the order of their keys, which are made anew for every run.
    let mut found: Vec<_> = tree
        .cas
        .iter()
        .map(|ca| (ca.depth, ca.operator, ca.tier()))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            (0, Operator::RirService, Tier::Anchor),
            (1, Operator::RirService, Tier::Intermediate),
            (2, Operator::RirHostedCa, Tier::Member),
            (2, Operator::DelegatedCa, Tier::Member),
            (2, Operator::Nir, Tier::Member),
            (3, Operator::Nir, Tier::Member),
        ]
    );
}

#[test]
fn repositories_are_counted_with_their_cas() {
    let tree = registry();
    let mut found: Vec<_> = tree
        .repositories
        .iter()
        .map(|r| (&*r.module, r.notify.as_deref(), r.cas))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            (
                "rsync://ca.isp.example/repo/",
                Some("https://ca.isp.example/notification.xml"),
                1
            ),
            (
                "rsync://rpki.example/repo/",
                Some("https://rpki.example/rrdp/notification.xml"),
                3
            ),
            ("rsync://rpki.nir.example/repo/", None, 1),
            (
                "rsync://rpki.nir.example/repo/",
                Some("https://rpki.example/rrdp/notification.xml"),
                1
            ),
        ]
    );
}

#[test]
fn parameters_are_sampled_by_tier_and_operator() {
    let tree = registry();
    let hours = |parameter, tier, operator| -> Vec<i64> {
        let samples = tree.samples.of(parameter, tier, operator);
        samples.into_iter().map(|s| s / 3600).collect()
    };
    assert_eq!(
        hours(Parameter::ManifestWindow, Some(Tier::Anchor), None),
        [721]
    );
    assert_eq!(
        hours(Parameter::ManifestWindow, Some(Tier::Intermediate), None),
        [49]
    );
    assert_eq!(
        hours(
            Parameter::ManifestRemaining,
            None,
            Some(Operator::RirHostedCa)
        ),
        [22]
    );
    assert_eq!(
        hours(Parameter::CrlRemaining, None, Some(Operator::DelegatedCa)),
        [8]
    );
    assert_eq!(
        hours(Parameter::CrlAhead, None, Some(Operator::DelegatedCa)),
        [-16]
    );
    assert_eq!(
        tree.samples.of(Parameter::RoaPrefixes, None, None),
        [1, 1, 1, 2]
    );
    assert_eq!(tree.samples.of(Parameter::AspaProviders, None, None), [1]);
    assert_eq!(tree.samples.of(Parameter::CaLifetime, None, None).len(), 6);
    assert_eq!(
        tree.samples
            .of(Parameter::RouterLifetime, Some(Tier::Intermediate), None)
            .len(),
        1
    );
}

#[test]
fn the_dark_clock_runs_out_with_the_first_thing_on_the_path() {
    let tree = registry();
    let all = tree.dark_clock(Scope::default());
    // Four payloads: delegated after 8 h (CRL), two of the member after 22, one of production after 48.
    assert_eq!(all, [8, 22, 22, 48].map(|h| engine_stamp(hour(h))));
    let anchor = tree.dark_clock(Scope {
        tier: Some(Tier::Anchor),
        operator: None,
    });
    assert_eq!(anchor, [720; 4].map(|h| engine_stamp(hour(h))));
    let hosted = Scope {
        tier: Some(Tier::Intermediate),
        operator: Some(Operator::RirHostedCa),
    };
    assert_eq!(
        tree.dark_clock(hosted),
        [48; 2].map(|h| engine_stamp(hour(h)))
    );
}

#[test]
fn holdings_are_what_members_and_objects_of_the_registry_have() {
    let tree = registry();
    let holdings = tree.holdings();
    let addresses = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 198.51.100.0/24, 2001:db8::/32";
    assert_eq!(holdings.addresses.to_string(), addresses);
    assert_eq!(holdings.asns.to_string(), "AS64496, AS64510");
    let objects = tree.held().filter_map(|held| match held.holder {
        Holder::Object(id) => Some(tree.object(id).unwrap().name.to_string()),
        Holder::Ca(_) => None,
    });
    assert_eq!(
        objects.collect::<Vec<_>>(),
        ["ROUTER-0000FBFE.cer", "own.roa"]
    );
}

#[test]
fn manifests_and_crls_are_told() {
    let tree = registry();
    let member = ca(&tree, "member");
    let (manifest, crl) = (member.manifest.unwrap(), member.crl.unwrap());
    assert_eq!(
        (manifest.number.to_string(), crl.number.to_string()),
        ("5".to_owned(), "7".to_owned())
    );
    assert_eq!((manifest.entries, crl.entries), (4, 0));
    assert_eq!(manifest.next_update, engine_stamp(hour(22)));
    assert!(manifest.size > 1000 && crl.size > 300);
}

#[test]
fn an_unlabelled_tree_takes_the_trust_anchors_host_as_the_registrys() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut member = Issuer::new(1, "member");
    anchor.certify(&mut member, &v4("10.0.0.0/8"));
    member.publish(&mut world);
    anchor.publish(&mut world);
    let tree = world.walk();
    assert_eq!(ca(&tree, "member").operator, Operator::RirHostedCa);
}

#[test]
fn objects_and_cas_are_counted_by_operator() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut good = Issuer::new(1, "good");
    anchor.certify(&mut good, &v4("10.0.0.0/8"));
    good.roa("a.roa", 64496, &["10.0.0.0/16"]);
    good.roa("b.roa", 64496, &["192.168.0.0/16"]);
    good.publish(&mut world);
    let mut dead = Issuer::at(2, "rsync://dead.example/repo/ca/");
    anchor.certify(&mut dead, &v4("10.0.0.0/8"));
    anchor.publish(&mut world);
    let census = world.walk().census();
    let roas = census.objects[&(Kind::Roa, Operator::RirHostedCa)];
    assert_eq!((roas.accepted, roas.refused, roas.objects()), (1, 1, 2));
    assert!(roas.bytes > 3000);
    let overclaim = (Reason::Overclaim, Operator::RirHostedCa);
    assert_eq!(census.refusals[&overclaim], 1);
    let cas: Vec<_> = census
        .cas
        .iter()
        .map(|((name, op), n)| (name.as_str(), *op, *n))
        .collect();
    assert_eq!(
        cas,
        [
            ("accepted", Operator::RirService, 1),
            ("accepted", Operator::RirHostedCa, 1),
            ("failed/manifest-missing", Operator::DelegatedCa, 1),
        ]
    );
}

#[test]
fn what_the_registry_signs_itself_has_endings() {
    let endings = registry().endings();
    let told: Vec<_> = endings.iter().map(|e| (e.kind, e.tier)).collect();
    assert_eq!(told.len(), 6);
    assert_eq!(endings[0].at, engine_stamp(hour(48)));
    assert_eq!(endings[0].tier, Tier::Intermediate);
    assert!(endings.is_sorted());
    let anchor = endings
        .iter()
        .find(|e| e.kind == Kind::TrustAnchor)
        .unwrap();
    assert_eq!(anchor.uri, "rsync://rpki.example/repo/ta.cer");
    let crl = endings
        .iter()
        .find(|e| e.kind == Kind::Crl && e.tier == Tier::Anchor)
        .unwrap();
    assert!(crl.uri.starts_with("rsync://rpki.example/repo/ta/") && crl.uri.ends_with(".crl"));
}
