//! Exports: what a bundle says, as far as an audience may read it.
//!
//! A bundle is internal. An export is a folder of its own: results without what the audience may not
//! read, redacted excerpts of answers with the digests of the originals, and what holds for their use.

mod embargo;
mod observed;
mod read;

pub use embargo::{embargoed, withhold};
pub use read::{Excerpts, NoExcerpts};

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::observed::observed;
use crate::audit::{Audit, RESULTS, write_results};
use crate::fact::{Digest, Documents, FailureKind, Key};
use crate::registry::RegistryId;
use crate::report::redact::{Excerpt, Form, Keep, excerpt};
use crate::report::site::{Audience, Cautious, Observed, Sink, Terms, published, security};
use crate::report::{Options, named};
use crate::scenario::model::TargetKind;
use crate::scenario::suite::Suite;
use crate::verdict::Outcome;
use crate::verdict::results::CheckResult;

/// The version of `export.json`; raised when a reader of the old one would err.
pub const FORMAT: u32 = 1;

/// Most excerpts of one export; ours: the others are named by their digests.
const MOST_EXCERPTS: usize = 500;

/// How long raw evidence is kept where a registry says nothing.
///
/// Ours: an audit a year, and the one before it to compare with.
const RETENTION: SignedDuration = SignedDuration::from_hours(2 * 366 * 24);

/// What an observation got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its key.
    pub key: Arc<Key>,
    /// What was asked and came, in order.
    pub answers: Vec<Captured>,
}

/// What is known of an answer beside its octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// How it was asked, such as `HTTP`.
    pub by: &'static str,
    /// Digest of its body; `None` where none came.
    pub digest: Option<Digest>,
    /// How it is written; `None` of what no excerpt is made of.
    pub form: Option<Form>,
    /// Whose service answered; `None` for one that all share.
    pub registry: Option<RegistryId>,
    /// The host that was asked; empty of the resolver.
    pub host: String,
    /// What failed; `None` of an answer that came whole.
    pub failure: Option<FailureKind>,
    /// The status of an HTTP answer.
    pub status: Option<u16>,
    /// When it was asked, UTC.
    pub at: Timestamp,
    /// Length of its body in octets.
    pub bytes: u64,
}

/// What is exported, for whom, at which time.
#[derive(Debug)]
pub struct Exporting<'a> {
    /// The judging.
    pub audit: Audit,
    /// The suite: terms, what is of security.
    pub suite: &'a Suite,
    /// Who reads.
    pub audience: &'a Audience,
    /// The time of the export, for embargoes.
    pub at: Timestamp,
    /// Digest of the bundle's seal; empty of one that has none.
    pub seal: String,
    /// What each observation got, by its key as results name it.
    pub seen: BTreeMap<String, Seen>,
}

/// `export.json`: what an export is, of what, and what holds for it.
#[derive(Debug, Serialize)]
struct Manifest<'a> {
    format: u32,
    made_at: Timestamp,
    made_by: &'static str,
    audience: String,
    run: Of<'a>,
    registries: Vec<Registry<'a>>,
    excerpts: Vec<Shown>,
    /// What verdicts and values rest on, by keys of observations.
    observations: BTreeMap<&'a str, Observed>,
    /// Evidence of findings without an excerpt: only its digest says which it was.
    without_excerpt: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Of<'a> {
    id: &'a str,
    target: &'a str,
    started: Timestamp,
    partial: bool,
    suite: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    seal: &'a str,
    results: String,
}

#[derive(Debug, Serialize)]
struct Registry<'a> {
    id: &'a RegistryId,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    terms: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    terms_say: &'a str,
    excerpts: bool,
    raw_evidence_kept_until: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_public_before: Option<Timestamp>,
}

/// An excerpt: where it is, and of what.
#[derive(Debug, Serialize, Deserialize)]
struct Shown {
    file: String,
    original: String,
    bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    registry: Option<RegistryId>,
    host: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    asked_at: Timestamp,
    withheld: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
}

/// What an export has, for who made it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Verdicts.
    pub checks: usize,
    /// Excerpts.
    pub excerpts: usize,
    /// Registries whose results are not public yet.
    pub embargoed: usize,
}

/// Writes the files of an export.
///
/// # Errors
///
/// What the sink says.
pub fn export(
    exporting: Exporting<'_>,
    bodies: &dyn Documents,
    sink: &dyn Sink,
) -> io::Result<Summary> {
    let Exporting {
        mut audit,
        suite,
        audience,
        at,
        seal,
        seen,
    } = exporting;
    let mut whole = Vec::new();
    write_results(&audit, &mut whole)?;
    let original = Digest::of(&whole);
    let held = embargoed(&audit, suite, audience, at);
    withhold(&mut audit, &held);
    let permits = Cautious::of(audience, audit.run.kind);
    let security = security(suite);
    let terms = Terms {
        audience,
        permits: &permits,
        security: &security,
    };
    let audit = published(audit, &terms);
    let mut results = Vec::new();
    write_results(&audit, &mut results)?;
    sink.put(RESULTS, &results)?;
    write_formats(&audit, audience, sink)?;
    let observations = observed(&audit, &seen, &permits);
    let mut shown = Vec::new();
    let mut without = Vec::new();
    let answers = seen.values().flat_map(|seen| &seen.answers);
    let known: BTreeMap<&str, (&Digest, &Captured)> = answers
        .filter_map(|captured| {
            let digest = captured.digest.as_ref()?;
            Some((digest.as_str(), (digest, captured)))
        })
        .collect();
    let findings = evidence(&audit);
    // What failed comes first: there may be more values than an export has excerpts.
    let values = observed::behind_values(&audit, &seen);
    let values = values.difference(&findings);
    for digest in findings.iter().chain(values) {
        let known = known.get(digest.as_str());
        let made = known.filter(|(_, captured)| {
            let is_allowed = may_show(captured, audience, suite, audit.run.kind, &held);
            is_allowed && shown.len() < MOST_EXCERPTS
        });
        let made = made.and_then(|(original, captured)| {
            let octets = bodies.load(original)?;
            let excerpt = excerpt(&octets, captured.form?, Keep::of(audience))?;
            Some((original, captured, excerpt))
        });
        match made {
            Some((original, captured, excerpt)) => {
                shown.push(put(sink, original, captured, &excerpt)?);
            }
            None if findings.contains(digest) => without.push(digest.clone()),
            None => {}
        }
    }
    let summary = Summary {
        checks: audit.results.checks.len(),
        excerpts: shown.len(),
        embargoed: held.len(),
    };
    let manifest = Manifest {
        format: FORMAT,
        made_at: at,
        made_by: concat!("quintet ", env!("CARGO_PKG_VERSION")),
        audience: audience.to_string(),
        run: Of {
            id: &audit.run.id,
            target: &audit.run.target,
            started: audit.run.started,
            partial: audit.results.partial,
            suite: &audit.results.suite,
            seal: &seal,
            results: original.as_str().to_owned(),
        },
        registries: registries(&audit, suite, &held),
        excerpts: shown,
        observations,
        without_excerpt: without,
    };
    let mut text = serde_json::to_vec_pretty(&manifest)?;
    text.push(b'\n');
    sink.put(crate::bundle::EXPORT, &text)?;
    sink.put("README.md", readme(&manifest).as_bytes())?;
    Ok(summary)
}

/// Writes an excerpt, and returns what the manifest says of it.
fn put(
    sink: &dyn Sink,
    original: &Digest,
    captured: &Captured,
    excerpt: &Excerpt,
) -> io::Result<Shown> {
    let end = match captured.form {
        Some(Form::Json) => "json",
        Some(Form::Whois) | None => "txt",
    };
    let hex: String = original.hex().chars().take(32).collect();
    let file = format!("excerpts/{hex}.{end}");
    sink.put(&file, excerpt.text.as_bytes())?;
    Ok(Shown {
        file,
        original: original.as_str().to_owned(),
        bytes: captured.bytes,
        registry: captured.registry.clone(),
        host: captured.host.clone(),
        status: captured.status,
        asked_at: captured.at,
        withheld: excerpt.withheld,
        cut: excerpt.cut,
    })
}

/// Writes the formats that show what is published and nothing of the gate, which counts all there is.
fn write_formats(audit: &Audit, audience: &Audience, sink: &dyn Sink) -> io::Result<()> {
    let formats: &[(&str, &str)] = match audience {
        Audience::Public => &[("csv", "results.csv")],
        Audience::Ecg | Audience::Registry(_) => {
            &[("csv", "results.csv"), ("markdown", "report.md")]
        }
    };
    let options = Options {
        all: true,
        ..Options::default()
    };
    for (name, file) in formats {
        if let Some(format) = named(name) {
            let mut octets = Vec::new();
            format.write(audit, &options, &mut octets)?;
            sink.put(file, &octets)?;
        }
    }
    Ok(())
}

/// Returns the evidence of what did not pass, in order.
fn evidence(audit: &Audit) -> BTreeSet<String> {
    let is_finding = |check: &&CheckResult| {
        matches!(check.outcome, Outcome::Fail | Outcome::Inconclusive) && check.erratum.is_none()
    };
    let checks = audit.results.checks.iter().filter(is_finding);
    let sampled = |check: &CheckResult| {
        let shown = check
            .sampled
            .iter()
            .flat_map(|sampled| sampled.shown.clone());
        shown
            .flat_map(|instance| instance.evidence)
            .collect::<Vec<_>>()
    };
    checks
        .flat_map(|check| check.evidence.iter().cloned().chain(sampled(check)))
        .collect()
}

/// Says whether an excerpt of an answer may be shown: its registry allows it, and it is the reader's business.
fn may_show(
    captured: &Captured,
    audience: &Audience,
    suite: &Suite,
    kind: TargetKind,
    held: &BTreeMap<RegistryId, Timestamp>,
) -> bool {
    let Some(registry) = &captured.registry else {
        return true;
    };
    let is_allowed = || {
        let known = suite.registries.of(registry.as_str());
        kind == TargetKind::Mock || known.is_some_and(|known| known.publication.excerpts)
    };
    match audience {
        Audience::Public => !held.contains_key(registry) && is_allowed(),
        Audience::Ecg => true,
        Audience::Registry(own) => own == registry,
    }
}

fn registries<'a>(
    audit: &'a Audit,
    suite: &'a Suite,
    held: &BTreeMap<RegistryId, Timestamp>,
) -> Vec<Registry<'a>> {
    let all = audit.results.registries.iter().map(|registry| {
        let known = suite.registries.of(registry.id.as_str());
        let publication = known.map(|known| &known.publication);
        let kept = publication.and_then(|p| p.retention).unwrap_or(RETENTION);
        let until = audit.run.started.checked_add(kept).ok();
        Registry {
            id: &registry.id,
            name: &registry.name,
            terms: publication.map_or("", |p| p.terms.as_str()),
            terms_say: publication.map_or("", |p| p.text.as_str()),
            excerpts: publication.is_some_and(|p| p.excerpts),
            raw_evidence_kept_until: until.map(|until| until.to_zoned(TimeZone::UTC).date()),
            not_public_before: held.get(&registry.id).copied(),
        }
    });
    all.collect()
}

/// Returns what a reader must know who opens the folder.
fn readme(manifest: &Manifest<'_>) -> String {
    use crate::judge::words::put_line;
    let mut text = String::new();
    put_line!(
        text,
        "# Export of {} for the audience \"{}\"\n",
        manifest.run.started.strftime("%Y-%m-%d %H:%M UTC"),
        manifest.audience
    );
    if manifest.run.partial {
        put_line!(
            text,
            "**Partial run.** What is missing is skipped, not passed.\n"
        );
    }
    put_line!(
        text,
        "Verdicts are in `{RESULTS}` and `results.csv`. What a service answered is not in this folder: `excerpts/` has\n\
         answers behind findings and values without anything that a person wrote, and `export.json` says what each verdict and\n\
         value rests on: who answered, when, and the digest of each original.\n\
         The originals are kept by who made the run, until the day named below; whoever has one can compare it with\n\
         its digest. `SHA256SUMS` seals this folder; `quintet verify` and `sha256sum -c` check it.\n\n\
         | registry | terms of its answers | raw evidence kept until | public from |\n| --- | --- | --- | --- |"
    );
    for registry in &manifest.registries {
        let kept = registry.raw_evidence_kept_until.map(|day| day.to_string());
        let public = registry
            .not_public_before
            .map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string());
        let terms = match (registry.terms, registry.terms_say) {
            ("", "") => "not declared: no excerpt is public".to_owned(),
            (url, "") => url.to_owned(),
            ("", words) => words.to_owned(),
            (url, words) => format!("{words} ({url})"),
        };
        put_line!(
            text,
            "| {} | {terms} | {} | {} |",
            registry.name,
            kept.unwrap_or_default(),
            public.unwrap_or_else(|| "now".to_owned())
        );
    }
    text
}
