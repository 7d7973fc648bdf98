//! AS numbers and sets of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ranges::Ranges;
use super::{ResourceError, Tiling, as_text, shown};

/// An AS number of 32 bits, written `AS64500`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asn(pub u32);

impl fmt::Display for Asn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("AS{}", self.0))
    }
}

impl FromStr for Asn {
    type Err = ResourceError;

    /// Reads `AS64500` in any case, or `64500`.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Asn`] for anything else, the form `1.10` of RFC 5396 included.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || ResourceError::Asn(shown(text));
        let (head, rest) = text.split_at_checked(2).unwrap_or(("", text));
        let digits = if head.eq_ignore_ascii_case("as") {
            rest
        } else {
            text
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(refuse());
        }
        digits.parse().map(Self).map_err(|_| refuse())
    }
}

as_text!(Asn);

/// A set of AS numbers.
///
/// Written as a list of numbers and ranges, `AS64496-AS64511, AS65551`; in JSON a list of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AsnSet(Ranges<u32>);

impl AsnSet {
    /// Returns the empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the numbers from `first` to `last`, both included; nothing if they are swapped.
    pub fn range(first: Asn, last: Asn) -> Self {
        Self(Ranges::one(first.0, last.0))
    }

    /// Iterates over the ranges in ascending order, ends included.
    pub fn ranges(&self) -> impl DoubleEndedIterator<Item = (Asn, Asn)> + ExactSizeIterator + '_ {
        self.0.iter().map(|(a, b)| (Asn(a), Asn(b)))
    }

    /// Says whether there are no numbers.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many numbers there are.
    pub fn count(&self) -> u64 {
        u64::try_from(self.0.count()).unwrap_or(u64::MAX)
    }

    /// Says whether a number is one of them.
    pub fn contains(&self, asn: Asn) -> bool {
        self.0.contains_range(asn.0, asn.0)
    }

    /// Says whether all numbers of `other` are here; those of the empty set always are.
    pub fn covers(&self, other: &Self) -> bool {
        self.0.covers(&other.0)
    }

    /// Says whether both have a number in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.overlaps(&other.0)
    }

    /// Returns the numbers of either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0))
    }

    /// Returns the numbers of both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self(self.0.intersect(&other.0))
    }

    /// Returns the numbers that are not in `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self(self.0.minus(&other.0))
    }

    /// Returns the numbers of exactly one of both.
    #[must_use]
    pub fn symmetric_difference(&self, other: &Self) -> Self {
        self.minus(other).union(&other.minus(self))
    }

    /// Returns how parts lie on this set: what is missing, twice, or beyond it.
    pub fn tiling<'a>(&self, parts: impl IntoIterator<Item = &'a Self>) -> Tiling<Self> {
        let parts: Vec<(u32, u32)> = parts.into_iter().flat_map(|p| p.0.iter()).collect();
        let all = Self(parts.iter().copied().collect());
        Tiling {
            gaps: self.minus(&all),
            overlaps: Self(Ranges::repeated(parts)),
            beyond: all.minus(self),
        }
    }
}

impl From<Asn> for AsnSet {
    fn from(asn: Asn) -> Self {
        Self::range(asn, asn)
    }
}

impl FromIterator<Asn> for AsnSet {
    fn from_iter<I: IntoIterator<Item = Asn>>(iter: I) -> Self {
        Self(iter.into_iter().map(|a| (a.0, a.0)).collect())
    }
}

impl FromIterator<(Asn, Asn)> for AsnSet {
    fn from_iter<I: IntoIterator<Item = (Asn, Asn)>>(iter: I) -> Self {
        Self(iter.into_iter().map(|(a, b)| (a.0, b.0)).collect())
    }
}

impl FromIterator<Self> for AsnSet {
    fn from_iter<I: IntoIterator<Item = Self>>(iter: I) -> Self {
        let all: Vec<Self> = iter.into_iter().collect();
        Self(all.iter().flat_map(|s| s.0.iter()).collect())
    }
}

/// Reads `AS64500` or `AS64496-AS64511`.
fn range(text: &str) -> Result<(Asn, Asn), ResourceError> {
    match text.split_once('-') {
        None => {
            let asn: Asn = text.parse()?;
            Ok((asn, asn))
        }
        Some((first, last)) => {
            let (first, last): (Asn, Asn) = (first.trim().parse()?, last.trim().parse()?);
            if first > last {
                return Err(ResourceError::Range(shown(text)));
            }
            Ok((first, last))
        }
    }
}

impl FromStr for AsnSet {
    type Err = ResourceError;

    /// Reads a list of numbers and ranges separated by commas; an empty text is the empty set.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Asn`] or [`ResourceError::Range`] for the first item that is neither.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        text.split(',').map(|item| range(item.trim())).collect()
    }
}

fn written((first, last): (Asn, Asn)) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    }
}

impl fmt::Display for AsnSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, range) in self.ranges().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{}", written(range))?;
        }
        Ok(())
    }
}

impl Serialize for AsnSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.ranges().map(written))
    }
}

impl<'de> Deserialize<'de> for AsnSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<String>::deserialize(deserializer)?;
        let ranges = items.iter().map(|item| range(item));
        ranges
            .collect::<Result<_, _>>()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_with_and_without_letters() {
        for text in ["AS64500", "as64500", "64500"] {
            assert_eq!(text.parse(), Ok(Asn(64500)));
        }
        assert_eq!(Asn(4_200_000_000).to_string(), "AS4200000000");
        for text in [
            "",
            "AS",
            "AS-1",
            "+5",
            "1.10",
            "AS4294967296",
            "ASé",
            "é",
            "AS 5",
        ] {
            let error = text.parse::<Asn>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("`{text}` is not an AS number; expected `AS64500` or `64500`")
            );
        }
    }

    #[test]
    fn sets_are_read_and_written() {
        let set: AsnSet = "AS64500, 64502-64510,AS64501".parse().unwrap();
        assert_eq!(set.to_string(), "AS64500-AS64510");
        assert_eq!(
            (set.count(), set.contains(Asn(64505)), set.contains(Asn(1))),
            (11, true, false)
        );
        assert_eq!(
            serde_json::to_string(&set).unwrap(),
            r#"["AS64500-AS64510"]"#
        );
        assert_eq!(
            serde_json::from_str::<AsnSet>(r#"["AS64500-AS64510"]"#).unwrap(),
            set
        );
        assert!("5-4".parse::<AsnSet>().is_err());
        assert!(" ".parse::<AsnSet>().unwrap().is_empty());
        let all = AsnSet::range(Asn(0), Asn(u32::MAX));
        assert_eq!(all.count(), 1 << 32);
        assert_eq!(all.minus(&set).minus(&all), AsnSet::new());
        assert_eq!(all.symmetric_difference(&set), all.minus(&set));
    }

    /// Octets stand for the lowest and the highest numbers.
    fn lift(octets: &BTreeSet<u8>) -> AsnSet {
        let lifted = octets.iter().map(|octet| match *octet {
            low @ ..128 => Asn(u32::from(low)),
            high => Asn(u32::MAX - u32::from(255 - high)),
        });
        lifted.collect()
    }

    fn any_octets() -> impl Strategy<Value = BTreeSet<u8>> {
        let range = (any::<u8>(), 0_u8..40).prop_map(|(a, n)| a..=a.saturating_add(n));
        prop::collection::vec(range, 0..12).prop_map(|v| v.into_iter().flatten().collect())
    }

    proptest! {
        #[test]
        fn the_algebra_is_that_of_sets(x in any_octets(), y in any_octets()) {
            let (s, t) = (lift(&x), lift(&y));
            prop_assert_eq!(s.union(&t), lift(&(&x | &y)));
            prop_assert_eq!(s.intersect(&t), lift(&(&x & &y)));
            prop_assert_eq!(s.minus(&t), lift(&(&x - &y)));
            prop_assert_eq!(s.symmetric_difference(&t), lift(&(&x ^ &y)));
            prop_assert_eq!(s.covers(&t), y.is_subset(&x));
            prop_assert_eq!(s.overlaps(&t), !x.is_disjoint(&y));
            prop_assert_eq!(s.count(), u64::try_from(x.len()).unwrap());
            prop_assert_eq!(&s.to_string().parse::<AsnSet>().unwrap(), &s);
            let tiling = s.tiling([&t, &t.intersect(&s)]);
            prop_assert_eq!(tiling.is_exact(), x == y && x.is_empty());
            prop_assert_eq!(tiling.gaps, s.minus(&t));
            prop_assert_eq!(tiling.overlaps, t.intersect(&s));
            prop_assert_eq!(tiling.beyond, t.minus(&s));
            prop_assert!(s.tiling([&s.minus(&t), &s.intersect(&t)]).is_exact());
        }
    }
}
