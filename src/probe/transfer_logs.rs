//! The `transfer_logs` probe: the transfer logs of several registries against each other.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::answer::apart;
use super::file::Fetched;
use super::notes::{Notes, skip};
use super::redirect::cut;
use super::{Ask, Probe, transfer_log};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Facts, FailureKind, Observation, Skipped, Value};
use crate::inspect::transfers::{self, Log, Missing, Pairs, Rir, Tally};
use crate::registry::RegistryId;
use crate::transport::Boxed;

/// Reads several transfer logs.
#[derive(Debug)]
pub(super) struct TransferLogs;

/// How long the other log need not tell a transfer where the scenario says nothing; ours.
const GRACE: SignedDuration = SignedDuration::from_hours(48);

/// A log that was asked for.
struct Asked {
    rir: Rir,
    url: String,
    at: Timestamp,
    fetched: Result<Fetched, String>,
}

impl Probe for TransferLogs {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::transfer_logs::TRANSFER_LOGS
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let wanted: Vec<&str> = ask.subject.split_whitespace().collect();
            let is_wanted = |id: &RegistryId| wanted == ["all"] || wanted.contains(&id.as_str());
            let services = ask.services.iter().filter(|(id, _)| is_wanted(id));
            let urls = services.filter_map(|(id, service)| {
                let rir = Rir::of_id(id.as_str())?;
                let url = service.transfers.trim();
                (!url.is_empty()).then(|| (rir, url.to_owned()))
            });
            let urls: Vec<(Rir, String)> = urls.collect();
            if urls.len() < 2 {
                let reason = "fewer than two of these registries have transfer logs".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let mut notes = Notes::new();
            let mut logs = Vec::new();
            for (rir, url) in urls {
                logs.push(one(&ask, &mut notes, rir, url).await);
            }
            if logs.iter().all(|log| log.fetched.is_err()) {
                notes.fail(FailureKind::Protocol, "no log was answered 200 and whole");
                return notes.finish(&ask);
            }
            let grace = ask.count("grace").and_then(|ms| i64::try_from(ms).ok());
            let grace = grace.map_or(GRACE, SignedDuration::from_millis);
            let limit = ask.limits.capture_bytes;
            let facts = apart(move || compare(&logs, grace, limit)).await;
            for (path, value) in facts.iter() {
                notes.facts.set(path, value.clone());
            }
            notes.finish(&ask)
        })
    }
}

/// Asks for one log; that it does not come is said of it alone, as long as another one comes.
async fn one(ask: &Ask<'_>, notes: &mut Notes, rir: Rir, url: String) -> Asked {
    let at = ask.clock.now();
    let before = notes.facts.clone();
    let fetched = transfer_log::fetch(ask, notes, &url).await;
    let status = notes.facts.get("status").map(ToString::to_string);
    let fetched = fetched.ok_or_else(|| match (notes.failure.take(), status) {
        (Some(failure), _) => format!("{}: {}", failure.kind, failure.detail),
        (None, Some(status)) => format!("status {status}"),
        (None, None) => "no answer".to_owned(),
    });
    // What is said of the exchange is said of the log, not of all of them.
    let kept = ["address", "family"].map(|path| (path, notes.facts.get(path).cloned()));
    notes.facts = before;
    for (path, value) in kept {
        notes.set_some(path, value);
    }
    Asked {
        rir,
        url,
        at,
        fetched,
    }
}

/// Reads all logs and compares them.
fn compare(asked: &[Asked], grace: SignedDuration, limit: u64) -> Facts {
    let mut read: BTreeMap<Rir, (Log, Timestamp)> = BTreeMap::new();
    let mut records = Vec::new();
    for one in asked {
        let mut record = Facts::new();
        record.set("registry", Value::text(one.rir.id()));
        record.set("url", Value::text(cut(&one.url)));
        let log = match &one.fetched {
            Ok(fetched) => transfer_log::read(&fetched.answer, limit, &mut Tally::new())
                .map_err(|failure| failure.detail),
            Err(why) => Err(why.clone()),
        };
        let reason = match &log {
            Err(why) => why.clone(),
            Ok(log) if log.stopped.is_some() => "it cannot be read to its end".to_owned(),
            Ok(log) if log.registry() != Some(one.rir) => {
                "it is not the log of this registry".to_owned()
            }
            Ok(_) => String::new(),
        };
        record.set("whole", Value::Flag(reason.is_empty()));
        if let Ok(log) = &log {
            if let Some(produced) = log.produced {
                record.set("produced", Value::Time(produced));
            }
            let lists = log.listed_in_progress.is_some();
            record.set("in_progress", Value::Flag(lists));
        }
        if let (Ok(log), true) = (log, reason.is_empty()) {
            read.insert(one.rir, (log, one.at));
        }
        record.set("reason", Value::text(cut(&reason)));
        records.push(record);
    }
    let logs = read.iter();
    let logs = logs.map(|(rir, (log, at))| (*rir, (log, *at))).collect();
    let mut facts = publish(&transfers::pairs(&logs, grace));
    facts.set("log_list", Value::Records(records));
    facts
}

fn count(number: u64) -> Value {
    Value::Count(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Returns a record with both ends of a transfer.
fn between(source: Rir, recipient: Rir) -> Facts {
    let mut record = Facts::new();
    record.set("source", Value::text(source.id()));
    record.set("recipient", Value::text(recipient.id()));
    record
}

fn publish(pairs: &Pairs) -> Facts {
    let mut facts = Facts::new();
    let told = pairs.told.iter().map(|((source, recipient), told)| {
        let mut record = between(*source, *recipient);
        record.set("by_source", count(told.by_source));
        record.set("by_recipient", count(told.by_recipient));
        record
    });
    facts.set("pair_list", Value::Records(told.collect()));
    facts.set("young.count", count(pairs.young));
    for (name, all) in [
        ("missing", &pairs.missing),
        ("unaccepted", &pairs.unaccepted),
    ] {
        facts.set(format!("{name}.count"), count(all.count));
        let records = all.kept.iter().map(missing).collect();
        facts.set(format!("{name}_list"), Value::Records(records));
    }
    facts.set("differs.count", count(pairs.differs.count));
    let differs = pairs.differs.kept.iter().map(|one| {
        let mut record = between(one.source, one.recipient);
        record.set("what", Value::text(one.what.as_str()));
        record.set("by_source", Value::text(cut(&one.by_source)));
        record.set("by_recipient", Value::text(cut(&one.by_recipient)));
        record.set("place", Value::text(&one.place));
        record.set("other_place", Value::text(&one.other_place));
        record.set("resources", Value::text(cut(&one.resources.to_string())));
        record
    });
    facts.set("differs_list", Value::Records(differs.collect()));
    facts.set("broken.count", count(pairs.broken.count));
    let broken = pairs.broken.kept.iter().map(|one| {
        let mut record = Facts::new();
        record.set("resources", Value::text(cut(&one.resources.to_string())));
        record.set("came_to", Value::text(one.came.0.id()));
        record.set("came_on", Value::Time(one.came.1));
        record.set("left_from", Value::text(one.left.0.id()));
        record.set("left_on", Value::Time(one.left.1));
        let tellers = one.tellers.iter().map(|rir| rir.id().into());
        record.set("tellers", Value::Texts(tellers.collect()));
        record
    });
    facts.set("broken_list", Value::Records(broken.collect()));
    let held = pairs.holdings.iter().map(|(rir, held)| {
        let mut record = Facts::new();
        record.set("registry", Value::text(rir.id()));
        record.set("addresses", Value::Addresses(held.addresses.clone()));
        record.set("asns", Value::Asns(held.asns.clone()));
        record
    });
    facts.set("held_list", Value::Records(held.collect()));
    facts
}

fn missing(one: &Missing) -> Facts {
    let mut record = between(one.source, one.recipient);
    record.set("teller", Value::text(one.teller.id()));
    record.set("missing_at", Value::text(one.at.id()));
    record.set("stage", Value::text(one.stage.as_str()));
    if let Some(date) = one.date {
        record.set("date", Value::Time(date));
    }
    record.set("place", Value::text(&one.place));
    record.set("resources", Value::text(cut(&one.resources.to_string())));
    record
}

#[cfg(test)]
mod tests;
