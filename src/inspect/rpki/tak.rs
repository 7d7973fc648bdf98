//! Trust anchor keys: reader and rules.
//!
//! Source: RFC 9691, sections 2.2 and 2.3.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::certificate::Key;
use super::der::{IA5_STRING, INTEGER, Item, SEQUENCE, UTF8_STRING};
use super::field_rules::{judge_key, report_flaws};
use super::kind::{Kind, Kinds};
use super::manifest::judge_version;
use super::names::{Shown, is_https, is_rsync};
use super::object::{Area, Content, Flaws, Object, Version};
use super::{Context, Rule, Seen, rule};

const TAKS: Kinds = Kinds::of(&[Kind::Tak]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.tak.form", TAKS, form),
    rule("rpki.tak.version", TAKS, version),
    rule("rpki.tak.uris", TAKS, uris),
    rule("rpki.tak.uri-scheme", TAKS, uri_scheme),
    rule("rpki.tak.key", TAKS, key),
    rule("rpki.tak.current-key", TAKS, current_key),
    rule("rpki.tak.comments", TAKS, comments),
];

/// A TAK's content as far as it could be read.
#[derive(Clone, Debug)]
pub(super) struct Tak<'a> {
    version: Option<Version>,
    /// Current, predecessor and successor key.
    keys: [Option<TaKey<'a>>; 3],
}

/// A key that a trust anchor key object names, with where its certificate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedKey {
    /// URIs of the certificate in the order of the object; those that are no text are left out.
    pub uris: Vec<String>,
    /// The `SubjectPublicKeyInfo`, DER.
    pub info: Vec<u8>,
}

/// The keys that a trust anchor key object names; one that is absent or cannot be read is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedKeys {
    /// The key that signed the object.
    pub current: Option<NamedKey>,
    /// The key that was in use before it.
    pub predecessor: Option<NamedKey>,
    /// The key that is to be used after it.
    pub successor: Option<NamedKey>,
}

impl NamedKeys {
    /// Reads a trust anchor key object, as far as it can be read; nothing is verified.
    pub fn read(octets: &[u8]) -> Self {
        let object = Object::read(Kind::Tak, octets);
        let Some(tak) = tak(&object) else {
            return Self::default();
        };
        let named = |key: &Option<TaKey<'_>>| {
            let key = key.as_ref()?;
            let uris = key.uris.iter().filter_map(Item::text);
            Some(NamedKey {
                uris: uris.map(str::to_owned).collect(),
                info: key.key.as_ref()?.info.whole.to_vec(),
            })
        };
        let [current, predecessor, successor] = &tak.keys;
        Self {
            current: named(current),
            predecessor: named(predecessor),
            successor: named(successor),
        }
    }
}

/// Names of the three keys.
const NAMES: [&str; 3] = ["current", "predecessor", "successor"];

/// A key with where its certificate is.
#[derive(Clone, Debug)]
struct TaKey<'a> {
    at: usize,
    comments: Vec<Item<'a>>,
    uris: Vec<Item<'a>>,
    key: Option<Key<'a>>,
}

impl<'a> Tak<'a> {
    /// Reads the content of a TAK as far as it can be read.
    pub(super) fn read(outer: &Item<'a>, flaws: &mut Flaws<'_>) -> Self {
        let mut reader = outer.reader();
        // The module's version has no tag of its own; some encoders give it `[0]`.
        let version = match reader.take(INTEGER) {
            Some(item) => Some(Version {
                at: item.at,
                number: item.number(),
            }),
            None => Version::take(&mut reader),
        };
        let current = flaws.take(&mut reader, SEQUENCE, ".current");
        let current = current.map(|item| TaKey::read(&item, flaws));
        let mut tagged = |tag: u8, flaws: &mut Flaws<'_>| {
            let outer = reader.take(tag)?;
            let inner = flaws.take(&mut outer.reader(), SEQUENCE, ".predecessor")?;
            Some(TaKey::read(&inner, flaws))
        };
        let keys = [current, tagged(0xA0, flaws), tagged(0xA1, flaws)];
        flaws.end(&reader, "");
        Self { version, keys }
    }

    /// Returns what stands for current, predecessor and successor key: the octets of each
    /// `SubjectPublicKeyInfo`, where it is there.
    pub(super) fn infos(&self) -> [Option<&'a [u8]>; 3] {
        let info = |key: &Option<TaKey<'a>>| Some(key.as_ref()?.key.as_ref()?.info.whole);
        let [current, predecessor, successor] = &self.keys;
        [info(current), info(predecessor), info(successor)]
    }

    /// Iterates over the keys that are there, with their names.
    fn keys(&self) -> impl Iterator<Item = (&'static str, &TaKey<'a>)> {
        let named = NAMES.into_iter().zip(&self.keys);
        named.filter_map(|(name, key)| Some((name, key.as_ref()?)))
    }
}

impl<'a> TaKey<'a> {
    fn read(item: &Item<'a>, flaws: &mut Flaws<'_>) -> Self {
        let mut reader = item.reader();
        let comments = flaws.take(&mut reader, SEQUENCE, ".comments");
        let uris = flaws.take(&mut reader, SEQUENCE, ".certificateURIs");
        let key = flaws.take(&mut reader, SEQUENCE, ".subjectPublicKeyInfo");
        flaws.end(&reader, "");
        let mut list = |item: Option<Item<'a>>, tag: u8, field: &'static str| {
            let mut all = Vec::new();
            if let Some(mut reader) = item.map(|item| item.reader()) {
                while let Some(one) = reader.take(tag) {
                    all.push(one);
                }
                flaws.end(&reader, field);
            }
            all
        };
        Self {
            at: item.at,
            comments: list(comments, UTF8_STRING, ".comments"),
            uris: list(uris, IA5_STRING, ".certificateURIs"),
            key: key.map(Key::read),
        }
    }
}

const fn tak<'a, 'b>(object: &'b Object<'a>) -> Option<&'b Tak<'a>> {
    if let Content::Tak(tak) = &object.content {
        Some(tak)
    } else {
        None
    }
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    report_flaws(object, Area::Content, seen);
    if tak(object).is_some() {
        seen.look();
    }
}

fn version(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    if let Some(tak) = tak(object) {
        judge_version(tak.version, seen);
    }
}

fn uris(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (name, key) in tak(object).into_iter().flat_map(Tak::keys) {
        seen.look();
        if key.uris.is_empty() {
            let field = format_args!("eContent.{name}.certificateURIs");
            seen.find(key.at, field, "no URI");
        }
    }
}

fn uri_scheme(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (name, key) in tak(object).into_iter().flat_map(Tak::keys) {
        for (index, uri) in key.uris.iter().enumerate() {
            seen.look();
            if !uri
                .text()
                .is_some_and(|text| is_rsync(text) || is_https(text))
            {
                let field = format_args!("eContent.{name}.certificateURIs[{index}]");
                let what = format_args!("`{}` is no rsync or https URI", Shown(uri.octets));
                seen.find(uri.at, field, what);
            }
        }
    }
}

fn key(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (name, key) in tak(object).into_iter().flat_map(Tak::keys) {
        if let Some(info) = &key.key {
            let field = format_args!("eContent.{name}.subjectPublicKeyInfo");
            judge_key(info, field, seen);
        }
    }
}

/// The issuer of the object's certificate is the trust anchor with the current key.
fn current_key(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some((_, current)) = tak(object).and_then(|tak| tak.keys().next()) else {
        return;
    };
    let Some((key, octets)) = current.key.and_then(|key| Some((key, key.identified()?))) else {
        return;
    };
    let issuer = object
        .certificate
        .as_ref()
        .and_then(|cert| cert.authority_key?.key);
    let Some(issuer) = issuer else { return };
    seen.look();
    if digest(&SHA1_FOR_LEGACY_USE_ONLY, octets).as_ref() != issuer.octets {
        let what = "not the key that issued the object's certificate";
        seen.find(key.info.at, "eContent.current.subjectPublicKeyInfo", what);
    }
}

fn comments(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (name, key) in tak(object).into_iter().flat_map(Tak::keys) {
        for (index, comment) in key.comments.iter().enumerate() {
            seen.look();
            let is_line = |text: &str| !text.chars().any(char::is_control);
            if !comment.text().is_some_and(is_line) {
                let field = format_args!("eContent.{name}.comments[{index}]");
                seen.find(comment.at, field, "not one line of UTF-8 text");
            }
        }
    }
}
