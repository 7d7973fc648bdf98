//! Rules about special-purpose address space and object tags.

use super::answer::Answer;
use super::conformance::shortened;
use super::network::Span;
use super::{Query, Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.auth.ip-special", ip_special),
    rule("rdap.auth.object-tag", object_tag),
];

/// Special-purpose blocks that are not globally reachable.
///
/// Blocks that are reachable, such as those of AS112, are registered to somebody and
/// left out. Source: IANA IPv4 and IPv6 Special-Purpose Address Registries, as of 2026.
const SPECIAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "::/127",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001:2::/48",
    "2001:db8::/32",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
];

/// Says whether an address or prefix lies in special-purpose space, or holds some.
fn touches_special(span: &Span, touches: impl Fn(&Span, &Span) -> bool) -> bool {
    SPECIAL
        .iter()
        .filter_map(|text| Span::read(text))
        .any(|block| touches(&block, span))
}

/// What was asked for lies in special-purpose space, and the object is not reserved; or
/// an object that holds such space is said to be in use.
fn ip_special(answer: &Answer<'_>, seen: &mut Seen) {
    let Query::Ip(text) = &answer.asked else {
        return;
    };
    let Some(object) = answer.topmost().filter(|_| answer.is_profiled()) else {
        return;
    };
    let Some(span) = Span::of_object(object) else {
        return;
    };
    let asked = text.as_deref().and_then(Span::read).unwrap_or(span);
    let asked_special = touches_special(&asked, |block, asked| block.covers(asked));
    let holds_special = touches_special(&span, |block, span| block.overlaps(span));
    if !asked_special && !holds_special {
        return;
    }
    seen.look();
    let at = if object.get("status").is_some() {
        "/status"
    } else {
        ""
    };
    if asked_special && !object.has_text("status", "reserved") {
        seen.find(
            at,
            "special-purpose space; expected status `reserved`, or no answer",
        );
    } else if object.has_text("status", "active") && !object.has_text("status", "reserved") {
        seen.find(
            at,
            "the range holds special-purpose space, yet it is `active`",
        );
    }
}

/// The tag behind the last `-` of a handle is a registered one.
///
/// The tags are those of the bootstrap registry of object tags for the five; RFC 8521.
fn object_tag(answer: &Answer<'_>, seen: &mut Seen) {
    const TAGS: &[&str] = &["AFRINIC", "APNIC", "ARIN", "LACNIC", "RIPE"];
    if !answer.claims_one("rdap_objectTag") {
        return;
    }
    for object in answer.of_class(super::object::Class::Entity) {
        let Some(handle) = object.text("handle").filter(|_| !object.stand_in) else {
            continue;
        };
        seen.look();
        let tag = handle.rsplit_once('-').map(|(_, tag)| tag);
        if !tag.is_some_and(|tag| TAGS.contains(&tag)) {
            seen.find(
                answer.below(object.at, "handle"),
                format!(
                    "`{}` is not a registered object tag",
                    shortened(tag.unwrap_or_default())
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_block_can_be_read() {
        for text in SPECIAL {
            assert!(Span::read(text).is_some(), "{text}");
        }
    }
}
