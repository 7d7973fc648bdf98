//! Reads a world file.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::model::{Ds, Parts};
use super::read_dialect::dialect;
use super::read_transfers::{transfers, transfers_pending, transfers_within};
use super::references::check_references;
use super::rehearsal::Taken;
use super::rpki;
use super::{
    Autnum, Contact, Dates, Delegation, Dns, Holder, HttpService, NameServer, Network, NodeEdit,
    Operator, SpecialBlock, WhoisService, WhoisStyle, World, WorldError, Zone,
};
use crate::mock::decode::Decoder;
use crate::mock::dns::{read_above, read_habits, read_servers};
use crate::mock::fault::{Change, Fault};
use crate::mock::files::{Written, files};
use crate::mock::irr;
use crate::mock::number::{Block, ReverseName, Space};
use crate::yaml::{Node, Source, parse};

/// The shipped world, in which everything passes.
const FIVE: &str = include_str!("../../../scenarios/worlds/five.yaml");

impl World {
    /// Reads a world file.
    ///
    /// # Errors
    ///
    /// [`WorldError::Mistakes`] with every mistake of the file and its place.
    pub fn read(source: &Source) -> Result<Self, WorldError> {
        let tree = parse(source).map_err(|problem| WorldError::Mistakes(vec![problem]))?;
        let parts = read_parts(source, &tree, None)?;
        let plans = rpki::spoiled(&parts, &[]).unwrap_or_default();
        Ok(Self {
            source: source.clone(),
            tree: Arc::new(tree),
            parts: Arc::new(parts),
            faults: Vec::new(),
            ports: None,
            plans: Arc::new(plans),
            cache: Arc::default(),
            merges: Arc::default(),
            rehearsal: None,
        })
    }

    /// Reads the shipped world of five registries.
    ///
    /// # Errors
    ///
    /// [`WorldError::Mistakes`] if the shipped file was broken.
    pub fn five() -> Result<Self, WorldError> {
        Self::read(&Source {
            name: "scenarios/worlds/five.yaml".into(),
            text: FIVE.into(),
        })
    }

    /// Returns the world with one thing wrong at one registry.
    ///
    /// # Errors
    ///
    /// [`WorldError::Fault`] if its edits do not fit the world's tree or make it unreadable,
    /// or if the world does not have its registry.
    pub fn with_fault(&self, fault: &Fault) -> Result<Self, WorldError> {
        let refuse = |reason: String| WorldError::Fault {
            fault: fault.name.clone(),
            reason,
        };
        if self.operator(&fault.registry).is_none() {
            return Err(refuse(format!("it has no registry `{}`", fault.registry)));
        }
        let unreadable = |error| match error {
            WorldError::Mistakes(problems) => {
                let messages: Vec<String> = problems.into_iter().map(|p| p.message).collect();
                refuse(messages.join("; "))
            }
            other @ WorldError::Fault { .. } => other,
        };
        let mut world = self.clone();
        for change in &fault.changes {
            let Change::World(edits) = change else {
                continue;
            };
            let mut tree = Node::clone(&world.tree);
            for edit in edits {
                edit.apply(&mut tree).map_err(refuse)?;
            }
            // What happens later is read by the rehearsal.
            if !is_later(change) {
                let kept = (!edits.iter().any(rpki::touches)).then_some(&*world.parts);
                let parts = read_parts(&world.source, &tree, kept).map_err(unreadable)?;
                world.parts = Arc::new(parts);
            }
            world.tree = Arc::new(tree);
        }
        world.faults.push(Arc::new(fault.clone()));
        world.plans = Arc::new(rpki::spoiled(&world.parts, &world.faults).map_err(refuse)?);
        let edits = |change: &Change| matches!(change, Change::World(_));
        let Some(rehearsal) = &self.rehearsal else {
            return Ok(world);
        };
        let certifies = |change: &Change| matches!(change, Change::World(edits) if edits.iter().any(rpki::touches));
        let rehearsal = if fault.changes.iter().any(edits) {
            let taken = match () {
                () if self.faults.is_empty() && fault.changes.iter().all(is_later) => {
                    Taken::Until(rehearsal)
                }
                () if fault.changes.iter().any(certifies) => Taken::Nothing,
                () => Taken::Certified(rehearsal),
            };
            let made = world.rehearse(rehearsal.began(), taken);
            made.map_err(unreadable)?
        } else {
            rehearsal.with_fault(&world.faults).map_err(refuse)?
        };
        Ok(world.with_rehearsal(rehearsal))
    }
}

/// Says whether a change is one of what happens in a rehearsal, and of nothing before.
fn is_later(change: &Change) -> bool {
    let later = |edit: &NodeEdit| edit.path().starts_with("/rehearsal");
    matches!(change, Change::World(edits) if edits.iter().all(later))
}

/// Reads everything; the RPKI only where an earlier reading of it is not kept.
pub(super) fn read_parts(
    source: &Source,
    tree: &Node,
    kept: Option<&Parts>,
) -> Result<Parts, WorldError> {
    let decoder = Decoder::new(source);
    let mut parts = parts(&decoder, tree);
    if let Some(parts) = &mut parts {
        match kept {
            Some(earlier) => rpki::keep(earlier, parts),
            None => rpki::read(&decoder, tree, parts),
        }
        check_references(&decoder, tree, parts);
    }
    decoder.finish(parts).map_err(WorldError::Mistakes)
}

fn parts(d: &Decoder, tree: &Node) -> Option<Parts> {
    d.known(
        tree,
        &[
            "world",
            "bootstrap",
            "iana",
            "dns",
            "registries",
            "national",
            "transfers",
            "transfers_within",
            "transfers_pending",
            "special",
            "consensus",
            "rehearsal",
        ],
    );
    let mut operators = BTreeMap::new();
    for key in ["registries", "national"] {
        for entry in tree.get(key).map_or(&[][..], |node| d.entries(node)) {
            if let Some(operator) = operator(d, &entry.key, &entry.value, key == "national") {
                operators.insert(entry.key.clone(), operator);
            }
        }
    }
    let bootstrap = d.known(d.member(tree, "bootstrap")?, &["host", "published"]);
    let dns = d.known(
        d.member(tree, "dns")?,
        &["ttl", "authenticated", "above", "servers"],
    );
    Some(Parts {
        name: d.text(tree, "world")?,
        operators,
        transfers: transfers(d, tree),
        within: transfers_within(d, tree),
        pending: transfers_pending(d, tree),
        special: d
            .items(tree, "special")
            .iter()
            .filter_map(|n| special(d, n))
            .collect(),
        bootstrap_host: d.text(bootstrap, "host")?,
        bootstrap_published: time(d, bootstrap, "published")?,
        iana_host: tree
            .get("iana")
            .and_then(|iana| d.text(d.known(iana, &["host"]), "host")),
        dns: Dns {
            ttl: d.optional(dns, "ttl", "a number of seconds").unwrap_or(300),
            authenticated: d.flag(dns, "authenticated"),
            above: read_above(d, dns),
            servers: read_servers(d, dns),
        },
        rpki: BTreeMap::new(),
        zones: OnceLock::new(),
        statistics: Written::default(),
    })
}

fn special(d: &Decoder, node: &Node) -> Option<SpecialBlock> {
    d.known(node, &["block", "name", "since"]);
    let since = time(d, node, "since")?;
    Some(SpecialBlock {
        block: block(d, node, "block")?,
        name: d.text(node, "name")?,
        dates: Dates {
            registered: since,
            changed: since,
        },
    })
}

fn operator(d: &Decoder, id: &str, node: &Node, national: bool) -> Option<Operator> {
    d.known(
        node,
        &[
            "name",
            "below",
            "rdap",
            "whois",
            "web",
            "documents",
            "rpki",
            "files",
            "irr",
            "tag",
            "organization",
            "limited",
            "delegated",
            "dialect",
            "holders",
            "contacts",
            "networks",
            "autnums",
            "zones",
            "name_servers",
            "dns",
        ],
    );
    let rdap = d.known(d.member(node, "rdap")?, &["host", "base"]);
    let whois = node.get("whois").and_then(|whois| {
        d.known(whois, &["host", "style"]);
        Some(WhoisService {
            host: d.text(whois, "host")?,
            style: d.word_or(whois, "style", WhoisStyle::Rpsl),
        })
    });
    Some(Operator {
        id: id.to_owned(),
        name: d.text(node, "name")?,
        below: if national {
            Some(d.text(node, "below")?)
        } else {
            None
        },
        rdap: HttpService {
            host: d.text(rdap, "host")?,
            base: d.text(rdap, "base")?,
        },
        whois,
        web: d.texts(node, "web"),
        documents: node.get("documents").map_or_else(BTreeMap::new, |all| {
            let each = d.entries(all).iter();
            each.filter_map(|e| Some((e.key.clone(), d.scalar(&e.value)?)))
                .collect()
        }),
        rpki: Vec::new(),
        files: node.get("files").and_then(|n| files(d, n)),
        irr: node.get("irr").and_then(|n| irr::read(d, n)),
        tag: d.text(node, "tag")?,
        organization: d.text(node, "organization")?,
        limited: d.optional_text(node, "limited"),
        delegated: d
            .items(node, "delegated")
            .iter()
            .filter_map(|n| delegation(d, n))
            .collect(),
        dialect: dialect(d, d.member(node, "dialect")?)?,
        holders: named(d, node, "holders", holder),
        contacts: named(d, node, "contacts", contact),
        networks: named(d, node, "networks", network).into_values().collect(),
        autnums: named(d, node, "autnums", autnum).into_values().collect(),
        zones: named(d, node, "zones", zone),
        name_servers: named(d, node, "name_servers", name_server),
        dns: node.get("dns").map(|dns| read_habits(d, dns, &[])),
    })
}

/// Reads a mapping of named things.
fn named<T>(
    d: &Decoder,
    node: &Node,
    key: &str,
    read: impl Fn(&Decoder, &str, &Node) -> Option<T>,
) -> BTreeMap<String, T> {
    let entries = node.get(key).map_or(&[][..], |node| d.entries(node));
    entries
        .iter()
        .filter_map(|e| Some((e.key.clone(), read(d, &e.key, &e.value)?)))
        .collect()
}

fn delegation(d: &Decoder, node: &Node) -> Option<Delegation> {
    d.known(node, &["block", "date"]);
    let date = time(d, node, "date")?;
    Some(Delegation {
        block: block(d, node, "block")?,
        dates: Dates {
            registered: date,
            changed: date,
        },
    })
}

fn holder(d: &Decoder, handle: &str, node: &Node) -> Option<Holder> {
    d.known(
        node,
        &[
            "name",
            "address",
            "country",
            "abuse",
            "technical",
            "administrative",
            "registered",
            "changed",
        ],
    );
    Some(Holder {
        handle: handle.to_owned(),
        name: d.text(node, "name")?,
        address: d.texts(node, "address"),
        country: d.text(node, "country")?,
        abuse: d.optional_text(node, "abuse"),
        technical: d.optional_text(node, "technical"),
        administrative: d.optional_text(node, "administrative"),
        dates: dates(d, node)?,
    })
}

fn contact(d: &Decoder, handle: &str, node: &Node) -> Option<Contact> {
    d.known(
        node,
        &[
            "name",
            "email",
            "phone",
            "address",
            "country",
            "registered",
            "changed",
        ],
    );
    Some(Contact {
        handle: handle.to_owned(),
        name: d.text(node, "name")?,
        email: d.optional_text(node, "email"),
        phone: d.optional_text(node, "phone"),
        address: d.texts(node, "address"),
        country: d.text(node, "country")?,
        dates: dates(d, node)?,
    })
}

fn network(d: &Decoder, id: &str, node: &Node) -> Option<Network> {
    d.known(
        node,
        &[
            "range",
            "name",
            "type",
            "holder",
            "country",
            "parent",
            "geofeed",
            "origins",
            "transferred",
            "registered",
            "changed",
        ],
    );
    let block = block(d, node, "range")?;
    if block.space == Space::Asn {
        d.complain(node.span, format!("`{block}` is not a block of addresses"));
        return None;
    }
    Some(Network {
        id: id.to_owned(),
        block,
        name: d.text(node, "name")?,
        kind: d.text(node, "type")?,
        holder: d.text(node, "holder")?,
        country: d.text(node, "country")?,
        parent: d.optional_text(node, "parent"),
        geofeed: d.optional_text(node, "geofeed"),
        origins: d
            .items(node, "origins")
            .iter()
            .filter_map(|n| d.parse(n, "an AS number"))
            .collect(),
        transferred: match node.get("transferred") {
            Some(_) => Some(time(d, node, "transferred")?),
            None => None,
        },
        dates: dates(d, node)?,
    })
}

fn autnum(d: &Decoder, id: &str, node: &Node) -> Option<Autnum> {
    d.known(
        node,
        &[
            "range",
            "name",
            "type",
            "holder",
            "country",
            "registered",
            "changed",
        ],
    );
    let block = block(d, node, "range")?;
    if block.space != Space::Asn {
        d.complain(node.span, format!("`{block}` is not a block of AS numbers"));
        return None;
    }
    Some(Autnum {
        id: id.to_owned(),
        block,
        name: d.text(node, "name")?,
        kind: d.text(node, "type")?,
        holder: d.text(node, "holder")?,
        country: d.text(node, "country")?,
        dates: dates(d, node)?,
    })
}

fn zone(d: &Decoder, name: &str, node: &Node) -> Option<Zone> {
    d.known(
        node,
        &["name_servers", "ds", "signed", "registered", "changed"],
    );
    let ReverseName::Block(block) = Block::of_reverse_name(name) else {
        d.complain(
            node.span,
            format!("`{name}` is not a name below `in-addr.arpa` or `ip6.arpa`"),
        );
        return None;
    };
    Some(Zone {
        name: name.to_owned(),
        block,
        name_servers: d.texts(node, "name_servers"),
        ds: d
            .items(node, "ds")
            .iter()
            .filter_map(|n| ds(d, n))
            .collect(),
        signed: d.optional(node, "signed", "an algorithm number"),
        dates: dates(d, node)?,
    })
}

fn ds(d: &Decoder, node: &Node) -> Option<Ds> {
    d.known(node, &["key_tag", "algorithm", "digest_type", "digest"]);
    Some(Ds {
        key_tag: d.parse(d.member(node, "key_tag")?, "a key tag")?,
        algorithm: d.parse(d.member(node, "algorithm")?, "an algorithm number")?,
        digest_type: d.parse(d.member(node, "digest_type")?, "a digest type number")?,
        digest: d.text(node, "digest")?,
    })
}

fn name_server(d: &Decoder, name: &str, node: &Node) -> Option<NameServer> {
    d.known(node, &["handle", "v4", "v6", "registered", "changed"]);
    Some(NameServer {
        name: name.to_owned(),
        handle: d.text(node, "handle")?,
        v4: d.texts(node, "v4"),
        v6: d.texts(node, "v6"),
        dates: dates(d, node)?,
    })
}

fn dates(d: &Decoder, node: &Node) -> Option<Dates> {
    let registered = time(d, node, "registered")?;
    let changed = if node.get("changed").is_some() {
        time(d, node, "changed")?
    } else {
        registered
    };
    Some(Dates {
        registered,
        changed,
    })
}

pub(super) fn time(d: &Decoder, node: &Node, key: &str) -> Option<Timestamp> {
    d.parse(
        d.member(node, key)?,
        "a time such as `2026-11-21T10:00:00Z`",
    )
}

pub(super) fn block(d: &Decoder, node: &Node, key: &str) -> Option<Block> {
    let node = d.member(node, key)?;
    let text = d.scalar(node)?;
    let block = Block::parse(&text).ok();
    if block.is_none() {
        d.complain(
            node.span,
            format!("`{text}` is not a prefix, a range or AS numbers"),
        );
    }
    block
}
