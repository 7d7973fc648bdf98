//! Sets of numbers and how certificates and ROAs write them (RFC 3779, RFC 9582).

use super::der::{Der, bits, explicit, integer, null, octets, sequence};
use crate::mock::number::{Block, Space};

/// A set of numbers: sorted blocks that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resources {
    blocks: Vec<Block>,
}

impl Resources {
    /// Returns the set of some blocks, in any order.
    pub fn of(blocks: impl IntoIterator<Item = Block>) -> Self {
        let mut all: Vec<Block> = blocks.into_iter().collect();
        all.sort_by_key(|b| (b.space, b.first, b.last));
        let mut merged: Vec<Block> = Vec::new();
        for block in all {
            match merged.last_mut() {
                Some(last)
                    if last.space == block.space && last.last.saturating_add(1) >= block.first =>
                {
                    last.last = last.last.max(block.last);
                }
                _ => merged.push(block),
            }
        }
        Self { blocks: merged }
    }

    /// Iterates over the blocks: IPv4, IPv6, AS numbers, each in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter()
    }

    /// Iterates over the blocks of one kind.
    pub fn of_space(&self, space: Space) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(move |b| b.space == space)
    }

    /// Says whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Says whether a block lies inside the set.
    pub fn covers(&self, block: &Block) -> bool {
        self.blocks.iter().any(|b| b.covers(block))
    }

    /// Returns what both sets have.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let pairs = self
            .blocks
            .iter()
            .flat_map(|a| other.blocks.iter().map(move |b| (a, b)));
        Self::of(pairs.filter(|(a, b)| a.overlaps(b)).map(|(a, b)| Block {
            space: a.space,
            first: a.first.max(b.first),
            last: a.last.min(b.last),
        }))
    }

    /// Returns what this set has and the other has not.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = self.blocks.clone();
        for hole in &other.blocks {
            left = left.iter().flat_map(|block| cut(*block, hole)).collect();
        }
        Self::of(left)
    }
}

/// Returns what is left of a block when another is cut out.
fn cut(block: Block, hole: &Block) -> Vec<Block> {
    if !block.overlaps(hole) {
        return vec![block];
    }
    let below = hole
        .first
        .checked_sub(1)
        .filter(|last| *last >= block.first)
        .map(|last| Block { last, ..block });
    let above = hole
        .last
        .checked_add(1)
        .filter(|first| *first <= block.last)
        .map(|first| Block { first, ..block });
    below.into_iter().chain(above).collect()
}

/// What a certificate says it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// What its issuer holds, of every kind.
    Inherit,
    /// These numbers.
    Of(Resources),
}

/// Returns the `IPAddrBlocks` of a claim; `None` where it has no addresses.
pub(super) fn address_blocks(claim: &Claim) -> Option<Der> {
    let family = |afi: u8, choice: Der| sequence([octets(&[0, afi]), choice]);
    let Claim::Of(resources) = claim else {
        return Some(sequence([family(1, null()), family(2, null())]));
    };
    let families: Vec<Der> = [(Space::V4, 1), (Space::V6, 2)]
        .into_iter()
        .filter_map(|(space, afi)| {
            let items: Vec<Der> = resources.of_space(space).map(address_range).collect();
            (!items.is_empty()).then(|| family(afi, sequence(items)))
        })
        .collect();
    (!families.is_empty()).then(|| sequence(families))
}

/// Returns the `ASIdentifiers` of a claim; `None` where it has no AS numbers.
pub(super) fn as_identifiers(claim: &Claim) -> Option<Der> {
    let Claim::Of(resources) = claim else {
        return Some(sequence([explicit(0, [null()])]));
    };
    let items = as_ranges(resources);
    (!items.is_empty()).then(|| sequence([explicit(0, [sequence(items)])]))
}

/// Returns AS numbers, each as one or as a range.
pub(super) fn as_ranges(resources: &Resources) -> Vec<Der> {
    resources.of_space(Space::Asn).map(as_range).collect()
}

fn as_range(block: &Block) -> Der {
    let number = |n: u128| integer(u64::try_from(n).unwrap_or(u64::MAX));
    if block.first == block.last {
        number(block.first)
    } else {
        sequence([number(block.first), number(block.last)])
    }
}

/// A prefix where it is one, else the range (RFC 3779, section 2.2.3.7).
fn address_range(block: &Block) -> Der {
    if let [(address, length)] = block.prefixes().as_slice() {
        return prefix_bits(block.space, *address, *length);
    }
    let whole = block.space.bits();
    let low = whole.saturating_sub(block.first.trailing_zeros().min(whole));
    let high = whole.saturating_sub(block.last.trailing_ones().min(whole));
    sequence([
        prefix_bits(block.space, block.first, low),
        prefix_bits(block.space, block.last, high),
    ])
}

/// Returns the first `length` bits of an address as a BIT STRING, bits behind them zero.
pub(super) fn prefix_bits(space: Space, address: u128, length: u32) -> Der {
    let unused = length.next_multiple_of(8).saturating_sub(length);
    // The address stands at the top of the 128 bits, and nothing behind the length.
    let top = address << (128 - space.bits());
    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
    let count = usize::try_from(length.div_ceil(8)).unwrap_or(16);
    let octets: Vec<u8> = (top & mask).to_be_bytes().into_iter().take(count).collect();
    bits(u8::try_from(unused).unwrap_or(0), &octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> Resources {
        Resources::of(texts.iter().map(|t| Block::parse(t).unwrap()))
    }

    fn hex(der: Option<Der>) -> String {
        data_encoding::HEXLOWER.encode(&der.unwrap().encode())
    }

    #[test]
    fn sets_are_merged_and_cut() {
        let both = set(&["10.0.1.0/24", "10.0.0.0/24", "AS5", "AS6-AS9"]);
        assert_eq!(both, set(&["10.0.0.0/23", "AS5-AS9"]));
        assert_eq!(
            both.and(&set(&["10.0.0.128/25", "AS9-AS20"])),
            set(&["10.0.0.128/25", "AS9"])
        );
        assert_eq!(
            both.without(&set(&["10.0.0.64/26", "AS5"])),
            set(&["10.0.0.0/26", "10.0.0.128 - 10.0.1.255", "AS6-AS9"])
        );
        assert!(both.without(&both).is_empty());
    }

    #[test]
    fn addresses_are_prefixes_or_ranges_without_spare_bits() {
        for (texts, expected) in [
            (&["10.0.32.0/20"][..], "300e300c040200013006 0304040a0020"),
            (
                &["10.5.0.4 - 10.5.0.23"],
                "3018301604020001 3010300e 0305020a050004 0305030a050010",
            ),
            (
                &["0.0.0.0/0", "::/0"],
                "3016 3009 04020001 3003030100 3009 04020002 3003030100",
            ),
        ] {
            let claim = Claim::Of(set(texts));
            assert_eq!(hex(address_blocks(&claim)), expected.replace(' ', ""));
        }
    }

    #[test]
    fn numbers_are_single_or_ranges() {
        let claim = Claim::Of(set(&["AS5", "AS7-AS9"]));
        assert_eq!(
            hex(as_identifiers(&claim)),
            "300f a00d 300b 020105 3006020107020109".replace(' ', "")
        );
        assert_eq!(address_blocks(&claim), None);
        assert_eq!(hex(as_identifiers(&Claim::Inherit)), "3004a0020500");
    }
}
