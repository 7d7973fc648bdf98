//! What an object tells beside being right or wrong: its time, the key of its name, what it lists.

use jiff::Timestamp;

use super::kind::Kind;
use super::moment::Moment;
use super::object::{Content, Object};
use super::oid;

/// What an object tells of itself; what cannot be read is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// When it was made: the signing time of a signed object, `thisUpdate` of a CRL,
    /// `notBefore` of a certificate. A signing time at which its own certificate is not valid
    /// says nothing of when that was, and is absent; a rule of its own names it.
    pub time: Option<Timestamp>,
    /// The key identifier that its name follows from: of the authority for its manifest and
    /// CRL, of the subject for an authority's certificate; none for what is named as one likes.
    pub key: Option<[u8; 20]>,
    /// What a manifest says of others; `None` for other objects.
    pub manifest: Option<Listed>,
}

/// What a manifest says of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// `thisUpdate`.
    pub this_update: Option<Timestamp>,
    /// Names and SHA-256 of its files; those that cannot be read are left out.
    pub files: Vec<(String, [u8; 32])>,
    /// How many files it lists, those that cannot be read included.
    pub count: usize,
}

impl Object<'_> {
    /// Returns what the object tells.
    pub fn told(&self) -> Told {
        let manifest = if let Content::Manifest(manifest) = &self.content {
            Some(Listed {
                this_update: time(manifest.this_update()),
                files: manifest.listed().collect(),
                count: manifest.count(),
            })
        } else {
            None
        };
        Told {
            time: self.made(),
            key: self.named(),
            manifest,
        }
    }

    fn made(&self) -> Option<Timestamp> {
        if let Content::Crl(crl) = &self.content {
            return time(crl.this_update);
        }
        if self.kind.is_signed() {
            let signer = self.signed.as_ref()?.signer.as_ref()?;
            let attribute = signer.attribute(oid::SIGNING_TIME)?;
            let signed = time(attribute.first.as_ref().and_then(Moment::read))?;
            let certificate = self.certificate.as_ref()?;
            let valid = time(certificate.not_before)?..=time(certificate.not_after)?;
            return valid.contains(&signed).then_some(signed);
        }
        time(self.certificate.as_ref()?.not_before)
    }

    fn named(&self) -> Option<[u8; 20]> {
        let key = match (self.kind, &self.content) {
            (Kind::Crl, Content::Crl(crl)) => crl.authority_key?.key?,
            (Kind::Manifest, _) => self.certificate.as_ref()?.authority_key?.key?,
            (Kind::CaCertificate, _) => self.certificate.as_ref()?.subject_key?,
            _ => return None,
        };
        key.octets.try_into().ok()
    }
}

fn time(moment: Option<Moment>) -> Option<Timestamp> {
    Timestamp::from_second(moment?.seconds?).ok()
}
