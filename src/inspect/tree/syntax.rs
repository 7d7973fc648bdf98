//! The syntax rules of the RPKI inspector over every object of a walk.

use std::collections::BTreeMap;

use super::{Glance, Kind, Look, Reason};
use crate::inspect::rpki::{self, Context, Object, Tally};
use crate::verdict::Operator;

/// Runs the rules about single objects over every object of a walk.
///
/// What they find is kept apart by who operates the CA that lists the object. Signatures
/// are left to the walk.
#[derive(Clone, Copy, Debug, Default)]
pub struct SyntaxRules;

impl Look for SyntaxRules {
    type Tally = BTreeMap<Operator, Tally>;

    fn object(&self, glance: &Glance<'_>, tally: &mut Self::Tally) {
        let unread = glance.outcome.reason() == Some(Reason::TooLarge);
        let Some(kind) = document(glance.kind).filter(|_| !unread) else {
            return;
        };
        let object = Object::read(kind, glance.octets);
        let context = Context {
            now: Some(glance.now),
            signatures: false,
        };
        let tally = tally.entry(glance.operator).or_default();
        rpki::look(&object, glance.uri, &context, tally);
    }

    fn merge(&self, tally: &mut Self::Tally, later: Self::Tally) {
        for (operator, later) in later {
            tally.entry(operator).or_default().merge(later);
        }
    }
}

/// Returns the inspector's kind of an object; `None` for what it has no rules for.
const fn document(kind: Kind) -> Option<rpki::Kind> {
    match kind {
        Kind::TrustAnchor => Some(rpki::Kind::TrustAnchor),
        Kind::CaCertificate => Some(rpki::Kind::CaCertificate),
        Kind::RouterCertificate => Some(rpki::Kind::RouterCertificate),
        Kind::Crl => Some(rpki::Kind::Crl),
        Kind::Manifest => Some(rpki::Kind::Manifest),
        Kind::Roa => Some(rpki::Kind::Roa),
        Kind::Aspa => Some(rpki::Kind::Aspa),
        Kind::Tak => Some(rpki::Kind::Tak),
        Kind::Gbr => Some(rpki::Kind::Ghostbusters),
        Kind::Rsc => Some(rpki::Kind::Checklist),
        Kind::Spl => Some(rpki::Kind::PrefixList),
        Kind::Rdc => Some(rpki::Kind::Consensus),
        Kind::Other => None,
    }
}
