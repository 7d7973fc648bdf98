//! Checklists on a page of any width: what is attested, and below it what was measured.

use std::io;

use comfy_table::Cell;

use super::table::{bare, finish, folded, hanging};
use super::{NARROWEST, Page};
use crate::audit::Audit;
use crate::judge::words::counted;
use crate::report::checklists::{Sources, attested, held, notes, reading, value};
use crate::report::words::{name_of, word_of, write_page};
use crate::report::{Format, Options};
use crate::verdict::checklist::{ChecklistCell, ChecklistRow, ChecklistTable};

/// Shows the checklists and nothing else.
#[derive(Debug)]
pub(in crate::report) struct Checklists;

impl Format for Checklists {
    fn name(&self) -> &'static str {
        "checklists"
    }

    fn summary(&self) -> &'static str {
        "what documents say of each registry beside what was measured, row by row, at a terminal"
    }

    fn file(&self) -> Option<&'static str> {
        None
    }

    fn applies(&self, audit: &Audit) -> bool {
        !audit.results.checklists.is_empty()
    }

    fn write(&self, audit: &Audit, options: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let page = Page {
            audit,
            width: options.width.max(NARROWEST),
            all: true,
        };
        let mut text = String::new();
        page.banner(&mut text);
        page.head(&mut text);
        page.checklists(&mut text);
        if audit.results.checklists.is_empty() {
            text.push_str("The run has no part in any checklist\n");
        }
        write_page(&text, sink)
    }
}

/// What a cell shows of which nothing is known.
const NOTHING: &str = "–";

impl Page<'_> {
    /// Shows the checklists where somebody asked for all; else says where they are.
    pub(super) fn checklists(&self, text: &mut String) {
        let tables = &self.audit.results.checklists;
        if tables.is_empty() {
            return;
        }
        if !self.all {
            let number = counted(tables.len(), "checklist");
            let words = format!(
                "{number} of what is said and what is measured: report.md and `report -f checklists` show them"
            );
            self.paragraph(text, "", &words);
            text.push('\n');
            return;
        }
        for table in tables {
            self.checklist(table, text);
        }
    }

    fn checklist(&self, list: &ChecklistTable, text: &mut String) {
        self.paragraph(text, "", &format!("{} ({})", word_of(&list.title), list.id));
        text.push('\n');
        let sources = Sources::of(list);
        let registries = &self.audit.results.registries;
        // As the parameters do it: the names have three eighths of a page.
        let name = self.width * 3 / 8;
        let cell = (self.width - name) / registries.len().max(1);
        let mut table = bare();
        let mut head = vec![Cell::new("")];
        head.extend(registries.iter().map(|registry| Cell::new(&registry.name)));
        table.set_header(head);
        let mut class = None;
        for row in &list.rows {
            if class != Some(&row.class) && !row.class.is_empty() {
                table.add_row(vec![Cell::new(folded("", &row.class, name))]);
            }
            class = Some(&row.class);
            for line in self.lines(row, &sources, name) {
                table.add_row(line);
            }
        }
        let mut widths = vec![name];
        widths.extend(registries.iter().map(|_| cell));
        finish(&mut table, &widths, text);
        text.push('\n');
        self.reading(list, &sources, text);
    }

    /// Returns the lines of a row: its title with what is attested, then one for each thing that is measured.
    fn lines(&self, row: &ChecklistRow, sources: &Sources, width: usize) -> Vec<Vec<Cell>> {
        let title = hanging("  ", &format!("{} {}", row.id, word_of(&row.title)), width);
        let started = self.audit.run.started;
        let is_measured = !row.shows.is_empty() || !row.counts.is_empty();
        let is_said = row.cells.values().any(|cell| cell.attested.is_some());
        // Where nobody was read, the measured lines below say all there is.
        let nothing = if is_measured && !is_said { "" } else { NOTHING };
        let line = |name: String, nothing: &str, of: &dyn Fn(&ChecklistCell) -> Option<String>| {
            let registries = self.audit.results.registries.iter();
            let cells = registries.map(|registry| {
                let shown = row.cells.get(registry.id.as_str()).and_then(of);
                Cell::new(shown.unwrap_or_else(|| nothing.to_owned()))
            });
            std::iter::once(Cell::new(name))
                .chain(cells)
                .collect::<Vec<_>>()
        };
        let said = |cell: &ChecklistCell| attested(cell, sources, started);
        let mut lines = vec![line(title, nothing, &said)];
        for words in row.shows.keys() {
            let name = hanging("      ", &word_of(words), width);
            lines.push(line(name, NOTHING, &|cell| {
                Some(value(cell.measured.get(words)?))
            }));
        }
        if !row.counts.is_empty() {
            let name = "      checks".to_owned();
            lines.push(line(name, NOTHING, &|cell| cell.judged.map(held)));
        }
        lines
    }

    /// Says how a checklist is read, and where what is said comes from.
    fn reading(&self, list: &ChecklistTable, sources: &Sources, text: &mut String) {
        self.paragraph(text, "", &reading(self.audit, list));
        if !list.note.is_empty() {
            self.paragraph(text, "", &list.note);
        }
        for (place, source) in sources.all.iter().enumerate() {
            let number = format!("[{}]", place + 1);
            self.hanging(text, &format!("{number:>4} "), "     ", source);
        }
        for row in &list.rows {
            for (registry, note) in notes(row) {
                let who = name_of(&self.audit.results, registry);
                let words = format!("{} {who}: {note}", row.id);
                self.hanging(text, "     ", "       ", &words);
            }
        }
        text.push('\n');
    }
}
