//! The kinds of pages, one file each.

mod area;
mod check;
mod comparison;
mod dark;
mod expiries;
mod history;
mod legend;
mod matrix;
mod offered;
mod parameters;
mod registry;
mod runs;
mod scenario;
mod start;
mod waivers;

use super::frame::Frame;
use super::{Kind, View};

/// All kinds of pages, in the order of a reader's way through them.
pub(super) const PAGES: &[&dyn Kind] = &[
    &start::Start,
    &area::Index,
    &area::Areas,
    &parameters::Parameters,
    &dark::Dark,
    &offered::Offered,
    &matrix::Matrix,
    &scenario::Scenarios,
    &check::Checks,
    &comparison::Comparisons,
    &registry::Index,
    &registry::Registries,
    &expiries::Expiries,
    &waivers::Waivers,
    &runs::Index,
    &runs::Runs,
    &legend::Legend,
];

/// Returns the one key of a page of which there is one.
fn only() -> Vec<String> {
    vec![String::new()]
}

/// Returns the frame of a page.
fn frame<'v>(view: &'v View<'_>, path: &'v str) -> Frame<'v> {
    Frame {
        site: &view.site,
        path,
    }
}
