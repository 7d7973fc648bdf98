//! Changes of one id, newest first, as a table.

use maud::{Markup, html};

use crate::report::site::View;
use crate::report::site::frame::{Frame, time};
use crate::report::site::mark::Mark;
use crate::report::site::past::{Shift, Step};
use crate::report::site::{path, text};

/// Shows what a verdict was and is.
pub(super) fn turned(before: Option<&Mark>, after: Option<&Mark>) -> Markup {
    let one = |mark: Option<&Mark>| {
        html! { @if let Some(mark) = mark { (mark) } @else { span.dim { "not judged" } } }
    };
    html! { (one(before)) span.arrow { " → " } (one(after)) }
}

/// Shows the changes of a check or rule.
pub(super) fn steps(view: &View<'_>, frame: &Frame<'_>, steps: &[Step<'_>]) -> Markup {
    html! {
        @if steps.is_empty() {
            (unchanged(view))
        } @else {
            div.scroll role="region" aria-label="Changes" tabindex="0" { table {
                thead { tr { th scope="col" { "Run" } th scope="col" { "Registry" } th scope="col" { "From, to" } th scope="col" { "Beside" } } }
                tbody {
                    @for step in steps.iter().rev() {
                        tr {
                            td { (run(view, frame, step.run)) }
                            td { (frame.registry(step.registry)) }
                            td { (turned(step.before.as_ref(), step.after.as_ref())) }
                            td { (beside(view, step.run)) }
                        }
                    }
                }
            } }
        }
    }
}

/// Shows the changes of a comparison.
pub(super) fn shifts(view: &View<'_>, frame: &Frame<'_>, shifts: &[Shift<'_>]) -> Markup {
    html! {
        @if shifts.is_empty() {
            (unchanged(view))
        } @else {
            div.scroll role="region" aria-label="Changes" tabindex="0" { table {
                thead { tr { th scope="col" { "Run" } th scope="col" { "What" } th scope="col" { "From, to" } th scope="col" { "Beside" } } }
                tbody {
                    @for shift in shifts.iter().rev() {
                        tr {
                            td { (run(view, frame, shift.run)) }
                            td { (text::line(&shift.titled)) }
                            td {
                                (turned(
                                    shift.before.map(Mark::of_comparison).as_ref(),
                                    shift.after.map(Mark::of_comparison).as_ref(),
                                ))
                                @for (member, before, after) in shift.moved() {
                                    br;
                                    (text::line(view.site.name_of(member))) ": " (value(before)) span.arrow { " → " } (value(after))
                                }
                            }
                            td { (beside(view, shift.run)) }
                        }
                    }
                }
            } }
        }
    }
}

/// Shows a value, or that there is none.
pub(super) fn value(text: &str) -> Markup {
    html! { @if text.is_empty() { span.dim { "no value" } } @else { (text::excerpt(text)) } }
}

fn run(view: &View<'_>, frame: &Frame<'_>, number: usize) -> Markup {
    html! {
        @if let Some(run) = view.site.runs.get(number) {
            a href=(frame.to(&path::run(run.name))) { (time(*run)) }
        }
    }
}

/// Says what else was another thing in that run, so that a change is not taken for the registry's.
pub(super) fn beside(view: &View<'_>, number: usize) -> Markup {
    let before = number.checked_sub(1).and_then(|n| view.site.runs.get(n));
    let after = view.site.runs.get(number);
    let changes = match (before, after) {
        (Some(before), Some(after)) => {
            let (then, now) = (before.audit, after.audit);
            let mut changes = Vec::new();
            if then.results.suite != now.results.suite {
                changes.push("the suite changed too");
            }
            if then.run.vantage != now.run.vantage {
                changes.push("seen from another place");
            }
            if then.run.faults != now.run.faults {
                changes.push("another world");
            }
            changes
        }
        _ => Vec::new(),
    };
    html! { span.dim { (changes.join(", ")) } }
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
