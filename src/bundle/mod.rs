//! A run on disk: journal, packs of evidence, observations; written, read, resumed, verified.
//!
//! ```text
//! <UTC>-<target>-<suffix>/
//!   run.json          what was set out to do, written once
//!   events.ndjson     the one primary file, append-only
//!   evidence/         packs of small bodies, one file for each large one
//!   SHA256SUMS        seals the above when the run ends; SHA256SUMS.sig says who did
//!   judgements/       one folder per judging, each sealed and signed by itself
//! ```
//!
//! One write per line, and evidence is written before the line that names it: a
//! process killed at any octet leaves whole lines and at most one torn one, which
//! is dropped. Everything read here may come from a stranger.

mod event;
mod evidence;
mod fetched;
mod fresh;
mod journal;
mod merge;
mod pack;
mod read;
mod record;
mod seal;
mod shards;
mod signature;
mod signers;
mod store;
mod write;

pub use event::Expansion;
pub use evidence::Evidence;
pub use fetched::Fetched;
pub use fresh::Fresh;
pub use merge::{CannotMerge, merge, parts, record_of, writer_of};
pub use read::{Bundle, judgement};
pub use record::{
    ClockRecord, EarlierRecord, FORMAT, Filters, Here, PartRecord, Planned, RunRecord, Taken,
    TargetFile, TargetRecord, Tool, TwinRecord,
};
pub use seal::{Problem, Seal, Sealed, Verification, seal, sealed, sealed_by, seals, sign};
pub use signature::{NAMESPACE, SIGNATURE, SigningKey};
pub use signers::Signers;
pub use store::FolderStore;
pub use write::Writer;

use std::fs::File;
use std::path::{Path, PathBuf};

/// Name of the file that says what was set out to do.
pub const RUN: &str = "run.json";
/// Name of the journal.
pub const EVENTS: &str = "events.ndjson";
/// Name of the folder of bodies.
pub const EVIDENCE: &str = "evidence";
/// Name of the file that seals a folder.
pub const SUMS: &str = "SHA256SUMS";
/// Name of the file that says what an export is, and of what.
pub const EXPORT: &str = "export.json";
/// Name of the folder of judgings.
pub const JUDGEMENTS: &str = "judgements";

/// Says why a bundle could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file could not be read or written.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was being done: `read`, `write`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the machine said.
        #[source]
        source: std::io::Error,
    },
    /// There is no bundle.
    #[error("`{}` is not a bundle: it has no `{RUN}`", .0.display())]
    NoBundle(PathBuf),
    /// `run.json` is not what it should be.
    #[error("cannot read `{}`", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A bundle of another format.
    #[error("`{}` has format {found}; this program reads format {}", path.display(), record::FORMAT)]
    Format {
        /// The file.
        path: PathBuf,
        /// The format it names.
        found: u32,
    },
    /// A line of the journal is not an event.
    #[error("`{}`:{line}: not an event", path.display())]
    Line {
        /// The journal.
        path: PathBuf,
        /// Number of the line, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Something is larger than is read.
    #[error("`{}` has {what} beyond the limit of {limit}", path.display())]
    Limit {
        /// The file.
        path: PathBuf,
        /// What is too large.
        what: &'static str,
        /// The most that is read.
        limit: u64,
    },
    /// A signature does not hold.
    #[error("the signature for `{}` does not hold: {why}", path.display())]
    Signature {
        /// Where it was to be written.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The run has ended; there is nothing to resume.
    #[error("the run in `{}` has finished; there is nothing to resume", .0.display())]
    Finished(PathBuf),
    /// Another process writes the bundle.
    #[error("another process writes `{}`", .0.display())]
    Locked(PathBuf),
    /// An earlier write failed; nothing more is written.
    #[error("the bundle is closed after an earlier failure: {0}")]
    Closed(String),
}

/// Names a failed operation on a file.
fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> BundleError {
    let path = path.into();
    move |source| BundleError::Io {
        doing,
        path,
        source,
    }
}

/// Opens a regular file for reading; a link, pipe or device is refused, it may never end.
fn open_file(path: &Path) -> std::io::Result<File> {
    if !std::fs::symlink_metadata(path)?.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    File::open(path)
}
