//! The `stats` probe: a delegated statistics file, read whole, and what stands beside it.

mod facts;
mod side;
#[cfg(test)]
mod tests;

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use jiff::tz::TimeZone;
use regex::Regex;

use super::capture::Stream;
use super::file::{self, Fetched, What};
use super::notes::{Notes, skip};
use super::{Ask, Probe, answer};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Digest, Failure, FailureKind, Observation, Skipped, Value};
use crate::inspect::stats::{self, Census, Stats, Tally};
use crate::resource::Resources;
use crate::transport::Boxed;

/// Fetches and reads a statistics file.
#[derive(Debug)]
pub(super) struct StatsProbe;

impl Probe for StatsProbe {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::stats::STATS
    }

    fn looks_back(&self) -> bool {
        true
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            if ask.subject.trim().is_empty() {
                let reason = "`stats.url` is not declared for this registry".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let pattern = match ask.text("ids").filter(|text| !text.is_empty()) {
                None => None,
                Some(text) => match Regex::new(text) {
                    Ok(pattern) => Some(pattern),
                    Err(error) => {
                        let reason = format!("`ids` is no pattern: {error}");
                        return skip(&ask, Skipped::Error { reason });
                    }
                },
            };
            let mut visit = Visit {
                ask: &ask,
                notes: Notes::new(),
            };
            visit.file(pattern).await;
            visit.notes.finish(&ask)
        })
    }
}

/// One visit of a file.
struct Visit<'a, 'b> {
    ask: &'a Ask<'b>,
    notes: Notes,
}

/// A file that was read.
struct Seen {
    stats: Stats,
    tally: Tally,
    census: Census,
    /// How many ids do not fit the pattern, and some of them.
    unlike: Option<(u64, Vec<String>)>,
    digest: Digest,
    md5: String,
}

impl Visit<'_, '_> {
    /// Fetches the file, reads it, and asks for what stands beside it.
    async fn file(&mut self, pattern: Option<Regex>) {
        let url = self.ask.subject.clone();
        self.notes.facts.set("url", Value::text(&url));
        let headers = [("accept-encoding", "gzip")];
        let what = What {
            method: "GET",
            url: &url,
            headers: &headers,
            limit: self.ask.limits.capture_bytes,
        };
        let Some(fetched) = file::get(self.ask, &mut self.notes, what).await else {
            return;
        };
        self.head(&fetched);
        if fetched.answer.status != 200 {
            return;
        }
        let (body, codings) = (fetched.answer.body.clone(), fetched.codings());
        let limit = self.ask.limits.capture_bytes;
        let read = answer::apart(move || {
            let stream = Stream::open(&body, &codings, limit)?;
            read(stream, pattern.as_ref())
        });
        let seen = match read.await {
            Ok(seen) => seen,
            Err(failure) => return self.notes.fail(failure.kind, failure.detail),
        };
        let day = self.at().to_zoned(TimeZone::UTC).date();
        facts::publish(&mut self.notes.facts, &seen, fetched.answer.body.bytes, day);
        if let Some(texts) = self.ask.texts("about") {
            facts::about(
                &mut self.notes.facts,
                &seen.stats,
                &Resources::lenient(texts),
            );
        }
        self.series(&seen.stats).await;
        self.notes.inspected = Some(seen.tally.finish());
        if self.ask.flag("beside") == Some(false) {
            return;
        }
        let main = side::Main {
            url,
            digest: seen.digest,
            md5: seen.md5,
            fetched,
        };
        side::ask(self.ask, &mut self.notes, &main).await;
    }

    /// Publishes what the answer says before its body.
    fn head(&mut self, fetched: &Fetched) {
        let status = Value::Count(i64::from(fetched.answer.status));
        let facts = &mut self.notes.facts;
        facts.set("status", status);
        for (name, value) in file::headers(&fetched.answer) {
            facts.set(format!("headers.{name}"), Value::text(value));
        }
        facts.set("wire_bytes", Value::Bytes(fetched.answer.body.bytes));
        facts.set("coding", Value::text(fetched.codings().join(", ")));
        for (path, time) in [
            ("first_byte", fetched.timing.first_byte),
            ("total", fetched.timing.total),
        ] {
            self.notes.set_some(path, time.map(Value::Duration));
        }
        if let Some(modified) = fetched.time("last-modified") {
            let age = self.at().duration_since(modified);
            self.notes.facts.set("last_modified", Value::Time(modified));
            self.notes.facts.set("age", Value::Duration(age));
        }
    }

    /// Returns when the file was asked for.
    fn at(&self) -> jiff::Timestamp {
        self.notes.at().unwrap_or_else(|| self.ask.clock.now())
    }

    /// Compares the file with what an earlier run was given, if there is one.
    async fn series(&mut self, stats: &Stats) {
        let Some(run) = self.ask.earlier_run.clone() else {
            return;
        };
        let url = self.ask.subject.clone();
        let from = Arc::clone(&run);
        let earlier = answer::apart(move || from.statistics(&url)).await;
        match earlier {
            Ok(earlier) => facts::series(&mut self.notes.facts, &run.id, &earlier, stats),
            Err(why) => {
                let why = format!("of the earlier run `{}`: {why}", run.id);
                self.notes.facts.set("series.why", Value::text(why));
            }
        }
    }
}

/// Reads a file to its end, and applies the rules.
fn read(stream: Stream, pattern: Option<&Regex>) -> Result<Seen, Failure> {
    let mut hashing = Hashing {
        stream,
        sha256: Context::new(&SHA256),
        md5: md5::Context::new(),
    };
    let (stats, mut tally, stopped) =
        stats::read(BufReader::with_capacity(64 * 1024, &mut hashing));
    if let Some(failure) = hashing.stream.failure(None) {
        return Err(failure);
    }
    if let Some(error) = stopped {
        return Err(Failure {
            kind: FailureKind::Here,
            detail: format!("reading the file: {error}"),
        });
    }
    stats::look(&stats, &mut tally);
    let md5 = hashing.md5.finalize();
    Ok(Seen {
        census: Census::of(&stats),
        unlike: pattern.map(|pattern| stats::unlike(&stats, pattern)),
        stats,
        tally,
        digest: Digest::from_hash(hashing.sha256.finish().as_ref()),
        md5: format!("{md5:x}"),
    })
}

/// Octets that are hashed as they are read.
struct Hashing {
    stream: Stream,
    sha256: Context,
    md5: md5::Context,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.read(buffer)?;
        let new = buffer.get(..length).unwrap_or_default();
        self.sha256.update(new);
        self.md5.consume(new);
        Ok(length)
    }
}
