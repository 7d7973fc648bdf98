//! DNS exchanges: one message to one server, over UDP or TCP.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, Query};
use hickory_proto::rr::{Name, RData, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use super::failure::{self, Stage};
use super::{Draft, Live, failed, span};
use crate::fact::{Failure, FailureKind};
use crate::transport::options::Lookup;
use crate::transport::{Answer, DnsRequest, Family};

/// Port of name servers (RFC 1035, section 4.2).
const PORT: u16 = 53;

/// Payload we say we take over UDP, in octets; larger ones risk fragments (DNS flag day 2020).
const PAYLOAD: u16 = 1232;

/// Tries of a look-up of our own, and the time for each; ours.
const TRIES: u32 = 3;
const TRY: Duration = Duration::from_secs(3);

/// Returns the message of a request as it is sent, its id set to 0: for transports that need no socket.
///
/// # Errors
///
/// A failure of kind `here` if the name or the record type is none.
pub fn message(request: &DnsRequest) -> Result<Vec<u8>, Failure> {
    let mut octets = Question::of(request)?.octets;
    if let Some(id) = octets.get_mut(..2) {
        id.fill(0);
    }
    Ok(octets)
}

/// What is asked, as it is sent.
struct Question {
    message: Message,
    octets: Vec<u8>,
}

impl Question {
    fn of(request: &DnsRequest) -> Result<Self, Failure> {
        Self::new(
            &request.name,
            &request.record_type,
            request.recurse,
            request.dnssec,
        )
    }

    /// Makes a message with a random id, and with the AD bit set, which asks for it in the answer (RFC 6840, section 5.7).
    fn new(name: &str, record_type: &str, recurse: bool, dnssec: bool) -> Result<Self, Failure> {
        let here = |why: String| failed(FailureKind::Here, why);
        let absolute = if name.ends_with('.') {
            name.to_owned()
        } else {
            format!("{name}.")
        };
        let name = Name::from_ascii(&absolute)
            .map_err(|error| here(format!("`{name}` is no domain name: {error}")))?;
        let record_type: RecordType = record_type
            .parse()
            .map_err(|_| here(format!("`{record_type}` is no record type")))?;
        let mut message = Message::query();
        message.metadata.recursion_desired = recurse;
        message.metadata.authentic_data = true;
        // RFC 4035, section 3.2.2: who verifies itself wants what a resolver would hold back.
        message.metadata.checking_disabled = dnssec && recurse;
        message.add_query(Query::query(name, record_type));
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD).set_version(0);
        edns.flags_mut().dnssec_ok = dnssec;
        message.set_edns(edns);
        let octets = message
            .to_vec()
            .map_err(|error| here(format!("writing a DNS message: {error}")))?;
        Ok(Self { message, octets })
    }

    /// Says whether some octets claim to answer this question; others are not for us.
    fn claims(&self, octets: &[u8]) -> bool {
        self.octets.get(..2) == octets.get(..2) && octets.len() >= 12
    }

    /// Reads an answer.
    fn read(&self, octets: &[u8]) -> Result<Message, String> {
        let message = Message::from_vec(octets).map_err(|error| error.to_string())?;
        if message.metadata.message_type != MessageType::Response {
            return Err("the message is no response".to_owned());
        }
        let same = |a: &Query, b: &Query| {
            a.query_type() == b.query_type() && a.name().to_lowercase() == b.name().to_lowercase()
        };
        let asked = self.message.queries.first();
        match (asked, message.queries.first()) {
            (Some(a), Some(b)) if !same(a, b) => Err(format!("it answers another question: {b}")),
            _ => Ok(message),
        }
    }

    async fn over_udp(&self, server: SocketAddr) -> io::Result<(SocketAddr, Vec<u8>)> {
        let unspecified: IpAddr = match server {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((unspecified, 0)).await?;
        socket.connect(server).await?;
        socket.send(&self.octets).await?;
        let mut buffer = vec![0; 65_535];
        loop {
            let length = socket.recv(&mut buffer).await?;
            let octets = buffer.get(..length).unwrap_or_default();
            if self.claims(octets) {
                return Ok((socket.local_addr()?, octets.to_vec()));
            }
        }
    }

    async fn over_tcp(&self, stream: &mut TcpStream) -> io::Result<Vec<u8>> {
        let length = u16::try_from(self.octets.len())
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut framed = length.to_be_bytes().to_vec();
        framed.extend_from_slice(&self.octets);
        stream.write_all(&framed).await?;
        let length = stream.read_u16().await?;
        let mut octets = vec![0; usize::from(length)];
        stream.read_exact(&mut octets).await?;
        Ok(octets)
    }
}

impl Live {
    /// Asks one question and returns how many octets came.
    pub(super) async fn ask_dns(&self, draft: &mut Draft<'_>, request: &DnsRequest) -> u64 {
        let mut stage = Stage::Connecting;
        let asked =
            tokio::time::timeout(request.timeout, self.ask_server(draft, request, &mut stage))
                .await;
        match asked {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(failure)) => {
                draft.exchange.failure = Some(failure);
                0
            }
            Err(_) => {
                let server = request.server.as_deref().unwrap_or("the resolver");
                draft.exchange.failure = Some(failure::late(stage, server, request.timeout));
                0
            }
        }
    }

    async fn ask_server(
        &self,
        draft: &mut Draft<'_>,
        request: &DnsRequest,
        stage: &mut Stage,
    ) -> Result<u64, Failure> {
        let question = Question::of(request)?;
        let servers = self.servers(draft, request).await?;
        let Some(server) = servers.first().copied() else {
            return Err(failed(FailureKind::Dns, "there is no server to ask"));
        };
        draft.ends(None, Some(server));
        let io = |error: io::Error, stage: Stage| {
            failure::of(&error, stage, &server.ip().to_string(), request.family)
        };
        let (octets, start) = if request.tcp {
            let started = draft.since();
            let mut stream = TcpStream::connect(server)
                .await
                .map_err(|error| io(error, Stage::Connecting))?;
            draft.exchange.timing.connect = span(draft.since());
            draft.exchange.source = stream.local_addr().ok();
            *stage = Stage::Waiting;
            let octets = question
                .over_tcp(&mut stream)
                .await
                .map_err(|error| io(error, Stage::Waiting))?;
            (octets, started)
        } else {
            *stage = Stage::Waiting;
            let started = draft.since();
            let (source, octets) = question
                .over_udp(server)
                .await
                .map_err(|error| io(error, Stage::Waiting))?;
            draft.exchange.source = Some(source);
            (octets, started)
        };
        draft.exchange.timing.first_byte = span(draft.since().saturating_sub(start));
        let bytes = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        let read = if question.claims(&octets) {
            question.read(&octets).err()
        } else {
            Some("it has another id, or is shorter than a header".to_owned())
        };
        let mut message = octets;
        if let Some(id) = message.get_mut(..2) {
            id.fill(0);
        }
        draft.exchange.answer = Some(Answer::Dns {
            message,
            tcp: request.tcp,
        });
        match read {
            None => Ok(bytes),
            Some(why) => Err(failed(
                FailureKind::Protocol,
                format!("reading the answer of `{}`: {why}", server.ip()),
            )),
        }
    }

    /// Returns the addresses of the server that is asked.
    async fn servers(
        &self,
        draft: &mut Draft<'_>,
        request: &DnsRequest,
    ) -> Result<Vec<SocketAddr>, Failure> {
        let Some(server) = request.server.as_deref() else {
            let server = match (self.options.dns_server, self.options.lookup) {
                (Some(server), _) | (None, Lookup::Server(server)) => Some(server),
                (None, Lookup::Machine) => machine_server(),
                (None, Lookup::Nothing) => None,
            };
            return match server {
                Some(server) => Ok(vec![server]),
                None => Err(failed(
                    FailureKind::Here,
                    "no DNS server is known here; name one in the target's `resolver`",
                )),
            };
        };
        let (host, port) = split_server(server);
        let found = self.resolver.resolve(host, port, request.family).await;
        draft.exchange.timing.dns = span(draft.since());
        let found = found?;
        draft.exchange.addresses = found.iter().map(SocketAddr::ip).collect();
        Ok(found)
    }
}

/// Returns host and port of a server as written; 53 without one.
pub(super) fn split_server(server: &str) -> (&str, u16) {
    if let Ok(address) = server.parse::<SocketAddr>() {
        let host = server
            .rsplit_once(':')
            .map_or(server, |(host, _)| host.trim_matches(['[', ']']));
        return (host, address.port());
    }
    match server.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => match port.parse() {
            Ok(port) => (host, port),
            Err(_) => (server, PORT),
        },
        _ => (server.trim_matches(['[', ']']), PORT),
    }
}

/// Returns the first name server this machine asks; `None` if its settings name none.
pub(in crate::transport) fn machine_server() -> Option<SocketAddr> {
    let settings = std::fs::read_to_string("/etc/resolv.conf").ok()?;
    settings.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let address = (words.next()? == "nameserver").then(|| words.next())??;
        let address: IpAddr = address.parse().ok()?;
        Some(SocketAddr::new(address, PORT))
    })
}

/// Looks up the addresses of a name by asking a server; over TCP where the answer is truncated.
pub(super) async fn addresses(
    server: SocketAddr,
    name: &str,
    family: Family,
) -> Result<Vec<IpAddr>, Failure> {
    let types: &[&str] = match family {
        Family::Any => &["AAAA", "A"],
        Family::Ipv4 => &["A"],
        Family::Ipv6 => &["AAAA"],
    };
    let mut found = Vec::new();
    let mut problem = None;
    for record_type in types {
        match records(server, name, record_type).await {
            Ok(records) => found.extend(records),
            Err(why) => problem = Some(why),
        }
    }
    match problem {
        Some(why) if found.is_empty() => Err(failed(
            FailureKind::Dns,
            format!("looking up `{name}` at `{server}`: {why}"),
        )),
        _ => Ok(found),
    }
}

async fn records(server: SocketAddr, name: &str, record_type: &str) -> Result<Vec<IpAddr>, String> {
    let question =
        Question::new(name, record_type, true, false).map_err(|failure| failure.detail)?;
    let mut answer = Err("no answer".to_owned());
    for _ in 0..TRIES {
        match tokio::time::timeout(TRY, question.over_udp(server)).await {
            Ok(Ok((_, octets))) => {
                answer = question.read(&octets);
                break;
            }
            Ok(Err(error)) => answer = Err(error.to_string()),
            Err(_) => {}
        }
    }
    let mut message = answer?;
    if message.metadata.truncation {
        let over_tcp = async {
            let mut stream = TcpStream::connect(server).await?;
            question.over_tcp(&mut stream).await
        };
        let octets = tokio::time::timeout(TRY, over_tcp)
            .await
            .map_err(|_| "no answer over TCP".to_owned())?
            .map_err(|error| error.to_string())?;
        message = question.read(&octets)?;
    }
    let found: Vec<IpAddr> = message
        .answers
        .iter()
        .filter_map(|record| {
            if let RData::A(address) = &record.data {
                Some(IpAddr::V4(address.0))
            } else if let RData::AAAA(address) = &record.data {
                Some(IpAddr::V6(address.0))
            } else {
                None
            }
        })
        .collect();
    let code = message.metadata.response_code;
    if found.is_empty() && code != hickory_proto::op::ResponseCode::NoError {
        return Err(code.to_string());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_name_or_address_with_or_without_port() {
        for (server, expected) in [
            ("ns.example", ("ns.example", 53)),
            ("ns.example:5300", ("ns.example", 5300)),
            ("192.0.2.1", ("192.0.2.1", 53)),
            ("192.0.2.1:54", ("192.0.2.1", 54)),
            ("2001:db8::1", ("2001:db8::1", 53)),
            ("[2001:db8::1]", ("2001:db8::1", 53)),
            ("[2001:db8::1]:55", ("2001:db8::1", 55)),
        ] {
            assert_eq!(split_server(server), expected);
        }
    }
}
