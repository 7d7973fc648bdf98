//! The `rdap` probe: one RDAP query, read by the RDAP inspector.

use std::net::IpAddr;

use serde_json::Value as Document;

use super::conversation::{Conversation, Habits, converse};
use super::notes::{Notes, skip};
use super::{Ask, Probe, answer};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Inspected, Json, Observation, Skipped, Value};
use crate::inspect::rdap::{Context, Query, inspect};
use crate::resource::{AddressRange, AddressSet, Asn, AsnSet};
use crate::transport::Boxed;

/// Asks an RDAP service.
#[derive(Debug)]
pub(super) struct Rdap;

/// The media type of RDAP (RFC 9083, section 10.1), and no redirects: who answers is part of the question.
const HABITS: Habits = Habits {
    accept: "application/rdap+json",
    redirects: 0,
};

impl Probe for Rdap {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::rdap::RDAP
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let base = ask.text("base").unwrap_or(&ask.service.rdap_base);
            if base.is_empty() && !is_absolute(&ask.subject) {
                let reason = "`rdap.base` is not declared for this registry".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let mut notes = Notes::new();
            notes.facts.set("base", Value::text(base));
            let url = join(base, &ask.subject);
            let seen = converse(&ask, &mut notes, &url, HABITS).await;
            if let Some(json) = answer::publish(&ask, &mut notes, &url, &seen).await {
                publish_object(&mut notes, json.get());
                let inspected = look(&ask, &notes, &seen, base, json).await;
                notes.inspected = Some(inspected);
            } else if notes.failure.is_none() {
                notes.inspected = Some(Inspected::default());
            }
            notes.finish(&ask)
        })
    }
}

/// Says whether a subject is an absolute URL instead of a path.
fn is_absolute(subject: &str) -> bool {
    let Some((scheme, _)) = subject.split_once("://") else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Joins a base URL and a path with one slash between; an absolute URL stays as it is.
fn join(base: &str, subject: &str) -> String {
    if is_absolute(subject) {
        return subject.to_owned();
    }
    let path = subject.trim_start_matches('/');
    format!("{}/{path}", base.trim_end_matches('/'))
}

/// Publishes what the topmost object says of itself.
fn publish_object(notes: &mut Notes, document: Option<&Document>) {
    let Some(object) = document.and_then(Document::as_object) else {
        return;
    };
    let text = |name: &str| object.get(name).and_then(Document::as_str);
    let number = |name: &str| object.get(name).and_then(Document::as_u64);
    let Some(class) = text("objectClassName") else {
        return;
    };
    notes.facts.set("class", Value::text(class));
    if class == "ip network" {
        let ends = text("startAddress").zip(text("endAddress"));
        notes.set_some("prefixes", ends.and_then(|(a, b)| addresses(a, b)));
    } else if class == "autnum" {
        let ends = number("startAutnum").zip(number("endAutnum"));
        notes.set_some("asns", ends.and_then(|(a, b)| asns(a, b)));
    }
}

/// Returns the addresses between two texts; `None` if they are no range of one family.
fn addresses(start: &str, end: &str) -> Option<Value> {
    let (start, end): (IpAddr, IpAddr) = (start.parse().ok()?, end.parse().ok()?);
    let range = AddressRange::new(start, end).ok()?;
    Some(Value::Addresses(AddressSet::from(range)))
}

/// Returns the AS numbers between two; `None` if they are no range of 32-bit numbers.
fn asns(start: u64, end: u64) -> Option<Value> {
    let (start, end) = (u32::try_from(start).ok()?, u32::try_from(end).ok()?);
    (start <= end).then(|| Value::Asns(AsnSet::range(Asn(start), Asn(end))))
}

/// Applies the inspector's rules, large documents on a thread of their own.
async fn look(
    ask: &Ask<'_>,
    notes: &Notes,
    seen: &Conversation,
    base: &str,
    json: Json,
) -> Inspected {
    let Some(answer) = &seen.answer else {
        return Inspected::default();
    };
    let context = Context {
        query: Query::from_path(path(base, &ask.subject)),
        url: seen.hops.last().map(|hop| hop.url.clone()),
        status: Some(answer.status),
        headers: Some(answer.headers.clone()),
        authorities: authorities(ask),
        nameserver: ask.service.nameserver,
        at: notes.at(),
    };
    let apply = move || {
        json.get()
            .map_or_else(Inspected::default, |document| inspect(document, &context))
    };
    answer::apart_if_large(notes, apply).await
}

/// Returns the path below the base; a URL elsewhere as a whole, which is no query.
fn path<'a>(base: &str, subject: &'a str) -> &'a str {
    subject
        .strip_prefix(base.trim_end_matches('/'))
        .unwrap_or(subject)
}

/// Returns the hosts that the asked registry declares.
fn authorities(ask: &Ask<'_>) -> Vec<String> {
    let Some(asked) = &ask.key.asked else {
        return Vec::new();
    };
    let own = ask.hosts.iter().filter(|(_, registry)| *registry == asked);
    own.map(|(host, _)| host.clone()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Argument;
    use super::super::scripted::{Script, check_vocabulary, fact, failing, http};
    use super::*;
    use crate::fact::{Digest, FailureKind};
    use crate::transport::{Answer, Request};

    const NETWORK: &[u8] = br#"{"objectClassName":"ip network","startAddress":"192.0.2.0",
        "endAddress":"192.0.2.255","rdapConformance":["rdap_level_0"]}"#;
    const AUTNUM: &[u8] = br#"{"objectClassName":"autnum","startAutnum":64500,"endAutnum":64511}"#;
    const JSON: &str = "Content-Type: application/rdap+json";

    const HTML: [&str; 2] = [
        "content-type: text/html",
        "last-modified: Fri, 20 Nov 2026 12:00:00 GMT",
    ];

    fn asked(script: &Script) -> Vec<crate::transport::HttpRequest> {
        let requests = script.requests.lock().unwrap().clone();
        requests
            .into_iter()
            .map(|request| match request {
                Request::Http(request) => request,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn every_fact_of_the_vocabulary_is_published() {
        let seen = [
            Script::new([http(200, &[JSON], NETWORK)]).ask(&Rdap, "ip/192.0.2.1", &[]),
            Script::new([http(200, &[JSON], AUTNUM)]).ask(&Rdap, "autnum/64500", &[]),
            Script::new([http(200, &HTML, b"<p>")]).ask(&Rdap, "help", &[]),
            Script::new([http(
                301,
                &["location: https://rdap.apnic.test/ip/1?x=y"],
                b"",
            )])
            .ask(&Rdap, "ip/192.0.2.1", &[]),
        ];
        check_vocabulary(&vocabulary::rdap::RDAP, &seen);
    }

    #[test]
    fn a_lookup_says_what_was_asked_and_what_came() {
        let script = Script::new([http(200, &[JSON, "Vary: a", "vary: b"], NETWORK)]);
        let seen = script.ask(&Rdap, "ip/192.0.2.1", &[]);
        assert!(seen.is_ok() && seen.key.asked.is_some());
        for (path, expected) in [
            ("url", "https://rdap.afrinic.test/rdap/ip/192.0.2.1"),
            ("base", "https://rdap.afrinic.test/rdap/"),
            ("status", "200"),
            ("headers.vary", "a, b"),
            ("class", "ip network"),
            ("prefixes", "192.0.2.0/24"),
            ("hops", "0"),
            ("redirect", "false"),
            ("final.registry", "afrinic"),
            ("family", "ipv6"),
            ("attempts", "1"),
            ("failure", ""),
            ("ok", "true"),
        ] {
            assert_eq!(fact(&seen, path), expected, "{path}");
        }
        assert_eq!(
            seen.asked,
            ["GET https://rdap.afrinic.test/rdap/ip/192.0.2.1 200 over IPv6"]
        );
        assert_eq!(seen.evidence, [Digest::of(NETWORK)]);
        assert_eq!(fact(&seen, "body.digest"), Digest::of(NETWORK).as_str());
        let inspected = seen.inspected.unwrap();
        assert!(
            inspected
                .looked
                .iter()
                .any(|rule| rule.starts_with("rdap."))
        );
        let request = &asked(&script)[0];
        let headers = ["accept: application/rdap+json", "accept-encoding: identity"];
        assert_eq!(shown(&request.headers), headers);
    }

    fn shown(headers: &[(String, String)]) -> Vec<String> {
        headers.iter().map(|(n, v)| format!("{n}: {v}")).collect()
    }

    #[test]
    fn a_path_is_joined_to_the_base_with_one_slash() {
        #[track_caller]
        fn check(base: &str, subject: &str, expected: &str) {
            assert_eq!(join(base, subject), expected);
        }
        check(
            "https://a.example/rdap/",
            "ip/1",
            "https://a.example/rdap/ip/1",
        );
        check(
            "https://a.example/rdap",
            "/ip/1",
            "https://a.example/rdap/ip/1",
        );
        check(
            "https://a.example/",
            "ip/::%2F",
            "https://a.example/ip/::%2F",
        );
        check(
            "https://a.example/",
            "http://b.example/c",
            "http://b.example/c",
        );
        check(
            "https://a.example/",
            "entity/a://b",
            "https://a.example/entity/a://b",
        );
    }

    #[test]
    fn a_scenario_changes_headers_and_a_service_without_base_does_not_apply() {
        let script = Script::new([http(304, &[], b"")]);
        let first = Script::new([http(200, &["ETag: \"x\"", "Last-Modified: Sat"], b"{}")]).ask(
            &Rdap,
            "help",
            &[],
        );
        let seen = script.ask_as(&Rdap, "help", |ask| {
            ask.earlier.insert("first".into(), Arc::new(first));
            let own = [("Accept-Encoding", ""), ("X-A", "b")];
            let own = own.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
            ask.arguments.extend([
                ("headers", Argument::Headers(own)),
                ("accept", Argument::Text(String::new())),
                ("origin", Argument::Text("https://o.example".to_owned())),
                ("method", Argument::Text("HEAD".to_owned())),
                ("conditional", Argument::Probe("first".into())),
                ("body_limit", Argument::Count(7)),
            ]);
        });
        assert!(seen.is_ok() && fact(&seen, "status") == "304");
        let request = &asked(&script)[0];
        assert_eq!((request.method.as_str(), request.body_limit), ("HEAD", 7));
        assert_eq!(
            shown(&request.headers),
            [
                "origin: https://o.example",
                "if-none-match: \"x\"",
                "if-modified-since: Sat",
                "x-a: b",
                "accept: */*"
            ]
        );
        let seen = Script::new([]).ask_as(&Rdap, "help", |ask| {
            ask.service = Arc::new(super::super::Service::default());
        });
        assert!(
            matches!(seen.skipped, Some(Skipped::NotApplicable { .. })),
            "{seen:?}"
        );
    }

    #[test]
    fn the_registry_that_answers_in_the_end_is_told() {
        let there = "location: https://rdap.apnic.test/ip/192.0.2.1?x=y";
        let replies = || [http(302, &[there], b"moved"), http(200, &[JSON], NETWORK)];
        let script = Script::new(replies());
        let seen = script.ask(&Rdap, "ip/192.0.2.1", &[("redirects", Argument::Count(2))]);
        assert_eq!(
            (fact(&seen, "hops"), fact(&seen, "status")),
            ("1".into(), "200".into())
        );
        assert_eq!(fact(&seen, "final.registry"), "apnic");
        assert_eq!((seen.asked.len(), seen.evidence.len()), (2, 2));
        let seen = Script::new(replies()).ask(&Rdap, "ip/192.0.2.1", &[]);
        for (path, expected) in [
            ("status", "302"),
            ("redirect", "true"),
            ("location.registry", "apnic"),
            ("location.path", "/ip/192.0.2.1"),
            ("location.query", "x=y"),
            ("final.registry", "afrinic"),
            ("timing.total", "5ms"),
        ] {
            assert_eq!(fact(&seen, path), expected, "{path}");
        }
    }

    #[test]
    fn every_failure_of_the_transport_is_a_failed_observation() {
        for kind in FailureKind::ALL {
            let seen = Script::new([failing(*kind)]).ask(&Rdap, "help", &[]);
            assert_eq!(seen.failure.as_ref().map(|f| f.kind), Some(*kind));
            assert_eq!(fact(&seen, "failure"), kind.as_str());
            assert!(fact(&seen, "ok") == "false" && seen.inspected.is_none());
            assert_eq!(fact(&seen, "hops"), "0");
        }
    }

    #[test]
    fn what_came_before_a_cut_is_shown_but_not_read() {
        let (answer, _) = http(200, &[JSON], NETWORK);
        let seen = Script::new([(answer, Some(FailureKind::Truncated))]).ask(&Rdap, "help", &[]);
        assert_eq!(
            (fact(&seen, "status"), fact(&seen, "json")),
            ("200".into(), "(absent)".into())
        );
        assert!(seen.inspected.is_none());
    }

    #[test]
    fn a_body_beyond_the_limits_or_in_a_foreign_coding_is_a_failure() {
        let deep = "[".repeat(40) + &"]".repeat(40);
        for (headers, body, expected) in [
            (vec![], deep.as_bytes(), FailureKind::DepthLimit),
            (
                vec!["content-encoding: br"],
                b"x".as_slice(),
                FailureKind::Decoding,
            ),
            (vec!["content-encoding: gzip"], b"x", FailureKind::Decoding),
        ] {
            let seen = Script::new([http(200, &headers, body)]).ask(&Rdap, "help", &[]);
            assert_eq!(seen.failure.unwrap().kind, expected);
        }
        let other = Answer::Dns {
            message: Vec::new(),
            tcp: false,
        };
        let seen = Script::new([(Some(other), None)]).ask(&Rdap, "help", &[]);
        assert_eq!(seen.failure.unwrap().kind, FailureKind::NotRecorded);
    }

    #[test]
    fn a_page_instead_of_json_is_a_complete_answer() {
        let seen = Script::new([http(200, &["content-type: text/html"], b"<html>")]).ask(
            &Rdap,
            "help",
            &[],
        );
        assert!(seen.is_ok());
        assert_eq!(
            fact(&seen, "json_error"),
            "line 1, column 1: expected value"
        );
        assert_eq!(fact(&seen, "body.text"), "<html>");
        assert_eq!(seen.inspected, Some(Inspected::default()));
    }
}
