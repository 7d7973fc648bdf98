//! Who answers for some numbers, and with which object.

use jiff::Timestamp;

use super::redirects_foreign;
use super::write::Writer;
use crate::mock::world::{Dates, Holder, Operator, Special, World};
use crate::mock::{Block, Space};

/// One registration as RDAP shows it: registered, administrative or reserved.
#[derive(Clone, Debug)]
pub(in crate::mock) struct Registration<'w> {
    /// Its numbers.
    pub(in crate::mock) block: Block,
    /// Its name.
    pub(in crate::mock) name: &'w str,
    /// What it is, in the registry's words.
    pub(in crate::mock) kind: &'w str,
    /// Who holds it.
    pub(in crate::mock) holder: Option<&'w Holder>,
    /// Its country.
    pub(in crate::mock) country: &'w str,
    /// `active`, `administrative` or `reserved`.
    pub(in crate::mock) status: &'static str,
    /// Numbers of the parent that is claimed instead of the true one.
    pub(in crate::mock) claimed_parent: Option<Block>,
    /// URL of its geofeed.
    pub(in crate::mock) geofeed: Option<&'w str>,
    /// AS numbers it is originated from.
    pub(in crate::mock) origins: &'w [u32],
    /// When it came from another registry, where that is said.
    pub(in crate::mock) transferred: Option<Timestamp>,
    /// Dates.
    pub(in crate::mock) dates: Dates,
}

/// Where an answer is to be found.
#[derive(Debug)]
pub(in crate::mock) enum Found<'w> {
    /// Here.
    Here(Registration<'w>),
    /// At the service with this base URL.
    Elsewhere(String),
    /// At the national registry with this base URL; here is what contains it.
    National(String, Registration<'w>),
    /// With nobody that is known.
    Nowhere,
}

/// Returns all registrations of an operator that are networks, parents before children of the same size.
pub(in crate::mock) fn networks<'w>(
    world: &'w World,
    operator: &'w Operator,
) -> Vec<Registration<'w>> {
    let named = operator.networks.iter().map(|network| Registration {
        block: network.block,
        name: &network.name,
        kind: &network.kind,
        holder: operator.holders.get(&network.holder),
        country: &network.country,
        status: "active",
        claimed_parent: network.parent.as_ref().and_then(|id| {
            operator
                .networks
                .iter()
                .find(|n| n.id == *id)
                .map(|n| n.block)
        }),
        geofeed: network.geofeed.as_deref(),
        origins: &network.origins,
        transferred: network.transferred,
        dates: network.dates,
    });
    let delegated = delegations(operator).filter(|r| r.block.space != Space::Asn);
    let special: &[_] = match operator.dialect.special {
        Special::Reserved => world.special(),
        Special::NotFound => &[],
    };
    let special = special.iter().map(|special| Registration {
        block: special.block,
        name: &special.name,
        kind: "RESERVED",
        holder: operator.holders.get(&operator.organization),
        country: "ZZ",
        status: "reserved",
        claimed_parent: None,
        geofeed: None,
        origins: &[],
        transferred: None,
        dates: special.dates,
    });
    named.chain(delegated).chain(special).collect()
}

/// Returns all registrations of an operator that are AS numbers; with the delegated blocks
/// where the model is hierarchical.
pub(in crate::mock) fn autnums<'w>(
    operator: &'w Operator,
    hierarchical: bool,
) -> Vec<Registration<'w>> {
    let named = operator.autnums.iter().map(|autnum| Registration {
        block: autnum.block,
        name: &autnum.name,
        kind: &autnum.kind,
        holder: operator.holders.get(&autnum.holder),
        country: &autnum.country,
        status: "active",
        claimed_parent: None,
        geofeed: None,
        origins: &[],
        transferred: None,
        dates: autnum.dates,
    });
    let delegated = delegations(operator).filter(|r| hierarchical && r.block.space == Space::Asn);
    named.chain(delegated).collect()
}

/// Returns what was delegated to an operator as administrative registrations.
fn delegations(operator: &Operator) -> impl Iterator<Item = Registration<'_>> {
    let holder = operator.holders.get(&operator.organization);
    operator
        .delegated
        .iter()
        .map(move |delegation| Registration {
            block: delegation.block,
            name: &operator.tag,
            kind: "ADMINISTRATIVE",
            holder,
            country: holder.map_or("ZZ", |h| h.country.as_str()),
            status: "administrative",
            claimed_parent: None,
            geofeed: None,
            origins: &[],
            transferred: None,
            dates: delegation.dates,
        })
}

/// Returns the smallest registration that covers a block.
pub(in crate::mock) fn smallest<'w>(
    all: Vec<Registration<'w>>,
    block: &Block,
) -> Option<Registration<'w>> {
    all.into_iter()
        .filter(|r| r.block.covers(block))
        .min_by_key(|r| r.block.span())
}

/// Returns the registration right above a network; `None` at the top.
pub(in crate::mock) fn parent<'w>(
    all: &[Registration<'w>],
    child: &Registration<'w>,
) -> Option<Registration<'w>> {
    if child.status == "reserved" {
        return None;
    }
    if let Some(claimed) = child.claimed_parent {
        return all.iter().find(|r| r.block == claimed).cloned();
    }
    let above = |r: &&Registration<'w>| {
        r.block.covers(&child.block) && r.block != child.block && r.status != "reserved"
    };
    all.iter()
        .filter(above)
        .min_by_key(|r| r.block.span())
        .cloned()
}

/// Finds the network for a block of addresses.
pub(super) fn network<'w>(writer: &Writer<'w>, block: &Block) -> Found<'w> {
    let (world, operator) = (writer.world, writer.operator);
    if world.special().iter().any(|s| s.block.covers(block)) {
        return smallest(networks(world, operator), block)
            .filter(|r| r.status == "reserved")
            .map_or(Found::Nowhere, Found::Here);
    }
    if let Some(base) = moved_from(world, operator, block) {
        return Found::Elsewhere(base);
    }
    let here = smallest(networks(world, operator), block);
    if let Some((national, net)) = national(world, operator, block).zip(here.clone()) {
        return Found::National(national.base_url(), net);
    }
    here.map_or_else(|| foreign(world, operator, block), Found::Here)
}

/// Finds the registration of an AS number.
pub(super) fn autnum<'w>(writer: &Writer<'w>, block: &Block, hierarchical: bool) -> Found<'w> {
    let (world, operator) = (writer.world, writer.operator);
    if let Some(base) = moved_from(world, operator, block) {
        return Found::Elsewhere(base);
    }
    if let Some(found) = smallest(autnums(operator, hierarchical), block) {
        return Found::Here(found);
    }
    if operator.delegated.iter().any(|d| d.block.covers(block)) {
        return Found::Nowhere;
    }
    foreign(world, operator, block)
}

/// Returns the base URL of who holds a block now that this operator once had.
pub(in crate::mock) fn moved_from(
    world: &World,
    operator: &Operator,
    block: &Block,
) -> Option<String> {
    let left = |t: &&_| is_from(t, operator) && is_of(t, block);
    world.transfers().iter().find(left)?;
    let owner = owner(world, block)?;
    (owner.id != operator.id).then(|| owner.base_url())
}

fn is_from(transfer: &crate::mock::world::Transfer, operator: &Operator) -> bool {
    transfer.from == operator.id && !transfer.withheld
}

fn is_of(transfer: &crate::mock::world::Transfer, block: &Block) -> bool {
    transfer.block.covers(block)
}

/// Returns the national registry below an operator that answers for a part of its block.
pub(in crate::mock) fn national<'w>(
    world: &'w World,
    operator: &Operator,
    block: &Block,
) -> Option<&'w Operator> {
    world.operators().find(|o| {
        o.below.as_ref() == Some(&operator.id)
            && o.delegated
                .iter()
                .any(|d| d.block.covers(block) && d.block != *block)
    })
}

/// Returns the registry that is responsible for a block: by the latest transfer, else by delegation.
fn owner<'w>(world: &'w World, block: &Block) -> Option<&'w Operator> {
    let latest = world
        .transfers()
        .iter()
        .filter(|t| is_of(t, block))
        .max_by_key(|t| t.date);
    match latest {
        Some(transfer) => world.operator(&transfer.to),
        None => world
            .registries()
            .find(|o| o.delegated.iter().any(|d| d.block.covers(block))),
    }
}

/// Answers for numbers that are not this operator's.
pub(in crate::mock) fn foreign<'w>(
    world: &'w World,
    operator: &Operator,
    block: &Block,
) -> Found<'w> {
    match owner(world, block) {
        Some(owner) if owner.id != operator.id && redirects_foreign(operator) => {
            Found::Elsewhere(owner.base_url())
        }
        _ => Found::Nowhere,
    }
}
