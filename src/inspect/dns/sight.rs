//! What was seen of one zone: at its parent, and at each of its servers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::chain::{Anchor, Link, Trust, follow};
use super::name::Name;
use super::record::{Denial, Key, Signature, Soa, is_later};
use super::signed::{self, Set};
use super::wire::{Message, kind};

/// Types of which a server is asked for the zone's own records.
pub const OWN: [u16; 3] = [kind::SOA, kind::NS, kind::DNSKEY];

/// A type that the apex of a reverse zone does not have: how its absence is proved is seen so.
pub const ABSENT: u16 = kind::PTR;

/// How a server was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Way {
    /// Whether over IPv6.
    pub v6: bool,
    /// Whether over TCP from the start.
    pub tcp: bool,
}

impl Way {
    /// Returns `UDP over IPv4` and so on.
    pub const fn words(self) -> &'static str {
        match (self.tcp, self.v6) {
            (false, false) => "UDP over IPv4",
            (false, true) => "UDP over IPv6",
            (true, false) => "TCP over IPv4",
            (true, true) => "TCP over IPv6",
        }
    }
}

/// One question to one server.
#[derive(Clone, Debug)]
pub struct Asked {
    /// How.
    pub way: Way,
    /// The type that was asked for.
    pub kind: u16,
    /// What was answered, or the kind of failure, such as `timeout`.
    pub answer: Result<Message, String>,
}

/// A server of the zone.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its name.
    pub name: Name,
    /// Whether the parent names it; otherwise only the zone itself does.
    pub delegated: bool,
    /// Its addresses; empty if it has none, or if they could not be found.
    pub addresses: Vec<IpAddr>,
    /// What it was asked.
    pub asked: Vec<Asked>,
}

/// What was seen of a zone.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Its name.
    pub zone: Name,
    /// The zone above; `None` if it could not be found.
    pub parent: Option<Name>,
    /// What a server of the parent answered to NS; `None` if none did, or if it serves the zone too.
    pub referral: Option<Message>,
    /// The chain from an anchor to the parent, the parent being the last; empty if none was followed.
    pub above: Vec<Link>,
    /// What a server of the parent answered to DS.
    pub ds: Option<Message>,
    /// Its servers, by name.
    pub servers: Vec<Server>,
    /// What is trusted without a parent.
    pub anchors: Vec<Anchor>,
    /// When it was seen.
    pub now: Timestamp,
}

impl Server {
    /// Returns what it answered to a type over any way, the first that is an answer about the zone.
    pub fn answer(&self, zone: &Name, kind: u16) -> Option<&Message> {
        let own = self.asked.iter().filter(|asked| asked.kind == kind);
        let mut answers = own.filter_map(|asked| asked.answer.as_ref().ok());
        answers.find(|message| {
            message.authoritative && message.answers_of(zone, kind).next().is_some()
        })
    }

    /// Returns what it answered to SOA, each way that was tried.
    pub fn ways(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter().filter(|asked| asked.kind == kind::SOA)
    }

    /// Says whether it answers for the zone at all: authoritatively, with the zone's start.
    pub fn serves(&self, zone: &Name) -> bool {
        self.answer(zone, kind::SOA).is_some()
    }

    /// Says whether anything was heard of it.
    pub fn is_heard(&self) -> bool {
        self.asked.iter().any(|asked| asked.answer.is_ok())
    }

    /// Returns the set of the zone's own records of a type.
    pub fn set(&self, zone: &Name, kind: u16) -> Option<Set> {
        signed::set(&self.answer(zone, kind)?.answers, zone, kind)
    }

    /// Returns the name servers that it says the zone has; `None` if it does not say.
    pub fn apex(&self, zone: &Name) -> Option<BTreeSet<Name>> {
        let message = self.answer(zone, kind::NS)?;
        let targets = message
            .answers_of(zone, kind::NS)
            .filter_map(super::wire::Record::target);
        Some(targets.collect())
    }

    /// Returns the start of the zone as it answers it.
    pub fn soa(&self, zone: &Name) -> Option<Soa> {
        start(self.answer(zone, kind::SOA)?, zone)
    }
}

/// Returns the start of a zone in an answer.
pub(super) fn start(message: &Message, zone: &Name) -> Option<Soa> {
    let record = message.answers_of(zone, kind::SOA).next()?;
    Soa::read(&record.data).ok()
}

impl Sight {
    /// Returns the name servers at the parent: empty where it has no delegation; `None` if it was not seen.
    pub fn delegation(&self) -> Option<BTreeSet<Name>> {
        let message = self.referral.as_ref()?;
        let all = message.authority.iter().chain(&message.answers);
        let own = all.filter(|r| r.kind == kind::NS && r.name == self.zone);
        Some(own.filter_map(super::wire::Record::target).collect())
    }

    /// Returns the DS records at the parent, authenticated or not; `None` if they were not seen.
    pub fn digests(&self) -> Option<Vec<super::record::Ds>> {
        let message = self.ds.as_ref()?;
        let own = message.answers_of(&self.zone, kind::DS);
        Some(
            own.filter_map(|r| super::record::Ds::read(&r.data).ok())
                .collect(),
        )
    }

    /// Returns the name servers that the zone itself names, at any of its servers.
    pub fn apex(&self) -> BTreeSet<Name> {
        let own = self
            .servers
            .iter()
            .filter_map(|server| server.apex(&self.zone));
        own.flatten().collect()
    }

    /// Returns the newest serial number, and how far behind it the oldest is; `None` if there is none.
    pub fn serials(&self) -> Option<(u32, u32)> {
        let mut seen = self
            .servers
            .iter()
            .flat_map(Server::ways)
            .filter_map(|asked| {
                let soa = start(asked.answer.as_ref().ok()?, &self.zone)?;
                Some(soa.serial)
            });
        let first = seen.next()?;
        let (newest, oldest) = seen.fold((first, first), |(newest, oldest), serial| {
            let newest = if is_later(serial, newest) {
                serial
            } else {
                newest
            };
            let oldest = if is_later(oldest, serial) {
                serial
            } else {
                oldest
            };
            (newest, oldest)
        });
        Some((newest, newest.wrapping_sub(oldest)))
    }

    /// Follows the chain down to the zone, by the keys of the first server that answers any.
    pub fn trust(&self) -> Trust {
        let keys = self
            .servers
            .iter()
            .find_map(|server| server.answer(&self.zone, kind::DNSKEY));
        self.trust_with(keys.or_else(|| self.silent_keys()))
    }

    /// Returns an answer to DNSKEY that has none, where no server has any.
    fn silent_keys(&self) -> Option<&Message> {
        let all = self.servers.iter().flat_map(|server| &server.asked);
        let mut answers = all
            .filter(|asked| asked.kind == kind::DNSKEY)
            .filter_map(|asked| asked.answer.as_ref().ok());
        answers.find(|message| message.authoritative)
    }

    fn trust_with(&self, keys: Option<&Message>) -> Trust {
        let mut links = self.above.clone();
        links.push(Link {
            zone: self.zone.clone(),
            ds: self.ds.clone(),
            keys: keys.cloned(),
        });
        follow(&self.anchors, &links, self.now)
    }

    /// Returns the keys that the zone publishes, at the first server that answers any.
    pub fn keys(&self) -> Vec<Key> {
        let set = self
            .servers
            .iter()
            .find_map(|server| server.set(&self.zone, kind::DNSKEY));
        let data = set.map(|set| set.data).unwrap_or_default();
        data.iter()
            .filter_map(|data| Key::read(data).ok())
            .collect()
    }

    /// Iterates over the sets that servers answered, with the server, the DS at the parent last.
    pub fn sets(&self) -> impl Iterator<Item = (String, Set)> {
        let own = self.servers.iter().flat_map(move |server| {
            let sets = OWN.iter().filter_map(|kind| server.set(&self.zone, *kind));
            sets.map(|set| (server.name.to_string(), set))
        });
        let ds = self
            .ds
            .as_ref()
            .and_then(|m| signed::set(&m.answers, &self.zone, kind::DS));
        own.chain(ds.map(|set| ("the parent".to_owned(), set)))
    }

    /// Returns when the first signature ends among those that servers answered; of several over the
    /// same records the last counts.
    pub fn ends(&self) -> Option<(Timestamp, String)> {
        let latest = self.sets().filter_map(|(place, set)| {
            let ends = set.signatures.iter().map(|s| s.ends(self.now)).max()?;
            Some((ends, format!("{} at {place}", kind::word(set.kind))))
        });
        latest.min()
    }

    /// Returns the newest signature of the zone's start.
    pub fn start_signature(&self) -> Option<Signature> {
        let sets = self
            .servers
            .iter()
            .filter_map(|s| s.set(&self.zone, kind::SOA));
        let all = sets.flat_map(|set| set.signatures);
        all.max_by_key(|signature| signature.begins(self.now))
    }

    /// Returns the first proof of absence that a server gave, with the server's answer.
    pub fn denial(&self) -> Option<(Denial, &Message)> {
        let all = self.servers.iter().flat_map(|server| &server.asked);
        let mut answers = all
            .filter(|asked| asked.kind == ABSENT)
            .filter_map(|asked| asked.answer.as_ref().ok());
        answers.find_map(|message| {
            let mut records = message.authority.iter();
            let denial = records.find_map(|r| Denial::read(r.kind, &r.data)?.ok())?;
            Some((denial, message))
        })
    }

    /// Returns servers of the delegation that do not answer for the zone, though something answers somewhere.
    pub fn lame(&self) -> Vec<&Name> {
        let named = self.servers.iter().filter(|server| server.delegated);
        named
            .filter(|server| !server.serves(&self.zone))
            .map(|server| &server.name)
            .collect()
    }

    /// Returns prefixes in which the servers are: those of 24 bits of IPv4 and of 48 of IPv6, by server.
    pub fn places(&self) -> BTreeMap<IpAddr, BTreeSet<&Name>> {
        let mut places: BTreeMap<IpAddr, BTreeSet<&Name>> = BTreeMap::new();
        for server in &self.servers {
            for address in &server.addresses {
                places
                    .entry(place(*address))
                    .or_default()
                    .insert(&server.name);
            }
        }
        places
    }

    /// Returns the time for which an absence is remembered (RFC 2308, section 5).
    pub fn negative(&self) -> Option<SignedDuration> {
        let server = self
            .servers
            .iter()
            .find(|server| server.serves(&self.zone))?;
        let record = server
            .answer(&self.zone, kind::SOA)?
            .answers_of(&self.zone, kind::SOA)
            .next()?;
        let minimum = Soa::read(&record.data).ok()?.minimum;
        Some(SignedDuration::from_secs(record.ttl.min(minimum).into()))
    }
}

/// Returns the first address of the prefix that a server's address is in.
fn place(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & 0xFFFF_FF00).into()),
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 80 << 80).into()),
    }
}
