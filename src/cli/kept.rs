//! Judgings that are kept in bundles: found, and read only where they are what was sealed.

use std::io;
use std::path::{Path, PathBuf};

use super::judging::CannotJudge;
use super::shell::in_full;
use crate::audit::twin::{self, Twin};
use crate::audit::{self, Audit};
use crate::bundle::{self, Bundle, Sealed};
use crate::decide::Past;
use crate::verdict::results::{FORMAT, Results};

/// Reads what the newest judging of a bundle found, or the judging in a folder; `None` if the bundle was never judged.
///
/// # Errors
///
/// [`CannotJudge::Kept`] if it is not what was sealed, or of a newer format.
pub(super) fn newest_audit(bundle: &Path) -> Result<Option<Audit>, CannotJudge> {
    let Some(text) = sealed_text(bundle, audit::AUDIT)? else {
        return Ok(None);
    };
    let format =
        serde_json::from_slice(&text).map_or(FORMAT, |judged: Judged| judged.results.format);
    read(bundle, &text, format, FORMAT).map(Some)
}

/// Reads an `audit.json`.
///
/// # Errors
///
/// What is wrong with it, in words.
pub(super) fn audit_of(text: &[u8]) -> Result<Audit, String> {
    let format =
        serde_json::from_slice(text).map_or(FORMAT, |judged: Judged| judged.results.format);
    if format != FORMAT {
        return Err(format!(
            "it has format {format}; this program reads format {FORMAT}"
        ));
    }
    let read: Result<Audit, _> = serde_json::from_slice(text);
    let mut audit = read.map_err(|error| error.to_string())?;
    audit.run = audit.run.requoted();
    Ok(audit)
}

/// Reads what the newest judging of a run of two targets found; `None` if there is none.
///
/// # Errors
///
/// [`CannotJudge::Kept`] if it is not what was sealed, or of a newer format.
pub(super) fn newest_twin(bundle: &Path) -> Result<Option<Twin>, CannotJudge> {
    let Some(text) = sealed_text(bundle, twin::TWIN)? else {
        return Ok(None);
    };
    let format =
        serde_json::from_slice(&text).map_or(twin::FORMAT, |version: Version| version.format);
    read(bundle, &text, format, twin::FORMAT).map(Some)
}

fn read<T: serde::de::DeserializeOwned>(
    bundle: &Path,
    text: &[u8],
    format: u32,
    own: u32,
) -> Result<T, CannotJudge> {
    if format != own {
        let why = format!("it has format {format}; this program reads format {own}");
        return Err(wrong(bundle, why));
    }
    serde_json::from_slice(text).map_err(|error| wrong(bundle, error.to_string()))
}

fn wrong(bundle: &Path, why: String) -> CannotJudge {
    CannotJudge::Kept {
        path: bundle.to_owned(),
        why,
    }
}

/// Reads a file of a judging that is what was sealed; `None` if there is none.
fn sealed_text(bundle: &Path, name: &str) -> Result<Option<Vec<u8>>, CannotJudge> {
    let own = bundle.join(name);
    let newest = if own.is_file() {
        Some(own)
    } else {
        newest(bundle, name).map_err(|e| wrong(bundle, e.to_string()))?
    };
    let Some(file) = newest else {
        return Ok(None);
    };
    let text = std::fs::read(&file).map_err(|e| wrong(bundle, e.to_string()))?;
    let folder = file.parent().unwrap_or(bundle);
    let mut sealed = bundle::sealed(folder, name, &text)?;
    if sealed == Sealed::Not
        && let (Some(above), Some(inner)) = (folder.parent(), folder.file_name())
    {
        // One target of two: both are sealed together.
        let inner = format!("{}/{name}", inner.to_string_lossy());
        sealed = bundle::sealed(above, &inner, &text)?;
    }
    match sealed {
        Sealed::Same => Ok(Some(text)),
        Sealed::Changed => Err(wrong(
            bundle,
            "it was changed after it was sealed".to_owned(),
        )),
        Sealed::Not => {
            let why = "it has no seal, so that it may not be whole";
            Err(wrong(bundle, why.to_owned()))
        }
    }
}

/// What a judging of every format has.
#[derive(serde::Deserialize)]
struct Judged {
    results: Version,
}

#[derive(serde::Deserialize)]
struct Version {
    format: u32,
}

/// Reads the newest results of an earlier bundle.
pub(super) fn past(path: &Path) -> Result<Past, CannotJudge> {
    let wrong = |why: String| CannotJudge::Past {
        path: path.to_owned(),
        why,
    };
    let bundle = Bundle::open(path).map_err(|e| wrong(in_full(&e)))?;
    let newest = newest(path, audit::RESULTS).map_err(|e| wrong(e.to_string()))?;
    let file = newest.ok_or_else(|| wrong("it was never judged".to_owned()))?;
    let text = std::fs::read(&file).map_err(|e| wrong(e.to_string()))?;
    let results: Results = serde_json::from_slice(&text).map_err(|e| wrong(e.to_string()))?;
    Ok(Past {
        run: bundle.run().id.clone(),
        at: bundle.run().started,
        results,
    })
}

/// Returns a file of the newest judging of a bundle that has it.
fn newest(bundle: &Path, name: &str) -> io::Result<Option<PathBuf>> {
    let mut newest: Option<(std::time::SystemTime, PathBuf)> = None;
    let judgings = match std::fs::read_dir(bundle.join(bundle::JUDGEMENTS)) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        judgings => judgings?,
    };
    for entry in judgings {
        let file = entry?.path().join(name);
        let Ok(modified) = std::fs::metadata(&file).and_then(|m| m.modified()) else {
            continue;
        };
        if newest.as_ref().is_none_or(|(time, _)| *time < modified) {
            newest = Some((modified, file));
        }
    }
    Ok(newest.map(|(_, file)| file))
}
