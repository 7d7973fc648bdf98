//! The `rpki_tree` probe: captures everything below a trust anchor and validates it.

use std::collections::BTreeMap;

use super::capture::Capture;
use super::notes::{Notes, skip};
use super::{Ask, Probe, tree_facts};
use crate::fact::vocabulary::{self, ProbeKind};
use crate::fact::{Inspected, Observation, Skipped};
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
                capture.publish(&tree);
                let strays = tree.strays(capture.published());
                let found = judged_apart(tree::rules::look(&tree, &strays), syntax);
                capture.notes.inspected = Some(found);
            }
            capture.notes.finish(&ask)
        })
    }
}

/// Joins what the rules of trees and of objects found, and puts what others than the registry
/// operate below their names.
fn judged_apart(
    tree: BTreeMap<Operator, tree::rules::Tally>,
    syntax: BTreeMap<Operator, SyntaxTally>,
) -> Inspected {
    let mut all: BTreeMap<Operator, (tree::rules::Tally, SyntaxTally)> = BTreeMap::new();
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
    let mut parts: BTreeMap<Operator, Inspected> = all
        .into_iter()
        .map(|(who, (tree, syntax))| (who, inspected(tree.into_found().chain(syntax.into_found()))))
        .collect();
    let own = parts.remove(&Operator::RirService).unwrap_or_default();
    Inspected {
        others: parts,
        ..own
    }
}
