//! The number spaces, each number with a mark.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::resource::{AddressRange, Asn, Resources};

/// A number space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Space {
    V4,
    V6,
    Asn,
}

/// Numbers of one space from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    space: Space,
    first: u128,
    last: u128,
}

/// Disjoint spans, each with a mark.
#[derive(Clone, Debug)]
pub(super) struct Spans<M>(BTreeMap<(Space, u128), (u128, M)>);

impl<M> Default for Spans<M> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<M: Copy> Spans<M> {
    /// Iterates over all spans with their marks.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Span, M)> + '_ {
        self.0.iter().map(|((space, first), (last, mark))| {
            let span = Span {
                space: *space,
                first: *first,
                last: *last,
            };
            (span, *mark)
        })
    }

    /// Iterates over the parts of some resources that have a mark.
    pub(super) fn over<'s>(
        &'s self,
        resources: &Resources,
    ) -> impl Iterator<Item = (Span, M)> + use<'s, M> {
        spans_of(resources).into_iter().flat_map(|span| {
            let begins = (span.space, span.first);
            let before = self.0.range(..begins).next_back();
            let within = self.0.range(begins..=(span.space, span.last));
            let all = before.into_iter().chain(within);
            all.filter_map(move |((space, first), (last, mark))| {
                let part = Span {
                    space: span.space,
                    first: (*first).max(span.first),
                    last: (*last).min(span.last),
                };
                (*space == span.space && part.first <= part.last).then_some((part, *mark))
            })
        })
    }

    /// Gives all of some resources a mark.
    pub(super) fn set(&mut self, resources: &Resources, mark: M) {
        for span in spans_of(resources) {
            self.put(span, mark);
        }
    }

    /// Gives a span a mark, and cuts what was there before.
    pub(super) fn put(&mut self, span: Span, mark: M) {
        let begins = (span.space, span.first);
        let before = self.0.range(..begins).next_back();
        if let Some(((space, first), (last, old))) = before.map(|(k, v)| (*k, *v))
            && space == span.space
            && last >= span.first
        {
            // `first` is smaller than `span.first`, which so is not 0.
            self.0.insert((space, first), (span.first - 1, old));
            if last > span.last {
                self.0.insert((space, span.last + 1), (last, old));
            }
        }
        let within = self.0.range(begins..=(span.space, span.last));
        let covered: Vec<((Space, u128), (u128, M))> =
            within.map(|(key, value)| (*key, *value)).collect();
        for (key, (last, old)) in covered {
            self.0.remove(&key);
            if last > span.last {
                self.0.insert((span.space, span.last + 1), (last, old));
            }
        }
        self.0.insert(begins, (span.last, mark));
    }
}

impl Span {
    /// Returns spans as resources.
    pub(super) fn resources(spans: impl IntoIterator<Item = Self>) -> Resources {
        let mut addresses = Vec::new();
        let mut asns = Vec::new();
        for span in spans {
            match span.space {
                Space::Asn => {
                    let asn = |number| u32::try_from(number).map_or(Asn(u32::MAX), Asn);
                    asns.push((asn(span.first), asn(span.last)));
                }
                Space::V4 => addresses.extend(range(span, |number| {
                    let bits = u32::try_from(number).unwrap_or(u32::MAX);
                    IpAddr::V4(Ipv4Addr::from_bits(bits))
                })),
                Space::V6 => addresses.extend(range(span, |number| {
                    IpAddr::V6(Ipv6Addr::from_bits(number))
                })),
            }
        }
        Resources {
            addresses: addresses.into_iter().collect(),
            asns: asns.into_iter().collect(),
        }
    }
}

fn range(span: Span, address: impl Fn(u128) -> IpAddr) -> Option<AddressRange> {
    AddressRange::new(address(span.first), address(span.last)).ok()
}

/// Returns the spans of some resources.
fn spans_of(resources: &Resources) -> Vec<Span> {
    let addresses = resources.addresses.ranges().map(|range| {
        let bits = |address| match address {
            IpAddr::V4(v4) => u128::from(v4.to_bits()),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        Span {
            space: if range.is_ipv4() {
                Space::V4
            } else {
                Space::V6
            },
            first: bits(range.first()),
            last: bits(range.last()),
        }
    });
    let asns = resources.asns.ranges().map(|(first, last)| Span {
        space: Space::Asn,
        first: first.0.into(),
        last: last.0.into(),
    });
    addresses.chain(asns).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn resources(first: u32, last: u32) -> Resources {
        Resources {
            asns: crate::resource::AsnSet::range(Asn(first), Asn(last)),
            ..Resources::default()
        }
    }

    proptest! {
        #[test]
        fn the_last_step_of_each_number_is_known(puts in prop::collection::vec((0_u32..60, 0_u32..20), 0..20)) {
            let mut spans = Spans::default();
            let mut model = [None; 80];
            for (step, (first, length)) in puts.iter().enumerate() {
                spans.set(&resources(*first, first + length), step);
                for number in *first..=first + length {
                    model[number as usize] = Some(step);
                }
            }
            for (number, expected) in model.iter().enumerate() {
                let number = number as u32;
                let found: Vec<usize> = spans.over(&resources(number, number)).map(|(_, s)| s).collect();
                prop_assert_eq!(found, expected.iter().copied().collect::<Vec<_>>());
            }
            let all: Vec<(Span, usize)> = spans.iter().collect();
            prop_assert!(all.windows(2).all(|w| w[0].0.last < w[1].0.first));
            let whole: Vec<(Span, usize)> = spans.over(&resources(0, 79)).collect();
            prop_assert_eq!(whole, all);
        }
    }

    #[test]
    fn both_ends_of_each_space_are_held() {
        let everything = Resources {
            addresses: "0.0.0.0/0, ::/0".parse().unwrap(),
            asns: crate::resource::AsnSet::range(Asn(0), Asn(u32::MAX)),
        };
        let mut spans = Spans::default();
        spans.set(&everything, 0);
        let edge = Resources {
            addresses: "255.255.255.255/32, ffff::/16".parse().unwrap(),
            asns: Asn(0).into(),
        };
        spans.set(&edge, 1);
        let of = |step| Span::resources(spans.iter().filter(|s| s.1 == step).map(|s| s.0));
        assert_eq!(of(1), edge);
        assert_eq!(of(0), everything.minus(&edge));
    }
}
