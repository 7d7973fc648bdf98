//! Prefixes and ranges of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::ranges::{Point as _, blocks};
use super::{ResourceError, as_text, shown};

/// A prefix of either family; bits behind its length are zero.
///
/// IPv4 comes before IPv6, then the order is by address, then the shorter first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix {
    address: IpAddr,
    length: u8,
}

/// Returns the longest prefix length of an address's family.
const fn longest(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

impl Prefix {
    /// Returns the prefix with a network address and a length.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Length`] or [`ResourceError::HostBits`].
    pub fn new(address: IpAddr, length: u8) -> Result<Self, ResourceError> {
        let network = Self::containing(address, length)?;
        if network.address == address {
            Ok(network)
        } else {
            let given = format!("{address}/{length}");
            Err(ResourceError::HostBits { given, network })
        }
    }

    /// Returns the prefix of a length that holds an address.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Length`].
    pub fn containing(address: IpAddr, length: u8) -> Result<Self, ResourceError> {
        let longest = longest(address);
        if length > longest {
            let given = format!("{address}/{length}");
            return Err(ResourceError::Length { given, longest });
        }
        let host = u32::from(longest - length);
        let address = match address {
            IpAddr::V4(v4) => {
                let hosts = 1_u32.checked_shl(host).map_or(u32::MAX, |b| b - 1);
                IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & !hosts))
            }
            IpAddr::V6(v6) => {
                let hosts = 1_u128.checked_shl(host).map_or(u128::MAX, |b| b - 1);
                IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !hosts))
            }
        };
        Ok(Self { address, length })
    }

    pub(super) fn of_block_v4((first, bits): (u32, u32)) -> Self {
        let length = 32 - u8::try_from(bits.min(32)).unwrap_or(32);
        let address = IpAddr::V4(Ipv4Addr::from_bits(first));
        Self { address, length }
    }

    pub(super) fn of_block_v6((first, bits): (u128, u32)) -> Self {
        let length = 128 - u8::try_from(bits.min(128)).unwrap_or(128);
        let address = IpAddr::V6(Ipv6Addr::from_bits(first));
        Self { address, length }
    }

    /// Returns the first address.
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// Returns the length in bits.
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// Says whether it is an IPv4 prefix.
    pub const fn is_ipv4(&self) -> bool {
        self.address.is_ipv4()
    }

    /// Returns the addresses from the first to the last.
    pub fn range(&self) -> AddressRange {
        let host = u32::from(longest(self.address).saturating_sub(self.length));
        match self.address {
            IpAddr::V4(v4) => {
                let hosts = 1_u32.checked_shl(host).map_or(u32::MAX, |b| b - 1);
                AddressRange::v4(v4.to_bits(), v4.to_bits() | hosts)
            }
            IpAddr::V6(v6) => {
                let hosts = 1_u128.checked_shl(host).map_or(u128::MAX, |b| b - 1);
                AddressRange::v6(v6.to_bits(), v6.to_bits() | hosts)
            }
        }
    }

    /// Says whether all addresses of `other` are in this prefix.
    pub fn covers(&self, other: &Self) -> bool {
        self.range().covers(&other.range())
    }

    /// Returns the prefix one bit shorter; `None` for a length of zero.
    pub fn parent(&self) -> Option<Self> {
        Self::containing(self.address, self.length.checked_sub(1)?).ok()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.address, self.length))
    }
}

impl FromStr for Prefix {
    type Err = ResourceError;

    /// Reads `192.0.2.0/24` or `2001:db8::/32`.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Prefix`], [`ResourceError::Length`] or [`ResourceError::HostBits`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || ResourceError::Prefix(shown(text));
        let (address, length) = text.split_once('/').ok_or_else(refuse)?;
        let address: IpAddr = address.parse().map_err(|_| refuse())?;
        let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
        if !digits || length.len() > 1 && length.starts_with('0') {
            return Err(refuse());
        }
        match length.parse() {
            Ok(length) => Self::new(address, length),
            Err(_) => Err(ResourceError::Length {
                given: shown(text),
                longest: longest(address),
            }),
        }
    }
}

as_text!(Prefix);

/// A range of addresses of one family, ends included and in order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressRange(Ends);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Ends {
    V4(u32, u32),
    V6(u128, u128),
}

impl AddressRange {
    pub(super) const fn v4(first: u32, last: u32) -> Self {
        Self(Ends::V4(first, last))
    }

    pub(super) const fn v6(first: u128, last: u128) -> Self {
        Self(Ends::V6(first, last))
    }
}

impl AddressRange {
    /// Returns the range from `first` to `last`.
    ///
    /// # Errors
    ///
    /// [`ResourceError::Range`] if they are of different families or in the wrong order.
    pub fn new(first: IpAddr, last: IpAddr) -> Result<Self, ResourceError> {
        match (first, last) {
            (IpAddr::V4(a), IpAddr::V4(b)) if a <= b => Ok(Self::v4(a.to_bits(), b.to_bits())),
            (IpAddr::V6(a), IpAddr::V6(b)) if a <= b => Ok(Self::v6(a.to_bits(), b.to_bits())),
            _ => Err(ResourceError::Range(format!("{first}-{last}"))),
        }
    }

    pub(super) const fn ends(self) -> Ends {
        self.0
    }

    /// Returns the first address.
    pub const fn first(&self) -> IpAddr {
        match self.0 {
            Ends::V4(first, _) => IpAddr::V4(Ipv4Addr::from_bits(first)),
            Ends::V6(first, _) => IpAddr::V6(Ipv6Addr::from_bits(first)),
        }
    }

    /// Returns the last address.
    pub const fn last(&self) -> IpAddr {
        match self.0 {
            Ends::V4(_, last) => IpAddr::V4(Ipv4Addr::from_bits(last)),
            Ends::V6(_, last) => IpAddr::V6(Ipv6Addr::from_bits(last)),
        }
    }

    /// Says whether it is a range of IPv4 addresses.
    pub const fn is_ipv4(&self) -> bool {
        matches!(self.0, Ends::V4(..))
    }

    /// Says whether all addresses of `other` are in this range.
    pub const fn covers(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (Ends::V4(a, b), Ends::V4(c, d)) => a <= c && d <= b,
            (Ends::V6(a, b), Ends::V6(c, d)) => a <= c && d <= b,
            (Ends::V4(..), Ends::V6(..)) | (Ends::V6(..), Ends::V4(..)) => false,
        }
    }

    /// Returns how many addresses there are; one less than all of `::/0`.
    pub fn count(&self) -> u128 {
        match self.0 {
            Ends::V4(first, last) => first.count_to(last),
            Ends::V6(first, last) => first.count_to(last),
        }
    }

    /// Returns the fewest prefixes that make up the range, in order; at most 254.
    pub fn prefixes(&self) -> Vec<Prefix> {
        match self.0 {
            Ends::V4(first, last) => blocks(first, last).map(Prefix::of_block_v4).collect(),
            Ends::V6(first, last) => blocks(first, last).map(Prefix::of_block_v6).collect(),
        }
    }

    /// Returns the one prefix that is the range; `None` if it is not one.
    pub fn prefix(&self) -> Option<Prefix> {
        match self.prefixes().as_slice() {
            [prefix] => Some(*prefix),
            _ => None,
        }
    }

    /// Returns the longest single prefix that holds the whole range.
    pub fn hull(&self) -> Prefix {
        match self.0 {
            Ends::V4(first, last) => {
                let bits = 32 - (first ^ last).leading_zeros();
                let low = 1_u32.checked_shl(bits).map_or(u32::MAX, |b| b - 1);
                Prefix::of_block_v4((first & !low, bits))
            }
            Ends::V6(first, last) => {
                let bits = 128 - (first ^ last).leading_zeros();
                let low = 1_u128.checked_shl(bits).map_or(u128::MAX, |b| b - 1);
                Prefix::of_block_v6((first & !low, bits))
            }
        }
    }
}

impl From<Prefix> for AddressRange {
    fn from(prefix: Prefix) -> Self {
        prefix.range()
    }
}

impl From<IpAddr> for AddressRange {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::v4(v4.to_bits(), v4.to_bits()),
            IpAddr::V6(v6) => Self::v6(v6.to_bits(), v6.to_bits()),
        }
    }
}

impl fmt::Display for AddressRange {
    /// Writes the prefix if it is one, else `first-last`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix() {
            Some(prefix) => prefix.fmt(f),
            None => f.pad(&format!("{}-{}", self.first(), self.last())),
        }
    }
}

impl fmt::Debug for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AddressRange({self})")
    }
}

impl FromStr for AddressRange {
    type Err = ResourceError;

    /// Reads a prefix, one address, or `192.0.2.0 - 192.0.2.255` with or without spaces.
    ///
    /// # Errors
    ///
    /// Any of [`ResourceError`] but those of AS numbers.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let address = |text: &str| -> Result<IpAddr, ResourceError> {
            text.trim()
                .parse()
                .map_err(|_| ResourceError::Address(shown(text.trim())))
        };
        if text.contains('/') {
            text.parse::<Prefix>().map(Self::from)
        } else if let Some((first, last)) = text.split_once('-') {
            Self::new(address(first)?, address(last)?)
        } else {
            address(text).map(Self::from)
        }
    }
}

as_text!(AddressRange);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        assert_eq!(text.parse::<Prefix>().unwrap_err().to_string(), expected);
    }

    #[test]
    fn prefixes_are_read_strictly() {
        for text in [
            "192.0.2.0/24",
            "0.0.0.0/0",
            "2001:db8::/32",
            "::/0",
            "::1/128",
            "192.0.2.1/32",
        ] {
            assert_eq!(text.parse::<Prefix>().unwrap().to_string(), text);
        }
        refused(
            "192.0.2.1/24",
            "`192.0.2.1/24` has bits set behind its length; expected `192.0.2.0/24`",
        );
        refused(
            "2001:db8::1/32",
            "`2001:db8::1/32` has bits set behind its length; expected `2001:db8::/32`",
        );
        refused(
            "192.0.2.0/33",
            "prefix length of `192.0.2.0/33` is beyond 32",
        );
        refused(
            "2001:db8::/129",
            "prefix length of `2001:db8::/129` is beyond 128",
        );
        refused(
            "192.0.2.0/999",
            "prefix length of `192.0.2.0/999` is beyond 32",
        );
        for text in [
            "192.0.2.0",
            "192.0.2/24",
            "010.0.0.0/8",
            "192.0.2.0/",
            "192.0.2.0/+8",
            "192.0.2.0/08",
            "fe80::%1/64",
            "",
        ] {
            refused(
                text,
                &format!("`{text}` is not a prefix; expected `192.0.2.0/24` or `2001:db8::/32`"),
            );
        }
    }

    #[test]
    fn addresses_are_written_as_rfc_5952_says() {
        for (given, expected) in [
            ("2001:0DB8:0:0:1:0:0:1/128", "2001:db8::1:0:0:1/128"),
            ("2001:db8:0:1:1:1:1:1/128", "2001:db8:0:1:1:1:1:1/128"),
            ("::ffff:192.0.2.0/120", "::ffff:192.0.2.0/120"),
            ("::FFFF:c000:0200/120", "::ffff:192.0.2.0/120"),
        ] {
            assert_eq!(given.parse::<Prefix>().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn ranges_are_prefixes_where_they_can_be() {
        let range = |text: &str| text.parse::<AddressRange>().unwrap();
        assert_eq!(range("192.0.2.0 - 192.0.2.255").to_string(), "192.0.2.0/24");
        assert_eq!(
            range("192.0.2.0-192.0.3.0").to_string(),
            "192.0.2.0-192.0.3.0"
        );
        assert_eq!(range("192.0.2.1").to_string(), "192.0.2.1/32");
        assert_eq!(
            range("0.0.0.0-255.255.255.255").prefix(),
            "0.0.0.0/0".parse().ok()
        );
        assert_eq!(
            range("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").prefix(),
            "::/0".parse().ok()
        );
        assert_eq!(
            range("192.0.2.1-192.0.2.6").hull().to_string(),
            "192.0.2.0/29"
        );
        assert_eq!(
            range("0.0.0.0-255.255.255.255").hull().to_string(),
            "0.0.0.0/0"
        );
        let worst = range("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
        assert_eq!(worst.prefixes().len(), 254);
        for text in ["192.0.2.9-192.0.2.1", "192.0.2.1-::1"] {
            assert!(matches!(
                text.parse::<AddressRange>(),
                Err(ResourceError::Range(_))
            ));
        }
    }

    #[test]
    fn parents_end_at_nothing() {
        let mut prefix: Prefix = "192.0.2.255/32".parse().unwrap();
        let mut steps = 0;
        while let Some(parent) = prefix.parent() {
            assert!(parent.covers(&prefix) && !prefix.covers(&parent));
            prefix = parent;
            steps += 1;
        }
        assert_eq!((steps, prefix.to_string().as_str()), (32, "0.0.0.0/0"));
    }
}
