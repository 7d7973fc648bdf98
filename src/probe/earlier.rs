//! What an earlier run captured, for probes that compare.

use std::collections::BTreeMap;
use std::io::{BufReader, Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;

use super::capture::Stream;
use super::file;
use super::redirect::cut;
use crate::fact::{Digest, Documents};
use crate::inspect::rrdp::{self, Link, Notification, Reading, Tally};
use crate::inspect::series::{self, Capture, Filling};
use crate::inspect::stats::{self, Stats};
use crate::inspect::transfers::Short;
use crate::inspect::tree::Anchor;
use crate::transport::HttpAnswer;

/// Most answers to one question that are tried until one belongs to a whole capture.
const TRIED: usize = 16;

/// Largest capture in short that is read, in octets; ours: some 400 octets for each object.
const MOST_OCTETS: usize = 512 * 1024 * 1024;

/// Largest statistics file that is read, in octets; real ones have 20 MB.
const MOST_PLAIN: u64 = 512 * 1024 * 1024;

/// An earlier run, as far as series in time need it.
#[derive(Clone, Debug)]
pub struct EarlierRun {
    /// Its id.
    pub id: String,
    /// What it captured of each repository by the URL of its notification file and of each transfer
    /// log by its URL, in short, and of each statistics file by its URL, as gzip, by digest; why
    /// there is nothing otherwise.
    pub captures: BTreeMap<String, Result<Digest, String>>,
    /// Where the captures are found.
    pub documents: Arc<dyn Documents>,
}

impl EarlierRun {
    /// Reads what it captured of a repository.
    ///
    /// # Errors
    ///
    /// Why there is nothing that can be read, in words.
    pub fn capture(&self, notify: &str) -> Result<Capture, String> {
        let octets = self.document(notify, "capture")?;
        let capture = Capture::read(&octets);
        let capture = capture.map_err(|why| format!("its capture cannot be read: {why}"))?;
        if capture.notify != notify {
            return Err(format!("its capture is of `{}`", cut(&capture.notify)));
        }
        Ok(capture)
    }

    /// Reads the statistics file that it was given.
    ///
    /// # Errors
    ///
    /// Why there is nothing that can be read, in words.
    pub fn statistics(&self, url: &str) -> Result<Stats, String> {
        let octets = self.document(url, "file")?;
        let plain = GzDecoder::new(octets.as_ref()).take(MOST_PLAIN);
        let (stats, _, stopped) = stats::read(BufReader::new(plain));
        match stopped {
            Some(error) => Err(format!("its file cannot be read: {error}")),
            None => Ok(stats),
        }
    }
}

/// Returns the newest statistics file that an earlier run was given, as gzip.
///
/// `limit` is the largest file after decoding, in octets.
///
/// # Errors
///
/// Why there is none, in words.
pub fn statistics(answers: &dyn Answers, url: &str, limit: u64) -> Result<Vec<u8>, String> {
    let newest = answers.answers(url).next();
    let (_, answer) = newest.ok_or_else(|| format!("it has no answer from `{}`", cut(url)))?;
    let mut stream = Stream::open(&answer.body, &file::codings(&answer), limit)
        .map_err(|failure| failure.detail)?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let copied = std::io::copy(&mut stream, &mut packed);
    if let Some(failure) = stream.failure(None) {
        return Err(failure.detail);
    }
    let done = copied
        .and_then(|_| packed.flush())
        .and_then(|()| packed.finish());
    done.map_err(|error| format!("packing its file: {error}"))
}

impl EarlierRun {
    /// Reads the transfer log that it was given at a URL, in short.
    ///
    /// # Errors
    ///
    /// Why there is nothing that can be read, in words.
    pub fn log(&self, url: &str) -> Result<Short, String> {
        let octets = self.document(url, "log")?;
        let short = Short::read(&octets);
        let short = short.map_err(|why| format!("its log cannot be read: {why}"))?;
        if short.url != url {
            return Err(format!("its log is of `{}`", cut(&short.url)));
        }
        Ok(short)
    }

    /// Returns what it has of a URL, in short.
    fn document(&self, url: &str, what: &str) -> Result<Bytes, String> {
        let known = self.captures.get(url);
        let known = known.ok_or_else(|| format!("it did not ask for `{}`", cut(url)))?;
        let digest = known.as_ref().map_err(Clone::clone)?;
        let octets = self.documents.load(digest);
        let octets = octets.ok_or_else(|| format!("its {what} `{digest}` is not at hand"))?;
        if octets.len() > MOST_OCTETS {
            return Err(format!("its {what} has more than {MOST_OCTETS} octets"));
        }
        Ok(octets)
    }
}

/// Finds what an earlier run was answered: implemented by `bundle`.
pub trait Answers {
    /// Returns complete answers 200 to a GET for a URL with the times of asking, the newest first.
    fn answers(&self, url: &str) -> Box<dyn Iterator<Item = (Timestamp, HttpAnswer)> + '_>;
}

/// Puts a capture in short together from what an earlier run was answered, whoever asked.
///
/// `limit` is the largest file after decoding, in octets.
///
/// # Errors
///
/// Why there is no whole capture, in words.
pub fn capture(
    answers: &dyn Answers,
    tal: &str,
    notify: &str,
    limit: u64,
) -> Result<Capture, String> {
    let mut why = format!("it has no answer from `{}`", cut(notify));
    for (at, answer) in answers.answers(notify).take(TRIED) {
        match at_one_time(answers, notify, at, &answer, limit) {
            Ok(mut capture) => {
                capture.anchor = anchor(answers, tal, limit);
                return Ok(capture);
            }
            Err(reason) => why = reason,
        }
    }
    Err(why)
}

/// Takes the transfer log that an earlier run was given at a URL, in short, whoever asked.
///
/// `limit` is the largest log after decoding, in octets. Of an answer that redirected elsewhere
/// nothing is known.
///
/// # Errors
///
/// Why there is no log that was read to its end, in words.
pub fn log(answers: &dyn Answers, url: &str, limit: u64) -> Result<Short, String> {
    let mut why = format!("it has no answer from `{}`", cut(url));
    for (at, answer) in answers.answers(url).take(TRIED) {
        match super::transfer_log::short(&answer, url, at, limit) {
            Ok(short) => return Ok(short),
            Err(reason) => why = reason,
        }
    }
    Err(why)
}

fn at_one_time(
    answers: &dyn Answers,
    notify: &str,
    at: Timestamp,
    answer: &HttpAnswer,
    limit: u64,
) -> Result<Capture, String> {
    let seen = read(answer, notify, limit, |stream, reading, tally| {
        rrdp::read_notification(stream, reading, tally)
    })?;
    let link = seen.snapshot.clone();
    let mut capture = begin(notify, at, &seen)?;
    let link = link.ok_or("the notification file names no snapshot")?;
    let mut why = format!("it has no answer from `{}`", cut(&link.uri));
    for (_, answer) in answers.answers(&link.uri).take(TRIED) {
        match snapshot(&answer, &link, limit) {
            Ok(filling) => {
                capture.objects = filling.0;
                return Ok(capture);
            }
            Err(reason) => why = reason,
        }
    }
    Err(why)
}

fn snapshot(answer: &HttpAnswer, link: &Link, limit: u64) -> Result<Filling, String> {
    read(answer, &link.uri, limit, |stream, reading, tally| {
        read_snapshot(stream, reading, tally, link)
    })?
}

/// Reads a snapshot that a notification names.
///
/// # Errors
///
/// Why it does not count.
pub(super) fn read_snapshot(
    stream: &mut Stream,
    reading: &Reading<'_>,
    tally: &mut Tally,
    link: &Link,
) -> Result<Filling, String> {
    let mut filling = Filling::default();
    let seen = rrdp::read_snapshot(stream, reading, &mut filling, tally);
    if let Some(stopped) = seen.stopped {
        return Err(format!("the snapshot cannot be read: {stopped}"));
    }
    if seen.file.is_none_or(|file| file.hash != link.hash) {
        return Err("the snapshot does not have the hash of the notification file".to_owned());
    }
    if seen.unreadable > 0 {
        let more = seen.unreadable;
        return Err(format!("{more} objects of the snapshot cannot be read"));
    }
    Ok(filling)
}

/// Returns a capture without objects from a notification.
///
/// # Errors
///
/// What the notification does not say.
pub(super) fn begin(notify: &str, at: Timestamp, seen: &Notification) -> Result<Capture, String> {
    if let Some(stopped) = &seen.stopped {
        return Err(format!("the notification file cannot be read: {stopped}"));
    }
    let (Some(session), Some(serial), Some(snapshot)) =
        (&seen.head.session, seen.head.serial, &seen.snapshot)
    else {
        return Err("the notification file has no session, serial or snapshot".to_owned());
    };
    let deltas = seen.deltas.iter();
    Ok(Capture {
        at,
        notify: notify.to_owned(),
        session: cut(session),
        serial,
        snapshot: series::File::new(&snapshot.uri, &snapshot.hash),
        deltas: deltas
            .map(|link| (link.serial, series::File::new(&link.uri, &link.hash)))
            .collect(),
        anchor: None,
        objects: BTreeMap::new(),
    })
}

/// Returns what the certificate of a trust anchor says that was fetched by the first https URI of its locator.
fn anchor(answers: &dyn Answers, tal: &str, limit: u64) -> Option<crate::inspect::rpki::Outline> {
    let whole = |url: &str| {
        let (_, answer) = answers.answers(url).next()?;
        let mut octets = Vec::new();
        let mut stream = Stream::open(&answer.body, &file::codings(&answer), limit).ok()?;
        std::io::Read::read_to_end(&mut stream, &mut octets).ok()?;
        Some(octets)
    };
    let locator = whole(tal)?;
    let read = Anchor::of_tal("", &locator, Bytes::new()).ok()?;
    series::anchor(&whole(read.https_uri()?)?)
}

/// Reads the body of an answer as a file of RRDP.
fn read<T>(
    answer: &HttpAnswer,
    url: &str,
    limit: u64,
    read: impl FnOnce(&mut Stream, &Reading<'_>, &mut Tally) -> T,
) -> Result<T, String> {
    let mut stream = Stream::open(&answer.body, &file::codings(answer), limit)
        .map_err(|failure| failure.detail)?;
    let cancel = AtomicBool::new(false);
    let reading = Reading {
        url,
        limits: rrdp::Limits::DEFAULT,
        authorities: &[],
        cancel: &cancel,
    };
    let seen = read(&mut stream, &reading, &mut Tally::new());
    match stream.failure(None) {
        Some(failure) => Err(failure.detail),
        None => Ok(seen),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Documents of a test.
    #[derive(Debug)]
    struct Memory(BTreeMap<Digest, Bytes>);

    impl Documents for Memory {
        fn load(&self, digest: &Digest) -> Option<Bytes> {
            self.0.get(digest).cloned()
        }
    }

    /// Returns an earlier run that was given one statistics file.
    pub(in crate::probe) fn of_statistics(url: &str, octets: &[u8]) -> Arc<EarlierRun> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(octets).unwrap();
        let packed = Bytes::from(packed.finish().unwrap());
        let digest = Digest::of(&packed);
        Arc::new(EarlierRun {
            id: "earlier".to_owned(),
            captures: [(url.to_owned(), Ok(digest.clone()))].into(),
            documents: Arc::new(Memory([(digest, packed)].into())),
        })
    }
}
