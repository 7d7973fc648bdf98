//! Sets of number resources, to and from the blocks of the library that validates.
//!
//! The library writes IPv4 addresses in the high bits of the same 128 that hold IPv6 ones and
//! keeps both in one type; here the family is said.

use std::net::IpAddr;

use rpki::repository::resources::{
    Addr, AsBlock, AsBlocks, Asn as RpkiAsn, IpBlock, IpBlocks, Prefix as RpkiPrefix,
};

use crate::resource::{AddressRange, AddressSet, Asn, AsnSet, Prefix};

/// Returns blocks as IPv4 addresses.
pub fn ipv4(blocks: &IpBlocks) -> AddressSet {
    let range = |first: std::net::Ipv4Addr, last: std::net::Ipv4Addr| {
        AddressRange::new(IpAddr::V4(first), IpAddr::V4(last)).ok()
    };
    let ranges = blocks
        .iter()
        .filter_map(|block| range(block.min().to_v4(), block.max().to_v4()));
    ranges.collect()
}

/// Returns blocks as IPv6 addresses.
pub fn ipv6(blocks: &IpBlocks) -> AddressSet {
    let range = |first: std::net::Ipv6Addr, last: std::net::Ipv6Addr| {
        AddressRange::new(IpAddr::V6(first), IpAddr::V6(last)).ok()
    };
    let ranges = blocks
        .iter()
        .filter_map(|block| range(block.min().to_v6(), block.max().to_v6()));
    ranges.collect()
}

/// Returns blocks as AS numbers.
pub fn asns(blocks: &AsBlocks) -> AsnSet {
    let ranges = blocks
        .iter()
        .map(|block| (Asn(block.min().into_u32()), Asn(block.max().into_u32())));
    ranges.collect()
}

/// Returns a prefix of the library as one of ours.
pub(super) fn prefix(prefix: RpkiPrefix, is_ipv4: bool) -> Option<Prefix> {
    let address = if is_ipv4 {
        IpAddr::V4(prefix.to_v4())
    } else {
        IpAddr::V6(prefix.to_v6())
    };
    Prefix::containing(address, prefix.addr_len()).ok()
}

/// Returns the IPv4 addresses of a set as blocks, prefixes where they are some.
pub fn ipv4_blocks(set: &AddressSet) -> IpBlocks {
    blocks(&set.ipv4())
}

/// Returns the IPv6 addresses of a set as blocks, prefixes where they are some.
pub fn ipv6_blocks(set: &AddressSet) -> IpBlocks {
    blocks(&set.ipv6())
}

/// Returns addresses of one family as blocks.
fn blocks(set: &AddressSet) -> IpBlocks {
    let block = |range: AddressRange| match range.prefix() {
        Some(prefix) => IpBlock::from(RpkiPrefix::new(prefix.address(), prefix.length())),
        // The last address of a block is filled up with ones behind its family's bits.
        None => IpBlock::from((Addr::from(range.first()), last_of(range.last()))),
    };
    set.ranges().map(block).collect()
}

/// Returns an address as the end of a block.
fn last_of(address: IpAddr) -> Addr {
    let longest = if address.is_ipv4() { 32 } else { 128 };
    RpkiPrefix::new(address, longest).max()
}

/// Returns AS numbers as blocks.
pub fn asn_blocks(set: &AsnSet) -> AsBlocks {
    let number = |asn: Asn| RpkiAsn::from_u32(asn.0);
    let block = |(first, last): (Asn, Asn)| {
        if first == last {
            AsBlock::from(number(first))
        } else {
            AsBlock::from((number(first), number(last)))
        }
    };
    set.ranges().map(block).collect()
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn is_the_same(addresses: &str, numbers: &str) {
        let set: AddressSet = addresses.parse().unwrap();
        assert_eq!(ipv4(&ipv4_blocks(&set)), set.ipv4(), "{addresses}");
        assert_eq!(ipv6(&ipv6_blocks(&set)), set.ipv6(), "{addresses}");
        let set: AsnSet = numbers.parse().unwrap();
        assert_eq!(asns(&asn_blocks(&set)), set, "{numbers}");
    }

    #[test]
    fn both_ends_of_the_number_space_come_back() {
        is_the_same("", "");
        is_the_same("0.0.0.0/0, ::/0", "0-4294967295");
        is_the_same("0.0.0.0, 255.255.255.255, ::, ffff::/16", "0, 4294967295");
        is_the_same(
            "10.0.0.1-10.0.0.6, 2001:db8::1-2001:db8::6",
            "64496-64511, 65551",
        );
    }

    #[test]
    fn blocks_are_those_the_library_reads_itself() {
        let set: AddressSet = "192.0.2.0/24, 198.51.100.1-198.51.100.9, 2001:db8::/32"
            .parse()
            .unwrap();
        let read = |text: &str| text.parse::<IpBlocks>().unwrap();
        assert_eq!(
            ipv4_blocks(&set),
            read("192.0.2.0/24, 198.51.100.1-198.51.100.9")
        );
        assert_eq!(ipv6_blocks(&set), read("2001:db8::/32"));
        let numbers: AsnSet = "64496-64511, 65551".parse().unwrap();
        let written: AsBlocks = "AS64496-AS64511, AS65551".parse().unwrap();
        assert_eq!(asn_blocks(&numbers), written);
    }

    proptest! {
        #[test]
        fn sets_come_back_as_they_went(
            v4 in prop::collection::vec((any::<u32>(), any::<u16>()), 0..8),
            v6 in prop::collection::vec((any::<u128>(), any::<u64>()), 0..8),
            numbers in prop::collection::vec((any::<u32>(), any::<u16>()), 0..8),
        ) {
            let v4 = v4.into_iter().map(|(first, more)| {
                let last = first.saturating_add(u32::from(more));
                AddressRange::new(IpAddr::V4(Ipv4Addr::from_bits(first)), IpAddr::V4(Ipv4Addr::from_bits(last))).unwrap()
            });
            let v6 = v6.into_iter().map(|(first, more)| {
                let last = first.saturating_add(u128::from(more));
                AddressRange::new(IpAddr::V6(Ipv6Addr::from_bits(first)), IpAddr::V6(Ipv6Addr::from_bits(last))).unwrap()
            });
            let set: AddressSet = v4.chain(v6).collect();
            prop_assert_eq!(ipv4(&ipv4_blocks(&set)), set.ipv4());
            prop_assert_eq!(ipv6(&ipv6_blocks(&set)), set.ipv6());
            let numbers = numbers.into_iter().map(|(first, more)| (Asn(first), Asn(first.saturating_add(u32::from(more)))));
            let set: AsnSet = numbers.collect();
            prop_assert_eq!(asns(&asn_blocks(&set)), set);
        }
    }
}
