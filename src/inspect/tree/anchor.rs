//! The trust anchor: a locator and the certificate it leads to (RFC 8630).

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use rpki::repository::tal::TalInfo;
use rpki::repository::{Cert, ResourceCert};

use super::engine::{self, STRICT};
use super::found::AnchorFound;
use super::object::{Child, size_of};
use super::options::Limits;
use super::outcome::{Outcome, Reason, Refusal};
use crate::inspect::rpki::Locator;
use crate::inspect::rrdp::RsyncUri;

/// Where a walk begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The name of the trust anchor.
    pub name: String,
    /// The URI its certificate is named by.
    pub uri: String,
    /// All URIs of its locator, in that order; empty without one.
    pub uris: Vec<String>,
    /// The key that the locator names, a DER subject public key info; `None` to take any key.
    pub key: Option<Vec<u8>>,
    /// The octets of the certificate.
    pub certificate: Bytes,
}

/// Says that a trust anchor locator cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the trust anchor locator `{name}` cannot be read: {words}")]
pub struct TalError {
    /// The name of the trust anchor.
    pub name: String,
    /// What is wrong.
    pub words: &'static str,
}

impl Anchor {
    /// Reads a trust anchor locator, whose first rsync URI, or first URI, becomes the anchor's.
    ///
    /// # Errors
    ///
    /// [`TalError`] if the text does not follow RFC 8630 section 2.2.
    pub fn of_tal(name: &str, tal: &[u8], certificate: Bytes) -> Result<Self, TalError> {
        let locator = Locator::read(tal);
        if let Some(words) = locator.error() {
            let name = name.to_owned();
            return Err(TalError { name, words });
        }
        let is_rsync = |uri: &&str| RsyncUri::read(uri).is_ok();
        let uri = locator.uris().find(is_rsync);
        let uri = uri.or_else(|| locator.uris().next()).unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            uri: uri.to_owned(),
            uris: locator.uris().map(str::to_owned).collect(),
            key: locator.key().map(<[u8]>::to_vec),
            certificate,
        })
    }

    /// Returns the first https URI of its locator, by which its certificate is fetched.
    pub fn https_uri(&self) -> Option<&str> {
        let mut uris = self.uris.iter().map(String::as_str);
        uris.find(|uri| uri.starts_with("https://"))
    }
}

/// A trust anchor that may be walked.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) cert: Arc<ResourceCert>,
    pub(super) child: Child,
}

/// Judges the trust anchor's certificate.
pub(super) fn open(
    anchor: &Anchor,
    now: Timestamp,
    limits: &Limits,
) -> (AnchorFound, Option<Opened>) {
    let mut found = AnchorFound {
        name: Arc::from(anchor.name.as_str()),
        uri: anchor.uri.clone(),
        size: size_of(&anchor.certificate),
        key: None,
        validity: None,
        outcome: Outcome::Accepted,
    };
    match judge(anchor, now, limits, &mut found) {
        Ok(opened) => (found, Some(opened)),
        Err(refusal) => {
            found.outcome = refusal.into();
            (found, None)
        }
    }
}

fn judge(
    anchor: &Anchor,
    now: Timestamp,
    limits: &Limits,
    found: &mut AnchorFound,
) -> Result<Opened, Refusal> {
    let octets = &anchor.certificate;
    if octets.len() > limits.object_bytes {
        let words = format!(
            "it has {} octets; at most {} are read",
            octets.len(),
            limits.object_bytes
        );
        return Err(Refusal::new(Reason::TooLarge, words));
    }
    let decode = || Cert::decode(octets.clone());
    let cert = decode().map_err(|e| Refusal::new(Reason::Syntax, e.to_string()))?;
    found.key = Some(engine::key(&cert));
    found.validity = Some(engine::validity(&cert));
    let key = cert.subject_public_key_info();
    if anchor
        .key
        .as_ref()
        .is_some_and(|named| *named != key.to_info_bytes())
    {
        let words = "its key is not the one in the trust anchor locator";
        return Err(Refusal::new(Reason::TalKey, words));
    }
    if !engine::is_rpki_key(key) {
        let words = "its key is not RSA with 2048 bits and exponent 65537";
        return Err(Refusal::new(Reason::Algorithm, words));
    }
    let child = Child::of(&cert);
    let now = engine::time(now);
    let info = Arc::new(TalInfo::from_name(anchor.name.clone()));
    let cert = cert.validate_ta_at(info, STRICT, now).map_err(|error| {
        let again = decode().ok();
        let why = again.and_then(|cert| explain(&cert, now));
        why.unwrap_or_else(|| Refusal::new(Reason::CertificateSignature, error.to_string()))
    })?;
    let none = cert.v4_resources().is_empty() && cert.v6_resources().is_empty();
    if none && cert.as_resources().is_empty() {
        let words = "it has no resources";
        return Err(Refusal::new(Reason::Profile, words));
    }
    let words = "it does not say where it publishes";
    let child = child.ok_or_else(|| Refusal::new(Reason::Profile, words))?;
    let cert = Arc::new(cert);
    Ok(Opened { cert, child })
}

/// Says why the library refused a trust anchor; `None` leaves the signature.
fn explain(cert: &Cert, now: rpki::repository::x509::Time) -> Option<Refusal> {
    if let Err(error) = cert.inspect_ta(STRICT) {
        return Some(Refusal::new(
            Reason::Profile,
            engine::lower(&error.to_string()),
        ));
    }
    let inherits = cert.v4_resources().is_inherited()
        || cert.v6_resources().is_inherited()
        || cert.as_resources().is_inherited();
    if inherits {
        let words = "a trust anchor has nobody to inherit resources from";
        return Some(Refusal::new(Reason::Profile, words));
    }
    engine::explain_time(cert, now)
}
