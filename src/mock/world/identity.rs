//! Which world a world is, told without looking at what is in it.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use jiff::Timestamp;

use super::World;
use super::model::Parts;
use crate::mock::fault::Fault;

/// A world that equals itself and its copies alone; it does not keep it.
#[derive(Clone, Debug)]
pub(in crate::mock) struct Identity {
    parts: Weak<Parts>,
    faults: Vec<Weak<Fault>>,
    worlds: Weak<Vec<(Timestamp, World)>>,
}

impl World {
    /// Returns which world it is: what its file says, its faults, and what happens in it.
    pub(in crate::mock) fn identity(&self) -> Identity {
        Identity {
            parts: Arc::downgrade(&self.parts),
            faults: self.faults.iter().map(Arc::downgrade).collect(),
            worlds: { self.rehearsal.as_ref() }.map_or_else(Weak::new, |r| r.worlds()),
        }
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        let faults = || self.faults.iter().zip(&other.faults);
        Weak::ptr_eq(&self.parts, &other.parts)
            && Weak::ptr_eq(&self.worlds, &other.worlds)
            && self.faults.len() == other.faults.len()
            && faults().all(|(own, other)| Weak::ptr_eq(own, other))
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts.as_ptr().hash(state);
        self.worlds.as_ptr().hash(state);
    }
}
