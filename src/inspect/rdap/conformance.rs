//! Rules about `rdapConformance` and the members that extensions add.

use serde_json::Value;

use super::answer::{Answer, Shape, escaped};
use super::object::items;
use super::registered::{EXTENSIONS, extension_of_member, is_specified_member};
use super::{Query, Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.resp.conformance-present", present),
    rule("rdap.resp.conformance-nowhere-else", nowhere_else),
    rule("rdap.resp.conformance-strings", strings),
    rule("rdap.resp.conformance-level0", level0),
    rule("rdap.resp.conformance-nro", nro),
    rule("rdap.resp.conformance-cidr0", cidr0),
    rule("rdap.resp.conformance-registered", registered),
    rule("rdap.resp.conformance-used", used),
    rule("rdap.resp.member-names", member_names),
    rule("rdap.auth.asn-model-one", asn_model_one),
];

const AT: &str = "/rdapConformance";

/// The two identifiers of NRO RDAP Profile, section 6.1.2.
pub(super) const ASN_MODELS: [&str; 2] = [
    "nro_rdap_profile_asn_flat_0",
    "nro_rdap_profile_asn_hierarchical_0",
];

fn has_member(answer: &Answer<'_>) -> bool {
    answer
        .document
        .get("rdapConformance")
        .is_some_and(Value::is_array)
}

fn present(answer: &Answer<'_>, seen: &mut Seen) {
    seen.look();
    match answer.document.get("rdapConformance") {
        None => seen.find("", "no `rdapConformance` in the topmost object"),
        Some(Value::Array(list)) if list.is_empty() => {
            seen.find(AT, "an empty list; expected at least `rdap_level_0`")
        }
        Some(Value::Array(_)) => {}
        Some(_) => seen.find(AT, "not an array of strings"),
    }
}

fn nowhere_else(answer: &Answer<'_>, seen: &mut Seen) {
    // In history answers and bulk files each record may be a whole answer of its own.
    if answer.shape == Shape::History {
        return;
    }
    seen.look();
    for at in &answer.nested_conformance {
        seen.find(
            answer.pointer(*at),
            "`rdapConformance` below the topmost object",
        );
    }
}

fn strings(answer: &Answer<'_>, seen: &mut Seen) {
    for (index, item) in items(answer.document.get("rdapConformance"))
        .iter()
        .enumerate()
    {
        seen.look();
        let Some(text) = item.as_str() else {
            seen.find(format!("{AT}/{index}"), "not a string");
            continue;
        };
        if !is_identifier(text) {
            seen.find(
                format!("{AT}/{index}"),
                format!(
                    "`{}` is not one identifier; expected a letter, then letters, digits and `_`",
                    shortened(text)
                ),
            );
        }
    }
}

/// Says whether a text is an extension identifier; RFC 7480, section 6.
fn is_identifier(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Cuts a text from the network to what a message may show.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

fn level0(answer: &Answer<'_>, seen: &mut Seen) {
    if !has_member(answer) {
        return;
    }
    seen.look();
    if !answer.claims_one("rdap_level_0") {
        seen.find(AT, "`rdap_level_0` is missing");
    }
}

fn nro(answer: &Answer<'_>, seen: &mut Seen) {
    if answer.is_error() || !has_member(answer) {
        return;
    }
    seen.look();
    if !answer.is_profiled() {
        seen.find(AT, "`nro_rdap_profile_0` is missing");
    }
}

fn cidr0(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.is_profiled() {
        return;
    }
    seen.look();
    if !answer.claims_one("cidr0") {
        seen.find(AT, "`cidr0` is missing");
    }
}

fn registered(answer: &Answer<'_>, seen: &mut Seen) {
    for (index, item) in items(answer.document.get("rdapConformance"))
        .iter()
        .enumerate()
    {
        let Some(text) = item.as_str() else { continue };
        seen.look();
        for part in text.split(',').map(str::trim) {
            if is_identifier(part) && part != "rdap_level_0" && !EXTENSIONS.contains(&part) {
                seen.find(
                    format!("{AT}/{index}"),
                    format!(
                        "`{}` is not in the RDAP Extensions registry",
                        shortened(part)
                    ),
                );
            }
        }
    }
}

/// Calls `each` with place, name of every member that RFC 9083 does not specify, in the
/// topmost object and in object instances.
fn unspecified(answer: &Answer<'_>, mut each: impl FnMut(String, &str)) {
    let mut read = |base: &dyn Fn() -> String, members: &serde_json::Map<String, Value>| {
        for name in members.keys() {
            if !is_specified_member(name) {
                each(format!("{}/{}", base(), escaped(name)), name);
            }
        }
    };
    let root_is_object = answer
        .objects
        .first()
        .is_some_and(super::object::Object::is_topmost);
    if !root_is_object
        && answer.shape != Shape::History
        && let Some(members) = answer.document.as_object()
    {
        read(&String::new, members);
    }
    for object in &answer.objects {
        read(&|| answer.pointer(object.at), object.members);
    }
}

fn used(answer: &Answer<'_>, seen: &mut Seen) {
    if !has_member(answer) {
        return;
    }
    unspecified(answer, |place, name| {
        // `redacted` has a rule of its own, `rdap.ext.redacted-declared`.
        let Some(identifier) =
            extension_of_member(name).filter(|identifier| *identifier != "redacted")
        else {
            return;
        };
        seen.look();
        if !answer.claims_one(identifier) {
            seen.find(
                place,
                format!("a member of `{identifier}`, which is not declared"),
            );
        }
    });
}

fn member_names(answer: &Answer<'_>, seen: &mut Seen) {
    if answer.document.is_object() {
        seen.look();
    }
    unspecified(answer, |place, name| {
        let declared = || {
            answer.claims().any(|claim| {
                name.strip_prefix(claim)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
            })
        };
        if extension_of_member(name).is_none() && !declared() {
            seen.find(
                place,
                format!(
                    "`{}` is neither specified nor named after an extension",
                    shortened(name)
                ),
            );
        }
    });
}

fn asn_model_one(answer: &Answer<'_>, seen: &mut Seen) {
    if !matches!(answer.asked, Query::Autnum(_)) || answer.is_error() || !answer.is_profiled() {
        return;
    }
    seen.look();
    match ASN_MODELS
        .iter()
        .filter(|model| answer.claims_one(model))
        .count()
    {
        1 => {}
        0 => seen.find(
            AT,
            "no AS number model; expected the flat or the hierarchical one",
        ),
        _ => seen.find(AT, "both AS number models; expected one"),
    }
}
