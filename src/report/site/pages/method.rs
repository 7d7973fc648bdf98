//! How registries are asked and judged, who may read what, and what these pages serve.

use maud::{Markup, html};

use super::{frame, only};
use crate::report::site::frame::Frame;
use crate::report::site::{Audience, Kind, View, text};

/// Writes the page.
#[derive(Debug)]
pub(super) struct Method;

/// The NRO's strategy, as the suite's clauses name it.
const STRATEGY: &str = "nro-strategy-2026-2028";

/// Outcomes that the NRO's strategy names, and the pages on which they can be followed.
const SERVES: &[(&str, &str, &str)] = &[
    (
        "Consistency of operational parameters",
        "parameters.html",
        "Operational parameters",
    ),
    (
        "Resilience of RPKI services across registries",
        "dark.html",
        "Dark clock",
    ),
    (
        "Reliability of inter-RIR transfers",
        "transfers.html",
        "Transfers",
    ),
    (
        "Trust anchor constraints; ASPA in RPKI systems",
        "offered.html",
        "What is offered",
    ),
    (
        "Leadership by example in IPv6",
        "compare/index.html",
        "Side by side",
    ),
];

/// Topics that have their place here and no data yet.
const LATER: &[(&str, &str)] = &[
    (
        "Services",
        "which services each registry runs, for whom, and under which terms",
    ),
    (
        "Barriers",
        "what keeps networks from IPv6 and from RPKI, as registries hear it",
    ),
    (
        "Practices",
        "what one registry does that others may want to do",
    ),
];

impl Kind for Method {
    fn keys(&self, _view: &View<'_>) -> Vec<String> {
        only()
    }

    fn path(&self, _key: &str) -> String {
        "method.html".to_owned()
    }

    fn octets(&self, view: &View<'_>, _key: &str) -> Vec<u8> {
        let frame = frame(view, "method.html");
        let content = html! {
            (asked(view))
            (judged(&frame))
            (readers(view))
            (wrong(&frame))
            (serves(view, &frame))
            section {
                h2 { "What is still to come" }
                dl.told { @for (topic, words) in LATER { div { dt { (topic) } dd { (words) " " span.dim { "No data yet." } } } } }
            }
        };
        frame
            .page("Method", "How registries are asked, how answers are judged, and what these pages do not say.", &content)
            .into_bytes()
    }
}

fn asked(view: &View<'_>) -> Markup {
    let mut vantages: Vec<&str> = view
        .site
        .runs
        .iter()
        .map(|run| run.audit.run.vantage.as_str())
        .collect();
    vantages.sort_unstable();
    vantages.dedup();
    html! {
        section {
            h2 { "How registries are asked" }
            p {
                "A run asks every registry the same questions, over public interfaces, as any client would. It asks once a second at most, or as "
                "slowly as a registry declares; it keeps to budgets for each day, waits where it is told to wait, and leaves a host alone after two "
                "refusals. It asks for no data of persons and makes no load."
            }
            p {
                "Everything asked and answered is kept with its time, addresses and digest, and can be judged again years later. "
                "These pages are made of " (view.site.runs.len()) " runs, observed from "
                @for (place, vantage) in vantages.iter().enumerate() { @if place > 0 { ", " } code { (text::line(vantage)) } }
                ". One place sees one network: what is out of reach from there may be well elsewhere."
            }
        }
    }
}

fn judged(frame: &Frame<'_>) -> Markup {
    html! {
        section {
            h2 { "How answers are judged" }
            p {
                "What is right is written in scenarios that anybody can read, each with the clause it rests on. A verdict has three words that are "
                "never mixed: what the evidence shows, how much it matters, and whether it was expected. The " (frame.link("legend.html", "legend"))
                " has all of them."
            }
            p {
                "Only what the evidence shows is a failure. A time-out, a refusal or an answer that could not be read is nobody’s failure. A failure of "
                "a live service that was seen once counts only when it was seen again an hour or more later, or from a second place. What members, "
                "national registries or others operate is counted for no registry."
            }
            p {
                "A difference between registries belongs to all of them. One is named only where a document decides which value is right. "
                "Registries stand in alphabetical order, and there is no score and no ranking."
            }
            p { "Every check has a fault of an invented world that makes exactly it fail; a check that cannot fail is none." }
        }
    }
}

fn readers(view: &View<'_>) -> Markup {
    html! {
        section {
            h2 { "Who reads this" }
            p {
                "This site is for the audience “" (view.site.about.audience) "”. "
                @match view.site.about.audience {
                    Audience::Public => "Words of services may hold data of persons, so they are withheld here; verdicts, quantities and plain values are shown. Findings that are disputed or not confirmed are in no count.",
                    Audience::Ecg => "It shows what services said, and is for the engineers of the registries.",
                    Audience::Registry(_) => "It shows what the registry’s own services said; of others it shows what is public.",
                }
            }
            p { "Evidence is named by its SHA-256 digest. The original stays in the bundle of its run." }
        }
    }
}

fn wrong(frame: &Frame<'_>) -> Markup {
    let contact = &frame.site.about.contact;
    html! {
        section {
            h2 { "Where this may be wrong" }
            p {
                "Checks have mistakes, and documents have two readings. Every page of a check says where it is written and how to see the same again. "
                "A registry can answer a finding: accepted, planned with a date, or disputed; its words are printed with it. A verdict that "
                "was wrong is taken back by an erratum and stays visible with it."
                @if text::address(contact).is_some() { " Tell us: " (text::elsewhere(contact, contact.strip_prefix("mailto:").unwrap_or(contact))) "." }
            }
            p { "What nothing tests, and why, stands on " (frame.link("coverage.html", "a page of its own")) "." }
        }
    }
}

fn serves(view: &View<'_>, frame: &Frame<'_>) -> Markup {
    let document = view.site.suite.clauses.documents.get(STRATEGY);
    html! {
        section {
            h2 { "What this serves" }
            p {
                "The Number Resource Organization names outcomes for its Engineering Coordination Group and for the registries"
                @if let Some(document) = document { " in " (text::elsewhere(&document.url, &document.title)) }
                ". These can be followed here:"
            }
            dl.told.wide { @for (outcome, page, words) in SERVES { div { dt { (outcome) } dd { (frame.link(page, *words)) } } } }
        }
    }
}
