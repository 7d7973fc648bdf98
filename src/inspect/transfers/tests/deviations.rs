//! Each known deviation: it is found or noted, and the transfer is read all the same.

use super::*;

/// Checks what is found of a transfer in a log of 4.0, and that its resources are read.
#[track_caller]
fn check_read(transfer: &str, resources: &str, expected: &[&str], deviations: &[&str]) {
    let text = log(transfer);
    check(&text, expected, deviations);
    let (log, _) = read_text(&text);
    let seen: Vec<String> = log
        .entries
        .iter()
        .map(|e| e.resources.to_string())
        .collect();
    assert_eq!(seen, [resources], "{transfer}");
}

/// Returns a sound transfer of these resources.
fn transfer(resources: &str) -> String {
    format!(
        r#"{{{resources}, "source_organization": {{}}, "recipient_organization": {{}},
        "transfer_date": "2018-03-14T00:00:00Z", "source_rir": "ARIN", "recipient_rir": "APNIC",
        "type": "RESOURCE_TRANSFER"}}"#
    )
}

fn v4(first: &str, last: &str) -> String {
    let ends = format!(r#"{{"start_address": {first}, "end_address": {last}}}"#);
    transfer(&format!(r#""ip4nets": {{"transfer_set": [{ends}]}}"#))
}

#[test]
fn an_array_instead_of_an_object() {
    check_read(
        &transfer(
            r#""ip4nets": [{"transfer_set": [{"start_address": "10.0.0.0", "end_address": "10.0.0.255"}]}],
            "asns": [{"transfer_set": [{"start": 1, "end": 2}]}]"#,
        ),
        "10.0.0.0/24, AS1-AS2",
        &[
            "xfer.set.form /transfers/0/asns: an array; expected an object with `transfer_set`",
            "xfer.set.form /transfers/0/ip4nets: an array; expected an object with `transfer_set`",
        ],
        &["set-as-array 2 /transfers/0/asns"],
    );
    check_read(
        &transfer(r#""asns": [{"start": 1, "end": 2}, {"start": 7, "end": 7}]"#),
        "AS1-AS2, AS7",
        &["xfer.set.form /transfers/0/asns: an array; expected an object with `transfer_set`"],
        &["set-as-array 1 /transfers/0/asns"],
    );
    check_read(
        &transfer(r#""asns": {"transfer_set": {"start": 1, "end": 2}}"#),
        "AS1-AS2",
        &["xfer.set.form /transfers/0/asns/transfer_set: an object; expected an array of ranges"],
        &[],
    );
}

#[test]
fn dates_in_other_forms() {
    let dated = |date: &str| SOUND.replace("\"2018-03-14T00:00:00Z\"", date);
    for (date, at, message) in [
        (
            "\"2018-03-14 10:05:22.120981-0300\"",
            Some("2018-03-14T13:05:22.120981Z"),
            "`2018-03-14 10:05:22.120981-0300` has no `T` between date and time; it is read as \
             2018-03-14T13:05:22.120981Z",
        ),
        (
            "\"2018-03-14T10:05:22-0300\"",
            Some("2018-03-14T13:05:22Z"),
            "`2018-03-14T10:05:22-0300` has an offset that is not of the form `+00:00`; it is read \
             as 2018-03-14T13:05:22Z",
        ),
        (
            "\"2018-03-14\"",
            Some("2018-03-14T00:00:00Z"),
            "`2018-03-14` has no time; it is read as 2018-03-14T00:00:00Z",
        ),
        (
            "\"14.03.2018\"",
            None,
            "`14.03.2018` is no date and time of RFC 3339",
        ),
        (
            "1520985600",
            None,
            "a number; expected a date and time of RFC 3339",
        ),
    ] {
        let text = log(&dated(date));
        let expected = format!("xfer.date.form /transfers/0/transfer_date: {message}");
        assert_eq!(findings(text.as_bytes()), [expected]);
        let (log, tally) = read_text(&text);
        assert_eq!(log.entries[0].date, at.map(|at| at.parse().unwrap()));
        assert_eq!(tally.deviations().count(), usize::from(at.is_some()));
    }
}

#[test]
fn octets_with_zeros_before_them() {
    check_read(
        &v4("\"008.030.000.000\"", "\"008.030.000.255\""),
        "8.30.0.0/24",
        &[
            "xfer.set.padded /transfers/0/ip4nets/transfer_set/0/start_address: `008.030.000.000`; \
             expected `8.30.0.0`",
            "xfer.set.padded /transfers/0/ip4nets/transfer_set/0/end_address: `008.030.000.255`; \
             expected `8.30.0.255`",
        ],
        &["padded-octet 2 /transfers/0/ip4nets/transfer_set/0/start_address"],
    );
}

#[test]
fn nulls() {
    check_read(
        &v4("null", "\"10.0.0.255\""),
        "",
        &[
            "xfer.set.addresses /transfers/0/ip4nets/transfer_set/0/start_address: null; expected \
             an IPv4 address",
        ],
        &["null 1 /transfers/0/ip4nets/transfer_set/0/start_address"],
    );
    // The prefixes of the range stand for it.
    let with_cidrs = v4("null", "null").replace(
        r#""end_address": null"#,
        r#""end_address": null, "cidrs": [{"prefix": "10.0.0.0", "length": 24}]"#,
    );
    let (read, _) = read_text(&log(&with_cidrs));
    assert_eq!(read.entries[0].resources.to_string(), "10.0.0.0/24");
    let text = log(&SOUND.replace(r#"{"name": "Cedar", "country_code": "US"}"#, "null"));
    check(
        &text,
        &["xfer.organization.form /transfers/0/source_organization: null; expected an object"],
        &[
            "null 1 /transfers/0/source_organization",
            "no-organization 1 /transfers/0",
        ],
    );
}

#[test]
fn texts_for_numbers() {
    check_read(
        &transfer(r#""asns": {"transfer_set": [{"start": "64500", "end": "AS64501"}]}"#),
        "AS64500-AS64501",
        &[
            "xfer.set.numbers /transfers/0/asns/transfer_set/0/start: text `64500`; expected a whole \
             number of 32 bits",
            "xfer.set.numbers /transfers/0/asns/transfer_set/0/end: text `AS64501`; expected a whole \
             number of 32 bits",
        ],
        &["text-number 2 /transfers/0/asns/transfer_set/0/start"],
    );
    check(
        &log("").replace("-5", "\"-5\""),
        &[
            "xfer.version.offset /version/UTC_offset: text `-5`; expected a whole number from -12 to 12",
        ],
        &["text-number 1 /version/UTC_offset"],
    );
}

#[test]
fn absent_organizations() {
    let text = log(&SOUND.replace(
        r#""recipient_organization": {"name": "Coral", "country_code": "AU"},"#,
        "",
    ));
    check(&text, &[], &["no-organization 1 /transfers/0"]);
}

#[test]
fn a_date_of_a_transfer_in_progress() {
    let progress = SOUND.replacen('{', r#"{"status": "SOURCE_INITIALIZED", "#, 1);
    let text = of_version("4.1", "", &progress);
    let deviation = "date-in-progress 1 /transfers_in_progress/0";
    check(&text, &[], &[deviation]);
    let text = of_version("4.0", "", &progress);
    let early = "early-progress 1 /transfers_in_progress";
    check(&text, &[], &[deviation, early]);
    assert_eq!(read_text(&text).0.in_progress().count(), 1);
}

#[test]
fn words_in_other_letters() {
    let text = log(&SOUND
        .replace("\"APNIC\"", "\"RIPENCC\"")
        .replace("RESOURCE_TRANSFER", "Resource transfer"));
    let text = text.replace("\"producer\": \"ARIN\"", "\"producer\": \"arin\"");
    check(
        &text,
        &[
            "xfer.version.producer /version/producer: `arin`; expected AFRINIC, APNIC, ARIN, LACNIC, \
             RIPE NCC or NRO",
            "xfer.entry.registries /transfers/0/recipient_rir: `RIPENCC`; expected AFRINIC, APNIC, \
             ARIN, LACNIC or RIPE NCC",
            "xfer.entry.type /transfers/0/type: `Resource transfer`; expected MERGER_ACQUISITION or \
             RESOURCE_TRANSFER",
        ],
        &["other-word 3 /version/producer"],
    );
    let (log, _) = read_text(&text);
    assert_eq!(log.entries[0].pair(), Some((Rir::Arin, Rir::RipeNcc)));
    assert_eq!(log.registry(), Some(Rir::Arin));
}

/// Checks the only finding of a transfer of 4.1.
#[track_caller]
fn check_one(transfer: &str, expected: &str) {
    let text = of_version("4.1", transfer, "");
    let found = findings(text.as_bytes());
    assert_eq!(
        found.last().map(String::as_str),
        Some(expected),
        "{transfer}"
    );
}

#[test]
fn each_rule_over_a_transfer_finds_its_own() {
    for (from, to, expected) in [
        (
            r#""type": "RESOURCE_TRANSFER""#,
            r#""kind": 1"#,
            "xfer.entry.members /transfers/0: no `type`",
        ),
        (
            r#""type": "RESOURCE_TRANSFER""#,
            r#""type": 1"#,
            "xfer.entry.members /transfers/0/type: a number; expected text",
        ),
        (
            r#""transfer_date": "2018-03-14T00:00:00Z","#,
            "",
            "xfer.entry.date /transfers/0: no `transfer_date`",
        ),
        (
            "ip4nets",
            "IP4nets",
            "xfer.entry.resources /transfers/0: no `asns`, `ip4nets` or `ip6nets`",
        ),
        (
            r#""source_rir": "ARIN", "recipient_rir": "APNIC""#,
            r#""source_rir": "LACNIC", "recipient_rir": "APNIC""#,
            "xfer.entry.producer /transfers/0: from LACNIC to APNIC, in the log of ARIN",
        ),
        (
            "2018-03-14",
            "2008-03-14",
            "xfer.interval.covers /transfers/0: dated 2008-03-14T00:00:00Z, in a log from \
             2009-10-12T18:09:00Z to 2026-11-21T05:00:00Z",
        ),
        (
            r#""length": 16"#,
            r#""length": 17"#,
            "xfer.set.cidrs /transfers/0/ip4nets/transfer_set/0/cidrs: `104.64.128.0/17` is in no prefix",
        ),
        (
            r#""length": 16"#,
            r#""length": 33"#,
            "xfer.set.cidrs /transfers/0/ip4nets/transfer_set/0/cidrs/0: prefix length of \
             `104.64.0.0/33` is beyond 32",
        ),
        (
            "104.67.255.255",
            "104.64.127.255",
            "xfer.set.original /transfers/0/ip4nets/original_set: `104.64.128.0/17` is transferred \
             and not here",
        ),
        (
            r#""country_code": "US""#,
            r#""country_code": "USA""#,
            "xfer.organization.country /transfers/0/source_organization/country_code: `USA`; expected \
             two capital letters",
        ),
        (
            r#""name": "Coral""#,
            r#""name": ["Coral"]"#,
            "xfer.organization.form /transfers/0/recipient_organization/name: an array; expected text",
        ),
        (
            r#""name": "Coral""#,
            r#""name": "Coral", "name": "Reef""#,
            "xfer.form.repeated /transfers/0/recipient_organization: `name` comes again; the last one \
             is read",
        ),
    ] {
        let changed = SOUND.replace(from, to);
        assert_ne!(changed, SOUND, "{from}");
        let text = of_version("4.1", &changed, "");
        let found = findings(text.as_bytes());
        assert!(found.iter().any(|one| one == expected), "{found:#?}");
    }
    check_one(
        &transfer(r#""asns": {"transfer_set": [{"start": 9, "end": 2}]}"#),
        "xfer.set.order /transfers/0/asns/transfer_set/0: AS2 ends before AS9 begins",
    );
    check_one(
        &v4("\"10.0.1.0\"", "\"10.0.0.255\""),
        "xfer.set.order /transfers/0/ip4nets/transfer_set/0: `10.0.0.255` ends no range that begins \
         with `10.0.1.0`",
    );
    check_one(
        &transfer(r#""asns": {"transfer_set": [{"start": 1, "end": 5}, {"start": 4, "end": 9}]}"#),
        "xfer.set.once /transfers/0/asns/transfer_set: `AS4-AS5` stands here twice",
    );
    check_one(
        &transfer(r#""asns": {"transfer_set": [{"start": 1, "end": 4294967296}]}"#),
        "xfer.set.numbers /transfers/0/asns/transfer_set/0/end: 4294967296; expected a whole number \
         of 32 bits",
    );
    check_one(
        &v4("\"2001:db8::\"", "7"),
        "xfer.set.addresses /transfers/0/ip4nets/transfer_set/0/end_address: a number; expected an IPv4 \
         address",
    );
}

#[test]
fn transfers_in_progress_have_a_status_and_are_not_done() {
    let progress = |status: &str| {
        SOUND
            .replacen('{', &format!("{{{status}"), 1)
            .replace("\"transfer_date\"", "\"d\"")
    };
    for (status, expected) in [
        (
            "",
            "xfer.progress.form /transfers_in_progress/0: no `status`",
        ),
        (
            r#""status": null, "#,
            "xfer.progress.form /transfers_in_progress/0/status: null; expected SOURCE_INITIALIZED or \
             RECIPIENT_ACCEPTED",
        ),
        (
            r#""status": "SOURCE_FINALIZED", "#,
            "xfer.progress.form /transfers_in_progress/0/status: `SOURCE_FINALIZED`; expected \
             SOURCE_INITIALIZED or RECIPIENT_ACCEPTED",
        ),
    ] {
        let text = of_version("4.1", "", &progress(status));
        assert_eq!(findings(text.as_bytes()), [expected]);
    }
    let done = of_version(
        "4.1",
        SOUND,
        &progress(r#""status": "RECIPIENT_ACCEPTED", "#),
    );
    let expected = "xfer.progress.removed /transfers_in_progress/0: `104.64.0.0/16` was transferred \
        from ARIN by this log";
    assert_eq!(findings(done.as_bytes()), [expected]);
}

#[test]
fn each_rule_over_the_version_finds_its_own() {
    for (from, to, expected) in [
        (
            "\"4.0\"",
            "4.0",
            "xfer.version.members /version/stats_version: a number; expected text",
        ),
        (
            "\"4.0\"",
            "\"3.9\"",
            "xfer.version.known /version/stats_version: `3.9`; expected 4.0 or 4.1",
        ),
        (
            "-5",
            "13",
            "xfer.version.offset /version/UTC_offset: 13; expected a whole number from -12 to 12",
        ),
        (
            "-5",
            "-5, \"UTC_offset_minutes\": 60",
            "xfer.version.offset-minutes /version/UTC_offset_minutes: 60; expected a whole number from \
             0 to 59",
        ),
        (
            "-5",
            "-5, \"remarks\": \"terms\"",
            "xfer.version.remarks /version/remarks: text; expected an array of texts",
        ),
        (
            "\"producer\"",
            "\"maker\"",
            "xfer.version.members /version: no `producer`",
        ),
        (
            "\"end_date\": \"2026",
            "\"end_date\": \"2027",
            "xfer.interval.order /version/records_interval: ends 2027-11-21T05:00:00Z, the log was made \
             2026-11-21T05:00:00Z",
        ),
        (
            "\"start_date\"",
            "\"from\"",
            "xfer.version.members /version/records_interval: no `start_date`",
        ),
        (
            "\"transfers\"",
            "\"moves\"",
            "xfer.form.root /transfers: no `transfers`",
        ),
        (
            "\"version\":",
            "\"versions\":",
            "xfer.form.root /version: no `version`",
        ),
        (
            "[]",
            "{}",
            "xfer.form.root /transfers: an object; expected an array",
        ),
    ] {
        let text = log("").replacen(from, to, 1);
        assert_eq!(findings(text.as_bytes()), [expected], "{text}");
    }
    let ahead = log(&SOUND.replace("2018-03-14", "2026-11-22"));
    let found = findings(ahead.as_bytes());
    assert!(found.contains(
        &"xfer.date.ahead /transfers/0: dated 2026-11-22T00:00:00Z, in a log made 2026-11-21T05:00:00Z"
            .to_owned()
    ));
    let twice = log(&format!("{SOUND},{SOUND}"));
    assert_eq!(
        findings(twice.as_bytes()),
        ["xfer.entry.once /transfers/1: the same as `/transfers/0`"]
    );
}
