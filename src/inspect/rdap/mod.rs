//! The RDAP inspector: one answer of an RDAP service.
//!
//! The answer is walked once into an index of its objects, links, notices, events and
//! jCards; each rule then reads the index. A rule sees one document and what is told
//! about it in [`Context`]; what needs two answers is a check or a comparison.
//!
//! *Claims.* A rule of an extension or of the NRO profile looks only at answers that
//! claim it in `rdapConformance`; not claiming the profile is the one finding of
//! `rdap.resp.conformance-nro`.
//!
//! *Stand-ins.* Saved answers may have had persons replaced by a scrubber. An entity
//! of kind `individual` whose handle starts with `EXAMPLE-PERSON-` is such a stand-in:
//! what it says and what it lacks is the scrubber's doing, so rules about links and
//! jCards pass it by. Its roles still count.

mod answer;
mod autnum;
mod conformance;
mod dates;
mod domain;
mod entity;
mod errors;
mod extensions;
mod jcard;
mod links;
mod network;
mod notices;
mod object;
mod query;
mod redaction;
mod registered;
mod search;
mod special;
mod status;
mod structure;
mod uri;

pub use answer::Answer;
pub use query::Query;
pub use registered::{is_registered, is_specified_member, is_vcard_property};

use super::{Findings, Seen};
use crate::fact::Inspected;

/// What the inspector is told about an answer beside its body.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// What was asked; `None` if it is not known (a file without `--as`).
    pub query: Option<Query>,
    /// The URL that was asked last; `None` for a file.
    pub url: Option<String>,
    /// The status of the answer; `None` for a file.
    pub status: Option<u16>,
    /// Headers by lower-case name; `None` for a file.
    pub headers: Option<Vec<(String, String)>>,
    /// Public authorities (`host` or `host:port`) of the service beside the one in `url`; empty if none is declared.
    pub authorities: Vec<String>,
    /// Whether the service answers `nameserver/…`; `None` if it is not known, then it need not.
    pub nameserver: Option<bool>,
    /// When the answer was captured; `None` for a file, then no date is in the future.
    pub at: Option<jiff::Timestamp>,
}

/// One rule: its id in the catalogue and what reads the answer.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The id, such as `rdap.link.self-type`.
    pub id: &'static str,
    /// Reports what is there and what is wrong; calls nothing where there is nothing to look at.
    pub look: fn(&Answer<'_>, &mut Seen),
}

/// Joins a short name and a function into a rule.
const fn rule(id: &'static str, look: fn(&Answer<'_>, &mut Seen)) -> Rule {
    Rule { id, look }
}

/// All rules, grouped as in the catalogue.
pub const RULES: &[&[Rule]] = &[
    conformance::RULES,
    structure::RULES,
    status::RULES,
    dates::RULES,
    uri::RULES,
    links::RULES,
    notices::RULES,
    network::RULES,
    special::RULES,
    autnum::RULES,
    domain::RULES,
    entity::RULES,
    jcard::RULES,
    errors::RULES,
    search::RULES,
    extensions::RULES,
    redaction::RULES,
];

/// Iterates over all rules.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().flat_map(|group| group.iter())
}

/// Applies every rule to a document.
///
/// The document's depth must be limited by the caller (`serde_json` stops at 128).
/// An answer with a redirect status is no RDAP answer: no rule looks at it.
pub fn inspect(document: &serde_json::Value, context: &Context) -> Inspected {
    let mut findings = Findings::new();
    if context
        .status
        .is_some_and(|status| (300..400).contains(&status))
    {
        return findings.finish();
    }
    let answer = Answer::read(document, context);
    for rule in rules() {
        findings.run(rule.id, |seen| (rule.look)(&answer, seen));
    }
    findings.finish()
}
