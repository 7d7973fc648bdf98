//! Addresses and AS numbers together.

use std::fmt;

use super::{AddressSet, AsnSet};

/// Addresses and AS numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resources {
    /// The addresses of both families.
    pub addresses: AddressSet,
    /// The AS numbers.
    pub asns: AsnSet,
}

impl Resources {
    /// Reads resources out of texts, several in one being separated by commas; what is neither
    /// addresses nor AS numbers is left out.
    pub fn lenient<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut addresses = Vec::new();
        let mut asns = Vec::new();
        for item in texts.into_iter().flat_map(|text| text.split(',')) {
            if let Ok(some) = item.trim().parse::<AddressSet>() {
                addresses.push(some);
            } else if let Ok(some) = item.trim().parse::<AsnSet>() {
                asns.push(some);
            }
        }
        Self {
            addresses: addresses.into_iter().collect(),
            asns: asns.into_iter().collect(),
        }
    }

    /// Says whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.asns.is_empty()
    }

    /// Says whether all of `other` is here.
    pub fn covers(&self, other: &Self) -> bool {
        self.addresses.covers(&other.addresses) && self.asns.covers(&other.asns)
    }

    /// Says whether both have something in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.addresses.overlaps(&other.addresses) || self.asns.overlaps(&other.asns)
    }

    /// Returns what is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            addresses: self.addresses.union(&other.addresses),
            asns: self.asns.union(&other.asns),
        }
    }

    /// Returns what is in both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self {
            addresses: self.addresses.intersect(&other.addresses),
            asns: self.asns.intersect(&other.asns),
        }
    }

    /// Returns what is not in `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self {
            addresses: self.addresses.minus(&other.addresses),
            asns: self.asns.minus(&other.asns),
        }
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = if self.addresses.is_empty() || self.asns.is_empty() {
            ""
        } else {
            ", "
        };
        write!(f, "{}{between}{}", self.addresses, self.asns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_leniently() {
        let seen =
            Resources::lenient(["192.0.2.0/24, AS64500", "nothing,,2001:db8::/32", "as64501"]);
        assert_eq!(
            seen.to_string(),
            "192.0.2.0/24, 2001:db8::/32, AS64500-AS64501"
        );
        assert!(Resources::lenient(["", "nobody"]).is_empty());
    }
}
