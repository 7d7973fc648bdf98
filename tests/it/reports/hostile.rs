//! Text of strangers in every field: harmless in every format, each in its own sense.

use quintet::audit::difference::Difference;
use quintet::audit::history::{Line, Stretch, Trend};
use quintet::audit::twin::Twin;
use quintet::compare::Twins;
use quintet::inspect::trace::{Cell, Claim, Disagreement, Plane, Row, Trace};
use quintet::report::{DIFFERENCE_FORMATS, TRACE_FORMATS, TWIN_FORMATS, history};
use quintet::resource::Resources;
use quintet::verdict::twin::{FactChange, PlaceChange, Unanswered};

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::site::data::xml;

/// What has broken reports before.
pub(crate) const NASTY: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'\" onmouseover=\"alert(1)",
    "javascript:alert(1)",
    "</title></style></textarea><svg onload=alert(1)>",
    "<!-- --><![CDATA[ ]]>",
    "&lt;b&gt; &amp; &#60; &",
    "\u{202e}moc.elpmaxe\u{202c} \u{2066}\u{2069}\u{200f}\u{61c}",
    "a\u{0}b\u{7}\u{8}\u{1b}[31m\u{1b}]0;title\u{7}\u{9b}31m\u{7f}\u{85}",
    "`code` ``` `unclosed",
    "../../../etc/passwd",
    "=HYPERLINK(\"http://example.net\")",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "a\\|b",
    "~~~",
    "![x](javascript:alert(1))",
    "%0A::error::x",
    "]]>",
    "\u{feff}\u{2028}\u{2029}\u{e0041}\u{fffe}\u{ffff}",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "\r\n\r\n\tx",
    "",
];

/// Puts a text wherever an audit has text that came from elsewhere.
pub(crate) fn fill(audit: &mut Audit, text: &str) {
    let own = || text.to_owned();
    audit.release = own();
    audit.policy = own();
    audit.run.vantage = own();
    audit.run.reproduce = own();
    audit.run.faults = vec![own()];
    for title in audit.scenarios.values_mut() {
        *title = own();
    }
    for state in &mut audit.remarks {
        let remark = &mut state.remark;
        (remark.id, remark.text, remark.by, remark.url) = (own(), own(), own(), own());
    }
    for waiver in &mut audit.waivers {
        (waiver.id, waiver.reason, waiver.issue, waiver.owner) = (own(), own(), own(), own());
    }
    let results = &mut audit.results;
    results.suite = own();
    for registry in &mut results.registries {
        registry.name = own();
    }
    for check in &mut results.checks {
        check.title = own();
        check.vantage = own();
        check.message = own();
        check.expected = own();
        check.seen = own();
        check.refs = vec![own(), format!("rfc9083#{text}")];
        check.asked = vec![own()];
        check.evidence = vec![own()];
        check.waiver = Some(own());
        check.source.file = own();
        check.parameters = BTreeMap::from([(own(), own())]);
        for shown in check.sampled.iter_mut().flat_map(|s| &mut s.shown) {
            shown.message = own();
            shown.parameters = BTreeMap::from([(own(), own())]);
        }
        for remark in &mut check.remarks {
            (remark.id, remark.text, remark.by, remark.url) = (own(), own(), own(), own());
        }
        if let Some(erratum) = &mut check.erratum {
            (erratum.id, erratum.reason, erratum.url) = (own(), own(), own());
        }
        check.locations = vec![Location {
            document: own(),
            pointer: own(),
            message: own(),
        }];
    }
    for comparison in &mut results.comparisons {
        comparison.title = own();
        comparison.rule = own();
        comparison.message = own();
        comparison.parameters = BTreeMap::from([(own(), own())]);
        for group in &mut comparison.groups {
            group.value = own();
            group.members.push(own());
        }
        comparison.absent = BTreeMap::from([(own(), own())]);
        comparison.source.file = own();
    }
    for drift in &mut results.drifts {
        (drift.fact, drift.entry) = (own(), own());
        (drift.before, drift.after) = (own(), own());
        drift.parameters = BTreeMap::from([(own(), own())]);
        for place in &mut drift.places {
            (place.pointer, place.before, place.after) = (own(), own(), own());
        }
        drift.asked = vec![own()];
        drift.source.file = own();
    }
    for case in &mut results.cases {
        case.reason = own();
        case.parameters = BTreeMap::from([(own(), own())]);
        for part in &mut case.parts {
            part.message = own();
        }
    }
    for expiry in &mut results.expiries {
        expiry.observation = own();
        expiry.what = own();
        expiry.uri = own();
        expiry.tier = own();
    }
    for list in &mut results.checklists {
        list.title = own();
        list.note = own();
        for row in &mut list.rows {
            row.title = own();
            row.class = own();
            for cell in row.cells.values_mut() {
                if let Some(claim) = &mut cell.attested {
                    claim.source = own();
                    claim.url = own();
                    claim.note = own();
                    claim.since = own();
                }
            }
        }
    }
}

/// Puts a text in place of ids too, which results of before were made with.
fn fill_ids(audit: &mut Audit, text: &str) {
    let own = || text.to_owned();
    (audit.run.id, audit.run.target) = (own(), own());
    audit.run.flags = vec![own()];
    audit.run.shard = Some(own());
    audit.run.file = Some(own());
    audit.results.target = own();
    audit.gate.overridden = Some(own());
    for check in audit.results.checks.iter_mut().step_by(2) {
        (check.id, check.scenario) = (own(), own());
    }
    for comparison in audit.results.comparisons.iter_mut().step_by(2) {
        (comparison.id, comparison.scenario) = (own(), own());
    }
}

/// Returns an audit of everything, with a text in every field.
fn filled(text: &str) -> Audit {
    let mut audit = noted();
    audit.results.cases = cases();
    audit.results.drifts = made::drifts();
    fill(&mut audit, text);
    fill_ids(&mut audit, text);
    audit
}

/// Says whether a character moves a cursor, changes the direction of what follows, or cannot be seen.
fn is_trick(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c), 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
            | 0xfeff | 0xfff9..=0xfffb | 0xfffe | 0xffff | 0xe0000..=0xe007f)
}

/// Holds that a text has lines and nothing else that moves a cursor or hides something.
#[track_caller]
fn lines(name: &str, text: &str) {
    if let Some((place, trick)) = text
        .char_indices()
        .find(|(_, c)| *c != '\n' && is_trick(*c))
    {
        let from = text.floor_char_boundary(place.saturating_sub(80));
        panic!("{name}: {trick:?} behind {}", &text[from..place]);
    }
}

/// Reads a table as a spreadsheet does: no field is a formula, and every row has every field.
#[track_caller]
fn spreadsheet(name: &str, text: &str) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    for record in reader.records() {
        for field in &record.unwrap_or_else(|e| panic!("{name}: {e}")) {
            let is_number = field.parse::<f64>().is_ok();
            let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(is_number || !is_formula, "{name}: {field}");
            lines(name, field);
            assert!(!field.contains('\n'), "{name}: {field}");
        }
    }
}

/// Returns a line of Markdown without what it escapes and what is code; panics where code has no end,
/// for then it could begin elsewhere than it seems.
#[track_caller]
fn read_as_text(name: &str, line: &str) -> String {
    let mut left = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == '\\' {
            let escaped = rest.chars().next().filter(char::is_ascii_punctuation);
            rest = &rest[escaped.map_or(0, char::len_utf8)..];
        } else if c == '`' {
            assert!(!rest.starts_with('`'), "{name}: code of nothing in {line}");
            let end = rest
                .find('`')
                .unwrap_or_else(|| panic!("{name}: code without end in {line}"));
            rest = &rest[end + 1..];
        } else {
            left.push(c);
        }
    }
    left
}

/// Counts the cells of a row as GitHub does, which looks for bars before it looks for code.
fn cells(row: &str) -> usize {
    let (mut bars, mut characters) = (0, row.chars());
    while let Some(c) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '|' => bars += 1,
            _ => {}
        }
    }
    bars
}

/// Holds that Markdown has no element, link or image that is not ours, and tables of one width.
#[track_caller]
fn markdown(name: &str, text: &str) {
    lines(name, text);
    let mut width = None;
    for line in text.lines() {
        let own = read_as_text(name, line);
        for (place, _) in own.match_indices('<') {
            let next = own[place + 1..].chars().next();
            let is_element = next.is_some_and(|c| c.is_ascii_alphabetic() || "/!?".contains(c));
            assert!(!is_element, "{name}: {line}");
        }
        for (place, _) in own.match_indices("](") {
            let to = &own[place + 2..];
            assert!(to.starts_with("https://"), "{name}: {line}");
            let end = to.find(')').unwrap_or_else(|| panic!("{name}: {line}"));
            assert!(!to[..end].contains(char::is_whitespace), "{name}: {line}");
        }
        let start = line.trim_start_matches([' ', '-', '>']);
        assert!(
            !start.starts_with("~~~") && !start.starts_with("```"),
            "{name}: {line}"
        );
        if line.starts_with('|') {
            let own = cells(line);
            assert_eq!(*width.get_or_insert(own), own, "{name}: {line}");
        } else {
            width = None;
        }
    }
}

/// Holds that every text in JSON that people are shown is free of tricks.
#[track_caller]
fn texts(name: &str, value: &Value) {
    match value {
        Value::String(text) => lines(name, text),
        Value::Array(items) => items.iter().for_each(|item| texts(name, item)),
        Value::Object(members) => {
            for (member, value) in members {
                lines(name, member);
                texts(name, value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Holds that a calendar has lines of at most 75 octets that are each a property.
#[track_caller]
fn calendar(text: &str) {
    assert!(!text.replace("\r\n", "").contains(is_trick), "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    for line in text
        .replace("\r\n ", "")
        .split("\r\n")
        .filter(|l| !l.is_empty())
    {
        let name = line.split([':', ';']).next().unwrap();
        assert!(
            name.chars().all(|c| c.is_ascii_uppercase() || c == '-'),
            "{line}"
        );
    }
}

/// Reads what a format writes, as strictly as the least careful reader of it needs.
#[track_caller]
fn harmless(name: &str, text: &str) {
    match name {
        "terminal" | "checklists" => lines(name, text),
        "markdown" | "summary" => markdown(name, text),
        "csv" => spreadsheet(name, text),
        "junit" => {
            lines(name, text);
            drop(xml(name, text));
        }
        "sarif" => texts(name, &serde_json::from_str(text).unwrap()),
        "github" => {
            lines(name, text);
            for line in text.lines() {
                let is_ours = ["::error", "::warning", "::notice"];
                assert!(is_ours.iter().any(|o| line.starts_with(o)), "{line}");
            }
        }
        "ics" => calendar(text),
        // Programs read these: what was said is in them, as JSON escapes it.
        "json" | "cases" => drop(serde_json::from_str::<Value>(text).unwrap()),
        other => panic!("nobody says what is harmless in `{other}`"),
    }
}

fn options() -> [Options; 3] {
    [(100, false), (40, true), (200, true)].map(|(width, all)| Options {
        width,
        all,
        ..Options::default()
    })
}

fn reports(text: &str) {
    let audit = filled(text);
    for format in FORMATS {
        for options in options() {
            let plain = written(&audit, format.name(), options);
            harmless(format.name(), &plain);
            let colored = Options {
                color: true,
                ..options
            };
            let with_color = written(&audit, format.name(), colored);
            // Only terminals have color, and it adds nothing but color.
            if format.name() == "terminal" {
                assert_ne!(with_color, plain);
                assert_eq!(anstream::adapter::strip_str(&with_color).to_string(), plain);
            } else {
                assert_eq!(with_color, plain);
            }
        }
    }
}

/// Returns what changed from an audit to one with a text in every field but the ids.
fn changed_to(text: &str) -> Difference {
    let (before, mut after) = (noted(), noted());
    after.run.started = "2026-11-22T10:02:11Z".parse().unwrap();
    fill(&mut after, text);
    for (place, check) in after.results.checks.iter_mut().enumerate() {
        check
            .parameters
            .clone_from(&before.results.checks[place].parameters);
        check
            .vantage
            .clone_from(&before.results.checks[place].vantage);
        if check.outcome == Outcome::Pass {
            check.outcome = Outcome::Fail;
        }
    }
    for (place, comparison) in after.results.comparisons.iter_mut().enumerate() {
        comparison
            .parameters
            .clone_from(&before.results.comparisons[place].parameters);
    }
    let difference = Difference::of(&before, &after);
    assert!(!difference.is_unchanged());
    difference
}

fn differences(text: &str) {
    let difference = changed_to(text);
    for format in DIFFERENCE_FORMATS {
        for options in options() {
            let mut octets = Vec::new();
            format.write(&difference, &options, &mut octets).unwrap();
            harmless(format.name(), &String::from_utf8(octets).unwrap());
        }
    }
}

fn twins(text: &str) {
    let own = || text.to_owned();
    let some = || Some(text.to_owned());
    let mut twin = Twin::of(noted(), filled(text), Twins::default(), &[], None);
    let place = |expected: Option<String>| PlaceChange {
        at: own(),
        first: some(),
        second: some(),
        expected,
    };
    twin.changes = vec![FactChange {
        id: own(),
        scenario: own(),
        probe: own(),
        fact: own(),
        registry: Some(id("arin")),
        parameters: BTreeMap::from([(own(), own())]),
        vantage: own(),
        places: vec![place(None), place(some())],
        number: 2,
        unexpected: 1,
        first_asked: vec![own()],
        second_asked: vec![own()],
    }];
    twin.unanswered = vec![Unanswered {
        scenario: own(),
        probe: own(),
        registry: None,
        parameters: BTreeMap::from([(own(), own())]),
        first: some(),
        second: some(),
    }];
    twin.compared = 3;
    for format in TWIN_FORMATS {
        for options in options() {
            let mut octets = Vec::new();
            format.write(&twin, &options, &mut octets).unwrap();
            harmless(format.name(), &String::from_utf8(octets).unwrap());
        }
    }
}

fn traces(text: &str) {
    let own = || text.to_owned();
    let cell = Cell {
        claim: Claim::Holds,
        forms: vec![own()],
        words: own(),
        of: Resources::default(),
        dated: None,
        asked: Some("2026-11-22T10:02:11Z".parse().unwrap()),
        source: own(),
    };
    let trace = Trace {
        resource: own(),
        kind: "prefix",
        registries: BTreeMap::from([(id("arin"), own()), (id("lacnic"), own())]),
        held: Vec::new(),
        moved: Vec::new(),
        rows: vec![Row {
            plane: Plane::Rdap,
            note: own(),
            disagrees: true,
            registries: BTreeMap::from([(id("arin"), cell.clone()), (id("lacnic"), cell)]),
        }],
        disagreements: vec![Disagreement {
            plane: Plane::Rdap,
            words: own(),
        }],
    };
    for format in TRACE_FORMATS {
        for options in options() {
            let mut octets = Vec::new();
            format.write(&trace, &options, &mut octets).unwrap();
            harmless(format.name(), &String::from_utf8(octets).unwrap());
        }
    }
}

fn trends(text: &str) {
    let own = || text.to_owned();
    let at: jiff::Timestamp = "2026-11-22T10:02:11Z".parse().unwrap();
    let trend = Trend {
        id: own(),
        runs: 1,
        lines: vec![Line {
            target: own(),
            scenario: own(),
            at: own(),
            name: own(),
            parameters: BTreeMap::from([(own(), own())]),
            stretches: vec![Stretch {
                word: own(),
                disposition: own(),
                words: own(),
                from: at,
                to: at,
                runs: 1,
                first: own(),
            }],
            points: Vec::new(),
        }],
    };
    harmless("terminal", &history::text(&trend));
    harmless("csv", &history::csv(&trend));
}

/// Puts a text into everything that is written.
fn everywhere(text: &str) {
    reports(text);
    differences(text);
    twins(text);
    traces(text);
    trends(text);
}

#[test]
fn what_has_broken_reports_before_is_harmless_in_every_format() {
    for text in NASTY {
        everywhere(text);
    }
}

/// Largest report of texts of a megabyte each; ours, what a browser or an editor opens at once.
const LARGEST: usize = 8_000_000;

#[test]
fn a_line_to_type_again_is_one_command_whatever_a_bundle_says() {
    let mut audit = noted();
    audit.run.target = "$(id)".to_owned();
    audit.run.faults = vec!["x; id".to_owned(), "it's".to_owned()];
    let mut check = audit.results.checks[0].clone();
    check.scenario = "a|b".to_owned();
    check.id.clone_from(&check.scenario);
    let registry = &check.registry;
    let rest = r"--target '$(id)' --fault 'x; id' --fault 'it'\''s'";
    assert_eq!(
        audit.run.again(&check),
        format!("quintet run 'a|b' -r {registry} {rest}")
    );
    let mut comparison = audit.results.comparisons[0].clone();
    comparison.id = "`id`".to_owned();
    assert_eq!(
        audit.run.compared_again(&comparison),
        format!("quintet run '`id`' {rest}")
    );
}

#[test]
fn texts_of_a_megabyte_are_cut_in_what_people_read() {
    let long = "=<b>é\u{202e}|`".repeat(100_000);
    let mut audit = noted();
    for check in audit.results.checks.iter_mut().take(2) {
        check.title.clone_from(&long);
        check.message.clone_from(&long);
        check.seen.clone_from(&long);
        check.expected.clone_from(&long);
        check.asked = vec![long.clone()];
    }
    audit.results.comparisons[0].message.clone_from(&long);
    audit.run.faults = vec![long.clone()];
    for format in FORMATS.iter().filter(|f| f.name() != "json") {
        let text = written(&audit, format.name(), Options::default());
        assert!(
            text.len() < LARGEST,
            "{}: {} octets",
            format.name(),
            text.len()
        );
        harmless(format.name(), &text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_harmless_in_every_format(
        start in "[=+@\t\r\n|`~<-]{0,2}",
        text in "(?s)(\\PC|[<>&\"'`=+@|~!#*_()/\\\\{}$%:;,\u{0}-\u{1f}\u{7f}-\u{9f}\u{61c}\u{200b}-\u{202e}\u{2066}-\u{2069}\u{fff9}-\u{ffff}\u{e0041}-]|\\]|\\[|<script>|\\]\\(|\\\\\\||::error){0,40}"
    ) {
        everywhere(&format!("{start}{text}"));
    }
}
