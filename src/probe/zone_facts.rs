//! What was seen of a zone, as facts.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use super::notes::Notes;
use crate::fact::{Facts, FailureKind, Value};
use crate::inspect::dns::{
    Denial, Ds, Key, Message, Name, Server, Sight, Soa, Trust, denial_word, kind,
};

/// Publishes what was seen; `trust` is `None` where no chain was followed.
pub(super) fn publish(notes: &mut Notes, sight: &Sight, trust: Option<&Trust>) {
    let told = sight.referral.is_some() || sight.servers.iter().any(Server::is_heard);
    if !told {
        let detail = format!(
            "neither a server of the parent nor one of `{}` answered",
            sight.zone
        );
        notes.fail(FailureKind::Dns, detail);
    }
    notes.facts.set("zone", Value::text(sight.zone.to_string()));
    let parent = sight
        .parent
        .as_ref()
        .map(|parent| Value::text(parent.to_string()));
    notes.set_some("parent", parent);
    if let Some(delegation) = sight.delegation() {
        notes
            .facts
            .set("delegation.found", Value::Flag(!delegation.is_empty()));
        notes.facts.set("delegation.servers", names(&delegation));
    }
    let digests = sight.digests();
    let shown = digests.as_ref().map(|all| {
        let all: BTreeSet<String> = all.iter().map(Ds::text).collect();
        texts(all)
    });
    notes.set_some("delegation.ds", shown);
    notes.facts.set("apex.servers", names(&sight.apex()));
    servers(notes, sight);
    start(notes, sight);
    let types: BTreeSet<u8> = digests.iter().flatten().map(|ds| ds.digest_type).collect();
    notes.facts.set("dnssec.digests", texts(types));
    if let Some(trust) = trust {
        notes
            .facts
            .set("dnssec.state", Value::text(trust.state.as_str()));
        notes.facts.set("dnssec.reason", Value::text(&trust.reason));
        signatures(notes, sight);
    }
}

/// Returns a sorted list of texts.
fn texts<T: ToString>(all: BTreeSet<T>) -> Value {
    Value::Texts(all.iter().map(|one| Arc::from(one.to_string())).collect())
}

fn names(all: &BTreeSet<Name>) -> Value {
    texts(all.iter().map(Name::to_string).collect())
}

fn servers(notes: &mut Notes, sight: &Sight) {
    let (mut servers, mut answers) = (Vec::new(), Vec::new());
    for server in &sight.servers {
        let mut facts = Facts::new();
        facts.set("name", Value::text(server.name.to_string()));
        facts.set("delegated", Value::Flag(server.delegated));
        let addresses = server
            .addresses
            .iter()
            .map(|address| Arc::from(address.to_string()));
        facts.set("addresses", Value::Texts(addresses.collect()));
        facts.set("serves", Value::Flag(server.serves(&sight.zone)));
        servers.push(facts);
        for asked in server.ways() {
            let mut facts = Facts::new();
            facts.set("server", Value::text(server.name.to_string()));
            facts.set(
                "transport",
                Value::text(if asked.way.tcp { "tcp" } else { "udp" }),
            );
            facts.set(
                "family",
                Value::text(if asked.way.v6 { "ipv6" } else { "ipv4" }),
            );
            answer(&mut facts, sight, &asked.answer);
            answers.push(facts);
        }
    }
    notes.facts.set("servers", Value::Records(servers));
    notes.facts.set("answers", Value::Records(answers));
    let lame: BTreeSet<String> = sight.lame().iter().map(ToString::to_string).collect();
    let delegated = sight
        .servers
        .iter()
        .filter(|server| server.delegated)
        .count();
    notes.facts.set(
        "lame.all",
        Value::Flag(delegated > 0 && lame.len() == delegated),
    );
    notes.facts.set("lame.servers", texts(lame));
}

fn answer(facts: &mut Facts, sight: &Sight, answer: &Result<Message, String>) {
    match answer {
        Ok(message) => {
            facts.set("rcode", Value::text(message.code_word()));
            facts.set("authoritative", Value::Flag(message.authoritative));
            let own = message.answers_of(&sight.zone, kind::SOA).next();
            if let Some(soa) = own.and_then(|record| Soa::read(&record.data).ok()) {
                facts.set("serial", Value::Count(soa.serial.into()));
            }
            facts.set("failure", Value::text(""));
        }
        Err(failure) => {
            facts.set("rcode", Value::text(""));
            facts.set("authoritative", Value::Flag(false));
            facts.set("failure", Value::text(failure));
        }
    }
}

fn start(notes: &mut Notes, sight: &Sight) {
    if let Some((newest, spread)) = sight.serials() {
        notes.facts.set("soa.serial", Value::Count(newest.into()));
        notes
            .facts
            .set("soa.serial_spread", Value::Count(spread.into()));
    }
    let soa = sight
        .servers
        .iter()
        .find_map(|server| server.soa(&sight.zone));
    if let Some(soa) = soa {
        notes
            .facts
            .set("soa.primary", Value::text(soa.primary.to_string()));
        notes
            .facts
            .set("soa.mailbox", Value::text(soa.mailbox.to_string()));
        for (path, seconds) in [
            ("soa.refresh", soa.refresh),
            ("soa.retry", soa.retry),
            ("soa.expire", soa.expire),
        ] {
            let duration = SignedDuration::from_secs(seconds.into());
            notes.facts.set(path, Value::Duration(duration));
        }
    }
    notes.set_some("soa.negative_ttl", sight.negative().map(Value::Duration));
}

fn signatures(notes: &mut Notes, sight: &Sight) {
    let keys = sight.keys();
    let algorithms: BTreeSet<u8> = keys.iter().map(|key| key.algorithm).collect();
    notes.facts.set("dnssec.algorithms", texts(algorithms));
    let mut shown: Vec<String> = keys.iter().map(key).collect();
    shown.sort();
    let shown = shown.into_iter().map(Arc::from).collect();
    notes.facts.set("dnssec.keys", Value::Texts(shown));
    notes.set_some(
        "dnssec.ends",
        sight.ends().map(|(ends, _)| Value::Time(ends)),
    );
    if let Some(signature) = sight.start_signature() {
        let (begins, ends) = (signature.begins(sight.now), signature.ends(sight.now));
        notes.facts.set("soa.signed_at", Value::Time(begins));
        notes
            .facts
            .set("dnssec.life", Value::Duration(ends.duration_since(begins)));
    }
    let Some((denial, _)) = sight.denial() else {
        return;
    };
    notes
        .facts
        .set("dnssec.denial", Value::text(denial_word(&denial)));
    if let Denial::Hashes {
        opt_out,
        iterations,
        salt,
        ..
    } = denial
    {
        notes
            .facts
            .set("dnssec.iterations", Value::Count(iterations.into()));
        let bytes = u64::try_from(salt.len()).unwrap_or(u64::MAX);
        notes.facts.set("dnssec.salt", Value::Bytes(bytes));
        notes.facts.set("dnssec.opt_out", Value::Flag(opt_out));
    }
}

/// Returns a key in short: flags, algorithm, length.
fn key(key: &Key) -> String {
    let bits = key.bits().map_or("?".to_owned(), |bits| bits.to_string());
    format!("{} {} {bits}", key.flags, key.algorithm)
}
