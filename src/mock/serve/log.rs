//! The access log: everything that was asked of the mock world.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::mock::request::IpFamily;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// When it came, by the world's clock.
    pub time: Timestamp,
    /// How it came.
    pub protocol: Protocol,
    /// Host asked; empty for DNS.
    pub host: String,
    /// Method and target, query line, or name and type.
    pub asked: String,
    /// Value of Accept; `None` where none was sent, and for other protocols than HTTP.
    pub accept: Option<String>,
    /// Address family it came over.
    pub family: IpFamily,
    /// Status of an HTTP answer; 0 for other protocols and for connections that were mistreated.
    pub status: u16,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// HTTP over TLS.
    Https,
    /// HTTP.
    Http,
    /// Whois.
    Whois,
    /// rsync; the daemon does not tell what was asked.
    Rsync,
    /// DNS over UDP.
    DnsUdp,
    /// DNS over TCP.
    DnsTcp,
    /// A tunnel through the proxy.
    Connect,
    /// A connection that is refused an answer.
    Mistreated,
}

/// The log of a served world; clones share it.
#[derive(Clone, Debug, Default)]
pub struct AccessLog(Arc<Mutex<Vec<Access>>>);

impl AccessLog {
    /// Returns everything that was asked so far, in the order it came.
    pub fn all(&self) -> Vec<Access> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns how much was asked so far.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Says whether nothing was asked so far.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&self, access: Access) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(access);
    }
}
