//! Marks: symbol, word and class of a verdict; none of them stands alone.

use maud::{Markup, Render, html};

use crate::report::words::cell;
use crate::verdict::results::{CheckResult, ComparisonResult};
use crate::verdict::{Agreement, Disposition, Outcome};

/// A verdict as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    /// How weighty it is; the weightiest of several instances is shown.
    pub(super) weight: Weight,
    /// Symbol and word.
    text: String,
}

/// What a mark says, weightiest first; it is also the class of its color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// A failure that nobody announced.
    Fail,
    /// A failure that somebody answers for, or that is not confirmed.
    Known,
    /// Our error.
    Error,
    /// Asked, and no verdict.
    Open,
    /// Not asked by choice.
    Skipped,
    /// All is well.
    Pass,
    /// Does not apply.
    Na,
}

impl Weight {
    /// Returns the class of its color.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Known => "known",
            Self::Error => "err",
            Self::Open => "open",
            Self::Skipped => "left",
            Self::Pass => "pass",
            Self::Na => "na",
        }
    }
}

impl Mark {
    /// Returns the mark of one result.
    pub(super) fn of(check: &CheckResult) -> Self {
        let weight = match check.outcome {
            Outcome::Fail => match check.disposition {
                Disposition::Known
                | Disposition::Provisional
                | Disposition::Flaky
                | Disposition::Unconfirmed
                | Disposition::Withdrawn => Weight::Known,
                Disposition::Expected
                | Disposition::Unexpected
                | Disposition::StaleWaiver
                | Disposition::ExpiredWaiver => Weight::Fail,
            },
            Outcome::Pass => match check.disposition {
                Disposition::StaleWaiver | Disposition::Flaky | Disposition::Withdrawn => {
                    Weight::Known
                }
                Disposition::Expected
                | Disposition::Unexpected
                | Disposition::Known
                | Disposition::ExpiredWaiver
                | Disposition::Unconfirmed
                | Disposition::Provisional => Weight::Pass,
            },
            Outcome::Error => Weight::Error,
            Outcome::Inconclusive => Weight::Open,
            Outcome::Skipped => Weight::Skipped,
            Outcome::NotApplicable => Weight::Na,
        };
        Self {
            weight,
            text: cell(check),
        }
    }

    /// Returns the mark of a comparison; a difference that is only observed is no failure.
    pub(super) fn of_comparison(comparison: &ComparisonResult) -> Self {
        let can_fail = comparison.level.can_fail();
        let (weight, text) = match comparison.agreement {
            Agreement::Consistent if comparison.rule == "report" => (Weight::Na, "– shown"),
            Agreement::Consistent => (Weight::Pass, "✓ agree"),
            Agreement::Divergent if !can_fail => (Weight::Na, "≠ differ"),
            Agreement::Divergent => match comparison.disposition {
                Disposition::Known
                | Disposition::Provisional
                | Disposition::Unconfirmed
                | Disposition::Withdrawn => (Weight::Known, "≠ known"),
                Disposition::Expected
                | Disposition::Unexpected
                | Disposition::StaleWaiver
                | Disposition::ExpiredWaiver
                | Disposition::Flaky => (Weight::Fail, "≠ diverge"),
            },
            Agreement::Insufficient => (Weight::Skipped, "· too few"),
            Agreement::NotComparable => (Weight::Open, "? open"),
        };
        Self {
            weight,
            text: text.to_owned(),
        }
    }

    /// Returns symbol and word: `✗ fail`.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the word alone.
    pub(super) fn word(&self) -> &str {
        self.text
            .split_once(' ')
            .map_or(self.text.as_str(), |(_, word)| word)
    }
}

impl Render for Mark {
    fn render(&self) -> Markup {
        html! { span class={ "mark " (self.weight.class()) } { (self.text) } }
    }
}
