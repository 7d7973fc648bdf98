//! Tells kinds of failures apart by the chain of errors.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::failed;
use crate::fact::{Failure, FailureKind};
use crate::transport::Family;

/// A failure on its way through a library's error type.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.detail)]
pub(super) struct Carried(pub(super) Failure);

/// Longest chain of errors that is looked at; ours, far above what is seen.
const LONGEST_CHAIN: usize = 16;

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

/// Returns what the innermost errors say; the outer ones repeat the URL or each other.
fn words(chain: &[&(dyn Error + 'static)]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for link in chain.iter().rev().take(2) {
        let part = link.to_string();
        if !parts
            .iter()
            .any(|known| known.contains(&part) || part.contains(known))
        {
            parts.insert(0, part);
        }
    }
    parts.join(": ")
}

fn kind_of(error: &(dyn Error + 'static), stage: Stage, family: Family) -> Option<FailureKind> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        if error
            .get_ref()
            .is_some_and(|inner| inner.downcast_ref::<rustls::Error>().is_some())
        {
            return Some(FailureKind::Tls);
        }
        return kind_of_io(error.kind(), stage, family);
    }
    if error.downcast_ref::<rustls::Error>().is_some() {
        return Some(FailureKind::Tls);
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
    // The errors of HTTP/2 have a type that is not ours to name; their words are stable.
    let text = error.to_string();
    if text.starts_with("stream error received") || text.starts_with("connection error received") {
        return Some(FailureKind::Reset);
    }
    None
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
