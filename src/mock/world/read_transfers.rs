//! Reads the transfers of a world: those that are done, within registries, and under way.

use jiff::Timestamp;

use super::read::{block, time};
use super::{Party, Transfer, TransferKind};
use crate::mock::decode::Decoder;
use crate::yaml::Node;

/// Keys that every transfer has.
const ALWAYS: &[&str] = &[
    "block",
    "type",
    "original",
    "registered",
    "source",
    "recipient",
];

/// Reads `transfers`.
pub(super) fn transfers(d: &Decoder, tree: &Node) -> Vec<Transfer> {
    read(
        d,
        tree,
        "transfers",
        &["from", "to", "date", "dated", "withheld"],
    )
}

/// Reads `transfers_within`, whose source and recipient is `registry`.
pub(super) fn transfers_within(d: &Decoder, tree: &Node) -> Vec<Transfer> {
    read(d, tree, "transfers_within", &["registry", "date"])
}

/// Reads `transfers_pending`, which are never completed.
pub(super) fn transfers_pending(d: &Decoder, tree: &Node) -> Vec<Transfer> {
    read(d, tree, "transfers_pending", &["from", "to", "accepted"])
}

fn read(d: &Decoder, tree: &Node, key: &str, keys: &[&str]) -> Vec<Transfer> {
    let items = d.items(tree, key).iter();
    items.filter_map(|node| transfer(d, node, keys)).collect()
}

fn transfer(d: &Decoder, node: &Node, keys: &[&str]) -> Option<Transfer> {
    d.known(node, &[ALWAYS, keys].concat());
    let is_within = keys.contains(&"registry");
    let end = |key| d.text(node, if is_within { "registry" } else { key });
    Some(Transfer {
        block: block(d, node, "block")?,
        from: end("from")?,
        to: end("to")?,
        date: match keys.contains(&"date") {
            true => time(d, node, "date")?,
            false => Timestamp::MAX,
        },
        accepted: d.flag(node, "accepted"),
        kind: d.word_or(node, "type", TransferKind::Resource),
        original: match node.get("original") {
            Some(_) => Some(block(d, node, "original")?),
            None => None,
        },
        registered: match node.get("registered") {
            Some(_) => Some(time(d, node, "registered")?),
            None => None,
        },
        source: party(d, node, "source"),
        recipient: party(d, node, "recipient"),
        dated: match node.get("dated") {
            Some(_) => Some(time(d, node, "dated")?),
            None => None,
        },
        withheld: d.flag(node, "withheld"),
    })
}

fn party(d: &Decoder, node: &Node, key: &str) -> Option<Party> {
    let node = d.known(node.get(key)?, &["name", "country"]);
    Some(Party {
        name: d.text(node, "name")?,
        country: d.text(node, "country")?,
    })
}
