//! The `rpki_series` probe: a repository beside an earlier capture of it.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::capture::Stream;
use super::earlier::{self, EarlierRun};
use super::file::{self, Cancel, Fetched, Terms, What};
use super::notes::{Notes, skip};
use super::rrdp::count;
use super::{Ask, Probe, answer, redirect};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Distribution, FailureKind, Observation, SampleUnit, Skipped, Value};
use crate::inspect::rpki::Outline;
use crate::inspect::rrdp::{self, Notification, Reading, Tally};
use crate::inspect::series::{self, Capture, Kept, Measures, Pair, Replay};
use crate::inspect::tree::Anchor;
use crate::transport::Boxed;

/// Time for which a snapshot is asked for again after a notification named it.
///
/// Source: draft-ietf-sidrops-publication-server-bcp: two hours after it was listed last.
const REMAINS: SignedDuration = SignedDuration::from_hours(2);

/// Most deltas that are applied; relying parties apply no more.
const MOST_DELTAS: u64 = rrdp::MOST_DELTAS;

/// Compares a repository with an earlier capture.
#[derive(Debug)]
pub(super) struct RpkiSeries;

impl Probe for RpkiSeries {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::rpki_series::RPKI_SERIES
    }

    fn looks_back(&self) -> bool {
        true
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            if ask.subject.trim().is_empty() {
                let reason = "`rpki.rrdp` is not declared for this registry".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let Some(run) = ask.earlier_run.clone() else {
                let reason = "no earlier run was given".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            };
            let (from, notify) = (Arc::clone(&run), ask.subject.clone());
            let earlier = match answer::apart(move || from.capture(&notify)).await {
                Ok(earlier) => earlier,
                Err(why) => {
                    let reason = format!("of the earlier run `{}`: {why}", run.id);
                    return skip(&ask, Skipped::Skipped { reason });
                }
            };
            let mut visit = Visit {
                ask: &ask,
                notes: Notes::new(),
                cancel: Cancel::default(),
            };
            visit.compare(&run, earlier).await;
            visit.notes.finish(&ask)
        })
    }
}

/// One look at a repository.
struct Visit<'a, 'b> {
    ask: &'a Ask<'b>,
    notes: Notes,
    cancel: Cancel,
}

impl Visit<'_, '_> {
    /// Captures the repository and compares it; as far as it goes.
    async fn compare(&mut self, run: &EarlierRun, earlier: Capture) {
        // Without trust anchor, deltas or earlier snapshot the rest still is compared: what fails
        // there is no failure of all.
        let anchor = self.anchor().await;
        self.notes.failure = None;
        let Some(mut present) = self.capture().await else {
            return;
        };
        present.anchor = anchor;
        let replay = self.replay(&earlier, &present).await;
        let kept = self.kept(&earlier, &present).await;
        self.notes.failure = None;
        let facts = &mut self.notes.facts;
        facts.set("earlier.run", Value::text(&run.id));
        facts.set("earlier.at", Value::Time(earlier.at));
        facts.set("serials.earlier", count(earlier.serial));
        facts.set("serials.present", count(present.serial));
        facts.set("objects.count", Value::count(present.objects.len()));
        if let Some((_, applied)) = &replay {
            facts.set("deltas.applied", count(*applied));
        }
        if let Some(kept) = &kept {
            let status = Value::Count(i64::from(kept.status));
            facts.set("snapshot.earlier.status", status);
        }
        let (inspected, measures) = answer::apart(move || {
            let replay = replay.as_ref().map(|(replay, _)| replay);
            let pair = Pair::of(&earlier, &present, replay, kept.as_ref());
            (series::look(&pair), series::measure(&pair))
        })
        .await;
        self.notes.inspected = Some(inspected);
        self.publish(measures);
    }

    /// Asks for a file of the repository; `None` if it did not come whole, which is noted as a failure.
    async fn whole(&mut self, url: &str) -> Option<Fetched> {
        let limit = self.ask.limits.capture_bytes;
        file::whole(self.ask, &mut self.notes, url, "gzip", limit).await
    }

    /// Fetches the certificate of the trust anchor by the first https URI of its locator.
    async fn anchor(&mut self) -> Option<Outline> {
        let url = self.ask.text("locator").filter(|url| !url.is_empty())?;
        let locator = file::small(self.ask, &mut self.notes, url).await?;
        let read = Anchor::of_tal("", &locator, Bytes::new()).ok()?;
        let certificate = file::small(self.ask, &mut self.notes, read.https_uri()?);
        series::anchor(&certificate.await?)
    }

    /// Captures the repository as it is now.
    async fn capture(&mut self) -> Option<Capture> {
        let url = self.ask.subject.clone();
        let fetched = self.whole(&url).await?;
        let at = self.asked_at();
        let seen: Notification = self
            .read(&url, &fetched, |stream, reading, tally| {
                rrdp::read_notification(stream, reading, tally)
            })
            .await?;
        let begun = earlier::begin(&url, at, &seen);
        let (mut capture, link) = match (begun, seen.snapshot) {
            (Ok(capture), Some(link)) => (capture, link),
            (Err(why), _) => {
                self.notes.fail(FailureKind::Protocol, why);
                return None;
            }
            (Ok(_), None) => return None,
        };
        if !rrdp::share_origin(&url, &link.uri) {
            let detail = format!(
                "the snapshot `{}` has another origin",
                redirect::cut(&link.uri)
            );
            self.notes.fail(FailureKind::RedirectRefused, detail);
            return None;
        }
        let fetched = self.whole(&link.uri).await?;
        let uri = link.uri.clone();
        let filled = self
            .read(&uri, &fetched, move |stream, reading, tally| {
                earlier::read_snapshot(stream, reading, tally, &link)
            })
            .await?;
        match filled {
            Ok(filling) => capture.objects = filling.0,
            Err(why) => {
                self.notes.fail(FailureKind::Protocol, why);
                return None;
            }
        }
        Some(capture)
    }

    /// Returns the time of the capture: that of the first exchange, which a replay gives again.
    fn asked_at(&self) -> Timestamp {
        self.notes.at().unwrap_or_else(|| self.ask.clock.now())
    }

    /// Reads a fetched file on a thread of its own; what went wrong is noted as a failure.
    async fn read<T: Send + 'static>(
        &mut self,
        url: &str,
        fetched: &Fetched,
        read: impl FnOnce(&mut Stream, &Reading<'_>, &mut Tally) -> T + Send + 'static,
    ) -> Option<T> {
        let terms = Terms {
            url: url.to_owned(),
            limit: self.ask.limits.capture_bytes,
            authorities: Arc::default(),
            cancel: self.cancel.flag(),
        };
        let whole = move |stream: &mut Stream, reading: &Reading<'_>, tally: &mut Tally| {
            (read(stream, reading, tally), None)
        };
        match file::read_rrdp(fetched, terms, whole).await {
            Ok((seen, _)) => Some(seen),
            Err(failure) => {
                self.notes.fail(failure.kind, failure.detail);
                None
            }
        }
    }

    /// Applies the deltas since the earlier capture to it, and returns what they lead to and how
    /// many there were; `None` if they do not reach back, or one did not come.
    async fn replay(&mut self, earlier: &Capture, present: &Capture) -> Option<(Replay, u64)> {
        let more = present.serial.checked_sub(earlier.serial)?;
        if earlier.session != present.session || more > MOST_DELTAS {
            return None;
        }
        let serials = earlier.serial.checked_add(1)?..=present.serial;
        let links: Option<Vec<series::File>> = serials
            .map(|serial| present.deltas.get(&serial).cloned())
            .collect();
        let mut replay = Replay::of(earlier);
        for link in links? {
            if !rrdp::share_origin(&self.ask.subject, &link.uri) {
                return None;
            }
            let fetched = self.whole(&link.uri).await?;
            let mut begun = replay;
            begun.begin(&link.uri);
            let (seen, applied) = self
                .read(&link.uri, &fetched, move |stream, reading, tally| {
                    let seen = rrdp::read_delta(stream, reading, &mut begun, tally);
                    (seen, begun)
                })
                .await?;
            let hashed = seen.file.filter(|_| seen.stopped.is_none())?;
            if series::File::new(&link.uri, &hashed.hash) != link {
                return None;
            }
            replay = applied;
        }
        Some((replay, more))
    }

    /// Asks for the earlier snapshot again, where it should still be there.
    async fn kept(&mut self, earlier: &Capture, present: &Capture) -> Option<Kept> {
        let link = &earlier.snapshot;
        let elapsed = present.at.duration_since(earlier.at);
        let same = link == &present.snapshot;
        if same || elapsed > REMAINS || !rrdp::share_origin(&self.ask.subject, &link.uri) {
            return None;
        }
        let what = What {
            method: "GET",
            url: &link.uri,
            headers: &[("accept-encoding", "gzip")],
            limit: self.ask.limits.capture_bytes,
        };
        let fetched = file::get(self.ask, &mut self.notes, what).await?;
        let status = fetched.answer.status;
        if status != 200 {
            return Some(Kept { status, hash: None });
        }
        let uri = link.uri.clone();
        let seen = self
            .read(&uri, &fetched, |stream, reading, tally| {
                rrdp::read_snapshot(stream, reading, &mut (), tally)
            })
            .await?;
        let hash = seen
            .file
            .map(|file| series::File::new(&uri, &file.hash).hash);
        Some(Kept { status, hash })
    }

    fn publish(&mut self, seen: Measures) {
        let seconds = |value: i64| Value::Duration(SignedDuration::from_secs(value));
        let facts = &mut self.notes.facts;
        facts.set("elapsed", seconds(seen.elapsed));
        facts.set("session.changed", Value::Flag(seen.session_changed));
        for (path, number) in [
            ("objects.new", seen.new),
            ("objects.gone", seen.gone),
            ("objects.changed", seen.changed),
            ("manifests.replaced", seen.manifests),
            ("roas.gone", seen.roas_gone),
            ("aspas.gone", seen.aspas_gone),
            ("keys.gone", seen.keys_gone),
            ("crl.expired", seen.expired_entries),
        ] {
            facts.set(path, count(number));
        }
        let of = |unit, samples| Distribution::of(unit, samples).map(Value::Distribution);
        for (path, value) in [
            ("serials.growth", seen.serials.map(count)),
            (
                "publication.interval",
                seen.publication_interval.map(seconds),
            ),
            (
                "manifests.interval",
                of(SampleUnit::Duration, seen.manifest_intervals),
            ),
            ("keys.age", of(SampleUnit::Duration, seen.key_ages)),
            ("crl.entries", of(SampleUnit::Count, seen.crl_entries)),
            ("anchor.reissued", seen.anchor_reissued.map(Value::Flag)),
            ("anchor.left", seen.anchor_left.map(seconds)),
            ("tak.lifetime", seen.tak_lifetime.map(seconds)),
            ("tak.interval", seen.tak_interval.map(seconds)),
        ] {
            self.notes.set_some(path, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::Script;
    use super::*;

    #[test]
    fn without_an_earlier_run_nothing_is_asked() {
        let script = Script::new([]);
        let url = "https://rrdp.afrinic.test/notification.xml";
        let observation = script.ask(&RpkiSeries, url, &[]);
        let reason = "no earlier run was given".to_owned();
        assert_eq!(observation.skipped, Some(Skipped::NotApplicable { reason }));
        assert!(script.requests.lock().unwrap().is_empty());
    }
}
