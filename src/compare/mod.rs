//! Comparing: one value per participant → consistent or divergent, groups and roles.
//!
//! A divergence belongs to the set. Participants are registries, or the values of a
//! matrix axis within one registry; their order never matters. Beside that: what a run saw, and what
//! somebody accepted before.

mod drift;
mod entries;
mod marks;
mod measure;
mod normalize;
mod numbers;
mod over_time;
mod participants;
mod rule;
mod sets;
mod shape;
mod state;
mod twins;

pub use drift::drift;
pub use entries::Entries;
pub use normalize::normalize;
pub use state::compare;
pub use twins::{Answered, Comparing, SameNames, Twins};
