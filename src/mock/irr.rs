//! Route objects of a registry's Internet Routing Registry, as its whois service shows them.

use super::decode::Decoder;
use super::number::{Block, Space};
use super::world::Operator;
use crate::yaml::Node;

/// What a registry's routing registry holds.
#[derive(Clone, Debug)]
pub struct Irr {
    /// The value of `source:` in its objects.
    pub source: String,
    /// Its route objects in the order of the file.
    pub routes: Vec<Route>,
}

/// A `route` or `route6` object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The prefix.
    pub block: Block,
    /// The AS number that originates it.
    pub origin: u32,
}

/// Reads `irr` of an operator.
pub(super) fn read(d: &Decoder, node: &Node) -> Option<Irr> {
    d.known(node, &["source", "routes"]);
    let routes = d.items(node, "routes").iter().filter_map(|node| {
        d.known(node, &["prefix", "origin"]);
        let text = d.text(node, "prefix")?;
        let block = Block::parse(&text).ok().filter(|b| b.space != Space::Asn);
        if block.is_none() {
            d.complain(node.span, format!("`{text}` is not a prefix"));
        }
        Some(Route {
            block: block?,
            origin: d.parse(d.member(node, "origin")?, "an AS number")?,
        })
    });
    Some(Irr {
        source: d.text(node, "source")?,
        routes: routes.collect(),
    })
}

/// Says whether a query line asks for route objects: `-T route` among its flags.
pub(super) fn is_asked(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.any(|word| word == "-T")
        && words.next().is_some_and(|types| {
            let mut types = types.split(',');
            types.any(|kind| matches!(kind, "route" | "route6"))
        })
}

/// Returns the route objects for a block and for what covers it; `None` if there are none.
pub(super) fn routes(operator: &Operator, block: &Block) -> Option<String> {
    let irr = operator.irr.as_ref()?;
    let found = irr.routes.iter().filter(|route| route.block.covers(block));
    let objects: Vec<String> = found.map(|route| object(irr, route)).collect();
    (!objects.is_empty()).then(|| objects.join("\n"))
}

fn object(irr: &Irr, route: &Route) -> String {
    let class = match route.block.space {
        Space::V6 => "route6",
        Space::V4 | Space::Asn => "route",
    };
    let line = |key: &str, value: &str| format!("{:<16}{value}\n", format!("{key}:"));
    [
        line(class, &route.block.to_string()),
        line("origin", &format!("AS{}", route.origin)),
        line("source", &irr.source),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn route_objects_are_asked_for_by_their_class() {
        assert!(is_asked("-r -T route 192.0.2.0/24"));
        assert!(is_asked("-T route,route6 -s RIPE 2001:db8::/32"));
        assert!(!is_asked("-r -T inetnum 192.0.2.0/24"));
        assert!(!is_asked("route"));
    }
}
