//! Messages that the business PKI of a participant signs: its certificate, and the CMS around
//! states and events of a distribution of resources.
//!
//! They are not signed objects of the RPKI: their certificates have no resources, and stand
//! below a key that the consensus object names.
//!
//! Source: draft-nro-sidrops-ta-constraints-00, "Signing Outside of RPKI Repository"; RFC 5652,
//! section 5; RFC 8183, section 8.1.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use jiff::Timestamp;

use super::certificate::Certificate;
use super::cms::Signed;
use super::der::{OCTET_STRING, Reader};
use super::field_rules::validity;
use super::moment::Shown;
use super::object::{Area, Flaw, Flaws};
use super::oid;

/// The self-signed certificate of who signs states and events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BpkiAnchor {
    /// Its `SubjectPublicKeyInfo`, DER.
    pub info: Vec<u8>,
    /// The identifier of its key: SHA-1 as 40 hex digits.
    pub key: String,
    /// The octets of its key that signatures are verified with.
    public: Vec<u8>,
}

impl BpkiAnchor {
    /// Reads a certificate and verifies that it is signed with its own key and valid at a time.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn read(octets: &[u8], now: Timestamp) -> Result<Self, String> {
        let mut flaws = Vec::new();
        let item = Reader::new(octets, 0).next().ok_or("no DER")?;
        let certificate = Certificate::read(&item, "", &mut flaws);
        let key = certificate.key.ok_or("it has no key")?;
        let public = key.identified().ok_or("its key cannot be read")?;
        if certificate.is_signed_by(public) != Some(true) {
            return Err("it is not signed with its own key".to_owned());
        }
        is_valid(&certificate, now)?;
        Ok(Self {
            info: key.info.whole.to_vec(),
            key: identifier(public),
            public: public.to_vec(),
        })
    }
}

/// A message whose signature was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The type of its content, as dotted numbers.
    pub content_type: String,
    /// Its content.
    pub content: Vec<u8>,
    /// The identifier of the key that signed it: SHA-1 as 40 hex digits.
    pub key: String,
}

impl Message {
    /// Reads a message and verifies it: it is signed with the key of the one certificate that it
    /// has, which the participant's own certified and which is valid at a time.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn read(octets: &[u8], anchor: &BpkiAnchor, now: Timestamp) -> Result<Self, String> {
        let item = Reader::new(octets, 0).next().ok_or("no DER")?;
        let (mut found, mut irregular) = (Vec::new(), Vec::new());
        let mut flaws = Flaws::new(Area::Signed, "", &mut found);
        let signed = Signed::read(&item, &mut flaws, &mut irregular);
        first_flaw(&found)?;
        let content = signed.content.ok_or("it has no content in one piece")?;
        let kind = signed.content_type.ok_or("its content has no type")?;
        let [certificate] = signed.certificates.as_slice() else {
            return Err(format!(
                "it has {} certificates, not one",
                signed.certificates.len()
            ));
        };
        let certificate = Certificate::read(certificate, "certificates[0].", &mut found);
        if certificate.is_signed_by(&anchor.public) != Some(true) {
            return Err(format!(
                "its certificate is not signed with the key {}",
                anchor.key
            ));
        }
        is_valid(&certificate, now)?;
        let public = certificate.key.and_then(|key| key.identified());
        let public = public.ok_or("the key of its certificate cannot be read")?;
        let signer = signed.signer.as_ref().filter(|_| signed.signers.1 == 1);
        let signer = signer.ok_or("it has no signer, or several")?;
        let hash = digest(&SHA256, content.octets);
        let value = |oid| signer.attribute(oid).and_then(|attribute| attribute.first);
        let is_hash = |tag: u8, octets: &[u8]| tag == OCTET_STRING && octets == hash.as_ref();
        if !value(oid::MESSAGE_DIGEST).is_some_and(|v| is_hash(v.tag, v.octets)) {
            return Err("its message digest is not that of its content".to_owned());
        }
        if !value(oid::CONTENT_TYPE).is_some_and(|v| v.octets == kind.octets) {
            return Err("its signed content type is not that of its content".to_owned());
        }
        if signer.is_signed_by(public) != Some(true) {
            return Err("it is not signed with the key of its certificate".to_owned());
        }
        Ok(Self {
            content_type: oid::dotted(kind.octets),
            content: content.octets.to_vec(),
            key: identifier(public),
        })
    }
}

/// Returns the identifier of a key: SHA-1 of its octets as 40 hex digits.
fn identifier(public: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, public).as_ref())
}

fn is_valid(certificate: &Certificate<'_>, now: Timestamp) -> Result<(), String> {
    let (from, until) = validity(certificate).ok_or("its certificate has no time of validity")?;
    let now = now.as_second();
    if now < from {
        return Err(format!("its certificate is valid from {}", Shown(from)));
    }
    if now > until {
        return Err(format!("its certificate was valid until {}", Shown(until)));
    }
    Ok(())
}

/// Returns the first flaw as an error.
pub(super) fn first_flaw(found: &[Flaw]) -> Result<(), String> {
    match found.first() {
        None => Ok(()),
        Some(flaw) => Err(format!(
            "`{}` at octet {}: {}",
            flaw.field.trim_start_matches('.'),
            flaw.at,
            flaw.what
        )),
    }
}
