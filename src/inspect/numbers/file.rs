//! A file of delegated statistics as sets: what it lists, what of it is held, what is not.

use std::collections::BTreeSet;

use crate::inspect::stats::{Date, Row, Stats};
use crate::resource::{AddressSet, AsnSet, Resources};

/// What a file lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Everything.
    pub all: Resources,
    /// What somebody holds: `allocated` and `assigned`.
    pub held: Resources,
    /// What nobody holds: `available` and `reserved`.
    pub free: Resources,
}

impl Listed {
    /// Returns what a file lists.
    pub fn of(file: &Stats) -> Self {
        let held = share(file.rows.iter().filter(|row| row.status.is_held()));
        let free = share(file.rows.iter().filter(|row| !row.status.is_held()));
        Self {
            all: held.union(&free),
            held,
            free,
        }
    }
}

/// Returns the numbers of rows.
fn share<'r>(rows: impl Iterator<Item = &'r Row>) -> Resources {
    let (mut addresses, mut asns) = (Vec::new(), Vec::new());
    for row in rows {
        asns.extend(row.asns());
        addresses.extend(row.addresses());
    }
    Resources {
        addresses: addresses.into_iter().collect::<AddressSet>(),
        asns: asns.into_iter().collect::<AsnSet>(),
    }
}

/// A record of a file, to ask other services about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sample {
    /// The numbers, as `192.0.2.0/24`, `192.0.2.0-192.0.3.127` or `AS64496-AS64511`.
    pub numbers: String,
    /// The country; empty for none.
    pub country: String,
    /// The day, as `2010-01-31`; empty for none.
    pub date: String,
}

/// Returns some records of a file that are held, or that are not, the same ones as long as they are
/// in it: those whose numbers come first in an order that has nothing to do with them.
pub fn samples(file: &Stats, held: bool, most: usize) -> Vec<Sample> {
    let mut first: BTreeSet<(u64, u32)> = BTreeSet::new();
    for (place, row) in (0..).zip(&file.rows) {
        if row.status.is_held() == held {
            first.insert((shuffled(row), place));
            if first.len() > most {
                first.pop_last();
            }
        }
    }
    let row = |place: u32| usize::try_from(place).ok().and_then(|at| file.rows.get(at));
    let rows = first.into_iter().filter_map(|(_, place)| row(place));
    rows.map(sample).collect()
}

fn sample(row: &Row) -> Sample {
    let numbers = match (row.asns(), row.addresses()) {
        (Some((first, last)), _) => AsnSet::range(first, last).to_string(),
        (None, Some(range)) => range.to_string(),
        (None, None) => String::new(),
    };
    let day = Date::day(row.date);
    Sample {
        numbers,
        country: row.country.letters().unwrap_or_default().to_owned(),
        date: day
            .map(|day| day.strftime("%Y-%m-%d").to_string())
            .unwrap_or_default(),
    }
}

/// Returns a number that tells nothing of the row's numbers, the same in every run: FNV-1a, mixed.
fn shuffled(row: &Row) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let octets = [row.first(), row.last()].map(u128::to_be_bytes).concat();
    for octet in row.kind.as_str().bytes().chain(octets) {
        hash = (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^ (hash >> 29)
}
