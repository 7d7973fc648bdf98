use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::super::earlier::EarlierRun;
use super::super::scripted::{Script, check_vocabulary, fact, failing, http};
use super::*;
use crate::fact::{Digest, Documents};

const URL: &str = "https://ftp.test/transfers_latest.json";

/// Returns a log with some transfers in progress and some completed ones.
fn log_text(completed: &str, in_progress: &str) -> String {
    format!(
        r#"{{"version": {{"stats_version": "4.1", "producer": "ARIN", "UTC_offset": -5,
        "UTC_offset_minutes": 30, "production_date": "2026-11-20T05:00:00Z", "records_interval": {{
        "start_date": "2009-10-12T18:09:00Z", "end_date": "2026-11-20T05:00:00Z"}}}},
        "transfers": [{completed}], "transfers_in_progress": [{in_progress}]}}"#
    )
}

fn transfer(source: &str, recipient: &str, date: &str, address: &str, more: &str) -> String {
    format!(
        r#"{{"ip4nets": {{"transfer_set": [{{"start_address": "{address}.0.0", "end_address": "{address}.255.255"}}]}},
        "asns": {{"transfer_set": [{{"start": 64500, "end": "64501"}}]}},
        "source_rir": "{source}", "recipient_rir": "{recipient}", "type": "RESOURCE_TRANSFER"{more},
        "transfer_date": "{date}T00:00:00Z"}}"#
    )
}

fn before() -> String {
    let left = transfer(
        "ARIN",
        "APNIC",
        "2026-11-19",
        "10.3",
        r#", "status": "RECIPIENT_ACCEPTED""#,
    );
    let still = transfer(
        "ARIN",
        "APNIC",
        "2026-11-19",
        "10.4",
        r#", "status": "SOURCE_INITIALIZED""#,
    );
    let one = transfer("ARIN", "APNIC", "2018-01-01", "10.1", "");
    log_text(&one, &[left, still].join(","))
}

fn now() -> String {
    let still = transfer(
        "ARIN",
        "APNIC",
        "2026-11-19",
        "10.4",
        r#", "status": "SOURCE_INITIALIZED""#,
    );
    let one = transfer("ARIN", "APNIC", "2018-01-01", "10.1", "");
    let new = transfer("LACNIC", "ARIN", "2026-11-19", "10.2", "");
    log_text(&[one, new].join(","), &still)
}

/// Holds one document.
#[derive(Debug)]
struct One(Bytes);

impl Documents for One {
    fn load(&self, _: &Digest) -> Option<Bytes> {
        Some(self.0.clone())
    }
}

fn earlier() -> Arc<EarlierRun> {
    let at = "2026-11-19T00:00:00Z".parse().unwrap();
    let answer = http(200, &[], before().as_bytes());
    let Some(crate::transport::Answer::Http(answer)) = answer.0 else {
        panic!("no answer")
    };
    let octets = short(&answer, URL, at, 1 << 20).unwrap().to_octets();
    Arc::new(EarlierRun {
        id: "before".to_owned(),
        captures: BTreeMap::from([(URL.to_owned(), Ok(Digest::of(&octets)))]),
        documents: Arc::new(One(octets.into())),
    })
}

fn ask(text: &str, earlier_run: Option<Arc<EarlierRun>>) -> Observation {
    let script = Script::new([
        http(302, &["location: /latest.json"], b""),
        http(200, &["content-type: application/json"], text.as_bytes()),
    ]);
    script.ask_as(&TransferLog, URL, |ask| ask.earlier_run = earlier_run)
}

#[test]
fn every_fact_of_the_vocabulary_is_published() {
    let seen = ask(&now(), Some(earlier()));
    for (path, expected) in [
        ("status", "200"),
        ("hops", "1"),
        ("version", "4.1"),
        ("registry", "arin"),
        ("age", "19h 1s"),
        ("offset_minutes", "-330"),
        ("order", "ascending"),
        ("whole", "true"),
        ("transfers.count", "2"),
        ("transfers.between", "2"),
        ("transfers.within", "0"),
        ("transfers.last", "2026-11-19T00:00:00Z"),
        ("in_progress.count", "1"),
        ("received.addresses", "10.2.0.0/16"),
        ("departed.addresses", "10.1.0.0/16"),
        ("departed.asns", ""),
        (
            "deviations.kinds",
            "[date-in-progress, no-organization, text-number]",
        ),
        ("earlier.run", "before"),
        ("elapsed", "48h 1s"),
        ("new.count", "1"),
        ("gone.count", "0"),
        ("changed.count", "0"),
        ("in_progress.still", "1"),
        ("recent_list", "1 records"),
        ("day_list", "6 records"),
        ("pair_list", "4 records"),
        ("left_list", "1 records"),
    ] {
        assert_eq!(fact(&seen, path), expected, "{path}");
    }
    check_vocabulary(&vocabulary::transfer_log::TRANSFER_LOG, &[seen]);
}

#[test]
fn without_an_earlier_run_nothing_is_said_of_one() {
    let seen = ask(&now(), None);
    assert_eq!(fact(&seen, "earlier.run"), "(absent)");
    assert_eq!(fact(&seen, "new.count"), "(absent)");
    let looked = seen.inspected.unwrap().looked;
    assert!(looked.contains("xfer.set.form") && !looked.contains("xfer.series.stay"));
    let seen = ask(&now(), Some(earlier()));
    assert!(seen.inspected.unwrap().looked.contains("xfer.series.stay"));
}

#[test]
fn a_log_that_is_not_there_is_no_failure_and_says_nothing() {
    let script = Script::new([http(404, &[], b"not here")]);
    let seen = script.ask(&TransferLog, URL, &[]);
    assert!(seen.is_ok() && seen.inspected.is_none());
    assert_eq!(fact(&seen, "status"), "404");
    assert_eq!(fact(&seen, "version"), "(absent)");
}

#[test]
fn a_broken_log_is_read_as_far_as_it_goes_and_a_broken_coding_is_a_failure() {
    let text = now();
    let cut = &text[..text.len() - 20];
    let seen = ask(cut, None);
    assert!(seen.is_ok());
    assert_eq!(fact(&seen, "whole"), "false");
    assert_eq!(fact(&seen, "transfers.count"), "2");
    let script = Script::new([http(200, &["content-encoding: gzip"], text.as_bytes())]);
    let seen = script.ask(&TransferLog, URL, &[]);
    assert_eq!(fact(&seen, "failure"), "decoding");
}

#[test]
fn failures_are_named_and_a_registry_without_a_log_is_not_asked() {
    for kind in FailureKind::ALL {
        let seen = Script::new([failing(*kind)]).ask(&TransferLog, URL, &[]);
        assert_eq!(fact(&seen, "failure"), kind.as_str());
    }
    let script = Script::new([]);
    let seen = script.ask(&TransferLog, " ", &[]);
    assert!(matches!(seen.skipped, Some(Skipped::NotApplicable { .. })));
    let away = Script::new([http(301, &["location: ftp://ftp.test/log"], b"")]);
    let seen = away.ask(&TransferLog, URL, &[]);
    assert_eq!(fact(&seen, "failure"), "redirect-refused");
}
