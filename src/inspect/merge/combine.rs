//! Combining: five files, IANA's and that of the day before, to what the NRO publishes.

use super::pieces::{Pieces, minus, push_range};
use super::row::{Conflict, Dress, Numbers, Row, Rows};
use super::siblings::join_siblings;

/// What is merged.
#[derive(Clone, Debug, Default)]
pub struct Inputs<'a> {
    /// The registries' files; where nothing else decides, the last one wins.
    pub registries: Vec<Rows<'a>>,
    /// IANA's file.
    pub iana: Rows<'a>,
    /// The combined file of the day before; `None` if there is none.
    pub previous: Option<Rows<'a>>,
}

/// What the NRO publishes for a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged<'a> {
    /// Every number once (`combined-stat`).
    pub combined: Rows<'a>,
    /// Pairs of rows about the same numbers.
    pub conflicts: Vec<Conflict<'a>>,
    /// What IANA gave to registries and none lists, as it is filled up.
    pub unclaimed: Rows<'a>,
    /// What is listed and IANA's file does not have.
    pub overclaimed: Rows<'a>,
}

impl<'a> Merged<'a> {
    /// Returns the combined rows with neighbors joined (`merged-stat`).
    pub fn joined(&self) -> Rows<'a> {
        let mut joined = Rows::default();
        for numbers in Numbers::ALL {
            *joined.of_mut(numbers) = join_siblings(self.combined.of(numbers));
        }
        joined
    }
}

/// The order in which the program reads the registries' files: that of its hash table, which nobody
/// promises. It matters only where nothing else decides whose a number is.
pub const PROGRAM_ORDER: [&str; 5] = ["arin", "afrinic", "lacnic", "ripencc", "apnic"];

/// Rows of what IANA has still, one for each kind, with the day since when.
const POOL: [(Numbers, &str, u128); 3] = [
    (
        Numbers::Asn,
        "iana|ZZ|asn|0|0|20061129|ianapool|iana|iana",
        // The program's whole ends here.
        4_200_000_000,
    ),
    (
        Numbers::Ipv4,
        "iana|ZZ|ipv4|0.0.0.0|0|20120801|ianapool|iana|iana",
        0xffff_ffff,
    ),
    (
        Numbers::Ipv6,
        "iana|ZZ|ipv6|::|0|19960801|ianapool|iana|iana",
        u128::MAX,
    ),
];

/// Merges statistics as the NRO's program does.
pub fn merge<'a>(inputs: &Inputs<'a>) -> Merged<'a> {
    let mut merged = Merged::default();
    for numbers in Numbers::ALL {
        one(inputs, numbers, &mut merged);
    }
    merged
}

/// Merges the rows of one kind.
fn one<'a>(inputs: &Inputs<'a>, numbers: Numbers, merged: &mut Merged<'a>) {
    let iana = inputs.iana.of(numbers);
    let is_given = |row: &&Row<'a>| PROGRAM_ORDER.contains(&row.holder());
    let files = inputs.registries.iter().flat_map(|rows| rows.of(numbers));
    let files = files.map(|row| row.dressed(Dress::Registry));
    let reserved = iana.iter().filter(|row| !is_given(row)).copied();
    let all: Vec<Row<'a>> = files.chain(reserved).collect();
    let nothing = Vec::new();
    let previous = inputs.previous.as_ref().map_or(&nothing, |p| p.of(numbers));
    let usage = combine(&all, previous, &mut merged.conflicts);

    let given = laid(&iana.iter().filter(is_given).copied().collect::<Vec<_>>());
    let unclaimed = minus(&given, &usage);
    let unclaimed = unclaimed.iter().map(|row| row.dressed(Dress::Unclaimed));
    let unclaimed = fill(&unclaimed.collect::<Vec<_>>(), previous);
    *merged.overclaimed.of_mut(numbers) = minus(&usage, &laid(iana));

    let mut combined = usage;
    combined.extend(&unclaimed);
    combined.sort_by_key(|row| (row.first, row.last));
    combined.extend(minus(&pool(numbers), &combined));
    combined.sort_by_key(|row| (row.first, row.last));
    *merged.unclaimed.of_mut(numbers) = unclaimed;
    *merged.combined.of_mut(numbers) = combined;
}

/// Returns the last number of a kind that the program knows.
pub(super) fn end(numbers: Numbers) -> u128 {
    let mut kinds = POOL.iter().filter(|(kind, ..)| *kind == numbers);
    kinds.next().map_or(0, |(_, _, last)| *last)
}

/// Returns the whole number space as IANA's.
pub(super) fn pool<'a>(numbers: Numbers) -> Vec<Row<'a>> {
    let mut whole = Vec::new();
    for (_, line, last) in POOL.iter().filter(|(kind, ..)| *kind == numbers) {
        let row = Row {
            line,
            first: 0,
            last: *last,
            numbers,
            dress: Dress::Plain,
            cut: true,
        };
        push_range(&mut whole, 0, *last, row);
    }
    whole
}

/// Returns rows laid one over the other, in order; most files have nothing to lay over.
pub(super) fn laid<'a>(rows: &[Row<'a>]) -> Vec<Row<'a>> {
    let mut all = Vec::with_capacity(rows.len());
    each_cluster(rows, |cluster| match cluster {
        [(_, one)] => push_range(&mut all, one.first, one.last, *one),
        several => all.extend(Pieces::of(several.iter().map(|(_, row)| *row)).rows()),
    });
    all
}

/// Returns every number once: where rows meet, IANA wins, then the day before, then the last.
fn combine<'a>(
    rows: &[Row<'a>],
    previous: &[Row<'a>],
    conflicts: &mut Vec<Conflict<'a>>,
) -> Vec<Row<'a>> {
    let mut all = Vec::with_capacity(rows.len());
    let mut met: Vec<(usize, Conflict<'a>)> = Vec::new();
    let mut before: Option<Pieces<'a>> = None;
    each_cluster(rows, |cluster| {
        if let [(_, row)] = cluster {
            push_range(&mut all, row.first, row.last, *row);
            return;
        }
        let before = before.get_or_insert_with(|| Pieces::of(previous.iter().copied()));
        let mut current = Pieces::default();
        for (place, row) in cluster {
            let overlaps = current.met_by(row);
            let is_free = overlaps.is_empty();
            met.extend(overlaps.into_iter().map(|(_, earlier)| {
                let later = *row;
                (*place, Conflict { earlier, later })
            }));
            let was = before.met_by(row);
            if is_free || row.registry() == "iana" || was.is_empty() {
                current.lay(*row);
            } else {
                current.lay_pieces(was);
            }
        }
        all.extend(current.rows());
    });
    // In the order of reading, as the program meets them.
    met.sort_by_key(|(place, _)| *place);
    conflicts.extend(met.into_iter().map(|(_, conflict)| conflict));
    all
}

/// Fills what nobody lists from the day before.
///
/// Where the day before has a part of it, only that part is kept, as the program keeps it.
fn fill<'a>(unclaimed: &[Row<'a>], previous: &[Row<'a>]) -> Vec<Row<'a>> {
    let known: Vec<Row<'a>> = previous
        .iter()
        .filter(|row| row.status() != "ianapool")
        .copied()
        .collect();
    if unclaimed.is_empty() || known.is_empty() {
        return unclaimed.to_vec();
    }
    let before = Pieces::of(known);
    let mut filled = Pieces::default();
    for row in unclaimed {
        let was = before.met_by(row);
        if was.is_empty() {
            filled.lay(*row);
        } else {
            filled.lay_pieces(was);
        }
    }
    filled.rows()
}

/// Hands over the rows that overlap each other directly or through others, together, in the order
/// of numbers; within each the order is that of reading, which is told.
fn each_cluster<'a>(rows: &[Row<'a>], mut look: impl FnMut(&[(usize, Row<'a>)])) {
    let mut order: Vec<(u128, usize)> = (0..)
        .zip(rows)
        .map(|(place, row)| (row.first, place))
        .collect();
    order.sort_unstable();
    let mut open: Vec<(usize, Row<'a>)> = Vec::new();
    let mut reach = 0;
    for (first, place) in order {
        let Some(row) = rows.get(place) else { continue };
        if first > reach && !open.is_empty() {
            hand_over(&mut open, &mut look);
        }
        reach = match open.is_empty() {
            true => row.last,
            false => reach.max(row.last),
        };
        open.push((place, *row));
    }
    if !open.is_empty() {
        hand_over(&mut open, &mut look);
    }
}

fn hand_over<'a>(open: &mut Vec<(usize, Row<'a>)>, look: &mut impl FnMut(&[(usize, Row<'a>)])) {
    open.sort_unstable_by_key(|(place, _)| *place);
    look(open);
    open.clear();
}
