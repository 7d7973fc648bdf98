//! Results that are made here: checks, comparisons, parameters, expiries.

use super::*;

use quintet::verdict::DriftClass;
use quintet::verdict::baseline::{Drift, Moved};
use serde_json::json;

pub(super) fn check(
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
        gate: Weight::None,
        remarks: Vec::new(),
        erratum: None,
        vantages: [].into(),
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
        series: None,
        flaky: false,
        volatile: false,
    }
}

pub(super) fn checks() -> Vec<CheckResult> {
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

pub(super) fn find<'a>(
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

pub(super) fn went_wrong() -> Vec<CheckResult> {
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

pub(super) fn comparison(
    name: &str,
    rule: &str,
    level: Level,
    agreement: Agreement,
) -> ComparisonResult {
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
        gate: Weight::None,
        remarks: Vec::new(),
        erratum: None,
        vantages: [].into(),
        since: None,
        grace_seconds: None,
        refs: vec!["nro-rdap-profile-0#4.1".to_owned()],
        message: String::new(),
        groups: Vec::new(),
        unit: None,
        series: None,
        declared: BTreeMap::new(),
        absent: BTreeMap::new(),
        marks: BTreeMap::new(),
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
        digest: String::new(),
        members: members.iter().map(|m| (*m).to_owned()).collect(),
    }
}

pub(super) fn measure(unit: Unit, number: i64) -> Measure {
    Measure {
        unit,
        amount: Amount::Number(number.into()),
    }
}

/// Returns the measure of samples whose 5th and 95th percentile are the smallest and the largest.
pub(super) fn samples(count: u64, [min, median, max]: [i64; 3]) -> Measure {
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

pub(super) fn parameters() -> Vec<ComparisonResult> {
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

pub(super) fn comparisons() -> Vec<ComparisonResult> {
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
pub(super) fn expiries() -> Vec<Expiry> {
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

/// A checklist of which something is said, something measured, and something neither.
pub(super) fn checklist() -> ChecklistTable {
    let claim = |state, read: &str, source: &str| Claim {
        state,
        read: read.parse().unwrap(),
        dated: None,
        source: source.to_owned(),
        url: String::new(),
        says: String::new(),
        since: String::new(),
        planned: String::new(),
        note: String::new(),
    };
    let count = |number: i64| Measured {
        value: number.to_string(),
        measure: Some(Measure {
            unit: Unit::Count,
            amount: Amount::Number(number.into()),
        }),
    };
    let row = |id: &str, title: &str, class: &str| ChecklistRow {
        id: id.to_owned(),
        title: title.to_owned(),
        class: class.to_owned(),
        shows: BTreeMap::new(),
        counts: Vec::new(),
        document: String::new(),
        cells: BTreeMap::new(),
    };
    let mut hosted = row("F01", "Hosted | managed RPKI", "core");
    let mut aspa = row("F04", "ASPA by portal", "core");
    let tls = row("F22", "Erik relay", "future");
    let mut rrdp = row("F13", "RRDP (RFC 8182)", "in use");
    let customers = "customers with an ASPA";
    aspa.shows = [(customers.to_owned(), "rpki.tree/aspas".to_owned())].into();
    rrdp.counts = vec!["rpki.rrdp.*".to_owned()];
    for (place, (registry, _)) in REGISTRIES.iter().enumerate() {
        let mut said = claim(ClaimState::Yes, "2026-11-01", "a page of the NRO");
        if place == 3 {
            said = Claim {
                dated: Some("2024-03-04".parse().unwrap()),
                note: "<b>since</b> a workshop".to_owned(),
                ..claim(ClaimState::TestOnly, "2024-12-01", "fort(8)")
            };
        }
        let said = ChecklistCell {
            attested: Some(said),
            ..ChecklistCell::default()
        };
        hosted.cells.insert((*registry).to_owned(), said.clone());
        let number = i64::try_from(place).unwrap() * 1_200;
        let both = ChecklistCell {
            measured: [(customers.to_owned(), count(number))].into(),
            attested: said.attested.filter(|_| place != 1),
            document: (place == 0).then_some(Outcome::Fail),
            judged: None,
        };
        aspa.cells.insert((*registry).to_owned(), both);
        let judged = ChecklistCell {
            judged: Some(Judged {
                pass: 30,
                fail: u64::from(place == 2),
                open: u64::from(place == 4) * 2,
            }),
            ..ChecklistCell::default()
        };
        rrdp.cells.insert((*registry).to_owned(), judged);
    }
    ChecklistTable {
        id: "rpki-features".to_owned(),
        title: "What the RPKI services offer".to_owned(),
        note: "Rows are read from public words.".to_owned(),
        rows: vec![hosted, aspa, rrdp, tls],
    }
}

/// One value of each kind of drift, one of them hostile.
pub(super) fn drifts() -> Vec<Drift> {
    let one = |registry: &str, change: DriftClass| Drift {
        id: "rdap.help.profile/as-accepted".to_owned(),
        scenario: "rdap.help.profile".to_owned(),
        registry: id(registry),
        parameters: BTreeMap::new(),
        vantage: "ams1".to_owned(),
        fact: "help $.notices".to_owned(),
        entry: "as-accepted: help $.notices".to_owned(),
        change,
        before: String::new(),
        after: String::new(),
        places: Vec::new(),
        differences: 0,
        seen: None,
        source: place("scenarios/rdap/help.yaml", 51),
        observations: Vec::new(),
        asked: Vec::new(),
        evidence: Vec::new(),
        volatile: false,
    };
    let mut changed = one("arin", DriftClass::Changed);
    changed.before = "`[{\"title\":\"Terms\"}]`".to_owned();
    changed.after = "`[{\"title\":\"=Terms|of <b>use\"}]`".to_owned();
    changed.differences = 7;
    changed.places = (0..7)
        .map(|n| Moved {
            pointer: format!("/{n}/title"),
            before: "`Terms`".to_owned(),
            after: "`=Terms|of \u{1b}<b>use`".to_owned(),
        })
        .collect();
    changed.seen = Some(json!([{"title": "=Terms|of <b>use"}]));
    let mut gone = one("lacnic", DriftClass::Gone);
    gone.before = "9".to_owned();
    gone.parameters = BTreeMap::from([("family".to_owned(), "ipv6".to_owned())]);
    let mut new = one("ripe-ncc", DriftClass::New);
    new.after = "`[]`".to_owned();
    new.seen = Some(json!([]));
    vec![one("apnic", DriftClass::Unchanged), changed, gone, new]
}

/// Two cases of one pair: one clean, one violated.
pub(super) fn cases() -> Vec<CaseResult> {
    let began: jiff::Timestamp = "2026-11-14T10:02:11Z".parse().unwrap();
    let at = |hours: i64| began + jiff::SignedDuration::from_hours(hours);
    let part = |outcome, least_seconds, punctuality| CasePart {
        id: "transfers.lifecycle/source-redirects".to_owned(),
        registry: Some(id("arin")),
        level: Level::Proposed,
        outcome,
        message: match outcome {
            Outcome::Pass => String::new(),
            _ => "not yet 168h after `cut_over`".to_owned(),
        },
        series: Some(Series {
            punctuality,
            from: at(1),
            window_seconds: Some(86_400),
            window: Some("rdap".to_owned()),
            counts: Counts::Until,
            least_seconds,
            most_seconds: None,
            ticks: 5,
        }),
        observations: Vec::new(),
    };
    let case = |resource: &str, verdict, reason: &str, part| CaseResult {
        scenario: "transfers.lifecycle".to_owned(),
        parameters: BTreeMap::from([("case".to_owned(), resource.to_owned())]),
        source: id("arin"),
        recipient: id("ripe-ncc"),
        verdict,
        reason: reason.to_owned(),
        ticks: [0, 1, 6, 24, 48, 168].map(at).to_vec(),
        stages: BTreeMap::from([("cut_over".to_owned(), at(1))]),
        parts: vec![part],
    };
    vec![
        case(
            "192.0.2.0/24",
            Punctuality::Clean,
            "",
            part(Outcome::Pass, 0, Punctuality::Clean),
        ),
        case(
            "198.51.100.0/24",
            Punctuality::Violated,
            "transfers.lifecycle/source-redirects",
            part(Outcome::Fail, 604_800, Punctuality::Violated),
        ),
    ]
}
