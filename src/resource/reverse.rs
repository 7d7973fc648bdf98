//! Reverse DNS names: which name stands for which addresses.
//!
//! Source: RFC 1035, section 3.5; RFC 3596, section 2.5; RFC 2317 for names that
//! stand for less than an octet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{AddressRange, Prefix, ResourceError, shown};

impl Prefix {
    /// Returns the reverse name, such as `2.0.192.in-addr.arpa`, without a final dot.
    ///
    /// `None` if the length is not a whole number of octets (IPv4) or nibbles (IPv6):
    /// then no single name stands for the prefix, see [`Prefix::reverse_names`].
    pub fn reverse_name(&self) -> Option<String> {
        let length = usize::from(self.length());
        let (labels, zone): (Vec<String>, _) = match self.address() {
            IpAddr::V4(v4) if length.is_multiple_of(8) => {
                let octets = v4.octets().into_iter().take(length / 8);
                (octets.map(|o| o.to_string()).collect(), V4)
            }
            IpAddr::V6(v6) if length.is_multiple_of(4) => {
                let nibbles = v6.octets().into_iter().flat_map(|o| [o >> 4, o & 15]);
                (
                    nibbles.take(length / 4).map(|n| format!("{n:x}")).collect(),
                    V6,
                )
            }
            IpAddr::V4(_) | IpAddr::V6(_) => return None,
        };
        let mut name: String = labels
            .iter()
            .rev()
            .flat_map(|l| [l.as_str(), "."])
            .collect();
        name.push_str(zone);
        Some(name)
    }

    /// Returns the reverse names of the fewest whole octets or nibbles that make up the
    /// prefix, in the order of addresses; at most 128.
    pub fn reverse_names(&self) -> Vec<String> {
        let step = if self.is_ipv4() { 8 } else { 4 };
        let length = self.length().next_multiple_of(step);
        let count = 1_u128 << (length - self.length());
        let names = (0..count).filter_map(|n| {
            let address = match self.address() {
                IpAddr::V4(v4) => {
                    let skip = u32::try_from(n).ok()?;
                    let skip = skip.checked_shl(u32::from(32 - length)).unwrap_or(0);
                    IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() | skip))
                }
                IpAddr::V6(v6) => {
                    let skip = n.checked_shl(u32::from(128 - length)).unwrap_or(0);
                    IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() | skip))
                }
            };
            Self::containing(address, length).ok()?.reverse_name()
        });
        names.collect()
    }

    /// Reads a reverse name of whole octets or nibbles, in any case, with or without a final dot.
    ///
    /// # Errors
    ///
    /// [`ResourceError::ReverseName`], also for names of RFC 2317, which [`AddressRange::of_reverse_name`] reads.
    pub fn of_reverse_name(name: &str) -> Result<Self, ResourceError> {
        let refuse = || ResourceError::ReverseName(shown(name));
        let first = name.split('.').next().unwrap_or_default();
        if first.contains(['/', '-']) && !first.eq_ignore_ascii_case("in-addr") {
            return Err(refuse());
        }
        AddressRange::of_reverse_name(name)?
            .prefix()
            .ok_or_else(refuse)
    }
}

const V4: &str = "in-addr.arpa";
const V6: &str = "ip6.arpa";

impl AddressRange {
    /// Returns the addresses that a reverse name stands for.
    ///
    /// The first label may be of RFC 2317: `0/25.2.0.192.in-addr.arpa` or `0-127.2.0.192.in-addr.arpa`.
    ///
    /// # Errors
    ///
    /// [`ResourceError::ReverseName`].
    pub fn of_reverse_name(name: &str) -> Result<Self, ResourceError> {
        let lower = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let labels = |zone: &str| {
            let rest = lower.strip_suffix(zone)?;
            match rest.strip_suffix('.') {
                Some(rest) => Some(rest.rsplit('.').map(str::to_owned).collect::<Vec<_>>()),
                None => rest.is_empty().then(Vec::new),
            }
        };
        let range = if let Some(labels) = labels(V4) {
            v4(&labels)
        } else if let Some(labels) = labels(V6) {
            v6(&labels)
        } else {
            None
        };
        range.ok_or_else(|| ResourceError::ReverseName(shown(name)))
    }
}

/// Reads an octet without leading zeros.
fn octet(label: &str) -> Option<u8> {
    let value: u8 = label.parse().ok()?;
    (value.to_string() == label).then_some(value)
}

fn v4(labels: &[String]) -> Option<AddressRange> {
    let mut octets = [0_u8; 4];
    if labels.len() > 4 {
        return None;
    }
    let last = labels.len().checked_sub(1);
    for (n, label) in labels.iter().enumerate() {
        let slot = octets.get_mut(n)?;
        if n == 3 && Some(n) == last {
            if let Some((first, length)) = label.split_once('/') {
                *slot = octet(first)?;
                let length = octet(length).filter(|l| (25..=32).contains(l))?;
                return Prefix::new(IpAddr::from(octets), length)
                    .ok()
                    .map(Into::into);
            }
            if let Some((first, end)) = label.split_once('-') {
                *slot = octet(first)?;
                let begin = IpAddr::from(octets);
                *octets.get_mut(n)? = octet(end)?;
                return AddressRange::new(begin, IpAddr::from(octets)).ok();
            }
        }
        *octets.get_mut(n)? = octet(label)?;
    }
    let length = u8::try_from(labels.len() * 8).ok()?;
    Prefix::new(IpAddr::from(octets), length)
        .ok()
        .map(Into::into)
}

fn v6(labels: &[String]) -> Option<AddressRange> {
    if labels.len() > 32 {
        return None;
    }
    let mut bits = 0_u128;
    for label in labels {
        let mut characters = label.chars();
        let nibble = characters.next()?.to_digit(16)?;
        if characters.next().is_some() {
            return None;
        }
        bits = bits << 4 | u128::from(nibble);
    }
    let length = u8::try_from(labels.len() * 4).ok()?;
    let bits = bits.checked_shl(u32::from(128 - length)).unwrap_or(0);
    let address = IpAddr::V6(Ipv6Addr::from_bits(bits));
    Prefix::new(address, length).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_prefixes_say_the_same() {
        for (prefix, name) in [
            ("192.0.2.0/24", "2.0.192.in-addr.arpa"),
            ("192.0.2.7/32", "7.2.0.192.in-addr.arpa"),
            ("10.0.0.0/8", "10.in-addr.arpa"),
            ("0.0.0.0/0", "in-addr.arpa"),
            ("2001:db8::/32", "8.b.d.0.1.0.0.2.ip6.arpa"),
            ("::/0", "ip6.arpa"),
        ] {
            let parsed: Prefix = prefix.parse().unwrap();
            assert_eq!(parsed.reverse_name().as_deref(), Some(name));
            assert_eq!(Prefix::of_reverse_name(name), Ok(parsed));
            assert_eq!(
                Prefix::of_reverse_name(&format!("{}.", name.to_uppercase())),
                Ok(parsed)
            );
        }
        let host: Prefix = "2001:db8::1/128".parse().unwrap();
        let name = host.reverse_name().unwrap();
        assert!(name.starts_with("1.0.0.0.") && name.len() == 72, "{name}");
        assert_eq!(Prefix::of_reverse_name(&name), Ok(host));
    }

    #[test]
    fn a_prefix_between_octets_has_several_names() {
        let names = |text: &str| text.parse::<Prefix>().unwrap().reverse_names();
        assert_eq!(
            names("192.0.2.0/23"),
            ["2.0.192.in-addr.arpa", "3.0.192.in-addr.arpa"]
        );
        assert_eq!(names("192.0.2.0/24"), ["2.0.192.in-addr.arpa"]);
        assert_eq!(names("192.0.2.0/25").len(), 128);
        assert_eq!(names("128.0.0.0/1").len(), 128);
        assert_eq!(names("0.0.0.0/0"), ["in-addr.arpa"]);
        assert_eq!(
            names("2001:db8::/31"),
            ["8.b.d.0.1.0.0.2.ip6.arpa", "9.b.d.0.1.0.0.2.ip6.arpa"]
        );
        assert_eq!(names("::/0"), ["ip6.arpa"]);
        assert_eq!(
            "192.0.2.0/23".parse::<Prefix>().unwrap().reverse_name(),
            None
        );
    }

    #[test]
    fn classless_names_are_ranges() {
        let range = |name| AddressRange::of_reverse_name(name).map(|r| r.to_string());
        assert_eq!(
            range("0/25.2.0.192.in-addr.arpa").as_deref(),
            Ok("192.0.2.0/25")
        );
        assert_eq!(
            range("64-70.2.0.192.in-addr.arpa").as_deref(),
            Ok("192.0.2.64-192.0.2.70")
        );
        assert!(Prefix::of_reverse_name("0/25.2.0.192.in-addr.arpa").is_err());
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "",
            ".",
            "example.org",
            "x.in-addr.arpa",
            "256.in-addr.arpa",
            "01.in-addr.arpa",
            "1..in-addr.arpa",
            "1.2.3.4.5.in-addr.arpa",
            "xin-addr.arpa",
            "g.ip6.arpa",
            "10.ip6.arpa",
            "0/24.2.0.192.in-addr.arpa",
            "7-3.2.0.192.in-addr.arpa",
            "0/25.0.192.in-addr.arpa",
            "é.ip6.arpa",
            "+1.in-addr.arpa",
        ] {
            assert!(AddressRange::of_reverse_name(name).is_err(), "{name}");
        }
        assert!(AddressRange::of_reverse_name(&format!("{}ip6.arpa", "0.".repeat(33))).is_err());
    }
}
