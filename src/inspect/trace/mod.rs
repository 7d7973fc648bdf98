//! One resource on every plane: what each registry says of it, and what does not fit together.
//!
//! A pure join over observations: IANA's registries and bootstrap files, statistics, transfer
//! logs, RDAP, whois, reverse DNS, and of the RPKI what is certified, what is said and what may
//! be. Nothing is asked here, and nothing is guessed: where there was no answer the cell says so,
//! and takes no part in any comparison.
//!
//! *Who has it.* Statistics, logs, RDAP, whois, certificates and VRPs each say at which registry
//! a number is; the registry that most of them name has it. Where they say something of a part
//! only, every part is judged by itself.
//!
//! *What disagrees.* A plane that names two registries at once, another one than most, or none
//! where somebody has it; referrals in a circle, or to somebody who has nothing; two logs that
//! tell one transfer differently; IANA's designation, where no logged transfer leads on from there;
//! and constraints that keep a registry from certifying what it has.

mod certified;
mod context;
mod designated;
mod judged;
mod logs;
mod registered;
mod reverse;
mod subject;
mod table;
#[cfg(test)]
mod tests;

pub use context::Known;
pub use subject::{NoSubject, Subject};
pub use table::{Cell, Claim, Disagreement, Held, Moved, Plane, Row, Trace};

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::fact::Observation;
use crate::inspect::stats::Stats;
use crate::registry::{PerRegistry, RegistryId};
use crate::resource::Asn;
use context::Context;

/// A statistics file, with where and when it was asked for.
#[derive(Clone, Debug)]
pub struct File<'s> {
    /// What it says.
    pub stats: &'s Stats,
    /// Its URL.
    pub url: String,
    /// When it was asked for.
    pub at: Timestamp,
}

/// Everything that was seen. What is absent was not asked for.
#[derive(Clone, Debug, Default)]
pub struct Seen<'s> {
    /// What probe `iana` saw.
    pub iana: Option<Arc<Observation>>,
    /// Bootstrap files of RDAP for this kind of numbers, as probe `http` saw them.
    pub bootstrap: Vec<Arc<Observation>>,
    /// Statistics, or why there are none.
    pub statistics: PerRegistry<Result<File<'s>, String>>,
    /// What probe `transfer_log` saw.
    pub logs: PerRegistry<Arc<Observation>>,
    /// What probe `rdap` saw, for each question.
    pub rdap: PerRegistry<Vec<Arc<Observation>>>,
    /// What probe `whois` saw, for each question.
    pub whois: PerRegistry<Vec<Arc<Observation>>>,
    /// What probe `zone` saw.
    pub zone: Option<Arc<Observation>>,
    /// What probe `rpki_tree` saw.
    pub trees: PerRegistry<Arc<Observation>>,
}

/// Why a cell of a plane is empty that nobody was asked about.
const NOT_ASKED: &str = "not asked for";

/// Puts everything together that was seen of a resource.
pub fn join(subject: &Subject, known: &PerRegistry<Known>, seen: &Seen<'_>) -> Trace {
    let context = Context {
        subject,
        resources: subject.resources(),
        known,
    };
    let mut rows: Vec<Row> = Plane::ALL
        .iter()
        .filter(|plane| has(subject, **plane))
        .map(|plane| row(&context, *plane, seen))
        .collect();
    let logs = seen.logs.iter();
    let logs = logs.map(|(id, log)| (id.clone(), logs::touching(&context, log)));
    let moved = logs::moved(&context, &logs.collect());
    let (held, disagreements) = judged::judge(&context, &mut rows, &moved);
    Trace {
        resource: subject.to_string(),
        kind: subject.kind(),
        registries: known
            .iter()
            .map(|(id, known)| (id.clone(), known.name.clone()))
            .collect(),
        held,
        moved,
        rows,
        disagreements,
    }
}

/// Says whether a plane knows resources of a kind.
const fn has(subject: &Subject, plane: Plane) -> bool {
    match (subject, plane) {
        (_, Plane::Statistics | Plane::Rdap | Plane::Whois) => true,
        (Subject::Holder(_), _) => false,
        (Subject::Asn(_) | Subject::Asns(..), Plane::ReverseDns) => false,
        (
            Subject::Address(_)
            | Subject::Prefix(_)
            | Subject::Range(_)
            | Subject::Asn(_)
            | Subject::Asns(..),
            Plane::Iana
            | Plane::Bootstrap
            | Plane::TransferLogs
            | Plane::ReverseDns
            | Plane::Certificates
            | Plane::Vrps
            | Plane::Aspas
            | Plane::Constraints,
        ) => true,
    }
}

fn row(context: &Context<'_>, plane: Plane, seen: &Seen<'_>) -> Row {
    let not_asked = || {
        let mut row = Row::new(plane);
        row.registries = context.each(|_| Cell::not_asked(NOT_ASKED));
        row
    };
    let with = |cell: &dyn Fn(&RegistryId) -> Cell| {
        let mut row = Row::new(plane);
        row.registries = context.each(cell);
        row
    };
    let answers = |all: &PerRegistry<Vec<Arc<Observation>>>, read: Read| {
        with(&|id| {
            let own = all.of(id.as_str()).into_iter().flatten();
            let cells = own.map(|observation| read(context, observation));
            cells
                .reduce(Cell::join)
                .unwrap_or_else(|| Cell::not_asked(NOT_ASKED))
        })
    };
    let trees = |read: Read| {
        with(&|id| match seen.trees.of(id.as_str()) {
            Some(tree) => read(context, tree),
            None => Cell::not_asked(NOT_ASKED),
        })
    };
    match plane {
        Plane::Iana => seen
            .iana
            .as_ref()
            .map_or_else(not_asked, |iana| designated::iana(context, iana)),
        Plane::Bootstrap if seen.bootstrap.is_empty() => not_asked(),
        Plane::Bootstrap => {
            let files: Vec<&Observation> = seen.bootstrap.iter().map(AsRef::as_ref).collect();
            designated::bootstrap(context, &files)
        }
        Plane::Statistics => with(&|id| match seen.statistics.of(id.as_str()) {
            Some(Ok(file)) => registered::statistics(context, file),
            Some(Err(why)) => Cell::unseen("no file", why),
            None => Cell::not_asked(NOT_ASKED),
        }),
        Plane::TransferLogs => with(&|id| match seen.logs.of(id.as_str()) {
            Some(log) => logs::log(context, id, log),
            None => Cell::not_asked(NOT_ASKED),
        }),
        Plane::Rdap => answers(&seen.rdap, registered::rdap),
        Plane::Whois => answers(&seen.whois, registered::whois),
        Plane::ReverseDns => seen
            .zone
            .as_ref()
            .map_or_else(not_asked, |zone| reverse::zone(context, zone)),
        Plane::Certificates => trees(certified::certificates),
        Plane::Vrps => trees(certified::payloads),
        Plane::Aspas => {
            let own = context.resources.asns.ranges();
            let mut customers: BTreeSet<Asn> = own
                .flat_map(|(first, last)| (first.0..=last.0).take(MOST_CUSTOMERS).map(Asn))
                .collect();
            if context.resources.asns.is_empty() {
                let trees = seen.trees.iter();
                customers.extend(trees.flat_map(|(_, tree)| certified::origins(context, tree)));
            }
            with(&|id| match seen.trees.of(id.as_str()) {
                Some(tree) => certified::aspas(tree, &customers),
                None => Cell::not_asked(NOT_ASKED),
            })
        }
        Plane::Constraints => trees(certified::constraints),
    }
}

/// Reads what one observation says.
type Read = fn(&Context<'_>, &Observation) -> Cell;

/// Most AS numbers of a range whose ASPAs are looked for; ours.
const MOST_CUSTOMERS: usize = 100_000;

/// Returns the first and the last day of what a row says, of the data, else of the questions.
pub fn days(row: &Row) -> Option<(Timestamp, Timestamp)> {
    let days: BTreeSet<Timestamp> = row
        .registries
        .values()
        .filter(|cell| cell.claim.is_seen())
        .filter_map(Cell::day)
        .collect();
    Some((*days.first()?, *days.last()?))
}
