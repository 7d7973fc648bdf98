//! The RPKI inspector: one object of a repository, or one trust anchor locator.
//!
//! An object is read once into what its profile names ([`Object::read`]); each rule
//! then looks at that. Reading never fails: what cannot be read is a finding of the
//! rule about the form, and whatever could be read is judged by the others. A rule
//! sees one object, its URI and the time; what needs two objects is the tree's work.
//!
//! The octets are read by our own reader, which keeps offsets and knows what the
//! encoding rules forbid; it shares nothing with the crate that validates trees.
//!
//! A finding's location is `URI#FIELD@OFFSET`, such as
//! `rsync://host/module/a.roa#eContent.ipAddrBlocks[1].addresses[0]@212`. Fields of a
//! signed object's certificate begin with `certificates[0].`; offsets count octets
//! from the start of the object.

mod access_rules;
mod anchor;
mod aspa;
mod bpki;
mod certificate;
mod checklist;
mod cms;
mod consensus;
mod crl;
mod der;
mod distribution;
mod extension_rules;
mod extensions;
mod families;
mod field_rules;
mod ghostbusters;
mod kind;
mod manifest;
mod moment;
mod names;
mod object;
mod oid;
mod outline;
mod prefix_list;
mod resource_rules;
mod resources;
mod roa;
mod router;
mod signed_rules;
mod tak;
mod tal;
mod tally;
mod told;

pub use bpki::{BpkiAnchor, Message};
use certificate::Certificate;
pub use consensus::{Consensus, Participant, is_name};
pub use distribution::{Delegation, Event, Happening, State, Types};
pub use kind::{Kind, Kinds};
pub use object::Object;
pub use outline::{Certified, Outline};
pub use tak::{NamedKey, NamedKeys};
pub use tal::Locator;
pub use tally::{Seen, Tally};
pub use told::{Listed, Told};

/// What the inspector is told about an object beside its octets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context {
    /// The time at which it is judged; `None` if no rule about the present shall look.
    pub now: Option<jiff::Timestamp>,
    /// Whether signatures that one object can verify are verified: a signed object's by
    /// its own certificate, a trust anchor's by its own key. Thirty times the cost of all
    /// other rules; a tree's walk has verified them already.
    pub signatures: bool,
}

/// One rule: its id in the catalogue, the kinds it is about, and what reads an object.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The id, such as `rpki.cer.key-usage`.
    pub id: &'static str,
    /// Kinds of documents that it looks at.
    pub on: Kinds,
    /// Reports what is there and what is wrong; calls nothing where there is nothing to look at.
    pub look: fn(&Object<'_>, &Context, &mut Seen<'_>),
}

/// Joins a short name, kinds and a function into a rule.
const fn rule(id: &'static str, on: Kinds, look: fn(&Object<'_>, &Context, &mut Seen<'_>)) -> Rule {
    Rule { id, on, look }
}

/// All rules, grouped as in the catalogue; a rule's index counts through the groups.
pub const RULES: &[&[Rule]] = &[
    tal::RULES,
    anchor::RULES,
    field_rules::RULES,
    extension_rules::RULES,
    access_rules::RULES,
    resource_rules::RULES,
    router::RULES,
    crl::RULES,
    signed_rules::RULES,
    manifest::RULES,
    roa::RULES,
    aspa::RULES,
    tak::RULES,
    checklist::RULES,
    ghostbusters::RULES,
    prefix_list::RULES,
    consensus::RULES,
];

/// Iterates over all rules, in the order of their indexes.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().flat_map(|group| group.iter())
}

/// Applies every rule about an object's kind to it and adds what they find to a tally.
///
/// `uri` begins the location of each finding. If it is an rsync URI, it is where the
/// object was published, and rules compare it with what the object says of itself.
pub fn look(object: &Object<'_>, uri: &str, context: &Context, tally: &mut Tally) {
    let joined = object.joined();
    if let Some(joined) = &joined {
        run(&object.with_content(joined), uri, context, tally);
    } else {
        run(object, uri, context, tally);
    }
}

fn run(object: &Object<'_>, uri: &str, context: &Context, tally: &mut Tally) {
    for (index, rule) in rules().enumerate() {
        if rule.on.has(object.kind) {
            tally.run(index, uri, |seen| (rule.look)(object, context, seen));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_name_an_area() {
        let ids: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), rules().count());
        for id in ids {
            let parts: Vec<&str> = id.split('.').collect();
            assert!(parts.len() == 3 && parts[0] == "rpki", "{id}");
        }
    }

    #[test]
    fn every_kind_is_looked_at_and_nothing_panics_on_no_octets() {
        for kind in Kind::ALL {
            let mut tally = Tally::default();
            let object = Object::read(*kind, b"");
            look(&object, "x", &Context::default(), &mut tally);
            assert!(!tally.finish().findings.is_empty(), "{kind:?}");
        }
    }
}
