//! Rows with named cells: what CSV and XML have in common.

use super::{Day, Kind, Wrong};

/// Most rows of a file that are read; the largest registry has 256, with all special ones a few hundred.
pub(super) const MOST_ROWS: usize = 20_000;

/// Longest cell, in octets; the longest note has 700.
pub(super) const LONGEST_CELL: usize = 64 * 1024;

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Blocks of addresses.
    Blocks,
    /// The first address of a range.
    Start,
    /// The last address of a range.
    End,
    /// AS numbers.
    Numbers,
    /// For whom or what.
    Designation,
    /// Since when.
    Date,
    /// A whois server.
    Whois,
    /// URLs of RDAP services.
    Rdap,
    /// Whether it is allocated.
    Status,
}

impl Field {
    /// Returns its name for places.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Blocks => "prefix",
            Self::Start => "start",
            Self::End => "end",
            Self::Numbers => "number",
            Self::Designation => "designation",
            Self::Date => "date",
            Self::Whois => "whois",
            Self::Rdap => "rdap",
            Self::Status => "status",
        }
    }
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// The line it begins at, from 1.
    pub(super) line: usize,
    /// The registry it is in; `None` if that is not known.
    pub(super) kind: Option<Kind>,
    /// Cells with their content; several of a kind are lines of one.
    cells: Vec<(Field, String)>,
}

impl Row {
    /// Returns an empty row.
    pub(super) const fn new(line: usize, kind: Option<Kind>) -> Self {
        Self {
            line,
            kind,
            cells: Vec::new(),
        }
    }

    /// Adds a cell, or another line of one.
    pub(super) fn add(&mut self, field: Field, text: &str) {
        let text = text.trim();
        let open = self.cells.iter_mut().find(|cell| cell.0 == field);
        match open {
            Some((_, cell)) if text.is_empty() || cell.len() > LONGEST_CELL => {}
            Some((_, cell)) => {
                if !cell.is_empty() {
                    cell.push('\n');
                }
                cell.push_str(text);
            }
            None => self.cells.push((field, text.to_owned())),
        }
    }

    /// Returns the content of a cell; `None` if there is no such cell.
    pub(super) fn get(&self, field: Field) -> Option<&str> {
        let mut all = self.cells.iter();
        all.find_map(|(name, text)| (*name == field).then_some(text.as_str()))
    }
}

/// The rows of a file.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) kind: Option<Kind>,
    pub(super) updated: Option<Day>,
    pub(super) rows: Vec<Row>,
    pub(super) wrong: Vec<Wrong>,
}

impl Table {
    /// Tells that something cannot be read.
    pub(super) fn complain(
        &mut self,
        line: usize,
        field: &'static str,
        message: impl Into<String>,
    ) {
        complain(&mut self.wrong, line, field, message);
    }

    /// Adds a row; `false` if there are too many.
    pub(super) fn push(&mut self, row: Row) -> bool {
        if self.rows.len() >= MOST_ROWS {
            let line = row.line;
            self.complain(line, "", format!("more than {MOST_ROWS} entries"));
            return false;
        }
        self.rows.push(row);
        true
    }
}

/// Tells that something cannot be read, as long as not too much is wrong.
pub(super) fn complain(
    wrong: &mut Vec<Wrong>,
    line: usize,
    field: &'static str,
    message: impl Into<String>,
) {
    if wrong.len() < super::MOST_WRONG {
        wrong.push(Wrong {
            line,
            field,
            message: message.into(),
        });
    }
}
