//! The frame of a page: head, navigation, foot; the same on all of them.

use maud::{DOCTYPE, Markup, Render, html};

use super::evidence::Rests;
use super::model::{Run, Site};
use super::{path, text};
use crate::scenario::model::TargetKind;

/// What a page may load: one stylesheet and one script of the site, nothing from elsewhere, nothing inline.
///
/// A page that is opened from a file has no origin of its own, so `'self'` alone would refuse both there.
const POLICY: &str = "default-src 'none'; style-src 'self' file:; script-src 'self' file:; \
    img-src 'self' file:; base-uri 'none'; form-action 'none'";

/// Pages in the head of each page: path and words.
const NAVIGATION: &[(&str, &str)] = &[
    ("index.html", "What changed"),
    ("compare/index.html", "Side by side"),
    ("parameters.html", "Parameters"),
    ("offered.html", "Offered"),
    ("matrix.html", "Matrix"),
    ("registries/index.html", "Registries"),
    ("runs/index.html", "Runs"),
];

/// Pages in the foot of each page, by group.
const FOOT: &[(&str, &[(&str, &str)])] = &[
    (
        "Read",
        &[
            ("legend.html", "Legend"),
            ("method.html", "Method"),
            ("coverage.html", "What is tested, and what not"),
            ("waivers.html", "Waivers"),
            ("remarks.html", "Remarks and errata"),
        ],
    ),
    (
        "Look",
        &[
            ("dark.html", "Dark clock"),
            ("transfers.html", "Transfers"),
            ("expiries.html", "What expires when"),
            ("vantages.html", "Places of observation"),
            ("differences/index.html", "Differences between runs"),
        ],
    ),
    (
        "Take",
        &[
            ("data/index.html", "Data and schemas"),
            ("feed.atom", "Feed"),
            ("expiry.ics", "Calendar"),
            ("metrics.txt", "OpenMetrics"),
        ],
    ),
];

/// One page that is being written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    /// The site.
    pub(super) site: &'a Site<'a>,
    /// What results rest on.
    pub(super) rests: &'a Rests<'a>,
    /// Where the page stands.
    pub(super) path: &'a str,
}

impl Frame<'_> {
    /// Returns a path of the site as seen from this page.
    pub(super) fn to(&self, path: &str) -> String {
        path::from(self.path, path)
    }

    /// Shows a link within the site.
    pub(super) fn link(&self, to: &str, words: impl Render) -> Markup {
        html! { a href=(self.to(to)) { (words) } }
    }

    /// Shows what was seen of one of those who are compared or judged as a link to what it rests on,
    /// as far as an export tells.
    pub(super) fn rests(&self, keys: &[String], participant: &str, seen: &Markup) -> Markup {
        match self.rests.place(keys, participant) {
            Some(place) => html! { a.rests href=(self.to(&place)) { (seen) } },
            None => html! { (seen) },
        }
    }

    /// Shows an id as a link to the page of its check or rule.
    pub(super) fn check(&self, id: &str) -> Markup {
        html! { a.id href=(self.to(&path::check(id))) { (text::line(id)) } }
    }

    /// Shows an id as a link to the page of its comparison.
    pub(super) fn comparison(&self, id: &str) -> Markup {
        html! { a.id href=(self.to(&path::comparison(id))) { (text::line(id)) } }
    }

    /// Shows the name of a registry as a link to its page.
    pub(super) fn registry(&self, id: &str) -> Markup {
        let is_known = self.site.registries.iter().any(|r| r.id.as_str() == id);
        html! {
            @if is_known {
                a href=(self.to(&path::registry(id))) { (text::line(self.site.name_of(id))) }
            } @else {
                (text::line(id))
            }
        }
    }

    /// Returns the whole page.
    pub(super) fn page(&self, title: &str, lead: &str, content: &Markup) -> String {
        let about = self.site.about;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    meta name="color-scheme" content="light dark";
                    @if !lead.is_empty() { meta name="description" content=(lead); }
                    title { (title) " · " (about.title) }
                    link rel="stylesheet" href=(self.to("site.css"));
                    link rel="icon" href=(self.to("icon.svg")) type="image/svg+xml";
                    link rel="alternate" type="application/atom+xml" title=(about.title) href=(self.to("feed.atom"));
                    script src=(self.to("site.js")) defer {}
                }
                body {
                    a.skip href="#content" { "To the content" }
                    header {
                        p.brand { a href=(self.to("index.html")) { (about.title) } }
                        nav aria-label="Site" { ul {
                            @for (path, words) in NAVIGATION.iter().copied() {
                                li { a href=(self.to(path)) aria-current=[(path == self.path).then_some("page")] { (words) } }
                            }
                        } }
                    }
                    main id="content" {
                        (self.banners())
                        h1 { (title) }
                        @if !lead.is_empty() { p.lead { (lead) } }
                        (content)
                    }
                    (self.foot())
                }
            }
        };
        text::clean(page.into_string())
    }

    /// Shows what must be known before anything else is read.
    fn banners(&self) -> Markup {
        let run = self.site.newest.audit;
        html! {
            @if run.results.partial {
                p.banner role="note" {
                    strong { "Partial run." }
                    " It ended after " (run.results.planned.observed) " of " (run.results.planned.observations)
                    " observations. What is missing is skipped, not passed."
                }
            }
            @if run.run.kind == TargetKind::Mock {
                p.banner role="note" {
                    strong { "An invented world." }
                    " These results are about the mock registries that come with Quintet, and say nothing of any real service."
                }
            }
        }
    }

    fn foot(&self) -> Markup {
        let about = self.site.about;
        let run = self.site.newest;
        html! {
            footer {
                @for (words, pages) in FOOT {
                    nav aria-label=(words) {
                        p.label { (words) }
                        ul { @for (path, words) in *pages { li { (self.link(path, words)) } } }
                    }
                }
                p.colophon {
                    "Observed " (time(run)) " from " (text::line(&run.audit.run.vantage))
                    " on " (text::line(&run.audit.run.target)) " · suite " (text::line(&run.audit.release))
                    " · for the audience “" (about.audience) "” · made by Quintet " (env!("CARGO_PKG_VERSION"))
                    ", which ranks nobody"
                }
            }
        }
    }
}

/// Shows the time of a run.
pub(super) fn time(run: Run<'_>) -> Markup {
    let started = run.audit.run.started;
    html! {
        time datetime=(started) { (started.strftime("%Y-%m-%d %H:%M UTC")) }
    }
}
