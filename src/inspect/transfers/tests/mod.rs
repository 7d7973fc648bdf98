//! Logs of every form: what is read of them, and what is found.

mod deviations;
mod hostile;
mod replayed;
mod series;
mod sound;

use super::*;

/// Returns a log of version 4.0 made by ARIN on 2026-11-21, with these transfers.
fn log(transfers: &str) -> String {
    of_version("4.0", transfers, "")
}

/// Returns a log of a version with these transfers, and with these in progress if there are any.
fn of_version(version: &str, transfers: &str, in_progress: &str) -> String {
    let progress = match in_progress {
        "" => String::new(),
        list => format!(r#", "transfers_in_progress": [{list}]"#),
    };
    format!(
        r#"{{"version": {{"stats_version": "{version}", "producer": "ARIN", "UTC_offset": -5,
        "production_date": "2026-11-21T05:00:00Z", "records_interval": {{
        "start_date": "2009-10-12T18:09:00Z", "end_date": "2026-11-21T05:00:00Z"}}}},
        "transfers": [{transfers}]{progress}}}"#
    )
}

/// A transfer from ARIN to APNIC: a template for others.
const SOUND: &str = r#"{"ip4nets": {
    "original_set": [{"start_address": "104.64.0.0", "end_address": "104.67.255.255"}],
    "transfer_set": [{"start_address": "104.64.0.0", "end_address": "104.64.255.255",
        "cidrs": [{"prefix": "104.64.0.0", "length": 16}]}]},
    "source_organization": {"name": "Cedar", "country_code": "US"},
    "recipient_organization": {"name": "Coral", "country_code": "AU"},
    "transfer_date": "2018-03-14T00:00:00Z", "source_registration_date": "2004-01-02T00:00:00Z",
    "source_rir": "ARIN", "recipient_rir": "APNIC", "type": "RESOURCE_TRANSFER"}"#;

fn read_text(text: &str) -> (Log, Tally) {
    let mut tally = Tally::new();
    let log = read(|| Ok(text.as_bytes()), &mut tally);
    (log, tally)
}

/// Returns findings as `rule place: message`.
fn findings(octets: &[u8]) -> Vec<String> {
    let found = inspect(octets).findings;
    found
        .into_iter()
        .map(|f| format!("{} {}: {}", f.rule, f.location, f.message))
        .collect()
}

/// Checks the findings of a document, and the deviations by word and number.
#[track_caller]
fn check(text: &str, expected: &[&str], deviations: &[&str]) {
    assert_eq!(findings(text.as_bytes()), expected, "{text}");
    let (_, tally) = read_text(text);
    let seen: Vec<String> = tally
        .deviations()
        .map(|(deviation, count, first)| format!("{deviation} {count} {first}"))
        .collect();
    assert_eq!(seen, deviations, "{text}");
}
