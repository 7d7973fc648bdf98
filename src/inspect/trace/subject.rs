//! What is traced: numbers, or who holds some.

use std::fmt;
use std::net::IpAddr;

use crate::resource::{AddressRange, AddressSet, Asn, AsnSet, Prefix, ResourceError, Resources};

/// Longest text that is read as a resource, in octets; the longest range of IPv6 has 79.
const LONGEST: usize = 128;

/// Longest prefixes whose reverse zones are asked for: what is longer is delegated inside of those.
const LONGEST_ZONE: (u8, u8) = (24, 64);

/// What is traced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One address.
    Address(IpAddr),
    /// A prefix.
    Prefix(Prefix),
    /// Addresses that are no prefix.
    Range(AddressRange),
    /// One AS number.
    Asn(Asn),
    /// AS numbers, first and last.
    Asns(Asn, Asn),
    /// A holder, by its handle or by its id in statistics.
    Holder(String),
}

/// Why a text is nothing that can be traced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSubject {
    /// Nothing at all.
    #[error(
        "nothing to trace; expected an address, a prefix, a range, an AS number or a holder's handle"
    )]
    Empty,
    /// More than any resource needs.
    #[error("{octets} octets are too long for a resource; expected at most {LONGEST}")]
    TooLong {
        /// How long it is.
        octets: usize,
    },
    /// Numbers that are wrong.
    #[error(transparent)]
    Numbers(#[from] ResourceError),
    /// Neither numbers nor a handle.
    #[error(
        "`{0}` is neither address, prefix, range, AS number nor a holder's handle; a handle has letters, digits, `-`, `_` and `.`"
    )]
    NoHandle(String),
}

impl Subject {
    /// Reads `192.0.2.1`, `192.0.2.0/24`, `192.0.2.0-192.0.2.9`, `AS64500`, `AS64500-AS64509`, or a handle.
    ///
    /// A range that is a prefix is that prefix, and one of one number is that number.
    ///
    /// # Errors
    ///
    /// [`NoSubject`].
    pub fn read(text: &str) -> Result<Self, NoSubject> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NoSubject::Empty);
        }
        if text.len() > LONGEST {
            return Err(NoSubject::TooLong { octets: text.len() });
        }
        if let Some((first, last)) = asn_ends(text) {
            let (first, last): (Asn, Asn) = (first.trim().parse()?, last.trim().parse()?);
            return match first.cmp(&last) {
                std::cmp::Ordering::Less => Ok(Self::Asns(first, last)),
                std::cmp::Ordering::Equal => Ok(Self::Asn(first)),
                std::cmp::Ordering::Greater => Err(ResourceError::Range(shown(text)).into()),
            };
        }
        if is_of_addresses(text) {
            if text.contains('/') {
                return Ok(Self::Prefix(text.parse()?));
            }
            if let Ok(address) = text.parse::<IpAddr>() {
                return Ok(Self::Address(address));
            }
            let range: AddressRange = text.parse()?;
            return Ok(match range.prefix() {
                Some(_) if range.first() == range.last() => Self::Address(range.first()),
                Some(prefix) => Self::Prefix(prefix),
                None => Self::Range(range),
            });
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_handle =
            text.chars().all(is_plain) && text.contains(|c: char| c.is_ascii_alphanumeric());
        match is_handle {
            true => Ok(Self::Holder(text.to_owned())),
            false => Err(NoSubject::NoHandle(shown(text))),
        }
    }

    /// Returns the word for its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::Prefix(_) => "prefix",
            Self::Range(_) => "range",
            Self::Asn(_) => "asn",
            Self::Asns(..) => "asns",
            Self::Holder(_) => "holder",
        }
    }

    /// Says whether it is of IPv4; no for AS numbers and holders.
    pub const fn is_ipv4(&self) -> bool {
        match self {
            Self::Address(address) => address.is_ipv4(),
            Self::Prefix(prefix) => prefix.is_ipv4(),
            Self::Range(range) => range.is_ipv4(),
            Self::Asn(_) | Self::Asns(..) | Self::Holder(_) => false,
        }
    }

    /// Returns its numbers; none of a holder.
    pub fn resources(&self) -> Resources {
        let addresses = |range: AddressRange| Resources {
            addresses: AddressSet::from(range),
            asns: AsnSet::new(),
        };
        let asns = |first, last| Resources {
            addresses: AddressSet::new(),
            asns: AsnSet::range(first, last),
        };
        match self {
            Self::Address(address) => addresses((*address).into()),
            Self::Prefix(prefix) => addresses(prefix.range()),
            Self::Range(range) => addresses(*range),
            Self::Asn(asn) => asns(*asn, *asn),
            Self::Asns(first, last) => asns(*first, *last),
            Self::Holder(_) => Resources::default(),
        }
    }

    /// Returns the paths that RDAP is asked for: of a range that is no prefix both ends.
    pub fn rdap(&self) -> Vec<String> {
        match self {
            Self::Address(address) => vec![format!("ip/{address}")],
            Self::Prefix(prefix) => vec![format!("ip/{prefix}")],
            Self::Range(range) => vec![
                format!("ip/{}", range.first()),
                format!("ip/{}", range.last()),
            ],
            Self::Asn(asn) => vec![format!("autnum/{}", asn.0)],
            Self::Asns(first, last) => {
                vec![format!("autnum/{}", first.0), format!("autnum/{}", last.0)]
            }
            Self::Holder(handle) => vec![format!("entity/{handle}")],
        }
    }

    /// Returns what whois is asked for: of a prefix its first address, of a range both ends.
    ///
    /// Not every service reads prefixes and ranges, and those that do mean different things by them.
    pub fn whois(&self) -> Vec<String> {
        match self {
            Self::Address(address) => vec![address.to_string()],
            Self::Prefix(prefix) => vec![prefix.address().to_string()],
            Self::Range(range) => vec![range.first().to_string(), range.last().to_string()],
            Self::Asn(asn) => vec![asn.to_string()],
            Self::Asns(first, last) => vec![first.to_string(), last.to_string()],
            Self::Holder(handle) => vec![handle.clone()],
        }
    }

    /// Returns the reverse zone that is asked for: of addresses that lie in several the first; `None` of others.
    pub fn zone(&self) -> Option<String> {
        let first = match self {
            Self::Address(address) => AddressRange::from(*address),
            Self::Prefix(prefix) => prefix.range(),
            Self::Range(range) => *range,
            Self::Asn(_) | Self::Asns(..) | Self::Holder(_) => return None,
        };
        // Of a range that is no prefix the first prefix in it.
        let first = first.prefixes().first().copied()?;
        let (step, longest) = match first.is_ipv4() {
            true => (8, LONGEST_ZONE.0),
            false => (4, LONGEST_ZONE.1),
        };
        let length = first.length().max(1).next_multiple_of(step).min(longest);
        let block = Prefix::containing(first.address(), length).ok()?;
        block.reverse_name()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Prefix(prefix) => prefix.fmt(f),
            Self::Range(range) => range.fmt(f),
            Self::Asn(asn) => asn.fmt(f),
            Self::Asns(first, last) => write!(f, "{first}-{last}"),
            Self::Holder(handle) => f.write_str(handle),
        }
    }
}

/// Returns both ends of what is written as AS numbers; the same twice of one.
fn asn_ends(text: &str) -> Option<(&str, &str)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let is_asn = |text: &str| {
        let text = text.trim();
        let digits = text
            .get(..2)
            .filter(|head| head.eq_ignore_ascii_case("as"))
            .and_then(|_| text.get(2..))
            .unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    (is_asn(first) && is_asn(last)).then_some((first, last))
}

/// Says whether a text is meant as addresses, right or wrong.
fn is_of_addresses(text: &str) -> bool {
    let of_addresses = |c: char| c.is_ascii_hexdigit() || ".:/- ".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_digit()) || text.contains(':');
    text.contains('/') || (begins && text.contains(['.', ':']) && text.chars().all(of_addresses))
}

/// Cuts text for a message; control characters are replaced.
fn shown(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '?' } else { c };
    let mut shown: String = text.chars().take(60).map(plain).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, kind: &str, shown: &str, rdap: &[&str], zone: Option<&str>) {
        let subject = Subject::read(text).unwrap();
        assert_eq!(
            (subject.kind(), subject.to_string().as_str()),
            (kind, shown)
        );
        assert_eq!(subject.rdap(), rdap);
        assert_eq!(subject.zone().as_deref(), zone, "{text}");
    }

    #[test]
    fn numbers_and_handles_are_told_apart() {
        let zone = Some("2.0.192.in-addr.arpa");
        check("192.0.2.1", "address", "192.0.2.1", &["ip/192.0.2.1"], zone);
        check(
            "192.0.2.0/24",
            "prefix",
            "192.0.2.0/24",
            &["ip/192.0.2.0/24"],
            zone,
        );
        check(
            "192.0.2.0 - 192.0.2.255",
            "prefix",
            "192.0.2.0/24",
            &["ip/192.0.2.0/24"],
            zone,
        );
        check(
            "192.0.2.7-192.0.2.7",
            "address",
            "192.0.2.7",
            &["ip/192.0.2.7"],
            zone,
        );
        check(
            "192.0.2.0-192.0.2.9",
            "range",
            "192.0.2.0-192.0.2.9",
            &["ip/192.0.2.0", "ip/192.0.2.9"],
            zone,
        );
        check(
            "10.0.0.0/7",
            "prefix",
            "10.0.0.0/7",
            &["ip/10.0.0.0/7"],
            Some("10.in-addr.arpa"),
        );
        check(
            "0.0.0.0/0",
            "prefix",
            "0.0.0.0/0",
            &["ip/0.0.0.0/0"],
            Some("0.in-addr.arpa"),
        );
        check(
            "2001:DB8::/33",
            "prefix",
            "2001:db8::/33",
            &["ip/2001:db8::/33"],
            Some("0.8.b.d.0.1.0.0.2.ip6.arpa"),
        );
        check("as64500", "asn", "AS64500", &["autnum/64500"], None);
        check("64500", "asn", "AS64500", &["autnum/64500"], None);
        check("AS64500-64500", "asn", "AS64500", &["autnum/64500"], None);
        check(
            "AS64500 - AS64509",
            "asns",
            "AS64500-AS64509",
            &["autnum/64500", "autnum/64509"],
            None,
        );
        check(
            "ORG-EX1-AP",
            "holder",
            "ORG-EX1-AP",
            &["entity/ORG-EX1-AP"],
            None,
        );
        check("A91B2C3D", "holder", "A91B2C3D", &["entity/A91B2C3D"], None);
        check("AS-SET1", "holder", "AS-SET1", &["entity/AS-SET1"], None);
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        assert_eq!(Subject::read(text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn what_is_none_is_refused_with_what_would_be_right() {
        refused(
            "  ",
            "nothing to trace; expected an address, a prefix, a range, an AS number or a holder's handle",
        );
        refused(
            "203.64.0.1/16",
            "`203.64.0.1/16` has bits set behind its length; expected `203.64.0.0/16`",
        );
        refused(
            "203.64.0.0/33",
            "prefix length of `203.64.0.0/33` is beyond 32",
        );
        refused(
            "203.64.0",
            "`203.64.0` is not an IP address; expected `192.0.2.1` or `2001:db8::1`",
        );
        refused(
            "192.0.2.9-192.0.2.0",
            "`192.0.2.9-192.0.2.0` is not a range; expected the lower end first, both ends of one family",
        );
        refused(
            "192.0.2.1-2001:db8::1",
            "`192.0.2.1-2001:db8::1` is not a range; expected the lower end first, both ends of one family",
        );
        refused(
            "AS9-AS1",
            "`AS9-AS1` is not a range; expected the lower end first, both ends of one family",
        );
        refused(
            "AS4294967296",
            "`AS4294967296` is not an AS number; expected `AS64500` or `64500`",
        );
        refused(
            "two words",
            "`two words` is neither address, prefix, range, AS number nor a holder's handle; a handle has letters, digits, `-`, `_` and `.`",
        );
        refused(
            "a\u{1b}[2J",
            "`a?[2J` is neither address, prefix, range, AS number nor a holder's handle; a handle has letters, digits, `-`, `_` and `.`",
        );
        let long = "9".repeat(100_000);
        refused(
            &long,
            "100000 octets are too long for a resource; expected at most 128",
        );
    }
}
