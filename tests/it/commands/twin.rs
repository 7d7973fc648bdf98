//! `quintet twin` of the mock world beside itself.

use std::fs;

use quintet::audit::twin::Twin;
use quintet::cli::world;
use quintet::mock::serve::Options;

use super::{Done, Own, outside};
use crate::golden::golden;
use crate::mock_serve::serve;
use crate::mock_world::five;
use crate::whole_suite::folder;

/// A fault that no rule notices: the text of a notice.
const WORDS: &str = "fault: own-words\ntitle: the terms are worded in another way\nregistry: arin\nchange:\n  answer:\n    on: [help]\n    edits:\n      - { set: /notices/0/description/0, to: Other terms }\nexpects:\n  fail: []\n  divergent: []\n  inconclusive: []\n";

/// What is asked: six questions of each registry.
const FILTER: &str = "rdap.help";

fn twin(own: &Own, words: &[&str]) -> (Done, Twin) {
    let all = [&["twin", "mock", "mock", FILTER, "-f", "json"], words].concat();
    let done = own.quintet(&all);
    let twin = serde_json::from_str(&done.out)
        .unwrap_or_else(|error| panic!("{error}: {} {}", done.out, done.err));
    (done, twin)
}

/// Registry, fact and place of everything that differs and nobody declared.
fn unexpected(twin: &Twin) -> Vec<String> {
    let changes = twin.unexpected();
    let places = changes.flat_map(|change| {
        let registry = change.registry.as_ref().map_or("all", |id| id.as_str());
        let places = change.places.iter().filter(|p| p.expected.is_none());
        places.map(move |place| format!("{registry} {} {}", change.id, place.at))
    });
    places.collect()
}

#[test]
fn the_mock_world_beside_itself_is_the_same() {
    let own = Own::new("twin-same", &[]);
    let bundle = own.bundle("bundle");
    let (done, twin) = twin(&own, &["--out", &bundle]);
    assert_eq!(unexpected(&twin), Vec::<String>::new());
    assert_eq!((done.code, twin.unanswered.len()), (0, 0), "{}", done.err);
    assert!(twin.compared >= 5, "{}", twin.compared);
    assert!(twin.difference.is_unchanged());
}

#[test]
fn a_change_without_a_rule_shows_and_a_declared_one_is_told_apart() {
    let own = Own::new(
        "twin-words",
        &[("worlds/faults/own-words.yaml", WORDS.to_owned())],
    );
    let bundle = own.bundle("bundle");
    let fault = ["--second-fault", "own-words", "--out", &bundle];
    let (done, seen) = twin(&own, &fault);
    assert_eq!(
        unexpected(&seen),
        ["arin rdap.help/help.json /notices/0/description/0"]
    );
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(seen.difference.is_unchanged(), "no rule looks at it");
    let place = &seen.changes[0].places[0];
    assert_eq!(place.second.as_deref(), Some("`Other terms`"));

    // The bundle is one like any other.
    for (words, code) in [
        (&["verify", &bundle][..], 0),
        (&["replay", &bundle, "-f", "markdown"], 1),
        (&["judge", &bundle], 1),
        (&["report", &bundle], 0),
    ] {
        let done = own.quintet(words);
        assert_eq!(done.code, code, "{words:?} {} {}", done.out, done.err);
    }
    let replayed = own.quintet(&["replay", &bundle]);
    assert!(
        replayed.err.contains("the same octets as"),
        "{}",
        replayed.err
    );
    let shown = own.quintet(&["report", &bundle]).out;
    assert!(shown.contains("Changes that nobody declared"), "{shown}");
    assert!(
        shown.contains("ARIN   rdap.help/help.json   /notices/*/description/*"),
        "{shown}"
    );
    let resumed = own.quintet(&["run", "--resume", &bundle]);
    assert!(resumed.err.contains("has finished"), "{}", resumed.err);

    // The same, declared: on the command line, and in a file with one change that does not come.
    let change = "rdap.help/help.json=new terms";
    let (done, seen) = twin(
        &own,
        &[
            "--second-fault",
            "own-words",
            "--out",
            &own.bundle("b"),
            "--expect-change",
            change,
        ],
    );
    assert_eq!((done.code, unexpected(&seen).len()), (0, 0), "{}", done.err);
    assert_eq!(seen.expected[0].places, 1);
    let file = own.bundle("expected.yaml");
    let text = "expected:\n  - { change: rdap.help/help.json, at: /notices, reason: new terms }\n  - { change: \"rdap.help/help.headers.*\", reason: a new server }\n  - { change: rdap.help/help.json, registries: [apnic], reason: not at ARIN }\n";
    fs::write(&file, text).unwrap();
    let words = [
        "--second-fault",
        "own-words",
        "--out",
        &own.bundle("c"),
        "--expect",
        &file,
    ];
    let (done, seen) = twin(&own, &words);
    assert_eq!(done.code, 0, "{}", done.err);
    let places: Vec<u64> = seen.expected.iter().map(|e| e.places).collect();
    assert_eq!(places, [1, 0, 0]);
}

#[test]
fn a_fault_beside_itself_names_what_changed_and_which_rules_say_so() {
    let own = Own::new("twin-fault", &[]);
    let bundle = own.bundle("bundle");
    let all = [
        "twin",
        "mock",
        "mock",
        "rdap.networks",
        "--second-fault",
        "ripe-no-class",
        "--out",
        &bundle,
        "-f",
        "json",
    ];
    let done = own.quintet(&all);
    assert_eq!(done.code, 1, "{}", done.err);
    let seen: Twin = serde_json::from_str(&done.out).unwrap();
    let changed = unexpected(&seen);
    assert!(!changed.is_empty());
    // The class itself, and what is read only where there is one.
    for one in &changed {
        let class = one.contains("/objectClassName");
        let follows = ["prefixes", "class", "first", "last"]
            .iter()
            .any(|f| one.contains(&format!(".{f}")));
        assert!(
            one.starts_with("ripe-ncc rdap.networks/") && (class || follows),
            "{one}"
        );
    }
    let regressed: Vec<&str> = seen
        .difference
        .checks
        .iter()
        .filter(|c| c.is_worse() && c.counts())
        .map(|c| c.id.as_str())
        .collect();
    assert!(
        regressed.contains(&"rdap.resp.object-class"),
        "{regressed:?}"
    );
    // What the first has and the second has not is a difference of two runs as well.
    let folder = fs::read_dir(format!("{bundle}/judgements")).unwrap();
    let judging = folder.into_iter().next().unwrap().unwrap().path();
    let (first, second) = (judging.join("first"), judging.join("second"));
    let diff = own.quintet(&[
        "diff",
        &first.to_string_lossy(),
        &second.to_string_lossy(),
        "--fail-on",
        "regressed",
    ]);
    assert_eq!(diff.code, 1, "{}", diff.err);
    let refused = own.quintet(&["diff", &bundle, &bundle]);
    assert!(
        refused.err.contains("is a run of two targets"),
        "{}",
        refused.err
    );
}

#[test]
fn an_interrupted_twin_goes_on_with_both_targets() {
    let own = Own::new(
        "twin-resume",
        &[("worlds/faults/own-words.yaml", WORDS.to_owned())],
    );
    let bundle = own.bundle("bundle");
    let (_, whole) = twin(&own, &["--second-fault", "own-words", "--out", &bundle]);
    // As if it had been killed after half of its journal.
    let journal = format!("{bundle}/events.ndjson");
    let octets = fs::read(&journal).unwrap();
    fs::write(&journal, &octets[..octets.len() / 2]).unwrap();
    fs::remove_file(format!("{bundle}/SHA256SUMS")).unwrap();
    fs::remove_dir_all(format!("{bundle}/judgements")).unwrap();
    let resumed = own.quintet(&["run", "--resume", &bundle, "--format", "json"]);
    assert_eq!(resumed.code, 1, "{}", resumed.err);
    let again: Twin = serde_json::from_str(&resumed.out).unwrap();
    assert_eq!(again.changes, whole.changes);
    assert_eq!((again.partial, again.compared), (false, whole.compared));
    let replayed = own.quintet(&["replay", &bundle]);
    assert!(
        replayed.err.contains("the same octets as"),
        "{}",
        replayed.err
    );
}

#[test]
fn routes_whose_validity_differs_and_payloads_that_come_and_go_are_listed() {
    let own = Own::new("twin-routes", &[]);
    let list = own.bundle("routes.csv");
    fs::write(
        &list,
        "prefix,origin\n177.16.0.0/16,27700\n10.0.0.0/8,64496\n",
    )
    .unwrap();
    let bundle = own.bundle("bundle");
    let words = [
        "twin",
        "mock",
        "mock",
        "rpki.tree",
        "-r",
        "lacnic",
        "--routes",
        &list,
        "--out",
        &bundle,
        "-f",
        "json",
    ];
    let same = own.quintet(&words);
    let seen: Twin = serde_json::from_str(&same.out).unwrap_or_else(|e| panic!("{e} {}", same.err));
    let routes = seen.routes.as_ref().unwrap();
    assert_eq!((routes.routes, routes.number), (2, 0), "{routes:?}");
    assert_eq!(unexpected(&seen), Vec::<String>::new());
    fs::write(&list, "177.16.0.0/16 x\nnothing here\n").unwrap();
    let refused = own.quintet(&words);
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .err
            .contains("routes.csv:1: `177.16.0.0/16 x` is not a route"),
        "{}",
        refused.err
    );
    assert!(
        refused.err.contains("routes.csv:2: `nothing here`"),
        "{}",
        refused.err
    );
}

#[test]
fn what_cannot_be_a_twin_is_told_before_anything_is_asked() {
    let own = Own::new("twin-refused", &[]);
    for (words, expected) in [
        (
            &["twin", "mock", "mok"][..],
            "unknown target `mok`; did you mean `mock`?",
        ),
        (
            &["twin", "mock", "staging-example", "-r", "arin"],
            "have no registry of the selected ones in common",
        ),
        (
            &[
                "twin",
                "mock",
                "staging-example",
                "--second-fault",
                "ripe-no-class",
            ],
            "`--fault` needs the mock world",
        ),
        (
            &["twin", "mock", "mock", "--expect", "/nowhere.yaml"],
            "/nowhere.yaml",
        ),
    ] {
        let done = own.quintet(words);
        assert_eq!(done.code, 2, "{words:?} {}", done.err);
        assert!(done.err.contains(expected), "{words:?} {}", done.err);
    }
}

/// A member's ROA names another origin, and a second one is not made any more.
const ORIGIN: &str = "fault: own-origin\ntitle: a ROA has another origin, and one is gone\nregistry: afrinic\nchange:\n  world:\n    - { set: /registries/afrinic/rpki/anchor/authorities/afrinic/authorities/savanna/roas/0/origin, to: 64511 }\n    - { remove: /registries/afrinic/rpki/anchor/authorities/afrinic/authorities/savanna/roas/1 }\nexpects:\n  fail: []\n  divergent: []\n  inconclusive: []\n";

/// Faults of many kinds with what they are asked through; `own-origin` is the test's own.
const KINDS: &[(&str, &str)] = &[
    ("afrinic-rrdp-no-deltas", "rpki.rrdp"),
    ("apnic-dns-truncated", "rdap.net.names"),
    ("apnic-no-cors", "rdap.http.cors"),
    ("arin-redirect-308", "rdap.authority"),
    ("arin-whois-empty", "whois.agreement"),
    ("arin-xfer-not-removed", "transfers.log"),
    ("old-tls", "rdap.http.transport"),
    ("own-origin", "rpki.tree"),
];

#[test]
fn each_kind_of_change_is_named_exactly() {
    let own = Own::new(
        "twin-kinds",
        &[("worlds/faults/own-origin.yaml", ORIGIN.to_owned())],
    );
    let list = own.bundle("routes.csv");
    let routes =
        "102.16.0.0/20,37100\n102.16.0.0/20,64511\n2c0f:1000::/48,37100\n102.18.1.0/24,3250\n";
    fs::write(&list, routes).unwrap();
    let mut told = String::new();
    for (fault, filter) in KINDS {
        let bundle = own.bundle(fault);
        let mut words = vec![
            "twin", "mock", "mock", filter, "-f", "json", "--out", &bundle,
        ];
        words.extend(["--second-fault", fault, "--at", "2026-11-20T12:00:00Z"]);
        if *fault == "own-origin" {
            words.extend(["--routes", &list]);
        }
        let done = own.quintet(&words);
        let seen: Twin = serde_json::from_str(&done.out)
            .unwrap_or_else(|error| panic!("{fault}: {error}: {} {}", done.out, done.err));
        assert_eq!(done.code, 1, "{fault}: {}", done.err);
        told += &format!("{fault}: {} compared\n", seen.compared);
        for change in unexpected(&seen) {
            told += &format!("  {change}\n");
        }
        for pair in &seen.unanswered {
            told += &format!("  no answer: {}/{}\n", pair.scenario, pair.probe);
        }
        for check in seen.difference.checks.iter().filter(|c| c.is_worse()) {
            told += &format!("  worse: {} {}\n", check.registry, check.id);
        }
        for route in seen.routes.iter().flat_map(|routes| &routes.changed) {
            told += &format!(
                "  route: {} {} {}\n",
                route.route, route.first, route.second
            );
        }
    }
    golden("twin-kinds", &told);
}

#[test]
fn a_second_target_that_does_not_answer_is_no_difference() {
    let own = Own::new("twin-silent", &[]);
    let bundle = own.bundle("bundle");
    let (done, seen) = twin(&own, &["--second-fault", "wire-refuse", "--out", &bundle]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert_eq!(unexpected(&seen), Vec::<String>::new());
    assert!(!seen.unanswered.is_empty());
    let says_why = |text: &Option<String>| text.as_ref().is_some_and(|why| why.contains("refused"));
    for pair in &seen.unanswered {
        assert!(pair.first.is_none() && says_why(&pair.second), "{pair:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_targets_may_be_files_and_are_kept_in_the_bundle() {
    let changed = world::fault(&folder(), "arin-help-notice-missing").unwrap();
    let first = serve(five(), &Options::default()).await;
    let second = serve(five().with_fault(&changed).unwrap(), &Options::default()).await;
    let own = Own::new("twin-files", &[]);
    let at = |name: &str| own.folder.path().join(name);
    // Each has a certificate of its own.
    let beside = at("beside");
    fs::create_dir(&beside).unwrap();
    let staging = outside(&beside, &second).replace("target: outside", "target: next");
    fs::write(at("production.yaml"), outside(own.folder.path(), &first)).unwrap();
    fs::write(at("staging.yaml"), staging).unwrap();
    let ran = tokio::task::spawn_blocking(move || of_files(&own)).await;
    first.shutdown().await.unwrap();
    second.shutdown().await.unwrap();
    ran.unwrap();
}

fn of_files(own: &Own) {
    let at = |name: &str| own.folder.path().join(name).to_string_lossy().into_owned();
    let (production, staging) = (at("production.yaml"), at("staging.yaml"));
    let bundle = own.bundle("bundle");
    let ask = |first: &str, second: &str, out: &str| {
        let words = ["twin", first, second, FILTER, "-r", "arin", "-f", "json"];
        own.quintet(&[&words[..], &["--out", out]].concat())
    };
    let done = ask(&production, &staging, &bundle);
    assert_eq!(done.code, 1, "{} {}", done.out, done.err);
    let seen: Twin = serde_json::from_str(&done.out).unwrap();
    assert!(!unexpected(&seen).is_empty());
    assert_eq!(
        (seen.first.target.as_str(), seen.second.target.as_str()),
        ("outside", "next")
    );
    let run = fs::read_to_string(format!("{bundle}/run.json")).unwrap();
    let run: serde_json::Value = serde_json::from_str(&run).unwrap();
    assert_eq!(run["target"]["file"]["path"], production.as_str());
    assert_eq!(run["twin"]["target"]["file"]["path"], staging.as_str());
    let reproduce = run["reproduce"].as_str().unwrap();
    assert!(
        reproduce.starts_with(&format!("quintet twin {production} {staging} ")),
        "{reproduce}"
    );
    // The same file twice is the same target twice.
    let same = ask(&production, &production, &own.bundle("same"));
    assert_eq!(same.code, 0, "{} {}", same.out, same.err);
    // Two files that say that they are one target are not told apart.
    let text = fs::read_to_string(&staging).unwrap();
    fs::write(&staging, text.replace("target: next", "target: outside")).unwrap();
    let one = ask(&production, &staging, &own.bundle("one"));
    assert_eq!(one.code, 2, "{} {}", one.out, one.err);
    assert!(one.err.contains("`outside`"), "{}", one.err);
    // Nobody needs the files any more.
    fs::remove_file(&production).unwrap();
    fs::remove_file(&staging).unwrap();
    for (verb, code) in [("judge", 1), ("replay", 1), ("verify", 0)] {
        let done = own.quintet(&[verb, &bundle]);
        assert_eq!(done.code, code, "{verb}: {} {}", done.out, done.err);
    }
    let gone = ask(&production, "mock", &own.bundle("gone"));
    assert_eq!(gone.code, 2);
    assert!(gone.err.contains("cannot read the target"), "{}", gone.err);
}
