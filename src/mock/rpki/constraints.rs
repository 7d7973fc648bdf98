//! The constraints file of a trust anchor: what its registry may certify.

use super::plan::{Authority, Plan};
use super::resources::Resources;
use crate::mock::number::{Block, Space};

/// What no registry may certify, as real files deny it.
const DENIED: [&str; 4] = ["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32", "AS65535"];

/// Writes the file: everything that the highest authorities hold that do not hold everything.
///
/// Faults of objects are not in it: it says what should be certified.
pub(super) fn text(plan: &Plan) -> String {
    let mut lines = vec![
        format!(
            "# What may be certified below the trust anchor of {}.",
            plan.operator
        ),
        String::new(),
    ];
    let mut all = Vec::new();
    collect(&plan.anchor, &mut all);
    let held = Resources::of(all);
    lines.extend(held.blocks().map(|block| format!("allow {}", shown(block))));
    lines.push(String::new());
    let denied = DENIED.iter().filter_map(|text| Block::parse(text).ok());
    lines.extend(denied.map(|block| format!("deny {} # reserved", shown(&block))));
    lines.push(String::new());
    lines.join("\n")
}

/// Adds what an authority holds, or those below it where it holds everything.
fn collect(authority: &Authority, all: &mut Vec<Block>) {
    let whole = Block::parse("0.0.0.0/0").is_ok_and(|block| authority.holds.covers(&block));
    if whole {
        authority.below.iter().for_each(|child| collect(child, all));
    } else {
        all.extend(authority.holds.blocks());
    }
}

/// Writes a block as the file has it: a prefix, a range with spaces, AS numbers without `AS`.
fn shown(block: &Block) -> String {
    if block.space == Space::Asn {
        return if block.first == block.last {
            block.first.to_string()
        } else {
            format!("{} - {}", block.first, block.last)
        };
    }
    let range = || format!("{} - {}", block.first_text(), block.last_text());
    block.as_prefix().unwrap_or_else(range)
}
