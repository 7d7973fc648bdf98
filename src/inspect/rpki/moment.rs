//! Times of certificates, CRLs and signed objects.
//!
//! Only the two forms that RFC 5280 allows are read: `YYMMDDHHMMSSZ` and
//! `YYYYMMDDHHMMSSZ`. Anything else of these types is kept as a place without a time.

use std::fmt;

use super::der::{GENERALIZED_TIME, Item, Reader, UTC_TIME};

/// First second of the year 2050, from which on certificates and CRLs use `GeneralizedTime`.
///
/// Source: RFC 5280, section 4.1.2.5.
const YEAR_2050: i64 = 2_524_608_000;

/// A time and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Offset of the value.
    pub at: usize,
    /// Whether it is a `UTCTime`; a `GeneralizedTime` otherwise.
    pub is_utc: bool,
    /// Seconds since 1970; `None` if it is not of the one allowed form.
    pub seconds: Option<i64>,
}

impl Moment {
    /// Takes a time if one comes next.
    pub(super) fn take(reader: &mut Reader<'_>) -> Option<Self> {
        let is_time = reader.is_next(UTC_TIME) || reader.is_next(GENERALIZED_TIME);
        if is_time {
            Self::read(&reader.next()?)
        } else {
            None
        }
    }

    /// Reads a value of one of the two time types.
    pub(super) fn read(item: &Item<'_>) -> Option<Self> {
        let is_utc = match item.tag {
            UTC_TIME => true,
            GENERALIZED_TIME => false,
            _ => return None,
        };
        Some(Self {
            at: item.at,
            is_utc,
            seconds: seconds(item.octets, is_utc),
        })
    }

    /// Says what is wrong with the encoding of this time in a certificate or CRL.
    ///
    /// Source: RFC 5280, sections 4.1.2.5 and 5.1.2.4 to 5.1.2.6.
    pub(super) fn wrong_in_x509(&self) -> Option<&'static str> {
        match self.seconds {
            None => Some(MALFORMED),
            Some(seconds) if !self.is_utc && seconds < YEAR_2050 => {
                Some("a GeneralizedTime before 2050; such a time is a UTCTime")
            }
            Some(_) => None,
        }
    }
}

/// What is said of a time that is not of the one allowed form.
pub(super) const MALFORMED: &str = "not a time of the form `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`";

/// A time in a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown(pub i64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} s", self.0),
        }
    }
}

/// Returns seconds since 1970 of the one allowed form of a time.
fn seconds(octets: &[u8], is_utc: bool) -> Option<i64> {
    let (year, rest) = if is_utc {
        let (year, rest) = octets.split_at_checked(2)?;
        let year = digits(year)?;
        (year + if year < 50 { 2000 } else { 1900 }, rest)
    } else {
        let (year, rest) = octets.split_at_checked(4)?;
        (digits(year)?, rest)
    };
    let [month, day, hour, minute, second] = {
        let mut parts = [0_i64; 5];
        let (numbers, last) = rest.split_at_checked(10)?;
        if last != b"Z" {
            return None;
        }
        for (part, text) in parts.iter_mut().zip(numbers.chunks_exact(2)) {
            *part = digits(text)?;
        }
        parts
    };
    let fits = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    fits.then(|| ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

fn digits(octets: &[u8]) -> Option<i64> {
    octets.iter().try_fold(0, |number, octet| {
        let digit = octet.is_ascii_digit().then(|| i64::from(octet - b'0'))?;
        Some(number * 10 + digit)
    })
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns days since 1970-01-01 of a date of the Gregorian calendar.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the leap day is the last of its year.
    let year = if month > 2 { year } else { year - 1 };
    let month = (month + 9) % 12;
    year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 153 + 2) / 5
        + day
        - 1
        - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let is_utc = text.len() < 15;
        let expected = expected.map(|time| time.parse::<jiff::Timestamp>().unwrap().as_second());
        assert_eq!(seconds(text.as_bytes(), is_utc), expected, "{text}");
    }

    #[test]
    fn the_two_forms_are_read() {
        check("700101000000Z", Some("1970-01-01T00:00:00Z"));
        check("491231235959Z", Some("2049-12-31T23:59:59Z"));
        check("500101000000Z", Some("1950-01-01T00:00:00Z"));
        check("20000229120000Z", Some("2000-02-29T12:00:00Z"));
        check("20500101000000Z", Some("2050-01-01T00:00:00Z"));
        check("99981231235959Z", Some("9998-12-31T23:59:59Z"));
        check("00000101000000Z", Some("0000-01-01T00:00:00Z"));
        assert_eq!(seconds(b"20500101000000Z", false), Some(YEAR_2050));
    }

    #[test]
    fn nothing_else_is_read() {
        for text in [
            "",
            "Z",
            "2601010000Z",
            "260101000000",
            "260101000000+0100",
            "261301000000Z",
            "260229000000Z",
            "260100000000Z",
            "260101240000Z",
            "260101006000Z",
            "260101000060Z",
            "20260101000000.5Z",
            "2026010100000xZ",
            "20260101000000ZZ",
        ] {
            check(text, None);
        }
    }
}
