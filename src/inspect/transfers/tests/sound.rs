//! Logs in which nothing is wrong.

use super::*;

#[test]
fn a_sound_log_of_4_0_is_read_whole() {
    let text = log(SOUND);
    check(&text, &[], &[]);
    let (log, _) = read_text(&text);
    assert_eq!(log.version, Version::V4);
    assert_eq!(log.registry(), Some(Rir::Arin));
    assert_eq!(log.produced, "2026-11-21T05:00:00Z".parse().ok());
    assert_eq!(log.offset_minutes, Some(-300));
    assert_eq!((log.listed, log.listed_in_progress), (1, None));
    assert_eq!((log.unread, log.stopped), (0, None));
    let [entry] = log.entries.as_slice() else {
        panic!("{:?}", log.entries)
    };
    assert_eq!(entry.pointer(), "/transfers/0");
    assert_eq!(entry.pair(), Some((Rir::Arin, Rir::Apnic)));
    assert_eq!(entry.kind, Some(Kind::ResourceTransfer));
    assert_eq!(entry.date, "2018-03-14T00:00:00Z".parse().ok());
    assert_eq!(entry.registered, "2004-01-02T00:00:00Z".parse().ok());
    assert_eq!(entry.resources.to_string(), "104.64.0.0/16");
    assert_eq!(
        entry.original.as_ref().unwrap().to_string(),
        "104.64.0.0/14"
    );
    assert_eq!(entry.from.as_ref().unwrap().name, "Cedar");
    assert_eq!(entry.to.as_ref().unwrap().country, "AU");
    assert!(entry.is_between() && entry.stage == Stage::Completed);
}

#[test]
fn the_version_may_come_after_ten_thousand_transfers() {
    let mut value: serde_json::Value = serde_json::from_str(&log(SOUND)).unwrap();
    let version = value.as_object_mut().unwrap().shift_remove("version");
    value["version"] = version.unwrap();
    value["version"]["stats_version"] = "4.1".into();
    value["transfers"][0]["transfer_date"] = "2018-03-14T00:00:00+01:00".into();
    let text = value.to_string();
    assert!(text.find("version").unwrap() > text.find("transfers").unwrap());
    let expected = "xfer.date.utc /transfers/0/transfer_date: `2018-03-14T00:00:00+01:00`; \
        expected `2018-03-13T23:00:00Z`";
    check(
        &text,
        &[expected],
        &["date-offset 1 /transfers/0/transfer_date"],
    );
}

#[test]
fn a_sound_log_of_4_1_has_transfers_in_progress() {
    let progress = r#"{"asns": {"transfer_set": [{"start": 11150, "end": 11150}]},
        "source_organization": {}, "recipient_organization": {"name": "Wren"},
        "source_rir": "ARIN", "recipient_rir": "RIPE NCC", "type": "MERGER_ACQUISITION",
        "status": "RECIPIENT_ACCEPTED"}"#;
    let text = of_version("4.1", SOUND, progress);
    check(&text, &[], &[]);
    let (log, _) = read_text(&text);
    assert_eq!((log.listed, log.listed_in_progress), (1, Some(1)));
    let entry = log.in_progress().next().unwrap();
    assert_eq!(entry.stage, Stage::RecipientAccepted);
    assert_eq!(entry.pointer(), "/transfers_in_progress/0");
    assert_eq!(entry.resources.to_string(), "AS11150");
    assert_eq!(log.completed().count(), 1);
}

#[test]
fn what_the_format_leaves_open_is_no_finding() {
    // Members that it does not know, other offsets, fractions, capitals, one list for all kinds.
    let text = log(
        r#"{"asns": {"transfer_set": [{"start": 1, "end": 4294967295, "note": null}]},
        "ip6nets": {"transfer_set": [{"start_address": "2620:001F:8000:0000:0000:0000:0000:0000",
            "end_address": "2620:001F:8000:FFFF:FFFF:FFFF:FFFF:FFFF"}]},
        "source_rir": "ARIN", "recipient_rir": "ARIN", "type": "MERGER_ACQUISITION",
        "source_registration_date": "2004-01-02T00:00:00.123456-05:00", "x": {"y": [null]}}"#,
    );
    let deviations = [
        "date-offset 1 /transfers/0/source_registration_date",
        "no-organization 1 /transfers/0",
        "no-date 1 /transfers/0",
    ];
    check(&text, &[], &deviations);
    let (log, _) = read_text(&text);
    let seen = log.entries[0].resources.to_string();
    assert_eq!(seen, "2620:1f:8000::/48, AS1-AS4294967295");
    assert!(!log.entries[0].is_between());
    check(&log_without_transfers(), &[], &[]);
}

fn log_without_transfers() -> String {
    log("")
}

#[test]
fn a_log_of_the_withdrawn_draft_is_read_too() {
    let with = |status: &str| SOUND.replacen('{', &format!(r#"{{"status": "{status}", "#), 1);
    let all = [
        with("SOURCE_FINALIZED"),
        with("RECIPIENT_ACCEPTED"),
        with("SOURCE_CANCELLED"),
    ];
    let text = of_version("5.0", &all.join(","), "");
    let expected = "xfer.version.known /version/stats_version: `5.0` is of a draft that 4.1 \
        superseded; expected 4.0 or 4.1";
    let twice = [
        "xfer.entry.once /transfers/1: the same as `/transfers/0`",
        "xfer.entry.once /transfers/2: the same as `/transfers/0`",
    ];
    let (log, _) = read_text(&text);
    let stages: Vec<Stage> = log.entries.iter().map(|e| e.stage).collect();
    assert_eq!(
        stages,
        [Stage::Completed, Stage::RecipientAccepted, Stage::Canceled]
    );
    let removed = "xfer.progress.removed /transfers/1: `104.64.0.0/16` was transferred from ARIN \
        by this log";
    assert_eq!(
        findings(text.as_bytes()),
        [expected, twice[0], twice[1], removed]
    );
}

#[test]
fn the_order_of_dates_is_told() {
    let dated = |date: &str| SOUND.replace("2018-03-14", date);
    let order = |dates: &[&str]| {
        let all: Vec<String> = dates.iter().map(|d| dated(d)).collect();
        read_text(&log(&all.join(","))).0.order
    };
    assert_eq!(order(&["2018-01-01"]), Order::Untold);
    assert_eq!(order(&["2018-01-01", "2019-01-01"]), Order::Ascending);
    assert_eq!(order(&["2019-01-01", "2018-01-01"]), Order::Descending);
    assert_eq!(
        order(&["2018-01-01", "2019-01-01", "2018-06-01"]),
        Order::Mixed
    );
}
