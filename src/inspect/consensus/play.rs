//! Events played in order: who holds what, and which transfers are under way.

use std::collections::{BTreeMap, BTreeSet};

use super::{Matter, Violation};
use crate::inspect::rpki::{Event, Happening, State};
use crate::resource::Resources;

/// A transfer.
#[derive(Clone, Debug)]
struct Transfer {
    recipient: String,
    resources: Resources,
    stage: Stage,
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Initiated,
    Accepted,
    Finalized,
    Canceled,
}

impl Stage {
    const fn is_finished(self) -> bool {
        matches!(self, Self::Finalized | Self::Canceled)
    }
}

/// A distribution of resources while events are played.
#[derive(Debug)]
pub(super) struct Play<'a> {
    names: BTreeSet<&'a str>,
    held: BTreeMap<String, Resources>,
    /// Transfers by who began them and their id there.
    transfers: BTreeMap<(String, String), Transfer>,
    /// What transfers that are under way are about, so that most new ones need not be laid beside each.
    moving: Resources,
    /// Included so far, by who included and the id there; what came again is known.
    included: BTreeSet<(String, String)>,
    excluded: BTreeSet<(String, String)>,
    pub(super) violations: Vec<Violation>,
}

impl<'a> Play<'a> {
    /// Returns the distribution of a state among participants of some names.
    pub(super) fn of(state: &State, names: BTreeSet<&'a str>) -> Self {
        let mut play = Self {
            names,
            held: BTreeMap::new(),
            transfers: BTreeMap::new(),
            moving: Resources::default(),
            included: BTreeSet::new(),
            excluded: BTreeSet::new(),
            violations: Vec::new(),
        };
        for delegation in &state.delegations {
            play.give(&delegation.name, &delegation.resources);
        }
        play
    }

    /// Returns who holds what; who holds nothing is left out.
    pub(super) fn holdings(self) -> BTreeMap<String, Resources> {
        let mut held = self.held;
        held.retain(|_, resources| !resources.is_empty());
        held
    }

    /// Returns how many transfers are neither completed nor canceled.
    pub(super) fn unfinished(&self) -> usize {
        let all = self.transfers.values();
        all.filter(|transfer| !transfer.stage.is_finished()).count()
    }

    fn give(&mut self, name: &str, resources: &Resources) {
        let held = self.held.entry(name.to_owned()).or_default();
        *held = held.union(resources);
    }

    fn take(&mut self, name: &str, resources: &Resources) {
        let held = self.held.entry(name.to_owned()).or_default();
        *held = held.minus(resources);
    }

    fn has(&self, name: &str, resources: &Resources) -> bool {
        let held = self.held.get(name);
        !resources.is_empty() && held.is_some_and(|held| held.covers(resources))
    }

    /// Compares a participant's state with what has been played so far.
    pub(super) fn compare(&mut self, by: &str, state: &State) {
        let mut said: BTreeMap<&str, Resources> = BTreeMap::new();
        for one in &state.delegations {
            let all = said.entry(&one.name).or_default();
            *all = all.union(&one.resources);
        }
        let names: BTreeSet<&str> = { self.held.keys().map(String::as_str) }
            .chain(said.keys().copied())
            .collect();
        let nothing = Resources::default();
        let mut found = Vec::new();
        for name in names {
            let held = self.held.get(name).unwrap_or(&nothing);
            let said = said.get(name).unwrap_or(&nothing);
            for (part, words) in [(held.minus(said), "without"), (said.minus(held), "with")] {
                if !part.is_empty() {
                    found.push(format!("`{name}` {words} {part}"));
                }
            }
        }
        if !found.is_empty() {
            let what = format!(
                "not what the state before it and events give: {}",
                found.join("; ")
            );
            self.violations.push(Violation {
                by: by.to_owned(),
                matter: Matter::NextSet,
                place: format!("state {}", state.version),
                what,
            });
        }
    }

    /// Plays an event of a participant; one that must not be is found and changes nothing.
    pub(super) fn event(&mut self, by: &str, number: u64, event: &Event) {
        let played = match &event.what {
            Happening::Initiation {
                recipient,
                resources,
            } => self.initiate(by, &event.id, recipient, resources),
            Happening::Acceptance { source, resources } => {
                self.accept(by, source, &event.id, resources)
            }
            Happening::Finalization => self.finish(by, &event.id, Stage::Finalized),
            Happening::Cancellation => self.finish(by, &event.id, Stage::Canceled),
            Happening::Inclusion(resources) => self.include(by, &event.id, resources),
            Happening::Exclusion(resources) => self.exclude(by, &event.id, resources),
        };
        if let Err(what) = played {
            let word = event.what.as_str();
            self.violations.push(Violation {
                by: by.to_owned(),
                matter: Matter::Transfers,
                place: format!("event {number}"),
                what: format!("{word} `{}`: {what}", event.id),
            });
        }
    }

    fn initiate(
        &mut self,
        by: &str,
        id: &str,
        recipient: &str,
        resources: &Resources,
    ) -> Result<(), String> {
        let key = (by.to_owned(), id.to_owned());
        if let Some(known) = self.transfers.get(&key) {
            // What is unfinished when a state is made is published again behind it.
            let is_same = known.recipient == recipient && known.resources == *resources;
            return match is_same {
                true => Ok(()),
                false => Err("its id is that of another transfer".to_owned()),
            };
        }
        if recipient == by || !self.names.contains(recipient) {
            return Err(format!("`{recipient}` is no other participant"));
        }
        if !self.has(by, resources) {
            return Err(format!("`{by}` does not hold {resources}"));
        }
        let all = self.transfers.iter();
        let mut under_way = all.filter(|(_, transfer)| !transfer.stage.is_finished());
        let is_moving = self.moving.overlaps(resources);
        let other = under_way.find(|(_, t)| is_moving && t.resources.overlaps(resources));
        if let Some(((who, other), _)) = other {
            return Err(format!(
                "transfer `{other}` of `{who}` is under way for some of {resources}"
            ));
        }
        self.moving = self.moving.union(resources);
        self.transfers.insert(
            key,
            Transfer {
                recipient: recipient.to_owned(),
                resources: resources.clone(),
                stage: Stage::Initiated,
            },
        );
        Ok(())
    }

    fn accept(
        &mut self,
        by: &str,
        source: &str,
        id: &str,
        resources: &Resources,
    ) -> Result<(), String> {
        let transfer = self.transfers.get_mut(&(source.to_owned(), id.to_owned()));
        let transfer = transfer.ok_or_else(|| format!("`{source}` initiated no such transfer"))?;
        if transfer.recipient != by {
            return Err(format!("it is for `{}`", transfer.recipient));
        }
        if transfer.resources != *resources {
            return Err(format!(
                "it is for {resources}, initiated was {}",
                transfer.resources
            ));
        }
        match transfer.stage {
            Stage::Initiated => {
                transfer.stage = Stage::Accepted;
                Ok(())
            }
            Stage::Accepted => Ok(()),
            Stage::Finalized | Stage::Canceled => Err("it is finished".to_owned()),
        }
    }

    fn finish(&mut self, by: &str, id: &str, stage: Stage) -> Result<(), String> {
        let transfer = self.transfers.get_mut(&(by.to_owned(), id.to_owned()));
        let transfer = transfer.ok_or_else(|| format!("`{by}` initiated no such transfer"))?;
        if transfer.stage == stage {
            return Ok(());
        }
        if transfer.stage.is_finished() {
            return Err("it is finished".to_owned());
        }
        if stage == Stage::Finalized && transfer.stage != Stage::Accepted {
            return Err(format!("`{}` has not accepted it", transfer.recipient));
        }
        transfer.stage = stage;
        let (recipient, moved) = (transfer.recipient.clone(), transfer.resources.clone());
        self.moving = self.moving.minus(&moved);
        if stage == Stage::Finalized {
            self.take(by, &moved);
            self.give(&recipient, &moved);
        }
        Ok(())
    }

    fn include(&mut self, by: &str, id: &str, resources: &Resources) -> Result<(), String> {
        if self.included.contains(&(by.to_owned(), id.to_owned())) {
            return Ok(());
        }
        let holder = { self.held.iter() }.find(|(_, held)| held.overlaps(resources));
        if let Some((holder, _)) = holder {
            return Err(format!("`{holder}` holds some of {resources}"));
        }
        self.included.insert((by.to_owned(), id.to_owned()));
        self.give(by, resources);
        Ok(())
    }

    fn exclude(&mut self, by: &str, id: &str, resources: &Resources) -> Result<(), String> {
        if self.excluded.contains(&(by.to_owned(), id.to_owned())) {
            return Ok(());
        }
        if !self.has(by, resources) {
            return Err(format!("`{by}` does not hold {resources}"));
        }
        self.excluded.insert((by.to_owned(), id.to_owned()));
        self.take(by, resources);
        Ok(())
    }
}
