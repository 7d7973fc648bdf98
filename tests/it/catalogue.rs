//! The catalogue beside what it speaks of: the rules of the inspectors.

use std::collections::BTreeSet;

use quintet::inspect::RuleId as _;
use quintet::inspect::{
    bootstrap, constraints, dns, iana, irr, merge, rdap, rpki, rrdp, series, stats, transfers, tree,
};
use quintet::scenario::suite::{Suite, Tested};
use quintet::verdict::By;

use crate::whole_suite::folder;

/// Returns all rules with the kind of document they read.
fn built() -> Vec<(&'static str, &'static str)> {
    let rdap = rdap::rules().map(|rule| ("rdap", rule.id));
    let bootstrap = bootstrap::RULES.iter().map(|rule| ("bootstrap", rule.id));
    let objects = rpki::rules().map(|rule| ("rpki", rule.id));
    let trees = tree::rules::RULES.iter().map(|rule| ("rpki", rule.id));
    let files = rrdp::Rule::ALL.iter().map(|rule| ("rrdp", rule.id()));
    let limits = constraints::RULES.iter().map(|rule| ("rpki", rule.id));
    let statistics = stats::Rule::ALL.iter().map(|rule| ("stats", rule.id()));
    let series = series::rules().map(|rule| ("rpki-series", rule.id));
    let iana = iana::RULES.iter().map(|rule| ("iana", rule.id));
    let logs = transfers::Rule::ALL.iter();
    let logs = logs.map(|rule| ("transfers", rule.id()));
    let all = rdap.chain(bootstrap).chain(objects).chain(trees);
    let all = all.chain(limits).chain(files).chain(series);
    let mut all: Vec<_> = all.chain(iana).chain(logs).chain(statistics).collect();
    all.extend(merge::RULES.iter().map(|rule| ("nro", rule.id)));
    all.extend(dns::RULES.iter().map(|rule| ("zone", rule.id)));
    all.extend(irr::RULES.iter().map(|rule| ("irr", rule.id)));
    all
}

#[test]
fn the_catalogue_and_the_inspectors_name_the_same_rules() {
    let suite = Suite::read(&folder()).unwrap_or_else(|all| panic!("{all:#?}"));
    let built = built();
    let unique: BTreeSet<_> = built.iter().copied().collect();
    assert_eq!(unique.len(), built.len(), "a rule stands twice");
    let entries = &suite.catalog.entries;
    let rules = entries
        .values()
        .filter(|e| e.tested == Tested::By(By::Rule));
    let unknown: Vec<_> = rules
        .map(|entry| (entry.document.as_str(), entry.id.as_ref()))
        .filter(|rule| !unique.contains(rule))
        .collect();
    assert!(unknown.is_empty(), "no inspector has {unknown:?}");
    // A rule that no scenario uses has a row that says why.
    let lost: Vec<_> = built
        .iter()
        .filter(|(document, id)| match entries.get(*id) {
            Some(entry) => match &entry.tested {
                Tested::By(by) => *by != By::Rule || entry.document != *document,
                Tested::Not(reason) => reason.is_empty(),
            },
            None => true,
        })
        .collect();
    assert!(lost.is_empty(), "the catalogue has no row for {lost:?}");
}

/// Ids of the list of checks that no row speaks of yet, with whose they are; the list may only shrink.
const OWED: &[(&str, &[&str])] = &[];

/// Areas of the list of checks of registry data.
const DATA: [&str; 6] = ["GEOF", "IRR", "RDNS", "STATS", "XFER", "XSTAT"];

/// Returns the ids of a list of checks that are in an area; `None` where the list is not there.
fn listed(file: &str, is_area: impl Fn(&str) -> bool) -> Option<BTreeSet<String>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference/");
    let text = std::fs::read_to_string(format!("{folder}{file}")).ok()?;
    let ids = text.lines().filter_map(|line| {
        let id = line.strip_prefix("| ")?.split_once(" |")?.0;
        let (area, number) = id.rsplit_once('-')?;
        let is_id = number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit());
        (is_id && is_area(area)).then(|| id.to_owned())
    });
    Some(ids.collect())
}

/// Returns the ids of a list that run, and those that only say why they do not.
fn covered(
    suite: &Suite,
    is_listed: impl Fn(&str) -> bool,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut run, mut not) = (BTreeSet::new(), BTreeSet::new());
    for entry in suite.catalog.entries.values() {
        let covers = entry.covers.iter().filter(|id| is_listed(id));
        match &entry.tested {
            Tested::By(_) => run.extend(covers.cloned()),
            Tested::Not(reason) => {
                assert!(!reason.trim().is_empty(), "{} says not why", entry.id);
                not.extend(covers.cloned());
            }
        }
    }
    let not = not.difference(&run).cloned().collect();
    (run, not)
}

/// Fewest ids of registry data that must run.
const DATA_RUN: usize = 87;

#[test]
fn most_ids_of_the_list_of_registry_data_run_and_the_others_say_why_not() {
    let Some(listed) = listed("registry-data.md", |area| DATA.contains(&area)) else {
        eprintln!("skipped: there is no list of checks beside the crate");
        return;
    };
    let suite = Suite::read(&folder()).unwrap_or_else(|all| panic!("{all:#?}"));
    let is_listed = |id: &str| {
        id.split_once('-')
            .is_some_and(|(area, _)| DATA.contains(&area))
    };
    let (run, not) = covered(&suite, is_listed);
    let unknown: Vec<_> = run.union(&not).filter(|id| !listed.contains(*id)).collect();
    assert!(unknown.is_empty(), "the list of checks has no {unknown:?}");
    eprintln!(
        "of {} ids {} run, {} say why not",
        listed.len(),
        run.len(),
        not.len()
    );
    let spoken: BTreeSet<_> = run.union(&not).cloned().collect();
    let lost: Vec<_> = listed.difference(&spoken).collect();
    assert!(lost.is_empty(), "no row speaks of {lost:?}");
    assert!(run.len() >= DATA_RUN, "only {} run", run.len());
}

#[test]
fn every_id_of_the_list_of_rpki_checks_runs_or_says_why_not() {
    let is_area = |area: &str| area.starts_with("RPKI-");
    let Some(listed) = listed("rpki.md", is_area) else {
        eprintln!("skipped: there is no list of checks beside the crate");
        return;
    };
    let suite = Suite::read(&folder()).unwrap_or_else(|all| panic!("{all:#?}"));
    let (run, not) = covered(&suite, |id| id.starts_with("RPKI-"));
    let unknown: Vec<_> = run.union(&not).filter(|id| !listed.contains(*id)).collect();
    assert!(unknown.is_empty(), "the list of checks has no {unknown:?}");
    let owed = OWED
        .iter()
        .flat_map(|(area, numbers)| numbers.iter().map(move |n| format!("{area}-{n}")));
    let owed: BTreeSet<String> = owed.collect();
    eprintln!(
        "of {} ids {} run, {} say why not, {} are owed",
        listed.len(),
        run.len(),
        not.len(),
        owed.len()
    );
    let covered: BTreeSet<_> = run.union(&not).cloned().collect();
    let lost: Vec<_> = listed
        .difference(&covered)
        .filter(|id| !owed.contains(*id))
        .collect();
    assert!(lost.is_empty(), "no row speaks of {lost:?}");
    let paid: Vec<_> = owed.intersection(&covered).collect();
    assert!(
        paid.is_empty(),
        "take {paid:?} from the list of what is owed"
    );
}
