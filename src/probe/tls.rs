//! The `tls` probe: a handshake and what the server showed.

use super::certificate::Certificate;
use super::notes::Notes;
use super::{Ask, Probe};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Facts, FailureKind, Observation, Value};
use crate::transport::{Answer, Boxed, Exchange, Request, TlsAnswer, TlsRequest};

/// Makes TLS handshakes.
#[derive(Debug)]
pub(super) struct Tls;

/// Versions that are offered alone, lowest first.
///
/// SSL 2 and 3 have record formats of their own and are asked for by nobody (RFC 7568).
const VERSIONS: [&str; 4] = ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/// Most certificates of a chain that are looked at.
///
/// RFC 8446 sets no limit. Public chains have at most five; this leaves room for cross-signs.
const MAX_CHAIN: usize = 16;

impl Probe for Tls {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::tls::TLS
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let mut notes = Notes::new();
            if shake(&ask, &mut notes).await && ask.flag("versions") == Some(true) {
                try_versions(&ask, &mut notes).await;
            }
            notes.finish(&ask)
        })
    }
}

fn request(ask: &Ask<'_>, notes: &Notes, only_version: Option<&str>) -> Request {
    let alpn = ask.texts("alpn").unwrap_or_else(|| vec!["h2", "http/1.1"]);
    Request::Tls(TlsRequest {
        host: ask.subject.clone(),
        port: ask.port().unwrap_or(443),
        alpn: alpn.into_iter().map(str::to_owned).collect(),
        only_version: only_version.map(str::to_owned),
        family: ask.family,
        timeout: notes.remaining(ask),
    })
}

/// Makes the whole handshake; says whether the server showed itself.
///
/// A chain that is not accepted is an answer: the facts tell why. A handshake that
/// ends before the chain was seen is a failure.
async fn shake(ask: &Ask<'_>, notes: &mut Notes) -> bool {
    let Some(exchange) = notes.exchange(ask, request(ask, notes, None)).await else {
        return false;
    };
    let what = format!("TLS {}:{}", ask.subject, ask.port().unwrap_or(443));
    let timing = exchange.timing;
    for (path, part) in [
        ("timing.connect", timing.connect),
        ("timing.handshake", timing.handshake),
    ] {
        notes.set_some(path, part.map(Value::Duration));
    }
    let Some(Answer::Tls(answer)) = &exchange.answer else {
        notes.asked(&exchange, &what, "nothing");
        notes.fail_foreign(&exchange);
        return false;
    };
    let version = answer.version.as_deref().unwrap_or("no version");
    notes.asked(&exchange, &what, version);
    publish(notes, &exchange, answer);
    let shown = !answer.chain.is_empty();
    let only_refused = exchange
        .failure
        .as_ref()
        .is_none_or(|failure| failure.kind == FailureKind::Tls);
    if shown && only_refused {
        return true;
    }
    notes.fail_with(&exchange);
    exchange.failure.is_none()
}

fn publish(notes: &mut Notes, exchange: &Exchange, answer: &TlsAnswer) {
    for (path, text) in [
        ("version", &answer.version),
        ("cipher", &answer.cipher),
        ("alpn", &answer.alpn),
    ] {
        notes.set_some(path, text.as_ref().map(Value::text));
    }
    if answer.chain.is_empty() {
        return;
    }
    let refusal = match (&answer.chain_error, answer.name_matches) {
        (Some(error), _) => Some(error.clone()),
        (None, Some(false)) => Some("the leaf does not name the host".to_owned()),
        (None, _) => exchange
            .failure
            .as_ref()
            .map(|failure| failure.detail.clone()),
    };
    let facts = &mut notes.facts;
    facts.set("chain_valid", Value::Flag(refusal.is_none()));
    if let Some(refusal) = refusal {
        facts.set("chain_error", Value::text(refusal));
    }
    if let Some(matches) = answer.name_matches {
        facts.set("name_matches", Value::Flag(matches));
    }
    let chain = answer.chain.iter().take(MAX_CHAIN);
    let certificates: Vec<Option<Certificate>> =
        chain.map(|base64| Certificate::read(base64)).collect();
    if let Some(Some(leaf)) = certificates.first() {
        publish_leaf(facts, leaf);
    }
    let records = certificates.into_iter().flatten();
    let records = records.map(Certificate::into_facts).collect();
    facts.set("chain", Value::Records(records));
}

fn publish_leaf(facts: &mut Facts, leaf: &Certificate) {
    facts.set("leaf.subject", Value::text(&leaf.subject));
    facts.set("leaf.issuer", Value::text(&leaf.issuer));
    let names = leaf.names.iter().map(|name| name.as_str().into()).collect();
    facts.set("leaf.names", Value::Texts(names));
    facts.set("leaf.not_before", Value::Time(leaf.not_before));
    facts.set("leaf.not_after", Value::Time(leaf.not_after));
}

/// Offers each version alone and publishes those that were accepted.
async fn try_versions(ask: &Ask<'_>, notes: &mut Notes) {
    let mut accepted = Vec::new();
    for version in VERSIONS {
        let request = request(ask, notes, Some(version));
        let Some(exchange) = notes.exchange(ask, request).await else {
            return;
        };
        let what = format!("TLS {} with {version} alone", ask.subject);
        let came = match &exchange.answer {
            Some(Answer::Tls(answer)) => answer.version.as_deref(),
            _ => None,
        };
        let line = came.map_or("refused", |_| "accepted");
        notes.asked(&exchange, &what, line);
        if came == Some(version) {
            accepted.push(version.into());
        } else if !is_refusal(&exchange) {
            notes.fail_foreign(&exchange);
            return;
        }
    }
    notes.facts.set("versions_accepted", Value::Texts(accepted));
}

/// Says whether an exchange shows that the server does not want a version: by an alert, another version, or by hanging up.
fn is_refusal(exchange: &Exchange) -> bool {
    match (&exchange.failure, &exchange.answer) {
        (Some(failure), _) => matches!(
            failure.kind,
            FailureKind::Tls | FailureKind::Reset | FailureKind::Truncated | FailureKind::Protocol
        ),
        (None, Some(Answer::Tls(_))) => true,
        (None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::super::Argument;
    use super::super::scripted::{Reply, Script, check_vocabulary, fact, failing};
    use super::*;

    fn leaf() -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        let names = ["rdap.example".to_owned(), "192.0.2.1".to_owned()];
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2027, 1, 1);
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "rdap.example");
        BASE64.encode(params.self_signed(&key).unwrap().der())
    }

    fn whole(change: impl FnOnce(&mut TlsAnswer)) -> Reply {
        let mut answer = TlsAnswer {
            version: Some("TLSv1.3".to_owned()),
            cipher: Some("TLS13_AES_256_GCM_SHA384".to_owned()),
            alpn: Some("h2".to_owned()),
            chain: vec![leaf()],
            chain_error: None,
            name_matches: Some(true),
        };
        change(&mut answer);
        (Some(Answer::Tls(answer)), None)
    }

    fn alone(version: Option<&str>, failure: Option<FailureKind>) -> Reply {
        let answer = TlsAnswer {
            version: version.map(str::to_owned),
            ..TlsAnswer::default()
        };
        (Some(Answer::Tls(answer)), failure)
    }

    const VERSIONS_TOO: (&str, Argument) = ("versions", Argument::Flag(true));

    #[test]
    fn every_fact_of_the_vocabulary_is_published() {
        let good = Script::new([
            whole(|_| {}),
            failing(FailureKind::Reset),
            alone(None, Some(FailureKind::Tls)),
            alone(Some("TLSv1.2"), None),
            alone(Some("TLSv1.3"), None),
        ])
        .ask(&Tls, "rdap.example", &[VERSIONS_TOO]);
        assert!(good.is_ok(), "{:?}", good.failure);
        for (path, expected) in [
            ("chain_valid", "true"),
            ("chain_error", "(absent)"),
            ("versions_accepted", "[TLSv1.2, TLSv1.3]"),
            ("leaf.names", "[rdap.example, 192.0.2.1]"),
            ("leaf.not_after", "2027-01-01T00:00:00Z"),
            ("version", "TLSv1.3"),
        ] {
            assert_eq!(fact(&good, path), expected, "{path}");
        }
        assert!(fact(&good, "leaf.subject").contains("rdap.example"));
        assert_eq!(good.asked[0], "TLS rdap.example:443 TLSv1.3 over IPv6");
        let refused = Script::new([whole(|a| a.chain_error = Some("unknown issuer".to_owned()))])
            .ask(&Tls, "rdap.example", &[]);
        check_vocabulary(&vocabulary::tls::TLS, &[good, refused]);
    }

    #[test]
    fn a_chain_that_is_not_accepted_is_an_answer() {
        let (answer, _) = whole(|a| a.chain_error = Some("expired".to_owned()));
        for failure in [None, Some(FailureKind::Tls)] {
            let seen = Script::new([(answer.clone(), failure)]).ask(&Tls, "rdap.example", &[]);
            assert!(seen.is_ok());
            assert_eq!(fact(&seen, "chain_valid"), "false");
            assert_eq!(fact(&seen, "chain_error"), "expired");
        }
        let seen =
            Script::new([whole(|a| a.name_matches = Some(false))]).ask(&Tls, "b.example", &[]);
        assert_eq!(fact(&seen, "chain_valid"), "false");
        assert_eq!(
            fact(&seen, "chain_error"),
            "the leaf does not name the host"
        );
    }

    #[test]
    fn a_handshake_without_a_chain_is_a_failure() {
        let none = whole(|a| a.chain.clear()).0;
        for (reply, expected) in [
            ((none, Some(FailureKind::Tls)), "tls"),
            (whole(|_| {}), ""),
            ((whole(|_| {}).0, Some(FailureKind::Timeout)), "timeout"),
            (failing(FailureKind::Connect), "connect"),
            (
                (
                    Some(Answer::Dns {
                        message: Vec::new(),
                        tcp: false,
                    }),
                    None,
                ),
                "not-recorded",
            ),
        ] {
            let seen = Script::new([reply]).ask(&Tls, "rdap.example", &[]);
            assert_eq!(fact(&seen, "failure"), expected);
        }
    }

    #[test]
    fn a_version_that_could_not_be_tried_is_not_refused() {
        let seen = Script::new([whole(|_| {}), failing(FailureKind::Timeout)]).ask(
            &Tls,
            "rdap.example",
            &[VERSIONS_TOO],
        );
        assert_eq!(fact(&seen, "failure"), "timeout");
        assert_eq!(fact(&seen, "versions_accepted"), "(absent)");
    }

    #[test]
    fn what_is_no_certificate_is_left_out() {
        for broken in ["", "AAAA", "!", &leaf()[..200]] {
            let seen = Script::new([whole(|a| a.chain = vec![broken.to_owned()])]).ask(
                &Tls,
                "rdap.example",
                &[],
            );
            assert_eq!(fact(&seen, "chain"), "0 records");
            assert_eq!(fact(&seen, "leaf.subject"), "(absent)");
        }
    }
}
