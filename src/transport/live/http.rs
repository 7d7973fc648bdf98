//! HTTP exchanges: one hop each, the body as on the wire.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::header::{ACCEPT_ENCODING, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use url::{Host, Url};

use super::body::{Full, Sink};
use super::connect::{Measure, TRACE, Trace};
use super::failure::{self, Stage};
use super::mask::MASKED;
use super::resolve::{ForPort, Resolver, is_of, is_public};
use super::trust::Configs;
use super::{Draft, Live, failed, span};
use crate::fact::{Failure, FailureKind};
use crate::transport::options::{LiveError, LiveOptions, Place};
use crate::transport::{Answer, Family, HttpAnswer, HttpRequest, Request};

/// HTTP clients: one for each port and family, because the client's resolver is told the name only.
pub(super) struct Clients {
    made: RwLock<HashMap<Slot, reqwest::Client>>,
    options: Arc<LiveOptions>,
    resolver: Arc<Resolver>,
    /// Settings that offer HTTP/2 and HTTP/1.1, and HTTP/1.1 only.
    tls: [rustls::ClientConfig; 2],
    agent: HeaderValue,
    measure: Measure,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

/// What a client is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Slot {
    port: u16,
    address: Option<IpAddr>,
    family: Family,
    /// Whether the URL's port is written in the Host header only, so that a place can have another one.
    moved: bool,
}

impl Clients {
    pub(super) fn new(
        options: Arc<LiveOptions>,
        trust: &Configs,
        resolver: Arc<Resolver>,
        measure: Measure,
    ) -> Result<Self, LiveError> {
        let agent = HeaderValue::try_from(&options.user_agent)
            .map_err(|_| LiveError::Header(format!("user-agent: {}", options.user_agent)))?;
        if let Some(proxy) = &options.proxy {
            proxy_of(proxy)?;
        }
        let old = vec![b"http/1.1".to_vec()];
        let both = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            made: RwLock::default(),
            tls: [trust.client(None, both)?, trust.client(None, old)?],
            options,
            resolver,
            agent,
            measure,
        })
    }

    /// Returns the client of a slot, made on first use.
    fn of(&self, slot: Slot) -> Result<reqwest::Client, LiveError> {
        {
            let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(client) = made.get(&slot) {
                return Ok(client.clone());
            }
        }
        let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(&slot) {
            return Ok(client.clone());
        }
        let client = self.make(slot)?;
        made.insert(slot, client.clone());
        Ok(client)
    }

    fn make(&self, slot: Slot) -> Result<reqwest::Client, LiveError> {
        let [both, old] = &self.tls;
        let mut proxy_host = None;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(if slot.moved {
                old.clone()
            } else {
                both.clone()
            })
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connector_layer(self.measure.clone());
        if let Some(proxy) = &self.options.proxy {
            proxy_host = Url::parse(proxy)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned));
            builder = builder.proxy(proxy_of(proxy)?);
        }
        Ok(builder
            .dns_resolver(ForPort {
                resolver: Arc::clone(&self.resolver),
                port: slot.port,
                only: slot.address,
                family: slot.family,
                proxy: proxy_host,
            })
            .build()?)
    }
}

fn proxy_of(url: &str) -> Result<reqwest::Proxy, LiveError> {
    let bad = || LiveError::Proxy(url.to_owned());
    let parsed = Url::parse(url).map_err(|_| bad())?;
    if !["http", "https", "socks5", "socks5h"].contains(&parsed.scheme()) {
        return Err(bad());
    }
    reqwest::Proxy::all(url).map_err(|_| bad())
}

/// Status line and headers of an answer.
struct Head {
    status: u16,
    version: String,
    headers: Vec<(String, String)>,
}

/// What came of an answer, whatever stopped it.
#[derive(Default)]
struct Progress<'a> {
    head: Option<Head>,
    sink: Option<Sink<'a>>,
}

impl Live {
    /// Makes one hop and returns how many octets of body came.
    pub(super) async fn ask_http(&self, draft: &mut Draft<'_>, request: &HttpRequest) -> u64 {
        let trace = Arc::new(Trace::default());
        let mut progress = Progress::default();
        let host = host(&request.url);
        let asked = {
            let hop = self.hop(draft, request, &mut progress, &trace);
            let hop = TRACE.scope(Arc::clone(&trace), hop);
            tokio::time::timeout(request.timeout, hop).await
        };
        let seen = trace.take();
        let timing = &mut draft.exchange.timing;
        timing.dns = seen.dns.and_then(span);
        timing.connect = seen.connect.and_then(span);
        draft.exchange.addresses = seen.addresses;
        if draft.exchange.addresses.is_empty() && request.address.is_none() {
            draft.exchange.addresses = self.known(request);
        }
        draft.exchange.failure = match asked {
            Ok(result) => result.err(),
            Err(_) => {
                let stage = match &progress.head {
                    Some(_) => Stage::Reading,
                    None if seen.dns.is_some() && seen.stood.is_none() => Stage::Connecting,
                    None => Stage::Waiting,
                };
                Some(failure::late(stage, &host, request.timeout))
            }
        };
        let Progress { head, sink } = progress;
        let (Some(head), Some(sink)) = (head, sink) else {
            return 0;
        };
        let Head {
            status,
            version,
            mut headers,
        } = head;
        let taken = sink.taken();
        match sink.finish() {
            Ok((body, masked)) => {
                for (_, value) in &mut headers {
                    draft.exchange.masked |= self.secrets.mask(value);
                }
                draft.exchange.masked |= masked;
                draft.exchange.answer = Some(Answer::Http(HttpAnswer {
                    status,
                    version,
                    headers,
                    body,
                }));
            }
            Err(full) => draft.exchange.failure = Some(unkept(&full, request)),
        }
        taken
    }

    async fn hop<'a>(
        &'a self,
        draft: &mut Draft<'_>,
        request: &HttpRequest,
        progress: &mut Progress<'a>,
        trace: &Trace,
    ) -> Result<(), Failure> {
        let (client, prepared) = self.prepare(draft, request)?;
        let host = prepared.url().host_str().unwrap_or_default().to_owned();
        let answer = self.heard(client.execute(prepared), Stage::Waiting, &host);
        let answer = answer.await?;
        let now = draft.clock.elapsed();
        let mut from = draft.started;
        trace.note(|seen| from = seen.stood.unwrap_or(from));
        let mut answer = answer.map_err(|error| {
            let stage = if error.is_connect() {
                Stage::Connecting
            } else {
                Stage::Waiting
            };
            failure::of(&error, stage, &host, request.family)
        })?;
        draft.exchange.timing.first_byte = span(now.saturating_sub(from));
        if let Some(info) = answer.extensions().get::<HttpInfo>() {
            let (local, remote) = (info.local_addr(), info.remote_addr());
            draft.ends(Some(local), Some(remote));
        }
        progress.head = Some(Head {
            status: answer.status().as_u16(),
            version: format!("{:?}", answer.version()),
            headers: answer.headers().iter().map(pair).collect(),
        });
        let sink = progress.sink.insert(Sink::new(
            &self.options.spool,
            request.body_limit,
            &self.secrets,
        ));
        loop {
            match self.heard(answer.chunk(), Stage::Reading, &host).await? {
                Ok(Some(octets)) => sink.take(&octets).map_err(|full| unkept(&full, request))?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    let failure = failure::of(&error, Stage::Reading, &host, request.family);
                    return Err(as_short(failure, progress));
                }
            }
        }
    }

    /// Waits for the next of an answer, no longer than services may be silent.
    async fn heard<T>(
        &self,
        next: impl Future<Output = T>,
        stage: Stage,
        host: &str,
    ) -> Result<T, Failure> {
        let limit = self.options.silence;
        tokio::time::timeout(limit, next)
            .await
            .map_err(|_| failure::late(stage, host, limit))
    }

    /// Returns the client and the request it is given; what is recorded shows no secret.
    fn prepare(
        &self,
        draft: &mut Draft<'_>,
        request: &HttpRequest,
    ) -> Result<(reqwest::Client, reqwest::Request), Failure> {
        let refused = |why: String| failed(FailureKind::RedirectRefused, why);
        let mut url = Url::parse(&request.url)
            .map_err(|error| refused(format!("`{}` is no URL: {error}", request.url)))?;
        let (Some(host), Some(port), "http" | "https") =
            (url.host(), url.port_or_known_default(), url.scheme())
        else {
            return Err(refused(format!("`{url}` is no http or https URL")));
        };
        self.check_literal(&host, request.family)?;
        if request.address.is_some() && self.options.proxy.is_some() {
            let detail = "behind a proxy no address can be chosen: the proxy chooses it";
            return Err(failed(FailureKind::Here, detail.to_owned()));
        }
        let host = host.to_string();
        let moved = url.port().is_some() && self.moves(&host, port);
        let client = self
            .clients
            .of(Slot {
                port,
                address: request.address,
                family: request.family,
                moved,
            })
            .map_err(|error| failed(FailureKind::Here, error.to_string()))?;
        let mut headers = HeaderMap::with_capacity(request.headers.len() + 2);
        if moved {
            let authority = HeaderValue::try_from(format!("{host}:{port}"));
            headers.insert(HOST, authority.map_err(|error| refused(error.to_string()))?);
            url.set_port(None)
                .map_err(|()| refused(format!("`{url}` has no place for a port")))?;
        }
        headers.insert(USER_AGENT, self.clients.agent.clone());
        for (name, value) in &request.headers {
            let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
            else {
                let detail = format!("`{name}: {value}` is not a header");
                return Err(failed(FailureKind::Here, detail));
            };
            headers.insert(name, value);
        }
        self.add_secrets(draft, &host, url.scheme() == "https", &mut headers);
        let method = reqwest::Method::try_from(request.method.as_str()).map_err(|_| {
            failed(
                FailureKind::Here,
                format!("`{}` is no method", request.method),
            )
        })?;
        let mut prepared = reqwest::Request::new(method, url);
        *prepared.headers_mut() = headers;
        Ok((client, prepared))
    }

    /// Returns what the name of a URL led to when the connection that was used was opened.
    fn known(&self, request: &HttpRequest) -> Vec<IpAddr> {
        let url = Url::parse(&request.url).ok();
        let url = url.filter(|_| self.options.proxy.is_none());
        let known = url.and_then(|url| {
            let (host, port) = (url.host_str()?, url.port_or_known_default()?);
            Some(self.resolver.known(host, port, request.family))
        });
        known.unwrap_or_default()
    }

    /// Refuses an address in a URL that the client would connect to without asking the resolver.
    fn check_literal(&self, host: &Host<&str>, family: Family) -> Result<(), Failure> {
        let address = match host {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(address) => IpAddr::V4(*address),
            Host::Ipv6(address) => IpAddr::V6(*address),
        };
        if self.options.public_only && !is_public(address) {
            return Err(failed(
                FailureKind::RedirectRefused,
                format!("`{address}` is no public address; a live target has public ones only"),
            ));
        }
        if !is_of(address, family) {
            return Err(failed(
                FailureKind::Dns,
                format!("`{address}` is not of the family asked for"),
            ));
        }
        Ok(())
    }

    /// Says whether a name and port lead to another port.
    fn moves(&self, host: &str, port: u16) -> bool {
        self.resolver.places(host, port).is_some_and(|places| {
            places.iter().any(|place| match place {
                Place::Address(address) => address.port() != port,
                Place::Name(_, other) => *other != port,
            })
        })
    }

    /// Adds the secrets of a host; they are sent over TLS only, and recorded without value.
    fn add_secrets(&self, draft: &mut Draft<'_>, host: &str, tls: bool, headers: &mut HeaderMap) {
        if !tls {
            return;
        }
        let mut any = false;
        for (name, value) in self.secrets.of(host) {
            headers.insert(name.clone(), value.clone());
            any = true;
            if let Request::Http(kept) = &mut draft.exchange.request {
                kept.headers
                    .retain(|(known, _)| !known.eq_ignore_ascii_case(name.as_str()));
                kept.headers.push((name.to_string(), MASKED.to_owned()));
            }
        }
        // A secret that is echoed in a compressed body would not be seen.
        if any {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
    }
}

fn host(url: &str) -> String {
    Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| url.to_owned())
}

fn pair((name, value): (&HeaderName, &HeaderValue)) -> (String, String) {
    let value = match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    };
    (name.as_str().to_owned(), value)
}

/// Returns a broken protocol as what it is, if the stream ended with fewer octets than its
/// Content-Length: over HTTP/1.1 that is truncated too.
///
/// Source: RFC 9113, section 8.1.1.
fn as_short(failure: Failure, progress: &Progress<'_>) -> Failure {
    let (Some(head), Some(sink)) = (&progress.head, &progress.sink) else {
        return failure;
    };
    let length = head
        .headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse::<u64>().ok());
    match length {
        Some(length)
            if failure.kind == FailureKind::Protocol
                && head.version == "HTTP/2.0"
                && sink.taken() < length =>
        {
            let detail = format!("{}; Content-Length is {length}", failure.detail);
            failed(FailureKind::Truncated, detail)
        }
        _ => failure,
    }
}

/// Returns the failure of a body that could not be kept whole.
fn unkept(full: &Full, request: &HttpRequest) -> Failure {
    match full {
        Full::Limit => failed(
            FailureKind::BodyLimit,
            format!("the body is larger than {} octets", request.body_limit),
        ),
        Full::Spool(error) => failed(FailureKind::Here, format!("spooling a body: {error}")),
    }
}
