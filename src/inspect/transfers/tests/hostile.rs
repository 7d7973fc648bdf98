//! Octets that are no log, or one that wants to harm.

use std::io::{self, Read};

use super::*;

#[test]
fn what_comes_before_the_end_of_a_broken_log_is_read() {
    let whole = log(&[SOUND; 3].join(","));
    for cut in [
        whole.len() - 1,
        whole.len() - 40,
        whole.len() / 2,
        400,
        1,
        0,
    ] {
        let (log, tally) = read_text(&whole[..cut]);
        let Some(Stopped::Syntax { message, .. }) = &log.stopped else {
            panic!("{cut}: {:?}", log.stopped)
        };
        assert!(message.contains("EOF"), "{message}");
        let found = tally.finish().findings;
        let of_json = found.iter().filter(|f| &*f.rule == "xfer.form.json");
        assert_eq!(of_json.count(), 1);
    }
    let (log, _) = read_text(&whole[..whole.len() - 40]);
    assert_eq!(log.entries.len(), 2);
    let garbled = whole.replacen("104.67.255.255\"", "104.67.255.255", 1);
    let (log, _) = read_text(&garbled);
    // The version comes first here, and is known although the log cannot be read to its end.
    assert_eq!((log.version, log.entries.len()), (Version::V4, 0));
}

#[test]
fn what_is_no_log_is_told() {
    for (text, expected) in [
        (
            "",
            "xfer.form.json line 1, column 0: EOF while parsing a value, after 0 transfers",
        ),
        (
            "<html>",
            "xfer.form.json line 1, column 1: expected value, after 0 transfers",
        ),
        (
            "[1]",
            "xfer.form.json line 1, column 1: invalid type: sequence, expected an object with `version` \
             and `transfers`, after 0 transfers",
        ),
    ] {
        assert_eq!(findings(text.as_bytes()), [expected]);
    }
    let behind = format!("{} x", log(""));
    assert!(findings(behind.as_bytes())[0].contains("trailing characters"));
}

#[test]
fn octets_that_are_no_text_cost_nothing_but_themselves() {
    let text = log(SOUND).replace("Cedar", "Cedr\u{0}");
    let mut octets = text.into_bytes();
    let at = octets.windows(4).position(|w| w == b"Cedr").unwrap();
    octets[at + 1] = 0xe3;
    let found = findings(&octets);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("xfer.form.utf8 line "), "{}", found[0]);
    assert!(found[1].starts_with("xfer.form.json line "), "{}", found[1]);
    let mut tally = Tally::new();
    let read = read(|| Ok(octets.as_slice()), &mut tally);
    assert_eq!(read.entries[0].from.as_ref().unwrap().name, "C?dr ");
    let marked = ["\u{feff}", &log(SOUND)].concat();
    assert_eq!(
        findings(marked.as_bytes()),
        ["xfer.form.utf8 line 1, column 1: a byte order mark"]
    );
}

#[test]
fn things_that_are_no_transfers_are_told_and_the_others_read() {
    let text = log(&format!("null, 7, [], {SOUND}, \"x\", {{}}"));
    let (log, _) = read_text(&text);
    assert_eq!((log.listed, log.unread, log.entries.len()), (6, 4, 2));
    assert_eq!(log.entries[0].pointer(), "/transfers/3");
    let found = findings(text.as_bytes());
    assert_eq!(
        found[0],
        "xfer.entry.members /transfers/0: null; expected an object"
    );
    assert_eq!(found.len(), 4 + 3);
}

#[test]
fn depth_is_bounded() {
    let deep = log(&SOUND.replace("\"Cedar\"", &"[".repeat(1_000_000)));
    let (log, _) = read_text(&deep);
    let Some(Stopped::Syntax { message, .. }) = log.stopped else {
        panic!("read")
    };
    assert_eq!(message, "recursion limit exceeded");
}

#[test]
fn an_entry_with_a_million_values_is_passed_by() {
    let many = format!(
        "{{\"x\": [{}1], \"source_rir\": \"ARIN\"}}",
        "1,".repeat(1_000_000)
    );
    let (log, _) = read_text(&log(&format!("{many}, {SOUND}")));
    assert_eq!((log.listed, log.unread, log.entries.len()), (2, 1, 1));
    assert!(log.stopped.is_none());
}

#[test]
fn ten_thousand_findings_are_counted_and_the_first_kept() {
    let wrong = SOUND.replace("RESOURCE_TRANSFER", "gift");
    let found = inspect(log(&vec![wrong; 10_000].join(",")).as_bytes());
    assert_eq!(found.beyond.get("xfer.entry.type"), Some(&10_000));
    assert_eq!(found.beyond.get("xfer.entry.once"), Some(&9_999));
    assert_eq!(found.findings.len(), 2_000);
}

#[test]
fn octets_that_cannot_be_read_are_no_finding() {
    /// Gives some octets and then fails.
    struct Broken(&'static [u8]);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::Error::other("no more")),
                length => Ok(length),
            }
        }
    }
    let mut tally = Tally::new();
    let read = read(|| Ok(Broken(b"{\"version\": {}")), &mut tally);
    assert_eq!(read.stopped, Some(Stopped::Input("no more".to_owned())));
    assert!(tally.finish().findings.is_empty());
}
