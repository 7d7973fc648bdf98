//! Tells kinds of failures apart by the chain of errors.

use std::error::Error;
use std::io;
use std::time::Duration;

use rustls::CertificateError;

use super::failed;
use crate::fact::{Failure, FailureKind};
use crate::transport::Family;

/// A failure on its way through a library's error type.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.detail)]
pub(super) struct Carried(pub(super) Failure);

/// Longest chain of errors that is looked at; ours, far above what is seen.
const LONGEST_CHAIN: usize = 16;

/// What the HTTP/2 library says of a stream whose connection ended, where hyper took the I/O error
/// out of its error; source: `h2`, `streams/state.rs`.
const H2_ENDED: &str = "stream closed because of a broken pipe";

/// What an exchange was doing when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Looking up, connecting, TLS.
    Connecting,
    /// Waiting for an answer.
    Waiting,
    /// Reading the answer.
    Reading,
}

impl Stage {
    const fn words(self) -> &'static str {
        match self {
            Self::Connecting => "connecting to",
            Self::Waiting => "waiting for the answer of",
            Self::Reading => "reading the answer of",
        }
    }
}

/// Returns the failure that an error stands for.
pub(super) fn of(
    error: &(dyn Error + 'static),
    stage: Stage,
    host: &str,
    family: Family,
) -> Failure {
    let mut chain: Vec<&(dyn Error + 'static)> = vec![error];
    let mut next = error.source();
    while let Some(source) = next {
        chain.push(source);
        next = source.source().filter(|_| chain.len() < LONGEST_CHAIN);
    }
    for link in chain.iter().rev() {
        if let Some(Carried(failure)) = link.downcast_ref() {
            return failure.clone();
        }
    }
    let kind = chain
        .iter()
        .rev()
        .find_map(|link| kind_of(*link, stage, family))
        .unwrap_or(match stage {
            Stage::Connecting => FailureKind::Connect,
            Stage::Waiting | Stage::Reading => FailureKind::Protocol,
        });
    failed(
        kind,
        format!("{} `{host}`: {}", stage.words(), words(&chain)),
    )
}

/// Returns the failure of running out of time.
pub(super) fn late(stage: Stage, host: &str, limit: Duration) -> Failure {
    failed(
        FailureKind::Timeout,
        format!("{} `{host}`: not done within {limit:?}", stage.words()),
    )
}

/// Returns what the innermost error says; the outer ones repeat the URL or each other.
fn words(chain: &[&(dyn Error + 'static)]) -> String {
    if let Some(error) = chain.iter().find_map(|link| tls_error(*link)) {
        return words_of_tls(error);
    }
    chain.last().map(ToString::to_string).unwrap_or_default()
}

/// Returns the TLS error that an error is or wraps.
fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut inner = error;
    for _ in 0..LONGEST_CHAIN {
        if let Some(found) = inner.downcast_ref() {
            return Some(found);
        }
        // An I/O error wraps another one without naming it as its source.
        inner = inner.downcast_ref::<io::Error>()?.get_ref()?;
    }
    None
}

/// Returns what is wrong with a handshake or chain, without times that differ from run to run.
pub(super) fn words_of_tls(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(error) = error else {
        return error.to_string();
    };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the list of the TLS library is open"
    )]
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "a certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "a certificate is not valid yet".to_owned()
        }
        CertificateError::UnknownIssuer => "the chain leads to no trusted root".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the leaf does not name the host".to_owned()
        }
        CertificateError::BadEncoding => "a certificate is malformed".to_owned(),
        CertificateError::BadSignature => "a signature in the chain is wrong".to_owned(),
        CertificateError::Revoked => "a certificate is revoked".to_owned(),
        other => other.to_string(),
    }
}

fn kind_of(error: &(dyn Error + 'static), stage: Stage, family: Family) -> Option<FailureKind> {
    if tls_error(error).is_some() {
        return Some(FailureKind::Tls);
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        let inner = error.get_ref();
        if inner.is_some_and(|inner| inner.to_string() == H2_ENDED) {
            return Some(FailureKind::Truncated);
        }
        let wrapped = inner.and_then(|inner| inner.downcast_ref());
        return kind_of_io(
            wrapped.map_or_else(|| error.kind(), io::Error::kind),
            stage,
            family,
        );
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        if error.is_parse() {
            return Some(FailureKind::Protocol);
        }
        if error.is_incomplete_message() {
            return Some(FailureKind::Truncated);
        }
        if error.is_timeout() {
            return Some(FailureKind::Timeout);
        }
    }
    kind_of_h2(error.downcast_ref()?, stage, family)
}

/// Returns the kind of failure of an error of HTTP/2: what the peer takes back is a reset, an end
/// without a proper one is truncated, as it is over HTTP/1.1.
fn kind_of_h2(error: &h2::Error, stage: Stage, family: Family) -> Option<FailureKind> {
    match error.get_io().map(io::Error::kind) {
        // The library calls it a broken pipe if the connection ends before the stream.
        Some(io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof) => {
            Some(FailureKind::Truncated)
        }
        Some(kind) => kind_of_io(kind, stage, family),
        None if error.is_remote() => Some(FailureKind::Reset),
        None => None,
    }
}

/// Returns the kind of failure of an I/O error; `None` if it says nothing.
pub(super) fn kind_of_io(kind: io::ErrorKind, stage: Stage, family: Family) -> Option<FailureKind> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the standard library's list is open"
    )]
    match kind {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::HostUnreachable => {
            Some(FailureKind::Connect)
        }
        // Without any route of the family asked for, it is our machine that lacks it.
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => Some(match family {
            Family::Ipv6 => FailureKind::Here,
            Family::Any | Family::Ipv4 => FailureKind::Connect,
        }),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Some(FailureKind::Reset),
        io::ErrorKind::TimedOut => Some(FailureKind::Timeout),
        io::ErrorKind::UnexpectedEof => Some(match stage {
            Stage::Connecting => FailureKind::Tls,
            Stage::Waiting | Stage::Reading => FailureKind::Truncated,
        }),
        _ => None,
    }
}
