//! Faults change what they name, and nothing else.

use super::*;

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
