//! Pages of evidence, as far as an export by audience gives any.

use maud::{Markup, html};

use super::frame;
use crate::fact::Digest;
use crate::judge::words::counted;
use crate::report::site::frame::Frame;
use crate::report::site::{Kind, View, evidence, path, text};
use crate::verdict::results::CheckResult;

/// Writes a page for each body of which an excerpt may be shown.
#[derive(Debug)]
pub(super) struct Evidence;

/// Most bodies that are named beside one result.
const MOST_NAMED: usize = 20;

/// Bodies that are named without a reader's asking.
const FEW: usize = 2;

/// Most characters of an excerpt that a page shows.
const MOST: usize = 100_000;

impl Kind for Evidence {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        evidence::shown(view)
    }

    fn path(&self, key: &str) -> String {
        path::evidence(key)
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let path = self.path(key);
        let frame = frame(view, &path);
        let Some(exhibit) = view.exported.exhibit(key) else {
            return Vec::new();
        };
        let file = path::excerpt(key, exhibit.extension);
        let digest = Digest::of(exhibit.text.as_bytes());
        let digest = digest.as_str();
        let content = html! {
            dl.facts {
                div { dt { "Digest of the original" } dd { code.digest { (text::line(key)) } } }
                div { dt { "What it is" } dd { (text::line(&exhibit.media_type)) } }
                @if !exhibit.answered.is_empty() { div { dt { "Answered by" } dd { (text::line(&exhibit.answered)) } } }
                div { dt { "As a file" } dd { (frame.link(&file, "the excerpt")) ", " code.digest { (digest) } } }
            }
            @for words in &exhibit.taken_out { p.note { (text::line(words)) } }
            div.scroll role="region" aria-label="Excerpt" tabindex="0" {
                ol.excerpt { @for line in text::lines(&exhibit.text, MOST) { li { code { (line) } } } }
            }
        };
        frame
            .page(
                "Evidence",
                "An excerpt; the original is kept in the bundle of the run.",
                &content,
            )
            .into_bytes()
    }
}

/// Names bodies of evidence, each with a link where an excerpt of it may be shown; many are folded.
pub(super) fn named(view: &View<'_>, frame: &Frame<'_>, check: &CheckResult) -> Markup {
    let digests = evidence::of(check);
    let is_shown = |digest: &&str| view.exported.exhibit(digest).is_some();
    let list = html! {
        @for digest in digests.iter().take(MOST_NAMED) { div {
            @if is_shown(digest) {
                a.digest href=(frame.to(&path::evidence(digest))) { (text::line(digest)) }
            } @else {
                code.digest { (text::line(digest)) }
            }
        } }
        @if digests.len() > MOST_NAMED { div.dim { "and " (digests.len() - MOST_NAMED) " more" } }
    };
    html! {
        @if !digests.is_empty() { div { dt { "evidence" } dd {
            @if digests.len() > FEW { details { summary { (counted(digests.len(), "body")) } (list) } } @else { (list) }
            @if !digests.iter().take(MOST_NAMED).all(is_shown) { span.dim { "kept in the bundle of the run" } }
        } } }
    }
}
