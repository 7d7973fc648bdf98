//! Runs the fuzz targets' functions over the committed corpus.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use quintet::inspect::rrdp::{
    Limits, Reading, Tally, read_delta, read_notification, read_snapshot,
};
use quintet::inspect::whois::Reply;
use quintet::scenario::{SuiteFile, read};

fn corpus(kind: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(kind);
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    all.sort();
    assert!(all.len() >= 5, "the corpus of {kind} is missing");
    all
}

#[test]
fn no_scenario_of_the_corpus_panics_and_every_broken_one_is_complained_of() {
    for (path, octets) in corpus("scenario") {
        let text = String::from_utf8_lossy(&octets);
        let reading = read(&[SuiteFile::new("rdap/corpus.yaml", "corpus.yaml", &text)]);
        assert!(
            !reading.errors.is_empty(),
            "{} is read without complaint",
            path.display()
        );
    }
}

#[test]
fn no_whois_answer_of_the_corpus_panics() {
    for (_, octets) in corpus("whois") {
        let reply = Reply::read(&octets);
        assert_eq!(reply.field("no-such-field"), None);
    }
}

#[test]
fn no_rrdp_file_of_the_corpus_panics_and_every_one_is_read_as_one_kind_at_most() {
    let cancel = AtomicBool::new(false);
    let reading = Reading {
        url: "https://rrdp.test/notification.xml",
        limits: Limits::DEFAULT,
        authorities: &[],
        cancel: &cancel,
    };
    for (path, octets) in corpus("rrdp") {
        let mut tally = Tally::new();
        let stopped = [
            read_notification(octets.as_slice(), &reading, &mut tally).stopped,
            read_snapshot(octets.as_slice(), &reading, &mut (), &mut tally).stopped,
            read_delta(octets.as_slice(), &reading, &mut (), &mut tally).stopped,
        ];
        let whole = stopped.iter().filter(|stopped| stopped.is_none()).count();
        let good = path.to_string_lossy().contains("good");
        assert_eq!(whole, usize::from(good), "{}: {stopped:?}", path.display());
        assert!(
            stopped
                .iter()
                .flatten()
                .all(|stopped| stopped.is_of_the_file())
        );
    }
}
