//! Certificate revocation lists: reader and rules.
//!
//! Source: RFC 5280, section 5.1; RFC 6487, section 5; RFC 9829, section 3.1.

use super::certificate::{Extension, read_extensions};
use super::der::{
    BIT_STRING, INTEGER, Irregular, Irregularity, Item, Reader, SEQUENCE, note, scan,
};
use super::extension_rules::judge_authority_key;
use super::extensions::AuthorityKey;
use super::field_rules::{judge_algorithm, report_flaws, report_irregular};
use super::kind::{Kind, Kinds};
use super::moment::{Moment, Shown};
use super::names::wrong_name;
use super::object::{Area, Content, Flaws, Object};
use super::{Context, Rule, Seen, oid, rule};

const CRL: Kinds = Kinds::of(&[Kind::Crl]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.crl.der", CRL, der),
    rule("rpki.crl.form", CRL, form),
    rule("rpki.crl.version", CRL, version),
    rule("rpki.crl.signature-algorithm", CRL, algorithm),
    rule("rpki.crl.signature-algorithm-same", CRL, algorithm_same),
    rule("rpki.crl.issuer-name", CRL, issuer),
    rule("rpki.crl.time-encoding", CRL, time_encoding),
    rule("rpki.crl.update-order", CRL, update_order),
    rule("rpki.crl.current", CRL, current),
    rule("rpki.crl.extensions", CRL, extensions),
    rule("rpki.crl.extensions-critical", CRL, extensions_critical),
    rule("rpki.crl.authority-key", CRL, authority_key),
    rule("rpki.crl.number", CRL, number),
    rule("rpki.crl.empty-list", CRL, empty_list),
    rule("rpki.crl.entry-extensions", CRL, entry_extensions),
    rule("rpki.crl.entry-serial", CRL, entry_serial),
    rule("rpki.crl.entry-unique", CRL, entry_unique),
    rule("rpki.crl.entry-date", CRL, entry_date),
];

/// A CRL as far as it could be read.
#[derive(Clone, Debug)]
pub(super) struct Crl<'a> {
    at: usize,
    version: Option<Item<'a>>,
    algorithms: [Option<Item<'a>>; 2],
    issuer: Option<Item<'a>>,
    pub(super) this_update: Option<Moment>,
    next_update: Option<Moment>,
    /// The list of revoked certificates, if it is there.
    list: Option<Item<'a>>,
    entries: Vec<Entry<'a>>,
    extensions: Vec<Extension<'a>>,
    pub(super) authority_key: Option<AuthorityKey<'a>>,
    number: Option<Item<'a>>,
}

/// A revoked certificate.
#[derive(Clone, Copy, Debug)]
struct Entry<'a> {
    serial: Item<'a>,
    date: Moment,
    /// Offset of extensions.
    extensions: Option<usize>,
}

impl<'a> Crl<'a> {
    /// Reads a CRL as far as it can be read.
    pub(super) fn read(
        item: &Item<'a>,
        flaws: &mut Flaws<'_>,
        irregular: &mut Vec<Irregularity>,
    ) -> Self {
        let mut crl = Self {
            at: item.at,
            version: None,
            algorithms: [None; 2],
            issuer: None,
            this_update: None,
            next_update: None,
            list: None,
            entries: Vec::new(),
            extensions: Vec::new(),
            authority_key: None,
            number: None,
        };
        if item.tag != SEQUENCE {
            flaws.add(item.at, "", "no SEQUENCE");
            return crl;
        }
        let mut reader = item.reader();
        if let Some(signed) = flaws.take(&mut reader, SEQUENCE, "tbsCertList") {
            crl.read_signed(&mut signed.reader(), flaws, irregular);
        }
        crl.algorithms[1] = flaws.take(&mut reader, SEQUENCE, "signatureAlgorithm");
        flaws.take(&mut reader, BIT_STRING, "signatureValue");
        flaws.end(&reader, "");
        crl
    }

    /// Returns the issuer's key identifier, if it is there.
    pub(super) fn issuer_key(&self) -> Option<&'a [u8]> {
        let key = self.authority_key.as_ref()?.key?;
        Some(key.octets)
    }

    /// Returns when it was issued in seconds since 1970, if that can be read.
    pub(super) fn issued(&self) -> Option<i64> {
        self.this_update?.seconds
    }

    /// Iterates over the serial numbers that it revokes, as they are encoded.
    pub(super) fn serials(&self) -> impl Iterator<Item = &'a [u8]> {
        self.entries.iter().map(|entry| entry.serial.octets)
    }

    fn read_signed(
        &mut self,
        reader: &mut Reader<'a>,
        flaws: &mut Flaws<'_>,
        irregular: &mut Vec<Irregularity>,
    ) {
        self.version = reader.take(INTEGER);
        self.algorithms[0] = flaws.take(reader, SEQUENCE, "tbsCertList.signature");
        self.issuer = flaws.take(reader, SEQUENCE, "tbsCertList.issuer");
        self.this_update = Moment::take(reader);
        if self.this_update.is_none() {
            flaws.add(reader.at(), "tbsCertList.thisUpdate", "no time");
        }
        self.next_update = Moment::take(reader);
        if self.next_update.is_none() {
            flaws.add(reader.at(), "tbsCertList.nextUpdate", "no time");
        }
        self.list = reader.take(SEQUENCE);
        if let Some(list) = self.list {
            self.read_entries(&list, flaws);
        }
        if let Some(outer) = flaws.take(reader, 0xA0, "tbsCertList.crlExtensions") {
            self.extensions = read_extensions(&outer, "tbsCertList.crlExtensions", flaws);
        }
        flaws.end(reader, "tbsCertList");
        for extension in &self.extensions {
            if let Some(at) = extension.explicit_false {
                note(irregular, at, Irregular::Default);
            }
            scan(extension.value.octets, extension.value.start, irregular);
            let value = extension.value.reader().next();
            let is_read = match (extension.oid, value) {
                (oid::AUTHORITY_KEY_ID, Some(value)) => {
                    self.authority_key = self.authority_key.or(AuthorityKey::read(&value));
                    self.authority_key.is_some()
                }
                (oid::CRL_NUMBER, Some(value)) => {
                    self.number = self.number.or(Some(value)).filter(|v| v.tag == INTEGER);
                    self.number.is_some()
                }
                (_, value) => value.is_some(),
            };
            if !is_read {
                let field = "tbsCertList.crlExtensions";
                flaws.add(extension.at, field, "the value is not of its type");
            }
        }
    }

    fn read_entries(&mut self, list: &Item<'a>, flaws: &mut Flaws<'_>) {
        let mut reader = list.reader();
        while let Some(item) = reader.next() {
            match Entry::read(&item) {
                Some(entry) => self.entries.push(entry),
                None => flaws.add(
                    item.at,
                    "tbsCertList.revokedCertificates",
                    "not a serial number and a time",
                ),
            }
        }
        flaws.end(&reader, "tbsCertList.revokedCertificates");
    }
}

impl<'a> Entry<'a> {
    fn read(item: &Item<'a>) -> Option<Self> {
        let mut reader = (item.tag == SEQUENCE).then(|| item.reader())?;
        let serial = reader.take(INTEGER)?;
        let date = Moment::take(&mut reader)?;
        let extensions = reader.take(SEQUENCE).map(|item| item.at);
        reader.is_empty().then_some(Self {
            serial,
            date,
            extensions,
        })
    }
}

const fn crl<'a, 'b>(object: &'b Object<'a>) -> Option<&'b Crl<'a>> {
    if let Content::Crl(crl) = &object.content {
        Some(crl)
    } else {
        None
    }
}

fn der(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    report_irregular(object, seen);
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    seen.look();
    report_flaws(object, Area::Crl, seen);
    if crl(object).is_none() {
        seen.find(0, "", "nothing that can be read");
    }
}

fn version(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(crl) = crl(object) else { return };
    seen.look();
    match crl.version {
        Some(version) if version.number() == Some(1) => {}
        Some(version) => seen.find(
            version.at,
            "tbsCertList.version",
            "not version 2, encoded as 1",
        ),
        None => seen.find(
            crl.at,
            "tbsCertList.version",
            "no version; version 2 is required",
        ),
    }
}

fn algorithm(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(crl) = crl(object) else { return };
    judge_algorithm(crl.algorithms[0], "", "tbsCertList.signature", seen);
    judge_algorithm(crl.algorithms[1], "", "signatureAlgorithm", seen);
}

fn algorithm_same(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some([Some(inner), Some(outer)]) = crl(object).map(|crl| crl.algorithms) else {
        return;
    };
    seen.look();
    if inner.whole != outer.whole {
        let what = "not the algorithm of tbsCertList.signature";
        seen.find(outer.at, "signatureAlgorithm", what);
    }
}

fn issuer(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    if let Some(issuer) = crl(object).and_then(|crl| crl.issuer) {
        seen.look();
        if let Some((at, what)) = wrong_name(&issuer, false) {
            seen.find(at, "tbsCertList.issuer", what);
        }
    }
}

/// Iterates over the times of a CRL with the names of their fields.
fn times<'b>(crl: &'b Crl<'_>) -> impl Iterator<Item = (Moment, &'static str)> + 'b {
    let entries = crl.entries.iter();
    [
        (crl.this_update, "tbsCertList.thisUpdate"),
        (crl.next_update, "tbsCertList.nextUpdate"),
    ]
    .into_iter()
    .filter_map(|(moment, field)| Some((moment?, field)))
    .chain(entries.map(|entry| (entry.date, "tbsCertList.revokedCertificates")))
}

fn time_encoding(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(crl) = crl(object) else { return };
    for (moment, field) in times(crl) {
        seen.look();
        if let Some(what) = moment.wrong_in_x509() {
            seen.find(moment.at, field, what);
        }
    }
}

/// Returns both updates in seconds, where both can be read.
fn updates(object: &Object<'_>) -> Option<(Moment, i64, Moment, i64)> {
    let crl = crl(object)?;
    let (this, next) = (crl.this_update?, crl.next_update?);
    Some((this, this.seconds?, next, next.seconds?))
}

fn update_order(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    if let Some((_, this, next, then)) = updates(object) {
        seen.look();
        if then < this {
            seen.find(
                next.at,
                "tbsCertList.nextUpdate",
                format_args!("{}, before thisUpdate at {}", Shown(then), Shown(this)),
            );
        }
    }
}

fn current(object: &Object<'_>, context: &Context, seen: &mut Seen<'_>) {
    let (Some((this, since, next, until)), Some(now)) = (updates(object), context.now) else {
        return;
    };
    seen.look();
    let now = now.as_second();
    if now < since {
        let what = format_args!("{}, in the future", Shown(since));
        seen.find(this.at, "tbsCertList.thisUpdate", what);
    } else if now >= until {
        let what = format_args!("{}, over", Shown(until));
        seen.find(next.at, "tbsCertList.nextUpdate", what);
    }
}

const EXTENSIONS: &str = "tbsCertList.crlExtensions";

fn extensions(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(crl) = crl(object) else { return };
    seen.look();
    for (wanted, name) in [
        (oid::AUTHORITY_KEY_ID, "authorityKeyIdentifier"),
        (oid::CRL_NUMBER, "cRLNumber"),
    ] {
        let mut found = crl.extensions.iter().filter(|e| e.oid == wanted);
        if found.next().is_none() {
            seen.find(crl.at, EXTENSIONS, format_args!("no {name}"));
        }
        if let Some(second) = found.next() {
            seen.find(second.at, EXTENSIONS, format_args!("a second {name}"));
        }
    }
    for extension in &crl.extensions {
        if extension.oid != oid::AUTHORITY_KEY_ID && extension.oid != oid::CRL_NUMBER {
            let what = format_args!(
                "`{}`; a CRL has authority key identifier and CRL number only",
                oid::Shown(extension.oid)
            );
            seen.find(extension.at, EXTENSIONS, what);
        }
    }
}

fn extensions_critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(crl) = crl(object) else { return };
    for extension in &crl.extensions {
        seen.look();
        if extension.is_critical {
            let what = format_args!("`{}` is critical", oid::Shown(extension.oid));
            seen.find(extension.at, EXTENSIONS, what);
        }
    }
}

fn authority_key(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(found) = crl(object).and_then(|crl| crl.authority_key) else {
        return;
    };
    seen.look();
    let field = "tbsCertList.crlExtensions.authorityKeyIdentifier";
    judge_authority_key(&found, field, seen);
}

fn number(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(number) = crl(object).and_then(|crl| crl.number) else {
        return;
    };
    seen.look();
    let field = "tbsCertList.crlExtensions.cRLNumber";
    if number.is_negative() {
        seen.find(number.at, field, "below zero");
    } else if number.octets.len() > 20 {
        seen.find(number.at, field, "above 2^159-1");
    }
}

fn empty_list(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(crl) = crl(object) else { return };
    seen.look();
    if let Some(list) = crl.list.filter(|list| list.octets.is_empty()) {
        let what = "an empty list, which must be absent";
        seen.find(list.at, "tbsCertList.revokedCertificates", what);
    }
}

fn entry_extensions(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, entry) in crl(object)
        .into_iter()
        .flat_map(|crl| &crl.entries)
        .enumerate()
    {
        seen.look();
        if let Some(at) = entry.extensions {
            let field = format_args!("tbsCertList.revokedCertificates[{index}].crlEntryExtensions");
            seen.find(at, field, "extensions of an entry");
        }
    }
}

fn entry_serial(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, entry) in crl(object)
        .into_iter()
        .flat_map(|crl| &crl.entries)
        .enumerate()
    {
        seen.look();
        let serial = entry.serial;
        let what = if serial.is_negative() || serial.is_zero() {
            "not above zero"
        } else if serial.octets.len() > 20 {
            "longer than 20 octets"
        } else {
            continue;
        };
        let field = format_args!("tbsCertList.revokedCertificates[{index}].userCertificate");
        seen.find(serial.at, field, what);
    }
}

fn entry_unique(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(crl) = crl(object).filter(|crl| crl.entries.len() > 1) else {
        return;
    };
    seen.look();
    let mut sorted: Vec<&Entry<'_>> = crl.entries.iter().collect();
    sorted.sort_by_key(|entry| (entry.serial.octets, entry.serial.at));
    for pair in sorted.windows(2) {
        if let [first, second] = pair
            && first.serial.octets == second.serial.octets
        {
            let what = format_args!("the serial number at {} again", first.serial.at);
            seen.find(second.serial.at, "tbsCertList.revokedCertificates", what);
        }
    }
}

fn entry_date(object: &Object<'_>, context: &Context, seen: &mut Seen<'_>) {
    let (Some(crl), Some(now)) = (crl(object), context.now) else {
        return;
    };
    let now = now.as_second();
    for (index, entry) in crl.entries.iter().enumerate() {
        let Some(date) = entry.date.seconds else {
            continue;
        };
        seen.look();
        if date > now {
            let field = format_args!("tbsCertList.revokedCertificates[{index}].revocationDate");
            seen.find(
                entry.date.at,
                field,
                format_args!("{}, in the future", Shown(date)),
            );
        }
    }
}
