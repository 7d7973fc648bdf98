//! Plots: small, without script and without style of their own; each has a title, a description and
//! stands beside the table of its values.

pub(super) mod axis;
pub(super) mod range;
pub(super) mod steps;
pub(super) mod timeline;

/// Returns a place in the drawing, with as many digits as can be seen.
fn at(place: f64) -> String {
    format!("{place:.1}")
}

/// Returns a number of things as a length in the drawing.
fn rows(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}
