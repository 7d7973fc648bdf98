//! The repository that benchmarks walk: whole, right, and the same again for the same hour.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use quintet::inspect::Found;
use quintet::inspect::rrdp::{
    Limits, Notification, Reading, Tally, digest, read_notification, relate_snapshot,
};
use quintet::inspect::tree::{self, Anchor, Objects as _, Options, SyntaxRules};
use quintet::mock::rpki::{Generated, Scale, generate};
use quintet::probe::capture::Pack;

use super::folder::Folder;

fn now() -> Timestamp {
    "2026-06-15T10:20:30Z".parse().unwrap()
}

fn reading<'a>(url: &'a str, never: &'a AtomicBool) -> Reading<'a> {
    Reading {
        url,
        limits: Limits::DEFAULT,
        authorities: &[],
        cancel: never,
    }
}

/// Reads what the host serves and the URL of the snapshot.
fn served(parts: &Generated, tally: &mut Tally) -> (Notification, Vec<u8>) {
    let never = AtomicBool::new(false);
    let url = "https://rpki.bench.test/rrdp/notification.xml";
    let file = fs::File::open(&parts.notification).unwrap();
    let notification = read_notification(file, &reading(url, &never), tally);
    let uri = &notification.snapshot.as_ref().unwrap().uri;
    let path = uri.strip_prefix("https://rpki.bench.test/").unwrap();
    let snapshot = fs::read(parts.served.join(path)).unwrap();
    (notification, snapshot)
}

/// Returns all files below a folder by their paths in it.
fn files(folder: &Path, below: &Path, all: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(folder, &path, all);
        } else {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            all.insert(name.to_owned(), fs::read(&path).unwrap());
        }
    }
}

/// Returns the rules that found something.
fn ids(all: impl Iterator<Item = (&'static str, Found)>) -> BTreeSet<&'static str> {
    all.filter(|(_, found)| found.count() > 0)
        .map(|(id, _)| id)
        .collect()
}

#[test]
fn a_generated_repository_is_accepted_whole_and_found_to_be_right() {
    let folder = Folder::new("generated");
    let scale = Scale::of_objects(1);
    let parts = generate(scale, now(), folder.path()).unwrap();
    let mut tally = Tally::new();
    let (notification, snapshot) = served(&parts, &mut tally);
    let never = AtomicBool::new(false);
    let link = notification.snapshot.as_ref().unwrap();
    let url = &link.uri;
    let mut pack = Pack::create(folder.path()).unwrap();
    let objects = pack.snapshot(snapshot.as_slice(), &reading(url, &never), &mut tally);
    relate_snapshot(
        &notification,
        link,
        &objects,
        &reading(url, &never),
        &mut tally,
    );
    let store = pack.finish().unwrap();
    assert_eq!(store.len(), scale.objects());
    assert_eq!(tally.finish().findings, []);

    let certificate = fs::read(&parts.certificate).unwrap();
    let locator = fs::read(&parts.tal).unwrap();
    let anchor = Anchor::of_tal("bench", &locator, certificate.into()).unwrap();
    let options = Options::default();
    let (tree, syntax) = tree::walk_with(&anchor, &store, now(), &options, &SyntaxRules);
    let refused = tree.objects.iter().filter_map(|o| o.outcome.refusal());
    assert_eq!(refused.collect::<Vec<_>>(), Vec::<&tree::Refusal>::new());
    assert_eq!(tree.unique_vrps().len(), scale.vrps());
    assert_eq!(tree.aspas.len(), scale.members());
    let signatures = 2 * tree.objects.len() - tree.cas.len() - (tree.cas.len() - 1) + 1;
    assert_eq!(scale.signatures(), signatures);
    // It is taken again for a day and a half: nothing of it may end before.
    let later = now() + jiff::SignedDuration::from_hours(47);
    let later = tree::walk(&anchor, &store, later, &options);
    let refused = later.objects.iter().filter_map(|o| o.outcome.refusal());
    assert_eq!(refused.collect::<Vec<_>>(), Vec::<&tree::Refusal>::new());
    assert_eq!(later.unique_vrps().len(), scale.vrps());

    // ROAs with a prefix of each family are there for the validators' sake.
    let of_objects = syntax.into_values().flat_map(|tally| tally.into_found());
    assert_eq!(ids(of_objects), BTreeSet::from(["rpki.roa.one-prefix"]));
    // One key signs everything that has a certificate of one use: that is found, and nothing else.
    let strays = tree.strays(store.iter().map(|(uri, _)| uri));
    let of_tree = tree::rules::look(&tree, &strays).into_values();
    let of_tree = of_tree.flat_map(tree::rules::Tally::into_found);
    assert_eq!(ids(of_tree), BTreeSet::from(["rpki.sig.key-once"]));
}

#[test]
fn the_files_of_a_generated_repository_are_those_of_its_snapshot_and_come_again() {
    let (one, other) = (Folder::new("generated"), Folder::new("generated"));
    let scale = Scale::of_objects(1);
    let parts = generate(scale, now(), one.path()).unwrap();
    generate(scale, now(), other.path()).unwrap();
    let (mut first, mut second) = (BTreeMap::new(), BTreeMap::new());
    files(one.path(), one.path(), &mut first);
    files(other.path(), other.path(), &mut second);
    assert!(first == second);

    let (_, snapshot) = served(&parts, &mut Tally::new());
    let never = AtomicBool::new(false);
    let mut pack = Pack::create(one.path()).unwrap();
    pack.snapshot(snapshot.as_slice(), &reading("", &never), &mut Tally::new());
    let store = pack.finish().unwrap();
    for (uri, place) in store.iter() {
        let path = uri.strip_prefix("rsync://").unwrap();
        let file = fs::read(parts.cache.join(path)).unwrap();
        assert_eq!(digest(&file), place.hash, "{uri}");
        assert_eq!(store.read(uri).unwrap(), file);
    }
    // Beside them the trust anchor's certificate twice.
    let cached = first.keys().filter(|path| path.starts_with("cache/"));
    assert_eq!(cached.count(), store.len() + 2);
}
