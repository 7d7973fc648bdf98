//! What a verdict rests on: documents, sections, agreements, with where they can be read.

use maud::{Markup, html};

use super::frame::Frame;
use super::text;
use crate::judge::words::joined;
use crate::report::words::clause;
use crate::scenario::suite::Document;
use crate::verdict::Level;

/// Returns what a level means, in one sentence.
pub(super) const fn meaning(level: Level) -> &'static str {
    match level {
        Level::Must => "an absolute requirement of a published document",
        Level::Should => "a recommendation of a published document",
        Level::May => "an option that a published document gives",
        Level::Parity => "agreed among the registries; binds its parties only",
        Level::Proposed => {
            "a draft, an open reading or a threshold of ours; shown apart, never counted"
        }
        Level::Observe => "measured, compared and published; cannot fail",
    }
}

/// Shows a list of clauses and agreements.
pub(super) fn list(frame: &Frame<'_>, refs: &[String]) -> Markup {
    html! {
        ul.clauses {
            @for reference in refs { li { (one(frame, reference)) } }
            @if refs.is_empty() { li { span.dim { "no document" } } }
        }
    }
}

fn one(frame: &Frame<'_>, reference: &str) -> Markup {
    let suite = frame.site.suite;
    let (name, section) = reference.split_once('#').unwrap_or((reference, ""));
    if let Some(agreement) = suite.agreements.get(name) {
        let parties: Vec<&str> = agreement
            .parties
            .iter()
            .map(|id| frame.site.name_of(id.as_str()))
            .collect();
        return html! {
            "Agreement " code { (text::line(name)) } ", since " (agreement.since) ", binds "
            (text::line(&joined(&parties))) ": " (text::line(&agreement.text))
            " " span.dim { "Recorded: " (text::line(&agreement.recorded)) }
        };
    }
    let Some(document) = suite.clauses.documents.get(name) else {
        return html! { (text::line(&clause(reference))) };
    };
    let known = document.sections.get(section);
    let words = clause(reference);
    html! {
        (text::elsewhere(&address(document, section), &words))
        @if let Some(known) = known.filter(|known| !known.title.is_empty()) { ": " (text::line(&known.title)) }
        " " span.dim {
            (text::line(&document.title))
            @if let Some(day) = known.and_then(|known| known.verified) { ", read " (day) }
        }
    }
}

/// Returns where a section can be read; of other documents than RFCs the whole is linked.
fn address(document: &Document, section: &str) -> String {
    let number = document
        .id
        .strip_prefix("rfc")
        .filter(|number| number.chars().all(|c| c.is_ascii_digit()));
    match number {
        Some(number) if !section.is_empty() => {
            format!("https://www.rfc-editor.org/rfc/rfc{number}#section-{section}")
        }
        Some(_) | None => document.url.clone(),
    }
}
