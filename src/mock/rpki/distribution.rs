//! The consensus object, and the folder with states and events beside it.

use jiff::{SignedDuration, Timestamp};

use super::certify::edit;
use super::consensus::{Consensus, Event, State, Twist};
use super::der::{Der, generalized, ia5, integer, sequence};
use super::keys::{self, Key, KeyError};
use super::object;
use super::plan::SpoilAct;
use super::resources::{Claim, Resources, address_blocks, as_ranges};
use super::x509::{self, Certified};

/// Numbers of the keys of who signs, of another key for each, and of those of one use.
const SIGNERS: usize = keys::MIXED + 50_000;
const OTHERS: usize = keys::MIXED + 50_100;
const ONE_USE: usize = keys::MIXED + 40_000;
/// Keys of one use that each registry has, and where those of events begin.
const PER_REGISTRY: usize = 1_000;
const OF_EVENTS: usize = 100;

/// How long certificates are valid: longer than anybody looks at them.
const VALID: SignedDuration = SignedDuration::from_hours(24 * 365 * 25);

impl Consensus {
    /// Returns the type and the content of its consensus object.
    pub(super) fn object(&self) -> Result<(String, Der), KeyError> {
        let mut participants = Vec::new();
        for (name, number) in &self.participants {
            let key = keys::authority(*number)?.info();
            participants.push(sequence([ia5(name), sequence([key])]));
        }
        let content = sequence([
            sequence(participants),
            sequence([]),
            keys::authority(self.signer())?.info(),
            ia5(&self.url),
            ia5(&self.certificate),
            ia5(&self.state),
        ]);
        let kind = match self.twists.contains(&Twist::OtherType) {
            true => "state",
            false => "consensus",
        };
        Ok((self.oid(kind), content))
    }

    fn oid(&self, kind: &str) -> String {
        self.types.get(kind).cloned().unwrap_or_default()
    }

    const fn signer(&self) -> usize {
        SIGNERS + self.number
    }

    const fn other(&self) -> usize {
        OTHERS + self.number
    }

    /// Returns the key that really signs.
    fn signing(&self) -> Result<&'static Key, KeyError> {
        match self.twists.contains(&Twist::OtherCertificate) {
            true => keys::authority(self.other()),
            false => keys::authority(self.signer()),
        }
    }

    /// Returns a file of the folder by its name, and since when it is there; `None` if it is not.
    pub fn file(&self, name: &str, now: Timestamp) -> Option<(Vec<u8>, Timestamp)> {
        let has = |twist| self.twists.contains(&twist);
        if name == self.certificate {
            let since = self.states.first()?.date;
            return Some((self.anchor(since).ok()?, since));
        }
        let there = self.states.iter().filter(|state| state.date <= now);
        let newest = there.count();
        if name == self.state && !has(Twist::NoState) {
            return self.state_file(newest);
        }
        let earlier = name
            .strip_suffix(".rds")
            .and_then(|rest| rest.strip_prefix("state-"));
        if let Some(version) = earlier.and_then(|text| text.parse::<usize>().ok()) {
            return (version < newest)
                .then(|| self.state_file(version))
                .flatten();
        }
        let number = name.strip_prefix(&self.prefix)?.strip_suffix(".cms")?;
        let number: usize = number.parse().ok()?;
        let event = self.events.get(number.checked_sub(1)?)?;
        let is_last = self.last_gone() == Some(number);
        if event.date > now || (is_last && has(Twist::EventGap)) {
            return None;
        }
        let reused = usize::from(is_last && has(Twist::ReusedKey));
        let place = OF_EVENTS + number - reused;
        let content = self.event(event);
        let spoiled = [&SpoilAct::BadSignature];
        let acts: &[&SpoilAct] = match is_last && has(Twist::BadEvent) {
            true => &spoiled,
            false => &[],
        };
        let octets = self.message(event.kind, &content, place, event.date, acts);
        Some((octets.ok()?, event.date))
    }

    /// Returns the number of the last event by which something went out.
    fn last_gone(&self) -> Option<usize> {
        let last = self.events.iter().rposition(|e| e.kind == "exclusion");
        last.map(|place| place + 1)
    }

    fn state_file(&self, version: usize) -> Option<(Vec<u8>, Timestamp)> {
        let state = self.states.get(version.checked_sub(1)?)?;
        let content = self.state(version, state);
        let octets = self.message("state", &content, version, state.date, &[]);
        Some((octets.ok()?, state.date))
    }

    fn state(&self, version: usize, state: &State) -> Der {
        let is_looped = self.twists.contains(&Twist::Loop);
        let previous = match version {
            0 | 1 => is_looped.then(|| self.state.clone()),
            later => Some(format!("state-{}.rds", later - 1)),
        };
        let mut parts = vec![
            integer(u64::try_from(version).unwrap_or(0)),
            generalized(state.date),
        ];
        parts.extend(previous.map(|name| ia5(&format!("{}{name}", self.url))));
        parts.push(ia5(&self.prefix));
        parts.extend(state.index.map(integer));
        let delegations = state.delegations.iter().map(|(name, held)| {
            let [addresses, asns] = numbers(held);
            sequence([ia5(name), addresses, asns])
        });
        parts.push(sequence(delegations.collect::<Vec<Der>>()));
        sequence(parts)
    }

    fn event(&self, event: &Event) -> Der {
        let mut parts = vec![ia5(&event.id), generalized(event.date)];
        parts.extend(event.with.as_deref().map(ia5));
        if let Some(block) = event.block {
            parts.extend(numbers(&Resources::of([block])));
        }
        sequence(parts)
    }

    /// Returns the self-signed certificate of who signs.
    fn anchor(&self, since: Timestamp) -> Result<Vec<u8>, KeyError> {
        let key = self.signing()?;
        let said = certified(key, key, since, 1);
        let extensions = vec![
            x509::basic_constraints(),
            x509::subject_key(&key.identifier),
            x509::authority_usage(),
        ];
        Ok(x509::sign(&x509::certificate(said, extensions), key)?.encode())
    }

    /// Returns a content, signed with a key of one use.
    fn message(
        &self,
        kind: &str,
        content: &Der,
        place: usize,
        at: Timestamp,
        acts: &[&SpoilAct],
    ) -> Result<Vec<u8>, KeyError> {
        let issuer = self.signing()?;
        let key = keys::authority(ONE_USE + self.number * PER_REGISTRY + place)?;
        let said = certified(issuer, key, at, place);
        let extensions = vec![
            x509::subject_key(&key.identifier),
            x509::authority_key(issuer),
            x509::signer_usage(),
        ];
        let certificate = x509::sign(&x509::certificate(said, extensions), issuer)?.encode();
        object::signed(
            &self.oid(kind),
            content,
            certificate,
            key,
            at,
            &|part, der| edit(acts, part, der),
        )
    }
}

fn certified(issuer: &Key, key: &Key, since: Timestamp, serial: usize) -> Certified {
    let serial = u64::try_from(serial).unwrap_or(0).to_be_bytes().to_vec();
    Certified {
        serial,
        issuer: issuer.common_name(),
        subject: key.common_name(),
        validity: (since, since.checked_add(VALID).unwrap_or(Timestamp::MAX)),
        key: key.info(),
    }
}

/// Returns addresses by family, and AS numbers.
fn numbers(held: &Resources) -> [Der; 2] {
    let addresses = address_blocks(&Claim::Of(held.clone()));
    let addresses = addresses.unwrap_or_else(|| sequence([]));
    [addresses, sequence(as_ranges(held))]
}
