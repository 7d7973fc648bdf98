//! TLS settings: which certificates are accepted, and at what time.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

use crate::clock::Clock;
use crate::transport::options::{Identity, LiveOptions, Trust};

/// What is needed to set up a TLS connection.
#[derive(Debug)]
pub(super) struct Configs {
    provider: Arc<CryptoProvider>,
    time: Arc<RunTime>,
    verifier: Arc<dyn ServerCertVerifier>,
    identity: Option<Identity>,
}

impl Configs {
    pub(super) fn new(options: &LiveOptions, clock: &Arc<dyn Clock>) -> Result<Self, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = verifier(&options.trust, &provider)?;
        let identity = options.identity.as_ref().map(|identity| Identity {
            chain: identity.chain.clone(),
            key: identity.key.clone_key(),
        });
        Ok(Self {
            provider,
            time: Arc::new(RunTime(Arc::clone(clock))),
            verifier,
            identity,
        })
    }

    /// Returns a client's settings that offer some application protocols, by default with the run's verifier.
    pub(super) fn client(
        &self,
        verifier: Option<Arc<dyn ServerCertVerifier>>,
        protocols: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<ClientConfig, Error> {
        let time: Arc<RunTime> = Arc::clone(&self.time);
        let builder = ClientConfig::builder_with_details(Arc::clone(&self.provider), time)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(
                verifier.unwrap_or_else(|| Arc::clone(&self.verifier)),
            );
        let mut config = match &self.identity {
            Some(identity) => {
                builder.with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())?
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = protocols.into_iter().collect();
        Ok(config)
    }

    /// Returns the run's verifier.
    pub(super) fn verifier(&self) -> &Arc<dyn ServerCertVerifier> {
        &self.verifier
    }
}

fn verifier(
    trust: &Trust,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let platform = |extra: &[CertificateDer<'static>]| {
        rustls_platform_verifier::Verifier::new_with_extra_roots(
            extra.iter().cloned(),
            Arc::clone(provider),
        )
    };
    Ok(match trust {
        Trust::Machine => Arc::new(platform(&[])?),
        Trust::MachineAnd(roots) => Arc::new(platform(roots)?),
        Trust::Only(roots) if roots.is_empty() => Arc::new(Nobody(Arc::clone(provider))),
        Trust::Only(roots) => {
            let mut store = RootCertStore::empty();
            for root in roots {
                store.add(root.clone())?;
            }
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
                .build()
                .map_err(|error| Error::Other(OtherError(Arc::new(error))))?
        }
    })
}

/// The run's clock, as rustls asks for it: certificates are judged at the run's time.
#[derive(Debug)]
struct RunTime(Arc<dyn Clock>);

impl TimeProvider for RunTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            seconds,
        )))
    }
}

/// Accepts nobody: what no root at all means.
#[derive(Debug)]
struct Nobody(Arc<CryptoProvider>);

impl ServerCertVerifier for Nobody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Err(Error::InvalidCertificate(CertificateError::UnknownIssuer))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
