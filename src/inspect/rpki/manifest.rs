//! Manifests: reader and rules.
//!
//! Source: RFC 9286, sections 4 and 5.1; RFC 9981.

use super::certificate::Certificate;
use super::der::{BIT_STRING, IA5_STRING, INTEGER, Item, OID, SEQUENCE};
use super::field_rules::{report_flaws, validity};
use super::kind::{Kind, Kinds};
use super::moment::{MALFORMED, Moment, Shown};
use super::names::{self, is_file_name, last_segment};
use super::object::{Area, Content, Flaws, Object, Version};
use super::signed_rules::signed_at;
use super::{Context, Rule, Seen, oid, rule};

const MANIFESTS: Kinds = Kinds::of(&[Kind::Manifest]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.mft.form", MANIFESTS, form),
    rule("rpki.mft.version", MANIFESTS, version),
    rule("rpki.mft.number", MANIFESTS, number),
    rule("rpki.mft.time-form", MANIFESTS, time_form),
    rule("rpki.mft.update-order", MANIFESTS, update_order),
    rule("rpki.mft.current", MANIFESTS, current),
    rule("rpki.mft.validity", MANIFESTS, same_validity),
    rule("rpki.mft.signing-time", MANIFESTS, signing_time),
    rule("rpki.mft.hash-algorithm", MANIFESTS, hash_algorithm),
    rule("rpki.mft.hash-length", MANIFESTS, hash_length),
    rule("rpki.mft.file-name", MANIFESTS, file_name),
    rule("rpki.mft.file-extension", MANIFESTS, file_extension),
    rule("rpki.mft.file-name-length", MANIFESTS, file_name_length),
    rule("rpki.mft.file-unique", MANIFESTS, file_unique),
    rule("rpki.mft.hash-unique", MANIFESTS, hash_unique),
    rule("rpki.mft.self", MANIFESTS, itself),
    rule("rpki.mft.one-crl", MANIFESTS, one_crl),
    rule("rpki.mft.size", MANIFESTS, size),
];

/// File name extensions of the registry "RPKI Repository Name Schemes" (IANA, 2026-01-23), and `rdc`.
///
/// That one is asked for by draft-nro-sidrops-ta-constraints-00 and not registered yet. A registry
/// that tries the draft has no other choice, so it is passed over here; how many such objects
/// there are is among what `rpki_tree` publishes.
pub(super) const EXTENSIONS: &[&str] = &[
    "asa", "cer", "crl", "gbr", "mft", "rdc", "roa", "sig", "spl", "tak",
];

/// Most entries and octets of a manifest that rpki-client reads.
///
/// Source: OpenBSD rpki-client, `MAX_MANIFEST_ENTRIES` and `MAX_FILE_SIZE` in extern.h, 2026-07-23.
const MAX_ENTRIES: usize = 100_000;
const MAX_OCTETS: usize = 8_000_000;

/// A manifest as far as it could be read.
#[derive(Clone, Debug)]
pub(super) struct Manifest<'a> {
    at: usize,
    version: Option<Version>,
    number: Option<Item<'a>>,
    this_update: Option<Moment>,
    next_update: Option<Moment>,
    hash_algorithm: Option<Item<'a>>,
    files: Vec<File<'a>>,
}

/// A file that a manifest lists.
#[derive(Clone, Copy, Debug)]
struct File<'a> {
    at: usize,
    name: &'a [u8],
    hash: Item<'a>,
}

impl<'a> Manifest<'a> {
    /// Reads the content of a manifest as far as it can be read.
    pub(super) fn read(outer: &Item<'a>, flaws: &mut Flaws<'_>) -> Self {
        let mut reader = outer.reader();
        let version = Version::take(&mut reader);
        let number = flaws.take(&mut reader, INTEGER, ".manifestNumber");
        let this_update = Moment::take(&mut reader);
        let next_update = Moment::take(&mut reader);
        if next_update.is_none() {
            flaws.add(reader.at(), ".thisUpdate", "no two times");
        }
        let mut manifest = Self {
            at: outer.at,
            version,
            number,
            this_update,
            next_update,
            hash_algorithm: flaws.take(&mut reader, OID, ".fileHashAlg"),
            files: Vec::new(),
        };
        if let Some(list) = flaws.take(&mut reader, SEQUENCE, ".fileList") {
            manifest.read_files(&list, flaws);
        }
        flaws.end(&reader, "");
        manifest
    }

    fn read_files(&mut self, list: &Item<'a>, flaws: &mut Flaws<'_>) {
        // An entry of usual names takes some 64 octets.
        self.files.reserve(list.octets.len() / 64);
        let mut reader = list.reader();
        while let Some(item) = reader.next() {
            match read_file(&item) {
                Some(file) => self.files.push(file),
                None => flaws.add(item.at, ".fileList", "not a name and a hash of their types"),
            }
        }
        flaws.end(&reader, ".fileList");
    }

    /// Returns the number, and when it was issued in seconds since 1970, as far as they can be read.
    pub(super) fn issue(&self) -> (Option<&'a [u8]>, Option<i64>) {
        let number = self.number.map(|item| item.octets);
        (number, self.this_update.and_then(|update| update.seconds))
    }

    /// Returns `thisUpdate`; `None` if it cannot be read.
    pub(super) const fn this_update(&self) -> Option<Moment> {
        self.this_update
    }

    /// Iterates over names and SHA-256 of its files; those that cannot be read are left out.
    pub(super) fn listed(&self) -> impl Iterator<Item = (String, [u8; 32])> {
        self.files.iter().filter_map(|file| {
            let name = std::str::from_utf8(file.name).ok()?;
            let (_, hash) = file.hash.bits()?;
            Some((name.to_owned(), hash.try_into().ok()?))
        })
    }

    /// Returns the number of its files.
    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// Returns both updates in seconds, where both can be read.
    fn updates(&self) -> Option<(Moment, i64, Moment, i64)> {
        let (this, next) = (self.this_update?, self.next_update?);
        Some((this, this.seconds?, next, next.seconds?))
    }
}

fn read_file<'a>(item: &Item<'a>) -> Option<File<'a>> {
    let mut reader = (item.tag == SEQUENCE).then(|| item.reader())?;
    let name = reader.take(IA5_STRING)?.octets;
    let hash = reader.take(BIT_STRING)?;
    reader.is_empty().then_some(File {
        at: item.at,
        name,
        hash,
    })
}

const fn manifest<'a, 'b>(object: &'b Object<'a>) -> Option<&'b Manifest<'a>> {
    if let Content::Manifest(manifest) = &object.content {
        Some(manifest)
    } else {
        None
    }
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    report_flaws(object, Area::Content, seen);
    if manifest(object).is_some() {
        seen.look();
    }
}

/// Judges a version that is 0 and therefore not encoded.
pub(super) fn judge_version(version: Option<Version>, seen: &mut Seen<'_>) {
    seen.look();
    match version {
        None => {}
        Some(Version {
            at,
            number: Some(0),
        }) => {
            seen.find(
                at,
                "eContent.version",
                "version 0 is the default, which DER leaves out",
            );
        }
        Some(Version {
            at,
            number: Some(number),
        }) => {
            seen.find(
                at,
                "eContent.version",
                format_args!("version {number}, not 0"),
            );
        }
        Some(Version { at, number: None }) => {
            seen.find(at, "eContent.version", "no number");
        }
    }
}

fn version(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    if let Some(manifest) = manifest(object) {
        judge_version(manifest.version, seen);
    }
}

fn number(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(number) = manifest(object).and_then(|manifest| manifest.number) else {
        return;
    };
    seen.look();
    if number.is_negative() {
        seen.find(number.at, "eContent.manifestNumber", "below zero");
    } else if number.octets.len() > 20 {
        seen.find(
            number.at,
            "eContent.manifestNumber",
            "longer than 20 octets",
        );
    }
}

fn time_form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(manifest) = manifest(object) else {
        return;
    };
    let times = [
        (manifest.this_update, "eContent.thisUpdate"),
        (manifest.next_update, "eContent.nextUpdate"),
    ];
    for (moment, field) in times {
        let Some(moment) = moment else { continue };
        seen.look();
        if moment.is_utc {
            seen.find(moment.at, field, "a UTCTime, not a GeneralizedTime");
        } else if moment.seconds.is_none() {
            seen.find(moment.at, field, MALFORMED);
        }
    }
}

fn update_order(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    if let Some((_, this, next, then)) = manifest(object).and_then(Manifest::updates) {
        seen.look();
        if then <= this {
            let what = format_args!("{}, not after thisUpdate at {}", Shown(then), Shown(this));
            seen.find(next.at, "eContent.nextUpdate", what);
        }
    }
}

fn current(object: &Object<'_>, context: &Context, seen: &mut Seen<'_>) {
    let updates = manifest(object).and_then(Manifest::updates);
    let (Some((this, since, next, until)), Some(now)) = (updates, context.now) else {
        return;
    };
    seen.look();
    let now = now.as_second();
    if now < since {
        let what = format_args!("{}, in the future", Shown(since));
        seen.find(this.at, "eContent.thisUpdate", what);
    } else if now > until {
        let what = format_args!("{}, over", Shown(until));
        seen.find(next.at, "eContent.nextUpdate", what);
    }
}

fn same_validity(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let updates = manifest(object).and_then(Manifest::updates);
    let (Some((_, since, _, until)), Some(cert)) = (updates, &object.certificate) else {
        return;
    };
    let Some((not_before, not_after)) = validity(cert) else {
        return;
    };
    seen.look();
    if (not_before, not_after) != (since, until) {
        let at = cert.not_before.map_or(cert.at, |moment| moment.at);
        let field = format_args!("{}tbsCertificate.validity", cert.prefix);
        let what = format_args!(
            "{} to {}, not thisUpdate to nextUpdate, {} to {}",
            Shown(not_before),
            Shown(not_after),
            Shown(since),
            Shown(until)
        );
        seen.find(at, field, what);
    }
}

fn signing_time(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some((_, _, _, until)) = manifest(object).and_then(Manifest::updates) else {
        return;
    };
    let Some(moment) = object.signed.as_ref().and_then(signed_at) else {
        return;
    };
    let Some(time) = moment.seconds else { return };
    seen.look();
    if time > until {
        let what = format_args!("{}, after nextUpdate at {}", Shown(time), Shown(until));
        seen.find(moment.at, "signerInfos[0].signedAttrs", what);
    }
}

fn hash_algorithm(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(found) = manifest(object).and_then(|manifest| manifest.hash_algorithm) else {
        return;
    };
    seen.look();
    if found.octets != oid::SHA256 {
        let what = format_args!("`{}`, not sha256", oid::Shown(found.octets));
        seen.find(found.at, "eContent.fileHashAlg", what);
    }
}

/// Iterates over the files of a manifest with their places in the list.
fn files<'b, 'a>(object: &'b Object<'a>) -> impl Iterator<Item = (usize, &'b File<'a>)> {
    manifest(object)
        .into_iter()
        .flat_map(|manifest| manifest.files.iter().enumerate())
}

fn hash_length(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, file) in files(object) {
        seen.look();
        if !matches!(file.hash.bits(), Some((0, octets)) if octets.len() == 32) {
            let field = format_args!("eContent.fileList[{index}].hash");
            seen.find(file.hash.at, field, "not the 256 bits of a SHA-256 hash");
        }
    }
}

fn file_name(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, file) in files(object) {
        seen.look();
        if !std::str::from_utf8(file.name).is_ok_and(is_file_name) {
            let field = format_args!("eContent.fileList[{index}].file");
            let what = format_args!(
                "`{}`, not letters, digits, `-` and `_` before one dot and three letters",
                names::Shown(file.name)
            );
            seen.find(file.at, field, what);
        }
    }
}

/// Returns what stands after the last dot of a name.
fn extension_of(name: &[u8]) -> &[u8] {
    name.rsplit(|octet| *octet == b'.')
        .next()
        .unwrap_or_default()
}

fn file_extension(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, file) in files(object) {
        seen.look();
        let extension = extension_of(file.name);
        if !EXTENSIONS.iter().any(|known| known.as_bytes() == extension) {
            let field = format_args!("eContent.fileList[{index}].file");
            let what = format_args!(
                "`{}` has an extension that is not registered",
                names::Shown(file.name)
            );
            seen.find(file.at, field, what);
        }
    }
}

fn file_name_length(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, file) in files(object) {
        seen.look();
        if file.name.len() >= 32 {
            let field = format_args!("eContent.fileList[{index}].file");
            let what = format_args!("a name of {} characters", file.name.len());
            seen.find(file.at, field, what);
        }
    }
}

/// Reports values that a list has twice, at the later one.
pub(super) fn report_twice<'b>(
    all: impl Iterator<Item = (usize, &'b [u8])> + Clone,
    field: &str,
    what: &str,
    seen: &mut Seen<'_>,
) {
    let mut pairs = all.clone().zip(all.clone().skip(1));
    seen.look();
    if pairs.all(|((_, first), (_, second))| first < second) {
        return;
    }
    let mut sorted: Vec<(&[u8], usize)> = all.map(|(at, value)| (value, at)).collect();
    sorted.sort_unstable();
    for pair in sorted.windows(2) {
        if let [(first, _), (second, at)] = pair
            && first == second
        {
            seen.find(*at, field, what);
        }
    }
}

fn file_unique(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(manifest) = manifest(object).filter(|manifest| manifest.files.len() > 1) else {
        return;
    };
    let names = manifest.files.iter().map(|file| (file.at, file.name));
    report_twice(
        names,
        "eContent.fileList",
        "a file name a second time",
        seen,
    );
}

fn hash_unique(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(manifest) = manifest(object).filter(|manifest| manifest.files.len() > 1) else {
        return;
    };
    let hashes = manifest
        .files
        .iter()
        .map(|file| (file.hash.at, file.hash.octets));
    report_twice(
        hashes,
        "eContent.fileList",
        "the hash of another file",
        seen,
    );
}

/// Returns the file name that a certificate gives for its object.
fn own_name<'a>(cert: &Certificate<'a>) -> Option<&'a str> {
    let mut all = cert.subject_access.iter();
    let access = all.find(|access| access.method == oid::SIGNED_OBJECT)?;
    Some(last_segment(access.uri()?)).filter(|name| !name.is_empty())
}

fn itself(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(own) = object.certificate.as_ref().and_then(own_name) else {
        return;
    };
    for (index, file) in files(object) {
        seen.look();
        if file.name == own.as_bytes() {
            let field = format_args!("eContent.fileList[{index}].file");
            seen.find(file.at, field, "the manifest itself");
        }
    }
}

fn one_crl(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(manifest) = manifest(object) else {
        return;
    };
    seen.look();
    let mut crls = manifest
        .files
        .iter()
        .filter(|file| extension_of(file.name) == b"crl");
    let Some(first) = crls.next() else {
        return seen.find(manifest.at, "eContent.fileList", "no CRL");
    };
    if let Some(second) = crls.next() {
        seen.find(second.at, "eContent.fileList", "a second CRL");
    }
    let points = object
        .certificate
        .as_ref()
        .and_then(|cert| cert.points.as_ref());
    let Some(points) = points.filter(|points| points.uris().next().is_some()) else {
        return;
    };
    if !points
        .uris()
        .any(|(_, uri)| last_segment(uri).as_bytes() == first.name)
    {
        let what = "not the CRL of the certificate's distribution point";
        seen.find(first.at, "eContent.fileList", what);
    }
}

fn size(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(manifest) = manifest(object) else {
        return;
    };
    seen.look();
    let entries = manifest.files.len();
    if entries >= MAX_ENTRIES {
        let what = format_args!("{entries} entries; rpki-client reads fewer than {MAX_ENTRIES}");
        seen.find(manifest.at, "eContent.fileList", what);
    }
    let octets = object.octets.len();
    if octets > MAX_OCTETS {
        let what = format_args!("{octets} octets; rpki-client reads up to {MAX_OCTETS}");
        seen.find(0, "", what);
    }
}
