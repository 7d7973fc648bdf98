//! Documents that a run was given, read again from its answers.

use std::io::BufReader;

use jiff::Timestamp;

use super::capture::Stream;
use super::earlier::Answers;
use super::file;
use super::redirect::cut;
use crate::inspect::stats::{self, Stats};

/// Reads the newest statistics file that a run was given at a URL, and says when it was asked for.
///
/// `limit` is the largest file after decoding, in octets.
///
/// # Errors
///
/// Why there is none, in words.
pub fn statistics(
    answers: &dyn Answers,
    url: &str,
    limit: u64,
) -> Result<(Timestamp, Stats), String> {
    let newest = answers.answers(url).next();
    let (at, answer) = newest.ok_or("no file came")?;
    let mut stream = Stream::open(&answer.body, &file::codings(&answer), limit)
        .map_err(|failure| failure.detail)?;
    let (stats, _, stopped) = stats::read(BufReader::new(&mut stream));
    if let Some(failure) = stream.failure(None) {
        return Err(failure.detail);
    }
    match stopped {
        Some(error) => Err(format!("`{}` cannot be read: {error}", cut(url))),
        None if stats.version.is_none() && stats.rows.is_empty() => {
            Err(format!("`{}` is no statistics file", cut(url)))
        }
        None => Ok((at, stats)),
    }
}
