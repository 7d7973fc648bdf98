//! `quintet site`: static pages over judged bundles.

use std::io;
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::judging::CannotJudge;
use super::kept;
use super::out::{Folder, Occupied};
use super::shell::Shell;
use crate::bundle::{Bundle, BundleError, EXPORT};
use crate::clock::{Clock as _, RealClock};
use crate::judge::words::counted;
use crate::report::export::{Excerpts, embargoed, withhold};
use crate::report::site::{
    self, About, Audience, Cautious, Exported, Sealed, SiteError, Source, Terms, security,
};
use crate::scenario::suite::Suite;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet site reports/20261121T100211Z-mock-7f3a2c -o public
  quintet site reports/*-live-* -o public --base https://reports.example.net/ --contact ecg@example.net
  quintet site reports/20261121T100211Z-mock-7f3a2c -o public --export exported
  quintet site reports/*-live-* -o internal --audience ecg
  quintet site reports/*-live-* -o arin --audience registry:arin

The newest judging of each bundle is shown; checks are explained by the suite of today. All bundles
are of one target. Pages need no server, no network and no script: open DIR/index.html. What an
audience may not read is not in any file of its site. Evidence is shown as far as an export of the
run for the same audience has excerpts of it, and named by its digest otherwise. DIR is replaced if it holds a site.")]
pub struct Args {
    /// Folders of judged bundles, in any order
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,

    /// Folder for the site
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,

    /// Who reads it: `public`, `ecg`, or `registry:` and an id
    #[arg(long, default_value = "public", value_name = "WHO")]
    audience: Audience,

    /// An export of a run of the site, whose excerpts of evidence pages link to; may be given several times
    #[arg(long, value_name = "DIR")]
    export: Vec<PathBuf>,

    /// Title of the site
    #[arg(
        long,
        default_value = "Five registries, side by side",
        value_name = "TEXT"
    )]
    title: String,

    /// Where the site will be read, for its feeds
    #[arg(long, value_name = "URL")]
    base: Option<String>,

    /// Where a reader can say that a check is wrong: a URL or a mail address
    #[arg(long, env = "QUINTET_CONTACT", value_name = "CONTACT")]
    contact: Option<String>,
}

/// Says why no site was made.
#[derive(Debug, thiserror::Error)]
enum NoSite {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Judge(#[from] CannotJudge),
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error("`{}` was never judged; `quintet judge` does", .0.display())]
    Unjudged(PathBuf),
    #[error("cannot read the results of `{}`", path.display())]
    Results {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("`{}` has files and is no site; a site is only written over a site", .0.display())]
    Occupied(PathBuf),
    #[error("cannot write `{}`", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("`{0}` is no address of pages; expected `https://…`")]
    Base(String),
    #[error("the newest run does not know registry `{0}`")]
    NoRegistry(String),
    #[error("`{}` is no export: {why}; `quintet export` makes one", path.display())]
    NoExport { path: PathBuf, why: String },
    #[error(
        "`{}` is an export for the audience `{made}`, and the site is for `{wanted}`", path.display()
    )]
    Audience {
        path: PathBuf,
        made: Audience,
        wanted: Audience,
    },
    #[error("`{}` is an export of the run `{run}`, which is not among the bundles", path.display())]
    OfAnother { path: PathBuf, run: String },
}

impl From<Occupied> for NoSite {
    fn from(occupied: Occupied) -> Self {
        match occupied {
            Occupied::Other(path) => Self::Occupied(path),
            Occupied::Write { path, source } => Self::Write { path, source },
        }
    }
}

impl NoSite {
    const fn exit(&self) -> Exit {
        match self {
            Self::Write { .. } | Self::Site(SiteError::Write { .. }) => Exit::Internal,
            Self::Bundle(_)
            | Self::Judge(_)
            | Self::Site(_)
            | Self::Unjudged(_)
            | Self::Results { .. }
            | Self::Occupied(_)
            | Self::Base(_)
            | Self::NoExport { .. }
            | Self::Audience { .. }
            | Self::OfAnother { .. }
            | Self::NoRegistry(_) => Exit::Usage,
        }
    }
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let Some(suite) = super::suite::read(shell) else {
        return Exit::Usage;
    };
    match make(args, &suite) {
        Ok(files) => {
            let index = args.out.join("index.html");
            shell.note(&format!(
                "site     {}, {}",
                index.display(),
                counted(files, "file")
            ));
            Exit::Met
        }
        Err(error) => {
            shell.fail(&error);
            error.exit()
        }
    }
}

fn make(args: &Args, suite: &Suite) -> Result<usize, NoSite> {
    let about = about(args)?;
    let target = Folder::open(&args.out, &MARKS)?;
    let sources = args
        .bundles
        .iter()
        .map(|bundle| source(bundle, &args.audience, suite))
        .collect::<Result<Vec<Source>, NoSite>>()?;
    if let Audience::Registry(id) = &args.audience {
        let is_known = |s: &Source| s.audit().results.registries.iter().any(|r| r.id == *id);
        if !sources.iter().any(is_known) {
            return Err(NoSite::NoRegistry(id.to_string()));
        }
    }
    let exports = args
        .export
        .iter()
        .map(|path| excerpts(path, &args.audience, &sources))
        .collect::<Result<Vec<Excerpts>, NoSite>>()?;
    let exported: &dyn Exported = if exports.is_empty() {
        &Sealed
    } else {
        &exports
    };
    let files = site::build(&about, sources, suite, exported, &target)?;
    target.finish()?;
    Ok(files)
}

/// Reads an export, which must be as it was sealed, of a run of the site, and for its readers.
fn excerpts(path: &Path, audience: &Audience, sources: &[Source]) -> Result<Excerpts, NoSite> {
    let no_export = |why: String| NoSite::NoExport {
        path: path.to_owned(),
        why,
    };
    let manifest = std::fs::read(path.join(EXPORT)).map_err(|e| no_export(e.to_string()))?;
    if let Some(problem) = Bundle::verify(path)?.problems.first() {
        return Err(no_export(problem.to_string()));
    }
    let read = |file: &str| std::fs::read(path.join(file)).ok();
    let excerpts = Excerpts::read(&manifest, &read).map_err(|e| no_export(e.to_string()))?;
    if excerpts.audience != *audience && excerpts.audience != Audience::Public {
        return Err(NoSite::Audience {
            path: path.to_owned(),
            made: excerpts.audience,
            wanted: audience.clone(),
        });
    }
    if !sources.iter().any(|s| s.audit().run.id == excerpts.run) {
        return Err(NoSite::OfAnother {
            path: path.to_owned(),
            run: excerpts.run,
        });
    }
    Ok(excerpts)
}

fn about(args: &Args) -> Result<About, NoSite> {
    let base = args.base.clone().unwrap_or_default();
    if !base.is_empty() && !base.starts_with("https://") && !base.starts_with("http://") {
        return Err(NoSite::Base(base));
    }
    let contact = args.contact.clone().unwrap_or_default();
    let is_mail = contact.contains('@') && !contact.contains(':');
    Ok(About {
        title: args.title.clone(),
        audience: args.audience.clone(),
        base: if base.is_empty() || base.ends_with('/') {
            base
        } else {
            format!("{base}/")
        },
        contact: if is_mail {
            format!("mailto:{contact}")
        } else {
            contact
        },
    })
}

/// Reads the newest judging of a bundle, which must be as it was sealed.
fn source(bundle: &Path, audience: &Audience, suite: &Suite) -> Result<Source, NoSite> {
    let Some(mut audit) = kept::newest_audit(bundle)? else {
        // Only now does it matter whether there is a bundle at all.
        Bundle::open(bundle)?;
        return Err(NoSite::Unjudged(bundle.to_owned()));
    };
    let held = embargoed(&audit, suite, audience, RealClock::new().now());
    withhold(&mut audit, &held);
    let permits = Cautious::of(audience, audit.run.kind);
    let security = security(suite);
    let terms = Terms {
        audience,
        permits: &permits,
        security: &security,
    };
    Source::of(audit, &terms).map_err(|source| NoSite::Results {
        path: bundle.to_owned(),
        source,
    })
}

/// Files that every site has, by which one is known.
const MARKS: [&str; 2] = ["site.css", "index.html"];
