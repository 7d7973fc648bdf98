//! Functions of lists.

use std::cmp::Ordering;

use super::super::operate::{self, equal, order};
use super::super::tree::Op;
use super::super::{LONGEST_LIST, List, Type, Val};
use super::{Function, Want, expected, int_of, int_type, item_type, same_type};
use crate::fact::Digest;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "size",
        signature: "size(x) int",
        meaning: "items of a list, keys of an object, characters of text, addresses or numbers of a set",
        example: "['a', 'b'].size() + size('abc')",
        result: "5",
        least: 1,
        params: &[Want::Sized],
        yields: int_type,
        run: size,
    },
    Function {
        name: "sorted",
        signature: "sorted(list) list",
        meaning: "the items in ascending order; all of one kind",
        example: "sorted(['b', 'a'])",
        result: "[a, b]",
        least: 1,
        params: &[Want::List],
        yields: same_type,
        run: sorted,
    },
    Function {
        name: "unique",
        signature: "unique(list) list",
        meaning: "each item once, where it stands first",
        example: "unique(['b', 'a', 'b'])",
        result: "[b, a]",
        least: 1,
        params: &[Want::List],
        yields: same_type,
        run: unique,
    },
    Function {
        name: "flatten",
        signature: "flatten(list) list",
        meaning: "the items of the lists in a list; an item that is no list stays",
        example: "flatten([['a'], [], ['b', 'c']])",
        result: "[a, b, c]",
        least: 1,
        params: &[Want::List],
        yields: flat_type,
        run: flatten,
    },
    Function {
        name: "pick",
        signature: "pick(list, count, seed) list",
        meaning: "a sample without replacement, the same for the same seed, in the order of the list; all if there are fewer",
        example: "pick(['a', 'b', 'c', 'd'], 2, 'audit') == pick(['a', 'b', 'c', 'd'], 2, 'audit')",
        result: "true",
        least: 3,
        params: &[Want::List, Want::Int, Want::Any],
        yields: same_type,
        run: pick,
    },
    Function {
        name: "min",
        signature: "min(list) value, or min(a, b) value",
        meaning: "the smallest; refuses an empty list",
        example: "min([3, 1, 2])",
        result: "1",
        least: 1,
        params: &[Want::Any, Want::Any],
        yields: extreme_type,
        run: min,
    },
    Function {
        name: "max",
        signature: "max(list) value, or max(a, b) value",
        meaning: "the largest; refuses an empty list",
        example: "max(kib(2), bytes(5))",
        result: "2048 B",
        least: 1,
        params: &[Want::Any, Want::Any],
        yields: extreme_type,
        run: max,
    },
    Function {
        name: "sum",
        signature: "sum(list) value",
        meaning: "the sum of numbers, sizes or durations; 0 for an empty list",
        example: "sum([1, 2, 3])",
        result: "6",
        least: 1,
        params: &[Want::List],
        yields: item_type,
        run: sum,
    },
    Function {
        name: "intersection",
        signature: "intersection(list, list) list",
        meaning: "the items of the first that are in the second too, each once",
        example: "intersection(['a', 'b'], ['b', 'c'])",
        result: "[b]",
        least: 2,
        params: &[Want::List, Want::List],
        yields: same_type,
        run: intersection,
    },
    Function {
        name: "difference",
        signature: "difference(list, list) list",
        meaning: "the items of the first that are not in the second, each once",
        example: "difference(['a', 'b'], ['b', 'c'])",
        result: "[a]",
        least: 2,
        params: &[Want::List, Want::List],
        yields: same_type,
        run: difference,
    },
];

fn flat_type(kinds: &[Type]) -> Type {
    match item_type(kinds) {
        Type::List(item) => Type::List(item),
        _ => Type::List(Box::new(Type::Dynamic)),
    }
}

fn extreme_type(kinds: &[Type]) -> Type {
    if kinds.len() > 1 {
        same_type(kinds)
    } else {
        item_type(kinds)
    }
}

/// Returns an argument that must be a list within the limit.
fn list_of<'a, 'e>(args: &'a [Val<'e>], at: usize) -> Result<&'a List<'e>, String> {
    match args.get(at) {
        Some(Val::List(list)) if list.len() > LONGEST_LIST => {
            Err(format!("list has more than {LONGEST_LIST} items"))
        }
        Some(Val::List(list)) => Ok(list),
        other => Err(expected("a list", other)),
    }
}

fn size<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let large = |count: u128| Val::Int(i64::try_from(count).unwrap_or(i64::MAX));
    Ok(match args.first() {
        Some(Val::Text(text)) => Val::count(text.chars().count()),
        Some(Val::List(list)) => Val::count(list.len()),
        Some(Val::Map(map)) => Val::count(map.len()),
        Some(Val::Addresses(set)) => large(set.count()),
        Some(Val::Asns(set)) => large(u128::from(set.count())),
        other => return Err(expected(Want::Sized.words(), other)),
    })
}

/// Sorts values of one kind; the first mismatch is the error.
fn sort(items: &mut [Val<'_>]) -> Result<(), String> {
    let mut trouble = None;
    items.sort_by(|a, b| match order(Op::Less, a, b) {
        Ok(ordering) => ordering.unwrap_or(Ordering::Equal),
        Err(message) => {
            trouble.get_or_insert(message);
            Ordering::Equal
        }
    });
    trouble.map_or(Ok(()), Err)
}

fn sorted<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let list = list_of(args, 0)?;
    let mut items: Vec<Val<'e>> = list.iter().collect();
    // A total order is needed: NaN has none, mixed kinds are refused before they are sorted.
    if let Some(first) = items.first().cloned() {
        for item in &items {
            order(Op::Less, &first, item)?.ok_or("a number in the list is not one")?;
        }
    }
    sort(&mut items)?;
    Ok(Val::list(items))
}

/// Keeps the items that `wanted` accepts, each once.
fn distinct<'e>(
    list: &List<'e>,
    wanted: impl Fn(&Val<'e>) -> Result<bool, String>,
) -> Result<Val<'e>, String> {
    let mut seen = std::collections::HashSet::new();
    let mut kept: Vec<Val<'e>> = Vec::new();
    for item in list.iter() {
        // The text of a JSON value tells it from others of its kind; the kind is told by the first octet.
        let key = format!("{}\u{0}{}", item.words(), item.to_json());
        if wanted(&item)? && seen.insert(key) {
            kept.push(item);
        }
    }
    Ok(Val::list(kept))
}

fn unique<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    distinct(list_of(args, 0)?, |_| Ok(true))
}

/// Most comparisons of one function call.
const COMPARISONS: usize = 1_000_000;

/// Says whether an item is in a list.
fn has(list: &List<'_>, item: &Val<'_>) -> Result<bool, String> {
    for other in list.iter() {
        if equal(item, &other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn both<'a, 'e>(args: &'a [Val<'e>]) -> Result<(&'a List<'e>, &'a List<'e>), String> {
    let (a, b) = (list_of(args, 0)?, list_of(args, 1)?);
    if a.len().saturating_mul(b.len()) > COMPARISONS {
        return Err(format!(
            "the lists take more than {COMPARISONS} comparisons"
        ));
    }
    Ok((a, b))
}

fn intersection<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let (a, b) = both(args)?;
    distinct(a, |item| has(b, item))
}

fn difference<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let (a, b) = both(args)?;
    distinct(a, |item| has(b, item).map(|found| !found))
}

fn flatten<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let mut items = Vec::new();
    for item in list_of(args, 0)?.iter() {
        match item {
            Val::List(list) if items.len().saturating_add(list.len()) <= LONGEST_LIST => {
                items.extend(list.iter())
            }
            Val::List(_) => return Err(format!("list would have more than {LONGEST_LIST} items")),
            other => items.push(other),
        }
    }
    Ok(Val::list(items))
}

fn pick<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let list = list_of(args, 0)?;
    let count =
        usize::try_from(int_of(args, 1)?).map_err(|_| "a sample cannot be smaller than nothing")?;
    let seed = args.get(2).map(Val::render).unwrap_or_default();
    // Ordered by a digest of seed and item, so that the draw of one item does not depend on the others.
    let mut drawn: Vec<(String, usize)> = list
        .iter()
        .enumerate()
        .map(|(at, item)| {
            (
                Digest::of(format!("{seed}\u{0}{}", item.to_json()).as_bytes())
                    .hex()
                    .to_owned(),
                at,
            )
        })
        .collect();
    drawn.sort();
    drawn.truncate(count);
    drawn.sort_by_key(|(_, at)| *at);
    Ok(Val::list(
        drawn.into_iter().filter_map(|(_, at)| list.get(at)),
    ))
}

fn extreme<'e>(args: &[Val<'e>], wanted: Ordering) -> Result<Val<'e>, String> {
    let items: Vec<Val<'e>> = match args {
        [Val::List(_)] => list_of(args, 0)?.iter().collect(),
        _ => args.to_vec(),
    };
    let mut items = items.into_iter();
    let mut best = items.next().ok_or("the list is empty")?;
    for item in items {
        if order(Op::Less, &item, &best)? == Some(wanted) {
            best = item;
        }
    }
    Ok(best)
}

fn min<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    extreme(args, Ordering::Less)
}

fn max<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    extreme(args, Ordering::Greater)
}

fn sum<'e>(args: &[Val<'e>]) -> Result<Val<'e>, String> {
    let mut items = list_of(args, 0)?.iter();
    let Some(first) = items.next() else {
        return Ok(Val::Int(0));
    };
    if matches!(first, Val::Text(_) | Val::List(_) | Val::Time(_)) {
        return Err(expected("numbers, sizes or durations", Some(&first)));
    }
    items.try_fold(first, |sum, item| operate::apply(Op::Add, &sum, &item))
}
