//! Snapshot and delta files, good and bad.

use super::*;

#[test]
fn a_snapshot_gives_its_objects_in_order() {
    let text = snapshot(&[
        ("rsync://a.test/m/a.cer", "YWJj"),
        ("rsync://a.test/m/b.ROA", "\n  YWJj\n  ZGVm \r\n"),
        ("rsync://A.test/m/c", ""),
        ("rsync://a.test/m/d.cer", "<![CDATA[YWJj]]>"),
        ("rsync://a.test/m/e.cer", "YWI=<!-- here -->"),
    ]);
    let (seen, kept) = check_snapshot(&text, &[]);
    let texts: Vec<&str> = kept.iter().map(|k| k.split('@').next().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "rsync://a.test/m/a.cer abc",
            "rsync://a.test/m/b.ROA abcdef",
            "rsync://A.test/m/c ",
            "rsync://a.test/m/d.cer abc",
            "rsync://a.test/m/e.cer ab",
        ]
    );
    let at = text.find("<publish uri=\"rsync://a.test/m/b").unwrap();
    assert!(kept[1].ends_with(&format!("@{at}")), "{}", kept[1]);
    assert_eq!(
        seen.published,
        Amount {
            count: 5,
            bytes: 14
        }
    );
    assert_eq!(seen.largest, 6);
    let extensions: Vec<_> = seen
        .by_extension
        .iter()
        .map(|(e, a)| (e.as_str(), a.count))
        .collect();
    assert_eq!(extensions, [("cer", 3), ("roa", 1)]);
    assert_eq!(seen.authorities.get("a.test"), Some(&5));
}

#[test]
fn an_object_whose_text_is_larger_than_the_kept_buffer_is_not_empty() {
    let large = "YWJj".repeat(1_100_000);
    let text = snapshot(&[
        ("rsync://a.test/m/a.mft", &large),
        ("rsync://a.test/m/b.roa", "YWJj"),
    ]);
    let cancel = AtomicBool::new(false);
    let reading = Reading {
        limits: Limits {
            object_bytes: 5_000_000,
            ..LIMITS
        },
        ..reading(&cancel)
    };
    let (mut kept, mut tally) = (Kept::default(), Tally::new());
    let seen = read_snapshot(text.as_bytes(), &reading, &mut kept, &mut tally);
    assert_eq!((seen.published.count, seen.largest), (2, 3_300_000));
    assert!(kept.0[1].contains("b.roa abc@"));
}

#[test]
fn objects_that_cannot_be_read_are_found_and_left_out() {
    let text = snapshot(&[
        ("rsync://a.test/m/../a.cer", "YWJj"),
        ("rsync://a.test/m/b.cer", "YWJ"),
        ("rsync://a.test/m/c.cer", "YW&quot;Jj"),
    ]);
    let (seen, kept) = check_snapshot(
        &text,
        &[
            "no-doctype",
            "object-uri publish[1]/@uri",
            "base64 publish[2]",
        ],
    );
    assert!(kept.is_empty());
    assert_eq!(seen.unreadable, 2);
    let text = snapshot(&[
        ("rsync://a.test/m/a.cer", "YWJj"),
        ("rsync://b.test/m/a.cer", "YWJj"),
        ("rsync://a.test/m/a.cer", "YWJk"),
    ]);
    let (seen, _) = check_snapshot(
        &text,
        &["one-authority publish[2]/@uri", "unique-uri publish[3]"],
    );
    assert_eq!(seen.authorities.len(), 2);
    check_snapshot(
        &snapshot(&[("rsync://a.test/m/a", "")]).replace(" uri=", " hash=\"\" uri="),
        &["form publish[1]/@hash"],
    );
}

#[test]
fn authorities_that_are_declared_are_held_to() {
    let cancel = AtomicBool::new(false);
    let mut tally = Tally::new();
    let ours = ["b.test".to_owned()];
    let reading = Reading {
        authorities: &ours,
        ..reading(&cancel)
    };
    let text = snapshot(&[
        ("rsync://a.test/m/a.cer", ""),
        ("rsync://b.test/m/a.cer", ""),
    ]);
    read_snapshot(text.as_bytes(), &reading, &mut (), &mut tally);
    same(&found(tally), &["one-authority publish[1]"]);
}

#[test]
fn objects_are_bounded_in_size_and_number() {
    let large = "A".repeat(4 * 1_000);
    check_snapshot(&snapshot(&[("rsync://a.test/m/a", &large)]), &[]);
    let text = snapshot(&[("rsync://a.test/m/a", &"A".repeat(80_000))]);
    let (seen, _) = check_snapshot(&text, &["limits @"]);
    assert!(matches!(
        seen.stopped,
        Some(Stopped::Limit {
            what: "an object",
            ..
        })
    ));
    let text = snapshot(&[("rsync://a.test/m/a", &" ".repeat(80_000))]);
    check_snapshot(&text, &["limits @"]);
    let six: Vec<String> = (0..6).map(|n| format!("rsync://a.test/m/{n}")).collect();
    let six: Vec<(&str, &str)> = six.iter().map(|uri| (uri.as_str(), "")).collect();
    let (seen, kept) = check_snapshot(&snapshot(&six), &["limits @"]);
    assert_eq!((seen.published.count, kept.len()), (5, 5));
}

#[test]
fn a_delta_publishes_replaces_and_withdraws() {
    let hash = hash_hex(b"old");
    let text = head("delta", "3")
        + &format!(
            r#"<publish uri="rsync://a.test/m/a">YWJj</publish>
            <publish uri="rsync://a.test/m/b" hash="{hash}">YWJj</publish>
            <withdraw uri="rsync://a.test/m/c" hash="{hash}"/>
            <withdraw uri="rsync://a.test/m/d" hash="{hash}"></withdraw></delta>"#
        );
    let (seen, kept) = check_delta(&text, &[]);
    let texts: Vec<&str> = kept.iter().map(|k| k.split('@').next().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "rsync://a.test/m/a abc",
            "rsync://a.test/m/b abc again ",
            "-rsync://a.test/m/c",
            "-rsync://a.test/m/d",
        ]
    );
    assert_eq!((seen.published.count, seen.withdrawn), (2, 2));
    let bad = text.replacen(&format!(" hash=\"{hash}\"/>"), "/>", 1);
    check_delta(&bad, &["form withdraw[3]/@hash"]);
    check_delta(&(head("delta", "3") + "</delta>"), &["form @"]);
    check_delta(
        &text.replacen("></withdraw>", ">x</withdraw>", 1),
        &["form @"],
    );
    check_delta(&text.replace("withdraw", "snapshot"), &["form @"]);
}
