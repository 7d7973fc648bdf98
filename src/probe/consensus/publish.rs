//! Facts of a consensus: what every participant publishes, and what all come to together.

use super::super::redirect::cut;
use super::Repository;
use crate::fact::{Digest, Facts, Value};
use crate::inspect::MAX_FINDINGS;
use crate::inspect::consensus::Report;
use crate::inspect::rpki::{Consensus, Participant, State};

/// Publishes what was read, and what came of it.
pub(super) fn publish(facts: &mut Facts, all: &[Repository], report: &Report) {
    let repositories = all.iter().map(|one| repository(one, report.common));
    facts.set("repository_list", Value::Records(repositories.collect()));
    let id_of = |name: &str| {
        let mut all = all.iter();
        let found = all.find(|one| one.place.name == name);
        found.map_or("", |one| one.place.id.as_str())
    };
    let files = all.iter().flat_map(|one| {
        let wrong = one.wrong.iter();
        wrong.map(|(matter, place, what)| violation(one.place.id.as_str(), matter, place, what))
    });
    let played = report.violations.iter();
    let played = played.map(|v| violation(id_of(&v.by), v.matter.as_str(), &v.place, &v.what));
    let violations: Vec<Facts> = files.chain(played).collect();
    facts.set("violations", Value::count(violations.len()));
    let kept = violations.into_iter().take(MAX_FINDINGS);
    facts.set("violation_list", Value::Records(kept.collect()));
    let held = report.holdings.iter().map(|(name, held)| {
        let mut record = Facts::new();
        record.set("registry", Value::text(id_of(name)));
        record.set("addresses", Value::Addresses(held.addresses.clone()));
        record.set("asns", Value::Asns(held.asns.clone()));
        record
    });
    facts.set("held_list", Value::Records(held.collect()));
    facts.set("unfinished", Value::count(report.unfinished));
}

fn repository(one: &Repository, common: Option<u64>) -> Facts {
    let mut record = Facts::new();
    record.set("registry", Value::text(one.place.id.as_str()));
    record.set("name", Value::text(cut(&one.place.name)));
    record.set("url", Value::text(cut(&one.place.url)));
    if let Some(anchor) = &one.anchor {
        record.set("key", Value::text(Digest::of(&anchor.info).hex()));
    }
    match &one.failure {
        Some(failure) => record.set("failure", Value::text(cut(failure))),
        None => record.set("reason", Value::text(cut(&one.reason))),
    }
    if let Some(newest) = one.read.states.first() {
        let version = i64::try_from(newest.version).unwrap_or(i64::MAX);
        record.set("version", Value::Count(version));
        record.set("date", Value::Time(newest.date));
    }
    record.set("states", Value::count(one.read.states.len()));
    record.set("events", Value::count(one.read.events.len()));
    let mut states = one.read.states.iter();
    if let Some(state) = states.find(|state| Some(state.version) == common) {
        record.set("agreed", Value::text(shown(state)));
    }
    record
}

fn violation(id: &str, matter: &str, place: &str, what: &str) -> Facts {
    let mut record = Facts::new();
    record.set("registry", Value::text(id));
    record.set("matter", Value::text(matter));
    record.set("place", Value::text(cut(place)));
    record.set("what", Value::text(cut(what)));
    record
}

/// Writes number, time and a digest of who has what, the same for the same in any order.
fn shown(state: &State) -> String {
    let mut lines: Vec<String> = { state.delegations.iter() }
        .map(|one| format!("{} {}", one.name, one.resources))
        .collect();
    lines.sort();
    let digest = Digest::of(lines.join("\n").as_bytes());
    format!("{} {} {}", state.version, state.date, digest.as_str())
}

/// Publishes what a consensus object below a trust anchor says.
pub(in crate::probe) fn object(facts: &mut Facts, said: &Consensus) {
    facts.set("consensus.type", Value::text(&said.content_type));
    let keys = |one: &Participant| -> Vec<String> {
        one.keys
            .iter()
            .map(|key| Digest::of(key).hex().to_owned())
            .collect()
    };
    let records = said.participants.iter().map(|one| {
        let mut record = Facts::new();
        record.set("name", Value::text(cut(&one.name)));
        let keys = keys(one).into_iter().map(|key| key.as_str().into());
        record.set("keys", Value::Texts(keys.collect()));
        record
    });
    facts.set(
        "consensus.participant_list",
        Value::Records(records.collect()),
    );
    for (path, all) in [
        ("consensus.participants", &said.participants),
        ("consensus.others", &said.others),
    ] {
        let texts = all.iter().map(|one| {
            let name = cut(&one.name).to_string();
            let parts: Vec<String> = std::iter::once(name).chain(keys(one)).collect();
            parts.join(" ").as_str().into()
        });
        facts.set(path, Value::Texts(texts.collect()));
    }
    facts.set("consensus.key", Value::text(Digest::of(&said.key).hex()));
    for (path, text) in [
        ("consensus.base", &said.base),
        ("consensus.certificate", &said.certificate),
        ("consensus.state", &said.state),
    ] {
        facts.set(path, Value::text(cut(text)));
    }
}
