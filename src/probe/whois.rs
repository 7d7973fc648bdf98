//! The `whois` probe: one query on port 43.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::notes::{Notes, skip};
use super::{Ask, Probe, answer, body};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Facts, FailureKind, Observation, Skipped, Value};
use crate::inspect::whois::Reply;
use crate::transport::{Answer, Boxed, Exchange, Request, TcpRead, TcpRequest};

/// Asks a whois service.
#[derive(Debug)]
pub(super) struct Whois;

/// The port of the protocol (RFC 3912, section 2).
const PORT: u16 = 43;

impl Probe for Whois {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::whois::WHOIS
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let own_host = ask.text("host").filter(|host| !host.is_empty());
            let host = own_host.unwrap_or(&ask.service.whois_host).to_owned();
            if host.is_empty() {
                let reason = "`whois.host` is not declared for this registry".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let mut notes = Notes::new();
            // Flags and port are those of the registry's own service.
            let (flags, port) = match own_host {
                Some(_) => ("", 0),
                None => (ask.service.whois_flags.as_str(), ask.service.whois_port),
            };
            let port = ask.port().unwrap_or(port);
            let port = if port == 0 { PORT } else { port };
            match line(flags, &ask.subject) {
                Ok(line) => converse(&ask, &mut notes, host, port, &line).await,
                Err(detail) => notes.fail(FailureKind::Protocol, detail),
            }
            notes.finish(&ask)
        })
    }
}

/// Returns the query line without its end.
///
/// # Errors
///
/// In words, if the query would be more than one line.
fn line(flags: &str, query: &str) -> Result<String, String> {
    if query.contains(['\r', '\n', '\0']) {
        return Err("the query is not one line".to_owned());
    }
    Ok(if flags.is_empty() {
        query.to_owned()
    } else {
        format!("{flags} {query}")
    })
}

async fn converse(ask: &Ask<'_>, notes: &mut Notes, host: String, port: u16, line: &str) {
    let what = format!("whois {host}:{port} `{line}`");
    let request = TcpRequest {
        host,
        port,
        send: format!("{line}\r\n").into_bytes(),
        read: TcpRead::All,
        address: None,
        limit: ask.limits.body_bytes,
        family: ask.family,
        timeout: notes.remaining(ask),
    };
    let Some(exchange) = notes.exchange(ask, Request::Tcp(request)).await else {
        return;
    };
    notes.fail_with(&exchange);
    let connect = exchange.timing.connect.map(Value::Duration);
    notes.set_some("timing.connect", connect);
    let Some(Answer::Tcp { body }) = &exchange.answer else {
        notes.asked(&exchange, &what, "nothing");
        notes.fail_foreign(&exchange);
        return;
    };
    notes.asked(&exchange, &what, &format!("{} B", body.bytes));
    notes.facts.set("bytes", Value::Bytes(body.bytes));
    read(notes, &exchange, body).await;
}

/// Reads a complete reply and publishes it.
async fn read(notes: &mut Notes, exchange: &Exchange, body: &crate::transport::Body) {
    if exchange.failure.is_some() {
        return;
    }
    let wire = body.clone();
    let work = move || body::octets(&wire).map(|octets| Reply::read(&octets));
    let reply = if body.bytes > body::SMALL_BYTES {
        answer::apart(work).await
    } else {
        work()
    };
    match reply {
        Ok(reply) => publish(&mut notes.facts, reply),
        Err(failure) => notes.fail(failure.kind, failure.detail),
    }
}

fn publish(facts: &mut Facts, reply: Reply) {
    facts.set("text", Value::text(&reply.text));
    facts.set("lines", Value::count(reply.lines));
    facts.set("utf8", Value::Flag(reply.is_utf8));
    let mut seen = BTreeSet::new();
    let mut names: Vec<Arc<str>> = Vec::new();
    for (name, value) in &reply.fields {
        if seen.insert(name.as_str()) {
            names.push(Arc::from(name.as_str()));
            facts.set(format!("fields.{name}"), Value::text(value));
        }
    }
    facts.set("field_names", Value::Texts(names));
    if let Some(addresses) = reply.addresses {
        facts.set("prefixes", Value::Addresses(addresses));
    }
    if let Some(asns) = reply.asns {
        facts.set("asns", Value::Asns(asns));
    }
    if let Some(referral) = reply.referral {
        facts.set("referral", Value::text(referral));
    }
}

#[cfg(test)]
mod tests {
    use super::super::scripted::{self, Reply as Step, Script, check_vocabulary, fact, failing};
    use super::super::{Argument, Service};
    use super::*;

    const RIPE: &[u8] = b"% terms\n\ninetnum:  192.0.2.0 - 192.0.2.255\nnetname: A\n\
        descr:  first\ndescr:  second\nrefer: whois.example\n";
    const AUTNUM: &[u8] = b"aut-num: AS64500\nas-name: caf\xe9\n";

    fn reply(octets: &[u8]) -> Step {
        let body = scripted::body(octets);
        (Some(Answer::Tcp { body }), None)
    }

    #[test]
    fn every_fact_of_the_vocabulary_is_published() {
        let network = Script::new([reply(RIPE)]).ask(&Whois, "192.0.2.1", &[]);
        for (path, expected) in [
            ("prefixes", "192.0.2.0/24"),
            ("lines", "5"),
            ("fields.descr", "first"),
            ("field_names", "[inetnum, netname, descr, refer]"),
            ("referral", "whois.example"),
            ("utf8", "true"),
        ] {
            assert_eq!(fact(&network, path), expected, "{path}");
        }
        let autnum = Script::new([reply(AUTNUM)]).ask(&Whois, "AS64500", &[]);
        assert_eq!(fact(&autnum, "fields.as-name"), "café");
        assert_eq!(fact(&autnum, "utf8"), "false");
        check_vocabulary(&vocabulary::whois::WHOIS, &[network, autnum]);
    }

    #[track_caller]
    fn check_request(arguments: &[(&'static str, Argument)], expected: &str) {
        let script = Script::new([reply(b"")]);
        let seen = script.ask(&Whois, "AS1", arguments);
        assert!(seen.is_ok(), "{seen:?}");
        let requests = script.requests.lock().unwrap();
        let [Request::Tcp(tcp)] = requests.as_slice() else {
            panic!("{requests:?}")
        };
        let sent = String::from_utf8(tcp.send.clone()).unwrap();
        assert_eq!(format!("{}:{} {sent:?}", tcp.host, tcp.port), expected);
    }

    #[test]
    fn flags_and_port_are_those_of_the_registry() {
        let text = |t: &str| Argument::Text(t.to_owned());
        check_request(&[], r#"whois.afrinic.test:43 "-r AS1\r\n""#);
        check_request(
            &[("port", Argument::Count(4343))],
            r#"whois.afrinic.test:4343 "-r AS1\r\n""#,
        );
        check_request(
            &[("host", text("whois.iana.test"))],
            r#"whois.iana.test:43 "AS1\r\n""#,
        );
    }

    #[test]
    fn a_query_of_two_lines_and_a_service_without_host_are_not_asked() {
        let script = Script::new([reply(b"")]);
        let seen = script.ask(&Whois, "AS1\r\n-k", &[]);
        assert_eq!(fact(&seen, "failure"), "protocol");
        let seen = script.ask_as(&Whois, "AS1", |ask| {
            ask.service = Arc::new(Service::default());
        });
        assert!(matches!(seen.skipped, Some(Skipped::NotApplicable { .. })));
        assert!(script.requests.lock().unwrap().is_empty());
    }

    #[test]
    fn failures_are_named_and_cut_replies_are_not_read() {
        for kind in FailureKind::ALL {
            let seen = Script::new([failing(*kind)]).ask(&Whois, "AS1", &[]);
            assert_eq!(fact(&seen, "failure"), kind.as_str());
        }
        let cut = (reply(RIPE).0, Some(FailureKind::BodyLimit));
        let seen = Script::new([cut]).ask(&Whois, "AS1", &[]);
        assert_eq!(fact(&seen, "failure"), "body-limit");
        assert_eq!(
            (fact(&seen, "text"), fact(&seen, "bytes").is_empty()),
            ("(absent)".into(), false)
        );
    }
}
