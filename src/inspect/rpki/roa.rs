//! Route origin authorizations: reader and rules.
//!
//! Source: RFC 9582, sections 4 and 5.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::certificate::field_of;
use super::der::{BIT_STRING, INTEGER, Item, SEQUENCE};
use super::families::OfFamily;
use super::field_rules::report_flaws;
use super::kind::{Kind, Kinds};
use super::manifest::judge_version;
use super::object::{Area, Content, Flaws, Object, Version};
use super::resources::{Block, Family, address, covers, merge, tail};
use super::{Context, Rule, Seen, oid, rule};
use crate::resource::{Asn, Prefix};

const ROAS: Kinds = Kinds::of(&[Kind::Roa]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.roa.form", ROAS, form),
    rule("rpki.roa.version", ROAS, version),
    rule("rpki.roa.as-id", ROAS, as_id),
    rule("rpki.roa.families", ROAS, families),
    rule("rpki.roa.family-once", ROAS, family_once),
    rule("rpki.roa.addresses", ROAS, addresses),
    rule("rpki.roa.prefix-length", ROAS, prefix_length),
    rule("rpki.roa.max-length", ROAS, max_length),
    rule("rpki.roa.max-length-needless", ROAS, max_length_needless),
    rule("rpki.roa.mapped", ROAS, mapped),
    rule("rpki.roa.family-order", ROAS, family_order),
    rule("rpki.roa.sorted", ROAS, sorted),
    rule("rpki.roa.unique", ROAS, unique),
    rule("rpki.roa.ip-resources", ROAS, ip_resources),
    rule("rpki.roa.no-as-resources", ROAS, no_as_resources),
    rule("rpki.roa.covered", ROAS, covered),
    rule("rpki.roa.exact", ROAS, exact),
    rule("rpki.roa.one-prefix", ROAS, one_prefix),
    rule("rpki.roa.max-length-used", ROAS, max_length_used),
    rule("rpki.roa.as0", ROAS, as0),
];

/// A ROA's content as far as it could be read.
#[derive(Clone, Debug)]
pub(super) struct Roa {
    at: usize,
    version: Option<Version>,
    /// Offset and number of the AS; no number if it has not 32 bits.
    asn: Option<(usize, Option<u32>)>,
    families: Vec<OfFamily<RoaPrefix>>,
}

/// A prefix with its maximum length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RoaPrefix {
    at: usize,
    /// The address and the length; `None` if it is longer than an address.
    prefix: Option<(u128, u8)>,
    /// Offset and value of the maximum length; no value if it is no small number.
    max_length: Option<(usize, Option<u64>)>,
}

impl RoaPrefix {
    /// Returns what prefixes are sorted by: address, length, maximum length.
    fn order(&self) -> Option<(u128, u8, u64)> {
        let (address, length) = self.prefix?;
        let longest = match self.max_length {
            Some((_, value)) => value?,
            None => u64::from(length),
        };
        Some((address, length, longest))
    }
}

impl Roa {
    /// Reads the content of a ROA as far as it can be read.
    pub(super) fn read(outer: &Item<'_>, flaws: &mut Flaws<'_>) -> Self {
        let mut reader = outer.reader();
        let version = Version::take(&mut reader);
        let asn = flaws.take(&mut reader, INTEGER, ".asID");
        let number = |item: &Item<'_>| u32::try_from(item.number()?).ok();
        let (field, wrong) = (".ipAddrBlocks", "not a prefix with its length");
        let families = OfFamily::read_all(&mut reader, field, wrong, flaws, read_prefix);
        flaws.end(&reader, "");
        Self {
            at: outer.at,
            version,
            asn: asn.map(|item| (item.at, number(&item))),
            families,
        }
    }

    /// Iterates over all prefixes with their family and the places of both.
    fn prefixes(&self) -> impl Iterator<Item = (usize, usize, Family, &RoaPrefix)> + Clone {
        self.families.iter().enumerate().flat_map(|(block, one)| {
            let family = one.family.into_iter();
            family.flat_map(move |family| {
                let all = one.items.iter().enumerate();
                all.map(move |(index, prefix)| (block, index, family, prefix))
            })
        })
    }
}

impl Object<'_> {
    /// Returns what a ROA says, valid or not, as far as it can be read: prefix, longest length, AS number.
    ///
    /// Empty for what is no ROA, and for one without a number.
    pub fn authorizations(&self) -> Vec<(Prefix, u8, Asn)> {
        let Content::Roa(roa) = &self.content else {
            return Vec::new();
        };
        let Some((_, Some(asn))) = roa.asn else {
            return Vec::new();
        };
        let all = roa.prefixes().filter_map(|(_, _, family, prefix)| {
            let (_, length, longest) = prefix.order()?;
            let (number, _) = prefix.prefix?;
            let address: IpAddr = match family {
                Family::V4 => Ipv4Addr::from_bits(u32::try_from(number).ok()?).into(),
                Family::V6 => Ipv6Addr::from_bits(number).into(),
            };
            let prefix = Prefix::new(address, length).ok()?;
            Some((prefix, u8::try_from(longest).ok()?, Asn(asn)))
        });
        all.collect()
    }
}

fn read_prefix(item: &Item<'_>, family: Option<Family>) -> Option<RoaPrefix> {
    let mut reader = (item.tag == SEQUENCE).then(|| item.reader())?;
    let bits = reader.take(BIT_STRING)?;
    let longest = reader.take(INTEGER);
    reader.is_empty().then_some(RoaPrefix {
        at: item.at,
        prefix: family.and_then(|family| address(&bits, family)),
        max_length: longest.map(|item| (item.at, item.number())),
    })
}

const fn roa<'b>(object: &'b Object<'_>) -> Option<&'b Roa> {
    if let Content::Roa(roa) = &object.content {
        Some(roa)
    } else {
        None
    }
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    report_flaws(object, Area::Content, seen);
    if roa(object).is_some() {
        seen.look();
    }
}

fn version(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    if let Some(roa) = roa(object) {
        judge_version(roa.version, seen);
    }
}

fn as_id(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some((at, number)) = roa(object).and_then(|roa| roa.asn) else {
        return;
    };
    seen.look();
    if number.is_none() {
        seen.find(at, "eContent.asID", "not a number of 0 to 2^32-1");
    }
}

fn families(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(roa) = roa(object) else { return };
    seen.look();
    if roa.families.is_empty() {
        seen.find(roa.at, "eContent.ipAddrBlocks", "no address family");
    }
    for (index, one) in roa.families.iter().enumerate() {
        if one.family.is_none() {
            let field = format_args!("eContent.ipAddrBlocks[{index}].addressFamily");
            seen.find(one.at, field, "neither IPv4 (0001) nor IPv6 (0002)");
        }
    }
}

fn family_once(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(roa) = roa(object) else { return };
    seen.look();
    for family in [Family::V4, Family::V6] {
        let all = roa.families.iter().enumerate();
        for (index, one) in all.filter(|(_, one)| one.family == Some(family)).skip(1) {
            let field = format_args!("eContent.ipAddrBlocks[{index}]");
            seen.find(one.at, field, "an address family a second time");
        }
    }
}

fn addresses(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, one) in roa(object)
        .into_iter()
        .flat_map(|roa| roa.families.iter().enumerate())
    {
        seen.look();
        if one.items.is_empty() {
            let field = format_args!("eContent.ipAddrBlocks[{index}].addresses");
            seen.find(one.at, field, "an address family without prefixes");
        }
    }
}

fn prefix_length(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (block, index, family, prefix) in roa(object).into_iter().flat_map(Roa::prefixes) {
        seen.look();
        if prefix.prefix.is_none() {
            let field = format_args!("eContent.ipAddrBlocks[{block}].addresses[{index}].address");
            let what = format_args!("longer than the {} bits of an address", family.width());
            seen.find(prefix.at, field, what);
        }
    }
}

fn max_length(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (block, index, family, prefix) in roa(object).into_iter().flat_map(Roa::prefixes) {
        let Some((at, value)) = prefix.max_length else {
            continue;
        };
        seen.look();
        let field = format_args!("eContent.ipAddrBlocks[{block}].addresses[{index}].maxLength");
        match value {
            None => seen.find(at, field, "no length"),
            Some(value) if value > u64::from(family.width()) => {
                seen.find(at, field, format_args!("{value}, above {}", family.width()));
            }
            Some(value) => {
                let length = prefix.prefix.map(|(_, length)| u64::from(length));
                if let Some(length) = length.filter(|length| value < *length) {
                    let what = format_args!("{value}, below the prefix length {length}");
                    seen.find(at, field, what);
                }
            }
        }
    }
}

fn max_length_needless(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (block, index, _, prefix) in roa(object).into_iter().flat_map(Roa::prefixes) {
        let Some((at, value)) = prefix.max_length else {
            continue;
        };
        seen.look();
        let length = prefix.prefix.map(|(_, length)| u64::from(length));
        if length.is_some() && length == value {
            let field = format_args!("eContent.ipAddrBlocks[{block}].addresses[{index}].maxLength");
            seen.find(at, field, "encoded though it is the prefix length");
        }
    }
}

fn mapped(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (block, index, family, prefix) in roa(object).into_iter().flat_map(Roa::prefixes) {
        let Some((address, length)) = prefix.prefix.filter(|_| family == Family::V6) else {
            continue;
        };
        seen.look();
        if length >= 96 && address >> 32 == 0xFFFF {
            let field = format_args!("eContent.ipAddrBlocks[{block}].addresses[{index}].address");
            seen.find(
                prefix.at,
                field,
                "an IPv4 prefix as IPv4-mapped IPv6 address",
            );
        }
    }
}

fn family_order(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(roa) = roa(object).filter(|roa| roa.families.len() > 1) else {
        return;
    };
    seen.look();
    for (index, pair) in roa.families.windows(2).enumerate() {
        if let [first, second] = pair
            && first.family > second.family
            && second.family.is_some()
        {
            let field = format_args!("eContent.ipAddrBlocks[{}]", index + 1);
            seen.find(second.at, field, "IPv6 before IPv4");
        }
    }
}

/// Looks at each pair of neighboring prefixes of a family.
fn pairs(
    object: &Object<'_>,
    seen: &mut Seen<'_>,
    mut judge: impl FnMut(&RoaPrefix, &RoaPrefix) -> Option<&'static str>,
) {
    for (block, one) in roa(object)
        .into_iter()
        .flat_map(|roa| roa.families.iter().enumerate())
    {
        for (index, pair) in one.items.windows(2).enumerate() {
            let [first, second] = pair else { continue };
            seen.look();
            if let Some(what) = judge(first, second) {
                let next = index + 1;
                let field = format_args!("eContent.ipAddrBlocks[{block}].addresses[{next}]");
                seen.find(second.at, field, what);
            }
        }
    }
}

fn sorted(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    pairs(object, seen, |first, second| {
        let (first, second) = (first.order()?, second.order()?);
        (first > second).then_some("not in ascending order")
    });
}

fn unique(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (block, one) in roa(object)
        .into_iter()
        .flat_map(|roa| roa.families.iter().enumerate())
    {
        if one.items.len() < 2 {
            continue;
        }
        seen.look();
        let is_rising = |pair: &[RoaPrefix]| match pair {
            [first, second] => first.order() < second.order(),
            _ => true,
        };
        if one.items.windows(2).all(is_rising) {
            continue;
        }
        let mut all: Vec<_> = one
            .items
            .iter()
            .filter_map(|p| Some((p.order()?, p.at)))
            .collect();
        all.sort_unstable();
        for pair in all.windows(2) {
            if let [(first, _), (second, at)] = pair
                && first == second
            {
                let field = format_args!("eContent.ipAddrBlocks[{block}].addresses");
                seen.find(
                    *at,
                    field,
                    "a prefix with the same maximum length a second time",
                );
            }
        }
    }
}

fn ip_resources(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    match &cert.ip {
        None => super::extension_rules::missing(cert, oid::IP_BLOCKS, seen),
        Some(ip) if ip.inherits() => {
            let field = format_args!("{}{}", cert.prefix, field_of(oid::IP_BLOCKS));
            seen.find(ip.at, field, "`inherit` in the certificate of a ROA");
        }
        Some(_) => {}
    }
}

fn no_as_resources(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    if let Some(asn) = &cert.asn {
        let field = format_args!("{}{}", cert.prefix, field_of(oid::AS_IDS));
        seen.find(asn.at, field, "there, though it must not be");
    }
}

fn covered(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let (Some(roa), Some(cert)) = (roa(object), &object.certificate) else {
        return;
    };
    let Some(ip) = cert.ip.as_ref().filter(|ip| !ip.inherits()) else {
        return;
    };
    let held = [ip.merged(Family::V4), ip.merged(Family::V6)];
    for (block, index, family, prefix) in roa.prefixes() {
        let Some((low, length)) = prefix.prefix else {
            continue;
        };
        seen.look();
        let [v4, v6] = &held;
        let held = if family == Family::V4 { v4 } else { v6 };
        if !covers(held, low, low | tail(family, length)) {
            let field = format_args!("eContent.ipAddrBlocks[{block}].addresses[{index}]");
            seen.find(
                prefix.at,
                field,
                "not among the addresses of the certificate",
            );
        }
    }
}

/// The certificate has no addresses beside those of the prefixes.
fn exact(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let (Some(roa), Some(cert)) = (roa(object), &object.certificate) else {
        return;
    };
    let Some(ip) = cert.ip.as_ref().filter(|ip| !ip.inherits()) else {
        return;
    };
    seen.look();
    for family in [Family::V4, Family::V6] {
        let held = ip.merged(family);
        let of_family = roa.prefixes().filter(|(_, _, of, _)| *of == family);
        let used = of_family.filter_map(|(_, _, _, prefix)| {
            let (low, length) = prefix.prefix?;
            Some((low, low | tail(family, length), prefix.at))
        });
        let blocks = held.iter().map(|block| (block.low, block.high));
        if blocks.eq(used.clone().map(|(low, high, _)| (low, high))) {
            continue;
        }
        let block = |(low, high, at)| Block {
            at,
            low,
            high,
            is_range: false,
            is_minimal: true,
        };
        let used = merge(used.map(block).collect());
        if let Some(block) = held
            .iter()
            .find(|block| !covers(&used, block.low, block.high))
        {
            let field = format_args!("{}{}", cert.prefix, field_of(oid::IP_BLOCKS));
            seen.find(block.at, field, "more addresses than the prefixes have");
        }
    }
}

fn one_prefix(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(roa) = roa(object) else { return };
    seen.look();
    let number = roa.prefixes().count();
    if number > 1 {
        seen.find(
            roa.at,
            "eContent.ipAddrBlocks",
            format_args!("{number} prefixes"),
        );
    }
}

fn max_length_used(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (block, index, _, prefix) in roa(object).into_iter().flat_map(Roa::prefixes) {
        let Some((_, length)) = prefix.prefix else {
            continue;
        };
        seen.look();
        let longer =
            |(_, value): &(usize, Option<u64>)| value.is_some_and(|v| v > u64::from(length));
        if let Some((at, _)) = prefix.max_length.filter(longer) {
            let field = format_args!("eContent.ipAddrBlocks[{block}].addresses[{index}].maxLength");
            seen.find(at, field, "longer than the prefix");
        }
    }
}

fn as0(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some((at, Some(number))) = roa(object).and_then(|roa| roa.asn) else {
        return;
    };
    seen.look();
    if number == 0 {
        seen.find(
            at,
            "eContent.asID",
            "AS 0: nobody may announce these prefixes",
        );
    }
}
