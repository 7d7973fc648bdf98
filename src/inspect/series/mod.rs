//! The inspector of series: one capture of a repository beside an earlier one.
//!
//! A rule sees two captures in short ([`Capture`]) and what the deltas between them lead
//! to. Nothing is verified again: what each object is worth is for the rules of
//! `inspect::rpki` and `inspect::tree`; here it is only asked what became of it.

mod capture;
mod feed_rules;
mod measures;
mod object_rules;
mod pair;
mod replay;
#[cfg(test)]
mod tests;

pub use capture::{Capture, File, Filling, Held, MOST_OBJECTS, anchor};
pub use measures::{Measures, measure};
pub use pair::{Kept, Pair};
pub use replay::Replay;

use super::{Findings, Seen};
use crate::fact::Inspected;

/// One rule over two captures.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The id, such as `rpki.series.manifest-number`.
    pub id: &'static str,
    /// Reports what is there and what is wrong; calls nothing where there is nothing to look at.
    look: fn(&Pair<'_>, &mut Seen),
}

const fn rule(id: &'static str, look: fn(&Pair<'_>, &mut Seen)) -> Rule {
    Rule { id, look }
}

/// Iterates over all rules, in the order of the reports.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    feed_rules::RULES.iter().chain(object_rules::RULES)
}

/// Applies every rule to two captures.
pub fn look(pair: &Pair<'_>) -> Inspected {
    let mut findings = Findings::new();
    for rule in rules() {
        findings.run(rule.id, |seen| (rule.look)(pair, seen));
    }
    findings.finish()
}
