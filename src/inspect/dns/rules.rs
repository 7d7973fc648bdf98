//! Rules about a zone, its delegation and its signatures.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::chain::{State, Trust};
use super::name::Name;
use super::record::Denial;
use super::sight::{Server, Sight, start};
use super::signed;
use super::wire::kind;
use crate::fact::Inspected;
use crate::inspect::{Findings, Seen};

/// A rule about a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The id, such as `rdns.ns.parent`.
    pub id: &'static str,
}

const PARENT: Rule = Rule {
    id: "rdns.ns.parent",
};
const AUTHORITATIVE: Rule = Rule {
    id: "rdns.ns.authoritative",
};
const UDP: Rule = Rule { id: "rdns.ns.udp" };
const TCP: Rule = Rule { id: "rdns.ns.tcp" };
const TWO: Rule = Rule { id: "rdns.ns.two" };
const APART: Rule = Rule {
    id: "rdns.ns.apart",
};
const FAMILIES: Rule = Rule {
    id: "rdns.ns.families",
};
const SIGNED: Rule = Rule {
    id: "rdns.dnssec.signed",
};
const POINTS: Rule = Rule {
    id: "rdns.dnssec.points",
};
const SIGNATURES: Rule = Rule {
    id: "rdns.dnssec.signatures",
};
const ABSENCE: Rule = Rule {
    id: "rdns.dnssec.absence",
};
const ALGORITHM: Rule = Rule {
    id: "rdns.dnssec.algorithm",
};
const DIGEST: Rule = Rule {
    id: "rdns.dnssec.digest",
};
const EXPIRY: Rule = Rule {
    id: "rdns.dnssec.expiry",
};
const RENEWED: Rule = Rule {
    id: "rdns.soa.renewed",
};

/// All rules.
pub const RULES: &[Rule] = &[
    PARENT,
    AUTHORITATIVE,
    UDP,
    TCP,
    TWO,
    APART,
    FAMILIES,
    SIGNED,
    POINTS,
    SIGNATURES,
    ABSENCE,
    ALGORITHM,
    DIGEST,
    EXPIRY,
    RENEWED,
];

/// How far ahead a signature must end; a threshold of ours: three days are a weekend and a day.
const AHEAD: SignedDuration = SignedDuration::from_hours(72);

/// How old the signature of a zone's start may be; a threshold of ours: a day, and half a day for signers
/// that date their signatures back.
const OLDEST: SignedDuration = SignedDuration::from_hours(36);

/// Algorithms of keys that must not be used to sign.
///
/// Source: RFC 8624, section 3.1 (RSAMD5, DSA, DSA-NSEC3-SHA1, ECC-GOST).
const FORBIDDEN_ALGORITHMS: [u8; 4] = [1, 3, 6, 12];

/// Algorithms of digests that must not be used for delegations.
///
/// Source: RFC 8624, section 3.3 (SHA-1, GOST R 34.11-94).
const FORBIDDEN_DIGESTS: [u8; 3] = [0, 1, 3];

/// Applies every rule to what was seen of a zone.
pub fn look(sight: &Sight, trust: &Trust) -> Inspected {
    let mut findings = Findings::new();
    findings.run(PARENT.id, |seen| parent(sight, seen));
    findings.run(AUTHORITATIVE.id, |seen| authoritative(sight, seen));
    findings.run(UDP.id, |seen| answers(sight, false, seen));
    findings.run(TCP.id, |seen| answers(sight, true, seen));
    findings.run(TWO.id, |seen| two(sight, seen));
    findings.run(APART.id, |seen| apart(sight, seen));
    findings.run(FAMILIES.id, |seen| families(sight, seen));
    findings.run(SIGNED.id, |seen| is_signed(sight, seen));
    findings.run(POINTS.id, |seen| points(sight, trust, seen));
    findings.run(SIGNATURES.id, |seen| signatures(sight, trust, seen));
    findings.run(ABSENCE.id, |seen| absence(sight, trust, seen));
    findings.run(ALGORITHM.id, |seen| algorithm(sight, seen));
    findings.run(DIGEST.id, |seen| digest(sight, seen));
    findings.run(EXPIRY.id, |seen| expiry(sight, seen));
    findings.run(RENEWED.id, |seen| renewed(sight, seen));
    findings.finish()
}

/// Every server of the zone names the same servers as the parent.
fn parent(sight: &Sight, seen: &mut Seen) {
    let Some(delegation) = sight.delegation().filter(|all| !all.is_empty()) else {
        return;
    };
    for server in &sight.servers {
        let Some(own) = server.apex(&sight.zone) else {
            continue;
        };
        seen.look();
        if own == delegation {
            continue;
        }
        let missing = words(delegation.difference(&own));
        let more = words(own.difference(&delegation));
        let message = match (missing.as_str(), more.as_str()) {
            (missing, "") => format!("the parent names {missing}, the zone does not"),
            ("", more) => format!("the zone names {more}, the parent does not"),
            (missing, more) => format!("the parent names {missing}, the zone {more} instead"),
        };
        seen.find(server.name.to_string(), message);
    }
}

/// Returns names with commas between them.
fn words<'a>(names: impl Iterator<Item = &'a Name>) -> String {
    let all: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    all.join(", ")
}

/// Every server that is named answers for the zone as one that has it.
fn authoritative(sight: &Sight, seen: &mut Seen) {
    for server in &sight.servers {
        for asked in server.ways() {
            let Ok(message) = &asked.answer else { continue };
            seen.look();
            let place = || format!("{} {}", server.name, asked.way.words());
            if message.code != 0 {
                seen.find(place(), format!("it answers {}", message.code_word()));
            } else if !message.authoritative {
                seen.find(place(), "its answer is not authoritative");
            } else if start(message, &sight.zone).is_none() {
                seen.find(place(), "its answer has no SOA of the zone");
            }
        }
    }
}

/// Every server answers every way in which another server of the zone does.
fn answers(sight: &Sight, tcp: bool, seen: &mut Seen) {
    let ways = || {
        sight
            .servers
            .iter()
            .flat_map(Server::ways)
            .filter(|asked| asked.way.tcp == tcp)
    };
    let open: BTreeSet<_> = ways()
        .filter(|asked| asked.answer.is_ok())
        .map(|asked| asked.way)
        .collect();
    for server in &sight.servers {
        let own = server.ways().filter(|asked| open.contains(&asked.way));
        for asked in own {
            seen.look();
            if let Err(failure) = &asked.answer {
                let place = format!("{} {}", server.name, asked.way.words());
                seen.find(
                    place,
                    format!("it does not answer ({failure}), others of the zone do"),
                );
            }
        }
    }
}

/// The parent names at least two servers.
fn two(sight: &Sight, seen: &mut Seen) {
    let Some(delegation) = sight.delegation().filter(|all| !all.is_empty()) else {
        return;
    };
    seen.look();
    if delegation.len() < 2 {
        seen.find(
            sight.zone.to_string(),
            format!("only {} is named", words(delegation.iter())),
        );
    }
}

/// Not all servers are in one prefix of a family.
fn apart(sight: &Sight, seen: &mut Seen) {
    let places = sight.places();
    for v6 in [false, true] {
        let own: Vec<_> = places.iter().filter(|(at, _)| at.is_ipv6() == v6).collect();
        let servers: BTreeSet<_> = own.iter().flat_map(|(_, names)| names.iter()).collect();
        if servers.is_empty() {
            continue;
        }
        seen.look();
        if let [(at, _)] = own.as_slice()
            && servers.len() > 1
        {
            let length = if v6 { 48 } else { 24 };
            seen.find(
                sight.zone.to_string(),
                format!("all servers with such addresses are in {at}/{length}"),
            );
        }
    }
}

/// Each family reaches at least one server.
fn families(sight: &Sight, seen: &mut Seen) {
    let all = || sight.servers.iter().flat_map(|server| &server.addresses);
    if all().next().is_none() {
        return;
    }
    seen.look();
    for (v6, word) in [(false, "IPv4"), (true, "IPv6")] {
        if !all().any(|address| address.is_ipv6() == v6) {
            seen.find(
                sight.zone.to_string(),
                format!("no server has an address of {word}"),
            );
        }
    }
}

/// The parent has a DS.
fn is_signed(sight: &Sight, seen: &mut Seen) {
    let delegated = sight.delegation().is_none_or(|all| !all.is_empty());
    if let Some(digests) = sight.digests().filter(|_| delegated) {
        seen.look();
        if digests.is_empty() {
            seen.find(sight.zone.to_string(), "the parent has no DS");
        }
    }
}

/// The DS at the parent is signed, and points to a key that signs the zone's keys.
fn points(sight: &Sight, trust: &Trust, seen: &mut Seen) {
    if sight.digests().is_none_or(|digests| digests.is_empty()) || trust.zone != sight.zone {
        return;
    }
    match trust.state {
        State::Secure => seen.look(),
        State::Bogus => seen.find(sight.zone.to_string(), trust.reason.clone()),
        State::Unsigned | State::Unknown => {}
    }
}

/// Every server's SOA, NS and DNSKEY are signed by a key of the zone.
fn signatures(sight: &Sight, trust: &Trust, seen: &mut Seen) {
    if !is_trusted(sight, trust) {
        return;
    }
    for (place, set) in sight.sets().filter(|(_, set)| set.kind != kind::DS) {
        seen.look();
        if let Err(refusal) = set.verify(&sight.zone, &trust.keys, sight.now)
            && !matches!(refusal, signed::Refusal::Unknown(_))
        {
            seen.find(
                format!("{place} {}", kind::word(set.kind)),
                refusal.to_string(),
            );
        }
    }
}

fn is_trusted(sight: &Sight, trust: &Trust) -> bool {
    trust.state == State::Secure && trust.zone == sight.zone
}

/// That a type is absent is proved.
fn absence(sight: &Sight, trust: &Trust, seen: &mut Seen) {
    if !is_trusted(sight, trust) {
        return;
    }
    for server in &sight.servers {
        for asked in server
            .asked
            .iter()
            .filter(|asked| asked.kind == super::sight::ABSENT)
        {
            let Ok(message) = &asked.answer else { continue };
            let has = message.answers_of(&sight.zone, asked.kind).next().is_some();
            if has || message.code != 0 || !message.authoritative {
                continue;
            }
            seen.look();
            let proved = signed::absence(
                message,
                &sight.zone,
                asked.kind,
                &sight.zone,
                &trust.keys,
                sight.now,
            );
            if let Err(why) = proved {
                seen.find(
                    server.name.to_string(),
                    format!("that the apex has no PTR is not proved: {why}"),
                );
            }
        }
    }
}

/// No key has an algorithm that must not be used.
fn algorithm(sight: &Sight, seen: &mut Seen) {
    for key in sight.keys() {
        seen.look();
        if FORBIDDEN_ALGORITHMS.contains(&key.algorithm) {
            let place = format!("{} DNSKEY {}", sight.zone, key.tag);
            seen.find(place, format!("its algorithm is {}", key.algorithm));
        }
    }
}

/// No DS has a digest that must not be used.
fn digest(sight: &Sight, seen: &mut Seen) {
    for ds in sight.digests().unwrap_or_default() {
        seen.look();
        if FORBIDDEN_DIGESTS.contains(&ds.digest_type) {
            let place = format!("{} DS {}", sight.zone, ds.tag);
            seen.find(place, format!("its digest is of type {}", ds.digest_type));
        }
    }
}

/// No signature ends soon.
fn expiry(sight: &Sight, seen: &mut Seen) {
    if let Some((ends, what)) = sight.ends() {
        seen.look();
        if ends.duration_since(sight.now) < AHEAD {
            seen.find(
                sight.zone.to_string(),
                format!("the signature of {what} ends at {ends}"),
            );
        }
    }
}

/// The zone's start was signed lately: a new serial number is always signed anew.
fn renewed(sight: &Sight, seen: &mut Seen) {
    if let Some(signature) = sight.start_signature() {
        seen.look();
        let begins = signature.begins(sight.now);
        if sight.now.duration_since(begins) > OLDEST {
            seen.find(
                sight.zone.to_string(),
                format!("its SOA was last signed at {begins}"),
            );
        }
    }
}

/// Returns the word for how a zone proves absence.
pub const fn denial_word(denial: &Denial) -> &'static str {
    match denial {
        Denial::Names { .. } => "nsec",
        Denial::Hashes { .. } => "nsec3",
    }
}
