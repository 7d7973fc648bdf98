//! Trust anchor locators: reader and rules.
//!
//! Source: RFC 8630, sections 2.2 and 2.3; RFC 7935, section 3.

use data_encoding::{BASE64, Specification};

use super::certificate::Key;
use super::der::{Reader, SEQUENCE, scan};
use super::field_rules::judge_key;
use super::kind::{Kind, Kinds};
use super::names::{Shown, is_https, is_rsync};
use super::object::{Content, Object};
use super::{Context, Rule, Seen, oid, rule};

const TALS: Kinds = Kinds::of(&[Kind::Tal]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.tal.form", TALS, form),
    rule("rpki.tal.comment", TALS, comment),
    rule("rpki.tal.uri-scheme", TALS, uri_scheme),
    rule("rpki.tal.uri-object", TALS, uri_object),
    rule("rpki.tal.uri-extension", TALS, uri_extension),
    rule("rpki.tal.uri-both", TALS, uri_both),
    rule("rpki.tal.key", TALS, key),
    rule("rpki.tal.key-algorithm", TALS, key_algorithm),
];

/// Longest text that is read as a locator, in octets; real ones have less than 1,000.
const MAX_OCTETS: usize = 64 * 1024;

/// A trust anchor locator as far as it could be read.
#[derive(Clone, Debug)]
pub struct Locator<'a> {
    /// What is wrong with its form: offset and what to say.
    wrong: Vec<(usize, &'static str)>,
    comments: Vec<(usize, &'a [u8])>,
    uris: Vec<(usize, &'a [u8])>,
    /// Offset and octets of the key.
    key: Option<(usize, Vec<u8>)>,
}

impl<'a> Locator<'a> {
    /// Reads a locator: comments, URIs, an empty line, a key in Base64. Never fails: see [`Locator::error`].
    pub fn read(octets: &'a [u8]) -> Self {
        let mut tal = Self {
            wrong: Vec::new(),
            comments: Vec::new(),
            uris: Vec::new(),
            key: None,
        };
        if octets.len() > MAX_OCTETS {
            tal.wrong.push((0, "longer than 64 KiB"));
            return tal;
        }
        let mut at = 0;
        let mut lines = octets.split_inclusive(|octet| *octet == b'\n');
        loop {
            let Some(line) = lines.next() else {
                tal.wrong.push((at, "no empty line before the key"));
                return tal;
            };
            let start = at;
            at += line.len();
            let text = without_end(line);
            if text.is_empty() {
                break;
            } else if text.starts_with(b"#") {
                if !tal.uris.is_empty() {
                    tal.wrong.push((start, "a comment after a URI"));
                }
                tal.comments.push((start, text));
            } else {
                tal.uris.push((start, text));
            }
        }
        if tal.uris.is_empty() {
            tal.wrong.push((0, "no URI"));
        }
        tal.read_key(at, octets.get(at..).unwrap_or_default());
        tal
    }

    /// Returns the first thing that is wrong with its form; `None` if nothing is.
    pub fn error(&self) -> Option<&'static str> {
        let is_uri =
            |uri: &[u8]| std::str::from_utf8(uri).is_ok_and(|uri| is_rsync(uri) || is_https(uri));
        let mut uris = self.uris.iter();
        let strange = uris.any(|(_, uri)| !is_uri(uri));
        let form = self.wrong.first().map(|(_, what)| *what);
        form.or(strange.then_some("a URI that is neither https nor rsync"))
    }

    /// Returns the number of its comment lines.
    pub fn comments(&self) -> usize {
        self.comments.len()
    }

    /// Iterates over its URIs in order; what is no UTF-8 is left out.
    pub fn uris(&self) -> impl Iterator<Item = &'a str> {
        let all = self.uris.iter();
        all.filter_map(|(_, uri)| std::str::from_utf8(uri).ok())
    }

    /// Returns its key, a DER `SubjectPublicKeyInfo` if it is one; `None` if there is no Base64.
    pub fn key(&self) -> Option<&[u8]> {
        let (_, key) = self.key.as_ref()?;
        Some(key)
    }

    fn read_key(&mut self, at: usize, text: &[u8]) {
        let mut lenient = Specification::new();
        lenient
            .symbols
            .push_str(BASE64.specification().symbols.as_str());
        lenient.padding = Some('=');
        lenient.ignore.push_str("\r\n");
        let key = lenient
            .encoding()
            .ok()
            .and_then(|encoding| encoding.decode(text).ok());
        match key {
            Some(key) if !key.is_empty() => self.key = Some((at, key)),
            Some(_) => self.wrong.push((at, "no key")),
            None => self.wrong.push((at, "the key is not Base64")),
        }
    }
}

/// Cuts CR LF or LF.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

const fn tal<'a, 'b>(object: &'b Object<'a>) -> Option<&'b Locator<'a>> {
    if let Content::Tal(tal) = &object.content {
        Some(tal)
    } else {
        None
    }
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(tal) = tal(object) else { return };
    seen.look();
    for (at, what) in &tal.wrong {
        seen.find(*at, "", what);
    }
}

fn comment(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, (at, text)) in tal(object)
        .into_iter()
        .flat_map(|t| t.comments.iter().enumerate())
    {
        seen.look();
        let is_text = |text: &str| !text.chars().any(|c| c.is_control() && c != '\t');
        if !std::str::from_utf8(text).is_ok_and(is_text) {
            seen.find(
                *at,
                format_args!("comment[{index}]"),
                "not a line of UTF-8 text",
            );
        }
    }
}

/// Iterates over the URIs with their places.
fn uris<'b, 'a>(object: &'b Object<'a>) -> impl Iterator<Item = (usize, usize, &'a [u8])> {
    let all = tal(object)
        .into_iter()
        .flat_map(|tal| tal.uris.iter().enumerate());
    all.map(|(index, (at, uri))| (index, *at, *uri))
}

fn uri_scheme(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, at, uri) in uris(object) {
        seen.look();
        if !std::str::from_utf8(uri).is_ok_and(|text| is_rsync(text) || is_https(text)) {
            let what = format_args!("`{}` is no rsync or https URI", Shown(uri));
            seen.find(at, format_args!("uri[{index}]"), what);
        }
    }
}

fn uri_object(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, at, uri) in uris(object) {
        seen.look();
        let path = uri
            .windows(3)
            .position(|three| three == b"://")
            .and_then(|start| {
                let rest = uri.get(start + 3..)?;
                let slash = rest.iter().position(|octet| *octet == b'/')?;
                rest.get(slash + 1..)
            });
        if path.is_none_or(<[u8]>::is_empty) || uri.ends_with(b"/") {
            let what = format_args!("`{}` names a directory, not an object", Shown(uri));
            seen.find(at, format_args!("uri[{index}]"), what);
        }
    }
}

fn uri_extension(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, at, uri) in uris(object) {
        seen.look();
        if !uri.ends_with(b".cer") {
            let what = format_args!("`{}` does not end with `.cer`", Shown(uri));
            seen.find(at, format_args!("uri[{index}]"), what);
        }
    }
}

fn uri_both(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let has = |scheme: &[u8]| {
        let starts = |uri: &[u8]| {
            let start = uri.get(..scheme.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        uris(object).any(|(_, _, uri)| starts(uri))
    };
    if uris(object).next().is_none() {
        return;
    }
    seen.look();
    for (scheme, what) in [("https://", "no https URI"), ("rsync://", "no rsync URI")] {
        if !has(scheme.as_bytes()) {
            seen.find(0, "uri", what);
        }
    }
}

/// Gives the key of a locator to `judge`, or `None` if it cannot be read.
fn with_key(object: &Object<'_>, judge: impl FnOnce(usize, Option<Key<'_>>)) {
    if let Some((at, octets)) = tal(object).and_then(|tal| tal.key.as_ref()) {
        let mut reader = Reader::new(octets, 0);
        let info = reader.take(SEQUENCE).filter(|_| reader.is_empty());
        judge(*at, info.map(Key::read));
    }
}

fn key(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    with_key(object, |at, key| {
        seen.look();
        let Some(key) = key else {
            return seen.find(at, "subjectPublicKeyInfo", "no subjectPublicKeyInfo");
        };
        let mut irregular = Vec::new();
        scan(key.info.whole, 0, &mut irregular);
        for one in irregular {
            seen.find(at, "subjectPublicKeyInfo", one.what);
        }
        judge_key_at(at, &key, seen);
    });
}

/// Judges the key; offsets inside Base64 say nothing, so the whole key is the place.
fn judge_key_at(at: usize, key: &Key<'_>, seen: &mut Seen<'_>) {
    let field = format_args!("subjectPublicKeyInfo[{at}]");
    judge_key(key, field, seen);
}

fn key_algorithm(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    with_key(object, |at, key| {
        let Some(algorithm) = key.and_then(|key| key.algorithm) else {
            return;
        };
        seen.look();
        let field = "subjectPublicKeyInfo.algorithm";
        if algorithm.oid != oid::RSA_ENCRYPTION {
            let what = format_args!("`{}`, not rsaEncryption", oid::Shown(algorithm.oid));
            seen.find(at, field, what);
        } else if !algorithm.has_null() {
            seen.find(at, field, "parameters other than NULL");
        }
    });
}
