//! Which registry a file is.

use std::fmt;

/// One of IANA's number registries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// IPv4 addresses by blocks of eight bits.
    Ipv4,
    /// What is special of IPv4 addresses.
    Ipv4Special,
    /// IPv4 addresses that came back to IANA.
    Ipv4Recovered,
    /// What was allocated of those.
    Ipv4Reallocated,
    /// IPv6 addresses as a whole.
    Ipv6,
    /// IPv6 addresses that registries were allocated.
    Ipv6Unicast,
    /// What is special of IPv6 addresses.
    Ipv6Special,
    /// AS numbers.
    Asns,
    /// What is special of AS numbers.
    AsnsSpecial,
}

impl Kind {
    /// All of them, in the order in which a later one speaks of parts of an earlier one.
    pub const ALL: &'static [Self] = &[
        Self::Ipv4,
        Self::Ipv4Recovered,
        Self::Ipv4Reallocated,
        Self::Ipv4Special,
        Self::Ipv6,
        Self::Ipv6Unicast,
        Self::Ipv6Special,
        Self::Asns,
        Self::AsnsSpecial,
    ];

    /// Returns IANA's name of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4-address-space",
            Self::Ipv4Special => "iana-ipv4-special-registry",
            Self::Ipv4Recovered => "ipv4-recovered-address-space-1",
            Self::Ipv4Reallocated => "ipv4-recovered-address-space-2",
            Self::Ipv6 => "ipv6-address-space",
            Self::Ipv6Unicast => "ipv6-unicast-address-assignments",
            Self::Ipv6Special => "iana-ipv6-special-registry",
            Self::Asns => "as-numbers",
            Self::AsnsSpecial => "iana-as-numbers-special-registry",
        }
    }

    /// Returns the registry with an id of an XML file; `None` for another one.
    pub(super) fn of_id(id: &str) -> Option<Self> {
        let exact = Self::ALL.iter().find(|kind| kind.as_str() == id);
        exact.copied().or_else(|| {
            // `as-numbers-1` is a part of `as-numbers`.
            let (stem, number) = id.rsplit_once('-')?;
            let is_part = !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit());
            Self::ALL
                .iter()
                .find(|kind| is_part && kind.as_str() == stem)
                .copied()
        })
    }

    /// Says whether its entries say whose the numbers are, and not only what is special of them.
    pub const fn delegates(self) -> bool {
        match self {
            Self::Ipv4 | Self::Ipv4Reallocated | Self::Ipv6Unicast | Self::Asns => true,
            Self::Ipv4Special
            | Self::Ipv4Recovered
            | Self::Ipv6
            | Self::Ipv6Special
            | Self::AsnsSpecial => false,
        }
    }

    /// Says whether it is about what is special.
    pub const fn is_special(self) -> bool {
        matches!(
            self,
            Self::Ipv4Special | Self::Ipv6Special | Self::AsnsSpecial
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_known_by_their_number() {
        assert_eq!(Kind::of_id("as-numbers-2"), Some(Kind::Asns));
        assert_eq!(Kind::of_id("ipv6-address-space-1"), Some(Kind::Ipv6));
        let recovered = Kind::of_id("ipv4-recovered-address-space-2");
        assert_eq!(recovered, Some(Kind::Ipv4Reallocated));
        for id in [
            "",
            "as-numbers-",
            "port-numbers",
            "ipv4-recovered-address-space",
        ] {
            assert_eq!(Kind::of_id(id), None, "{id}");
        }
    }
}
