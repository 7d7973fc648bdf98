//! Shards that are merged: whether all are there, each once, and of one number.

use std::collections::BTreeMap;

use super::merge::CannotMerge;
use super::read::Bundle;
use super::record::RunRecord;
use crate::plan::Shard;
use crate::registry::RegistryId;

/// A bundle with the part of the plan that it asked.
type Sharded<'a> = (Shard, &'a Bundle);

/// Holds that the parts of a plan are all there.
///
/// Shards of one selection of registries may have been asked from any place as long as nobody asked
/// the same shard twice; where somebody did, each place must have all of its own. `is_empty` says
/// whether nothing of the plan falls to a shard: there is no bundle of such a one.
///
/// # Errors
///
/// [`CannotMerge::ShardCounts`], [`CannotMerge::SameShard`] and [`CannotMerge::MissingShards`].
pub(super) fn all_there(
    parts: &[Bundle],
    is_empty: &dyn Fn(&RunRecord, Shard) -> bool,
) -> Result<(), CannotMerge> {
    let mut by_registries: BTreeMap<&[RegistryId], Vec<Sharded<'_>>> = BTreeMap::new();
    for part in parts {
        let filters = &part.run().filters;
        if let Some(shard) = filters.shard {
            let same = by_registries.entry(&filters.registries).or_default();
            same.push((shard, part));
        }
    }
    for parts in by_registries.values() {
        if is_dealt_once(parts) {
            complete(parts, is_empty)?;
            continue;
        }
        let mut by_place: BTreeMap<&str, Vec<Sharded<'_>>> = BTreeMap::new();
        for part in parts {
            by_place
                .entry(&part.1.run().vantage)
                .or_default()
                .push(*part);
        }
        for parts in by_place.values() {
            distinct(parts)?;
            complete(parts, is_empty)?;
        }
    }
    Ok(())
}

/// Says whether parts are of one number, and no two of them are the same.
fn is_dealt_once(parts: &[Sharded<'_>]) -> bool {
    distinct(parts).is_ok()
}

/// Holds that parts are of one number, and no two of them are the same.
fn distinct(parts: &[Sharded<'_>]) -> Result<(), CannotMerge> {
    let mut seen: BTreeMap<u32, &Bundle> = BTreeMap::new();
    let Some((one, first)) = parts.first() else {
        return Ok(());
    };
    for (shard, part) in parts {
        if shard.count() != one.count() {
            return Err(CannotMerge::ShardCounts {
                first: first.folder().to_owned(),
                second: part.folder().to_owned(),
                one: *one,
                other: *shard,
            });
        }
        if let Some(earlier) = seen.insert(shard.index(), part) {
            return Err(CannotMerge::SameShard {
                first: earlier.folder().to_owned(),
                second: part.folder().to_owned(),
                shard: *shard,
            });
        }
    }
    Ok(())
}

/// Holds that parts of one number are all there.
fn complete(
    parts: &[Sharded<'_>],
    is_empty: &dyn Fn(&RunRecord, Shard) -> bool,
) -> Result<(), CannotMerge> {
    let Some((one, first)) = parts.first() else {
        return Ok(());
    };
    let is_there = |shard: &Shard| parts.iter().any(|(own, _)| own == shard);
    let missing: Vec<Shard> = one
        .all()
        .filter(|shard| !is_there(shard) && !is_empty(first.run(), *shard))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(CannotMerge::MissingShards {
        vantage: first.run().vantage.clone(),
        missing,
    })
}
