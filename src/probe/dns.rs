//! The `dns` probe: one name, some types.

use std::collections::BTreeMap;
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::{RData, Record};
use jiff::SignedDuration;

use super::notes::Notes;
use super::{Ask, Probe};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{FailureKind, Observation, Value};
use crate::transport::{Answer, Boxed, DnsRequest, Exchange, Request};

/// Asks a resolver or a name server.
#[derive(Debug)]
pub(super) struct Dns;

impl Probe for Dns {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::dns::DNS
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let mut notes = Notes::new();
            let mut seen = Seen::default();
            let types = ask.texts("types").unwrap_or_else(|| vec!["A", "AAAA"]);
            for record_type in types {
                if !look_up(&ask, &mut notes, &mut seen, record_type).await {
                    break;
                }
            }
            seen.publish(&mut notes);
            notes.finish(&ask)
        })
    }
}

/// What the messages of one probe showed.
#[derive(Debug, Default)]
struct Seen {
    /// Whether each final message was authenticated and authoritative.
    answers: Vec<(bool, bool)>,
    rcode: Option<ResponseCode>,
    truncated: bool,
    tcp: bool,
    server: Option<String>,
    ttl: Option<u32>,
    records: BTreeMap<String, Vec<String>>,
}

/// Asks for one type, over TCP again if the answer over UDP is truncated; says whether there is an answer.
async fn look_up(ask: &Ask<'_>, notes: &mut Notes, seen: &mut Seen, record_type: &str) -> bool {
    let mut tcp = ask.text("transport") == Some("tcp");
    loop {
        let request = DnsRequest {
            name: ask.subject.clone(),
            record_type: record_type.to_owned(),
            server: ask.text("server").map(str::to_owned),
            tcp,
            recurse: ask.flag("recurse").unwrap_or(true),
            dnssec: false,
            family: ask.family,
            timeout: notes.remaining(ask),
        };
        let Some(exchange) = notes.exchange(ask, Request::Dns(request)).await else {
            return false;
        };
        let Some((message, over_tcp)) = read(ask, notes, &exchange, record_type) else {
            return false;
        };
        seen.server = exchange.destination.map(|to| to.to_string());
        seen.tcp = over_tcp;
        if message.metadata.truncation && !over_tcp {
            seen.truncated = true;
            tcp = true;
            continue;
        }
        if message.metadata.truncation {
            notes.fail(
                FailureKind::Protocol,
                "an answer over TCP says it is truncated",
            );
            return false;
        }
        seen.take(&message, record_type);
        return true;
    }
}

/// Decodes the answer of an exchange; `None` if there is none, which is noted as a failure.
fn read(
    ask: &Ask<'_>,
    notes: &mut Notes,
    exchange: &Exchange,
    record_type: &str,
) -> Option<(Message, bool)> {
    let what = format!("{record_type} {}", ask.subject);
    notes.fail_with(exchange);
    let Some(Answer::Dns { message, tcp }) = &exchange.answer else {
        notes.asked(exchange, &what, "nothing");
        notes.fail_foreign(exchange);
        return None;
    };
    let decoded = Message::from_vec(message)
        .map_err(|error| format!("decoding the DNS answer: {error}"))
        .and_then(|message| match message.metadata.message_type {
            MessageType::Response => Ok(message),
            MessageType::Query => Err("a DNS query came instead of an answer".to_owned()),
        });
    match decoded {
        Ok(message) => {
            let rcode = rcode_name(message.metadata.response_code);
            let over = if *tcp { "TCP" } else { "UDP" };
            notes.asked(exchange, &what, &format!("{rcode} by {over}"));
            exchange.failure.is_none().then_some((message, *tcp))
        }
        Err(detail) => {
            notes.asked(exchange, &what, "unreadable");
            notes.fail(FailureKind::Protocol, detail);
            None
        }
    }
}

impl Seen {
    fn take(&mut self, message: &Message, record_type: &str) {
        let header = &message.metadata;
        self.answers
            .push((header.authentic_data, header.authoritative));
        self.rcode = Some(match self.rcode {
            Some(worst) if severity(worst) >= severity(header.response_code) => worst,
            _ => header.response_code,
        });
        for record in &message.answers {
            self.ttl = Some(self.ttl.map_or(record.ttl, |least| least.min(record.ttl)));
        }
        let asked = |record: &&Record| record.record_type().to_string() == record_type;
        let mut texts: Vec<String> = message
            .answers
            .iter()
            .filter(asked)
            .map(|record| presentation(&record.data))
            .collect();
        texts.sort_unstable();
        texts.dedup();
        self.records.insert(record_type.to_owned(), texts);
    }

    fn publish(self, notes: &mut Notes) {
        let facts = &mut notes.facts;
        if let Some(rcode) = self.rcode {
            facts.set("rcode", Value::text(rcode_name(rcode)));
            let authenticated = self.answers.iter().all(|(ad, _)| *ad);
            let authoritative = self.answers.iter().all(|(_, aa)| *aa);
            facts.set("authenticated", Value::Flag(authenticated));
            facts.set("authoritative", Value::Flag(authoritative));
            facts.set("truncated", Value::Flag(self.truncated));
            let transport = if self.tcp { "tcp" } else { "udp" };
            facts.set("transport", Value::text(transport));
        }
        for (record_type, texts) in self.records {
            let texts = texts.into_iter().map(Into::into).collect();
            facts.set(record_type, Value::Texts(texts));
        }
        let ttl = self.ttl.map(|seconds| Duration::from_secs(seconds.into()));
        let ttl = ttl.and_then(|ttl| SignedDuration::try_from(ttl).ok());
        notes.set_some("ttl", ttl.map(Value::Duration));
        notes.set_some("server", self.server.map(Value::text));
    }
}

/// Orders response codes from good to bad: an answer, no such name, then everything that is no answer.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the codes are those of another crate, and there will be more"
)]
const fn severity(code: ResponseCode) -> u8 {
    match code {
        ResponseCode::NoError => 0,
        ResponseCode::NXDomain => 1,
        ResponseCode::Refused => 2,
        ResponseCode::NotImp => 3,
        ResponseCode::FormErr => 4,
        ResponseCode::ServFail => 6,
        _ => 5,
    }
}

/// Returns the name of a response code as IANA registers it; `RCODE23` for a number without one.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the codes are those of another crate, and there will be more"
)]
fn rcode_name(code: ResponseCode) -> String {
    let name = match code {
        ResponseCode::NoError => "NOERROR",
        ResponseCode::FormErr => "FORMERR",
        ResponseCode::ServFail => "SERVFAIL",
        ResponseCode::NXDomain => "NXDOMAIN",
        ResponseCode::NotImp => "NOTIMP",
        ResponseCode::Refused => "REFUSED",
        ResponseCode::YXDomain => "YXDOMAIN",
        ResponseCode::YXRRSet => "YXRRSET",
        ResponseCode::NXRRSet => "NXRRSET",
        ResponseCode::NotAuth => "NOTAUTH",
        ResponseCode::NotZone => "NOTZONE",
        ResponseCode::BADVERS => "BADVERS",
        other => return format!("RCODE{}", u16::from(other)),
    };
    name.to_owned()
}

/// Number of a DS record (RFC 4034, section 5).
const DS: u16 = 43;

/// Number of a DNSKEY record (RFC 4034, section 2).
const DNSKEY: u16 = 48;

/// Returns a record's data as zone files write it, names in lower case.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the types are those of another crate, and there will be more"
)]
fn presentation(data: &RData) -> String {
    match data {
        RData::NS(name) => name.to_string().to_lowercase(),
        RData::CNAME(name) => name.to_string().to_lowercase(),
        RData::PTR(name) => name.to_string().to_lowercase(),
        RData::MX(mx) => mx.to_string().to_lowercase(),
        RData::Unknown { code, rdata } => {
            let octets = &rdata.anything;
            signature_data((*code).into(), octets).unwrap_or_else(|| unknown(octets))
        }
        other => other.to_string(),
    }
}

/// Returns DS and DNSKEY data as zone files write them; `None` for other types or too short data.
///
/// Source: RFC 4034, sections 2.2 and 5.3.
fn signature_data(code: u16, octets: &[u8]) -> Option<String> {
    let (first, rest) = octets.split_first_chunk::<2>()?;
    let first = u16::from_be_bytes(*first);
    let ([second, third], rest) = rest.split_first_chunk::<2>()?;
    match code {
        DS => Some(format!(
            "{first} {second} {third} {}",
            HEXLOWER.encode(rest)
        )),
        DNSKEY => Some(format!("{first} {second} {third} {}", BASE64.encode(rest))),
        _ => None,
    }
}

/// Returns data of an unknown type in the form of RFC 3597, section 5.
fn unknown(octets: &[u8]) -> String {
    format!("\\# {} {}", octets.len(), HEXLOWER.encode(octets))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use hickory_proto::op::OpCode;
    use hickory_proto::rr::rdata::{A, AAAA, CAA, CNAME, MX, NS, NULL, PTR, SOA, TXT};
    use hickory_proto::rr::{Name, RecordType};

    use super::super::Argument;
    use super::super::scripted::{Reply, Script, check_vocabulary, fact, failing};
    use super::*;

    fn name(text: &str) -> Name {
        Name::from_str(text).unwrap()
    }

    fn message(records: &[(u32, RData)], change: impl FnOnce(&mut Message)) -> Vec<u8> {
        let mut message = Message::new(0, MessageType::Response, OpCode::Query);
        for (ttl, data) in records {
            message.add_answer(Record::from_rdata(
                name("Rdap.Example."),
                *ttl,
                data.clone(),
            ));
        }
        change(&mut message);
        message.to_vec().unwrap()
    }

    fn reply(tcp: bool, message: Vec<u8>) -> Reply {
        (Some(Answer::Dns { message, tcp }), None)
    }

    fn types(types: &[&str]) -> (&'static str, Argument) {
        let types = types.iter().map(|t| (*t).to_owned()).collect();
        ("types", Argument::Texts(types))
    }

    /// One record of every type that can be asked for, and how it is shown.
    fn zone() -> Vec<(&'static str, RData, &'static str)> {
        let mut key = vec![1, 1, 3, 13];
        key.extend(b"key");
        let ds = vec![0x30, 0x39, 13, 2, 0xAB, 0xCD];
        let raw = |code, octets| RData::Unknown {
            code: RecordType::from(code),
            rdata: NULL::with(octets),
        };
        let txt = TXT::new(vec!["a b".to_owned(), "c".to_owned()]);
        let issue = CAA::new_issue(true, Some(name("ca.example")), Vec::new());
        let soa = SOA::new(name("ns.example."), name("h.example."), 1, 2, 3, 4, 5);
        vec![
            ("A", RData::A(A::new(192, 0, 2, 1)), "192.0.2.1"),
            (
                "AAAA",
                RData::AAAA(AAAA::from_str("2001:db8::1").unwrap()),
                "2001:db8::1",
            ),
            ("NS", RData::NS(NS(name("NS.Example."))), "ns.example."),
            (
                "CNAME",
                RData::CNAME(CNAME(name("b.example."))),
                "b.example.",
            ),
            ("SOA", RData::SOA(soa), "ns.example. h.example. 1 2 3 4 5"),
            ("PTR", RData::PTR(PTR(name("p.example."))), "p.example."),
            ("DS", raw(DS, ds), "12345 13 2 abcd"),
            ("DNSKEY", raw(DNSKEY, key), "257 3 13 a2V5"),
            ("TXT", RData::TXT(txt), "a bc"),
            (
                "MX",
                RData::MX(MX::new(10, name("m.example."))),
                "10 m.example.",
            ),
            ("CAA", RData::CAA(issue), "128 issue \"ca.example\""),
        ]
    }

    #[test]
    fn every_fact_of_the_vocabulary_is_published() {
        let zone = zone();
        let asked: Vec<&str> = zone.iter().map(|(t, ..)| *t).collect();
        let replies = zone
            .iter()
            .map(|(_, data, _)| reply(false, message(&[(60, data.clone())], |_| {})));
        let seen = Script::new(replies).ask(&Dns, "rdap.example", &[types(&asked)]);
        assert!(seen.is_ok(), "{:?}", seen.failure);
        for (record_type, _, shown) in &zone {
            assert_eq!(
                fact(&seen, record_type),
                format!("[{shown}]"),
                "{record_type}"
            );
        }
        check_vocabulary(&vocabulary::dns::DNS, &[seen]);
    }

    #[test]
    fn a_truncated_answer_is_asked_for_again_over_tcp() {
        let v4 = |last| (300, RData::A(A::new(192, 0, 2, last)));
        let script = Script::new([
            reply(false, message(&[], |m| m.metadata.truncation = true)),
            reply(
                true,
                message(&[v4(2), (60, RData::CNAME(CNAME(name("c."))))], |_| {}),
            ),
            reply(false, message(&[v4(1)], |_| {})),
        ]);
        let seen = script.ask(&Dns, "rdap.example", &[types(&["A", "AAAA"])]);
        for (path, expected) in [
            ("A", "[192.0.2.2]"),
            ("AAAA", "[]"),
            ("truncated", "true"),
            ("transport", "udp"),
            ("ttl", "1m"),
            ("server", "[2001:db8::1]:443"),
            ("NS", "(absent)"),
        ] {
            assert_eq!(fact(&seen, path), expected, "{path}");
        }
        let requests = script.requests.lock().unwrap();
        let tcp = requests
            .iter()
            .map(|r| matches!(r, Request::Dns(d) if d.tcp));
        assert_eq!(tcp.collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(seen.asked[1], "A rdap.example NOERROR by TCP over IPv6");
    }

    #[test]
    fn the_worst_code_counts_and_every_answer_must_be_authenticated() {
        let coded = |code, ad| {
            reply(
                false,
                message(&[], |m| {
                    m.metadata.response_code = code;
                    m.metadata.authentic_data = ad;
                    m.metadata.authoritative = true;
                }),
            )
        };
        let seen = Script::new([
            coded(ResponseCode::ServFail, true),
            coded(ResponseCode::NXDomain, false),
        ])
        .ask(&Dns, "rdap.example", &[]);
        assert!(seen.is_ok());
        assert_eq!(fact(&seen, "rcode"), "SERVFAIL");
        assert_eq!(fact(&seen, "authenticated"), "false");
        assert_eq!(fact(&seen, "authoritative"), "true");
        assert_eq!(fact(&seen, "ttl"), "(absent)");
    }

    #[test]
    fn what_is_no_answer_is_a_failure() {
        let query = message(&[], |m| m.metadata.message_type = MessageType::Query);
        let cut = message(&[(1, RData::A(A::new(1, 2, 3, 4)))], |_| {});
        let looping = {
            let mut octets = message(&[], |_| {});
            octets[5] = 1;
            octets.extend([0xc0, 0x0c, 0, 1, 0, 1]);
            octets
        };
        let truncated = message(&[], |m| m.metadata.truncation = true);
        for (replies, expected) in [
            (vec![reply(false, query)], "protocol"),
            (
                vec![reply(false, cut[..cut.len() - 2].to_vec())],
                "protocol",
            ),
            (vec![reply(false, looping)], "protocol"),
            (vec![reply(false, Vec::new())], "protocol"),
            (vec![reply(true, truncated)], "protocol"),
            (vec![failing(FailureKind::Timeout)], "timeout"),
            (vec![reply(false, message(&[], |_| {}))], "not-recorded"),
        ] {
            let seen = Script::new(replies).ask(&Dns, "rdap.example", &[]);
            assert_eq!(fact(&seen, "failure"), expected);
        }
    }
}
