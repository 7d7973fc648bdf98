//! The catalogue beside what it speaks of: the rules of the inspectors.

use std::collections::BTreeSet;

use quintet::inspect::{bootstrap, rdap, rpki, rrdp, tree};
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
    let all = rdap.chain(bootstrap).chain(objects).chain(trees);
    all.chain(files).collect()
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
