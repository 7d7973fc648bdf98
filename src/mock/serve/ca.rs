//! The mock's certification authority and the certificates of its names.
//!
//! They are made anew at every start and are outside of what is byte-identical.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use super::ServeError;
use crate::mock::fault::text::connection;
use crate::mock::request::BadCertificate;
use crate::mock::world::World;

/// Days before now on which certificates begin, and days after now on which they end.
/// A month and a quarter: what automated authorities issue.
const VALID_DAYS: (i64, i64) = (30, 90);

/// The authority and what it issued.
pub(super) struct Authority {
    certificate: rcgen::Certificate,
    leaves: HashMap<String, Arc<CertifiedKey>>,
}

impl Authority {
    /// Makes an authority and one certificate for each name, valid around `now`.
    pub(super) fn new(world: &World, now: Timestamp) -> Result<Self, ServeError> {
        let (certificate, issuer) = authority("Quintet mock world CA", now)?;
        let (_, stranger) = authority("A stranger's CA", now)?;
        let mut leaves = HashMap::new();
        for host in world.web_hosts() {
            let bad = connection(world, host).and_then(super::WireFault::certificate);
            let (name, days, issuer) = match bad {
                None => (host, VALID_DAYS, &issuer),
                Some(BadCertificate::Expired) => (host, (VALID_DAYS.0, -1), &issuer),
                Some(BadCertificate::Short) => (host, (VALID_DAYS.0, 5), &issuer),
                Some(BadCertificate::WrongName) => ("another-name.test", VALID_DAYS, &issuer),
                Some(BadCertificate::Untrusted) => (host, VALID_DAYS, &stranger),
            };
            leaves.insert(host.to_owned(), Arc::new(leaf(name, days, issuer, now)?));
        }
        Ok(Self {
            certificate,
            leaves,
        })
    }

    /// Returns the authority's certificate in PEM.
    pub(super) fn ca_pem(&self) -> String {
        self.certificate.pem()
    }

    /// Returns the authority's certificate in DER.
    pub(super) fn ca_der(&self) -> Vec<u8> {
        self.certificate.der().to_vec()
    }

    /// Returns what accepts TLS 1.2 and 1.3 connections, with HTTP/2 and HTTP/1.1.
    pub(super) fn acceptor(self) -> Result<TlsAcceptor, ServeError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Leaves(self.leaves)));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// Chooses a certificate by the name that is asked for; without one the handshake fails.
#[derive(Debug)]
struct Leaves(HashMap<String, Arc<CertifiedKey>>);

impl ResolvesServerCert for Leaves {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name()?.to_ascii_lowercase();
        self.0.get(&name).cloned()
    }
}

fn authority(
    name: &str,
    now: Timestamp,
) -> Result<(rcgen::Certificate, Issuer<'static, KeyPair>), ServeError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params
        .key_usages
        .extend([KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]);
    set_validity(&mut params, now, -400, 400);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate, Issuer::new(params, key)))
}

fn leaf(
    name: &str,
    days: (i64, i64),
    issuer: &Issuer<'static, KeyPair>,
    now: Timestamp,
) -> Result<CertifiedKey, ServeError> {
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages.push(KeyUsagePurpose::DigitalSignature);
    params
        .extended_key_usages
        .push(ExtendedKeyUsagePurpose::ServerAuth);
    params.use_authority_key_identifier_extension = true;
    set_validity(&mut params, now, -days.0, days.1);
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, issuer)?;
    let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
    let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let signing = aws_lc_rs::sign::any_supported_type(&secret)?;
    Ok(CertifiedKey::new(chain, signing))
}

/// Returns year, month and day of what is so many days from now.
fn date(now: Timestamp, days: i64) -> (i32, u8, u8) {
    let date = now.to_zoned(TimeZone::UTC).date();
    let date = date.checked_add(days.days()).unwrap_or(date);
    let number = |n: i8| u8::try_from(n).unwrap_or(1);
    (
        i32::from(date.year()),
        number(date.month()),
        number(date.day()),
    )
}

/// Sets when a certificate begins and ends, at midnight, in days from now.
fn set_validity(params: &mut CertificateParams, now: Timestamp, from: i64, to: i64) {
    let (year, month, day) = date(now, from);
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = date(now, to);
    params.not_after = rcgen::date_time_ymd(year, month, day);
}
