//! Notification files, good and bad.

use super::*;

#[test]
fn a_good_notification_is_read_whole() {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"US-ASCII\"?>\n<!-- a -->{}\n",
        notification("3", &[3, 1, 2])
    );
    let seen = check_notification(&text, &[]);
    assert_eq!(seen.head.serial, Some(3));
    assert_eq!(seen.head.session.as_deref(), Some(SESSION));
    assert_eq!(
        seen.deltas.iter().map(|d| d.serial).collect::<Vec<_>>(),
        [3, 1, 2]
    );
    assert_eq!(seen.snapshot.unwrap().hash, digest(b""));
    let prefixed = notification("3", &[])
        .replace("xmlns=", "xmlns:r=")
        .replace("<notification", "<r:notification")
        .replace("</notification", "</r:notification")
        .replace("<snapshot", "<r:snapshot");
    check_notification(&prefixed, &[]);
}

#[test]
fn the_head_is_looked_at_attribute_by_attribute() {
    let good = notification("3", &[]);
    for (from, to, expected) in [
        (
            "rpki/rrdp\"",
            "rpki/rrdp/\"",
            "namespace notification@0 the namespace is",
        ),
        (XMLNS, "", "namespace notification@0 no namespace"),
        (
            "version=\"1\"",
            "version=\"2\"",
            "version notification/@version@0 `2`; expected `1`",
        ),
        (
            "version=\"1\"",
            "",
            "version notification/@version@0 missing",
        ),
        ("-4015-", "-1015-", "session-id notification/@session_id@0"),
        (
            "serial=\"3\"",
            "serial=\"0\"",
            "serial notification/@serial@0 `0`; expected a positive",
        ),
        (
            "serial=\"3\"",
            "serial=\"-3\"",
            "serial notification/@serial@0",
        ),
        (
            "serial=\"3\"",
            "serial=\" 3\"",
            "serial notification/@serial@0",
        ),
        ("serial=\"3\"", "", "serial notification/@serial@0 missing"),
        (
            "serial=\"3\"",
            "serial=\"99999999999999999999\"",
            "limits notification/@serial@0 the serial has 20",
        ),
        (
            "serial=\"3\"",
            "serial=\"3\" more=\"\"",
            "form notification/@more@0 the schema has no",
        ),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        check_notification(&text, &[expected]);
    }
}

#[test]
fn links_are_https_with_a_hash_and_of_the_same_origin() {
    let good = notification("3", &[3]);
    for (from, to, expected) in [
        (
            "uri=\"https://rrdp.test/s",
            "uri=\"http://rrdp.test/s",
            "snapshot-element notification/snapshot[1]/@uri",
        ),
        (
            "uri=\"https://rrdp.test/s",
            "uri=\"rsync://rrdp.test/s",
            "snapshot-element notification/snapshot[1]/@uri",
        ),
        (
            "uri=\"https://rrdp.test/d",
            "uri=\"d",
            "delta-element notification/delta[1]/@uri",
        ),
        (
            "https://rrdp.test/d",
            "https://rrdp.test:444/d",
            "same-origin notification/delta[1]/@uri",
        ),
        (
            "https://rrdp.test/s",
            "https://other.test/s",
            "same-origin notification/snapshot[1]/@uri",
        ),
        (
            "E3B0C4",
            "",
            "snapshot-element notification/snapshot[1]/@hash",
        ),
        (
            "<delta serial=\"3\"",
            "<delta",
            "delta-element notification/delta[1]/@serial",
        ),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        let seen = check_notification(&text, &[expected]);
        assert!(seen.stopped.is_none());
    }
    let none = head("notification", "3") + "</notification>";
    check_notification(&none, &["snapshot-element notification@0 0 snapshots"]);
    let two = good.replacen("<delta serial=\"3\"", "<snapshot", 1);
    check_notification(&two, &["2 snapshots"]);
}

#[test]
fn deltas_are_contiguous_up_to_the_serial() {
    check_notification(&notification("5", &[5, 4, 3]), &[]);
    check_notification(
        &notification("5", &[5, 3]),
        &["delta-sequence notification@0 serial 4 is"],
    );
    check_notification(&notification("9", &[9, 3]), &["serials 4 to 8 are missing"]);
    check_notification(&notification("5", &[5, 5, 4]), &["serial 5 comes twice"]);
    check_notification(&notification("5", &[4, 3]), &["the highest serial is 4"]);
    check_notification(&notification("5", &[6, 5]), &["the highest serial is 6"]);
    let seen = check_notification(&notification("6", &[1, 2, 3, 4, 5, 6]), &["limits @"]);
    assert!(matches!(
        seen.stopped,
        Some(Stopped::Limit { what: "deltas", .. })
    ));
}

#[test]
fn what_is_no_notification_ends_the_reading() {
    let good = notification("3", &[]);
    for (text, expected) in [
        (String::new(), "form @0 octet 0: the file ends"),
        ("  ".to_owned(), "the file ends"),
        ("x".to_owned(), "form"),
        ("<a>".to_owned(), "the root element is not `notification`"),
        (snapshot(&[]), "the root element is not `notification`"),
        (good.replace("</notification>", ""), "ends before"),
        (good.replace("/>", "><a/></snapshot>"), "deeper"),
        (good.replace("/>", ">x</snapshot>"), "text that no"),
        (
            good.replace("</notification>", "<publish/></notification>"),
            "does not have",
        ),
        (good.replace("</notification>", "</b>"), "form"),
        (good.clone() + "<notification/>", "second root"),
        (
            good.clone() + "<?xml version=\"1.0\"?>",
            "not at the beginning",
        ),
        (good.clone() + "x", "text"),
        (format!("<?xml version=\"1.1\"?>{good}"), "expected XML 1.0"),
        (good.replacen("serial=", "version=", 1), "form"),
        (good.replace("/>", "/"), "form"),
        (format!("<![CDATA[x]]>{good}"), "text where the root"),
    ] {
        let seen = check_notification(&text, &[expected]);
        assert!(seen.stopped.is_some(), "{text}");
    }
}

#[test]
fn no_entity_is_ever_expanded() {
    let good = notification("3", &[]);
    let bomb = "<!DOCTYPE l [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    for (text, expected) in [
        (
            format!("{bomb}{good}"),
            "no-doctype @0 octet 0: a document type",
        ),
        (
            good.replace("<snapshot", "&b;<snapshot"),
            "a reference `&b;`",
        ),
        (
            good.replace("<snapshot", "&#32;<snapshot"),
            "a reference `&#32;`",
        ),
    ] {
        let seen = check_notification(&text, &[expected]);
        assert!(seen.stopped.unwrap().is_of_the_file());
    }
    let text = good.replace("rrdp.test/s", "rrdp.test/&b;");
    check_notification(&text, &["form"]);
    let text = good.replace("rrdp.test/s/", "rrdp.test/&amp;/");
    let seen = check_notification(&text, &[]);
    assert!(seen.snapshot.unwrap().uri.contains("test/&/"));
}

#[test]
fn bombs_are_bounded_before_they_are_held() {
    let good = notification("3", &[]);
    let blank = " ".repeat(2_000);
    for text in [
        format!("{blank}{good}"),
        good.replace("<snapshot", &format!("{blank}<snapshot")),
        good.replace("<snapshot", &format!("<!--{blank}--><snapshot")),
        good.replace("<snapshot", &format!("<snapshot{blank}")),
        good.replacen(
            "serial=\"3\"",
            &format!("serial=\"{}\"", "1".repeat(2_000)),
            1,
        ),
    ] {
        let seen = check_notification(&text, &["limits @"]);
        assert!(matches!(
            seen.stopped,
            Some(Stopped::Limit { limit: 1_000, .. })
        ));
    }
    let attributes: String = (0..40).map(|n| format!(" a{n}=\"\"")).collect();
    check_notification(
        &good.replacen(" serial", &format!("{attributes} serial"), 1),
        &["more attributes"],
    );
}

#[test]
fn only_ascii_is_read_without_complaint() {
    let good = notification("3", &[]);
    check_notification(
        &good.replace("<snapshot", "<!-- é --><snapshot"),
        &["encoding @"],
    );
    check_notification(
        &format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{good}"),
        &["encoding encoding@0 the encoding is declared as `UTF-8`"],
    );
    let cancel = AtomicBool::new(false);
    let mut tally = Tally::new();
    let octets = good
        .replace("<snapshot", "<!-- \u{1} --><snapshot")
        .into_bytes();
    let octets: Vec<u8> = octets
        .into_iter()
        .map(|o| if o == 1 { 0xe9 } else { o })
        .collect();
    let seen = read_notification(octets.as_slice(), &reading(&cancel), &mut tally);
    assert!(seen.stopped.is_some());
    assert_eq!(tally.count(Rule::Encoding), 1);
}
