//! What only the whole suite shows: unique ids, what nothing tests, what nothing proves.

use std::collections::BTreeMap;

use super::basis::{known_reference, rests};
use super::decode::{Decoder, Problems};
use super::fields::{Fields as _, first_key};
use super::files::{FileKind, SuiteFile};
use super::fragment::Fragment;
use super::glob;
use super::known::{Known, Verdict};
use super::shelf::Shelf;
use super::suite::{Suite, Tested};
use crate::registry::RegistryId;
use crate::verdict::By;
use crate::verdict::results::Place;
use crate::yaml::{Diagnostic, Diagnostics, Node, Source, Span};

/// Checks the whole suite.
pub(super) fn suite(
    files: &[SuiteFile],
    problems: &Problems,
    suite: &Suite,
    shelf: &Shelf,
    fragments: &[Fragment],
) {
    let report = Reporter { files, problems };
    scenarios(&report, suite);
    former_ids(&report, suite);
    if shelf.whole {
        catalog(&report, suite, shelf);
    }
    unused_fragments(&report, files, fragments);
    note_ids(&report, suite);
    for (i, fault) in suite.faults.iter().enumerate() {
        if suite.faults.iter().take(i).any(|f| f.name == fault.name) {
            report.error(
                &fault.place,
                format!("fault `{}` is described twice", fault.name),
            );
        }
    }
}

struct Reporter<'a> {
    files: &'a [SuiteFile],
    problems: &'a Problems,
}

impl Reporter<'_> {
    fn error(&self, place: &Place, message: String) {
        self.problems.error(self.at(place, message));
    }

    fn warn(&self, place: &Place, message: String) {
        self.problems.warning(self.at(place, message));
    }

    fn at(&self, place: &Place, message: String) -> Diagnostic {
        let found = self
            .files
            .iter()
            .find(|f| f.source.name.as_ref() == place.file);
        match found {
            Some(file) => Diagnostic::new(&file.source, span_of(&file.source, place), message),
            None => Diagnostic::new(&Source::new(&place.file, ""), Span::default(), message),
        }
    }
}

/// Returns the span of the word at a place of a source.
pub(super) fn span_of(source: &Source, place: &Place) -> Span {
    let mut start = 0;
    let lines = usize::try_from(place.line.saturating_sub(1)).unwrap_or(usize::MAX);
    for line in source.text.split_inclusive('\n').take(lines) {
        start += line.len();
    }
    let columns = usize::try_from(place.column.saturating_sub(1)).unwrap_or(0);
    let rest = source.text.get(start..).unwrap_or_default();
    start += rest.char_indices().nth(columns).map_or(0, |(at, _)| at);
    let word = source.text.get(start..).unwrap_or_default();
    let end = word
        .find(|c: char| c.is_whitespace() || ",:]}".contains(c))
        .unwrap_or(word.len());
    Span {
        start,
        end: start + end,
        line: place.line,
        column: place.column,
    }
}

fn scenarios(report: &Reporter<'_>, suite: &Suite) {
    let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
    for scenario in &suite.scenarios {
        if let Some(other) = seen.insert(&scenario.id, &scenario.place) {
            let message = format!(
                "scenario `{}` is described twice; the other is at {}:{}",
                scenario.id, other.file, other.line
            );
            report.error(&scenario.place, message);
        }
        let id = scenario.id.as_ref();
        if suite.catalog.entries.contains_key(id) {
            report.error(
                &scenario.place,
                format!("`{id}` is an id of the catalogue too; expected another one"),
            );
        }
        if scenario.title.ends_with('.') {
            report.warn(
                &scenario.place,
                format!("title of `{id}` ends with a full stop; a title has none"),
            );
        }
    }
}

/// Reports former ids that are in use or claimed twice.
fn former_ids(report: &Reporter<'_>, suite: &Suite) {
    let mut current: Vec<(&str, &Place)> = Vec::new();
    let mut former: Vec<(&str, &Place)> = Vec::new();
    for scenario in &suite.scenarios {
        current.push((&scenario.id, &scenario.place));
        former.extend(
            scenario
                .renamed_from
                .iter()
                .map(|id| (id.as_str(), &scenario.place)),
        );
        for check in &scenario.checks {
            current.push((&check.id, &check.place));
            former.extend(
                check
                    .basis
                    .renamed_from
                    .iter()
                    .map(|id| (id.as_str(), &check.place)),
            );
        }
        for comparison in &scenario.compare {
            current.push((&comparison.id, &comparison.place));
            former.extend(
                comparison
                    .basis
                    .renamed_from
                    .iter()
                    .map(|id| (id.as_str(), &comparison.place)),
            );
        }
    }
    for entry in suite.catalog.entries.values() {
        current.push((&entry.id, &entry.place));
        former.extend(
            entry
                .renamed_from
                .iter()
                .map(|id| (id.as_str(), &entry.place)),
        );
    }
    let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
    for (id, place) in former {
        if current.iter().any(|(other, _)| *other == id) {
            report.error(
                place,
                format!("`{id}` in `renamed_from` is still in use; an id is never reused"),
            );
        } else if seen.insert(id, place).is_some_and(|other| other != place) {
            report.error(
                place,
                format!("`{id}` in `renamed_from` is claimed twice; one id has one successor"),
            );
        }
    }
}

/// Reports what catalogue entries lack to rest on.
fn catalog(report: &Reporter<'_>, suite: &Suite, shelf: &Shelf) {
    for file in report
        .files
        .iter()
        .filter(|f| f.kind() == FileKind::Catalog)
    {
        let Ok(node) = &file.tree else { continue };
        let decoder = Decoder::new(&file.source, report.problems);
        for item in node.nodes_at("entries") {
            for reference in item.nodes_at("ref") {
                if let Some(text) = reference.text() {
                    known_reference(decoder, reference.span, text, shelf);
                }
            }
            let Some(entry) = item
                .text_at("id")
                .and_then(|id| suite.catalog.entries.get(id))
            else {
                continue;
            };
            if matches!(entry.tested, Tested::By(_)) {
                let span = item.at("level").map_or(item.span, |n| n.span);
                rests(
                    decoder,
                    span,
                    &format!("`{}`", entry.id),
                    entry.level,
                    &entry.refs,
                    &[],
                    shelf,
                );
            }
        }
    }
}

/// Reports catalogue ids that say who tests them, where nobody does.
fn covered(report: &Reporter<'_>, suite: &Suite) {
    let mut covered: Vec<&str> = Vec::new();
    let mut used: Vec<&str> = Vec::new();
    for scenario in &suite.scenarios {
        let checks = scenario.checks.iter().flat_map(|c| &c.basis.covers);
        let comparisons = scenario.compare.iter().flat_map(|c| &c.basis.covers);
        covered.extend(checks.chain(comparisons).map(String::as_str));
        used.extend(
            scenario
                .rules
                .iter()
                .flat_map(|u| &u.rules)
                .map(|(id, _)| id.as_ref()),
        );
    }
    covered.sort_unstable();
    used.sort_unstable();
    for entry in suite.catalog.entries.values() {
        let id = entry.id.as_ref();
        match entry.tested {
            Tested::By(By::Rule) if used.binary_search(&id).is_err() => {
                report.error(&entry.place, format!("rule `{id}` is used by no scenario; expected a `rules` that matches it, or `not_tested` with a reason"));
            }
            Tested::By(by @ (By::Check | By::Comparison))
                if covered.binary_search(&id).is_err() =>
            {
                report.error(&entry.place, format!("`{id}` is covered by no {by}; expected one with `covers: {id}`, or `not_tested` with a reason"));
            }
            Tested::By(_) | Tested::Not(_) => {}
        }
    }
}

fn unused_fragments(report: &Reporter<'_>, files: &[SuiteFile], fragments: &[Fragment]) {
    let mut used: Vec<&str> = Vec::new();
    for file in files.iter().filter(|f| f.kind() == FileKind::Scenario) {
        let Ok(node) = &file.tree else { continue };
        used.extend(
            node.nodes_at("use")
                .into_iter()
                .filter_map(|u| u.text_at("fragment")),
        );
    }
    for fragment in fragments.iter().filter(|f| !used.contains(&f.id.as_str())) {
        let message = format!(
            "fragment `{}` is used by no scenario, so its content is not checked",
            fragment.id
        );
        report.problems.warning(Diagnostic::new(
            &fragment.source,
            first_key(&fragment.node),
            message,
        ));
    }
}

/// Reports waivers, remarks and errata of one id: each is told by it.
fn note_ids(report: &Reporter<'_>, suite: &Suite) {
    let waivers = suite.waivers.iter().map(|w| ("waiver", &w.id, &w.place));
    let remarks = suite.remarks.iter();
    let remarks = remarks.map(|r| ("remark", &r.remark.id, &r.place));
    let errata = suite.errata.iter();
    let errata = errata.map(|e| ("erratum", &e.erratum.id, &e.place));
    let mut seen = std::collections::BTreeSet::new();
    for (what, id, place) in waivers.chain(remarks).chain(errata) {
        if !seen.insert((what, id)) {
            report.error(place, format!("{what} `{id}` is described twice"));
        }
    }
}

/// Checks that a waiver matches something that can fail, at a target that exists.
pub(super) fn waiver(
    decoder: Decoder<'_>,
    node: &Node,
    owner: Option<&RegistryId>,
    known: &Known,
    suite: &Suite,
) {
    let Some(matching) = node.at("match") else {
        return;
    };
    if let Some(target) = matching.at("target") {
        let names: Vec<&str> = suite.targets.keys().map(String::as_str).collect();
        if let Some(text) = target.text().filter(|t| !names.contains(t)) {
            decoder.unknown(target.span, "target", text, &names);
        }
    }
    let Some(check) = matching.at("check") else {
        return;
    };
    let pattern = check.text().unwrap_or_default();
    let found: Vec<&Verdict> = known
        .verdicts
        .iter()
        .filter(|(id, _)| glob::matches(pattern, id))
        .map(|(_, v)| v)
        .collect();
    if found.is_empty() {
        known.unmatched(decoder, check.span, pattern);
    } else if !found.iter().any(|v| v.can_fail) {
        decoder.error(
            check.span,
            format!("`{pattern}` matches nothing that can fail"),
        );
    }
    let comparisons = found.iter().all(|v| v.by == By::Comparison);
    if matching.at("registries").is_none() && !comparisons {
        let hint = owner.map_or_else(
            || "expected `registries`".to_owned(),
            |id| format!("expected `registries: [{id}]`"),
        );
        decoder.error(
            check.span,
            format!("waiver would hold for every registry; {hint}"),
        );
    }
}

/// Checks that a fault expects ids that exist and can show it.
pub(super) fn fault(decoder: Decoder<'_>, node: &Node, known: &Known) {
    let Some(expects) = node.at("expects") else {
        return;
    };
    for (key, comparisons) in [("fail", false), ("divergent", true)] {
        for item in expects.nodes_at(key) {
            let id = item.text().unwrap_or_default();
            match known.verdicts.get(id) {
                None => unknown_verdict(decoder, item.span, id, known),
                Some(verdict) if (verdict.by == By::Comparison) != comparisons => {
                    let other = if comparisons { "fail" } else { "divergent" };
                    decoder.error(
                        item.span,
                        format!("`{id}` is a {}; expected it in `{other}`", verdict.by),
                    );
                }
                Some(verdict) if !comparisons && !verdict.can_fail => {
                    decoder.error(
                        item.span,
                        format!("`{id}` has level `observe`, so it cannot fail"),
                    );
                }
                Some(_) => {}
            }
        }
    }
    for item in expects.nodes_at("drift") {
        let id = item.text().unwrap_or_default();
        match known.verdicts.get(id) {
            None => unknown_verdict(decoder, item.span, id, known),
            Some(verdict) if !verdict.keeps => decoder.error(
                item.span,
                format!("`{id}` keeps nothing beside a baseline; expected a check with `snapshot` or `within` of the baseline"),
            ),
            Some(_) => {}
        }
    }
    let elsewhere = expects.nodes_at("elsewhere");
    let ids = elsewhere.iter().flat_map(|entry| entry.nodes_at("ids"));
    for item in expects.nodes_at("inconclusive").into_iter().chain(ids) {
        let pattern = item.text().unwrap_or_default();
        if !known.is_matched(pattern) {
            known.unmatched(decoder, item.span, pattern);
        }
    }
}

/// Reports an id that has no verdict; a catalogue id is told by what covers it.
fn unknown_verdict(decoder: Decoder<'_>, span: Span, id: &str, known: &Known) {
    match known.covering.get(id) {
        Some(by) => decoder.error(
            span,
            format!(
                "`{id}` is an id of the catalogue; expected what covers it: {}",
                by.join(", ")
            ),
        ),
        None => known.unmatched(decoder, span, id),
    }
}

/// Reports what the suite promises and does not keep: catalogue ids that nothing tests,
/// and ids that can fail and that no fault makes fail.
pub fn coverage(suite: &Suite, files: &[SuiteFile]) -> Diagnostics {
    let problems = Problems::default();
    let report = Reporter {
        files,
        problems: &problems,
    };
    covered(&report, suite);
    for (id, verdict) in unproved(suite) {
        let key = if verdict.by == By::Comparison {
            "divergent"
        } else {
            "fail"
        };
        report.error(&verdict.place, format!("no fault proves that `{id}` can fail; expected one with it in `expects: {{ {key}: … }}`"));
    }
    for (id, verdict) in &Known::of(suite).verdicts {
        let drifts = suite.faults.iter().any(|fault| fault.drift.contains(id));
        if verdict.keeps && !drifts {
            report.error(&verdict.place, format!("no fault proves that what `{id}` keeps can drift; expected one with it in `expects: {{ drift: … }}`"));
        }
    }
    problems.into_parts().0
}

/// Returns the ids that can fail and that no fault makes fail.
pub fn unproved(suite: &Suite) -> Vec<(String, Verdict)> {
    let is_proved = |id: &str| {
        let mut all = suite.faults.iter();
        all.any(|f| f.fail.iter().chain(&f.divergent).any(|own| own == id))
    };
    Known::of(suite)
        .verdicts
        .into_iter()
        .filter(|(id, v)| v.can_fail && !is_proved(id))
        .collect()
}
