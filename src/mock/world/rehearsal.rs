//! A world that changes while it is looked at: what happens in it, hour by hour.
//!
//! The world file lists steps, each with its time after the beginning of the rehearsal and with
//! edits of the file. A rehearsed world is one world for each step: whoever asks is answered by
//! that of the last step before. A world that is not rehearsed has none of it.

use std::sync::{Arc, Weak};

use jiff::{SignedDuration, Timestamp};

use super::read::read_parts;
use super::{NodeEdit, Ports, World, WorldError, rpki};
use crate::mock::decode::Decoder;
use crate::mock::fault::Fault;
use crate::yaml::{Node, Source, Value};

/// How a time in a step begins: `T+24h` is a day after the beginning.
const AFTER_BEGINNING: &str = "T+";

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    /// How long after the beginning.
    after: SignedDuration,
    edits: Vec<NodeEdit>,
}

/// A rehearsal: when it began, and the worlds of its steps.
#[derive(Clone, Debug)]
pub(super) struct Rehearsal {
    began: Timestamp,
    /// What happens, as it was read; as many as there are worlds.
    steps: Arc<Vec<Step>>,
    /// Worlds with the times from which they are there, in order.
    worlds: Arc<Vec<(Timestamp, World)>>,
}

/// What another rehearsal takes from an earlier one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken<'r> {
    Nothing,
    /// What it certified, if it has as many steps.
    Certified(&'r Rehearsal),
    /// Everything until the first step that is another one.
    Until(&'r Rehearsal),
}

impl Rehearsal {
    /// Writes ports into every URL of its worlds.
    pub(super) fn set_ports(&mut self, ports: Ports) {
        let worlds = self.worlds.iter();
        let worlds = worlds.map(|(since, world)| (*since, world.clone().with_ports(ports)));
        self.worlds = Arc::new(worlds.collect());
    }

    /// Returns how many of the first steps are the same as some others.
    fn common(&self, steps: &[Step]) -> usize {
        let both = self.steps.iter().zip(steps);
        both.take_while(|(own, other)| own == other).count()
    }

    /// Returns its worlds, to be told from those of others.
    pub(super) fn worlds(&self) -> Weak<Vec<(Timestamp, World)>> {
        Arc::downgrade(&self.worlds)
    }

    /// Returns when it began.
    pub(super) fn began(&self) -> Timestamp {
        self.began
    }

    /// Returns it with worlds that suffer from faults of which the last one edits no world.
    ///
    /// # Errors
    ///
    /// Says what a fault names that is not there.
    pub(super) fn with_fault(&self, faults: &[Arc<Fault>]) -> Result<Self, String> {
        let certified = faults.iter().flat_map(|fault| &fault.changes);
        let certified = { certified }.any(rpki::is_certified);
        let mut worlds = Vec::clone(&self.worlds);
        for (_, world) in &mut worlds {
            world.faults = faults.to_vec();
            if certified {
                world.plans = Arc::new(rpki::spoiled(&world.parts, faults)?);
            }
        }
        Ok(Self {
            worlds: Arc::new(worlds),
            ..self.clone()
        })
    }
}

impl World {
    /// Returns the world whose rehearsal began at a time, which is moved back to the full hour: so
    /// that what is published by the hour and everything else change together.
    ///
    /// # Errors
    ///
    /// [`WorldError::Mistakes`] if a step cannot be read, or a world that it makes.
    pub fn rehearsed(&self, began: Timestamp) -> Result<Self, WorldError> {
        let seconds = began.as_second();
        let hour = Timestamp::from_second(seconds - seconds.rem_euclid(3_600)).unwrap_or(began);
        Ok(self
            .clone()
            .with_rehearsal(self.rehearse(hour, Taken::Nothing)?))
    }

    /// Returns the world with a rehearsal; it is itself what it is at the beginning.
    pub(super) fn with_rehearsal(self, rehearsal: Rehearsal) -> Self {
        let first = rehearsal.worlds.first().map(|(_, world)| world.clone());
        let mut world = first.unwrap_or(self);
        world.rehearsal = Some(rehearsal);
        world
    }

    /// Returns what the world is at a time; before the beginning what it is there.
    pub fn at(&self, now: Timestamp) -> &Self {
        let worlds = self.rehearsal.iter().flat_map(|r| r.worlds.iter());
        let current = worlds.take_while(|(since, _)| *since <= now).last();
        current.map_or(self, |(_, world)| world)
    }

    /// Says whether it is at a time what another world of the same file is then, as far as that file
    /// says; never where the beginning was edited, even if it came to the same.
    pub fn is_as(&self, other: &Self, now: Timestamp) -> bool {
        Arc::ptr_eq(&self.at(now).parts, &other.at(now).parts)
    }

    /// Returns when its rehearsal began; `None` if it is not rehearsed.
    pub fn rehearsed_since(&self) -> Option<Timestamp> {
        self.rehearsal.as_ref().map(|r| r.began)
    }

    /// Returns the times at which something happens, in order; none if it is not rehearsed.
    pub fn steps(&self) -> impl Iterator<Item = Timestamp> {
        let worlds = self.rehearsal.iter().flat_map(|r| r.worlds.iter());
        worlds.map(|(since, _)| *since)
    }

    /// Makes the worlds of all steps, but for what is taken from an earlier rehearsal.
    pub(super) fn rehearse(
        &self,
        began: Timestamp,
        taken: Taken<'_>,
    ) -> Result<Rehearsal, WorldError> {
        let steps = read_steps(&self.source, &self.tree, began)?;
        let certified = match taken {
            Taken::Certified(earlier) if earlier.worlds.len() == steps.len() => &*earlier.worlds,
            Taken::Certified(_) | Taken::Until(_) | Taken::Nothing => &[][..],
        };
        let same = match taken {
            Taken::Until(earlier) => earlier.worlds.get(..earlier.common(&steps)),
            Taken::Certified(_) | Taken::Nothing => None,
        };
        let same = same.unwrap_or_default();
        let mut tree = Node::clone(&self.tree);
        let mut worlds: Vec<(Timestamp, Self)> = Vec::with_capacity(steps.len());
        for (number, step) in steps.iter().enumerate() {
            for edit in &step.edits {
                edit.apply(&mut tree).map_err(|reason| self.unfit(reason))?;
            }
            if let Some((since, world)) = same.get(number) {
                let mut world = world.clone();
                world.faults.clone_from(&self.faults);
                worlds.push((*since, world));
                continue;
            }
            let before = worlds.last().map_or(self, |(_, world)| world);
            let touches = step.edits.iter().any(rpki::touches);
            let earlier = certified.get(number).map(|(_, world)| &*world.parts);
            let certified = earlier.or((!touches).then_some(&*before.parts));
            let parts = read_parts(&self.source, &tree, certified)?;
            let mut world = before.clone();
            if touches {
                let plans = rpki::spoiled(&parts, &self.faults);
                world.plans = Arc::new(plans.map_err(|reason| self.unfit(reason))?);
            }
            world.parts = Arc::new(parts);
            world.rehearsal = None;
            let since = began.checked_add(step.after).unwrap_or(Timestamp::MAX);
            worlds.push((since, world));
        }
        Ok(Rehearsal {
            began,
            steps: Arc::new(steps),
            worlds: Arc::new(worlds),
        })
    }

    fn unfit(&self, reason: String) -> WorldError {
        WorldError::Fault {
            fault: self.faults.last().map_or("none", |f| &f.name).to_owned(),
            reason,
        }
    }
}

/// Reads the steps of a world file, in the order of their times.
fn read_steps(source: &Source, tree: &Node, began: Timestamp) -> Result<Vec<Step>, WorldError> {
    let decoder = Decoder::new(source);
    let items = decoder.items(tree, "rehearsal").iter();
    let mut steps: Vec<Step> = items
        .filter_map(|node| step(&decoder, node, began))
        .collect();
    // A fault adds its steps behind the others.
    steps.sort_by_key(|step| step.after);
    decoder.finish(Some(steps)).map_err(WorldError::Mistakes)
}

fn step(d: &Decoder, node: &Node, began: Timestamp) -> Option<Step> {
    d.known(node, &["after", "what", "set", "remove"]);
    let after: SignedDuration = d.parse(d.member(node, "after")?, "a duration such as `24h`")?;
    if after < SignedDuration::ZERO || after.as_secs() % 3_600 != 0 {
        d.complain(node.span, "steps are whole hours after the beginning");
    }
    d.text(node, "what")?;
    let removed = d.texts(node, "remove").into_iter().map(NodeEdit::Remove);
    let set = node.get("set").map_or(&[][..], |n| d.entries(n)).iter();
    let set = set.map(|entry| {
        let mut value = entry.value.clone();
        place_in_time(d, &mut value, began);
        NodeEdit::Set(entry.key.clone(), value)
    });
    let edits = removed.chain(set).collect();
    Some(Step { after, edits })
}

/// Writes times that are given after the beginning as they are in the world.
fn place_in_time(d: &Decoder, node: &mut Node, began: Timestamp) {
    let span = node.span;
    match &mut node.value {
        Value::Scalar(scalar) => {
            let Some(after) = scalar.text.strip_prefix(AFTER_BEGINNING) else {
                return;
            };
            let after: Option<SignedDuration> = after.parse().ok();
            match after.and_then(|after| began.checked_add(after).ok()) {
                Some(time) => scalar.text = time.to_string(),
                None => d.complain(
                    span,
                    format!("`{}` is not a time such as `T+24h`", scalar.text),
                ),
            }
        }
        Value::Sequence(items) => items.iter_mut().for_each(|n| place_in_time(d, n, began)),
        Value::Mapping(entries) => entries
            .iter_mut()
            .for_each(|e| place_in_time(d, &mut e.value, began)),
    }
}
