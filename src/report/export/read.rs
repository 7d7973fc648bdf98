//! Exports that were made before, for pages that link to what they show.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::Deserialize;

use super::{FORMAT, Shown};
use crate::judge::words::counted;
use crate::report::redact::LARGEST_EXCERPT;
use crate::report::site::{Audience, Exhibit, Exported, Observed};

/// Says why a folder's `export.json` is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoExcerpts {
    /// It cannot be read.
    #[error("`export.json` cannot be read: {0}")]
    Manifest(String),
    /// It is of another format.
    #[error("it has format {0}; this program reads format {FORMAT}")]
    Format(u64),
    /// It names a file that is not there, is elsewhere or too large.
    #[error("the excerpt `{0}` cannot be read")]
    File(String),
}

/// What is read of `export.json`.
#[derive(Debug, Deserialize)]
struct Manifest {
    audience: String,
    run: Of,
    excerpts: Vec<Shown>,
    #[serde(default)]
    observations: BTreeMap<String, Observed>,
}

#[derive(Debug, Deserialize)]
struct Of {
    id: String,
}

/// Read first: the rest may be anything in another format.
#[derive(Debug, Deserialize)]
struct Version {
    format: u64,
}

/// The excerpts of one export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpts {
    /// Id of the run that was exported.
    pub run: String,
    /// For whom.
    pub audience: Audience,
    /// By the digest of the original.
    by_original: BTreeMap<String, Exhibit>,
    /// By key.
    observations: BTreeMap<String, Observed>,
}

impl Excerpts {
    /// Reads an export: its `export.json`, and its files by their paths in the folder.
    ///
    /// # Errors
    ///
    /// [`NoExcerpts`].
    pub fn read(
        manifest: &[u8],
        file: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, NoExcerpts> {
        let wrong = |error: serde_json::Error| NoExcerpts::Manifest(error.to_string());
        let Version { format } = serde_json::from_slice(manifest).map_err(wrong)?;
        if format != u64::from(FORMAT) {
            return Err(NoExcerpts::Format(format));
        }
        let manifest: Manifest = serde_json::from_slice(manifest).map_err(wrong)?;
        let audience = manifest.audience.parse().map_err(NoExcerpts::Manifest)?;
        let mut by_original = BTreeMap::new();
        for shown in manifest.excerpts {
            let is_within = Path::new(&shown.file)
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            let octets = is_within.then(|| file(&shown.file)).flatten();
            let text = octets
                .filter(|octets| octets.len() <= LARGEST_EXCERPT)
                .and_then(|octets| String::from_utf8(octets).ok())
                .ok_or_else(|| NoExcerpts::File(shown.file.clone()))?;
            by_original.insert(shown.original.clone(), exhibit(&shown, text));
        }
        Ok(Self {
            run: manifest.run.id,
            audience,
            by_original,
            observations: manifest.observations,
        })
    }
}

/// Returns what a page shows of an excerpt.
fn exhibit(shown: &Shown, text: String) -> Exhibit {
    let is_json = Path::new(&shown.file)
        .extension()
        .is_some_and(|end| end == "json");
    let status = shown.status.map(|status| format!(", status {status}"));
    let mut taken_out = Vec::new();
    if shown.withheld > 0 {
        let values = counted(
            usize::try_from(shown.withheld).unwrap_or(usize::MAX),
            "value",
        );
        taken_out.push(format!(
            "{values} withheld: what a person may have written."
        ));
    }
    if shown.cut {
        taken_out.push("Parts are left out, because there is too much.".to_owned());
    }
    Exhibit {
        media_type: format!(
            "{}, {} octets",
            if is_json {
                "a JSON document"
            } else {
                "an answer of whois"
            },
            shown.bytes
        ),
        answered: format!(
            "{}{}, {}",
            shown.host,
            status.unwrap_or_default(),
            shown.asked_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        ),
        extension: if is_json { "json" } else { "txt" },
        text,
        taken_out,
    }
}

/// Shows what exports of the runs of a site have.
impl Exported for Vec<Excerpts> {
    fn observed(&self, run: &str, key: &str) -> Option<&Observed> {
        let own = self.iter().filter(|one| one.run == run);
        own.filter_map(|one| one.observations.get(key)).next()
    }

    fn exhibit(&self, digest: &str) -> Option<&Exhibit> {
        self.iter().find_map(|one| one.by_original.get(digest))
    }
}
