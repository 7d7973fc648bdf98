//! Numbers with marks: who says something of which number, and several such maps side by side.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::ranges::Point;

/// How many different marks there are.
const MARKS: usize = 32;

/// Some of 32 marks, such as the registries that list a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marks(u32);

impl Marks {
    /// No mark.
    pub const NONE: Self = Self(0);

    /// Returns one mark by its number, from 0 to 31; no mark beyond.
    #[must_use]
    pub fn one(mark: usize) -> Self {
        let bit = u32::try_from(mark).ok().and_then(|m| 1_u32.checked_shl(m));
        Self(bit.unwrap_or(0))
    }

    /// Says whether there is none.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Returns how many there are.
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Says whether all of `other` are here.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns the marks of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the marks that are not in `other`.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Iterates over their numbers in ascending order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..MARKS).filter(move |mark| self.has(Self::one(*mark)))
    }
}

impl FromIterator<usize> for Marks {
    fn from_iter<I: IntoIterator<Item = usize>>(iter: I) -> Self {
        let marks = iter.into_iter().map(Self::one);
        marks.fold(Self::NONE, Self::union)
    }
}

/// Which marks numbers bear: ranges that neither overlap nor touch an equally marked one.
///
/// Numbers without a mark are in no range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked<T>(Vec<(T, T, Marks)>);

impl<T> Default for Marked<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Point> Marked<T> {
    /// Iterates over the ranges in ascending order, ends included, with what they bear.
    pub fn iter(&self) -> impl Iterator<Item = (T, T, Marks)> + '_ {
        self.0.iter().copied()
    }

    /// Returns the number of ranges.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether no number bears a mark.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the marks of a number.
    pub fn at(&self, number: T) -> Marks {
        let at = self.0.partition_point(|(_, last, _)| *last < number);
        match self.0.get(at) {
            Some((first, _, marks)) if *first <= number => *marks,
            _ => Marks::NONE,
        }
    }

    /// Iterates over the ranges that have a number from `first` to `last`, cut to those.
    pub fn within(&self, first: T, last: T) -> impl Iterator<Item = (T, T, Marks)> + '_ {
        let begin = self.0.partition_point(|(_, end, _)| *end < first);
        let from = self.0.get(begin..).unwrap_or_default().iter();
        from.take_while(move |(start, _, _)| *start <= last)
            .map(move |(a, b, marks)| ((*a).max(first), (*b).min(last), *marks))
    }

    fn push(&mut self, first: T, last: T, marks: Marks) {
        match self.0.last_mut() {
            Some(open) if open.2 == marks && open.1.next() == Some(first) => open.1 = last,
            _ => self.0.push((first, last, marks)),
        }
    }
}

impl<T: Point> FromIterator<(T, T, Marks)> for Marked<T> {
    /// Collects ranges in any order that may overlap; a number bears the marks of all it is in.
    ///
    /// A range whose ends are swapped, and one without a mark, is nothing.
    fn from_iter<I: IntoIterator<Item = (T, T, Marks)>>(iter: I) -> Self {
        let real = |(first, last, marks): &(T, T, Marks)| first <= last && !marks.is_none();
        let mut ranges: Vec<(T, T, Marks)> = iter.into_iter().filter(real).collect();
        if !ranges.is_sorted_by_key(|(first, _, _)| *first) {
            ranges.sort_unstable_by_key(|(first, _, _)| *first);
        }
        let mut sweep = Sweep {
            marked: Self(Vec::with_capacity(ranges.len())),
            open: BinaryHeap::new(),
            often: [0; MARKS],
            marks: Marks::NONE,
            begin: None,
        };
        for (first, last, marks) in ranges {
            sweep.open(first, last, marks);
        }
        sweep.close_until(None);
        sweep.marked
    }
}

/// A sweep over ranges in the order of their first numbers.
struct Sweep<T> {
    marked: Marked<T>,
    /// Ranges that have begun, the one that ends first on top.
    open: BinaryHeap<Reverse<(T, Marks)>>,
    /// How many open ranges bear each mark.
    often: [u32; MARKS],
    /// The marks of all open ranges.
    marks: Marks,
    /// The first number that is in the open ranges and not written yet; `None` beyond the largest.
    begin: Option<T>,
}

impl<T: Point> Sweep<T> {
    fn open(&mut self, first: T, last: T, marks: Marks) {
        self.close_until(Some(first));
        // What is open reaches up to here.
        if let (false, Some(begin), Some(before)) =
            (self.marks.is_none(), self.begin, first.previous())
            && begin <= before
        {
            self.marked.push(begin, before, self.marks);
        }
        self.begin = Some(first);
        self.open.push(Reverse((last, marks)));
        for mark in marks.iter() {
            if let Some(often) = self.often.get_mut(mark) {
                *often = often.saturating_add(1);
            }
        }
        self.marks = self.marks.union(marks);
    }

    /// Closes ranges that end before a number; all without one.
    fn close_until(&mut self, next: Option<T>) {
        while let Some(Reverse((last, marks))) = self.open.peek().copied() {
            if next.is_some_and(|next| last >= next) {
                return;
            }
            self.open.pop();
            if let Some(begin) = self.begin.filter(|begin| *begin <= last) {
                self.marked.push(begin, last, self.marks);
                self.begin = last.next();
            }
            for mark in marks.iter() {
                let Some(often) = self.often.get_mut(mark) else {
                    continue;
                };
                *often = often.saturating_sub(1);
                if *often == 0 {
                    self.marks = self.marks.minus(Marks::one(mark));
                }
            }
        }
    }
}

/// Numbers of which every one of some maps says the same throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch<T, const N: usize> {
    /// The first number.
    pub first: T,
    /// The last number.
    pub last: T,
    /// What each map says, in the order of the maps.
    pub marks: [Marks; N],
}

impl<T: Point, const N: usize> Stretch<T, N> {
    /// Returns how many numbers there are, as far as `u128` goes.
    pub fn count(&self) -> u128 {
        self.first.count_to(self.last)
    }
}

/// Lays maps side by side: every stretch of numbers of which at least one map says something.
///
/// Stretches come in ascending order, and each is as long as it can be. It is one sweep: the
/// time grows with the number of ranges of all maps.
pub fn join<'a, T: Point + 'a, const N: usize>(
    maps: [&'a Marked<T>; N],
) -> impl Iterator<Item = Stretch<T, N>> + 'a {
    // Where each map stands: its first range that does not lie below what was handed out.
    let mut places = [0_usize; N];
    let mut begin = maps.iter().filter_map(|m| m.0.first()).map(|r| r.0).min();
    std::iter::from_fn(move || {
        loop {
            let first = begin?;
            let mut marks = [Marks::NONE; N];
            // The last number before any map says something else; the next one of which any does.
            let mut last: Option<T> = None;
            let mut next: Option<T> = None;
            for ((map, place), here) in maps.iter().zip(&mut places).zip(&mut marks) {
                while map.0.get(*place).is_some_and(|range| range.1 < first) {
                    *place += 1;
                }
                let Some((from, to, what)) = map.0.get(*place).copied() else {
                    continue;
                };
                let end = if from <= first {
                    *here = what;
                    Some(to)
                } else {
                    next = Some(next.map_or(from, |next| next.min(from)));
                    from.previous()
                };
                last = match (last, end) {
                    (Some(last), Some(end)) => Some(last.min(end)),
                    (last, end) => last.or(end),
                };
            }
            let Some(last) = last else {
                begin = None;
                return None;
            };
            if marks.iter().all(|marks| marks.is_none()) {
                begin = next;
                continue;
            }
            begin = last.next();
            return Some(Stretch { first, last, marks });
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A naive map: what each octet bears.
    type Model = [u32; 256];

    type Given = Vec<(u8, u8, u32)>;

    fn any_ranges() -> impl Strategy<Value = Given> {
        let range = (any::<u8>(), 0_u8..60, 0_u32..16);
        prop::collection::vec(
            range.prop_map(|(a, n, m)| (a, a.saturating_add(n), m)),
            0..20,
        )
    }

    fn model(given: &Given) -> Model {
        let mut model = [0; 256];
        for (first, last, marks) in given {
            for octet in *first..=*last {
                model[usize::from(octet)] |= marks;
            }
        }
        model
    }

    /// Octets stand for the lowest and the highest numbers.
    fn lift(octet: u8) -> u32 {
        if octet < 128 {
            u32::from(octet)
        } else {
            u32::MAX - u32::from(255 - octet)
        }
    }

    fn lifted(given: &Given) -> Marked<u32> {
        let halves = given.iter().flat_map(|(a, b, marks)| {
            // What lies between both halves is nobody's.
            let low = (*a < 128).then(|| (*a, (*b).min(127)));
            let high = (*b >= 128).then(|| ((*a).max(128), *b));
            let both = [low, high].into_iter().flatten();
            both.map(|(a, b)| (lift(a), lift(b), Marks(*marks)))
        });
        halves.collect()
    }

    #[test]
    fn marks_are_a_set_of_small_numbers() {
        let marks: Marks = [0, 3, 31, 32].into_iter().collect();
        assert_eq!(marks.iter().collect::<Vec<_>>(), [0, 3, 31]);
        assert_eq!((marks.count(), Marks::one(32)), (3, Marks::NONE));
        assert!(marks.has(Marks::one(3)) && !marks.has(Marks::one(4)));
        assert_eq!(marks.minus(Marks::one(0)).iter().next(), Some(3));
    }

    #[test]
    fn everything_up_to_the_largest_number_can_be_marked() {
        let all: Marked<u128> = [
            (0, u128::MAX, Marks::one(0)),
            (u128::MAX, u128::MAX, Marks::one(1)),
        ]
        .into_iter()
        .collect();
        assert_eq!(all.len(), 2);
        assert_eq!(all.at(u128::MAX).count(), 2);
        assert_eq!(all.at(7), Marks::one(0));
        let stretches: Vec<_> = join([&all, &Marked::default()]).collect();
        assert_eq!(stretches.len(), 2);
        assert_eq!((stretches[1].count(), stretches[0].count()), (1, u128::MAX));
        assert_eq!(join([&Marked::<u32>::default()]).count(), 0);
    }

    #[test]
    fn what_lies_in_a_range_is_cut_to_it() {
        let map: Marked<u32> = [(0, 9, Marks::one(0)), (20, 29, Marks::one(1))]
            .into_iter()
            .collect();
        let seen: Vec<_> = map.within(5, 24).collect();
        assert_eq!(seen, [(5, 9, Marks::one(0)), (20, 24, Marks::one(1))]);
        assert_eq!(map.within(10, 19).count(), 0);
    }

    proptest! {
        #[test]
        fn numbers_bear_the_marks_of_all_ranges_they_are_in(given in any_ranges()) {
            let (marked, model) = (lifted(&given), model(&given));
            for octet in 0..=255_u8 {
                prop_assert_eq!(marked.at(lift(octet)).0, model[usize::from(octet)]);
            }
            let ranges: Vec<_> = marked.iter().collect();
            for pair in ranges.windows(2) {
                prop_assert!(pair[0].1 < pair[1].0);
                prop_assert!(pair[0].2 != pair[1].2 || pair[0].1 + 1 < pair[1].0);
            }
            prop_assert!(ranges.iter().all(|(a, b, marks)| a <= b && !marks.is_none()));
        }

        #[test]
        fn maps_are_laid_side_by_side(a in any_ranges(), b in any_ranges(), c in any_ranges()) {
            let models = [model(&a), model(&b), model(&c)];
            let maps = [lifted(&a), lifted(&b), lifted(&c)];
            let stretches: Vec<_> = join([&maps[0], &maps[1], &maps[2]]).collect();
            for octet in 0..=255_u8 {
                let number = lift(octet);
                let here = stretches.iter().find(|s| s.first <= number && number <= s.last);
                let seen = here.map_or([0; 3], |s| s.marks.map(|m| m.0));
                prop_assert_eq!(seen, models.map(|m| m[usize::from(octet)]));
            }
            for pair in stretches.windows(2) {
                prop_assert!(pair[0].last < pair[1].first);
                prop_assert!(pair[0].marks != pair[1].marks || pair[0].last + 1 < pair[1].first);
            }
        }
    }
}
