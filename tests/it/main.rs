//! Integration tests, one binary.
#![expect(clippy::unwrap_used, reason = "a test may die of surprise")]

mod journal;
mod layers;
mod real_rdap;
mod mock_world;
