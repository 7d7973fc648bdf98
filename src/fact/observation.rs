//! Observations: what one probe saw, and the findings of inspectors.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::json::Digest;
use super::looked::Looked;
use super::value::Facts;
use crate::registry::RegistryId;
use crate::verdict::Operator;

/// Identifies an observation for ever: polls, transfers, twins and several places
/// of observation need no other key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The scenario's id.
    #[serde(deserialize_with = "super::shared::one")]
    pub scenario: Arc<str>,
    /// Values of the matrix axes as `axis=value,axis=value` in the order of axis names; empty without a matrix.
    #[serde(default, skip_serializing_if = "str_is_empty")]
    pub instance: Arc<str>,
    /// What the observation is about.
    pub subject: Subject,
    /// The registry whose service was asked; of a shared probe the subject says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<RegistryId>,
    /// The target's name.
    #[serde(deserialize_with = "super::shared::one")]
    pub target: Arc<str>,
    /// The probe's name in the scenario.
    #[serde(deserialize_with = "super::shared::one")]
    pub probe: Arc<str>,
    /// Number of the poll, from 0.
    #[serde(default)]
    pub tick: u32,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// The place of observation.
    #[serde(deserialize_with = "super::shared::one")]
    pub vantage: Arc<str>,
}

fn str_is_empty(text: &Arc<str>) -> bool {
    text.is_empty()
}

impl fmt::Display for Key {
    /// Writes `scenario[instance]/probe@subject`, then target, vantage, and tick and attempt where they are not the first.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.scenario)?;
        if !self.instance.is_empty() {
            write!(f, "[{}]", self.instance)?;
        }
        write!(f, "/{}@{}", self.probe, self.subject)?;
        if let Some(asked) = &self.asked {
            if self.subject != Subject::Registry(asked.clone()) {
                write!(f, " asked {asked}")?;
            }
        }
        write!(f, " on {} from {}", self.target, self.vantage)?;
        if self.tick > 0 {
            write!(f, " tick {}", self.tick)?;
        }
        if self.attempt > 1 {
            write!(f, " attempt {}", self.attempt)?;
        }
        Ok(())
    }
}

impl Key {
    /// Returns what may be ids of registries in a key as it is written: those it is about, and whose
    /// service was asked. Where values or places of observation have such signs too, there is more.
    pub fn registries(written: &str) -> impl Iterator<Item = &str> {
        let word = |behind: &'_ str| -> usize { behind.find(' ').unwrap_or(behind.len()) };
        let about = written.split('@').skip(1);
        let asked = written.split(" asked ").skip(1);
        let words = about.chain(asked);
        words.flat_map(move |behind| {
            let subject = behind.get(..word(behind)).unwrap_or_default();
            subject.split('>')
        })
    }
}

/// What an observation is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// One registry.
    Registry(RegistryId),
    /// An ordered pair: source and recipient.
    Pair(RegistryId, RegistryId),
    /// All registries alike.
    Shared,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(id) => write!(f, "{id}"),
            Self::Pair(source, recipient) => write!(f, "{source}>{recipient}"),
            Self::Shared => f.write_str("shared"),
        }
    }
}

/// What one probe saw. There is one for every attempt, failed ones too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Which one it is.
    pub key: Key,
    /// When the first octet was sent, UTC; the capture time of its values.
    pub at: Timestamp,
    /// Why there is no complete answer; `None` if there is one, whatever it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Why the probe was not run: its `when` was false, a capability is missing. Then there are no facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Skipped>,
    /// What was seen.
    #[serde(default)]
    pub facts: Facts,
    /// What inspectors found, for each document kind they read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspected: Option<Inspected>,
    /// What was asked and answered, one line per exchange.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// Bodies that were kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Digest>,
}

impl Observation {
    /// Says whether there is a complete answer.
    pub const fn is_ok(&self) -> bool {
        self.failure.is_none() && self.skipped.is_none()
    }
}

/// Why a probe was not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "kebab-case")]
pub enum Skipped {
    /// Its `when` was false, or a declared capability is absent: what reads it does not apply.
    NotApplicable {
        /// In words.
        reason: String,
    },
    /// By choice: budget, deadline, host left alone, failed prerequisite.
    Skipped {
        /// In words.
        reason: String,
    },
    /// Our fault: an expression failed, a program or address family is missing here, not recorded.
    Error {
        /// In words.
        reason: String,
    },
}

/// Why there is no complete answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// What was being done and what went wrong, in words.
    pub detail: String,
}

/// Kinds of failures; the words are the values of the fact `failure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The name did not resolve, or has no address of the family asked for.
    Dns,
    /// No connection: refused or unreachable.
    Connect,
    /// The TLS handshake failed or the certificate was not accepted.
    Tls,
    /// Nothing within the time allowed.
    Timeout,
    /// The connection was reset.
    Reset,
    /// The answer ended before it was complete.
    Truncated,
    /// The answer is larger than the limit on the wire.
    BodyLimit,
    /// The answer is larger than the limit after decoding.
    DecodedLimit,
    /// A content coding could not be decoded.
    Decoding,
    /// More redirects than the limit, or a loop.
    RedirectLimit,
    /// A redirect to a place that is refused: private, loopback, or no HTTP URL.
    RedirectRefused,
    /// The answer is not what the protocol allows.
    Protocol,
    /// The document is nested deeper than the limit.
    DepthLimit,
    /// The service asked to be left alone: two 429 answers, or `Retry-After` beyond the deadline.
    LeftAlone,
    /// The day's budget for the registry is used up; nothing was sent, by our choice.
    Budget,
    /// The exchange was not recorded; an error of ours.
    NotRecorded,
    /// Something of ours is missing: no IPv6 here, a credential is not set.
    Here,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::Reset,
        Self::Truncated,
        Self::BodyLimit,
        Self::DecodedLimit,
        Self::Decoding,
        Self::RedirectLimit,
        Self::RedirectRefused,
        Self::Protocol,
        Self::DepthLimit,
        Self::LeftAlone,
        Self::Budget,
        Self::NotRecorded,
        Self::Here,
    ];

    /// Returns the word, such as `body-limit`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Truncated => "truncated",
            Self::BodyLimit => "body-limit",
            Self::DecodedLimit => "decoded-limit",
            Self::Decoding => "decoding",
            Self::RedirectLimit => "redirect-limit",
            Self::RedirectRefused => "redirect-refused",
            Self::Protocol => "protocol",
            Self::DepthLimit => "depth-limit",
            Self::LeftAlone => "left-alone",
            Self::Budget => "budget",
            Self::NotRecorded => "not-recorded",
            Self::Here => "here",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the inspector of a document saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    /// Rules that had something to look at, in the order of the inspector's list.
    ///
    /// A rule that is not listed had nothing to look at and does not apply.
    pub looked: Looked,
    /// Findings, in document order within a rule; at most 1,000 per rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Exact number of findings of those rules that have more than are kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub beyond: BTreeMap<Arc<str>, u64>,
    /// What was seen in documents of somebody else than the registry, by whose doing they are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<Operator, Inspected>,
}

/// One thing an inspector's rule found at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id.
    #[serde(deserialize_with = "super::shared::one")]
    pub rule: Arc<str>,
    /// JSON Pointer, line number, or object URI and field path.
    pub location: String,
    /// What is wrong there, without personal data.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_key_names_its_registries() {
        let id = |text: &str| RegistryId::parse(text).unwrap();
        let key = Key {
            scenario: "rdap.net".into(),
            instance: "of=a@b".into(),
            subject: Subject::Pair(id("arin"), id("ripe-ncc")),
            asked: Some(id("apnic")),
            target: "mock".into(),
            probe: "net".into(),
            tick: 2,
            attempt: 1,
            vantage: "here@home".into(),
        };
        let written = key.to_string();
        let named: Vec<&str> = Key::registries(&written).collect();
        for registry in ["arin", "ripe-ncc", "apnic"] {
            assert!(
                named.contains(&registry),
                "{registry} in {written}: {named:?}"
            );
        }
        assert!(!named.contains(&"mock"), "{named:?}");
    }
}
