//! The kinds of pages, one file each.

mod area;
mod check;
mod comparison;
mod coverage;
mod dark;
mod difference;
mod evidence;
mod expiries;
mod history;
mod legend;
mod matrix;
mod method;
mod observed;
mod offered;
mod parameters;
mod registry;
mod remarks;
mod runs;
mod scenario;
mod start;
mod transfers;
mod vantages;
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
    &transfers::Transfers,
    &expiries::Expiries,
    &vantages::Vantages,
    &waivers::Waivers,
    &remarks::Remarks,
    &runs::Index,
    &runs::Runs,
    &difference::Index,
    &difference::Differences,
    &observed::Pages,
    &evidence::Evidence,
    &coverage::Coverage,
    &legend::Legend,
    &method::Method,
];

/// Returns the one key of a page of which there is one.
fn only() -> Vec<String> {
    vec![String::new()]
}

/// Returns the frame of a page.
fn frame<'v>(view: &'v View<'_>, path: &'v str) -> Frame<'v> {
    Frame {
        site: &view.site,
        rests: &view.rests,
        path,
    }
}
