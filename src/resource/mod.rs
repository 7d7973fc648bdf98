//! Number resources: AS numbers, addresses, prefixes and ranges, and sets of them.
//!
//! Sets are sorted disjoint ranges, so that union, difference and intersection of
//! hundreds of thousands of ranges are one sweep. An IPv4-mapped IPv6 address is an
//! IPv6 address here; nothing is converted between families.
//!
//! [`Marked`] says of every number who says something about it; [`join()`] lays several of
//! those side by side in one sweep.

mod address_set;
mod asn;
mod marked;
mod origin;
mod prefix;
mod ranges;
mod resources;
mod reverse;

pub use std::net::IpAddr as Address;

pub use address_set::{AddressSet, Tiling};
pub use asn::{Asn, AsnSet};
pub use marked::{Marked, Marks, Stretch, join};
pub use origin::{NotOne, Payload, Payloads, Route, Validity};
pub use prefix::{AddressRange, Prefix};
pub use ranges::Point;
pub use resources::Resources;

/// Why a text is no number resource.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceError {
    /// No AS number.
    #[error("`{0}` is not an AS number; expected `AS64500` or `64500`")]
    Asn(String),
    /// No address.
    #[error("`{0}` is not an IP address; expected `192.0.2.1` or `2001:db8::1`")]
    Address(String),
    /// No prefix.
    #[error("`{0}` is not a prefix; expected `192.0.2.0/24` or `2001:db8::/32`")]
    Prefix(String),
    /// A prefix length that the family does not have.
    #[error("prefix length of `{given}` is beyond {longest}")]
    Length {
        /// The prefix as given.
        given: String,
        /// The longest length of the family.
        longest: u8,
    },
    /// A prefix with bits set behind its length.
    #[error("`{given}` has bits set behind its length; expected `{network}`")]
    HostBits {
        /// The prefix as given.
        given: String,
        /// The same without those bits.
        network: Prefix,
    },
    /// A range whose ends are of different families or in the wrong order.
    #[error("`{0}` is not a range; expected the lower end first, both ends of one family")]
    Range(String),
    /// A name that is no reverse DNS name.
    #[error(
        "`{0}` is not a reverse name; expected `2.0.192.in-addr.arpa` or a name below `ip6.arpa`"
    )]
    ReverseName(String),
}

/// Cuts hostile text for a message.
fn shown(text: &str) -> String {
    match text.char_indices().nth(100) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Implements serde by `Display` and `FromStr`.
macro_rules! as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
use as_text;
