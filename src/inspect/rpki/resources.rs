//! Number resources of certificates and contents.
//!
//! Addresses are numbers of their family's width, so that both families share the code.
//!
//! Source: RFC 3779, sections 2.2.3 and 3.2.3.

use std::borrow::Cow;

use super::der::{BIT_STRING, INTEGER, Item, NULL, OCTET_STRING, Reader, SEQUENCE};
use super::object::Flaws;

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    /// Returns the family of a two-octet address family identifier.
    pub(super) const fn of(afi: &[u8]) -> Option<Self> {
        match afi {
            [0, 1] => Some(Self::V4),
            [0, 2] => Some(Self::V6),
            _ => None,
        }
    }

    /// Returns the number of bits of an address.
    pub(super) const fn width(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// Returns the highest address.
    const fn highest(self) -> u128 {
        match self {
            Self::V4 => 0xFFFF_FFFF,
            Self::V6 => u128::MAX,
        }
    }
}

/// `IPAddrBlocks`.
#[derive(Clone, Debug)]
pub(super) struct IpBlocks {
    pub at: usize,
    pub is_v2: bool,
    pub families: Vec<OfFamily>,
}

/// Addresses of one family.
#[derive(Clone, Debug)]
pub(super) struct OfFamily {
    pub at: usize,
    /// `None` for a family that is neither IPv4 nor IPv6.
    pub family: Option<Family>,
    pub has_safi: bool,
    /// `None` for inherited ones.
    pub blocks: Option<Vec<Block>>,
}

/// A prefix or range of addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub at: usize,
    pub low: u128,
    pub high: u128,
    /// Whether it is encoded as a range.
    pub is_range: bool,
    /// Whether a range's ends have no more bits than needed.
    pub is_minimal: bool,
}

impl Block {
    /// Says whether the range could be a prefix.
    pub(super) const fn is_prefix(&self) -> bool {
        let span = self.high.wrapping_sub(self.low);
        let size = span.wrapping_add(1);
        let is_power = size == 0 || size.is_power_of_two();
        self.low <= self.high && is_power && self.low & span == 0
    }
}

impl IpBlocks {
    /// Reads the value of the extension.
    pub(super) fn read(
        item: &Item<'_>,
        is_v2: bool,
        field: &'static str,
        flaws: &mut Flaws<'_>,
    ) -> Self {
        let mut families = Vec::with_capacity(2);
        if item.tag != SEQUENCE {
            flaws.add(item.at, field, "no SEQUENCE");
        }
        let mut reader = item.reader();
        while let Some(one) = reader.take(SEQUENCE) {
            families.push(OfFamily::read(&one, field, flaws));
        }
        flaws.end(&reader, field);
        Self {
            at: item.at,
            is_v2,
            families,
        }
    }

    /// Says whether any family inherits.
    pub(super) fn inherits(&self) -> bool {
        self.families.iter().any(|one| one.blocks.is_none())
    }

    /// Returns the blocks of a family; empty if there are none or they are inherited.
    pub(super) fn blocks(&self, family: Family) -> &[Block] {
        let mut all = self.families.iter();
        let found = all.find(|one| one.family == Some(family));
        found
            .and_then(|one| one.blocks.as_deref())
            .unwrap_or_default()
    }

    /// Returns the blocks of a family in ascending order without overlaps and seams.
    pub(super) fn merged(&self, family: Family) -> Cow<'_, [Block]> {
        let blocks = self.blocks(family);
        let is_plain = |pair: &[Block]| match pair {
            [first, second] => first
                .high
                .checked_add(1)
                .is_some_and(|next| next < second.low),
            _ => true,
        };
        let is_forward = blocks.iter().all(|block| block.low <= block.high);
        if is_forward && blocks.windows(2).all(is_plain) {
            return Cow::Borrowed(blocks);
        }
        Cow::Owned(merge(blocks.to_vec()))
    }
}

/// Sorts blocks and joins those that overlap or continue each other.
pub(super) fn merge(mut blocks: Vec<Block>) -> Vec<Block> {
    blocks.retain(|block| block.low <= block.high);
    blocks.sort_by_key(|block| block.low);
    let mut merged: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match merged.last_mut() {
            Some(last) if block.low <= last.high.saturating_add(1) => {
                last.high = last.high.max(block.high);
            }
            _ => merged.push(block),
        }
    }
    merged
}

/// Says whether merged blocks cover a range.
pub(super) fn covers(merged: &[Block], low: u128, high: u128) -> bool {
    let after = merged.partition_point(|block| block.low <= low);
    let block = after.checked_sub(1).and_then(|index| merged.get(index));
    block.is_some_and(|block| high <= block.high)
}

impl OfFamily {
    fn read(item: &Item<'_>, field: &'static str, flaws: &mut Flaws<'_>) -> Self {
        let mut reader = item.reader();
        let afi = reader.take(OCTET_STRING);
        let octets = afi.map(|item| item.octets).unwrap_or_default();
        let family = octets.get(..2).and_then(Family::of);
        let mut one = Self {
            at: item.at,
            family,
            has_safi: octets.len() == 3,
            blocks: None,
        };
        if family.is_none() || octets.len() > 3 {
            flaws.add(
                item.at,
                field,
                "the address family is neither IPv4 (1) nor IPv6 (2)",
            );
        }
        if let Some(null) = reader.take(NULL) {
            if !null.octets.is_empty() {
                flaws.add(null.at, field, "`inherit` with contents");
            }
        } else if let Some(list) = reader.take(SEQUENCE) {
            one.blocks = Some(read_blocks(&list, family, field, flaws));
        } else {
            one.blocks = Some(Vec::new());
            flaws.add(
                reader.at(),
                field,
                "neither `inherit` nor a list of addresses",
            );
        }
        flaws.end(&reader, field);
        one
    }
}

/// Reads a list of prefixes and ranges.
pub(super) fn read_blocks(
    list: &Item<'_>,
    family: Option<Family>,
    field: &'static str,
    flaws: &mut Flaws<'_>,
) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut reader = list.reader();
    while let Some(item) = reader.next() {
        let Some(family) = family else { continue };
        match read_block(&item, family) {
            Some(block) => blocks.push(block),
            None => flaws.add(
                item.at,
                field,
                "neither a prefix nor a range of its family, or longer than an address",
            ),
        }
    }
    flaws.end(&reader, field);
    blocks
}

fn read_block(item: &Item<'_>, family: Family) -> Option<Block> {
    if item.tag == BIT_STRING {
        let (low, length) = address(item, family)?;
        return Some(Block {
            at: item.at,
            low,
            high: low | tail(family, length),
            is_range: false,
            is_minimal: true,
        });
    }
    let mut reader = (item.tag == SEQUENCE).then(|| item.reader())?;
    let (first, last) = (reader.take(BIT_STRING)?, reader.take(BIT_STRING)?);
    let (low, low_length) = address(&first, family)?;
    let (high, high_length) = address(&last, family)?;
    reader.is_empty().then_some(())?;
    // The lower end leaves out trailing zero bits, the higher one trailing one bits but for
    // the one that it must have (section 2.2.3.9).
    let is_minimal = (low_length == 0 || last_bit(low, family, low_length))
        && (high_length == 0 || !last_bit(high, family, high_length) || high.is_power_of_two());
    Some(Block {
        at: item.at,
        low,
        high: high | tail(family, high_length),
        is_range: true,
        is_minimal,
    })
}

/// Returns the bit at a length, counted from one.
const fn last_bit(address: u128, family: Family, length: u8) -> bool {
    address >> (family.width() - length) & 1 == 1
}

/// Returns an address with all bits behind a length set.
pub(super) const fn tail(family: Family, length: u8) -> u128 {
    if length == 0 {
        return family.highest();
    }
    let unset = family.width() - length;
    (1_u128 << unset) - 1
}

/// Reads a BIT STRING as an address whose missing bits are zero, and its length in bits.
///
/// `None` if it is longer than an address of the family.
pub(super) fn address(item: &Item<'_>, family: Family) -> Option<(u128, u8)> {
    let (unused, octets) = item.bits()?;
    let bits = u32::try_from(octets.len()).ok()?.checked_mul(8)? - u32::from(unused);
    let length = u8::try_from(bits)
        .ok()
        .filter(|bits| *bits <= family.width())?;
    let mut number: u128 = 0;
    for octet in octets {
        number = number << 8 | u128::from(*octet);
    }
    let missing =
        u32::from(family.width()) - (bits + u32::from(unused)).min(u32::from(family.width()));
    // An IPv6 address of no octets would be moved by its whole width.
    let number = number.checked_shl(missing).unwrap_or_default();
    Some((number & !tail(family, length) & family.highest(), length))
}

/// `ASIdentifiers`.
#[derive(Clone, Debug)]
pub(super) struct AsIds {
    pub at: usize,
    pub is_v2: bool,
    /// AS numbers; `None` if the field is not there.
    pub asnum: Option<AsNumbers>,
    /// Offset of routing domain identifiers.
    pub rdi: Option<usize>,
}

/// AS numbers of a certificate.
#[derive(Clone, Debug)]
pub(super) struct AsNumbers {
    pub at: usize,
    /// `None` for inherited ones.
    pub ranges: Option<Vec<AsRange>>,
}

/// A range of AS numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsRange {
    pub at: usize,
    pub low: u32,
    pub high: u32,
    /// Whether it is encoded as a range.
    pub is_range: bool,
}

impl AsIds {
    /// Reads the value of the extension.
    pub(super) fn read(
        item: &Item<'_>,
        is_v2: bool,
        field: &'static str,
        flaws: &mut Flaws<'_>,
    ) -> Self {
        if item.tag != SEQUENCE {
            flaws.add(item.at, field, "no SEQUENCE");
        }
        let mut reader = item.reader();
        let asnum = reader.take(0xA0);
        let rdi = reader.take(0xA1).map(|item| item.at);
        flaws.end(&reader, field);
        Self {
            at: item.at,
            is_v2,
            asnum: asnum.map(|outer| AsNumbers::read(&outer, field, flaws)),
            rdi,
        }
    }

    /// Says whether AS numbers are inherited.
    pub(super) fn inherits(&self) -> bool {
        self.asnum
            .as_ref()
            .is_some_and(|asnum| asnum.ranges.is_none())
    }

    /// Returns the ranges; empty if there are none or they are inherited.
    pub(super) fn ranges(&self) -> &[AsRange] {
        let asnum = self.asnum.as_ref();
        asnum
            .and_then(|asnum| asnum.ranges.as_deref())
            .unwrap_or_default()
    }
}

impl AsNumbers {
    fn read(outer: &Item<'_>, field: &'static str, flaws: &mut Flaws<'_>) -> Self {
        let mut reader = outer.reader();
        let ranges = if reader.take(NULL).is_some() {
            None
        } else if let Some(list) = reader.take(SEQUENCE) {
            Some(read_ranges(&list, field, flaws))
        } else {
            flaws.add(
                reader.at(),
                field,
                "neither `inherit` nor a list of AS numbers",
            );
            Some(Vec::new())
        };
        flaws.end(&reader, field);
        Self {
            at: outer.at,
            ranges,
        }
    }
}

/// Reads a list of AS numbers and ranges.
pub(super) fn read_ranges(
    list: &Item<'_>,
    field: &'static str,
    flaws: &mut Flaws<'_>,
) -> Vec<AsRange> {
    let mut ranges = Vec::with_capacity(1);
    let mut reader = list.reader();
    while let Some(item) = reader.next() {
        match read_range(&item) {
            Some(range) => ranges.push(range),
            None => flaws.add(
                item.at,
                field,
                "neither an AS number of 32 bits nor a range",
            ),
        }
    }
    flaws.end(&reader, field);
    ranges
}

fn read_range(item: &Item<'_>) -> Option<AsRange> {
    let number = |item: &Item<'_>| u32::try_from(item.number()?).ok();
    if item.tag == INTEGER {
        let low = number(item)?;
        return Some(AsRange {
            at: item.at,
            low,
            high: low,
            is_range: false,
        });
    }
    let mut reader: Reader<'_> = (item.tag == SEQUENCE).then(|| item.reader())?;
    let (low, high) = (reader.take(INTEGER)?, reader.take(INTEGER)?);
    reader.is_empty().then_some(())?;
    Some(AsRange {
        at: item.at,
        low: number(&low)?,
        high: number(&high)?,
        is_range: true,
    })
}

#[cfg(test)]
mod tests;
