//! Distinguished names, URIs and file names.

use std::fmt;

use super::der::{Item, OID, PRINTABLE_STRING, SEQUENCE, SET, UTF8_STRING};
use super::oid;

/// What is wrong with a distinguished name: the offset and what to say.
pub(super) type Wrong = (usize, String);

/// Says what is wrong with an issuer's or subject's name.
///
/// It has one common name, a `PrintableString`, and at most one serial number.
/// `utf8` allows a common name in UTF-8, as router certificates may have.
///
/// Source: RFC 6487, sections 4.4 and 4.5; RFC 8209, section 3.1.1.
pub(super) fn wrong_name(name: &Item<'_>, utf8: bool) -> Option<Wrong> {
    let (mut common, mut serial) = (0, 0);
    let mut reader = name.reader();
    while let Some(set) = reader.take(SET) {
        let mut parts = set.reader();
        while let Some(part) = parts.take(SEQUENCE) {
            let mut fields = part.reader();
            let (Some(kind), Some(value)) = (fields.take(OID), fields.next()) else {
                return Some((part.at, "an attribute without type or value".to_owned()));
            };
            match kind.octets {
                oid::COMMON_NAME => {
                    common += 1;
                    let is_allowed =
                        value.tag == PRINTABLE_STRING || utf8 && value.tag == UTF8_STRING;
                    if !is_allowed {
                        return Some((
                            value.at,
                            "the common name is no PrintableString".to_owned(),
                        ));
                    }
                }
                oid::SERIAL_NUMBER => serial += 1,
                other => {
                    let what = format!(
                        "an attribute `{}`; only a common name and a serial number are allowed",
                        oid::Shown(other)
                    );
                    return Some((part.at, what));
                }
            }
            if value.tag == PRINTABLE_STRING && !value.octets.iter().copied().all(is_printable) {
                let what = "a character that a PrintableString does not have".to_owned();
                return Some((value.at, what));
            }
        }
        if !parts.is_empty() {
            return Some((set.at, "a set of something else than attributes".to_owned()));
        }
    }
    if !reader.is_empty() {
        return Some((name.at, "not a sequence of sets".to_owned()));
    }
    let what = match (common, serial) {
        (1, 0 | 1) => return None,
        (0, _) => "no common name".to_owned(),
        (1, _) => format!("{serial} serial numbers, at most one is allowed"),
        _ => format!("{common} common names, exactly one is allowed"),
    };
    Some((name.at, what))
}

/// Returns the text of the first attribute of a type in a name.
pub(super) fn attribute<'a>(name: &Item<'a>, oid: &[u8]) -> Option<(usize, &'a str)> {
    let mut reader = name.reader();
    while let Some(set) = reader.take(SET) {
        let mut parts = set.reader();
        while let Some(part) = parts.take(SEQUENCE) {
            let mut fields = part.reader();
            let kind = fields.take(OID)?;
            let value = fields.next()?;
            if kind.octets == oid {
                return Some((value.at, value.text()?));
            }
        }
    }
    None
}

const fn is_printable(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?'
        )
}

/// Says whether a text is an rsync URI with host, module and, within it, a path without `.` and `..`.
///
/// Source: RFC 5781, section 2.
pub(super) fn is_rsync(uri: &str) -> bool {
    is_of("rsync://", uri, 2)
}

/// Says whether a text is an HTTPS URI with a host.
pub(super) fn is_https(uri: &str) -> bool {
    is_of("https://", uri, 0)
}

fn is_of(scheme: &str, uri: &str, segments: usize) -> bool {
    let Some((start, rest)) = uri.split_at_checked(scheme.len()) else {
        return false;
    };
    let mut parts = rest.split('/');
    let host = parts.next().unwrap_or_default();
    let mut path = parts.clone().filter(|part| !part.is_empty());
    start.eq_ignore_ascii_case(scheme)
        && !host.is_empty()
        && rest.bytes().all(|octet| octet.is_ascii_graphic())
        && path.clone().count() >= segments.min(1)
        && !path.any(|part| matches!(part, "." | ".."))
}

/// Returns the part of a URI after its last `/`.
pub(super) fn last_segment(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or_default()
}

/// Says whether a file name is one that a manifest may list: some characters, a dot, three letters.
///
/// Source: RFC 9286, section 4.2.2.
pub(super) fn is_file_name(name: &str) -> bool {
    let Some((stem, extension)) = name.split_once('.') else {
        return false;
    };
    !stem.is_empty()
        && stem
            .bytes()
            .all(|o| o.is_ascii_alphanumeric() || matches!(o, b'-' | b'_'))
        && extension.len() == 3
        && extension.bytes().all(|octet| octet.is_ascii_alphabetic())
}

/// Most characters of hostile text that are shown.
const MAX_SHOWN: usize = 120;

/// Text out of an object in a message: cut, and without control characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for octet in self.0.iter().take(MAX_SHOWN) {
            if octet.is_ascii_graphic() || *octet == b' ' {
                write!(f, "{}", char::from(*octet))?;
            } else {
                write!(f, "\\x{octet:02x}")?;
            }
        }
        if self.0.len() > MAX_SHOWN {
            f.write_str("…")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_told_apart() {
        for good in ["rsync://h/m/a.cer", "RSYNC://h/m/", "rsync://h/m/d/"] {
            assert!(is_rsync(good), "{good}");
        }
        for bad in [
            "rsync:///m/a",
            "rsync://h",
            "rsync://h/",
            "https://h/m/a",
            "rsync://h/m/../a",
            "rsync://h/m/a b",
            "",
        ] {
            assert!(!is_rsync(bad), "{bad}");
        }
        assert!(
            is_https("https://h/n.xml") && !is_https("http://h/n.xml") && !is_https("https:///")
        );
    }

    #[test]
    fn file_names_of_manifests_are_told_apart() {
        for good in ["a.roa", "vixxBTS_TVXQ-2pmGOT7.cer"] {
            assert!(is_file_name(good), "{good}");
        }
        for bad in [
            "a", ".roa", "a.b.roa", "a/b.roa", "a.roaa", "a.ro", "ü.roa", "a b.roa", "a.r0a",
        ] {
            assert!(!is_file_name(bad), "{bad}");
        }
    }

    #[test]
    fn hostile_text_is_shown_without_control_characters() {
        assert_eq!(Shown(b"a\n\xFFb").to_string(), "a\\x0a\\xffb");
        assert_eq!(
            Shown(&[b'x'; 500]).to_string().chars().count(),
            MAX_SHOWN + 1
        );
    }
}
