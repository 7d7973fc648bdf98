//! The live transport against servers that each behave in one way.

mod h2;
mod http;
mod tls;
mod wire;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;
use crate::clock::RealClock;
use crate::fact::{Digest, Subject};
use crate::transport::options::Place;
use crate::transport::{Answer, Body, Content, Family, HttpAnswer, HttpRequest};

/// A folder that is removed at the end.
pub(in crate::transport) struct Folder(pub(in crate::transport) PathBuf);

impl Folder {
    pub(in crate::transport) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("quintet-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

pub(in crate::transport) fn options() -> LiveOptions {
    LiveOptions::closed(std::env::temp_dir(), BTreeMap::new(), Vec::new())
}

pub(in crate::transport) fn key() -> Arc<Key> {
    Arc::new(Key {
        scenario: "test.wire".into(),
        instance: "".into(),
        subject: Subject::Shared,
        asked: None,
        target: "mock".into(),
        probe: "p".into(),
        tick: 0,
        attempt: 1,
        vantage: "here".into(),
    })
}

pub(in crate::transport) fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        address: None,
        family: Family::Any,
        body_limit: 1 << 20,
        timeout: Duration::from_secs(10),
    }
}

/// An exchange with an answer of some status and headers.
pub(in crate::transport) fn answered(status: u16, headers: &[(&str, &str)]) -> Exchange {
    let clock = RealClock::new();
    let mut draft = Draft::new(&key(), 0, Request::Http(get("http://a.example/")), &clock);
    draft.exchange.answer = Some(Answer::Http(HttpAnswer {
        status,
        version: "HTTP/1.1".to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: Body {
            digest: Digest::of(b""),
            bytes: 0,
            content: Content::Memory(Bytes::new()),
        },
    }));
    draft.finish()
}

pub(in crate::transport) fn live(options: LiveOptions) -> Live {
    Live::new(options, Arc::new(RealClock::new())).unwrap()
}

/// Options in which a name and port lead to an address.
pub(in crate::transport) fn leads(name: &str, port: u16, to: &[SocketAddr]) -> LiveOptions {
    let mut options = options();
    let to = to.iter().copied().map(Place::Address).collect();
    options.places.insert((name.to_owned(), port), to);
    options
}

pub(in crate::transport) async fn ask(live: &Live, request: HttpRequest) -> Exchange {
    live.exchange(&key(), 0, Request::Http(request)).await
}

#[track_caller]
pub(in crate::transport) fn http(exchange: &Exchange) -> &HttpAnswer {
    match &exchange.answer {
        Some(Answer::Http(answer)) => answer,
        other => panic!("{other:?} {:?}", exchange.failure),
    }
}

#[track_caller]
pub(in crate::transport) fn text(body: &Body) -> String {
    match &body.content {
        Content::Memory(octets) => String::from_utf8(octets.to_vec()).unwrap(),
        Content::File(path) => std::fs::read_to_string(path).unwrap(),
        Content::Elsewhere => panic!("the body is elsewhere"),
    }
}

#[track_caller]
fn kind(exchange: &Exchange) -> FailureKind {
    exchange.failure.as_ref().expect("no failure").kind
}

pub(in crate::transport) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Reads a request to its empty line.
pub(in crate::transport) async fn request(stream: &mut TcpStream) -> String {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(octet) => seen.push(octet),
            Err(_) => break,
        }
    }
    String::from_utf8(seen).unwrap()
}

/// Serves one connection: reads a request, sends these octets, then closes or resets.
pub(in crate::transport) async fn serve_once(
    answer: Vec<u8>,
    reset: bool,
) -> (SocketAddr, JoinHandle<String>) {
    let (listener, address) = listen().await;
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = request(&mut stream).await;
        stream.write_all(&answer).await.unwrap();
        stream.flush().await.unwrap();
        if reset {
            stream.set_zero_linger().unwrap();
        }
        asked
    });
    (address, served)
}

pub(in crate::transport) const HELLO: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Name: caf\xe9\r\n\r\nhello";

/// Says on standard error, past the test harness, that something was not tested.
pub(in crate::transport) fn skip(why: &str) {
    use std::io::Write;
    drop(writeln!(std::io::stderr(), "skipped: {why}"));
}
