//! Consensus objects of trust anchors: reader and rules.
//!
//! The draft has no object identifier for them yet, so no rule looks at that: whoever asks
//! compares [`Consensus::content_type`] with what the registries agreed on. Its list of other
//! trust anchors cannot be left out and must not be empty, which a first consensus cannot
//! fulfill; an empty one is taken here.
//!
//! Source: draft-nro-sidrops-ta-constraints-00, "Resource Distribution Consensus (RDC) Objects".

use super::der::{IA5_STRING, Item, SEQUENCE};
use super::field_rules::report_flaws;
use super::kind::{Kind, Kinds};
use super::names::{Shown, is_https};
use super::object::{Area, Content, Flaws, Object};
use super::{Context, Rule, Seen, oid, rule};

const CONSENSUSES: Kinds = Kinds::of(&[Kind::Consensus]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.rdc.form", CONSENSUSES, form),
    rule("rpki.rdc.order", CONSENSUSES, order),
    rule("rpki.rdc.place", CONSENSUSES, place),
];

/// What a consensus object says; what cannot be read of it is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consensus {
    /// The type of its content, as dotted numbers.
    pub content_type: String,
    /// The trust anchors that agree, in the order of the object.
    pub participants: Vec<Participant>,
    /// Trust anchors that those constrain without their consent.
    pub others: Vec<Participant>,
    /// The `SubjectPublicKeyInfo` of who signs states and events, DER; empty for none.
    pub key: Vec<u8>,
    /// The URL that the names of files are put behind.
    pub base: String,
    /// The name of the certificate of who signs states and events.
    pub certificate: String,
    /// The name of the current state of the distribution.
    pub state: String,
}

/// A trust anchor in a consensus object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participant {
    /// Its name.
    pub name: String,
    /// Its keys, as `SubjectPublicKeyInfo` in DER.
    pub keys: Vec<Vec<u8>>,
}

impl Consensus {
    /// Reads a consensus object, as far as it can be read; nothing is verified.
    pub fn read(octets: &[u8]) -> Self {
        let object = Object::read(Kind::Consensus, octets);
        let signed = object.signed.as_ref();
        let content_type = signed.and_then(|signed| signed.content_type);
        let content_type = content_type.map(|item| oid::dotted(item.octets));
        let mut read = Self {
            content_type: content_type.unwrap_or_default(),
            ..Self::default()
        };
        let Some(agreed) = agreed(&object) else {
            return read;
        };
        let text = |item: &Option<Item<'_>>| {
            let text = item.as_ref().and_then(Item::text);
            text.unwrap_or_default().to_owned()
        };
        let [first, second] = &agreed.details;
        let of = |all: &[Detail<'_>]| {
            let all = all.iter().map(|detail| Participant {
                name: text(&detail.name),
                keys: detail.keys.iter().map(|key| key.whole.to_vec()).collect(),
            });
            all.collect()
        };
        (read.participants, read.others) = (of(first), of(second));
        read.key = agreed.key.map(|key| key.whole.to_vec()).unwrap_or_default();
        let [base, certificate, state] = &agreed.places;
        (read.base, read.certificate, read.state) = (text(base), text(certificate), text(state));
        read
    }
}

/// A consensus object's content as far as it could be read.
#[derive(Clone, Debug)]
pub(super) struct Agreed<'a> {
    /// Participants, and others.
    details: [Vec<Detail<'a>>; 2],
    key: Option<Item<'a>>,
    /// Base URL, name of the certificate, name of the state.
    places: [Option<Item<'a>>; 3],
}

/// A trust anchor as it was read.
#[derive(Clone, Debug)]
struct Detail<'a> {
    at: usize,
    name: Option<Item<'a>>,
    keys: Vec<Item<'a>>,
}

/// Names of the two lists.
const LISTS: [&str; 2] = [".taDetails", ".otherTaDetails"];

/// Names of the three places.
const PLACES: [&str; 3] = [".uriRdrBase", ".bpkiTaFilename", ".rdsFilename"];

impl<'a> Agreed<'a> {
    /// Reads the content of a consensus object as far as it can be read.
    pub(super) fn read(outer: &Item<'a>, flaws: &mut Flaws<'_>) -> Self {
        let mut reader = outer.reader();
        let details = LISTS.map(|field| {
            let list = flaws.take(&mut reader, SEQUENCE, field);
            list.map(|list| Detail::read_all(&list, field, flaws))
                .unwrap_or_default()
        });
        let key = flaws.take(&mut reader, SEQUENCE, ".bpkiTaKey");
        let places = PLACES.map(|field| flaws.take(&mut reader, IA5_STRING, field));
        flaws.end(&reader, "");
        Self {
            details,
            key,
            places,
        }
    }
}

impl<'a> Detail<'a> {
    fn read_all(list: &Item<'a>, field: &'static str, flaws: &mut Flaws<'_>) -> Vec<Self> {
        let mut all = Vec::new();
        let mut reader = list.reader();
        while let Some(item) = reader.take(SEQUENCE) {
            let mut inner = item.reader();
            let name = flaws.take(&mut inner, IA5_STRING, field);
            let keys = flaws.take(&mut inner, SEQUENCE, field);
            flaws.end(&inner, field);
            let mut detail = Self {
                at: item.at,
                name,
                keys: Vec::with_capacity(1),
            };
            if let Some(keys) = keys {
                let mut inner = keys.reader();
                while let Some(key) = inner.take(SEQUENCE) {
                    detail.keys.push(key);
                }
                flaws.end(&inner, field);
                if detail.keys.is_empty() {
                    flaws.add(keys.at, field, "a trust anchor without keys");
                }
            }
            all.push(detail);
        }
        flaws.end(&reader, field);
        all
    }
}

const fn agreed<'a, 'b>(object: &'b Object<'a>) -> Option<&'b Agreed<'a>> {
    if let Content::Consensus(agreed) = &object.content {
        Some(agreed)
    } else {
        None
    }
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    report_flaws(object, Area::Content, seen);
    let Some(agreed) = agreed(object) else { return };
    seen.look();
    if let [participants, _] = &agreed.details
        && participants.is_empty()
    {
        let at = agreed.key.map_or(0, |key| key.at);
        seen.find(at, "eContent.taDetails", "no trust anchor");
    }
}

/// Participants are ordered by their names, and each name stands once.
fn order(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(agreed) = agreed(object) else { return };
    for (details, field) in agreed.details.iter().zip(LISTS) {
        let field = format_args!("eContent{field}");
        for pair in details.windows(2) {
            let [first, second] = pair else { continue };
            let (Some(one), Some(other)) = (first.name, second.name) else {
                continue;
            };
            seen.look();
            if one.octets >= other.octets {
                let what = format_args!(
                    "`{}` behind `{}`, which is not its place by name",
                    Shown(other.octets),
                    Shown(one.octets)
                );
                seen.find(second.at, field, what);
            }
        }
    }
}

fn place(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(agreed) = agreed(object) else { return };
    let [base, names @ ..] = &agreed.places;
    if let Some(base) = base {
        seen.look();
        if !base.text().is_some_and(is_https) {
            let what = format_args!("`{}` is no https URL", Shown(base.octets));
            seen.find(base.at, "eContent.uriRdrBase", what);
        }
    }
    for (name, field) in names.iter().zip(PLACES.iter().skip(1)) {
        let Some(name) = name else { continue };
        seen.look();
        if !name.text().is_some_and(is_name) {
            let what = format_args!("`{}` is no name of a file", Shown(name.octets));
            seen.find(name.at, format_args!("eContent{field}"), what);
        }
    }
}

/// Says whether a text is a name of a file below a folder, and leaves it nowhere.
pub fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '%' | '\\');
    !text.is_empty()
        && text.len() <= MAX_NAME
        && text.chars().all(plain)
        && text.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Most octets of a name; ours, the draft has no limit.
const MAX_NAME: usize = 255;
