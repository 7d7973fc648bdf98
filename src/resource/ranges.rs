//! Sorted disjoint ranges of numbers and their algebra, for any width of number.

/// A number that ranges run over: `u32` for AS numbers and IPv4 addresses, `u128` for IPv6 addresses.
pub trait Point: Copy + Ord + Into<u128> {
    /// Returns the number after this one; `None` after the largest.
    fn next(self) -> Option<Self>;

    /// Returns the number before this one; `None` before the smallest.
    fn previous(self) -> Option<Self>;

    /// Returns how many numbers lie from this one to `last`, both included, as far as `u128` goes.
    fn count_to(self, last: Self) -> u128;

    /// Returns the host bits of the largest aligned block that begins here and ends by `last`.
    fn block_bits(self, last: Self) -> u32;

    /// Returns the last number of the block with so many host bits.
    fn block_last(self, bits: u32) -> Self;
}

macro_rules! point {
    ($type:ty) => {
        impl Point for $type {
            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }

            fn previous(self) -> Option<Self> {
                self.checked_sub(1)
            }

            fn count_to(self, last: Self) -> u128 {
                u128::from(last.saturating_sub(self)).saturating_add(1)
            }

            fn block_bits(self, last: Self) -> u32 {
                let fits = match last.saturating_sub(self).checked_add(1) {
                    Some(count) => count.ilog2(),
                    None => <$type>::BITS,
                };
                self.trailing_zeros().min(fits)
            }

            fn block_last(self, bits: u32) -> Self {
                let unused = <$type>::BITS.saturating_sub(bits);
                self | <$type>::MAX.checked_shr(unused).unwrap_or(0)
            }
        }
    };
}

point!(u32);
point!(u128);

/// A set of numbers as sorted ranges, ends included, that neither overlap nor touch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Ranges<T>(Vec<(T, T)>);

impl<T> Default for Ranges<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Point> FromIterator<(T, T)> for Ranges<T> {
    /// Collects ranges in any order that may overlap; one whose ends are swapped is nothing.
    fn from_iter<I: IntoIterator<Item = (T, T)>>(iter: I) -> Self {
        let mut ranges: Vec<(T, T)> = iter.into_iter().filter(|(a, b)| a <= b).collect();
        if !ranges.is_sorted() {
            ranges.sort_unstable();
        }
        Self::join(ranges.into_iter())
    }
}

impl<T: Point> Ranges<T> {
    /// Joins ranges that come in the order of their first numbers.
    fn join(ranges: impl Iterator<Item = (T, T)>) -> Self {
        let mut joined: Vec<(T, T)> = Vec::new();
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(open) if open.1.next().is_none_or(|next| first <= next) => {
                    open.1 = open.1.max(last);
                }
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    pub(super) fn one(first: T, last: T) -> Self {
        std::iter::once((first, last)).collect()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (T, T)> + ExactSizeIterator + '_ {
        self.0.iter().copied()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns how many numbers there are, as far as `u128` goes.
    pub(super) fn count(&self) -> u128 {
        self.iter()
            .fold(0, |sum: u128, (a, b)| sum.saturating_add(a.count_to(b)))
    }

    pub(super) fn contains_range(&self, first: T, last: T) -> bool {
        let at = self.0.partition_point(|r| r.1 < first);
        self.0.get(at).is_some_and(|r| r.0 <= first && last <= r.1)
    }

    pub(super) fn covers(&self, other: &Self) -> bool {
        other.iter().all(|(a, b)| self.contains_range(a, b))
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let (few, many) = if self.len() <= other.len() {
            (self, other)
        } else {
            (other, self)
        };
        few.iter().any(|(first, last)| {
            let at = many.0.partition_point(|r| r.1 < first);
            many.0.get(at).is_some_and(|r| r.0 <= last)
        })
    }

    pub(super) fn union(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.iter().peekable(), other.iter().peekable());
        Self::join(std::iter::from_fn(|| match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if b < a => right.next(),
            (Some(_), _) => left.next(),
            (None, _) => right.next(),
        }))
    }

    pub(super) fn intersect(&self, other: &Self) -> Self {
        let mut common = Vec::new();
        let (mut left, mut right) = (self.iter().peekable(), other.iter().peekable());
        while let (Some(&a), Some(&b)) = (left.peek(), right.peek()) {
            let (first, last) = (a.0.max(b.0), a.1.min(b.1));
            if first <= last {
                common.push((first, last));
            }
            if a.1 <= b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        Self(common)
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        let mut holes = other.iter().peekable();
        for (mut first, last) in self.iter() {
            let mut open = true;
            while let Some(&(from, to)) = holes.peek() {
                if to < first {
                    holes.next();
                    continue;
                }
                if from > last {
                    break;
                }
                if let Some(before) = from.previous().filter(|before| first <= *before) {
                    rest.push((first, before));
                }
                // A hole that reaches beyond this range may cut the next one too.
                let Some(next) = to.next().filter(|next| *next <= last) else {
                    open = false;
                    break;
                };
                first = next;
            }
            if open {
                rest.push((first, last));
            }
        }
        Self(rest)
    }

    /// Returns the numbers that stand in more than one of the ranges given.
    pub(super) fn repeated(mut ranges: Vec<(T, T)>) -> Self {
        ranges.sort_unstable();
        let mut reached: Option<T> = None;
        let mut twice = Vec::new();
        for (first, last) in ranges {
            if let Some(reached) = reached.filter(|r| first <= *r) {
                twice.push((first, last.min(reached)));
            }
            reached = Some(reached.map_or(last, |r| r.max(last)));
        }
        twice.into_iter().collect()
    }

    /// Iterates over the fewest aligned blocks that make up the set, as first number and host bits.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (T, u32)> + '_ {
        self.iter().flat_map(|(first, last)| blocks(first, last))
    }
}

/// Iterates over the fewest aligned blocks that make up a range, as first number and host bits.
pub(super) fn blocks<T: Point>(first: T, last: T) -> impl Iterator<Item = (T, u32)> {
    let mut rest = (first <= last).then_some(first);
    std::iter::from_fn(move || {
        let begin = rest?;
        let bits = begin.block_bits(last);
        rest = begin.block_last(bits).next().filter(|next| *next <= last);
        Some((begin, bits))
    })
}
