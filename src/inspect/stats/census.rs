//! How a file is written, and what is in it: the habits of its producer beside those of others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;
use regex::Regex;

use super::model::Stats;
use super::row::{Country, Date, Kind, Row, Status};

/// Countries that are no codes of ISO 3166-1 and stand in files: `EU` and `AP` of old, `UK`, `XK`.
pub(super) const BESIDE: [&str; 4] = ["AP", "EU", "UK", "XK"];

/// Most ids that are named as examples.
const FEW: usize = 5;

/// What a serial number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serial {
    /// A day as eight digits.
    Day(civil::Date),
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Something else.
    Other,
}

impl Serial {
    /// Says what a number looks like.
    pub fn of(number: u64) -> Self {
        // From 1990 to 2100, so that no plain count is taken for a time.
        const SECONDS: std::ops::Range<u64> = 631_152_000..4_102_444_800;
        let day = Date::of(number.to_string().as_bytes()).day();
        match day.filter(|day| (1990..2100).contains(&day.year())) {
            Some(day) => Self::Day(day),
            None if SECONDS.contains(&number) => Self::Seconds,
            None if SECONDS.contains(&(number / 1_000)) => Self::Milliseconds,
            None => Self::Other,
        }
    }

    /// Returns the word for what it counts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day(_) => "day",
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Other => "other",
        }
    }

    /// Returns the day, in UTC, that it stands for.
    pub fn day(self, number: u64) -> Option<civil::Date> {
        let number = i64::try_from(number).ok()?;
        let time = match self {
            Self::Day(day) => return Some(day),
            Self::Seconds => jiff::Timestamp::from_second(number),
            Self::Milliseconds => jiff::Timestamp::from_millisecond(number),
            Self::Other => return None,
        };
        Some(time.ok()?.to_zoned(jiff::tz::TimeZone::UTC).date())
    }
}

/// How a file is written, in words that can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// What the serial number counts; empty for none.
    pub serial: &'static str,
    /// Days from the last day of the file to its serial number's; `None` for a serial without day.
    pub serial_ahead: Option<i64>,
    /// How the first day is written: `day`, `empty`, `zeros` or `other`.
    pub start: &'static str,
    /// How the offset from UTC is written: `+0000` for a sign and four digits, else what stands there.
    pub offset: String,
    /// Comments before the version line.
    pub comments: u64,
    /// Types in the order of the summary lines.
    pub summary_order: String,
    /// Types in the order of the records; `mixed` where one comes again.
    pub record_order: String,
    /// `ascending`, or in how many ascending runs each type is.
    pub runs: String,
    /// Groups that records of IPv4 stand in: what is held, reserved, available; `mixed` where they do not.
    pub status_order: String,
    /// Fields of records that are available: their number, and whether the last is empty.
    pub available_fields: String,
    /// Fields of records that are reserved.
    pub reserved_fields: String,
    /// Countries of what is not held: `empty`, or letters.
    pub pool_countries: String,
    /// Dates of what is not held: `empty`, `zeros`, `day`.
    pub pool_dates: String,
    /// Records of what is held whose date is no day.
    pub undated: u64,
    /// Statuses of AS numbers that are held.
    pub asn_statuses: String,
    /// Records of AS numbers over more than one.
    pub asn_blocks: u64,
    /// Records of IPv4 that are no prefix.
    pub not_prefixes: u64,
    /// How ids of holders are written, such as `uuid`, `hex upper, 8, F3…`.
    pub id_form: String,
    /// Countries that are no codes of ISO 3166-1, with their numbers of records.
    pub beside: String,
    /// Records by status, and by type in the order of [`Kind::ALL`].
    pub by_status: BTreeMap<Status, [u64; 3]>,
    /// Numbers that are listed: AS numbers, IPv4 addresses.
    pub numbers: [u64; 2],
    /// The most countries of one holder's records.
    pub countries_of_one: u64,
}

impl Census {
    /// Counts a file.
    pub fn of(stats: &Stats) -> Self {
        let version = stats.version.as_ref();
        let serial = version.and_then(|v| Some((v.serial?, Serial::of(v.serial?))));
        let ahead = serial.and_then(|(number, serial)| {
            let end = version?.end.day()?;
            let days = serial.day(number)?.since(end).ok()?;
            Some(i64::from(days.get_days()))
        });
        let before = |line: u32| version.is_none_or(|v| line < v.line);
        let comments = stats.comments.iter().filter(|(line, _)| before(*line));
        let mut census = Self {
            serial: serial.map_or("", |(_, serial)| serial.as_str()),
            serial_ahead: ahead,
            start: version.map_or("", |v| written(v.start)),
            offset: version.map_or_else(String::new, |v| offset(v.field(6))),
            comments: u64::try_from(comments.count()).unwrap_or(u64::MAX),
            summary_order: list(stats.summaries.iter().filter_map(|s| s.kind)),
            id_form: id_form(stats),
            ..Self::default()
        };
        census.order(stats);
        census.pool(stats);
        census.rows(stats);
        census
    }

    fn order(&mut self, stats: &Stats) {
        let mut kinds: Vec<Kind> = Vec::new();
        let mut runs = [0_u64; 3];
        let mut before: Option<&Row> = None;
        for row in &stats.rows {
            let goes_on = before.is_some_and(|b| b.kind == row.kind && b.first() <= row.first());
            if !goes_on {
                let [asn, v4, v6] = &mut runs;
                *match row.kind {
                    Kind::Asn => asn,
                    Kind::Ipv4 => v4,
                    Kind::Ipv6 => v6,
                } += 1;
            }
            if before.is_none_or(|b| b.kind != row.kind) && kinds.len() <= FEW {
                kinds.push(row.kind);
            }
            before = Some(row);
        }
        let distinct: BTreeSet<Kind> = kinds.iter().copied().collect();
        self.record_order = if distinct.len() == kinds.len() {
            list(kinds.into_iter())
        } else {
            "mixed".to_owned()
        };
        self.status_order = groups(stats);
        let all = Kind::ALL.into_iter().zip(runs);
        self.runs = match runs.iter().all(|runs| *runs <= 1) {
            true if stats.rows.is_empty() => String::new(),
            true => "ascending".to_owned(),
            false => {
                let several = all.filter(|(_, runs)| *runs > 1);
                let texts = several.map(|(kind, runs)| format!("{kind} in {runs} runs"));
                texts.collect::<Vec<_>>().join(", ")
            }
        };
    }

    /// What is not held.
    fn pool(&mut self, stats: &Stats) {
        let of = |status: Status| stats.rows.iter().filter(move |row| row.status == status);
        let fields = |row: &Row| match (row.fields, row.holder.index()) {
            (8.., None) => format!("{}, empty last", row.fields),
            (count, _) => count.to_string(),
        };
        self.available_fields = distinct(of(Status::Available).map(fields));
        self.reserved_fields = distinct(of(Status::Reserved).map(fields));
        let pool = || of(Status::Available).chain(of(Status::Reserved));
        let country = |row: &Row| match row.country {
            Country::NONE => "empty".to_owned(),
            letters => letters.letters().unwrap_or("other").to_owned(),
        };
        self.pool_countries = distinct(pool().map(country));
        self.pool_dates = distinct(pool().map(|row| written(row.date).to_owned()));
    }

    fn rows(&mut self, stats: &Stats) {
        let mut beside: BTreeMap<Country, u64> = BTreeMap::new();
        let mut statuses: BTreeSet<Status> = BTreeSet::new();
        let mut countries: Vec<(u32, Country)> = Vec::new();
        let is_beside = |country: Country| country.letters().is_some_and(|c| BESIDE.contains(&c));
        for row in &stats.rows {
            let [asn, v4, v6] = self.by_status.entry(row.status).or_default();
            let [asns, addresses] = &mut self.numbers;
            match row.kind {
                Kind::Asn => {
                    *asn += 1;
                    *asns = asns.saturating_add(row.value());
                    self.asn_blocks += u64::from(row.value() > 1);
                }
                Kind::Ipv4 => {
                    *v4 += 1;
                    *addresses = addresses.saturating_add(row.value());
                    self.not_prefixes += u64::from(!row.is_prefix());
                }
                Kind::Ipv6 => *v6 += 1,
            }
            if is_beside(row.country) {
                *beside.entry(row.country).or_default() += 1;
            }
            if !row.status.is_held() {
                continue;
            }
            self.undated += u64::from(!row.date.is_day());
            if row.kind == Kind::Asn {
                statuses.insert(row.status);
            }
            if let Some(holder) = row.holder.index().and_then(|n| u32::try_from(n).ok()) {
                countries.push((holder, row.country));
            }
        }
        self.asn_statuses = distinct(statuses.into_iter().map(|s| s.as_str().to_owned()));
        let texts = beside
            .iter()
            .map(|(country, rows)| format!("{country} {rows}"));
        self.beside = texts.collect::<Vec<_>>().join(", ");
        countries.sort_unstable();
        countries.dedup();
        let of_one = countries.chunk_by(|a, b| a.0 == b.0).map(<[_]>::len).max();
        self.countries_of_one = u64::try_from(of_one.unwrap_or(0)).unwrap_or(u64::MAX);
    }

    /// Returns how many records have a status.
    pub fn of_status(&self, status: Status) -> u64 {
        self.by_status.get(&status).map_or(0, |of| of.iter().sum())
    }
}

/// Returns the groups that records of IPv4 stand in, the type that has all of them at every registry.
fn groups(stats: &Stats) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for row in stats.rows.iter().filter(|row| row.kind == Kind::Ipv4) {
        let group = match row.status {
            Status::Allocated | Status::Assigned => "held",
            Status::Available => "available",
            Status::Reserved => "reserved",
            Status::IanaPool | Status::Other => "other",
        };
        if seen.last() == Some(&group) {
            continue;
        }
        if seen.contains(&group) {
            return "mixed".to_owned();
        }
        seen.push(group);
    }
    seen.join(", ")
}

/// Says how a date is written.
const fn written(date: Date) -> &'static str {
    match date {
        Date::NONE => "empty",
        Date::ZERO => "zeros",
        Date::BAD => "other",
        _ => "day",
    }
}

/// Says how an offset from UTC is written.
fn offset(field: &str) -> String {
    let digits = field.strip_prefix(['+', '-']).unwrap_or_default();
    match digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()) {
        true => "+0000".to_owned(),
        false if field.is_empty() => "empty".to_owned(),
        false => super::fields::shown(field.as_bytes()),
    }
}

fn list(kinds: impl Iterator<Item = Kind>) -> String {
    kinds.map(Kind::as_str).collect::<Vec<_>>().join(", ")
}

/// Joins the distinct texts of many.
fn distinct(texts: impl Iterator<Item = String>) -> String {
    let all: BTreeSet<String> = texts.collect();
    all.into_iter().collect::<Vec<_>>().join("; ")
}

/// Says how the ids of holders are written; empty where there are none.
fn id_form(stats: &Stats) -> String {
    let mut ids = stats.holders.iter().peekable();
    let Some(first) = ids.peek().copied() else {
        return String::new();
    };
    let (mut decimal, mut upper, mut lower, mut uuid) = (true, true, true, true);
    let (mut shortest, mut longest) = (usize::MAX, 0_usize);
    // Two letters tell whose an id is; that more are alike may be chance.
    let mut prefix = first.get(..2).unwrap_or(first);
    for id in ids {
        let octets = id.as_bytes();
        decimal &= octets.iter().all(u8::is_ascii_digit);
        upper &= octets
            .iter()
            .all(|o| matches!(o, b'0'..=b'9' | b'A'..=b'F'));
        lower &= octets
            .iter()
            .all(|o| matches!(o, b'0'..=b'9' | b'a'..=b'f'));
        uuid &= is_uuid(octets);
        shortest = shortest.min(id.len());
        longest = longest.max(id.len());
        while !id.starts_with(prefix) {
            let mut chars = prefix.chars();
            chars.next_back();
            prefix = chars.as_str();
        }
    }
    let form = match (decimal, upper, lower, uuid) {
        (true, ..) => "decimal",
        (_, true, ..) => "hex upper",
        (_, _, true, _) => "hex lower",
        (.., true) => return "uuid".to_owned(),
        _ => "other",
    };
    let length = if shortest == longest {
        shortest.to_string()
    } else {
        format!("{shortest} to {longest}")
    };
    if prefix.is_empty() || stats.holders.len() < 2 {
        format!("{form}, {length}")
    } else {
        format!("{form}, {length}, {prefix}…")
    }
}

fn is_uuid(id: &[u8]) -> bool {
    id.len() == 36
        && id.iter().enumerate().all(|(at, octet)| match at {
            8 | 13 | 18 | 23 => *octet == b'-',
            _ => matches!(octet, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// Returns how many ids of holders a pattern does not fit as a whole, and the first few.
pub fn unlike(stats: &Stats, pattern: &Regex) -> (u64, Vec<String>) {
    let whole = |id: &str| pattern.find(id).is_some_and(|m| m.range() == (0..id.len()));
    let mut count = 0_u64;
    let mut few = Vec::new();
    for id in stats.holders.iter().filter(|id| !whole(id)) {
        count += 1;
        if few.len() < FEW {
            few.push(super::fields::shown(id.as_bytes()));
        }
    }
    (count, few)
}
