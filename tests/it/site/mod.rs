//! The report site: whole, harmless, the same for the same, and silent where its readers may not look.

mod browser;
pub(crate) mod data;
mod driver;
mod example;
mod hostile;
mod html;
mod parsers;
mod verb;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use jiff::Timestamp;
use quintet::audit::Audit;
use quintet::report::site::{
    About, Answered, Audience, Cautious, Exhibit, Exported, Observed, Sealed, Sink, SiteError,
    Source, Terms, build,
};
use quintet::scenario::model::TargetKind;
use quintet::scenario::suite::Suite;

use crate::reports::{mixed, noted};

static SUITE: LazyLock<Suite> = LazyLock::new(|| {
    let read = Suite::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"));
    std::sync::Arc::unwrap_or_clone(read.unwrap())
});

/// The files of a site in memory.
#[derive(Default)]
struct Files(Mutex<BTreeMap<String, Vec<u8>>>);

impl Sink for Files {
    fn put(&self, path: &str, octets: &[u8]) -> std::io::Result<()> {
        let before = self
            .0
            .lock()
            .unwrap()
            .insert(path.to_owned(), octets.to_vec());
        assert!(before.is_none(), "`{path}` is written twice");
        Ok(())
    }
}

fn about(audience: Audience) -> About {
    About {
        title: "Five registries, side by side".to_owned(),
        audience,
        base: "https://reports.example.net/".to_owned(),
        contact: "mailto:ecg@example.net".to_owned(),
    }
}

fn source(audit: Audit, audience: &Audience) -> Source {
    let permits = Cautious::of(audience, audit.run.kind);
    let terms = Terms {
        audience,
        permits: &permits,
        security: &BTreeSet::new(),
    };
    Source::of(audit, &terms).unwrap()
}

/// An excerpt of every body, with words of a stranger in it.
#[derive(Debug)]
struct Invented;

impl Exported for Invented {
    fn observed(&self, _run: &str, _key: &str) -> Option<&Observed> {
        static OBSERVED: LazyLock<Observed> = LazyLock::new(|| {
            let words = "<script>alert(1)</script>\u{202e}\u{0}\u{1b}[31m".to_owned();
            let answered = Answered {
                by: words.clone(),
                host: words.clone(),
                status: Some(200),
                failure: Some(words.clone()),
                asked_at: Timestamp::UNIX_EPOCH,
                bytes: 12,
                original: Some("sha256:<00>".to_owned()),
            };
            let without = Answered {
                original: None,
                ..answered.clone()
            };
            Observed {
                scenario: words.clone(),
                instance: words.clone(),
                probe: words.clone(),
                subject: "../../".to_owned() + &words,
                asked: Some(words.clone()),
                vantage: words,
                tick: 3,
                answers: vec![answered, without],
                more: 7,
            }
        });
        Some(&OBSERVED)
    }

    fn exhibit(&self, _digest: &str) -> Option<&Exhibit> {
        static EXHIBIT: LazyLock<Exhibit> = LazyLock::new(|| Exhibit {
            media_type: "a JSON document <b>".to_owned(),
            answered: "rdap.\u{202e}example\u{0}".to_owned(),
            extension: "json",
            text: "{\n  \"remark\": \"<script>alert(1)</script>\\u001b[31m\u{202e}\"\n}\n"
                .to_owned(),
            taken_out: vec!["1 value withheld: what a person may have written.".to_owned()],
        });
        Some(&EXHIBIT)
    }
}

/// Returns the files of a site over audits; engineers see an excerpt of each body.
fn files(audits: Vec<Audit>, audience: &str) -> BTreeMap<String, String> {
    let audience: Audience = audience.parse().unwrap();
    let exported: &dyn Exported = match audience {
        Audience::Public | Audience::Registry(_) => &Sealed,
        Audience::Ecg => &Invented,
    };
    let sources = audits.into_iter().map(|a| source(a, &audience)).collect();
    let sink = Files::default();
    let number = build(&about(audience), sources, &SUITE, exported, &sink).unwrap();
    let files = sink.0.into_inner().unwrap();
    assert_eq!(files.len(), number);
    files
        .into_iter()
        .map(|(path, octets)| (path, String::from_utf8(octets).unwrap()))
        .collect()
}

/// Returns two audits a week apart: in the second a check fails that passed.
fn two() -> Vec<Audit> {
    let after = noted();
    let mut before = noted();
    before.run.started = "2026-11-14T10:02:11Z".parse().unwrap();
    for check in &mut before.results.checks {
        if check.outcome == quintet::verdict::Outcome::Fail {
            check.outcome = quintet::verdict::Outcome::Pass;
            check.disposition = quintet::verdict::Disposition::Expected;
        }
    }
    vec![after, before]
}

fn pages(files: &BTreeMap<String, String>) -> BTreeMap<&str, html::Page> {
    let pages = files.iter().filter(|(path, _)| path.ends_with(".html"));
    pages
        .map(|(path, text)| (path.as_str(), html::read(path, text)))
        .collect()
}

/// Returns where a link leads, seen from a page: a path within the site.
fn resolved(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => assert!(parts.pop().is_some(), "{page}: {link} leaves the site"),
            other => parts.push(other),
        }
    }
    parts.join("/")
}

/// Holds that links of all pages lead to files of the site, and to places that are there.
fn leads_nowhere_else(files: &BTreeMap<String, String>) {
    let pages = pages(files);
    for (path, page) in &pages {
        for link in &page.links {
            if link.starts_with("https://") || link.starts_with("mailto:") {
                continue;
            }
            let (to, place) = link.split_once('#').unwrap_or((link, ""));
            let to = if to.is_empty() {
                (*path).to_owned()
            } else {
                resolved(path, to)
            };
            assert!(files.contains_key(&to), "{path}: {link} leads nowhere");
            if !place.is_empty() {
                assert!(pages[to.as_str()].ids.contains(place), "{path}: {link}");
            }
        }
    }
}

#[test]
fn every_link_leads_to_a_page_or_place_of_the_site() {
    let files = files(two(), "ecg");
    leads_nowhere_else(&files);
    let pages = pages(&files);
    assert!(pages.len() > 20, "{:?}", pages.keys());
    // Every page is found from the first one.
    let mut found = BTreeSet::from(["index.html".to_owned()]);
    let mut open = vec!["index.html".to_owned()];
    while let Some(path) = open.pop() {
        let Some(page) = pages.get(path.as_str()) else {
            continue;
        };
        for link in &page.links {
            let to = link.split('#').next().unwrap();
            if !to.is_empty() && !to.contains(':') {
                let to = resolved(&path, to);
                if found.insert(to.clone()) {
                    open.push(to);
                }
            }
        }
    }
    let lost: Vec<&&str> = pages.keys().filter(|p| !found.contains(**p)).collect();
    assert!(lost.is_empty(), "no link leads to {lost:?}");
}

#[test]
fn a_page_loads_nothing_from_elsewhere() {
    for (path, text) in files(two(), "ecg") {
        if path.ends_with(".html") {
            let policy =
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ";
            assert!(text.contains(policy), "{path}");
            assert!(!text.contains("unsafe"), "{path}");
        }
        if path.ends_with(".css") {
            assert!(!text.contains("url("), "{path}");
            assert!(!text.contains("@import"), "{path}");
        }
    }
}

#[test]
fn the_same_audits_in_any_order_give_the_same_octets() {
    let forward = two();
    let backward: Vec<Audit> = forward.iter().cloned().rev().collect();
    assert_eq!(files(forward, "public"), files(backward, "public"));
}

#[test]
fn counts_of_a_registry_stand_on_its_page_only() {
    let files = files(two(), "ecg");
    for (path, page) in pages(&files) {
        let has_counts = page.text.contains("Failures that count:");
        let is_its_own = path.starts_with("registries/") && path != "registries/index.html";
        assert_eq!(has_counts, is_its_own, "{path}");
    }
}

#[test]
fn what_changed_stands_on_the_first_page() {
    let first = &files(two(), "ecg")["index.html"];
    let text = html::read("index.html", first).text;
    assert!(
        text.contains("What changed since 2026-11-14 10:02 UTC"),
        "{text}"
    );
    assert!(text.contains("Regressed"), "{text}");
    assert!(text.contains("✓ pass → ✗ fail"), "{text}");
    let alone = &files(vec![mixed()], "ecg")["index.html"];
    assert!(alone.contains("This is the first run of this site."));
}

#[test]
fn a_partial_run_is_said_before_anything_else() {
    let mut audit = mixed();
    audit.results.partial = true;
    audit.run.partial = true;
    let files = files(vec![audit], "public");
    for (path, page) in pages(&files) {
        let place = page.text.find("Partial run.");
        let heading = page.text.find("Quintet").unwrap_or(usize::MAX);
        assert!(place.is_some_and(|place| place < heading), "{path}");
    }
}

#[test]
fn nothing_a_service_said_is_in_a_public_site() {
    // Each field in which a service's words may stand, with a word that is told again where it is.
    let said = |field: &str| format!("Jane Doe {field}");
    let fill = |audit: &mut Audit| {
        for check in &mut audit.results.checks {
            check.expected = said("expected");
            check.seen = said("seen");
            check.message = said("message");
            check.asked = vec![said("asked")];
            check.locations = vec![quintet::verdict::results::Location {
                document: said("document"),
                pointer: said("pointer"),
                message: said("place"),
            }];
            for shown in check.sampled.iter_mut().flat_map(|s| &mut s.shown) {
                shown.message = said("sample");
                shown.parameters = BTreeMap::from([("name".to_owned(), said("axis"))]);
            }
        }
        for comparison in &mut audit.results.comparisons {
            comparison.message = said("difference");
            for group in comparison.groups.iter_mut().filter(|g| g.measure.is_none()) {
                group.value = format!("`{}`", said("value"));
            }
            for why in comparison.absent.values_mut() {
                *why = said("absent");
            }
        }
    };
    let audits = |kind| {
        let mut audits = two();
        for audit in &mut audits {
            audit.run.kind = kind;
            fill(audit);
        }
        audits
    };
    for (path, text) in files(audits(TargetKind::Live), "public") {
        assert!(!text.contains("Jane Doe"), "{path}");
    }
    // Nobody lives in the mock world, and the group of all registries reads all.
    for (kind, audience) in [(TargetKind::Mock, "public"), (TargetKind::Live, "ecg")] {
        let files = files(audits(kind), audience);
        let all: String = files.into_values().collect();
        for field in ["expected", "seen", "message", "asked", "pointer", "value"] {
            assert!(all.contains(&said(field)), "{audience}: {field}");
        }
    }
    // A registry reads what was said by itself, and nothing of others.
    let files = files(audits(TargetKind::Live), "registry:arin");
    assert!(files["registries/arin.html"].contains("Jane Doe seen"));
    assert!(!files["registries/apnic.html"].contains("Jane Doe"));
}

#[test]
fn runs_that_cannot_stand_in_one_site_are_refused() {
    let build = |audits: Vec<Audit>| {
        let sources = audits
            .into_iter()
            .map(|a| source(a, &Audience::Ecg))
            .collect();
        build(
            &about(Audience::Ecg),
            sources,
            &SUITE,
            &Sealed,
            &Files::default(),
        )
        .unwrap_err()
    };
    assert!(matches!(build(Vec::new()), SiteError::Empty));
    assert!(matches!(build(vec![mixed(), mixed()]), SiteError::Twice(_)));
    let mut other = mixed();
    other.run.target = "live".to_owned();
    other.run.started = "2026-11-14T10:02:11Z".parse().unwrap();
    let error = build(vec![mixed(), other]).to_string();
    assert_eq!(
        error,
        "runs of `live` and of `staging` cannot stand in one site; make one for each target"
    );
}
