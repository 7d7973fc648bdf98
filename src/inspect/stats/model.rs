//! What a file says, as it was read.

use super::names::Names;
use super::row::{Date, Kind, Row, Status};

/// Which format a file has, as its records of what is held show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Seven fields: the format of before, of holders only.
    Old,
    /// Eight fields: what is held has a holder's id, and what is not held is listed too.
    Extended,
    /// Nine fields: the NRO's combined file.
    Combined,
}

impl Format {
    /// Returns the word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::Extended => "extended",
            Self::Combined => "combined",
        }
    }
}

/// The version line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its line, from 1.
    pub line: u32,
    /// Its fields as written.
    pub fields: Box<[Box<str>]>,
    /// The serial number; `None` if it is none.
    pub serial: Option<u64>,
    /// How many records the file has, as it says; `None` if it is no number.
    pub records: Option<u64>,
    /// The first day; a registry may leave it empty, or write eight zeros.
    pub start: Date,
    /// The last day.
    pub end: Date,
}

impl Version {
    /// Returns a field as written, from 0; empty for one that is not there.
    pub fn field(&self, number: usize) -> &str {
        self.fields.get(number).map_or("", |field| field)
    }

    /// Returns the name of the registry.
    pub fn registry(&self) -> &str {
        self.field(1)
    }
}

/// A summary line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its line, from 1.
    pub line: u32,
    /// Its registry.
    pub registry: Box<str>,
    /// Its type; `None` for a word that is none.
    pub kind: Option<Kind>,
    /// Its number; `None` if it is none.
    pub count: Option<u64>,
}

/// What a file says.
#[derive(Debug, Default)]
pub struct Stats {
    /// The first version line.
    pub version: Option<Version>,
    /// The summary lines in order.
    pub summaries: Vec<Summary>,
    /// The records in the order of the file, but for those whose numbers cannot be read.
    pub rows: Vec<Row>,
    /// The ids of holders.
    pub holders: Names,
    /// The names in the first field of records, in the order of their first appearance.
    pub registries: Vec<Box<str>>,
    /// Comments with their lines.
    pub comments: Vec<(u32, Box<str>)>,
    /// How many lines are comments.
    pub comment_lines: u64,
    /// How many lines are records, whether or not their numbers can be read.
    pub records: u64,
    /// The same by type, in the order of [`Kind::ALL`].
    pub records_of: [u64; 3],
    /// How many lines there are.
    pub lines: u32,
    /// How many octets were read.
    pub octets: u64,
}

impl Stats {
    /// Returns the registry of a row; empty for one of too many.
    pub fn registry_of(&self, row: &Row) -> &str {
        let name = self.registries.get(usize::from(row.registry));
        name.map_or("", |name| name)
    }

    /// Returns the id of a row's holder; empty for none.
    pub fn holder_of(&self, row: &Row) -> &str {
        self.holders.get(row.holder)
    }

    /// Returns the format; `None` where nothing shows it.
    ///
    /// What is not held has seven fields in the extended files of some registries, so that only what
    /// is held tells the old format from the extended one; a file that lists what is not held is
    /// not of the old format.
    pub fn format(&self) -> Option<Format> {
        let held = self.rows.iter().filter(|row| row.status.is_held());
        let (mut all, mut eight, mut nine) = (0_usize, 0_usize, 0_usize);
        for row in held {
            all += 1;
            eight += usize::from(row.fields >= 8);
            nine += usize::from(row.fields >= 9);
        }
        let pool = |row: &Row| matches!(row.status, Status::Available | Status::Reserved);
        match (all, eight, nine) {
            (1.., _, nine) if nine * 2 > all => Some(Format::Combined),
            (1.., 0, _) if !self.rows.iter().any(pool) => Some(Format::Old),
            (0, ..) if !self.rows.iter().any(pool) => None,
            _ => Some(Format::Extended),
        }
    }
}
