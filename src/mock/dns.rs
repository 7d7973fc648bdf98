//! The world's resolver: the names of its services on loopback, its reverse zones.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, NS, NULL, PTR, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::fault::DnsAct;
use super::fault::text::dns as acts;
use super::request::{Answer, Wire};
use super::rpki::rsync;
use super::world::{World, Zone};

/// Where hosts of rsync modules are; nobody connects to what the mock's DNS says.
const RSYNC: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 3)),
];

/// Largest message over UDP without EDNS, in octets (RFC 1035, section 2.3.4).
const PLAIN_UDP: u16 = 512;

/// Answers a message; what cannot be read is answered FORMERR, or not at all without an id.
pub(super) fn answer(world: &World, message: &[u8], tcp: bool) -> Answer {
    let Ok(query) = Message::from_vec(message) else {
        return super::answer::plain((format_error(message), Wire::Plain));
    };
    let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    reply.metadata.recursion_desired = query.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    reply.metadata.authentic_data = world.dns().authenticated;
    reply.add_queries(query.queries.iter().cloned());
    let mut wire = Wire::Plain;
    let mut cut = false;
    if let Some(question) = query.queries.first() {
        let name = question
            .name
            .to_ascii()
            .trim_end_matches('.')
            .to_ascii_lowercase();
        let kind = question.query_type;
        let mut found = look_up(world, &name, kind);
        for act in acts(world, &name, &kind.to_string()) {
            match act {
                DnsAct::Nothing => {
                    found = Found {
                        code: ResponseCode::NoError,
                        data: Vec::new(),
                    }
                }
                DnsAct::NoName => {
                    found = Found {
                        code: ResponseCode::NXDomain,
                        data: Vec::new(),
                    }
                }
                DnsAct::ServFail => {
                    found = Found {
                        code: ResponseCode::ServFail,
                        data: Vec::new(),
                    }
                }
                DnsAct::Refused => {
                    found = Found {
                        code: ResponseCode::Refused,
                        data: Vec::new(),
                    }
                }
                DnsAct::Truncated => cut = !tcp,
                DnsAct::NotAuthenticated => reply.metadata.authentic_data = false,
                DnsAct::Records(texts) => {
                    found.data = texts
                        .iter()
                        .filter_map(|text| read_data(kind, text))
                        .collect();
                }
                DnsAct::Silent => wire = Wire::Silent,
            }
        }
        if found.code == ResponseCode::ServFail || found.code == ResponseCode::Refused {
            reply.metadata.authentic_data = false;
        }
        reply.metadata.response_code = found.code;
        for data in found.data {
            reply.add_answer(Record::from_rdata(
                question.name.clone(),
                world.dns().ttl,
                data,
            ));
        }
    }
    let limit = usize::from(
        query
            .edns
            .as_ref()
            .map_or(PLAIN_UDP, |_| query.max_payload()),
    );
    let mut octets = reply.to_vec().unwrap_or_default();
    if cut || (!tcp && octets.len() > limit) {
        octets = reply.truncate().to_vec().unwrap_or_default();
    }
    super::answer::plain((octets, wire))
}

/// Returns FORMERR with the id of an unreadable message; nothing if there is no id.
fn format_error(message: &[u8]) -> Vec<u8> {
    let Some(id) = message.first_chunk::<2>() else {
        return Vec::new();
    };
    let mut reply = Message::new(
        u16::from_be_bytes(*id),
        MessageType::Response,
        OpCode::Query,
    );
    reply.metadata.response_code = ResponseCode::FormErr;
    reply.to_vec().unwrap_or_default()
}

/// What the world knows about a name and type.
#[derive(Debug)]
struct Found {
    code: ResponseCode,
    data: Vec<RData>,
}

fn look_up(world: &World, name: &str, kind: RecordType) -> Found {
    let host = world.is_iana(name) || world.operators().any(|o| o.hosts().any(|h| h == name));
    let server = world.operators().any(|o| {
        o.name_servers.contains_key(name)
            || o.zones
                .values()
                .any(|z| z.name_servers.iter().any(|n| n == name))
    });
    if host || server {
        return Found {
            code: ResponseCode::NoError,
            data: addresses(world, name, kind),
        };
    }
    // What a parent zone serves: the registry that the zone was moved to, or its own.
    if let Some(zone) = zone_of(world, name) {
        return Found {
            code: ResponseCode::NoError,
            data: zone_data(zone, kind),
        };
    }
    let inside = world
        .operators()
        .flat_map(|o| o.zones.keys())
        .any(|zone| zone.ends_with(&format!(".{name}")));
    let code = if inside {
        ResponseCode::NoError
    } else {
        ResponseCode::NXDomain
    };
    Found {
        code,
        data: Vec::new(),
    }
}

/// Every name lives on loopback; where its sockets are is the resolve map's business.
fn addresses(world: &World, name: &str, kind: RecordType) -> Vec<RData> {
    let data = |address: IpAddr| match address {
        IpAddr::V4(address) => (kind == RecordType::A).then_some(RData::A(A(address))),
        IpAddr::V6(address) => (kind == RecordType::AAAA).then_some(RData::AAAA(AAAA(address))),
    };
    // rsync is served by other machines than HTTPS, as far as the DNS says.
    let mut plans = world.rpki_plans();
    if plans.any(|plan| rsync::hosts(plan).contains(&name)) {
        return RSYNC.into_iter().filter_map(data).collect();
    }
    world.addresses(name).filter_map(data).collect()
}

fn zone_of<'w>(world: &'w World, name: &str) -> Option<&'w Zone> {
    world.operators().find_map(|o| o.zones.get(name))
}

fn zone_data(zone: &Zone, kind: RecordType) -> Vec<RData> {
    let server = |text: &String| Name::from_ascii(format!("{text}.")).ok();
    if kind == RecordType::NS {
        zone.name_servers
            .iter()
            .filter_map(server)
            .map(|name| RData::NS(NS(name)))
            .collect()
    } else if kind == RecordType::DS {
        let presentation = |ds: &super::world::Ds| {
            format!(
                "{} {} {} {}",
                ds.key_tag, ds.algorithm, ds.digest_type, ds.digest
            )
        };
        zone.ds
            .iter()
            .filter_map(|ds| read_data(kind, &presentation(ds)))
            .collect()
    } else if kind == RecordType::SOA {
        let first = zone.name_servers.first().and_then(server);
        let mailbox = Name::from_ascii("hostmaster.dns.test.").ok();
        let soa = first
            .zip(mailbox)
            .map(|(m, r)| SOA::new(m, r, 2_026_110_100, 7_200, 3_600, 1_209_600, 300));
        soa.map(RData::SOA).into_iter().collect()
    } else {
        Vec::new()
    }
}

/// Reads a record from its presentation form; `None` for what is not of the type.
fn read_data(kind: RecordType, text: &str) -> Option<RData> {
    if kind == RecordType::A {
        text.parse().ok().map(|address| RData::A(A(address)))
    } else if kind == RecordType::AAAA {
        text.parse().ok().map(|address| RData::AAAA(AAAA(address)))
    } else if kind == RecordType::NS {
        Name::from_ascii(text).ok().map(|name| RData::NS(NS(name)))
    } else if kind == RecordType::PTR {
        Name::from_ascii(text)
            .ok()
            .map(|name| RData::PTR(PTR(name)))
    } else if kind == RecordType::TXT {
        Some(RData::TXT(TXT::new(vec![text.to_owned()])))
    } else if kind == RecordType::DS {
        let mut fields = text.split_whitespace();
        let mut octets = fields.next()?.parse::<u16>().ok()?.to_be_bytes().to_vec();
        octets.push(fields.next()?.parse().ok()?);
        octets.push(fields.next()?.parse().ok()?);
        let digest = fields.next()?.to_ascii_lowercase();
        octets.extend(data_encoding::HEXLOWER.decode(digest.as_bytes()).ok()?);
        Some(RData::Unknown {
            code: kind,
            rdata: NULL::with(octets),
        })
    } else {
        None
    }
}
