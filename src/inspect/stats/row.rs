//! One record, compact: a million of them are kept at once.

use std::cmp::Ordering;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::civil;

use super::names::HolderId;
use crate::resource::{AddressRange, Asn};

/// The type of numbers of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// AS numbers; the value counts them.
    Asn,
    /// IPv4 addresses; the value counts them.
    Ipv4,
    /// IPv6 addresses; the value is the length of a prefix.
    Ipv6,
}

impl Kind {
    /// All types in alphabetical order.
    pub const ALL: [Self; 3] = [Self::Asn, Self::Ipv4, Self::Ipv6];

    /// Returns the word of the format.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asn => "asn",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }

    /// Reads the word of the format.
    pub fn of(word: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|k| k.as_str().as_bytes() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What became of the numbers of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Allocated to a holder.
    Allocated,
    /// Assigned to a holder.
    Assigned,
    /// Not held by anybody, and can be delegated.
    Available,
    /// Not held by anybody, and cannot be delegated.
    Reserved,
    /// IANA's, as the NRO's combined file says it.
    IanaPool,
    /// Another word, which the format does not have.
    Other,
}

impl Status {
    /// All statuses that have a word.
    pub const ALL: [Self; 5] = [
        Self::Allocated,
        Self::Assigned,
        Self::Available,
        Self::Reserved,
        Self::IanaPool,
    ];

    /// Returns the word of the format; `?` for another word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allocated => "allocated",
            Self::Assigned => "assigned",
            Self::Available => "available",
            Self::Reserved => "reserved",
            Self::IanaPool => "ianapool",
            Self::Other => "?",
        }
    }

    /// Reads the word of the format.
    pub fn of(word: &[u8]) -> Self {
        let known = Self::ALL.into_iter();
        let mut known = known.filter(|s| s.as_str().as_bytes() == word);
        known.next().unwrap_or(Self::Other)
    }

    /// Says whether somebody holds the numbers.
    pub const fn is_held(self) -> bool {
        matches!(self, Self::Allocated | Self::Assigned)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The country of a record: two letters as written, nothing, or something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Nothing is written.
    pub const NONE: Self = Self([0, 0]);
    /// What is written is no two letters.
    pub const BAD: Self = Self([0, 1]);

    /// Reads a field.
    pub fn of(field: &[u8]) -> Self {
        match field {
            [] => Self::NONE,
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => Self([*a, *b]),
            _ => Self::BAD,
        }
    }

    /// Returns the two letters; `None` if there are none.
    pub fn letters(&self) -> Option<&str> {
        let letters = self.0.iter().all(u8::is_ascii_alphabetic);
        std::str::from_utf8(&self.0).ok().filter(|_| letters)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.letters().unwrap_or_default())
    }
}

/// The date of a record: a day, nothing, eight zeros, or something else.
///
/// Days sort as they should, after everything that is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(u32);

impl Date {
    /// Nothing is written.
    pub const NONE: Self = Self(0);
    /// `00000000`: the format's word for a first delegation whose day is not known.
    pub const ZERO: Self = Self(1);
    /// What is written is no day of the calendar.
    pub const BAD: Self = Self(2);

    /// Reads a field of eight digits, `YYYYMMDD`.
    pub fn of(field: &[u8]) -> Self {
        if field.is_empty() {
            return Self::NONE;
        }
        if field == b"00000000" {
            return Self::ZERO;
        }
        let number = match field.len() {
            8 => super::fields::decimal(field).and_then(|n| u32::try_from(n).ok()),
            _ => None,
        };
        let day = number
            .map(Self)
            .filter(|date| date.is_day() && date.day().is_some());
        day.unwrap_or(Self::BAD)
    }

    /// Returns the date of a day; [`Date::BAD`] before the year 1.
    pub fn from_day(day: civil::Date) -> Self {
        let part = |number: i8| u32::try_from(number).unwrap_or(0);
        match u32::try_from(day.year()) {
            Ok(year) if year > 0 => Self(year * 10_000 + part(day.month()) * 100 + part(day.day())),
            _ => Self::BAD,
        }
    }

    /// Says whether it is a day.
    pub const fn is_day(self) -> bool {
        self.0 > Self::BAD.0
    }

    /// Returns the day; `None` if there is none.
    pub fn day(self) -> Option<civil::Date> {
        let part = |number: u32| i8::try_from(number % 100).ok();
        let year = i16::try_from(self.0 / 10_000).ok().filter(|y| *y > 0)?;
        civil::Date::new(year, part(self.0 / 100)?, part(self.0)?).ok()
    }
}

impl fmt::Display for Date {
    /// Writes the field: eight digits, or nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE | Self::BAD => f.pad(""),
            Self::ZERO => f.pad("00000000"),
            Self(number) => write!(f, "{number:08}"),
        }
    }
}

/// Where a row of the NRO's combined file came from: its ninth field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// There is no ninth field.
    None,
    /// `e-stats`: a registry's file.
    Registry,
    /// `iana`: IANA.
    Iana,
    /// Something else.
    Other,
}

impl Source {
    /// Reads a ninth field.
    pub const fn of(field: Option<&[u8]>) -> Self {
        match field {
            None => Self::None,
            Some(b"e-stats") => Self::Registry,
            Some(b"iana") => Self::Iana,
            Some(_) => Self::Other,
        }
    }

    /// Returns the field; empty for none and for something else.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "e-stats",
            Self::Iana => "iana",
            Self::None | Self::Other => "",
        }
    }
}

/// A record of a statistics file, as far as it says which numbers it is about.
///
/// It has 40 octets. Names are indexes into tables of the file it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The start as written, as two halves, so that a row is not aligned to 16 octets.
    high: u64,
    low: u64,
    /// One less than the value of AS numbers and IPv4, the value of IPv6.
    extent: u32,
    /// The holder's id.
    pub holder: HolderId,
    /// The date.
    pub date: Date,
    /// Its line, from 1.
    pub line: u32,
    /// The country.
    pub country: Country,
    /// The type.
    pub kind: Kind,
    /// The status.
    pub status: Status,
    /// The registry, an index into [`super::Stats::registries`].
    pub registry: u8,
    /// How many fields it has; 255 for more.
    pub fields: u8,
    /// Where it came from.
    pub source: Source,
}

impl Row {
    /// Returns a row over `value` numbers from `start`, or over a prefix of IPv6; everything else is
    /// as in an empty field. `None` if the value is 0 or beyond what the type has.
    pub fn new(kind: Kind, start: u128, value: u64) -> Option<Self> {
        let most = match kind {
            Kind::Asn | Kind::Ipv4 => u128::from(u32::MAX),
            Kind::Ipv6 => u128::MAX,
        };
        let extent = match kind {
            Kind::Asn | Kind::Ipv4 => {
                let extent = u32::try_from(value.checked_sub(1)?).ok()?;
                start
                    .checked_add(u128::from(extent))
                    .filter(|last| *last <= most)?;
                extent
            }
            Kind::Ipv6 => u32::try_from(value).ok().filter(|length| *length <= 128)?,
        };
        let half = |number: u128| u64::try_from(number & u128::from(u64::MAX)).unwrap_or(0);
        Some(Self {
            high: half(start >> 64),
            low: half(start),
            extent,
            holder: HolderId::NONE,
            date: Date::NONE,
            line: 0,
            country: Country::NONE,
            kind,
            status: Status::Other,
            registry: 0,
            fields: 8,
            source: Source::None,
        })
    }

    /// Returns the number that stands as start; one of an IPv6 row may have bits behind the prefix.
    pub const fn start(&self) -> u128 {
        // No number of halves is lost.
        #[expect(
            clippy::as_conversions,
            reason = "a wider integer, in a const function"
        )]
        let (high, low) = (self.high as u128, self.low as u128);
        high << 64 | low
    }

    /// Returns the count of AS numbers or IPv4 addresses, or the length of the prefix.
    pub const fn value(&self) -> u64 {
        #[expect(
            clippy::as_conversions,
            reason = "a wider integer, in a const function"
        )]
        let extent = self.extent as u64;
        match self.kind {
            Kind::Asn | Kind::Ipv4 => extent + 1,
            Kind::Ipv6 => extent,
        }
    }

    /// Returns the mask of the bits behind the prefix; of AS numbers and IPv4 nothing.
    const fn behind(&self) -> u128 {
        match self.kind {
            Kind::Asn | Kind::Ipv4 => 0,
            Kind::Ipv6 => match u128::MAX.checked_shr(self.extent) {
                Some(mask) => mask,
                None => 0,
            },
        }
    }

    /// Returns the first number: of a prefix the one with no bits behind its length.
    pub const fn first(&self) -> u128 {
        self.start() & !self.behind()
    }

    /// Returns the last number.
    pub const fn last(&self) -> u128 {
        match self.kind {
            #[expect(
                clippy::as_conversions,
                reason = "a wider integer, in a const function"
            )]
            Kind::Asn | Kind::Ipv4 => self.start() + self.extent as u128,
            Kind::Ipv6 => self.start() | self.behind(),
        }
    }

    /// Says whether a start of IPv6 has bits behind the prefix.
    pub const fn has_bits_behind(&self) -> bool {
        self.start() & self.behind() != 0
    }

    /// Says whether a row of IPv4 is one prefix.
    pub const fn is_prefix(&self) -> bool {
        match self.kind {
            Kind::Asn => false,
            Kind::Ipv4 => self.value().is_power_of_two() && self.low.is_multiple_of(self.value()),
            Kind::Ipv6 => !self.has_bits_behind(),
        }
    }

    /// Returns the addresses; `None` for AS numbers.
    pub fn addresses(&self) -> Option<AddressRange> {
        let v4 = |number: u128| Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX));
        let v6 = |number: u128| IpAddr::V6(Ipv6Addr::from(number));
        let (first, last) = match self.kind {
            Kind::Asn => return None,
            Kind::Ipv4 => (IpAddr::V4(v4(self.first())), IpAddr::V4(v4(self.last()))),
            Kind::Ipv6 => (v6(self.first()), v6(self.last())),
        };
        AddressRange::new(first, last).ok()
    }

    /// Returns the first and last AS number; `None` for addresses.
    pub fn asns(&self) -> Option<(Asn, Asn)> {
        let asn = |number: u128| Asn(u32::try_from(number).unwrap_or(u32::MAX));
        (self.kind == Kind::Asn).then(|| (asn(self.first()), asn(self.last())))
    }

    /// Writes the start as the format has it: a number, dotted decimal, RFC 5952.
    pub fn start_text(&self) -> String {
        match self.kind {
            Kind::Asn => self.low.to_string(),
            Kind::Ipv4 => Ipv4Addr::from(u32::try_from(self.low).unwrap_or(u32::MAX)).to_string(),
            Kind::Ipv6 => Ipv6Addr::from(self.start()).to_string(),
        }
    }

    /// Writes the numbers: `AS64496`, `AS64496-AS64499`, a prefix, a range.
    pub fn numbers(&self) -> String {
        match (self.addresses(), self.asns()) {
            (Some(range), _) => range.to_string(),
            (None, Some((first, last))) if first != last => format!("{first}-{last}"),
            (None, asns) => asns.map(|(first, _)| first.to_string()).unwrap_or_default(),
        }
    }

    /// Compares by type and numbers, and then by line: the order of a sweep.
    pub fn by_numbers(&self, other: &Self) -> Ordering {
        let key = |row: &Self| (row.kind, row.first(), row.last(), row.line);
        key(self).cmp(&key(other))
    }

    /// Says whether both have a number in common.
    pub const fn overlaps(&self, other: &Self) -> bool {
        matches!(
            (self.kind, other.kind),
            (Kind::Asn, Kind::Asn) | (Kind::Ipv4, Kind::Ipv4) | (Kind::Ipv6, Kind::Ipv6)
        ) && self.first() <= other.last()
            && other.first() <= self.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_small() {
        assert_eq!(size_of::<Row>(), 40);
    }

    #[test]
    fn dates_are_days_or_say_why_not() {
        for (field, written, day) in [
            ("20181013", "20181013", Some("2018-10-13")),
            ("", "", None),
            ("00000000", "00000000", None),
            ("20180229", "", None),
            ("2018101", "", None),
            ("+2018101", "", None),
            ("00010101", "00010101", Some("0001-01-01")),
            ("00000101", "", None),
        ] {
            let date = Date::of(field.as_bytes());
            assert_eq!(date.to_string(), written, "{field}");
            let seen = date.day().map(|d| d.to_string());
            assert_eq!(seen.as_deref(), day, "{field}");
            if let Some(day) = date.day() {
                assert_eq!(Date::from_day(day), date);
            }
        }
        assert!(Date::of(b"19830705") < Date::of(b"20181013"));
    }

    #[test]
    fn rows_are_over_numbers_that_there_are() {
        let row = |kind, start, value| Row::new(kind, start, value);
        let whole = row(Kind::Ipv4, 0, 1 << 32).unwrap();
        assert_eq!((whole.first(), whole.last()), (0, u128::from(u32::MAX)));
        assert_eq!((whole.value(), whole.is_prefix()), (1 << 32, true));
        assert!(row(Kind::Ipv4, 1, 1 << 32).is_none());
        assert!(row(Kind::Asn, 5, 0).is_none());
        assert!(row(Kind::Asn, 0, u64::MAX).is_none());
        assert!(row(Kind::Ipv6, 0, 129).is_none());
        let six = row(Kind::Ipv6, 0x2001_0db8 << 96 | 1, 32).unwrap();
        assert_eq!(six.first(), 0x2001_0db8 << 96);
        assert_eq!(six.numbers(), "2001:db8::/32");
        assert_eq!(six.start_text(), "2001:db8::1");
        assert!(six.has_bits_behind());
        let all = row(Kind::Ipv6, 0, 0).unwrap();
        assert_eq!((all.first(), all.last()), (0, u128::MAX));
        let one = row(Kind::Ipv6, 7, 128).unwrap();
        assert_eq!((one.first(), one.last()), (7, 7));
        let range = row(Kind::Ipv4, 0xc000_0201, 3).unwrap();
        assert!(!range.is_prefix() && range.overlaps(&whole));
        assert_eq!(range.numbers(), "192.0.2.1-192.0.2.3");
        assert_eq!(
            row(Kind::Asn, 64_496, 2).unwrap().numbers(),
            "AS64496-AS64497"
        );
    }
}
