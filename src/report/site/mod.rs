//! The report site: static pages over one or several audits, readable from a folder and without script.
//!
//! A site is a pure function of audits, suite and audience: no time of its own, no network. What an
//! audience may not read is taken out first (`audience`); every page goes through the template
//! engine, which escapes what it is given; a kind of page is a file and its entry in `PAGES`.
//! Pages state facts and rank nobody: counts of a registry stand on that registry's page only.

mod audience;
mod clause;
mod coverage;
mod data;
mod evidence;
mod frame;
mod mark;
mod model;
mod pages;
mod panel;
mod past;
mod path;
mod plot;
mod text;

pub use audience::{Audience, Cautious, Excerpt, Permits, Terms, WITHHELD, published, security};
pub use evidence::{Answered, Exhibit, Exported, Observed, Sealed};

use std::collections::BTreeSet;
use std::fmt;
use std::io;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::audit::{Audit, write_results};
use crate::fact::Digest;
use crate::scenario::suite::Suite;

use self::evidence::Rests;
use self::model::Site;
use self::past::Past;

/// Who publishes a site, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Its title.
    pub title: String,
    /// Who reads it.
    pub audience: Audience,
    /// Where it will be read, for feeds: an address that ends with `/`; empty if it is not known.
    pub base: String,
    /// Where a reader can say that a check is wrong: a web or mail address; empty if nobody is named.
    pub contact: String,
}

/// One run of a site.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    audit: Audit,
    digest: String,
}

impl Source {
    /// Takes from an audit what the audience may not read.
    ///
    /// # Errors
    ///
    /// What `serde_json` says; results can always be written.
    pub fn of(audit: Audit, terms: &Terms<'_>) -> io::Result<Self> {
        let mut octets = Vec::new();
        write_results(&audit, &mut octets)?;
        Ok(Self {
            name: audit.run.started.strftime("%Y%m%dT%H%M%SZ").to_string(),
            digest: Digest::of(&octets).as_str().to_owned(),
            audit: published(audit, terms),
        })
    }

    /// Returns the audit as it is published.
    pub const fn audit(&self) -> &Audit {
        &self.audit
    }
}

/// Takes the files of a site.
pub trait Sink: Sync {
    /// Takes a file; its path has `/` between parts and stays within the site.
    ///
    /// # Errors
    ///
    /// What the machine says.
    fn put(&self, path: &str, octets: &[u8]) -> io::Result<()>;
}

/// Says why there is no site.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// Nothing to show.
    #[error("a site needs at least one run")]
    Empty,
    /// Runs of different targets.
    #[error(
        "runs of `{first}` and of `{other}` cannot stand in one site; make one for each target"
    )]
    Targets {
        /// The target of the oldest run.
        first: String,
        /// Another one.
        other: String,
    },
    /// The same run twice.
    #[error("two runs began at {0}; a run is told from others by its time")]
    Twice(String),
    /// A file cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// Its path within the site.
        path: String,
        /// What the machine said.
        #[source]
        source: io::Error,
    },
}

/// What pages are made of.
#[derive(Debug)]
struct View<'a> {
    site: Site<'a>,
    past: Past,
    exported: &'a dyn Exported,
    rests: Rests<'a>,
}

/// A kind of page or file, of which there are none, one or many.
trait Kind: fmt::Debug + Sync {
    /// Returns a key for each of them; one that is empty where there is only one.
    fn keys(&self, view: &View<'_>) -> Vec<String>;

    /// Returns where one stands.
    fn path(&self, key: &str) -> String;

    /// Returns what is in it.
    fn octets(&self, view: &View<'_>, key: &str) -> Vec<u8>;
}

/// Files that are the same in every site.
const ASSETS: &[(&str, &str)] = &[
    ("site.css", include_str!("assets/site.css")),
    ("site.js", include_str!("assets/site.js")),
    ("icon.svg", include_str!("assets/icon.svg")),
];

/// Writes a site over runs of one target, in any order, and returns how many files it has.
///
/// # Errors
///
/// [`SiteError`].
pub fn build(
    about: &About,
    mut sources: Vec<Source>,
    suite: &Suite,
    exported: &dyn Exported,
    sink: &dyn Sink,
) -> Result<usize, SiteError> {
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    admit(&sources)?;
    let site = Site::of(about, &sources, suite).ok_or(SiteError::Empty)?;
    let past = Past::of(&site);
    let rests = Rests::of(&site, exported);
    let view = View {
        site,
        past,
        exported,
        rests,
    };
    let mut files: Vec<(&dyn Kind, String)> = Vec::new();
    for kind in pages::PAGES.iter().chain(data::FILES) {
        let keys = kind.keys(&view);
        files.extend(keys.into_iter().map(|key| (*kind, key)));
    }
    let number = files.len() + ASSETS.len();
    files.into_par_iter().try_for_each(|(kind, key)| {
        let path = kind.path(&key);
        put(sink, &path, &kind.octets(&view, &key))
    })?;
    for (path, text) in ASSETS {
        put(sink, path, text.as_bytes())?;
    }
    Ok(number)
}

fn put(sink: &dyn Sink, path: &str, octets: &[u8]) -> Result<(), SiteError> {
    sink.put(path, octets).map_err(|source| SiteError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Refuses runs that cannot stand in one site.
fn admit(sources: &[Source]) -> Result<(), SiteError> {
    let mut seen = BTreeSet::new();
    let first = sources.first().ok_or(SiteError::Empty)?;
    for source in sources {
        let (run, target) = (&source.audit.run, &first.audit.run.target);
        if run.target != *target {
            return Err(SiteError::Targets {
                first: target.clone(),
                other: run.target.clone(),
            });
        }
        if !seen.insert(&source.name) {
            return Err(SiteError::Twice(run.started.to_string()));
        }
    }
    Ok(())
}
