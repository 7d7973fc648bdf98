//! The `tal` probe: a trust anchor locator and the certificates it leads to.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::conversation::{Habits, converse};
use super::file::{self, What};
use super::notes::Notes;
use super::rsync::{self, Place};
use super::{Ask, Probe, body, redirect};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Digest, Facts, Failure, FailureKind, Inspected, Observation, Value};
use crate::inspect::inspected;
use crate::inspect::rpki::{self, Context, Locator, Object, Tally};
use crate::transport::program::Tree;
use crate::transport::{Boxed, Request};

/// Reads a locator and what it leads to.
#[derive(Debug)]
pub(super) struct Tal;

/// Largest locator and largest certificate that are read, in octets; real ones have 500 and 1,500.
const LARGEST: u64 = 64 * 1024;

/// Most URIs that are asked; real locators have two.
const MOST_URIS: usize = 8;

impl Probe for Tal {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::tal::TAL
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let mut notes = Notes::new();
            if let Some(text) = locator(&ask, &mut notes).await {
                notes.inspected = Some(judged(&text, ask.subject.trim()));
                let locator = Locator::read(&text);
                publish(&text, &locator, &mut notes);
                certificates(&ask, &mut notes, &locator).await;
            }
            notes.finish(&ask)
        })
    }
}

/// Returns the text of the locator: that of the scenario, or what is fetched.
async fn locator(ask: &Ask<'_>, notes: &mut Notes) -> Option<Bytes> {
    let subject = ask.subject.trim();
    if subject.contains('\n') {
        return Some(Bytes::copy_from_slice(ask.subject.as_bytes()));
    }
    let habits = Habits {
        accept: "*/*",
        redirects: 4,
    };
    notes.facts.set("url", Value::text(subject));
    let seen = converse(ask, notes, subject, habits).await;
    let moved = Value::Flag(seen.hops.len() > 1);
    let answer = seen.answer?;
    notes.facts.set("redirect", moved);
    let status = Value::Count(i64::from(answer.status));
    notes.facts.set("status", status);
    for (name, value) in file::headers(&answer) {
        notes
            .facts
            .set(format!("headers.{name}"), Value::text(value));
    }
    if notes.failure.is_some() || answer.status != 200 {
        return None;
    }
    notes.facts.set("bytes", Value::Bytes(answer.body.bytes));
    if answer.body.bytes > LARGEST {
        let detail = format!("the locator is larger than {LARGEST} B");
        notes.fail(FailureKind::BodyLimit, detail);
        return None;
    }
    match body::octets(&answer.body) {
        Ok(octets) => Some(octets),
        Err(failure) => {
            notes.fail(failure.kind, failure.detail);
            None
        }
    }
}

/// Applies the rules about locators; locations begin with the URL, or with nothing where the text was given.
fn judged(text: &[u8], subject: &str) -> Inspected {
    let url = if subject.contains('\n') { "" } else { subject };
    let object = Object::read(rpki::Kind::Tal, text);
    let mut tally = Tally::default();
    rpki::look(&object, url, &Context::default(), &mut tally);
    inspected(tally.into_found())
}

/// Publishes what a locator says of itself.
fn publish(text: &[u8], locator: &Locator<'_>, notes: &mut Notes) {
    let facts = &mut notes.facts;
    let feeds = text.iter().filter(|octet| **octet == b'\n').count();
    let both = text.windows(2).filter(|pair| *pair == b"\r\n").count();
    let ends = match both {
        0 => "lf",
        _ if both == feeds => "crlf",
        _ => "mixed",
    };
    facts.set("line_ends", Value::text(ends));
    facts.set(
        "form_error",
        Value::text(locator.error().unwrap_or_default()),
    );
    facts.set("comments", Value::count(locator.comments()));
    let uris = locator.uris().map(|uri| Arc::from(redirect::cut(uri)));
    facts.set("uris", Value::Texts(uris.collect()));
    let of = |scheme| locator.uris().filter(move |uri| scheme_of(uri) == scheme);
    facts.set("https_uris", Value::count(of("https").count()));
    facts.set("rsync_uris", Value::count(of("rsync").count()));
    let Some(key) = locator.key() else {
        return;
    };
    facts.set("key.digest", Value::text(Digest::of(key).as_str()));
    let Ok((_, info)) = SubjectPublicKeyInfo::from_der(key) else {
        return;
    };
    facts.set(
        "key.algorithm",
        Value::text(info.algorithm.algorithm.to_id_string()),
    );
    if let Ok(PublicKey::RSA(key)) = info.parsed() {
        facts.set("key.bits", Value::count(key.key_size()));
        if let Ok(exponent) = key.try_exponent() {
            facts.set("key.exponent", super::rrdp::count(exponent));
        }
    }
}

/// Returns the scheme of a URI in lower case, of those that are known; empty for others.
fn scheme_of(uri: &str) -> &'static str {
    let scheme = uri.split_once("://").map_or("", |(scheme, _)| scheme);
    ["https", "rsync"]
        .into_iter()
        .find(|known| scheme.eq_ignore_ascii_case(known))
        .unwrap_or_default()
}

/// What came of one URI.
#[derive(Debug, Default)]
struct Came {
    octets: Option<Bytes>,
    failure: Option<Failure>,
    status: Option<u16>,
    content_type: Option<String>,
    address: Option<IpAddr>,
    total: Option<SignedDuration>,
}

/// Fetches the certificate by every URI and publishes what came.
async fn certificates(ask: &Ask<'_>, notes: &mut Notes, locator: &Locator<'_>) {
    let schemes = ask.texts("schemes");
    let wanted = |uri: &&str| {
        let scheme = scheme_of(uri);
        schemes
            .as_ref()
            .map_or(!scheme.is_empty(), |schemes| schemes.contains(&scheme))
    };
    let mut seen = Vec::new();
    for uri in locator.uris().filter(wanted).take(MOST_URIS) {
        let came = match scheme_of(uri) {
            "rsync" => by_rsync(ask, notes, uri).await,
            _ => by_https(ask, notes, uri).await,
        };
        seen.push((uri, came));
    }
    if seen.is_empty() {
        return;
    }
    let key = locator.key();
    let records = seen
        .iter()
        .map(|(uri, came)| came.record(uri, key))
        .collect();
    notes.facts.set("certificates", Value::Records(records));
    let fetched: Vec<&Bytes> = seen
        .iter()
        .filter_map(|(_, came)| came.octets.as_ref())
        .collect();
    let all = fetched.len() == seen.len();
    notes.facts.set("certificates_ok", Value::Flag(all));
    if let [first, others @ ..] = fetched.as_slice() {
        if !others.is_empty() {
            let equal = others.iter().all(|other| other == first);
            notes.facts.set("certificates_equal", Value::Flag(equal));
        }
        if let Some(key) = key {
            let all = fetched
                .iter()
                .all(|octets| key_of(octets).as_deref() == Some(key));
            notes.facts.set("keys_match", Value::Flag(all));
        }
        publish_certificate(notes, first);
    }
    let answered = |scheme| -> Vec<IpAddr> {
        let of = seen.iter().filter(|(uri, _)| scheme_of(uri) == scheme);
        of.filter_map(|(_, came)| came.octets.as_ref().and(came.address))
            .collect()
    };
    let (https, rsync) = (answered("https"), answered("rsync"));
    if !https.is_empty() && !rsync.is_empty() {
        let disjoint = https.iter().all(|address| !rsync.contains(address));
        notes.facts.set("addresses_disjoint", Value::Flag(disjoint));
    }
    // What is missing here is no finding about a registry; nor is it one if nobody answered at all.
    let ours = |failure: &&Failure| {
        matches!(
            failure.kind,
            FailureKind::Here | FailureKind::NotRecorded | FailureKind::Budget
        )
    };
    let mut failures = seen.iter().filter_map(|(_, came)| came.failure.as_ref());
    let grave = failures.clone().find(ours);
    let none = failures.clone().count() == seen.len();
    if let Some(failure) = grave.or_else(|| failures.next().filter(|_| none)) {
        notes.fail(failure.kind, failure.detail.clone());
    }
}

impl Came {
    fn record(&self, uri: &str, key: Option<&[u8]>) -> Facts {
        let mut record = Facts::new();
        record.set("uri", Value::text(redirect::cut(uri)));
        record.set("scheme", Value::text(scheme_of(uri)));
        record.set("ok", Value::Flag(self.octets.is_some()));
        let failure = self.failure.as_ref().map_or("", |f| f.kind.as_str());
        record.set("failure", Value::text(failure));
        if let Some(status) = self.status {
            record.set("status", Value::Count(i64::from(status)));
        }
        if let Some(media_type) = &self.content_type {
            record.set("content_type", Value::text(media_type.as_str()));
        }
        if let Some(address) = self.address {
            record.set("address", Value::text(address.to_string()));
        }
        if let Some(total) = self.total {
            record.set("total", Value::Duration(total));
        }
        if let Some(octets) = &self.octets {
            record.set("bytes", super::rrdp::bytes(octets.len()));
            record.set("digest", Value::text(Digest::of(octets).as_str()));
            if let Some(own) = key_of(octets) {
                record.set("key_matches", Value::Flag(Some(own.as_slice()) == key));
            }
        }
        record
    }

    /// Takes what was noted as a failure of the whole: other URIs may still lead to the certificate.
    fn failing(notes: &mut Notes) -> Self {
        Self {
            failure: notes.failure.take(),
            ..Self::default()
        }
    }
}

async fn by_https(ask: &Ask<'_>, notes: &mut Notes, uri: &str) -> Came {
    let what = What {
        method: "GET",
        url: uri,
        headers: &[("accept-encoding", "identity")],
        limit: LARGEST,
    };
    let Some(fetched) = file::get(ask, notes, what).await else {
        return Came::failing(notes);
    };
    let mut headers = file::headers(&fetched.answer);
    let media_type = headers.find(|(name, _)| name == "content-type");
    let mut came = Came {
        status: Some(fetched.answer.status),
        content_type: media_type.map(|(_, value)| value),
        address: fetched.address,
        total: fetched.timing.total,
        ..Came::default()
    };
    if fetched.answer.status == 200 {
        match body::octets(&fetched.answer.body) {
            Ok(octets) => came.octets = Some(octets),
            Err(failure) => came.failure = Some(failure),
        }
    }
    came
}

async fn by_rsync(ask: &Ask<'_>, notes: &mut Notes, uri: &str) -> Came {
    let Some(place) = Place::read(uri) else {
        return Came {
            failure: Some(Failure {
                kind: FailureKind::RedirectRefused,
                detail: format!("`{}` is no rsync URL of an object", redirect::cut(uri)),
            }),
            ..Came::default()
        };
    };
    // One certificate; the rest of the time is for the other URIs.
    let timeout = notes.remaining(ask).min(Duration::from_mins(1));
    let request = place.request(ask, None, LARGEST, 16, timeout);
    let Some(exchange) = notes.exchange(ask, Request::Program(request)).await else {
        return Came::failing(notes);
    };
    let answer = rsync::ran(notes, &exchange, uri);
    let mut came = Came::failing(notes);
    came.address = exchange.destination.map(|to| to.ip().to_canonical());
    came.total = exchange.timing.total;
    let Some(answer) = answer.filter(|_| came.failure.is_none()) else {
        return came;
    };
    let tree = Tree::open(&answer.tree, 16);
    let octets = tree.and_then(|tree| {
        let entry = tree.entries.iter().find(|entry| entry.length > 0);
        entry.map(|entry| tree.read(entry)).transpose()
    });
    match octets {
        Ok(Some(octets)) => came.octets = Some(octets),
        Ok(None) => {
            let said = answer.errors.lines().next().unwrap_or_default();
            let detail = format!("rsync fetched nothing: {}", redirect::cut(said));
            came.failure = Some(Failure {
                kind: FailureKind::Protocol,
                detail,
            });
        }
        Err(error) => {
            came.failure = Some(Failure {
                kind: FailureKind::Here,
                detail: format!("reading the fetched tree: {error}"),
            });
        }
    }
    came
}

/// Returns the SubjectPublicKeyInfo of a certificate; `None` if it is none.
fn key_of(octets: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = X509Certificate::from_der(octets).ok()?;
    Some(certificate.public_key().raw.to_vec())
}

fn publish_certificate(notes: &mut Notes, octets: &Bytes) {
    let facts = &mut notes.facts;
    facts.set("certificate.bytes", super::rrdp::bytes(octets.len()));
    facts.set(
        "certificate.digest",
        Value::text(Digest::of(octets).as_str()),
    );
    let Ok((_, certificate)) = X509Certificate::from_der(octets) else {
        return;
    };
    let serial = data_encoding::HEXLOWER.encode(certificate.raw_serial());
    facts.set("certificate.serial", Value::text(serial));
    let validity = certificate.validity();
    for (path, time) in [
        ("certificate.not_before", validity.not_before),
        ("certificate.not_after", validity.not_after),
    ] {
        if let Ok(time) = Timestamp::from_second(time.timestamp()) {
            facts.set(path, Value::Time(time));
        }
    }
}

#[cfg(test)]
mod tests;
