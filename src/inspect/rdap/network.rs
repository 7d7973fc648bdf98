//! Rules about IP networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::answer::Answer;
use super::conformance::shortened;
use super::object::{Class, Object, Standing, items};
use super::registered::is_country;
use super::{Query, Rule, rule};
use crate::inspect::Seen;

pub(super) const RULES: &[Rule] = &[
    rule("rdap.ip.required", required),
    rule("rdap.ip.version", version),
    rule("rdap.ip.v4-form", v4_form),
    rule("rdap.ip.v6-form", v6_form),
    rule("rdap.ip.order", order),
    rule("rdap.ip.covers-query", covers_query),
    rule("rdap.ip.country", country),
    rule("rdap.ip.cidr0-present", cidr0_present),
    rule("rdap.ip.cidr0-shape", cidr0_shape),
    rule("rdap.ip.cidr0-exact", cidr0_exact),
];

/// Addresses of one family, from first to last, as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) is_v4: bool,
    pub(super) first: u128,
    pub(super) last: u128,
}

impl Span {
    /// Returns the span of a prefix, host bits masked; `None` if the length is too long.
    pub(super) fn of_prefix(address: IpAddr, length: u32) -> Option<Self> {
        let (is_v4, number) = number(address);
        let host_bits = width(is_v4).checked_sub(length)?;
        let host = ones(host_bits);
        Some(Self {
            is_v4,
            first: number & !host,
            last: number | host,
        })
    }

    /// Reads an address, `address/length`, or `first - last`; zero padding is accepted.
    pub(super) fn read(text: &str) -> Option<Self> {
        if let Some((first, last)) = text.split_once(" - ") {
            return Self::between(lenient(first.trim())?, lenient(last.trim())?);
        }
        match text.split_once('/') {
            Some((address, length)) => Self::of_prefix(lenient(address)?, length.parse().ok()?),
            None => {
                let address = lenient(text)?;
                Self::between(address, address)
            }
        }
    }

    fn between(first: IpAddr, last: IpAddr) -> Option<Self> {
        let (is_v4, first) = number(first);
        let (last_is_v4, last) = number(last);
        (is_v4 == last_is_v4 && first <= last).then_some(Self { is_v4, first, last })
    }

    /// Returns the range of a network object; `None` if it has none that can be read.
    pub(super) fn of_object(object: &Object<'_>) -> Option<Self> {
        Self::between(
            lenient(object.text("startAddress")?)?,
            lenient(object.text("endAddress")?)?,
        )
    }

    pub(super) fn covers(&self, other: &Self) -> bool {
        self.is_v4 == other.is_v4 && self.first <= other.first && other.last <= self.last
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.is_v4 == other.is_v4 && self.first <= other.last && other.first <= self.last
    }
}

const fn width(is_v4: bool) -> u32 {
    if is_v4 { 32 } else { 128 }
}

/// Returns a number with this many low bits set.
const fn ones(bits: u32) -> u128 {
    match 1_u128.checked_shl(bits) {
        Some(0) | None => u128::MAX,
        Some(number) => number - 1,
    }
}

fn number(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(v4) => (true, u128::from(u32::from(v4))),
        IpAddr::V6(v6) => (false, u128::from(v6)),
    }
}

/// Reads an address; dotted decimal may be padded with zeros.
fn lenient(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let mut octets = [0_u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        let digits =
            !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
        *octet = digits.then(|| part.parse().ok()).flatten()?;
    }
    parts
        .next()
        .is_none()
        .then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}

fn required(answer: &Answer<'_>, seen: &mut Seen) {
    missing_members(
        answer,
        seen,
        Class::Ip,
        &[
            "handle",
            "startAddress",
            "endAddress",
            "ipVersion",
            "status",
        ],
    );
}

/// Finds objects of a class without members that the NRO profile asks for.
pub(super) fn missing_members(answer: &Answer<'_>, seen: &mut Seen, class: Class, names: &[&str]) {
    if !answer.is_profiled() {
        return;
    }
    for object in answer.of_class(class) {
        seen.look();
        let missing: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| object.get(name).is_none())
            .collect();
        if !missing.is_empty() {
            seen.find(
                answer.pointer(object.at),
                format!("no `{}`", missing.join("`, `")),
            );
        }
    }
}

fn version(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.of_class(Class::Ip) {
        let Some(version) = object.get("ipVersion") else {
            continue;
        };
        seen.look();
        let at = || answer.below(object.at, "ipVersion");
        let is_v4 = match version.as_str() {
            Some("v4") => true,
            Some("v6") => false,
            _ => {
                seen.find(at(), "neither `v4` nor `v6`");
                continue;
            }
        };
        let fits = ["startAddress", "endAddress"]
            .into_iter()
            .filter_map(|name| lenient(object.text(name)?))
            .all(|address| address.is_ipv4() == is_v4);
        if !fits {
            seen.find(at(), "does not fit the addresses");
        }
    }
}

/// Calls `each` with the place and text of every address that an object states.
fn addresses<'a>(answer: &Answer<'a>, mut each: impl FnMut(&dyn Fn() -> String, &'a str)) {
    for object in &answer.objects {
        for name in ["startAddress", "endAddress"] {
            if let Some(text) = object.text(name) {
                each(&|| answer.below(object.at, name), text);
            }
        }
        for family in ["v4", "v6"] {
            let list = object
                .get("ipAddresses")
                .and_then(|addresses| addresses.get(family));
            for (index, text) in items(list).iter().enumerate() {
                if let Some(text) = text.as_str() {
                    each(
                        &|| answer.below(object.at, &format!("ipAddresses/{family}/{index}")),
                        text,
                    );
                }
            }
        }
    }
}

fn v4_form(answer: &Answer<'_>, seen: &mut Seen) {
    addresses(answer, |at, text| {
        if text.contains(':') {
            return;
        }
        seen.look();
        if text.parse::<Ipv4Addr>().is_err() {
            let why = if lenient(text).is_some() {
                "padded with zeros"
            } else {
                "not dotted decimal"
            };
            seen.find(at(), format!("`{}` is {why}", shortened(text)));
        }
    });
}

fn v6_form(answer: &Answer<'_>, seen: &mut Seen) {
    addresses(answer, |at, text| {
        if !text.contains(':') {
            return;
        }
        seen.look();
        match text.parse::<Ipv6Addr>() {
            Ok(address) if address.to_string() == text => {}
            Ok(address) => seen.find(
                at(),
                format!(
                    "`{}` is not the form of RFC 5952; expected `{address}`",
                    shortened(text)
                ),
            ),
            Err(_) => seen.find(at(), format!("`{}` is no IPv6 address", shortened(text))),
        }
    });
}

fn order(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.of_class(Class::Ip) {
        let ends = (object.text("startAddress"), object.text("endAddress"));
        let (Some(first), Some(last)) = ends else {
            continue;
        };
        let (Some(first), Some(last)) = (lenient(first), lenient(last)) else {
            continue;
        };
        seen.look();
        if Span::between(first, last).is_none() {
            seen.find(
                answer.below(object.at, "startAddress"),
                "`startAddress` is not at or before `endAddress`",
            );
        }
    }
}

fn covers_query(answer: &Answer<'_>, seen: &mut Seen) {
    let Query::Ip(Some(text)) = &answer.asked else {
        return;
    };
    let (Some(asked), Some(object)) = (Span::read(text), answer.topmost()) else {
        return;
    };
    let Some(span) = Span::of_object(object) else {
        return;
    };
    seen.look();
    if !span.covers(&asked) {
        seen.find(
            "/startAddress",
            "the range does not contain what was asked for",
        );
    }
}

fn country(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.objects.iter().filter(|object| object.is_resource()) {
        let Some(code) = object.get("country") else {
            continue;
        };
        seen.look();
        if !code.as_str().is_some_and(is_country) {
            seen.find(
                answer.below(object.at, "country"),
                "not two upper-case letters of ISO 3166-1",
            );
        }
    }
}

fn cidr0_present(answer: &Answer<'_>, seen: &mut Seen) {
    if !answer.claims_one("cidr0") {
        return;
    }
    for object in answer
        .of_class(Class::Ip)
        .filter(|object| !object.members.is_empty())
    {
        seen.look();
        if object.get("cidr0_cidrs").is_none() {
            seen.find(
                answer.pointer(object.at),
                "the network has no `cidr0_cidrs`",
            );
        }
    }
}

/// Reads one item of `cidr0_cidrs`: the prefix as written and its length.
fn cidr(item: &Value) -> Result<(&str, u32), &'static str> {
    let members = item.as_object().ok_or("not a JSON object")?;
    let prefix = match (members.get("v4prefix"), members.get("v6prefix")) {
        (Some(prefix), None) => prefix
            .as_str()
            .filter(|text| text.parse::<Ipv4Addr>().is_ok()),
        (None, Some(prefix)) => prefix
            .as_str()
            .filter(|text| text.parse::<Ipv6Addr>().is_ok()),
        (None, None) => return Err("neither `v4prefix` nor `v6prefix`"),
        (Some(_), Some(_)) => return Err("both `v4prefix` and `v6prefix`; expected one"),
    };
    let prefix = prefix.ok_or("the prefix is no address of its family")?;
    let most = if prefix.contains(':') { 128 } else { 32 };
    let length = members.get("length").ok_or("no `length`")?;
    length
        .as_u64()
        .and_then(|length| u32::try_from(length).ok())
        .filter(|length| *length <= most)
        .map(|length| (prefix, length))
        .ok_or("`length` is not an integer that fits the family")
}

fn cidr0_shape(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.of_class(Class::Ip) {
        let Some(list) = object.get("cidr0_cidrs") else {
            continue;
        };
        seen.look();
        let Some(list) = list.as_array() else {
            seen.find(answer.below(object.at, "cidr0_cidrs"), "not an array");
            continue;
        };
        for (index, item) in list.iter().enumerate() {
            if let Err(why) = cidr(item) {
                seen.find(
                    answer.below(object.at, &format!("cidr0_cidrs/{index}")),
                    why,
                );
            }
        }
    }
}

fn cidr0_exact(answer: &Answer<'_>, seen: &mut Seen) {
    for object in answer.of_class(Class::Ip) {
        let list = items(object.get("cidr0_cidrs"));
        let Some(span) = Span::of_object(object) else {
            continue;
        };
        let prefixes: Option<Vec<(&str, u32)>> = list.iter().map(|item| cidr(item).ok()).collect();
        let Some(prefixes) = prefixes.filter(|prefixes| !prefixes.is_empty()) else {
            continue;
        };
        seen.look();
        if let Err((index, why)) = exact(&span, &prefixes) {
            let at = format!("cidr0_cidrs/{}", index.min(list.len() - 1));
            seen.find(answer.below(object.at, &at), why);
        }
    }
}

/// Says which item is the first that is not the next block of the shortest ordered list
/// of prefixes that make up a span.
fn exact(span: &Span, prefixes: &[(&str, u32)]) -> Result<(), (usize, &'static str)> {
    let mut next = Some(span.first);
    for (index, (text, length)) in prefixes.iter().enumerate() {
        let address = text.parse().map_err(|_| (index, "no address"))?;
        let block = Span::of_prefix(address, *length).ok_or((index, "too long"))?;
        if block.first != number(address).1 {
            return Err((index, "host bits are set"));
        }
        if block.is_v4 != span.is_v4 || Some(block.first) != next || block.last > span.last {
            return Err((index, "not the next block of the range"));
        }
        let widest = largest_block(block.first, span);
        if block.last != widest {
            return Err((
                index,
                "a larger block fits here; the list is not the shortest",
            ));
        }
        next = block.last.checked_add(1);
    }
    match prefixes.last() {
        Some(_) if next == span.last.checked_add(1) => Ok(()),
        _ => Err((prefixes.len() - 1, "the prefixes end before the range does")),
    }
}

/// Returns the last address of the largest aligned block that starts here and stays in a span.
fn largest_block(first: u128, span: &Span) -> u128 {
    let mut bits = first.trailing_zeros().min(width(span.is_v4));
    loop {
        let last = first | ones(bits);
        if last <= span.last || bits == 0 {
            return last;
        }
        bits -= 1;
    }
}

/// Says whether an object stands for itself in an answer, not inside another one.
pub(super) fn is_principal(object: &Object<'_>) -> bool {
    object.standing != Standing::Nested
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(range: &str, prefixes: &[(&str, u32)], expected: Result<(), usize>) {
        let span = Span::read(range).unwrap();
        assert_eq!(
            exact(&span, prefixes).map_err(|(index, _)| index),
            expected,
            "{range}"
        );
    }

    #[test]
    fn prefixes_make_up_the_range_exactly() {
        check("192.0.2.0 - 192.0.2.255", &[("192.0.2.0", 24)], Ok(()));
        check("0.0.0.0 - 255.255.255.255", &[("0.0.0.0", 0)], Ok(()));
        check("::/0", &[("::", 0)], Ok(()));
        check("2001:db8::/32", &[("2001:db8::", 32)], Ok(()));
        check(
            "192.0.2.0 - 192.0.2.95",
            &[("192.0.2.0", 26), ("192.0.2.64", 27)],
            Ok(()),
        );
        check(
            "192.0.2.0 - 192.0.2.255",
            &[("192.0.2.0", 25), ("192.0.2.128", 25)],
            Err(0),
        );
        check(
            "192.0.2.0 - 192.0.2.95",
            &[("192.0.2.64", 27), ("192.0.2.0", 26)],
            Err(0),
        );
        check("192.0.2.0 - 192.0.2.255", &[("192.0.2.0", 25)], Err(0));
        check("192.0.2.0 - 192.0.2.95", &[("192.0.2.0", 26)], Err(0));
        check("192.0.2.0 - 192.0.2.255", &[("192.0.2.1", 24)], Err(0));
    }

    #[test]
    fn padded_addresses_are_read_but_not_right() {
        assert!(lenient("074.125.000.000").is_some());
        assert!("074.125.000.000".parse::<Ipv4Addr>().is_err());
        for bad in ["1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.+4", ""] {
            assert_eq!(lenient(bad), None, "{bad}");
        }
    }
}
