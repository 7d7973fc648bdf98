//! The BBN conformance suite as one tree, where it is there: it must be walked to its end.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;

use bytes::Bytes;

use super::build::now;
use crate::inspect::tree::{Anchor, Failure, Options, Outcome, Reason, walk};

/// Reads all files of a folder into a capture, below an rsync URI.
fn capture(folder: &Path, uri: &str, objects: &mut HashMap<String, Bytes>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            capture(&path, &format!("{uri}{name}/"), objects);
        } else {
            let octets = std::fs::read(&path).unwrap();
            objects.insert(format!("{uri}{name}"), octets.into());
        }
    }
}

#[test]
fn the_conformance_suite_is_walked_to_its_end() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/data/rpki/conformance"
    );
    let folder = Path::new(folder);
    if !folder.is_dir() {
        let _written = writeln!(
            std::io::stderr(),
            "skipped: {} is not there",
            folder.display()
        );
        return;
    }
    let mut objects = HashMap::new();
    capture(folder, "rsync://rpki.bbn.com/conformance/", &mut objects);
    let anchor = |name: &str| Anchor {
        name: name.to_owned(),
        uris: Vec::new(),
        uri: format!("rsync://rpki.bbn.com/conformance/{name}"),
        key: None,
        certificate: objects[&format!("rsync://rpki.bbn.com/conformance/{name}")].clone(),
    };
    let tree = walk(&anchor("root.cer"), &objects, now(), &Options::default());
    assert_eq!(tree.anchor.outcome, Outcome::Accepted);
    assert!(!tree.cancelled);
    // The folder has a part of the files that the root's manifest lists: the rest is missing, and
    // with it everything (RFC 9286 section 6.4).
    let (root, below) = tree.cas.split_first().unwrap();
    assert_eq!(root.outcome.failure(), Some(Failure::FileMissing));
    assert!(below.len() > 50);
    assert!(below.iter().all(|ca| !ca.outcome.is_certified()));
    assert!(tree.vrps.is_empty());
    let ours = Some(Reason::Engine);
    assert!(tree.objects.iter().all(|o| o.outcome.reason() != ours));
    let other = walk(
        &anchor("goodRootAKIMatches.cer"),
        &objects,
        now(),
        &Options::default(),
    );
    assert_eq!(other.anchor.outcome, Outcome::Accepted);
    assert_eq!(other.cas.len(), 1);
}
