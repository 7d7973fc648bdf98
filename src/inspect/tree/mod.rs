//! The validating walk over the tree of one trust anchor.
//!
//! From the trust anchor's certificate the walk goes down through every certification
//! authority (CA): it opens the CA's publication point by its manifest and CRL, judges
//! every listed object, and goes on with the CA certificates among them. The `rpki`
//! crate checks signatures and paths; what a fetch means, which object counts and why
//! not is decided here.
//!
//! *Time.* Everything is judged at one given time, never at the machine's.
//!
//! *Failed fetch.* RFC 9286 section 6: a publication point whose manifest is missing,
//! invalid or stale, whose CRL is not usable, or of whose listed files one is missing
//! or differs from its hash, is dropped whole. The walk has no earlier fetch to fall
//! back to, so nothing of it counts. An object that is there as listed and is itself
//! invalid costs only itself.
//!
//! *Order.* The tree is walked tier by tier, publication points in the order of their
//! certificates, objects in the order of the manifest. The result does not depend on
//! how many threads worked on it.
//!
//! *Bounds.* Depth, circles, the number of CAs and of objects, entries of a manifest,
//! octets of an object and certificates for one key are bounded by [`Limits`]; each
//! limit that is met is a named outcome. No octets are kept.
//!
//! What an object's syntax is worth beyond being valid is for the rules of a [`Look`],
//! which is shown every object while its octets are at hand.

mod anchor;
mod census;
mod content;
mod dark;
mod engine;
mod found;
mod holdings;
mod labels;
mod look;
mod merge;
mod object;
mod options;
mod outcome;
mod point;
mod relations;
mod repeated;
mod resources;
pub mod rules;
mod samples;
mod sampling;
pub mod sets;
mod strays;
mod syntax;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use bytes::Bytes;

pub use anchor::{Anchor, TalError};
pub use census::{Census, Count, Ending};
pub use dark::{Expiry, Scope};
pub use found::{
    AnchorFound, Aspa, Ca, CaId, Certified, CrlFound, InvalidKey, Key, ManifestFound, Number,
    Object, ObjectId, Repository, RouterKey, Tree, Validity, Vrp,
};
pub use holdings::{Held, Holder, Holdings};
pub use labels::{Known, Labels, Role, Tier};
pub use look::{Glance, Look, NoLook};
pub use options::{Limits, Options};
pub use outcome::{CaOutcome, Failure, Kind, Outcome, Reason, Refusal};
pub use repeated::Repeated;
pub use resources::{Inherited, Resources};
pub use samples::{Parameter, Samples, Unit};
pub use strays::Stray;
pub use syntax::SyntaxRules;
pub use walk::{walk, walk_with};

/// The objects of a capture by their rsync URI.
///
/// URIs are asked for with scheme and host in lower case; the rest is as in the
/// certificates and manifests.
pub trait Objects: Sync {
    /// Returns the octets of an object; `None` if the capture does not have it.
    fn read(&self, uri: &str) -> Option<Bytes>;

    /// Says whether the repository of an object was captured at all.
    ///
    /// Where it was not, a missing manifest is an unreachable repository and not one
    /// that lacks a manifest. Yes, unless the capture knows better.
    fn fetched(&self, _uri: &str) -> bool {
        true
    }
}

impl Objects for BTreeMap<String, Bytes> {
    fn read(&self, uri: &str) -> Option<Bytes> {
        self.get(uri).cloned()
    }
}

impl<S: BuildHasher + Sync> Objects for HashMap<String, Bytes, S> {
    fn read(&self, uri: &str) -> Option<Bytes> {
        self.get(uri).cloned()
    }
}
