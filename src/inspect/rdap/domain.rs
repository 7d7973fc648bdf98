//! Rules about domains, which at the registries are reverse zones.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::answer::Answer;
use super::network::{Span, missing_members};
use super::object::{Class, Object, Standing, items};
use super::{Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.domain.required", required),
    rule("rdap.domain.trailing-dot", trailing_dot),
    rule("rdap.domain.network", network),
    rule("rdap.domain.network-covers", network_covers),
    rule("rdap.domain.securedns-types", securedns_types),
];

fn required(answer: &Answer<'_>, seen: &mut Seen) {
    missing_members(answer, seen, Class::Domain, &["ldhName", "nameservers"]);
}

fn trailing_dot(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.is_profiled() {
        return;
    }
    for name in &answer.names {
        let Some(text) = name.value.as_str() else {
            continue;
        };
        seen.look();
        if !text.ends_with('.') {
            seen.find(answer.pointer(name.at), "the name does not end with `.`");
        }
    }
}

/// Returns the addresses that a reverse name stands for; `None` for other names and for
/// the two tops.
fn reverse_span(name: &str) -> Option<Span> {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    if let Some(labels) = name.strip_suffix(".in-addr.arpa") {
        let mut octets = [0_u8; 4];
        let mut count = 0;
        for (octet, label) in octets.iter_mut().zip(labels.rsplit('.')) {
            *octet = label.parse().ok()?;
            count += 8;
        }
        if labels.split('.').count() > 4 {
            return None;
        }
        return Span::of_prefix(IpAddr::V4(Ipv4Addr::from(octets)), count);
    }
    let labels = name.strip_suffix(".ip6.arpa")?;
    let mut number: u128 = 0;
    let mut count: u32 = 0;
    for label in labels.rsplit('.') {
        let digit = u128::from_str_radix(label, 16)
            .ok()
            .filter(|_| label.len() == 1)?;
        count += 4;
        number |= digit.checked_shl(128_u32.checked_sub(count)?)?;
    }
    Span::of_prefix(IpAddr::V6(Ipv6Addr::from(number)), count)
}

/// Returns the reverse zones that stand for themselves, with the addresses they name.
fn zones<'a, 'b>(answer: &'b Answer<'a>) -> impl Iterator<Item = (&'b Object<'a>, Span)> {
    answer
        .of_class(Class::Domain)
        .filter(|object| object.standing != Standing::Nested)
        .filter_map(|object| Some((object, reverse_span(object.text("ldhName")?)?)))
}

fn network(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.is_profiled() {
        return;
    }
    for (object, _) in zones(answer) {
        seen.look();
        if !object.get("network").is_some_and(Value::is_object) {
            seen.find(
                answer.pointer(object.at),
                "the reverse domain has no `network`",
            );
        }
    }
}

fn network_covers(answer: &Answer<'_>, seen: &mut Seen) {
    for (object, zone) in zones(answer) {
        let Some(network) = object.get("network").and_then(Value::as_object) else {
            continue;
        };
        let text = |name: &str| network.get(name).and_then(Value::as_str);
        let range = text("startAddress").zip(text("endAddress"));
        let Some(span) = range.and_then(|(first, last)| Span::read(&format!("{first} - {last}")))
        else {
            continue;
        };
        seen.look();
        if !span.covers(&zone) {
            seen.find(
                answer.below(object.at, "network"),
                "the network does not contain the addresses of the zone",
            );
        }
    }
}

fn securedns_types(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.of_class(Class::Domain) {
        let Some(secure) = object.get("secureDNS") else {
            continue;
        };
        seen.look();
        let mut wrong = |place: String, why: &str| {
            seen.find(answer.below(object.at, &format!("secureDNS{place}")), why);
        };
        if !secure.is_object() {
            wrong(String::new(), "not a JSON object");
            continue;
        }
        for name in ["delegationSigned", "zoneSigned"] {
            if secure.get(name).is_some_and(|value| !value.is_boolean()) {
                wrong(format!("/{name}"), "not true or false");
            }
        }
        if secure
            .get("maxSigLife")
            .is_some_and(|value| !value.is_u64())
        {
            wrong("/maxSigLife".to_owned(), "not a number of seconds");
        }
        let lists: [(&str, &[(&str, u64)]); 2] = [
            (
                "dsData",
                &[("keyTag", 65_535), ("algorithm", 255), ("digestType", 255)],
            ),
            (
                "keyData",
                &[("flags", 65_535), ("protocol", 255), ("algorithm", 255)],
            ),
        ];
        for (list, numbers) in lists {
            for (index, data) in items(secure.get(list)).iter().enumerate() {
                for (name, most) in numbers {
                    if data
                        .get(*name)
                        .is_some_and(|value| value.as_u64().is_none_or(|number| number > *most))
                    {
                        wrong(
                            format!("/{list}/{index}/{name}"),
                            "not an integer in its range",
                        );
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, range: Option<&str>) {
        assert_eq!(reverse_span(name), range.and_then(Span::read), "{name}");
    }

    #[test]
    fn reverse_names_stand_for_addresses() {
        check("2.0.192.in-addr.arpa.", Some("192.0.2.0/24"));
        check("192.IN-ADDR.ARPA", Some("192.0.0.0/8"));
        check("8.b.d.0.1.0.0.2.ip6.arpa", Some("2001:db8::/32"));
        check("in-addr.arpa.", None);
        check("example.net.", None);
        check("x.2.0.192.in-addr.arpa", None);
        check("1.2.3.4.5.in-addr.arpa", None);
        check("g.ip6.arpa", None);
    }
}
