//! `quintet verify`: compares bundles with their seals.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::exit::Exit;
use super::shell::Shell;
use crate::bundle::{Bundle, BundleError, Problem, Verification};
use crate::judge::words::counted;

/// Arguments of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet verify reports/20261121T100211Z-mock-7f3a2c
  quintet verify --format json reports/*

Every file is compared with SHA256SUMS, every body with the digest its exchange names, and every
judging with its own seal. Exit code 0: intact, whole or partial; 1: something is changed, missing
or extra; 2: not a bundle.")]
pub struct Args {
    /// Folders of bundles
    #[arg(required = true, value_name = "BUNDLE")]
    bundles: Vec<PathBuf>,

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
    for path in &args.bundles {
        match Bundle::verify(path) {
            Ok(verification) => {
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

fn text(path: &Path, seen: &Verification) -> String {
    let mut lines = Vec::new();
    if seen.partial {
        lines.push("partial: the run did not finish; `quintet run --resume` goes on".to_owned());
    }
    lines.extend(seen.problems.iter().map(Problem::to_string));
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
    json!({
        "bundle": path.to_string_lossy(),
        "intact": seen.is_intact(),
        "partial": seen.partial,
        "files": seen.files,
        "bodies": seen.bodies,
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
    }
}
