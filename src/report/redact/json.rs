//! Redaction of JSON documents: members and values of RFC 9083 and of registered extensions.

use serde_json::{Map, Value};

use super::vocabulary::{is_resource, is_reverse, is_time};
use super::{Excerpt, Keep, withheld};
use crate::inspect::rdap::{is_registered, is_specified_member, is_vcard_property};

/// Most items of a list that are shown; ours.
const MOST_ITEMS: usize = 20;

/// Members within those of RFC 9083, and of extensions whose names are known.
const INNER_MEMBERS: &[&str] = &[
    "rel",
    "href",
    "value",
    "hreflang",
    "media",
    "eventAction",
    "eventDate",
    "eventActor",
    "identifier",
    "v4",
    "v6",
    "zoneSigned",
    "delegationSigned",
    "maxSigLife",
    "dsData",
    "keyData",
    "keyTag",
    "algorithm",
    "digestType",
    "digest",
    "flags",
    "protocol",
    "publicKey",
    "variantNames",
    "relation",
    "idnTable",
    "cidr0_cidrs",
    "v4prefix",
    "v6prefix",
    "length",
    "arin_originas0_originautnums",
    "geofeed1",
    "redacted",
    "reverse_search_properties",
    "paging_metadata",
    "sorting_metadata",
];

/// Members with numbers that say nothing of anybody.
const NUMBERS: &[&str] = &[
    "length",
    "startAutnum",
    "endAutnum",
    "errorCode",
    "keyTag",
    "algorithm",
    "digestType",
    "maxSigLife",
    "flags",
    "protocol",
    "arin_originas0_originautnums",
    "totalCount",
    "pageSize",
];

/// Members whose content is of persons, or written by them: nothing below them is kept for anybody.
const OF_PERSONS: &[&str] = &[
    "entities",
    "entitySearchResults",
    "jscard",
    "jscontact_card",
    "publicIds",
    "remarks",
    "vcardArray",
];

/// Members of networks and of the service whose texts engineers read.
const OF_NETWORKS: &[&str] = &[
    "handle",
    "parentHandle",
    "name",
    "type",
    "title",
    "description",
    "href",
    "value",
    "related",
    "port43",
    "ldhName",
    "unicodeName",
    "rdapConformance",
    "status",
];

/// Makes an excerpt; `None` of what is no JSON, or deeper than its reader goes.
pub(super) fn excerpt(octets: &[u8], keep: Keep) -> Option<Excerpt> {
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let document: Value = serde_json::from_slice(octets).ok()?;
    let mut redactor = Redactor {
        keep,
        withheld: 0,
        cut: false,
    };
    let shown = redactor.value(&document, &Context::default());
    Some(Excerpt {
        text: format!("{shown:#}"),
        withheld: redactor.withheld,
        cut: redactor.cut,
    })
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, Default)]
struct Context<'a> {
    /// The nearest member that holds it.
    member: &'a str,
    /// Whether it is below a member that is of persons.
    of_person: bool,
}

struct Redactor {
    keep: Keep,
    withheld: u64,
    cut: bool,
}

impl Redactor {
    fn value(&mut self, value: &Value, context: &Context<'_>) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => {
                // An AS number may be larger, and is a whole number of 32 bits.
                let is_small = number.as_u64().is_some_and(|n| u32::try_from(n).is_ok());
                if is_small && NUMBERS.contains(&context.member) {
                    return value.clone();
                }
                self.withheld += 1;
                Value::from("(a number withheld)")
            }
            Value::String(text) => self.text(text, context),
            Value::Array(items) if context.member == "vcardArray" => self.card(items),
            Value::Array(items) => {
                let mut shown: Vec<Value> = items
                    .iter()
                    .take(MOST_ITEMS)
                    .map(|item| self.value(item, context))
                    .collect();
                if items.len() > MOST_ITEMS {
                    self.cut = true;
                    shown.push(format!("({} more)", items.len() - MOST_ITEMS).into());
                }
                Value::Array(shown)
            }
            Value::Object(members) => Value::Object(self.object(members, context)),
        }
    }

    fn object(
        &mut self,
        members: &Map<String, Value>,
        context: &Context<'_>,
    ) -> Map<String, Value> {
        let mut shown = Map::new();
        let mut unknown = 0;
        for (name, value) in members.iter().take(MOST_ITEMS * 10) {
            let is_known = is_specified_member(name) || INNER_MEMBERS.contains(&name.as_str());
            if !is_known {
                // The name itself may say something, and so may all that is below it.
                unknown += 1;
                self.withheld += 1;
                shown.insert(format!("(member {unknown} withheld)"), Value::Null);
                continue;
            }
            let inner = Context {
                member: name,
                of_person: context.of_person || OF_PERSONS.contains(&name.as_str()),
            };
            shown.insert(name.clone(), self.value(value, &inner));
        }
        if members.len() > MOST_ITEMS * 10 {
            self.cut = true;
        }
        shown
    }

    fn text(&mut self, text: &str, context: &Context<'_>) -> Value {
        let is_public = match context.member {
            "objectClassName" => matches!(
                text,
                "ip network" | "autnum" | "entity" | "domain" | "nameserver"
            ),
            "startAddress" | "endAddress" | "v4prefix" | "v6prefix" | "v4" | "v6" => {
                is_resource(text)
            }
            "ldhName" | "unicodeName" => is_reverse(text),
            "eventDate" => is_time(text),
            "ipVersion" => matches!(text, "v4" | "v6"),
            "lang" | "hreflang" => is_language(text),
            "country" => {
                !context.of_person
                    && text.len() == 2
                    && text.chars().all(|c| c.is_ascii_uppercase())
            }
            "rdapConformance" => text == "rdap_level_0" || is_registered(text),
            "status" | "roles" | "eventAction" | "rel" => is_registered(text),
            "type" => is_registered(text) || is_media_type(text),
            _ => false,
        };
        let is_network = self.keep == Keep::Networks
            && !context.of_person
            && OF_NETWORKS.contains(&context.member)
            && !text.contains('@');
        if is_public || is_network {
            return Value::from(text);
        }
        self.withheld += 1;
        Value::from(withheld(text))
    }

    /// Shows which properties a card has, and nothing of what they say.
    fn card(&mut self, items: &[Value]) -> Value {
        let mut names: Vec<&str> = Vec::new();
        let properties = items.iter().filter_map(Value::as_array).flatten();
        for property in properties.filter_map(Value::as_array) {
            self.withheld += 1;
            let name = property.first().and_then(Value::as_str).unwrap_or_default();
            names.push(if is_vcard_property(name) {
                name
            } else {
                "(withheld)"
            });
        }
        let cut = names.len().saturating_sub(MOST_ITEMS);
        names.truncate(MOST_ITEMS);
        let more = if cut > 0 {
            format!(" and {cut} more")
        } else {
            String::new()
        };
        Value::from(format!(
            "(a card withheld, with {}{more})",
            names.join(", ")
        ))
    }
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_first = parts
        .next()
        .is_some_and(|p| (2..=3).contains(&p.len()) && p.chars().all(|c| c.is_ascii_lowercase()));
    let is_region = |p: &str| p.len() == 2 && p.chars().all(|c| c.is_ascii_uppercase());
    is_first && parts.clone().count() <= 1 && parts.all(is_region)
}

fn is_media_type(text: &str) -> bool {
    matches!(
        text,
        "application/rdap+json"
            | "application/json"
            | "application/geofeed+csv"
            | "application/pdf"
            | "text/html"
            | "text/plain"
            | "text/csv"
    )
}
