//! The DNS fronts: UDP, and TCP with lengths (RFC 1035, section 4.2).

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use hickory_proto::op::Message;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::accept::{connections, family};
use super::{Access, PORT_ATTEMPTS, Protocol, Shared};
use crate::mock::request::{Answer, IpFamily, Request, Wire};

/// Listens on one port of an address over TCP and UDP.
pub(super) async fn bind_pair(address: IpAddr) -> io::Result<(TcpListener, UdpSocket)> {
    for _ in 0..PORT_ATTEMPTS {
        let listener = TcpListener::bind((address, 0)).await?;
        if let Ok(socket) = UdpSocket::bind(listener.local_addr()?).await {
            return Ok((listener, socket));
        }
    }
    Err(io::Error::from(io::ErrorKind::AddrInUse))
}

/// Whose sockets they are: a name server's, or the resolver's.
pub(super) type Whose = Option<Arc<str>>;

/// Serves DNS over UDP until shutdown.
pub(super) async fn serve_udp(socket: UdpSocket, whose: Whose, shared: Shared) {
    let mut stop = shared.stop.clone();
    let mut buffer = vec![0; 65_535];
    loop {
        let received = tokio::select! {
            _ = stop.changed() => return,
            received = socket.recv_from(&mut buffer) => received,
        };
        let Ok((length, peer)) = received else {
            continue;
        };
        let message = buffer.get(..length).unwrap_or_default();
        let answer = respond(&shared, &whose, message, family(&peer), false);
        if answer.wire == Wire::Plain && !answer.body.is_empty() {
            // A client that is gone does not hear the answer.
            socket
                .send_to(answer.body.octets(), peer)
                .await
                .unwrap_or_default();
        }
    }
}

/// Serves DNS over TCP until shutdown.
pub(super) async fn serve_tcp(listener: TcpListener, whose: Whose, shared: Shared) {
    let every = shared.clone();
    connections(listener, &shared, move |stream, peer| {
        let (shared, whose) = (every.clone(), whose.clone());
        async move {
            // The end of the connection is the end of the questions.
            conversation(stream, &whose, family(&peer), &shared)
                .await
                .unwrap_or_default();
        }
    })
    .await;
}

async fn conversation(
    mut stream: TcpStream,
    whose: &Whose,
    family: IpFamily,
    shared: &Shared,
) -> io::Result<()> {
    loop {
        let length = stream.read_u16().await?;
        let mut message = vec![0; usize::from(length)];
        stream.read_exact(&mut message).await?;
        let answer = respond(shared, whose, &message, family, true);
        if answer.wire == Wire::Refuse {
            return Ok(());
        }
        if answer.wire != Wire::Plain {
            std::future::pending::<()>().await;
        }
        let octets = answer.body.octets();
        stream
            .write_u16(u16::try_from(octets.len()).unwrap_or(u16::MAX))
            .await?;
        stream.write_all(octets).await?;
    }
}

fn respond(shared: &Shared, whose: &Whose, message: &[u8], family: IpFamily, tcp: bool) -> Answer {
    let now = shared.clock.now();
    let question = Message::from_vec(message)
        .ok()
        .and_then(|m| m.queries.first().cloned());
    let asked = question.map_or(String::new(), |q| format!("{} {}", q.name, q.query_type));
    shared.log.push(Access {
        time: now,
        protocol: if tcp {
            Protocol::DnsTcp
        } else {
            Protocol::DnsUdp
        },
        host: whose.as_deref().unwrap_or_default().to_owned(),
        asked,
        accept: None,
        family,
        status: 0,
    });
    let request = Request::Dns {
        message: message.to_vec(),
        server: whose.as_deref().map(str::to_owned),
        tcp,
        family,
    };
    crate::mock::answer(&shared.world, &request, now)
}
