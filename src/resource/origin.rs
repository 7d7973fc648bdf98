//! Validation of a route's origin against payloads (RFC 6811).

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Asn, Prefix};

/// What payloads say of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// A payload that covers it allows its origin and length.
    Valid,
    /// Payloads cover it, and none allows it.
    Invalid,
    /// No payload covers it.
    NotFound,
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::NotFound => "not-found",
        })
    }
}

/// A validated ROA payload, written `192.0.2.0/24-26 AS64496`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Payload {
    /// The prefix.
    pub prefix: Prefix,
    /// The longest prefix that is allowed, in bits.
    pub max_length: u8,
    /// The origin that is allowed; AS0 allows none (RFC 6483, section 4).
    pub origin: Asn,
}

/// A route as far as its origin is validated, written `192.0.2.0/24 AS64496`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    /// The prefix.
    pub prefix: Prefix,
    /// The last AS of its path; `None` if that is a set, and then nothing allows it.
    pub origin: Option<Asn>,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Some(origin) => write!(f, "{} {origin}", self.prefix),
            None => write!(f, "{} none", self.prefix),
        }
    }
}

/// Says that a text is no payload or route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}")]
pub struct NotOne {
    text: String,
    what: &'static str,
}

/// Longest text that is repeated in a message, in characters.
const SHOWN: usize = 60;

impl NotOne {
    fn new(text: &str, what: &'static str) -> Self {
        let text = text.chars().take(SHOWN).collect();
        Self { text, what }
    }
}

impl FromStr for Payload {
    type Err = NotOne;

    fn from_str(text: &str) -> Result<Self, NotOne> {
        let no = || NotOne::new(text, "a payload such as `192.0.2.0/24-26 AS64496`");
        let (range, origin) = text.split_once(' ').ok_or_else(no)?;
        let (prefix, max_length) = range.rsplit_once('-').ok_or_else(no)?;
        Ok(Self {
            prefix: prefix.parse().map_err(|_| no())?,
            max_length: max_length.parse().map_err(|_| no())?,
            origin: origin.parse().map_err(|_| no())?,
        })
    }
}

impl FromStr for Route {
    type Err = NotOne;

    /// Reads prefix and origin, with a space, a tab, a comma or a bar between them, in this order or
    /// the other; an origin in braces, which is a set, is `None`.
    fn from_str(text: &str) -> Result<Self, NotOne> {
        let no = || NotOne::new(text, "a route such as `192.0.2.0/24 AS64496`");
        let mut parts = text
            .split([' ', '\t', ',', '|'])
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let (Some(one), Some(other), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(no());
        };
        let (prefix, origin) = if one.contains('/') {
            (one, other)
        } else {
            (other, one)
        };
        let origin = if origin.starts_with('{') || origin == "none" {
            None
        } else {
            let digits = origin.strip_prefix("AS").unwrap_or(origin);
            Some(format!("AS{digits}").parse().map_err(|_| no())?)
        };
        Ok(Self {
            prefix: prefix.parse().map_err(|_| no())?,
            origin,
        })
    }
}

/// Payloads, found by prefix.
#[derive(Clone, Debug, Default)]
pub struct Payloads {
    by_prefix: HashMap<Prefix, Vec<(u8, Asn)>>,
    /// Lengths of prefixes that some payload has, by family: IPv4 is `true`.
    lengths: BTreeSet<(bool, u8)>,
}

impl FromIterator<Payload> for Payloads {
    fn from_iter<I: IntoIterator<Item = Payload>>(payloads: I) -> Self {
        let mut all = Self::default();
        for payload in payloads {
            let prefix = payload.prefix;
            all.lengths.insert((prefix.is_ipv4(), prefix.length()));
            let own = all.by_prefix.entry(prefix).or_default();
            own.push((payload.max_length, payload.origin));
        }
        all
    }
}

impl Payloads {
    /// Returns what the payloads say of a route.
    ///
    /// Source: RFC 6811, section 2.
    pub fn validity(&self, route: &Route) -> Validity {
        let prefix = route.prefix;
        let family = prefix.is_ipv4();
        let mut covered = false;
        for (_, length) in self.lengths.range((family, 0)..=(family, prefix.length())) {
            let Ok(above) = Prefix::containing(prefix.address(), *length) else {
                continue;
            };
            for (max_length, origin) in self.by_prefix.get(&above).into_iter().flatten() {
                covered = true;
                let is_allowed = route.origin == Some(*origin) && *origin != Asn(0);
                if is_allowed && prefix.length() <= *max_length {
                    return Validity::Valid;
                }
            }
        }
        if covered {
            Validity::Invalid
        } else {
            Validity::NotFound
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payloads() -> Payloads {
        [
            "192.0.2.0/24-26 AS64496",
            "192.0.0.0/16-16 AS64497",
            "198.51.100.0/24-24 AS0",
            "2001:db8::/32-48 AS64496",
        ]
        .into_iter()
        .map(|text| text.parse::<Payload>().unwrap())
        .collect()
    }

    #[track_caller]
    fn check(route: &str, expected: &str) {
        let seen = payloads().validity(&route.parse().unwrap());
        assert_eq!(seen.to_string(), expected, "{route}");
    }

    #[test]
    fn a_route_is_valid_if_one_payload_allows_it() {
        check("192.0.2.0/24 AS64496", "valid");
        check("192.0.2.0/26,64496", "valid");
        check("AS64496|192.0.2.64/26", "valid");
        check("192.0.2.0/27 AS64496", "invalid");
        check("192.0.2.0/24 AS64497", "invalid");
        check("192.0.0.0/16 AS64497", "valid");
        check("192.0.3.0/24 AS64497", "invalid");
        check("192.1.0.0/16 AS64497", "not-found");
        check("192.0.0.0/8 AS64497", "not-found");
        check("2001:db8:1::/48 AS64496", "valid");
        check("2001:db9::/32 AS64496", "not-found");
    }

    #[test]
    fn nothing_allows_as0_or_a_set() {
        check("198.51.100.0/24 AS0", "invalid");
        check("198.51.100.0/24 AS64496", "invalid");
        check(
            "192.0.2.0/24 {64496,64497}".replace(',', ";").as_str(),
            "invalid",
        );
    }

    #[test]
    fn what_is_no_route_is_said() {
        for text in [
            "",
            "192.0.2.0/24",
            "192.0.2.1/24 AS1",
            "192.0.2.0/24 AS1 x",
            "x/y AS1",
        ] {
            assert!(text.parse::<Route>().is_err(), "{text}");
        }
        for text in [
            "192.0.2.0/24 AS1",
            "192.0.2.0/24-x AS1",
            "192.0.2.0/24-24 1x",
        ] {
            assert!(text.parse::<Payload>().is_err(), "{text}");
        }
    }
}
