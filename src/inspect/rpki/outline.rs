//! An object in short: what two captures of one repository are compared by.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::der::Item;
use super::kind::Kind;
use super::moment::Moment;
use super::object::{Content, Object};

/// What a series in time needs of one object; what could not be read is absent.
///
/// Numbers, key identifiers and digests are hex digits in lower case; numbers have no
/// leading zeros, so that the longer of two is the greater.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// What it was read as; `None` for a file of no known kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Its certificate, or the one inside a signed object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certified>,
    /// SHA-256 of what is signed, without the CMS around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Number of a manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// When a manifest or CRL was issued, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<i64>,
    /// Key identifier of a CRL's issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Serial numbers that a CRL revokes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoked: Vec<String>,
    /// Digests of the current, predecessor and successor key of a TAK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<[Option<String>; 3]>,
    /// Customer of an ASPA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<u32>,
}

/// A certificate in short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certified {
    /// Authority key identifier: who issued it; empty where it is absent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub issuer: String,
    /// Subject key identifier; empty where it is absent.
    pub subject: String,
    /// Serial number; empty where it cannot be read.
    pub serial: String,
    /// SHA-256 of the certificate.
    pub digest: String,
    /// First moment of validity in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<i64>,
    /// Last moment of validity in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<i64>,
    /// Ranges of AS numbers, first and last; empty for none and for inherited ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asns: Vec<(u32, u32)>,
}

impl Outline {
    /// Reads an object by the extension of its name.
    ///
    /// This never fails, and costs what reading the object costs: nothing is verified.
    pub fn read(name: &str, octets: &[u8]) -> Self {
        match Kind::of_file(name, octets) {
            Some(kind) => Self::of(&Object::read(kind, octets)),
            None => Self::default(),
        }
    }

    /// Returns what an object that was read says.
    pub fn of(object: &Object<'_>) -> Self {
        let mut outline = Self {
            kind: Some(object.kind),
            ..Self::default()
        };
        outline.certificate = object.certificate.as_ref().map(|certificate| {
            let octets = match object.signed.as_ref() {
                Some(signed) => signed.certificates.first().map_or(&[][..], |c| c.whole),
                None => object.octets,
            };
            Certified::of(certificate, octets)
        });
        let signed = object.signed.as_ref();
        outline.content = signed
            .and_then(|signed| signed.content)
            .map(|content| sha256(content.octets));
        match &object.content {
            Content::Manifest(manifest) => {
                let (number, issued) = manifest.issue();
                outline.number = number.map(hex_number);
                outline.issued = issued;
            }
            Content::Crl(crl) => {
                outline.issuer = crl.issuer_key().map(hex);
                outline.issued = crl.issued();
                outline.revoked = crl.serials().map(hex_number).collect();
            }
            Content::Tak(tak) => outline.keys = Some(tak.infos().map(|info| info.map(sha256))),
            Content::Aspa(_) => {
                outline.customer = object.provider_set().map(|(customer, _)| customer.0);
            }
            Content::None
            | Content::Tal(_)
            | Content::Roa(_)
            | Content::Ghostbusters(_)
            | Content::Checklist(_)
            | Content::PrefixList(_)
            | Content::Consensus(_) => {}
        }
        outline
    }
}

impl Certified {
    fn of(certificate: &Certificate<'_>, octets: &[u8]) -> Self {
        let text = |item: Option<Item<'_>>| item.map_or_else(String::new, |i| hex(i.octets));
        let issuer = certificate.authority_key.as_ref().and_then(|key| key.key);
        let seconds = |moment: Option<Moment>| moment.and_then(|moment| moment.seconds);
        let numbers = certificate.asn.as_ref().and_then(|ids| ids.asnum.as_ref());
        let ranges = numbers.and_then(|numbers| numbers.ranges.as_ref());
        let serial = certificate.serial;
        Self {
            issuer: text(issuer),
            subject: text(certificate.subject_key),
            serial: serial.map_or_else(String::new, |item| hex_number(item.octets)),
            digest: sha256(octets),
            not_before: seconds(certificate.not_before),
            not_after: seconds(certificate.not_after),
            asns: ranges
                .into_iter()
                .flatten()
                .map(|range| (range.low, range.high))
                .collect(),
        }
    }

    /// Says whether it holds an AS number by itself.
    pub fn holds(&self, number: u32) -> bool {
        let mut ranges = self.asns.iter();
        ranges.any(|(low, high)| (*low..=*high).contains(&number))
    }
}

fn hex(octets: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(octets)
}

/// Returns the digits of a number without leading zeros; `0` for none.
fn hex_number(octets: &[u8]) -> String {
    let text = hex(octets);
    let digits = text.trim_start_matches('0');
    if digits.is_empty() {
        return "0".to_owned();
    }
    digits.to_owned()
}

fn sha256(octets: &[u8]) -> String {
    hex(digest(&SHA256, octets).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_leading_zeros_and_what_cannot_be_read_is_absent() {
        assert_eq!(hex_number(&[0, 0x0a, 0x10]), "a10");
        assert_eq!(hex_number(&[0]), "0");
        assert_eq!(Outline::read("a.xyz", b"octets"), Outline::default());
        let read = Outline::read("a.roa", b"octets");
        assert_eq!(read.kind, Some(Kind::Roa));
        assert_eq!((read.content, read.certificate), (None, None));
    }
}
