//! The live transport: asks services over the network.

mod body;
mod connect;
pub mod dns;
mod failure;
mod hello;
mod http;
mod mask;
mod pace;
mod program;
mod resolve;
mod tcp;
mod tls;
mod trust;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::SignedDuration;

use super::options::{LiveError, LiveOptions};
use super::{Boxed, Exchange, Request, Transport};
use crate::clock::Clock;
use crate::fact::{Digest, Failure, FailureKind, Key};

pub(super) use dns::machine_server;
pub use resolve::is_public;

/// Asks services over the network, with the manners of a guest.
#[derive(Debug)]
pub struct Live {
    options: Arc<LiveOptions>,
    clock: Arc<dyn Clock>,
    resolver: Arc<resolve::Resolver>,
    trust: trust::Configs,
    clients: http::Clients,
    pacer: pace::Pacer,
    secrets: mask::Secrets,
}

impl Live {
    /// Makes a transport; nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`LiveError`] if the trust store, a certificate, the proxy or a header is of no use.
    pub fn new(options: LiveOptions, clock: Arc<dyn Clock>) -> Result<Self, LiveError> {
        let trust = trust::Configs::new(&options, &clock)?;
        let resolver = Arc::new(resolve::Resolver::new(&options, Arc::clone(&clock)));
        let secrets = mask::Secrets::new(&options.credentials)?;
        let pacer = pace::Pacer::new(&options, Arc::clone(&clock));
        let options = Arc::new(options);
        let measure = connect::Measure(Arc::clone(&clock));
        let clients =
            http::Clients::new(Arc::clone(&options), &trust, Arc::clone(&resolver), measure)?;
        Ok(Self {
            options,
            clock,
            resolver,
            trust,
            clients,
            pacer,
            secrets,
        })
    }

    async fn make(&self, key: &Arc<Key>, step: u32, mut request: Request) -> Exchange {
        self.rename(&mut request);
        let host = host_of(&request);
        let admitted = match &host {
            Some(host) => self.pacer.admit(host, key.asked.as_ref()).await.map(Some),
            None => Ok(None),
        };
        let mut draft = Draft::new(key, step, request, self.clock.as_ref());
        let permit = match admitted {
            Ok(permit) => permit,
            Err(failure) => {
                draft.exchange.failure = Some(failure);
                return draft.exchange;
            }
        };
        let busy = self.clock.busy();
        let bytes = match draft.exchange.request.clone() {
            Request::Http(request) => self.ask_http(&mut draft, &request).await,
            Request::Dns(request) => self.ask_dns(&mut draft, &request).await,
            Request::Tls(request) => self.ask_tls(&mut draft, &request).await,
            Request::Tcp(request) => self.ask_tcp(&mut draft, &request).await,
            Request::Program(request) => self.ask_program(&mut draft, &request).await,
        };
        drop(busy);
        let exchange = draft.finish();
        if let Some(permit) = permit {
            self.pacer.settle(permit, &exchange, bytes);
        }
        exchange
    }

    /// Puts the staging name in the place of a production name.
    fn rename(&self, request: &mut Request) {
        if self.options.names.is_empty() {
            return;
        }
        let other = |host: &str| self.options.names.get(&host.to_ascii_lowercase()).cloned();
        match request {
            Request::Http(request) => {
                let Ok(mut url) = url::Url::parse(&request.url) else {
                    return;
                };
                if let Some(name) = url.host_str().and_then(other)
                    && url.set_host(Some(&name)).is_ok()
                {
                    request.url = url.into();
                }
            }
            Request::Dns(request) => {
                if let Some(name) = request.server.as_deref().and_then(other) {
                    request.server = Some(name);
                }
            }
            Request::Tls(request) => {
                if let Some(name) = other(&request.host) {
                    request.host = name;
                }
            }
            Request::Tcp(request) => {
                if let Some(name) = other(&request.host) {
                    request.host = name;
                }
            }
            Request::Program(request) => {
                if let Some(name) = other(&request.host) {
                    request.host = name;
                }
            }
        }
    }
}

impl Transport for Live {
    fn exchange<'a>(
        &'a self,
        key: &'a Arc<Key>,
        step: u32,
        request: Request,
    ) -> Boxed<'a, Exchange> {
        Box::pin(self.make(key, step, request))
    }

    /// Keeps nothing: there is no recorder here.
    fn keep(&self, _digest: &Digest, _octets: &Bytes) {}

    fn spool(&self) -> std::path::PathBuf {
        self.options.spool.clone()
    }
}

/// Returns the host whose pace counts, in lower case; `None` for the target's own resolver and a program that asks nobody.
fn host_of(request: &Request) -> Option<String> {
    let host = match request {
        Request::Http(request) => url::Url::parse(&request.url).ok()?.host_str()?.to_owned(),
        Request::Dns(request) => dns::split_server(request.server.as_deref()?).0.to_owned(),
        Request::Tls(request) => request.host.clone(),
        Request::Tcp(request) => request.host.clone(),
        Request::Program(request) if request.host.is_empty() => return None,
        Request::Program(request) => request.host.clone(),
    };
    Some(host.to_ascii_lowercase())
}

/// An exchange while it is made.
#[derive(Debug)]
struct Draft<'a> {
    exchange: Exchange,
    clock: &'a dyn Clock,
    started: Duration,
}

impl<'a> Draft<'a> {
    fn new(key: &Arc<Key>, step: u32, request: Request, clock: &'a dyn Clock) -> Self {
        Self {
            exchange: Exchange::begun(key, step, clock.now(), request),
            clock,
            started: clock.elapsed(),
        }
    }

    /// Says that the exchange begins only now.
    fn begin(&mut self) {
        self.exchange.at = self.clock.now();
        self.started = self.clock.elapsed();
    }

    /// Returns the time since the exchange began.
    fn since(&self) -> Duration {
        self.clock.elapsed().saturating_sub(self.started)
    }

    fn ends(&mut self, source: Option<SocketAddr>, destination: Option<SocketAddr>) {
        self.exchange.source = source;
        self.exchange.destination = destination;
    }

    fn finish(mut self) -> Exchange {
        self.exchange.timing.total = span(self.since());
        self.exchange
    }
}

/// Returns a failure.
fn failed(kind: FailureKind, detail: impl Into<String>) -> Failure {
    Failure {
        kind,
        detail: detail.into(),
    }
}

/// Returns a measured time as it is kept.
fn span(time: Duration) -> Option<SignedDuration> {
    SignedDuration::try_from(time).ok()
}

#[cfg(test)]
mod tests;
