//! A suite as one run of octets: how release builds carry it. `build.rs` writes it with this file too.
//!
//! For each file a line `<length> <path>`, and then the file. Only YAML files are in it: schemas are
//! made by the program.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Deepest folder below the suite.
const DEEPEST: usize = 6;

/// Packs the YAML files of a suite's folder.
///
/// # Errors
///
/// What the machine says, or a folder that is too deep.
pub(crate) fn of_folder(folder: &Path) -> io::Result<Vec<u8>> {
    let mut files = BTreeMap::new();
    gather(folder, "", 0, &mut files)?;
    let mut pack = Vec::new();
    for (path, octets) in files {
        pack.extend_from_slice(format!("{} {path}\n", octets.len()).as_bytes());
        pack.extend_from_slice(&octets);
    }
    Ok(pack)
}

fn gather(
    folder: &Path,
    below: &str,
    depth: usize,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> io::Result<()> {
    if depth > DEEPEST {
        return Err(io::Error::other(format!("`{below}` is nested too deep")));
    }
    for entry in fs::read_dir(folder.join(below))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if entry.file_type()?.is_dir() {
            if path != "schema" {
                gather(folder, &path, depth + 1, files)?;
            }
        } else if path.ends_with(".yaml") {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}
