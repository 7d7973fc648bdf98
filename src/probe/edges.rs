//! The `edges` probe: one file at every address of its name, as clients of each of them see it.

use std::net::IpAddr;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use url::Url;

use super::conversation::header;
use super::notes::Notes;
use super::{Ask, Probe, body, redirect};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Facts, Failure, FailureKind, Observation, Value};
use crate::inspect::rrdp::{self, Head, Limits, Notification, Reading, Tally, share_origin};
use crate::transport::{Answer, Boxed, Exchange, HttpAnswer, HttpRequest, Request};

/// Asks for a file at every address.
#[derive(Debug)]
pub(super) struct Edges;

/// Most addresses that are asked; names of repositories have two to eight.
const MOST: usize = 8;

/// The part of the time for the whole probe that one address may take.
const PART: u32 = 4;

impl Probe for Edges {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::edges::EDGES
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let mut notes = Notes::new();
            notes.facts.set("url", Value::text(&ask.subject));
            let mut visit = Visit {
                ask: &ask,
                notes: &mut notes,
                edges: Vec::new(),
            };
            if visit.each().await {
                visit.publish();
                visit.again().await;
                visit.files().await;
                visit.publish_each();
            }
            notes.finish(&ask)
        })
    }
}

/// What an address gave.
#[derive(Debug)]
struct Edge {
    address: IpAddr,
    failure: Option<Failure>,
    status: Option<u16>,
    etag: Option<String>,
    last_modified: Option<String>,
    /// Digest as text and size of a file that was given.
    file: Option<(String, u64)>,
    /// The notification, if the file is one.
    notification: Option<Notification>,
    /// Status of the conditional request.
    again: Option<u16>,
}

impl Edge {
    fn read(address: IpAddr, exchange: Exchange, url: &str) -> Self {
        let mut edge = Self {
            address,
            failure: exchange.failure,
            status: None,
            etag: None,
            last_modified: None,
            file: None,
            notification: None,
            again: None,
        };
        let Some(Answer::Http(answer)) = exchange.answer else {
            return edge;
        };
        if edge.failure.is_some() {
            return edge;
        }
        edge.status = Some(answer.status);
        if !edge.is_ok() {
            return edge;
        }
        edge.etag = header(&answer, "etag");
        edge.last_modified = header(&answer, "last-modified");
        edge.file = Some((answer.body.digest.as_str().to_owned(), answer.body.bytes));
        edge.notification = notification(&answer, url);
        edge
    }

    fn is_ok(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }

    fn head(&self) -> Option<&Head> {
        self.notification.as_ref().map(|seen| &seen.head)
    }

    /// Says whether two addresses gave the same octets.
    fn gives_same(&self, other: &Self) -> bool {
        self.file.is_some() && self.file == other.file
    }

    fn record(&self) -> Facts {
        let mut record = Facts::new();
        record.set("address", Value::text(self.address.to_string()));
        record.set("ok", Value::Flag(self.is_ok()));
        let failure = self.failure.as_ref().map_or("", |f| f.kind.as_str());
        record.set("failure", Value::text(failure));
        let count = |status: Option<u16>| status.map(|status| Value::Count(i64::from(status)));
        let (digest, bytes) = self.file.as_ref().map(|(d, b)| (d.as_str(), *b)).unzip();
        let head = self.head();
        let serial = head.and_then(|head| head.serial);
        for (path, value) in [
            ("status", count(self.status)),
            ("again", count(self.again)),
            ("etag", self.etag.as_ref().map(Value::text)),
            (
                "last_modified",
                self.last_modified.as_ref().map(Value::text),
            ),
            ("digest", digest.map(Value::text)),
            ("bytes", bytes.map(Value::Bytes)),
            (
                "session",
                head.and_then(|h| h.session.as_ref()).map(Value::text),
            ),
            ("serial", serial.map(super::rrdp::count)),
        ] {
            if let Some(value) = value {
                record.set(path, value);
            }
        }
        record
    }
}

/// Reads a body as an RRDP notification; `None` if it is none.
fn notification(answer: &HttpAnswer, url: &str) -> Option<Notification> {
    let octets = body::octets(&answer.body).ok()?;
    let never = AtomicBool::new(false);
    let reading = Reading {
        url,
        limits: Limits::DEFAULT,
        authorities: &[],
        cancel: &never,
    };
    let seen = rrdp::read_notification(&*octets, &reading, &mut Tally::default());
    (seen.head.session.is_some() && seen.head.serial.is_some()).then_some(seen)
}

/// One visit of all addresses.
struct Visit<'a, 'b> {
    ask: &'a Ask<'b>,
    notes: &'a mut Notes,
    edges: Vec<Edge>,
}

impl Visit<'_, '_> {
    /// Makes one request; `None` if there was no time left for it.
    async fn request(
        &mut self,
        (method, url): (&str, &str),
        address: Option<IpAddr>,
        validator: Option<(&str, &str)>,
    ) -> Option<Exchange> {
        let headers = [("accept", "*/*"), ("accept-encoding", "identity")];
        let headers = headers.into_iter().chain(validator);
        let part = self.ask.timeout.checked_div(PART).unwrap_or(Duration::ZERO);
        let request = HttpRequest {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            address,
            family: self.ask.family,
            body_limit: self.ask.limits.body_bytes,
            timeout: self.notes.remaining(self.ask).min(part),
        };
        let exchange = self
            .notes
            .exchange(self.ask, Request::Http(request))
            .await?;
        let came = match &exchange.answer {
            Some(Answer::Http(answer)) => answer.status.to_string(),
            _ => "nothing".to_owned(),
        };
        let at = address.map(|a| format!(" at {a}")).unwrap_or_default();
        let what = format!("{method} {}{at}", redirect::cut(url));
        self.notes.asked(&exchange, &what, &came);
        Some(exchange)
    }

    /// Asks every address for the file; `false` if no address is known.
    async fn each(&mut self) -> bool {
        let url = self.ask.subject.clone();
        let checked = Url::parse(&url).map_err(|error| error.to_string());
        let checked = checked.and_then(|url| redirect::check(&url, self.ask.limits.public_only));
        if let Err(reason) = checked {
            self.notes.fail(FailureKind::RedirectRefused, reason);
            return false;
        }
        let Some(first) = self.request(("GET", url.as_str()), None, None).await else {
            return false;
        };
        let answered = first.destination.map(|to| to.ip().to_canonical());
        let answered = answered.filter(|_| first.answer.is_some());
        let mut addresses: Vec<IpAddr> = first.addresses.iter().map(IpAddr::to_canonical).collect();
        addresses.extend(answered);
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() || first.failure.as_ref().is_some_and(is_ours) {
            self.notes.fail_foreign(&first);
            return false;
        }
        // Of each family the lowest ones, so that both are asked.
        let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) =
            addresses.iter().copied().partition(IpAddr::is_ipv4);
        let most4 = MOST.saturating_sub(v6.len().min(MOST / 2));
        let all = addresses.len();
        addresses = v4.into_iter().take(most4).collect();
        addresses.extend(v6.into_iter().take(MOST.saturating_sub(addresses.len())));
        let left_out = all.saturating_sub(addresses.len());
        self.notes.facts.set("left_out", Value::count(left_out));
        let mut first = Some(first);
        for address in addresses {
            let exchange = match first.take_if(|_| answered == Some(address)) {
                Some(exchange) => exchange,
                None => match self
                    .request(("GET", url.as_str()), Some(address), None)
                    .await
                {
                    Some(exchange) => exchange,
                    None => return false,
                },
            };
            if let Some(failure) = exchange.failure.as_ref().filter(|failure| is_ours(failure)) {
                self.notes.fail(failure.kind, failure.detail.clone());
                return false;
            }
            self.edges.push(Edge::read(address, exchange, &url));
        }
        // Where nobody answers, nothing is said of one address beside another.
        if self.edges.iter().all(|edge| edge.status.is_none()) {
            let mut failures = self.edges.iter().filter_map(|edge| edge.failure.clone());
            let failure = failures.next();
            let unknown = "no address answered".to_owned();
            let failure = failure.map_or((FailureKind::Protocol, unknown), |f| (f.kind, f.detail));
            self.notes.fail(failure.0, failure.1);
            return false;
        }
        true
    }

    /// Publishes what the files themselves show.
    fn publish(&mut self) {
        let facts = &mut self.notes.facts;
        let texts =
            |all: Vec<String>| Value::Texts(all.iter().map(|t| t.as_str().into()).collect());
        let addresses = self.edges.iter().map(|edge| edge.address.to_string());
        facts.set("addresses", texts(addresses.collect()));
        facts.set("count", Value::count(self.edges.len()));
        facts.set("silent", texts(silent(&self.edges)));
        let heads: Vec<(&Edge, &Head)> = self
            .edges
            .iter()
            .filter_map(|edge| Some((edge, edge.head()?)))
            .collect();
        let Some((first, head)) = heads.first() else {
            return;
        };
        let same = heads
            .iter()
            .filter(|(_, other)| other.session == head.session);
        let serials: Vec<u64> = same.filter_map(|(_, other)| other.serial).collect();
        let (least, most) = (serials.iter().min(), serials.iter().max());
        let behind = most
            .zip(least)
            .map(|(most, least)| most.saturating_sub(*least));
        facts.set("behind", super::rrdp::count(behind.unwrap_or_default()));
        let mut differ = Vec::new();
        for (edge, other) in &heads {
            if other.session != head.session {
                let (one, two) = (edge.address, first.address);
                differ.push(format!("{one} has another session than {two}"));
            } else if let Some((before, _)) = heads
                .iter()
                .take_while(|(before, _)| before.address != edge.address)
                .find(|(before, earlier)| earlier == other && !before.gives_same(edge))
            {
                let (one, two) = (edge.address, before.address);
                differ.push(format!(
                    "{one} has another document of the serial than {two}"
                ));
            }
        }
        facts.set("documents_differ", texts(differ));
    }

    /// Asks each address with a validator that another one sent.
    async fn again(&mut self) {
        let mut differ = validators(&self.edges);
        let url = self.ask.subject.clone();
        for at in 0..self.edges.len() {
            let Some(edge) = self.edges.get(at) else {
                break;
            };
            // The next one in a circle, so that each validator is sent once.
            let others = self.edges.iter().cycle().skip(at.saturating_add(1));
            let mut others = others.take(self.edges.len().saturating_sub(1));
            let Some(other) = others.find(|other| other.gives_same(edge)) else {
                continue;
            };
            let (address, from) = (edge.address, other.address);
            let validator = match (&other.etag, &other.last_modified) {
                (Some(etag), _) => ("if-none-match", etag.clone()),
                (None, Some(time)) => ("if-modified-since", time.clone()),
                (None, None) => continue,
            };
            let validator = (validator.0, validator.1.as_str());
            let asked = self.request(("GET", url.as_str()), Some(address), Some(validator));
            let Some(exchange) = asked.await else {
                return;
            };
            let Some(Answer::Http(answer)) = exchange.answer else {
                continue;
            };
            let Some(edge) = self.edges.get_mut(at) else {
                continue;
            };
            edge.again = Some(answer.status);
            let same =
                Some(answer.body.digest.as_str()) == edge.file.as_ref().map(|f| f.0.as_str());
            if answer.status == 200 && same {
                differ.push(format!("{address} does not know the validator of {from}"));
            }
            let etag = header(&answer, "etag");
            if answer.status == 304 && etag.is_some() && etag != edge.etag {
                differ.push(format!("{address} answers 304 with another ETag than 200"));
            }
        }
        let differ = differ.iter().map(|text| text.as_str().into()).collect();
        self.notes
            .facts
            .set("validators_differ", Value::Texts(differ));
    }

    /// Asks each address for the files that the newest notification names.
    async fn files(&mut self) {
        let newest = self
            .edges
            .iter()
            .filter_map(|edge| edge.notification.as_ref());
        let Some(newest) = newest.max_by_key(|seen| seen.head.serial) else {
            return;
        };
        let last = newest
            .deltas
            .iter()
            .find(|d| Some(d.serial) == newest.head.serial);
        let files: Vec<String> = newest
            .snapshot
            .iter()
            .chain(last)
            .map(|link| link.uri.clone())
            .filter(|uri| share_origin(uri, &self.ask.subject))
            .collect();
        let edges = self.edges.iter().filter(|edge| edge.is_ok());
        let addresses: Vec<IpAddr> = edges.map(|edge| edge.address).collect();
        let mut missing = Vec::new();
        for url in &files {
            for address in &addresses {
                let asked = self
                    .request(("HEAD", url.as_str()), Some(*address), None)
                    .await;
                let Some(exchange) = asked else {
                    return;
                };
                if let Some(Answer::Http(answer)) = exchange.answer
                    && matches!(answer.status, 404 | 410)
                {
                    missing.push(format!("{address} {}", redirect::cut(url)).into());
                }
            }
        }
        self.notes.facts.set("missing", Value::Texts(missing));
    }

    fn publish_each(&mut self) {
        let each = self.edges.iter().map(Edge::record).collect();
        self.notes.facts.set("each", Value::Records(each));
    }
}

/// Says whether a failure is ours: nothing is said of the address.
const fn is_ours(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Here | FailureKind::NotRecorded)
}

/// Returns the addresses that did not give the file, with why.
///
/// Where no address of a family can be reached, it may be our network that lacks the family.
fn silent(edges: &[Edge]) -> Vec<String> {
    let reached = |address: IpAddr| {
        let mut same = edges
            .iter()
            .filter(|e| e.address.is_ipv4() == address.is_ipv4());
        same.any(|edge| edge.status.is_some())
    };
    let all = edges.iter().filter(|edge| !edge.is_ok());
    all.filter_map(|edge| match (edge.status, &edge.failure) {
        (Some(status), _) => Some(format!("{} answers {status}", edge.address)),
        (None, _) if !reached(edge.address) => None,
        (None, Some(failure)) => Some(format!("{} {}", edge.address, failure.kind.as_str())),
        (None, None) => Some(format!("{} gives nothing", edge.address)),
    })
    .collect()
}

/// Returns the addresses whose validators do not fit those of an address before them.
fn validators(edges: &[Edge]) -> Vec<String> {
    let mut differ = Vec::new();
    for (at, edge) in edges.iter().enumerate() {
        let earlier = edges.iter().take(at).filter(|other| other.file.is_some());
        let wrong = earlier.filter(|_| edge.file.is_some()).find_map(|other| {
            let same = other.gives_same(edge);
            let strong = edge.etag.as_ref().filter(|etag| !etag.starts_with("W/"));
            if same && edge.etag != other.etag {
                Some(("the same file with another ETag than", other.address))
            } else if same && edge.last_modified != other.last_modified {
                Some((
                    "the same file with another Last-Modified than",
                    other.address,
                ))
            } else if !same && strong.is_some() && edge.etag == other.etag {
                Some(("another file with the same ETag as", other.address))
            } else {
                None
            }
        });
        if let Some((how, other)) = wrong {
            differ.push(format!("{} sends {how} {other}", edge.address));
        }
    }
    differ
}

#[cfg(test)]
mod tests;
