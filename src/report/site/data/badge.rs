//! Badges: what a registry may show on its own pages, as an image and as data.

use maud::html;
use serde_json::json;

use crate::report::site::{Kind, View, path};
use crate::verdict::{Level, Outcome};

/// Writes an image for each registry.
#[derive(Debug)]
pub(in crate::report::site) struct Images;

/// Writes the same as data.
#[derive(Debug)]
pub(in crate::report::site) struct Values;

/// Words of a badge: how many of the `must` that were judged hold, and the day.
fn words(view: &View<'_>, registry: &str) -> (String, &'static str) {
    let audit = view.site.newest.audit;
    let levels = audit.results.summary.by_registry.of(registry);
    let of = |outcome: Outcome| {
        let outcomes = levels.and_then(|levels| levels.get(&Level::Must));
        outcomes
            .and_then(|o| o.get(&outcome))
            .copied()
            .unwrap_or_default()
    };
    let (pass, fail) = (of(Outcome::Pass), of(Outcome::Fail));
    let day = audit.run.started.strftime("%Y-%m-%d");
    let partial = if audit.results.partial {
        ", partial"
    } else {
        ""
    };
    let color = match (pass, fail) {
        (_, 1..) => "#a8201a",
        (1.., 0) => "#1a6b3c",
        (0, 0) => "#565a61",
    };
    (
        format!("{pass} of {} must · {day}{partial}", pass + fail),
        color,
    )
}

fn registries(view: &View<'_>) -> Vec<String> {
    let all = view.site.registries.iter();
    all.map(|registry| registry.id.to_string()).collect()
}

impl Kind for Images {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        registries(view)
    }

    fn path(&self, key: &str) -> String {
        path::badge(key, "svg")
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let (words, color) = words(view, key);
        // A width by the number of characters, as nobody knows the font.
        let right = 12 + words.chars().count() * 13 / 2;
        let (left, width) = (56, 56 + right);
        let title = format!("Quintet: {words}");
        html! {
            svg xmlns="http://www.w3.org/2000/svg" width=(width) height="20" role="img" aria-label=(title) {
                title { (title) }
                rect width=(left) height="20" fill="#3a3e45" {}
                rect x=(left) width=(right) height="20" fill=(color) {}
                g fill="#fff" font-family="Verdana, 'DejaVu Sans', sans-serif" font-size="11" text-anchor="middle" {
                    text x=(left / 2) y="14" { "Quintet" }
                    text x=(left + right / 2) y="14" { (words) }
                }
            }
        }
        .into_string()
        .into_bytes()
    }
}

impl Kind for Values {
    fn keys(&self, view: &View<'_>) -> Vec<String> {
        registries(view)
    }

    fn path(&self, key: &str) -> String {
        path::badge(key, "json")
    }

    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8> {
        let (words, color) = words(view, key);
        let value =
            json!({"schemaVersion": 1, "label": "Quintet", "message": words, "color": color});
        format!("{value:#}\n").into_bytes()
    }
}
