//! Functions of number resources.

use std::net::IpAddr;

use super::super::{LONGEST_LIST, Map, Type, Val};
use super::{Function, Want, bool_type, expected, int_type, text_type, texts_type};
use crate::resource::{AddressRange, AddressSet, Asn, AsnSet, Prefix};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "prefixes",
        signature: "prefixes(x) addresses",
        meaning: "the addresses that text, a list, an RDAP network or its cidr0 members say",
        example: "prefixes({'startAddress': '192.0.2.0', 'endAddress': '192.0.2.255'}) == prefixes('192.0.2.0/24')",
        result: "true",
        least: 1,
        params: &[Want::Resources],
        yields: addresses_type,
        run: prefixes,
    },
    Function {
        name: "asns",
        signature: "asns(x) AS numbers",
        meaning: "the AS numbers that text, numbers, a list or an RDAP autnum say",
        example: "asns('AS64500-AS64502').covers(64501)",
        result: "true",
        least: 1,
        params: &[Want::Resources],
        yields: asns_type,
        run: asns,
    },
    Function {
        name: "covers",
        signature: "covers(a, b) bool",
        meaning: "whether all of b is in a; resources, or text that says some",
        example: "prefixes('192.0.2.0/24').covers('192.0.2.128/25')",
        result: "true",
        least: 2,
        params: &[Want::Resources, Want::Resources],
        yields: bool_type,
        run: covers,
    },
    Function {
        name: "overlaps",
        signature: "overlaps(a, b) bool",
        meaning: "whether a and b have a resource in common",
        example: "overlaps('10.0.0.0/8', '192.0.2.0/24')",
        result: "false",
        least: 2,
        params: &[Want::Resources, Want::Resources],
        yields: bool_type,
        run: overlaps,
    },
    Function {
        name: "union",
        signature: "union(a, b) resources",
        meaning: "the resources of either",
        example: "union('192.0.2.0/25', '192.0.2.128/25')",
        result: "192.0.2.0/24",
        least: 2,
        params: &[Want::Resources, Want::Resources],
        yields: pair_type,
        run: union,
    },
    Function {
        name: "minus",
        signature: "minus(a, b) resources",
        meaning: "the resources of a that are not in b",
        example: "minus('192.0.2.0/24', '192.0.2.128/25')",
        result: "192.0.2.0/25",
        least: 2,
        params: &[Want::Resources, Want::Resources],
        yields: pair_type,
        run: minus,
    },
    Function {
        name: "common",
        signature: "common(a, b) resources",
        meaning: "the resources of both",
        example: "common('10.0.0.0/8', '10.1.0.0/16')",
        result: "10.1.0.0/16",
        least: 2,
        params: &[Want::Resources, Want::Resources],
        yields: pair_type,
        run: common,
    },
    Function {
        name: "cidrs",
        signature: "cidrs(x) list",
        meaning: "the fewest prefixes that make up the addresses, as texts",
        example: "cidrs('192.0.2.0-192.0.2.191')",
        result: "[192.0.2.0/25, 192.0.2.128/26]",
        least: 1,
        params: &[Want::Resources],
        yields: texts_type,
        run: cidrs,
    },
    Function {
        name: "first_address",
        signature: "first_address(x) text",
        meaning: "the lowest address; refuses an empty set",
        example: "first_address('192.0.2.0/24')",
        result: "192.0.2.0",
        least: 1,
        params: &[Want::Resources],
        yields: text_type,
        run: first_address,
    },
    Function {
        name: "last_address",
        signature: "last_address(x) text",
        meaning: "the highest address; refuses an empty set",
        example: "last_address('2001:db8::/127')",
        result: "2001:db8::1",
        least: 1,
        params: &[Want::Resources],
        yields: text_type,
        run: last_address,
    },
    Function {
        name: "prefix_length",
        signature: "prefix_length(x) int",
        meaning: "the length of one prefix; refuses what is not one",
        example: "prefix_length('192.0.2.0 - 192.0.2.255')",
        result: "24",
        least: 1,
        params: &[Want::Resources],
        yields: int_type,
        run: prefix_length,
    },
    Function {
        name: "is_ipv4",
        signature: "is_ipv4(x) bool",
        meaning: "whether there are addresses and all of them are IPv4",
        example: "is_ipv4('2001:db8::1')",
        result: "false",
        least: 1,
        params: &[Want::Resources],
        yields: bool_type,
        run: is_ipv4,
    },
    Function {
        name: "is_ipv6",
        signature: "is_ipv6(x) bool",
        meaning: "whether there are addresses and all of them are IPv6",
        example: "is_ipv6('2001:db8::1')",
        result: "true",
        least: 1,
        params: &[Want::Resources],
        yields: bool_type,
        run: is_ipv6,
    },
    Function {
        name: "reverse_name",
        signature: "reverse_name(prefix) text",
        meaning: "the reverse DNS name of a prefix of whole octets or nibbles; refuses others",
        example: "reverse_name('192.0.2.0/24')",
        result: "2.0.192.in-addr.arpa",
        least: 1,
        params: &[Want::Resources],
        yields: text_type,
        run: reverse_name,
    },
    Function {
        name: "reverse_prefix",
        signature: "reverse_prefix(name) addresses",
        meaning: "the addresses that a reverse DNS name stands for",
        example: "reverse_prefix('8.b.d.0.1.0.0.2.ip6.arpa')",
        result: "2001:db8::/32",
        least: 1,
        params: &[Want::Text],
        yields: addresses_type,
        run: reverse_prefix,
    },
    Function {
        name: "expanded",
        signature: "expanded(address) text",
        meaning: "an address with all its digits, for queries in another form",
        example: "expanded('2001:db8::1')",
        result: "2001:0db8:0000:0000:0000:0000:0000:0001",
        least: 1,
        params: &[Want::Text],
        yields: text_type,
        run: expanded,
    },
];

const fn addresses_type(_: &[Type]) -> Type {
    Type::Addresses
}

const fn asns_type(_: &[Type]) -> Type {
    Type::Asns
}

/// The type of two resources together: AS numbers if one of them is known to be.
fn pair_type(kinds: &[Type]) -> Type {
    if kinds.iter().any(|k| matches!(k, Type::Asns)) {
        Type::Asns
    } else if kinds.iter().any(|k| matches!(k, Type::Addresses)) {
        Type::Addresses
    } else {
        Type::Dynamic
    }
}

/// Resources of one kind.
enum Pair {
    Addresses(AddressSet, AddressSet),
    Asns(AsnSet, AsnSet),
}

/// Returns a member of an object that must be text.
fn member(map: &Map<'_>, name: &str) -> Option<String> {
    map.get(name).and_then(|v| v.as_text().map(str::to_owned))
}

/// Reads addresses: a set, text, a list of either, an RDAP network, or a cidr0 member.
fn addresses(value: &Val<'_>) -> Result<AddressSet, String> {
    match value {
        Val::Addresses(set) => Ok((**set).clone()),
        Val::Text(text) => text
            .parse()
            .map_err(|error: crate::resource::ResourceError| error.to_string()),
        Val::List(list) if list.len() > LONGEST_LIST => {
            Err(format!("list has more than {LONGEST_LIST} items"))
        }
        Val::List(list) => {
            let sets: Result<Vec<AddressSet>, String> =
                list.iter().map(|item| simple_addresses(&item)).collect();
            Ok(sets?.into_iter().collect())
        }
        Val::Map(_) => simple_addresses(value),
        other => Err(expected("addresses", Some(other))),
    }
}

/// Reads addresses that are no list, so that lists do not nest.
fn simple_addresses(value: &Val<'_>) -> Result<AddressSet, String> {
    let Val::Map(map) = value else {
        return match value {
            Val::List(_) => Err(expected("addresses", Some(value))),
            other => addresses(other),
        };
    };
    if let (Some(first), Some(last)) = (member(map, "startAddress"), member(map, "endAddress")) {
        let parse = |text: &str| {
            text.parse::<IpAddr>()
                .map_err(|_| format!("`{text}` is not an IP address"))
        };
        let range = AddressRange::new(parse(&first)?, parse(&last)?);
        return range
            .map(AddressSet::from)
            .map_err(|error| error.to_string());
    }
    let prefix = member(map, "v4prefix").or_else(|| member(map, "v6prefix"));
    if let (Some(prefix), Some(Val::Int(length))) = (prefix, map.get("length")) {
        let parsed: Result<Prefix, _> = format!("{prefix}/{length}").parse();
        return parsed
            .map(AddressSet::from)
            .map_err(|error| error.to_string());
    }
    Err("this object has neither `startAddress` and `endAddress` nor a cidr0 prefix".to_owned())
}

/// Reads AS numbers: a set, text, a number, a list of them, or an RDAP autnum.
fn as_numbers(value: &Val<'_>) -> Result<AsnSet, String> {
    match value {
        Val::List(list) if list.len() > LONGEST_LIST => {
            Err(format!("list has more than {LONGEST_LIST} items"))
        }
        Val::List(list) => {
            let sets: Result<Vec<AsnSet>, String> =
                list.iter().map(|item| simple_asns(&item)).collect();
            Ok(sets?.into_iter().collect())
        }
        other => simple_asns(other),
    }
}

fn simple_asns(value: &Val<'_>) -> Result<AsnSet, String> {
    let one = |int: i64| {
        u32::try_from(int)
            .map(Asn)
            .map_err(|_| format!("`{int}` is not an AS number"))
    };
    match value {
        Val::Asns(set) => Ok((**set).clone()),
        Val::Text(text) => text
            .parse()
            .map_err(|error: crate::resource::ResourceError| error.to_string()),
        Val::Int(int) => one(*int).map(AsnSet::from),
        Val::Map(map) => match (map.get("startAutnum"), map.get("endAutnum")) {
            (Some(Val::Int(first)), Some(Val::Int(last))) if first <= last => {
                Ok(AsnSet::range(one(first)?, one(last)?))
            }
            _ => Err("this object has no `startAutnum` and `endAutnum` in order".to_owned()),
        },
        other => Err(expected("AS numbers", Some(other))),
    }
}

/// Reads two arguments as resources of one kind, told by the one that is a set.
fn pair(args: &[Val<'_>]) -> Result<Pair, String> {
    let [a, b] = args else {
        return Err("two resources are expected".to_owned());
    };
    let asns = |v: &Val<'_>| match v {
        Val::Asns(_) | Val::Int(_) => true,
        Val::Map(map) => map.get("startAutnum").is_some(),
        Val::Text(text) => text.parse::<AddressSet>().is_err() && text.parse::<AsnSet>().is_ok(),
        _ => false,
    };
    if asns(a) || asns(b) {
        return Ok(Pair::Asns(as_numbers(a)?, as_numbers(b)?));
    }
    Ok(Pair::Addresses(addresses(a)?, addresses(b)?))
}

fn prefixes<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let value = args.first().ok_or("addresses are expected")?;
    addresses(value).map(Val::addresses)
}

fn asns<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let value = args.first().ok_or("AS numbers are expected")?;
    as_numbers(value).map(Val::asns)
}

fn covers<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::Bool(match pair(args)? {
        Pair::Addresses(a, b) => a.covers(&b),
        Pair::Asns(a, b) => a.covers(&b),
    }))
}

fn overlaps<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::Bool(match pair(args)? {
        Pair::Addresses(a, b) => a.overlaps(&b),
        Pair::Asns(a, b) => a.overlaps(&b),
    }))
}

fn union<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(match pair(args)? {
        Pair::Addresses(a, b) => Val::addresses(a.union(&b)),
        Pair::Asns(a, b) => Val::asns(a.union(&b)),
    })
}

fn minus<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(match pair(args)? {
        Pair::Addresses(a, b) => Val::addresses(a.minus(&b)),
        Pair::Asns(a, b) => Val::asns(a.minus(&b)),
    })
}

fn common<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(match pair(args)? {
        Pair::Addresses(a, b) => Val::addresses(a.intersect(&b)),
        Pair::Asns(a, b) => Val::asns(a.intersect(&b)),
    })
}

/// Reads the first argument as addresses.
fn first(args: &[Val<'_>]) -> Result<AddressSet, String> {
    addresses(args.first().ok_or("addresses are expected")?)
}

fn cidrs<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let set = first(args)?;
    let texts: Vec<Val<'e>> = set
        .prefixes()
        .take(LONGEST_LIST + 1)
        .map(|p| Val::text(p.to_string()))
        .collect();
    if texts.len() > LONGEST_LIST {
        return Err(format!("list would have more than {LONGEST_LIST} items"));
    }
    Ok(Val::list(texts))
}

fn first_address<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let set = first(args)?;
    let range = set.ranges().next().ok_or("the set is empty")?;
    Ok(Val::text(range.first().to_string()))
}

fn last_address<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let set = first(args)?;
    let range = set.ranges().last().ok_or("the set is empty")?;
    Ok(Val::text(range.last().to_string()))
}

/// Reads the first argument as one prefix.
fn one_prefix(args: &[Val<'_>]) -> Result<Prefix, String> {
    let set = first(args)?;
    let mut ranges = set.ranges();
    match (ranges.next().and_then(|r| r.prefix()), ranges.next()) {
        (Some(prefix), None) => Ok(prefix),
        _ => Err("this is not one prefix".to_owned()),
    }
}

fn prefix_length<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    Ok(Val::Int(i64::from(one_prefix(args)?.length())))
}

fn is_ipv4<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let set = first(args)?;
    Ok(Val::Bool(
        !set.is_empty() && set.ranges().all(|r| r.is_ipv4()),
    ))
}

fn is_ipv6<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let set = first(args)?;
    Ok(Val::Bool(
        !set.is_empty() && set.ranges().all(|r| !r.is_ipv4()),
    ))
}

fn reverse_name<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let prefix = one_prefix(args)?;
    let name = prefix.reverse_name();
    name.map(Val::text).ok_or_else(|| {
        format!("`{prefix}` does not end with an octet or nibble; it has several reverse names")
    })
}

fn reverse_prefix<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let range = AddressRange::of_reverse_name(super::text_of(args, 0)?);
    range
        .map(|r| Val::addresses(r.into()))
        .map_err(|error| error.to_string())
}

fn expanded<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let text = super::text_of(args, 0)?;
    let address: IpAddr = text.parse().map_err(|_| {
        let shown: String = text.chars().take(50).collect();
        format!("`{shown}` is not an IP address")
    })?;
    Ok(Val::text(match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let groups: Vec<String> = v6.segments().iter().map(|s| format!("{s:04x}")).collect();
            groups.join(":")
        }
    }))
}
