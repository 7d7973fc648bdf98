//! Probes: what to ask, in what order, and which inspector reads the answer.
//!
//! One file per kind. A probe knows no expectation.

mod answer;
mod body;
pub mod capture;
mod certificate;
mod consensus;
mod conversation;
mod dns;
pub mod earlier;
mod edges;
mod file;
mod http;
mod iana;
mod irr;
mod notes;
mod numbers;
mod payloads;
mod rdap;
mod redirect;
mod relying_party;
mod rpki_series;
mod rpki_tree;
mod rrdp;
mod rsync;
pub mod saved;
#[cfg(test)]
mod scripted;
mod stats;
mod tal;
mod tcp;
mod tls;
mod transfer_log;
mod transfer_logs;
mod tree_about;
mod tree_facts;
mod views;
mod whois;
mod zone;
mod zone_facts;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::fact::vocabulary::ProbeKind;
use crate::fact::{Key, Observation};
use crate::registry::{PerRegistry, RegistryId};
use crate::transport::{Boxed, Family, Transport};

/// Asks and publishes what was seen.
pub trait Probe: fmt::Debug + Send + Sync {
    /// Returns the row of the vocabulary it fills.
    fn kind(&self) -> &'static ProbeKind;

    /// Says whether what it sees is compared with what an earlier run captured, where one was given.
    fn looks_back(&self) -> bool {
        false
    }

    /// Asks once and returns the observation, whatever came.
    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation>;
}

/// All probes, in the order of the vocabulary.
pub const PROBES: &[&dyn Probe] = &[
    &rdap::Rdap,
    &http::Http,
    &whois::Whois,
    &dns::Dns,
    &tls::Tls,
    &tcp::Tcp,
    &edges::Edges,
    &tal::Tal,
    &rrdp::Rrdp,
    &rsync::Rsync,
    &rpki_tree::RpkiTree,
    &consensus::ConsensusProbe,
    &rpki_series::RpkiSeries,
    &relying_party::RelyingParty,
    &stats::StatsProbe,
    &iana::Iana,
    &irr::Irr,
    &numbers::Numbers,
    &transfer_log::TransferLog,
    &transfer_logs::TransferLogs,
    &zone::Zone,
];

/// Everything a probe needs for one attempt.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The observation's key.
    pub key: Arc<Key>,
    /// The value of the kind's key, templates filled in.
    pub subject: String,
    /// Arguments, templates filled in.
    pub arguments: BTreeMap<&'static str, Argument>,
    /// The registry's service that is asked.
    pub service: Arc<Service>,
    /// The services of all registries of the run, for probes that ask for several.
    pub services: Arc<PerRegistry<Arc<Service>>>,
    /// Whose host is whose, over all registries of the run; names in lower case.
    pub hosts: Arc<BTreeMap<String, RegistryId>>,
    /// The address family.
    pub family: Family,
    /// Limits of the target.
    pub limits: Limits,
    /// Time for the whole probe.
    pub timeout: Duration,
    /// Observations of earlier probes of the same instance, for `conditional` and `against`.
    pub earlier: BTreeMap<Arc<str>, Arc<Observation>>,
    /// DS records that DNSSEC begins with, each with its zone, such as `. 20326 8 2 e06d…`.
    pub trust_anchors: Arc<[String]>,
    /// What an earlier run captured, for probes that compare; `None` if none was given.
    pub earlier_run: Option<Arc<earlier::EarlierRun>>,
    /// Asks.
    pub transport: &'a dyn Transport,
    /// Tells the time.
    pub clock: &'a dyn Clock,
}

/// An argument with templates filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// Text.
    Text(String),
    /// Texts.
    Texts(Vec<String>),
    /// Names and values.
    Headers(Vec<(String, String)>),
    /// A size or a number.
    Count(u64),
    /// A flag.
    Flag(bool),
    /// The name of another probe.
    Probe(Arc<str>),
}

/// What probes need to know of a registry's services; empty text where nothing is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Display name of the registry.
    pub name: String,
    /// Its name in statistics files.
    pub stats_name: String,
    /// URL of its newest extended statistics.
    pub stats_url: String,
    /// RDAP base URL, with final slash.
    pub rdap_base: String,
    /// Whois host.
    pub whois_host: String,
    /// Whois port; 0 for 43.
    pub whois_port: u16,
    /// Flags put before a whois query, such as `-r`.
    pub whois_flags: String,
    /// Whether the RDAP service is declared to answer `nameserver/…`; `None` if nothing is declared.
    pub nameserver: Option<bool>,
    /// URL of its transfer log.
    pub transfers: String,
    /// Its RPKI repository.
    pub rpki: Rpki,
}

/// What probes need to know of a registry's RPKI; empty where nothing is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rpki {
    /// URL of its trust anchor locator.
    pub tal: String,
    /// URL of a constraints file for its trust anchor.
    pub constraints: String,
    /// Where it publishes what a consensus of trust anchors is about.
    pub consensus: Consensus,
    /// RRDP notification files of the repositories it runs.
    pub rrdp: Vec<String>,
    /// rsync modules of the repositories it runs.
    pub rsync: Vec<String>,
    /// Known authorities: key identifier, name, role.
    pub cas: Vec<(String, String, String)>,
}

/// What probes need to know of where a registry publishes states and events of a consensus of
/// trust anchors; empty where nothing is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consensus {
    /// Its name in the consensus.
    pub name: String,
    /// The URL that names of files are put behind, with final slash.
    pub url: String,
    /// Name of the certificate of who signs.
    pub certificate: String,
    /// Name of the newest state.
    pub state: String,
}

/// Limits on what a probe reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body on the wire, in octets.
    pub body_bytes: u64,
    /// Largest body after decoding, in octets.
    pub decoded_bytes: u64,
    /// Largest file or tree of a repository, on the wire and after decoding, in octets.
    pub capture_bytes: u64,
    /// Deepest nesting of a document.
    pub depth: u64,
    /// Most redirects.
    pub redirects: u64,
    /// Whether redirects to loopback and private addresses are refused.
    pub public_only: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::vocabulary;

    #[test]
    fn every_row_of_the_vocabulary_has_its_probe() {
        let rows = vocabulary::PROBES.iter().map(|kind| kind.name);
        let probes = PROBES.iter().map(|probe| probe.kind().name);
        assert_eq!(rows.collect::<Vec<_>>(), probes.collect::<Vec<_>>());
    }
}
