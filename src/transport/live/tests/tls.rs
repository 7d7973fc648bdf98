//! TLS: HTTPS, handshakes, versions, trust, secrets, proxies.

use std::sync::atomic::{AtomicU32, Ordering};

use data_encoding::BASE64;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::*;
use crate::clock::FixedClock;
use crate::transport::options::{Credential, Identity, Trust};
use crate::transport::{TlsAnswer, TlsRequest};

/// Tells authorities apart by name.
static AUTHORITIES: AtomicU32 = AtomicU32::new(0);

/// A certification authority of a test.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        let number = AUTHORITIES.fetch_add(1, Ordering::Relaxed);
        params
            .distinguished_name
            .push(DnType::CommonName, format!("Authority {number}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2100, 1, 1);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(super) fn root(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// Returns a certificate for a name, good in the years 2026 to `until`, and its key.
    fn leaf(&self, name: &str, until: i32) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        (certificate.der().clone(), key.into())
    }

    pub(super) fn server(
        &self,
        name: &str,
        until: i32,
        versions: &[&'static SupportedProtocolVersion],
    ) -> ServerConfig {
        let (leaf, key) = self.leaf(name, until);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf], key)
            .unwrap()
    }
}

pub(super) const BOTH: &[&SupportedProtocolVersion] = &[&TLS12, &TLS13];

/// Serves one TLS connection; a handshake that fails ends it.
pub(super) async fn serve<F: Future<Output = ()> + Send>(
    config: ServerConfig,
    then: impl FnOnce(TlsStream<TcpStream>) -> F + Send + 'static,
) -> (SocketAddr, JoinHandle<bool>) {
    let (listener, address) = listen().await;
    let served = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        match TlsAcceptor::from(Arc::new(config)).accept(stream).await {
            Ok(stream) => {
                then(stream).await;
                true
            }
            Err(_) => false,
        }
    });
    (address, served)
}

async fn say_hello(mut stream: TlsStream<TcpStream>) {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        seen.push(stream.read_u8().await.unwrap());
    }
    stream.write_all(HELLO).await.unwrap();
    stream.shutdown().await.unwrap();
}

pub(super) fn trusting(roots: Vec<CertificateDer<'static>>, address: SocketAddr) -> LiveOptions {
    let mut options = leads("rdap.example", 443, &[address]);
    options.trust = Trust::Only(roots);
    options
}

/// A transport that lives in November 2026, whenever the test runs.
pub(super) fn in_2026(options: LiveOptions) -> Live {
    let clock = FixedClock("2026-11-22T00:00:00Z".parse().unwrap());
    Live::new(options, Arc::new(clock)).unwrap()
}

fn handshake(only: Option<&str>) -> TlsRequest {
    TlsRequest {
        host: "rdap.example".to_owned(),
        port: 443,
        alpn: vec!["h2".to_owned(), "http/1.1".to_owned()],
        only_version: only.map(str::to_owned),
        family: Family::Any,
        timeout: Duration::from_secs(10),
    }
}

async fn shake(live: &Live, only: Option<&str>) -> Exchange {
    live.exchange(&key(), 0, Request::Tls(handshake(only)))
        .await
}

#[track_caller]
fn shown(exchange: &Exchange) -> &TlsAnswer {
    match &exchange.answer {
        Some(Answer::Tls(answer)) => answer,
        other => panic!("{other:?} {:?}", exchange.failure),
    }
}

#[tokio::test]
async fn https_is_judged_at_the_runs_time_and_by_the_targets_roots() {
    let authority = Authority::new();
    let (address, served) = serve(authority.server("rdap.example", 2027, BOTH), say_hello).await;
    let live = in_2026(trusting(vec![authority.root()], address));
    let exchange = ask(&live, get("https://rdap.example/")).await;
    assert_eq!(http(&exchange).status, 200, "{:?}", exchange.failure);
    assert!(served.await.unwrap());
}

#[tokio::test]
async fn certificates_that_are_wrong_are_tls_failures() {
    let authority = Authority::new();
    let stranger = vec![Authority::new().root()];
    let ours = vec![authority.root()];
    for (name, until, roots, words) in [
        (
            "other.example",
            2027,
            ours.clone(),
            "the leaf does not name the host",
        ),
        ("rdap.example", 2026, ours, "a certificate has expired"),
        (
            "rdap.example",
            2027,
            stranger,
            "the chain leads to no trusted root",
        ),
        (
            "rdap.example",
            2027,
            Vec::new(),
            "the chain leads to no trusted root",
        ),
    ] {
        let config = authority.server(name, until, BOTH);
        let (address, served) = serve(config, say_hello).await;
        let live = in_2026(trusting(roots, address));
        let exchange = ask(&live, get("https://rdap.example/")).await;
        let failure = exchange.failure.expect(words);
        assert_eq!(failure.kind, FailureKind::Tls);
        assert!(failure.detail.contains(words), "{failure:?}");
        assert_eq!(exchange.answer, None);
        assert!(!served.await.unwrap());
    }
}

#[tokio::test]
async fn plain_words_where_tls_is_due_are_a_tls_failure() {
    let (listener, address) = listen().await;
    let served = tokio::spawn(async move {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad\r\n\r\n").await.unwrap();
        }
    });
    let live = in_2026(trusting(Vec::new(), address));
    let exchange = ask(&live, get("https://rdap.example/")).await;
    assert_eq!(exchange.failure.unwrap().kind, FailureKind::Tls);
    let exchange = shake(&live, None).await;
    assert_eq!(exchange.failure.unwrap().kind, FailureKind::Tls);
    assert_eq!(exchange.answer, None);
    served.await.unwrap();
}

#[tokio::test]
async fn a_handshake_shows_version_suite_protocol_and_chain() {
    let authority = Authority::new();
    let mut config = authority.server("rdap.example", 2027, BOTH);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let (address, served) = serve(config, |_| async {}).await;
    let live = in_2026(trusting(vec![authority.root()], address));
    let exchange = shake(&live, None).await;
    assert_eq!(exchange.failure, None);
    let answer = shown(&exchange);
    assert_eq!(answer.version.as_deref(), Some("TLSv1.3"));
    assert!(answer.cipher.as_ref().unwrap().starts_with("TLS13_"));
    assert_eq!(answer.alpn.as_deref(), Some("http/1.1"));
    assert_eq!(answer.chain.len(), 1);
    assert!(BASE64.decode(answer.chain[0].as_bytes()).is_ok());
    assert_eq!(
        (&answer.chain_error, answer.name_matches),
        (&None, Some(true))
    );
    assert_eq!(exchange.destination, Some(address));
    assert!(served.await.unwrap());
}

#[tokio::test]
async fn a_chain_that_is_not_accepted_is_shown_with_the_reason() {
    let authority = Authority::new();
    let ours = vec![authority.root()];
    for (name, until, roots, words, named) in [
        (
            "other.example",
            2027,
            ours.clone(),
            "the leaf does not name the host",
            false,
        ),
        (
            "rdap.example",
            2026,
            ours,
            "a certificate has expired",
            true,
        ),
        (
            "rdap.example",
            2027,
            Vec::new(),
            "the chain leads to no trusted root",
            true,
        ),
    ] {
        let config = authority.server(name, until, &[&TLS12]);
        let (address, served) = serve(config, |_| async {}).await;
        let live = in_2026(trusting(roots, address));
        let exchange = shake(&live, None).await;
        let answer = shown(&exchange);
        assert_eq!(answer.chain_error.as_deref(), Some(words));
        assert_eq!(answer.name_matches, Some(named));
        assert_eq!(answer.version.as_deref(), Some("TLSv1.2"));
        assert_eq!(answer.chain.len(), 1);
        assert!(served.await.unwrap());
    }
}

#[tokio::test]
async fn each_version_is_offered_alone() {
    let authority = Authority::new();
    let only12: &[&SupportedProtocolVersion] = &[&TLS12];
    for (versions, offered, expected) in [
        (BOTH, "TLSv1.3", Some("TLSv1.3")),
        (BOTH, "TLSv1.2", Some("TLSv1.2")),
        (BOTH, "TLSv1.1", None),
        (BOTH, "TLSv1.0", None),
        (only12, "TLSv1.2", Some("TLSv1.2")),
        (only12, "TLSv1.3", None),
    ] {
        let config = authority.server("rdap.example", 2027, versions);
        let (address, served) = serve(config, |_| async {}).await;
        let live = in_2026(trusting(Vec::new(), address));
        let exchange = shake(&live, Some(offered)).await;
        match expected {
            Some(version) => {
                assert_eq!(exchange.failure, None, "{offered}");
                assert_eq!(shown(&exchange).version.as_deref(), Some(version));
            }
            None => {
                let failure = exchange.failure.unwrap();
                assert_eq!(failure.kind, FailureKind::Tls, "{offered} {failure:?}");
                assert!(failure.detail.contains(": alert "), "{failure:?}");
            }
        }
        assert!(!served.await.unwrap());
    }
}

#[tokio::test]
async fn an_old_server_shows_that_it_accepts_an_old_version() {
    let (listener, address) = listen().await;
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 11];
        stream.read_exact(&mut hello).await.unwrap();
        // A handshake record with a ClientHello of TLS 1.0.
        assert_eq!((hello[0], hello[5], &hello[9..]), (22, 1, &[3, 1][..]));
        let mut body = vec![2, 0, 0, 38, 3, 1];
        body.extend([9; 32]);
        body.extend([0, 0, 0x2f, 0]);
        let mut record = vec![22, 3, 1, 0, 42];
        record.extend(body);
        stream.write_all(&record).await.unwrap();
        stream
    });
    let live = in_2026(trusting(Vec::new(), address));
    let exchange = shake(&live, Some("TLSv1.0")).await;
    let answer = shown(&exchange);
    assert_eq!(answer.version.as_deref(), Some("TLSv1.0"));
    assert_eq!(
        answer.cipher.as_deref(),
        Some("TLS_RSA_WITH_AES_128_CBC_SHA")
    );
    drop(served.await.unwrap());
}

#[tokio::test]
async fn a_secret_reaches_its_host_over_tls_and_is_kept_nowhere() {
    let authority = Authority::new();
    let echo = |mut stream: TlsStream<TcpStream>| async move {
        let mut seen = Vec::new();
        while !seen.ends_with(b"\r\n\r\n") {
            seen.push(stream.read_u8().await.unwrap());
        }
        let seen = String::from_utf8(seen).unwrap();
        assert!(
            seen.contains("authorization: Bearer very-secret\r\n"),
            "{seen}"
        );
        assert!(seen.contains("accept-encoding: identity\r\n"), "{seen}");
        let body = "you are very-secret";
        let answer = format!(
            "HTTP/1.1 200 OK\r\nX-Echo: Bearer very-secret\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
    };
    let (address, served) = serve(authority.server("rdap.example", 2027, BOTH), echo).await;
    let mut options = trusting(vec![authority.root()], address);
    options.credentials = vec![Credential {
        host: "rdap.example".to_owned(),
        header: "Authorization".to_owned(),
        value: "Bearer very-secret".to_owned(),
    }];
    let live = in_2026(options);
    let exchange = ask(&live, get("https://rdap.example/")).await;
    assert!(served.await.unwrap());
    let answer = http(&exchange);
    assert_eq!(text(&answer.body), "you are ***********");
    assert_eq!(answer.body.digest, Digest::of(b"you are ***********"));
    assert!(exchange.masked);
    let written = serde_json::to_string(&exchange).unwrap();
    assert!(written.contains("(masked)"), "{written}");
    for words in [written, format!("{exchange:?}"), format!("{live:?}")] {
        assert!(!words.contains("very-secret"), "{words}");
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_who_asks() {
    let authority = Authority::new();
    let mut roots = RootCertStore::empty();
    roots.add(authority.root()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let (leaf, key) = authority.leaf("rdap.example", 2100);
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(BOTH)
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(vec![leaf], key)
        .unwrap();
    let (address, served) = serve(config, say_hello).await;
    let (leaf, key) = authority.leaf("auditor.example", 2100);
    let mut options = trusting(vec![authority.root()], address);
    options.identity = Some(Identity {
        chain: vec![leaf],
        key,
    });
    let exchange = ask(&in_2026(options), get("https://rdap.example/")).await;
    assert_eq!(http(&exchange).status, 200);
    assert!(served.await.unwrap());
}

#[tokio::test]
async fn a_connect_proxy_is_used_where_the_target_names_one() {
    let authority = Authority::new();
    let (origin, served) = serve(authority.server("rdap.example", 2027, BOTH), say_hello).await;
    let (listener, proxy) = listen().await;
    let proxied = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let asked = request(&mut client).await;
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut server = TcpStream::connect(origin).await.unwrap();
        drop(tokio::io::copy_bidirectional(&mut client, &mut server).await);
        asked
    });
    let mut options = options();
    options.trust = Trust::Only(vec![authority.root()]);
    options.proxy = Some(format!("http://{proxy}"));
    let live = in_2026(options);
    let exchange = ask(&live, get("https://rdap.example/")).await;
    assert_eq!(http(&exchange).status, 200);
    drop(live);
    assert!(served.await.unwrap());
    let asked = proxied.await.unwrap();
    assert!(
        asked.starts_with("CONNECT rdap.example:443 HTTP/1.1\r\n"),
        "{asked}"
    );
}

#[tokio::test]
async fn a_socks_proxy_is_used_and_names_are_looked_up_by_us_or_by_it() {
    for (scheme, kind) in [("socks5", 1), ("socks5h", 3)] {
        let (origin, served) = serve_once(HELLO.to_vec(), false).await;
        let (listener, proxy) = listen().await;
        let proxied = tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut greeting = [0; 3];
            client.read_exact(&mut greeting).await.unwrap();
            client.write_all(&[5, 0]).await.unwrap();
            let mut head = [0; 4];
            client.read_exact(&mut head).await.unwrap();
            let length = match head[3] {
                1 => 4,
                _ => usize::from(client.read_u8().await.unwrap()),
            };
            let mut rest = vec![0; length + 2];
            client.read_exact(&mut rest).await.unwrap();
            let done = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            client.write_all(&done).await.unwrap();
            let mut server = TcpStream::connect(origin).await.unwrap();
            drop(tokio::io::copy_bidirectional(&mut client, &mut server).await);
            head[3]
        });
        let mut options = leads("rdap.example", 80, &[origin]);
        options.proxy = Some(format!("{scheme}://{proxy}"));
        let live = live(options);
        let exchange = ask(&live, get("http://rdap.example/")).await;
        assert_eq!(http(&exchange).status, 200, "{scheme}");
        drop(live);
        served.await.unwrap();
        assert_eq!(proxied.await.unwrap(), kind);
    }
}
