//! Every report format of an audit in which something of everything happened.

use std::collections::BTreeMap;
use std::sync::Arc;

use quintet::audit::{Audit, Run, results_json};
use quintet::decide::{Mode, Terms, decide, gate, waiver_states};
use quintet::registry::{PerRegistry, RegistryId};
use quintet::report::{FORMATS, Options, named};
use quintet::scenario::model::{Registry, TargetKind};
use quintet::scenario::suite::{Policy, Waiver, WaiverMatch, WaiverScope};
use quintet::verdict::measure::{Amount, Measure, Samples, Unit};
use quintet::verdict::results::{
    CheckResult, ComparisonResult, Expiry, FORMAT, Group, Location, Participants, Place, Planned,
    RegistryName, Results, Sampled, SampledInstance, Summary,
};
use quintet::verdict::{Agreement, By, Cause, Disposition, Level, Operator, Outcome, Role};

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

fn check(
    registry: &str,
    scenario: &str,
    name: &str,
    level: Level,
    outcome: Outcome,
) -> CheckResult {
    let is_rule = name.starts_with("rdap.");
    CheckResult {
        id: if is_rule {
            name.to_owned()
        } else {
            format!("{scenario}/{name}")
        },
        by: if is_rule { By::Rule } else { By::Check },
        scenario: scenario.to_owned(),
        title: format!("What {} demands holds", name.rsplit('.').next().unwrap()),
        registry: id(registry),
        parameters: BTreeMap::new(),
        vantage: "ams1".to_owned(),
        outcome,
        cause: None,
        level,
        operator: Operator::RirService,
        disposition: Disposition::Expected,
        waiver: None,
        same_cause: None,
        since: None,
        refs: vec!["rfc9083#4.2".to_owned()],
        message: String::new(),
        expected: String::new(),
        seen: String::new(),
        locations: Vec::new(),
        findings: 0,
        source: place("scenarios/rdap/help.yaml", 14),
        observations: vec![format!("{scenario}/help@{registry} on staging from ams1")],
        evidence: vec![format!("sha256:{}", "ab".repeat(32))],
        asked: Vec::new(),
        sampled: None,
        flaky: false,
        volatile: false,
    }
}

fn checks() -> Vec<CheckResult> {
    let mut checks = Vec::new();
    for (registry, _) in REGISTRIES {
        for name in [
            "answers",
            "one-asn-model",
            "rdap.resp.conformance",
            "rdap.notice.terms",
        ] {
            checks.push(check(
                registry,
                "rdap.help.profile",
                name,
                Level::Must,
                Outcome::Pass,
            ));
        }
        for name in [
            "rdap.link.self-type",
            "rdap.ip.handle",
            "covers-the-query",
            "fast-enough",
        ] {
            for prefix in ["192.0.2.0/24", "2001:db8::/32"] {
                let level = if name == "rdap.ip.handle" {
                    Level::Must
                } else {
                    Level::Should
                };
                let mut one = check(registry, "rdap.ip.lookup", name, level, Outcome::Pass);
                one.parameters = BTreeMap::from([("prefix".to_owned(), prefix.to_owned())]);
                one.source = place("scenarios/rdap/ip.yaml", 23);
                checks.push(one);
            }
        }
        let mut nameserver = check(
            registry,
            "rdap.nameserver",
            "answers",
            Level::May,
            Outcome::NotApplicable,
        );
        "declares that it has no `rdap.nameserver`".clone_into(&mut nameserver.message);
        if registry == "lacnic" {
            nameserver.outcome = Outcome::Pass;
            nameserver.message.clear();
        }
        checks.push(nameserver);
        let mut proposed = check(
            registry,
            "rdap.help.profile",
            "draft-notice",
            Level::Proposed,
            Outcome::Pass,
        );
        if registry == "arin" {
            proposed.outcome = Outcome::Fail;
            "the notice of the draft is missing".clone_into(&mut proposed.message);
        }
        checks.push(proposed);
        let mut sweep = check(
            registry,
            "rdap.ip.sweep",
            "rdap.resp.conformance",
            Level::Must,
            Outcome::Pass,
        );
        sweep.sampled = Some(Sampled {
            counts: BTreeMap::from([(Outcome::Pass, 5000)]),
            shown: Vec::new(),
        });
        checks.push(sweep);
    }
    checks
}

fn find<'a>(
    checks: &'a mut [CheckResult],
    registry: &str,
    name: &str,
    nth: usize,
) -> &'a mut CheckResult {
    checks
        .iter_mut()
        .filter(|c| c.registry.as_str() == registry && c.id.ends_with(name))
        .nth(nth)
        .unwrap()
}

fn went_wrong() -> Vec<CheckResult> {
    let mut checks = checks();
    let links = find(&mut checks, "lacnic", "rdap.link.self-type", 0);
    links.outcome = Outcome::Fail;
    "self link without `type`, and at 6 more places".clone_into(&mut links.message);
    links.findings = 7;
    links.locations = (0..7)
        .map(|n| Location {
            document: "https://rdap.lacnic.test/rdap/ip/192.0.2.0/24".to_owned(),
            pointer: format!("/entities/{n}/links/0"),
            message: "self link without `type`".to_owned(),
        })
        .collect();
    links.asked =
        vec!["GET https://rdap.lacnic.test/rdap/ip/192.0.2.0/24 200 over IPv6".to_owned()];
    let fast = find(&mut checks, "apnic", "fast-enough", 1);
    fast.outcome = Outcome::Fail;
    fast.volatile = true;
    fast.flaky = true;
    "`ip.timing.total`: expected at most 10s, seen 12s 40ms".clone_into(&mut fast.message);
    "at most 10s".clone_into(&mut fast.expected);
    "12s 40ms".clone_into(&mut fast.seen);
    for nth in 0..2 {
        let handle = find(&mut checks, "arin", "rdap.ip.handle", nth);
        handle.outcome = Outcome::Fail;
        "`handle` is absent".clone_into(&mut handle.message);
        handle.same_cause = Some("no-handle".to_owned());
        handle.findings = 1;
        handle.locations = vec![Location {
            document: "https://rdap.arin.test/registry/ip/192.0.2.0".to_owned(),
            pointer: String::new(),
            message: "`handle` is absent".to_owned(),
        }];
    }
    for name in ["help.profile/answers", "one-asn-model", "rdap.notice.terms"] {
        let lost = find(&mut checks, "afrinic", name, 0);
        lost.outcome = Outcome::Inconclusive;
        lost.cause = Some(Cause::Timeout);
        "probe `help` failed: timeout: nothing within 20s".clone_into(&mut lost.message);
    }
    let error = find(&mut checks, "ripe-ncc", "covers-the-query", 0);
    error.outcome = Outcome::Error;
    "no observation of probe `ip` was recorded".clone_into(&mut error.message);
    let skipped = find(&mut checks, "ripe-ncc", "covers-the-query", 0);
    skipped.outcome = Outcome::Skipped;
    "requires `rdap.ip.lookup/answers`, which is fail".clone_into(&mut skipped.message);
    let mut nir = check(
        "apnic",
        "rdap.ip.lookup",
        "rdap.link.self-type",
        Level::Should,
        Outcome::Fail,
    );
    nir.operator = Operator::Nir;
    "self link without `type`".clone_into(&mut nir.message);
    checks.push(nir);
    let swept = find(&mut checks, "lacnic", "rdap.resp.conformance", 1);
    swept.outcome = Outcome::Fail;
    "fail in 12 of 5,000, first: no `rdap_level_0`".clone_into(&mut swept.message);
    swept.sampled = Some(Sampled {
        counts: BTreeMap::from([(Outcome::Pass, 4988), (Outcome::Fail, 12)]),
        shown: vec![SampledInstance {
            parameters: BTreeMap::from([("prefix".to_owned(), "192.0.2.0/24".to_owned())]),
            outcome: Outcome::Fail,
            message: "no `rdap_level_0`".to_owned(),
            evidence: Vec::new(),
        }],
    });
    checks
}

fn comparison(name: &str, rule: &str, level: Level, agreement: Agreement) -> ComparisonResult {
    ComparisonResult {
        id: format!("rdap.help.profile/{name}"),
        scenario: "rdap.help.profile".to_owned(),
        title: "The five services announce the same extensions, ASN model aside".to_owned(),
        rule: rule.to_owned(),
        parameters: BTreeMap::new(),
        agreement,
        level,
        operator: Operator::RirService,
        disposition: Disposition::Expected,
        waiver: None,
        since: None,
        grace_seconds: None,
        refs: vec!["nro-rdap-profile-0#4.1".to_owned()],
        message: String::new(),
        groups: Vec::new(),
        unit: None,
        declared: BTreeMap::new(),
        absent: BTreeMap::new(),
        volatile: false,
        roles: REGISTRIES
            .iter()
            .map(|(id, _)| ((*id).to_owned(), Role::Agrees))
            .collect(),
        attributed: false,
        participants: Participants { need: 3, have: 5 },
        spread_seconds: Some(4),
        source: place("scenarios/rdap/help.yaml", 40),
        observations: Vec::new(),
    }
}

fn group(value: &str, members: &[&str]) -> Group {
    Group {
        value: value.to_owned(),
        measure: None,
        members: members.iter().map(|m| (*m).to_owned()).collect(),
    }
}

fn measure(unit: Unit, number: i64) -> Measure {
    Measure {
        unit,
        amount: Amount::Number(number.into()),
    }
}

/// Returns the measure of samples whose 5th and 95th percentile are the smallest and the largest.
fn samples(count: u64, [min, median, max]: [i64; 3]) -> Measure {
    Measure {
        unit: Unit::Seconds,
        amount: Amount::Samples(Samples {
            count,
            min,
            p5: min,
            median,
            p95: max,
            max,
        }),
    }
}

/// Returns a parameter of the first registries; the others have no value.
fn parameter(name: &str, title: &str, line: u32, values: &[Measure]) -> ComparisonResult {
    let mut parameter = comparison(name, "report", Level::Observe, Agreement::Consistent);
    parameter.id = format!("rpki.tree/{name}");
    "rpki.tree".clone_into(&mut parameter.scenario);
    title.clone_into(&mut parameter.title);
    parameter.source = place("scenarios/rpki/tree.yaml", line);
    parameter.unit = values.first().map(|measure| measure.unit);
    for ((registry, _), measure) in REGISTRIES.iter().zip(values) {
        let mut group = group("in words", &[registry]);
        group.measure = Some(measure.clone());
        parameter.groups.push(group);
    }
    for (registry, _) in REGISTRIES.iter().skip(values.len()) {
        let why = if *registry == "ripe-ncc" {
            "probe `tree` failed: timeout".to_owned()
        } else {
            format!("`tree.ops.{name}` is absent")
        };
        parameter.roles.insert((*registry).to_owned(), Role::Absent);
        parameter.absent.insert((*registry).to_owned(), why);
    }
    parameter
}

fn parameters() -> Vec<ComparisonResult> {
    const HOUR: i64 = 3_600;
    let mut percentiles = samples(900, [20 * HOUR, 24 * HOUR, 30 * HOUR]);
    if let Amount::Samples(samples) = &mut percentiles.amount {
        (samples.p5, samples.p95) = (21 * HOUR, 29 * HOUR);
    }
    vec![
        parameter(
            "crl-size",
            "Size of CRLs of hosted authorities",
            62,
            &[measure(Unit::Bytes, 594), measure(Unit::Bytes, 28_801)],
        ),
        parameter(
            "window",
            "How long manifests of the registry's own authorities hold",
            43,
            &[
                samples(25, [24 * HOUR; 3]),
                percentiles,
                samples(2, [83_880, 83_880, 163_080]),
                samples(3, [7 * 24 * HOUR, 365 * 24 * HOUR, 400 * 24 * HOUR]),
            ],
        ),
        parameter(
            "dark-24h",
            "Share of validated ROA payloads lost 24 h after signing stopped",
            71,
            &[measure(Unit::Ratio, 0), measure(Unit::Ratio, 1)],
        ),
        parameter("vrps", "Validated ROA payloads", 90, &[]),
    ]
    .into_iter()
    .map(|mut one| {
        // The unit is known although nobody has a value.
        one.unit = one.unit.or(Some(Unit::Count));
        if one.id.ends_with("/window") {
            one.declared = ["afrinic", "arin", "ripe-ncc"]
                .map(|registry| (registry.to_owned(), measure(Unit::Seconds, 24 * HOUR)))
                .into();
        }
        one
    })
    .collect()
}

fn comparisons() -> Vec<ComparisonResult> {
    let mut same = comparison(
        "same-extensions",
        "equal",
        Level::Should,
        Agreement::Divergent,
    );
    same.groups = vec![
        group(
            "[`cidr0`, `nro_rdap_profile_0`, `rdap_level_0`]",
            &["apnic", "arin", "ripe-ncc"],
        ),
        group("[`nro_rdap_profile_0`, `rdap_level_0`]", &["lacnic"]),
    ];
    "2 different values; no value from afrinic: probe `help` failed: timeout"
        .clone_into(&mut same.message);
    same.attributed = true;
    same.roles.insert("lacnic".to_owned(), Role::Outlier);
    same.roles.insert("afrinic".to_owned(), Role::Absent);
    let mut latency = comparison("latency", "report", Level::Observe, Agreement::Consistent);
    latency.volatile = true;
    latency.groups = vec![group("120ms", &["apnic"]), group("80ms", &["arin"])];
    let mut few = comparison(
        "same-server",
        "equal",
        Level::Parity,
        Agreement::Insufficient,
    );
    "2 of 3 needed participants have a value".clone_into(&mut few.message);
    vec![
        latency,
        same,
        comparison(
            "same-language",
            "equal",
            Level::Should,
            Agreement::Consistent,
        ),
        few,
    ]
}

/// Returns what expires at two registries, at one of them more than a page shows.
fn expiries() -> Vec<Expiry> {
    let expiry = |registry: &str, at: &str, what: &str, uri: String, tier: &str| Expiry {
        registry: id(registry),
        at: at.parse().unwrap(),
        what: what.to_owned(),
        uri,
        tier: tier.to_owned(),
        observation: format!("rpki.tree/tree@{registry} on staging from ams1"),
    };
    let uri = |file: &str| format!("rsync://rpki.lacnic.test/repository/{file}");
    let mut all = vec![
        expiry(
            "arin",
            "2027-02-20T00:00:00Z",
            "tls-certificate",
            "rdap.arin.test".to_owned(),
            "",
        ),
        expiry(
            "lacnic",
            "2026-11-20T12:00:00Z",
            "crl",
            uri("anchor/1,2;3.crl"),
            "trust-anchor",
        ),
    ];
    all.extend((0..21).map(|n| {
        let file = uri(&format!("{n:02}/{}.mft", "é".repeat(40)));
        expiry(
            "lacnic",
            "2026-11-22T10:02:11Z",
            "manifest",
            file,
            "intermediate",
        )
    }));
    let anchor = uri("anchor.cer");
    all.push(expiry(
        "lacnic",
        "2036-01-01T00:00:00Z",
        "trust-anchor",
        anchor,
        "trust-anchor",
    ));
    all
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

/// Returns an audit of these results, decided as a release gate decides.
pub(crate) fn audit(
    mut checks: Vec<CheckResult>,
    comparisons: Vec<ComparisonResult>,
    partial: bool,
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
        reproduce: "quintet run --target staging".to_owned(),
        flags: Vec::new(),
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
        expiries: expiries(),
        summary: Summary::default(),
    };
    let policy = Policy {
        name: "default".to_owned(),
        gate: Level::Must,
        levels: Vec::new(),
        flaky_fails: false,
        place: Place::default(),
    };
    let registries = registries();
    let waivers = [waiver()];
    let terms = Terms {
        policy: &policy,
        waivers: &waivers,
        mode: Mode::Gate,
        kind: run.kind,
        now: run.started,
        release: "2026.11",
        registries: &registries,
        past: &[],
    };
    decide(&mut results, &terms);
    Audit {
        gate: gate(&results, &terms),
        waivers: waiver_states(&results, &terms),
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
        run,
        results,
    }
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
    let audit = audit(went_wrong(), comparisons(), false);
    for format in FORMATS {
        let text = written(&audit, format.name(), Options::default());
        golden(&format!("report-mixed-{}", format.name()), &text);
    }
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
