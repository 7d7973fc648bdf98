//! Quantities with units, as scenarios write them: `8 MiB`, `36h`, `5%`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Units of length of time with their seconds; a day is 24 hours, a week 7 days.
const DURATIONS: &[(&str, f64)] = &[
    ("ms", 0.001),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3_600.0),
    ("d", 86_400.0),
    ("w", 604_800.0),
];

/// Units of size with their octets: decimal ones by SI, binary ones by IEC 80000-13.
const SIZES: &[(&str, f64)] = &[
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("KiB", 1_024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
];

/// Largest quantity that is read, in its base unit; beyond it `f64` loses whole units.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// What a quantity turned out to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Quantity {
    /// Without unit.
    Number(f64),
    /// `5%` is 0.05.
    Share(f64),
    /// Octets.
    Size(u64),
    /// A length of time.
    Duration(SignedDuration),
}

impl Quantity {
    /// Returns what it is, with its article, for messages.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Number(_) => "a number without unit",
            Self::Share(_) => "a share",
            Self::Size(_) => "a size",
            Self::Duration(_) => "a duration",
        }
    }
}

/// Reads any quantity; `None` if the text is none.
pub(super) fn quantity(text: &str) -> Option<Quantity> {
    let text = text.trim();
    if let Some(share) = text.strip_suffix('%') {
        return Some(Quantity::Share(number(share.trim_end())? / 100.0));
    }
    if let Some(number) = number(text) {
        return Some(Quantity::Number(number));
    }
    size(text)
        .map(Quantity::Size)
        .or_else(|| duration(text).map(Quantity::Duration))
}

/// Reads a size such as `8 MiB`; `0` needs no unit. `None` if the text is none.
pub(super) fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    if text == "0" {
        return Some(0);
    }
    let (digits, unit) = split(text)?;
    let (_, factor) = SIZES.iter().find(|(name, _)| *name == unit)?;
    whole(digits * factor)
}

/// Reads a duration such as `20s`, `1h 30m` or `7d`; `0` needs no unit. `None` if the text is none.
pub(super) fn duration(text: &str) -> Option<SignedDuration> {
    let mut rest = text.trim();
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut seconds = 0.0;
    let mut parts = 0;
    while !rest.is_empty() {
        let end = rest
            .char_indices()
            .skip_while(|(_, c)| !c.is_ascii_alphabetic())
            .find(|(_, c)| !c.is_ascii_alphabetic())
            .map_or(rest.len(), |(at, _)| at);
        let (part, behind) = rest.split_at_checked(end)?;
        let (digits, unit) = split(part)?;
        let (_, factor) = DURATIONS.iter().find(|(name, _)| *name == unit)?;
        seconds += digits * factor;
        parts += 1;
        rest = behind.trim_start();
    }
    if parts == 0 || seconds > LARGEST {
        return None;
    }
    SignedDuration::try_from_secs_f64(seconds).ok()
}

/// Reads a whole number without sign.
pub(super) fn count(text: &str) -> Option<u64> {
    let plain = text.chars().all(|c| c.is_ascii_digit());
    (plain && !(text.len() > 1 && text.starts_with('0')))
        .then(|| text.parse().ok())
        .flatten()
}

/// Reads a rate such as `2/s` or `10/m` as a number a second.
pub(super) fn rate(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once('/')?;
    let Some(Quantity::Number(number)) = quantity(number) else {
        return None;
    };
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    (number > 0.0).then_some(number / seconds)
}

/// Reads a share such as `5%`, or a number. `None` if the text is none.
pub(super) fn share(text: &str) -> Option<f64> {
    match quantity(text)? {
        Quantity::Share(value) | Quantity::Number(value) => Some(value),
        Quantity::Size(_) | Quantity::Duration(_) => None,
    }
}

/// Reads a day such as `2026-11-22`. `None` if the text is none.
pub(super) fn date(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// Reads a point in time: RFC 3339, or a day, which begins at midnight UTC. `None` if the text is none.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    if let Some(date) = date(text) {
        return Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp());
    }
    text.parse().ok()
}

/// Splits a number from its unit; white space between them is allowed.
fn split(text: &str) -> Option<(f64, &str)> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (digits, unit) = text.split_at_checked(at)?;
    Some((number(digits.trim_end())?, unit))
}

/// Reads a plain decimal number; no sign, no exponent, no infinity.
fn number(text: &str) -> Option<f64> {
    let plain = |c: char| c.is_ascii_digit() || c == '.';
    if text.is_empty() || text.len() > 20 || !text.chars().all(plain) {
        return None;
    }
    text.parse().ok()
}

/// Returns a quantity in whole units; `None` beyond what is exact.
fn whole(value: f64) -> Option<u64> {
    // Formatting is the conversion from f64 that neither truncates silently nor needs a cast.
    (value <= LARGEST)
        .then(|| format!("{:.0}", value.round()).parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("8 MiB"), Some(8_388_608));
        assert_eq!(size("1.5kB"), Some(1_500));
        assert_eq!(size("0"), Some(0));
        for bad in [
            "8",
            "8 mib",
            "MiB",
            "-1 B",
            "1e9 B",
            "36h",
            "99999999999 GiB",
            "",
        ] {
            assert_eq!(size(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("20s"), Some(SignedDuration::from_secs(20)));
        assert_eq!(duration("1h 30m"), Some(SignedDuration::from_mins(90)));
        assert_eq!(duration("1h30m"), Some(SignedDuration::from_mins(90)));
        assert_eq!(duration("250 ms"), Some(SignedDuration::from_millis(250)));
        assert_eq!(duration("7d"), Some(SignedDuration::from_hours(168)));
        for bad in [
            "20",
            "8 MiB",
            "s",
            "1 hour",
            "1h 30",
            "-1s",
            "9e9w",
            "99999999999999999999w",
        ] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_quantity_says_what_it_is() {
        assert_eq!(quantity("5%"), Some(Quantity::Share(0.05)));
        assert_eq!(quantity("8 MiB").unwrap().words(), "a size");
        assert_eq!(quantity("36h").unwrap().words(), "a duration");
        assert_eq!(quantity("8").unwrap().words(), "a number without unit");
        assert_eq!(quantity("eight"), None);
    }

    #[test]
    fn days_begin_at_midnight() {
        assert_eq!(
            time("2026-11-22").unwrap().to_string(),
            "2026-11-22T00:00:00Z"
        );
        assert_eq!(
            time("2026-11-22T01:02:03+01:00").unwrap().to_string(),
            "2026-11-22T00:02:03Z"
        );
        assert_eq!(time("yesterday"), None);
    }

    #[test]
    fn numbers_are_plain() {
        assert_eq!(count("200"), Some(200));
        for bad in ["-1", "010", "1.5", "", "99999999999999999999999"] {
            assert_eq!(count(bad), None, "{bad}");
        }
        assert_eq!(rate("30/m"), Some(0.5));
        assert_eq!(rate("0/s"), None);
    }
}
