//! What is published and listed on no manifest.

use super::build::{Issuer, World, v4};

#[test]
fn what_no_manifest_lists_is_a_stray_of_the_ca_whose_folder_it_is_in() {
    let mut world = World::default();
    let mut anchor = Issuer::anchor(&mut world);
    let mut ca = Issuer::new(1, "ca");
    let mut other = Issuer::new(2, "other");
    anchor.certify(&mut ca, &v4("10.0.0.0/8"));
    anchor.certify(&mut other, &v4("11.0.0.0/8"));
    ca.roa("a.roa", 64496, &["10.0.0.0/16"]);
    ca.publish(&mut world);
    other.publish(&mut world);
    anchor.publish(&mut world);
    // A publication point that was not accepted may have listed anything.
    world.objects.remove(&other.uri(&other.name("mft")));
    let clean = world.walk();
    assert_eq!(clean.strays(world.objects.keys().map(String::as_str)), []);
    let octets = world.objects[&ca.uri("a.roa")].clone();
    for uri in [ca.uri("b.roa"), ca.uri("below/c.roa"), other.uri("d.roa")] {
        world.objects.insert(uri, octets.clone());
    }
    let tree = world.walk();
    let strays = tree.strays(world.objects.keys().map(String::as_str));
    let shown: Vec<_> = strays.iter().map(|s| (tree.ca(s.ca), &s.uri)).collect();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(shown[0].0.unwrap().manifest_uri(), ca.uri(&ca.name("mft")));
    assert_eq!(*shown[0].1, ca.uri("b.roa"));
}
