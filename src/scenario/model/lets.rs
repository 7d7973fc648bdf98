//! The named expressions of a scenario, and what is behind them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::expr::Expression;

/// The `let`s of a scenario in the order written; a later one may read an earlier one.
///
/// They are read for every case and every expression, so what is behind each is found out once.
#[derive(Clone, Debug, Default)]
pub struct Lets(Vec<Let>);

/// One named expression.
#[derive(Clone, Debug)]
pub struct Let {
    /// Its name.
    pub name: String,
    /// What it stands for.
    pub expression: Expression,
    /// Places of the earlier ones that it reads, directly or through others, and its own.
    behind: BTreeSet<usize>,
}

impl Lets {
    /// Says whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the one at a place; `None` beyond the last.
    pub fn get(&self, place: usize) -> Option<&Let> {
        self.0.get(place)
    }

    /// Returns the places of those that some names are or read, directly or through others, in order.
    pub fn behind<'r>(&self, roots: impl IntoIterator<Item = &'r str>) -> BTreeSet<usize> {
        let mut places = BTreeSet::new();
        if self.is_empty() {
            return places;
        }
        for root in roots {
            // Names are unique, as in every YAML mapping.
            if let Some(one) = self.0.iter().find(|one| one.name == root) {
                places.extend(&one.behind);
            }
        }
        places
    }

    /// Returns the probes that an expression reads, directly or through these, as it names them.
    pub fn probes_behind<'e>(&'e self, expression: &'e Expression) -> BTreeSet<&'e Arc<str>> {
        let mut probes: BTreeSet<&Arc<str>> = expression.probes().iter().collect();
        let places = self.behind(expression.roots());
        let through = places.into_iter().filter_map(|place| self.get(place));
        probes.extend(through.flat_map(|one| one.expression.probes()));
        probes
    }
}

impl FromIterator<(String, Expression)> for Lets {
    fn from_iter<I: IntoIterator<Item = (String, Expression)>>(all: I) -> Self {
        let mut lets = Self::default();
        for (name, expression) in all {
            let mut behind = lets.behind(expression.roots());
            behind.insert(lets.len());
            lets.0.push(Let {
                name,
                expression,
                behind,
            });
        }
        lets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Scope, Type};
    use crate::fact::vocabulary::ProbeKind;

    fn lets() -> (Lets, Scope) {
        let kind = ProbeKind::named("http").unwrap();
        let mut scope = Scope::new().with_probe("a", kind).with_probe("b", kind);
        scope.add("first", Type::space(["first.b"]));
        scope.add_probe("first.b", kind);
        let written = [
            ("one", "a.status"),
            ("two", "first.b.status"),
            ("sum", "one + two"),
            ("alone", "1"),
        ];
        let all = written.map(|(name, text)| {
            let expression = Expression::compile(text, &scope).unwrap();
            scope.add(name, expression.kind().clone());
            (name.to_owned(), expression)
        });
        (all.into_iter().collect(), scope)
    }

    #[test]
    fn what_is_behind_is_found_through_others_and_in_order() {
        let (lets, scope) = lets();
        let behind = |text: &str| {
            let expression = Expression::compile(text, &scope).unwrap();
            let places: Vec<usize> = lets.behind(expression.roots()).into_iter().collect();
            let probes = lets.probes_behind(&expression);
            let probes: Vec<String> = probes.into_iter().map(|p| p.to_string()).collect();
            (places, probes.join(" "))
        };
        assert_eq!(behind("sum > 2"), (vec![0, 1, 2], "a first.b".to_owned()));
        assert_eq!(behind("alone"), (vec![3], String::new()));
        assert_eq!(behind("b.ok"), (vec![], "b".to_owned()));
    }
}
