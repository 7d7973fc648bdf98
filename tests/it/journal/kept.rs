//! What is kept is read again.

use std::collections::BTreeSet;
use std::fs;

use bytes::Bytes;
use quintet::bundle::{Bundle, EVIDENCE, Writer};
use quintet::fact::{Digest, Documents as _, TextSet, Value};
use quintet::transport::{Answer, Content, Recorder as _, Recording as _};

use super::{REGISTRIES, body, exchange, key, now, observation, observe, observed, record, whole};
use crate::folder::Folder;

#[test]
fn what_was_written_is_read() {
    let folder = Folder::new("written");
    let path = whole(folder.path());
    let bundle = Bundle::open(&path).unwrap();
    assert!(!bundle.is_partial());
    assert_eq!(bundle.run(), &record());
    assert_eq!(observed(&bundle), REGISTRIES);
    assert!(
        bundle
            .expansion("rdap.sample", "apnic", "case")
            .is_some_and(|e| e.values.len() == 1)
    );
    let found = bundle.find(&key("rdap.help", "arin"), 1).unwrap();
    let expected = exchange(&key("rdap.help", "arin"), 1, &body("arin"));
    // The time-out is the asker's and is not written.
    assert_eq!(found.answer, expected.answer);
    assert!(bundle.find(&key("rdap.help", "arin"), 2).is_none());
    assert!(bundle.find(&key("rdap.other", "arin"), 0).is_none());
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("20261121T100211Z-mock-"), "{name}");
    assert!(Bundle::verify(&path).unwrap().is_intact());
}

#[test]
fn what_is_still_in_memory_is_what_is_read() {
    let folder = Folder::new("fresh");
    let path = folder.path().join("bundle");
    let writer = Writer::create_at(&path, now(), record()).unwrap();
    for registry in REGISTRIES.iter().rev() {
        observe(&writer, registry);
    }
    let fresh = writer.finish(now()).unwrap().unwrap();
    let bundle = Bundle::open(&path).unwrap();
    assert_eq!(fresh.run(), bundle.run());
    assert_eq!((fresh.observed(), bundle.observed()), (3, 3));
    let read = bundle.observations("rdap.help").unwrap();
    assert_eq!(fresh.observations("rdap.help"), read);
    assert_eq!(fresh.observations("rdap.other"), []);
    for observation in fresh.observations("rdap.help") {
        let Some(Value::Json(json)) = observation.facts.get("json") else {
            panic!("no document")
        };
        assert!(json.get().is_some(), "{observation:?}");
    }
}

#[test]
fn what_is_too_much_for_memory_has_to_be_read() {
    let folder = Folder::new("too-much");
    let path = folder.path().join("bundle");
    let writer = Writer::create_at(&path, now(), record()).unwrap();
    for registry in REGISTRIES {
        let mut large = observation(&key("rdap.help", registry), &body(registry));
        let long = "x".repeat(12 * 1024 * 1024);
        large.facts.set("body", Value::text(long));
        writer.observe(&large).unwrap();
    }
    assert!(writer.finish(now()).unwrap().is_none());
    assert_eq!(Bundle::open(&path).unwrap().observed(), REGISTRIES.len());
}

#[test]
fn equal_bodies_are_kept_once_and_large_ones_in_files_of_their_own() {
    let folder = Folder::new("large");
    let path = folder.path().join("bundle");
    let writer = Writer::create_at(&path, now(), record()).unwrap();
    let large = vec![b'x'; 100_000];
    let spooled = writer.spool().join("body-1");
    fs::write(&spooled, &large).unwrap();
    for (number, registry) in REGISTRIES.iter().enumerate() {
        let key = key("rdap.help", registry);
        writer.record(&exchange(&key, 0, b"the same"));
        let mut exchange = exchange(&key, 1, &large);
        if let (0, Some(Answer::Http(answer))) = (number, &mut exchange.answer) {
            answer.body.content = Content::File(spooled.clone());
        }
        writer.record(&exchange);
        assert_eq!(
            fs::read(&spooled).unwrap(),
            large,
            "the probe still reads it"
        );
        writer.observe(&observation(&key, &large)).unwrap();
    }
    let decoded = Bytes::from_static(b"decoded");
    writer.keep(&Digest::of(&decoded), &decoded);
    writer.finish(now()).unwrap();
    let names: BTreeSet<String> = fs::read_dir(path.join(EVIDENCE))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    let digest = Digest::of(&large);
    assert_eq!(
        names,
        [digest.hex(), "pack-00001", "pack-00001.index"]
            .map(str::to_owned)
            .into()
    );
    let bundle = Bundle::open(&path).unwrap();
    assert_eq!(bundle.evidence().load(&digest).unwrap(), large);
    assert_eq!(
        bundle.evidence().load(&Digest::of(&decoded)).unwrap(),
        decoded
    );
    assert_eq!(
        bundle.evidence().load(&Digest::of(b"")).unwrap(),
        Bytes::new()
    );
    assert!(Bundle::verify(&path).unwrap().is_intact());
    // An index that is missing or belongs to another pack is not needed.
    for index in [None, Some("quintet-pack-index-1 5\n"), Some("\0")] {
        let file = path.join(EVIDENCE).join("pack-00001.index");
        match index {
            None => fs::remove_file(&file).unwrap(),
            Some(text) => fs::write(&file, text).unwrap(),
        }
        let bundle = Bundle::open(&path).unwrap();
        assert_eq!(
            bundle.evidence().load(&Digest::of(b"the same")).unwrap(),
            "the same"
        );
    }
}

#[test]
fn a_large_set_is_a_line_and_a_document() {
    let folder = Folder::new("set");
    let path = folder.path().join("bundle");
    let writer = Writer::create_at(&path, now(), record()).unwrap();
    let set = TextSet::of((0..50_000).map(|number| format!("{number:08}")));
    let key = key("rpki.tree", "apnic");
    let mut seen = observation(&key, b"");
    seen.evidence = vec![set.digest().clone()];
    seen.facts.set("vrps.set", Value::Set(set.clone()));
    writer.keep(set.digest(), set.document().unwrap());
    writer.observe(&seen).unwrap();
    writer.finish(now()).unwrap();
    assert!(Bundle::verify(&path).unwrap().is_intact());
    let journal = fs::metadata(path.join("events.ndjson")).unwrap().len();
    assert!(journal < 10_000, "{journal}");
    let bundle = Bundle::open(&path).unwrap();
    let again = bundle.observations("rpki.tree").unwrap();
    let Some(Value::Set(read)) = again[0].facts.get("vrps.set") else {
        panic!("{again:?}");
    };
    assert!(read == &set && read.is_kept());
    assert!(read.contains("00049999") && !read.contains("00050000"));
    assert!(read.minus(&set).is_empty());
}
