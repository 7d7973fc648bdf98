//! Captures: the objects of a repository at one time, by URI.
//!
//! Octets are in one file of the spool, or in the tree that a program left; the memory
//! holds the index only: the URI and 48 octets for each object. A [`Pack`] is filled
//! from a snapshot and from deltas on top of it; a [`Store`] is read, from any thread. A
//! `Capture` asks for everything below a trust anchor and fills a store for each repository.

mod consensus;
mod pack;
mod store;
mod stream;
mod successor;
mod tree;

pub use pack::Pack;
pub use store::{Difference, Differences, Place, Store, Stores};
pub use stream::Stream;
pub(super) use tree::{Capture, beside};
