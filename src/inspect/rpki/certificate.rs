//! X.509 certificates, read with positions.
//!
//! Source: RFC 5280, sections 4.1 and 4.2; RFC 3779; RFC 6487.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::der::{
    BIT_STRING, BOOLEAN, INTEGER, Irregularity, Item, OCTET_STRING, OID, Reader, SEQUENCE, scan,
};
use super::extensions::{
    Access, AuthorityKey, Basic, Points, Policies, key_usage, purposes, read_access,
};
use super::moment::Moment;
use super::object::{Area, Flaw, Flaws, Object};
use super::oid;
use super::resources::{AsIds, IpBlocks};

/// A certificate as far as it could be read.
#[derive(Clone, Debug)]
pub(super) struct Certificate<'a> {
    /// What begins the name of each field: empty, or `certificates[0].`.
    pub(super) prefix: &'static str,
    pub(super) at: usize,
    /// What is signed, with its header.
    pub(super) signed: Option<Item<'a>>,
    /// The `[0]` around the version, and its number.
    pub(super) version: Option<(usize, Option<u64>)>,
    pub(super) serial: Option<Item<'a>>,
    /// The algorithm inside what is signed, and the one beside it.
    pub(super) algorithms: [Option<Item<'a>>; 2],
    pub(super) issuer: Option<Item<'a>>,
    pub(super) subject: Option<Item<'a>>,
    pub(super) not_before: Option<Moment>,
    pub(super) not_after: Option<Moment>,
    pub(super) key: Option<Key<'a>>,
    /// Issuer and subject unique identifiers.
    pub(super) unique_ids: [Option<Item<'a>>; 2],
    pub(super) extensions: Vec<Extension<'a>>,
    pub(super) signature: Option<Item<'a>>,
    pub(super) basic: Option<Basic<'a>>,
    /// Key usage: the bits, the first one highest, and the offset.
    pub(super) usage: Option<(u16, usize)>,
    pub(super) subject_key: Option<Item<'a>>,
    pub(super) authority_key: Option<AuthorityKey<'a>>,
    pub(super) purposes: Vec<Item<'a>>,
    pub(super) points: Option<Points<'a>>,
    pub(super) policies: Option<Policies<'a>>,
    pub(super) authority_access: Vec<Access<'a>>,
    pub(super) subject_access: Vec<Access<'a>>,
    pub(super) ip: Option<IpBlocks>,
    pub(super) asn: Option<AsIds>,
}

/// An extension of a certificate or CRL.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extension<'a> {
    pub at: usize,
    pub oid: &'a [u8],
    pub is_critical: bool,
    /// Offset of an encoded `critical FALSE`, which DER leaves out.
    pub explicit_false: Option<usize>,
    /// The OCTET STRING around the value.
    pub value: Item<'a>,
}

/// A public key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    /// The whole `SubjectPublicKeyInfo`.
    pub info: Item<'a>,
    pub algorithm: Option<Algorithm<'a>>,
    /// The BIT STRING.
    pub bits: Option<Item<'a>>,
}

/// An algorithm and its parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Algorithm<'a> {
    pub at: usize,
    pub oid: &'a [u8],
    pub parameters: Option<Item<'a>>,
}

impl<'a> Algorithm<'a> {
    /// Reads an `AlgorithmIdentifier`.
    pub(super) fn read(item: &Item<'a>) -> Option<Self> {
        let mut reader = item.reader();
        Some(Self {
            at: item.at,
            oid: reader.take(OID)?.octets,
            parameters: reader.next(),
        })
    }

    /// Says whether the parameters are NULL.
    pub(super) fn has_null(&self) -> bool {
        self.parameters
            .is_some_and(|item| item.tag == super::der::NULL && item.octets.is_empty())
    }
}

impl<'a> Key<'a> {
    /// Reads a `SubjectPublicKeyInfo`.
    pub(super) fn read(info: Item<'a>) -> Self {
        let mut reader = info.reader();
        let algorithm = reader.take(SEQUENCE);
        Self {
            info,
            algorithm: algorithm.and_then(|item| Algorithm::read(&item)),
            bits: reader.take(BIT_STRING),
        }
    }

    /// Returns modulus and exponent of an RSA key, without leading zeros.
    pub(super) fn rsa(&self) -> Option<(&'a [u8], &'a [u8])> {
        let bits = self.bits?;
        let (0, octets) = bits.bits()? else {
            return None;
        };
        let mut outer = Reader::new(octets, bits.start + 1);
        let mut reader = outer.take(SEQUENCE)?.reader();
        let modulus = reader.take(INTEGER)?;
        let exponent = reader.take(INTEGER)?;
        let is_whole = outer.is_empty() && reader.is_empty();
        let positive = !modulus.is_negative() && !exponent.is_negative();
        (is_whole && positive).then(|| (stripped(modulus.octets), stripped(exponent.octets)))
    }

    /// Returns the octets that a key identifier is the SHA-1 hash of.
    pub(super) fn identified(&self) -> Option<&'a [u8]> {
        self.bits?.bits().map(|(_, octets)| octets)
    }
}

/// Cuts leading zero octets.
fn stripped(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}

/// Says whether a certificate has the extended key usage of BGPsec routers.
pub(super) fn is_router(certificate: &Certificate<'_>) -> bool {
    let mut purposes = certificate.purposes.iter();
    purposes.any(|item| item.octets == oid::BGPSEC_ROUTER)
}

impl<'a> Certificate<'a> {
    /// Reads a certificate as far as it can be read.
    pub(super) fn read(item: &Item<'a>, prefix: &'static str, all: &mut Vec<Flaw>) -> Self {
        let mut flaws = Flaws::new(Area::Certificate, prefix, all);
        let mut certificate = Self::empty(prefix, item.at);
        if item.tag != SEQUENCE {
            flaws.add(item.at, "", "no SEQUENCE");
            return certificate;
        }
        let mut reader = item.reader();
        let signed = flaws.take(&mut reader, SEQUENCE, "tbsCertificate");
        if let Some(signed) = &signed {
            certificate.read_signed(&mut signed.reader(), &mut flaws);
        }
        certificate.signed = signed;
        certificate.algorithms[1] = flaws.take(&mut reader, SEQUENCE, "signatureAlgorithm");
        certificate.signature = flaws.take(&mut reader, BIT_STRING, "signatureValue");
        flaws.end(&reader, "");
        certificate
    }

    const fn empty(prefix: &'static str, at: usize) -> Self {
        Self {
            prefix,
            at,
            signed: None,
            version: None,
            serial: None,
            algorithms: [None; 2],
            issuer: None,
            subject: None,
            not_before: None,
            not_after: None,
            key: None,
            unique_ids: [None; 2],
            extensions: Vec::new(),
            signature: None,
            basic: None,
            usage: None,
            subject_key: None,
            authority_key: None,
            purposes: Vec::new(),
            points: None,
            policies: None,
            authority_access: Vec::new(),
            subject_access: Vec::new(),
            ip: None,
            asn: None,
        }
    }

    fn read_signed(&mut self, reader: &mut Reader<'a>, flaws: &mut Flaws<'_>) {
        if let Some(version) = reader.take(0xA0) {
            let number = version.reader().take(INTEGER);
            self.version = Some((version.at, number.and_then(|item| item.number())));
        }
        self.serial = flaws.take(reader, INTEGER, "tbsCertificate.serialNumber");
        self.algorithms[0] = flaws.take(reader, SEQUENCE, "tbsCertificate.signature");
        self.issuer = flaws.take(reader, SEQUENCE, "tbsCertificate.issuer");
        if let Some(validity) = flaws.take(reader, SEQUENCE, "tbsCertificate.validity") {
            let mut times = validity.reader();
            self.not_before = Moment::take(&mut times);
            self.not_after = Moment::take(&mut times);
            if self.not_after.is_none() || !times.is_empty() {
                let field = "tbsCertificate.validity";
                flaws.add(validity.at, field, "not two times");
            }
        }
        self.subject = flaws.take(reader, SEQUENCE, "tbsCertificate.subject");
        let key = flaws.take(reader, SEQUENCE, "tbsCertificate.subjectPublicKeyInfo");
        self.key = key.map(Key::read);
        self.unique_ids = [
            reader.take(0x81).or_else(|| reader.take(0xA1)),
            reader.take(0x82).or_else(|| reader.take(0xA2)),
        ];
        if let Some(outer) = flaws.take(reader, 0xA3, "tbsCertificate.extensions") {
            let field = "tbsCertificate.extensions";
            self.extensions = read_extensions(&outer, field, flaws);
        }
        flaws.end(reader, "tbsCertificate");
        for index in 0..self.extensions.len() {
            if let Some(extension) = self.extensions.get(index).copied() {
                self.read_extension(&extension, flaws);
            }
        }
    }

    /// Reads the value of an extension that is known; of two with one identifier the first counts.
    fn read_extension(&mut self, extension: &Extension<'a>, flaws: &mut Flaws<'_>) {
        let mut reader = extension.value.reader();
        let Some(value) = reader.next() else {
            flaws.add(extension.value.at, field_of(extension.oid), UNREADABLE);
            return;
        };
        if !reader.is_empty() {
            let field = field_of(extension.oid);
            flaws.add(reader.at(), field, "more than one value");
        }
        let is_read = match extension.oid {
            oid::BASIC_CONSTRAINTS => put(&mut self.basic, Basic::read(&value)),
            oid::KEY_USAGE => put(&mut self.usage, key_usage(&value)),
            oid::SUBJECT_KEY_ID => put(&mut self.subject_key, octet_string(&value)),
            oid::AUTHORITY_KEY_ID => put(&mut self.authority_key, AuthorityKey::read(&value)),
            oid::EXTENDED_KEY_USAGE => put_all(&mut self.purposes, purposes(&value)),
            oid::CRL_POINTS => put(&mut self.points, Points::read(&value)),
            oid::POLICIES => put(&mut self.policies, Policies::read(&value)),
            oid::AUTHORITY_ACCESS => put_all(&mut self.authority_access, read_access(&value)),
            oid::SUBJECT_ACCESS => put_all(&mut self.subject_access, read_access(&value)),
            oid::IP_BLOCKS | oid::IP_BLOCKS_V2 => {
                let is_v2 = extension.oid == oid::IP_BLOCKS_V2;
                let field = field_of(extension.oid);
                let mut flaws = flaws.of(Area::Resources);
                put(
                    &mut self.ip,
                    Some(IpBlocks::read(&value, is_v2, field, &mut flaws)),
                )
            }
            oid::AS_IDS | oid::AS_IDS_V2 => {
                let is_v2 = extension.oid == oid::AS_IDS_V2;
                let field = field_of(extension.oid);
                let mut flaws = flaws.of(Area::Resources);
                put(
                    &mut self.asn,
                    Some(AsIds::read(&value, is_v2, field, &mut flaws)),
                )
            }
            _ => true,
        };
        if !is_read {
            flaws.add(value.at, field_of(extension.oid), UNREADABLE);
        }
    }

    /// Walks the values inside extensions and the key for irregular encodings.
    pub(super) fn scan(&self, found: &mut Vec<Irregularity>) {
        for extension in &self.extensions {
            if let Some(at) = extension.explicit_false {
                Object::note_default(found, at);
            }
            scan(extension.value.octets, extension.value.start, found);
        }
        if let Some(at) = self.basic.as_ref().and_then(|basic| basic.explicit_false) {
            Object::note_default(found, at);
        }
        let is_rsa = self.key.is_some_and(|key| {
            key.algorithm
                .is_some_and(|algorithm| algorithm.oid == oid::RSA_ENCRYPTION)
        });
        let bits = self.key.and_then(|key| key.bits).filter(|_| is_rsa);
        if let Some((bits, (_, octets))) = bits.and_then(|bits| Some((bits, bits.bits()?))) {
            scan(octets, bits.start + 1, found);
        }
    }

    /// Says whether its signature is made with an RSA key; `None` if one of both cannot be read.
    pub(super) fn is_signed_by(&self, key: &[u8]) -> Option<bool> {
        let signed = self.signed?.whole;
        let (_, signature) = self.signature?.bits()?;
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
        Some(key.verify(signed, signature).is_ok())
    }

    /// Returns the first extension with an identifier.
    pub(super) fn extension(&self, oid: &[u8]) -> Option<&Extension<'a>> {
        self.extensions
            .iter()
            .find(|extension| extension.oid == oid)
    }
}

/// What is said of an extension whose value has another form than its module says.
const UNREADABLE: &str = "the value is not of its type";

/// Keeps the first of several values; says whether there was one.
fn put<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let is_read = value.is_some();
    if place.is_none() {
        *place = value;
    }
    is_read
}

/// Keeps the first of several lists; says whether there was one.
fn put_all<T>(place: &mut Vec<T>, values: Option<Vec<T>>) -> bool {
    let is_read = values.is_some();
    if place.is_empty() {
        place.extend(values.into_iter().flatten());
    }
    is_read
}

fn octet_string<'a>(item: &Item<'a>) -> Option<Item<'a>> {
    (item.tag == OCTET_STRING).then_some(*item)
}

/// Returns the name of an extension's field.
pub(super) const fn field_of(oid: &[u8]) -> &'static str {
    match oid {
        oid::BASIC_CONSTRAINTS => "tbsCertificate.extensions.basicConstraints",
        oid::KEY_USAGE => "tbsCertificate.extensions.keyUsage",
        oid::SUBJECT_KEY_ID => "tbsCertificate.extensions.subjectKeyIdentifier",
        oid::AUTHORITY_KEY_ID => "tbsCertificate.extensions.authorityKeyIdentifier",
        oid::EXTENDED_KEY_USAGE => "tbsCertificate.extensions.extKeyUsage",
        oid::CRL_POINTS => "tbsCertificate.extensions.cRLDistributionPoints",
        oid::POLICIES => "tbsCertificate.extensions.certificatePolicies",
        oid::AUTHORITY_ACCESS => "tbsCertificate.extensions.authorityInfoAccess",
        oid::SUBJECT_ACCESS => "tbsCertificate.extensions.subjectInfoAccess",
        oid::IP_BLOCKS => "tbsCertificate.extensions.ipAddrBlocks",
        oid::IP_BLOCKS_V2 => "tbsCertificate.extensions.ipAddrBlocks-v2",
        oid::AS_IDS => "tbsCertificate.extensions.autonomousSysIds",
        oid::AS_IDS_V2 => "tbsCertificate.extensions.autonomousSysIds-v2",
        _ => "tbsCertificate.extensions",
    }
}

/// Reads the list of extensions of a certificate or CRL; `outer` is the tag around it.
pub(super) fn read_extensions<'a>(
    outer: &Item<'a>,
    field: &'static str,
    flaws: &mut Flaws<'_>,
) -> Vec<Extension<'a>> {
    let mut extensions = Vec::with_capacity(10);
    let mut outer = outer.reader();
    let Some(list) = flaws.take(&mut outer, SEQUENCE, field) else {
        return extensions;
    };
    flaws.end(&outer, field);
    let mut reader = list.reader();
    while let Some(item) = reader.next() {
        match read_extension(&item) {
            Some(extension) => extensions.push(extension),
            None => flaws.add(item.at, field, "an extension that is not of its type"),
        }
    }
    flaws.end(&reader, field);
    extensions
}

fn read_extension<'a>(item: &Item<'a>) -> Option<Extension<'a>> {
    if item.tag != SEQUENCE {
        return None;
    }
    let mut reader = item.reader();
    let oid = reader.take(OID)?.octets;
    let critical = reader.take(BOOLEAN);
    let is_critical = critical.is_some_and(|item| !item.is_zero());
    let value = reader.take(OCTET_STRING)?;
    reader.is_empty().then_some(Extension {
        at: item.at,
        oid,
        is_critical,
        explicit_false: critical.filter(|_| !is_critical).map(|item| item.at),
        value,
    })
}
