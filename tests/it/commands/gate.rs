//! A gate as a pipeline calls it: what got worse, overrides, pins, targets in files, peers, parts.

use std::collections::BTreeSet;

use quintet::audit::Audit;
use quintet::scenario::suite::Suite;
use quintet::verdict::results::ComparisonResult;
use quintet::verdict::{Agreement, Role, Weight};

use super::*;

/// A suite without anything of its own.
fn plain(name: &str) -> Own {
    Own::new(name, &[])
}

/// Returns the newest judging of a bundle.
fn audit(bundle: &str) -> Audit {
    let mut folders = fs::read_dir(Path::new(bundle).join("judgements")).unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    let text = fs::read_to_string(folder.join("audit.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn record(bundle: &str) -> serde_json::Value {
    let text = fs::read_to_string(Path::new(bundle).join("run.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

const WITHHELD: [&str; 2] = ["--fault", "apnic-redirect-withheld"];
const NOTICE: [&str; 2] = ["--fault", "arin-help-notice-missing"];

#[test]
fn only_what_got_worse_fails_against_an_earlier_run() {
    let own = plain("gate-against");
    let asked = ["run", "rdap.authority", "rdap.help"];
    let run = |bundle: &str, more: &[&[&str]]| {
        let words = [&asked[..], &more.concat(), &["--out", bundle]].concat();
        own.quintet(&words)
    };
    let [first, second, third] = ["first", "second", "third"].map(|name| own.bundle(name));
    assert_eq!(run(&first, &[&WITHHELD]).code, 1);
    let same = run(&second, &[&WITHHELD, &["--against", &first]]);
    assert_eq!(same.code, 0, "{} {}", same.out, same.err);
    for words in ["there before", "0 regressed", "still failing"] {
        assert!(same.out.contains(words), "{words}: {}", same.out);
    }
    let seen = audit(&second);
    assert!(seen.gate.before > 0 && !seen.gate.has_failed());
    assert!(record(&second)["inputs"]["against:first"].is_string());
    let worse = run(&third, &[&WITHHELD, &NOTICE, &["--against", &first]]);
    assert_eq!(worse.code, 1, "{} {}", worse.out, worse.err);
    let seen = audit(&third);
    let failing: Vec<&str> = seen
        .results
        .checks
        .iter()
        .filter(|c| c.gate == Weight::Fails)
        .map(|c| c.id.as_str())
        .collect();
    assert_eq!(failing, ["rdap.help/carries-the-default-notices"]);
    // The other way round something is fixed, and nothing fails.
    let better = own.quintet(&["judge", &first, "--against", &third]);
    assert_eq!(better.code, 0, "{} {}", better.out, better.err);
    // A bundle that is none is told before anything is judged.
    let none = own.quintet(&["judge", &first, "--against", "/nowhere"]);
    assert_eq!((none.code, none.out.as_str()), (2, ""), "{}", none.err);
}

#[test]
fn an_override_needs_a_reason_is_recorded_and_is_none_of_an_audit() {
    let own = plain("gate-override");
    let bundle = own.bundle("bundle");
    let asked = ["run", "rdap.help", NOTICE[0], NOTICE[1], "--out", &bundle];
    assert_eq!(own.quintet(&asked).code, 1);
    let reason = "INC-1: goes\nfirst";
    let done = own.quintet(&["judge", &bundle, "--override", reason]);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    let words = "Gate overridden: INC-1: goes first (gate not met: 1 unexpected failure";
    assert!(done.out.contains(words), "{}", done.out);
    let seen = audit(&bundle);
    assert_eq!(seen.gate.overridden.as_deref(), Some("INC-1: goes first"));
    assert!(seen.gate.has_failed(), "what failed is still there");
    let (shell, _, _) = Shell::into_buffers(own.suite());
    for words in [
        &["judge", &bundle, "--override", "  "][..],
        &["judge", &bundle, "--override", "x", "--audit"],
    ] {
        let error = run_in(&shell, words).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{error}");
    }
}

#[test]
fn a_pin_refuses_every_other_suite_before_anything_is_asked() {
    let own = plain("gate-pin");
    let lint = own.quintet(&["lint"]);
    let digest = Suite::read(&own.suite())
        .unwrap()
        .digest
        .as_str()
        .to_owned();
    assert!(lint.err.contains(&digest), "{}", lint.err);
    let bundle = own.bundle("bundle");
    let asked = ["run", "rdap.help", "-r", "arin", "--out", &bundle];
    let other = format!("sha256:{}", "0".repeat(64));
    for pin in [["--suite", &other], ["--pin", &other]] {
        let done = own.quintet(&[&asked[..], &pin].concat());
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{}", done.err);
        assert!(
            done.err.contains("is not the suite that is pinned"),
            "{}",
            done.err
        );
        assert!(!Path::new(&bundle).exists(), "nothing was asked");
    }
    let done = own.quintet(&[&asked[..], &["--suite", &digest]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    let (shell, _, _) = Shell::into_buffers(own.suite());
    let error = run_in(&shell, &["lint", "--suite", "sha256:12"]).unwrap_err();
    assert!(error.to_string().contains("64 hex digits"), "{error}");
}

#[test]
fn the_suite_within_is_the_one_of_the_folder() {
    let own = plain("gate-embedded");
    let bundle = own.bundle("bundle");
    let asked = ["run", "rdap.help", "-r", "arin", "--out", &bundle];
    let done = own.quintet(&[&asked[..], &["--suite", "embedded"]].concat());
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let digest = Suite::read(&shipped).unwrap().digest.clone();
    let record = record(&bundle);
    assert_eq!(record["suite"], digest.as_str());
    let again = record["reproduce"].as_str().unwrap();
    assert!(again.contains("--suite embedded"), "{again}");
    let seen = audit(&bundle);
    let places = seen.results.checks.iter().map(|c| c.source.file.as_str());
    assert!(
        places
            .into_iter()
            .all(|file| file.starts_with("scenarios/"))
    );
    // Its world and its faults are within too.
    let second = own.bundle("second");
    let asked = ["run", "rdap.help", "--suite", "embedded", "--out", &second];
    let done = own.quintet(&[&asked[..], &NOTICE].concat());
    assert_eq!(done.code, 1, "{} {}", done.out, done.err);
    let unknown = own.quintet(&[
        "run",
        "--suite",
        "embedded",
        "--fault",
        "arin-help-notice-mising",
    ]);
    assert!(
        unknown.err.contains("arin-help-notice-missing"),
        "{}",
        unknown.err
    );
    let written = own.quintet(&["schema", "--suite", "embedded", "--write"]);
    assert_eq!(written.code, 2, "{}", written.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_in_a_file_is_kept_in_the_bundle() {
    let served = serve(five(), &Options::default()).await;
    let own = plain("gate-target");
    let file = own.folder.path().join("staging.yaml");
    fs::write(&file, outside(own.folder.path(), &served)).unwrap();
    let ran = tokio::task::spawn_blocking(move || kept(&own, &file)).await;
    served.shutdown().await.unwrap();
    ran.unwrap();
}

/// Runs against a target in a file, and judges without the file.
fn kept(own: &Own, file: &Path) {
    let bundle = own.bundle("bundle");
    let path = file.to_string_lossy().into_owned();
    let done = own.quintet(&[
        "run",
        "rdap.help",
        "-r",
        "arin",
        "--target",
        &path,
        "--out",
        &bundle,
    ]);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    let record = record(&bundle);
    let text = fs::read(file).unwrap();
    let digest = quintet::fact::Digest::of(&text);
    assert_eq!(record["target"]["name"], "outside");
    assert_eq!(record["target"]["file"]["digest"], digest.as_str());
    assert_eq!(record["inputs"][format!("target:{path}")], digest.as_str());
    // The suite is the same with and without it.
    let suite = Suite::read(&own.suite()).unwrap().digest.clone();
    assert_eq!(record["suite"], suite.as_str());
    let seen = audit(&bundle);
    let again = seen.run.again(&seen.results.checks[0]);
    assert!(again.contains(&format!("--target {path}")), "{again}");

    let (traced, other) = (own.bundle("traced"), own.bundle("other"));
    let words = [
        "trace", HELD, "--target", &path, "--only", "rdap", "-r", "arin",
    ];
    let told = own.quintet(&[&words[..], &["--out", &traced]].concat());
    assert_eq!(told.code, 0, "{} {}", told.out, told.err);
    let at = |bundle: &str, registry: &str| {
        let words = [
            "run",
            "rdap.help",
            "-r",
            registry,
            "--target",
            &path,
            "--out",
            bundle,
        ];
        let done = own.quintet(&words);
        assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    };
    at(&other, "apnic");
    // A file that says something else is another target, whatever its name.
    let (changed, else_where) = (text.clone(), own.bundle("elsewhere"));
    fs::write(file, [&changed[..], b"# moved\n"].concat()).unwrap();
    at(&else_where, "lacnic");
    fs::remove_file(file).unwrap();
    without_the_file(own, &[&bundle, &other, &else_where], &traced, &told.out);
    let judged = own.quintet(&["judge", &bundle]);
    assert_eq!(judged.code, 0, "{} {}", judged.out, judged.err);
    let replayed = own.quintet(&["replay", &bundle]);
    assert_eq!(replayed.code, 0, "{} {}", replayed.out, replayed.err);
    let verified = own.quintet(&["verify", &bundle]);
    assert_eq!(verified.code, 0, "{} {}", verified.out, verified.err);
    let gone = own.quintet(&["run", "rdap.help", "--target", &path]);
    assert_eq!(gone.code, 2);
    assert!(gone.err.contains("cannot read the target"), "{}", gone.err);
    fs::write(file, "target: mine\nkind: stagin\n").unwrap();
    let broken = own.quintet(&["run", "rdap.help", "--target", &path]);
    assert_eq!(broken.code, 2);
    assert!(broken.err.contains("staging.yaml:2:7: "), "{}", broken.err);
}

/// A network of ARIN in the mock world.
const HELD: &str = "177.64.0.0/16";

/// Every verb that reads bundles takes the target's file from them.
#[track_caller]
fn without_the_file(own: &Own, bundles: &[&str; 3], traced: &str, told: &str) {
    let [bundle, other, elsewhere] = *bundles;
    let well = |words: &[&str]| {
        let done = own.quintet(words);
        assert_eq!(done.code, 0, "{words:?}: {} {}", done.out, done.err);
        assert!(!done.err.contains("as it was judged"), "{}", done.err);
        done.out
    };
    assert_eq!(well(&["trace", HELD, "--bundle", traced]), told);
    well(&["diff", bundle, bundle, "--again"]);
    well(&["export", bundle, "-o", &own.bundle("exported")]);
    well(&["judge", bundle, "--against", bundle]);
    let compared = well(&["judge", bundle, "--peers", other, "-f", "json"]);
    assert!(compared.contains("\"apnic\""), "{compared}");
    let merged = own.bundle("merged");
    well(&["merge", bundle, other, "--out", &merged]);
    well(&["judge", &merged]);
    let refused = own.quintet(&["merge", bundle, elsewhere]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    let words = "are not of one plan: files of the target `sha256:";
    assert!(refused.err.contains(words), "{}", refused.err);
}

/// A comparison that names its outlier, of the terms in help.
const NOTICES: &str = "scenario: own.notices\ntitle: Notices\nwhy: A test.\ntags: [test]\nregistries: all\n\
    level: must\nprobes: { p: { rdap: help } }\nchecks:\n  - { id: answers, title: It answers, level: observe, expr: p.ok }\n\
    compare:\n  - id: same\n    title: All have the same terms\n    \
    value: p.json.notices.exists(n, has(n.description) && n.description.exists(d, d.contains('Ask before')))\n    rule: equal\n    \
    attribute: outlier\n    ref: rfc9083#7\n";

/// Returns the one comparison of a judging.
fn compared(bundle: &str) -> ComparisonResult {
    let mut all = audit(bundle).results.comparisons;
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

#[test]
fn peers_take_part_in_comparisons_and_gate_only_for_whom_was_asked() {
    let own = Own::new("gate-peers", &[("own/notices.yaml", NOTICES.to_owned())]);
    let [peers, alone, beside, other] =
        ["peers", "alone", "beside", "other"].map(|n| own.bundle(n));
    let run = |words: &[&str], bundle: &str| {
        own.quintet(&[&["run", "own.notices"], words, &["--out", bundle]].concat())
    };
    assert_eq!(run(&["--at", "2026-11-20T10:00:00Z"], &peers).code, 0);
    let reworded = ["--fault", "apnic-terms-reworded"];
    let apnic = [&["-r", "apnic"], &reworded[..]].concat();
    // Alone, nobody can be compared with.
    assert_eq!(run(&apnic, &alone).code, 0);
    assert_eq!(compared(&alone).agreement, Agreement::Insufficient);
    // Beside the others as they were recorded, APNIC stands apart.
    let done = run(&[&apnic[..], &["--peers", &peers]].concat(), &beside);
    assert_eq!(done.code, 1, "{} {}", done.out, done.err);
    let seen = compared(&beside);
    assert_eq!(seen.agreement, Agreement::Divergent);
    assert_eq!(seen.roles["apnic"], Role::Outlier, "{seen:#?}");
    assert_eq!(seen.roles.len(), 5);
    assert_eq!(seen.gate, Weight::Fails);
    let told = audit(&beside).results.peers.unwrap();
    assert_eq!(told.registries.len(), 4);
    assert_eq!(told.run, record(&peers)["id"].as_str().unwrap());
    assert!(
        done.out
            .contains("Comparisons include AFRINIC, ARIN, LACNIC, RIPE NCC"),
        "{}",
        done.out
    );
    assert!(record(&beside)["inputs"]["peers:peers"].is_string());
    // The same afterwards, and a replay says why it cannot compare its results.
    let judged = own.quintet(&["judge", &alone, "--peers", &peers]);
    assert_eq!(judged.code, 1, "{} {}", judged.out, judged.err);
    let replayed = own.quintet(&["replay", &beside]);
    assert!(
        replayed.err.contains("other peers were compared with"),
        "{}",
        replayed.err
    );
    // Where a peer stands apart, that is no matter of whom was asked.
    let faulty = own.bundle("faulty");
    assert_eq!(run(&reworded, &faulty).code, 1);
    let done = run(&["-r", "arin", "--peers", &faulty], &other);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    let seen = compared(&other);
    assert_eq!(
        (seen.agreement, seen.gate),
        (Agreement::Divergent, Weight::None)
    );
    // Who is asked anyway is no peer.
    let none = own.quintet(&["judge", &faulty, "--peers", &peers]);
    assert_eq!((none.code, none.out.as_str()), (2, ""), "{}", none.err);
    assert!(
        none.err.contains("has no registry beside AFRINIC"),
        "{}",
        none.err
    );
}

#[test]
fn a_redirect_to_a_registry_that_is_not_asked_is_to_that_registry() {
    // A run of one registry once knew no other's hosts, and said that nothing was redirected to them.
    let own = plain("gate-redirect");
    let bundle = own.bundle("bundle");
    let done = own.quintet(&["run", "rdap.authority", "-r", "apnic", "--out", &bundle]);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
}

#[test]
fn parts_of_a_run_have_nothing_in_common_and_together_everything() {
    let own = plain("gate-shards");
    let scenarios = |words: &[&str], name: &str| -> BTreeSet<String> {
        let bundle = own.bundle(name);
        let all = [
            "run",
            "rdap.n*",
            "rdap.help",
            "rdap.links",
            "-r",
            "arin,apnic",
            "--out",
            &bundle,
        ];
        let done = own.quintet(&[&all[..], words].concat());
        assert_eq!(done.code, 0, "{} {}", done.out, done.err);
        let asked = record(&bundle)["filters"]["shard"].clone();
        assert_eq!(asked.as_str(), words.get(1).copied());
        let said = done.out.contains("of what was selected; the other parts");
        assert_eq!(said, !words.is_empty(), "{}", done.out);
        // Judged again, it is the same part.
        let again = own.quintet(&["judge", &bundle]);
        assert_eq!(again.code, 0, "{}", again.err);
        audit(&bundle).scenarios.into_keys().collect()
    };
    let whole = scenarios(&[], "whole");
    assert!(whole.len() > 3, "{whole:?}");
    let first = scenarios(&["--shard", "1/2"], "first");
    let second = scenarios(&["--shard", "2/2"], "second");
    assert!(!first.is_empty() && !second.is_empty());
    assert!(first.is_disjoint(&second), "{first:?} {second:?}");
    assert_eq!(&first | &second, whole);
    let none = own.quintet(&["run", "rdap.help", "--shard", "2/2"]);
    assert_eq!(none.code, 4, "{}", none.err);
    let (shell, _, _) = Shell::into_buffers(own.suite());
    let error = run_in(&shell, &["run", "--shard", "3/2"]).unwrap_err();
    assert!(error.to_string().contains("expected `i/n`"), "{error}");
}
