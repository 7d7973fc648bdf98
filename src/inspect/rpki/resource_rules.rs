//! Rules about the number resources of certificates.
//!
//! Source: RFC 3779, sections 2.2.3 and 3.2.3; RFC 6487, sections 4.8.10 and 4.8.11.

use super::certificate::{Certificate, field_of};
use super::field_rules::report_flaws;
use super::kind::{CERTIFIED, Kind, Kinds};
use super::object::{Area, Object};
use super::resources::{AsRange, Block, Family};
use super::{Context, Rule, Seen, oid, rule};

pub(super) const RULES: &[Rule] = &[
    rule("rpki.cer.resources", CERTIFIED, present),
    rule("rpki.cer.resources-critical", CERTIFIED, critical),
    rule("rpki.cer.resources-form", CERTIFIED, form),
    rule("rpki.cer.resources-empty", CERTIFIED, empty),
    rule("rpki.cer.resources-family", CERTIFIED, family),
    rule("rpki.cer.ip-canonical", CERTIFIED, ip_canonical),
    rule("rpki.cer.ip-range", CERTIFIED, ip_range),
    rule("rpki.cer.as-canonical", CERTIFIED, as_canonical),
    rule("rpki.cer.as-rdi", CERTIFIED, as_rdi),
    rule("rpki.cer.block-count", CERTIFIED, block_count),
    rule("rpki.mft.inherit", Kinds::of(&[Kind::Manifest]), inherit),
    rule("rpki.tak.inherit", Kinds::of(&[Kind::Tak]), inherit),
    rule(
        "rpki.gbr.inherit",
        Kinds::of(&[Kind::Ghostbusters]),
        inherit,
    ),
];

/// Most IP blocks, and most AS blocks, of a certificate that rpki-client reads.
///
/// Source: OpenBSD rpki-client, `MAX_IP_SIZE` and `MAX_AS_SIZE` in extern.h, 2026-07-23.
const MAX_BLOCKS: usize = 200_000;

/// Returns the field of the IP extension.
fn ip_field(cert: &Certificate<'_>) -> &'static str {
    let is_v2 = cert.ip.as_ref().is_some_and(|ip| ip.is_v2);
    field_of(if is_v2 {
        oid::IP_BLOCKS_V2
    } else {
        oid::IP_BLOCKS
    })
}

/// Returns the field of the AS extension.
fn as_field(cert: &Certificate<'_>) -> &'static str {
    let is_v2 = cert.asn.as_ref().is_some_and(|asn| asn.is_v2);
    field_of(if is_v2 { oid::AS_IDS_V2 } else { oid::AS_IDS })
}

const RESOURCES: &[&[u8]] = &[
    oid::IP_BLOCKS,
    oid::AS_IDS,
    oid::IP_BLOCKS_V2,
    oid::AS_IDS_V2,
];

fn present(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    if !cert
        .extensions
        .iter()
        .any(|extension| RESOURCES.contains(&extension.oid))
    {
        let field = format_args!("{}tbsCertificate.extensions", cert.prefix);
        seen.find(cert.at, field, "neither IP nor AS resources");
    }
}

fn critical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    for extension in cert
        .extensions
        .iter()
        .filter(|e| RESOURCES.contains(&e.oid))
    {
        seen.look();
        if !extension.is_critical {
            let field = field_of(extension.oid);
            seen.find(
                extension.at,
                format_args!("{}{field}", cert.prefix),
                "not critical",
            );
        }
    }
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    if cert.ip.is_some() || cert.asn.is_some() {
        seen.look();
    }
    report_flaws(object, Area::Resources, seen);
}

fn empty(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    if let Some(ip) = &cert.ip {
        seen.look();
        let field = format_args!("{}{}", cert.prefix, ip_field(cert));
        if ip.families.is_empty() {
            seen.find(ip.at, field, "no address family");
        }
        for one in &ip.families {
            if one.blocks.as_ref().is_some_and(Vec::is_empty) {
                seen.find(one.at, field, "an address family without addresses");
            }
        }
    }
    if let Some(asn) = &cert.asn {
        seen.look();
        let field = format_args!("{}{}", cert.prefix, as_field(cert));
        match &asn.asnum {
            None => seen.find(asn.at, field, "no AS numbers"),
            Some(asnum) if asnum.ranges.as_ref().is_some_and(Vec::is_empty) => {
                seen.find(asnum.at, field, "an empty list of AS numbers");
            }
            Some(_) => {}
        }
    }
}

fn family(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(ip) = &cert.ip else { return };
    seen.look();
    let field = format_args!("{}{}", cert.prefix, ip_field(cert));
    for one in &ip.families {
        if one.has_safi {
            seen.find(one.at, field, "a subsequent address family identifier");
        }
    }
    for pair in ip.families.windows(2) {
        let [first, second] = pair else { continue };
        if first.family == second.family && first.has_safi == second.has_safi {
            seen.find(second.at, field, "an address family a second time");
        } else if first.family > second.family {
            seen.find(second.at, field, "IPv6 before IPv4");
        }
    }
}

/// Says what is wrong between two neighbors of a sorted list.
fn wrong_order(before: u128, low: u128, high: u128, next: u128) -> Option<&'static str> {
    if next < low.min(before) || next < before {
        Some("not in ascending order")
    } else if next <= high {
        Some("overlaps the one before")
    } else if high.checked_add(1) == Some(next) {
        Some("continues the one before, with which it must be one")
    } else {
        None
    }
}

fn ip_canonical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(ip) = &cert.ip else { return };
    for (number, one) in ip.families.iter().enumerate() {
        let Some(blocks) = &one.blocks else { continue };
        seen.look();
        for (index, pair) in blocks.windows(2).enumerate() {
            let [first, second] = pair else { continue };
            if let Some(what) = wrong_order(first.low, first.low, first.high, second.low) {
                let field = ip_field(cert);
                let place = format_args!("{}{field}[{number}][{}]", cert.prefix, index + 1);
                seen.find(second.at, place, what);
            }
        }
    }
}

/// Says what is wrong with a range of addresses.
const fn wrong_range(block: &Block) -> Option<&'static str> {
    if block.low > block.high {
        Some("a range whose ends are the wrong way round")
    } else if block.is_range && block.is_prefix() {
        Some("a range that must be a prefix")
    } else if !block.is_minimal {
        Some("a range whose ends have more bits than needed")
    } else {
        None
    }
}

fn ip_range(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(ip) = &cert.ip else { return };
    for (number, one) in ip.families.iter().enumerate() {
        for (index, block) in one.blocks.iter().flatten().enumerate() {
            seen.look();
            if let Some(what) = wrong_range(block) {
                let field = ip_field(cert);
                let place = format_args!("{}{field}[{number}][{index}]", cert.prefix);
                seen.find(block.at, place, what);
            }
        }
    }
}

/// Says what is wrong with a range of AS numbers.
const fn wrong_as_range(range: &AsRange) -> Option<&'static str> {
    if range.low > range.high {
        Some("a range whose ends are the wrong way round")
    } else if range.is_range && range.low == range.high {
        Some("a range of one number")
    } else {
        None
    }
}

fn as_canonical(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(asn) = &cert.asn else { return };
    let mut previous: Option<AsRange> = None;
    for (index, range) in asn.ranges().iter().enumerate() {
        seen.look();
        let order = previous.and_then(|before| {
            let low = u128::from(before.low);
            wrong_order(low, low, u128::from(before.high), u128::from(range.low))
        });
        if let Some(what) = wrong_as_range(range).or(order) {
            let field = as_field(cert);
            seen.find(
                range.at,
                format_args!("{}{field}.asnum[{index}]", cert.prefix),
                what,
            );
        }
        previous = Some(*range);
    }
}

fn as_rdi(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    let Some(asn) = &cert.asn else { return };
    seen.look();
    if let Some(at) = asn.rdi {
        let field = format_args!("{}{}.rdi", cert.prefix, as_field(cert));
        seen.find(at, field, "routing domain identifiers");
    }
}

fn block_count(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    if let Some(ip) = &cert.ip {
        seen.look();
        let count = |family| ip.blocks(family).len();
        let count = count(Family::V4) + count(Family::V6);
        if count >= MAX_BLOCKS {
            let field = format_args!("{}{}", cert.prefix, ip_field(cert));
            let what = format_args!("{count} IP blocks; rpki-client reads fewer than {MAX_BLOCKS}");
            seen.find(ip.at, field, what);
        }
    }
    if let Some(asn) = &cert.asn {
        seen.look();
        let count = asn.ranges().len();
        if count >= MAX_BLOCKS {
            let field = format_args!("{}{}", cert.prefix, as_field(cert));
            let what = format_args!("{count} AS blocks; rpki-client reads fewer than {MAX_BLOCKS}");
            seen.find(asn.at, field, what);
        }
    }
}

/// All resources of these objects' certificates are inherited.
fn inherit(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    if let Some(ip) = &cert.ip {
        seen.look();
        for one in ip.families.iter().filter(|one| one.blocks.is_some()) {
            let field = format_args!("{}{}", cert.prefix, ip_field(cert));
            seen.find(one.at, field, "addresses, not `inherit`");
        }
    }
    if let Some(asn) = &cert.asn {
        seen.look();
        if !asn.inherits() {
            let field = format_args!("{}{}", cert.prefix, as_field(cert));
            seen.find(asn.at, field, "AS numbers, not `inherit`");
        }
    }
}

/// Finds addresses in the certificate of an object that is about AS numbers only.
pub(super) fn no_ip_resources(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    if let Some(ip) = &cert.ip {
        let field = format_args!("{}{}", cert.prefix, field_of(oid::IP_BLOCKS));
        seen.find(ip.at, field, "there, though it must not be");
    }
}
