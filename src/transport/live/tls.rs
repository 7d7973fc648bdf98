//! TLS exchanges: a whole handshake that shows everything, or one version offered alone.

use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::BASE64;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme};
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsConnector;

use super::failure::{self, Stage};
use super::hello::{self, First};
use super::{Draft, Live, failed, span};
use crate::fact::{Failure, FailureKind};
use crate::transport::{Answer, TlsAnswer, TlsRequest};

/// Most certificates of a chain that are kept; ours, far above what is seen.
const MAX_CHAIN: usize = 32;

impl Live {
    /// Makes a handshake and returns how many octets of certificates came.
    pub(super) async fn ask_tls(&self, draft: &mut Draft<'_>, request: &TlsRequest) -> u64 {
        let seen = Arc::new(Seen::default());
        let mut stage = Stage::Connecting;
        let result = {
            let shake = async {
                match &request.only_version {
                    Some(version) => self.offer(draft, request, version, &mut stage).await,
                    None => self.shake(draft, request, &seen, &mut stage).await,
                }
            };
            tokio::time::timeout(request.timeout, shake).await
        };
        let mut answer = TlsAnswer::default();
        draft.exchange.failure = match result {
            Ok(Ok(shown)) => {
                answer = shown;
                None
            }
            Ok(Err(failure)) => Some(failure),
            Err(_) => Some(failure::late(stage, &request.host, request.timeout)),
        };
        let bytes = seen.publish(&mut answer);
        if draft.exchange.failure.is_none() || !answer.chain.is_empty() {
            draft.exchange.answer = Some(Answer::Tls(answer));
        }
        bytes
    }

    /// Makes a whole handshake; a chain that is not accepted does not end it.
    async fn shake(
        &self,
        draft: &mut Draft<'_>,
        request: &TlsRequest,
        seen: &Arc<Seen>,
        stage: &mut Stage,
    ) -> Result<TlsAnswer, Failure> {
        let name = server_name(&request.host)?;
        let verifier = Arc::new(Capturing {
            inner: Arc::clone(self.trust.verifier()),
            seen: Arc::clone(seen),
        });
        let protocols = request.alpn.iter().map(|name| name.as_bytes().to_vec());
        let config = self
            .trust
            .client(Some(verifier), protocols)
            .map_err(|error| failed(FailureKind::Here, format!("setting up TLS: {error}")))?;
        let stream = self
            .connect(draft, &request.host, request.port, request.family, None)
            .await?;
        *stage = Stage::Waiting;
        let started = draft.since();
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .map_err(|error| {
                let failure = failure::of(&error, Stage::Connecting, &request.host, request.family);
                let at = failure.detail.strip_prefix("connecting to");
                let detail = at.map(|rest| format!("TLS handshake with{rest}"));
                Failure {
                    detail: detail.unwrap_or(failure.detail),
                    ..failure
                }
            })?;
        draft.exchange.timing.handshake = span(draft.since().saturating_sub(started));
        let (_, session) = stream.get_ref();
        Ok(TlsAnswer {
            version: session.protocol_version().map(version_name),
            cipher: session
                .negotiated_cipher_suite()
                .map(|suite| hello::cipher_name(suite.suite())),
            alpn: session
                .alpn_protocol()
                .map(|name| String::from_utf8_lossy(name).into_owned()),
            ..TlsAnswer::default()
        })
    }

    /// Offers one version by hand and reads the `ServerHello` or alert.
    async fn offer(
        &self,
        draft: &mut Draft<'_>,
        request: &TlsRequest,
        version: &str,
        stage: &mut Stage,
    ) -> Result<TlsAnswer, Failure> {
        let name = server_name(&request.host)?;
        let number = hello::version_number(version).ok_or_else(|| {
            let detail = format!("`{version}` is no version; expected `TLSv1.0` to `TLSv1.3`");
            failed(FailureKind::Here, detail)
        })?;
        let mut random = [[0; 32]; 3];
        for part in &mut random {
            aws_lc_rs::rand::fill(part)
                .map_err(|_| failed(FailureKind::Here, "this machine has no random numbers"))?;
        }
        let octets = hello::client_hello(number, &name, &request.alpn, &random);
        let mut stream = self
            .connect(draft, &request.host, request.port, request.family, None)
            .await?;
        *stage = Stage::Waiting;
        let started = draft.since();
        let first = match stream.write_all(&octets).await {
            Ok(()) => hello::read_first(&mut stream).await,
            Err(error) => Err(error),
        };
        draft.exchange.timing.handshake = span(draft.since().saturating_sub(started));
        match first {
            Ok(First::Hello { version, cipher }) => Ok(TlsAnswer {
                version: Some(version),
                cipher: Some(cipher),
                ..TlsAnswer::default()
            }),
            Ok(First::Alert(words)) => Err(failed(
                FailureKind::Tls,
                format!("`{}` refuses `{version}`: alert {words}", request.host),
            )),
            Err(error) => Err(failure::of(
                &error,
                Stage::Waiting,
                &request.host,
                request.family,
            )),
        }
    }
}

fn server_name(host: &str) -> Result<ServerName<'static>, Failure> {
    let bare = host.trim_matches(['[', ']']);
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    ServerName::try_from(bare.to_owned())
        .map_err(|_| failed(FailureKind::Here, format!("`{host}` is no host name")))
}

fn version_name(version: ProtocolVersion) -> String {
    hello::version_name(u16::from(version))
}

/// What a verifier was shown.
#[derive(Debug, Default)]
struct Seen(Mutex<Shown>);

#[derive(Debug, Default)]
struct Shown {
    chain: Vec<CertificateDer<'static>>,
    error: Option<Error>,
    names_host: Option<bool>,
}

impl Seen {
    /// Moves what was seen into an answer and returns the octets of the chain.
    fn publish(&self, answer: &mut TlsAnswer) -> u64 {
        let shown = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        answer.chain = shown.chain.iter().map(|der| BASE64.encode(der)).collect();
        answer.chain_error = shown.error.as_ref().map(failure::words_of_tls);
        answer.name_matches = shown.names_host;
        let octets: usize = shown.chain.iter().map(|der| der.len()).sum();
        u64::try_from(octets).unwrap_or(u64::MAX)
    }
}

/// Keeps the chain and lets the handshake go on, so that its outcome is seen too.
///
/// It is used where nothing is sent over the connection. The server's proof that it
/// holds the leaf's key is verified as always.
#[derive(Debug)]
struct Capturing {
    inner: Arc<dyn ServerCertVerifier>,
    seen: Arc<Seen>,
}

impl ServerCertVerifier for Capturing {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let names_host = ParsedCertificate::try_from(end_entity)
            .ok()
            .map(|leaf| verify_server_name(&leaf, server_name).is_ok());
        let mut shown = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        *shown = Shown {
            chain: std::iter::once(end_entity)
                .chain(intermediates)
                .take(MAX_CHAIN)
                .map(|der| der.clone().into_owned())
                .collect(),
            error: verdict.err(),
            names_host,
        };
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
