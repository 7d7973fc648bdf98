//! Samples of operational parameters, taken while a tree is put together.

use jiff::Timestamp;

use super::Tier;
use super::found::{CaId, ObjectId, Validity};
use super::merge::Builder;
use super::samples::Parameter;
use crate::verdict::Operator;

/// The parameters of a certificate's life and of what is left of it.
pub(super) type Life = (Parameter, Parameter);

/// The parameters that one kind of object gives samples of.
pub(super) struct Sampled {
    life: Life,
    /// Octets, and how many things it says.
    sizes: Option<(Parameter, Parameter)>,
}

pub(super) const CA: Life = (Parameter::CaLifetime, Parameter::CaRemaining);

pub(super) const ROA: Sampled = Sampled {
    life: (Parameter::RoaLifetime, Parameter::RoaRemaining),
    sizes: Some((Parameter::RoaBytes, Parameter::RoaPrefixes)),
};

pub(super) const ASPA: Sampled = Sampled {
    life: (Parameter::AspaLifetime, Parameter::AspaRemaining),
    sizes: Some((Parameter::AspaBytes, Parameter::AspaProviders)),
};

pub(super) const TAK: Sampled = Sampled {
    life: (Parameter::TakLifetime, Parameter::TakRemaining),
    sizes: None,
};

pub(super) const ROUTER: Sampled = Sampled {
    life: (Parameter::RouterLifetime, Parameter::RouterRemaining),
    sizes: None,
};

/// Returns the seconds from one time to another.
fn between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second())
}

impl Builder<'_> {
    pub(super) fn sample_validity(
        &mut self,
        (life, left): Life,
        of: (Tier, Operator),
        validity: Validity,
    ) {
        let (from, to) = (validity.not_before(), validity.not_after());
        let now = self.tree.now;
        self.tree.samples.add(life, of, between(from, to));
        self.tree.samples.add(left, of, between(now, to));
    }

    pub(super) fn sample_object(&mut self, object: ObjectId, kind: &Sampled, items: usize) {
        let Some(object) = self.tree.object(object) else {
            return;
        };
        let Some(ca) = self.tree.ca(object.ca) else {
            return;
        };
        let (of, size, validity) = ((ca.tier(), ca.operator), object.size, object.validity);
        if let Some(validity) = validity {
            self.sample_validity(kind.life, of, validity);
        }
        if let Some((bytes, count)) = kind.sizes {
            let items = i64::try_from(items).unwrap_or(i64::MAX);
            self.tree.samples.add(bytes, of, i64::from(size));
            self.tree.samples.add(count, of, items);
        }
    }

    pub(super) fn sample_point(&mut self, id: CaId) {
        use Parameter as P;
        let now = self.tree.now;
        let Some(ca) = self.tree.ca(id) else { return };
        let of = (ca.tier(), ca.operator);
        let (manifest, crl) = (ca.manifest, ca.crl);
        let samples = &mut self.tree.samples;
        if let Some(m) = manifest {
            samples.add(P::ManifestWindow, of, between(m.this_update, m.next_update));
            samples.add(P::ManifestAge, of, between(m.this_update, now));
            samples.add(P::ManifestRemaining, of, between(now, m.next_update));
            samples.add(P::ManifestEntries, of, i64::from(m.entries));
            samples.add(P::ManifestBytes, of, i64::from(m.size));
        }
        if let Some(c) = crl {
            samples.add(P::CrlWindow, of, between(c.this_update, c.next_update));
            samples.add(P::CrlRemaining, of, between(now, c.next_update));
            samples.add(P::CrlEntries, of, i64::from(c.entries));
            samples.add(P::CrlBytes, of, i64::from(c.size));
        }
        if let (Some(m), Some(c)) = (manifest, crl) {
            samples.add(P::CrlAhead, of, between(m.next_update, c.next_update));
        }
    }
}
