//! Paths from objects to the trust anchor: time, issuer, resources, revocation.

use super::build::{EVERYTHING, Holds, INHERIT, Issuer, Publish, World, hours, prefix, rsync, v4};
use super::{ca, fate, object};
use crate::inspect::tree::{Kind, Reason, Tree};
use crate::resource::Asn;
use rpki::repository::cert::Overclaim;

/// Walks a trust anchor and one CA with 10.0.0.0/8 and AS64496-AS64511, which someone fills.
fn tree(fill: impl FnOnce(&mut Issuer)) -> Tree {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut ca = Issuer::new(1, "ca");
    anchor.certify(
        &mut ca,
        &Holds {
            v4: "10.0.0.0/8",
            v6: "2001:db8::/32",
            asns: "AS64496-AS64511",
        },
    );
    fill(&mut ca);
    ca.publish(&mut world);
    anchor.publish(&mut world);
    let tree = world.walk();
    assert_eq!(super::ca(&tree, "ca").outcome.name(), "accepted");
    tree
}

/// Walks a trust anchor whose CA has a certificate of some kind.
fn certified(holds: &Holds, change: impl FnOnce(&mut rpki::repository::cert::TbsCert)) -> Tree {
    let mut world = World::default();
    let mut anchor = Issuer::anchor_with(&mut world, |tbs| {
        tbs.set_v4_resources(rpki::repository::resources::IpResources::missing());
        tbs.build_v4_resource_blocks(|b| b.push(prefix("10.0.0.0/8")));
    });
    let mut ca = Issuer::new(1, "ca");
    anchor.certify_with(&mut ca, holds, change);
    ca.roa("a.roa", 64496, &["10.0.0.0/16"]);
    ca.publish(&mut world);
    anchor.publish(&mut world);
    world.walk()
}

#[test]
fn roas_of_both_families_give_their_payloads() {
    let tree = tree(|ca| {
        ca.roa("a.roa", 64500, &["10.0.0.0/16-24", "2001:db8::/32"]);
    });
    let payloads: Vec<_> = tree
        .vrps
        .iter()
        .map(|v| (v.asn, v.prefix.to_string(), v.max_length))
        .collect();
    let asn = Asn(64500);
    assert_eq!(
        payloads,
        [
            (asn, "10.0.0.0/16".to_owned(), 24),
            (asn, "2001:db8::/32".to_owned(), 32)
        ]
    );
}

#[test]
fn an_object_that_is_valid_later_is_not_valid_yet() {
    let tree = tree(|ca| {
        ca.roa_with("a.roa", 64496, &["10.0.0.0/16"], |o| {
            o.set_validity(hours((1, 9)))
        });
    });
    assert_eq!(fate(&tree, "a.roa"), "refused/not-yet-valid");
}

#[test]
fn an_object_that_was_valid_has_expired() {
    let tree = tree(|ca| {
        ca.roa_with("a.roa", 64496, &["10.0.0.0/16"], |o| {
            o.set_validity(hours((-9, -1)))
        });
    });
    assert_eq!(fate(&tree, "a.roa"), "refused/expired");
    let words = &object(&tree, "a.roa").outcome.refusal().unwrap().words;
    assert_eq!(
        &**words,
        "its certificate was valid until 2025-12-31T23:00:00Z"
    );
}

#[test]
fn an_object_of_another_issuer_is_refused() {
    let tree = tree(|ca| {
        let mut other = Issuer::new(2, "ca");
        other.roa("a.roa", 64496, &["10.0.0.0/16"]);
        ca.files.append(&mut other.files);
    });
    assert_eq!(fate(&tree, "a.roa"), "refused/issuer");
}

#[test]
fn an_object_that_names_another_crl_is_refused() {
    let tree = tree(|ca| {
        let uri = ca.uri("other.crl");
        ca.roa_with("a.roa", 64496, &["10.0.0.0/16"], |o| {
            o.set_crl_uri(rsync(&uri))
        });
    });
    assert_eq!(fate(&tree, "a.roa"), "refused/crl-name");
}

#[test]
fn a_revoked_object_is_refused() {
    let tree = tree(|ca| {
        let serial = ca.roa("a.roa", 64496, &["10.0.0.0/16"]);
        ca.revoked.push(serial);
        ca.roa("b.roa", 64496, &["10.1.0.0/16"]);
    });
    assert_eq!(fate(&tree, "a.roa"), "refused/revoked");
    assert_eq!(fate(&tree, "b.roa"), "accepted");
}

#[test]
fn an_object_of_another_kind_than_its_name_says_is_refused() {
    let tree = tree(|ca| {
        ca.roa("a.roa", 64496, &["10.0.0.0/16"]);
        ca.files[0].0 = "a.asa".to_owned();
    });
    assert_eq!(fate(&tree, "a.asa"), "refused/content-type");
}

#[test]
fn a_roa_with_inherited_addresses_is_refused() {
    // AS 64496, 10.0.0.0/8.
    let content = b"\x30\x15\x02\x03\x00\xfb\xf0\x30\x0e\x30\x0c\x04\x02\x00\x01\x30\x06\x30\x04\x03\x02\x00\x0a";
    let tree = tree(|ca| {
        ca.any_with("a.roa", 24, content, |o| o.set_v4_resources_inherit());
        ca.any_with("b.roa", 24, content, |o| {
            o.build_v4_resource_blocks(|b| b.push(prefix("10.0.0.0/9")));
        });
        ca.any_with("c.roa", 24, content, |o| {
            o.build_v4_resource_blocks(|b| b.push(prefix("10.0.0.0/8")));
        });
        ca.any_with("d.roa", 24, content, |o| {
            o.build_v4_resource_blocks(|b| b.push(prefix("10.0.0.0/8")));
            o.set_as_resources_inherit();
        });
    });
    assert_eq!(fate(&tree, "a.roa"), "refused/profile");
    assert_eq!(fate(&tree, "b.roa"), "refused/uncovered");
    assert_eq!(fate(&tree, "c.roa"), "accepted");
    assert_eq!(fate(&tree, "d.roa"), "refused/profile");
}

#[test]
fn an_aspa_gives_its_payload_and_one_for_foreign_numbers_overclaims() {
    let tree = tree(|ca| {
        ca.aspa("a.asa", 64496, &[65010, 65020]);
        ca.aspa("b.asa", 65000, &[65010]);
    });
    assert_eq!(tree.aspas.len(), 1);
    assert_eq!(tree.aspas[0].customer, Asn(64496));
    assert_eq!(*tree.aspas[0].providers, [Asn(65010), Asn(65020)]);
    assert_eq!(fate(&tree, "b.asa"), "refused/overclaim");
}

#[test]
fn a_router_certificate_gives_its_key() {
    let tree = tree(|ca| {
        ca.router(64496, |_| {});
        ca.router(64497, |tbs| tbs.set_extended_key_usage(None));
        ca.router(65000, |_| {});
    });
    assert_eq!(tree.router_keys.len(), 1);
    let key = &tree.router_keys[0];
    assert!(key.asns.contains(Asn(64496)) && key.asns.count() == 1);
    assert_eq!(key.spki.len(), 91);
    assert_eq!(
        tree.object(key.object).unwrap().kind,
        Kind::RouterCertificate
    );
    assert_eq!(fate(&tree, "ROUTER-0000FBF1.cer"), "refused/profile");
    assert_eq!(fate(&tree, "ROUTER-0000FDE8.cer"), "refused/overclaim");
    assert_eq!(tree.cas.len(), 2);
}

#[test]
fn a_trust_anchor_key_object_stands_under_the_trust_anchor_only() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    anchor.any("ta.tak", 50, b"\x30\x00");
    let mut ca = Issuer::new(1, "ca");
    anchor.certify(&mut ca, &EVERYTHING);
    ca.any("ca.tak", 50, b"\x30\x00");
    ca.any("ca.gbr", 35, b"BEGIN:VCARD");
    ca.publish(&mut world);
    anchor.publish(&mut world);
    let tree = world.walk();
    assert_eq!(fate(&tree, "ta.tak"), "accepted");
    assert_eq!(fate(&tree, "ca.tak"), "refused/placement");
    assert_eq!(fate(&tree, "ca.gbr"), "accepted");
}

#[test]
fn a_ca_that_claims_more_than_its_issuer_is_refused_by_the_first_policy() {
    let tree = certified(&v4("10.0.0.0/16, 192.168.0.0/16"), |_| {});
    assert_eq!(ca(&tree, "ca").outcome.name(), "refused/overclaim");
    assert!(tree.vrps.is_empty());
    let name = Issuer::new(1, "ca").name("cer");
    let words = &object(&tree, &name).outcome.refusal().unwrap().words;
    assert_eq!(&**words, "its issuer does not have 192.168.0.0/16");
}

#[test]
fn a_ca_that_claims_more_than_its_issuer_is_cut_by_the_second_policy() {
    let tree = certified(&v4("10.0.0.0/16, 192.168.0.0/16"), |tbs| {
        tbs.set_overclaim(Overclaim::Trim)
    });
    let ca = ca(&tree, "ca");
    assert_eq!(ca.outcome.name(), "accepted");
    assert!(ca.trims);
    assert_eq!(ca.resources.ipv4.to_string(), "10.0.0.0/16");
    assert_eq!(tree.vrps.len(), 1);
}

#[test]
fn a_roa_for_what_was_cut_off_is_refused() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor_with(&mut world, |tbs| {
        tbs.build_v4_resource_blocks(|b| b.push(prefix("10.0.0.0/8")));
    });
    let mut ca = Issuer::new(1, "ca");
    anchor.certify_with(&mut ca, &v4("10.0.0.0/16, 192.168.0.0/16"), |tbs| {
        tbs.set_overclaim(Overclaim::Trim)
    });
    ca.roa("a.roa", 64496, &["192.168.0.0/24"]);
    ca.publish(&mut world);
    anchor.publish(&mut world);
    assert_eq!(fate(&world.walk(), "a.roa"), "refused/overclaim");
}

#[test]
fn inherited_resources_are_those_of_the_issuer() {
    let tree = certified(&INHERIT, |_| {});
    let ca = ca(&tree, "ca");
    assert_eq!(ca.resources.ipv4.to_string(), "10.0.0.0/8");
    assert!(ca.resources.inherited.ipv4);
    assert_eq!(tree.vrps.len(), 1);
}

#[test]
fn a_ca_that_is_valid_later_is_refused() {
    let tree = certified(&v4("10.0.0.0/16"), |tbs| tbs.set_validity(hours((1, 9))));
    assert_eq!(ca(&tree, "ca").outcome.name(), "refused/not-yet-valid");
}

#[test]
fn an_expired_ca_is_refused() {
    let tree = certified(&v4("10.0.0.0/16"), |tbs| tbs.set_validity(hours((-9, -1))));
    assert_eq!(ca(&tree, "ca").outcome.name(), "refused/expired");
    assert!(tree.vrps.is_empty());
}

#[test]
fn a_ca_with_another_issuers_name_is_refused() {
    let tree = certified(&v4("10.0.0.0/16"), |tbs| {
        tbs.set_issuer(Issuer::new(5, "ca").public.to_subject_name());
    });
    assert_eq!(ca(&tree, "ca").outcome.name(), "refused/issuer");
}

#[test]
fn a_revoked_ca_is_refused_with_all_below() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut ca = Issuer::new(1, "ca");
    anchor.certify(&mut ca, &v4("10.0.0.0/8"));
    anchor.revoked.push(anchor.serial);
    ca.roa("a.roa", 64496, &["10.0.0.0/16"]);
    ca.publish(&mut world);
    anchor.publish(&mut world);
    let tree = world.walk();
    assert_eq!(super::ca(&tree, "ca").outcome.name(), "refused/revoked");
    assert!(tree.vrps.is_empty());
}

#[test]
fn two_certificates_for_one_key_are_two_cas() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut ca = Issuer::new(1, "ca");
    anchor.certify_as("one.cer", &mut ca, &v4("10.0.0.0/16"), |_| {});
    anchor.certify_as("two.cer", &mut ca, &v4("10.1.0.0/16"), |_| {});
    ca.roa("a.roa", 64496, &["10.0.0.0/24"]);
    ca.roa("b.roa", 64496, &["10.1.0.0/24"]);
    ca.publish(&mut world);
    anchor.publish(&mut world);
    let tree = world.walk();
    assert_eq!(tree.cas.len(), 3);
    let accepted: Vec<_> = tree.vrps.iter().map(|v| v.prefix.to_string()).collect();
    assert_eq!(accepted, ["10.0.0.0/24", "10.1.0.0/24"]);
    let refused = tree
        .objects
        .iter()
        .filter(|o| o.outcome.reason() == Some(Reason::Overclaim));
    assert_eq!(refused.count(), 2);
}

#[test]
fn a_trust_anchor_with_another_key_than_its_locator_is_refused() {
    let mut world = World::default();
    Issuer::anchor(&mut world).publish(&mut world);
    world.key = Issuer::new(1, "ca").public.to_info_bytes().to_vec();
    let tree = world.walk();
    assert_eq!(tree.anchor.outcome.reason(), Some(Reason::TalKey));
    assert!(tree.cas.is_empty());
}

#[test]
fn an_expired_trust_anchor_is_refused() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor_with(&mut world, |tbs| tbs.set_validity(hours((-9, -1))));
    anchor.publish(&mut world);
    assert_eq!(world.walk().anchor.outcome.reason(), Some(Reason::Expired));
}

#[test]
fn a_trust_anchor_that_cannot_be_read_is_refused() {
    let mut world = World::default();
    Issuer::anchor(&mut world).publish_with(&mut world, &Publish::default());
    world.certificate.truncate(50);
    assert_eq!(world.walk().anchor.outcome.reason(), Some(Reason::Syntax));
}
