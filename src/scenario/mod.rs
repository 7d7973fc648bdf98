//! The language: YAML files to a typed suite, with every mistake located.
//!
//! [`read`] takes files at hand, [`Suite::read`](suite::Suite::read) a folder. One table
//! of keys per mapping drives decoding and the JSON Schemas; every mistake of every
//! file is reported at once.

pub mod allowed;
mod attested;
mod basis;
mod check;
mod compare;
mod compare_keys;
mod data;
mod decode;
mod document;
mod editions;
mod embedded;
mod expect;
mod expected;
mod fault_file;
mod fields;
mod files;
mod fragment;
pub mod glob;
mod grammar;
mod kept;
mod keys;
mod known;
mod lint;
mod literal;
pub mod local;
mod matcher;
mod matcher_keys;
mod matrix;
pub mod model;
mod names;
mod notes;
mod order;
#[cfg(not(suite_within))]
mod pack;
mod poll;
mod probe;
mod read;
mod registry_file;
mod registry_rpki;
mod schema;
mod shelf;
pub mod suite;
mod target;
pub mod transfer_policy;
mod units;
mod windows;

pub use compare::quantity;
pub use editions::Editions;
pub use embedded::{EMBEDDED, is_embedded};
pub use expected::expected;
pub use files::{FileKind, SuiteFile, below, open, read_folder};
pub use known::{Known, Verdict};
pub use lint::{coverage, unproved};
pub use order::order;
pub use read::{Reading, read};
pub use registry_file::from_data as registry_from_data;
pub use schema::{schema, schema_names, schema_text};
pub use target::{LIMITS_BY_DEFAULT, merge};
pub use windows::WindowError;
