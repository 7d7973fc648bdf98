//! A file of delegated statistics as sets: what it lists, what of it is held, what is not.

use crate::inspect::iana::Share;
use crate::inspect::stats::{Row, Stats};
use crate::resource::{AddressSet, AsnSet};

/// What a file lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Everything.
    pub all: Share,
    /// What somebody holds: `allocated` and `assigned`.
    pub held: Share,
    /// What nobody holds: `available` and `reserved`.
    pub free: Share,
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
fn share<'r>(rows: impl Iterator<Item = &'r Row>) -> Share {
    let (mut addresses, mut asns) = (Vec::new(), Vec::new());
    for row in rows {
        asns.extend(row.asns());
        addresses.extend(row.addresses());
    }
    Share {
        addresses: addresses.into_iter().collect::<AddressSet>(),
        asns: asns.into_iter().collect::<AsnSet>(),
    }
}
