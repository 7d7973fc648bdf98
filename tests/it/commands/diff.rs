//! `quintet diff` of runs against the mock world.

use super::Own;

/// Runs what a fault changes, with and without it.
fn two(name: &str) -> (Own, String, String) {
    let own = Own::new(name, &[]);
    let (before, after) = (own.bundle("before"), own.bundle("after"));
    let filter = "rdap.authority";
    let clean = own.quintet(&["run", filter, "--out", &before]);
    assert_eq!(clean.code, 0, "{}", clean.err);
    let fault = ["--fault", "apnic-redirect-withheld"];
    let failed = own.quintet(&[&["run", filter, "--out", &after], &fault[..]].concat());
    assert_eq!(failed.code, 1, "{}", failed.err);
    (own, before, after)
}

#[test]
fn a_fault_is_the_regression_between_two_runs() {
    let (own, before, after) = two("diff-fault");
    let same = own.quintet(&["diff", &before, &before, "--fail-on", "regressed,new"]);
    assert_eq!(same.code, 0, "{}", same.err);
    assert!(same.out.contains("Nothing changed"), "{}", same.out);
    let words = ["diff", &before, &after, "--format", "json"];
    let changed = own.quintet(&words);
    assert_eq!(changed.code, 0, "{}", changed.err);
    let difference: quintet::audit::difference::Difference =
        serde_json::from_str(&changed.out).unwrap();
    let regressed: Vec<(&str, &str)> = difference
        .counted()
        .filter(|c| c.is_worse())
        .map(|c| (c.id.as_str(), c.registry.as_str()))
        .collect();
    assert_eq!(
        regressed,
        [("rdap.authority/redirects-what-moved", "apnic")]
    );
    let fail = own.quintet(&[&words[..], &["--fail-on", "regressed"]].concat());
    assert_eq!(fail.code, 1, "{}", fail.err);
    assert!(
        fail.err
            .contains("1 change of a class that fails: regressed"),
        "{}",
        fail.err
    );
    let lighter = own.quintet(&[&words[..], &["--fail-on", "fixed"]].concat());
    assert_eq!(lighter.code, 0, "{}", lighter.err);
    let again = own.quintet(&["diff", &before, &after, "--again"]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.out.contains("redirects-what-moved"), "{}", again.out);
    let folder = std::fs::read_dir(format!("{after}/judgements")).unwrap();
    let judging = folder.into_iter().next().unwrap().unwrap().path();
    let one = own.quintet(&[
        "diff",
        &before,
        &judging.to_string_lossy(),
        "-f",
        "markdown",
    ]);
    assert!(one.out.contains("## Regressed"), "{} {}", one.out, one.err);
}

#[test]
fn a_judging_that_was_edited_cut_or_is_newer_is_not_compared() {
    let (own, before, after) = two("diff-edited");
    let folder = std::fs::read_dir(format!("{after}/judgements")).unwrap();
    let judging = folder.into_iter().next().unwrap().unwrap().path();
    let path = judging.join("audit.json");
    let whole = std::fs::read_to_string(&path).unwrap();
    let refused = |words: &str| {
        let done = own.quintet(&["diff", &before, &after]);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{}", done.err);
        assert!(done.err.contains(words), "{}", done.err);
    };
    std::fs::write(&path, whole.replace("\"fail\"", "\"pass\"")).unwrap();
    refused("it was changed after it was sealed; `quintet judge` makes a new one");
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    refused("it was changed after it was sealed");
    let newer = whole.replace("\"results\":{\"format\":1", "\"results\":{\"format\":2");
    assert_ne!(newer, whole);
    std::fs::write(&path, newer).unwrap();
    quintet::bundle::seal(&judging).unwrap();
    refused("it has format 2; this program reads format 1");
    std::fs::remove_file(judging.join("SHA256SUMS")).unwrap();
    refused("it has no seal, so that it may not be whole");
    std::fs::remove_dir_all(judging).unwrap();
    refused("was never judged");
    let nothing = own.quintet(&["diff", &before, "/nowhere"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.err.contains("is not a bundle"), "{}", nothing.err);
}

#[test]
fn a_class_that_is_none_is_told_with_the_nearest() {
    let own = Own::new("diff-class", &[]);
    let (shell, _, _) = quintet::cli::shell::Shell::into_buffers(own.suite());
    let words = ["diff", "a", "b", "--fail-on", "regresed"];
    let error = quintet::cli::run_in(&shell, &words)
        .unwrap_err()
        .to_string();
    assert!(error.contains("did you mean `regressed`"), "{error}");
}
