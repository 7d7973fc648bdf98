//! Writes a file as its registry does.

use std::fmt::Write as _;

use data_encoding::{HEXLOWER, HEXUPPER};
use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::habits::{Groups, IdForm, Kind, SerialForm, StartForm, Statistics};
use super::numbers::{self, Row, Status};
use super::{Issue, zone};
use crate::mock::number::{Block, Space};
use crate::mock::rpki::sha256;
use crate::mock::world::{Operator, World};

/// Writes the file of a day, of the extended format or of the old one.
pub(super) fn write(
    world: &World,
    operator: &Operator,
    habits: &Statistics,
    issue: &Issue,
    extended: bool,
) -> String {
    let mut rows: Vec<Row> = numbers::rows(world, operator, issue.published)
        .into_iter()
        .filter(|row| extended || row.status.is_held())
        .flat_map(|row| cut(row, habits))
        .collect();
    rows.sort_by_key(|row| (group(habits, row.status), row.block.first));
    let of = |kind: Kind| {
        rows.iter()
            .filter(move |row| row.block.space == kind.space())
    };
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    habits
        .comments
        .iter()
        .for_each(|comment| line(format!("#{comment}")));
    line(version(habits, issue, rows.len()));
    for kind in &habits.summaries {
        let (name, word, count) = (&habits.name, kind.as_str(), of(*kind).count());
        line(format!("{name}|*|{word}|*|{count}|summary"));
    }
    for kind in &habits.order {
        for row in of(*kind) {
            line(record(habits, *kind, row, extended));
        }
    }
    text
}

/// Cuts a row into as many records as the registry writes it in.
fn cut(row: Row, habits: &Statistics) -> Vec<Row> {
    let block = row.block;
    let parts: Vec<Block> = match block.space {
        Space::Asn if habits.single_asns => (block.first..=block.last)
            .map(|number| Block::single(Space::Asn, number))
            .collect(),
        Space::V4 if !habits.prefixes => vec![block],
        Space::Asn => vec![block],
        Space::V4 | Space::V6 => {
            let prefixes = block.prefixes().into_iter();
            prefixes
                .filter_map(|(address, length)| Block::prefix(block.space, address, length))
                .collect()
        }
    };
    let part = |block| Row {
        block,
        ..row.clone()
    };
    parts.into_iter().map(part).collect()
}

/// Returns the place of a status among the groups of a type.
const fn group(habits: &Statistics, status: Status) -> u8 {
    match (habits.groups, status) {
        (Groups::None, _) | (_, Status::Allocated) | (Groups::Held, Status::Assigned) => 0,
        (Groups::Status, Status::Assigned) => 1,
        (_, Status::Reserved) => 2,
        (_, Status::Available) => 3,
    }
}

fn version(habits: &Statistics, issue: &Issue, records: usize) -> String {
    let end = issue.day.saturating_sub(habits.end_days_before.days());
    let offset = habits.offset.clone().unwrap_or_else(|| {
        let minutes = habits.offset_minutes;
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.unsigned_abs();
        format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
    });
    let start = match habits.start {
        StartForm::Empty => "",
        StartForm::Zeros => "00000000",
        StartForm::Epoch => "19700101",
        StartForm::Eighties => "19870101",
        StartForm::First => "19830705",
    };
    format!(
        "{}|{}|{}|{records}|{start}|{}|{offset}",
        habits.version,
        habits.name,
        serial(habits, issue),
        digits(end)
    )
}

fn serial(habits: &Statistics, issue: &Issue) -> String {
    match habits.serial {
        SerialForm::Day => {
            let day = issue.day.saturating_add(habits.serial_days_ahead.days());
            digits(day)
        }
        SerialForm::Seconds => {
            let last = issue.day.at(23, 59, 59, 0);
            let last = zone(habits).and_then(|zone| last.to_zoned(zone).ok());
            last.map(|last| last.timestamp().as_second().to_string())
                .unwrap_or_default()
        }
        SerialForm::Milliseconds => issue.published.as_millisecond().to_string(),
    }
}

fn digits(day: civil::Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

fn record(habits: &Statistics, kind: Kind, row: &Row, extended: bool) -> String {
    let mut text = String::new();
    let country = if row.status.is_held() {
        &row.country
    } else {
        &habits.pool_country
    };
    let value = match kind {
        Kind::Asn | Kind::Ipv4 => row.block.span().saturating_add(1).to_string(),
        Kind::Ipv6 => row
            .block
            .prefixes()
            .first()
            .map(|(_, length)| length.to_string())
            .unwrap_or_default(),
    };
    let undated = habits.undated.iter().any(|block| block.covers(&row.block));
    let date = match row.since {
        Some(_) if undated => "00000000".to_owned(),
        Some(since) => digits(day_of(since)),
        None => String::new(),
    };
    write!(
        text,
        "{}|{country}|{}|{}|{value}|{date}|{}",
        habits.name,
        kind.as_str(),
        row.block.first_text(),
        row.status.as_str()
    )
    .unwrap_or_default();
    if extended {
        text.push('|');
        text.push_str(&id(habits.ids, &row.holder));
    }
    text
}

fn day_of(time: Timestamp) -> civil::Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// Returns the id of a holder, from nothing but its handle: the same in every file of the registry.
fn id(form: IdForm, handle: &str) -> String {
    if handle.is_empty() {
        return String::new();
    }
    let digest = sha256(handle.as_bytes());
    let lower = HEXLOWER.encode(&digest);
    let upper = HEXUPPER.encode(&digest);
    let of = |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    match form {
        IdForm::F3 => format!("F3{}", of(&upper, 0, 6)),
        IdForm::A9 => format!("A9{}", of(&upper, 0, 6)),
        IdForm::Hex => of(&lower, 0, 32),
        IdForm::Decimal => {
            let number = u32::from_str_radix(&of(&lower, 0, 8), 16).unwrap_or(0);
            (number % 900_000 + 1_000).to_string()
        }
        IdForm::Uuid => format!(
            "{}-{}-4{}-a{}-{}",
            of(&lower, 0, 8),
            of(&lower, 8, 12),
            of(&lower, 12, 15),
            of(&lower, 15, 18),
            of(&lower, 18, 30)
        ),
    }
}
