//! Bounds: depth, circles, numbers, sizes, cancelling.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;

use super::build::{EVERYTHING, INHERIT, Issuer, World, now, v4};
use super::{ca, fate};
use crate::inspect::tree::{Glance, Limits, Look, Objects, Options, Reason, Tree, walk, walk_with};

/// Makes a chain of CAs below a trust anchor, the last with a ROA.
fn chain(length: usize) -> World {
    let mut world = World::default();
    let mut above = Issuer::anchor(&mut world);
    for at in 1..=length {
        let mut below = Issuer::new(at, &format!("ca{at}"));
        above.certify(&mut below, &EVERYTHING);
        above.publish(&mut world);
        above = below;
    }
    above.roa("a.roa", 64496, &["10.0.0.0/8"]);
    above.publish(&mut world);
    world
}

fn limited(limits: Limits) -> Options {
    Options {
        limits,
        ..Options::default()
    }
}

#[test]
fn a_chain_is_walked_to_its_end() {
    let tree = chain(5).walk();
    assert_eq!(
        tree.cas.iter().map(|ca| ca.depth).collect::<Vec<_>>(),
        [0, 1, 2, 3, 4, 5]
    );
    assert_eq!(tree.vrps.len(), 1);
}

#[test]
fn a_ca_that_is_too_deep_is_refused() {
    let options = limited(Limits {
        depth: 3,
        ..Limits::default()
    });
    let tree = chain(5).walk_by(&options);
    assert_eq!(ca(&tree, "ca3").outcome.name(), "accepted");
    assert_eq!(ca(&tree, "ca4").outcome.name(), "refused/too-deep");
    assert_eq!(tree.cas.len(), 5);
    assert!(tree.vrps.is_empty());
}

#[test]
fn a_circle_of_cas_ends_where_it_closes() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let (mut one, mut two) = (Issuer::new(1, "one"), Issuer::new(2, "two"));
    anchor.certify(&mut one, &v4("10.0.0.0/8"));
    one.certify(&mut two, &INHERIT);
    two.certify(&mut one, &INHERIT);
    // And one that certifies itself.
    let mut own = two.clone();
    two.certify_as("self.cer", &mut own, &INHERIT, |_| {});
    for issuer in [&mut anchor, &mut one, &mut two] {
        issuer.publish(&mut world);
    }
    let tree = world.walk();
    assert_eq!(tree.cas.len(), 5);
    for (again, first) in [(3, 1), (4, 2)] {
        assert_eq!(tree.cas[again].outcome.name(), "refused/circle");
        assert_eq!(tree.cas[again].key, tree.cas[first].key);
    }
}

#[test]
fn a_ca_below_its_own_trust_anchors_key_is_a_circle() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut own = anchor.clone();
    anchor.certify(&mut own, &EVERYTHING);
    anchor.publish(&mut world);
    let tree = world.walk();
    assert_eq!(tree.cas[1].outcome.name(), "refused/circle");
}

/// Makes a trust anchor with several CAs, each with a ROA.
fn wide(cas: usize) -> World {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    for at in 1..=cas {
        let mut ca = Issuer::new(at, &format!("ca{at}"));
        anchor.certify_as(&format!("ca{at}.cer"), &mut ca, &v4("10.0.0.0/8"), |_| {});
        ca.roa("a.roa", 64496, &["10.0.0.0/8", "10.0.0.0/9"]);
        ca.publish(&mut world);
    }
    anchor.publish(&mut world);
    world
}

#[test]
fn too_many_cas_are_cut_in_the_order_of_the_tree() {
    let tree = wide(5).walk_by(&limited(Limits {
        cas: 3,
        ..Limits::default()
    }));
    assert_eq!(tree.cas.len(), 3);
    assert_eq!(fate(&tree, "ca2.cer"), "accepted");
    assert_eq!(fate(&tree, "ca3.cer"), "refused/too-many-cas");
}

#[test]
fn too_many_objects_end_at_a_publication_point() {
    let tree = wide(5).walk_by(&limited(Limits {
        objects: 12,
        ..Limits::default()
    }));
    let outcomes: Vec<_> = tree.cas.iter().map(|ca| ca.outcome.name()).collect();
    assert_eq!(outcomes[..2], ["accepted", "accepted"]);
    assert_eq!(outcomes[5], "failed/too-many-objects");
}

#[test]
fn too_many_payloads_refuse_their_object() {
    let tree = wide(3).walk_by(&limited(Limits {
        payloads: 5,
        ..Limits::default()
    }));
    assert_eq!(tree.vrps.len(), 4);
    let refused = tree
        .objects
        .iter()
        .filter(|o| o.outcome.reason() == Some(Reason::TooManyPayloads));
    assert_eq!(refused.count(), 1);
}

#[test]
fn too_many_entries_drop_the_publication_point() {
    let tree = wide(3).walk_by(&limited(Limits {
        entries: 3,
        ..Limits::default()
    }));
    assert_eq!(tree.cas[0].outcome.name(), "failed/too-many-entries");
    assert_eq!(tree.cas[0].manifest.unwrap().entries, 4);
}

#[test]
fn a_large_object_drops_its_publication_point() {
    let mut world = wide(1);
    let mut anchor = Issuer::anchor(&mut world);
    let mut big = Issuer::new(2, "big");
    anchor.certify(&mut big, &v4("10.0.0.0/8"));
    big.add("big.gbr", Bytes::from(vec![0; 100_001]));
    big.publish(&mut world);
    anchor.publish(&mut world);
    let tree = world.walk_by(&limited(Limits {
        object_bytes: 100_000,
        ..Limits::default()
    }));
    assert_eq!(ca(&tree, "big").outcome.name(), "failed/too-large");
    assert_eq!(fate(&tree, "big.gbr"), "refused/too-large");
}

#[test]
fn a_key_with_too_many_certificates_is_not_walked_again_and_again() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut ca = Issuer::new(1, "ca");
    for at in 0..5 {
        anchor.certify_as(&format!("{at}.cer"), &mut ca, &v4("10.0.0.0/8"), |_| {});
    }
    ca.publish(&mut world);
    anchor.publish(&mut world);
    let tree = world.walk_by(&limited(Limits {
        certificates_per_key: 2,
        ..Limits::default()
    }));
    let refused = tree
        .cas
        .iter()
        .filter(|ca| ca.outcome.name() == "refused/too-many-for-key");
    assert_eq!(refused.count(), 3);
}

#[test]
fn a_cancelled_walk_ends_and_says_so() {
    struct Cancelling(World, Arc<AtomicBool>);
    impl Objects for Cancelling {
        fn read(&self, uri: &str) -> Option<Bytes> {
            if uri.contains("/ca1/") {
                self.1.store(true, Ordering::Relaxed);
            }
            self.0.objects.get(uri).cloned()
        }
    }
    let flag = Arc::new(AtomicBool::new(false));
    let options = Options {
        cancel: Some(Arc::clone(&flag)),
        ..Options::default()
    };
    let world = chain(5);
    let tree = walk(
        &world.anchor(),
        &Cancelling(world.clone(), flag),
        now(),
        &options,
    );
    assert!(tree.cancelled);
    assert_eq!(tree.cas.len(), 2);
    assert_eq!(tree.cas[1].outcome.name(), "not-walked");
}

/// Counts objects and notes their URIs.
struct Noting(AtomicUsize);

impl Look for Noting {
    type Tally = Vec<String>;

    fn object(&self, glance: &Glance<'_>, tally: &mut Vec<String>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        let outcome = glance.outcome.as_str();
        tally.push(format!(
            "{} {} {outcome} {}",
            glance.uri,
            glance.kind,
            glance.octets.len()
        ));
    }

    fn merge(&self, tally: &mut Vec<String>, later: Vec<String>) {
        tally.extend(later);
    }
}

/// Makes a trust anchor and two CAs, one with 150 ROAs.
fn large() -> World {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    for (at, roas) in [(1, 150), (2, 3)] {
        let mut ca = Issuer::new(at, &format!("ca{at}"));
        anchor.certify(&mut ca, &v4("10.0.0.0/8"));
        for roa in 0..roas {
            ca.roa(&format!("{roa}.roa"), 64496, &[&format!("10.{roa}.0.0/16")]);
        }
        ca.publish(&mut world);
    }
    anchor.publish(&mut world);
    world
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let world = large();
    let on = |threads: usize| -> (Tree, Vec<String>) {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let look = Noting(AtomicUsize::new(0));
        pool.install(|| {
            walk_with(
                &world.anchor(),
                &world.objects,
                now(),
                &Options::default(),
                &look,
            )
        })
    };
    let (one, noted) = on(1);
    assert_eq!(one.vrps.len(), 153);
    for threads in [2, 5] {
        let (many, others) = on(threads);
        assert!(one == many);
        assert_eq!(noted, others);
    }
    // The trust anchor, and every object in the order of the table.
    assert_eq!(noted.len(), 1 + one.objects.len());
    assert!(noted[0].starts_with("rsync://rpki.example/repo/ta.cer trust-anchor accepted"));
    for (line, object) in noted[1..].iter().zip(&one.objects) {
        let (uri, _) = line.split_once(' ').unwrap();
        assert_eq!(uri, one.uri(object));
    }
}
