//! `quintet history`: an archive, its index, and how things went on.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::Own;

/// Runs at a time with faults, adds the run to the archive, and returns the bundle.
fn add(own: &Own, name: &str, at: &str, faults: &[&str]) -> String {
    let bundle = own.bundle(name);
    let mut words = vec![
        "run",
        "rdap.help",
        "rdap.limits",
        "-q",
        "--at",
        at,
        "--out",
        &bundle,
    ];
    faults
        .iter()
        .for_each(|fault| words.extend(["--fault", fault]));
    own.quintet(&words);
    let archive = own.bundle("archive");
    let done = own.quintet(&["history", "--archive", &archive, "--add", &bundle]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains(": added"), "{}", done.err);
    bundle
}

fn ask(own: &Own, words: &[&str]) -> (u8, String, String) {
    let archive = own.bundle("archive");
    let done = own.quintet(&[&["history", "--archive", &archive], words].concat());
    (done.code, done.out, done.err)
}

/// Word and number of runs of each stretch at a registry.
fn stretches(own: &Own, id: &str, registry: &str) -> Vec<(String, u64)> {
    let (code, out, err) = ask(own, &[id, "-r", registry, "-f", "json"]);
    assert_eq!(code, 0, "{err}");
    let trend: Value = serde_json::from_str(&out).unwrap();
    let lines = trend["lines"].as_array().unwrap();
    let line = lines.iter().find(|line| line["at"] == registry).unwrap();
    let all = line["stretches"].as_array().unwrap().iter();
    all.map(|s| {
        (
            s["word"].as_str().unwrap().to_owned(),
            s["runs"].as_u64().unwrap(),
        )
    })
    .collect()
}

#[test]
fn an_archive_tells_how_a_check_went_on_whatever_the_order_of_adding() {
    let own = Own::new("history", &[]);
    let fault = &["lacnic-no-profile"][..];
    add(&own, "third", "2026-11-22T12:00:00Z", fault);
    let first = add(&own, "first", "2026-11-20T12:00:00Z", &[]);
    add(&own, "fourth", "2026-11-23T12:00:00Z", fault);
    add(&own, "second", "2026-11-21T12:00:00Z", &[]);
    let expected = [("pass".to_owned(), 2), ("fail".to_owned(), 2)];
    let results = fs::read_dir(Path::new(&own.bundle("third")).join("judgements")).unwrap();
    let results = results
        .into_iter()
        .next()
        .unwrap()
        .unwrap()
        .path()
        .join("results.json");
    let results: Value = serde_json::from_slice(&fs::read(results).unwrap()).unwrap();
    let failed = results["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["outcome"] == "fail")
        .unwrap();
    let id = failed["id"].as_str().unwrap();
    assert_eq!(stretches(&own, id, "lacnic"), expected);
    assert_eq!(stretches(&own, id, "arin"), [("pass".to_owned(), 4)]);
    let (code, out, _) = ask(&own, &[id]);
    assert_eq!(code, 0);
    assert!(
        out.contains("2026-11-22 12:00 to 2026-11-23 12:00   2 runs"),
        "{out}"
    );
    let (_, out, _) = ask(&own, &[id, "-f", "csv"]);
    assert!(
        out.lines()
            .any(|line| line.contains(",lacnic,") && line.contains(",2,fail,")),
        "{out}"
    );
    let (_, out, _) = ask(&own, &[]);
    let listed: Vec<&str> = out
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(listed.len(), 4);
    assert!(listed.is_sorted(), "{out}");

    // Added again after it was judged again: one run still.
    assert_eq!(own.quintet(&["judge", &first, "-q"]).code, 0);
    let archive = own.bundle("archive");
    let done = own.quintet(&["history", "--archive", &archive, "--add", &first]);
    assert!(done.err.contains("was there"), "{}", done.err);
    assert_eq!(stretches(&own, id, "lacnic"), expected);

    // The index is made again from the bundles alone, and is the same.
    let index = Path::new(&archive).join("index");
    fs::remove_dir_all(&index).unwrap();
    let (code, _, err) = ask(&own, &["--rebuild"]);
    assert_eq!((code, err.contains("4 runs indexed")), (0, true), "{err}");
    assert_eq!(stretches(&own, id, "lacnic"), expected);
    // A bundle of the archive is one like any other.
    let kept = fs::read_dir(Path::new(&archive).join("bundles")).unwrap();
    for bundle in kept {
        let path = bundle.unwrap().path();
        assert_eq!(own.quintet(&["verify", &path.to_string_lossy()]).code, 0);
    }
}

#[test]
fn a_registry_is_told_run_by_run_with_what_changed() {
    let own = Own::new("history-registry", &[]);
    let fault = &["lacnic-no-profile"][..];
    add(&own, "second", "2026-11-21T12:00:00Z", fault);
    add(&own, "first", "2026-11-20T12:00:00Z", &[]);
    add(&own, "third", "2026-11-22T12:00:00Z", &[]);
    let (code, out, err) = ask(&own, &["-r", "lacnic", "-f", "json"]);
    assert_eq!(code, 0, "{err}");
    let courses: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(courses[0]["name"], "LACNIC");
    let runs = courses[0]["runs"].as_array().unwrap();
    let words = |run: &Value| -> Vec<String> {
        let changed = run["changed"].as_array().unwrap().iter();
        let word = |change: &Value, of: &str| change[of].as_str().unwrap().to_owned();
        changed
            .map(|c| format!("{} {}", word(c, "before"), word(c, "after")))
            .collect()
    };
    assert_eq!(words(&runs[0]), Vec::<String>::new());
    assert!(words(&runs[1]).contains(&"pass fail".to_owned()), "{out}");
    assert!(words(&runs[2]).contains(&"fail pass".to_owned()), "{out}");
    assert_eq!(runs[0]["counts"], runs[2]["counts"]);
    let sum = |run: &Value| -> u64 {
        let levels = run["counts"].as_object().unwrap().values();
        let outcomes = levels.flat_map(|level| level.as_object().unwrap().values());
        outcomes.map(|number| number.as_u64().unwrap()).sum()
    };
    assert_eq!(sum(&runs[0]), sum(&runs[1]));
    let failed = |run: &Value| run["counts"]["must"]["fail"].as_u64().unwrap_or(0);
    assert_eq!((failed(&runs[0]), failed(&runs[1]) > 0), (0, true));
    // The counts are those that the report of the run has.
    let judged = fs::read_dir(Path::new(&own.bundle("second")).join("judgements")).unwrap();
    let judged = judged.into_iter().next().unwrap().unwrap().path();
    let results: Value =
        serde_json::from_slice(&fs::read(judged.join("results.json")).unwrap()).unwrap();
    let counts = &results["summary"]["by_registry"]["lacnic"]["must"];
    assert_eq!(counts, &runs[1]["counts"]["must"]);

    let (_, out, _) = ask(&own, &["-r", "lacnic"]);
    let shown: Vec<&str> = out.lines().collect();
    assert_eq!(shown[0], "LACNIC on mock   3 runs");
    assert!(shown[1].starts_with("  2026-11-20 12:00   must: "), "{out}");
    assert!(
        out.contains("pass → fail") && out.contains("fail → pass"),
        "{out}"
    );
    let (_, other, _) = ask(&own, &["-r", "arin"]);
    assert!(!other.contains('→'), "{other}");
    let (_, table, _) = ask(&own, &["-r", "lacnic", "-f", "csv"]);
    assert!(
        table.lines().any(|line| line.contains(",must,fail,")),
        "{table}"
    );
    let (code, _, err) = ask(&own, &["-r", "nobody"]);
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("asked registry `nobody`"), "{err}");
}

#[test]
fn a_parameter_is_told_with_its_values() {
    let own = Own::new("history-values", &[]);
    let archive = own.bundle("archive");
    for (name, at, faults) in [
        ("one", "2026-11-20T12:00:00Z", &[][..]),
        (
            "two",
            "2026-11-21T12:00:00Z",
            &["--fault", "afrinic-rrdp-no-deltas"],
        ),
    ] {
        let bundle = own.bundle(name);
        let words = [
            "run",
            "rpki.rrdp",
            "-r",
            "afrinic",
            "-q",
            "--at",
            at,
            "--out",
            &bundle,
        ];
        own.quintet(&[&words[..], faults].concat());
        let done = own.quintet(&["history", "--archive", &archive, "--add", &bundle]);
        assert_eq!(done.code, 0, "{}", done.err);
    }
    let results = fs::read_dir(Path::new(&own.bundle("one")).join("judgements")).unwrap();
    let results = results
        .into_iter()
        .next()
        .unwrap()
        .unwrap()
        .path()
        .join("results.json");
    let results: Value = serde_json::from_slice(&fs::read(results).unwrap()).unwrap();
    let comparisons = results["comparisons"].as_array().unwrap();
    let number = comparisons
        .iter()
        .find(|c| c["unit"].is_string() && c["groups"][0]["measure"]["number"].is_number());
    let id = number.unwrap()["id"].as_str().unwrap();
    let (code, out, err) = ask(&own, &[id, "-f", "json"]);
    assert_eq!(code, 0, "{err}");
    let trend: Value = serde_json::from_str(&out).unwrap();
    let lines = trend["lines"].as_array().unwrap();
    let own_line = lines.iter().find(|line| line["at"] == "afrinic").unwrap();
    assert!(
        !own_line["points"].as_array().unwrap().is_empty(),
        "{own_line:#}"
    );
    let (_, out, _) = ask(&own, &[id]);
    assert!(out.contains(" first, ") && out.contains(" last, "), "{out}");
}

#[test]
fn what_cannot_be_archived_or_asked_is_told() {
    let own = Own::new("history-refused", &[]);
    let (code, _, err) = ask(&own, &[]);
    assert_eq!(code, 4);
    assert!(err.contains("has no such run"), "{err}");
    let bundle = add(&own, "one", "2026-11-20T12:00:00Z", &[]);
    let (code, _, err) = ask(&own, &["rdap.help/answer"]);
    assert_eq!(code, 4);
    assert!(err.contains("did you mean `rdap.help/answers`?"), "{err}");
    let (code, _, err) = ask(&own, &["--add", "/nowhere"]);
    assert_eq!(code, 2);
    assert!(err.contains("is not a bundle"), "{err}");
    // Another run with the same id, a changed bundle, one that was never judged.
    let text = fs::read_to_string(Path::new(&bundle).join("run.json")).unwrap();
    fs::write(
        Path::new(&bundle).join("run.json"),
        text.replace("\"vantage\": \"here\"", "\"vantage\": \"there\""),
    )
    .unwrap();
    let (code, _, err) = ask(&own, &["--add", &bundle]);
    assert_eq!(code, 1);
    assert!(
        err.contains("is not what was sealed: changed: `run.json`"),
        "{err}"
    );
    quintet::bundle::seal(Path::new(&bundle)).unwrap();
    let (code, _, err) = ask(&own, &["--add", &bundle]);
    assert_eq!(code, 2);
    assert!(err.contains("has another run with the id"), "{err}");
    fs::remove_dir_all(Path::new(&bundle).join("judgements")).unwrap();
    let (code, _, err) = ask(&own, &["--add", &bundle]);
    assert_eq!(code, 2);
    assert!(err.contains("was never judged"), "{err}");
    // An index that is cut, of a newer format, or of a bundle whose judging was edited.
    let index = Path::new(&own.bundle("archive")).join("index/mock");
    let file = fs::read_dir(&index)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let octets = fs::read(&file).unwrap();
    fs::write(&file, &octets[..octets.len() / 2]).unwrap();
    let (code, out, err) = ask(&own, &["rdap.help/answers"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("is no index of a run, or not whole"), "{err}");
    let kept = fs::read_dir(Path::new(&own.bundle("archive")).join("bundles")).unwrap();
    let kept = kept.into_iter().next().unwrap().unwrap().path();
    let judging = fs::read_dir(kept.join("judgements"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = fs::read_to_string(judging.join("audit.json")).unwrap();
    fs::write(judging.join("audit.json"), text.replace("pass", "fail")).unwrap();
    let (code, _, err) = ask(&own, &["--rebuild"]);
    assert_eq!(code, 1);
    assert!(
        err.contains("its judging was changed after it was sealed"),
        "{err}"
    );
    let done = own.quintet(&["history", "--archive", "s3://bucket/prefix"]);
    assert!(done.code == 2 || cfg!(feature = "s3"), "{}", done.err);
}
