//! What is asked of the world, and what it answers.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A request as it reaches a service of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// An HTTP request.
    Http {
        /// Whether it came over TLS.
        scheme: Scheme,
        /// Host asked for, lower case, without port.
        host: String,
        /// Port asked for.
        port: u16,
        /// Method in capitals.
        method: String,
        /// Path and query as sent.
        target: String,
        /// Headers, names in lower case, in the order sent.
        headers: Vec<(String, String)>,
        /// Address of ours that it came to.
        address: IpAddr,
    },
    /// A line sent to a whois service.
    Whois {
        /// Host asked.
        host: String,
        /// The line without its end.
        line: String,
    },
    /// A DNS message.
    Dns {
        /// The message as sent, without the length of TCP.
        message: Vec<u8>,
        /// Name of the name server that was asked, lower case, without final dot; `None` for the resolver.
        server: Option<String>,
        /// Whether it came over TCP.
        tcp: bool,
        /// The address family.
        family: IpFamily,
    },
}

/// The second address of IPv4 that hosts of repositories have, as if another machine stood there.
pub(in crate::mock) const EDGE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// All addresses that a host can have, in the order in which they are tried.
pub(in crate::mock) const ADDRESSES: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    EDGE,
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];

/// How an HTTP request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// Returns the scheme as it stands in URLs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// The address family of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpFamily {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl IpFamily {
    /// Returns the family of an address.
    pub const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }
}

impl Request {
    /// Returns a GET request over HTTPS and IPv4 for a URL without port, such as
    /// `https://rdap.afrinic.test/rdap/help`; a URL without scheme is taken as HTTPS.
    pub fn get(url: &str) -> Self {
        let (scheme, rest) = match url.split_once("://") {
            Some(("http", rest)) => (Scheme::Http, rest),
            Some((_, rest)) => (Scheme::Https, rest),
            None => (Scheme::Https, url),
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        Self::Http {
            scheme,
            host: host.to_ascii_lowercase(),
            port: if scheme == Scheme::Https { 443 } else { 80 },
            method: "GET".to_owned(),
            target: format!("/{path}"),
            headers: Vec::new(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }

    /// Returns the request with a header added; does nothing to other protocols.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Http { headers, .. } = &mut self {
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        self
    }

    /// Returns the request with another method; does nothing to other protocols.
    #[must_use]
    pub fn with_method(mut self, new: &str) -> Self {
        if let Self::Http { method, .. } = &mut self {
            new.clone_into(method);
        }
        self
    }
}

/// What the world answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Status of an HTTP answer; 0 for other protocols.
    pub status: u16,
    /// Headers of an HTTP answer, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it goes over the wire, content coding applied; the text of a whois answer;
    /// the message of a DNS answer.
    pub body: Body,
    /// How it goes over the wire.
    pub wire: Wire,
}

impl Answer {
    /// Returns the first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A body, whole or as a recipe for one that is too large to hold.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// All octets.
    Whole(Vec<u8>),
    /// A head, a part many times over, and a tail.
    Repeated {
        /// What comes first.
        head: Vec<u8>,
        /// What is repeated.
        part: Vec<u8>,
        /// How often; `None` for ever.
        times: Option<u64>,
        /// What comes last.
        tail: Vec<u8>,
    },
}

impl Body {
    /// Returns all octets; of a repeated body the head and one part.
    pub fn octets(&self) -> &[u8] {
        match self {
            Self::Whole(octets) => octets,
            Self::Repeated { head, .. } => head,
        }
    }

    /// Returns the length in octets; `None` for an endless body.
    pub fn len(&self) -> Option<u64> {
        let length = |octets: &[u8]| u64::try_from(octets.len()).unwrap_or(u64::MAX);
        match self {
            Self::Whole(octets) => Some(length(octets)),
            Self::Repeated {
                head,
                part,
                times,
                tail,
            } => {
                let middle = length(part).saturating_mul((*times)?);
                Some(
                    length(head)
                        .saturating_add(middle)
                        .saturating_add(length(tail)),
                )
            }
        }
    }

    /// Says whether there is no octet.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
}

impl fmt::Debug for Body {
    /// Writes the length and what is legible, not millions of numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.len() {
            Some(length) => write!(f, "{length} octets: ")?,
            None => f.write_str("endless: ")?,
        }
        let text = String::from_utf8_lossy(self.octets());
        f.write_str(&text.chars().take(2_000).collect::<String>())
    }
}

/// How an answer goes over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    /// As it should.
    #[default]
    Plain,
    /// Nobody listens: the connection is refused.
    Refuse,
    /// The connection is accepted and nothing is ever said.
    Silent,
    /// The connection is accepted and reset.
    Reset,
    /// Half of the body is sent, though its length was announced, and the connection is closed.
    Cut,
    /// The body is sent in ten parts with this many milliseconds between them.
    Drip(u64),
    /// The server shows this certificate instead of its own.
    Certificate(BadCertificate),
}

/// What is wrong with a server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BadCertificate {
    /// Its end lies in the past.
    Expired,
    /// It ends within days.
    Short,
    /// It is for another name.
    WrongName,
    /// Nobody knows who issued it.
    Untrusted,
}

/// Says whether a client takes gzip (RFC 9110, section 12.5.3).
pub(in crate::mock) fn wants_gzip(headers: &[(String, String)]) -> bool {
    headers
        .iter()
        .filter(|(n, _)| n == "accept-encoding")
        .any(|(_, value)| {
            value.split(',').any(|coding| {
                let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
                name.trim() == "gzip" && weight.trim() != "q=0"
            })
        })
}
