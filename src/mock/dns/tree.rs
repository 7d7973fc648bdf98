//! The zones of the world: from the root down to those of holders.
//!
//! Above the registries' zones are IANA's, which the world file names (`dns`). What a
//! registry was delegated as a whole has a zone that the registry runs; everything else
//! is a holder's. A zone holds the delegations of all zones directly below it, whoever
//! registers them: that is what the registries exchange as zonelets.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::data::{self, DNSKEY, DS, NS, NSEC3PARAM, SOA, Set, above, is_within, wire};
use super::keys::Keys;
use crate::mock::decode::words;
use crate::mock::world::World;

words! {
    /// How serial numbers are made.
    pub SerialForm {
        /// The day and a number of two digits.
        Date = "date",
        /// Seconds since 1970.
        Unix = "unix",
        /// Numbers of their own.
        Count = "count",
    }
}

words! {
    /// How absence is proved.
    pub DenialForm {
        /// By names.
        Nsec = "nsec",
        /// By hashes of names.
        Nsec3 = "nsec3",
        /// By hashes of names, unsigned delegations left out.
        OptOut = "opt-out",
    }
}

/// How a zone is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Number of the algorithm it is signed with; `None` for an unsigned zone.
    pub algorithm: Option<u8>,
    /// Whether the key that the parent points to signs keys only.
    pub split: bool,
    /// How absence is proved.
    pub denial: DenialForm,
    /// How often it is made anew, in hours.
    pub every_hours: u32,
    /// How long signatures hold, in hours.
    pub valid_hours: u32,
    /// How serial numbers are made.
    pub serial: SerialForm,
    /// Times of the SOA record, in seconds.
    pub refresh: u32,
    /// See `refresh`.
    pub retry: u32,
    /// See `refresh`.
    pub expire: u32,
    /// See `refresh`.
    pub minimum: u32,
    /// Time to live of its records, in seconds.
    pub ttl: u32,
}

impl Default for Habits {
    /// What a holder's zone has where the world file says nothing.
    fn default() -> Self {
        Self {
            algorithm: None,
            split: false,
            denial: DenialForm::Nsec,
            every_hours: 12,
            valid_hours: 336,
            serial: SerialForm::Date,
            refresh: 7_200,
            retry: 3_600,
            expire: 1_209_600,
            minimum: 3_600,
            ttl: 86_400,
        }
    }
}

/// A zone above those of registries.
#[derive(Clone, Debug)]
pub struct Above {
    /// Its name servers.
    pub servers: Vec<String>,
    /// How it is run.
    pub habits: Habits,
}

/// A zone that is served.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    /// Its name; empty for the root.
    pub(super) name: String,
    pub(super) servers: Vec<String>,
    pub(super) habits: Habits,
    pub(super) keys: Option<Keys>,
    /// Its mailbox, as a name.
    mailbox: String,
    pub(super) children: BTreeMap<String, Child>,
}

/// A delegation.
#[derive(Clone, Debug)]
pub(super) struct Child {
    servers: Vec<String>,
    /// Data of its DS records.
    pub(super) ds: Vec<Vec<u8>>,
}

/// All zones by name.
#[derive(Clone, Debug, Default)]
pub(in crate::mock) struct Zones(BTreeMap<String, Zone>);

impl Zones {
    /// Returns the zones of a world.
    pub(in crate::mock) fn of(world: &World) -> Self {
        let mut zones = BTreeMap::new();
        for (name, above) in &world.dns().above {
            let mailbox = "hostmaster.iana.test".to_owned();
            zones.insert(
                name.clone(),
                Zone::new(name, &above.servers, above.habits, mailbox),
            );
        }
        let mut ds: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for operator in world.operators() {
            for (name, zone) in &operator.zones {
                let own = operator.delegated.iter().any(|d| d.block == zone.block);
                let habits = match (own, operator.dns) {
                    (true, Some(habits)) => habits,
                    _ => Habits {
                        algorithm: zone.signed,
                        ..Habits::default()
                    },
                };
                let first = zone.name_servers.first().map_or("test", String::as_str);
                let domain = first.split_once('.').map_or(first, |(_, domain)| domain);
                let mailbox = format!("hostmaster.{domain}");
                zones.insert(
                    name.clone(),
                    Zone::new(name, &zone.name_servers, habits, mailbox),
                );
                let texts = zone.ds.iter().filter_map(|ds| data::read(DS, &ds.text()));
                ds.insert(name.clone(), texts.collect());
            }
        }
        let mut all = Self(zones);
        all.delegate(&ds);
        all
    }

    /// Puts every zone into the zone above it.
    fn delegate(&mut self, registered: &BTreeMap<String, Vec<Vec<u8>>>) {
        let names: Vec<String> = self.0.keys().cloned().collect();
        for name in names {
            let Some(zone) = self.0.get(&name) else {
                continue;
            };
            let ds = match registered.get(&name) {
                Some(ds) => ds.clone(),
                None => zone.digest().into_iter().collect(),
            };
            let child = Child {
                servers: zone.servers.clone(),
                ds,
            };
            let parent = above(&name)
                .and_then(|above| self.enclosing(above))
                .map(|z| z.name.clone());
            if let Some(parent) = parent.and_then(|parent| self.0.get_mut(&parent)) {
                parent.children.insert(name, child);
            }
        }
        // What is below `test` is no zone of the mock: its resolver knows the names.
        if let Some(root) = self.0.get_mut("") {
            let child = Child {
                servers: root.servers.clone(),
                ds: Vec::new(),
            };
            root.children.insert("test".to_owned(), child);
        }
    }

    /// Returns the zone that a name is in.
    pub(super) fn enclosing(&self, name: &str) -> Option<&Zone> {
        let mut at = Some(name);
        while let Some(name) = at {
            if let Some(zone) = self.0.get(name) {
                return Some(zone);
            }
            at = above(name);
        }
        None
    }

    /// Iterates over the zones that a name server serves.
    pub(super) fn served_by<'z>(&'z self, server: &'z str) -> impl Iterator<Item = &'z Zone> {
        let serves = move |zone: &&Zone| zone.servers.iter().any(|own| own == server);
        self.0.values().filter(serves)
    }

    /// Returns the names of all name servers.
    pub(in crate::mock) fn servers(&self) -> std::collections::BTreeSet<&str> {
        let all = self.0.values().flat_map(|zone| &zone.servers);
        all.map(String::as_str).collect()
    }

    /// Says whether a name is one of a name server.
    pub(super) fn has_server(&self, name: &str) -> bool {
        let mut all = self.0.values().flat_map(|zone| &zone.servers);
        all.any(|server| server == name)
    }

    /// Returns the digest of a zone's key in presentation form; `None` for an unsigned or unknown one.
    pub(in crate::mock) fn digest_of(&self, name: &str) -> Option<String> {
        let zone = self.0.get(name)?;
        let (tag, algorithm, digest) = zone.keys.as_ref()?.digest(name);
        let digest = data_encoding::HEXLOWER.encode(&digest);
        Some(format!("{tag} {algorithm} 2 {digest}"))
    }
}

impl Zone {
    fn new(name: &str, servers: &[String], habits: Habits, mailbox: String) -> Self {
        Self {
            name: name.to_owned(),
            servers: servers.to_vec(),
            habits,
            keys: habits
                .algorithm
                .and_then(|a| Keys::of(name, a, habits.split)),
            mailbox,
            children: BTreeMap::new(),
        }
    }

    /// Returns the data of the DS record that its key asks for; `None` for an unsigned zone.
    fn digest(&self) -> Option<Vec<u8>> {
        let (tag, algorithm, digest) = self.keys.as_ref()?.digest(&self.name);
        let mut data = tag.to_be_bytes().to_vec();
        data.extend([algorithm, 2]);
        data.extend(digest);
        Some(data)
    }

    /// Returns when it was last made, in seconds.
    pub(super) fn made(&self, now: Timestamp) -> i64 {
        let every = i64::from(self.habits.every_hours.max(1)).saturating_mul(3_600);
        now.as_second().div_euclid(every).saturating_mul(every)
    }

    fn serial(&self, now: Timestamp) -> u32 {
        let made = self.made(now);
        let number = match self.habits.serial {
            SerialForm::Unix => made,
            SerialForm::Count => {
                // Hours since 2000.
                made.saturating_sub(946_684_800).div_euclid(3_600)
            }
            SerialForm::Date => {
                let at = Timestamp::from_second(made).unwrap_or(now);
                let text = at.strftime("%Y%m%d%H").to_string();
                text.parse().unwrap_or_default()
            }
        };
        u32::try_from(number).unwrap_or_default()
    }

    /// Returns the set of the zone's own records of a type at a name in it; `None` if there is none.
    ///
    /// At a delegation it has DS, and NS that it does not answer with authority.
    pub(super) fn set(&self, name: &str, kind: u16, now: Timestamp) -> Option<Set> {
        let habits = &self.habits;
        let of_servers =
            |servers: &[String]| -> Vec<Vec<u8>> { servers.iter().map(|s| wire(s)).collect() };
        let data = if name == self.name {
            match kind {
                NS => of_servers(&self.servers),
                SOA => vec![self.start(now)],
                DNSKEY => self.keys.as_ref()?.data(),
                NSEC3PARAM if self.is_hashed() => vec![vec![1, 0, 0, 0, 0]],
                _ => return None,
            }
        } else {
            let child = self.children.get(name)?;
            match kind {
                NS => of_servers(&child.servers),
                DS => child.ds.clone(),
                _ => return None,
            }
        };
        (!data.is_empty()).then(|| Set {
            name: name.to_owned(),
            kind,
            ttl: if kind == SOA {
                habits.ttl.min(86_400)
            } else {
                habits.ttl
            },
            data,
        })
    }

    fn start(&self, now: Timestamp) -> Vec<u8> {
        let first = self.servers.first().map_or("", String::as_str);
        let mut octets = wire(first);
        octets.extend(wire(&self.mailbox));
        let habits = &self.habits;
        let numbers = [
            self.serial(now),
            habits.refresh,
            habits.retry,
            habits.expire,
            habits.minimum,
        ];
        octets.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
        octets
    }

    pub(super) fn is_hashed(&self) -> bool {
        self.keys.is_some() && self.habits.denial != DenialForm::Nsec
    }

    /// Returns the types that a name in the zone has, signatures and proofs among them.
    pub(super) fn types(&self, name: &str, now: Timestamp) -> Vec<u16> {
        let all = [NS, SOA, DS, DNSKEY, NSEC3PARAM];
        let mut types: Vec<u16> = all
            .into_iter()
            .filter(|k| self.set(name, *k, now).is_some())
            .collect();
        let is_signed = types.iter().any(|kind| *kind != NS) || !self.is_hashed();
        if self.keys.is_some() && is_signed && !types.is_empty() {
            types.push(data::RRSIG);
        }
        if self.keys.is_some() && !self.is_hashed() {
            types.push(data::NSEC);
        }
        types
    }

    /// Returns the delegation that a name is at or below; `None` if the zone answers itself.
    pub(super) fn cut<'z>(&'z self, name: &'z str) -> Option<&'z str> {
        let mut at = Some(name);
        while let Some(name) = at.filter(|name| *name != self.name && is_within(name, &self.name)) {
            if self.children.contains_key(name) {
                return Some(name);
            }
            at = above(name);
        }
        None
    }

    /// Says whether a name exists in the zone, be it only because something is below it.
    pub(super) fn exists(&self, name: &str) -> bool {
        let below = |child: &String| is_within(child, name);
        name == self.name || self.children.keys().any(below)
    }
}
