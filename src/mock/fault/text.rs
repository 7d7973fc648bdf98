//! Applies faults to whois answers, and to connections as a whole.

use super::{Change, Fault, Service, When, WhoisAct, WireFault, fits};
use crate::mock::request::Wire;
use crate::mock::world::World;

/// Applies the world's faults to a whois text; returns the octets and how they are sent.
pub(in crate::mock) fn whois(
    world: &World,
    host: &str,
    line: &str,
    text: String,
) -> (Vec<u8>, Wire) {
    let mut text = text;
    let mut wire = Wire::Plain;
    for fault in world.faults() {
        let own = world
            .operator(&fault.registry)
            .is_some_and(|o| o.hosts().any(|h| h == host));
        if !own {
            continue;
        }
        for change in &fault.changes {
            match change {
                Change::Whois { query, act }
                    if query.as_ref().is_none_or(|glob| fits(glob, line)) =>
                {
                    text = change_text(act, &text);
                }
                Change::Wire {
                    service: Service::Whois,
                    kind,
                    ..
                } => wire = super::http::wire(*kind),
                Change::Whois { .. }
                | Change::Wire { .. }
                | Change::World(_)
                | Change::File { .. }
                | Change::Answer { .. }
                | Change::Http { .. }
                | Change::Dns { .. }
                | Change::Rpki(_)
                | Change::Rrdp { .. }
                | Change::Rsync { .. } => {}
            }
        }
    }
    (text.into_bytes(), wire)
}

fn change_text(act: &WhoisAct, text: &str) -> String {
    match act {
        WhoisAct::Empty => String::new(),
        WhoisAct::NotFound => {
            "%ERROR:101: no entries found\r\n%\r\n% No entries found in source.\r\n\r\n".to_owned()
        }
        WhoisAct::RemoveLines(start) => text
            .split_inclusive('\n')
            .filter(|line| !line.starts_with(start.as_str()))
            .collect(),
        WhoisAct::Replace { from, to } => text.replace(from.as_str(), to),
    }
}

/// Says whether connections misbehave as a whole, whatever is asked.
const fn is_whole(when: &When, kind: WireFault) -> bool {
    let early = !matches!(kind, WireFault::Cut | WireFault::Drip);
    when.on.is_empty() && when.path.is_none() && early
}

impl Fault {
    /// Says whether it may show on the wire to a host of its registry, in a world that has it: where only
    /// connections to other hosts misbehave it does not.
    pub fn may_show_at(&self, world: &World, host: &str) -> bool {
        let mut changes = self.changes.iter();
        let whole = changes.all(
            |change| matches!(change, Change::Wire { when, kind, .. } if is_whole(when, *kind)),
        );
        !whole || connection(world, host).is_some()
    }
}

/// Returns how connections to a host behave as a whole, before anything is asked;
/// `None` if they behave, or if only some requests misbehave.
pub(in crate::mock) fn connection(world: &World, host: &str) -> Option<WireFault> {
    world.faults().iter().find_map(|fault| {
        let operator = world.operator(&fault.registry)?;
        fault.changes.iter().find_map(|change| {
            let Change::Wire {
                when,
                service,
                kind,
            } = change
            else {
                return None;
            };
            let its = match service {
                Service::Rdap => operator.rdap.host == host,
                Service::Whois => operator.whois.as_ref().is_some_and(|w| w.host == host),
                Service::Rpki => operator.rpki.iter().any(|h| h == host),
                Service::Files => operator.files.as_ref().is_some_and(|f| f.host == host),
            };
            (its && is_whole(when, *kind)).then_some(*kind)
        })
    })
}
