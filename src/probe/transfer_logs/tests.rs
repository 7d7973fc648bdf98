use std::sync::Arc;

use super::super::scripted::{Script, check_vocabulary, fact, failing, http};
use super::super::{Service, scripted};
use super::*;
use crate::registry::PerRegistry;

/// Returns a log of a registry with its version's other members.
fn log(producer: &str, completed: &[String], in_progress: &[String]) -> String {
    format!(
        r#"{{"version": {{"stats_version": "4.1", "producer": "{producer}", "UTC_offset": 0,
        "production_date": "2026-11-20T05:00:00Z", "records_interval": {{
        "start_date": "2009-10-12T18:09:00Z", "end_date": "2026-11-20T05:00:00Z"}}}},
        "transfers": [{}], "transfers_in_progress": [{}]}}"#,
        completed.join(","),
        in_progress.join(",")
    )
}

fn transfer(ends: (&str, &str), address: &str, date: &str, more: &str) -> String {
    let (source, recipient) = ends;
    let date = match date {
        "" => String::new(),
        date => format!(r#", "transfer_date": "{date}T00:00:00Z""#),
    };
    format!(
        r#"{{"ip4nets": {{"transfer_set": [{{"start_address": "{address}.0.0", "end_address": "{address}.255.255"}}]}},
        "source_rir": "{source}", "recipient_rir": "{recipient}"{date}{more}}}"#
    )
}

const OUT: (&str, &str) = ("ARIN", "APNIC");

const SALE: &str = r#", "type": "RESOURCE_TRANSFER""#;

fn ask(replies: impl IntoIterator<Item = scripted::Reply>) -> Observation {
    Script::new(replies).ask_as(&TransferLogs, "all", |ask| {
        let services = ["apnic", "arin", "lacnic"].into_iter().map(|name| {
            let service = Service {
                transfers: match name {
                    "lacnic" => String::new(),
                    _ => format!("https://ftp.{name}.test/transfers_latest.json"),
                },
                ..Service::default()
            };
            (RegistryId::parse(name).unwrap(), Arc::new(service))
        });
        ask.services = Arc::new(services.collect::<PerRegistry<_>>());
    })
}

fn both(apnic: &str, arin: &str) -> Observation {
    ask([
        http(200, &[], apnic.as_bytes()),
        http(200, &[], arin.as_bytes()),
    ])
}

#[track_caller]
fn counts(seen: &Observation, expected: [&str; 5]) {
    let all = ["missing", "young", "differs", "unaccepted", "broken"];
    assert_eq!(
        all.map(|name| fact(seen, &format!("{name}.count"))),
        expected
    );
}

#[test]
fn what_both_logs_tell_alike_is_no_difference_however_it_is_split() {
    let whole = transfer(OUT, "10.4", "2018-03-14", SALE);
    let part = |ends: &str| {
        format!(
            r#"{{"ip4nets": {{"transfer_set": [{ends}]}}, "source_rir": "ARIN", "recipient_rir": "APNIC",
            "type": "RESOURCE_TRANSFER", "transfer_date": "2018-03-14T12:00:00Z"}}"#
        )
    };
    let first = part(r#"{"start_address": "10.4.0.0", "end_address": "10.4.127.255"}"#);
    let second = part(r#"{"start_address": "10.4.128.0", "end_address": "10.4.255.255"}"#);
    let seen = both(
        &log("APNIC", &[first, second], &[]),
        &log("ARIN", &[whole], &[]),
    );
    counts(&seen, ["0", "0", "0", "0", "0"]);
    assert_eq!(fact(&seen, "held_list"), "1 records");
}

#[test]
fn every_fact_of_the_vocabulary_is_published() {
    let named = |name: &str, country: &str, kind: &str| {
        format!(
            r#", "source_organization": {{"name": "{name}", "country_code": "{country}"}}, "type": "{kind}""#
        )
    };
    let ours = named("Sequoia, Inc.", "US", "RESOURCE_TRANSFER");
    let theirs = named("SEQUOIA INC", "CA", "MERGER_ACQUISITION");
    let status = |word: &str| format!(r#"{SALE}, "status": "{word}""#);
    let arin = log(
        "ARIN",
        &[
            transfer(OUT, "10.1", "2018-03-14", &ours),
            transfer(OUT, "10.2", "2018-03-14", SALE),
            transfer(OUT, "10.3", "2026-11-19", SALE),
            // It left for APNIC before.
            transfer(("ARIN", "LACNIC"), "10.1", "2019-01-01", SALE),
        ],
        &[
            transfer(OUT, "10.5", "", &status("RECIPIENT_ACCEPTED")),
            transfer(OUT, "10.6", "", &status("SOURCE_INITIALIZED")),
        ],
    );
    let apnic = log(
        "APNIC",
        &[transfer(OUT, "10.1", "2018-03-16", &theirs)],
        &[],
    );
    let seen = both(&apnic, &arin);
    counts(&seen, ["1", "1", "3", "1", "1"]);
    check_vocabulary(&vocabulary::transfer_logs::TRANSFER_LOGS, &[seen]);
}

#[test]
fn a_log_that_does_not_come_or_is_cut_off_accuses_nobody() {
    let arin = log("ARIN", &[transfer(OUT, "10.2", "2018-03-14", SALE)], &[]);
    let whole = log("APNIC", &[], &[]);
    let cut = whole.get(..whole.len() - 3).unwrap();
    let reply = |text: &str| http(200, &[], text.as_bytes());
    for (apnic, reason) in [
        (reply(cut), "it cannot be read to its end"),
        (reply(&arin), "it is not the log of this registry"),
        (http(404, &[], b""), "status 404"),
        (failing(FailureKind::Timeout), "timeout: as scripted"),
    ] {
        let seen = ask([apnic, reply(&arin)]);
        assert!(seen.is_ok(), "{seen:?}");
        counts(&seen, ["0", "0", "0", "0", "0"]);
        let Some(Value::Records(logs)) = seen.facts.get("log_list") else {
            panic!("{seen:?}")
        };
        let first = logs.first().unwrap();
        assert_eq!(first.get("reason"), Some(&Value::text(reason)));
    }
}

#[test]
fn without_any_log_and_with_one_registry_only_there_is_nothing_to_compare() {
    let seen = ask([http(404, &[], b""), failing(FailureKind::Connect)]);
    assert_eq!(fact(&seen, "failure"), "protocol");
    let alone = Script::new([]).ask(&TransferLogs, "arin", &[]);
    assert!(matches!(alone.skipped, Some(Skipped::NotApplicable { .. })));
}
