//! Planes: who has which number, by one source; and several side by side.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::resource::{AddressRange, AddressSet, Asn, AsnSet, Marked, Marks, Stretch, join};

/// Who has which number, by one source; a mark stands for a registry.
///
/// Several marks on a number are a contradiction within the source, or what it may say twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plane {
    /// AS numbers.
    pub asns: Marked<u32>,
    /// IPv4 addresses.
    pub ipv4: Marked<u32>,
    /// IPv6 addresses.
    pub ipv6: Marked<u128>,
}

impl Plane {
    /// Returns the plane of some shares, each with its mark.
    pub fn of<'a>(shares: impl IntoIterator<Item = (usize, &'a AddressSet, &'a AsnSet)>) -> Self {
        let (mut asns, mut ipv4, mut ipv6) = (Vec::new(), Vec::new(), Vec::new());
        for (mark, addresses, numbers) in shares {
            let mark = Marks::one(mark);
            asns.extend(numbers.ranges().map(|(a, b)| (a.0, b.0, mark)));
            for range in addresses.ranges() {
                match (range.first(), range.last()) {
                    (IpAddr::V4(a), IpAddr::V4(b)) => ipv4.push((a.to_bits(), b.to_bits(), mark)),
                    (IpAddr::V6(a), IpAddr::V6(b)) => ipv6.push((a.to_bits(), b.to_bits(), mark)),
                    (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {}
                }
            }
        }
        Self {
            asns: asns.into_iter().collect(),
            ipv4: ipv4.into_iter().collect(),
            ipv6: ipv6.into_iter().collect(),
        }
    }
}

/// What all planes say of some numbers, and how many those are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<const N: usize> {
    /// What each plane says, in the order of the planes.
    pub marks: [Marks; N],
    /// How many AS numbers.
    pub asns: u64,
    /// How many IPv4 addresses.
    pub ipv4: u64,
    /// How many IPv6 addresses, as far as the number goes.
    pub ipv6: u128,
    /// In how many pieces.
    pub pieces: u64,
}

/// Returns which registry each plane says, for every number of which any plane says something: a
/// line for each combination, in the order of the marks.
pub fn agreement<const N: usize>(planes: [&Plane; N]) -> Vec<Line<N>> {
    let mut lines: BTreeMap<[Marks; N], Line<N>> = BTreeMap::new();
    let narrow = |count: u128| u64::try_from(count).unwrap_or(u64::MAX);
    let mut add = |marks: [Marks; N], count: u128, kind: usize| {
        let line = lines.entry(marks).or_insert(Line {
            marks,
            asns: 0,
            ipv4: 0,
            ipv6: 0,
            pieces: 0,
        });
        match kind {
            0 => line.asns = line.asns.saturating_add(narrow(count)),
            1 => line.ipv4 = line.ipv4.saturating_add(narrow(count)),
            _ => line.ipv6 = line.ipv6.saturating_add(count),
        }
        line.pieces = line.pieces.saturating_add(1);
    };
    for stretch in join(planes.map(|plane| &plane.asns)) {
        add(stretch.marks, stretch.count(), 0);
    }
    for stretch in join(planes.map(|plane| &plane.ipv4)) {
        add(stretch.marks, stretch.count(), 1);
    }
    for stretch in join(planes.map(|plane| &plane.ipv6)) {
        add(stretch.marks, stretch.count(), 2);
    }
    lines.into_values().collect()
}

/// A resource of which every plane says the same throughout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<const N: usize> {
    /// The addresses; empty for AS numbers.
    pub addresses: AddressSet,
    /// The AS numbers; empty for addresses.
    pub asns: AsnSet,
    /// What each plane says, in the order of the planes.
    pub marks: [Marks; N],
}

/// Returns what planes say of some addresses and AS numbers, piece by piece; nothing of what no
/// plane speaks of.
pub fn said_of<const N: usize>(
    planes: [&Plane; N],
    addresses: &AddressSet,
    asns: &AsnSet,
) -> Vec<Said<N>> {
    let mut all = Vec::new();
    for (first, last) in asns.ranges() {
        let cut = planes.map(|plane| part(&plane.asns, first.0, last.0));
        all.extend(pieces(&cut).map(|stretch| Said {
            addresses: AddressSet::new(),
            asns: AsnSet::range(Asn(stretch.first), Asn(stretch.last)),
            marks: stretch.marks,
        }));
    }
    for range in addresses.ranges() {
        match (range.first(), range.last()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                let cut = planes.map(|plane| part(&plane.ipv4, first.to_bits(), last.to_bits()));
                all.extend(pieces(&cut).map(|stretch| Said {
                    addresses: between(
                        Ipv4Addr::from_bits(stretch.first).into(),
                        Ipv4Addr::from_bits(stretch.last).into(),
                    ),
                    asns: AsnSet::new(),
                    marks: stretch.marks,
                }));
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                let cut = planes.map(|plane| part(&plane.ipv6, first.to_bits(), last.to_bits()));
                all.extend(pieces(&cut).map(|stretch| Said {
                    addresses: between(
                        Ipv6Addr::from_bits(stretch.first).into(),
                        Ipv6Addr::from_bits(stretch.last).into(),
                    ),
                    asns: AsnSet::new(),
                    marks: stretch.marks,
                }));
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {}
        }
    }
    all
}

fn part<T: crate::resource::Point>(map: &Marked<T>, first: T, last: T) -> Marked<T> {
    map.within(first, last).collect()
}

fn pieces<T: crate::resource::Point, const N: usize>(
    maps: &[Marked<T>; N],
) -> impl Iterator<Item = Stretch<T, N>> {
    join(maps.each_ref())
}

fn between(first: IpAddr, last: IpAddr) -> AddressSet {
    AddressRange::new(first, last)
        .map(AddressSet::from)
        .unwrap_or_default()
}
