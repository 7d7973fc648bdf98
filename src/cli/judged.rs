//! What becomes of a judging: files in its folder, a report for who waits, and the program's exit.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::judging::CannotJudge;
use super::shell::Shell;
use crate::audit::{self, Audit};
use crate::bundle;
use crate::fact::Digest;
use crate::report::{self, Format, Options};

/// Writes results and reports of a judging into its folder, seals it, and returns the folder.
///
/// # Errors
///
/// [`CannotJudge::Write`].
pub fn keep(audit: &Audit, bundle: &Path, suite: &Digest) -> Result<PathBuf, CannotJudge> {
    let folder = bundle::judgement(bundle, suite);
    audit::keep(audit, &folder).map_err(|source| CannotJudge::Write {
        path: folder.clone(),
        source,
    })?;
    let is_kept = |format: &&dyn Format| {
        format.applies(audit)
            && format.is_kept()
            && format.file().is_some_and(|name| name != audit::RESULTS)
    };
    let kept = report::FORMATS.iter().copied().filter(is_kept);
    write(audit, kept, &folder, true)?;
    write_cases(audit, &folder.join(CASES)).map_err(|source| CannotJudge::Write {
        path: folder.join(CASES),
        source,
    })?;
    bundle::seal(&folder)?;
    Ok(folder)
}

/// Folder with one file for each case of a judging.
const CASES: &str = "cases";

/// Writes one file for each case; nothing where there are none.
fn write_cases(audit: &Audit, folder: &Path) -> io::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    for case in &audit.results.cases {
        std::fs::create_dir_all(folder)?;
        let (mut name, mut number) = (case.file_name(), 1);
        while folder.join(&name).exists() {
            number += 1;
            name = format!("{number}-{}", case.file_name());
        }
        let mut sink = BufWriter::new(File::create(folder.join(name))?);
        serde_json::to_writer_pretty(&mut sink, case)?;
        sink.write_all(b"\n")?;
        sink.flush()?;
    }
    Ok(())
}

/// Writes the files of some formats into a folder, which is made where it is missing; what is
/// only shown is `report.txt`.
///
/// # Errors
///
/// [`CannotJudge::Write`].
pub fn write<'f>(
    audit: &Audit,
    formats: impl IntoIterator<Item = &'f dyn Format>,
    folder: &Path,
    all: bool,
) -> Result<(), CannotJudge> {
    let failed = |source| CannotJudge::Write {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let options = Options {
        all,
        ..Options::default()
    };
    for format in formats {
        let file = folder.join(format.file().unwrap_or("report.txt"));
        let mut sink = BufWriter::new(File::create(file).map_err(failed)?);
        format.write(audit, &options, &mut sink).map_err(failed)?;
        sink.flush().map_err(failed)?;
    }
    Ok(())
}

/// Returns how the program ends for an audit.
pub fn exit(audit: &Audit) -> Exit {
    let mut exit = Exit::Met;
    if audit.gate.nothing {
        exit = exit.or(Exit::Nothing);
    }
    if audit.gate.overridden.is_some() {
        return exit;
    }
    if audit.gate.cannot_vouch() {
        exit = exit.or(Exit::Unjudged);
    }
    if audit.gate.has_failed() {
        exit = exit.or(Exit::Failed);
    }
    exit
}

/// Prints an audit to stdout in a format; an unknown one has been refused before.
pub fn print(audit: &Audit, format: &str, all: bool, shell: &Shell) {
    if let Some(format) = report::named(format) {
        show(all, shell, |options, sink| {
            format.write(audit, options, sink)
        });
    }
}

/// Prints what a format writes, as it fits the terminal.
pub(super) fn show(
    all: bool,
    shell: &Shell,
    write: impl FnOnce(&Options, &mut Vec<u8>) -> io::Result<()>,
) {
    let options = Options {
        width: shell.width.map_or(Options::default().width, usize::from),
        color: shell.color_out,
        all,
    };
    let mut text = Vec::new();
    match write(&options, &mut text) {
        Ok(()) => shell.print(&String::from_utf8_lossy(&text)),
        Err(error) => shell.error(&format!("cannot write the report: {error}")),
    }
}
