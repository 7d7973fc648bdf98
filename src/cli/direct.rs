//! A transport that asks the mock world's pure core, without sockets.
//!
//! Fault walks use it: thousands of exchanges in a second. What needs a socket by its
//! nature (TLS handshakes, TCP connections that are neither whois nor rsync) is left to a
//! second transport.

mod rsync;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::clock::Clock;
use crate::fact::{Digest, Failure, FailureKind, Key};
use crate::mock::{self, IpFamily, Scheme, Wire, World};
use crate::transport::live::dns;
use crate::transport::{
    Answer, Body, Boxed, Content, DnsRequest, Exchange, Family, HttpAnswer, HttpRequest, Request,
    TcpRequest, Transport,
};

/// Asks the core of a mock world.
#[derive(Debug)]
pub struct Direct {
    world: World,
    clock: Arc<dyn Clock>,
    beside: Arc<dyn Transport>,
}

impl Direct {
    /// Returns a transport over a world; `beside` makes the exchanges that need a socket.
    pub fn new(world: World, clock: Arc<dyn Clock>, beside: Arc<dyn Transport>) -> Self {
        Self {
            world,
            clock,
            beside,
        }
    }

    fn begin(&self, key: &Arc<Key>, step: u32, request: Request) -> Exchange {
        Exchange::begun(key, step, self.clock.now(), request)
    }

    fn http(&self, key: &Arc<Key>, step: u32, asked: HttpRequest) -> Exchange {
        let mut exchange = self.begin(key, step, Request::Http(asked.clone()));
        let Some(request) = question(&asked) else {
            exchange.failure = failure(FailureKind::Protocol, "the URL has no host");
            return exchange;
        };
        let (address, mut port) = (place(&asked), 443);
        if let mock::Request::Http {
            host, port: own, ..
        } = &request
        {
            port = *own;
            let all = self.world.addresses(host);
            exchange.addresses = all.filter(|known| is_of(*known, &asked)).collect();
            if self.world.web_hosts().all(|known| known != host) {
                exchange.failure = failure(
                    FailureKind::Dns,
                    &format!("`{host}` does not exist in the mock world"),
                );
                return exchange;
            }
            if exchange.addresses.is_empty() {
                let detail = format!("`{host}` does not have the address `{address}`");
                exchange.failure = failure(FailureKind::Dns, &detail);
                return exchange;
            }
        }
        let answer = mock::answer(&self.world, &request, exchange.at);
        exchange.failure = wire_failure(answer.wire);
        if exchange
            .failure
            .as_ref()
            .is_some_and(|f| f.kind != FailureKind::Truncated)
        {
            return exchange;
        }
        exchange.destination = Some(SocketAddr::new(address, port));
        let no_body = asked.method == "HEAD" || answer.status == 304;
        let (octets, whole) = if no_body {
            (Vec::new(), true)
        } else {
            octets(&answer.body, asked.body_limit)
        };
        if let Wire::Drip(milliseconds) = answer.wire
            && dripping(octets.len(), milliseconds) > asked.timeout
        {
            let detail = "the body did not come within the time allowed";
            exchange.failure = failure(FailureKind::Timeout, detail);
            return exchange;
        }
        if !whole {
            exchange.failure = failure(
                FailureKind::BodyLimit,
                &format!("the body is larger than {} B", asked.body_limit),
            );
        }
        exchange.answer = Some(Answer::Http(HttpAnswer {
            status: answer.status,
            version: "HTTP/2.0".to_owned(),
            headers: answer.headers,
            body: body(octets, answer.wire),
        }));
        exchange
    }

    fn dns(&self, key: &Arc<Key>, step: u32, asked: DnsRequest) -> Exchange {
        let query = dns::message(&asked);
        let mut exchange = self.begin(key, step, Request::Dns(asked.clone()));
        let message = match query {
            Ok(message) => message,
            Err(failure) => {
                exchange.failure = Some(failure);
                return exchange;
            }
        };
        let name = |server: &String| server.trim_end_matches('.').to_lowercase();
        let server = asked.server.as_ref().map(name);
        let known = |name: &String| self.world.name_servers().any(|server| server == name);
        if let Some(unknown) = server.as_ref().filter(|server| !known(server)) {
            let detail = format!("`{unknown}` is no name server of the mock world");
            exchange.failure = failure(FailureKind::Dns, &detail);
            return exchange;
        }
        let address = loopback(asked.family);
        let query = mock::Request::Dns {
            message,
            server,
            tcp: asked.tcp,
            family: IpFamily::of(address),
        };
        let answer = mock::answer(&self.world, &query, exchange.at);
        exchange.failure = wire_failure(answer.wire);
        if exchange.failure.is_none() {
            exchange.destination = Some(SocketAddr::new(address, 53));
            exchange.answer = Some(Answer::Dns {
                message: answer.body.octets().to_vec(),
                tcp: asked.tcp,
            });
        }
        exchange
    }

    fn whois(&self, key: &Arc<Key>, step: u32, asked: TcpRequest) -> Exchange {
        let line = String::from_utf8_lossy(&asked.send).trim_end().to_owned();
        let request = mock::Request::Whois {
            host: asked.host.to_lowercase(),
            line,
        };
        let mut exchange = self.begin(key, step, Request::Tcp(asked.clone()));
        let answer = mock::answer(&self.world, &request, exchange.at);
        let address = loopback(asked.family);
        exchange.addresses = vec![address];
        exchange.failure = wire_failure(answer.wire);
        if exchange
            .failure
            .as_ref()
            .is_some_and(|f| f.kind != FailureKind::Truncated)
        {
            return exchange;
        }
        exchange.destination = Some(SocketAddr::new(address, asked.port));
        let (octets, whole) = octets(&answer.body, asked.limit);
        if !whole {
            exchange.failure = failure(
                FailureKind::BodyLimit,
                &format!("the answer is larger than {} B", asked.limit),
            );
        }
        // A whois answer ends with the connection: a cut one cannot be told from a whole one.
        if answer.wire == Wire::Cut {
            exchange.failure = None;
        }
        exchange.answer = Some(Answer::Tcp {
            body: body(octets, answer.wire),
        });
        exchange
    }
}

impl Transport for Direct {
    fn exchange<'a>(
        &'a self,
        key: &'a Arc<Key>,
        step: u32,
        request: Request,
    ) -> Boxed<'a, Exchange> {
        match request {
            Request::Http(asked) => Box::pin(std::future::ready(self.http(key, step, asked))),
            Request::Dns(asked) => Box::pin(std::future::ready(self.dns(key, step, asked))),
            Request::Tcp(asked) if asked.port == 43 && !asked.send.is_empty() => {
                Box::pin(std::future::ready(self.whois(key, step, asked)))
            }
            Request::Tcp(asked) if asked.port == rsync::PORT => {
                Box::pin(std::future::ready(self.greeting(key, step, &asked)))
            }
            Request::Program(asked) if asked.program == "rsync" => {
                Box::pin(std::future::ready(self.rsync(key, step, &asked)))
            }
            request @ (Request::Tcp(_) | Request::Tls(_) | Request::Program(_)) => {
                self.beside.exchange(key, step, request)
            }
        }
    }

    fn keep(&self, _digest: &Digest, _octets: &Bytes) {}
}

/// Returns an HTTP request as the mock world is asked; `None` if its URL cannot be read.
pub fn question(asked: &HttpRequest) -> Option<mock::Request> {
    let url = Url::parse(&asked.url).ok()?;
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let headers = asked.headers.iter();
    Some(mock::Request::Http {
        scheme: if url.scheme() == "http" {
            Scheme::Http
        } else {
            Scheme::Https
        },
        host: url.host_str().unwrap_or_default().to_lowercase(),
        port: url.port_or_known_default().unwrap_or(443),
        method: asked.method.clone(),
        target,
        headers: headers
            .map(|(name, value)| (name.to_lowercase(), value.clone()))
            .collect(),
        address: place(asked),
    })
}

/// Returns where a request goes: to the address that was chosen, or to the first of its family.
fn place(asked: &HttpRequest) -> IpAddr {
    asked.address.unwrap_or_else(|| loopback(asked.family))
}

/// Says whether a request may go to an address.
fn is_of(address: IpAddr, asked: &HttpRequest) -> bool {
    match (asked.address, asked.family) {
        (Some(chosen), _) => chosen == address,
        (None, Family::Any) => true,
        (None, Family::Ipv4) => address.is_ipv4(),
        (None, Family::Ipv6) => address.is_ipv6(),
    }
}

fn loopback(family: Family) -> IpAddr {
    match family {
        Family::Any | Family::Ipv4 => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Family::Ipv6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
    }
}

fn failure(kind: FailureKind, detail: &str) -> Option<Failure> {
    Some(Failure {
        kind,
        detail: detail.to_owned(),
    })
}

/// Returns how long a body takes that is sent in ten parts, with a pause between them.
fn dripping(length: usize, milliseconds: u64) -> Duration {
    let pauses = length.min(10).saturating_sub(1);
    let pauses = u32::try_from(pauses).unwrap_or(u32::MAX);
    Duration::from_millis(milliseconds).saturating_mul(pauses)
}

/// What a live transport would say of such a wire.
fn wire_failure(wire: Wire) -> Option<Failure> {
    match wire {
        Wire::Plain | Wire::Drip(_) => None,
        Wire::Refuse => failure(FailureKind::Connect, "connection refused"),
        Wire::Silent => failure(FailureKind::Timeout, "no answer within the time allowed"),
        Wire::Reset => failure(FailureKind::Reset, "connection reset"),
        Wire::Cut => failure(
            FailureKind::Truncated,
            "the answer ended before it was complete",
        ),
        Wire::Certificate(_) => failure(FailureKind::Tls, "certificate not accepted"),
    }
}

/// Returns the octets of a body up to a limit, and whether that is all of it.
fn octets(body: &mock::Body, limit: u64) -> (Vec<u8>, bool) {
    let whole = body.len().is_some_and(|length| length <= limit);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut octets = match body {
        mock::Body::Whole(octets) => octets.clone(),
        mock::Body::Repeated {
            head,
            part,
            times,
            tail,
        } => {
            let mut octets = head.clone();
            let mut left = if part.is_empty() { Some(0) } else { *times };
            while octets.len() < most && left != Some(0) {
                octets.extend_from_slice(part);
                left = left.map(|times| times.saturating_sub(1));
            }
            octets.extend_from_slice(tail);
            octets
        }
    };
    octets.truncate(most);
    (octets, whole)
}

fn body(mut octets: Vec<u8>, wire: Wire) -> Body {
    if wire == Wire::Cut {
        octets.truncate(octets.len() / 2);
    }
    Body {
        digest: Digest::of(&octets),
        bytes: u64::try_from(octets.len()).unwrap_or(u64::MAX),
        content: Content::Memory(Bytes::from(octets)),
    }
}
