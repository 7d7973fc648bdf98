//! Whose numbers are, by everybody who says something of them.
//!
//! A [`Plane`] is one source that says of numbers who has them: delegated statistics, IANA, what
//! trust anchors certify, validated ROA payloads, transfer logs. [`agreement`] lays planes side by
//! side, complete and for every number: which registry does each of them say. [`compare`] is the
//! part that needs more than that: the five files of statistics against each other and against
//! IANA, with the lines of what is listed twice or by nobody.

mod compare;
mod file;
mod plane;

pub use compare::{Beyond, Comparison, Flow, Overlap, Overlaps, compare};
pub use file::{Listed, Sample, samples};
pub use plane::{Line, Plane, Said, agreement, said_of};

#[cfg(test)]
mod real {
    use std::io::Read as _;
    use std::path::PathBuf;

    use flate2::read::GzDecoder;

    /// Reads a file of the data beside the crate, decompressed; `None`, told, where it is not.
    pub(super) fn text(name: &str) -> Option<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/registry");
        let Ok(octets) = std::fs::read(PathBuf::from(folder).join(name)) else {
            eprintln!("skipped: `{name}` is not beside the crate");
            return None;
        };
        if !octets.starts_with(&[0x1f, 0x8b]) {
            return String::from_utf8(octets).ok();
        }
        let mut text = String::new();
        GzDecoder::new(octets.as_slice())
            .read_to_string(&mut text)
            .ok()?;
        Some(text)
    }
}

#[cfg(test)]
mod tests;
