//! The `http` probe: one URL, with every redirect hop.

use super::conversation::{Habits, converse};
use super::notes::Notes;
use super::{Ask, Probe, answer};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Inspected, Json, Observation};
use crate::inspect::bootstrap;
use crate::transport::Boxed;

/// Asks a URL.
#[derive(Debug)]
pub(super) struct Http;

/// Any media type, and redirects as the vocabulary says.
const HABITS: Habits = Habits {
    accept: "*/*",
    redirects: 4,
};

impl Probe for Http {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::http::HTTP
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            let mut notes = Notes::new();
            let url = ask.subject.as_str();
            let seen = converse(&ask, &mut notes, url, HABITS).await;
            let json = answer::publish(&ask, &mut notes, url, &seen).await;
            if ask.text("inspect") == Some("bootstrap") && notes.failure.is_none() {
                notes.inspected = Some(look(&notes, json).await);
            }
            notes.finish(&ask)
        })
    }
}

/// Applies the rules of bootstrap files.
async fn look(notes: &Notes, json: Option<Json>) -> Inspected {
    let Some(json) = json else {
        return Inspected::default();
    };
    let apply = move || {
        json.get()
            .map_or_else(Inspected::default, bootstrap::inspect)
    };
    answer::apart_if_large(notes, apply).await
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use super::super::Argument;
    use super::super::scripted::{LIMITS, Script, check_vocabulary, fact, http};
    use super::*;
    use crate::fact::{Digest, FailureKind};

    #[test]
    fn every_fact_of_the_vocabulary_is_published() {
        let moved = "location: https://rdap.apnic.test/a?b";
        let seen = [
            Script::new([http(301, &[moved], b""), http(200, &[MODIFIED], b"{}")]).ask(
                &Http,
                "https://rdap.afrinic.test/",
                &[],
            ),
            Script::new([http(301, &[moved], b"no json")]).ask(
                &Http,
                "https://rdap.afrinic.test/",
                &[("redirects", Argument::Count(0))],
            ),
        ];
        check_vocabulary(&vocabulary::http::HTTP, &seen);
    }

    const MODIFIED: &str = "last-modified: Fri, 20 Nov 2026 12:00:00 GMT";

    fn failure_of(locations: &[&str], follow: u64, public_only: bool) -> (String, usize) {
        let headers: Vec<String> = locations.iter().map(|l| format!("location: {l}")).collect();
        let replies = headers
            .iter()
            .map(|header| http(302, &[header.as_str()], b""));
        let script = Script::new(replies.chain([http(200, &[], b"")]));
        let seen = script.ask_as(&Http, "http://a.example/", |ask| {
            ask.arguments.insert("redirects", Argument::Count(follow));
            ask.limits.public_only = public_only;
            ask.limits.redirects = 5;
        });
        let asked = script.requests.lock().unwrap().len();
        (fact(&seen, "failure"), asked)
    }

    #[test]
    fn redirects_end_at_the_limit_in_a_loop_and_before_private_places() {
        let many: Vec<String> = (0..20).map(|n| format!("/{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let failure = |word: &str, asked| (word.to_owned(), asked);
        assert_eq!(failure_of(&["/b"], 1, false), failure("", 2));
        assert_eq!(failure_of(&many, 2, false), failure("redirect-limit", 3));
        assert_eq!(
            failure_of(&many, 1_000, false),
            failure("redirect-limit", 6)
        );
        assert_eq!(
            failure_of(&["/b", "/"], 4, false),
            failure("redirect-limit", 2)
        );
        assert_eq!(
            failure_of(&["/#here"], 4, false),
            failure("redirect-limit", 1)
        );
        assert_eq!(
            failure_of(&["ftp://b.example/"], 4, false),
            failure("redirect-refused", 1)
        );
        assert_eq!(
            failure_of(&["http://[::1]/"], 4, true),
            failure("redirect-refused", 1)
        );
        assert_eq!(failure_of(&["http://[::1]/"], 4, false), failure("", 2));
        // The name led to an address of the documentation block.
        assert_eq!(
            failure_of(&["http://b.example/"], 4, true),
            failure("redirect-refused", 2)
        );
    }

    #[test]
    fn only_http_urls_are_asked() {
        for url in ["", "rdap.example", "file:///etc/passwd", "http://"] {
            let script = Script::new([http(200, &[], b"")]);
            let seen = script.ask(&Http, url, &[]);
            assert_eq!(fact(&seen, "failure"), "redirect-refused", "{url}");
            assert!(script.requests.lock().unwrap().is_empty());
        }
    }

    #[test]
    fn the_time_of_all_hops_together_is_limited() {
        let hops = (0..9).map(|n| http(302, &[&format!("location: /{n}")], b""));
        let mut script = Script::new(hops);
        script.takes = Duration::from_secs(8);
        let seen = script.ask(
            &Http,
            "http://a.example/",
            &[("redirects", Argument::Count(9))],
        );
        assert_eq!(fact(&seen, "failure"), "timeout");
        assert_eq!(
            (seen.asked.len(), fact(&seen, "timing.total").as_str()),
            (3, "24s")
        );
    }

    #[test]
    fn a_decoded_document_is_kept_beside_the_wire() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"{\"a\":1}").unwrap();
        let wire = gzip.finish().unwrap();
        let script = Script::new([http(200, &["content-encoding: gzip"], &wire)]);
        let seen = script.ask(&Http, "http://a.example/", &[]);
        let plain = Digest::of(b"{\"a\":1}");
        assert_eq!(seen.evidence, [Digest::of(&wire)]);
        assert_eq!(*script.kept.lock().unwrap(), [plain.clone()]);
        assert_eq!(fact(&seen, "body.digest"), plain.as_str());
        let wire_bytes = format!("{} B", wire.len());
        assert_eq!(fact(&seen, "body.bytes"), wire_bytes);
        assert_eq!(fact(&seen, "body.decoded_bytes"), "7 B");
    }

    #[test]
    fn a_bootstrap_file_is_inspected_where_the_scenario_says_so() {
        let file = br#"{"version":"1.0","publication":"2026-01-01T00:00:00Z","description":"x",
            "services":[[["192.0.2.0/24"],["http://a.example/"]]]}"#;
        let as_bootstrap = ("inspect", Argument::Text("bootstrap".to_owned()));
        let ask = |arguments: &[_]| {
            Script::new([http(200, &[], file)]).ask(
                &Http,
                "https://data.iana.test/rdap/ipv4.json",
                arguments,
            )
        };
        let inspected = ask(&[as_bootstrap]).inspected.unwrap();
        assert!(!inspected.looked.is_empty());
        assert_eq!(ask(&[]).inspected, None);
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&vec![0; 50_000_000]).unwrap();
        let wire = gzip.finish().unwrap();
        let script = Script::new([http(200, &["content-encoding: gzip"], &wire)]);
        let seen = script.ask(&Http, "http://a.example/", &[]);
        let failure = seen.failure.unwrap();
        assert_eq!(failure.kind, FailureKind::DecodedLimit);
        assert!(
            failure.detail.contains(&LIMITS.decoded_bytes.to_string()),
            "{failure:?}"
        );
    }
}
