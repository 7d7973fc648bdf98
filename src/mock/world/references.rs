//! Whether every handle and id that a world names exists.

use super::model::Parts;
use crate::mock::decode::Decoder;
use crate::yaml::Node;

/// Checks that every handle and id that is named exists.
pub(super) fn check_references(d: &Decoder, tree: &Node, parts: &Parts) {
    let missing = |what: &str, name: &str, place: &str| {
        d.complain(
            tree.span,
            format!("{place} names the {what} `{name}`, which does not exist"),
        );
    };
    for operator in parts.operators.values() {
        let holders = operator.networks.iter().map(|n| (&n.id, &n.holder));
        let holders = holders.chain(operator.autnums.iter().map(|a| (&a.id, &a.holder)));
        for (id, holder) in holders.chain(std::iter::once((&operator.id, &operator.organization))) {
            if !operator.holders.contains_key(holder) {
                missing("holder", holder, &format!("`{id}` of `{}`", operator.id));
            }
        }
        for holder in operator.holders.values() {
            let contacts = [&holder.abuse, &holder.technical, &holder.administrative];
            for contact in contacts.into_iter().flatten() {
                if !operator.contacts.contains_key(contact) {
                    missing("contact", contact, &format!("holder `{}`", holder.handle));
                }
            }
        }
        for network in &operator.networks {
            if let Some(parent) = &network.parent
                && !operator.networks.iter().any(|n| n.id == *parent)
            {
                missing("network", parent, &format!("network `{}`", network.id));
            }
        }
        if let Some(above) = operator
            .below
            .as_ref()
            .filter(|a| !parts.operators.contains_key(*a))
        {
            missing("registry", above, &format!("`{}`", operator.id));
        }
    }
    let within = parts.within.iter().chain(&parts.pending);
    for transfer in parts.transfers.iter().chain(within) {
        for id in [&transfer.from, &transfer.to] {
            if !parts.operators.contains_key(id) {
                missing(
                    "registry",
                    id,
                    &format!("the transfer of `{}`", transfer.block),
                );
            }
        }
    }
}
