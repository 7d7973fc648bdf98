//! The `numbers` probe: statistics of all registries and IANA's registries, laid over each other,
//! and what the NRO makes of them.

mod combined;
#[cfg(test)]
mod tests;

use std::io::Read as _;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::answer::apart;
use super::capture::Stream;
use super::notes::{Notes, skip};
use super::{Ask, Probe, file, iana};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Facts, Failure, FailureKind, Observation, Skipped, Value, shared};
use crate::inspect::iana::{Names, read as read_iana};
use crate::inspect::numbers::{Comparison, Listed, Sample, compare, samples};
use crate::inspect::stats::{self, Stats};
use crate::registry::{PerRegistry, RegistryId};
use crate::resource::Resources;
use crate::transport::Boxed;

/// Compares statistics of all registries.
#[derive(Debug)]
pub(super) struct Numbers;

impl Probe for Numbers {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::numbers::NUMBERS
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let declared = ask.services.iter().any(|(_, s)| !s.stats_url.is_empty());
            if !declared {
                let reason = "no registry declares `stats.url`".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let mut notes = Notes::new();
            if let Some((files, comparison)) = fetch(&ask, &mut notes).await {
                let at = notes.at();
                let ids: Vec<RegistryId> = ask.services.ids().cloned().collect();
                let (published, files, listed) = apart(move || {
                    let published = publish(&ids, &files, &comparison, at);
                    (published, files, combined::listed(&comparison))
                })
                .await;
                for (path, value) in published.iter() {
                    notes.facts.set(path, value.clone());
                }
                if let Some(base) = ask.text("nro") {
                    combined::ask(&ask, &mut notes, base, files, listed).await;
                }
            }
            notes.finish(&ask)
        })
    }
}

/// Most records of a file that are drawn to be asked about.
const MOST_SAMPLES: usize = 200;

/// What is kept of a registry's file; of none where no file is declared.
#[derive(Debug, Default)]
struct Taken {
    url: String,
    /// How many records it has.
    rows: usize,
    /// Some records that are held.
    samples: Vec<Sample>,
    /// Some that are not.
    free: Vec<Sample>,
    /// The whole file, where the NRO's files are compared with it.
    text: String,
    /// When it was written, if its server says so.
    modified: Option<Timestamp>,
}

type Files = PerRegistry<Taken>;

/// Fetches all files and compares them; `None` if one did not come, which is noted as a failure.
async fn fetch(ask: &Ask<'_>, notes: &mut Notes) -> Option<(Files, Comparison)> {
    let mut all: PerRegistry<Stats> = PerRegistry::new();
    let mut files = Files::new();
    let keeps = ask.text("nro").is_some();
    for (id, service) in ask.services.iter() {
        let url = &service.stats_url;
        if url.is_empty() {
            continue;
        }
        let (text, modified) = text(ask, notes, url).await?;
        let (stats, text) = apart(move || {
            let (stats, _, _) = stats::read(text.as_bytes());
            (stats, if keeps { text } else { String::new() })
        })
        .await;
        let taken = Taken {
            url: url.clone(),
            rows: stats.rows.len(),
            samples: samples(&stats, true, MOST_SAMPLES),
            free: samples(&stats, false, MOST_SAMPLES),
            text,
            modified,
        };
        files.insert(id.clone(), taken);
        all.insert(id.clone(), stats);
    }
    let registries = iana::fetch(ask, notes, &ask.subject).await?;
    let names: Names = iana::names_of(&ask.services);
    let comparison = apart(move || {
        let documents: Vec<_> = registries.iter().map(|(_, o)| read_iana(o)).collect();
        compare(&all, &documents, &names)
    });
    Some((files, comparison.await))
}

/// Fetches a file as text, with when it was written; `None` if it did not come, which is noted as a failure.
///
/// What is no UTF-8 is replaced: such lines are no records.
async fn text(ask: &Ask<'_>, notes: &mut Notes, url: &str) -> Option<(String, Option<Timestamp>)> {
    let limit = ask.limits.capture_bytes;
    let fetched = file::whole(ask, notes, url, "gzip", limit).await?;
    let modified = fetched.time("last-modified");
    let (body, codings) = (fetched.answer.body.clone(), fetched.codings());
    let read = apart(move || {
        let mut stream = Stream::open(&body, &codings, limit)?;
        let mut octets = Vec::new();
        if let Err(error) = stream.read_to_end(&mut octets) {
            let failure = stream.failure(None);
            return Err(failure.unwrap_or_else(|| Failure {
                kind: FailureKind::Decoding,
                detail: error.to_string(),
            }));
        }
        Ok(String::from_utf8(octets)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    });
    match read.await {
        Ok(text) => Some((text, modified)),
        Err(failure) => {
            notes.fail(failure.kind, format!("`{url}`: {}", failure.detail));
            None
        }
    }
}

/// Returns the facts of a comparison.
fn publish(
    ids: &[RegistryId],
    files: &Files,
    comparison: &Comparison,
    at: Option<Timestamp>,
) -> Facts {
    let mut facts = Facts::new();
    let all = comparison.listed.iter();
    let all = all.fold(Resources::default(), |all, (_, listed)| {
        all.union(&listed.all)
    });
    let none = Taken::default();
    let shares = ids.iter().map(|id| {
        let file = files.of(id.as_str()).unwrap_or(&none);
        let mut record = share(id, comparison, &all);
        record.set("url", Value::text(&file.url));
        record.set("rows", Value::count(file.rows));
        for (name, drawn) in [("samples", &file.samples), ("free_samples", &file.free)] {
            record.set(name, Value::Texts(drawn.iter().map(sample_text).collect()));
        }
        let day = comparison.days.of(id.as_str());
        let day = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
        if let Some(day) = day.map(|day| day.timestamp()) {
            record.set("day", Value::Time(day));
            if let Some(at) = at {
                let seconds = at.duration_since(day).as_secs();
                record.set("age", Value::Duration(SignedDuration::from_secs(seconds)));
            }
        }
        record
    });
    facts.set("share_list", Value::Records(shares.collect()));
    let overlaps = comparison.between.kept.iter().map(|overlap| {
        let mut record = Facts::new();
        record.set("numbers", Value::text(&overlap.numbers));
        for (name, place) in [("first", &overlap.first), ("second", &overlap.second)] {
            record.set(name, Value::text(place.0.as_str()));
            record.set(format!("{name}_line"), Value::Count(i64::from(place.1)));
        }
        record
    });
    facts.set("overlap_list", Value::Records(overlaps.collect()));
    facts.set("overlaps", count(comparison.between.count));
    facts.set("repeats", count(comparison.within.count));
    let beyond = comparison.beyond_rows.iter().map(|row| {
        let mut record = Facts::new();
        record.set("registry", Value::text(row.registry.as_str()));
        record.set("line", Value::Count(i64::from(row.line)));
        record.set("numbers", Value::text(&row.numbers));
        record.set("status", Value::text(&row.status));
        record
    });
    facts.set("beyond_list", Value::Records(beyond.collect()));
    let flows = comparison.flows.iter().map(|flow| {
        let mut record = Facts::new();
        record.set("designated", Value::text(flow.designated.as_str()));
        record.set("listed", Value::text(flow.listed.as_str()));
        for (name, number) in [
            ("asns", flow.asns),
            ("ipv4", flow.ipv4),
            ("held_ipv4", flow.held_ipv4),
            ("held_rows", flow.held_rows),
        ] {
            record.set(name, count(number));
        }
        record
    });
    facts.set("flow_list", Value::Records(flows.collect()));
    facts.set("listed.addresses", Value::Addresses(all.addresses));
    facts.set("listed.asns", Value::Asns(all.asns));
    let legacy = comparison.legacy.clone();
    facts.set("legacy.addresses", Value::Addresses(legacy));
    facts
}

fn sample_text(sample: &Sample) -> Arc<str> {
    let Sample {
        numbers,
        country,
        date,
    } = sample;
    shared(&format!("{numbers} {country} {date}"))
}

/// Returns what is said of a registry's numbers.
fn share(id: &RegistryId, comparison: &Comparison, all: &Resources) -> Facts {
    let nothing = Resources::default();
    let part = |of: &PerRegistry<Resources>| of.of(id.as_str()).unwrap_or(&nothing).clone();
    let listed = comparison.listed.of(id.as_str());
    let listed = listed.cloned().unwrap_or_else(Listed::default);
    let given = comparison.space.registries.of(id.as_str());
    let given = given.unwrap_or(&nothing);
    let others = all.minus(&listed.all);
    let beyond = part(&comparison.beyond);
    let moved = listed.all.minus(given).minus(&beyond);
    let mut record = Facts::new();
    record.set("registry", Value::text(id.as_str()));
    for (name, share) in [
        ("", listed.all),
        ("held_", listed.held),
        ("free_", listed.free),
        ("others_", others),
        ("given_", given.clone()),
        ("missing_", part(&comparison.missing)),
        ("beyond_", beyond),
        ("moved_", moved),
    ] {
        let addresses = Value::Addresses(share.addresses);
        record.set(format!("{name}addresses"), addresses);
        record.set(format!("{name}asns"), Value::Asns(share.asns));
    }
    let late = part(&comparison.late).addresses;
    record.set("late_addresses", Value::Addresses(late));
    record
}

fn count(number: u64) -> Value {
    Value::Count(i64::try_from(number).unwrap_or(i64::MAX))
}
