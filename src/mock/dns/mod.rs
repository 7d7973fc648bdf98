//! The world's DNS: a resolver that knows every name, and the name servers of all reverse zones.
//!
//! Zones from the root down are really signed, with keys and signatures that follow from
//! their names and the time. The resolver says what a validating one would; the name servers
//! answer for their own zones only. Messages are written by ourselves, since a fault must be able
//! to say what no library would.

mod data;
mod keys;
mod proof;
mod read;
mod tree;
mod zone;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hickory_proto::op::Message;
use jiff::Timestamp;

use super::fault::dns::{DnsAct, acts};
use super::request::{Answer, IpFamily, Wire};
use super::rpki::rsync;
use super::world::World;
use data::{A, AAAA, NSEC, NSEC3, Packet, RRSIG, Section, Set};
pub(super) use read::{above as read_above, habits as read_habits, servers as read_servers};
pub(super) use tree::Zones;
pub(super) use tree::{Above, Habits};
use zone::{Draft, NO_ERROR, NO_NAME, Part, Question, REFUSED, SERV_FAIL};

/// Where hosts of rsync modules are; nobody connects to what the mock's DNS says.
const RSYNC: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 3)),
];

/// Largest message over UDP without EDNS, in octets (RFC 1035, section 2.3.4).
const PLAIN_UDP: u16 = 512;

/// Largest message over UDP that the mock sends, in octets (DNS flag day 2020).
const PAYLOAD: u16 = 1232;

/// Bits of a header (RFC 1035, section 4.1.1; RFC 4035, section 3.2).
const RESPONSE: u16 = 0x8000;
const AUTHORITATIVE: u16 = 0x0400;
const TRUNCATED: u16 = 0x0200;
const RECURSION_DESIRED: u16 = 0x0100;
const RECURSION_AVAILABLE: u16 = 0x0080;
const AUTHENTICATED: u16 = 0x0020;
const CHECKING_DISABLED: u16 = 0x0010;
const FORMAT_ERROR: u16 = 1;

/// How a message came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way<'w> {
    /// The name server that was asked; `None` for the resolver.
    pub(super) server: Option<&'w str>,
    /// Whether it came over TCP.
    pub(super) tcp: bool,
    /// The address family.
    pub(super) family: IpFamily,
}

/// Answers a message; what cannot be read is answered FORMERR, or not at all without an id.
pub(super) fn answer(world: &World, message: &[u8], way: Way<'_>, now: Timestamp) -> Answer {
    let Ok(query) = Message::from_vec(message) else {
        return super::answer::plain((format_error(message), Wire::Plain));
    };
    let Some(question) = query.queries.first() else {
        let flags = RESPONSE | flags_of(&query);
        let packet = Packet::new(query.metadata.id, flags, None);
        return super::answer::plain((packet.finish(), Wire::Plain));
    };
    let sent = question.name.to_ascii();
    let sent = sent.trim_end_matches('.');
    let name = sent.to_ascii_lowercase();
    let kind: u16 = question.query_type.into();
    let dnssec = query
        .edns
        .as_ref()
        .is_some_and(|edns| edns.flags().dnssec_ok);
    let asked = Question {
        name: &name,
        kind,
        dnssec,
        now,
    };
    let mut reply = Reply {
        draft: found(world, asked, way),
        // RFC 6840, section 5.8: who asks for neither DNSSEC nor the bit does not get it; our resolver says it always.
        authenticated: way.server.is_none() && world.dns().authenticated,
        cut: false,
        late: 0,
        spoiled: false,
        wire: Wire::Plain,
    };
    for act in acts(world, &name, &data::word(kind), way) {
        reply.apply(act, asked, world.dns().ttl);
    }
    let mut flags = RESPONSE | flags_of(&query);
    if way.server.is_none() {
        flags |= RECURSION_AVAILABLE;
    }
    if reply.authenticated {
        flags |= AUTHENTICATED;
    }
    if reply.draft.authoritative {
        flags |= AUTHORITATIVE;
    }
    let head = Head {
        id: query.metadata.id,
        flags: flags | reply.draft.code,
        question: (sent, kind),
        edns: query.edns.is_some(),
    };
    let limit = match query.edns {
        Some(_) => query.max_payload(),
        None => PLAIN_UDP,
    };
    let mut octets = reply.write(&head, asked);
    if !way.tcp && (reply.cut || octets.len() > usize::from(limit)) {
        let mut packet = Packet::new(head.id, head.flags | TRUNCATED, Some(head.question));
        if head.edns {
            packet.edns(PAYLOAD, dnssec);
        }
        octets = packet.finish();
    }
    super::answer::plain((octets, reply.wire))
}

/// Returns the bits of a query that its answer repeats.
fn flags_of(query: &Message) -> u16 {
    let desired = query.metadata.recursion_desired;
    let disabled = query.metadata.checking_disabled;
    u16::from(desired) * RECURSION_DESIRED | u16::from(disabled) * CHECKING_DISABLED
}

/// Returns FORMERR with the id of an unreadable message; nothing if there is no id.
fn format_error(message: &[u8]) -> Vec<u8> {
    match message.first_chunk::<2>() {
        Some(id) => Packet::new(u16::from_be_bytes(*id), RESPONSE | FORMAT_ERROR, None).finish(),
        None => Vec::new(),
    }
}

/// What a message begins with.
struct Head<'h> {
    id: u16,
    flags: u16,
    question: (&'h str, u16),
    edns: bool,
}

/// An answer that faults can change.
struct Reply<'z> {
    draft: Draft<'z>,
    authenticated: bool,
    /// Whether nothing but the TC bit is said.
    cut: bool,
    /// Hours by which signatures are older than they should be.
    late: u32,
    /// Whether signatures of what was asked for are wrong.
    spoiled: bool,
    wire: Wire,
}

impl Reply<'_> {
    fn apply(&mut self, act: &DnsAct, asked: Question<'_>, ttl: u32) {
        let mut only = |code: u16| {
            self.draft = Draft {
                authoritative: self.draft.authoritative,
                ..Draft::code(code)
            }
        };
        match act {
            DnsAct::Nothing => only(NO_ERROR),
            DnsAct::NoName => only(NO_NAME),
            DnsAct::ServFail => only(SERV_FAIL),
            DnsAct::Refused => only(REFUSED),
            DnsAct::Truncated => self.cut = true,
            DnsAct::NotAuthenticated => self.authenticated = false,
            DnsAct::NotAuthoritative => self.draft.authoritative = false,
            DnsAct::Records(texts) => self.put(asked, texts, ttl, false),
            DnsAct::Add(texts) => self.put(asked, texts, ttl, true),
            DnsAct::Silent => self.wire = Wire::Silent,
            DnsAct::Refuse => self.wire = Wire::Refuse,
            DnsAct::WrongSignature => self.spoiled = true,
            DnsAct::Late(hours) => self.late = *hours,
            DnsAct::NoProof => {
                let proof = |part: &Part<'_>| matches!(part.set.kind, NSEC | NSEC3);
                self.draft.authority.retain(|part| !proof(part));
            }
        }
        if matches!(self.draft.code, SERV_FAIL | REFUSED) {
            self.authenticated = false;
            self.draft.authoritative = false;
        }
    }

    /// Puts records in the place of those that were asked for, or beside them.
    fn put(&mut self, asked: Question<'_>, texts: &[String], ttl: u32, beside: bool) {
        let data = texts.iter().filter_map(|text| data::read(asked.kind, text));
        let all = self
            .draft
            .answers
            .iter_mut()
            .chain(&mut self.draft.authority);
        let mut own = all.filter(|part| part.set.kind == asked.kind && part.set.name == asked.name);
        match own.next() {
            Some(part) if beside => part.set.data.extend(data),
            Some(part) => part.set.data = data.collect(),
            None => {
                self.draft.code = NO_ERROR;
                self.draft.answers.push(Part {
                    set: Set {
                        name: asked.name.to_owned(),
                        kind: asked.kind,
                        ttl,
                        data: data.collect(),
                    },
                    signer: None,
                });
            }
        }
    }

    fn write(&self, head: &Head<'_>, asked: Question<'_>) -> Vec<u8> {
        let mut packet = Packet::new(head.id, head.flags, Some(head.question));
        let sections = [
            (Section::Answer, &self.draft.answers),
            (Section::Authority, &self.draft.authority),
        ];
        for (section, parts) in sections {
            for Part { set, signer } in parts {
                for data in &set.data {
                    packet.record(section, &set.name, set.kind, set.ttl, data);
                }
                let signer = signer.filter(|_| asked.dnssec && !set.data.is_empty());
                let signature =
                    signer.and_then(|zone| proof::sign(zone, set, asked.now, self.late));
                let Some(mut signature) = signature else {
                    continue;
                };
                if self.spoiled
                    && set.kind == asked.kind
                    && let Some(last) = signature.last_mut()
                {
                    *last ^= 1;
                }
                packet.record(section, &set.name, RRSIG, set.ttl, &signature);
            }
        }
        if head.edns {
            packet.edns(PAYLOAD, asked.dnssec);
        }
        packet.finish()
    }
}

/// Returns what the world answers before faults of the DNS.
fn found<'w>(world: &'w World, asked: Question<'_>, way: Way<'w>) -> Draft<'w> {
    if let Some(server) = way.server {
        return zone::of_server(world.zones(), server, asked);
    }
    let name = asked.name;
    let is_host = world.is_iana(name) || world.operators().any(|o| o.hosts().any(|h| h == name));
    if is_host || world.zones().has_server(name) || world.name_server(name) {
        return known(world, name, asked.kind);
    }
    match zone::of_resolver(world.zones(), asked) {
        Some(draft) => draft,
        None => Draft::code(NO_NAME),
    }
}

/// Every host lives on loopback, where its sockets are is the resolve map's business; name servers
/// have the addresses that the world says.
fn known<'w>(world: &World, name: &str, kind: u16) -> Draft<'w> {
    let octets = |address: IpAddr| match address {
        IpAddr::V4(address) => (kind == A).then(|| address.octets().to_vec()),
        IpAddr::V6(address) => (kind == AAAA).then(|| address.octets().to_vec()),
    };
    // rsync is served by other machines than HTTPS, as far as the DNS says.
    let is_rsync = world
        .rpki_plans()
        .any(|plan| rsync::hosts(plan).contains(&name));
    let data: Vec<Vec<u8>> = if is_rsync {
        RSYNC.into_iter().filter_map(octets).collect()
    } else {
        match world.server_addresses(name) {
            Some(own) => own.into_iter().filter_map(octets).collect(),
            None => world.addresses(name).filter_map(octets).collect(),
        }
    };
    let mut draft = Draft::code(NO_ERROR);
    if !data.is_empty() {
        let set = Set {
            name: name.to_owned(),
            kind,
            ttl: world.dns().ttl,
            data,
        };
        draft.answers.push(Part { set, signer: None });
    }
    draft
}
