//! Which numbers a registry answers for, and what became of them.

use jiff::Timestamp;

use super::habits::Statistics;
use crate::mock::number::{Block, Space};
use crate::mock::rpki::Resources;
use crate::mock::world::{Operator, World};

/// What became of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::mock) enum Status {
    Allocated,
    Assigned,
    Reserved,
    Available,
}

impl Status {
    /// Returns the word of the format.
    pub(in crate::mock) const fn as_str(self) -> &'static str {
        match self {
            Self::Allocated => "allocated",
            Self::Assigned => "assigned",
            Self::Reserved => "reserved",
            Self::Available => "available",
        }
    }

    /// Says whether somebody holds them.
    pub(in crate::mock) const fn is_held(self) -> bool {
        matches!(self, Self::Allocated | Self::Assigned)
    }
}

/// Some numbers and what became of them.
#[derive(Clone, Debug)]
pub(in crate::mock) struct Row {
    pub(in crate::mock) block: Block,
    pub(in crate::mock) status: Status,
    /// The holder's country; empty where nobody holds them.
    pub(in crate::mock) country: String,
    /// When they were delegated first; `None` where nobody holds them.
    pub(in crate::mock) since: Option<Timestamp>,
    /// The holder's handle; empty where nobody holds them.
    pub(in crate::mock) holder: String,
}

/// Returns the numbers that a registry answers for at a time, each once; what is not held by kind of number and place.
pub(in crate::mock) fn rows(world: &World, operator: &Operator, at: Timestamp) -> Vec<Row> {
    let care = care(world, operator, at);
    let assigned = |operator: &Operator, space: Space, kind: &str| {
        let habits = super::statistics_of(operator);
        match space {
            Space::Asn => habits.is_some_and(|s: &Statistics| s.asns_assigned),
            Space::V4 | Space::V6 => kind.to_ascii_lowercase().contains("assign"),
        }
    };
    let mut rows = Vec::new();
    let mut add = |holder: &str, country: &str, block: Block, kind: &str, since: Timestamp| {
        let status = if assigned(operator, block.space, kind) {
            Status::Assigned
        } else {
            Status::Allocated
        };
        rows.push(Row {
            block,
            status,
            country: country.to_owned(),
            since: Some(since),
            holder: holder.to_owned(),
        });
    };
    // Under a national registry its members hold what it was given.
    let below: Vec<&Operator> = world
        .operators()
        .filter(|o| o.below.as_ref() == Some(&operator.id))
        .collect();
    let given: Vec<Block> = below
        .iter()
        .flat_map(|o| o.delegated.iter().map(|d| d.block))
        .collect();
    let all = || std::iter::once(operator).chain(below.iter().copied());
    let networks: Vec<_> = all().flat_map(|o| &o.networks).collect();
    for network in &networks {
        let block = network.block;
        let inside = networks.iter().any(|other| {
            other.block != block && other.block.covers(&block) && !given.contains(&other.block)
        });
        if !inside && !given.contains(&block) && care.covers(&block) {
            let (kind, since) = (network.kind.as_str(), network.dates.registered);
            add(&network.holder, &network.country, block, kind, since);
        }
    }
    for autnum in all().flat_map(|o| &o.autnums) {
        if care.covers(&autnum.block) {
            let (kind, since) = (autnum.kind.as_str(), autnum.dates.registered);
            add(&autnum.holder, &autnum.country, autnum.block, kind, since);
        }
    }
    let held = Resources::of(rows.iter().map(|row| row.block));
    let free = care.without(&held);
    let habits = super::statistics_of(operator);
    let reserved = habits.map_or(&[][..], |s| s.reserved.as_slice());
    let reserved = Resources::of(reserved.iter().copied());
    for (status, blocks) in [
        (Status::Reserved, free.and(&reserved)),
        (Status::Available, free.without(&reserved)),
    ] {
        rows.extend(blocks.blocks().map(|block| Row {
            block: *block,
            status,
            country: String::new(),
            since: None,
            holder: String::new(),
        }));
    }
    rows
}

/// Returns what is in a registry's care at a time, as its statistics have it.
fn care(world: &World, operator: &Operator, at: Timestamp) -> Resources {
    let special = Resources::of(world.special().iter().map(|s| s.block));
    let care = operator.care(world.transfers(), &special, |date| date <= at);
    let Some(habits) = super::statistics_of(operator) else {
        return care;
    };
    let care = Resources::of(care.blocks().chain(&habits.kept).copied());
    care.without(&Resources::of(habits.left_out.iter().copied()))
}
