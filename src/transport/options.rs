//! What a live transport needs to know; the command line builds it from a target file.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::budget::Budget;
use crate::registry::RegistryId;

/// Everything about how services are reached.
#[derive(Debug)]
pub struct LiveOptions {
    /// Value of User-Agent; [`user_agent`] makes one with contact and run id.
    pub user_agent: String,
    /// Folder for bodies that are too large for memory; it exists.
    pub spool: PathBuf,
    /// Folders in which programs are looked for, written as the variable `PATH`; empty for none.
    pub path: String,
    /// Where names lead that are not looked up: lower-case name and port, to what is connected to.
    ///
    /// A name may lead to several places, such as an IPv4 and an IPv6 address.
    pub places: BTreeMap<(String, u16), Vec<Place>>,
    /// How all other names are looked up.
    pub lookup: Lookup,
    /// Server that DNS exchanges ask where they name none; `None` for the one of `lookup`.
    pub dns_server: Option<SocketAddr>,
    /// Production name to the name that is asked instead, both in lower case; empty for none.
    pub names: BTreeMap<String, String>,
    /// Which certificates are accepted.
    pub trust: Trust,
    /// Our own certificate; `None` if there is none.
    pub identity: Option<Identity>,
    /// Proxy of HTTP exchanges: an `http`, `https`, `socks5` or `socks5h` URL; `None` for none, whatever the environment says.
    ///
    /// Through `http` and `socks5h` proxies names are looked up by the proxy.
    pub proxy: Option<String>,
    /// Whether loopback, private and other special addresses are refused; places are not looked at.
    pub public_only: bool,
    /// How hosts are treated.
    pub manners: Manners,
    /// Whose host is whose, for budgets and pace; names in lower case.
    pub owners: BTreeMap<String, RegistryId>,
    /// Secrets, each sent to one host.
    pub credentials: Vec<Credential>,
    /// Budgets of the day, kept across runs; `None` for none.
    pub budget: Option<Arc<Budget>>,
    /// Longest silence of an HTTP service within an answer, however much time is left.
    pub silence: Duration,
}

impl LiveOptions {
    /// Returns options that reach the named places only and accept certificates under these roots only,
    /// without pace, budgets or secrets: the mock world's.
    pub fn closed(
        spool: PathBuf,
        places: BTreeMap<(String, u16), Vec<Place>>,
        roots: Vec<CertificateDer<'static>>,
    ) -> Self {
        Self {
            user_agent: user_agent("none", "closed"),
            spool,
            path: String::new(),
            places,
            lookup: Lookup::Nothing,
            dns_server: None,
            names: BTreeMap::new(),
            trust: Trust::Only(roots),
            identity: None,
            proxy: None,
            public_only: false,
            manners: Manners::default(),
            owners: BTreeMap::new(),
            credentials: Vec::new(),
            budget: None,
            silence: Self::SILENCE,
        }
    }

    /// A download may take half an hour, but who says nothing for a minute will not; ours.
    pub const SILENCE: Duration = Duration::from_mins(1);
}

/// Returns the User-Agent that lets a registry find out who asks and why.
pub fn user_agent(contact: &str, run: &str) -> String {
    format!(
        "quintet/{} (conformance audit; contact {contact}; run {run})",
        env!("CARGO_PKG_VERSION")
    )
}

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An address and port.
    Address(SocketAddr),
    /// Another name, which is looked up, and a port.
    Name(String, u16),
}

/// How names are looked up that lead to no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Not at all: there are no other names.
    Nothing,
    /// As this machine does it.
    Machine,
    /// By asking this DNS server.
    Server(SocketAddr),
}

/// Which certificates are accepted.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Those this machine trusts.
    Machine,
    /// Those this machine trusts, and those under these roots.
    MachineAnd(Vec<CertificateDer<'static>>),
    /// Those under these roots only.
    Only(Vec<CertificateDer<'static>>),
}

/// A certificate of ours and its key.
pub struct Identity {
    /// Our certificate, then those above it.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({} certificates)", self.chain.len())
    }
}

/// How hosts are treated.
#[derive(Clone, Debug, PartialEq)]
pub struct Manners {
    /// Exchanges a second to a host without an entry in `per_second_of`; `None` for as fast as it goes.
    pub per_second: Option<f64>,
    /// Exchanges a second to the hosts of a registry that declares a limit.
    pub per_second_of: BTreeMap<RegistryId, f64>,
    /// Exchanges at a time with one host; `None` for no limit.
    pub connections: Option<u64>,
    /// Number of answers 429 after which a host is left alone for the rest of the run; `None` for never.
    pub refusals: Option<u32>,
    /// Longest wait that a `Retry-After` may ask for; longer ones leave the host alone until then.
    /// `None` if `Retry-After` is not looked at.
    pub retry_after: Option<Duration>,
}

impl Default for Manners {
    /// No limits: for services of our own on loopback.
    fn default() -> Self {
        Self {
            per_second: None,
            per_second_of: BTreeMap::new(),
            connections: None,
            refusals: None,
            retry_after: None,
        }
    }
}

impl Manners {
    /// Refusals after which a host is left alone (design.md, section 8).
    pub const REFUSALS: u32 = 2;

    /// Longest wait for a `Retry-After`; ours, so that one host does not hold a run for hours.
    pub const RETRY_AFTER: Duration = Duration::from_mins(5);

    /// Returns the manners for services in production: one connection, one exchange a second where nothing is declared.
    pub fn guest() -> Self {
        Self {
            per_second: Some(1.0),
            per_second_of: BTreeMap::new(),
            connections: Some(1),
            refusals: Some(Self::REFUSALS),
            retry_after: Some(Self::RETRY_AFTER),
        }
    }
}

/// A secret that is sent to one host, as the value of a header.
#[derive(Clone)]
pub struct Credential {
    /// The host it is sent to over TLS, in lower case, and no other.
    pub host: String,
    /// The header.
    pub header: String,
    /// The value.
    pub value: String,
}

impl fmt::Debug for Credential {
    /// Shows everything but the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({} for {})", self.header, self.host)
    }
}

/// Says why a transport cannot be made of some options.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The trust store, a root or our certificate is of no use.
    #[error("setting up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The proxy is no URL of a known kind.
    #[error("proxy `{0}` is not a URL with scheme `http`, `https`, `socks5` or `socks5h`")]
    Proxy(String),
    /// A header of ours has characters that no header can have.
    #[error("`{0}` is not a header")]
    Header(String),
    /// The HTTP client cannot be made.
    #[error("setting up HTTP: {0}")]
    Http(#[from] reqwest::Error),
}
