//! Single files over HTTP, as relying parties fetch them: one exchange, no redirect followed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use jiff::Timestamp;
use url::Url;

use super::answer::apart;
use super::capture::Stream;
use super::conversation::header;
use super::notes::Notes;
use super::{Ask, body, redirect};
use crate::fact::{Failure, FailureKind, Value};
use crate::inspect::rrdp::{Limits, Reading, Stopped, Tally};
use crate::transport::{Answer, Family, HttpAnswer, HttpRequest, Request, Timing};

/// Largest locator and largest certificate of a trust anchor, in octets; real ones have 500 and 2,000.
const SMALL: u64 = 1024 * 1024;

/// A file that was asked for.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) answer: HttpAnswer,
    pub(super) timing: Timing,
    pub(super) address: Option<std::net::IpAddr>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct What<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    /// Headers beside Accept.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// Largest body on the wire.
    pub(super) limit: u64,
}

/// Asks for a file; `None` if there is no complete answer, which is noted as a failure.
pub(super) async fn get(ask: &Ask<'_>, notes: &mut Notes, what: What<'_>) -> Option<Fetched> {
    get_over(ask, notes, what, ask.family).await
}

/// Asks for a file over an address family; `None` if there is no complete answer, which is noted as a failure.
pub(super) async fn get_over(
    ask: &Ask<'_>,
    notes: &mut Notes,
    what: What<'_>,
    family: Family,
) -> Option<Fetched> {
    let allowed = Url::parse(what.url)
        .map_err(|error| format!("`{}` is no URL: {error}", redirect::cut(what.url)))
        .and_then(|url| redirect::check(&url, ask.limits.public_only));
    if let Err(reason) = allowed {
        notes.fail(FailureKind::RedirectRefused, reason);
        return None;
    }
    let headers = [("accept", "*/*")].iter().chain(what.headers);
    let request = HttpRequest {
        method: what.method.to_owned(),
        url: what.url.to_owned(),
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        address: None,
        family,
        body_limit: what.limit,
        timeout: notes.remaining(ask),
    };
    let exchange = notes.exchange(ask, Request::Http(request)).await?;
    let line = format!("{} {}", what.method, what.url);
    let Some(Answer::Http(answer)) = &exchange.answer else {
        notes.asked(&exchange, &line, "nothing");
        notes.fail_foreign(&exchange);
        return None;
    };
    notes.asked(&exchange, &line, &answer.status.to_string());
    notes.fail_with(&exchange);
    if exchange.failure.is_some() {
        return None;
    }
    let (timing, destination) = (exchange.timing, exchange.destination);
    let Some(Answer::Http(answer)) = exchange.answer else {
        return None;
    };
    Some(Fetched {
        answer,
        timing,
        address: destination.map(|to| to.ip().to_canonical()),
    })
}

/// Asks for a file; `None` if it is not answered 200 and whole, which is noted as a failure.
pub(super) async fn whole(
    ask: &Ask<'_>,
    notes: &mut Notes,
    url: &str,
    coding: &str,
    limit: u64,
) -> Option<Fetched> {
    let what = What {
        method: "GET",
        url,
        headers: &[("accept-encoding", coding)],
        limit,
    };
    let fetched = get(ask, notes, what).await?;
    let status = fetched.answer.status;
    if status != 200 {
        let detail = format!("`{}` answered {status}", redirect::cut(url));
        notes.fail(FailureKind::Protocol, detail);
        return None;
    }
    Some(fetched)
}

/// Asks for a locator, a certificate or another small file; `None` if it did not come, which is noted as a failure.
pub(super) async fn small(ask: &Ask<'_>, notes: &mut Notes, url: &str) -> Option<Bytes> {
    let fetched = whole(ask, notes, url, "identity", SMALL).await?;
    body::octets(&fetched.answer.body)
        .map_err(|failure| notes.fail(failure.kind, failure.detail))
        .ok()
}

impl Fetched {
    /// Returns the content codings, in the order applied.
    pub(super) fn codings(&self) -> Vec<String> {
        codings(&self.answer)
    }

    /// Returns a header with a time; `None` if it was not sent or is none.
    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(header(&self.answer, name)?)
            .ok()
    }

    /// Publishes status, headers, size and times below a path.
    pub(super) fn publish(&self, notes: &mut Notes, path: &str) {
        let facts = &mut notes.facts;
        let status = Value::Count(i64::from(self.answer.status));
        facts.set(format!("{path}.status"), status);
        let bytes = Value::Bytes(self.answer.body.bytes);
        facts.set(format!("{path}.wire_bytes"), bytes);
        for (name, value) in headers(&self.answer) {
            facts.set(format!("{path}.headers.{name}"), Value::text(value));
        }
        for (part, time) in [
            ("first_byte", self.timing.first_byte),
            ("total", self.timing.total),
        ] {
            let time = time.map(Value::Duration);
            notes.set_some(&format!("{path}.{part}"), time);
        }
    }
}

/// Returns the content codings of an answer, in the order applied.
pub(super) fn codings(answer: &HttpAnswer) -> Vec<String> {
    let value = header(answer, "content-encoding");
    body::codings(value.as_deref().into_iter())
}

/// Iterates over names in lower case and joined values of headers.
pub(super) fn headers(answer: &HttpAnswer) -> impl Iterator<Item = (String, String)> + '_ {
    let mut seen: Vec<String> = Vec::new();
    answer.headers.iter().filter_map(move |(name, _)| {
        let name = name.to_ascii_lowercase();
        if seen.contains(&name) {
            return None;
        }
        seen.push(name.clone());
        let value = header(answer, &name)?;
        Some((name, value))
    })
}

/// How a fetched file of RRDP is read.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// Where it is from.
    pub(super) url: String,
    /// Largest file after decoding, in octets.
    pub(super) limit: u64,
    /// Authorities of rsync URIs that are the repository's; empty for that of the first object.
    pub(super) authorities: Arc<Vec<String>>,
    /// Ends the reading when set.
    pub(super) cancel: Arc<AtomicBool>,
}

/// Reads a fetched file of RRDP on a thread of its own, with what its rules found.
///
/// # Errors
///
/// Why it could not be read, for reasons that are not in the file.
pub(super) async fn read_rrdp<T: Send + 'static>(
    fetched: &Fetched,
    terms: Terms,
    read: impl FnOnce(&mut Stream, &Reading<'_>, &mut Tally) -> (T, Option<Stopped>) + Send + 'static,
) -> Result<(T, Tally), Failure> {
    let (body, codings) = (fetched.answer.body.clone(), fetched.codings());
    apart(move || {
        let mut stream = Stream::open(&body, &codings, terms.limit)?;
        let reading = Reading {
            url: &terms.url,
            limits: Limits::DEFAULT,
            authorities: &terms.authorities,
            cancel: &terms.cancel,
        };
        let mut tally = Tally::new();
        let (seen, stopped) = read(&mut stream, &reading, &mut tally);
        match stream.failure(stopped.as_ref()) {
            Some(failure) => Err(failure),
            None => Ok((seen, tally)),
        }
    })
    .await
}

/// A flag that is set when the probe is given up, so that what reads for it on another thread ends.
#[derive(Debug, Default)]
pub(super) struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Returns the flag.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
