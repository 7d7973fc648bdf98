//! What stays: entries that were there two days ago too, which the program mails.

use std::collections::BTreeSet;

use super::row::{Conflict, Row, Unreadable, row};

/// Reads a file of conflicts: pairs of rows, blank lines and comments between them.
pub fn conflicts_of(text: &str) -> (Vec<Conflict<'_>>, Vec<Unreadable>) {
    let mut conflicts = Vec::new();
    let mut wrong = Vec::new();
    let mut open: Option<(usize, Row<'_>)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let row = match row(line) {
            Ok(Some(row)) => row,
            Ok(None) => continue,
            Err(message) => {
                let line = number;
                wrong.push(Unreadable { line, message });
                continue;
            }
        };
        match open.take() {
            None => open = Some((number, row)),
            Some((_, earlier)) => conflicts.push(Conflict {
                earlier,
                later: row,
            }),
        }
    }
    if let Some((line, _)) = open {
        let message = "a row without its other one".to_owned();
        wrong.push(Unreadable { line, message });
    }
    (conflicts, wrong)
}

/// Returns which of today's entries were there before too, by their rows without days.
///
/// An entry is one row, or the two of a conflict.
pub fn stays<'r>(
    today: impl IntoIterator<Item = Vec<Row<'r>>>,
    before: impl IntoIterator<Item = Vec<Row<'r>>>,
) -> Vec<bool> {
    let before: BTreeSet<Vec<String>> = before.into_iter().map(|rows| key(&rows)).collect();
    let today = today.into_iter();
    today.map(|rows| before.contains(&key(&rows))).collect()
}

/// Returns the rows without their days.
fn key(rows: &[Row<'_>]) -> Vec<String> {
    rows.iter().map(|row| row.text_without_day()).collect()
}

impl Row<'_> {
    /// Returns its line with an empty day.
    pub(super) fn text_without_day(&self) -> String {
        let f = self.fields("");
        let kind = self.numbers().as_str();
        let numbers = format!("{}-{}", self.first, self.last);
        [
            f.registry, f.country, kind, &numbers, f.status, f.holder, f.source,
        ]
        .join("|")
    }
}
