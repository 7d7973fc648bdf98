//! The legend: what symbols, words and letters mean.

use maud::html;

use super::{frame, only};
use crate::report::site::{Kind, View, clause};
use crate::verdict::{Disposition, Level, Operator};

/// Writes the legend.
#[derive(Debug)]
pub(super) struct Legend;

/// Classes, symbols with words, and what they mean.
const OUTCOMES: [(&str, &str, &str); 6] = [
    ("pass", "✓ pass", "the evidence shows that it holds"),
    ("fail", "✗ fail", "the evidence shows that it does not hold"),
    (
        "open",
        "? timeout, blocked, …",
        "it was asked, and the evidence allows no verdict; the word says why. Nobody’s failure",
    ),
    (
        "na",
        "– n/a",
        "does not apply here, as declared, with a reason",
    ),
    (
        "left",
        "· skipped",
        "not asked by choice; a reason is given",
    ),
    (
        "err",
        "! error",
        "Quintet failed: a bug, a missing program, its clock. Counts against nobody",
    ),
];

/// Words that stand in place of `fail` or `pass`.
const TAKEN: [(&str, &str, &str); 7] = [
    (
        "known",
        "✗ known",
        "fails, and a waiver with an owner and an end date matches",
    ),
    (
        "fail",
        "✗ expired",
        "fails, and the waiver that would match has ended",
    ),
    (
        "known",
        "✗ once",
        "a live failure that was seen once; it enters no public count until it is seen again an hour or more later, or from a second place",
    ),
    (
        "known",
        "✗ new",
        "fails in the first release of the suite that has the check",
    ),
    (
        "known",
        "✗ flaky, ✓ flaky",
        "attempts within one run differ",
    ),
    ("known", "✓ stale", "passes, though a waiver says it fails"),
    (
        "na",
        "≠ differ",
        "values differ, and nothing says they must not",
    ),
];

impl Kind for Legend {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "legend.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "legend.html");
        let content = html! {
            section {
                h2 { "Outcome: what the evidence shows" }
                dl.legend { @for (class, mark, meaning) in OUTCOMES {
                    div { dt { span class={ "mark " (class) } { (mark) } } dd { (meaning) } }
                } }
            }
            section {
                h2 { "Disposition: how it compares with what was expected" }
                dl.legend {
                    @for (class, mark, meaning) in TAKEN {
                        div { dt { span class={ "mark " (class) } { (mark) } } dd { (meaning) } }
                    }
                }
                p.dim { "In data: " @for word in Disposition::ALL { code { (word) } " " } }
            }
            section {
                h2 { "Level: how much it matters" }
                dl.legend { @for level in Level::ALL { div { dt { b { (level) } } dd { (clause::meaning(*level)) } } } }
            }
            section {
                h2 { "Operator: whose doing it is" }
                p {
                    "Only what a registry operates itself, " code { (Operator::RirService) } " and " code { (Operator::RirHostedCa) }
                    ", can become its failure. What others operate is shown apart, under their own name."
                }
            }
            section {
                h2 { "Values side by side" }
                p {
                    span.group { "A" } " " span.group { "B" } " Registries with the same letter have the same value. The largest group comes first; "
                    "letters are in no order of merit. " span.role { "outlier" } " stands only where a document decides which value is right."
                }
                p { "A range such as " span.num { "20h · 24h · 30h ×25" } " is the smallest, the median and the largest of 25 samples." }
            }
        };
        frame
            .page(
                "Legend",
                "Symbol, word and color say the same, and each says it alone.",
                &content,
            )
            .into_bytes()
    }
}
