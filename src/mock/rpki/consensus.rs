//! What trust anchors agree on about who is authoritative for what, as the world declares it.
//!
//! Each registry that takes part publishes a consensus object below its trust anchor, and a
//! folder with its states and events. Both follow from the number world: states are what
//! registries have at the times that the world names, events are its transfers, and what it
//! says that came in or went out.
//!
//! Source: draft-nro-sidrops-ta-constraints-00.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::resources::Resources;
use crate::mock::decode::{Decoder, words};
use crate::mock::number::Block;
use crate::mock::world::{Operator, Transfer};
use crate::yaml::Node;

/// How long before it is completed a transfer begins, and is accepted.
const BEGUN_BEFORE: SignedDuration = SignedDuration::from_hours(24 * 20);
const ACCEPTED_BEFORE: SignedDuration = SignedDuration::from_hours(24 * 10);

/// What all registries that take part agree on.
#[derive(Clone, Debug, Default)]
pub(in crate::mock) struct Agreement {
    /// Names and numbers of keys of the trust anchors that take part, by name, with their registries.
    participants: BTreeMap<String, (usize, String)>,
    /// Times of states, ascending.
    states: Vec<Timestamp>,
    /// Object identifiers by what they stand for.
    types: BTreeMap<String, String>,
    /// When transfers that are under way began.
    pending: Timestamp,
    moves: Vec<Move>,
}

/// What came in or went out.
#[derive(Clone, Debug)]
struct Move {
    by: String,
    date: Timestamp,
    block: Block,
    comes: bool,
}

impl Agreement {
    /// Reads what a world file says of all that take part; `None` if it says nothing.
    pub(in crate::mock) fn read(d: &Decoder, tree: &Node, keys: usize) -> Option<Self> {
        let node = tree.get("consensus")?;
        let node = d.known(node, &["states", "types", "pending", "moves"]);
        let registries = tree.get("registries").map_or(&[][..], |n| d.entries(n));
        let with = registries.iter().filter_map(|e| {
            let rpki = e.value.get("rpki")?;
            Some((e.key.clone(), rpki))
        });
        let participants = with.enumerate().filter_map(|(number, (id, rpki))| {
            let name = d.text(rpki.get("consensus")?, "name")?;
            // The first of a registry's keys is that of its trust anchor.
            Some((name, (number.saturating_mul(keys), id)))
        });
        let participants = participants.collect();
        let time = |node: &Node| d.parse::<Timestamp>(node, "a time");
        let types = node.get("types").map_or(&[][..], |n| d.entries(n)).iter();
        let moves = d.items(node, "moves").iter();
        Some(Self {
            participants,
            states: { d.items(node, "states").iter() }
                .filter_map(time)
                .collect(),
            types: types
                .filter_map(|e| Some((e.key.clone(), d.scalar(&e.value)?)))
                .collect(),
            pending: time(d.member(node, "pending")?)?,
            moves: moves.filter_map(|node| Move::read(d, node)).collect(),
        })
    }
}

impl Move {
    fn read(d: &Decoder, node: &Node) -> Option<Self> {
        d.known(node, &["by", "date", "comes", "goes"]);
        let comes = node.get("comes").is_some();
        let key = if comes { "comes" } else { "goes" };
        let text = d.text(node, key)?;
        let block = Block::parse(&text).ok();
        if block.is_none() {
            d.complain(node.span, format!("`{text}` is no block of numbers"));
        }
        Some(Self {
            by: d.text(node, "by")?,
            date: d.parse(d.member(node, "date")?, "a time")?,
            block: block?,
            comes,
        })
    }
}

/// What one registry publishes of a consensus.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Consensus {
    /// Its name among those that take part.
    pub name: String,
    /// Its number among them, for its keys.
    pub number: usize,
    /// The URL that names of files are put behind.
    pub url: String,
    /// Name of the certificate of who signs.
    pub certificate: String,
    /// Name of the newest state.
    pub state: String,
    /// What names of events begin with.
    pub prefix: String,
    /// How many consensus objects there are; one but under a fault.
    pub copies: usize,
    /// Names of all that take part, in order, with the number of their key.
    pub participants: Vec<(String, usize)>,
    /// Object identifiers by what they stand for.
    pub types: BTreeMap<String, String>,
    /// States, ascending.
    pub states: Vec<State>,
    /// Events, in the order of their numbers from 1.
    pub events: Vec<Event>,
    /// What is wrong; only under a fault.
    pub twists: BTreeSet<Twist>,
}

/// A state of a distribution of resources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State {
    /// When it is about.
    pub date: Timestamp,
    /// The number of the last event before it; `None` for none.
    pub index: Option<u64>,
    /// Resources by name.
    pub delegations: Vec<(String, Resources)>,
}

/// An event of a distribution of resources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// When it happened.
    pub date: Timestamp,
    /// What its type stands for, such as `initiation`.
    pub kind: &'static str,
    /// The name of the other side; `None` where there is none.
    pub with: Option<String>,
    /// What it is about; `None` where that is not said.
    pub block: Option<Block>,
}

words! {
    /// What can be wrong with what a registry publishes of a consensus.
    pub Twist {
        /// The first state has a number of a last event.
        FirstIndex = "first-index",
        /// The newest state is about another time.
        OtherDate = "other-date",
        /// The newest state is without the last transfer before it.
        LostTransfer = "lost-transfer",
        /// The first state names the newest one as the one before it.
        Loop = "loop",
        /// The newest state is not there.
        NoState = "no-state",
        /// The last thing that went out is not there.
        EventGap = "event-gap",
        /// The last thing that went out is signed with the key of the event before it.
        ReusedKey = "reused-key",
        /// The last thing that went out has another bit of signature.
        BadEvent = "bad-event",
        /// A transfer is begun of what another registry has.
        BeginsForeign = "begins-foreign",
        /// A transfer is completed that nobody accepted.
        EndsUnaccepted = "ends-unaccepted",
        /// What is accepted is half of what was begun.
        AcceptsOther = "accepts-other",
        /// The certificate is not that of the key which the consensus object names.
        OtherCertificate = "other-certificate",
        /// The consensus object has another type.
        OtherType = "other-type",
    }
}

/// What is known of the number world while a consensus is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers<'a> {
    pub(super) agreement: &'a Agreement,
    pub(super) operators: &'a BTreeMap<String, Operator>,
    pub(super) transfers: &'a [Transfer],
    pub(super) pending: &'a [Transfer],
    pub(super) special: &'a Resources,
    /// The registry.
    pub(super) own: &'a str,
}

/// Reads what a registry publishes of a consensus.
pub(super) fn read(d: &Decoder, node: &Node, numbers: &Numbers<'_>) -> Option<Consensus> {
    d.known(
        node,
        &[
            "name",
            "url",
            "certificate",
            "state",
            "prefix",
            "copies",
            "twists",
        ],
    );
    let all = &numbers.agreement.participants;
    let name = d.text(node, "name")?;
    let twists: BTreeSet<Twist> = d.words::<Twist>(node, "twists").into_iter().collect();
    let events = numbers.events(&twists);
    let states = numbers.states(&events, &twists);
    Some(Consensus {
        number: all.keys().position(|other| *other == name).unwrap_or(0),
        name,
        url: d.text(node, "url")?,
        certificate: d.text(node, "certificate")?,
        state: d.text(node, "state")?,
        prefix: d.text(node, "prefix")?,
        copies: d
            .optional(node, "copies", "a number of objects")
            .unwrap_or(1),
        participants: { all.iter() }
            .map(|(name, (key, _))| (name.clone(), *key))
            .collect(),
        types: numbers.agreement.types.clone(),
        states,
        events,
        twists,
    })
}

impl Numbers<'_> {
    fn name_of(&self, registry: &str) -> Option<&str> {
        let mut all = self.agreement.participants.iter();
        let found = all.find(|(_, (_, id))| id == registry);
        found.map(|(name, _)| name.as_str())
    }

    /// Returns the registry's own events in order.
    fn events(&self, twists: &BTreeSet<Twist>) -> Vec<Event> {
        let first = self.agreement.states.first().copied();
        let first = first.unwrap_or(Timestamp::MIN);
        let mut all = Vec::new();
        let done = self.transfers.iter().filter(|t| t.date > first);
        for (number, transfer) in done.enumerate() {
            let id = format!("t{}", number.saturating_add(1));
            let date = transfer.date;
            all.extend(self.begun(&id, transfer, before(date, BEGUN_BEFORE)));
            all.extend(self.accepted(&id, transfer, before(date, ACCEPTED_BEFORE)));
            all.extend(self.ended(&id, transfer, date));
        }
        for (number, transfer) in self.pending.iter().enumerate() {
            let id = format!("p{}", number.saturating_add(1));
            let begun = self.agreement.pending;
            all.extend(self.begun(&id, transfer, begun));
            if transfer.accepted {
                let mut accepted = self.accepted(&id, transfer, after(begun));
                if let (true, Some(event)) = (twists.contains(&Twist::AcceptsOther), &mut accepted)
                {
                    event.block = event.block.map(half);
                }
                all.extend(accepted);
            } else if twists.contains(&Twist::EndsUnaccepted) {
                all.extend(self.ended(&id, transfer, after(begun)));
            }
        }
        for (number, one) in self.agreement.moves.iter().enumerate() {
            if one.by == self.own {
                all.push(Event {
                    id: format!("m{}", number.saturating_add(1)),
                    date: one.date,
                    kind: if one.comes { "inclusion" } else { "exclusion" },
                    with: None,
                    block: Some(one.block),
                });
            }
        }
        all.sort_by(|a, b| (a.date, &a.id).cmp(&(b.date, &b.id)));
        if twists.contains(&Twist::BeginsForeign) {
            let other = self
                .operators
                .values()
                .find(|o| o.id != self.own && o.below.is_none() && self.name_of(&o.id).is_some());
            let block = other.and_then(|o| o.delegated.first()).map(|d| d.block);
            let with = self.agreement.participants.keys();
            let own = self.name_of(self.own);
            all.push(Event {
                id: "f1".to_owned(),
                date: after(after(self.agreement.pending)),
                kind: "initiation",
                with: { with.clone() }
                    .find(|name| Some(name.as_str()) != own)
                    .cloned(),
                block,
            });
        }
        all
    }

    fn begun(&self, id: &str, transfer: &Transfer, date: Timestamp) -> Option<Event> {
        let with = self.name_of(&transfer.to).map(str::to_owned);
        (transfer.from == self.own).then(|| Event {
            id: id.to_owned(),
            date,
            kind: "initiation",
            with,
            block: Some(transfer.block),
        })
    }

    fn accepted(&self, id: &str, transfer: &Transfer, date: Timestamp) -> Option<Event> {
        let with = self.name_of(&transfer.from).map(str::to_owned);
        (transfer.to == self.own).then(|| Event {
            id: id.to_owned(),
            date,
            kind: "acceptance",
            with,
            block: Some(transfer.block),
        })
    }

    fn ended(&self, id: &str, transfer: &Transfer, date: Timestamp) -> Option<Event> {
        (transfer.from == self.own).then(|| Event {
            id: id.to_owned(),
            date,
            kind: "finalization",
            with: None,
            block: None,
        })
    }

    fn states(&self, events: &[Event], twists: &BTreeSet<Twist>) -> Vec<State> {
        let dates = &self.agreement.states;
        let newest = dates.last().copied();
        let states = dates.iter().map(|date| {
            let is_newest = Some(*date) == newest;
            // What came before the last transfer is all there is where that is lost.
            let last = self.transfers.iter().map(|t| t.date);
            let last = last.filter(|last| last < date).max();
            let lost = is_newest && twists.contains(&Twist::LostTransfer);
            let until = last.filter(|_| lost).unwrap_or(*date);
            let before_it = events.iter().filter(|event| event.date < *date).count();
            let index = u64::try_from(before_it).ok().filter(|index| *index > 0);
            State {
                date: match is_newest && twists.contains(&Twist::OtherDate) {
                    true => after(*date),
                    false => *date,
                },
                index: match twists.contains(&Twist::FirstIndex) && !is_newest {
                    true => Some(0),
                    false => index,
                },
                delegations: { self.agreement.participants.iter() }
                    .map(|(name, (_, id))| (name.clone(), self.held(id, until)))
                    .collect(),
            }
        });
        states.collect()
    }

    /// Returns what a registry has before a time.
    fn held(&self, id: &str, at: Timestamp) -> Resources {
        let operator = self.operators.get(id);
        let care = operator.map(|o| o.care(self.transfers, self.special, |date| date < at));
        care.unwrap_or_default()
    }
}

fn before(date: Timestamp, time: SignedDuration) -> Timestamp {
    date.checked_sub(time).unwrap_or(Timestamp::MIN)
}

/// Returns the time five days later.
fn after(date: Timestamp) -> Timestamp {
    let later = date.checked_add(SignedDuration::from_hours(24 * 5));
    later.unwrap_or(Timestamp::MAX)
}

/// Returns the first half of a block.
fn half(block: Block) -> Block {
    Block {
        last: block.first + (block.last - block.first) / 2,
        ..block
    }
}
