//! What no registry may certify: reserved and special-purpose resources.

use crate::resource::{AddressSet, Asn, AsnSet};

/// Special-purpose and reserved IPv4 addresses.
///
/// Source: the IANA IPv4 special-purpose address registry and the IPv4 address space registry.
const IPV4: &str = "0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, \
    192.0.0.0/24, 192.0.2.0/24, 192.88.99.0/24, 192.168.0.0/16, 198.18.0.0/15, 198.51.100.0/24, \
    203.0.113.0/24, 224.0.0.0/3";

/// Special-purpose IPv6 addresses, and all that is not global unicast.
///
/// Source: the IANA IPv6 special-purpose address registry and the IPv6 address space registry.
const IPV6: &str = "::-1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 2001::/32, 2001:2::/48, 2001:10::/28, \
    2001:20::/28, 2001:db8::/32, 2002::/16, 3fff::/20, \
    4000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";

/// Reserved AS numbers, ends included: 0, AS_TRANS, documentation, private use, the last ones.
///
/// Source: the IANA special-purpose AS numbers and AS numbers registries.
const ASNS: [(u32, u32); 5] = [
    (0, 0),
    (23_456, 23_456),
    (64_496, 65_535),
    (65_536, 131_071),
    (4_200_000_000, u32::MAX),
];

/// Returns the addresses that nobody may certify.
pub(super) fn addresses() -> AddressSet {
    let of = |text: &str| text.parse::<AddressSet>().unwrap_or_default();
    of(IPV4).union(&of(IPV6))
}

/// Returns the AS numbers that nobody may certify.
pub(super) fn asns() -> AsnSet {
    ASNS.iter()
        .map(|(first, last)| (Asn(*first), Asn(*last)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_can_be_read() {
        let all = addresses();
        for text in [
            "10.0.0.0",
            "255.255.255.255",
            "::1",
            "2001:db8::1",
            "fe80::1",
            "3fff::1",
        ] {
            assert!(all.contains(text.parse().unwrap()), "{text}");
        }
        for text in ["8.8.8.8", "193.0.0.1", "2001:4200::1", "2a00::1", "2c0f::1"] {
            assert!(!all.contains(text.parse().unwrap()), "{text}");
        }
        assert_eq!(asns().count(), 1 + 1 + 1_040 + 65_536 + 94_967_296);
    }
}
