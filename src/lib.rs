//! Quintet: an inter-RIR conformance and consistency test harness.
//!
//! The rooms, in the order of the flow; a room imports only from layers below and
//! from rooms above it in its own layer (held by `tests/it/layers.rs`).

// Ground.
pub mod clock;
pub mod registry;
pub mod resource;
pub mod verdict;
pub mod yaml;
// Language.
pub mod fact;
// Measuring.
pub mod inspect;
