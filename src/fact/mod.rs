//! Facts: what was observed, in values with units; and the vocabulary of what can be.
//!
//! Probes and inspectors publish facts and findings, scenarios ask for them, and
//! the [`vocabulary`] says which exist. Nothing in this room says what is right.

mod dated;
mod distribution;
mod json;
mod looked;
mod observation;
mod shared;
mod text_set;
mod tick;
mod value;
pub mod vocabulary;

pub use dated::Dated;
pub use distribution::{Distribution, SampleUnit};
pub use json::{Digest, Documents, Json};
pub use looked::Looked;
pub use observation::{
    Failure, FailureKind, Finding, Inspected, Key, Observation, Skipped, Subject,
};
pub use shared::shared;
pub use text_set::TextSet;
pub use tick::Tick;
pub use value::{Facts, Kind, Value};
