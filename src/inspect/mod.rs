//! Inspectors: pure readers of domain documents, from octets to facts and findings.
//!
//! One folder per kind of document. An inspector knows no expectation, asks
//! nothing and keeps nothing: the same octets give the same findings.

pub mod bootstrap;
pub mod json;
pub mod rdap;
pub mod rpki;
pub mod rrdp;
pub mod tree;
pub mod whois;

use crate::fact::{Finding, Inspected, Looked, shared};

/// Most findings that are kept for one rule in one document; beyond them only the number.
pub const MAX_FINDINGS: usize = 1_000;

/// Collects what the rules of one document find.
#[derive(Debug, Default)]
pub struct Findings {
    looked: Vec<&'static str>,
    inspected: Inspected,
}

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
        if !seen.looked && seen.found.is_empty() {
            return;
        }
        self.looked.push(rule);
        if seen.found.is_empty() {
            return;
        }
        let name = shared(rule);
        let all = seen.found.len();
        if all > MAX_FINDINGS {
            self.inspected.beyond.insert(
                std::sync::Arc::clone(&name),
                u64::try_from(all).unwrap_or(u64::MAX),
            );
        }
        for (location, message) in seen.found.into_iter().take(MAX_FINDINGS) {
            self.inspected.findings.push(Finding {
                rule: std::sync::Arc::clone(&name),
                location,
                message,
            });
        }
    }

    /// Returns everything that was found.
    pub fn finish(self) -> Inspected {
        Inspected {
            looked: Looked::of(self.looked),
            ..self.inspected
        }
    }
}

/// What one rule saw in one document.
#[derive(Debug, Default)]
pub struct Seen {
    looked: bool,
    found: Vec<(String, String)>,
}

impl Seen {
    /// Says that there was something to look at.
    pub fn look(&mut self) {
        self.looked = true;
    }

    /// Reports that something is wrong at a place.
    pub fn find(&mut self, location: impl Into<String>, message: impl Into<String>) {
        self.looked = true;
        self.found.push((location.into(), message.into()));
    }
}
