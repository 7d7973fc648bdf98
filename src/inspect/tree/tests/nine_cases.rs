//! Nine repositories of one trust anchor, five CAs, 100 ROAs with 125 payloads and 10 ASPAs, for
//! which rpki-client 8.2 and 9.8 and FORT 1.5.4 gave the numbers asserted here (2026-11-21).
//!
//! 100 payloads are left where the first CA is dropped; a walk file by file gave 123 and 125.

use super::build::{Holds, Issuer, Publish, World, hour, resign};
use crate::inspect::tree::{CaOutcome, Failure, Tree};

/// What is wrong at the first CA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Break {
    None,
    ManifestHash,
    ManifestExtra,
    ManifestStale,
    RoaOverclaim,
    Revoked,
    RoaSignature,
    AspaSelf,
    CaKeyUsage,
}

const HOLDS: [Holds; 5] = [
    Holds {
        v4: "10.0.0.0/16",
        v6: "2001:db8::/48",
        asns: "AS64496-AS64505",
    },
    Holds {
        v4: "10.1.0.0/16",
        v6: "2001:db8:1::/48",
        asns: "AS64506-AS64515",
    },
    Holds {
        v4: "10.2.0.0/16",
        v6: "2001:db8:2::/48",
        asns: "AS64516-AS64525",
    },
    Holds {
        v4: "10.3.0.0/16",
        v6: "2001:db8:3::/48",
        asns: "AS64526-AS64535",
    },
    Holds {
        v4: "10.4.0.0/16",
        v6: "2001:db8:4::/48",
        asns: "AS64536-AS64545",
    },
];

fn tree(kind: Break) -> Tree {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    for (at, holds) in HOLDS.iter().enumerate() {
        let broken = if at == 0 { kind } else { Break::None };
        let mut ca = Issuer::new(at + 1, &format!("ca{at}"));
        anchor.certify(&mut ca, holds);
        if broken == Break::CaKeyUsage {
            let (_, certificate) = anchor.files.last_mut().unwrap();
            *certificate = resign(0, certificate, b"\x03\x02\x01\x06", b"\x03\x02\x07\x80");
        }
        fill(&mut ca, at, broken);
        ca.publish_with(&mut world, &how(broken));
    }
    anchor.publish(&mut world);
    world.walk()
}

fn fill(ca: &mut Issuer, at: usize, broken: Break) {
    let asn = 64496 + 10 * u32::try_from(at).unwrap();
    for j in 0..20_u32 {
        let over = broken == Break::RoaOverclaim && j == 0;
        let v4 = if over {
            "172.16.0.0/24-24".to_owned()
        } else {
            format!("10.{at}.{}.0/24-24", j * 8)
        };
        let v6 = format!("2001:db8:{at:x}:{j:x}::/64");
        let prefixes: &[&str] = if j % 4 == 0 { &[&v4, &v6] } else { &[&v4] };
        let serial = ca.roa(&format!("roa-{j}.roa"), asn + j % 10, prefixes);
        if broken == Break::Revoked && j == 0 {
            ca.revoked.push(serial);
        }
        if broken == Break::RoaSignature && j == 0 {
            let (_, octets) = ca.files.last_mut().unwrap();
            let mut changed = octets.to_vec();
            *changed.last_mut().unwrap() ^= 1;
            *octets = changed.into();
        }
    }
    for j in 0..2 {
        let customer = asn + j;
        let own = broken == Break::AspaSelf && j == 0;
        let first = if own { customer } else { 65549 };
        ca.aspa(
            &format!("AS{customer}.asa"),
            customer,
            &[first, 65550, 65551],
        );
    }
}

fn how(broken: Break) -> Publish {
    let mut how = Publish::default();
    match broken {
        Break::ManifestHash => {
            how.list = |list| {
                let (_, hash) = list
                    .iter_mut()
                    .find(|(name, _)| name == "roa-0.roa")
                    .unwrap();
                hash[0] ^= 1;
            }
        }
        Break::ManifestExtra => {
            how.list = |list| list.push(("zz-missing.roa".to_owned(), vec![7; 32]))
        }
        Break::ManifestStale => how.manifest = (-48, -24),
        Break::None
        | Break::RoaOverclaim
        | Break::Revoked
        | Break::RoaSignature
        | Break::AspaSelf
        | Break::CaKeyUsage => {}
    }
    how
}

#[track_caller]
fn check(kind: Break, vrps: usize, aspas: usize) {
    let tree = tree(kind);
    assert_eq!(
        (tree.unique_vrps().len(), tree.vrps.len()),
        (vrps, vrps),
        "{kind:?}"
    );
    assert_eq!(tree.aspas.len(), aspas, "{kind:?}");
    assert_eq!(tree.cas.len(), 6, "{kind:?}");
}

#[test]
fn the_good_repository_gives_everything() {
    check(Break::None, 125, 10);
}

#[test]
fn one_wrong_hash_drops_the_publication_point() {
    check(Break::ManifestHash, 100, 8);
}

#[test]
fn a_missing_file_drops_the_publication_point() {
    check(Break::ManifestExtra, 100, 8);
}

#[test]
fn a_stale_manifest_drops_the_publication_point() {
    check(Break::ManifestStale, 100, 8);
    let tree = tree(Break::ManifestStale);
    let ca = super::ca(&tree, "ca0");
    assert_eq!(ca.outcome.failure(), Some(Failure::ManifestStale));
    assert_eq!(
        ca.manifest.unwrap().next_update,
        super::super::engine::stamp(hour(-24))
    );
}

#[test]
fn an_overclaiming_roa_costs_itself() {
    check(Break::RoaOverclaim, 123, 10);
}

#[test]
fn a_revoked_roa_costs_itself() {
    check(Break::Revoked, 123, 10);
}

#[test]
fn a_roa_with_a_bad_signature_costs_itself() {
    check(Break::RoaSignature, 123, 10);
}

#[test]
fn an_aspa_with_its_customer_as_provider_costs_itself() {
    check(Break::AspaSelf, 125, 9);
}

#[test]
fn a_ca_with_the_key_usage_of_an_ee_is_refused() {
    check(Break::CaKeyUsage, 100, 8);
    let tree = tree(Break::CaKeyUsage);
    assert!(matches!(
        super::ca(&tree, "ca0").outcome,
        CaOutcome::Refused(_)
    ));
}
