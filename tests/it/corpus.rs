//! Runs the fuzz targets' functions over the committed corpus.

use std::path::PathBuf;

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
