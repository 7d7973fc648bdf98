//! Runs the fuzz targets' functions over the committed corpus.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use quintet::inspect::dns::{Message, examine};
use quintet::inspect::merge::{self, Inputs, Numbers};
use quintet::inspect::openpgp::Signature;
use quintet::inspect::rpki::{self, Context, Kind, Object};
use quintet::inspect::rrdp::{
    Limits, Reading, Tally, read_delta, read_notification, read_snapshot,
};
use quintet::inspect::transfers;
use quintet::inspect::whois::Reply;
use quintet::inspect::{Tally as Found, constraints, iana, irr, stats};
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
fn no_constraints_file_of_the_corpus_panics_and_every_bad_line_is_told() {
    for (path, octets) in corpus("constraints") {
        let read = constraints::read(&octets);
        let good = path.to_string_lossy().contains("good");
        assert_eq!(read.wrong.is_empty(), good, "{}: {read:?}", path.display());
        assert_eq!(
            read.entries.len(),
            if good { 4 } else { 0 },
            "{}",
            path.display()
        );
    }
}

#[test]
fn no_registry_of_the_corpus_panics_and_every_bad_one_is_complained_of() {
    for (path, octets) in corpus("iana") {
        let document = iana::read(&octets);
        let good = path.to_string_lossy().contains("good");
        let name = path.display();
        assert_eq!(document.wrong.is_empty(), good, "{name}: {document:?}");
        assert_eq!(document.entries.len(), usize::from(good), "{name}");
        let mut found = Found::default();
        iana::look(&document, "", &mut found);
        assert!(!found.finish().findings.is_empty(), "{name}");
    }
}

#[test]
fn no_statistics_of_the_corpus_panic_and_all_but_the_good_are_complained_of() {
    for (path, octets) in corpus("stats") {
        let (read, mut tally, _) = stats::read(octets.as_slice());
        stats::look(&read, &mut tally);
        stats::Census::of(&read);
        let mut written = Vec::new();
        stats::write(&read, &mut written).unwrap();
        let (again, ..) = stats::read(written.as_slice());
        assert_eq!(again.rows.len(), read.rows.len(), "{}", path.display());
        let found = tally.finish().findings;
        let name = path.file_name().unwrap().to_str().unwrap();
        let good = matches!(name, "good.txt" | "empty.txt");
        assert_eq!(found.is_empty(), good, "{name}: {found:?}");
    }
}

#[test]
fn no_dump_of_the_corpus_panics_and_every_bad_one_is_complained_of() {
    for (path, octets) in corpus("irr") {
        let mut tally = Found::default();
        let (dump, stopped) = irr::read(octets.as_slice(), "TEST", &mut tally);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(
            stopped.is_none() && dump.octets == octets.len() as u64,
            "{name}"
        );
        let found = tally.finish().findings;
        assert_eq!(
            found.is_empty(),
            name.starts_with("good"),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn no_signature_of_the_corpus_panics_cut_or_changed_anywhere() {
    for (path, octets) in corpus("openpgp") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let read = Signature::read(&octets);
        assert_eq!(read.is_ok(), name.starts_with("good"), "{name}: {read:?}");
        for length in 0..octets.len() {
            drop(Signature::read(&octets[..length]));
            let mut changed = octets.clone();
            changed[length] ^= 0x55;
            drop(Signature::read(&changed));
        }
    }
}

#[test]
fn no_dns_message_of_the_corpus_panics_cut_or_changed_anywhere() {
    for (path, octets) in corpus("dns") {
        let name = path.to_string_lossy();
        // A good one has records, all of which are read; of the others some are not, or nothing is.
        let records = Message::read(&octets).map_or(0, |message| {
            message.answers.len() + message.authority.len() + message.additional.len()
        });
        let whole = records > 0 && examine(&octets) == Ok(records);
        assert_eq!(
            whole,
            name.contains("good"),
            "{name}: {:?}",
            examine(&octets)
        );
        for length in 0..octets.len().min(400) {
            examine(&octets[..length]).unwrap_or_default();
        }
        let mut changed = octets.clone();
        for index in 0..octets.len().min(400) {
            for value in [0, 0x40, 0x80, 0xC0, 0xFF, octets[index] ^ 1] {
                changed[index] = value;
                examine(&changed).unwrap_or_default();
            }
            changed[index] = octets[index];
        }
    }
}

#[test]
fn no_statistics_of_the_corpus_keep_numbers_from_being_merged_once() {
    for (path, octets) in corpus("merge") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = String::from_utf8_lossy(&octets);
        let (mut files, wrong): (Vec<_>, Vec<_>) = text.split("----\n").map(merge::read).unzip();
        let good = name.starts_with("good");
        assert_eq!(wrong.concat().is_empty(), good, "{name}: {wrong:?}");
        let previous = files.pop();
        let iana = files.pop().unwrap_or_default();
        let registries = files;
        let inputs = Inputs {
            registries,
            iana,
            previous,
        };
        let merged = merge::merge(&inputs);
        for numbers in Numbers::ALL {
            let rows = merged.combined.of(numbers);
            let apart = |two: &[merge::Row<'_>]| two[0].last < two[1].first;
            assert!(rows.windows(2).all(apart), "{name}: {rows:?}");
        }
        assert!(merged.joined().len() <= merged.combined.len(), "{name}");
        let mut written = Vec::new();
        merge::write_records(&mut written, &merged.combined, "20261121").unwrap();
        let written = String::from_utf8(written).unwrap();
        let (again, wrong) = merge::read(&written);
        assert_eq!(again.len(), merged.combined.len(), "{name}: {wrong:?}");
        let mut written = Vec::new();
        merge::write_conflicts(&mut written, &merged.conflicts, "20261121").unwrap();
        let written = String::from_utf8(written).unwrap();
        let (again, _) = merge::conflicts_of(&written);
        assert_eq!(again.len(), merged.conflicts.len(), "{name}");
        assert_eq!(
            merged.conflicts.is_empty(),
            !name.contains("meet"),
            "{name}"
        );
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

/// Reads octets as a kind of document and returns what the rules find.
fn found(kind: Kind, octets: &[u8]) -> Vec<String> {
    let mut tally = rpki::Tally::default();
    let context = Context {
        now: "2026-01-01T12:00:00Z".parse().ok(),
        signatures: true,
    };
    let object = Object::read(kind, octets);
    rpki::look(&object, "rsync://a/b/c", &context, &mut tally);
    let all = tally.finish().findings.into_iter();
    all.map(|finding| finding.rule.to_string()).collect()
}

#[test]
fn no_object_of_the_corpus_panics_cut_anywhere_and_read_as_anything() {
    for (path, octets) in corpus("rpki") {
        let name = path.to_string_lossy().into_owned();
        let kind = Kind::of_file(&name, &octets).unwrap();
        assert!(!found(kind, &octets).is_empty(), "{name} has no finding");
        for length in 0..octets.len().min(3_000) {
            found(kind, &octets[..length]);
        }
        for kind in Kind::ALL {
            found(*kind, &octets);
        }
    }
}

#[test]
fn no_octet_of_the_corpus_may_be_anything_else() {
    for (path, octets) in corpus("rpki") {
        let name = path.to_string_lossy().into_owned();
        let kind = Kind::of_file(&name, &octets).unwrap();
        let mut changed = octets.clone();
        // Each octet in one of five ways in turn; the fuzz target tries them all.
        for index in 0..octets.len().min(3_000) {
            let own = octets[index];
            changed[index] = [0, 0x80, 0xFF, own ^ 1, own ^ 0x20][index % 5];
            found(kind, &changed);
            changed[index] = own;
        }
    }
}

#[test]
fn what_is_wrong_with_an_object_of_the_corpus_is_named() {
    #[track_caller]
    fn check(name: &str, expected: &[&str]) {
        let all = corpus("rpki");
        let (path, octets) = all.iter().find(|(path, _)| path.ends_with(name)).unwrap();
        let kind = Kind::of_file(&path.to_string_lossy(), octets).unwrap();
        let rules = found(kind, octets);
        for rule in expected {
            assert!(
                rules.iter().any(|found| found == rule),
                "{name}: no {rule} in {rules:?}"
            );
        }
    }
    check(
        "two-families.roa",
        &[
            "rpki.roa.prefix-length",
            "rpki.roa.covered",
            "rpki.sig.object-uri",
        ],
    );
    check("segments.roa", &["rpki.sig.der", "rpki.roa.prefix-length"]);
    check(
        "odd-names.mft",
        &[
            "rpki.mft.file-name",
            "rpki.mft.hash-length",
            "rpki.mft.object-uri",
        ],
    );
    check(
        "own-provider.asa",
        &[
            "rpki.aspa.not-own-provider",
            "rpki.aspa.providers-sorted",
            "rpki.aspa.as0-alone",
            "rpki.aspa.as-resources",
            "rpki.aspa.no-ip-resources",
        ],
    );
    check(
        "three-keys.tak",
        &["rpki.tak.uri-scheme", "rpki.tak.current-key"],
    );
    check(
        "doubles.sig",
        &[
            "rpki.rsc.file-name",
            "rpki.rsc.file-unique",
            "rpki.rsc.no-subject-access",
        ],
    );
    check(
        "unsorted.spl",
        &["rpki.spl.sorted", "rpki.spl.as-resources"],
    );
    check(
        "no-vcard.gbr",
        &["rpki.gbr.vcard", "rpki.gbr.properties", "rpki.gbr.contact"],
    );
    check(
        "entries.crl",
        &[
            "rpki.crl.time-encoding",
            "rpki.crl.entry-extensions",
            "rpki.crl.entry-unique",
            "rpki.crl.number",
            "rpki.crl.extensions-critical",
        ],
    );
    check(
        "self-issued.cer",
        &[
            "rpki.ta.self-signed",
            "rpki.cer.path-length",
            "rpki.cer.subject-key",
            "rpki.cer.manifest",
            "rpki.cer.notify",
            "rpki.cer.as-canonical",
            "rpki.cer.as-rdi",
            "rpki.cer.ip-range",
        ],
    );
    check("deep.roa", &["rpki.sig.der", "rpki.sig.form"]);
    check("huge-length.cer", &["rpki.cer.der", "rpki.cer.form"]);
    check("cut.roa", &["rpki.sig.der", "rpki.sig.form"]);
    check("trailing.crl", &["rpki.crl.der"]);
    check(
        "comment-late.tal",
        &["rpki.tal.form", "rpki.tal.uri-object", "rpki.tal.key"],
    );
    check("no-key.tal", &["rpki.tal.form"]);
}

#[test]
fn no_transfer_log_of_the_corpus_panics_and_what_is_read_of_it_can_be_kept() {
    for (path, octets) in corpus("transfers") {
        let mut tally = transfers::Tally::new();
        let log = transfers::read(|| Ok(octets.as_slice()), &mut tally);
        drop(transfers::History::of([(log.registry(), &log)]).holdings());
        let at = crate::mock_world::now();
        let short = transfers::Short::of("https://a.example/log", at, &log);
        let again = transfers::Short::read(&short.to_octets()).unwrap();
        assert_eq!(again, short, "{}", path.display());
        let changes = transfers::compare(&log, &again, &mut tally);
        assert!(changes.new.is_empty() && changes.gone.is_empty() && changes.changed.is_empty());
        let found = tally.finish().findings;
        let good = path.to_string_lossy().contains("good");
        assert_eq!(found.is_empty(), good, "{}: {found:?}", path.display());
        assert!(good || path.to_string_lossy().contains("none") || !log.entries.is_empty());
    }
}
