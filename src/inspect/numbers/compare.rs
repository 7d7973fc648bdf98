//! Five files of statistics against each other, and against IANA.

use jiff::civil::Date;

use super::file::Listed;
use super::plane::Plane;
use crate::inspect::iana::{Document, Names, Space, Status, Whose};
use crate::inspect::stats::{Kind, Row, Stats};
use crate::registry::{PerRegistry, RegistryId};
use crate::resource::{AddressSet, AsnSet, Marks, Resources};

/// Most overlaps, and most rows beyond what IANA gave, that are kept; all are counted.
const MOST_KEPT: usize = 1_000;

/// Open rows of a sweep that are looked at for each new one; more is hostile, and counted as one.
const MOST_OPEN: usize = 64;

/// Numbers that two rows list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The numbers, as in `192.0.2.0/24` or `AS64496-AS64511`.
    pub numbers: String,
    /// The file and line of the row that begins first.
    pub first: (RegistryId, u32),
    /// The file and line of the other.
    pub second: (RegistryId, u32),
}

/// All overlaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlaps {
    /// How many pairs of rows.
    pub count: u64,
    /// The first of them.
    pub kept: Vec<Overlap>,
}

/// A row with numbers that IANA gave to no registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// The file that lists it.
    pub registry: RegistryId,
    /// Its line.
    pub line: u32,
    /// The numbers that IANA did not give.
    pub numbers: String,
    /// Its status.
    pub status: String,
}

/// Numbers that one registry was given and another one lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Whom IANA gave them to.
    pub designated: RegistryId,
    /// Who lists them.
    pub listed: RegistryId,
    /// How many AS numbers.
    pub asns: u64,
    /// How many IPv4 addresses.
    pub ipv4: u64,
    /// How many of the IPv4 addresses are held.
    pub held_ipv4: u64,
    /// In how many rows those are.
    pub held_rows: u64,
    /// How many IPv6 addresses, as far as the number goes.
    pub ipv6: u128,
}

/// What files say together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What each file lists.
    pub listed: PerRegistry<Listed>,
    /// The last day of each file that says one.
    pub days: PerRegistry<Date>,
    /// What two files list.
    pub between: Overlaps,
    /// What one file lists twice.
    pub within: Overlaps,
    /// What IANA gave to each registry and no file lists.
    pub missing: PerRegistry<Resources>,
    /// What IANA gave to each registry after the files were made, and no file lists.
    pub late: PerRegistry<Resources>,
    /// What each file lists and IANA gave to no registry.
    pub beyond: PerRegistry<Resources>,
    /// Rows with such numbers, the first of them.
    pub beyond_rows: Vec<Beyond>,
    /// What others list of what each registry was given.
    pub flows: Vec<Flow>,
    /// Numbers that IANA gave.
    pub space: Space,
    /// Addresses that were given before there were registries, by IANA's word for their blocks.
    pub legacy: AddressSet,
}

/// Compares files, by registry, with each other and with IANA's registries.
///
/// A block that IANA gave after the oldest file was made is no gap of the files: [`Comparison::late`].
pub fn compare(files: &PerRegistry<Stats>, iana: &[Document], names: &Names) -> Comparison {
    let listed: PerRegistry<Listed> = files
        .iter()
        .map(|(id, file)| (id.clone(), Listed::of(file)))
        .collect();
    let days: PerRegistry<Date> = files
        .iter()
        .filter_map(|(id, file)| Some((id.clone(), file.version.as_ref()?.end.day()?)))
        .collect();
    let space = Space::of(iana, names);
    let late = late(iana, names, days.iter().map(|(_, day)| *day).min());
    let all = listed
        .iter()
        .fold(Resources::default(), |all, (_, listed)| {
            all.union(&listed.all)
        });
    let mut comparison = Comparison {
        days,
        ..Comparison::default()
    };
    for (id, share) in space.registries.iter() {
        let missing = share.minus(&all);
        let nothing = Resources::default();
        let late = late.of(id.as_str()).unwrap_or(&nothing);
        let now = missing.minus(late);
        let later = missing.minus(&now);
        comparison.missing.insert(id.clone(), now);
        comparison.late.insert(id.clone(), later);
    }
    let given = space.allocated();
    for (id, own) in listed.iter() {
        let beyond = own.all.minus(&given);
        if !beyond.is_empty()
            && let Some(file) = files.of(id.as_str())
        {
            beyond_rows(id, file, &beyond, &mut comparison.beyond_rows);
        }
        comparison.beyond.insert(id.clone(), beyond);
    }
    flows(files, &listed, &space, &mut comparison.flows);
    for kind in Kind::ALL {
        overlaps(files, kind, &mut comparison);
    }
    let entries = iana.iter().flat_map(|document| &document.entries);
    let legacy = entries.filter(|entry| entry.status == Some(Status::Legacy));
    comparison.legacy = legacy.map(|entry| entry.addresses.clone()).collect();
    comparison.listed = listed;
    comparison.space = space;
    comparison
}

/// Returns what IANA gave after a day, by registry.
fn late(iana: &[Document], names: &Names, day: Option<Date>) -> PerRegistry<Resources> {
    let mut late: PerRegistry<Resources> = PerRegistry::new();
    let Some(day) = day else { return late };
    for entry in iana.iter().flat_map(|document| &document.entries) {
        let is_late = entry.date.is_some_and(|date| date.first() > day);
        if let (true, Whose::Registry(id)) = (is_late, entry.whose(names)) {
            let share = late.entry_or(&id, Resources::default);
            *share = share.union(&Resources {
                addresses: entry.addresses.clone(),
                asns: entry.asns.clone(),
            });
        }
    }
    late
}

/// Adds the rows of a file that have numbers of a share.
fn beyond_rows(id: &RegistryId, file: &Stats, beyond: &Resources, rows: &mut Vec<Beyond>) {
    for row in &file.rows {
        if rows.len() >= MOST_KEPT {
            return;
        }
        let asns = row.asns().map(|(first, last)| AsnSet::range(first, last));
        let addresses = row.addresses().map(AddressSet::from);
        let numbers = match (asns, addresses) {
            (Some(own), _) if own.overlaps(&beyond.asns) => own.intersect(&beyond.asns).to_string(),
            (_, Some(own)) if own.overlaps(&beyond.addresses) => {
                own.intersect(&beyond.addresses).to_string()
            }
            _ => continue,
        };
        rows.push(Beyond {
            registry: id.clone(),
            line: row.line,
            numbers,
            status: row.status.as_str().to_owned(),
        });
    }
}

/// Counts what registries list of what others were given.
fn flows(
    files: &PerRegistry<Stats>,
    listed: &PerRegistry<Listed>,
    space: &Space,
    flows: &mut Vec<Flow>,
) {
    let shares = (0..).zip(space.registries.iter());
    let shares = shares.map(|(place, (_, share))| (place, &share.addresses, &share.asns));
    let designations = Plane::of(shares);
    for (place, (designated, share)) in (0..).zip(space.registries.iter()) {
        for (id, own) in listed.iter() {
            if id == designated {
                continue;
            }
            let addresses = own.all.addresses.intersect(&share.addresses);
            let asns = own.all.asns.intersect(&share.asns).count();
            if addresses.is_empty() && asns == 0 {
                continue;
            }
            let held = own.held.addresses.intersect(&share.addresses);
            let rows = files.of(id.as_str()).map_or(0, |file| {
                let mark = Marks::one(place);
                let held = |row: &&Row| row.kind == Kind::Ipv4 && row.status.is_held();
                let inside = file.rows.iter().filter(held).filter(|row| {
                    let first = u32::try_from(row.first());
                    first.is_ok_and(|first| designations.ipv4.at(first).has(mark))
                });
                inside.count()
            });
            flows.push(Flow {
                designated: designated.clone(),
                listed: id.clone(),
                asns,
                ipv4: addresses.count_ipv4(),
                held_ipv4: held.count_ipv4(),
                held_rows: u64::try_from(rows).unwrap_or(u64::MAX),
                ipv6: addresses.count_ipv6(),
            });
        }
    }
}

/// Finds rows about the same numbers: one sweep over all files.
fn overlaps(files: &PerRegistry<Stats>, kind: Kind, comparison: &mut Comparison) {
    let all = files.iter().flat_map(|(id, file)| {
        let rows = file.rows.iter().filter(|row| row.kind == kind);
        rows.map(move |row| (id, row))
    });
    let mut all: Vec<(&RegistryId, &Row)> = all.collect();
    all.sort_by(|a, b| a.1.by_numbers(b.1));
    let mut open: Vec<(&RegistryId, &Row)> = Vec::new();
    for (id, row) in all {
        open.retain(|(_, before)| before.last() >= row.first());
        for (other, before) in &open {
            let overlaps = if *other == id {
                &mut comparison.within
            } else {
                &mut comparison.between
            };
            overlaps.count = overlaps.count.saturating_add(1);
            if overlaps.kept.len() < MOST_KEPT {
                overlaps.kept.push(Overlap {
                    numbers: common(before, row),
                    first: ((*other).clone(), before.line),
                    second: (id.clone(), row.line),
                });
            }
        }
        if open.len() < MOST_OPEN {
            open.push((id, row));
        }
    }
}

/// Writes the numbers of both rows.
fn common(a: &Row, b: &Row) -> String {
    if let (Some(a), Some(b)) = (a.asns(), b.asns()) {
        let (a, b) = (AsnSet::range(a.0, a.1), AsnSet::range(b.0, b.1));
        return a.intersect(&b).to_string();
    }
    match (a.addresses(), b.addresses()) {
        (Some(a), Some(b)) => AddressSet::from(a)
            .intersect(&AddressSet::from(b))
            .to_string(),
        _ => String::new(),
    }
}
