//! Signatures of records and proofs of absence.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use jiff::Timestamp;

use super::data::{self, DNSKEY, IN, NSEC, NSEC3, Set, above, labels, order, wire};
use super::tree::{DenialForm, Zone};

/// How long before a zone is made its signatures begin, in seconds: clocks differ.
const EARLIER: i64 = 3_600;

/// Signs a set with the zone's key for it: the data of the record; `None` in an unsigned zone.
///
/// `late` hours ago the zone was last made, where that is not the time it should have been.
pub(super) fn sign(zone: &Zone, set: &Set, now: Timestamp, late: u32) -> Option<Vec<u8>> {
    let keys = zone.keys.as_ref()?;
    let key = if set.kind == DNSKEY {
        &keys.entry
    } else {
        &keys.records
    };
    let begins = zone.made(now) - EARLIER - i64::from(late) * 3_600;
    let ends = begins + i64::from(zone.habits.valid_hours) * 3_600;
    let mut head = set.kind.to_be_bytes().to_vec();
    head.push(key.algorithm);
    head.extend(u8::try_from(labels(&set.name).count()));
    head.extend(set.ttl.to_be_bytes());
    for second in [ends, begins] {
        head.extend(u32::try_from(second).unwrap_or_default().to_be_bytes());
    }
    head.extend(key.tag.to_be_bytes());
    head.extend(wire(&zone.name));
    let mut octets = head.clone();
    let mut all = set.data.clone();
    all.sort_unstable();
    all.dedup();
    for data in all {
        octets.extend(wire(&set.name));
        octets.extend(set.kind.to_be_bytes());
        octets.extend(IN.to_be_bytes());
        octets.extend(set.ttl.to_be_bytes());
        octets.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
        octets.extend(data);
    }
    head.extend(key.sign(&octets));
    Some(head)
}

/// Returns what proves that a name in the zone does not have a type; empty in an unsigned zone.
pub(super) fn no_data(zone: &Zone, name: &str, now: Timestamp) -> Vec<Set> {
    if zone.keys.is_none() {
        return Vec::new();
    }
    if !zone.is_hashed() {
        return Names::of(zone).around(name, now).into_iter().collect();
    }
    let hashes = Hashes::of(zone);
    match hashes.at(name, now) {
        Some(own) => vec![own],
        None => hashes.nothing_at(name, now),
    }
}

/// Returns what proves that there is no such name; empty in an unsigned zone.
pub(super) fn no_name(zone: &Zone, name: &str, now: Timestamp) -> Vec<Set> {
    if zone.keys.is_none() {
        return Vec::new();
    }
    let wildcard = match closest(zone, name) {
        "" => "*".to_owned(),
        closest => format!("*.{closest}"),
    };
    if !zone.is_hashed() {
        let names = Names::of(zone);
        let mut all: Vec<Set> = names.around(name, now).into_iter().collect();
        all.extend(names.around(&wildcard, now));
        all.dedup();
        return all;
    }
    let hashes = Hashes::of(zone);
    let mut all = hashes.nothing_at(name, now);
    all.extend(hashes.around(&wildcard, now));
    all.dedup();
    all
}

/// Returns the nearest name above, or the name itself, that exists.
fn closest<'n>(zone: &Zone, name: &'n str) -> &'n str {
    let mut at = name;
    while !zone.exists(at) {
        match above(at) {
            Some(above) => at = above,
            None => break,
        }
    }
    at
}

/// The names of a zone in order.
struct Names<'z> {
    zone: &'z Zone,
    all: Vec<&'z str>,
}

impl<'z> Names<'z> {
    fn of(zone: &'z Zone) -> Self {
        let children = zone.children.keys().map(String::as_str);
        let mut all: Vec<&str> = std::iter::once(zone.name.as_str())
            .chain(children)
            .collect();
        all.sort_by(|a, b| order(a).cmp(&order(b)));
        Self { zone, all }
    }

    /// Returns the record at a name, or over the gap that it is in.
    fn around(&self, name: &str, now: Timestamp) -> Option<Set> {
        let wanted = order(name);
        let place = self.all.iter().rposition(|own| order(own) <= wanted)?;
        let own = self.all.get(place)?;
        let next = self.all.get(place + 1).or(self.all.first())?;
        let mut data = wire(next);
        data.extend(data::map(&self.zone.types(own, now)));
        Some(Set {
            name: (*own).to_owned(),
            kind: NSEC,
            ttl: self.zone.habits.minimum,
            data: vec![data],
        })
    }
}

/// The hashes of a zone's names in order.
struct Hashes<'z> {
    zone: &'z Zone,
    all: Vec<(Vec<u8>, String)>,
}

/// Returns the hash of a name: once, and without salt (RFC 9276, section 3.1).
fn hash(name: &str) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, &wire(name))
        .as_ref()
        .to_vec()
}

impl<'z> Hashes<'z> {
    fn of(zone: &'z Zone) -> Self {
        let mut names = std::collections::BTreeSet::from([zone.name.clone()]);
        for (name, child) in &zone.children {
            if zone.habits.denial == DenialForm::OptOut && child.ds.is_empty() {
                continue;
            }
            let mut at = Some(name.as_str());
            while let Some(name) = at.filter(|name| *name != zone.name) {
                names.insert(name.to_owned());
                at = above(name);
            }
        }
        let mut all: Vec<_> = names.into_iter().map(|name| (hash(&name), name)).collect();
        all.sort();
        Self { zone, all }
    }

    fn record(&self, place: usize, now: Timestamp) -> Option<Set> {
        let (own, name) = self.all.get(place)?;
        let (next, _) = self.all.get(place + 1).or(self.all.first())?;
        let flags = u8::from(self.zone.habits.denial == DenialForm::OptOut);
        let mut data = vec![1, flags, 0, 0, 0];
        data.extend(u8::try_from(next.len()));
        data.extend(next);
        let types = self.zone.types(name, now);
        if !types.is_empty() {
            data.extend(data::map(&types));
        }
        let label = data_encoding::BASE32HEX_NOPAD
            .encode(own)
            .to_ascii_lowercase();
        Some(Set {
            name: match self.zone.name.as_str() {
                "" => label,
                zone => format!("{label}.{zone}"),
            },
            kind: NSEC3,
            ttl: self.zone.habits.minimum,
            data: vec![data],
        })
    }

    /// Returns the record of a name; `None` if it has none.
    fn at(&self, name: &str, now: Timestamp) -> Option<Set> {
        let place = self.all.iter().position(|(_, own)| own == name)?;
        self.record(place, now)
    }

    /// Returns the record over the gap that a name's hash is in.
    fn around(&self, name: &str, now: Timestamp) -> Option<Set> {
        let wanted = hash(name);
        let before = self.all.iter().rposition(|(own, _)| *own < wanted);
        self.record(before.unwrap_or(self.all.len().saturating_sub(1)), now)
    }

    /// Returns the record of the nearest name that has one, and the one over the gap below it.
    fn nothing_at(&self, name: &str, now: Timestamp) -> Vec<Set> {
        let mut below = name;
        while let Some(at) = above(below) {
            if let Some(own) = self.at(at, now) {
                let mut all = vec![own];
                all.extend(self.around(below, now));
                all.dedup();
                return all;
            }
            below = at;
        }
        Vec::new()
    }
}
