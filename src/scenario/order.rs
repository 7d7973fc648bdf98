//! The order of things that wait for one another: probes, and checks that require others.

use std::sync::Arc;

/// Returns the places of some items, each behind all that it waits for, otherwise as written.
///
/// A name that no item has keeps nobody waiting. An item that waits for itself, by way of
/// others or not, is left out, and so is whoever waits for it.
pub fn order<T>(
    items: &[T],
    name: impl Fn(&T) -> &Arc<str>,
    after: impl Fn(&T) -> &[Arc<str>],
) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(items.len());
    // Each pass takes those that wait for nobody any more.
    loop {
        let before = order.len();
        for (place, item) in items.iter().enumerate() {
            let waits = |other: &Arc<str>| {
                let mut open = items.iter().enumerate();
                open.any(|(at, item)| name(item) == other && !order.contains(&at))
            };
            if !order.contains(&place) && !after(item).iter().any(waits) {
                order.push(place);
            }
        }
        if order.len() == before {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(items: &[(&str, &[&str])], expected: &[usize]) {
        let items: Vec<(Arc<str>, Vec<Arc<str>>)> = items
            .iter()
            .map(|(name, after)| {
                let after = after.iter().map(|a| Arc::from(*a)).collect();
                (Arc::from(*name), after)
            })
            .collect();
        assert_eq!(order(&items, |i| &i.0, |i| &i.1), expected);
    }

    #[test]
    fn each_stands_behind_those_it_waits_for() {
        check(&[], &[]);
        check(&[("a", &["c"]), ("b", &[]), ("c", &["b"])], &[1, 2, 0]);
        check(&[("a", &["nobody"]), ("b", &["a"])], &[0, 1]);
    }

    #[test]
    fn whoever_waits_for_itself_is_left_out() {
        check(&[("a", &["a"]), ("b", &[])], &[1]);
        check(
            &[("a", &["b"]), ("b", &["a"]), ("c", &["b"]), ("d", &[])],
            &[3],
        );
    }
}
