//! Reads the resources of a transfer: sets of AS number ranges and of address ranges.

use std::net::{IpAddr, Ipv4Addr};

use super::at::At;
use super::node::{Node, Object};
use super::rules::{Rule, Tally, cut};
use super::words::Deviation;
use crate::resource::{AddressRange, AddressSet, Asn, AsnSet, Prefix, Resources};

/// Kinds of resources, by the member that they stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    Asn,
    V4,
    V6,
}

impl Space {
    pub(super) const ALL: [Self; 3] = [Self::Asn, Self::V4, Self::V6];

    /// Returns the name of the member.
    pub(super) const fn member(self) -> &'static str {
        match self {
            Self::Asn => "asns",
            Self::V4 => "ip4nets",
            Self::V6 => "ip6nets",
        }
    }
}

/// Reads the sets of a transfer; each finding and deviation goes to the tally.
#[derive(Debug)]
pub(super) struct Sets<'t> {
    pub(super) tally: &'t mut Tally,
    pub(super) transferred: Resources,
    pub(super) original: Option<Resources>,
}

/// What one array of ranges says.
#[derive(Debug, Default)]
struct Ranges {
    addresses: Vec<AddressRange>,
    asns: Vec<(Asn, Asn)>,
}

impl Ranges {
    fn set(&self) -> Resources {
        Resources {
            addresses: self.addresses.iter().copied().collect(),
            asns: self.asns.iter().copied().collect(),
        }
    }

    /// Returns what stands in more than one range.
    fn repeated(&self) -> Resources {
        let addresses: Vec<AddressSet> = self.addresses.iter().map(|r| (*r).into()).collect();
        let mut known = AsnSet::new();
        let mut asns = AsnSet::new();
        for (first, last) in &self.asns {
            let range = AsnSet::range(*first, *last);
            asns = asns.union(&known.intersect(&range));
            known = known.union(&range);
        }
        Resources {
            addresses: AddressSet::new().tiling(&addresses).overlaps,
            asns,
        }
    }
}

impl Sets<'_> {
    fn find(&mut self, rule: Rule, at: &At<'_>, message: impl FnOnce() -> String) {
        self.tally.find(rule, || at.to_string(), message);
    }

    fn deviate(&mut self, deviation: Deviation, at: &At<'_>) {
        self.tally.deviate(deviation, || at.to_string());
    }

    /// Notes a `null`, whatever else is said of it.
    fn note_null(&mut self, node: &Node, at: &At<'_>) {
        if *node == Node::Null {
            self.deviate(Deviation::Null, at);
        }
    }

    /// Reads what stands in the member of one kind of resources.
    pub(super) fn read(&mut self, space: Space, node: &Node, at: &At<'_>) {
        self.tally.look(Rule::SetForm);
        if let Node::Object(object) = node {
            return self.object(space, object, at);
        }
        self.note_null(node, at);
        self.find(Rule::SetForm, at, || {
            format!("{}; expected an object with `transfer_set`", node.kind())
        });
        let Node::List(items) = node else {
            return;
        };
        self.deviate(Deviation::SetAsArray, at);
        // Either an array of what should be one object, or the ranges themselves.
        let is_set = |object: &Object| object.get("transfer_set").is_some();
        if items.iter().filter_map(Node::object).any(is_set) {
            for (index, item) in items.iter().enumerate() {
                if let Node::Object(object) = item {
                    self.object(space, object, &at.index(index));
                }
            }
        } else {
            let ranges = self.ranges(space, node, at);
            self.take(&ranges, at);
        }
    }

    fn object(&mut self, space: Space, object: &Object, at: &At<'_>) {
        let place = at.name("transfer_set");
        let mut transferred = Resources::default();
        match object.get("transfer_set") {
            None => self.find(Rule::SetForm, at, || "no `transfer_set`".to_owned()),
            Some(node) => {
                let ranges = self.ranges(space, node, &place);
                transferred = self.take(&ranges, &place);
            }
        }
        if let Some(node) = object.get("original_set") {
            let place = at.name("original_set");
            let original = self.ranges(space, node, &place).set();
            self.tally.look(Rule::SetOriginal);
            if !original.covers(&transferred) {
                let outside = transferred.minus(&original);
                self.find(Rule::SetOriginal, &place, || {
                    format!(
                        "`{}` is transferred and not here",
                        cut(&outside.to_string())
                    )
                });
            }
            let known = self.original.take().unwrap_or_default();
            self.original = Some(known.union(&original));
        }
    }

    /// Takes what is transferred, and returns it.
    fn take(&mut self, ranges: &Ranges, at: &At<'_>) -> Resources {
        let set = ranges.set();
        self.tally.look(Rule::SetOnce);
        if ranges.addresses.len() + ranges.asns.len() > 1 {
            let twice = ranges.repeated();
            if !twice.is_empty() {
                self.find(Rule::SetOnce, at, || {
                    format!("`{}` stands here twice", cut(&twice.to_string()))
                });
            }
        }
        self.transferred = self.transferred.union(&set);
        set
    }

    fn ranges(&mut self, space: Space, node: &Node, at: &At<'_>) -> Ranges {
        let mut ranges = Ranges::default();
        if let Node::List(items) = node {
            for (index, item) in items.iter().enumerate() {
                self.range(space, item, &at.index(index), &mut ranges);
            }
        } else {
            self.note_null(node, at);
            self.find(Rule::SetForm, at, || {
                format!("{}; expected an array of ranges", node.kind())
            });
            if node.object().is_some() {
                self.range(space, node, at, &mut ranges);
            }
        }
        ranges
    }

    fn range(&mut self, space: Space, node: &Node, at: &At<'_>, ranges: &mut Ranges) {
        let Node::Object(object) = node else {
            self.note_null(node, at);
            self.find(Rule::SetForm, at, || {
                format!("{}; expected an object with two ends", node.kind())
            });
            return;
        };
        match space {
            Space::Asn => ranges.asns.extend(self.numbers(object, at)),
            Space::V4 | Space::V6 => self.addresses(space, object, at, &mut ranges.addresses),
        }
    }

    /// Reads a range of AS numbers; one of which an end cannot be read is left out.
    fn numbers(&mut self, object: &Object, at: &At<'_>) -> Option<(Asn, Asn)> {
        let first = self.number(object, "start", at);
        let last = self.number(object, "end", at);
        let (first, last) = first.zip(last)?;
        self.tally.look(Rule::SetOrder);
        if first > last {
            self.find(Rule::SetOrder, at, || {
                format!("{last} ends before {first} begins")
            });
            return None;
        }
        Some((first, last))
    }

    fn number(&mut self, object: &Object, name: &str, at: &At<'_>) -> Option<Asn> {
        self.tally.look(Rule::SetNumbers);
        let Some(node) = object.get(name) else {
            self.find(Rule::SetNumbers, at, || format!("no `{name}`"));
            return None;
        };
        let at = at.name(name);
        let (asn, seen) = if let Node::Whole(number) = node {
            let asn = u32::try_from(*number).ok().map(Asn);
            if asn.is_some() {
                return asn;
            }
            (None, number.to_string())
        } else if let Some(text) = node.text() {
            let asn: Option<Asn> = text.trim().parse().ok();
            if asn.is_some() {
                self.deviate(Deviation::TextNumber, &at);
            }
            (asn, format!("text `{}`", cut(text)))
        } else {
            self.note_null(node, &at);
            (None, node.kind().to_owned())
        };
        self.find(Rule::SetNumbers, &at, || {
            format!("{seen}; expected a whole number of 32 bits")
        });
        asn
    }

    /// Reads a range of addresses; where an end cannot be read its prefixes stand for it, if they are there.
    fn addresses(
        &mut self,
        space: Space,
        object: &Object,
        at: &At<'_>,
        ranges: &mut Vec<AddressRange>,
    ) {
        let first = self.address(space, object, "start_address", at);
        let last = self.address(space, object, "end_address", at);
        let mut range = None;
        if let Some((first, last)) = first.zip(last) {
            self.tally.look(Rule::SetOrder);
            range = AddressRange::new(first, last).ok();
            if range.is_none() {
                self.find(Rule::SetOrder, at, || {
                    format!("`{last}` ends no range that begins with `{first}`")
                });
            }
        }
        ranges.extend(range);
        let Some(node) = object.get("cidrs") else {
            return;
        };
        let place = at.name("cidrs");
        let prefixes = self.prefixes(space, node, &place);
        match range {
            Some(range) => {
                let parts: Vec<AddressSet> = prefixes.iter().map(|p| (*p).into()).collect();
                let tiling = AddressSet::from(range).tiling(&parts);
                for (set, what) in [
                    (&tiling.gaps, "is in no prefix"),
                    (&tiling.overlaps, "is in several prefixes"),
                    (&tiling.beyond, "is beyond the range"),
                ] {
                    if !set.is_empty() {
                        self.find(Rule::SetCidrs, &place, || {
                            format!("`{}` {what}", cut(&set.to_string()))
                        });
                    }
                }
            }
            None if first.is_none() || last.is_none() => {
                ranges.extend(prefixes.iter().map(Prefix::range));
            }
            None => {}
        }
    }

    fn prefixes(&mut self, space: Space, node: &Node, at: &At<'_>) -> Vec<Prefix> {
        self.tally.look(Rule::SetCidrs);
        let Node::List(items) = node else {
            self.note_null(node, at);
            self.find(Rule::SetCidrs, at, || {
                format!("{}; expected an array of prefixes", node.kind())
            });
            return Vec::new();
        };
        let mut prefixes = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let at = at.index(index);
            let Node::Object(object) = item else {
                self.note_null(item, &at);
                self.find(Rule::SetCidrs, &at, || {
                    format!("{}; expected `prefix` and `length`", item.kind())
                });
                continue;
            };
            let length = match object.get("length") {
                Some(Node::Whole(length)) => u8::try_from(*length).ok(),
                Some(Node::Text(text)) => {
                    self.deviate(Deviation::TextNumber, &at);
                    self.find(Rule::SetCidrs, &at.name("length"), || {
                        format!("text `{}`; expected a number", cut(text))
                    });
                    text.trim().parse().ok()
                }
                Some(_) | None => None,
            };
            let address = self.address(space, object, "prefix", &at);
            let prefix = address.zip(length).map(|(a, l)| Prefix::new(a, l));
            match prefix {
                Some(Ok(prefix)) => prefixes.push(prefix),
                Some(Err(error)) => self.find(Rule::SetCidrs, &at, || error.to_string()),
                None if address.is_some() => {
                    self.find(Rule::SetCidrs, &at, || {
                        "no `length` that can be read".to_owned()
                    });
                }
                // What is wrong with the address was told.
                None => {}
            }
        }
        prefixes
    }

    fn address(
        &mut self,
        space: Space,
        object: &Object,
        name: &str,
        at: &At<'_>,
    ) -> Option<IpAddr> {
        self.tally.look(Rule::SetAddresses);
        let family = if space == Space::V4 { "IPv4" } else { "IPv6" };
        let Some(node) = object.get(name) else {
            self.find(Rule::SetAddresses, at, || format!("no `{name}`"));
            return None;
        };
        let at = at.name(name);
        let Node::Text(text) = node else {
            self.note_null(node, &at);
            self.find(Rule::SetAddresses, &at, || {
                format!("{}; expected an {family} address", node.kind())
            });
            return None;
        };
        let (address, padded) = match text.parse::<IpAddr>() {
            Ok(address) => (Some(address), false),
            Err(_) => (dotted(text), true),
        };
        let Some(address) = address else {
            self.find(Rule::SetAddresses, &at, || {
                format!("`{}` is no address; expected {family}", cut(text))
            });
            return None;
        };
        if address.is_ipv4() {
            self.tally.look(Rule::SetPadded);
        }
        if padded {
            self.deviate(Deviation::PaddedOctet, &at);
            self.find(Rule::SetPadded, &at, || {
                format!("`{}`; expected `{address}`", cut(text))
            });
        }
        if address.is_ipv4() != (space == Space::V4) {
            self.find(Rule::SetAddresses, &at, || {
                format!("`{address}`; expected an {family} address")
            });
        }
        Some(address)
    }
}

/// Reads dotted decimal with zeros before octets and blanks around: `008.030.000.000` is 8.30.0.0.
fn dotted(text: &str) -> Option<IpAddr> {
    let mut octets = [0_u8; 4];
    let mut parts = text.trim().split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        *octet = part.parse().ok().filter(|_| digits && part.len() <= 4)?;
    }
    parts
        .next()
        .is_none()
        .then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}
