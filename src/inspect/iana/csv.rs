//! Registries as comma-separated values.
//!
//! Quotes stand around cells with commas, quotes and line ends, and are doubled within (RFC
//! 4180). A quote that is never closed costs its own line only.

use std::borrow::Cow;

use super::Kind;
use super::table::{Field, LONGEST_CELL, Row, Table};

/// Most cells of a line that are read; IANA's have ten.
const MOST_CELLS: usize = 64;

/// Reads a file.
pub(super) fn read(octets: &[u8]) -> Table {
    let mut table = Table::default();
    let mut lines = Lines::new(octets);
    let Some(header) = lines.next_row(&mut table) else {
        table.complain(1, "", "the file is empty; expected a header line");
        return table;
    };
    let columns: Vec<Option<Field>> = header.cells.iter().map(|name| column(name)).collect();
    let has = |field| columns.contains(&Some(field));
    let has_numbers = has(Field::Numbers);
    if !has_numbers && !has(Field::Blocks) && !(has(Field::Start) && has(Field::End)) {
        let message = "no header of a number registry; expected columns such as `Prefix`, `Address Block` or `Number`";
        table.complain(header.line, "", message);
        return table;
    }
    // Where blocks of either family may stand, the first of them tells.
    let family = |row: Option<&Row>| {
        let blocks = row.and_then(|row| row.get(Field::Blocks));
        blocks.map(|text| text.contains(':'))
    };
    table.kind = kind(&header.cells, has(Field::Status), family(None));
    while let Some(cells) = lines.next_row(&mut table) {
        if cells.cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if cells.cells.len() != columns.len() {
            let (seen, wanted) = (cells.cells.len(), columns.len());
            let message = format!("{seen} cells; expected {wanted}, as the header has");
            table.complain(cells.line, "", message);
        }
        let mut row = Row::new(cells.line, None);
        for (field, text) in columns.iter().zip(&cells.cells) {
            if let Some(field) = field {
                row.add(*field, text);
            }
        }
        if table.kind.is_none() {
            table.kind = kind(&header.cells, has(Field::Status), family(Some(&row)));
        }
        row.kind = table.kind;
        if !table.push(row) {
            break;
        }
    }
    table
}

/// Returns what stands below a heading; `None` if it does not matter.
fn column(heading: &str) -> Option<Field> {
    let name = heading.split('[').next().unwrap_or_default().trim();
    Some(match name.to_ascii_lowercase().as_str() {
        "prefix" | "ipv6 prefix" | "address block" => Field::Blocks,
        "start address" => Field::Start,
        "end address" => Field::End,
        "number" | "as number" => Field::Numbers,
        "designation" | "description" | "allocation" | "name" | "reason for reservation" => {
            Field::Designation
        }
        "date" | "allocation date" | "registration date" => Field::Date,
        "whois" => Field::Whois,
        "rdap" => Field::Rdap,
        "status" => Field::Status,
        _ => return None,
    })
}

/// Tells which registry it is by its headings, and by whether its blocks are of IPv6.
fn kind(header: &[Cow<'_, str>], has_status: bool, is_v6: Option<bool>) -> Option<Kind> {
    let is = |name: &str| {
        let mut all = header.iter();
        all.any(|cell| cell.trim().eq_ignore_ascii_case(name))
    };
    if is("AS Number") {
        Some(Kind::AsnsSpecial)
    } else if is("Number") {
        Some(Kind::Asns)
    } else if is("IPv6 Prefix") {
        Some(Kind::Ipv6)
    } else if is("Start address") {
        Some(match has_status {
            true => Kind::Ipv4Reallocated,
            false => Kind::Ipv4Recovered,
        })
    } else if is("Address Block") {
        Some(match is_v6? {
            true => Kind::Ipv6Special,
            false => Kind::Ipv4Special,
        })
    } else if is("Prefix") {
        Some(match is_v6? {
            true => Kind::Ipv6Unicast,
            false => Kind::Ipv4,
        })
    } else {
        None
    }
}

/// The cells of a line, or of several where one is quoted.
struct Cells<'a> {
    /// The line they begin at.
    line: usize,
    cells: Vec<Cow<'a, str>>,
}

/// Where the reader is.
struct Lines<'a> {
    octets: &'a [u8],
    line: usize,
}

impl<'a> Lines<'a> {
    const fn new(octets: &'a [u8]) -> Self {
        Self { octets, line: 1 }
    }

    /// Reads the next row; `None` at the end.
    fn next_row(&mut self, table: &mut Table) -> Option<Cells<'a>> {
        if self.octets.is_empty() {
            return None;
        }
        let line = self.line;
        let mut cells = Vec::new();
        let mut rest = self.octets;
        let mut lines = 0;
        loop {
            let cell = match cell(rest) {
                Ok(cell) => cell,
                Err(why) => {
                    table.complain(line, "", why);
                    return self.plain_row();
                }
            };
            lines += cell.lines;
            if cells.len() < MOST_CELLS {
                cells.push(cell.text);
            }
            rest = cell.rest;
            if cell.is_last {
                break;
            }
        }
        self.octets = rest;
        self.line = line.saturating_add(lines);
        Some(Cells { line, cells })
    }

    /// Reads the rest of a line without minding quotes.
    fn plain_row(&mut self) -> Option<Cells<'a>> {
        let line = self.line;
        let end = self.octets.iter().position(|octet| *octet == b'\n');
        let (own, rest) = match end.and_then(|end| self.octets.split_at_checked(end)) {
            Some((own, rest)) => (own, rest.get(1..).unwrap_or_default()),
            None => (self.octets, &b""[..]),
        };
        self.octets = rest;
        self.line = line.saturating_add(1);
        let parts = own.split(|octet| *octet == b',').take(MOST_CELLS);
        let cells = parts.map(|part| String::from_utf8_lossy(part)).collect();
        Some(Cells { line, cells })
    }
}

/// One cell.
struct Cell<'a> {
    text: Cow<'a, str>,
    rest: &'a [u8],
    /// Whether the row ends with it.
    is_last: bool,
    /// Line ends that it and what ends it have.
    lines: usize,
}

/// Reads one cell with what ends it.
///
/// # Errors
///
/// In words, why a quoted one has no end.
fn cell(octets: &[u8]) -> Result<Cell<'_>, String> {
    let Some(quoted) = octets.strip_prefix(b"\"") else {
        let end = octets
            .iter()
            .position(|octet| matches!(octet, b',' | b'\n'));
        let (text, rest) = octets
            .split_at_checked(end.unwrap_or(octets.len()))
            .unwrap_or((octets, b""));
        return Ok(ended(String::from_utf8_lossy(text), rest, 0));
    };
    let mut text = Vec::new();
    let mut at = 0;
    loop {
        let rest = quoted.get(at..).unwrap_or_default();
        let Some(end) = rest.iter().position(|octet| *octet == b'"') else {
            return Err("a quote that is not closed".to_owned());
        };
        text.extend_from_slice(rest.get(..end).unwrap_or_default());
        if text.len() > LONGEST_CELL {
            return Err(format!("a quoted cell of more than {LONGEST_CELL} octets"));
        }
        at += end + 1;
        if quoted.get(at) != Some(&b'"') {
            break;
        }
        text.push(b'"');
        at += 1;
    }
    let lines = text.iter().filter(|octet| **octet == b'\n').count();
    let text = Cow::Owned(String::from_utf8_lossy(&text).into_owned());
    let mut rest = quoted.get(at..).unwrap_or_default();
    if let Some(behind) = rest.strip_prefix(b"\r") {
        rest = behind;
    }
    if !matches!(rest.first(), None | Some(b',' | b'\n')) {
        return Err(
            "text behind a closed quote; expected a comma or the end of the line".to_owned(),
        );
    }
    Ok(ended(text, rest, lines))
}

/// Takes what ends a cell: a comma, a line end, or the end of the file.
fn ended<'a>(text: Cow<'a, str>, rest: &'a [u8], lines: usize) -> Cell<'a> {
    let (is_last, more) = match rest.first() {
        Some(b',') => (false, 0),
        Some(_) => (true, 1),
        None => (true, 0),
    };
    Cell {
        text,
        rest: rest.get(1..).unwrap_or_default(),
        is_last,
        lines: lines + more,
    }
}
