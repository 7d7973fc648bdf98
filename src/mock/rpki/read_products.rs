//! Reads what a world file says of the objects that authorities sign.

use super::plan::{Prefix, What};
use crate::mock::decode::Decoder;
use crate::mock::number::{Block, Space};
use crate::yaml::Node;

/// Returns the numbers that an object is about.
pub(super) fn about(what: &What) -> Vec<Block> {
    let single = |asn: u32| Block::single(Space::Asn, asn.into());
    match what {
        What::Roa { prefixes, .. } => prefixes.iter().map(Prefix::block).collect(),
        What::Aspa { customer, .. } => vec![single(*customer)],
        What::Router { asn } | What::Checklist { asn, .. } => vec![single(*asn)],
        What::PrefixList { origin, .. } => vec![single(*origin)],
        What::Tak | What::Consensus | What::Ghostbusters { .. } => Vec::new(),
    }
}

pub(super) fn roa(d: &Decoder, node: &Node) -> Option<What> {
    Some(What::Roa {
        origin: d.parse(d.member(node, "origin")?, "an AS number")?,
        prefixes: prefixes(d, node)?,
    })
}

pub(super) fn prefix_list(d: &Decoder, node: &Node) -> Option<What> {
    Some(What::PrefixList {
        origin: d.parse(d.member(node, "origin")?, "an AS number")?,
        prefixes: prefixes(d, node)?,
    })
}

pub(super) fn checklist(d: &Decoder, node: &Node) -> Option<What> {
    Some(What::Checklist {
        asn: d.parse(d.member(node, "asn")?, "an AS number")?,
        file: d.text(node, "file")?,
    })
}

pub(super) fn ghostbusters(d: &Decoder, node: &Node) -> Option<What> {
    Some(What::Ghostbusters {
        name: d.text(node, "name")?,
        email: d.text(node, "email")?,
    })
}

fn prefixes(d: &Decoder, node: &Node) -> Option<Vec<Prefix>> {
    let mut prefixes = Vec::new();
    for item in d.items(node, "prefixes") {
        let text = d.scalar(item)?;
        match Prefix::parse(&text) {
            Some(prefix) => prefixes.push(prefix),
            None => d.complain(
                item.span,
                format!("`{text}` is not a prefix such as `192.0.2.0/24` or `192.0.2.0/24-28`"),
            ),
        }
    }
    Some(prefixes)
}

pub(super) fn aspa(d: &Decoder, node: &Node) -> Option<What> {
    let mut providers: Vec<u32> = Vec::new();
    for item in d.items(node, "providers") {
        providers.extend(d.parse::<u32>(item, "an AS number"));
    }
    providers.sort_unstable();
    Some(What::Aspa {
        customer: d.parse(d.member(node, "customer")?, "an AS number")?,
        providers,
    })
}

pub(super) fn router(d: &Decoder, node: &Node) -> Option<What> {
    Some(What::Router {
        asn: d.parse(d.member(node, "asn")?, "an AS number")?,
    })
}
