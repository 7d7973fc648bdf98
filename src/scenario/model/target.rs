//! Where a run asks: targets, and registries as their files describe them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::Retry;
use crate::registry::{PerRegistry, RegistryId};
use crate::verdict::results::Place;

/// What a target file says.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name, by which `--target` and waivers find it.
    pub name: Arc<str>,
    /// What it is.
    pub kind: TargetKind,
    /// Registries it has, alphabetically; empty for all.
    pub registries: Vec<RegistryId>,
    /// Overlays on registry data, as JSON merge patches.
    pub overlays: PerRegistry<serde_json::Value>,
    /// Limits on every read.
    pub limits: Limits,
    /// Pace and budgets.
    pub pacing: Pacing,
    /// Attempts on transport failure where a probe says nothing.
    pub retry: Retry,
    /// Time for a probe that says nothing.
    pub timeout: SignedDuration,
    /// How staging services are reached; empty for live ones.
    pub access: Access,
    /// Contact in the User-Agent; a live target without one is asked with `--contact` only.
    pub contact: Option<String>,
    /// Base URL of the RDAP bootstrap files, with final slash; expressions read it as `run.bootstrap`.
    pub bootstrap: String,
    /// Base URL of IANA's number registries, with final slash; expressions read it as `run.iana`.
    pub iana: String,
    /// Base URL of the NRO's combined statistics, with final slash; expressions read it as `run.nro`.
    pub nro: String,
    /// DS records that DNSSEC begins with, each with its zone, such as `. 20326 8 2 e06d…`.
    pub trust_anchors: Arc<[String]>,
    /// An NTP-less time source: a URL whose Date header is compared with our clock.
    pub time_source: Option<String>,
    /// Where it is written.
    pub place: Place,
}

impl Target {
    /// Says whether it is the mock world inside this process, whose clock jumps to the next tick of a poll.
    pub fn is_rehearsal(&self) -> bool {
        self.kind == TargetKind::Mock && self.access.connect_to.is_empty()
    }
}

/// What a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// Production services.
    Live,
    /// Services before a release; may be private.
    Staging,
    /// The mock world, inside this process or at given addresses.
    Mock,
}

impl TargetKind {
    /// Returns the word of target files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Staging => "staging",
            Self::Mock => "mock",
        }
    }
}

/// Limits on every read; reaching one is an observation with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body on the wire, in octets.
    pub body_bytes: u64,
    /// Largest body after decoding, in octets.
    pub decoded_bytes: u64,
    /// Largest file or tree of an RPKI repository, on the wire and after decoding, in octets.
    pub capture_bytes: u64,
    /// Deepest nesting of a document.
    pub depth: u64,
    /// Most redirects, whatever a probe asks for.
    pub redirects: u64,
}

/// Pace and budgets.
#[derive(Clone, Debug, PartialEq)]
pub struct Pacing {
    /// Exchanges a second to one host; `None` for as fast as it goes.
    pub per_second: Option<f64>,
    /// Connections at a time to one host.
    pub connections: u64,
    /// Exchanges to one registry in a day, kept across runs; `None` for no budget.
    pub requests_per_day: Option<u64>,
    /// Octets from one registry in a day, kept across runs; `None` for no budget.
    pub bytes_per_day: Option<u64>,
}

/// How services are reached that are not where their names say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// File with CA certificates to trust beside the machine's, PEM.
    pub ca_bundle: Option<String>,
    /// Where `ca_bundle` is written.
    pub ca_bundle_at: Place,
    /// File with a client certificate and its key, PEM; the key's file name only.
    pub client_certificate: Option<String>,
    /// Where `client_certificate` is written.
    pub client_certificate_at: Place,
    /// Proxy URL.
    pub proxy: Option<String>,
    /// `name:port` to `host:port`, as curl's `--connect-to`.
    pub connect_to: Vec<(String, String)>,
    /// Production name to staging name, applied to URLs before asking.
    pub names: Vec<(String, String)>,
    /// Headers from the environment: host, header name, environment variable.
    pub credentials: Vec<Credential>,
    /// DNS server, `address:port`; the machine's if absent.
    pub resolver: Option<String>,
}

/// A secret that is sent to one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The host it is sent to, and no other.
    pub host: String,
    /// The header.
    pub header: String,
    /// The environment variable that holds it.
    pub variable: String,
}

/// A registry as its file and the target's overlay describe it.
#[derive(Clone, Debug)]
pub struct Registry {
    /// Its id.
    pub id: RegistryId,
    /// Its display name.
    pub name: String,
    /// Everything expressions may read as `registry.…`: endpoints, samples, capabilities, parameters.
    pub data: serde_json::Value,
    /// Hosts that are its own, lower case.
    pub hosts: Vec<String>,
    /// Declared capabilities: `rdap.nameserver: false`.
    pub capabilities: BTreeMap<String, bool>,
    /// Announced maintenance.
    pub maintenance: Vec<Maintenance>,
    /// Exchanges a second its documents allow; `None` where nothing is declared.
    pub per_second: Option<f64>,
    /// What may be published of what it answers, and when.
    pub publication: Publication,
    /// What the run has beside it; empty before a target's overlays are applied.
    pub setting: Arc<Setting>,
    /// Where it is written.
    pub place: Place,
}

/// What may be published of what a registry answers, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// Where its terms of redistribution can be read; empty where none are known.
    pub terms: String,
    /// What they allow, in a sentence; empty where nothing is said.
    pub text: String,
    /// Whether redacted excerpts of its answers may be public.
    pub excerpts: bool,
    /// How long after a run its results are not public; `None` for not at all.
    pub embargo: Option<SignedDuration>,
    /// How long raw evidence is kept; `None` where nothing is said.
    pub retention: Option<SignedDuration>,
}

/// What a run has beside one registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Setting {
    /// Base URL of the RDAP bootstrap files, read as `run.bootstrap`.
    pub bootstrap: String,
    /// Base URL of IANA's number registries, read as `run.iana`.
    pub iana: String,
    /// Base URL of the NRO's combined statistics, read as `run.nro`.
    pub nro: String,
    /// Data of all registries of the target by id, read as `registries`.
    pub registries: serde_json::Value,
    /// Allow lists, read as `allowed`.
    pub allowed: serde_json::Value,
    /// What registries of the target transfer to one another, read as `run.transfer_policy`.
    pub transfer_policy: serde_json::Value,
}

/// An announced maintenance window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// Start, UTC.
    pub from: Timestamp,
    /// End, UTC.
    pub until: Timestamp,
    /// Where it was announced.
    pub source: String,
}
