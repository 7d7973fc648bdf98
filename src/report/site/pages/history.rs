//! Changes of one id, newest first, as a table; and parts of it that other pages show too.

use maud::{Markup, html};

use crate::audit::difference::{CheckChange, CheckState, ComparisonChange, Seen, ValueChange};
use crate::report::difference::told::{agreement, heading, reasons, values, verdict};
use crate::report::parameters::line;
use crate::report::site::View;
use crate::report::site::frame::{Frame, time};
use crate::report::site::{path, text};
use crate::report::words::parameters;
use crate::verdict::Outcome;
use crate::verdict::measure::{Amount, Measure, Unit};

/// Most values of one comparison that are told.
const MOST: usize = 8;

/// Returns the class of the color of a state; its symbol and word stand in the words.
const fn class(state: Option<&CheckState>) -> &'static str {
    let Some(state) = state else {
        return "mark left";
    };
    match state.outcome {
        Outcome::Fail => "mark fail",
        Outcome::Pass => "mark pass",
        Outcome::Inconclusive => "mark open",
        Outcome::Error => "mark err",
        Outcome::Skipped => "mark left",
        Outcome::NotApplicable => "mark na",
    }
}

/// Shows what a verdict was and is.
pub(super) fn turned(change: &CheckChange) -> Markup {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    html! {
        span class=(class(before)) { (text::line(&verdict(before))) } span.arrow { " → " }
        span class=(class(after)) { (text::line(&verdict(after))) }
    }
}

/// Says whether a comparison agrees now and did not, or the other way round.
pub(super) fn is_turned(change: &ComparisonChange) -> bool {
    change.before.as_ref().map(|s| s.agreement) != change.after.as_ref().map(|s| s.agreement)
}

/// Shows the values of a comparison that are others, and whether it agrees now and did.
pub(super) fn moved(view: &View<'_>, change: &ComparisonChange) -> Markup {
    html! {
        @if is_turned(change) {
            p { (text::line(&agreement(change.before.as_ref()))) span.arrow { " → " } (text::line(&agreement(change.after.as_ref()))) }
        }
        @for value in change.values.iter().take(MOST) {
            p { (text::line(view.site.name_of(&value.participant))) " " (from_to(value)) }
        }
        @if change.values.len() > MOST { p.dim { "and " (change.values.len() - MOST) " more" } }
    }
}

/// Shows a value before and after: quantities in few digits where these tell them apart, else in their words.
fn from_to(value: &ValueChange) -> Markup {
    let few = |seen: Option<&Seen>| seen?.measure.as_ref().map(exact);
    let (then, now) = match (few(value.before.as_ref()), few(value.after.as_ref())) {
        (Some(then), Some(now)) if then != now => (then, now),
        (Some(_) | None, Some(_) | None) => values(value),
    };
    html! { (text::excerpt(&then)) span.arrow { " → " } (text::excerpt(&now)) }
}

/// Returns a quantity in few digits; a share in enough of them that a change can be seen.
fn exact(measure: &Measure) -> String {
    match (&measure.amount, measure.unit) {
        (Amount::Number(number), Unit::Ratio) => {
            format!("{:.3}%", number.as_f64().unwrap_or_default() * 100.0)
        }
        (Amount::Number(_) | Amount::Samples(_), _) => line(measure),
    }
}

/// Shows the changes of a check or rule.
pub(super) fn of_check(view: &View<'_>, frame: &Frame<'_>, id: &str) -> Markup {
    let changes = view.past.of_check(id);
    html! {
        @if changes.is_empty() {
            (unchanged(view))
        } @else {
            div.scroll role="region" aria-label="Changes" tabindex="0" { table {
                thead { tr {
                    th scope="col" { "Run" } th scope="col" { "Registry" } th scope="col" { "What" } th scope="col" { "From, to" }
                    th scope="col" { "Because" }
                } }
                tbody { @for (run, change) in changes { tr {
                    td { (self::run(view, frame, run)) }
                    td {
                        (frame.registry(change.registry.as_str()))
                        @if !change.parameters.is_empty() { br; span.dim { (text::line(&parameters(&change.parameters))) } }
                    }
                    td { (heading(change.class)) }
                    td { (turned(change)) }
                    td { (text::line(&reasons(&change.reasons))) }
                } } }
            } }
        }
    }
}

/// Shows the changes of a comparison.
pub(super) fn of_comparison(view: &View<'_>, frame: &Frame<'_>, id: &str) -> Markup {
    let changes = view.past.of_comparison(id);
    html! {
        @if changes.is_empty() {
            (unchanged(view))
        } @else {
            div.scroll role="region" aria-label="Changes" tabindex="0" { table {
                thead { tr {
                    th scope="col" { "Run" } th scope="col" { "What" } th scope="col" { "From, to" } th scope="col" { "Because" }
                } }
                tbody { @for (run, change) in changes { tr {
                    td { (self::run(view, frame, run)) }
                    td {
                        (heading(change.class))
                        @if !change.parameters.is_empty() { br; span.dim { (text::line(&parameters(&change.parameters))) } }
                    }
                    td { (moved(view, change)) }
                    td { (text::line(&reasons(&change.reasons))) }
                } } }
            } }
        }
    }
}

fn run(view: &View<'_>, frame: &Frame<'_>, number: usize) -> Markup {
    html! {
        @if let Some(run) = view.site.runs.get(number) {
            a href=(frame.to(&path::run(run.name))) { (time(*run)) }
        }
    }
}

fn unchanged(view: &View<'_>) -> Markup {
    let runs = view.site.runs.len();
    html! {
        p.dim {
            @if runs == 1 {
                "This site has one run, so there is nothing to compare with yet."
            } @else {
                "The same in all " (runs) " runs of this site in which it was judged."
            }
        }
    }
}
