//! The chain of trust from an anchor down to a zone.

use jiff::Timestamp;

use super::name::Name;
use super::record::{Ds, Key};
use super::signed::{self, Absent, Refusal};
use super::wire::{Message, kind};

/// A digest of a key that is trusted without a parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The zone whose key it is.
    pub zone: Name,
    /// The digest.
    pub ds: Ds,
}

impl Anchor {
    /// Reads zone and digest, such as `. 20326 8 2 e06d…`; `None` for other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (zone, ds) = text.trim().split_once(char::is_whitespace)?;
        Some(Self {
            zone: Name::parse(zone)?,
            ds: Ds::parse(ds)?,
        })
    }
}

/// What was answered about one zone on the way down.
#[derive(Clone, Debug)]
pub struct Link {
    /// The zone.
    pub zone: Name,
    /// What was answered to its DS; `None` if nothing was, and for the zone of an anchor.
    pub ds: Option<Message>,
    /// What was answered to its DNSKEY; `None` if nothing was.
    pub keys: Option<Message>,
}

/// What a zone's answers are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its keys are trusted.
    Secure,
    /// Its parent proves that it has no DS, or one further up does.
    Unsigned,
    /// A signature or proof that must be there is not good.
    Bogus,
    /// It cannot be told: no anchor, no answer, or none with signatures.
    Unknown,
}

impl State {
    /// Returns its word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Secure => "secure",
            Self::Unsigned => "unsigned",
            Self::Bogus => "bogus",
            Self::Unknown => "unknown",
        }
    }
}

/// How far trust leads.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The state of the last zone that was looked at.
    pub state: State,
    /// Why it is not secure, in words; empty if it is.
    pub reason: String,
    /// The zone that `state` is about: the last one of the chain, or where trust ends.
    pub zone: Name,
    /// Its keys; those of a zone that is not secure are not trusted.
    pub keys: Vec<Key>,
    /// The DS records of the last zone that were authenticated.
    pub ds: Vec<Ds>,
}

/// Follows a chain: the first link is the zone of an anchor.
pub fn follow(anchors: &[Anchor], links: &[Link], now: Timestamp) -> Trust {
    let mut trust = Trust {
        state: State::Unknown,
        reason: "there is no trust anchor above it".to_owned(),
        zone: Name::root(),
        keys: Vec::new(),
        ds: Vec::new(),
    };
    for (number, link) in links.iter().enumerate() {
        let digests = match number {
            0 => {
                let own = anchors.iter().filter(|anchor| anchor.zone == link.zone);
                Ok(own.map(|anchor| anchor.ds.clone()).collect())
            }
            _ => digests(&trust, link, now),
        };
        trust.zone = link.zone.clone();
        let stepped = digests.and_then(|digests: Vec<Ds>| {
            trust.ds = digests;
            keys(link, &trust.ds, now)
        });
        match stepped {
            Ok(keys) => {
                trust.state = State::Secure;
                trust.reason = String::new();
                trust.keys = keys;
            }
            Err((state, reason)) => {
                trust.state = state;
                trust.reason = format!("{}: {reason}", link.zone);
                trust.keys = Vec::new();
                break;
            }
        }
    }
    trust
}

/// Why trust ends.
type End = (State, String);

/// Returns the DS records of a link that the zone above vouches for.
fn digests(above: &Trust, link: &Link, now: Timestamp) -> Result<Vec<Ds>, End> {
    let Some(answer) = &link.ds else {
        return Err((State::Unknown, "its DS was not answered".to_owned()));
    };
    let Some(set) = signed::set(&answer.answers, &link.zone, kind::DS) else {
        return Err(no_digest(above, link, answer, now));
    };
    set.verify(&above.zone, &above.keys, now)
        .map_err(|refusal| (weight(&refusal), format!("its DS: {refusal}")))?;
    Ok(set
        .data
        .iter()
        .filter_map(|data| Ds::read(data).ok())
        .collect())
}

/// Says why a zone has no DS.
fn no_digest(above: &Trust, link: &Link, answer: &Message, now: Timestamp) -> End {
    let proved = signed::absence(answer, &link.zone, kind::DS, &above.zone, &above.keys, now);
    match proved {
        Ok(Absent::AtDelegation | Absent::Unlisted) => {
            (State::Unsigned, "its parent has no DS".to_owned())
        }
        Ok(Absent::AtName) => (State::Unsigned, "its parent has no delegation".to_owned()),
        Err(why) => (
            State::Bogus,
            format!("that it has no DS is not proved: {why}"),
        ),
    }
}

/// Returns the keys of a link, if one that its digests point to signed them.
fn keys(link: &Link, digests: &[Ds], now: Timestamp) -> Result<Vec<Key>, End> {
    let Some(answer) = &link.keys else {
        return Err((State::Unknown, "its DNSKEY was not answered".to_owned()));
    };
    let Some(set) = signed::set(&answer.answers, &link.zone, kind::DNSKEY) else {
        return Err((State::Bogus, "it has no DNSKEY".to_owned()));
    };
    let all: Vec<Key> = set
        .data
        .iter()
        .filter_map(|data| Key::read(data).ok())
        .collect();
    let pointed = |key: &&Key| {
        digests
            .iter()
            .any(|ds| ds.points_to(&link.zone, key) == Some(true))
    };
    let entries: Vec<Key> = all.iter().filter(pointed).cloned().collect();
    if entries.is_empty() {
        let known = |ds: &Ds| matches!(ds.digest_type, 1 | 2 | 4);
        return Err(match digests.iter().any(known) {
            true => (State::Bogus, "no DS points to any of its keys".to_owned()),
            false => (
                State::Unknown,
                "no DS has a digest that is known here".to_owned(),
            ),
        });
    }
    set.verify(&link.zone, &entries, now)
        .map_err(|refusal| (weight(&refusal), format!("its DNSKEY: {refusal}")))?;
    Ok(all)
}

/// Returns what a refusal makes of a zone: an algorithm that is unknown here proves nothing.
fn weight(refusal: &Refusal) -> State {
    match refusal {
        Refusal::Unknown(_) => State::Unknown,
        Refusal::Unsigned
        | Refusal::Stranger
        | Refusal::Early(_)
        | Refusal::Expired(_)
        | Refusal::Wrong => State::Bogus,
    }
}
