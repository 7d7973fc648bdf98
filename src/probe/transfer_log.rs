//! The `transfer_log` probe: the transfer log of one registry.

mod publish;

use std::io;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::answer::apart;
use super::capture::Stream;
use super::file::{self, Fetched, What};
use super::notes::{Notes, skip};
use super::{Ask, Probe, redirect};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Failure, FailureKind, Observation, Skipped, Value};
use crate::inspect::transfers::{self, Log, Short, Stopped, Tally};
use crate::transport::{Boxed, HttpAnswer};

/// Reads a transfer log.
#[derive(Debug)]
pub(super) struct TransferLog;

/// Most redirects that are followed; file servers have one, to another name of theirs.
const MOST_HOPS: u64 = 4;

/// How far back recent transfers go where the scenario says nothing; ours.
const RECENT: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Probe for TransferLog {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::transfer_log::TRANSFER_LOG
    }

    fn looks_back(&self) -> bool {
        true
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let url = ask.subject.trim();
            if url.is_empty() {
                let reason = "`transfers.url` is not declared for this registry".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let mut notes = Notes::new();
            notes.facts.set("url", Value::text(redirect::cut(url)));
            if let Some(fetched) = fetch(&ask, &mut notes, url).await {
                log(&ask, &mut notes, fetched).await;
            }
            notes.finish(&ask)
        })
    }
}

/// Fetches a log, and publishes what came; `None` if it is not a whole answer 200.
pub(super) async fn fetch(ask: &Ask<'_>, notes: &mut Notes, url: &str) -> Option<Fetched> {
    let most = MOST_HOPS.min(ask.limits.redirects);
    let mut next = url.to_owned();
    let mut hops = 0_u64;
    let fetched = loop {
        let what = What {
            method: "GET",
            url: &next,
            headers: &[("accept-encoding", "gzip")],
            limit: ask.limits.capture_bytes,
        };
        let fetched = file::get(ask, notes, what).await?;
        let location = file::headers(&fetched.answer).find(|(name, _)| name == "location");
        let (true, Some((_, location))) = (
            redirect::is_redirect(fetched.answer.status) && hops < most,
            location,
        ) else {
            break fetched;
        };
        let target = Url::parse(&next)
            .map_err(|error| error.to_string())
            .and_then(|asked| redirect::target(&asked, &location, ask.limits.public_only));
        match target {
            Ok(target) => next = target.into(),
            Err(reason) => {
                notes.fail(FailureKind::RedirectRefused, reason);
                return None;
            }
        }
        hops += 1;
    };
    let status = fetched.answer.status;
    let facts = &mut notes.facts;
    facts.set("status", Value::Count(i64::from(status)));
    facts.set(
        "hops",
        Value::Count(i64::try_from(hops).unwrap_or(i64::MAX)),
    );
    facts.set("wire_bytes", Value::Bytes(fetched.answer.body.bytes));
    for (name, value) in file::headers(&fetched.answer) {
        facts.set(format!("headers.{name}"), Value::text(value));
    }
    (status == 200).then_some(fetched)
}

/// Reads a log on a thread of its own and publishes what it says.
async fn log(ask: &Ask<'_>, notes: &mut Notes, fetched: Fetched) {
    // A replay asks at the same time again.
    let at = notes.at().unwrap_or_else(|| ask.clock.now());
    let limit = ask.limits.capture_bytes;
    let recent = ask.count("recent").and_then(|ms| i64::try_from(ms).ok());
    let recent = recent.map_or(RECENT, SignedDuration::from_millis);
    let run = ask.earlier_run.clone();
    let url = ask.subject.trim().to_owned();
    let read = apart(move || {
        let mut tally = Tally::new();
        let log = read(&fetched.answer, limit, &mut tally)?;
        let earlier = run.and_then(|run| Some((run.id.clone(), run.log(&url).ok()?)));
        let facts = publish::facts(&log, &mut tally, earlier, at, recent);
        Ok::<_, Failure>((facts, tally.finish()))
    })
    .await;
    match read {
        Ok((facts, found)) => {
            for (path, value) in facts.iter() {
                notes.facts.set(path, value.clone());
            }
            notes.inspected = Some(found);
        }
        Err(failure) => notes.fail(failure.kind, failure.detail),
    }
}

/// Reads the log in an answer.
///
/// # Errors
///
/// Why it could not be read, for reasons that are not in the log.
pub(super) fn read(answer: &HttpAnswer, limit: u64, tally: &mut Tally) -> Result<Log, Failure> {
    let codings = file::codings(answer);
    // What a decoder says of the octets is lost on the way through the parser.
    let mut whole = Stream::open(&answer.body, &codings, limit)?;
    if io::copy(&mut whole, &mut io::sink()).is_err() {
        let unknown = || Failure {
            kind: FailureKind::Here,
            detail: "reading the body".to_owned(),
        };
        return Err(whole.failure(None).unwrap_or_else(unknown));
    }
    let open = || {
        let stream = Stream::open(&answer.body, &codings, limit);
        stream.map_err(|failure| io::Error::other(failure.detail))
    };
    let log = transfers::read(open, tally);
    match &log.stopped {
        Some(Stopped::Input(reason)) => Err(Failure {
            kind: FailureKind::Here,
            detail: reason.clone(),
        }),
        Some(Stopped::Syntax { .. }) | None => Ok(log),
    }
}

/// Reads the log in an answer in short, for a later run.
///
/// # Errors
///
/// In words: why not.
pub(super) fn short(
    answer: &HttpAnswer,
    url: &str,
    at: Timestamp,
    limit: u64,
) -> Result<Short, String> {
    let log = read(answer, limit, &mut Tally::new()).map_err(|failure| failure.detail)?;
    match &log.stopped {
        Some(stopped) => Err(format!("the log cannot be read to its end: {stopped}")),
        None => Ok(Short::of(url, at, &log)),
    }
}

#[cfg(test)]
mod tests;
