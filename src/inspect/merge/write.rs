//! The five files as they are written.

use std::io::{self, Write};

use super::row::{Conflict, Numbers, Row, Rows};

/// Writes a file with a version line, summary lines and rows; no end behind the last line.
///
/// # Errors
///
/// That of the writer.
pub fn write_records(out: &mut impl Write, rows: &Rows<'_>, day: &str) -> io::Result<()> {
    // The first day is the same in all files that were ever made.
    writeln!(out, "2|nro|{day}|{}|19821213|{day}|+0000", rows.len())?;
    for numbers in Numbers::ALL {
        let count = rows.of(numbers).len();
        writeln!(out, "nro|*|{}|*|{count}|summary", numbers.as_str())?;
    }
    write_rows(out, rows, day)
}

/// Writes rows, kind by kind; nothing at all if there are none.
///
/// # Errors
///
/// That of the writer.
pub fn write_rows(out: &mut impl Write, rows: &Rows<'_>, day: &str) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut line = String::new();
    for (nth, numbers) in Numbers::ALL.into_iter().enumerate() {
        if nth > 0 {
            out.write_all(b"\n")?;
        }
        for (index, row) in rows.of(numbers).iter().enumerate() {
            if index > 0 {
                out.write_all(b"\n")?;
            }
            write_row(out, row, day, &mut line)?;
        }
    }
    Ok(())
}

/// Writes pairs of rows with an empty line after each; lines end with CR and LF.
///
/// # Errors
///
/// That of the writer.
pub fn write_conflicts(
    out: &mut impl Write,
    conflicts: &[Conflict<'_>],
    day: &str,
) -> io::Result<()> {
    let mut line = String::new();
    for conflict in conflicts {
        write_row(out, &conflict.earlier, day, &mut line)?;
        out.write_all(b"\r\n")?;
        write_row(out, &conflict.later, day, &mut line)?;
        out.write_all(b"\r\n\r\n")?;
    }
    Ok(())
}

fn write_row(out: &mut impl Write, row: &Row<'_>, day: &str, line: &mut String) -> io::Result<()> {
    line.clear();
    row.write(day, line).map_err(io::Error::other)?;
    out.write_all(line.as_bytes())
}
