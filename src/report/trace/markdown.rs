//! A trace for a mail or an issue.

use std::io;

use super::TraceFormat;
use super::told::{as_of, day, disagreements, held, moved};
use crate::inspect::trace::{Cell, Trace};
use crate::judge::words::{put, put_line};
use crate::report::Options;
use crate::report::words::{word_of, write_page};

/// Writes the table, and below it everything that is said.
#[derive(Debug)]
pub(super) struct Markdown;

impl TraceFormat for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn write(&self, trace: &Trace, _: &Options, sink: &mut dyn io::Write) -> io::Result<()> {
        let mut text = String::new();
        put_line!(text, "# {}\n", escaped(&trace.resource));
        for line in held(trace) {
            put_line!(text, "{}\n", escaped(&line));
        }
        for one in &trace.moved {
            put_line!(text, "- {}", escaped(&moved(trace, one)));
        }
        if !trace.moved.is_empty() {
            text.push('\n');
        }
        table(trace, &mut text);
        put_line!(text, "\n{}\n", disagreements(trace));
        for one in &trace.disagreements {
            put_line!(text, "- {}: {}", one.plane.title(), escaped(&one.words));
        }
        for row in trace.rows.iter().filter(|row| !row.note.is_empty()) {
            put_line!(text, "- {}: {}", row.plane.title(), escaped(&row.note));
        }
        text.push_str(
            "\n| plane | registry | says | as of | source |\n| --- | --- | --- | --- | --- |\n",
        );
        for row in &trace.rows {
            for (id, cell) in &row.registries {
                if cell.words.is_empty() {
                    continue;
                }
                let dated = cell.day().map(day).unwrap_or_default();
                put_line!(
                    text,
                    "| {} | {} | {} | {dated} | {} |",
                    row.plane.title(),
                    escaped(trace.name(id)),
                    escaped(&cell.words),
                    escaped(&cell.source)
                );
            }
        }
        write_page(&text, sink)
    }
}

fn table(trace: &Trace, text: &mut String) {
    text.push_str("| |");
    for name in trace.registries.values() {
        put!(text, " {} |", escaped(name));
    }
    text.push_str(" as of |\n| --- |");
    text.push_str(&" --- |".repeat(trace.registries.len() + 1));
    text.push('\n');
    for row in &trace.rows {
        let mark = if row.disagrees { "≠ " } else { "" };
        put!(text, "| {mark}{} |", row.plane.title());
        for id in trace.registries.keys() {
            put!(
                text,
                " {} |",
                row.registries.get(id).map_or_else(String::new, form)
            );
        }
        put_line!(text, " {} |", as_of(row));
    }
}

fn form(cell: &Cell) -> String {
    escaped(cell.forms.first().map_or("", String::as_str))
}

/// Escapes what Markdown would read as its own: texts of servers are hostile.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in word_of(text).chars() {
        if "\\`*_[]<>|#!&~".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
