//! The `irr` probe: a dump of a routing registry, and its routes over the statistics of its registry.

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use super::capture::Stream;
use super::file::{self, Fetched, What};
use super::notes::{Notes, skip};
use super::{Ask, Probe, answer, body};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Failure, Observation, Skipped, Value};
use crate::inspect::irr::{self, Dump};
use crate::inspect::{Tally, stats};
use crate::resource::AddressSet;
use crate::transport::Boxed;

/// Fetches and reads a dump.
#[derive(Debug)]
pub(super) struct Irr;

/// Most routes outside of the statistics that are named.
const NAMED: usize = 20;

/// Largest file with a serial number, in octets; real ones have ten.
const SMALL: u64 = 4 * 1024;

impl Probe for Irr {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::irr::IRR
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            if ask.subject.trim().is_empty() {
                let reason = "no dump is declared for this registry".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let mut visit = Visit {
                ask: &ask,
                notes: Notes::new(),
            };
            if let Some(dump) = visit.dump().await {
                visit.over_statistics(dump).await;
            }
            visit.serial().await;
            visit.notes.finish(&ask)
        })
    }
}

/// One visit of a dump.
struct Visit<'a, 'b> {
    ask: &'a Ask<'b>,
    notes: Notes,
}

impl Visit<'_, '_> {
    /// Fetches the dump, reads it and publishes what it has.
    async fn dump(&mut self) -> Option<Dump> {
        let url = self.ask.subject.trim().to_owned();
        self.notes.facts.set("url", Value::text(&url));
        let limit = self.ask.limits.capture_bytes;
        let fetched = file::get(self.ask, &mut self.notes, file_at(&url, limit)).await?;
        let status = Value::Count(i64::from(fetched.answer.status));
        self.notes.facts.set("status", status);
        if fetched.answer.status != 200 {
            return None;
        }
        let facts = &mut self.notes.facts;
        facts.set("wire_bytes", Value::Bytes(fetched.answer.body.bytes));
        if let Some(modified) = fetched.time("last-modified") {
            facts.set("last_modified", Value::Time(modified));
        }
        let age = self.age(&fetched);
        self.notes.set_some("age", age);
        let source = self.ask.text("source").unwrap_or_default().to_owned();
        let (body, codings) = (fetched.answer.body.clone(), fetched.codings());
        let read = answer::apart(move || {
            let mut stream = Stream::open(&body, &codings, limit)?;
            let mut tally = Tally::default();
            let (dump, packed) = read(&mut stream, &source, limit, &mut tally);
            match stream.failure(None) {
                Some(failure) => Err(failure),
                None => Ok((dump, packed, tally)),
            }
        });
        let (dump, packed, tally) = match read.await {
            Ok(read) => read,
            Err(failure) => {
                self.notes.fail(failure.kind, failure.detail);
                return None;
            }
        };
        self.notes.inspected = Some(tally.finish());
        self.notes.facts.set("packed", Value::Flag(packed));
        self.publish(&dump);
        Some(dump)
    }

    fn publish(&mut self, dump: &Dump) {
        let classes = dump.classes.iter();
        let classes: Vec<String> = classes.map(|(name, n)| format!("{name} {n}")).collect();
        let sources = dump.sources.keys().map(|name| Arc::from(name.as_str()));
        let of = |is_ipv4: bool| {
            let own = dump.routes.iter();
            own.filter(move |route| route.addresses.first().is_ipv4() == is_ipv4)
        };
        let origins: BTreeSet<u32> = dump.routes.iter().map(|route| route.origin.0).collect();
        let objects = i64::try_from(dump.objects).unwrap_or(i64::MAX);
        let facts = &mut self.notes.facts;
        facts.set("bytes", Value::Bytes(dump.octets));
        facts.set("objects.count", Value::Count(objects));
        facts.set("objects.classes", Value::text(classes.join(", ")));
        facts.set("objects.sources", Value::Texts(sources.collect()));
        facts.set("routes.ipv4", Value::count(of(true).count()));
        facts.set("routes.ipv6", Value::count(of(false).count()));
        facts.set("routes.origins", Value::count(origins.len()));
    }

    /// Lays the routes over the registry's statistics, where they are asked for and can be read.
    async fn over_statistics(&mut self, dump: Dump) {
        let Some(url) = self.ask.text("statistics").filter(|url| !url.is_empty()) else {
            return;
        };
        let url = url.to_owned();
        let Some(fetched) = self.beside(&url, self.ask.limits.capture_bytes).await else {
            return;
        };
        let status = Value::Count(i64::from(fetched.answer.status));
        self.notes.facts.set("statistics.status", status);
        if fetched.answer.status != 200 {
            return;
        }
        let (body, codings) = (fetched.answer.body.clone(), fetched.codings());
        let limit = self.ask.limits.capture_bytes;
        let laid = answer::apart(move || {
            let mut stream = Stream::open(&body, &codings, limit)?;
            let (listed, ..) = stats::read(BufReader::with_capacity(64 * 1024, &mut stream));
            if let Some(failure) = stream.failure(None) {
                return Err(failure);
            }
            let listed: AddressSet = listed
                .rows
                .iter()
                .filter_map(stats::Row::addresses)
                .collect();
            let mut examples: Vec<Arc<str>> = Vec::new();
            let mut count = 0_usize;
            for route in &dump.routes {
                if listed.covers_range(&route.addresses) {
                    continue;
                }
                count = count.saturating_add(1);
                if examples.len() < NAMED {
                    let (addresses, origin, line) = (route.addresses, route.origin, route.line);
                    examples.push(format!("{addresses} {origin}, line {line}").into());
                }
            }
            Ok::<_, Failure>((count, examples))
        });
        if let Ok((count, examples)) = laid.await {
            let facts = &mut self.notes.facts;
            facts.set("routes.unlisted", Value::count(count));
            facts.set("routes.unlisted_examples", Value::Texts(examples));
        }
    }

    async fn serial(&mut self) {
        let Some(url) = self.ask.text("serial").filter(|url| !url.is_empty()) else {
            return;
        };
        let url = url.to_owned();
        let Some(fetched) = self.beside(&url, SMALL).await else {
            return;
        };
        let status = Value::Count(i64::from(fetched.answer.status));
        self.notes.facts.set("serial.status", status);
        if fetched.answer.status != 200 {
            return;
        }
        let octets = body::octets(&fetched.answer.body).ok();
        let number = octets.and_then(|octets| {
            let text = std::str::from_utf8(&octets).ok()?;
            text.trim().parse::<u32>().ok()
        });
        let number = number.map(|number| Value::Count(i64::from(number)));
        self.notes.set_some("serial.number", number);
        let age = self.age(&fetched);
        self.notes.set_some("serial.age", age);
    }

    /// Fetches what stands beside the dump; what fails there is no failure of the whole.
    async fn beside(&mut self, url: &str, limit: u64) -> Option<Fetched> {
        let before = self.notes.failure.take();
        let fetched = file::get(self.ask, &mut self.notes, file_at(url, limit)).await;
        self.notes.failure = before;
        fetched
    }

    /// Returns how old a file was when it was asked for.
    fn age(&self, fetched: &Fetched) -> Option<Value> {
        let at = self.notes.at().unwrap_or_else(|| self.ask.clock.now());
        let modified = fetched.time("last-modified")?;
        Some(Value::Duration(at.duration_since(modified)))
    }
}

/// Returns a request for a file as it is.
const fn file_at(url: &str, limit: u64) -> What<'_> {
    What {
        method: "GET",
        url,
        headers: &[("accept-encoding", "identity")],
        limit,
    }
}

/// Reads a dump, and says whether it is gzip; `limit` bounds what it holds, in octets.
fn read(stream: &mut Stream, source: &str, limit: u64, tally: &mut Tally) -> (Dump, bool) {
    let mut first = Vec::new();
    let begun = stream.by_ref().take(2).read_to_end(&mut first);
    let packed = begun.is_ok() && first == [0x1f, 0x8b];
    let whole = io::Cursor::new(first).chain(stream);
    let (dump, _) = if packed {
        // Ten times is what text becomes at most.
        let plain = MultiGzDecoder::new(whole).take(limit.saturating_mul(10));
        irr::read(BufReader::with_capacity(64 * 1024, plain), source, tally)
    } else {
        irr::read(BufReader::with_capacity(64 * 1024, whole), source, tally)
    };
    (dump, packed)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::Argument;
    use super::super::scripted::{Reply, Script, check_vocabulary, fact, failing, http};
    use super::*;
    use crate::fact::FailureKind;

    const URL: &str = "https://ftp.test/dbase/test.db.gz";
    const MODIFIED: &str = "last-modified: Fri, 20 Nov 2026 12:00:00 GMT";
    const DUMP: &str = "route: 192.0.2.0/24\norigin: AS64496\nsource: TEST\n\n\
        route: 203.0.113.0/24\norigin: AS64496\nsource: TEST\n\n\
        route6: 2001:db8::/32\norigin: AS64497\nsource: OTHER\n";
    const STATISTICS: &str = "2|test|1|2||20261120|+0000\n\
        test|NL|ipv4|192.0.2.0|256|19940325|allocated|a\n\
        test|NL|ipv6|2001:db8::|32|19990325|allocated|a\n";

    fn packed() -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(DUMP.as_bytes()).unwrap();
        gzip.finish().unwrap()
    }

    fn ask(replies: Vec<Reply>) -> Observation {
        let text = |text: &str| Argument::Text(text.to_owned());
        let arguments = [
            ("source", text("TEST")),
            ("serial", text("https://ftp.test/TEST.CURRENTSERIAL")),
            ("statistics", text("https://ftp.test/stats/delegated")),
        ];
        Script::new(replies).ask(&Irr, URL, &arguments)
    }

    #[test]
    fn a_dump_is_read_and_its_routes_are_laid_over_the_statistics() {
        let seen = ask(vec![
            http(200, &[MODIFIED], &packed()),
            http(200, &[], STATISTICS.as_bytes()),
            http(200, &[MODIFIED], b"4711\n"),
        ]);
        for (path, expected) in [
            ("failure", ""),
            ("packed", "true"),
            ("age", "12h 1s"),
            ("objects.count", "3"),
            ("objects.classes", "route 2, route6 1"),
            ("objects.sources", "[OTHER, TEST]"),
            ("routes.ipv4", "2"),
            ("routes.ipv6", "1"),
            ("routes.origins", "2"),
            ("routes.unlisted", "1"),
            (
                "routes.unlisted_examples",
                "[203.0.113.0/24 AS64496, line 5]",
            ),
            ("serial.number", "4711"),
        ] {
            assert_eq!(fact(&seen, path), expected, "{path}");
        }
        let found = &seen.inspected.as_ref().unwrap().findings;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(&*found[0].rule, "irr.object.source");
        check_vocabulary(&vocabulary::irr::IRR, &[seen]);
    }

    #[test]
    fn a_dump_that_breaks_off_is_a_finding_and_the_rest_is_read() {
        let whole = packed();
        let cut = &whole[..whole.len() - 9];
        let seen = ask(vec![
            http(200, &[], cut),
            failing(FailureKind::Timeout),
            http(404, &[], b""),
        ]);
        assert_eq!(fact(&seen, "failure"), "");
        assert_eq!(fact(&seen, "routes.unlisted"), "(absent)");
        assert_eq!(fact(&seen, "serial.status"), "404");
        let found = &seen.inspected.as_ref().unwrap().findings;
        assert!(
            found.iter().any(|f| &*f.rule == "irr.dump.whole"),
            "{found:?}"
        );
    }

    #[test]
    fn a_dump_that_is_not_there_has_a_status_and_its_serial_is_asked_for() {
        let seen = ask(vec![http(404, &[], b"no"), http(200, &[], b"no number")]);
        assert_eq!(
            (
                fact(&seen, "status").as_str(),
                fact(&seen, "failure").as_str()
            ),
            ("404", "")
        );
        assert_eq!(fact(&seen, "serial.number"), "(absent)");
        assert_eq!(seen.inspected, None);
    }
}
