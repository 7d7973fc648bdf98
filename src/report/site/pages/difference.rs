//! What one run brought, beside the run before it; in short on the first page, whole on a page of its own.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{frame, history, only};
use crate::audit::difference::{CheckChange, ComparisonChange, Difference};
use crate::judge::words::counted as number_of;
use crate::report::difference::told::{common, heading, reasons, side};
use crate::report::site::frame::{Frame, time};
use crate::report::site::model::Run;
use crate::report::site::past::is_turn;
use crate::report::site::{Kind, View, path, text};
use crate::report::words::parameters;
use crate::verdict::{Change, Reason};

/// Writes the list of differences, newest first.
#[derive(Debug)]
pub(super) struct Index;

/// Writes a page for each run but the first.
#[derive(Debug)]
pub(super) struct Differences;

/// Most rules and checks of one class that a page tells.
const MOST: usize = 200;

/// Most of one class that the first page tells.
const MOST_BRIEF: usize = 12;

/// Most instances of one check at one registry that are told.
const MOST_INSTANCES: usize = 3;

/// Returns the runs of each difference with the number of the later one, oldest first.
fn pairs<'v>(view: &'v View<'_>) -> Vec<(usize, Run<'v>, Run<'v>)> {
    let runs = &view.site.runs;
    let pairs = runs.iter().zip(runs.iter().skip(1)).enumerate();
    pairs
        .map(|(number, (before, after))| (number + 1, *before, *after))
        .collect()
}

/// Returns the name of the difference of two runs.
fn name(before: Run<'_>, after: Run<'_>) -> String {
    format!("{}..{}", before.name, after.name)
}

/// Returns where the page of what a run brought stands; `None` for the first run.
pub(super) fn page_of(view: &View<'_>, run: usize) -> Option<String> {
    let all = pairs(view);
    let (_, before, after) = all.iter().find(|(number, ..)| *number == run)?;
    Some(path::difference(&name(*before, *after)))
}

impl Kind for Index {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "differences/index.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "differences/index.html");
        let content = html! {
            @if view.site.runs.len() == 1 { p { "This site has one run. From the second on, what each brought stands here." } }
            ul.plain { @for (number, before, after) in pairs(view).into_iter().rev() { li {
                a href=(frame.to(&path::difference(&name(before, after)))) { (time(before)) " → " (time(after)) }
                @if let Some(difference) = view.past.brought(number) { " " span.dim { (counted(difference)) } }
            } } }
        };
        frame
            .page(
                "Differences between runs",
                "Each run beside the one before it.",
                &content,
            )
            .into_bytes()
    }
}

/// Counts the changes of a difference in words.
pub(super) fn counted(difference: &Difference) -> String {
    let turns = difference
        .checks
        .iter()
        .filter(|c| is_turn(c.class))
        .count();
    format!(
        "{}, {}",
        number_of(turns, "verdict"),
        number_of(difference.comparisons.len(), "comparison")
    )
}

impl Kind for Differences {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        let pairs = pairs(view).into_iter();
        pairs
            .map(|(_, before, after)| name(before, after))
            .collect()
    }

    fn path(&self, key: &str) -> String {
        path::difference(key)
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let path = self.path(key);
        let frame = frame(view, &path);
        let all = pairs(view);
        let Some((number, before, after)) = all
            .into_iter()
            .find(|(_, before, after)| name(*before, *after) == key)
        else {
            return Vec::new();
        };
        let Some(difference) = view.past.brought(number) else {
            return Vec::new();
        };
        let content = html! {
            dl.told {
                div { dt { "before" } dd { (frame.link(&path::run(before.name), text::line(&side(&difference.before)))) } }
                div { dt { "after" } dd { (frame.link(&path::run(after.name), text::line(&side(&difference.after)))) } }
                div { dt { "compared" } dd { (common(difference)) } }
            }
            (Told::whole(view, &frame, difference).all())
        };
        frame
            .page("Difference between two runs", "", &content)
            .into_bytes()
    }
}

/// Changes of one class, by id.
type ByClass<'d> = BTreeMap<Change, BTreeMap<&'d str, Vec<&'d CheckChange>>>;

/// A difference as a page tells it.
#[derive(Debug)]
struct Told<'t> {
    view: &'t View<'t>,
    frame: &'t Frame<'t>,
    difference: &'t Difference,
    /// What changed with every single change; said once.
    common: Vec<Reason>,
    /// Most ids of one class that are told.
    most: usize,
    /// Whether what matters less is only counted.
    is_brief: bool,
}

impl<'t> Told<'t> {
    fn of(
        view: &'t View<'t>,
        frame: &'t Frame<'t>,
        difference: &'t Difference,
        most: usize,
    ) -> Self {
        let checks = difference.checks.iter().filter(|c| is_turn(c.class));
        let checks = checks.map(|change| &change.reasons);
        let compared = difference.comparisons.iter();
        let compared = compared.filter(|c| c.class != Change::StillFailing);
        let mut all = checks.chain(compared.map(|change| &change.reasons));
        let mut common = all.next().cloned().unwrap_or_default();
        for reasons in all {
            common.retain(|reason| reasons.contains(reason));
        }
        Self {
            view,
            frame,
            difference,
            common,
            most,
            is_brief: false,
        }
    }

    fn whole(view: &'t View<'t>, frame: &'t Frame<'t>, difference: &'t Difference) -> Self {
        Self::of(view, frame, difference, MOST)
    }

    fn brief(view: &'t View<'t>, frame: &'t Frame<'t>, difference: &'t Difference) -> Self {
        Self {
            is_brief: true,
            ..Self::of(view, frame, difference, MOST_BRIEF)
        }
    }

    fn all(&self) -> Markup {
        html! {
            @for caveat in &self.difference.caveats { p.banner role="note" { (text::excerpt(&sentence(&caveat.words))) } }
            @if !self.common.is_empty() { p.note { "With all of it changed: " (reasons(&self.common)) "." } }
            (self.verdicts())
            (self.values())
        }
    }

    /// Shows what else may explain a change, so that it is not taken for the registry's.
    fn because(&self, all: &[Reason]) -> Markup {
        let own: Vec<Reason> = all
            .iter()
            .copied()
            .filter(|r| !self.common.contains(r))
            .collect();
        html! { @if !own.is_empty() { span.dim { "with it changed: " (reasons(&own)) } } }
    }

    /// Shows changes of verdicts, what got worse first; what others operate stands apart.
    fn verdicts(&self) -> Markup {
        let mut classes: ByClass<'_> = BTreeMap::new();
        let (mut others, mut minor) = (0_usize, 0_usize);
        for change in self.difference.checks.iter().filter(|c| is_turn(c.class)) {
            if !change.operator.is_registry() {
                others += 1;
            } else if self.is_brief && is_minor(change.class) {
                minor += 1;
            } else {
                let class = classes.entry(change.class).or_default();
                class.entry(&change.id).or_default().push(change);
            }
        }
        html! {
            @if classes.is_empty() && minor == 0 { p { "No verdict changed." } }
            @for (class, ids) in &classes {
                h3 { (heading(*class)) }
                ul.changes {
                    @for (id, changes) in ids.iter().take(self.most) { (self.check(id, changes)) }
                }
                @if ids.len() > self.most { p.dim { "and " (ids.len() - self.most) " more" } }
            }
            @if minor > 0 { p.dim { (number_of(minor, "check")) " apply now and did not, or did and do not any more." } }
            @if others > 0 { p.dim { (number_of(others, "verdict")) " on what others operate changed and count for no registry." } }
        }
    }

    fn check(&self, id: &str, changes: &[&CheckChange]) -> Markup {
        let mut registries: BTreeMap<&str, Vec<&CheckChange>> = BTreeMap::new();
        for change in changes {
            registries
                .entry(change.registry.as_str())
                .or_default()
                .push(change);
        }
        html! {
            li {
                div {
                    @if self.view.site.check_ids.contains(id) { (self.frame.check(id)) } @else { code.id { (text::line(id)) } }
                    br; span.dim { (text::line(changes.first().map_or("", |change| &change.title))) }
                }
                div { @for (registry, changes) in &registries {
                    @for change in changes.iter().take(MOST_INSTANCES) {
                        p {
                            (self.frame.registry(registry)) " " (history::turned(change))
                            @if !change.parameters.is_empty() { " " span.dim { (text::line(&parameters(&change.parameters))) } }
                        }
                        p { (self.because(&change.reasons)) }
                    }
                    @if changes.len() > MOST_INSTANCES { p.dim { "and " (changes.len() - MOST_INSTANCES) " more instances" } }
                } }
            }
        }
    }

    /// Shows comparisons whose agreement or values are others; in short those that agree or differ now and did not.
    fn values(&self) -> Markup {
        let all = self.difference.comparisons.iter();
        let (quantities, compared): (Vec<&ComparisonChange>, Vec<&ComparisonChange>) = all
            .filter(|c| c.class != Change::StillFailing)
            .partition(|change| change.unit.is_some());
        let (shown, values): (Vec<&ComparisonChange>, Vec<&ComparisonChange>) = compared
            .into_iter()
            .partition(|change| !self.is_brief || history::is_turned(change));
        html! {
            @if !shown.is_empty() {
                h3 { "Compared values" }
                (self.list(&shown))
            }
            @if self.is_brief {
                @if values.len() + quantities.len() > 0 {
                    p.dim {
                        (number_of(quantities.len(), "quantity")) " and " (number_of(values.len(), "compared value"))
                        " are others than before, without a verdict in it."
                    }
                }
            } @else if !quantities.is_empty() {
                h3 { "Quantities" }
                (self.list(&quantities))
            }
        }
    }

    fn list(&self, changes: &[&ComparisonChange]) -> Markup {
        html! {
            ul.changes { @for change in changes.iter().take(self.most) { li {
                div {
                    (self.frame.comparison(&change.id))
                    @if !change.parameters.is_empty() { " " span.dim { (text::line(&parameters(&change.parameters))) } }
                    br; span.dim { (text::line(&change.title)) }
                }
                div {
                    @if change.values.is_empty() { p { (heading(change.class)) } }
                    (history::moved(self.view, change))
                    p { (self.because(&change.reasons)) }
                }
            } } }
            @if changes.len() > self.most { p.dim { "and " (changes.len() - self.most) " more" } }
        }
    }
}

/// Says whether a class tells only that there was something to judge, or not.
const fn is_minor(class: Change) -> bool {
    match class {
        Change::NowApplies | Change::NoLongerApplies => true,
        Change::Regressed
        | Change::NowUnjudgeable
        | Change::New
        | Change::Gone
        | Change::NowJudged
        | Change::Fixed
        | Change::StillFailing
        | Change::ChangedValue
        | Change::Unchanged => false,
    }
}

/// Returns words as a sentence: with a capital letter and a full stop.
fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    let mut sentence: String = first.chain(characters).collect();
    sentence.push('.');
    sentence
}

/// Shows on the first page what the newest run brought.
pub(super) fn brief(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    let newest = view.site.runs.len().saturating_sub(1);
    let (Some(before), Some(difference)) = (view.site.previous(), view.past.brought(newest)) else {
        return html! {
            section {
                h2 { "What changed" }
                p { "This is the first run of this site. From the second on, what changed stands here." }
            }
        };
    };
    html! {
        section {
            h2 { "What changed since " (time(before)) }
            (Told::brief(view, frame, difference).all())
            @if let Some(page) = page_of(view, newest) { p { a href=(frame.to(&page)) { "The whole difference" } } }
        }
    }
}
