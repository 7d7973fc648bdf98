//! Writes a judging down.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use super::Audit;

/// Name of the file with the results.
pub const RESULTS: &str = "results.json";

/// Name of the file with everything that reports show, times and how long things took included.
pub const AUDIT: &str = "audit.json";

/// Returns `results.json`: the same octets for the same observations and suite.
///
/// # Errors
///
/// What `serde_json` says; results can always be written.
pub fn results_json(audit: &Audit) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    write_results(audit, &mut octets)?;
    Ok(octets)
}

/// Writes `results.json` as it comes, so that it is never in memory whole.
///
/// # Errors
///
/// What the sink says.
pub fn write_results(audit: &Audit, sink: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *sink, &audit.results.lasting())?;
    sink.write_all(b"\n")
}

/// Writes [`RESULTS`] and [`AUDIT`] into the folder of a judging, which is made where it is missing.
///
/// # Errors
///
/// What the machine says.
pub fn keep(audit: &Audit, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    whole(folder, AUDIT, |sink| {
        Ok(serde_json::to_writer(sink, audit)?)
    })?;
    whole(folder, RESULTS, |sink| write_results(audit, sink))
}

/// Writes a file under another name first: a reader never sees half of it.
fn whole(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    let unfinished = folder.join(format!(".{name}.unfinished"));
    let mut sink = BufWriter::new(File::create(&unfinished)?);
    write(&mut sink)?;
    sink.flush()?;
    std::fs::rename(unfinished, folder.join(name))
}
