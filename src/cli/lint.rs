//! `quintet lint`: every mistake of every file, each with its place.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::exit::Exit;
use super::shell::Shell;
use crate::judge::words::counted;
use crate::mock::fault::Fault;
use crate::mock::world::WorldError;
use crate::scenario::{self, FileKind, Reading, SuiteFile, coverage, read_folder};
use crate::yaml::{Diagnostic, Diagnostics};

/// Checks scenarios and everything beside them, and asks nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  quintet lint                              the whole suite
  quintet lint scenarios/rdap/help.yaml     complaints about one file, read within its suite
  quintet lint --coverage                   also ids that no fault proves
  quintet lint --format github              as annotations of a pull request

Exit codes: 0 nothing is wrong (warnings are allowed), 2 something is.")]
pub struct Args {
    /// Files or folders whose complaints are shown; all if none is given
    paths: Vec<PathBuf>,

    /// How complaints are printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Also complain about ids that can fail and that no fault makes fail
    #[arg(long)]
    coverage: bool,
}

/// How complaints are printed.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// For people: place, message, the line with a caret
    #[default]
    Text,
    /// One array of objects with severity, file, line, column, message, notes
    Json,
    /// As annotations of a GitHub pull request
    Github,
}

/// Runs the verb.
pub fn run(args: &Args, shell: &Shell) -> Exit {
    let (files, wanted) = match gather(args, shell) {
        Ok(found) => found,
        Err(problem) => {
            shell.complain(&Diagnostics(vec![problem]));
            return Exit::Usage;
        }
    };
    let Reading {
        suite,
        mut errors,
        mut warnings,
    } = scenario::read(&files);
    let misfits = misfits(&folder_of(args, shell), &files, &errors);
    if !misfits.is_empty() {
        errors.extend(misfits);
        errors.sort();
    }
    if args.coverage {
        errors.extend(coverage(&suite, &files));
        errors.sort();
    }
    for list in [&mut errors, &mut warnings] {
        list.0
            .retain(|d| wanted.is_empty() || wanted.iter().any(|w| d.source.name.starts_with(w)));
    }
    match args.format {
        Format::Text => {
            text(shell, &errors, &warnings, files.len());
            if errors.is_empty() && args.paths.is_empty() {
                shell.note(&format!("suite {}, {}", suite.release, suite.digest));
            }
        }
        Format::Json => shell.line(&to_json(&errors, &warnings)),
        Format::Github => {
            errors
                .iter()
                .for_each(|d| shell.line(&annotation("error", d)));
            warnings
                .iter()
                .for_each(|d| shell.line(&annotation("warning", d)));
        }
    }
    if errors.is_empty() {
        Exit::Met
    } else {
        Exit::Usage
    }
}

/// Finds what is wrong with faults that the language has nothing against: changes that the mock cannot
/// read, and changes that do not fit its world, where that can be read.
fn misfits(suite: &Path, files: &[SuiteFile], told: &Diagnostics) -> Vec<Diagnostic> {
    let world = super::world::read(suite, &[]).ok();
    let faults = files
        .iter()
        .filter(|f| f.kind() == FileKind::Fault)
        .filter(|f| told.iter().all(|d| d.source.name != f.source.name));
    let mut misfits = Vec::new();
    for file in faults {
        let fault = match Fault::read(&file.source) {
            Ok(fault) => fault,
            Err(problems) => {
                misfits.extend(problems);
                continue;
            }
        };
        if let Some(Err(WorldError::Fault { reason, .. })) =
            world.as_ref().map(|world| world.with_fault(&fault))
        {
            let change = file.tree.as_ref().ok().and_then(|tree| tree.get("change"));
            let span = change.map(|node| node.span).unwrap_or_default();
            let message = format!("the change does not fit the mock world: {reason}");
            misfits.push(Diagnostic::new(&file.source, span, message));
        }
    }
    misfits
}

/// Returns the files to read, and the beginnings of names whose complaints are wanted.
fn gather(args: &Args, shell: &Shell) -> Result<(Vec<SuiteFile>, Vec<String>), Diagnostic> {
    let suite = folder_of(args, shell);
    let mut files = read_folder(&suite)?;
    let root = suite
        .file_name()
        .map_or_else(|| "scenarios".into(), |n| n.to_string_lossy().into_owned());
    let mut wanted = Vec::new();
    for path in &args.paths {
        if same(path, &suite) {
            return Ok((files, Vec::new()));
        }
        match below(path, &suite) {
            Some(inner) if path.is_dir() => wanted.push(format!("{root}/{inner}/")),
            Some(inner) => {
                let name = format!("{root}/{inner}");
                if !files.iter().any(|f| f.source.name.as_ref() == name) {
                    files.push(SuiteFile::read(path, &inner, &name));
                }
                wanted.push(name);
            }
            // A file from elsewhere is read as a scenario of this suite.
            None => {
                let name = path.to_string_lossy().into_owned();
                files.push(SuiteFile::read(path, &format!("given/{name}"), &name));
                wanted.push(name);
            }
        }
    }
    Ok((files, wanted))
}

/// Returns the folder of the suite that the paths given belong to.
fn folder_of(args: &Args, shell: &Shell) -> PathBuf {
    args.paths
        .first()
        .and_then(|p| suite_of(p))
        .unwrap_or_else(|| shell.suite.clone())
}

/// Returns the nearest folder above a path that has a `suite.yaml`.
fn suite_of(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    path.ancestors()
        .find(|p| p.join("suite.yaml").is_file())
        .map(Path::to_owned)
}

fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn below(path: &Path, suite: &Path) -> Option<String> {
    let inner = path.canonicalize().ok()?;
    let inner = inner.strip_prefix(suite.canonicalize().ok()?).ok()?;
    let parts: Vec<String> = inner
        .iter()
        .map(|p| p.to_string_lossy().into_owned())
        .collect();
    Some(parts.join("/"))
}

fn text(shell: &Shell, errors: &Diagnostics, warnings: &Diagnostics, files: usize) {
    let mut blocks: Vec<String> = Vec::new();
    blocks.extend(
        warnings
            .iter()
            .map(|d| format!("warning: {}", d.render(shell.color_out))),
    );
    blocks.extend(errors.iter().map(|d| d.render(shell.color_out)));
    if !blocks.is_empty() {
        shell.line(&blocks.join("\n"));
    }
    let count = |number: usize, thing: &str| match number {
        0 => format!("no {thing}s"),
        _ => counted(number, thing),
    };
    shell.note(&format!(
        "{}, {} in {}",
        count(errors.len(), "mistake"),
        count(warnings.len(), "warning"),
        count(files, "file"),
    ));
}

fn to_json(errors: &Diagnostics, warnings: &Diagnostics) -> String {
    let one = |severity: &str, d: &Diagnostic| {
        json!({
            "severity": severity,
            "file": d.source.name.as_ref(),
            "line": d.span.line,
            "column": d.span.column,
            "message": d.message,
            "notes": d.notes,
        })
    };
    let all: Vec<_> = errors
        .iter()
        .map(|d| one("error", d))
        .chain(warnings.iter().map(|d| one("warning", d)))
        .collect();
    serde_json::to_string_pretty(&all).unwrap_or_default()
}

/// Returns a workflow command; `%`, line breaks, and in properties `,` and `:` are escaped as GitHub asks.
fn annotation(severity: &str, d: &Diagnostic) -> String {
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let notes: String = d.notes.iter().map(|n| format!("\n{n}")).collect();
    format!(
        "::{severity} file={},line={},col={}::{}",
        property(&d.source.name),
        d.span.line.max(1),
        d.span.column.max(1),
        data(&format!("{}{notes}", d.message))
    )
}
