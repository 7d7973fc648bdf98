//! Every report format of an audit in which something of everything happened.

mod difference;
mod gate;
pub(crate) mod hostile;
mod made;

use std::collections::BTreeMap;
use std::sync::Arc;

use quintet::audit::{Audit, Provenance, Run, results_json};
use quintet::decide::{Mode, Terms, decide, gate, remark_states, waiver_states};
use quintet::registry::{PerRegistry, RegistryId};
use quintet::report::{FORMATS, Options, named};
use quintet::scenario::model::{Registry, TargetKind};
use quintet::scenario::suite::{
    Correction, NoteMatch, Policy, RegistryRemark, Waiver, WaiverMatch, WaiverScope,
};
use quintet::verdict::case::{CasePart, CaseResult};
use quintet::verdict::checklist::{
    ChecklistCell, ChecklistRow, ChecklistTable, Claim, Judged, Measured,
};
use quintet::verdict::measure::{Amount, Measure, Samples, Unit};
use quintet::verdict::note::{Erratum, Remark};
use quintet::verdict::results::{
    CheckResult, ComparisonResult, Expiry, FORMAT, Group, Location, Participants, Place, Planned,
    RegistryName, Results, Sampled, SampledInstance, Summary,
};
use quintet::verdict::series::Series;
use quintet::verdict::{
    Agreement, By, Cause, ClaimState, Counts, Disposition, Level, Operator, Outcome, Punctuality,
    Role, Stance, Weight,
};

use self::made::{cases, checks, comparison, comparisons, expiries, find, parameters, went_wrong};
use crate::golden::golden;

const REGISTRIES: [(&str, &str); 5] = [
    ("afrinic", "AFRINIC"),
    ("apnic", "APNIC"),
    ("arin", "ARIN"),
    ("lacnic", "LACNIC"),
    ("ripe-ncc", "RIPE NCC"),
];

fn id(text: &str) -> RegistryId {
    RegistryId::parse(text).unwrap()
}

fn place(file: &str, line: u32) -> Place {
    Place {
        file: file.to_owned(),
        line,
        column: 5,
    }
}

fn registries() -> PerRegistry<Arc<Registry>> {
    REGISTRIES
        .iter()
        .map(|(text, name)| {
            let registry = Registry {
                id: id(text),
                name: (*name).to_owned(),
                data: serde_json::Value::Null,
                hosts: vec![format!("rdap.{text}.test")],
                capabilities: BTreeMap::new(),
                maintenance: Vec::new(),
                per_second: None,
                publication: Default::default(),
                setting: Arc::default(),
                place: Place::default(),
            };
            (id(text), Arc::new(registry))
        })
        .collect()
}

fn waiver() -> Waiver {
    Waiver {
        id: "W-2026-014".to_owned(),
        matches: WaiverMatch {
            check: "rdap.ip.handle".to_owned(),
            registries: vec![id("arin")],
            target: "staging".to_owned(),
            parameters: BTreeMap::from([("prefix".to_owned(), "2001:db8::/32".to_owned())]),
            ..WaiverMatch::default()
        },
        reason: "The next release brings handles".to_owned(),
        owner: "rdap@arin.test".to_owned(),
        approved_by: "ecg".to_owned(),
        scope: WaiverScope::Both,
        issue: "https://example.net/issues/14".to_owned(),
        issued: "2026-10-01".parse().unwrap(),
        expires: "2027-03-31".parse().unwrap(),
        place: Place::default(),
    }
}

/// What LACNIC and ARIN say of what went wrong.
fn remarks() -> Vec<RegistryRemark> {
    let one =
        |number: u32, registry: &str, check: &str, stance, planned: Option<&str>| RegistryRemark {
            matches: NoteMatch {
                check: check.to_owned(),
                registries: vec![id(registry)],
                target: "staging".to_owned(),
                ..NoteMatch::default()
            },
            remark: Remark {
                id: format!("R-2026-00{number}"),
                registry: id(registry),
                stance,
                planned: planned.map(|day| day.parse().unwrap()),
                text: "Seen by us too; the |next| release".to_owned(),
                by: "RDAP team".to_owned(),
                on: "2026-11-20".parse().unwrap(),
                url: "https://example.net/notes".to_owned(),
            },
            place: Place::default(),
        };
    vec![
        one(
            1,
            "lacnic",
            "rdap.link.*",
            Stance::Planned,
            Some("2027-01-31"),
        ),
        one(
            2,
            "lacnic",
            "rdap.resp.*",
            Stance::Planned,
            Some("2026-11-20"),
        ),
        one(3, "arin", "rdap.help.profile/*", Stance::Disputed, None),
    ]
}

/// Withdraws what was said of ARIN's handles.
fn erratum() -> Correction {
    Correction {
        matches: NoteMatch {
            check: "rdap.ip.handle".to_owned(),
            registries: vec![id("arin")],
            ..NoteMatch::default()
        },
        runs: vec!["20261121T100211Z-0a1b2c3d4e5f".to_owned()],
        erratum: Erratum {
            id: "E-2026-001".to_owned(),
            reason: "The rule looked at a redirect".to_owned(),
            on: "2026-11-24".parse().unwrap(),
            url: String::new(),
        },
        place: Place::default(),
    }
}

/// Returns an audit of these results, decided as a release gate decides.
pub(crate) fn audit(
    checks: Vec<CheckResult>,
    comparisons: Vec<ComparisonResult>,
    partial: bool,
) -> Audit {
    audit_with(checks, comparisons, partial, (&[], &[]))
}

/// Returns an audit of these results with remarks and errata.
fn audit_with(
    mut checks: Vec<CheckResult>,
    comparisons: Vec<ComparisonResult>,
    partial: bool,
    (remarks, errata): (&[RegistryRemark], &[Correction]),
) -> Audit {
    checks.sort_by(|a, b| {
        (&a.id, &a.scenario, &a.registry, &a.parameters).cmp(&(
            &b.id,
            &b.scenario,
            &b.registry,
            &b.parameters,
        ))
    });
    let run = Run {
        id: "20261121T100211Z-0a1b2c3d4e5f".to_owned(),
        target: "staging".to_owned(),
        kind: TargetKind::Staging,
        faults: Vec::new(),
        vantage: "ams1".to_owned(),
        started: "2026-11-21T10:02:11Z".parse().unwrap(),
        partial,
        planned: Planned {
            scenarios: 4,
            observations: 60,
            observed: if partial { 41 } else { 60 },
        },
        parts: Vec::new(),
        reproduce: "quintet run --target staging".to_owned(),
        flags: Vec::new(),
        file: None,
        shard: None,
    };
    let mut results = Results {
        format: FORMAT,
        suite: format!("sha256:{}", "12".repeat(32)),
        target: run.target.clone(),
        partial,
        planned: run.planned.clone(),
        registries: REGISTRIES
            .iter()
            .map(|(text, name)| RegistryName {
                id: id(text),
                name: (*name).to_owned(),
            })
            .collect(),
        checks,
        comparisons,
        drifts: Vec::new(),
        baselines: BTreeMap::new(),
        peers: None,
        cases: Vec::new(),
        expiries: expiries(),
        checklists: Vec::new(),
        summary: Summary::default(),
    };
    let policy = Policy {
        name: "default".to_owned(),
        gate: Level::Must,
        levels: Vec::new(),
        flaky_fails: false,
        drift_fails: false,
        place: Place::default(),
    };
    let registries = registries();
    let waivers = [waiver()];
    let terms = Terms {
        policy: &policy,
        waivers: &waivers,
        remarks,
        errata,
        run: &run.id,
        mode: Mode::Gate,
        kind: run.kind,
        now: run.started,
        release: "2026.11",
        registries: &registries,
        past: &[],
    };
    decide(&mut results, &terms);
    Audit {
        gate: gate(&mut results, &terms),
        waivers: waiver_states(&results, &terms),
        remarks: remark_states(&results, &terms),
        mode: Mode::Gate,
        policy: policy.name.clone(),
        release: "2026.11".to_owned(),
        scenarios: [
            (
                "rdap.help.profile",
                "RDAP help carries the NRO profile's notices",
            ),
            ("rdap.ip.lookup", "Networks are answered as asked"),
            ("rdap.ip.sweep", "A sample of networks is answered alike"),
            ("rdap.nameserver", "Nameservers are answered"),
        ]
        .into_iter()
        .map(|(id, title)| (id.to_owned(), title.to_owned()))
        .collect(),
        provenance: Provenance::default(),
        run,
        results,
    }
}

/// Returns an audit in which something of everything happened: checks, comparisons, parameters, checklists.
pub(crate) fn mixed() -> Audit {
    let mut all = comparisons();
    all.extend(parameters());
    let mut audit = audit(went_wrong(), all, false);
    audit.results.checklists = vec![made::checklist()];
    audit
}

/// Returns the same with remarks of registries and an erratum.
pub(crate) fn noted() -> Audit {
    let mut all = comparisons();
    all.extend(parameters());
    let notes = (remarks(), [erratum()]);
    let mut audit = audit_with(went_wrong(), all, false, (&notes.0, &notes.1));
    audit.results.checklists = vec![made::checklist()];
    audit
}

pub(crate) fn written(audit: &Audit, format: &str, options: Options) -> String {
    let mut octets = Vec::new();
    named(format)
        .unwrap()
        .write(audit, &options, &mut octets)
        .unwrap();
    String::from_utf8(octets).unwrap()
}

#[test]
fn each_format_shows_what_went_wrong() {
    let mut audit = audit(went_wrong(), comparisons(), false);
    audit.results.cases = cases();
    for format in FORMATS {
        let text = written(&audit, format.name(), Options::default());
        golden(&format!("report-mixed-{}", format.name()), &text);
    }
}

#[test]
fn what_people_say_is_printed_with_the_finding_in_every_format() {
    let notes = (remarks(), [erratum()]);
    let audit = audit_with(went_wrong(), comparisons(), false, (&notes.0, &notes.1));
    let plain = self::audit(went_wrong(), comparisons(), false);
    for name in ["terminal", "markdown", "csv", "junit", "json"] {
        let text = written(&audit, name, Options::default());
        for word in ["R-2026-001", "R-2026-002", "E-2026-001"] {
            assert!(text.contains(word), "{name} lacks {word}: {text}");
        }
        let before = written(&plain, name, Options::default());
        golden(&format!("report-notes-{name}"), &changed(&before, &text));
    }
    // A withdrawn verdict is no failure of anybody.
    let text = written(&audit, "terminal", Options::default());
    let failures = text.split("\nFailures\n").nth(1).unwrap();
    let failures = failures.split("\nProposed").next().unwrap();
    assert!(!failures.contains("rdap.ip.handle"), "{failures}");
}

/// Returns the lines that are in only one of two texts, in their order.
fn changed(before: &str, after: &str) -> String {
    let lines = |text: &str| -> std::collections::BTreeSet<String> {
        text.lines().map(str::to_owned).collect()
    };
    let (old, new) = (lines(before), lines(after));
    let gone = before.lines().filter(|l| !new.contains(*l));
    let come = after.lines().filter(|l| !old.contains(*l));
    let gone = gone.map(|l| format!("- {l}\n"));
    let come = come.map(|l| format!("+ {l}\n"));
    gone.chain(come).collect()
}

#[test]
fn the_terminal_report_fits_narrow_and_wide_terminals() {
    let audit = audit(went_wrong(), comparisons(), true);
    for width in [80, 120, 200] {
        let options = Options {
            width,
            color: false,
            all: false,
        };
        let text = written(&audit, "terminal", options);
        for line in text.lines() {
            // A command is one line however long it is, so that it can be copied.
            let fits = line.chars().count() <= width || line.starts_with("      again ");
            assert!(fits, "{width}: {line}");
        }
        golden(&format!("report-partial-{width}"), &text);
    }
}

#[test]
fn all_rows_are_shown_where_somebody_asks_for_them() {
    let audit = audit(went_wrong(), comparisons(), false);
    let options = Options {
        all: true,
        ..Options::default()
    };
    golden("report-mixed-all", &written(&audit, "terminal", options));
}

#[test]
fn parameters_stand_side_by_side_at_every_width() {
    let mut all = comparisons();
    all.extend(parameters());
    let audit = audit(went_wrong(), all, false);
    let short = written(&audit, "terminal", Options::default());
    assert!(
        short.contains("\n4 parameters side by side: report.md and --all show them\n"),
        "{short}"
    );
    let mut tables = String::new();
    for width in [80, 100, 140] {
        let options = Options {
            width,
            color: false,
            all: true,
        };
        let text = written(&audit, "terminal", options);
        let table = text.split("Parameters side by side\n").nth(1).unwrap();
        let table = table.split("Failures\n").next().unwrap();
        assert!(table.lines().all(|l| l.chars().count() <= width), "{table}");
        tables.push_str(&format!("{width} columns\n{table}"));
        // What is in the table is told nowhere else.
        let before = text.split("Parameters side by side\n").next().unwrap();
        assert!(!before.contains("rpki.tree/"), "{before}");
    }
    golden("report-parameters-terminal", &tables);
    let text = written(&audit, "markdown", Options::default());
    let table = text.split("## Parameters side by side\n").nth(1).unwrap();
    golden(
        "report-parameters-markdown",
        table.split("\n## ").next().unwrap(),
    );
    let csv = written(&audit, "csv", Options::default());
    let rows: Vec<&str> = csv.lines().filter(|l| l.contains("/window,")).collect();
    golden("report-parameters-csv", &rows.join("\n"));
}

#[test]
fn a_run_of_parameters_alone_shows_them() {
    let audit = audit(Vec::new(), parameters(), false);
    let text = written(&audit, "terminal", Options::default());
    assert!(text.contains("Parameters side by side\n"), "{text}");
    assert!(!text.contains("comparisons agree"), "{text}");
}

#[test]
fn parameters_are_data_in_json() {
    let audit = audit(Vec::new(), parameters(), false);
    let json: serde_json::Value =
        serde_json::from_str(&written(&audit, "json", Options::default())).unwrap();
    let window = &json["comparisons"][1];
    assert_eq!(window["unit"], "seconds");
    let measure = &window["groups"][1]["measure"];
    assert_eq!(
        (&measure["unit"], &measure["samples"]["p95"]),
        (&"seconds".into(), &(29 * 3_600).into())
    );
    assert_eq!(window["absent"]["ripe-ncc"], "probe `tree` failed: timeout");
    assert_eq!(window["declared"]["afrinic"]["number"], 24 * 3_600);
    let size = &json["comparisons"][0]["groups"][1]["measure"];
    assert_eq!(size["number"], 28_801);
}

#[test]
fn a_run_without_findings_is_short() {
    let consistent = vec![comparison(
        "same-language",
        "equal",
        Level::Should,
        Agreement::Consistent,
    )];
    let audit = audit(checks(), consistent, false);
    assert!(!audit.gate.has_failed() && audit.gate.is_met());
    golden(
        "report-clean-terminal",
        &written(&audit, "terminal", Options::default()),
    );
}

#[test]
fn results_are_written_without_what_varies() {
    let mut one = audit(went_wrong(), comparisons(), false);
    let before = results_json(&one).unwrap();
    for check in one.results.checks.iter_mut().filter(|c| c.volatile) {
        "13s".clone_into(&mut check.seen);
        check.message = check.message.replace("12s", "13s");
    }
    for comparison in &mut one.results.comparisons {
        comparison.spread_seconds = Some(99);
        if comparison.volatile {
            comparison.groups.clear();
        }
    }
    assert_eq!(results_json(&one).unwrap(), before);
    let text = String::from_utf8(before).unwrap();
    assert!(!text.contains("120ms") && !text.contains("12s"), "{text}");
    let read: Results = serde_json::from_str(&text).unwrap();
    assert_eq!(read.checks.len(), one.results.checks.len());
}

#[test]
fn color_adds_nothing_but_color() {
    let audit = audit(went_wrong(), comparisons(), true);
    let plain = written(&audit, "terminal", Options::default());
    let colored = written(
        &audit,
        "terminal",
        Options {
            color: true,
            ..Options::default()
        },
    );
    assert_ne!(plain, colored);
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}

#[test]
fn text_of_a_server_cannot_move_the_cursor_or_write_markup() {
    let mut checks = went_wrong();
    let hostile = find(&mut checks, "lacnic", "rdap.link.self-type", 0);
    "\u{1b}[2J</failure>|<script>=1+1\u{202e}".clone_into(&mut hostile.message);
    hostile.locations[0].pointer = "/\u{1b}[31m<b>".to_owned();
    let audit = audit(checks, comparisons(), false);
    for format in FORMATS {
        let text = written(&audit, format.name(), Options::default());
        // JSON is for programs: it keeps what was said, escaped as JSON escapes.
        let is_json = format.name() == "json";
        assert!(
            !text.contains('\u{1b}') && (is_json || !text.contains('\u{202e}')),
            "{}",
            format.name()
        );
        if matches!(format.name(), "markdown" | "junit") {
            assert!(
                !text.contains("<script>") && !text.contains("</failure>|"),
                "{}",
                format.name()
            );
        }
    }
}

#[test]
fn a_bar_ends_no_cell_and_a_command_is_copied_as_it_is() {
    // The command once had a backslash that a shell would have seen.
    let mut comparisons = comparisons();
    "`a|b`, c|d".clone_into(&mut comparisons[1].groups[1].value);
    let mut audit = audit(went_wrong(), comparisons, false);
    "quintet run 'tag(rdap) | tag(dns)'".clone_into(&mut audit.run.reproduce);
    let text = written(&audit, "markdown", Options::default());
    assert!(
        text.contains("- again: `quintet run 'tag(rdap) | tag(dns)'`"),
        "{text}"
    );
    assert!(
        text.contains("| `a\\|b`, c\\|d | LACNIC (outlier) |"),
        "{text}"
    );
}

#[test]
fn what_is_said_and_what_is_measured_stand_apart_at_every_width() {
    let mut all = comparisons();
    all.extend(parameters());
    let mut audit = audit(went_wrong(), all, false);
    audit.results.checklists = vec![made::checklist()];
    let short = written(&audit, "terminal", Options::default());
    assert!(short.contains("1 checklist of what is said"), "{short}");
    assert!(!short.contains("F04"), "{short}");
    let mut tables = String::new();
    for width in [80, 100, 160] {
        let options = Options {
            width,
            ..Options::default()
        };
        let text = written(&audit, "checklists", options);
        assert!(text.lines().all(|l| l.chars().count() <= width), "{text}");
        tables.push_str(&format!("{width} columns\n{text}"));
    }
    golden("report-checklists-terminal", &tables);
    let text = written(&audit, "markdown", Options::default());
    let part = text.split("## What is said and what is measured\n").nth(1);
    golden(
        "report-checklists-markdown",
        part.unwrap().split("\n## ").next().unwrap(),
    );
    let csv = written(&audit, "csv", Options::default());
    let rows: Vec<&str> = csv
        .lines()
        .filter(|l| l.contains(",attestation,"))
        .collect();
    golden("report-checklists-csv", &rows.join("\n"));
}

#[test]
fn drift_stands_apart_in_every_format() {
    let mut audit = audit(went_wrong(), comparisons(), false);
    let plain: Vec<String> = NAMES
        .iter()
        .map(|n| written(&audit, n, Options::default()))
        .collect();
    audit.results.drifts = made::drifts();
    for (name, before) in NAMES.iter().zip(plain) {
        let after = written(&audit, name, Options::default());
        golden(&format!("report-drift-{name}"), &changed(&before, &after));
    }
    let all = Options {
        all: true,
        ..Options::default()
    };
    let all = written(&audit, "terminal", all);
    assert!(all.contains("new   `help $.notices`"), "{all}");
    // A gate whose policy says so fails for it.
    audit.gate.drift_fails = true;
    audit.gate.drifted = 2;
    let text = written(&audit, "terminal", Options::default());
    assert!(
        text.contains("2 values that are not as they were"),
        "{text}"
    );
    let junit = written(&audit, "junit", Options::default());
    assert!(
        junit.contains("<failure message=\"/0/title: `Terms`"),
        "{junit}"
    );
}

/// Formats whose drift is looked at.
const NAMES: [&str; 5] = ["terminal", "markdown", "csv", "junit", "json"];
