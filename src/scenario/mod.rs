//! The language: YAML files to a typed suite, with every mistake located.

pub mod model;
pub mod suite;
