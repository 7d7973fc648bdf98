//! Writes what was read in the format's own form.

use std::io::{self, Write};

use super::model::Stats;
use super::row::{Kind, Row};

/// Writes a file: comments, version line, summary lines and records, each at its place.
///
/// A file without blank lines whose fields are written in one way comes out octet for octet. What
/// cannot be read is left out; what a field says that has no meaning is written as an empty field.
///
/// # Errors
///
/// Those of `out`.
pub fn write(stats: &Stats, out: &mut impl Write) -> io::Result<()> {
    let mut heads: Vec<(u32, String)> = Vec::new();
    for (line, text) in &stats.comments {
        heads.push((*line, text.to_string()));
    }
    if let Some(version) = &stats.version {
        heads.push((version.line, version.fields.join("|")));
    }
    for summary in &stats.summaries {
        let kind = summary.kind.map_or("", Kind::as_str);
        let count = summary.count.map(|n| n.to_string()).unwrap_or_default();
        let text = format!("{}|*|{kind}|*|{count}|summary", summary.registry);
        heads.push((summary.line, text));
    }
    heads.sort_by_key(|(line, _)| *line);
    let mut heads = heads.into_iter().peekable();
    for row in &stats.rows {
        while let Some((_, text)) = heads.next_if(|(line, _)| *line < row.line) {
            writeln!(out, "{text}")?;
        }
        write_row(stats.registry_of(row), row, stats.holder_of(row), out)?;
    }
    heads.try_for_each(|(_, text)| writeln!(out, "{text}"))
}

/// Writes a record with as many fields as it has, up to nine.
///
/// # Errors
///
/// Those of `out`.
pub fn write_row(registry: &str, row: &Row, holder: &str, out: &mut impl Write) -> io::Result<()> {
    write!(
        out,
        "{registry}|{}|{}|{}|{}|{}|{}",
        row.country,
        row.kind,
        row.start_text(),
        row.value(),
        row.date,
        row.status
    )?;
    if row.fields >= 8 {
        write!(out, "|{holder}")?;
    }
    if row.fields >= 9 {
        write!(out, "|{}", row.source.as_str())?;
    }
    writeln!(out)
}
