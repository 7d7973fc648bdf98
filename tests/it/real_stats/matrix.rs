//! The five files of 2018-10-13 through the whole of it, from the probe to marks side by side.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use quintet::audit::Auditor;
use quintet::clock::{Clock, FixedClock};
use quintet::decide::Mode;
use quintet::fact::{Digest, Failure, FailureKind, Key};
use quintet::plan::Plan;
use quintet::probe::PROBES;
use quintet::run::{self, Memory, Run};
use quintet::scenario::suite::Suite;
use quintet::transport::{
    Answer, Body, Boxed, Content, Exchange, HttpAnswer, Request, Timing, Transport,
};
use quintet::verdict::results::{ComparisonResult, Results};
use quintet::verdict::{Agreement, Mark, Outcome};
use tokio::sync::watch;

use super::{FIVE, unpacked};
use crate::whole_suite;

/// When the saved files are asked for: the day after.
const ASKED: &str = "2018-10-14T09:00:00Z";

/// The registries in the order of their names, which is that of [`FIVE`].
const IDS: [&str; 5] = ["afrinic", "apnic", "arin", "lacnic", "ripe-ncc"];

/// How registries wrote their statistics on 2018-10-13, and of the digests beside them on 2023-03-23, as it was counted by hand:
/// a comparison, its mark, and a value for each of [`IDS`]; what is empty is not offered.
const MATRIX: &[(&str, Mark, [&str; 5])] = {
    use Mark::{Differs, Same};
    &[
        ("version", Differs, ["2", "2.3", "2.3", "2.3", "2"]),
        (
            "serial",
            Differs,
            ["day", "day", "milliseconds", "day", "seconds"],
        ),
        ("serial-ahead", Differs, ["0", "2", "0", "0", "0"]),
        (
            "start",
            Differs,
            ["00000000", "empty", "19700101", "19870101", "19830705"],
        ),
        ("end-days", Differs, ["1", "2", "1", "2", "1"]),
        (
            "offset",
            Differs,
            ["00000", "+1000", "-0400", "-0300", "+0200"],
        ),
        ("comments", Differs, ["0", "27", "0", "0", "0"]),
        (
            "summary-order",
            Differs,
            [
                "asn, ipv4, ipv6",
                "asn, ipv4, ipv6",
                "asn, ipv4, ipv6",
                "ipv4, ipv6, asn",
                "ipv4, asn, ipv6",
            ],
        ),
        (
            "record-order",
            Differs,
            [
                "asn, ipv4, ipv6",
                "ipv4, ipv6, asn",
                "asn, ipv4, ipv6",
                "ipv4, ipv6, asn",
                "ipv4, asn, ipv6",
            ],
        ),
        (
            "runs",
            Differs,
            [
                "ipv4 in 4 runs",
                "ascending",
                "ascending",
                "ascending",
                "asn in 3 runs, ipv4 in 4 runs, ipv6 in 4 runs",
            ],
        ),
        (
            "available-fields",
            Differs,
            ["8, empty last", "8, empty last", "8, empty last", "7", "7"],
        ),
        (
            "reserved-fields",
            Differs,
            [
                "8, empty last",
                "8, empty last",
                "8, empty last",
                "8, empty last",
                "7",
            ],
        ),
        (
            "pool-country",
            Differs,
            ["ZZ", "empty", "empty", "empty", "empty"],
        ),
        ("pool-date", Same, ["empty"; 5]),
        ("undated", Differs, ["0", "0", "129", "0", "0"]),
        (
            "asn-status",
            Differs,
            [
                "allocated",
                "allocated",
                "assigned",
                "allocated",
                "allocated",
            ],
        ),
        ("asn-blocks", Differs, ["0", "388", "130", "19", "0"]),
        ("not-prefixes", Differs, ["69", "0", "376", "0", "1111"]),
        (
            "id-form",
            Differs,
            [
                "hex upper, 8, F3…",
                "hex upper, 8, A9…",
                "hex lower, 32",
                "decimal, 2 to 6",
                "uuid",
            ],
        ),
        (
            "ids-count",
            Differs,
            ["1995", "17563", "38099", "9489", "39416"],
        ),
        ("countries-beside", Same, ["", "", "", "", "EU 1145"]),
        (
            "records",
            Differs,
            ["9373", "113050", "142799", "57841", "189189"],
        ),
        ("asns", Differs, ["2302", "17044", "31573", "9983", "39448"]),
        (
            "addresses",
            Differs,
            [
                "121249792",
                "888830720",
                "1678062848",
                "190782720",
                "823329024",
            ],
        ),
        (
            "md5-form",
            Differs,
            ["bsd, no line end", "bsd", "gnu", "bsd", "bsd, no line end"],
        ),
        (
            "md5-named",
            Differs,
            ["asked", "asked", "dated", "asked", "asked"],
        ),
        ("signature-armored", Same, [""; 5]),
        ("coding", Same, ["gzip"; 5]),
        ("conditional-etag", Same, ["304"; 5]),
    ]
};

/// Saved files as services serve them, by URL; one may be out of reach.
#[derive(Debug)]
struct Saved {
    files: BTreeMap<String, Bytes>,
    /// A host that refuses every connection.
    down: Option<&'static str>,
}

impl Saved {
    fn new(suite: &Suite, data: &Path) -> Self {
        let plan = plan(suite);
        let mut files = BTreeMap::new();
        for (id, name) in IDS.iter().zip(FIVE) {
            let registry = plan.registries.iter().find(|(own, _)| own.as_str() == *id);
            let url = registry.unwrap().1.data["stats"]["url"].as_str();
            let url = url.unwrap().to_owned();
            let file = format!("delegated-{name}-extended-latest");
            let read = |path: String| Bytes::from(std::fs::read(data.join(path)).unwrap());
            files.insert(format!("{url}.md5"), read(format!("2023-03-23/{file}.md5")));
            files.insert(url, read(format!("2018-10-13/{file}.gz")));
        }
        Self { files, down: None }
    }

    fn answer(&self, request: &Request) -> Result<HttpAnswer, FailureKind> {
        let Request::Http(asked) = request else {
            panic!("{request:?}");
        };
        if self.down.is_some_and(|host| asked.url.contains(host)) {
            return Err(FailureKind::Connect);
        }
        let has = |name: &str| asked.headers.iter().any(|(own, _)| own == name);
        let packed = asked
            .headers
            .iter()
            .any(|(name, value)| name == "accept-encoding" && value == "gzip");
        let mut headers = Vec::new();
        let mut header = |name: &str, value: String| headers.push((name.to_owned(), value));
        let (status, body) = match self.files.get(&asked.url) {
            None => (404, Bytes::new()),
            Some(_) if has("if-none-match") => (304, Bytes::new()),
            Some(file) if asked.method == "HEAD" => {
                let plain = unpacked(file).len();
                header("content-length", plain.to_string());
                (200, Bytes::new())
            }
            Some(file) => {
                header("etag", format!("\"{}\"", file.len()));
                if packed {
                    header("content-encoding", "gzip".to_owned());
                }
                (200, file.clone())
            }
        };
        Ok(HttpAnswer {
            status,
            version: "HTTP/2.0".to_owned(),
            headers,
            body: Body {
                digest: Digest::of(&body),
                bytes: body.len() as u64,
                content: Content::Memory(body),
            },
        })
    }
}

impl Transport for Saved {
    fn exchange<'a>(
        &'a self,
        key: &'a Arc<Key>,
        step: u32,
        request: Request,
    ) -> Boxed<'a, Exchange> {
        let (answer, failure) = match self.answer(&request) {
            Ok(answer) => (Some(Answer::Http(answer)), None),
            Err(kind) => {
                let detail = "as the test has it".to_owned();
                (None, Some(Failure { kind, detail }))
            }
        };
        Box::pin(std::future::ready(Exchange {
            key: Arc::clone(key),
            step,
            at: ASKED.parse().unwrap(),
            request,
            source: None,
            destination: None,
            addresses: Vec::new(),
            timing: Timing::default(),
            answer,
            failure,
            masked: false,
        }))
    }

    fn keep(&self, _: &Digest, _: &Bytes) {}
}

/// Plans the scenario of statistics alone.
fn plan(suite: &Suite) -> Plan {
    let mut plan = whole_suite::plan(suite, None);
    plan.scenarios
        .retain(|planned| &*planned.scenario.id == "stats.file");
    plan
}

/// Runs the scenario of statistics over saved files, and judges it.
fn results(suite: &Suite, saved: Saved) -> Results {
    let asked: Timestamp = ASKED.parse().unwrap();
    let plan = Arc::new(plan(suite));
    let memory = Arc::new(Memory::default());
    let clock: Arc<dyn Clock> = Arc::new(FixedClock(asked));
    let run = Run {
        plan: Arc::clone(&plan),
        probes: PROBES,
        transport: Arc::new(saved),
        clock,
        sink: Arc::clone(&memory) as _,
        options: run::Options::at(asked),
    };
    let (_keep, interrupted) = watch::channel(false);
    let ended = whole_suite::runtime().block_on(run::execute(run, None, interrupted));
    assert!(ended.unwrap().complete);
    let observations = memory.observations();
    let mut auditor = Auditor::new(suite, &plan.registries, whole_suite::the_run());
    for planned in &plan.scenarios {
        auditor.add(planned, observations.iter().map(AsRef::as_ref), &[]);
    }
    auditor
        .finish(&suite.policies["default"], Mode::Gate, &[])
        .results
}

/// Returns what a comparison says of a registry: its value, or nothing.
fn cell<'r>(comparison: &'r ComparisonResult, registry: &str) -> &'r str {
    let mut groups = comparison.groups.iter();
    let own = groups.find(|group| group.members.iter().any(|member| member == registry));
    own.map_or("", |group| group.value.trim_matches('`'))
}

#[test]
fn real_habits_are_marked_side_by_side_cell_by_cell() {
    let Some(data) = super::folder().map(|folder| folder.join("delegated")) else {
        return;
    };
    let suite = Suite::read(&whole_suite::folder()).unwrap();
    let results = results(&suite, Saved::new(&suite, &data));
    let mut wrong = Vec::new();
    for (id, mark, cells) in MATRIX {
        let full = format!("stats.file/{id}");
        let comparison = results.comparisons.iter().find(|c| c.id == full).unwrap();
        assert_eq!(comparison.agreement, Agreement::Consistent, "{id}");
        for (registry, expected) in IDS.iter().zip(cells) {
            let expected_mark = if expected.is_empty() {
                Mark::NotOffered
            } else {
                *mark
            };
            let seen = cell(comparison, registry);
            let seen_mark = comparison.marks.get(*registry).copied();
            if seen != *expected || seen_mark != Some(expected_mark) {
                wrong.push(format!("{id} of {registry}: {seen:?} {seen_mark:?}; expected {expected:?} {expected_mark:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Nothing of it is anybody's failure but the digests, which are of another day, the signatures, which
    // nobody kept, and fields that are left out.
    let failed = results.checks.iter();
    let failed = failed.filter(|check| check.outcome == Outcome::Fail);
    let mut failed: Vec<_> = failed
        .map(|check| (check.registry.as_str(), check.id.as_str()))
        .collect();
    failed.sort_unstable();
    let mut expected: Vec<_> = IDS.map(|id| (id, "stats.file/md5-equal")).into();
    expected.extend(["apnic", "arin", "ripe-ncc"].map(|id| (id, "stats.file/signature-present")));
    expected.extend(["lacnic", "ripe-ncc"].map(|id| (id, "stats.record.fields")));
    expected.sort_unstable();
    assert_eq!(failed, expected);
}

#[test]
fn the_habits_of_a_registry_that_is_out_of_reach_cannot_be_observed() {
    let Some(data) = super::folder().map(|folder| folder.join("delegated")) else {
        return;
    };
    let suite = Suite::read(&whole_suite::folder()).unwrap();
    let mut saved = Saved::new(&suite, &data);
    saved
        .files
        .retain(|url, _| !url.contains("arin") && !url.contains("ripe"));
    saved.down = Some("ftp.arin.test");
    let results = results(&suite, saved);
    let version = results
        .comparisons
        .iter()
        .find(|c| c.id == "stats.file/version");
    let marks: Vec<Mark> = version.unwrap().marks.values().copied().collect();
    let differs = Mark::Differs;
    assert_eq!(
        marks,
        [
            differs,
            differs,
            Mark::Unobservable,
            differs,
            Mark::Unobservable
        ]
    );
}
