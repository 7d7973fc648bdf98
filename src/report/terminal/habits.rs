//! Habits side by side, on a page of any width.

use comfy_table::Cell;

use super::Page;
use super::table::{bare, finish, folded, hanging};
use crate::judge::words::counted;
use crate::report::habits::{NOT_OFFERED, UNSEEN, groups, habits_of};

/// Fewest columns of a cell, with a space behind it; `RIPE NCC` and a space.
const CELL: usize = 9;

impl Page<'_> {
    /// Shows habits where somebody asked for all; else says where they are.
    pub(super) fn habits(&self, text: &mut String) {
        let number = habits_of(self.audit).count();
        if number == 0 {
            return;
        }
        if !self.all {
            let habits = counted(number, "habit");
            let words = format!("{habits} side by side: report.md and --all show them");
            self.paragraph(text, "", &words);
            text.push('\n');
            return;
        }
        text.push_str("Habits side by side\n\n");
        let registries = &self.audit.results.registries;
        let name = self.width * 3 / 8;
        let rest = self.width.saturating_sub(name) / registries.len().max(1);
        let cell = rest.max(CELL);
        let mut table = bare();
        let mut head = vec![Cell::new("")];
        head.extend(registries.iter().map(|registry| Cell::new(&registry.name)));
        table.set_header(head);
        let groups = groups(self.audit);
        for group in &groups {
            table.add_row(vec![Cell::new(folded("", group.scenario, name))]);
            for row in &group.rows {
                let mark = if row.differs { "≠ " } else { "= " };
                let words = format!("{mark}{}", row.name);
                let mut cells = vec![Cell::new(hanging("  ", &words, name))];
                let own = row.cells.iter();
                cells.extend(own.map(|value| Cell::new(broken(value, cell))));
                table.add_row(cells);
            }
        }
        let mut widths = vec![name];
        widths.extend(registries.iter().map(|_| cell));
        finish(&mut table, &widths, text);
        text.push('\n');
        let all = || groups.iter().flat_map(|g| &g.rows).flat_map(|r| &r.cells);
        self.paragraph(
            text,
            "",
            "= all do the same, ≠ they do not; no rule decides",
        );
        if all().any(|cell| cell == NOT_OFFERED) {
            self.paragraph(text, "", "not offered: there is nothing of the kind");
        }
        if all().any(|cell| cell == UNSEEN) {
            self.paragraph(text, "", "– could not be seen");
        }
        text.push('\n');
    }
}

/// Breaks a value into lines that fit a cell, at spaces where there are any.
fn broken(value: &str, width: usize) -> String {
    let lines = hanging("", value, width);
    let lines = lines.lines().map(str::trim_start);
    let fitting = lines.map(|line| folded("", line, width));
    fitting.collect::<Vec<_>>().join("\n")
}
