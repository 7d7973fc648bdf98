//! Sets of addresses of both families.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::prefix::Ends;
use super::ranges::Ranges;
use super::{AddressRange, Prefix, ResourceError};

/// A set of IPv4 and IPv6 addresses.
///
/// Written as a list of prefixes and ranges, IPv4 first, `192.0.2.0/24, 2001:db8::/32`;
/// in JSON a list of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressSet {
    v4: Ranges<u32>,
    v6: Ranges<u128>,
}

/// How some sets lie on another one of the same kind; empty sets mean that they fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiling<S = AddressSet> {
    /// Numbers of the whole that no part has.
    pub gaps: S,
    /// Numbers that more than one part has.
    pub overlaps: S,
    /// Numbers of parts that the whole does not have.
    pub beyond: S,
}

impl<S: Default + PartialEq> Tiling<S> {
    /// Says whether the parts make up the whole, each number once.
    pub fn is_exact(&self) -> bool {
        *self == Self::default()
    }
}

impl AddressSet {
    /// Returns the empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the IPv4 addresses of the set.
    #[must_use]
    pub fn ipv4(&self) -> Self {
        Self {
            v4: self.v4.clone(),
            v6: Ranges::default(),
        }
    }

    /// Returns the IPv6 addresses of the set.
    #[must_use]
    pub fn ipv6(&self) -> Self {
        Self {
            v4: Ranges::default(),
            v6: self.v6.clone(),
        }
    }

    /// Iterates over the ranges, IPv4 first, in ascending order; they neither overlap nor touch.
    pub fn ranges(&self) -> impl Iterator<Item = AddressRange> + '_ {
        let v4 = self.v4.iter().map(|(a, b)| AddressRange::v4(a, b));
        v4.chain(self.v6.iter().map(|(a, b)| AddressRange::v6(a, b)))
    }

    /// Returns the number of ranges.
    pub const fn range_count(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// Iterates over the fewest prefixes that make up the set, in the order of the ranges.
    pub fn prefixes(&self) -> impl Iterator<Item = Prefix> + '_ {
        let v4 = self.v4.blocks().map(Prefix::of_block_v4);
        v4.chain(self.v6.blocks().map(Prefix::of_block_v6))
    }

    /// Says whether there are no addresses.
    pub const fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Returns how many IPv4 addresses there are.
    pub fn count_ipv4(&self) -> u64 {
        u64::try_from(self.v4.count()).unwrap_or(u64::MAX)
    }

    /// Returns how many IPv6 addresses there are; one less than all of `::/0`.
    pub fn count_ipv6(&self) -> u128 {
        self.v6.count()
    }

    /// Returns how many addresses there are, as far as `u128` goes.
    pub fn count(&self) -> u128 {
        self.v4.count().saturating_add(self.v6.count())
    }

    /// Says whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.covers_range(&AddressRange::from(address))
    }

    /// Says whether all addresses of a range are here.
    pub fn covers_range(&self, range: &AddressRange) -> bool {
        match range.ends() {
            Ends::V4(first, last) => self.v4.contains_range(first, last),
            Ends::V6(first, last) => self.v6.contains_range(first, last),
        }
    }

    /// Says whether all addresses of `other` are here; those of the empty set always are.
    pub fn covers(&self, other: &Self) -> bool {
        self.v4.covers(&other.v4) && self.v6.covers(&other.v6)
    }

    /// Says whether both have an address in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.v4.overlaps(&other.v4) || self.v6.overlaps(&other.v6)
    }

    /// Returns the addresses of either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.union(&other.v4),
            v6: self.v6.union(&other.v6),
        }
    }

    /// Returns the addresses of both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.intersect(&other.v4),
            v6: self.v6.intersect(&other.v6),
        }
    }

    /// Returns the addresses that are not in `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.minus(&other.v4),
            v6: self.v6.minus(&other.v6),
        }
    }

    /// Returns the addresses of exactly one of both.
    #[must_use]
    pub fn symmetric_difference(&self, other: &Self) -> Self {
        self.minus(other).union(&other.minus(self))
    }

    /// Returns how parts lie on this set: what is missing, twice, or beyond it.
    pub fn tiling<'a>(&self, parts: impl IntoIterator<Item = &'a Self>) -> Tiling {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for part in parts {
            v4.extend(part.v4.iter());
            v6.extend(part.v6.iter());
        }
        let all = Self {
            v4: v4.iter().copied().collect(),
            v6: v6.iter().copied().collect(),
        };
        Tiling {
            gaps: self.minus(&all),
            overlaps: Self {
                v4: Ranges::repeated(v4),
                v6: Ranges::repeated(v6),
            },
            beyond: all.minus(self),
        }
    }

    /// Iterates over what is written: a range as its prefixes if they are at most two.
    fn written(&self) -> impl Iterator<Item = String> + '_ {
        self.ranges()
            .flat_map(|range| match range.prefixes().as_slice() {
                [one] => vec![one.to_string()],
                [one, two] => vec![one.to_string(), two.to_string()],
                _ => vec![range.to_string()],
            })
    }
}

impl From<Prefix> for AddressSet {
    fn from(prefix: Prefix) -> Self {
        Self::from(prefix.range())
    }
}

impl From<AddressRange> for AddressSet {
    fn from(range: AddressRange) -> Self {
        std::iter::once(range).collect()
    }
}

impl From<IpAddr> for AddressSet {
    fn from(address: IpAddr) -> Self {
        Self::from(AddressRange::from(address))
    }
}

impl FromIterator<AddressRange> for AddressSet {
    fn from_iter<I: IntoIterator<Item = AddressRange>>(iter: I) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for range in iter {
            match range.ends() {
                Ends::V4(first, last) => v4.push((first, last)),
                Ends::V6(first, last) => v6.push((first, last)),
            }
        }
        Self {
            v4: v4.into_iter().collect(),
            v6: v6.into_iter().collect(),
        }
    }
}

impl FromIterator<Prefix> for AddressSet {
    fn from_iter<I: IntoIterator<Item = Prefix>>(iter: I) -> Self {
        iter.into_iter().map(|p| p.range()).collect()
    }
}

impl FromIterator<IpAddr> for AddressSet {
    fn from_iter<I: IntoIterator<Item = IpAddr>>(iter: I) -> Self {
        iter.into_iter().map(AddressRange::from).collect()
    }
}

impl FromIterator<Self> for AddressSet {
    fn from_iter<I: IntoIterator<Item = Self>>(iter: I) -> Self {
        let all: Vec<Self> = iter.into_iter().collect();
        all.iter().flat_map(Self::ranges).collect()
    }
}

impl FromStr for AddressSet {
    type Err = ResourceError;

    /// Reads a list of prefixes, addresses and ranges separated by commas; an empty text is the empty set.
    ///
    /// # Errors
    ///
    /// [`ResourceError`] for the first item that is none of them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        text.split(',').map(str::parse::<AddressRange>).collect()
    }
}

impl fmt::Display for AddressSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, item) in self.written().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{item}")?;
        }
        Ok(())
    }
}

impl Serialize for AddressSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.written())
    }
}

impl<'de> Deserialize<'de> for AddressSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<String>::deserialize(deserializer)?;
        let ranges = items.iter().map(|item| item.parse::<AddressRange>());
        ranges
            .collect::<Result<_, _>>()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    fn set(text: &str) -> AddressSet {
        text.parse().unwrap()
    }

    #[test]
    fn sets_are_read_and_written() {
        let both = set("2001:db8::/32, 192.0.2.0/25,192.0.2.128 - 192.0.2.255,10.0.0.1");
        assert_eq!(both.to_string(), "10.0.0.1/32, 192.0.2.0/24, 2001:db8::/32");
        assert_eq!(
            set("10.0.0.0-10.0.1.127").to_string(),
            "10.0.0.0/24, 10.0.1.0/25"
        );
        assert_eq!(set("10.0.0.1-10.0.0.6").to_string(), "10.0.0.1-10.0.0.6");
        let json = serde_json::to_string(&both).unwrap();
        assert_eq!(json, r#"["10.0.0.1/32","192.0.2.0/24","2001:db8::/32"]"#);
        assert_eq!(serde_json::from_str::<AddressSet>(&json).unwrap(), both);
        assert_eq!(set(""), AddressSet::new());
        assert!("192.0.2.0/24,,10.0.0.0/8".parse::<AddressSet>().is_err());
        assert!(serde_json::from_str::<AddressSet>(r#"["192.0.2.1/24"]"#).is_err());
    }

    #[test]
    fn everything_can_be_held_and_taken_away() {
        let all = set("0.0.0.0/0, ::/0");
        assert_eq!(
            (all.count_ipv4(), all.count_ipv6(), all.count()),
            (1 << 32, u128::MAX, u128::MAX)
        );
        assert_eq!(all.prefixes().count(), 2);
        assert!(all.minus(&all).is_empty());
        let rest = all.minus(&set("0.0.0.0, 255.255.255.255, ::"));
        assert_eq!(rest.ipv4().to_string(), "0.0.0.1-255.255.255.254");
        assert!(!rest.contains(IpAddr::V6(Ipv6Addr::UNSPECIFIED)));
    }

    #[test]
    fn families_do_not_mix() {
        let mapped = set("::ffff:192.0.2.0/120");
        assert!(!mapped.overlaps(&set("192.0.2.0/24")));
        assert_eq!(mapped.ipv4(), AddressSet::new());
    }

    #[test]
    fn a_tiling_names_what_does_not_fit() {
        let whole = set("10.0.0.0/8");
        let parts = [
            set("10.0.0.0/9"),
            set("10.128.0.0/10"),
            set("10.128.0.0/16"),
            set("11.0.0.0/24"),
        ];
        let tiling = whole.tiling(&parts);
        assert_eq!(tiling.gaps.to_string(), "10.192.0.0/10");
        assert_eq!(tiling.overlaps.to_string(), "10.128.0.0/16");
        assert_eq!(tiling.beyond.to_string(), "11.0.0.0/24");
        assert!(!tiling.is_exact());
        assert!(
            whole
                .tiling(&[set("10.0.0.0/9"), set("10.128.0.0/9")])
                .is_exact()
        );
    }

    #[test]
    fn hundreds_of_thousands_of_ranges_are_one_sweep() {
        let odd = |skip: u32| -> AddressSet {
            (0..300_000_u32)
                .rev()
                .map(|n| AddressRange::v4(n * 8 + skip, n * 8 + skip + 3))
                .collect()
        };
        let (a, b) = (odd(0), odd(4));
        assert_eq!((a.range_count(), a.union(&b).range_count()), (300_000, 1));
        assert!(a.intersect(&b).is_empty() && a.minus(&b) == a && !a.overlaps(&b));
        assert_eq!(a.symmetric_difference(&b).count_ipv4(), 2_400_000);
        assert!(a.union(&b).tiling([&a, &b]).is_exact());
    }

    /// Ranges near both ends of the number space and in between, as a naive set of octets.
    fn any_ranges() -> impl Strategy<Value = Vec<(u8, u8)>> {
        prop::collection::vec((any::<u8>(), 0_u8..40), 0..12).prop_map(|v| {
            v.into_iter()
                .map(|(a, n)| (a, a.saturating_add(n)))
                .collect()
        })
    }

    fn model(ranges: &[(u8, u8)]) -> BTreeSet<u8> {
        ranges.iter().flat_map(|(a, b)| *a..=*b).collect()
    }

    /// The model's octets stand for the lowest and the highest addresses of each family.
    fn lift(octet: u8) -> [AddressRange; 2] {
        let v4 = if octet < 128 {
            u32::from(octet)
        } else {
            u32::MAX - u32::from(255 - octet)
        };
        let v6 = if octet < 128 {
            u128::from(octet)
        } else {
            u128::MAX - u128::from(255 - octet)
        };
        [AddressRange::v4(v4, v4), AddressRange::v6(v6, v6)]
    }

    fn lifted(model: &BTreeSet<u8>) -> AddressSet {
        model.iter().flat_map(|o| lift(*o)).collect()
    }

    proptest! {
        #[test]
        fn the_algebra_is_that_of_sets(a in any_ranges(), b in any_ranges()) {
            let (x, y) = (model(&a), model(&b));
            let (s, t) = (lifted(&x), lifted(&y));
            prop_assert_eq!(s.union(&t), lifted(&x.union(&y).copied().collect()));
            prop_assert_eq!(s.intersect(&t), lifted(&x.intersection(&y).copied().collect()));
            prop_assert_eq!(s.minus(&t), lifted(&x.difference(&y).copied().collect()));
            prop_assert_eq!(s.symmetric_difference(&t), lifted(&x.symmetric_difference(&y).copied().collect()));
            prop_assert_eq!(s.covers(&t), y.is_subset(&x));
            prop_assert_eq!(s.overlaps(&t), !x.is_disjoint(&y));
            prop_assert_eq!(s.count_ipv4(), u64::try_from(x.len()).unwrap());
            prop_assert_eq!(s.count_ipv6(), u128::try_from(x.len()).unwrap());
            prop_assert_eq!(s.is_empty(), x.is_empty());
            let tiling = s.tiling([&t, &t.intersect(&s)]);
            prop_assert_eq!(tiling.gaps, s.minus(&t));
            prop_assert_eq!(tiling.overlaps, t.intersect(&s));
            prop_assert_eq!(tiling.beyond, t.minus(&s));
        }

        #[test]
        fn prefixes_are_few_and_make_up_the_set(a in any_ranges()) {
            let s = lifted(&model(&a));
            let prefixes: Vec<Prefix> = s.prefixes().collect();
            prop_assert_eq!(&prefixes.iter().copied().collect::<AddressSet>(), &s);
            // Two halves of one prefix next to each other would not be the fewest.
            for pair in prefixes.windows(2) {
                prop_assert!(pair[0].parent() != pair[1].parent() || pair[0].length() != pair[1].length());
            }
        }

        #[test]
        fn what_is_written_reads_back(a in any_ranges()) {
            let s = lifted(&model(&a));
            prop_assert_eq!(&s.to_string().parse::<AddressSet>().unwrap(), &s);
            prop_assert_eq!(&serde_json::from_value::<AddressSet>(serde_json::to_value(&s).unwrap()).unwrap(), &s);
        }

        #[test]
        fn reverse_names_make_up_their_prefix(bits in any::<u32>(), wide in any::<u128>(), short in 0_u8..=32, long in 0_u8..=128) {
            for (address, length) in [(IpAddr::V4(Ipv4Addr::from_bits(bits)), short), (IpAddr::V6(Ipv6Addr::from_bits(wide)), long)] {
                let prefix = Prefix::containing(address, length).unwrap();
                let names = prefix.reverse_names();
                let set: AddressSet = names.iter().map(|n| Prefix::of_reverse_name(n).unwrap()).collect();
                prop_assert_eq!(set, AddressSet::from(prefix));
            }
        }

        #[test]
        fn no_text_panics(text in "[0-9a-f:./, \\-AS]{0,40}") {
            let parsed = (text.parse::<AddressSet>(), text.parse::<super::super::AsnSet>());
            prop_assert!(parsed.0.is_ok() || parsed.0.is_err());
            drop(AddressRange::of_reverse_name(&format!("{text}.ip6.arpa")));
            drop(AddressRange::of_reverse_name(&format!("{text}.in-addr.arpa")));
        }
    }
}
