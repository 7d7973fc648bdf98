//! `quintet export`: what a bundle says, as far as an audience may read it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::exit::Exit;
use super::judging::CannotJudge;
use super::kept;
use super::out::{Folder, Occupied};
use super::shell::Shell;
use crate::bundle::{self, Bundle, BundleError, EXPORT};
use crate::clock::{Clock as _, RealClock};
use crate::fact::{Digest, Key};
use crate::judge::words::counted;
use crate::report::export::{Captured, Exporting, Seen, Summary, export};
use crate::report::redact::Form;
use crate::report::site::Audience;
use crate::scenario::suite::Suite;
use crate::transport::{Answer, Exchange, Request};

/// The port of whois (RFC 3912).
const WHOIS: u16 = 43;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet export reports/20261121T100211Z-live-7f3a2c -o public
  quintet export reports/20261121T100211Z-live-7f3a2c -o engineers --audience ecg
  quintet export reports/20261121T100211Z-live-7f3a2c -o arin --audience registry:arin
  quintet sign public --key ~/.ssh/id_ed25519

The newest judging of the bundle is exported: results and their table, and for each answer behind a
finding or a value an excerpt without anything that a person wrote, with the digest of the original. What is
public is less: no results of scenarios tagged `security`, nothing of a registry whose embargo has not
ended, failures that are not confirmed or are disputed in no count, excerpts only where a registry's
terms allow them. DIR is replaced if it holds an export.")]
pub struct Args {
    /// Folder of a judged bundle
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,

    /// Folder for the export
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,

    /// Who reads it: `public`, `ecg`, or `registry:` and an id
    #[arg(long, default_value = "public", value_name = "WHO")]
    audience: Audience,

    /// Time of the export, by which embargoes end; now if absent
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

/// Says why nothing was exported.
#[derive(Debug, thiserror::Error)]
enum NotExported {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Judge(#[from] CannotJudge),
    #[error(transparent)]
    Folder(#[from] Occupied),
    #[error("`{}` was never judged; `quintet judge` does", .0.display())]
    Unjudged(PathBuf),
    #[error("the run does not know registry `{0}`")]
    NoRegistry(String),
    #[error("`{}` is not what was sealed: {why}; nothing is exported of it", path.display())]
    NotIntact { path: PathBuf, why: String },
    #[error("cannot write into `{}`", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let Some(suite) = super::suite::read(shell) else {
        return Exit::Usage;
    };
    match make(args, &suite) {
        Ok(summary) => {
            shell.note(&format!(
                "export   {}: {}, {}",
                args.out.display(),
                counted(summary.checks, "verdict"),
                counted(summary.excerpts, "excerpt")
            ));
            if summary.embargoed > 0 {
                let registries = if summary.embargoed == 1 {
                    "registry"
                } else {
                    "registries"
                };
                shell.note(&format!(
                    "nothing of {} {registries} is public yet; export.json says from when",
                    summary.embargoed
                ));
            }
            Exit::Met
        }
        Err(error) => {
            shell.fail(&error);
            match error {
                NotExported::Write { .. } | NotExported::Folder(Occupied::Write { .. }) => {
                    Exit::Internal
                }
                NotExported::NotIntact { .. } => Exit::Failed,
                NotExported::Bundle(_)
                | NotExported::Judge(_)
                | NotExported::Folder(_)
                | NotExported::Unjudged(_)
                | NotExported::NoRegistry(_) => Exit::Usage,
            }
        }
    }
}

fn make(args: &Args, suite: &Suite) -> Result<Summary, NotExported> {
    let bundle = Bundle::open(&args.bundle)?;
    if let Some(problem) = Bundle::verify(&args.bundle)?.problems.first() {
        return Err(NotExported::NotIntact {
            path: args.bundle.clone(),
            why: problem.to_string(),
        });
    }
    let Some(audit) = kept::newest_audit(&args.bundle)? else {
        return Err(NotExported::Unjudged(args.bundle.clone()));
    };
    if let Audience::Registry(id) = &args.audience
        && !audit.results.registries.iter().any(|r| r.id == *id)
    {
        return Err(NotExported::NoRegistry(id.to_string()));
    }
    let folder = Folder::open(&args.out, &[EXPORT])?;
    let seal = std::fs::read(args.bundle.join(bundle::SUMS));
    let exporting = Exporting {
        seen: seen(bundle.exchanges()?.into_values()),
        audit,
        suite,
        audience: &args.audience,
        at: args.at.unwrap_or_else(|| RealClock::new().now()),
        seal: seal
            .map(|sums| Digest::of(&sums).as_str().to_owned())
            .unwrap_or_default(),
    };
    let evidence = Arc::clone(bundle.evidence());
    let summary =
        export(exporting, evidence.as_ref(), &folder).map_err(|source| NotExported::Write {
            path: args.out.clone(),
            source,
        })?;
    bundle::seal(folder.path())?;
    folder.finish()?;
    Ok(summary)
}

/// Finds what each observation got, by its key as results name it.
pub fn seen(exchanges: impl IntoIterator<Item = Exchange>) -> BTreeMap<String, Seen> {
    let mut all: BTreeMap<Arc<Key>, BTreeMap<u32, Captured>> = BTreeMap::new();
    for exchange in exchanges {
        let own = all.entry(Arc::clone(&exchange.key)).or_default();
        own.insert(exchange.step, captured(&exchange));
    }
    let all = all.into_iter().map(|(key, answers)| {
        let answers = answers.into_values().collect();
        (key.to_string(), Seen { key, answers })
    });
    all.collect()
}

/// Returns what is told of an exchange.
fn captured(exchange: &Exchange) -> Captured {
    let body = exchange.answer.as_ref().and_then(Answer::body);
    let (by, host) = match &exchange.request {
        Request::Http(request) => {
            let url = request.url.parse::<url::Url>().ok();
            let host = url.and_then(|url| url.host_str().map(str::to_owned));
            ("HTTP", host.unwrap_or_default())
        }
        Request::Dns(request) => ("DNS", request.server.clone().unwrap_or_default()),
        Request::Tls(request) => ("TLS", request.host.clone()),
        Request::Tcp(request) if request.port == WHOIS => ("whois", request.host.clone()),
        Request::Tcp(request) => ("TCP", request.host.clone()),
        Request::Program(_) => ("a program here", String::new()),
    };
    let (form, status) = match (&exchange.request, &exchange.answer) {
        (Request::Http(_), Some(Answer::Http(answer))) => {
            let mut headers = answer.headers.iter();
            let media = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            let is_json =
                media.is_some_and(|(_, value)| value.to_ascii_lowercase().contains("json"));
            (is_json.then_some(Form::Json), Some(answer.status))
        }
        (Request::Tcp(request), Some(Answer::Tcp { .. })) => {
            ((request.port == WHOIS).then_some(Form::Whois), None)
        }
        (_, _) => (None, None),
    };
    Captured {
        by,
        digest: body.map(|body| body.digest.clone()),
        form,
        registry: exchange.key.asked.clone(),
        host,
        failure: exchange.failure.as_ref().map(|failure| failure.kind),
        status,
        at: exchange.at,
        bytes: body.map_or(0, |body| body.bytes),
    }
}
