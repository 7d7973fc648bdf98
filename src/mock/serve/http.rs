//! HTTP and HTTPS fronts.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::accept::connections;
use super::old_tls;
use super::{Access, Protocol, Shared};
use crate::mock::request::{Answer, Body, IpFamily, Request, Scheme, Wire};

/// Pause before an answer ends too early, so that the half body is on its way.
const BEFORE_CUT: Duration = Duration::from_millis(10);

/// Serves HTTP on a listener, over TLS where an acceptor is given, until shutdown.
pub(super) async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Shared) {
    let every = shared.clone();
    connections(listener, &shared, move |stream, _peer| {
        connection(stream, tls.clone(), every.clone())
    })
    .await;
}

/// Serves one connection; what goes wrong on it is the client's to notice.
async fn connection(mut stream: TcpStream, tls: Option<TlsAcceptor>, shared: Shared) {
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let place = stream.local_addr().unwrap_or(loopback);
    stream.set_nodelay(true).unwrap_or_default();
    let scheme = if tls.is_some() {
        Scheme::Https
    } else {
        Scheme::Http
    };
    if tls.is_some() && old_tls::answer(&mut stream, &shared).await {
        return;
    }
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let shared = shared.clone();
        async move { respond(&shared, &read(&request, scheme, place)).await }
    });
    let builder = Builder::new(TokioExecutor::new());
    match tls {
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                builder
                    .serve_connection(TokioIo::new(stream), service)
                    .await
                    .unwrap_or_default();
            }
        }
        None => builder
            .serve_connection(TokioIo::new(stream), service)
            .await
            .unwrap_or_default(),
    }
}

/// Reads a request; the host is the authority of HTTP/2 or the Host of HTTP/1.1, without port.
fn read(request: &hyper::Request<Incoming>, scheme: Scheme, place: SocketAddr) -> Request {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let host = request.uri().host().map(str::to_owned).or_else(|| {
        let host = text(request.headers().get(http::header::HOST)?);
        Some(host.split(':').next().unwrap_or_default().to_owned())
    });
    let target = request.uri().path_and_query().map_or("/", |t| t.as_str());
    Request::Http {
        scheme,
        host: host.unwrap_or_default().to_ascii_lowercase(),
        port: place.port(),
        method: request.method().as_str().to_owned(),
        target: target.to_owned(),
        headers: request
            .headers()
            .iter()
            .map(|(n, v)| (n.as_str().to_owned(), text(v)))
            .collect(),
        address: place.ip(),
    }
}

type OctetStream = UnsyncBoxBody<Bytes, io::Error>;

async fn respond(shared: &Shared, request: &Request) -> io::Result<hyper::Response<OctetStream>> {
    let now = shared.clock.now();
    let answer = crate::mock::answer(&shared.world, request, now);
    if let Request::Http {
        scheme,
        host,
        method,
        target,
        headers,
        address,
        ..
    } = request
    {
        let accept = headers.iter().find(|(name, _)| name == "accept");
        shared.log.push(Access {
            time: now,
            protocol: if *scheme == Scheme::Https {
                Protocol::Https
            } else {
                Protocol::Http
            },
            host: host.clone(),
            asked: format!("{method} {target}"),
            accept: accept.map(|(_, value)| value.clone()),
            family: IpFamily::of(*address),
            status: answer.status,
        });
    }
    match answer.wire {
        Wire::Refuse | Wire::Reset => return Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        Wire::Silent => std::future::pending::<()>().await,
        Wire::Plain | Wire::Cut | Wire::Drip(_) | Wire::Certificate(_) => {}
    }
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name.as_str(), value.as_str());
    }
    // Half a body shows by its length only: HTTP/2 would end it like a whole one.
    if let (Wire::Cut, Some(length)) = (answer.wire, answer.body.len()) {
        response = response.header(http::header::CONTENT_LENGTH, length);
    }
    response
        .body(octets(answer))
        .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))
}

/// Returns the body as it goes over the wire.
fn octets(answer: Answer) -> OctetStream {
    match (answer.body, answer.wire) {
        (Body::Whole(octets), Wire::Cut) => {
            let half = octets.len().div_euclid(2);
            let start = Bytes::from(octets.get(..half).unwrap_or_default().to_vec());
            boxed(stream::unfold(Some(start), |part| async move {
                let part = part?;
                if part.is_empty() {
                    // What was given so far is sent before the answer ends.
                    tokio::time::sleep(BEFORE_CUT).await;
                    return None;
                }
                Some((Ok(part), Some(Bytes::new())))
            }))
        }
        (Body::Whole(octets), Wire::Drip(milliseconds)) => {
            let size = octets.len().div_ceil(10).max(1);
            let parts: Vec<Bytes> = octets.chunks(size).map(Bytes::copy_from_slice).collect();
            boxed(stream::unfold(
                (parts.into_iter(), false),
                move |(mut parts, begun)| async move {
                    let part = parts.next()?;
                    if begun {
                        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                    }
                    Some((Ok(part), (parts, true)))
                },
            ))
        }
        (Body::Whole(octets), _) => Full::new(Bytes::from(octets))
            .map_err(|never: Infallible| match never {})
            .boxed_unsync(),
        (
            Body::Repeated {
                head,
                part,
                times,
                tail,
            },
            _,
        ) => {
            let part = Bytes::from(part);
            let middle = (0..times.unwrap_or(u64::MAX)).map(move |_| Ok(part.clone()));
            let start = std::iter::once(Ok(Bytes::from(head)));
            let end = std::iter::once(Ok(Bytes::from(tail)));
            boxed(stream::iter(start.chain(middle).chain(end)))
        }
    }
}

fn boxed(parts: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> OctetStream {
    use futures_util::StreamExt as _;
    StreamBody::new(parts.map(|part| part.map(Frame::data))).boxed_unsync()
}
