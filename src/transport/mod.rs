//! Transport: the only room that touches a network or a program.
//!
//! Its unit is a typed [`Exchange`], owned by an observation's key and a step. The
//! live implementation makes them, the replaying one finds them in a recording,
//! and a direct one (glued in `cli`) asks the mock world's pure core.

pub mod budget;
pub mod live;
pub mod machine;
#[cfg(feature = "s3")]
pub mod objects;
pub mod options;
pub mod program;
pub mod recorded;
pub mod replaying;
pub mod store;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fact::{Digest, Failure, Key};
pub use program::{ProgramAnswer, ProgramRequest};

/// A future that borrows what it needs and may move between threads.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Makes or finds exchanges.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Makes one exchange for the owner of `key`; `step` counts from 0 within the owner.
    ///
    /// A failure is part of the exchange, never an error of this function.
    fn exchange<'a>(
        &'a self,
        key: &'a Arc<Key>,
        step: u32,
        request: Request,
    ) -> Boxed<'a, Exchange>;

    /// Keeps octets a probe made of a body, such as the decoded one, where a document is found by their digest.
    ///
    /// The live transport hands them to its recorder; a replaying one does nothing, they
    /// were kept when the exchange was made.
    fn keep(&self, digest: &Digest, octets: &Bytes);

    /// Returns the folder for what is too large for memory and is not kept; the machine's, where there is none of the run.
    fn spool(&self) -> PathBuf {
        std::env::temp_dir()
    }
}

/// Keeps exchanges: implemented by `bundle`, and by `run` in memory.
pub trait Recorder: fmt::Debug + Send + Sync {
    /// Keeps an exchange with its bodies; returns when both are written.
    ///
    /// A spooled body can still be read where it was, until the spool is removed at the end.
    fn record(&self, exchange: &Exchange);

    /// Keeps octets under their digest as evidence; once for each digest.
    fn keep(&self, digest: &Digest, octets: &Bytes);
}

/// Finds kept exchanges: implemented by `bundle`.
pub trait Recording: fmt::Debug + Send + Sync {
    /// Returns the exchange of an owner and step, with bodies that can be read; `None` if there is none.
    fn find(&self, key: &Key, step: u32) -> Option<Exchange>;
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Request {
    /// One HTTP hop; redirects are not followed here.
    Http(HttpRequest),
    /// One DNS message.
    Dns(DnsRequest),
    /// One TLS handshake.
    Tls(TlsRequest),
    /// One TCP conversation.
    Tcp(TcpRequest),
    /// One run of a program.
    Program(ProgramRequest),
}

/// One HTTP hop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `GET` or `HEAD`.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Headers in order, secrets not among them: the transport adds those of the target.
    pub headers: Vec<(String, String)>,
    /// Sends it to this address of the name only, the name being sent as ever; `None` for the
    /// first that accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<std::net::IpAddr>,
    /// The address family.
    #[serde(default)]
    pub family: Family,
    /// Largest body on the wire, in octets.
    pub body_limit: u64,
    /// Time for this exchange.
    #[serde(skip, default = "no_timeout")]
    pub timeout: Duration,
}

/// One DNS message; its id is the transport's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DnsRequest {
    /// The name, with or without final dot.
    pub name: String,
    /// The record type, such as `AAAA`.
    pub record_type: String,
    /// Server as `host`, `host:port` or address; `None` for the target's resolver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Whether TCP is used from the start.
    #[serde(default)]
    pub tcp: bool,
    /// Whether recursion is desired.
    pub recurse: bool,
    /// Whether signatures are asked for (the DO bit), and a resolver to hand out what it cannot
    /// verify (the CD bit).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dnssec: bool,
    /// The address family.
    #[serde(default)]
    pub family: Family,
    /// Time for this exchange.
    #[serde(skip, default = "no_timeout")]
    pub timeout: Duration,
}

/// One TLS handshake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TlsRequest {
    /// Host name, sent as server name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Application protocols to offer.
    pub alpn: Vec<String>,
    /// Offers this version alone by a hand-made `ClientHello` and reads only the `ServerHello`:
    /// `TLSv1.0`, `TLSv1.1`, `TLSv1.2`, `TLSv1.3`; `None` for a whole handshake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_version: Option<String>,
    /// The address family.
    #[serde(default)]
    pub family: Family,
    /// Time for this exchange.
    #[serde(skip, default = "no_timeout")]
    pub timeout: Duration,
}

/// One TCP conversation: connect, send, read to the end or to a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TcpRequest {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Octets to send after connecting; empty for none.
    #[serde(with = "latin1")]
    pub send: Vec<u8>,
    /// What is read.
    pub read: TcpRead,
    /// Connects to this address of the name only; `None` for the first that accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<std::net::IpAddr>,
    /// Largest answer, in octets.
    pub limit: u64,
    /// The address family.
    #[serde(default)]
    pub family: Family,
    /// Time for this exchange.
    #[serde(skip, default = "no_timeout")]
    pub timeout: Duration,
}

/// What is read of a TCP conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TcpRead {
    /// Nothing.
    Nothing,
    /// One line.
    Line,
    /// Everything until the server closes.
    All,
}

/// An address family to be forced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Whichever answers.
    #[default]
    Any,
    /// IPv4 only.
    Ipv4,
    /// IPv6 only.
    Ipv6,
}

fn no_timeout() -> Duration {
    Duration::MAX
}

/// One request with its answer or failure, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The observation it belongs to.
    pub key: Arc<Key>,
    /// Number within the observation, from 0.
    pub step: u32,
    /// When the first octet was sent, UTC.
    pub at: Timestamp,
    /// What was asked, secrets masked.
    pub request: Request,
    /// Our address and port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SocketAddr>,
    /// Theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<SocketAddr>,
    /// Addresses the name resolved to, in the order tried, for HTTP when the connection was opened;
    /// empty if there was no look-up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<std::net::IpAddr>,
    /// How long its parts took.
    pub timing: Timing,
    /// What came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// What went wrong; an answer beside it is what came until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Whether a secret of ours that was echoed was masked in the answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

impl Exchange {
    /// Returns an exchange of which nothing is known but what is asked, and when.
    pub fn begun(key: &Arc<Key>, step: u32, at: Timestamp, request: Request) -> Self {
        Self {
            key: Arc::clone(key),
            step,
            at,
            request,
            source: None,
            destination: None,
            addresses: Vec::new(),
            timing: Timing::default(),
            answer: None,
            failure: None,
            masked: false,
        }
    }

    /// Returns URL and answer of a GET that was answered 200, completely; `None` of everything else.
    pub fn fetched(&self) -> Option<(&str, &HttpAnswer)> {
        match (&self.request, &self.answer) {
            (Request::Http(asked), Some(Answer::Http(answer)))
                if asked.method == "GET" && answer.status == 200 && self.failure.is_none() =>
            {
                Some((&asked.url, answer))
            }
            _ => None,
        }
    }
}

/// How long the parts of an exchange took; a part that did not happen is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Looking up the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<SignedDuration>,
    /// Name and TCP; for HTTP name, TCP and TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<SignedDuration>,
    /// TLS handshake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handshake: Option<SignedDuration>,
    /// From sending to the first octet of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<SignedDuration>,
    /// Everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<SignedDuration>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// An HTTP answer.
    Http(HttpAnswer),
    /// A DNS message, its id set to 0, in hex when written.
    Dns {
        /// The message.
        #[serde(with = "hex")]
        message: Vec<u8>,
        /// Whether it came over TCP.
        tcp: bool,
    },
    /// What a handshake showed.
    Tls(TlsAnswer),
    /// What a server sent.
    Tcp {
        /// The octets.
        body: Body,
    },
    /// What a program said and left behind.
    Program(ProgramAnswer),
}

impl Answer {
    /// Returns the body that is kept as evidence; `None` if answers of this kind have none.
    pub const fn body(&self) -> Option<&Body> {
        match self {
            Self::Http(answer) => Some(&answer.body),
            Self::Tcp { body } => Some(body),
            Self::Program(answer) => Some(&answer.tree),
            Self::Dns { .. } | Self::Tls(_) => None,
        }
    }

    /// Returns the same to be changed.
    pub const fn body_mut(&mut self) -> Option<&mut Body> {
        match self {
            Self::Http(answer) => Some(&mut answer.body),
            Self::Tcp { body } => Some(body),
            Self::Program(answer) => Some(&mut answer.tree),
            Self::Dns { .. } | Self::Tls(_) => None,
        }
    }
}

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// Status code.
    pub status: u16,
    /// `HTTP/1.1` or `HTTP/2.0`.
    pub version: String,
    /// Headers in the order received, names in lower case; values that are no UTF-8 are read as Latin-1.
    pub headers: Vec<(String, String)>,
    /// The body as on the wire, content coding not removed.
    pub body: Body,
}

/// What a TLS handshake showed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TlsAnswer {
    /// `TLSv1.3` …; absent if the server refused before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Cipher suite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// Application protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpn: Option<String>,
    /// Certificates as sent, DER in base64, the leaf first; also when the handshake failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
    /// Why the chain was not accepted; absent if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_error: Option<String>,
    /// Whether the leaf names the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_matches: Option<bool>,
}

/// A body: its digest and size, and its octets in memory, in a file, or in the bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Body {
    /// SHA-256 of the octets on the wire.
    pub digest: Digest,
    /// Their number.
    pub bytes: u64,
    /// Where they are; not written.
    #[serde(skip)]
    pub content: Content,
}

/// Where the octets of a body are.
#[derive(Clone, Debug, Default)]
pub enum Content {
    /// Kept elsewhere by digest.
    #[default]
    Elsewhere,
    /// In memory.
    Memory(Bytes),
    /// In a spooled file.
    File(PathBuf),
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest && self.bytes == other.bytes
    }
}

/// Octets as hex.
mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        octets: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&data_encoding::HEXLOWER.encode(octets))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .map_err(D::Error::custom)
    }
}

/// Octets as text, one character each, so that a query line stays readable.
mod latin1 {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        octets: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&octets.iter().map(|o| char::from(*o)).collect::<String>())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.chars()
            .map(|c| u8::try_from(u32::from(c)).map_err(|_| D::Error::custom("not an octet")))
            .collect()
    }
}
