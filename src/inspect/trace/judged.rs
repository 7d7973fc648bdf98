//! Who has what is traced, by most of the planes, and what does not fit together.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::certified::denied;
use super::context::{Context, day};
use super::table::{Claim, Disagreement, Held, Moved, Plane, Row};
use crate::inspect::transfers::Stage;
use crate::registry::RegistryId;
use crate::resource::Resources;

/// Planes that say at which registry numbers are.
const HOLDING: &[Plane] = &[
    Plane::Statistics,
    Plane::TransferLogs,
    Plane::Rdap,
    Plane::Whois,
    Plane::Certificates,
    Plane::Vrps,
];

/// Planes in which whatever is held by somebody must be found.
const COMPLETE: &[Plane] = &[Plane::Statistics, Plane::Rdap];

/// Most parts into which what is traced is cut; ours. What more there is stays in the last one.
const MOST_PARTS: usize = 64;

/// How far apart two logs may date one transfer before that is told; ours.
const APART: SignedDuration = SignedDuration::from_hours(24);

/// Most steps of a chain of referrals.
const MOST_STEPS: usize = 8;

/// Finds who has each part, and what disagrees; marks the rows that do.
pub(super) fn judge(
    context: &Context<'_>,
    rows: &mut [Row],
    moved: &[Moved],
) -> (Vec<Held>, Vec<Disagreement>) {
    let mut found = BTreeSet::new();
    let mut held: Vec<Held> = Vec::new();
    if !context.resources.is_empty() {
        let parts = parts(context, rows);
        let is_one = parts.len() == 1;
        for part in parts {
            let of = Part {
                context,
                rows,
                moved,
                of: if is_one {
                    String::new()
                } else {
                    format!("{part}: ")
                },
                part,
            };
            let one = of.held();
            of.differences(one.registry.as_ref(), &mut found);
            // Parts of which the same is said are one.
            let last = held.last_mut().filter(|last| {
                (&last.registry, &last.by, &last.unlike) == (&one.registry, &one.by, &one.unlike)
            });
            match last {
                Some(last) => last.resources = last.resources.union(&one.resources),
                None => held.push(one),
            }
        }
    }
    logs(context, rows, moved, &mut found);
    referrals(context, rows, Plane::Rdap, &mut found);
    referrals(context, rows, Plane::Whois, &mut found);
    for row in rows.iter_mut() {
        row.disagrees = found.iter().any(|one| one.plane == row.plane);
    }
    (held, found.into_iter().collect())
}

/// Cuts what is traced where somebody says something of a part of it only.
fn parts(context: &Context<'_>, rows: &[Row]) -> Vec<Resources> {
    let mut parts = vec![context.resources.clone()];
    let rows = rows
        .iter()
        .filter(|row| HOLDING.contains(&row.plane) || row.plane == Plane::Iana);
    // A whois answer is about the first address, a VRP about what its holder announces: neither cuts.
    let rows = rows.filter(|row| !matches!(row.plane, Plane::Whois | Plane::Vrps));
    for cell in rows.flat_map(|row| row.registries.values()) {
        if cell.of.is_empty() || cell.of.covers(&context.resources) || parts.len() >= MOST_PARTS {
            continue;
        }
        parts = parts
            .into_iter()
            .flat_map(|part| [part.intersect(&cell.of), part.minus(&cell.of)])
            .filter(|part| !part.is_empty())
            .collect();
    }
    parts.sort_unstable();
    parts
}

/// One part with everything that is said of it.
struct Part<'p> {
    context: &'p Context<'p>,
    rows: &'p [Row],
    moved: &'p [Moved],
    part: Resources,
    /// Its name in front of a disagreement; empty where it is all.
    of: String,
}

impl Part<'_> {
    fn row(&self, plane: Plane) -> Option<&Row> {
        self.rows.iter().find(|row| row.plane == plane)
    }

    /// Returns the registries at which the part is by a plane.
    fn at(&self, plane: Plane) -> BTreeSet<&RegistryId> {
        let row = self.row(plane).into_iter();
        let holding = row.flat_map(Row::holding);
        holding
            .filter(|(_, own)| own.overlaps(&self.part))
            .map(|(id, _)| id)
            .collect()
    }

    /// Returns the registry that most planes name.
    fn held(&self) -> Held {
        let mut by: BTreeMap<&RegistryId, Vec<Plane>> = BTreeMap::new();
        for plane in HOLDING {
            for id in self.at(*plane) {
                by.entry(id).or_default().push(*plane);
            }
        }
        let most = by.values().map(Vec::len).max().unwrap_or(0);
        let mut first = by.into_iter().filter(|(_, planes)| planes.len() == most);
        let (registry, by) = match (first.next(), first.next()) {
            (Some((id, planes)), None) => (Some(id.clone()), planes),
            _ => (None, Vec::new()),
        };
        let named = HOLDING.iter().filter(|plane| !self.at(**plane).is_empty());
        Held {
            resources: self.part.clone(),
            unlike: named.filter(|plane| !by.contains(plane)).copied().collect(),
            registry,
            by,
        }
    }

    fn names(&self, ids: &BTreeSet<&RegistryId>) -> String {
        let names: Vec<String> = ids.iter().map(|id| self.context.name(id)).collect();
        names.join(" and ")
    }

    fn differences(&self, holder: Option<&RegistryId>, found: &mut BTreeSet<Disagreement>) {
        let mut say = |plane: Plane, words: String| {
            let words = format!("{}{words}", self.of);
            found.insert(Disagreement { plane, words });
        };
        for plane in HOLDING {
            let at = self.at(*plane);
            if at.len() > 1 && !(self.is_accepted(&at) && *plane != Plane::TransferLogs) {
                say(*plane, format!("at {}, both at once", self.names(&at)));
            } else if let (Some(holder), false) = (holder, at.is_empty())
                && !at.contains(holder)
            {
                let words = format!(
                    "at {}, unlike at {}",
                    self.names(&at),
                    self.context.name(holder)
                );
                say(*plane, words);
            }
            let whole = self.row(*plane).is_some_and(Row::is_whole);
            // An RDAP answer is about all that was asked for, and says nothing of a part.
            let is_told = *plane != Plane::Rdap || self.of.is_empty();
            let must = COMPLETE.contains(plane) && whole && is_told;
            if at.is_empty() && holder.is_some() && must {
                say(*plane, "at no registry".to_owned());
            }
        }
        if holder.is_none() && HOLDING.iter().any(|plane| !self.at(*plane).is_empty()) {
            let of = |plane: &Plane| {
                let at = self.at(*plane);
                (!at.is_empty()).then(|| format!("{} {}", plane.title(), self.names(&at)))
            };
            let all: Vec<String> = HOLDING.iter().filter_map(of).collect();
            say(
                Plane::Statistics,
                format!(
                    "as many planes name one registry as another: {}",
                    all.join(", ")
                ),
            );
        }
        if let Some(holder) = holder {
            self.designated(holder, &mut say);
            let limits = self.row(Plane::Constraints);
            let own = limits.and_then(|row| row.registries.get(holder));
            if own.is_some_and(|cell| denied(self.context, cell).overlaps(&self.part)) {
                let name = self.context.name(holder);
                say(
                    Plane::Constraints,
                    format!("{name} may not certify what it has"),
                );
            }
        }
    }

    /// Says whether both registries may have the part: a transfer that its recipient accepted is in progress.
    fn is_accepted(&self, at: &BTreeSet<&RegistryId>) -> bool {
        self.moved.iter().any(|moved| {
            moved.stage == Stage::RecipientAccepted.as_str()
                && moved.resources.overlaps(&self.part)
                && at
                    .iter()
                    .all(|id| [&moved.source, &moved.recipient].contains(id))
        })
    }

    /// Compares IANA and the bootstrap files with who has the part: where it moved from there, that is why.
    fn designated(&self, holder: &RegistryId, say: &mut impl FnMut(Plane, String)) {
        for plane in [Plane::Iana, Plane::Bootstrap] {
            let Some(row) = self.row(plane) else { continue };
            let own = row.registries.iter().filter(|(_, cell)| {
                cell.claim == Claim::Designated && cell.of.overlaps(&self.part)
            });
            let given: BTreeSet<&RegistryId> = own.map(|(id, _)| id).collect();
            if given.is_empty() || given.contains(holder) {
                continue;
            }
            // Logs that could not be read explain nothing, and accuse nobody.
            let logs = self.row(Plane::TransferLogs).is_some_and(Row::is_whole);
            let leads = |from: &&RegistryId| self.leads(from, holder);
            if logs && !given.iter().any(leads) {
                say(
                    plane,
                    format!(
                        "{}, and no log tells how it came to {}",
                        self.names(&given),
                        self.context.name(holder)
                    ),
                );
            }
        }
    }

    /// Says whether logged transfers lead from one registry to another.
    fn leads(&self, from: &RegistryId, to: &RegistryId) -> bool {
        let mut reached = BTreeSet::from([from]);
        // In the order of their dates, so that one pass follows a chain.
        for moved in self.moved.iter().filter(|moved| moved.date.is_some()) {
            if reached.contains(&moved.source) && moved.resources.overlaps(&self.part) {
                reached.insert(&moved.recipient);
            }
        }
        reached.contains(to)
    }
}

/// Compares what both logs of a pair tell of each transfer.
fn logs(context: &Context<'_>, rows: &[Row], moved: &[Moved], found: &mut BTreeSet<Disagreement>) {
    let Some(row) = rows.iter().find(|row| row.plane == Plane::TransferLogs) else {
        return;
    };
    let seen = |id: &RegistryId| {
        row.registries
            .get(id)
            .is_some_and(|cell| cell.claim.is_seen())
    };
    let plane = Plane::TransferLogs;
    let mut say = |words: String| {
        found.insert(Disagreement { plane, words });
    };
    let between = moved.iter().filter(|moved| {
        let is_told_by_both = moved.stage == Stage::Completed.as_str()
            || moved.stage == Stage::RecipientAccepted.as_str();
        moved.source != moved.recipient && is_told_by_both
    });
    for moved in between {
        let on = moved
            .date
            .map_or_else(String::new, |date| format!(" on {}", day(date)));
        let (from, to) = (context.name(&moved.source), context.name(&moved.recipient));
        for (id, other) in [
            (&moved.source, &moved.recipient),
            (&moved.recipient, &moved.source),
        ] {
            if seen(id) && !moved.told_by.contains_key(id) && moved.told_by.contains_key(other) {
                // Only logs of version 4.1 tell what is in progress.
                let is_progress = moved.stage != Stage::Completed.as_str();
                if is_progress && !lists_progress(row, id) {
                    continue;
                }
                let (other, own) = (context.name(other), context.name(id));
                say(format!(
                    "from {from} to {to}{on} by the log of {other}; that of {own} has no such transfer"
                ));
            }
        }
        let dates = (
            moved.told_by.get(&moved.source),
            moved.told_by.get(&moved.recipient),
        );
        if let (Some(Some(a)), Some(Some(b))) = dates
            && a.duration_since(*b).abs() > APART
        {
            say(format!(
                "{from} says that it left on {}, {to} that it came on {}",
                day(*a),
                day(*b)
            ));
        }
    }
}

/// Says whether a log has transfers in progress at all, as far as this resource shows it.
fn lists_progress(row: &Row, id: &RegistryId) -> bool {
    let cell = row.registries.get(id);
    cell.is_some_and(|cell| cell.words.contains(Stage::SourceInitialized.as_str()))
}

/// Follows referrals from each registry: they must end where something is.
fn referrals(
    context: &Context<'_>,
    rows: &[Row],
    plane: Plane,
    found: &mut BTreeSet<Disagreement>,
) {
    let Some(row) = rows.iter().find(|row| row.plane == plane) else {
        return;
    };
    let begins = rows.iter().find(|row| row.plane == Plane::Bootstrap);
    let somebody = row.holding().next().is_some();
    for (id, cell) in &row.registries {
        let mut path = vec![id];
        let mut at = cell;
        while let Claim::Refers { to } = &at.claim {
            let is_circle = path.contains(&to);
            path.push(to);
            let names: Vec<String> = path.iter().map(|id| context.name(id)).collect();
            let names = names.join(" → ");
            if is_circle || path.len() > MOST_STEPS {
                let words = format!("{names} is a circle");
                found.insert(Disagreement { plane, words });
                break;
            }
            let Some(next) = row.registries.get(to) else {
                break;
            };
            if next.claim == Claim::Nothing {
                let words = format!("{names}, which has nothing");
                found.insert(Disagreement { plane, words });
            }
            at = next;
        }
        // Clients begin where the bootstrap files send them, and must get on from there.
        let begins_here = begins
            .and_then(|row| row.registries.get(id))
            .is_some_and(|cell| cell.claim == Claim::Designated);
        if plane == Plane::Rdap && begins_here && somebody {
            let what = match &cell.claim {
                Claim::Nothing => "has nothing",
                Claim::Says if !cell.of.is_empty() => "shows a block",
                Claim::Says
                | Claim::Holds
                | Claim::Designated
                | Claim::Left { .. }
                | Claim::Refers { .. }
                | Claim::Unseen { .. }
                | Claim::NotAsked { .. } => continue,
            };
            let name = context.name(id);
            let words = format!("clients begin at {name}, which {what} and leads nowhere");
            found.insert(Disagreement { plane, words });
        }
    }
}
