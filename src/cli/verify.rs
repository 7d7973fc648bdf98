//! `quintet verify`: compares bundles with their seals.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;

use super::exit::Exit;
use super::shell::Shell;
use crate::bundle::{Bundle, BundleError, Problem, Seal, Signers, SigningKey, Verification};
use crate::clock::{Clock as _, RealClock};
use crate::judge::words::counted;

/// Largest list of signers that is read, in octets; ours.
const MAX_SIGNERS: u64 = 1024 * 1024;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet verify reports/20261121T100211Z-mock-7f3a2c
  quintet verify --format json reports/*
  quintet verify --signers allowed_signers reports/20261121T100211Z-mock-7f3a2c

Every file is compared with SHA256SUMS, every body with the digest its exchange names, and every
judging with its own seal. Each signature is checked; with --signers every seal must have one, made
by somebody on the list. Exit code 0: intact, whole or partial; 1: something is changed, missing,
extra or not signed as asked; 2: not a bundle.")]
pub struct Args {
    /// Folders of bundles
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,

    /// List of signers, as `ssh-keygen -Y verify -f` reads it: every seal must be signed by one of them
    #[arg(long, env = "QUINTET_SIGNERS", value_name = "FILE")]
    signers: Option<PathBuf>,

    /// Time at which a signer's key must be valid; now if absent
    #[arg(long, requires = "signers", value_name = "TIME")]
    at: Option<Timestamp>,

    /// How to print what was found
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines for people
    #[default]
    Text,
    /// One array of objects
    Json,
}

/// Verifies and prints.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let mut exit = Exit::Met;
    let mut found = Vec::new();
    let signers = match args.signers.as_deref().map(signers).transpose() {
        Ok(signers) => signers,
        Err(why) => {
            shell.error(&why);
            return Exit::Usage;
        }
    };
    let now = args.at.unwrap_or_else(|| RealClock::new().now());
    for path in &args.bundles {
        match Bundle::verify(path) {
            Ok(mut verification) => {
                if let Some(signers) = &signers {
                    verification.ask_for(signers, now);
                }
                if !verification.is_intact() {
                    exit = exit.or(Exit::Failed);
                }
                match args.format {
                    Format::Text => shell.print(&text(path, &verification)),
                    Format::Json => found.push(object(path, &verification)),
                }
            }
            Err(error) => {
                shell.fail(&error);
                let is_bundle = !matches!(error, BundleError::NoBundle(_));
                exit = exit.or(if is_bundle { Exit::Failed } else { Exit::Usage });
            }
        }
    }
    if args.format == Format::Json {
        shell.line(&format!("{:#}", serde_json::Value::from(found)));
    }
    exit
}

/// Reads a list of signers.
fn signers(path: &Path) -> Result<Signers, String> {
    use std::io::Read as _;
    let name = path.display();
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_SIGNERS).read_to_string(&mut text))
        .map_err(|error| format!("cannot read `{name}`: {error}"))?;
    let signers = Signers::parse(&text).map_err(|wrong| {
        let lines = wrong
            .iter()
            .map(|(line, why)| format!("{name}:{line}: {why}"));
        lines.collect::<Vec<_>>().join("\n")
    })?;
    if signers.is_empty() {
        return Err(format!("`{name}` lists nobody"));
    }
    Ok(signers)
}

/// Says who signed a seal, or which key did.
fn signed(seal: &Seal) -> Option<String> {
    let key = seal.signed_by.as_ref()?;
    let (kind, fingerprint) = (&key.kind, key.fingerprint());
    let file = seal.file.display();
    Some(match &seal.signer {
        Some(who) => format!("`{file}` signed by {who}, {kind} {fingerprint}"),
        None => {
            format!("`{file}` signed with {kind} {fingerprint}; whose key that is, --signers says")
        }
    })
}

fn text(path: &Path, seen: &Verification) -> String {
    let mut lines = Vec::new();
    if seen.partial {
        lines.push("partial: the run did not finish; `quintet run --resume` goes on".to_owned());
    }
    lines.extend(seen.problems.iter().map(Problem::to_string));
    lines.extend(seen.seals.iter().filter_map(signed));
    if seen.is_intact() {
        let count = |number, thing| counted(usize::try_from(number).unwrap_or(usize::MAX), thing);
        let (files, bodies) = (count(seen.files, "file"), count(seen.bodies, "body"));
        lines.push(if seen.partial {
            format!("intact so far: {bodies}")
        } else {
            format!("intact: {files}, {bodies}")
        });
    }
    let name = path.display();
    let lines: Vec<String> = lines.iter().map(|l| format!("{name}: {l}")).collect();
    lines.join("\n") + "\n"
}

fn object(path: &Path, seen: &Verification) -> serde_json::Value {
    let problems: Vec<serde_json::Value> = seen
        .problems
        .iter()
        .map(|problem| json!({"kind": kind(problem), "message": problem.to_string()}))
        .collect();
    let seals: Vec<serde_json::Value> = seen
        .seals
        .iter()
        .map(|seal| {
            json!({
                "file": seal.file.to_string_lossy(),
                "key": seal.signed_by.as_ref().map(SigningKey::fingerprint),
                "signer": seal.signer,
            })
        })
        .collect();
    json!({
        "bundle": path.to_string_lossy(),
        "intact": seen.is_intact(),
        "partial": seen.partial,
        "files": seen.files,
        "bodies": seen.bodies,
        "seals": seals,
        "problems": problems,
    })
}

const fn kind(problem: &Problem) -> &'static str {
    match problem {
        Problem::Changed(_) => "changed",
        Problem::Missing(_) => "missing",
        Problem::Extra(_) => "extra",
        Problem::NotAFile(_) => "not-a-file",
        Problem::Seal(..) => "seal",
        Problem::Unsealed(_) => "unsealed",
        Problem::Unreadable(..) => "unreadable",
        Problem::Body(_) => "body",
        Problem::Signature(..) => "signature",
        Problem::Unsigned(_) => "unsigned",
    }
}
