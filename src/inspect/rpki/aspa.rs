//! Autonomous system provider authorizations: reader and rules.
//!
//! Source: draft-ietf-sidrops-aspa-profile-30, sections 3 to 5; OpenBSD rpki-client, aspa.c.

use super::certificate::field_of;
use super::der::{INTEGER, Item, SEQUENCE};
use super::field_rules::report_flaws;
use super::kind::{Kind, Kinds};
use super::object::{Area, Content, Flaws, Object, Version};
use super::resource_rules::no_ip_resources;
use super::{Context, Rule, Seen, oid, rule};
use crate::resource::Asn;

const ASPAS: Kinds = Kinds::of(&[Kind::Aspa]);

pub(super) const RULES: &[Rule] = &[
    rule("rpki.aspa.form", ASPAS, form),
    rule("rpki.aspa.version", ASPAS, version),
    rule("rpki.aspa.old-profile", ASPAS, old_profile),
    rule("rpki.aspa.customer", ASPAS, customer),
    rule("rpki.aspa.providers", ASPAS, providers),
    rule("rpki.aspa.providers-sorted", ASPAS, providers_sorted),
    rule("rpki.aspa.not-own-provider", ASPAS, not_own_provider),
    rule("rpki.aspa.as0-alone", ASPAS, as0_alone),
    rule("rpki.aspa.as-resources", ASPAS, as_resources),
    rule("rpki.aspa.no-ip-resources", ASPAS, no_ip_resources),
    rule("rpki.aspa.provider-count", ASPAS, provider_count),
];

/// Most providers that rpki-client and Routinator read.
///
/// Source: OpenBSD rpki-client, `MAX_ASPA_PROVIDERS` in extern.h, 2026-07-23.
const MAX_PROVIDERS: usize = 10_000;

/// An ASPA's content as far as it could be read.
#[derive(Clone, Debug)]
pub(super) struct Aspa {
    at: usize,
    version: Option<Version>,
    customer: Option<(usize, Option<u32>)>,
    providers: Vec<(usize, Option<u32>)>,
    /// Offset of the first provider with an address family, as profiles before -16 had.
    old: Option<usize>,
}

impl Aspa {
    /// Reads the content of an ASPA as far as it can be read.
    pub(super) fn read(outer: &Item<'_>, flaws: &mut Flaws<'_>) -> Self {
        let mut reader = outer.reader();
        let version = Version::take(&mut reader);
        let customer = flaws.take(&mut reader, INTEGER, ".customerASID");
        let mut aspa = Self {
            at: outer.at,
            version,
            customer: customer.map(|item| (item.at, number(&item))),
            providers: Vec::new(),
            old: None,
        };
        if let Some(list) = flaws.take(&mut reader, SEQUENCE, ".providers") {
            let mut all = list.reader();
            while let Some(item) = all.next() {
                match item.tag {
                    INTEGER => aspa.providers.push((item.at, number(&item))),
                    SEQUENCE => {
                        let provider = item.reader().take(INTEGER);
                        aspa.old = aspa.old.or(Some(item.at));
                        aspa.providers
                            .push((item.at, provider.and_then(|one| number(&one))));
                    }
                    _ => flaws.add(item.at, ".providers", "no AS number"),
                }
            }
            flaws.end(&all, ".providers");
        }
        flaws.end(&reader, "");
        aspa
    }
}

impl Object<'_> {
    /// Returns what an ASPA says, valid or not, as far as it can be read: customer and providers.
    ///
    /// `None` for what is no ASPA, and for one without a customer.
    pub fn provider_set(&self) -> Option<(Asn, Vec<Asn>)> {
        let (_, customer) = aspa(self)?.customer?;
        let providers = aspa(self)?.providers.iter();
        let providers = providers.filter_map(|(_, provider)| provider.map(Asn));
        Some((Asn(customer?), providers.collect()))
    }
}

fn number(item: &Item<'_>) -> Option<u32> {
    u32::try_from(item.number()?).ok()
}

const fn aspa<'b>(object: &'b Object<'_>) -> Option<&'b Aspa> {
    if let Content::Aspa(aspa) = &object.content {
        Some(aspa)
    } else {
        None
    }
}

fn form(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    report_flaws(object, Area::Content, seen);
    let Some(aspa) = aspa(object) else { return };
    seen.look();
    for (index, (at, provider)) in aspa.providers.iter().enumerate() {
        if provider.is_none() {
            let field = format_args!("eContent.providers[{index}]");
            seen.find(*at, field, "not a number of 0 to 2^32-1");
        }
    }
}

fn version(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(aspa) = aspa(object) else { return };
    seen.look();
    match aspa.version {
        None => seen.find(
            aspa.at,
            "eContent.version",
            "no version; version 1 is required",
        ),
        Some(Version {
            number: Some(1), ..
        }) => {}
        Some(version) => seen.find(version.at, "eContent.version", "not version 1"),
    }
}

fn old_profile(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(aspa) = aspa(object) else { return };
    seen.look();
    if let Some(at) = aspa.old {
        let what = "a provider with an address family, as profiles before -16 had";
        seen.find(at, "eContent.providers", what);
    }
}

fn customer(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some((at, number)) = aspa(object).and_then(|aspa| aspa.customer) else {
        return;
    };
    seen.look();
    if number.is_none_or(|number| number == 0) {
        seen.find(at, "eContent.customerASID", "not a number of 1 to 2^32-1");
    }
}

fn providers(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(aspa) = aspa(object) else { return };
    seen.look();
    if aspa.providers.is_empty() {
        seen.find(aspa.at, "eContent.providers", "no provider");
    }
}

fn providers_sorted(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    for (index, pair) in aspa(object)
        .into_iter()
        .flat_map(|a| a.providers.windows(2).enumerate())
    {
        let [(_, Some(first)), (at, Some(second))] = pair else {
            continue;
        };
        seen.look();
        let what = match first.cmp(second) {
            std::cmp::Ordering::Less => continue,
            std::cmp::Ordering::Equal => "a provider a second time",
            std::cmp::Ordering::Greater => "not in ascending order",
        };
        seen.find(*at, format_args!("eContent.providers[{}]", index + 1), what);
    }
}

fn not_own_provider(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(aspa) = aspa(object) else { return };
    let Some((_, Some(customer))) = aspa.customer else {
        return;
    };
    for (index, (at, provider)) in aspa.providers.iter().enumerate() {
        seen.look();
        if *provider == Some(customer) {
            let field = format_args!("eContent.providers[{index}]");
            seen.find(*at, field, "the customer itself");
        }
    }
}

fn as0_alone(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(aspa) = aspa(object).filter(|aspa| aspa.providers.len() > 1) else {
        return;
    };
    seen.look();
    for (index, (at, provider)) in aspa.providers.iter().enumerate() {
        if *provider == Some(0) {
            let field = format_args!("eContent.providers[{index}]");
            seen.find(*at, field, "AS 0 beside other providers");
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
    let customer = aspa(object).and_then(|aspa| aspa.customer?.1);
    match asn.ranges() {
        _ if asn.inherits() => seen.find(asn.at, field, "`inherit` in the certificate of an ASPA"),
        [only] if only.is_range => seen.find(only.at, field, "a range, not one AS number"),
        [only] if customer.is_some_and(|customer| customer != only.low) => {
            seen.find(
                only.at,
                field,
                format_args!("AS{}, not the customer", only.low),
            );
        }
        [_] => {}
        [] => seen.find(asn.at, field, "no AS number"),
        [_, second, ..] => seen.find(second.at, field, "more than one AS number"),
    }
}

fn provider_count(object: &Object<'_>, _: &Context, seen: &mut Seen<'_>) {
    let Some(aspa) = aspa(object) else { return };
    seen.look();
    let number = aspa.providers.len();
    if number >= MAX_PROVIDERS {
        let what = format_args!("{number} providers; rpki-client reads fewer than {MAX_PROVIDERS}");
        seen.find(aspa.at, "eContent.providers", what);
    }
}
