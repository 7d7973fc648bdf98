//! `quintet trace`: one resource on every plane, as a person sees it.

use std::path::Path;

use quintet::cli::run_in;
use quintet::cli::shell::Shell;
use serde_json::Value;

use crate::folder::Folder;
use crate::golden::golden;

/// A time of the mock world.
const AT: &str = "2026-11-22T07:00:00Z";

/// What went from APNIC to the RIPE NCC in the mock world.
const MOVED: &str = "203.64.0.0/16";

/// What a command line did: its code, its results, and what it said beside them.
fn quintet(width: u16, words: &[&str]) -> (u8, String, String) {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let (mut shell, out, err) = Shell::into_buffers(suite);
    shell.width = Some(width);
    let mut all = vec!["trace"];
    all.extend(words);
    let code = run_in(&shell, &all).unwrap().code();
    (code, out.text(), err.text())
}

fn traced(words: &[&str]) -> Value {
    let mut all = words.to_vec();
    all.extend(["--format", "json", "--at", AT]);
    let (_, out, err) = quintet(100, &all);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"))
}

/// Returns the disagreements of a trace in words.
fn disagreements(trace: &Value) -> Vec<String> {
    let all = trace["disagreements"].as_array().unwrap().iter();
    all.map(|one| {
        format!(
            "{}: {}",
            one["plane"].as_str().unwrap(),
            one["words"].as_str().unwrap()
        )
    })
    .collect()
}

#[test]
fn a_transferred_prefix_tells_its_whole_story_on_one_screen() {
    for width in [80, 120] {
        let (code, out, err) = quintet(width, &[MOVED, "--at", AT]);
        assert_eq!(code, 0, "{out}{err}");
        let widest = out.lines().map(|line| line.chars().count()).max();
        assert!(widest.unwrap() <= usize::from(width), "{widest:?}\n{out}");
        assert!(out.lines().count() <= 24, "{out}");
        golden(&format!("trace-moved-{width}"), &out);
    }
}

#[test]
fn every_answer_stands_word_for_word_below_the_table_and_in_markdown() {
    let (_, out, _) = quintet(100, &[MOVED, "--at", AT, "--all"]);
    golden("trace-moved-all", &out);
    let (_, out, _) = quintet(100, &[MOVED, "--at", AT, "--format", "markdown"]);
    golden("trace-moved-markdown", &out);
}

#[test]
fn a_resource_of_every_kind_of_every_registry_is_where_the_world_has_it() {
    for (resource, holder) in [
        ("102.16.8.0/22", "afrinic"),
        ("203.16.9.77", "apnic"),
        ("AS4750", "ripe-ncc"),
        ("AS11200-AS11204", "arin"),
        ("2801:1000::/32", "lacnic"),
        ("203.18.1.0-203.18.3.255", "apnic"),
        ("177.64.0.0/16", "arin"),
    ] {
        let trace = traced(&[resource]);
        assert_eq!(disagreements(&trace), [""; 0], "{resource}");
        let held = trace["held"].as_array().unwrap();
        assert_eq!(held.len(), 1, "{resource}: {held:?}");
        assert_eq!(held[0]["registry"], holder, "{resource}: {held:?}");
    }
}

#[test]
fn a_fault_is_a_disagreement_in_words() {
    #[track_caller]
    fn check(fault: &str, resource: &str, expected: &[&str]) {
        let trace = traced(&[resource, "--fault", fault]);
        assert_eq!(disagreements(&trace), expected, "{fault}");
        let (code, ..) = quintet(100, &[resource, "--fault", fault, "--at", AT, "-q"]);
        assert_eq!(code, u8::from(!expected.is_empty()), "{fault}");
    }
    check(
        "apnic-redirect-withheld",
        MOVED,
        &["rdap: clients begin at APNIC, which shows a block and leads nowhere"],
    );
    check(
        "apnic-xfer-one-log-only",
        "104.64.0.0/16",
        &[
            "transfer-logs: from ARIN to APNIC on 2018-03-14 by the log of ARIN; that of APNIC has no such transfer",
        ],
    );
    check("apnic-xfer-one-log-only", MOVED, &[]);
}

#[test]
fn a_trace_is_kept_and_told_again_and_a_run_tells_what_it_has() {
    let folder = Folder::new("trace");
    let path = folder.path().join("kept");
    let path = path.to_string_lossy();
    let live = [MOVED, "--at", AT, "--out", &path];
    let (code, told, err) = quintet(100, &live);
    assert_eq!(code, 0, "{err}");
    let (code, again, err) = quintet(100, &[MOVED, "--bundle", &path]);
    assert_eq!((code, again), (0, told), "{err}");
    // It has the logs of everything, and nobody's answer about another resource.
    let (code, other, err) = quintet(100, &["AS4750", "--bundle", &path]);
    assert_eq!(code, 0, "{err}");
    assert!(other.contains("AS4750 is at RIPE NCC"), "{other}");
    assert!(other.contains("not asked"), "{other}");
    let (code, _, err) = quintet(100, &["ORG-CBT1-AP", "--bundle", &path, "--only", "rdap"]);
    assert_eq!(code, 2);
    assert!(err.contains("has nothing of `ORG-CBT1-AP`"), "{err}");
}

#[test]
fn a_holder_is_known_by_its_handle() {
    let trace = traced(&["ORG-CBT1-AP"]);
    assert_eq!(trace["kind"], "holder");
    assert_eq!(trace["rows"].as_array().unwrap().len(), 3);
    let (_, out, _) = quintet(100, &["ORG-CBT1-AP", "--at", AT]);
    assert!(
        out.starts_with("ORG-CBT1-AP, a handle that is known at APNIC\n"),
        "{out}"
    );
}

#[test]
fn what_cannot_be_traced_is_said_before_anybody_is_asked() {
    #[track_caller]
    fn check(words: &[&str], expected: &str) {
        let (code, out, err) = quintet(100, words);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.starts_with(&format!("error: {expected}")), "{err}");
    }
    check(
        &["203.64.0.1/16"],
        "`203.64.0.1/16` has bits set behind its length; expected `203.64.0.0/16`",
    );
    check(
        &["192.0.2.9-192.0.2.1"],
        "`192.0.2.9-192.0.2.1` is not a range",
    );
    check(
        &["!"],
        "`!` is neither address, prefix, range, AS number nor a holder's handle",
    );
    check(
        &[MOVED, "-r", "apnik"],
        "unknown registry `apnik`; did you mean `apnic`?",
    );
    check(&[MOVED, "--target", "liv"], "unknown target `liv`");
    check(
        &[MOVED, "--target", "live"],
        "target `live` is live and nobody answers",
    );
    check(&[MOVED, "--fault", "nothing"], "unknown fault `nothing`");
    check(
        &["ORG-CBT1-AP", "--only", "rpki"],
        "nothing of a holder is in IANA's registries",
    );
    check(
        &[MOVED, "--bundle", "/nowhere"],
        "`/nowhere` is not a bundle",
    );
}
