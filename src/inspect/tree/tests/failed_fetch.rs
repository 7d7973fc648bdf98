//! Publication points that are dropped whole (RFC 9286 section 6).

use super::build::{Issuer, Publish, World, v4};
use super::{ca, fate};
use crate::inspect::tree::{Failure, Objects, Options, Tree, walk};

/// Walks a tree of a trust anchor and one CA with a ROA, which publishes in some way.
fn tree(change: impl FnOnce(&mut Issuer, &mut Publish)) -> Tree {
    tree_and(change, |_, _| {})
}

/// Walks the same tree after something happened to the capture.
fn tree_and(
    change: impl FnOnce(&mut Issuer, &mut Publish),
    then: impl FnOnce(&mut World, &Issuer),
) -> Tree {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut ca = Issuer::new(1, "ca");
    anchor.certify(&mut ca, &v4("10.0.0.0/8"));
    ca.roa("a.roa", 64496, &["10.0.0.0/16"]);
    let mut how = Publish::default();
    change(&mut ca, &mut how);
    ca.publish_with(&mut world, &how);
    anchor.publish(&mut world);
    then(&mut world, &ca);
    world.walk()
}

#[track_caller]
fn check(tree: &Tree, failure: Failure) {
    let ca = ca(tree, "ca");
    assert_eq!(ca.outcome.failure(), Some(failure), "{:?}", ca.outcome);
    assert!(tree.vrps.is_empty());
    let anchor = self::ca(tree, "ta");
    assert_eq!(anchor.outcome.name(), "accepted");
}

#[test]
fn a_whole_publication_point_is_accepted() {
    let tree = tree(|_, _| {});
    assert_eq!(ca(&tree, "ca").outcome.name(), "accepted");
    assert_eq!(tree.vrps.len(), 1);
    let names: Vec<_> = tree
        .objects_of(ca(&tree, "ca"))
        .iter()
        .map(|o| (o.kind.as_str(), o.outcome.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("manifest", "accepted"),
            ("crl", "accepted"),
            ("roa", "accepted")
        ]
    );
    assert_eq!(
        tree.uri_of(tree.vrps[0].object),
        "rsync://rpki.example/repo/ca/a.roa"
    );
}

#[test]
fn a_missing_manifest_is_named() {
    let tree = tree_and(
        |_, _| {},
        |world, ca| {
            world.objects.remove(&ca.uri(&ca.name("mft")));
        },
    );
    check(&tree, Failure::ManifestMissing);
}

#[test]
fn a_repository_that_was_not_captured_is_unreachable() {
    struct Cut(World);
    impl Objects for Cut {
        fn read(&self, uri: &str) -> Option<bytes::Bytes> {
            self.fetched(uri)
                .then(|| self.0.objects.get(uri).cloned())?
        }
        fn fetched(&self, uri: &str) -> bool {
            uri.starts_with("rsync://rpki.example/")
        }
    }
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut ca = Issuer::at(1, "rsync://dead.example/repo/ca/");
    anchor.certify(&mut ca, &v4("10.0.0.0/8"));
    ca.publish(&mut world);
    anchor.publish(&mut world);
    let tree = walk(
        &world.anchor(),
        &Cut(world.clone()),
        super::build::now(),
        &Options::default(),
    );
    check(&tree, Failure::UnreachableRepository);
}

#[test]
fn a_manifest_that_cannot_be_read_is_invalid() {
    let tree = tree_and(
        |_, _| {},
        |world, ca| {
            let manifest = world.objects.get_mut(&ca.uri(&ca.name("mft"))).unwrap();
            manifest.truncate(100);
        },
    );
    check(&tree, Failure::ManifestInvalid);
    let name = Issuer::new(1, "ca").name("mft");
    assert_eq!(fate(&tree, &name), "refused/syntax");
}

#[test]
fn a_manifest_of_the_future_is_premature() {
    let tree = tree(|_, how| how.manifest = (1, 24));
    check(&tree, Failure::ManifestPremature);
}

#[test]
fn a_manifest_whose_certificate_has_expired_is_invalid() {
    let tree = tree(|_, how| how.ee = (-10, -1));
    check(&tree, Failure::ManifestInvalid);
    let name = Issuer::new(1, "ca").name("mft");
    // The signing time does not help: what ended is the certificate.
    assert_eq!(fate(&tree, &name), "refused/expired");
}

#[test]
fn a_stale_manifest_with_an_expired_certificate_is_stale() {
    let tree = tree(|_, how| {
        how.manifest = (-48, -24);
        how.ee = (-48, -24);
    });
    check(&tree, Failure::ManifestStale);
}

#[test]
fn a_manifest_signed_by_another_ca_is_invalid() {
    let tree = tree_and(
        |_, _| {},
        |world, ca| {
            let mut other = Issuer::new(2, "ca");
            other.add("a.roa", world.objects[&ca.uri("a.roa")].clone());
            let mut elsewhere = World::default();
            other.publish(&mut elsewhere);
            let manifest = elsewhere.objects[&other.uri(&other.name("mft"))].clone();
            world.objects.insert(ca.uri(&ca.name("mft")), manifest);
        },
    );
    check(&tree, Failure::ManifestInvalid);
    assert_eq!(
        fate(&tree, &Issuer::new(1, "ca").name("mft")),
        "refused/issuer"
    );
}

#[test]
fn a_revoked_manifest_is_named() {
    let tree = tree(|_, how| how.revoke_manifest = true);
    check(&tree, Failure::ManifestRevoked);
}

#[test]
fn a_manifest_without_crl_is_named() {
    let tree = tree(|_, how| how.list = |list| list.retain(|(name, _)| !name.ends_with(".crl")));
    check(&tree, Failure::CrlUnlisted);
}

#[test]
fn a_manifest_with_two_crls_is_named() {
    let tree = tree(|_, how| how.list = |list| list.push(("other.crl".to_owned(), vec![0; 32])));
    check(&tree, Failure::CrlAmbiguous);
}

#[test]
fn a_manifest_whose_certificate_names_another_crl_is_named() {
    let tree = tree(|ca, how| how.manifest_crl = Some(ca.uri("other.crl")));
    check(&tree, Failure::CrlName);
}

#[test]
fn a_missing_crl_is_named() {
    let tree = tree_and(
        |_, _| {},
        |world, ca| {
            world.objects.remove(&ca.uri(&ca.name("crl")));
        },
    );
    check(&tree, Failure::CrlMissing);
}

#[test]
fn a_crl_with_another_hash_is_named() {
    let tree = tree_and(
        |_, _| {},
        |world, ca| {
            let crl = world.objects.get_mut(&ca.uri(&ca.name("crl"))).unwrap();
            let mut octets = crl.to_vec();
            *octets.last_mut().unwrap() ^= 1;
            *crl = octets.into();
        },
    );
    check(&tree, Failure::HashMismatch);
}

#[test]
fn a_crl_that_another_key_signed_is_invalid() {
    let tree = tree(|_, how| how.crl_key = Some(3));
    check(&tree, Failure::CrlInvalid);
    assert_eq!(
        fate(&tree, &Issuer::new(1, "ca").name("crl")),
        "refused/signature"
    );
}

#[test]
fn a_stale_crl_is_named() {
    check(&tree(|_, how| how.crl = (-10, -1)), Failure::CrlStale);
}

#[test]
fn a_crl_of_the_future_is_premature() {
    check(&tree(|_, how| how.crl = (1, 10)), Failure::CrlPremature);
}

#[test]
fn a_name_that_is_listed_twice_makes_the_manifest_invalid() {
    let tree = tree(|_, how| {
        how.list = |list| {
            let first = list[0].clone();
            list.push(first);
        };
    });
    check(&tree, Failure::ManifestInvalid);
}

#[test]
fn a_file_of_an_unknown_kind_must_be_there_as_listed_and_is_ignored() {
    let good = tree(|ca, _| ca.add("readme.txt", bytes::Bytes::from_static(b"hello")));
    assert_eq!(fate(&good, "readme.txt"), "ignored");
    assert_eq!(good.vrps.len(), 1);
    let bad = tree(|ca, how| {
        ca.add("readme.txt", bytes::Bytes::from_static(b"hello"));
        how.list = |list| {
            list.iter_mut()
                .filter(|(n, _)| n == "readme.txt")
                .for_each(|(_, h)| h[0] ^= 1)
        };
    });
    check(&bad, Failure::HashMismatch);
    assert_eq!(fate(&bad, "readme.txt"), "refused/hash-mismatch");
    assert_eq!(fate(&bad, "a.roa"), "dropped");
}

#[test]
fn cas_of_a_dropped_publication_point_are_dropped_and_not_walked() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut middle = Issuer::new(1, "middle");
    anchor.certify(&mut middle, &v4("10.0.0.0/8"));
    let mut below = Issuer::new(2, "below");
    middle.certify(&mut below, &v4("10.0.0.0/16"));
    below.roa("b.roa", 64496, &["10.0.0.0/24"]);
    below.publish(&mut world);
    let how = Publish {
        list: |list| list.push(("gone.roa".to_owned(), vec![0; 32])),
        ..Publish::default()
    };
    middle.publish_with(&mut world, &how);
    anchor.publish(&mut world);
    let tree = world.walk();
    assert_eq!(ca(&tree, "middle").outcome.name(), "failed/file-missing");
    assert_eq!(ca(&tree, "below").outcome.name(), "dropped");
    assert!(tree.vrps.is_empty());
    assert!(ca(&tree, "below").objects.is_empty());
}

#[test]
fn a_dropped_trust_anchor_has_nothing_below() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    anchor.publish_with(
        &mut world,
        &Publish {
            manifest: (-48, -24),
            ..Publish::default()
        },
    );
    let tree = world.walk();
    assert_eq!(tree.cas.len(), 1);
    assert_eq!(tree.cas[0].outcome.name(), "failed/manifest-stale");
}
