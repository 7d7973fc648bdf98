//! Blocks of numbers and how RDAP, whois and DNS write them.
//!
//! The arithmetic is written apart from `resource` on purpose: the judging side
//! rests on `resource`, and two wrongs must not cancel.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A kind of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// IPv4 addresses.
    V4,
    /// IPv6 addresses.
    V6,
    /// Autonomous system numbers.
    Asn,
}

impl Space {
    /// Returns the length of a number in bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::V4 | Self::Asn => 32,
            Self::V6 => 128,
        }
    }

    /// Returns the largest number.
    pub const fn max(self) -> u128 {
        match self {
            Self::V4 | Self::Asn => 0xffff_ffff,
            Self::V6 => u128::MAX,
        }
    }
}

/// A range of numbers of one kind, both ends included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    /// The kind of number.
    pub space: Space,
    /// The first number.
    pub first: u128,
    /// The last number, not below the first.
    pub last: u128,
}

/// Why a text is no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotABlock {
    /// The text is neither an address, a prefix, a range, nor an AS number.
    Syntax,
    /// It is a prefix with bits behind its length; holds the prefix with them cleared.
    HostBits(Block),
}

impl Block {
    /// Returns one number as a block.
    pub const fn single(space: Space, number: u128) -> Self {
        Self {
            space,
            first: number,
            last: number,
        }
    }

    /// Returns the block of a prefix, bits behind its length cleared; `None` if the length is too large.
    pub fn prefix(space: Space, address: u128, length: u32) -> Option<Self> {
        let spare = space.bits().checked_sub(length)?;
        let mask = if spare >= 128 {
            u128::MAX
        } else {
            (1_u128 << spare) - 1
        };
        let first = address & !mask;
        Some(Self {
            space,
            first,
            last: first | mask,
        })
    }

    /// Reads `192.0.2.1`, `192.0.2.0/24`, `192.0.2.0 - 192.0.2.9`, the same of IPv6,
    /// `AS64496` and `AS64496-AS64500`.
    ///
    /// # Errors
    ///
    /// [`NotABlock`] says whether the text is wrong or only has host bits.
    pub fn parse(text: &str) -> Result<Self, NotABlock> {
        let text = text.trim();
        if let Some(numbers) = text.strip_prefix("AS") {
            let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
            let last = last.trim().trim_start_matches("AS");
            return Self::between(Space::Asn, asn(first.trim()), asn(last));
        }
        if let Some((address, length)) = text.split_once('/') {
            let (space, number) = address_of(address).ok_or(NotABlock::Syntax)?;
            let length = decimal(length).ok_or(NotABlock::Syntax)?;
            let block = u32::try_from(length)
                .ok()
                .and_then(|length| Self::prefix(space, number, length))
                .ok_or(NotABlock::Syntax)?;
            return if block.first == number {
                Ok(block)
            } else {
                Err(NotABlock::HostBits(block))
            };
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (space, first) = address_of(first.trim()).ok_or(NotABlock::Syntax)?;
        let (same, last) = address_of(last.trim()).ok_or(NotABlock::Syntax)?;
        if same != space {
            return Err(NotABlock::Syntax);
        }
        Self::between(space, Some(first), Some(last))
    }

    fn between(space: Space, first: Option<u128>, last: Option<u128>) -> Result<Self, NotABlock> {
        match (first, last) {
            (Some(first), Some(last)) if first <= last => Ok(Self { space, first, last }),
            _ => Err(NotABlock::Syntax),
        }
    }

    /// Says whether the other block lies inside this one.
    pub fn covers(&self, other: &Self) -> bool {
        self.space == other.space && self.first <= other.first && other.last <= self.last
    }

    /// Says whether the blocks share a number.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.space == other.space && self.first <= other.last && other.first <= self.last
    }

    /// Returns one less than the count of numbers, which always fits.
    pub const fn span(&self) -> u128 {
        self.last - self.first
    }

    /// Returns the fewest prefixes that make up the block, in order, as address and length.
    pub fn prefixes(&self) -> Vec<(u128, u32)> {
        let bits = self.space.bits();
        let mut out = Vec::new();
        let mut next = Some(self.first);
        while let Some(start) = next.filter(|n| *n <= self.last) {
            // The largest prefix is bounded by the alignment of its start and by what is left.
            let aligned = if start == 0 {
                bits
            } else {
                start.trailing_zeros().min(bits)
            };
            let left = self.last - start;
            let fits = if left == u128::MAX {
                128
            } else {
                127 - (left + 1).leading_zeros()
            };
            let spare = aligned.min(fits);
            out.push((start, bits - spare));
            let size_less_one = if spare >= 128 {
                u128::MAX
            } else {
                (1_u128 << spare) - 1
            };
            next = start
                .checked_add(size_less_one)
                .and_then(|n| n.checked_add(1));
        }
        out
    }

    /// Returns the block as one prefix, `address/length`; `None` if it takes several or is of ASNs.
    pub fn as_prefix(&self) -> Option<String> {
        if self.space == Space::Asn {
            return None;
        }
        match self.prefixes().as_slice() {
            [(address, length)] => Some(format!("{}/{length}", self.write(*address))),
            _ => None,
        }
    }

    /// Writes a number of this block's kind: dotted decimal, RFC 5952, or asplain.
    pub fn write(&self, number: u128) -> String {
        match self.space {
            Space::V4 => Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).to_string(),
            Space::V6 => Ipv6Addr::from(number).to_string(),
            Space::Asn => number.to_string(),
        }
    }

    /// Returns the first number as text.
    pub fn first_text(&self) -> String {
        self.write(self.first)
    }

    /// Returns the last number as text.
    pub fn last_text(&self) -> String {
        self.write(self.last)
    }

    /// Returns the block that a name below `in-addr.arpa` or `ip6.arpa` stands for.
    pub fn of_reverse_name(name: &str) -> ReverseName {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let (labels, space, label_bits) = if let Some(rest) = below(&name, "in-addr.arpa") {
            (rest, Space::V4, 8)
        } else if let Some(rest) = below(&name, "ip6.arpa") {
            (rest, Space::V6, 4)
        } else {
            return ReverseName::Forward;
        };
        if labels.is_empty() {
            return ReverseName::Top;
        }
        let mut address = 0_u128;
        let mut length = 0_u32;
        for label in labels.rsplit('.') {
            let number = if label_bits == 8 {
                decimal(label).filter(|n| *n < 256)
            } else {
                (label.len() == 1)
                    .then(|| u128::from_str_radix(label, 16).ok())
                    .flatten()
            };
            let Some(number) = number.filter(|_| length < space.bits()) else {
                return ReverseName::Malformed;
            };
            length += label_bits;
            address |= number << (space.bits() - length);
        }
        Self::prefix(space, address, length).map_or(ReverseName::Malformed, ReverseName::Block)
    }
}

/// What a domain name says about numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReverseName {
    /// The numbers it stands for.
    Block(Block),
    /// It is `in-addr.arpa` or `ip6.arpa` itself.
    Top,
    /// It lies below them, but its labels are no numbers.
    Malformed,
    /// It lies elsewhere.
    Forward,
}

impl fmt::Display for Block {
    /// Writes one prefix as such, ranges as `a - b`, ASNs as `AS1` or `AS1-AS2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.space, self.as_prefix()) {
            (Space::Asn, _) if self.first == self.last => write!(f, "AS{}", self.first),
            (Space::Asn, _) => write!(f, "AS{}-AS{}", self.first, self.last),
            (Space::V4 | Space::V6, Some(prefix)) => f.write_str(&prefix),
            (Space::V4 | Space::V6, None) => {
                write!(f, "{} - {}", self.first_text(), self.last_text())
            }
        }
    }
}

/// Returns what stands before a suffix and its dot; empty for the suffix itself, `None` elsewhere.
fn below<'a>(name: &'a str, suffix: &str) -> Option<&'a str> {
    let rest = name.strip_suffix(suffix)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_suffix('.').filter(|r| !r.is_empty())
    }
}

/// Reads an address; IPv4 without zero padding.
fn address_of(text: &str) -> Option<(Space, u128)> {
    if let Ok(v4) = text.parse::<Ipv4Addr>() {
        return Some((Space::V4, u128::from(u32::from(v4))));
    }
    text.parse::<Ipv6Addr>()
        .ok()
        .map(|v6| (Space::V6, u128::from(v6)))
}

/// Reads an AS number in asplain form.
fn asn(text: &str) -> Option<u128> {
    decimal(text).filter(|n| *n <= Space::Asn.max())
}

/// Reads a short decimal number without sign.
fn decimal(text: &str) -> Option<u128> {
    if text.is_empty() || text.len() > 10 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> Block {
        Block::parse(text).unwrap()
    }

    #[test]
    fn blocks_are_read_and_written() {
        for text in [
            "102.0.0.0/8",
            "102.18.1.0 - 102.18.3.255",
            "2c00::/12",
            "AS37000",
            "AS1-AS5",
            "0.0.0.0/0",
            "::/0",
        ] {
            assert_eq!(block(text).to_string(), text);
        }
        assert_eq!(block("192.0.2.1").to_string(), "192.0.2.1/32");
        for bad in [
            "",
            "1.2.3.0/33",
            "300.0.0.1",
            "010.0.0.1",
            "1.2.3",
            "::/129",
            "AS4294967296",
            "ASx",
            "1.2.3.4 - ::1",
            "9.0.0.0 - 8.0.0.0",
        ] {
            assert_eq!(Block::parse(bad), Err(NotABlock::Syntax), "{bad}");
        }
        assert_eq!(
            Block::parse("192.0.2.1/24"),
            Err(NotABlock::HostBits(block("192.0.2.0/24")))
        );
    }

    #[test]
    fn a_range_is_the_fewest_prefixes() {
        let written = |text: &str| -> Vec<String> {
            let block = block(text);
            block
                .prefixes()
                .iter()
                .map(|(a, l)| format!("{}/{l}", block.write(*a)))
                .collect()
        };
        assert_eq!(
            written("102.18.1.0 - 102.18.3.255"),
            ["102.18.1.0/24", "102.18.2.0/23"]
        );
        assert_eq!(written("0.0.0.0/0"), ["0.0.0.0/0"]);
        assert_eq!(written("::/0"), ["::/0"]);
        assert_eq!(
            written("255.255.255.254 - 255.255.255.255"),
            ["255.255.255.254/31"]
        );
        assert_eq!(written("::1 - ::2"), ["::1/128", "::2/128"]);
    }

    #[test]
    fn reverse_names_stand_for_blocks() {
        let check = |name: &str, expected: &str| {
            assert_eq!(
                Block::of_reverse_name(name),
                ReverseName::Block(block(expected)),
                "{name}"
            );
        };
        check("16.102.IN-ADDR.ARPA.", "102.16.0.0/16");
        check("1.9.16.102.in-addr.arpa", "102.16.9.1/32");
        check("0.0.c.2.ip6.arpa", "2c00::/16");
        assert_eq!(Block::of_reverse_name("in-addr.arpa"), ReverseName::Top);
        assert_eq!(
            Block::of_reverse_name("xin-addr.arpa"),
            ReverseName::Forward
        );
        for bad in [
            "x.102.in-addr.arpa",
            "1.2.3.4.5.in-addr.arpa",
            ".in-addr.arpa",
            "256.in-addr.arpa",
            "10.ip6.arpa",
        ] {
            assert!(
                matches!(
                    Block::of_reverse_name(bad),
                    ReverseName::Malformed | ReverseName::Forward
                ),
                "{bad}"
            );
        }
    }
}
