//! The `rrdp` probe: notification, snapshot and deltas of one repository.

mod against;

use std::sync::Arc;

use super::capture::Stream;
use super::conversation::header;
use super::file::{self, Cancel, Fetched, Terms, What};
use super::notes::Notes;
use super::{Ask, Probe, redirect};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Facts, Failure, Observation, Value};
use crate::inspect::rrdp::{
    self, Amount, Extension, Limits, Link, Notification, Objects, Reading, Tally,
};
use crate::transport::Boxed;
use against::Kept;

/// Fetches the files of a repository.
#[derive(Debug)]
pub(super) struct Rrdp;

impl Probe for Rrdp {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::rrdp::RRDP
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let mut visit = Visit::new(&ask);
            visit.notification().await;
            visit.finish()
        })
    }
}

/// One look at a repository.
struct Visit<'a, 'b> {
    ask: &'a Ask<'b>,
    notes: Notes,
    tally: Tally,
    /// Largest file, on the wire and decoded.
    limit: u64,
    authorities: Arc<Vec<String>>,
    cancel: Cancel,
    redirected: bool,
    /// What of the snapshot is to be compared.
    kept: Kept,
    /// Whether the hashes of all files so far are those of the notification; `None` before any.
    hashes_match: Option<bool>,
}

/// Which of the two readers of objects is used.
#[derive(Clone, Copy)]
enum Kind {
    Snapshot,
    Delta,
}

impl<'a, 'b> Visit<'a, 'b> {
    fn new(ask: &'a Ask<'b>) -> Self {
        let most = ask.limits.capture_bytes;
        let authorities = ask.texts("authorities").unwrap_or_default();
        Self {
            ask,
            notes: Notes::new(),
            tally: Tally::new(),
            limit: ask
                .count("size_limit")
                .map_or(most, |limit| limit.min(most)),
            authorities: Arc::new(authorities.iter().map(|a| a.to_lowercase()).collect()),
            cancel: Cancel::default(),
            redirected: false,
            kept: Kept::default(),
            hashes_match: None,
        }
    }

    fn finish(mut self) -> Observation {
        if self.notes.facts.get("notification.status").is_some() {
            let redirected = Value::Flag(self.redirected);
            self.notes.facts.set("redirected", redirected);
        }
        let matches = self.hashes_match.map(Value::Flag);
        self.notes.set_some("hashes_match", matches);
        self.notes.inspected = Some(self.tally.finish());
        self.notes.finish(self.ask)
    }

    /// Fetches the notification and what it names, as far as it goes.
    async fn notification(&mut self) {
        let url = self.ask.subject.clone();
        self.notes.facts.set("url", Value::text(&url));
        let Some(fetched) = self.get("GET", &url, &[]).await else {
            return;
        };
        fetched.publish(&mut self.notes, "notification");
        if let (Some(date), Some(at)) = (fetched.time("date"), self.notes.at()) {
            // A Date has whole seconds.
            let off = date.as_second().saturating_sub(at.as_second());
            let off = Value::Duration(jiff::SignedDuration::from_secs(off.saturating_abs()));
            self.notes.facts.set("notification.clock", off);
        }
        if fetched.answer.status != 200 {
            return;
        }
        let Some(seen) = self.read_notification(&url, &fetched).await else {
            return;
        };
        self.publish_notification(&url, &seen);
        if self.ask.flag("conditional") != Some(false) {
            self.again(&url, &fetched).await;
        }
        let mut snapshot = None;
        if self.ask.flag("snapshot") != Some(false)
            && let Some(link) = &seen.snapshot
        {
            snapshot = self.snapshot(&seen, link).await;
            let kept = std::mem::take(&mut self.kept);
            against::compare(self.ask, &mut self.notes, kept).await;
        }
        self.deltas(&url, &fetched, &seen, snapshot.as_ref()).await;
    }

    /// Asks for a file; a redirect is told and not followed.
    async fn get(
        &mut self,
        method: &str,
        url: &str,
        validators: &[(&str, &str)],
    ) -> Option<Fetched> {
        let coding = self.ask.text("coding").unwrap_or("gzip");
        let mut headers = vec![("accept-encoding", coding)];
        headers.extend(validators);
        let what = What {
            method,
            url,
            headers: &headers,
            limit: self.limit,
        };
        let fetched = file::get(self.ask, &mut self.notes, what).await?;
        self.redirected |= redirect::is_redirect(fetched.answer.status);
        Some(fetched)
    }

    async fn read_notification(&mut self, url: &str, fetched: &Fetched) -> Option<Notification> {
        let read = |stream: &mut Stream, reading: &Reading<'_>, tally: &mut Tally| {
            let seen = rrdp::read_notification(stream, reading, tally);
            rrdp::relate_paths(&seen, reading, tally);
            let stopped = seen.stopped.clone();
            (seen, stopped)
        };
        let seen = self.read(url, fetched, read).await?;
        if let Some(file) = &seen.file {
            let bytes = Value::Bytes(file.bytes);
            self.notes.facts.set("notification.bytes", bytes);
        }
        Some(seen)
    }

    /// Reads a file on a thread of its own; `None` if it could not be read for reasons that are not in it.
    async fn read<T: Send + 'static>(
        &mut self,
        url: &str,
        fetched: &Fetched,
        read: impl FnOnce(&mut Stream, &Reading<'_>, &mut Tally) -> (T, Option<rrdp::Stopped>)
        + Send
        + 'static,
    ) -> Option<T> {
        let terms = Terms {
            url: url.to_owned(),
            limit: self.limit,
            authorities: Arc::clone(&self.authorities),
            cancel: self.cancel.flag(),
        };
        match file::read_rrdp(fetched, terms, read).await {
            Ok((seen, tally)) => {
                self.tally.merge(tally);
                Some(seen)
            }
            Err(failure) => {
                self.notes.fail(failure.kind, failure.detail);
                None
            }
        }
    }

    fn publish_notification(&mut self, url: &str, seen: &Notification) {
        let facts = &mut self.notes.facts;
        if let Some(session) = &seen.head.session {
            facts.set("session", Value::text(redirect::cut(session)));
        }
        if let Some(serial) = seen.head.serial {
            facts.set("serial", count(serial));
        }
        facts.set("deltas.count", Value::count(seen.deltas.len()));
        if let Some(lowest) = seen.deltas.iter().map(|delta| delta.serial).min() {
            facts.set("deltas.lowest", count(lowest));
        }
        if let Some(snapshot) = &seen.snapshot {
            facts.set("snapshot.url", Value::text(redirect::cut(&snapshot.uri)));
        }
        let mut links = seen.snapshot.iter().chain(&seen.deltas).peekable();
        if links.peek().is_some() {
            let same = links.all(|link| rrdp::share_origin(url, &link.uri));
            facts.set("same_origin", Value::Flag(same));
        }
    }

    /// Asks for the notification once more, on the condition that it has changed.
    async fn again(&mut self, url: &str, first: &Fetched) {
        let etag = header(&first.answer, "etag");
        let modified = header(&first.answer, "last-modified");
        let validators: Vec<(&str, &str)> = [
            ("if-none-match", etag.as_deref()),
            ("if-modified-since", modified.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        if validators.is_empty() {
            return;
        }
        if let Some(fetched) = self.get("GET", url, &validators).await {
            let status = fetched.answer.status;
            let facts = &mut self.notes.facts;
            facts.set("conditional.status", Value::Count(i64::from(status)));
            facts.set("conditional.not_modified", Value::Flag(status == 304));
        }
    }

    /// Says whether a file has the notification's origin; no other one is asked (RFC 9674, section 3.1).
    fn is_near(&self, link: &Link) -> bool {
        rrdp::share_origin(&self.ask.subject, &link.uri)
    }

    async fn snapshot(&mut self, notification: &Notification, link: &Link) -> Option<Objects> {
        if !self.is_near(link) {
            return None;
        }
        let fetched = self.get("GET", &link.uri, &[]).await?;
        fetched.publish(&mut self.notes, "snapshot");
        if fetched.answer.status != 200 {
            return None;
        }
        let seen = self
            .objects(Kind::Snapshot, notification, link, &fetched)
            .await?;
        let matches = self.matches(link, &seen);
        let facts = &mut self.notes.facts;
        if let (Some(matches), Some(file)) = (matches, &seen.file) {
            facts.set("snapshot.hash_matches", Value::Flag(matches));
            facts.set("snapshot.bytes", Value::Bytes(file.bytes));
        }
        facts.set("objects.count", count(seen.published.count));
        facts.set("objects.bytes", Value::Bytes(seen.published.bytes));
        facts.set("objects.largest", Value::Bytes(seen.largest));
        let authorities = seen.authorities.keys().map(|name| Arc::from(name.as_str()));
        facts.set("objects.authorities", Value::Texts(authorities.collect()));
        facts.set("objects.by_extension", by_extension(&seen.by_extension));
        Some(seen)
    }

    /// Reads a snapshot or delta and holds it against the notification.
    async fn objects(
        &mut self,
        kind: Kind,
        notification: &Notification,
        link: &Link,
        fetched: &Fetched,
    ) -> Option<Objects> {
        let named = Notification {
            head: notification.head.clone(),
            ..Notification::default()
        };
        let (to, url) = (link.clone(), link.uri.clone());
        let mut sink = match Kept::new(self.ask) {
            Ok(sink) => sink,
            Err(Failure { kind, detail }) => {
                self.notes.fail(kind, detail);
                return None;
            }
        };
        let read = move |stream: &mut Stream, reading: &Reading<'_>, tally: &mut Tally| {
            let seen = match kind {
                Kind::Snapshot => {
                    let seen = rrdp::read_snapshot(stream, reading, &mut sink, tally);
                    rrdp::relate_snapshot(&named, &to, &seen, reading, tally);
                    seen
                }
                Kind::Delta => {
                    let seen = rrdp::read_delta(stream, reading, &mut (), tally);
                    rrdp::relate_deltas(&named, &to, &seen, reading, tally);
                    seen
                }
            };
            let stopped = seen.stopped.clone();
            ((seen, sink), stopped)
        };
        let (seen, kept) = self.read(&url, fetched, read).await?;
        if matches!(kind, Kind::Snapshot) {
            self.kept = kept;
        }
        Some(seen)
    }

    /// Says whether a file has the hash of the notification, and remembers it.
    fn matches(&mut self, link: &Link, seen: &Objects) -> Option<bool> {
        let matches = seen.file.as_ref()?.hash == link.hash;
        self.hashes_match = Some(self.hashes_match.unwrap_or(true) && matches);
        Some(matches)
    }

    /// Fetches all deltas, the newest first, or the headers of the oldest.
    async fn deltas(
        &mut self,
        url: &str,
        first: &Fetched,
        notification: &Notification,
        snapshot: Option<&Objects>,
    ) {
        let mut links: Vec<&Link> = notification.deltas.iter().collect();
        links.sort_by_key(|link| std::cmp::Reverse(link.serial));
        let mut oldest = None;
        if self.ask.flag("deltas") == Some(true) {
            let (mut all, mut records) = (Vec::new(), Vec::new());
            for link in &links {
                let (record, fetched, seen) = self.delta(notification, link).await;
                records.push(record);
                oldest = fetched;
                match seen {
                    Some(seen) => all.push(seen),
                    // What comes next would fail for the same reason.
                    None if self.notes.failure.is_some() => {
                        oldest = None;
                        break;
                    }
                    None => {}
                }
            }
            self.publish_deltas(&all, records);
            if all.len() == links.len()
                && let Some(snapshot) = snapshot
            {
                let cancel = self.cancel.flag();
                let reading = Reading {
                    url,
                    limits: Limits::DEFAULT,
                    authorities: &[],
                    cancel: &cancel,
                };
                rrdp::relate_volume(snapshot, &all, &reading, &mut self.tally);
            }
        } else if let Some(last) = links.last().filter(|link| self.is_near(link)) {
            oldest = self.get("HEAD", &last.uri, &[]).await;
        }
        let modified = oldest
            .filter(|fetched| fetched.answer.status == 200)
            .and_then(|fetched| fetched.time("last-modified"));
        if let Some(modified) = modified {
            let facts = &mut self.notes.facts;
            facts.set("deltas.oldest_modified", Value::Time(modified));
            if let Some(date) = first.time("date") {
                let reach = date.duration_since(modified);
                facts.set("deltas.reach", Value::Duration(reach));
            }
        }
    }

    async fn delta(
        &mut self,
        notification: &Notification,
        link: &Link,
    ) -> (Facts, Option<Fetched>, Option<Objects>) {
        let mut record = Facts::new();
        record.set("serial", count(link.serial));
        if !self.is_near(link) {
            return (record, None, None);
        }
        let Some(fetched) = self.get("GET", &link.uri, &[]).await else {
            return (record, None, None);
        };
        let status = Value::Count(i64::from(fetched.answer.status));
        record.set("status", status);
        record.set("wire_bytes", Value::Bytes(fetched.answer.body.bytes));
        if fetched.answer.status != 200 {
            return (record, Some(fetched), None);
        }
        let seen = self
            .objects(Kind::Delta, notification, link, &fetched)
            .await;
        if let Some(seen) = &seen {
            record.set("published", count(seen.published.count));
            record.set("withdrawn", count(seen.withdrawn));
            if let (Some(matches), Some(file)) = (self.matches(link, seen), &seen.file) {
                record.set("hash_matches", Value::Flag(matches));
                record.set("bytes", Value::Bytes(file.bytes));
            }
        }
        (record, Some(fetched), seen)
    }

    fn publish_deltas(&mut self, all: &[Objects], records: Vec<Facts>) {
        let facts = &mut self.notes.facts;
        facts.set("deltas.fetched", Value::count(all.len()));
        if !all.is_empty() {
            let sizes = all.iter().filter_map(|seen| Some(seen.file?.bytes));
            facts.set("deltas.bytes", Value::Bytes(sizes.sum()));
        }
        facts.set("delta_list", Value::Records(records));
    }
}

/// Returns the records of objects by extension.
pub(super) fn by_extension<'a>(
    all: impl IntoIterator<Item = (&'a Extension, &'a Amount)>,
) -> Value {
    let records = all.into_iter().map(|(extension, amount)| {
        let mut record = Facts::new();
        record.set("extension", Value::text(extension.as_str()));
        record.set("count", count(amount.count));
        record.set("bytes", Value::Bytes(amount.bytes));
        record
    });
    Value::Records(records.collect())
}

/// Returns a length in memory as a size.
pub(super) fn bytes(length: usize) -> Value {
    Value::Bytes(u64::try_from(length).unwrap_or(u64::MAX))
}

/// Returns a number; more than `i64` holds is cut to its largest.
pub(super) fn count(number: u64) -> Value {
    Value::Count(i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
