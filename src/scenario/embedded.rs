//! The suite that the program carries, so that a gate needs one file and nothing else.
//!
//! Release builds have it within. Other builds read the folder `scenarios` of the source they were
//! made of, once, into the same form, so that somebody who writes a scenario need not build again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

#[cfg(not(suite_within))]
use super::pack;

/// What is written in place of a folder: `--suite embedded`, `extends: embedded`.
pub const EMBEDDED: &str = "embedded";

/// The folder's name in messages and reports, so that a place is the same as in the project.
pub(super) const ROOT: &str = "scenarios";

/// Files by path below the suite.
type Files = BTreeMap<&'static str, &'static [u8]>;

static FILES: OnceLock<Files> = OnceLock::new();

/// Says whether a suite's folder stands for the embedded one: it has that name, and there is no such folder.
pub fn is_embedded(folder: &Path) -> bool {
    folder == Path::new(EMBEDDED) && !folder.is_dir()
}

/// Returns a file of the embedded suite; `None` if there is none of this path.
pub(super) fn file(path: &str) -> Option<&'static [u8]> {
    files().get(path).copied()
}

/// Returns the paths of all files, sorted.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    files().keys().copied()
}

fn files() -> &'static Files {
    FILES.get_or_init(|| read(octets()).unwrap_or_default())
}

#[cfg(suite_within)]
fn octets() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/suite.pack"))
}

#[cfg(not(suite_within))]
fn octets() -> &'static [u8] {
    static PACK: OnceLock<Vec<u8>> = OnceLock::new();
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"));
    // Without that folder the suite has no file, and whoever asks for it is told so.
    PACK.get_or_init(|| pack::of_folder(folder).unwrap_or_default())
}

/// Takes a pack apart; `None` if it is none.
fn read(mut rest: &[u8]) -> Option<BTreeMap<&str, &[u8]>> {
    let mut files = BTreeMap::new();
    while !rest.is_empty() {
        let end = rest.iter().position(|octet| *octet == b'\n')?;
        let (line, after) = rest.split_at_checked(end)?;
        let (length, path) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        let after = after.get(1..)?;
        let (file, others) = after.split_at_checked(length.parse().ok()?)?;
        files.insert(path, file);
        rest = others;
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_is_taken_apart_as_it_was_put_together() {
        let files = read(b"2 a.yaml\nx\n0 b/c d.yaml\n2 e.yaml\n\n\n").unwrap();
        let whole: Vec<(&str, &[u8])> = files.into_iter().collect();
        let expected: [(&str, &[u8]); 3] =
            [("a.yaml", b"x\n"), ("b/c d.yaml", b""), ("e.yaml", b"\n\n")];
        assert_eq!(whole, expected);
    }

    #[test]
    fn a_pack_that_was_cut_is_none() {
        for cut in [
            &b"3 a.yaml\nx\n"[..],
            b"3 a.yaml",
            b"x a.yaml\n",
            b"\n",
            b"9",
        ] {
            assert_eq!(read(cut), None);
        }
        assert_eq!(read(b"").unwrap().len(), 0);
    }

    #[test]
    fn every_yaml_file_of_the_folder_is_carried() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"));
        for path in ["suite.yaml", "worlds/five.yaml", "rdap/help.yaml"] {
            let own = std::fs::read(folder.join(path)).unwrap();
            assert_eq!(file(path), Some(own.as_slice()), "{path}");
        }
        assert!(paths().all(|p| p.ends_with(".yaml") && !p.starts_with("schema/")));
    }
}
