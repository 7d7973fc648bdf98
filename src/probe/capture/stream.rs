//! A body as a stream without its content codings, however large it is.

use std::fs::File;
use std::io::{self, Cursor, Read};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::fact::{Failure, FailureKind};
use crate::inspect::rrdp::Stopped;
use crate::transport::{Body, Content};

/// Most content codings on one body; one is usual.
const MAX_CODINGS: usize = 4;

/// Octets of a body, decoded, at most so many.
pub struct Stream {
    inner: Box<dyn Read + Send>,
    limit: u64,
    left: u64,
    coded: bool,
    beyond: bool,
    /// What the machine or a decoder said.
    broken: Option<String>,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream(at most {} B)", self.limit)
    }
}

impl Stream {
    /// Opens a body; `codings` are those of Content-Encoding in the order applied, `limit` counts octets after decoding.
    ///
    /// # Errors
    ///
    /// `decoding` for an unknown coding, `not-recorded` if the octets are not at hand, `here` if they cannot be read.
    pub fn open(body: &Body, codings: &[String], limit: u64) -> Result<Self, Failure> {
        let failure = |kind, detail: String| Failure { kind, detail };
        let mut inner: Box<dyn Read + Send> = match &body.content {
            Content::Memory(octets) => Box::new(Cursor::new(octets.clone())),
            Content::File(path) => Box::new(File::open(path).map_err(|error| {
                let detail = format!("reading the spooled body: {error}");
                failure(FailureKind::Here, detail)
            })?),
            Content::Elsewhere if body.bytes == 0 => Box::new(io::empty()),
            Content::Elsewhere => {
                let detail = format!("the body `{}` is not at hand", body.digest);
                return Err(failure(FailureKind::NotRecorded, detail));
            }
        };
        if codings.len() > MAX_CODINGS {
            let detail = format!(
                "{} content codings; expected at most {MAX_CODINGS}",
                codings.len()
            );
            return Err(failure(FailureKind::Decoding, detail));
        }
        for coding in codings.iter().rev() {
            inner = match coding.as_str() {
                "gzip" | "x-gzip" => Box::new(MultiGzDecoder::new(inner)),
                "deflate" => deflate(inner).map_err(|error| {
                    failure(FailureKind::Decoding, format!("decoding the body: {error}"))
                })?,
                other => {
                    let shown = crate::probe::redirect::cut(other);
                    let detail = format!(
                        "content coding `{shown}` is unknown; expected gzip, deflate or identity"
                    );
                    return Err(failure(FailureKind::Decoding, detail));
                }
            };
        }
        Ok(Self {
            inner,
            limit,
            left: limit,
            coded: !codings.is_empty(),
            beyond: false,
            broken: None,
        })
    }

    /// Returns why the stream was not read to its end; `None` if it was, whatever is wrong with the document.
    pub fn failure(&self, stopped: Option<&Stopped>) -> Option<Failure> {
        let (kind, detail) = if self.beyond {
            let detail = format!("the file is larger than {} B", self.limit);
            (FailureKind::DecodedLimit, detail)
        } else if let Some(said) = &self.broken {
            let kind = if self.coded {
                FailureKind::Decoding
            } else {
                FailureKind::Here
            };
            (kind, format!("reading the body: {said}"))
        } else {
            let ours = stopped.filter(|stopped| !stopped.is_of_the_file())?;
            (FailureKind::Here, ours.to_string())
        };
        Some(Failure { kind, detail })
    }
}

/// Removes deflate, with the header of zlib or without, as some servers send it.
///
/// Source: RFC 1950, section 2.2; RFC 9110, section 8.4.1.2.
fn deflate(mut inner: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut first = Vec::with_capacity(2);
    (&mut inner).take(2).read_to_end(&mut first)?;
    let zlib = match first.as_slice() {
        [cmf, flags] => cmf & 0x0f == 8 && (u16::from(*cmf) * 256 + u16::from(*flags)) % 31 == 0,
        _ => false,
    };
    let whole = Cursor::new(first).chain(inner);
    Ok(if zlib {
        Box::new(ZlibDecoder::new(whole))
    } else {
        Box::new(DeflateDecoder::new(whole))
    })
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = match self.inner.read(buffer) {
            Ok(length) => length,
            Err(error) => {
                if error.kind() != io::ErrorKind::Interrupted {
                    self.broken = Some(error.to_string());
                }
                return Err(error);
            }
        };
        let Some(left) = self
            .left
            .checked_sub(u64::try_from(length).unwrap_or(u64::MAX))
        else {
            self.beyond = true;
            return Err(io::Error::other("more than is read"));
        };
        self.left = left;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;
    use crate::probe::scripted::body;

    fn read(octets: &[u8], coding: &str, limit: u64) -> Result<Vec<u8>, FailureKind> {
        let codings: Vec<String> = coding
            .split(' ')
            .filter(|c| !c.is_empty())
            .map(str::to_owned)
            .collect();
        let mut stream = Stream::open(&body(octets), &codings, limit).map_err(|f| f.kind)?;
        let mut all = Vec::new();
        match stream.read_to_end(&mut all) {
            Ok(_) => Ok(all),
            Err(_) => Err(stream.failure(None).unwrap().kind),
        }
    }

    #[test]
    fn codings_are_removed_and_bombs_end_at_the_limit() {
        let plain = vec![b'x'; 100_000];
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&plain).unwrap();
        let gzip = gzip.finish().unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&plain).unwrap();
        let zlib = zlib.finish().unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(&plain).unwrap();
        let raw = raw.finish().unwrap();
        for (octets, coding) in [
            (&plain, ""),
            (&gzip, "gzip"),
            (&zlib, "deflate"),
            (&raw, "deflate"),
        ] {
            assert_eq!(read(octets, coding, 100_000), Ok(plain.clone()), "{coding}");
            assert_eq!(read(octets, coding, 99_999), Err(FailureKind::DecodedLimit));
        }
        assert_eq!(
            read(&gzip[..gzip.len() - 9], "gzip", 100_000),
            Err(FailureKind::Decoding)
        );
        assert_eq!(read(b"x", "br", 100), Err(FailureKind::Decoding));
        assert_eq!(
            read(b"", "gzip gzip gzip gzip gzip", 100),
            Err(FailureKind::Decoding)
        );
    }
}
