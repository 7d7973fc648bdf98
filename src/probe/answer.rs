//! Facts of HTTP answers: what every probe that speaks HTTP publishes.

use std::collections::BTreeMap;

use url::Url;

use super::body::{self, Document, Parsed};
use super::conversation::{Conversation, Hop, header};
use super::notes::Notes;
use super::{Ask, redirect};
use crate::fact::{Facts, Failure, Json, Value};
use crate::transport::{Body, HttpAnswer};

/// Publishes everything a conversation showed and returns the JSON document, if the answer is complete and has one.
pub(super) async fn publish(
    ask: &Ask<'_>,
    notes: &mut Notes,
    url: &str,
    seen: &Conversation,
) -> Option<Json> {
    publish_way(ask, notes, url, seen);
    let answer = seen.answer.as_ref()?;
    publish_head(ask, notes, seen, answer);
    let bytes = answer.body.bytes;
    notes.facts.set("body.bytes", Value::Bytes(bytes));
    if notes.failure.is_some() {
        return None;
    }
    match read(ask, answer).await {
        Ok(document) => publish_body(ask, notes, document),
        Err(failure) => {
            notes.fail(failure.kind, failure.detail);
            None
        }
    }
}

/// Publishes which URLs were asked and how long the last took.
fn publish_way(ask: &Ask<'_>, notes: &mut Notes, url: &str, seen: &Conversation) {
    let facts = &mut notes.facts;
    facts.set("url", Value::text(url));
    facts.set("hops", Value::count(seen.hops.len().saturating_sub(1)));
    let hops = seen.hops.iter().map(hop_facts).collect();
    facts.set("hop_list", Value::Records(hops));
    if let Some(last) = seen.hops.last() {
        facts.set("final.url", Value::text(&last.url));
    }
    if let Some(host) = seen.last_url.as_ref().and_then(Url::host_str) {
        facts.set("final.host", Value::text(host));
        notes.set_some("final.registry", registry(ask, host));
    }
    let timing = seen.timing;
    for (path, part) in [
        ("timing.dns", timing.dns),
        ("timing.connect", timing.connect),
        ("timing.first_byte", timing.first_byte),
    ] {
        notes.set_some(path, part.map(Value::Duration));
    }
}

fn hop_facts(hop: &Hop) -> Facts {
    let mut facts = Facts::new();
    facts.set("url", Value::text(&hop.url));
    if let Some(status) = hop.status {
        facts.set("status", Value::Count(i64::from(status)));
    }
    if let Some(location) = &hop.location {
        facts.set("location", Value::text(location));
    }
    if let Some(address) = hop.address {
        facts.set("address", Value::text(address.to_string()));
    }
    facts
}

/// Returns the registry that declares a host; `None` if none does.
fn registry(ask: &Ask<'_>, host: &str) -> Option<Value> {
    let host = host.trim_end_matches('.');
    ask.hosts.get(host).map(|id| Value::text(id.as_str()))
}

/// Publishes status line, headers and Location.
fn publish_head(ask: &Ask<'_>, notes: &mut Notes, seen: &Conversation, answer: &HttpAnswer) {
    let facts = &mut notes.facts;
    facts.set("status", Value::Count(i64::from(answer.status)));
    facts.set("http_version", Value::text(&answer.version));
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &answer.headers {
        headers
            .entry(name.to_ascii_lowercase())
            .and_modify(|joined| {
                joined.push_str(", ");
                joined.push_str(value);
            })
            .or_insert_with(|| value.clone());
    }
    for (name, value) in &headers {
        facts.set(format!("headers.{name}"), Value::text(value));
    }
    let modified = headers.get("last-modified").and_then(|text| {
        let parser = jiff::fmt::rfc2822::DateTimeParser::new();
        parser.parse_timestamp(text).ok()
    });
    if let Some(modified) = modified {
        facts.set("last_modified", Value::Time(modified));
    }
    let location = headers.get("location");
    let leads = location.is_some() && redirect::is_redirect(answer.status);
    facts.set("redirect", Value::Flag(leads));
    let Some(raw) = location else {
        return;
    };
    facts.set("location.raw", Value::text(raw));
    let Some(url) = seen
        .last_url
        .as_ref()
        .and_then(|asked| asked.join(raw).ok())
    else {
        return;
    };
    facts.set("location.url", Value::text(url.as_str()));
    facts.set("location.scheme", Value::text(url.scheme()));
    facts.set("location.path", Value::text(url.path()));
    facts.set(
        "location.query",
        Value::text(url.query().unwrap_or_default()),
    );
    if let Some(host) = url.host_str() {
        facts.set("location.host", Value::text(host));
        notes.set_some("location.registry", registry(ask, host));
    }
}

/// Reads the body: where it is, if it is small and has no coding, else on a thread of its own.
async fn read(ask: &Ask<'_>, answer: &HttpAnswer) -> Result<Document, Failure> {
    let codings = header(answer, "content-encoding");
    let codings = body::codings(codings.as_deref().into_iter());
    let limits = ask.limits;
    if codings.is_empty() && answer.body.bytes <= body::SMALL_BYTES {
        return body::read(&answer.body, &codings, limits);
    }
    let wire: Body = answer.body.clone();
    apart(move || body::read(&wire, &codings, limits)).await
}

/// Does work that takes long on a thread of its own; a panic there is one here.
pub(super) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime shuts down: nobody waits for what would come.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Reads a document that was published: where it is, or on a thread of its own if it is large.
pub(super) async fn apart_if_large<T: Send + 'static>(
    notes: &Notes,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    match notes.facts.get("body.decoded_bytes") {
        Some(Value::Bytes(bytes)) if *bytes > body::SMALL_BYTES => apart(work).await,
        _ => work(),
    }
}

/// Publishes the body and returns its JSON.
fn publish_body(ask: &Ask<'_>, notes: &mut Notes, document: Document) -> Option<Json> {
    let facts = &mut notes.facts;
    let bytes = u64::try_from(document.octets.len()).unwrap_or(u64::MAX);
    facts.set("body.decoded_bytes", Value::Bytes(bytes));
    facts.set("body.utf8", Value::Flag(document.utf8));
    facts.set("body.bom", Value::Flag(document.bom));
    if let Some(digest) = &document.digest {
        facts.set("body.digest", Value::text(digest.as_str()));
    }
    let text = document.text().map(Value::text);
    match document.json {
        Parsed::Nothing => None,
        Parsed::Not(why) => {
            facts.set("json_error", Value::text(why));
            notes.set_some("body.text", text);
            None
        }
        Parsed::Json(octets, digest, value) => {
            if document.decoded || document.bom {
                ask.transport.keep(&digest, &octets);
            }
            let json = Json::parsed(digest, value);
            facts.set("json", Value::Json(json.clone()));
            Some(json)
        }
    }
}
