//! Rules about `status`.

use serde_json::Value;

use super::answer::Answer;
use super::conformance::shortened;
use super::object::Object;
use super::registered::{EPP_STATUSES, STATUSES};
use super::{Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.resp.status-registered", registered),
    rule("rdap.resp.status-inr", inr),
    rule("rdap.resp.status-exclusive", exclusive),
    rule("rdap.ext.epp-status", epp),
];

fn registered(answer: &Answer<'_>, seen: &mut Seen) {
    for object in &answer.objects {
        let Some(status) = object.get("status") else {
            continue;
        };
        seen.look();
        let Some(list) = status.as_array() else {
            seen.find(answer.below(object.at, "status"), "not an array of strings");
            continue;
        };
        for (index, item) in list.iter().enumerate() {
            let at = || answer.below(object.at, &format!("status/{index}"));
            match item {
                Value::String(text) if STATUSES.contains(&text.as_str()) => {}
                Value::String(text) => {
                    seen.find(
                        at(),
                        format!("`{}` is not a registered status", shortened(text)),
                    );
                }
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_) => seen.find(at(), "not a string"),
            }
        }
    }
}

/// Iterates over the resources with `status` of an answer that claims the profile.
///
/// A resource without it is a finding of the rules on required members.
fn profiled<'a, 'b>(answer: &'b Answer<'a>) -> impl Iterator<Item = &'b Object<'a>> {
    let profiled = answer.is_profiled();
    let objects = answer.objects.iter();
    objects.filter(move |o| profiled && o.is_resource() && o.get("status").is_some())
}

fn inr(answer: &Answer<'_>, seen: &mut Seen) {
    for object in profiled(answer) {
        seen.look();
        let known = ["active", "reserved", "administrative"];
        if !known.iter().any(|status| object.has_text("status", status)) {
            seen.find(
                answer.below(object.at, "status"),
                "none of `active`, `reserved` and `administrative`",
            );
        }
    }
}

fn exclusive(answer: &Answer<'_>, seen: &mut Seen) {
    for object in profiled(answer) {
        seen.look();
        if object.has_text("status", "active") && object.has_text("status", "administrative") {
            seen.find(
                answer.below(object.at, "status"),
                "`active` together with `administrative`",
            );
        }
    }
}

fn epp(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.objects.iter().filter(|object| object.is_resource()) {
        for text in object.texts("status") {
            seen.look();
            if EPP_STATUSES.contains(&text) {
                seen.find(
                    answer.below(object.at, "status"),
                    format!("`{}` is a status of domain names", shortened(text)),
                );
            }
        }
    }
}
