//! Types of the number world.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::Dialect;
use super::rehearsal::Rehearsal;
use super::rpki::Plans;
use crate::mock::decode::words;
use crate::mock::dns::{Above, Habits, Zones};
use crate::mock::fault::Fault;
use crate::mock::files::{Files, Merges, Owner, Written};
use crate::mock::irr::Irr;
use crate::mock::number::Block;
use crate::mock::request::{ADDRESSES, EDGE};
use crate::mock::rpki::Cache;
use crate::yaml::{Diagnostic, Node, Source};

/// The whole world, with the fault it suffers from, if any. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) source: Source,
    pub(super) tree: Arc<Node>,
    pub(super) parts: Arc<Parts>,
    pub(super) faults: Vec<Arc<Fault>>,
    pub(super) ports: Option<Ports>,
    pub(super) plans: Arc<Plans>,
    pub(super) cache: Arc<Cache>,
    pub(super) merges: Arc<Merges>,
    /// What happens in it while it is looked at; `None` for a world that stays as it is.
    pub(super) rehearsal: Option<Rehearsal>,
}

/// What a world file says.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) name: String,
    pub(super) operators: BTreeMap<String, Operator>,
    pub(super) transfers: Vec<Transfer>,
    /// Transfers within one registry.
    pub(super) within: Vec<Transfer>,
    /// Transfers that are under way, at any time.
    pub(super) pending: Vec<Transfer>,
    pub(super) special: Vec<SpecialBlock>,
    pub(super) bootstrap_host: String,
    pub(super) bootstrap_published: Timestamp,
    /// Host of IANA's registries.
    pub(super) iana_host: Option<String>,
    pub(super) dns: Dns,
    /// Plans of the RPKI as the file says them, by registry.
    pub(super) rpki: Plans,
    /// The DNS as these parts make it, once it is asked.
    pub(super) zones: OnceLock<Zones>,
    /// Statistics that were written so far.
    pub(super) statistics: Written,
}

/// Ports that are written into every URL of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Port behind `https:`.
    pub https: u16,
    /// Port behind `http:`.
    pub http: u16,
}

/// Why there is no world.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The file has mistakes; all of them are listed.
    #[error("the world has {} mistakes", .0.len())]
    Mistakes(Vec<Diagnostic>),
    /// A fault's edits do not fit the world.
    #[error("fault `{fault}` does not fit the world: {reason}")]
    Fault {
        /// The fault's name.
        fault: String,
        /// What does not fit.
        reason: String,
    },
}

/// An organization that registers numbers: one of the five, or a national registry below one.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Its id: a registry id, or the name of a national registry.
    pub id: String,
    /// Its name in texts.
    pub name: String,
    /// The registry it works under; `None` for a Regional Internet Registry.
    pub below: Option<String>,
    /// Its RDAP service.
    pub rdap: HttpService,
    /// Its whois service; national registries of this world have none.
    pub whois: Option<WhoisService>,
    /// Hosts that serve ordinary pages over HTTPS: terms, reports, another registration service.
    pub web: Vec<String>,
    /// What some of its pages say, by path; every other page says whose it is.
    pub documents: BTreeMap<String, String>,
    /// Hosts of its RPKI: trust anchor locator and certificate, repositories of all that it certified.
    pub rpki: Vec<String>,
    /// Its file host; national registries of this world have none.
    pub files: Option<Files>,
    /// Its routing registry; `None` for one without.
    pub irr: Option<Irr>,
    /// Its object tag in the IANA registry (RFC 8521).
    pub tag: String,
    /// Handle of the holder that is the operator itself.
    pub organization: String,
    /// Path below the RDAP base that is always over its limit; the answer is 429.
    pub limited: Option<String>,
    /// What was delegated to it: by IANA, or by the registry it works under.
    pub delegated: Vec<Delegation>,
    /// How it speaks.
    pub dialect: Dialect,
    /// Organizations by handle.
    pub holders: BTreeMap<String, Holder>,
    /// Contact roles by handle.
    pub contacts: BTreeMap<String, Contact>,
    /// Networks in the order of the file.
    pub networks: Vec<Network>,
    /// AS numbers and blocks of them in the order of the file.
    pub autnums: Vec<Autnum>,
    /// Reverse zones by name without final dot.
    pub zones: BTreeMap<String, Zone>,
    /// Name servers by name without final dot.
    pub name_servers: BTreeMap<String, NameServer>,
    /// How it runs the zones of what it was delegated; `None` for who has none.
    pub dns: Option<Habits>,
}

/// A service over HTTPS.
#[derive(Clone, Debug)]
pub struct HttpService {
    /// Its host name.
    pub host: String,
    /// Its path, from `/` to `/`.
    pub base: String,
}

/// A service on port 43.
#[derive(Clone, Debug)]
pub struct WhoisService {
    /// Its host name.
    pub host: String,
    /// How it writes.
    pub style: WhoisStyle,
}

words! {
    /// How a whois service writes.
    pub WhoisStyle {
        /// Objects of the Routing Policy Specification Language: `inetnum:`, `aut-num:`, `org:`.
        Rpsl = "rpsl",
        /// ARIN's: `NetRange:`, `ASNumber:`, `OrgName:`, CamelCase names.
        Arin = "arin",
        /// LACNIC's: `inetnum:` as a prefix, `owner:`, `ownerid:`, dates as eight digits.
        Lacnic = "lacnic",
    }
}

/// A block in an operator's care.
#[derive(Clone, Debug)]
pub struct Delegation {
    /// The numbers.
    pub block: Block,
    /// When it was delegated.
    pub dates: Dates,
}

/// When something was registered and last changed.
#[derive(Clone, Copy, Debug)]
pub struct Dates {
    /// Registration.
    pub registered: Timestamp,
    /// Last change; not before the registration.
    pub changed: Timestamp,
}

/// An organization that holds numbers.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Its handle.
    pub handle: String,
    /// Its name.
    pub name: String,
    /// Its postal address, line by line, without the country.
    pub address: Vec<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
    /// Handle of the abuse contact; `None` only under a fault.
    pub abuse: Option<String>,
    /// Handle of the technical contact.
    pub technical: Option<String>,
    /// Handle of the administrative contact.
    pub administrative: Option<String>,
    /// Dates.
    pub dates: Dates,
}

/// A contact role; the world has no persons.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Its handle.
    pub handle: String,
    /// Its name.
    pub name: String,
    /// Its mail address.
    pub email: Option<String>,
    /// Its telephone number, `+` and digits in groups.
    pub phone: Option<String>,
    /// Its postal address, line by line, without the country.
    pub address: Vec<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
    /// Dates.
    pub dates: Dates,
}

/// A registered network.
#[derive(Clone, Debug)]
pub struct Network {
    /// Its name in the world file; never seen in answers.
    pub id: String,
    /// Its addresses.
    pub block: Block,
    /// Its name in answers.
    pub name: String,
    /// What it is, in the registry's words.
    pub kind: String,
    /// Handle of its holder.
    pub holder: String,
    /// Its country.
    pub country: String,
    /// Id of the parent that is claimed instead of the true one; only under a fault.
    pub parent: Option<String>,
    /// URL of its geofeed.
    pub geofeed: Option<String>,
    /// AS numbers its holder originates it from.
    pub origins: Vec<u32>,
    /// When it came from another registry, where answers say so.
    pub transferred: Option<Timestamp>,
    /// Dates.
    pub dates: Dates,
}

/// A registered AS number or block of them.
#[derive(Clone, Debug)]
pub struct Autnum {
    /// Its name in the world file.
    pub id: String,
    /// Its numbers.
    pub block: Block,
    /// Its name in answers.
    pub name: String,
    /// What it is, in the registry's words.
    pub kind: String,
    /// Handle of its holder.
    pub holder: String,
    /// Its country.
    pub country: String,
    /// Dates.
    pub dates: Dates,
}

/// A reverse zone.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Its name, lower case, without final dot.
    pub name: String,
    /// The addresses it stands for.
    pub block: Block,
    /// Its name servers, without final dot.
    pub name_servers: Vec<String>,
    /// Its DS records; empty for an unsigned zone.
    pub ds: Vec<Ds>,
    /// Number of the algorithm that a holder's zone is signed with; `None` for an unsigned one.
    pub signed: Option<u8>,
    /// Dates.
    pub dates: Dates,
}

/// One DS record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ds {
    /// Key tag.
    pub key_tag: u16,
    /// Algorithm number.
    pub algorithm: u8,
    /// Digest type number.
    pub digest_type: u8,
    /// Digest in hex.
    pub digest: String,
}

impl Ds {
    /// Returns its presentation form.
    pub fn text(&self) -> String {
        let (tag, algorithm, digest_type) = (self.key_tag, self.algorithm, self.digest_type);
        format!("{tag} {algorithm} {digest_type} {}", self.digest)
    }
}

/// A name server.
#[derive(Clone, Debug)]
pub struct NameServer {
    /// Its name, lower case, without final dot.
    pub name: String,
    /// Its handle.
    pub handle: String,
    /// IPv4 addresses.
    pub v4: Vec<String>,
    /// IPv6 addresses.
    pub v6: Vec<String>,
    /// Dates.
    pub dates: Dates,
}

/// A block that moves from one registry to another, or from one holder to another.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// The numbers.
    pub block: Block,
    /// The registry it leaves.
    pub from: String,
    /// The registry it goes to; the same within one registry.
    pub to: String,
    /// When it is completed.
    pub date: Timestamp,
    /// Whether the recipient has accepted it before it is completed.
    pub accepted: bool,
    /// What kind of transfer it is.
    pub kind: TransferKind,
    /// The registration that it is cut out of; the block itself if nothing is said.
    pub original: Option<Block>,
    /// When the source registered it.
    pub registered: Option<Timestamp>,
    /// Whose it was.
    pub source: Option<Party>,
    /// Whose it becomes; the holder that the recipient registers if nothing is said.
    pub recipient: Option<Party>,
    /// When it was completed by the recipient's log, if that says otherwise; only under a fault.
    pub dated: Option<Timestamp>,
    /// Whether the source acts as if nothing had happened; only under a fault.
    pub withheld: bool,
}

/// An organization of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its name.
    pub name: String,
    /// ISO 3166-1 alpha-2 code.
    pub country: String,
}

words! {
    /// Kinds of transfers.
    pub TransferKind {
        /// Between two holders that stay what they are.
        Resource = "resource-transfer",
        /// By a merger or an acquisition.
        Merger = "merger-acquisition",
    }
}

/// A block that nobody can hold.
#[derive(Clone, Debug)]
pub struct SpecialBlock {
    /// The addresses.
    pub block: Block,
    /// Its name in the special-purpose registry.
    pub name: String,
    /// Since when.
    pub dates: Dates,
}

/// How the world's resolver behaves.
#[derive(Clone, Debug)]
pub struct Dns {
    /// Time to live of all records, in seconds.
    pub ttl: u32,
    /// Whether answers have the AD bit.
    pub authenticated: bool,
    /// Zones above those of registries by name; the root's is empty.
    pub above: BTreeMap<String, Above>,
    /// Addresses of name servers that are no registry's, by name without final dot.
    pub servers: BTreeMap<String, Vec<IpAddr>>,
}

impl World {
    /// Returns the world's name.
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// Iterates over all operators, national registries included, in alphabetical order of ids.
    pub fn operators(&self) -> impl Iterator<Item = &Operator> {
        self.parts.operators.values()
    }

    /// Iterates over the Regional Internet Registries in alphabetical order.
    pub fn registries(&self) -> impl Iterator<Item = &Operator> {
        self.operators().filter(|o| o.below.is_none())
    }

    /// Returns an operator by its id.
    pub fn operator(&self, id: &str) -> Option<&Operator> {
        self.parts.operators.get(id)
    }

    /// Returns the operator that a host name belongs to; `None` for IANA's and unknown names.
    pub fn operator_of_host(&self, host: &str) -> Option<&Operator> {
        self.operators().find(|o| o.hosts().any(|h| h == host))
    }

    /// Returns the host that serves IANA's bootstrap files.
    pub fn bootstrap_host(&self) -> &str {
        &self.parts.bootstrap_host
    }

    /// Says whether a host is one of IANA's.
    pub fn is_iana(&self, host: &str) -> bool {
        self.bootstrap_host() == host || self.parts.iana_host.as_deref() == Some(host)
    }

    /// Returns who publishes files on a host; `None` for a host without published files.
    pub(in crate::mock) fn owner_of_files(&self, host: &str) -> Option<Owner<'_>> {
        if self.parts.iana_host.as_deref() == Some(host) {
            return Some(Owner::Iana);
        }
        let its = |o: &&Operator| o.files.as_ref().is_some_and(|f| f.host == host);
        self.operators().find(its).map(Owner::Registry)
    }

    /// Returns when the bootstrap files were published.
    pub fn bootstrap_published(&self) -> Timestamp {
        self.parts.bootstrap_published
    }

    /// Returns the transfers in the order of the file.
    pub fn transfers(&self) -> &[Transfer] {
        &self.parts.transfers
    }

    /// Returns the transfers within one registry in the order of the file.
    pub fn transfers_within(&self) -> &[Transfer] {
        &self.parts.within
    }

    /// Returns the transfers that are under way at any time, in the order of the file.
    pub fn transfers_pending(&self) -> &[Transfer] {
        &self.parts.pending
    }

    /// Returns the special blocks in the order of the file.
    pub fn special(&self) -> &[SpecialBlock] {
        &self.parts.special
    }

    /// Returns how the resolver behaves.
    pub fn dns(&self) -> &Dns {
        &self.parts.dns
    }

    /// Returns the zones of the world's DNS.
    pub(in crate::mock) fn zones(&self) -> &Zones {
        self.parts.zones.get_or_init(|| Zones::of(self))
    }

    /// Returns the DS record that a zone's key asks for, in presentation form; `None` for an unsigned zone.
    pub fn zone_digest(&self, name: &str) -> Option<String> {
        self.zones().digest_of(name)
    }

    /// Iterates over the names of all name servers.
    pub fn name_servers(&self) -> impl Iterator<Item = &str> {
        self.zones().servers().into_iter()
    }

    /// Says whether a name is one of a name server that some operator registers.
    pub(in crate::mock) fn name_server(&self, name: &str) -> bool {
        self.operators().any(|o| o.name_servers.contains_key(name))
    }

    /// Returns the addresses of a name server; `None` for one that the world gives none.
    pub(in crate::mock) fn server_addresses(&self, name: &str) -> Option<Vec<IpAddr>> {
        if let Some(own) = self.dns().servers.get(name) {
            return Some(own.clone());
        }
        let server = self.operators().find_map(|o| o.name_servers.get(name))?;
        let texts = server.v4.iter().chain(&server.v6);
        Some(texts.filter_map(|text| text.parse().ok()).collect())
    }

    /// Returns the faults the world suffers from.
    pub fn faults(&self) -> &[Arc<Fault>] {
        &self.faults
    }

    /// Returns the ports that are written into URLs; `None` for none.
    pub fn ports(&self) -> Option<Ports> {
        self.ports
    }

    /// Returns the world with ports written into every URL it gives.
    #[must_use]
    pub fn with_ports(mut self, ports: Ports) -> Self {
        self.ports = Some(ports);
        if let Some(rehearsal) = &mut self.rehearsal {
            rehearsal.set_ports(ports);
        }
        self
    }

    /// Returns the addresses that a host has, in the order in which they are tried: those of
    /// repositories have two of IPv4.
    pub fn addresses(&self, host: &str) -> impl Iterator<Item = IpAddr> {
        let several = self.operators().any(|o| o.rpki.iter().any(|h| h == host));
        let all = ADDRESSES.into_iter();
        all.filter(move |address| several || *address != EDGE)
    }

    /// Iterates over every host name that speaks HTTP, each once.
    pub fn web_hosts(&self) -> impl Iterator<Item = &str> {
        let operators = self.operators().flat_map(|o| {
            std::iter::once(&o.rdap.host)
                .chain(&o.web)
                .chain(&o.rpki)
                .chain(o.files.iter().map(|f| &f.host))
                .map(String::as_str)
        });
        std::iter::once(self.bootstrap_host())
            .chain(self.parts.iana_host.as_deref())
            .chain(operators)
    }
}

impl Operator {
    /// Iterates over its host names: RDAP, whois, pages, RPKI, files.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        let whois = self.whois.iter().map(|w| w.host.as_str());
        std::iter::once(self.rdap.host.as_str())
            .chain(whois)
            .chain(self.web.iter().chain(&self.rpki).map(String::as_str))
            .chain(self.files.iter().map(|f| f.host.as_str()))
    }

    /// Returns the URL of its RDAP service, with final slash.
    pub fn base_url(&self) -> String {
        format!("https://{}{}", self.rdap.host, self.rdap.base)
    }
}
