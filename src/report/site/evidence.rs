//! Evidence as an export by audience gives it: an excerpt, and the digest of the original.

use std::fmt;

/// An excerpt of a body that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhibit {
    /// What the body is, such as `application/rdap+json`.
    pub media_type: String,
    /// What may be shown of it, as text.
    pub text: String,
    /// What was taken out, in sentences; empty if it is whole.
    pub taken_out: Vec<String>,
}

/// Gives what of the evidence an audience may see. An export by audience implements it.
pub trait Exported: fmt::Debug + Sync {
    /// Returns an excerpt of the body with a digest; `None` if nothing of it may be shown.
    fn exhibit(&self, digest: &str) -> Option<Exhibit>;
}

/// Nothing is shown: evidence stays in the bundle, and pages name its digest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sealed;

impl Exported for Sealed {
    fn exhibit(&self, _digest: &str) -> Option<Exhibit> {
        None
    }
}
