//! What a zone answers: data, a delegation, or that there is nothing.

use jiff::Timestamp;

use super::data::{DS, NS, SOA, Set};
use super::proof;
use super::tree::{Zone, Zones};

/// Response codes (RFC 1035, section 4.1.1).
pub(super) const NO_ERROR: u16 = 0;
pub(super) const SERV_FAIL: u16 = 2;
pub(super) const NO_NAME: u16 = 3;
pub(super) const REFUSED: u16 = 5;

/// An answer before it is a message.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft<'z> {
    pub(super) code: u16,
    /// Whether the server has the zone.
    pub(super) authoritative: bool,
    pub(super) answers: Vec<Part<'z>>,
    pub(super) authority: Vec<Part<'z>>,
}

/// A set, and the zone that signs it; `None` for what is not signed.
#[derive(Clone, Debug)]
pub(super) struct Part<'z> {
    pub(super) set: Set,
    pub(super) signer: Option<&'z Zone>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'q> {
    /// Lower case, without final dot.
    pub(super) name: &'q str,
    pub(super) kind: u16,
    /// Whether signatures and proofs are wanted.
    pub(super) dnssec: bool,
    pub(super) now: Timestamp,
}

impl<'z> Draft<'z> {
    /// Returns an answer that is nothing but a code.
    pub(super) fn code(code: u16) -> Self {
        Self {
            code,
            ..Self::default()
        }
    }
}

/// Answers as a name server: of the zones that it serves.
pub(super) fn of_server<'z>(zones: &'z Zones, server: &'z str, asked: Question<'_>) -> Draft<'z> {
    let own: Vec<&Zone> = zones.served_by(server).collect();
    let fits = |zone: &&&Zone| super::data::is_within(asked.name, &zone.name);
    // A DS is the parent's: who serves both answers from there.
    let deepest = |below_only: bool| {
        let all = own.iter().filter(fits);
        all.filter(|zone| !below_only || zone.name != asked.name)
            .max_by_key(|zone| super::data::labels(&zone.name).count())
            .copied()
    };
    let zone = match asked.kind {
        DS => deepest(true).or_else(|| deepest(false)),
        _ => deepest(false),
    };
    match zone {
        Some(zone) => within(zone, asked),
        None => Draft::code(REFUSED),
    }
}

/// Answers as a resolver that asked everybody; `None` for a name that is in no zone of the mock.
pub(super) fn of_resolver<'z>(zones: &'z Zones, asked: Question<'_>) -> Option<Draft<'z>> {
    let start = match asked.kind {
        DS => super::data::above(asked.name).unwrap_or_default(),
        _ => asked.name,
    };
    let zone = zones.enclosing(start)?;
    let is_answer = zone
        .cut(asked.name)
        .is_none_or(|cut| cut == asked.name && asked.kind == DS);
    let mut draft = is_answer.then(|| within(zone, asked))?;
    draft.authoritative = false;
    Some(draft)
}

/// Answers from one zone.
fn within<'z>(zone: &'z Zone, asked: Question<'_>) -> Draft<'z> {
    let Question {
        name,
        kind,
        dnssec,
        now,
    } = asked;
    let signed = |set: Set| Part {
        set,
        signer: Some(zone),
    };
    if let Some(cut) = zone.cut(name).filter(|cut| *cut != name || kind != DS) {
        return referral(zone, cut, asked);
    }
    let mut draft = Draft {
        authoritative: true,
        ..Draft::default()
    };
    if let Some(set) = zone.set(name, kind, now) {
        draft.answers.push(signed(set));
        return draft;
    }
    draft
        .authority
        .extend(zone.set(&zone.name, SOA, now).map(signed));
    let proofs = if zone.exists(name) {
        proof::no_data(zone, name, now)
    } else {
        draft.code = NO_NAME;
        proof::no_name(zone, name, now)
    };
    if dnssec {
        draft.authority.extend(proofs.into_iter().map(signed));
    }
    draft
}

/// Leads on to whom a name was delegated.
fn referral<'z>(zone: &'z Zone, cut: &str, asked: Question<'_>) -> Draft<'z> {
    let servers = zone.set(cut, NS, asked.now);
    let mut authority: Vec<Part<'z>> = servers
        .map(|set| Part { set, signer: None })
        .into_iter()
        .collect();
    if asked.dnssec && zone.keys.is_some() {
        let sets = match zone.set(cut, DS, asked.now) {
            Some(ds) => vec![ds],
            None => proof::no_data(zone, cut, asked.now),
        };
        authority.extend(sets.into_iter().map(|set| Part {
            set,
            signer: Some(zone),
        }));
    }
    Draft {
        authority,
        ..Draft::default()
    }
}
