//! Parameters side by side, on a page of any width.

use comfy_table::Cell;

use super::Page;
use super::table::{bare, finish, hanging};
use crate::judge::words::counted;
use crate::report::parameters::{self, Group, groups, line, parameters_of, rounded, sampled};
use crate::report::words::columns;
use crate::verdict::measure::{Amount, Measure};

/// Fewest columns of the names.
const NARROW_NAME: usize = 20;

/// Columns beyond which a name needs no more.
const WIDE_NAME: usize = 64;

/// Fewest columns of a cell, with a space behind it; `RIPE NCC` and a space.
const CELL: usize = 9;

/// What a cell without a value shows.
const NOTHING: &str = "–";

impl Page<'_> {
    /// Shows the parameters where somebody asked for all, or for nothing else; else says where they are.
    pub(super) fn parameters(&self, text: &mut String) {
        let number = parameters_of(self.audit).count();
        if number == 0 {
            return;
        }
        let results = &self.audit.results;
        let is_all_there_is = results.checks.is_empty() && results.comparisons.len() == number;
        if !self.all && !is_all_there_is {
            let parameters = counted(number, "parameter");
            let words = format!("{parameters} side by side: report.md and --all show them");
            self.paragraph(text, "", &words);
            text.push('\n');
            return;
        }
        text.push_str("Parameters side by side\n\n");
        let groups = groups(self.audit);
        // On one line if there is room for every value, else the range below the median.
        let room = room(self.width);
        let lay_out = |folded: bool| Layout::of(self, &groups, folded);
        let layout = Some(lay_out(false))
            .filter(|layout| layout.cells.iter().sum::<usize>() <= room)
            .unwrap_or_else(|| lay_out(true));
        layout.write(self, &groups, text);
        text.push('\n');
        let legend = legend(&groups, layout.folded);
        for words in &legend {
            self.paragraph(text, "", words);
        }
        if !legend.is_empty() {
            text.push('\n');
        }
    }
}

/// Returns the columns of all cells; the names have three eighths of a page.
const fn room(width: usize) -> usize {
    width - width * 3 / 8
}

/// How the columns share the page.
struct Layout {
    /// Columns of the names.
    name: usize,
    /// Columns of each registry.
    cells: Vec<usize>,
    /// Whether the range stands below the median.
    folded: bool,
}

impl Layout {
    fn of(page: &Page<'_>, groups: &[Group<'_>], folded: bool) -> Self {
        let registries = &page.audit.results.registries;
        let most = room(page.width) / registries.len().max(1);
        let rows = || groups.iter().flat_map(|group| &group.rows);
        let cells: Vec<usize> = registries
            .iter()
            .enumerate()
            .map(|(column, registry)| {
                let own = rows().filter_map(|row| row.cells.get(column));
                let widest = own
                    .flat_map(|cell| lines(cell, folded))
                    .map(|line| columns(&line))
                    .chain([columns(&registry.name)])
                    .max();
                let wanted = widest.unwrap_or_default() + 2;
                if folded { wanted.min(most) } else { wanted }.max(CELL)
            })
            .collect();
        let longest = rows().map(|row| columns(&row.name) + 4).max();
        let rest = page.width.saturating_sub(cells.iter().sum());
        Self {
            name: rest
                .min(longest.unwrap_or_default())
                .clamp(NARROW_NAME, WIDE_NAME),
            cells,
            folded,
        }
    }

    fn write(&self, page: &Page<'_>, groups: &[Group<'_>], text: &mut String) {
        let mut table = bare();
        let registries = page.audit.results.registries.iter();
        let mut head = vec![Cell::new("")];
        head.extend(registries.map(|registry| Cell::new(&registry.name)));
        table.set_header(head);
        for group in groups {
            let name = super::table::folded("", group.scenario, self.name);
            table.add_row(vec![Cell::new(name)]);
            for row in &group.rows {
                let mut cells = vec![Cell::new(hanging("  ", &row.name, self.name))];
                cells.extend(row.cells.iter().zip(&self.cells).map(|(cell, width)| {
                    let shown = lines(cell, self.folded);
                    Cell::new(fitted(shown, cell.measured, *width).join("\n"))
                }));
                table.add_row(cells);
            }
        }
        let mut widths = vec![self.name];
        widths.extend(&self.cells);
        finish(&mut table, &widths, text);
    }
}

/// Returns a cell in lines, what is declared on the last one.
fn lines(cell: &parameters::Cell<'_>, folded: bool) -> Vec<String> {
    let mut lines = match cell.measured.map(|m| (m, &m.amount)) {
        None => vec![NOTHING.to_owned()],
        Some((measure, Amount::Samples(samples))) if folded && !samples.are_equal() => {
            let show = |sample| sampled(measure.unit, sample);
            vec![
                format!("{} ×{}", show(samples.median), samples.count),
                format!("{}–{}", show(samples.min), show(samples.max)),
            ]
        }
        Some((measure, _)) => vec![line(measure)],
    };
    lines.extend(
        cell.declared()
            .map(|(mark, value)| format!("{mark} {value}")),
    );
    lines
}

/// Makes a range that is too long for its cell shorter: without decimals, else on two lines.
fn fitted(mut lines: Vec<String>, measure: Option<&Measure>, width: usize) -> Vec<String> {
    let fits = |line: &str| columns(line) < width;
    let range = lines
        .iter_mut()
        .find(|line| line.chars().count() > 1 && line.contains('–'));
    if let (Some(measure), Some(range)) = (measure, range) {
        if let (Amount::Samples(samples), false) = (&measure.amount, fits(range)) {
            let show = |sample| rounded(measure.unit, sample);
            *range = format!("{}–{}", show(samples.min), show(samples.max));
        }
        if !fits(range) {
            *range = range.replace('–', "–\n");
        }
    }
    lines
}

/// Says how the cells are read, as far as there are such cells.
fn legend(groups: &[Group<'_>], folded: bool) -> Vec<&'static str> {
    let cells = || groups.iter().flat_map(|g| &g.rows).flat_map(|r| &r.cells);
    let mut parts = Vec::new();
    let samples = |cell: &parameters::Cell<'_>| match cell.measured.map(|m| &m.amount) {
        Some(Amount::Samples(samples)) => Some(*samples),
        Some(Amount::Number(_)) | None => None,
    };
    if cells().filter_map(samples).any(|s| !s.are_equal()) {
        parts.push(if folded {
            "median ×samples, smallest–largest below"
        } else {
            "smallest · median · largest ×samples"
        });
    } else if cells().any(|cell| samples(cell).is_some()) {
        parts.push("value ×samples");
    }
    if cells().any(|cell| cell.declared.is_some()) {
        parts.push("= or ≠ what the registry declares");
    }
    if cells().any(|cell| cell.measured.is_none()) {
        parts.push("– no value: report.md says why");
    }
    parts
}
