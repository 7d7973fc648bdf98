//! A transport that answers from a script, for the tests of probes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::{Argument, Ask, Limits, Probe, Service};
use crate::clock::FixedClock;
use crate::fact::vocabulary::ProbeKind;
use crate::fact::{Digest, Failure, FailureKind, Key, Observation, Subject, Value};
use crate::registry::RegistryId;
use crate::transport::{
    Answer, Body, Boxed, Content, Exchange, Family, HttpAnswer, Request, Timing, Transport,
};

/// What comes back in one step.
pub(super) type Reply = (Option<Answer>, Option<FailureKind>);

/// Answers the steps of one observation in order; beyond the script nothing was recorded.
#[derive(Debug, Default)]
pub(super) struct Script {
    replies: Vec<Reply>,
    /// Where every exchange ends; `None` if nowhere.
    pub(super) destination: Option<SocketAddr>,
    /// What the name resolves to.
    pub(super) addresses: Vec<std::net::IpAddr>,
    /// How long every exchange takes.
    pub(super) takes: Duration,
    pub(super) requests: Mutex<Vec<Request>>,
    pub(super) kept: Mutex<Vec<Digest>>,
}

impl Script {
    pub(super) fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self {
            replies: replies.into_iter().collect(),
            destination: Some("[2001:db8::1]:443".parse().unwrap()),
            takes: Duration::from_millis(5),
            ..Self::default()
        }
    }

    /// Asks a probe of one kind.
    pub(super) fn ask(
        &self,
        probe: &dyn Probe,
        subject: &str,
        arguments: &[(&'static str, Argument)],
    ) -> Observation {
        self.ask_as(probe, subject, |ask| {
            ask.arguments.extend(arguments.iter().cloned());
        })
    }

    /// Asks a probe after `change` has changed what it is given.
    pub(super) fn ask_as(
        &self,
        probe: &dyn Probe,
        subject: &str,
        change: impl FnOnce(&mut Ask<'_>),
    ) -> Observation {
        let clock = FixedClock("2026-11-21T00:00:00Z".parse().unwrap());
        let afrinic = RegistryId::parse("afrinic").unwrap();
        let mut ask = Ask {
            key: Arc::new(key(&afrinic)),
            subject: subject.to_owned(),
            arguments: BTreeMap::new(),
            service: Arc::new(service()),
            services: Arc::new(
                [(afrinic.clone(), Arc::new(service()))]
                    .into_iter()
                    .collect(),
            ),
            hosts: Arc::new(
                [
                    ("rdap.afrinic.test", "afrinic"),
                    ("rdap.apnic.test", "apnic"),
                ]
                .into_iter()
                .map(|(host, id)| (host.to_owned(), RegistryId::parse(id).unwrap()))
                .collect(),
            ),
            family: Family::Any,
            limits: LIMITS,
            timeout: Duration::from_secs(20),
            earlier: BTreeMap::new(),
            trust_anchors: Arc::from([]),
            earlier_run: None,
            transport: self,
            clock: &clock,
        };
        change(&mut ask);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(probe.ask(ask))
    }
}

pub(super) const LIMITS: Limits = Limits {
    body_bytes: 1 << 20,
    decoded_bytes: 1 << 20,
    capture_bytes: 1 << 20,
    depth: 32,
    redirects: 10,
    public_only: false,
};

fn key(registry: &RegistryId) -> Key {
    Key {
        scenario: "a.b".into(),
        instance: "".into(),
        subject: Subject::Registry(registry.clone()),
        asked: Some(registry.clone()),
        target: "mock".into(),
        probe: "p".into(),
        tick: 0,
        attempt: 1,
        vantage: "here".into(),
    }
}

fn service() -> Service {
    Service {
        name: "AFRINIC".to_owned(),
        stats_name: "afrinic".to_owned(),
        stats_url: String::new(),
        rdap_base: "https://rdap.afrinic.test/rdap/".to_owned(),
        whois_host: "whois.afrinic.test".to_owned(),
        whois_port: 0,
        whois_flags: "-r".to_owned(),
        nameserver: None,
        transfers: String::new(),
        rpki: super::Rpki::default(),
    }
}

impl Transport for Script {
    fn exchange<'a>(
        &'a self,
        key: &'a Arc<Key>,
        step: u32,
        request: Request,
    ) -> Boxed<'a, Exchange> {
        self.requests.lock().unwrap().push(request.clone());
        let (answer, failure) = self
            .replies
            .get(step as usize)
            .cloned()
            .unwrap_or((None, Some(FailureKind::NotRecorded)));
        let start: Timestamp = "2026-11-21T00:00:01Z".parse().unwrap();
        let took = Some(SignedDuration::try_from(self.takes).unwrap());
        Box::pin(std::future::ready(Exchange {
            key: Arc::clone(key),
            step,
            at: start + self.takes * step,
            request,
            source: None,
            destination: self.destination,
            addresses: self.addresses.clone(),
            timing: Timing {
                dns: took,
                connect: took,
                handshake: took,
                first_byte: took,
                total: took,
            },
            answer,
            failure: failure.map(|kind| Failure {
                kind,
                detail: "as scripted".to_owned(),
            }),
            masked: false,
        }))
    }

    fn keep(&self, digest: &Digest, _octets: &Bytes) {
        self.kept.lock().unwrap().push(digest.clone());
    }
}

/// Returns a body in memory.
pub(super) fn body(octets: &[u8]) -> Body {
    Body {
        digest: Digest::of(octets),
        bytes: octets.len() as u64,
        content: Content::Memory(Bytes::copy_from_slice(octets)),
    }
}

/// Returns a reply with an HTTP answer; headers are `name: value`.
pub(super) fn http(status: u16, headers: &[&str], octets: &[u8]) -> Reply {
    let headers = headers.iter().map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    });
    let answer = HttpAnswer {
        status,
        version: "HTTP/2.0".to_owned(),
        headers: headers.collect(),
        body: body(octets),
    };
    (Some(Answer::Http(answer)), None)
}

/// A locator whose certificate comes and is none: a tree of nothing.
pub(super) const LOCATOR: &str =
    "https://rpki.test/ta.cer\n\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n";

/// Where the locator is.
pub(super) const ANCHOR: &str = "https://rpki.test/ta.tal";

/// The answers to those who ask for a trust anchor.
pub(super) fn anchor() -> [Reply; 2] {
    [
        http(200, &[], LOCATOR.as_bytes()),
        http(200, &[], b"no certificate"),
    ]
}

/// Returns a reply that is a failure without an answer.
pub(super) const fn failing(kind: FailureKind) -> Reply {
    (None, Some(kind))
}

/// Returns a fact as text; `(absent)` if there is none.
pub(super) fn fact(observation: &Observation, path: &str) -> String {
    observation
        .facts
        .get(path)
        .map_or("(absent)".to_owned(), ToString::to_string)
}

/// Holds that the observations publish every fact of their kind's row between them, and nothing else.
#[track_caller]
pub(super) fn check_vocabulary(kind: &ProbeKind, observations: &[Observation]) {
    let mut published = BTreeSet::new();
    for observation in observations {
        for (path, value) in observation.facts.iter() {
            let spec = kind
                .fact(path)
                .unwrap_or_else(|| panic!("{} has no fact `{path}`", kind.name));
            assert_eq!(value.kind(), spec.kind, "kind of `{path}`");
            published.insert(spec.path.to_owned());
            let Value::Records(records) = value else {
                continue;
            };
            for (field, value) in records.iter().flat_map(|record| record.iter()) {
                let spec = spec.fields.iter().find(|f| f.path == field);
                let spec = spec.unwrap_or_else(|| panic!("`{path}` has no field `{field}`"));
                assert_eq!(value.kind(), spec.kind, "kind of `{path}.{field}`");
                published.insert(format!("{path}[].{field}"));
            }
        }
    }
    for spec in kind.all_facts() {
        assert!(
            published.contains(spec.path),
            "`{}` is never published",
            spec.path
        );
        for field in spec.fields {
            let path = format!("{}[].{}", spec.path, field.path);
            assert!(published.contains(&path), "`{path}` is never published");
        }
    }
}
