//! A trace on one screen.

use std::io;

use super::TraceFormat;
use super::told::{as_of, day, disagreements, held, moved};
use crate::inspect::trace::{Cell, Claim, Row, Trace};
use crate::judge::words::put_line;
use crate::report::Options;
use crate::report::words::{columns, word_of, wrapped, write_colored};

/// Columns of mark and name of a plane.
const NAME: usize = 15;

/// Columns of the days.
const DAY: usize = 10;

/// Fewest and most columns of one registry, its blank included.
const CELL: (usize, usize) = (11, 30);

/// Most transfers that are told unless all is asked for: the last ones.
const MOST_MOVED: usize = 4;

/// Most disagreements that are told unless all is asked for.
const MOST_DISAGREEMENTS: usize = 8;

/// Writes a table that fits on one screen.
#[derive(Debug)]
pub(super) struct Terminal;

impl TraceFormat for Terminal {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn write(&self, trace: &Trace, options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let registries = trace.registries.len().max(1);
        let rest = options.width.saturating_sub(NAME + DAY);
        let page = Page {
            trace,
            width: options.width.max(NAME + DAY + CELL.0 * registries),
            cell: (rest / registries).clamp(CELL.0, CELL.1),
            all: options.all,
        };
        write_colored(&page.text(), options.color, sink)
    }
}

struct Page<'t> {
    trace: &'t Trace,
    width: usize,
    cell: usize,
    all: bool,
}

impl Page<'_> {
    fn text(&self) -> String {
        let mut text = String::new();
        for line in held(self.trace) {
            self.paragraph(&mut text, "", "  ", &line);
        }
        self.moved(&mut text);
        text.push('\n');
        self.head(&mut text);
        for row in &self.trace.rows {
            self.row(row, &mut text);
        }
        text.push('\n');
        self.disagreements(&mut text);
        self.notes(&mut text);
        if self.all {
            self.words(&mut text);
        }
        text
    }

    fn paragraph(&self, text: &mut String, first: &str, others: &str, words: &str) {
        wrapped(text, self.width, first, others, words);
    }

    fn moved(&self, text: &mut String) {
        let all = &self.trace.moved;
        let most = if self.all { all.len() } else { MOST_MOVED };
        let beyond = all.len().saturating_sub(most);
        if beyond > 0 {
            put_line!(text, "  {beyond} earlier transfers; --all shows them");
        }
        for one in all.iter().skip(beyond) {
            self.paragraph(text, "  ", "    ", &moved(self.trace, one));
        }
    }

    fn head(&self, text: &mut String) {
        let mut line = " ".repeat(NAME);
        for name in self.trace.registries.values() {
            pad(&mut line, &word_of(name), self.cell);
        }
        line.push_str("as of");
        put_line!(text, "{line}");
    }

    fn row(&self, row: &Row, text: &mut String) {
        let mark = if row.disagrees { "≠ " } else { "  " };
        let mut line = String::new();
        pad(&mut line, &format!("{mark}{}", row.plane.title()), NAME);
        for id in self.trace.registries.keys() {
            let form = row.registries.get(id).map_or("", |cell| self.form(cell));
            pad(&mut line, &word_of(form), self.cell);
        }
        line.push_str(&as_of(row));
        put_line!(text, "{}", line.trim_end());
    }

    /// Returns the longest form of a cell that has room, else the shortest.
    fn form<'c>(&self, cell: &'c Cell) -> &'c str {
        let fits = |form: &&String| columns(form) < self.cell;
        let found = cell.forms.iter().find(fits).or(cell.forms.last());
        found.map_or("", String::as_str)
    }

    fn disagreements(&self, text: &mut String) {
        put_line!(text, "{}", disagreements(self.trace));
        let all = &self.trace.disagreements;
        let most = if self.all {
            all.len()
        } else {
            MOST_DISAGREEMENTS
        };
        for one in all.iter().take(most) {
            let words = format!("≠ {}: {}", one.plane.title(), one.words);
            self.paragraph(text, "", "    ", &words);
        }
        if let Some(beyond) = all.len().checked_sub(most).filter(|beyond| *beyond > 0) {
            put_line!(text, "  {beyond} more; --all shows them");
        }
    }

    /// Writes what is not about one registry, and why there is no answer where there is none.
    fn notes(&self, text: &mut String) {
        let trace = self.trace;
        for row in trace.rows.iter().filter(|row| !row.note.is_empty()) {
            let words = format!("{}: {}", row.plane.title(), row.note);
            self.paragraph(text, "", "    ", &words);
        }
        let mut whys: Vec<(String, Vec<String>)> = Vec::new();
        for row in &trace.rows {
            for (id, cell) in &row.registries {
                let (Claim::Unseen { why } | Claim::NotAsked { why }) = &cell.claim else {
                    continue;
                };
                let who = format!("{} {}", row.plane.title(), trace.name(id));
                match whys.iter_mut().find(|(known, _)| known == why) {
                    Some((_, all)) => all.push(who),
                    None => whys.push((why.clone(), vec![who])),
                }
            }
        }
        for (why, who) in whys {
            let most = if self.all { who.len() } else { 3 };
            let told: Vec<&str> = who.iter().take(most).map(String::as_str).collect();
            let more = match who.len().saturating_sub(most) {
                0 => String::new(),
                beyond => format!(" and {beyond} more"),
            };
            let words = format!("{}{more}: {why}", told.join(", "));
            self.paragraph(text, "", "    ", &words);
        }
    }

    /// Writes everything that is said, word for word, with its date and its source.
    fn words(&self, text: &mut String) {
        for row in &self.trace.rows {
            let said = || {
                row.registries
                    .iter()
                    .filter(|(_, cell)| cell.claim.is_seen())
            };
            let said = || said().filter(|(_, cell)| !cell.words.is_empty());
            if said().next().is_none() {
                continue;
            }
            put_line!(text, "\n{}", row.plane.title());
            for (id, cell) in said() {
                let mut words = format!("{}: {}", self.trace.name(id), cell.words);
                if let Some(dated) = cell.day() {
                    words = format!("{words}; {}", day(dated));
                }
                if !cell.source.is_empty() {
                    words = format!("{words}, {}", cell.source);
                }
                self.paragraph(text, "  ", "    ", &words);
            }
        }
    }
}

/// Appends text and blanks to a width; what is too long is cut.
fn pad(line: &mut String, text: &str, width: usize) {
    let room = width.saturating_sub(1);
    let long = columns(text) > room;
    let kept = if long { room.saturating_sub(1) } else { room };
    line.extend(text.chars().take(kept));
    if long {
        line.push('…');
    }
    let used = columns(text).min(room);
    line.push_str(&" ".repeat(width.saturating_sub(used)));
}
