//! ICANN's RDAP server, judged as a registry that was added by data alone.
//!
//! `tests/icann-server` has the data (`suite/`), the program that fills the server (`fill`) and
//! what was recorded of it (`bundle/`); `docs/another-server.md` says how. No server is needed
//! here: the probes run over the recorded exchanges.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use quintet::audit::{RESULTS, results_json};
use quintet::bundle::Bundle;
use quintet::cli::judging::{self, Terms};
use quintet::cli::run_in;
use quintet::cli::shell::Shell;
use quintet::scenario::suite::Suite;
use quintet::verdict::results::{CheckResult, Results};
use quintet::verdict::{Cause, Outcome};

use crate::folder::Folder;

/// A finding, and why it is one by the text of the clause.
struct True {
    id: &'static str,
    /// End of the URL that was asked.
    asked: &'static str,
    /// Where in the answer; empty for a check, whose place is what was seen.
    pointer: &'static str,
    /// What was seen; empty for a rule.
    seen: &'static str,
}

/// Each clause was read again in its document on 2026-11-22. The findings on the profile's query
/// processing hold because this server stands for a registry: who is none is free of them (section
/// 6.5.2 of the profile).
const FINDINGS: &[True] = &[
    // RFC 9083, section 4.1: where custom values are inserted into a response, conformance to
    // their specification MUST be indicated in rdapConformance. The network inside of the zone
    // has `cidr0_cidrs`, and the zone's answer names `rdap_level_0` only. The server names cidr0
    // where the network is the topmost object, so it knows.
    True {
        id: "rdap.resp.conformance-used",
        asked: "/rdap/domain/100.51.198.in-addr.arpa",
        pointer: "/network/cidr0_cidrs",
        seen: "",
    },
    // RFC 7480, sections 4.1 and 7: clients and servers MUST support HTTPS. This server speaks plain
    // HTTP only and expects a proxy in front of it; what was judged has none.
    True {
        id: "rdap.http.transport/https",
        asked: "/rdap/entity/ORG-SRV",
        pointer: "",
        seen: "",
    },
    // RFC 7480, section 5.4: what the server cannot interpret as a query is answered 400. `ip/`
    // without an address is answered 404.
    True {
        id: "rdap.query.addresses/malformed",
        asked: "/rdap/ip/ 404",
        pointer: "",
        seen: "404",
    },
    // NRO RDAP profile, section 4.1: every response of a registry's server names
    // nro_rdap_profile_0. Help lists seven identifiers or fewer and this is not among them.
    // Nobody promised it for this server: that is the one finding for not claiming a profile,
    // and the rules of the profile stay silent (see below).
    True {
        id: "rdap.resp.conformance-nro",
        asked: "/rdap/help",
        pointer: "/rdapConformance",
        seen: "",
    },
    // The same section, for errors: the body of the 404 is an RDAP error with `rdap_level_0` alone.
    True {
        id: "rdap.err.conformance",
        asked: "/rdap/entity/QUINTET-NO-SUCH-HANDLE",
        pointer: "/rdapConformance",
        seen: "",
    },
    // NRO RDAP profile, section 6.1.1: space that the registry was delegated and has given to
    // nobody is answered with 200 and status administrative. 203.0.113.128/25 is such space in
    // this world, and the server has no notion of it.
    True {
        id: "rdap.space/undelegated-is-administrative",
        asked: "/rdap/ip/203.0.113.128/25",
        pointer: "",
        seen: "404",
    },
    // The same section: a prefix that lies within no network with status active is answered with
    // the most specific administrative object that encompasses it, also if a part of it does. The server looks for a network around the prefix and finds none.
    True {
        id: "rdap.space/partly-held-is-administrative",
        asked: "/rdap/ip/203.0.113.0/24",
        pointer: "",
        seen: "404",
    },
];

/// What this server does right, or what says nothing about it: a finding here would be wrong.
const SILENT: &[&str] = &[
    "rdap.resp.conformance-level0",
    "rdap.resp.conformance-present",
    "rdap.resp.conformance-registered",
    // The profile is not claimed: its rules do not apply.
    "rdap.resp.conformance-cidr0",
    "rdap.notice.tos",
    "rdap.inr.abuse",
    "rdap.link.self-each-object",
    "rdap.link.self-type",
    "rdap.link.self-same-authority",
    "rdap.ip.cidr0-exact",
    "rdap.ip.covers-query",
    "rdap.err.code-equals-status",
    "rdap.entity.vcard-shape",
    "rdap.help/answers",
    "rdap.help/lists-every-extension",
    // Lookups carry no notices, so help has none to repeat.
    "rdap.help/carries-the-default-notices",
    "rdap.errors/missing-is-404",
    // `abc` is refused with 400 and a plain text: a body for people is allowed (RFC 7480, 5.4).
    "rdap.err.content-type",
    "rdap.searches/unsupported-is-501",
    "rdap.authority/foreign-is-redirected-or-missing",
    // Nothing is known of these, and nothing is said.
    "rdap.limits/says-429",
    "rdap.bootstrap/lists-the-service",
    "rdap.http.transport/certificate",
    "rdap.net.families/v6-only",
    // 500 for an address with its whole length is no answer to judge: see below.
    "rdap.query.addresses/single-address-prefix",
    "whois.agreement/same-range",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/icann-server")
}

fn suite() -> PathBuf {
    root().join("suite")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Replays the recorded bundle and returns the octets of `results.json`, and what was said.
fn replayed() -> (Vec<u8>, String) {
    let folder = Folder::new("icann-server");
    let bundle = folder.path().join("bundle");
    copy(&root().join("bundle"), &bundle);
    let (shell, out, err) = Shell::into_buffers(suite());
    let path = bundle.to_string_lossy().into_owned();
    run_in(&shell, &["replay", &path, "--format", "json"]).unwrap();
    (out.text().into_bytes(), err.text())
}

fn results() -> Results {
    let (octets, said) = replayed();
    let results = serde_json::from_slice(&octets);
    assert!(results.is_ok(), "{said}");
    results.unwrap()
}

/// Says whether a result is the finding.
fn is(result: &CheckResult, wanted: &True) -> bool {
    let found = if wanted.pointer.is_empty() {
        result.seen.contains(wanted.seen) && result.asked.iter().any(|a| a.contains(wanted.asked))
    } else {
        result
            .locations
            .iter()
            .any(|at| at.document.ends_with(wanted.asked) && at.pointer == wanted.pointer)
    };
    result.id == wanted.id && result.outcome == Outcome::Fail && found
}

#[test]
fn findings_at_icanns_server_are_true_ones() {
    let results = results();
    for wanted in FINDINGS {
        let near: Vec<&CheckResult> = results
            .checks
            .iter()
            .filter(|r| r.id == wanted.id)
            .collect();
        assert!(
            near.iter().any(|result| is(result, wanted)),
            "{} at {}{} is missing in {near:#?}",
            wanted.id,
            wanted.asked,
            wanted.pointer
        );
    }
    for result in &results.checks {
        if SILENT.contains(&result.id.as_str()) {
            assert_ne!(result.outcome, Outcome::Fail, "{result:#?}");
        }
    }
    for id in SILENT {
        assert!(
            results.checks.iter().any(|r| r.id == *id),
            "no result of {id}"
        );
    }
}

/// The server answers `ip/198.51.100.7/32` and every /128 with status 500 and the media type
/// `application/rdap`: its own bug. What the object is cannot be judged from that, so it is no
/// failure, but the gate is told.
#[test]
fn a_server_error_where_content_was_the_question_is_no_verdict() {
    let results = results();
    let id = "rdap.query.addresses/single-address-prefix";
    let result = results.checks.iter().find(|r| r.id == id).unwrap();
    assert_eq!(result.outcome, Outcome::Inconclusive);
    assert_eq!(result.cause, Some(Cause::ServerError));
    let asked = &result.asked;
    assert!(
        asked
            .iter()
            .any(|a| a.ends_with("/rdap/ip/198.51.100.7/32 500 over IPv4")),
        "{asked:?}"
    );
}

#[test]
fn a_replay_without_the_server_gives_the_same_octets_as_the_recorded_judging() {
    let (octets, said) = replayed();
    let suite = Suite::read(&suite()).unwrap();
    let bundle = Bundle::open(&root().join("bundle")).unwrap();
    let terms = Terms {
        policy: suite.policies["default"].clone(),
        ..Terms::plain(&suite)
    };
    let judged = judging::judge(&suite, &bundle, &terms).unwrap();
    if bundle.run().suite == suite.digest {
        let judged = results_json(&judged).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&octets),
            String::from_utf8_lossy(&judged),
            "{said}"
        );
        let kept = bundle.judgement(&suite.digest).join(RESULTS);
        assert!(fs::read(kept).unwrap() == octets, "{said}");
        // A probe that left itself out was once kept with the time of the wall.
        assert!(!said.contains("differ"), "{said}");
        return;
    }
    writeln!(
        std::io::stderr(),
        "note: scenarios changed since tests/icann-server/bundle was recorded; what was recorded is compared"
    )
    .unwrap();
    let replayed: Results = serde_json::from_slice(&octets).unwrap();
    let judged: Results = serde_json::from_slice(&results_json(&judged).unwrap()).unwrap();
    // A check that is newer than the bundle has nothing to rest on there.
    let recorded = fs::read(bundle.judgement(&bundle.run().suite).join(RESULTS)).unwrap();
    let recorded: Results = serde_json::from_slice(&recorded).unwrap();
    let known: BTreeSet<(&str, &str)> = { recorded.checks.iter() }
        .map(|check| (check.scenario.as_str(), check.id.as_str()))
        .collect();
    let mut compared = 0;
    for result in replayed.checks {
        let is_known = known.contains(&(result.scenario.as_str(), result.id.as_str()));
        if result.outcome == Outcome::Error || !is_known {
            continue;
        }
        compared += 1;
        assert!(judged.checks.contains(&result), "{result:#?}");
    }
    assert!(
        compared > 500,
        "{compared} results are of what was recorded"
    );
}

#[test]
fn the_recorded_bundle_is_whole_and_small() {
    let folder = root().join("bundle");
    let verified = Bundle::verify(&folder).unwrap();
    assert!(verified.is_intact(), "{:?}", verified.problems);
    assert!(!verified.partial);
    let events = fs::metadata(folder.join("events.ndjson")).unwrap();
    assert!(events.len() < 1 << 20, "{} octets", events.len());
}

#[test]
fn one_registry_more_is_data_alone() {
    let suite = Suite::read(&suite()).unwrap();
    let shipped = Suite::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")).unwrap();
    assert_eq!(suite.registries.ids().count(), 6);
    assert_eq!(shipped.registries.ids().count(), 5);
    let own: Vec<&str> = suite
        .scenarios
        .iter()
        .filter(|s| !shipped.scenarios.iter().any(|other| other.id == s.id))
        .map(|s| s.id.as_ref())
        .collect();
    assert!(own.is_empty(), "{own:?}");
}
