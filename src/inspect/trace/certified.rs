//! The RPKI: what is certified below a registry's trust anchor, what is said there, and what may be.

use std::collections::BTreeSet;

use super::context::{Context, addresses, asns, lines, text, unseen};
use super::table::{Cell, Claim};
use crate::fact::Observation;
use crate::resource::{AddressSet, Asn, Prefix, Resources};

/// Most payloads of one registry that are told.
const MOST_TOLD: usize = 4;

/// Returns the cell of a tree that was not walked, or whose trust anchor was refused.
fn unwalked(observation: &Observation) -> Option<Cell> {
    unseen(observation).or_else(|| {
        let outcome = text(&observation.facts, "anchor.outcome").unwrap_or("none");
        (outcome != "accepted").then(|| {
            let cell = Cell::unseen("anchor", format!("the trust anchor: {outcome}"));
            cell.from(source(observation), observation.at, None)
        })
    })
}

fn source(observation: &Observation) -> &str {
    text(&observation.facts, "anchor.uri").unwrap_or_default()
}

/// Reads what is certified.
pub(super) fn certificates(context: &Context<'_>, observation: &Observation) -> Cell {
    if let Some(cell) = unwalked(observation) {
        return cell;
    }
    let facts = &observation.facts;
    let part = context.part(
        addresses(facts, "holdings.addresses"),
        asns(facts, "holdings.asns"),
    );
    let cell = if part.is_empty() {
        Cell::nothing()
    } else {
        let words = format!("certified to a holder{}", context.partly(&part));
        let part_only = !part.covers(&context.resources);
        let form = if part_only { "in part" } else { "certified" };
        Cell::new(Claim::Holds, [form]).saying(words).of(part)
    };
    cell.from(source(observation), observation.at, None)
}

/// A validated ROA payload that touches the resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Vrp {
    prefix: Prefix,
    rest: String,
    asn: Asn,
}

/// Reads `192.0.2.0/24-26 AS64496`.
fn vrp(line: &str) -> Option<Vrp> {
    let (payload, asn) = line.split_once(' ')?;
    let (prefix, longest) = payload.rsplit_once('-')?;
    let prefix: Prefix = prefix.parse().ok()?;
    let rest = match longest.parse::<u8>().ok()? == prefix.length() {
        true => format!("/{}", prefix.length()),
        false => format!("/{}-{longest}", prefix.length()),
    };
    Some(Vrp {
        prefix,
        rest,
        asn: asn.parse().ok()?,
    })
}

/// Returns the payloads of a tree that touch the resource.
fn vrps(context: &Context<'_>, observation: &Observation) -> BTreeSet<Vrp> {
    let own = &context.resources;
    let touches = |vrp: &Vrp| match own.addresses.is_empty() {
        true => own.asns.contains(vrp.asn),
        false => own.addresses.overlaps(&AddressSet::from(vrp.prefix)),
    };
    let all = lines(&observation.facts, "vrps.set").filter_map(vrp);
    all.filter(touches).collect()
}

/// Returns the AS numbers that may originate the resource, or are it.
pub(super) fn origins(context: &Context<'_>, observation: &Observation) -> BTreeSet<Asn> {
    match unwalked(observation) {
        Some(_) => BTreeSet::new(),
        None => vrps(context, observation)
            .into_iter()
            .map(|vrp| vrp.asn)
            .collect(),
    }
}

/// Reads the validated ROA payloads: of addresses those that touch them, of AS numbers those that they originate.
pub(super) fn payloads(context: &Context<'_>, observation: &Observation) -> Cell {
    if let Some(cell) = unwalked(observation) {
        return cell;
    }
    let found = vrps(context, observation);
    let number = found.len();
    let Some(first) = found.first() else {
        return Cell::nothing().from(source(observation), observation.at, None);
    };
    let several = format!("{number} VRPs");
    let forms = match number {
        1 => vec![
            format!("{}{} {}", first.prefix.address(), first.rest, first.asn),
            format!("{} {}", first.rest, first.asn),
            "1 VRP".to_owned(),
        ],
        _ => {
            let more = number.saturating_sub(1);
            let (rest, asn) = (&first.rest, first.asn);
            vec![
                format!("{}{rest} {asn} +{more}", first.prefix.address()),
                format!("{rest} {asn} +{more}"),
                several,
            ]
        }
    };
    let told = found.iter().take(MOST_TOLD);
    let told = told.map(|vrp| format!("{}{} {}", vrp.prefix.address(), vrp.rest, vrp.asn));
    let told: Vec<String> = told.collect();
    let more = match number.saturating_sub(MOST_TOLD) {
        0 => String::new(),
        beyond => format!(" and {beyond} more"),
    };
    let prefixes: AddressSet = found.iter().map(|vrp| vrp.prefix.range()).collect();
    let part = context.part(Some(&prefixes), None);
    // Who holds an AS number is not said by who lets it originate.
    let claim = match part.is_empty() {
        true => Claim::Says,
        false => Claim::Holds,
    };
    Cell::new(claim, forms)
        .saying(format!("{}{more}", told.join(", ")))
        .of(part)
        .from(source(observation), observation.at, None)
}

/// Reads the validated ASPA payloads of some customers.
pub(super) fn aspas(observation: &Observation, customers: &BTreeSet<Asn>) -> Cell {
    if let Some(cell) = unwalked(observation) {
        return cell;
    }
    let of_customer = |line: &&str| {
        let customer = line.split(' ').next().and_then(|word| word.parse().ok());
        customer.is_some_and(|customer| customers.contains(&customer))
    };
    let found: Vec<&str> = lines(&observation.facts, "aspas.set")
        .filter(of_customer)
        .collect();
    let told = found.iter().take(MOST_TOLD).map(|line| {
        let (customer, providers) = line.split_once(' ').unwrap_or((line, "nobody"));
        format!("{customer} by {}", providers.replace(' ', ", "))
    });
    let told: Vec<String> = told.collect();
    let cell = match found.as_slice() {
        [] => Cell::nothing(),
        [only] => {
            let customer = only.split(' ').next().unwrap_or_default();
            Cell::new(Claim::Says, [format!("of {customer}"), "1 ASPA".to_owned()])
        }
        all => Cell::new(Claim::Says, [format!("{} ASPAs", all.len())]),
    };
    cell.saying(told.join("; "))
        .from(source(observation), observation.at, None)
}

/// Reads what a registry's trust anchor may certify, by the constraints declared for it.
pub(super) fn constraints(context: &Context<'_>, observation: &Observation) -> Cell {
    if let Some(cell) = unseen(observation) {
        return cell;
    }
    let facts = &observation.facts;
    let Some(url) = text(facts, "constraints.url") else {
        return Cell::not_asked("no constraints file is declared");
    };
    let allowed = (
        addresses(facts, "constraints.addresses"),
        asns(facts, "constraints.asns"),
    );
    let cell = match allowed {
        (None, None) => Cell::unseen("file", "the constraints file cannot be read"),
        (addresses, asns) => {
            let part = context.part(addresses, asns);
            let (form, words) = match (part.is_empty(), part.covers(&context.resources)) {
                (true, _) => ("denied", "may not be certified".to_owned()),
                (false, true) => ("allowed", "may be certified".to_owned()),
                (false, false) => (
                    "in part",
                    format!("may be certified{}", context.partly(&part)),
                ),
            };
            Cell::new(Claim::Says, [form]).saying(words).of(part)
        }
    };
    cell.from(url, observation.at, None)
}

/// Says what of the resource the constraints of a registry deny.
pub(super) fn denied(context: &Context<'_>, cell: &Cell) -> Resources {
    if cell.claim == Claim::Says {
        context.resources.minus(&cell.of)
    } else {
        Resources::default()
    }
}
