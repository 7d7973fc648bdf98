//! Writes a judging down.

use std::io;
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
pub fn results_json(audit: &Audit) -> serde_json::Result<Vec<u8>> {
    let mut results = audit.results.clone();
    results.forget_volatile();
    let mut octets = serde_json::to_vec_pretty(&results)?;
    octets.push(b'\n');
    Ok(octets)
}

/// Writes [`RESULTS`] and [`AUDIT`] into the folder of a judging, which is made where it is missing.
///
/// # Errors
///
/// What the machine says.
pub fn keep(audit: &Audit, folder: &Path) -> io::Result<()> {
    let results = results_json(audit).map_err(io::Error::other)?;
    let shown = serde_json::to_vec(audit).map_err(io::Error::other)?;
    std::fs::create_dir_all(folder)?;
    for (name, octets) in [(AUDIT, shown), (RESULTS, results)] {
        // A reader never sees half a file.
        let unfinished = folder.join(format!(".{name}.unfinished"));
        std::fs::write(&unfinished, octets)?;
        std::fs::rename(unfinished, folder.join(name))?;
    }
    Ok(())
}
