//! Bundles of runs that were cut off, and what goes on from there.

use std::fs;
use std::path::Path;

use quintet::bundle::{Bundle, BundleError, EVENTS, EVIDENCE, SUMS, Writer};
use quintet::fact::Digest;
use quintet::transport::{Answer, Body, Content, HttpAnswer, Recorder as _, Recording as _};

use super::{REGISTRIES, body, exchange, key, now, observe, observed, record, whole};
use crate::folder::{Folder, copy};

#[test]
fn a_journal_cut_at_any_octet_loses_nothing_finished_and_resumes() {
    let folder = Folder::new("cut");
    let path = whole(folder.path());
    let journal = fs::read(path.join(EVENTS)).unwrap();
    let last_line = journal[..journal.len() - 1]
        .iter()
        .rposition(|o| *o == b'\n')
        .unwrap()
        + 1;
    let cut_path = folder.path().join("cut");
    let restore = || {
        drop(fs::remove_dir_all(&cut_path));
        copy(&path, &cut_path);
        fs::remove_file(cut_path.join(SUMS)).unwrap();
    };
    restore();
    for cut in 0..journal.len() {
        fs::write(cut_path.join(EVENTS), &journal[..cut]).unwrap();
        let finished = journal[..cut]
            .split_inclusive(|o| *o == b'\n')
            .filter(|line| line.ends_with(b"\n") && line.starts_with(b"{\"observation\""))
            .count();
        let bundle = Bundle::open(&cut_path).unwrap();
        assert!(bundle.is_partial());
        assert_eq!(bundle.observed(), finished, "cut at {cut}");
        // Resuming is the dearer half: at both sides of every line feed, and here and there between.
        let near = cut < 3
            || cut == last_line + 9
            || journal[cut - 1] == b'\n'
            || journal[cut] == b'\n'
            || cut % 509 == 0;
        if near {
            assert_eq!(observed(&bundle), REGISTRIES[..finished], "cut at {cut}");
            drop(bundle);
            resumes(&cut_path, finished, cut);
            restore();
        }
    }
}

#[track_caller]
fn resumes(path: &Path, finished: usize, cut: usize) {
    let writer = Writer::resume(path, now()).unwrap();
    let asked = REGISTRIES.iter().filter(|r| observe(&writer, r)).count();
    assert_eq!(asked, REGISTRIES.len() - finished, "cut at {cut}");
    assert!(writer.finish(now()).unwrap().is_none(), "half of a run");
    drop(writer);
    let bundle = Bundle::open(path).unwrap();
    assert!(!bundle.is_partial());
    assert_eq!(observed(&bundle), REGISTRIES, "cut at {cut}");
    for registry in REGISTRIES {
        let found = bundle.find(&key("rdap.help", registry), 1).unwrap();
        assert!(matches!(
            found.answer,
            Some(Answer::Http(HttpAnswer { body: Body { content: Content::Memory(octets), .. }, .. })) if octets == body(registry)
        ));
    }
    let verified = Bundle::verify(path).unwrap();
    assert!(
        verified.is_intact(),
        "cut at {cut}: {:?}",
        verified.problems
    );
}

#[test]
fn evidence_cut_at_any_octet_makes_what_rests_on_it_unfinished() {
    let folder = Folder::new("evidence");
    let path = folder.path().join("bundle");
    let writer = Writer::create_at(&path, now(), record()).unwrap();
    for registry in &REGISTRIES[..2] {
        observe(&writer, registry);
    }
    drop(writer);
    let pack = fs::read(path.join(EVIDENCE).join("pack-00001")).unwrap();
    let cut_path = folder.path().join("cut");
    for cut in 0..=pack.len() {
        drop(fs::remove_dir_all(&cut_path));
        copy(&path, &cut_path);
        fs::write(cut_path.join(EVIDENCE).join("pack-00001"), &pack[..cut]).unwrap();
        let has = |octets: &[u8]| {
            let record = [&octets[..], b"\n"].concat();
            pack[..cut].windows(record.len()).any(|w| w == record)
        };
        let finished = REGISTRIES[..2].iter().filter(|r| has(&body(r))).count();
        // Resuming waits for the disk: where records and headers end, and here and there between.
        let near = cut % 53 == 0 || pack[..cut].ends_with(b"\n") || pack[cut..].starts_with(b"\n");
        if !near {
            continue;
        }
        resumes(&cut_path, finished, cut);
    }
}

#[test]
fn a_run_killed_while_it_sealed_is_sealed_when_it_is_resumed() {
    let folder = Folder::new("sealing");
    let path = whole(folder.path());
    fs::remove_file(path.join(SUMS)).unwrap();
    fs::remove_file(path.join(EVIDENCE).join("pack-00001.index")).unwrap();
    assert!(matches!(
        Writer::resume(&path, now()),
        Err(BundleError::Finished(_))
    ));
    assert!(Bundle::verify(&path).unwrap().is_intact());
}

#[test]
fn the_exchanges_of_an_unfinished_probe_stay_and_are_abandoned() {
    let folder = Folder::new("abandoned");
    let path = folder.path().join("bundle");
    let writer = Writer::create_at(&path, now(), record()).unwrap();
    let key = key("rdap.help", "apnic");
    writer.record(&exchange(&key, 0, b"first"));
    writer.record(&exchange(&key, 1, b"second"));
    drop(writer);
    drop(Writer::resume(&path, now()).unwrap());
    let text = fs::read_to_string(path.join(EVENTS)).unwrap();
    assert_eq!(text.matches("{\"exchange\":").count(), 2);
    assert_eq!(text.matches("{\"abandoned\":").count(), 1);
    let bundle = Bundle::open(&path).unwrap();
    assert!(bundle.find(&key, 0).is_none() && bundle.find(&key, 1).is_none());
    assert!(bundle.evidence().has(&Digest::of(b"first")));
}

#[test]
fn a_finished_run_and_one_that_is_being_written_are_not_resumed() {
    let folder = Folder::new("locked");
    let path = whole(folder.path());
    assert!(matches!(
        Writer::resume(&path, now()),
        Err(BundleError::Finished(_))
    ));
    let writer = Writer::create(folder.path(), now(), record()).unwrap();
    assert!(matches!(
        Writer::resume(writer.folder(), now()),
        Err(BundleError::Locked(_))
    ));
}
