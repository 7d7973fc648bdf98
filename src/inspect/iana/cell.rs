//! What stands in cells: blocks, numbers, days, URLs.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use crate::resource::{AddressRange, AddressSet, Asn, AsnSet, Prefix};

/// A day, or a month where no day is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day {
    year: i16,
    month: i8,
    /// The day of the month; `None` if it is not said.
    day: Option<i8>,
}

impl Day {
    /// Reads `2010-01` or `2010-01-19`; `None` for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let mut part = |digits: usize| {
            let text = parts.next()?;
            let is_number = text.len() == digits && text.bytes().all(|o| o.is_ascii_digit());
            text.parse::<i16>().ok().filter(|_| is_number)
        };
        let year = part(4)?;
        let month = i8::try_from(part(2)?).ok()?;
        let day = part(2).and_then(|day| i8::try_from(day).ok());
        if day.is_none() && text.trim().len() != 7 || parts.next().is_some() {
            return None;
        }
        // A calendar tells which days there are.
        jiff::civil::Date::new(year, month, day.unwrap_or(1)).ok()?;
        Some(Self { year, month, day })
    }

    /// Returns it as statistics write days, `20100119`; the first of a month where no day is said.
    pub fn to_digits(self) -> String {
        format!(
            "{:04}{:02}{:02}",
            self.year,
            self.month,
            self.day.unwrap_or(1)
        )
    }

    /// Returns the first day it can be.
    pub fn first(self) -> jiff::civil::Date {
        let date = jiff::civil::Date::new(self.year, self.month, self.day.unwrap_or(1));
        date.unwrap_or_default()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)?;
        match self.day {
            Some(day) => write!(f, "-{day:02}"),
            None => Ok(()),
        }
    }
}

/// Returns a text without footnote marks such as `[2]`.
pub(super) fn without_marks(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('[') {
        plain.push_str(before);
        let mark = behind.split_once(']');
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|o| o.is_ascii_digit());
        match mark {
            Some((number, behind)) if is_number(number) => rest = behind,
            _ => {
                plain.push('[');
                rest = behind;
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// Reads the blocks of a cell, such as `192.0.0.170/32, 192.0.0.171/32`, `001/8` or `192.0.0.0/24 [2]`.
///
/// # Errors
///
/// What is wrong with the first that is none.
pub(super) fn blocks(text: &str) -> Result<AddressSet, String> {
    let plain = without_marks(text);
    let parts = plain.split([',', '\n']).map(str::trim);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return Err("no block; expected one such as `192.0.2.0/24`".to_owned());
    }
    parts.into_iter().map(block).collect()
}

fn block(text: &str) -> Result<AddressRange, String> {
    if let Some(octet) = text.strip_suffix("/8").and_then(|first| octet(first)) {
        let address = IpAddr::V4(Ipv4Addr::new(octet, 0, 0, 0));
        let prefix = Prefix::new(address, 8).map_err(|error| error.to_string())?;
        return Ok(prefix.range());
    }
    text.parse::<Prefix>()
        .map(|prefix| prefix.range())
        .map_err(|error| error.to_string())
}

/// Reads an octet of three digits or fewer.
fn octet(text: &str) -> Option<u8> {
    let is_number = (1..=3).contains(&text.len()) && text.bytes().all(|o| o.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// Reads a range of addresses from the cells of its ends.
///
/// # Errors
///
/// What is wrong with the first end that is none.
pub(super) fn range(start: &str, end: &str) -> Result<AddressSet, String> {
    let address = |text: &str| {
        let plain = without_marks(text);
        let plain = plain.trim();
        let shown: String = plain.chars().take(80).collect();
        plain
            .parse::<IpAddr>()
            .map_err(|_| format!("`{shown}` is not an IP address"))
    };
    AddressRange::new(address(start)?, address(end)?)
        .map(AddressSet::from)
        .map_err(|error| error.to_string())
}

/// Reads the AS numbers of a cell, `1-1876` or `23456`.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn numbers(text: &str) -> Result<AsnSet, String> {
    let plain = without_marks(text);
    let plain = plain.trim();
    let number = |text: &str| {
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
        text.parse().ok().filter(|_| digits).map(Asn)
    };
    let (first, last) = plain.split_once('-').unwrap_or((plain, plain));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok(AsnSet::range(first, last)),
        _ => {
            let shown: String = plain.chars().take(80).collect();
            Err(format!("`{shown}`; expected `23456` or `1-1876`"))
        }
    }
}

/// Returns the URLs of a cell: apart by blanks, or by nothing at all.
pub(super) fn urls(text: &str) -> Vec<String> {
    let mut urls = Vec::new();
    for part in text.split_whitespace() {
        let mut rest = part;
        while let Some(at) = next_url(rest) {
            let (own, more) = rest.split_at_checked(at).unwrap_or((rest, ""));
            urls.push(own.to_owned());
            rest = more;
        }
        urls.push(rest.to_owned());
    }
    urls
}

/// Returns where another URL begins behind the first octet.
fn next_url(text: &str) -> Option<usize> {
    let begins = ["https://", "http://"].into_iter();
    let found = begins.filter_map(|scheme| {
        let rest = text.get(1..)?;
        rest.find(scheme).map(|at| at.saturating_add(1))
    });
    found.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_with_and_without_their_day() {
        for (text, digits, shown) in [
            ("2010-01", "20100101", "2010-01"),
            (" 1999-07-01 ", "19990701", "1999-07-01"),
        ] {
            let day = Day::read(text).unwrap();
            assert_eq!(
                (day.to_digits().as_str(), day.to_string().as_str()),
                (digits, shown)
            );
        }
        for text in [
            "",
            "2010",
            "2010-1",
            "2010-13",
            "2010-02-30",
            "2010-01-",
            "RFC4291",
            "2010-01-01-01",
        ] {
            assert_eq!(Day::read(text), None, "{text}");
        }
    }

    #[test]
    fn blocks_are_read_in_every_spelling() {
        for (text, read) in [
            ("001/8", "1.0.0.0/8"),
            ("255/8", "255.0.0.0/8"),
            ("192.0.0.0/24 [2]", "192.0.0.0/24"),
            ("192.0.0.170/32, 192.0.0.171/32", "192.0.0.170/31"),
            ("2001:0200::/23", "2001:200::/23"),
            (
                "64:ff9b::/96\n64:ff9b:1::/48",
                "64:ff9b::/96, 64:ff9b:1::/48",
            ),
        ] {
            assert_eq!(blocks(text).unwrap().to_string(), read, "{text}");
        }
        for text in [
            "",
            "256/8",
            "1/24",
            "192.0.2.1/24",
            "[2]",
            "x",
            "2001::/129",
            "1.2.3/24,",
        ] {
            assert!(blocks(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_and_ranges_are_read() {
        assert_eq!(numbers("1-1876").unwrap().to_string(), "AS1-AS1876");
        assert_eq!(numbers("4294967295 [1]").unwrap().count(), 1);
        for text in ["", "2-1", "AS1", "1-", "4294967296", "1-2-3"] {
            assert!(numbers(text).is_err(), "{text}");
        }
        assert_eq!(
            range("45.2.0.0", "45.3.255.255").unwrap().to_string(),
            "45.2.0.0/15"
        );
        assert!(range("45.3.0.0", "45.2.0.0").is_err());
    }

    #[test]
    fn two_urls_in_a_cell_are_two() {
        let both = [
            "https://rdap.arin.net/registry",
            "http://rdap.arin.net/registry",
        ];
        assert_eq!(
            urls("https://rdap.arin.net/registry\nhttp://rdap.arin.net/registry"),
            both
        );
        assert_eq!(
            urls("https://rdap.arin.net/registryhttp://rdap.arin.net/registry"),
            both
        );
        assert_eq!(urls("  "), Vec::<String>::new());
        assert_eq!(urls("é https://x/"), ["é", "https://x/"]);
    }

    #[test]
    fn only_numbers_are_footnote_marks() {
        assert_eq!(without_marks("Status [1]"), "Status ");
        assert_eq!(without_marks("[RFC 1] [12][13]x["), "[RFC 1] x[");
    }
}
