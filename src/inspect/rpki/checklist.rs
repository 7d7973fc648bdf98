//! Signed checklists: reader and rules.
//!
//! Source: RFC 9323, sections 2 to 5.

use super::certificate::{Algorithm, field_of};
use super::der::{IA5_STRING, Item, OCTET_STRING, SEQUENCE};
use super::families::judge_families;
use super::field_rules::report_flaws;
use super::kind::{Kind, Kinds};
use super::manifest::{judge_version, report_twice};
use super::names::Shown;
use super::object::{Area, Content, Flaws, Object, Version};
use super::resources::{AsRange, Block, Family, covers, read_blocks, read_ranges};
use super::signed_rules::judge_digest;
use super::{Context, Rule, Seen, oid, rule};

const CHECKLISTS: Kinds = Kinds::of(&[Kind::Checklist]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.rsc.form", CHECKLISTS, form),
    rule("rpki.rsc.version", CHECKLISTS, version),
    rule("rpki.rsc.no-subject-access", CHECKLISTS, no_subject_access),
    rule("rpki.rsc.resources", CHECKLISTS, resources),
    rule("rpki.rsc.families", CHECKLISTS, families),
    rule("rpki.rsc.inherit", CHECKLISTS, inherit),
    rule("rpki.rsc.covered", CHECKLISTS, covered),
    rule("rpki.rsc.digest-algorithm", CHECKLISTS, digest_algorithm),
    rule("rpki.rsc.hash-length", CHECKLISTS, hash_length),
    rule("rpki.rsc.entries", CHECKLISTS, entries),
    rule("rpki.rsc.file-name", CHECKLISTS, file_name),
    rule("rpki.rsc.file-unique", CHECKLISTS, file_unique),
];

/// A checklist as far as it could be read.
#[derive(Clone, Debug)]
pub(super) struct Checklist<'a> {
    at: usize,
    version: Option<Version>,
    ranges: Option<Vec<AsRange>>,
    families: Option<Vec<OfFamily>>,
    algorithm: Option<Algorithm<'a>>,
    entries: Vec<Entry<'a>>,
}

/// Addresses of one family.
#[derive(Clone, Debug)]
struct OfFamily {
    at: usize,
    family: Option<Family>,
    blocks: Vec<Block>,
}

/// A file name and a hash.
#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    at: usize,
    name: Option<Item<'a>>,
    hash: Item<'a>,
}

impl<'a> Checklist<'a> {
    /// Reads the content of a checklist as far as it can be read.
    pub(super) fn read(outer: &Item<'a>, flaws: &mut Flaws<'_>) -> Self {
        let mut reader = outer.reader();
        let mut list = Self {
            at: outer.at,
            version: Version::take(&mut reader),
            ranges: None,
            families: None,
            algorithm: None,
            entries: Vec::new(),
        };
        if let Some(resources) = flaws.take(&mut reader, SEQUENCE, ".resources") {
            list.read_resources(&resources, flaws);
        }
        let algorithm = flaws.take(&mut reader, SEQUENCE, ".digestAlgorithm");
        list.algorithm = algorithm.and_then(|item| Algorithm::read(&item));
        if let Some(all) = flaws.take(&mut reader, SEQUENCE, ".checkList") {
            let mut all = all.reader();
            while let Some(item) = all.next() {
                match read_entry(&item) {
                    Some(entry) => list.entries.push(entry),
                    None => flaws.add(item.at, ".checkList", "not a file name and a hash"),
                }
            }
            flaws.end(&all, ".checkList");
        }
        flaws.end(&reader, "");
        list
    }

    fn read_resources(&mut self, resources: &Item<'a>, flaws: &mut Flaws<'_>) {
        let mut reader = resources.reader();
        if let Some(outer) = reader.take(0xA0) {
            let ids = flaws.take(&mut outer.reader(), SEQUENCE, ".resources.asID");
            let numbers = ids.and_then(|ids| ids.reader().take(0xA0));
            let list = numbers.and_then(|numbers| numbers.reader().take(SEQUENCE));
            if list.is_none() {
                flaws.add(outer.at, ".resources.asID", "no list of AS numbers");
            }
            let list = list.map(|list| read_ranges(&list, ".resources.asID", flaws));
            self.ranges = Some(list.unwrap_or_default());
        }
        if let Some(outer) = reader.take(0xA1) {
            let mut families = Vec::new();
            let list = flaws.take(&mut outer.reader(), SEQUENCE, ".resources.ipAddrBlocks");
            let mut list = list.unwrap_or(outer).reader();
            while let Some(one) = list.take(SEQUENCE) {
                families.push(OfFamily::read(&one, flaws));
            }
            self.families = Some(families);
        }
        flaws.end(&reader, ".resources");
    }
}

impl OfFamily {
    fn read(item: &Item<'_>, flaws: &mut Flaws<'_>) -> Self {
        let field = ".resources.ipAddrBlocks";
        let mut reader = item.reader();
        let afi = flaws.take(&mut reader, OCTET_STRING, field);
        let family = afi.and_then(|afi| Family::of(afi.octets));
        let list = flaws.take(&mut reader, SEQUENCE, field);
        flaws.end(&reader, field);
        Self {
            at: item.at,
            family,
            blocks: list
                .map(|list| read_blocks(&list, family, field, flaws))
                .unwrap_or_default(),
        }
    }
}

fn read_entry<'a>(item: &Item<'a>) -> Option<Entry<'a>> {
    let mut reader = (item.tag == SEQUENCE).then(|| item.reader())?;
    let name = reader.take(IA5_STRING);
    let hash = reader.take(OCTET_STRING)?;
    reader.is_empty().then_some(Entry {
        at: item.at,
        name,
        hash,
    })
}

const fn checklist<'a, 'b>(object: &'b Object<'a>) -> Option<&'b Checklist<'a>> {
    if let Content::Checklist(list) = &object.content {
        Some(list)
    } else {
        None
    }
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    report_flaws(object, Area::Content, seen);
    if checklist(object).is_some() {
        seen.look();
    }
}

fn version(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    if let Some(list) = checklist(object) {
        judge_version(list.version, seen);
    }
}

fn no_subject_access(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    if let Some(extension) = cert.extension(oid::SUBJECT_ACCESS) {
        let field = format_args!("{}{}", cert.prefix, field_of(oid::SUBJECT_ACCESS));
        seen.find(
            extension.at,
            field,
            "there, though a checklist is not published",
        );
    }
}

fn resources(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(list) = checklist(object) else {
        return;
    };
    seen.look();
    let field = "eContent.resources";
    if list.ranges.is_none() && list.families.is_none() {
        seen.find(list.at, field, "neither AS numbers nor addresses");
    }
    if list.ranges.as_ref().is_some_and(Vec::is_empty) {
        seen.find(list.at, field, "an empty list of AS numbers");
    }
    let families = list.families.as_deref();
    if families.is_some_and(|all| all.is_empty() || all.iter().any(|one| one.blocks.is_empty())) {
        seen.find(list.at, field, "an empty list of addresses");
    }
}

fn families(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let families = checklist(object).and_then(|list| list.families.as_deref());
    let Some(families) = families else { return };
    let field = "eContent.resources.ipAddrBlocks";
    let families = families.iter();
    judge_families(families.map(|one| (one.at, one.family)), field, seen);
}

fn inherit(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    if let Some(ip) = &cert.ip {
        seen.look();
        if ip.inherits() {
            let field = format_args!("{}{}", cert.prefix, field_of(oid::IP_BLOCKS));
            seen.find(ip.at, field, "`inherit` in the certificate of a checklist");
        }
    }
    if let Some(asn) = &cert.asn {
        seen.look();
        if asn.inherits() {
            let field = format_args!("{}{}", cert.prefix, field_of(oid::AS_IDS));
            seen.find(asn.at, field, "`inherit` in the certificate of a checklist");
        }
    }
}

fn covered(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let (Some(list), Some(cert)) = (checklist(object), &object.certificate) else {
        return;
    };
    seen.look();
    let held = cert
        .asn
        .as_ref()
        .map(|asn| asn.ranges())
        .unwrap_or_default();
    for range in list.ranges.iter().flatten() {
        let is_held = held
            .iter()
            .any(|one| one.low <= range.low && range.high <= one.high);
        if !is_held && cert.asn.as_ref().is_none_or(|asn| !asn.inherits()) {
            let field = "eContent.resources.asID";
            seen.find(
                range.at,
                field,
                "not among the AS numbers of the certificate",
            );
        }
    }
    for one in list.families.iter().flatten() {
        let Some(family) = one.family else { continue };
        let held = cert.ip.as_ref().filter(|ip| !ip.inherits());
        if cert.ip.is_some() && held.is_none() {
            continue;
        }
        let held = held.map(|ip| ip.merged(family)).unwrap_or_default();
        for block in &one.blocks {
            if !covers(&held, block.low, block.high) {
                let field = "eContent.resources.ipAddrBlocks";
                seen.find(
                    block.at,
                    field,
                    "not among the addresses of the certificate",
                );
            }
        }
    }
}

fn digest_algorithm(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    if let Some(found) = checklist(object).and_then(|list| list.algorithm) {
        judge_digest(&found, "eContent.digestAlgorithm", seen);
    }
}

fn hash_length(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let entries = checklist(object).into_iter().flat_map(|list| &list.entries);
    for (index, entry) in entries.enumerate() {
        seen.look();
        if entry.hash.octets.len() != 32 {
            let field = format_args!("eContent.checkList[{index}].hash");
            seen.find(entry.hash.at, field, "not the 32 octets of a SHA-256 hash");
        }
    }
}

fn entries(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(list) = checklist(object) else {
        return;
    };
    seen.look();
    if list.entries.is_empty() {
        seen.find(list.at, "eContent.checkList", "no entry");
    }
}

fn file_name(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let entries = checklist(object).into_iter().flat_map(|list| &list.entries);
    for (index, entry) in entries.enumerate() {
        let Some(name) = entry.name else { continue };
        seen.look();
        let is_portable =
            |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-');
        if name.octets.is_empty() || !name.octets.iter().all(is_portable) {
            let field = format_args!("eContent.checkList[{index}].fileName");
            let what = format_args!("`{}` is no portable file name", Shown(name.octets));
            seen.find(name.at, field, what);
        }
    }
}

fn file_unique(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(list) = checklist(object).filter(|list| list.entries.len() > 1) else {
        return;
    };
    let field = "eContent.checkList";
    let named = list
        .entries
        .iter()
        .filter_map(|entry| Some((entry.at, entry.name?.octets)));
    report_twice(named, field, "a file name a second time", seen);
    let unnamed = list.entries.iter().filter(|entry| entry.name.is_none());
    let hashes = unnamed.map(|entry| (entry.at, entry.hash.octets));
    report_twice(
        hashes,
        field,
        "a hash without file name a second time",
        seen,
    );
}
