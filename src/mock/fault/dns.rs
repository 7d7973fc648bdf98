//! Faults of DNS answers.

use super::{Change, Family, Fault, fits};
use crate::mock::decode::{Decoder, words};
use crate::mock::dns::Way;
use crate::mock::request::IpFamily;
use crate::mock::world::World;
use crate::yaml::Node;

/// Which DNS answers a change applies to, and what it does to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsChange {
    /// Glob over names, without final dot; `None` for all of the registry's.
    pub name: Option<String>,
    /// Types asked for; empty for all.
    pub types: Vec<String>,
    /// Glob over the name of the name server that is asked; `None` for all of them and the resolver.
    pub server: Option<String>,
    /// Whether the question came over TCP; `None` for either.
    pub tcp: Option<bool>,
    /// Address family; `None` for both.
    pub family: Option<IpFamily>,
    /// The change.
    pub act: DnsAct,
}

/// A change of DNS answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsAct {
    /// NOERROR without records.
    Nothing,
    /// NXDOMAIN.
    NoName,
    /// SERVFAIL.
    ServFail,
    /// REFUSED.
    Refused,
    /// Over UDP nothing but the TC bit; over TCP the whole answer.
    Truncated,
    /// The AD bit is clear.
    NotAuthenticated,
    /// The AA bit is clear.
    NotAuthoritative,
    /// Other records in presentation form, signed as those in whose place they stand.
    Records(Vec<String>),
    /// Further records in presentation form, signed with those beside which they stand.
    Add(Vec<String>),
    /// No answer at all.
    Silent,
    /// Connections are refused.
    Refuse,
    /// Signatures over what was asked for are wrong.
    WrongSignature,
    /// Signatures were made so many hours too early.
    Late(u32),
    /// Nothing proves that something is absent.
    NoProof,
}

words! {
    /// Changes that need no value.
    DnsWord {
        Nothing = "nothing",
        NoName = "no-name",
        ServFail = "servfail",
        Refused = "refused",
        Truncated = "truncated",
        NotAuthenticated = "not-authenticated",
        NotAuthoritative = "not-authoritative",
        Silent = "silent",
        Refuse = "refuse",
        WrongSignature = "wrong-signature",
        NoProof = "no-proof",
    }
}

words! {
    /// Transports as written.
    TransportWord { Udp = "udp", Tcp = "tcp", }
}

/// Reads a change of DNS answers.
pub(super) fn read(d: &Decoder, node: &Node) -> Option<Change> {
    let keys = [
        "name",
        "types",
        "server",
        "transport",
        "family",
        "records",
        "add",
        "late",
        "answer",
    ];
    d.known(node, &keys);
    let act = if node.get("records").is_some() {
        DnsAct::Records(d.texts(node, "records"))
    } else if node.get("add").is_some() {
        DnsAct::Add(d.texts(node, "add"))
    } else if let Some(hours) = node.get("late") {
        DnsAct::Late(d.parse(hours, "a number of hours")?)
    } else {
        match d.word::<DnsWord>(d.member(node, "answer")?)? {
            DnsWord::Nothing => DnsAct::Nothing,
            DnsWord::NoName => DnsAct::NoName,
            DnsWord::ServFail => DnsAct::ServFail,
            DnsWord::Refused => DnsAct::Refused,
            DnsWord::Truncated => DnsAct::Truncated,
            DnsWord::NotAuthenticated => DnsAct::NotAuthenticated,
            DnsWord::NotAuthoritative => DnsAct::NotAuthoritative,
            DnsWord::Silent => DnsAct::Silent,
            DnsWord::Refuse => DnsAct::Refuse,
            DnsWord::WrongSignature => DnsAct::WrongSignature,
            DnsWord::NoProof => DnsAct::NoProof,
        }
    };
    let transport = node
        .get("transport")
        .and_then(|n| d.word::<TransportWord>(n));
    Some(Change::Dns(DnsChange {
        name: d.optional_text(node, "name"),
        types: d.texts(node, "types"),
        server: d.optional_text(node, "server"),
        tcp: transport.map(|word| word == TransportWord::Tcp),
        family: node
            .get("family")
            .and_then(|n| d.word::<Family>(n))
            .map(Family::family),
        act,
    }))
}

impl DnsChange {
    fn applies(&self, name: &str, kind: &str, way: Way<'_>) -> bool {
        let server = |glob: &String| way.server.is_some_and(|server| fits(glob, server));
        self.name.as_ref().is_none_or(|glob| fits(glob, name))
            && (self.types.is_empty() || self.types.iter().any(|own| own == kind))
            && self.server.as_ref().is_none_or(server)
            && self.tcp.is_none_or(|tcp| tcp == way.tcp)
            && self.family.is_none_or(|family| family == way.family)
    }
}

/// Returns what the world's faults do to DNS answers about a name.
pub(in crate::mock) fn acts<'w>(
    world: &'w World,
    name: &str,
    kind: &str,
    way: Way<'_>,
) -> Vec<&'w DnsAct> {
    let own = |fault: &&Fault| {
        world.operator(&fault.registry).is_some_and(|operator| {
            operator.hosts().any(|host| host == name)
                || operator.name_servers.contains_key(name)
                || operator.zones.keys().any(|zone| is_within(name, zone))
        })
    };
    let of = |fault: &'w Fault| {
        fault.changes.iter().filter_map(|change| match change {
            Change::Dns(change) => change.applies(name, kind, way).then_some(&change.act),
            Change::World(_)
            | Change::File { .. }
            | Change::Answer { .. }
            | Change::Http { .. }
            | Change::Wire { .. }
            | Change::Whois { .. }
            | Change::Rpki(_)
            | Change::Rrdp { .. }
            | Change::Rsync { .. } => None,
        })
    };
    let faults = world.faults().iter().map(AsRef::as_ref);
    faults.filter(own).flat_map(of).collect()
}

/// Says whether a name is a zone, or below it.
fn is_within(name: &str, zone: &str) -> bool {
    let below = || {
        name.strip_suffix(zone)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    name == zone || below()
}
