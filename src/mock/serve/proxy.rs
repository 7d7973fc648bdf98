//! The CONNECT proxy: the way in for programs nobody here wrote.
//!
//! A client keeps plain names and ports; the proxy maps them to the mock's sockets, so
//! that it needs neither root nor a hosts file (RFC 9110, section 9.3.6).

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::accept::{connections, family};
use super::{Access, Protocol, Shared};
use crate::mock::request::IpFamily;

/// Longest request head that is read, in octets.
const MAX_HEAD: u64 = 8_192;

type Map = BTreeMap<(String, u16), Vec<SocketAddr>>;

/// Serves the proxy until shutdown.
pub(super) async fn serve(listener: TcpListener, map: Arc<Map>, shared: Shared) {
    let every = shared.clone();
    connections(listener, &shared, move |stream, peer| {
        let (map, shared) = (Arc::clone(&map), every.clone());
        async move {
            // A tunnel ends when either side goes away.
            tunnel(stream, family(&peer), &map, &shared)
                .await
                .unwrap_or_default();
        }
    })
    .await;
}

async fn tunnel(stream: TcpStream, family: IpFamily, map: &Map, shared: &Shared) -> io::Result<()> {
    let mut client = BufReader::new(stream);
    let mut first = String::new();
    let mut head = (&mut client).take(MAX_HEAD);
    head.read_line(&mut first).await?;
    loop {
        let mut line = String::new();
        if head.read_line(&mut line).await? == 0 || line.trim_end().is_empty() {
            break;
        }
    }
    let mut words = first.split_whitespace();
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let (host, port) = target.rsplit_once(':').unwrap_or((target, ""));
    let places = port
        .parse()
        .ok()
        .and_then(|port| map.get(&(host.to_ascii_lowercase(), port)));
    let reply = match (method, places) {
        ("CONNECT", Some(_)) => "HTTP/1.1 200 Connection established\r\n\r\n",
        ("CONNECT", None) => {
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        }
        _ => {
            "HTTP/1.1 405 Method Not Allowed\r\nallow: CONNECT\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        }
    };
    shared.log.push(Access {
        time: shared.clock.now(),
        protocol: Protocol::Connect,
        host: host.to_owned(),
        asked: format!("{method} {target}"),
        accept: None,
        family,
        status: reply
            .get(9..12)
            .and_then(|code| code.parse().ok())
            .unwrap_or(0),
    });
    let same = |place: &&SocketAddr| place.is_ipv4() == (family == IpFamily::V4);
    let place = places
        .filter(|_| method == "CONNECT")
        .and_then(|p| p.iter().find(same).or(p.first()));
    let Some(place) = place else {
        return client.get_mut().write_all(reply.as_bytes()).await;
    };
    // Who refuses is refused before the tunnel is said to stand.
    let Ok(mut server) = TcpStream::connect(place).await else {
        let reply = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        return client.get_mut().write_all(reply.as_bytes()).await;
    };
    client.get_mut().write_all(reply.as_bytes()).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server)
        .await
        .map(|_| ())
}
