//! Dates of logs: the form that the format asks for, and those that registries write.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// A date and time that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// When, UTC.
    pub(super) at: Timestamp,
    /// How it is written.
    pub(super) form: Form,
}

/// How a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// As RFC 3339 says, with `Z`.
    Utc,
    /// As RFC 3339 says, with another offset.
    Offset,
    /// Something else that leaves no doubt, such as a blank between date and time.
    Other(Oddity),
}

/// What is odd about a date that still can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Oddity {
    /// A blank, or nothing, instead of `T`.
    NoT,
    /// An offset without colon or minutes: `-0300`, `-03`.
    ShortOffset,
    /// No offset; read as UTC.
    NoOffset,
    /// A day without a time; read as its beginning in UTC.
    DayOnly,
    /// No hyphens or colons: `20170322`.
    Compact,
}

impl Oddity {
    /// Says what is odd, for messages.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::NoT => "no `T` between date and time",
            Self::ShortOffset => "an offset that is not of the form `+00:00`",
            Self::NoOffset => "no offset from UTC",
            Self::DayOnly => "no time",
            Self::Compact => "no hyphens or colons",
        }
    }
}

impl Moment {
    /// Reads a date; `None` if it is none, or could be several.
    ///
    /// The first thing that is odd is told. Seconds of 60 are those before; fractions beyond
    /// nanoseconds are cut.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut rest = Rest(text.trim());
        let trimmed = rest.0.len() != text.len();
        let mut odd = trimmed.then_some(Oddity::NoT);
        let mut tell = |oddity| {
            odd.get_or_insert(oddity);
        };
        let year = i16::try_from(rest.digits(4)?).ok()?;
        let hyphens = rest.skip('-');
        if !hyphens {
            tell(Oddity::Compact);
        }
        let month = rest.digits(2)?;
        if rest.skip('-') != hyphens {
            return None;
        }
        let date = Date::new(year, small(month)?, small(rest.digits(2)?)?).ok()?;
        if rest.0.is_empty() {
            tell(Oddity::DayOnly);
            let at = Offset::UTC.to_timestamp(date.to_datetime(Time::midnight()));
            return Some(Self::of(at.ok()?, odd, true));
        }
        if !rest.skip('T') && !rest.skip('t') {
            tell(Oddity::NoT);
            rest.0 = rest.0.trim_start();
        }
        let hour = rest.digits(2)?;
        let colons = rest.skip(':');
        if !colons {
            tell(Oddity::Compact);
        }
        let minute = rest.digits(2)?;
        if rest.skip(':') != colons {
            return None;
        }
        let second = Some(rest.digits(2)?).filter(|second| *second <= 60)?;
        let nanosecond = match rest.skip('.') {
            true => rest.fraction()?,
            false => 0,
        };
        // A leap second is the second before it: nothing here rests on it.
        let second = small(second.min(59))?;
        let time = Time::new(small(hour)?, small(minute)?, second, nanosecond).ok()?;
        let before = rest.0.len();
        rest.0 = rest.0.trim_start();
        if rest.0.len() != before {
            tell(Oddity::ShortOffset);
        }
        let (offset, utc) = match rest.offset()? {
            Zone::Utc => (Offset::UTC, true),
            Zone::Whole(offset) => (offset, false),
            Zone::Short(offset) => {
                tell(Oddity::ShortOffset);
                (offset, false)
            }
            Zone::None => {
                tell(Oddity::NoOffset);
                (Offset::UTC, true)
            }
        };
        let at = offset.to_timestamp(date.to_datetime(time)).ok()?;
        Some(Self::of(at, odd, utc))
    }

    const fn of(at: Timestamp, odd: Option<Oddity>, utc: bool) -> Self {
        let form = match odd {
            Some(oddity) => Form::Other(oddity),
            None if utc => Form::Utc,
            None => Form::Offset,
        };
        Self { at, form }
    }
}

/// An offset as it is written.
enum Zone {
    Utc,
    Whole(Offset),
    Short(Offset),
    None,
}

fn small(number: u32) -> Option<i8> {
    i8::try_from(number).ok()
}

/// What of a text was not read yet.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn skip(&mut self, character: char) -> bool {
        match self.0.strip_prefix(character) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// Reads a number of so many digits.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        self.0 = rest;
        digits.parse().ok()
    }

    /// Reads digits behind a point as nanoseconds.
    fn fraction(&mut self) -> Option<i32> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        if digits.is_empty() {
            return None;
        }
        let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
        nine.parse().ok()
    }

    /// Reads the offset, which ends the text.
    fn offset(&mut self) -> Option<Zone> {
        if self.0.is_empty() {
            return Some(Zone::None);
        }
        if self.skip('Z') || self.skip('z') {
            return self.0.is_empty().then_some(Zone::Utc);
        }
        let sign = match (self.skip('+'), self.skip('-')) {
            (true, _) => 1,
            (_, true) => -1,
            (false, false) => return None,
        };
        let hours = i32::try_from(self.digits(2)?).ok()?;
        let colon = self.skip(':');
        let minutes = match self.0.is_empty() && !colon {
            true => 0,
            false => i32::try_from(self.digits(2)?).ok()?,
        };
        if !self.0.is_empty() || minutes > 59 {
            return None;
        }
        let offset = Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok()?;
        Some(match colon {
            true => Zone::Whole(offset),
            false => Zone::Short(offset),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, at: &str, form: Form) {
        let expected = Moment {
            at: at.parse().unwrap(),
            form,
        };
        assert_eq!(Moment::read(text), Some(expected), "{text}");
    }

    #[test]
    fn the_form_of_rfc_3339_is_told_from_others_that_can_be_read() {
        let at = "2016-09-30T16:05:22Z";
        check("2016-09-30T16:05:22Z", at, Form::Utc);
        check("2016-09-30t16:05:22z", at, Form::Utc);
        check("2016-09-30T13:05:22-03:00", at, Form::Offset);
        check("2016-09-30T16:05:22+00:00", at, Form::Offset);
        for (text, oddity) in [
            ("2016-09-30 16:05:22Z", Oddity::NoT),
            (" 2016-09-30T16:05:22Z", Oddity::NoT),
            ("2016-09-30T13:05:22-0300", Oddity::ShortOffset),
            ("2016-09-30T13:05:22-03", Oddity::ShortOffset),
            ("2016-09-30T16:05:22 Z", Oddity::ShortOffset),
            ("2016-09-30T16:05:22", Oddity::NoOffset),
            ("20160930T160522Z", Oddity::Compact),
        ] {
            check(text, at, Form::Other(oddity));
        }
        check(
            "2016-09-30",
            "2016-09-30T00:00:00Z",
            Form::Other(Oddity::DayOnly),
        );
        check(
            "20160930",
            "2016-09-30T00:00:00Z",
            Form::Other(Oddity::Compact),
        );
    }

    #[test]
    fn times_are_exact() {
        check(
            "2016-09-30 13:05:22.120981-0300",
            "2016-09-30T16:05:22.120981Z",
            Form::Other(Oddity::NoT),
        );
        check("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z", Form::Utc);
        check(
            "2016-01-01T00:00:00.1234567899999Z",
            "2016-01-01T00:00:00.123456789Z",
            Form::Utc,
        );
        check(
            "2016-01-01T00:30:00+05:45",
            "2015-12-31T18:45:00Z",
            Form::Offset,
        );
    }

    #[test]
    fn what_is_no_date_or_could_be_several_is_not_read() {
        for text in [
            "",
            "now",
            "09/30/2016",
            "30.09.2016",
            "2016-9-30",
            "2016-13-01T00:00:00Z",
            "2015-02-29T00:00:00Z",
            "2016-09-30T24:00:00Z",
            "2016-09-30T16:60:00Z",
            "2016-09-30T16:05:61Z",
            "2016-09-30T16:05Z",
            "2016-0930T16:05:22Z",
            "2016-09-30T1605:22Z",
            "2016-09-30T16:05:22.Z",
            "2016-09-30T16:05:22+99:00",
            "2016-09-30T16:05:22+03:60",
            "2016-09-30T16:05:22+03:",
            "2016-09-30T16:05:22ZZ",
            "2016-09-30T16:05:22UTC",
            "0000-00-00 00:00:00",
            "１２３４-09-30T16:05:22Z",
            "1475251522",
            "99999-01-01T00:00:00Z",
        ] {
            assert_eq!(Moment::read(text), None, "{text}");
        }
    }
}
