//! The `tcp` probe: does something listen, on which addresses, and what does it say first.

use std::net::IpAddr;
use std::time::Duration;

use super::notes::{Notes, skip};
use super::{Ask, Probe, body};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Facts, Failure, FailureKind, Observation, Skipped, Value};
use crate::transport::{Answer, Boxed, Exchange, Request, TcpRead, TcpRequest};

/// Opens TCP connections.
#[derive(Debug)]
pub(super) struct Tcp;

/// Most addresses of one name that are tried; names of services have a handful.
const MAX_ADDRESSES: usize = 16;

/// Longest greeting line that is read, in octets. SMTP allows 512 (RFC 5321, section 4.5.3.1.5); twice that.
const BANNER_BYTES: u64 = 1024;

/// Longest wait for a greeting; those who send one do so at once.
const BANNER_WAIT: Duration = Duration::from_secs(5);

impl Probe for Tcp {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::tcp::TCP
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let Some(port) = ask.port().filter(|port| *port > 0) else {
                let reason = "the probe has no port; expected 1 to 65535".to_owned();
                return skip(&ask, Skipped::Error { reason });
            };
            let mut notes = Notes::new();
            let mut seen = Seen::default();
            if let Some(first) = connect(&ask, &mut notes, port, None).await {
                seen.begin(&mut notes, &first);
                seen.rest(&ask, &mut notes, port).await;
            }
            seen.publish(&mut notes);
            notes.finish(&ask)
        })
    }
}

/// What became of the addresses.
#[derive(Debug, Default)]
struct Seen {
    /// Addresses with their failure, in the order the name resolved to.
    each: Vec<(IpAddr, Option<Failure>)>,
}

/// Opens one connection, to the first address that accepts or to one of them.
async fn connect(
    ask: &Ask<'_>,
    notes: &mut Notes,
    port: u16,
    address: Option<IpAddr>,
) -> Option<Exchange> {
    // The greeting is read on the first connection only.
    let banner = address.is_none() && ask.flag("banner") == Some(true);
    let timeout = notes.remaining(ask);
    let request = TcpRequest {
        host: ask.subject.clone(),
        port,
        send: Vec::new(),
        read: if banner {
            TcpRead::Line
        } else {
            TcpRead::Nothing
        },
        address,
        limit: BANNER_BYTES,
        family: ask.family,
        timeout: if banner {
            timeout.min(BANNER_WAIT)
        } else {
            timeout
        },
    };
    let exchange = notes.exchange(ask, Request::Tcp(request)).await?;
    let to = address.map(|a| format!(" at {a}")).unwrap_or_default();
    let what = format!("TCP {}:{port}{to}", ask.subject);
    let came = if is_open(&exchange) {
        "open"
    } else {
        "no connection"
    };
    notes.asked(&exchange, &what, came);
    Some(exchange)
}

/// Says whether the connection was made, whatever came of the greeting.
fn is_open(exchange: &Exchange) -> bool {
    exchange.failure.is_none()
        || (exchange.timing.connect.is_some() && exchange.destination.is_some())
}

impl Seen {
    /// Takes the first connection, which found the addresses.
    fn begin(&mut self, notes: &mut Notes, first: &Exchange) {
        if !is_open(first) && first.addresses.is_empty() {
            notes.fail_with(first);
        }
        if first.failure.is_none() && !matches!(first.answer, Some(Answer::Tcp { .. })) {
            notes.fail_foreign(first);
        }
        if is_open(first) {
            let connect = first.timing.connect.map(Value::Duration);
            notes.set_some("timing.connect", connect);
            if let Some(banner) = banner(first) {
                notes.facts.set("banner", Value::text(banner));
            }
        }
        let accepted = first.destination.map(|to| to.ip().to_canonical());
        let mut addresses: Vec<IpAddr> = Vec::new();
        for address in first
            .addresses
            .iter()
            .map(IpAddr::to_canonical)
            .chain(accepted)
        {
            if !addresses.contains(&address) && addresses.len() < MAX_ADDRESSES {
                addresses.push(address);
            }
        }
        let unknown = || {
            Some(Failure {
                kind: FailureKind::Timeout,
                detail: "not tried: no time was left".to_owned(),
            })
        };
        self.each = addresses
            .into_iter()
            .map(|address| {
                let open = is_open(first) && accepted == Some(address);
                (address, if open { None } else { unknown() })
            })
            .collect();
    }

    /// Tries every address that has not accepted yet.
    async fn rest(&mut self, ask: &Ask<'_>, notes: &mut Notes, port: u16) {
        for (address, failure) in &mut self.each {
            if failure.is_none() {
                continue;
            }
            let Some(exchange) = connect(ask, notes, port, Some(*address)).await else {
                return;
            };
            *failure = if is_open(&exchange) {
                None
            } else {
                exchange.failure
            };
        }
        if self.each.iter().all(|(_, failure)| failure.is_some())
            && let Some((_, Some(failure))) = self.each.first()
        {
            notes.fail(failure.kind, failure.detail.clone());
        }
    }

    fn publish(&self, notes: &mut Notes) {
        if self.each.is_empty() {
            return;
        }
        let facts = &mut notes.facts;
        let addresses = self.each.iter().map(|(a, _)| a.to_string().into());
        facts.set("addresses", Value::Texts(addresses.collect()));
        let records = self.each.iter().map(|(address, failure)| {
            let mut record = Facts::new();
            let kind = failure.as_ref().map_or("", |f| f.kind.as_str());
            record.set("address", Value::text(address.to_string()));
            record.set("ok", Value::Flag(failure.is_none()));
            record.set("failure", Value::text(kind));
            record
        });
        facts.set("each_address", Value::Records(records.collect()));
        let all = self.each.iter().all(|(_, failure)| failure.is_none());
        facts.set("each_address_ok", Value::Flag(all));
    }
}

/// Returns the greeting without its line end; `None` if none came.
fn banner(exchange: &Exchange) -> Option<String> {
    let Some(Answer::Tcp { body }) = &exchange.answer else {
        return None;
    };
    let octets = body::octets(body)
        .ok()
        .filter(|octets| !octets.is_empty())?;
    let text = String::from_utf8_lossy(&octets);
    text.lines().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::Argument;
    use super::super::scripted::{self, Reply, Script, check_vocabulary, fact, failing};
    use super::*;

    const PORT: (&str, Argument) = ("port", Argument::Count(43));

    fn open(octets: &[u8]) -> Reply {
        let body = scripted::body(octets);
        (Some(Answer::Tcp { body }), None)
    }

    fn script(replies: impl IntoIterator<Item = Reply>) -> Script {
        let mut script = Script::new(replies);
        script.destination = None;
        script.addresses = ["192.0.2.1", "2001:db8::1"]
            .map(|a| a.parse().unwrap())
            .to_vec();
        script
    }

    #[test]
    fn every_fact_of_the_vocabulary_is_published() {
        let mut script = script([open(b"220 hello\r\n"), failing(FailureKind::Connect)]);
        script.destination = Some("[2001:db8::1]:43".parse().unwrap());
        let banner = ("banner", Argument::Flag(true));
        let seen = script.ask(&Tcp, "whois.example", &[PORT, banner]);
        assert!(seen.is_ok());
        assert_eq!(fact(&seen, "banner"), "220 hello");
        assert_eq!(fact(&seen, "addresses"), "[192.0.2.1, 2001:db8::1]");
        check_vocabulary(&vocabulary::tcp::TCP, &[seen]);
        let requests = script.requests.lock().unwrap();
        let Request::Tcp(second) = &requests[1] else {
            panic!()
        };
        assert_eq!(second.address, Some("192.0.2.1".parse().unwrap()));
        assert_eq!(second.read, TcpRead::Nothing);
    }

    #[test]
    fn every_address_has_its_own_result() {
        let seen = script([
            failing(FailureKind::Connect),
            failing(FailureKind::Timeout),
            open(b""),
        ])
        .ask(&Tcp, "whois.example", &[PORT]);
        assert!(seen.is_ok());
        assert_eq!(fact(&seen, "each_address_ok"), "false");
        let Some(Value::Records(each)) = seen.facts.get("each_address") else {
            panic!()
        };
        assert_eq!(each[0].get("failure").unwrap().to_string(), "timeout");
        assert_eq!(each[1].get("ok"), Some(&Value::Flag(true)));
    }

    #[test]
    fn nothing_that_accepts_is_a_failure() {
        let seen = script([
            failing(FailureKind::Connect),
            failing(FailureKind::Timeout),
            failing(FailureKind::Connect),
        ])
        .ask(&Tcp, "whois.example", &[PORT]);
        assert_eq!(fact(&seen, "failure"), "timeout");
        let mut unknown = script([failing(FailureKind::Dns)]);
        unknown.addresses.clear();
        let seen = unknown.ask(&Tcp, "whois.example", &[PORT]);
        assert_eq!(fact(&seen, "failure"), "dns");
        let seen = script([]).ask(&Tcp, "whois.example", &[]);
        assert!(matches!(seen.skipped, Some(Skipped::Error { .. })));
    }

    #[test]
    fn a_silent_server_is_open() {
        let mut script = Script::new([failing(FailureKind::Timeout)]);
        script.destination = Some("192.0.2.1:43".parse().unwrap());
        let seen = script.ask(&Tcp, "a.example", &[PORT, ("banner", Argument::Flag(true))]);
        assert!(seen.is_ok());
        assert_eq!(fact(&seen, "banner"), "(absent)");
    }
}
