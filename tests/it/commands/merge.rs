//! `quintet merge`: places of observation, parts by registry, and what is refused.

use std::fs;
use std::path::Path;

use quintet::verdict::results::{CheckResult, Results};
use quintet::verdict::{Agreement, Cause, Outcome};

use super::{Done, Own};

const AT: &str = "2026-11-20T12:00:00Z";

/// Runs what `rdap.help` asks of two registries, with more arguments, and returns the bundle.
fn run(own: &Own, name: &str, more: &[&str]) -> String {
    let bundle = own.bundle(name);
    let words = ["run", "rdap.help", "-q", "--out", &bundle];
    let done = own.quintet(&[&words[..], more].concat());
    assert!(done.code <= 3, "{}", done.err);
    bundle
}

/// As [`run`] at a fixed time.
fn fixed(own: &Own, name: &str, more: &[&str]) -> String {
    run(own, name, &[&["--at", AT], more].concat())
}

fn merge(own: &Own, bundles: &[&str]) -> (Done, Results) {
    let done = own.quintet(&[&["merge", "-f", "json"], bundles].concat());
    let results = serde_json::from_str(&done.out)
        .unwrap_or_else(|error| panic!("{error}: {} {}", done.out, done.err));
    (done, results)
}

/// Changes `run.json` of a bundle, and seals it as the writer would have.
fn rewrite(bundle: &str, from: &str, to: &str) {
    let path = Path::new(bundle).join("run.json");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replace(from, to)).unwrap();
    quintet::bundle::seal(Path::new(bundle)).unwrap();
}

fn failing(results: &Results) -> Vec<&CheckResult> {
    let checks = results.checks.iter();
    checks.filter(|c| c.outcome == Outcome::Fail).collect()
}

#[test]
fn two_places_that_agree_give_one_verdict_each() {
    let own = Own::new("merge-agree", &[]);
    let fault = ["--fault", "lacnic-no-profile"];
    let ams = fixed(&own, "ams", &[&["--vantage", "ams1"][..], &fault].concat());
    let nyc = fixed(&own, "nyc", &[&["--vantage", "nyc1"][..], &fault].concat());
    let out = own.bundle("merged");
    let (done, results) = merge(&own, &[&nyc, &ams, "--out", &out]);
    assert_eq!(done.code, 1, "{}", done.err);
    let single = own.quintet(&["report", &ams, "-f", "json"]).out;
    let single: Results = serde_json::from_str(&single).unwrap();
    assert_eq!(results.checks.len(), single.checks.len());
    assert_eq!(results.comparisons.len(), single.comparisons.len());
    // Drift is that of each place, for itself.
    let mut summary = results.summary.clone();
    summary.drift.values_mut().for_each(|count| *count /= 2);
    assert_eq!(summary, single.summary);
    let failed = failing(&results);
    assert!(!failed.is_empty());
    for check in failed {
        assert_eq!(check.vantage, "ams1, nyc1");
        assert_eq!(check.vantages.len(), 2);
        assert!(check.observations.len() >= 2, "what both saw is named");
    }
    // The merged bundle stands alone and is one like any other; the order of its parts is nothing.
    assert_eq!(own.quintet(&["verify", &out]).code, 0);
    fs::remove_dir_all(&ams).unwrap();
    let again = own.quintet(&["judge", &out, "-f", "json"]);
    assert_eq!(again.out, done.out);
    let replayed = own.quintet(&["replay", &out]);
    assert_eq!(replayed.code, 2);
    assert!(
        replayed.err.contains("merged from several runs"),
        "{}",
        replayed.err
    );
    let (resumed, nested) = (
        own.quintet(&["run", "--resume", &out]),
        own.quintet(&["merge", &out, &nyc]),
    );
    assert!(resumed.err.contains("has finished"), "{}", resumed.err);
    assert!(nested.err.contains("is merged already"), "{}", nested.err);
}

#[test]
fn where_two_places_disagree_there_is_no_verdict() {
    let own = Own::new("merge-apart", &[]);
    let ams = fixed(&own, "ams", &["--vantage", "ams1"]);
    let faulty = ["--vantage", "nyc1", "--fault", "lacnic-no-profile"];
    let nyc = fixed(&own, "nyc", &faulty);
    let refused = own.quintet(&["merge", &ams, &nyc]);
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .err
            .contains("not of one plan: faults `none` and `lacnic-no-profile`"),
        "{}",
        refused.err
    );
    // The same as if only one of two places were answered in another way.
    let failed: Results =
        serde_json::from_str(&own.quintet(&["report", &nyc, "-f", "json"]).out).unwrap();
    rewrite(
        &nyc,
        "\"faults\": [\n      \"lacnic-no-profile\"\n    ]",
        "\"faults\": []",
    );
    let (done, results) = merge(&own, &[&ams, &nyc, "--out", &own.bundle("merged")]);
    assert_eq!(failing(&results).len(), 0);
    let apart: Vec<&CheckResult> = results
        .checks
        .iter()
        .filter(|c| c.cause == Some(Cause::VantagesDisagree))
        .collect();
    assert_eq!(apart.len(), failing(&failed).len());
    for check in &apart {
        assert_eq!(
            (check.registry.as_str(), check.outcome),
            ("lacnic", Outcome::Inconclusive)
        );
        assert_eq!(check.vantages["ams1"], Outcome::Pass);
        assert_eq!(check.vantages["nyc1"], Outcome::Fail);
        assert!(
            check
                .message
                .starts_with("passes from ams1, fails from nyc1"),
            "{}",
            check.message
        );
    }
    assert_eq!(done.code, 3, "the gate cannot vouch");
    let report = own
        .quintet(&["report", &own.bundle("merged"), "-f", "markdown"])
        .out;
    assert!(
        report.contains("passes from ams1, fails from nyc1"),
        "{report}"
    );
}

#[test]
fn registries_that_measured_themselves_are_compared() {
    let own = Own::new("merge-registries", &[]);
    let mut bundles = Vec::new();
    for registry in ["afrinic", "apnic", "arin", "lacnic", "ripe-ncc"] {
        let vantage = format!("{registry}-lab");
        bundles.push(fixed(
            &own,
            registry,
            &["-r", registry, "--vantage", &vantage],
        ));
    }
    let whole = fixed(&own, "whole", &[]);
    let mut words: Vec<&str> = bundles.iter().map(String::as_str).collect();
    let out = own.bundle("merged");
    words.extend(["--out", &out]);
    let (done, results) = merge(&own, &words);
    assert_eq!(done.code, 0, "{}", done.err);
    let text = own.quintet(&["report", &whole, "-f", "json"]).out;
    let whole: Results = serde_json::from_str(&text).unwrap();
    assert_eq!(results.checks.len(), whole.checks.len());
    let agreements = |results: &Results| -> Vec<(String, Agreement)> {
        let all = results.comparisons.iter();
        all.map(|c| (c.id.clone(), c.agreement)).collect()
    };
    assert_eq!(agreements(&results), agreements(&whole));
    for check in &results.checks {
        assert_eq!(check.vantage, format!("{}-lab", check.registry));
    }
}

/// Holds that a merge is refused for a reason, and leaves nothing that looks whole.
#[track_caller]
fn refused(own: &Own, bundles: &[&str], expected: &str) {
    let out = own.bundle("refused");
    let done = own.quintet(&[&["merge", "--out", &out], bundles].concat());
    assert_eq!(done.code, 2, "{}", done.err);
    assert!(done.err.contains(expected), "{}", done.err);
    assert!(
        !Path::new(&out).exists(),
        "nothing that looks whole is left"
    );
    assert_eq!(done.out, "");
}

/// Asks a part of three scenarios of one registry.
fn shard(own: &Own, shard: &str, more: &[&str]) -> String {
    let bundle = own.bundle(&format!("{}{}", shard.replace('/', "-"), more.join("-")));
    let words = [
        "run",
        "rdap.help",
        "rdap.errors",
        "rdap.links",
        "-q",
        "-r",
        "arin",
        "--at",
        AT,
        "--shard",
        shard,
        "--out",
        &bundle,
    ];
    let done = own.quintet(&[&words[..], more].concat());
    assert!(done.code <= 3, "{}", done.err);
    bundle
}

#[test]
fn a_merge_of_shards_names_the_one_that_is_missing() {
    // Two of three once were merged to a bundle that looked whole.
    let own = Own::new("merge-shards", &[]);
    let [one, two, three] = ["1/3", "2/3", "3/3"].map(|part| shard(&own, part, &[]));
    refused(&own, &[&one, &three], "part `2/3` is missing");
    refused(&own, &[&two, &three], "part `1/3` is missing");
    let again = shard(&own, "1/3", &["--jobs", "1"]);
    refused(
        &own,
        &[&one, &two, &three, &again],
        "are both part `1/3` from one place",
    );
    let of_two = shard(&own, "2/2", &[]);
    refused(&own, &[&one, &of_two], "are parts `");
    refused(&own, &[&one, &of_two], "parts of one run are of one number");
    let (done, results) = merge(&own, &[&three, &one, &two]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(results.planned.scenarios, 3);
    assert_eq!(results.planned.observations, results.planned.observed);
}

#[test]
fn a_shard_that_nothing_falls_to_is_not_missing() {
    let own = Own::new("merge-shards-empty", &[]);
    let [one, two, three] = ["1/5", "2/5", "3/5"].map(|part| shard(&own, part, &[]));
    refused(&own, &[&one, &two], "part `3/5` is missing");
    let (done, results) = merge(&own, &[&one, &two, &three]);
    assert_eq!(
        (done.code, results.planned.scenarios),
        (0, 3),
        "{}",
        done.err
    );
}

#[test]
fn places_share_shards_or_each_has_all_of_its_own() {
    let own = Own::new("merge-shards-places", &[]);
    let at = |place, part| shard(&own, part, &["--vantage", place]);
    let (ams, nyc) = (at("ams1", "1/2"), at("nyc1", "2/2"));
    let (done, results) = merge(&own, &[&ams, &nyc, "--out", &own.bundle("dealt")]);
    assert_eq!(
        (done.code, results.planned.scenarios),
        (0, 3),
        "{}",
        done.err
    );
    // Now one place has all of the plan, and the other says of half of it nothing.
    let rest = at("ams1", "2/2");
    refused(
        &own,
        &[&ams, &rest, &nyc],
        "part `1/2` is missing of what was asked from `nyc1`",
    );
    let (done, _) = merge(&own, &[&ams, &rest, &nyc, &at("nyc1", "1/2")]);
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn what_is_not_one_plan_of_one_moment_is_refused_with_the_reason() {
    let own = Own::new("merge-refused", &[]);
    let one = fixed(&own, "one", &["-r", "arin"]);
    refused(&own, &[&one, &one], "are the same run");
    let overlap = fixed(&own, "overlap", &["-r", "arin,apnic"]);
    refused(&own, &[&one, &overlap], "both asked `rdap.help");
    refused(
        &own,
        &[&one, &overlap],
        "have names of their own (`--vantage`)",
    );
    let other = own.bundle("other");
    own.quintet(&[
        "run",
        "rdap.errors",
        "-q",
        "-r",
        "apnic",
        "--at",
        AT,
        "--out",
        &other,
    ]);
    refused(
        &own,
        &[&one, &other],
        // Which of two runs of one moment is named first is chance.
        "are not of one plan: filters `rdap.",
    );
    let later = run(
        &own,
        "later",
        &["-r", "apnic", "--at", "2026-11-20T12:00:01Z"],
    );
    refused(
        &own,
        &[&one, &later],
        "one stands at 2026-11-20T12:00:00Z, the other at 2026-11-20T12:00:01Z",
    );
    let now = run(&own, "now", &["-r", "apnic"]);
    refused(&own, &[&one, &now], "one is fixed, the other machine");
    let apart = run(&own, "apart", &["-r", "lacnic"]);
    let started = quintet::bundle::Bundle::open(Path::new(&apart))
        .unwrap()
        .run()
        .started;
    let before = started - jiff::SignedDuration::from_hours(7);
    rewrite(
        &apart,
        &format!("\"started\": \"{started}\""),
        &format!("\"started\": \"{before}\""),
    );
    refused(&own, &[&now, &apart], "more than 6h is not one moment");
    let suite = fixed(&own, "suite", &["-r", "apnic"]);
    let digest = quintet::bundle::Bundle::open(Path::new(&suite))
        .unwrap()
        .run()
        .suite
        .clone();
    let of_another = quintet::fact::Digest::of(b"another suite");
    rewrite(&suite, digest.as_str(), of_another.as_str());
    refused(&own, &[&one, &suite], "not of one plan: suites");
    let edited = fixed(&own, "edited", &["-r", "apnic"]);
    fs::write(Path::new(&edited).join("more"), "x").unwrap();
    refused(
        &own,
        &[&one, &edited],
        "is not what was sealed: extra: `more`",
    );
    let newer = fixed(&own, "newer", &["-r", "apnic"]);
    rewrite(&newer, "\"format\": 1", "\"format\": 2");
    refused(
        &own,
        &[&one, &newer],
        "has format 2; this program reads format 1",
    );
    let cut = fixed(&own, "cut", &["-r", "apnic"]);
    let journal = Path::new(&cut).join("events.ndjson");
    let octets = fs::read(&journal).unwrap();
    fs::write(&journal, &octets[..octets.len() - 20]).unwrap();
    refused(&own, &[&one, &cut], "did not finish");
    refused(&own, &[&one, "/nowhere"], "is not a bundle");
}
