//! Inspectors: pure readers of domain documents, from octets to facts and findings.
//!
//! One folder per kind of document. An inspector knows no expectation, asks
//! nothing and keeps nothing: the same octets give the same findings.

pub mod bootstrap;
pub mod consensus;
pub mod constraints;
mod country;
pub mod dns;
mod found;
pub mod iana;
pub mod irr;
pub mod json;
pub mod merge;
pub mod numbers;
pub mod openpgp;
pub mod rdap;
pub mod rpki;
pub mod rrdp;
pub mod series;
pub mod stats;
pub mod trace;
pub mod transfers;
pub mod tree;
pub mod whois;

pub use found::{Found, MAX_FINDINGS, RuleId, Tally, inspected};

use crate::fact::Inspected;

/// Collects what the rules of one document find.
#[derive(Debug, Default)]
pub struct Findings(Vec<(&'static str, Found)>);

impl Findings {
    /// Returns an empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs one rule: `look` reports places through [`Seen`].
    ///
    /// A rule that neither calls [`Seen::look`] nor finds anything had nothing to look at.
    pub fn run(&mut self, rule: &'static str, look: impl FnOnce(&mut Seen)) {
        let mut seen = Seen::default();
        look(&mut seen);
        if seen.looked {
            self.0.push((rule, seen.found));
        }
    }

    /// Returns everything that was found.
    pub fn finish(self) -> Inspected {
        inspected(self.0)
    }
}

/// What one rule saw in one document.
#[derive(Debug, Default)]
pub struct Seen {
    looked: bool,
    found: Found,
}

impl Seen {
    /// Says that there was something to look at.
    pub fn look(&mut self) {
        self.looked = true;
    }

    /// Reports that something is wrong at a place.
    pub fn find(&mut self, location: impl Into<String>, message: impl Into<String>) {
        self.looked = true;
        self.found.find(|| location.into(), || message.into());
    }
}
