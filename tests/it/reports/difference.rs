//! What changed between two audits, in every class and format.

use quintet::audit::difference::Difference;
use quintet::report::difference_format;
use quintet::scenario::Editions;
use quintet::verdict::{Change, Reason};

use super::made::{check, samples};
use super::*;

fn shown(difference: &Difference, format: &str, options: Options) -> String {
    let format = difference_format(format).unwrap();
    let mut octets = Vec::new();
    format.write(difference, &options, &mut octets).unwrap();
    String::from_utf8(octets).unwrap()
}

fn editions() -> Editions {
    let all = |ids: &[&str]| -> BTreeMap<String, String> {
        let ids = ids.iter();
        ids.map(|id| ((*id).to_owned(), format!("{id}-1")))
            .collect()
    };
    Editions {
        scenarios: all(&[
            "rdap.help.profile",
            "rdap.ip.lookup",
            "rdap.ip.sweep",
            "rdap.nameserver",
        ]),
        rules: all(&["rdap.link.self-type", "rdap.ip.handle", "rdap.notice.terms"]),
        registries: all(&["afrinic", "apnic", "arin", "lacnic", "ripe-ncc"]),
        targets: all(&["staging"]),
        renamed: BTreeMap::new(),
    }
}

/// Returns two audits a day apart that say the same.
fn same() -> (Audit, Audit) {
    let mut before = audit(checks(), comparisons(), false);
    before.provenance.editions = editions();
    let mut after = before.clone();
    after.run.started = "2026-11-22T10:02:11Z".parse().unwrap();
    (before, after)
}

fn one<'d>(
    difference: &'d Difference,
    id: &str,
    registry: &str,
) -> &'d quintet::audit::difference::CheckChange {
    let mut all = difference.checks.iter();
    all.find(|c| c.id == id && c.registry.as_str() == registry)
        .unwrap()
}

#[test]
fn two_that_say_the_same_differ_in_nothing() {
    let (before, after) = same();
    let difference = Difference::of(&before, &after);
    assert!(difference.is_unchanged(), "{difference:#?}");
    assert_eq!(difference.caveats, []);
    let text = shown(&difference, "terminal", Options::default());
    assert!(text.contains("Nothing changed"), "{text}");
}

/// Two audits between which something of every class happened.
fn mixed() -> (Audit, Audit) {
    let (mut before, _) = same();
    before.results.checks = {
        let mut all = checks();
        let fixed = find(&mut all, "afrinic", "rdap.link.self-type", 0);
        fixed.outcome = Outcome::Fail;
        "self link without `type`".clone_into(&mut fixed.message);
        let lost = find(&mut all, "apnic", "covers-the-query", 1);
        lost.outcome = Outcome::Inconclusive;
        lost.cause = Some(Cause::Timeout);
        let still = find(&mut all, "arin", "rdap.ip.handle", 0);
        still.outcome = Outcome::Fail;
        "`handle` is absent".clone_into(&mut still.message);
        all.push(check(
            "arin",
            "rdap.help.profile",
            "retired",
            Level::Must,
            Outcome::Pass,
        ));
        all
    };
    let mut now = went_wrong();
    let changed = find(&mut now, "apnic", "rdap.resp.conformance", 0);
    "12 members".clone_into(&mut changed.seen);
    changed.evidence = vec![format!("sha256:{}", "cd".repeat(32))];
    now.push(check(
        "arin",
        "rdap.help.profile",
        "brand-new",
        Level::Must,
        Outcome::Fail,
    ));
    let mut after = audit(
        now,
        parameters().into_iter().chain(comparisons()).collect(),
        false,
    );
    after.provenance.editions = editions();
    after
        .provenance
        .editions
        .scenarios
        .insert("rdap.help.profile".to_owned(), "other".to_owned());
    after.results.suite = format!("sha256:{}", "34".repeat(32));
    after.run.started = "2026-11-22T10:02:11Z".parse().unwrap();
    before.results.comparisons = parameters().into_iter().chain(comparisons()).collect();
    let same = before
        .results
        .comparisons
        .iter_mut()
        .find(|c| c.id.ends_with("same-extensions"))
        .unwrap();
    same.agreement = Agreement::Consistent;
    same.message.clear();
    same.groups.truncate(1);
    (before, after)
}

#[test]
fn every_class_is_told_in_every_format() {
    let (before, after) = mixed();
    let difference = Difference::of(&before, &after);
    for class in [
        "regressed",
        "now-unjudgeable",
        "new",
        "gone",
        "now-judged",
        "still-failing",
        "fixed",
        "changed-value",
    ] {
        let class: Change = class.parse().unwrap();
        let number = difference
            .checks
            .iter()
            .filter(|c| c.class == class)
            .count();
        assert!(number > 0, "nothing is {class}");
    }
    for format in ["terminal", "markdown", "json"] {
        let text = shown(&difference, format, Options::default());
        golden(&format!("difference-mixed-{format}"), &text);
    }
    let all = Options {
        all: true,
        ..Options::default()
    };
    golden("difference-mixed-all", &shown(&difference, "terminal", all));
}

#[test]
fn what_was_written_is_read_again() {
    let (before, after) = mixed();
    let difference = Difference::of(&before, &after);
    let text = shown(&difference, "json", Options::default());
    let read: Difference = serde_json::from_str(&text).unwrap();
    assert_eq!(read, difference);
}

#[test]
fn a_new_name_is_the_same_check() {
    let (mut before, mut after) = same();
    for check in &mut before.results.checks {
        if check.scenario == "rdap.nameserver" {
            "rdap.ns".clone_into(&mut check.scenario);
            check.id = check.id.replace("rdap.nameserver/", "rdap.ns/");
        } else if check.id.ends_with("/one-asn-model") {
            check.id = check.id.replace("one-asn-model", "asn-model");
        }
    }
    let apart = Difference::of(&before, &after);
    assert_eq!(apart.common.only_before, 10);
    let renamed = [
        ("rdap.ns", "rdap.nameserver"),
        (
            "rdap.help.profile/asn-model",
            "rdap.help.profile/one-asn-model",
        ),
    ];
    after.provenance.editions.renamed = renamed
        .map(|(old, new)| (old.to_owned(), new.to_owned()))
        .into();
    let followed = Difference::of(&before, &after);
    assert_eq!(
        (followed.common.only_before, followed.common.only_after),
        (0, 0)
    );
    assert!(followed.is_unchanged(), "{followed:#?}");
    find(&mut after.results.checks, "arin", "one-asn-model", 0).outcome = Outcome::Fail;
    let failing = Difference::of(&before, &after);
    let change = one(&failing, "rdap.help.profile/one-asn-model", "arin");
    assert_eq!(change.was, "rdap.help.profile/asn-model");
}

/// Fails one rule at ARIN after changing something, and returns what is named with it.
#[track_caller]
fn reasons(change: impl FnOnce(&mut Audit), expected: &[Reason]) {
    let (before, mut after) = same();
    let failed = find(&mut after.results.checks, "arin", "rdap.link.self-type", 0);
    failed.outcome = Outcome::Fail;
    failed.evidence.clear();
    change(&mut after);
    let difference = Difference::of(&before, &after);
    let change = one(&difference, "rdap.link.self-type", "arin");
    assert_eq!(change.class, Change::Regressed);
    assert_eq!(change.reasons, expected);
}

#[test]
fn what_changed_with_it_is_named() {
    let set = |all: &mut BTreeMap<String, String>, id: &str| {
        all.insert(id.to_owned(), "other".to_owned());
    };
    reasons(|_| {}, &[Reason::Service]);
    reasons(
        |after| {
            after.run.faults = vec!["arin-x".to_owned()];
            "ripe".clone_into(&mut after.provenance.run);
        },
        &[Reason::Fault],
    );
    let editions = |after: &mut Audit| {
        after.results.suite = "sha256:other".to_owned();
        after.provenance.editions.clone()
    };
    reasons(
        |after| {
            let mut other = editions(after);
            set(&mut other.scenarios, "rdap.ip.lookup");
            set(&mut other.scenarios, "rdap.nameserver");
            after.provenance.editions = other;
        },
        &[Reason::Scenario],
    );
    reasons(
        |after| {
            let mut other = editions(after);
            set(&mut other.rules, "rdap.link.self-type");
            set(&mut other.registries, "arin");
            set(&mut other.registries, "apnic");
            after.provenance.editions = other;
        },
        &[Reason::Rule, Reason::RegistryData],
    );
    reasons(
        |after| {
            let mut other = editions(after);
            set(&mut other.targets, "staging");
            after.provenance.editions = other;
        },
        &[Reason::Target],
    );
    reasons(
        |after| {
            editions(after);
            after.provenance.editions = Editions::default();
        },
        &[Reason::Suite],
    );
    reasons(
        |after| {
            let bodies = vec![format!("sha256:{}", "ab".repeat(32))];
            find(&mut after.results.checks, "arin", "rdap.link.self-type", 0).evidence = bodies;
        },
        &[Reason::Service, Reason::Time],
    );
    reasons(
        |after| {
            after.run.vantage = "ams2".to_owned();
            after
                .results
                .checks
                .iter_mut()
                .for_each(|c| "ams2".clone_into(&mut c.vantage));
        },
        &[Reason::Vantage],
    );
}

#[test]
fn runs_of_different_targets_and_suites_say_what_can_be_compared() {
    let (before, mut after) = same();
    "production".clone_into(&mut after.run.target);
    "production".clone_into(&mut after.results.target);
    after.results.suite = "sha256:other".to_owned();
    after.provenance.editions.targets = [("production".to_owned(), "x".to_owned())].into();
    after
        .results
        .registries
        .retain(|r| r.id.as_str() != "lacnic");
    after
        .results
        .checks
        .retain(|c| c.registry.as_str() != "lacnic");
    after.run.started = "2026-11-20T10:02:11Z".parse().unwrap();
    let difference = Difference::of(&before, &after);
    let words: Vec<&str> = difference
        .caveats
        .iter()
        .map(|c| c.words.as_str())
        .collect();
    assert_eq!(
        words,
        [
            "the runs asked different targets, `staging` and `production`: a difference may be one between the two, and only what both have is compared",
            "different editions of the suite judged: 1 target new and 1 target gone",
            "LACNIC was asked in the first run only",
            "the second run began before the first: what is called new here is what is gone by now",
        ]
    );
    let gone = difference
        .checks
        .iter()
        .find(|c| c.class == Change::Gone)
        .unwrap();
    assert_eq!(gone.reasons, [Reason::Target, Reason::Selection]);
    assert!(!difference.has_nothing_in_common());
    after.results.checks.clear();
    after.results.comparisons.clear();
    assert!(Difference::of(&before, &after).has_nothing_in_common());
}

#[test]
fn what_a_partial_run_left_out_is_no_change_of_the_service() {
    let (before, mut after) = same();
    after.results.partial = true;
    let skipped = find(&mut after.results.checks, "arin", "rdap.link.self-type", 0);
    skipped.outcome = Outcome::Skipped;
    skipped.evidence.clear();
    let difference = Difference::of(&before, &after);
    let change = one(&difference, "rdap.link.self-type", "arin");
    assert_eq!(
        (change.class, &*change.reasons),
        (Change::NowUnjudgeable, &[Reason::Partial][..])
    );
    let text = shown(&difference, "terminal", Options::default());
    assert!(
        text.contains("PARTIAL") && text.contains("the second run is partial"),
        "{text}"
    );
}

#[test]
fn what_is_older_by_a_day_is_the_same_and_a_renewed_one_is_not() {
    const DAY: i64 = 86_400;
    let window = |min: i64| {
        let mut one = parameters().remove(1);
        one.groups.truncate(1);
        one.groups[0].measure = Some(samples(9, [min, min + 60, min + 90]));
        one.groups[0].value = format!("{min} and more");
        one
    };
    let (mut before, mut after) = same();
    before.results.comparisons = vec![window(3 * DAY)];
    after.results.comparisons = vec![window(2 * DAY)];
    assert!(Difference::of(&before, &after).comparisons.is_empty());
    after.results.comparisons = vec![window(4 * DAY + 900)];
    let difference = Difference::of(&before, &after);
    assert_eq!(difference.comparisons[0].class, Change::ChangedValue);
    assert_eq!(difference.comparisons[0].values[0].participant, "afrinic");
}
