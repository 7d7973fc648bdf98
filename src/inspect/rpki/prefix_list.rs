//! Signed prefix lists: reader and rules.
//!
//! Source: draft-ietf-sidrops-rpki-prefixlist; OpenBSD rpki-client, spl.c.

use super::certificate::field_of;
use super::der::{BIT_STRING, INTEGER, Item};
use super::families::{OfFamily, judge_families};
use super::field_rules::report_flaws;
use super::kind::{Kind, Kinds};
use super::manifest::judge_version;
use super::object::{Area, Content, Flaws, Object, Version};
use super::resource_rules::no_ip_resources;
use super::resources::{Family, address};
use super::{Context, Rule, Seen, oid, rule};

const LISTS: Kinds = Kinds::of(&[Kind::PrefixList]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.spl.form", LISTS, form),
    rule("rpki.spl.version", LISTS, version),
    rule("rpki.spl.families", LISTS, families),
    rule("rpki.spl.sorted", LISTS, sorted),
    rule("rpki.spl.as-resources", LISTS, as_resources),
    rule("rpki.spl.no-ip-resources", LISTS, no_ip_resources),
];

/// A prefix list as far as it could be read.
#[derive(Clone, Debug)]
pub(super) struct PrefixList {
    version: Option<Version>,
    asn: Option<(usize, Option<u32>)>,
    /// Offset, address and length of each prefix.
    families: Vec<OfFamily<(usize, (u128, u8))>>,
}

impl PrefixList {
    /// Reads the content of a prefix list as far as it can be read.
    pub(super) fn read(outer: &Item<'_>, flaws: &mut Flaws<'_>) -> Self {
        let mut reader = outer.reader();
        let version = Version::take(&mut reader);
        let asn = flaws.take(&mut reader, INTEGER, ".asID");
        let number = |item: &Item<'_>| u32::try_from(item.number()?).ok();
        let (field, wrong) = (".prefixBlocks", "no prefix of its family");
        let read = |item: &Item<'_>, family: Option<Family>| {
            let family = family.filter(|_| item.tag == BIT_STRING)?;
            Some((item.at, address(item, family)?))
        };
        let families = OfFamily::read_all(&mut reader, field, wrong, flaws, read);
        flaws.end(&reader, "");
        Self {
            version,
            asn: asn.map(|item| (item.at, number(&item))),
            families,
        }
    }
}

const fn prefix_list<'b>(object: &'b Object<'_>) -> Option<&'b PrefixList> {
    if let Content::PrefixList(list) = &object.content {
        Some(list)
    } else {
        None
    }
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    report_flaws(object, Area::Content, seen);
    let Some(list) = prefix_list(object) else {
        return;
    };
    seen.look();
    if let Some((at, None)) = list.asn {
        seen.find(at, "eContent.asID", "not a number of 0 to 2^32-1");
    }
}

fn version(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    if let Some(list) = prefix_list(object) {
        judge_version(list.version, seen);
    }
}

fn families(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(list) = prefix_list(object) else {
        return;
    };
    let field = "eContent.prefixBlocks";
    let families = list.families.iter();
    judge_families(families.map(|one| (one.at, one.family)), field, seen);
    for one in &list.families {
        if one.family.is_some() && one.items.is_empty() {
            seen.find(one.at, field, "an address family without prefixes");
        }
    }
}

fn sorted(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for one in prefix_list(object)
        .into_iter()
        .flat_map(|list| &list.families)
    {
        for pair in one.items.windows(2) {
            let [(_, first), (at, second)] = pair else {
                continue;
            };
            seen.look();
            if first >= second {
                let what = "not in ascending order, or twice";
                seen.find(*at, "eContent.prefixBlocks", what);
            }
        }
    }
}

fn as_resources(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(cert) = &object.certificate else {
        return;
    };
    seen.look();
    let Some(asn) = &cert.asn else {
        return super::extension_rules::missing(cert, oid::AS_IDS, seen);
    };
    let field = format_args!("{}{}", cert.prefix, field_of(oid::AS_IDS));
    let own = prefix_list(object).and_then(|list| list.asn?.1);
    if asn.inherits() {
        seen.find(
            asn.at,
            field,
            "`inherit` in the certificate of a prefix list",
        );
    } else if let Some(own) = own {
        let mut ranges = asn.ranges().iter();
        if !ranges.any(|range| (range.low..=range.high).contains(&own)) {
            seen.find(asn.at, field, format_args!("AS{own} is not among them"));
        }
    }
}
