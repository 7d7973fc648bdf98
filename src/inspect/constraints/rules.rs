//! Rules about a constraints file, and about a tree beside it.

use std::collections::BTreeMap;

use super::read::{self, Constraints, Entry, Verb, What};
use super::special;
use crate::inspect::Found;
use crate::inspect::tree::{Held, Holder, ObjectId, Tree};
use crate::resource::{AddressSet, AsnSet};
use crate::verdict::Operator;

/// A rule about constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The id, such as `rpki.tac.form`.
    pub id: &'static str,
}

const FORM: Rule = Rule {
    id: "rpki.tac.form",
};
const APART: Rule = Rule {
    id: "rpki.tac.apart",
};
const CERTIFIED: Rule = Rule {
    id: "rpki.tac.certified",
};
const PAYLOADS: Rule = Rule {
    id: "rpki.tac.payloads",
};
const SPECIAL: Rule = Rule {
    id: "rpki.tac.special",
};

/// All rules.
pub const RULES: &[Rule] = &[FORM, APART, CERTIFIED, PAYLOADS, SPECIAL];

/// What the rules found in the doing of one operator.
#[derive(Clone, Debug, Default)]
pub struct Tally(BTreeMap<&'static str, Found>);

impl Tally {
    /// Returns what a rule found; it had something to look at.
    fn seen(&mut self, rule: Rule) -> &mut Found {
        self.0.entry(rule.id).or_default()
    }

    /// Adds what was found in the doing of another operator.
    pub fn merge(&mut self, other: Self) {
        for (rule, found) in other.0 {
            self.0.entry(rule).or_default().merge(found);
        }
    }

    /// Returns what each rule with something to look at found, by id.
    pub fn into_found(self) -> impl Iterator<Item = (&'static str, Found)> {
        self.0.into_iter()
    }
}

/// What the rules found, by whose doing it is.
type All = BTreeMap<Operator, Tally>;

/// A constraints file beside a tree.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// Where it is, for places.
    pub url: &'a str,
    /// Who serves it.
    pub operator: Operator,
    /// What it says.
    pub constraints: &'a Constraints,
}

/// Applies every rule to a tree and, where there is one, to a constraints file.
///
/// A certificate is its issuer's doing, an object its authority's, and the file's form that of
/// who serves it. Where the registry does not declare its own authorities, a certificate for all
/// addresses is taken for one of them.
pub fn look(tree: &Tree, file: Option<Beside<'_>>, own_declared: bool) -> All {
    let mut all = All::new();
    if let Some(Beside {
        url,
        operator,
        constraints,
    }) = file
    {
        let own = all.entry(operator).or_default();
        form(url, constraints, own.seen(FORM));
        apart(url, constraints, own.seen(APART));
        payloads(tree, constraints, &mut all);
    }
    let (addresses, asns) = (special::addresses(), special::asns());
    let looked = |held: &Held<'_>| own_declared || !is_everything(held);
    for held in tree.held().filter(looked) {
        let (operator, uri) = certificate(tree, &held);
        let found = all.entry(operator).or_default();
        if let Some(file) = file {
            let outside = beyond(&held, file.constraints);
            let seen = found.seen(CERTIFIED);
            if let Some(outside) = outside {
                seen.find(
                    || uri.clone(),
                    || format!("it is for {outside}, outside of the constraints"),
                );
            }
        }
        let reserved = (
            held.addresses.intersect(&addresses),
            held.asns.intersect(&asns),
        );
        let seen = found.seen(SPECIAL);
        if let Some(reserved) = first_of(&reserved.0, &reserved.1) {
            seen.find(
                || uri,
                || format!("it is for {reserved}, which is reserved"),
            );
        }
    }
    all
}

/// Says whether a certificate is for all addresses of a family, as those of a registry's own authorities are.
fn is_everything(held: &Held<'_>) -> bool {
    read::everything().any(|range| held.addresses.covers_range(&range))
}

/// Every line can be read.
fn form(url: &str, constraints: &Constraints, seen: &mut Found) {
    for wrong in &constraints.wrong {
        let place = || format!("{url}:{}:{}", wrong.line, wrong.column);
        seen.find(place, || wrong.message.clone());
    }
}

/// Nothing is allowed that is denied whole: such a line says nothing, or somebody meant it.
///
/// That a part of what is allowed is denied is how real files make exceptions.
fn apart(url: &str, constraints: &Constraints, seen: &mut Found) {
    let (addresses, asns) = read::together(&constraints.entries, Verb::Deny);
    let allowed = |entry: &&Entry| entry.verb == Verb::Allow;
    for entry in constraints.entries.iter().filter(allowed) {
        let is_denied = match entry.what {
            What::Addresses(range) => addresses.covers_range(&range),
            What::Asns(first, last) => asns.covers(&AsnSet::range(first, last)),
        };
        if is_denied {
            let place = || format!("{url}:{}:1", entry.line);
            seen.find(place, || {
                format!("`allow {}` is denied as a whole", entry.what)
            });
        }
    }
}

/// Returns what a certificate lists outside of the constraints, in short; `None` if that is nothing.
fn beyond(held: &Held<'_>, constraints: &Constraints) -> Option<String> {
    if constraints.addresses.covers(&held.addresses) && constraints.asns.covers(&held.asns) {
        return None;
    }
    let addresses = held.addresses.minus(&constraints.addresses);
    first_of(&addresses, &held.asns.minus(&constraints.asns))
}

/// Names the first of some resources, and that there are more; `None` if there are none.
fn first_of(addresses: &AddressSet, asns: &AsnSet) -> Option<String> {
    let ranges = addresses.ranges().map(|range| range.to_string());
    let numbers = asns
        .ranges()
        .map(|(first, last)| What::Asns(first, last).to_string());
    let mut all = ranges.chain(numbers);
    let first = all.next()?;
    Some(match all.count() {
        0 => first,
        more => format!("{first} and {more} more"),
    })
}

/// Returns whose doing a certificate is, and where it is.
fn certificate(tree: &Tree, held: &Held<'_>) -> (Operator, String) {
    let object = match held.holder {
        Holder::Ca(id) => tree.ca(id).and_then(|ca| ca.certificate),
        Holder::Object(id) => Some(id),
    };
    let Some(id) = object else {
        return (Operator::RirService, tree.anchor.uri.clone());
    };
    (operator(tree, id), tree.uri_of(id))
}

/// Returns who operates the CA that lists an object.
fn operator(tree: &Tree, id: ObjectId) -> Operator {
    let ca = tree.object(id).and_then(|object| tree.ca(object.ca));
    ca.map_or(Operator::RirService, |ca| ca.operator)
}

/// No payload is about anything outside of the constraints.
fn payloads(tree: &Tree, constraints: &Constraints, all: &mut All) {
    let mut report = |id: ObjectId, wrong: Option<String>| {
        let found = all.entry(operator(tree, id)).or_default();
        let seen = found.seen(PAYLOADS);
        if let Some(wrong) = wrong {
            seen.find(
                || tree.uri_of(id),
                || format!("{wrong} is outside of the constraints"),
            );
        }
    };
    for vrp in &tree.vrps {
        let inside = constraints.addresses.covers_range(&vrp.prefix.range());
        report(vrp.object, (!inside).then(|| vrp.prefix.to_string()));
    }
    for aspa in &tree.aspas {
        let inside = constraints.asns.contains(aspa.customer);
        report(aspa.object, (!inside).then(|| aspa.customer.to_string()));
    }
    for key in &tree.router_keys {
        let outside = key.asns.minus(&constraints.asns);
        report(key.object, first_of(&AddressSet::new(), &outside));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::constraints::read;

    /// Returns the findings of the rules about the file alone, `line: message`.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let constraints = read(text.as_bytes());
        let mut seen = Found::default();
        apart("u", &constraints, &mut seen);
        let found = crate::inspect::inspected([(APART.id, seen)]).findings;
        let found: Vec<String> = found
            .iter()
            .map(|finding| format!("{} {}", finding.location, finding.message))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_is_allowed_and_denied_as_a_whole_is_found() {
        check(
            "allow 192.0.2.0/24\ndeny 192.0.2.0/25\ndeny 1\nallow 2",
            &[],
        );
        check(
            "allow 192.0.2.0/24\ndeny 192.0.2.0/25\ndeny 192.0.2.128 - 192.0.3.255",
            &["u:1:1 `allow 192.0.2.0/24` is denied as a whole"],
        );
        check(
            "deny 64496 - 64511\nallow 64500",
            &["u:2:1 `allow AS64500` is denied as a whole"],
        );
    }

    #[test]
    fn the_real_files_allow_nothing_that_they_deny_as_a_whole() {
        for (path, constraints) in crate::inspect::constraints::real::files().unwrap_or_default() {
            let mut seen = Found::default();
            apart("u", &constraints, &mut seen);
            assert_eq!(seen.count(), 0, "{}: {seen:?}", path.display());
        }
    }
}
