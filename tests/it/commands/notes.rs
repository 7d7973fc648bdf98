//! Waivers, remarks and errata as somebody meets them who writes them.

use super::*;

const WAIVERS: &str = "waivers:
  - id: W-1
    match: { check: own.one/answers, registries: [apnic], target: mock }
    reason: The next release answers
    owner: rdap@apnic.example
    approved_by: \"apnic: Jane Doe\"
    scope: gate
    issue: https://example.net/issues/1
    issued: 2026-11-01
    expires: 2026-11-30
  - id: W-2
    match: { check: own.one/answers, registries: [apnic], target: mock, contains: seen 404 }
    reason: It is not there
    owner: rdap@apnic.example
    approved_by: \"ecg: John Doe\"
    scope: both
    issue: https://example.net/issues/2
    issued: 2026-11-01
    expires: 2027-03-31
";

const REMARKS: &str = "remarks:
  - id: R-1
    match: { check: \"own.one/*\", target: mock }
    stance: planned
    planned: 2026-12-24
    text: Seen by us too
    by: RDAP team
    on: 2026-11-20
";

/// Returns a suite whose one check fails everywhere.
fn failing(name: &str, further: &[(&str, &str)]) -> Own {
    let text = scenario("probes: { p: { rdap: help } }").replace("status: 200", "status: 299");
    let mut files = vec![("own/one.yaml", text)];
    files.extend(
        further
            .iter()
            .map(|(path, text)| (*path, (*text).to_owned())),
    );
    Own::new(name, &files)
}

fn run_apnic(own: &Own, bundle: &str, at: &str) -> Done {
    own.quintet(&["run", "own.one", "-r", "apnic", "--at", at, "--out", bundle])
}

#[test]
fn waivers_are_listed_with_what_is_to_be_done() {
    let own = failing("waivers", &[("waivers/apnic.yaml", WAIVERS)]);
    let listed = |words: &[&str]| own.quintet(&[&["waivers"], words].concat());

    let early = listed(&["--at", "2026-11-02T00:00:00Z", "--days", "14"]);
    assert_eq!((early.code, early.err.as_str()), (0, ""), "{}", early.out);
    for words in [
        "W-1   ends in 28 days",
        "own.one/answers at apnic on mock, with `seen 404`",
        "apnic: Jane Doe",
        "https://example.net/issues/2",
        "suite/waivers/apnic.yaml:2",
    ] {
        assert!(early.out.contains(words), "{words}: {}", early.out);
    }
    let soon = listed(&["--at", "2026-11-20T00:00:00Z"]);
    let words = "warning: suite/waivers/apnic.yaml:2: waiver `W-1` ends in 10 days";
    assert_eq!(soon.code, 0);
    assert!(soon.err.contains(words), "{}", soon.err);
    let late = listed(&["--at", "2026-12-02T00:00:00Z"]);
    let words = "error: suite/waivers/apnic.yaml:2: waiver `W-1`: expired 2 days ago";
    assert_eq!(late.code, 1);
    assert!(late.err.contains(words), "{}", late.err);

    let bundle = own.bundle("bundle");
    let done = run_apnic(&own, &bundle, "2026-11-20T09:00:00Z");
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    assert!(
        done.out.contains("W-1  1 known, ends in 10 days"),
        "{}",
        done.out
    );
    assert!(done.out.contains("W-2  matches nothing"), "{}", done.out);
    let after = listed(&["--at", "2026-11-20T00:00:00Z", &bundle]);
    let words = "waiver `W-2`: matches nothing in the bundle";
    assert_eq!(after.code, 1);
    assert!(after.err.contains(words), "{}", after.err);
    let json = listed(&["--at", "2026-11-20T00:00:00Z", "--format", "json", &bundle]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json[0]["run"]["known"], 1);
    assert_eq!(
        (&json[0]["days_left"], &json[0]["ends_soon"]),
        (&10.into(), &true.into())
    );

    // A registry does not waive its own failure in an audit, and the audit says so.
    let text = WAIVERS.replace("scope: gate", "scope: both");
    fs::write(own.suite().join("waivers/apnic.yaml"), &text).unwrap();
    let refused = own.quintet(&["judge", "--audit", &bundle]);
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .err
            .contains("`apnic` cannot approve its own waiver"),
        "{}",
        refused.err
    );
    let missing = listed(&[&own.bundle("nowhere")]);
    assert_eq!(missing.code, 2, "{}", missing.err);
}

#[test]
fn remarks_are_printed_and_errata_take_back_what_was_said() {
    let own = failing("remarks", &[("remarks/apnic.yaml", REMARKS)]);
    let bundle = own.bundle("bundle");
    let done = run_apnic(&own, &bundle, "2026-11-22T09:00:00Z");
    assert_eq!(done.code, 1, "{} {}", done.out, done.err);
    let words =
        "remark    APNIC: planned for 2026-12-24 (R-1). Seen by us too (RDAP team, 2026-11-20)";
    assert!(done.out.contains(words), "{}", done.out);

    let record = fs::read_to_string(Path::new(&bundle).join("run.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let erratum = format!(
        "errata:\n  - id: E-1\n    match: {{ check: own.one/answers }}\n    runs: [{}]\n    \
         reason: Nobody asks for 299\n    on: 2026-11-24\n",
        record["id"].as_str().unwrap()
    );
    fs::create_dir_all(own.suite().join("errata")).unwrap();
    fs::write(own.suite().join("errata/2026.yaml"), erratum).unwrap();
    let judged = own.quintet(&["judge", &bundle]);
    assert_eq!(judged.code, 0, "{} {}", judged.out, judged.err);
    for words in [
        "✗ erratum",
        "withdrawn 2026-11-24, E-1: Nobody asks for 299",
        "own.one/answers at APNIC, which said fail",
        "1 withdrawn",
    ] {
        assert!(judged.out.contains(words), "{words}: {}", judged.out);
    }
}

#[test]
fn the_files_of_the_guide_fit_the_shipped_suite() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/waivers.md");
    let guide = fs::read_to_string(guide).unwrap();
    let blocks = guide.split("```yaml\n# scenarios/").skip(1);
    let files: Vec<(&str, String)> = blocks
        .map(|block| {
            let (path, text) = block.split_once('\n').unwrap();
            (path, text.split("```").next().unwrap().to_owned())
        })
        .collect();
    assert_eq!(files.len(), 3);
    let own = Own::new("notes-guide", &files);
    let done = own.quintet(&["lint"]);
    assert_eq!(done.code, 0, "{} {}", done.out, done.err);
    let listed = own.quintet(&["waivers", "--at", "2026-11-20T00:00:00Z"]);
    assert!(
        listed.out.contains("W-2026-014   ends in 131 days"),
        "{}",
        listed.out
    );
}
