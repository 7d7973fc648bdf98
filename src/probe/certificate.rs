//! Certificates as handshakes show them: names and dates, read with `x509-parser`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use data_encoding::BASE64;
use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use crate::fact::{Digest, Facts, Value};

/// Most names of one certificate that are kept.
///
/// The CA/Browser Forum sets no limit; public issuers stop at 100 to 250.
const MAX_NAMES: usize = 1_000;

/// What a certificate says.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    /// DNS names and addresses.
    pub(super) names: Vec<String>,
    digest: Digest,
}

impl Certificate {
    /// Reads DER in base64; `None` if it is no certificate.
    pub(super) fn read(base64: &str) -> Option<Self> {
        let der = BASE64.decode(base64.as_bytes()).ok()?;
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        let validity = certificate.validity();
        let names = match certificate.subject_alternative_name() {
            Ok(Some(extension)) => {
                let names = extension.value.general_names.iter();
                names.filter_map(name).take(MAX_NAMES).collect()
            }
            Ok(None) | Err(_) => Vec::new(),
        };
        Some(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            not_before: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
            not_after: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
            names,
            digest: Digest::of(&der),
        })
    }

    /// Returns the facts of the record of a chain.
    pub(super) fn into_facts(self) -> Facts {
        let mut facts = Facts::new();
        facts.set("subject", Value::text(self.subject));
        facts.set("issuer", Value::text(self.issuer));
        facts.set("not_before", Value::Time(self.not_before));
        facts.set("not_after", Value::Time(self.not_after));
        facts.set("digest", Value::text(self.digest.as_str()));
        facts
    }
}

/// Returns a DNS name or address; `None` for other names.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds of names are those of another crate"
)]
fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => address(octets).map(|address| address.to_string()),
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(|o| IpAddr::V4(Ipv4Addr::from(o)));
    let v6 = <[u8; 16]>::try_from(octets).map(|o| IpAddr::V6(Ipv6Addr::from(o)));
    v4.or(v6).ok()
}
