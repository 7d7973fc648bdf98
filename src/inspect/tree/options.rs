//! What a walk is told beside the tree: labels, limits, and when to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Labels;

/// Bounds of a walk; a tree within them is walked whole.
///
/// Sizes of the real world at the end of 2025: 49,721 CAs and 493,707 files under five trust
/// anchors (APNIC blog, 2026-02-20).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Deepest CA below the trust anchor, which has depth 0. Routinator stops at 32 as well.
    pub depth: u8,
    /// Most CAs of a tree.
    pub cas: usize,
    /// Most objects of a tree.
    pub objects: usize,
    /// Most entries of one manifest.
    pub entries: usize,
    /// Most octets of one object.
    pub object_bytes: usize,
    /// Most CA certificates for one key with one publication point, which is walked for each.
    ///
    /// Two are there in a renewal; without a bound a few CAs that certify each other twice
    /// would be walked 2^depth times.
    pub certificates_per_key: u32,
    /// Most prefixes of ROAs and providers of ASPAs of a tree.
    pub payloads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 32,
            cas: 250_000,
            objects: 5_000_000,
            entries: 1_000_000,
            object_bytes: 100_000_000,
            certificates_per_key: 8,
            payloads: 10_000_000,
        }
    }
}

/// What a walk is told beside the tree.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What is known about CAs and repositories; empty if nothing is.
    pub labels: Labels,
    /// How far the walk goes.
    pub limits: Limits,
    /// Ends the walk soon after it becomes true; what was found so far is returned.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl Options {
    /// Says whether the walk is to end.
    pub(super) fn cancelled(&self) -> bool {
        self.cancel
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}
