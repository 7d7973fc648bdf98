//! Quintet: an inter-RIR conformance and consistency test harness.
//!
//! The rooms, in the order of the flow; a room imports only from layers below and
//! from rooms above it in its own layer (held by `tests/it/layers.rs`).

// Ground.
pub mod registry;

pub mod resource;

pub mod clock;

pub mod yaml;

pub mod verdict;

// Language.
pub mod fact;

pub mod expr;

pub mod scenario;

pub mod plan;

// Measuring.
pub mod inspect;

pub mod transport;

pub mod probe;

pub mod bundle;

pub mod run;

// Beside.
#[cfg(feature = "mock")]
pub mod mock;

// Verdicts.
pub mod judge;

pub mod compare;

pub mod decide;

// Output.
pub mod audit;

pub mod report;

// Top.
pub mod cli;
