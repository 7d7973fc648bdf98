//! TCP exchanges: connect, send, read to a line or to the end.

use std::net::SocketAddr;
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::body::{Full, Sink};
use super::failure::{self, Stage};
use super::{Draft, Live, failed, span};
use crate::fact::{Failure, FailureKind};
use crate::transport::{Answer, Family, TcpRead, TcpRequest};

/// Octets read at once.
const BUFFER: usize = 16 * 1024;

impl Live {
    /// Holds one conversation and returns how many octets came.
    pub(super) async fn ask_tcp(&self, draft: &mut Draft<'_>, request: &TcpRequest) -> u64 {
        let spool: &Path = &self.options.spool;
        let mut sink = Sink::new(spool, request.limit, &self.secrets);
        let mut stage = Stage::Connecting;
        let talk = self.talk(draft, request, &mut sink, &mut stage);
        let talked = tokio::time::timeout(request.timeout, talk).await;
        draft.exchange.failure = match talked {
            Ok(result) => result.err(),
            Err(_) => Some(failure::late(stage, &request.host, request.timeout)),
        };
        let bytes = sink.taken();
        if stage == Stage::Connecting {
            return bytes;
        }
        match sink.finish() {
            Ok((body, masked)) => {
                draft.exchange.masked = masked;
                draft.exchange.answer = Some(Answer::Tcp { body });
            }
            Err(full) => draft.exchange.failure = Some(unkept(&full, request.limit)),
        }
        bytes
    }

    async fn talk(
        &self,
        draft: &mut Draft<'_>,
        request: &TcpRequest,
        sink: &mut Sink<'_>,
        stage: &mut Stage,
    ) -> Result<(), Failure> {
        let mut stream = self
            .connect(
                draft,
                &request.host,
                request.port,
                request.family,
                request.address,
            )
            .await?;
        *stage = Stage::Waiting;
        let fail = |error: std::io::Error, stage: Stage| {
            failure::of(&error, stage, &request.host, request.family)
        };
        let sent = draft.since();
        if !request.send.is_empty() {
            stream
                .write_all(&request.send)
                .await
                .map_err(|error| fail(error, Stage::Waiting))?;
        }
        if request.read == TcpRead::Nothing {
            return Ok(());
        }
        let mut buffer = vec![0; BUFFER];
        loop {
            let length = stream
                .read(&mut buffer)
                .await
                .map_err(|error| fail(error, *stage))?;
            let octets = buffer.get(..length).unwrap_or_default();
            if octets.is_empty() {
                // A server that closes without a line has not sent the line.
                return match request.read {
                    TcpRead::Line => Err(failed(
                        FailureKind::Truncated,
                        format!(
                            "`{}` closed the connection within its first line",
                            request.host
                        ),
                    )),
                    TcpRead::All | TcpRead::Nothing => Ok(()),
                };
            }
            if *stage == Stage::Waiting {
                draft.exchange.timing.first_byte = span(draft.since().saturating_sub(sent));
                *stage = Stage::Reading;
            }
            let line = match request.read {
                TcpRead::Line => octets.iter().position(|octet| *octet == b'\n'),
                TcpRead::All | TcpRead::Nothing => None,
            };
            let wanted = line.map_or(octets, |end| octets.get(..=end).unwrap_or(octets));
            sink.take(wanted)
                .map_err(|full| unkept(&full, request.limit))?;
            if line.is_some() {
                return Ok(());
            }
        }
    }

    /// Opens a TCP connection to the first address that accepts it, or to one of them only.
    pub(super) async fn connect(
        &self,
        draft: &mut Draft<'_>,
        host: &str,
        port: u16,
        family: Family,
        only: Option<std::net::IpAddr>,
    ) -> Result<TcpStream, Failure> {
        let started = draft.since();
        let found = self.resolver.resolve(host, port, family).await;
        draft.exchange.timing.dns = span(draft.since().saturating_sub(started));
        let mut found = found?;
        draft.exchange.addresses = found.iter().map(SocketAddr::ip).collect();
        if let Some(only) = only {
            found.retain(|address| address.ip() == only);
        }
        let mut problem = failed(
            FailureKind::Dns,
            format!("`{host}` does not have the address asked for"),
        );
        for address in found {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    draft.exchange.timing.connect = span(draft.since().saturating_sub(started));
                    draft.ends(stream.local_addr().ok(), stream.peer_addr().ok());
                    return Ok(stream);
                }
                Err(error) => {
                    draft.exchange.destination = Some(address);
                    problem = failure::of(&error, Stage::Connecting, host, family);
                }
            }
        }
        Err(problem)
    }
}

fn unkept(full: &Full, limit: u64) -> Failure {
    match full {
        Full::Limit => failed(
            FailureKind::BodyLimit,
            format!("the answer is larger than {limit} octets"),
        ),
        Full::Spool(error) => failed(FailureKind::Here, format!("spooling an answer: {error}")),
    }
}
