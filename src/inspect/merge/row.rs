//! Rows of statistics as the merge sees them: a line, what it is about, and how it is written.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::resource::Prefix;

/// Kinds of numbers, in the order of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Numbers {
    /// AS numbers.
    Asn,
    /// IPv4 addresses.
    Ipv4,
    /// IPv6 addresses.
    Ipv6,
}

impl Numbers {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Asn, Self::Ipv4, Self::Ipv6];

    /// Returns the word of statistics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asn => "asn",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }
}

/// What becomes of the fields of a line where it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dress {
    /// They stay.
    Plain,
    /// A registry's row: `allocated` becomes `assigned`, and what nobody holds is dated today, of
    /// country `ZZ`, with the registry as holder.
    Registry,
    /// IANA's row of what a registry does not list: the registry's from today, `available`.
    Unclaimed,
}

/// One row: numbers, and the line that says something of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The line as it was read.
    pub(super) line: &'a str,
    /// The first number.
    pub first: u128,
    /// The last number.
    pub last: u128,
    pub(super) numbers: Numbers,
    pub(super) dress: Dress,
    /// Whether the numbers were changed, so that the line's own no longer count.
    pub(super) cut: bool,
}

/// The fields of a row as they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fields<'a> {
    pub(super) registry: &'a str,
    pub(super) country: &'a str,
    pub(super) start: &'a str,
    pub(super) value: &'a str,
    pub(super) date: &'a str,
    pub(super) status: &'a str,
    pub(super) holder: &'a str,
    pub(super) source: &'a str,
}

impl<'a> Row<'a> {
    /// Returns the row as of a later step.
    pub(super) const fn dressed(self, dress: Dress) -> Self {
        Self { dress, ..self }
    }

    /// Returns the row for some of its numbers.
    pub(super) const fn of(self, first: u128, last: u128) -> Self {
        Self {
            first,
            last,
            cut: true,
            ..self
        }
    }

    /// Returns what kind of numbers it is about.
    pub const fn numbers(&self) -> Numbers {
        self.numbers
    }

    /// Returns the registry it is written under.
    pub fn registry(&self) -> &'a str {
        self.fields("").registry
    }

    /// Returns the status it is written with.
    pub fn status(&self) -> &'a str {
        self.fields("").status
    }

    /// Returns the holder's id that it is written with.
    pub fn holder(&self) -> &'a str {
        self.fields("").holder
    }

    /// Returns where it is from: `e-stats` for a registry's file, `iana` for IANA's.
    pub fn source(&self) -> &'a str {
        self.fields("").source
    }

    /// Returns its fields as written on a day.
    pub(super) fn fields<'b>(&self, day: &'b str) -> Fields<'b>
    where
        'a: 'b,
    {
        let mut parts = self.line.split('|');
        let mut next = || parts.next();
        let (registry, country) = (next().unwrap_or_default(), next().unwrap_or_default());
        let _kind = next();
        let mut fields = Fields {
            registry,
            country,
            start: next().unwrap_or_default(),
            value: next().unwrap_or_default(),
            date: next().unwrap_or_default(),
            status: next().unwrap_or_default(),
            holder: next().unwrap_or_default(),
            source: next().unwrap_or("e-stats"),
        };
        match self.dress {
            Dress::Plain => {}
            Dress::Registry => match fields.status {
                "reserved" | "available" => {
                    fields.date = day;
                    fields.country = "ZZ";
                    fields.holder = fields.registry;
                }
                "allocated" => fields.status = "assigned",
                _ => {}
            },
            Dress::Unclaimed => {
                fields.date = day;
                fields.registry = fields.holder;
                fields.status = "available";
            }
        }
        fields
    }

    /// Writes the row as of a day: its own numbers as they were read unless they were changed.
    pub(super) fn write(&self, day: &str, out: &mut impl fmt::Write) -> fmt::Result {
        let f = self.fields(day);
        let kind = self.numbers.as_str();
        write!(out, "{}|{}|{kind}|", f.registry, f.country)?;
        if self.cut {
            self.write_numbers(out)?;
        } else {
            write!(out, "{}|{}", f.start, f.value)?;
        }
        write!(out, "|{}|{}|{}|{}", f.date, f.status, f.holder, f.source)
    }

    /// Writes its numbers: first and count, of IPv6 the prefix.
    fn write_numbers(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let narrow = |number: u128| u32::try_from(number).unwrap_or(u32::MAX);
        let count = self.last.saturating_sub(self.first).saturating_add(1);
        match self.numbers {
            Numbers::Asn => write!(out, "{}|{count}", self.first),
            Numbers::Ipv4 => write!(out, "{}|{count}", Ipv4Addr::from_bits(narrow(self.first))),
            Numbers::Ipv6 => {
                let bits = match count {
                    u128::MAX => 128,
                    count => count.ilog2(),
                };
                let length = 128_u32.saturating_sub(bits);
                write!(out, "{}|{length}", Ipv6Addr::from_bits(self.first))
            }
        }
    }

    /// Returns the line as of a day.
    pub fn text(&self, day: &str) -> String {
        let mut text = String::with_capacity(self.line.len() + 8);
        // Writing to a string does not fail.
        self.write(day, &mut text).ok();
        text
    }
}

/// Rows by kind, in the order of reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows<'a> {
    /// Of AS numbers.
    pub asn: Vec<Row<'a>>,
    /// Of IPv4 addresses.
    pub ipv4: Vec<Row<'a>>,
    /// Of IPv6 addresses.
    pub ipv6: Vec<Row<'a>>,
}

impl<'a> Rows<'a> {
    /// Returns the rows of a kind.
    pub const fn of(&self, numbers: Numbers) -> &Vec<Row<'a>> {
        match numbers {
            Numbers::Asn => &self.asn,
            Numbers::Ipv4 => &self.ipv4,
            Numbers::Ipv6 => &self.ipv6,
        }
    }

    /// Returns the rows of a kind, to be changed.
    pub const fn of_mut(&mut self, numbers: Numbers) -> &mut Vec<Row<'a>> {
        match numbers {
            Numbers::Asn => &mut self.asn,
            Numbers::Ipv4 => &mut self.ipv4,
            Numbers::Ipv6 => &mut self.ipv6,
        }
    }

    /// Returns how many rows there are.
    pub const fn len(&self) -> usize {
        self.asn.len() + self.ipv4.len() + self.ipv6.len()
    }

    /// Says whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Iterates over all rows, kind by kind.
    pub fn iter(&self) -> impl Iterator<Item = &Row<'a>> {
        self.asn.iter().chain(&self.ipv4).chain(&self.ipv6)
    }
}

/// Two rows about the same numbers, the earlier read first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict<'a> {
    /// The row that was there.
    pub earlier: Row<'a>,
    /// The row that came.
    pub later: Row<'a>,
}

/// A line that is no row, header or comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads rows of a statistics file as the program does: comments, version line and summary lines
/// are passed by, rows have seven to nine fields.
///
/// A line that cannot be read ends the program; here it is told, and left out.
pub fn read(text: &str) -> (Rows<'_>, Vec<Unreadable>) {
    let mut rows = Rows::default();
    let mut wrong = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match row(line) {
            Ok(Some(row)) => rows.of_mut(row.numbers).push(row),
            Ok(None) => {}
            Err(message) if wrong.len() < MOST_WRONG => wrong.push(Unreadable {
                line: index.saturating_add(1),
                message,
            }),
            Err(_) => {}
        }
    }
    (rows, wrong)
}

/// Most lines that are told.
const MOST_WRONG: usize = 1_000;

/// Reads a line; `None` if it is no row and need not be one.
pub(super) fn row(line: &str) -> Result<Option<Row<'_>>, String> {
    if line.starts_with('#') || line.trim().is_empty() {
        return Ok(None);
    }
    let mut fields = [""; 9];
    let mut count = 0_usize;
    for part in line.split('|') {
        if let Some(slot) = fields.get_mut(count) {
            *slot = part;
        }
        count = count.saturating_add(1);
    }
    let [registry, _, kind, start, value, ..] = fields;
    let is_version = registry.bytes().all(|o| o.is_ascii_digit() || o == b'.');
    if is_version || line.ends_with("|summary") {
        return Ok(None);
    }
    if !(7..=9).contains(&count) {
        return Err(format!("{count} fields; expected 7, 8 or 9"));
    }
    let numbers = Numbers::ALL.into_iter().find(|n| n.as_str() == kind);
    let refuse = || {
        let shown: String = line.chars().take(120).collect();
        format!("`{shown}` says no numbers")
    };
    let numbers = numbers.ok_or_else(refuse)?;
    let (first, last) = range(numbers, start, value).ok_or_else(refuse)?;
    Ok(Some(Row {
        line,
        first,
        last,
        numbers,
        dress: Dress::Plain,
        cut: false,
    }))
}

/// Reads the numbers of a row.
fn range(numbers: Numbers, start: &str, value: &str) -> Option<(u128, u128)> {
    match numbers {
        Numbers::Asn => counted(start.parse().ok()?, value),
        Numbers::Ipv4 => counted(start.parse::<Ipv4Addr>().ok()?.to_bits(), value),
        Numbers::Ipv6 => {
            let address: Ipv6Addr = start.parse().ok()?;
            let prefix = Prefix::new(IpAddr::V6(address), value.parse().ok()?).ok()?;
            let IpAddr::V6(last) = prefix.range().last() else {
                return None;
            };
            Some((address.to_bits(), last.to_bits()))
        }
    }
}

/// Returns so many numbers from the first.
fn counted(first: u32, count: &str) -> Option<(u128, u128)> {
    let count: u64 = count.parse().ok()?;
    let last = u64::from(first).checked_add(count.checked_sub(1)?)?;
    Some((first.into(), u32::try_from(last).ok()?.into()))
}
