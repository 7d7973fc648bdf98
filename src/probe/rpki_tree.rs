//! The `rpki_tree` probe: captures everything below a trust anchor and validates it.

use std::collections::BTreeMap;

use super::capture::Capture;
use super::notes::{Notes, skip};
use super::{Ask, Probe, tree_about, tree_facts};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Inspected, Observation, Skipped};
use crate::inspect::constraints::{self, Beside};
use crate::inspect::inspected;
use crate::inspect::rpki::Tally as SyntaxTally;
use crate::inspect::tree::{self, SyntaxRules};
use crate::transport::Boxed;
use crate::verdict::Operator;

/// Captures and validates the tree of one trust anchor.
#[derive(Debug)]
pub(super) struct RpkiTree;

impl Probe for RpkiTree {
    fn kind(&self) -> &'static ProbeKind {
        &vocabulary::rpki_tree::RPKI_TREE
    }

    fn ask<'a>(&'a self, ask: Ask<'a>) -> Boxed<'a, Observation> {
        Box::pin(async move {
            if ask.subject.trim().is_empty() {
                let reason = "`rpki.tal` is not declared for this registry".to_owned();
                return skip(&ask, Skipped::NotApplicable { reason });
            }
            let mut capture = Capture::new(&ask, Notes::new());
            if let Some(anchor) = capture.anchor().await {
                let (tree, syntax) = capture.rounds(&anchor, SyntaxRules).await;
                tree_facts::publish(&tree, &mut capture.notes.facts);
                if let Some(resources) = ask.texts("about") {
                    tree_about::publish(&tree, &resources, &mut capture.notes.facts);
                }
                capture.publish(&tree);
                capture.consensus(&tree).await;
                let strays = tree.strays(capture.published());
                let file = capture.constraints().await;
                let file = file.as_ref().map(|(url, constraints)| Beside {
                    url,
                    operator: server(url, ask.subject.trim()),
                    constraints,
                });
                let own_declared = !ask.service.rpki.cas.is_empty();
                let held = constraints::look(&tree, file, own_declared);
                let found = judged_apart(tree::rules::look(&tree, &strays), syntax, held);
                capture.follow(&anchor, &tree).await;
                capture.notes.inspected = Some(found);
            }
            capture.notes.finish(&ask)
        })
    }
}

/// Returns who serves a constraints file: the registry, if it is where the locator is.
fn server(url: &str, locator: &str) -> Operator {
    let host = |url: &str| {
        let rest = url.split_once("://").map(|(_, rest)| rest.to_owned())?;
        rest.split('/').next().map(str::to_ascii_lowercase)
    };
    match host(url) == host(locator) {
        true => Operator::RirService,
        false => Operator::ThirdParty,
    }
}

/// Joins what the rules of trees, of objects and of constraints found, and puts what others than the registry
/// operate below their names.
fn judged_apart(
    tree: BTreeMap<Operator, tree::rules::Tally>,
    syntax: BTreeMap<Operator, SyntaxTally>,
    constraints: BTreeMap<Operator, constraints::Tally>,
) -> Inspected {
    type All = (tree::rules::Tally, SyntaxTally, constraints::Tally);
    let mut all: BTreeMap<Operator, All> = BTreeMap::new();
    // What the registry runs for members is its own doing too.
    let whose = |operator: Operator| match operator.is_registry() {
        true => Operator::RirService,
        false => operator,
    };
    for (operator, tally) in tree {
        all.entry(whose(operator)).or_default().0.merge(tally);
    }
    for (operator, tally) in syntax {
        all.entry(whose(operator)).or_default().1.merge(tally);
    }
    for (operator, tally) in constraints {
        all.entry(whose(operator)).or_default().2.merge(tally);
    }
    let mut parts: BTreeMap<Operator, Inspected> = all
        .into_iter()
        .map(|(who, (tree, syntax, constraints))| {
            let found = tree.into_found().chain(syntax.into_found());
            (who, inspected(found.chain(constraints.into_found())))
        })
        .collect();
    let own = parts.remove(&Operator::RirService).unwrap_or_default();
    Inspected {
        others: parts,
        ..own
    }
}
