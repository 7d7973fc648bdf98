use super::super::Argument;
use super::super::scripted::{self, Reply, Script, check_vocabulary, fact, failing};
use super::*;
use crate::transport::program::{Entry, EntryKind, TreeWriter};

const URL: &str = "rsync://rpki.test/repo/";

fn hello(text: &str) -> Reply {
    let body = scripted::body(text.as_bytes());
    (Some(Answer::Tcp { body }), None)
}

const GREETING: &str =
    "@RSYNCD: 31.0 sha512 md5\nwelcome\nrepo           \tthe repository\nta\t\n@RSYNCD: EXIT\n";

fn entry(kind: EntryKind, path: &str, mode: u32, target: &str) -> Entry {
    Entry {
        kind,
        path: path.to_owned(),
        offset: 0,
        length: 0,
        modified: jiff::Timestamp::from_second(i64::from(mode)).unwrap(),
        mode,
        target: target.to_owned(),
    }
}

fn program(exit: Option<i32>, output: &str, errors: &str) -> Reply {
    let mut tree = TreeWriter::new(Vec::new()).unwrap();
    for (entry, octets) in [
        (entry(EntryKind::File, "a.cer", 0o644, ""), "abc"),
        (entry(EntryKind::Folder, "d", 0o755, ""), ""),
        (entry(EntryKind::File, "d/b.ROA", 0o755, ""), "de"),
        (entry(EntryKind::File, "d/c", 0o600, ""), "f"),
        (
            entry(EntryKind::Link, "d/e", 0o777, "/rsyncd-munged//etc/passwd"),
            "",
        ),
    ] {
        tree.add(entry, octets.as_bytes()).unwrap();
    }
    let answer = ProgramAnswer {
        exit,
        output: output.to_owned(),
        errors: errors.to_owned(),
        cut: false,
        tree: scripted::body(&tree.finish().unwrap()),
    };
    (Some(Answer::Program(answer)), None)
}

/// What our own program says of itself, before anything is asked.
fn version() -> Reply {
    let answer = ProgramAnswer {
        exit: Some(0),
        output: "rsync  version 3.5.0  protocol version 32\n".to_owned(),
        errors: String::new(),
        cut: false,
        tree: scripted::body(b""),
    };
    (Some(Answer::Program(answer)), None)
}

/// Returns what is seen of two publication points: one with two manifests, one with a broken one.
fn whole() -> Observation {
    let manifest = include_bytes!("../../../tests/corpus/rpki/odd-names.mft");
    let crl = include_bytes!("../../../tests/corpus/rpki/entries.crl");
    let mut tree = TreeWriter::new(Vec::new()).unwrap();
    for (path, octets) in [
        ("a/m.mft", manifest.as_slice()),
        ("a/n.mft", manifest),
        ("a/r.crl", crl),
        ("b/m.mft", b"no"),
        ("c/m.mft", manifest),
    ] {
        let entry = entry(EntryKind::File, path, 0o644, "");
        tree.add(entry, octets).unwrap();
    }
    let answer = ProgramAnswer {
        exit: Some(0),
        output: String::new(),
        errors: String::new(),
        cut: false,
        tree: scripted::body(&tree.finish().unwrap()),
    };
    let fetched = (Some(Answer::Program(answer)), None);
    let objects = ("objects", Argument::Flag(true));
    Script::new([version(), hello(GREETING), fetched]).ask(&Rsync, URL, &[objects])
}

#[test]
fn objects_are_held_against_each_other() {
    let seen = whole();
    for (path, expected) in [
        ("manifests.count", "3"),
        ("manifests.unreadable", "1"),
        ("manifests.broken", "3"),
        ("manifests.crowded_list", "[a/]"),
        ("names.odd_list", "[a/m.mft, a/n.mft, a/r.crl, c/m.mft]"),
        ("quiet.url", "rsync://rpki.test/repo/a/"),
    ] {
        assert_eq!(fact(&seen, path), expected, "{path}");
    }
    assert_ne!(fact(&seen, "quiet.state"), fact(&seen, "state"));
    assert_ne!(fact(&seen, "quiet.times"), fact(&seen, "times.state"));
}

#[test]
fn every_fact_of_the_vocabulary_is_published() {
    let skipped = "skipping non-regular file \"x\"\n";
    let [locator, certificate] = scripted::anchor();
    let script = Script::new([
        version(),
        hello(GREETING),
        program(Some(24), skipped, "\nfile has vanished\n"),
        locator,
        certificate,
        program(Some(1), "", "ERROR: module is read only\n"),
    ]);
    let anchor = Argument::Text(scripted::ANCHOR.to_owned());
    let arguments = [("upload", Argument::Flag(true)), ("anchor", anchor)];
    let seen = script.ask(&Rsync, URL, &arguments);
    assert_eq!(seen.failure, None);
    for (path, expected) in [
        ("version", "3.5.0"),
        ("upload_refused", "true"),
        ("module", "repo"),
        ("protocol", "31.0"),
        ("modules", "[repo, ta]"),
        ("module_listed", "true"),
        ("exit", "24"),
        ("error", "file has vanished"),
        ("vanished", "true"),
        ("payloads.count", "0"),
        ("objects.count", "3"),
        ("objects.bytes", "6 B"),
        ("objects.largest", "3 B"),
        ("folders", "1"),
        ("links", "1"),
        ("devices", "1"),
        ("executables", "1"),
        ("strange", "[d/b.ROA, d/e -> /etc/passwd]"),
    ] {
        assert_eq!(fact(&seen, path), expected, "{path}");
    }
    let refused = Script::new([hello(
        "@RSYNCD: 31.0\n@ERROR: max connections (1) reached\n",
    )]);
    let no = ("fetch", Argument::Flag(false));
    let refused = refused.ask(&Rsync, URL, &[no]);
    assert!(refused.is_ok());
    assert_eq!(fact(&refused, "module_listed"), "false");
    check_vocabulary(&vocabulary::rsync::RSYNC, &[seen, refused, whole()]);
    let requests = script.requests.lock().unwrap();
    let Request::Program(request) = &requests[2] else {
        panic!()
    };
    assert_eq!(request.address, Some("2001:db8::1".parse().unwrap()));
    assert!(
        request
            .arguments
            .contains(&"rsync://{place}/repo/".to_owned())
    );
    let Request::Program(upload) = &requests[5] else {
        panic!()
    };
    assert_eq!(
        upload.arguments.first().map(String::as_str),
        Some("--dry-run")
    );
    assert_eq!(
        upload.arguments.last().map(String::as_str),
        Some("rsync://{place}/repo/")
    );
}

#[track_caller]
fn check_failure(replies: impl IntoIterator<Item = Reply>, expected: &str) {
    let replies = std::iter::once(version()).chain(replies);
    let seen = Script::new(replies).ask(&Rsync, URL, &[]);
    assert_eq!(fact(&seen, "failure"), expected);
    assert_eq!(fact(&seen, "objects.count"), "(absent)");
}

#[test]
fn what_is_no_daemon_or_ends_badly_is_a_failure() {
    check_failure([failing(FailureKind::Connect)], "connect");
    check_failure([hello("220 hello\n")], "protocol");
    check_failure([hello(""), program(Some(0), "", "")], "protocol");
    for (code, expected) in [
        (1, "here"),
        (5, "protocol"),
        (10, "connect"),
        (12, "truncated"),
        (30, "timeout"),
    ] {
        check_failure([hello(GREETING), program(Some(code), "", "why")], expected);
    }
    check_failure([hello(GREETING), failing(FailureKind::Here)], "here");
}

#[test]
fn a_daemon_that_lets_nobody_in_has_answered() {
    let refused = program(Some(5), "", "@ERROR: Unknown module 'repo'\n");
    let script = Script::new([version(), hello(GREETING), refused]);
    let seen = script.ask(&Rsync, URL, &[]);
    assert_eq!(seen.failure, None);
    assert_eq!(fact(&seen, "refused"), "@ERROR: Unknown module 'repo'");
    assert_eq!(fact(&seen, "objects.count"), "(absent)");
}

#[test]
fn only_rsync_urls_with_a_module_are_asked() {
    for url in [
        "",
        "https://a.test/m/",
        "rsync://a.test",
        "rsync://a.test/",
        "rsync:///m/",
        "rsync://user@a.test/m/",
        "rsync://-e/m/",
        "rsync://a.test/m/../n/",
        "rsync://a.test:0/m/",
        "rsync://{place}/m/",
        "rsync://a.test/m/ --rsh=x",
    ] {
        assert_eq!(Place::read(url), None, "{url}");
    }
    let place = Place::read("RSYNC://A.test:8873/m/d/").unwrap();
    assert_eq!((place.host.as_str(), place.port), ("a.test", 8873));
    let place = Place::read("rsync://[2001:db8::1]/m").unwrap();
    assert_eq!((place.host.as_str(), place.port), ("2001:db8::1", 873));
    let script = Script::new([]);
    let seen = script.ask(&Rsync, "rsync://a.test/", &[]);
    assert!(matches!(seen.skipped, Some(Skipped::Error { .. })));
}
