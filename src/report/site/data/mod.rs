//! Data of a site: tables as CSV and JSON with their schemas, feeds, metrics, badges, a calendar, excerpts of evidence.

mod atom;
mod badge;
mod calendar;
mod excerpt;
mod metrics;
mod table;
mod tables;

use super::Kind;

/// All kinds of files that are read by programs.
pub(super) const FILES: &[&dyn Kind] = &[
    &table::Csv,
    &table::Json,
    &table::Schema,
    &table::Index,
    &atom::Feed,
    &atom::RegistryFeeds,
    &calendar::Calendar,
    &metrics::Metrics,
    &badge::Images,
    &badge::Values,
    &excerpt::Excerpts,
];

/// Returns the one key of a file of which there is one.
fn only() -> Vec<String> {
    vec![String::new()]
}
