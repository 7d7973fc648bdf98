//! An object as it was read.

use std::borrow::Cow;

use super::aspa::Aspa;
use super::certificate::Certificate;
use super::checklist::Checklist;
use super::cms::Signed;
use super::consensus::Agreed;
use super::crl::Crl;
use super::der::{Irregular, Irregularity, Item, Reader, note, scan};
use super::kind::Kind;
use super::manifest::Manifest;
use super::prefix_list::PrefixList;
use super::roa::Roa;
use super::tak::Tak;
use super::tal::Locator;

/// Which rule about the form reports a flaw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    /// A certificate, its extensions among it.
    Certificate,
    /// Number resources of a certificate.
    Resources,
    /// A CRL.
    Crl,
    /// The CMS wrapping of a signed object.
    Signed,
    /// What is signed.
    Content,
}

/// Something that could not be read as its ASN.1 module says.
#[derive(Clone, Debug)]
pub(super) struct Flaw {
    pub area: Area,
    pub at: usize,
    pub field: Cow<'static, str>,
    pub what: Cow<'static, str>,
}

/// Most flaws that are kept for one object.
const MAX_FLAWS: usize = 100;

/// Collects flaws of one area.
#[derive(Debug)]
pub(super) struct Flaws<'a> {
    area: Area,
    prefix: &'static str,
    all: &'a mut Vec<Flaw>,
}

impl<'a> Flaws<'a> {
    /// Returns a collector for an area; `prefix` begins the name of each field.
    pub(super) const fn new(area: Area, prefix: &'static str, all: &'a mut Vec<Flaw>) -> Self {
        Self { area, prefix, all }
    }

    /// Returns the same collector for another area.
    pub(super) const fn of(&mut self, area: Area) -> Flaws<'_> {
        Flaws {
            area,
            prefix: self.prefix,
            all: self.all,
        }
    }

    /// Notes a flaw of a field.
    pub(super) fn add(
        &mut self,
        at: usize,
        field: impl Into<Cow<'static, str>>,
        what: impl Into<Cow<'static, str>>,
    ) {
        if self.all.len() >= MAX_FLAWS {
            return;
        }
        let mut field = field.into();
        if !self.prefix.is_empty() {
            field = Cow::Owned(format!("{}{field}", self.prefix));
        }
        self.all.push(Flaw {
            area: self.area,
            at,
            field,
            what: what.into(),
        });
    }

    /// Takes a value that must be there.
    pub(super) fn take<'b>(
        &mut self,
        reader: &mut Reader<'b>,
        tag: u8,
        field: &'static str,
    ) -> Option<Item<'b>> {
        let item = reader.take(tag);
        if item.is_none() {
            self.add(reader.at(), field, "not there, not of its type, or cut off");
        }
        item
    }

    /// Notes octets that are left where none should be.
    pub(super) fn end(&mut self, reader: &Reader<'_>, field: &'static str) {
        if !reader.is_empty() {
            self.add(reader.at(), field, "more than its type has");
        }
    }
}

/// What a document says.
#[derive(Clone, Debug)]
pub(super) enum Content<'a> {
    /// Certificates, and contents that could not be found.
    None,
    Tal(Locator<'a>),
    Crl(Crl<'a>),
    Manifest(Manifest<'a>),
    Roa(Roa),
    Aspa(Aspa),
    Tak(Tak<'a>),
    /// The text of a Ghostbusters record.
    Ghostbusters(Item<'a>),
    Checklist(Checklist<'a>),
    PrefixList(PrefixList),
    Consensus(Agreed<'a>),
}

/// One document of the RPKI, read as far as it can be.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    /// What it was read as.
    pub kind: Kind,
    /// The octets.
    pub(super) octets: &'a [u8],
    /// What its encoding has that is not DER.
    pub(super) irregular: Vec<Irregularity>,
    /// What could not be read.
    pub(super) flaws: Vec<Flaw>,
    /// The certificate itself, or the one inside a signed object.
    pub(super) certificate: Option<Certificate<'a>>,
    /// The CMS wrapping.
    pub(super) signed: Option<Signed<'a>>,
    pub(super) content: Content<'a>,
}

impl<'a> Object<'a> {
    /// Reads octets as a document of a kind.
    ///
    /// This never fails: what is not there or cannot be read is found by the rules.
    /// Time and memory are linear in the number of octets; nesting is not followed
    /// beyond what the profiles have.
    pub fn read(kind: Kind, octets: &'a [u8]) -> Self {
        let mut object = Self {
            kind,
            octets,
            irregular: Vec::new(),
            flaws: Vec::new(),
            certificate: None,
            signed: None,
            content: Content::None,
        };
        match kind {
            Kind::Tal => object.content = Content::Tal(Locator::read(octets)),
            Kind::Crl => object.read_crl(),
            Kind::TrustAnchor | Kind::CaCertificate | Kind::RouterCertificate => {
                object.read_certificate();
            }
            Kind::Manifest
            | Kind::Roa
            | Kind::Aspa
            | Kind::Tak
            | Kind::Ghostbusters
            | Kind::Checklist
            | Kind::PrefixList
            | Kind::Consensus => object.read_signed(),
        }
        object
    }

    fn read_certificate(&mut self) {
        scan(self.octets, 0, &mut self.irregular);
        if let Some(item) = Reader::new(self.octets, 0).next() {
            let certificate = Certificate::read(&item, "", &mut self.flaws);
            certificate.scan(&mut self.irregular);
            self.certificate = Some(certificate);
        }
    }

    fn read_crl(&mut self) {
        scan(self.octets, 0, &mut self.irregular);
        if let Some(item) = Reader::new(self.octets, 0).next() {
            let mut flaws = Flaws::new(Area::Crl, "", &mut self.flaws);
            let crl = Crl::read(&item, &mut flaws, &mut self.irregular);
            self.content = Content::Crl(crl);
        }
    }

    fn read_signed(&mut self) {
        scan(self.octets, 0, &mut self.irregular);
        let Some(item) = Reader::new(self.octets, 0).next() else {
            return;
        };
        let mut flaws = Flaws::new(Area::Signed, "", &mut self.flaws);
        let signed = Signed::read(&item, &mut flaws, &mut self.irregular);
        if let Some(item) = signed.certificates.first() {
            let certificate = Certificate::read(item, "certificates[0].", &mut self.flaws);
            certificate.scan(&mut self.irregular);
            self.certificate = Some(certificate);
        }
        if let Some(content) = signed.content {
            self.content = self.read_content(&content);
        }
        self.signed = Some(signed);
    }

    /// Returns the content of a signed object that has it in several segments.
    pub(super) fn joined(&self) -> Option<Vec<u8>> {
        let segments = self
            .signed
            .as_ref()
            .map(|signed| signed.segments.as_slice())?;
        (!segments.is_empty()).then(|| {
            segments
                .iter()
                .flat_map(|one| one.octets)
                .copied()
                .collect()
        })
    }

    /// Returns this object with a content that was in segments.
    ///
    /// Offsets in the content then count from the first segment on as if it were the only one.
    pub(super) fn with_content<'b>(&self, joined: &'b [u8]) -> Object<'b>
    where
        'a: 'b,
    {
        let mut object: Object<'b> = self.clone();
        let segments = self
            .signed
            .as_ref()
            .map(|signed| signed.segments.as_slice());
        if let Some(first) = segments.and_then(<[Item<'_>]>::first) {
            let content = Item {
                octets: joined,
                whole: joined,
                ..*first
            };
            object.content = object.read_content(&content);
            if let Some(signed) = &mut object.signed {
                signed.content = Some(content);
            }
        }
        object
    }

    /// Reads what is signed; `content` is the OCTET STRING around it.
    fn read_content(&mut self, content: &Item<'a>) -> Content<'a> {
        if self.kind == Kind::Ghostbusters {
            return Content::Ghostbusters(*content);
        }
        if !content.octets.is_empty() {
            scan(content.octets, content.start, &mut self.irregular);
        }
        let mut flaws = Flaws::new(Area::Content, "eContent", &mut self.flaws);
        let Some(outer) = flaws.take(&mut content.reader(), super::der::SEQUENCE, "") else {
            return Content::None;
        };
        let flaws = &mut flaws;
        match self.kind {
            Kind::Manifest => Content::Manifest(Manifest::read(&outer, flaws)),
            Kind::Roa => Content::Roa(Roa::read(&outer, flaws)),
            Kind::Aspa => Content::Aspa(Aspa::read(&outer, flaws)),
            Kind::Tak => Content::Tak(Tak::read(&outer, flaws)),
            Kind::Checklist => Content::Checklist(Checklist::read(&outer, flaws)),
            Kind::PrefixList => Content::PrefixList(PrefixList::read(&outer, flaws)),
            Kind::Consensus => Content::Consensus(Agreed::read(&outer, flaws)),
            Kind::Ghostbusters
            | Kind::Tal
            | Kind::TrustAnchor
            | Kind::CaCertificate
            | Kind::RouterCertificate
            | Kind::Crl => Content::None,
        }
    }

    /// Notes an explicitly encoded default.
    pub(super) fn note_default(found: &mut Vec<Irregularity>, at: usize) {
        note(found, at, Irregular::Default);
    }
}

/// A version of `[0] EXPLICIT INTEGER DEFAULT 0`, where it was encoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Version {
    pub at: usize,
    /// `None` if it is no small number.
    pub number: Option<u64>,
}

impl Version {
    /// Takes the version of a content if one is there.
    pub(super) fn take(reader: &mut Reader<'_>) -> Option<Self> {
        let outer = reader.take(0xA0)?;
        let number = outer.reader().take(super::der::INTEGER);
        Some(Self {
            at: outer.at,
            number: number.and_then(|item| item.number()),
        })
    }
}
