//! Which row says something of which numbers, where a later one replaces earlier ones.
//!
//! The program keeps rows in a map of intervals of a line without gaps: `1..=20` without `1..=10`
//! leaves all that is above 10, also when `11..=20` is taken away too. What is left between 10 and
//! 11 holds no number, yet it meets the next row that is laid over it, and both are told as a
//! conflict. Points here are numbers and what is between them, so that the same comes out.

use std::collections::BTreeMap;

use super::row::{Numbers, Row};
use crate::resource::AddressRange;

/// A number, or what lies between it and the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    number: u128,
    /// Whether it is what lies behind the number.
    behind: bool,
}

impl Point {
    const fn at(number: u128) -> Self {
        Self {
            number,
            behind: false,
        }
    }

    /// Returns the point before; `None` before the first number.
    fn before(self) -> Option<Self> {
        match self.behind {
            true => Some(Self::at(self.number)),
            false => Some(Self {
                number: self.number.checked_sub(1)?,
                behind: true,
            }),
        }
    }

    /// Returns the point after.
    const fn after(self) -> Option<Self> {
        match self.behind {
            false => Some(Self {
                number: self.number,
                behind: true,
            }),
            true => match self.number.checked_add(1) {
                Some(number) => Some(Self::at(number)),
                None => None,
            },
        }
    }
}

/// Rows by their points.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces<'a>(BTreeMap<Point, (Point, Row<'a>)>);

impl<'a> Pieces<'a> {
    /// Returns the rows laid one over the other.
    pub(super) fn of(rows: impl IntoIterator<Item = Row<'a>>) -> Self {
        let mut pieces = Self::default();
        for row in rows {
            pieces.put(Point::at(row.first), Point::at(row.last), row);
        }
        pieces
    }

    /// Returns the rows that say something of the numbers of another one, in the order of numbers.
    pub(super) fn met_by(&self, row: &Row<'_>) -> Vec<(Piece, Row<'a>)> {
        let (first, last) = (Point::at(row.first), Point::at(row.last));
        let before = self.0.range(..first).next_back();
        let before = before.filter(|(_, (end, _))| *end >= first);
        let within = self.0.range(first..=last);
        let all = before.into_iter().chain(within);
        all.map(|(begin, (end, row))| {
            let piece = Piece((*begin).max(first), (*end).min(last));
            (piece, *row)
        })
        .collect()
    }

    /// Lays a row over all of its numbers.
    pub(super) fn lay(&mut self, row: Row<'a>) {
        self.put(Point::at(row.first), Point::at(row.last), row);
    }

    /// Lays pieces of other rows.
    pub(super) fn lay_pieces(&mut self, pieces: Vec<(Piece, Row<'a>)>) {
        for (Piece(first, last), row) in pieces {
            self.put(first, last, row);
        }
    }

    fn put(&mut self, first: Point, last: Point, row: Row<'a>) {
        self.remove(first, last);
        self.0.insert(first, (last, row));
    }

    fn remove(&mut self, first: Point, last: Point) {
        let begin = self.0.range(..first).next_back();
        if let Some((begin, (end, row))) = begin.map(|(b, e)| (*b, *e))
            && end >= first
        {
            if let Some(before) = first.before() {
                self.0.insert(begin, (before, row));
            }
            if let Some(after) = last.after().filter(|after| *after <= end) {
                self.0.insert(after, (end, row));
            }
        }
        let covered: Vec<Point> = self.0.range(first..=last).map(|(b, _)| *b).collect();
        for begin in covered {
            let Some((end, row)) = self.0.remove(&begin) else {
                continue;
            };
            if let Some(after) = last.after().filter(|after| *after <= end) {
                self.0.insert(after, (end, row));
            }
        }
    }

    /// Returns the rows with the numbers they are left with, in order; of IPv6 a row for each prefix.
    pub(super) fn rows(&self) -> Vec<Row<'a>> {
        let mut rows = Vec::with_capacity(self.0.len());
        for (begin, (end, row)) in &self.0 {
            push(&mut rows, Piece(*begin, *end), *row);
        }
        rows
    }
}

/// Points from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece(Point, Point);

impl Piece {
    /// Returns its numbers; `None` if there are none.
    fn numbers(self) -> Option<(u128, u128)> {
        let first = match self.0.behind {
            true => self.0.number.checked_add(1)?,
            false => self.0.number,
        };
        (first <= self.1.number).then_some((first, self.1.number))
    }
}

/// Adds a row for the numbers of a piece.
pub(super) fn push<'a>(rows: &mut Vec<Row<'a>>, piece: Piece, row: Row<'a>) {
    if let Some((first, last)) = piece.numbers() {
        push_range(rows, first, last, row);
    }
}

/// Adds a row for some numbers, of IPv6 one for each prefix.
pub(super) fn push_range<'a>(rows: &mut Vec<Row<'a>>, first: u128, last: u128, row: Row<'a>) {
    if row.numbers() != Numbers::Ipv6 {
        rows.push(row.of(first, last));
        return;
    }
    let address = |bits| std::net::IpAddr::V6(std::net::Ipv6Addr::from_bits(bits));
    let Ok(range) = AddressRange::new(address(first), address(last)) else {
        return;
    };
    for prefix in range.prefixes() {
        let own = prefix.range();
        if let (std::net::IpAddr::V6(a), std::net::IpAddr::V6(b)) = (own.first(), own.last()) {
            rows.push(row.of(a.to_bits(), b.to_bits()));
        }
    }
}

/// Returns what rows say of numbers that no row of `others` is about; both in order, and apart.
pub(super) fn minus<'a>(rows: &[Row<'a>], others: &[Row<'_>]) -> Vec<Row<'a>> {
    let mut rest = Vec::new();
    let mut holes = others.iter().peekable();
    for row in rows {
        let mut open = Some(row.first);
        while let Some(hole) = holes.peek() {
            let Some(first) = open else { break };
            if hole.last < first {
                holes.next();
                continue;
            }
            if hole.first > row.last {
                break;
            }
            if let Some(before) = hole.first.checked_sub(1).filter(|before| first <= *before) {
                push_range(&mut rest, first, before, *row);
            }
            // A hole that reaches beyond this row may cut the next one too.
            open = hole.last.checked_add(1).filter(|next| *next <= row.last);
        }
        if let Some(first) = open {
            push_range(&mut rest, first, row.last, *row);
        }
    }
    rest
}
