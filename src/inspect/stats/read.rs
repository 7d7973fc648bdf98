//! The reader: a file line by line, however large, into compact rows.

use std::io::{self, BufRead};

use super::fields::{Fields, decimal, ipv4, ipv6, is_plain, shown};
use super::model::{Stats, Summary, Version};
use super::names::{HolderId, Interner, LONGEST};
use super::row::{Country, Date, Kind, Row, Source, Status};
use super::rule::{Rule, Tally};
use crate::inspect::Found;

/// Longest line that is read, in octets; real ones have 100.
const LONGEST_LINE: usize = 4_096;

/// Most records that are kept. The largest real file has 200,000, the NRO's combined one a million.
const MOST_ROWS: usize = 2_000_000;

/// Most summary lines and registries that are kept; there are three of the first, and seven of the second.
const MOST_FEW: usize = 64;

/// Most octets of comments that are kept; the longest of a real file has 2,000.
const MOST_COMMENTS: usize = 64 * 1024;

/// Reads a file to its end.
///
/// The last part says why the file ended before its end, as that the connection or a coding broke;
/// what came before is there.
pub fn read(mut source: impl BufRead) -> (Stats, Tally, Option<io::Error>) {
    let mut reader = Reader::new();
    let stopped = loop {
        let octets = match source.fill_buf() {
            Ok([]) => break None,
            Ok(octets) => octets,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => break Some(error),
        };
        reader.feed(octets);
        let length = octets.len();
        source.consume(length);
    };
    let (stats, mut tally) = reader.finish();
    if let Some(error) = &stopped {
        tally.find(
            Rule::Limits,
            || place(stats.lines, ""),
            || format!("the file ends early: {error}"),
        );
    }
    (stats, tally, stopped)
}

/// A reader that is fed with octets as they come.
#[derive(Debug, Default)]
pub struct Reader {
    stats: Stats,
    tally: Tally,
    holders: Interner,
    /// The beginning of a line that is not yet whole.
    carry: Vec<u8>,
    /// Whether the rest of a line that is too long is left out.
    skipping: bool,
    comment_octets: usize,
    own: Own,
}

/// Findings of rules that look at every record: kept apart, so that no table is asked for each.
#[derive(Debug, Default)]
struct Own {
    kind: Found,
    start: Found,
    value: Found,
    canonical: Found,
    status: Found,
    country: Found,
    date: Found,
    text: Found,
    line: Found,
    limits: Found,
}

impl Reader {
    /// Returns a reader of a new file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads some octets.
    pub fn feed(&mut self, octets: &[u8]) {
        let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        self.stats.octets = self.stats.octets.saturating_add(length);
        let mut rest = octets;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, behind) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = behind.get(1..).unwrap_or_default();
            if self.carry.is_empty() && !self.skipping {
                self.line(line);
            } else {
                self.keep(line);
                let whole = std::mem::take(&mut self.carry);
                if std::mem::take(&mut self.skipping) {
                    self.count_line();
                    self.long();
                } else {
                    self.line(&whole);
                }
                self.carry = whole;
                self.carry.clear();
            }
        }
        self.keep(rest);
    }

    /// Ends the file.
    pub fn finish(mut self) -> (Stats, Tally) {
        if !self.carry.is_empty() || self.skipping {
            let whole = std::mem::take(&mut self.carry);
            let line = self.stats.lines.saturating_add(1);
            if self.skipping {
                self.count_line();
                self.long();
            } else {
                self.line(&whole);
            }
            self.own.text.find(
                || place(line, ""),
                || "the last line has no end; expected a line feed".to_owned(),
            );
        }
        self.stats.holders = self.holders.finish();
        self.stats.rows.shrink_to_fit();
        let (stats, mut tally, own) = (self.stats, self.tally, self.own);
        if stats.lines > 0 {
            tally.add(Rule::Text, own.text);
            tally.add(Rule::Line, own.line);
            tally.add(Rule::Limits, own.limits);
        }
        if stats.records > 0 {
            for (rule, found) in [
                (Rule::Kind, own.kind),
                (Rule::Start, own.start),
                (Rule::Value, own.value),
                (Rule::Canonical, own.canonical),
                (Rule::Status, own.status),
                (Rule::Country, own.country),
                (Rule::Date, own.date),
            ] {
                tally.add(rule, found);
            }
        }
        (stats, tally)
    }

    /// Keeps the beginning of a line, as far as a line is read.
    fn keep(&mut self, part: &[u8]) {
        if self.skipping {
            return;
        }
        if self.carry.len().saturating_add(part.len()) > LONGEST_LINE {
            self.skipping = true;
            self.carry.clear();
        } else {
            self.carry.extend_from_slice(part);
        }
    }

    const fn count_line(&mut self) {
        self.stats.lines = self.stats.lines.saturating_add(1);
    }

    /// Tells a line that is too long.
    fn long(&mut self) {
        let line = self.stats.lines;
        self.own.line.find(
            || place(line, ""),
            || format!("a line of more than {LONGEST_LINE} octets is not read"),
        );
    }

    /// Reads a line without its end.
    fn line(&mut self, line: &[u8]) {
        if line.len() > LONGEST_LINE {
            self.count_line();
            self.long();
            return;
        }
        self.count_line();
        let number = self.stats.lines;
        // A line feed alone ends a line; everything else that does not print is told, but for tabs in comments.
        let is_comment = line.trim_ascii_start().starts_with(b"#");
        let prints = |o: &u8| matches!(o, b' '..=b'~') || (is_comment && *o == b'\t');
        if let Some(octet) = line.iter().find(|o| !prints(o)) {
            self.own.text.find(
                || place(number, ""),
                || format!("the octet {octet:#04x}; expected printable ASCII"),
            );
        }
        if is_comment {
            return self.comment(line);
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            return;
        }
        let fields = Fields::of(text);
        let head = fields.parts.first().copied().unwrap_or_default();
        let is_version = head.first().is_some_and(u8::is_ascii_digit)
            && head.iter().all(|o| o.is_ascii_digit() || *o == b'.');
        let last = fields
            .count
            .checked_sub(1)
            .and_then(|n| fields.parts.get(n));
        if is_version {
            self.version(text);
        } else if last.is_some_and(|field| *field == b"summary") {
            self.summary(&fields);
        } else if fields.count >= 7 {
            self.record(&fields);
        } else {
            self.own.line.find(
                || place(number, ""),
                || {
                    format!(
                        "{} of `{}`; expected 6 of a summary line, or 7 and more of a record",
                        counted(fields.count),
                        shown(text)
                    )
                },
            );
        }
    }

    fn comment(&mut self, text: &[u8]) {
        self.stats.comment_lines = self.stats.comment_lines.saturating_add(1);
        self.comment_octets = self.comment_octets.saturating_add(text.len());
        if self.comment_octets <= MOST_COMMENTS && self.stats.comments.len() < MOST_COMMENTS / 16 {
            let text = String::from_utf8_lossy(text).into();
            self.stats.comments.push((self.stats.lines, text));
        }
    }

    fn version(&mut self, text: &[u8]) {
        let line = self.stats.lines;
        if self.stats.version.is_some() {
            self.tally.find(
                Rule::Version,
                || place(line, ""),
                || "another version line; expected one".to_owned(),
            );
            return;
        }
        let fields: Box<[Box<str>]> = text
            .split(|octet| *octet == b'|')
            .take(MOST_FEW)
            .map(|field| String::from_utf8_lossy(field.trim_ascii()).into())
            .collect();
        let field = |number: usize| fields.get(number).map_or(&[][..], |f| f.as_bytes());
        let version = Version {
            line,
            serial: decimal(field(2)),
            records: decimal(field(3)),
            start: Date::of(field(4)),
            end: Date::of(field(5)),
            fields,
        };
        // As much room as is said, and no more than is ever used.
        let records = version.records.and_then(|n| usize::try_from(n).ok());
        let room = records.unwrap_or(0).min(MOST_ROWS);
        if self.stats.rows.is_empty() {
            self.stats.rows.reserve_exact(room);
        }
        self.stats.version = Some(version);
    }

    fn summary(&mut self, fields: &Fields<'_>) {
        let [registry, _, kind, _, count, ..] = fields.parts;
        let line = self.stats.lines;
        if fields.count != 6 {
            self.own.line.find(
                || place(line, ""),
                || {
                    let seen = counted(fields.count);
                    format!("{seen} of a summary line; expected 6")
                },
            );
            return;
        }
        if self.stats.summaries.len() < MOST_FEW {
            self.stats.summaries.push(Summary {
                line,
                registry: String::from_utf8_lossy(registry).into(),
                kind: Kind::of(kind),
                count: decimal(count),
            });
        }
    }

    fn record(&mut self, fields: &Fields<'_>) {
        let [
            registry,
            country,
            kind,
            start,
            value,
            date,
            status,
            holder,
            source,
        ] = fields.parts;
        let line = self.stats.lines;
        self.stats.records = self.stats.records.saturating_add(1);
        let status = self.status(line, status);
        let country = self.country(line, country);
        let date = self.date(line, date);
        let Some(kind) = self.kind(line, kind) else {
            return;
        };
        let [asn, v4, v6] = &mut self.stats.records_of;
        let of = match kind {
            Kind::Asn => asn,
            Kind::Ipv4 => v4,
            Kind::Ipv6 => v6,
        };
        *of = of.saturating_add(1);
        let Some(mut row) = self.numbers(line, kind, start, value) else {
            return;
        };
        if self.stats.rows.len() >= MOST_ROWS {
            self.own.limits.find(
                || place(line, ""),
                || format!("records beyond {MOST_ROWS} are not read"),
            );
            return;
        }
        row.holder = self.holder(line, holder);
        row.date = date;
        row.line = line;
        row.country = country;
        row.status = status;
        row.registry = self.registry(registry);
        row.fields = u8::try_from(fields.count).unwrap_or(u8::MAX);
        row.source = Source::of((fields.count >= 9).then_some(source));
        self.stats.rows.push(row);
    }

    fn status(&mut self, line: u32, field: &[u8]) -> Status {
        let status = Status::of(field);
        // The NRO's file has one more.
        let is_known = match status {
            Status::Other => false,
            Status::IanaPool => {
                let version = self.stats.version.as_ref();
                version.is_some_and(|v| matches!(v.registry(), "nro" | "iana"))
            }
            Status::Allocated | Status::Assigned | Status::Available | Status::Reserved => true,
        };
        if !is_known {
            self.own.status.find(
                || place(line, "status"),
                || {
                    let field = shown(field);
                    format!("`{field}`; expected allocated, assigned, available or reserved")
                },
            );
        }
        status
    }

    fn country(&mut self, line: u32, field: &[u8]) -> Country {
        let country = Country::of(field);
        if country == Country::BAD {
            self.own.country.find(
                || place(line, "cc"),
                || format!("`{}`; expected two letters", shown(field)),
            );
        }
        country
    }

    fn date(&mut self, line: u32, field: &[u8]) -> Date {
        let date = Date::of(field);
        if date == Date::BAD {
            self.own.date.find(
                || place(line, "date"),
                || format!("`{}`; expected a day as YYYYMMDD", shown(field)),
            );
        }
        date
    }

    fn kind(&mut self, line: u32, field: &[u8]) -> Option<Kind> {
        let kind = Kind::of(field);
        if kind.is_none() {
            self.own.kind.find(
                || place(line, "type"),
                || format!("`{}`; expected asn, ipv4 or ipv6", shown(field)),
            );
        }
        kind
    }

    /// Reads start and value; `None`, told, if they are no numbers that there are.
    fn numbers(&mut self, line: u32, kind: Kind, start: &[u8], value: &[u8]) -> Option<Row> {
        let first = match kind {
            Kind::Asn => {
                let number = decimal(start).and_then(|n| u32::try_from(n).ok());
                number.map(|number| (u128::from(number), is_plain(start)))
            }
            Kind::Ipv4 => ipv4(start),
            Kind::Ipv6 => ipv6(start),
        };
        if first.is_none() {
            let expected = match kind {
                Kind::Asn => "an AS number",
                Kind::Ipv4 => "an IPv4 address",
                Kind::Ipv6 => "an IPv6 address",
            };
            self.own.start.find(
                || place(line, "start"),
                || format!("`{}`; expected {expected}", shown(start)),
            );
        }
        let number = decimal(value);
        if number.is_none() {
            self.own.value.find(
                || place(line, "value"),
                || format!("`{}`; expected a number", shown(value)),
            );
        }
        let ((first, plain), number) = (first?, number?);
        let Some(row) = Row::new(kind, first, number) else {
            let expected = match kind {
                Kind::Asn => "1 and more, none beyond AS4294967295",
                Kind::Ipv4 => "1 and more, none beyond 255.255.255.255",
                Kind::Ipv6 => "a length of at most 128",
            };
            self.own.value.find(
                || place(line, "value"),
                || format!("{number} from {}; expected {expected}", shown(start)),
            );
            return None;
        };
        if !plain {
            self.own.canonical.find(
                || place(line, "start"),
                || format!("`{}`; expected `{}`", shown(start), row.start_text()),
            );
        }
        if !is_plain(value) {
            self.own.canonical.find(
                || place(line, "value"),
                || format!("`{}`; expected `{number}`", shown(value)),
            );
        }
        Some(row)
    }

    fn holder(&mut self, line: u32, field: &[u8]) -> HolderId {
        if field.is_empty() {
            return HolderId::NONE;
        }
        let text = std::str::from_utf8(field).ok();
        let text = text.filter(|text| text.len() <= LONGEST);
        let id = text.and_then(|text| self.holders.intern(text));
        if id.is_none() {
            self.own.limits.find(
                || place(line, "opaque-id"),
                || format!("an id of {} octets is not kept", field.len()),
            );
        }
        id.unwrap_or(HolderId::NONE)
    }

    /// Returns the index of a registry's name; that of no name for one of too many.
    fn registry(&mut self, field: &[u8]) -> u8 {
        let names = &mut self.stats.registries;
        let known = names.iter().position(|name| name.as_bytes() == field);
        let index = known.or_else(|| {
            (names.len() < MOST_FEW).then(|| {
                names.push(String::from_utf8_lossy(field).into());
                names.len().saturating_sub(1)
            })
        });
        index.and_then(|n| u8::try_from(n).ok()).unwrap_or(u8::MAX)
    }
}

/// Names a place in the file, `line 12, start`; the whole line without a field.
pub(super) fn place(line: u32, field: &str) -> String {
    match field {
        "" => format!("line {line}"),
        field => format!("line {line}, {field}"),
    }
}

fn counted(fields: usize) -> String {
    match fields {
        1 => "1 field".to_owned(),
        many => format!("{many} fields"),
    }
}
