//! The whois front: one line in, one text out, end (RFC 3912).

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::accept::{connections, family};
use super::{Access, Protocol, Shared};
use crate::mock::request::{IpFamily, Request, Wire};

/// Longest query line that is read, in octets; the longest of the world is far below.
const MAX_LINE: u64 = 1_024;

/// Serves one host's whois on a listener until shutdown.
pub(super) async fn serve(listener: TcpListener, host: String, shared: Shared) {
    let every = shared.clone();
    connections(listener, &shared, move |stream, peer| {
        let (host, shared) = (host.clone(), every.clone());
        async move {
            // A client that goes away early is no error of the mock.
            connection(stream, family(&peer), host, shared)
                .await
                .unwrap_or_default();
        }
    })
    .await;
}

async fn connection(
    mut stream: TcpStream,
    family: IpFamily,
    host: String,
    shared: Shared,
) -> std::io::Result<()> {
    let mut line = Vec::new();
    let (reader, mut writer) = stream.split();
    BufReader::new(reader.take(MAX_LINE))
        .read_until(b'\n', &mut line)
        .await?;
    let line = String::from_utf8_lossy(&line).trim_end().to_owned();
    let now = shared.clock.now();
    shared.log.push(Access {
        time: now,
        protocol: Protocol::Whois,
        host: host.clone(),
        asked: line.clone(),
        accept: None,
        family,
        status: 0,
    });
    let answer = crate::mock::answer(&shared.world, &Request::Whois { host, line }, now);
    let octets = answer.body.octets();
    match answer.wire {
        Wire::Silent => std::future::pending::<()>().await,
        Wire::Refuse | Wire::Reset => return Ok(()),
        Wire::Cut => {
            let half = octets.get(..octets.len().div_euclid(2)).unwrap_or_default();
            writer.write_all(half).await?;
        }
        Wire::Plain | Wire::Drip(_) | Wire::Certificate(_) => writer.write_all(octets).await?,
    }
    writer.shutdown().await
}
