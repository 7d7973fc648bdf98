//! The Distinguished Encoding Rules, read with positions.
//!
//! Two readers share the octets. [`scan`] walks every value of an object once and
//! names what the encoding rules forbid, BER included. [`Reader`] then takes values
//! apart for the readers of the object kinds; it is lenient about lengths that are
//! longer than needed, so that one such length hides nothing else.
//!
//! Source: ITU-T X.690 (2021), sections 8, 10 and 11.

use std::fmt;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0C;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const IA5_STRING: u8 = 0x16;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Deepest nesting that is walked.
///
/// No RPKI object of any profile nests its values more than about twenty deep.
const MAX_DEPTH: usize = 64;

/// Most irregularities that are kept for one object.
const MAX_IRREGULAR: usize = 100;

/// One value: its tag, where it stands in the object, and its octets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    /// Identifier octet: class, constructed bit and number.
    pub tag: u8,
    /// Offset of the identifier octet in the object.
    pub at: usize,
    /// Offset of the first octet of the contents.
    pub start: usize,
    /// Contents.
    pub octets: &'a [u8],
    /// Identifier, length and contents.
    pub whole: &'a [u8],
}

impl<'a> Item<'a> {
    /// Returns a reader of the values inside.
    pub(super) const fn reader(&self) -> Reader<'a> {
        Reader::new(self.octets, self.start)
    }

    /// Returns the value of a non-negative INTEGER of at most 64 bits.
    pub(super) fn number(&self) -> Option<u64> {
        let (&first, _) = self.octets.split_first()?;
        if self.tag & 0x1F != INTEGER && self.tag & 0x80 == 0 || first & 0x80 != 0 {
            return None;
        }
        let mut number: u64 = 0;
        for octet in self.octets {
            if number >> 56 != 0 {
                return None;
            }
            number = number << 8 | u64::from(*octet);
        }
        Some(number)
    }

    /// Says whether an INTEGER is below zero.
    pub(super) fn is_negative(&self) -> bool {
        self.octets.first().is_some_and(|first| first & 0x80 != 0)
    }

    /// Says whether an INTEGER is zero.
    pub(super) fn is_zero(&self) -> bool {
        self.octets.iter().all(|octet| *octet == 0)
    }

    /// Returns the contents as text, if they are UTF-8.
    pub(super) fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.octets).ok()
    }

    /// Returns a BIT STRING's number of unused bits and its octets.
    pub(super) fn bits(&self) -> Option<(u8, &'a [u8])> {
        let (&unused, octets) = self.octets.split_first()?;
        let fits = unused < 8 && (unused == 0 || !octets.is_empty());
        fits.then_some((unused, octets))
    }
}

/// Takes the values of a constructed value one after the other.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Returns a reader of octets that stand at this offset of the object.
    pub(super) const fn new(octets: &'a [u8], at: usize) -> Self {
        Self { rest: octets, at }
    }

    /// Returns the offset of what is read next.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Says whether nothing is left.
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Says whether the next value has this tag.
    pub(super) fn is_next(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// Takes the next value; `None` at the end and where none can be read.
    ///
    /// A value of indefinite length ends with its end-of-contents octets.
    pub(super) fn next(&mut self) -> Option<Item<'a>> {
        let (head, length, tail) = match header(self.rest) {
            Ok((head, length)) => (head, length, 0),
            Err(Irregular::Indefinite) => (2, open_length(self.rest.get(2..)?)?, 2),
            Err(_) => return None,
        };
        let end = head.checked_add(length)?;
        let whole = self.rest.get(..end.checked_add(tail)?)?;
        let item = Item {
            tag: *whole.first()?,
            at: self.at,
            start: self.at + head,
            octets: whole.get(head..end)?,
            whole,
        };
        self.rest = self.rest.get(whole.len()..)?;
        self.at += whole.len();
        Some(item)
    }

    /// Takes the next value if it has this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<Item<'a>> {
        if self.is_next(tag) { self.next() } else { None }
    }
}

/// What is irregular about an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Irregular {
    /// A length that is not given: BER.
    Indefinite,
    /// A length with more octets than needed.
    LongLength,
    /// A length or a value that ends after the octets do.
    Truncated,
    /// Octets after the last value.
    Trailing,
    /// A tag number above 30.
    HighTag,
    /// Deeper than any object.
    Deep,
    /// A string in segments: BER.
    Segments,
    /// A primitive SEQUENCE or SET.
    Primitive,
    /// A BOOLEAN that is neither 00 nor FF.
    Boolean,
    /// An INTEGER with more octets than needed, or none.
    Integer,
    /// A NULL with contents.
    Null,
    /// An OBJECT IDENTIFIER that ends early or has padding.
    Oid,
    /// A BIT STRING with a wrong number of unused bits, or unused bits set.
    BitString,
    /// A SET OF out of order.
    SetOrder,
    /// A value equal to its default that is encoded all the same.
    Default,
}

impl fmt::Display for Irregular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Indefinite => "indefinite length: BER, not DER",
            Self::LongLength => "length in more octets than needed: BER, not DER",
            Self::Truncated => "the value ends after the octets do",
            Self::Trailing => "octets after the end of the object",
            Self::HighTag => "a tag number above 30, which no RPKI object has",
            Self::Deep => "values nested more than 64 deep",
            Self::Segments => "a string in segments: BER, not DER",
            Self::Primitive => "a SEQUENCE or SET that is not constructed",
            Self::Boolean => "a BOOLEAN that is neither 00 nor FF: BER, not DER",
            Self::Integer => "an INTEGER with padding or without octets",
            Self::Null => "a NULL with contents",
            Self::Oid => "an OBJECT IDENTIFIER that ends early or has padding",
            Self::BitString => "a BIT STRING with wrong or set unused bits",
            Self::SetOrder => "a SET OF whose values are not in ascending order: BER, not DER",
            Self::Default => "a default value that is encoded: BER, not DER",
        })
    }
}

/// An irregularity and the offset of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Irregularity {
    pub at: usize,
    pub what: Irregular,
}

/// Notes an irregularity, within the limit.
pub(super) fn note(found: &mut Vec<Irregularity>, at: usize, what: Irregular) {
    if found.len() < MAX_IRREGULAR {
        found.push(Irregularity { at, what });
    }
}

/// Walks every value of these octets, which stand at this offset of the object.
///
/// There must be exactly one value. What cannot be walked further ends the walk
/// with one irregularity.
pub(super) fn scan(octets: &[u8], base: usize, found: &mut Vec<Irregularity>) {
    let mut walk = Walk {
        ends: [octets.len(); MAX_DEPTH],
        open: 0,
        depth: 0,
        at: 0,
    };
    if octets.is_empty() {
        note(found, base, Irregular::Truncated);
    }
    while walk.at < octets.len() {
        if walk.close(octets) {
            continue;
        }
        if walk.depth == 0 && walk.at > 0 {
            return note(found, base + walk.at, Irregular::Trailing);
        }
        if let Err(what) = walk.step(octets, base, found) {
            return note(found, base + walk.at, what);
        }
    }
    if walk.open != 0 {
        note(found, base + walk.at, Irregular::Truncated);
    }
}

/// Where a walk stands.
struct Walk {
    /// Ends of the values around, the innermost at `depth`.
    ends: [usize; MAX_DEPTH],
    /// Which of them are of indefinite length, a bit for each depth.
    open: u64,
    depth: usize,
    at: usize,
}

impl Walk {
    /// Leaves a value that is over; says whether there was one.
    fn close(&mut self, octets: &[u8]) -> bool {
        let is_open = self.open >> self.depth & 1 == 1;
        let next = octets.get(self.at..self.end()).unwrap_or_default();
        if is_open && next.starts_with(&[0, 0]) {
            self.at += 2;
        } else if is_open || self.at < self.end() || self.depth == 0 {
            return false;
        }
        self.open &= !(1 << self.depth);
        self.depth -= 1;
        true
    }

    fn end(&self) -> usize {
        self.ends.get(self.depth).copied().unwrap_or_default()
    }

    /// Walks over the next value, or into it if it is constructed.
    fn step(
        &mut self,
        octets: &[u8],
        base: usize,
        found: &mut Vec<Irregularity>,
    ) -> Result<(), Irregular> {
        let rest = octets.get(self.at..self.end()).unwrap_or_default();
        let tag = rest.first().copied().ok_or(Irregular::Truncated)?;
        let is_constructed = tag & 0x20 != 0;
        let (head, length) = match header(rest) {
            Err(Irregular::Indefinite) if is_constructed => {
                note(found, base + self.at, Irregular::Indefinite);
                if let Some(what) = irregular(tag, &[]) {
                    note(found, base + self.at, what);
                }
                let end = self.end();
                self.at += 2;
                self.enter(end)?;
                self.open |= 1 << self.depth;
                return Ok(());
            }
            header => header?,
        };
        let contents = rest.get(head..).and_then(|contents| contents.get(..length));
        let contents = contents.ok_or(Irregular::Truncated)?;
        if is_long(rest, head, length) {
            note(found, base + self.at, Irregular::LongLength);
        }
        if let Some(what) = irregular(tag, contents) {
            note(found, base + self.at, what);
        }
        if is_constructed {
            self.enter(self.at + head + length)?;
            self.at += head;
        } else {
            self.at += head + length;
        }
        Ok(())
    }

    fn enter(&mut self, end: usize) -> Result<(), Irregular> {
        let place = self.ends.get_mut(self.depth + 1).ok_or(Irregular::Deep)?;
        *place = end;
        self.depth += 1;
        Ok(())
    }
}

/// Returns the length of contents that end with end-of-contents octets.
fn open_length(octets: &[u8]) -> Option<usize> {
    let (mut open, mut at) = (1_usize, 0_usize);
    loop {
        let rest = octets.get(at..)?;
        if rest.starts_with(&[0, 0]) {
            open -= 1;
            if open == 0 {
                return Some(at);
            }
            at += 2;
            continue;
        }
        match header(rest) {
            Ok((head, length)) => at = at.checked_add(head)?.checked_add(length)?,
            Err(Irregular::Indefinite) => {
                open += 1;
                at += 2;
            }
            Err(_) => return None,
        }
    }
}

/// Reads identifier and length octets: how many they are, and the length they give.
fn header(octets: &[u8]) -> Result<(usize, usize), Irregular> {
    let (Some(&tag), Some(&first)) = (octets.first(), octets.get(1)) else {
        return Err(Irregular::Truncated);
    };
    if tag & 0x1F == 0x1F {
        return Err(Irregular::HighTag);
    }
    if first < 0x80 {
        return Ok((2, usize::from(first)));
    }
    if first == 0x80 {
        return Err(Irregular::Indefinite);
    }
    let count = usize::from(first & 0x7F);
    let Some(lengths) = octets.get(2..2 + count) else {
        return Err(Irregular::Truncated);
    };
    let mut length: u64 = 0;
    for octet in lengths {
        // A length beyond 2^32 ends after any octets that we hold.
        if length >> 32 != 0 {
            return Err(Irregular::Truncated);
        }
        length = length << 8 | u64::from(*octet);
    }
    let length = usize::try_from(length).map_err(|_| Irregular::Truncated)?;
    Ok((2 + count, length))
}

/// Says whether a length takes more octets than it needs.
fn is_long(octets: &[u8], head: usize, length: usize) -> bool {
    head > 2 && (length < 0x80 || octets.get(2) == Some(&0))
}

/// Names what is irregular about the contents of one value.
fn irregular(tag: u8, contents: &[u8]) -> Option<Irregular> {
    match tag {
        BOOLEAN if !matches!(contents, [0 | 0xFF]) => Some(Irregular::Boolean),
        INTEGER if !is_minimal(contents) => Some(Irregular::Integer),
        NULL if !contents.is_empty() => Some(Irregular::Null),
        OID if !is_oid(contents) => Some(Irregular::Oid),
        BIT_STRING if !is_bit_string(contents) => Some(Irregular::BitString),
        SET if !is_ordered(contents) => Some(Irregular::SetOrder),
        0x10 | 0x11 => Some(Irregular::Primitive),
        // Constructed forms of the string types, numbers 3, 4, 12, 18 to 22, 24 to 30.
        0x23 | 0x24 | 0x2C | 0x32..=0x3E => Some(Irregular::Segments),
        _ => None,
    }
}

fn is_minimal(contents: &[u8]) -> bool {
    match contents {
        [] => false,
        [0, second, ..] => *second >= 0x80,
        [0xFF, second, ..] => *second < 0x80,
        [_, ..] => true,
    }
}

fn is_oid(contents: &[u8]) -> bool {
    let ends = contents.last().is_some_and(|last| last & 0x80 == 0);
    let mut starts = true;
    let padded = contents.iter().any(|octet| {
        let padding = starts && *octet == 0x80;
        starts = octet & 0x80 == 0;
        padding
    });
    ends && !padded
}

fn is_bit_string(contents: &[u8]) -> bool {
    match contents {
        [] => false,
        [0, ..] => true,
        [unused @ 1..=7, .., last] => last.trailing_zeros() >= u32::from(*unused),
        [_, ..] => false,
    }
}

/// Says whether the values of a SET OF are in ascending order of their encodings.
pub(super) fn is_ordered(contents: &[u8]) -> bool {
    let mut reader = Reader::new(contents, 0);
    let mut previous: &[u8] = &[];
    while let Some(item) = reader.next() {
        if !is_ascending(previous, item.whole) {
            return false;
        }
        previous = item.whole;
    }
    true
}

/// Compares two encodings, the shorter one padded with zero octets.
fn is_ascending(first: &[u8], second: &[u8]) -> bool {
    let length = first.len().max(second.len());
    let padded = |octets| std::iter::chain(octets, std::iter::repeat(&0)).take(length);
    padded(first).le(padded(second))
}

#[cfg(test)]
mod tests;
