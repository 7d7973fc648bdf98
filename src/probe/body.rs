//! Bodies of HTTP answers: off the disk, out of their codings, into text and JSON.

use std::fs::File;
use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use serde_json::Value;

use super::Limits;
use crate::fact::{Digest, Failure, FailureKind};
use crate::inspect::json::{self, JsonError};
use crate::transport::{Body, Content};

/// Longest text that is kept as a fact, in octets; the vocabulary says so.
const TEXT_BYTES: usize = 64 * 1024;

/// Most content codings on one body. One is usual; each is a pass over the body.
const MAX_CODINGS: usize = 4;

/// Bodies up to this size without coding are read where they are, larger or coded ones on a thread of their own.
pub(super) const SMALL_BYTES: u64 = 256 * 1024;

/// A body that was read.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Octets after decoding.
    pub(super) octets: Bytes,
    /// Their digest; `None` for no body.
    pub(super) digest: Option<Digest>,
    /// Whether they are another body than the one on the wire.
    pub(super) decoded: bool,
    /// Whether they are UTF-8.
    pub(super) utf8: bool,
    /// Whether they begin with a byte order mark.
    pub(super) bom: bool,
    /// The JSON in them.
    pub(super) json: Parsed,
}

/// What a body is as JSON.
#[derive(Debug, Default)]
pub(super) enum Parsed {
    /// There is no body.
    #[default]
    Nothing,
    /// It is JSON; the octets that are the document, byte order mark left out, and their digest.
    Json(Bytes, Digest, Value),
    /// It is not, for this reason.
    Not(String),
}

impl Document {
    /// Returns the text, its first 64 KiB; `None` for no body or if it is not UTF-8.
    pub(super) fn text(&self) -> Option<&str> {
        if self.octets.is_empty() || !self.utf8 {
            return None;
        }
        let cut = self.octets.get(..TEXT_BYTES).unwrap_or(&self.octets);
        match std::str::from_utf8(cut) {
            Ok(text) => Some(text),
            // The cut went through a character.
            Err(error) => cut
                .get(..error.valid_up_to())
                .and_then(|octets| std::str::from_utf8(octets).ok()),
        }
    }
}

/// Reads a body: the codings are those of Content-Encoding, in the order applied.
///
/// # Errors
///
/// `decoding` for an unknown or broken coding, `decoded-limit` and `depth-limit` for
/// what is beyond the limits, `not-recorded` if the octets are not at hand.
pub(super) fn read(body: &Body, codings: &[String], limits: Limits) -> Result<Document, Failure> {
    let wire = octets(body)?;
    if wire.is_empty() {
        return Ok(Document {
            utf8: true,
            ..Document::default()
        });
    }
    let (octets, decoded) = decode(&wire, codings, limits.decoded_bytes)?;
    let digest = if decoded {
        Digest::of(&octets)
    } else {
        body.digest.clone()
    };
    let utf8 = std::str::from_utf8(&octets).is_ok();
    let bom = octets.starts_with(BOM);
    let json = parse(&octets, &digest, bom, limits.depth)?;
    Ok(Document {
        octets,
        digest: Some(digest),
        decoded,
        utf8,
        bom,
        json,
    })
}

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Returns the octets on the wire.
pub(super) fn octets(body: &Body) -> Result<Bytes, Failure> {
    if body.bytes == 0 {
        return Ok(Bytes::new());
    }
    match &body.content {
        Content::Memory(bytes) => Ok(bytes.clone()),
        Content::File(path) => {
            let mut octets = Vec::new();
            File::open(path)
                .and_then(|file| file.take(body.bytes).read_to_end(&mut octets))
                .map_err(|error| Failure {
                    kind: FailureKind::Here,
                    detail: format!("reading the spooled body: {error}"),
                })?;
            Ok(Bytes::from(octets))
        }
        Content::Elsewhere => Err(Failure {
            kind: FailureKind::NotRecorded,
            detail: format!("the body `{}` is not at hand", body.digest),
        }),
    }
}

/// Splits the values of Content-Encoding into codings; `identity` is left out.
pub(super) fn codings<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    values
        .flat_map(|value| value.split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect()
}

/// Removes the codings, the last applied first; also says whether there was any.
fn decode(wire: &Bytes, codings: &[String], limit: u64) -> Result<(Bytes, bool), Failure> {
    let failure = |kind, detail| Failure { kind, detail };
    if codings.len() > MAX_CODINGS {
        let detail = format!(
            "{} content codings; expected at most {MAX_CODINGS}",
            codings.len()
        );
        return Err(failure(FailureKind::Decoding, detail));
    }
    let mut octets = wire.clone();
    for coding in codings.iter().rev() {
        let decoded = match coding.as_str() {
            "gzip" | "x-gzip" => inflate(|| MultiGzDecoder::new(octets.as_ref()), limit),
            "deflate" if is_zlib(&octets) => inflate(|| ZlibDecoder::new(octets.as_ref()), limit),
            "deflate" => inflate(|| DeflateDecoder::new(octets.as_ref()), limit),
            other => {
                let shown = super::redirect::cut(other);
                let detail = format!(
                    "content coding `{shown}` is unknown; expected gzip, deflate or identity"
                );
                return Err(failure(FailureKind::Decoding, detail));
            }
        };
        let decoded = decoded.map_err(|error| {
            let detail = format!("decoding the body as {coding}: {error}");
            failure(FailureKind::Decoding, detail)
        })?;
        octets = decoded.ok_or_else(|| {
            let detail = format!("the body is larger than {limit} B after decoding {coding}");
            failure(FailureKind::DecodedLimit, detail)
        })?;
    }
    let beyond = u64::try_from(octets.len()).is_ok_and(|bytes| bytes > limit);
    if beyond {
        let detail = format!("the body is larger than {limit} B");
        return Err(failure(FailureKind::DecodedLimit, detail));
    }
    Ok((octets, !codings.is_empty()))
}

/// Says whether octets begin with a zlib header; some servers send deflate without it.
///
/// Source: RFC 1950, section 2.2; RFC 9110, section 8.4.1.2.
fn is_zlib(octets: &[u8]) -> bool {
    match octets {
        [cmf, flags, ..] => {
            cmf & 0x0f == 8 && (u16::from(*cmf) * 256 + u16::from(*flags)) % 31 == 0
        }
        _ => false,
    }
}

/// Reads to the end; `None` if there is more than the limit.
///
/// What comes is counted first and held after: a bomb costs time within the limit, and no memory.
fn inflate<R: Read>(decoder: impl Fn() -> R, limit: u64) -> io::Result<Option<Bytes>> {
    let mut counted = decoder().take(limit.saturating_add(1));
    let length = io::copy(&mut counted, &mut io::sink())?;
    if length > limit {
        return Ok(None);
    }
    let mut octets = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    decoder().take(length).read_to_end(&mut octets)?;
    Ok(Some(Bytes::from(octets)))
}

/// Reads JSON; a byte order mark is passed by (RFC 8259, section 8.1), the fact `body.bom` tells of it.
fn parse(octets: &Bytes, digest: &Digest, bom: bool, depth: u64) -> Result<Parsed, Failure> {
    let (octets, digest) = if bom {
        let rest = octets.slice(BOM.len()..);
        let digest = Digest::of(&rest);
        (rest, digest)
    } else {
        (octets.clone(), digest.clone())
    };
    // Brackets in a page or a script are no nesting: what begins otherwise is not JSON.
    let begins = octets.iter().find(|octet| !octet.is_ascii_whitespace());
    let nests = matches!(begins, Some(b'{' | b'['));
    let depth = if nests { depth } else { u64::MAX };
    match json::parse(&octets, usize::try_from(depth).unwrap_or(usize::MAX)) {
        Ok(value) => Ok(Parsed::Json(octets, digest, value)),
        Err(error @ JsonError::Depth { .. }) if nests => Err(Failure {
            kind: FailureKind::DepthLimit,
            detail: format!("the document: {error}"),
        }),
        Err(JsonError::Depth { .. }) => Ok(Parsed::Not("expected value".to_owned())),
        Err(error @ JsonError::Syntax { .. }) => Ok(Parsed::Not(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const LIMITS: Limits = Limits {
        body_bytes: 1 << 20,
        decoded_bytes: 100_000,
        capture_bytes: 100_000,
        depth: 8,
        redirects: 4,
        public_only: false,
    };

    fn body(octets: &[u8]) -> Body {
        Body {
            digest: Digest::of(octets),
            bytes: octets.len() as u64,
            content: Content::Memory(Bytes::copy_from_slice(octets)),
        }
    }

    fn gzip(octets: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(octets).unwrap();
        encoder.finish().unwrap()
    }

    fn read_coded(octets: &[u8], coding: &str) -> Result<Document, FailureKind> {
        read(&body(octets), &codings([coding].into_iter()), LIMITS).map_err(|f| f.kind)
    }

    #[test]
    fn codings_are_removed_in_reverse_order() {
        let plain = br#"{"a":1}"#;
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(plain).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(plain).unwrap();
        for (octets, coding) in [
            (plain.to_vec(), ""),
            (plain.to_vec(), "identity"),
            (gzip(plain), "GZIP"),
            (gzip(&gzip(plain)), "gzip, x-gzip"),
            (zlib.finish().unwrap(), "deflate"),
            (raw.finish().unwrap(), "deflate"),
        ] {
            let document = read_coded(&octets, coding).unwrap();
            assert_eq!(document.octets.as_ref(), plain, "{coding}");
            assert_eq!(document.digest, Some(Digest::of(plain)), "{coding}");
            assert!(matches!(document.json, Parsed::Json(..)), "{coding}");
        }
    }

    #[test]
    fn codings_that_cannot_be_removed_are_failures() {
        let bomb = gzip(&vec![b' '; 10_000_000]);
        let whole = gzip(b"{}");
        for (octets, coding, expected) in [
            (bomb.as_slice(), "gzip", FailureKind::DecodedLimit),
            (&[b' '; 100_001], "", FailureKind::DecodedLimit),
            (b"{}", "gzip", FailureKind::Decoding),
            (b"{}", "br", FailureKind::Decoding),
            (&whole[..whole.len() - 6], "gzip", FailureKind::Decoding),
            (&whole, "gzip,gzip,gzip,gzip,gzip", FailureKind::Decoding),
            (b"\xff\xff\xff", "deflate", FailureKind::Decoding),
        ] {
            assert_eq!(
                read_coded(octets, coding).unwrap_err(),
                expected,
                "{coding}"
            );
        }
    }

    #[test]
    fn depth_is_limited_before_anything_is_built() {
        let nested = |n| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(read_coded(nested(8).as_bytes(), "").is_ok());
        let kind = read_coded(nested(9).as_bytes(), "").unwrap_err();
        assert_eq!(kind, FailureKind::DepthLimit);
        let kind = read_coded("[".repeat(100_000).as_bytes(), "").unwrap_err();
        assert_eq!(kind, FailureKind::DepthLimit);
        let text = format!(r#"["\"{}"]"#, "[".repeat(50));
        assert!(read_coded(text.as_bytes(), "").is_ok());
        assert!(read_coded(b"<p>[[[[[[[[[[[[[[[[", "").is_ok());
    }

    #[test]
    fn what_is_not_json_says_where() {
        let Parsed::Not(why) = read_coded(b"{\n  \"a\": ,\n}", "").unwrap().json else {
            panic!("parsed")
        };
        assert!(why.starts_with("line 2, column 8:"), "{why}");
        let document = read_coded(b"", "").unwrap();
        assert!(matches!(document.json, Parsed::Nothing) && document.text().is_none());
    }

    #[test]
    fn a_byte_order_mark_is_told_and_passed_by() {
        let document = read_coded(b"\xef\xbb\xbf{}", "").unwrap();
        assert!(document.bom && document.utf8);
        let Parsed::Json(octets, digest, _) = document.json else {
            panic!("not parsed")
        };
        assert_eq!((octets.as_ref(), digest), (&b"{}"[..], Digest::of(b"{}")));
    }

    #[test]
    fn text_is_cut_between_characters() {
        let text = format!("x{}", "é".repeat(40_000));
        let document = read_coded(text.as_bytes(), "").unwrap();
        assert_eq!(document.text().unwrap().len(), TEXT_BYTES - 1);
        assert!(read_coded(b"a\xff", "").unwrap().text().is_none());
    }

    #[test]
    fn a_spooled_body_is_read_from_its_file() {
        let path = std::env::temp_dir().join(format!("quintet-body-{}", std::process::id()));
        std::fs::write(&path, b"{}").unwrap();
        let mut spooled = body(b"{}");
        spooled.content = Content::File(path.clone());
        let document = read(&spooled, &[], LIMITS).unwrap();
        assert_eq!(document.octets.as_ref(), b"{}");
        spooled.content = Content::Elsewhere;
        let failure = read(&spooled, &[], LIMITS).unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotRecorded);
        std::fs::remove_file(path).unwrap();
    }
}
