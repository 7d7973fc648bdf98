//! The `rpki` crate as cryptographic engine: what it accepts, and why it refused.
//!
//! Its errors are texts without a code, so a refusal is explained by asking again, step
//! by step. That costs time only for what is refused.

use std::fmt::Write as _;

use bytes::Bytes;
use jiff::Timestamp;
use rpki::crypto::PublicKey;
use rpki::repository::cert::{Overclaim, TbsCert};
use rpki::repository::sigobj::SignedObject;
use rpki::repository::x509::{Name, Time};
use rpki::repository::{Cert, Crl, ResourceCert};
use rpki::uri;

use super::found::{Certified, Key, Number, Validity, moment};
use super::outcome::{Kind, Reason, Refusal};
use super::sets;

/// Strict reading: DER and names as RFC 6487 has them.
pub(super) const STRICT: bool = true;

/// The eContentType of signed objects without its last component: 1.2.840.113549.1.9.16.1.
const CONTENT_TYPES: [u8; 10] = [42, 134, 72, 134, 247, 13, 1, 9, 16, 1];

/// The DER of an RSA key up to a modulus of 2048 bits, whose first octet follows.
const RSA_HEAD: [u8; 9] = [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];

/// The DER of the exponent 65537.
const RSA_TAIL: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];

/// Octets of an RSA key of 2048 bits.
const RSA_LENGTH: usize = 270;

/// What judging a certificate needs of its issuer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Issuer<'a> {
    pub(super) cert: &'a ResourceCert,
    pub(super) now: Time,
    /// The issuer's CRL and where it is; `None` while the CRL is not read yet.
    pub(super) crl: Option<(&'a Crl, &'a str)>,
}

/// The form a certificate must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Ca,
    Ee,
    Detached,
    Router,
}

/// Returns a time as one of the library.
pub(super) fn time(at: Timestamp) -> Time {
    Time::from(std::time::SystemTime::from(at))
}

/// Returns a time of the library in seconds since 1970.
pub(super) fn seconds(time: Time) -> i64 {
    time.timestamp()
}

/// Returns a time of the library as one of ours.
pub(super) fn stamp(time: Time) -> Timestamp {
    moment(seconds(time))
}

/// Returns serial number and key of a certificate.
pub(super) fn certified(cert: &TbsCert) -> Certified {
    Certified {
        serial: Number(cert.serial_number().into_array()),
        key: key(cert),
    }
}

/// Returns when a certificate is valid.
pub(super) fn validity(cert: &TbsCert) -> Validity {
    let validity = cert.validity();
    Validity::new(
        seconds(validity.not_before()),
        seconds(validity.not_after()),
    )
}

/// Returns the key identifier of a certificate.
pub(super) fn key(cert: &TbsCert) -> Key {
    let octets = cert.subject_key_identifier();
    Key(<[u8; 20]>::try_from(octets.as_slice()).unwrap_or_default())
}

/// Returns an rsync URI with scheme and host in lower case.
pub(super) fn canonical(uri: &uri::Rsync) -> String {
    let module = uri.canonical_module();
    let mut text = String::with_capacity(uri.as_str().len());
    text.push_str(&module);
    text.push_str(uri.path());
    // The module starts with the scheme, which stays as it was if the host was in lower case.
    if let Some(scheme) = text.get_mut(..8) {
        scheme.make_ascii_lowercase();
    }
    text
}

/// Says whether a key is what RFC 7935 section 3 asks for: RSA, 2048 bits, exponent 65537.
pub(super) fn is_rpki_key(key: &PublicKey) -> bool {
    let bits = key.bits();
    let highest = bits.get(RSA_HEAD.len()).is_some_and(|octet| *octet >= 0x80);
    key.allow_rpki_cert()
        && bits.len() == RSA_LENGTH
        && bits.starts_with(&RSA_HEAD)
        && bits.ends_with(&RSA_TAIL)
        && highest
}

/// Says whether two names are the same (RFC 5280 section 7.1, as far as letters go).
pub(super) fn same_name(a: &Name, b: &Name) -> bool {
    use bcder::Mode;
    use bcder::encode::Values as _;
    if a == b {
        return true;
    }
    let plain = |name: &Name| -> Vec<u8> {
        let octets = name.encode_ref().to_captured(Mode::Der);
        // A UTF8String (0x0c) may stand for a PrintableString (0x13).
        let fold = |octet: &u8| match octet {
            0x0c => 0x13,
            other => other.to_ascii_lowercase(),
        };
        octets.as_slice().iter().map(fold).collect()
    };
    plain(a) == plain(b)
}

/// Checks what the library leaves to its caller and what is cheap: algorithm and issuer's name.
pub(super) fn precheck(cert: &TbsCert, form: Form, issuer: &Issuer<'_>) -> Result<(), Refusal> {
    if form != Form::Router && !is_rpki_key(cert.subject_public_key_info()) {
        let words = "its key is not RSA with 2048 bits and exponent 65537";
        return Err(Refusal::new(Reason::Algorithm, words));
    }
    if !same_name(cert.issuer(), issuer.cert.as_cert().subject()) {
        let words = "its issuer's name is not the subject's name of the CA";
        return Err(Refusal::new(Reason::Issuer, words));
    }
    Ok(())
}

/// Checks a validated certificate against the CRL of its issuer.
pub(super) fn check_crl(cert: &TbsCert, issuer: &Issuer<'_>) -> Result<(), Refusal> {
    let Some((crl, crl_uri)) = issuer.crl else {
        return Ok(());
    };
    // The library compares hosts in any case.
    if cert.crl_uri().is_none_or(|named| *named != crl_uri) {
        let named = cert.crl_uri().map_or("", |named| named.as_str());
        let words =
            format!("its certificate names the CRL `{named}`; the manifest lists `{crl_uri}`");
        return Err(Refusal::new(Reason::CrlName, words));
    }
    let serial = cert.serial_number();
    if crl.contains(serial) {
        let words = format!("its certificate {serial} is on the CRL");
        return Err(Refusal::new(Reason::Revoked, words));
    }
    Ok(())
}

/// Says why the library refused a certificate; `None` if the certificate alone is no reason.
pub(super) fn explain(cert: &Cert, form: Form, issuer: &Issuer<'_>) -> Option<Refusal> {
    let inspected = match form {
        Form::Ca => cert.inspect_ca(STRICT),
        Form::Ee => cert.inspect_ee(STRICT),
        Form::Detached => cert.inspect_detached_ee(STRICT),
        Form::Router => cert.inspect_router(STRICT),
    };
    if let Err(error) = inspected {
        return Some(Refusal::new(Reason::Profile, lower(&error.to_string())));
    }
    explain_time(cert, issuer.now)
        .or_else(|| {
            let error = cert.verify_issuer_claim(issuer.cert, STRICT).err()?;
            Some(Refusal::new(Reason::Issuer, lower(&error.to_string())))
        })
        .or_else(|| {
            cert.verify_signature(issuer.cert.as_cert(), STRICT).err()?;
            let words = "the signature over its certificate does not verify";
            Some(Refusal::new(Reason::CertificateSignature, words))
        })
        .or_else(|| explain_resources(cert, issuer.cert))
}

/// Says in what way a certificate is not valid at a time.
pub(super) fn explain_time(cert: &TbsCert, now: Time) -> Option<Refusal> {
    let validity = cert.validity();
    if validity.not_before() > now {
        let words = format!(
            "its certificate is valid from {}",
            stamp(validity.not_before())
        );
        return Some(Refusal::new(Reason::NotYetValid, words));
    }
    if validity.not_after() < now {
        let words = format!(
            "its certificate was valid until {}",
            stamp(validity.not_after())
        );
        return Some(Refusal::new(Reason::Expired, words));
    }
    None
}

/// Names the resources that a certificate claims and its issuer does not have.
fn explain_resources(cert: &TbsCert, issuer: &ResourceCert) -> Option<Refusal> {
    let refuse = Overclaim::Refuse;
    let mut beyond = String::new();
    let (v4, v6) = (cert.v4_resources(), cert.v6_resources());
    if issuer.v4_resources().verify_issued(v4, refuse).is_err() {
        let claimed = sets::ipv4(&v4.to_blocks().ok()?);
        let over = claimed.minus(&sets::ipv4(issuer.v4_resources()));
        name(&mut beyond, over.prefixes());
    }
    if issuer.v6_resources().verify_issued(v6, refuse).is_err() {
        let claimed = sets::ipv6(&v6.to_blocks().ok()?);
        let over = claimed.minus(&sets::ipv6(issuer.v6_resources()));
        name(&mut beyond, over.prefixes());
    }
    let asns = cert.as_resources();
    if issuer.as_resources().verify_issued(asns, refuse).is_err() {
        let claimed = sets::asns(&asns.to_blocks().ok()?);
        let over = claimed.minus(&sets::asns(issuer.as_resources()));
        name(&mut beyond, over.ranges().map(|(first, _)| first));
    }
    if beyond.is_empty() {
        return None;
    }
    let words = format!("its issuer does not have {beyond}");
    Some(Refusal::new(Reason::Overclaim, words))
}

/// Most resources that words name.
const NAMED: usize = 3;

/// Writes the first few of some resources.
pub(super) fn name<T: std::fmt::Display>(text: &mut String, mut all: impl Iterator<Item = T>) {
    for item in all.by_ref().take(NAMED) {
        let comma = if text.is_empty() { "" } else { ", " };
        let _written = write!(text, "{comma}{item}");
    }
    if all.next().is_some() {
        text.push_str(" and more");
    }
}

/// Returns words of the library as ours begin: in lower case, unless they begin with a name.
pub(super) fn lower(words: &str) -> String {
    let mut chars = words.chars();
    let (first, second) = (chars.next(), chars.clone().next());
    match (first, second) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => words.to_owned(),
    }
}

/// A signed object whose signatures, path and profile are good.
#[derive(Debug)]
pub(super) struct Signed {
    /// Its EE certificate.
    pub(super) cert: ResourceCert,
    /// Its content, not read yet.
    pub(super) content: bcder::OctetString,
}

/// Reads and validates a signed object up to its content.
///
/// Returns when the EE certificate is valid beside the verdict, where it could be read.
pub(super) fn signed(
    octets: &Bytes,
    kind: Kind,
    issuer: &Issuer<'_>,
) -> (Option<Validity>, Result<Signed, Refusal>) {
    let object = match SignedObject::decode(octets.clone(), STRICT) {
        Ok(object) => object,
        Err(error) => {
            let words = lower(&error.to_string());
            return (None, Err(Refusal::new(Reason::Syntax, words)));
        }
    };
    let valid = Some(validity(object.cert()));
    (valid, validate(object, octets, kind, issuer))
}

fn validate(
    object: SignedObject,
    octets: &Bytes,
    kind: Kind,
    issuer: &Issuer<'_>,
) -> Result<Signed, Refusal> {
    let declared: &[u8] = object.content_type().as_ref();
    let (head, last) = (declared.get(..10), declared.get(10..));
    // That of a consensus object is not assigned yet; who asks compares it.
    let is_open = kind == Kind::Rdc;
    if !is_open
        && (head != Some(CONTENT_TYPES.as_slice())
            || last != kind.content_type().as_ref().map(std::slice::from_ref))
    {
        let words = format!("its eContentType is {}", object.content_type());
        return Err(Refusal::new(Reason::ContentType, words));
    }
    // RFC 9323 section 2: the certificate of a checklist names no signedObject.
    let form = if kind == Kind::Rsc {
        Form::Detached
    } else {
        Form::Ee
    };
    precheck(object.cert(), form, issuer)?;
    let content = object.content().clone();
    let validated = match form {
        Form::Detached => object.validate_detached_at(issuer.cert, STRICT, issuer.now),
        Form::Ca | Form::Ee | Form::Router => object.validate_at(issuer.cert, STRICT, issuer.now),
    };
    let cert = validated.map_err(|error| {
        let again = SignedObject::decode(octets.clone(), STRICT).ok();
        let cert = again
            .as_ref()
            .and_then(|again| explain(again.cert(), form, issuer));
        cert.unwrap_or_else(|| Refusal::new(Reason::Signature, lower(&error.to_string())))
    })?;
    check_crl(cert.as_cert(), issuer)?;
    Ok(Signed { cert, content })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_and_host_are_lower_case_and_the_path_stays() {
        let uri = uri::Rsync::from_slice(b"RSYNC://RPKI.Example/Repo/A/b.cer").unwrap();
        assert_eq!(canonical(&uri), "rsync://rpki.example/Repo/A/b.cer");
        let uri = uri::Rsync::from_slice(b"rSync://rpki.example/Repo/").unwrap();
        assert_eq!(canonical(&uri), "rsync://rpki.example/Repo/");
    }

    #[test]
    fn words_name_the_first_few_resources() {
        let mut text = String::new();
        name(&mut text, 1..=5);
        assert_eq!(text, "1, 2, 3 and more");
    }

    #[test]
    fn the_librarys_words_begin_as_ours_do() {
        assert_eq!(lower("Missing name"), "missing name");
        assert_eq!(lower("IP Resources"), "IP Resources");
    }
}
