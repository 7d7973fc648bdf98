//! The CMS wrapping of signed objects, read with positions.
//!
//! Source: RFC 5652, sections 3 and 5; RFC 6488, section 2.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::certificate::Algorithm;
use super::der::{
    INTEGER, Irregular, Irregularity, Item, OCTET_STRING, OID, SEQUENCE, SET, is_ordered, note,
};
use super::object::Flaws;

/// Tag of an OCTET STRING in segments, which only BER allows.
const SEGMENTED: u8 = 0x24;

/// A `ContentInfo` with `SignedData` as far as it could be read.
#[derive(Clone, Debug)]
pub(super) struct Signed<'a> {
    pub at: usize,
    /// Content type of the whole; signed data in every signed object.
    pub outer_type: Option<Item<'a>>,
    pub version: Option<Item<'a>>,
    pub digests: Vec<Item<'a>>,
    pub content_type: Option<Item<'a>>,
    /// The OCTET STRING around the content; `None` also for one in several segments.
    pub content: Option<Item<'a>>,
    /// Segments of a content in several of them, which only BER allows.
    pub segments: Vec<Item<'a>>,
    pub certificates: Vec<Item<'a>>,
    pub crls: Option<Item<'a>>,
    /// Offset of the set of signers, and how many there are.
    pub signers: (usize, usize),
    /// The first of them.
    pub signer: Option<Signer<'a>>,
}

/// A `SignerInfo`.
#[derive(Clone, Debug)]
pub(super) struct Signer<'a> {
    pub at: usize,
    pub version: Option<Item<'a>>,
    /// Signer identifier: `[0]` with a key identifier, or a SEQUENCE with issuer and number.
    pub id: Option<Item<'a>>,
    pub digest: Option<Algorithm<'a>>,
    /// The `[0]` around the signed attributes.
    pub signed: Option<Item<'a>>,
    pub attributes: Vec<Attribute<'a>>,
    pub algorithm: Option<Algorithm<'a>>,
    pub signature: Option<Item<'a>>,
    pub unsigned: Option<Item<'a>>,
}

/// A signed attribute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute<'a> {
    pub at: usize,
    pub oid: &'a [u8],
    /// How many values there are.
    pub values: usize,
    pub first: Option<Item<'a>>,
}

impl<'a> Signed<'a> {
    /// Reads a signed object as far as it can be read.
    pub(super) fn read(
        item: &Item<'a>,
        flaws: &mut Flaws<'_>,
        irregular: &mut Vec<Irregularity>,
    ) -> Self {
        let mut signed = Self {
            at: item.at,
            outer_type: None,
            version: None,
            digests: Vec::new(),
            content_type: None,
            content: None,
            segments: Vec::new(),
            certificates: Vec::new(),
            crls: None,
            signers: (item.at, 0),
            signer: None,
        };
        if item.tag != SEQUENCE {
            flaws.add(item.at, "", "no SEQUENCE");
            return signed;
        }
        let mut reader = item.reader();
        signed.outer_type = flaws.take(&mut reader, OID, "contentType");
        if let Some(outer) = flaws.take(&mut reader, 0xA0, "content") {
            let mut inner = outer.reader();
            if let Some(data) = flaws.take(&mut inner, SEQUENCE, "content") {
                signed.read_data(&data, flaws, irregular);
            }
            flaws.end(&inner, "content");
        }
        flaws.end(&reader, "");
        signed
    }

    fn read_data(
        &mut self,
        data: &Item<'a>,
        flaws: &mut Flaws<'_>,
        irregular: &mut Vec<Irregularity>,
    ) {
        let mut reader = data.reader();
        self.version = flaws.take(&mut reader, INTEGER, "version");
        if let Some(set) = flaws.take(&mut reader, SET, "digestAlgorithms") {
            let mut digests = set.reader();
            while let Some(digest) = digests.take(SEQUENCE) {
                self.digests.push(digest);
            }
            flaws.end(&digests, "digestAlgorithms");
        }
        if let Some(info) = flaws.take(&mut reader, SEQUENCE, "encapContentInfo") {
            self.read_content(&info, flaws);
        }
        if let Some(set) = reader.take(0xA0) {
            let mut certificates = set.reader();
            while let Some(certificate) = certificates.next() {
                self.certificates.push(certificate);
            }
            flaws.end(&certificates, "certificates");
        }
        self.crls = reader.take(0xA1);
        if let Some(set) = flaws.take(&mut reader, SET, "signerInfos") {
            let mut signers = set.reader();
            self.signers.0 = set.at;
            while let Some(signer) = signers.take(SEQUENCE) {
                self.signers.1 += 1;
                if self.signer.is_none() {
                    self.signer = Some(Signer::read(&signer, flaws, irregular));
                }
            }
            flaws.end(&signers, "signerInfos");
        }
        flaws.end(&reader, "content");
    }

    fn read_content(&mut self, info: &Item<'a>, flaws: &mut Flaws<'_>) {
        let mut reader = info.reader();
        self.content_type = flaws.take(&mut reader, OID, "encapContentInfo.eContentType");
        if let Some(outer) = flaws.take(&mut reader, 0xA0, "encapContentInfo.eContent") {
            let mut inner = outer.reader();
            let field = "encapContentInfo.eContent";
            if let Some(segmented) = inner.take(SEGMENTED) {
                self.read_segments(&segmented, flaws);
            } else {
                self.content = flaws.take(&mut inner, OCTET_STRING, field);
            }
            flaws.end(&inner, field);
        }
        flaws.end(&reader, "encapContentInfo");
    }
}

impl<'a> Signed<'a> {
    fn read_segments(&mut self, outer: &Item<'a>, flaws: &mut Flaws<'_>) {
        let mut reader = outer.reader();
        while let Some(segment) = reader.take(OCTET_STRING) {
            self.segments.push(segment);
        }
        flaws.end(&reader, "encapContentInfo.eContent");
        if let [only] = self.segments.as_slice() {
            self.content = Some(*only);
            self.segments.clear();
        }
    }
}

impl<'a> Signer<'a> {
    fn read(item: &Item<'a>, flaws: &mut Flaws<'_>, irregular: &mut Vec<Irregularity>) -> Self {
        let mut reader = item.reader();
        let version = flaws.take(&mut reader, INTEGER, "signerInfos[0].version");
        let id = reader.take(0x80).or_else(|| reader.take(SEQUENCE));
        if id.is_none() {
            flaws.add(
                reader.at(),
                "signerInfos[0].sid",
                "not there, or not of its type",
            );
        }
        let digest = flaws.take(&mut reader, SEQUENCE, "signerInfos[0].digestAlgorithm");
        let signed = reader.take(0xA0);
        let algorithm = flaws.take(&mut reader, SEQUENCE, "signerInfos[0].signatureAlgorithm");
        let signature = flaws.take(&mut reader, OCTET_STRING, "signerInfos[0].signature");
        let unsigned = reader.take(0xA1);
        flaws.end(&reader, "signerInfos[0]");
        let mut signer = Self {
            at: item.at,
            version,
            id,
            digest: digest.and_then(|item| Algorithm::read(&item)),
            signed,
            attributes: Vec::with_capacity(3),
            algorithm: algorithm.and_then(|item| Algorithm::read(&item)),
            signature,
            unsigned,
        };
        if let Some(set) = signed {
            signer.read_attributes(&set, flaws);
            // An implicit tag hides from the walk that this is a SET OF.
            if !is_ordered(set.octets) {
                note(irregular, set.at, Irregular::SetOrder);
            }
        }
        signer
    }

    fn read_attributes(&mut self, set: &Item<'a>, flaws: &mut Flaws<'_>) {
        let mut reader = set.reader();
        while let Some(item) = reader.next() {
            match read_attribute(&item) {
                Some(attribute) => self.attributes.push(attribute),
                None => flaws.add(item.at, "signerInfos[0].signedAttrs", "no attribute"),
            }
        }
        flaws.end(&reader, "signerInfos[0].signedAttrs");
    }

    /// Says whether its signature over the signed attributes is made with an RSA key; `None` if one of
    /// them is not there.
    pub(super) fn is_signed_by(&self, key: &[u8]) -> Option<bool> {
        let (signed, signature) = (self.signed?, self.signature?);
        // What is signed is the SET OF under its own tag, not under the implicit one.
        let mut octets = signed.whole.to_vec();
        if let Some(tag) = octets.first_mut() {
            *tag = SET;
        }
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
        Some(key.verify(&octets, signature.octets).is_ok())
    }

    /// Returns the first attribute of a type.
    pub(super) fn attribute(&self, oid: &[u8]) -> Option<&Attribute<'a>> {
        self.attributes
            .iter()
            .find(|attribute| attribute.oid == oid)
    }
}

fn read_attribute<'a>(item: &Item<'a>) -> Option<Attribute<'a>> {
    if item.tag != SEQUENCE {
        return None;
    }
    let mut reader = item.reader();
    let oid = reader.take(OID)?.octets;
    let mut set = reader.take(SET)?.reader();
    let first = set.next();
    let mut values = usize::from(first.is_some());
    while set.next().is_some() {
        values += 1;
    }
    (reader.is_empty() && set.is_empty()).then_some(Attribute {
        at: item.at,
        oid,
        values,
        first,
    })
}
