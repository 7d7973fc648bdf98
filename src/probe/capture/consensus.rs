//! The consensus object of a trust anchor (draft-nro-sidrops-ta-constraints).

use std::sync::Arc;

use super::super::answer::apart;
use super::super::consensus;
use super::Capture;
use crate::fact::Value;
use crate::inspect::rpki::Consensus;
use crate::inspect::tree::{Kind, Objects as _, Outcome, Tree};

impl Capture<'_, '_> {
    /// Publishes how many consensus objects a trust anchor lists, and what a single valid one says.
    pub(in crate::probe) async fn consensus(&mut self, tree: &Tree) {
        let Some(root) = tree.cas.first() else { return };
        let all = tree.objects_of(root).iter();
        let all: Vec<_> = all.filter(|object| object.kind == Kind::Rdc).collect();
        let count = Value::count(all.len());
        self.notes.facts.set("consensus.count", count);
        let [one] = all.as_slice() else { return };
        if one.outcome != Outcome::Accepted {
            return;
        }
        let (stores, uri) = (Arc::clone(&self.stores), tree.uri(one));
        let read = apart(move || stores.read(&uri).map(|octets| Consensus::read(&octets))).await;
        if let Some(read) = read {
            consensus::object(&mut self.notes.facts, &read);
        }
    }
}
